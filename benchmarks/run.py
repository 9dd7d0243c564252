"""Measure the optimiser on seeded random services, and the week-by-week baseline beside it.

    python -m benchmarks.run --people 12 20 40 --seeds 10 --cycles 4 --time-limit 60
    python -m benchmarks.run --people 12 20 40 --seeds 5 --cycles 1 4 13 42 --time-limit 60
    python -m benchmarks.run --people 12 --seeds 3 --naive

Every case runs in a process of its own, so that its peak memory is its own. The cases are written to
``out/benchmarks/`` as JSON, the tables are printed as Markdown.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.services import SPARE

SHORTFALL_TIERS = ("rapid_mean", "routine", "rapid_headroom")
LATER_TIERS = ("change", "cost")
USUAL_CYCLE = 4
STARTS = 7


@dataclass(frozen=True)
class Tier:
    """One tier of one case; value and bound are None where no plan was found."""

    name: str
    value: float | None
    bound: float | None
    status: str
    seconds: float

    @property
    def proven(self) -> bool:
        """Whether value and bound meet."""
        return self.status == "optimal"

    @property
    def gap(self) -> float | None:
        """Part of the value that is not proven to be needed."""
        if self.proven:
            return 0.0
        if self.value is None or self.bound is None:
            return None
        return (self.value - self.bound) / max(1.0, self.value)


@dataclass(frozen=True)
class Case:
    """One service solved once by one formulation."""

    people: int
    seed: int
    cycle: int
    formulation: str
    status: str
    seconds: float
    memory_mib: float | None
    violations: tuple[str, ...] | None
    tiers: tuple[Tier, ...] = field(default_factory=tuple)

    def tier(self, name: str) -> Tier | None:
        """Return a tier by name, None where it was not reached."""
        return next((tier for tier in self.tiers if tier.name == name), None)

    def proven(self, names: Iterable[str]) -> bool:
        """Whether all of these tiers are proven."""
        return all(tier is not None and tier.proven for tier in map(self.tier, names))


def measure_planner(people: int, seed: int, cycle: int, spare: tuple[int, int], limit: float, workers: int) -> Case:
    """Solve one random service with the planner and check its plan; checking is not timed."""
    from benchmarks.services import random_service
    from capacity.check import check_plan
    from capacity.demand.analyse import analyse
    from capacity.optimise.search import Settings
    from capacity.optimise.solve import plan

    service = random_service(people, seed, cycle, spare)
    demand = analyse(service)
    began = time.perf_counter()
    outcome = plan(service, demand, Settings(time_limit=limit, workers=workers, seed=1))
    seconds = time.perf_counter() - began
    memory = _peak_mib()
    tiers = tuple(
        Tier(tier.name, tier.value, tier.bound, tier.status, tier.seconds)
        for tier in outcome.tiers
        if tier.status != "not used"
    )
    found = () if outcome.plan is None else check_plan(service, demand, outcome.plan, outcome)
    broken = None if outcome.plan is None else tuple(str(violation) for violation in found)
    return Case(people, seed, cycle, "counts", outcome.status, seconds, memory, broken, tiers)


def measure_naive(people: int, seed: int, cycle: int, spare: tuple[int, int], limit: float, workers: int) -> Case:
    """Solve one random service week by week."""
    from benchmarks.naive import solve_naive
    from benchmarks.services import random_service
    from capacity.demand.analyse import analyse

    service = random_service(people, seed, cycle, spare)
    demand = analyse(service)
    began = time.perf_counter()
    answer = solve_naive(service, demand, limit, workers)
    seconds = time.perf_counter() - began
    tiers = tuple(Tier(tier.name, tier.value, tier.bound, tier.status, tier.seconds) for tier in answer.tiers)
    status = "optimal" if answer.proven else "feasible" if answer.values else "stopped"
    return Case(people, seed, cycle, "week by week", status, seconds, _peak_mib(), None, tiers)


def _peak_mib() -> float | None:
    """Peak memory of this process, None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (2**20 if sys.platform == "darwin" else 2**10)


def _in_own_process(measure: Any, *arguments: Any) -> Case:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        case: Case = pool.submit(measure, *arguments).result()
    return case


def start_times() -> dict[str, float | None]:
    """Median seconds to start: an empty Python, and ``capacity --help`` (None where it is not installed)."""
    script = shutil.which("capacity", path=str(Path(sys.executable).parent))
    return {
        "python -c pass": _median_seconds([sys.executable, "-c", "pass"]),
        "capacity --help": None if script is None else _median_seconds([script, "--help"]),
    }


def _median_seconds(command: Sequence[str]) -> float:
    seconds = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def size_table(cases: Sequence[Case]) -> str:
    """Markdown: a row for each team size, cycle and formulation."""
    lines = [
        "| people | cycle | formulation | services | shortfall tiers proven | change proven | cost proven | worst gap"
        " | median s | longest s | memory MiB | failed the check |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for people, cycle, formulation in sorted({(case.people, case.cycle, case.formulation) for case in cases}):
        mine = [c for c in cases if (c.people, c.cycle, c.formulation) == (people, cycle, formulation)]
        lines.append(_size_row(people, cycle, formulation, mine))
    return "\n".join(lines)


def _size_row(people: int, cycle: int, formulation: str, mine: Sequence[Case]) -> str:
    gaps = [tier.gap for case in mine for tier in case.tiers]
    unknown = any(gap is None for gap in gaps) or any(len(case.tiers) < 5 for case in mine)
    worst = "no plan" if unknown else f"{max(gap or 0.0 for gap in gaps):.0%}"
    memory = [case.memory_mib for case in mine if case.memory_mib is not None]
    broken = [case for case in mine if case.violations]
    seconds = [case.seconds for case in mine]
    cells = [
        str(people),
        str(cycle),
        formulation,
        str(len(mine)),
        _share(mine, SHORTFALL_TIERS),
        _share(mine, ("change",)),
        _share(mine, ("cost",)),
        worst,
        f"{statistics.median(seconds):.2f}",
        f"{max(seconds):.2f}",
        f"{max(memory):.0f}" if memory else "",
        str(len(broken)) if mine[0].violations is not None else "",
    ]
    return f"| {' | '.join(cells)} |"


def _share(cases: Sequence[Case], tiers: Iterable[str]) -> str:
    names = tuple(tiers)
    return f"{sum(case.proven(names) for case in cases)} of {len(cases)}"


def tier_table(cases: Sequence[Case]) -> str:
    """Markdown: what each tier came to on every service, value and bound where they differ."""
    names = (*SHORTFALL_TIERS, *LATER_TIERS)
    lines = [
        f"| people | seed | cycle | formulation | {' | '.join(names)} | s |",
        "|---|---|---|---|" + "---|" * (len(names) + 1),
    ]
    for case in cases:
        cells = [str(case.people), str(case.seed), str(case.cycle), case.formulation]
        cells += [_tier_cell(case.tier(name)) for name in names]
        lines.append(f"| {' | '.join([*cells, f'{case.seconds:.2f}'])} |")
    return "\n".join(lines)


def _tier_cell(tier: Tier | None) -> str:
    if tier is None or tier.value is None:
        return "none found"
    if tier.proven:
        return f"{tier.value:g}"
    return f"{tier.value:g} (bound {tier.bound:g})"


def cycle_table(cases: Sequence[Case]) -> str:
    """Markdown: time at other cycle lengths, as a multiple of the four-week cycle on the same service."""
    usual = {(c.people, c.seed): c.seconds for c in cases if c.cycle == USUAL_CYCLE and c.formulation == "counts"}
    lines = ["| people | cycle | services | median ratio | highest ratio |", "|---|---|---|---|---|"]
    for people, cycle in sorted({(case.people, case.cycle) for case in cases if case.cycle != USUAL_CYCLE}):
        ratios = [
            case.seconds / usual[people, case.seed]
            for case in cases
            if (case.people, case.cycle) == (people, cycle)
            and (people, case.seed) in usual
            and case.formulation == "counts"
        ]
        if ratios:
            lines.append(
                f"| {people} | {cycle} | {len(ratios)} | {statistics.median(ratios):.2f} | {max(ratios):.2f} |"
            )
    return "\n".join(lines) if len(lines) > 2 else ""


def ratio_table(cases: Sequence[Case]) -> str:
    """Markdown: the baseline's time over the planner's on the same service; a stopped baseline counts its limit."""
    counts = {(c.people, c.seed, c.cycle): c for c in cases if c.formulation == "counts"}
    lines = [
        "| people | cycle | services | baseline all proven | median ratio of times | lowest | highest |",
        "|---|---|---|---|---|---|---|",
    ]
    naive = [case for case in cases if case.formulation != "counts"]
    for people, cycle in sorted({(case.people, case.cycle) for case in naive}):
        mine = [case for case in naive if (case.people, case.cycle) == (people, cycle)]
        ratios = [case.seconds / counts[people, case.seed, cycle].seconds for case in mine]
        lines.append(
            f"| {people} | {cycle} | {len(mine)} | {_share(mine, (*SHORTFALL_TIERS, *LATER_TIERS))}"
            f" | {statistics.median(ratios):.0f} | {min(ratios):.1f} | {max(ratios):.0f} |"
        )
    return "\n".join(lines) if naive else ""


def disagreements(cases: Sequence[Case]) -> list[str]:
    """Services whose proven optima differ between the two formulations: a wrong answer of one of them."""
    counts = {(c.people, c.seed, c.cycle): c for c in cases if c.formulation == "counts"}
    found = []
    for case in cases:
        other = counts.get((case.people, case.seed, case.cycle))
        if case.formulation == "counts" or other is None:
            continue
        for tier in case.tiers:
            same = other.tier(tier.name)
            if same is None or not (tier.proven and same.proven):
                break
            if tier.value != same.value:
                found.append(
                    f"{case.people} people, seed {case.seed}, cycle {case.cycle}: {tier.name} is"
                    f" {same.value:g} by counts and {tier.value:g} week by week"
                )
                break
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; exit code 1 when the formulations prove different optima or a plan fails its check."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[12, 20, 40], help="team sizes")
    parser.add_argument("--seeds", type=int, default=10, help="services of each size")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--cycles", type=int, nargs="+", default=[USUAL_CYCLE], help="lengths of the cycle in weeks")
    parser.add_argument("--spare", type=int, nargs=2, default=list(SPARE), help="per cent of time the plans leave free")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a service")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--naive", action="store_true", help="solve the week-by-week baseline too")
    parser.add_argument("--tiers", action="store_true", help="print the tiers of every service")
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    options = parser.parse_args(arguments)
    cases = []
    for people in options.people:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for cycle in options.cycles:
                for measure in (measure_planner, measure_naive)[: 2 if options.naive else 1]:
                    spare = (options.spare[0], options.spare[1])
                    case = _in_own_process(measure, people, seed, cycle, spare, options.time_limit, options.workers)
                    print(f"{people} people, seed {seed}, cycle {cycle}, {case.formulation}: {case.status},"
                          f" {case.seconds:.2f} s", file=sys.stderr, flush=True)  # fmt: skip
                    cases.append(case)
    starts = start_times()
    options.out.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    record = {
        "settings": {key: str(value) for key, value in vars(options).items()},
        "python": platform.python_version(),
        "start_seconds": starts,
        "cases": [asdict(case) for case in cases],
    }
    (options.out / f"{stamp}.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    wrong = disagreements(cases)
    print("\n\n".join(part for part in _report(cases, starts, options.tiers, wrong) if part))
    return 1 if wrong or any(case.violations for case in cases) else 0


def _report(
    cases: Sequence[Case], starts: dict[str, float | None], with_tiers: bool, wrong: Sequence[str]
) -> list[str]:
    start = "; ".join(f"{name}: {'not installed' if s is None else f'{s:.2f} s'}" for name, s in starts.items())
    return [
        size_table(cases),
        cycle_table(cases),
        ratio_table(cases),
        tier_table(cases) if with_tiers else "",
        f"Start times: {start}",
        "\n".join(f"DISAGREEMENT: {line}" for line in wrong),
        "\n".join(
            f"FAILED THE CHECK: {case.people} people, seed {case.seed}, cycle {case.cycle}: {broken}"
            for case in cases
            for broken in case.violations or ()
        ),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
