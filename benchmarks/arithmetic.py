"""The arithmetic of job plans in exact fractions, written a second time.

It follows the design's table of delivered and charged weeks and shares no code with ``capacity.supply`` or
``capacity.optimise``, so that the two can be held against each other.
"""

from __future__ import annotations

import math
from fractions import Fraction

from capacity.demand.result import Demand
from capacity.service.model import Activity, JobPlanRow, Person, Role, Rota, Service
from capacity.service.policy import Policy
from capacity.units import WEEKDAY_HALF_DAYS, WEEKS_PER_YEAR, day_of, half_day_order

PARTS_OF_DERIVED = 10**9
"""Derived decimals (admin from attendances, requirements) are taken to this denominator."""


def exact(value: float) -> Fraction:
    """Return a number as it was written: 0.1 is one tenth."""
    return Fraction(str(value))


def rounded(value: float) -> Fraction:
    """Return a computed number to nine places."""
    return Fraction(value).limit_denominator(PARTS_OF_DERIVED)


W_CAL = exact(WEEKS_PER_YEAR)


class Arithmetic:
    """Minutes, weeks and sessions of one service, each a Fraction."""

    def __init__(self, service: Service, demand: Demand | None = None):
        self.service = service
        self.demand = demand
        self.weeks = tuple(range(1, service.cycle_weeks + 1))
        self.people = {row.person: row for row in service.people}
        self.activities = {row.activity: row for row in service.activities}
        self.skills = {(row.person, row.activity): row for row in service.skills}

    def policy(self, person: Person) -> Policy:
        """Policy of a person: by staff group, else afc-hours for hours contracts, else the service's."""
        default = self.service.policy if person.contract_hours is None else "afc-hours"
        return self.service.policy_tables[self.service.policies.get(person.staff_group, default)]

    def is_planned(self, person: Person) -> bool:
        """Whether a job plan is proposed."""
        planned = person.planned if person.planned is not None else person.staff_group != "resident"
        return planned and person.kind != "vacant"

    def weeks_present(self, person: Person) -> Fraction:
        """Weeks a year the person is there (W_p)."""
        policy = self.policy(person)
        if person.working_weeks is not None:
            return exact(person.working_weeks)
        if policy.working_weeks is not None:
            return exact(policy.working_weeks.value)
        away = sum(
            exact(part.value)
            for part in (
                policy.annual_leave_weeks,
                policy.statutory_leave_weeks,
                policy.bank_holiday_weeks,
                policy.study_leave_weeks,
            )
        )
        return (W_CAL - away) * (1 - exact(policy.sickness_share.value))

    def duty_weeks(self, rota: Rota, person: Person) -> Fraction:
        """Weeks a year on duty for one rota (0 for those who are not members)."""
        if person.person not in rota.members:
            return Fraction(0)
        given = {item.person: exact(item.share) for item in rota.share}
        blank = [member for member in rota.members if member not in given]
        equal = (1 - sum(given.values(), Fraction(0))) / len(blank) if blank else Fraction(0)
        share = given.get(person.person, equal) * (rota.people_at_once or 1)
        if rota.prospective is False:
            return share * self.weeks_present(person)
        return share * exact(rota.weeks_covered if rota.weeks_covered is not None else 52)

    def duty_minutes(self, person: Person) -> Fraction:
        """Year-minutes of duty."""
        pa = self.policy(person).pa_minutes.value
        return sum(
            (self.duty_weeks(rota, person) * exact(rota.pa_per_duty_week) * pa for rota in self.service.rotas),
            Fraction(0),
        )

    def charged_weeks(self, person: Person, activity: Activity) -> Fraction:
        """Weeks a year a session is charged (D)."""
        if activity.covered:
            return W_CAL
        away = Fraction(0)
        for rota in self.service.rotas:
            displaced = rota.displaces or ("all" if rota.kind == "hot_week" else "none")
            listed = displaced == "all" or (displaced != "none" and activity.activity in displaced)
            if listed and activity.activity not in rota.keeps:
                away += self.duty_weeks(rota, person)
        return self.weeks_present(person) - away

    def lengths(self, person: Person, activity: Activity, slot: str) -> tuple[Fraction, Fraction]:
        """Minutes in the timetable, and the share of a full session they are."""
        half_day = self.service.slots.minutes.get(slot, self.policy(person).half_day_minutes.value)
        full = activity.session_minutes or half_day
        return Fraction(min(full, half_day)), min(Fraction(1), Fraction(half_day, full))

    def admin(self, person: Person, activity: Activity) -> Fraction:
        """Minutes charged on top of a full session: its admin, and travel and triage of its streams."""
        sized = self.demand.activities[activity.activity] if self.demand else None
        extra = rounded(sized.session_extra_minutes) if sized else Fraction(0)
        if activity.admin_minutes is not None:
            return exact(activity.admin_minutes) + extra
        if sized and sized.session_admin_minutes is not None:
            return rounded(sized.session_admin_minutes) + extra
        return extra + (self.policy(person).session_admin_minutes.value if activity.category == "DCC" else 0)

    def charge(self, person: Person, activity: Activity, slot: str) -> Fraction:
        """Job-plan minutes of one session."""
        timed, share = self.lengths(person, activity, slot)
        return timed * self.premium_factor(person, slot) + share * self.admin(person, activity)

    def premium_factor(self, person: Person, slot: str) -> Fraction:
        """What a minute of that half-day is charged as."""
        policy = self.policy(person)
        if slot not in self.service.slots.premium:
            return Fraction(1)
        return Fraction(policy.pa_minutes.value, policy.premium_pa_minutes.value)

    def premium_minutes(self, person: Person, activity: Activity, slot: str) -> Fraction:
        """Charge less clock minutes of one session."""
        return self.lengths(person, activity, slot)[0] * (self.premium_factor(person, slot) - 1)

    def delivered(self, person: Person, activity: Activity, slot: str) -> Fraction:
        """Full sessions a calendar week from one session in every week of the cycle."""
        skill = self.skills.get((person.person, activity.activity))
        output = exact(skill.output) if skill and skill.output is not None else Fraction(1)
        share = self.lengths(person, activity, slot)[1]
        return output * share * self.charged_weeks(person, activity) / W_CAL

    def rota_delivers(self, activity: str) -> Fraction:
        """Full sessions a calendar week from duty weeks."""
        total = Fraction(0)
        for rota in self.service.rotas:
            weeks = sum((self.duty_weeks(rota, person) for person in self.service.people), Fraction(0))
            total += weeks * sum(exact(item.sessions) for item in rota.delivers if item.activity == activity)
        return total / W_CAL

    def contract(self, person: Person) -> Fraction:
        """Contract in minutes a week."""
        if person.contract_hours is not None:
            return exact(person.contract_hours) * 60
        assert person.contract_pa is not None
        return exact(person.contract_pa) * self.policy(person).pa_minutes.value

    def most(self, person: Person) -> Fraction:
        """Most minutes a week the person would accept and the ceilings allow."""
        policy = self.policy(person)
        wanted = self.contract(person)
        if person.max_hours is not None:
            wanted = exact(person.max_hours) * 60
        elif person.max_pa is not None:
            wanted = exact(person.max_pa) * policy.pa_minutes.value
        return max(self.contract(person), min(wanted, exact(policy.ceiling_pa.value) * policy.pa_minutes.value))

    def core_spa(self, person: Person) -> Fraction:
        """Core SPA floor in whole minutes a week, rounded up."""
        policy = self.policy(person)
        if person.core_spa_hours is not None:
            minutes = exact(person.core_spa_hours) * 60
        elif person.core_spa_pa is not None:
            minutes = exact(person.core_spa_pa) * policy.pa_minutes.value
        elif policy.core_spa_bands is not None:
            pas = self.contract(person) / policy.pa_minutes.value
            bands = sorted(policy.core_spa_bands.value, reverse=True)
            minutes = next((exact(spa) for least, spa in bands if pas >= exact(least)), Fraction(0))
            minutes *= policy.pa_minutes.value
        else:
            share = exact(policy.core_spa_share.value) if policy.core_spa_share else Fraction(0)
            minutes = share * self.contract(person)
        return Fraction(math.ceil(minutes))

    def holders(self, role: Role) -> int:
        """How many hold a role."""
        return role.holders if role.holders is not None else 1

    def role_minutes(self, role: Role, person: Person) -> Fraction:
        """Minutes a week of one holder."""
        tariff = role.tariff_pa
        if tariff is None:
            tariff = self.service.policy_tables[self.service.policy].tariffs[role.role].value.pa
        pas = exact(tariff) * (role.trainees if role.trainees is not None else 1)
        return pas * self.policy(person).pa_minutes.value / (self.holders(role) if role.split else 1)

    def eligible(self, role: Role) -> tuple[Person, ...]:
        """People who may hold a role: those who hold it, and those listed or whose staff group may."""
        table = self.service.policy_tables[self.service.policy].tariffs.get(role.role)
        groups = table.value.staff_groups if table else ()
        return tuple(
            person
            for person in self.service.people
            if person.person in role.held_by
            or person.person in role.eligible
            or (
                not role.eligible
                and person.kind != "vacant"
                and (person.staff_group in groups if groups else person.staff_group != "resident")
            )
        )

    def rows_of(self, person: str) -> tuple[JobPlanRow, ...]:
        """The plan in force of one person."""
        return tuple(row for row in self.service.job_plans if row.person == person)

    def weeks_of(self, row: JobPlanRow) -> tuple[int, ...]:
        """Weeks of the cycle of a row."""
        return self.weeks if row.weeks is None else row.weeks

    def most_days(self, person: Person) -> int:
        """Most days a week."""
        if person.max_days is not None:
            return person.max_days
        placed = [row for row in self.rows_of(person.person) if row.slot != "-"]
        worked = max(len({day_of(row.slot) for row in placed if week in self.weeks_of(row)}) for week in self.weeks)
        day = 450 if person.contract_hours is not None else 2 * self.policy(person).pa_minutes.value
        return min(5, max(worked, math.ceil(self.contract(person) / day)))

    def slots(self, activity: Activity) -> tuple[str, ...]:
        """Half-days an activity may run in."""
        now = {row.slot for row in self.service.job_plans if row.activity == activity.activity and row.slot != "-"}
        return tuple(sorted(activity.slots or now or WEEKDAY_HALF_DAYS, key=half_day_order))

    def tier(self, activity: Activity) -> str:
        """``rapid`` or ``routine``."""
        rapid = any(row.kind == "rapid" for row in self.service.streams if row.activity == activity.activity)
        return activity.tier or ("rapid" if rapid else "routine")

    def parts(self, activity: Activity) -> tuple[tuple[tuple[str, ...], Fraction], ...]:
        """Half-days over which the requirement is spread, each part with its share of it."""
        slots = self.slots(activity)
        spread = activity.spread
        if spread is None:
            streams = [row for row in self.service.streams if row.activity == activity.activity]
            spread = "each_day" if any(row.kind == "rapid" and row.period == "day" for row in streams) else "any"
        if spread == "any":
            return ((slots, Fraction(1)),)
        if spread == "each_half_day":
            return tuple(((slot,), Fraction(1, len(slots))) for slot in slots)
        if spread == "each_day":
            days = sorted({day_of(slot) for slot in slots})
            return tuple((tuple(slot for slot in slots if day_of(slot) == day), Fraction(1, len(days))) for day in days)
        total = sum(exact(part.sessions) for part in spread)
        return tuple(((part.slot,), exact(part.sessions) / total) for part in spread)
