"""Sessions that take people together: joint teams, and supervisors beside those they supervise.

A joint session (``team = consultant:1;anaesthetist:1``) counts once in each week in which every group is there in full.
It runs in as many weeks as the least present of its groups: people who work together take leave together, so the
minimum of the presence of the groups is delivered, not the product, which is for people away independently. The
presence of a group is the mean of those who attend, worked out over the cycle for each activity and half-day. People
for whom no plan is proposed (doctors in training, who are replaced when away) do not limit it.

Somebody supervised works beside a supervisor: the first of those named in ``supervised_by`` who has a session in the
same half-day, week and site. The supervisor keeps ``supervisor_output`` of their own yield in that session, once,
however many they supervise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from capacity.service.model import JobPlanRow
from capacity.service.resolved import (
    is_planned,
    is_reserved,
    meets_as_one,
    same_place,
    seat_of,
    seats,
    site_of,
    supervisor_keeps,
    supervisors,
)
from capacity.supply.job_time import JobTime
from capacity.units import NO_FIXED_SLOT

Attendance = tuple[str, str, str, int]
"""Person, activity, half-day, week of the cycle."""


@dataclass(frozen=True)
class JointSessions:
    """Complete sessions of a joint team in one half-day, by week of the cycle.

    ``worth`` is what each delivers a calendar week; ``people`` are those there, the least present first.
    """

    sessions: dict[int, int]
    worth: float
    people: tuple[str, ...]

    @property
    def total(self) -> int:
        """Complete sessions a cycle."""
        return sum(self.sessions.values())


def session_rows(time: JobTime, rows: Iterable[JobPlanRow]) -> list[JobPlanRow]:
    """Rows of sessions with a half-day, of people in post."""
    return [
        row for row in rows if not is_reserved(row.activity) and row.slot != NO_FIXED_SLOT and time.supplies(row.person)
    ]


def supervising(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[Attendance, float]:
    """Sessions in which somebody supervises -> the share of their own yield they keep (the least asked for)."""
    skills = {(skill.person, skill.activity): skill for skill in time.service.skills if skill.supervised_by}
    if not skills:
        return {}
    asked = {key: supervisors(time.service, skill) for key, skill in skills.items()}
    sites = {key: site_of(time.service, activity) for key, activity in time.activities.items()}
    there: dict[tuple[str, int], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in session_rows(time, rows):
        if not meets_as_one(time.activities[row.activity]):
            for week in time.row_weeks(row):
                there[row.slot, week][row.person].append(row.activity)
    keeps: dict[Attendance, float] = {}
    for (slot, week), doing in there.items():
        for person, activity in [(who, what) for who, activities in doing.items() for what in activities]:
            for who, what in asked.get((person, activity), ()):
                beside = [
                    each
                    for each in doing.get(who, ())
                    if what in (None, each) and same_place(sites[each], sites[activity])
                ]
                if beside:
                    keep = supervisor_keeps(skills[person, activity])
                    for each in beside:
                        key = (who, each, slot, week)
                        keeps[key] = min(keeps.get(key, 1.0), keep)
                    break
    return keeps


def kept_share(time: JobTime, keeps: dict[Attendance, float], row: JobPlanRow) -> float:
    """Mean share of their yield that whoever has a row keeps over its weeks."""
    if not keeps:
        return 1.0
    weeks = time.row_weeks(row)
    return sum(keeps.get((row.person, row.activity, row.slot, week), 1.0) for week in weeks) / len(weeks)


def joint_sessions(
    time: JobTime, rows: Iterable[JobPlanRow], keeps: dict[Attendance, float]
) -> dict[tuple[str, str], JointSessions]:
    """(activity, half-day) -> the joint sessions that rows of job plans make together."""
    there: dict[tuple[str, str], list[JobPlanRow]] = defaultdict(list)
    for row in session_rows(time, rows):
        if seats(time.activities[row.activity]):
            there[row.activity, row.slot].append(row)
    return {key: _joint(time, key[0], attending, keeps) for key, attending in there.items()}


def _joint(time: JobTime, activity: str, rows: list[JobPlanRow], keeps: dict[Attendance, float]) -> JointSessions:
    work = time.activities[activity]
    needed = seats(work)
    present: dict[int, dict[str, int]] = {
        week: dict.fromkeys(needed, 0) for row in rows for week in time.row_weeks(row)
    }
    planned: dict[str, list[float]] = {group: [] for group in needed}
    others: dict[str, list[float]] = {group: [] for group in needed}
    for row in rows:
        group = seat_of(work, time.people[row.person])
        if group is None:
            continue
        weeks = time.row_weeks(row)
        for week in weeks:
            present[week][group] += 1
        if is_planned(time.service, time.people[row.person]):
            each = time.delivered(row.person, activity, row.slot, row.minutes)
            planned[group] += [each * keeps.get((row.person, activity, row.slot, week), 1.0) for week in weeks]
        else:
            output = time.output.get((row.person, activity), 1.0)
            others[group] += [output * time.session(row.person, activity, row.slot, row.minutes).share] * len(weeks)
    sessions = {
        week: min(count // needed[group] for group, count in groups.items()) for week, groups in sorted(present.items())
    }
    sessions = {week: count for week, count in sessions.items() if count}
    total = sum(sessions.values())
    worth = (
        min(
            _worth_of_group(planned[group], others[group], count * total) / (count * total)
            for group, count in needed.items()
        )
        if total
        else 0.0
    )
    people = sorted({row.person for row in rows}, key=lambda who: (time.delivered_share(who, activity), who))
    return JointSessions(sessions, worth, tuple(people))


def _worth_of_group(planned: list[float], others: list[float], places: int) -> float:
    """What a group brings to so many places: those planned first, the rest of the places from the others."""
    if len(planned) >= places:
        return sum(planned) / len(planned) * places
    return sum(planned) + (places - len(planned)) * sum(others) / len(others)
