"""The page, tables, JSON and files of ``capacity explain``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import capacity
from capacity.errors import InputError
from capacity.optimise.remedies import Remedy
from capacity.optimise.rules import RULES
from capacity.report.explain_tables import NAMES, REASON_COLUMNS, REMEDY_COLUMNS
from capacity.report.explain_text import in_short
from capacity.report.schemas import explain_schema
from capacity.report.team_explanation import Explanation
from capacity.service.model import Costs, Role, Service
from tests.optimise.small import able, activity, person, room, row, service

AM, PM, TUE, WED = "Mon AM", "Mon PM", "Tue AM", "Wed AM"


def short_of_a_room() -> Service:
    """The lab has one room on Monday and people with time; the clinic has rooms and one busy person."""
    return service(
        [person("ann", 1), person("bob", 3), person("cat", 3), person("zoe", 1)],
        [
            activity("clinic", 2, AM, PM),
            activity("lab", 3, TUE, WED, room=("blue",)),
            activity("audit", 1, AM),
        ],
        able("ann clinic", "bob lab", "cat lab", "zoe audit"),
        rooms=(room("blue", slots=(TUE, WED)),),
        costs=Costs(extra_pa=11200, locum_session=600),
        job_plans=(row("bob", "lab", TUE), row("cat", "lab", TUE)),
    )


@cache
def explained() -> Explanation:
    return capacity.explain(short_of_a_room(), time_limit=40)


@cache
def contradicted() -> Explanation:
    plans = (row("ann", "clinic", AM, pinned=True), row("bob", "clinic", PM, pinned=True))
    lead = Role(role="lead", name="Lead", category="ANR", tariff_pa=1, eligible=("ann", "bob"))
    made = service(
        [person("ann", 1), person("bob", 1)], [activity("clinic", 1, AM, PM)], roles=(lead,), job_plans=plans
    )
    return capacity.explain(made, time_limit=20)


def errors(value: object) -> list[str]:
    return [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(explain_schema()).iter_errors(value)
    ]


def test_the_page_says_what_binds_what_one_more_buys_and_who_changes() -> None:
    page = " ".join(explained().summary().split())
    assert "- clinic (clinic, routine): 1 a week short. Contracts keep it so: without that limit 1.00 fewer" in page
    assert "- lab (lab, routine): 1 a week short. Rooms keep it so: without that limit 1.00 fewer would be" in page
    assert "ann is skilled in it, with 0 minutes a week left of the contract." in page
    assert "blue is full or closed in 2 of its 2 half-days." in page
    assert "1 more PA for ann (£11,200 a year: £11,200 an extra PA) closes 1.00 of clinic a week" in page
    assert "bought one by one as locum sessions that would be £31,308 a year." in page
    assert "Buys nothing, proven: 1 more PA for bob and cat; ann and zoe trained in lab; zoe trained in clinic." in page
    assert "bob drops lab on Tue AM: it cannot stay beside the rest of the plan: the room is taken." in page
    assert "INFEASIBLE" not in page


def test_lines_fit_the_page() -> None:
    for told in (explained(), contradicted()):
        assert max(len(line) for line in told.summary().splitlines()) <= 100


def test_the_frames_have_their_columns_and_the_best_comes_first() -> None:
    remedies, reasons = explained().remedies, explained().reasons
    assert tuple(remedies.columns) == REMEDY_COLUMNS and tuple(reasons.columns) == REASON_COLUMNS
    best = remedies.iloc[0]
    assert (best["remedy"], best["sessions"], best["pounds_a_year"]) == ("1 more PA for ann", 1.0, 11200.0)
    assert best["pounds_per_session"] == pytest.approx(11200 / 52.18)
    assert best["by_activity"] == "clinic=1"
    assert list(remedies["rank"]) == list(range(1, len(remedies) + 1))
    assert set(reasons["person"]) == {"ann", "bob", "cat", "zoe"}


def test_json_keeps_its_schema() -> None:
    Draft202012Validator.check_schema(explain_schema())
    for told in (explained(), contradicted()):
        value = json.loads(json.dumps(told.to_json(), allow_nan=False))
        assert errors(value) == []
    value["people"] = {"ann": [{"what": "fired"}]}
    assert errors(value)


def test_json_of_a_contradiction_names_rules_people_and_figures() -> None:
    found = contradicted().to_json()
    assert found["status"] == "impossible"
    contradiction = found["contradiction"]
    assert isinstance(contradiction, dict)
    assert (contradiction["confirmed"], contradiction["minimal"]) == ("yes", True)
    rules = {rule["rule"]: rule for rule in contradiction["rules"]}
    assert set(rules) == {"contract", "pins", "role_holders"} <= {rule.id for rule in RULES}
    assert rules["pins"]["people"] == ["ann", "bob"]
    assert "ann is pinned to clinic on Mon AM, 240 minutes a week of the contract" in rules["pins"]["figures"]
    assert "No plan exists. These cannot all hold together" in " ".join(contradicted().summary().split())


def test_every_file_is_written_and_known_beforehand(tmp_path: Path) -> None:
    paths = explained().write(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in paths} == set(NAMES)
    assert (tmp_path / "summary.txt").read_text("utf-8") == explained().summary()
    table = pd.read_csv(tmp_path / "remedies.csv", encoding="utf-8-sig")
    assert table["remedy"].iloc[0] == "1 more PA for ann"
    contradicted().write(tmp_path)  # where there is no plan the same files say so


def test_reasons_of_one_person() -> None:
    told = capacity.explain(short_of_a_room(), time_limit=20, person="bob")
    assert {reason.person for reason in told.why.reasons} == {"bob"}


def test_ids_and_settings_are_checked_before_the_search() -> None:
    made = short_of_a_room()
    for wrong in ({"person": "nobody"}, {"activity": "nothing"}):
        with pytest.raises(KeyError):
            capacity.explain(made, **wrong)
    with pytest.raises(ValueError, match="time_limit"):
        capacity.explain(made, time_limit=0)
    pinned = (row("ann", "clinic", AM, pinned=True), row("ann", "clinic", PM, pinned=True))
    with pytest.raises(InputError):
        capacity.explain(made.model_copy(update={"job_plans": pinned}))


def test_remedies_of_a_kind_are_said_together() -> None:
    remedies = [
        Remedy("pa", "1 more PA for c02", "c02"),
        Remedy("pa", "1 more PA for c01", "c01"),
        Remedy("room", "1 more lab on Tue AM", room="lab", slot="Tue AM"),
        Remedy("room", "1 more lab on Mon PM", room="lab", slot="Mon PM"),
        Remedy("room", "1 more clinic on Mon PM", room="clinic", slot="Mon PM"),
        Remedy("skill", "", "c01", "ild"),
        Remedy("skill", "", "c03", "ild"),
        Remedy("role", "", "c01", role="audit"),
        Remedy("role", "", "c02", role="lead"),
    ]
    assert in_short(remedies) == [
        "1 more PA for c01 and c02",
        "1 more lab on Mon PM and Tue AM",
        "1 more clinic on Mon PM",
        "c01 and c03 trained in ild",
        "one holder less of audit and lead",
    ]
