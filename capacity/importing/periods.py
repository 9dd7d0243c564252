"""What a date in a source file means: which day, week, month or quarter a row counts."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Literal

from capacity.service import cells
from capacity.service.cells import Refused
from capacity.service.series import FIRST_YEAR, LAST_YEAR, monday_of

DatedBy = Literal["week_ending", "week_starting", "day", "month", "quarter"]
Kind = Literal["day", "week", "month", "quarter"]

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
MONTHS |= {name[:3]: number for name, number in MONTHS.items()}
MONTHS["sept"] = 9
FORMS: dict[str, str] = {
    "day": cells.DATE_FORM,
    "week": cells.DATE_FORM,
    "month": "a month such as 2027-03, Mar-27 or March 2027, or a date in it",
    "quarter": "a date in the quarter, or a financial quarter such as 2026/27 Q4",
}

_YEAR_MONTH = re.compile(r"([0-9]{4})[-/ .]([0-9]{1,2})")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/ .]([0-9]{4})")
_NAMED_MONTH = re.compile(r"([A-Za-z]{3,9})[-/ .,]*([0-9]{4}|[0-9]{2})")
_YEAR_NAMED = re.compile(r"([0-9]{4})[-/ .]*([A-Za-z]{3,9})")
_QUARTER = re.compile(r"(?:FY ?)?([0-9]{4})[/-]([0-9]{2}|[0-9]{4})[-/ ,]*Q(?:uarter)? ?([1-4])", re.IGNORECASE)
_QUARTER_FIRST = re.compile(r"Q(?:uarter)? ?([1-4])[-/ ,]*(?:FY ?)?([0-9]{4})[/-]([0-9]{2}|[0-9]{4})", re.IGNORECASE)
_BARE_QUARTER = re.compile(r"(?:[0-9]{4}[-/ ]*Q[1-4]|Q[1-4][-/ ]*[0-9]{4})", re.IGNORECASE)


def kind_of(dated_by: DatedBy) -> Kind:
    """Kind of period that a meaning of dates gives."""
    if dated_by == "week_ending" or dated_by == "week_starting":
        return "week"
    return dated_by


def read_period(text: str, dated_by: DatedBy, date_format: str | None = None) -> tuple[dt.date, dt.date]:
    """Read a date of the source.

    Returns
    -------
    tuple of date
        First day of the period (Monday of a week, first of a month or quarter), and the date as written.

    Raises
    ------
    Refused
        The text is no such date, or lies outside 1990 to 2100.
    """
    written = _formatted(text, date_format) if date_format else _read(text, kind_of(dated_by))
    if not FIRST_YEAR <= written.year <= LAST_YEAR:
        raise Refused(allowed=f"a date from {FIRST_YEAR} to {LAST_YEAR}")
    return start_of(written, dated_by), written


def start_of(written: dt.date, dated_by: DatedBy) -> dt.date:
    """First day of the period a written date means.

    A week that does not run from Monday to Sunday is taken as the Monday week that holds most of its days.
    """
    if dated_by == "week_ending":
        return monday_of(written - dt.timedelta(days=3))
    if dated_by == "week_starting":
        return monday_of(written + dt.timedelta(days=3))
    if dated_by == "month":
        return written.replace(day=1)
    if dated_by == "quarter":
        return written.replace(month=(written.month - 1) // 3 * 3 + 1, day=1)
    return written


def days_in(start: dt.date, kind: Kind) -> int:
    """Days of the period that begins on ``start``."""
    return (following(start, kind) - start).days


def following(start: dt.date, kind: Kind) -> dt.date:
    """First day of the next period."""
    if kind == "day":
        return start + dt.timedelta(days=1)
    if kind == "week":
        return start + dt.timedelta(days=7)
    months = start.month - 1 + (1 if kind == "month" else 3)
    return start.replace(year=start.year + months // 12, month=months % 12 + 1)


def span(first: dt.date, last: dt.date, kind: Kind) -> list[dt.date]:
    """Every period from the first to the last."""
    periods = [first]
    while periods[-1] < last:
        periods.append(following(periods[-1], kind))
    return periods


def named(start: dt.date, kind: Kind) -> str:
    """A period in words: ``week of 3 May 2027``, ``May 2027``, ``April to June 2027``."""
    if kind == "month":
        return f"{start:%B %Y}"
    if kind == "quarter":
        return f"{start:%B} to {start.replace(month=start.month + 2):%B %Y}"
    day = f"{start.day} {start:%B %Y}"
    return f"week of {day}" if kind == "week" else day


def _formatted(text: str, date_format: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, date_format).date()
    except ValueError:
        raise Refused(allowed=f"a date in the form {date_format}, as date_format says") from None


def _read(text: str, kind: Kind) -> dt.date:
    try:
        return cells.date(text)
    except Refused as refused:
        other = _month(text) if kind == "month" else _quarter(text) if kind == "quarter" else None
        if other is None:
            raise Refused(refused.hint or _hint(text, kind), FORMS[kind]) from None
        return other


def _hint(text: str, kind: Kind) -> str:
    if kind == "quarter" and _BARE_QUARTER.fullmatch(text):
        return "It does not say whether the year is a calendar or a financial one"
    return "Give date_format in [source] where dates are written otherwise"


def _month(text: str) -> dt.date | None:
    if match := _YEAR_MONTH.fullmatch(text):
        return _first(match.group(1), int(match.group(2)))
    if match := _MONTH_YEAR.fullmatch(text):
        return _first(match.group(2), int(match.group(1)))
    if match := _NAMED_MONTH.fullmatch(text):
        return _first(match.group(2), MONTHS.get(match.group(1).lower(), 0))
    if match := _YEAR_NAMED.fullmatch(text):
        return _first(match.group(1), MONTHS.get(match.group(2).lower(), 0))
    return None


def _first(year: str, month: int) -> dt.date | None:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    return dt.date(full, month, 1) if 1 <= month <= 12 and full >= 1 else None


def _quarter(text: str) -> dt.date | None:
    if match := _QUARTER.fullmatch(text):
        year, after, quarter = match.groups()
    elif match := _QUARTER_FIRST.fullmatch(text):
        quarter, year, after = match.groups()
    else:
        return None
    if int(after[-2:]) != (int(year) + 1) % 100:
        return None
    month = 3 * int(quarter) + 1
    return dt.date(int(year), month, 1) if month < 12 else dt.date(int(year) + 1, 1, 1)
