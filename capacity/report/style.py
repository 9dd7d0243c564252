"""How every figure looks, and how it becomes bytes: the same figure gives the same bytes on every run."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DARK_BLUE = "#003087"
BLUE = "#005EB8"
LIGHT_BLUE = "#41B6E6"
GREEN = "#00A499"
AMBER = "#ED8B00"
PURPLE = "#7C2855"
INK = "#212B32"
GREY = "#768692"
PALE = "#E8EDEE"
WHITE = "#FFFFFF"

TINTS = {
    "rapid": "#FFE0A3",
    "routine": "#C5DDF3",
    "other": "#D5E8C8",
    "spa": "#C4E8E4",
    "role": "#E9D3E3",
    "time": "#EEF2F4",
}
"""Pale fills that dark text can be read on, by kind of time; every one also carries its letters."""

PARTS = {
    "DCC": (BLUE, ""),
    "duty": (DARK_BLUE, "///"),
    "SPA": ("#8FD9D2", ""),
    "roles": ("#D9A5C7", "\\\\\\"),
    "flexible": (PALE, "..."),
}
"""Part of a job plan -> fill and hatch. Neighbours differ in lightness as well as colour."""

DPI = 120
RC: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so letters are as wide on every machine
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": WHITE,
    "savefig.facecolor": WHITE,
    "svg.fonttype": "path",
    "svg.hashsalt": "capacity",
    "path.simplify": False,
}

_LOCK = threading.RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Draw or save inside this: the style holds here only, and one thread at a time (matplotlib's is global)."""
    import matplotlib

    with _LOCK, matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's matplotlibrc must not change the bytes
        matplotlib.rcParams.update(RC)
        yield


def new_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of that size in inches with one pair of axes laid out to fit it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def bare_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure whose one pair of axes fills it, for drawings measured in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.add_axes((0.0, 0.0, 1.0, 1.0))


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes belong to."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure")
    return figure


def svg_bytes(figure: Figure, alt: str, title: str = "") -> bytes:
    """Return the figure as SVG with ``alt`` as its description and no date: identical input, identical bytes."""
    metadata = {"Description": alt, "Date": None, "Creator": "capacity", **({"Title": title} if title else {})}
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    with styled():
        _lay_out(figure)
        FigureCanvasSVG(figure).print_svg(buffer, metadata=metadata)
    return buffer.getvalue()


def png_bytes(figure: Figure, alt: str, title: str = "", dpi: int = DPI) -> bytes:
    """Return the figure as PNG with ``alt`` as its description."""
    metadata = {"Description": alt, "Software": "capacity", **({"Title": title} if title else {})}
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    with styled():
        _lay_out(figure)
        figure.set_dpi(dpi)
        FigureCanvasAgg(figure).print_png(buffer, metadata=metadata)
    return buffer.getvalue()


def _lay_out(figure: Figure) -> None:
    """Place the axes once, for every form the figure is saved in.

    With this, and without ``savefig``, which draws every figure once more to measure it, pictures take half the time.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
