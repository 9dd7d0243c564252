"""The second solver: the same model in rows and columns, in a process of its own, trusted only where it holds."""

from __future__ import annotations

import pytest
from ortools.sat.python import cp_model

from benchmarks.services import random_service
from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.optimise.prove import Prover, holds, linear_model, provers, value_of
from capacity.optimise.prover import LinearModel, Proof, Question, Solver, answer
from capacity.optimise.search import Budget, new_solver
from capacity.optimise.search import Settings as SolverSettings
from capacity.optimise.solve import build
from capacity.optimise.tier_search import TierSearch
from capacity.optimise.tiers import EXPRESSIONS, hint


def tier_model(seed: int, tier: str) -> cp_model.CpModel:
    """The model of one tier, nothing held, of a random service of four people."""
    made = random_service(4, seed)
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.minimize(EXPRESSIONS[tier](v))
    hint(v, None)
    return v.model


def by_cp_sat(model: cp_model.CpModel) -> float:
    solver = new_solver(SolverSettings(), 60)
    assert solver.solve(model) == cp_model.OPTIMAL
    return solver.objective_value


def proofs_of(model: LinearModel, *solvers: Solver) -> list[Proof]:
    proofs: list[Proof] = []
    answer(Question(model, solvers, 60), proofs.append)
    return proofs


@pytest.mark.parametrize("solver", ["GSCIP", "HIGHS"])
@pytest.mark.parametrize("tier", ["routine", "change"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_solver_finds_the_same_optimum(seed: int, tier: str, solver: Solver) -> None:
    model = tier_model(seed, tier)
    linear = linear_model(model)
    assert linear is not None
    (proof,) = proofs_of(linear, solver)
    assert proof.optimal
    assert proof.solution is not None
    assert holds(linear, proof.solution)
    assert value_of(linear, proof.solution) == by_cp_sat(model) == pytest.approx(proof.bound)


def test_the_second_of_two_solvers_is_not_asked_what_the_first_has_settled() -> None:
    linear = linear_model(tier_model(1, "change"))
    assert linear is not None
    (proof,) = proofs_of(linear, "GSCIP", "HIGHS")
    assert proof.optimal
    assert proof.last


@pytest.mark.parametrize(("workers", "processes"), [(1, 1), (2, 2)])
def test_the_processes_tell_what_they_found_and_end_with_their_block(workers: int, processes: int) -> None:
    model = tier_model(1, "change")
    with provers(model, 60, workers) as working:
        assert len(working) == processes
        proofs: list[Proof] = []
        while not all(prover.finished for prover in working):
            proofs += [proof for prover in working if (proof := prover.news(wait=5)) is not None]
        assert all(proof.bound == pytest.approx(by_cp_sat(model)) for proof in proofs if proof.optimal)
        assert any(proof.optimal for proof in proofs)
    assert all(prover._process.poll() is not None for prover in working)


def test_a_process_still_at_work_is_ended_with_its_block() -> None:
    with provers(tier_model(2, "change"), 600, 1) as (prover,):
        assert prover._process.poll() is None
    assert prover._process.poll() is not None


def test_a_process_that_cannot_read_its_question_leaves_the_answer_to_cp_sat() -> None:
    linear = linear_model(tier_model(1, "routine"))
    assert linear is not None
    with Prover(Question(linear, ("HIGHS",), float("nan"))) as prover:  # no solver takes that, so the process fails
        assert prover.news(wait=60) is None
        assert prover.finished


def test_a_solution_a_tolerance_would_let_pass_is_refused() -> None:
    model = cp_model.CpModel()
    x, y = model.new_int_var(0, 3, "x"), model.new_int_var(0, 3, "y")
    model.add(1_000_000 * x + 999_999 * y <= 2_999_999)
    model.minimize(-x - y)
    linear = linear_model(model)
    assert linear is not None
    assert not holds(linear, [3, 0])  # one part in three million too much
    assert holds(linear, [2, 1])
    assert not holds(linear, [0, 4])


def test_at_most_one_becomes_a_row_and_anything_else_is_left_to_cp_sat() -> None:
    model = cp_model.CpModel()
    x, y = model.new_bool_var("x"), model.new_bool_var("y")
    model.add_at_most_one(x, ~y)
    model.minimize(-x + 2 * y)
    linear = linear_model(model)
    assert linear is not None
    assert [holds(linear, [a, b]) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))] == [True, True, False, True]
    assert proofs_of(linear, "HIGHS")[-1].bound == pytest.approx(by_cp_sat(model)) == 0
    model.add_bool_xor(x, y)
    assert linear_model(model) is None


def test_one_of_several_becomes_a_row_and_one_of_none_a_row_nothing_keeps() -> None:
    model = cp_model.CpModel()
    x, y = model.new_bool_var("x"), model.new_bool_var("y")
    model.add_bool_or(x, ~y)
    linear = linear_model(model)
    assert linear is not None
    assert [holds(linear, [a, b]) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))] == [True, False, True, True]
    model.add_bool_or([])
    linear = linear_model(model)
    assert linear is not None and not any(holds(linear, [a, b]) for a in (0, 1) for b in (0, 1))


def test_a_domain_with_holes_is_left_to_cp_sat() -> None:
    model = cp_model.CpModel()
    model.new_int_var_from_domain(cp_model.Domain.from_values([0, 2]), "x")
    assert linear_model(model) is None


def test_what_the_second_solver_proves_settles_a_tier_without_cp_sat() -> None:
    made = random_service(6, 1)
    v = build(Problem(made, analyse(made)), allow_extra=False)
    settings = SolverSettings(time_limit=60)
    search = TierSearch(
        v, "change", EXPRESSIONS["change"](v), None, settings, [], lambda values: True, None, lambda *_: None
    )
    search._prove(Budget(60))
    assert search.settled
    assert search.value == search.bound == by_cp_sat(v.model)
