"""Findings on the rows of demand.csv: each seeded fault is found and its Excel row named; good rows are let alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.demand.quality import quality_findings
from capacity.errors import Finding
from capacity.service.model import Calendar, DemandRow, Origin, Service
from capacity.service.read import read_service
from tests.demand.builders import FIRST_MONDAY, X26, census_rows, daily_rows, rules, service, stream, weekly_rows

SHARED = Path(__file__).parents[3] / "shared" / "data"
SCOTTISH = SHARED / "published" / "scotland_weekly_admissions_hb.csv"
REAL = SHARED / "models" / "acute_medicine"


def steady(mean: float = 40, weeks: int = 104, seed: int = 5) -> list[int]:
    """Counts of mean ``mean`` and dispersion 1.5."""
    random = np.random.default_rng(seed)
    return [int(count) for count in random.negative_binomial(mean / 0.5, 1 / 1.5, weeks)]


def found(rows: Sequence[DemandRow], calendar: str = "none") -> tuple[Finding, ...]:
    """Findings on rows that stand in Excel rows 2, 3, 4 and so on."""
    numbers = {f"demand/{row.series}/{row.start.isoformat()}": number for number, row in enumerate(rows, 2)}
    of_rows = service([stream("lung")], rows).model_copy(
        update={"origin": Origin(rows=numbers), "calendar": Calendar(bank_holidays=calendar)}
    )
    return quality_findings(of_rows)


def only(findings: Sequence[Finding], rule: str) -> Finding:
    assert rules(findings) == {rule}
    return findings[0]


def activity(*weeks: dict[str, Any]) -> list[DemandRow]:
    return [
        DemandRow(start=FIRST_MONDAY + dt.timedelta(weeks=place), series="lung", **week)
        for place, week in enumerate(weeks)
    ]


def test_good_rows_are_let_alone() -> None:
    assert found(weekly_rows("lung", steady())) == ()
    assert found(weekly_rows("lung", X26)) == ()
    assert found(daily_rows("lung", FIRST_MONDAY, steady(6, 364))) == ()
    assert found(census_rows("lung", [value / 4 for value in steady()])) == ()
    assert found([]) == ()


def test_more_dna_than_seen() -> None:
    rows = activity({"referrals": 9, "seen": 3, "dna": 4}, {"referrals": 9, "seen": 4, "dna": 4}, {"seen": 0, "dna": 1})
    finding = only(found(rows), "impossible_row")
    assert finding.message == (
        "more patients did not attend than were seen: row 2 (week of 5 January 2026) has 4 DNA and 3 seen; "
        "row 4 (week of 19 January 2026) has 1 DNA and 0 seen"
    )


def test_a_year_on_a_count() -> None:
    counts = steady()
    counts[40] = 382026
    finding = only(found(weekly_rows("lung", counts)), "year_glued_on")
    assert "row 42 (week of 12 October 2026) has 382026, perhaps 38 with the year 2026" in finding.message


def test_a_year_on_a_dna_count() -> None:
    weeks = [{"referrals": count, "dna": 4 + count % 3} for count in steady()]
    weeks[10]["dna"] = 52026
    finding = only(found(activity(*weeks)), "year_glued_on")
    assert finding.message.startswith("dna with a year") and "row 12" in finding.message


def test_a_total_of_the_rows_before() -> None:
    counts = steady()
    counts[26] = sum(counts[:26])
    finding = only(found(weekly_rows("lung", counts)), "hidden_total")
    assert f"row 28 (week of 6 July 2026) has {counts[26]:,}, the sum of rows 2 to 27" in finding.message


def test_a_week_among_days() -> None:
    counts = steady(30, 364)
    counts[7] = sum(counts[:7])
    assert "rows 2 to 8" in only(found(daily_rows("lung", FIRST_MONDAY, counts)), "hidden_total").message


def test_a_huge_count() -> None:
    counts = steady()
    counts[50] = 4000
    finding = only(found(weekly_rows("lung", counts)), "outlier")
    assert "row 52 (week of 21 December 2026) has 4,000" in finding.message


def test_weeks_pasted_under_other_dates() -> None:
    counts = steady()
    counts[60:68] = counts[20:28]
    finding = only(found(weekly_rows("lung", counts)), "repeated_weeks")
    assert "8 weeks from row 62 (week of 1 March 2027) are those from row 22 (week of 25 May 2026) again" in (
        finding.message
    )


@pytest.mark.parametrize(("place", "row"), [(0, 2), (103, 105)])
def test_a_first_or_last_week_far_below_the_rest(place: int, row: int) -> None:
    counts = steady()
    counts[place] = 9
    finding = only(found(weekly_rows("lung", counts)), "may_be_partial")
    assert f"row {row} (" in finding.message and "has 9" in finding.message


def test_a_first_week_with_a_bank_holiday_is_not_called_partial() -> None:
    """The week of 29 December 2025 holds New Year's Day."""
    counts = steady()
    counts[0] = 9
    assert found(weekly_rows("lung", counts, FIRST_MONDAY - dt.timedelta(weeks=1)), "england") == ()


def test_a_last_month_cut_short() -> None:
    rows = [
        DemandRow(start=dt.date(2025, 1 + place, 1), period="month", series="lung", referrals=count)
        for place, count in enumerate((160, 150, 165, 155, 162, 149, 158, 161, 60))
    ]
    finding = only(found(rows), "may_be_partial")
    assert finding.message.startswith("the first or last month is") and "row 10 (September 2025)" in finding.message


def test_quiet_weeks_with_a_bank_holiday_are_listed() -> None:
    """Weeks of Easter Monday, May Day, Spring, August, Christmas and New Year of 2026 lose a quarter."""
    quiet = {13, 12, 17, 20, 34, 50, 51}  # Good Friday is in week 12, Easter Monday in week 13
    counts = [30 if week in quiet else 39 + count % 4 for week, count in enumerate(steady(weeks=52))]
    finding = only(found(weekly_rows("lung", counts), "england"), "bank_holiday_weeks")
    assert finding.found == "7 of 7 weeks"
    assert "row 15 (week of 6 April 2026) 30" in finding.message
    assert found(weekly_rows("lung", counts), "none") == ()


def test_bank_holidays_are_seldom_blamed_for_chance() -> None:
    """100 series of three years without any effect of bank holidays."""
    blamed = [seed for seed in range(100) if found(weekly_rows("lung", steady(20, 156, seed)), "england")]
    assert len(blamed) <= 3


@pytest.mark.parametrize(("seen", "apart"), [(40, "14% more"), (30, "14% fewer")])
def test_activity_that_does_not_match_referrals(seen: int, apart: str) -> None:
    weeks = [{"referrals": 35 + week % 3, "seen": seen + week % 3} for week in range(20)]
    finding = only(found(activity(*weeks)), "activity_differs")
    assert apart in finding.message
    assert "row 2 (week of 5 January 2026) to row 21 (week of 18 May 2026)" in finding.message


def test_the_list_explains_activity_below_referrals() -> None:
    """35 referrals and 30 seen a week is right where the list grows by 5 a week, and wrong where it does not."""
    growing = [{"referrals": 35 + week % 2, "seen": 30 + week % 2, "list_size": 50 + 5 * week} for week in range(20)]
    assert found(activity(*growing)) == ()
    level = [{**week, "list_size": 50} for week in growing]
    finding = only(found(activity(*level)), "activity_differs")
    assert finding.message.startswith("seen + change in list size is 580 and referrals are 675")


def test_referrals_worked_out_from_activity_are_not_compared_with_it() -> None:
    weeks = [{"seen": 30 + week % 3, "list_size": 50 + 5 * week} for week in range(20)]
    assert "activity_differs" not in rules(found(activity(*weeks)))


def test_shapes_are_said_in_words() -> None:
    assert only(found(weekly_rows("lung", [0] * 30)), "all_zero").message.startswith("all 30 counts are zero")
    assert only(found(weekly_rows("lung", [23] * 30)), "constant_series").message.startswith("all 30 counts are 23")
    counts = [*steady(weeks=60), *[0] * 8]
    finding = next(finding for finding in found(weekly_rows("lung", counts)) if finding.rule == "ends_in_zeros")
    assert "the last 8 weeks, from row 62 (week of 1 March 2027), are zero after a mean of" in finding.message


def test_a_fall_to_zero_is_said() -> None:
    random = np.random.default_rng(2)
    counts = [int(random.poisson(max(0.0, 60 * (1 - week / 100)))) for week in range(90)]
    finding = only(found(weekly_rows("lung", counts)), "falling_to_zero")
    assert "the mean of" in finding.message and "months" in finding.message


def test_a_series_that_is_the_sum_of_others() -> None:
    first, second, third = (steady(seed=seed) for seed in (1, 2, 3))
    whole = [sum(parts) for parts in zip(first, second, third, strict=True)]
    rows = [
        *weekly_rows("first", first), *weekly_rows("second", second), *weekly_rows("third", third),
        *weekly_rows("whole", whole),
    ]  # fmt: skip
    finding = only(found(rows), "series_is_total")
    assert finding.subject == "whole" and "all other series together" in finding.message
    pair = [low + high for low, high in zip(first, third, strict=True)]
    finding = only(found([*rows[:312], *weekly_rows("pair", pair)]), "series_is_total")
    assert "is first and third together" in finding.message


def test_a_long_list_of_rows_is_cut() -> None:
    weeks = [{"referrals": 30 + week % 5, "seen": 1, "dna": 2} for week in range(3)]
    weeks += [{"referrals": 30 + week % 5, "dna": 20, "seen": 18} for week in range(20)]
    message = next(finding for finding in found(activity(*weeks)) if finding.rule == "impossible_row").message
    assert message.endswith("; and 17 more") and message.count("row ") == 6


def test_rows_that_were_not_read_from_a_file_are_named_by_date() -> None:
    counts = steady()
    counts[26] = sum(counts[:26])
    (finding,) = quality_findings(service([stream("lung")], weekly_rows("lung", counts)).model_copy(
        update={"calendar": Calendar(bank_holidays="none")}
    ))  # fmt: skip
    assert finding.message == (
        f"referrals that are totals of other rows: week of 6 July 2026 has {counts[26]:,}, "
        "the sum of 5 January 2026 to 29 June 2026"
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.none() | st.integers(0, 10**7), max_size=40),
    st.lists(st.none() | st.integers(0, 500), min_size=40, max_size=40),
    st.sampled_from(["day", "week", "month"]),
)
def test_any_rows_get_an_answer(counts: list[int | None], others: list[int | None], period: Any) -> None:
    starts = {
        "day": [FIRST_MONDAY + dt.timedelta(days=step) for step in range(40)],
        "week": [FIRST_MONDAY + dt.timedelta(weeks=step) for step in range(40)],
        "month": [dt.date(2024 + step // 12, step % 12 + 1, 1) for step in range(40)],
    }[period]
    rows = [
        DemandRow(start=starts[place], period=period, series="lung", referrals=count, seen=seen, list_size=seen)
        for place, (count, seen) in enumerate(zip(counts, others, strict=False))
    ]
    for finding in found(rows, "england"):
        assert finding.subject == "lung" and finding.message and "nan" not in finding.message


@pytest.mark.skipif(not SCOTTISH.is_file(), reason="the published data are not beside the repository")
def test_published_admissions_are_seldom_accused() -> None:
    """14 boards, planned and emergency, 170 weeks with covid in them: bank holidays apart, nothing is said."""
    frame = pd.read_csv(SCOTTISH)
    frame = frame[frame["HB"].str.startswith("S08") & (frame["AdmissionType"] != "All")]
    rows = [
        DemandRow(
            start=dt.date.fromisoformat(week) - dt.timedelta(days=6), series=f"{board}_{kind}".lower(), referrals=count
        )
        for week, board, kind, count in frame[["WeekEnding", "HB", "AdmissionType", "NumberAdmissions"]].itertuples(
            index=False
        )
    ]
    findings = found(rows, "scotland")
    assert len({row.series for row in rows}) == 28
    assert rules(findings) <= {"bank_holiday_weeks"}
    planned = {finding.subject for finding in findings if finding.subject.endswith("planned")}
    assert len(planned) >= 10, "planned admissions fall in weeks with a bank holiday"


@pytest.mark.skipif(not SCOTTISH.is_file(), reason="the published data are not beside the repository")
def test_all_admissions_are_seen_to_be_the_sum_of_emergency_and_planned() -> None:
    frame = pd.read_csv(SCOTTISH)
    frame = frame[frame["HB"] == "S08000015"]
    rows = [
        DemandRow(start=dt.date.fromisoformat(week) - dt.timedelta(days=6), series=kind.lower(), referrals=count)
        for week, kind, count in frame[["WeekEnding", "AdmissionType", "NumberAdmissions"]].itertuples(index=False)
    ]
    assert only(found(rows), "series_is_total").subject == "all"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real model is not beside the repository")
def test_the_real_model_names_its_rows() -> None:
    real: Service = read_service(REAL)
    for finding in quality_findings(real):
        assert finding.rule == "bank_holiday_weeks"
        assert "row " in finding.message
