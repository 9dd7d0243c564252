"""The ladder as a waterfall: what is short, what each rung closes, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    SMALL,
    axis_words,
    close_sheet,
    folded_names,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
)
from capacity.report.words import count, number, pounds
from capacity.scenario.ladder import SMALL as LEAST
from capacity.scenario.ladder import Rung

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from capacity.report.gap_ladder import GapLadder

TITLE = "The ladder: what each rung closes"


def ladder_figure(found: GapLadder, ax: Axes | None = None, *, width: float = PAPER) -> Figure:
    """Draw a bar a rung, from what was short before it to what it leaves.

    Parameters
    ----------
    found
        The ladder.
    ax
        Where to draw; default a new figure.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.
    """
    rungs = found.rungs
    with style.styled():
        sheet = open_sheet(ax, width, 0.36 * len(rungs) + 0.5)
        places = range(len(rungs))
        top = max(0.5, *(rung.left + rung.closes for rung in rungs))
        for place, rung in zip(places, rungs, strict=True):
            if rung.closes > 0:
                sheet.ax.barh(
                    place, rung.closes, 0.6, left=rung.left, color=style.BLUE, edgecolor=style.DARK_BLUE, linewidth=0.6
                )
            sheet.ax.barh(place, rung.left, 0.6, color="#FFE0A3", hatch="///", edgecolor=style.GREY, linewidth=0.5)
            words = _beside(rung) if place else f"{number(rung.left)} short"
            sheet.ax.text(rung.left + rung.closes + top * 0.02, place, words, va="center", fontsize=SMALL)
        name_rows(sheet, places, folded_names(width, [rung.title for rung in rungs]))
        sheet.ax.set_ylim(len(rungs) - 0.45, -0.55)
        sheet.ax.set_xlim(0, top * (2.0 if sheet.narrow else 1.45))  # room for the words beside
        round_ticks(sheet)
        small_ticks(sheet)
        axis_words(sheet, "Sessions a week short (hatched), closed by the rung (solid)")
        return close_sheet(sheet, TITLE, found.sentence())


def _beside(rung: Rung) -> str:
    if not rung.needed:
        return "closes nothing" if rung.left > LEAST else "not needed"
    return f"closes {number(rung.closes)}, leaves {number(rung.left)}"


def ladder_table(found: GapLadder) -> pd.DataFrame:
    """Return what is drawn, a row a rung: rung, begins, closes, left, needed and pounds a year so far."""
    rows = [
        (rung.key, rung.left + rung.closes, rung.closes, rung.left, rung.needed, rung.pounds) for rung in found.rungs
    ]
    return pd.DataFrame(rows, columns=["rung", "begins", "closes", "left", "needed", "pounds"])


def ladder_alt(found: GapLadder) -> str:
    """Alt text of :func:`ladder_figure`."""
    parts = [
        f"{rung.title} {_beside(rung)}"
        + (f" ({pounds(rung.pounds)} a year so far)" if rung.needed and rung.pounds else "")
        for rung in found.rungs[1:]
    ]
    return f"Bars of what is short, from {count(found.rungs[0].left, 'session')} a week. {'; '.join(parts)}."
