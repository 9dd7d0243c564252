"""A plan laid out week by week, and what it charges and delivers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from capacity.check.facts import Facts, is_reserved
from capacity.check.sharing import Session, joint_delivered, kept_yields
from capacity.service.model import ROLE_PREFIX, JobPlanRow
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR

COUNTED_RESERVED = ("spa", "flexible", "travel")
"""Reserved rows that are charged to the contract; so are roles. Admin, cover and on-call only place time."""

Place = tuple[str, str, int]
"""Person, half-day, week of the cycle."""


@dataclass(frozen=True)
class YearTime:
    """Time of one person in a year, in minutes."""

    charge: float
    clock: float


class Timetable:
    """The rows of a plan by person, half-day and week of the cycle."""

    def __init__(self, facts: Facts, rows: tuple[JobPlanRow, ...]):
        self.facts = facts
        self.rows = rows
        self.by_person: dict[str, list[JobPlanRow]] = defaultdict(list)
        self.sessions: dict[Place, list[JobPlanRow]] = defaultdict(list)
        self.reserved: dict[Place, list[JobPlanRow]] = defaultdict(list)
        for row in rows:
            self.by_person[row.person].append(row)
            if row.slot != NO_FIXED_SLOT:
                table = self.reserved if is_reserved(row.activity) else self.sessions
                for week in facts.row_weeks(row):
                    table[row.person, row.slot, week].append(row)

    def timed(self, place: Place) -> float:
        """Minutes that sessions take in a half-day of a week."""
        person, slot, _ = place
        return sum(
            self.facts.session(person, row.activity, slot, row.minutes).timed for row in self.sessions.get(place, ())
        )

    def reserved_minutes(self, row: JobPlanRow, week: int) -> float:
        """Minutes of a reserved row in one week: as given, else what is left of its half-day (shared if several)."""
        if row.minutes is not None or row.slot == NO_FIXED_SLOT:
            return row.minutes or 0.0
        place = (row.person, row.slot, week)
        others = self.reserved[place]
        given = sum(other.minutes for other in others if other.minutes is not None)
        left = self.facts.half_day(row.person, row.slot) - self.timed(place) - given
        return max(0.0, left) / sum(1 for other in others if other.minutes is None)

    def weekly(self, row: JobPlanRow) -> float:
        """Minutes a week of a reserved row, mean of the cycle."""
        if row.slot == NO_FIXED_SLOT:
            return row.minutes or 0.0
        return sum(self.reserved_minutes(row, week) for week in self.facts.row_weeks(row)) / self.facts.cycle

    def weekly_of(self, person: str, activity: str) -> float:
        """Minutes a week of all of a person's rows of one reserved activity."""
        return sum(self.weekly(row) for row in self.by_person.get(person, ()) if row.activity == activity)

    def year(self, person: str) -> YearTime:
        """Year-minutes of a person: sessions x D + duty weeks + W x (SPA, roles, travel, flexible)."""
        facts = self.facts
        charge = clock = facts.duty_minutes(person)
        for row in self.by_person.get(person, ()):
            if is_reserved(row.activity):
                if row.activity in COUNTED_RESERVED or row.activity.startswith(ROLE_PREFIX):
                    minutes = self.weekly(row) * facts.weeks_present(person)
                    charge, clock = charge + minutes, clock + minutes
            elif row.slot == NO_FIXED_SLOT:
                minutes = facts.loose_charge(row)
                charge, clock = charge + minutes, clock + minutes
            else:
                session = facts.session(person, row.activity, row.slot, row.minutes)
                weeks = len(facts.row_weeks(row)) / facts.cycle * facts.charged_weeks(person, row.activity)
                charge, clock = charge + weeks * session.charge, clock + weeks * session.clock
        return YearTime(charge, clock)

    @cached_property
    def kept(self) -> dict[Session, float]:
        """Sessions of those who supervise -> the share of their own yield they keep."""
        return kept_yields(self)

    def placed(self, activity: str) -> dict[str, float]:
        """Full sessions a calendar week by half-day, from sessions with a half-day of people in post."""
        facts = self.facts
        if facts.places(activity):
            return joint_delivered(self, activity)
        delivered: dict[str, float] = defaultdict(float)
        running: dict[str, set[int]] = defaultdict(set)
        for row in self.rows:
            if row.activity != activity or row.slot == NO_FIXED_SLOT or not facts.in_post(row.person):
                continue
            weeks = facts.row_weeks(row)
            running[row.slot].update(weeks)
            fraction = facts.session(row.person, activity, row.slot, row.minutes).fraction
            share = facts.output(row.person, activity) * fraction * facts.presence(row.person, activity)
            kept = sum(self.kept.get((row.person, activity, row.slot, week), 1.0) for week in weeks)
            delivered[row.slot] += kept / facts.cycle * share
        if facts.is_joint(activity):
            return {slot: len(weeks) / facts.cycle for slot, weeks in running.items()}
        return dict(delivered)

    def loose(self, activity: str) -> float:
        """Full sessions a calendar week of rows without a half-day."""
        return sum(
            self.facts.loose_delivery(row)
            for row in self.rows
            if row.activity == activity and row.slot == NO_FIXED_SLOT and self.facts.in_post(row.person)
        )

    def delivered(self, activity: str) -> float:
        """Full sessions a calendar week, rotas included."""
        return sum(self.placed(activity).values()) + self.loose(activity) + self.facts.rota_delivery(activity)

    def short_parts(self, activity: str, required: float) -> list[float]:
        """Sessions a calendar week short in each part of the requirement (negative: over)."""
        placed = self.placed(activity)
        left = max(0.0, required - self.facts.rota_delivery(activity) - self.loose(activity))
        return [
            left * share - sum(amount for slot, amount in placed.items() if slots is None or slot in slots)
            for slots, share in self.facts.parts(activity)
        ]

    def shortfall(self, activity: str, required: float) -> float:
        """Exact shortfall in full sessions a calendar week, summed over the parts of the requirement."""
        return sum(max(0.0, short) for short in self.short_parts(activity, required))

    def doing(self, activity: str) -> set[str]:
        """People in post who do an activity at all."""
        return {row.person for row in self.rows if row.activity == activity and self.facts.in_post(row.person)}

    def cells(self, person: str) -> dict[tuple[str, str], int]:
        """Weeks of the cycle of each (DCC activity, half-day) of a person."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.by_person.get(person, ()):
            if row.slot == NO_FIXED_SLOT or is_reserved(row.activity):
                continue
            if self.facts.activities[row.activity].category == "DCC":
                found[row.activity, row.slot] += len(self.facts.row_weeks(row))
        return dict(found)

    def annual(self, person: str) -> dict[str, int]:
        """Whole sessions a year of each annualised DCC activity of a person, from rows without a half-day."""
        facts = self.facts
        found: dict[str, float] = defaultdict(float)
        for row in self.by_person.get(person, ()):
            if row.slot != NO_FIXED_SLOT or is_reserved(row.activity) or not facts.annualised(row.activity):
                continue
            if facts.activities[row.activity].category == "DCC":
                found[row.activity] += (
                    facts.loose_charge(row) / facts.session(person, row.activity, NO_FIXED_SLOT).charge
                )
        return {activity: round(sessions) for activity, sessions in found.items()}

    def cover_bought(self, activity: str) -> float:
        """Most cover a covered activity can ask for: its sessions in the weeks their owners are not there."""
        facts = self.facts
        if not facts.covered(activity) or facts.is_joint(activity):
            return 0.0
        return sum(
            len(facts.row_weeks(row))
            / facts.cycle
            * max(1.0, facts.output(row.person, activity))
            * (1 - facts.weeks_at(row.person, activity) / WEEKS_PER_YEAR)
            for row in self.rows
            if row.activity == activity and row.slot != NO_FIXED_SLOT and facts.in_post(row.person)
        )
