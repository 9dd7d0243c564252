"""A team of alike consultants with one clinic, to be changed in one thing at a time.

Three consultants of 10 PA, 42 weeks present, each with a clinic of 240 minutes on Monday and on Tuesday morning, in a
cycle of two weeks; no admin, no SPA. Requirement: whatever ``sessions_per_week`` says. Plan year from 1 April 2027,
whose bank holidays in England are five Mondays, one Tuesday and three days at weekends.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from capacity.demand.analyse import analyse
from capacity.service.model import Activity, JobPlanRow, Person, Service, Skill
from capacity.service.policy import load_policy
from capacity.supply.job_time import JobTime

POLICIES = ("england-consultant-2003", "afc-hours")
W_CAL = 52.18


def person(name: str, **columns: Any) -> Person:
    settled = {"name": name, "staff_group": "consultant", "contract_pa": 10, "working_weeks": 42}
    return Person.model_validate({"person": name, **settled, **columns})


def activity(name: str, **columns: Any) -> Activity:
    settled = {"name": name, "category": "DCC", "session_minutes": 240, "admin_minutes": 0}
    return Activity.model_validate({"activity": name, **settled, **columns})


def row(person: str, activity: str, slot: str, **columns: Any) -> JobPlanRow:
    return JobPlanRow(person=person, activity=activity, slot=slot, **columns)


def service(**changes: Any) -> Service:
    people = changes.pop("people", tuple(person(f"c{number}") for number in (1, 2, 3)))
    activities = changes.pop("activities", (activity("clinic", sessions_per_week=4),))
    settled: dict[str, Any] = {
        "id": "team",
        "name": "Team",
        "year_starts": dt.date(2027, 4, 1),
        "cycle_weeks": 2,
        "policy": "england-consultant-2003",
        "activities": activities,
        "people": people,
        "skills": tuple(Skill(person=who.person, activity=what.activity) for who in people for what in activities),
        "job_plans": tuple(row(who.person, "clinic", slot) for who in people for slot in ("Mon AM", "Tue AM")),
        "policy_tables": {name: load_policy(name) for name in POLICIES},
    }
    return Service(**(settled | changes))


def time_of(made: Service) -> JobTime:
    return JobTime(made, analyse(made))
