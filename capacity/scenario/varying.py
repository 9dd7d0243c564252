"""What a changed service is held against: its gap with the plans in force, and what a checked plan leaves short."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from capacity.check import check_plan
from capacity.demand.result import Demand
from capacity.demand.series import WeeklySeries, weekly_series
from capacity.errors import InputError, PlanFailedCheck
from capacity.optimise.problem import Problem
from capacity.optimise.prove import Prover
from capacity.optimise.search import Settings
from capacity.optimise.solve import solve_point
from capacity.optimise.yields import Allocation
from capacity.outcome import Outcome
from capacity.service.model import Service
from capacity.supply.contradictions import contradictions
from capacity.supply.gap import gap_frame
from capacity.supply.job_time import JobTime
from capacity.supply.sensitivity import requirement

Told = Callable[[str], None]
"""Called with a sentence about how far a run is."""


def untold(sentence: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Position:
    """Where the plans in force stand, in sessions a calendar week, over the activities something is required of.

    ``short`` adds up what activities lack one by one; ``net`` is required less supplied, surpluses counted.
    """

    required: float
    supplied: float
    net: float
    short: float
    gaps: Mapping[str, float]
    """Activity -> required less supplied; those something is required of."""


@dataclass(frozen=True)
class Planned:
    """What a checked plan leaves short. ``short`` is None, and ``reason`` says why, where there is none."""

    short: float | None
    shortfall: Mapping[str, float]
    changed: float
    """Sessions a week moved, added or dropped."""
    extra_pa: float
    proven: bool
    """Whether no plan leaves less short, in the order of the tiers."""
    reason: str = ""
    outcome: Outcome | None = None
    allocation: Allocation | None = None
    """The solution it is made of."""

    def share(self, required: float) -> float | None:
        """Share of the requirement that the plan delivers."""
        if self.short is None:
            return None
        return 1.0 if required <= 0 else 1 - self.short / required


class Measures:
    """Sizes and plans services that differ in some figures from one that was read, and not in what was counted."""

    def __init__(self, service: Service, settings: Settings | None = None, prover: Prover | None = None):
        self.service, self.settings, self.prover = service, settings or Settings(), prover
        self._series: dict[str, WeeklySeries] = weekly_series(service.demand, service.rebase, service.origin.rows)

    def demand(self, service: Service) -> Demand:
        """The requirement of a changed service, without the tables of the analysis. Raises InputError."""
        return requirement(service, self._series)

    def position(self, service: Service, demand: Demand | None = None) -> Position:
        """Hold the requirement against the plans in force. Raises InputError where rates allow no answer."""
        frame = gap_frame(JobTime(service, self.demand(service) if demand is None else demand), service.job_plans)
        asked = frame[frame["required"] > 0]
        gaps = {str(key): float(value) for key, value in asked["gap"].items()}
        return Position(
            float(asked["required"].sum()),
            float(asked["supplied"].sum()),
            sum(gaps.values()),
            sum(max(0.0, each) for each in gaps.values()),
            gaps,
        )

    def plan(
        self,
        service: Service,
        seconds: float,
        paid: bool = False,
        demand: Demand | None = None,
        start: Allocation | None = None,
        looser: Outcome | None = None,
        exactly: bool = True,
    ) -> Planned:
        """Plan a changed service and check the plan; ``paid`` lets extra PAs up to its budget be spent.

        With ``exactly`` no shortfall tier gives anything back, so that points can be compared. ``start`` is a solution
        that keeps every rule, ``looser`` the answer to the same service with fewer limits. Raises InputError,
        PlanFailedCheck.
        """
        demand = self.demand(service) if demand is None else demand
        if faults := contradictions(service, demand):
            raise InputError(faults)
        service = exact(service) if exactly else service
        began = clock.monotonic()
        problem = Problem(service, demand)
        known = () if looser is None else looser.tiers
        with nullcontext(self.prover) if self.prover is not None else Prover() as prover:
            outcome, allocation = solve_point(problem, paid, self.settings, prover, seconds, start, known)
        outcome.run["seconds"] = round(clock.monotonic() - began, 3)
        return replace(planned_of(service, demand, outcome, paid), allocation=allocation)


def exact(service: Service) -> Service:
    """The service with every shortfall tier held exactly: points of a curve must not differ by what is given back."""
    objective = service.objective.model_copy(update={"hold_tolerance": 0})
    return service.model_copy(update={"objective": objective})


def planned_of(service: Service, demand: Demand, outcome: Outcome, paid: bool) -> Planned:
    """Check a plan by code that shares nothing with the solver, and add up what it leaves. Raises PlanFailedCheck."""
    if outcome.plan is None:
        return Planned(None, {}, 0.0, 0.0, False, outcome.reason, outcome)
    if broken := check_plan(service, demand, outcome.plan, outcome, paid):
        raise PlanFailedCheck(broken)
    minutes = service.policy_tables[service.policy].pa_minutes.value
    changed = sum(each.moved + each.added + each.dropped for each in outcome.changes)
    proven = all(tier.status == "optimal" for tier in outcome.tiers[:3])
    return Planned(
        sum(outcome.shortfall.values()),
        dict(outcome.shortfall),
        changed / service.cycle_weeks,
        sum(outcome.plan.extra_minutes.values()) / minutes,
        proven,
        outcome=outcome,
    )


def reason_of(error: InputError) -> str:
    """Why a changed service has no answer, in one line."""
    more = len(error.faults) - 1
    return str(error.faults[0]) + (f" (and {more} more)" if more else "")
