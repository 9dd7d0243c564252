"""What one more of each would be: services changed in one respect, and which of them are worth trying.

A remedy only ever allows more than before, so the plan there is stays possible and no tier can come out worse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from capacity.optimise.problem import MINUTE_SCALE, Problem
from capacity.optimise.tiers import Allocation
from capacity.service.model import ROLE_PREFIX, Person, Room, Service, Skill
from capacity.service.resolved import contract_minutes, most_days, role_holders, role_is_fixed, role_minutes
from capacity.units import WEEKS_PER_YEAR, half_day_order
from capacity.wording import pounds

Kind = Literal["pa", "room", "skill", "role", "per_week", "day", "pin"]
KINDS: dict[Kind, str] = {
    "pa": "contract",
    "room": "rooms",
    "skill": "",
    "role": "contract",
    "per_week": "per_week",
    "day": "days",
    "pin": "pins",
}
"""Kind of remedy -> the rule it eases; where that rule could be lifted for everybody without gain, no remedy of the
kind gains anything. More skilled people ease no rule: they add what did not exist."""
NO_NEW_MONEY = "no new money"


@dataclass(frozen=True)
class Remedy:
    """One change to a service: what is added or given up, in words, and where.

    ``rank`` orders remedies of a kind, the most promising first.
    """

    kind: Kind
    words: str
    person: str = ""
    activity: str = ""
    room: str = ""
    slot: str = ""
    role: str = ""
    far: int = 0
    """0 where it eases a rule that is known to bind, more the less it is to be expected of it."""
    rank: tuple[float, ...] = ()
    minutes: float = 0.0
    """Minutes a week it adds to what a contract holds for sessions."""


@dataclass(frozen=True)
class Changed:
    """A service with a remedy: its problem, whether extra time may be used, and the plan there is as one of it."""

    problem: Problem
    allow_extra: bool
    start: Allocation


# ---- which are worth trying


def candidates(
    problem: Problem, allocation: Allocation, short: Collection[str], binds: Mapping[str, Collection[str]]
) -> dict[Kind, list[Remedy]]:
    """Remedies that could help the activities that are short, of each kind the most promising first.

    People are those skilled in what is short, then those who share another activity with them and could free their
    time; rooms and half-days are those that are full or closed where something short, or something that shares people
    with it, may run. First come those that ease a rule that binds (``binds``: rule -> the activities it keeps short).
    """
    team = _Team(problem, allocation, tuple(key for key in problem.activities if key in short), binds)
    found: dict[Kind, list[Remedy]] = {
        "pa": team.more_time(),
        "room": team.more_rooms(),
        "skill": team.more_skills(),
        "role": team.fewer_roles(),
        "per_week": team.more_a_week(),
        "day": team.more_days(),
        "pin": team.fewer_pins(),
    }
    return {
        kind: sorted(remedies, key=lambda remedy: (remedy.far, remedy.rank, remedy.words))
        for kind, remedies in found.items()
    }


@dataclass
class _Team:
    """Who could help with what is short, and what time and rooms the plan there is leaves."""

    problem: Problem
    allocation: Allocation
    short: tuple[str, ...]
    binds: Mapping[str, Collection[str]]

    def __post_init__(self) -> None:
        problem = self.problem
        self.by_person: dict[str, set[str]] = defaultdict(set)
        for person, activity, _ in problem.cells:
            self.by_person[person].add(activity)
        self.direct = {person for person, able in self.by_person.items() if able & set(self.short)}
        shared = set().union(*(self.by_person[person] for person in self.direct))
        self.near = {person for person, able in self.by_person.items() if able & shared} - self.direct
        self.shared = shared - set(self.short)
        self.left = time_left(problem, allocation=self.allocation)

    def distance(self, person: str, rule: str) -> int:
        """0 for people skilled in what the rule keeps short, 1 in what is short, 2 for those who could free theirs."""
        if self.by_person[person] & set(self.binds.get(rule, ())):
            return 0
        return 1 if person in self.direct else 2

    def binding(self, rule: str) -> int:
        """0 for a rule that keeps anything short, else 1."""
        return 0 if self.binds.get(rule) else 1

    def more_time(self) -> list[Remedy]:
        """One more PA for each person who could help; first those whose contract is full."""
        found = []
        for person in self.problem.people:
            if person not in self.direct | self.near:
                continue
            minutes = self.problem.time.policy(person).pa_minutes.value
            many = -len(self.by_person[person] & set(self.short))
            found.append(
                Remedy(
                    "pa", f"1 more PA for {person}", person=person, minutes=minutes,
                    far=self.distance(person, "contract"), rank=(many, round(self.left.get(person, 0.0))),
                )
            )  # fmt: skip
        return found

    def more_rooms(self) -> list[Remedy]:
        """One more room in each half-day in which all that an activity can use are taken or closed."""
        problem = self.problem
        ranked: dict[tuple[str, str], tuple[int, tuple[float, ...]]] = {}
        bound = [key for key in self.short if key in self.binds.get("rooms", ())]
        for far, activities in enumerate((bound, self.short, self.shared)):
            for activity in (key for key in problem.activities if key in activities):
                rooms = problem.activities[activity].room
                for slot in problem.time.slots[activity] if rooms else ():
                    free = places_left(problem, self.allocation, rooms, slot)
                    able = sum(
                        (name, activity) in problem.skill and self._may(who, slot)
                        for name, who in problem.people.items()
                    )
                    if free <= 0 and able:
                        rank = (far, (-able, *half_day_order(slot)))
                        ranked[rooms[0], slot] = min(ranked.get((rooms[0], slot), rank), rank)
        return [
            Remedy("room", f"1 more {room} on {slot}", room=room, slot=slot, far=far, rank=rank)
            for (room, slot), (far, rank) in ranked.items()
        ]

    def more_skills(self) -> list[Remedy]:
        """One more person trained, of a staff group that does the activity; first those with most time left."""
        problem = self.problem
        found = []
        for activity in self.short:
            skilled = [problem.people[name] for name in problem.people if (name, activity) in problem.skill]
            if problem.is_whole_team(activity):
                continue  # everybody skilled attends such a session: one more adds to its cost and delivers nothing
            groups = {who.staff_group for who in skilled}
            grades = {who.grade for who in skilled}
            for who in problem.people.values():
                if (who.person, activity) in problem.skill or who.staff_group not in groups:
                    continue
                if not any(self._may(who, slot) for slot in problem.time.slots[activity]):
                    continue
                rank = (float(who.grade not in grades), -round(self.left.get(who.person, 0.0)))
                found.append(Remedy("skill", f"{who.person} trained in {activity}", who.person, activity, rank=rank))
        return found

    def _may(self, who: Person, slot: str) -> bool:
        consent = slot not in self.problem.service.slots.premium or bool(who.premium_consent)
        return slot not in who.unavailable and consent

    def fewer_roles(self) -> list[Remedy]:
        """One role less of somebody who could help; for a vacancy the role not given out."""
        problem = self.problem
        found = []
        for role in problem.roles.values():
            holders = [person for person in self.allocation.holders.get(role.role, ()) if person in problem.people]
            helping = [person for person in holders if person in self.direct | self.near]
            minutes = {person: role_minutes(problem.service, role, problem.people[person]) for person in helping}
            if not any(minutes.values()):
                continue
            whole = role.split or not role_is_fixed(role)
            for person in helping[:1] if whole else helping:
                words = (
                    f"the role {role.role} not done" if role_holders(role) == 1 else f"{role.role} with 1 holder less"
                )
                words += "" if whole else f" (held by {person})"
                far = self.distance(person, "contract")
                found.append(
                    Remedy(
                        "role",
                        words,
                        "" if whole else person,
                        role=role.role,
                        far=far,
                        rank=(-minutes[person],),
                        minutes=minutes[person],
                    )
                )
        return found

    def more_a_week(self) -> list[Remedy]:
        """One more session a week of what is short for each person at the limit of their skill."""
        problem = self.problem
        found = []
        for (person, activity), skill in problem.skill.items():
            if activity not in self.short or skill.max_per_week is None or person not in problem.people:
                continue
            does = sum(count for cell, count in self.allocation.counts.items() if cell[:2] == (person, activity))
            if does + 1 > skill.max_per_week * problem.cycle:
                words = f"1 more {activity} a week allowed for {person}"
                far, rank = self.binding("per_week"), (-round(self.left.get(person, 0.0)),)
                found.append(Remedy("per_week", words, person, activity, far=far, rank=rank))
        return found

    def more_days(self) -> list[Remedy]:
        """One more day a week for each person who works as many as they may."""
        problem = self.problem
        far = self.binding("days")
        return [
            Remedy("day", f"1 more day a week for {person}", person, far=far, rank=(-round(self.left[person]),))
            for person in problem.day_limited
            if person in self.direct and problem.most_days(person) < 7
        ]

    def fewer_pins(self) -> list[Remedy]:
        """One pinned session less of people skilled in what is short."""
        found = []
        for person, activity, slot in self.problem.pinned:
            if person in self.direct and activity not in self.short:
                words = f"{activity} of {person} on {slot} no longer pinned"
                found.append(
                    Remedy(
                        "pin", words, person, activity, slot=slot, far=self.binding("pins"), rank=half_day_order(slot)
                    )
                )
        return found


def time_left(problem: Problem, allocation: Allocation) -> dict[str, float]:
    """Minutes a week of each person's contract that sessions and roles leave, within the extra time of the plan."""
    found = {}
    for person in problem.people:
        weeks = problem.time.weeks_present(person)
        charged = sum(
            problem.charge[cell] * count
            for cell, count in allocation.counts.items()
            if cell[0] == person and cell in problem.charge
        )
        held = sum(
            role_minutes(problem.service, role, problem.people[person])
            for role in problem.roles.values()
            if person in allocation.holders.get(role.role, ()) and not (person in role.held_by and role_is_fixed(role))
        )
        yearly = problem.room_for_sessions(person) - charged / problem.cycle
        travel = sum(minutes for (who, _), minutes in allocation.travel.items() if who == person) / problem.cycle
        found[person] = yearly / (MINUTE_SCALE * weeks) - held - travel + allocation.extra.get(person, 0)
    return found


def places_left(problem: Problem, allocation: Allocation, rooms: Iterable[str], slot: str) -> int:
    """Places that rooms have left in a half-day over the cycle, all sessions that use any of them counted."""
    wanted = set(rooms)
    free = sum(problem.rooms_free(room, slot, week) for room in wanted for week in problem.weeks)
    units: dict[tuple[str, ...], int] = {}
    for cell, count in allocation.counts.items():
        person, activity, where = cell
        if where == slot and wanted & set(problem.activities[activity].room):
            units[("team", activity) if problem.is_whole_team(activity) else (person, activity)] = count
    return free - sum(units.values())


# ---- the changed service


def changed(problem: Problem, remedy: Remedy, allocation: Allocation) -> Changed:
    """Apply a remedy to a service, and the plan there is to it."""
    service, allow_extra, start = CHANGES[remedy.kind](problem, remedy, allocation)
    return Changed(Problem(service, problem.demand), allow_extra, start)


_Result = tuple[Service, bool, Allocation]


def _more_time(problem: Problem, remedy: Remedy, allocation: Allocation) -> _Result:
    """Extra time for this person alone: on top of the contract, within the ceilings of PAs and hours."""
    service = problem.service
    people = []
    for who in service.people:
        most: dict[str, float | None] = {"max_pa": None, "max_hours": None}
        if who.person == remedy.person:
            minutes = contract_minutes(service, who) + remedy.minutes
            most["max_hours"] = minutes / 60
        people.append(who.model_copy(update=most))
    unit = service.policy_tables[service.policy].pa_minutes.value
    objective = service.objective.model_copy(update={"extra_pa_budget": remedy.minutes / unit})
    return service.model_copy(update={"people": tuple(people), "objective": objective}), True, allocation


def _more_rooms(problem: Problem, remedy: Remedy, allocation: Allocation) -> _Result:
    """A room of its own that is there in this half-day of every week, for all that may use the other."""
    service = problem.service
    extra = Room(room=f"{remedy.room}_more", name="One more", count=1, slots=(remedy.slot,))
    activities = tuple(
        row.model_copy(update={"room": (*row.room, extra.room)}) if remedy.room in row.room else row
        for row in service.activities
    )
    return (
        service.model_copy(update={"rooms": (*service.rooms, extra), "activities": activities}), False, allocation
    )  # fmt: skip


def _more_skills(problem: Problem, remedy: Remedy, allocation: Allocation) -> _Result:
    """One more skill at full output; who must do the activity stays as it is, or training could only cost."""
    service = problem.service
    least = problem.activities[remedy.activity].min_people
    able = {cell[0] for cell in problem.cells if cell[1] == remedy.activity}
    activities = tuple(
        row.model_copy(update={"min_people": min(1 if least is None else least, len(able))})
        if row.activity == remedy.activity
        else row
        for row in service.activities
    )
    skills = (*service.skills, Skill(person=remedy.person, activity=remedy.activity))
    return service.model_copy(update={"skills": skills, "activities": activities}), False, allocation


def _fewer_roles(problem: Problem, remedy: Remedy, allocation: Allocation) -> _Result:
    """A role, or one holder of it, taken away with its time in the plans in force."""
    service = problem.service
    roles = []
    gone: set[str] = set()
    holders = dict(allocation.holders)
    for role in service.roles:
        if role.role != remedy.role:
            roles.append(role)
            continue
        left = role_holders(role) - 1
        if remedy.person:
            gone = {remedy.person}
            if left:
                held_by = tuple(person for person in role.held_by if person != remedy.person)
                eligible = tuple(person for person in role.eligible if person != remedy.person)
                roles.append(
                    role.model_copy(
                        update={"held_by": held_by, "eligible": eligible, "holders": left, "fixed": role_is_fixed(role)}
                    )
                )
        elif left and not role.split:
            gone = set(holders.get(role.role, ())[-1:])
            roles.append(role.model_copy(update={"holders": left}))
        else:
            gone = set(holders.get(role.role, ()))
    holders[remedy.role] = tuple(person for person in holders.get(remedy.role, ()) if person not in gone)
    if not any(role.role == remedy.role for role in roles):
        del holders[remedy.role]
    rows = tuple(
        row for row in service.job_plans if not (row.activity == ROLE_PREFIX + remedy.role and row.person in gone)
    )
    # the default of days a week is read off the plan in force, from which the role's rows have just gone
    people = tuple(
        who.model_copy(update={"max_days": most_days(service, who)}) if who.person in gone else who
        for who in service.people
    )
    updated = service.model_copy(update={"roles": tuple(roles), "job_plans": rows, "people": people})
    return updated, False, replace(allocation, holders=holders)


def _more_a_week(problem: Problem, remedy: Remedy, allocation: Allocation) -> _Result:
    service = problem.service
    skills = tuple(
        row.model_copy(update={"max_per_week": row.max_per_week + 1})
        if (row.person, row.activity) == (remedy.person, remedy.activity) and row.max_per_week is not None
        else row
        for row in service.skills
    )
    return service.model_copy(update={"skills": skills}), False, allocation


def _more_days(problem: Problem, remedy: Remedy, allocation: Allocation) -> _Result:
    service = problem.service
    people = tuple(
        who.model_copy(update={"max_days": most_days(service, who) + 1}) if who.person == remedy.person else who
        for who in service.people
    )
    return service.model_copy(update={"people": people}), False, allocation


def _fewer_pins(problem: Problem, remedy: Remedy, allocation: Allocation) -> _Result:
    service = problem.service
    cell = (remedy.person, remedy.activity, remedy.slot)
    rows = tuple(
        row.model_copy(update={"pinned": None}) if (row.person, row.activity, row.slot) == cell else row
        for row in service.job_plans
    )
    return service.model_copy(update={"job_plans": rows}), False, allocation


CHANGES: dict[Kind, Callable[[Problem, Remedy, Allocation], _Result]] = {
    "pa": _more_time,
    "room": _more_rooms,
    "skill": _more_skills,
    "role": _fewer_roles,
    "per_week": _more_a_week,
    "day": _more_days,
    "pin": _fewer_pins,
}


# ---- prices


def price_of(problem: Problem, remedy: Remedy) -> tuple[float | None, str]:
    """Pounds a year of a remedy, or None with what the files do not say; a note on what the money is."""
    costs = problem.service.costs
    if remedy.kind == "room":
        return None, "a room has no price in [costs]"
    if remedy.kind == "skill":
        return None, "training has no price in [costs]"
    if remedy.kind == "role":
        return 0.0, f"{NO_NEW_MONEY}, but the role's work is not done"
    if remedy.kind != "pa":
        return 0.0, NO_NEW_MONEY
    who = problem.people[remedy.person]
    in_pa = who.contract_pa is not None or not any(other.contract_pa for other in problem.service.people)
    if in_pa and costs.extra_pa is not None:
        return costs.extra_pa, f"{pounds(costs.extra_pa)} an extra PA"
    whole = costs.staff.get(who.grade or "", costs.staff.get(who.staff_group))
    if whole is None:
        return None, f"[costs] has no price of an extra PA of {who.staff_group}s"
    full_time = problem.time.policy(remedy.person).full_time_hours.value * 60
    share = remedy.minutes / full_time
    return whole * share, f"{share:.2f} WTE at {pounds(whole)}"


def worth_of(problem: Problem, sessions: float) -> tuple[float | None, str]:
    """What so many sessions a calendar week would cost a year bought one by one: as locum or waiting-list sessions."""
    costs = problem.service.costs
    for price, words in (
        (costs.locum_session, "locum sessions"),
        (costs.waiting_list_session, "waiting-list sessions"),
    ):
        if price is not None:
            return sessions * WEEKS_PER_YEAR * price, words
    return None, ""
