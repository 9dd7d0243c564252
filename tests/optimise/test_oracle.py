"""The optimiser against HiGHS on the week-by-week statement: the same optimum of every tier, the same 'impossible'."""

from __future__ import annotations

import pytest

from capacity.check import check_plan
from capacity.demand.analyse import analyse
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from tests.optimise.oracle import optimum
from tests.optimise.tiny import tiny_service

SEEDS = range(40)
NO_PLAN = {5, 6, 16, 18, 29, 32}
"""Tiny services that have no plan: contracts, roles, pins, minimum volumes and least people contradict each other."""
EXTRA_HELPS = (4, 36, 39, 48)
"""Services in which extra PAs within the budget close more of the gap."""
EXTRA_BUYS_NOTHING = (0, 2, 23, 38)
"""Services with shortfall and a budget that closes none of it."""
SHORTFALL = ("rapid_mean", "routine", "rapid_headroom")
LONG = Settings(time_limit=120)


def tiers_of(outcome: Outcome) -> dict[str, float]:
    return {tier.name: tier.value for tier in outcome.tiers if tier.name != "quality"}


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed not in NO_PLAN])
def test_every_tier_is_the_optimum_of_the_oracle(seed: int) -> None:
    service = tiny_service(seed)
    demand = analyse(service)
    best = optimum(service, demand)
    outcome = plan(service, demand, LONG)
    assert best.proven and outcome.status == "optimal"
    assert tiers_of(outcome) == best.values


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed not in NO_PLAN])
def test_the_plan_of_every_tiny_service_passes_the_checker(seed: int) -> None:
    service = tiny_service(seed)
    demand = analyse(service)
    outcome = plan(service, demand, LONG)
    assert outcome.plan is not None
    assert [str(broken) for broken in check_plan(service, demand, outcome.plan, outcome)] == []


@pytest.mark.parametrize("seed", sorted(NO_PLAN))
def test_what_the_oracle_finds_impossible_has_no_plan_and_a_reason(seed: int) -> None:
    service = tiny_service(seed)
    demand = analyse(service)
    outcome = plan(service, demand, LONG)
    assert not optimum(service, demand).possible
    assert outcome.status == "impossible"
    assert outcome.plan is None
    assert outcome.reason


@pytest.mark.parametrize("seed", EXTRA_HELPS)
def test_the_second_answer_is_the_optimum_with_extra_time(seed: int) -> None:
    service = tiny_service(seed)
    demand = analyse(service)
    outcome = plan(service, demand, LONG)
    assert outcome.with_extra is not None
    assert tiers_of(outcome.with_extra) == optimum(service, demand, with_extra=True).values


@pytest.mark.parametrize("seed", EXTRA_BUYS_NOTHING)
def test_where_extra_time_closes_nothing_the_oracle_agrees(seed: int) -> None:
    service = tiny_service(seed)
    demand = analyse(service)
    within, beyond = optimum(service, demand), optimum(service, demand, with_extra=True)
    assert plan(service, demand, LONG).with_extra is None
    assert [within.values[tier] for tier in SHORTFALL] == [beyond.values[tier] for tier in SHORTFALL]
