"""The plan year as a strip of letters, a week each: which weeks can run what they need, and why the others cannot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from capacity.report.words import capital, count, listed, number, shortened, wrapped
from capacity.supply.calendar import ROUNDING, TOTAL

if TYPE_CHECKING:
    import pandas as pd

ENOUGH, LITTLE, SOME, MUCH = ".", "-", "x", "X"
LITTLE_UP_TO, SOME_UP_TO = 0.10, 0.25
LEGEND = (
    f"A letter a week: {ENOUGH} enough, {LITTLE} short by up to a tenth of the requirement, {SOME} by up to a quarter,"
    f" {MUCH} more"
)
NAME = 26
MOST_ROWS = 6
EVERYTHING = "All, surpluses not counted"
MONTH_HEADING = 3
"""Letters of the name of a month; a part of a month shorter than this has as many as it has weeks."""


@dataclass(frozen=True)
class Strip:
    """One row: sessions available and required by week, and how much is short."""

    name: str
    available: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    required: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    short: np.ndarray[tuple[int, ...], np.dtype[np.float64]]

    @property
    def failing(self) -> int:
        """Weeks in which something is short."""
        return int((self.short > ROUNDING).sum())

    @property
    def letters(self) -> list[str]:
        """One letter a week."""
        return [_letter(short, wanted) for short, wanted in zip(self.short, self.required, strict=True)]


def _letter(short: float, required: float) -> str:
    if short <= ROUNDING or required <= 0:
        return ENOUGH
    share = short / required
    return LITTLE if share <= LITTLE_UP_TO else SOME if share <= SOME_UP_TO else MUCH


def year_text(calendar: pd.DataFrame, names: Mapping[str, str], most: int | None = MOST_ROWS) -> str:
    """Return the year as a strip of letters by activity, with what explains it.

    Parameters
    ----------
    calendar
        What ``capacity.supply.calendar.calendar`` returns.
    names
        Activity id -> name.
    most
        Rows of activities to show, those short of most in the year first; None shows all.

    Returns
    -------
    str
        At most 100 columns. The first row adds up what each activity is short of, so that a surplus of one does not
        fill the gap of another.
    """
    weeks = _weeks(calendar)
    strips = _strips(calendar, names)
    if not strips:
        return ""
    everything = _together(strips.values())
    failing = sorted((key for key in strips if strips[key].failing), key=lambda key: -strips[key].short.sum())
    shown = failing[:most]
    rows = [everything, *(strips[key] for key in shown)] if len(strips) > 1 else list(strips.values())
    lines = [
        wrapped(f"Week by week from {_long(weeks[0])}: {_first_sentence(calendar, everything)}"),
        LEGEND,
        "",
        _row("", _months(weeks), "short"),
        *(_row(strip.name, _grouped(weeks, strip.letters), f"{strip.failing:>5}") for strip in rows),
        *_holidays(calendar, weeks),
    ]  # fmt: skip
    return "\n".join([*lines, *_causes(calendar, strips, failing, shown)])


def _weeks(calendar: pd.DataFrame) -> list[dt.date]:
    return list(calendar.loc[calendar["activity"] == TOTAL, "week_starting"])


def _strips(calendar: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Strip]:
    found = {}
    for activity, rows in calendar.groupby("activity", sort=False):
        key = str(activity)
        if key != TOTAL and rows["required"].max() > 0:
            available, required = rows["available"].to_numpy(float), rows["required"].to_numpy(float)
            found[key] = Strip(names.get(key, key), available, required, np.maximum(0.0, required - available))
    return found


def _together(strips: Iterable[Strip]) -> Strip:
    """The sum of what each is short of; available is what counts towards the requirement."""
    each = list(strips)
    required, short = (np.sum([getattr(one, part) for one in each], axis=0) for part in ("required", "short"))
    return Strip(EVERYTHING, required - short, required, short)


def _first_sentence(calendar: pd.DataFrame, everything: Strip) -> str:
    failing, weeks = everything.failing, everything.short.size
    if not failing:
        return f"every one of {weeks} weeks can run what it needs."
    worst = int(everything.short.argmax())
    holiday = (calendar.loc[calendar["activity"] == TOTAL, "bank_holidays"] != "").to_numpy()
    day = _weeks(calendar)[worst]
    some = f"{failing} of {count(weeks, 'week')} {'is' if failing == 1 else 'are'} short of something"
    text = (
        f"{some}. The worst begins on {day.day} {day:%B}: {number(everything.short[worst])} sessions short of"
        f" {number(everything.required[worst])}."
    )
    if holiday.any() and not holiday.all():
        plain, closed = (float(everything.short[mask].mean()) for mask in (~holiday, holiday))
        text += f" An ordinary week is {number(plain)} short, a week with a bank holiday {number(closed)}."
    return text


def _row(name: str, weeks: str, count_of: str) -> str:
    return f"{shortened(name, NAME):{NAME}}  {weeks}  {count_of}".rstrip()


def _by_month(weeks: Sequence[dt.date]) -> list[list[int]]:
    """Positions of the weeks of each month, by their Monday."""
    each = groupby(range(len(weeks)), key=lambda position: (weeks[position].year, weeks[position].month))
    return [list(positions) for _, positions in each]


def _grouped(weeks: Sequence[dt.date], letters: Sequence[str]) -> str:
    return " ".join("".join(letters[position] for position in month) for month in _by_month(weeks))


def _months(weeks: Sequence[dt.date]) -> str:
    months = _by_month(weeks)
    return " ".join(f"{weeks[month[0]]:%b}"[: min(MONTH_HEADING, len(month))].ljust(len(month)) for month in months)


def _holidays(calendar: pd.DataFrame, weeks: Sequence[dt.date]) -> list[str]:
    found = list(calendar.loc[calendar["activity"] == TOTAL, "bank_holidays"])
    if not any(found):
        return []
    letters = ["b" if days else " " for days in found]
    return [_row("bank holidays", _grouped(weeks, letters), f"{sum(map(bool, found)):>5}")]


def _causes(calendar: pd.DataFrame, strips: Mapping[str, Strip], failing: list[str], shown: list[str]) -> list[str]:
    """Why weeks fail: always, in weeks of the cycle, or in bank-holiday weeks; and what is not shown."""
    total = calendar[calendar["activity"] == TOTAL]
    holiday = (total["bank_holidays"] != "").to_numpy()
    cycle = total["cycle_week"].to_numpy()
    always: list[str] = []
    thin: dict[tuple[int, ...], list[str]] = {}
    holidays_only: list[str] = []
    for key in failing:
        fails = strips[key].short > ROUNDING
        ordinary = fails & ~holiday
        if fails.all():
            always.append(strips[key].name)
        elif not ordinary.any():
            holidays_only.append(strips[key].name)
        elif in_cycle := _thin_weeks(fails, holiday, cycle):
            thin.setdefault(in_cycle, []).append(strips[key].name)
    lines = []
    if always:
        lines.append(f"Short in every week, whatever the timetable: {_some(always)}.")
    for in_cycle, names in thin.items():
        which = f"week{'s' if len(in_cycle) > 1 else ''} {listed(map(str, in_cycle))} of the cycle"
        lines.append(f"Thin in {which}; the same sessions spread evenly over the cycle would help: {_some(names)}.")
    if holidays_only:
        lines.append(f"Short only in weeks with a bank holiday: {_some(holidays_only)}.")
    enough = [strip.name for key, strip in strips.items() if key not in failing]
    rest = [f"enough in every week: {_some(enough)}"] if enough else []
    if len(shown) < len(failing):
        rest.append(f"{count(len(failing) - len(shown), 'more activity fails', 'more activities fail')} in some week")
    if rest:
        lines.append(capital(f"{'; '.join(rest)}."))
    return [wrapped(line, "- ", "  ") for line in lines]


def _thin_weeks(
    fails: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    holiday: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    cycle: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
) -> tuple[int, ...]:
    """Weeks of the cycle that fail whenever they hold no bank holiday, where others do not."""
    ordinary = {int(week) for week in cycle[~holiday]}
    sound = {int(week) for week in cycle[~holiday & ~fails]}
    return tuple(sorted(ordinary - sound)) if sound else ()


def _some(names: Sequence[str], most: int = 4) -> str:
    if len(names) > most:
        return f"{', '.join(names[:most])} and {count(len(names) - most, 'other')}"
    return listed(names)


def _long(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"
