"""A small service that uses every rule of the checker, with a plan that keeps them all, worked out by hand.

Two-week cycle, W = 42 for everyone, half-days of 240 minutes, no admin but where stated. A week of each plan:

- ana, 6 PA (1440), max 13: list Mon AM+PM (480), clinic Tue AM (240), MDT Wed AM (120),
  SPA 360 of which 240 Tue PM, flexible 140, lead 60, travel 40.
- ben, 5 PA (1200): clinic Mon AM week 1 and Tue AM week 2 (240), saturday Sat AM week 1 (120 in the mean, at 4/3: 160),
  MDT Wed AM (120), cover Mon PM (adds nothing), SPA 240, flexible 440.
- cat, 20 hours (1200): urgent Mon PM (240, covered: x 52.18/42 = 298.17), annualised review 42 a year (225),
  MDT Wed AM (120), SPA 120, flexible 437 (1200.17 in all: within half a minute).
- dan is not planned and keeps a clinic on Wed PM; eve is a vacant post.

Requirements: clinic 3, urgent 1.5, list 2, saturday 0.5, mdt 1. Delivered: e = 42/52.18 = 0.804907 uncovered.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd

from capacity.demand.result import ActivityDemand, Demand
from capacity.outcome import QUALITY_PARTS, Outcome, PersonChange, TeamPlan, TierResult
from capacity.service.model import (
    Activity,
    JobPlanRow,
    Objective,
    Person,
    Role,
    Room,
    Service,
    Skill,
    Slots,
)
from capacity.service.policy import load_policy

E = 42 / 52.18
REQUIRED = {"clinic": (3.0, 3.0), "urgent": (1.5, 1.2), "list": (2.0, 2.0), "saturday": (0.5, 0.5), "mdt": (1.0, 1.0)}


def row(person: str, activity: str, slot: str, **rest: Any) -> JobPlanRow:
    return JobPlanRow(person=person, activity=activity, slot=slot, **rest)


def activity(name: str, **rest: Any) -> Activity:
    return Activity(activity=name, name=name, **{"category": "DCC", "admin_minutes": 0, **rest})


def person(name: str, **rest: Any) -> Person:
    settled = {"staff_group": "consultant", "working_weeks": 42}
    return Person(person=name, name=name, **{**settled, **rest})


PLAN_ROWS = (
    row("ana", "list", "Mon AM"),
    row("ana", "list", "Mon PM"),
    row("ana", "clinic", "Tue AM", pinned=True),
    row("ana", "spa", "Tue PM"),
    row("ana", "mdt", "Wed AM"),
    row("ana", "travel", "Wed AM", minutes=40),
    row("ana", "spa", "-", minutes=120),
    row("ana", "role:lead", "-", minutes=60),
    row("ana", "flexible", "-", minutes=140),
    row("ben", "clinic", "Mon AM", weeks=(1,)),
    row("ben", "clinic", "Tue AM", weeks=(2,)),
    row("ben", "saturday", "Sat AM", weeks=(1,)),
    row("ben", "mdt", "Wed AM"),
    row("ben", "cover", "Mon PM"),
    row("ben", "spa", "-", minutes=240, pinned=True),
    row("ben", "flexible", "-", minutes=440),
    row("cat", "urgent", "Mon PM"),
    row("cat", "mdt", "Wed AM"),
    row("cat", "review", "-", per_year=42),
    row("cat", "spa", "-", minutes=120),
    row("cat", "flexible", "-", minutes=437),
    row("dan", "clinic", "Wed PM"),
)

NOW_ROWS = (
    row("ana", "list", "Mon AM"),
    row("ana", "list", "Mon PM"),
    row("ana", "clinic", "Tue AM", pinned=True),
    row("ana", "mdt", "Wed AM"),
    row("ana", "clinic", "Fri AM"),
    row("ana", "spa", "-", minutes=360),
    row("ben", "clinic", "Mon AM", weeks=(1, 2)),
    row("ben", "saturday", "Sat AM", weeks=(1,)),
    row("ben", "mdt", "Wed AM"),
    row("ben", "spa", "-", minutes=240, pinned=True),
    row("ben", "clinic", "Tue PM"),
    row("cat", "urgent", "Mon PM"),
    row("cat", "urgent", "Wed PM"),
    row("cat", "mdt", "Wed AM"),
    row("cat", "review", "-", per_year=42),
    row("cat", "spa", "-", minutes=120),
    row("dan", "clinic", "Wed PM"),
)
"""Against these the plan has: ana lost Fri AM 2 (clinic); ben lost Mon AM 1, gained Tue AM 1, Tue PM not allowed;
cat lost urgent Wed PM 2. Change = 2 x (2 + 1 + 2) + 1 = 11; ben loses the rota role he held: 4 more, 15."""

QUALITY = {
    **dict.fromkeys(QUALITY_PARTS, 0),
    "room_peaks": 3,  # Tue AM: two clinics of ana, one of ben; the MDT makes one group of both rooms
    "new_half_day": 1,  # ben's Tue AM; he works on Tuesday afternoons now
    "largest_change": 2,  # each of the three
}


def service(**changes: Any) -> Service:
    policies = ("england-consultant-2003", "afc-hours")
    made = Service(
        id="clinic",
        name="A small clinic",
        year_starts=dt.date(2027, 4, 1),
        cycle_weeks=2,
        policy="england-consultant-2003",
        objective=Objective(extra_pa_budget=7),
        slots=Slots(premium=("Sat AM",), minutes={"Mon PM": 240, "Tue AM": 240, "Wed AM": 240, "Wed PM": 240}),
        activities=(
            activity("clinic", room=("room",), slots=("Mon AM", "Tue AM", "Wed PM", "Fri AM"), min_people=2),
            activity("urgent", tier="rapid", priority=2, slots=("Mon PM", "Wed PM"), covered=True, room=("room",)),
            activity("list", blocks="AM+PM", slots=("Mon AM", "Mon PM", "Tue PM"), min_sessions_per_year=40),
            activity("saturday", slots=("Sat AM", "Tue AM")),
            activity("mdt", team="all", session_minutes=120, slots=("Wed AM", "Thu AM"), room=("hall", "room")),
            activity("review", slots=("Thu PM",)),
        ),
        people=(
            person("ana", contract_pa=6, max_pa=13, unavailable=("Thu AM", "Thu PM"), max_days=3, opted_out_48h=True),
            person("ben", contract_pa=5, max_pa=6, premium_consent=True, max_days=4),
            person("cat", contract_hours=20, staff_group="nurse", max_days=3),
            person("dan", contract_pa=4, planned=False),
            person("eve", contract_pa=8, kind="vacant"),
        ),
        skills=(
            Skill(person="ana", activity="list"),
            Skill(person="ana", activity="clinic"),
            Skill(person="ana", activity="urgent"),
            Skill(person="ana", activity="saturday"),
            Skill(person="ben", activity="clinic", max_per_week=1),
            Skill(person="ben", activity="saturday"),
            Skill(person="ben", activity="urgent"),
            Skill(person="cat", activity="urgent"),
            Skill(person="cat", activity="review"),
            Skill(person="ana", activity="mdt"),
            Skill(person="ben", activity="mdt"),
            Skill(person="cat", activity="mdt"),
            Skill(person="dan", activity="clinic"),
            Skill(person="eve", activity="clinic"),
        ),
        rooms=(
            Room(room="room", name="Clinic room", count=2),
            Room(room="hall", name="Seminar room", slots=("Wed AM",)),
        ),
        roles=(
            Role(role="lead", name="Lead", category="ANR", tariff_pa=0.25, eligible=("ana", "cat"), held_by=("ana",)),
            Role(role="rota", name="Rota", category="SPA", tariff_pa=0, eligible=("ana", "ben"), held_by=("ben",),
                 fixed=False),
        ),
        job_plans=NOW_ROWS,
        policy_tables={name: load_policy(name) for name in policies},
    )  # fmt: skip
    return made.model_copy(update=changes)


def demand() -> Demand:
    def sized(name: str, required: float, mean: float) -> ActivityDemand:
        return ActivityDemand(name, "", 0, 0, 0, 0, 0, 0, required, mean, None)

    names = [what.activity for what in service().activities]
    activities = {name: sized(name, *REQUIRED.get(name, (0.0, 0.0))) for name in names}
    return Demand(activities, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())


def plan(rows: tuple[JobPlanRow, ...] = PLAN_ROWS) -> TeamPlan:
    rooms = {
        (who, what, slot, week): room
        for who, what, slot, weeks, room in (
            ("ana", "clinic", "Tue AM", (1, 2), "room"),
            ("ana", "mdt", "Wed AM", (1, 2), "hall"),
            ("ben", "clinic", "Mon AM", (1,), "room"),
            ("ben", "clinic", "Tue AM", (2,), "room"),
            ("ben", "mdt", "Wed AM", (1, 2), "hall"),
            ("cat", "urgent", "Mon PM", (1, 2), "room"),
            ("cat", "mdt", "Wed AM", (1, 2), "hall"),
        )
        for week in weeks
    }
    return TeamPlan(rows, {"lead": ("ana",), "rota": ("ana",)}, {}, rooms)


def outcome() -> Outcome:
    """What can be said of the plan: a week's clinic is ana 1, ben 1 and dan 1, each at e; saturday 0.5 e; list 2 e."""
    short = {
        "clinic": 3 - 3 * E,
        "urgent": 0.5,
        "list": 2 - 2 * E,
        "saturday": 0.5 - 0.5 * E,
        "mdt": 0.0,
        "review": 0.0,
    }
    tiers = (
        TierResult("rapid_mean", 2, 2, 2, "optimal", 0.1),  # 2.4 - 2 = 0.4: 1 session, priority 2
        TierResult("routine", 3, 3, 4, "optimal", 0.1),  # clinic 1.17: 2; list 0.78: 1; saturday 0.1: 1
        TierResult("rapid_headroom", 0, 0, 0, "optimal", 0.1),  # 3 - 2: 1 session as well
        TierResult("change", 15, 15, 15, "optimal", 0.1),
        TierResult("cost", 80, 80, 80, "optimal", 0.1),  # one premium session: 320 - 240
        TierResult("quality", 4, 3, 4, "feasible", 0.1),  # QUALITY: 3 x 1 + 1 x 1
    )
    changes = (
        PersonChange("ana", (("clinic", "Fri AM", 2),), (), roles_gained=("rota",)),
        PersonChange(
            "ben",
            (("clinic", "Mon AM", 1),),
            (("clinic", "Tue AM", 1),),
            roles_lost=("rota",),
            not_allowed=(("clinic", "Tue PM", 2),),
        ),
        PersonChange("cat", (("urgent", "Wed PM", 2),), ()),
    )
    return Outcome(
        status="optimal",
        plan=plan(),
        tiers=tiers,
        shortfall=short,
        shortfall_mean={"urgent": 0.2},
        delivered={
            "clinic": 3 * E, "urgent": 1.0, "list": 2 * E, "saturday": 0.5 * E, "mdt": 1.0, "review": 42 / 52.18,
        },
        changes=changes,
        cover_unplaced={"urgent": 1 - E},
        weeks={"ana": 42.0, "ben": 42.0, "cat": 42.0},
        findings=(),
        run={},
        quality=QUALITY,
    )  # fmt: skip


def without(rows: tuple[JobPlanRow, ...], who: str, what: str, slot: str) -> tuple[JobPlanRow, ...]:
    return tuple(r for r in rows if (r.person, r.activity, r.slot) != (who, what, slot))


def changed(who: str, what: str, slot: str, /, **new: Any) -> TeamPlan:
    """The plan with one row changed, its named rooms left out."""
    rows = tuple(
        r.model_copy(update=new) if (r.person, r.activity, r.slot) == (who, what, slot) else r for r in PLAN_ROWS
    )
    assert rows != PLAN_ROWS
    return replace(plan(rows), rooms={})


def added(*rows: JobPlanRow) -> TeamPlan:
    """The plan with more rows, its named rooms left out."""
    return replace(plan((*PLAN_ROWS, *rows)), rooms={})


def removed(who: str, what: str, slot: str) -> TeamPlan:
    """The plan without one row, its named rooms left out."""
    assert without(PLAN_ROWS, who, what, slot) != PLAN_ROWS
    return replace(plan(without(PLAN_ROWS, who, what, slot)), rooms={})
