"""A search for better totals: free a few people at a time in the model in totals, keep the others, solve again.

Where contracts hold about what is asked for, the last session is a question of how everybody's minutes are packed. The
model in totals is so small that a step takes a hundredth of a second, and what it finds nearly always has half-days.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ortools.sat.python import cp_model

from capacity.optimise.improve import Neighbourhoods
from capacity.optimise.problem import Problem
from capacity.optimise.prove import add_rows, holds, value_of
from capacity.optimise.prover import LinearModel
from capacity.optimise.search import Budget, Settings, new_solver
from capacity.optimise.totals import Totals

STEP_WORK = 0.1
"""Deterministic time of a step."""
SMALLEST, FIRST = 3, 6
"""People freed at a time: more while steps are proven, fewer while they are not."""
STUCK, PATIENCE = 12, 300
"""Steps without better totals after which it may begin anew, and after which it ends."""


class TotalsSearch:
    """The search: ``best`` totals, by column of the model in totals, and their ``value``; none before a start."""

    def __init__(self, totals: Totals, problem: Problem, settings: Settings):
        self._totals, self._settings = totals, settings
        self.best: list[int] = []
        self.value = math.inf
        self._first: list[int] = []
        self.ends: list[list[int]] = []
        """Where searches before it ended, the best first."""
        self._everyone = sorted(set(totals.people.values()))
        self._neighbourhoods = Neighbourhoods(problem, settings.seed)
        self._size, self._failures = min(FIRST, len(self._everyone)), 0
        self._model: cp_model.CpModel | None = None
        self._take(totals.model.start)

    @property
    def possible(self) -> bool:
        """Whether there is a start, and enough people that some can be kept."""
        return bool(self.best) and len(self._everyone) > SMALLEST

    @property
    def ready(self) -> bool:
        """Whether steps are possible, and still worth while."""
        return self.possible and self._failures < PATIENCE

    @property
    def stuck(self) -> bool:
        """Whether many steps have found nothing better."""
        return self._failures >= STUCK

    @property
    def least(self) -> float:
        """Value of the best totals of all its ways."""
        return min([self.value, *(value_of(self._totals.model, end) for end in self.ends[:1])])

    def begin_anew(self) -> None:
        """Keep where the search has come to, and begin again where it began: it takes another way."""
        self.ends = sorted([*self.ends, self.best], key=lambda end: value_of(self._totals.model, end))
        self._go_to(self._first, 0)

    def go_back(self) -> None:
        """Go on from the best of all ends, where it is better than what the search has come to."""
        if self.least < self.value:
            self._go_to(self.ends[0], STUCK)

    def _go_to(self, solution: list[int], failures: int) -> None:
        self.best, self.value, self._failures = solution, value_of(self._totals.model, solution), failures

    def in_totals(self, objective: Mapping[int, int]) -> dict[int, int] | None:
        """An objective over columns of the whole model over those in totals; None where one of them is not there."""
        at = {whole: column for column, whole in enumerate(self._totals.columns)}
        found = {at[whole]: factor for whole, factor in objective.items() if whole in at}
        return found if len(found) == len(objective) else None

    def totals(self) -> Iterator[tuple[int, int]]:
        """Columns of the whole model, and the best totals' values for them."""
        return zip(self._totals.columns, self.best, strict=False)

    def start_from(self, solution: list[int], or_as_good: bool = False) -> bool:
        """Go on from totals found elsewhere; return whether they are the best yet (or as good)."""
        if not holds(self._totals.model, solution):
            return False
        value = value_of(self._totals.model, solution)
        if value > self.value or (value == self.value and not or_as_good):
            return False
        if value < self.value:
            self._failures = 0
        self.best, self.value = solution, value
        self._first = self._first or solution
        return True

    def follow(self, plan: Mapping[int, int]) -> None:
        """Go on from a plan found elsewhere, given by columns of the whole model, where it is better."""
        self._take(self._totals.of(plan))

    def _take(self, totals: Mapping[int, int]) -> None:
        if len(totals) == len(self._totals.model.lower):
            self.start_from([totals[column] for column in range(len(totals))])

    def step(self, budget: Budget) -> bool:
        """Free some people and solve; return whether that gave better totals."""
        model = self._model = self._model or model_of(self._totals.model)
        free = self._neighbourhoods.choose(self._size)
        model.clear_hints()
        for column, person in self._totals.people.items():
            if person not in free:
                model.add_hint(model.get_int_var_from_proto_index(column), self.best[column])
        solver = new_solver(self._settings, budget.left(), linearization=2)
        solver.parameters.max_deterministic_time = STEP_WORK
        solver.parameters.fix_variables_to_their_hinted_value = True
        code = solver.solve(model)
        budget.use(solver)
        proven = code == cp_model.OPTIMAL
        self._size = min(len(self._everyone), self._size + 1) if proven else max(SMALLEST, self._size - 1)
        self._failures += 1
        before = self.value
        if code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            # others as good are taken too: from them a way may lead on that there is not from here
            self.start_from(list(solver.response_proto.solution), or_as_good=True)
        return self.value < before


def model_of(linear: LinearModel) -> cp_model.CpModel:
    """Return a linear model in whole numbers as CP-SAT takes it, its columns in their order."""
    model = cp_model.CpModel()
    ends = zip(linear.lower, linear.upper, strict=True)
    x = {column: model.new_int_var(low, high, "") for column, (low, high) in enumerate(ends)}
    add_rows(model, linear, x)
    objective = linear.objective
    model.minimize(cp_model.LinearExpr.weighted_sum([x[column] for column in objective], list(objective.values())))
    return model
