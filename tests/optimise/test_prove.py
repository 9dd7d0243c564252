"""The second solver: the same model in rows and columns, in a process of its own, trusted only where it holds."""

from __future__ import annotations

import itertools
import math
import pickle
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from ortools.sat.python import cp_model

from benchmarks.services import random_service
from capacity.demand.analyse import analyse
from capacity.optimise.boxes import Boxes
from capacity.optimise.near import Near
from capacity.optimise.pool import Pool
from capacity.optimise.problem import Problem
from capacity.optimise.prove import Prover, alike, holds, least_sum, linear_model, turned, value_of, without_halves
from capacity.optimise.prover import LinearModel, Proof, least_value, step_of
from capacity.optimise.search import Budget, new_solver, read_solution
from capacity.optimise.search import Settings as SolverSettings
from capacity.optimise.solve import _Tiers, build
from capacity.optimise.tier_search import TierSearch
from capacity.optimise.tiers import EXPRESSIONS, Allocation, Expression, hint
from capacity.optimise.totals import totals_of
from capacity.optimise.totals_search import TotalsSearch, model_of
from capacity.optimise.variables import Variables
from capacity.units import WEEKS_PER_YEAR
from tests.optimise.small import activity, person, service


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as process:
        yield process


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


def a_plan(v: Variables) -> Allocation:
    """The best plan of a model."""
    solver = new_solver(SolverSettings(), 60)
    assert solver.solve(v.model) == cp_model.OPTIMAL
    return read_solution(v, solver)


def proofs_of(prover: Prover, model: LinearModel, seconds: float = 60) -> list[Proof]:
    prover.ask(model, seconds)
    proofs: list[Proof] = []
    while not prover.finished:
        proof = prover.news(wait=5)
        if proof is not None:
            proofs.append(proof)
    return proofs


@pytest.mark.parametrize("tier", ["routine", "change"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_solvers_find_the_same_optimum(prover: Prover, seed: int, tier: str) -> None:
    model = tier_model(seed, tier)
    linear = linear_model(model)
    assert linear is not None
    proof = proofs_of(prover, linear)[-1]
    assert proof.optimal
    assert proof.last
    assert proof.solution is not None
    assert holds(linear, proof.solution)
    assert value_of(linear, proof.solution) == by_cp_sat(model) == pytest.approx(proof.bound)


def test_bounds_rise_and_never_pass_the_optimum(prover: Prover) -> None:
    model = tier_model(2, "change")
    linear = linear_model(model)
    assert linear is not None
    bounds = [proof.bound for proof in proofs_of(prover, linear)]
    assert bounds == sorted(bounds)
    assert bounds[-1] == pytest.approx(by_cp_sat(model))


@pytest.mark.parametrize(
    ("bound", "least"), [(-math.inf, -math.inf), (2.0, 2), (2.0001, 2), (2.1, 62), (61.9, 62), (62.004, 62), (63, 122)]
)
def test_a_bound_is_told_as_the_next_value_there_can_be(bound: float, least: float) -> None:
    """60x + 120y + 2 is 2, 62, 122 and so on; a solver's rounding does not lift a bound beyond the value it means."""
    model = LinearModel(
        lower=[0, 0], upper=[9, 9], columns=[], coefficients=[], row_lower=[], row_upper=[],
        objective={0: 60, 1: 120}, offset=2, start={},
    )  # fmt: skip
    assert least_value(model, bound) == least
    assert step_of(model) == 60
    assert step_of(replace(model, objective={})) == 1


def test_one_process_answers_one_question_after_another(prover: Prover) -> None:
    for tier in ("routine", "change", "routine"):
        model = tier_model(1, tier)
        linear = linear_model(model)
        assert linear is not None
        assert proofs_of(prover, linear)[-1].bound == pytest.approx(by_cp_sat(model))


def test_half_days_that_follow_need_not_be_asked_to_be_whole(prover: Prover) -> None:
    made = random_service(6, 2)
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.minimize(EXPRESSIONS["routine"](v))
    split = {v.n[unit].index for units in v.totals for unit in units}
    whole, followed = linear_model(v.model), linear_model(v.model, split)
    assert whole is not None
    assert followed is not None
    assert proofs_of(prover, followed)[-1].bound == pytest.approx(proofs_of(prover, whole)[-1].bound)


def test_half_days_with_a_requirement_of_their_own_are_asked_to_be_whole(prover: Prover) -> None:
    """Ann has one session, and each half-day wants half of one: half sessions, were they asked for, would do.

    Facets of each half-day's requirement know better in this case, but they do not in every one.
    """
    made = service(
        [person("ann", 1, working_weeks=0.99 * WEEKS_PER_YEAR)],
        [activity("clinic", 1, "Mon AM", "Mon PM", spread="each_half_day")],
    )
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.minimize(EXPRESSIONS["routine"](v))
    followed = linear_model(v.model, {variable.index for variable in v.n.values()})
    assert followed is not None
    assert {v.n[unit].index for unit in v.n} & followed.follows
    assert not {v.n[unit].index for unit in v.n} & without_halves(followed).follows
    assert proofs_of(prover, without_halves(followed))[-1].bound == pytest.approx(by_cp_sat(v.model)) == 1


def test_an_offered_solution_is_never_lost(prover: Prover) -> None:
    made = random_service(8, 3)
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.minimize(EXPRESSIONS["change"](v))
    solver = new_solver(SolverSettings(), 60)
    solver.solve(v.model)
    best = list(solver.response_proto.solution)
    linear = linear_model(v.model)
    assert linear is not None
    prover.ask(linear, 60)
    prover.offer(best)
    last = None
    while not prover.finished:
        last = prover.news(wait=5) or last
    assert last is not None
    assert last.solution is not None
    assert value_of(linear, last.solution) <= value_of(linear, best)


def test_a_question_that_is_left_does_not_answer_the_next(prover: Prover) -> None:
    hard, easy = tier_model(3, "change"), tier_model(1, "routine")
    first, second = linear_model(hard), linear_model(easy)
    assert first is not None
    assert second is not None
    prover.ask(first, 60)
    prover.ask(second, 60)
    proofs = []
    while not prover.finished:
        proof = prover.news(wait=5)
        proofs += [] if proof is None else [proof]
    assert len({proof.number for proof in proofs}) == 1
    assert proofs[-1].bound == pytest.approx(by_cp_sat(easy))


def test_the_process_ends_with_its_block() -> None:
    with Prover() as prover:
        prover.warm()
        process = prover._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None


def test_a_process_that_is_killed_leaves_the_answer_to_cp_sat() -> None:
    linear = linear_model(tier_model(1, "routine"))
    assert linear is not None
    with Prover() as prover:
        prover.warm()
        assert prover._process is not None
        prover._process.kill()
        prover._process.wait()
        prover.ask(linear, 60)
        while not prover.finished:
            assert prover.news(wait=5) is None
        prover.ask(linear, 60)  # and so does the next question, without a fault
        assert prover.news(wait=5) is None


def test_the_two_solvers_are_never_loaded_into_one_process() -> None:
    """``highspy`` and ``ortools`` 9.15 carry a HiGHS each."""
    for module, other in (("capacity.optimise.prover", "ortools"), ("capacity.optimise.solve", "highspy")):
        code = f"import {module}, sys; sys.exit(any(name.split('.')[0] == {other!r} for name in sys.modules))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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


def test_at_most_one_becomes_a_row_and_anything_else_is_left_to_cp_sat(prover: Prover) -> None:
    model = cp_model.CpModel()
    x, y = model.new_bool_var("x"), model.new_bool_var("y")
    model.add_at_most_one(x, ~y)
    model.minimize(-x + 2 * y)
    linear = linear_model(model)
    assert linear is not None
    assert [holds(linear, [a, b]) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))] == [True, True, False, True]
    assert proofs_of(prover, linear)[-1].bound == pytest.approx(by_cp_sat(model)) == 0
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


def test_what_the_second_solver_proves_settles_a_tier_without_cp_sat(prover: Prover) -> None:
    made = random_service(6, 1)
    problem = Problem(made, analyse(made))
    v = build(problem, allow_extra=False)
    settings = SolverSettings(time_limit=60)
    near = Near(build(problem, allow_extra=False), ["change"], settings)
    search = TierSearch(
        v, "change", EXPRESSIONS["change"](v), near, settings, prover, Pool(problem), lambda _: True, None,
        lambda *_: None,
    )  # fmt: skip
    search._prove(Budget(60))
    assert search.settled
    assert search.value == search.bound == by_cp_sat(v.model)


def short_of_time(seed: int) -> tuple[Problem, Variables, dict[str, Expression]]:
    """A service of four that cannot do all that is asked, its routine shortfall held at the least."""
    made = random_service(4, seed, spare=(0, 8))
    problem = Problem(made, analyse(made))
    v = build(problem, allow_extra=False)
    expressions = {tier: EXPRESSIONS[tier](v) for tier in ("rapid_mean", "routine", "rapid_headroom")}
    v.model.add(expressions["rapid_mean"] <= 0)
    return problem, v, expressions


@pytest.mark.parametrize("seed", [1, 2, 4, 6])
def test_a_question_turned_round_says_what_a_better_plan_would_cost_the_tier_before(prover: Prover, seed: int) -> None:
    """The least routine shortfall for a headroom one session better than routine at its best allows."""
    _, v, expressions = short_of_time(seed)
    v.model.minimize(expressions["routine"])
    other = linear_model(v.model)
    assert other is not None
    most = int(by_cp_sat(v.model))
    held = v.model.clone()
    held.add(expressions["routine"] <= most)
    held.minimize(expressions["rapid_headroom"])
    best = int(by_cp_sat(held))
    question = linear_model(held)
    assert question is not None
    costs = []
    for target in (best, best - 1):
        v.model.minimize(expressions["routine"])
        asked = v.model.clone()
        asked.add(expressions["rapid_headroom"] <= target)
        cost = proofs_of(prover, turned(question, other.objective, target, {}))[-1].bound
        costs.append(cost)
        assert cost == pytest.approx(by_cp_sat(asked))
    assert costs[0] == pytest.approx(most)
    assert costs[1] > most + 0.5


def test_a_question_turned_round_sums_what_counts_the_same(prover: Prover) -> None:
    """x + y + 3z - 1 <= 9 with x + y + z >= 6 and x, y <= 2: z is 2, and the sums are x + y = 4 and z = 2."""
    model = LinearModel(
        lower=[0, 0, 0], upper=[2, 2, 5], columns=[[0, 1, 2]], coefficients=[[1, 1, 1]], row_lower=[6.0],
        row_upper=[math.inf], objective={0: 1, 1: 1, 2: 3}, offset=-1, start={},
    )  # fmt: skip
    assert proofs_of(prover, turned(model, {2: 1}, 9, {}))[-1].solution == [2, 2, 2, 4, 2]
    assert proofs_of(prover, turned(model, {2: 1}, 8, {}))[-1].bound == math.inf


def test_what_counts_the_same_is_at_least_so_much_in_all() -> None:
    """x + y + 3z - 1 <= 9 with x + y + 2z >= 7 and x, y <= 2: z is 2 at least (2 + 2 + 2*1 = 6 is too few), and with
    z = 3 at most (x + y <= 1) x + y is 1 at least."""
    model = LinearModel(
        lower=[0, 0, 0], upper=[2, 2, 3], columns=[[0, 1, 2]], coefficients=[[1, 1, 2]], row_lower=[7.0],
        row_upper=[math.inf], objective={0: 1, 1: 1, 2: 3}, offset=-1, start={},
    )  # fmt: skip
    assert alike(model) == {1: [0, 1], 3: [2]}
    with Prover() as prover:
        assert proofs_of(prover, least_sum(model, [2], 9))[-1].bound == 2
        assert proofs_of(prover, least_sum(model, [0, 1], 9))[-1].bound == 1
        assert proofs_of(prover, least_sum(model, [2], 7))[-1].bound == math.inf, "x + y + 3z <= 8 and 2z >= 7 - x - y"
        told = turned(model, {2: 1}, 9, {1: 1, 3: 2})
        assert told.lower[3:] == [1, 2]
        assert proofs_of(prover, told)[-1].bound == proofs_of(prover, turned(model, {2: 1}, 9, {}))[-1].bound == 2


def test_a_second_one_works_at_the_same_time_and_ends_with_the_first() -> None:
    models = [linear_model(tier_model(seed, "routine")) for seed in (1, 2)]
    with Prover() as first:
        pair = [first, first.second]
        assert first.second is pair[1]
        for prover, model in zip(pair, models, strict=True):
            assert model is not None
            prover.ask(model, 60)
        bounds = []
        for prover in pair:
            while not prover.finished:
                proof = prover.news(wait=5)
            assert proof is not None
            bounds.append(proof.bound)
        processes = [prover._process for prover in pair]
    assert bounds == [pytest.approx(by_cp_sat(tier_model(seed, "routine"))) for seed in (1, 2)]
    assert all(process is not None and process.poll() is not None for process in processes)


@pytest.mark.parametrize("seed", [1, 2, 6])
def test_a_shortfall_is_settled_by_turned_questions_alone(prover: Prover, seed: int) -> None:
    problem, v, expressions = short_of_time(seed)
    v.model.minimize(expressions["routine"])
    most = int(by_cp_sat(v.model)) + 1
    v.model.add(expressions["routine"] <= most)
    near = Near(build(problem, allow_extra=False), ["routine", "rapid_headroom"], SolverSettings())
    pool = Pool(problem)
    v.model.maximize(expressions["rapid_headroom"])  # a poor plan to begin with
    pool.add(a_plan(v))
    search = TierSearch(
        v, "rapid_headroom", expressions["rapid_headroom"], near, SolverSettings(), prover, pool, lambda _: True, None,
        lambda *_: None, before=(expressions["routine"], most),
    )  # fmt: skip
    poor = search.value
    question = search._question()
    assert question is not None
    search._turn(replace(question, follows=frozenset()), Budget(60))
    v.model.minimize(expressions["rapid_headroom"])
    assert search.settled
    assert poor > search.value == search.bound == by_cp_sat(v.model)


@pytest.mark.parametrize(
    ("name", "settled", "paid_with"),
    [
        ("routine", {}, "rapid_mean"),
        ("rapid_headroom", {}, "routine"),
        ("rapid_headroom", {"routine": 0}, "rapid_mean"),
        ("change", {}, "routine"),
        ("change", {"routine": 0}, "rapid_headroom"),
        ("cost", {}, "change"),
        ("cost", {"change": 0}, "rapid_headroom"),
        ("rapid_mean", {}, None),
    ],
)
def test_a_better_value_of_a_tier_is_paid_for_with_one_before(
    name: str, settled: dict[str, int], paid_with: str | None
) -> None:
    """``settled`` are tiers in which nothing is to be decided."""
    made = random_service(4, 1)
    tiers = _Tiers(Problem(made, analyse(made)), False, frozenset(), SolverSettings(), Prover(), 1.0, None)
    order = ("rapid_mean", "routine", "rapid_headroom", "change", "cost")
    model = cp_model.CpModel()
    expressions: dict[str, Expression] = {tier: model.new_int_var(0, 9, tier) for tier in order} | settled
    tiers.holds = {tier: held for held, tier in enumerate(order[: order.index(name)])}
    found = tiers._before(name, expressions)
    if paid_with is None:
        assert found is None
    else:
        assert found is not None
        assert found[0] is expressions[paid_with]
        assert found[1] == tiers.holds[paid_with]


@pytest.mark.parametrize("workers", [1, 2])
def test_cost_is_settled_by_questions_about_change(prover: Prover, workers: int) -> None:
    """How little a plan that costs less would change: more than change is held at, once none costs less."""
    made = random_service(12, 4)
    problem = Problem(made, analyse(made))
    v = build(problem, allow_extra=False)
    tiers = ("rapid_mean", "routine", "rapid_headroom", "change", "cost")
    expressions = {tier: EXPRESSIONS[tier](v) for tier in tiers}
    for tier in tiers[:4]:
        v.model.minimize(expressions[tier])
        most = int(by_cp_sat(v.model)) + 5 * (tier == "change")
        v.model.add(expressions[tier] <= most)
    pool = Pool(problem)
    v.model.maximize(expressions["cost"])
    pool.add(a_plan(v))
    search = TierSearch(
        v, "cost", expressions["cost"], Near(build(problem, allow_extra=False), tiers, SolverSettings()),
        SolverSettings(workers=workers), prover, pool, lambda _: True, None, lambda *_: None,
        before=(expressions["change"], most),
    )  # fmt: skip
    dear = search.value
    question = search._question()
    assert question is not None
    search._turn(question, Budget(60))
    v.model.minimize(expressions["cost"])
    assert search.settled
    assert dear > search.value == search.bound == by_cp_sat(v.model) > 0


def change_of(prover: Prover, seed: int, workers: int) -> tuple[TierSearch, LinearModel, TotalsSearch, float, float]:
    """The tier of a plan that changes all it can; its totals, the search there, and the least change there and in all.

    Routine may be one session more than it need be.
    """
    problem, v, expressions = short_of_time(seed)
    v.model.minimize(expressions["routine"])
    most = int(by_cp_sat(v.model)) + 1
    v.model.add(expressions["routine"] <= most)
    change = EXPRESSIONS["change"](v)
    near = Near(build(problem, allow_extra=False), ["routine", "change"], SolverSettings())
    pool = Pool(problem)
    v.model.maximize(change)
    pool.add(a_plan(v))
    tier = TierSearch(
        v, "change", change, near, SolverSettings(workers=workers), prover, pool, lambda _: True, None,
        lambda *_: None, before=(expressions["routine"], most),
    )  # fmt: skip
    tier._ask()
    whole = linear_model(v.model)
    smaller = None if whole is None else totals_of(v, whole)
    assert smaller is not None
    in_totals = by_cp_sat(model_of(smaller.model)) + smaller.model.offset
    best = by_cp_sat(v.model)
    return tier, smaller.model, TotalsSearch(smaller, problem, SolverSettings()), in_totals, best


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", [2, 3, 6])
def test_targets_of_change_raise_the_bound_until_totals_are_proven(prover: Prover, seed: int, workers: int) -> None:
    """From a plan that changes all it can: the bound ends at the least change in totals, and no plan is below it."""
    tier, question, search, in_totals, best = change_of(prover, seed, workers)
    poor = tier.value
    cost = tier._cost(search)
    assert cost is not None
    tier._raise_in_totals(question, cost, Budget(60), search)
    assert in_totals == tier.bound <= best <= tier.value < poor


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", [2, 3, 6])
def test_the_least_sums_of_change_bound_it(prover: Prover, seed: int, workers: int) -> None:
    """What is the least of every sum is no more than any better plan has of it, nor the bound more than the best."""
    tier, question, search, in_totals, best = change_of(prover, seed, workers)
    tier._raise_sums(question, Budget(60), search)
    assert 0 < tier.bound <= in_totals <= best < tier.value
    assert set(tier._least) == set(alike(question))
    totals = optimum_of(question)
    for factor, columns in alike(question).items():
        assert tier._least[factor] <= sum(totals[column] for column in columns)


@pytest.mark.parametrize("seed", [2, 3, 6])
def test_looking_near_totals_finds_better_plans_and_bounds_nothing(prover: Prover, seed: int) -> None:
    tier, question, search, in_totals, best = change_of(prover, seed, workers=2)
    poor, bound = tier.value, tier.bound
    tier._look_in_boxes(Boxes(question, search), Budget(3), search)
    assert tier.bound == bound, "a box says nothing of what lies outside"
    assert search.least == in_totals
    assert best <= tier.value < poor


def optimum_of(question: LinearModel) -> list[int]:
    solver, model = new_solver(SolverSettings(), 60), model_of(question)
    assert solver.solve(model) == cp_model.OPTIMAL
    return list(solver.response_proto.solution)


def test_tries_are_longer_each_time_and_the_last_takes_what_is_left(prover: Prover) -> None:
    problem, v, expressions = short_of_time(1)
    near = Near(build(problem, allow_extra=False), ["routine"], SolverSettings())
    search = TierSearch(
        v, "routine", expressions["routine"], near, SolverSettings(), prover, Pool(problem), lambda _: True, None,
        lambda *_: None,
    )  # fmt: skip
    budget = Budget(60)
    lengths = []
    for seed, own in search._tries(budget):
        assert seed == len(lengths)
        lengths.append(own.seconds)
        budget.began -= own.seconds  # as if they had gone by
        budget.work -= own.work
        own.work = own.granted = 0.0
    assert lengths[0] == pytest.approx(4.0, abs=0.1)
    assert [later / earlier for earlier, later in itertools.pairwise(lengths[:-1])] == pytest.approx(
        [1.5] * (len(lengths) - 2), rel=0.01
    )
    assert sum(lengths) == pytest.approx(60, abs=1.0)


@pytest.mark.parametrize("part", [0.3, 0.8])
def test_bounds_never_pass_the_optimum_whatever_a_start_leaves_open(prover: Prover, part: float) -> None:
    """What is found of the rest of a start has bounds of its own, which say nothing of the question."""
    made = random_service(6, 4)
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.maximize(EXPRESSIONS["change"](v))
    solver = new_solver(SolverSettings(), 60)
    solver.parameters.max_deterministic_time = 1
    assert solver.solve(v.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    poor = list(solver.response_proto.solution)
    v.model.minimize(EXPRESSIONS["change"](v))
    linear = linear_model(v.model)
    assert linear is not None
    chance = random.Random(1)
    kept = {column: poor[column] for column in range(len(linear.lower)) if chance.random() < part}
    proofs = proofs_of(prover, replace(linear, start=kept))
    best = by_cp_sat(v.model)
    assert value_of(linear, poor) > best
    assert max(proof.bound for proof in proofs) == pytest.approx(best)


def test_the_rest_of_a_start_is_found_and_one_that_cannot_be_is_left() -> None:
    """x + y + 2 z = 5: x is 2, so of y = 1 the rest is z = 1; x = y = z = 1 is none."""
    script = """
import pickle, sys
from capacity.optimise.prover import _start
print(pickle.dumps([_start(model) for model in pickle.load(sys.stdin.buffer)]).hex())
"""
    model = LinearModel([0] * 3, [2, 9, 1], [[0, 1, 2], [0]], [[1, 1, 2], [1]], [5, 2], [5, 2], {0: 1}, 0, {})
    starts = ({1: 1}, {1: 3}, {0: 1, 1: 1, 2: 1}, {0: 2, 1: 1, 2: 1}, {})
    models = [replace(model, start=start) for start in starts]
    done = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(models), capture_output=True, check=True)
    found = pickle.loads(bytes.fromhex(done.stdout.decode().split()[-1]))
    assert found == [[2, 1, 1], [2, 3, 0], None, [2, 1, 1], None]
