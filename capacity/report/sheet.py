"""What the figures of demand and gap share: sizes, text that fits, a heading, a legend, labels that keep apart.

A figure is drawn at the width it is shown at, so that its letters are as large as said here: ``PAPER`` for documents,
``PHONE`` for a narrow screen. Text is measured, never guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from capacity.report import style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER = 6.7
"""Inches between the margins of an A4 page."""
PHONE = 3.6
"""Inches of a telephone held upright."""
NARROW = 5.0
"""Below this many inches there are fewer ticks and shorter words."""
MARGIN = 0.06
TITLE, TEXT, SMALL = 11.0, 8.5, 8.0
"""Sizes of letters in points; none is smaller."""
LINE = 1.25
"""Height of a line of text in sizes of its letters."""
POINTS = 72.0
HINTING = 1.02
"""On a screen letters are moved to whole dots, which may make a line a little longer than its outlines."""
AXES_SHARE = 0.6
"""Of the width given, about what the axes have beside names and labels."""
NAME_SHARE = 0.36
"""Most of the width that names beside the rows may take."""


@dataclass
class Sheet:
    """Axes to draw on, the inches they have, and whether the figure is ours to lay out.

    ``width`` is that of the whole figure (axes given by the caller: of their place in it), ``body`` the height of the
    axes with their ticks, without the heading.
    """

    ax: Axes
    width: float
    body: float
    own: bool
    beside: float = 0.0
    """Inches that labels to the right of the axes take."""

    @property
    def narrow(self) -> bool:
        """Whether there is room for few words only."""
        return self.width < NARROW


def open_sheet(ax: Axes | None, width: float, body: float) -> Sheet:
    """Return the sheet to draw on: a new figure of that width, or the axes given.

    Parameters
    ----------
    ax
        Axes of the caller; their place in their figure takes precedence over ``width`` and ``body``.
    width, body
        Inches of a new figure, and of its axes from the foot of their labels to their top.
    """
    if ax is None:
        _, ax = style.new_axes(width, body)
        return Sheet(ax, width, body, True)
    place, whole = ax.get_position(), style.figure_of(ax).get_size_inches()
    return Sheet(ax, float(whole[0]) * place.width / 0.775, float(whole[1]) * place.height / 0.77, False)


def close_sheet(sheet: Sheet, title: str, says: str = "", key: Sequence[Artist] | None = None) -> Figure:
    """Write the heading (title, what the figure says, legend) and return the figure.

    A figure of our own grows by the height of its heading. On axes given by the caller the heading stands above them.
    ``key`` are the entries of the legend, each with its label; default those of what is drawn.
    """
    figure = style.figure_of(sheet.ax)
    handles, labels = sheet.ax.get_legend_handles_labels() if key is None else (key, [str(k.get_label()) for k in key])
    room = sheet.width - 2 * MARGIN if sheet.own else sheet.width * AXES_SHARE
    titled, said = folded(title, room, TITLE, bold=True), folded(says, room, TEXT)
    columns = _legend_columns(labels, room)
    heights = [height_of(titled, TITLE), height_of(said, TEXT), _legend_height(labels, columns)]
    if sheet.own:
        _head_of_figure(sheet, figure, (titled, said), heights, (handles, labels, columns))
    else:
        _head_of_axes(sheet, (titled, said), heights, (handles, labels, columns))
    return figure


def empty_sheet(ax: Axes | None, width: float, title: str, sentence: str) -> Figure:
    """Return a figure that says in a sentence why there is nothing to draw."""
    sheet = open_sheet(ax, width, 0.12)
    sheet.ax.set_axis_off()
    return close_sheet(sheet, title, sentence, key=())


@lru_cache(maxsize=8192)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in inches of a line of text."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=style.RC["font.family"], weight="bold" if bold else "normal", size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / POINTS * HINTING


def folded(text: str, inches: float, size: float, bold: bool = False, most: int | None = None) -> str:
    """Fold text into lines of at most so many inches; beyond ``most`` lines it ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold) <= inches:
            lines[-1] += f" {word}"
        else:
            lines += _pieces(word, inches, size, bold)
    if most is not None and len(lines) > most:
        last = lines[most - 1]
        while last and text_width(f"{last}…", size, bold) > inches:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last.rstrip()}…"]
    return "\n".join(lines)


def _pieces(word: str, inches: float, size: float, bold: bool) -> list[str]:
    """A word that is too long for a line, cut."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size, bold) > inches:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def height_of(text: str, size: float) -> float:
    """Inches that lines of text take; 0 for none."""
    return (text.count("\n") + 1) * size * LINE / POINTS if text else 0.0


def apart(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places for labels as near their values as can be, at least ``gap`` apart, from ``low`` to ``high``.

    The places keep the order of the values. Neighbours that would touch share their displacement (pool adjacent
    violators). Where there is no room for all of them they overlap evenly rather than leave the axes.
    """
    if not values:
        return []
    gap = min(gap, (high - low) / max(1, len(values) - 1))
    order = sorted(range(len(values)), key=lambda at: values[at])
    blocks: list[tuple[float, int]] = []
    for rank, at in enumerate(order):
        blocks.append((min(max(values[at], low), high) - rank * gap, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (first, many), (second, more) = blocks[-2:]
            blocks[-2:] = [((first * many + second * more) / (many + more), many + more)]
    level = [value for value, many in blocks for _ in range(many)]
    top = high - (len(values) - 1) * gap
    places = [0.0] * len(values)
    for rank, at in enumerate(order):
        places[at] = min(max(level[rank], low), top) + rank * gap
    return places


def label_right(sheet: Sheet, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write (value, words, colour) to the right of the axes at their values, kept apart. Call with the limits set."""
    from matplotlib.transforms import blended_transform_factory

    ax = sheet.ax
    low, high = sorted(ax.get_ylim())
    gap = SMALL * LINE / POINTS / max(0.3, sheet.body - 0.45) * (high - low)
    place = blended_transform_factory(ax.transAxes, ax.transData)
    sheet.beside = max((text_width(words, SMALL, bold=True) for _, words, _ in labels), default=0.0)
    heights = apart([value for value, _, _ in labels], gap, low + gap / 2, high - gap / 2)
    for height, (_, words, colour) in zip(heights, labels, strict=True):
        ax.text(1.015, height, words, transform=place, color=colour, va="center", fontsize=SMALL, fontweight="bold")


def folded_names(width: float, names: Sequence[str], lines: int = 2, bold: Sequence[bool] = ()) -> list[str]:
    """Fold names that stand beside rows to ``NAME_SHARE`` of the width and at most so many lines."""
    heavy = bold or [False] * len(names)
    pairs = zip(names, heavy, strict=True)
    return [folded(name, width * NAME_SHARE, SMALL, bold=is_bold, most=lines) for name, is_bold in pairs]


def name_rows(sheet: Sheet, places: Sequence[float], names: Sequence[str], bold: Sequence[bool] = ()) -> None:
    """Write names (of :func:`folded_names`) beside rows."""
    sheet.ax.set_yticks(list(places), list(names), fontsize=SMALL)
    sheet.ax.tick_params(axis="y", length=0)
    for label, is_bold in zip(sheet.ax.get_yticklabels(), bold or [False] * len(names), strict=True):
        label.set_fontweight("bold" if is_bold else "normal")


def small_ticks(sheet: Sheet) -> None:
    """Set the size of the tick labels."""
    sheet.ax.tick_params(labelsize=SMALL)


MONTH_STEPS = (1, 2, 3, 4, 6, 12, 24, 60, 120)
DAYS_PER_MONTH = 30.44


def date_ticks(sheet: Sheet, first: dt.date, last: dt.date) -> None:
    """Put ticks at the first of months, as many as there is room for; at both ends where they are near each other.

    Call with the labels to the right written, which take of the room.
    """
    from matplotlib.dates import DateFormatter, MonthLocator, YearLocator, date2num

    axis, months = sheet.ax.xaxis, (last - first).days / DAYS_PER_MONTH
    if months < 2:
        days = sorted({first, last})
        axis.set_ticks([float(date2num(day)) for day in days], [f"{day.day} {day:%b %Y}" for day in days])
        return
    month = "%b\n%Y" if sheet.narrow else "%b %Y"
    label = text_width("2026" if sheet.narrow else "Mar 2026", SMALL) + 0.12
    most = max(1.0, (sheet.width - sheet.beside - 0.6) / label)
    step = next((step for step in MONTH_STEPS if months / step + 1 <= most), MONTH_STEPS[-1])
    yearly = step >= 12
    axis.set_major_locator(YearLocator(step // 12) if yearly else MonthLocator(bymonth=range(1, 13, step)))
    axis.set_major_formatter(DateFormatter("%Y" if yearly else month))


def axis_words(sheet: Sheet, x: str = "", y: str = "") -> None:
    """Name the axes."""
    sheet.ax.set_xlabel(folded(x, sheet.width * 0.6, SMALL), fontsize=SMALL)
    sheet.ax.set_ylabel(folded(y, max(0.8, sheet.body - 0.5), SMALL), fontsize=SMALL)


def counting_ticks(sheet: Sheet, axis: str = "y", most: int = 5) -> None:
    """Put at most so many ticks at whole round numbers."""
    _ticks(sheet, axis, most, "{x:,.0f}", whole=True)


def round_ticks(sheet: Sheet, axis: str = "x", most: int = 8, shown: str = "{x:,g}") -> None:
    """Put at most so many ticks, half of them on a narrow sheet, at round numbers shown in a form."""
    _ticks(sheet, axis, most // 2 if sheet.narrow else most, shown, whole=False)


def _ticks(sheet: Sheet, axis: str, most: int, shown: str, whole: bool) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    which = sheet.ax.yaxis if axis == "y" else sheet.ax.xaxis
    which.set_major_locator(MaxNLocator(nbins=most, integer=whole, min_n_ticks=1, steps=[1, 2, 5, 10]))
    which.set_major_formatter(StrMethodFormatter(shown))


HANDLE, AFTER_HANDLE, BETWEEN = 2.0, 0.5, 1.4
"""Of a legend, in sizes of its letters."""


def _legend_columns(labels: Sequence[str], room: float) -> int:
    """The most columns whose entries fit the width."""
    entries = [text_width(label, SMALL) + (HANDLE + AFTER_HANDLE) * SMALL / POINTS for label in labels]
    for columns in range(len(labels), 1, -1):
        widths = [max(column) for column in _dealt(entries, columns)]
        if sum(widths) + (columns - 1) * BETWEEN * SMALL / POINTS <= room:
            return columns
    return 1


def _dealt(entries: Sequence[float], columns: int) -> list[Sequence[float]]:
    """Entries by column, as matplotlib deals them out: column by column, the first ones longer."""
    short, longer = divmod(len(entries), columns)
    ends = [0]
    for column in range(columns):
        ends.append(ends[-1] + short + (1 if column < longer else 0))
    return [entries[first:last] for first, last in pairwise(ends)]


def _legend_height(labels: Sequence[str], columns: int) -> float:
    return -(-len(labels) // columns) * (SMALL * 1.35) / POINTS if labels else 0.0


_Legend = tuple[Sequence[Any], Sequence[str], int]


def _legend_look(columns: int) -> dict[str, Any]:
    return {
        "ncols": columns, "fontsize": SMALL, "borderpad": 0.0, "borderaxespad": 0.0, "handlelength": HANDLE,
        "handletextpad": AFTER_HANDLE, "columnspacing": BETWEEN, "labelspacing": 0.3,
    }  # fmt: skip


def _head_of_figure(
    sheet: Sheet, figure: Figure, texts: tuple[str, str], heights: Sequence[float], legend: _Legend
) -> None:
    """Write the heading from the top of the figure down, in inches, and give the axes the rest."""
    space = [MARGIN if height else 0.0 for height in heights]
    height = MARGIN + sum(heights) + sum(space) + sheet.body
    figure.set_size_inches(sheet.width, height)
    left, down = MARGIN / sheet.width, MARGIN
    for text, size, weight, used, after in zip(texts, (TITLE, TEXT), ("bold", "normal"), heights, space, strict=False):
        if text:
            figure.text(left, 1 - down / height, text, fontsize=size, fontweight=weight, va="top", linespacing=1.15)
        down += used + after
    handles, labels, columns = legend
    if labels:
        corner = (left, 1 - down / height)
        figure.legend(handles, labels, loc="upper left", bbox_to_anchor=corner, **_legend_look(columns))
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, 0, 1, sheet.body / height))  # type: ignore[call-arg]


def _head_of_axes(sheet: Sheet, texts: tuple[str, str], heights: Sequence[float], legend: _Legend) -> None:
    """Write the heading above the axes, from the legend up."""
    titled, said = texts
    handles, labels, columns = legend
    up = 4.0
    if labels:
        sheet.ax.legend(
            handles, labels, loc="lower left", bbox_to_anchor=(0, 1.0 + up / POINTS / sheet.body),
            **_legend_look(columns),
        )  # fmt: skip
        up += heights[2] * POINTS + 4
    if said:
        sheet.ax.annotate(
            said, (0, 1), xycoords="axes fraction", xytext=(0, up), textcoords="offset points", fontsize=TEXT,
            va="bottom", linespacing=1.15,
        )  # fmt: skip
        up += heights[1] * POINTS + 4
    sheet.ax.set_title(titled, pad=up, fontsize=TITLE)
