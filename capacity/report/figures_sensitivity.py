"""What moves the gap most: a bar for each assumption, the largest effect on top.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from capacity.report.words import fixed, number
from capacity.supply.calendar import TOTAL

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from capacity.supply.sensitivity import Sensitivity


NO_EFFECT = 0.005
"""Sessions a week that would show as 0.00."""


@dataclass(frozen=True)
class Swing:
    """What one assumption does: the gap where it is lower and where it is higher, each with its words."""

    factor: str
    low_words: str
    low: float
    high_words: str
    high: float

    @property
    def size(self) -> float:
        """How far apart the two are."""
        return abs(self.high - self.low)


@dataclass(frozen=True)
class Tornado:
    """The gap as it is (``base``) and with each assumption changed, in ``unit``."""

    base: float
    swings: tuple[Swing, ...]
    unit: str = "sessions a week"

    @property
    def ranked(self) -> tuple[Swing, ...]:
        """The largest effect first; equal ones in the order given."""
        return tuple(
            sorted(self.swings, key=lambda swing: -max(abs(swing.low - self.base), abs(swing.high - self.base)))
        )


def tornado_of(sensitivity: Sensitivity) -> Tornado:
    """Return the data of ``Gap.sensitivity``: the total gap in sessions, and each assumption a step down and up.

    Assumptions whose step cannot be worked out are left out.
    """
    of_all = sensitivity.base["activity"] == TOTAL
    base = float(sensitivity.base.loc[of_all, "gap"].fillna(0.0).sum())
    swings = []
    for row in sensitivity.ranked.to_dict("records"):
        step = str(row["step"]).removeprefix("± ")
        if pd.notna(row["down"]) and pd.notna(row["up"]):
            label = str(row["label"])
            swings.append(Swing(label, f"-{step}", base + row["down"], f"+{step}", base + row["up"]))
    return Tornado(base, tuple(swings))


def tornado_figure(
    tornado: Tornado, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER, most: int = 15
) -> Figure:
    """Draw what each assumption does to the gap, the largest effect on top.

    Parameters
    ----------
    tornado
        What to draw.
    ax
        Where to draw; default a new figure whose height follows the assumptions.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.
    most
        Assumptions to draw; the table has all.

    Returns
    -------
    Figure
    """
    name = title or "What moves the gap most"
    with style.styled():
        swings = tornado.ranked[:most]
        if not swings:
            return empty_sheet(ax, width, name, tornado_alt(tornado))
        sheet = open_sheet(ax, width, 0.46 * len(swings) + 0.5)
        for place, swing in enumerate(swings):
            for at, value in enumerate((swing.low, swing.high)):
                _draw_swing(sheet, place + (at - 0.5) * 0.36, tornado.base, value)
        _set_swing_scale(sheet, tornado, swings)
        for place, swing in enumerate(swings):
            for at, (words, value) in enumerate(_ends(sheet, swing, tornado.base)):
                _write_swing(sheet, place + (at - 0.5) * 0.36, tornado.base, value, words)
        sheet.ax.axvline(tornado.base, color=style.INK, linewidth=1.2)
        name_rows(sheet, range(len(swings)), _names(sheet, swings))
        sheet.ax.set_ylim(len(swings) - 0.45, -0.55)
        small_ticks(sheet)
        axis_words(sheet, "Gap (above 0: short)" if sheet.narrow else f"Gap, {tornado.unit} (above 0: short)")
        return close_sheet(sheet, name, _says_tornado(tornado), _tornado_key(tornado))


def tornado_alt(tornado: Tornado) -> str:
    """Alt text of :func:`tornado_figure`."""
    if not tornado.swings:
        return "No assumption is varied."
    each = [
        f"{swing.factor} ({swing.low_words} {_signed(swing.low - tornado.base)}, {swing.high_words}"
        f" {_signed(swing.high - tornado.base)})"
        for swing in tornado.ranked
    ]
    return f"{_says_tornado(tornado)} Effects, the largest first: {'; '.join(each)}."


def tornado_table(tornado: Tornado) -> pd.DataFrame:
    """Return what is drawn, ranked: factor, low_words, low, low_effect, high_words, high, high_effect, base."""
    rows = [
        (swing.factor, swing.low_words, swing.low, swing.low - tornado.base, swing.high_words, swing.high,
         swing.high - tornado.base, tornado.base)
        for swing in tornado.ranked
    ]  # fmt: skip
    columns = ["factor", "low_words", "low", "low_effect", "high_words", "high", "high_effect", "base"]
    return pd.DataFrame(rows, columns=columns)


def _draw_swing(sheet: Sheet, height: float, base: float, value: float) -> None:
    more = value > base
    sheet.ax.barh(
        height, value - base, 0.34, left=base, color=style.AMBER if more else style.GREEN,
        hatch="///" if more else "...", edgecolor=style.DARK_BLUE, linewidth=0.5,
    )  # fmt: skip


def _names(sheet: Sheet, swings: Sequence[Swing]) -> list[str]:
    """The assumptions; on a narrow sheet with the two cases, for which there is no room beside the bars."""
    if not sheet.narrow:
        return folded_names(sheet.width, [swing.factor for swing in swings])
    cases = folded_names(sheet.width, [_cases(swing) for swing in swings], lines=1)
    factors = folded_names(sheet.width, [swing.factor for swing in swings], lines=2)
    return [f"{factor}\n{case}" for factor, case in zip(factors, cases, strict=True)]


def _cases(swing: Swing) -> str:
    """``-5 % / +5 %`` as ``± 5 %``."""
    if swing.low_words[:1] == "-" and swing.high_words == f"+{swing.low_words[1:]}":
        return f"± {swing.low_words[1:]}"
    return f"{swing.low_words} / {swing.high_words}"


def _ends(sheet: Sheet, swing: Swing, base: float) -> list[tuple[str, float]]:
    """Words and value at the end of each bar."""
    cases = ((swing.low_words, swing.low), (swing.high_words, swing.high))
    return [(("" if sheet.narrow else f"{words}: ") + _signed(value - base), value) for words, value in cases]


def _set_swing_scale(sheet: Sheet, tornado: Tornado, swings: Sequence[Swing]) -> None:
    """Leave room at both ends for the widest words."""
    written = [end for swing in swings for end in _ends(sheet, swing, tornado.base)]
    low = min([tornado.base, *(value for _, value in written)])
    high = max([tornado.base, *(value for _, value in written)])
    span = max(high - low, 0.5)
    beside = max(text_width(line, SMALL) for name in _names(sheet, swings) for line in name.split("\n"))
    inches = max(1.2, sheet.width - beside - 0.4)
    left, right = (
        max((text_width(words, SMALL) + 0.12 for words, value in written if (value >= tornado.base) is up), default=0.0)
        for up in (False, True)
    )
    scale = span / (inches * max(0.2, 1 - (left + right) / inches))
    middle = (low + high) / 2
    sheet.ax.set_xlim(middle - span / 2 - left * scale, middle + span / 2 + right * scale)
    round_ticks(sheet, most=10)


def _write_swing(sheet: Sheet, height: float, base: float, value: float, words: str) -> None:
    low, high = sheet.ax.get_xlim()
    right = value >= base
    sheet.ax.text(
        value + (1 if right else -1) * 0.008 * (high - low), height, words, va="center",
        ha="left" if right else "right", fontsize=SMALL,
    )  # fmt: skip


def _signed(value: float) -> str:
    shown = fixed(abs(value), 2 if abs(value) < 0.995 else 1)
    return "0" if not shown.strip("0.") else f"{'+' if value > 0 else '-'}{shown}"


def _says_tornado(tornado: Tornado) -> str:
    first = tornado.ranked[0]
    low, high = sorted((first.low, first.high))
    words = f"As it is: {_gap_words(tornado.base)} {tornado.unit}"
    if max(abs(low - tornado.base), abs(high - tornado.base)) < NO_EFFECT:
        return f"{words}, and none of these moves it."
    return f"{words}. {first.factor}: the largest effect, from {_gap_words(low)} to {_gap_words(high)}."


def _gap_words(gap: float) -> str:
    """``short 2.3`` or ``spare 1.1``."""
    return f"{'short' if gap > 0 else 'spare'} {number(abs(gap))}"


def _tornado_key(tornado: Tornado) -> list[Artist]:
    from matplotlib.patches import Patch

    values = [value for swing in tornado.swings for value in (swing.low, swing.high)]
    looks = (
        ("gap grows", style.AMBER, "///", any(value > tornado.base for value in values)),
        ("gap shrinks", style.GREEN, "...", any(value < tornado.base for value in values)),
    )
    return [
        Patch(facecolor=colour, hatch=hatch, edgecolor=style.DARK_BLUE, linewidth=0.5, label=words)
        for words, colour, hatch, found in looks
        if found
    ]
