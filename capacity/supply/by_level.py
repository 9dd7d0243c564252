"""Frames of the gap: levels with intervals, supply and how it varies, money, one-off work by activity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from capacity.demand.activity_levels import LEVELS, Level, total_level
from capacity.demand.counts import Pmf
from capacity.demand.intervals import Interval, interval_of_difference
from capacity.service.model import JobPlanRow
from capacity.supply.calendar import TOTAL
from capacity.supply.conversion import Units
from capacity.supply.job_time import JobTime
from capacity.supply.pounds import costs_of, headline, one_off_cost
from capacity.supply.variation import weekly_capacity, weekly_variation
from capacity.units import WEEKS_PER_YEAR

NORMAL = 1.6448536269514722
"""90 % of a normal distribution lie within so many standard deviations of its mean."""
GRAIN = 20
"""Weekly supply is counted in twentieths of a session."""
REQUIRED = "required"
"""Rows of the total with each activity at the level that feeds its requirement."""
LEVEL_COLUMNS = {
    "activity": "str", "level": "str", "rule": "str", "used": "bool", "required": "float64", "lower": "float64",
    "upper": "float64", "slots": "float64", "on_time": "float64", "seen_in_time": "float64", "promise": "str",
    "supplied": "float64", "supplied_lower": "float64", "supplied_upper": "float64", "gap": "float64",
    "gap_lower": "float64", "gap_upper": "float64", "gap_slots": "float64", "gap_contact_hours": "float64",
    "gap_hours": "float64", "gap_pa": "float64", "gap_wte": "float64", "pounds": "float64", "pounds_by": "str",
    "reason": "str",
}  # fmt: skip
SUPPLY_COLUMNS = {
    "activity": "str", "supplied": "float64", "lower": "float64", "upper": "float64", "week_sd": "float64",
    "week_low": "float64", "week_high": "float64", "sd_of_people": "float64",
}  # fmt: skip
POUND_COLUMNS = {
    "activity": "str", "route": "str", "quantity": "float64", "unit": "str", "price": "float64", "pounds": "float64",
    "reason": "str",
}  # fmt: skip
ONE_OFF_ACTIVITY_COLUMNS = {
    "activity": "str", "sessions": "float64", "a_week": "float64", "route": "str", "pounds": "float64", "reason": "str",
}  # fmt: skip
IN_UNITS = ("gap_slots", "gap_contact_hours", "gap_hours", "gap_pa", "gap_wte")


def supply_frame(
    time: JobTime, rows: Sequence[JobPlanRow], supplied: pd.Series[float], year: pd.DataFrame
) -> pd.DataFrame:
    """Return supply by activity with two different spreads, then one row of the total, as a tidy frame.

    Columns: activity (or ``all activities``); supplied (full sessions a calendar week, mean of the year); lower and
    upper (90 % interval of that mean over one year: people away independently from week to week, so its standard
    deviation is that of a week / sqrt 52.18); week_sd, week_low, week_high (of a week taken at random: standard
    deviation, and what 5 and 95 weeks in 100 stay below; no ends for the total); sd_of_people (week_sd without the
    timetable's own weeks that differ). ``year`` is the calendar, from which the spread of the total comes, as a person
    away is away from all activities.
    """
    spread = weekly_variation(time, rows).set_index("activity")
    found: list[tuple[str | float | None, ...]] = []
    for key in map(str, supplied.index):
        mean = float(supplied[key])
        of_people = sd = 0.0
        low = high = mean
        if key in spread.index:
            variance = float(spread.loc[key, "variance"])  # type: ignore[arg-type]
            of_people = math.sqrt(max(0.0, variance - float(spread.loc[key, "variance_of_cycle"])))  # type: ignore[arg-type]
            sd = math.sqrt(variance)
            low, high = _weeks_between(weekly_capacity(time, rows, key, GRAIN).pmf, mean)
        found.append((key, mean, *_of_year(mean, of_people), sd, low, high, of_people))
    total = float(supplied.sum())
    of_people = math.sqrt(float((year.loc[year["activity"] == TOTAL, "available_sd"] ** 2).mean()))
    found.append((TOTAL, total, *_of_year(total, of_people), None, None, None, of_people))
    return pd.DataFrame(found, columns=list(SUPPLY_COLUMNS)).astype(SUPPLY_COLUMNS)


def _of_year(mean: float, sd: float) -> tuple[float, float]:
    reach = NORMAL * sd / math.sqrt(WEEKS_PER_YEAR)
    return max(0.0, mean - reach), mean + reach


def _weeks_between(pmf: Pmf | None, mean: float) -> tuple[float, float]:
    if pmf is None:
        return mean, mean
    below = np.cumsum(pmf.array)
    low, high = (int(np.searchsorted(below, share - 1e-12)) / GRAIN for share in (0.05, 0.95))
    return low, high


def by_level(
    time: JobTime,
    levels: Mapping[str, Sequence[Level]],
    supply: pd.DataFrame,
    units: Mapping[str, Units],
    activities: pd.DataFrame,
) -> pd.DataFrame:
    """Return requirement, supply and gap at each level, by activity and in total, as a tidy frame.

    Columns: activity (or ``all activities``: those with a requirement); level (keep_up, percentile, service_level; of
    the total also ``required``: each activity at the level that feeds its requirement); rule; used (it feeds the
    requirement); required, lower, upper (sessions a calendar week, one-off sessions of ``include_backlog`` included);
    slots; on_time (share of weeks whose demand is within it); seen_in_time and promise (by the exact queue); supplied,
    supplied_lower, supplied_upper; gap, gap_lower, gap_upper; the gap in slots, contact hours, DCC hours, PAs and WTE;
    pounds and pounds_by (of the shortfall, a year); reason (why a figure is missing). Intervals are of 90 %.
    """
    backlog = {str(key): float(value) for key, value in activities["backlog"].items()}
    of_supply = supply.set_index("activity")
    rows: list[dict[str, object]] = []
    for key, of_activity in levels.items():
        supplied = _supplied(of_supply, key)
        rows += [_level_row(time, key, level, supplied, units[key], backlog[key]) for level in of_activity]
    wanted = {str(key) for key, required in activities["required"].items() if required > 0}
    asked = {key: of_activity for key, of_activity in levels.items() if key in wanted}
    extra = sum(backlog[key] for key in asked)
    supplied = _total_supply(of_supply, list(asked))
    rows += [_total_row(name, asked, rows, supplied, extra) for name in (*LEVELS, REQUIRED) if asked]
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS)).astype(LEVEL_COLUMNS)


Supplied = tuple[float, Interval]


def _supplied(supply: pd.DataFrame, key: str) -> Supplied:
    mean, lower, upper = (float(supply.loc[key, name]) for name in ("supplied", "lower", "upper"))  # type: ignore[arg-type]
    return mean, Interval(lower, upper)


def _total_supply(supply: pd.DataFrame, keys: list[str]) -> Supplied:
    """Supply of the activities asked for; its spread is that of all activities, a little more than theirs."""
    mean = float(supply.loc[keys, "supplied"].sum())
    lower, upper = _of_year(mean, float(supply.loc[TOTAL, "sd_of_people"]))  # type: ignore[arg-type]
    return mean, Interval(lower, upper)


def _level_row(
    time: JobTime, key: str, level: Level, supplied: Supplied, units: Units, backlog: float
) -> dict[str, object]:
    row = {
        "activity": key,
        "level": level.name,
        "rule": level.rule,
        "used": level.used,
        "slots": level.slots,
        "on_time": level.on_time,
        "seen_in_time": level.seen_in_time,
        "promise": level.promise,
        "pounds_by": "",
        "reason": level.reason,
    } | _supply_cells(supplied)
    if level.sessions is None:
        return row
    short = level.sessions + backlog - supplied[0]
    priced = headline(costs_of(time, units.post, short, short * units.pa))
    return (
        row
        | _gap_cells(level.sessions, level.interval, supplied, backlog)
        | {
            "gap_slots": None if units.slots is None else short * units.slots,
            "gap_contact_hours": short * units.contact_hours,
            "gap_hours": short * units.hours,
            "gap_pa": short * units.pa,
            "gap_wte": short * units.wte,
            "pounds": None if priced is None else priced.pounds,
            "pounds_by": "" if priced is None else priced.route,
        }
    )


def _supply_cells(supplied: Supplied) -> dict[str, object]:
    mean, interval = supplied
    return {"supplied": mean, "supplied_lower": interval.lower, "supplied_upper": interval.upper}


def _gap_cells(sessions: float, interval: Interval, supplied: Supplied, backlog: float) -> dict[str, object]:
    required = sessions + backlog
    moved = interval
    if interval.lower is not None and interval.upper is not None:
        moved = Interval(interval.lower + backlog, interval.upper + backlog)
    between = interval_of_difference(moved, required, supplied[1], supplied[0])
    return {
        "required": required,
        "lower": moved.lower,
        "upper": moved.upper,
        "gap": required - supplied[0],
        "gap_lower": between.lower,
        "gap_upper": between.upper,
    }


def _total_row(
    name: str,
    levels: Mapping[str, Sequence[Level]],
    rows: Sequence[Mapping[str, object]],
    supplied: Supplied,
    backlog: float,
) -> dict[str, object]:
    """Sums of the rows of each activity; where the level is not known, of the row that feeds the requirement."""
    sessions, interval = total_level(levels, None if name == REQUIRED else name)
    chosen = []
    for key in levels:
        of_activity = [row for row in rows if row["activity"] == key]
        used = next(row for row in of_activity if row["used"])
        at = next((row for row in of_activity if row["level"] == name and row.get("required") is not None), used)
        chosen.append(at)
    routes = sorted({str(row["pounds_by"]) for row in chosen if row.get("pounds")})
    return {
        "activity": TOTAL,
        "level": name,
        "rule": "each activity at the level that feeds its requirement"
        if name == REQUIRED
        else "sum of the activities, those without this level as required",
        "used": name == REQUIRED,
        "promise": "",
        "reason": interval.reason,
        "pounds": _sum(chosen, "pounds"),
        "pounds_by": ";".join(routes),
        **_supply_cells(supplied),
        **_gap_cells(sessions, interval, supplied, backlog),
        **{column: _sum(chosen, column) for column in ("slots", *IN_UNITS)},
    }


def _sum(rows: Sequence[Mapping[str, object]], column: str) -> float | None:
    """Sum of what is known; None where nothing is."""
    known = [float(value) for row in rows if (value := row.get(column)) is not None]  # type: ignore[arg-type]
    return sum(known) if known else None


def pounds_frame(time: JobTime, activities: pd.DataFrame, units: Mapping[str, Units]) -> pd.DataFrame:
    """Return every way of closing the shortfall of each activity that is short, as a tidy frame.

    Columns: activity; route (posts, extra_pa, waiting_list_session, locum_session); quantity and unit (WTE of posts
    with their core SPA, PAs, sessions a year); price; pounds a year; reason (why there is no price, or who is not in
    it).
    """
    rows = [
        {"activity": key, **cost.__dict__}
        for key, unit in units.items()
        if (short := float(activities.loc[key, "gap"])) > 0  # type: ignore[arg-type]
        for cost in costs_of(time, unit.post, short, short * unit.pa)
    ]
    return pd.DataFrame(rows, columns=list(POUND_COLUMNS)).astype(POUND_COLUMNS)


def one_off_by_activity(time: JobTime, sessions: Mapping[str, float]) -> pd.DataFrame:
    """Return one-off sessions by activity, as a tidy frame of the activities that have any.

    Columns: activity; sessions (once); a_week (over the 52.18 weeks of the plan year); route and pounds (what they
    cost, once, as waiting-list or locum sessions); reason (why there is no price).
    """
    rows = []
    for key, number in sessions.items():
        if number > 0:
            cost = one_off_cost(time, number)
            rows.append((key, number, number / WEEKS_PER_YEAR, cost.route, cost.pounds, cost.reason))
    return pd.DataFrame(rows, columns=list(ONE_OFF_ACTIVITY_COLUMNS)).astype(ONE_OFF_ACTIVITY_COLUMNS)
