"""Dispersion, autocorrelation and trend against SciPy, hand calculation and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2, linregress

from capacity.demand.dispersion import autocorrelation, dispersion, effective_weeks, lag1, trend
from capacity.units import WEEKS_PER_YEAR
from tests.demand.builders import X12, X26


def related_weeks(rng: np.random.Generator, weeks: int, correlation: float) -> NDArray[np.floating]:
    """A first-order autoregression about 100 with standard deviation 10."""
    found = np.empty(weeks)
    found[0] = rng.normal()
    for week in range(1, weeks):
        found[week] = correlation * found[week - 1] + math.sqrt(1 - correlation**2) * rng.normal()
    return 100 + 10 * found


@pytest.mark.parametrize(("values", "phi"), [(X12, 0.9003), (X26, 0.8352)], ids=["x12", "x26"])
def test_reference_series_vary_as_chance_would(values: tuple[int, ...], phi: float) -> None:
    found = dispersion(values)
    assert found.phi == pytest.approx(phi, abs=5e-5)
    assert found.degrees == len(values) - 1
    assert found.statistic == pytest.approx(phi * (len(values) - 1), abs=2e-3)
    assert not found.over_dispersed and "chance alone would have them" in found.verdict


def test_p_value_is_two_sided_chi_square() -> None:
    found = dispersion([1, 9, 4, 16, 2, 30, 7, 3])
    assert found.statistic is not None
    assert found.p_value == pytest.approx(2 * chi2.sf(found.statistic, 7))
    assert found.over_dispersed and "more than chance" in found.verdict
    even = dispersion([20, 20, 21, 20, 20, 19, 20, 20, 21, 19] * 3)
    assert even.statistic is not None
    assert even.p_value == pytest.approx(2 * chi2.cdf(even.statistic, 29))
    assert not even.over_dispersed and "fixed number of slots" in even.verdict


def test_the_test_is_wrong_as_often_as_it_says() -> None:
    """4,000 Poisson series of 26 weeks: 5 % are called otherwise."""
    rng = np.random.default_rng(1)
    wrong = [
        found.p_value is not None and found.p_value < 0.05 for found in map(dispersion, rng.poisson(30, (4000, 26)))
    ]
    assert float(np.mean(wrong)) == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 4000))


def test_grown_counts_are_judged_as_counts() -> None:
    assert dispersion(np.array(X26) * 1.3, unit=1.3).phi == pytest.approx(dispersion(X26).phi)


def test_lag_one_by_hand() -> None:
    """Mean 3, away -2 -1 0 1 2: products 2 + 0 + 0 + 2 = 4, squares 10."""
    assert lag1(np.array([1.0, 2, 3, 4, 5])) == pytest.approx(0.4)


def test_related_weeks_are_seen() -> None:
    rng = np.random.default_rng(2)
    assert autocorrelation(related_weeks(rng, 104, 0.6)).significant
    up_and_down = autocorrelation([10, 20] * 20)
    assert up_and_down.significant and "batches" in up_and_down.verdict
    seen = [autocorrelation(row).significant for row in rng.poisson(30, (2000, 52))]
    assert float(np.mean(seen)) == pytest.approx(0.05, abs=0.02)  # 2/√n is two standard errors, near enough


@pytest.mark.parametrize(("correlation", "weeks"), [(None, 60), (-0.5, 60), (0.0, 60), (0.5, 20), (1.0, 1)])
def test_effective_weeks(correlation: float | None, weeks: float) -> None:
    assert effective_weeks(60, correlation) == pytest.approx(weeks, abs=0.5)


def test_trend_of_unrelated_weeks_is_that_of_least_squares() -> None:
    """Residuals that swing up and down have no correlation to allow for, so the plain standard error remains."""
    weeks = np.arange(40)
    values = 50 + 0.5 * weeks + np.where(weeks % 2 == 0, 3.0, -3.0)
    found, plain = trend(values), linregress(weeks, values)
    assert found.effective_weeks == 40
    assert found.slope_a_year == pytest.approx(plain.slope * WEEKS_PER_YEAR)
    assert found.standard_error == pytest.approx(plain.stderr * WEEKS_PER_YEAR)
    assert found.p_value == pytest.approx(plain.pvalue)
    assert found.share_a_year == pytest.approx(plain.slope * WEEKS_PER_YEAR / values.mean())
    assert found.significant and found.verdict.startswith("rising") and "season" in found.verdict


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_trend_interval_covers_and_related_weeks_are_not_a_trend(correlation: float) -> None:
    """400 series of two years without a trend: plain least squares calls 25 % of the related ones a trend."""
    rng = np.random.default_rng(3)
    found = [trend(related_weeks(rng, 104, correlation)) for _ in range(400)]
    assert float(np.mean([one.significant for one in found])) <= 0.10
    held = [one.lower <= 0 <= one.upper for one in found if one.lower is not None and one.upper is not None]
    assert float(np.mean(held)) == pytest.approx(0.90, abs=0.06)


def test_few_closely_related_weeks_are_not_a_trend() -> None:
    """1,000 years with r = 0.7: without the bias of the residuals' correlation 9 % would be called a trend."""
    rng = np.random.default_rng(3)
    assert float(np.mean([trend(related_weeks(rng, 52, 0.7)).significant for _ in range(1000)])) <= 0.07


def test_falling_to_nothing_is_a_trend() -> None:
    values = np.maximum(0, 60 - np.arange(60))
    found = trend(values)
    assert found.significant and found.verdict.startswith("falling")
    assert found.share_a_year is not None and found.share_a_year < -1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[], [3], [3, 4], [0, 0], [0] * 30, [7] * 30, [7.3] * 30], ids=str)
def test_what_cannot_be_known_is_none_with_a_reason(values: list[float]) -> None:
    spread, related, line = dispersion(values), autocorrelation(values), trend(values)
    assert all(found.verdict for found in (spread, related, line))
    assert not (related.significant or line.significant or spread.over_dispersed)
    assert related.lag1 is None and line.p_value is None
    if len(values) < 2 or not any(values):
        assert (spread.phi, spread.p_value) == (None, None)
    if len(values) < 13:
        assert line.slope_a_year is None and "needs 13" in line.verdict


@pytest.mark.filterwarnings("error")
def test_a_straight_line_has_no_error() -> None:
    found = trend(np.arange(30.0))
    assert found.slope_a_year == pytest.approx(WEEKS_PER_YEAR)
    assert found.significant and found.lower == pytest.approx(found.upper)


@given(st.lists(st.integers(0, 1000), max_size=80))
def test_every_series_has_an_answer(values: list[int]) -> None:
    spread, related, line = dispersion(values), autocorrelation(values), trend(values)
    assert spread.p_value is None or 0 <= spread.p_value <= 1
    assert line.p_value is None or 0 <= line.p_value <= 1
    assert related.lag1 is None or -1 <= related.lag1 <= 1
