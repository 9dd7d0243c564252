"""Units of time: minutes, PAs, weeks and half-days. Nothing here knows a service."""

from __future__ import annotations

import re
from functools import cache

WEEKS_PER_YEAR = 52.18
"""Calendar weeks in a year (365.25 / 7 to two places), used everywhere as W_cal."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKEND = DAYS[5:]
PARTS = ("AM", "LUNCH", "PM", "EVE")
NO_FIXED_SLOT = "-"
WEEKDAY_HALF_DAYS = tuple(f"{day} {part}" for day in DAYS[:5] for part in ("AM", "PM"))

_HALF_DAY = re.compile(r"^\s*([A-Za-z]+)[\s_]*([A-Za-z]+)\s*$")


def half_day(text: str) -> str:
    """Return ``text`` in the one form the program uses, such as ``Mon AM``.

    Case and inner spacing do not matter. Raises ValueError for anything that is not a half-day.
    """
    match = _HALF_DAY.match(text)
    if match:
        day, part = match.group(1).capitalize()[:3], match.group(2).upper()
        if day in DAYS and part in PARTS and len(match.group(1)) in (3, len(_FULL_DAYS[day])):
            return f"{day} {part}"
    raise ValueError(f"{text!r} is not a half-day such as Mon AM")


_FULL_DAYS = dict(
    zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)


def day_name(text: str) -> str | None:
    """Return a day of the week in the one form the program uses, ``Mon``; None where ``text`` is not one."""
    name = text.strip().capitalize()
    return next((day for day in DAYS if name in (day, _FULL_DAYS[day])), None)


def is_weekend(slot: str) -> bool:
    """Whether a half-day is on a Saturday or Sunday."""
    return day_of(slot) in WEEKEND


@cache
def half_day_order(slot: str) -> tuple[int, int]:
    """Sort key of a half-day: day of the week, then AM, LUNCH, PM, EVE. ``-`` sorts last."""
    if slot == NO_FIXED_SLOT:
        return (len(DAYS), 0)
    day, part = slot.split()
    return (DAYS.index(day), PARTS.index(part))


@cache
def day_of(slot: str) -> str:
    """Day of a half-day: ``Mon AM`` gives ``Mon``."""
    return slot.split()[0]
