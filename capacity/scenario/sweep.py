"""Sweeps: one or two figures of a service over ranges, and the gap or the planned shortfall at each point."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from capacity.demand.result import Demand
from capacity.errors import InputError
from capacity.optimise.search import Settings
from capacity.scenario.batch import Job, cores, run_all
from capacity.scenario.parameters import Value, Varied, parameter_of
from capacity.scenario.run import GIVEN_UP, RunSettings, ScenarioRun
from capacity.scenario.varying import Measures, Planned, Position, Told, exact, planned_of, reason_of, untold
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
    processes: int | None = 1,
) -> SweepResult:
    """Work out every point; with ``by_plan`` a checked plan for each, all within the time limit.

    Plans stay within present contracts unless the budget of extra PAs is varied, and are made in so many processes at
    once (None: as many as there are cores). A point that allows no answer, or whose rules contradict each other, keeps
    its reason; the others go on. A stopped run keeps the points it has.
    """
    varied, settings = tuple(varied), settings or Settings()
    measures = Measures(service)
    paid = any(each.parameter.is_budget for each in varied)
    sized: list[_Sized] = [_sized(measures, service, ())]
    combinations = list(itertools.product(*(each.steps for each in varied)))
    for number, values in enumerate(combinations, start=1):
        if settings.stop.is_set():
            break
        told(f"point {number} of {len(combinations)}")
        try:
            sized.append(_sized(measures, applied(service, varied, values), values))
        except InputError as error:
            sized.append(_Sized(SweepPoint(values, None, reason=reason_of(error)), None, None))
    points = [each.point for each in sized]
    if by_plan:
        points = _planned(sized, paid, settings, told, processes)
    complete = len(points) == len(combinations) + 1
    return SweepResult(varied, points[0], tuple(points[1:]), by_plan, paid, complete)


@dataclass(frozen=True)
class _Sized:
    """A point with its service and demand; None where its values allow no answer."""

    point: SweepPoint
    service: Service | None
    demand: Demand | None


def _sized(measures: Measures, service: Service, values: tuple[Value, ...]) -> _Sized:
    try:
        demand = measures.demand(service)
        return _Sized(SweepPoint(values, measures.position(service, demand)), service, demand)
    except InputError as error:
        return _Sized(SweepPoint(values, None, reason=reason_of(error)), None, None)


def _planned(
    sized: list[_Sized], paid: bool, settings: Settings, told: Told, processes: int | None
) -> list[SweepPoint]:
    """The points with their plans; those that a stopped run did not come to are left out."""
    ready = [each for each in sized if each.service is not None]
    at_once = min(len(ready), processes or cores())
    each_limit = max(LEAST_SECONDS, settings.time_limit * at_once / max(1, len(ready)))
    jobs = [
        Job(_to_plan(each.service, paid), (), RunSettings(each_limit, settings.workers, settings.seed))
        for each in ready
        if each.service is not None
    ]
    runs = iter(run_all(jobs, at_once, lambda done, every, _: told(f"{done} of {every} points planned"), settings.stop))
    points = []
    for each in sized:
        if each.service is None or each.demand is None:
            points.append(each.point)
            continue
        run = next(runs)
        if not _cut_off(run):
            points.append(_with_plan(each.point, run, each.demand, paid))
        elif not points:  # the service as it is
            points.append(replace(each.point, planned=Planned(None, {}, 0.0, 0.0, False, GIVEN_UP), reason=GIVEN_UP))
    return points


def _cut_off(run: ScenarioRun) -> bool:
    """Whether the run was stopped before its plan was made, or on the way: what it has then says nothing."""
    if run.reason == GIVEN_UP:
        return True
    answers = [] if run.outcome is None else [run.outcome, run.outcome.with_extra]
    return any(
        each is not None and each.status == "stopped" and each.run["limit_fired"] == "stopped" for each in answers
    )


def _to_plan(service: Service, paid: bool) -> Service:
    """The service as it is planned: nothing given back, and no second answer where no extra PAs may be spent."""
    budget = {} if paid else {"extra_pa_budget": 0.0}
    objective = exact(service).objective.model_copy(update=budget)
    return service.model_copy(update={"objective": objective})


def _with_plan(point: SweepPoint, run: ScenarioRun, demand: Demand, paid: bool) -> SweepPoint:
    answer = run.outcome
    if paid and answer is not None and answer.with_extra is not None:
        answer = answer.with_extra
    if answer is None or answer.plan is None or run.service is None:
        return replace(point, planned=Planned(None, {}, 0.0, 0.0, False, run.reason), reason=run.reason)
    return replace(point, planned=planned_of(run.service, demand, answer, paid))


def applied(service: Service, varied: tuple[Varied, ...], values: tuple[Value, ...]) -> Service:
    """The service with a value of each parameter. Raises InputError where one is not allowed."""
    for each, value in zip(varied, values, strict=True):
        service = parameter_of(service, each.parameter.name).at(value)
    return service
