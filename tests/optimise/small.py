"""Services of two or three people whose plans can be worked out by hand.

Everyone is present in all 52.18 calendar weeks unless said otherwise, so that a session delivers exactly 1 and is
charged 52.18 weeks, with no core SPA: a contract of 2 PA is two sessions of 240 minutes a week. Nothing is held with
a tolerance, and no activity asks for a least number of people, unless said otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from capacity.check import check_plan
from capacity.demand.analyse import analyse
from capacity.demand.result import Demand
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from capacity.service.model import Activity, JobPlanRow, Objective, Person, Room, Rota, Service, Skill, Slots
from capacity.service.policy import load_policy
from capacity.service.resolved import is_reserved
from capacity.service.wishes import NO_WISHES, Wishes
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR

POLICIES = ("england-consultant-2003", "afc-hours")
Weeks = tuple[int, ...]
Placed = dict[tuple[str, str, str], Weeks]


def person(name: str, pa: float = 2, **rest: Any) -> Person:
    settled: dict[str, Any] = {
        "staff_group": "consultant",
        "contract_pa": pa,
        "core_spa_pa": 0,
        "working_weeks": WEEKS_PER_YEAR,
        "max_days": 5,
    }
    return Person(person=name, name=name, **{**settled, **rest})


def nurse(name: str, hours: float, **rest: Any) -> Person:
    hourly = {"staff_group": "nurse", "contract_pa": None, "core_spa_pa": None, "core_spa_hours": 0}
    return person(name, contract_hours=hours, **{**hourly, **rest})


def activity(name: str, sessions: float, *slots: str, **rest: Any) -> Activity:
    settled: dict[str, Any] = {"category": "DCC", "admin_minutes": 0, "min_people": 0}
    return Activity(
        activity=name, name=name, slots=slots or ("Mon AM",), sessions_per_week=sessions, **{**settled, **rest}
    )


def row(name: str, what: str, slot: str, *weeks: int, **rest: Any) -> JobPlanRow:
    return JobPlanRow(person=name, activity=what, slot=slot, weeks=weeks or None, **rest)


def room(name: str = "room", **rest: Any) -> Room:
    return Room(room=name, name=name, **rest)


def duty(*members: str, weeks: float, pa: float, **rest: Any) -> Rota:
    return Rota(
        rota="duty", name="duty", kind="hot_week", members=members, weeks_covered=weeks, pa_per_duty_week=pa, **rest
    )


def service(
    people: Iterable[Person], activities: Iterable[Activity], skills: Iterable[Skill] | None = None, **rest: Any
) -> Service:
    """A service in which everyone can do everything, unless ``skills`` says otherwise."""
    people, activities = tuple(people), tuple(activities)
    if skills is None:
        skills = [Skill(person=who.person, activity=what.activity) for who in people for what in activities]
    objective = {"hold_tolerance": rest.pop("tolerance", 0), "extra_pa_budget": rest.pop("budget", 0)}
    if "tiers" in rest:
        objective["tiers"] = rest.pop("tiers")
    settled: dict[str, Any] = {
        "id": "small",
        "name": "A small service",
        "year_starts": dt.date(2027, 4, 1),
        "cycle_weeks": rest.pop("cycle", 1),
        "policy": POLICIES[0],
        "objective": Objective(**objective),
        "slots": Slots(premium=rest.pop("premium", ()), minutes=rest.pop("minutes", {})),
        "policy_tables": {name: load_policy(name) for name in POLICIES},
    }
    return Service(people=people, activities=activities, skills=tuple(skills), **{**settled, **rest})


def able(*pairs: str) -> list[Skill]:
    """Skills from words such as ``ann clinic``."""
    return [Skill(person=pair.split()[0], activity=pair.split()[1]) for pair in pairs]


def demand_of(made: Service, **required: tuple[float, float]) -> Demand:
    """The demand of a service, some activities set to (required, required at the mean) sessions a calendar week."""
    demand = analyse(made)
    sized = dict(demand.activities)
    for name, (needed, mean) in required.items():
        sized[name] = replace(sized[name], required=needed, required_mean=mean)
    return replace(demand, activities=sized)


def solved(made: Service, demand: Demand | None = None, wishes: Wishes = NO_WISHES, **settings: Any) -> Outcome:
    """The outcome of a service, which must have a plan; every plan in it has passed the checker."""
    demand = demand or analyse(made)
    outcome = plan(made, demand, Settings(**{"time_limit": 10, **settings}), wishes)
    assert outcome.plan is not None, outcome.reason
    assert broken_rules(made, demand, outcome, wishes) == []
    return outcome


def broken_rules(made: Service, demand: Demand, outcome: Outcome, wishes: Wishes = NO_WISHES) -> list[str]:
    """What the independent checker says of an outcome and of its second answer."""
    found = []
    for answer, extra in ((outcome, False), (outcome.with_extra, True)):
        if answer is not None and answer.plan is not None:
            found += [str(broken) for broken in check_plan(made, demand, answer.plan, answer, extra, wishes)]
    return found


def placed(outcome: Outcome, *names: str) -> Placed:
    """(person, activity, half-day) -> weeks, of the sessions of a plan; () stands for every week."""
    assert outcome.plan is not None
    found: dict[tuple[str, str, str], set[int] | None] = {}
    for line in outcome.plan.rows:
        if is_reserved(line.activity) or line.slot == NO_FIXED_SLOT or (names and line.person not in names):
            continue
        key = (line.person, line.activity, line.slot)
        before = found.get(key, set())
        found[key] = None if line.weeks is None or before is None else before | set(line.weeks)
    return {key: () if weeks is None else tuple(sorted(weeks)) for key, weeks in found.items()}


def sessions(outcome: Outcome, cycle: int = 1) -> int:
    """Sessions a cycle in a plan."""
    return sum(len(weeks) or cycle for weeks in placed(outcome).values())


def minutes_of(outcome: Outcome, who: str, what: str) -> float:
    """Minutes a week of the rows of one reserved activity that stand in every week."""
    assert outcome.plan is not None
    rows = [line for line in outcome.plan.rows_of(who) if line.activity == what]
    assert all(line.weeks is None for line in rows)
    return sum(line.minutes or 0.0 for line in rows)


def values(outcome: Outcome) -> dict[str, float]:
    """Value of each tier that is solved to proof; quality, which is improved for a short time, has its own tests."""
    return {tier.name: tier.value for tier in outcome.tiers if tier.name != "quality"}


def kept(outcome: Outcome) -> dict[str, float]:
    """What the final plan gives in each tier but quality."""
    return {tier.name: tier.kept for tier in outcome.tiers if tier.name != "quality"}
