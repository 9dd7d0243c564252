"""Rules about people, places and things in the same week, in counts: joint teams, supervision, sites, equipment.

Counts are a relaxation of these rules: ``weekly_together`` holds them week by week, where weeks are handed out, and in
the model for the half-days that need it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import partial
from itertools import combinations

from ortools.sat.python import cp_model

from capacity.optimise.problem import YIELD_SCALE, Cell, Part, Problem
from capacity.optimise.together import JOINT
from capacity.optimise.variables import Variables, most_of
from capacity.optimise.weekly_together import equipment_demand
from capacity.optimise.yields import Allocation, joint_yield, losses
from capacity.units import day_of


def joint_teams(v: Variables, people: Collection[str]) -> None:
    """A joint session has the people of every group it needs, together in one half-day and week."""
    together = v.problem.together
    for key, groups in together.joint.items():
        sessions = v.sessions((JOINT, *key))
        fixed = together.fixed_seats.get(key, {})
        for group, count in together.seats[key[0]].items():
            there = sum(v.of(cell) for cell in groups[group])
            others = sum(fixed.get(group, {}).values())
            v.model.add(there <= count * sessions)
            v.model.add(there + others >= count * sessions)
        least = sum(together.fixed_sessions.get(key, {}).values())
        if least:
            v.model.add(sessions >= least)


def supervision(v: Variables, people: Collection[str]) -> None:
    """Somebody supervised works beside one of their supervisors, in the same half-day, week and site."""
    problem = v.problem
    for each in problem.together.supervised:
        cells = [cell for asked in each.asked for cell in asked]
        for cell in cells:
            if problem.together.loss(each, cell) and cell not in v.lost_by_supervising:
                most = problem.cycle * max(
                    problem.together.loss(other, cell)
                    for other in problem.together.supervised
                    if any(cell in asked for asked in other.asked)
                )
                v.lost_by_supervising[cell] = v.model.new_int_var(0, most, f"supervises{cell}")
                v.follows(v.lost_by_supervising[cell], partial(_loss, problem, cell))
        if each.cell[0] in people and each.cell in problem.delivers:
            beside = {v.of(cell).index: v.of(cell) for cell in cells if cell[0] in problem.people}
            fixed = set().union(*(problem.together.fixed_cells.get(cell, frozenset()) for cell in cells))
            v.model.add(v.of(each.cell) <= sum(beside.values()) + len(fixed))


def _loss(problem: Problem, cell: Cell, known: Allocation) -> int:
    return losses(problem, known).get(cell, 0)


def sites(v: Variables, people: Collection[str]) -> None:
    """Nobody is on two sites in a day, or their travel is charged where its time is given."""
    problem, together = v.problem, v.problem.together
    for (person, day), slots in together.site_days.items():
        if person not in people:
            continue
        at: dict[tuple[str, str], dict[int, cp_model.IntVar]] = defaultdict(dict)
        for cell in problem.cells:
            site = together.sites[cell[1]]
            if cell[0] == person and day_of(cell[2]) == day and site is not None:
                at[site, cell[2]][v.of(cell).index] = v.of(cell)
        names = sorted({site for site, _ in at})
        weeks = {}
        for site in names:
            weeks[site] = v.model.new_int_var(0, problem.cycle, f"at[{person},{day},{site}]")
            for slot in slots:
                if at[site, slot]:
                    v.model.add(weeks[site] >= sum(at[site, slot].values()))
        both = _weeks_pinned_to_several(v, person, day)
        ways = [
            together.minutes[pair]
            for one, other in combinations(names, 2)
            for pair in ((one, other), (other, one))
            if pair in together.minutes
        ]
        if not ways:
            v.model.add(sum(weeks.values()) <= problem.cycle + both)
            continue
        moves = v.model.new_int_var(0, problem.cycle * (len(slots) - 1), f"moves[{person},{day}]")
        v.model.add(sum(weeks.values()) <= problem.cycle + both + moves)
        v.model.add(v.travel[person, day] >= min(ways) * moves)


def _weeks_pinned_to_several(v: Variables, person: str, day: str) -> int:
    """Most weeks in which pins hold somebody on several sites of a day, for each site beyond the first."""
    together = v.problem.together
    at: dict[int, set[str]] = defaultdict(set)
    for cell, weeks in v.problem.pinned.items():
        site = together.sites[cell[1]]
        if cell[0] == person and day_of(cell[2]) == day and site is not None:
            for week in weeks:
                at[week].add(site)
    return sum(len(places) - 1 for places in at.values())


def equipment(v: Variables, people: Collection[str]) -> None:
    """No more sessions use equipment in a half-day of a week than there is of it, whatever their rooms."""
    problem = v.problem
    for (name, slot), units in equipment_demand(problem, v.cells_of).items():
        free = sum(problem.together.equipment_free(name, slot, week) for week in problem.weeks)
        counts = [v.sessions(unit) for unit in units]
        if sum(most_of(count) for count in counts) > free:
            v.model.add(sum(counts) <= free)


def joint_terms(v: Variables, part: Part) -> list[tuple[cp_model.IntVar, int]]:
    """What the joint sessions of a part deliver: as variables, each with what one of it is worth in millionths."""
    problem, together = v.problem, v.problem.together
    terms = []
    for slot in part.slots:
        key = (part.activity, slot)
        if key not in together.joint:
            continue
        cells = [cell for group in together.joint[key].values() for cell in group]
        worth = {problem.delivers[cell] for cell in cells}
        if len(worth) == 1 and key not in together.fixed_seats and not v.lost_by_supervising.keys() & set(cells):
            terms.append((v.sessions((JOINT, *key)), worth.pop()))
        else:
            terms.append((_least_of_groups(v, key), 1))
    return terms


def _least_of_groups(v: Variables, key: tuple[str, str]) -> cp_model.IntVar:
    """A variable for what joint sessions deliver: no more than any group brings."""
    problem, together = v.problem, v.problem.together
    sessions = v.sessions((JOINT, *key))
    largest = max([YIELD_SCALE, *(problem.delivers[cell] for cells in together.joint[key].values() for cell in cells)])
    done = v.model.new_int_var(0, largest * most_of(sessions), f"delivers{key}")
    for group, count in together.seats[key[0]].items():
        cells = together.joint[key][group]
        others = together.fixed_worth.get(key, {}).get(group, 0)
        brought = sum((problem.delivers[cell] - others) * v.of(cell) for cell in cells)
        lost = sum(v.lost_by_supervising[cell] for cell in cells if cell in v.lost_by_supervising)
        v.model.add(count * done <= brought - lost + count * others * sessions)
    v.follows(done, lambda known: max(0, joint_yield(problem, known, key, losses(problem, known))[0]))
    return done


def besides_terms(v: Variables, part: Part) -> list[tuple[cp_model.IntVar, int]]:
    """Meetings of a part in weeks in which people without a proposed plan do not meet anyway."""
    return [
        (variable, YIELD_SCALE)
        for (activity, slot), variable in v.besides.items()
        if activity == part.activity and slot in part.slots
    ]


def supervising_terms(v: Variables, part: Part) -> list[tuple[cp_model.IntVar, int]]:
    """What supervising takes of a part."""
    lost: Iterable[tuple[Cell, cp_model.IntVar]] = v.lost_by_supervising.items()
    return [
        (variable, -1)
        for (_, activity, slot), variable in lost
        if activity == part.activity and slot in part.slots and activity not in v.problem.together.seats
    ]
