"""Figures of demand, gap and the split of each person's time. Every figure has an alt text beside it.

Each function draws on ``ax`` where one is given and returns the figure; colours never stand alone: bars have
hatches, lines have patterns and figures are written beside what they measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity.demand.result import Demand
from capacity.outcome import TeamPlan
from capacity.report import style
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
from capacity.report.words import count, listed, number, ordinal, people
from capacity.service.model import Service

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEFAULT_CENTILE = 0.80


def streams_with_series(demand: Demand) -> tuple[str, ...]:
    """Ids of the streams whose weekly series can be drawn, in file order."""
    return tuple(dict.fromkeys(str(stream) for stream in demand.weekly["stream"]))


def _series(demand: Demand, stream: str) -> pd.Series[float]:
    rows = demand.weekly[demand.weekly["stream"] == stream]
    if rows.empty:
        known = ", ".join(streams_with_series(demand)) or "none"
        raise KeyError(f"stream {stream} has no weekly series; those that have one: {known}")
    return rows.set_index("week_starting")["referrals"].astype(float).sort_index()


def _levels(demand: Demand, stream: str, series: pd.Series[float]) -> tuple[float, float, float]:
    """Mean and centile of the weeks drawn, and which centile that is."""
    sizing: dict[str, Any] = demand.streams_json.get(stream, {}).get("sizing", {})
    q = (sizing.get("centile") or {}).get("share") or DEFAULT_CENTILE
    return float(series.mean()), float(series.quantile(q)), float(q)  # pandas' default is Excel's PERCENTILE.INC


def demand_figure(
    demand: Demand, stream: str, title: str | None = None, ax: Axes | None = None, *, width: float = PAPER
) -> Figure:
    """Draw the weekly series of a stream with its mean and centile, both labelled with their values.

    Parameters
    ----------
    demand
        Sized demand; ``weekly`` holds stream, week_starting and referrals.
    stream
        Id of a stream with a series of its own.
    title
        Shown above; default the name of the stream, else its id.
    ax
        Where to draw; default a new figure.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure

    Raises
    ------
    KeyError
        The stream has no weekly series.
    """
    series = _series(demand, stream)
    mean, centile, q = _levels(demand, stream, series)
    with style.styled():
        sheet = open_sheet(ax, width, 2.4)
        weeks = series.asfreq("7D") if _regular(series) else series
        sheet.ax.plot(
            weeks.index, weeks.to_numpy(), color=style.GREY, linewidth=1, marker="o", markersize=2.5, zorder=2
        )
        above = series[series > centile]
        sheet.ax.plot(
            above.index, above.to_numpy(), linestyle="", marker="^", markersize=5.5, color=style.AMBER,
            markeredgecolor=style.INK, markeredgewidth=0.5, zorder=3,
            label=f"weeks above the centile ({len(above)} of {len(series)})",
        )  # fmt: skip
        sheet.ax.axhline(mean, color=style.BLUE, linestyle="--", linewidth=1.6, zorder=4, label="mean")
        sheet.ax.axhline(centile, color=style.DARK_BLUE, linestyle="-", linewidth=1.6, zorder=4, label=ordinal(q))
        sheet.ax.set_ylim(0, max(float(series.max()), centile, 1.0) * 1.12)
        levels = ((centile, ordinal(q), style.DARK_BLUE), (mean, "mean", style.BLUE))
        label_right(sheet, [(value, f"{words} {number(value)}", colour) for value, words, colour in levels])
        counting_ticks(sheet)
        date_ticks(sheet, series.index[0], series.index[-1])
        small_ticks(sheet)
        axis_words(sheet, "", _measure(demand, stream))
        name = title or demand.streams_json.get(stream, {}).get("name") or stream
        return close_sheet(sheet, name, _growth_note(demand, stream))


def _measure(demand: Demand, stream: str) -> str:
    """What the series counts."""
    caseload = demand.streams_json.get(stream, {}).get("kind") == "caseload"
    return "Patients (census)" if caseload else "Referrals a week"


def _growth_note(demand: Demand, stream: str) -> str:
    """Say what the stream is sized for where growth makes that differ from the weeks drawn."""
    json = demand.streams_json.get(stream, {})
    factor, level = json.get("growth_factor"), json.get("level")
    if factor is None or level is None or abs(factor - 1) < 5e-4:
        return ""
    return (
        f"Weeks as received. With growth to the plan year ({factor - 1:+.1%}) it is sized for {number(level)} a week."
    )


def _regular(series: pd.Series[float]) -> bool:
    """Whether every week starts on the same weekday, so that missing weeks can be left open."""
    import pandas as pd

    return isinstance(series.index, pd.DatetimeIndex) and len(set(series.index.day_of_week)) == 1


def demand_alt(demand: Demand, stream: str) -> str:
    """Alt text of :func:`demand_figure`."""
    series = _series(demand, stream)
    mean, centile, q = _levels(demand, stream, series)
    above = int((series > centile).sum())
    return (
        f"{_measure(demand, stream)} of {stream} over {count(len(series), 'week')}: mean {number(mean)}, {ordinal(q)}"
        f" {number(centile)}, lowest {number(float(series.min()))}, highest {number(float(series.max()))};"
        f" {count(above, 'week')} above the centile."
    )


BARS = {
    "required": ("required", style.DARK_BLUE, ""),
    "before": ("plans in force", "#BFDDF4", "///"),
    "after": ("proposed plan", "#8FD9D2", "..."),
}


def _bar_rows(before: pd.DataFrame, after: pd.DataFrame | None) -> pd.DataFrame:
    """Activities with something to show, rapid first: name, tier, required, before and (with a plan) after."""
    rows = before[["name", "tier", "required"]].copy()
    rows["before"] = before["supplied"]
    if after is not None:
        rows["after"] = after["supplied"].reindex(rows.index).fillna(0.0)
    shown = rows[rows.drop(columns=["name", "tier"]).max(axis=1) > 0]
    return shown.assign(order=(shown["tier"] != "rapid").astype(int)).sort_values("order", kind="stable")


def required_supplied_figure(
    before: pd.DataFrame,
    after: pd.DataFrame | None = None,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    width: float = PAPER,
) -> Figure:
    """Draw what each activity requires against what is supplied before and, with a plan, after it.

    Parameters
    ----------
    before
        ``Gap.activities``: index activity; columns name, tier, required and supplied (sessions a week).
    after
        The same index with column ``supplied`` under the proposed plan
        (:func:`capacity.report.tables.supplied_by_plan`), or None where there is no plan.
    ax
        Where to draw; default a new figure whose height follows the number of activities.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    rows = _bar_rows(before, after)
    kinds = [kind for kind in BARS if kind in rows]
    name = title or "Sessions required and supplied"
    with style.styled():
        if rows.empty:
            return empty_sheet(ax, width, name, "No activity requires or is supplied with any sessions.")
        names = folded_names(width, [_activity_label(row) for row in rows.itertuples()])
        sheet = open_sheet(ax, width, len(rows) * (0.15 * len(kinds) + 0.12) + 0.5)
        thick = 0.84 / len(kinds)
        top = float(rows[kinds].max().max())
        for position, kind in enumerate(kinds):
            label, colour, hatch = BARS[kind]
            heights = [index - 0.42 + thick * (position + 0.5) for index in range(len(rows))]
            sheet.ax.barh(
                heights, rows[kind], thick * 0.92, label=label, color=colour, hatch=hatch,
                edgecolor=style.DARK_BLUE, linewidth=0.5,
            )  # fmt: skip
            for height, value in zip(heights, rows[kind], strict=True):
                sheet.ax.text(value + top * 0.01, height, f"{value:.1f}", va="center", fontsize=SMALL)
        name_rows(sheet, range(len(rows)), names)
        sheet.ax.set_ylim(len(rows) - 0.45, -0.55)
        sheet.ax.set_xlim(0, top * (1.25 if sheet.narrow else 1.1))
        round_ticks(sheet)
        small_ticks(sheet)
        axis_words(sheet, "Sessions a week")
        return close_sheet(sheet, name)


def _activity_label(row: Any) -> str:
    """Name, the rapid ones marked."""
    return f"{row.name} (rapid)" if row.tier == "rapid" else str(row.name)


def required_supplied_alt(before: pd.DataFrame, after: pd.DataFrame | None = None) -> str:
    """Alt text of :func:`required_supplied_figure`."""
    rows = _bar_rows(before, after)
    parts = []
    for row in rows.itertuples():
        part = (
            f"{row.name} requires {number(float(str(row.required)))}, plans in force {number(float(str(row.before)))}"
        )
        parts.append(part if after is None else f"{part}, proposed plan {number(float(str(row.after)))}")
    return "Bars of sessions a week by activity. " + ("; ".join(parts) or "No activity has any") + "."


def _split_rows(service: Service, plan: TeamPlan | None, split: pd.DataFrame) -> pd.DataFrame:
    """One row a person, in file order: a column a part, contract_pa and what the plan adds above contract."""
    wide = split.pivot_table(index="person", columns="part", values="pa", aggfunc="sum", sort=False)
    wide = wide.reindex(columns=list(style.PARTS)).fillna(0.0)
    wide["contract_pa"] = split.groupby("person")["contract_pa"].first()
    order = [person.person for person in service.people if person.person in wide.index]
    wide = wide.loc[order]
    wide["total"] = wide[list(style.PARTS)].sum(axis=1)
    paid = set() if plan is None else set(plan.extra_minutes)
    wide["extra"] = [person in paid for person in wide.index]
    return wide


def pa_split_figure(
    service: Service,
    plan: TeamPlan | None,
    split: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    width: float = PAPER,
) -> Figure:
    """Draw how each person's week divides, in PAs, against the contract.

    Parameters
    ----------
    service
        Gives the order of people.
    plan
        The proposed plan, whose extra time is named as such; None draws the plans in force.
    split
        Tidy frame of ``capacity.supply.split.pa_split``: person, part, pa, contract_pa, with the parts of style.PARTS.
    ax
        Where to draw; default a new figure whose height follows the number of people.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    rows = _split_rows(service, plan, split)
    name = title or "How each person's time divides"
    with style.styled():
        if rows.empty:
            return empty_sheet(ax, width, name, "There are no people whose time divides.")
        sheet = open_sheet(ax, width, 0.27 * len(rows) + 0.5)
        top = max([1.0, *rows["total"], *rows["contract_pa"]])
        left = [0.0] * len(rows)
        for part, (colour, hatch) in style.PARTS.items():
            values = [float(value) for value in rows[part]]
            sheet.ax.barh(
                range(len(rows)), values, 0.74, left=left, label=_PART_NAMES[part], color=colour, hatch=hatch,
                edgecolor=style.INK, linewidth=0.4,
            )  # fmt: skip
            _label_segments(sheet, part, left, values, top)
            left = [start + value for start, value in zip(left, values, strict=True)]
        for position, row in enumerate(rows.itertuples()):
            _contract_mark(sheet, position, row, top)
        name_rows(sheet, range(len(rows)), folded_names(width, [str(person) for person in rows.index], lines=1))
        sheet.ax.set_ylim(len(rows) - 0.45, -0.55)
        sheet.ax.set_xlim(0, top * 1.03)
        round_ticks(sheet)
        small_ticks(sheet)
        axis_words(sheet, "PAs in a week present")
        return close_sheet(sheet, name)


_PART_NAMES = {
    "DCC": "DCC in the timetable",
    "duty": "duty weeks (DCC)",
    "SPA": "SPA",
    "roles": "roles (SPA, ANR, ED)",
    "flexible": "flexible",
}


def _label_segments(sheet: Sheet, part: str, left: list[float], values: list[float], top: float) -> None:
    """Write the PAs inside each segment wide enough to hold them, on a plain ground where there is a hatch."""
    dark = part in ("DCC", "duty")
    ground = {"boxstyle": "square,pad=0.1", "facecolor": style.PARTS[part][0], "edgecolor": "none"}
    inches = sheet.width * (0.45 if sheet.narrow else 0.62)  # of the axes, beside names and labels
    for position, (start, value) in enumerate(zip(left, values, strict=True)):
        words = f"{value:.1f}"
        if value / top * inches >= text_width(words, SMALL) + 0.06:
            sheet.ax.text(
                start + value / 2, position, words, ha="center", va="center", fontsize=SMALL,
                color=style.WHITE if dark else style.INK, bbox=ground,
            )  # fmt: skip


def _contract_mark(sheet: Sheet, position: int, row: Any, top: float) -> None:
    """A bar at the contract, and to the right of the axes what is planned of it."""
    from matplotlib.transforms import blended_transform_factory

    sheet.ax.plot(
        [row.contract_pa] * 2, [position - 0.46, position + 0.46], color=style.AMBER, linewidth=3,
        solid_capstyle="butt", label="contract" if position == 0 else None, zorder=5,
    )  # fmt: skip
    over = row.total - row.contract_pa
    words = f"{row.total:.1f} of {row.contract_pa:.1f}"
    if abs(over) >= 0.05:
        words += f" ({over:+.1f}{' extra' if row.extra and over > 0 else ''})"
    place = blended_transform_factory(sheet.ax.transAxes, sheet.ax.transData)
    sheet.ax.text(1.015, position, words, transform=place, va="center", fontsize=SMALL)


def pa_split_alt(service: Service, plan: TeamPlan | None, split: pd.DataFrame) -> str:
    """Alt text of :func:`pa_split_figure`."""
    rows = _split_rows(service, plan, split)
    parts = [f"{_PART_NAMES[part]} {number(float(rows[part].sum()))}" for part in style.PARTS if rows[part].sum() > 0]
    paid = [str(person) for person in rows.index[rows["extra"]]]
    extra = f" Above contract: {listed(paid)}." if paid else ""
    return (
        f"Stacked bars of the PAs of {people(len(rows))} against their contracts: {listed(parts) or 'no time'},"
        f" {number(float(rows['total'].sum()))} in all, contracts {number(float(rows['contract_pa'].sum()))}.{extra}"
    )
