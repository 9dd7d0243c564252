"""The Pareto set: what each plan leaves short against what it changes, those that cost something marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    SMALL,
    Sheet,
    axis_words,
    close_sheet,
    empty_sheet,
    open_sheet,
    round_ticks,
    small_ticks,
)
from capacity.report.words import listed, number, pounds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TABLE = ("point", "short", "changed", "pounds", "extra_pa", "extra_hours", "proven")


@dataclass(frozen=True)
class ParetoSet:
    """The frame of a Pareto set and its sentence."""

    name: str
    frame: pd.DataFrame
    priced: bool
    sentence: str


def pareto_figure(data: ParetoSet, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw each plan of the set: sessions short against sessions changed; squares cost something, circles nothing.

    Parameters
    ----------
    data
        ``Pareto.data()``.
    ax
        Where to draw; default a new figure.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or f"{data.name}: gap, change and cost"
    with style.styled():
        if data.frame.empty:
            return empty_sheet(ax, width, name, pareto_alt(data))
        sheet = open_sheet(ax, width, 2.7)
        free, paid = _split(data)
        looks = (
            (free, "o", style.DARK_BLUE, "within present contracts"),
            (paid, "s", style.AMBER, "with extra time, its number in the table beside it"),
        )
        for rows, marker, colour, words in looks:
            if len(rows):
                sheet.ax.plot(
                    rows["changed"], rows["short"], linestyle="", marker=marker, markersize=7, color=colour,
                    markeredgecolor=style.DARK_BLUE, markeredgewidth=1.0, label=words, clip_on=False, zorder=4,
                )  # fmt: skip
        if len(free) > 1:
            ordered = free.sort_values("changed")
            sheet.ax.plot(
                ordered["changed"], ordered["short"], drawstyle="steps-post", color=style.DARK_BLUE, linewidth=1.0,
                zorder=3,
            )  # fmt: skip
        _limits(sheet, data.frame)
        _numbers(sheet, paid)
        round_ticks(sheet)
        round_ticks(sheet, "y", 6)
        small_ticks(sheet)
        axis_words(sheet, "Sessions a week changed", "Sessions a week short")
        return close_sheet(sheet, name, data.sentence)


def _split(data: ParetoSet) -> tuple[pd.DataFrame, pd.DataFrame]:
    spends = (data.frame["extra_pa"] > 0) | (data.frame["extra_hours"] > 0)
    return data.frame[~spends], data.frame[spends]


def _limits(sheet: Sheet, frame: pd.DataFrame) -> None:
    low, high = float(frame["changed"].min()), float(frame["changed"].max())
    span = (high - low) or 1.0
    sheet.ax.set_xlim(low - 0.06 * span, high + 0.1 * span)
    sheet.ax.set_ylim(0, max(float(frame["short"].max()), 0.5) * 1.12)


def _numbers(sheet: Sheet, paid: pd.DataFrame) -> None:
    """Number the plans that cost something, where the numbers keep apart."""
    (left, right), (low, high) = sheet.ax.get_xlim(), sheet.ax.get_ylim()
    wide, tall = (right - left) * 0.32 / sheet.width, (high - low) * 0.2 / sheet.body
    written: list[tuple[float, float]] = []
    for row in paid.to_dict("records"):
        at = (float(row["changed"]), float(row["short"]))
        if all(abs(at[0] - x) > wide or abs(at[1] - y) > tall for x, y in written):
            written.append(at)
            sheet.ax.annotate(
                str(row["point"]), at, xytext=(6, 3), textcoords="offset points", fontsize=SMALL, color=style.INK
            )


def pareto_alt(data: ParetoSet) -> str:
    """Alt text of :func:`pareto_figure`."""
    if data.frame.empty:
        return data.sentence if data.sentence.endswith(".") else "There is no plan."
    parts = []
    for row in data.frame.to_dict("records"):
        cost = pounds(float(row["pounds"])) if data.priced else f"{number(float(row['extra_pa']))} extra PAs"
        short, changed = number(float(row["short"])), number(float(row["changed"]))
        parts.append(f"plan {row['point']}: {short} short, {changed} changed, {cost}")
    return f"Sessions a week short against sessions changed, by cost. {data.sentence} {listed(parts)}."


def pareto_table(data: ParetoSet) -> pd.DataFrame:
    """Return what is drawn: a row a plan."""
    return data.frame.reindex(columns=list(TABLE)).reset_index(drop=True)
