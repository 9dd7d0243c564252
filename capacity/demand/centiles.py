"""The one place that says which estimate of a centile sizes a week ([sizing] estimator of service.toml)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capacity.demand.estimators import (
    ESTIMATOR_NAMES,
    CentileEstimate,
    centile_estimates,
    harrell_davis_centile,
    negative_binomial,
    negative_binomial_from_moments,
    percentile_inc,
)
from capacity.service.model import Estimator

DAYS_PER_WEEK = 7
BY_MONTH = "negative binomial predictive of weeks, by the mean and dispersion of months"


@dataclass(frozen=True)
class Periods:
    """Amounts of a week, one a period: of each whole week, or the weekly rate of each month.

    ``unit`` is how much one patient counted adds to an amount (1 for referrals; minutes of one where the amounts are
    minutes), so that counting distributions count patients. ``days`` is the mean length of a period. ``dispersion``
    is variance / mean of a week's patients where it is known better than from the amounts.
    """

    amounts: NDArray[np.floating[Any]]
    unit: float = 1.0
    days: float = DAYS_PER_WEEK
    dispersion: float | None = None

    @property
    def by_week(self) -> bool:
        """Whether every amount is that of a week, so that their spread is that of weeks."""
        return abs(self.days - DAYS_PER_WEEK) < 1e-9

    @property
    def weekly_dispersion(self) -> float:
        """Variance / mean of the patients of a week; 1 (Poisson) where one period, or nothing, is known.

        The variance of a month is that of its weeks added up (independent weeks), so the rate of a month, the mean
        over ``days`` / 7 weeks, has 7 / ``days`` of the variance of a week.
        """
        if self.dispersion is not None:
            return self.dispersion
        mean = float(self.amounts.mean())
        if self.amounts.size < 2 or mean <= 0:
            return 1.0
        return float(self.amounts.var(ddof=1)) / mean / self.unit * self.days / DAYS_PER_WEEK


def centile(periods: Periods, share: float, estimator: Estimator = "excel") -> float:
    """Centile of a week's amount by the estimator asked for; from months always by the negative binomial.

    The weekly rates of months vary less than weeks do, so no centile of theirs is one of weeks.
    """
    if not periods.by_week:
        return from_months(periods, share).value
    if estimator == "negative_binomial":
        return negative_binomial(periods.amounts, share, periods.unit)[0]
    if estimator == "harrell_davis":
        return harrell_davis_centile(periods.amounts, share)
    return percentile_inc(periods.amounts, share)


def estimates(periods: Periods, share: float) -> dict[Estimator, CentileEstimate]:
    """Every estimate there is of the centile, each with its interval; from months only the negative binomial."""
    if periods.by_week:
        return centile_estimates(periods.amounts, share, periods.unit)
    return {"negative_binomial": from_months(periods, share)}


def from_months(periods: Periods, share: float) -> CentileEstimate:
    """Centile of a week worked out from months: a negative binomial with their weekly mean and dispersion."""
    number = periods.amounts.size
    mean = float(periods.amounts.mean()) / periods.unit
    weeks = number * periods.days / DAYS_PER_WEEK
    value, interval = negative_binomial_from_moments(mean, periods.weekly_dispersion, share, weeks, number)
    if interval.lower is not None and interval.upper is not None:
        interval = replace(interval, lower=interval.lower * periods.unit, upper=interval.upper * periods.unit)
    return CentileEstimate("negative_binomial", BY_MONTH, share, value * periods.unit, interval)


def name_of(by_week: bool, estimator: Estimator) -> str:
    """How the estimator used is named in the output."""
    return ESTIMATOR_NAMES[estimator] if by_week else BY_MONTH
