"""Tiny random services for oracle tests: few people and half-days, and every feature of the rules now and then."""

from __future__ import annotations

import datetime as dt
import random

from capacity.service.model import (
    Activity,
    Delivery,
    DemandRow,
    JobPlanRow,
    Objective,
    Person,
    Role,
    Room,
    Rota,
    Service,
    Skill,
    Slots,
    SpreadPart,
    Stream,
)
from capacity.service.policy import load_policy
from capacity.units import half_day_order

HALF_DAYS = ("Mon AM", "Mon PM", "Tue AM", "Tue PM", "Wed AM", "Thu PM")
PREMIUM = "Sat AM"
LUNCH = "Tue LUNCH"
POLICIES = ("england-consultant-2003", "afc-hours")
WEEKS_OF_DEMAND = 20


def tiny_service(seed: int) -> Service:
    """Return a service of three to five people on a cycle of one to three weeks. It may have no plan at all."""
    return _Tiny(random.Random(f"tiny/{seed}"), seed).service()


def varied_service(seed: int, people: int) -> Service:
    """Return a tiny service of so many people that may also limit sessions a week and pin SPA to a half-day."""
    chance = random.Random(f"varied/{seed}")
    made = _Tiny(chance, seed, people).service()
    skills = tuple(
        row.model_copy(update={"max_per_week": chance.choice((0.5, 1, 1.5, 2)) if chance.random() < 0.15 else None})
        for row in made.skills
    )
    pinned = tuple(_pinned_spa(chance, made, who) for who in made.people if who.planned is None)
    rows = (*made.job_plans, *(row for row in pinned if row is not None))
    return made.model_copy(update={"id": f"varied-{people}-{seed}", "skills": skills, "job_plans": rows})


def _pinned_spa(chance: random.Random, made: Service, who: Person) -> JobPlanRow | None:
    """SPA of one person in a half-day in which they have nothing, now and then."""
    busy = {row.slot for row in made.job_plans if row.person == who.person} | set(who.unavailable)
    free = [slot for slot in HALF_DAYS if slot not in busy]
    if chance.random() > 0.15 or not free or len({slot[:3] for slot in busy}) >= (who.max_days or 5):
        return None
    weeks = tuple(sorted(chance.sample(range(1, made.cycle_weeks + 1), k=chance.randint(1, made.cycle_weeks))))
    return JobPlanRow(
        person=who.person, activity="spa", slot=chance.choice(free), pinned=True,
        weeks=None if len(weeks) == made.cycle_weeks else weeks, minutes=chance.choice((30, 60)),
    )  # fmt: skip


class _Tiny:
    def __init__(self, chance: random.Random, seed: int, people: int | None = None):
        self.chance, self.seed = chance, seed
        self.cycle = chance.choice((1, 2, 2, 2, 3))
        self.premium = chance.random() < 0.3
        self.half_days = tuple(sorted(chance.sample(HALF_DAYS, k=chance.randint(3, 5)), key=half_day_order)) + (
            (PREMIUM,) if self.premium else ()
        )
        self.people = tuple(self._person(number) for number in range(people or chance.randint(3, 5)))
        self.rooms = tuple(self._room(number) for number in range(chance.randint(1, 2)))
        self.activities = tuple(self._activity(number) for number in range(chance.randint(2, 4)))
        self.has_meeting = chance.random() < 0.3
        if self.has_meeting:
            self.activities += (self._meeting(),)
        self.skills = self._skills()

    def _often(self, share: float) -> bool:
        return self.chance.random() < share

    def service(self) -> Service:
        rows = self._plan_in_force()
        streams, demand = self._demand()
        return Service(
            id=f"tiny-{self.seed}",
            name=f"Tiny service {self.seed}",
            year_starts=dt.date(2027, 4, 1),
            cycle_weeks=self.cycle,
            policy=POLICIES[0],
            objective=Objective(
                hold_tolerance=self.chance.choice((0, 1, 1)), extra_pa_budget=self.chance.choice((0, 0, 1.0))
            ),
            slots=Slots(premium=(PREMIUM,) if self.premium else (), minutes={LUNCH: 60} if self.has_meeting else {}),
            activities=self.activities,
            streams=streams,
            demand=demand,
            people=self.people,
            skills=self.skills,
            rooms=self.rooms,
            rotas=self._rotas(),
            roles=self._roles(),
            job_plans=rows,
            policy_tables={name: load_policy(name) for name in POLICIES},
        )

    def _person(self, number: int) -> Person:
        nurse = self._often(0.25)
        pas = self.chance.choice((2.0, 2.5, 3.0, 4.0))
        return Person(
            person=f"p{number + 1}",
            name=f"Person {number + 1}",
            staff_group="nurse" if nurse else "consultant",
            contract_hours=pas * 4 if nurse else None,
            contract_pa=None if nurse else pas,
            max_pa=pas + 0.5 if not nurse and self._often(0.4) else None,
            core_spa_pa=None if nurse else self.chance.choice((0.25, 0.5, None)),
            working_weeks=self.chance.choice((None, None, 40, 44.5)),
            unavailable=(self.chance.choice(self.half_days),) if self._often(0.3) else (),
            max_days=self.chance.choice((1, 2, 2)) if self._often(0.3) else None,
            premium_consent=True if self.premium and self._often(0.7) else None,
            planned=False if number and self._often(0.08) else None,
        )

    def _room(self, number: int) -> Room:
        weeks = tuple(sorted(self.chance.sample(range(1, self.cycle + 1), k=max(1, self.cycle - 1))))
        return Room(
            room=f"r{number + 1}",
            name=f"Room {number + 1}",
            count=self.chance.choice((1, 1, 2)),
            slots=self.half_days if self._often(0.7) else self.half_days[1:],
            weeks=weeks if self._often(0.2) else (),
        )

    def _activity(self, number: int) -> Activity:
        blocks = self._often(0.15) and {"Mon AM", "Mon PM"} <= set(self.half_days)
        slots = self.half_days if self._often(0.6) else self.half_days[: self.chance.randint(2, 3)]
        rooms = self.chance.sample([room.room for room in self.rooms], k=self.chance.randint(1, len(self.rooms)))
        spread: str | tuple[SpreadPart, ...] | None = self.chance.choice((None, None, None, "each_day", "named"))
        if spread == "named":
            spread = tuple(SpreadPart(slot=slot, sessions=count) for slot, count in zip(slots, (2, 1), strict=False))
        return Activity.model_validate(
            {
                "activity": f"a{number + 1}",
                "name": f"Clinic {number + 1}",
                "category": "DCC" if self._often(0.9) else "SPA",
                "tier": "rapid" if number == 0 else None,
                "priority": self.chance.choice((None, None, 2)),
                "session_minutes": self.chance.choice((None, None, 240, 180, 300)),
                "contact_minutes": 180,
                "admin_minutes": self.chance.choice((None, 0, 30)),
                "room": tuple(sorted(rooms)) if self._often(0.5) else (),
                "slots": ("Mon AM", "Mon PM") if blocks else slots,
                "sessions_per_week": round(self.chance.uniform(0.3, 3.5), 2) if number else None,
                "spread": None if blocks else spread,
                "blocks": "AM+PM" if blocks else None,
                "covered": True if self._often(0.25) else None,
                "min_people": 2 if self._often(0.15) else None,
                "min_sessions_per_year": self.chance.choice((10, 30)) if self._often(0.15) else None,
            }
        )

    def _meeting(self) -> Activity:
        return Activity(
            activity="mdt", name="Team meeting", category="DCC", session_minutes=60, admin_minutes=0, slots=(LUNCH,),
            sessions_per_week=self.chance.choice((0.5, 1)), team="all",
        )  # fmt: skip

    def _skills(self) -> tuple[Skill, ...]:
        rows = [
            Skill(person=person.person, activity=activity.activity, output=self.chance.choice((None, None, None, 0.6)))
            for person in self.people
            for activity in self.activities
            if self._often(0.6)
        ]
        known = {row.activity for row in rows}
        first = self.people[0].person
        return (*rows, *(Skill(person=first, activity=a.activity) for a in self.activities if a.activity not in known))

    def _rotas(self) -> tuple[Rota, ...]:
        members = [row.person for row in self.people if row.contract_pa and row.contract_pa >= 3]
        if len(members) < 2 or not self._often(0.3):
            return ()
        return (
            Rota(
                rota="duty",
                name="Duty",
                kind="hot_week",
                members=tuple(members),
                weeks_covered=self.chance.choice((13, 20, 26)),
                pa_per_duty_week=self.chance.choice((2, 3)),
                keeps=("a2",) if self._often(0.3) else (),
                displaces=("a1",) if self._often(0.3) else None,
                delivers=(Delivery(activity="a2", sessions=1),) if self._often(0.5) else (),
            ),
        )

    def _roles(self) -> tuple[Role, ...]:
        rows = []
        for number in range(self.chance.randint(0, 2)):
            eligible = [row.person for row in self.people if row.staff_group == "consultant" and row.planned is None]
            if not eligible:
                break
            held = self.chance.sample(eligible, k=1) if self._often(0.6) else []
            rows.append(
                Role(
                    role=f"role{number + 1}",
                    name=f"Role {number + 1}",
                    category="SPA",
                    tariff_pa=self.chance.choice((0.25, 0.5)),
                    eligible=tuple(eligible),
                    held_by=tuple(held),
                    fixed=False if held and self._often(0.4) else None,
                )
            )
        return tuple(rows)

    def _plan_in_force(self) -> tuple[JobPlanRow, ...]:
        rows = []
        skilled = {(row.person, row.activity) for row in self.skills}
        all_weeks = tuple(range(1, self.cycle + 1))
        for person in self.people:
            pins_left = 1
            for slot in self.half_days:
                activity = self.chance.choice(self.activities)
                if activity.team == "all" or self._often(0.4):
                    continue
                weeks = tuple(sorted(self.chance.sample(all_weeks, k=self.chance.randint(1, self.cycle))))
                fits = (person.person, activity.activity) in skilled and slot in activity.slots
                fits = fits and slot not in person.unavailable and activity.blocks is None
                fits = fits and (slot != PREMIUM or bool(person.premium_consent)) and not activity.room
                if not fits and (self._often(0.7) or person.planned is False):
                    continue
                pinned = fits and pins_left > 0 and self._often(0.1)
                pins_left -= pinned
                rows.append(
                    JobPlanRow(
                        person=person.person,
                        activity=activity.activity,
                        slot=slot,
                        weeks=None if weeks == all_weeks else weeks,
                        pinned=True if pinned else None,
                    )
                )
            if self._often(0.08):
                by_year = self._often(0.5)
                rows.append(
                    JobPlanRow(
                        person=person.person,
                        activity=self.activities[-1].activity if not self.has_meeting else "a1",
                        slot="-",
                        per_year=12 if by_year else None,
                        minutes=None if by_year else 30,
                    )
                )
        return tuple(rows)

    def _demand(self) -> tuple[tuple[Stream, ...], tuple[DemandRow, ...]]:
        """The first activity is rapid and sized from weekly referrals, so that its mean is below its centile."""
        stream = Stream(stream="urgent", name="Urgent referrals", activity="a1", kind="rapid", contact_minutes=30)
        mean = self.chance.randint(3, 14)
        rows = tuple(
            DemandRow(
                start=dt.date(2026, 10, 5) + dt.timedelta(weeks=week),
                series="urgent",
                referrals=self.chance.randint(0, 2 * mean),
            )
            for week in range(WEEKS_OF_DEMAND)
        )
        return (stream,), rows
