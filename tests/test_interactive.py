"""Asking again with the plan on the screen: locks, what is forbidden, least change, and progress for a page."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import capacity
from capacity.errors import CallbackFailed, InputError
from capacity.optimise.earlier import NOTHING_KNOWN, known_from, known_from_files
from capacity.optimise.problem import Problem
from capacity.optimise.prove import Prover
from capacity.optimise.search import Settings
from capacity.optimise.solve import _Tiers
from capacity.outcome import TierResult
from capacity.report.schemas import plan_schema
from capacity.report.team_outcome import TeamOutcome
from capacity.service.model import JobPlanRow, Service
from capacity.service.resolved import is_reserved
from capacity.service.wishes import Mark, Wishes

from .test_cli import MODELS, program

ON_SCREEN = [
    ("c01", "rapid", "Mon AM"), ("c01", "general", "Tue AM"), ("c02", "rapid", "Wed AM"), ("c02", "general", "Thu AM"),
    ("n01", "fup", "Thu PM"), ("n01", "general", "Fri AM"),
]  # fmt: skip
"""Sessions of every week in the plan of the golden service; the nurse has one more clinic in week 2."""


@cache
def service() -> Service:
    return capacity.read(MODELS / "golden")


@cache
def on_screen() -> TeamOutcome:
    return capacity.plan(service())


@cache
def folder(tmp: Path) -> Path:
    on_screen().write(tmp)
    return tmp


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("screen") / "out")


def sessions(outcome: TeamOutcome) -> set[tuple[str, str, str]]:
    assert outcome.plan is not None
    return {(r.person, r.activity, r.slot) for r in outcome.plan.rows if not is_reserved(r.activity) and r.slot != "-"}


def changed(outcome: TeamOutcome) -> dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]]:
    assert outcome.changes_from_start is not None
    return {
        change.person: ([cell[:2] for cell in change.lost], [cell[:2] for cell in change.gained])
        for change in outcome.changes_from_start
    }


def test_lock_one_and_forbid_another_keeps_both_and_changes_least() -> None:
    again = capacity.plan(service(), start=on_screen(), locks=["n01:general:Fri AM"], forbids=["c02:general:Thu AM"])
    assert ("n01", "general", "Fri AM") in sessions(again)
    assert ("c02", "general", "Thu AM") not in sessions(again)
    lost, gained = changed(again)["c02"]
    assert lost == [("general", "Thu AM")]
    assert set(gained) <= {("general", "Tue AM"), ("general", "Wed AM"), ("ward", "Wed PM")}
    assert set(ON_SCREEN) - {("c02", "general", "Thu AM")} <= sessions(again)
    assert again.run["asked"]["locks"] == ["n01:general:Fri AM"]


def test_nothing_changes_where_the_plan_on_the_screen_is_asked_for_again() -> None:
    assert on_screen().plan is not None
    for start in (on_screen(), on_screen().plan, on_screen().plan.rows):  # type: ignore[union-attr]
        again = capacity.plan(service(), start=start)
        assert (again.changes_from_start, again.status) == ((), "optimal")
        assert {change.person for change in again.changes} == {change.person for change in on_screen().changes}
        assert again.shortfall == pytest.approx(on_screen().shortfall)


SHORTFALLS = ["rapid_mean", "routine", "rapid_headroom"]
LOCK, OTHER = Mark("c01", "rapid", "Mon AM"), Mark("c02", "rapid", "Wed AM")


def test_a_proven_answer_is_not_proven_again_where_less_is_allowed() -> None:
    known = known_from(on_screen(), Wishes(), Wishes(locks=(LOCK,)))
    assert [tier.name for tier in known.tiers] == SHORTFALLS
    assert known_from(on_screen(), Wishes(locks=(LOCK,)), Wishes(locks=(OTHER,))) == NOTHING_KNOWN
    assert known_from(on_screen(), Wishes(forbids=(LOCK,)), Wishes()) == NOTHING_KNOWN


def test_what_an_earlier_output_proves_is_read_from_its_files(output: Path) -> None:
    wishes = Wishes(locks=(LOCK,))
    known = known_from_files(output, service(), wishes, capacity.__version__)
    for tier, before in zip(known.tiers, on_screen().tiers, strict=False):
        assert (tier.name, tier.value, tier.bound) == (before.name, before.value, before.bound)
    assert [tier.name for tier in known.tiers] == SHORTFALLS
    assert known_from_files(output / "job_plans.csv", service(), wishes, capacity.__version__) == known
    again = capacity.plan(service(), start=output, locks=[LOCK])
    by_memory = capacity.plan(service(), start=on_screen(), locks=[LOCK])
    assert [(tier.name, tier.value, tier.bound) for tier in again.tiers] == [
        (tier.name, tier.value, tier.bound) for tier in by_memory.tiers
    ]


def test_an_unproven_tier_is_held_no_looser_each_time_it_is_asked_again() -> None:
    """A routine shortfall of 33 with 1 more allowed and kept: asked again, 34 is good enough, and 35 is not allowed."""
    made = service().model_copy(update={"objective": service().objective.model_copy(update={"hold_tolerance": 1})})
    before = TierResult("routine", 33.0, 2.0, 34.0, "feasible", 0.0)
    tiers = _Tiers(Problem(made, capacity.demand(made)), False, frozenset(), Settings(), Prover(), 1.0, None, (before,))
    assert tiers._known_of("routine") == (2.0, 34.0)
    assert [tiers._held("routine", value) for value in (30.0, 34.0, 36.0)] == [31, 34, 37]
    proven = replace(before, bound=33.0, status="optimal")
    tiers.known = (proven,)
    assert tiers._known_of("routine") == (33.0, 33.0)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"run": {"input_hash": "of another service"}},
        {"run": {"versions": {"capacity": "0.0.1"}}},
        {"run": {"asked": {"locks": ["c02:rapid:Wed AM"]}}},
        {"run": {"asked": {"forbids": ["no such form"]}}},
        {"tiers": [{"name": "rapid_mean", "value": 1.0, "bound": 2.0, "kept": 1.0, "status": "optimal"}]},
        {"job_plans": []},
        {"tiers": None},
    ],
)
def test_an_output_of_something_else_proves_nothing(output: Path, tmp_path: Path, spoilt: dict[str, Any]) -> None:
    whole = json.loads((output / "plan.json").read_text())
    merged = {**whole, **spoilt, "run": {**whole["run"], **spoilt.get("run", {})}}
    (tmp_path / "plan.json").write_text(json.dumps(merged))
    assert known_from_files(tmp_path, service(), Wishes(locks=(LOCK,)), capacity.__version__) == NOTHING_KNOWN
    (tmp_path / "plan.json").write_text("half a fi")
    assert known_from_files(tmp_path, service(), Wishes(locks=(LOCK,)), capacity.__version__) == NOTHING_KNOWN


def test_the_same_asked_again_may_find_what_was_left_to_find(output: Path, tmp_path: Path) -> None:
    """A routine tier that was not proven is searched again, unless more is asked."""
    whole = json.loads((output / "plan.json").read_text())
    whole["tiers"][1] |= {"bound": 0.0, "value": 99.0, "status": "feasible"}
    (tmp_path / "plan.json").write_text(json.dumps(whole))
    same = known_from_files(tmp_path, service(), Wishes(), capacity.__version__)
    assert [tier.name for tier in same.tiers] == ["rapid_mean"]
    more = known_from_files(tmp_path, service(), Wishes(locks=(LOCK,)), capacity.__version__)
    assert [tier.name for tier in more.tiers] == SHORTFALLS


@pytest.mark.parametrize(
    ("kind", "mark", "said"),
    [
        ("locks", "c9:rapid:Mon AM", "lock (c9:rapid:Mon AM): found no person c9; allowed one of c01, c02, n01"),
        ("locks", "c01:rapd:Mon AM", "found no activity rapd; allowed one of rapid, general, fup, ward. Did you mean"),
        ("locks", "c01:rapid:Mon PM", "found rapid at Mon PM; allowed one of Mon AM, Wed AM"),
        ("locks", "c01:rapid:Mon AM:3", "found week 3; allowed weeks 1 to 2 of the cycle"),
        ("locks", "c01:rapid:Mon AM:x", "lock (c01:rapid:Mon AM:x): found x"),
        ("locks", "c01:rapid:Moonday", "found c01:rapid:Moonday; allowed a half-day such as Mon AM"),
        ("locks", "c01", "allowed person:activity:half-day"),
        ("locks", "n01:rapid:Mon AM", "found n01, who is not skilled for rapid; allowed one of c01, c02 (skills.csv)"),
        ("locks", "c02:rapid:Mon AM", "found Mon AM, when c02 is unavailable"),
        ("locks", "n01:role:audit", "found n01, who may not hold audit; allowed one of c01, c02"),
        ("locks", "c01:role:adit", "found no role adit; allowed one of audit. Did you mean audit?"),
        ("forbids", "c01:genral:Tue AM", "forbid (c01:genral:Tue AM): found no activity genral"),
        ("forbids", "zed:role:audit", "found no person zed"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_is_allowed(kind: str, mark: str, said: str) -> None:
    asked: dict[str, Any] = {kind: [mark]}
    with pytest.raises(InputError) as refused:
        capacity.plan(service(), **asked)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("locks", "forbids", "said"),
    [
        (["c01:general:Tue AM"], ["c01:general:Tue AM"], "which is also forbidden"),
        (["c01:general:Tue AM:1"], ["c01:general:Tue AM:1;2"], "which is also forbidden"),
        (["c02:rapid:Wed AM:1", "c02:general:Wed AM:1"], [], "c02:rapid:Wed AM:1 locked too, both in week 1"),
        (["c01:role:audit", "c02:role:audit"], [], "c01, c02 to hold audit; allowed 1"),
        (["c01:role:audit"], ["c01:role:audit"], "which is also forbidden"),
        (
            [f"c02:{what}" for what in ("rapid:Wed AM", "general:Thu AM", "general:Tue AM", "ward:Wed PM")], [],
            "locked or pinned sessions",
        ),
    ],
)  # fmt: skip
def test_locks_that_contradict_are_refused(locks: list[str], forbids: list[str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        capacity.plan(service(), locks=locks, forbids=forbids)
    assert said in str(refused.value)
    # in other weeks, and one by one, they do not
    capacity.plan(service(), locks=["c02:rapid:Wed AM:1", "c02:general:Wed AM:2"], forbids=["c01:general:Tue AM:1"])


def test_a_lock_where_there_is_never_a_room_is_refused() -> None:
    rooms = tuple(room.model_copy(update={"slots": ("Mon AM",)}) for room in service().rooms)
    with pytest.raises(InputError, match="no room or no time is left"):
        capacity.plan(service().model_copy(update={"rooms": rooms}), locks=["c02:rapid:Wed AM"])


def test_everything_wrong_with_what_is_asked_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        capacity.plan(service(), locks=["c9:rapid:Mon AM", "x"], forbids=["c01:nix:Mon AM", "y"])
    assert len(refused.value.faults) >= 2


# ---- the plan to start from, in files


def test_the_command_starts_from_an_earlier_output(output: Path) -> None:
    done = program(
        "plan", MODELS / "golden", "--from", output, "--lock", "n01:general:Fri AM", "--forbid", "c02:general:Thu AM",
        "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    jsonschema.validate(value, plan_schema(), cls=jsonschema.Draft202012Validator)
    assert value["run"]["asked"] == {
        "locks": ["n01:general:Fri AM"],
        "forbids": ["c02:general:Thu AM"],
        "from_another_plan": True,
    }
    people = {person["person"]: person for person in value["changes_from_start"]["people"]}
    assert [cell["activity"] for cell in people["c02"]["lost"]] == ["general"]
    same = program("plan", MODELS / "golden", "--from", output / "job_plans.csv")
    assert "The plan it was started from stays." in same.stdout


def test_a_role_without_a_tariff_is_read_from_the_plan_beside_the_rows(tmp_path: Path) -> None:
    from capacity.service.asking import read_screen

    roles = tuple(role.model_copy(update={"tariff_pa": 0.0}) for role in service().roles)
    made = service().model_copy(update={"roles": roles})
    outcome = capacity.plan(made)
    outcome.write(tmp_path)
    assert outcome.plan is not None
    assert read_screen(tmp_path, made).holders == outcome.plan.holders
    (tmp_path / "plan.json").unlink()
    assert read_screen(tmp_path, made).holders == {}


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("nowhere", "no nowhere there; allowed an output folder of capacity plan, or a job_plans.csv of one"),
        (MODELS / "golden" / "people.csv", "people.csv"),
        (MODELS / "respiratory", "found no person s01; allowed one of c01, c02, n01"),
    ],
)
def test_what_is_no_plan_of_this_service_is_refused(start: str | Path, said: str) -> None:
    done = program("plan", MODELS / "golden", "--from", start)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "fault of this program" not in done.stderr


def test_rows_of_a_person_who_left_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="no person zed"):
        capacity.plan(service(), start=[JobPlanRow(person="zed", activity="rapid", slot="Mon AM")])


def test_bad_marks_end_the_command_with_two_and_leave_nothing(tmp_path: Path) -> None:
    model = shutil.copytree(MODELS / "golden", tmp_path / "golden")
    done = program("plan", model, "--out", tmp_path / "out", "--lock", "c1:rapid:Mon AM", "--forbid", "c01:x:Mon AM")
    assert (done.returncode, done.stdout) == (2, "")
    assert "lock (c1:rapid:Mon AM): found no person c1; allowed one of c01, c02, n01. Did you mean c01?" in done.stderr
    assert "forbid (c01:x:Mon AM): found no activity x" in done.stderr
    assert "2 faults" in done.stderr
    assert not (tmp_path / "out").exists()


# ---- progress


def test_events_tell_each_tier_of_each_answer_and_are_json() -> None:
    events: list[capacity.Event] = []
    capacity.plan(service(), on_event=events.append)
    told = [(event.answer, event.tier) for event in events]
    for answer in ("within_contract", "with_extra"):
        assert [tier for each, tier in dict.fromkeys(told) if each == answer and tier != "start"] == [
            "rapid_mean", "routine", "rapid_headroom", "change", "cost", "quality",
        ]  # fmt: skip
    last = {(event.answer, event.tier): event for event in events}
    assert (last["within_contract", "routine"].value, last["within_contract", "routine"].bound) == (1, 1)
    for event in events:
        value = json.loads(json.dumps(event.to_json(), allow_nan=False))
        assert set(value) == {"answer", "tier", "value", "bound", "seconds", "elapsed", "point", "points"}
        assert 0 <= value["seconds"] <= value["elapsed"] + 1e-6


def test_what_is_not_known_or_not_finite_is_null() -> None:
    from capacity.optimise.events import Teller

    events: list[capacity.Event] = []
    Teller(on_event=events.append).tell("change", float("inf"), float("-inf"), 0.0)
    assert (events[0].to_json()["value"], events[0].to_json()["bound"]) == (None, None)


@pytest.mark.parametrize("how", ["progress", "on_event"])
def test_a_callback_that_fails_costs_nothing_but_the_callback(how: str) -> None:
    """It is told once, the search goes on, and the whole answer comes with the exception."""
    calls: list[object] = []

    def broken(*what: object) -> None:
        calls.append(what)
        raise ZeroDivisionError("the page is gone")

    asked: dict[str, Any] = {how: broken}
    with pytest.raises(CallbackFailed, match="ZeroDivisionError: the page is gone") as failed:
        capacity.plan(service(), **asked)
    assert len(calls) == 1
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert failed.value.outcome.status == "optimal"
    assert sessions(failed.value.outcome) == sessions(on_screen())


def test_stopping_from_the_callback_keeps_the_best_plan() -> None:
    stop = threading.Event()
    outcome = capacity.plan(
        service(), on_event=lambda event: stop.set() if event.value is not None else None, stop=stop
    )
    assert outcome.plan is not None
    assert outcome.status in ("stopped", "optimal")
