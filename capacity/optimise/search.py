"""How the solver is called: settings, time, parameters, progress, and reading a solution. In one place."""

from __future__ import annotations

import math
import threading
import time as clock
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field

from ortools.sat.python import cp_model

from capacity.optimise.events import Progress, Teller
from capacity.optimise.problem import Cell
from capacity.optimise.tiers import Allocation
from capacity.optimise.variables import Variables

WORK_PER_SECOND = 0.6
"""Deterministic time allowed for a second of the time limit: less than an idle machine does, so that on such a
machine the same plan comes out every time (one worker), and the clock only decides where a machine is busy."""


@dataclass
class Settings:
    """How to solve: seconds in all, workers, seed, and who is told of progress.

    ``stop`` may be set from another thread, or by Ctrl-C: the best plan so far is kept.
    """

    time_limit: float = 30.0
    workers: int = 1
    seed: int = 1
    progress: InitVar[Progress | None] = None
    stop: threading.Event = field(default_factory=threading.Event)
    teller: Teller = field(default_factory=Teller)
    out_of_memory: bool = False
    """Whether the search ended because memory ran out; the best plan so far is kept then as well."""

    def __post_init__(self, progress: Progress | None) -> None:
        if progress is not None:
            self.teller.progress = progress


@dataclass
class Budget:
    """What a search may still use: deterministic work, and seconds on the clock."""

    seconds: float
    work: float = field(init=False)
    granted: float = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.work = self.granted = self.seconds * WORK_PER_SECOND
        self.began = clock.monotonic()

    def use(self, solver: cp_model.CpSolver) -> None:
        """Take off the work a solve has done."""
        self.work -= max(0.001, solver.response_proto.deterministic_time)

    def part(self, share: float) -> Budget:
        """A share of what is left, as a budget of its own; give it back to ``take`` when it is used."""
        part = Budget(share * self.left())
        part.work = part.granted = share * self.work
        return part

    def take(self, part: Budget) -> None:
        """Take off what a part has used."""
        self.work -= part.granted - part.work

    def left(self) -> float:
        """Seconds left on the clock."""
        return max(0.05, self.seconds - (clock.monotonic() - self.began))

    def spent(self) -> bool:
        """Whether work or seconds have run out."""
        return self.work <= 0 or clock.monotonic() - self.began >= self.seconds

    def which(self) -> str:
        """Which limit ended the search."""
        return "time" if clock.monotonic() - self.began >= self.seconds - 0.05 else "work"


def new_solver(settings: Settings, seconds: float, linearization: int = 1) -> cp_model.CpSolver:
    """Return a one-worker solver with the one set of parameters used everywhere."""
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = 1
    parameters.random_seed = settings.seed
    parameters.max_time_in_seconds = seconds
    parameters.linearization_level = linearization
    parameters.catch_sigint_signal = False
    # https://github.com/google/or-tools/issues/5293: 9.15 certified a wrong optimum through this presolve step
    parameters.presolve_inclusion_work_limit = 0
    return solver


def solver_of_weeks(work: float) -> cp_model.CpSolver:
    """Return a solver for the weeks of given counts, with so much deterministic time.

    There are thousands of weeks, alike before and after: looking at them longer first takes longer than solving.
    """
    solver = new_solver(Settings(), math.inf, linearization=2)
    solver.parameters.max_deterministic_time = work
    solver.parameters.max_presolve_iterations = 1
    solver.parameters.symmetry_level = 0
    solver.parameters.cp_model_use_sat_presolve = False
    return solver


class _Watch(cp_model.CpSolverSolutionCallback):
    """Keep the latest value for whoever shows progress."""

    def __init__(self) -> None:
        super().__init__()
        self.latest: float | None = None

    def on_solution_callback(self) -> None:
        self.latest = self.objective_value


@dataclass
class _Racer:
    """One of the solvers that work on the same model side by side."""

    solver: cp_model.CpSolver
    watch: _Watch = field(default_factory=_Watch)
    bounds: list[float] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def solve(self, model: cp_model.CpModel) -> None:
        self.solver.best_bound_callback = self.bounds.append
        try:
            self.codes.append(int(self.solver.solve(model, self.watch)))
        except BaseException as error:  # an exception must not be lost with its thread
            self.faults.append(error)


@dataclass(frozen=True)
class Found:
    """What a search found: the solver to read the best solution from, its status, and the best bound of all."""

    solver: cp_model.CpSolver
    code: int
    bound: float


def run(
    v: Variables,
    budget: Budget,
    settings: Settings,
    linearization: int,
    report: Callable[[float | None, float | None], None],
) -> Found:
    """Solve in threads of their own, so that progress can be shown and Ctrl-C keeps the best plan.

    Which of the two levels of linear relaxation proves a plan sooner differs from one service to the next. With one
    worker the level asked for is used; with more, both race and the first to finish ends the other.
    """
    levels = (linearization,) if settings.workers == 1 else (linearization, 3 - linearization)
    racers = [_Racer(new_solver(settings, budget.left(), level)) for level in levels]
    for racer in racers:
        racer.solver.parameters.max_deterministic_time = max(0.01, budget.work)
    threads = [threading.Thread(target=racer.solve, args=(v.model,), daemon=True) for racer in racers]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError as error:  # a thread needs memory of its own
        for racer in racers:
            racer.solver.stop_search()
        raise MemoryError("no thread could be started") from error
    while any(thread.is_alive() for thread in threads):
        try:
            for thread in threads:
                if thread.is_alive():
                    thread.join(0.05)
                    break
        except KeyboardInterrupt:
            settings.stop.set()
        settled = any(racer.faults or _settled(racer) for racer in racers)
        if settings.stop.is_set() or settled:
            for racer in racers:
                racer.solver.stop_search()
        else:
            values = [racer.watch.latest for racer in racers if racer.watch.latest is not None]
            bounds = [racer.bounds[-1] for racer in racers if racer.bounds]
            report(min(values, default=None), max(bounds, default=None))
    for racer in racers:
        if racer.faults:
            raise racer.faults[0]
    budget.use(max((racer.solver for racer in racers), key=lambda solver: solver.response_proto.deterministic_time))
    return _best_of(racers)


def _settled(racer: _Racer) -> bool:
    return bool(racer.codes) and racer.codes[0] in (cp_model.OPTIMAL, cp_model.INFEASIBLE)


def _best_of(racers: list[_Racer]) -> Found:
    """The racer that settled the question, else the one with the best plan; the bound is the best of all."""
    settled = [racer for racer in racers if _settled(racer)]
    found = [racer for racer in racers if racer.codes[0] == cp_model.FEASIBLE]
    known = settled or found or racers
    best = min(known, key=lambda racer: racer.solver.objective_value if racer in found else 0.0)
    bounds = [racer.solver.best_objective_bound for racer in racers if racer.codes[0] != cp_model.INFEASIBLE]
    return Found(best.solver, best.codes[0], max(bounds, default=0.0))


def read_solution(v: Variables, solver: cp_model.CpSolver) -> Allocation:
    """Read a solution; only ever called after OPTIMAL or FEASIBLE."""
    return allocation_of(v, solver.value)


def allocation_of(v: Variables, value: Callable[[cp_model.IntVar], int]) -> Allocation:
    """Return the solution in which each variable has the value given for it."""
    problem = v.problem
    counts = {cell: count for unit, cells in v.cells_of.items() if (count := value(v.n[unit])) for cell in cells}
    holders = {
        role.role: problem.held_elsewhere(role)
        + tuple(
            person
            for person in problem.candidates(role)
            if (role.role, person) in v.holds and value(v.holds[role.role, person])
        )
        for role in problem.roles.values()
    }
    extra = {person: minutes for person, variable in v.extra.items() if (minutes := value(variable))}
    units = dict.fromkeys(unit for unit, _ in v.weekly)
    weeks: dict[Cell, tuple[int, ...]] = {
        cell: tuple(week for week in problem.weeks if value(v.weekly[unit, week]))
        for unit in units
        for cell in v.cells_of.get(unit, ())  # a joint team's sessions have none of their own
        if cell in counts
    }
    travel = {day: minutes for day, variable in v.travel.items() if (minutes := value(variable))}
    trainees = {key: number for key, variable in v.trainees.items() if (number := value(variable))}
    return Allocation(counts, holders, extra, weeks, travel, trainees)
