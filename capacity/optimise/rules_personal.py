"""Rules about one person's year and about how much may change; listed with the others in ``rules.RULES``."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection

from ortools.sat.python import cp_model

from capacity.optimise.linear import at_least, at_most, limit
from capacity.optimise.problem import MINUTE_SCALE
from capacity.optimise.variables import Variables, most_of
from capacity.units import NO_FIXED_SLOT, is_weekend

SHARE_SCALE = 1000
"""Shares of work are counted in thousandths."""


def weekends(v: Variables, people: Collection[str]) -> None:
    """Nobody works on more weekends of the cycle than their most; Saturday and Sunday of a week are one."""
    problem = v.problem
    for person, most in problem.weekend_limited.items():
        if person not in people:
            continue
        by_slot: dict[str, list[cp_model.IntVar]] = defaultdict(list)
        for cell in problem.cells:
            if cell[0] == person and is_weekend(cell[2]):
                by_slot[cell[2]].append(v.of(cell))
        for counts in by_slot.values():
            limit(v.model, counts, most)
        reserved = problem.reserved_weekends(person)
        if len(reserved) > most:
            v.model.add_bool_or([])


def job_share(v: Variables, people: Collection[str]) -> None:
    """Two people who share a post are not both in, but in half-days of overlap and at whole-team sessions."""
    problem = v.problem
    for pair, overlap in problem.shared_posts.items():
        if not set(pair) <= set(people):
            continue
        by_slot: dict[str, list[cp_model.IntVar]] = defaultdict(list)
        for cell in problem.cells:
            if cell[0] in pair and cell[2] not in (*overlap, NO_FIXED_SLOT) and not problem.is_whole_team(cell[1]):
                by_slot[cell[2]].append(v.of(cell))
        for counts in by_slot.values():
            limit(v.model, counts, problem.cycle)


def job_share_pattern(v: Variables, people: Collection[str]) -> None:
    """One of two who share a post with a pattern has a session in each of its half-days, or pinned time, or duty."""
    problem = v.problem
    for pair, slots in problem.share_patterns.items():
        if not {person for person in pair if person in problem.people} <= set(people):
            continue
        for slot, weeks in slots.items():
            there = [v.of(cell) for cell in problem.cells if cell[0] in pair and cell[2] == slot]
            if weeks and there:
                at_least(v.model, [(count, 1) for count in {each.index: each for each in there}.values()], len(weeks))
            elif weeks:
                v.model.add_bool_or([])


def out_of_hours(v: Variables, people: Collection[str]) -> None:
    """Sessions in premium time are no more of a person's work than their policy allows (SAS doctors: 40 %)."""
    problem = v.problem
    for person in people:
        policy = problem.time.policy(person)
        cells = [cell for cell in problem.cells if cell[0] == person and cell in problem.out_of_hours]
        if policy.out_of_hours_share is None or not cells:
            continue
        share = round(SHARE_SCALE * policy.out_of_hours_share.value)
        weeks = round(MINUTE_SCALE * problem.time.weeks_present(person))
        contract_week = problem.time.contract_year_minutes(person) / problem.time.weeks_present(person)
        load = [(v.of(cell), SHARE_SCALE * problem.out_of_hours[cell]) for cell in cells]
        if person in v.extra:
            load.append((v.extra[person], -share * problem.cycle * weeks))
        at_most(v.model, load, math.floor(share * problem.cycle * weeks * contract_week))


def trainees(v: Variables, people: Collection[str]) -> None:
    """Trainees are divided over eligible supervisors, none with more than their most, each charged the tariff."""
    by_role: dict[str, list[cp_model.IntVar]] = defaultdict(list)
    for (role, person), count in v.trainees.items():
        by_role[role].append(count)
        v.model.add(count <= most_of(count) * v.holds[role, person])
        v.model.add(count >= v.holds[role, person])
    for role, counts in by_role.items():
        v.model.add(sum(counts) == v.problem.places(v.problem.roles[role]))


def changes(v: Variables, people: Collection[str]) -> None:
    """No more of a person's sessions change in a cycle than may: moved, dropped and added together."""
    for person in people:
        most = v.problem.people[person].max_changes
        if most is not None:
            lost, gained = v.changed(person)
            v.model.add(lost <= most)
            v.model.add(gained <= most)


def changes_in_all(v: Variables, people: Collection[str]) -> None:
    """No more sessions of the team change in a cycle than may: moved, dropped and added together."""
    most = v.problem.service.objective.max_changes
    if most is None:
        return
    for person in v.problem.people:
        lost, gained = v.changed(person)
        # moved + dropped + added is the larger of lost and gained
        count = v.changes[person] = v.model.new_int_var(0, most, f"changed[{person}]")
        v.model.add(count >= lost)
        v.model.add(count >= gained)
    v.model.add(sum(v.changes.values()) <= most)
