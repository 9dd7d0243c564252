"""The tiers: what matters, in order. Each is an expression to minimise, and the same measured on a finished plan."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain

from ortools.sat.python import cp_model

from capacity.optimise.convex import dearer, dearer_terms
from capacity.optimise.problem import YIELD_SCALE, Cell, Part, Problem, scaled
from capacity.optimise.rules import roles_lost
from capacity.optimise.variables import Unit, Variables, most_of, unit_of
from capacity.optimise.yields import Allocation as Allocation  # also imported from here
from capacity.optimise.yields import delivered_by_slot
from capacity.outcome import CHANGE_OF_ROLE, PersonChange
from capacity.service.model import Role
from capacity.units import NO_FIXED_SLOT, day_of

Expression = cp_model.LinearExpr | int


def rapid_mean(v: Variables) -> Expression:
    """Shortfall of rapid activities below their mean demand, weighted by priority."""
    return _weighted(v, v.short_mean, "rapid", "rapid_mean")


def routine(v: Variables) -> Expression:
    """Shortfall of routine activities, weighted by priority."""
    return _weighted(v, v.short_mean, "routine", "routine")


def rapid_headroom(v: Variables) -> Expression:
    """Shortfall of rapid activities between the mean and the centile, weighted by priority."""
    return _weighted(v, v.short_centile, "rapid", "rapid_headroom")


def change(v: Variables) -> Expression:
    """Change to people: 2 x sessions lost + sessions gained, and 4 for a role that changes hands; by their weights."""
    weights = v.problem.change_weights
    terms = chain(_change_of_sessions(v), _day_moves(v))
    return sum(term if weights[person] == 1 else weights[person] * term for person, term in terms)


def _change_of_sessions(v: Variables) -> Iterator[tuple[str, Expression]]:
    """Person and what one cell, or one role, of theirs adds to the change."""
    problem = v.problem
    for cell in problem.cells:
        if problem.activities[cell[1]].category != "DCC":
            continue
        if cell[2] == NO_FIXED_SLOT:
            lost, gained = v.changed_a_year(cell)
            yield cell[0], 2 * lost + gained
            continue
        now = len(problem.current.get(cell, ()))
        count = v.of(cell)
        # n = now - lost + gained, so 2 lost + gained = 3 lost + n - now with lost >= now - n
        yield cell[0], 3 * v.lost_of(cell) + count - now if now else count
    for cell, weeks in problem.given_up(problem.current).items():
        yield cell[0], 2 * weeks
    for person, role_lost in roles_lost(v):
        yield person, CHANGE_OF_ROLE * role_lost


def _day_moves(v: Variables) -> Iterator[tuple[str, Expression]]:
    """Person and what sessions on a day beyond those they had on it add, where the service makes that dear."""
    problem, weight = v.problem, v.problem.service.objective.day_move_weight
    by_day: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in problem.cells if weight else ():
        if cell[0] in problem.dcc_by_day and cell[2] != NO_FIXED_SLOT and problem.is_dcc(cell):
            by_day[cell[0], day_of(cell[2])].append(cell)
    for (person, day), cells in by_day.items():
        now = problem.dcc_by_day[person].get(day, 0)
        sessions = sum(v.of(cell) for cell in cells)
        if not now:
            yield person, weight * sessions
            continue
        if (person, day) not in v.more_on_day:
            most = max(0, sum(most_of(v.of(cell)) for cell in cells) - now)
            more = v.model.new_int_var(0, most, f"more_on_day[{person},{day}]")
            v.model.add(more >= sessions - now)
            v.follows(more, partial(_more_on_day, person=person, day=day, problem=problem))
            v.more_on_day[person, day] = more
        yield person, weight * v.more_on_day[person, day]


def _more_on_day(allocation: Allocation, person: str, day: str, problem: Problem) -> int:
    """DCC sessions a cycle of a person on a day beyond those of the plan before."""
    then = sum(
        count
        for cell, count in allocation.counts.items()
        if cell[0] == person and cell[2] != NO_FIXED_SLOT and day_of(cell[2]) == day and problem.is_dcc(cell)
    )
    return max(0, then - problem.dcc_by_day[person].get(day, 0))


def day_moves(problem: Problem, allocation: Allocation, person: str) -> int:
    """DCC sessions a cycle of a person on days on which they had fewer; 0 for somebody without any before."""
    if person not in problem.dcc_by_day:
        return 0
    days = {day_of(cell[2]) for cell in allocation.counts if cell[0] == person and cell[2] != NO_FIXED_SLOT}
    return sum(_more_on_day(allocation, person, day, problem) for day in days)


def cost(v: Variables) -> Expression:
    """Extra minutes and the surcharge of premium sessions, in minutes a cycle."""
    surcharge = [v.of(cell) * minutes for cell, minutes in v.problem.surcharge.items()]
    return sum(surcharge) + v.problem.cycle * sum(v.extra.values())


EXPRESSIONS: dict[str, Callable[[Variables], Expression]] = {
    "rapid_mean": rapid_mean,
    "routine": routine,
    "rapid_headroom": rapid_headroom,
    "change": change,
    "cost": cost,
}
SHORTFALL = ("rapid_mean", "routine", "rapid_headroom")
GIVES_BACK = ("routine", "rapid_headroom")
"""Tiers of which later tiers may give back ``hold_tolerance`` sessions a cycle."""


def held_at(problem: Problem, name: str, value: float) -> int:
    """At what value later tiers must keep a tier: its own, and the tolerance of those that give some back."""
    tolerance = problem.one_session * problem.service.hold_tolerance if name in GIVES_BACK else 0
    return math.floor(value + tolerance + 1e-6)


def _weighted(v: Variables, short: dict[int, cp_model.IntVar], kind: str, tier: str) -> Expression:
    problem, parts = v.problem, v.problem.parts
    by_alternative: list[dict[int, cp_model.IntVar]] = [{} for _ in problem.weights]
    for index, variable in short.items():
        if problem.tier_of(parts[index].activity) == kind:
            by_alternative[parts[index].alternative][index] = variable
    terms = [
        [(problem.priority(parts[index].activity), variable) for index, variable in of_tier.items()]
        + list(dearer_terms(v, tier, of_tier, alternative))
        for alternative, of_tier in enumerate(by_alternative)
    ]
    weighted = sum(
        weight * factor * variable
        for weight, own in zip(problem.weights, terms, strict=True)
        for factor, variable in own
    )
    return weighted + problem.demand.worst * _worst(v, tier, terms) if problem.demand.worst else weighted


def _worst(v: Variables, tier: str, terms: list[list[tuple[int, cp_model.IntVar]]]) -> cp_model.IntVar:
    """The value of a tier for the worst alternative, at least (made when first asked for)."""
    if tier not in v.worst:
        most = max(sum(factor * most_of(variable) for factor, variable in own) for own in terms)
        worst = v.model.new_int_var(0, most, f"worst[{tier}]")
        for own in terms:
            if own:
                v.model.add(worst >= sum(factor * variable for factor, variable in own))
        v.worst[tier] = (worst, tuple(tuple(own) for own in terms))
    return v.worst[tier][0]


def measure(problem: Problem, allocation: Allocation) -> dict[str, int]:
    """Value of every tier of a solution, from its counts alone and in the model's own integers."""
    delivered = _delivered_scaled(problem, allocation)
    values = dict.fromkeys(EXPRESSIONS, 0)
    short: dict[tuple[str, str, int], int] = defaultdict(int)
    for part, done in zip(problem.parts, delivered, strict=True):
        if problem.tier_of(part.activity) == "routine":
            short["routine", part.activity, part.alternative] += _whole(part.needed, done)
        else:
            below_mean = _whole(part.needed_mean, done)
            short["rapid_mean", part.activity, part.alternative] += below_mean
            short["rapid_headroom", part.activity, part.alternative] += _whole(part.needed, done) - below_mean
    by_alternative = {tier: [0] * len(problem.weights) for tier in SHORTFALL}
    for (tier, activity, at), sessions in short.items():
        more = dearer(problem, tier, activity, sessions, at)
        by_alternative[tier][at] += problem.priority(activity) * (sessions + more)
    values |= {tier: problem.over_alternatives(each) for tier, each in by_alternative.items()}
    day_weight = problem.service.objective.day_move_weight
    changes = changes_of(problem, allocation, problem.current, problem.held_before)
    for each in changes:
        change_of_person = 2 * each.sessions_lost + each.sessions_gained + CHANGE_OF_ROLE * len(each.roles_lost)
        if day_weight:
            change_of_person += day_weight * day_moves(problem, allocation, each.person)
        values["change"] += problem.change_weights[each.person] * change_of_person
    values["cost"] = problem.cycle * sum(allocation.extra.values())
    values["cost"] += sum(problem.surcharge.get(cell, 0) * count for cell, count in allocation.counts.items())
    return values


def _whole(needed: float, done: int) -> int:
    """Whole sessions short of a requirement, of which ``done`` millionths are delivered."""
    return max(0, -((done - scaled(needed)) // YIELD_SCALE))


def _delivered_scaled(problem: Problem, allocation: Allocation) -> list[int]:
    """Full sessions a cycle, in millionths, the model counts in each part of ``problem.parts``."""
    by_slot = delivered_by_slot(problem, allocation)
    return [sum(by_slot.get((part.activity, slot), (0, 0.0))[0] for slot in part.slots) for part in problem.parts]


def delivered_in_parts(problem: Problem, allocation: Allocation, parts: tuple[Part, ...] | None = None) -> list[float]:
    """Full sessions a cycle the solution delivers in each of some parts; without them, of ``problem.parts``."""
    by_slot = delivered_by_slot(problem, allocation)
    wanted = problem.parts if parts is None else parts
    return [sum(by_slot.get((part.activity, slot), (0, 0.0))[1] for slot in part.slots) for part in wanted]


def changes_of(
    problem: Problem,
    allocation: Allocation,
    before: Mapping[Cell, Collection[int]],
    held_before: Callable[[Role], tuple[str, ...]],
) -> tuple[PersonChange, ...]:
    """How each person's DCC sessions and roles differ from a plan before; people without change left out."""
    allowed = set(problem.lawful)
    found = []
    for person in problem.people:
        known = (*before, *problem.annual_now, *allocation.counts)
        cells = sorted({cell for cell in known if cell[0] == person})
        lost, gained, not_allowed = [], [], []
        for cell in cells:
            if problem.activities[cell[1]].category != "DCC":
                continue
            now, then = len(before.get(cell, ())), allocation.counts.get(cell, 0)
            if cell[2] == NO_FIXED_SLOT:
                now = problem.annual_now.get(cell, 0)
            changed = problem.in_cycles(abs(now - then)) if cell[2] == NO_FIXED_SLOT else abs(now - then)
            entry = (cell[1], cell[2], changed)
            if cell not in allowed and now:
                not_allowed.append(entry)
            elif now > then:
                lost.append(entry)
            elif then > now:
                gained.append(entry)
        held = _roles(problem, ((role.role, held_before(role)) for role in problem.roles.values()), person)
        after = _roles(problem, allocation.holders.items(), person)
        change_of_person = PersonChange(
            person,
            tuple(lost),
            tuple(gained),
            tuple(role for role in held if role not in after),
            tuple(role for role in after if role not in held),
            tuple(not_allowed),
        )
        if lost or gained or not_allowed or change_of_person.roles_lost or change_of_person.roles_gained:
            found.append(change_of_person)
    return tuple(found)


def _roles(problem: Problem, holders: Iterable[tuple[str, tuple[str, ...]]], person: str) -> list[str]:
    return [role for role, people in holders if person in people]


def _changed_sessions(v: Variables, person: str, counts: Mapping[Unit, int]) -> int:
    """Sessions a cycle of a person moved, added or dropped: the larger of lost and gained."""
    problem = v.problem
    lost = sum(weeks for cell, weeks in problem.given_up(problem.in_force).items() if cell[0] == person)
    gained = 0
    for cell in problem.cells:
        if cell[0] == person and problem.is_dcc(cell):
            annual = cell[2] == NO_FIXED_SLOT
            now = problem.annual_now.get(cell, 0) if annual else len(problem.in_force.get(cell, ()))
            more = counts[unit_of(problem, cell)] - now
            size = problem.in_cycles(abs(more)) if annual else abs(more)
            lost, gained = lost + size * (more < 0), gained + size * (more > 0)
    return max(lost, gained)


def hint(v: Variables, allocation: Allocation | None) -> None:
    """Suggest a solution to start from: the one given, or the plan in force.

    Shortfalls and losses are hinted at the least the counts allow, so that the start is as good as it really is.
    """
    v.model.clear_hints()
    problem = v.problem
    counts: dict[Unit, int] = {}
    for unit, variable in v.n.items():
        if allocation is None and v.cells_of[unit][0][2] == NO_FIXED_SLOT:
            count = problem.annual_now.get(v.cells_of[unit][0], 0)
        elif allocation is None:
            count = min(len(problem.current.get(cell, ())) for cell in v.cells_of[unit])
        else:
            count = allocation.counts.get(v.cells_of[unit][0], 0)
        counts[unit] = min(count, most_of(variable))
        v.model.add_hint(variable, counts[unit])
    for (role, person), variable in v.holds.items():
        holders = problem.held_before(problem.roles[role]) if allocation is None else allocation.holders[role]
        v.model.add_hint(variable, int(person in holders))
    for key, variable in v.trainees.items():
        v.model.add_hint(variable, 0 if allocation is None else allocation.trainees.get(key, 0))
    for person, variable in v.extra.items():
        v.model.add_hint(variable, 0 if allocation is None else allocation.extra.get(person, 0))
    for cell, variable in v.lost.items():
        v.model.add_hint(variable, max(0, len(problem.current[cell]) - counts[unit_of(problem, cell)]))
    for cell, (lost, gained) in v.changes_a_year.items():
        more = counts[unit_of(problem, cell)] - problem.annual_now.get(cell, 0)
        v.model.add_hint(lost, problem.in_cycles(max(0, -more)))
        v.model.add_hint(gained, problem.in_cycles(max(0, more)))
    for cell, variable in v.lost_in_force.items():
        v.model.add_hint(variable, max(0, len(problem.in_force[cell]) - counts[unit_of(problem, cell)]))
    for person, variable in v.changes.items():
        v.model.add_hint(variable, min(most_of(variable), _changed_sessions(v, person, counts)))
    follows = _hint_what_follows(v, counts, allocation)
    shorts: dict[int, int] = {}
    for units, variable in v.totals.items():
        v.model.add_hint(variable, sum(counts[unit] for unit in units))
    for (person, activity), variable in v.does.items():
        v.model.add_hint(variable, int(any(counts[unit] for unit in v.units_of(person, activity))))
    for index, short in v.short_mean.items():
        done = sum(counts[unit] * factor for unit, factor in v.delivered[index])
        done += sum(factor * follows[variable.index] for variable, factor in v.delivered_also[index])
        below = shorts[short.index] = max(0, -((done - v.least_mean[index]) // YIELD_SCALE))
        v.model.add_hint(short, below)
        if index in v.short_centile:
            further = -((done + below * YIELD_SCALE - v.least_centile[index]) // YIELD_SCALE)
            shorts[v.short_centile[index].index] = max(0, further)
            v.model.add_hint(v.short_centile[index], max(0, further))
    for beyond, parts, threshold in v.beyond.values():
        shorts[beyond.index] = max(0, sum(shorts[part.index] for part in parts) - threshold)
        v.model.add_hint(beyond, shorts[beyond.index])
    for worst, terms in v.worst.values():
        values = [sum(factor * shorts[variable.index] for factor, variable in own) for own in terms]
        v.model.add_hint(worst, min(most_of(worst), max(values)))


def _hint_what_follows(v: Variables, counts: dict[Unit, int], allocation: Allocation | None) -> dict[int, int]:
    """Hint variables whose value follows from the counts; return their values by index."""
    by_cell = {cell: counts[unit] for unit, cells in v.cells_of.items() for cell in cells}
    weeks = {cell: tuple(sorted(given)) for cell, given in v.problem.current.items()}
    known = Allocation(by_cell, {}, {}, weeks if allocation is None else allocation.weeks)
    values = {}
    for index, (variable, value) in v.following.items():
        values[index] = min(value(known), most_of(variable))
        v.model.add_hint(variable, values[index])
    for (unit, week), variable in v.weekly.items():
        cell = next(iter(v.cells_of.get(unit, ())), None)
        if cell is not None and len(known.weeks.get(cell, ())) == counts[unit]:
            v.model.add_hint(variable, int(week in known.weeks.get(cell, ())))
    return values
