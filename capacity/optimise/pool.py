"""The plans found so far, each with its value in every tier: no answer is ever lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from capacity.optimise.problem import Problem
from capacity.optimise.quality import points
from capacity.optimise.tiers import Allocation, measure

Known = tuple[Allocation, dict[str, int]]
"""A plan and its value in each tier."""


class Pool:
    """Every plan found so far, with its value in each tier."""

    def __init__(self, problem: Problem, plans: Iterable[Allocation] = ()):
        self.problem = problem
        self.known: list[Known] = []
        self._quality_is_held = "quality" in problem.service.objective.tiers[:-1]
        for plan in plans:
            self.add(plan)

    def add(self, plan: Allocation) -> None:
        """Add a plan."""
        values = measure(self.problem, plan)
        if self._quality_is_held:
            values["quality"] = points(self.problem, plan)
        self.known.append((plan, values))

    def best(self, name: str, within_holds: Callable[[dict[str, int]], bool]) -> Known | None:
        """Best plan for a tier among those that keep what is held; then the one that changes least."""
        known = enumerate(self.known)
        fit = [(values[name], values["change"], at) for at, (_, values) in known if within_holds(values)]
        return self.known[min(fit)[2]] if fit else None

    def least(self, value: Callable[[dict[str, int]], int]) -> Known:
        """The first plan of least value. Raises ValueError where there is none."""
        return min(self.known, key=lambda known: value(known[1]))
