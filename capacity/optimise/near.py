"""Plans near the plan in force: a second model, in which what is held is dear to exceed but not forbidden.

Shortfall and change are weighed against each other in one objective. A search from the plan in force then crosses
plans that are a session short of what is held, where a search inside the tiers' own model finds no way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ortools.sat.python import cp_model

from capacity.optimise.improve import Improver, improve
from capacity.optimise.pool import Pool
from capacity.optimise.problem import Problem
from capacity.optimise.search import WORK_PER_SECOND, Budget, Settings, read_solution, run
from capacity.optimise.tiers import EXPRESSIONS, SHORTFALL, Allocation, Expression, hint
from capacity.optimise.variables import Variables

EXCESS = 1000
"""Sessions of change that one session of shortfall beyond what is held is worth."""
PRESENT = 200
"""The same for a session of shortfall in the tier that is being solved."""
LATER = (1000, 30, 15)
"""The same for tiers still to come, by their order."""
MOST = 2**40
PATIENCE = 5
"""How many times slower than an idle machine a busy one may be before the clock ends the start, and not the work."""


def dearness(problem: Problem) -> int:
    """How much more a change counts than where nothing weighs more, in the mean: shortfall is weighed up by as much."""
    weights = problem.change_weights.values()
    mean = sum(weights) / len(weights) if weights else 1.0
    return max(1, round(mean * (1 + problem.service.objective.day_move_weight / 3)))


class Near:
    """The model ``v`` with its tiers weighed. Built as the tiers' own model is, so its first columns are the same."""

    def __init__(self, v: Variables, wanted: Sequence[str], settings: Settings):
        self.v, self.wanted, self.settings = v, wanted, settings
        self.expressions: dict[str, Expression] = {name: EXPRESSIONS[name](v) for name in wanted}
        self._held: dict[str, int] = {}
        self._excess: dict[str, cp_model.IntVar] = {}
        self._weights: dict[str, int] = {}
        self._dear = dearness(v.problem)

    def hold(self, name: str, most: int) -> None:
        """From now on more than ``most`` of a tier is dear."""
        expression = self.expressions[name]
        self._held[name] = most
        if not isinstance(expression, int):
            excess = self._excess[name] = self.v.model.new_int_var(0, MOST, f"excess[{name}]")
            self.v.model.add(excess >= expression - most)

    def weigh(self, tier: str | None = None) -> None:
        """Set the objective for looking for plans of a tier; for a start to all of them where none is named."""
        shortfalls = [name for name in self.wanted if name in SHORTFALL]
        self._weights = {name: self._dear * weight for name, weight in zip(shortfalls, LATER, strict=False)}
        if "change" in self.wanted:
            self._weights["change"] = 1
        if tier is not None:
            self._weights[tier] = self._dear * PRESENT if tier in SHORTFALL else 1
        terms = [weight * self.expressions[name] for name, weight in self._weights.items() if name not in self._held]
        self.v.model.minimize(sum(terms) + self._dear * EXCESS * sum(self._excess.values()))

    def value(self, values: dict[str, int]) -> int:
        """What the objective is for a plan with these values of the tiers."""
        open_tiers = {name: weight for name, weight in self._weights.items() if name not in self._held}
        beyond = sum(max(0, values[name] - most) for name, most in self._held.items())
        return sum(weight * values[name] for name, weight in open_tiers.items()) + self._dear * EXCESS * beyond

    def improver(self, tier: str, pool: Pool) -> Improver:
        """Return the search for plans of a tier, from the best one known by this measure."""
        self.weigh(tier)
        plan, values = pool.least(self.value)
        return Improver(self.v, plan, self.value(values), self.settings)

    def start(
        self,
        pool: Pool,
        plan_in_force: Allocation | None,
        seconds: float,
        report: Callable[[float | None, float | None], None],
        enough: Callable[[], bool],
    ) -> None:
        """Find a plan that does well in all tiers without moving far from the plan in force; add what is found.

        The plan in force, repaired, is all where it is good ``enough``.
        """
        budget = Budget(PATIENCE * seconds)
        budget.work = budget.granted = seconds * WORK_PER_SECOND
        best = pool.least(self.value)[0] if pool.known else None
        code = int(cp_model.UNKNOWN)
        # the plan in force, repaired where it breaks a rule, comes first: then there always is a sensible answer
        for repair in (True, False) if best is None else (False,):
            self.weigh()
            if repair:
                self.v.model.minimize(self.expressions.get("change", 0))
            hint(self.v, best if best is not None else plan_in_force)
            part = budget.part(0.4 if repair else 0.5)
            found = run(self.v, part, self.settings, 1 if repair else 2, report)
            budget.take(part)
            code = found.code
            if code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                best = read_solution(self.v, found.solver)
                pool.add(best)
                if repair and enough():
                    return
        if code == cp_model.FEASIBLE:
            plan, values = pool.least(self.value)
            search = Improver(self.v, plan, self.value(values), self.settings)
            pool.add(improve(search, budget, lambda latest: report(latest, None)))
