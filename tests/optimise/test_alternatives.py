"""One plan for several requirements: against every plan there is, by weights and for the worst of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from capacity.check import check_plan
from capacity.demand.result import Alternative, Demand
from capacity.optimise.problem import Problem
from capacity.optimise.search import Settings
from capacity.optimise.solve import build, plan
from capacity.optimise.tiers import EXPRESSIONS
from capacity.optimise.verify import verified
from capacity.outcome import Outcome
from capacity.service.model import Objective, Service
from tests.optimise.by_trying import PEOPLE, TIERS, Option, TeamOfTwo, Tiers
from tests.optimise.small import activity, broken_rules, person, placed, service

FACTORS = (Fraction(1), Fraction(3, 5), Fraction(8, 5))
WEIGHTS = (3, 1, 2)
WORST = 100_000


class TeamForSeveral(TeamOfTwo):
    """A team of two whose shortfall is counted over three demands."""

    def __init__(self, seed: int, worst: int):
        super().__init__(seed)
        self.worst, self.factors = worst, dict.fromkeys(self.activities, FACTORS)
        if self._often(0.5):  # the demands move apart: one activity rises where the others fall
            self.factors[list(self.activities)[-1]] = FACTORS[:1] + FACTORS[:0:-1]
        self.at = 0

    def needed(self, name: str, centile: bool = True) -> Fraction:
        wanted: Fraction = self.activities[name]["required" if centile else "mean"] * self.factors[name][self.at]
        if self.rota and self.rota["delivers"] == name:
            wanted -= len(PEOPLE) * self.rota["weeks"] / Fraction("52.18")
        return max(Fraction(0), wanted)

    def _shortfall(self, one: Option, other: Option) -> Tiers:
        found = []
        for self.at in range(len(FACTORS)):
            found.append(super()._shortfall(one, other))
        self.at = 0
        return tuple(
            sum(weight * value for weight, value in zip(WEIGHTS, values, strict=True)) + self.worst * max(values)
            for values in zip(*found, strict=True)
        )

    def best(self, budget: int = 0) -> dict[str, float]:
        left = set(self.plans(budget))
        values: dict[str, float] = {}
        each = sum(WEIGHTS) + self.worst
        for at, tier in enumerate(TIERS if left else ()):
            values[tier] = min(found[at] for found in left)
            allowed = values[tier] + (each * self.tolerance if tier in ("routine", "rapid_headroom") else 0)
            left = {found for found in left if found[at] <= allowed}
        return values

    def demand(self, made: Service) -> Demand:
        central = super().demand(made)
        alternatives = tuple(
            Alternative(f"demand {at}", weight, {
                key: replace(sized, required=sized.required * float(self.factors[key][at]),
                             required_mean=sized.required_mean * float(self.factors[key][at]))
                for key, sized in central.activities.items()
            })
            for at, weight in enumerate(WEIGHTS)
        )  # fmt: skip
        return replace(central, alternatives=alternatives, worst=self.worst)


def tiers_of(outcome: Outcome) -> dict[str, float]:
    return {tier.name: tier.value for tier in outcome.tiers if tier.name != "quality"}


@pytest.mark.parametrize("worst", [0, WORST], ids=["weights", "worst"])
@pytest.mark.parametrize("seed", range(100, 116))
def test_every_tier_is_the_best_of_all_plans(seed: int, worst: int) -> None:
    team = TeamForSeveral(seed, worst)
    made = team.service()
    demand = team.demand(made)
    outcome = plan(made, demand, Settings(time_limit=60))
    best = team.best()
    assert (outcome.plan is not None) == bool(best)
    if outcome.plan is not None:
        assert outcome.status == "optimal"
        assert tiers_of(outcome) == best
        assert broken_rules(made, demand, outcome) == []


def clinics(**rest: Any) -> Service:
    """Ann has one session a week for one of two clinics."""
    return service([person("ann", 1)], [activity("east", 1, "Mon AM"), activity("west", 1, "Mon AM")], **rest)


def for_both(made: Service, worst: int, *needed: tuple[int, float, float]) -> Demand:
    """(weight, sessions asked for in east, in west) of each demand."""
    from capacity.demand.analyse import analyse

    central = analyse(made)
    alternatives = tuple(
        Alternative(f"demand {at}", weight, {
            key: replace(central.activities[key], required=asked, required_mean=asked)
            for key, asked in (("east", east), ("west", west))
        })
        for at, (weight, east, west) in enumerate(needed)
    )  # fmt: skip
    return replace(central, alternatives=alternatives, worst=worst)


def test_the_weightier_demand_is_served() -> None:
    for weights, chosen in (((2, 1), "east"), ((1, 2), "west")):
        demand = for_both(clinics(), 0, (weights[0], 1, 0), (weights[1], 0, 1))
        outcome = plan(clinics(), demand, Settings(time_limit=10))
        assert placed(outcome) == {("ann", chosen, "Mon AM"): ()}
        assert tiers_of(outcome)["routine"] == 1


def test_the_worst_demand_comes_first_and_then_the_sum() -> None:
    """Over two weeks. By weights all of Ann's sessions go east; the worst case is least where they are shared."""
    made = clinics(cycle=2)
    needed = ((1, 1, 0), (1, 1, 0), (1, 0, 1))
    weighted = plan(made, for_both(made, 0, *needed), Settings(time_limit=10))
    assert placed(weighted) == {("ann", "east", "Mon AM"): ()}
    worst = plan(made, for_both(made, 1000, *needed), Settings(time_limit=10))
    assert {key: len(weeks) for key, weeks in placed(worst).items()} == {
        ("ann", "east", "Mon AM"): 1, ("ann", "west", "Mon AM"): 1,
    }  # fmt: skip
    assert tiers_of(worst)["routine"] == 1000 * 1 + 3


def test_a_value_that_a_plan_does_not_have_is_caught() -> None:
    made = clinics()
    demand = for_both(made, 1000, (2, 1, 0), (1, 0, 1))
    outcome = plan(made, demand, Settings(time_limit=10))
    assert outcome.plan is not None
    tiers = tuple(
        replace(tier, **{key: getattr(tier, key) - (tier.name == "routine") for key in ("kept", "value", "bound")})
        for tier in outcome.tiers
    )
    assert check_plan(made, demand, outcome.plan, outcome) == ()
    broken = check_plan(made, demand, outcome.plan, replace(outcome, tiers=tiers))
    assert {each.rule for each in broken} == {"tiers_recomputed"}
    lighter = replace(demand, alternatives=(demand.alternatives[0], replace(demand.alternatives[1], weight=5)))
    assert {each.rule for each in check_plan(made, lighter, outcome.plan, outcome)} >= {"tiers_recomputed"}


def test_steps_of_shortfall_are_those_of_each_demand() -> None:
    """With dearer steps a second solver agrees, and the model's value is that of the plan, measured."""
    team = TeamForSeveral(104, WORST)
    made = team.service()
    objective = Objective(**{**made.objective.model_dump(), "convex_shortfall": True})
    made = made.model_copy(update={"objective": objective})
    demand = team.demand(made)
    settings = Settings(time_limit=30)
    outcome = verified(made, demand, plan(made, demand, settings), settings)
    assert outcome.plan is not None
    assert broken_rules(made, demand, outcome) == []
    assert {each.verdict for each in outcome.verified} == {"agreed"}


def test_one_requirement_is_the_model_it_always_was() -> None:
    """An alternative that is the demand itself changes no value and no column."""
    team = TeamOfTwo(3)
    made = team.service()
    plain = team.demand(made)
    same = replace(plain, alternatives=(Alternative("itself", 1, plain.activities),))
    first, second = (build(Problem(made, demand), False) for demand in (plain, same))
    for name, expression in EXPRESSIONS.items():
        for v in (first, second):
            if not isinstance(value := expression(v), int):
                v.model.minimize(value)
        assert str(first.model.proto) == str(second.model.proto), name
    outcome = plan(made, same, Settings(time_limit=30))
    assert tiers_of(outcome) == tiers_of(plan(made, plain, Settings(time_limit=30)))
