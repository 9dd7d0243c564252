"""What was asked of a plan, in the forms it can be handed over in, against the problem it is asked of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from capacity.demand.result import Demand
from capacity.errors import Fault, InputError
from capacity.optimise.problem import Problem
from capacity.outcome import Outcome, TeamPlan
from capacity.service.asking import Kind, read_mark, read_screen, screen_faults, wish_faults
from capacity.service.model import JobPlanRow, Service
from capacity.service.wishes import Mark, Screen, Wishes
from capacity.supply.contradictions import contradictions

Start: TypeAlias = Outcome | TeamPlan | Screen | Sequence[JobPlanRow] | str | Path
"""A plan to start from: an answer, its plan, its rows, or a path to its output."""


def asked_of(
    service: Service,
    demand: Demand,
    locks: Iterable[str | Mark] = (),
    forbids: Iterable[str | Mark] = (),
    start: Start | None = None,
) -> Wishes:
    """Read what is asked of a plan.

    Raises InputError with every fault: what the service does not know, what somebody may not do, locks that contradict
    each other, what is forbidden, or the contract.
    """
    locked, faults = _marks("lock", locks)
    forbidden, more = _marks("forbid", forbids)
    faults += more
    screen = None if start is None else _screen(service, start)
    if screen is not None:
        faults += screen_faults(service, screen)
    wishes = Wishes(tuple(dict.fromkeys(locked)), tuple(dict.fromkeys(forbidden)), screen)
    faults = faults or list(wish_faults(service, wishes)) or _against_the_rules(service, demand, wishes)
    if faults:
        raise InputError(faults)
    return wishes


def _marks(kind: Kind, marks: Iterable[str | Mark]) -> tuple[list[Mark], list[Fault]]:
    read: list[Mark] = []
    faults: list[Fault] = []
    for mark in (marks,) if isinstance(marks, str) else marks:
        try:
            read.append(read_mark(kind, mark) if isinstance(mark, str) else mark)
        except InputError as error:
            faults += error.faults
    return read, faults


def _screen(service: Service, start: Start) -> Screen:
    if isinstance(start, str | Path):
        return read_screen(start, service)
    if isinstance(start, Screen):
        return start
    plan = start.plan if isinstance(start, Outcome) else start
    if plan is None:
        found, allowed = "an answer without a plan", "an answer that has one"
        raise InputError([Fault("start", None, None, found, allowed)])
    return Screen(plan.rows, plan.holders) if isinstance(plan, TeamPlan) else Screen.of_rows(plan)


def _against_the_rules(service: Service, demand: Demand, wishes: Wishes) -> list[Fault]:
    """Return locks in weeks or half-days in which nothing can be, and those that do not fit in a contract."""
    problem = Problem(service, demand, wishes)
    lawful = set(problem.lawful)
    faults = []
    for lock in wishes.locks:
        if lock.role is not None:
            continue
        weeks = set(problem.pinned[lock.cell])
        left = weeks & set(problem.allowed_weeks(lock.cell)) if lock.cell in lawful else set()
        if lock.cell not in lawful or left < weeks:
            out = "" if lock.cell not in lawful else f" in week {min(weeks - left)}"
            found = f"{lock.activity} at {lock.slot}{out}, where no room or no time is left"
            faults.append(
                Fault("lock", None, None, found, "where a room is there and no pin takes the time", str(lock))
            )
    if faults:
        return faults
    rows = tuple(
        JobPlanRow(person=cell[0], activity=cell[1], slot=cell[2], weeks=tuple(sorted(weeks)), pinned=True)
        for cell, weeks in problem.pinned.items()
        if cell not in problem.pinned_in_files
    )
    if not rows:
        return []
    before = set(contradictions(service, demand))
    with_pins = service.model_copy(update={"job_plans": (*service.job_plans, *rows)})
    return [
        Fault("lock", None, fault.column, fault.found.replace("pinned", "locked or pinned"), fault.allowed, fault.id)
        for fault in contradictions(with_pins, demand)
        if fault not in before
    ]
