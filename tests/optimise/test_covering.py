"""Facets of what covers a requirement: worked by hand, cutting off no whole solution, leaving no better fraction."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from ortools.sat.python import cp_model
from scipy.optimize import linprog

from benchmarks.services import random_service
from capacity.demand.analyse import analyse
from capacity.optimise.covering import covering_facets, facets_of
from capacity.optimise.problem import Problem
from capacity.optimise.prove import linear_model
from capacity.optimise.prover import LinearModel
from capacity.optimise.search import Settings, new_solver
from capacity.optimise.solve import build
from capacity.optimise.tiers import EXPRESSIONS


def covers(yields: tuple[int, ...], most: tuple[int, ...], needed: int) -> np.ndarray:
    """Every whole solution, by trying."""
    tried = itertools.product(*(range(top + 1) for top in most))
    return np.array([z for z in tried if np.dot(z, yields) >= needed], dtype=int).reshape(-1, len(yields))


def test_two_sessions_are_needed_where_one_and_a_half_would_do_in_fractions() -> None:
    """1.2 sessions asked for; 0.8 or 1.0 each: (2, 0), (1, 1) and (0, 2) are enough, so a + b >= 2."""
    factors, least = facets_of((8, 10), (3, 3), 12)
    assert (factors.tolist(), least.tolist()) == ([[1, 1]], [2])


def test_a_session_short_makes_up_for_more_than_fractions_say() -> None:
    """Two sessions asked for, sessions of 0.75 and whole sessions short: (3, 0), (2, 1) and (0, 2) are enough.

    Between (3, 0) and (0, 2) lies 2 a + 3 s >= 6, and (2, 1) above it; fractions of 0.75 a + s >= 2 would do with less.
    """
    factors, least = facets_of((3, 4), (9, 9), 8)
    assert (factors.tolist(), least.tolist()) == ([[2, 3]], [6])


@pytest.mark.parametrize("seed", range(40))
def test_no_whole_solution_is_cut_off_and_every_best_one_is_whole(seed: int) -> None:
    """For any costs, the least over the facets is the least over the whole solutions."""
    chance = random.Random(seed)
    kinds = chance.choice((2, 2, 3))
    yields = tuple(chance.sample(range(5, 41), kinds))
    most = tuple(chance.randint(2, 12) for _ in range(kinds))
    needed = chance.randint(max(yields), max(max(yields), round(0.8 * np.dot(yields, most))))
    factors, least = facets_of(yields, most, needed)
    whole = covers(yields, most, needed)
    assert len(whole) == 0 or (whole @ factors.T >= least).all()
    for _ in range(10 if len(whole) else 0):
        costs = [chance.randint(0, 20) for _ in range(kinds)]
        in_fractions = linprog(costs, A_ub=-factors, b_ub=-least, bounds=[(0, None)] * kinds)
        assert in_fractions.fun == pytest.approx((whole @ costs).min(), abs=1e-6)


def test_nothing_is_said_of_what_cannot_be_covered() -> None:
    factors, least = facets_of((3, 4), (1, 1), 8)
    assert len(factors) == len(least) == 0


def test_many_yields_are_gathered_and_no_whole_solution_is_cut_off() -> None:
    """Six yields count as three kinds, each as the best of its group, so that every solution still counts as enough."""
    yields = [61, 64, 80, 81, 82, 100]
    row = LinearModel([0] * 6, [2] * 6, [list(range(6))], [yields], [301.0], [math.inf], {0: 1}, 0, {})
    (facets,) = covering_facets(row)
    whole = covers(tuple(yields), (2,) * 6, 301)
    assert len(np.unique(facets.factors, axis=1).T) <= 3
    assert (whole @ facets.factors.T >= facets.least).all()


@pytest.mark.parametrize("seed", (1, 2, 3, 4))
def test_the_best_plan_of_a_service_keeps_every_facet(seed: int) -> None:
    service = random_service(8, seed)
    v = build(Problem(service, analyse(service)), allow_extra=False)
    v.model.minimize(EXPRESSIONS["routine"](v))
    model = linear_model(v.model)
    assert model is not None
    solver = new_solver(Settings(), 60)
    assert solver.solve(v.model) == cp_model.OPTIMAL
    plan = np.array(solver.response_proto.solution)
    found = list(covering_facets(model))
    assert found
    for facets in found:
        assert (facets.factors @ plan[facets.columns] >= facets.least).all()
