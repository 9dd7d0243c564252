"""Bank holidays of a service: those of a nation, or dates from a file of its own.

Dates of the nations come from the package ``holidays``: the standing rules, with one-off holidays proclaimed up to the
version installed. Not verified: one-off holidays proclaimed later, and which days a health board in Scotland grants.
Its staff have 8 public holidays a year (Scottish Terms and Conditions Committee), the national list has 9 and more, and
boards choose their own, such as Easter Monday or a local autumn day. A file of dates settles both.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from capacity.service import cells
from capacity.service.cells import Refused, shown
from capacity.service.model import Service
from capacity.service.tables import Reading, cell, read_sheet

SUBDIVISIONS = {"england": "ENG", "scotland": "SCT", "northern_ireland": "NIR"}
"""Nation -> its code in the package ``holidays``."""


def bank_holidays(service: Service, first: dt.date, last: dt.date) -> dict[dt.date, str]:
    """Bank holidays from ``first`` to ``last``, both included, in order: date -> name.

    A holiday that falls on a weekend is in it, and so is the weekday given instead of it. Empty for ``none``. Dates of
    a file have no name.
    """
    nation = service.calendar.bank_holidays
    if nation in SUBDIVISIONS:
        named = {
            date: name for year in range(first.year, last.year + 1) for date, name in _of_nation(nation, year).items()
        }
    else:
        named = dict.fromkeys(sorted(service.bank_holiday_dates), "")
    return {date: name for date, name in named.items() if first <= date <= last}


@cache
def _of_nation(nation: str, year: int) -> dict[dt.date, str]:
    import holidays

    found = holidays.country_holidays("GB", subdiv=SUBDIVISIONS[nation], years=year)
    return {date: name for date, name in sorted(found.items()) if date.year == year}


def read_bank_holidays(path: Path, reading: Reading) -> tuple[dt.date, ...]:
    """Read a file of dates, one a row in its first column; every fault is added to ``reading``.

    A first row that is not a date is a header, and further columns (names of the days) are not read.
    """
    sheet = read_sheet(path, path.name, reading)
    if sheet is None:
        return ()
    rows = [(sheet.header_row, list(sheet.header)), *sheet.rows]
    if not any(letter.isdigit() for letter in rows[0][1][0]):
        rows = rows[1:]
    if not rows:
        reading.refuse(path.name, None, None, "a header and no rows", "a date in each row")
    dates: dict[dt.date, int] = {}
    for number, texts in rows:
        text = cell(texts[0])
        try:
            date = cells.date(text)
        except Refused as refused:
            allowed = refused.allowed or cells.DATE_FORM
            reading.refuse(path.name, number, "date", shown(text) or "a blank cell", allowed, hint=refused.hint)
            continue
        if date in dates:
            reading.refuse(path.name, number, "date", f"{date}, as in row {dates[date]}", "each date once")
        dates.setdefault(date, number)
    return tuple(sorted(dates))
