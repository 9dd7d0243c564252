"""Clinic: three people, three activities and a 4-week cycle, built by hand, with one of everything a report shows.

Anna (c01) changes a session, a new role goes to c02, n01 works hours, and lung cancer is the one rapid activity.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from capacity.demand.result import ActivityDemand, Demand
from capacity.errors import Finding
from capacity.outcome import Outcome, PersonChange, TeamPlan, TierResult
from capacity.service.model import (
    Activity,
    Costs,
    JobPlanRow,
    Objective,
    Origin,
    Person,
    Role,
    Service,
    Skill,
    Stream,
)
from capacity.service.policy import load_policy
from capacity.supply.gap import Gap

X26 = (18, 22, 25, 19, 31, 27, 20, 16, 24, 29, 22, 26, 21, 17, 33, 28, 23, 19, 25, 30, 22, 24, 20, 27, 26, 21)
"""The reference series: mean 23.65, 80th centile 27.0."""

NAMES = {"lung_cancer": "Lung cancer clinic", "general": "General clinic", "bronchoscopy": "Bronchoscopy list"}


def gap_of(**figures: tuple[float, float]) -> Gap:
    """A gap from activity = (required, supplied), named and tiered as in the clinic."""
    rows = [
        {
            "activity": activity, "name": NAMES[activity], "category": "DCC",
            "tier": "rapid" if activity == "lung_cancer" else "routine",
            "required": required, "required_mean": required * 0.9, "supplied": supplied, "rota": 0.0,
            "gap": required - supplied, "gap_mean": required * 0.9 - supplied,
            "gap_hours": (required - supplied) * 4.5, "gap_pa": (required - supplied) * 1.4,
            "gap_wte": (required - supplied) * 0.14,
        }
        for activity, (required, supplied) in figures.items()
    ]  # fmt: skip
    return Gap(pd.DataFrame(rows).set_index("activity"))


def rows_of(person: str, *rows: tuple[str, str, tuple[int, ...] | None, int | None]) -> tuple[JobPlanRow, ...]:
    return tuple(
        JobPlanRow(person=person, activity=activity, slot=slot, weeks=weeks, minutes=minutes)
        for activity, slot, weeks, minutes in rows
    )


@pytest.fixture
def service() -> Service:
    now = (
        *rows_of(
            "c01",
            ("general", "Mon AM", None, None),
            ("general", "Tue AM", None, None),
            ("lung_cancer", "Wed AM", (1, 3), None),
            ("spa", "Fri PM", None, None),
            ("spa", "-", None, 120),
        ),
        *rows_of("c02", ("bronchoscopy", "Thu AM", (1, 3), None), ("spa", "-", None, 360)),
        *rows_of("n01", ("general", "Mon PM", None, None), ("admin", "Tue AM", None, None)),
    )
    return Service(
        id="clinic",
        name="Chest clinic",
        year_starts=dt.date(2027, 4, 1),
        cycle_weeks=4,
        policy="england-consultant-2003",
        policies={"nurse": "afc-hours"},
        objective=Objective(extra_pa_budget=2),
        costs=Costs(extra_pa=11200),
        activities=tuple(Activity(activity=key, name=name, category="DCC") for key, name in NAMES.items()),
        streams=(
            Stream(stream="two_week", name="Two-week wait", activity="lung_cancer", kind="rapid", contact_minutes=30),
            Stream(stream="general", name="General", activity="general", kind="routine", contact_minutes=20),
        ),
        people=(
            Person(person="c01", name="Anna Example", staff_group="consultant", contract_pa=10, max_pa=11),
            Person(person="c02", name="Ben Example", staff_group="consultant", contract_pa=8, unavailable=("Mon AM",)),
            Person(person="n01", name="Cat Example", staff_group="nurse", contract_hours=37.5),
        ),
        skills=(Skill(person="c01", activity="general"), Skill(person="c02", activity="lung_cancer")),
        roles=(
            Role(role="audit", name="Audit lead", category="SPA", tariff_pa=0.25),
            Role(role="mdt_lead", name="MDT lead", category="ANR", tariff_pa=0.25, held_by=("c01",)),
            Role(role="tutor", name="College tutor", category="ED", tariff_pa=0.5),
        ),
        job_plans=now,
        policy_tables={name: load_policy(name) for name in ("england-consultant-2003", "afc-hours")},
        origin=Origin(notes=(Finding("not_yet_used", "sites.csv", "sites are kept and not yet used"),)),
    )


@pytest.fixture
def demand(service: Service) -> Demand:
    """Two-week wait has the reference series of 26 weeks; general has none of its own."""
    first = dt.date(2026, 9, 7)
    weekly = pd.DataFrame(
        {
            "stream": "two_week",
            "week_starting": pd.to_datetime([first + dt.timedelta(weeks=week) for week in range(len(X26))]),
            "referrals": [float(value) for value in X26],
            "contact_minutes": [value * 30.0 for value in X26],
        }
    )
    required = {"lung_cancer": (3.0, 2.7), "general": (2.0, 2.0), "bronchoscopy": (1.5, 1.5)}
    activities = {
        key: ActivityDemand(key, "rapid" if key == "lung_cancer" else "routine", 27.0, 24.0, 24.0, 13.5, 18.0, 0.0,
                            high, mean, None)
        for key, (high, mean) in required.items()
    }  # fmt: skip
    two_week = {
        "kind": "rapid", "weeks": 26, "mean": 23.6538, "slots": 27.0, "attendances": 24.9, "contact_hours": 13.5,
        "sizing": {"mean": 23.6538, "centile": {"value": 27.0, "share": 0.8}},
    }  # fmt: skip
    return Demand(activities, pd.DataFrame(), weekly, pd.DataFrame(), {"two_week": two_week})


@pytest.fixture
def gap() -> Gap:
    """Short 1.4 of lung cancer and 1 of bronchoscopy; general has 0.7 too much."""
    return gap_of(lung_cancer=(3.0, 1.6), general=(2.0, 2.7), bronchoscopy=(1.5, 0.5))


@pytest.fixture
def plan(service: Service) -> TeamPlan:
    rows = (
        *rows_of(
            "c01",
            ("general", "Mon AM", None, None),
            ("lung_cancer", "Tue AM", None, None),
            ("lung_cancer", "Wed AM", (2, 4), None),
            ("spa", "Fri PM", None, None),
            ("role:mdt_lead", "-", None, 60),
            ("spa", "-", None, 120),
        ),
        *rows_of(
            "c02",
            ("bronchoscopy", "Thu AM", (1, 3), None),
            ("bronchoscopy", "Thu PM", (1, 2), None),
            ("flexible", "Thu PM", (3, 4), None),
            ("role:audit", "-", None, 60),
            ("spa", "-", None, 360),
        ),
        *rows_of("n01", ("general", "Mon PM", None, None), ("admin", "Tue AM", None, None)),
    )
    return TeamPlan(
        rows,
        holders={"audit": ("c02",), "mdt_lead": ("c01",), "tutor": ()},
        extra_minutes={},
        rooms={("c01", "general", "Mon AM", 1): "room_a"},
    )


@pytest.fixture
def outcome(plan: TeamPlan) -> Outcome:
    """Lung cancer closes, half of bronchoscopy stays: 4 sessions a cycle move and 2 are added."""
    return Outcome(
        status="optimal",
        plan=plan,
        tiers=(
            TierResult("rapid_mean", 0, 0, 0, "optimal", 0.1),
            TierResult("routine", 1, 1, 2, "optimal", 0.1),
            TierResult("rapid_headroom", 0, 0, 0, "optimal", 0.1),
            TierResult("change", 14, 12, 14, "feasible", 1.0),
            TierResult("cost", 0, 0, 0, "optimal", 0.1),
            TierResult("quality", 0, 0, 0, "not used", 0),
        ),
        shortfall={"lung_cancer": 0.0, "general": 0.0, "bronchoscopy": 0.5},
        shortfall_mean={"lung_cancer": 0.0, "general": 0.0, "bronchoscopy": 0.5},
        delivered={"lung_cancer": 3.0, "general": 2.1, "bronchoscopy": 1.0},
        changes=(
            PersonChange("c01", lost=(("general", "Tue AM", 4),), gained=(("lung_cancer", "Tue AM", 4),)),
            PersonChange("c02", lost=(), gained=(("bronchoscopy", "Thu PM", 2),), roles_gained=("audit",)),
        ),
        cover_unplaced={"bronchoscopy": 0.3},
        weeks={"c01": 42.0, "c02": 42.0, "n01": 42.6},
        findings=(
            Finding("active_plan", "c01", "no date of review", minutes=None),
            Finding("active_plan", "c02", "no date of review"),
            Finding("contract_sum", "n01", "adds up to 36.0 h", "36.0", "37.5", minutes=-90.0),
        ),
        run={
            "seed": 1, "workers": 1, "time_limit": 30.0, "limit_fired": "none", "versions": {"ortools": "9.15"},
            "input_hash": "abc",
        },
    )  # fmt: skip


@pytest.fixture
def with_extra(outcome: Outcome) -> Outcome:
    """The same, with a second answer that closes bronchoscopy with 1.5 PAs of c01."""
    assert outcome.plan is not None
    second = replace(
        outcome,
        plan=replace(outcome.plan, extra_minutes={"c01": 360}),
        shortfall={"lung_cancer": 0.0, "general": 0.0, "bronchoscopy": 0.0},
        delivered={"lung_cancer": 3.0, "general": 2.1, "bronchoscopy": 1.5},
        findings=(),
    )
    return replace(outcome, with_extra=second)


@pytest.fixture
def split() -> pd.DataFrame:
    """PA split as capacity.supply.split gives it: c02 has 0.5 PA less than the contract."""
    parts = {
        "c01": (6.0, 1.5, 1.5, 0.25, 0.75, 10.0),
        "c02": (5.0, 0.0, 1.5, 0.25, 0.75, 8.0),
        "n01": (7.5, 0.0, 0.5, 0.0, 1.375, 9.375),
    }
    return pd.DataFrame(
        [
            {"person": person, "part": part, "pa": value, "contract_pa": values[-1]}
            for person, values in parts.items()
            for part, value in zip(("DCC", "duty", "SPA", "roles", "flexible"), values, strict=False)
        ]
    )
