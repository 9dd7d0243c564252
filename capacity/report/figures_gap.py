"""The gap: what each activity requires at each level, with intervals, against what is supplied.

As everywhere in these figures there are the data, the figure, its alt text and the table of what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
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
)
from capacity.report.words import count, fixed, listed, number

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS: dict[str, tuple[str, str, str]] = {
    "keep_up": ("keep up (mean)", "o", style.GREEN),
    "percentile": ("percentile", "s", style.AMBER),
    "service_level": ("service level", "D", style.PURPLE),
}
"""Level -> words, marker and colour."""
GAP_COLUMNS = (
    "activity", "name", "tier", "level", "used", "required", "lower", "upper", "supplied", "supplied_lower",
    "supplied_upper", "gap", "gap_lower", "gap_upper",
)  # fmt: skip
SMALL_GAP = 0.05
"""Sessions a week that one decimal would not show."""
ROW = 0.52
"""Inches of an activity."""


def gap_rows(by_level: pd.DataFrame, activities: pd.DataFrame) -> pd.DataFrame:
    """Return the requirement of each activity at each level beside its supply, rapid activities first.

    Parameters
    ----------
    by_level
        ``Gap.by_level``: activity, level, used, required, lower, upper, supplied and gap with their intervals.
    activities
        ``Gap.activities``: index activity; columns name and tier.

    Returns
    -------
    DataFrame
        One row an activity and level that is known, with the columns ``GAP_COLUMNS``, all in sessions a calendar week.
        Intervals are of 90 %, missing where there is none. Activities with neither requirement nor supply are left
        out; a fixed number of sessions, the same at every level, has the level that is used only, and no interval.
    """
    known = by_level[by_level["activity"].isin(activities.index) & by_level["required"].notna()]
    frame = known.join(activities[["name", "tier"]], on="activity").reindex(columns=list(GAP_COLUMNS))
    grouped = frame.groupby("activity", sort=False)
    frame = frame[grouped[["required", "supplied"]].transform("max").max(axis=1) > 0]
    fixed_sessions = (frame["lower"] == frame["upper"]).groupby(frame["activity"]).transform("all")
    frame = frame[~fixed_sessions | frame["used"]]
    frame.loc[fixed_sessions.reindex(frame.index), ["lower", "upper"]] = float("nan")
    order = (frame["tier"] != "rapid").sort_values(kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def gap_figure(rows: pd.DataFrame, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw what each activity requires at each level, with intervals, against what is supplied.

    Parameters
    ----------
    rows
        :func:`gap_rows`, or any frame with its columns.
    ax
        Where to draw; default a new figure whose height follows the activities.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or "Sessions required at each level, and supplied"
    with style.styled():
        activities = list(dict.fromkeys(rows["activity"]))
        if not activities:
            return empty_sheet(ax, width, name, gap_alt(rows))
        sheet = open_sheet(ax, width, ROW * len(activities) + 0.55)
        names = []
        for place, activity in enumerate(activities):
            own = rows[rows["activity"] == activity]
            _draw_activity(sheet, place, own)
            names.append(_name_of(own))
        _set_width(sheet, rows)
        _write_gaps(sheet, rows, activities)
        name_rows(sheet, range(len(activities)), folded_names(width, names, lines=3 if sheet.narrow else 2))
        sheet.ax.set_ylim(len(activities) - 0.45, -0.55)
        small_ticks(sheet)
        axis_words(sheet, "Sessions a week")
        return close_sheet(sheet, name, _says_gap(rows), _gap_key(rows))


def gap_alt(rows: pd.DataFrame) -> str:
    """Alt text of :func:`gap_figure`."""
    if rows.empty:
        return "No activity requires or is supplied with any sessions."
    parts = []
    for activity in dict.fromkeys(rows["activity"]):
        own = rows[rows["activity"] == activity]
        levels = [
            f"{LEVELS[str(level)][0]} {number(float(required))}"
            for level, required in zip(own["level"], own["required"], strict=True)
        ]
        parts.append(f"{own['name'].iloc[0]}: {listed(levels)}, supplied {number(float(own['supplied'].iloc[0]))}")
    return f"Sessions a week required at each level, and supplied. {_says_gap(rows)} {'; '.join(parts)}."


def gap_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: the columns of :func:`gap_rows`."""
    return rows.reindex(columns=list(GAP_COLUMNS)).reset_index(drop=True)


def _name_of(own: pd.DataFrame) -> str:
    rapid = " (rapid)" if own["tier"].iloc[0] == "rapid" else ""
    return f"{own['name'].iloc[0]}{rapid}"


def _draw_activity(sheet: Sheet, place: int, own: pd.DataFrame) -> None:
    """Supply as a bar; each level as a mark with its interval, one below the other, filled where it is used."""
    supplied = float(own["supplied"].iloc[0])
    sheet.ax.barh(place, supplied, 0.78, color=style.TINTS["routine"], edgecolor=style.BLUE, linewidth=0.5)
    low, high = own["supplied_lower"].iloc[0], own["supplied_upper"].iloc[0]
    if pd.notna(low) and pd.notna(high) and high > low:
        sheet.ax.barh(place, high - low, 0.78, left=low, color=style.LIGHT_BLUE, alpha=0.55, linewidth=0)
    for row in own.to_dict("records"):
        _, marker, colour = LEVELS[str(row["level"])]
        height = place + (0.25 * (list(LEVELS).index(str(row["level"])) - 1) if len(own) > 1 else 0.0)
        if pd.notna(row["lower"]) and pd.notna(row["upper"]):
            sheet.ax.plot([row["lower"], row["upper"]], [height] * 2, color=style.INK, linewidth=1.2, zorder=3)
        sheet.ax.plot(
            [row["required"]], [height], marker=marker, color=colour if row["used"] else style.WHITE, markersize=5.5,
            markeredgecolor=style.INK if row["used"] else colour, markeredgewidth=0.8 if row["used"] else 1.5, zorder=4,
        )  # fmt: skip


def _set_width(sheet: Sheet, rows: pd.DataFrame) -> None:
    top = float(rows[["required", "upper", "supplied"]].max().max())
    sheet.ax.set_xlim(0, max(top, 0.5) * 1.04)
    round_ticks(sheet)
    sheet.ax.grid(axis="x", color=style.PALE, linewidth=0.6, zorder=0)
    sheet.ax.set_axisbelow(True)


def _write_gaps(sheet: Sheet, rows: pd.DataFrame, activities: Sequence[str]) -> None:
    """Say the gap at the level that is used to the right of each activity, with its interval where there is room."""
    from matplotlib.transforms import blended_transform_factory

    place = blended_transform_factory(sheet.ax.transAxes, sheet.ax.transData)
    roomy = sheet.own and not sheet.narrow
    for height, activity in enumerate(activities):
        used = rows[(rows["activity"] == activity) & rows["used"]]
        if used.empty:
            continue
        row = used.iloc[0]
        words = _short_words(float(row["gap"]))
        low, high = float(row["gap_lower"]), float(row["gap_upper"])
        if roomy and high - low >= SMALL_GAP:  # False where there is no interval
            words += f"\n({_ends(low, high)})"
        bold = "bold" if row["gap"] > SMALL_GAP else "normal"
        sheet.ax.text(1.015, height, words, transform=place, va="center", fontsize=SMALL, fontweight=bold)


def _short_words(gap: float) -> str:
    """``short 1.4``, ``spare 0.7`` or ``meets it``."""
    if abs(gap) < SMALL_GAP:
        return "meets it"
    return f"{'short' if gap > 0 else 'spare'} {fixed(abs(gap))}"


def _ends(low: float, high: float) -> str:
    """Ends of the interval of a gap in the words of the gap."""
    if low >= 0 or high <= 0:
        ends = sorted((abs(low), abs(high)))
        return f"{fixed(ends[0])} to {fixed(ends[1])}"
    return f"spare {fixed(-low)} to\nshort {fixed(high)}"


def _says_gap(rows: pd.DataFrame) -> str:
    used = rows[rows["used"]].drop_duplicates("activity")
    short = used[used["gap"] > SMALL_GAP]
    if used.empty:
        return ""
    if short.empty:
        return f"{count(len(used), 'activity', 'activities')}: none is short at the level it is sized at."
    worst = short.iloc[int(short["gap"].to_numpy().argmax())]
    words = (
        f"{len(short)} of {count(len(used), 'activity', 'activities')} {'is' if len(short) == 1 else 'are'} short at"
        f" the level {'it is' if len(used) == 1 else 'they are'} sized at"
    )
    return f"{words}; most: {worst['name']}, by {number(float(worst['gap']))} sessions a week."


def _gap_key(rows: pd.DataFrame) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    key: list[Artist] = [Patch(facecolor=style.TINTS["routine"], edgecolor=style.BLUE, linewidth=0.5, label="supplied")]
    for level, (words, marker, colour) in LEVELS.items():
        if (rows["level"] == level).any():
            key.append(
                Line2D([], [], linestyle="", marker=marker, markersize=5.5, color=colour, label=words,
                       markeredgecolor=style.INK, markeredgewidth=0.8)
            )  # fmt: skip
    hollow = Line2D([], [], linestyle="", marker="o", markersize=5.5, color=style.WHITE, markeredgecolor=style.GREEN,
                    markeredgewidth=1.5, label="hollow: not what it is sized at")  # fmt: skip
    key += [] if rows["used"].all() else [hollow]
    if rows["lower"].notna().any():
        key.append(Line2D([], [], color=style.INK, linewidth=1.2, label="90% interval"))
    if (rows["supplied_upper"] > rows["supplied_lower"]).any():
        key.append(Patch(facecolor=style.LIGHT_BLUE, alpha=0.55, linewidth=0, label="90% interval of supply"))
    return key
