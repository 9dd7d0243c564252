"""Seeded corruptions of good plans: what fuzzing may do to a plan, and to what is said of it.

Each corruption takes a source of chance and a good case and returns it corrupted, or None where the case has nothing
of the kind. They know the form of a plan, not the rules: a new rule is caught by what is here, or needs one more line
in ``CORRUPTIONS`` or ``FALSEHOODS``, or a service in ``tests/check/test_fuzz.py`` in which it has something to say.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome, TeamPlan, Verified
from capacity.service.model import RESERVED_ACTIVITIES, JobPlanRow, Service
from capacity.service.wishes import NO_WISHES, Wishes
from capacity.units import NO_FIXED_SLOT, WEEKDAY_HALF_DAYS

NOBODY, NOTHING = "zed", "golf"
"""Ids no service has."""


@dataclass(frozen=True)
class Good:
    """A plan that keeps every rule, with what was asked for and what is said of it."""

    service: Service
    demand: Demand
    outcome: Outcome
    extra_allowed: bool = False
    asked: Wishes = NO_WISHES

    @property
    def plan(self) -> TeamPlan:
        assert self.outcome.plan is not None
        return self.outcome.plan

    @property
    def half_days(self) -> list[str]:
        slots = self.service.slots
        return [*WEEKDAY_HALF_DAYS, *slots.premium, *slots.minutes, NO_FIXED_SLOT]

    @property
    def people(self) -> list[str]:
        return [person.person for person in self.service.people]

    @property
    def activities(self) -> list[str]:
        roles = [f"role:{role.role}" for role in self.service.roles]
        return [*(activity.activity for activity in self.service.activities), *sorted(RESERVED_ACTIVITIES), *roles]

    def with_plan(self, **changes: Any) -> Good:
        """The case with another plan; what is said of it stays."""
        return replace(self, outcome=replace(self.outcome, plan=replace(self.plan, **changes)))

    def with_rows(self, rows: list[JobPlanRow]) -> Good:
        """The case with other rows, and the rooms of sessions that still run."""
        return self.with_plan(rows=tuple(rows))


Corruption = Callable[[random.Random, Good], Good | None]


# ---- rows


def drop_rows(chance: random.Random, good: Good) -> Good | None:
    """Leave one row out, or those of one person, one activity, or both."""
    row = chance.choice(good.plan.rows)
    whose, what = chance.choice(((True, True), (True, False), (False, True), (False, False)))
    if not whose and not what:
        return good.with_rows([other for other in good.plan.rows if other is not row])
    gone = lambda other: (not whose or other.person == row.person) and (not what or other.activity == row.activity)  # noqa: E731
    return good.with_rows([other for other in good.plan.rows if not gone(other)])


def drop_pinned_row(chance: random.Random, good: Good) -> Good | None:
    """Leave a row out that the plan in force pins."""
    pins = {(row.person, row.activity, row.slot) for row in good.service.job_plans if row.pinned}
    pinned = [row for row in good.plan.rows if (row.person, row.activity, row.slot) in pins]
    if not pinned:
        return None
    gone = chance.choice(pinned)
    return good.with_rows([row for row in good.plan.rows if row is not gone])


def duplicate_row(chance: random.Random, good: Good) -> Good | None:
    """Add a row once more, at the same place or another."""
    row = chance.choice(good.plan.rows)
    slot = chance.choice((row.slot, *good.half_days))
    return good.with_rows([*good.plan.rows, _moved(row, slot)])


def _moved(row: JobPlanRow, slot: str) -> JobPlanRow:
    return row.model_copy(update={"slot": slot, "weeks": None if slot == NO_FIXED_SLOT else row.weeks})


def _change(**choices: Callable[[random.Random, Good, JobPlanRow], Any]) -> Corruption:
    """Change fields of one row; the other rows of an all-day list or a meeting stay as they are."""

    def corrupted(chance: random.Random, good: Good) -> Good | None:
        at = chance.randrange(len(good.plan.rows))
        row = good.plan.rows[at]
        rows = list(good.plan.rows)
        rows[at] = row.model_copy(update={name: choice(chance, good, row) for name, choice in choices.items()})
        return good.with_rows(rows)

    return corrupted


def _weeks(chance: random.Random, good: Good, row: JobPlanRow) -> tuple[int, ...] | None:
    cycle = good.service.cycle_weeks
    some = tuple(sorted(chance.sample(range(1, cycle + 1), k=chance.randint(1, cycle))))
    return chance.choice((some, some, some, None, (), (1, 1), (cycle + 1,)))


def _minutes(chance: random.Random, good: Good, row: JobPlanRow) -> float | None:
    return chance.choice((None, 0.0, 1.0, 60.0, 120.0, 121.0, 239.0, 240.0, 300.0, 1000.0))


def change_reserved_minutes(chance: random.Random, good: Good) -> Good | None:
    """Make SPA, a role or flexible time longer or shorter, and now and then another of the person the opposite."""
    rows = list(good.plan.rows)
    reserved = [at for at, row in enumerate(rows) if row.minutes is not None and row.activity not in _ordinary(good)]
    if not reserved:
        return None
    at = chance.choice(reserved)
    by = chance.choice((-60.0, -2.0, 2.0, 60.0))
    others = [k for k in reserved if k != at and rows[k].person == rows[at].person]
    for k, more in ((at, by), (chance.choice(others), -by)) if others and chance.random() < 0.7 else ((at, by),):
        rows[k] = rows[k].model_copy(update={"minutes": max(0.0, (rows[k].minutes or 0.0) + more)})
    return good.with_rows(rows)


def _ordinary(good: Good) -> set[str]:
    return {activity.activity for activity in good.service.activities}


def change_year(chance: random.Random, good: Good) -> Good | None:
    """Change the yearly number of an annualised row, or the length of its time without a half-day."""
    rows = list(good.plan.rows)
    loose = [at for at, row in enumerate(rows) if row.slot == NO_FIXED_SLOT and row.activity in _ordinary(good)]
    if not loose:
        return None
    at = chance.choice(loose)
    name = "minutes" if rows[at].per_year is None else "per_year"
    rows[at] = rows[at].model_copy(update={name: getattr(rows[at], name) * chance.choice((0.5, 2.0))})
    return good.with_rows(rows)


def swap_people(chance: random.Random, good: Good) -> Good | None:
    """Let two rows change owners."""
    one, other = chance.choice(good.plan.rows), chance.choice(good.plan.rows)
    swapped = {id(one): other.person, id(other): one.person}
    return good.with_rows(
        [row.model_copy(update={"person": swapped.get(id(row), row.person)}) for row in good.plan.rows]
    )


# ---- rooms, roles, extra time


def change_room(chance: random.Random, good: Good) -> Good | None:
    """Name another room for one session, none, one for a session that does not run, or swap two."""
    rooms = dict(good.plan.rooms)
    if not rooms:
        return None
    at = chance.choice(sorted(rooms))
    kind = chance.choice(("other", "none", "unknown", "elsewhere", "swap"))
    if kind == "other":
        rooms[at] = chance.choice([room.room for room in good.service.rooms])
    elif kind == "none":
        del rooms[at]
    elif kind == "unknown":
        rooms[at] = NOTHING
    elif kind == "elsewhere":
        week = chance.randint(1, good.service.cycle_weeks)
        rooms[chance.choice(good.people), at[1], chance.choice(good.half_days), week] = rooms[at]
    else:
        other = chance.choice(sorted(rooms))
        rooms[at], rooms[other] = rooms[other], rooms[at]
    return good.with_plan(rooms=rooms)


def change_holders(chance: random.Random, good: Good) -> Good | None:
    """Give a role to nobody, to somebody else, to one more, or to somebody unknown."""
    if not good.plan.holders:
        return None
    role = chance.choice(sorted(good.plan.holders))
    someone = chance.choice(good.people)
    holders = good.plan.holders[role]
    new = chance.choice(((), (someone,), (*holders, someone), (NOBODY,), holders[1:]))
    return good.with_plan(holders={**good.plan.holders, role: new})


def change_extra(chance: random.Random, good: Good) -> Good | None:
    """Give somebody more, less or no extra time, with the rows as they are or with flexible time to match."""
    person = chance.choice([*good.people, NOBODY])
    extra = chance.choice((-60, 1, 60, 240, 1500, 3000))
    rows = list(good.plan.rows)
    flexible = [at for at, row in enumerate(rows) if (row.person, row.activity) == (person, "flexible")]
    if flexible and chance.random() < 0.7:
        before = good.plan.extra_minutes.get(person, 0)
        at = flexible[0]
        rows[at] = rows[at].model_copy(update={"minutes": max(0.0, (rows[at].minutes or 0.0) + extra - before)})
    return good.with_plan(rows=tuple(rows), extra_minutes={**good.plan.extra_minutes, person: extra})


CORRUPTIONS: dict[str, Corruption] = {
    "rows dropped": drop_rows,
    "a pinned row dropped": drop_pinned_row,
    "a row doubled": duplicate_row,
    "a row moved": _change(slot=lambda chance, good, row: chance.choice(good.half_days)),
    "other weeks": _change(weeks=_weeks),
    "other minutes": _change(minutes=_minutes),
    "another activity": _change(activity=lambda chance, good, row: chance.choice([*good.activities, NOTHING])),
    "another person": _change(person=lambda chance, good, row: chance.choice([*good.people, NOBODY])),
    "a place no service has": _change(slot=lambda chance, good, row: "Sun LUNCH"),
    "another activity elsewhere": _change(
        activity=lambda chance, good, row: chance.choice(good.activities),
        slot=lambda chance, good, row: chance.choice(good.half_days),
        weeks=lambda chance, good, row: None,
    ),
    "another length elsewhere": _change(
        slot=lambda chance, good, row: chance.choice(good.half_days),
        minutes=_minutes,
        weeks=lambda chance, good, row: None,
    ),
    "reserved time of another length": change_reserved_minutes,
    "another number a year": change_year,
    "two rows swapped": swap_people,
    "another room": change_room,
    "other holders": change_holders,
    "other extra time": change_extra,
}
"""What may happen to a plan."""


# ---- what is said of a plan


def falsify(chance: random.Random, value: Any) -> Any:
    """Something else of the same kind: another number, a part less, or one part of it falsified."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return value + chance.choice((-2, -1, -0.5, 0.5, 1, 2, 40))
    if isinstance(value, str):
        return value + "?"
    if isinstance(value, dict):
        if not value:
            return value
        key = chance.choice(sorted(value))
        return chance.choice(({**value, key: falsify(chance, value[key])}, {k: value[k] for k in value if k != key}))
    if isinstance(value, tuple):
        if not value:
            return value
        at = chance.randrange(len(value))
        changed = (*value[:at], falsify(chance, value[at]), *value[at + 1 :])
        if len({type(item) for item in value}) > 1:
            return changed  # a cell: activity, half-day, weeks
        return chance.choice((changed, (*value[:at], *value[at + 1 :]), value[::-1]))
    if is_dataclass(value) and not isinstance(value, type):
        name = chance.choice([field.name for field in fields(value)])
        return replace(value, **{name: falsify(chance, getattr(value, name))})
    raise TypeError(f"no falsehood is known for {type(value).__name__}: add one to falsify()")


def _said(name: str) -> Corruption:
    def corrupted(chance: random.Random, good: Good) -> Good | None:
        false = falsify(chance, getattr(good.outcome, name))
        return (
            None
            if false == getattr(good.outcome, name)
            else replace(good, outcome=replace(good.outcome, **{name: false}))
        )

    return corrupted


def another_status(chance: random.Random, good: Good) -> Good | None:
    """Say that there is no plan, or that it is proven to be best."""
    return replace(good, outcome=replace(good.outcome, status=chance.choice(("impossible", "optimal"))))


def open_tier(chance: random.Random, good: Good) -> Good | None:
    """Leave a tier open, with its bound or without."""
    at = chance.choice([at for at, each in enumerate(good.outcome.tiers) if each.name != "quality"])
    tier = replace(good.outcome.tiers[at], status=chance.choice(("feasible", "unknown")))
    tiers = (*good.outcome.tiers[:at], tier, *good.outcome.tiers[at + 1 :])
    return replace(good, outcome=replace(good.outcome, tiers=tiers))


def agreement(chance: random.Random, good: Good) -> Good | None:
    """Let a second solver agree on a tier with a value or bound of its own."""
    tier = chance.choice([each for each in good.outcome.tiers if each.name != "quality"])
    value, bound = tier.value + chance.choice((0, 0, -1, 1)), tier.bound + chance.choice((0, -1, 1))
    return replace(good, outcome=replace(good.outcome, verified=(Verified(tier.name, "agreed", value, bound, 0.1),)))


def change_of_a_stranger(chance: random.Random, good: Good) -> Good | None:
    """Say that somebody else changed what one person changes."""
    if not good.outcome.changes:
        return None
    change = replace(chance.choice(good.outcome.changes), person=chance.choice(good.people))
    return replace(good, outcome=replace(good.outcome, changes=(*good.outcome.changes[1:], change)))


def heavy_week(chance: random.Random, good: Good) -> Good | None:
    """Say that a week of somebody is heavy."""
    said = Finding("heaviest_week", chance.choice(good.people), "5 sessions in week 1")
    return replace(good, outcome=replace(good.outcome, findings=(said,)))


def too_few_left(chance: random.Random, good: Good) -> Good | None:
    """Say that leave leaves too few people for an activity."""
    said = Finding("leave_leaves_too_few", chance.choice(good.activities), "2 at a time, where 1 is left")
    return replace(good, outcome=replace(good.outcome, findings=(said,)))


FREE = {"plan", "status", "findings", "run", "reason", "with_extra", "verified"}
"""Fields of an outcome that say nothing of the plan, or have a falsehood of their own."""
FALSEHOODS: dict[str, Corruption] = {
    **{f"{field.name} falsified": _said(field.name) for field in fields(Outcome) if field.name not in FREE},
    "another status": another_status,
    "a tier left open": open_tier,
    "a second solver that agrees": agreement,
    "a heavy week": heavy_week,
    "too few people left by leave": too_few_left,
    "changes of somebody else": change_of_a_stranger,
}
"""What may be said of a plan that is not so."""
