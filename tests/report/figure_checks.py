"""What must hold of every figure, found by looking at the figure itself: text inside it, apart, and large enough."""

from __future__ import annotations

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from capacity.report import style

SMALLEST_LETTERS = 8.0
"""Points, at the width a figure is drawn for."""


def texts(figure: Figure) -> list[str]:
    """Every text that is drawn: heading, legend, labels, ticks."""
    return [text.get_text() for text, _ in _drawn(figure)]


def words(figure: Figure) -> str:
    """The same as one line, folded lines joined."""
    return " | ".join(text.replace("\n", " ") for text in texts(figure))


def problems(figure: Figure) -> list[str]:
    """What is wrong with the texts of a figure; empty where nothing is."""
    with style.styled():
        figure.draw_without_rendering()
        drawn = _drawn(figure)
    wide, high = figure.bbox.width, figure.bbox.height
    found = [
        f"outside: {text.get_text()!r}"
        for text, box in drawn
        if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > high + 1
    ]
    found += [f"small: {text.get_text()!r}" for text, _ in drawn if text.get_fontsize() < SMALLEST_LETTERS - 1e-9]
    found += [
        f"over each other: {one.get_text()!r} and {other.get_text()!r}"
        for (one, first), (other, second) in combinations(drawn, 2)
        if _overlap(first, second)
    ]
    return found


def _overlap(first: Bbox, second: Bbox) -> bool:
    wide = min(first.x1, second.x1) - max(first.x0, second.x0)
    high = min(first.y1, second.y1) - max(first.y0, second.y0)
    return bool(wide > 1 and high > 2.5)


def _drawn(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Texts that are drawn, with their place in dots."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    ticks: set[Text] = set()
    shown: set[Text] = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            ticks.update(label for tick in (*axis.majorTicks, *axis.minorTicks) for label in (tick.label1, tick.label2))
            if ax.axison:
                shown.update(tick.label1 for tick in axis._update_ticks())
    found = [
        text
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_visible() and text.get_text().strip()
    ]
    kept = [text for text in found if text not in ticks or text in shown]
    return [(text, text.get_window_extent(renderer)) for text in kept]
