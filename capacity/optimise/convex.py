"""Dearer steps of shortfall: what an activity lacks beyond a quarter, and beyond half, of what it asks for."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ortools.sat.python import cp_model

from capacity.optimise.problem import Problem
from capacity.optimise.variables import Variables, most_of

SHARES = (0.25, 0.5)
"""Shares of a requirement; each session short beyond one of them counts once more, up to three times."""
EXACT = 1e-6


def thresholds(problem: Problem, tier: str, activity: str) -> tuple[int, ...]:
    """Whole sessions a cycle an activity may be short in a tier before each further one counts once more."""
    if not problem.service.objective.convex_shortfall:
        return ()
    wanted = problem.demand.activities[activity]
    mean = min(wanted.required_mean, wanted.required)
    asked = {"rapid_mean": mean, "rapid_headroom": wanted.required - mean}.get(tier, wanted.required)
    return tuple(math.ceil(share * asked * problem.cycle - EXACT) for share in SHARES)


def dearer(problem: Problem, tier: str, activity: str, short: int) -> int:
    """What a shortfall of whole sessions counts on top of itself."""
    return sum(max(0, short - threshold) for threshold in thresholds(problem, tier, activity))


def dearer_terms(v: Variables, tier: str, short: dict[int, cp_model.IntVar]) -> Iterator[cp_model.LinearExpr]:
    """The same for the model, priorities included, for the shortfall of each part of a tier's requirements."""
    by_activity: dict[str, list[cp_model.IntVar]] = {}
    for index, variable in short.items():
        by_activity.setdefault(v.problem.parts[index].activity, []).append(variable)
    for activity, parts in by_activity.items():
        for step, threshold in enumerate(thresholds(v.problem, tier, activity)):
            most = max(0, sum(map(most_of, parts)) - threshold)
            if most and (tier, activity, step) not in v.beyond:
                beyond = v.model.new_int_var(0, most, f"beyond[{tier},{activity},{step}]")
                v.model.add(beyond >= sum(parts) - threshold)
                v.beyond[tier, activity, step] = (beyond, tuple(parts), threshold)
            if most:
                yield v.problem.priority(activity) * v.beyond[tier, activity, step][0]
