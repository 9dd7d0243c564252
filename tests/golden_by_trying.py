"""The golden service solved by trying every plan, with arithmetic of its own.

Every number below is worked in models/golden/README.md. Nothing of the package is used: this is what the package is
compared with. A plan is the number of weeks of the two-week cycle (0 to 2) of each (activity, half-day) of a person.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Cell = tuple[str, str]
Cells = dict[Cell, int]
Tiers = tuple[int, int, int, int, int]
"""rapid_mean, routine, rapid_headroom, change, cost."""

CALENDAR, CYCLE = 52.18, 2
REQUIRED_MEAN = {"rapid": 1.9375, "general": 2.6, "fup": 0.69}
REQUIRED = {"rapid": 26.8 * 15 / 180, "general": 2.6, "fup": 0.69}
WEEKS = {"c01": 42.0, "c02": 42.0, "n01": 44.18 * 0.96}
DUTY = {"c01": 5.0, "c02": 5.0, "n01": 0.0}
CONTRACT = {"c01": 1200, "c02": 960, "n01": 540}
SPA = {"c01": 240, "c02": 120, "n01": 54}
MOST_EXTRA = {"c01": 120, "c02": 120, "n01": 0}
DUTY_WEEK, ROLE = 8 * 240, 60
CHARGE = {"rapid": 280, "general": 280, "ward": 240, "fup": 145}
NURSE_GENERAL, NURSE_YIELD = 225, 0.8 * 225 / 240

AVAILABLE: dict[str, dict[str, tuple[str, ...]]] = {
    "c01": {"Mon AM": ("rapid",), "Tue AM": ("general",), "Wed AM": ("rapid", "general"), "Wed PM": ("ward",)},
    "c02": {"Tue AM": ("general",), "Wed AM": ("rapid", "general"), "Wed PM": ("ward",), "Thu AM": ("general",)},
    "n01": {"Thu AM": ("general",), "Thu PM": ("fup",), "Fri AM": ("general",)},
}
"""What each person can do in the half-days in which they are available and something runs."""
IN_FORCE: dict[str, Cells] = {
    "c01": {("rapid", "Mon AM"): 2, ("general", "Tue AM"): 2},
    "c02": {("rapid", "Wed AM"): 1, ("general", "Wed AM"): 1, ("general", "Thu AM"): 2},
    "n01": {("fup", "Thu PM"): 2, ("general", "Fri AM"): 2},
}
ROOMS = {"Mon AM": 2, "Tue AM": 3, "Wed AM": 2, "Thu AM": 3, "Fri AM": 2}
"""Rooms of a cycle: the clinic room twice, and on Tuesday and Thursday the annex in week 2."""


@dataclass(frozen=True)
class Option:
    """One timetable of one person, with the extra minutes a week it takes."""

    person: str
    cells: tuple[tuple[Cell, int], ...]
    extra: int
    change: int

    @cached_property
    def counts(self) -> dict[str, int]:
        """Sessions a cycle by activity."""
        return {
            activity: sum(weeks for (name, _), weeks in self.cells if name == activity)
            for activity in ("rapid", "general", "fup")
        }

    @cached_property
    def in_rooms(self) -> dict[str, int]:
        """Sessions a cycle that need a room, by half-day."""
        return {
            slot: sum(weeks for (name, at), weeks in self.cells if at == slot and name in ("rapid", "general"))
            for slot in ROOMS
        }


@dataclass(frozen=True)
class Solution:
    """A plan of the team: its tiers, who holds the role, and each person's timetable."""

    tiers: Tiers
    role: str
    options: tuple[Option, ...]

    def cells(self) -> dict[str, dict[str, int]]:
        return {
            option.person: {f"{name} {slot}": weeks for (name, slot), weeks in option.cells if weeks}
            for option in self.options
        }

    def extra(self) -> dict[str, int]:
        return {option.person: option.extra for option in self.options if option.extra}


def _year_minutes(person: str, cells: Cells) -> float:
    there = WEEKS[person] - DUTY[person]
    total = 0.0
    for (activity, _), weeks in cells.items():
        minutes = NURSE_GENERAL if (person, activity) == ("n01", "general") else CHARGE[activity]
        total += weeks / CYCLE * minutes * (CALENDAR if activity == "rapid" else there)
    return total


def _options(person: str, has_role: bool, budget: int) -> Iterator[Option]:
    half_days = AVAILABLE[person]
    choices = [
        [
            {(name, slot): weeks for name, weeks in zip(names, counts, strict=True)}
            for counts in itertools.product(range(CYCLE + 1), repeat=len(names))
            if sum(counts) <= CYCLE
        ]
        for slot, names in half_days.items()
    ]
    now = IN_FORCE[person]
    for parts in itertools.product(*choices):
        cells: Cells = {cell: weeks for part in parts for cell, weeks in part.items()}
        needed = (_year_minutes(person, cells) + DUTY[person] * DUTY_WEEK) / WEEKS[person]
        needed += SPA[person] + ROLE * has_role - CONTRACT[person]
        extra = max(0, math.ceil(needed - 1e-9))
        if extra <= min(MOST_EXTRA[person], budget):
            lost = sum(max(0, weeks - cells.get(cell, 0)) for cell, weeks in now.items())
            gained = sum(max(0, weeks - now.get(cell, 0)) for cell, weeks in cells.items())
            yield Option(person, tuple(cells.items()), extra, 2 * lost + gained)


def _short(activity: str, required: float, delivered: float) -> int:
    return max(0, math.ceil(CYCLE * (required - delivered) - 0.01))


def _tiers(first: Option, second: Option, nurse: Option) -> Tiers:
    doctor, there = (42 - 5) / CALENDAR, WEEKS["n01"] / CALENDAR
    rapid = (first.counts["rapid"] + second.counts["rapid"]) / CYCLE
    general = (first.counts["general"] + second.counts["general"]) / CYCLE * doctor
    general += nurse.counts["general"] / CYCLE * NURSE_YIELD * there
    fup = nurse.counts["fup"] / CYCLE * there
    mean = _short("rapid", REQUIRED_MEAN["rapid"], rapid)
    routine = _short("general", REQUIRED["general"], general) + _short("fup", REQUIRED["fup"], fup)
    headroom = _short("rapid", REQUIRED["rapid"], rapid) - mean
    change = first.change + second.change + nurse.change
    return (mean, routine, headroom, change, CYCLE * (first.extra + second.extra + nurse.extra))


def every_plan(budget: int) -> dict[Tiers, list[Solution]]:
    """All plans with at most ``budget`` extra minutes a week, by the value of their tiers (a few of each)."""
    found: dict[Tiers, list[Solution]] = {}
    nurses = list(_options("n01", False, budget))
    for role in ("c01", "c02"):
        seconds = list(_options("c02", role == "c02", budget))
        for first in _options("c01", role == "c01", budget):
            for second in seconds:
                if first.extra + second.extra > budget:
                    continue
                if any(first.in_rooms[slot] + second.in_rooms[slot] > ROOMS[slot] for slot in ("Tue AM", "Wed AM")):
                    continue
                for nurse in nurses:
                    if second.in_rooms["Thu AM"] + nurse.in_rooms["Thu AM"] <= ROOMS["Thu AM"]:
                        tiers = _tiers(first, second, nurse)
                        found.setdefault(tiers, []).append(Solution(tiers, role, (first, second, nurse)))
    return found


def best(plans: dict[Tiers, list[Solution]], tolerance: int) -> tuple[Tiers, list[Solution]]:
    """Tier by tier: the best value of each, and the plans that are left when all are held."""
    left = list(plans)
    values = []
    for tier in range(5):
        value = min(tiers[tier] for tiers in left)
        allowed = value + (tolerance if tier in (1, 2) else 0)
        left = [tiers for tiers in left if tiers[tier] <= allowed]
        values.append(value)
    mean, routine, headroom, change, cost = values
    return (mean, routine, headroom, change, cost), [solution for tiers in left for solution in plans[tiers]]
