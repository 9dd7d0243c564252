"""Figures of a stress test: weeks met by activity, the chance of each week, lists with their fan, absences.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from capacity.report import style
from capacity.report.figures_year import STRIP_ROW, month_ticks
from capacity.report.sheet import (
    PAPER,
    SMALL,
    Sheet,
    axis_words,
    close_sheet,
    counting_ticks,
    date_ticks,
    empty_sheet,
    folded_names,
    label_right,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
    text_width,
)
from capacity.report.words import capital, count, listed, number
from capacity.scenario.stress import StressResult
from capacity.supply.calendar import TOTAL

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKS = (
    ("o", style.DARK_BLUE), ("D", style.AMBER), ("s", style.GREEN), ("^", style.PURPLE), ("v", style.LIGHT_BLUE),
    ("P", style.INK),
)  # fmt: skip
"""Mark and colour of each plan, in order; beyond them they begin again."""
LINES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
FILLS = (style.TINTS["routine"], style.TINTS["rapid"], style.TINTS["other"], style.TINTS["role"])
BANDS: tuple[tuple[float, str, str, str], ...] = (
    (0.9, "met in over 90 years of 100", "#E3EEF9", ""),
    (0.5, "in 50 to 90", "#FBD9A0", "_"),
    (0.1, "in 10 to 50", "#ED8B00", "x"),
    (-1.0, "in fewer", "#7A3E00", "X"),
)
"""Least share above which a week is in the band, words, colour and mark, from good to bad."""
MET_COLUMNS = ("activity", "name", "plan", "met")
CHANCE_COLUMNS = ("activity", "name", "week_starting", "met", "bank_holidays", "band")
FAN_COLUMNS = ("plan", "week", "mean", "low", "median", "high")
HURT_COLUMNS = ("person", "undone", "lost", "activity", "name")
PEOPLE_DRAWN = 15


# ---- weeks met by activity


def met_rows(results: Sequence[StressResult]) -> pd.DataFrame:
    """Share of weeks met, a row an activity and plan (plans in order)."""
    rows = [
        (row["activity"], row["name"], result.label, row["met"])
        for result in results
        for row in result.activities.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(MET_COLUMNS))


def met_figure(rows: pd.DataFrame, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw in how many weeks of 100 each activity's sessions are enough, a mark a plan.

    Parameters
    ----------
    rows
        What to draw (:func:`met_rows`).
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
    name = title or "Weeks in 100 whose sessions are enough for what is asked"
    with style.styled():
        if rows.empty:
            return empty_sheet(ax, width, name, met_alt(rows))
        activities, plans = list(dict.fromkeys(rows["activity"])), list(dict.fromkeys(rows["plan"]))
        names = dict(zip(rows["activity"], rows["name"], strict=True))
        shown = folded_names(width, [names[key] for key in activities])
        sheet = open_sheet(ax, width, 0.3 * len(activities) + 0.55)
        for place in range(len(activities)):
            sheet.ax.axhline(place, color=style.PALE, linewidth=0.9, zorder=1)
        offsets = np.linspace(-0.18, 0.18, len(plans)) if len(plans) > 1 else np.zeros(1)
        for number_, plan in enumerate(plans):
            mine = rows[rows["plan"] == plan]
            marker, colour = MARKS[number_ % len(MARKS)]
            places = [activities.index(key) + offsets[number_] for key in mine["activity"]]
            sheet.ax.plot(
                mine["met"] * 100, places, linestyle="", marker=marker, markersize=5.5, color=colour,
                markeredgecolor=style.WHITE, markeredgewidth=0.5, label=plan, zorder=3, clip_on=False,
            )  # fmt: skip
        name_rows(sheet, range(len(activities)), shown)
        sheet.ax.set_ylim(len(activities) - 0.5, -0.5)
        sheet.ax.set_xlim(0, 100)
        round_ticks(sheet, most=10)
        small_ticks(sheet)
        axis_words(sheet, "Weeks in 100")
        return close_sheet(sheet, name, _says_met(rows), None if len(plans) > 1 else ())


def met_alt(rows: pd.DataFrame) -> str:
    """Alt text of :func:`met_figure`."""
    if rows.empty:
        return "Nothing is asked for and nothing is supplied."
    parts = []
    for plan, mine in rows.groupby("plan", sort=False):
        each = [f"{row['name']} {row['met'] * 100:.0f}" for row in mine.to_dict("records")]
        parts.append(f"{plan}: {listed(each)}")
    return f"{_says_met(rows)} Weeks in 100 that are met. {'; '.join(parts)}."


def met_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: activity, name, plan, met."""
    return rows


def _says_met(rows: pd.DataFrame) -> str:
    means = rows.groupby("plan", sort=False)["met"].mean()
    each = [f"{value * 100:.0f} with the plan {plan}" for plan, value in means.items()]
    if len(each) == 1:
        return f"In the mean of activities {float(means.iloc[0]) * 100:.0f} of 100 weeks are met."
    return f"Weeks of 100 that are met, in the mean of activities: {listed(each)}."


# ---- the chance of each week


def chance_rows(result: StressResult) -> pd.DataFrame:
    """Share of years in which each week is met, a row an activity and week, the least met activities first."""
    names = {row.activity: row.name for row in result.service.activities}
    frame = result.weeks[result.weeks["activity"] != TOTAL]
    order = frame.groupby("activity", sort=False)["met"].mean().sort_values(kind="stable").index
    parts = [frame[frame["activity"] == key] for key in order]
    whole = pd.concat(parts, ignore_index=True) if parts else frame
    bands = [BANDS[_band(share)][1] for share in whole["met"]]
    whole = whole.assign(name=[names[key] for key in whole["activity"]], band=bands)
    return whole[list(CHANCE_COLUMNS)].reset_index(drop=True)


def _band(share: float) -> int:
    return next(n for n, (least, *_) in enumerate(BANDS) if share > least)


def chance_figure(
    rows: pd.DataFrame, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw the year as a strip of cells by activity: a cell a week, by the share of years in which it is met.

    Parameters as in :func:`met_figure`, ``rows`` of :func:`chance_rows`.
    """
    name = title or "In how many years each week is met, by activity"
    with style.styled():
        if rows.empty:
            return empty_sheet(ax, width, name, chance_alt(rows))
        activities = list(dict.fromkeys(rows["activity"]))
        names = dict(zip(rows["activity"], rows["name"], strict=True))
        shown = folded_names(width, [names[key] for key in activities])
        heights = [STRIP_ROW + 0.1 * label.count("\n") for label in shown]
        edges = np.concatenate(([0.0], np.cumsum(heights)))
        sheet = open_sheet(ax, width, float(edges[-1]) + 0.58)
        bands = np.array([[_band(share) for share in rows[rows["activity"] == key]["met"]] for key in activities])
        middles = (edges[:-1] + edges[1:]) / 2
        _cells(sheet, bands, edges)
        _crosses(sheet, bands, middles)
        first = rows[rows["activity"] == activities[0]]
        closed = np.flatnonzero((first["bank_holidays"] != "").to_numpy())
        below = np.full(closed.size, float(edges[-1]) + 0.08)
        sheet.ax.plot(closed + 0.5, below, linestyle="", marker="^", markersize=3.2, color=style.INK)
        name_rows(sheet, [float(place) for place in middles], shown)
        sheet.ax.set_ylim(float(edges[-1]) + 0.16, -0.06)
        sheet.ax.set_xlim(0, bands.shape[1])
        for side in ("left", "bottom"):
            sheet.ax.spines[side].set_visible(False)
        month_ticks(sheet, first["week_starting"])
        small_ticks(sheet)
        return close_sheet(sheet, name, _says_chance(rows), _chance_key(bands, bool(closed.size)))


def chance_alt(rows: pd.DataFrame) -> str:
    """Alt text of :func:`chance_figure`."""
    if rows.empty:
        return "Nothing is asked for, so no week can fail."
    means = rows.groupby("name", sort=False)["met"].mean()
    each = [f"{name} {share * 100:.0f}" for name, share in means.items()]
    return f"A strip of weeks by activity. {_says_chance(rows)} Years in 100 in the mean week: {listed(each)}."


def chance_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: activity, name, week_starting, met, bank_holidays and the band in words."""
    return rows


def _says_chance(rows: pd.DataFrame) -> str:
    means = rows.groupby("week_starting")["met"].mean()
    worst = means.index[int(means.to_numpy().argmin())]
    share, usual = float(means.min()) * 100, float(means.mean()) * 100
    return (
        f"The worst week begins on {worst.day} {worst:%B}: in {share:.0f} years of 100 it is met, in the mean of"
        f" activities, against {usual:.0f} in the mean week."
    )


def _cells(sheet: Sheet, bands: np.ndarray, edges: np.ndarray) -> None:
    from matplotlib.colors import BoundaryNorm, ListedColormap

    colours = ListedColormap([colour for _, _, colour, _ in BANDS])
    steps = BoundaryNorm([band - 0.5 for band in range(len(BANDS) + 1)], len(BANDS))
    sheet.ax.pcolormesh(
        np.arange(bands.shape[1] + 1), edges, bands, cmap=colours, norm=steps, edgecolor="face", linewidth=0.1
    )
    sheet.ax.vlines(
        range(bands.shape[1] + 1), edges[0], edges[-1], color=style.WHITE, linewidth=0.2 if sheet.narrow else 0.7
    )
    sheet.ax.hlines(edges, 0, bands.shape[1], color=style.WHITE, linewidth=1.2)


def _crosses(sheet: Sheet, bands: np.ndarray, heights: np.ndarray) -> None:
    """A mark in each cell that is not sure, so that colour does not stand alone."""
    for band, (_, _, _, marker) in enumerate(BANDS):
        rows, weeks = np.nonzero(bands == band)
        if marker and rows.size:
            colour = style.WHITE if band == len(BANDS) - 1 else style.INK
            sheet.ax.plot(
                weeks + 0.5, heights[rows], linestyle="", marker=marker, markersize=2.2 if sheet.narrow else 4.0,
                color=colour, markeredgewidth=(0.5 if sheet.narrow else 0.7) if marker != "X" else 0.1,
            )  # fmt: skip


def _chance_key(bands: np.ndarray, closed: bool) -> list[Artist]:
    from matplotlib.lines import Line2D

    letters = {"": "", "_": " (-)", "x": " (x)", "X": " (X)"}
    key: list[Artist] = [
        Line2D([], [], linestyle="", marker="s", markersize=7, color=colour, markeredgecolor=style.GREY,
               markeredgewidth=0.4, label=f"{words}{letters[marker]}")
        for band, (_, words, colour, marker) in enumerate(BANDS)
        if (bands == band).any()
    ]  # fmt: skip
    if closed:
        key.append(
            Line2D([], [], linestyle="", marker="^", markersize=3.6, color=style.INK, label="week with a bank holiday")
        )
    return key


# ---- lists


@dataclass(frozen=True, eq=False)
class ListFans:
    """The list of one stream by plan: plan, week, mean, low, median, high; ``starts`` dates week 0."""

    name: str
    frame: pd.DataFrame
    starts: dt.date | None = None


def list_fans(results: Sequence[StressResult], stream: str) -> ListFans:
    """The list of a stream in each plan that has it."""
    parts = [
        result.paths[result.paths["stream"] == stream].assign(plan=result.label)[list(FAN_COLUMNS)]
        for result in results
    ]
    name = next((row.name for row in results[0].service.streams if row.stream == stream), stream)
    weeks = results[0].weeks["week_starting"]
    return ListFans(name, pd.concat(parts, ignore_index=True), weeks.iloc[0] if len(weeks) else None)


def fan_figure(fans: ListFans, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw patients waiting week by week: the mean of each plan, and the band of 8 years in 10.

    Parameters as in :func:`met_figure`, ``fans`` of :func:`list_fans`. Bands are drawn of the first two plans.
    """
    name = title or f"{fans.name}: the waiting list in simulated years"
    with style.styled():
        if fans.frame.empty:
            return empty_sheet(ax, width, name, fan_alt(fans))
        sheet = open_sheet(ax, width, 2.4)
        plans = list(dict.fromkeys(fans.frame["plan"]))
        labels = []
        for position, plan in enumerate(plans):
            mine = fans.frame[fans.frame["plan"] == plan]
            at = _times(fans, mine["week"])
            colour = MARKS[position % len(MARKS)][1]
            if position < 2:
                sheet.ax.fill_between(
                    at,
                    mine["low"],
                    mine["high"],
                    facecolor=FILLS[position],
                    alpha=0.75,
                    linewidth=0,
                    zorder=1 + position,
                )
            sheet.ax.plot(
                at, mine["mean"], color=colour, linestyle=LINES[position % len(LINES)], linewidth=1.8, label=plan,
                zorder=4,
            )  # fmt: skip
            labels.append((float(mine["mean"].iloc[-1]), f"{float(mine['mean'].iloc[-1]):,.0f}", colour))
        sheet.ax.set_ylim(0, max(1.0, float(fans.frame["high"].max())) * 1.06)
        whole = _times(fans, fans.frame["week"])
        sheet.ax.set_xlim(min(whole), max(whole))
        label_right(sheet, labels)
        counting_ticks(sheet)
        small_ticks(sheet)
        if fans.starts is None:
            counting_ticks(sheet, "x", 6)
        else:
            date_ticks(sheet, fans.starts, fans.starts + dt.timedelta(weeks=int(fans.frame["week"].max())))
        axis_words(sheet, "" if fans.starts else "Weeks", "Patients waiting")
        return close_sheet(sheet, name, _says_fans(fans), _fan_key(plans))


def fan_alt(fans: ListFans) -> str:
    """Alt text of :func:`fan_figure`."""
    if fans.frame.empty:
        return f"{fans.name}: no list is worked out."
    return f"Waiting list of {fans.name} over the year, with a band of 8 years in 10. {_says_fans(fans)}"


def fan_table(fans: ListFans) -> pd.DataFrame:
    """Return what is drawn: plan, week, mean, low, median, high."""
    return fans.frame


def _times(fans: ListFans, weeks: pd.Series[Any]) -> list[float]:
    if fans.starts is None:
        return [float(week) for week in weeks]
    from matplotlib.dates import date2num

    return [float(date2num(fans.starts + dt.timedelta(weeks=int(week)))) for week in weeks]


def _says_fans(fans: ListFans) -> str:
    parts = []
    for plan, mine in fans.frame.groupby("plan", sort=False):
        last = mine.iloc[-1]
        parts.append(
            f"{plan}: from {float(mine['mean'].iloc[0]):,.0f} to {float(last['mean']):,.0f} patients in the mean,"
            f" {float(last['low']):,.0f} to {float(last['high']):,.0f} in 8 years of 10"
        )
    return f"{capital('; '.join(parts))}."


def _fan_key(plans: Sequence[str]) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    key: list[Artist] = [
        Line2D([], [], color=MARKS[n % len(MARKS)][1], linestyle=LINES[n % len(LINES)], linewidth=1.8, label=plan)
        for n, plan in enumerate(plans)
    ]
    key += [
        Patch(facecolor=FILLS[n], label="8 years in 10" if len(plans) == 1 else f"8 years in 10, {plan}")
        for n, plan in enumerate(plans[:2])
    ]
    return key


# ---- absences


def hurt_rows(result: StressResult) -> pd.DataFrame:
    """What each person's absence leaves undone by activity, who hurts most first."""
    names = {row.activity: row.name for row in result.service.activities}
    frame = result.absences[result.absences["undone"] > 0]
    frame = frame.assign(name=[names[key] for key in frame["activity"]])
    return frame[list(HURT_COLUMNS)].reset_index(drop=True)


def hurt_figure(
    rows: pd.DataFrame, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw the sessions of work left undone by each person's absence; the largest part is named.

    Parameters as in :func:`met_figure`, ``rows`` of :func:`hurt_rows`. The table has everyone.
    """
    name = title or "Whose absence hurts most: sessions of work left undone"
    with style.styled():
        if rows.empty:
            return empty_sheet(ax, width, name, hurt_alt(rows))
        people = list(dict.fromkeys(rows["person"]))[:PEOPLE_DRAWN]
        sheet = open_sheet(ax, width, 0.27 * len(people) + 0.5)
        words = []
        for place, person in enumerate(people):
            mine = rows[rows["person"] == person].sort_values("undone", ascending=False)
            largest, rest = float(mine["undone"].iloc[0]), float(mine["undone"].iloc[1:].sum())
            sheet.ax.barh(
                place, largest, 0.62, color=style.AMBER, hatch="///", edgecolor=style.DARK_BLUE, linewidth=0.4
            )
            sheet.ax.barh(
                place, rest, 0.62, left=largest, color=style.TINTS["routine"], edgecolor=style.BLUE, linewidth=0.4
            )
            words.append((largest + rest, str(mine["activity"].iloc[0])))
        longest = max(value for value, _ in words)
        room = max(text_width(text, SMALL) for _, text in words) + 0.2
        sheet.ax.set_xlim(0, max(longest, 0.1) / max(0.25, 1 - room / max(1.5, sheet.width - 0.7)))
        for place, (value, text) in enumerate(words):
            sheet.ax.annotate(
                text, (value, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=SMALL
            )
        name_rows(sheet, range(len(people)), people)
        sheet.ax.set_ylim(len(people) - 0.4, -0.6)
        round_ticks(sheet)
        small_ticks(sheet)
        axis_words(sheet, "Sessions undone" if sheet.narrow else "Sessions of work undone in the absence")
        return close_sheet(sheet, name, _says_hurt(rows), _hurt_key())


def hurt_alt(rows: pd.DataFrame) -> str:
    """Alt text of :func:`hurt_figure`."""
    if rows.empty:
        return "No absence of one person leaves work undone."
    sums = rows.groupby("person", sort=False)["undone"].sum().head(PEOPLE_DRAWN)
    each = [f"{person} {number(float(value))}" for person, value in sums.items()]
    return f"{_says_hurt(rows)} Sessions undone: {listed(each)}."


def hurt_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: person, undone, lost, activity, name."""
    return rows


def _says_hurt(rows: pd.DataFrame) -> str:
    first = str(rows["person"].iloc[0])
    mine = rows[rows["person"] == first].sort_values("undone", ascending=False)
    whole = count(float(mine["undone"].sum()), "session")
    return f"{first} away leaves {whole} undone, most of them of {mine['name'].iloc[0]}."


def _hurt_key() -> list[Artist]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=style.AMBER, hatch="///", edgecolor=style.DARK_BLUE, linewidth=0.4,
              label="the activity named at the end"),
        Patch(facecolor=style.TINTS["routine"], edgecolor=style.BLUE, linewidth=0.4, label="its others"),
    ]  # fmt: skip
