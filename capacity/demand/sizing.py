"""How much a period's demand asks for: mean, centiles and what is known about them.

Every function takes the values of the periods (weeks) as numbers; a period without a value is simply not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from scipy.stats.mstats import hdquantiles, hdquantiles_sd

DEFAULT_CENTILE = 0.80
CENTILE_ESTIMATOR = "PERCENTILE.INC (Excel; numpy linear)"
INTERVAL_CONFIDENCE = 0.90
FEWEST_WEEKS_FOR_INTERVAL = 11
"""At the 80th centile 11 is the least n with 0.8^n + 0.2^n <= 0.10, so that the extremes hold it 90 times in 100."""
FEWEST_WEEKS_TO_TRUST = 13

Values = Sequence[float] | NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Summary:
    """Number of periods, mean, variance (n - 1) and dispersion φ = variance / mean.

    ``variance`` is None for one period, ``dispersion`` also where the mean is zero.
    """

    weeks: int
    mean: float
    variance: float | None
    dispersion: float | None


@dataclass(frozen=True)
class CentileInterval:
    """Interval of a centile; ``lower`` and ``upper`` are None, and ``reason`` says why, where there is none.

    ``confidence`` is what the interval reaches, at least ``INTERVAL_CONFIDENCE``.
    """

    lower: float | None
    upper: float | None
    confidence: float | None
    reason: str = ""


def summarise(values: Values) -> Summary:
    """Return weeks, mean, variance (n - 1) and φ. Raises ValueError for no values."""
    array = _array(values)
    mean = float(array.mean())
    variance = float(array.var(ddof=1)) if array.size > 1 else None
    dispersion = variance / mean if variance is not None and mean > 0 else None
    return Summary(array.size, mean, variance, dispersion)


def percentile_inc(values: Values, share: float) -> float:
    """Centile as Excel's PERCENTILE.INC gives it (numpy ``linear``): the headline, as a lead can reproduce it."""
    return float(np.quantile(_array(values), share, method="linear"))


def percentile_exc(values: Values, share: float) -> float | None:
    """Centile as Excel's PERCENTILE.EXC gives it; None where Excel answers #NUM! (too few values for the centile)."""
    array = _array(values)
    rank = share * (array.size + 1)
    if not 1 <= rank <= array.size:
        return None
    return float(np.quantile(array, share, method="weibull"))


def harrell_davis(values: Values, share: float) -> tuple[float, float | None]:
    """Harrell-Davis centile and its jackknife standard deviation (Harrell and Davis 1982; SciPy).

    The standard deviation is None for one value.
    """
    array = _array(values)
    if array.size == 1:
        return float(array[0]), None
    value = float(hdquantiles(array, [share])[0])
    deviation = float(hdquantiles_sd(array, [share])[0])
    return value, deviation


def scottish_range(values: Values, share: float = DEFAULT_CENTILE) -> float:
    """Minimum + 0.8 x range: the rule of Scottish capacity guidance also called "80 %"; shown to tell them apart."""
    array = _array(values)
    return float(array.min() + share * (array.max() - array.min()))


def centile_interval(values: Values, share: float) -> CentileInterval:
    """Order-statistic interval of a centile, free of assumptions on the distribution.

    The number of values below the true centile is binomial(n, share), so the interval from the l-th to the u-th
    smallest value holds it with probability P(l <= B < u). The narrowest pair of ranks that reaches
    ``INTERVAL_CONFIDENCE`` is used. Source: Hahn and Meeker, Statistical Intervals, §5.2.
    """
    array = np.sort(_array(values))
    if array.size < FEWEST_WEEKS_FOR_INTERVAL:
        reason = f"{array.size} weeks: an interval of a centile needs at least {FEWEST_WEEKS_FOR_INTERVAL}"
        return CentileInterval(None, None, None, reason)
    ranks = _interval_ranks(array.size, share)
    if ranks is None:
        reason = f"{array.size} weeks are too few for an interval of the {share:.0%} centile"
        return CentileInterval(None, None, None, reason)
    lower, upper, confidence = ranks
    return CentileInterval(float(array[lower - 1]), float(array[upper - 1]), confidence)


def share_within(values: Values, capacity: float) -> float:
    """Share of the periods whose demand is within ``capacity``: P(demand <= capacity) in the sample."""
    array = _array(values)
    return float(np.mean(array <= capacity + 1e-9 * max(1.0, abs(capacity))))


def history_warning(weeks: int) -> str:
    """What a reader must know about a short history; empty where it is long enough."""
    if weeks < FEWEST_WEEKS_FOR_INTERVAL:
        return (
            f"only {weeks} whole week{'s' if weeks != 1 else ''} of demand: the figures are a guess and no interval "
            f"of a centile is possible (that needs {FEWEST_WEEKS_FOR_INTERVAL})"
        )
    if weeks < FEWEST_WEEKS_TO_TRUST:
        return f"only {weeks} whole weeks of demand; {FEWEST_WEEKS_TO_TRUST} or more are needed to size from"
    return ""


@lru_cache(maxsize=1024)
def _interval_ranks(count: int, share: float) -> tuple[int, int, float] | None:
    """Ranks (from 1) of the narrowest interval, the best covering of equally narrow ones, and its confidence."""
    below = binom.cdf(np.arange(-1, count), count, share)  # below[r] = P(B < r), r = 0..n
    pairs = [
        (upper - lower, float(below[lower] - below[upper]), lower, upper)
        for lower in range(1, count)
        for upper in range(lower + 1, count + 1)
        if below[upper] - below[lower] >= INTERVAL_CONFIDENCE
    ]
    if not pairs:
        return None
    _, missed, lower, upper = min(pairs)
    return lower, upper, -missed


def _array(values: Values) -> NDArray[np.floating[Any]]:
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError("there are no values to size from")
    return array
