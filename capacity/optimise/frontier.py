"""The frontier: how much of the gap each further change to people, or each further extra PA, closes.

The answer without a limit comes first. Its bounds hold for every point, because a limit only takes plans away, and each
point starts from the plan of the one before, which its looser limit allows. So later points are never worse, and where
the answer without a limit is reached early the points after it cost next to nothing.
"""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ortools.sat.python import cp_model

from capacity.demand.result import Demand
from capacity.optimise.problem import Problem
from capacity.optimise.prove import Prover
from capacity.optimise.search import Budget, Settings, run
from capacity.optimise.solve import build, solve_point
from capacity.optimise.tiers import SHORTFALL, Allocation, hint
from capacity.outcome import Outcome, PersonChange
from capacity.service.model import Service

By = Literal["change", "extra"]
FULL_SHARE = 0.35
"""Most of the time limit for the answer without a limit."""
LEAST_SHARE = 0.05
"""Most of the time left for finding how little may change at all."""
LEAST_SECONDS = 1.0
"""A point may take as long as the answer without a limit took, but never has less than this."""
BEND = 1.5
"""Limits are closer together near nothing, where most of the gap closes: limit = most x (share of the points)^1.5."""
PA_STEP = 0.05


@dataclass(frozen=True)
class Point:
    """One limit and the best plan found within it."""

    limit: float
    """Most sessions of a cycle that may change, or extra PAs a week that may be spent."""
    service: Service
    """The service with that limit, which the plan is a plan of."""
    outcome: Outcome
    proven: bool
    """Whether no plan within the limit leaves less short, tier by tier."""
    bounds: dict[str, float]
    """Shortfall tier -> no plan within the limit does better."""
    carried: bool = False
    """The plan is that of the point before: nothing better was found with the further limit."""


@dataclass(frozen=True)
class Found:
    """Points in order of their limit; none where there is no plan, and then ``reason`` says why."""

    points: tuple[Point, ...]
    full: Outcome
    reason: str = ""


def frontier(service: Service, demand: Demand, settings: Settings, points: int, by: By) -> Found:
    """Solve for rising limits, at most ``points`` of them, from as little as can be to the answer without a limit."""
    with Prover() as prover:
        return _frontier(_Search(service, demand, settings, prover, points, by))


def _frontier(search: _Search) -> Found:
    service, settings, points = search.service, search.settings, search.points
    full, _ = search.solve(service, None, FULL_SHARE * settings.time_limit, None, points)
    if full.plan is None:
        return Found((), full, full.reason)
    search.know(full)
    found: list[Point] = []
    start: Allocation | None = None
    limits = search.limits(full)
    for number, limit in enumerate(limits, start=1):
        if settings.stop.is_set():
            break
        made = search.limited(limit)
        try:
            outcome, allocation = search.solve(made, limit, search.seconds(len(limits) - number + 1), start, number)
        except MemoryError:  # the points there are stand
            break
        if outcome.plan is None and not found:
            continue
        point = _better(Point(limit, made, outcome, _proven(outcome), _bounds(outcome)), found[-1:])
        if not point.carried:
            start = allocation
        found.append(point)
    last = Point(search.most(full), service, full, _proven(full), _bounds(full))
    found.append(_better(last, found[-1:]))
    return Found(tuple(found), full)


class _Search:
    """One frontier: what is limited, how long each point may take, and what is known from the full answer."""

    def __init__(self, service: Service, demand: Demand, settings: Settings, prover: Prover, points: int, by: By):
        self.demand, self.settings, self.prover, self.points, self.by = demand, settings, prover, points, by
        self.service = service
        self.began = clock.monotonic()
        self.full_seconds = 0.0
        self.known: Outcome | None = None
        settings.teller.points = points

    def know(self, full: Outcome) -> None:
        """Take the answer without a limit."""
        self.known, self.full_seconds = full, clock.monotonic() - self.began

    def solve(
        self, service: Service, limit: float | None, seconds: float, start: Allocation | None, number: int
    ) -> tuple[Outcome, Allocation | None]:
        """Solve one point."""
        paid = self.by == "extra" and limit != 0
        teller = self.settings.teller
        teller.point, teller.answer = number, "with_extra" if paid else "within_contract"
        known = () if self.known is None else self.known.tiers
        return solve_point(Problem(service, self.demand), paid, self.settings, self.prover, seconds, start, known)

    def seconds(self, left: int) -> float:
        """Seconds for the next of so many points."""
        rest = self.settings.time_limit - (clock.monotonic() - self.began)
        return max(0.5, min(rest / left, max(LEAST_SECONDS, self.full_seconds)))

    def limited(self, limit: float) -> Service:
        """The service with a limit on what is counted, its tiers held exactly: the limit is what keeps change small."""
        limits = {"max_changes": int(limit)} if self.by == "change" else {"extra_pa_budget": limit}
        objective = self.service.objective.model_copy(update={**limits, "hold_tolerance": 0})
        return self.service.model_copy(update={"objective": objective})

    def most(self, full: Outcome) -> float:
        """What the answer without a limit uses of what is counted."""
        if self.by == "change":
            return sessions_changed(full.changes)
        assert full.plan is not None
        # the budget is in PAs of the service's own policy
        minutes = self.service.policy_tables[self.service.policy].pa_minutes.value
        return sum(full.plan.extra_minutes.values()) / minutes

    def limits(self, full: Outcome) -> list[float]:
        """Limits below what the full answer uses, the first as little as can be."""
        most = self.most(full)
        least = float(self._least_change()) if self.by == "change" else 0.0
        steps = max(1, self.points - 1)
        raw = [least + (most - least) * (number / steps) ** BEND for number in range(steps)]
        rounded = [float(round(x)) if self.by == "change" else round(round(x / PA_STEP) * PA_STEP, 2) for x in raw]
        return [limit for limit in dict.fromkeys(rounded) if limit < most - 1e-9] if most > least else []

    def _least_change(self) -> int:
        """Fewest sessions of a cycle that must change for every rule to be kept; 0 where the plans in force keep them.

        Where the time does not prove it, the fewest found.
        """
        assert self.known is not None
        within = self.limited(sessions_changed(self.known.changes))
        v = build(Problem(within, self.demand), False)
        v.model.minimize(sum(v.changes.values()))
        hint(v, None)
        budget = Budget(LEAST_SHARE * self.settings.time_limit)
        found = run(v, budget, self.settings, 1, _untold)
        if found.code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return round(found.solver.objective_value)
        return sessions_changed(self.known.changes)


def with_most_extra(service: Service, demand: Demand) -> Service:
    """The service with a budget of extra PAs: its own, or else all that its people would take on."""
    if service.objective.extra_pa_budget > 0:
        return service
    problem = Problem(service, demand)
    minutes = service.policy_tables[service.policy].pa_minutes.value
    most = sum(problem.extra_ceiling(person) for person in problem.people) / minutes
    objective = service.objective.model_copy(update={"extra_pa_budget": most})
    return service.model_copy(update={"objective": objective})


def sessions_changed(changes: Sequence[PersonChange]) -> int:
    """Sessions of a cycle moved, added or dropped."""
    return sum(change.moved + change.added + change.dropped for change in changes)


def _bounds(outcome: Outcome) -> dict[str, float]:
    return {tier.name: tier.bound for tier in outcome.tiers if tier.name in SHORTFALL}


def _proven(outcome: Outcome) -> bool:
    """Whether every shortfall tier is, and the plan has what was proven."""
    tiers = [tier for tier in outcome.tiers if tier.name in SHORTFALL]
    return outcome.plan is not None and all(tier.status == "optimal" and tier.kept <= tier.value for tier in tiers)


def _better(point: Point, before: Sequence[Point]) -> Point:
    """Return the point, with the plan of the one before where that leaves no more short, tier by tier."""
    if not before:
        return point
    old, new = _short(before[0].outcome), _short(point.outcome)
    if new < old:
        return point
    kept = before[0].outcome
    bounds = point.bounds or before[0].bounds
    # tiers of the answer without a limit may end above their best, which the plan before then need not have
    tiers = [tier for tier in kept.tiers if tier.name in SHORTFALL]
    proven = all(tier.kept <= bounds.get(tier.name, -1.0) + 1e-6 for tier in tiers)
    return Point(point.limit, before[0].service, kept, proven, bounds, carried=True)


def _short(outcome: Outcome) -> tuple[float, ...]:
    """What is short, in order of importance; the exact total decides between plans that are alike."""
    if outcome.plan is None:
        return (float("inf"),)
    kept = [tier.kept for tier in outcome.tiers if tier.name in SHORTFALL]
    return (*kept, round(sum(outcome.shortfall.values()), 6))


def _untold(value: float | None, bound: float | None) -> None:
    """Tell nobody."""
