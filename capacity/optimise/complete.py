"""Completion: SPA, roles, admin, cover and flexible time go into what the sessions leave. It never fails.

Whole half-days first, where the time was last year or on days already worked; what does not fit a half-day gets slot
``-``, time with no fixed place. Every job plan adds up to its contract to the minute.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

from capacity.errors import Finding
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.tiers import Allocation
from capacity.outcome import TeamPlan
from capacity.service.model import ROLE_PREFIX, JobPlanRow
from capacity.service.resolved import contract_minutes, is_divided, is_reserved, role_minutes
from capacity.supply.rota_weeks import closed_weeks
from capacity.units import NO_FIXED_SLOT, WEEKDAY_HALF_DAYS, WEEKS_PER_YEAR, day_of, half_day_order, is_weekend

SMALLEST_PLACED = 30
"""Minutes below which a remainder is not given a place of its own."""
SMALLEST_NAMED = 5
"""Minutes below which a remainder of admin, which is counted with its sessions, is not worth a row."""


@dataclass(frozen=True)
class Completed:
    """A whole plan, and cover bought that could not be placed (activity -> sessions a calendar week)."""

    plan: TeamPlan
    cover_unplaced: dict[str, float]
    findings: tuple[Finding, ...]


@dataclass
class _Timetable:
    """One person's half-days while they are filled: minutes free and days worked in each week of the cycle."""

    problem: Problem
    person: str
    free: dict[tuple[str, int], float] = field(default_factory=dict)
    days: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    weekends: set[int] = field(default_factory=set)
    there: set[tuple[str, int]] = field(default_factory=set)
    """Half-days and weeks with something in them, whole-team sessions and on-call apart."""
    sharer: _Timetable | None = None
    """The other person of a shared post."""
    overlap: frozenset[str] = frozenset()
    rows: list[JobPlanRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        person = self.problem.people[self.person]
        away = {*person.unavailable, *(() if person.premium_consent else self.problem.service.slots.premium)}
        for slot in self.problem.service.half_days():
            if slot not in away:
                closed = closed_weeks(self.problem.service, self.person, slot, None)
                for week in (week for week in self.problem.weeks if week not in closed):
                    self.free[slot, week] = self.problem.time.half_day_minutes(self.person, slot)

    def add(
        self, activity: str, slot: str, weeks: tuple[int, ...], minutes: float | None, taken: float, pinned: bool | None
    ) -> None:
        """Add a row; ``taken`` is what it takes of the half-day in each of its weeks."""
        every = len(weeks) == self.problem.cycle
        self.rows.append(
            JobPlanRow(
                person=self.person,
                activity=activity,
                slot=slot,
                weeks=None if every or slot == NO_FIXED_SLOT else weeks,
                minutes=minutes,
                pinned=pinned,
            )
        )
        if slot != NO_FIXED_SLOT:
            for week in weeks:
                self.free[slot, week] = self.free.get((slot, week), 0.0) - taken
                self.days[week].add(day_of(slot))
            if activity != "on_call" and (is_reserved(activity) or not self.problem.is_whole_team(activity)):
                self.there.update((slot, week) for week in weeks)
            if is_weekend(slot) and activity != "on_call":
                self.weekends.update(weeks)

    def open_weeks(self, slot: str, minutes: float) -> tuple[int, ...]:
        """Weeks in which a half-day has the minutes free, on a day the person works or may still work."""
        most = self.problem.most_days(self.person)
        weeks = tuple(
            week
            for week in self.problem.weeks
            if self.free.get((slot, week), -1.0) >= minutes
            and not self._taken_by_sharer(slot, week)
            and (day_of(slot) in self.days[week] or len(self.days[week]) < most)
        )
        return self._within_weekends(weeks) if is_weekend(slot) else weeks

    def _taken_by_sharer(self, slot: str, week: int) -> bool:
        return self.sharer is not None and slot not in self.overlap and (slot, week) in self.sharer.there

    def _within_weekends(self, weeks: tuple[int, ...]) -> tuple[int, ...]:
        """Weekends already worked, and as many more as the person's most allows."""
        most = self.problem.most_weekends(self.person)
        if most is None:
            return weeks
        more = [week for week in weeks if week not in self.weekends][: max(0, most - len(self.weekends))]
        return tuple(week for week in weeks if week in self.weekends or week in more)

    def place(self, activity: str, minutes: float, prefer: list[str]) -> float:
        """Place minutes a week in half-days and return what is left."""
        left = minutes
        for slot in self._candidates(prefer):
            length = self.problem.time.half_day_minutes(self.person, slot)
            weeks = self.open_weeks(slot, length)
            share = len(weeks) / self.problem.cycle
            if weeks and length * share <= left + 1e-6:
                self.add(activity, slot, weeks, length, length, None)
                left -= length * share
        if left >= SMALLEST_PLACED:
            for slot in self._candidates(prefer):
                whole = math.floor(left + 1e-6)
                if len(self.open_weeks(slot, whole)) == self.problem.cycle:
                    self.add(activity, slot, self.problem.weeks, whole, whole, None)
                    left -= whole
                    break
        return max(0.0, left)

    def _candidates(self, prefer: list[str]) -> list[str]:
        worked = set().union(*self.days.values()) if self.days else set()
        others = sorted(WEEKDAY_HALF_DAYS, key=lambda slot: (day_of(slot) not in worked, half_day_order(slot)))
        return list(dict.fromkeys([*prefer, *others]))


def complete(
    problem: Problem,
    allocation: Allocation,
    weeks: dict[Cell, tuple[int, ...]],
    rooms: dict[tuple[str, str, str, int], str],
) -> Completed:
    """Turn counts and weeks into whole job plans."""
    tables = {person: _Timetable(problem, person) for person in problem.people}
    for (first, second), overlap in problem.shared_posts.items():
        if first in tables and second in tables:
            tables[first].sharer, tables[second].sharer = tables[second], tables[first]
            tables[first].overlap = tables[second].overlap = overlap
    for cell in sorted(weeks, key=lambda cell: (half_day_order(cell[2]), cell)):
        _add_sessions(problem, tables[cell[0]], cell, weeks[cell])
    for cell, sessions in allocation.counts.items():
        if cell[2] == NO_FIXED_SLOT:
            pin = True if problem.annual_pinned.get(cell) else None
            tables[cell[0]].rows.append(
                JobPlanRow(person=cell[0], activity=cell[1], slot=cell[2], per_year=sessions, pinned=pin)
            )
    for row in problem.service.job_plans:
        if row.person in tables:
            _keep_row(problem, tables[row.person], row)
    for person, minutes in problem.together.travel(weeks).items():
        tables[person].add("travel", NO_FIXED_SLOT, (), round(minutes, 6), 0.0, None)
    unplaced = _place_cover(problem, allocation, tables)
    for table in tables.values():
        _place_rest(problem, allocation, table)
    rows = [row for table in tables.values() for row in table.rows]
    rows += [row for row in problem.service.job_plans if row.person not in tables]
    order = {person.person: number for number, person in enumerate(problem.given.people)}
    rows.sort(key=lambda row: (order[row.person], half_day_order(row.slot), row.weeks or (), row.activity))
    plan = TeamPlan(tuple(rows), allocation.holders, dict(allocation.extra), rooms)
    return Completed(plan, unplaced, ())


def _add_sessions(problem: Problem, table: _Timetable, cell: Cell, weeks: tuple[int, ...]) -> None:
    pinned = problem.pinned_in_files.get(cell, frozenset())
    minutes = problem.pinned_minutes.get(cell)
    timed = problem.session(cell).timed
    for group, pin in ((tuple(week for week in weeks if week in pinned), True), (weeks, None)):
        chosen = group if pin else tuple(week for week in group if week not in pinned)
        if chosen:
            table.add(cell[1], cell[2], chosen, minutes, timed, pin)


def _keep_row(problem: Problem, table: _Timetable, row: JobPlanRow) -> None:
    """Keep pinned reserved time, on-call rows, and activity time with no fixed place."""
    unfixed = row.slot == NO_FIXED_SLOT
    if is_reserved(row.activity):
        if row.activity == "on_call" or row.pinned:
            minutes = problem.time.reserved_minutes(row)
            table.add(row.activity, row.slot, problem.time.row_weeks(row), minutes, minutes, row.pinned)
    elif unfixed and not problem.is_annualised(row.activity):
        table.rows.append(row)


def _last_year(problem: Problem, person: str, activity: str) -> list[str]:
    return [
        row.slot
        for row in problem.rows_before
        if row.person == person and row.activity == activity and row.slot != NO_FIXED_SLOT
    ]


def _place_rest(problem: Problem, allocation: Allocation, table: _Timetable) -> None:
    """Place SPA, roles and admin, and let flexible time make the year add up to the contract."""
    person, time = table.person, problem.time
    weeks = time.weeks_present(person)
    extra = allocation.extra.get(person, 0)
    left = weeks * (contract_minutes(problem.service, problem.people[person]) + extra) - time.duty_minutes(person)
    left -= sum(time.row_year_minutes(row) for row in table.rows)
    for role in problem.roles.values():
        if person in allocation.holders.get(role.role, ()):
            minutes = role_minutes(problem.service, role, problem.people[person])
            minutes *= allocation.trainees.get((role.role, person), 0) if is_divided(role) else 1
            name = ROLE_PREFIX + role.role
            minutes -= sum(time.row_year_minutes(row) for row in table.rows if row.activity == name) / weeks
            rest = table.place(name, minutes, _last_year(problem, person, name)) if minutes >= 240 else minutes
            if rest > 1e-6:
                table.add(name, NO_FIXED_SLOT, (), round(rest, 6), 0.0, None)
            left -= weeks * minutes
    floor = problem.spa_floor(person)
    kept = sum(time.row_year_minutes(row) for row in table.rows if row.activity == "spa") / weeks
    spa_now = [row for row in problem.rows_before if row.person == person and row.activity == "spa"]
    before = sum(time.row_year_minutes(row) for row in spa_now)
    spa = math.floor(max(floor - kept, min(before / weeks - kept, left / weeks)) + 1e-6)
    if spa > 0:
        rest = math.ceil(100 * table.place("spa", spa, _last_year(problem, person, "spa")) - 1e-6) / 100
        above_floor = kept + spa - rest >= floor
        if rest and not (above_floor and rest < SMALLEST_PLACED):
            table.add("spa", NO_FIXED_SLOT, (), rest, 0.0, None)
    placed = sum(time.row_year_minutes(row) for row in table.rows if row.activity == "spa") / weeks - kept
    left -= weeks * placed
    _place_admin(problem, table)
    flexible = math.floor(left / weeks + 0.5)
    if flexible > 0:
        rest = table.place("flexible", flexible, _last_year(problem, person, "flexible"))
        placed_exactly = flexible - rest
        rest = math.floor(left / weeks - placed_exactly + 0.5)
        if rest > 0:
            table.add("flexible", NO_FIXED_SLOT, (), rest, 0.0, None)


def _place_admin(problem: Problem, table: _Timetable) -> None:
    """Place the admin charged on top of sessions: it is counted with them and adds nothing."""
    minutes = sum(
        problem.time.session(row.person, row.activity, row.slot, row.minutes).admin
        * len(problem.time.row_weeks(row))
        / problem.cycle
        for row in table.rows
        if not is_reserved(row.activity) and row.slot != NO_FIXED_SLOT
    )
    if minutes >= 1:
        rest = round(table.place("admin", minutes, _last_year(problem, table.person, "admin")))
        if rest >= SMALLEST_NAMED:
            table.add("admin", NO_FIXED_SLOT, (), rest, 0.0, None)


def _place_cover(problem: Problem, allocation: Allocation, tables: dict[str, _Timetable]) -> dict[str, float]:
    """Place cover bought by covered sessions with skilled people free then; return what could not be placed.

    The most sessions a year that free half-days and each person's own bought cover allow, by linear programming.
    """
    own, bought, minutes_of = _cover_bought(problem, allocation)
    wanted: dict[tuple[str, str], float] = defaultdict(float)
    for (_, activity, slot), sessions in own.items():
        wanted[activity, slot] += sessions
    unplaced = {activity: 0.0 for activity, _ in wanted}
    routes = [
        (person, activity, slot)
        for activity, slot in wanted
        for person in tables
        if (person, activity) in problem.skill
        and bought.get(person, 0.0) > 0
        and _others(wanted, own, person, activity, slot) > 0
        and _free_share(tables[person], slot, problem) > 0
    ]
    placed = _best_cover(problem, tables, routes, wanted, own, bought) if routes else {}
    together: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for (person, activity, slot), sessions in placed.items():
        together[person, slot][activity] = sessions
    for (person, slot), covering in together.items():
        share = _add_cover(problem, tables[person], slot, covering)
        for activity, sessions in covering.items():
            unplaced[activity] -= share * sessions / WEEKS_PER_YEAR
    for (activity, _), sessions in wanted.items():
        unplaced[activity] += sessions / WEEKS_PER_YEAR
    for person, total in minutes_of.items():
        table = tables[person]
        done = sum(
            (row.minutes or 0.0) * len(problem.time.row_weeks(row)) / problem.cycle
            for row in table.rows
            if row.activity == "cover"
        )
        rest = round(total / problem.time.weeks_present(person) - done)
        if rest > 0:
            table.add("cover", NO_FIXED_SLOT, (), rest, 0.0, None)
    return {activity: max(0.0, round(sessions, 9)) for activity, sessions in unplaced.items()}


def _others(
    wanted: dict[tuple[str, str], float], own: dict[Cell, float], person: str, activity: str, slot: str
) -> float:
    """Sessions a year of a clinic to cover, other than the person's own."""
    others = wanted[activity, slot] - own.get((person, activity, slot), 0.0)
    return others if others > 1e-9 else 0.0


def _add_cover(problem: Problem, table: _Timetable, slot: str, covering: dict[str, float]) -> float:
    """Add one row for the cover (activity -> sessions a year) a person gives in a half-day; return the share placed.

    Cover placed before may have used up the person's days a week, so fewer weeks can be left than were counted on.
    """
    weeks = table.open_weeks(slot, problem.time.half_day_minutes(table.person, slot))
    possible = len(weeks) / problem.cycle * _on_site_weeks(problem, table.person)
    share = min(1.0, possible / sum(covering.values()))
    if not share:
        return 0.0
    timed = sum(sessions * problem.time.session(table.person, name, slot).timed for name, sessions in covering.items())
    minutes = math.floor(share * timed / possible + 1e-6)
    if minutes:
        table.add("cover", slot, weeks, minutes, minutes, None)
    return share


def _cover_bought(
    problem: Problem, allocation: Allocation
) -> tuple[dict[Cell, float], dict[str, float], dict[str, float]]:
    """Sessions a year to cover by cell, sessions a year each person is charged for, and the minutes of those."""
    own: dict[Cell, float] = defaultdict(float)
    bought: dict[str, float] = defaultdict(float)
    minutes: dict[str, float] = defaultdict(float)
    for cell, count in allocation.counts.items():
        person, activity, _ = cell
        if problem.activities[activity].covered and not problem.is_whole_team(activity):
            sessions = count / problem.cycle * (WEEKS_PER_YEAR - problem.time.present_weeks(person, activity))
            minutes[person] += sessions * problem.session(cell).timed
            sessions *= problem.time.share_in_post(person)
            own[cell] += sessions
            bought[person] += sessions
    return own, bought, minutes


def _on_site_weeks(problem: Problem, person: str) -> float:
    here = problem.time.weeks_present(person) - problem.time.duty_weeks(person)
    return max(0.0, here) * problem.time.share_in_post(person)


def _free_share(table: _Timetable, slot: str, problem: Problem) -> float:
    length = problem.time.half_day_minutes(table.person, slot)
    return len(table.open_weeks(slot, length)) / problem.cycle


def _best_cover(
    problem: Problem,
    tables: dict[str, _Timetable],
    routes: list[Cell],
    wanted: dict[tuple[str, str], float],
    own: dict[Cell, float],
    bought: dict[str, float],
) -> dict[Cell, float]:
    import numpy as np
    from scipy.optimize import linprog

    limits: dict[tuple[str, ...], float] = {}
    members: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, (person, activity, slot) in enumerate(routes):
        limits["clinic", activity, slot] = wanted[activity, slot]
        limits["others", person, activity, slot] = _others(wanted, own, person, activity, slot)
        limits["bought", person] = bought[person]
        limits["free", person, slot] = _free_share(tables[person], slot, problem) * _on_site_weeks(problem, person)
        keys: tuple[tuple[str, ...], ...] = (
            ("clinic", activity, slot),
            ("others", person, activity, slot),
            ("bought", person),
            ("free", person, slot),
        )
        for key in keys:
            members[key].append(number)
    matrix = np.zeros((len(limits), len(routes)))
    for row, limit in enumerate(limits):
        matrix[row, members[limit]] = 1.0
    solution = linprog(-np.ones(len(routes)), A_ub=matrix, b_ub=list(limits.values()), bounds=(0, None), method="highs")
    if not solution.success or solution.x is None:
        return {}
    return {route: float(value) for route, value in zip(routes, solution.x, strict=True) if value > 1e-6}
