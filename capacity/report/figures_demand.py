"""How demand spreads: a histogram of the weeks, with what each rule makes of them.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from capacity.demand.result import Demand
from capacity.demand.sizing import summarise
from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    SMALL,
    Sheet,
    axis_words,
    close_sheet,
    counting_ticks,
    empty_sheet,
    open_sheet,
    small_ticks,
)
from capacity.report.words import count, listed, number, ordinal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHORT_NAMES = {"excel": "Excel", "harrell_davis": "Harrell-Davis", "negative_binomial": "neg. binomial"}
LOOKS = {"excel": ("o", "-"), "harrell_davis": ("s", "--"), "negative_binomial": ("D", ":")}
"""Estimator -> marker and line."""
HISTOGRAM_COLUMNS = ("from", "to", "weeks", "expected")


@dataclass(frozen=True)
class Level:
    """A centile by one estimator; ``lower`` and ``upper`` are None where there is no interval."""

    key: str
    value: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, eq=False)
class WeekCounts:
    """Demand of each week at the plan year and the levels made of it.

    ``amounts`` are of shape (weeks,), ``share`` is the centile, ``sized_at`` the key of the level that sizes it (of
    ``levels``, or ``mean``; blank for none). ``unit`` is what one patient adds to an amount, growth and share of a
    series included; None where it is not known, so that nothing that counts patients can be fitted. ``by_week`` is
    False for rates of months, whose spread is not that of weeks.
    """

    name: str
    amounts: NDArray[np.floating[Any]]
    share: float
    levels: tuple[Level, ...]
    sized_at: str = ""
    unit: float | None = 1.0
    by_week: bool = True
    measure: str = "Referrals a week"


@dataclass(frozen=True)
class _Bins:
    edges: NDArray[np.floating[Any]]
    weeks: NDArray[np.floating[Any]]
    expected: NDArray[np.floating[Any]] | None


def week_counts(demand: Demand, stream: str) -> WeekCounts:
    """Return the histogram data of a stream: its weeks with growth, and the centiles of its published figures."""
    json = demand.streams_json.get(stream, {})
    sizing: Mapping[str, Any] = json.get("sizing") or {}
    growth = json.get("growth_factor")
    received = demand.weekly.loc[demand.weekly["stream"] == stream, "referrals"].to_numpy(dtype=float)
    factor = 1.0 if growth is None else float(growth)
    estimates: Mapping[str, Any] = sizing.get("estimates") or {}
    centile: Mapping[str, Any] = sizing.get("centile") or {}
    levels = tuple(
        Level(key, float(found["value"]), *(found["interval"] or (None, None))) for key, found in estimates.items()
    )
    used = next((key for key, found in estimates.items() if found["name"] == centile.get("estimator")), "")
    measure = "Patients (census)" if json.get("kind") == "caseload" else "Referrals a week"
    return WeekCounts(
        name=str(json.get("name") or stream),
        amounts=received * factor,
        share=float(centile.get("share") or 0.8),
        levels=levels,
        sized_at=used if json.get("sized_at") == "centile" else str(json.get("sized_at") or ""),
        unit=None if json.get("generated_by") else factor * float(json.get("share") or 1.0),
        by_week=json.get("basis", "week") == "week",
        measure=measure,
    )


def histogram_figure(
    counts: WeekCounts, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw how many weeks had which demand, the negative binomial beside it, and below them the levels.

    Each level has a row of its own: the mean, and the centile by each estimator with its interval. The level that
    sizes the stream is drawn through the bars.

    Parameters
    ----------
    counts
        What to draw (:func:`week_counts`).
    ax
        Where to draw; default a new figure.
    title
        Shown above; default the name.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or f"{counts.name}: how its weeks vary"
    with style.styled():
        if counts.amounts.size == 0:
            return empty_sheet(ax, width, name, histogram_alt(counts))
        rows = _rows(counts)
        sheet = open_sheet(ax, width, 2.1 + 0.19 * len(rows))
        bins = _bins(counts, 14 if sheet.narrow else 26)
        top = 1.08 * max([1.0, *bins.weeks, *([] if bins.expected is None else bins.expected)])
        _draw_bars(sheet, counts, bins)
        row = top / 1.6 * 0.19
        _draw_rows(sheet, counts, rows, top, row)
        sheet.ax.set_ylim(-row * (len(rows) + 0.8), top)
        _set_ticks(sheet, rows, top, row)
        low, high = sheet.ax.get_xlim()
        sheet.ax.set_xlim(min(low, (low + high) / 2 - 2), max(high, (low + high) / 2 + 2))
        counting_ticks(sheet, "x", 4 if sheet.narrow else 8)
        small_ticks(sheet)
        axis_words(sheet, f"{counts.measure}, at the level of the plan year")
        return close_sheet(sheet, name, _says(counts))


def histogram_alt(counts: WeekCounts) -> str:
    """Alt text of :func:`histogram_figure`."""
    if counts.amounts.size == 0:
        return f"{counts.name}: no weeks of demand, so there is nothing to count."
    values = counts.amounts
    others = [f"{SHORT_NAMES[level.key]} {_valued(level)}" for level in counts.levels]
    levels = f" {ordinal(counts.share)}: {listed(others)}." if others else ""
    return (
        f"Histogram of {counts.name}, {counts.measure.lower()}, lowest {number(float(values.min()))}, highest"
        f" {number(float(values.max()))}. {_says(counts)}{levels}"
    )


def histogram_table(counts: WeekCounts, most: int = 26) -> pd.DataFrame:
    """Return the bars: columns from and to (demand, both included), weeks and expected (by the negative binomial).

    ``expected`` is missing where nothing is fitted: rates of months, or no demand.
    """
    if counts.amounts.size == 0:
        return pd.DataFrame(columns=list(HISTOGRAM_COLUMNS), dtype=float)
    bins = _bins(counts, most)
    half = (counts.unit or 1.0) / 2
    expected = np.full(bins.weeks.size, np.nan) if bins.expected is None else bins.expected
    columns = (bins.edges[:-1] + half, bins.edges[1:] - half, bins.weeks, expected)
    return pd.DataFrame(dict(zip(HISTOGRAM_COLUMNS, columns, strict=True)))


def levels_table(counts: WeekCounts) -> pd.DataFrame:
    """Return the rows below the bars: level, value, lower, upper (missing: no interval) and sizes (bool)."""
    rows = [(_row_name(level, counts), level.value, level.lower, level.upper) for level in _rows(counts)]
    frame = pd.DataFrame(rows, columns=["level", "value", "lower", "upper"])
    frame["sizes"] = [level.key == counts.sized_at for level in _rows(counts)]
    return frame.astype({"value": float, "lower": float, "upper": float})


def _rows(counts: WeekCounts) -> list[Level]:
    mean = [Level("mean", float(counts.amounts.mean()))] if counts.amounts.size else []
    return mean + list(counts.levels)


def _row_name(level: Level, counts: WeekCounts) -> str:
    return "mean" if level.key == "mean" else SHORT_NAMES[level.key]


def _valued(level: Level) -> str:
    if level.lower is None or level.upper is None:
        return number(level.value)
    return f"{number(level.value)} ({number(level.lower)} to {number(level.upper)})"


def _says(counts: WeekCounts) -> str:
    summary = summarise(counts.amounts)
    words = f"{count(summary.weeks, 'week' if counts.by_week else 'month')}: mean {number(summary.mean)}"
    if summary.dispersion is not None and counts.by_week and counts.unit is not None:
        words += f", variance {number(summary.dispersion / counts.unit)} times the mean (1 if Poisson)"
    sized = next((level for level in _rows(counts) if level.key == counts.sized_at), None)
    if sized is not None and sized.key == "mean":
        return f"{words}. Sized at the mean."
    if sized is None:
        return f"{words}. Sized by day." if counts.sized_at == "days" else f"{words}."
    within = int((counts.amounts <= sized.value * (1 + 1e-9)).sum())
    held = f", which held {within} of {count(summary.weeks, 'week')}" if counts.by_week else ""
    return f"{words}. Sized at the {ordinal(counts.share)} by {SHORT_NAMES[sized.key]}, {number(sized.value)}{held}."


def _bins(counts: WeekCounts, most: int) -> _Bins:
    """Bars of a round number of patients, at most so many."""
    unit = counts.unit or 1.0
    patients = counts.amounts / unit
    low, high = math.floor(patients.min() + 1e-9), math.ceil(patients.max() - 1e-9)
    step = next(step for step in _round_numbers() if (high - low) // step + 1 <= most)
    first = low // step * step
    edges = first + step * np.arange((high - first) // step + 2) - 0.5
    weeks = np.histogram(patients, edges)[0].astype(float)
    return _Bins(edges * unit, weeks, _expected(counts, patients, edges))


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, ... without end."""
    return (digit * 10**zeros for zeros in itertools.count() for digit in (1, 2, 5))


def _expected(
    counts: WeekCounts, patients: NDArray[np.floating[Any]], edges: NDArray[np.floating[Any]]
) -> NDArray[np.floating[Any]] | None:
    """Weeks expected in each bar by a negative binomial of the same mean and variance; Poisson where it is no wider."""
    mean = float(patients.mean())
    if not counts.by_week or counts.unit is None or mean <= 0 or patients.size < 2:
        return None
    phi = float(patients.var(ddof=1)) / mean
    whole = np.floor(edges)
    below = poisson.cdf(whole, mean) if phi <= 1 + 1e-9 else nbinom.cdf(whole, mean / (phi - 1), 1 / phi)
    return np.asarray(np.diff(below) * patients.size)


def _draw_bars(sheet: Sheet, counts: WeekCounts, bins: _Bins) -> None:
    wide = np.diff(bins.edges)
    sheet.ax.bar(
        bins.edges[:-1], bins.weeks, wide, align="edge", color=style.TINTS["routine"], edgecolor=style.BLUE,
        linewidth=0.6, label="weeks" if counts.by_week else "months",
    )  # fmt: skip
    if bins.expected is not None:
        middle = bins.edges[:-1] + wide / 2
        sheet.ax.plot(
            middle, bins.expected, color=style.PURPLE, linestyle="-.", linewidth=1.2, marker=".", markersize=3,
            label="negative binomial of the same mean and variance",
        )  # fmt: skip
    sheet.ax.axhline(0, color=style.GREY, linewidth=0.8)


def _draw_rows(sheet: Sheet, counts: WeekCounts, rows: list[Level], top: float, row: float) -> None:
    """Each level as a mark with its interval in a row below the bars; the one that sizes goes up through them."""
    from matplotlib.transforms import blended_transform_factory

    place = blended_transform_factory(sheet.ax.transAxes, sheet.ax.transData)
    for position, level in enumerate(rows):
        height = -row * (position + 0.8)
        sizes = level.key == counts.sized_at
        marker, line = ("|", "-") if level.key == "mean" else LOOKS[level.key]
        colour = style.BLUE if level.key == "mean" else style.DARK_BLUE
        if level.lower is not None and level.upper is not None:
            sheet.ax.plot([level.lower, level.upper], [height] * 2, color=colour, linewidth=2, linestyle=line)
            if sizes:
                sheet.ax.fill_betweenx(
                    [height, top], level.lower, level.upper, color=style.LIGHT_BLUE, alpha=0.22, linewidth=0,
                    label="90% interval", zorder=0,
                )  # fmt: skip
        sheet.ax.plot(
            [level.value], [height], marker=marker, color=colour, markersize=7 if marker == "|" else 5,
            markeredgewidth=1.6, zorder=5,
        )  # fmt: skip
        if sizes:
            words = "mean" if level.key == "mean" else f"{ordinal(counts.share)}, {SHORT_NAMES[level.key]}"
            sheet.ax.plot(
                [level.value] * 2, [height, top], color=style.DARK_BLUE, linewidth=1.4, zorder=4,
                label=f"sized at: {words}",
            )  # fmt: skip
        sheet.ax.text(
            1.015, height, number(level.value) if sheet.narrow else _valued(level), transform=place, va="center",
            fontsize=SMALL, color=colour, fontweight="bold" if sizes else "normal",
        )  # fmt: skip


def _set_ticks(sheet: Sheet, rows: list[Level], top: float, row: float) -> None:
    """Counts beside the bars, names beside the levels."""
    from matplotlib.ticker import MaxNLocator

    ticks = [
        float(tick)
        for tick in MaxNLocator(nbins=4, integer=True, steps=[1, 2, 5, 10]).tick_values(0, top)
        if 0 <= tick <= top
    ]
    names = ["mean" if level.key == "mean" else SHORT_NAMES[level.key] for level in rows]
    labels = [f"{tick:,.0f}" for tick in ticks]
    sheet.ax.set_yticks(ticks + [-row * (position + 0.8) for position in range(len(rows))], labels + names)
