"""Sweeps: one or two figures of a service over ranges, and the gap or the planned shortfall at each point."""

from __future__ import annotations

import itertools
import time as clock
from collections.abc import Iterable
from dataclasses import dataclass

from capacity.errors import InputError
from capacity.optimise.prove import Prover
from capacity.optimise.search import Settings
from capacity.scenario.parameters import Value, Varied, parameter_of
from capacity.scenario.varying import Measures, Planned, Position, Told, reason_of, untold
from capacity.service.model import Service

LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class SweepPoint:
    """One combination of values. ``position`` is None, and ``reason`` says why, where it allows no answer."""

    place: tuple[Value, ...]
    position: Position | None
    planned: Planned | None = None
    reason: str = ""

    @property
    def short(self) -> float | None:
        """Sessions a week short: after planning where that was asked for, else of the plans in force."""
        if self.planned is not None:
            return self.planned.short
        return None if self.position is None else self.position.short


@dataclass(frozen=True)
class SweepResult:
    """The service as it is (``base``) and every point, the first parameter outermost."""

    varied: tuple[Varied, ...]
    base: SweepPoint
    points: tuple[SweepPoint, ...]
    by_plan: bool
    paid: bool
    """Whether plans may spend extra PAs: where their budget is what is varied."""
    complete: bool


def sweep(
    service: Service,
    varied: Iterable[Varied],
    by_plan: bool = False,
    settings: Settings | None = None,
    told: Told = untold,
) -> SweepResult:
    """Work out every point; with ``by_plan`` a checked plan for each within the time limit.

    Plans stay within present contracts unless the budget of extra PAs is varied. A point that allows no answer, or
    whose rules contradict each other, keeps its reason; the others go on. A stopped run keeps the points it has.
    """
    varied, settings = tuple(varied), settings or Settings()
    combinations = list(itertools.product(*(each.steps for each in varied)))
    paid = any(each.parameter.is_budget for each in varied)
    began = clock.monotonic()
    points: list[SweepPoint] = []
    with Prover() as prover:
        measures = Measures(service, settings, prover)

        def seconds() -> float:
            left = settings.time_limit - (clock.monotonic() - began)
            return max(LEAST_SECONDS, left / (len(combinations) + 1 - len(points)))

        base = _point(measures, service, (), by_plan, paid, seconds())
        for number, values in enumerate(combinations, start=1):
            if settings.stop.is_set():
                break
            told(f"point {number} of {len(combinations)}")
            try:
                changed = applied(service, varied, values)
            except InputError as error:
                points.append(SweepPoint(values, None, reason=reason_of(error)))
                continue
            points.append(_point(measures, changed, values, by_plan, paid, seconds()))
    return SweepResult(varied, base, tuple(points), by_plan, paid, len(points) == len(combinations))


def applied(service: Service, varied: tuple[Varied, ...], values: tuple[Value, ...]) -> Service:
    """The service with a value of each parameter. Raises InputError where one is not allowed."""
    for each, value in zip(varied, values, strict=True):
        service = parameter_of(service, each.parameter.name).at(value)
    return service


def _point(
    measures: Measures, service: Service, values: tuple[Value, ...], by_plan: bool, paid: bool, seconds: float
) -> SweepPoint:
    try:
        demand = measures.demand(service)
        position = measures.position(service, demand)
    except InputError as error:
        return SweepPoint(values, None, reason=reason_of(error))
    if not by_plan:
        return SweepPoint(values, position)
    try:
        planned = measures.plan(service, seconds, paid and service.objective.extra_pa_budget > 0, demand)
    except InputError as error:
        return SweepPoint(values, position, Planned(None, {}, 0.0, 0.0, False, reason_of(error)), reason_of(error))
    return SweepPoint(values, position, planned, planned.reason)
