"""Rules on one person's year and on how much changes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from capacity.check.case import Broken, Case
from capacity.check.contracts import HALF_A_MINUTE, heaviest_week
from capacity.check.facts import EPSILON, is_reserved
from capacity.check.results import changed
from capacity.outcome import Outcome, PersonChange
from capacity.service.model import ROLE_PREFIX
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR


def weekends(case: Case) -> Iterator[Broken]:
    """Nobody is in on more weekends of the cycle than their most; Saturday and Sunday of a week are one weekend."""
    for person in case.people:
        own = case.facts.people[person].max_weekends
        most = case.facts.service.slots.max_weekends if own is None else own
        there = {
            week
            for row in case.table.by_person.get(person, ())
            if row.slot.startswith(("Sat ", "Sun ")) and row.activity != "on_call"
            for week in case.facts.row_weeks(row)
        }
        if most is not None and len(there) > most:
            yield Broken(person, f"weekends of weeks {', '.join(map(str, sorted(there)))}", f"{most} of the cycle")


def out_of_hours(case: Case) -> Iterator[Broken]:
    """Sessions in premium time are within the policy's share of the contract and extra time."""
    facts = case.facts
    for person in case.people:
        share = facts.policy(person).out_of_hours_share
        if share is None:
            continue
        found = 0.0
        for row in case.table.by_person.get(person, ()):
            if row.slot == NO_FIXED_SLOT or is_reserved(row.activity) or row.slot not in facts.service.slots.premium:
                continue
            session = facts.session(person, row.activity, row.slot, row.minutes)
            weeks = len(facts.row_weeks(row)) / facts.cycle * facts.charged_weeks(person, row.activity)
            found += weeks * (session.charge - session.clock + session.timed) / facts.weeks_present(person)
        most = share.value * (facts.contract(person) + case.plan.extra_minutes.get(person, 0))
        if found > most + HALF_A_MINUTE + EPSILON:
            yield Broken(
                person, f"{found:.0f} minutes a week in premium time", f"{most:.0f}, {share.value:.0%} of work"
            )


def _sessions_changed(change: PersonChange) -> int:
    return change.moved + change.dropped + change.added


def duty_weeks(case: Case) -> Iterator[Broken]:
    """Where duty stands in weeks of the cycle, nothing it displaces stands there, nor anything in rest after it."""
    facts = case.facts
    for person in case.people:
        for row in case.table.by_person.get(person, ()):
            reserved = is_reserved(row.activity)
            whole_team = not reserved and facts.is_joint(row.activity)
            if row.slot == NO_FIXED_SLOT or row.activity == "on_call" or whole_team or (reserved and row.pinned):
                continue
            # a session of all weeks means all those without duty; reserved time stands in each week it names
            named = set(row.weeks or ()) if not reserved else set(facts.row_weeks(row))
            duty = named & facts.away_on_duty(person, "spa" if reserved else row.activity)
            rest = named & facts.resting(person, row.slot)
            for weeks, why in ((duty, "on duty"), (rest, "resting")):
                if weeks:
                    found = f"{row.activity} at {row.slot} in weeks {', '.join(map(str, sorted(weeks)))}, {why}"
                    yield Broken(person, found, "nothing then")


def job_share(case: Case) -> Iterator[Broken]:
    """Two people who share a post are not both in, but in half-days of overlap and at whole-team sessions."""
    facts = case.facts

    def places(person: str) -> set[tuple[str, int]]:
        return {
            (row.slot, week)
            for row in case.table.by_person.get(person, ())
            if row.slot != NO_FIXED_SLOT and row.activity != "on_call"
            if is_reserved(row.activity) or not facts.is_joint(row.activity)
            for week in facts.row_weeks(row)
        }

    for person, who in facts.people.items():
        other = who.shares_with
        if other is None or not {person, other} & set(case.people):
            continue
        if facts.people[other].shares_with is not None and other < person:
            continue  # said once for the pair
        overlap = {*who.overlap, *facts.people[other].overlap}
        for slot, week in sorted(places(person) & places(other)):
            if slot not in overlap:
                yield Broken(person, f"in with {other} at {slot} in week {week}", "one of the two who share the post")


def job_share_pattern(case: Case) -> Iterator[Broken]:
    """One of two who share a post with a pattern has a session in each of its half-days, or pinned time, or duty."""
    facts = case.facts

    def there(person: str) -> set[tuple[str, int]]:
        proposed = person in case.people
        return {
            (row.slot, week)
            for row in case.table.by_person.get(person, ())
            if row.slot != NO_FIXED_SLOT and row.activity != "on_call"
            if row.pinned or not proposed or not is_reserved(row.activity)
            for week in facts.row_weeks(row)
        }

    for person, who in facts.people.items():
        other = who.shares_with
        if other is None or not {person, other} & set(case.people):
            continue
        if facts.people[other].shares_with is not None and other < person:
            continue  # said once for the pair
        on_duty = {
            week for rota in facts.service.rotas for one in (person, other) for week in facts.weeks_on(one, rota)
        }
        covered = there(person) | there(other)
        for slot in dict.fromkeys((*who.pattern, *facts.people[other].pattern)):
            for week in sorted(set(range(1, facts.cycle + 1)) - on_duty):
                if (slot, week) not in covered:
                    found = f"neither {person} nor {other} with a session at {slot} in week {week}"
                    yield Broken(person, found, "one of the two")


def trainees(case: Case) -> Iterator[Broken]:
    """Trainees who are divided are all supervised, and each supervisor is charged the tariff of their own."""
    facts = case.facts
    for role, what in facts.roles.items():
        if what.max_trainees is None:
            continue
        holders, trainees = case.plan.holders.get(role, ()), 0
        for person in facts.people:
            minutes, one = case.table.weekly_of(person, f"{ROLE_PREFIX}{role}"), facts.role_pa(what) * facts.pa(person)
            number = round(minutes / one) if one else 0
            trainees += number
            least = 1 if person in holders and person in case.people else 0
            most = what.max_trainees if person in holders or person not in case.people else 0
            if abs(minutes - number * one) > HALF_A_MINUTE + EPSILON or not least <= number <= most:
                allowed = f"{least} to {most} trainees of {one:g} minutes"
                yield Broken(person, f"{minutes:g} minutes a week for {role}", allowed)
        if trainees != (what.trainees or 0):
            yield Broken(role, f"{trainees} trainees supervised", f"{what.trainees or 0}")


def annualised(case: Case) -> Iterator[Broken]:
    """Sessions decided by the year are whole, of skilled people, within their most a week, and have no half-day."""
    facts = case.facts
    for person in case.people:
        for row in case.table.by_person.get(person, ()):
            if is_reserved(row.activity) or not facts.annualised(row.activity):
                continue
            skill = facts.skills.get((person, row.activity))
            most = 0.0 if skill is None else (skill.max_per_week or math.inf) * WEEKS_PER_YEAR
            whole = row.slot == NO_FIXED_SLOT and row.per_year is not None and row.minutes is None
            if not whole or row.per_year != round(row.per_year or 0) or (row.per_year or 0) > most + EPSILON:
                found = f"{row.activity} at {row.slot}, {row.per_year} a year"
                yield Broken(person, found, f"slot - and whole sessions a year up to {most:g}")


def max_changes(case: Case) -> Iterator[Broken]:
    """No more of a person's sessions are moved, dropped and added than may be."""
    for person in case.people:
        most = case.facts.people[person].max_changes
        found = _sessions_changed(changed(case, person, case.now, case.held_now))
        if most is not None and found > most:
            yield Broken(person, f"{found} sessions a cycle changed", f"{most}")


def max_changes_in_all(case: Case) -> Iterator[Broken]:
    """No more sessions of the team are moved, dropped and added than may be."""
    most = case.facts.service.objective.max_changes
    found = sum(_sessions_changed(changed(case, person, case.now, case.held_now)) for person in case.people)
    if most is not None and found > most:
        yield Broken(case.facts.service.id, f"{found} sessions a cycle changed", f"{most}")


def heavy_weeks_named(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """A week heavier for somebody than the mean by more than one session is said, and no other is."""
    said = {finding.subject for finding in outcome.findings if finding.rule == "heaviest_week"}
    heavy = {broken.subject: broken.found for broken in heaviest_week(case)}
    for person in sorted(said | set(heavy)):
        if person not in said:
            yield Broken(person, f"nothing said of {heavy[person]}", "a finding that names it")
        elif person not in heavy:
            yield Broken(person, "a heavy week", "none: no week is heavier than the mean and one session")


def leave_named(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """A covered or rapid activity with more sessions at a time than leave leaves people for is said, and no other."""
    facts, most = case.facts, case.facts.service.calendar.max_simultaneous_leave
    said = {finding.subject for finding in outcome.findings if finding.rule == "leave_leaves_too_few"}
    short = set()
    for name, what in facts.activities.items():
        if most is None or facts.is_joint(name) or not (facts.covered(name) or facts.tier(what) == "rapid"):
            continue
        able = [person for person in facts.people if (person, name) in facts.skills and facts.in_post(person)]
        running: dict[tuple[str, int], int] = {}
        for (person, slot, week), rows in case.table.sessions.items():
            if facts.in_post(person):
                at_once = sum(row.activity == name for row in rows)
                running[slot, week] = running.get((slot, week), 0) + at_once
        for (slot, _), at_once in running.items():
            if at_once > max(0, sum(facts.may_be_given(person, slot) for person in able) - most):
                short.add(name)
    for name in sorted(said ^ short):
        found = "said to be left with too few people" if name in said else "nothing said of too few people left"
        yield Broken(name, found, f"what {most} people on leave at once leave" if most is not None else "no such limit")


RULES = (
    weekends, out_of_hours, duty_weeks, job_share, job_share_pattern, trainees, annualised, max_changes,
    max_changes_in_all,
)  # fmt: skip
OUTCOME_RULES = (heavy_weeks_named, leave_named)
