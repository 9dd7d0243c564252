"""Large neighbourhood search: free a few people at a time, keep the others as they are, and solve again.

It finds good plans where the whole model is too large to search well, and is reproducible: one worker, seeded, each
step limited by the solver's deterministic time.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection

from ortools.sat.python import cp_model

from capacity.optimise.problem import ROUNDING, Problem
from capacity.optimise.search import Budget, Settings, new_solver, read_solution
from capacity.optimise.tiers import Allocation, delivered_in_parts, hint
from capacity.optimise.variables import Variables

STEP_SECONDS = 0.3
"""Deterministic time of a step."""
SMALLEST, FIRST, LARGEST = 2, 6, 14
"""People freed at a time; more while steps are quick, fewer while they are slow."""
PATIENCE = 40
"""Steps without a better plan after which the search ends."""


class Improver:
    """The search: ``best`` and its ``value`` for the objective of ``v.model``, better from step to step."""

    def __init__(self, v: Variables, start: Allocation, value: float, settings: Settings):
        self.v, self.settings = v, settings
        self.best, self.value = start, value
        self._neighbourhoods = Neighbourhoods(v.problem, settings.seed)
        self._neighbourhoods.look_at(start)
        self._size, self._failures = FIRST, 0

    @property
    def exhausted(self) -> bool:
        """Whether so many steps have found nothing that more are not worth while."""
        return self._failures >= PATIENCE

    def start_from(self, start: Allocation, value: float) -> None:
        """Go on from a better plan that was found elsewhere."""
        if value < self.value - 1e-6:
            self.best, self.value, self._failures = start, value, 0
            self._neighbourhoods.look_at(start)

    def step(self, budget: Budget, work: float = STEP_SECONDS) -> list[int] | None:
        """Free some people and solve; return the values of all variables where that gave a better plan."""
        solver = new_solver(self.settings, budget.left(), linearization=2)
        solver.parameters.max_deterministic_time = max(0.01, min(work, budget.work))
        solver.parameters.fix_variables_to_their_hinted_value = True
        fix_others(self.v, self.best, self._neighbourhoods.choose(self._size))
        code = solver.solve(self.v.model)
        budget.use(solver)
        self._size = min(LARGEST, self._size + 1) if code == cp_model.OPTIMAL else max(SMALLEST, self._size - 1)
        if code in (cp_model.OPTIMAL, cp_model.FEASIBLE) and solver.objective_value < self.value - 1e-6:
            self.start_from(read_solution(self.v, solver), solver.objective_value)
            return list(solver.response_proto.solution)
        self._failures += 1
        return None


def improve(search: Improver, budget: Budget, report: Callable[[float], None]) -> Allocation:
    """Take steps until the budget is spent or they find no more, and return the best plan."""
    while not (search.exhausted or budget.spent() or search.settings.stop.is_set()):
        if search.step(budget) is not None:
            report(search.value)
    hint(search.v, search.best)
    return search.best


class Neighbourhoods:
    """Which people to free: anyone, people who share activities, and above all those skilled in what is short."""

    def __init__(self, problem: Problem, seed: int):
        self.problem = problem
        self.random = random.Random(seed)
        self.everyone = list(problem.people)
        skilled: dict[str, dict[str, None]] = defaultdict(dict)
        for person, activity, _ in problem.cells:
            skilled[activity][person] = None
        self.skilled = {activity: list(people) for activity, people in skilled.items()}
        self.activities = list(self.skilled)
        self.short: list[str] = []

    def look_at(self, best: Allocation) -> None:
        """Note which activities the best plan leaves short."""
        delivered = delivered_in_parts(self.problem, best)
        self.short = [
            part.activity
            for part, done in zip(self.problem.parts, delivered, strict=True)
            if part.needed - done > ROUNDING and part.activity in self.skilled
        ]

    def choose(self, size: int) -> set[str]:
        """Return at most ``size`` people."""
        size = min(size, len(self.everyone))
        if self.random.random() < 0.25:
            return set(self.random.sample(self.everyone, size))
        first = self.random.choice(self.short if self.short and self.random.random() < 0.7 else self.activities)
        free: set[str] = set()
        pool = self.skilled[first]
        while len(free) < size:
            wanted = min(max(2, size // 2), size - len(free))
            others = [person for person in pool if person not in free]
            free.update(self.random.sample(others, min(wanted, len(others))))
            pool = self.skilled[self.random.choice(self.activities)]
            if self.random.random() < 0.2:
                break
        return free


def fix_others(v: Variables, best: Allocation, free: Collection[str]) -> None:
    """Hint, and so fix, what belongs to people who are not free; whole-team sessions stay open."""
    v.model.clear_hints()
    for unit, variable in v.n.items():
        if unit[0] != "team" and v.cells_of[unit][0][0] not in free:
            v.model.add_hint(variable, best.counts.get(v.cells_of[unit][0], 0))
    for (role, person), variable in v.holds.items():
        if person not in free:
            v.model.add_hint(variable, int(person in best.holders[role]))
