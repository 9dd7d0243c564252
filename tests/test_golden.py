"""The golden service: every intermediate value and every tier's optimum against models/golden/expected.json.

The file was worked by hand (models/golden/README.md). Its optima are confirmed here by trying every plan
(tests/golden_by_trying.py), and then the package is compared with the file, through its public functions.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import capacity
from capacity.check import check_plan
from capacity.check.facts import Facts
from capacity.check.timetable import Timetable
from capacity.demand.analyse import analyse
from capacity.outcome import Outcome, TeamPlan
from capacity.service.model import JobPlanRow, Service
from capacity.service.read import read_service
from tests.golden_by_trying import Solution, Tiers, best, every_plan

MODEL = Path(__file__).parent.parent / "models" / "golden"
EXPECTED: dict[str, Any] = json.loads((MODEL / "expected.json").read_text(encoding="utf-8"))
TIERS = ("rapid_mean", "routine", "rapid_headroom", "change", "cost")
ANSWERS = {"plan": 0, "with_extra": 120}
"""Extra minutes a week that each answer may spend."""
CLOSE = 5e-4


@cache
def service() -> Service:
    return read_service(MODEL)


@cache
def planned(tolerance: int = 0) -> Outcome:
    objective = service().objective.model_copy(update={"hold_tolerance": tolerance})
    outcome: Outcome = capacity.plan(
        service().model_copy(update={"objective": objective}), time_limit=60, workers=1, seed=1
    )
    return outcome


@cache
def tried(answer: str, tolerance: int = 0) -> tuple[Tiers, tuple[Solution, ...]]:
    values, solutions = best(every_plan(ANSWERS[answer]), tolerance)
    return values, tuple(solutions)


def answered(answer: str) -> Outcome:
    outcome = planned() if answer == "plan" else planned().with_extra
    assert outcome is not None
    assert outcome.plan is not None
    return outcome


def team_plan(answer: str) -> TeamPlan:
    plan = answered(answer).plan
    assert plan is not None
    return plan


# ---- the file itself, by trying every plan


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_plan_is_better_than_the_one_worked_by_hand_and_no_other_is_as_good(answer: str) -> None:
    values, solutions = tried(answer)
    expected = EXPECTED[answer]
    assert dict(zip(TIERS, values, strict=True)) == expected["tiers"]
    assert len(solutions) == 1
    assert solutions[0].cells() == expected["cells"]
    assert solutions[0].extra() == expected["extra_minutes"]
    assert [solutions[0].role] == expected["roles"]["audit"]


def test_a_tolerance_of_one_session_saves_a_change() -> None:
    values, solutions = tried("plan", 1)
    expected = EXPECTED["with_a_tolerance_of_one_session"]
    assert dict(zip(TIERS, values, strict=True)) == expected["value"]
    assert {solution.tiers for solution in solutions} == {tuple(expected["kept"].values())}


# ---- the checker's arithmetic


def test_the_checker_works_the_same_figures() -> None:
    facts = Facts(service(), analyse(service()))
    for person, expected in EXPECTED["people"].items():
        found = {
            "weeks": facts.weeks_present(person),
            "contract_minutes": facts.contract(person),
            "core_spa_minutes": facts.core_spa(person),
            "duty_weeks": facts.duty_weeks(person, service().rotas[0]),
            "duty_minutes_a_year": facts.duty_minutes(person),
        }
        assert found == pytest.approx(expected)
    for name, expected in EXPECTED["sessions"].items():
        person, activity, slot = name.split(" ", 2)
        session = facts.session(person, activity, slot)
        weeks = facts.charged_weeks(person, activity)
        share = facts.output(person, activity) * session.fraction * facts.presence(person, activity)
        found = {
            "timed": session.timed,
            "fraction": session.fraction,
            "admin": session.charge - session.timed,
            "charge": session.charge,
            "charged_weeks": weeks,
            "year_minutes": session.charge * weeks,
            "delivers": share,
        }
        assert found == pytest.approx(expected, abs=1e-6), name


def test_the_plans_in_force_add_up_to_their_contracts() -> None:
    table = Timetable(Facts(service(), analyse(service())), service().job_plans)
    for person, left in EXPECTED["contract_left_in_force"].items():
        flexible = table.weekly_of(person, "flexible")
        year = table.year(person).charge / EXPECTED["people"][person]["weeks"]
        contract = EXPECTED["people"][person]["contract_minutes"]
        assert contract - (year - flexible) == pytest.approx(left, abs=1e-4)
        assert abs(year - contract) <= 0.5


def by_hand(answer: str) -> TeamPlan:
    """The plan of expected.json, its weeks and the rest of each contract placed by hand."""
    role = EXPECTED[answer]["roles"]["audit"][0]
    weeks = {"c01 rapid Wed AM": (2,), "c02 rapid Wed AM": (1,), "c02 general Tue AM": (2,), "n01 general Thu AM": (2,)}
    rows = []
    for person, cells in EXPECTED[answer]["cells"].items():
        for cell, count in cells.items():
            activity, slot = cell.split(" ", 1)
            which = None if count == 2 else weeks[f"{person} {cell}"]
            rows.append(JobPlanRow(person=person, activity=activity, slot=slot, weeks=which))
        fixed = {
            "spa": EXPECTED["people"][person]["core_spa_minutes"],
            "flexible": round(EXPECTED[answer]["contract_left"][person]),
            "role:audit": 60 if person == role else 0,
        }
        rows += [
            JobPlanRow(person=person, activity=what, slot="-", minutes=minutes)
            for what, minutes in fixed.items()
            if minutes
        ]
    return TeamPlan(tuple(rows), {"audit": (role,)}, EXPECTED[answer]["extra_minutes"])


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_checker_passes_the_plan_worked_by_hand(answer: str) -> None:
    demand = analyse(service())
    plan = by_hand(answer)
    assert check_plan(service(), demand, plan, extra_allowed=answer == "with_extra") == ()
    facts = Facts(service(), demand)
    table = Timetable(facts, plan.rows)
    delivered = {activity: table.delivered(activity) for activity in facts.activities}
    assert delivered == pytest.approx(EXPECTED[answer]["delivered"], abs=1e-6)
    shortfall = {activity: table.shortfall(activity, facts.requirement(activity)) for activity in facts.activities}
    assert shortfall == pytest.approx(EXPECTED[answer]["shortfall"], abs=1e-6)


# ---- the package


def test_the_service_reads_without_a_fault() -> None:
    made = capacity.read(MODEL)
    assert [person.person for person in made.people] == list(EXPECTED["people"])
    assert [activity.activity for activity in made.activities] == list(EXPECTED["gap"])


@pytest.mark.parametrize("stream", EXPECTED["demand"]["streams"])
def test_demand_of_streams(stream: str) -> None:
    found = capacity.demand(service()).streams_json[stream]
    flat = {**found, "centile": found["sizing"]["centile"]["value"]}
    expected = EXPECTED["demand"]["streams"][stream]
    assert {key: flat[key] for key in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("activity", EXPECTED["demand"]["activities"])
def test_demand_of_activities(activity: str) -> None:
    found = capacity.demand(service()).activities[activity]
    expected = dict(EXPECTED["demand"]["activities"][activity])
    assert found.session_admin_minutes == pytest.approx(expected.pop("session_admin_minutes"))
    assert {key: getattr(found, key) for key in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("activity", EXPECTED["gap"])
def test_gap(activity: str) -> None:
    found = capacity.gap(service()).to_json()["activities"][activity]
    expected = EXPECTED["gap"][activity]
    assert {key: found[key] for key in expected} == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("answer", ANSWERS)
def test_tiers_are_optimal(answer: str) -> None:
    outcome = answered(answer)
    tiers = {tier.name: tier for tier in outcome.tiers if tier.name in TIERS}
    assert outcome.status == "optimal"
    assert {tier.status for tier in tiers.values()} == {"optimal"}
    expected = EXPECTED[answer]["tiers"]
    assert {name: tiers[name].value for name in TIERS} == pytest.approx(expected)
    assert {name: tiers[name].kept for name in TIERS} == pytest.approx(expected)
    assert {name: tiers[name].bound for name in TIERS} == pytest.approx(expected)


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_delivered_and_short(answer: str) -> None:
    outcome, expected = answered(answer), EXPECTED[answer]
    delivered = {activity: outcome.delivered[activity] for activity in expected["delivered"]}
    assert delivered == pytest.approx(expected["delivered"], abs=CLOSE)
    shortfall = {activity: outcome.shortfall.get(activity, 0.0) for activity in expected["shortfall"]}
    assert shortfall == pytest.approx(expected["shortfall"], abs=CLOSE)
    assert outcome.shortfall_mean.get("rapid", 0.0) == pytest.approx(expected["shortfall_mean"]["rapid"], abs=CLOSE)


@pytest.mark.parametrize("answer", ANSWERS)
def test_who_does_what(answer: str) -> None:
    plan, expected = team_plan(answer), EXPECTED[answer]
    table = Timetable(Facts(service(), analyse(service())), plan.rows)
    found = {
        person: {f"{activity} {slot}": weeks for (activity, slot), weeks in table.cells(person).items()}
        for person in EXPECTED["people"]
    }
    assert found == expected["cells"]
    assert {role: list(holders) for role, holders in plan.holders.items()} == expected["roles"]
    assert plan.extra_minutes == expected["extra_minutes"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_changes(answer: str) -> None:
    outcome, expected = answered(answer), EXPECTED[answer]
    found = {
        change.person: {"lost": [list(cell) for cell in change.lost], "gained": [list(cell) for cell in change.gained]}
        for change in outcome.changes
        if change.lost or change.gained
    }
    assert found == expected["changes"]
    totals = {
        "moved": sum(change.moved for change in outcome.changes),
        "added": sum(change.added for change in outcome.changes),
        "dropped": sum(change.dropped for change in outcome.changes),
    }
    assert totals == expected["totals"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_checker_passes_the_plan(answer: str) -> None:
    outcome = answered(answer)
    found = check_plan(service(), analyse(service()), team_plan(answer), outcome, answer == "with_extra")
    assert found == ()


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_left_of_each_contract_is_placed_as_flexible_time_or_spa(answer: str) -> None:
    table = Timetable(Facts(service(), analyse(service())), team_plan(answer).rows)
    for person, left in EXPECTED[answer]["contract_left"].items():
        spa = table.weekly_of(person, "spa") - EXPECTED["people"][person]["core_spa_minutes"]
        assert table.weekly_of(person, "flexible") + spa == pytest.approx(left, abs=0.5 + 1e-6)


def test_weeks_used() -> None:
    found = answered("plan").weeks
    assert {p: found[p] for p in EXPECTED["people"]} == pytest.approx(
        {person: values["weeks"] for person, values in EXPECTED["people"].items()}, abs=0.01
    )


def test_a_tolerance_of_one_session_is_used_by_the_optimiser() -> None:
    outcome, expected = planned(1), EXPECTED["with_a_tolerance_of_one_session"]
    tiers = {tier.name: tier for tier in outcome.tiers if tier.name in TIERS}
    assert {name: tiers[name].value for name in TIERS} == pytest.approx(expected["value"])
    assert {name: tiers[name].kept for name in TIERS} == pytest.approx(expected["kept"])
