"""How a waiting list moves from here, and when it reaches the size it can stay at.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capacity.demand.lists import WaitingList
from capacity.demand.trajectory import Trajectory
from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    Sheet,
    axis_words,
    close_sheet,
    counting_ticks,
    date_ticks,
    empty_sheet,
    label_right,
    open_sheet,
    small_ticks,
)
from capacity.report.words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALE_BLUE, MID_BLUE = "#DCEBF8", "#A9CDEC"


@dataclass(frozen=True, eq=False)
class ListPath:
    """A waiting list over the weeks to come.

    ``trajectory`` has the line, the fan and, where a size was asked for, when it is reached. ``today`` dates week 0.
    ``first_come`` is the longest list at which all are seen in time in strict order (None: not shown).
    """

    name: str
    trajectory: Trajectory
    today: dt.date | None = None
    first_come: float | None = None
    size_name: str = "sustainable list"

    @property
    def weeks(self) -> int:
        """Weeks to come."""
        return int(self.trajectory.line.size) - 1


def list_path(name: str, waiting: WaitingList, path: Trajectory) -> ListPath:
    """Return the data of a list and its trajectory (``waiting.trajectory()``), dated from the day it runs from."""
    return ListPath(name, path, waiting.as_of, waiting.plan.first_come)


def trajectory_figure(
    path: ListPath, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw the list at the means, the fan of simulated lists, the size to reach and when it is reached.

    Parameters
    ----------
    path
        What to draw.
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
    name = title or f"{path.name}: the waiting list from here"
    with style.styled():
        if path.weeks < 1:
            return empty_sheet(ax, width, name, trajectory_alt(path))
        sheet = open_sheet(ax, width, 2.5)
        at = _times(path)
        wide = _fan_of(path)
        _draw_fan(sheet, at, wide)
        sheet.ax.plot(at, path.trajectory.line, color=style.DARK_BLUE, linewidth=1.8, label="at mean demand", zorder=4)
        _draw_sizes(sheet, path, at)
        sizes = [size for _, size in _sizes(path)]
        top = max(float(wide.to_numpy().max()), float(path.trajectory.line.max()), *sizes, 1.0)
        sheet.ax.set_ylim(0, top * 1.06)
        sheet.ax.set_xlim(at[0], at[-1])
        ends = {"mean": float(path.trajectory.line[-1])} | _ends(wide)
        labels = [(value, f"{words} {_whole(value)}", style.DARK_BLUE) for words, value in ends.items()]
        label_right(sheet, labels + [(size, f"{words} {_whole(size)}", style.PURPLE) for words, size in _sizes(path)])
        counting_ticks(sheet)
        small_ticks(sheet)
        if path.today is not None:
            date_ticks(sheet, path.today, path.today + dt.timedelta(weeks=path.weeks))
        else:
            counting_ticks(sheet, "x", 6)
        axis_words(sheet, "" if path.today else "Weeks from now", "Patients waiting")
        return close_sheet(sheet, name, _says_list(path))


def trajectory_alt(path: ListPath) -> str:
    """Alt text of :func:`trajectory_figure`."""
    if path.weeks < 1:
        return f"{path.name}: no weeks to come are worked out."
    ends = _ends(_fan_of(path))
    spread = (
        f" The fan of simulated lists ends between {_whole(ends['low'])} and {_whole(ends['high'])}." if ends else ""
    )
    return f"Waiting list of {path.name}: {_says_list(path)}{spread}"


def trajectory_table(path: ListPath) -> pd.DataFrame:
    """Return what is drawn, one row a week from now.

    Columns: week (0 is now), date (missing where today is not known), line, and one for each quantile of the fan
    (``q10``, ``q25``, ...).
    """
    wide = _fan_of(path)
    table = pd.DataFrame({"week": np.arange(path.weeks + 1), "line": path.trajectory.line})
    today = path.today
    dates = [None if today is None else today + dt.timedelta(weeks=int(week)) for week in table["week"]]
    table.insert(1, "date", pd.to_datetime(pd.Series(dates, dtype="object")))
    for quantile in wide.columns:
        table[f"q{round(float(str(quantile)) * 100):02d}"] = wide[quantile].to_numpy()
    return table


def _fan_of(path: ListPath) -> pd.DataFrame:
    """Simulated lists, a row a week and a column a quantile."""
    return path.trajectory.fan.pivot_table(index="week", columns="quantile", values="list_size").sort_index()


def _times(path: ListPath) -> list[Any]:
    if path.today is None:
        return list(range(path.weeks + 1))
    return [pd.Timestamp(path.today) + pd.Timedelta(weeks=week) for week in range(path.weeks + 1)]


def _draw_fan(sheet: Sheet, at: list[Any], wide: pd.DataFrame) -> None:
    """Bands from the outermost pair of quantiles inwards, and the median."""
    quantiles = [float(quantile) for quantile in wide.columns]
    pairs = list(zip(quantiles, reversed(quantiles), strict=True))[: len(quantiles) // 2]
    for (low, high), colour in zip(pairs, (PALE_BLUE, MID_BLUE), strict=False):
        sheet.ax.fill_between(
            at, wide[low], wide[high], color=colour, linewidth=0, zorder=1,
            label=f"{(high - low) * 100:.0f} in 100 simulated lists",
        )  # fmt: skip
    if 0.5 in quantiles:
        sheet.ax.plot(at, wide[0.5], color=style.BLUE, linestyle=":", linewidth=1.4, label="median", zorder=3)


def _ends(wide: pd.DataFrame) -> dict[str, float]:
    """Where the fan ends: its outermost quantiles in the last week."""
    if wide.empty or len(wide.columns) < 2:
        return {}
    last = wide.iloc[-1].astype(float)
    return {"high": float(last.iloc[-1]), "low": float(last.iloc[0])}


def _whole(patients: float) -> str:
    return f"{patients:,.0f}"


def _sizes(path: ListPath) -> list[tuple[str, float]]:
    sizes = [] if path.trajectory.reached is None else [("L*", path.trajectory.reached.size)]
    return sizes if path.first_come is None else [*sizes, ("first come", path.first_come)]


def _draw_sizes(sheet: Sheet, path: ListPath, at: list[Any]) -> None:
    found = path.trajectory.reached
    if found is not None:
        sheet.ax.axhline(
            found.size, color=style.PURPLE, linestyle="--", linewidth=1.4, zorder=3, label=f"{path.size_name}, L*"
        )
        for week, marker, words in (
            (found.mean_line, "o", "reached at mean demand"),
            (found.late, "D", "9 in 10 simulated lists were there"),
        ):
            if week is not None and 0 < week < len(at):
                sheet.ax.plot(
                    [at[week]], [found.size], linestyle="", marker=marker, markersize=7, color=style.AMBER,
                    markeredgecolor=style.INK, markeredgewidth=0.7, zorder=6, label=words, clip_on=False,
                )  # fmt: skip
    if path.first_come is not None:
        sheet.ax.axhline(
            path.first_come, color=style.PURPLE, linestyle=(0, (1, 2)), linewidth=1.2, zorder=3,
            label="longest list, first come first served",
        )  # fmt: skip


def _says_list(path: ListPath) -> str:
    start, end = float(path.trajectory.line[0]), float(path.trajectory.line[-1])
    words = f"{_whole(start)} waiting now, {_whole(end)} after {count(path.weeks, 'week')} at mean demand."
    return f"{words} {_says_reached(path)}".rstrip()


def _says_reached(path: ListPath) -> str:
    found = path.trajectory.reached
    if found is None:
        return ""
    size = f"The {path.size_name} of {_whole(found.size)}"
    if found.mean_line == 0:
        above = np.flatnonzero(path.trajectory.line > found.size)
        return f"{size} is not exceeded now" + (
            f", but will be from {_when(int(above[0]), path)}." if above.size else "."
        )
    if found.mean_line is None:
        share = f"; {found.share:.0%} of simulated lists get there" if found.share > 0 else ""
        return f"{size} is not reached within these weeks at mean demand{share}."
    words = f"{size} is reached by {_when(found.mean_line, path)}"
    if found.late is not None and found.early is not None:
        return f"{words}; 8 in 10 simulated lists get there from week {found.early} to {found.late}."
    return f"{words}; {found.share:.0%} of simulated lists get there within these weeks."


def _when(week: int, path: ListPath) -> str:
    if path.today is None:
        return f"week {week}"
    on = path.today + dt.timedelta(weeks=week)
    return f"{on.day} {on:%b %Y} (week {week})"
