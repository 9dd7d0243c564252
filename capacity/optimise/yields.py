"""What a solution delivers: sessions of one person, of a whole team, of joint teams, less what supervising costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from capacity.optimise.problem import YIELD_SCALE, Cell, Problem
from capacity.optimise.together import Key


@dataclass(frozen=True)
class Allocation:
    """Values of a solution: weeks of the cycle of each cell, holders of each role, extra minutes a week.

    ``weeks`` names the weeks of those cells whose weeks the model itself decided; ``travel`` the minutes a cycle of
    travel between sites the model has charged for each (person, day).
    """

    counts: dict[Cell, int]
    holders: dict[str, tuple[str, ...]]
    extra: dict[str, int]
    weeks: dict[Cell, tuple[int, ...]] = field(default_factory=dict)
    travel: dict[Key, int] = field(default_factory=dict)
    trainees: dict[Key, int] = field(default_factory=dict)
    """(role, person) -> trainees, where a role's trainees are divided over its holders."""


def weeks_of(problem: Problem, allocation: Allocation, cell: Cell) -> frozenset[int]:
    """Weeks of a cell, of people with and without a proposed plan; the first ones where only the count is known."""
    if cell[0] not in problem.people:
        return problem.together.fixed_cells.get(cell, frozenset())
    count = allocation.counts.get(cell, 0)
    known = allocation.weeks.get(cell, ())
    return frozenset(known if len(known) == count else problem.weeks[:count])


def losses(problem: Problem, allocation: Allocation) -> dict[Cell, int]:
    """What each supervisor's session loses over the cycle, in millionths: once a week, the most that is asked."""
    lost: dict[tuple[Cell, int], int] = defaultdict(int)
    for each in problem.together.supervised:
        for week in weeks_of(problem, allocation, each.cell):
            for cells in each.asked:
                beside = [cell for cell in cells if week in weeks_of(problem, allocation, cell)]
                if beside:
                    for cell in beside:
                        lost[cell, week] = max(lost[cell, week], problem.together.loss(each, cell))
                    break
    total: dict[Cell, int] = defaultdict(int)
    for (cell, _), loss in lost.items():
        total[cell] += loss
    return dict(total)


def joint_count(problem: Problem, allocation: Allocation, key: Key) -> int:
    """Complete sessions a cycle of a joint team in a half-day."""
    together = problem.together
    needed = together.seats[key[0]]
    groups = together.joint[key]
    fixed = together.fixed_seats.get(key)
    if fixed is None:
        return min(
            sum(allocation.counts.get(cell, 0) for cell in groups[group]) // count for group, count in needed.items()
        )
    there: dict[str, dict[int, int]] = {group: dict(weeks) for group, weeks in fixed.items()}
    for group, cells in groups.items():
        for cell in cells:
            for week in weeks_of(problem, allocation, cell):
                there[group][week] = there[group].get(week, 0) + 1
    return sum(min(there[group].get(week, 0) // count for group, count in needed.items()) for week in problem.weeks)


def joint_yield(problem: Problem, allocation: Allocation, key: Key, lost: Mapping[Cell, int]) -> tuple[int, float]:
    """What a joint team delivers in a half-day over the cycle: in millionths as the model counts, and exactly."""
    together = problem.together
    sessions = joint_count(problem, allocation, key)
    if not sessions:
        return 0, 0.0
    whole: list[int] = []
    exact: list[float] = []
    for group, count in together.seats[key[0]].items():
        done = fine = here = 0.0
        for cell in together.joint[key][group]:
            number = allocation.counts.get(cell, 0)
            here += number
            done += number * problem.delivers[cell] - lost.get(cell, 0)
            fine += number * problem.time.delivered(*cell, problem.pinned_minutes.get(cell))
        others = together.fixed_worth.get(key, {}).get(group, 0)
        rest = max(0, count * sessions - int(here)) * others
        whole.append((int(done) + rest) // count)
        exact.append((fine - sum(lost.get(cell, 0) for cell in together.joint[key][group]) / YIELD_SCALE) / count)
        exact[-1] += rest / YIELD_SCALE / count
    return min(whole), min(exact)


def delivered_by_slot(problem: Problem, allocation: Allocation) -> dict[Key, tuple[int, float]]:
    """(activity, half-day) -> full sessions a cycle: in millionths as the model counts them, and exactly."""
    whole: dict[Key, int] = defaultdict(int)
    exact: dict[Key, float] = defaultdict(float)
    for cell, count in allocation.counts.items():
        _, activity, slot = cell
        if problem.is_whole_team(activity):
            met = problem.together.met_by_others.get((activity, slot))
            besides = len(weeks_of(problem, allocation, cell) - met) if met else count
            whole[activity, slot] = max(whole[activity, slot], YIELD_SCALE * besides)
            exact[activity, slot] = max(exact[activity, slot], float(besides))
        elif activity not in problem.together.seats:
            whole[activity, slot] += count * problem.delivers[cell]
            exact[activity, slot] += count * problem.delivered(cell)
    lost = losses(problem, allocation) if problem.together.supervised else {}
    for (_, activity, slot), loss in lost.items():
        if activity not in problem.together.seats:
            whole[activity, slot] -= loss
            exact[activity, slot] -= loss / YIELD_SCALE
    for key in problem.together.joint:
        whole[key], exact[key] = joint_yield(problem, allocation, key, lost)
    return {key: (whole[key], exact[key]) for key in whole}
