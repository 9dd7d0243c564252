"""Measure the optimiser on seeded random services, and two baselines beside it: week by week, and HiGHS on counts.

    python -m benchmarks.run --people 12 20 40 --seeds 10 --cycles 4 --time-limit 60
    python -m benchmarks.run --people 12 20 40 --seeds 5 --cycles 1 4 13 42 --time-limit 60
    python -m benchmarks.run --people 80 120 --seeds 5 --time-limit 60
    python -m benchmarks.run --people 12 --seeds 3 --naive --highs

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

COUNTS, WEEKLY, HIGHS = "counts", "week by week", "HiGHS, counts"
SHORTFALL_TIERS = ("rapid_mean", "routine", "rapid_headroom")
LATER_TIERS = ("change", "cost")
TIERS = (*SHORTFALL_TIERS, *LATER_TIERS)
GROUPS = (("shortfall", SHORTFALL_TIERS), ("change", ("change",)), ("cost", ("cost",)))
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
        open_part = self.open_part
        return None if open_part is None or self.value is None else open_part / max(1.0, self.value)

    @property
    def open_part(self) -> float | None:
        """How far the bound lies below the value, in units of the tier; None where one of them is not known."""
        if self.value is None or self.bound is None:
            return None
        return 0.0 if self.proven else self.value - self.bound


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
    quality_seconds: float = 0.0
    """Of ``seconds``, what the last tier took, which chooses among plans that are equal in all of ``tiers``."""

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
        if tier.name != "quality"
    )
    found = () if outcome.plan is None else check_plan(service, demand, outcome.plan, outcome)
    broken = None if outcome.plan is None else tuple(str(violation) for violation in found)
    last = sum(tier.seconds for tier in outcome.tiers if tier.name == "quality")
    return Case(people, seed, cycle, COUNTS, outcome.status, seconds, memory, broken, tiers, last)


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
    return Case(people, seed, cycle, WEEKLY, status, seconds, _peak_mib(), None, tiers)


def measure_highs(people: int, seed: int, cycle: int, spare: tuple[int, int], limit: float, workers: int) -> Case:
    """Solve the counts model of one random service by HiGHS alone; it has one thread whatever ``workers`` says."""
    from benchmarks.highs import solve_highs
    from benchmarks.services import random_service
    from capacity.demand.analyse import analyse

    service = random_service(people, seed, cycle, spare)
    demand = analyse(service)
    began = time.perf_counter()
    answers = solve_highs(service, demand, limit)
    seconds = time.perf_counter() - began
    tiers = tuple(Tier(tier.name, tier.value, tier.bound, tier.status, tier.seconds) for tier in answers)
    proven = all(tier.proven for tier in tiers)
    status = "stopped" if any(tier.value is None for tier in tiers) else "optimal" if proven else "feasible"
    return Case(people, seed, cycle, HIGHS, status, seconds, _peak_mib(), None, tiers)


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
        f"| people | cycle | formulation | services | {' | '.join(f'{name} proven' for name in TIERS)}"
        f" | {' | '.join(f'worst gap: {group}' for group, _ in GROUPS)}"
        " | median s to cost | median s | longest s | memory MiB | failed the check |",
        "|---" * (4 + len(TIERS) + len(GROUPS) + 5) + "|",
    ]
    for people, cycle, formulation in sorted({(case.people, case.cycle, case.formulation) for case in cases}):
        mine = [c for c in cases if (c.people, c.cycle, c.formulation) == (people, cycle, formulation)]
        lines.append(_size_row(people, cycle, formulation, mine))
    return "\n".join(lines)


def _size_row(people: int, cycle: int, formulation: str, mine: Sequence[Case]) -> str:
    memory = [case.memory_mib for case in mine if case.memory_mib is not None]
    broken = [case for case in mine if case.violations]
    seconds = [case.seconds for case in mine]
    cells = [
        str(people),
        str(cycle),
        formulation,
        str(len(mine)),
        *(_share(mine, (name,)) for name in TIERS),
        *(_worst_gap(mine, names) for _, names in GROUPS),
        f"{statistics.median(case.seconds - case.quality_seconds for case in mine):.2f}",
        f"{statistics.median(seconds):.2f}",
        f"{max(seconds):.2f}",
        f"{max(memory):.0f}" if memory else "",
        str(len(broken)) if mine[0].violations is not None else "",
    ]
    return f"| {' | '.join(cells)} |"


def _worst_gap(cases: Sequence[Case], names: Sequence[str]) -> str:
    """Largest part of a value that is not proven to be needed, and the largest distance to a bound, by tier."""
    tiers = [case.tier(name) for case in cases for name in names]
    if any(tier is None or tier.gap is None for tier in tiers):
        return "no plan"
    gap = max(tier.gap or 0.0 for tier in tiers if tier is not None)
    furthest = max(tier.open_part or 0.0 for tier in tiers if tier is not None)
    return f"{gap:.0%} ({furthest:g})" if furthest else "0%"


def _share(cases: Sequence[Case], tiers: Iterable[str]) -> str:
    names = tuple(tiers)
    return f"{sum(case.proven(names) for case in cases)} of {len(cases)}"


def tier_table(cases: Sequence[Case]) -> str:
    """Markdown: what each tier came to on every service, value and bound where they differ."""
    lines = [
        f"| people | seed | cycle | formulation | {' | '.join(TIERS)} | s |",
        "|---|---|---|---|" + "---|" * (len(TIERS) + 1),
    ]
    for case in cases:
        cells = [str(case.people), str(case.seed), str(case.cycle), case.formulation]
        cells += [_tier_cell(case.tier(name)) for name in TIERS]
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
    usual = {(c.people, c.seed): c.seconds for c in cases if c.cycle == USUAL_CYCLE and c.formulation == COUNTS}
    lines = ["| people | cycle | services | median ratio | highest ratio |", "|---|---|---|---|---|"]
    for people, cycle in sorted({(case.people, case.cycle) for case in cases if case.cycle != USUAL_CYCLE}):
        ratios = [
            case.seconds / usual[people, case.seed]
            for case in cases
            if (case.people, case.cycle) == (people, cycle)
            and (people, case.seed) in usual
            and case.formulation == COUNTS
        ]
        if ratios:
            lines.append(
                f"| {people} | {cycle} | {len(ratios)} | {statistics.median(ratios):.2f} | {max(ratios):.2f} |"
            )
    return "\n".join(lines) if len(lines) > 2 else ""


def ratio_table(cases: Sequence[Case]) -> str:
    """Markdown: a baseline's time over the planner's on the same service; a stopped baseline counts its limit."""
    counts = {(c.people, c.seed, c.cycle): c for c in cases if c.formulation == COUNTS}
    lines = [
        "| people | cycle | baseline | services | baseline all proven | median ratio of times | lowest | highest |",
        "|---|---|---|---|---|---|---|---|",
    ]
    baselines = [case for case in cases if case.formulation != COUNTS]
    for people, cycle, formulation in sorted({(c.people, c.cycle, c.formulation) for c in baselines}):
        mine = [c for c in baselines if (c.people, c.cycle, c.formulation) == (people, cycle, formulation)]
        ratios = [case.seconds / counts[people, case.seed, cycle].seconds for case in mine]
        lines.append(
            f"| {people} | {cycle} | {formulation} | {len(mine)} | {_share(mine, TIERS)}"
            f" | {statistics.median(ratios):.1f} | {min(ratios):.1f} | {max(ratios):.1f} |"
        )
    return "\n".join(lines) if baselines else ""


def disagreements(cases: Sequence[Case]) -> list[str]:
    """Services whose proven optima differ between the planner and a baseline: a wrong answer of one of them."""
    counts = {(c.people, c.seed, c.cycle): c for c in cases if c.formulation == COUNTS}
    found = []
    for case in cases:
        other = counts.get((case.people, case.seed, case.cycle))
        if case.formulation == COUNTS or other is None:
            continue
        for tier in case.tiers:
            same = other.tier(tier.name)
            if same is None or not (tier.proven and same.proven):
                break
            if tier.value != same.value:
                found.append(
                    f"{case.people} people, seed {case.seed}, cycle {case.cycle}: {tier.name} is"
                    f" {same.value:g} ({COUNTS}) and {tier.value:g} ({case.formulation})"
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
    parser.add_argument("--highs", action="store_true", help="solve the counts model by HiGHS alone too")
    parser.add_argument("--tiers", action="store_true", help="print the tiers of every service")
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    options = parser.parse_args(arguments)
    measures = [measure_planner]
    measures += [measure_naive] if options.naive else []
    measures += [measure_highs] if options.highs else []
    cases = []
    for people in options.people:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for cycle in options.cycles:
                for measure in measures:
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
