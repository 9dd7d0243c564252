"""Rows of demand.csv -> weekly series: Monday weeks, whole weeks only, nothing filled in."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from capacity.errors import Fault, Finding, InputError
from capacity.service.model import DemandRow

WEEK = dt.timedelta(days=7)
DAYS_PER_YEAR = 365.25
WORKING_DAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
WEEKS_TO_TRUST_A_PATTERN = 4
"""Daily rows that never fall on a weekend for this many weeks are taken as Monday-to-Friday counts."""


@dataclass(frozen=True)
class WeeklySeries:
    """One series of demand.csv by week.

    ``counts`` is indexed by the Monday each week starts on and holds whole weeks only, oldest first; a week that
    is missing or incomplete is absent, never zero. It holds referrals a week, or patients where ``census``.
    """

    series: str
    counts: pd.Series[float]
    census: bool
    findings: tuple[Finding, ...] = ()


def monday(day: dt.date) -> dt.date:
    """Monday of the week a day belongs to."""
    return day - dt.timedelta(days=day.weekday())


def weekly_series(rows: Iterable[DemandRow]) -> dict[str, WeeklySeries]:
    """Return every series of the rows by week.

    A weekly row counts for the week its date falls in. Daily rows are added up (a census is averaged) over weeks
    in which every day is given. Raises InputError where a week or a day is given twice.
    """
    by_series: dict[str, list[DemandRow]] = defaultdict(list)
    for row in rows:
        by_series[row.series].append(row)
    _refuse_duplicates(by_series)
    return {series: _one_series(series, of_series) for series, of_series in by_series.items()}


def no_weeks(series: str) -> WeeklySeries:
    """Return a series of which nothing is known."""
    return _one_series(series, [])


def growth_factor(rate: float, weeks: pd.DatetimeIndex, year_starts: dt.date) -> float:
    """What a level has grown by at the plan year: (1 + rate) to the power of the years between.

    The years run from the middle of the weeks used to the middle of the plan year (demand.md §5). ``rate`` is a
    year, above -1; ``weeks`` are Mondays and may not be empty.
    """
    length = (weeks[-1] - weeks[0]) / pd.Timedelta(days=1) + 7
    start = (pd.Timestamp(year_starts) - weeks[0]) / pd.Timedelta(days=1)
    years = (start + DAYS_PER_YEAR / 2 - length / 2) / DAYS_PER_YEAR
    return float((1 + rate) ** years)


def plain_date(day: dt.date) -> str:
    """A date as it is written in a sentence: 3 May 2027."""
    return f"{day.day} {day:%B %Y}"


def name_weeks(weeks: Sequence[dt.date]) -> str:
    """Name weeks by their Mondays, those that follow each other as one run."""
    runs: list[list[dt.date]] = []
    for week in sorted(weeks):
        if runs and week - runs[-1][-1] == WEEK:
            runs[-1].append(week)
        else:
            runs.append([week])
    names = [
        plain_date(run[0]) if len(run) == 1 else f"{plain_date(run[0])} to {plain_date(run[-1])} ({len(run)} weeks)"
        for run in runs
    ]
    return ", ".join(names)


def _refuse_duplicates(by_series: dict[str, list[DemandRow]]) -> None:
    faults = []
    for series, rows in by_series.items():
        seen: set[tuple[bool, dt.date]] = set()
        days = {monday(row.start) for row in rows if row.daily}
        for row in rows:
            key = (row.daily, row.start if row.daily else monday(row.start))
            if key in seen or (not row.daily and monday(row.start) in days):
                what = "date" if row.daily else "week_starting"
                found = f"{plain_date(row.start)} given twice for series {series}"
                faults.append(Fault("demand.csv", None, what, found, "each week or day once", series))
            seen.add(key)
    if faults:
        raise InputError(faults)


def _one_series(series: str, rows: list[DemandRow]) -> WeeklySeries:
    census = any(row.census is not None for row in rows)
    findings = []
    if census and any(row.referrals is not None for row in rows):
        message = "has both a census and referrals; only the census is used"
        findings.append(Finding("mixed_measures", series, message, source="demand.csv"))
    given = [(row, float(value)) for row in rows if (value := row.census if census else row.referrals) is not None]
    whole = {monday(row.start): value for row, value in given if not row.daily}
    daily, partial, daily_findings = _whole_weeks(series, [(row.start, value) for row, value in given if row.daily])
    whole |= {week: sum(days) / len(days) if census else sum(days) for week, days in daily.items()}
    findings += daily_findings
    findings += _gap_findings(series, whole, partial, [monday(row.start) for row in rows])
    weeks = sorted(whole)
    index = pd.DatetimeIndex(pd.to_datetime(weeks), name="week_starting")
    counts = pd.Series([whole[week] for week in weeks], index=index, dtype=float, name=series)
    return WeeklySeries(series, counts, census, tuple(findings))


def _whole_weeks(
    series: str, days: list[tuple[dt.date, float]]
) -> tuple[dict[dt.date, list[float]], set[dt.date], list[Finding]]:
    """Values of each whole week, the weeks that are not whole, and what was assumed."""
    values: dict[dt.date, list[float]] = defaultdict(list)
    weekdays: dict[dt.date, set[int]] = defaultdict(set)
    for day, value in days:
        values[monday(day)].append(value)
        weekdays[monday(day)].add(day.weekday())
    ever = frozenset().union(*weekdays.values())
    working_days = ever == WORKING_DAYS and len(weekdays) >= WEEKS_TO_TRUST_A_PATTERN
    expected = WORKING_DAYS if working_days else EVERY_DAY
    findings = []
    if working_days:
        message = "has daily rows for Monday to Friday only; a week is taken as whole when it has these five days"
        findings.append(Finding("working_days_only", series, message, source="demand.csv"))
    partial = {week for week, found in weekdays.items() if not found >= expected}
    return {week: of_week for week, of_week in values.items() if week not in partial}, partial, findings


def _gap_findings(
    series: str, whole: dict[dt.date, float], partial: set[dt.date], named: list[dt.date]
) -> list[Finding]:
    """Say which weeks between the first and the last row are left out, and why."""
    if not named:
        return []
    first, last = min(named), max(named)
    span = [first + WEEK * number for number in range((last - first).days // 7 + 1)]
    findings = []
    edges = [week for week in span if week in partial and week in (first, last)]
    if edges:
        message = f"the first or last week is not whole and is left out: {name_weeks(edges)}"
        findings.append(Finding("partial_week", series, message, f"{len(edges)} weeks", source="demand.csv"))
    incomplete = [week for week in span if week in partial and week not in edges]
    if incomplete:
        message = f"days are missing in these weeks, which are left out: {name_weeks(incomplete)}"
        findings.append(Finding("gap_in_weeks", series, message, f"{len(incomplete)} weeks", source="demand.csv"))
    missing = [week for week in span if week not in whole and week not in partial]
    if missing:
        message = f"there is no count for these weeks, which are left out (not taken as zero): {name_weeks(missing)}"
        findings.append(Finding("gap_in_weeks", series, message, f"{len(missing)} weeks", source="demand.csv"))
    return findings
