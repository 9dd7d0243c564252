"""The least shortfall of a service, tier by tier, from a plan that is known: what a changed service could do."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from capacity.optimise.problem import ROUNDING, Problem
from capacity.optimise.rotate import without_weeks
from capacity.optimise.search import Budget, Settings, read_solution, run
from capacity.optimise.solve import build
from capacity.optimise.tiers import EXPRESSIONS, SHORTFALL, Allocation, delivered_in_parts, hint, measure
from capacity.outcome import TeamPlan
from capacity.units import NO_FIXED_SLOT, day_of

LINEARIZATION = 2
"""The stronger linear relaxation: where a plan is known, proving is what takes the time."""


@dataclass(frozen=True)
class Reach:
    """What can be reached: the best allocation found, and each shortfall tier's value with the bound none can beat.

    Tiers are solved in order and held without tolerance. Values are priority-weighted sessions a cycle, as everywhere.
    """

    allocation: Allocation
    values: dict[str, int]
    bounds: dict[str, int]

    @property
    def proven(self) -> bool:
        """Whether no plan does better in any tier."""
        return all(self.bounds[name] >= value for name, value in self.values.items())


def shortfall_tiers(problem: Problem) -> list[str]:
    """Shortfall tiers of the service, in its order."""
    return [name for name in problem.service.objective.tiers if name in SHORTFALL]


def least_shortfall(
    problem: Problem,
    start: Allocation,
    settings: Settings,
    budget: Budget,
    allow_extra: bool = False,
    without: Collection[str] = (),
    known: Mapping[str, int] | None = None,
    like: Allocation | None = None,
) -> Reach:
    """Solve the shortfall tiers in order, from ``start``, which must be a plan of this problem.

    Parameters
    ----------
    problem, start
        What to solve and what is known to be possible: no tier comes out worse.
    settings, budget
        How to search, and for how long.
    allow_extra
        Whether extra time within the service's budget may be used.
    without
        Rules (ids) that are left out.
    known
        Bounds that are known already, by tier, valid where the tiers before come out as they stood.
    like
        An allocation, perhaps not possible here, to search near of at first; default: ``start``.
    """
    weekly = problem.together.by_week
    best = start
    while True:
        reach = _solve(problem, best, settings, budget, allow_extra, without, weekly, known or {}, like)
        stuck = frozenset() if without else without_weeks(problem, reach.allocation.counts, reach.allocation)
        if not stuck - weekly:
            return reach
        weekly |= stuck


def _solve(
    problem: Problem,
    start: Allocation,
    settings: Settings,
    budget: Budget,
    allow_extra: bool,
    without: Collection[str],
    weekly: frozenset[str],
    known: Mapping[str, int],
    like: Allocation | None,
) -> Reach:
    v = build(problem, allow_extra, weekly, without)
    names = shortfall_tiers(problem)
    expressions = {name: EXPRESSIONS[name](v) for name in names}
    best = start
    at_start = measure(problem, start)
    weights = _weights(problem, start, names)
    values: dict[str, int] = {}
    bounds: dict[str, int] = {}
    for position, name in enumerate(names):
        value = measure(problem, best)[name]
        as_before = all(values[before] == at_start[before] for before in names[:position])
        bound = min(value, max(0, known.get(name, 0) if as_before else 0))
        rest = names[position:]
        if value > bound and not isinstance(expressions[name], int):
            # the tiers after this one come along with small weights, or they would be left as bad as they happen to be
            together = sum(weights[each] // weights[rest[-1]] * expressions[each] for each in rest)
            for objective, whole, share in ((together, True, 0.7), (expressions[name], False, 0.6)):
                if bound >= value or budget.spent() or settings.stop.is_set():
                    break
                v.model.minimize(objective)
                hint(v, like or best)
                like = None
                part = budget.part(share)
                found = run(v, part, settings, LINEARIZATION, lambda *_: None)
                budget.take(part)
                if found.code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                    best = min((best, read_solution(v, found.solver)), key=lambda each: _in_order(problem, each, names))
                    value = measure(problem, best)[name]
                if found.code == cp_model.OPTIMAL:
                    bound = value
                elif math.isfinite(found.bound):
                    lowest = found.bound / (weights[name] // weights[rest[-1]]) if whole else found.bound
                    bound = min(value, max(bound, math.floor(lowest) if whole else math.ceil(lowest - 1e-4)))
        values[name], bounds[name] = value, bound
        if not isinstance(expressions[name], int):
            v.model.add(expressions[name] <= value)
    return Reach(best, values, bounds)


def _in_order(problem: Problem, allocation: Allocation, names: list[str]) -> list[int]:
    values = measure(problem, allocation)
    return [values[name] for name in names]


def _weights(problem: Problem, start: Allocation, names: list[str]) -> dict[str, int]:
    """A weight for each tier above all that the later ones can come to, which is what they are with no session."""
    most = measure(problem, replace(start, counts={}, weeks={}))
    weights: dict[str, int] = {}
    weight = 1
    for name in reversed(names):
        weights[name] = weight
        weight *= most[name] + 1
    return weights


def allocation_of_plan(problem: Problem, plan: TeamPlan) -> Allocation:
    """Return the allocation behind a plan: weeks of the cycle of each cell, holders of roles, extra minutes."""
    weeks: dict[tuple[str, str, str], set[int]] = {}
    for row in plan.rows:
        if row.person in problem.people and row.slot != NO_FIXED_SLOT and row.activity in problem.activities:
            weeks.setdefault((row.person, row.activity, row.slot), set()).update(problem.time.row_weeks(row))
    counts = {cell: len(given) for cell, given in weeks.items()}
    holders = {role: tuple(plan.holders.get(role, ())) for role in problem.roles}
    known = {cell: tuple(sorted(given)) for cell, given in weeks.items()}
    travel: dict[tuple[str, str], int] = {}
    for day in dict.fromkeys(day_of(cell[2]) for cell in known):
        of_day = {cell: given for cell, given in known.items() if day_of(cell[2]) == day}
        for person, minutes in problem.together.travel(of_day).items():
            travel[person, day] = round(minutes * problem.cycle)
    return Allocation(counts, holders, dict(plan.extra_minutes), known, travel)


def plan_in_force(problem: Problem) -> Allocation:
    """Return the plans in force as an allocation, without the sessions that may not stay."""
    allowed = set(problem.cells)
    weeks = {cell: tuple(sorted(given)) for cell, given in problem.current.items() if cell in allowed}
    counts = {cell: len(given) for cell, given in weeks.items()}
    return Allocation(counts, {role.role: role.held_by for role in problem.roles.values()}, {}, weeks)


def uncovered(problem: Problem, allocation: Allocation) -> dict[str, float]:
    """Exact sessions a calendar week of each activity that an allocation leaves uncovered."""
    found = dict.fromkeys(problem.activities, 0.0)
    for part, done in zip(problem.parts, delivered_in_parts(problem, allocation), strict=True):
        found[part.activity] += max(0.0, part.needed - done) / problem.cycle
    return found


def short_by_activity(problem: Problem, allocation: Allocation) -> dict[str, tuple[int, int]]:
    """Whole sessions a cycle short of each activity: below the mean (routine: in all), and from there to the centile.

    Counted as the tiers count them, part by part of a spread, without weights.
    """
    found: dict[str, tuple[int, int]] = {}
    for part, done in zip(problem.parts, delivered_in_parts(problem, allocation), strict=True):
        below = _whole((part.needed_mean if problem.tier_of(part.activity) == "rapid" else part.needed) - done)
        before = found.get(part.activity, (0, 0))
        found[part.activity] = (before[0] + below, before[1] + _whole(part.needed - done) - below)
    return found


def _whole(missing: float) -> int:
    return max(0, math.ceil(missing - ROUNDING - 1e-6))
