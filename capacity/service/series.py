"""demand.csv -> demand rows, quickly: it is the one table with tens of thousands of rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from capacity.errors import Finding
from capacity.service.cells import Refused, shown
from capacity.service.columns import COUNTS, DATED_BY, TABLES, Column
from capacity.service.model import DemandRow, Period
from capacity.service.records import match_header
from capacity.service.tables import Reading, Sheet, cell

FILE = "demand.csv"
SOURCE = "docs/formulas/series.md"
FIRST_YEAR, LAST_YEAR = 1990, 2100
WEEK = dt.timedelta(days=7)
SHOWN_GAPS = 6
PERIODS: dict[str, Period] = {column: period for period, column in DATED_BY.items()}
ONCE = {period: f"each {period} of a series once" for period in DATED_BY}
LEVEL, FLOWS = "census", ("referrals", "seen", "dna")


@dataclass
class DemandTable:
    """The rows of demand.csv, the Excel row of each, and what should be known about them."""

    rows: list[DemandRow] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    blanks: dict[str, list[int]] = field(default_factory=dict)
    """Excel rows without a number, by series."""
    faulty: dict[str, list[int]] = field(default_factory=dict)
    """Excel rows refused, by what their series cell says."""
    present: bool = False
    readable: bool = False

    def first_rows(self) -> dict[str, int]:
        """Excel row of the first row of each series."""
        first: dict[str, int] = {}
        for row, number in zip(self.rows, self.numbers, strict=True):
            first.setdefault(row.series, number)
        return first


class _Cells:
    """Reads the cells of one column, each distinct text once."""

    def __init__(self, column: Column, semicolons: bool):
        self.column = column
        self.semicolons = semicolons
        self.known: dict[str, object] = {}

    def read(self, text: str) -> object:
        """Return the value of ``text``. Raises Refused."""
        if text not in self.known:
            self.known[text] = self.column.read(text, self.semicolons)
        return self.known[text]


def read_demand(sheet: Sheet, reading: Reading) -> DemandTable:
    """Read every row; refuse what cannot be read and a week or day given twice for a series."""
    table = DemandTable(present=True)
    places = match_header(sheet, TABLES["demand"], reading)
    if not _columns_suffice(sheet, places, reading):
        return table
    table.readable = True
    readers = {name: _Cells(TABLES["demand"].columns[name], sheet.semicolons) for name in places}
    for number, cells in sheet.rows:
        texts = {name: cell(cells[index]) for name, index in places.items() if index < len(cells) and cells[index]}
        values = _values(texts, readers, number, reading)
        if values is None:
            table.faulty.setdefault(texts.get("series", ""), []).append(number)
            continue
        if all(values[name] is None for name in COUNTS):
            table.blanks.setdefault(values["series"], []).append(number)
            continue
        table.rows.append(DemandRow.model_construct(**values))
        table.numbers.append(number)
    _refuse_repeats(table, reading)
    _refuse_mixed_periods(table, reading)
    return table


def _columns_suffice(sheet: Sheet, places: dict[str, int], reading: Reading) -> bool:
    dated = any(name in places for name in PERIODS)
    if not dated:
        allowed = "a column week_starting, date for daily numbers, or month for monthly ones"
        reading.refuse(FILE, sheet.header_row, "week_starting", "no such column", allowed)
    counted = any(name in places for name in ("referrals", "census", "seen"))
    if not counted:
        allowed = "a column referrals, census, or seen with list_size"
        reading.refuse(FILE, sheet.header_row, "referrals", "no such column", allowed)
    return dated and counted and "series" in places


def _values(texts: dict[str, str], readers: dict[str, _Cells], number: int, reading: Reading) -> dict[str, Any] | None:
    """Return the fields of one row, or None with a fault for each bad cell."""
    read: dict[str, object] = {}
    series_text = texts.get("series")
    for name, text in texts.items():
        try:
            read[name] = readers[name].read(text)
        except Refused as refused:
            column = readers[name].column
            found, allowed = shown(refused.found or text), refused.allowed or column.allowed
            reading.refuse(FILE, number, name, found, allowed, series_text, refused.hint)
    if series_text is None:
        reading.refuse(FILE, number, "series", "a blank cell", "the id of a series")
    dates = [name for name in PERIODS if name in texts]
    if len(dates) != 1:
        wanted = next(name for name in PERIODS if name in readers)
        found = f"a {' and a '.join(PERIODS[name] for name in dates)}" if dates else "a blank cell"
        reading.refuse(FILE, number, wanted, found, TABLES["demand"].columns[wanted].allowed, series_text)
    flow = next((name for name in FLOWS if name in texts), None)
    if flow is not None and LEVEL in texts:
        reading.refuse(FILE, number, LEVEL, f"{flow} and {LEVEL}", "one of the two in a row", series_text)
        return None
    if len(read) < len(texts) or series_text is None or len(dates) != 1:
        return None
    start = read[dates[0]]
    assert isinstance(start, dt.date)
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        allowed = f"a date from {FIRST_YEAR} to {LAST_YEAR}"
        reading.refuse(FILE, number, dates[0], shown(texts[dates[0]]), allowed, series_text)
        return None
    period = PERIODS[dates[0]]
    counts = {name: read.get(name) for name in COUNTS}
    return {"start": start_of(start, period), "period": period, "series": read["series"], **counts}


def start_of(day: dt.date, period: Period) -> dt.date:
    """First day of the day, week (Monday) or month that ``day`` is in."""
    if period == "day":
        return day
    return monday_of(day) if period == "week" else day.replace(day=1)


@lru_cache(maxsize=4096)
def monday_of(day: dt.date) -> dt.date:
    """Monday of the week that ``day`` is in."""
    return day - dt.timedelta(days=day.weekday())


def _refuse_repeats(table: DemandTable, reading: Reading) -> None:
    """Refuse a week or a day that a series has already, and a week given both whole and by day."""
    seen: dict[tuple[str, dt.date, Period], int] = {}
    daily_weeks: dict[tuple[str, dt.date], int] = {}
    for row, number in zip(table.rows, table.numbers, strict=True):
        key = (row.series, row.start, row.period)
        if row.period == "day":
            daily_weeks.setdefault((row.series, monday_of(row.start)), number)
        if key in seen:
            found = f"{_named(row)} again (first in row {seen[key]})"
            reading.refuse(FILE, number, DATED_BY[row.period], found, ONCE[row.period], row.series)
        seen.setdefault(key, number)
    for (series, start, period), number in seen.items():
        if period == "week" and (series, start) in daily_weeks:
            found = f"the week of {start.isoformat()} again (by day in row {daily_weeks[series, start]})"
            reading.refuse(FILE, number, DATED_BY[period], found, ONCE[period], series)


def _refuse_mixed_periods(table: DemandTable, reading: Reading) -> None:
    """A month cannot stand beside weeks or days: which of its weeks it already holds is not known."""
    first: dict[str, dict[Period, int]] = defaultdict(dict)
    for row, number in zip(table.rows, table.numbers, strict=True):
        first[row.series].setdefault(row.period, number)
    for series, periods in first.items():
        others = [period for period in periods if period != "month"]
        if "month" in periods and others:
            found = f"months for a series that has {others[0]}s (row {periods[others[0]]})"
            allowed = "months alone, or weeks and days, in one series"
            reading.refuse(FILE, periods["month"], DATED_BY["month"], found, allowed, series)


def _named(row: DemandRow) -> str:
    if row.period == "month":
        return f"the month of {row.start:%Y-%m}"
    return row.start.isoformat() if row.period == "day" else f"the week of {row.start.isoformat()}"


def gap_notes(table: DemandTable) -> list[Finding]:
    """Findings for weeks that are missing, partial or blank: they are not known, and never zero."""
    weeks: dict[str, dict[dt.date, list[int]]] = defaultdict(lambda: defaultdict(list))
    months: dict[str, dict[dt.date, list[int]]] = defaultdict(lambda: defaultdict(list))
    daily: set[str] = set()
    for row, number in zip(table.rows, table.numbers, strict=True):
        if row.period == "month":
            months[row.series][row.start].append(number)
        else:
            weeks[row.series][monday_of(row.start)].append(number)
        if row.period == "day":
            daily.add(row.series)
    notes = [note for series in weeks for note in _missing(series, weeks[series], "week")]
    notes += [note for series in months for note in _missing(series, months[series], "month")]
    notes += [note for series in weeks if series in daily for note in _partial(series, weeks[series])]
    for series, numbers in table.blanks.items():
        message = f"no number in {_counted(len(numbers), 'row')} of {FILE} ({_list_of(numbers)}): not known, not zero"
        notes.append(Finding("blank_in_demand", series, message, found=f"{len(numbers)} blank", source=SOURCE))
    return notes


def _missing(series: str, rows: dict[dt.date, list[int]], period: str) -> list[Finding]:
    missing: list[str] = []
    for before, after in pairwise(sorted(rows)):
        where = f"between rows {max(rows[before])} and {min(rows[after])}"
        missing += [f"{start.isoformat()} {where}" for start in starts_between(before, after, period)]
    if not missing:
        return []
    message = f"{_counted(len(missing), period)} missing in {FILE} ({_list_of(missing)}): not known, not zero"
    found = f"{len(rows)} of {len(rows) + len(missing)} {period}s"
    return [
        Finding(
            f"gap_in_{period}s",
            series,
            message,
            found=found,
            allowed=f"every {period}",
            source=SOURCE,
        )
    ]


def starts_between(before: dt.date, after: dt.date, period: str) -> list[dt.date]:
    """Starts of the weeks (or months) between two of them, neither counted."""
    if period == "week":
        return [before + WEEK * step for step in range(1, (after - before) // WEEK)]
    first, last = before.year * 12 + before.month, after.year * 12 + after.month - 2
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(first, last + 1)]


def _partial(series: str, weeks: dict[dt.date, list[int]]) -> list[Finding]:
    """Weeks of a daily series with fewer days than most of its weeks have."""
    usual = Counter(len(numbers) for numbers in weeks.values()).most_common(1)[0][0]
    partial = [f"{week.isoformat()} has {len(weeks[week])}" for week in sorted(weeks) if len(weeks[week]) < usual]
    if not partial:
        return []
    message = f"{_counted(len(partial), 'week')} with fewer than the usual {usual} days ({_list_of(partial)})"
    return [Finding("partial_week", series, message, found=f"{len(partial)} partial", source=SOURCE)]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _list_of(parts: list[str] | list[int]) -> str:
    listed = ", ".join(str(part) for part in parts[:SHOWN_GAPS])
    return listed if len(parts) <= SHOWN_GAPS else f"{listed} and {len(parts) - SHOWN_GAPS} more"
