"""Seasonal indices against the curve they come from, hand calculation, and a back-test in plain loops."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from capacity.demand.seasonality import (
    DAYS_PER_YEAR,
    index_of_weeks,
    index_of_weeks_by_month,
    monthly_index,
    plan_weeks,
    season,
)

MONDAYS = pd.date_range("2023-01-02", periods=208, freq="7D")
MONTHS = pd.date_range("2023-01-01", periods=48, freq="MS")


def year_share(dates: pd.DatetimeIndex | NDArray[np.datetime64], half: float = 3) -> NDArray[np.floating]:
    return (np.asarray(dates, dtype="datetime64[D]").astype(float) + half) / DAYS_PER_YEAR


def wave(dates: pd.DatetimeIndex | NDArray[np.datetime64], size: float = 0.2) -> NDArray[np.floating]:
    share = 2 * np.pi * year_share(dates)
    return 1 + size * np.cos(share) + size / 4 * np.sin(2 * share)


def test_a_smooth_season_is_found_exactly() -> None:
    found = season(50 * wave(MONDAYS), MONDAYS)
    wanted = wave(plan_weeks(dt.date(2027, 4, 1)))
    assert index_of_weeks(found, plan_weeks(dt.date(2027, 4, 1))) == pytest.approx(wanted / wanted.mean(), abs=2e-3)
    assert found.highest == pytest.approx(wave(MONDAYS).max(), abs=5e-3)
    assert found.back_test is not None and found.back_test.ratio == pytest.approx(0, abs=0.02)
    assert found.helps and "the index helps" in found.verdict


def test_growth_is_not_season() -> None:
    found = season(40 + 0.1 * np.arange(208), MONDAYS)
    assert found.coefficients == pytest.approx([0] * 4, abs=1e-9)


def test_back_test_by_plain_loops() -> None:
    """Every origin from two years on, its own least squares, and the mean of the last 52 weeks for both."""
    values = np.random.default_rng(1).poisson(40 * wave(MONDAYS)[:150]).astype(float)
    angle = 2 * np.pi * year_share(MONDAYS)[:150]
    design = np.column_stack(
        [np.ones(150), np.arange(150), np.cos(angle), np.cos(2 * angle), np.sin(angle), np.sin(2 * angle)]
    )
    with_index, plain = [], []
    for origin in range(104, 150 - 13 + 1):
        fit = np.linalg.lstsq(design[:origin], values[:origin], rcond=None)[0]
        index = 1 + design[:, 2:] @ fit[2:] / values[:origin].mean()
        recent, ahead = slice(origin - 52, origin), slice(origin, origin + 13)
        with_index += list(np.abs(values[ahead] - (values[recent] / index[recent]).mean() * index[ahead]))
        plain += list(np.abs(values[ahead] - values[recent].mean()))
    found = season(values, MONDAYS[:150]).back_test
    assert found is not None and found.origins == 34
    assert found.with_index == pytest.approx(np.mean(with_index), rel=1e-6)
    assert found.with_mean == pytest.approx(np.mean(plain))


def test_without_a_season_the_index_seldom_seems_to_help() -> None:
    rng = np.random.default_rng(2)
    helped = [season(rng.poisson(40, 156), MONDAYS[:156]).helps for _ in range(200)]
    assert float(np.mean(helped)) <= 0.08


@pytest.mark.parametrize(("weeks", "index", "tested"), [(103, False, False), (104, True, False), (129, True, False)])
def test_short_histories_say_what_they_cannot_tell(weeks: int, index: bool, tested: bool) -> None:
    values = np.random.default_rng(3).poisson(40 * wave(MONDAYS))[:weeks]
    found = season(values, MONDAYS[:weeks])
    assert ((found.coefficients is not None), (found.back_test is not None)) == (index, tested)
    assert f"{weeks} weeks" in found.reason and found.reason in found.verdict
    assert not found.helps
    if not index:
        assert list(index_of_weeks(found, plan_weeks(dt.date(2027, 4, 1)))) == [1.0] * 52


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 6.0])
def test_constant_demand_has_no_season(value: float) -> None:
    found = season([value] * 156, MONDAYS[:156])
    assert not found.helps and found.verdict
    assert index_of_weeks(found, plan_weeks(dt.date(2027, 4, 1))) == pytest.approx([1.0] * 52)
    monthly, reason = monthly_index([value] * 156, MONDAYS[:156])
    assert (monthly is None) == bool(reason) == (value == 0)


def test_weeks_may_be_missing() -> None:
    kept = np.random.default_rng(4).random(208) > 0.1
    found = season(50 * wave(MONDAYS)[kept], MONDAYS[kept])
    assert found.highest == pytest.approx(wave(MONDAYS).max(), abs=5e-3)


def test_months_by_hand() -> None:
    """Four years of 10, 11, ... 21 with a mean of 15.5: whole years around every month, so value / 15.5."""
    values = np.tile(np.arange(10.0, 22.0), 4)
    index, reason = monthly_index(values, MONTHS, by_month=True)
    assert index is not None and reason == ""
    assert index == pytest.approx(np.arange(10, 22) / 15.5)
    found = season(values, MONTHS, by_month=True)
    assert found.back_test is not None and found.back_test.origins == 22
    assert found.helps


def test_monthly_index_of_weeks() -> None:
    index, _ = monthly_index(50 * wave(MONDAYS), MONDAYS)
    assert index is not None and float(index.mean()) == pytest.approx(1)
    middles = np.array([f"2025-{month:02d}-12" for month in range(1, 13)], dtype="datetime64[D]")
    assert index == pytest.approx(wave(middles), abs=0.03)
    by_week = index_of_weeks_by_month(index, np.array(["2027-05-31", "2027-06-07"], dtype="datetime64[D]"))
    assert by_week == pytest.approx([1, 1])  # the week of 31 May has its Thursday in June


def test_too_few_months_have_no_index() -> None:
    index, reason = monthly_index(np.ones(23), MONTHS[:23], by_month=True)
    assert index is None and "23 months" in reason


def test_values_and_dates_go_together() -> None:
    with pytest.raises(ValueError, match="5 values and 4 dates"):
        season([1, 2, 3, 4, 5], MONDAYS[:4])


def test_weeks_of_a_plan_year_start_with_its_first_whole_week() -> None:
    weeks = plan_weeks(dt.date(2027, 4, 1))
    assert (len(weeks), str(weeks[0]), str(weeks[-1])) == (52, "2027-04-05", "2028-03-27")
    assert str(plan_weeks(dt.date(2024, 4, 1))[0]) == "2024-04-01"


@settings(max_examples=50)
@given(st.lists(st.integers(0, 400), min_size=104, max_size=180))
def test_an_index_has_mean_one_and_is_never_negative(values: list[int]) -> None:
    found = season(values, MONDAYS[: len(values)])
    index = index_of_weeks(found, plan_weeks(dt.date(2027, 4, 1)))
    assert float(index.mean()) == pytest.approx(1)
    assert index.min() > 0
