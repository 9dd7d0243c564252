"""Facets of contracts and requirements: they cut off no whole solution, and leave no better fraction.

``highspy`` and ``ortools`` cannot be loaded together, so facets are found in a process of their own.
"""

from __future__ import annotations

import itertools
import math
import pickle
import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from ortools.sat.python import cp_model

import capacity.optimise.knapsacks as knapsacks
from benchmarks.services import random_service
from capacity.demand.analyse import analyse
from capacity.optimise.knapsacks import Cut, bounds_of, knapsacks_of, whole_solutions
from capacity.optimise.problem import Problem
from capacity.optimise.prove import linear_model
from capacity.optimise.prover import LinearModel
from capacity.optimise.search import Settings, new_solver
from capacity.optimise.solve import build
from capacity.optimise.tiers import EXPRESSIONS

FIND = """
import pickle, sys
from capacity.optimise.knapsacks import cut_off_fractions
from capacity.optimise.prover import _program, quiet_solver
answers = []
for model in pickle.load(sys.stdin.buffer):
    highs = quiet_solver()
    highs.passModel(_program(model))
    cuts = cut_off_fractions(model, highs, 60)
    highs.run()
    answers.append((cuts, highs.getInfo().objective_function_value))
sys.stdout.buffer.write(b"answers:" + pickle.dumps(answers))
"""


def cut_off(models: list[LinearModel]) -> list[tuple[list[Cut], float]]:
    """Facets added to each model, and its best value in fractions then."""
    done = subprocess.run([sys.executable, "-c", FIND], input=pickle.dumps(models), capture_output=True, check=True)
    answers: list[tuple[list[Cut], float]] = pickle.loads(done.stdout.split(b"answers:", 1)[1])
    return answers


def row(weights: list[int], most: list[int], limit: int, packs: bool, costs: list[int], least: int = 0) -> LinearModel:
    """A model of one row; what packs is to be as dear as possible, what covers as cheap."""
    sign = -1 if packs else 1
    return LinearModel(
        [least] * len(weights), most, [list(range(len(weights)))], [weights], [-math.inf if packs else limit],
        [limit if packs else math.inf], {at: sign * cost for at, cost in enumerate(costs)}, 0, {},
    )  # fmt: skip


def solutions(model: LinearModel) -> np.ndarray:
    """Every whole solution of a model of one row, by trying."""
    tried = itertools.product(*(range(low, top + 1) for low, top in zip(model.lower, model.upper, strict=True)))
    low, high = model.row_lower[0], model.row_upper[0]
    return np.array([z for z in tried if low <= np.dot(z, model.coefficients[0]) <= high], int)


def test_two_sessions_are_needed_where_one_and_a_half_would_do_in_fractions() -> None:
    """1.2 sessions asked for; 0.8 or 1.0 each: (2, 0), (1, 1) and (0, 2) are enough, so a + b >= 2."""
    ((cuts, best),) = cut_off([row([8, 10], [3, 3], 12, False, [1, 1])])
    assert cuts == [Cut([0, 1], [1, 1], 2.0, math.inf)]
    assert best == pytest.approx(2)


def test_a_session_short_makes_up_for_more_than_fractions_say() -> None:
    """Two sessions asked for, sessions of 0.75 and whole sessions short: (3, 0), (2, 1) and (0, 2) are enough.

    Between (3, 0) and (0, 2) lies 2 a + 3 s >= 6, and (2, 1) above it; fractions of 0.75 a + s >= 2 would do with less.
    """
    ((cuts, best),) = cut_off([row([3, 4], [9, 9], 8, False, [2, 3])])
    assert cuts == [Cut([0, 1], [2, 3], 6.0, math.inf)]
    assert best == pytest.approx(6)


def test_a_contract_holds_fewer_whole_sessions_than_minutes_say() -> None:
    """1,000 minutes, sessions of 300 and 400: (3, 0), (2, 1) and (0, 2) fill it, so a + b <= 3 and a + 2 b <= 4."""
    ((cuts, best),) = cut_off([row([300, 400], [9, 9], 1000, True, [2, 3])])
    assert best == pytest.approx(-7)
    assert Cut([0, 1], [1, 2], -math.inf, 4.0) in cuts


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_no_whole_solution_is_cut_off_and_every_best_one_is_whole(seed: int, packs: bool) -> None:
    """For any costs, the best over the facets is the best over the whole solutions of a row."""
    chance = random.Random(seed)
    models: list[LinearModel] = []
    while len(models) < 12:
        kinds, least = chance.choice((2, 2, 3, 4)), chance.choice((0, 0, 1))
        weights = chance.sample(range(5, 41), kinds)
        most = [chance.randint(2, 8) for _ in range(kinds)]
        limit = chance.randint(max(weights) + sum(weights), max(max(weights) * 2 + sum(weights), sum(weights) * 4))
        model = row(weights, most, limit, packs, [chance.randint(1, 20) for _ in range(kinds)], least)
        models += [model] if len(solutions(model)) else []
    for model, (cuts, best) in zip(models, cut_off(models), strict=True):
        whole = solutions(model)
        for cut in cuts:
            reached = whole[:, cut.columns] @ cut.factors
            assert ((cut.least <= reached) & (reached <= cut.most)).all()
        costs = np.array([model.objective[at] for at in range(len(model.lower))])
        assert best == pytest.approx((whole @ costs).min(), rel=1e-4)


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_listed_are_those_to_which_nothing_can_be_added_or_from_which_nothing_be_left_out(
    seed: int, packs: bool
) -> None:
    chance = random.Random(seed)
    weights, most = chance.sample(range(3, 30), 3), [chance.randint(1, 6) for _ in range(3)]
    limit = chance.randint(10, 90)
    found = whole_solutions(weights, most, limit, packs)
    every = {tuple(z) for z in solutions(row(weights, most, limit, packs, [1, 1, 1]))}
    step = 1 if packs else -1
    edge = {z for z in every if not any((*z[:at], z[at] + step, *z[at + 1 :]) in every for at in range(3))}
    assert edge or not packs
    assert found is not None
    assert {tuple(z) for z in found.tolist()} == edge
    assert len(found) == len(edge)


@pytest.mark.parametrize("packs", [True, False])
def test_many_kinds_are_gathered_and_no_whole_solution_is_cut_off(packs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many solutions would be listed, a group counts so that every solution still counts as one."""
    monkeypatch.setattr(knapsacks, "MOST_POINTS", 20)
    model = row([61, 64, 80, 81, 82, 100], [2] * 6, 301, packs, [1] * 6)
    (found,) = knapsacks_of(model)
    assert 1 < found.points.shape[1] < 6
    whole = solutions(model)
    counts = np.array([np.bincount(found.kind_of, weights=z) for z in whole])
    for factors in (np.array(each) for each in itertools.product((1, 2, 3), repeat=found.points.shape[1])):
        reached, edge = counts @ factors, found.points @ factors
        assert reached.max() <= edge.max() if packs else reached.min() >= edge.min()


def test_nothing_is_said_of_what_cannot_be_covered_or_of_a_row_of_one_kind() -> None:
    assert not list(knapsacks_of(row([3, 4], [1, 1], 8, False, [1, 1])))
    assert not list(knapsacks_of(row([3, 3], [5, 5], 8, False, [1, 1])))


def test_pins_and_filled_roles_leave_no_more_of_others() -> None:
    """One of three holds the role, and a row of its own says it is the second: the others cannot."""
    model = LinearModel([0] * 3, [1] * 3, [[0, 1, 2], [1]], [[1, 1, 1], [1]], [1, 1], [1, 1], {}, 0, {})
    assert bounds_of(model) == ([0, 1, 0], [0, 1, 0])


def test_more_rounds_go_on_only_while_there_is_time() -> None:
    (with_time, _), (without, _) = cut_off([row([300, 400], [9, 9], 1000, True, [2, 3])] * 2)
    assert with_time == without != []
    script = FIND.replace("highs, 60)", "highs, 0)")
    done = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps([row([300, 400], [9, 9], 1000, True, [2, 3])]),
        capture_output=True, check=True,
    )  # fmt: skip
    assert pickle.loads(done.stdout.split(b"answers:", 1)[1])[0][0] == []


@pytest.mark.parametrize("tier", ["routine", "change"])
@pytest.mark.parametrize("seed", (1, 2, 3, 4))
def test_the_best_plan_of_a_service_keeps_every_facet(seed: int, tier: str) -> None:
    service = random_service(8, seed)
    v = build(Problem(service, analyse(service)), allow_extra=False)
    solver = new_solver(Settings(), 60)
    for name in ("routine", "change")[: 1 + (tier == "change")]:
        v.model.minimize(expression := EXPRESSIONS[name](v))
        model = linear_model(v.model)
        assert model is not None
        assert solver.solve(v.model) == cp_model.OPTIMAL
        v.model.add(expression <= int(solver.objective_value))
    plan = np.array(solver.response_proto.solution)
    in_fractions = replace(model, follows=frozenset(range(len(model.lower))))
    ((cuts, best),) = cut_off([in_fractions])
    assert cuts
    assert best <= solver.objective_value + 1e-6
    for cut in cuts:
        assert cut.least <= plan[cut.columns] @ np.array(cut.factors) <= cut.most
