"""The public API, continued: what varies a service. ``import capacity`` gives these functions."""

from __future__ import annotations

import platform
import time as clock
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.api import VERSION, _check_settings, _complete_run, input_hash
from capacity.api import demand as demand_of

if TYPE_CHECKING:
    import threading

    from capacity.demand.result import Demand
    from capacity.optimise.search import Settings
    from capacity.report.goal import Cheapest, Goal
    from capacity.report.pareto import Pareto
    from capacity.report.robust import Robust
    from capacity.report.sweep import Sweep
    from capacity.report.tornado import Tornado
    from capacity.scenario.overlay import Scenario
    from capacity.service.model import Service

Told = Callable[[str], None]


def sweep(
    service: Service,
    vary: str | Sequence[str],
    plan: bool = False,
    time_limit: float = 180,
    workers: int | None = 1,
    seed: int = 1,
    told: Told | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
) -> Sweep:
    """Vary one or two figures of a service over ranges, and say at each point what is short.

    Parameters
    ----------
    service
        What :func:`read` gives.
    vary
        One or two of ``dna_rate=0.02:0.12:0.02``, ``demand=x0.9:x1.2:x0.1``, ``rooms.clinic.count=3,4,5``: a field of
        every row that has it, of one row, ``demand`` or ``extra_pa``; values, or from:to:step, absolute or factors.
        At most 200 points in all.
    plan
        Whether each point gets a checked plan; else the plans in force are held against the requirement.
    time_limit
        Seconds for all plans together, above 0.
    workers
        Plans made at once, each in a process of its own; None: as many as there are cores. With 1 all are made in this
        process. A script that asks for more does so below ``if __name__ == "__main__":``.
    seed
        As for :func:`plan`.
    told
        Called with a sentence about how far it is.
    stop
        Set it from another thread to stop and keep the points there are.
    sized
        What :func:`demand` gave for this service, where it is at hand.

    Returns
    -------
    Sweep
        ``frame`` has a row a point; ``summary()``, ``to_json()`` and ``write()`` give the rest.

    Raises
    ------
    capacity.errors.InputError
        An unknown parameter or a value that is not allowed; no points, or too many.
    capacity.errors.PlanFailedCheck
        A plan broke a rule when it was checked: a fault of this program.
    ValueError
        ``time_limit``, ``workers`` or ``seed`` is out of range.
    """
    from capacity.report.sweep import Sweep
    from capacity.scenario.parameters import read_varied
    from capacity.scenario.sweep import sweep as sweep_of

    _check_settings(time_limit, 1 if workers is None else workers, seed)
    began, settings = clock.monotonic(), _settings(time_limit, 1, seed, stop)
    sized = demand_of(service) if sized is None else sized
    varied = read_varied(service, [vary] if isinstance(vary, str) else list(vary))
    found = sweep_of(service, varied, plan, settings, told or _untold, workers)
    return Sweep(service, sized, _run(service, settings, began), found)


def goal_seek(
    service: Service,
    target: str,
    vary: str,
    time_limit: float = 180,
    workers: int = 1,
    seed: int = 1,
    told: Told | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
) -> Goal:
    """Find the value of one figure at which a target is reached: "what DNA rate closes the gap?".

    Parameters
    ----------
    service, time_limit, told, stop, sized
        As for :func:`sweep`.
    workers, seed
        As for :func:`plan`.
    target
        ``gap=0`` (sessions a week that the plans in force leave short; ``gap.general=0`` of one activity), ``net=0``
        (required less supplied, surpluses counted), ``planned=0`` (what a checked plan leaves short) or
        ``delivered=0.95`` (share of the requirement that a checked plan delivers).
    vary
        ``dna_rate``, ``extra_pa``, or with a range: ``dna_rate=0:0.2``.

    Returns
    -------
    Goal
        ``result.value`` is the value, rounded as people write it and checked; None where no value of the range will do.

    Raises
    ------
    capacity.errors.InputError, capacity.errors.PlanFailedCheck, ValueError
        As for :func:`sweep`.
    """
    from capacity.report.goal import Goal
    from capacity.scenario.goal import goal_seek as seek
    from capacity.scenario.goal import read_target

    began, settings = clock.monotonic(), _settings(time_limit, workers, seed, stop)
    sized = demand_of(service) if sized is None else sized
    found = seek(service, vary, read_target(service, target), settings, told or _untold)
    return Goal(service, sized, _run(service, settings, began), found)


def least_cost(
    service: Service,
    time_limit: float = 180,
    workers: int = 1,
    seed: int = 1,
    told: Told | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
) -> Cheapest:
    """Find the least cost of leaving nothing short: by extra time, sessions bought one by one, or posts.

    Parameters
    ----------
    service, time_limit, told, stop, sized
        As for :func:`sweep`.
    workers, seed
        As for :func:`plan`.

    Returns
    -------
    Cheapest
        ``frame`` has a row a way, ``result.best`` is the cheapest with its checked plan.

    Raises
    ------
    capacity.errors.InputError, capacity.errors.PlanFailedCheck, ValueError
        As for :func:`sweep`.
    """
    from capacity.errors import InputError
    from capacity.report.goal import Cheapest
    from capacity.scenario.least_cost import least_cost as least
    from capacity.scenario.varying import Measures
    from capacity.supply.contradictions import contradictions

    began, settings = clock.monotonic(), _settings(time_limit, workers, seed, stop)
    sized = demand_of(service) if sized is None else sized
    if faults := contradictions(service, sized):
        raise InputError(faults)
    short = Measures(service).position(service, sized).short
    found = least(service, sized, short, settings, told or _untold)
    return Cheapest(service, sized, _run(service, settings, began), found)


def tornado(
    service: Service,
    plan: bool = False,
    steps: Mapping[str, float] | None = None,
    time_limit: float = 300,
    workers: int = 1,
    seed: int = 1,
    told: Told | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
) -> Tornado:
    """Move each main assumption a step either way, and say what that does to the gap or to the planned shortfall.

    Parameters
    ----------
    service, plan, time_limit, told, stop, sized
        As for :func:`sweep`.
    workers, seed
        As for :func:`plan`.
    steps
        Other steps than the usual: ``{"dna": 0.03, "weeks": 2}``.

    Returns
    -------
    Tornado
        ``frame`` has a row an assumption, the largest effect first.

    Raises
    ------
    KeyError
        No such assumption.
    capacity.errors.InputError, capacity.errors.PlanFailedCheck, ValueError
        As for :func:`sweep`.
    """
    from capacity.report.tornado import Tornado
    from capacity.scenario.tornado import tornado as tornado_of
    from capacity.supply.factors import factors

    began, settings = clock.monotonic(), _settings(time_limit, workers, seed, stop)
    sized = demand_of(service) if sized is None else sized
    found = tornado_of(service, plan, settings, told or _untold, factors(**(steps or {})))
    return Tornado(service, sized, _run(service, settings, began), found)


def pareto(
    service: Service,
    points: int = 8,
    time_limit: float = 180,
    workers: int = 1,
    seed: int = 1,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
    progress: Callable[[str, float | None, float | None, float], None] | None = None,
) -> Pareto:
    """Find checked plans of which none is beaten in gap, change or cost without losing in another.

    Parameters
    ----------
    service, time_limit, stop, sized
        As for :func:`sweep`.
    workers, seed
        As for :func:`plan`.
    points
        Most plans of each of the two frontiers, by change and by extra PAs, 2 or more.
    progress
        As for :func:`plan`.

    Returns
    -------
    Pareto
        ``frame`` has a row a plan; ``result.points`` hold the plans.

    Raises
    ------
    capacity.errors.InputError, capacity.errors.PlanFailedCheck, ValueError
        As for :func:`sweep`; ValueError also for fewer than two points.
    """
    from capacity.errors import InputError
    from capacity.report.pareto import Pareto
    from capacity.scenario.pareto import pareto as pareto_of
    from capacity.supply.contradictions import contradictions

    if points < 2:
        raise ValueError(f"points is {points}; it must be 2 or more")
    began, settings = clock.monotonic(), _settings(time_limit, workers, seed, stop)
    settings.teller.progress = progress
    sized = demand_of(service) if sized is None else sized
    if faults := contradictions(service, sized):
        raise InputError(faults)
    found = pareto_of(service, sized, settings, points)
    for point in found.points:
        _complete_run(point.outcome, point.service)
    return Pareto(service, sized, _run(service, settings, began), found)


def robust(
    service: Service,
    scenarios: Sequence[str | Path | Scenario] = (),
    worst: bool = False,
    weights: Sequence[float] | None = None,
    time_limit: float = 180,
    workers: int = 1,
    seed: int = 1,
    told: Told | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
) -> Robust:
    """Make one plan for several demands at once, and hold it against the plan for the central one.

    Parameters
    ----------
    service, time_limit, workers, seed, told, stop, sized
        As for :func:`sweep`.
    scenarios
        Each one demand beside the central one, which is the service's own: scenarios that change demand only, by
        name, file or as objects; ``a+b`` stacks. Without any: the lower and the upper end of the 90 % interval of
        demand.
    worst
        Whether the plan is to leave least short under the worst of the demands; else their weighted shortfall counts.
    weights
        One each for the central demand and the scenarios, in order; equal where None.

    Returns
    -------
    Robust
        ``frame`` has a row a demand: what the robust plan, the central plan and the plan made for it leave short.
        ``result.robust.outcome`` is the plan.

    Raises
    ------
    capacity.errors.InputError, capacity.errors.PlanFailedCheck, ValueError
        As for :func:`sweep`; InputError also for a scenario that changes more than demand, or weights that do not fit.
    """
    from capacity.api import apply
    from capacity.errors import InputError
    from capacity.report.robust import Robust
    from capacity.scenario.robust import interval_cases, scenario_cases, weighed
    from capacity.scenario.robust import robust as robust_of
    from capacity.supply.contradictions import contradictions

    began, settings = clock.monotonic(), _settings(time_limit, workers, seed, stop)
    sized = demand_of(service) if sized is None else sized
    if faults := contradictions(service, sized):
        raise InputError(faults)
    stacked = [[*one.split("+")] if isinstance(one, str) else [one] for one in scenarios]
    others = [apply(service, *(each.strip() if isinstance(each, str) else each for each in one)) for one in stacked]
    found = scenario_cases(service, sized, others) if others else interval_cases(service, sized)
    result = robust_of(service, sized, weighed(found, weights), worst, settings, told or _untold)
    for planned in (result.robust, result.central):
        if planned.outcome is not None:
            _complete_run(planned.outcome, service)
    return Robust(service, sized, _run(service, settings, began), result)


def _settings(time_limit: float, workers: int, seed: int, stop: threading.Event | None) -> Settings:
    from capacity.optimise.search import Settings

    _check_settings(time_limit, workers, seed)
    settings = Settings(time_limit, workers, seed)
    if stop is not None:
        settings.stop = stop
    return settings


def _untold(sentence: str) -> None:
    """Tell nobody."""


def _run(service: Service, settings: Settings, began: float) -> dict[str, Any]:
    """What is needed to do a run again."""
    from importlib.metadata import version

    packages = ("ortools", "pandas", "numpy", "scipy", "pydantic")
    versions = {"capacity": VERSION, "python": platform.python_version()}
    return {
        "seed": settings.seed,
        "workers": settings.workers,
        "time_limit": settings.time_limit,
        "seconds": round(clock.monotonic() - began, 3),
        "input_hash": input_hash(service),
        "versions": {**versions, **{name: version(name) for name in packages}},
    }
