"""From funded posts to sessions that take place, each loss named: funded, in post, available, delivered.

Everything is weekly time averaged over the 52.18 weeks of the plan year, by staff group and in total. Each rung is the
one above it less the losses between them, so that nothing disappears without a name. See docs/formulas/ladder.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from capacity.service.model import ROLE_PREFIX, JobPlanRow, Person
from capacity.service.resolved import contract_minutes, is_reserved
from capacity.supply.job_time import JobTime
from capacity.supply.posts import is_funded, share_in_post, share_of_year
from capacity.supply.utilisation import taken_place
from capacity.supply.weeks import weeks_present
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR

Kind = Literal["rung", "loss"]
TOTAL = "all staff"
LADDER_COLUMNS = ("staff_group", "step", "kind", "sessions", "pa", "wte", "because")


@dataclass(frozen=True)
class Step:
    """A rung of the ladder or a loss between two: its id, and what it means in words."""

    id: str
    kind: Kind
    because: str


STEPS = (
    Step("funded", "rung", "posts with funding, for the part of the plan year they last"),
    Step("vacant", "loss", "funded posts, or parts of the year, with nobody in them"),
    Step("not_funded", "loss", "people in post beyond the funded posts (adds)"),
    Step("in_post", "rung", "people in post, for the part of the plan year they are"),
    Step("annual_leave", "loss", "annual leave"),
    Step("statutory", "loss", "statutory leave"),
    Step("bank_holidays", "loss", "bank holidays, as the policy allows for"),
    Step("study_leave", "loss", "study and professional leave"),
    Step("sickness", "loss", "sickness"),
    Step("other_weeks", "loss", "weeks present as stated, beside what leave and sickness come to"),
    Step("available", "rung", "time people are at work"),
    Step("duty", "loss", "duty weeks and on-call, which displace the timetable"),
    Step("spa", "loss", "SPA: training, audit, appraisal"),
    Step("roles", "loss", "leadership and other roles, and additional or external duties"),
    Step("travel", "loss", "travel, and triage of referrals"),
    Step("flexible", "loss", "time without an agreed use"),
    Step("admin", "loss", "administration that goes with sessions"),
    Step("premium", "loss", "premium time, charged as more than the hours it lasts"),
    Step("not_planned", "loss", "contract not in the job plan (below the line: planned above contract)"),
    Step("delivered", "rung", "sessions of direct care as planned, in the weeks they run"),
    Step("not_taken_place", "loss", "planned sessions that did not take place (delivered.csv)"),
    Step("taken_place", "rung", "sessions that took place, at the rate of the period in delivered.csv"),
)
"""The ladder from top to bottom; the last two stand only where there is a delivered.csv."""


def ladder(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return the ladder from funded posts to delivered sessions, by staff group and for all staff.

    Parameters
    ----------
    time
        Arithmetic of the service and its demand.
    rows
        Job plans, as in job_plans.csv.

    Returns
    -------
    DataFrame
        In order of the ladder. Columns: staff_group (then ``all staff``); step (an id of ``STEPS``); kind (``rung`` or
        ``loss``); sessions (half-days of the person's own contract, 240 or 225 minutes), pa (of 240 minutes) and wte
        (of the full-time week of the person's policy), all a calendar week, losses below 0; because (words). A rung is
        the rung before plus the losses between.
    """
    rows = tuple(rows)
    minutes = {person: _minutes(time, who, rows) for person, who in time.people.items()}
    happened = taken_place(time, rows) if time.service.delivered else None
    if happened is not None:
        for person, amounts in minutes.items():
            amounts["taken_place"] = amounts["delivered"] * happened.get(time.people[person].staff_group, 0.0)
            amounts["not_taken_place"] = amounts["taken_place"] - amounts["delivered"]
    steps = [step for step in STEPS if happened is not None or step.id not in ("not_taken_place", "taken_place")]
    groups = [*dict.fromkeys(person.staff_group for person in time.people.values()), TOTAL]
    frame = []
    for group in groups:
        people = [key for key, who in time.people.items() if group in (who.staff_group, TOTAL)]
        for step in steps:
            each = [_units(time, person, minutes[person][step.id]) for person in people]
            sums = [sum(amounts) for amounts in zip(*each, strict=True)] or [0.0, 0.0, 0.0]
            if step.kind == "rung" or any(abs(amount) > 1e-9 for amount in sums):
                frame.append((group, step.id, step.kind, *sums, step.because))
    return pd.DataFrame(frame, columns=list(LADDER_COLUMNS))


def _units(time: JobTime, person: str, minutes: float) -> tuple[float, float, float]:
    policy = time.policy(person)
    full_time = policy.full_time_hours.value * 60
    return minutes / policy.half_day_minutes.value, minutes / policy.pa_minutes.value, minutes / full_time


def _minutes(time: JobTime, person: Person, rows: tuple[JobPlanRow, ...]) -> dict[str, float]:
    """Every step of one person in minutes a calendar week, losses below 0."""
    key, contract = person.person, contract_minutes(time.service, person)
    steps = dict.fromkeys((step.id for step in STEPS), 0.0)
    exists, there = share_of_year(time.service, person), share_in_post(time.service, person)
    steps["funded"] = contract * exists if is_funded(person) else 0.0
    steps["in_post"] = contract * there
    steps["vacant"] = -contract * (exists - there) if is_funded(person) else 0.0
    steps["not_funded"] = 0.0 if is_funded(person) else contract * there
    if there == 0:
        return steps
    present = weeks_present(time, key)
    for name in ("annual_leave", "statutory", "bank_holidays", "study_leave", "sickness", "other"):
        step = "other_weeks" if name == "other" else name
        steps[step] = -steps["in_post"] * getattr(present, name) / WEEKS_PER_YEAR
    steps["available"] = steps["in_post"] * present.weeks / WEEKS_PER_YEAR
    used = _used(time, key, rows)
    used["not_planned"] = steps["available"] * WEEKS_PER_YEAR / there - sum(used.values())
    for name, year_minutes in used.items():
        sign = 1 if name == "delivered" else -1
        steps[name] = sign * year_minutes * there / WEEKS_PER_YEAR
    return steps


def _used(time: JobTime, person: str, rows: tuple[JobPlanRow, ...]) -> dict[str, float]:
    """Year-minutes of a person's job plan by what they go to, as if in post all year."""
    used: dict[str, float] = defaultdict(float, delivered=0.0)
    used["duty"] = time.duty_minutes(person)
    for row in rows:
        if row.person != person:
            continue
        charged = time.row_year_minutes(row)
        if is_reserved(row.activity) or time.activities[row.activity].category != "DCC":
            used[_step_of(time, row)] += charged
            continue
        timed, on_top = session_parts(time, row)
        travel = on_top * _travel_share(time, row)
        used["delivered"] += timed
        used["travel"] += travel
        used["admin"] += on_top - travel
        used["premium"] += charged - timed - on_top
    return used


def _step_of(time: JobTime, row: JobPlanRow) -> str:
    if row.activity.startswith(ROLE_PREFIX):
        return "roles"
    if is_reserved(row.activity):
        return row.activity if row.activity in ("spa", "travel", "flexible") else "admin"
    return "spa" if time.activities[row.activity].category == "SPA" else "roles"


def session_parts(time: JobTime, row: JobPlanRow) -> tuple[float, float]:
    """Year-minutes of an activity row that are the session itself, and what goes on top: admin, travel, triage."""
    if row.slot == NO_FIXED_SLOT:
        charged, full = time.unfixed_charge(row), time.full_session_minutes(row.person, row.activity)
        on_top = charged * time.session_admin(row.person, row.activity) / full
        return charged - on_top, on_top
    session = time.session(row.person, row.activity, row.slot, row.minutes)
    weeks = len(time.row_weeks(row)) / time.service.cycle_weeks * time.charged_weeks(row.person, row.activity)
    return session.timed * weeks, session.admin * weeks


def _travel_share(time: JobTime, row: JobPlanRow) -> float:
    """Share of what is charged on top of a session that is travel and triage."""
    on_top = time.session_admin(row.person, row.activity)
    return time.demand.activities[row.activity].session_extra_minutes / on_top if on_top else 0.0


def ladder_in_words(frame: pd.DataFrame, staff_group: str = TOTAL) -> str:
    """Say the rungs of one staff group in a sentence; ``frame`` is what :func:`ladder` returns."""
    rungs = frame[(frame["staff_group"] == staff_group) & (frame["kind"] == "rung")]
    wte = dict(zip(rungs["step"], rungs["wte"], strict=True))
    sessions = dict(zip(rungs["step"], rungs["sessions"], strict=True))
    words = (
        f"{staff_group}: {wte['funded']:.1f} WTE funded, {wte['in_post']:.1f} in post, {wte['available']:.1f} at work"
        f" in the mean week, of which {wte['delivered']:.1f} ({sessions['delivered']:.1f} sessions a week) are sessions"
        " of direct care"
    )
    if "taken_place" in sessions:
        words += f"; {sessions['taken_place']:.1f} took place"
    return f"{words}."
