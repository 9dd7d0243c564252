"""Figures of demand, gap and the split of each person's time. Every figure has an alt text beside it.

Each function draws on ``ax`` where one is given and returns the figure; colours never stand alone: bars have
hatches, lines have patterns and figures are written beside what they measure.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from capacity.demand.result import Demand
from capacity.outcome import TeamPlan
from capacity.report import style
from capacity.report.words import count, listed, number, people
from capacity.service.model import Service

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEFAULT_CENTILE = 0.80
LONGEST_NAME = 30


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


def demand_figure(demand: Demand, stream: str, title: str | None = None, ax: Axes | None = None) -> Figure:
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
        if ax is None:
            _, ax = style.new_axes(9, 3.6)
        weeks = series.asfreq("7D") if _regular(series) else series
        ax.plot(weeks.index, weeks.to_numpy(), color=style.GREY, linewidth=1, marker="o", markersize=2.5, zorder=2)
        above = series[series > centile]
        ax.plot(
            above.index, above.to_numpy(), linestyle="", marker="^", markersize=5.5, color=style.AMBER,
            markeredgecolor=style.INK, markeredgewidth=0.5, zorder=3,
            label=f"weeks above the centile ({len(above)} of {len(series)})",
        )  # fmt: skip
        ax.axhline(mean, color=style.BLUE, linestyle="--", linewidth=1.6, zorder=4, label="mean")
        ax.axhline(centile, color=style.DARK_BLUE, linestyle="-", linewidth=1.6, zorder=4, label=_ordinal(q))
        _label_levels(ax, mean, centile, q, float(series.max()))
        ax.set_ylim(0, max(float(series.max()), centile, 1.0) * 1.12)
        ax.set_ylabel(_measure(demand, stream))
        ax.set_xlabel(_growth_note(demand, stream), loc="left", fontsize=8)
        ax.set_title(title or demand.streams_json.get(stream, {}).get("name") or stream, pad=22)
        ax.tick_params(axis="x", labelrotation=0)
        _date_ticks(ax)
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(
            handles[::-1],
            labels[::-1],
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=3,
            fontsize=8,
            borderaxespad=0.2,
        )
        return style.figure_of(ax)


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


def _date_ticks(ax: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter

    ax.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=9))
    ax.xaxis.set_major_formatter(DateFormatter("%b %Y"))


def _ordinal(q: float) -> str:
    """0.8 -> ``80th centile``."""
    return f"{q * 100:g}th centile"


def _label_levels(ax: Axes, mean: float, centile: float, q: float, top: float) -> None:
    """Write both values at the right-hand edge, kept apart where the lines are close."""
    from matplotlib.transforms import blended_transform_factory

    apart = 0.085 * max(top, centile, 1.0)
    spare = max(0.0, apart - (centile - mean)) / 2
    place = blended_transform_factory(ax.transAxes, ax.transData)
    for value, height, words, colour in (
        (centile, centile + spare, _ordinal(q), style.DARK_BLUE),
        (mean, mean - spare, "mean", style.BLUE),
    ):
        ax.text(1.01, height, f"{words} {number(value)}", transform=place, color=colour, va="center", fontweight="bold")


def demand_alt(demand: Demand, stream: str) -> str:
    """Alt text of :func:`demand_figure`."""
    series = _series(demand, stream)
    mean, centile, q = _levels(demand, stream, series)
    above = int((series > centile).sum())
    return (
        f"{_measure(demand, stream)} of {stream} over {count(len(series), 'week')}: mean {number(mean)}, {_ordinal(q)}"
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


def required_supplied_figure(before: pd.DataFrame, after: pd.DataFrame | None = None, ax: Axes | None = None) -> Figure:
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

    Returns
    -------
    Figure
    """
    rows = _bar_rows(before, after)
    kinds = [kind for kind in BARS if kind in rows]
    thick = 0.8 / len(kinds)
    with style.styled():
        if ax is None:
            _, ax = style.new_axes(9, 1.3 + len(rows) * (0.17 * len(kinds) + 0.14))
        top = float(rows[kinds].max().max()) if len(rows) else 1.0
        for position, kind in enumerate(kinds):
            label, colour, hatch = BARS[kind]
            heights = [index - 0.4 + thick * (position + 0.5) for index in range(len(rows))]
            ax.barh(
                heights, rows[kind], thick * 0.92, label=label, color=colour, hatch=hatch,
                edgecolor=style.DARK_BLUE, linewidth=0.5,
            )  # fmt: skip
            for height, value in zip(heights, rows[kind], strict=True):
                ax.text(value + top * 0.008, height, f"{value:.1f}", va="center", fontsize=7.5)
        ax.set_yticks(range(len(rows)), [_activity_label(row) for row in rows.itertuples()])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(0, top * 1.08)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("Sessions a week")
        ax.set_title("Sessions required and supplied", pad=22)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=8, borderaxespad=0.2)
        return style.figure_of(ax)


def _activity_label(row: Any) -> str:
    """Name over at most two lines, the rapid ones marked."""
    words = f"{row.name} (rapid)" if row.tier == "rapid" else str(row.name)
    return "\n".join(textwrap.wrap(words, LONGEST_NAME, max_lines=2, placeholder=" …"))


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


def pa_split_figure(service: Service, plan: TeamPlan | None, split: pd.DataFrame, ax: Axes | None = None) -> Figure:
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

    Returns
    -------
    Figure
    """
    rows = _split_rows(service, plan, split)
    with style.styled():
        if ax is None:
            _, ax = style.new_axes(9, 1.5 + 0.3 * max(1, len(rows)))
        top = max([1.0, *rows["total"], *rows["contract_pa"]])
        left = [0.0] * len(rows)
        for part, (colour, hatch) in style.PARTS.items():
            values = [float(value) for value in rows[part]]
            ax.barh(range(len(rows)), values, 0.68, left=left, label=_PART_NAMES[part], color=colour, hatch=hatch,
                    edgecolor=style.INK, linewidth=0.4)  # fmt: skip
            _label_segments(ax, part, left, values, top)
            left = [start + value for start, value in zip(left, values, strict=True)]
        for position, row in enumerate(rows.itertuples()):
            _contract_mark(ax, position, row, top, first=position == 0)
        ax.set_yticks(range(len(rows)), list(rows.index))
        ax.set_ylim(max(1, len(rows)) - 0.4, -0.6)
        ax.set_xlim(0, top * 1.22)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("PAs in a week present")
        ax.set_title("How each person's time divides", pad=38)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=8, borderaxespad=0.2, handlelength=2.2)
        return style.figure_of(ax)


_PART_NAMES = {
    "DCC": "DCC in the timetable",
    "duty": "duty weeks (DCC)",
    "SPA": "SPA",
    "roles": "roles (SPA, ANR, ED)",
    "flexible": "flexible",
}


def _label_segments(ax: Axes, part: str, left: list[float], values: list[float], top: float) -> None:
    """Write the PAs inside each segment wide enough to hold them, on a plain ground where there is a hatch."""
    dark = part in ("DCC", "duty")
    ground = {"boxstyle": "square,pad=0.12", "facecolor": style.PARTS[part][0], "edgecolor": "none"}
    for position, (start, value) in enumerate(zip(left, values, strict=True)):
        if value >= 0.045 * top:
            ax.text(
                start + value / 2, position, f"{value:.1f}", ha="center", va="center", fontsize=7,
                color=style.WHITE if dark else style.INK, bbox=ground,
            )  # fmt: skip


def _contract_mark(ax: Axes, position: int, row: Any, top: float, first: bool) -> None:
    ax.plot(
        [row.contract_pa] * 2, [position - 0.46, position + 0.46], color=style.AMBER, linewidth=3,
        solid_capstyle="butt", label="contract" if first else None, zorder=5,
    )  # fmt: skip
    over = row.total - row.contract_pa
    words = f"{row.total:.1f} of {row.contract_pa:.1f}"
    if abs(over) >= 0.05:
        words += f" ({over:+.1f}{' extra' if row.extra and over > 0 else ''})"
    ax.text(max(row.total, row.contract_pa) + top * 0.015, position, words, va="center", fontsize=7.5)


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
