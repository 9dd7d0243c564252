"""Rules about single people that hold week by week, beside those of ``weekly``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from ortools.sat.python import cp_model

from capacity.optimise.problem import Cell, Problem
from capacity.optimise.variables import Unit
from capacity.units import is_weekend


def weekends(
    model: cp_model.CpModel,
    problem: Problem,
    units: Mapping[Unit, list[Cell]],
    x: Mapping[tuple[Unit, int], cp_model.IntVar],
    people: Collection[str],
) -> None:
    """Add that nobody works on more weekends than their most: both days of one week are one weekend."""
    mine: dict[str, list[Unit]] = defaultdict(list)
    for unit, cells in units.items():
        for person, _, slot in cells:
            if person in problem.weekend_limited and person in people and is_weekend(slot):
                mine[person].append(unit)
    for person, together in mine.items():
        reserved = problem.reserved_weekends(person)
        worked = []
        for week in problem.weeks:
            flag = model.new_bool_var("")
            worked.append(flag)
            for unit in dict.fromkeys(together):
                model.add(x[unit, week] <= flag)
            if week in reserved:
                model.add(flag == 1)
        model.add(sum(worked) <= problem.weekend_limited[person])


def job_share(
    model: cp_model.CpModel,
    problem: Problem,
    units: Mapping[Unit, list[Cell]],
    x: Mapping[tuple[Unit, int], cp_model.IntVar],
    people: Collection[str],
) -> None:
    """Add that the two people of a shared post are not both in, overlap and whole-team sessions apart."""
    for pair, overlap in problem.shared_posts.items():
        by_slot: dict[str, list[Unit]] = defaultdict(list)
        for unit, cells in units.items():
            for person, activity, slot in cells:
                if person in pair and slot not in overlap and not problem.is_whole_team(activity):
                    by_slot[slot].append(unit)
        if set(pair) <= set(people):
            for together in by_slot.values():
                for week in problem.weeks if len(together) > 1 else ():
                    model.add_at_most_one(x[unit, week] for unit in together)


def job_share_pattern(
    model: cp_model.CpModel,
    problem: Problem,
    units: Mapping[Unit, list[Cell]],
    x: Mapping[tuple[Unit, int], cp_model.IntVar],
    people: Collection[str],
    slots: Collection[str],
) -> None:
    """Add that one of two who share a post has a session in each half-day and week of its pattern.

    Only in half-days all of whose sessions are here, ``slots``: of others half a block of a whole day may be.
    """
    for pair, pattern in problem.share_patterns.items():
        if {person for person in pair if person in problem.people} <= set(people):
            for slot in filter(slots.__contains__, pattern):
                there = [unit for unit, cells in units.items() if any(c[0] in pair and c[2] == slot for c in cells)]
                for week in pattern[slot]:
                    if there:
                        model.add(sum(x[unit, week] for unit in there) >= 1)
                    else:
                        model.add_bool_or([])
