"""demand.csv -> demand rows, quickly: it is the one table with tens of thousands of rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from capacity.errors import Finding
from capacity.service.cells import Refused, shown
from capacity.service.columns import TABLES, Column
from capacity.service.model import DemandRow
from capacity.service.records import match_header
from capacity.service.tables import Reading, Sheet, cell

FILE = "demand.csv"
FIRST_YEAR, LAST_YEAR = 1990, 2100
WEEK = dt.timedelta(days=7)
SHOWN_GAPS = 6


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
        start, daily, series, referrals, census = values
        if referrals is None and census is None:
            table.blanks.setdefault(series, []).append(number)
            continue
        table.rows.append(
            DemandRow.model_construct(start=start, daily=daily, series=series, referrals=referrals, census=census)
        )
        table.numbers.append(number)
    _refuse_repeats(table, reading)
    return table


def _columns_suffice(sheet: Sheet, places: dict[str, int], reading: Reading) -> bool:
    dated = "week_starting" in places or "date" in places
    if not dated:
        allowed = "a column week_starting, or date for daily numbers"
        reading.refuse(FILE, sheet.header_row, "week_starting", "no such column", allowed)
    counted = "referrals" in places or "census" in places
    if not counted:
        reading.refuse(FILE, sheet.header_row, "referrals", "no such column", "a column referrals, or census")
    return dated and counted and "series" in places


def _values(
    texts: dict[str, str], readers: dict[str, _Cells], number: int, reading: Reading
) -> tuple[dt.date, bool, str, int | None, float | None] | None:
    """Return start, daily, series, referrals and census of one row, or None with a fault for each bad cell."""
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
    dates = [name for name in ("week_starting", "date") if name in texts]
    if len(dates) != 1:
        wanted = "week_starting" if "week_starting" in readers else "date"
        found = "a week and a date" if dates else "a blank cell"
        reading.refuse(FILE, number, wanted, found, TABLES["demand"].columns[wanted].allowed, series_text)
    if "referrals" in texts and "census" in texts:
        reading.refuse(FILE, number, "census", "referrals and census", "one of the two in a row", series_text)
        return None
    if len(read) < len(texts) or series_text is None or len(dates) != 1:
        return None
    start, series, referrals, census = read[dates[0]], read["series"], read.get("referrals"), read.get("census")
    assert isinstance(start, dt.date) and isinstance(series, str)
    assert referrals is None or isinstance(referrals, int)
    assert census is None or isinstance(census, float)
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        allowed = f"a date from {FIRST_YEAR} to {LAST_YEAR}"
        reading.refuse(FILE, number, dates[0], shown(texts[dates[0]]), allowed, series_text)
        return None
    daily = dates[0] == "date"
    return (start if daily else monday_of(start)), daily, series, referrals, census


@lru_cache(maxsize=4096)
def monday_of(day: dt.date) -> dt.date:
    """Monday of the week that ``day`` is in."""
    return day - dt.timedelta(days=day.weekday())


def _refuse_repeats(table: DemandTable, reading: Reading) -> None:
    """Refuse a week or a day that a series has already, and a week given both whole and by day."""
    seen: dict[tuple[str, dt.date, bool], int] = {}
    daily_weeks: dict[tuple[str, dt.date], int] = {}
    for row, number in zip(table.rows, table.numbers, strict=True):
        key = (row.series, row.start, row.daily)
        if row.daily:
            daily_weeks.setdefault((row.series, monday_of(row.start)), number)
        if key in seen:
            found = f"{_named(row)} again (first in row {seen[key]})"
            once = "each day of a series once" if row.daily else "each week of a series once"
            reading.refuse(FILE, number, "date" if row.daily else "week_starting", found, once, row.series)
        seen.setdefault(key, number)
    for series, start, daily in seen:
        if not daily and (series, start) in daily_weeks:
            found = f"the week of {start.isoformat()} again (by day in row {daily_weeks[series, start]})"
            reading.refuse(
                FILE, seen[series, start, daily], "week_starting", found, "each week of a series once", series
            )


def _named(row: DemandRow) -> str:
    return row.start.isoformat() if row.daily else f"the week of {row.start.isoformat()}"


def gap_notes(table: DemandTable) -> list[Finding]:
    """Findings for weeks that are missing, partial or blank: they are not known, and never zero."""
    weeks: dict[str, dict[dt.date, list[int]]] = defaultdict(lambda: defaultdict(list))
    daily: set[str] = set()
    for row, number in zip(table.rows, table.numbers, strict=True):
        weeks[row.series][monday_of(row.start)].append(number)
        if row.daily:
            daily.add(row.series)
    notes = [note for series in weeks for note in _missing(series, weeks[series])]
    notes += [note for series in weeks if series in daily for note in _partial(series, weeks[series])]
    for series, numbers in table.blanks.items():
        message = f"no number in {_counted(len(numbers), 'row')} of {FILE} ({_list_of(numbers)}): not known, not zero"
        notes.append(Finding("blank_in_demand", series, message, found=f"{len(numbers)} blank", source="inputs.md"))
    return notes


def _missing(series: str, weeks: dict[dt.date, list[int]]) -> list[Finding]:
    ordered = sorted(weeks)
    missing: list[str] = []
    for before, after in pairwise(ordered):
        rows = f"between rows {max(weeks[before])} and {min(weeks[after])}"
        count = (after - before) // WEEK - 1
        missing += [f"{(before + WEEK * step).isoformat()} {rows}" for step in range(1, count + 1)]
    if not missing:
        return []
    message = f"{_counted(len(missing), 'week')} missing in {FILE} ({_list_of(missing)}): not known, not zero"
    found = f"{len(weeks)} of {len(weeks) + len(missing)} weeks"
    return [Finding("gap_in_weeks", series, message, found=found, allowed="every week", source="inputs.md")]


def _partial(series: str, weeks: dict[dt.date, list[int]]) -> list[Finding]:
    """Weeks of a daily series with fewer days than most of its weeks have."""
    usual = Counter(len(numbers) for numbers in weeks.values()).most_common(1)[0][0]
    partial = [f"{week.isoformat()} has {len(weeks[week])}" for week in sorted(weeks) if len(weeks[week]) < usual]
    if not partial:
        return []
    message = f"{_counted(len(partial), 'week')} with fewer than the usual {usual} days ({_list_of(partial)})"
    return [Finding("partial_week", series, message, found=f"{len(partial)} partial", source="inputs.md")]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _list_of(parts: list[str] | list[int]) -> str:
    listed = ", ".join(str(part) for part in parts[:SHOWN_GAPS])
    return listed if len(parts) <= SHOWN_GAPS else f"{listed} and {len(parts) - SHOWN_GAPS} more"
