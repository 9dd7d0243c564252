"""Why a team is as large as it is."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from itertools import combinations

from ortools.sat.python import cp_model

from capacity.demand.result import Demand
from capacity.optimise.establish.covering import Team, team_of, unfilled_roles
from capacity.optimise.establish.master import Master
from capacity.optimise.establish.result import Need, Saving
from capacity.optimise.establish.search import Memory, TeamSearch, Wanted
from capacity.optimise.problem import MINUTE_SCALE, ROUNDING, YIELD_SCALE
from capacity.optimise.search import Budget, Settings, read_solution, run
from capacity.optimise.solve import build
from capacity.optimise.tiers import delivered_in_parts

ONE_LESS = 1.0
"""Sessions a week by which a requirement is lowered to see what it costs."""


def needs(master: Master) -> tuple[Need, ...]:
    """Requirements that the people who stay have no time for, the largest first.

    For sets of activities: the least time they take, done by whoever needs least for a session, against all the time
    of the people who stay and can do any of them. What is missing is a bound on posts that needs no solver.
    """
    problem = master.problem
    able = {key: frozenset(cell[0] for cell in problem.cells if cell[1] == key) for key in problem.activities}
    wanted: dict[str, float] = {}
    for part in problem.parts:
        rates = [
            problem.charge[cell] / problem.delivers[cell]
            for cell in problem.cells
            if cell[1] == part.activity and cell[2] in part.slots and problem.delivers.get(cell)
        ]
        if part.needed > ROUNDING and rates:
            minutes = part.needed * YIELD_SCALE * min(rates)
            wanted[part.activity] = wanted.get(part.activity, 0.0) + minutes / problem.cycle
    found: dict[tuple[str, ...], Need] = {}
    circles = {able[key] for key in wanted}
    circles |= {first | second for first, second in combinations(circles, 2)}
    for circle in circles:
        inside = tuple(key for key in wanted if able[key] <= circle)
        need = _need(master, inside, circle, sum(wanted[key] for key in inside))
        if need is not None:
            found[inside] = need
    ranked = sorted(found.values(), key=lambda need: (-need.posts, len(need.activities), -need.missing_pa))
    kept: list[Need] = []
    for need in ranked:
        # what a smaller set of activities asks for already is not said again of a larger one
        if not any(set(other.activities) <= set(need.activities) and other.posts >= need.posts for other in kept):
            kept.append(need)
    return tuple(kept)


def _need(master: Master, activities: tuple[str, ...], circle: frozenset[str], minutes: float) -> Need | None:
    problem = master.problem
    kinds = [each for each in master.types if each.id in circle]
    stay = [person for person in circle if person not in master.most]
    available = sum(max(0, problem.room_for_sessions(person)) for person in stay)
    missing = minutes - available
    most = max((problem.room_for_sessions(each.id) for each in kinds), default=0)
    if missing <= MINUTE_SCALE or most <= 0:
        return None
    first = kinds[0].id
    pa = MINUTE_SCALE * problem.time.weeks_present(first) * problem.time.policy(first).pa_minutes.value
    groups = tuple(dict.fromkeys(each.group for each in kinds))
    return Need(activities, groups, minutes / pa, available / pa, math.ceil(missing / most - 1e-9))


def savings(
    wanted: Wanted,
    best: Team,
    weights: dict[str, int],
    value: float,
    scale: float,
    likely: Collection[str],
    budget: Budget,
    settings: Settings,
) -> tuple[Saving, ...]:
    """How much less the team would cost were one activity's requirement one session a week less, the most first.

    ``scale`` turns the objective into what is reported. Each is solved again, from the team found; activities that are
    ``likely`` to matter come first, while there is time.
    """
    asked = [key for key, row in wanted.demand.activities.items() if row.required > 0]
    asked.sort(key=lambda activity: activity not in likely)
    found = []
    for number, activity in enumerate(asked):
        if settings.stop.is_set() or budget.spent():
            break
        part = budget.part(1 / (len(asked) - number))
        less = replace(wanted, demand=less_of(wanted.demand, activity))
        quiet = Settings(settings.time_limit, settings.workers, settings.seed, stop=settings.stop)
        search = TeamSearch(less, weights, quiet, Memory(), start=best)
        search.search(part)
        budget.take(part)
        found.append(Saving(activity, (value - search.value) / scale, (value - min(search.bound, value)) / scale))
    return tuple(sorted(found, key=lambda saving: (-saving.found, -saving.at_most)))


def less_of(demand: Demand, activity: str) -> Demand:
    """Return the demand with one session a week less of an activity, never less than nothing."""
    row = demand.activities[activity]
    less = replace(
        row,
        required=max(0.0, row.required - ONE_LESS),
        required_mean=max(0.0, row.required_mean - ONE_LESS),
    )
    return replace(demand, activities={**demand.activities, activity: less})


def short_without(
    wanted: Wanted, counts: dict[str, int], name: str, budget: Budget, settings: Settings
) -> tuple[dict[str, float], bool]:
    """What the team with one post of a type fewer leaves uncovered at least, and whether that is proven.

    Sessions a calendar week by activity, as few as possible in all.
    """
    fewer = {**counts, name: counts[name] - 1}
    team = team_of(wanted.kept, wanted.original, wanted.demand, wanted.types, fewer)
    if unfilled_roles(team.problem):
        return {}, False
    v = build(team.problem, False)
    shorts = [*v.short_mean.values(), *v.short_centile.values()]
    v.model.minimize(sum(shorts))
    found = run(v, budget, settings, 1, lambda value, bound: None)
    if found.code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {}, False
    allocation = read_solution(v, found.solver)
    short: dict[str, float] = {}
    for part, done in zip(team.problem.parts, delivered_in_parts(team.problem, allocation), strict=True):
        if part.needed - done > ROUNDING:
            short[part.activity] = short.get(part.activity, 0.0) + (part.needed - done) / team.problem.cycle
    return short, found.code == cp_model.OPTIMAL
