"""Questions of a committee: each is asked of a plan that calls for it, and not of one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from capacity.check.committee import consistency, questions
from capacity.errors import Finding
from capacity.service.model import ObjectiveRow, Rota, Service, Stream
from tests.check.clinic import demand, row
from tests.check.test_findings import person, rows, sound


def asked(made: Service, rule: str) -> list[Finding]:
    return [finding for finding in consistency(made, demand()) if finding.rule == rule]


def activity(made: Service, name: str, **new: Any) -> Service:
    activities = tuple(a.model_copy(update=new) if a.activity == name else a for a in made.activities)
    return made.model_copy(update={"activities": activities})


def on_call(minutes: float) -> Service:
    """ana and ben share a call of 4 PA a week: 2 PA a calendar week each, near enough; ana has so much typed."""
    rota = Rota(rota="call", name="Call", kind="on_call", members=("ana", "ben"), pa_per_duty_week=4)
    return sound(rotas=(rota,), **rows(row("ana", "on_call", "-", minutes=minutes)))


def clinic_with_admin(minutes: float) -> Service:
    made = sound()
    first = made.activities[0].activity
    stream = Stream(stream="new", name="New", activity=first, kind="routine", contact_minutes=30)
    return activity(made.model_copy(update={"streams": (stream,)}), first, admin_minutes=minutes, contact_minutes=210)


@pytest.mark.parametrize(
    ("rule", "calls", "does_not"),
    [
        ("dcc_spa_band", sound(**rows(row("ben", "spa", "-", minutes=600))), sound()),
        ("admin_ratio", clinic_with_admin(5), clinic_with_admin(40)),
        ("on_call_credit", on_call(100), on_call(4 * 240 * 26 / 52.18)),
        ("extra_without_end", person(sound(), "ben", paid_pa=9), person(sound(), "ben", paid_pa=1)),
        ("weeks_differ", person(sound(), "ben", working_weeks=46), person(sound(), "ben", working_weeks=42)),
    ],
)  # fmt: skip
def test_each_question_is_asked_where_it_is_called_for(rule: str, calls: Service, does_not: Service) -> None:
    before, after = asked(does_not, rule), asked(calls, rule)
    subjects = {finding.subject for finding in after} - {finding.subject for finding in before}
    assert subjects, rule
    assert all(finding.source and finding.allowed for finding in after)


def test_a_place_and_an_output_are_asked_for() -> None:
    made = sound()
    done = {entry.activity for entry in made.job_plans}
    name = next(a.activity for a in made.activities if a.category == "DCC" and a.activity in done)
    bare = activity(made, name, room=(), site=None, contact_minutes=None)
    assert name in {finding.subject for finding in asked(bare, "place_missing")}
    assert name in {finding.subject for finding in asked(bare, "output_missing")}
    full = activity(made, name, site="main", contact_minutes=200)
    assert name not in {finding.subject for finding in (*asked(full, "place_missing"), *asked(full, "output_missing"))}


def test_objectives_and_sickness_are_asked_of_the_team() -> None:
    made = sound()
    (none,) = asked(made, "no_objectives")
    assert none.subject == "team"
    everyone = tuple(ObjectiveRow(level="person", person=p.person, objective="x") for p in made.people)
    assert asked(made.model_copy(update={"objectives": everyone}), "no_objectives") == []
    assert asked(made, "no_sickness") == [], "everyone's weeks are given"
    assert asked(person(made, "ben", working_weeks=None), "no_sickness")[0].message.endswith(": ben")


def test_every_finding_belongs_to_a_question_that_is_listed() -> None:
    known = questions()
    assert {finding.rule for finding in consistency(sound(), demand())} <= set(known)
    assert all(sentence.endswith(".") for sentence in known.values())
