"""Rules on where things stand in the timetable: one small function each, a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from capacity.check.case import Broken, Case, listed
from capacity.check.facts import EPSILON, is_reserved
from capacity.check.rooms import unplaced
from capacity.check.sharing import sessions_at
from capacity.check.timetable import Timetable
from capacity.service.model import ROLE_PREFIX, JobPlanRow
from capacity.units import DAYS, NO_FIXED_SLOT, day_of


def _where(row: JobPlanRow) -> str:
    weeks = "" if row.weeks is None else f" in weeks {';'.join(map(str, row.weeks))}"
    return f"{row.activity} at {row.slot}{weeks}"


def _placed_rows(case: Case) -> Iterator[JobPlanRow]:
    """Rows with a half-day of the people whose plans are tested."""
    for person in case.people:
        yield from (row for row in case.table.by_person.get(person, ()) if row.slot != NO_FIXED_SLOT)


def _session_rows(case: Case) -> Iterator[JobPlanRow]:
    return (row for row in _placed_rows(case) if not is_reserved(row.activity))


def known_ids(case: Case) -> Iterator[Broken]:
    """Every person, activity, role, room, half-day and week in a plan is one the service knows."""
    facts = case.facts
    for row in case.plan.rows:
        if row.person not in facts.people:
            yield Broken(row.person, "an unknown person", listed(facts.people))
        if row.activity.startswith(ROLE_PREFIX):
            if row.activity.removeprefix(ROLE_PREFIX) not in facts.roles:
                yield Broken(row.person, f"the unknown role {row.activity}", listed(facts.roles))
        elif not is_reserved(row.activity) and row.activity not in facts.activities:
            yield Broken(row.person, f"the unknown activity {row.activity}", listed(facts.activities))
        if row.slot != NO_FIXED_SLOT and row.slot not in facts.half_days:
            yield Broken(row.person, f"{row.activity} at {row.slot}", "the half-days of the service, or -")
        if row.weeks is not None and (row.slot == NO_FIXED_SLOT or not set(row.weeks) <= set(facts.weeks)):
            yield Broken(row.person, _where(row), f"weeks 1 to {facts.cycle}, and none without a half-day")
        if row.weeks is not None and (not row.weeks or len(set(row.weeks)) < len(row.weeks)):
            yield Broken(row.person, _where(row), "each week once, and at least one")
    for role, holders in case.plan.holders.items():
        if role not in facts.roles or not set(holders) <= set(facts.people):
            yield Broken(role, f"held by {listed(holders)}", "known roles held by known people")
    for person in case.plan.extra_minutes:
        if person not in facts.people:
            yield Broken(person, "an unknown person with extra time", listed(facts.people))
    for (person, activity, slot, week), room in case.plan.rooms.items():
        known = person in facts.people and activity in facts.activities and room in facts.rooms
        if not known or slot not in facts.half_days or week not in facts.weeks:
            yield Broken(person, f"room {room} for {activity} at {slot} in week {week}", "known ids only")


def everyone_planned(case: Case) -> Iterator[Broken]:
    """Every planned person has a job plan."""
    for person in case.people:
        if not case.table.by_person.get(person):
            yield Broken(person, "no rows", "a job plan")


def others_unchanged(case: Case) -> Iterator[Broken]:
    """People who are not planned keep their rows as they are; a post nobody is in may have none."""

    def rows(table: Timetable, person: str) -> Counter[tuple[object, ...]]:
        return Counter(
            (row.activity, row.slot, row.slot != NO_FIXED_SLOT and case.facts.row_weeks(row), row.minutes, row.per_year)
            for row in table.by_person.get(person, ())
        )

    for person in case.facts.people:
        if person in case.people:
            continue
        found, now = rows(case.table, person), rows(case.now, person)
        if found != now and (found or case.facts.in_post(person)):
            yield Broken(person, f"{found.total()} rows, not those in force", f"the {now.total()} rows in force")


def loose_unchanged(case: Case) -> Iterator[Broken]:
    """Time with no fixed half-day stays as it is, but for activities decided by the year."""

    def rows(table: Timetable, person: str) -> Counter[tuple[object, ...]]:
        return Counter(
            (row.activity, row.minutes, row.per_year)
            for row in table.by_person.get(person, ())
            if row.slot == NO_FIXED_SLOT and not is_reserved(row.activity) and not case.facts.annualised(row.activity)
        )

    for person in case.people:
        found, now = rows(case.table, person), rows(case.now, person)
        if found != now:
            yield Broken(person, f"{sorted(map(str, found))}", f"{sorted(map(str, now))}")


def once_per_half_day(case: Case) -> Iterator[Broken]:
    """A person does at most one activity in a half-day of a week."""
    for (person, slot, week), rows in case.table.sessions.items():
        if person in case.people and len(rows) > 1:
            names = " and ".join(row.activity for row in rows)
            yield Broken(person, f"{names} at {slot} in week {week}", "one activity")


def half_day_holds(case: Case) -> Iterator[Broken]:
    """Sessions and reserved time fit in their half-day."""
    for place, rows in case.table.reserved.items():
        person, slot, week = place
        if person not in case.people:
            continue
        used = case.table.timed(place) + sum(case.table.reserved_minutes(row, week) for row in rows)
        length = case.facts.half_day(person, slot)
        if used > length + EPSILON:
            yield Broken(person, f"{used:g} minutes at {slot} in week {week}", f"{length} minutes")


def activity_slots(case: Case) -> Iterator[Broken]:
    """An activity runs only in its half-days."""
    for row in _session_rows(case):
        allowed = case.facts.slots_of(row.activity)
        if row.slot not in allowed:
            yield Broken(row.person, _where(row), "; ".join(allowed))


def session_minutes(case: Case) -> Iterator[Broken]:
    """A session is as long as its activity says, or as the half-day where that is shorter, or as its pin says."""
    pinned = {
        (row.person, row.activity, row.slot, row.minutes)
        for row in case.facts.service.job_plans
        if row.pinned and row.minutes is not None
    }
    for row in _session_rows(case):
        if (row.person, row.activity, row.slot, row.minutes) in pinned:
            continue
        timed = case.facts.session(row.person, row.activity, row.slot).timed
        if row.minutes is not None and abs(row.minutes - timed) > EPSILON:
            yield Broken(row.person, f"{_where(row)} of {row.minutes:g} minutes", f"{timed:g} minutes")


def _sessions_in_rooms(case: Case, people: set[str]) -> dict[tuple[str, int], list[tuple[str, ...]]]:
    """Rooms each session can use, by half-day and week; a session of several people is one session."""
    found: dict[tuple[str, int], list[tuple[str, ...]]] = {}
    joint: set[tuple[str, str, int]] = set()
    for (person, slot, week), rows in case.table.sessions.items():
        for row in rows if person in people and case.facts.in_post(person) else ():
            rooms = case.facts.activities[row.activity].room
            if not rooms or (row.activity, slot, week) in joint:
                continue
            sessions = 1
            if case.facts.places(row.activity):
                others = people.isdisjoint(case.people)
                tested = frozenset(case.people)
                sessions = sessions_at(case.table, row.activity, slot, week, tested, without=others)
            if case.facts.is_joint(row.activity) or case.facts.places(row.activity):
                joint.add((row.activity, slot, week))
            found.setdefault((slot, week), []).extend([rooms] * sessions)
    return found


def rooms_enough(case: Case) -> Iterator[Broken]:
    """In every half-day of every week each session that needs a room finds one."""
    facts = case.facts
    fixed = _sessions_in_rooms(case, set(facts.people) - set(case.people))
    for (slot, week), sessions in sorted(_sessions_in_rooms(case, set(facts.people)).items()):
        counts = {room: facts.room_count(room, slot, week) for room in facts.rooms}
        without = unplaced(sessions, counts)
        if without and without > unplaced(fixed.get((slot, week), []), counts):
            there = sum(counts.get(room, 0) for room in {room for rooms in sessions for room in rooms})
            found = f"{len(sessions)} sessions, {without} without a room"
            yield Broken(f"{slot} in week {week}", found, f"{there} rooms")


def rooms_named(case: Case) -> Iterator[Broken]:
    """Where a plan names the rooms, each session has one it can use and no room is used twice at a time."""
    facts, named = case.facts, case.plan.rooms
    if not named:
        return
    users: dict[tuple[str, str, int], set[tuple[str, str]]] = {}
    for (person, activity, slot, week), room in named.items():
        session = (activity, "everyone" if facts.is_joint(activity) else person)
        if facts.places(activity):
            session = (activity, _joint_session(case, room, (person, activity, slot, week)))
        users.setdefault((room, slot, week), set()).add(session)
        if room not in facts.activities[activity].room:
            yield Broken(person, f"{activity} in {room}", "; ".join(facts.activities[activity].room) or "no room")
        if not any(row.activity == activity for row in case.table.sessions.get((person, slot, week), ())):
            yield Broken(person, f"a room for {activity} at {slot} in week {week}", "rooms for sessions that run")
    for (room, slot, week), sessions in users.items():
        if len(sessions) > facts.room_count(room, slot, week):
            there = facts.room_count(room, slot, week)
            yield Broken(room, f"{len(sessions)} sessions at {slot} in week {week}", f"{there}")
    for row in _session_rows(case):
        for week in facts.row_weeks(row):
            key = (row.person, row.activity, row.slot, week)
            if facts.activities[row.activity].room and key not in named:
                yield Broken(row.person, f"no room named for {row.activity} at {row.slot} in week {week}", "a room")


def _joint_session(case: Case, room: str, place: tuple[str, str, str, int]) -> str:
    """Which of the joint sessions of a room somebody is in: people of a group fill the places of one after another."""
    person, activity, slot, week = place
    group = case.facts.place_of(person, activity)
    if group is None:
        return person
    there = sorted(
        who
        for (who, what, where, when), other in case.plan.rooms.items()
        if (what, where, when, other) == (activity, slot, week, room) and case.facts.place_of(who, activity) == group
    )
    return f"session {there.index(person) // case.facts.places(activity)[group] + 1}"


def joint_in_one_room(case: Case) -> Iterator[Broken]:
    """A whole-team session is in one room."""
    used: dict[tuple[str, str, int], set[str]] = {}
    for (_, activity, slot, week), room in case.plan.rooms.items():
        if case.facts.is_joint(activity):
            used.setdefault((activity, slot, week), set()).add(room)
    for (activity, slot, week), rooms in used.items():
        if len(rooms) > 1:
            yield Broken(activity, f"{listed(rooms)} at {slot} in week {week}", "one room")


def skills(case: Case) -> Iterator[Broken]:
    """People do only what they are skilled for."""
    for row in _session_rows(case):
        if (row.person, row.activity) not in case.facts.skills:
            able = (person for person, activity in case.facts.skills if activity == row.activity)
            yield Broken(row.person, _where(row), f"people skilled for {row.activity}: {listed(able)}")


def unavailable(case: Case) -> Iterator[Broken]:
    """Nothing is placed in a half-day somebody never works."""
    for row in _placed_rows(case):
        if row.slot in case.facts.people[row.person].unavailable:
            yield Broken(row.person, _where(row), f"nothing at {row.slot}")


def premium_consent(case: Case) -> Iterator[Broken]:
    """Premium half-days are given only to those who consent."""
    for row in _placed_rows(case):
        if row.slot in case.facts.service.slots.premium and not case.facts.people[row.person].premium_consent:
            yield Broken(row.person, _where(row), "plain time, or the person's consent")


def pins(case: Case) -> Iterator[Broken]:
    """What is pinned stays, in its weeks."""
    facts = case.facts
    for pin in facts.service.job_plans:
        if not pin.pinned or pin.person not in case.people:
            continue
        same = [r for r in case.table.by_person.get(pin.person, ()) if (r.activity, r.slot) == (pin.activity, pin.slot)]
        if pin.slot == NO_FIXED_SLOT:
            kept = sum(row.minutes or 0 for row in same) >= (pin.minutes or 0) - EPSILON and bool(same)
            kept = kept and sum(row.per_year or 0 for row in same) >= (pin.per_year or 0) - EPSILON
            if not kept:
                yield Broken(pin.person, f"{pin.activity} with less time than pinned", "what is pinned")
            continue
        for week in facts.row_weeks(pin):
            there = [row for row in same if week in facts.row_weeks(row)]
            reserved = is_reserved(pin.activity)
            minutes = sum(case.table.reserved_minutes(row, week) for row in there) if reserved else 0.0
            if not there or (reserved and minutes < (pin.minutes or 0) - EPSILON):
                yield Broken(pin.person, f"{pin.activity} at {pin.slot} missing in week {week}", "what is pinned")


def joint_everyone(case: Case) -> Iterator[Broken]:
    """A whole-team session has everyone of its groups who is skilled and may be there, in each week it runs."""
    facts = case.facts
    for activity in (name for name in facts.activities if facts.is_joint(name)):
        attending: dict[tuple[str, int], set[str]] = {}
        for row in _session_rows(case):
            if row.activity == activity:
                for week in facts.row_weeks(row):
                    attending.setdefault((row.slot, week), set()).add(row.person)
        for (slot, week), there in attending.items():
            skilled = {p for p in case.people if (p, activity) in facts.skills and facts.takes_part(p, activity)}
            team = {p for p in skilled if facts.may_be_given(p, slot)}
            if team - there:
                yield Broken(activity, f"{listed(team - there)} missing at {slot} in week {week}", listed(team))


def all_day_blocks(case: Case) -> Iterator[Broken]:
    """An all-day list has the same person in the morning and the afternoon of the same weeks."""
    for activity in (name for name, what in case.facts.activities.items() if what.blocks == "AM+PM"):
        for person in case.people:
            weeks: dict[str, set[int]] = {}
            for row in case.table.by_person.get(person, ()):
                if row.activity == activity and row.slot != NO_FIXED_SLOT:
                    weeks.setdefault(row.slot, set()).update(case.facts.row_weeks(row))
            for day in DAYS:
                morning, afternoon = weeks.get(f"{day} AM", set()), weeks.get(f"{day} PM", set())
                if morning != afternoon:
                    found = f"weeks {sorted(morning)} in the morning, {sorted(afternoon)} in the afternoon"
                    yield Broken(person, f"{activity} on {day}: {found}", "the same weeks")


def max_days(case: Case) -> Iterator[Broken]:
    """No week of the cycle has somebody on more days than they work."""
    for person in case.people:
        rows = [row for row in case.table.by_person.get(person, ()) if row.slot != NO_FIXED_SLOT]
        most = case.facts.most_days(person)
        for week in case.facts.weeks:
            days = {day_of(row.slot) for row in rows if week in case.facts.row_weeks(row)}
            if len(days) > most:
                yield Broken(person, f"{len(days)} days in week {week}", f"{most} days")


def cover_placed(case: Case) -> Iterator[Broken]:
    """Cover stands in half-days free of other activity, with people skilled for a covered activity that runs then."""
    facts = case.facts
    for (person, slot, week), rows in case.table.reserved.items():
        if person not in case.people or not any(row.activity == "cover" for row in rows):
            continue
        for other in case.table.sessions.get((person, slot, week), ()):
            yield Broken(person, f"cover and {other.activity} at {slot} in week {week}", "a free half-day")
        coverable = {
            row.activity
            for row in case.table.rows
            if row.slot == slot
            and row.person != person
            and not is_reserved(row.activity)
            and facts.covered(row.activity)
        }
        if not any((person, activity) in facts.skills for activity in coverable):
            yield Broken(person, f"cover at {slot} in week {week}", "a covered activity they are skilled for then")


RULES = (
    known_ids,
    everyone_planned,
    others_unchanged,
    loose_unchanged,
    once_per_half_day,
    half_day_holds,
    activity_slots,
    session_minutes,
    rooms_enough,
    rooms_named,
    joint_in_one_room,
    skills,
    unavailable,
    premium_consent,
    pins,
    joint_everyone,
    all_day_blocks,
    max_days,
    cover_placed,
)
