"""Bank holidays against published dates, and weeks present by weekday worked by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.errors import InputError
from capacity.service.bank_holidays import bank_holidays
from capacity.service.model import Calendar, Service
from capacity.service.read import read_service
from capacity.service.write import write_service
from capacity.supply.findings import supply_findings
from capacity.supply.weeks import (
    bank_holidays_by_weekday,
    bank_holidays_in_words,
    chance_of_running,
    weekday_in_words,
    weeks_frame,
    weeks_on_weekday,
    weeks_present,
    weeks_run,
)
from tests.supply.team import W_CAL, activity, person, service, time_of

MODELS = Path(__file__).parents[2] / "models"


def of(nation: str, year: int = 2026, **changes: object) -> Service:
    return service(year_starts=dt.date(year, 4, 1), calendar=Calendar(bank_holidays=nation), **changes)


def weekdays(made: Service) -> list[str]:
    first = made.year_starts
    last = first.replace(year=first.year + 1) - dt.timedelta(days=1)
    return [f"{date:%d/%m}" for date in bank_holidays(made, first, last) if date.weekday() < 5]


# As published on gov.uk for April 2026 to March 2027.
ENGLAND = ["03/04", "06/04", "04/05", "25/05", "31/08", "25/12", "28/12", "01/01", "26/03", "29/03"]
NORTHERN_IRELAND = [
    "03/04",
    "06/04",
    "04/05",
    "25/05",
    "13/07",
    "31/08",
    "25/12",
    "28/12",
    "01/01",
    "17/03",
    "26/03",
    "29/03",
]
SCOTLAND = ["03/04", "04/05", "25/05", "15/06", "03/08", "30/11", "25/12", "28/12", "01/01", "04/01", "26/03"]


@pytest.mark.parametrize(
    ("nation", "published"),
    [("england", ENGLAND), ("northern_ireland", NORTHERN_IRELAND), ("scotland", SCOTLAND), ("none", [])],
)
def test_bank_holidays_of_a_year_are_those_published(nation: str, published: list[str]) -> None:
    assert weekdays(of(nation)) == published


def test_an_nhs_year_in_england_holds_six_to_ten_mostly_mondays() -> None:
    years = [of("england", year) for year in range(2024, 2034)]
    counts = [bank_holidays_by_weekday(made) for made in years]
    assert {sum(list(count.values())[:5]) for count in counts} == {6, 7, 8, 9, 10}
    assert {count["Mon"] for count in counts} == {4, 5, 6}
    assert all(count["Wed"] <= 2 for count in counts)


def test_a_weekend_holiday_and_the_day_given_instead_both_count() -> None:
    counts = bank_holidays_by_weekday(of("england", 2027))  # 25, 26 December and 1 January at weekends
    assert (counts["Sat"], counts["Sun"], counts["Mon"], counts["Tue"]) == (2, 1, 5, 1)


def test_a_monday_clinic_runs_fewer_weeks_than_a_tuesday_one() -> None:
    present = weeks_present(time_of(service()), "c1")
    assert present.by_weekday["Mon"] == pytest.approx(42 + 1.6 - 5)
    assert present.by_weekday["Tue"] == pytest.approx(42 + 1.6 - 1)
    assert present.by_weekday["Wed"] == pytest.approx(43.6)
    assert present.weeks == 42


def test_an_ordinary_year_of_eight_holidays_gives_back_the_weeks_of_the_policy() -> None:
    days = [weeks_on_weekday(42.18, 1.6, 0.0, holidays) for holidays in (4, 1, 1, 0, 2)]
    assert sum(days) / 5 == pytest.approx(42.18)


def test_sickness_is_a_share_of_what_leave_and_holidays_leave() -> None:
    nurse = person("n1", contract_pa=None, contract_hours=37.5, staff_group="nurse", working_weeks=None)
    made = service(people=(nurse,))
    time = time_of(made)
    present = weeks_present(time, "n1")
    assert present.source == "derived"
    assert present.weeks == pytest.approx((52.18 - 5.8 - 0.6 - 1.6) * 0.96)
    assert present.by_weekday["Mon"] == pytest.approx((52.18 - 5.8 - 0.6 - 5) * 0.96)
    parts = present.annual_leave + present.statutory + present.study_leave + present.bank_holidays + present.sickness
    assert parts + present.other == pytest.approx(W_CAL - present.weeks)
    assert present.other == pytest.approx(0)
    assert present.headroom == pytest.approx(1 - 42.4128 / 52.18)
    said = weekday_in_words(present, "Mon", 5)
    assert said == (
        "52.18 Mondays - 5.8 annual leave - 0 statutory - 0.6 study leave - 5 bank holidays, less 4.0% sickness = 39.15"
    )


def test_given_weeks_show_what_they_hold() -> None:
    present = weeks_present(time_of(service()), "c1")
    assert present.source == "given"
    assert present.other == pytest.approx(0.18)  # 52.18 - 6 - 0.4 - 1.6 - 2 = 42.18, stated as 42
    said = weekday_in_words(present, "Mon", 5)
    assert said == "42 weeks hold 1.6 of bank holidays; with this year's 5 on Mondays: 42 + (1.6 - 5) = 38.60"


@given(
    weeks=st.floats(0.1, 52.18),
    inside=st.floats(0, 3),
    sickness=st.floats(0, 0.3),
    holidays=st.integers(0, 9),
)
def test_weeks_lie_between_none_and_the_days_left_and_fall_with_holidays(
    weeks: float, inside: float, sickness: float, holidays: int
) -> None:
    found = weeks_on_weekday(weeks, inside, sickness, holidays)
    assert 0 <= found <= W_CAL - holidays
    assert weeks_on_weekday(weeks, inside, sickness, holidays + 1) <= found


def test_covered_sessions_run_every_week() -> None:
    time = time_of(service(activities=(activity("clinic", covered=True),)))
    present = weeks_present(time, "c1")
    assert weeks_run(time, present, "clinic", "Mon", 5) == W_CAL
    assert chance_of_running(time, present, "clinic", "Mon", 5) == 1


def test_the_frame_has_a_row_for_each_person_and_weekday() -> None:
    frame = weeks_frame(time_of(service(people=(person("c1"), person("v1", kind="vacant")), job_plans=())))
    assert list(frame["weekday"]) == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert list(frame["bank_holidays"]) == [5, 1, 0, 0, 0]
    assert set(frame["person"]) == {"c1"}


@pytest.mark.parametrize(
    ("nation", "said"),
    [
        (
            "england",
            "The year from 1 April 2026 holds 10 bank holidays in England on weekdays: 6 on a Monday, 4 on a Friday;"
            " 1 more at a weekend.",
        ),
        ("none", "The year from 1 April 2026 is planned without bank holidays."),
    ],
)
def test_bank_holidays_are_said_in_words(nation: str, said: str) -> None:
    assert bank_holidays_in_words(of(nation)) == said


def test_scotland_says_that_boards_choose() -> None:
    assert "Health boards choose which 8 they grant" in bank_holidays_in_words(of("scotland"))


# ---- a file of dates


def with_file(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "model"
    write_service(read_service(MODELS / "golden"), folder)
    settings = folder / "service.toml"
    lines = [line for line in settings.read_text("utf-8").splitlines() if not line.startswith(("bank_", "[calendar]"))]
    settings.write_text("\n".join([*lines, "[calendar]", 'bank_holidays = "dates.csv"', ""]), encoding="utf-8")
    (folder / "dates.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("header", ["", "date,name\n", "Bank holiday,Name\n"])
def test_a_file_of_dates_is_read_with_or_without_header(tmp_path: Path, header: str) -> None:
    made = read_service(with_file(tmp_path, f"{header}27/12/2027,Christmas\n2027-05-03,May Day\n"))
    assert made.bank_holiday_dates == (dt.date(2027, 5, 3), dt.date(2027, 12, 27))
    assert bank_holidays_by_weekday(made)["Mon"] == 2
    assert "holds 2 bank holidays by dates.csv on weekdays: 2 on a Monday." in bank_holidays_in_words(made)


def test_a_file_of_dates_is_kept_when_the_model_is_written(tmp_path: Path) -> None:
    made = read_service(with_file(tmp_path, "date\n27/12/2027\n"))
    write_service(made, tmp_path / "again")
    assert read_service(tmp_path / "again") == made


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("date\n31/02/2027\n", "dates.csv row 2, column date: found 31/02/2027"),
        ("date\n03/05/2027\n2027-05-03\n", "dates.csv row 3, column date: found 2027-05-03, as in row 2"),
        ("date\n", "dates.csv: found a header and no rows"),
        ("date\nMay Day\n", "dates.csv row 2, column date: found May Day; allowed a date such as 31/03/2027"),
    ],
)
def test_faults_of_the_file_name_their_row(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault.replace(".", r"\.")):
        read_service(with_file(tmp_path, text))


def test_dates_of_another_year_are_a_finding(tmp_path: Path) -> None:
    made = read_service(with_file(tmp_path, "date\n25/12/2019\n"))
    assert [finding.rule for finding in supply_findings(time_of(made))] == ["bank_holidays_of_another_year"]
