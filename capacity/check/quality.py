"""The quality of a plan, counted again from its rows: what makes a timetable hard to live with."""

from __future__ import annotations

from collections import defaultdict

from capacity.check.case import Case
from capacity.check.facts import is_reserved
from capacity.service.model import Activity
from capacity.units import NO_FIXED_SLOT, day_of

POINTS = {
    "irregular": 4,
    "uneven_weeks": 2,
    "other_weeks": 3,
    "room_peaks": 1,
    "second_site": 2,
    "against_preference": 1,
    "new_half_day": 1,
    "new_day": 2,
}
"""What one of each counts in the quality tier (docs/tiers.md)."""

Weeks = dict[tuple[str, str, str], set[int]]
"""(Person, activity, half-day) -> weeks of the cycle."""


def weeks_of(case: Case, now: bool) -> Weeks:
    """Sessions with a half-day of the people who are given a plan, in the plan or in the one change is counted from."""
    found: Weeks = defaultdict(set)
    for row in (case.before if now else case.table).rows:
        if row.person in case.people and row.slot != NO_FIXED_SLOT and not is_reserved(row.activity):
            found[row.person, row.activity, row.slot].update(case.facts.row_weeks(row))
    return {cell: weeks for cell, weeks in found.items() if weeks}


def recounted(case: Case) -> dict[str, int]:
    """How often each thing that costs points happens a cycle."""
    then, now = weeks_of(case, now=False), weeks_of(case, now=True)
    cycle = case.facts.cycle
    return {
        "irregular": sum(not _is_regular(len(weeks), cycle) for weeks in then.values()),
        "uneven_weeks": sum(not _is_even(sorted(weeks), cycle) for weeks in then.values()),
        "other_weeks": sum(_moved_weeks(weeks, now.get(cell, set())) for cell, weeks in then.items()),
        "room_peaks": sum(_busiest(case, then).values()),
        "second_site": _second_site(case, then),
        "against_preference": _against_preference(case, then),
        **_new_places(case, then, now),
    }


def _is_regular(count: int, cycle: int) -> bool:
    return cycle % count == 0 or any(abs(cycle / parts - count) < 1 for parts in (2, 4))


def _is_even(weeks: list[int], cycle: int) -> bool:
    around = [*weeks, weeks[0] + cycle]
    gaps = {around[number + 1] - week for number, week in enumerate(weeks)}
    return max(gaps) - min(gaps) < 2


def _moved_weeks(then: set[int], now: set[int]) -> int:
    """Weeks that are new though the session is not done more often."""
    return max(0, len(then - now) - max(0, len(then) - len(now)))


def _busiest(case: Case, then: Weeks) -> dict[frozenset[str], int]:
    """Group of rooms that stand in for each other -> sessions in its busiest half-day."""
    groups: list[set[str]] = []
    for what in case.facts.activities.values():
        if rooms := set(what.room):
            together = [group for group in groups if group & rooms]
            groups = [group for group in groups if not group & rooms] + [rooms.union(*together)]
    sessions: dict[tuple[frozenset[str], str], dict[tuple[str, str], set[int]]] = defaultdict(lambda: defaultdict(set))
    for (person, activity, slot), weeks in then.items():
        for group in groups:
            if group & set(case.facts.activities[activity].room):
                whose = "everyone" if case.facts.is_joint(activity) else person
                sessions[frozenset(group), slot][activity, whose] |= weeks
    busiest: dict[frozenset[str], int] = defaultdict(int)
    for (rooms_of, _), them in sessions.items():
        busiest[rooms_of] = max(busiest[rooms_of], sum(len(weeks) for weeks in them.values()))
    return busiest


def _second_site(case: Case, then: Weeks) -> int:
    by_day: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (person, activity, slot), weeks in then.items():
        sites = _sites(case, case.facts.activities[activity])
        if len(sites) == 1:
            by_day[person, day_of(slot)][min(sites)] += len(weeks)
    return sum(sum(by_site.values()) - max(by_site.values()) for by_site in by_day.values())


def _sites(case: Case, what: Activity) -> set[str]:
    rooms = {room.room: room for room in case.facts.service.rooms}
    if what.room:
        return {rooms[room].site or "main" for room in what.room}
    return {what.site or "main"}


def _against_preference(case: Case, then: Weeks) -> int:
    likes = {(skill.person, skill.activity): skill.preference or 0 for skill in case.facts.service.skills}
    return -sum(likes.get((person, activity), 0) * len(weeks) for (person, activity, _), weeks in then.items())


def _new_places(case: Case, then: Weeks, now: Weeks) -> dict[str, int]:
    days: dict[str, set[str]] = defaultdict(set)
    for row in case.before.rows:
        if row.slot != NO_FIXED_SLOT:
            days[row.person].add(day_of(row.slot))
    before: dict[tuple[str, str], int] = defaultdict(int)
    for (person, _, slot), weeks in now.items():
        before[person, slot] += len(weeks)
    after: dict[tuple[str, str], int] = defaultdict(int)
    for (person, _, slot), weeks in then.items():
        if days[person]:
            after[person, slot] += len(weeks)
    return {
        "new_half_day": sum(max(0, count - before[place]) for place, count in after.items()),
        "new_day": sum(count for (person, slot), count in after.items() if day_of(slot) not in days[person]),
    }


def points(case: Case) -> int:
    """Points of the plan."""
    found = recounted(case)
    return sum(POINTS[name] * count for name, count in found.items())
