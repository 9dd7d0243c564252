"""The robust plan: the demands it is for, its regrets by hand, and that it is no worse where it should not be."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import capacity
from capacity.check import check_plan
from capacity.errors import InputError
from capacity.optimise.search import Settings
from capacity.report.robust import Robust
from capacity.report.schemas_whatif import robust_schema
from capacity.scenario.robust import (
    RobustResult,
    _improved,
    interval_cases,
    robust,
    robust_demand,
    scenario_cases,
    short_under,
    weighed,
    whole_weights,
)
from capacity.scenario.varying import Measures
from capacity.service.model import Service
from tests.optimise.small import activity, person, service

GOLDEN = Path(__file__).parents[2] / "models" / "golden"


@cache
def golden() -> Service:
    return capacity.read(GOLDEN)


def clinics() -> Service:
    """Ann has one session a week, for the east or for the west, over a cycle of two weeks."""
    return service([person("ann", 1)], [activity("east", 1, "Mon AM"), activity("west", 0, "Mon AM")], cycle=2)


def cases(*needed: tuple[str, float, float], weights: tuple[float, ...] | None = None) -> tuple[object, ...]:
    central = capacity.demand(clinics()).activities
    found = [
        (name, {key: replace(central[key], required=asked, required_mean=asked)
                for key, asked in (("east", east), ("west", west))})
        for name, east, west in needed
    ]  # fmt: skip
    return weighed(found, weights)


EAST, WEST = ("central", 1.0, 0.0), ("west", 0.0, 1.0)


def both(worst: bool, weights: tuple[float, ...] | None = None) -> RobustResult:
    demand = capacity.demand(clinics())
    return robust(clinics(), demand, cases(EAST, WEST, weights=weights), worst, Settings(time_limit=30))  # type: ignore[arg-type]


def test_the_worst_case_shares_what_weights_give_to_one() -> None:
    """By hand: one session a week. By weights all goes to the weightier side; the worst case gives each a half."""
    weighted = both(False, (2, 1))
    assert [(each.robust, each.central, each.own) for each in weighted.regrets] == [(0, 0, 0), (1, 1, 0)]
    other = both(False, (1, 2))
    assert [(each.robust, each.central, each.own) for each in other.regrets] == [(1, 0, 0), (0, 1, 0)]
    worst = both(True)
    assert [(each.robust, each.central) for each in worst.regrets] == [(0.5, 0), (0.5, 1)]
    assert worst.most("robust").robust == 0.5
    assert worst.mean("central") == 0.5


def test_the_robust_plan_is_never_worse_over_all_demands_than_the_central_one() -> None:
    found = capacity.robust(golden(), time_limit=60)
    assert found.result.robust.proven
    tiers = {tier.name: tier.value for tier in found.result.robust.outcome.tiers}  # type: ignore[union-attr]
    central = found.result.central.outcome
    assert central is not None
    from capacity.optimise.problem import Problem
    from capacity.optimise.prove import Prover
    from capacity.optimise.solve import solve_point
    from capacity.optimise.tiers import measure

    with Prover() as prover:
        _, allocation = solve_point(
            Problem(golden(), found.demand), False, Settings(time_limit=20), prover, 20, None, ()
        )
    assert allocation is not None
    assert tiers["rapid_mean"] <= measure(Problem(golden(), found.result.demand), allocation)["rapid_mean"]
    assert found.frame["central_regret"].iloc[0] == pytest.approx(0)


def test_the_plan_passes_the_checker_and_its_shortfalls_are_counted_by_the_checker() -> None:
    found = capacity.robust(golden(), worst=True, time_limit=60)
    outcome = found.result.robust.outcome
    assert outcome is not None
    assert outcome.plan is not None
    assert check_plan(golden(), found.result.demand, outcome.plan, outcome) == ()
    central = short_under(golden(), found.demand, found.demand.activities, outcome.plan)
    assert central == pytest.approx(outcome.shortfall, abs=1e-6)
    assert found.frame["robust_short"].iloc[0] == pytest.approx(sum(outcome.shortfall.values()), abs=1e-6)


def test_the_interval_of_demand_holds_the_central_requirement() -> None:
    (_, central), (_, lower), (_, upper) = interval_cases(golden(), capacity.demand(golden()))
    for key, each in central.items():
        assert lower[key].required <= each.required <= upper[key].required
        assert lower[key].required_mean <= lower[key].required
    assert upper["rapid"].required > central["rapid"].required
    assert upper["ward"].required == central["ward"].required, "a fixed number has no interval"


def test_weights_become_whole_numbers_and_a_demand_without_weight_does_not_count() -> None:
    demand = capacity.demand(clinics())
    made = robust_demand(clinics(), demand, cases(EAST, WEST, ("both", 1, 1), weights=(0.5, 0.3, 0.2)), False)  # type: ignore[arg-type]
    assert [each.weight for each in made.alternatives] == [5, 3, 2]
    assert whole_weights([1, 2]) == [1, 2]
    assert whole_weights([0.1, 0.25]) == [2, 5]
    assert whole_weights([1, 1e-9]) == [1, 0]
    assert whole_weights([0.33333, 0.66667]) == [1, 2]
    made = robust_demand(clinics(), demand, cases(EAST, WEST, weights=(0, 1)), False)  # type: ignore[arg-type]
    assert [each.name for each in made.alternatives] == ["west"]
    worst = robust_demand(clinics(), demand, cases(EAST, WEST), True)  # type: ignore[arg-type]
    assert worst.worst > 2 * 2


def test_scenarios_of_demand_are_taken_and_others_refused() -> None:
    found = capacity.robust(golden(), ["demand_up_10"], weights=(1, 1), time_limit=60)
    required = list(found.frame["required"])
    assert list(found.frame["name"]) == ["central", "Demand +10 %"]
    assert required[1] > required[0]
    with pytest.raises(InputError, match="people"):
        capacity.robust(golden(), ["weeks_44"])


def test_the_page_and_the_json() -> None:
    made = both(True)
    demand = capacity.demand(clinics())
    found = Robust(clinics(), demand, {}, made)
    assert found.sentence() == (
        "Planned for the worst of 2 demands, 0.5 sessions a week stay short under the worst of them (central); the plan"
        " for the central demand leaves 1 under its own worst (west). Under the central demand it leaves 0.5"
        " instead of 0."
    )
    assert max(map(len, found.summary().split("\n"))) <= 100
    whole = capacity.robust(golden(), time_limit=30)
    jsonschema.validate(whole.to_json(), robust_schema(), cls=jsonschema.Draft202012Validator)
    assert "job_plans.csv" in whole.files()


def test_a_plan_that_is_not_proven_is_looked_for_again_from_the_best_known() -> None:
    """The plan found in no time serves the east alone; the plan made for the west serves the weightier demand."""
    demand = capacity.demand(clinics())
    joint = robust_demand(clinics(), demand, cases(EAST, WEST, weights=(1, 2)), False)  # type: ignore[arg-type]
    measures = Measures(clinics(), Settings(time_limit=10))
    poor = measures.plan(clinics(), 10, False, replace(demand, alternatives=joint.alternatives[:1]))
    west = measures.plan(clinics(), 10, False, replace(demand, alternatives=joint.alternatives[1:]))
    assert poor.outcome is not None
    tiers = tuple(replace(tier, kept=4.0) if tier.name == "routine" else tier for tier in poor.outcome.tiers)
    poor = replace(poor, proven=False, outcome=replace(poor.outcome, tiers=tiers))
    found = _improved(measures, clinics(), joint, poor, [west, None], 10)
    assert found.proven
    assert found.outcome is not None
    assert {tier.name: tier.kept for tier in found.outcome.tiers}["routine"] == 2


def test_sessions_are_charged_the_admin_of_the_central_demand() -> None:
    demand = capacity.demand(golden())
    other = capacity.apply(golden(), "dna_halved")
    (_, central), (_, halved) = scenario_cases(golden(), demand, [other])
    for key, each in halved.items():
        assert each.session_admin_minutes == central[key].session_admin_minutes
        assert each.session_extra_minutes == central[key].session_extra_minutes
    assert halved["general"].required < central["general"].required
