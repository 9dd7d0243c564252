"""Centiles of weekly demand by three estimators, each with an interval: one function a formula.

Excel's PERCENTILE.INC can be checked by anyone; Harrell-Davis uses all the weeks and is steadier; the negative binomial
adds what is not known of the mean. Which one feeds the requirement is ``[sizing] estimator`` of service.toml.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betainc, ndtri
from scipy.stats import nbinom, poisson

from capacity.demand.dispersion import autocorrelation, effective_weeks
from capacity.service.model import Estimator

CENTILE_ESTIMATOR = "PERCENTILE.INC (Excel; numpy linear)"
ESTIMATOR_NAMES: dict[Estimator, str] = {
    "excel": CENTILE_ESTIMATOR,
    "harrell_davis": "Harrell-Davis",
    "negative_binomial": "negative binomial predictive, by moments (Poisson where variance <= mean)",
}
"""How each estimator is named in the output."""
INTERVAL_CONFIDENCE = 0.90
FEWEST_WEEKS_FOR_INTERVAL = 11
"""At the 80th centile 11 is the least n with 0.8^n + 0.2^n <= 0.10, so that the extremes hold it 90 times in 100."""
RESAMPLES = 1000
BLOCK_WEEKS = 4
BOOTSTRAP_SEED = 20230401

Array = NDArray[np.floating[Any]]
Values = Sequence[float] | Array


@dataclass(frozen=True)
class CentileInterval:
    """Interval of a centile; ``lower`` and ``upper`` are None, and ``reason`` says why, where there is none.

    ``confidence`` is what the interval is meant to reach (order statistics: what it reaches, at least
    ``INTERVAL_CONFIDENCE``); ``method`` says how it was found.
    """

    lower: float | None
    upper: float | None
    confidence: float | None
    reason: str = ""
    method: str = ""


@dataclass(frozen=True)
class CentileEstimate:
    """A centile by one estimator, with its interval and how it is named in the output."""

    estimator: Estimator
    name: str
    share: float
    value: float
    interval: CentileInterval


def centile_estimates(
    values: Values, share: float, unit: float = 1.0, resamples: int = RESAMPLES, seed: int = BOOTSTRAP_SEED
) -> dict[Estimator, CentileEstimate]:
    """Return the centile by every estimator, each with its interval; the chosen one is picked by its key.

    Parameters
    ----------
    values
        Demand of each week in the order of the weeks, shape (weeks,).
    share
        The centile, above 0 and below 1.
    unit
        What one patient adds to a value: 1 for referrals; see :func:`negative_binomial`.
    resamples, seed
        Of the bootstrap of Harrell-Davis.

    Raises
    ------
    ValueError
        For no values, or a share that is not between 0 and 1.
    """
    found: tuple[tuple[Estimator, float, CentileInterval], ...] = (
        ("excel", percentile_inc(values, share), centile_interval(values, share)),
        (
            "harrell_davis",
            harrell_davis_centile(values, share),
            harrell_davis_interval(values, share, resamples, seed),
        ),
        ("negative_binomial", *negative_binomial(values, share, unit)),
    )
    return {key: CentileEstimate(key, ESTIMATOR_NAMES[key], share, value, interval) for key, value, interval in found}


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


def centile_interval(values: Values, share: float) -> CentileInterval:
    """Order-statistic interval of a centile, free of assumptions on the distribution but that weeks are independent.

    The number of values below the true centile is binomial(n, share), so the interval from the l-th to the u-th
    smallest value holds it with probability P(l <= B < u). The narrowest pair of ranks that reaches
    ``INTERVAL_CONFIDENCE`` is used. Source: Hahn and Meeker, Statistical Intervals, §5.2.
    """
    array = np.sort(_array(values))
    if array.size < FEWEST_WEEKS_FOR_INTERVAL:
        return _too_few(array.size)
    ranks = _interval_ranks(array.size, share)
    if ranks is None:
        reason = f"{array.size} weeks are too few for an interval of the {share:.0%} centile"
        return CentileInterval(None, None, None, reason)
    lower, upper, confidence = ranks
    method = "order statistics, weeks taken as independent"
    return CentileInterval(float(array[lower - 1]), float(array[upper - 1]), confidence, method=method)


def harrell_davis(values: Values, share: float) -> tuple[float, float | None]:
    """Harrell-Davis centile and its jackknife standard deviation, which is None for one value.

    Source: Harrell and Davis 1982, *Biometrika* 69: 635.
    """
    ordered = np.sort(_array(values))
    value = float(ordered @ _harrell_davis_weights(ordered.size, share))
    if ordered.size == 1:
        return value, None
    weights = _harrell_davis_weights(ordered.size - 1, share)
    below = np.concatenate(([0.0], np.cumsum(weights * ordered[:-1])))
    above = np.concatenate((np.cumsum((weights * ordered[1:])[::-1])[::-1], [0.0]))
    left_out = below + above  # the estimate without each value in turn
    return value, math.sqrt(float(left_out.var()) * (ordered.size - 1))


def harrell_davis_centile(values: Values, share: float) -> float:
    """Harrell-Davis centile alone: the sorted values weighted by differences of a beta distribution."""
    ordered = np.sort(_array(values))
    return float(ordered @ _harrell_davis_weights(ordered.size, share))


def harrell_davis_interval(
    values: Values, share: float, resamples: int = RESAMPLES, seed: int = BOOTSTRAP_SEED
) -> CentileInterval:
    """Percentile bootstrap interval of the Harrell-Davis centile, the same for the same seed.

    Weeks are drawn one by one, or in moving blocks of 4 where |lag-1 autocorrelation| > 2/√n (Künsch 1989).
    """
    array = _array(values)
    if array.size < FEWEST_WEEKS_FOR_INTERVAL:
        return _too_few(array.size)
    ordered = np.sort(array)
    if autocorrelation(array).significant:
        ranks = np.argsort(np.argsort(array, kind="stable"), kind="stable").astype(np.int32)
        drawn = np.sort(ranks[_block_index(array.size, resamples, seed)], axis=1)
        centiles = ordered[drawn] @ _harrell_davis_weights(array.size, share)
        method = f"bootstrap, {resamples:,} resamples of blocks of {BLOCK_WEEKS} weeks, seed {seed}"
    else:
        centiles = _resample_weights(array.size, share, resamples, seed) @ ordered
        method = f"bootstrap, {resamples:,} resamples of single weeks, seed {seed}"
    tail = (1 - INTERVAL_CONFIDENCE) / 2
    lower, upper = np.quantile(centiles, [tail, 1 - tail])
    return CentileInterval(float(lower), float(upper), INTERVAL_CONFIDENCE, method=method)


def negative_binomial(values: Values, share: float, unit: float = 1.0) -> tuple[float, CentileInterval]:
    """Centile of the next week by a negative binomial with the moments of the weeks, and its interval.

    ``unit`` is what one patient adds to a value, so that values / unit are counts: the growth factor for grown
    counts; for the minutes of pooled streams Σ mean x minutes² / Σ mean x minutes. The weeks count as
    n (1 - r) / (1 + r) where their lag-1 autocorrelation r is above 2/√n. The rest is as in
    :func:`negative_binomial_from_moments`.
    """
    counts = _array(values) / unit
    mean = float(counts.mean())
    phi = float(counts.var(ddof=1)) / mean if counts.size > 1 and mean > 0 else 1.0
    related = autocorrelation(counts)
    weeks = effective_weeks(counts.size, related.lag1 if related.significant else None)
    value, interval = negative_binomial_from_moments(mean, phi, share, weeks, counts.size)
    if interval.lower is None or interval.upper is None:
        return unit * value, interval
    bounds = (unit * interval.lower, unit * interval.upper)
    return unit * value, CentileInterval(*bounds, interval.confidence, method=interval.method)


def negative_binomial_from_moments(
    mean: float, dispersion: float, share: float, weeks: float, periods: int | None = None
) -> tuple[float, CentileInterval]:
    """Centile of the next week's count where its mean and dispersion are all that is known, such as from months.

    Parameters
    ----------
    mean
        Patients a week.
    dispersion
        Variance / mean of weekly counts; 1 is used where it is less.
    share
        The centile, above 0 and below 1.
    weeks
        Weeks the mean rests on (for months: their days / 7); fewer where weeks are related.
    periods
        Values the dispersion rests on (for months: the number of months); default ``weeks``.

    Returns
    -------
    value
        Least whole number that the next week does not exceed with probability ``share``. The mean is itself an
        estimate, with variance φ mean / n, so the next week has variance φ mean (1 + 1/n): that is exact for Poisson
        counts (a gamma-mixed Poisson is negative binomial) and matches the first two moments otherwise. That φ is an
        estimate too is left to the interval.
    interval
        90 % interval of the centile by the delta method on mean + z s, with the moments of the negative binomial,
        rounded outwards to whole numbers.
    """
    _check_share(share)
    phi = max(dispersion, 1.0)
    value = counting_centile(mean, phi * (1 + 1 / weeks), share)
    periods = math.floor(weeks) if periods is None else periods
    if periods < FEWEST_WEEKS_FOR_INTERVAL:
        return value, _too_few(periods, "weeks" if periods >= weeks else "periods")
    width = float(ndtri((1 + INTERVAL_CONFIDENCE) / 2)) * _delta_error(mean, phi, share, weeks, periods)
    lower, upper = max(0.0, math.floor(value - width)), math.ceil(value + width)
    method = "delta method, negative binomial moments, rounded outwards"
    return value, CentileInterval(float(lower), float(upper), INTERVAL_CONFIDENCE, method=method)


def counting_centile(mean: float, dispersion: float, share: float) -> float:
    """Least whole number that a count of this mean and dispersion does not exceed with probability ``share``.

    Negative binomial with variance = dispersion x mean; Poisson where the dispersion is at most 1; 0 for mean 0.
    """
    if mean <= 0:
        return 0.0
    if dispersion <= 1 + 1e-9:
        return float(poisson.ppf(share, mean))
    return float(nbinom.ppf(share, mean / (dispersion - 1), 1 / dispersion))


def scottish_range(values: Values, share: float = 0.80) -> float:
    """Minimum + 0.8 x range: the rule of Scottish capacity guidance also called "80 %"; shown to tell them apart."""
    array = _array(values)
    return float(array.min() + share * (array.max() - array.min()))


def harrell_davis_rows(ordered: Array, share: float) -> Array:
    """Harrell-Davis centile of each row of values sorted along the last axis."""
    centiles: Array = ordered @ _harrell_davis_weights(ordered.shape[-1], share)
    return centiles


def percentile_inc_rows(ordered: Array, share: float) -> Array:
    """PERCENTILE.INC of each row of values sorted along the last axis."""
    rank = share * (ordered.shape[-1] - 1)
    low = min(int(rank), ordered.shape[-1] - 1)
    high = min(low + 1, ordered.shape[-1] - 1)
    centiles: Array = ordered[..., low] + (rank - low) * (ordered[..., high] - ordered[..., low])
    return centiles


def _delta_error(mean: float, phi: float, share: float, weeks: float, periods: int) -> float:
    """Standard error of mean + z s, s² = φ mean, from the variances of both and their covariance (third cumulant)."""
    if mean <= 0:
        return 0.0
    variance, z = phi * mean, float(ndtri(share))
    of_mean = 1 / weeks
    together = z * (2 * phi - 1) / math.sqrt(variance) / weeks
    of_spread = z**2 / 4 * (2 / (periods - 1) + (6 * phi * (phi - 1) + 1) / variance / weeks)
    return math.sqrt(variance * max(of_mean + together + of_spread, 0.0))


@lru_cache(maxsize=1024)
def _harrell_davis_weights(count: int, share: float) -> Array:
    """Weight of each sorted value: the beta((n+1)q, (n+1)(1-q)) probability of ((i-1)/n, i/n]."""
    _check_share(share)
    edges = np.arange(count + 1) / count
    weights: Array = np.diff(betainc((count + 1) * share, (count + 1) * (1 - share), edges))
    weights.flags.writeable = False
    return weights


@lru_cache(maxsize=4)
def _resample_weights(count: int, share: float, resamples: int, seed: int) -> Array:
    """Weight of each sorted value in each resample, shape (resamples, count): depends on nothing but the seed."""
    ranks = np.random.default_rng(seed).integers(0, count, (resamples, count), dtype=np.int32)
    cells = np.sort(ranks, axis=1) + np.arange(resamples)[:, None] * count
    each = np.broadcast_to(_harrell_davis_weights(count, share), cells.shape)
    weights = np.bincount(cells.ravel(), each.ravel(), resamples * count).astype(float).reshape(resamples, count)
    weights.flags.writeable = False
    return weights


@lru_cache(maxsize=4)
def _block_index(count: int, resamples: int, seed: int) -> NDArray[Any]:
    """Positions of the weeks of each resample made of blocks, shape (resamples, count)."""
    blocks = -(-count // BLOCK_WEEKS)
    starts = np.random.default_rng(seed).integers(0, count - BLOCK_WEEKS + 1, (resamples, blocks, 1), dtype=np.int32)
    index: NDArray[Any] = (starts + np.arange(BLOCK_WEEKS, dtype=np.int32)).reshape(resamples, -1)[:, :count]
    index.flags.writeable = False
    return index


@lru_cache(maxsize=1024)
def _interval_ranks(count: int, share: float) -> tuple[int, int, float] | None:
    """Ranks (from 1) of the narrowest interval, the best covering of equally narrow ones, and its confidence."""
    below = np.concatenate(([0.0], bdtr(np.arange(count), count, share)))  # below[r] = P(B < r), r = 0..n
    for width in range(1, count):
        covers = below[1 + width :] - below[1:-width]
        best = int(np.argmax(covers))
        if covers[best] >= INTERVAL_CONFIDENCE:
            return best + 1, best + 1 + width, float(covers[best])
    return None


def _too_few(count: int, what: str = "weeks") -> CentileInterval:
    reason = f"{count} {what}: an interval of a centile needs at least {FEWEST_WEEKS_FOR_INTERVAL}"
    return CentileInterval(None, None, None, reason)


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise ValueError(f"a centile is above 0 and below 1, not {share}")


def _array(values: Values) -> Array:
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError("there are no values to size from")
    return array
