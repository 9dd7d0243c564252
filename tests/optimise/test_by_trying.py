"""The planner against every plan there is, tier by tier, for teams of two."""

from __future__ import annotations

import pytest

from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from tests.optimise.by_trying import PA, PEOPLE, TeamOfTwo
from tests.optimise.small import broken_rules

SEEDS = range(40)
EXTRA_SEEDS = range(60, 70)
SHORTFALL = ("rapid_mean", "routine", "rapid_headroom")


def tiers_of(outcome: Outcome) -> dict[str, float]:
    return {tier.name: tier.value for tier in outcome.tiers if tier.name != "quality"}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_tier_is_the_best_of_all_plans(seed: int) -> None:
    team = TeamOfTwo(seed)
    made = team.service()
    demand = team.demand(made)
    outcome = plan(made, demand, Settings(time_limit=60))
    best = team.best()
    assert (outcome.plan is not None) == bool(best)
    if outcome.plan is None:
        assert outcome.status == "impossible"
    else:
        assert outcome.status == "optimal"
        assert tiers_of(outcome) == best
        assert broken_rules(made, demand, outcome) == []


@pytest.mark.parametrize("seed", EXTRA_SEEDS)
def test_the_second_answer_is_the_best_of_all_plans_with_extra_time(seed: int) -> None:
    team = TeamOfTwo(seed)
    made = team.service()
    made = made.model_copy(update={"objective": made.objective.model_copy(update={"extra_pa_budget": 0.5})})
    outcome = plan(made, team.demand(made), Settings(time_limit=60))
    within, beyond = team.best(), team.best(PA // 2)
    if not within:
        assert outcome.status == "impossible"
    elif outcome.with_extra is None:
        assert [within[tier] for tier in SHORTFALL] == [beyond[tier] for tier in SHORTFALL]
    else:
        assert tiers_of(outcome.with_extra) == beyond


def test_the_teams_have_every_feature_and_both_answers() -> None:
    teams = [TeamOfTwo(seed) for seed in SEEDS]
    assert {team.cycle for team in teams} == {1, 2}
    assert {len(team.slots) for team in teams} == {2, 3, 4}
    for feature in ("rota", "role", "pinned"):
        assert {getattr(team, feature) is None for team in teams} == {True, False}
    assert any(len(team.room_weeks) < team.cycle for team in teams)
    assert any("Sat AM" in slots for team in teams for person in PEOPLE for slots in [team._allowed(person)])
    assert any(what["min_year"] for team in teams for what in team.activities.values())
