"""The rules of a plan: one small named function each, listed in RULES in the order they are told to people.

A rule about people takes the people it is added for, so that ``explain`` can leave some out; the others ignore it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ortools.sat.python import cp_model

from capacity.optimise import rules_personal
from capacity.optimise.linear import at_least, at_most, limit
from capacity.optimise.problem import MINUTE_SCALE, ROUNDING, YIELD_SCALE, Cell, Part, Problem, scaled
from capacity.optimise.rules_together import (
    besides_terms,
    equipment,
    joint_teams,
    joint_terms,
    sites,
    supervising_terms,
    supervision,
)
from capacity.optimise.variables import Unit, Variables, team_unit, unit_of
from capacity.optimise.weekly import room_demand
from capacity.service.resolved import is_divided, role_is_fixed, role_minutes
from capacity.units import NO_FIXED_SLOT, day_of


@dataclass(frozen=True)
class Rule:
    """A rule: its id, the sentence people read, whether it is about single people, and what adds it to a model."""

    id: str
    sentence: str
    personal: bool
    add: Callable[[Variables, Collection[str]], None]


def contract(v: Variables, people: Collection[str]) -> None:
    """Sessions, duty weeks, core SPA, roles and travel fit in the contract and any extra time, over the year."""
    problem = v.problem
    for person in people:
        weeks = round(MINUTE_SCALE * problem.time.weeks_present(person))
        charges: dict[Unit, int] = defaultdict(int)
        for cell in problem.cells:
            if cell[0] == person:
                charges[unit_of(problem, cell)] += problem.charge[cell]
        load = v.totalled(list(charges.items()))
        for (role, holder), held in {**v.holds, **v.trainees}.items():  # trainees of divided roles, each its tariff
            if holder == person and ((role, holder) in v.trainees or not _keeps(problem, role, person)):
                minutes = role_minutes(problem.service, problem.roles[role], problem.people[person])
                load.append((held, round(problem.cycle * weeks * minutes)))
        load += [(minutes, weeks) for (who, _), minutes in v.travel.items() if who == person]
        if person in v.extra:
            load.append((v.extra[person], -problem.cycle * weeks))
        at_most(v.model, load, problem.cycle * problem.room_for_sessions(person))


def _keeps(problem: Problem, role: str, person: str) -> bool:
    """Whether the role's time is already taken out of the person's contract."""
    return person in problem.roles[role].held_by and role_is_fixed(problem.roles[role])


def mean_hours(v: Variables, people: Collection[str]) -> None:
    """Nobody works more than 48 hours a week on average, unless opted out."""
    problem = v.problem
    for person in people:
        ceiling = 60 * problem.time.policy(person).ceiling_hours.value
        weeks = round(MINUTE_SCALE * problem.time.weeks_present(person))
        contract_week = problem.time.contract_year_minutes(person) / problem.time.weeks_present(person)
        most = contract_week + (problem.extra_ceiling(person) if person in v.extra else 0)
        if problem.people[person].opted_out_48h or most <= ceiling or contract_week > ceiling:
            continue
        load = [
            (v.of(cell), problem.clock[cell] - problem.charge[cell])
            for cell in problem.cells
            if cell[0] == person and problem.clock[cell] != problem.charge[cell]
        ]
        load.append((v.extra[person], problem.cycle * weeks))
        at_most(v.model, load, math.floor(problem.cycle * weeks * (ceiling - contract_week)))


def extra_budget(v: Variables, people: Collection[str]) -> None:
    """Extra PAs stay within the service's budget."""
    if v.extra:
        minutes = v.problem.service.policy_tables[v.problem.service.policy].pa_minutes.value
        budget = math.floor(v.problem.service.objective.extra_pa_budget * minutes + 1e-6)
        v.model.add(sum(v.extra.values()) <= budget)


def one_activity(v: Variables, people: Collection[str]) -> None:
    """A person does one activity at a time."""
    by_half_day: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in v.problem.cells:
        if cell[2] != NO_FIXED_SLOT:
            by_half_day[cell[0], cell[2]].append(cell)
    for (person, _), cells in by_half_day.items():
        if person in people:
            open_weeks = {week for cell in cells for week in v.problem.allowed_weeks(cell)}
            limit(v.model, [v.of(cell) for cell in cells], len(open_weeks))


def rooms(v: Variables, people: Collection[str]) -> None:
    """Each session has a room of its own among those its activity can use."""
    problem = v.problem
    for slot, by_activity in room_demand(problem, v.cells_of).items():
        free = {
            room: sum(problem.rooms_free(room, slot, week) for week in problem.weeks)
            for activity in by_activity
            for room in problem.activities[activity].room
        }
        in_room: dict[str, list[cp_model.IntVar]] = defaultdict(list)
        for activity, units in by_activity.items():
            usable = [room for room in problem.activities[activity].room if free[room] > 0]
            if len(usable) == 1:
                in_room[usable[0]] += [v.sessions(unit) for unit in units]
                continue
            parts = [v.model.new_int_var(0, free[room], f"room[{activity},{room},{slot}]") for room in usable]
            for room, part in zip(usable, parts, strict=True):
                in_room[room].append(part)
            v.model.add(sum(v.sessions(unit) for unit in units) == sum(parts))
        for room, counts in in_room.items():
            limit(v.model, counts, free[room])


def pins(v: Variables, people: Collection[str]) -> None:
    """Pinned sessions stay."""
    for cell, weeks in v.problem.pinned.items():
        if cell[0] in people and unit_of(v.problem, cell) in v.n:
            v.model.add(v.of(cell) >= len(weeks))
    for cell, sessions in v.problem.annual_pinned.items():
        if cell[0] in people and unit_of(v.problem, cell) in v.n:
            v.model.add(v.of(cell) >= sessions)


def days(v: Variables, people: Collection[str]) -> None:
    """Nobody works on more days a week than their most days."""
    problem = v.problem
    for person, names in problem.day_limited.items():
        if person not in people:
            continue
        worked = []
        for day in names:
            by_slot: dict[str, list[cp_model.IntVar]] = defaultdict(list)
            for cell in problem.cells:
                if cell[0] == person and day_of(cell[2]) == day:
                    by_slot[cell[2]].append(v.of(cell))
            pinned = max(
                (
                    len(weeks)
                    for (who, slot), weeks in problem.pinned_reserved.items()
                    if who == person and day_of(slot) == day
                ),
                default=0,
            )
            count = v.model.new_int_var(pinned, problem.cycle, f"days[{person},{day}]")
            for counts in by_slot.values():
                v.model.add(count >= sum(counts))
            worked.append(count)
        v.model.add(sum(worked) <= problem.cycle * problem.most_days(person))


def per_week(v: Variables, people: Collection[str]) -> None:
    """Nobody does more of an activity a week than their skill allows."""
    for (person, activity), skill in v.problem.skill.items():
        if skill.max_per_week is not None and person in people and not v.problem.is_annualised(activity):
            counts = [v.of(cell) for cell in v.problem.cells if cell[0] == person and cell[1] == activity]
            limit(v.model, counts, math.floor(skill.max_per_week * v.problem.cycle + 1e-6))


def least_people(v: Variables, people: Collection[str]) -> None:
    """At least so many people do an activity (fewer only where fewer are skilled)."""
    problem = v.problem
    rota_people = {
        (person, item.activity) for rota in problem.service.rotas for item in rota.delivers for person in rota.members
    }
    fixed_people = {(row.person, row.activity) for row in problem.fixed_rows}
    asked_for = {part.activity for part in problem.parts_of_demand if part.needed > ROUNDING}
    for activity in problem.activities.values():
        key = activity.activity
        least = 1 if activity.min_people is None else activity.min_people
        if not least or key not in asked_for:
            continue
        anyway = {person for person, name in rota_people | fixed_people if name == key}
        possible = (cell for cell in problem.cells if cell[1] == key and cell not in problem.together.hopeless)
        able = list(dict.fromkeys(cell[0] for cell in possible if cell[0] not in anyway))
        wanted = min(least - len(anyway), len(able))
        if wanted > 0:
            v.model.add(sum(v.does_at_all(person, key) for person in able) >= wanted)


def least_volume(v: Variables, people: Collection[str]) -> None:
    """Whoever does an activity at all does its minimum number of sessions a year."""
    problem = v.problem
    for activity in problem.activities.values():
        if not activity.min_sessions_per_year:
            continue
        key = activity.activity
        for person in dict.fromkeys(cell[0] for cell in problem.cells if cell[1] == key):
            if person in people:
                annual = problem.is_annualised(key)  # counted a year as it is
                weeks = round(MINUTE_SCALE * (problem.cycle if annual else problem.time.charged_weeks(person, key)))
                counts = [v.of(cell) for cell in problem.cells if cell[0] == person and cell[1] == key]
                least = math.ceil(MINUTE_SCALE * problem.cycle * activity.min_sessions_per_year)
                v.model.add(weeks * sum(counts) >= least * v.does_at_all(person, key))


def role_holders(v: Variables, people: Collection[str]) -> None:
    """Every role has its number of holders, all eligible; those appointed stay."""
    problem = v.problem
    for role in problem.roles.values():
        held = {
            person: v.holds[role.role, person] for person in problem.candidates(role) if (role.role, person) in v.holds
        }
        if not held:
            continue
        if not is_divided(role):
            v.model.add(sum(held.values()) == problem.places(role))
        if role_is_fixed(role):
            for person in role.held_by:
                if person in held:
                    v.model.add(held[person] == 1)
        for person in problem.locked_holders(role):
            if person in held and person in people:
                v.model.add(held[person] == 1)


def roles_lost(v: Variables) -> list[tuple[str, cp_model.LinearExpr | int]]:
    """Person and 1 for each role that a planned person holds in the plan before and gives up."""
    problem, terms = v.problem, []
    for role in problem.roles.values():
        for person in problem.held_before(role):
            if person not in problem.people or _keeps(problem, role.role, person):
                continue
            held = v.holds.get((role.role, person))
            terms.append((person, 1 if held is None else 1 - held))
    return terms


def coverage(v: Variables, people: Collection[str]) -> None:
    """What is delivered and what is left uncovered make the requirement (demand is never hard)."""
    problem = v.problem
    for index, part in enumerate(problem.parts):
        if part.needed <= ROUNDING:
            continue
        factors = v.delivered[index] = _delivered_by_unit(v, part)
        also = v.delivered_also[index] = [*joint_terms(v, part), *supervising_terms(v, part), *besides_terms(v, part)]
        terms = [*v.totalled(factors), *also]
        rapid = problem.tier_of(part.activity) == "rapid"
        v.least_mean[index] = scaled(part.needed_mean if rapid else part.needed)
        short = v.model.new_int_var(0, math.ceil(part.needed), f"short[{index}]")
        v.short_mean[index] = short
        at_least(v.model, [*terms, (short, YIELD_SCALE)], v.least_mean[index])
        if rapid:
            v.least_centile[index] = scaled(part.needed)
            further = v.model.new_int_var(0, math.ceil(part.needed), f"short_centile[{index}]")
            v.short_centile[index] = further
            at_least(v.model, [*terms, (short, YIELD_SCALE), (further, YIELD_SCALE)], v.least_centile[index])


def _delivered_by_unit(v: Variables, part: Part) -> list[tuple[Unit, int]]:
    """What one week of each unit delivers to a part: a whole-team session counts once, whoever attends."""
    problem = v.problem
    if problem.is_whole_team(part.activity):
        meetings: dict[Unit, int] = defaultdict(int)
        for slot in part.slots:
            unit = team_unit(problem, part.activity, slot)
            if unit in v.n and (part.activity, slot) not in v.besides:
                meetings[unit] += YIELD_SCALE
        return list(meetings.items())
    total: dict[Unit, int] = defaultdict(int)
    for cell in problem.cells if part.activity not in problem.together.seats else ():
        if cell[1] == part.activity and cell[2] in part.slots:
            total[unit_of(problem, cell)] += problem.delivers[cell]
    return list(total.items())


RULES: tuple[Rule, ...] = tuple(
    Rule(add.__name__, (add.__doc__ or "").strip(), personal, add)
    for add, personal in (
        (contract, True),
        (mean_hours, True),
        (extra_budget, False),
        (one_activity, True),
        (rooms, False),
        (joint_teams, False),
        (supervision, True),
        (sites, True),
        (equipment, False),
        (pins, True),
        (days, True),
        (rules_personal.weekends, True),
        (rules_personal.job_share, False),
        (rules_personal.job_share_pattern, False),
        (rules_personal.out_of_hours, True),
        (per_week, True),
        (least_people, False),
        (least_volume, True),
        (role_holders, False),
        (rules_personal.trainees, False),
        (rules_personal.changes, True),
        (rules_personal.changes_in_all, False),
        (coverage, False),
    )
)
"""Skills, unavailable half-days, premium consent, all-day blocks and whole-team attendance need no constraint: cells
that break them are never created, and what must happen together is one variable (``unit_of``)."""
