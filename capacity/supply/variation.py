"""How much weekly capacity varies, and how much of the year people are away (headroom).

People are present independently, each with probability w = e of job_time.py (weeks run / 52.18), and are away with all
their sessions. For n people alike with s sessions each the mean is n s w and the variance s^2 n w (1 - w).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from capacity.demand.counts import Pmf
from capacity.demand.leave import independent_leave, limited_leave, mixture
from capacity.service.model import JobPlanRow
from capacity.service.resolved import contract_minutes
from capacity.supply.job_time import JobTime
from capacity.supply.sessions import Runs, work_of
from capacity.units import WEEKS_PER_YEAR

HEADROOM_SEEN = (0.158, 0.336)
"""Share of time staff were away in 87 NHS trusts (Drake, British Journal of Nursing 2020; 29(7))."""
HEADROOM_POLICIES = (0.16, 0.26)
"""The same as 35 roster policies plan for it (Drake 2020)."""
EVERYONE = "all staff"
VARIATION_COLUMNS = ("activity", "people", "mean", "variance", "sd", "cv", "variance_of_cycle")
HEADROOM_COLUMNS = ("staff_group", "people", "weeks", "headroom", "within_seen", "within_policies", "words")


@dataclass(frozen=True)
class TeamWeek:
    """Who gives how much of an activity in one week of the cycle.

    ``sessions`` of each person when present, ``presence`` their probability of being so (1 for what is certain: covered
    sessions, duty, annualised lists, a whole team's session); in full sessions' worth.
    """

    sessions: tuple[float, ...]
    presence: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean sessions of the week."""
        return sum(number * share for number, share in zip(self.sessions, self.presence, strict=True))

    @property
    def variance(self) -> float:
        """Variance, people being present independently."""
        pairs = zip(self.sessions, self.presence, strict=True)
        return sum(number**2 * share * (1 - share) for number, share in pairs)


@dataclass(frozen=True)
class Capacity:
    """Distribution of an activity's slots in a week, for the queue; ``pmf`` is None where there is none, with why.

    ``limited`` says that ``max_simultaneous_leave`` was kept; where it could not be, ``reason`` says so and people are
    taken as independent.
    """

    pmf: Pmf | None
    limited: bool = False
    reason: str = ""


def team_weeks(time: JobTime, rows: Iterable[JobPlanRow], activity: str) -> tuple[TeamWeek, ...]:
    """Return who gives how much of an activity in each week of the cycle, bank holidays apart.

    A person in post for part of the year is present in that share of the weeks.
    """
    cycle = range(1, time.service.cycle_weeks + 1)
    uncertain: dict[tuple[str, Runs], list[float]] = defaultdict(lambda: [0.0] * len(cycle))
    certain = [0.0] * len(cycle)
    for work in work_of(time, rows):
        if work.activity != activity:
            continue
        in_post = 1.0 if work.runs == "together" else time.share_in_post(work.people[0])
        sure = work.runs not in ("present", "joint") and in_post == 1
        target = certain if sure else uncertain[work.people[0], work.runs]
        for number, week in enumerate(cycle):
            target[number] += work.sessions * float(work.weeks is None or week in work.weeks)
    presence = {
        (person, runs): time.delivered_share(person, activity)
        if runs in ("present", "joint")
        else time.share_in_post(person)
        for person, runs in uncertain
    }
    return tuple(
        TeamWeek(
            (*(sessions[number] for sessions in uncertain.values()), certain[number]),
            (*(presence[key] for key in uncertain), 1.0),
        )
        for number in range(len(cycle))
    )


def weekly_variation(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return the mean and variance of weekly capacity by activity, as a tidy frame of the activities that have any.

    Columns: activity; people (with sessions that depend on them); mean (full sessions a calendar week: the supply of
    ``gap``); variance, sd, cv (of a week taken at random, sessions squared, sessions, share of the mean);
    variance_of_cycle (the part of the variance that is the timetable's own: weeks of the cycle that differ).
    """
    rows, found = tuple(rows), []
    for activity in time.activities:
        weeks = team_weeks(time, rows, activity)
        mean = sum(week.mean for week in weeks) / len(weeks)
        if mean <= 0:
            continue
        of_cycle = sum((week.mean - mean) ** 2 for week in weeks) / len(weeks)
        variance = of_cycle + sum(week.variance for week in weeks) / len(weeks)
        people = len(weeks[0].sessions) - 1
        found.append((activity, people, mean, variance, math.sqrt(variance), math.sqrt(variance) / mean, of_cycle))
    return pd.DataFrame(found, columns=list(VARIATION_COLUMNS))


def slots_a_session(time: JobTime, activity: str) -> float | None:
    """Slots of one full session of an activity, from its sized demand; None where no stream uses it."""
    wanted = time.demand.activities[activity]
    sessions = wanted.required - wanted.backlog_sessions - wanted.fixed_sessions
    return wanted.slots / sessions if sessions > 1e-9 and wanted.slots > 0 else None


def weekly_capacity(time: JobTime, rows: Iterable[JobPlanRow], activity: str, slots: float | None = None) -> Capacity:
    """Return the distribution of an activity's slots in a week, for ``capacity.demand.queue``.

    Parameters
    ----------
    time
        Arithmetic of the service and its demand.
    rows
        Job plans, as in job_plans.csv.
    activity
        Id of the activity. Raises KeyError where there is none.
    slots
        Slots of one full session; None takes those of its sized demand.

    Returns
    -------
    Capacity
        A mixture over the weeks of the cycle. Where ``[calendar] max_simultaneous_leave`` is given, at most so many of
        the activity's people are away at once, with the same mean.
    """
    slots = slots_a_session(time, activity) if slots is None else slots
    if slots is None:
        return Capacity(None, reason=f"no stream says how many slots a session of {activity} has")
    weeks = team_weeks(time, rows, activity)
    limit = time.service.calendar.max_simultaneous_leave
    independent = [independent_leave(week.presence, [slots * number for number in week.sessions]) for week in weeks]
    shares = [1 / len(weeks)] * len(weeks)
    if limit is None:
        return Capacity(mixture(independent, shares))
    try:
        limited = [_limited(week, slots, limit) for week in weeks]
    except ValueError as error:
        return Capacity(mixture(independent, shares), reason=f"max_simultaneous_leave is not kept: {error}")
    return Capacity(mixture(limited, shares), limited=True)


def _limited(week: TeamWeek, slots: float, limit: int) -> Pmf:
    """Only people with sessions in the week count against the limit."""
    people = [(share, slots * number) for number, share in zip(week.sessions, week.presence, strict=True) if number]
    return limited_leave([share for share, _ in people], [number for _, number in people], limit)


def headroom(time: JobTime) -> pd.DataFrame:
    """Return the headroom used by staff group and for all staff: the share of the year people are away, 1 - W / 52.18.

    Columns: staff_group (then ``all staff``); people; weeks (mean weeks present, by contract); headroom; within_seen
    and within_policies (whether it lies in what was seen in practice, and in what policies plan for); words.

    Notes
    -----
    Drake (British Journal of Nursing 2020; 29(7)): 15.8 to 33.6 % away in the e-rosters of 87 NHS trusts, against 16 to
    26 % in 35 roster policies. That includes parental leave, which the weeks of a policy here do not.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for person, who in time.people.items():
        if time.supplies(person):
            groups[who.staff_group].append(person)
    members = [*groups.items(), (EVERYONE, [person for people in groups.values() for person in people])]
    return pd.DataFrame([_headroom(time, *group) for group in members if group[1]], columns=list(HEADROOM_COLUMNS))


def _headroom(time: JobTime, group: str, people: list[str]) -> tuple[str, int, float, float, bool, bool, str]:
    contracts = [contract_minutes(time.service, time.people[person]) * time.share_in_post(person) for person in people]
    pairs = zip(contracts, people, strict=True)
    weeks = sum(contract * time.weeks_present(person) for contract, person in pairs) / sum(contracts)
    share = 1 - weeks / WEEKS_PER_YEAR
    seen, planned = (least <= share <= most for least, most in (HEADROOM_SEEN, HEADROOM_POLICIES))
    return group, len(people), weeks, share, seen, planned, headroom_in_words(group, weeks)


def headroom_in_words(group: str, weeks: float) -> str:
    """State the headroom of a staff group beside what was seen in practice and what policies plan for."""
    share = 1 - weeks / WEEKS_PER_YEAR
    seen, planned = (f"{least:.1%} to {most:.1%}" for least, most in (HEADROOM_SEEN, HEADROOM_POLICIES))
    if share < HEADROOM_SEEN[0]:
        where = "less than any seen in practice: expect fewer weeks"
    elif share > HEADROOM_SEEN[1]:
        where = "more than any seen in practice"
    else:
        where = "within what was seen in practice"
    return (
        f"{group}: {weeks:.1f} of {WEEKS_PER_YEAR:g} weeks present, a headroom of {share:.1%}, {where}"
        f" ({seen} away in 87 NHS trusts; policies plan {planned}: Drake 2020)."
    )
