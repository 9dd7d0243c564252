"""Rules on time, roles and numbers of people: contracts, floors and ceilings."""

from __future__ import annotations

import math
from collections.abc import Iterator

from capacity.check.case import Broken, Case, listed
from capacity.check.facts import EPSILON, is_reserved
from capacity.check.sharing import can_run
from capacity.service.model import ROLE_PREFIX
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR

HALF_A_MINUTE = 0.5
"""A year adds up to within half a minute for each week present."""


def _allowed_time(case: Case, person: str) -> float:
    """Contract and extra time, in minutes a week."""
    return case.facts.contract(person) + case.plan.extra_minutes.get(person, 0)


def contract(case: Case) -> Iterator[Broken]:
    """Each job plan adds up to the contract and the extra time, over the year, to half a minute a week present."""
    for person in case.people:
        weeks = case.facts.weeks_present(person)
        found, allowed = case.table.year(person).charge / weeks, _allowed_time(case, person)
        if abs(found - allowed) > HALF_A_MINUTE + EPSILON:
            yield Broken(person, f"{found:.2f} minutes a week", f"{allowed:g} minutes a week")


def extra_accepted(case: Case) -> Iterator[Broken]:
    """Nobody has more extra time than they accept, and only planned people have any."""
    for person, extra in case.plan.extra_minutes.items():
        most = case.facts.most(person) - case.facts.contract(person) if person in case.people else 0.0
        if not 0 <= extra <= most + EPSILON:
            yield Broken(person, f"{extra} extra minutes a week", f"0 to {most:g}")


def extra_budget(case: Case) -> Iterator[Broken]:
    """Extra PAs stay within the service's budget; there are none in the answer within present contracts."""
    budget = case.facts.service.objective.extra_pa_budget if case.extra_allowed else 0.0
    spent = sum(extra / case.facts.pa(person) for person, extra in case.plan.extra_minutes.items())
    if spent > budget + EPSILON:
        yield Broken(case.facts.service.id, f"{spent:.3f} extra PAs", f"{budget:g}")


def ceiling_pa(case: Case) -> Iterator[Broken]:
    """Mean PAs stay at or under the policy's ceiling, unless the contract itself is above it."""
    for person in case.people:
        facts = case.facts
        found = case.table.year(person).charge / facts.weeks_present(person)
        most = max(facts.policy(person).ceiling_pa.value * facts.pa(person), facts.contract(person))
        if found > most + HALF_A_MINUTE + EPSILON:
            yield Broken(person, f"{found / facts.pa(person):.3f} PAs", f"{most / facts.pa(person):g} PAs")


def ceiling_hours(case: Case) -> Iterator[Broken]:
    """Mean hours stay at or under 48 unless opted out, or unless the contract itself is above it."""
    for person in case.people:
        facts = case.facts
        found = case.table.year(person).clock / facts.weeks_present(person)
        most = max(facts.policy(person).ceiling_hours.value * 60, facts.contract(person))
        if not facts.people[person].opted_out_48h and found > most + HALF_A_MINUTE + EPSILON:
            yield Broken(person, f"{found / 60:.2f} hours", f"{most / 60:g} hours")


def core_spa(case: Case) -> Iterator[Broken]:
    """Each person keeps their core SPA, timetabled or flexible."""
    for person in case.people:
        found, floor = case.table.weekly_of(person, "spa"), case.facts.core_spa(person)
        if found < floor - HALF_A_MINUTE - EPSILON:
            yield Broken(person, f"{found:g} minutes a week of SPA", f"at least {floor:g}")


def roles_filled(case: Case) -> Iterator[Broken]:
    """Each role has exactly its holders, as far as there are people who may hold it."""
    for role, what in case.facts.roles.items():
        if what.max_trainees is not None:
            continue  # held by whoever has trainees: personal.supervision
        holders = case.plan.holders.get(role, ())
        possible = {p for p in case.facts.eligible(what) if p in case.people or p in what.held_by}
        wanted = max(min(case.facts.role_holders(what), len(possible)), _appointed(case, role))
        if len(set(holders)) != wanted or len(holders) != wanted:
            yield Broken(role, f"{len(holders)} holders ({listed(holders)})", f"{wanted}")


def _appointed(case: Case, role: str) -> int:
    what = case.facts.roles[role]
    return len(what.held_by) if case.facts.role_fixed(what) else 0


def role_eligible(case: Case) -> Iterator[Broken]:
    """A role is held only by people who may hold it."""
    for role, holders in case.plan.holders.items():
        able = case.facts.eligible(case.facts.roles[role])
        for person in holders:
            if person not in able:
                yield Broken(role, f"held by {person}", listed(able))


def role_appointed(case: Case) -> Iterator[Broken]:
    """People appointed to a role stay, unless the role says otherwise."""
    for role, what in case.facts.roles.items():
        gone = set(what.held_by) - set(case.plan.holders.get(role, ()))
        if gone and case.facts.role_fixed(what):
            yield Broken(role, f"{listed(gone)} without the role", f"held by {listed(what.held_by)}")


def role_time(case: Case) -> Iterator[Broken]:
    """A role's holder, and nobody else, is charged its tariff, on top of core SPA."""
    for role, what in case.facts.roles.items():
        for person in case.people if what.max_trainees is None else ():
            held = person in case.plan.holders.get(role, ())
            tariff = case.facts.role_pa(what) * case.facts.pa(person) if held else 0.0
            found = case.table.weekly_of(person, f"{ROLE_PREFIX}{role}")
            if abs(found - tariff) > HALF_A_MINUTE + EPSILON:
                yield Broken(person, f"{found:g} minutes a week for {role}", f"{tariff:g}")


def _sessions_by_week(case: Case, person: str, activity: str) -> list[int]:
    rows = [r for r in case.table.by_person.get(person, ()) if r.activity == activity and r.slot != NO_FIXED_SLOT]
    return [sum(week in case.facts.row_weeks(row) for row in rows) for week in case.facts.weeks]


def max_per_week(case: Case) -> Iterator[Broken]:
    """Nobody does more of an activity than they can a week: on average, and rounded up in any one week."""
    for (person, activity), skill in case.facts.skills.items():
        if person not in case.people or skill.max_per_week is None:
            continue
        if case.facts.annualised(activity):
            continue  # by the year: personal.annualised
        weeks = _sessions_by_week(case, person, activity)
        mean, most = sum(weeks) / case.facts.cycle, skill.max_per_week
        if mean > most + EPSILON or max(weeks) > math.ceil(most - EPSILON):
            yield Broken(person, f"{mean:g} a week of {activity}, {max(weeks)} in one", f"{most:g} a week")


def min_people(case: Case) -> Iterator[Broken]:
    """A required activity is done by its least number of people, or by all who can do it where they are fewer."""
    facts = case.facts
    for activity, what in facts.activities.items():
        if facts.requirement(activity) - facts.rota_delivery(activity) <= EPSILON:
            continue
        doing = case.table.doing(activity) | facts.on_duty_for(activity)
        slots = facts.slots_of(activity)
        able = {
            person
            for person, skilled_for in facts.skills
            if skilled_for == activity
            and person in case.people
            and any(facts.may_do(person, activity, slot) and can_run(facts, person, activity, slot) for slot in slots)
        }
        wanted = min(1 if what.min_people is None else what.min_people, len(able | (doing - set(case.people))))
        if len(doing) < wanted:
            yield Broken(activity, f"{len(doing)} people ({listed(doing)})", f"at least {wanted}")


def min_sessions_per_year(case: Case) -> Iterator[Broken]:
    """Somebody who has sessions of an activity does at least its yearly minimum."""
    facts = case.facts
    for activity, what in facts.activities.items():
        for person in case.people if what.min_sessions_per_year else ():
            rows = [row for row in case.table.by_person.get(person, ()) if row.activity == activity]
            year = sum(_sessions_by_week(case, person, activity)) / facts.cycle * facts.charged_weeks(person, activity)
            year += sum(facts.loose_delivery(row) for row in rows if row.slot == NO_FIXED_SLOT) * WEEKS_PER_YEAR
            placed = any(row.slot != NO_FIXED_SLOT for row in rows)  # rows without a half-day are kept as they are
            if facts.annualised(activity):
                placed, year = bool(rows), sum(row.per_year or 0.0 for row in rows)
            if placed and year < (what.min_sessions_per_year or 0) - 0.01:
                yield Broken(
                    person, f"{year:.2f} {activity} sessions a year", f"{what.min_sessions_per_year:g} or none"
                )


def heaviest_week(case: Case) -> Iterator[Broken]:
    """No week of the cycle is heavier than a person's mean by more than one session."""
    for person in case.people:
        rows = [
            r for r in case.table.by_person.get(person, ()) if r.slot != NO_FIXED_SLOT and not is_reserved(r.activity)
        ]
        weeks = [sum(week in case.facts.row_weeks(row) for row in rows) for week in case.facts.weeks]
        # weeks of placed duty that displaces everything are not among those the mean is of
        mean = sum(weeks) / max(1, case.facts.cycle - len(case.facts.away_on_duty(person, "spa")))
        if max(weeks) > mean + 1 + EPSILON:
            yield Broken(person, f"{max(weeks)} sessions in a week", f"{mean:g} on average, and one")


RULES = (
    contract,
    extra_accepted,
    extra_budget,
    ceiling_pa,
    ceiling_hours,
    core_spa,
    roles_filled,
    role_eligible,
    role_appointed,
    role_time,
    max_per_week,
    min_people,
    min_sessions_per_year,
)
