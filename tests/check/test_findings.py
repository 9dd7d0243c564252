"""Consistency checks of the plans in force: each is said once about a plan that calls for it, and not about others."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from capacity.check import check_plan_in_force
from capacity.errors import Finding
from capacity.service.model import Role, Rota, Service
from tests.check.clinic import PLAN_ROWS, demand, row, service

DATES = {"reviewed_on": dt.date(2026, 10, 1), "approved_on": dt.date(2026, 11, 1)}


def sound(**changes: Any) -> Service:
    """The plan of clinic.py as the plan in force, everyone reviewed and approved, the roles held as it says."""
    made = service()
    settled: dict[str, Any] = {
        "job_plans": PLAN_ROWS,
        "people": tuple(person.model_copy(update=DATES) for person in made.people),
        "roles": tuple(role.model_copy(update={"held_by": ("ana",)}) for role in made.roles),
    }
    return made.model_copy(update={**settled, **changes})


def found(made: Service, rule: str) -> list[Finding]:
    return [finding for finding in check_plan_in_force(made, demand()) if finding.rule == rule]


def person(made: Service, name: str, **new: Any) -> Service:
    people = tuple(p.model_copy(update=new) if p.person == name else p for p in made.people)
    return made.model_copy(update={"people": people})


def rows(*more: Any, leave_out: str = "") -> dict[str, Any]:
    return {"job_plans": (*(r for r in PLAN_ROWS if r.activity != leave_out), *more)}


def test_a_sound_plan_is_told_only_that_its_spa_is_low() -> None:
    assert {finding.rule for finding in check_plan_in_force(sound(), demand())} == {"low_spa"}


@pytest.mark.parametrize(
    ("rule", "subject", "made"),
    [
        ("contract_sum", "ben", sound(**rows(row("ben", "spa", "-", minutes=60)))),
        ("contract_sum", "eve", person(sound(), "eve", kind=None)),
        ("paid_pa", "ben", person(sound(), "ben", paid_pa=6)),
        ("spa_above_core", "ben", sound(**rows(row("ben", "spa", "-", minutes=60)))),
        ("core_spa", "ana", person(sound(), "ana", core_spa_pa=2)),
        ("active_plan", "cat", person(sound(), "cat", approved_on=None)),
        ("active_plan", "cat", person(sound(), "cat", reviewed_on=dt.date(2026, 3, 31))),
        ("ceiling_pa", "ben", sound(**rows(row("ben", "flexible", "-", minutes=1800)))),
        ("ceiling_hours", "cat", sound(**rows(row("cat", "flexible", "-", minutes=1700)))),
        ("role_vacant", "lead", sound(roles=(Role(role="lead", name="Lead", category="ANR", tariff_pa=0.25),))),
        ("role_without_holder", "cat", sound(**rows(row("cat", "role:lead", "-", minutes=60)))),
        ("role_claimed_twice", "lead", sound(**rows(row("cat", "role:lead", "-", minutes=60)))),
        ("role_not_charged", "ana", sound(**rows(leave_out="role:lead"))),
        ("role_tariff", "audit", sound(roles=(Role(role="audit", name="Audit", category="SPA", tariff_pa=1),))),
        ("role_tariff", "king", sound(roles=(Role(role="king", name="King", category="SPA"),))),
        ("skills", "cat", sound(**rows(row("cat", "clinic", "Fri AM")))),
        ("rooms_enough", "Tue AM in week 2", sound(rooms=(service().rooms[0].model_copy(update={"count": 1}),))),
        ("once_per_half_day", "ben", sound(**rows(row("ben", "saturday", "Tue AM")))),
        ("heaviest_week", "ben", sound(**rows(
            *(row("ben", "clinic", slot, weeks=(1,)) for slot in ("Wed PM", "Fri AM")),
            row("ben", "saturday", "Tue AM", weeks=(1,))))),
        (
            "duty_gaps",
            "ward",
            sound(rotas=(Rota(rota="ward", name="Ward", kind="hot_week", members=("ana", "eve"), pa_per_duty_week=1),)),
        ),
    ],
)  # fmt: skip
def test_a_plan_that_calls_for_it_is_told(rule: str, subject: str, made: Service) -> None:
    assert subject in {finding.subject for finding in found(made, rule)}
    assert found(sound(), rule) == []


def test_the_time_a_finding_moves_is_stated_in_minutes_a_week() -> None:
    (finding,) = found(sound(**rows(row("ben", "spa", "-", minutes=60))), "contract_sum")
    assert finding.minutes == pytest.approx(60, abs=0.5)
    assert "5.25 PA" in finding.message


def test_people_without_a_job_plan_of_their_own_are_not_asked_for_one() -> None:
    """dan is counted and not planned: no contract sum, SPA floor or dates."""
    made = person(sound(), "dan", reviewed_on=None)
    assert "dan" not in {finding.subject for finding in check_plan_in_force(made, demand())}


def test_low_spa_is_one_finding_for_the_team() -> None:
    (finding,) = found(sound(), "low_spa")
    assert "2 with a total SPA of 2 PA or less" in finding.message
    assert "ana; ben" in finding.message
