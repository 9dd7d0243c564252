"""What a centile set in the past held of the weeks that followed: achieved beside nominal coverage.

As everywhere in these figures there are four things: the data, the figure, its alt text and the table of what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capacity.demand.backtest import BackTest
from capacity.report import style
from capacity.report.figures_demand import LOOKS, SHORT_NAMES
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
)
from capacity.report.words import count, listed, ordinal

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COVERAGE_COLUMNS = ("series", "estimator", "share", "history", "achieved", "standard_error")
COLOURS = {"excel": style.BLUE, "harrell_davis": style.GREEN, "negative_binomial": style.PURPLE}
ROW = 0.2
"""Inches of one estimator."""


def coverage_rows(tests: Mapping[str, BackTest]) -> pd.DataFrame:
    """Return the coverage of back-tests as a tidy frame.

    Parameters
    ----------
    tests
        Name of the series -> its back-test.

    Returns
    -------
    DataFrame
        Columns: series, estimator, share (nominal), history (weeks sized from), achieved and standard_error (missing
        where not known), one row each.
    """
    rows = [
        (series, row.estimator, row.share, row.history, row.achieved, row.standard_error)
        for series, test in tests.items()
        for row in test.rows
    ]
    frame = pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))
    return frame.astype({"share": float, "history": int, "achieved": float, "standard_error": float})


def coverage_figure(
    rows: pd.DataFrame, ax: Axes | None = None, *, title: str | None = None, reason: str = "", width: float = PAPER
) -> Figure:
    """Draw achieved against nominal coverage by length of history and estimator.

    One series has whiskers of two standard errors. Several have a small mark each and a large one at their mean.

    Parameters
    ----------
    rows
        :func:`coverage_rows`.
    ax
        Where to draw; default a new figure whose height follows the rows.
    title
        Shown above.
    reason
        Said where there is nothing to draw (``BackTest.reason``).
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or "What a centile really held of the next weeks"
    with style.styled():
        if rows.empty:
            return empty_sheet(ax, width, name, coverage_alt(rows, reason))
        groups = _groups(rows)
        estimators = _estimators(rows)
        tall = ROW * len(estimators) + 0.14
        sheet = open_sheet(ax, width, tall * len(groups) + 0.55)
        for place, (share, history) in enumerate(groups):
            own = rows[(rows["share"] == share) & (rows["history"] == history)]
            for at, estimator in enumerate(estimators):
                height = place + (at - (len(estimators) - 1) / 2) * ROW / tall
                _draw_estimator(sheet, height, str(estimator), own[own["estimator"] == estimator])
            sheet.ax.plot([share * 100] * 2, [place - 0.46, place + 0.46], color=style.INK, linewidth=1.6, zorder=2)
        names = [f"{ordinal(share)}, {count(history, 'week')} of history" for share, history in groups]
        name_rows(sheet, range(len(groups)), folded_names(width, names))
        sheet.ax.set_ylim(len(groups) - 0.45, -0.55)
        _set_percent(sheet, rows)
        small_ticks(sheet)
        axis_words(sheet, "Share of the next weeks within the level")
        return close_sheet(sheet, name, _says(rows), _key(rows))


def coverage_alt(rows: pd.DataFrame, reason: str = "") -> str:
    """Alt text of :func:`coverage_figure`."""
    if rows.empty:
        return f"There is no back-test{': ' + reason if reason else ''}."
    parts = []
    for share, history in _groups(rows):
        own = rows[(rows["share"] == share) & (rows["history"] == history)].groupby("estimator", sort=False)["achieved"]
        each = [f"{SHORT_NAMES[str(estimator)]} {mean:.0%}" for estimator, mean in own.mean().items()]
        parts.append(f"nominal {share:.0%} from {count(history, 'week')}: {listed(each)}")
    return f"Achieved beside nominal coverage. {_says(rows)} {'; '.join(parts)}."


def coverage_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: the columns of :func:`coverage_rows`."""
    return rows.reindex(columns=list(COVERAGE_COLUMNS)).reset_index(drop=True)


def _groups(rows: pd.DataFrame) -> list[tuple[float, int]]:
    pairs = rows[["share", "history"]].drop_duplicates().sort_values(["share", "history"])
    return [(float(share), int(history)) for share, history in zip(pairs["share"], pairs["history"], strict=True)]


def _estimators(rows: pd.DataFrame) -> list[str]:
    return [estimator for estimator in SHORT_NAMES if (rows["estimator"] == estimator).any()]


def _several(rows: pd.DataFrame) -> bool:
    return len(set(rows["series"])) > 1


def _draw_estimator(sheet: Sheet, height: float, estimator: str, own: pd.DataFrame) -> None:
    if own.empty:
        return
    from matplotlib.transforms import blended_transform_factory

    achieved = own["achieved"].to_numpy(float) * 100
    marker, _ = LOOKS[estimator]
    colour = COLOURS[estimator]
    mean = float(achieved.mean())
    if len(own) > 1:
        sheet.ax.plot(
            achieved, np.full(achieved.size, height), linestyle="", marker="|", markersize=5, color=colour,
            markeredgewidth=0.8, zorder=3,
        )  # fmt: skip
    elif own["standard_error"].notna().all():
        reach = 200 * float(own["standard_error"].iloc[0])
        ends = [max(0.0, mean - reach), min(100.0, mean + reach)]
        sheet.ax.plot(ends, [height] * 2, color=colour, linewidth=1.6, zorder=3)
    sheet.ax.plot(
        [mean], [height], marker=marker, color=colour, markersize=5.5, markeredgecolor=style.INK, markeredgewidth=0.6,
        zorder=4,
    )  # fmt: skip
    place = blended_transform_factory(sheet.ax.transAxes, sheet.ax.transData)
    sheet.ax.text(1.015, height, f"{mean:.0f}%", transform=place, va="center", fontsize=SMALL)


def _set_percent(sheet: Sheet, rows: pd.DataFrame) -> None:
    spread = 0.0 if _several(rows) else 2 * float(rows["standard_error"].fillna(0.0).max())
    low = min(float(rows["achieved"].min()) - spread, float(rows["share"].min())) * 100
    sheet.ax.set_xlim(max(0.0, min(low - 4, 55.0)), 101)
    round_ticks(sheet, shown="{x:.0f}%")
    sheet.ax.grid(axis="x", color=style.PALE, linewidth=0.6)
    sheet.ax.set_axisbelow(True)


def _says(rows: pd.DataFrame) -> str:
    """The sentence: of the estimator that comes first, from the shortest to the longest history."""
    estimator = _estimators(rows)[0]
    share = float(rows["share"].min())
    own = rows[(rows["estimator"] == estimator) & (rows["share"] == share)]
    means = own.groupby("history")["achieved"].mean()
    each = [f"{mean:.0%} from {count(int(str(history)), 'week')}" for history, mean in means.items()]
    series = f", mean of {len(set(rows['series']))} series" if _several(rows) else ""
    return f"The {ordinal(share)} by {SHORT_NAMES[estimator]} held {listed(each)} of history{series}."


def _key(rows: pd.DataFrame) -> list[Artist]:
    from matplotlib.lines import Line2D

    key: list[Artist] = [Line2D([], [], color=style.INK, linewidth=1.6, label="nominal")]
    for estimator in _estimators(rows):
        key.append(
            Line2D([], [], linestyle="-", marker=LOOKS[estimator][0], color=COLOURS[estimator], markersize=5.5,
                   markeredgecolor=style.INK, markeredgewidth=0.6, label=SHORT_NAMES[estimator])
        )  # fmt: skip
    if _several(rows):
        key.append(Line2D([], [], linestyle="", marker="|", markersize=5, color=style.INK, label="one series"))
    elif rows["standard_error"].notna().any():
        key.append(Line2D([], [], color=style.INK, linewidth=1, label="± 2 standard errors"))
    return key
