"""Locks, what is forbidden and the plan to start from, as somebody types or hands them over: read and refused.

Every fault is said as those of the files are: where, what was found, what is allowed, and the nearest id.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from capacity.errors import Fault, InputError
from capacity.service.cells import Refused, items, nearest, slot, whole
from capacity.service.columns import TABLES
from capacity.service.model import ROLE_PREFIX, JobPlanRow, Service
from capacity.service.records import build, read_rows
from capacity.service.resolved import eligible_people, is_planned, is_reserved, role_holders, role_is_fixed
from capacity.service.tables import Reading, read_sheet
from capacity.service.wishes import Mark, Screen, Wishes
from capacity.units import NO_FIXED_SLOT

Kind = Literal["lock", "forbid"]
FORM = "person:activity:half-day, or that and :weeks, or person:role:id, such as c01:general:Mon AM:1;3"
PLAN_FILE = "job_plans.csv"


def read_mark(kind: Kind, text: str) -> Mark:
    """Read ``c01:general:Mon AM``, ``c01:general:Mon AM:1;3`` or ``c01:role:audit``.

    Raises InputError where the text has another form. Whether the service knows the ids is for :func:`wish_faults`.
    """
    parts = [part.strip() for part in text.split(":")]
    try:
        if len(parts) == 3 and parts[1] == ROLE_PREFIX.rstrip(":") and all(parts):
            return Mark(parts[0], ROLE_PREFIX + parts[2])
        if len(parts) not in (3, 4) or not all(parts):
            raise Refused
        weeks = None
        if len(parts) == 4 and parts[3].lower() != "all":
            weeks = items(parts[3].replace(",", ";"), whole)
        return Mark(parts[0], parts[1], slot(parts[2]), weeks)
    except Refused as refused:
        raise InputError([_fault(kind, text, refused.found or text, refused.allowed or FORM, refused.hint)]) from None


def wish_faults(service: Service, wishes: Wishes) -> tuple[Fault, ...]:
    """Return a fault for each lock or forbidden session that cannot be, by itself or beside another."""
    faults: list[Fault] = []
    for mark in wishes.locks:
        faults += _unknown(service, "lock", mark) or _cannot_be_locked(service, mark)
    for mark in wishes.forbids:
        faults += _unknown(service, "forbid", mark) or _cannot_be_forbidden(service, mark)
    if not faults:
        faults += _against_each_other(service, wishes)
    return tuple(dict.fromkeys(faults))


def read_screen(path: str | Path, service: Service) -> Screen:
    """Read a plan to start from: ``job_plans.csv`` of an earlier output, or the folder it is in.

    Raises InputError with every fault, where it is not one or is not a plan of this service.
    """
    file = Path(path)
    if file.is_dir():
        file = file / PLAN_FILE
    allowed = f"an output folder of capacity plan, or a {PLAN_FILE} of one"
    if not file.is_file():
        near = [entry.name for entry in file.parent.iterdir()] if file.parent.is_dir() else []
        hint = nearest(file.name, near)
        raise InputError([Fault(str(path), None, None, f"no {file.name} there", allowed, hint=hint)])
    reading = Reading()
    sheet = read_sheet(file, file.name, reading)
    if sheet is None or reading.faults:
        raise InputError(reading.faults)
    rows: list[JobPlanRow] = build(read_rows(sheet, TABLES["job_plans"], reading), reading)
    if reading.faults:
        raise InputError(reading.faults)
    screen = Screen.of_rows(rows)
    screen = Screen(screen.rows, {**screen.holders, **_holders_beside(file)})
    if faults := screen_faults(service, screen, file.name):
        raise InputError(faults)
    return screen


def _holders_beside(file: Path) -> dict[str, tuple[str, ...]]:
    """Who holds which role, by the plan.json beside the rows: a role without a tariff has no row."""
    try:
        roles = json.loads((file.parent / "plan.json").read_text(encoding="utf-8"))["roles"]
        return {str(role): tuple(map(str, people)) for role, people in roles.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def screen_faults(service: Service, screen: Screen, name: str = "start") -> tuple[Fault, ...]:
    """Return a fault for each row or role of a plan to start from that names what the service does not know."""
    people = [person.person for person in service.people]
    activities = [activity.activity for activity in service.activities]
    roles = [role.role for role in service.roles]
    faults: list[Fault] = []
    for row in screen.rows:
        role = row.activity.removeprefix(ROLE_PREFIX) if row.activity.startswith(ROLE_PREFIX) else None
        if row.person not in people:
            faults.append(_not_known(name, row.person, "person", row.person, people))
        if role is not None and role not in roles:
            faults.append(_not_known(name, row.person, "role", role, roles))
        elif role is None and not is_reserved(row.activity) and row.activity not in activities:
            faults.append(_not_known(name, row.person, "activity", row.activity, activities))
        faults += _beyond_the_cycle(service, name, row.person, row.weeks)
    for role, holders in screen.holders.items():
        faults += [_not_known(name, role, "person", who, people) for who in holders if who not in people]
        if role not in roles:
            faults.append(_not_known(name, role, "role", role, roles))
    return tuple(dict.fromkeys(faults))


def _fault(kind: Kind, mark: Mark | str, found: str, allowed: str, hint: str = "") -> Fault:
    return Fault(kind, None, None, found, allowed, id=None if str(mark) == found else str(mark), hint=hint)


def _not_known(file: str, id_: str | None, what: str, found: str, known: Iterable[str]) -> Fault:
    names = list(known)
    allowed = f"one of {', '.join(names)}" if names else f"none: this service has no {what}"
    return Fault(file, None, None, f"no {what} {found}", allowed, id=id_, hint=nearest(found, names))


def _beyond_the_cycle(service: Service, file: str, id_: str, weeks: tuple[int, ...] | None) -> list[Fault]:
    beyond = [week for week in weeks or () if not 1 <= week <= service.cycle_weeks]
    allowed = f"weeks 1 to {service.cycle_weeks} of the cycle"
    return [Fault(file, None, None, f"week {beyond[0]}", allowed, id=id_)] if beyond else []


def _unknown(service: Service, kind: Kind, mark: Mark) -> list[Fault]:
    """Ids, half-days and weeks the service does not know, and people for whom no plan is proposed."""
    people = {person.person: person for person in service.people}
    faults = []
    if mark.person not in people:
        faults.append(_not_known(kind, str(mark), "person", mark.person, people))
    elif not is_planned(service, people[mark.person]):
        planned = [name for name, person in people.items() if is_planned(service, person)]
        allowed = f"one of {', '.join(planned)}"
        faults.append(_fault(kind, mark, f"{mark.person}, for whom no plan is proposed", allowed))
    if mark.role is not None:
        roles = [role.role for role in service.roles]
        return [*faults, *([] if mark.role in roles else [_not_known(kind, str(mark), "role", mark.role, roles)])]
    activities = {activity.activity: activity for activity in service.activities}
    if mark.activity not in activities:
        faults.append(_not_known(kind, str(mark), "activity", mark.activity, activities))
    else:
        usual = activities[mark.activity].slots or service.half_days()
        now = [row.slot for row in service.job_plans if row.activity == mark.activity and row.slot != NO_FIXED_SLOT]
        known = list(dict.fromkeys((*usual, *now)))
        if mark.slot not in known:
            faults.append(_fault(kind, mark, f"{mark.activity} at {mark.slot}", f"one of {', '.join(known)}"))
    return [*faults, *_beyond_the_cycle(service, kind, str(mark), mark.weeks)]


def _cannot_be_locked(service: Service, mark: Mark) -> Iterator[Fault]:
    """What a lock asks of somebody that they may not do."""
    person = service.person(mark.person)
    if mark.role is not None:
        role = next(role for role in service.roles if role.role == mark.role)
        eligible = eligible_people(service, role)
        if mark.person not in eligible:
            found = f"{mark.person}, who may not hold {mark.role}"
            yield _fault("lock", mark, found, f"one of {', '.join(eligible) or 'nobody'}")
        return
    skilled = [skill.person for skill in service.skills if skill.activity == mark.activity]
    pinned = any(row.pinned and (row.person, row.activity, row.slot) == mark.cell for row in service.job_plans)
    if pinned:
        return
    if mark.person not in skilled:
        found = f"{mark.person}, who is not skilled for {mark.activity}"
        yield _fault("lock", mark, found, f"one of {', '.join(skilled) or 'nobody'} (skills.csv)")
    elif mark.slot in person.unavailable:
        yield _fault("lock", mark, f"{mark.slot}, when {mark.person} is unavailable", "a half-day they work")
    elif mark.slot in service.slots.premium and not person.premium_consent:
        found = f"{mark.slot}, premium time without {mark.person}'s consent"
        yield _fault("lock", mark, found, "a plain half-day, or premium_consent in people.csv")


def _cannot_be_forbidden(service: Service, mark: Mark) -> Iterator[Fault]:
    """What is forbidden although it must be."""
    if mark.role is not None:
        role = next(role for role in service.roles if role.role == mark.role)
        if mark.person in role.held_by and role_is_fixed(role):
            found = f"{mark.role}, to which {mark.person} is appointed and stays"
            yield _fault("forbid", mark, found, "a role that may change hands (fixed = no in roles.csv)")
        return
    activity = next(each for each in service.activities if each.activity == mark.activity)
    if activity.team == "all":
        found = f"{mark.activity}, which needs everyone skilled"
        hint = f"Make {mark.person} unavailable at {mark.slot}."
        yield _fault("forbid", mark, found, "activities of one person", hint)
    weeks = set(_weeks(service, mark))
    for row in service.job_plans:
        held = set(row.weeks or range(1, service.cycle_weeks + 1))
        if row.pinned and (row.person, row.activity, row.slot) == mark.cell and weeks & held:
            yield _fault("forbid", mark, "a session that is pinned", "one that is not", "Unpin it in job_plans.csv.")


def _weeks(service: Service, mark: Mark) -> tuple[int, ...]:
    return mark.weeks or tuple(range(1, service.cycle_weeks + 1))


def _against_each_other(service: Service, wishes: Wishes) -> Iterator[Fault]:
    """Locks that contradict each other, a pin, or what is forbidden."""
    before = _weeks_on(service.job_plans if wishes.screen is None else wishes.screen.rows, service)

    def weeks_of(lock: Mark) -> set[int]:
        return set(lock.weeks or before.get(lock.cell) or _weeks(service, lock))

    def together(one: Cell, weeks: set[int], other: Cell, others: set[int]) -> int | None:
        """First week in which one person would do two things in one half-day."""
        clash = (one[0], one[2]) == (other[0], other[2]) and one[1] != other[1]
        return min(weeks & others, default=None) if clash else None

    for lock in wishes.locks:
        for mark in wishes.forbids:
            same = lock.role is not None or weeks_of(lock) & set(_weeks(service, mark))
            if lock.cell == mark.cell and same:
                yield _fault("lock", lock, f"{lock}, which is also forbidden ({mark})", "one of the two")
    sessions = [lock for lock in wishes.locks if lock.role is None]
    pins = _weeks_on([row for row in service.job_plans if row.pinned], service)
    for number, lock in enumerate(sessions):
        for other in sessions[:number]:
            if week := together(lock.cell, weeks_of(lock), other.cell, weeks_of(other)):
                yield _fault("lock", lock, f"{other} locked too, both in week {week}", _ONE_SESSION)
        for pin, weeks in pins.items():
            week = together(lock.cell, weeks_of(lock), pin, weeks)
            if week and not is_reserved(pin[1]):
                yield _fault("lock", lock, f"{pin[1]} pinned there in week {week}", _ONE_SESSION)
    locked = Counter(mark.role for mark in dict.fromkeys(wishes.locks) if mark.role is not None)
    for role in service.roles:
        stay = role.held_by if role_is_fixed(role) else ()
        names = {mark.person for mark in wishes.locks if mark.role == role.role} | set(stay)
        if locked[role.role] and len(names) > role_holders(role):
            allowed = f"{role_holders(role)} (holders, and who is appointed, in roles.csv)"
            yield Fault("lock", None, None, f"{', '.join(sorted(names))} to hold {role.role}", allowed)


Cell = tuple[str, str, str]
_ONE_SESSION = "one session at a time"


def _weeks_on(rows: Iterable[JobPlanRow], service: Service) -> dict[Cell, set[int]]:
    found: dict[Cell, set[int]] = {}
    for row in rows:
        if row.slot != NO_FIXED_SLOT:
            weeks = row.weeks or range(1, service.cycle_weeks + 1)
            found.setdefault((row.person, row.activity, row.slot), set()).update(weeks)
    return found
