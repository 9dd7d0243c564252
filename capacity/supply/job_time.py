"""Arithmetic of job plans: weeks present, duty weeks, what a session charges and what it delivers.

Source of the arithmetic: the design's table of delivered and charged weeks. A session delivers ``e`` of itself a
calendar week and is charged ``D`` weeks a year:

=================================  ==================  =======
session of person p                e                   D
=================================  ==================  =======
covered                            1                   W_cal
not covered, displaced by duty     (W_p - d_p)/W_cal   W_p - d_p
not covered, kept in duty weeks    W_p/W_cal           W_p
=================================  ==================  =======

Somebody in post for part of the plan year delivers that share of ``e`` (a joiner in September 7/12 in a year from
April), covered sessions and duty weeks included: nobody else is assumed to take them over. Weeks, ``D``, duty weeks
and contract stay those of a whole year, since both sides of the contract scale alike.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from capacity.demand.result import Demand
from capacity.service.model import Activity, JobPlanRow, Person, Role, Rota, Service
from capacity.service.policy import Policy
from capacity.service.resolved import (
    activity_slots,
    contract_minutes,
    in_post,
    is_reserved,
    meets_as_one,
    policy_of,
)
from capacity.supply.posts import share_in_post
from capacity.supply.rota_weeks import closed_weeks, displaces, duty_shares
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR


@dataclass(frozen=True)
class Session:
    """Minutes of one session of one person in one half-day.

    ``timed`` is its length in the timetable, ``admin`` is charged on top, ``charge`` is what the job plan is charged
    (premium time at its factor), ``clock`` the time it really takes; ``share`` of a full session is delivered.
    """

    timed: int
    admin: float
    charge: float
    clock: float
    share: float


class JobTime:
    """The arithmetic of one service, with values kept so that each is worked out once."""

    def __init__(self, service: Service, demand: Demand):
        self.service = service
        self.demand = demand
        self.people: dict[str, Person] = {person.person: person for person in service.people}
        self.activities: dict[str, Activity] = {row.activity: row for row in service.activities}
        self.roles: dict[str, Role] = {role.role: role for role in service.roles}
        self.output = {(skill.person, skill.activity): skill.output or 1.0 for skill in service.skills}
        self.slots = activity_slots(service)
        self._policies = {person.person: policy_of(service, person) for person in service.people}
        self._weeks = {
            person.person: _weeks_present(person, self._policies[person.person]) for person in service.people
        }
        self._has_placed_duty = any(rota.duty_weeks for rota in service.rotas)
        self._closed: dict[tuple[str, str, str], frozenset[int]] = {}
        self._in_post = {person.person: share_in_post(service, person) for person in service.people}

    def policy(self, person: str) -> Policy:
        """Policy of a person."""
        return self._policies[person]

    def weeks_present(self, person: str) -> float:
        """Weeks a year the person is present (W_p), before duty weeks."""
        return self._weeks[person]

    def share_in_post(self, person: str) -> float:
        """Share of the plan year in which somebody is in the post (0 for a vacant post)."""
        return self._in_post[person]

    def weeks_in_words(self, person: str) -> str:
        """The arithmetic behind the weeks present."""
        given = self.people[person].working_weeks
        if given is not None:
            return f"{given:g} weeks as given"
        policy = self.policy(person)
        lost = (
            f"{WEEKS_PER_YEAR:g} - {policy.annual_leave_weeks.value:g} annual leave"
            f" - {policy.statutory_leave_weeks.value:g} statutory - {policy.bank_holiday_weeks.value:g} bank holidays"
            f" - {policy.study_leave_weeks.value:g} study leave"
        )
        if policy.sickness_share.value:
            lost = f"({lost}) less {policy.sickness_share.value:.1%} sickness"
        derived = _derived_weeks(policy)
        if policy.working_weeks is not None:
            return f"{policy.working_weeks.value:g} weeks of policy {policy.name} ({lost} would be {derived:.2f})"
        return f"{lost} = {derived:.2f} weeks, policy {policy.name}"

    @cached_property
    def duty(self) -> dict[tuple[str, str], float]:
        """(person, rota) -> duty weeks a year."""
        return {
            (person, rota.rota): share * (rota.people_at_once or 1) * self._rota_weeks(rota, person)
            for rota in self.service.rotas
            for person, share in duty_shares(self.service, rota).items()
        }

    def _rota_weeks(self, rota: Rota, person: str) -> float:
        if rota.prospective is False:
            return self.weeks_present(person)
        return rota.weeks_covered or 52.0

    def duty_weeks(self, person: str) -> float:
        """Duty weeks a year of a person over all rotas."""
        return sum(weeks for (member, _), weeks in self.duty.items() if member == person)

    def duty_minutes(self, person: str) -> float:
        """Year-minutes a person is charged for duty weeks."""
        pas = {rota.rota: rota.pa_per_duty_week for rota in self.service.rotas}
        minutes = self.policy(person).pa_minutes.value
        return sum(weeks * pas[rota] * minutes for (member, rota), weeks in self.duty.items() if member == person)

    def displaced_weeks(self, person: str, activity: str) -> float:
        """Weeks a year in which duty displaces this person's sessions of an activity.

        Where duty stands in weeks of the cycle, sessions stand in the others: of those weeks only the ones in which
        the person is away count, W - (W - d) / (1 - share of the cycle on duty).
        """
        mine = [rota for rota in self.service.rotas if (person, rota.rota) in self.duty and displaces(rota, activity)]
        on_duty = {part.week for rota in mine for part in rota.duty_weeks if part.person == person}
        lost = sum(self.duty[person, rota.rota] for rota in mine if not rota.duty_weeks)
        if on_duty and not meets_as_one(self.activities[activity]):
            weeks, share = self.weeks_present(person), len(on_duty) / self.service.cycle_weeks
            placed = sum(self.duty[person, rota.rota] for rota in mine if rota.duty_weeks)
            there = max(0.0, weeks - placed) / (1 - share) if share < 1 else 0.0
            return lost + max(0.0, weeks - there)
        return lost + sum(self.duty[person, rota.rota] for rota in mine if rota.duty_weeks)

    def closed_weeks(self, person: str, activity: str, slot: str) -> frozenset[int]:
        """Weeks of the cycle in which placed duty, or rest after it, keeps a person from a session."""
        key = (person, activity, slot)
        if key not in self._closed:
            self._closed[key] = closed_weeks(self.service, person, slot, self.activities.get(activity))
        return self._closed[key]

    def present_weeks(self, person: str, activity: str) -> float:
        """Weeks a year the person runs sessions of an activity themselves."""
        return self.weeks_present(person) - self.displaced_weeks(person, activity)

    def charged_weeks(self, person: str, activity: str) -> float:
        """Weeks a year a session is charged (D)."""
        return WEEKS_PER_YEAR if self.activities[activity].covered else self.present_weeks(person, activity)

    def delivered_share(self, person: str, activity: str) -> float:
        """Share of a planned session delivered per calendar week (e), for the share of the year in post."""
        return self._in_post[person] * self.charged_weeks(person, activity) / WEEKS_PER_YEAR

    def half_day_minutes(self, person: str, slot: str) -> int:
        """Length of a half-day for a person."""
        return self.service.slots.minutes.get(slot, self.policy(person).half_day_minutes.value)

    def session_admin(self, person: str | None, activity: str) -> float:
        """Minutes charged on top of a full session: its admin, and the travel and triage its streams need."""
        return self._admin(person, activity) + self.demand.activities[activity].session_extra_minutes

    def _admin(self, person: str | None, activity: str) -> float:
        """Admin minutes of a full session: as given, else derived, else the policy's rule."""
        row = self.activities[activity]
        if row.admin_minutes is not None:
            return row.admin_minutes
        derived = self.demand.activities[activity].session_admin_minutes
        if derived is not None:
            return derived
        if row.category != "DCC":
            return 0.0
        policy = self.policy(person) if person else self.service.policy_tables[self.service.policy]
        return policy.session_admin_minutes.value

    def full_session_minutes(self, person: str | None, activity: str) -> float:
        """Minutes of one full session in plain time, admin included."""
        length = self.activities[activity].session_minutes
        if length is None:
            policy = self.policy(person) if person else self.service.policy_tables[self.service.policy]
            length = policy.half_day_minutes.value
        return length + self.session_admin(person, activity)

    def session(self, person: str, activity: str, slot: str, minutes: float | None = None) -> Session:
        """One session in a half-day; ``minutes`` overrides its timed length."""
        room = self.half_day_minutes(person, slot)
        full = self.activities[activity].session_minutes or room
        timed = min(full, room) if minutes is None else int(minutes)
        share = min(1.0, timed / full)
        admin = share * self.session_admin(person, activity)
        factor = self.policy(person).premium_factor if slot in self.service.slots.premium else 1.0
        return Session(timed, admin, timed * factor + admin, timed + admin, share)

    def delivered(self, person: str, activity: str, slot: str, minutes: float | None = None) -> float:
        """Full sessions a calendar week delivered by one session in every week of the cycle."""
        share = self.session(person, activity, slot, minutes).share
        return self.output.get((person, activity), 1.0) * share * self.delivered_share(person, activity)

    def rota_delivers(self, activity: str) -> float:
        """Full sessions a calendar week delivered by duty weeks of people while they are in post."""
        total = 0.0
        for rota in self.service.rotas:
            weeks = sum(self._in_post[who] * value for (who, name), value in self.duty.items() if name == rota.rota)
            total += weeks * sum(item.sessions for item in rota.delivers if item.activity == activity)
        return total / WEEKS_PER_YEAR

    def unfixed_delivered(self, row: JobPlanRow) -> float:
        """Full sessions a calendar week delivered by an activity row without a fixed place (slot ``-``)."""
        output = self.output.get((row.person, row.activity), 1.0)
        if row.per_year is not None:
            return self._in_post[row.person] * row.per_year / WEEKS_PER_YEAR * output
        sessions = (row.minutes or 0.0) / self.full_session_minutes(row.person, row.activity)
        return sessions * output * self._in_post[row.person] * self._unfixed_weeks(row) / WEEKS_PER_YEAR

    def unfixed_charge(self, row: JobPlanRow) -> float:
        """Year-minutes charged for an activity row without a fixed place."""
        if row.per_year is not None:
            return row.per_year * self.full_session_minutes(row.person, row.activity)
        return (row.minutes or 0.0) * self._unfixed_weeks(row)

    def _unfixed_weeks(self, row: JobPlanRow) -> float:
        """D of time without a place, which duty displaces wherever it stands in the cycle."""
        if self.activities[row.activity].covered:
            return WEEKS_PER_YEAR
        duty = sum(
            self.duty.get((row.person, rota.rota), 0.0) for rota in self.service.rotas if displaces(rota, row.activity)
        )
        return self.weeks_present(row.person) - duty

    def row_weeks(self, row: JobPlanRow) -> tuple[int, ...]:
        """Weeks of the cycle in which a row stands: a session not in those of placed duty or rest after it."""
        weeks = row.weeks if row.weeks is not None else tuple(range(1, self.service.cycle_weeks + 1))
        if not self._has_placed_duty or is_reserved(row.activity) or row.slot == NO_FIXED_SLOT:
            return weeks
        closed = self.closed_weeks(row.person, row.activity, row.slot)
        return tuple(week for week in weeks if week not in closed)

    def row_year_minutes(self, row: JobPlanRow) -> float:
        """Year-minutes a row of a job plan is charged; admin, cover and on_call rows place time counted elsewhere."""
        share = len(self.row_weeks(row)) / self.service.cycle_weeks
        if is_reserved(row.activity):
            if row.activity in ("admin", "cover", "on_call"):
                return 0.0
            return self.reserved_minutes(row) * share * self.weeks_present(row.person)
        if row.slot == NO_FIXED_SLOT:
            return self.unfixed_charge(row)
        charge = self.session(row.person, row.activity, row.slot, row.minutes).charge
        return charge * share * self.charged_weeks(row.person, row.activity)

    def reserved_minutes(self, row: JobPlanRow) -> float:
        """Minutes of a reserved row in its half-day: as given, else what activities leave of it, on average."""
        if row.minutes is not None:
            return row.minutes
        if row.slot == NO_FIXED_SLOT:
            return 0.0
        weeks = self.row_weeks(row)
        length = self.half_day_minutes(row.person, row.slot)
        taken = sum(
            self.session(row.person, other.activity, row.slot, other.minutes).timed
            * len(set(self.row_weeks(other)) & set(weeks))
            for other in self._rows_by_half_day.get((row.person, row.slot), ())
            if not is_reserved(other.activity)
        )
        return max(0.0, length - taken / len(weeks))

    @cached_property
    def _rows_by_half_day(self) -> dict[tuple[str, str], list[JobPlanRow]]:
        rows: dict[tuple[str, str], list[JobPlanRow]] = defaultdict(list)
        for row in self.service.job_plans:
            rows[row.person, row.slot].append(row)
        return rows

    def contract_year_minutes(self, person: str) -> float:
        """Contract in year-minutes: weeks present times the weekly contract."""
        return self.weeks_present(person) * contract_minutes(self.service, self.people[person])

    def supplies(self, person: str) -> bool:
        """Whether this person's plan in force counts as supply."""
        return in_post(self.service, self.people[person])


def _weeks_present(person: Person, policy: Policy) -> float:
    return person.working_weeks if person.working_weeks is not None else weeks_of_policy(policy)


def weeks_of_policy(policy: Policy) -> float:
    """Weeks present a year that a policy plans for: its own figure, else derived from leave and sickness."""
    return policy.working_weeks.value if policy.working_weeks is not None else _derived_weeks(policy)


def _derived_weeks(policy: Policy) -> float:
    away = (
        policy.annual_leave_weeks.value
        + policy.statutory_leave_weeks.value
        + policy.bank_holiday_weeks.value
        + policy.study_leave_weeks.value
    )
    return round((WEEKS_PER_YEAR - away) * (1 - policy.sickness_share.value), 4)
