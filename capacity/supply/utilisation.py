"""How far rooms, people's direct-care time and planned sessions are used."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from capacity.service.bank_holidays import bank_holidays
from capacity.service.model import ROLE_PREFIX, DeliveredRow, JobPlanRow
from capacity.service.resolved import (
    contract_minutes,
    core_spa_minutes,
    is_divided,
    is_reserved,
    meets_as_one,
    role_minutes,
    room_count,
    room_slots,
    seats,
)
from capacity.supply.job_time import JobTime
from capacity.supply.posts import is_there
from capacity.supply.split import year_minutes
from capacity.supply.together import joint_sessions, supervising
from capacity.supply.weeks import bank_holidays_by_weekday, chance_of_running, weeks_present
from capacity.units import DAYS, NO_FIXED_SLOT, WEEKS_PER_YEAR, day_of

ROOM_COLUMNS = ("room", "half_days", "planned", "used", "utilisation", "utilisation_used", "without_room")
DCC_COLUMNS = ("person", "contract_pa", "dcc_possible_pa", "dcc_planned_pa", "utilisation")
DELIVERED_COLUMNS = (
    "activity",
    "timetabled",
    "expected",
    "as_planned",
    "instead",
    "delivered",
    "utilisation",
    "against_expected",
    "unexplained",
)
REASON_COLUMNS = ("activity", "reason", "sessions")
NO_REASON = "no reason given"


# ---- rooms


def room_use(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return how far rooms are used, by room, as a tidy frame.

    Columns: room; half_days (a week there are, mean of the cycle); planned (a week with a session in the timetable);
    used (the same in the weeks the sessions run: planned x e of job_time.py); utilisation and utilisation_used (shares
    of half_days; missing where there are none); without_room (half-days a week of sessions that ask for this room
    first and find none of theirs free). Where an activity can use several rooms, sessions with the fewest choose first
    and each takes the first that is free. A whole team's session takes one room.
    """
    service = time.service
    rooms = {room.room: room for room in service.rooms}
    wanted = _room_sessions(time, rows)
    free = {
        (name, slot, week): room_count(room, slot, week)
        for name, room in rooms.items()
        for slot in room_slots(room)
        for week in range(1, service.cycle_weeks + 1)
    }
    half_days: dict[str, float] = defaultdict(float)
    for (name, _, _), count in free.items():
        half_days[name] += count / service.cycle_weeks
    planned, used, without = (dict.fromkeys(rooms, 0.0) for _ in range(3))
    for choices, slot, week, runs in sorted(wanted, key=lambda session: len(session[0])):
        room = next((name for name in choices if free.get((name, slot, week), 0) > 0), None)
        if room is None:
            without[choices[0]] += 1 / service.cycle_weeks
            continue
        free[room, slot, week] -= 1
        planned[room] += 1 / service.cycle_weeks
        used[room] += runs / service.cycle_weeks
    frame = [
        (
            name,
            half_days[name],
            planned[name],
            used[name],
            planned[name] / half_days[name] if half_days[name] else None,
            used[name] / half_days[name] if half_days[name] else None,
            without[name],
        )
        for name in rooms
    ]
    return pd.DataFrame(frame, columns=list(ROOM_COLUMNS)).astype(dict.fromkeys(ROOM_COLUMNS[1:], float))


def _room_sessions(time: JobTime, rows: Iterable[JobPlanRow]) -> list[tuple[tuple[str, ...], str, int, float]]:
    """Sessions that need a room: rooms they can use, half-day, week of the cycle, share of weeks they run."""
    sessions = []
    together = set()
    rows = tuple(rows)
    for row in rows:
        if is_reserved(row.activity) or row.slot == NO_FIXED_SLOT or not time.supplies(row.person):
            continue
        activity = time.activities[row.activity]
        if seats(activity):
            continue
        whole_team = meets_as_one(activity)
        runs = 1.0 if whole_team else time.delivered_share(row.person, row.activity)
        for week in time.row_weeks(row) if activity.room else ():
            key = (row.activity, row.slot, week)
            if not whole_team or key not in together:
                sessions.append((activity.room, row.slot, week, runs))
            together.add(key)
    for (name, slot), joint in joint_sessions(time, rows, supervising(time, rows)).items():
        for week, count in joint.sessions.items() if time.activities[name].room else ():
            sessions += [(time.activities[name].room, slot, week, min(1.0, joint.worth))] * count
    return sessions


# ---- direct care


def dcc_use(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return how much of the direct care a contract leaves is planned, by person in post, as a tidy frame.

    Columns: person; contract_pa; dcc_possible_pa (contract less core SPA and roles held); dcc_planned_pa (sessions with
    their admin and travel, and duty; flexible time apart), all in PAs a week present; utilisation (planned / possible;
    missing where nothing is possible).
    """
    service = time.service
    rows = tuple(rows)
    minutes = year_minutes(time, rows)
    roles = [role for role in service.roles if not is_divided(role)]
    frame = []
    for key, person in time.people.items():
        if not time.supplies(key):
            continue
        pa = time.policy(key).pa_minutes.value
        held = sum(role_minutes(service, role, person) for role in roles if key in role.held_by)
        held += minutes_of_trainees(time, rows, key)
        contract = contract_minutes(service, person)
        possible = max(0.0, contract - core_spa_minutes(service, person) - held) / pa
        planned = (minutes[key]["DCC"] + minutes[key]["duty"]) / time.weeks_present(key) / pa
        frame.append((key, contract / pa, possible, planned, planned / possible if possible else None))
    return pd.DataFrame(frame, columns=list(DCC_COLUMNS)).astype(dict.fromkeys(DCC_COLUMNS[1:], float))


def minutes_of_trainees(time: JobTime, rows: Iterable[JobPlanRow], person: str) -> float:
    """Minutes a week that rows charge a person for trainees of roles whose trainees are divided."""
    names = {ROLE_PREFIX + role.role for role in time.service.roles if is_divided(role)}
    mine = [row for row in rows if row.person == person and row.activity in names]
    return sum(time.row_year_minutes(row) for row in mine) / time.weeks_present(person)


# ---- planned against delivered


def delivered_use(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return planned against delivered sessions by activity over the period of delivered.csv, as a tidy frame.

    The period is the whole weeks that hold the first and the last date of the file. Columns: activity; timetabled
    (sessions of the job plans in the period, bank holidays and people not in post left out); expected (those left after
    expected leave, sickness and duty); as_planned (delivered as planned); instead (delivered where something else was
    planned); delivered (both); utilisation (as_planned / timetabled) and against_expected (delivered / expected), both
    missing where there is nothing to divide by; unexplained (timetabled - as_planned - sessions lost with a reason).
    Whole-team activities and duty have no rows of one person to compare and are left out.
    """
    counts = _counts(time, tuple(rows))
    frame = []
    for activity in time.activities:
        sums = [sum(counts[name].get((p, activity), 0.0) for p in time.people) for name in COUNTED]
        timetabled, expected, as_planned, instead, lost = sums
        if timetabled or as_planned or instead:
            frame.append(
                (
                    activity,
                    timetabled,
                    expected,
                    as_planned,
                    instead,
                    as_planned + instead,
                    as_planned / timetabled if timetabled else None,
                    (as_planned + instead) / expected if expected else None,
                    timetabled - as_planned - lost,
                )
            )
    return pd.DataFrame(frame, columns=list(DELIVERED_COLUMNS)).astype(dict.fromkeys(DELIVERED_COLUMNS[1:], float))


def lost_sessions(time: JobTime) -> pd.DataFrame:
    """Return planned sessions that did not take place as planned, by activity and reason, as a tidy frame.

    Columns: activity (planned); reason (of delivered.csv, else ``no reason given``); sessions. A row of delivered.csv
    stands for one planned session: of ``planned_activity`` where that is given, else of ``activity``. It is lost whole
    where another activity took place, else as far as ``sessions`` is below 1.
    """
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in time.service.delivered:
        if _lost(row) > 0:
            sums[row.planned_activity or row.activity, row.reason or NO_REASON] += _lost(row)
    return pd.DataFrame([(*key, sessions) for key, sessions in sums.items()], columns=list(REASON_COLUMNS))


def taken_place(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[str, float]:
    """Staff group -> sessions of direct care delivered / expected over the period of delivered.csv.

    Groups without expected sessions are left out.
    """
    counts = _counts(time, tuple(rows))
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for name, place in (("as_planned", 0), ("instead", 0), ("expected", 1)):
        for (person, activity), sessions in counts[name].items():
            if time.activities[activity].category == "DCC":
                sums[time.people[person].staff_group][place] += sessions
    return {group: delivered / expected for group, (delivered, expected) in sums.items() if expected}


COUNTED = ("timetabled", "expected", "as_planned", "instead", "lost")
Counts = dict[str, dict[tuple[str, str], float]]


def _counts(time: JobTime, rows: tuple[JobPlanRow, ...]) -> Counts:
    """Sessions over the period of delivered.csv by what they are, person and activity."""
    counts: Counts = {name: defaultdict(float) for name in COUNTED}
    for row in time.service.delivered:
        if row.activity in time.activities and not _whole_team(time, row.activity):
            switched = row.planned_activity not in (None, row.activity)
            counts["instead" if switched else "as_planned"][row.person, row.activity] += row.sessions
        planned = row.planned_activity or row.activity
        if planned in time.activities:
            counts["lost"][row.person, planned] += _lost(row)
    period = _Period.of(time)
    for plan in rows:
        if is_reserved(plan.activity) or _whole_team(time, plan.activity) or not time.supplies(plan.person):
            continue
        number, chance = _timetabled(time, plan, period)
        counts["timetabled"][plan.person, plan.activity] += number
        counts["expected"][plan.person, plan.activity] += number * chance
    return counts


def _whole_team(time: JobTime, activity: str) -> bool:
    return meets_as_one(time.activities[activity])


def _lost(row: DeliveredRow) -> float:
    if row.planned_activity not in (None, row.activity):
        return 1.0
    return max(0.0, 1.0 - row.sessions) if row.reason or row.sessions == 0 else 0.0


@dataclass(frozen=True)
class _Period:
    """The whole weeks that delivered.csv covers: first Monday, last Sunday, bank holidays in them."""

    first: dt.date
    last: dt.date
    closed: frozenset[dt.date]

    @staticmethod
    def of(time: JobTime) -> _Period:
        dates = [row.date for row in time.service.delivered]
        first, last = min(dates), max(dates)
        first -= dt.timedelta(days=first.weekday())
        last += dt.timedelta(days=6 - last.weekday())
        return _Period(first, last, frozenset(bank_holidays(time.service, first, last)))

    def dates(self, day: str) -> list[dt.date]:
        """Dates of one weekday."""
        monday = self.first + dt.timedelta(days=DAYS.index(day))
        return [monday + dt.timedelta(weeks=number) for number in range(((self.last - self.first).days + 1) // 7)]


def _timetabled(time: JobTime, row: JobPlanRow, period: _Period) -> tuple[float, float]:
    """Sessions of a row of a job plan in the period, at the mean of its cycle, and the chance that each runs."""
    person = time.people[row.person]
    if row.slot == NO_FIXED_SLOT:
        weeks = sum(is_there(person, monday) for monday in period.dates("Mon"))
        if row.per_year is not None:
            return row.per_year / WEEKS_PER_YEAR * weeks, 1.0
        a_week = (row.minutes or 0.0) / time.full_session_minutes(row.person, row.activity)
        return a_week * weeks, time.charged_weeks(row.person, row.activity) / WEEKS_PER_YEAR
    day, covered = day_of(row.slot), bool(time.activities[row.activity].covered)
    share = len(time.row_weeks(row)) / time.service.cycle_weeks
    dates = [date for date in period.dates(day) if is_there(person, date) and (covered or date not in period.closed)]
    holidays = bank_holidays_by_weekday(time.service)[day]
    return share * len(dates), chance_of_running(time, weeks_present(time, row.person), row.activity, day, holidays)
