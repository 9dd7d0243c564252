"""Measure a frontier against one solve, and asking again after a lock against the first answer, on random services.

    python -m benchmarks.frontier --people 12 20 --seeds 3 --time-limit 30

The ratio to reach is 10 for ten points. Asking again is measured in the solver's deterministic work as well as in
seconds, because the clock of a busy machine says little of so short a search.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.services import random_service


@dataclass(frozen=True)
class FrontierCase:
    """One service: seconds of one solve and of a frontier, and what asking again took of the first solve."""

    people: int
    seed: int
    one: float
    frontier: float
    points: int
    proven: int
    sentence: str
    again: float
    first_work: float
    again_work: float
    kept: bool

    @property
    def ratio(self) -> float:
        """How many times one solve the frontier took."""
        return self.frontier / self.one


def measure(people: int, seed: int, points: int, limit: float, workers: int) -> FrontierCase:
    """Solve one service, ask again with a lock and something forbidden, and draw its frontier; all plans checked."""
    import capacity
    from capacity.service.wishes import Mark

    service = random_service(people, seed)
    sized = capacity.demand(service)
    with work_counted() as work:
        began = time.perf_counter()
        first = capacity.plan(service, limit, workers, sized=sized)
        one, first_work = time.perf_counter() - began, sum(work)
    assert first.plan is not None, first.reason
    lost = next(change for change in first.changes if change.gained)
    activity, slot, _ = lost.gained[0]
    kept = next(change for change in reversed(first.changes) if change.gained and change.person != lost.person)
    lock = Mark(kept.person, *kept.gained[0][:2])
    with work_counted() as work:
        began = time.perf_counter()
        again = capacity.plan(
            service, limit, workers, sized=sized, start=first, locks=[lock], forbids=[Mark(lost.person, activity, slot)]
        )
        seconds, again_work = time.perf_counter() - began, sum(work)
    began = time.perf_counter()
    found = capacity.frontier(service, points=points, time_limit=points * limit, workers=workers, sized=sized)
    whole = time.perf_counter() - began
    proven = sum(point.proven for point in found.points)
    return FrontierCase(
        people, seed, one, whole, len(found.points), proven, found.sentence(), seconds, first_work, again_work,
        again.plan is not None,
    )  # fmt: skip


class work_counted:
    """Collect the deterministic work of every solve of CP-SAT inside the block."""

    def __enter__(self) -> list[float]:
        from ortools.sat.python import cp_model

        self._work: list[float] = []
        self._solve = cp_model.CpSolver.solve

        def counted(solver: cp_model.CpSolver, *args: object, **rest: object) -> object:
            code = self._solve(solver, *args, **rest)  # type: ignore[arg-type]
            self._work.append(solver.response_proto.deterministic_time)
            return code

        cp_model.CpSolver.solve = counted  # type: ignore[method-assign, assignment]
        return self._work

    def __exit__(self, *_: object) -> None:
        from ortools.sat.python import cp_model

        cp_model.CpSolver.solve = self._solve  # type: ignore[method-assign]


def table(cases: Sequence[FrontierCase]) -> str:
    """Markdown: a row for each team size."""
    lines = [
        "| people | services | points | proven | one solve, median s | frontier / one solve, median | highest"
        " | asking again / first, seconds | work |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for people in sorted({case.people for case in cases}):
        mine = [case for case in cases if case.people == people]
        ratios = [case.ratio for case in mine]
        lines.append(
            f"| {people} | {len(mine)} | {sum(case.points for case in mine)} | {sum(case.proven for case in mine)}"
            f" | {statistics.median(case.one for case in mine):.1f} | {statistics.median(ratios):.1f}"
            f" | {max(ratios):.1f} | {statistics.median(case.again / case.one for case in mine):.2f}"
            f" | {statistics.median(case.again_work / max(1e-9, case.first_work) for case in mine):.2f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frontier", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[12, 20])
    parser.add_argument("--seeds", type=int, default=3, help="services of each size")
    parser.add_argument("--points", type=int, default=10)
    parser.add_argument(
        "--time-limit", type=float, default=30.0, help="seconds of one solve; a frontier has points times"
    )
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    cases = []
    for people in options.people:
        for seed in range(1, options.seeds + 1):
            case = measure(people, seed, options.points, options.time_limit, options.workers)
            said = f"{people} people, seed {seed}: one {case.one:.1f} s, frontier {case.frontier:.1f} s"
            print(f"{said} ({case.points} points, {case.proven} proven). {case.sentence}", file=sys.stderr, flush=True)
            cases.append(case)
    print(table(cases))
    return 0


if __name__ == "__main__":
    sys.exit(main())
