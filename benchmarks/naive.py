"""The baseline: the week-by-week statement solved tier by tier by CP-SAT, as one would first write it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from fractions import Fraction

from ortools.sat.python import cp_model

from benchmarks.weekly import Objective, Rule, WeeklyModel, value_of
from capacity.demand.result import Demand
from capacity.service.model import Service


@dataclass(frozen=True)
class TierAnswer:
    """What one tier came to: best value, bound no plan can beat, whether the two meet, and how long it took."""

    name: str
    value: float | None
    bound: float | None
    status: str
    seconds: float


@dataclass(frozen=True)
class Answer:
    """All tiers, and the values of the last solution."""

    tiers: tuple[TierAnswer, ...]
    values: dict[int, int] = field(default_factory=dict)

    @property
    def proven(self) -> bool:
        """Whether every tier is proven."""
        return all(tier.status == "optimal" for tier in self.tiers)

    @property
    def seconds(self) -> float:
        """Seconds in the solver."""
        return sum(tier.seconds for tier in self.tiers)


def solve_naive(
    service: Service,
    demand: Demand,
    time_limit: float = 60.0,
    workers: int = 1,
    seed: int = 1,
    with_extra: bool = False,
) -> Answer:
    """Solve a service week by week.

    Parameters
    ----------
    service, demand
        The service, and its demand from ``capacity.demand``.
    time_limit
        Seconds for all tiers; a tier gets at most half of what is left.
    workers, seed
        Threads of the solver, and its seed.
    with_extra
        Allow extra PAs within the budget.
    """
    weekly = WeeklyModel(service, demand, with_extra)
    model = cp_model.CpModel()
    variables = [
        model.new_int_var(low, high, name)
        for name, low, high in zip(weekly.names, weekly.lower, weekly.upper, strict=True)
    ]
    for rule in weekly.rules:
        _add(model, variables, rule)
    for index, value in weekly.hint.items():
        model.add_hint(variables[index], value)
    answers: list[TierAnswer] = []
    values: dict[int, int] = {}
    left = time_limit
    for number, tier in enumerate(weekly.tiers, start=1):
        objective = weekly.objectives[tier]
        limit = left if number == len(weekly.tiers) else left / 2
        answer, found = _minimise(model, variables, tier, objective, limit, workers, seed)
        answers.append(answer)
        left = max(0.1, left - answer.seconds)
        if found is None:
            break
        values = found
        _add(model, variables, weekly.hold(tier, value_of(objective, values)))
        model.clear_hints()
        for index, value in values.items():
            model.add_hint(variables[index], value)
    return Answer(tuple(answers), values)


def _minimise(
    model: cp_model.CpModel,
    variables: list[cp_model.IntVar],
    tier: str,
    objective: Objective,
    limit: float,
    workers: int,
    seed: int,
) -> tuple[TierAnswer, dict[int, int] | None]:
    scale = math.lcm(*(times.denominator for times in objective.terms.values()), 1)
    model.minimize(sum(int(times * scale) * variables[index] for index, times in objective.terms.items() if times))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    # OR-Tools #5293: a presolve step of 9.15 can certify a wrong optimum; this leaves it out.
    solver.parameters.presolve_inclusion_work_limit = 0
    start = time.perf_counter()
    status = solver.solve(model)
    seconds = time.perf_counter() - start
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        said = "infeasible" if status == cp_model.INFEASIBLE else "unknown"
        return TierAnswer(tier, None, None, said, seconds), None
    values = {index: solver.value(variable) for index, variable in enumerate(variables)}
    value = value_of(objective, values)
    if status == cp_model.OPTIMAL:
        return TierAnswer(tier, float(value), float(value), "optimal", seconds), values
    bound = Fraction(math.ceil(solver.best_objective_bound - 1e-6), scale) + objective.constant
    return TierAnswer(tier, float(value), float(bound), "feasible", seconds), values


def _add(model: cp_model.CpModel, variables: list[cp_model.IntVar], rule: Rule) -> None:
    """Add a rule in whole numbers: the left side scaled up, the bounds rounded inwards."""
    scale = math.lcm(*(times.denominator for times in rule.terms.values()), 1)
    whole = {index: int(times * scale) for index, times in rule.terms.items() if times}
    common = math.gcd(*whole.values()) or 1
    left = sum(times // common * variables[index] for index, times in whole.items())
    lower = None if rule.lower is None else math.ceil(rule.lower * scale / common)
    upper = None if rule.upper is None else math.floor(rule.upper * scale / common)
    if not whole:
        if (lower is not None and lower > 0) or (upper is not None and upper < 0):
            model.add_bool_or([])
        return
    model.add_linear_constraint(
        left, cp_model.INT_MIN if lower is None else lower, cp_model.INT_MAX if upper is None else upper
    )
