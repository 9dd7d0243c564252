"""Sweeps: a line for one figure that is varied, a heat map with its numbers for two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    label_right,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
    text_width,
)
from capacity.report.words import capital, fixed, listed, number

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NONE = "No point has an answer."
RAMP = ("#F4F8FC", "#C5DDF3", "#7FB2E5", "#2F77C0", "#003087")
"""From little to much: one hue that only gets darker, so that it reads alike to everyone and in grey."""
DARK = 0.229
"""Luminance of a cell below which white letters stand out more than dark ones."""
ROW = 0.3


@dataclass(frozen=True)
class SweepLine:
    """What is short at each value: of the plans in force, and after planning where that was asked for."""

    name: str
    words: str
    at: tuple[float, ...]
    in_force: tuple[float, ...]
    planned: tuple[float | None, ...]
    present: float | None
    sentence: str


@dataclass(frozen=True)
class SweepMap:
    """What is short at each pair of values: rows, then columns. ``present`` are the row and column of the present."""

    name: str
    row_words: str
    column_words: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    short: tuple[tuple[float | None, ...], ...]
    present: tuple[int | None, ...]
    what: str
    sentence: str


def sweep_line_figure(
    line: SweepLine, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw what is short against the value that is varied; a dashed line marks the present value.

    Parameters
    ----------
    line
        ``Sweep.line()``.
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
    name = title or f"{line.name}: {_short_words(line.words)}"
    with style.styled():
        if not line.at:
            return empty_sheet(ax, width, name, sweep_line_alt(line))
        sheet = open_sheet(ax, width, 2.5)
        labels = []
        look: dict[str, Any] = {"markersize": 5, "linewidth": 1.6, "clip_on": False, "zorder": 4}
        sheet.ax.plot(line.at, line.in_force, color=style.DARK_BLUE, marker="o", label="plans in force", **look)
        labels.append((line.in_force[-1], number(line.in_force[-1]), style.DARK_BLUE))
        found = [(x, y) for x, y in zip(line.at, line.planned or (), strict=False) if y is not None]
        if found:
            xs, ys = zip(*found, strict=True)
            sheet.ax.plot(xs, ys, color=style.PURPLE, marker="s", linestyle="--", label="after planning", **look)
            labels.append((ys[-1], number(ys[-1]), style.PURPLE))
        low, high = min(line.at), max(line.at)
        span = (high - low) or 1.0
        if line.present is not None and low - 1e-9 <= line.present <= high + 1e-9:
            sheet.ax.axvline(line.present, color=style.GREY, linestyle=":", linewidth=1.4, label="present value")
        sheet.ax.set_xlim(low - 0.02 * span, high + 0.02 * span)
        top = max([*line.in_force, *(y for _, y in found)])
        sheet.ax.set_ylim(0, max(top, 0.5) * 1.12)
        label_right(sheet, labels)
        round_ticks(sheet)
        round_ticks(sheet, "y", 6)
        small_ticks(sheet)
        axis_words(sheet, line.words, "Sessions a week short")
        return close_sheet(sheet, name, line.sentence)


def sweep_line_alt(line: SweepLine) -> str:
    """Alt text of :func:`sweep_line_figure`."""
    if not line.at:
        return NONE
    parts = [f"{number(y)} at {x:g}" for x, y in zip(line.at, line.in_force, strict=True)]
    said = f"Sessions a week short against {line.words}. {line.sentence} Plans in force: {listed(parts)}."
    planned = [f"{number(y)} at {x:g}" for x, y in zip(line.at, line.planned, strict=False) if y is not None]
    return f"{said} After planning: {listed(planned)}." if planned else said


def sweep_line_table(line: SweepLine) -> pd.DataFrame:
    """Return what is drawn: a row a value."""
    planned = line.planned or (None,) * len(line.at)
    frame = pd.DataFrame({"value": line.at, "in_force": line.in_force, "planned": planned})
    return frame.astype("float64")


def sweep_map_figure(
    heat: SweepMap, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw what is short at each pair of values as cells, darker where it is more, with the figure in each cell.

    Parameters
    ----------
    heat
        ``Sweep.map()``.
    ax
        Where to draw; default a new figure whose height follows the rows.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or f"{heat.name}: {_short_words(heat.row_words)} and {_short_words(heat.column_words)}"
    known = [short for row in heat.short for short in row if short is not None]
    with style.styled():
        if not known:
            return empty_sheet(ax, width, name, sweep_map_alt(heat))
        sheet = open_sheet(ax, width, ROW * len(heat.rows) + 0.6)
        _cells(sheet, heat, min(known), max(known))
        name_rows(sheet, [at + 0.5 for at in range(len(heat.rows))], folded_names(sheet.width, heat.rows, lines=1))
        _name_columns(sheet, heat)
        sheet.ax.set_xlim(0, len(heat.columns))
        sheet.ax.set_ylim(len(heat.rows), 0)
        for side in ("left", "bottom"):
            sheet.ax.spines[side].set_visible(False)
        small_ticks(sheet)
        axis_words(sheet, heat.column_words, heat.row_words)
        return close_sheet(sheet, name, heat.sentence, _map_key(heat, min(known), max(known)))


def _short_words(words: str) -> str:
    """A label inside a sentence: first letter lower, unless it is an abbreviation."""
    label = words.split(",")[0]
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _place(value: float, low: float, high: float) -> float:
    return 0.0 if high - low < 1e-9 else (value - low) / (high - low)


def _cells(sheet: Sheet, heat: SweepMap, low: float, high: float) -> None:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    colours = LinearSegmentedColormap.from_list("short", RAMP)
    decimals = _decimals(sheet, heat)
    for down, row in enumerate(heat.short):
        for across, short in enumerate(row):
            place = 0.0 if short is None else _place(short, low, high)
            fill = style.WHITE if short is None else colours(place)
            sheet.ax.add_patch(
                Rectangle((across, down), 1, 1, facecolor=fill, edgecolor=style.WHITE, linewidth=1.0,
                          hatch="xxx" if short is None else None)
            )  # fmt: skip
            if short is not None and decimals is not None:
                sheet.ax.text(
                    across + 0.5, down + 0.5, fixed(short, decimals), ha="center", va="center", fontsize=SMALL,
                    color=style.WHITE if _luminance(fill) < DARK else style.INK,
                )  # fmt: skip
    at_row, at_column = heat.present
    if at_row is not None and at_column is not None:
        sheet.ax.add_patch(
            Rectangle((at_column, at_row), 1, 1, fill=False, edgecolor=style.AMBER, linewidth=2.4, zorder=5)
        )


def _luminance(colour: Any) -> float:
    """Relative luminance of a colour, as WCAG defines it."""
    from matplotlib.colors import to_rgb

    linear = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in to_rgb(colour))
    return sum(share * each for share, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _cell_width(sheet: Sheet, heat: SweepMap) -> float:
    beside = max(text_width(words, SMALL) for words in heat.rows)
    return max(0.05, (sheet.width - beside - 0.75) / len(heat.columns))


def _decimals(sheet: Sheet, heat: SweepMap) -> int | None:
    """Decimals of the figures in the cells, as many as fit; None where no figure does."""
    known = [short for row in heat.short for short in row if short is not None]
    for decimals in (1, 0):
        widest = max(text_width(fixed(short, decimals), SMALL) for short in known)
        if widest + 0.06 <= _cell_width(sheet, heat):
            return decimals
    return None


def _name_columns(sheet: Sheet, heat: SweepMap) -> None:
    """Name as many columns as there is room for."""
    widest = max(text_width(words, SMALL) for words in heat.columns) + 0.08
    each = max(1, -(-int(1000 * widest) // int(1000 * _cell_width(sheet, heat))))
    at = range(0, len(heat.columns), each)
    sheet.ax.set_xticks([place + 0.5 for place in at], [heat.columns[place] for place in at], fontsize=SMALL)
    sheet.ax.tick_params(axis="x", length=0)


def _map_key(heat: SweepMap, low: float, high: float) -> Sequence[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    key: list[Artist] = [
        Patch(facecolor=RAMP[0], edgecolor=style.GREY, linewidth=0.5, label=f"{number(low)} short ({heat.what})"),
        Patch(facecolor=RAMP[-1], label=f"{number(high)} short"),
    ]
    if None not in heat.present:
        key.append(
            Line2D([], [], linestyle="", marker="s", markersize=7, color=style.WHITE, label="as it is",
                   markeredgecolor=style.AMBER, markeredgewidth=2)
        )  # fmt: skip
    if any(short is None for row in heat.short for short in row):
        key.append(Patch(facecolor=style.WHITE, edgecolor=style.GREY, hatch="xxx", linewidth=0.5, label="no answer"))
    return key


def sweep_map_alt(heat: SweepMap) -> str:
    """Alt text of :func:`sweep_map_figure`."""
    if all(short is None for row in heat.short for short in row):
        return NONE
    rows = []
    for words, row in zip(heat.rows, heat.short, strict=True):
        pairs = zip(heat.columns, row, strict=True)
        cells = [f"{column} {'no answer' if short is None else number(short)}" for column, short in pairs]
        rows.append(f"{words}: {', '.join(cells)}")
    return (
        f"Sessions a week short ({heat.what}) by {_short_words(heat.row_words)} (rows) and"
        f" {_short_words(heat.column_words)}. {capital(heat.sentence)} {'; '.join(rows)}."
    )


def sweep_map_table(heat: SweepMap) -> pd.DataFrame:
    """Return what is drawn: a row a cell."""
    rows = [
        (row, column, short)
        for row, line in zip(heat.rows, heat.short, strict=True)
        for column, short in zip(heat.columns, line, strict=True)
        if short is not None
    ]
    return pd.DataFrame(rows, columns=["row", "column", "short"]).astype({"short": "float64"})
