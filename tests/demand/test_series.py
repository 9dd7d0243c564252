"""From rows to whole Monday weeks: nothing filled in, everything left out is named."""

import datetime as dt

import pandas as pd
import pytest

from capacity.demand.series import growth_factor, monday, name_weeks, weekly_series
from capacity.errors import InputError
from capacity.service.model import DemandRow
from tests.demand.builders import FIRST_MONDAY, X26, census_rows, daily_rows, rules, weekly_rows


def test_weekly_rows_become_monday_weeks() -> None:
    rows = [DemandRow(start=dt.date(2026, 1, 8), series="lung", referrals=4)]  # a Thursday
    series = weekly_series(rows)["lung"]
    assert list(series.counts.index) == [pd.Timestamp(2026, 1, 5)]
    assert list(series.counts) == [4]
    assert series.findings == ()


def test_rows_in_any_order_come_out_in_order_of_time() -> None:
    series = weekly_series(reversed(weekly_rows("lung", X26)))["lung"]
    assert list(series.counts) == list(X26)


def test_each_series_stands_alone() -> None:
    both = weekly_series(weekly_rows("lung", [1, 2]) + weekly_rows("asthma", [3]))
    assert {name: list(series.counts) for name, series in both.items()} == {"lung": [1, 2], "asthma": [3]}


def test_gaps_are_left_out_and_named_never_zero() -> None:
    series = weekly_series(weekly_rows("lung", [5, None, 7, 8]) + weekly_rows("lung", [9], dt.date(2026, 2, 16)))[
        "lung"
    ]
    assert list(series.counts) == [5, 7, 8, 9]
    (finding,) = series.findings
    assert finding.rule == "gap_in_weeks"
    assert finding.message.endswith("12 January 2026, 2 February 2026 to 9 February 2026 (2 weeks)")


def test_daily_rows_are_added_up_over_whole_weeks_only() -> None:
    """Thursday to Thursday over two whole weeks: 4 days, 7, 7, 4 days."""
    series = weekly_series(daily_rows("lung", dt.date(2026, 1, 1), [1] * 4 + [2] * 7 + [3] * 7 + [9] * 4))["lung"]
    assert list(series.counts) == [14, 21]
    (finding,) = series.findings
    assert finding.rule == "partial_week"
    assert "29 December 2025, 19 January 2026" in finding.message


def test_a_week_with_a_day_missing_is_a_gap() -> None:
    rows = daily_rows("lung", FIRST_MONDAY, [1] * 21)
    series = weekly_series(rows[:9] + rows[10:])["lung"]
    assert list(series.counts) == [7, 7]
    (finding,) = series.findings
    assert finding.rule == "gap_in_weeks" and "12 January 2026" in finding.message


def test_monday_to_friday_rows_are_whole_weeks_and_said_to_be() -> None:
    rows = [row for row in daily_rows("lung", FIRST_MONDAY, [1] * 28) if row.start.weekday() < 5]
    series = weekly_series(rows)["lung"]
    assert list(series.counts) == [5, 5, 5, 5]
    assert rules(series.findings) == {"working_days_only"}


def test_few_days_are_not_taken_for_a_pattern() -> None:
    series = weekly_series(daily_rows("lung", FIRST_MONDAY, [1] * 5))["lung"]
    assert series.counts.empty
    assert rules(series.findings) == {"partial_week"}


def test_census_is_averaged_over_days_not_added_up() -> None:
    rows = [
        DemandRow(start=FIRST_MONDAY + dt.timedelta(days=day), daily=True, series="beds", census=20 + day)
        for day in range(7)
    ]
    series = weekly_series(rows)["beds"]
    assert series.census and list(series.counts) == [23]
    assert weekly_series(census_rows("beds", [20.5]))["beds"].counts.tolist() == [20.5]


def test_a_census_with_referrals_is_said() -> None:
    rows = [DemandRow(start=FIRST_MONDAY, series="beds", census=20, referrals=3)]
    assert "mixed_measures" in rules(weekly_series(rows)["beds"].findings)


def test_duplicates_are_refused_all_at_once() -> None:
    monday_and_friday = [DemandRow(start=dt.date(2026, 1, day), series="lung", referrals=1) for day in (5, 9)]
    one_day_twice = daily_rows("asthma", FIRST_MONDAY, [1]) * 2
    week_and_day = [*weekly_rows("cough", [1]), *daily_rows("cough", FIRST_MONDAY, [1])]
    with pytest.raises(InputError) as error:
        weekly_series(monday_and_friday + one_day_twice + week_and_day)
    assert [fault.id for fault in error.value.faults] == ["lung", "asthma", "cough"]


def test_blank_rows_only_leave_an_empty_series() -> None:
    series = weekly_series(weekly_rows("lung", [None, None]))["lung"]
    assert series.counts.empty
    assert rules(series.findings) == {"gap_in_weeks"}


def test_growth_runs_from_the_middle_of_the_weeks_to_the_middle_of_the_plan_year() -> None:
    """52 weeks from 3 April 2023 have their middle on 1 October 2023 (182 days on); 30 September 2025 is two years."""
    weeks = pd.date_range("2023-04-03", periods=52, freq="7D")
    years = ((dt.date(2025, 4, 1) - dt.date(2023, 4, 3)).days + 365.25 / 2 - 182) / 365.25
    assert years == pytest.approx(2, abs=0.01)
    assert growth_factor(0.1, weeks, dt.date(2025, 4, 1)) == pytest.approx(1.1**years)
    assert growth_factor(0, weeks, dt.date(2025, 4, 1)) == 1


def test_growth_of_a_past_plan_year_goes_backwards() -> None:
    weeks = pd.date_range("2024-04-01", periods=52, freq="7D")
    assert growth_factor(0.1, weeks, dt.date(2023, 4, 1)) == pytest.approx(1 / 1.1, rel=1e-3)


def test_monday() -> None:
    assert monday(dt.date(2026, 1, 11)) == FIRST_MONDAY


def test_runs_of_weeks_are_named_as_one() -> None:
    weeks = [FIRST_MONDAY + dt.timedelta(weeks=number) for number in (0, 1, 2, 5)]
    assert name_weeks(weeks) == "5 January 2026 to 19 January 2026 (3 weeks), 9 February 2026"
