"""Rules on one person's year and on how much changes."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.check.case import Broken, Case
from capacity.check.contracts import HALF_A_MINUTE, heaviest_week
from capacity.check.facts import EPSILON, is_reserved
from capacity.check.results import changed
from capacity.outcome import Outcome, PersonChange
from capacity.units import NO_FIXED_SLOT


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


RULES = (weekends, out_of_hours, max_changes, max_changes_in_all)
OUTCOME_RULES = (heavy_weeks_named,)
