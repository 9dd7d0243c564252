"""The year as a strip of letters: a letter a week, and what explains the weeks that fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import pytest

from capacity.report.year_text import EVERYTHING, year_text
from capacity.supply.calendar import TOTAL

NAMES = {"clinic": "Clinic", "list": "List"}


def year(
    available: dict[str, Sequence[float]],
    required: dict[str, float],
    first: dt.date = dt.date(2027, 4, 5),
    holidays: Sequence[int] = (),
    cycle: int = 1,
) -> pd.DataFrame:
    """A calendar as capacity.supply.calendar gives it; ``holidays`` are the weeks that hold one."""
    weeks = len(next(iter(available.values())))
    both = {**available, TOTAL: [sum(of[week] for of in available.values()) for week in range(weeks)]}
    rows = [
        {
            "week_starting": first + dt.timedelta(weeks=week),
            "activity": activity,
            "available": values[week],
            "required": required[activity] if activity in required else sum(required.values()),
            "bank_holidays": "Mon" if week in holidays else "",
            "cycle_week": week % cycle + 1,
        }
        for activity, values in both.items()
        for week in range(weeks)
    ]
    return pd.DataFrame(rows)


def row(text: str, name: str) -> str:
    """Letters of a row, months put together."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return line[28:].rstrip("0123456789 ").replace(" ", "")


@pytest.mark.parametrize(
    ("available", "letter"),
    [(10.0, "."), (11.0, "."), (9.996, "."), (9.99, "-"), (9.0, "-"), (8.99, "x"), (7.5, "x"), (7.49, "X"), (0.0, "X")],
)
def test_a_letter_says_how_much_is_short(available: float, letter: str) -> None:
    text = year_text(year({"clinic": [available]}, {"clinic": 10.0}), NAMES)
    assert row(text, "Clinic") == letter


def test_a_surplus_of_one_activity_does_not_fill_the_gap_of_another() -> None:
    """In the total 11 are available of 10: the week does not fail there, though the list lacks 2 of its 5."""
    text = year_text(year({"clinic": [8.0], "list": [3.0]}, {"clinic": 5.0, "list": 5.0}), NAMES)
    assert row(text, EVERYTHING) == "x"
    assert row(text, "List") == "X"
    assert "2 sessions short of 10" in " ".join(text.split())
    assert "- Enough in every week: Clinic." in text


def test_thin_weeks_of_the_cycle_are_named() -> None:
    """Week 2 of the cycle has none, and one bank-holiday week fails too: the timetable is what to look at."""
    clinic = [2.0, 0.0] * 6
    clinic[4] = 0.5
    text = year_text(
        year({"clinic": clinic, "list": [1.0] * 12}, {"clinic": 1.0, "list": 1.0}, holidays=[4], cycle=2), NAMES
    )
    assert row(text, "Clinic") == ".X.XXX.X.X.X"
    assert "Thin in week 2 of the cycle" in text
    assert "Short in every week" not in text


def test_bank_holidays_alone_are_told_apart() -> None:
    clinic = [1.0, 1.0, 0.4, 1.0]
    text = year_text(year({"clinic": clinic}, {"clinic": 1.0}, holidays=[2, 3]), NAMES)
    assert "- Short only in weeks with a bank holiday: Clinic." in text
    assert "An ordinary week is 0 short, a week with a bank holiday 0.3." in " ".join(text.split())
    assert row(text, "bank holidays") == "bb"


def test_a_year_without_shortage_says_so() -> None:
    text = year_text(year({"clinic": [2.0] * 52}, {"clinic": 2.0}), NAMES)
    assert "every one of 52 weeks can run what it needs." in text
    assert row(text, "Clinic") == "." * 52


def test_nothing_required_is_no_strip() -> None:
    assert year_text(year({"clinic": [2.0]}, {"clinic": 0.0}), NAMES) == ""


@pytest.mark.parametrize(
    "first", [dt.date(2027, 4, 5), dt.date(2024, 1, 1), dt.date(2027, 9, 27), dt.date(2026, 2, 16)]
)
def test_each_week_stands_under_the_month_of_its_monday(first: dt.date) -> None:
    text = year_text(year({"a_clinic": [0.0] * 52, "b": [1.0] * 52}, {"a_clinic": 1.0, "b": 1.0}, first), {})
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    head = next(line for line in lines if line.endswith(" short"))
    letters = next(line for line in lines if line.startswith("a_clinic"))
    assert letters[28:].split()[:-1] == ["X" * many for many in mondays(first)]
    places = [at for at in range(28, len(letters)) if letters[at] == "X" and letters[at - 1] == " "]
    months = list(dict.fromkeys(f"{first + dt.timedelta(weeks=week):%b %Y}" for week in range(52)))
    for place, month, weeks in zip(places, months, mondays(first), strict=True):
        assert head[place:].startswith(month[: min(3, weeks)])


def mondays(first: dt.date) -> list[int]:
    """Weeks that begin in each month, in order."""
    months = [(day.year, day.month) for day in (first + dt.timedelta(weeks=week) for week in range(52))]
    return [months.count(month) for month in dict.fromkeys(months)]


def test_many_activities_are_summarised() -> None:
    names = {f"a{number}": f"Activity {number}" for number in range(12)}
    short = {key: [1.0 - 0.01 * (number + 1)] * 3 for number, key in enumerate(names)}
    text = year_text(year(short, dict.fromkeys(names, 1.0)), names, most=4)
    assert [line[:11] for line in text.splitlines() if line.startswith("Activity")] == [
        "Activity 11", "Activity 10", "Activity 9 ", "Activity 8 ",
    ]  # fmt: skip
    assert "8 more activities fail in some week." in text
    whole = year_text(year(short, dict.fromkeys(names, 1.0)), names, None)
    assert sum(line.startswith("Activity") for line in whole.splitlines()) == 12
