"""The search for one tier: find a plan, improve it, prove that none is better, with two kinds of solver."""

from __future__ import annotations

import math
from collections.abc import Callable

from ortools.sat.python import cp_model

from capacity.optimise.improve import improve
from capacity.optimise.problem import Problem
from capacity.optimise.prove import LEAST_SECONDS, Prover, holds, provers
from capacity.optimise.search import Budget, Settings, allocation_of, read_solution, run
from capacity.optimise.tiers import Allocation, Expression, hint, measure
from capacity.optimise.variables import Variables

QUICK_SHARE = 0.05
"""Part of a tier's time in which CP-SAT proves what is easy."""
CP_SHARE = 0.15
"""Part of the time left that CP-SAT then has with the stronger linear relaxation."""
IMPROVE_SHARE = 0.1
"""Part of the time left for looking for a better plan near the one known; and again at the end."""
PROVE_SHARE = 0.85
"""Part of the time left for the other solvers."""
NEAR_WEIGHT = 200
"""Sessions of change that one session of shortfall is worth while a shortfall tier is improved."""
WORTH_IMPROVING = 0.05
"""Gap to the bound above which a better plan is looked for before the proof goes on."""


def best_of(
    problem: Problem, pool: list[Allocation], name: str, within_holds: Callable[[dict[str, int]], bool]
) -> Allocation | None:
    """Best plan known for a tier among those that keep what is held; then the one that changes least."""
    known = [(allocation, measure(problem, allocation)) for allocation in pool]
    fit = [(values[name], values["change"], number) for number, (_, values) in enumerate(known) if within_holds(values)]
    return pool[min(fit)[2]] if fit else None


class TierSearch:
    """One tier: the best plan known, its value, the bound no plan can beat, and the searches that join the two.

    ``near`` is the expression of change, where plans near the plan in force are preferred while improving. Every
    plan found is added to ``pool``. ``bound`` is known from before.
    """

    def __init__(
        self,
        v: Variables,
        name: str,
        expression: Expression,
        near: Expression | None,
        settings: Settings,
        pool: list[Allocation],
        within_holds: Callable[[dict[str, int]], bool],
        start: Allocation | None,
        report: Callable[[float | None, float | None], None],
        bound: float = 0.0,
    ):
        self.v, self.name, self.expression, self.near = v, name, expression, near
        self.settings, self.pool, self.within_holds, self.start = settings, pool, within_holds, start
        self.report = report
        self.bound = bound
        self.limit = "none"
        self.impossible = False
        self._choose()

    def _choose(self) -> None:
        self.best = best_of(self.v.problem, self.pool, self.name, self.within_holds)
        self.value = math.inf if self.best is None else float(measure(self.v.problem, self.best)[self.name])

    @property
    def settled(self) -> bool:
        """Whether the best plan is proven to be so."""
        return self.best is not None and self.bound >= self.value - 1e-6

    def search(self, seconds: float) -> None:
        """Search for so long, or until the tier is settled."""
        budget = Budget(seconds)
        self._cp(budget, QUICK_SHARE, 1)
        self._cp(budget, CP_SHARE, 2)
        self._improve(budget, IMPROVE_SHARE)
        self._prove(budget)
        self._improve(budget, 0.5)
        self._cp(budget, 1.0, 1)
        if not self.settled:
            self.limit = budget.which()

    def _done(self, budget: Budget) -> bool:
        stopped = self.settings.stop.is_set() and self.best is not None
        return self.impossible or self.settled or stopped or budget.spent()

    def _cp(self, budget: Budget, share: float, linearization: int) -> None:
        """Let CP-SAT find, improve and prove."""
        if self._done(budget):
            return
        self._ask()
        part = budget.part(share)

        def report(latest: float | None, lower: float | None) -> None:
            self.report(self.value if latest is None else latest, max(self.bound, lower or 0.0))

        found = run(self.v, part, self.settings, linearization, report)
        budget.take(part)
        if found.code == cp_model.INFEASIBLE:
            self.impossible = self.best is None
            return
        if found.code in (cp_model.OPTIMAL, cp_model.FEASIBLE) and (
            self.best is None or found.solver.objective_value < self.value - 1e-6
        ):
            self.pool.append(read_solution(self.v, found.solver))
            self._choose()
        self._raise(self.value if found.code == cp_model.OPTIMAL else found.bound)

    def _ask(self) -> None:
        """Put the tier's question to the model, with the best answer known as a start."""
        self.v.model.minimize(self.expression)
        hint(self.v, self.best if self.best is not None else self.start)

    def _raise(self, bound: float) -> None:
        if math.isfinite(bound):
            self.bound = min(self.value, max(self.bound, math.ceil(bound - 1e-4)))

    def _improve(self, budget: Budget, share: float) -> None:
        """Look for a better plan by freeing a few people at a time."""
        if self._done(budget) or self.best is None or self.value - self.bound <= WORTH_IMPROVING * self.value:
            return
        known = measure(self.v.problem, self.best)
        part = budget.part(share)
        if self.near is None:
            self.v.model.minimize(self.expression)
            start = known[self.name]
        else:
            self.v.model.minimize(NEAR_WEIGHT * self.expression + self.near)
            start = NEAR_WEIGHT * known[self.name] + known["change"]
        found, _ = improve(self.v, self.best, start, part, self.settings, lambda _: self.report(None, self.bound))
        budget.take(part)
        self.pool.append(found)
        self._choose()

    def _prove(self, budget: Budget) -> None:
        """Let the other solvers prove or better the plan; they work by the clock and use none of CP-SAT's work."""
        if self._done(budget):
            return
        self._ask()
        part = budget.part(PROVE_SHARE)
        with provers(self.v.model, part.left() - LEAST_SECONDS, self.settings.workers) as working:
            while not (
                self.settled
                or self.settings.stop.is_set()
                or part.spent()
                or all(prover.finished for prover in working)
            ):
                for prover in working:
                    self._take(prover, 0.1 / len(working))
                self.report(self.value if self.best is not None else None, self.bound)
        if not self.settled:
            part.work = 0
        budget.take(part)

    def _take(self, prover: Prover, wait: float) -> None:
        """Take what another solver has found: its plan where that keeps every rule, and its bound."""
        proof = prover.news(wait)
        if proof is None:
            return
        if proof.solution is not None and holds(prover.model, proof.solution):
            solution = proof.solution
            self.pool.append(allocation_of(self.v, lambda variable: solution[variable.index]))
            self._choose()
        self._raise(proof.bound)
