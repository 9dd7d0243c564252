"""The second baseline: the planner's own counts model, given tier by tier to HiGHS and to nothing else."""

from __future__ import annotations

import math
import time

from benchmarks.naive import TierAnswer
from capacity.demand.result import Demand
from capacity.optimise.highs import minimise
from capacity.optimise.problem import Problem
from capacity.optimise.prove import linear_model, value_of
from capacity.optimise.solve import build
from capacity.optimise.tiers import EXPRESSIONS, held_at
from capacity.service.model import Service


def solve_highs(service: Service, demand: Demand, time_limit: float = 60.0) -> tuple[TierAnswer, ...]:
    """Solve a service's counts model within present contracts by SciPy's HiGHS, on one thread and without a start.

    Parameters
    ----------
    service, demand
        The service, and its demand from ``capacity.demand``.
    time_limit
        Seconds for all tiers; a tier gets at most half of what is left.

    Returns
    -------
    Tiers in order, up to the first for which nothing was found. Weeks are not handed out.
    """
    problem = Problem(service, demand)
    v = build(problem, allow_extra=False)
    names = [name for name in service.objective.tiers if name in EXPRESSIONS]
    expressions = {name: EXPRESSIONS[name](v) for name in names}
    answers: list[TierAnswer] = []
    left = time_limit
    for name in names:
        v.model.minimize(expressions[name])
        linear = linear_model(v.model)
        assert linear is not None
        began = time.perf_counter()
        proof = minimise(linear, left if name == names[-1] else left / 2)
        seconds = time.perf_counter() - began
        left = max(0.1, left - seconds)
        if proof is None or proof.solution is None:
            answers.append(TierAnswer(name, None, None, "infeasible" if proof is None else "unknown", seconds))
            break
        value = value_of(linear, proof.solution)
        bound = min(value, math.ceil(proof.bound - 1e-4)) if math.isfinite(proof.bound) else 0
        status = "optimal" if proof.optimal else "feasible"
        answers.append(TierAnswer(name, float(value), float(value if proof.optimal else bound), status, seconds))
        expression = expressions[name]
        if not isinstance(expression, int):
            v.model.add(expression <= held_at(problem, name, value))
    return tuple(answers)
