"""What one more of each would buy: a bar for each remedy, its parts the tiers, the best on top.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

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
    folded_names,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
    text_width,
)
from capacity.report.words import fixed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS = {
    "rapid_mean": ("rapid, below the mean", style.DARK_BLUE, ""),
    "routine": ("routine", style.LIGHT_BLUE, "///"),
    "rapid_headroom": ("rapid, headroom", style.AMBER, "..."),
}
"""Tier -> its words, colour and hatch."""
TITLE = "What one more of each would buy"


@dataclass(frozen=True)
class Bar:
    """One remedy: fewer sessions short a calendar week by tier, how sure that is, and its price in words (or blank)."""

    words: str
    tiers: dict[str, float]
    evidence: str
    price: str = ""

    @property
    def total(self) -> float:
        """Fewer sessions short in all."""
        return sum(self.tiers.values())


@dataclass(frozen=True)
class Bars:
    """Remedies that buy something, ranked as they are to be shown; ``nothing`` counts those that buy nothing."""

    bars: tuple[Bar, ...]
    nothing: int = 0


def remedies_figure(
    found: Bars, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER, most: int = 15
) -> Figure:
    """Draw what each remedy buys, in the order of rank.

    Parameters
    ----------
    found
        What to draw.
    ax
        Where to draw; default a new figure whose height follows the remedies.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.
    most
        Remedies to draw; the table has all.

    Returns
    -------
    Figure
    """
    name = title or TITLE
    with style.styled():
        bars = found.bars[:most]
        if not bars:
            return empty_sheet(ax, width, name, remedies_alt(found))
        sheet = open_sheet(ax, width, 0.42 * len(bars) + 0.5)
        for place, bar in enumerate(bars):
            _draw_bar(sheet, place, bar)
        names = folded_names(sheet.width, [bar.words for bar in bars])
        ends = [_end(bar, sheet.narrow) for bar in bars]
        _set_scale(sheet, bars, names, ends)
        for place, (bar, words) in enumerate(zip(bars, ends, strict=True)):
            low, high = sheet.ax.get_xlim()
            right = sum(value for value in bar.tiers.values() if value > 0)
            sheet.ax.text(right + 0.01 * (high - low), place, words, va="center", ha="left", fontsize=SMALL)
        sheet.ax.axvline(0, color=style.INK, linewidth=1.0)
        name_rows(sheet, range(len(bars)), names)
        sheet.ax.set_ylim(len(bars) - 0.45, -0.55)
        small_ticks(sheet)
        axis_words(sheet, "Fewer short a week" if sheet.narrow else "Fewer sessions short a calendar week")
        return close_sheet(sheet, name, _says(found), _key(bars))


def remedies_alt(found: Bars) -> str:
    """Alt text of :func:`remedies_figure`."""
    if not found.bars:
        return "No remedy that was tried buys anything." if found.nothing else "Nothing is short, so nothing is bought."
    each = [
        f"{bar.words}: {fixed(bar.total, 2)}"
        + f" ({', '.join(f'{LOOKS[tier][0]} {fixed(value, 2)}' for tier, value in bar.tiers.items() if value)};"
        + f" {bar.evidence})"
        for bar in found.bars
    ]
    return f"{_says(found)} Fewer sessions short a week, the best first: {'; '.join(each)}."


def remedies_table(found: Bars) -> pd.DataFrame:
    """Return what is drawn, ranked: remedy, a column a tier, total, evidence, price."""
    rows = [
        (bar.words, *(bar.tiers.get(tier, 0.0) for tier in LOOKS), bar.total, bar.evidence, bar.price)
        for bar in found.bars
    ]
    return pd.DataFrame(rows, columns=["remedy", *LOOKS, "total", "evidence", "price"])


def _draw_bar(sheet: Sheet, place: float, bar: Bar) -> None:
    ahead, behind = 0.0, 0.0
    for tier, (_, colour, hatch) in LOOKS.items():
        value = bar.tiers.get(tier, 0.0)
        if not value:
            continue
        start = ahead if value > 0 else behind
        sheet.ax.barh(
            place, value, 0.56, left=start, color=colour, hatch=hatch, edgecolor=style.WHITE, linewidth=0.5
        )  # fmt: skip
        if value > 0:
            ahead += value
        else:
            behind += value


def _end(bar: Bar, narrow: bool) -> str:
    """What stands at the end of a bar."""
    sure = {"proven": "", "at least": "at least ", "not proven": "about "}[bar.evidence]
    words = f"{sure}{fixed(bar.total, 2)}"
    return words if narrow or not bar.price else f"{words}, {bar.price}"


def _set_scale(sheet: Sheet, bars: tuple[Bar, ...], names: list[str], ends: list[str]) -> None:
    """Leave room at the right for the words at the ends."""
    low = min(0.0, *(sum(value for value in bar.tiers.values() if value < 0) for bar in bars))
    high = max(0.01, *(sum(value for value in bar.tiers.values() if value > 0) for bar in bars))
    beside = max(text_width(line, SMALL) for name in names for line in name.split("\n"))
    inches = max(1.2, sheet.width - beside - 0.4)
    words = max(text_width(end, SMALL) for end in ends) + 0.15
    span = (high - low) / max(0.25, 1 - words / inches)
    sheet.ax.set_xlim(low - (0.02 * span if low else 0.0), low + span)
    round_ticks(sheet, most=8)


def _says(found: Bars) -> str:
    best = found.bars[0]
    sure = {"proven": "", "at least": "at least ", "not proven": "about "}[best.evidence]
    words = f"{best.words} buys most of what matters most: {sure}{fixed(best.total, 2)} sessions a week"
    if found.nothing:
        others = "1 other tried buys" if found.nothing == 1 else f"{found.nothing} others tried buy"
        words += f"; {others} nothing"
    return f"{words}."


def _key(bars: tuple[Bar, ...]) -> list[Artist]:
    from matplotlib.patches import Patch

    used = [tier for tier in LOOKS if any(bar.tiers.get(tier) for bar in bars)]
    return [
        Patch(
            facecolor=LOOKS[tier][1], hatch=LOOKS[tier][2], edgecolor=style.WHITE, linewidth=0.5, label=LOOKS[tier][0]
        )
        for tier in used
    ]
