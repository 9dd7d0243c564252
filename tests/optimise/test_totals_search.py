"""The search for better totals: what it finds keeps every row, is never worse, and reaches what is proven."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ortools.sat.python import cp_model

from benchmarks.services import random_service
from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.optimise.prove import holds, linear_model, value_of
from capacity.optimise.search import Budget, Settings, new_solver
from capacity.optimise.solve import build
from capacity.optimise.tiers import EXPRESSIONS
from capacity.optimise.totals import Totals, totals_of
from capacity.optimise.totals_search import TotalsSearch, model_of


def totals(people: int, seed: int) -> tuple[Problem, Totals]:
    made = random_service(people, seed)
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.minimize(EXPRESSIONS["routine"](v))
    whole = linear_model(v.model)
    assert whole is not None
    found = totals_of(v, whole)
    assert found is not None
    return v.problem, found


def optimum(model: cp_model.CpModel) -> tuple[float, list[int]]:
    solver = new_solver(Settings(), 60)
    assert solver.solve(model) == cp_model.OPTIMAL
    return solver.objective_value, list(solver.response_proto.solution)


def worst(given: Totals) -> list[int]:
    """The totals with the largest shortfall that the rows allow."""
    model = model_of(given.model)
    columns = [model.get_int_var_from_proto_index(column) for column in given.model.objective]
    model.maximize(cp_model.LinearExpr.weighted_sum(columns, list(given.model.objective.values())))
    return optimum(model)[1]


@pytest.mark.parametrize("seed", (1, 3, 5))
def test_it_reaches_the_optimum_and_every_step_keeps_every_row(seed: int) -> None:
    problem, given = totals(6, seed)
    best = optimum(model_of(given.model))[0] + 0.0
    search, budget = TotalsSearch(given, problem, Settings()), Budget(60)
    assert not search.ready
    assert search.start_from(worst(given))
    before = search.value
    while search.ready and search.value > best:
        better = search.step(budget)
        assert better == (search.value < before)
        assert holds(given.model, search.best)
        assert value_of(given.model, search.best) == search.value
        before = search.value
    assert search.value == best
    assert not search.start_from(worst(given)), "a worse start is not taken"


def test_a_start_that_breaks_a_row_is_refused() -> None:
    problem, given = totals(6, 1)
    search = TotalsSearch(given, problem, Settings())
    assert not search.start_from(list(given.model.upper))
    assert not search.ready


def test_it_goes_on_from_the_plan_the_question_starts_from() -> None:
    """The start of the whole model, if it holds every column, is where the search begins."""
    problem, given = totals(6, 1)
    started = replace(given, model=replace(given.model, start=dict(enumerate(worst(given)))))
    search = TotalsSearch(started, problem, Settings())
    assert search.ready
    assert search.value == value_of(given.model, worst(given))


def test_it_begins_anew_and_goes_back_to_the_best_of_its_ends() -> None:
    problem, given = totals(6, 1)
    search, budget = TotalsSearch(given, problem, Settings()), Budget(60)
    search.start_from(worst(given))
    first = search.value
    while not search.stuck:
        search.step(budget)
    found, best = search.value, search.best
    assert found < first
    search.begin_anew()
    assert not search.stuck
    assert search.value == first
    assert search.least == found
    assert search.ends == [best]
    search.go_back()
    assert (search.value, search.best) == (found, best)


def test_its_steps_are_the_same_every_time() -> None:
    problem, given = totals(8, 2)
    runs = []
    for _ in range(2):
        search, budget = TotalsSearch(given, problem, Settings(seed=3)), Budget(60)
        search.start_from(worst(given))
        runs.append([(search.step(budget), tuple(search.best)) for _ in range(12)])
    assert runs[0] == runs[1]


def test_columns_have_the_person_they_are_of() -> None:
    problem, given = totals(6, 1)
    assert set(given.people.values()) <= set(problem.people)
    shortfalls = set(given.model.objective)
    assert not shortfalls & set(given.people), "what is short is of nobody, and free in every step"
