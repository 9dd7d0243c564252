"""Why no team of the posts there may be covers the requirement, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from capacity.optimise.establish.master import Master
from capacity.optimise.establish.search import Wanted, Way
from capacity.optimise.establish.teams import with_people
from capacity.optimise.problem import ROUNDING, YIELD_SCALE, Part, Problem
from capacity.optimise.search import Budget, Settings, run
from capacity.units import day_of
from capacity.wording import listed


def full_rooms(wanted: Wanted) -> tuple[tuple[str, ...], dict[str, float]]:
    """Requirements that rooms do not hold, whoever works in them and however many join which rota.

    Counted with nobody on duty and with whoever of the people and types delivers most of a session in each room and
    half-day. Activities that duty weeks deliver too are left to the search. Returns sentences, and sessions a calendar
    week by activity that stay uncovered at least.
    """
    kinds = [(each.id, each) for each in wanted.types]
    team = with_people(wanted.kept, wanted.original, kinds, {rota.rota: 1 for rota in wanted.kept.rotas})
    problem = Problem(team.model_copy(update={"rotas": ()}), wanted.demand)
    on_duty = {item.activity for rota in wanted.kept.rotas for item in rota.delivers}
    short: dict[str, float] = {}
    for part in problem.parts:
        row = problem.activities[part.activity]
        if row.room and not row.annualised and not row.team and part.activity not in on_duty:
            left = part.needed - _most_in_rooms(problem, part)
            if left > ROUNDING:
                short[part.activity] = short.get(part.activity, 0.0) + left / problem.cycle
    return tuple(f"{_left(problem, key, value)}; {_rooms(problem, key)}" for key, value in short.items()), short


def _most_in_rooms(problem: Problem, part: Part) -> float:
    """Full sessions a cycle that the rooms of an activity let it deliver at most."""
    total = 0.0
    for slot in part.slots:
        cells = [cell for cell in problem.cells if cell[1:] == (part.activity, slot)]
        best = max((problem.delivers[cell] for cell in cells), default=0) / YIELD_SCALE
        rooms = problem.activities[part.activity].room
        total += best * sum(problem.rooms_free(room, slot, week) for room in rooms for week in problem.weeks)
    return total


@dataclass(frozen=True)
class _Reach:
    """The least that stays uncovered with one way of joining rotas: whole sessions a cycle, and by activity a week."""

    master: Master
    total: int
    short: dict[str, float]
    days: dict[str, list[str]]
    """Activity -> days of the parts of its requirement that are short."""


def why_none(
    wanted: Wanted, ways: Sequence[Way], budget: Budget, settings: Settings
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Say which requirement no team covers, and what is in the way.

    Returns sentences, and sessions a calendar week by activity that stay uncovered at best, of the ways of joining
    rotas that are given. Posts are counted together, so that no team leaves less in all.
    """
    best: tuple[_Reach, Way] | None = None
    for way in ways:
        reach = _reach(wanted, way, (), budget, settings)
        if reach is not None and (best is None or reach.total < best[0].total):
            best = reach, way
    if best is None:
        return (), {}
    reach, way = best
    free = {
        rule: (_reach(wanted, way, (rule,), budget, settings) or reach).short
        for rule in ("rooms", "sites")
        if reach.total and (rule != "sites" or reach.master.problem.together.site_days)
    }
    return tuple(_sentence(reach, activity, free) for activity in reach.short), reach.short


def _reach(wanted: Wanted, way: Way, without: Collection[str], budget: Budget, settings: Settings) -> _Reach | None:
    if budget.spent():
        return None
    q = wanted
    master = Master(q.kept, q.original, q.demand, q.types, q.joining(way), without, hard=False)
    master.v.model.minimize(sum(master.short.values()))
    part = budget.part(0.4)
    found = run(master.v, part, settings, 1, lambda value, bound: None)
    budget.take(part)
    if found.code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    short: dict[str, float] = {}
    days: dict[str, list[str]] = {}
    for index, variable in master.short.items():
        if found.solver.value(variable):
            asked = master.problem.parts[index]
            left = asked.needed - found.solver.value(master.done[index]) / YIELD_SCALE
            short[asked.activity] = short.get(asked.activity, 0.0) + left / master.problem.cycle
            days.setdefault(asked.activity, []).extend(day_of(slot) for slot in asked.slots)
    return _Reach(master, round(found.solver.objective_value), short, days)


def _left(problem: Problem, activity: str, short: float) -> str:
    return f"{problem.activities[activity].name}: {short:.2g} sessions a week stay uncovered"


def _rooms(problem: Problem, activity: str) -> str:
    rooms = problem.activities[activity].room
    cells = [cell for cell in problem.cells if cell[1] == activity]
    slots = list(dict.fromkeys(cell[2] for cell in cells))
    weekly = sum(problem.rooms_free(room, slot, week) for room in rooms for slot in slots for week in problem.weeks)
    most = max((problem.delivers.get(cell, YIELD_SCALE) for cell in cells), default=YIELD_SCALE) / YIELD_SCALE
    return (
        f"{' and '.join(rooms)} {'has' if len(rooms) == 1 else 'have'} {weekly / problem.cycle:g} half-days a week for"
        f" it ({', '.join(slots)}), in each of which a session delivers {most:.2f} a week of the year at most."
    )


def _sites(problem: Problem, activity: str, days: Collection[str]) -> str:
    """What keeps people away from the site of an activity, in words."""
    site = problem.together.sites[activity]
    meetings = [
        f"the whole team's {row.name} is at {problem.together.sites[key]} on {day}"
        for key, row in problem.activities.items()
        if problem.is_whole_team(key) and problem.together.sites[key] not in (None, site)
        for day in dict.fromkeys(day_of(slot) for slot in problem.time.slots[key])
        if day in days
    ]
    why = f", and {listed(meetings)}" if meetings else ""
    return f"it is at {site}, nobody may be on two sites in a day{why}: travel in sites.csv would let them be at both."


def _sentence(reach: _Reach, activity: str, free: dict[str, dict[str, float]]) -> str:
    """What is in the way of one activity, in words."""
    master, short = reach.master, reach.short[activity]
    problem = master.problem
    cells = [cell for cell in problem.cells if cell[1] == activity]
    left = _left(problem, activity, short)
    if not cells:
        return f"{left}; nobody who stays and no type of post can be given it in any of its half-days."
    names = sorted({cell[0] for cell in cells} & set(master.most))
    if not names:
        return f"{left}; no type of post can do it, and the people who stay have no more time for it."
    if problem.activities[activity].room and free.get("rooms", {}).get(activity, 0.0) < short - 1e-6:
        return f"{left}; {_rooms(problem, activity)}"
    if "sites" in free and free["sites"].get(activity, 0.0) < short - 1e-6:
        return f"{left}; {_sites(problem, activity, reach.days[activity])}"
    slots = ", ".join(dict.fromkeys(cell[2] for cell in cells))
    capped = [each.id for each in master.types if each.id in names and each.post.most is not None]
    if capped:
        return f"{left}; {', '.join(capped)} may have no more posts, or the half-days {slots} are full."
    return f"{left}; the half-days {slots} hold no more."
