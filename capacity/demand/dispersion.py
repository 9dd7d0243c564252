"""How a series of weekly counts varies: dispersion, autocorrelation and trend, each with a sentence for the reader.

Every function takes counts in the order of the weeks. What cannot be known is None, and ``verdict`` says why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtr, chdtrc, stdtr, stdtrit

from capacity.units import WEEKS_PER_YEAR

SIGNIFICANCE = 0.05
TREND_CONFIDENCE = 0.90
FEWEST_FOR_AUTOCORRELATION = 8
FEWEST_FOR_TREND = 13
SEASON_YEARS = 2
"""Under two years a trend and a season cannot be told apart."""

Values = Sequence[float] | NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Dispersion:
    """Variance / mean (φ) and whether chance alone explains it.

    ``statistic`` is Σ(x - mean)² / mean, chi-square with ``degrees`` degrees of freedom if the counts are Poisson;
    ``p_value`` is two-sided. All are None where they cannot be known.
    """

    phi: float | None
    statistic: float | None
    degrees: int
    p_value: float | None
    verdict: str

    @property
    def over_dispersed(self) -> bool:
        """Whether the counts vary more than chance allows at the 5 % level."""
        return self.p_value is not None and self.p_value < SIGNIFICANCE and (self.phi or 0) > 1


@dataclass(frozen=True)
class Autocorrelation:
    """Lag-1 autocorrelation, and the bound 2/√n beyond which weeks are not independent."""

    lag1: float | None
    bound: float | None
    verdict: str

    @property
    def significant(self) -> bool:
        """Whether neighbouring weeks are related."""
        return self.lag1 is not None and self.bound is not None and abs(self.lag1) > self.bound


@dataclass(frozen=True)
class Trend:
    """Straight-line trend: change a year in counts a week, its standard error, and the same as a share of the mean.

    ``lower`` and ``upper`` bound ``share_a_year`` with 90 % confidence; ``p_value`` is that of no trend.
    ``effective_weeks`` are the independent weeks that the series is worth.
    """

    slope_a_year: float | None
    standard_error: float | None
    share_a_year: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    effective_weeks: float | None
    verdict: str

    @property
    def significant(self) -> bool:
        """Whether a trend is seen at the 5 % level."""
        return self.p_value is not None and self.p_value < SIGNIFICANCE


def dispersion(values: Values, unit: float = 1.0) -> Dispersion:
    """Variance-to-mean test of counts against the Poisson distribution.

    Parameters
    ----------
    values
        Counts a week, shape (weeks,).
    unit
        What one patient adds to a value: 1 for counts, the growth factor for grown counts.

    Notes
    -----
    (n - 1) φ is chi-square with n - 1 degrees of freedom for Poisson counts. Source: Fisher, *Statistical Methods for
    Research Workers*, §16; Cox and Lewis 1966. A season, a trend or a step makes φ larger as well as chance does.
    """
    counts = _array(values) / unit
    degrees = counts.size - 1
    mean = float(counts.mean()) if counts.size else 0.0
    if counts.size < 2:
        return Dispersion(None, None, max(degrees, 0), None, f"{_weeks(counts.size)}: a spread needs two or more")
    if mean <= 0:
        return Dispersion(None, None, degrees, None, "nothing was counted in any week, so there is no spread to judge")
    statistic = float(((counts - mean) ** 2).sum()) / mean
    phi = statistic / degrees
    p_value = min(1.0, 2 * min(float(chdtr(degrees, statistic)), float(chdtrc(degrees, statistic))))
    return Dispersion(phi, statistic, degrees, p_value, _dispersion_verdict(phi, p_value, degrees + 1))


def autocorrelation(values: Values) -> Autocorrelation:
    """Lag-1 autocorrelation r, tested against 2/√n.

    r = Σ (x_t - mean)(x_{t+1} - mean) / Σ (x_t - mean)². Weeks left out are not noticed: the weeks before and after
    are taken as neighbours. Source: Box, Jenkins, Reinsel and Ljung, *Time Series Analysis*, §2.1.
    """
    points = _array(values)
    if points.size < FEWEST_FOR_AUTOCORRELATION:
        reason = f"{_weeks(points.size)}: whether weeks are related needs {FEWEST_FOR_AUTOCORRELATION} or more"
        return Autocorrelation(None, None, reason)
    bound = 2 / math.sqrt(points.size)
    found = lag1(points)
    if found is None:
        return Autocorrelation(None, bound, "every week is the same, so there is nothing to correlate")
    return Autocorrelation(found, bound, _autocorrelation_verdict(found, bound))


def lag1(points: NDArray[np.floating[Any]]) -> float | None:
    """Lag-1 autocorrelation; None where all points are the same (or there is but one)."""
    if points.size < 2 or _constant(points):
        return None
    away = points - points.mean()
    return float(away[:-1] @ away[1:] / (away @ away))


def effective_weeks(weeks: int, correlation: float | None) -> float:
    """Independent weeks worth as much for a mean: n (1 - r) / (1 + r), at most n, at least 1.

    ``correlation`` is the lag-1 autocorrelation of a first-order autoregression; None counts as 0.
    """
    r = min(max(correlation or 0.0, 0.0), 0.99)
    return max(1.0, weeks * (1 - r) / (1 + r))


def trend(values: Values, periods_a_year: float = WEEKS_PER_YEAR) -> Trend:
    """Least-squares slope a year with a standard error that allows for related weeks.

    The residual variance and the degrees of freedom use n (1 - r) / (1 + r) weeks, r the lag-1 autocorrelation of the
    residuals with its bias (2 + 4 r) / n added back. Source: Santer et al. 2000, *J. Geophys. Res.* 105: 7337; the
    bias: Kendall 1954, *Biometrika* 41: 403.

    The growth a planner may use is ``share_a_year`` between ``lower`` and ``upper``. ``periods_a_year`` is 12 where
    the values are weekly rates of months.
    """
    points = _array(values)
    if points.size < FEWEST_FOR_TREND:
        return _no_trend(f"{_weeks(points.size)}: a trend needs {FEWEST_FOR_TREND} or more")
    if _constant(points):
        return Trend(0.0, 0.0, 0.0, 0.0, 0.0, None, None, "every week is the same: no trend")
    time = np.arange(points.size) - (points.size - 1) / 2
    slope = float(time @ points / (time @ time))
    residuals = points - points.mean() - slope * time
    found = lag1(residuals) if float(residuals @ residuals) > 1e-18 * float(points @ points) else None
    correlation = 0.0 if found is None else found + (2 + 4 * found) / points.size
    worth = effective_weeks(points.size, correlation)
    if worth <= 3:
        return _no_trend("neighbouring weeks are so alike that these weeks cannot tell a trend from drift", worth)
    error = math.sqrt(float(residuals @ residuals) / (worth - 2) / float(time @ time))
    year = slope * periods_a_year, error * periods_a_year
    return _trend(*year, float(points.mean()), worth, points.size >= SEASON_YEARS * periods_a_year - 0.5)


def _trend(a_year: float, error_a_year: float, mean: float, worth: float, two_years: bool) -> Trend:
    if error_a_year <= 1e-12 * abs(a_year):
        p_value, width = 0.0, 0.0
    else:
        p_value = 2 * float(stdtr(worth - 2, -abs(a_year) / error_a_year))
        width = float(stdtrit(worth - 2, (1 + TREND_CONFIDENCE) / 2)) * error_a_year
    share, lower, upper = (
        (a_year / mean, (a_year - width) / mean, (a_year + width) / mean) if mean > 0 else (None, None, None)
    )
    verdict = _trend_verdict(a_year, share, lower, upper, p_value, two_years)
    return Trend(a_year, error_a_year, share, lower, upper, p_value, worth, verdict)


def _no_trend(reason: str, worth: float | None = None) -> Trend:
    return Trend(None, None, None, None, None, None, worth, reason)


def _dispersion_verdict(phi: float, p_value: float, weeks: int) -> str:
    if p_value >= SIGNIFICANCE:
        return f"weeks vary as chance alone would have them (variance {phi:.2g} x the mean over {weeks} weeks)"
    odds = "less than 1 in 1,000" if p_value < 0.001 else f"{p_value:.1%}"
    if phi > 1:
        return (
            f"weeks vary more than chance alone (variance {phi:.2g} x the mean; chance {odds}): a Poisson assumption "
            "would ask for too little"
        )
    return (
        f"weeks vary less than chance alone (variance {phi:.2g} x the mean; chance {odds}): are these bookings into a "
        "fixed number of slots rather than referrals?"
    )


def _autocorrelation_verdict(found: float, bound: float) -> str:
    if abs(found) <= bound:
        return f"neighbouring weeks are not related (r = {found:.2f}, within ±{bound:.2f})"
    if found > 0:
        return (
            f"high weeks follow high weeks (r = {found:.2f}, beyond {bound:.2f}): these weeks say less than as many "
            "independent ones, and runs of busy weeks are to be expected"
        )
    return f"high weeks follow low weeks (r = {found:.2f}, beyond -{bound:.2f}): referrals may be sent in batches"


def _trend_verdict(
    a_year: float, share: float | None, lower: float | None, upper: float | None, p_value: float, two_years: bool
) -> str:
    size = f"{a_year:+.3g} a week each year"
    if share is not None and lower is not None and upper is not None:
        size += f" ({share:+.0%}; 90 % interval {lower:+.0%} to {upper:+.0%})"
    if p_value >= SIGNIFICANCE:
        return f"no trend that chance would not give: {size}"
    season = "" if two_years else "; under two years of weeks this may be the season"
    return f"{'rising' if a_year > 0 else 'falling'}: {size}{season}"


def _weeks(number: int) -> str:
    return f"{number} week{'' if number == 1 else 's'}"


def _constant(points: NDArray[np.floating[Any]]) -> bool:
    return bool(np.ptp(points) <= 1e-12 * max(1.0, float(np.abs(points).max())))


def _array(values: Values) -> NDArray[np.floating[Any]]:
    return np.asarray(values, dtype=float)
