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


def thresholds(problem: Problem, tier: str, activity: str, alternative: int = 0) -> tuple[int, ...]:
    """Whole sessions a cycle an activity may be short in a tier before each further one counts once more."""
    if not problem.service.objective.convex_shortfall:
        return ()
    wanted = problem.asked(alternative)[activity]
    mean = min(wanted.required_mean, wanted.required)
    asked = {"rapid_mean": mean, "rapid_headroom": wanted.required - mean}.get(tier, wanted.required)
    return tuple(math.ceil(share * asked * problem.cycle - EXACT) for share in SHARES)


def dearer(problem: Problem, tier: str, activity: str, short: int, alternative: int = 0) -> int:
    """What a shortfall of whole sessions counts on top of itself."""
    return sum(max(0, short - threshold) for threshold in thresholds(problem, tier, activity, alternative))


def dearer_terms(
    v: Variables, tier: str, short: dict[int, cp_model.IntVar], alternative: int = 0
) -> Iterator[tuple[int, cp_model.IntVar]]:
    """The same for the model, as (priority, variable), for the shortfall of each part of a tier's requirements."""
    by_activity: dict[str, list[cp_model.IntVar]] = {}
    for index, variable in short.items():
        by_activity.setdefault(v.problem.parts[index].activity, []).append(variable)
    for activity, parts in by_activity.items():
        for step, threshold in enumerate(thresholds(v.problem, tier, activity, alternative)):
            most = max(0, sum(map(most_of, parts)) - threshold)
            key = (tier, activity, len(SHARES) * alternative + step)
            if most and key not in v.beyond:
                beyond = v.model.new_int_var(0, most, f"beyond[{tier},{activity},{key[2]}]")
                v.model.add(beyond >= sum(parts) - threshold)
                v.beyond[key] = (beyond, tuple(parts), threshold)
            if most:
                yield v.problem.priority(activity), v.beyond[key][0]
