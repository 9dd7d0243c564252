"""plan.json and the published schemas."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from capacity.demand.result import Demand
from capacity.outcome import Outcome, TierResult, Verified
from capacity.report.plan_json import plan_json, plan_schema
from capacity.report.schemas import gap_schema
from capacity.service.model import Costs, Service
from capacity.supply.gap import Gap


def errors(value: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(plan_schema()).iter_errors(value)]


@pytest.mark.parametrize("schema", [plan_schema(), gap_schema()])
def test_schemas_are_schemas(schema: dict[str, object]) -> None:
    Draft202012Validator.check_schema(schema)


def test_the_published_keys(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    value = plan_json(service, demand, gap, outcome)
    assert errors(value) == []
    assert value["status"] == "optimal"
    assert value["tiers"][1] == {
        "name": "routine", "value": 1, "bound": 1, "kept": 2, "status": "optimal", "seconds": 0.1,
    }  # fmt: skip
    assert value["shortfall"]["bronchoscopy"] == 0.5
    assert value["roles"] == {"audit": ["c02"], "mdt_lead": ["c01"], "tutor": []}
    assert {key: value["changes"][key] for key in ("moved", "added", "dropped")} == {
        "moved": 4,
        "added": 2,
        "dropped": 0,
    }
    assert value["changes"]["a_week"] == {"moved": 1.0, "added": 0.5, "dropped": 0.0}
    assert value["weeks"]["n01"] == 42.6
    assert value["cover_unplaced"] == {"bronchoscopy": 0.3}
    assert {"seed", "workers", "versions", "input_hash"} <= set(value["run"])
    assert value["extra"] == {} and value["with_extra"] is None
    assert value["gap"] == {"required": 6.5, "supplied": 4.8, "short": 2.4, "surplus": 0.7}


def test_job_plans_people_and_rooms(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    value = plan_json(service, demand, gap, outcome)
    assert value["job_plans"][2] == {
        "person": "c01", "activity": "lung_cancer", "slot": "Wed AM", "weeks": [2, 4], "minutes": None,
        "per_year": None, "pinned": None,
    }  # fmt: skip
    assert value["rooms"] == [{"person": "c01", "activity": "general", "slot": "Mon AM", "week": 1, "room": "room_a"}]
    assert value["changes"]["people"][1]["gained"] == [
        {"activity": "bronchoscopy", "slot": "Thu PM", "weeks": 2, "kind": "added"}
    ]
    assert value["changes"]["people"][1]["roles_gained"] == ["audit"]


def test_extra_is_in_pas_of_the_policy_and_the_second_answer_whole(
    service: Service, demand: Demand, gap: Gap, with_extra: Outcome
) -> None:
    value = plan_json(service, demand, gap, with_extra)
    assert errors(value) == []
    assert value["extra"] == {}
    assert value["with_extra"]["extra"] == {"c01": 1.5}
    assert set(value["with_extra"]) == set(value)
    assert value["with_extra"]["with_extra"] is None


def test_what_both_answers_cost(service: Service, demand: Demand, gap: Gap, with_extra: Outcome) -> None:
    """1.5 PAs at 11,200 close half a session a week, 26.09 a year; half a session was left to locums before."""
    value = plan_json(service, demand, gap, with_extra)
    assert value["pounds"] == {"extra_pa": 0, "closes": None, "per_session": None, "locum": None}
    assert value["with_extra"]["pounds"] == {
        "extra_pa": 16800, "closes": 0.5, "per_session": pytest.approx(16800 / 26.09), "locum": None,
    }  # fmt: skip
    priced = service.model_copy(update={"costs": Costs(locum_session=600)})
    value = plan_json(priced, demand, gap, with_extra)
    assert errors(value) == []
    assert value["pounds"] == {
        "extra_pa": None, "closes": None, "per_session": None, "locum": pytest.approx(0.5 * 600 * 52.18),
    }  # fmt: skip
    assert value["with_extra"]["pounds"] == {"extra_pa": None, "closes": 0.5, "per_session": None, "locum": 0}


def test_extra_hours_have_no_price_so_neither_has_what_they_close(
    service: Service, demand: Demand, gap: Gap, with_extra: Outcome
) -> None:
    second = with_extra.with_extra
    assert second is not None and second.plan is not None
    second = replace(second, plan=replace(second.plan, extra_minutes={"c01": 360, "n01": 60}))
    value = plan_json(service, demand, gap, replace(with_extra, with_extra=second))
    assert value["with_extra"]["pounds"] == {"extra_pa": 16800, "closes": 0.5, "per_session": None, "locum": None}


def test_no_plan_is_valid_too(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    none = replace(outcome, status="impossible", plan=None, tiers=(), changes=(), reason="pins clash")
    value = plan_json(service, demand, gap, none)
    assert errors(value) == []
    assert set(value["pounds"].values()) == {None}
    assert (value["job_plans"], value["roles"], value["reason"]) == ([], {}, "pins clash")
    assert "No plan exists: pins clash." in value["sentence"]


def test_what_a_second_solver_says_is_empty_unless_asked_for(
    service: Service, demand: Demand, gap: Gap, outcome: Outcome
) -> None:
    assert plan_json(service, demand, gap, outcome)["verified"] == []
    told = replace(outcome, verified=(Verified("routine", "not settled", None, float("-inf"), 0.1),))
    value = plan_json(service, demand, gap, told)
    assert errors(value) == []
    assert value["verified"] == [
        {"name": "routine", "verdict": "not settled", "value": None, "bound": None, "seconds": 0.1}
    ]


def test_figures_are_plain_and_rounded(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    """Infinite bounds and numpy figures once gave a file that JSON readers refuse."""
    odd = replace(
        outcome,
        shortfall={"general": np.float64(1 / 3)},
        tiers=(TierResult("change", 3, float("-inf"), 3, "feasible", 0.1), TierResult("cost", 0, 0, 0, "unknown", 0)),
    )
    value = plan_json(service, demand, gap, odd)
    assert errors(value) == []
    assert value["shortfall"] == {"general": 0.333333}
    assert value["tiers"][0]["bound"] is None
    assert value["tiers"][1]["value"] is None
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_the_same_input_gives_the_same_json(service: Service, demand: Demand, gap: Gap, with_extra: Outcome) -> None:
    first, second = (json.dumps(plan_json(service, demand, gap, with_extra)) for _ in range(2))
    assert first == second


def test_people_are_ids(service: Service, demand: Demand, gap: Gap, with_extra: Outcome) -> None:
    assert "Example" not in json.dumps(plan_json(service, demand, gap, with_extra))


def test_findings_of_every_stage_stand_once(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    again = replace(demand, findings=outcome.findings)
    rules = [finding["rule"] for finding in plan_json(service, again, gap, outcome)["findings"]]
    assert rules == ["not_yet_used", "active_plan", "active_plan", "contract_sum"]


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("status", "fine"), ("tiers", [{"name": "x"}]), ("changes", {"moved": -1}), ("run", {}), ("extra", {"Bad Id": 1})],
)
def test_the_schema_refuses(
    service: Service, demand: Demand, gap: Gap, outcome: Outcome, key: str, wrong: object
) -> None:
    value = {**plan_json(service, demand, gap, outcome), key: wrong}
    assert any(message.startswith(f"$.{key}") for message in errors(value))


def test_the_gap_is_valid(gap: Gap) -> None:
    value = gap.to_json()
    Draft202012Validator(gap_schema()).validate(value)
    assert value["activities"]["lung_cancer"]["gap"] == pytest.approx(1.4)
    assert set(value["activities"]["lung_cancer"]) >= {"required", "supplied", "gap"}
