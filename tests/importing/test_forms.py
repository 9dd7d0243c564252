"""Forms a source may have: dates of every meaning, long and wide, measures in a column, encodings, notes below."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.importing.periods import days_in, following, read_period, start_of
from capacity.service.cells import Refused
from tests.importing.writing import ONE_SERIES, WEEKLY, counts, imported, rules

DATES = st.dates(dt.date(1995, 1, 1), dt.date(2090, 1, 1))


@pytest.mark.parametrize(
    ("text", "dated_by", "start"),
    [
        ("05/01/2020", "week_ending", "2019-12-30"),  # a Sunday
        ("03/01/2020", "week_ending", "2019-12-30"),  # a Friday: Saturday to Friday holds five days of that week
        ("2026-01-05", "week_starting", "2026-01-05"),
        ("2026-01-04", "week_starting", "2026-01-05"),  # a Sunday: six of its seven days are in the next week
        ("2020-01", "month", "2020-01-01"),
        ("Mar-27", "month", "2027-03-01"),
        ("September 2026", "month", "2026-09-01"),
        ("2026 Sept", "month", "2026-09-01"),
        ("03/2027", "month", "2027-03-01"),
        ("31/03/2027", "month", "2027-03-01"),
        ("2011-04-01", "quarter", "2011-04-01"),
        ("30/06/2011", "quarter", "2011-04-01"),
        ("2026/27 Q4", "quarter", "2027-01-01"),
        ("Q1 2026-27", "quarter", "2026-04-01"),
        ("2027-03-31", "day", "2027-03-31"),
    ],
)
def test_a_date_means_the_period_it_names(text: str, dated_by: str, start: str) -> None:
    assert read_period(text, dated_by)[0].isoformat() == start  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "dated_by"),
    [
        ("2027 Q1", "quarter"),  # calendar or financial: not known
        ("2026/28 Q1", "quarter"),
        ("13/2027", "month"),
        ("Foo-27", "month"),
        ("01/01/1066", "day"),
        ("05/01/20", "week_ending"),
    ],
)
def test_an_unclear_date_is_refused(text: str, dated_by: str) -> None:
    with pytest.raises(Refused):
        read_period(text, dated_by)  # type: ignore[arg-type]


@given(day=DATES)
def test_a_week_shares_at_least_four_days_with_the_week_it_is_taken_for(day: dt.date) -> None:
    for dated_by, first in (("week_starting", day), ("week_ending", day - dt.timedelta(days=6))):
        monday = start_of(day, dated_by)  # type: ignore[arg-type]
        days = {first + dt.timedelta(days=step) for step in range(7)}
        assert monday.weekday() == 0
        assert len(days & {monday + dt.timedelta(days=step) for step in range(7)}) >= 4


@given(day=DATES)
def test_a_quarter_is_three_months_and_holds_its_date(day: dt.date) -> None:
    start = start_of(day, "quarter")
    assert start <= day < following(start, "quarter")
    months = [start, following(start, "month"), following(following(start, "month"), "month")]
    assert sum(days_in(month, "month") for month in months) == days_in(start, "quarter")


def test_weeks_that_end_on_a_friday_are_shifted_and_said(tmp_path: Path) -> None:
    result = imported(
        tmp_path, WEEKLY + ONE_SERIES, "Week ending,Referrals\n02/01/2026,5\n09/01/2026,6\n15/01/2026,7\n"
    )
    assert counts(result) == {"2025-12-29": 5, "2026-01-05": 6, "2026-01-12": 7}
    assert rules(result)["weeks_shifted"] == [None]
    assert rules(result)["odd_weekday"] == [4]


def test_columns_that_are_months(tmp_path: Path) -> None:
    mapping = """
[source]
file = "data.csv"
form = "wide"
columns = "periods"
dated_by = "month"
[[series]]
by = "Clinic"
referrals = "count"
"""
    result = imported(tmp_path, mapping, "Clinic,Apr-26,May-26,Jun-26\nAsthma,10,,12\nSleep & snoring,3,4,5\n")
    rows = result.demand.to_dict("records")
    assert [(str(row["month"]), row["series"], row["referrals"]) for row in rows] == [
        ("2026-04-01", "asthma", 10),
        ("2026-06-01", "asthma", 12),
        ("2026-04-01", "sleep_and_snoring", 3),
        ("2026-05-01", "sleep_and_snoring", 4),
        ("2026-06-01", "sleep_and_snoring", 5),
    ]
    assert set(result.levels["name"]) == {"Asthma", "Sleep & snoring"}
    assert rules(result) == {"blank_count": [2], "gap_in_periods": [2]}


def test_a_heading_that_is_no_month_over_numbers_is_refused(tmp_path: Path) -> None:
    from tests.importing.writing import faults

    mapping = '[source]\nfile = "data.csv"\nform = "wide"\ncolumns = "periods"\ndated_by = "month"\n'
    mapping += '[[series]]\nby = "Clinic"\nreferrals = "count"\n'
    lines = faults(tmp_path, mapping, "Clinic,Apr-26,Mya-26\nAsthma,10,11\n")
    assert [line.split(";")[0] for line in lines] == ["data.csv row 1: found Mya-26"]


def test_columns_that_are_series(tmp_path: Path) -> None:
    mapping = """
[source]
file = "data.csv"
form = "wide"
columns = "series"
date = "Week starting"
dated_by = "week_starting"
skip = "Notes"
[[series]]
by = "series"
referrals = "count"
"""
    data = "Week starting,Asthma,Sleep,Notes\n05/01/2026,4,1,strike\n12/01/2026,5,2,\n"
    result = imported(tmp_path, mapping, data)
    assert result.demand["series"].tolist() == ["asthma", "asthma", "sleep", "sleep"]
    assert result.demand["referrals"].tolist() == [4, 5, 1, 2]


def test_what_a_row_counts_stands_in_a_column(tmp_path: Path) -> None:
    mapping = """
[source]
file = "data.csv"
date = "Month"
dated_by = "month"
measure = "Status"
value = "Appointments"
[[rates]]
id = "clinic"
seen = "Attended"
dna = "DNA"
other = ["Cancelled", "Unknown"]
"""
    data = "Month,Status,Appointments\n" + "".join(
        f"2026-0{month},{status},{number}\n"
        for month in (1, 2)
        for status, number in (("Attended", 89 + month), ("DNA", 10), ("Cancelled", 20), ("Unknown", 5))
    )
    row = imported(tmp_path, mapping, data).rates.iloc[0]
    assert (row["seen"], row["dna"], row["other"], row["appointments"]) == (181, 20, 50, 201)
    assert row["dna_rate"] == pytest.approx(20 / 201)
    assert row["dna_rate_of_bookings"] == pytest.approx(20 / 251)


def test_several_columns_are_added_and_one_unknown_makes_the_sum_unknown(tmp_path: Path) -> None:
    mapping = WEEKLY + '[[series]]\nid = "new"\nreferrals = ["GP", "Other"]\n'
    data = "Week ending,GP,Other\n04/01/2026,10,1\n11/01/2026,12,*\n18/01/2026,14,3\n"
    result = imported(tmp_path, mapping, data)
    assert counts(result) == {"2025-12-29": 11, "2026-01-12": 17}
    assert rules(result) == {"blank_count": [3], "gap_in_periods": [3]}


def test_semicolons_decimal_commas_cp1252_and_text_above_and_below_the_table(tmp_path: Path) -> None:
    mapping = WEEKLY.replace("[source]\n", "[source]\nheader_row = 3\n")
    mapping += '[[series]]\nid = "beds"\nfilter = { Ward = "Café" }\ncensus = "Beds"\n'
    text = 'Beds occupied\n\nWeek ending;Ward;Beds\n04/01/2026;Café;20,5\n11/01/2026;Café;"1.021,0"\nSource: us;;\n'
    result = imported(tmp_path, mapping, text.replace('"1.021,0"', "21").encode("cp1252"))
    assert counts(result, "census") == {"2025-12-29": 20.5, "2026-01-05": 21.0}
    assert rules(result) == {"encoding_assumed": [None], "footnote": [6]}
    assert result.source.read_as == "cp1252 (assumed), separated by semicolons"


def test_daily_rows_stay_daily_and_weekends_never_counted_are_no_gaps(tmp_path: Path) -> None:
    mapping = '[source]\nfile = "data.csv"\ndate = "Day"\ndated_by = "day"\n' + ONE_SERIES
    data = "Day,Referrals\n" + "".join(f"{day:02}/01/2026,{day}\n" for day in (5, 6, 7, 8, 9, 12, 14, 15, 16))
    result = imported(tmp_path, mapping, data)
    assert result.demand.columns.tolist() == ["date", "series", "referrals"]
    assert [finding.message for finding in result.findings] == ["referrals not known in 1 of 10 days: 13 January 2026"]
    assert result.levels["per_week"].item() == pytest.approx(5 * sum((5, 6, 7, 8, 9, 12, 14, 15, 16)) / 9)


def test_from_and_to_cut_the_series(tmp_path: Path) -> None:
    mapping = WEEKLY + ONE_SERIES + "from = 2026-01-05\nto = 2026-01-12\n"
    rows = "".join(f"{day:02}/01/2026,{day}\n" for day in (4, 11, 18, 25))
    assert counts(imported(tmp_path, mapping, "Week ending,Referrals\n" + rows)) == {"2026-01-05": 11, "2026-01-12": 18}


def test_headings_match_whatever_their_case_and_spacing(tmp_path: Path) -> None:
    mapping = WEEKLY + '[[series]]\nid = "a"\nreferrals = "referrals"\nfilter = { site = "A" }\n'
    mapping += '[[series]]\nid = "all"\nreferrals = "REFERRALS"\nadd = "Site"\n'
    data = "Week_Ending,Site,Referrals\n04/01/2026,A,1\n04/01/2026,B,2\n"
    result = imported(tmp_path, mapping, data)
    assert dict(zip(result.demand["series"], result.demand["referrals"], strict=True)) == {"a": 1, "all": 3}
