"""Periods of a series in words, and the findings on those that are missing or not whole."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from capacity.errors import Finding
from capacity.service.model import DemandRow
from capacity.service.series import start_of, starts_between

SOURCE = "demand.csv"

Basis = Literal["week", "month"]


def plain_date(day: dt.date) -> str:
    """A date as it is written in a sentence: 3 May 2027."""
    return f"{day.day} {day:%B %Y}"


def name_weeks(weeks: Sequence[dt.date]) -> str:
    """Name weeks by their Mondays, those that follow each other as one run."""
    return name_runs(weeks, "week")


def name_months(months: Sequence[dt.date]) -> str:
    """Name months, those that follow each other as one run: May 2027 to July 2027 (3 months)."""
    return name_runs(months, "month")


def name_runs(starts: Sequence[dt.date], basis: Basis, where: Callable[[list[dt.date]], str] = lambda run: "") -> str:
    """Name runs of periods; ``where`` adds the rows of each."""
    runs: list[list[dt.date]] = []
    for start in sorted(starts):
        if runs and not starts_between(runs[-1][-1], start, basis):
            runs[-1].append(start)
        else:
            runs.append([start])

    def name(start: dt.date) -> str:
        return plain_date(start) if basis == "week" else f"{start:%B %Y}"

    names = []
    for run in runs:
        length = f"{len(run)} {basis}s" if len(run) > 1 else ""
        notes = "; ".join(part for part in (length, where(run)) if part)
        named = name(run[0]) if len(run) == 1 else f"{name(run[0])} to {name(run[-1])}"
        names.append(f"{named} ({notes})" if notes else named)
    return ", ".join(names)


def counted(count: int, basis: str) -> str:
    """Write a number of periods: ``1 week``, ``3 months``."""
    return f"{count} {basis}{'' if count == 1 else 's'}"


def excel_rows(rows: list[DemandRow], basis: Basis, numbers: Mapping[str, int]) -> dict[dt.date, list[int]]:
    """Excel rows of each period that has a row; none where the service was not read from a file."""
    places: dict[dt.date, list[int]] = defaultdict(list)
    for row in rows:
        of_period = places[start_of(row.start, basis)]
        number = numbers.get(f"demand/{row.series}/{row.start.isoformat()}")
        if number is not None:
            of_period.append(number)
    return places


def gap_findings(
    series: str, whole: set[dt.date], partial: set[dt.date], places: dict[dt.date, list[int]], basis: Basis
) -> list[Finding]:
    """Say which periods between the first and the last row are left out, and why."""
    if not places:
        return []

    def rows_of(run: list[dt.date]) -> str:
        numbers = sorted(number for start in run for number in places.get(start, ()))
        if not numbers:
            return ""
        return f"row {numbers[0]}" if len(numbers) == 1 else f"rows {numbers[0]} to {numbers[-1]}"

    def row_before(run: list[dt.date]) -> str:
        numbers = [max(of_period) for start, of_period in sorted(places.items()) if start < run[0] and of_period]
        return rows_of(run) or (f"after row {numbers[-1]}" if numbers else "")

    first, last = min(places), max(places)
    span = [first, *starts_between(first, last, basis), *([last] if last > first else [])]
    findings = []
    edges = [start for start in span if start in partial and start in (first, last)]
    if edges:
        message = f"the first or last week is not whole and is left out: {name_runs(edges, basis, rows_of)}"
        findings.append(Finding("partial_week", series, message, f"{len(edges)} weeks", source=SOURCE))
    incomplete = [start for start in span if start in partial and start not in edges]
    if incomplete:
        message = f"days are missing in these weeks, which are left out: {name_runs(incomplete, basis, rows_of)}"
        findings.append(Finding("gap_in_weeks", series, message, f"{len(incomplete)} weeks", source=SOURCE))
    missing = [start for start in span if start not in whole and start not in partial]
    if missing:
        message = (
            f"there is no count for these {basis}s, which are left out (not taken as zero): "
            f"{name_runs(missing, basis, row_before)}"
        )
        findings.append(Finding(f"gap_in_{basis}s", series, message, f"{len(missing)} {basis}s", source=SOURCE))
    return findings
