"""Contradictions that one person's inputs show alone: bad input, found before any solver runs."""

from __future__ import annotations

from collections import defaultdict

from capacity.demand.result import Demand
from capacity.errors import Fault
from capacity.service.model import ROLE_PREFIX, Person, Service
from capacity.service.places import faults_in_place
from capacity.service.resolved import (
    core_spa_minutes,
    is_planned,
    is_reserved,
    meets_as_one,
    most_days,
    most_weekends,
    role_is_fixed,
    role_minutes,
    shared_posts,
)
from capacity.supply.job_time import JobTime
from capacity.units import NO_FIXED_SLOT, day_of, is_weekend


def contradictions(service: Service, demand: Demand) -> tuple[Fault, ...]:
    """Return a fault for each planned person whose own pins, roles, duty and SPA cannot hold together."""
    time = JobTime(service, demand)
    faults: list[Fault] = []
    for person in service.people:
        if is_planned(service, person):
            faults += _more_than_contract(time, person)
            faults += _too_many_days(time, person)
            faults += _too_many_weekends(time, person)
            faults += _overfull_half_days(time, person)
            faults += _pins_that_cannot_stay(service, person)
            faults += _pins_in_duty_weeks(time, person)
    return tuple(faults_in_place(service.origin, (*faults, *_pins_of_sharers(time))))


def fixed_roles(service: Service, person: str) -> list[str]:
    """Role ids a person holds and keeps."""
    return [role.role for role in service.roles if person in role.held_by and role_is_fixed(role)]


def _more_than_contract(time: JobTime, person: Person) -> list[Fault]:
    service, key = time.service, person.person
    weeks = time.weeks_present(key)
    roles = {role.role: role for role in service.roles}
    pinned = [row for row in service.job_plans if row.person == key and row.pinned]
    kept = [row for row in service.job_plans if row.person == key and row.slot == NO_FIXED_SLOT and not row.pinned]
    sessions = sum(time.row_year_minutes(row) for row in pinned if not is_reserved(row.activity))
    sessions += sum(time.row_year_minutes(row) for row in kept if not is_reserved(row.activity))
    pinned_spa = sum(time.row_year_minutes(row) for row in pinned if row.activity == "spa")
    spa = max(weeks * core_spa_minutes(service, person), pinned_spa)
    held = sum(role_minutes(service, roles[role], person) for role in fixed_roles(service, key)) * weeks
    duty = time.duty_minutes(key)
    contract = time.contract_year_minutes(key)
    if sessions + spa + held + duty <= contract + weeks / 2:
        return []
    pa = weeks * time.policy(key).pa_minutes.value
    return [
        Fault(
            "people.csv",
            service.origin.rows.get(f"people/{key}"),
            "contract_hours" if person.contract_hours is not None else "contract_pa",
            found=(
                f"pinned sessions {sessions / pa:.2f} PA + SPA {spa / pa:.2f} + roles {held / pa:.2f}"
                f" + duty {duty / pa:.2f} = {(sessions + spa + held + duty) / pa:.2f} PA"
            ),
            allowed=f"at most the contract, {contract / pa:.2f} PA",
            id=key,
            hint="Unpin a session, give up a role, or raise the contract.",
        )
    ]


def _too_many_days(time: JobTime, person: Person) -> list[Fault]:
    service, key = time.service, person.person
    days: dict[int, set[str]] = defaultdict(set)
    for row in service.job_plans:
        if row.person == key and row.pinned and row.slot != NO_FIXED_SLOT:
            for week in time.row_weeks(row):
                days[week].add(day_of(row.slot))
    most = most_days(service, person)
    worst = max((len(value) for value in days.values()), default=0)
    if worst <= most:
        return []
    return [
        Fault(
            "people.csv",
            service.origin.rows.get(f"people/{key}"),
            "max_days",
            found=f"pinned rows on {worst} days of one week",
            allowed=f"at most {most} days a week",
            id=key,
        )
    ]


def _too_many_weekends(time: JobTime, person: Person) -> list[Fault]:
    service, key = time.service, person.person
    most = most_weekends(service, person)
    weeks = {
        week
        for row in service.job_plans
        if row.person == key and row.pinned and row.slot != NO_FIXED_SLOT and is_weekend(row.slot)
        for week in time.row_weeks(row)
        if row.activity != "on_call"
    }
    if most is None or len(weeks) <= most:
        return []
    return [
        Fault(
            "people.csv",
            service.origin.rows.get(f"people/{key}"),
            "max_weekends",
            found=f"pinned rows on {len(weeks)} weekends of the cycle",
            allowed=f"at most {most}",
            id=key,
        )
    ]


def _overfull_half_days(time: JobTime, person: Person) -> list[Fault]:
    """A pinned session and the reserved time pinned with it fit in their half-day; one fault for a half-day."""
    service, key = time.service, person.person
    used: dict[tuple[str, int], float] = defaultdict(float)
    faults: dict[str, Fault] = {}
    for index, row in enumerate(service.job_plans):
        if row.person != key or not row.pinned or row.slot == NO_FIXED_SLOT:
            continue
        reserved = is_reserved(row.activity)
        minutes = (row.minutes or 0) if reserved else time.session(key, row.activity, row.slot).timed
        length = time.half_day_minutes(key, row.slot)
        for week in time.row_weeks(row):
            used[row.slot, week] += minutes
            if used[row.slot, week] > length + 1e-6 and row.slot not in faults:
                faults[row.slot] = Fault(
                    "job_plans.csv",
                    service.origin.rows.get(f"job_plans/{index}"),
                    "pinned",
                    found=f"{used[row.slot, week]:g} minutes pinned in {row.slot} of week {week}",
                    allowed=f"at most the half-day, {length} minutes",
                    id=key,
                    hint="Shorten or unpin one of the rows.",
                )
    return list(faults.values())


def _pins_that_cannot_stay(service: Service, person: Person) -> list[Fault]:
    """Admin and cover follow the sessions they belong to, and a role's time follows whoever is appointed."""
    kept = {ROLE_PREFIX + role for role in fixed_roles(service, person.person)}
    faults = []
    for index, row in enumerate(service.job_plans):
        if row.person != person.person or not row.pinned:
            continue
        follows = row.activity in ("admin", "cover")
        if follows or (row.activity.startswith(ROLE_PREFIX) and row.activity not in kept):
            faults.append(
                Fault(
                    "job_plans.csv",
                    service.origin.rows.get(f"job_plans/{index}"),
                    "pinned",
                    found=f"{row.activity} pinned",
                    allowed="sessions, spa, flexible, travel, on_call, and roles the person is appointed to and keeps",
                    id=person.person,
                    hint="Admin and cover follow the sessions: unpin the row."
                    if follows
                    else f"roles.csv does not appoint {person.person} to it for good: unpin the row, or say so there.",
                )
            )
    return faults


def _pins_in_duty_weeks(time: JobTime, person: Person) -> list[Fault]:
    """A pinned session names no week in which its owner is on duty that displaces it, or resting after it."""
    faults = []
    for index, row in enumerate(time.service.job_plans):
        if row.person != person.person or not row.pinned or row.weeks is None or is_reserved(row.activity):
            continue
        closed = sorted(set(row.weeks) & time.closed_weeks(row.person, row.activity, row.slot))
        if closed:
            faults.append(
                Fault(
                    "job_plans.csv",
                    time.service.origin.rows.get(f"job_plans/{index}"),
                    "pinned",
                    found=f"{row.activity} pinned in {row.slot} of week {closed[0]}",
                    allowed=f"weeks without duty of {person.person}, or rest after it",
                    id=person.person,
                    hint="Unpin the row or move the duty week in rotas.csv.",
                )
            )
    return faults


def _pins_of_sharers(time: JobTime) -> list[Fault]:
    """The two people of a shared post are not pinned to one half-day, overlap and whole-team sessions apart."""
    faults = []
    for pair, overlap in shared_posts(time.service).items():
        taken: dict[tuple[str, int], str] = {}
        for index, row in enumerate(time.service.job_plans):
            whole_team = row.activity in time.activities and meets_as_one(time.activities[row.activity])
            if row.person not in pair or not row.pinned or row.slot in (NO_FIXED_SLOT, *overlap) or whole_team:
                continue
            weeks = [week for week in time.row_weeks(row) if taken.get((row.slot, week), row.person) != row.person]
            if weeks:
                faults.append(
                    Fault(
                        "job_plans.csv",
                        time.service.origin.rows.get(f"job_plans/{index}"),
                        "pinned",
                        found=f"both {pair[0]} and {pair[1]} pinned in {row.slot} of week {weeks[0]}",
                        allowed="one of the two who share a post; overlap in people.csv names half-days for both",
                        id=row.person,
                    )
                )
            for week in time.row_weeks(row):
                taken.setdefault((row.slot, week), row.person)
    return faults
