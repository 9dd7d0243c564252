"""Achieved coverage: how many of the next weeks a level set from the weeks known at the time would have held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import betainc

from capacity.demand.estimators import harrell_davis_rows, percentile_inc_rows
from capacity.service.model import Estimator

HISTORIES = (26, 52)
HORIZON = 13
SHARES = (0.80, 0.90)
FEWEST_BLOCKS = 2
"""Horizons of weeks ahead below which a share of them says little: no standard error, no second history."""
ESTIMATORS: tuple[Estimator, ...] = ("excel", "harrell_davis", "negative_binomial")

Array = NDArray[np.floating[Any]]
Values = Sequence[float] | Array


@dataclass(frozen=True)
class Coverage:
    """Nominal against achieved coverage of one estimator, one share and one length of history.

    ``achieved`` is the share of (origin, week ahead) pairs within the level; ``standard_error`` allows for their
    overlap, and is None below 2 x ``horizon`` different weeks ahead. ``origins`` are the dates a level was set at.
    """

    estimator: Estimator
    share: float
    history: int
    horizon: int
    origins: int
    achieved: float
    standard_error: float | None

    @property
    def shortfall(self) -> float:
        """Nominal less achieved: above 0 where the level holds fewer weeks than it says."""
        return self.share - self.achieved


@dataclass(frozen=True)
class BackTest:
    """Rows of coverage, and ``reason`` where a length of history could not be tried.

    ``same_weeks`` says whether all lengths were tried on the same weeks, so that they can be compared.
    """

    rows: tuple[Coverage, ...]
    same_weeks: bool
    reason: str = ""

    def row(self, estimator: Estimator, share: float, history: int) -> Coverage | None:
        """Coverage of one combination; None where it was not tried."""
        wanted = (estimator, share, history)
        return next((row for row in self.rows if (row.estimator, row.share, row.history) == wanted), None)

    def better_history(self, estimator: Estimator, share: float) -> int | None:
        """Length of history whose achieved coverage is nearer the nominal; None where fewer than two were tried.

        Of equally near ones the shorter. A difference within the standard errors is no reason to choose.
        """
        found = [row for row in self.rows if (row.estimator, row.share) == (estimator, share)]
        if len(found) < 2 or not self.same_weeks:
            return None
        return min(found, key=lambda row: (round(abs(row.shortfall), 9), row.history)).history


def back_test(
    values: Values,
    shares: Sequence[float] = SHARES,
    histories: Sequence[int] = HISTORIES,
    horizon: int = HORIZON,
    unit: float = 1.0,
    step: int = 1,
) -> BackTest:
    """Size on the last weeks by every estimator, look at the next ones, move on a week, and count.

    Parameters
    ----------
    values
        Demand of each week in the order of the weeks, shape (weeks,).
    shares
        Nominal shares, each above 0 and below 1.
    histories
        Weeks to size from. All are judged on the same weeks ahead, those that the longest one allows.
    horizon
        Weeks ahead that a level is judged on.
    unit
        What one patient adds to a value (as in ``estimators.negative_binomial``).
    step
        Weeks from one origin to the next; with ``horizon`` the weeks ahead do not overlap.
    """
    counts = np.asarray(values, dtype=float) / unit
    possible = _possible(counts.size, histories, horizon)
    reason = _reason(counts.size, [history for history in histories if history not in possible], horizon)
    if not possible:
        return BackTest((), False, reason)
    longest = max(possible)
    future = sliding_window_view(counts[longest:], horizon)[::step]
    rows: list[Coverage] = []
    for history in possible:
        past = sliding_window_view(counts[longest - history :], history)[::step][: len(future)]
        for estimator, share, covered in _covered(past, future, shares):
            achieved = float(covered.mean())
            error = _standard_error(covered.mean(axis=1), achieved, counts.size - longest, horizon)
            rows.append(Coverage(estimator, share, history, horizon, len(future), achieved, error))
    return BackTest(tuple(rows), len(possible) > 1, reason)


def _covered(past: Array, future: Array, shares: Sequence[float]) -> list[tuple[Estimator, float, NDArray[np.bool_]]]:
    """Whether each week ahead is within the level set from each past, for every estimator and share."""
    ordered = np.sort(past, axis=1)
    below = _predictive_below(past, future)
    found: list[tuple[Estimator, float, NDArray[np.bool_]]] = []
    for share in shares:
        found.append(("excel", share, _within(future, percentile_inc_rows(ordered, share))))
        found.append(("harrell_davis", share, _within(future, harrell_davis_rows(ordered, share))))
        found.append(("negative_binomial", share, below < share))
    return found


def _within(future: Array, level: Array) -> NDArray[np.bool_]:
    return np.asarray(future <= level[:, None] + 1e-9 * np.maximum(1.0, level[:, None]))


def _predictive_below(past: Array, future: Array) -> Array:
    """P(next week < what came) by the negative-binomial predictive; a week is within the q-th centile if it is < q.

    The centile is the least k with P(X <= k) >= q, so x <= k exactly where P(X <= x - 1) < q: no centile is needed.
    """
    mean = past.mean(axis=1)
    known = np.maximum(mean, 1e-12)  # weeks of nothing: whatever comes is beyond them
    phi = np.maximum(past.var(axis=1, ddof=1) / known, 1.0)
    spread = (phi * (1 + 1 / _effective_weeks(past, mean)))[:, None]
    came = np.ceil(future - 1e-9)
    below = betainc(known[:, None] / (spread - 1), np.maximum(came, 1.0), 1 / spread)
    return np.asarray(np.where(came >= 1, below, 0.0))


def _effective_weeks(past: Array, mean: Array) -> Array:
    """Weeks each past is worth, as ``dispersion.effective_weeks`` where its lag-1 autocorrelation is significant."""
    weeks = past.shape[1]
    away = past - mean[:, None]
    squares = np.maximum((away**2).sum(axis=1), 1e-300)
    correlation = (away[:, :-1] * away[:, 1:]).sum(axis=1) / squares
    correlation = np.where(correlation > 2 / math.sqrt(weeks), np.minimum(correlation, 0.99), 0.0)
    return np.asarray(np.maximum(1.0, weeks * (1 - correlation) / (1 + correlation)))


def _standard_error(by_origin: Array, achieved: float, weeks: int, horizon: int) -> float | None:
    """Blocked standard error: weeks ahead come in weeks / horizon blocks that do not overlap.

    At least the binomial one of as many weeks (with two successes and two failures added, so that 100 % is not
    certain). None below ``FEWEST_BLOCKS`` blocks.
    """
    blocks = weeks / horizon
    if blocks < FEWEST_BLOCKS:
        return None
    blocked = float(by_origin.std(ddof=1)) / math.sqrt(blocks)
    smoothed = (achieved * weeks + 2) / (weeks + 4)
    return max(blocked, math.sqrt(smoothed * (1 - smoothed) / weeks))


def _possible(weeks: int, histories: Sequence[int], horizon: int) -> list[int]:
    """Lengths to try: the shortest as soon as it can be, longer ones when they leave enough weeks to judge on."""
    return [
        history
        for history in sorted(histories)
        if weeks >= history + horizon * (1 if history == min(histories) else FEWEST_BLOCKS)
    ]


def _reason(weeks: int, too_long: Sequence[int], horizon: int) -> str:
    if not too_long:
        return ""
    names = " and ".join(f"{history}" for history in too_long)
    return f"{weeks} weeks are too few for a back-test that sizes on {names} weeks and looks {horizon} ahead"
