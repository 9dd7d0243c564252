"""A job plan as a calendar file (.ics): one cycle of the plan year, repeated, in the half-days of the timetable.

RFC 5545. Times of half-days are conventions of this program (09:00, 12:30, 13:30, 17:30): the timetable knows half-days
and minutes, not clocks. Leave, duty weeks and bank holidays are not left out: the calendar is the plan, not the rota.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from capacity.report.codes import RESERVED_NAMES
from capacity.report.words import capital
from capacity.service.model import ROLE_PREFIX, JobPlanRow, Service
from capacity.service.resolved import is_reserved, year_ends
from capacity.supply.job_time import JobTime
from capacity.units import DAYS, NO_FIXED_SLOT, half_day_order

STARTS = {"AM": dt.time(9), "LUNCH": dt.time(12, 30), "PM": dt.time(13, 30), "EVE": dt.time(17, 30)}
"""When a half-day begins in the calendar."""
LONGEST_LINE = 75
"""Octets of a line of the format."""


def job_calendar(time: JobTime, person: str, rows: Sequence[JobPlanRow]) -> bytes:
    """Return the calendar of one person's placed sessions: an event for each, repeated every cycle of the plan year."""
    service = time.service
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//capacity planner//job plan//EN", "CALSCALE:GREGORIAN",
             f"X-WR-CALNAME:{_text(f'Job plan of {person}, {service.name}')}"]  # fmt: skip
    first = _first_monday(service)
    for row in sorted(rows, key=lambda row: (half_day_order(row.slot), row.activity, row.weeks or ())):
        if row.person == person and row.slot != NO_FIXED_SLOT:
            for week in row.weeks or range(1, service.cycle_weeks + 1):
                lines += _event(time, row, week, first)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def _first_monday(service: Service) -> dt.date:
    """Monday of the first week of the plan year: the first on or after its first day."""
    return service.year_starts + dt.timedelta(days=-service.year_starts.weekday() % 7)


def _event(time: JobTime, row: JobPlanRow, week: int, first: dt.date) -> list[str]:
    service = time.service
    day, part = row.slot.split()
    date = first + dt.timedelta(weeks=week - 1, days=DAYS.index(day))
    starts = dt.datetime.combine(date, STARTS[part])
    if is_reserved(row.activity):
        minutes = round(time.reserved_minutes(row))
    else:
        minutes = time.session(row.person, row.activity, row.slot, row.minutes).timed
    if minutes <= 0 or date > year_ends(service):
        return []
    ends = starts + dt.timedelta(minutes=minutes)
    last = dt.datetime.combine(year_ends(service), dt.time(23, 59, 59))
    return [
        "BEGIN:VEVENT",
        f"UID:{service.id}-{row.person}-{row.activity.replace(':', '-')}-{row.slot.replace(' ', '')}-{week}@capacity",
        f"DTSTAMP:{dt.datetime.combine(service.year_starts, dt.time()):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{starts:%Y%m%dT%H%M%S}",
        f"DTEND:{ends:%Y%m%dT%H%M%S}",
        f"RRULE:FREQ=WEEKLY;INTERVAL={service.cycle_weeks};UNTIL={last:%Y%m%dT%H%M%S}",
        f"SUMMARY:{_text(_name(service, row.activity))}",
        f"DESCRIPTION:{_text(f'{row.slot}, week {week} of {service.cycle_weeks}')}",
        "END:VEVENT",
    ]


def _name(service: Service, activity: str) -> str:
    if activity.startswith(ROLE_PREFIX):
        key = activity.removeprefix(ROLE_PREFIX)
        return next((role.name for role in service.roles if role.role == key), key)
    return capital(RESERVED_NAMES[activity]) if is_reserved(activity) else service.activity(activity).name


def _text(value: str) -> str:
    """Escape what the format reserves."""
    for sign in ("\\", ";", ","):
        value = value.replace(sign, "\\" + sign)
    return value.replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Cut a line into parts of at most 75 octets, never within a letter; those after the first begin with a space."""
    parts, current = [], ""
    for letter in line:
        if len((current + letter).encode()) > LONGEST_LINE:
            parts.append(current)
            current = " "
        current += letter
    return [*parts, current]
