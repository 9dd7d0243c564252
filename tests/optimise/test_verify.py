"""The second opinion: HiGHS agrees with what is right, and says so where a value, a bound or a hold is made wrong."""

from __future__ import annotations

import itertools
import math
import threading
from dataclasses import replace
from functools import cache

import pytest
from ortools.sat.python import cp_model

from benchmarks.services import random_service
from capacity.demand.analyse import analyse
from capacity.demand.result import Demand
from capacity.optimise.highs import in_digits, minimise
from capacity.optimise.problem import Problem
from capacity.optimise.prove import holds, linear_model, value_of
from capacity.optimise.prover import LinearModel
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.optimise.verify import _SecondOpinion, verified, verify
from capacity.outcome import ANY_PLAN, Outcome, Verified
from capacity.service.model import Service
from tests.optimise.tiny import tiny_service

LONG = Settings(time_limit=60)


def verdicts(outcome: Outcome) -> dict[str, str]:
    return {said.name: said.verdict for said in outcome.verified}


@cache
def team_of_four() -> tuple[Service, Demand, Outcome]:
    """A random service of four people, and its plan."""
    made = random_service(4, 1)
    demand = analyse(made)
    return made, demand, plan(made, demand, LONG)


def said_of(tier: str, **new: object) -> Verified:
    """What is said of a tier of the service of four people, which the outcome states differently."""
    made, demand, outcome = team_of_four()
    changed = tuple(replace(each, **new) if each.name == tier else each for each in outcome.tiers)
    told = verify(Problem(made, demand), False, replace(outcome, tiers=changed), 60, LONG)
    return next(said for said in told if said.name == tier)


def value_of_tier(tier: str) -> float:
    return next(each.value for each in team_of_four()[2].tiers if each.name == tier)


@pytest.mark.parametrize("seed", [0, 4, 11, 36])
def test_tiny_services_are_agreed_on_in_both_answers(seed: int) -> None:
    made = tiny_service(seed)
    demand = analyse(made)
    outcome = verified(made, demand, plan(made, demand, LONG), LONG)
    for answer in (outcome, outcome.with_extra):
        if answer is not None:
            assert verdicts(answer) == {tier.name: "agreed" for tier in answer.tiers if tier.name != "quality"}
            assert [said.value for said in answer.verified] == [said.bound for said in answer.verified]
    assert (outcome.with_extra is not None) == (seed in (4, 36))


def test_that_no_plan_exists_is_agreed_on() -> None:
    made = tiny_service(5)
    demand = analyse(made)
    outcome = verified(made, demand, plan(made, demand, LONG), LONG)
    assert (outcome.status, verdicts(outcome)) == ("impossible", {ANY_PLAN: "agreed"})


def test_that_no_plan_exists_is_contradicted_where_there_is_one() -> None:
    made, demand, outcome = team_of_four()
    wrong = replace(outcome, status="impossible", plan=None, tiers=())
    assert [said.verdict for said in verify(Problem(made, demand), False, wrong, 60, LONG)] == ["disagreed"]


def test_a_tier_said_to_be_worse_than_it_is_is_contradicted_by_a_better_plan() -> None:
    right = value_of_tier("change")
    said = said_of("change", value=right + 2, bound=right + 2)
    assert (said.verdict, said.value) == ("disagreed", right)


def test_a_tier_said_to_be_better_than_it_is_is_contradicted_by_the_bound() -> None:
    right = value_of_tier("change")
    said = said_of("change", value=right - 1, bound=right - 1)
    assert (said.verdict, said.value, said.bound) == ("disagreed", None, right)


def test_an_open_tier_is_agreed_on_where_the_optimum_lies_between() -> None:
    right = value_of_tier("change")
    said = said_of("change", value=right + 3, bound=right - 2, status="feasible")
    assert (said.verdict, said.value, said.bound) == ("agreed", right, right)


def test_what_is_stopped_or_has_no_time_is_not_settled() -> None:
    made, demand, outcome = team_of_four()
    stopped = Settings(stop=threading.Event())
    stopped.stop.set()
    for seconds, settings in ((60.0, stopped), (0.0, LONG)):
        told = verify(Problem(made, demand), False, outcome, seconds, settings)
        assert {said.verdict for said in told} == {"not settled"}


def test_a_better_value_that_has_no_weeks_does_not_count() -> None:
    """By counts alone HiGHS finds a better plan than there are weeks for; given the weeks, it agrees."""
    made = tiny_service(71)
    demand = analyse(made)
    outcome = plan(made, demand, LONG)
    second = _SecondOpinion(Problem(made, demand), False, LONG)
    told = [second.on_tier(tier, 60) for tier in outcome.tiers if tier.name != "quality"]
    assert {said.verdict for said in told} == {"agreed"}
    assert second.weekly


# the solver itself


def test_a_sum_split_into_digits_holds_for_the_same_numbers() -> None:
    """Every point of a box, for sums with large coefficients of both signs, bounded on either side."""
    sums = [
        ([7919, -5003, 4096], -math.inf, 9001),
        ([-4999, 6007, 5801], -3001, 9973),
        ([5000, 5001, -1], 10002, 10002),
    ]
    for factors, low, high in sums:
        model = LinearModel([0, -1, 0], [3, 2, 3], [[0, 1, 2]], [factors], [low], [high], {}, 0, {})
        split = in_digits(model)
        assert max(abs(factor) for row in split.coefficients for factor in row) <= 1024
        for point in itertools.product(range(4), range(-1, 3), range(4)):
            carries = (range(low, high + 1) for low, high in zip(split.lower[3:], split.upper[3:], strict=True))
            assert holds(model, list(point)) == any(holds(split, [*point, *c]) for c in itertools.product(*carries))


def knapsack(factor: int) -> cp_model.CpModel:
    """3 factor + 1 is one more than three of x hold: a tolerance of a millionth lets it pass where factor is large."""
    model = cp_model.CpModel()
    x, y = model.new_int_var(0, 3, "x"), model.new_int_var(0, 3, "y")
    model.add(factor * x + (factor - 1) * y <= 3 * factor - 1)
    model.minimize(-3 * x - 2 * y)
    return model


@pytest.mark.parametrize("factor", [7, 1_000_000, 3_000_000])
def test_a_solution_is_given_only_where_it_holds_in_whole_numbers(factor: int) -> None:
    linear = linear_model(knapsack(factor))
    assert linear is not None
    proof = minimise(linear, 10)
    assert proof is not None and proof.optimal and proof.solution is not None
    assert holds(linear, proof.solution)
    assert value_of(linear, proof.solution) == -8 == pytest.approx(proof.bound)


def test_no_solution_is_told_from_no_time() -> None:
    model = cp_model.CpModel()
    x, y = model.new_int_var(0, 3, "x"), model.new_int_var(0, 3, "y")
    model.add(2 * x + 4 * y == 7)
    linear = linear_model(model)
    assert linear is not None
    assert minimise(linear, 10) is None
