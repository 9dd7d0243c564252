"""One person's job plan as a sheet of paper says it: everything in words and figures, nothing laid out yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capacity.demand.backlog import recurrent
from capacity.demand.result import Demand
from capacity.report.codes import RESERVED_NAMES, activity_codes, code_of
from capacity.report.words import SMALL, capital, count, fixed, listed, number
from capacity.service.model import ROLE_PREFIX, JobPlanRow, Person, Service
from capacity.service.resolved import contract_minutes, in_post, is_planned, is_reserved, meets_as_one, role_pa, site_of
from capacity.supply.gap import Gap
from capacity.supply.job_time import JobTime
from capacity.supply.rota_weeks import duty_shares
from capacity.supply.sessions import sessions_by_person
from capacity.supply.split import PARTS, year_minutes
from capacity.units import DAYS, NO_FIXED_SLOT, WEEKS_PER_YEAR, day_of, half_day_order
from capacity.units import PARTS as TIMES

Table = tuple[tuple[str, ...], ...]
"""Rows of text, the header first."""
Rooms = Mapping[tuple[str, str, str, int], str]
"""(person, activity, half-day, week of the cycle) -> room."""
PART_NAMES = {
    "DCC": "Direct clinical care: sessions with their admin, and travel",
    "duty": "Direct clinical care: duty weeks and on-call",
    "SPA": "Supporting professional activities",
    "roles": "Roles and other duties",
    "flexible": "Time without an agreed use yet",
}
TIME_NAMES = {"AM": "Morning", "LUNCH": "Lunchtime", "PM": "Afternoon", "EVE": "Evening"}
MOST_WEEKS = 8
"""Different weeks of the cycle shown each in a row of its own."""


@dataclass(frozen=True)
class Entry:
    """One line of a half-day: what, in which weeks, where, and whether it is new."""

    text: str
    note: str
    new: bool


@dataclass(frozen=True)
class JobSheet:
    """What a sheet says. Tables are rows of text, their header first."""

    person: str
    name: str
    title: str
    service: str
    year: str
    facts: tuple[tuple[str, str], ...]
    days: tuple[str, ...]
    times: tuple[str, ...]
    grid: Mapping[tuple[str, str], tuple[Entry, ...]]
    """(day, AM LUNCH PM EVE) -> its lines."""
    weeks: Table
    """Codes by half-day of each week of the cycle that differs; empty where all weeks are alike or too many differ."""
    codes: tuple[tuple[str, str], ...]
    placeless: tuple[str, ...]
    split: Table
    work: Table
    roles: Table
    duty: Table
    leave: str
    changes: tuple[str, ...]
    objectives: Table
    finding: str = ""
    """What does not add up; blank where the plan does."""


def job_sheets(
    service: Service,
    demand: Demand,
    gap: Gap,
    rows: Sequence[JobPlanRow],
    holders: Mapping[str, tuple[str, ...]] | None = None,
    rooms: Rooms | None = None,
    people: Sequence[str] | None = None,
    names: bool = False,
) -> tuple[JobSheet, ...]:
    """Return a sheet for each person in post.

    Parameters
    ----------
    service, demand, gap
        What was read, asked for and found short with the plans in force.
    rows
        Job plans to show: those in force, or proposed ones.
    holders
        Role id -> people who hold it; default as roles.csv says.
    rooms
        Rooms that were given out, if any.
    people
        Ids to show; default everyone in post.
    names
        Whether names are shown beside ids.
    """
    time = JobTime(service, demand)
    held = {role.role: role.held_by for role in service.roles} if holders is None else dict(holders)
    maker = _Maker(service, demand, gap, time, tuple(rows), held, dict(rooms or {}), names)
    wanted = [row for row in service.people if in_post(service, row) and (people is None or row.person in people)]
    return tuple(maker.sheet(person) for person in wanted)


@dataclass
class _Maker:
    service: Service
    demand: Demand
    gap: Gap
    time: JobTime
    rows: tuple[JobPlanRow, ...]
    holders: Mapping[str, tuple[str, ...]]
    rooms: Rooms
    names: bool

    def __post_init__(self) -> None:
        self.minutes = year_minutes(self.time, self.rows)
        frame = sessions_by_person(self.time, self.rows)
        self.yearly: dict[tuple[str, str], float] = defaultdict(float)
        for who, activity, value in zip(frame["person"], frame["activity"], frame["sessions_a_year"], strict=True):
            self.yearly[str(who), str(activity)] += float(value)
        self.codes = activity_codes(row.activity for row in self.service.activities)
        self.activities = {row.activity: row for row in self.service.activities}
        self.room_names = {row.room: row.name for row in self.service.rooms}

    def sheet(self, person: Person) -> JobSheet:
        """Everything of one person."""
        key = person.person
        rows = tuple(row for row in self.rows if row.person == key)
        placed = [row for row in rows if row.slot != NO_FIXED_SLOT]
        slots = {row.slot for row in placed}
        days = tuple(day for day in DAYS if day in DAYS[:5] or any(day_of(slot) == day for slot in slots))
        times = tuple(part for part in TIMES if part in ("AM", "PM") or any(slot.endswith(part) for slot in slots))
        return JobSheet(
            person=key,
            name=person.name if self.names else "",
            title=f"Job plan of {person.name} ({key})" if self.names else f"Job plan of {key}",
            service=self.service.name,
            year=_year(self.service),
            facts=self._facts(person),
            days=days,
            times=times,
            grid=self._grid(key, placed),
            weeks=self._weeks(placed, days, times),
            codes=self._legend(rows),
            placeless=self._placeless(rows),
            split=self._split(person),
            work=self._work(key, rows),
            roles=self._roles(person),
            duty=self._duty(key),
            leave=f"Present {number(self.time.weeks_present(key))} weeks of the year: {self.time.weeks_in_words(key)}.",
            changes=self._changes(key, rows),
            objectives=self._objectives(key),
            finding=self._finding(person),
        )

    # ---- who

    def _facts(self, person: Person) -> tuple[tuple[str, str], ...]:
        policy = self.time.policy(person.person)
        unit = "PAs" if policy.contract_unit.value == "pa" and person.contract_hours is None else "hours"
        amount = person.contract_pa if unit == "PAs" else person.contract_hours
        grade = "" if person.grade in (None, person.staff_group) else f", {person.grade}"
        facts = [
            ("Post", f"{person.staff_group}{grade}"),
            ("Contract", f"{amount:g} {unit} a week ({policy.title})"),
        ]
        if person.unavailable:
            facts.append(("Never works", ", ".join(person.unavailable)))
        for label, day in (("Last reviewed", person.reviewed_on), ("Last approved", person.approved_on)):
            facts.append((label, f"{day.day} {day:%B %Y}" if day is not None else "not known"))
        if not is_planned(self.service, person):
            facts.append(("Planned", "no: the plan stays as it is"))
        return tuple(facts)

    # ---- timetable

    def _grid(self, key: str, placed: Sequence[JobPlanRow]) -> dict[tuple[str, str], tuple[Entry, ...]]:
        grid: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        before = self._cells(self.service.job_plans, key)
        for row in sorted(placed, key=lambda row: (half_day_order(row.slot), is_reserved(row.activity), row.activity)):
            day, part = row.slot.split()
            old = before.get((row.activity, row.slot), frozenset())
            new = not is_reserved(row.activity) and len(self._in(row)) > len(old)
            grid[day, part].append(Entry(self._name(row.activity), self._note(row), new))
        return {place: tuple(entries) for place, entries in grid.items()}

    def _note(self, row: JobPlanRow) -> str:
        weeks = sorted(self._in(row))
        parts = [] if len(weeks) == self.service.cycle_weeks else [f"{_weeks_in_words(weeks)}"]
        if not is_reserved(row.activity):
            parts.append(self._place(row, weeks))
        elif row.minutes is not None:
            parts.append(_hours(row.minutes))
        return "; ".join(part for part in parts if part)

    def _place(self, row: JobPlanRow, weeks: Sequence[int]) -> str:
        given = [self.rooms.get((row.person, row.activity, row.slot, week)) for week in weeks]
        rooms = list(dict.fromkeys(room for room in given if room is not None))
        activity = self.activities[row.activity]
        rooms = rooms or (list(activity.room[:1]) if len(activity.room) == 1 else [])
        if rooms:
            return " or ".join(self.room_names[room] for room in rooms)
        if activity.room:
            return f"one of {listed(self.room_names[room] for room in activity.room)}"
        site = site_of(self.service, activity)
        return site.replace("_", " ") if site and site != "main" else ""

    def _weeks(self, placed: Sequence[JobPlanRow], days: Sequence[str], times: Sequence[str]) -> Table:
        """Codes of each different week; the first cell names the weeks."""
        slots = [f"{day} {part}" for day in days for part in times]
        alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for week in range(1, self.service.cycle_weeks + 1):
            cells = []
            for slot in slots:
                found = [row for row in placed if row.slot == slot and week in self._in(row)]
                cells.append("+".join(dict.fromkeys(code_of(row.activity, self.codes) for row in found)))
            alike[tuple(cells)].append(week)
        if not 1 < len(alike) <= MOST_WEEKS:
            return ()
        header = ("Week", *slots)
        used = [at for at in range(len(slots)) if any(cells[at] for cells in alike)]
        lines = [(_weeks_short(weeks), *(cells[at] for at in used)) for cells, weeks in alike.items()]
        return ((header[0], *(header[at + 1] for at in used)), *lines)

    def _legend(self, rows: Sequence[JobPlanRow]) -> tuple[tuple[str, str], ...]:
        used = dict.fromkeys(row.activity for row in rows)
        found = {code_of(activity, self.codes): self._name(activity, role=False) for activity in used}
        return tuple(sorted(found.items()))

    def _placeless(self, rows: Sequence[JobPlanRow]) -> tuple[str, ...]:
        """Time without a fixed half-day, and annualised sessions."""
        said = []
        for row in rows:
            if row.slot != NO_FIXED_SLOT:
                continue
            if row.per_year is not None:
                said.append(f"{self._name(row.activity)}: {count(row.per_year, 'session')} a year, by arrangement")
            elif row.minutes:
                said.append(f"{self._name(row.activity)}: {_hours(row.minutes)} a week, at no fixed time")
        return tuple(said)

    def _in(self, row: JobPlanRow) -> frozenset[int]:
        return frozenset(row.weeks if row.weeks is not None else range(1, self.service.cycle_weeks + 1))

    def _cells(self, rows: Sequence[JobPlanRow], key: str) -> dict[tuple[str, str], frozenset[int]]:
        cells: dict[tuple[str, str], frozenset[int]] = {}
        for row in rows:
            if row.person == key and row.slot != NO_FIXED_SLOT and not is_reserved(row.activity):
                place = (row.activity, row.slot)
                cells[place] = cells.get(place, frozenset()) | self._in(row)
        return cells

    def _name(self, activity: str, role: bool = True) -> str:
        if activity.startswith(ROLE_PREFIX):
            key = activity.removeprefix(ROLE_PREFIX)
            return next((row.name for row in self.service.roles if row.role == key), key) if role else "a role"
        return capital(RESERVED_NAMES.get(activity, "")) if is_reserved(activity) else self.activities[activity].name

    # ---- time and money's worth

    def _split(self, person: Person) -> Table:
        """Time by part, a week present: PAs or hours, reconciled to the contract."""
        key = person.person
        weeks, hourly = self.time.weeks_present(key), person.contract_hours is not None
        per = 60.0 if hourly else float(self.time.policy(key).pa_minutes.value)
        unit = "Hours a week" if hourly else "PAs a week"
        lines: list[tuple[str, ...]] = [("", unit)]
        total = 0.0
        for part in PARTS:
            value = self.minutes[key][part] / weeks / per
            total += value
            if abs(value) > 0.004:
                lines.append((PART_NAMES[part], fixed(value, 2)))
        lines.append(("In all", fixed(total, 2)))
        lines.append(("Contract", fixed(contract_minutes(self.service, person) / per, 2)))
        return tuple(lines)

    def _finding(self, person: Person) -> str:
        key = person.person
        used = sum(self.minutes[key].values()) / self.time.weeks_present(key)
        differs = used - contract_minutes(self.service, person)
        if abs(differs) <= 1:
            return ""
        more = "more" if differs > 0 else "less"
        return f"The plan is {_hours(abs(differs))} a week {more} than the contract: to be agreed before it is signed."

    def _work(self, key: str, rows: Sequence[JobPlanRow]) -> Table:
        """Sessions a year and what they are expected to see, by activity."""
        lines: list[tuple[str, ...]] = [("Activity", "Category", "Sessions a year", "Patients a year", "Where")]
        activities = dict.fromkeys(row.activity for row in rows if not is_reserved(row.activity))
        duty = [part.activity for rota in self.service.rotas if key in rota.members for part in rota.delivers]
        for activity in dict.fromkeys([*activities, *duty]):
            sessions = self._sessions(key, activity, rows)
            seen = self._patients(activity, sessions)
            mine = [row for row in rows if row.activity == activity and row.slot != NO_FIXED_SLOT]
            places = list(dict.fromkeys(self._place(row, sorted(self._in(row))) for row in mine))
            row = self.activities[activity]
            lines.append((row.name, row.category, fixed(sessions, 0), seen, "; ".join(filter(None, places))))
        return tuple(lines) if len(lines) > 1 else ()

    def _sessions(self, key: str, activity: str, rows: Sequence[JobPlanRow]) -> float:
        """Sessions a year; of the whole team's those the person attends, not their share of them."""
        if not meets_as_one(self.activities[activity]):
            return self.yearly.get((key, activity), 0.0)
        mine = [row for row in rows if row.activity == activity and row.slot != NO_FIXED_SLOT]
        share = sum(len(self._in(row)) for row in mine) / self.service.cycle_weeks
        return share * self.time.present_weeks(key, activity)

    def _patients(self, activity: str, sessions: float) -> str:
        """Attendances of so many full sessions, at those the requirement is made of; a dash where none are counted."""
        needed = self.demand.activities[activity]
        sized = recurrent(needed) - needed.fixed_sessions
        return fixed(sessions * needed.attendances / sized, 0) if sized > 1e-9 and needed.attendances else "-"

    def _roles(self, person: Person) -> Table:
        lines: list[tuple[str, ...]] = [("Role", "Category", "PAs a week")]
        for role in self.service.roles:
            if person.person in self.holders.get(role.role, ()):
                new = person.person not in role.held_by
                lines.append(
                    (role.name + (" (new)" if new else ""), role.category, fixed(role_pa(self.service, role), 2))
                )
        return tuple(lines) if len(lines) > 1 else ()

    def _duty(self, key: str) -> Table:
        lines: list[tuple[str, ...]] = [("Rota", "Frequency", "Weeks a year", "PAs a calendar week", "Delivers a week")]
        for rota in self.service.rotas:
            weeks = self.time.duty.get((key, rota.rota), 0.0)
            if weeks <= 0:
                continue
            share = duty_shares(self.service, rota)[key]
            work = listed(f"{self.activities[part.activity].name} {number(part.sessions)}" for part in rota.delivers)
            credit = fixed(weeks * rota.pa_per_duty_week / WEEKS_PER_YEAR, 2)
            lines.append((rota.name, f"1 in {number(1 / share)}", number(weeks), credit, work or "-"))
        return tuple(lines) if len(lines) > 1 else ()

    # ---- changes and objectives

    def _changes(self, key: str, rows: Sequence[JobPlanRow]) -> tuple[str, ...]:
        """What goes and comes since the plan in force, with the state of the activity as reason."""
        before, after = self._cells(self.service.job_plans, key), self._cells(rows, key)
        said = []
        for (activity, slot), weeks in sorted(before.items(), key=lambda item: half_day_order(item[0][1])):
            gone = len(weeks) - len(after.get((activity, slot), frozenset()))
            if gone > 0:
                said.append(f"No longer {self._name(activity)} on {slot}{self._share(gone)}{self._why(activity)}.")
        for (activity, slot), weeks in sorted(after.items(), key=lambda item: half_day_order(item[0][1])):
            come = len(weeks) - len(before.get((activity, slot), frozenset()))
            if come > 0:
                said.append(f"New: {self._name(activity)} on {slot}{self._share(come)}{self._why(activity)}.")
        for role in self.service.roles:
            held = key in self.holders.get(role.role, ())
            if held != (key in role.held_by):
                said.append(f"{'Takes on' if held else 'Gives up'} {role.name}.")
        return tuple(said)

    def _share(self, weeks: int) -> str:
        cycle = self.service.cycle_weeks
        return "" if weeks == cycle else f", {weeks} of {cycle} weeks"

    def _why(self, activity: str) -> str:
        gap = float(self.gap.activities["gap"][activity])
        if gap > SMALL:
            return f" ({count(gap, 'session')} a week short in the plans in force)"
        return f" ({count(-gap, 'session')} a week to spare in the plans in force)" if gap < -SMALL else ""

    def _objectives(self, key: str) -> Table:
        lines: list[tuple[str, ...]] = [("For", "Objective", "Measure", "By", "Supporting resource")]
        for row in self.service.objectives:
            if row.level == "person" and row.person != key:
                continue
            due = "" if row.due is None else f"{row.due.day} {row.due:%B %Y}"
            lines.append((row.level, row.objective, row.measure or "", due, row.supporting_resource or ""))
        return tuple(lines) if len(lines) > 1 else ()


def _year(service: Service) -> str:
    start = service.year_starts
    return f"{start.day} {start:%B %Y}, for a year; cycle of {count(service.cycle_weeks, 'week')}"


def _hours(minutes: float) -> str:
    if minutes < 60:
        return count(round(minutes), "minute")
    whole, rest = divmod(round(minutes), 60)
    return f"{whole} h" if not rest else f"{whole} h {rest} min"


def _weeks_in_words(weeks: Sequence[int]) -> str:
    return f"week {weeks[0]}" if len(weeks) == 1 else f"weeks {listed(str(week) for week in weeks)}"


def _weeks_short(weeks: Sequence[int]) -> str:
    return ", ".join(map(str, weeks))
