"""The XmR chart of a series: mean and limits by phase, what breaks a rule, and where a rebase is proposed or confirmed.

As everywhere in these figures there are four things: the data (a small class), the figure, its alt text and the table
of what is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity.demand.rebase import Proposal
from capacity.demand.result import Demand
from capacity.demand.xmr import Rule, XmR, phased_xmr
from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    Sheet,
    axis_words,
    close_sheet,
    counting_ticks,
    date_ticks,
    empty_sheet,
    label_right,
    open_sheet,
    small_ticks,
)
from capacity.report.words import capital, count, listed, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RULES: dict[Rule, tuple[str, str, str]] = {
    "beyond_limit": ("beyond a limit", "D", style.AMBER),
    "trend_of_7": ("seven in a run up or down", "^", style.PURPLE),
    "two_of_three_near_limit": ("two of three near a limit", "s", style.LIGHT_BLUE),
    "seven_on_one_side": ("seven on one side of the mean", "o", style.GREEN),
}
"""Rule -> words, marker and colour."""
TABLE_COLUMNS = ("week_starting", "referrals", "used", "phase", "mean", "lower", "upper", "rule")
ZOOM = 0.5
"""The axis starts above zero where the lowest value is at least this share of the highest."""


@dataclass(frozen=True, eq=False)
class XmrSeries:
    """What the chart shows.

    ``weeks`` has the columns week_starting, referrals and used, in the order of the weeks: limits come from the weeks
    used only. ``rebased_on`` is the confirmed rebase, from which the series is sized; weeks before it are a phase of
    their own. ``proposal`` is one not yet confirmed. ``measure`` says what is counted.
    """

    name: str
    weeks: pd.DataFrame
    rebased_on: dt.date | None = None
    proposal: Proposal | None = None
    measure: str = "Referrals a week"


@dataclass(frozen=True, eq=False)
class _Part:
    """Weeks with one chart: positions in ``weeks`` and limits."""

    rows: pd.DataFrame
    chart: XmR
    left_out: bool


def xmr_series(demand: Demand, stream: str, proposal: Proposal | None = None) -> XmrSeries:
    """Return the chart data of a stream: its history, the rebase confirmed, and one to propose where given.

    A stream without weeks gives a series without rows.
    """
    json = demand.streams_json.get(stream, {})
    history = demand.weekly.assign(used=True) if demand.history is None else demand.history
    weeks = history.loc[history["stream"] == stream, ["week_starting", "referrals", "used"]]
    weeks = weeks.sort_values("week_starting").reset_index(drop=True)
    by_month = json.get("basis") == "month"
    on = json.get("rebased_on")
    measure = "Patients (census)" if json.get("kind") == "caseload" else "Referrals a week"
    return XmrSeries(
        name=str(json.get("name") or stream),
        weeks=weeks,
        rebased_on=None if on is None else dt.date.fromisoformat(on),
        proposal=proposal,
        measure=f"{measure}, rate of each month" if by_month else measure,
    )


def xmr_figure(series: XmrSeries, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw the XmR chart: mean and limits of each phase, marked signals, weeks left out in grey.

    Parameters
    ----------
    series
        What to draw (:func:`xmr_series`).
    ax
        Where to draw; default a new figure.
    title
        Shown above; default the name of the series.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    name = title or f"{series.name}: is it stable?"
    with style.styled():
        if series.weeks.empty:
            return empty_sheet(ax, width, name, xmr_alt(series))
        sheet = open_sheet(ax, width, 2.5)
        parts = _parts(series)
        _draw_line(sheet, series)
        for part in parts:
            _draw_limits(sheet, part)
        _draw_signals(sheet, parts)
        _draw_rebases(sheet, series)
        _set_height(sheet, series, parts)
        _label_limits(sheet, parts[-1].chart)
        small_ticks(sheet)
        counting_ticks(sheet)
        date_ticks(sheet, series.weeks["week_starting"].iloc[0], series.weeks["week_starting"].iloc[-1])
        axis_words(sheet, "" if sheet.ax.get_ylim()[0] <= 0 else "The axis does not start at zero.", series.measure)
        return close_sheet(sheet, name, _says(series, parts))


def xmr_alt(series: XmrSeries) -> str:
    """Alt text of :func:`xmr_figure`."""
    if series.weeks.empty:
        return f"{series.name}: no weeks of demand, so there is no chart."
    parts = _parts(series)
    found = Counter(rule for part in parts if not part.left_out for _, rule in part.chart.signals)
    marked = listed(f"{number(many)} {RULES[rule][0]}" for rule, many in _in_order(found)) or "none"
    return f"XmR chart of {series.name}, {series.measure.lower()}. {_says(series, parts)} Weeks marked: {marked}."


def xmr_table(series: XmrSeries) -> pd.DataFrame:
    """Return what is drawn, one row a week.

    Columns: week_starting, referrals, used, phase (from 1; missing where the week belongs to none), mean, lower, upper
    (not cut off at zero) and rule, the first one the week breaks (blank for none).
    """
    frames = []
    for number_of, part in enumerate(_parts(series), start=1) if len(series.weeks) else ():
        rules = {} if part.left_out else dict(part.chart.signals)
        frames.append(
            part.rows.assign(
                phase=number_of, mean=part.chart.mean, lower=part.chart.lower, upper=part.chart.upper,
                rule=[rules.get(position, "") for position in range(len(part.rows))],
            )
        )  # fmt: skip
    charted = pd.concat(frames) if frames else series.weeks.iloc[:0]
    rest = series.weeks.drop(index=charted.index).assign(rule="")
    table = pd.concat([charted, rest]).sort_index().reindex(columns=list(TABLE_COLUMNS))
    return table.astype({"phase": "Int64", "mean": float, "lower": float, "upper": float})


def _parts(series: XmrSeries) -> list[_Part]:
    """The phases: weeks before the confirmed rebase, then the weeks used. Other weeks left out belong to none."""
    weeks = series.weeks
    first = None if series.rebased_on is None else pd.Timestamp(series.rebased_on)
    before = weeks.iloc[:0] if first is None else weeks[~weeks["used"] & (weeks["week_starting"] < first)]
    parts = []
    for rows, left_out in ((before, True), (weeks[weeks["used"]], False)):
        if len(rows):
            chart = phased_xmr(rows["referrals"].to_numpy(dtype=float)).current.chart
            parts.append(_Part(rows, chart, left_out))
    return parts or [_Part(weeks, phased_xmr(weeks["referrals"].to_numpy(dtype=float)).current.chart, True)]


def _says(series: XmrSeries, parts: list[_Part]) -> str:
    """The finding in one or two sentences."""
    part = parts[-1]
    chart = part.chart
    words = f"Mean {number(chart.mean)} over {count(len(part.rows), 'week')}"
    if chart.lower is None or chart.upper is None:
        words += "; one week has no limits."
    elif chart.upper == chart.lower:
        words += ", all of them the same."
    else:
        low = "0" if chart.lower <= 0 else number(chart.lower)
        words += f"; ordinary weeks lie between {low} and {number(chart.upper)}, {_special(len(chart.signals))}."
    if series.rebased_on is not None:
        words += f" Rebased on {_day(series.rebased_on)}."
    left = int((~series.weeks["used"]).sum())
    if left:
        words += f" {capital(count(left, 'week'))} {'is' if left == 1 else 'are'} left out."
    if series.proposal is not None:
        found = series.proposal
        on = f"from {_day(found.week)}" if found.week is not None else f"from week {found.position + 1}"
        words += f" A rebase is proposed {on}: mean {number(found.after)}, before it {number(found.before)}."
    return words


def _special(signals: int) -> str:
    if signals == 0:
        return "and no week shows special cause"
    return f"and {count(signals, 'week')} show{'s' if signals == 1 else ''} special cause"


def _draw_line(sheet: Sheet, series: XmrSeries) -> None:
    weeks = series.weeks
    line = weeks.set_index("week_starting")["referrals"].astype(float)
    if line.index.is_unique and len(set(pd.DatetimeIndex(line.index).day_of_week)) == 1:
        line = line.asfreq("7D")  # a missing week is a hole, not a slope
    used, out = weeks[weeks["used"]], weeks[~weeks["used"]]
    small = 1.6 if len(weeks) > 60 or sheet.narrow else 2.4
    sheet.ax.plot(line.index, line.to_numpy(), color=style.GREY, linewidth=0.8, zorder=2)
    look: dict[str, Any] = {"linestyle": "", "marker": "o", "zorder": 3}
    sheet.ax.plot(used["week_starting"], used["referrals"], color=style.INK, markersize=small, **look)
    if len(out):
        sheet.ax.plot(
            out["week_starting"], out["referrals"], color=style.GREY, markerfacecolor=style.WHITE, markersize=small + 1,
            markeredgewidth=0.7, label="week left out", **look,
        )  # fmt: skip


def _draw_limits(sheet: Sheet, part: _Part) -> None:
    """Mean and limits over the weeks of the phase, half a week beyond them."""
    half = pd.Timedelta(days=3.5)
    span = [part.rows["week_starting"].iloc[0] - half, part.rows["week_starting"].iloc[-1] + half]
    mean, limit = (style.GREY, style.GREY) if part.left_out else (style.BLUE, style.DARK_BLUE)
    thick, label = (0.9, "_") if part.left_out else (1.6, "")
    sheet.ax.plot(span, [part.chart.mean] * 2, color=mean, linewidth=thick, zorder=4, label=label or "mean")
    for value, words in ((part.chart.lower, "_"), (part.chart.upper, "limits: mean ± 2.66 × mean moving range")):
        if value is not None and value >= 0:
            sheet.ax.plot(
                span, [value] * 2, color=limit, linewidth=thick * 0.75, linestyle="--", zorder=4, label=label or words
            )


def _draw_signals(sheet: Sheet, parts: list[_Part]) -> None:
    found: dict[Rule, list[int]] = {}
    part = parts[-1]
    if part.left_out:
        return
    for position, rule in part.chart.signals:
        found.setdefault(rule, []).append(position)
    for rule, positions in _in_order(found):
        words, marker, colour = RULES[rule]
        rows = part.rows.iloc[positions]
        sheet.ax.plot(
            rows["week_starting"], rows["referrals"], linestyle="", marker=marker, color=colour, markersize=5,
            markeredgecolor=style.INK, markeredgewidth=0.5, zorder=5, label=f"{words} ({len(positions)})",
        )  # fmt: skip


def _draw_rebases(sheet: Sheet, series: XmrSeries) -> None:
    """A confirmed rebase as a solid line; a proposed one dashed, with the mean that it would give."""
    half = pd.Timedelta(days=3.5)
    if series.rebased_on is not None:
        sheet.ax.axvline(
            _place(pd.Timestamp(series.rebased_on) - half), color=style.INK, linewidth=1.2, label="rebase, confirmed"
        )
    found = series.proposal
    if found is None or found.week is None:
        return
    start = pd.Timestamp(found.week) - half
    look: dict[str, Any] = {"color": style.PURPLE, "linestyle": (0, (4, 2)), "linewidth": 1.3, "zorder": 4}
    sheet.ax.axvline(_place(start), label="rebase, proposed: place and new mean", **look)
    sheet.ax.plot([start, series.weeks["week_starting"].iloc[-1] + half], [found.after] * 2, **look)


def _place(time: pd.Timestamp) -> float:
    from matplotlib.dates import date2num

    return float(date2num(time))


def _set_height(sheet: Sheet, series: XmrSeries, parts: list[_Part]) -> None:
    """From zero, or from below the lowest point where zero would flatten the chart."""
    lows = [part.chart.lower for part in parts if part.chart.lower is not None]
    highs = [part.chart.upper for part in parts if part.chart.upper is not None]
    low = min([float(series.weeks["referrals"].min()), *lows])
    high = max([float(series.weeks["referrals"].max()), *highs])
    if high <= 0:
        sheet.ax.set_ylim(0, 1)
    elif low >= ZOOM * high and high - low > 0:
        spare = 0.12 * (high - low)
        sheet.ax.set_ylim(low - spare, high + spare)
    else:
        sheet.ax.set_ylim(0, high * 1.08)


def _label_limits(sheet: Sheet, chart: XmR) -> None:
    labels = [(chart.mean, f"mean {number(chart.mean)}", style.BLUE)]
    if chart.lower is not None and chart.upper is not None and chart.upper > chart.lower:
        low = f"lower {number(chart.lower)}" if chart.lower >= 0 else "lower: below 0"
        labels += [(chart.upper, f"upper {number(chart.upper)}", style.DARK_BLUE), (chart.lower, low, style.DARK_BLUE)]
    label_right(sheet, labels)


def _in_order(found: Any) -> list[tuple[Rule, Any]]:
    return [(rule, found[rule]) for rule in RULES if rule in found]


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%b %Y}"
