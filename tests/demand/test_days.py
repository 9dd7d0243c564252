"""Sizing by day: weekdays on their own counts, days as parts of a thinned week, and what a weekly total hides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from capacity.demand.days import (
    moved_to_open_days,
    size_by_day,
    spread_cell,
    thinned_dispersion,
    weekly_total_warning,
)
from capacity.demand.series import WeeklySeries, no_weeks, weekly_series
from capacity.service.cells import spread
from capacity.service.model import DemandRow
from capacity.units import DAYS, WEEKDAY_HALF_DAYS
from tests.demand.builders import FIRST_MONDAY, X26, daily_rows, rules, weekly_rows

WORKING_DAYS = DAYS[:5]
PROFILE = {"Mon": 0.4, "Tue": 0.2, "Wed": 0.15, "Thu": 0.15, "Fri": 0.1}


def daily(counts: Sequence[int], first: dt.date = FIRST_MONDAY) -> WeeklySeries:
    return weekly_series(daily_rows("lung", first, counts))["lung"]


def weekly(counts: Sequence[int]) -> WeeklySeries:
    return weekly_series(weekly_rows("lung", counts))["lung"]


def test_each_weekday_is_sized_on_its_own_counts() -> None:
    """Mondays 10, 12, 14 ... 34 and 2 on every other day: Excel's PERCENTILE.INC(80 %) of the 13 Mondays is 29.2."""
    counts = [count for week in range(13) for count in (10 + 2 * week, 2, 2, 2, 2, 0, 0)]
    sized = size_by_day(daily(counts), 0.8)
    assert sized is not None and sized.basis == "daily"
    by_day = sized.by_day.set_index("day")
    assert list(by_day.index) == list(DAYS)
    assert by_day["centile"].tolist() == pytest.approx([29.2, 2, 2, 2, 2, 0, 0])
    assert by_day["mean"].tolist() == pytest.approx([22, 2, 2, 2, 2, 0, 0])
    assert by_day.loc["Mon", "share"] == pytest.approx(22 / 30)
    assert by_day["days"].tolist() == [13] * 7
    assert by_day.loc["Mon", "dispersion"] == pytest.approx(np.var(range(10, 36, 2), ddof=1) / 22)
    assert by_day["dispersion"].isna().tolist() == [False] * 5 + [True] * 2, "nothing ever comes on a Saturday"
    assert sized.mean == pytest.approx(30)
    assert sized.total == pytest.approx(37.2)
    assert sized.weekly_centile == pytest.approx(37.2), "only Mondays vary, so the week varies as they do"
    assert sized.findings == ()


def test_the_sentence_names_the_peak_and_the_weekly_total() -> None:
    sized = size_by_day(daily([20, 5, 5, 5, 5, 0, 0] * 13), 0.8, open_days=WORKING_DAYS)
    assert sized is not None
    assert sized.sentence == (
        "Sized by day at the 80% centile the week takes 40.0 (Mon 20.0, Tue 5.0, Wed 5.0, Thu 5.0, Fri 5.0); the "
        "weekly total alone would give 40.0, or 8.0 a day, and cannot show that Mon needs 20.0."
    )


def test_weekend_demand_is_met_on_monday() -> None:
    """Monday serves Saturday, Sunday and Monday: the first Monday lacks its weekend and is not counted."""
    sized = size_by_day(daily([4, 1, 1, 1, 1, 3, 2] * 14), 0.8, open_days=WORKING_DAYS)
    assert sized is not None
    by_day = sized.by_day.set_index("day")
    assert list(by_day.index) == list(WORKING_DAYS)
    assert by_day["mean"].tolist() == pytest.approx([9, 1, 1, 1, 1])
    assert by_day["days"].tolist() == [13, 14, 14, 14, 14]


def test_rows_of_working_days_only_need_no_weekend() -> None:
    rows = [row for row in daily_rows("lung", FIRST_MONDAY, [4, 1, 1, 1, 1, 9, 9] * 13) if row.start.weekday() < 5]
    sized = size_by_day(weekly_series(rows)["lung"], 0.8, open_days=WORKING_DAYS)
    assert sized is not None
    assert sized.by_day["mean"].tolist() == pytest.approx([4, 1, 1, 1, 1])


def test_share_and_growth_scale_counts() -> None:
    whole, part = (size_by_day(daily([4, 1, 1, 1, 1, 3, 2] * 13), 0.8, factor=factor) for factor in (1, 0.4))
    assert whole is not None and part is not None
    assert part.total == pytest.approx(0.4 * whole.total)
    assert part.weekly_centile == pytest.approx(0.4 * 13)


def test_few_of_a_weekday_are_said() -> None:
    sized = size_by_day(daily([4, 1, 1, 1, 1, 3, 2] * 3), 0.8)
    assert sized is not None
    assert rules(sized.findings) == {"few_days"}
    assert "Mon 3" in sized.findings[0].message


def test_a_profile_thins_the_week() -> None:
    """x26 has mean 23.6538 and φ .8352, so days are Poisson: Monday 0.4 x 23.6538 = 9.46, 80th centile 12."""
    sized = size_by_day(weekly(X26), 0.8, PROFILE)
    assert sized is not None and sized.basis == "profile"
    means = [23.653846 * share for share in PROFILE.values()]
    assert sized.by_day["mean"].tolist() == pytest.approx(means)
    assert sized.needs == {day: poisson.ppf(0.8, mean) for day, mean in zip(PROFILE, means, strict=True)}
    assert sized.by_day["dispersion"].tolist() == pytest.approx([1 - 0.164818 * p for p in PROFILE.values()], abs=1e-5)
    assert sized.weekly_centile == pytest.approx(27.0)
    assert sized.total > 27, "each day needs its own margin"
    assert rules(sized.findings) == {"day_profile_used"}


def test_a_profile_need_not_add_up_to_the_last_digit() -> None:
    once, rough = (
        size_by_day(weekly(X26), 0.8, {day: share * k for day, share in PROFILE.items()}) for k in (1, 1.004)
    )
    assert once is not None and rough is not None
    assert rough.by_day["mean"].tolist() == pytest.approx(once.by_day["mean"].tolist())


def test_a_thinned_negative_binomial_is_what_simulation_gives() -> None:
    """40,000 weeks of mean 30 and φ 4, each patient on Monday with probability 0.4: variance / mean 2.2, 80th 16."""
    random = np.random.default_rng(7)
    weeks = random.negative_binomial(30 / 3, 1 / 4, 40_000)
    mondays = random.binomial(weeks, 0.4)
    dispersion = thinned_dispersion(4, 0.4)
    assert dispersion == pytest.approx(2.2)
    assert mondays.var() / mondays.mean() == pytest.approx(dispersion, rel=0.03)
    theory = nbinom(12 / 1.2, 1 / 2.2)
    assert np.mean(mondays <= theory.ppf(0.8)) == pytest.approx(theory.cdf(theory.ppf(0.8)), abs=0.01)


def test_months_with_a_profile_are_sized_by_their_weekly_dispersion() -> None:
    rows = [
        DemandRow(start=dt.date(2025, month, 1), period="month", series="lung", referrals=count)
        for month, count in enumerate((93, 84, 124, 60, 93, 120, 62, 93, 90, 124, 60, 93), 1)
    ]
    series = weekly_series(rows)["lung"]
    sized = size_by_day(series, 0.8, {"Mon": 0.5, "Thu": 0.5})
    assert sized is not None and series.dispersion is not None
    assert sized.mean == pytest.approx(series.counts.mean())
    assert sized.by_day["dispersion"].tolist() == pytest.approx([1 + (series.dispersion - 1) / 2] * 2)
    assert sized.weekly_centile is not None and sized.weekly_centile > sized.mean


def test_totals_without_a_profile_cannot_be_sized_by_day() -> None:
    assert size_by_day(weekly(X26), 0.8) is None
    assert size_by_day(no_weeks("lung"), 0.8, PROFILE) is None
    assert "[day_profile.lung]" in weekly_total_warning("lung").message


def test_all_zero_days_give_an_answer() -> None:
    sized = size_by_day(daily([0] * 91), 0.8)
    assert sized is not None
    assert sized.total == 0 and sized.by_day["share"].tolist() == [0] * 7
    assert size_by_day(weekly([0] * 20), 0.8, PROFILE).total == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(("centile", "open_days", "profile"), [(0, DAYS, None), (1, DAYS, None), (0.8, (), None),
                                                               (0.8, DAYS, {"Mon": 0.0})])  # fmt: skip
def test_what_cannot_be_meant_is_refused(centile: float, open_days: Sequence[str], profile: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"centile is|no day|no positive"):
        size_by_day(weekly(X26), centile, profile, open_days=open_days)


def test_closed_days_move_to_the_next_open_one() -> None:
    assert moved_to_open_days({"Wed": 0.5, "Sun": 0.2, "Fri": 0.3}, ("Mon", "Thu")) == pytest.approx(
        {"Mon": 0.5, "Thu": 0.5}
    )


def test_sessions_by_day_are_written_as_a_spread() -> None:
    cell = spread_cell({"Mon": 4.2, "Tue": 1.604, "Wed": 0}, ["Mon AM", "Mon PM", "Tue AM", "Fri AM"])
    assert cell == "Mon AM=2.1;Mon PM=2.1;Tue AM=1.6"
    assert [part.slot for part in spread(cell)] == ["Mon AM", "Mon PM", "Tue AM"]  # type: ignore[union-attr]


def test_a_day_without_a_half_day_is_refused() -> None:
    with pytest.raises(ValueError, match="no half-day on Sat, where there is demand"):
        spread_cell({"Mon": 1, "Sat": 1, "Sun": 0}, WEEKDAY_HALF_DAYS)


@given(
    st.lists(st.integers(0, 60), min_size=8, max_size=60),
    st.lists(st.integers(0, 9), min_size=7, max_size=7).filter(any),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_days_of_a_profile_hold_the_week(counts: list[int], parts: list[int], centile: float) -> None:
    """Means add up to the week's, shares to one, and a higher centile never asks for less."""
    series = weekly(counts)
    profile = dict(zip(DAYS, parts, strict=True))
    sized, higher = (size_by_day(series, share, profile) for share in (centile, 0.99))
    assert sized is not None and higher is not None
    assert sized.mean == pytest.approx(np.mean(counts))
    assert sized.by_day["share"].sum() == pytest.approx(1 if any(counts) else 0)
    assert (higher.by_day["centile"].to_numpy() >= sized.by_day["centile"].to_numpy()).all()


@given(st.lists(st.integers(0, 40), min_size=35, max_size=140), st.sets(st.sampled_from(DAYS), min_size=1))
def test_moving_to_open_days_loses_nobody_but_at_the_edges(counts: list[int], open_days: set[str]) -> None:
    sized = size_by_day(daily(counts), 0.8, open_days=sorted(open_days))
    assert sized is not None
    assert set(sized.by_day["day"]) <= open_days
    assert (sized.by_day["centile"] >= 0).all()
    served = float((sized.by_day["mean"] * sized.by_day["days"]).sum())
    assert served <= sum(counts) + 1e-6
    assert served >= sum(counts) - sum(counts[:7]) - sum(counts[-7:]) - 1e-6
