"""A smaller model that no plan escapes: what each person does of each activity in all, the half-days left out.

Whether contracts can meet a requirement is hardly ever a question of which half-day. So the counts of half-days are
dropped with every row that needs one, and what they imply for the totals is put in their place (Hall's condition: all
that must happen within a set of half-days fits into them; P. Hall, On Representatives of Subsets, J. London Math. Soc.
1935). What cannot be done in this model cannot be done at all, so its bound is a bound of the whole model. It has a
tenth of the columns, and settles shortfalls in a second that the whole model leaves open for minutes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from capacity.optimise.knapsacks import pinned_bounds
from capacity.optimise.prover import LinearModel
from capacity.optimise.variables import Unit, Variables, unit_of
from capacity.units import day_of

MOST_SETS = 8
"""Activities of which every combination is looked at; of more, only single ones, pairs and all together."""


@dataclass(frozen=True)
class Totals:
    """The smaller model.

    ``columns`` are the columns of the whole model that its first columns stand for, ``groups`` the columns of the whole
    model whose sum each other column is, and ``people`` whose the columns are; columns of nobody alone are not there.
    ``losses``: column of what is lost of the plan before -> column of what is done, half-days a session, sessions then.
    """

    model: LinearModel
    columns: tuple[int, ...]
    groups: dict[int, tuple[int, ...]]
    losses: dict[int, tuple[int, int, int]]
    people: dict[int, str]

    def of(self, values: Mapping[int, int]) -> dict[int, int]:
        """Totals of a plan given by columns of the whole model; nothing more is lost than the totals show."""
        found = {column: values[whole] for column, whole in enumerate(self.columns) if whole in values}
        for column, together in self.groups.items():
            if all(whole in values for whole in together):
                found[column] = sum(values[whole] for whole in together)
        for lost, (column, half_days, before) in self.losses.items():
            if column in found:
                found[lost] = max(0, before - half_days * found[column])
        return found


@dataclass(frozen=True)
class _Group:
    """Units of one person and activity that are alike to every row: their column, half-days and half-days a session."""

    column: int
    slots: frozenset[str]
    half_days: int


def totals_of(v: Variables, whole: LinearModel) -> Totals | None:
    """Return the smaller model of a question, or None where its objective or start needs what is left out."""
    split = {unit for units in v.totals for unit in units if unit[0] != "team"}
    kept_units = [unit for unit in v.n if unit not in split]
    kept = sorted(
        {variable.index for variable in (*v.totals.values(), *v.holds.values(), *v.extra.values(), *v.does.values())}
        | {variable.index for variable in (*v.short_mean.values(), *v.short_centile.values())}
        | {beyond.index for beyond, *_ in v.beyond.values()}
        | {worst.index for worst, _ in v.worst.values()}
        | {v.n[unit].index for unit in kept_units}
        | {variable.index for both in v.changes_a_year.values() for variable in both}
        | {variable.index for cell, variable in v.lost.items() if unit_of(v.problem, cell) not in split}
    )
    at = {column: number for number, column in enumerate(kept)}
    if not split:
        return None
    small = _Small(whole, at)
    groups = _groups(v, split, small)
    losses = _losses(v, groups, small)
    objective = small.in_groups(whole.objective)
    if objective is None:
        return None
    small.rewrite()
    for (person, activity), flag in v.does.items():
        for units, group in groups:
            if v.cells_of[units[0]][0][:2] == (person, activity):
                small.add([group.column, at[flag.index]], [1, -small.upper[group.column]], -math.inf, 0)
    for person, own in _by_person(v, groups, kept_units, at).items():
        small.fit(own, _room_of_person(v, person))
    for rooms, users in _by_rooms(v, groups, kept_units, at).items():
        small.fit(users, _room_of_rooms(v, rooms))
    people = _people(v, groups, at) | losses
    totals = Totals(small.model(objective), tuple(kept), small.groups(), small.losses, people)
    return replace(totals, model=replace(totals.model, start=totals.of(whole.start)))


class _Small:
    """The smaller model while it is made."""

    def __init__(self, whole: LinearModel, at: dict[int, int]):
        self.whole, self.at = whole, at
        self.least, self.most = pinned_bounds(whole)
        self.lower = [self.least[column] for column in at]
        self.upper = [self.most[column] for column in at]
        self.columns: list[list[int]] = []
        self.coefficients: list[list[int]] = []
        self.row_lower: list[float] = []
        self.row_upper: list[float] = []
        self.group_of: dict[int, int] = {}
        """Column of a unit in the whole model -> column of its group here."""
        self.size_of: dict[int, int] = defaultdict(int)
        self.losses: dict[int, tuple[int, int, int]] = {}
        """Column of what is lost -> column of the group, half-days a session, sessions of the plan before."""

    def group(self, units: list[int], column: int | None) -> int:
        """Gather units, given by their columns in the whole model, into a column of their own or one there is."""
        least, most = sum(self.least[unit] for unit in units), sum(self.most[unit] for unit in units)
        if column is None:
            self.lower.append(least)
            self.upper.append(most)
            column = len(self.lower) - 1
        self.lower[column] = max(self.lower[column], least)
        self.upper[column] = min(self.upper[column], most)
        self.group_of.update(dict.fromkeys(units, column))
        self.size_of[column] = len(units)
        return column

    def rewrite(self) -> None:
        """Take over every row that can be said in what is kept and in whole groups."""
        whole = self.whole
        for columns, coefficients, low, high in whole.rows():
            terms: dict[int, int] = defaultdict(int)
            grouped: dict[int, list[int]] = defaultdict(list)
            for column, factor in zip(columns, coefficients, strict=True):
                if column in self.at:
                    terms[self.at[column]] += factor
                elif column in self.group_of:
                    grouped[self.group_of[column]].append(factor)
                else:
                    break
            else:
                if all(len(f) == self.size_of[g] and len(set(f)) == 1 for g, f in grouped.items()):
                    for group, factors in grouped.items():
                        terms[group] += factors[0]
                    terms = {column: factor for column, factor in terms.items() if factor}
                    if terms:
                        self.add(list(terms), list(terms.values()), low, high)

    def add(self, columns: list[int], coefficients: list[int], low: float, high: float) -> None:
        """Add a row."""
        self.columns.append(columns)
        self.coefficients.append(coefficients)
        self.row_lower.append(low)
        self.row_upper.append(high)

    def fit(self, groups: list[_Group], room: _Room) -> None:
        """What must happen within a set of half-days fits into them, for every union of the groups' half-days."""
        sets = list(dict.fromkeys(group.slots for group in groups))
        sizes = range(1, len(sets) + 1) if len(sets) <= MOST_SETS else (1, 2, len(sets))
        seen = set()
        for size in sizes:
            for chosen in combinations(sets, size):
                slots = frozenset().union(*chosen)
                if slots in seen:
                    continue
                seen.add(slots)
                inside = [group for group in groups if group.slots <= slots]
                most = room.within(slots)
                if sum(group.half_days * self.upper[group.column] for group in inside) > most:
                    columns, factors = [group.column for group in inside], [group.half_days for group in inside]
                    self.add(columns, factors, -math.inf, most)

    def in_groups(self, objective: dict[int, int]) -> dict[int, int] | None:
        """An objective over what is kept and groups, never more than the whole model's; None where there is none.

        A group counts as the cheapest of its units; what stands for nothing here, and costs, is left out.
        """
        terms: dict[int, int] = {}
        grouped: dict[int, list[int]] = defaultdict(list)
        for column, factor in objective.items():
            if column in self.at:
                terms[self.at[column]] = factor
            elif column in self.group_of:
                grouped[self.group_of[column]].append(factor)
            elif factor < 0 or self.least[column] < 0:
                return None
        for group, factors in grouped.items():
            counted = factors if len(factors) == self.size_of[group] else [*factors, 0]
            terms[group] = terms.get(group, 0) + min(counted)
        return terms

    def model(self, objective: dict[int, int]) -> LinearModel:
        """Return what was made, without a start."""
        return LinearModel(
            self.lower,
            self.upper,
            self.columns,
            self.coefficients,
            self.row_lower,
            self.row_upper,
            objective,
            self.whole.offset,
            {},
        )

    def groups(self) -> dict[int, tuple[int, ...]]:
        """Columns of the whole model whose sum each column is that stands for several."""
        found: dict[int, list[int]] = defaultdict(list)
        for whole, column in self.group_of.items():
            found[column].append(whole)
        return {column: tuple(together) for column, together in found.items()}


@dataclass(frozen=True)
class _Room:
    """Sessions a cycle that a person, or rooms, have in each half-day; on at most ``days`` days a week."""

    sessions: dict[str, int]
    days: int = 7

    def within(self, slots: Iterable[str]) -> int:
        """Most sessions a cycle within a set of half-days."""
        by_day: dict[str, int] = defaultdict(int)
        for slot in slots:
            by_day[day_of(slot)] += self.sessions.get(slot, 0)
        return sum(sorted(by_day.values(), reverse=True)[: self.days])


def _groups(v: Variables, split: set[Unit], small: _Small) -> list[tuple[list[Unit], _Group]]:
    """Gather units that stand in the same totals: they are alike to contracts and coverage."""
    totals: dict[Unit, list[tuple[Unit, ...]]] = defaultdict(list)
    for total in v.totals:
        for unit in total:
            if unit in split:
                totals[unit].append(total)
    alike: dict[tuple[tuple[Unit, ...], ...], list[Unit]] = defaultdict(list)
    for unit, listed in totals.items():
        alike[tuple(listed)].append(unit)
    groups = []
    for within, units in alike.items():
        own = small.at[v.totals[within[0]].index] if len(within) == 1 and len(within[0]) == len(units) else None
        column = small.group([v.n[unit].index for unit in units], own)
        slots = frozenset(cell[2] for unit in units for cell in v.cells_of[unit])
        groups.append((units, _Group(column, slots, len(v.cells_of[units[0]]))))
    return groups


def _losses(v: Variables, groups: list[tuple[list[Unit], _Group]], small: _Small) -> dict[int, str]:
    """Add what a group loses of the plan before, at least; the person of each column added."""
    people = {}
    for units, group in groups:
        cells = [cell for unit in units for cell in v.cells_of[unit] if cell in v.lost]
        cells = [cell for cell in cells if v.lost[cell].index in small.whole.objective]
        if cells:
            column = small.group([v.lost[cell].index for cell in cells], None)
            now = sum(len(v.problem.current[cell]) for cell in cells)
            small.add([column, group.column], [1, group.half_days], now, math.inf)
            small.losses[column] = (group.column, group.half_days, now)
            people[column] = cells[0][0]
    return people


def _people(v: Variables, groups: list[tuple[list[Unit], _Group]], at: dict[int, int]) -> dict[int, str]:
    """The person of each column of the smaller model that is of one person."""
    units = {variable.index: units[0] for units, variable in v.totals.items()}
    units |= {variable.index: unit for unit, variable in v.n.items() if variable.index in at}
    found = {
        at[index]: v.cells_of[unit][0][0] for index, unit in units.items() if index in at and len(_who(v, unit)) == 1
    }
    found |= {group.column: v.cells_of[units[0]][0][0] for units, group in groups}
    found |= {at[variable.index]: person for (person, _), variable in v.does.items()}
    found |= {at[variable.index]: person for (_, person), variable in v.holds.items()}
    return found | {at[variable.index]: person for person, variable in v.extra.items()}


def _who(v: Variables, unit: Unit) -> set[str]:
    return {cell[0] for cell in v.cells_of[unit]}


def _plain(v: Variables, unit: Unit, at: dict[int, int]) -> _Group:
    cells = v.cells_of[unit]
    return _Group(at[v.n[unit].index], frozenset(cell[2] for cell in cells), len(cells))


def _by_person(
    v: Variables, groups: list[tuple[list[Unit], _Group]], kept: list[Unit], at: dict[int, int]
) -> dict[str, list[_Group]]:
    found: dict[str, list[_Group]] = defaultdict(list)
    for units, group in groups:
        found[v.cells_of[units[0]][0][0]].append(group)
    for unit in kept:
        people = _who(v, unit)
        if len(people) == 1:
            found[people.pop()].append(_plain(v, unit, at))
    return found


def _room_of_person(v: Variables, person: str) -> _Room:
    problem = v.problem
    slots = {cell[2] for cell in problem.cells if cell[0] == person}
    days = problem.most_days(person) if person in problem.day_limited else 7
    return _Room(dict.fromkeys(slots, problem.cycle), days)


def _by_rooms(
    v: Variables, groups: list[tuple[list[Unit], _Group]], kept: list[Unit], at: dict[int, int]
) -> dict[frozenset[str], list[_Group]]:
    """Sets of rooms -> what can only happen in them."""
    users = [(_rooms_alone(v, units[0]), group) for units, group in groups]
    users += [(_rooms_alone(v, unit), _plain(v, unit, at)) for unit in kept]
    sets = {rooms for rooms, _ in users if rooms}
    sets |= {first | second for first in sets for second in sets if first & second}
    return {rooms: [group for own, group in users if own and own <= rooms] for rooms in sorted(sets, key=sorted)}


def _rooms_alone(v: Variables, unit: Unit) -> frozenset[str]:
    """Rooms of which one is taken by each session of a unit; none where people share it."""
    activity = v.problem.activities[v.cells_of[unit][0][1]]
    return frozenset() if activity.team is not None else frozenset(activity.room)


def _room_of_rooms(v: Variables, rooms: frozenset[str]) -> _Room:
    problem = v.problem
    slots = {cell[2] for cell in problem.cells}
    return _Room(
        {
            slot: sum(max(0, problem.rooms_free(room, slot, week)) for room in rooms for week in problem.weeks)
            for slot in slots
        }
    )
