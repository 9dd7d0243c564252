"""What people do together in a plan: joint teams, who supervises whom, and on which site somebody is.

Written again for the checker alone, week by week, from the same page of the documentation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from capacity.check.facts import Facts
from capacity.service.model import Skill

if TYPE_CHECKING:
    from capacity.check.timetable import Timetable

SUPERVISOR_KEEPS = 0.8
"""Share of their own yield of whoever supervises, where none is given."""
Session = tuple[str, str, str, int]
"""Person, activity, half-day, week of the cycle."""


def doing_at(table: Timetable, slot: str, week: int) -> list[tuple[str, str]]:
    """(person, activity) of everyone in post at work in a half-day of a week; meetings of everyone apart."""
    return [
        (person, row.activity)
        for (person, where, when), rows in table.sessions.items()
        if (where, when) == (slot, week) and table.facts.in_post(person)
        for row in rows
        if not table.facts.is_joint(row.activity)
    ]


def supervisors_beside(facts: Facts, skill: Skill, there: list[tuple[str, str]]) -> tuple[str, list[str]] | None:
    """The first supervisor a supervised session names who is there on its site, with what they do; None for nobody."""
    for name in skill.supervised_by:
        chosen = [name] if name in facts.people else [who for who in facts.people if who != skill.person]
        for who in chosen:
            found = [
                activity
                for person, activity in there
                if person == who
                and facts.near(activity, skill.activity)
                and (name in facts.people or (activity == name and not facts.is_supervised(who, name)))
            ]
            if found:
                return who, found
    return None


def kept_yields(table: Timetable) -> dict[Session, float]:
    """Sessions of those who supervise -> the share of their own yield they keep."""
    facts = table.facts
    kept: dict[Session, float] = {}
    if not any(skill.supervised_by for skill in facts.skills.values()):
        return kept
    for slot in facts.half_days:
        for week in facts.weeks:
            there = doing_at(table, slot, week)
            for pair in there:
                skill = facts.skills.get(pair)
                beside = supervisors_beside(facts, skill, there) if skill and skill.supervised_by else None
                if skill is None or beside is None:
                    continue
                share = SUPERVISOR_KEEPS if skill.supervisor_output is None else skill.supervisor_output
                for activity in beside[1]:
                    key = (beside[0], activity, slot, week)
                    kept[key] = min(share, kept.get(key, 1.0))
    return kept


def groups_there(table: Timetable, activity: str, slot: str, week: int) -> dict[str, list[str]]:
    """Group of a joint team -> people in post who have a session of it in a half-day of a week."""
    found: dict[str, list[str]] = {group: [] for group in table.facts.places(activity)}
    for (person, where, when), rows in table.sessions.items():
        if (where, when) == (slot, week) and table.facts.in_post(person):
            group = table.facts.place_of(person, activity)
            if group is not None and any(row.activity == activity for row in rows):
                found[group].append(person)
    return found


def whole_sessions_of(table: Timetable, activity: str, slot: str, week: int) -> int:
    """Sessions for which every group is there in full."""
    there = groups_there(table, activity, slot, week)
    return min(len(there[group]) // count for group, count in table.facts.places(activity).items())


def sessions_at(
    table: Timetable, activity: str, slot: str, week: int, tested: frozenset[str], without: bool = False
) -> int:
    """Sessions of an activity that a half-day of a week has room and equipment for.

    ``tested`` are the people whose plans are tested: ``without`` them only those of the others are counted. A meeting
    of everyone is one session; a joint team's are as many as the tested people fill, or the others by themselves.
    """
    facts = table.facts
    there = {
        person
        for (person, where, when), rows in table.sessions.items()
        if (where, when) == (slot, week) and facts.in_post(person) and any(row.activity == activity for row in rows)
    }
    if without:
        there -= tested
    if facts.is_joint(activity):
        return int(bool(there))
    needed = facts.places(activity)
    if not needed:
        return len(there)
    groups: dict[str, list[str]] = {group: [] for group in needed}
    for person in there:
        if (group := facts.place_of(person, activity)) is not None:
            groups[group].append(person)
    others = min(len([who for who in groups[group] if who not in tested]) // needed[group] for group in needed)
    filled = max(-(-len([who for who in groups[group] if who in tested]) // needed[group]) for group in needed)
    return max(others, filled)


def joint_delivered(table: Timetable, activity: str) -> dict[str, float]:
    """Half-day -> full sessions a calendar week of a joint team: what the least present of its groups brings."""
    facts = table.facts
    kept = table.kept
    delivered = {}
    for slot in sorted({row.slot for row in table.rows if row.activity == activity and row.slot in facts.half_days}):
        sessions = sum(whole_sessions_of(table, activity, slot, week) for week in facts.weeks)
        brought = []
        for group, count in facts.places(activity).items():
            planned, others = [], []
            for week in facts.weeks:
                for person in groups_there(table, activity, slot, week)[group]:
                    row = next(r for r in table.sessions[person, slot, week] if r.activity == activity)
                    each = facts.output(person, activity)
                    each *= facts.session(person, activity, slot, row.minutes).fraction
                    if facts.planned(person):
                        share = kept.get((person, activity, slot, week), 1.0)
                        planned.append(each * facts.presence(person, activity) * share)
                    else:
                        others.append(each)
            seats = count * sessions
            if len(planned) >= seats:
                total = seats * sum(planned) / len(planned) if planned else 0.0
            else:
                total = sum(planned) + (seats - len(planned)) * sum(others) / len(others)
            brought.append(total / count)
        delivered[slot] = min(brought) / facts.cycle
    return delivered


def sites_of_day(table: Timetable, person: str, week: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Day -> (half-day, site) of a person's sessions of that week, in order; sites that are not known left out."""
    facts = table.facts
    days: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for slot in facts.slots_in_order:
        for row in table.sessions.get((person, slot, week), ()):
            site = facts.site(row.activity)
            if site is not None:
                days[slot.split()[0]].append((slot, site))
    yield from days.items()


def travel_needed(table: Timetable, person: str) -> float:
    """Minutes a week of travel between sites that a person's sessions need, mean of the cycle."""
    total = 0.0
    for week in table.facts.weeks:
        for _, stops in sites_of_day(table, person, week):
            places = [site for _, site in stops]
            for number in range(1, len(places)):
                total += table.facts.travel(places[number - 1], places[number]) or 0.0
    return total / table.facts.cycle


def can_run(facts: Facts, person: str, activity: str, slot: str) -> bool:
    """Whether a session of somebody can run there at all: every group of its team, and a supervisor, can be there."""
    fixed: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in facts.service.job_plans:
        known = row.activity in facts.activities and facts.in_post(row.person)
        if row.slot == slot and known and not facts.planned(row.person):
            fixed[row.person, row.activity].update(facts.row_weeks(row))

    def may_be(who: str, what: str) -> bool:
        if not facts.planned(who):
            return (who, what) in fixed
        return (who, what) in facts.skills and facts.may_do(who, what, slot)

    for group, count in facts.places(activity).items():
        planned = [who for who in facts.people if facts.planned(who) and facts.place_of(who, activity) == group]
        others = [
            weeks for (who, what), weeks in fixed.items() if what == activity and facts.place_of(who, what) == group
        ]
        at_once = max((sum(week in weeks for weeks in others) for week in facts.weeks), default=0)
        if sum(may_be(who, activity) for who in planned) + at_once < count:
            return False
    skill = facts.skills.get((person, activity))
    if skill is None or not skill.supervised_by or facts.is_joint(activity):
        return True
    there = [(who, what) for who in facts.people for what in facts.activities
             if not facts.is_joint(what) and may_be(who, what)]  # fmt: skip
    return supervisors_beside(facts, skill, there) is not None
