"""What the robust plan, the central plan and the plan made for it leave short under each demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    axis_words,
    close_sheet,
    empty_sheet,
    folded_names,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
)
from capacity.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLANS = {
    "robust_short": ("robust plan", style.DARK_BLUE, "s", 8),
    "central_short": ("plan for the central demand", style.AMBER, "o", 7),
    "own_short": ("plan made for that demand", style.INK, "|", 12),
}
"""Column -> words, colour, marker and its size."""
ROW = 0.4


@dataclass(frozen=True)
class Regrets:
    """The frame of a robust plan and its sentence."""

    name: str
    frame: pd.DataFrame
    sentence: str


def robust_figure(data: Regrets, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw a row a demand, with a mark for what each plan leaves short; a bar joins the robust and the central plan.

    Parameters
    ----------
    data
        ``Robust.data()``.
    ax
        Where to draw; default a new figure whose height follows the demands.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or f"{data.name}: one plan for several demands"
    with style.styled():
        if data.frame.empty:
            return empty_sheet(ax, width, name, robust_alt(data))
        rows = list(range(len(data.frame)))
        sheet = open_sheet(ax, width, ROW * len(rows) + 0.6)
        robust, central = data.frame["robust_short"], data.frame["central_short"]
        sheet.ax.hlines(rows, robust, central, color=style.GREY, linewidth=2.0, zorder=2)
        for column, (words, colour, marker, size) in PLANS.items():
            found = data.frame[column]
            if found.notna().any():
                sheet.ax.plot(
                    found, rows, linestyle="", marker=marker, markersize=size, color=colour, label=words,
                    markeredgewidth=2.0 if marker == "|" else 1.0, markeredgecolor=style.INK, zorder=4,
                    fillstyle="full", clip_on=False,
                )  # fmt: skip
        name_rows(sheet, rows, folded_names(sheet.width, [str(each) for each in data.frame["name"]]))
        sheet.ax.set_ylim(len(rows) - 0.4, -0.6)
        most = float(data.frame[list(PLANS)].max().max())
        sheet.ax.set_xlim(0, max(most, 0.5) * 1.08)
        round_ticks(sheet)
        small_ticks(sheet)
        axis_words(sheet, "Sessions a week short")
        return close_sheet(sheet, name, data.sentence)


def robust_alt(data: Regrets) -> str:
    """Alt text of :func:`robust_figure`."""
    if data.frame.empty:
        return data.sentence if data.sentence.endswith(".") else "There is no plan."
    parts = []
    for row in data.frame.to_dict("records"):
        said = f"{row['name']}: robust plan {number(row['robust_short'])}, central plan {number(row['central_short'])}"
        parts.append(said + ("" if pd.isna(row["own_short"]) else f", plan made for it {number(row['own_short'])}"))
    return f"Sessions a week short under each demand. {data.sentence} {'; '.join(parts)}."


def robust_table(data: Regrets) -> pd.DataFrame:
    """Return what is drawn: a row a demand."""
    return data.frame.reindex(columns=["name", *PLANS]).reset_index(drop=True)
