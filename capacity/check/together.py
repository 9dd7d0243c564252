"""Rules on people, places and things in the same half-day of a week: one small function each, a sentence each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from capacity.check.case import Broken, Case, listed
from capacity.check.facts import EPSILON
from capacity.check.sharing import (
    doing_at,
    groups_there,
    sessions_at,
    sites_of_day,
    supervisors_beside,
    travel_needed,
)
from capacity.units import NO_FIXED_SLOT

HALF_A_MINUTE = 0.5
ByWeek = dict[tuple[str, str, str], list[int]]
"""Subject, what was found, what is allowed -> weeks of the cycle."""


def _where(case: Case, activity: str) -> list[tuple[str, int]]:
    """Half-days and weeks in which an activity runs in a plan."""
    places = case.table.sessions.items()
    return sorted({(slot, week) for (_, slot, week), rows in places if any(row.activity == activity for row in rows)})


def _in_weeks(broken: ByWeek) -> Iterator[Broken]:
    """What is broken in several weeks, said once."""
    for (subject, found, allowed), weeks in broken.items():
        which = sorted(set(weeks))
        said = f"week {which[0]}" if len(which) == 1 else f"weeks {';'.join(map(str, which))}"
        yield Broken(subject, f"{found} in {said}", allowed)


def joint_team(case: Case) -> Iterator[Broken]:
    """A joint session has the people of every group it needs, and nobody else, together in one half-day and week."""
    facts = case.facts
    broken: ByWeek = defaultdict(list)
    for activity in facts.activities:
        needed = facts.places(activity)
        for slot, week in _where(case, activity) if needed else ():
            there = groups_there(case.table, activity, slot, week)
            tested = {group: sum(person in case.people for person in people) for group, people in there.items()}
            least = max(-(-tested[group] // count) for group, count in needed.items())
            most = min(len(there[group]) // count for group, count in needed.items())
            if least > most:
                found = ", ".join(f"{len(people)} of {group}" for group, people in there.items())
                allowed = ", ".join(f"{count} of {group}" for group, count in needed.items())
                broken[activity, f"{found} at {slot}", f"{allowed} for each session"].append(week)
    yield from _in_weeks(broken)


def team_member(case: Case) -> Iterator[Broken]:
    """Only people of the groups an activity's team names take part in it."""
    facts = case.facts
    for person in case.people:
        for row in case.table.by_person.get(person, ()):
            named = row.activity in facts.activities and not facts.takes_part(person, row.activity)
            if named and row.slot != NO_FIXED_SLOT:
                yield Broken(person, f"{row.activity} at {row.slot}", "people of the groups of its team")


def supervisor_there(case: Case) -> Iterator[Broken]:
    """Somebody supervised has one of their supervisors at work in the same half-day, week and site."""
    broken: ByWeek = defaultdict(list)
    for (person, slot, week), rows in case.table.sessions.items():
        for row in rows if person in case.people else ():
            skill = case.facts.skills.get((person, row.activity))
            if skill is None or not skill.supervised_by or case.facts.is_joint(row.activity):
                continue
            if supervisors_beside(case.facts, skill, doing_at(case.table, slot, week)) is None:
                found = f"no supervisor beside {row.activity} at {slot}"
                broken[person, found, listed(skill.supervised_by)].append(week)
    yield from _in_weeks(broken)


def _pinned_sites(case: Case, person: str, week: int) -> set[tuple[str, str]]:
    """(half-day, site) at which somebody is pinned in a week."""
    return {
        (row.slot, case.facts.site(row.activity) or "")
        for row in case.facts.service.job_plans
        if row.pinned
        and row.person == person
        and row.activity in case.facts.activities
        and row.slot != NO_FIXED_SLOT
        and week in case.facts.row_weeks(row)
    }


def one_site(case: Case) -> Iterator[Broken]:
    """Nobody is on two sites in a day where no travel time is given, unless pinned to both."""
    broken: ByWeek = defaultdict(list)
    for person in case.people:
        for week in case.facts.weeks:
            pinned = _pinned_sites(case, person, week)
            for day, stops in sites_of_day(case.table, person, week):
                for number, here in enumerate(stops):
                    for other in stops[number + 1 :]:
                        apart = here[1] != other[1] and case.facts.travel(here[1], other[1]) is None
                        if apart and not {here, other} <= pinned:
                            found = f"{here[1]} and {other[1]} on {day}"
                            broken[person, found, "one site a day, or minutes of travel in sites.csv"].append(week)
    yield from _in_weeks(broken)


def travel_charged(case: Case) -> Iterator[Broken]:
    """Travel between sites is charged, once for each move."""
    for person in case.people:
        needed, found = travel_needed(case.table, person), case.table.weekly_of(person, "travel")
        if found < needed - HALF_A_MINUTE - EPSILON:
            yield Broken(person, f"{found:g} minutes a week of travel", f"at least {needed:g}")


def equipment_enough(case: Case) -> Iterator[Broken]:
    """No more sessions use equipment in a half-day of a week than there is of it, whatever their rooms."""
    facts = case.facts
    tested = frozenset(case.people)
    for name, item in facts.equipment.items():
        used: dict[tuple[str, int], int] = defaultdict(int)
        by_others: dict[tuple[str, int], int] = defaultdict(int)
        for activity, what in facts.activities.items():
            for slot, week in _where(case, activity) if name in what.equipment else ():
                used[slot, week] += sessions_at(case.table, activity, slot, week, tested)
                by_others[slot, week] += sessions_at(case.table, activity, slot, week, tested, without=True)
        for (slot, week), sessions in sorted(used.items()):
            there = facts.count_at(item, slot, week)
            if sessions > max(there, by_others[slot, week]):
                yield Broken(name, f"{sessions} sessions at {slot} in week {week}", f"{there}")


RULES = (
    joint_team,
    team_member,
    supervisor_there,
    one_site,
    travel_charged,
    equipment_enough,
)
