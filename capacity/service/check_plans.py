"""Checks of job plans in force: ids, half-days, weeks, and pins that cannot hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from capacity.service.cells import nearest, shown
from capacity.service.checking import Model
from capacity.service.model import RESERVED_ACTIVITIES, ROLE_PREFIX, WholeGroups
from capacity.service.records import Row
from capacity.units import NO_FIXED_SLOT, WEEKDAY_HALF_DAYS


def check_job_plans(model: Model) -> None:
    """Every row names people, activities, half-days and weeks that there are; pins can all hold."""
    seen: dict[tuple[object, ...], int] = {}
    for row in model["job_plans"]:
        model.check_ids(row, "person", "people")
        check_plan_activity(model, row, "activity")
        _check_place(model, row)
        _refuse_repeat(model, row, seen)
        if row.get("pinned"):
            _check_pin(model, row)
    _refuse_double_booking(model)
    _refuse_too_few_rooms(model)


def check_delivered(model: Model) -> None:
    """Delivered sessions name people and activities that there are."""
    for row in model["delivered"]:
        model.check_ids(row, "person", "people")
        check_plan_activity(model, row, "activity")
        check_plan_activity(model, row, "planned_activity")


def is_reserved(activity: str) -> bool:
    """Whether this is a reserved activity of job plans, or a role."""
    return activity in RESERVED_ACTIVITIES or activity.startswith(ROLE_PREFIX)


def check_plan_activity(model: Model, row: Row, column: str) -> None:
    """An activity of a job plan is one of activities.csv, a reserved one, or ``role:`` and a role."""
    activity = row.get(column)
    if activity is None or activity in RESERVED_ACTIVITIES:
        return
    if activity.startswith(ROLE_PREFIX):
        if model.readable("roles") and activity.removeprefix(ROLE_PREFIX) not in model["roles"].ids():
            known = [f"{ROLE_PREFIX}{name}" for name in model["roles"].ids()]
            place = "roles.csv" if model["roles"].present else "roles.csv, which is not there"
            model.refuse(row, column, shown(activity), f"role: and a role of {place}", nearest(activity, known))
        return
    known = [*model["activities"].ids(), *RESERVED_ACTIVITIES]
    if model.readable("activities") and activity not in known:
        known += [f"{ROLE_PREFIX}{name}" for name in model["roles"].ids()]
        allowed = f"an activity of activities.csv, {', '.join(RESERVED_ACTIVITIES)}, or role: and a role"
        model.refuse(row, column, shown(activity), allowed, nearest(activity, known))


def _check_place(model: Model, row: Row) -> None:
    slot = row.get("slot")
    if slot is None:
        return
    if slot == NO_FIXED_SLOT:
        if row.get("weeks"):
            model.refuse(row, "weeks", row.text("weeks"), "blank for slot -, which has no fixed place")
        return
    model.check_slots(row, "slot", [slot])
    model.check_weeks(row, "weeks")
    if "per_year" in row.texts:
        model.refuse(row, "per_year", row.text("per_year"), "blank except for slot -")


def _refuse_repeat(model: Model, row: Row, seen: dict[tuple[object, ...], int]) -> None:
    if not row.whole:
        return
    names = ("person", "activity", "slot", "weeks", "minutes", "per_year")
    key = tuple(row.get(name) for name in names)
    if key in seen:
        model.refuse(row, None, f"the same as row {seen[key]}", "each row once")
    seen.setdefault(key, row.number)


def _is_planned(person: Row) -> bool:
    return bool(person.get("planned", person.get("staff_group") != "resident"))


def _check_pin(model: Model, row: Row) -> None:
    """A pin holds only where the person can be, and, for an activity, may and can do it."""
    slot, activity = row.get("slot"), row.get("activity")
    person = model["people"].ids().get(row.get("person"))
    if person is None or slot in (None, NO_FIXED_SLOT):
        return
    if slot in person.get("unavailable", ()):
        model.refuse(row, "pinned", f"a pin in {slot}", f"half-days in which {person.id} is available")
    work = model["activities"].ids().get(activity)
    if work is None or not _is_planned(person):
        return
    if work.get("annualised"):
        allowed = f"slot - and per_year: {activity} is annualised and has no half-day"
        model.refuse(row, "pinned", f"a pin in {slot}", allowed)
        return
    skilled = {skill.key for skill in model["skills"]}
    if skilled and model.readable("skills") and (person.get("person"), activity) not in skilled:
        model.refuse(row, "pinned", f"a pin of {activity}", f"activities {person.id} is skilled for in skills.csv")
    if not _has_place(work.get("team"), person):
        model.refuse(row, "pinned", f"a pin of {activity}", f"people of its team; {person.id} is of none of its groups")
    slots = model.settings.values.get("slots")
    premium = slots.premium if slots is not None else ()
    if slot in premium and not person.get("premium_consent") and not person.faulty("premium_consent"):
        model.refuse(
            row, "pinned", f"a pin in premium time, {slot}", f"people with premium_consent; {person.id} has not"
        )
    if work.get("slots") and slot not in work.get("slots"):
        model.refuse(row, "pinned", f"a pin of {activity} in {slot}", f"its slots: {', '.join(work.get('slots'))}")


def _has_place(team: object, person: Row) -> bool:
    """Whether the groups of a team, where it names any, have a place for somebody."""
    named = team.groups if isinstance(team, WholeGroups) else ()
    named = tuple(member.group for member in team) if isinstance(team, tuple) else named
    return not named or person.get("staff_group") in named or person.get("grade") in named


def _pins(model: Model) -> Iterator[tuple[Row, str, str, str, tuple[int, ...]]]:
    """Pinned rows of activities: row, person, activity, half-day, weeks."""
    every = tuple(range(1, (model.settings.cycle_weeks or 1) + 1))
    for row in model["job_plans"]:
        person, activity, slot = row.get("person"), row.get("activity"), row.get("slot")
        if not (row.get("pinned") and person and activity and slot) or slot == NO_FIXED_SLOT or row.faulty("weeks"):
            continue
        if not is_reserved(activity):
            yield row, person, activity, slot, row.get("weeks") or every


def _refuse_double_booking(model: Model) -> None:
    """No one is pinned to two activities in a half-day of a week."""
    taken: dict[tuple[str, str, int], tuple[Row, str]] = {}
    for row, person, activity, slot, weeks in _pins(model):
        clash = [(week, *taken[person, slot, week]) for week in weeks if (person, slot, week) in taken]
        if clash:
            week, other, first = clash[0]
            found = f"{activity} and {first} (row {other.number}) pinned in {slot} of week {week}"
            model.refuse(row, "pinned", found, "one activity in a half-day of a week")
        for week in weeks:
            taken.setdefault((person, slot, week), (row, activity))


def _refuse_too_few_rooms(model: Model) -> None:
    """Sessions pinned into the only room they can use are no more than there are of it."""
    activities, rooms = model["activities"].ids(), model["rooms"].ids()
    used: dict[tuple[str, str, int], int] = defaultdict(int)
    for row, _, activity, slot, weeks in _pins(model):
        work = activities.get(activity)
        choice: tuple[str, ...] = work.get("room", ()) if work is not None and "team" not in work.texts else ()
        if len(choice) != 1 or choice[0] not in rooms or not rooms[choice[0]].whole:
            continue
        room = rooms[choice[0]]
        for week in weeks:
            used[choice[0], slot, week] += 1
        full = [week for week in weeks if used[choice[0], slot, week] > _count(room, slot, week)]
        if full:
            found = f"{used[choice[0], slot, full[0]]} sessions pinned into {choice[0]} in {slot} of week {full[0]}"
            model.refuse(row, "pinned", found, f"{_count(room, slot, full[0])}, the rooms there are then")


def _count(room: Row, slot: str, week: int) -> int:
    open_then = slot in (room.get("slots") or WEEKDAY_HALF_DAYS)
    ours = not room.get("weeks") or week in room.get("weeks")
    return int(room.get("count", 1)) if open_then and ours else 0
