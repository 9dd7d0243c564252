"""The Pareto set of gap, change and cost: checked plans of which none is beaten in one of the three for nothing.

The plans are the points of the two frontiers: by sessions that change, within present contracts, and by extra PAs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from capacity.demand.result import Demand
from capacity.optimise.frontier import Found, frontier, with_most_extra
from capacity.optimise.search import Settings
from capacity.outcome import Outcome
from capacity.scenario.prices import Spent, spent_of
from capacity.scenario.varying import Planned, planned_of
from capacity.service.model import Service

CLOSE = 1e-6


@dataclass(frozen=True)
class ParetoPoint:
    """One plan: what it leaves short, what it changes (sessions a week) and what it costs a year beyond contracts."""

    service: Service
    """The service with the point's limit, which the plan is a plan of."""
    planned: Planned
    spent: Spent
    by: str
    """``change`` or ``extra``: which frontier it comes from."""

    @property
    def short(self) -> float:
        """Sessions a week left short."""
        assert self.planned.short is not None
        return self.planned.short

    @property
    def outcome(self) -> Outcome:
        """The plan."""
        assert self.planned.outcome is not None
        return self.planned.outcome


@dataclass(frozen=True)
class ParetoResult:
    """Points that no other beats, by rising change and cost; ``beaten`` is how many were taken out."""

    points: tuple[ParetoPoint, ...]
    beaten: int
    priced: bool
    """Whether cost is in pounds; else it is in extra PAs."""
    complete: bool
    reason: str = ""


def pareto(service: Service, demand: Demand, settings: Settings, points: int = 8) -> ParetoResult:
    """Find plans of both frontiers, half of the time each, and keep those that no other beats."""
    half = replace(settings, time_limit=settings.time_limit / 2, stop=settings.stop, teller=settings.teller)
    by_change = frontier(service, demand, half, points, "change")
    if not by_change.points:
        return ParetoResult((), 0, False, True, by_change.reason)
    found = _points(service, demand, by_change, "change")
    complete = not settings.stop.is_set()
    if complete:
        found += _points(service, demand, frontier(with_most_extra(service, demand), demand, half, points, "extra"),
                         "extra")  # fmt: skip
    priced = all(point.spent.pounds is not None for point in found)
    best = undominated(found, priced)
    return ParetoResult(tuple(best), len(found) - len(best), priced, complete and not settings.stop.is_set())


def _points(service: Service, demand: Demand, found: Found, by: str) -> list[ParetoPoint]:
    made = []
    for point in found.points:
        if point.carried:
            continue
        planned = planned_of(point.service, demand, point.outcome, by == "extra")
        assert point.outcome.plan is not None
        made.append(ParetoPoint(point.service, replace(planned, proven=point.proven),
                                spent_of(service, point.outcome.plan.extra_minutes), by))  # fmt: skip
    return made


def undominated(points: Iterable[ParetoPoint], priced: bool) -> list[ParetoPoint]:
    """Points that no other equals or beats in all of gap, change and cost, by falling gap; of equal ones the first."""

    def measures(point: ParetoPoint) -> tuple[float, float, float]:
        cost = point.spent.pounds if priced and point.spent.pounds is not None else point.spent.pa
        return point.short, point.planned.changed, cost

    kept: list[ParetoPoint] = []
    every = list(points)
    for at, point in enumerate(every):
        own = measures(point)
        beaten = False
        for other_at, other in enumerate(every):
            theirs = measures(other)
            no_worse = all(b <= a + CLOSE for a, b in zip(own, theirs, strict=True))
            better = any(b < a - CLOSE for a, b in zip(own, theirs, strict=True))
            beaten = beaten or (no_worse and (better or other_at < at))
        if not beaten:
            kept.append(point)
    return sorted(kept, key=lambda point: (measures(point)[2], measures(point)[1], -point.short))
