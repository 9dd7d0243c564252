"""Seasonal indices of weekly or monthly demand, and whether they forecast better than the plain mean.

An index is what a week or month asks for against the year's mean, so that 1.10 is a tenth more; its mean is 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

DAYS_PER_YEAR = 365.25
HARMONICS = 2
MONTHS = 12
HELPS_BELOW = 0.95
"""Of simulated series of 156 weeks without a season 3 % (7 % where weeks are related) have a lower ratio."""
FLOOR = 0.05
"""A fitted index is never less: a smooth curve through a deep trough may pass below zero."""


@dataclass(frozen=True)
class Rhythm:
    """How a series is dated: its word, periods a year and in two years, those forecast, origins needed, half a period.

    The origins are those that forecast at least 26 different weeks, or 6 months.
    """

    word: str
    year: int
    fewest: int
    horizon: int
    origins: int
    half_days: float


WEEKLY = Rhythm("weeks", 52, 104, 13, 14, 3)
MONTHLY = Rhythm("months", 12, 24, 3, 4, 15)

Array = NDArray[np.floating[Any]]
Values = Sequence[float] | Array
Dates = Sequence[dt.date] | pd.DatetimeIndex | NDArray[np.datetime64]


@dataclass(frozen=True)
class SeasonBackTest:
    """Mean absolute error of forecasts of 13 weeks (3 months) with and without the index, from every possible origin.

    ``ratio`` is the first over the second, so below 1 the index helps; None where the mean never errs.
    """

    origins: int
    with_index: float
    with_mean: float

    @property
    def ratio(self) -> float | None:
        """Error with the index against that of the plain mean."""
        return self.with_index / self.with_mean if self.with_mean > 0 else None


@dataclass(frozen=True)
class Season:
    """Seasonal index, and what it is worth.

    ``coefficients`` are those of the harmonics, as shares of the mean; None where there is no index. ``back_test`` is
    None where the history is too short for one. ``reason`` says why something is None.
    """

    coefficients: tuple[float, ...] | None
    highest: float | None
    lowest: float | None
    back_test: SeasonBackTest | None
    reason: str

    @property
    def helps(self) -> bool:
        """Whether forecasts with the index erred by at least 5 % less than those of the plain mean."""
        ratio = self.back_test.ratio if self.back_test is not None else None
        return ratio is not None and ratio < HELPS_BELOW

    @property
    def verdict(self) -> str:
        """One sentence for the reader."""
        if self.coefficients is None or self.highest is None or self.lowest is None:
            return self.reason
        size = f"from {self.lowest:.2f} to {self.highest:.2f} of the mean over a year"
        if self.back_test is None or self.back_test.ratio is None:
            return f"a seasonal index {size}, not tried out: {self.reason}"
        ratio = self.back_test.ratio
        change = f"{abs(1 - ratio):.0%} {'less' if ratio < 1 else 'more'}"
        if self.helps:
            advice = "the index helps"
        else:
            advice = "too little to rely on" if ratio < 1 else "the plain mean is the better guide"
        return f"a seasonal index {size}: forecasts of a quarter err by {change} than those of the mean; {advice}"


def season(values: Values, dates: Dates, by_month: bool = False) -> Season:
    """Fit the seasonal index and try it out on the series itself.

    The index is 1 + Σ a_j cos(2πj d) + b_j sin(2πj d), j = 1, 2, d the share of the year gone, fitted by least
    squares together with a straight-line trend and divided by the mean. Two harmonics follow a winter and a holiday;
    a week's own peak (Christmas) they do not. Source: Harvey, *Forecasting, Structural Time Series Models*, §2.3.4.

    Parameters
    ----------
    values
        Counts a week (for months: weekly rates), shape (periods,).
    dates
        First day of each week (month), same length; some may be missing.
    by_month
        Whether a value is a month's.
    """
    points, days = _checked(values, dates)
    rhythm = MONTHLY if by_month else WEEKLY
    if points.size < rhythm.fewest:
        return _no_season(f"{points.size} {rhythm.word}: a season is seen from two years ({rhythm.fewest}) on")
    if float(points.mean()) <= 0:
        return _no_season("nothing was counted, so there is no season")
    middles = days + rhythm.half_days
    found = _fit(points, middles)
    year = _index(np.asarray(found), np.arange(0, DAYS_PER_YEAR, 7.0))
    tested, reason = _back_test(points, middles, rhythm)
    return Season(found, float(year.max()), float(year.min()), tested, reason)


def index_of_weeks(found: Season, weeks: Dates) -> Array:
    """Return the index of each week, scaled to mean 1 over these weeks; all 1 where there is no index.

    For a plan year give its 52 Mondays (:func:`plan_weeks`).
    """
    days = _days(weeks)
    if found.coefficients is None or days.size == 0:
        return np.ones(days.size)
    index = _index(np.asarray(found.coefficients), days + WEEKLY.half_days)
    return np.asarray(index / index.mean())


def index_of_weeks_by_month(index: Array, weeks: Dates) -> Array:
    """Return the index of each week from that of its month (by its Thursday), scaled to mean 1 over these weeks.

    ``index`` is that of :func:`monthly_index`, shape (12,). For a series known by month.
    """
    days = _days(weeks)
    by_week = np.asarray(index)[_months(days + WEEKLY.half_days)]
    return np.asarray(by_week / by_week.mean()) if days.size else by_week


def plan_weeks(year_starts: dt.date, weeks: int = 52) -> NDArray[np.datetime64]:
    """Mondays of the weeks of a plan year, from its first whole week."""
    first = np.datetime64(year_starts + dt.timedelta(days=-year_starts.weekday() % 7), "D")
    return np.asarray(first + 7 * np.arange(weeks))


def monthly_index(values: Values, dates: Dates, by_month: bool = False) -> tuple[Array | None, str]:
    """Index of each calendar month by ratio to the centred moving average of a year, as analysts do in Excel.

    ``values`` are counts a week, or where ``by_month`` weekly rates a month, over two years or more; ``dates`` the
    first day of each. A week belongs to the month that holds its Thursday. The average of the ratios of a month, all
    divided by their mean so that it is 1, is its index.

    Returns
    -------
    index
        Shape (12,), January first; None where there is no index.
    reason
        Why not; empty where there is one.
    """
    points, days = _checked(values, dates)
    rhythm = MONTHLY if by_month else WEEKLY
    if points.size < rhythm.fewest:
        return None, f"{points.size} {rhythm.word}: a season is seen from two years ({rhythm.fewest}) on"
    average = sliding_window_view(points, rhythm.year).mean(axis=1)
    centred = (average[:-1] + average[1:]) / 2
    middle = slice(rhythm.year // 2, rhythm.year // 2 + centred.size)
    if float(centred.min()) <= 0:
        return None, "there is a year in which nothing was counted"
    months = _months(days + rhythm.half_days)[middle]
    numbers = np.bincount(months, minlength=MONTHS)
    if numbers.min() == 0:
        return None, "not every month of the year has a whole year around it"
    index = np.bincount(months, points[middle] / centred, MONTHS) / numbers
    if float(index.mean()) <= 0:
        return None, "nothing was counted in the weeks that have a whole year around them"
    return np.asarray(index / index.mean()), ""


def _back_test(points: Array, days: Array, rhythm: Rhythm) -> tuple[SeasonBackTest | None, str]:
    """Forecast the next quarter from every origin that has two years behind it, with the index and without.

    Both level at the mean of the last year known, divided by its index for the one and as it is for the other, so
    that nothing but the index differs.
    """
    origins = np.arange(rhythm.fewest, points.size - rhythm.horizon + 1)
    if origins.size < rhythm.origins:
        needed = rhythm.fewest + rhythm.horizon + rhythm.origins - 1
        return None, f"{points.size} {rhythm.word}, and trying a season out needs {needed}"
    scale, coefficients = _fit_up_to(points, days, origins)
    index = np.maximum(1 + coefficients @ _waves(days).T / scale[:, None], FLOOR)  # (origins, periods)
    recent = origins[:, None] + np.arange(-rhythm.year, 0)
    ahead = origins[:, None] + np.arange(rhythm.horizon)
    own = np.arange(origins.size)[:, None]
    level = (points[recent] / index[own, recent]).mean(axis=1, keepdims=True)
    errors = np.abs(points[ahead] - level * index[own, ahead]).mean()
    plain = np.abs(points[ahead] - points[recent].mean(axis=1, keepdims=True)).mean()
    return SeasonBackTest(origins.size, float(errors), float(plain)), ""


def _fit(points: Array, days: Array) -> tuple[float, ...]:
    """Harmonics of the whole series as shares of its mean."""
    scale, coefficients = _fit_up_to(points, days, np.array([points.size]))
    return tuple(float(value) for value in coefficients[0] / scale[0])


def _fit_up_to(points: Array, days: Array, ends: NDArray[np.integer[Any]]) -> tuple[Array, Array]:
    """Mean, and harmonics by least squares with level and trend, of the first weeks up to each end.

    Sums of products up to each end give all the normal equations at once.
    """
    time = (days - days.mean()) / DAYS_PER_YEAR
    design = np.column_stack((np.ones(days.size), time, _waves(days)))
    products = np.cumsum(design[:, :, None] * design[:, None, :], axis=0)[ends - 1]
    sums = np.cumsum(design * points[:, None], axis=0)[ends - 1]
    fitted = np.linalg.solve(products, sums[:, :, None])[:, 2:, 0]
    means = np.cumsum(points)[ends - 1] / ends
    return np.maximum(means, 1e-12), np.asarray(fitted)


def _index(coefficients: Array, days: Array) -> Array:
    return np.asarray(np.maximum(1 + _waves(days) @ coefficients, FLOOR))


def _waves(days: Array) -> Array:
    angles = 2 * np.pi / DAYS_PER_YEAR * days[:, None] * np.arange(1, HARMONICS + 1)
    return np.hstack((np.cos(angles), np.sin(angles)))


def _no_season(reason: str) -> Season:
    return Season(None, None, None, None, reason)


def _checked(values: Values, dates: Dates) -> tuple[Array, Array]:
    points, days = np.asarray(values, dtype=float), _days(dates)
    if points.size != days.size:
        raise ValueError(f"there are {points.size} values and {days.size} dates")
    return points, days


def _days(dates: Dates) -> Array:
    """Days since 1970, of which 365.25 make a year."""
    return np.asarray(np.asarray(dates, dtype="datetime64[D]").astype(float))


def _months(days: Array) -> NDArray[np.integer[Any]]:
    """Calendar month of each day, January 0."""
    months = days.astype(np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months % MONTHS)
