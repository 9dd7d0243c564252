"""What was asked of one plan beyond the service: locks, and what is forbidden."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.check.case import Broken, Case, listed
from capacity.service.wishes import Mark


def _weeks_of(case: Case, mark: Mark, before: bool) -> set[int]:
    """Weeks in which a person does something at a half-day, in the plan or in the plan before."""
    table = case.before if before else case.table
    return {
        week
        for row in table.by_person.get(mark.person, ())
        if (row.activity, row.slot) == (mark.activity, mark.slot)
        for week in case.facts.row_weeks(row)
    }


def locks_kept(case: Case) -> Iterator[Broken]:
    """What is locked stands in the plan, in its weeks."""
    for lock in case.wishes.locks:
        if lock.role is not None:
            if lock.person not in case.plan.holders.get(lock.role, ()):
                yield Broken(lock.role, listed(case.plan.holders.get(lock.role, ())), f"{lock.person} among them")
            continue
        wanted = set(lock.weeks or _weeks_of(case, lock, before=True) or case.facts.weeks)
        if missing := wanted - _weeks_of(case, lock, before=False):
            weeks = ", ".join(map(str, sorted(missing)))
            yield Broken(lock.person, f"{lock.activity} at {lock.slot} missing in weeks {weeks}", "what is locked")


def forbids_kept(case: Case) -> Iterator[Broken]:
    """What is forbidden does not stand in the plan."""
    for mark in case.wishes.forbids:
        if mark.role is not None:
            if mark.person in case.plan.holders.get(mark.role, ()):
                yield Broken(mark.role, f"held by {mark.person}", "anyone else")
            continue
        if found := _weeks_of(case, mark, before=False) & set(mark.weeks or case.facts.weeks):
            weeks = ", ".join(map(str, sorted(found)))
            yield Broken(mark.person, f"{mark.activity} at {mark.slot} in weeks {weeks}", "not there: it is forbidden")


RULES = (locks_kept, forbids_kept)
