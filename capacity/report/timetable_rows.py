"""What a timetable shows of each person: bands of codes in each half-day, and which half-days change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from capacity.outcome import TeamPlan
from capacity.report.codes import activity_codes, code_of
from capacity.report.words import number
from capacity.service.model import ROLE_PREFIX, JobPlanRow, Person, Service
from capacity.service.resolved import activity_tier, in_post, is_planned, is_reserved
from capacity.units import NO_FIXED_SLOT

PEOPLE_PER_PAGE = 30
MOST_BANDS = 4
"""Bands a cell shows before it says how many more there are."""
MOST_PLACELESS = 5
LONGEST_WEEKS = 8
"""Characters of a list of weeks that a cell shows."""

Cell = dict[str, frozenset[int]]
"""Activity -> weeks of the cycle."""


@dataclass(frozen=True)
class Band:
    """One line of a cell: what it says and how it is filled."""

    text: str
    kind: str


@dataclass(frozen=True)
class Row:
    """One person: the bands of each half-day, which half-days changed, and the time without a fixed place."""

    person: str
    note: str
    cells: dict[str, tuple[Band, ...]]
    changed: frozenset[str]
    other_weeks: frozenset[str]
    unavailable: frozenset[str]
    placeless: tuple[Band, ...]

    @property
    def lines(self) -> int:
        """Most bands in any of its cells, at least 2."""
        return max(2, len(self.placeless), *(len(bands) for bands in self.cells.values()), 0)


def _weeks(service: Service, row: JobPlanRow) -> frozenset[int]:
    return frozenset(row.weeks if row.weeks is not None else range(1, service.cycle_weeks + 1))


def _cells(service: Service, rows: tuple[JobPlanRow, ...]) -> dict[tuple[str, str], Cell]:
    """(person, half-day) -> activity -> weeks, time without a fixed place left out."""
    cells: dict[tuple[str, str], Cell] = defaultdict(dict)
    for row in rows:
        if row.slot != NO_FIXED_SLOT:
            cell = cells[row.person, row.slot]
            cell[row.activity] = cell.get(row.activity, frozenset()) | _weeks(service, row)
    return cells


def changed_cells(service: Service, plan: TeamPlan) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return (person, half-day) where sessions change, and those where only the weeks of the cycle do.

    Reserved time (SPA, admin and so on) is not a change.
    """
    now, then = _cells(service, service.job_plans), _cells(service, plan.rows)
    changed, other_weeks = set(), set()
    for place in {*now, *then}:
        before, after = (
            {activity: weeks for activity, weeks in cells.get(place, {}).items() if not is_reserved(activity)}
            for cells in (now, then)
        )
        if {key: len(weeks) for key, weeks in before.items()} != {key: len(weeks) for key, weeks in after.items()}:
            changed.add(place)
        elif before != after:
            other_weeks.add(place)
    return changed, other_weeks


def weeks_text(weeks: frozenset[int], cycle: int) -> str:
    """Blank for every week, ``1;3`` where that is short, else ``13/42``: 13 weeks of 42."""
    if len(weeks) == cycle:
        return ""
    text = ";".join(str(week) for week in sorted(weeks))
    return text if len(text) <= LONGEST_WEEKS else f"{len(weeks)}/{cycle}"


def kind_of(service: Service, activity: str) -> str:
    """Kind of time, by which it is filled: rapid, routine, other, spa, role or time (admin, cover, flexible)."""
    if activity.startswith(ROLE_PREFIX):
        return "role"
    if is_reserved(activity):
        return "spa" if activity == "spa" else "time"
    found = service.activity(activity)
    return activity_tier(service, found) if found.category == "DCC" else "other"


def _order(activity: str) -> tuple[bool, bool, str]:
    return (is_reserved(activity), activity.startswith(ROLE_PREFIX), activity)


def _merged(service: Service, cell: Cell, codes: dict[str, str]) -> tuple[Band, ...]:
    """Bands of a cell: activities first, then reserved time; bands that read the same are one."""
    bands = [
        Band(
            f"{code_of(activity, codes)} {weeks_text(cell[activity], service.cycle_weeks)}".strip(),
            kind_of(service, activity),
        )
        for activity in sorted(cell, key=_order)
    ]
    return _at_most(list(dict.fromkeys(bands)), MOST_BANDS)


def _at_most(bands: list[Band], most: int) -> tuple[Band, ...]:
    if len(bands) <= most:
        return tuple(bands)
    return (*bands[: most - 1], Band(f"+{len(bands) - most + 1} more", "time"))


def _placeless(service: Service, rows: tuple[JobPlanRow, ...], codes: dict[str, str]) -> tuple[Band, ...]:
    minutes: dict[tuple[str, str], float] = defaultdict(float)
    yearly: dict[tuple[str, str], float] = defaultdict(float)
    for row in sorted(rows, key=lambda row: _order(row.activity)):
        if row.slot == NO_FIXED_SLOT:
            key = (code_of(row.activity, codes), kind_of(service, row.activity))
            if row.per_year is not None:
                yearly[key] += row.per_year
            else:
                minutes[key] += row.minutes or 0.0
    bands = [Band(f"{code} {per_year:g} a year", kind) for (code, kind), per_year in yearly.items()]
    bands += [Band(f"{code} {_length(value)} a week", kind) for (code, kind), value in minutes.items() if value]
    return _at_most(bands, MOST_PLACELESS)


def _length(minutes: float) -> str:
    if minutes < 1:
        return "under 1 min"
    return f"{number(minutes / 60)} h" if minutes >= 60 else f"{minutes:.0f} min"


def _note(service: Service, person: Person) -> str:
    if not in_post(service, person):
        return "vacant" if person.kind == "vacant" else "not in post"
    return person.staff_group if is_planned(service, person) else f"{person.staff_group}, kept"


def timetable_rows(service: Service, plan: TeamPlan) -> tuple[Row, ...]:
    """Work out what the timetable shows for each person, in file order."""
    codes = activity_codes(activity.activity for activity in service.activities)
    cells = _cells(service, plan.rows)
    changed, other_weeks = changed_cells(service, plan)
    rows = []
    for person in service.people:
        key = person.person
        rows.append(
            Row(
                person=key,
                note=_note(service, person),
                cells={slot: _merged(service, cell, codes) for (who, slot), cell in cells.items() if who == key},
                changed=frozenset(slot for who, slot in changed if who == key),
                other_weeks=frozenset(slot for who, slot in other_weeks if who == key),
                unavailable=frozenset(person.unavailable),
                placeless=_placeless(service, plan.rows_of(key), codes),
            )
        )
    return tuple(rows)


def columns(service: Service, plan: TeamPlan) -> tuple[str, ...]:
    """Half-days to show: Monday to Friday, and any other that the service uses."""
    used = {row.slot for row in (*plan.rows, *service.job_plans)}
    return tuple(slot for slot in service.half_days() if (slot.split()[0] not in ("Sat", "Sun") and
                 slot.split()[1] in ("AM", "PM")) or slot in used)  # fmt: skip


def pages(service: Service, per_page: int = PEOPLE_PER_PAGE) -> tuple[tuple[str, ...], ...]:
    """Person ids of each page: as few pages as hold everyone, all about as long."""
    ids = [person.person for person in service.people]
    parts = max(1, -(-len(ids) // per_page))
    size = -(-len(ids) // parts)
    return tuple(tuple(ids[start : start + size]) for start in range(0, max(1, len(ids)), max(1, size)))
