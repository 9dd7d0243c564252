"""The frontier: what is left short against what changes, or against extra PAs, with its knee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from capacity.report import style
from capacity.report.frontier import Curve
from capacity.report.sheet import (
    PAPER,
    SMALL,
    Sheet,
    axis_words,
    close_sheet,
    empty_sheet,
    label_right,
    open_sheet,
    round_ticks,
    small_ticks,
)
from capacity.report.words import listed, number

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy import floating
    from numpy.typing import NDArray

    Floats = NDArray[floating]

PARTS = {
    "rapid_mean": ("rapid, below the mean", style.AMBER, "///"),
    "rapid_headroom": ("rapid, mean to centile", style.TINTS["rapid"], "..."),
    "routine": ("other activities", style.TINTS["routine"], ""),
}
"""Column -> words, fill and hatch, from the foot up."""
WORDS = {"change": "Sessions a week changed", "extra": "Extra PAs a week"}
TABLE = ("point", "limit", "changed", "extra_pa", "short", *PARTS, "proven")


def frontier_figure(curve: Curve, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw what is left short, tier by tier, against what is spent; a line marks the knee.

    Parameters
    ----------
    curve
        ``Frontier.curve()``.
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
    name = title or f"{curve.name}: what each further {'change' if curve.by == 'change' else 'extra PA'} closes"
    with style.styled():
        if curve.frame.empty:
            return empty_sheet(ax, width, name, frontier_alt(curve))
        sheet = open_sheet(ax, width, 2.6)
        rows = _in_order(curve)
        x = rows[curve.spent].to_numpy(dtype=float)
        foot = x * 0.0
        for column, (_, colour, hatch) in PARTS.items():
            top = foot + rows[column].to_numpy(dtype=float)
            sheet.ax.fill_between(
                x, foot, top, step="post", facecolor=colour, hatch=hatch, edgecolor=style.GREY, linewidth=0.4
            )
            foot = top
        sheet.ax.plot(x, rows["short"], drawstyle="steps-post", color=style.DARK_BLUE, linewidth=1.6, zorder=4)
        _marks(sheet, x, rows)
        span = float(x[-1] - x[0]) or 1.0
        sheet.ax.set_xlim(float(x[0]) - 0.02 * span, float(x[-1]) + 0.02 * span)
        sheet.ax.set_ylim(0, max(float(rows["short"].max()), 0.5) * 1.12)
        if curve.knee is not None:
            sheet.ax.axvline(curve.knee.spent, color=style.PURPLE, linestyle="--", linewidth=1.4, zorder=3)
        _labels(sheet, x, rows)
        round_ticks(sheet)
        round_ticks(sheet, "y", 6)
        small_ticks(sheet)
        axis_words(sheet, WORDS[curve.by], "Sessions a week short")
        return close_sheet(sheet, name, curve.sentence, _key(curve, rows))


def frontier_alt(curve: Curve) -> str:
    """Alt text of :func:`frontier_figure`."""
    if curve.frame.empty:
        return curve.sentence or "There is no plan, so there are no points."
    rows = _in_order(curve)
    parts = [
        f"{number(float(short))} at {number(float(spent))}"
        for spent, short in zip(rows[curve.spent], rows["short"], strict=True)
    ]
    what = "sessions changed" if curve.by == "change" else "extra PAs"
    return f"Sessions a week left short against {what} a week. {curve.sentence} Short: {listed(parts)}."


def frontier_table(curve: Curve) -> pd.DataFrame:
    """Return what is drawn: a row a point."""
    return curve.frame.reindex(columns=list(TABLE)).reset_index(drop=True)


def _in_order(curve: Curve) -> pd.DataFrame:
    """Points by what is spent, each plan once; of those that spend alike the last, which is never worse."""
    own = curve.frame[~curve.frame["carried"].astype(bool)]
    return own.drop_duplicates(curve.spent, keep="last").sort_values(curve.spent)


def _marks(sheet: Sheet, x: Floats, rows: pd.DataFrame) -> None:
    """A mark a point, hollow where it is not proven."""
    for spent, short, proven in zip(x, rows["short"], rows["proven"], strict=True):
        sheet.ax.plot(
            [spent], [short], marker="o", markersize=5, color=style.DARK_BLUE if proven else style.WHITE,
            markeredgecolor=style.DARK_BLUE, markeredgewidth=1.3, zorder=5, clip_on=False,
        )  # fmt: skip


def _labels(sheet: Sheet, x: Floats, rows: pd.DataFrame) -> None:
    first, last = float(rows["short"].iloc[0]), float(rows["short"].iloc[-1])
    label_right(sheet, [(last, number(last), style.DARK_BLUE)])
    if len(rows) > 1 and first - last > 0:
        sheet.ax.annotate(
            number(first), (float(x[0]), first), xytext=(4, 4), textcoords="offset points",
            fontsize=SMALL, fontweight="bold", color=style.DARK_BLUE,
        )  # fmt: skip


def _key(curve: Curve, rows: pd.DataFrame) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    key: list[Artist] = [
        Patch(facecolor=colour, hatch=hatch, edgecolor=style.GREY, linewidth=0.4, label=words)
        for column, (words, colour, hatch) in PARTS.items()
        if rows[column].max() > 0
    ]
    key.append(Line2D([], [], marker="o", markersize=5, color=style.DARK_BLUE, label="short in all"))
    if not rows["proven"].all():
        key.append(
            Line2D([], [], linestyle="", marker="o", markersize=5, color=style.WHITE, label="not proven",
                   markeredgecolor=style.DARK_BLUE, markeredgewidth=1.3)
        )  # fmt: skip
    if curve.knee is not None:
        key.append(Line2D([], [], color=style.PURPLE, linestyle="--", linewidth=1.4, label="knee"))
    return key
