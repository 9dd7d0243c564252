"""Large neighbourhood search: free a few people at a time, keep the others as they are, and solve again.

It finds good plans where the whole model is too large to search well, and is reproducible: one worker, seeded, each
step limited by the solver's deterministic time.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable

from ortools.sat.python import cp_model

from capacity.optimise.search import Budget, Settings, new_solver, read_solution
from capacity.optimise.tiers import Allocation, hint
from capacity.optimise.variables import Variables

STEP_SECONDS = 0.3
SMALLEST, FIRST, LARGEST = 2, 6, 14
"""People freed at a time; more while steps are quick, fewer while they are slow."""
PATIENCE = 40
"""Steps without a better plan after which the search ends."""


def improve(
    v: Variables,
    start: Allocation,
    value: float,
    budget: Budget,
    settings: Settings,
    report: Callable[[float], None],
) -> tuple[Allocation, float]:
    """Return a plan at least as good as ``start`` for the objective of ``v.model``, with its value."""
    random_source = random.Random(settings.seed)
    best, best_value = start, value
    size, failures = FIRST, 0
    while failures < PATIENCE and not budget.spent() and not settings.stop.is_set():
        free = _neighbourhood(v, random_source, size)
        solver = new_solver(settings, budget.left(), linearization=2)
        solver.parameters.max_deterministic_time = STEP_SECONDS
        solver.parameters.fix_variables_to_their_hinted_value = True
        _fix_others(v, best, free)
        code = solver.solve(v.model)
        budget.use(solver)
        if code in (cp_model.OPTIMAL, cp_model.FEASIBLE) and solver.objective_value < best_value - 1e-6:
            best, best_value, failures = read_solution(v, solver), solver.objective_value, 0
            report(best_value)
        else:
            failures += 1
        size = min(LARGEST, size + 1) if code == cp_model.OPTIMAL else max(SMALLEST, size - 1)
    hint(v, best)
    return best, best_value


def _neighbourhood(v: Variables, random_source: random.Random, size: int) -> set[str]:
    """People to free: anyone, or people who share activities, since those can hand sessions to each other."""
    by_activity: dict[str, list[str]] = defaultdict(list)
    for person, activity, _ in v.problem.cells:
        if person not in by_activity[activity]:
            by_activity[activity].append(person)
    everyone = list(v.problem.people)
    if random_source.random() < 1 / 3:
        return set(random_source.sample(everyone, min(size, len(everyone))))
    free: set[str] = set()
    while len(free) < min(size, len(everyone)):
        pool = [person for person in by_activity[random_source.choice(list(by_activity))] if person not in free]
        free.update(random_source.sample(pool, min(max(2, size // 2), len(pool), size - len(free))))
        if random_source.random() < 0.2:
            break
    return free


def _fix_others(v: Variables, best: Allocation, free: set[str]) -> None:
    """Hint, and so fix, what belongs to people who are not free; whole-team sessions stay open."""
    v.model.clear_hints()
    for unit, variable in v.n.items():
        if unit[0] != "team" and v.cells_of[unit][0][0] not in free:
            v.model.add_hint(variable, best.counts.get(v.cells_of[unit][0], 0))
    for (role, person), variable in v.holds.items():
        if person not in free:
            v.model.add_hint(variable, int(person in best.holders[role]))
