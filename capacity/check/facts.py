"""What the inputs say, worked out again for the checker alone.

Nothing here is shared with the optimiser or the supply arithmetic: the two must agree because both follow the
documented formulas, not because they run the same lines. Minutes are minutes, weeks are weeks a year.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from capacity.demand.result import Demand
from capacity.service.model import (
    RESERVED_ACTIVITIES,
    ROLE_PREFIX,
    Activity,
    Equipment,
    JobPlanRow,
    Role,
    Room,
    Rota,
    Service,
    WholeGroups,
)
from capacity.service.policy import Policy
from capacity.units import DAYS, NO_FIXED_SLOT, PARTS, WEEKDAY_HALF_DAYS, WEEKS_PER_YEAR, day_of

HOURS_POLICY = "afc-hours"
MOST_DAYS_BY_DEFAULT = 5
MAIN = "main"
EPSILON = 1e-6


@dataclass(frozen=True)
class Session:
    """One session of one person in one half-day."""

    timed: float
    """Minutes in the timetable."""
    fraction: float
    """Share of a full session it yields."""
    charge: float
    """Minutes charged to the job plan: timed (premium time dearer) and admin."""
    clock: float
    """Minutes worked: timed and admin."""


def is_reserved(activity: str) -> bool:
    """Whether a row's activity is a reserved one (SPA, admin, cover, a role and so on)."""
    return activity in RESERVED_ACTIVITIES or activity.startswith(ROLE_PREFIX)


class Facts:
    """The inputs of one service with every default applied, and the arithmetic of sessions on them."""

    def __init__(self, service: Service, demand: Demand):
        self.service = service
        self.demand = demand
        self.cycle = service.cycle_weeks
        self.weeks = tuple(range(1, self.cycle + 1))
        self.people = {person.person: person for person in service.people}
        self.activities = {activity.activity: activity for activity in service.activities}
        self.roles = {role.role: role for role in service.roles}
        self.rooms = {room.room: room for room in service.rooms}
        self.equipment = {item.equipment: item for item in service.equipment}
        self.skills = {(skill.person, skill.activity): skill for skill in service.skills}
        self.half_days = frozenset((*WEEKDAY_HALF_DAYS, *service.slots.premium, *service.slots.minutes))
        self.now: dict[str, list[JobPlanRow]] = {person: [] for person in self.people}
        for row in service.job_plans:
            self.now.setdefault(row.person, []).append(row)

    # ---- people

    def policy(self, person: str) -> Policy:
        """Policy of a person: by staff group; hours contracts without one follow afc-hours; else the default."""
        who = self.people[person]
        fallback = self.service.policy if who.contract_hours is None else HOURS_POLICY
        return self.service.policy_tables[self.service.policies.get(who.staff_group, fallback)]

    def in_post(self, person: str) -> bool:
        """Whether somebody is in the post at some time of the plan year."""
        who = self.people[person]
        starts = self.service.year_starts
        next_year = dt.date(starts.year + 1, starts.month, min(starts.day, 28) if starts.month == 2 else starts.day)
        if who.kind == "vacant":
            return False
        return (who.from_ is None or who.from_ < next_year) and (who.to is None or who.to >= starts)

    def year_share(self, person: str) -> float:
        """Share of the plan year in which somebody is in the post: each day counts a twelfth over its month's days.

        A month is one of the plan year's own: it begins on the day of the month on which the plan year begins.
        """
        return self._year_shares[person]

    @cached_property
    def _year_shares(self) -> dict[str, float]:
        begun, days = self._month_begun, Counter(self._month_begun.values())
        shares = {}
        for person, who in self.people.items():
            there = Counter(month for day, month in begun.items() if (who.from_ or day) <= day <= (who.to or day))
            share = math.fsum(there[month] / days[month] for month in there) / len(days)
            shares[person] = 0.0 if who.kind == "vacant" else share
        return shares

    @cached_property
    def _month_begun(self) -> dict[dt.date, dt.date]:
        """Day of the plan year -> the day on which its month of the plan year began."""
        starts, begun = self.service.year_starts, {}
        day = month = starts
        while (day.year, day.month, day.day) < (starts.year + 1, starts.month, starts.day):
            last_of_month = (day + dt.timedelta(days=1)).day == 1
            if day.day == starts.day or (last_of_month and day.day < starts.day):
                month = day
            begun[day] = month
            day += dt.timedelta(days=1)
        return begun

    def planned(self, person: str) -> bool:
        """Whether a job plan is proposed for this person."""
        who = self.people[person]
        wanted = who.staff_group != "resident" if who.planned is None else who.planned
        return wanted and self.in_post(person)

    def pa(self, person: str) -> int:
        """Minutes of one PA."""
        return self.policy(person).pa_minutes.value

    def contract(self, person: str) -> float:
        """Contract in minutes a week."""
        who = self.people[person]
        if who.contract_hours is not None:
            return who.contract_hours * 60
        return (who.contract_pa or 0.0) * self.pa(person)

    def most(self, person: str) -> float:
        """Contract with the extra time the person would accept, in minutes a week."""
        who = self.people[person]
        if who.max_hours is not None:
            return who.max_hours * 60
        return self.contract(person) if who.max_pa is None else who.max_pa * self.pa(person)

    def core_spa(self, person: str) -> float:
        """Core SPA floor in minutes a week."""
        who, policy = self.people[person], self.policy(person)
        if who.core_spa_hours is not None:
            return who.core_spa_hours * 60
        if who.core_spa_pa is not None:
            return who.core_spa_pa * self.pa(person)
        if policy.core_spa_bands is not None:
            contract_pa = self.contract(person) / self.pa(person)
            reached = [(least, spa) for least, spa in policy.core_spa_bands.value if contract_pa >= least]
            return max(reached)[1] * self.pa(person) if reached else 0.0
        return 0.0 if policy.core_spa_share is None else policy.core_spa_share.value * self.contract(person)

    def weeks_present(self, person: str) -> float:
        """W: weeks present a year, as given, by policy, or what leave and sickness leave of 52.18."""
        given = self.people[person].working_weeks
        if given is not None:
            return given
        policy = self.policy(person)
        if policy.working_weeks is not None:
            return policy.working_weeks.value
        away = policy.annual_leave_weeks.value + policy.statutory_leave_weeks.value
        away += policy.bank_holiday_weeks.value + policy.study_leave_weeks.value
        return (WEEKS_PER_YEAR - away) * (1 - policy.sickness_share.value)

    def change_weight(self, person: str) -> int:
        """How much change to somebody weighs: as stated; by full years of tenure (2: 2, 10: 3) if asked for; else 1."""
        who, starts = self.people[person], self.service.year_starts
        if who.change_weight is not None:
            return who.change_weight
        if not self.service.objective.change_by_tenure or who.started_on is None:
            return 1
        begun = who.started_on
        months = 12 * (starts.year - begun.year) + starts.month - begun.month - (starts.day < begun.day)
        return 3 if months >= 120 else 2 if months >= 24 else 1

    def most_days(self, person: str) -> int:
        """Most days a week: as given, else the larger of days worked now and days the contract fills, at most 5."""
        given = self.people[person].max_days
        if given is not None:
            return given
        placed = [row for row in self.now[person] if row.slot != NO_FIXED_SLOT]
        now = max(
            (len({day_of(row.slot) for row in placed if week in self.row_weeks(row)}) for week in self.weeks), default=0
        )
        day = 450.0 if self.people[person].contract_hours is not None else 2.0 * self.pa(person)
        return min(MOST_DAYS_BY_DEFAULT, max(now, math.ceil(self.contract(person) / day - EPSILON)))

    def may_be_given(self, person: str, slot: str) -> bool:
        """Whether anything may be placed there for this person: available, and consenting where it is premium."""
        who = self.people[person]
        return slot not in who.unavailable and (slot not in self.service.slots.premium or bool(who.premium_consent))

    def may_do(self, person: str, activity: str, slot: str) -> bool:
        """Whether a person may be given an activity there, skill apart; an all-day list needs the whole day."""
        if not self.takes_part(person, activity):
            return False
        what = self.activities[activity]
        rooms = [room for room in what.room if room in self.rooms]
        day = slot.split()[0]
        halves = (f"{day} AM", f"{day} PM") if what.blocks == "AM+PM" else (slot,)
        return all(
            half in self.slots_of(activity)
            and self.may_be_given(person, half)
            and (not what.room or any(self.room_count(room, half, week) for room in rooms for week in self.weeks))
            and all(
                any(self.count_at(self.equipment[name], half, week) for week in self.weeks) for name in what.equipment
            )
            for half in halves
        )

    # ---- duty

    def duty_weeks(self, person: str, rota: Rota) -> float:
        """d: weeks a year this person spends on this rota's duty. Nobody is on duty from a vacant post."""
        if person not in rota.members or not self.in_post(person):
            return 0.0
        shares = {} if rota.share == "pro_rata" else {part.person: part.share for part in rota.share}
        others = [member for member in rota.members if member not in shares]
        if rota.duty_weeks:
            share = len(self.weeks_on(person, rota)) / len(rota.duty_weeks)
        elif rota.share == "pro_rata":
            share = self.pro_rata(person, rota)
        elif person in shares:
            share = shares[person]
        else:
            share = (1 - sum(shares.values())) / len(others)
        at_once = 1 if rota.people_at_once is None else rota.people_at_once
        if rota.prospective is False:
            return share * at_once * self.weeks_present(person)
        return share * at_once * (52.0 if rota.weeks_covered is None else rota.weeks_covered)

    def pro_rata(self, person: str, rota: Rota) -> float:
        """A member's part of a rota by contract."""
        return self.contract(person) / sum(self.contract(member) for member in rota.members)

    def weeks_on(self, person: str, rota: Rota) -> set[int]:
        """Weeks of the cycle in which a person is on duty, where the rota says so."""
        return {part.week for part in rota.duty_weeks if part.person == person}

    def away_on_duty(self, person: str, activity: str) -> set[int]:
        """Weeks of the cycle in which placed duty displaces an activity (``spa`` stands for all reserved time)."""
        if activity in self.activities and self.is_joint(activity):
            return set()
        rotas = (rota for rota in self.service.rotas if self.displaces(rota, activity))
        return {week for rota in rotas for week in self.weeks_on(person, rota)}

    def resting(self, person: str, slot: str) -> set[int]:
        """Weeks of the cycle in which a half-day is rest after placed duty."""
        weeks: set[int] = set()
        for rota in self.service.rotas:
            if slot in rota.rest_after:
                on = self.weeks_on(person, rota)
                within = rota.kind == "on_call"  # nights within the duty week; otherwise duty ends with its week
                weeks |= on if within else {1 if week == self.cycle else week + 1 for week in on}
        return weeks

    def duty_minutes(self, person: str) -> float:
        """Year-minutes of duty weeks."""
        return sum(
            self.duty_weeks(person, rota) * rota.pa_per_duty_week * self.pa(person) for rota in self.service.rotas
        )

    def displaces(self, rota: Rota, activity: str) -> bool:
        """Whether a duty week of this rota displaces sessions of this activity."""
        what = rota.displaces
        if what is None:
            what = "all" if rota.kind == "hot_week" else "none"
        if activity in rota.keeps or what == "none":
            return False
        return what == "all" or activity in what

    def weeks_at(self, person: str, activity: str) -> float:
        """Weeks a year in which the person is there for this activity: W, or W - d where duty displaces it.

        Where duty stands in weeks of the cycle the session stands in the others, and these weeks are all theirs.
        """
        rotas = [rota for rota in self.service.rotas if self.displaces(rota, activity)]
        off = 1 - len(self.away_on_duty(person, activity)) / self.cycle
        there = self.weeks_present(person)
        placed = sum(self.duty_weeks(person, rota) for rota in rotas if rota.duty_weeks)
        there = min(there, max(0.0, there - placed) / off) if off > 0 else 0.0
        return max(0.0, there - sum(self.duty_weeks(person, rota) for rota in rotas if not rota.duty_weeks))

    # ---- sessions

    def slots_of(self, activity: str) -> tuple[str, ...]:
        """Half-days an activity may run in: as given, else those it runs in now, else Monday to Friday."""
        given = self.activities[activity].slots
        now = {row.slot for row in self.service.job_plans if row.activity == activity and row.slot != NO_FIXED_SLOT}
        return given or tuple(sorted(now)) or WEEKDAY_HALF_DAYS

    def half_day(self, person: str, slot: str) -> int:
        """Length of a half-day for a person, in minutes."""
        return self.service.slots.minutes.get(slot, self.policy(person).half_day_minutes.value)

    def full_session(self, person: str, activity: str, slot: str) -> int:
        """Minutes of a full session."""
        given = self.activities[activity].session_minutes
        if given is not None:
            return given
        return self.policy(person).half_day_minutes.value if slot == NO_FIXED_SLOT else self.half_day(person, slot)

    def session_admin(self, person: str, activity: str) -> float:
        """Charged on top of a full session: admin (given, else per attendance, else the policy's), travel, triage."""
        what, sized = self.activities[activity], self.demand.activities.get(activity)
        extra = sized.session_extra_minutes if sized is not None else 0.0
        if what.admin_minutes is not None:
            return what.admin_minutes + extra
        if sized is not None and sized.session_admin_minutes is not None:
            return sized.session_admin_minutes + extra
        return extra + (self.policy(person).session_admin_minutes.value if what.category == "DCC" else 0)

    def session(self, person: str, activity: str, slot: str, minutes: float | None = None) -> Session:
        """One session; ``minutes`` where a row of the plan gives its own length."""
        full = self.full_session(person, activity, slot)
        room = full if slot == NO_FIXED_SLOT else self.half_day(person, slot)
        timed = min(full if minutes is None else minutes, room)
        fraction = min(1.0, timed / full)
        admin = fraction * self.session_admin(person, activity)
        policy = self.policy(person)
        premium = slot in self.service.slots.premium
        factor = policy.pa_minutes.value / policy.premium_pa_minutes.value if premium else 1.0
        return Session(timed=timed, fraction=fraction, charge=timed * factor + admin, clock=timed + admin)

    def covered(self, activity: str) -> bool:
        """Whether the activity runs every week of the year through prospective cover."""
        return bool(self.activities[activity].covered)

    def annualised(self, activity: str) -> bool:
        """Whether sessions have no half-day and are decided as so many a year."""
        return bool(self.activities[activity].annualised)

    def is_joint(self, activity: str) -> bool:
        """Whether a session takes the whole team, or all of some groups (team = all, or all:nurse)."""
        team = self.activities[activity].team
        return team == "all" or isinstance(team, WholeGroups)

    def places(self, activity: str) -> dict[str, int]:
        """Group of a joint team -> people a session needs of it; empty for other activities."""
        team = self.activities[activity].team
        return {part.group: part.count for part in team} if isinstance(team, tuple) else {}

    def place_of(self, person: str, activity: str) -> str | None:
        """The group of a joint team somebody counts in: their grade before their staff group."""
        who, places = self.people[person], self.places(activity)
        if who.grade is not None and who.grade in places:
            return who.grade
        return who.staff_group if who.staff_group in places else None

    def takes_part(self, person: str, activity: str) -> bool:
        """Whether an activity's team has a place for somebody."""
        team, who = self.activities[activity].team, self.people[person]
        if isinstance(team, WholeGroups):
            return not {who.staff_group, who.grade}.isdisjoint(team.groups)
        return not isinstance(team, tuple) or self.place_of(person, activity) is not None

    def is_supervised(self, person: str, activity: str) -> bool:
        """Whether somebody needs a supervisor for an activity."""
        skill = self.skills.get((person, activity))
        return skill is not None and bool(skill.supervised_by)

    # ---- sites

    def site(self, activity: str) -> str | None:
        """Where an activity is: the site of all its rooms, else its own, else main; None for rooms on several."""
        what = self.activities[activity]
        found = {self.rooms[room].site or MAIN for room in what.room if room in self.rooms}
        if len(found) > 1:
            return None
        return found.pop() if found else what.site or MAIN

    def near(self, one: str, other: str) -> bool:
        """Whether two activities can be on one site."""
        here, there = self.site(one), self.site(other)
        return here is None or there is None or here == there

    def travel(self, start: str, end: str) -> float | None:
        """Minutes of travel between two sites, as given for the way or for the way back; None where not given."""
        if start == end:
            return 0.0
        given = {(row.from_, row.to): row.minutes for row in self.service.sites}
        return given.get((start, end), given.get((end, start)))

    @cached_property
    def slots_in_order(self) -> tuple[str, ...]:
        """Half-days of the service in the order of the week."""
        return tuple(
            sorted(self.half_days, key=lambda slot: (DAYS.index(slot.split()[0]), PARTS.index(slot.split()[1])))
        )

    def charged_weeks(self, person: str, activity: str) -> float:
        """D: weeks a year a weekly session is charged for."""
        return WEEKS_PER_YEAR if self.covered(activity) else self.weeks_at(person, activity)

    def presence(self, person: str, activity: str) -> float:
        """e: what a weekly session delivers a calendar week, in the share of the year the person is in post."""
        while_in_post = 1.0 if self.covered(activity) else self.weeks_at(person, activity) / WEEKS_PER_YEAR
        return while_in_post * self.year_share(person)

    def output(self, person: str, activity: str) -> float:
        """Share of a full session's contacts; 1 where none is given."""
        skill = self.skills.get((person, activity))
        return 1.0 if skill is None or skill.output is None else skill.output

    # ---- rows

    def row_weeks(self, row: JobPlanRow) -> tuple[int, ...]:
        """Weeks of the cycle a row with a half-day stands in; a session not in its owner's duty and rest."""
        weeks = self.weeks if row.weeks is None else row.weeks
        placed_duty = any(rota.duty_weeks for rota in self.service.rotas)
        if not placed_duty or is_reserved(row.activity) or row.activity not in self.activities:
            return weeks
        if self.is_joint(row.activity):
            return weeks
        closed = self.away_on_duty(row.person, row.activity) | self.resting(row.person, row.slot)
        return tuple(week for week in weeks if week not in closed) if closed else weeks

    def loose_charge(self, row: JobPlanRow) -> float:
        """Year-minutes of an activity row without a half-day."""
        if row.per_year is not None:
            return row.per_year * self.session(row.person, row.activity, NO_FIXED_SLOT, row.minutes).charge
        return (row.minutes or 0.0) * self._loose_weeks(row)

    def _loose_weeks(self, row: JobPlanRow) -> float:
        """D of time without a half-day, which duty displaces wherever it stands in the cycle."""
        if self.covered(row.activity):
            return WEEKS_PER_YEAR
        rotas = (rota for rota in self.service.rotas if self.displaces(rota, row.activity))
        return self.weeks_present(row.person) - sum(self.duty_weeks(row.person, rota) for rota in rotas)

    def loose_delivery(self, row: JobPlanRow) -> float:
        """Full sessions a calendar week of an activity row without a half-day."""
        output = self.output(row.person, row.activity)
        if row.per_year is not None:
            fraction = self.session(row.person, row.activity, NO_FIXED_SLOT, row.minutes).fraction
            return row.per_year / WEEKS_PER_YEAR * output * fraction * self.year_share(row.person)
        whole = self.session(row.person, row.activity, NO_FIXED_SLOT).charge
        there = self._loose_weeks(row) / WEEKS_PER_YEAR * self.year_share(row.person)
        return (row.minutes or 0.0) / whole * output * there

    # ---- requirement

    def tier(self, activity: Activity) -> str:
        """``rapid`` or ``routine``."""
        if activity.tier is not None:
            return activity.tier
        rapid = any(s.kind == "rapid" and s.activity == activity.activity for s in self.service.streams)
        return "rapid" if rapid else "routine"

    def rota_delivery(self, activity: str) -> float:
        """Sessions a calendar week that duty weeks of people in post deliver; nobody steps in for one who left."""
        return sum(
            part.sessions
            * sum(self.duty_weeks(person, rota) * self.year_share(person) for person in rota.members)
            / WEEKS_PER_YEAR
            for rota in self.service.rotas
            for part in rota.delivers
            if part.activity == activity
        )

    def on_duty_for(self, activity: str) -> set[str]:
        """People in post who do an activity in their duty weeks."""
        return {
            person
            for rota in self.service.rotas
            if any(part.activity == activity for part in rota.delivers)
            for person in rota.members
            if self.in_post(person)
        }

    def requirement(self, activity: str) -> float:
        """Full sessions a calendar week, rapid streams at their centile."""
        sized = self.demand.activities.get(activity)
        return 0.0 if sized is None else sized.required

    def requirement_mean(self, activity: str) -> float:
        """Full sessions a calendar week, every stream at its mean."""
        sized = self.demand.activities.get(activity)
        return 0.0 if sized is None else sized.required_mean

    def parts(self, activity: str) -> Iterator[tuple[frozenset[str] | None, float]]:
        """Half-days of each part of the requirement and the share that falls in it; None for any half-day."""
        what = self.activities[activity]
        spread = what.spread
        if spread is None:
            daily = any(
                s.activity == activity and s.kind == "rapid" and s.period == "day" for s in self.service.streams
            )
            spread = "each_day" if daily else "any"
        slots = self.slots_of(activity)
        if spread == "any":
            yield None, 1.0
        elif spread == "each_day":
            days = {day_of(slot) for slot in slots}
            for day in sorted(days):
                yield frozenset(slot for slot in slots if day_of(slot) == day), 1 / len(days)
        elif spread == "each_half_day":
            for slot in sorted(set(slots)):
                yield frozenset([slot]), 1 / len(set(slots))
        else:
            total = sum(part.sessions for part in spread)
            for part in spread:
                yield frozenset([part.slot]), part.sessions / total

    # ---- rooms and roles

    def room_count(self, room: str, slot: str, week: int) -> int:
        """Rooms of that id in a half-day of a week of the cycle."""
        return self.count_at(self.rooms[room], slot, week)

    def count_at(self, what: Room | Equipment, slot: str, week: int) -> int:
        """Rooms or sets of equipment in a half-day of a week of the cycle."""
        if slot not in (what.slots or WEEKDAY_HALF_DAYS) or (what.weeks and week not in what.weeks):
            return 0
        return 1 if what.count is None else what.count

    def role_pa(self, role: Role) -> float:
        """PAs of one holder: tariff (given or the default policy's) x trainees, shared where the role is split."""
        tariff = role.tariff_pa
        if tariff is None:
            policy = self.service.policy_tables[self.service.policy]
            shipped, supervision = policy.tariffs.get(role.role), policy.supervision_pa_per_trainee
            if shipped is not None:
                tariff = shipped.value.pa
            else:
                tariff = supervision.value if supervision is not None and role.trainees is not None else 0.0
        if role.max_trainees is not None:
            return tariff  # of one trainee
        tariff *= 1 if role.trainees is None else role.trainees
        return tariff / max(1, self.role_holders(role)) if role.split else tariff

    def role_holders(self, role: Role) -> int:
        """How many people hold the role."""
        return 1 if role.holders is None else role.holders

    def role_fixed(self, role: Role) -> bool:
        """Whether those appointed stay."""
        return role.fixed is not False

    def eligible(self, role: Role) -> frozenset[str]:
        """Who may hold a role: those listed, else the staff groups of the policy's tariff; those appointed always."""
        if role.eligible:
            return frozenset((*(p for p in role.eligible if self.in_post(p)), *role.held_by))
        shipped = self.service.policy_tables[self.service.policy].tariffs.get(role.role)
        groups = () if shipped is None else shipped.value.staff_groups
        able = {
            person
            for person, who in self.people.items()
            if self.in_post(person) and (who.staff_group in groups if groups else who.staff_group != "resident")
        }
        return frozenset((*able, *role.held_by))
