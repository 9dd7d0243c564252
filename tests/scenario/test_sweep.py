"""Sweeps and tornados: every point is what the service with that value gives, and what the page says of it."""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import capacity
from capacity.report.schemas_whatif import sweep_schema, tornado_schema
from capacity.report.sweep import Sweep
from capacity.service.model import JobPlanRow, Service
from tests.optimise.small import activity, person, service

GOLDEN = Path(__file__).parents[2] / "models" / "golden"


@cache
def golden() -> Service:
    return capacity.read(GOLDEN)


def two_people(**rest: object) -> Service:
    """Ann does two sessions a week of three asked for, and may do a third for extra pay; Bob does one of one."""
    rows = [("ann", "clinic", "Mon AM"), ("ann", "clinic", "Mon PM"), ("bob", "list", "Mon AM")]
    people = [person("ann", 2, max_pa=3), person("bob", 1)]
    return service(
        [who.model_copy(update={"name": f"{who.person} of the team"}) for who in people],
        [activity("clinic", 3, "Mon AM", "Mon PM", "Tue AM"), activity("list", 1, "Mon AM")],
        [*_skills(("ann", "clinic"), ("bob", "list"))],
        job_plans=tuple(JobPlanRow(person=who, activity=what, slot=slot) for who, what, slot in rows),
        **rest,
    )


def _skills(*pairs: tuple[str, str]) -> list[object]:
    from capacity.service.model import Skill

    return [Skill(person=who, activity=what) for who, what in pairs]


def test_a_point_is_the_gap_of_the_service_with_that_value() -> None:
    found = capacity.sweep(golden(), "streams.new.dna_rate=0:0.3:0.1")
    for row in found.frame.to_dict("records"):
        rate = row["streams.new.dna_rate"]
        streams = tuple(
            each.model_copy(update={"dna_rate": rate}) if each.stream == "new" else each for each in golden().streams
        )
        table = capacity.gap(golden().model_copy(update={"streams": streams})).activities
        asked = table[table["required"] > 0]
        assert row["required"] == pytest.approx(asked["required"].sum())
        assert row["short"] == pytest.approx(asked["gap"].clip(lower=0).sum())
        assert row["net"] == pytest.approx(asked["gap"].sum())


def test_with_plan_a_point_is_what_a_checked_plan_leaves() -> None:
    """By hand: three asked for. Of 1, 2 and 3 contracted PAs as many sessions are left."""
    found = capacity.sweep(two_people(), "people.ann.contract_pa=1:3:1", plan=True, time_limit=30)
    assert list(found.frame["planned_short"]) == pytest.approx([2, 1, 0])
    assert list(found.frame["short"]) == pytest.approx([1, 1, 1]), "of the plans in force"
    assert found.frame["proven"].all()
    assert list(found.frame["planned_share"]) == pytest.approx([0.5, 0.75, 1])


def test_the_budget_of_extra_pas_is_spent_where_it_is_varied() -> None:
    found = capacity.sweep(two_people(budget=0), "extra_pa=0,0.5,1,2", plan=True, time_limit=30)
    assert list(found.frame["planned_short"]) == pytest.approx([1, 1, 0, 0])
    assert list(found.frame["planned_extra_pa"]) == pytest.approx([0, 0, 1, 1])
    assert found.result.paid
    assert max(map(len, found.summary().split("\n"))) <= 100


def test_two_parameters_make_a_grid_in_order() -> None:
    found = capacity.sweep(golden(), ["dna_rate=0:0.1:0.1", "demand=x0.9:x1.1:x0.1"])
    assert [(a, b) for a, b in zip(found.frame["dna_rate"], found.frame["demand"], strict=True)] == [
        (0, 0.9), (0, 1), (0, 1.1), (0.1, 0.9), (0.1, 1), (0.1, 1.1),
    ]  # fmt: skip
    assert "columns: demand" in found.summary()
    assert max(map(len, found.summary().split("\n"))) <= 100
    jsonschema.validate(found.to_json(), sweep_schema(), cls=jsonschema.Draft202012Validator)


def test_what_moves_nothing_is_said() -> None:
    assert capacity.sweep(golden(), "rooms.clinic.count=1,2,3").sentence().startswith("It makes no difference: ")


def test_a_point_whose_rules_contradict_each_other_keeps_its_reason_and_the_others_go_on() -> None:
    """Bob's only session is pinned; with a contract of half a PA it does not fit."""
    made = two_people()
    rows = tuple(row.model_copy(update={"pinned": True}) if row.person == "bob" else row for row in made.job_plans)
    made = made.model_copy(update={"job_plans": rows})
    found = capacity.sweep(made, "people.bob.contract_pa=0.5,1", plan=True, time_limit=30)
    assert found.frame["planned_short"].isna().tolist() == [True, False]
    assert found.frame["reason"].iloc[0]
    assert "1 point of 2 without an answer" in found.summary()
    jsonschema.validate(found.to_json(), sweep_schema(), cls=jsonschema.Draft202012Validator)


def test_stopping_keeps_the_points_there_are() -> None:
    stop = threading.Event()
    found = capacity.sweep(
        golden(), "dna_rate=0:0.1:0.02", told=lambda said: stop.set() if said.startswith("point 2") else None, stop=stop
    )
    assert len(found.frame) == 2
    assert not found.result.complete
    assert "Stopped" in found.summary()


def test_stopping_keeps_the_plans_there_are() -> None:
    stop = threading.Event()
    found = capacity.sweep(
        two_people(),
        "people.ann.contract_pa=1,2,3",
        plan=True,
        time_limit=30,
        told=lambda said: stop.set() if said.startswith("2 of 4") else None,
        stop=stop,
    )
    assert list(found.frame["planned_short"]) == pytest.approx([2])
    assert not found.result.complete
    assert found.sentence().startswith(
        "With contracted PAs of ann at 1, a plan within present contracts leaves 2 sessions a week short. As it is: 1"
    )


def test_the_files_are_those_that_were_announced(tmp_path: Path) -> None:
    from capacity.report.whatif import names_of

    found = capacity.sweep(golden(), "dna_rate=0,0.1")
    written = {path.relative_to(tmp_path).as_posix() for path in found.write(tmp_path)}
    assert written == set(names_of(Sweep, "sweep_by_activity.csv"))
    assert json.loads((tmp_path / "sweep.json").read_text())["points"][1]["values"] == [0.1]


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="time_limit is 0"):
        capacity.sweep(golden(), "dna_rate=0,0.1", time_limit=0)


# ---- tornado


def test_the_tornado_of_the_gap_is_its_sensitivity() -> None:
    found = capacity.tornado(golden())
    ranked = capacity.gap(golden()).sensitivity.ranked
    assert list(found.frame["factor"]) == list(ranked["factor"])
    assert list(found.frame["change_up"]) == pytest.approx(list(ranked["up"]), nan_ok=True)
    assert "What moves it most is " in found.sentence()
    jsonschema.validate(found.to_json(), tornado_schema(), cls=jsonschema.Draft202012Validator)


def test_another_step_moves_further() -> None:
    usual, wider = capacity.tornado(golden()).frame, capacity.tornado(golden(), steps={"dna": 0.04}).frame
    moved = [float(frame.loc[frame["factor"] == "dna", "change_up"].iloc[0]) for frame in (usual, wider)]
    assert moved[1] > 1.9 * moved[0] > 0
    with pytest.raises(KeyError):
        capacity.tornado(golden(), steps={"weather": 1})


def test_with_plan_an_assumption_moves_what_a_plan_leaves() -> None:
    """Of three sessions Ann's contract allows two in 52.18 weeks: a week less and she delivers 2 x 51.18 / 52.18."""
    made = two_people()
    found = capacity.tornado(made, plan=True, time_limit=30)
    assert found.result.base == pytest.approx(1)
    assert set(found.frame["factor"]) == {"weeks"}
    row = found.frame.iloc[0]
    assert row["down"] == pytest.approx(1 + 3 / 52.18, abs=1e-3)
    jsonschema.validate(found.to_json(), tornado_schema(), cls=jsonschema.Draft202012Validator)
