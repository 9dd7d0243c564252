"""A calendar of the plan year: sessions available against required, week by week, and which weeks fail.

A mean hides the weeks that cannot work: those with bank holidays, before a joiner or after a leaver, in the holidays,
or in which the cycle of the timetable is thin. See docs/formulas/calendar.md.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from capacity.service.bank_holidays import bank_holidays
from capacity.service.model import JobPlanRow, Service
from capacity.supply.job_time import JobTime
from capacity.supply.posts import is_there
from capacity.supply.sessions import Work, work_of
from capacity.supply.weeks import WeeksPresent, bank_holidays_by_weekday, weeks_present
from capacity.units import DAYS, WEEKS_PER_YEAR

WEEKS = 52
TOTAL = "all activities"
"""Name of the rows of the total; no activity can have it, as ids hold no blanks."""
ROUNDING = 0.005
"""Sessions a week: less than this is not a shortfall."""
NAMED = 6
"""Weeks named one by one in a sentence."""
CALENDAR_COLUMNS = (
    "week_starting",
    "activity",
    "available",
    "available_sd",
    "required",
    "fails",
    "bank_holidays",
    "cycle_week",
)

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Year:
    """The weeks of the calendar: their Mondays, the week of the cycle each is, and its bank holidays."""

    weeks: tuple[dt.date, ...]
    cycle: tuple[int, ...]
    holidays: frozenset[dt.date]
    by_weekday: dict[str, int]
    leave: Array
    """Leave of each week as a multiple of the mean week's; mean 1."""

    def closed(self, day: str) -> Array:
        """1 in each week in which that weekday is a bank holiday, else 0."""
        number = DAYS.index(day)
        return np.array([float(week + dt.timedelta(days=number) in self.holidays) for week in self.weeks])


def calendar_weeks(service: Service, weeks: int = WEEKS) -> tuple[dt.date, ...]:
    """Mondays of the calendar: whole weeks from the first Monday of the plan year on."""
    first = service.year_starts + dt.timedelta(days=-service.year_starts.weekday() % 7)
    return tuple(first + dt.timedelta(weeks=number) for number in range(weeks))


def leave_by_month(service: Service, months: Mapping[int, float], weeks: int = WEEKS) -> dict[dt.date, float]:
    """A holiday pattern for :func:`calendar`: how much leave the weeks of a month hold beside an ordinary month's.

    ``{8: 2, 12: 1.5}`` is twice the leave in weeks that begin in August and half as much again in December.
    """
    return {week: months.get(week.month, 1.0) for week in calendar_weeks(service, weeks)}


def calendar(
    time: JobTime,
    rows: Iterable[JobPlanRow],
    seasonal: Mapping[str, Mapping[dt.date, float]] | None = None,
    leave: Mapping[dt.date, float] | None = None,
    first_cycle_week: int = 1,
    weeks: int = WEEKS,
) -> pd.DataFrame:
    """Return sessions available and required by week and activity, as a tidy frame.

    Parameters
    ----------
    time
        Arithmetic of the service and its demand.
    rows
        Job plans, as in job_plans.csv: those in force (``service.job_plans``) or proposed ones (``plan.rows``).
    seasonal
        Activity -> week starting -> multiple of the mean requirement; 1 where it says nothing. Fixed sessions a week
        do not vary.
    leave
        Week starting -> how much leave is taken beside other weeks (1 where it says nothing), scaled to a mean of 1.
        None spreads leave evenly. Only when leave is taken varies, not how much.
    first_cycle_week
        The week of the cycle that the first week is.
    weeks
        Weeks to show.

    Returns
    -------
    DataFrame
        One row a week and activity that is required or supplied, then one a week of the total. Columns: week_starting
        (date of a Monday); activity (or ``all activities``); available and available_sd (expected full sessions in the
        week and their standard deviation, people being away independently, each with all their sessions); required;
        fails (available below required); bank_holidays (weekdays, such as ``Mon;Tue``; blank where there is none);
        cycle_week (which week of the timetable's cycle it is, from 1).
        A total that does not fail may hide an activity that does: sessions of one do not do for another.

    Raises
    ------
    ValueError
        ``leave`` puts more leave into a week than there are people, or is not above 0 on average.

    Notes
    -----
    A session runs in a week of the cycle it stands in, if its person is in post, it is not a bank holiday and they are
    neither on leave, sick nor on duty that displaces it. Covered sessions and duty run every week. A whole team's
    session runs in every week in which anyone attends, a joint team's where the least present of them is. Duty is
    spread evenly over the weeks.
    """
    year = plan_year(time, leave, first_cycle_week, weeks)
    present = {person: weeks_present(time, person) for person in time.people if time.supplies(person)}
    mean: dict[str, Array] = defaultdict(lambda: np.zeros(weeks))
    varying: dict[tuple[str, str], list[Array]] = defaultdict(lambda: [np.zeros(weeks), np.zeros(weeks)])
    for work in work_of(time, rows):
        planned = work.sessions * standing(time, year, work)
        chance = _chance(time, present, year, work)
        mean[work.activity] += planned * chance
        if work.runs in ("present", "joint"):
            for activity in (work.activity, TOTAL):
                sums = varying[work.people[0], activity]
                sums[0] += planned
                sums[1] += planned * chance
    variance: dict[str, Array] = defaultdict(lambda: np.zeros(weeks))
    for (_, activity), (planned, expected) in varying.items():
        variance[activity] += expected * (planned - expected)
    return _frame(time, year, mean, variance, seasonal or {})


def plan_year(time: JobTime, leave: Mapping[dt.date, float] | None, first_cycle_week: int, weeks: int) -> Year:
    """Return the weeks of the plan year; parameters and errors as in :func:`calendar`."""
    service = time.service
    mondays = calendar_weeks(service, weeks)
    relative = np.array([1.0 if leave is None else leave.get(week, 1.0) for week in mondays])
    if relative.min() < 0 or relative.mean() <= 0:
        raise ValueError("leave must be 0 or more in every week and above 0 in some")
    return Year(
        weeks=mondays,
        cycle=tuple((first_cycle_week - 1 + number) % service.cycle_weeks + 1 for number in range(weeks)),
        holidays=frozenset(bank_holidays(service, mondays[0], mondays[-1] + dt.timedelta(days=6))),
        by_weekday=bank_holidays_by_weekday(service),
        leave=relative / relative.mean(),
    )


def standing(time: JobTime, year: Year, work: Work) -> Array:
    """Share of each week in which the work stands in the timetable and somebody is in post for it."""
    stands = np.array([float(work.weeks is None or week in work.weeks) for week in year.cycle])
    days = DAYS[:5] if work.day is None else (work.day,)
    people = [time.people[person] for person in work.people]
    dates = [[week + dt.timedelta(days=DAYS.index(day)) for day in days] for week in year.weeks]
    needed = all if work.runs == "joint" else any
    there = [sum(needed(is_there(person, date) for person in people) for date in week) / len(days) for week in dates]
    share: Array = stands * np.array(there)
    return share


def _chance(time: JobTime, present: Mapping[str, WeeksPresent], year: Year, work: Work) -> Array:
    """Chance that the work, standing in the timetable of a week, is done."""
    activity = time.activities[work.activity]
    if work.runs in ("covered", "annualised", "duty") or activity.covered:
        return np.ones(len(year.weeks))
    if work.runs == "together":
        return 1 - year.closed(work.day or "Mon")
    person = present[work.people[0]]  # of a joint team the least present
    duty = time.displaced_weeks(person.person, work.activity) / WEEKS_PER_YEAR
    if work.day is None:
        return _not_away(year, person, person.weeks / WEEKS_PER_YEAR, duty)
    open_weeks = WEEKS_PER_YEAR - year.by_weekday[work.day]
    return _not_away(year, person, person.by_weekday[work.day] / open_weeks, duty) * (1 - year.closed(work.day))


def _not_away(year: Year, person: WeeksPresent, mean: float, duty: float) -> Array:
    """Chance of each week that a person is not on leave, sick or on duty; ``mean`` is that of the year, duty apart."""
    well = 1 - person.sickness_share
    away = (1 - min(1.0, mean / well)) * year.leave
    if away.max() > 1 + 1e-9:
        week = year.weeks[int(away.argmax())]
        raise ValueError(f"the leave of {person.person} in the week of {week} is {away.max():.2f} of a week; at most 1")
    return np.maximum(0.0, (1 - away) * well - duty)


def _frame(
    time: JobTime,
    year: Year,
    mean: Mapping[str, Array],
    variance: Mapping[str, Array],
    seasonal: Mapping[str, Mapping[dt.date, float]],
) -> pd.DataFrame:
    zero = np.zeros(len(year.weeks))
    holidays = [
        ";".join(day for number, day in enumerate(DAYS) if week + dt.timedelta(days=number) in year.holidays)
        for week in year.weeks
    ]
    parts, total = [], zero.copy()
    for activity in time.activities:
        required = _required(time, year, activity, seasonal.get(activity, {}))
        total += required
        if activity in mean or required.any():
            sd = np.sqrt(variance.get(activity, zero))
            parts.append(_weeks_of(year, activity, mean.get(activity, zero), sd, required, holidays))
    everything = sum(mean.values(), zero)
    parts.append(_weeks_of(year, TOTAL, everything, np.sqrt(variance.get(TOTAL, zero)), total, holidays))
    return pd.concat(parts, ignore_index=True)


def _required(time: JobTime, year: Year, activity: str, index: Mapping[dt.date, float]) -> Array:
    wanted = time.demand.activities[activity]
    fixed = min(wanted.fixed_sessions + wanted.backlog_sessions, wanted.required)
    relative = np.array([index.get(week, 1.0) for week in year.weeks])
    return fixed + (wanted.required - fixed) * relative


def _weeks_of(
    year: Year, activity: str, available: Array, sd: Array, required: Array, holidays: list[str]
) -> pd.DataFrame:
    columns = (year.weeks, activity, available, sd, required, available < required - ROUNDING, holidays, year.cycle)
    return pd.DataFrame(dict(zip(CALENDAR_COLUMNS, columns, strict=True)))


def failing_weeks(calendar_of_year: pd.DataFrame) -> tuple[str, ...]:
    """Say which weeks fail, in a sentence for each activity that has any, then one for the total.

    ``calendar_of_year`` is what :func:`calendar` returns.
    """
    by_activity: dict[str, list[dict[Hashable, Any]]] = defaultdict(list)
    for row in calendar_of_year.to_dict("records"):
        by_activity[row["activity"]].append(row)
    return tuple(
        _sentence(activity, weeks) for activity, weeks in by_activity.items() if any(week["fails"] for week in weeks)
    )


def _sentence(activity: str, weeks: list[dict[Hashable, Any]]) -> str:
    failing = [week for week in weeks if week["fails"]]
    worst = max(failing, key=_short)
    most, least = f"{_short(worst):.1f}", f"{min(map(_short, failing)):.1f}"
    ends = f"the worst is {_day(worst)}, {worst['available']:.1f} of {worst['required']:.1f} sessions."
    if len(failing) == len(weeks):
        by = most if most == least else f"{least} to {most}"
        return f"{activity}: short in every one of {len(weeks)} weeks, by {by} sessions; {ends}"
    return f"{activity}: short in {len(failing)} of {len(weeks)} weeks: {_which(weeks, failing)}; {ends}"


def _which(weeks: list[dict[Hashable, Any]], failing: list[dict[Hashable, Any]]) -> str:
    """Failing weeks in words: whole weeks of the cycle, then those with bank holidays, then the others."""
    ordinary = [week for week in weeks if not week["bank_holidays"]]
    cycle = {week["cycle_week"] for week in ordinary} - {week["cycle_week"] for week in ordinary if not week["fails"]}
    rest = [week for week in failing if week["cycle_week"] not in cycle]
    parts = []
    if cycle:
        one = len(cycle) == 1
        parts.append(f"{'week' if one else 'weeks'} {_listed([str(week) for week in sorted(cycle)])} of the cycle")
    for what, found in (
        ("with a bank holiday", [week for week in rest if week["bank_holidays"]]),
        ("without", [week for week in rest if not week["bank_holidays"]]),
    ):
        if found:
            named = _listed([_day(week) for week in found[:NAMED]])
            more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
            parts.append(f"{len(found)} {what} ({named}{more})")
    return ", and ".join(parts)


def _short(week: dict[Hashable, Any]) -> float:
    return float(week["required"] - week["available"])


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _day(week: dict[Hashable, Any]) -> str:
    date = week["week_starting"]
    return f"{date.day} {date:%b}"
