"""Intervals of sums of estimates: how sure a requirement is that adds up several streams, and a gap.

Each part of a sum brings its own interval, which may reach further up than down. They are put together by the method
of variance estimates recovery (MOVER)::

    lower = Σ value - sqrt(Σ_ij r_ij d_i d_j)        d = value - lower limit of each part
    upper = Σ value + sqrt(Σ_ij r_ij u_i u_j)        u = upper limit of each part - value

r_ij is the correlation of the weeks the two parts were estimated from: 1 for two streams of one series, so that their
errors add up in full; 0 where they have too few weeks in common to tell. Source: Zou and Donner 2008, *Statistics in
Medicine* 27: 1693. See docs/formulas/gap.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from capacity.demand.dispersion import effective_weeks, lag1
from capacity.demand.estimators import FEWEST_WEEKS_FOR_INTERVAL, INTERVAL_CONFIDENCE, CentileInterval

FEWEST_PERIODS = 4
"""Months, of which four can hold the eleven weeks that an interval needs."""
TAIL = (1 + INTERVAL_CONFIDENCE) / 2

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Part:
    """One estimate of a sum, how far its interval reaches below and above it, and the weeks it rests on.

    ``below`` and ``above`` are None, and ``reason`` says why, where there is no interval. ``weekly`` are amounts by the
    first day of the week or month in which they were counted; only how they vary matters, not their level.
    """

    value: float
    below: float | None
    above: float | None
    weekly: pd.Series[float]
    reason: str = ""

    def times(self, factor: float) -> Part:
        """Return the same estimate in other units; ``factor`` is 0 or more."""
        if self.below is None or self.above is None:
            return replace(self, value=self.value * factor)
        return replace(self, value=self.value * factor, below=self.below * factor, above=self.above * factor)


@dataclass(frozen=True)
class Interval:
    """A 90 % interval; both ends are None, and ``reason`` says why, where there is none."""

    lower: float | None
    upper: float | None
    reason: str = ""


def mean_error(values: Sequence[float] | Array, weeks: float | None = None) -> tuple[float | None, str]:
    """Return half the width of a 90 % interval of a mean, allowing for neighbouring weeks that are alike.

    t x s / sqrt(n'), with n' = n (1 - r) / (1 + r) independent weeks and n' - 1 degrees of freedom. r is the lag-1
    autocorrelation with its bias (1 + 4 r) / n added back, and not below 0.

    Parameters
    ----------
    values
        Amounts of each period, in order.
    weeks
        Weeks they come to; as many as there are values where None.

    Returns
    -------
    float or None, str
        None with the reason where there are fewer than 11 weeks.

    References
    ----------
    Kendall 1954, *Biometrika* 41: 403 (the bias); Box, Jenkins, Reinsel and Ljung, *Time Series Analysis*, §2.1.
    """
    array = np.asarray(values, dtype=float)
    known = array.size if weeks is None else weeks
    if known < FEWEST_WEEKS_FOR_INTERVAL or array.size < FEWEST_PERIODS:
        return None, f"{known:g} weeks of demand: an interval needs at least {FEWEST_WEEKS_FOR_INTERVAL}"
    found = lag1(array)
    worth = effective_weeks(array.size, None if found is None else found + (1 + 4 * found) / array.size)
    if worth <= 2:
        return None, "neighbouring weeks are so alike that these weeks cannot tell the level from drift"
    return float(stdtrit(worth - 1, TAIL)) * float(array.std(ddof=1)) / math.sqrt(worth), ""


def mean_part(values: Sequence[float] | Array, weekly: pd.Series[float], weeks: float | None = None) -> Part:
    """Return the mean of amounts as a part of a sum; ``weekly`` are the weeks it is correlated by."""
    width, reason = mean_error(values, weeks)
    return Part(float(np.mean(values)), width, width, weekly, reason)


def centile_part(value: float, interval: CentileInterval, weekly: pd.Series[float]) -> Part:
    """Return a centile with the interval of its estimator as a part of a sum."""
    if interval.lower is None or interval.upper is None:
        return Part(value, None, None, weekly, interval.reason)
    return Part(value, max(0.0, value - interval.lower), max(0.0, interval.upper - value), weekly)


def interval_of_sum(parts: Sequence[Part], certain: float = 0.0, least: float = 0.0) -> Interval:
    """Return the interval of the sum of parts and of what is certain.

    ``least`` is a floor: a requirement cannot be less than its fixed sessions. Without an interval of one part there
    is none of the sum, with the reasons of those that have none.
    """
    reasons = dict.fromkeys(part.reason for part in parts if part.below is None)
    if reasons:
        return Interval(None, None, "; ".join(reasons))
    total = certain + sum(part.value for part in parts)
    related = correlations([part.weekly for part in parts])
    below, above = (_length([getattr(part, side) for part in parts], related) for side in ("below", "above"))
    return Interval(max(least, total - below), total + above)


def interval_of_difference(required: Interval, needs: float, supplied: Interval, gives: float) -> Interval:
    """Return the interval of required - supplied, two independent estimates (MOVER for a difference)."""
    if required.lower is None or required.upper is None:
        return Interval(None, None, required.reason)
    if supplied.lower is None or supplied.upper is None:
        return Interval(None, None, supplied.reason)
    gap = needs - gives
    below = math.hypot(needs - required.lower, supplied.upper - gives)
    above = math.hypot(required.upper - needs, gives - supplied.lower)
    return Interval(gap - below, gap + above)


def correlations(series: Sequence[pd.Series[float]]) -> Array:
    """Correlation of each pair of series over the periods both have: 1 with itself, 0 where fewer than 11 are common.

    A series that never varies is correlated with none.
    """
    if not series:
        return np.zeros((0, 0))
    distinct = list({id(one): one for one in series}.values())
    together = pd.concat(distinct, axis=1, keys=range(len(distinct)), sort=False)
    found = np.array(together.corr(min_periods=FEWEST_WEEKS_FOR_INTERVAL), dtype=float)
    found = np.where(np.isnan(found), 0.0, np.clip(found, -1, 1))
    np.fill_diagonal(found, 1.0)
    place = {id(one): number for number, one in enumerate(distinct)}
    places = [place[id(one)] for one in series]
    return np.asarray(found[np.ix_(places, places)])


def _length(distances: Sequence[float], related: Array) -> float:
    """Length of a vector whose directions are correlated."""
    array = np.asarray(distances, dtype=float)
    return math.sqrt(max(0.0, float(array @ related @ array)))
