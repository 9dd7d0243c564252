"""Demand by day of the week, which a weekly total cannot show.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity.demand.days import DaySizing
from capacity.demand.result import Demand
from capacity.report import style
from capacity.report.sheet import (
    LINE,
    PAPER,
    POINTS,
    SMALL,
    axis_words,
    close_sheet,
    counting_ticks,
    empty_sheet,
    open_sheet,
    small_ticks,
)
from capacity.report.words import listed, number, ordinal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DAY_COLUMNS = ("day", "days", "mean", "centile", "even_share")


@dataclass(frozen=True, eq=False)
class DayLevels:
    """Demand by weekday.

    ``by_day`` has the columns day, days (counted; 0 from a profile), mean and centile, Monday first. ``weekly_level``
    is the same centile of the whole week (None: not known), which spread evenly hides the peak.
    """

    name: str
    share: float
    by_day: pd.DataFrame
    weekly_level: float | None = None

    @property
    def even_share(self) -> float | None:
        """The weekly level divided evenly over the days."""
        return None if self.weekly_level is None or self.by_day.empty else self.weekly_level / len(self.by_day)


def day_levels(sizing: DaySizing, name: str | None = None) -> DayLevels:
    """Return the data of a sizing by day."""
    return DayLevels(name or sizing.series, sizing.share, sizing.by_day, sizing.weekly_centile)


def day_levels_of(demand: Demand, stream: str) -> DayLevels:
    """Return the data of a stream sized by day; without rows where it is not."""
    json = demand.streams_json.get(stream, {})
    sizing: Mapping[str, Any] = json.get("sizing") or {}
    centile: Mapping[str, Any] = sizing.get("centile") or {}
    by_day = pd.DataFrame(sizing.get("by_day") or [], columns=["day", "days", "mean", "centile"])
    name = str(json.get("name") or stream)
    return DayLevels(name, float(centile.get("share") or 0.8), by_day, centile.get("value"))


def weekday_figure(
    levels: DayLevels, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw the mean and the centile of each weekday, against the weekly level spread evenly.

    Parameters
    ----------
    levels
        What to draw (:func:`day_levels` or :func:`day_levels_of`).
    ax
        Where to draw; default a new figure.
    title
        Shown above; default the name.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or f"{levels.name}: demand by weekday"
    with style.styled():
        if levels.by_day.empty:
            return empty_sheet(ax, width, name, weekday_alt(levels))
        sheet = open_sheet(ax, width, 2.1)
        days = levels.by_day
        places = range(len(days))
        top = 1.0e-9 + max(float(days["centile"].max()), float(days["mean"].max()), levels.even_share or 0.0)
        sheet.ax.bar(
            places, days["mean"], 0.62, color=style.TINTS["routine"], edgecolor=style.BLUE, linewidth=0.6, label="mean"
        )
        for place, level in zip(places, days["centile"], strict=True):
            sheet.ax.plot(
                [place - 0.38, place + 0.38], [level] * 2, color=style.DARK_BLUE, linewidth=2.4,
                solid_capstyle="butt", label=ordinal(levels.share) if place == 0 else "_",
            )  # fmt: skip
            sheet.ax.text(
                place, level + top * 0.02, number(float(level)), ha="center", va="bottom", fontsize=SMALL,
                fontweight="bold", color=style.DARK_BLUE, bbox=_GROUND,
            )  # fmt: skip
        if levels.even_share is not None:
            sheet.ax.axhline(
                levels.even_share, color=style.PURPLE, linestyle="--", linewidth=1.2, zorder=0,
                label="weekly total spread evenly",
            )  # fmt: skip
        sheet.ax.set_xticks(list(places), [str(day) for day in days["day"]])
        sheet.ax.set_xlim(-0.6, max(2.0, len(days) - 0.4))
        sheet.ax.set_ylim(0, top + (SMALL * LINE / POINTS + 0.06) / 1.7 * top)
        sheet.ax.tick_params(axis="x", length=0)
        counting_ticks(sheet)
        small_ticks(sheet)
        axis_words(sheet, "", "Patients a day")
        return close_sheet(sheet, name, _says_days(levels))


_GROUND = {"boxstyle": "square,pad=0.1", "facecolor": style.WHITE, "edgecolor": "none"}


def weekday_alt(levels: DayLevels) -> str:
    """Alt text of :func:`weekday_figure`."""
    if levels.by_day.empty:
        return f"{levels.name}: demand is not known by day, and a weekly total cannot show a Monday peak."
    each = [f"{row.day} {number(row.mean)} and {number(row.centile)}" for row in _named(levels.by_day)]
    return f"Bars of {levels.name} by weekday, mean and {ordinal(levels.share)}: {listed(each)}. {_says_days(levels)}"


def weekday_table(levels: DayLevels) -> pd.DataFrame:
    """Return what is drawn: columns day, days, mean, centile and even_share (missing where not known)."""
    even = float("nan") if levels.even_share is None else levels.even_share
    return levels.by_day.assign(even_share=even).reindex(columns=list(DAY_COLUMNS)).reset_index(drop=True)


@dataclass(frozen=True)
class _Day:
    day: str
    mean: float
    centile: float


def _named(by_day: pd.DataFrame) -> list[_Day]:
    columns = (by_day["day"], by_day["mean"], by_day["centile"])
    return [_Day(str(day), float(mean), float(centile)) for day, mean, centile in zip(*columns, strict=True)]


def _says_days(levels: DayLevels) -> str:
    days = _named(levels.by_day)
    peak = max(days, key=lambda day: day.centile)
    total = number(sum(day.centile for day in days))
    words = f"Sized by day at the {ordinal(levels.share)} the week takes {total}; {peak.day} needs the most,"
    words += f" {number(peak.centile)}"
    if levels.even_share is None or levels.weekly_level is None:
        return f"{words}."
    return f"{words}, where {number(levels.weekly_level)} a week spread evenly would give {number(levels.even_share)}."
