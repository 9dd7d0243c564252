"""Do independent answers agree? Random services planned, checked, and solved again by HiGHS in two ways.

    python -m benchmarks.agreement                       # 500 services on two processes
    python -m benchmarks.agreement --services 20 --processes 1

Each service is planned; the plan is checked; SciPy's HiGHS proves every tier of the same counts model again (what
``capacity plan --verify`` does); and of tiny services HiGHS also solves the independent week-by-week statement, which
shares no code with the planner. Exit code 1 where any two disagree or a plan fails its check.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from benchmarks.services import random_service
from capacity.check import check_plan
from capacity.demand.analyse import analyse
from capacity.demand.result import Demand
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.optimise.verify import verified
from capacity.outcome import Outcome, Verdict
from capacity.service.model import Service
from tests.optimise.oracle import optimum
from tests.optimise.tiny import tiny_service, varied_service

TINY, VARIED, TEAM = "tiny", "varied", "team"
KINDS = {
    TINY: "tiny: every feature, 3 to 5 people",
    VARIED: "tiny: 2 to 6 people, limits a week, pinned SPA",
    TEAM: "teams of 2 to 6 people, 4-week cycle",
}
SIZES = (2, 3, 4, 5, 6)
VERDICTS: tuple[Verdict, ...] = ("agreed", "not settled", "disagreed")
CLOSE = 1e-6


@dataclass(frozen=True)
class Agreement:
    """What came of one service."""

    kind: str
    seed: int
    service: str
    status: str
    proven: bool
    highs: Verdict
    weekly: Verdict | None
    """None where the week-by-week statement was not asked."""
    faults: tuple[str, ...]
    """Every disagreement and broken rule, in words."""
    seconds: float


def service_of(kind: str, seed: int) -> Service:
    """One random service: the same for the same kind and seed."""
    if kind == TINY:
        return tiny_service(1000 + seed)
    size = SIZES[seed % len(SIZES)]
    return varied_service(seed, size) if kind == VARIED else random_service(size, 1000 + seed)


def chosen(services: int) -> Iterator[tuple[str, int]]:
    """Two in five are tiny, two in five varied, one in five a small team."""
    turn = (TINY, VARIED, TINY, VARIED, TEAM)
    for number in range(services):
        yield turn[number % len(turn)], number // len(turn) * 2 + (number % len(turn) > 1)


def examine(kind: str, seed: int, limit: float) -> Agreement:
    """Plan one service and hold every answer against the others."""
    began = time.perf_counter()
    service = service_of(kind, seed)
    demand = analyse(service)
    settings = Settings(time_limit=limit)
    outcome = verified(service, demand, plan(service, demand, settings), settings)
    answers = [("", outcome)] if outcome.with_extra is None else [("", outcome), ("with extra: ", outcome.with_extra)]
    faults: list[str] = []
    sides: list[Verdict] = []
    weekly: list[Verdict] = []
    for number, (start, answer) in enumerate(answers):
        if answer.plan is not None:
            broken = check_plan(service, demand, answer.plan, answer, extra_allowed=number > 0)
            faults += [f"{start}fails the check: {violation}" for violation in broken]
        for said in answer.verified:
            sides.append(said.verdict)
            if said.verdict == "disagreed":
                faults.append(f"{start}HiGHS on {said.name}: {said.value} (bound {said.bound})")
        if kind != TEAM:
            verdict, why = week_by_week(service, demand, answer, number > 0, limit)
            weekly.append(verdict)
            faults += [f"{start}week by week: {why}"] if why else []
    return Agreement(
        kind, seed, service.id, outcome.status, outcome.status in ("optimal", "impossible"), worst(sides),
        worst(weekly) if weekly else None, tuple(faults), time.perf_counter() - began,
    )  # fmt: skip


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a service: the worst of its tiers; not settled where there is none."""
    return max(verdicts, key=VERDICTS.index, default="not settled")


def week_by_week(
    service: Service, demand: Demand, answer: Outcome, with_extra: bool, limit: float
) -> tuple[Verdict, str]:
    """Hold one answer against the optimum of the week-by-week statement; say why, where they disagree."""
    best = optimum(service, demand, with_extra, limit)
    if not best.possible:
        return ("agreed", "") if answer.status == "impossible" else ("disagreed", "there is no plan")
    if answer.status == "impossible":
        return ("disagreed", f"there is a plan: {best.values}") if best.values else ("not settled", "")
    for tier in answer.tiers:
        if tier.name == "quality":
            continue
        if tier.name not in best.values:
            return "not settled", ""
        value = best.values[tier.name]
        if not tier.bound - CLOSE <= value <= tier.value + CLOSE:
            return "disagreed", f"{tier.name} is {value:g}, not {tier.value:g} (bound {tier.bound:g})"
        if abs(value - tier.value) > CLOSE:
            return "not settled", ""  # an open tier, held at another value: what follows is another question
    return ("agreed", "") if answer.plan is not None else ("not settled", "")


def table(found: Sequence[Agreement]) -> str:
    """Markdown: how many services of each kind agree."""
    lines = [
        "| services | number | proven | no plan | HiGHS, counts: agreed | not settled | disagreed"
        " | HiGHS, week by week: agreed | not settled | disagreed | failed the check | median s | longest s |",
        "|---" * 13 + "|",
    ]
    for kind, words in KINDS.items():
        if mine := [each for each in found if each.kind == kind]:
            lines.append(_row(words, mine))
    return "\n".join([*lines, _row("all", found)])


def _row(words: str, mine: Sequence[Agreement]) -> str:
    counts, weeks = Counter(each.highs for each in mine), Counter(each.weekly for each in mine)
    seconds = sorted(each.seconds for each in mine)
    cells = [
        words,
        len(mine),
        sum(each.proven for each in mine),
        sum(each.status == "impossible" for each in mine),
        *(counts[verdict] for verdict in VERDICTS),
        *(weeks[verdict] for verdict in VERDICTS),
        sum(any("fails the check" in fault for fault in each.faults) for each in mine),
        f"{seconds[len(seconds) // 2]:.2f}",
        f"{seconds[-1]:.2f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine the services; exit code 1 on any disagreement or broken rule."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--services", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--time-limit", type=float, default=20.0, help="seconds of each solver for each service")
    options = parser.parse_args(arguments)
    cases = list(chosen(options.services))
    found = []
    with ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        kinds, seeds = zip(*cases, strict=True)
        for each in pool.map(examine, kinds, seeds, [options.time_limit] * len(cases)):
            found.append(each)
            open_ = "" if each.proven and each.highs == "agreed" and each.weekly != "not settled" else ": not settled"
            print(
                f"{len(found)} {each.service}: {each.status}, {each.seconds:.1f} s{open_}", file=sys.stderr, flush=True
            )
            for fault in each.faults:
                print(f"  {each.service}: {fault}", file=sys.stderr, flush=True)
    print(table(found))
    for each in found:
        for fault in each.faults:
            print(f"DISAGREEMENT: {each.kind} {each.seed} ({each.service}): {fault}")
    return 1 if any(each.faults for each in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
