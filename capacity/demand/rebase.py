"""Propose a rebase where a series has moved to a new level and stayed there; nothing is ever applied without consent.

The user confirms with ``[rebase]`` of service.toml: ``series = date``.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from capacity.demand.dispersion import trend
from capacity.units import WEEKS_PER_YEAR

FEWEST_BEFORE = 8
"""Weeks of a level that is left: as many as Making Data Count asks in a run, and one more."""
FEWEST_AFTER = 13
"""Weeks of the last level: fewer could not be sized from."""
FEWEST_WEEKS = FEWEST_BEFORE + FEWEST_AFTER
MOST_STEPS = 6
RUN = 8
STEP_PENALTY = 2.0
"""Parameters a step counts as: its place and its size."""
MARGIN = 4.0
"""By how much the steps must beat every explanation without one."""
SPIKE_SPAN = 5
SPIKE_DEVIATIONS = 6.0
SEASON_WEEKS = 78
"""From here on a season can be told from steps."""
NO_SEASON_WEEKS = 104
"""Below this a step may still be the turn of a season: the proposal says so."""

Array = NDArray[np.floating[Any]]
Values = Sequence[float] | Array
Dates = Sequence[dt.date] | pd.DatetimeIndex | NDArray[np.datetime64]
Steps = tuple[int, ...]


@dataclass(frozen=True)
class Explanation:
    """One account of a series: a ``shape`` (level, trend, season), ``steps`` and weeks that follow each other.

    ``criterion`` is Schwarz's (lower is better), ``correlation`` the lag-1 autocorrelation of what is left.
    """

    shape: str
    steps: Steps
    criterion: float
    correlation: float


@dataclass(frozen=True)
class Proposal:
    """A rebase to put to the user: size from ``position`` on.

    ``week`` is the first day of that week, None where no dates were given. ``before`` and ``after`` are the means of
    the parts next to it, of ``weeks_before`` and ``weeks_after`` weeks. ``run`` is the longest run of weeks of the
    new part on its side of the former mean. ``margin`` is by how much the criterion of the best explanation without
    a step is higher. ``steps`` are all steps found, the last being ``position``. ``still_moving`` says that the new
    part has a trend of its own, ``may_be_season`` that the history is too short to rule a season out.
    """

    position: int
    week: dt.date | None
    before: float
    after: float
    weeks_before: int
    weeks_after: int
    run: int
    margin: float
    steps: Steps
    explanation: Explanation
    still_moving: bool
    may_be_season: bool

    @property
    def change(self) -> float | None:
        """Change of the mean as a share of the former one; None where that is 0."""
        return self.after / self.before - 1 if self.before > 0 else None

    @property
    def evidence(self) -> str:
        """One sentence for the reader."""
        change = "" if self.change is None else f" ({self.change:+.0%})"
        caution = "; the new level is itself still moving" if self.still_moving else ""
        caution += "; with under two years of weeks it may be the turn of a season" if self.may_be_season else ""
        where = "" if self.week is None else f" from the week of {self.week.isoformat()}"
        return (
            f"the mean is {self.after:.1f} a week{where}, for {self.weeks_after} weeks, where it was "
            f"{self.before:.1f}{change} for {self.weeks_before}; {self.run} weeks in a row are on the new side of the "
            f"former mean, and a step explains the weeks better than drift, a trend or a yearly season{caution}"
        )


def propose_rebase(values: Values, weeks: Dates | None = None) -> Proposal | None:
    """Return the last sustained step of a series, or None where there is none to act on.

    The best places for up to six steps are found exactly (least squares, dynamic programming) on the square roots of
    the counts, whose spread does not depend on their level. The number of steps, a trend and a yearly season are
    weighed by Schwarz's criterion with what is left taken as a first-order autoregression, so that drift and season
    are not taken for steps. A step is proposed only if the best account with steps beats the best without by
    ``MARGIN``, and at least 8 weeks in a row after it are on the new side of the former mean.

    Sources: Bai and Perron 2003, *J. Appl. Econometrics* 18: 1 (places); Yao 1988, *Statist. Prob. Letters* 6: 181
    (criterion); the run of 8 on one side: Making Data Count.

    Parameters
    ----------
    values
        Counts a week in the order of the weeks, shape (weeks,).
    weeks
        First day of each week, same length; without them the weeks are taken to follow each other.
    """
    points = np.asarray(values, dtype=float)
    days = None if weeks is None else np.asarray(weeks, dtype="datetime64[D]")
    if days is not None and days.size != points.size:
        raise ValueError(f"there are {points.size} values and {days.size} dates")
    best, margin = _best_explanation(points, _positions(points.size, days))
    if best is None or margin < MARGIN:
        return None
    return _proposal(points, days, best, margin)


def explanations(values: Values, weeks: Dates | None = None) -> list[Explanation]:
    """Return every account that was weighed, best first; none below 21 weeks or where all weeks are the same."""
    points = np.asarray(values, dtype=float)
    days = None if weeks is None else np.asarray(weeks, dtype="datetime64[D]")
    return sorted(_explanations(points, _positions(points.size, days)), key=lambda one: one.criterion)


def _best_explanation(points: Array, at: Array) -> tuple[Explanation | None, float]:
    """The best account if it has steps, and by how much it beats the best without."""
    found = _explanations(points, at)
    with_steps = min((one for one in found if one.steps), key=lambda one: one.criterion, default=None)
    without = min((one.criterion for one in found if not one.steps), default=0.0)
    return with_steps, without - with_steps.criterion if with_steps is not None else 0.0


def _proposal(points: Array, days: NDArray[np.datetime64] | None, best: Explanation, margin: float) -> Proposal | None:
    position = best.steps[-1]
    start = best.steps[-2] if len(best.steps) > 1 else 0
    former, new = points[start:position], points[position:]
    run = _longest_run((new - former.mean()) * np.sign(new.mean() - former.mean()) > 0)
    if run < RUN:
        return None
    week = None if days is None else days[position].item()
    return Proposal(
        position=position,
        week=week,
        before=float(former.mean()),
        after=float(new.mean()),
        weeks_before=former.size,
        weeks_after=new.size,
        run=run,
        margin=margin,
        steps=best.steps,
        explanation=best,
        still_moving=trend(new).significant,
        may_be_season=points.size < NO_SEASON_WEEKS,
    )


def _explanations(points: Array, at: Array) -> list[Explanation]:
    if points.size < FEWEST_WEEKS or float(np.ptp(points)) <= 0:
        return []
    roots = without_spikes(np.sqrt(np.maximum(points, 0)))
    shapes = _shapes(at)
    plain = [_fit(roots, shapes["level"], "level", steps) for steps in best_steps(roots)]
    found = plain + [_fit(roots, shapes[name], name, ()) for name in shapes if name != "level"]
    start = min(plain, key=lambda one: one.criterion).steps
    for name in ("trend", "season"):
        if name == "trend" or points.size >= SEASON_WEEKS:
            found += _with_shape(roots, shapes[name], name, start)
    return found


def _with_shape(roots: Array, shape: Array, name: str, steps: Steps) -> list[Explanation]:
    """Steps beside a trend or a season, found in turn: shape given steps, then steps given shape, twice."""
    found: list[Explanation] = []
    for _ in range(2):
        coefficients = np.linalg.lstsq(_design(shape, steps), roots, rcond=None)[0]
        rest = roots - shape[:, 1:] @ coefficients[1 : shape.shape[1]]
        fitted = [_fit(roots, shape, name, tried) for tried in best_steps(rest) if tried]
        if not fitted:
            break
        found += fitted
        steps = min(fitted, key=lambda one: one.criterion).steps
    return found


def _fit(roots: Array, shape: Array, name: str, steps: Steps) -> Explanation:
    """Least squares with shape and steps; Schwarz's criterion with the rest as a first-order autoregression."""
    design = _design(shape, steps)
    normal = design.T @ design
    rest = roots - design @ np.linalg.solve(normal, design.T @ roots)
    squares = float(rest @ rest)
    count = roots.size
    correlation = min(max(float(rest[:-1] @ rest[1:]) / squares, 0.0), 0.98) if squares > 1e-12 else 0.0
    news = rest[1:] - correlation * rest[:-1]
    spread = max(float(news @ news) + (1 - correlation**2) * float(rest[0]) ** 2, 1e-12) / count
    parameters = shape.shape[1] + 1 + STEP_PENALTY * len(steps)
    criterion = count * math.log(spread) - math.log(1 - correlation**2) + parameters * math.log(count)
    return Explanation(name, steps, criterion, correlation)


def without_spikes(values: Array) -> Array:
    """Return the values with single weeks far from the median of the five around them moved towards it.

    Far is 6 standard deviations, judged by the median distance: one wrong count must not look like a level.
    """
    padded = np.pad(values, SPIKE_SPAN // 2, mode="reflect")
    median = np.median(sliding_window_view(padded, SPIKE_SPAN), axis=1)
    most = SPIKE_DEVIATIONS * 1.4826 * float(np.median(np.abs(values - median)))
    return values if most <= 0 else np.clip(values, median - most, median + most)


def best_steps(values: Array, most: int = MOST_STEPS) -> list[Steps]:
    """Best places of 0, 1, 2, ... steps: those of the least sum of squares about the means of the parts.

    Every part has at least 8 weeks and the last at least 13; the list ends where no more parts fit in.
    """
    count = values.size
    costs = _costs(values)
    last = np.where(np.arange(count + 1) <= count - FEWEST_AFTER, costs[:, count], np.inf)
    least = costs[0]
    origins: list[NDArray[np.integer[Any]]] = []
    found: list[Steps] = [()]
    for _ in range(most):
        ending = least + last
        position = int(np.argmin(ending))
        if not np.isfinite(ending[position]):
            break
        found.append(_trace(position, origins))
        through = least[:, None] + costs
        origin = np.argmin(through, axis=0)
        least = through[origin, np.arange(count + 1)]
        origins.append(origin)
    return found


def _trace(position: int, origins: Sequence[NDArray[np.integer[Any]]]) -> Steps:
    """Places of all steps, read back from the last."""
    steps = [position]
    for origin in reversed(origins):
        steps.append(int(origin[steps[-1]]))
    return tuple(sorted(steps))


def _costs(values: Array) -> Array:
    """Sum of squares about its mean of each part from ``a`` (row) to before ``b`` (column); infinite if too short."""
    away = values - values.mean()
    sums = np.concatenate(([0.0], np.cumsum(away)))
    squares = np.concatenate(([0.0], np.cumsum(away**2)))
    lengths, allowed = _lengths(values.size)
    costs = squares[None, :] - squares[:, None] - (sums[None, :] - sums[:, None]) ** 2 / lengths
    return np.where(allowed, costs, np.inf)


@lru_cache(maxsize=4)
def _lengths(count: int) -> tuple[Array, NDArray[np.bool_]]:
    edges = np.arange(count + 1.0)
    lengths = edges[None, :] - edges[:, None]
    return np.maximum(lengths, 1.0), lengths >= FEWEST_BEFORE


def _shapes(at: Array) -> dict[str, Array]:
    ones, line = np.ones(at.size), (at - at.mean()) / WEEKS_PER_YEAR
    angle = 2 * np.pi * at / WEEKS_PER_YEAR
    waves = (np.cos(angle), np.sin(angle))
    return {
        "level": ones[:, None],
        "trend": np.column_stack((ones, line)),
        "season": np.column_stack((ones, *waves)),
        "trend and season": np.column_stack((ones, line, *waves)),
    }


def _design(shape: Array, steps: Steps) -> Array:
    after = np.arange(len(shape))[:, None] >= np.asarray(steps, dtype=int)[None, :]
    return np.hstack((shape, after))


def _positions(count: int, days: NDArray[np.datetime64] | None) -> Array:
    """Weeks since the first one."""
    if days is None:
        return np.arange(float(count))
    return np.asarray((days - days[:1]).astype(float) / 7)


def _longest_run(flags: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.concatenate(([True], ~flags, [True])))
    return int(np.diff(edges).max()) - 1
