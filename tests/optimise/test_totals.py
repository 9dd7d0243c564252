"""The smaller model in totals: no plan escapes it, so its bound is a bound; and where it can be realised it settles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from ortools.sat.python import cp_model

from benchmarks.services import random_service
from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.optimise.prove import Prover, holds, linear_model, value_of
from capacity.optimise.prover import LinearModel
from capacity.optimise.search import Settings, new_solver
from capacity.optimise.solve import build
from capacity.optimise.tiers import EXPRESSIONS
from capacity.optimise.totals import totals_of
from capacity.optimise.variables import Variables
from capacity.service.model import Service
from tests.optimise.small import activity, person, room, row, service


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as process:
        yield process


def question(made: Service, tier: str) -> tuple[Variables, LinearModel]:
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.minimize(EXPRESSIONS[tier](v))
    whole = linear_model(v.model)
    assert whole is not None
    return v, whole


def bound(prover: Prover, model: LinearModel) -> float:
    prover.ask(model, 60)
    found = float("-inf")
    while not prover.finished:
        proof = prover.news(wait=5)
        found = found if proof is None else proof.bound
    return found


def optimum(v: Variables) -> tuple[float, list[int]]:
    solver = new_solver(Settings(), 60)
    assert solver.solve(v.model) == cp_model.OPTIMAL
    return solver.objective_value, list(solver.response_proto.solution)


@pytest.mark.parametrize("seed", (1, 2, 3, 5, 6, 7))
def test_every_plan_is_a_solution_in_totals_and_the_bound_is_at_most_the_optimum(prover: Prover, seed: int) -> None:
    v, whole = question(random_service(6, seed), "routine")
    smaller = totals_of(v, whole)
    assert smaller is not None
    value, plan = optimum(v)
    assert len(smaller.model.lower) < len(whole.lower)
    assert bound(prover, smaller.model) <= value + 1e-6
    # the plan, with its own totals, keeps every row of the smaller model: no plan escapes it
    fixed = {number: plan[column] for number, column in enumerate(smaller.columns)}
    lower = [fixed.get(number, low) for number, low in enumerate(smaller.model.lower)]
    upper = [fixed.get(number, high) for number, high in enumerate(smaller.model.upper)]
    held = LinearModel(**{**smaller.model.__dict__, "lower": lower, "upper": upper, "start": {}})
    assert bound(prover, held) == pytest.approx(value)


def test_days_a_week_limit_what_is_done_in_all(prover: Prover) -> None:
    """Two days of two half-days hold four sessions: of six asked for, two are short, and no half-day was looked at."""
    slots = ("Mon AM", "Mon PM", "Tue AM", "Tue PM", "Wed AM", "Wed PM")
    made = service([person("ann", 10, max_days=2)], [activity("clinic", 6, *slots)])
    v, whole = question(made, "routine")
    smaller = totals_of(v, whole)
    assert smaller is not None
    assert bound(prover, smaller.model) == optimum(v)[0] == 2


def test_rooms_limit_what_all_people_do_together(prover: Prover) -> None:
    """One room on two half-days: of three sessions asked for, one is short, whoever does them."""
    people = [person("ann", 10), person("bob", 10)]
    made = service(people, [activity("clinic", 3, "Mon AM", "Mon PM", room=("r1",))], rooms=[room("r1")])
    v, whole = question(made, "routine")
    smaller = totals_of(v, whole)
    assert smaller is not None
    assert bound(prover, smaller.model) == optimum(v)[0] == 1


@pytest.mark.parametrize("seed", (1, 2, 3, 5, 6, 7))
def test_totals_never_change_more_than_the_plan_they_are_of(prover: Prover, seed: int) -> None:
    """A session above the least shortfall: the bound is one; the plan's own totals keep every row and cost no more."""
    made = random_service(6, seed)
    held = optimum(question(made, "routine")[0])[0]
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.add(EXPRESSIONS["routine"](v) <= int(held) + 1)
    v.model.minimize(EXPRESSIONS["change"](v))
    value, plan = optimum(v)
    v.model.clear_hints()
    for column, count in enumerate(plan):
        v.model.add_hint(v.model.get_int_var_from_proto_index(column), count)
    whole = linear_model(v.model)
    assert whole is not None
    smaller = totals_of(v, whole)
    assert smaller is not None
    assert 0 < bound(prover, smaller.model) <= value + 1e-6
    totals = [smaller.model.start[column] for column in range(len(smaller.model.lower))]
    assert holds(smaller.model, totals)
    assert value_of(smaller.model, totals) <= value


def test_what_moves_to_another_half_day_is_no_change_in_all_but_what_becomes_something_else_is(prover: Prover) -> None:
    """Contract of 2 sessions, 2 clinics before; 1 clinic and 1 list asked for: 1 lost and 1 gained, 2 x 1 + 1."""
    made = service(
        [person("ann", 2)],
        [activity("clinic", 1, "Mon AM", "Mon PM"), activity("list", 1, "Tue AM", "Tue PM")],
        job_plans=(row("ann", "clinic", "Mon AM"), row("ann", "clinic", "Mon PM")),
    )
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.add(EXPRESSIONS["routine"](v) <= 0)
    v.model.minimize(EXPRESSIONS["change"](v))
    whole = linear_model(v.model)
    assert whole is not None
    smaller = totals_of(v, whole)
    assert smaller is not None
    assert bound(prover, smaller.model) == optimum(v)[0] == 3


def test_an_objective_that_cannot_be_said_in_totals_has_no_smaller_model() -> None:
    """Half-days that make a plan better are not in the totals; those that only cost are left out of a bound."""
    people = [person("ann", 10), person("bob", 10)]
    clinic = activity("clinic", 3, "Mon AM", "Mon PM", room=("r1", "r2"))
    v, whole = question(service(people, [clinic], rooms=[room("r1"), room("r2")]), "routine")
    rooms = [at for at, variable in enumerate(v.model.proto.variables) if variable.name.startswith("room[")]
    assert totals_of(v, replace(whole, objective={rooms[0]: -1})) is None
    costly = totals_of(v, replace(whole, objective={rooms[0]: 1}))
    assert costly is not None and not costly.model.objective


def test_a_pin_is_in_the_totals(prover: Prover) -> None:
    """A clinic pinned in every second week takes two of four sessions, although as many of the other are asked for."""
    made = service(
        [person("ann", 1)],
        [activity("clinic", 0, "Mon AM", "Mon PM"), activity("list", 1, "Tue AM", "Tue PM")],
        job_plans=(row("ann", "clinic", "Mon AM", 1, 3, pinned=True),),
        cycle=4,
    )
    v, whole = question(made, "routine")
    smaller = totals_of(v, whole)
    assert smaller is not None
    assert bound(prover, smaller.model) == optimum(v)[0] == 2
