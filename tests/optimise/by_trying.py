"""Teams of two so small that every timetable can be tried, week by week, with arithmetic of its own.

Nothing of the optimiser is used, nor of its arithmetic: a random team knows its own figures (weeks present and on duty,
minutes and charges, in exact fractions) and tries every timetable of each person, then every pair of timetables. What
it hands to the planner is a service with those figures written out.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from capacity.demand.result import Demand
from capacity.service.model import Activity, Delivery, JobPlanRow, Person, Role, Room, Rota, Service, Skill
from tests.optimise import small

W_CAL = Fraction("52.18")
PA, HALF_DAY = 240, 240
PREMIUM = "Sat AM"
PEOPLE = ("ann", "ben")
SHAPES = ((1, 3), (1, 4), (2, 2), (2, 2), (2, 3))
"""Weeks of the cycle and half-days."""
TIERS = ("rapid_mean", "routine", "rapid_headroom", "change", "cost")
Tiers = tuple[int, ...]
Place = tuple[str, int]
"""Half-day and week."""
Timetable = dict[Place, str]


@dataclass(frozen=True)
class Option:
    """A timetable of one person: what it asks for and what it gives. Others like it need not be tried again."""

    minutes: Fraction
    """Year-minutes of sessions."""
    delivered: tuple[tuple[str, Fraction], ...]
    """Full sessions a cycle of each activity that is done at all."""
    change: int
    premium: int
    rooms: frozenset[Place]


class TeamOfTwo:
    """A random team of two and every plan it can have."""

    def __init__(self, seed: int):
        chance = self.chance = random.Random(f"by trying/{seed}")
        self.seed = seed
        self.cycle, half_days = chance.choice(SHAPES)
        self.weeks = tuple(range(1, self.cycle + 1))
        self.slots = ("Mon AM", "Mon PM", "Tue AM", PREMIUM)[:half_days]
        if PREMIUM not in self.slots and self._often(0.4):
            self.slots = (*self.slots[:-1], PREMIUM)
        names = ("urgent", "clinic", "list")[: 2 if (self.cycle, half_days) == (2, 3) else chance.randint(2, 3)]
        self.activities = {name: self._activity(name) for name in names}
        self.people = {name: self._person() for name in PEOPLE}
        self.room_weeks = self.weeks[:1] if self.cycle == 2 and self._often(0.3) else self.weeks
        self.rota = self._rota() if self._often(0.4) else None
        self.role = self._role() if self._often(0.5) else None
        self.tolerance = chance.choice((0, 1))
        self.now = {name: self._in_force(name) for name in PEOPLE}
        self.pinned = self._pin() if self._often(0.3) else None

    def _often(self, share: float) -> bool:
        return self.chance.random() < share

    def _activity(self, name: str) -> dict[str, Any]:
        required = Fraction(self.chance.randint(3, 25), 10)
        return {
            "minutes": self.chance.choice((240, 240, 180)),
            "admin": self.chance.choice((0, 30)),
            "covered": self._often(0.25),
            "required": required,
            "mean": required * self.chance.choice((1, Fraction(1, 2))) if name == "urgent" else required,
            "priority": self.chance.choice((1, 1, 2)),
            "room": self._often(0.5),
            "min_people": self.chance.choice((0, 0, 1, 2)),
            "min_year": self.chance.choice((None, None, None, 15)),
        }

    def _person(self) -> dict[str, Any]:
        skilled = [name for name in self.activities if self._often(0.8)] or list(self.activities)[:1]
        pas = Fraction(self.chance.choice((2, 3, 4, 6)), 2)
        return {
            "contract": pas * PA,
            "most": (pas + (Fraction(1, 2) if self._often(0.4) else 0)) * PA,
            "spa": self.chance.choice((0, 30)),
            "present": Fraction(self.chance.choice((42, 42, 44))),
            "away": self.chance.choice(self.slots) if self._often(0.2) else None,
            "consent": self._often(0.6),
            "max_days": self.chance.choice((1, 2, 5, 5)),
            "output": {name: self.chance.choice((Fraction(1), Fraction(1), Fraction(3, 5))) for name in skilled},
        }

    def _rota(self) -> dict[str, Any]:
        keeps = self.chance.choice((None, *self.activities))
        delivers = self.chance.choice((None, *self.activities))
        return {"weeks": 4, "minutes": self.chance.choice((1, 2)) * PA, "keeps": keeps, "delivers": delivers}

    def _role(self) -> dict[str, Any]:
        return {"minutes": 60, "held_by": self.chance.choice((None, *PEOPLE)), "fixed": self._often(0.5)}

    def _allowed(self, person: str) -> dict[str, list[str]]:
        """What a person may do in each half-day."""
        who = self.people[person]
        free = [slot for slot in self.slots if slot != who["away"] and (slot != PREMIUM or who["consent"])]
        return {slot: list(who["output"]) for slot in free}

    def _in_force(self, person: str) -> Timetable:
        """A plan in force of allowed cells, which need not fit the contract."""
        return {
            (slot, week): self.chance.choice(names)
            for slot, names in self._allowed(person).items()
            for week in self.weeks
            if self._often(0.4)
        }

    def _pin(self) -> tuple[str, Place] | None:
        """One session of the plan in force that stays: the only one of its cell, so that its row names its weeks."""
        options = [
            (person, place)
            for person in PEOPLE
            for place, name in self.now[person].items()
            if not self.activities[name]["room"]
            and sum(there == name and slot == place[0] for (slot, _), there in self.now[person].items()) == 1
        ]
        return self.chance.choice(options) if options else None

    # ---- every plan

    def duty(self, person: str) -> Fraction:
        """Weeks a year on duty."""
        return Fraction(self.rota["weeks"]) if self.rota else Fraction(0)

    def charged_weeks(self, person: str, activity: str) -> Fraction:
        """D."""
        if self.activities[activity]["covered"]:
            return W_CAL
        kept = self.rota is None or self.rota["keeps"] == activity
        return self.people[person]["present"] - (0 if kept else self.duty(person))

    def options(self, person: str) -> list[Option]:
        """Every timetable that keeps the rules of one person alone."""
        allowed = self._allowed(person)
        places = [(slot, week) for slot in allowed for week in self.weeks]
        choices = [[None, *allowed[slot]] for slot, _ in places]
        found = set()
        for chosen in itertools.product(*choices):
            timetable = {place: name for place, name in zip(places, chosen, strict=True) if name is not None}
            if self._keeps_own_rules(person, timetable):
                found.add(self._option(person, timetable))
        return list(found)

    def _keeps_own_rules(self, person: str, timetable: Timetable) -> bool:
        who = self.people[person]
        for week in self.weeks:
            if len({slot[:3] for slot, k in timetable if k == week}) > who["max_days"]:
                return False
        for name, count in Counter(timetable.values()).items():
            least = self.activities[name]["min_year"]
            if least and count * self.charged_weeks(person, name) / self.cycle < least:
                return False
        pinned = self.pinned is not None and self.pinned[0] == person
        return not pinned or timetable.get(self.pinned[1]) == self.now[person][self.pinned[1]]

    def _option(self, person: str, timetable: Timetable) -> Option:
        minutes, delivered = Fraction(0), Counter[str]()
        for (slot, _), name in timetable.items():
            what, weeks = self.activities[name], self.charged_weeks(person, name)
            factor = Fraction(4, 3) if slot == PREMIUM else 1
            minutes += (what["minutes"] * factor + what["admin"]) * weeks / self.cycle
            delivered[name] += self.people[person]["output"][name] * weeks / W_CAL
        now = Counter((slot, name) for (slot, _), name in self.now[person].items())
        then = Counter((slot, name) for (slot, _), name in timetable.items())
        premium = sum(self.activities[name]["minutes"] // 3 for (slot, _), name in timetable.items() if slot == PREMIUM)
        rooms = frozenset(place for place, name in timetable.items() if self.activities[name]["room"])
        given = tuple(sorted(delivered.items()))
        return Option(minutes, given, 2 * (now - then).total() + (then - now).total(), premium, rooms)

    def _extra(self, person: str, option: Option, holds_role: bool) -> int:
        """Whole extra minutes a week the timetable needs."""
        who = self.people[person]
        duty = self.duty(person) * self.rota["minutes"] if self.rota else Fraction(0)
        fixed = who["spa"] + (self.role["minutes"] if self.role and holds_role else 0)
        needed = (option.minutes + duty) / who["present"] + fixed - who["contract"]
        return max(0, math.ceil(needed))

    def _holders(self) -> list[tuple[str | None, int]]:
        """Who may hold the role, and what that changes."""
        if self.role is None:
            return [(None, 0)]
        before = self.role["held_by"]
        stays = before is not None and self.role["fixed"]
        return [(name, 4 * (before not in (None, name))) for name in PEOPLE if not stays or name == before]

    def plans(self, budget: int) -> Iterator[Tiers]:
        """Value of the tiers of every plan with at most so many extra minutes a week."""
        every = {person: self.options(person) for person in PEOPLE}
        for holder, handed_on in self._holders():
            ready = []
            for person in PEOPLE:
                most = min(Fraction(budget), self.people[person]["most"] - self.people[person]["contract"])
                priced = ((option, self._extra(person, option, person == holder)) for option in every[person])
                ready.append([(option, extra) for option, extra in priced if extra <= most])
            for (one, more), (other, further) in itertools.product(*ready):
                clash = one.rooms & other.rooms or any(k not in self.room_weeks for _, k in one.rooms | other.rooms)
                if more + further <= budget and not clash and self._enough_people(one, other):
                    change = one.change + other.change + handed_on
                    cost = self.cycle * (more + further) + one.premium + other.premium
                    yield (*self._shortfall(one, other), change, cost)

    def needed(self, name: str, centile: bool = True) -> Fraction:
        """Sessions a calendar week still required when the rota has done its part."""
        wanted: Fraction = self.activities[name]["required" if centile else "mean"]
        if self.rota and self.rota["delivers"] == name:
            wanted -= len(PEOPLE) * self.rota["weeks"] / W_CAL
        return max(Fraction(0), wanted)

    def _enough_people(self, one: Option, other: Option) -> bool:
        for name, what in self.activities.items():
            if self.needed(name) * self.cycle <= Fraction(1, 100):
                continue
            if self.rota and self.rota["delivers"] == name:
                continue  # both members do it on duty
            able = sum(self._may(person, name) for person in PEOPLE)
            doing = sum(name in dict(option.delivered) for option in (one, other))
            if doing < min(what["min_people"], able):
                return False
        return True

    def _may(self, person: str, name: str) -> bool:
        return any(name in names for names in self._allowed(person).values())

    def _shortfall(self, one: Option, other: Option) -> Tiers:
        mean = routine = headroom = 0
        for name, what in self.activities.items():
            done = sum((share for key, share in one.delivered + other.delivered if key == name), Fraction(0))
            below, short = (self._whole(self.needed(name, centile) * self.cycle - done) for centile in (False, True))
            if name == "urgent":
                mean += what["priority"] * below
                headroom += what["priority"] * (short - below)
            else:
                routine += what["priority"] * short
        return (mean, routine, headroom)

    @staticmethod
    def _whole(missing: Fraction) -> int:
        return max(0, math.ceil(missing - Fraction(1, 100)))

    def best(self, budget: int = 0) -> dict[str, float]:
        """Tier by tier the best value, the earlier ones held; empty where no plan keeps the rules."""
        left = set(self.plans(budget))
        values: dict[str, float] = {}
        for at, tier in enumerate(TIERS if left else ()):
            values[tier] = min(plan[at] for plan in left)
            allowed = values[tier] + (self.tolerance if tier in ("routine", "rapid_headroom") else 0)
            left = {plan for plan in left if plan[at] <= allowed}
        return values

    # ---- the same for the planner

    def service(self) -> Service:
        """The team as a service."""
        return small.service(
            [self._as_person(name) for name in PEOPLE],
            [self._as_activity(name) for name in self.activities],
            [
                Skill(person=person, activity=name, output=None if output == 1 else float(output))
                for person in PEOPLE
                for name, output in self.people[person]["output"].items()
            ],
            cycle=self.cycle,
            tolerance=self.tolerance,
            premium=(PREMIUM,),
            rooms=(Room(room="room", name="room", slots=self.slots, weeks=self.room_weeks),),
            rotas=self._as_rota(),
            roles=self._as_role(),
            job_plans=tuple(row for name in PEOPLE for row in self._as_rows(name)),
        )

    def _as_person(self, name: str) -> Person:
        who = self.people[name]
        return small.person(
            name,
            float(who["contract"] / PA),
            max_pa=float(who["most"] / PA),
            core_spa_pa=who["spa"] / PA,
            working_weeks=float(who["present"]),
            unavailable=() if who["away"] is None else (who["away"],),
            premium_consent=who["consent"],
            max_days=who["max_days"],
        )

    def _as_activity(self, name: str) -> Activity:
        what = self.activities[name]
        return small.activity(
            name,
            float(what["required"]),
            *self.slots,
            tier="rapid" if name == "urgent" else "routine",
            priority=what["priority"],
            session_minutes=what["minutes"],
            admin_minutes=what["admin"],
            covered=what["covered"],
            room=("room",) if what["room"] else (),
            min_people=what["min_people"],
            min_sessions_per_year=what["min_year"],
        )

    def _as_rota(self) -> tuple[Rota, ...]:
        if self.rota is None:
            return ()
        delivers, keeps = self.rota["delivers"], self.rota["keeps"]
        return (
            small.duty(
                *PEOPLE, weeks=len(PEOPLE) * self.rota["weeks"], pa=self.rota["minutes"] / PA,
                keeps=() if keeps is None else (keeps,),
                delivers=() if delivers is None else (Delivery(activity=delivers, sessions=1),),
            ),
        )  # fmt: skip

    def _as_role(self) -> tuple[Role, ...]:
        if self.role is None:
            return ()
        held_by = self.role["held_by"]
        return (
            Role(
                role="lead", name="lead", category="SPA", tariff_pa=self.role["minutes"] / PA, eligible=PEOPLE,
                held_by=() if held_by is None else (held_by,), fixed=None if held_by is None else self.role["fixed"],
            ),
        )  # fmt: skip

    def _as_rows(self, person: str) -> Iterator[JobPlanRow]:
        weeks: dict[tuple[str, str], list[int]] = {}
        for (slot, week), name in self.now[person].items():
            weeks.setdefault((name, slot), []).append(week)
        for (name, slot), given in weeks.items():
            stays = self.pinned == (person, (slot, given[0])) and len(given) == 1
            yield small.row(person, name, slot, *given, pinned=True if stays else None)

    def demand(self, made: Service) -> Demand:
        """The demand of the service, the urgent activity at its centile and its mean."""
        urgent = self.activities["urgent"]
        return small.demand_of(made, urgent=(float(urgent["required"]), float(urgent["mean"])))
