"""The plan year week by week: what is available against what is required, and which weeks fail.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    SMALL,
    Sheet,
    axis_words,
    close_sheet,
    empty_sheet,
    folded_names,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
)
from capacity.report.words import count, listed, number
from capacity.report.year_text import LITTLE_UP_TO, SOME_UP_TO
from capacity.supply.calendar import ROUNDING, TOTAL

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]
YEAR_COLUMNS = ("week_starting", "available", "required", "short", "bank_holidays")
EVERYTHING = "All activities, surpluses not counted"
STRIP_ROW = 0.2
"""Inches of an activity in the strip."""


@dataclass(frozen=True, eq=False)
class YearWeeks:
    """Weeks of one activity, or of all: week_starting, available, required, short (0 or more) and bank_holidays."""

    name: str
    weeks: pd.DataFrame

    @property
    def fails(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether each week is short."""
        return np.asarray(self.weeks["short"].to_numpy(float) > ROUNDING)


def year_weeks(
    calendar: pd.DataFrame, activity: str | None = None, names: Mapping[str, str] | None = None
) -> YearWeeks:
    """Return the weeks of one activity, or of all with surpluses not counted.

    Parameters
    ----------
    calendar
        ``capacity.supply.calendar.calendar``: week_starting, activity, available, required, bank_holidays.
    activity
        Id; None adds up what each activity is short of, so that a surplus of one does not fill the gap of another:
        ``available`` is then what counts towards the requirement.
    names
        Activity id -> name.
    """
    rows = calendar[calendar["activity"] != TOTAL] if activity is None else calendar[calendar["activity"] == activity]
    rows = rows.assign(short=(rows["required"] - rows["available"]).clip(lower=0.0))
    if activity is None:
        sums = rows.groupby("week_starting", as_index=False, sort=False)[["required", "short"]].sum()
        sums["available"] = sums["required"] - sums["short"]
        sums["bank_holidays"] = rows.drop_duplicates("week_starting")["bank_holidays"].to_numpy()
        rows, name = sums, EVERYTHING
    else:
        name = (names or {}).get(activity, activity)
    return YearWeeks(name, rows.reindex(columns=list(YEAR_COLUMNS)).reset_index(drop=True))


def calendar_figure(
    year: YearWeeks, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw sessions available against required by week; what a week is short of stands on top, hatched.

    Parameters
    ----------
    year
        What to draw (:func:`year_weeks`).
    ax
        Where to draw; default a new figure.
    title
        Shown above; default says the name.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or f"{year.name}: the plan year, week by week"
    with style.styled():
        if year.weeks.empty:
            return empty_sheet(ax, width, name, calendar_alt(year))
        sheet = open_sheet(ax, width, 2.2)
        at = np.arange(len(year.weeks))
        available, required, short = (year.weeks[part].to_numpy(float) for part in ("available", "required", "short"))
        thin = 0.15 if sheet.narrow else 0.4
        sheet.ax.bar(at, available, 0.92, color=style.TINTS["routine"], edgecolor=style.BLUE, linewidth=thin)
        fails = year.fails
        sheet.ax.bar(
            at[fails], short[fails], 0.92, bottom=available[fails], color=style.AMBER, hatch="///",
            edgecolor=style.DARK_BLUE, linewidth=thin,
        )  # fmt: skip
        edges = np.append(at - 0.5, at[-1] + 0.5)
        sheet.ax.stairs(required, edges, baseline=None, color=style.DARK_BLUE, linewidth=1.6)
        top = max(float(available.max()), float(required.max()), 0.5)
        closed = at[(year.weeks["bank_holidays"] != "").to_numpy()]
        sheet.ax.plot(
            closed, np.full(closed.size, -0.035 * top), linestyle="", marker="^", markersize=3.2, color=style.INK
        )
        sheet.ax.set_ylim(-0.07 * top, top * 1.06)
        sheet.ax.set_xlim(-0.8, len(at) - 0.2)
        sheet.ax.axhline(0, color=style.GREY, linewidth=0.8)
        sheet.ax.spines["bottom"].set_visible(False)
        month_ticks(sheet, year.weeks["week_starting"])
        round_ticks(sheet, "y", 5 if not sheet.narrow else 10)
        small_ticks(sheet)
        axis_words(sheet, "", "Sessions")
        return close_sheet(sheet, name, _says_year(year), _year_key(bool(fails.any()), bool(closed.size)))


def calendar_alt(year: YearWeeks) -> str:
    """Alt text of :func:`calendar_figure`."""
    if year.weeks.empty:
        return f"{year.name}: nothing is required or supplied."
    available, required = year.weeks["available"], year.weeks["required"]
    return (
        f"{year.name}: bars of sessions available by week, {_range(available)}, against {_range(required)} required."
        f" {_says_year(year)}"
    )


def calendar_table(year: YearWeeks) -> pd.DataFrame:
    """Return what is drawn: week_starting, available, required, short, bank_holidays and fails."""
    return year.weeks.assign(fails=year.fails if len(year.weeks) else pd.Series(dtype=bool))


def _range(values: pd.Series[float]) -> str:
    low, high = number(float(values.min())), number(float(values.max()))
    return low if low == high else f"{low} to {high}"


def _says_year(year: YearWeeks) -> str:
    failing, weeks = int(year.fails.sum()), len(year.weeks)
    if not failing:
        return f"Every one of {count(weeks, 'week')} can run what it needs."
    worst = year.weeks.iloc[int(year.weeks["short"].to_numpy().argmax())]
    which = (
        "Every week is"
        if failing == weeks
        else f"{failing} of {count(weeks, 'week')} {'is' if failing == 1 else 'are'}"
    )
    words = (
        f"{which} short; the worst begins on {_day(worst['week_starting'])}, short of {number(float(worst['short']))}"
    )
    return f"{words} of {number(float(worst['required']))} sessions."


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%b}"


def month_ticks(sheet: Sheet, weeks: Sequence[dt.date] | pd.Series[pd.Timestamp]) -> None:
    """Name each month below its first week; on a narrow sheet every other one."""
    dates = [pd.Timestamp(week) for week in weeks]
    first = [at for at, date in enumerate(dates) if at == 0 or date.month != dates[at - 1].month]
    if len(first) > 1 and first[1] - first[0] < 3:
        first = first[1:]  # a month with a week or two: no room for its name
    if sheet.narrow:
        first = first[::2]
    sheet.ax.set_xticks(first, [f"{dates[at]:%b}" for at in first])


def _year_key(fails: bool, closed: bool) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    key: list[Artist] = [
        Line2D([], [], color=style.DARK_BLUE, linewidth=1.6, label="required"),
        Patch(facecolor=style.TINTS["routine"], edgecolor=style.BLUE, linewidth=0.4, label="available"),
    ]
    if fails:
        key.append(Patch(facecolor=style.AMBER, hatch="///", edgecolor=style.DARK_BLUE, linewidth=0.4, label="short"))
    return key + (_holiday_key() if closed else [])


def _holiday_key() -> list[Artist]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], linestyle="", marker="^", markersize=3.6, color=style.INK, label="week with a bank holiday")]


# ---- the strip by activity

BANDS: tuple[tuple[str, str, str], ...] = (
    ("enough", "#E3EEF9", ""),
    ("short by up to a tenth", "#FBD9A0", "_"),
    ("by up to a quarter", "#ED8B00", "x"),
    ("by more", "#7A3E00", "X"),
)
"""Words, colour and mark, from good to bad; each darker than the one before."""


def strip_rows(calendar: pd.DataFrame, names: Mapping[str, str] | None = None) -> tuple[YearWeeks, ...]:
    """Return all activities together, then each that requires something, the one short of most first."""
    activities = [str(one) for one in dict.fromkeys(calendar["activity"]) if one != TOTAL]
    each = [year_weeks(calendar, activity, names) for activity in activities]
    each = [year for year in each if float(year.weeks["required"].max()) > 0]
    each.sort(key=lambda year: -float(year.weeks["short"].sum()))
    return (year_weeks(calendar), *each) if each else ()


def strip_figure(
    rows: Sequence[YearWeeks], ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw the year as a strip of cells by activity: a cell a week, coloured and marked by how short it is.

    Parameters
    ----------
    rows
        What to draw (:func:`strip_rows`), all with the same weeks.
    ax
        Where to draw; default a new figure whose height follows the activities.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or "Which weeks fail, by activity"
    with style.styled():
        if not rows:
            return empty_sheet(ax, width, name, strip_alt(rows))
        shown = folded_names(width, [year.name for year in rows], lines=2)
        heights = [STRIP_ROW + 0.1 * label.count("\n") for label in shown]
        edges = np.concatenate(([0.0], np.cumsum(heights)))
        sheet = open_sheet(ax, width, float(edges[-1]) + 0.58)
        bands = np.array([_bands(year) for year in rows])
        _draw_cells(sheet, bands, edges)
        _draw_marks(sheet, bands, (edges[:-1] + edges[1:]) / 2)
        closed = np.flatnonzero((rows[0].weeks["bank_holidays"] != "").to_numpy())
        below = float(edges[-1]) + 0.08
        sheet.ax.plot(
            closed + 0.5, np.full(closed.size, below), linestyle="", marker="^", markersize=3.2, color=style.INK
        )
        _write_counts(sheet, rows, (edges[:-1] + edges[1:]) / 2)
        name_rows(sheet, [float(place) for place in (edges[:-1] + edges[1:]) / 2], shown)
        sheet.ax.set_ylim(float(edges[-1]) + 0.16, -0.14)
        sheet.ax.set_xlim(0, bands.shape[1])
        for side in ("left", "bottom"):
            sheet.ax.spines[side].set_visible(False)
        month_ticks(sheet, rows[0].weeks["week_starting"])
        small_ticks(sheet)
        return close_sheet(sheet, name, _says_strip(rows), _strip_key(bands, bool(closed.size)))


def strip_alt(rows: Sequence[YearWeeks]) -> str:
    """Alt text of :func:`strip_figure`."""
    if not rows:
        return "No activity requires any sessions, so no week fails."
    failing = [f"{year.name} {int(year.fails.sum())}" for year in rows[1:] if year.fails.any()]
    weeks = f" Weeks short, of {len(rows[0].weeks)}: {listed(failing)}." if failing else ""
    return f"A strip of weeks by activity. {_says_strip(rows)}{weeks}"


def strip_table(rows: Sequence[YearWeeks]) -> pd.DataFrame:
    """Return what is drawn, one row an activity and week: name, the columns of a year, fails and band (words)."""
    frames = [
        calendar_table(year).assign(name=year.name, band=[BANDS[band][0] for band in _bands(year)]) for year in rows
    ]
    columns = ["name", *YEAR_COLUMNS, "fails", "band"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _bands(year: YearWeeks) -> list[int]:
    """Position in ``BANDS`` of each week."""
    short, required = year.weeks["short"].to_numpy(float), year.weeks["required"].to_numpy(float)
    share = np.where(year.fails, short / np.maximum(required, 1e-9), 0.0)
    limits = (0.0, LITTLE_UP_TO, SOME_UP_TO)
    return [int(sum(one > limit for limit in limits)) for one in share]


def _draw_cells(sheet: Sheet, bands: np.ndarray[tuple[int, ...], np.dtype[np.int64]], edges: Array) -> None:
    from matplotlib.colors import BoundaryNorm, ListedColormap

    colours = ListedColormap([colour for _, colour, _ in BANDS])
    steps = BoundaryNorm([band - 0.5 for band in range(len(BANDS) + 1)], len(BANDS))
    sheet.ax.pcolormesh(
        np.arange(bands.shape[1] + 1), edges, bands, cmap=colours, norm=steps, edgecolor="face", linewidth=0.1,
    )  # fmt: skip
    between = 0.2 if sheet.narrow else 0.7
    sheet.ax.vlines(range(bands.shape[1] + 1), edges[0], edges[-1], color=style.WHITE, linewidth=between)
    sheet.ax.hlines(edges, 0, bands.shape[1], color=style.WHITE, linewidth=1.2)


def _draw_marks(sheet: Sheet, bands: np.ndarray[tuple[int, ...], np.dtype[np.int64]], heights: Array) -> None:
    """A mark in each cell that fails, so that colour does not stand alone."""
    size = 2.2 if sheet.narrow else 4.0
    for band, (_, _, marker) in enumerate(BANDS):
        rows, weeks = np.nonzero(bands == band)
        if marker and rows.size:
            colour = style.WHITE if band == len(BANDS) - 1 else style.INK
            sheet.ax.plot(
                weeks + 0.5, heights[rows], linestyle="", marker=marker, markersize=size, color=colour,
                markeredgewidth=(0.5 if sheet.narrow else 0.7) if marker != "X" else 0.1,
            )  # fmt: skip


def _write_counts(sheet: Sheet, rows: Sequence[YearWeeks], heights: Array) -> None:
    from matplotlib.transforms import blended_transform_factory

    place = blended_transform_factory(sheet.ax.transAxes, sheet.ax.transData)
    sheet.ax.text(1.015, -0.02, "short", transform=place, va="bottom", fontsize=SMALL)
    for year, height in zip(rows, heights, strict=True):
        failing = int(year.fails.sum())
        weight = "bold" if failing else "normal"
        sheet.ax.text(1.015, height, str(failing), transform=place, va="center", fontsize=SMALL, fontweight=weight)


def _says_strip(rows: Sequence[YearWeeks]) -> str:
    together, each = rows[0], rows[1:]
    failing, weeks = int(together.fails.sum()), len(together.weeks)
    if not failing:
        return f"Every one of {count(weeks, 'week')} can run what every activity needs."
    always = sum(bool(year.fails.all()) for year in each)
    some = sum(bool(year.fails.any()) for year in each)
    words = f"{failing} of {count(weeks, 'week')} {'is' if failing == 1 else 'are'} short of something:"
    return f"{words} {some} of {count(len(each), 'activity', 'activities')} in some week, {always} in every week."


def _strip_key(bands: np.ndarray[tuple[int, ...], np.dtype[np.int64]], closed: bool) -> list[Artist]:
    from matplotlib.lines import Line2D

    key: list[Artist] = []
    for band, (words, colour, marker) in enumerate(BANDS):
        if (bands == band).any():
            key.append(
                Line2D([], [], linestyle="", marker="s", markersize=7, color=colour, markeredgecolor=style.GREY,
                       markeredgewidth=0.4, label=words if not marker else f"{words} ({_letter(marker)})")
            )  # fmt: skip
    return key + (_holiday_key() if closed else [])


def _letter(marker: str) -> str:
    return {"_": "-", "x": "x", "X": "X"}[marker]
