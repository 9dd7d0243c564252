"""Quality: among plans as good in every tier before it, the one that is easier to live with.

Its value is in points a cycle, fewer being better: a weighted sum of small things a rota maker would put right by
hand (``POINTS``). ``parts_of`` measures a finished timetable; ``expression`` states the same for the model, as far as
counts of weeks show it. What only the weeks show is left to rotation, and measured afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from ortools.sat.python import cp_model

from capacity.optimise.problem import Cell, Problem
from capacity.optimise.tiers import Allocation, Expression, changes_of
from capacity.optimise.variables import Unit, Variables, most_of, unit_of
from capacity.units import NO_FIXED_SLOT, day_of

POINTS = {
    "irregular": 4,
    "uneven_weeks": 2,
    "other_weeks": 3,
    "room_peaks": 1,
    "second_site": 2,
    "against_preference": 1,
    "new_half_day": 1,
    "new_day": 2,
}
"""What one of each counts; ``capacity.outcome.QUALITY_PARTS`` says what they are."""
OF_WEEKS = ("uneven_weeks", "other_weeks")
"""Parts that only the weeks show."""


def parts_of(
    problem: Problem, allocation: Allocation, weeks: Mapping[Cell, tuple[int, ...]] | None = None
) -> dict[str, int]:
    """How often each thing that costs points happens a cycle; those only the weeks show where the weeks are given."""
    counts = {cell: count for cell, count in allocation.counts.items() if count and cell[2] != NO_FIXED_SLOT}
    regular = regular_counts(problem.cycle)
    found = dict.fromkeys(POINTS, 0)
    found["irregular"] = sum(count not in regular for count in counts.values())
    for cell, given in (weeks or {}).items():
        found["uneven_weeks"] += not evenly_spaced(given, problem.cycle)
        now = problem.current.get(cell, frozenset())
        found["other_weeks"] += max(0, len(set(given) - now) - max(0, len(given) - len(now)))
    found["room_peaks"] = sum(_peaks(problem, counts).values())
    found["second_site"] = sum(
        sum(by_site.values()) - max(by_site.values()) for by_site in _by_site(problem, counts).values()
    )
    found["against_preference"] = -sum(preference(problem, cell) * count for cell, count in counts.items())
    held: dict[tuple[str, str], int] = defaultdict(int)
    for (person, _, slot), count in counts.items():
        held[person, slot] += count
    days_before, sessions_before = _days_before(problem), _sessions_before(problem)
    for (person, slot), count in held.items():
        if days := days_before.get(person):
            found["new_half_day"] += max(0, count - sessions_before.get((person, slot), 0))
            found["new_day"] += count if day_of(slot) not in days else 0
    return found


def points_by_person(problem: Problem, allocation: Allocation) -> dict[str, int]:
    """Points of each person's own sessions: whose job plan is furthest from what it could be."""
    return {
        person: points_of(
            {
                **parts_of(problem, Allocation({c: n for c, n in allocation.counts.items() if c[0] == person}, {}, {})),
                "room_peaks": 0,
            }
        )
        for person in problem.people
    }


def points_of(parts: Mapping[str, int]) -> int:
    """Points of what was counted."""
    return sum(weight * parts[name] for name, weight in POINTS.items())


def points(problem: Problem, allocation: Allocation) -> int:
    """Points of a solution, from its counts alone."""
    return points_of(parts_of(problem, allocation))


def largest_change(problem: Problem, allocation: Allocation) -> int:
    """Sessions lost and gained a cycle by the person whose job plan changes most."""
    changes = changes_of(problem, allocation, problem.current, problem.held_before)
    return max((change.sessions_lost + change.sessions_gained for change in changes), default=0)


@cache
def regular_counts(cycle: int) -> frozenset[int]:
    """Weeks of a cycle that make a pattern people can remember: every week, alternate weeks, one in four, and so on.

    Those that divide the cycle, and the whole numbers next to a half and a quarter of it.
    """
    dividing = {count for count in range(1, cycle + 1) if cycle % count == 0}
    near = {cycle // 2, -(-cycle // 2), cycle // 4, -(-cycle // 4)}
    return frozenset((dividing | near) - {0})


def evenly_spaced(weeks: Iterable[int], cycle: int) -> bool:
    """Whether the gaps between the weeks of a cycle, the last to the first included, differ by at most one week."""
    given = sorted(weeks)
    gaps = [then - now for now, then in zip(given, [*given[1:], given[0] + cycle], strict=True)]
    return max(gaps) - min(gaps) <= 1


def preference(problem: Problem, cell: Cell) -> int:
    """What the person thinks of the activity, -2 to 2."""
    return problem.skill[cell[0], cell[1]].preference or 0 if (cell[0], cell[1]) in problem.skill else 0


def _by_site(problem: Problem, counts: Mapping[Cell, int]) -> dict[tuple[str, str], dict[str, int]]:
    """(Person, day) -> site -> sessions a cycle."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (person, activity, slot), count in counts.items():
        if (site := problem.together.sites[activity]) is not None:
            found[person, day_of(slot)][site] += count
    return found


def _room_groups(problem: Problem) -> dict[str, int]:
    """Activity -> number of the group of rooms it draws on; rooms that any activity can use in turn are one group."""
    group = {room: number for number, room in enumerate(problem.rooms)}
    for activity in problem.activities.values():
        for room in activity.room[1:]:
            old, new = group[room], group[activity.room[0]]
            group = {name: new if number == old else number for name, number in group.items()}
    return {key: group[activity.room[0]] for key, activity in problem.activities.items() if activity.room}


def _room_units(problem: Problem, cells: Iterable[Cell]) -> dict[tuple[int, str], dict[Unit, Cell]]:
    """(Group of rooms, half-day) -> units that need a room there, each with one of its cells."""
    groups = _room_groups(problem)
    found: dict[tuple[int, str], dict[Unit, Cell]] = defaultdict(dict)
    for cell in cells:
        if cell[1] in groups:
            found[groups[cell[1]], cell[2]][unit_of(problem, cell)] = cell
    return found


def _peaks(problem: Problem, counts: Mapping[Cell, int]) -> dict[int, int]:
    """Group of rooms -> sessions a cycle in its busiest half-day."""
    peaks: dict[int, int] = defaultdict(int)
    for (group, _), units in _room_units(problem, counts).items():
        peaks[group] = max(peaks[group], sum(counts[cell] for cell in units.values()))
    return peaks


def _days_before(problem: Problem) -> dict[str, set[str]]:
    """Person -> days with anything on them in the plan change is counted from; people without one are left out."""
    days: dict[str, set[str]] = defaultdict(set)
    for row in problem.rows_before:
        if row.slot != NO_FIXED_SLOT:
            days[row.person].add(day_of(row.slot))
    return days


def _sessions_before(problem: Problem) -> dict[tuple[str, str], int]:
    """(Person, half-day) -> sessions a cycle in the plan change is counted from."""
    held: dict[tuple[str, str], int] = defaultdict(int)
    for (person, _, slot), weeks in problem.current.items():
        held[person, slot] += len(weeks)
    return held


Count = Callable[[Cell], int]


@dataclass
class Points:
    """The points as an expression of the model's variables, and how to suggest values for those made for it."""

    v: Variables
    terms: list[Expression] = field(default_factory=list)
    hints: list[tuple[cp_model.IntVar, Callable[[Count], int]]] = field(default_factory=list)
    """Variables made here, with the value each has for given counts."""

    @property
    def total(self) -> Expression:
        """The points."""
        return sum(self.terms)

    def hint(self, start: Allocation) -> None:
        """Suggest the values that go with a solution, so that the search begins from it."""
        for variable, value in self.hints:
            self.v.model.add_hint(variable, value(lambda cell: start.counts.get(cell, 0)))

    def new(self, name: str, most: int, value: Callable[[Count], int]) -> cp_model.IntVar:
        """A variable from 0 to ``most``."""
        variable = self.v.model.new_int_var(0, most, name)
        self.hints.append((variable, value))
        return variable


def expression(v: Variables) -> Points:
    """State the points that counts of weeks show for the model."""
    stated = Points(v)
    _add_irregular(stated)
    _add_peaks(stated)
    _add_second_sites(stated)
    for cell in v.problem.cells:
        if cell[2] != NO_FIXED_SLOT and (liked := preference(v.problem, cell)):
            stated.terms.append(-POINTS["against_preference"] * liked * v.of(cell))
    _add_new_half_days(stated)
    return stated


def _total(cells: Iterable[Cell]) -> Callable[[Count], int]:
    cells = tuple(cells)
    return lambda count: sum(count(cell) for cell in cells)


def _add_irregular(stated: Points) -> None:
    """One flag for each unit whose count may be irregular: 1 where it is."""
    v = stated.v
    regular = regular_counts(v.problem.cycle)
    for unit, variable in v.n.items():
        cells = v.cells_of[unit]
        if cells[0][2] == NO_FIXED_SLOT:
            continue  # by the year: it has no weeks
        possible = range(1, most_of(variable) + 1)
        odd = [count for count in possible if count not in regular]
        if not odd:
            continue
        first = cells[0]
        flag = stated.new(f"odd{unit}", 1, lambda count, first=first: int(count(first) not in regular | {0}))  # type: ignore[misc]
        chosen = {
            number: stated.new(f"is{number}{unit}", 1, lambda count, first=first, number=number: count(first) == number)  # type: ignore[misc]
            for number in possible
            if number in regular
        }
        v.model.add_at_most_one([flag, *chosen.values()])
        rest = variable - sum(number * is_so for number, is_so in chosen.items())
        v.model.add(rest >= odd[0] * flag)
        v.model.add(rest <= odd[-1] * flag)
        stated.terms.append(POINTS["irregular"] * len(cells) * flag)


def _add_peaks(stated: Points) -> None:
    v = stated.v
    by_group: dict[int, list[dict[Unit, Cell]]] = defaultdict(list)
    for (group, _), units in _room_units(v.problem, v.problem.cells).items():
        by_group[group].append(units)
    for group, half_days in by_group.items():
        loads = [_total(units.values()) for units in half_days]
        most = max(sum(most_of(v.n[unit]) for unit in units) for units in half_days)
        peak = stated.new(f"peak{group}", most, lambda count, loads=loads: max(load(count) for load in loads))  # type: ignore[misc]
        for units in half_days:
            v.model.add(peak >= sum(v.n[unit] for unit in units))
        stated.terms.append(POINTS["room_peaks"] * peak)


def _add_second_sites(stated: Points) -> None:
    """Sessions away from a person's main site of a day, where there is a choice of sites on it."""
    v = stated.v
    by_day: dict[tuple[str, str], dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in v.problem.cells:
        if (site := v.problem.together.sites[cell[1]]) is not None:
            by_day[cell[0], day_of(cell[2])][site].append(cell)
    for (person, day), by_site in by_day.items():
        if len(by_site) < 2:
            continue
        loads = {site: _total(cells) for site, cells in by_site.items()}

        def main(count: Count, loads: dict[str, Callable[[Count], int]] = loads) -> str:
            return max(loads, key=lambda one: loads[one](count))

        flags = {}
        for site, cells in by_site.items():
            name, load = f"[{person},{day},{site}]", loads[site]
            is_main = stated.new(f"main{name}", 1, lambda count, main=main, site=site: main(count) == site)  # type: ignore[misc]
            most = sum(most_of(v.of(cell)) for cell in cells)
            away = stated.new(
                f"away{name}", most,
                lambda count, main=main, site=site, load=load: 0 if main(count) == site else load(count),  # type: ignore[misc]
            )  # fmt: skip
            v.model.add(away >= sum(v.of(cell) for cell in cells) - most * is_main)
            stated.terms.append(POINTS["second_site"] * away)
            flags[site] = is_main
        v.model.add(sum(flags.values()) == 1)


def _add_new_half_days(stated: Points) -> None:
    v, problem = stated.v, stated.v.problem
    days, before = _days_before(problem), _sessions_before(problem)
    by_half_day: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in (cell for cell in problem.cells if cell[2] != NO_FIXED_SLOT):
        by_half_day[cell[0], cell[2]].append(cell)
    for (person, slot), cells in by_half_day.items():
        if person not in days:
            continue
        sessions, load = sum(v.of(cell) for cell in cells), _total(cells)
        if day_of(slot) not in days[person]:
            stated.terms.append((POINTS["new_half_day"] + POINTS["new_day"]) * sessions)
        elif now := before.get((person, slot), 0):
            more = stated.new(
                f"more[{person},{slot}]", problem.cycle, lambda count, now=now, load=load: max(0, load(count) - now)  # type: ignore[misc]
            )  # fmt: skip
            v.model.add(more >= sessions - now)
            stated.terms.append(POINTS["new_half_day"] * more)
        else:
            stated.terms.append(POINTS["new_half_day"] * sessions)
