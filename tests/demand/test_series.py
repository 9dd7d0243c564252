"""From rows to whole Monday weeks: nothing filled in, everything left out is named."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from capacity.demand.series import growth_factor, monday, name_months, name_weeks, no_weeks, weekly_series
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
        DemandRow(start=FIRST_MONDAY + dt.timedelta(days=day), period="day", series="beds", census=20 + day)
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


def month_rows(series: str, counts: list[int | None], year: int = 2025) -> list[DemandRow]:
    return [
        DemandRow(start=dt.date(year + place // 12, place % 12 + 1, 1), period="month", series=series, referrals=count)
        for place, count in enumerate(counts)
        if count is not None
    ]


def activity_rows(*weeks: tuple[int | None, int | None, int | None]) -> list[DemandRow]:
    """Weeks of referrals, seen and list size."""
    return [
        DemandRow(
            start=FIRST_MONDAY + dt.timedelta(weeks=place),
            series="lung",
            referrals=referrals,
            seen=seen,
            list_size=size,
        )
        for place, (referrals, seen, size) in enumerate(weeks)
    ]


def test_months_become_weekly_rates_by_their_days() -> None:
    """31 a month of 31 days and 56 a month of 28 days are 7 and 14 a week."""
    series = weekly_series(month_rows("lung", [31, 56]))["lung"]
    assert series.basis == "month"
    assert series.counts.tolist() == pytest.approx([7, 14])
    assert series.days_in_period.tolist() == [31, 28]
    assert series.activity["referrals"].tolist() == [31, 56], "the counts themselves are kept"
    assert list(series.counts.index) == [pd.Timestamp(2025, 1, 1), pd.Timestamp(2025, 2, 1)]


def test_missing_months_are_named() -> None:
    series = weekly_series(month_rows("lung", [31, None, None, 30, None, 31]))["lung"]
    (finding,) = series.findings
    assert finding.rule == "gap_in_months" and finding.found == "3 months"
    assert finding.message.endswith("February 2025 to March 2025 (2 months), May 2025")


def test_months_do_not_stand_beside_weeks() -> None:
    with pytest.raises(InputError, match="months beside weeks or days"):
        weekly_series(month_rows("lung", [31]) + weekly_rows("lung", [4]))


def test_dispersion_of_weeks_is_variance_over_mean() -> None:
    assert weekly_series(weekly_rows("lung", X26))["lung"].dispersion == pytest.approx(0.8352, abs=5e-5)
    for counts in ([5], [0, 0, 0], []):
        assert (weekly_series(weekly_rows("lung", counts)).get("lung") or no_weeks("lung")).dispersion is None


def test_months_know_the_dispersion_of_weeks() -> None:
    """480 months of independent days of mean 2 and dispersion 3: their weeks have dispersion 3, within 4 errors."""
    months = pd.date_range("1990-01-01", periods=480, freq="MS")
    random = np.random.default_rng(20)
    counts = random.negative_binomial(months.days_in_month.to_numpy(), 1 / 3)
    series = weekly_series(month_rows("lung", counts.tolist(), 1990))["lung"]
    assert series.counts.mean() == pytest.approx(14, abs=0.3)
    assert series.dispersion == pytest.approx(3, abs=4 * 3 * np.sqrt(2 / 480))
    assert series.counts.var() / series.counts.mean() < 1, "the rates of months spread less than weeks do"


def test_blank_referrals_are_seen_plus_change_in_list() -> None:
    series = weekly_series(activity_rows((None, 10, 40), (None, 12, 38), (9, 11, 36), (None, 8, 40)))["lung"]
    assert series.counts.tolist() == [10, 9, 12], "12 + 38 - 40, as given, 8 + 40 - 36; the first week is not known"
    assert series.activity["derived"].tolist() == [True, False, True]
    assert series.derived
    assert rules(series.findings) == {"referrals_derived", "gap_in_weeks"}


def test_a_list_a_week_missing_gives_no_change() -> None:
    rows = activity_rows((None, 10, 40), (None, 12, 38), (None, 11, 36))
    series = weekly_series([rows[0], rows[2]])["lung"]
    assert series.counts.empty and not series.derived


def test_a_list_that_was_cleaned_leaves_referrals_unknown() -> None:
    series = weekly_series(activity_rows((None, 10, 400), (None, 12, 38), (None, 11, 36)))["lung"]
    assert series.counts.tolist() == [9]
    assert {"impossible_row", "referrals_derived"} <= rules(series.findings)


def test_months_of_activity_are_worked_out_too() -> None:
    rows = [
        DemandRow(start=dt.date(2025, month, 1), period="month", series="lung", seen=seen, list_size=size)
        for month, seen, size in ((1, 80, 50), (2, 70, 36), (3, 100, 29))
    ]
    series = weekly_series(rows)["lung"]
    assert series.counts.tolist() == pytest.approx([56 * 7 / 28, 93 * 7 / 31])


def test_daily_activity_is_added_up_and_the_list_is_that_of_the_last_day() -> None:
    rows = [
        DemandRow(
            start=FIRST_MONDAY + dt.timedelta(days=day), period="day", series="lung", seen=2, dna=1, list_size=50 - day
        )
        for day in range(14)
    ]
    activity = weekly_series(rows)["lung"].activity
    assert activity[["referrals", "seen", "dna", "list_size"]].to_numpy().tolist() == [[7, 14, 7, 37]]


def test_a_confirmed_rebase_leaves_earlier_weeks_out_and_keeps_them_for_the_chart() -> None:
    date = FIRST_MONDAY + dt.timedelta(weeks=20, days=3)
    series = weekly_series(weekly_rows("lung", X26), {"lung": date})["lung"]
    assert series.counts.tolist() == list(X26[20:]) and series.history.tolist() == list(X26)
    assert series.rebased_on == date
    (finding,) = series.findings
    assert finding.rule == "rebased" and finding.found == "6 of 26 weeks used"
    assert finding.message.startswith("20 weeks before 25 May 2026 are left out")


def test_a_rebase_takes_days_and_months_too() -> None:
    days = weekly_series(daily_rows("lung", FIRST_MONDAY, [1] * 21), {"lung": FIRST_MONDAY + dt.timedelta(days=9)})
    assert days["lung"].counts.tolist() == [7, 7] and len(days["lung"].daily) == 14
    months = weekly_series(month_rows("lung", [31, 56, 31]), {"lung": dt.date(2025, 2, 20)})["lung"]
    assert months.counts.tolist() == pytest.approx([14, 7])


def test_a_rebase_before_the_first_week_changes_nothing() -> None:
    series = weekly_series(weekly_rows("lung", X26), {"lung": dt.date(2020, 1, 1), "other": dt.date(2026, 1, 1)})[
        "lung"
    ]
    assert len(series.counts) == 26 and series.findings == ()


def test_daily_rows_are_kept_for_sizing_by_day() -> None:
    series = weekly_series(daily_rows("lung", dt.date(2026, 1, 1), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]))["lung"]
    assert series.daily.tolist() == list(range(1, 12))
    assert weekly_series(weekly_rows("lung", X26))["lung"].daily.empty


def test_rows_on_some_weekdays_only_make_whole_weeks() -> None:
    """A service of Mondays and Thursdays has a whole week with these two."""
    rows = [row for row in daily_rows("lung", FIRST_MONDAY, [1] * 28) if row.start.weekday() in (0, 3)]
    series = weekly_series(rows)["lung"]
    assert series.counts.tolist() == [2] * 4
    (finding,) = series.findings
    assert finding.message.startswith("has daily rows for Mon, Thu only")


def test_findings_name_excel_rows_where_they_are_known() -> None:
    rows = weekly_rows("lung", [5, 6]) + weekly_rows("lung", [7], dt.date(2026, 2, 2))
    numbers = {f"demand/lung/{row.start.isoformat()}": number for number, row in enumerate(rows, 2)}
    (finding,) = weekly_series(rows, numbers=numbers)["lung"].findings
    assert finding.message.endswith("19 January 2026 to 26 January 2026 (2 weeks; after row 3)")
    days = daily_rows("lung", dt.date(2026, 1, 3), [1] * 9)
    numbers = {f"demand/lung/{row.start.isoformat()}": number for number, row in enumerate(days, 2)}
    (finding,) = weekly_series(days, numbers=numbers)["lung"].findings
    assert finding.message.endswith("29 December 2025 (rows 2 to 3)")


def test_growth_runs_to_the_end_of_the_last_month() -> None:
    months = pd.DatetimeIndex(["2023-04-01", "2023-05-01"])
    years = ((dt.date(2025, 4, 1) - dt.date(2023, 4, 1)).days + 365.25 / 2 - 61 / 2) / 365.25
    assert growth_factor(0.1, months, dt.date(2025, 4, 1), last_days=31) == pytest.approx(1.1**years)


def test_months_are_named_as_runs_over_new_year() -> None:
    assert name_months([dt.date(2025, 12, 1), dt.date(2026, 1, 1)]) == "December 2025 to January 2026 (2 months)"
