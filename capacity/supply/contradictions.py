"""Contradictions that one person's inputs show alone: bad input, found before any solver runs."""

from __future__ import annotations

from collections import defaultdict

from capacity.demand.result import Demand
from capacity.errors import Fault
from capacity.service.model import ROLE_PREFIX, Person, Service
from capacity.service.resolved import (
    core_spa_minutes,
    is_planned,
    is_reserved,
    most_days,
    most_weekends,
    role_is_fixed,
    role_minutes,
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
    return tuple(faults)


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
