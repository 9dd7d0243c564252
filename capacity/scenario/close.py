"""Half-days, rooms and sites that close."""

from __future__ import annotations

from capacity.scenario.draft_lines import Work, listed_cell, names_of
from capacity.scenario.overlay import Close
from capacity.service.model import Service
from capacity.service.resolved import activity_slots, room_slots
from capacity.units import DAYS, NO_FIXED_SLOT, PARTS, day_name, day_of, half_day, half_day_order
from capacity.wording import count, listed


def close(work: Work, operation: Close, spot: str) -> None:
    """Close what an operation names, and say what falls away."""
    closed = None if operation.half_days is None else _half_days(work, operation.half_days, spot)
    if operation.room is not None or operation.where is not None:
        ids = None if operation.room is None else [operation.room]
        rooms = work.rows("rooms", ids, operation.where, spot)
        if not rooms:
            work.not_applicable("no room to close")
        for room in rooms:
            _close_rooms(work, room, closed, operation.count, spot)
    elif operation.site is not None:
        _close_site(work, operation.site, closed, spot)
    else:
        assert closed is not None
        _close_service(work, closed)


def _half_days(work: Work, given: list[str], spot: str) -> list[str]:
    """Half-days named singly (``Fri PM``) or by the day (``Fri``), of those that the service has."""
    have = work.before.half_days()
    found: list[str] = []
    for text in given:
        day = day_name(text)
        if day is not None:
            found += [slot for slot in have if day_of(slot) == day]
            continue
        try:
            slot = half_day(text)
        except ValueError:
            allowed = f"a day ({', '.join(DAYS)}) or a half-day such as Fri PM ({', '.join(PARTS)})"
            raise work.refuse(f"{spot}, half_days", text, allowed) from None
        if slot not in have:
            raise work.refuse(f"{spot}, half_days", slot, f"half-days of the service: {', '.join(have)}")
        found.append(slot)
    return sorted(set(found), key=half_day_order)


def _in_words(closed: list[str], service: Service) -> str:
    """``on Fridays``, or the half-days."""
    have = service.half_days()
    for day, name in zip(
        DAYS, ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"), strict=True
    ):
        if closed == [slot for slot in have if day_of(slot) == day]:
            return f"on {name}"
    return f"on {listed(closed)}"


def _close_rooms(work: Work, key: str, closed: list[str] | None, number: int | None, spot: str) -> None:
    row = work.row("rooms", key)
    room = next((room for room in work.before.rooms if room.room == key), None)
    there = int(row.get("count", 1))
    number = there if number is None else number
    if number > there:
        raise work.refuse(f"{spot}, count", str(number), f"at most the {there} there are of {key}")
    which = row.get("name", key) if there == 1 else f"{number} of {there} {row.get('name', key)}"
    have = listed_cell(row.get("slots")) or list(room_slots(room) if room is not None else ())
    if closed is None:
        row["count"] = str(there - number)
        work.say(f"{which} closed")
        return
    left = [slot for slot in have if slot not in closed]
    lost = [slot for slot in have if slot in closed]
    if not lost:
        work.not_applicable(f"{row.get('name', key)} is not used {_in_words(closed, work.before)}")
        return
    if number < there:  # the others stay as they are; those that close become a group of their own
        row["count"] = str(there - number)
        if left:
            other = {**row, "room": _new_id(work, key), "count": str(number), "slots": ";".join(left)}
            work.draft.tables["rooms"].append(other)
            for activity in work.draft.tables["activities"]:
                rooms = listed_cell(activity.get("room"))
                if key in rooms:
                    rooms.insert(rooms.index(key) + 1, other["room"])
                    activity["room"] = ";".join(rooms)
    elif left:
        row["slots"] = ";".join(left)
    else:
        row["count"] = "0"
    work.say(f"{which} closed {_in_words(closed, work.before)}: {count(number * len(lost), 'room half-day')} a week")


def _new_id(work: Work, key: str) -> str:
    taken = set(work.draft.ids("rooms"))
    return next(name for name in (f"{key}_{n}" for n in range(2, 1000)) if name not in taken)


def _close_site(work: Work, site: str, closed: list[str] | None, spot: str) -> None:
    rooms = [room.room for room in work.before.rooms if (room.site or "main") == site]
    placed = {activity.activity for activity in work.before.activities if not activity.room and activity.site == site}
    sites = sorted(
        {room.site or "main" for room in work.before.rooms} | {a.site for a in work.before.activities if a.site}
    )
    if site not in sites:
        raise work.refuse(f"{spot}, site", site, ", ".join(sites) or "a site of the service")
    for room in rooms:
        _close_rooms(work, room, closed, None, spot)
    for activity in placed:
        _close_activity(work, activity, closed, spot)


def _close_activity(work: Work, key: str, closed: list[str] | None, spot: str) -> None:
    row = work.row("activities", key)
    have = listed_cell(row.get("slots")) or list(activity_slots(work.before)[key])
    left = [] if closed is None else [slot for slot in have if slot not in closed]
    if not left:
        hint = "Move it with set = { site = ... }, or remove it"
        raise work.refuse(spot, f"{row.get('name', key)}, which needs no room there, left without a half-day",
                          "a half-day for each activity", hint)  # fmt: skip
    if left != have:
        row["slots"] = ";".join(left)
        work.say(f"{row.get('name', key)} not {_in_words([slot for slot in have if slot not in left], work.before)}")


def _close_service(work: Work, closed: list[str]) -> None:
    """Nobody works in these half-days: what stands there in the plans in force falls away."""
    words = _in_words(closed, work.before)
    emptied = []
    for row in work.draft.tables["activities"]:
        key = row["activity"]
        have = listed_cell(row.get("slots")) or list(activity_slots(work.before).get(key, ()))
        left = [slot for slot in have if slot not in closed]
        if have and not left:
            emptied.append(row.get("name", key))
        elif left != have:
            row["slots"] = ";".join(left)
    for person in work.draft.tables["people"]:
        away = listed_cell(person.get("unavailable"))
        new = sorted({*away, *closed}, key=half_day_order)
        person["unavailable"] = ";".join(new)
    rows = [row for row in work.draft.tables["job_plans"] if row.get("slot", NO_FIXED_SLOT) in closed]
    work.draft.tables["job_plans"] = [row for row in work.draft.tables["job_plans"] if row not in rows]
    fall = "falls" if len(rows) == 1 else "fall"
    said = f"the service closed {words}: {count(len(rows), 'row')} of the plans in force {fall} away"
    if emptied:
        said += f"; {names_of(emptied)} has no other half-day and cannot run"
    work.say(said)
