"""Optimal values of the tiers by SciPy's HiGHS on the week-by-week statement, for tiny services.

Shares no code with ``capacity.optimise``: the statement is ``benchmarks.weekly`` with its own arithmetic.
``highspy`` cannot be loaded beside ``ortools`` 9.15; SciPy's own HiGHS can.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from benchmarks.weekly import TOLERANCE, Rule, WeeklyModel, value_of
from capacity.demand.result import Demand
from capacity.service.model import Service

PROVEN, IMPOSSIBLE = 0, 2


@dataclass(frozen=True)
class Optimum:
    """Optimal value of each tier in order; empty when the service has no plan. ``proven`` is False on a time limit."""

    values: dict[str, float] = field(default_factory=dict)
    possible: bool = True
    proven: bool = True


def optimum(
    service: Service,
    demand: Demand,
    with_extra: bool = False,
    time_limit: float = 60.0,
    tolerance: Fraction = TOLERANCE,
) -> Optimum:
    """Solve each tier to proof in order, holding the earlier ones.

    Parameters
    ----------
    service, demand
        A tiny service and its demand.
    with_extra
        Allow extra PAs within the budget.
    time_limit
        Seconds for one tier; where it is not enough the result says so.
    tolerance
        Part of a full session a cycle that does not count as a shortfall.
    """
    weekly = WeeklyModel(service, demand, with_extra, tolerance)
    rules = list(weekly.rules)
    values: dict[str, float] = {}
    for tier in weekly.tiers:
        objective = weekly.objectives[tier]
        costs = np.zeros(len(weekly.names))
        for index, times in objective.terms.items():
            costs[index] = float(times)
        result = milp(
            costs,
            integrality=np.ones(len(weekly.names)),
            bounds=Bounds(weekly.lower, weekly.upper),
            constraints=_matrix(rules, len(weekly.names)),
            options={"mip_rel_gap": 0.0, "time_limit": time_limit},
        )
        if result.status == IMPOSSIBLE:
            return Optimum(values, possible=False)
        if result.status != PROVEN:
            return Optimum(values, proven=False)
        found = {index: round(value) for index, value in enumerate(result.x)}
        value = value_of(objective, found)
        values[tier] = float(value)
        rules.append(weekly.hold(tier, value))
    return Optimum(values)


def _matrix(rules: list[Rule], width: int) -> LinearConstraint:
    """Rules as one sparse matrix, each row scaled to a largest coefficient of 1."""
    rows, columns, numbers, lower, upper = [], [], [], [], []
    for row, rule in enumerate(rules):
        scale = max((abs(times) for times in rule.terms.values()), default=Fraction(1)) or Fraction(1)
        for index, times in rule.terms.items():
            rows.append(row)
            columns.append(index)
            numbers.append(float(times / scale))
        lower.append(-np.inf if rule.lower is None else float(rule.lower / scale))
        upper.append(np.inf if rule.upper is None else float(rule.upper / scale))
    return LinearConstraint(csr_matrix((numbers, (rows, columns)), shape=(len(rules), width)), lower, upper)
