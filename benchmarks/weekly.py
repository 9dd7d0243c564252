"""A service stated week by week: one yes-or-no for each person, activity, half-day and week of the cycle.

The plainest way to write the problem down, with no thought for speed. It is the baseline of the benchmarks (solved by
CP-SAT in ``benchmarks.naive``) and the oracle of the tests (solved by HiGHS). It shares no code with
``capacity.optimise``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from benchmarks.arithmetic import W_CAL, Arithmetic, exact, rounded
from capacity.demand.result import Demand
from capacity.service.model import Activity, JobPlanRow, Person, Service
from capacity.units import day_of

TOLERANCE = Fraction(1, 100)
"""Part of a session a cycle that does not count as a shortfall."""
ROLE_CHANGE = 4
HOLD_WITH_TOLERANCE = ("routine", "rapid_headroom")

Terms = dict[int, Fraction]
Session = tuple[str, str, str, int]
"""Person, activity, half-day, week of the cycle."""


@dataclass(frozen=True)
class Rule:
    """``lower <= sum of terms <= upper``."""

    name: str
    terms: Terms
    lower: Fraction | None
    upper: Fraction | None


@dataclass
class Objective:
    """Sum of terms and a constant, to be made as small as possible."""

    terms: Terms = field(default_factory=lambda: defaultdict(Fraction))
    constant: Fraction = Fraction(0)


class WeeklyModel:
    """Integer variables, rules and one objective a tier.

    Parameters
    ----------
    service, demand
        The service, and its demand from ``capacity.demand``.
    with_extra
        Allow extra PAs within the budget.
    tolerance
        Part of a full session a cycle that does not count as a shortfall.
    even_weeks
        Hold every person's week to the mean of the cycle and one session (the optimiser aims at it when it hands out
        the weeks, but does not hold it).
    """

    def __init__(
        self,
        service: Service,
        demand: Demand,
        with_extra: bool = False,
        tolerance: Fraction = TOLERANCE,
        even_weeks: bool = False,
    ):
        self.service = service
        self.tolerance = tolerance
        self.demand = demand
        self.sums = Arithmetic(service, demand)
        self.weeks = self.sums.weeks
        self.names: list[str] = []
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.rules: list[Rule] = []
        self.runs: dict[Session, int] = {}
        self.meets: dict[tuple[str, str, int], int] = {}
        """(activity, half-day, week) of a whole-team session."""
        self.roles: dict[tuple[str, str], int] = {}
        self.extra: dict[str, int] = {}
        self.hint: dict[int, int] = {}
        self.objectives: dict[str, Objective] = {name: Objective() for name in self.tiers}
        self.rooms = {room.room: room for room in service.rooms}
        self.planned = [row for row in service.people if self.sums.is_planned(row)]
        self.current = self._current()
        self.held_by_spa = self._held_by_spa()
        self._state(with_extra, even_weeks)

    @property
    def tiers(self) -> tuple[str, ...]:
        """Tiers in order; quality has no formula yet."""
        return tuple(tier for tier in self.service.objective.tiers if tier != "quality")

    def hold(self, tier: str, value: Fraction) -> Rule:
        """Rule that keeps an earlier tier at its value, with the service's tolerance where one is allowed."""
        objective = self.objectives[tier]
        slack = exact(self.service.hold_tolerance) if tier in HOLD_WITH_TOLERANCE else Fraction(0)
        return Rule(f"hold {tier}", objective.terms, None, value + slack - objective.constant)

    def _state(self, with_extra: bool, even_weeks: bool) -> None:
        self._sessions()
        self._meetings()
        self._roles()
        self._extra(with_extra)
        self._once_per_half_day()
        self._rooms()
        self._blocks()
        self._pins()
        self._contracts()
        self._days()
        self._per_week()
        if even_weeks:
            self._even_weeks()
        self._min_people()
        self._min_sessions()
        self._shortfalls()
        self._changes()
        self._cost()

    def _integer(self, name: str, upper: int, lower: int = 0) -> int:
        self.names.append(name)
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.names) - 1

    def _rule(
        self, name: str, terms: Terms, lower: Fraction | int | None = None, upper: Fraction | int | None = None
    ) -> None:
        bounds = [None if bound is None else Fraction(bound) for bound in (lower, upper)]
        self.rules.append(Rule(name, terms, bounds[0], bounds[1]))

    def _sum(self, sessions: Iterable[Session]) -> Terms:
        return {self.runs[session]: Fraction(1) for session in sessions}

    def _held_by_spa(self) -> dict[tuple[str, str, int], Fraction]:
        """(person, half-day, week) -> minutes that pinned SPA takes of it."""
        taken: dict[tuple[str, str, int], Fraction] = defaultdict(Fraction)
        for row in self.service.job_plans:
            if row.pinned and row.activity == "spa" and row.slot != "-":
                for week in self.sums.weeks_of(row):
                    taken[row.person, row.slot, week] += exact(row.minutes or 0)
        return taken

    def _current(self) -> dict[Session, bool]:
        """Sessions of the plans in force, and whether each is pinned."""
        found: dict[Session, bool] = {}
        for row in self.service.job_plans:
            if row.activity in self.sums.activities and row.slot != "-":
                for week in self.sums.weeks_of(row):
                    found[row.person, row.activity, row.slot, week] = bool(row.pinned)
        return found

    def allowed(self, person: Person, activity: Activity, slot: str) -> bool:
        """Whether a planned person may do an activity in a half-day."""
        if (person.person, activity.activity) not in self.sums.skills or slot in person.unavailable:
            return False
        if slot in self.service.slots.premium and not person.premium_consent:
            return False
        open_rooms = [self.rooms_open(room, slot, week) for room in activity.room for week in self.weeks]
        if activity.room and not any(open_rooms):
            return False
        return slot in self.sums.slots(activity) and slot in self.service.half_days()

    def rooms_open(self, name: str, slot: str, week: int) -> int:
        """Rooms there are in a half-day of a week."""
        room = self.rooms[name]
        weekday = slot[:3] not in ("Sat", "Sun") and slot[4:] in ("AM", "PM")
        is_open = (slot in room.slots if room.slots else weekday) and (not room.weeks or week in room.weeks)
        return (1 if room.count is None else room.count) if is_open else 0

    def _sessions(self) -> None:
        for person in self.planned:
            for activity in self.service.activities:
                slots = [slot for slot in self.sums.slots(activity) if self.allowed(person, activity, slot)]
                if activity.blocks:
                    slots = [slot for slot in slots if _other_half(slot) in slots]
                for session in ((person.person, activity.activity, slot, k) for slot in slots for k in self.weeks):
                    room = self._room_beside_spa(person, activity, session)
                    self.runs[session] = self._integer("/".join(map(str, session)), int(room))
        for session in self.current:
            if not self.sums.is_planned(self.sums.people[session[0]]):
                self.runs[session] = self._integer("/".join(map(str, session)), 1, lower=1)
        self.hint.update({self.runs[session]: int(session in self.current) for session in self.runs})

    def _room_beside_spa(self, person: Person, activity: Activity, session: Session) -> bool:
        """Whether pinned SPA leaves room for a session."""
        length = self.service.slots.minutes.get(session[2], self.sums.policy(person).half_day_minutes.value)
        taken = self.held_by_spa.get((session[0], session[2], session[3]), Fraction(0))
        return self.sums.lengths(person, activity, session[2])[0] + taken <= length

    def _meetings(self) -> None:
        """The whole team meets, or nobody does."""
        for (person, activity, slot, week), run in self.runs.items():
            if self.sums.activities[activity].team == "all" and self.sums.is_planned(self.sums.people[person]):
                key = (activity, slot, week)
                if key not in self.meets:
                    self.meets[key] = self._integer("/".join(map(str, key)), 1)
                self._rule("meeting", {run: Fraction(1), self.meets[key]: Fraction(-1)}, 0, 0)

    def _roles(self) -> None:
        for role in self.service.roles:
            fixed = role.fixed if role.fixed is not None else bool(role.held_by)
            for person in self.sums.eligible(role):
                holds = person.person in role.held_by
                stays = holds and (fixed or not self.sums.is_planned(person))
                if holds or self.sums.is_planned(person):
                    index = self._integer(f"{role.role}/{person.person}", 1, lower=int(stays))
                    self.roles[role.role, person.person] = index
                    self.hint[index] = int(holds)
            terms = {index: Fraction(1) for (name, _), index in self.roles.items() if name == role.role}
            self._rule(f"holders {role.role}", terms, self.sums.holders(role), self.sums.holders(role))

    def _extra(self, with_extra: bool) -> None:
        if not with_extra:
            return
        total: Terms = {}
        for person in self.planned:
            most = self.sums.most(person) - self.sums.contract(person)
            self.extra[person.person] = self._integer(f"extra/{person.person}", math.floor(most))
            total[self.extra[person.person]] = Fraction(1, self.sums.policy(person).pa_minutes.value)
        self._rule("extra budget", total, None, exact(self.service.objective.extra_pa_budget))

    def _once_per_half_day(self) -> None:
        groups: dict[tuple[str, str, int], list[Session]] = defaultdict(list)
        for session in self.runs:
            groups[session[0], session[2], session[3]].append(session)
        for sessions in groups.values():
            self._rule("once per half-day", self._sum(sessions), None, 1)

    def _rooms(self) -> None:
        """Each session with rooms gets one of them; no room holds more sessions than there are of it."""
        needs: dict[tuple[str, str, str, int], int] = {}
        for session, run in self.runs.items():
            activity = self.sums.activities[session[1]]
            if activity.room:
                meeting = self.meets.get(session[1:])
                needs[("" if meeting is not None else session[0], *session[1:])] = run if meeting is None else meeting
        inside: dict[tuple[str, str, int], Terms] = defaultdict(dict)
        for (person, name, slot, week), run in needs.items():
            uses: Terms = {run: Fraction(-1)}
            for option in self.sums.activities[name].room:
                index = self._integer(f"{person}/{name}/{slot}/{week}/{option}", 1)
                uses[index] = Fraction(1)
                inside[option, slot, week][index] = Fraction(1)
            self._rule("one room a session", uses, 0, 0)
        for (name, slot, week), terms in inside.items():
            self._rule(f"room {name}", terms, None, self.rooms_open(name, slot, week))

    def _blocks(self) -> None:
        for (person, activity, slot, week), run in self.runs.items():
            whole_day = self.sums.activities[activity].blocks and self.sums.is_planned(self.sums.people[person])
            if whole_day and slot.endswith("AM"):
                other = self.runs[person, activity, _other_half(slot), week]
                self._rule("block", {run: Fraction(1), other: Fraction(-1)}, 0, 0)

    def _pins(self) -> None:
        for session, pinned in self.current.items():
            if pinned:
                self._rule("pin", {self.runs[session]: Fraction(1)}, 1, 1)

    def _contracts(self) -> None:
        """Year-minutes within the contract: sessions, duty weeks, core SPA, roles, annualised rows."""
        cycle = len(self.weeks)
        for person in self.planned:
            present = self.sums.weeks_present(person)
            fixed = self.sums.duty_minutes(person) + present * self._spa(person)
            fixed += sum((self._annualised(person, row)[1] for row in self._unplaced(person)), Fraction(0))
            terms: Terms = {}
            for (who, name, slot, _), run in self.runs.items():
                if who == person.person:
                    activity = self.sums.activities[name]
                    charge = self.sums.charge(person, activity, slot) * self.sums.charged_weeks(person, activity)
                    terms[run] = charge / cycle
            for role in self.service.roles:
                if (role.role, person.person) in self.roles:
                    index = self.roles[role.role, person.person]
                    terms[index] = present * self.sums.role_minutes(role, person)
            if person.person in self.extra:
                terms[self.extra[person.person]] = -present
            self._rule(f"contract {person.person}", terms, None, present * self.sums.contract(person) - fixed)

    def _spa(self, person: Person) -> Fraction:
        """Minutes a week of SPA: core, or what is pinned where that is more."""
        pinned = [row for row in self.sums.rows_of(person.person) if row.pinned and row.activity == "spa"]
        minutes = (
            exact(row.minutes or 0)
            * (Fraction(len(self.sums.weeks_of(row)), len(self.weeks)) if row.slot != "-" else 1)
            for row in pinned
        )
        return max(self.sums.core_spa(person), sum(minutes, Fraction(0)))

    def _unplaced(self, person: Person) -> list[JobPlanRow]:
        rows = self.sums.rows_of(person.person)
        return [row for row in rows if row.slot == "-" and row.activity in self.sums.activities]

    def _annualised(self, person: Person, row: JobPlanRow) -> tuple[Fraction, Fraction]:
        """Full sessions a calendar week delivered, and year-minutes charged, by an activity row without a half-day."""
        activity = self.sums.activities[row.activity]
        skill = self.sums.skills.get((person.person, activity.activity))
        output = exact(skill.output) if skill and skill.output is not None else Fraction(1)
        length = activity.session_minutes or self.sums.policy(person).half_day_minutes.value
        full = length + self.sums.admin(person, activity)
        weeks = self.sums.charged_weeks(person, activity)
        year = exact(row.per_year) * full if row.per_year is not None else exact(row.minutes or 0) * weeks
        return output * year / full / W_CAL, year

    def _days(self) -> None:
        """In no week on more days than the person's most."""
        for person in self.planned:
            by_day: dict[tuple[int, str], list[Session]] = defaultdict(list)
            for session in self.runs:
                if session[0] == person.person:
                    by_day[session[3], day_of(session[2])].append(session)
            came = {(week, day_of(slot)) for who, slot, week in self.held_by_spa if who == person.person}
            for week in self.weeks:
                days = {day: sessions for (k, day), sessions in by_day.items() if k == week}
                days |= {day: days.get(day, []) for k, day in came if k == week}
                if len(days) <= self.sums.most_days(person):
                    continue
                used: Terms = {}
                for day, sessions in days.items():
                    works = self._integer(f"works/{person.person}/{day}/{week}", 1, int((week, day) in came))
                    used[works] = Fraction(1)
                    for session in sessions:
                        self._rule("works", {works: Fraction(1), self.runs[session]: Fraction(-1)}, 0)
                self._rule(f"max days {person.person}", used, None, self.sums.most_days(person))

    def _per_week(self) -> None:
        """Nobody does more of an activity than they can a week: on average, and rounded up in any one week."""
        for (person, activity), skill in self.sums.skills.items():
            mine = [session for session in self.runs if session[:2] == (person, activity)]
            if skill.max_per_week is None or not mine or person not in self._names():
                continue
            most = exact(skill.max_per_week)
            self._rule(f"per week {person}", self._sum(mine), None, math.floor(most * len(self.weeks)))
            for week in self.weeks:
                inside = [session for session in mine if session[3] == week]
                self._rule(f"per week {person}", self._sum(inside), None, math.ceil(most))

    def _even_weeks(self) -> None:
        """No week of a person heavier than the mean and one session."""
        cycle = len(self.weeks)
        for person in self.planned if cycle > 1 else ():
            mine = [session for session in self.runs if session[0] == person.person]
            for week in self.weeks:
                terms = {self.runs[session]: Fraction(cycle * (session[3] == week) - 1) for session in mine}
                self._rule(f"even weeks {person.person}", terms, None, cycle)

    def _min_people(self) -> None:
        """A required activity is done by its least number of people; duty weeks and kept rows count."""
        for activity in self.service.activities:
            wanted = 1 if activity.min_people is None else activity.min_people
            if self.required(activity, mean=False) <= 0:
                continue
            rotas = [rota for rota in self.service.rotas if activity.activity in {d.activity for d in rota.delivers}]
            anyway = {person for rota in rotas for person in rota.members}
            anyway |= {session[0] for session in self.current if session[1] == activity.activity} - self._names()
            placed_nowhere = [row for person in self.service.people for row in self._unplaced(person)]
            anyway |= {row.person for row in placed_nowhere if row.activity == activity.activity}
            does: dict[str, Terms] = defaultdict(dict)
            for session, run in self.runs.items():
                if session[1] == activity.activity and session[0] not in anyway:
                    does[session[0]][run] = Fraction(-1)
            total: Terms = {}
            for person, terms in does.items():
                one = self._integer(f"does/{person}/{activity.activity}", 1)
                total[one] = Fraction(1)
                self._rule("does it at all", {one: Fraction(1), **terms}, None, 0)
            self._rule(f"min people {activity.activity}", total, min(wanted - len(anyway), len(does)))

    def _names(self) -> set[str]:
        return {person.person for person in self.planned}

    def _min_sessions(self) -> None:
        """Who does an activity at all does at least its yearly minimum."""
        for activity in self.service.activities:
            if not activity.min_sessions_per_year:
                continue
            for person in self.planned:
                key = (person.person, activity.activity)
                runs = [run for session, run in self.runs.items() if session[:2] == key]
                if not runs:
                    continue
                at_all = self._integer(f"at all/{person.person}/{activity.activity}", 1)
                yearly = self.sums.charged_weeks(person, activity) / len(self.weeks)
                terms = dict.fromkeys(runs, yearly) | {at_all: -exact(activity.min_sessions_per_year)}
                self._rule("minimum volume", terms, 0)
                for run in runs:
                    self._rule("at all", {at_all: Fraction(1), run: Fraction(-1)}, 0)

    def required(self, activity: Activity, mean: bool) -> Fraction:
        """Full sessions a calendar week required of planned sessions: rotas and annualised rows taken off."""
        sized = self.demand.activities[activity.activity]
        wanted = rounded(sized.required_mean if mean else sized.required)
        wanted -= self.sums.rota_delivers(activity.activity)
        for person in self.service.people:
            for row in self._unplaced(person):
                if row.activity == activity.activity:
                    wanted -= self._annualised(person, row)[0]
        return max(Fraction(0), wanted)

    def _shortfalls(self) -> None:
        for activity in self.service.activities:
            priority = Fraction(activity.priority or 1)
            if self.sums.tier(activity) == "routine":
                for short in self._parts(activity, mean=False):
                    self.objectives["routine"].terms[short] += priority
                continue
            for short in self._parts(activity, mean=True):
                self.objectives["rapid_mean"].terms[short] += priority
                self.objectives["rapid_headroom"].terms[short] -= priority
            for short in self._parts(activity, mean=False):
                self.objectives["rapid_headroom"].terms[short] += priority

    def _parts(self, activity: Activity, mean: bool) -> list[int]:
        """One shortfall in whole sessions a cycle for each part of the requirement."""
        found = []
        for slots, share in self.sums.parts(activity):
            wanted = len(self.weeks) * share * self.required(activity, mean) - self.tolerance
            if wanted <= 0:
                continue
            short = self._integer(f"short/{activity.activity}/{slots[0]}/{mean}", math.ceil(wanted))
            self._rule("coverage", {**self._delivered(activity, slots), short: Fraction(1)}, wanted)
            found.append(short)
        return found

    def _delivered(self, activity: Activity, slots: Iterable[str]) -> Terms:
        meetings = [(key, run) for key, run in self.meets.items() if key[0] == activity.activity]
        if activity.team == "all":
            return {run: Fraction(1) for (_, slot, _), run in meetings if slot in slots}
        return {
            run: self.sums.delivered(self.sums.people[person], activity, slot)
            for (person, name, slot, _), run in self.runs.items()
            if name == activity.activity and slot in slots
        }

    def _changes(self) -> None:
        """2 x lost + gained over the direct-care cells of planned people, and 4 for a role that changes hands."""
        objective = self.objectives["change"]
        cells: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for (person, name, slot, _), run in self.runs.items():
            if self.sums.activities[name].category == "DCC" and self.sums.is_planned(self.sums.people[person]):
                cells[person, name, slot].append(run)
        for cell, runs in cells.items():
            now = sum((*cell, week) in self.current for week in self.weeks)
            lost = self._integer(f"lost/{'/'.join(cell)}", now) if now else None
            if lost is not None:
                self._rule("lost", {lost: Fraction(1)} | {run: Fraction(1) for run in runs}, now)
                objective.terms[lost] += 3
            for run in runs:
                objective.terms[run] += 1
            objective.constant -= now
        for role in self.service.roles:
            for person in role.held_by:
                objective.terms[self.roles[role.role, person]] -= ROLE_CHANGE
                objective.constant += ROLE_CHANGE

    def _cost(self) -> None:
        terms = self.objectives["cost"].terms
        for extra in self.extra.values():
            terms[extra] += len(self.weeks)
        for (person, name, slot, _), run in self.runs.items():
            if slot in self.service.slots.premium and self.sums.is_planned(self.sums.people[person]):
                terms[run] += self.sums.premium_minutes(self.sums.people[person], self.sums.activities[name], slot)


def value_of(objective: Objective, values: Mapping[int, int]) -> Fraction:
    """Value of an objective at a solution."""
    return objective.constant + sum((times * values[index] for index, times in objective.terms.items()), Fraction(0))


def _other_half(slot: str) -> str:
    day, part = slot.split()
    return f"{day} {'PM' if part == 'AM' else 'AM'}" if part in ("AM", "PM") else ""
