"""What share is seen in time at which capacity, by the exact periodic queue.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capacity.demand.counts import Counts
from capacity.demand.queue import on_time_curve, service_level_capacity
from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    Sheet,
    axis_words,
    close_sheet,
    counting_ticks,
    empty_sheet,
    open_sheet,
    small_ticks,
)
from capacity.report.words import capital, listed, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Mark:
    """A capacity worth pointing out, and the share it sees in time (None: no long run)."""

    name: str
    capacity: float
    on_time: float | None


@dataclass(frozen=True, eq=False)
class OnTime:
    """Share seen in time against capacity.

    ``curve`` is ``capacity.demand.queue.on_time_curve``: capacity, load, on_time, mean_queue. ``promise`` is the share
    asked for (None: none), within ``periods`` periods called ``period``.
    """

    name: str
    curve: pd.DataFrame
    marks: tuple[Mark, ...] = ()
    promise: float | None = None
    periods: int = 1
    period: str = "week"
    unit: str = "Slots a week"

    @property
    def in_time(self) -> str:
        """What counts as on time, in words."""
        if self.periods == 1:
            return f"seen in the {self.period} of referral"
        return f"seen in fewer than {self.periods} {self.period}s"


POINTS_OF_CURVE = 40
SERVICE_LEVEL = "service level"


def on_time(
    name: str,
    demand: Counts,
    levels: dict[str, float],
    promise: float | None = None,
    periods: int = 1,
    unit: str = "Slots a week",
    period: str = "week",
) -> OnTime:
    """Work out the curve from the mean to where nearly all are seen in time, with each level marked on it.

    Parameters
    ----------
    name
        Of the stream.
    demand
        Referrals a period (``counts.Referrals`` or ``counts.observed``).
    levels
        Name -> capacity, such as the mean and the centile; ``service level`` where it is known.
    promise
        Share to be seen in time; where no service level is given, the least whole capacity that keeps it is marked.
    periods, unit, period
        What counts as on time, and what the axes count.
    """
    marked = dict(levels)
    if promise is not None and SERVICE_LEVEL not in marked:
        least = service_level_capacity(demand, promise, periods).capacity
        if least is not None:
            marked[SERVICE_LEVEL] = least
    at_marks = on_time_curve(demand, marked.values(), periods)["on_time"]
    shares = [None if pd.isna(share) else float(share) for share in at_marks]
    marks = tuple(Mark(*one) for one in zip(marked, marked.values(), shares, strict=True))
    last = max([_nearly_all(demand, periods), *marked.values(), demand.mean + 1]) * 1.01
    from_mean = np.linspace(0, 1, POINTS_OF_CURVE) ** 2 * (last - demand.mean)  # closest where the curve is steepest
    curve = on_time_curve(demand, (demand.mean + from_mean).tolist(), periods)
    return OnTime(name, curve, marks, promise, periods, period, unit)


def _nearly_all(demand: Counts, periods: int) -> float:
    """Capacity that sees 99.5 % in time; where there is none, the mean and three standard deviations."""
    found = service_level_capacity(demand, 0.995, periods).capacity
    return demand.mean + 3 * float(demand.variance) ** 0.5 if found is None else found


MARKERS = ("o", "s", "D", "^", "v")


def on_time_figure(shown: OnTime, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw the share seen in time against capacity, with the mean, the centile and the service level marked.

    Parameters
    ----------
    shown
        What to draw (:func:`on_time`).
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
    name = title or f"{shown.name}: what capacity buys"
    with style.styled():
        curve = shown.curve.dropna(subset=["on_time"])
        if curve.empty:
            return empty_sheet(ax, width, name, on_time_alt(shown))
        sheet = open_sheet(ax, width, 2.4)
        sheet.ax.plot(curve["capacity"], curve["on_time"] * 100, color=style.BLUE, linewidth=1.8, zorder=3)
        colours = (style.GREEN, style.AMBER, style.PURPLE, style.LIGHT_BLUE, style.GREY)
        for mark, marker, colour in zip(shown.marks, MARKERS, colours, strict=False):
            _draw_mark(sheet, mark, marker, colour)
        if shown.promise is not None:
            sheet.ax.axhline(
                shown.promise * 100, color=style.INK, linestyle="--", linewidth=1, zorder=1,
                label=f"asked for: {shown.promise:.0%}",
            )  # fmt: skip
        _draw_overload(sheet, shown)
        sheet.ax.set_ylim(0, 102)
        counting_ticks(sheet, most=5)
        sheet.ax.yaxis.set_major_formatter("{x:.0f}%")
        counting_ticks(sheet, "x", 5 if sheet.narrow else 9)
        small_ticks(sheet)
        axis_words(sheet, shown.unit, capital(shown.in_time))
        return close_sheet(sheet, name, _says_on_time(shown))


def on_time_alt(shown: OnTime) -> str:
    """Alt text of :func:`on_time_figure`."""
    if shown.curve["on_time"].dropna().empty:
        return f"{shown.name}: at none of these capacities does the queue settle, so no share is seen in time."
    settled = shown.curve.dropna(subset=["on_time"])
    ends = [f"{settled['on_time'].iloc[at]:.1%} at {number(float(settled['capacity'].iloc[at]))}" for at in (0, -1)]
    curve = f"Curve of the share {shown.in_time} against {shown.unit.lower()}, {shown.name}: from {' to '.join(ends)}."
    return f"{curve} {_says_on_time(shown)}".rstrip()


def on_time_table(shown: OnTime) -> pd.DataFrame:
    """Return the curve with a column ``mark``: rows of the marks have their name, those of the curve are blank.

    Columns: capacity, load, on_time, mean_queue, mark; in order of capacity.
    """
    marks = pd.DataFrame([(mark.capacity, mark.on_time, mark.name) for mark in shown.marks],
                         columns=["capacity", "on_time", "mark"])  # fmt: skip
    marks = marks.astype({"capacity": float, "on_time": float})
    curve = shown.curve.assign(mark="")
    both = pd.concat([curve, marks], ignore_index=True) if len(marks) else curve
    return both.sort_values("capacity", kind="stable", ignore_index=True)


def _draw_mark(sheet: Sheet, mark: Mark, marker: str, colour: str) -> None:
    share = "the list grows" if mark.on_time is None else f"{mark.on_time:.0%}"
    height = 0.0 if mark.on_time is None else mark.on_time * 100
    sheet.ax.plot([mark.capacity] * 2, [0, height], color=colour, linewidth=1, linestyle=":", zorder=2)
    sheet.ax.plot(
        [mark.capacity], [height], linestyle="", marker=marker, color=colour, markersize=7, zorder=5,
        markeredgecolor=style.INK, markeredgewidth=0.6, clip_on=False,
        label=f"{mark.name} {number(mark.capacity)}: {share}",
    )  # fmt: skip


def _draw_overload(sheet: Sheet, shown: OnTime) -> None:
    """Shade the capacities at or below mean demand."""
    ends = [*shown.curve["capacity"], *(mark.capacity for mark in shown.marks)]
    low, high = min(ends), max(ends)
    spare = max(1.0, 0.04 * (high - low))
    loads = (shown.curve["load"] * shown.curve["capacity"]).dropna()
    sheet.ax.set_xlim(max(0.0, low - spare), high + spare * 0.5)
    if len(loads) and float(loads.iloc[0]) > 0:
        sheet.ax.axvspan(
            sheet.ax.get_xlim()[0], float(loads.iloc[0]), facecolor=style.PALE, linewidth=0, zorder=0, hatch="...",
            edgecolor=style.WHITE, label="not above mean demand: the list grows",
        )  # fmt: skip


def _says_on_time(shown: OnTime) -> str:
    settled = [f"{mark.on_time:.1%} at the {_named(mark)}" for mark in shown.marks if mark.on_time is not None]
    grows = [_named(mark) for mark in shown.marks if mark.on_time is None]
    words = f"{capital(shown.in_time)}: {listed(settled)}." if settled else ""
    asked = f" Asked for: {shown.promise:.0%}." if shown.promise is not None else ""
    never = f" At the {listed(grows)} the list grows without end." if grows else ""
    return f"{words}{asked}{never}".strip()


def _named(mark: Mark) -> str:
    return f"{mark.name} ({number(mark.capacity)})"
