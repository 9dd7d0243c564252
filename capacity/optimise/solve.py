"""Solve the tiers in order, hand out the weeks, complete the timetables."""

from __future__ import annotations

import math
import platform
import threading
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ortools.sat.python import cp_model

from capacity.demand.result import Demand
from capacity.optimise.complete import complete
from capacity.optimise.explain import why_impossible
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.rotate import Rotation, assign_rooms, rotate
from capacity.optimise.rules import RULES
from capacity.optimise.tiers import EXPRESSIONS, GIVES_BACK, Allocation, changes_of, delivered_in_parts, hint, measure
from capacity.optimise.variables import Variables, create
from capacity.optimise.weekly import add_weekly
from capacity.outcome import Outcome, Status, TierResult
from capacity.service.model import Service
from capacity.supply.gap import supply

Progress = Callable[[str, float | None, float | None, float], None]
"""Called with tier, best value, bound and seconds since the tier began."""


@dataclass
class Settings:
    """How to solve: seconds in all, workers, seed, and who is told of progress.

    ``stop`` may be set from another thread, or by Ctrl-C: the best plan so far is kept.
    """

    time_limit: float = 30.0
    workers: int = 1
    seed: int = 1
    progress: Progress | None = None
    stop: threading.Event = field(default_factory=threading.Event)


def solver_parameters(settings: Settings, seconds: float) -> cp_model.CpSolver:
    """Return a solver with the one set of parameters used everywhere."""
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = settings.workers
    parameters.random_seed = settings.seed
    parameters.max_time_in_seconds = seconds
    # https://github.com/google/or-tools/issues/5293: 9.15 certified a wrong optimum through this presolve step
    parameters.presolve_inclusion_work_limit = 0
    return solver


@dataclass
class _Answer:
    allocation: Allocation | None
    tiers: tuple[TierResult, ...]
    weeks: dict[Cell, tuple[int, ...]]
    limit: str = "none"
    reason: str = ""


def plan(service: Service, demand: Demand, settings: Settings | None = None) -> Outcome:
    """Propose a team plan.

    Answers within present contracts first; where shortfall remains and the service has a budget of extra PAs, the
    second answer (``with_extra``) may spend it.
    """
    settings = settings or Settings()
    problem = Problem(service, demand)
    began = clock.monotonic()
    may_spend = service.objective.extra_pa_budget > 0 and any(problem.extra_ceiling(person) for person in problem.people)
    seconds = settings.time_limit * (0.6 if may_spend else 1.0)
    answer = _answer(problem, False, settings, seconds, None)
    outcome = _outcome(problem, answer, settings, clock.monotonic() - began)
    if may_spend and outcome.plan is not None and any(outcome.shortfall.values()) and not settings.stop.is_set():
        left = max(1.0, settings.time_limit - (clock.monotonic() - began))
        second_began = clock.monotonic()
        second = _answer(problem, True, settings, left, answer.allocation)
        with_extra = _outcome(problem, second, settings, clock.monotonic() - second_began)
        if with_extra.plan is not None:
            outcome = Outcome(**{**outcome.__dict__, "with_extra": with_extra})
    return outcome


def _answer(
    problem: Problem, allow_extra: bool, settings: Settings, seconds: float, start: Allocation | None
) -> _Answer:
    """Solve; where the weeks of some half-days cannot be handed out, give those weeks variables and solve again."""
    deadline = clock.monotonic() + seconds
    weekly: frozenset[str] = frozenset()
    while True:
        v = build(problem, allow_extra, weekly)
        answer = _solve_tiers(v, settings, deadline, start)
        if answer.allocation is None:
            return answer
        known = answer.weeks
        rotation: Rotation = rotate(problem, answer.allocation.counts)
        stuck = rotation.impossible - weekly
        if not stuck:
            fallback = {cell: weeks for cell, weeks in known.items() if cell[2] in rotation.impossible}
            return _Answer(answer.allocation, answer.tiers, {**rotation.weeks, **fallback}, answer.limit)
        weekly |= stuck
        start = answer.allocation
        deadline = max(deadline, clock.monotonic() + seconds / 4)


def build(problem: Problem, allow_extra: bool, weekly: frozenset[str] = frozenset()) -> Variables:
    """Build the model with every rule; half-days in ``weekly`` get variables for each week."""
    v = create(problem, allow_extra)
    for rule in RULES:
        rule.add(v, problem.people)
    if weekly:
        units = {unit: cells for unit, cells in v.cells_of.items() if any(cell[2] in weekly for cell in cells)}
        v.weekly = add_weekly(v.model, problem, units, lambda unit: v.n[unit])
    return v


def _solve_tiers(v: Variables, settings: Settings, deadline: float, start: Allocation | None) -> _Answer:
    problem = v.problem
    wanted = [name for name in problem.service.objective.tiers if name in EXPRESSIONS]
    expressions = {name: EXPRESSIONS[name](v) for name in wanted}
    best: Allocation | None = None
    weeks: dict[Cell, tuple[int, ...]] = {}
    results: list[TierResult] = []
    limit = "none"
    hint(v, start)
    for position, name in enumerate(wanted):
        began = clock.monotonic()
        left = max(0.5, deadline - began)
        seconds = left if position == len(wanted) - 1 else left / 2
        now = measure(problem, best)[name] if best is not None else None
        value: float
        bound: float
        status: Literal["optimal", "feasible", "unknown"]
        if now == 0:
            value, bound, status = 0.0, 0.0, "optimal"
        elif settings.stop.is_set() and best is not None and now is not None:
            value, bound, status, limit = float(now), 0.0, "feasible", "stopped"
        else:
            v.model.minimize(expressions[name])
            solver, code = _run(v.model, solver_parameters(settings, seconds), settings, name, now)
            if code == cp_model.INFEASIBLE and best is None:
                return _Answer(None, tuple(results), {}, "none", why_impossible(problem, v.allow_extra))
            if code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                best, weeks = _read(v, solver)
                value = solver.objective_value
            elif best is None:
                stopped = "the run was stopped" if settings.stop.is_set() else f"{seconds:.0f} s were not enough"
                return _Answer(None, tuple(results), {}, "time", f"No plan was found: {stopped}. One may exist.")
            else:
                assert now is not None
                value = float(now)
            status = "optimal" if code == cp_model.OPTIMAL else "feasible"
            bound = value if code == cp_model.OPTIMAL else max(0.0, math.ceil(solver.best_objective_bound - 1e-6))
            if code != cp_model.OPTIMAL:
                limit = "stopped" if settings.stop.is_set() else "time"
        tolerance = problem.service.objective.hold_tolerance if name in GIVES_BACK else 0
        if not isinstance(expressions[name], int):
            v.model.add(expressions[name] <= math.floor(value + tolerance + 1e-6))
        hint(v, best)
        results.append(TierResult(name, value, bound, value, status, clock.monotonic() - began))
    assert best is not None
    kept = measure(problem, best)
    tiers = [TierResult(**{**result.__dict__, "kept": float(kept[result.name])}) for result in results]
    if "quality" in problem.service.objective.tiers:
        tiers.append(TierResult("quality", 0.0, 0.0, 0.0, "not used", 0.0))
    return _Answer(best, tuple(tiers), weeks, limit)


class _Watch(cp_model.CpSolverSolutionCallback):
    """Keep the latest value and bound for whoever shows progress."""

    def __init__(self) -> None:
        super().__init__()
        self.value: float | None = None

    def on_solution_callback(self) -> None:
        self.value = self.objective_value


def _run(
    model: cp_model.CpModel, solver: cp_model.CpSolver, settings: Settings, tier: str, now: float | None
) -> tuple[cp_model.CpSolver, int]:
    """Solve in a thread of its own, so that progress can be shown and Ctrl-C keeps the best plan."""
    watch = _Watch()
    bounds: list[float] = []
    solver.best_bound_callback = bounds.append
    solver.parameters.catch_sigint_signal = False
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(solver.solve(model, watch)), daemon=True)
    began = clock.monotonic()
    thread.start()
    while thread.is_alive():
        try:
            thread.join(0.1)
            if settings.stop.is_set():
                solver.stop_search()
            elif settings.progress is not None and thread.is_alive():
                value = now if watch.value is None else watch.value
                settings.progress(tier, value, bounds[-1] if bounds else None, clock.monotonic() - began)
        except KeyboardInterrupt:
            settings.stop.set()
    if not codes:
        raise RuntimeError("the solver ended without an answer")
    return solver, codes[0]


def _read(v: Variables, solver: cp_model.CpSolver) -> tuple[Allocation, dict[Cell, tuple[int, ...]]]:
    """Read a solution; only ever called after OPTIMAL or FEASIBLE."""
    problem = v.problem
    counts = {
        cell: count for unit, cells in v.cells_of.items() if (count := solver.value(v.n[unit])) for cell in cells
    }
    holders = {
        role.role: problem.held_elsewhere(role)
        + tuple(
            person
            for person in problem.candidates(role)
            if (role.role, person) in v.holds and solver.value(v.holds[role.role, person])
        )
        for role in problem.roles.values()
    }
    extra = {person: value for person, variable in v.extra.items() if (value := solver.value(variable))}
    units = dict.fromkeys(unit for unit, _ in v.weekly)
    weeks = {
        cell: tuple(week for week in problem.weeks if solver.value(v.weekly[unit, week]))
        for unit in units
        for cell in v.cells_of[unit]
        if cell in counts
    }
    return Allocation(counts, holders, extra), weeks


def _outcome(problem: Problem, answer: _Answer, settings: Settings, seconds: float) -> Outcome:
    run = _run_details(settings, answer.limit, seconds)
    weeks_present = {person: problem.time.weeks_present(person) for person in problem.time.people}
    if answer.allocation is None:
        status: Status = "stopped" if answer.limit == "time" else "impossible"
        return Outcome(
            status, None, answer.tiers, {}, {}, {}, (), {}, weeks_present, problem.findings, run, answer.reason
        )
    allocation = answer.allocation
    completed = complete(problem, allocation, answer.weeks, assign_rooms(problem, answer.weeks))
    shortfall, below_mean = _coverage(problem, allocation)
    proven = all(tier.status in ("optimal", "not used") for tier in answer.tiers)
    status = "optimal" if proven else "stopped" if answer.limit == "stopped" else "feasible"
    return Outcome(
        status,
        completed.plan,
        answer.tiers,
        shortfall,
        below_mean,
        supply(problem.time, completed.plan.rows),
        changes_of(problem, allocation),
        completed.cover_unplaced,
        weeks_present,
        problem.findings + completed.findings,
        run,
    )


def _coverage(problem: Problem, allocation: Allocation) -> tuple[dict[str, float], dict[str, float]]:
    """Exact shortfall, and shortfall below the mean, in sessions a calendar week."""
    cycle = problem.cycle
    short = dict.fromkeys(problem.activities, 0.0)
    below_mean = dict.fromkeys(problem.activities, 0.0)
    for part, done in zip(problem.parts, delivered_in_parts(problem, allocation), strict=True):
        short[part.activity] += _positive(part.needed - done) / cycle
        below_mean[part.activity] += _positive(part.needed_mean - done) / cycle
    return short, below_mean


def _positive(value: float) -> float:
    return value if value > 1e-9 else 0.0


def _run_details(settings: Settings, limit: str, seconds: float) -> dict[str, Any]:
    from importlib.metadata import version

    packages = ("ortools", "pandas", "numpy", "scipy", "pydantic")
    return {
        "seed": settings.seed,
        "workers": settings.workers,
        "time_limit": settings.time_limit,
        "limit_fired": limit,
        "seconds": round(seconds, 3),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
    }


