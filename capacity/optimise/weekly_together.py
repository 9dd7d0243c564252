"""Rules about people, places and things together, week by week: in rotation, and in the model where counts will not do.

What supervising costs hangs on the weeks, so that it is reckoned in the model alone (``add_weekly_sums``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from itertools import combinations

from ortools.sat.python import cp_model

from capacity.optimise.problem import Cell, Problem
from capacity.optimise.together import JOINT, Key
from capacity.optimise.variables import Unit, Variables, team_unit, unit_of
from capacity.units import day_of

Weekly = dict[tuple[Unit, int], cp_model.IntVar]
Expression = cp_model.LinearExpr | int
Travel = Callable[[Key], cp_model.IntVar | int]
"""(person, day) -> most minutes of travel a cycle."""


def joint_units(problem: Problem, units: Mapping[Unit, list[Cell]]) -> list[Unit]:
    """Units of the joint sessions that other units take part in."""
    keys = dict.fromkeys((cell[1], cell[2]) for cells in units.values() for cell in cells)
    return [(JOINT, *key) for key in keys if key in problem.together.joint]


def equipment_demand(problem: Problem, units: Mapping[Unit, list[Cell]]) -> dict[Key, list[Unit]]:
    """(equipment, half-day) -> units of which each week needs one set of it."""
    needs: dict[Key, dict[Unit, None]] = defaultdict(dict)
    for unit, cells in units.items():
        for activity, slot in dict.fromkeys((cell[1], cell[2]) for cell in cells):
            for name in problem.together.equipment.get(activity, ()):
                joint = (activity, slot) in problem.together.joint
                needs[name, slot][(JOINT, activity, slot) if joint else unit] = None
    return {key: list(wanting) for key, wanting in needs.items()}


def add_together(
    model: cp_model.CpModel,
    problem: Problem,
    units: dict[Unit, list[Cell]],
    x: Weekly,
    rules: Mapping[str, Collection[str]],
    travel: Travel,
) -> None:
    """Add the rules of a week named in ``rules``."""
    if "joint_teams" in rules:
        _joint_teams(model, problem, units, x)
    if "supervision" in rules:
        _supervision(model, problem, x, rules["supervision"])
    if "sites" in rules:
        _sites(model, problem, x, rules["sites"], travel)
    if "equipment" in rules:
        _equipment(model, problem, units, x)


def _joint_teams(model: cp_model.CpModel, problem: Problem, units: dict[Unit, list[Cell]], x: Weekly) -> None:
    together = problem.together
    for unit in joint_units(problem, units):
        key = (unit[1], unit[2])
        fixed = together.fixed_seats.get(key, {})
        for week in problem.weeks:
            for group, count in together.seats[key[0]].items():
                there = sum(
                    x[unit_of(problem, c), week] for c in together.joint[key][group] if _has(problem, x, c, week)
                )
                others = fixed.get(group, {}).get(week, 0)
                model.add(there <= count * x[unit, week])
                model.add(there + others >= count * x[unit, week])
            least = together.fixed_sessions.get(key, {}).get(week, 0)
            if least:
                model.add(x[unit, week] >= least)


def _has(problem: Problem, x: Weekly, cell: Cell, week: int) -> bool:
    return (unit_of(problem, cell), week) in x


def presence(problem: Problem, x: Weekly, cell: Cell, week: int) -> Expression:
    """Whether a cell happens in a week: a variable, or known for people without a proposed plan and unused cells."""
    if cell[0] not in problem.people:
        return int(week in problem.together.fixed_cells.get(cell, ()))
    return x.get((unit_of(problem, cell), week), 0)


def _supervision(model: cp_model.CpModel, problem: Problem, x: Weekly, people: Collection[str]) -> None:
    for each in problem.together.supervised:
        if each.cell[0] not in people or each.cell[0] not in problem.people:
            continue
        for week in problem.weeks:
            if _has(problem, x, each.cell, week):
                beside = [presence(problem, x, cell, week) for cells in each.asked for cell in cells]
                model.add(presence(problem, x, each.cell, week) <= sum(beside))


def _sites(model: cp_model.CpModel, problem: Problem, x: Weekly, people: Collection[str], travel: Travel) -> None:
    together = problem.together
    for (person, day), slots in together.site_days.items():
        if person not in people:
            continue
        at: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        for cell in problem.cells:
            site = together.sites[cell[1]]
            unit = unit_of(problem, cell)
            if cell[0] == person and day_of(cell[2]) == day and site is not None and (unit, 1) in x:
                at[cell[2], site].append(unit)
        if len({site for _, site in at}) < 2:
            continue
        minutes: list[Expression] = []
        for week in problem.weeks:
            there = {place: sum(x[unit, week] for unit in units) for place, units in at.items()}
            for (early, here), (late, other) in combinations(sorted(at, key=lambda p: slots.index(p[0])), 2):
                if early == late or here == other:
                    continue
                if together.may_travel(here, other):
                    between = [
                        there[s, site] for s, site in at if slots.index(early) < slots.index(s) < slots.index(late)
                    ]
                    moves = model.new_bool_var("")
                    model.add(moves >= there[early, here] + there[late, other] - 1 - sum(between))
                    minutes.append(together.minutes[here, other] * moves)
                elif not (
                    together.pinned_at(person, early, here, week) and together.pinned_at(person, late, other, week)
                ):
                    model.add(there[early, here] + there[late, other] <= 1)
        if minutes:
            model.add(sum(minutes) <= travel((person, day)))


def _equipment(model: cp_model.CpModel, problem: Problem, units: dict[Unit, list[Cell]], x: Weekly) -> None:
    for (name, slot), wanting in equipment_demand(problem, units).items():
        for week in problem.weeks:
            model.add(sum(x[unit, week] for unit in wanting) <= problem.together.equipment_free(name, slot, week))


def add_weekly_sums(v: Variables) -> None:
    """Join what hangs on the weeks to the counts: what supervising takes, meetings and joint sessions."""
    if v.lost_by_supervising:
        _add_losses(v)
    for key, besides in v.besides.items():
        unit = team_unit(v.problem, *key)
        if (unit, 1) in v.weekly:
            met = v.problem.together.met_by_others[key]
            v.model.add(besides == sum(v.weekly[unit, week] for week in v.problem.weeks if week not in met))
    for unit, total in v.joint.items():
        if (unit, 1) in v.weekly:
            v.model.add(total == sum(v.weekly[unit, week] for week in v.problem.weeks))


def _add_losses(v: Variables) -> None:
    """What each supervisor's session loses in the weeks in which its person is the first who can supervise."""
    problem, x = v.problem, v.weekly
    lost: dict[tuple[Cell, int], cp_model.IntVar] = {}
    for each in problem.together.supervised:
        for week in problem.weeks:
            trainee = presence(problem, x, each.cell, week)
            earlier: list[Expression] = []
            least = problem.together.least_loss(each) if each.cell[0] in problem.people else 0
            for cells in each.asked:
                beside = [(cell, presence(problem, x, cell, week)) for cell in cells]
                for cell, there in beside:
                    loss = problem.together.loss(each, cell)
                    if not loss or cell not in v.lost_by_supervising:
                        continue
                    if (cell, week) not in lost:
                        lost[cell, week] = v.model.new_int_var(0, problem.together.worth(cell), "")
                    v.model.add(lost[cell, week] >= loss * (trainee + there - 1) - loss * sum(earlier))
                earlier += [there for _, there in beside]
            if least:  # whoever it is loses so much: follows from the above, and makes proofs much shorter
                losing = [lost[cell, week] for cell in dict.fromkeys(cell for cells in each.asked for cell in cells)]
                v.model.add(sum(losing) >= least * trainee)
    for cell, total in v.lost_by_supervising.items():
        v.model.add(total >= sum(each for (where, _), each in lost.items() if where == cell))
