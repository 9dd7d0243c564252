"""Seeded random services for the benchmarks: teams of any size with a feasible plan in force.

A service is built table by table, each from its own stream of random numbers, so that one seed gives the same team,
activities, rooms and roles whatever the length of the cycle; only the weeks of the plan in force differ.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from benchmarks.arithmetic import Arithmetic
from capacity.service.model import (
    Activity,
    Delivery,
    DemandRow,
    JobPlanRow,
    Person,
    Role,
    Room,
    Rota,
    Service,
    Skill,
    Slots,
    Stream,
)
from capacity.service.policy import load_policy
from capacity.units import DAYS, WEEKDAY_HALF_DAYS, day_of, half_day_order

YEAR_STARTS = dt.date(2027, 4, 1)
FIRST_WEEK = dt.date(2026, 3, 2)
WEEKS_OF_DEMAND = 52
SPARE = (18, 32)
SPECIAL = ("mdt", "ward")
MDT_SLOT = "Wed LUNCH"
PREMIUM_SLOT = "Sat AM"
ROLE_NAMES = (
    "service_lead", "governance", "audit", "rota_lead", "mortality", "college_tutor", "mdt_lead", "research_lead",
)  # fmt: skip


def random_service(people: int, seed: int, cycle_weeks: int = 4, spare: tuple[int, int] = SPARE) -> Service:
    """Return a realistic service of that many people, the same for the same seed.

    The plans in force keep every rule and add up to each contract; what is asked for is what they supply, moved by
    -20 % to +50 % activity by activity, so that some activities are short and some have time to spare.

    Parameters
    ----------
    people
        Size of the team (4 or more).
    seed
        Which service of that size.
    cycle_weeks
        Length of the timetable's cycle.
    spare
        Least and most per cent of a person's clinical time that the plan in force leaves free (flexible). With 18 to
        32 there is a little more time than is asked for; with 10 to 25 as much, which is much harder to prove; 0 to 8
        is a service that cannot do all that is asked.
    """
    draft = _Draft(people, seed, cycle_weeks)
    plan = _PlanInForce(draft.service(), draft.numbers("plan"), spare)
    service = draft.service().model_copy(update={"job_plans": plan.rows()})
    return _with_demand(service, draft.numbers("demand"))


class _Draft:
    """The tables of a service other than the plan in force and demand."""

    def __init__(self, people: int, seed: int, cycle_weeks: int):
        self.size, self.seed, self.cycle_weeks = people, seed, cycle_weeks
        chance = self.numbers("features")
        self.has_mdt = chance.random() < 0.3
        self.has_ward = people >= 8 and chance.random() < 0.4
        self.has_premium = chance.random() < 0.2
        self.has_blocks = chance.random() < 0.3
        self.day_off = {number: chance.sample(DAYS[:5], 2) for number in range(people)}
        self.people = self._people()
        self.rooms = self._rooms()
        self.activities = self._activities()
        self.rotas = self._rotas()
        self.skills = self._skills()
        self.roles = self._roles()

    def numbers(self, table: str) -> random.Random:
        """Random numbers of one table."""
        return random.Random(f"{table}/{self.size}/{self.seed}")

    def service(self) -> Service:
        """Service without demand and plans in force."""
        nurses = any(row.staff_group == "nurse" for row in self.people)
        names = ["england-consultant-2003", *(["afc-hours"] if nurses else [])]
        lunch = {MDT_SLOT: 60} if self.has_mdt else {}
        return Service(
            id=f"random-{self.size}-{self.seed}",
            name=f"Random service {self.seed} of {self.size} people",
            year_starts=YEAR_STARTS,
            cycle_weeks=self.cycle_weeks,
            policy=names[0],
            policies={"nurse": "afc-hours"} if nurses else {},
            slots=Slots(premium=(PREMIUM_SLOT,) if self.has_premium else (), minutes=lunch),
            activities=self.activities,
            people=self.people,
            skills=self.skills,
            rooms=self.rooms,
            rotas=self.rotas,
            roles=self.roles,
            policy_tables={name: load_policy(name) for name in names},
        )

    def _people(self) -> tuple[Person, ...]:
        chance = self.numbers("people")
        return tuple(self._person(number, chance) for number in range(self.size))

    def _person(self, number: int, chance: random.Random) -> Person:
        nurse = chance.random() < 0.2
        part_time = chance.random() < 0.25
        common = {
            "person": f"p{number + 1:03d}",
            "name": f"{'Nurse' if nurse else 'Consultant'} {number + 1}",
            "staff_group": "nurse" if nurse else "consultant",
            "grade": "7" if nurse else None,
            "premium_consent": True if self.has_premium and chance.random() < 0.5 else None,
        }
        if nurse:
            hours = chance.choice((22.5, 26.25, 30.0)) if part_time else 37.5
            contract, days = {"contract_hours": hours}, math.ceil(hours / 7.5)
        else:
            pas = chance.choice((5.0, 6.0, 7.0, 8.0)) if part_time else chance.choice((9.0, 10.0, 10.0, 10.0, 11.0))
            contract, days = {"contract_pa": pas}, math.ceil(pas / 2)
        unavailable: list[str] = []
        if part_time:
            for day in self.day_off[number][: 5 - min(days, 4)]:
                unavailable += [f"{day} AM", f"{day} PM"] + ([MDT_SLOT] if self.has_mdt and day == "Wed" else [])
        elif chance.random() < 0.15:
            unavailable = [chance.choice(WEEKDAY_HALF_DAYS)]
        max_days = min(days, 4) if part_time else None
        slots = tuple(sorted(unavailable, key=half_day_order))
        return Person.model_validate({**common, **contract, "unavailable": slots, "max_days": max_days})

    def _rooms(self) -> tuple[Room, ...]:
        chance = self.numbers("rooms")
        count = max(1, self.size // 8)
        return tuple(
            Room(
                room=f"r{number + 1}",
                name=f"Room {number + 1}",
                count=chance.choice((1, 1, 2, 3)),
                slots=WEEKDAY_HALF_DAYS if chance.random() < 0.7 else _some_slots(chance, 8, 9),
            )
            for number in range(count)
        )

    def _activities(self) -> tuple[Activity, ...]:
        chance = self.numbers("activities")
        count = self.size // 3 + 4
        blocked = chance.randrange(1, count) if self.has_blocks else None
        rows = [self._activity(number, number == blocked, chance) for number in range(count)]
        if self.has_mdt:
            rows.append(
                Activity(
                    activity="mdt", name="Team meeting", category="DCC", session_minutes=60, admin_minutes=0,
                    slots=(MDT_SLOT,), sessions_per_week=1, team="all", covered=None,
                )
            )  # fmt: skip
        if self.has_ward:
            rows.append(
                Activity(activity="ward", name="Ward round", category="DCC", slots=("Mon AM",), sessions_per_week=9.5)
            )
        return tuple(rows)

    def _activity(self, number: int, blocked: bool, chance: random.Random) -> Activity:
        rapid = number < max(1, self.size // 12)
        rooms = chance.sample([room.room for room in self.rooms], k=min(len(self.rooms), chance.choice((1, 1, 2))))
        uses_room = chance.random() < 0.5
        slots = WEEKDAY_HALF_DAYS if blocked or chance.random() < 0.6 else _some_slots(chance, 4, 8)
        if self.has_premium and number == 1:
            slots = (*slots, PREMIUM_SLOT)
        minutes = 240 if blocked else chance.choice((210, 180)) if chance.random() < 0.15 else None
        contact = chance.choice((150, 180, 200))
        return Activity(
            activity=f"a{number + 1:02d}",
            name=f"{'Rapid clinic' if rapid else 'Clinic'} {number + 1}",
            category="DCC",
            tier="rapid" if rapid else None,
            priority=chance.choice((None, None, None, 2, 3)),
            session_minutes=minutes,
            contact_minutes=min(contact, (minutes or 240) - 30),
            admin_minutes=chance.choice((0, 30, 60)) if chance.random() < 0.2 else None,
            room=tuple(sorted(rooms)) if uses_room else (),
            slots=slots,
            spread="each_day" if rapid and not blocked and chance.random() < 0.3 else None,
            blocks="AM+PM" if blocked else None,
            covered=True if chance.random() < (0.8 if rapid else 0.1) else None,
            min_people=2 if rapid else None,
            min_sessions_per_year=20 if chance.random() < 0.1 else None,
        )

    def _rotas(self) -> tuple[Rota, ...]:
        if not self.has_ward:
            return ()
        chance = self.numbers("rotas")
        full_time = [row.person for row in self.people if row.contract_pa and row.contract_pa >= 9]
        members = sorted(chance.sample(full_time, k=min(len(full_time), 8)))
        keeps = ("mdt",) if self.has_mdt else ()
        return (
            Rota(
                rota="hot_week", name="Ward week", kind="hot_week", members=tuple(members), keeps=keeps,
                pa_per_duty_week=chance.choice((10, 11, 12)), delivers=(Delivery(activity="ward", sessions=10),),
            ),
        )  # fmt: skip

    def _skills(self) -> tuple[Skill, ...]:
        chance = self.numbers("skills")
        ordinary = [row.activity for row in self.activities if row.activity not in SPECIAL]
        rows: list[Skill] = []
        for person in self.people:
            for activity in sorted(chance.sample(ordinary, k=min(len(ordinary), chance.randint(3, 6)))):
                output = 0.8 if chance.random() < 0.05 else None
                rows.append(Skill(person=person.person, activity=activity, output=output))
            if self.has_mdt and (person.contract_pa or chance.random() < 0.5):
                rows.append(Skill(person=person.person, activity="mdt"))
            if any(person.person in rota.members for rota in self.rotas):
                rows.append(Skill(person=person.person, activity="ward"))
        skilled = {row.activity for row in rows}
        rows += [Skill(person=self.people[0].person, activity=name) for name in ordinary if name not in skilled]
        return tuple(rows)

    def _roles(self) -> tuple[Role, ...]:
        chance = self.numbers("roles")
        consultants = [row.person for row in self.people if row.staff_group == "consultant"]
        roles = []
        for name in ROLE_NAMES[: min(len(ROLE_NAMES), 2 + self.size // 6)]:
            holders = 2 if chance.random() < 0.2 and len(consultants) > 2 else 1
            vacancies = sum(chance.random() < 0.3 for _ in range(holders))
            held_by = sorted(chance.sample(consultants, k=min(len(consultants), holders - vacancies)))
            roles.append(
                Role(
                    role=name,
                    name=name.replace("_", " ").capitalize(),
                    category="SPA",
                    tariff_pa=chance.choice((0.25, 0.5, 0.5, 1.0)),
                    holders=holders,
                    split=True if holders == 2 else None,
                    eligible=tuple(consultants),
                    held_by=tuple(held_by),
                    fixed=False if held_by and chance.random() < 0.2 else None,
                )
            )
        return tuple(roles)


@dataclass
class _Held:
    """What one person has been given so far."""

    left: Fraction
    """Year-minutes of the contract not yet used."""
    taken: dict[tuple[str, int], str] = field(default_factory=dict)
    """(half-day, week) -> activity."""

    def load(self, week: int) -> int:
        return sum(k == week for _, k in self.taken)

    def days(self, week: int) -> set[str]:
        return {day_of(slot) for slot, k in self.taken if k == week}


class _PlanInForce:
    """A plan built greedily, session by session, keeping rooms, days, contracts and even weeks."""

    def __init__(self, service: Service, chance: random.Random, spare: tuple[int, int]):
        self.service, self.chance, self.spare = service, chance, spare
        self.sums = Arithmetic(service)
        self.free = {
            (room.room, slot, week): room.count or 1
            for room in service.rooms
            for slot in room.slots
            for week in self.sums.weeks
        }
        self.cells: dict[tuple[str, str, str], tuple[int, ...]] = {}
        self.held = {person.person: _Held(self._for_sessions(person)) for person in service.people}
        self._meeting()
        for person in self._shuffled(service.people):
            self._fill(person)

    def _shuffled(self, rows: tuple[Person, ...]) -> list[Person]:
        return self.chance.sample(list(rows), k=len(rows))

    def _for_sessions(self, person: Person) -> Fraction:
        """Year-minutes left after duty weeks, core SPA and roles held."""
        present = self.sums.weeks_present(person)
        fixed = self.sums.core_spa(person) + sum(self._role_minutes(person).values())
        return present * (self.sums.contract(person) - fixed) - self.sums.duty_minutes(person)

    def _role_minutes(self, person: Person) -> dict[str, Fraction]:
        roles = self.service.roles
        return {role.role: self.sums.role_minutes(role, person) for role in roles if person.person in role.held_by}

    def _meeting(self) -> None:
        for person in self.service.people:
            if (person.person, "mdt") in self.sums.skills and MDT_SLOT not in person.unavailable:
                self._place(person, self.sums.activities["mdt"], (MDT_SLOT,), self.sums.weeks)

    def _fill(self, person: Person) -> None:
        """Place sessions until little more than the spare time is left."""
        target = self.held[person.person].left * Fraction(self.chance.randint(*self.spare), 100)
        skills = [self.sums.activities[row.activity] for row in self.service.skills if row.person == person.person]
        ordinary = [row for row in skills if row.activity not in SPECIAL]
        choices = [(activity, slots) for activity in ordinary for slots in _places(activity)]
        self.chance.shuffle(choices)
        for activity, slots in choices:
            if self.held[person.person].left <= target:
                return
            share = self.chance.choice((1, 1, 1, 0.5, 0.5, 0.25))
            weeks = self._weeks(person, activity, slots, max(1, round(share * len(self.sums.weeks))))
            if weeks:
                self._place(person, activity, slots, weeks)

    def _weeks(self, person: Person, activity: Activity, slots: tuple[str, ...], count: int) -> tuple[int, ...]:
        """Evenly spaced weeks in which the person, a room, the days and the contract are free; lightest first."""
        held, cycle = self.held[person.person], len(self.sums.weeks)
        if self._charge(person, activity, slots) * count > held.left or self._too_few(person, activity, count, slots):
            return ()
        if any(slot in person.unavailable for slot in slots):
            return ()
        if any(slot in self.service.slots.premium for slot in slots) and not person.premium_consent:
            return ()
        options = []
        for first in range(math.ceil(cycle / count)):
            weeks = tuple(sorted({(first + at * cycle // count) % cycle + 1 for at in range(count)}))
            if len(weeks) == count and all(self._can(person, activity, slots, week) for week in weeks):
                options.append((max(held.load(week) for week in weeks), weeks))
        weeks = min(options, default=(0, ()))[1]
        return weeks if self._even(held, weeks, len(slots)) else ()

    def _too_few(self, person: Person, activity: Activity, count: int, slots: tuple[str, ...]) -> bool:
        sessions = count * len(slots) * self.sums.charged_weeks(person, activity) / len(self.sums.weeks)
        return sessions < (activity.min_sessions_per_year or 0)

    def _charge(self, person: Person, activity: Activity, slots: tuple[str, ...]) -> Fraction:
        """Year-minutes of one week of the cycle."""
        minutes = sum((self.sums.charge(person, activity, slot) for slot in slots), Fraction(0))
        return minutes * self.sums.charged_weeks(person, activity) / len(self.sums.weeks)

    def _can(self, person: Person, activity: Activity, slots: tuple[str, ...], week: int) -> bool:
        held = self.held[person.person]
        if any((slot, week) in held.taken for slot in slots):
            return False
        if len(held.days(week) | {day_of(slot) for slot in slots}) > self._most_days(person):
            return False
        return not activity.room or all(self._room(activity, slot, week) for slot in slots)

    def _most_days(self, person: Person) -> int:
        return person.max_days or min(5, math.ceil(self.sums.contract(person) / 450))

    def _room(self, activity: Activity, slot: str, week: int) -> str | None:
        return next((room for room in activity.room if self.free.get((room, slot, week), 0) > 0), None)

    def _even(self, held: _Held, weeks: tuple[int, ...], sessions: int) -> bool:
        loads = [held.load(week) + sessions * (week in weeks) for week in self.sums.weeks]
        return max(loads) <= sum(loads) / len(loads) + 1

    def _place(self, person: Person, activity: Activity, slots: tuple[str, ...], weeks: tuple[int, ...]) -> None:
        held = self.held[person.person]
        held.left -= self._charge(person, activity, slots) * len(weeks)
        for slot in slots:
            self.cells[person.person, activity.activity, slot] = weeks
            for week in weeks:
                held.taken[slot, week] = activity.activity
                room = self._room(activity, slot, week)
                if room is not None:
                    self.free[room, slot, week] -= 1

    def rows(self) -> tuple[JobPlanRow, ...]:
        """Rows of every person: sessions, core SPA, roles, and what is left as flexible time."""
        return tuple(row for person in self.service.people for row in self._rows_of(person))

    def _rows_of(self, person: Person) -> list[JobPlanRow]:
        rows = []
        for (who, activity, slot), weeks in self.cells.items():
            if who == person.person:
                pinned = True if weeks == self.sums.weeks and self.chance.random() < 0.03 else None
                every = None if weeks == self.sums.weeks else weeks
                rows.append(JobPlanRow(person=who, activity=activity, slot=slot, weeks=every, pinned=pinned))
        rows.sort(key=lambda row: half_day_order(row.slot))
        rows += self._spa(person)
        for role, minutes in self._role_minutes(person).items():
            rows.append(JobPlanRow(person=person.person, activity=f"role:{role}", slot="-", minutes=float(minutes)))
        flexible = round(self.held[person.person].left / self.sums.weeks_present(person))
        if flexible:
            rows.append(JobPlanRow(person=person.person, activity="flexible", slot="-", minutes=flexible))
        return rows

    def _spa(self, person: Person) -> list[JobPlanRow]:
        """Core SPA: one half-day of it in the timetable where one is free on a day worked, the rest anywhere."""
        held, minutes = self.held[person.person], int(self.sums.core_spa(person))
        length = self.sums.policy(person).half_day_minutes.value
        days = set.intersection(*(held.days(week) for week in self.sums.weeks))
        free = [
            slot
            for slot in WEEKDAY_HALF_DAYS
            if day_of(slot) in days
            and slot not in person.unavailable
            and not any((slot, week) in held.taken for week in self.sums.weeks)
        ]
        if not free or minutes < length:
            return [JobPlanRow(person=person.person, activity="spa", slot="-", minutes=minutes)]
        rows = [JobPlanRow(person=person.person, activity="spa", slot=free[0], minutes=length)]
        if minutes > length:
            rows.append(JobPlanRow(person=person.person, activity="spa", slot="-", minutes=minutes - length))
        return rows


def _some_slots(chance: random.Random, fewest: int, most: int) -> tuple[str, ...]:
    slots = chance.sample(WEEKDAY_HALF_DAYS, k=chance.randint(fewest, most))
    return tuple(sorted(slots, key=half_day_order))


def _places(activity: Activity) -> list[tuple[str, ...]]:
    """Half-days to place at once: one, or both of a day for an all-day list."""
    if activity.blocks is None:
        return [(slot,) for slot in activity.slots]
    return [(f"{day} AM", f"{day} PM") for day in DAYS[:5] if {f"{day} AM", f"{day} PM"} <= set(activity.slots)]


def _supply(service: Service) -> dict[str, Fraction]:
    """Full sessions a calendar week the plans in force deliver."""
    sums = Arithmetic(service)
    total: dict[str, Fraction] = defaultdict(Fraction)
    for row in service.job_plans:
        if row.activity in sums.activities and row.activity not in SPECIAL:
            activity, person = sums.activities[row.activity], sums.people[row.person]
            share = Fraction(len(sums.weeks_of(row)), service.cycle_weeks)
            total[row.activity] += share * sums.delivered(person, activity, row.slot)
    return total


def _with_demand(service: Service, chance: random.Random) -> Service:
    """Ask of each activity what is supplied now, moved by -20 % to +50 %: as referrals, or as fixed sessions."""
    supply = _supply(service)
    activities: list[Activity] = []
    streams: list[Stream] = []
    rows: list[DemandRow] = []
    for activity in service.activities:
        if activity.activity in SPECIAL:
            activities.append(activity)
            continue
        wanted = float(supply[activity.activity]) * chance.uniform(0.8, 1.5) or 0.25
        as_stream = activity.tier == "rapid" or chance.random() < 0.5
        weekly = chance.choice((20, 30, 40))
        spread = chance.uniform(1.2, 3.0)
        if not as_stream:
            activities.append(activity.model_copy(update={"sessions_per_week": round(wanted, 2)}))
            continue
        activities.append(activity)
        streams.append(
            Stream(
                stream=activity.activity,
                name=f"Referrals to {activity.name.lower()}",
                activity=activity.activity,
                kind="rapid" if activity.tier == "rapid" else "routine",
                contact_minutes=weekly,
            )
        )
        assert activity.contact_minutes is not None
        mean = wanted * activity.contact_minutes / weekly
        for week in range(WEEKS_OF_DEMAND):
            start = FIRST_WEEK + dt.timedelta(weeks=week)
            rows.append(DemandRow(start=start, series=activity.activity, referrals=_count(chance, mean, spread)))
    return service.model_copy(
        update={"activities": tuple(activities), "streams": tuple(streams), "demand": tuple(rows)}
    )


def _count(chance: random.Random, mean: float, spread: float) -> int:
    """An over-dispersed count: Poisson around a gamma mean, variance ``spread`` times the mean."""
    rate = chance.gammavariate(mean / (spread - 1), spread - 1)
    count, passed = 0, chance.expovariate(1.0)
    while passed < rate:
        count, passed = count + 1, passed + chance.expovariate(1.0)
    return count
