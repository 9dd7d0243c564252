"""Rotation: hand out the weeks of the cycle to the counts of a solution, evenly, keeping last year's weeks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from ortools.sat.python import cp_model

from capacity.optimise.level import most_sessions
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.search import solver_of_weeks
from capacity.optimise.together import JOINT
from capacity.optimise.variables import Unit, unit_of
from capacity.optimise.weekly import add_weekly, components, counts_suffice, room_demand
from capacity.optimise.yields import Allocation
from capacity.units import NO_FIXED_SLOT, day_of

SECONDS_TO_PLEASE = 0.2
"""Deterministic time for the most even weeks of one component; what is found by then is good enough."""
SECONDS_TO_FIND = 20.0
"""The same for any weeks at all, where none were found."""
HEAVY, OTHER_WEEK, UNEVEN, PEAK, LIGHTER_WEEK = 200, 40, 25, 10, 1
"""What a session that makes a person's week heavy, a session in another week than last year's, weeks that are not
evenly spaced, one session more in the fullest week of a person or activity, and a session in a week that is fuller by
one, weigh against each other."""


@dataclass(frozen=True)
class Rotation:
    """Weeks of each cell, or the half-days for which no weeks could be found."""

    weeks: dict[Cell, tuple[int, ...]] = field(default_factory=dict)
    impossible: frozenset[str] = frozenset()


def _decided(problem: Problem, known: Allocation | None) -> dict[Cell, tuple[int, ...]]:
    """Weeks that stay as the model decided them, because what is delivered hangs on them."""
    weeks = {} if known is None else known.weeks
    return {cell: given for cell, given in weeks.items() if cell[2] in problem.together.by_week}


def without_weeks(problem: Problem, counts: dict[Cell, int], known: Allocation | None = None) -> frozenset[str]:
    """Half-days to whose counts no weeks can be given; ``known`` as in ``rotate``."""
    used = _placed(counts)
    without: set[str] = set()
    for slots in components(problem, used):
        cells = {cell: count for cell, count in used.items() if cell[2] in slots}
        if not counts_suffice(problem, cells) and _hand_out(problem, cells, None, known) is None:
            without |= slots
    return frozenset(without)


def _placed(counts: dict[Cell, int]) -> dict[Cell, int]:
    """Counts of cells with a half-day; annualised sessions have none, and no weeks."""
    return {cell: count for cell, count in counts.items() if count and cell[2] != NO_FIXED_SLOT}


def rotate(problem: Problem, counts: dict[Cell, int], known: Allocation | None = None) -> Rotation:
    """Give every cell its weeks.

    ``known`` is the solution the counts are of: with the travel it has charged, and the weeks its yield hangs on.

    Half-days that hang together are handed out together, the others one by one, with running totals of each
    person's and activity's sessions in each week so that weeks come out even.
    """
    used = _placed(counts)
    weeks: dict[Cell, tuple[int, ...]] = {}
    failed: set[str] = set()
    load = _Loads(problem, used)
    for slots in sorted(components(problem, used), key=lambda group: (-len(group), sorted(group))):
        cells = {cell: count for cell, count in used.items() if cell[2] in slots}
        found = _hand_out(problem, cells, load, known)
        if found is None:
            failed |= slots
            continue
        weeks.update(found)
        load.add(found)
    return Rotation(weeks, frozenset(failed))


class _Loads:
    """Sessions of each person and activity in each week so far; those of every week count from the beginning."""

    def __init__(self, problem: Problem, counts: Mapping[Cell, int]):
        self.of: dict[tuple[str, int], int] = defaultdict(int)
        self._cycle = problem.cycle
        sessions: Counter[str] = Counter()
        for (person, _, _), count in counts.items():
            sessions[person] += count
        self.most = {person: most_sessions(problem, person, count) for person, count in sessions.items()}
        """Most sessions of a person in a week that is not heavy."""
        self._add((cell, problem.weeks) for cell, count in counts.items() if count == problem.cycle)

    def add(self, weeks: Mapping[Cell, tuple[int, ...]]) -> None:
        """Count what has been given its weeks."""
        self._add((cell, given) for cell, given in weeks.items() if len(given) < self._cycle)

    def _add(self, weeks: Iterable[tuple[Cell, Iterable[int]]]) -> None:
        for (person, activity, _), given in weeks:
            for week in given:
                self.of[person, week] += 1
                self.of[activity, week] += 1


def _hand_out(
    problem: Problem, counts: dict[Cell, int], load: _Loads | None, known: Allocation | None
) -> dict[Cell, tuple[int, ...]] | None:
    """Weeks of each cell, even over the load there is and like last year's; any weeks where no load is given."""
    units: dict[Unit, list[Cell]] = defaultdict(list)
    for cell in counts:
        units[unit_of(problem, cell)].append(cell)
    free = {unit: cells for unit, cells in units.items() if counts[cells[0]] < problem.cycle}
    if not free and not _may_clash(problem, units):
        return dict.fromkeys(counts, problem.weeks)
    model = cp_model.CpModel()
    charged = {} if known is None else known.travel
    x = add_weekly(model, problem, units, lambda unit: counts[units[unit][0]], travel=lambda day: charged.get(day, 0))
    for cell, given in _decided(problem, known).items():
        if cell in counts:
            for week in problem.weeks:
                model.add(x[unit_of(problem, cell), week] == int(week in given))
    solver = None
    if load is not None:
        solver = _solve(model, _wishes(problem, model, free, x, load, counts), SECONDS_TO_PLEASE)
    solver = solver or _solve(model, None, SECONDS_TO_FIND)
    if solver is None:
        return None
    return {
        cell: tuple(week for week in problem.weeks if solver.value(x[unit, week]))
        for unit, cells in units.items()
        for cell in cells
    }


def _wishes(
    problem: Problem,
    model: cp_model.CpModel,
    free: dict[Unit, list[Cell]],
    x: dict[tuple[Unit, int], cp_model.IntVar],
    load: _Loads,
    counts: dict[Cell, int],
) -> cp_model.LinearExpr | int:
    """Prefer last year's weeks, then evenly spaced ones, then people and activities alike in every week."""
    wishes: list[cp_model.LinearExpr | int] = []
    together: dict[str, dict[int, list[cp_model.IntVar]]] = defaultdict(lambda: defaultdict(list))
    hinted = _hints(problem, free, load, counts)
    for unit, cells in free.items():
        now = _now(problem, cells)
        for week in problem.weeks:
            wishes.append(OTHER_WEEK * (week not in now) * len(cells) * x[unit, week])
            model.add_hint(x[unit, week], week in hinted[unit])
        names = dict.fromkeys(name for cell in cells for name in (cell[0], cell[1]))
        for name in names:
            least = min(load.of[name, week] for week in problem.weeks)
            for week in problem.weeks:
                together[name][week].append(x[unit, week])
                wishes.append(LIGHTER_WEEK * (load.of[name, week] - least) * x[unit, week])
        if patterns := even_patterns(counts[cells[0]], problem.cycle):
            chosen = []
            for weeks in patterns:
                is_it = model.new_bool_var("")
                model.add(sum(x[unit, week] for week in weeks) >= len(weeks) * is_it)
                model.add_hint(is_it, weeks == hinted[unit])
                chosen.append(is_it)
            wishes.append(UNEVEN * len(cells) * (1 - sum(chosen)))
    for name, by_week in together.items():
        if sum(map(len, by_week.values())) > problem.cycle:
            loads = {week: load.of[name, week] + sum(by_week[week]) for week in problem.weeks}
            peak = model.new_int_var(0, max(load.of[name, week] + len(by_week[week]) for week in problem.weeks), "")
            for week in problem.weeks:
                model.add(peak >= loads[week])
            wishes.append(PEAK * peak)
        if name in problem.people:
            for week, chosen in by_week.items():
                room = load.most[name] - load.of[name, week]
                if len(chosen) > room:
                    beyond = model.new_int_var(0, len(chosen), "")
                    model.add(beyond >= sum(chosen) - room)
                    wishes.append(HEAVY * beyond)
    return sum(wishes)


def _now(problem: Problem, cells: list[Cell]) -> set[int]:
    return set().union(*(problem.current.get(cell, frozenset()) for cell in cells))


@cache
def even_patterns(count: int, cycle: int) -> tuple[tuple[int, ...], ...]:
    """Evenly spaced weeks for a number of sessions a cycle: every second, every fourth week, from each first week."""
    if not 0 < count < cycle:
        return ()
    starts = range(cycle)
    found = (
        tuple(sorted((start + number * cycle // count) % cycle + 1 for number in range(count))) for start in starts
    )
    return tuple(dict.fromkeys(found))


def _hints(
    problem: Problem, free: dict[Unit, list[Cell]], load: _Loads, counts: dict[Cell, int]
) -> dict[Unit, tuple[int, ...]]:
    """A good guess for each unit by itself: last year's weeks, else the evenly spaced ones with the least in them."""
    taken = dict(load.of)
    guesses: dict[Unit, tuple[int, ...]] = {}
    for unit, cells in sorted(
        free.items(), key=lambda item: (not _now(problem, item[1]), -counts[item[1][0]], item[0])
    ):
        count, now = counts[cells[0]], _now(problem, cells)
        names = [(name, place) for cell in cells for name, place in ((cell[0], 4), (cell[1], 1))]

        def heavy(weeks: tuple[int, ...], names: list[tuple[str, int]] = names) -> int:
            return sum(factor * taken.get((name, week), 0) for week in weeks for name, factor in names)

        options = [tuple(sorted(now))] if len(now) == count else list(even_patterns(count, problem.cycle))
        guesses[unit] = min(options, key=lambda weeks, now=now: (-len(now & set(weeks)), heavy(weeks)))  # type: ignore[misc]
        for name, _ in dict.fromkeys(names):
            for week in guesses[unit]:
                taken[name, week] = taken.get((name, week), 0) + 1
    return guesses


def _solve(model: cp_model.CpModel, wishes: cp_model.LinearExpr | int | None, work: float) -> cp_model.CpSolver | None:
    """Solve within deterministic time; None where no solution was found."""
    model.clear_objective()
    if wishes is not None:
        model.minimize(wishes)
    solver = solver_of_weeks(work)
    code = solver.solve(model)
    return solver if code in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _may_clash(problem: Problem, units: dict[Unit, list[Cell]]) -> bool:
    """Whether sessions of every week can still break a rule of a week: closed weeks, rooms away, days a week."""
    return any(
        len(problem.allowed_weeks(cell)) < problem.cycle
        or cell[0] in problem.day_limited
        or cell[2] in problem.together.by_week
        or (cell[0], day_of(cell[2])) in problem.together.site_days
        or cell[1] in problem.together.equipment
        or any(problem.rooms[room].weeks for room in problem.activities[cell[1]].room)
        for cells in units.values()
        for cell in cells
    )


def assign_rooms(problem: Problem, weeks: dict[Cell, tuple[int, ...]]) -> dict[tuple[str, str, str, int], str]:
    """Name a room for every session that needs one: (person, activity, half-day, week) -> room.

    A whole-team session has one room, shown for each attender. Rooms are found by augmenting paths.
    """
    units: dict[Unit, list[Cell]] = defaultdict(list)
    for cell in weeks:
        units[unit_of(problem, cell)].append(cell)
    rooms: dict[tuple[str, str, str, int], str] = {}
    for slot, by_activity in room_demand(problem, units).items():
        for week in problem.weeks:
            who: dict[Unit, list[Cell]] = {}
            for names in by_activity.values():
                for unit in names:
                    if unit[0] == JOINT:
                        who.update(_joint_sessions(problem, weeks, (unit[1], unit[2]), week))
                    elif week in weeks[units[unit][0]]:
                        who[unit] = [cell for cell in units[unit] if cell[2] == slot]
            choices = {activity: problem.activities[activity].room for activity in by_activity}
            activity_of = {unit: cells[0][1] if cells else unit[1] for unit, cells in who.items()}
            wanting = [(unit, choices[activity_of[unit]]) for unit in who]
            for unit, room in _match(problem, wanting, slot, week).items():
                for person, activity, _ in who[unit]:
                    rooms[person, activity, slot, week] = room
    return rooms


def _joint_sessions(
    problem: Problem, weeks: dict[Cell, tuple[int, ...]], key: tuple[str, str], week: int
) -> dict[Unit, list[Cell]]:
    """Who is in which joint session of a half-day and week; places left belong to people without a proposed plan."""
    together = problem.together
    there = {
        group: [cell for cell in cells if week in weeks.get(cell, ())] for group, cells in together.joint[key].items()
    }
    needed = together.seats[key[0]]
    number = max(-(-len(there[group]) // count) for group, count in needed.items())
    number = max(number, together.fixed_sessions.get(key, {}).get(week, 0))
    return {
        (JOINT, *key, str(each)): [
            cell for group, count in needed.items() for cell in there[group][each * count : (each + 1) * count]
        ]
        for each in range(number)
    }


def _match(problem: Problem, wanting: list[tuple[Unit, tuple[str, ...]]], slot: str, week: int) -> dict[Unit, str]:
    choices = dict(wanting)
    held: dict[str, list[Unit]] = defaultdict(list)

    def place(unit: Unit, seen: set[str]) -> bool:
        for room in choices[unit]:
            if room in seen:
                continue
            seen.add(room)
            if len(held[room]) < problem.rooms_free(room, slot, week):
                held[room].append(unit)
                return True
            for other in list(held[room]):
                if place(other, seen):
                    held[room].remove(other)
                    held[room].append(unit)
                    return True
        return False

    for unit in choices:
        place(unit, set())
    return {unit: room for room, units in held.items() for unit in units}
