"""Time and memory of the demand analysis of a large service; target: 500 streams x 156 weeks under 20 s and 1 GiB.

    python -m benchmarks.demand [--streams 500] [--weeks 156] [--baseline 25]

The service is seeded: negative-binomial counts with a season, some with a step or a trend, five streams an activity, a
third of them rapid, follow-ups of every other one, a waiting list for every third. "analyse" is what a plan needs,
"in depth" everything but the simulated fan of a trajectory and the curve of a figure. Both are one process, one thread;
seconds are those of its processor, so that other work on the machine does not count, with those of the clock beside.

The baseline is what an analyst would write for three parts of the depth, on ``--baseline`` of the same series: scipy's
hdquantiles in a bootstrap loop, a back-test that refits every window by itself, and a Markov chain for the queue. It is
held against the same parts of ours, on the same series in the same run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom
from scipy.stats.mstats import hdquantiles

from capacity.demand.analyse import analyse
from capacity.demand.backtest import HISTORIES, HORIZON, back_test
from capacity.demand.counts import Referrals
from capacity.demand.estimators import RESAMPLES, centile_estimates, negative_binomial
from capacity.demand.queue import periodic_queue
from capacity.demand.stationary import forget
from capacity.service.model import Activity, DemandRow, Service, Stream
from capacity.units import WEEKS_PER_YEAR

FIRST = dt.date(2023, 7, 3)
STREAMS_AN_ACTIVITY = 5
SECONDS, MEMORY_MIB = 20.0, 1024.0
Weeks = NDArray[np.floating]


def weekly_counts(rng: np.random.Generator, weeks: int) -> NDArray[np.integer]:
    """Counts of one series: mean 2 to 200, dispersion 1 to 8, a season; in four a step, a trend and two neither."""
    week = np.arange(weeks)
    mean = np.exp(rng.uniform(np.log(2), np.log(200))) * (1 + 0.1 * np.cos(2 * np.pi * week / WEEKS_PER_YEAR))
    kind = rng.integers(4)
    if kind == 0:
        mean = mean * np.where(week < rng.integers(weeks // 4, max(weeks // 4 + 1, 3 * weeks // 4)), 1.0, 1.3)
    elif kind == 1:
        mean = mean * (1 + 0.1 * week / WEEKS_PER_YEAR)
    phi = rng.uniform(1.05, 8)
    return np.asarray(rng.negative_binomial(mean / (phi - 1), 1 / phi))


def large_service(streams: int, weeks: int, seed: int) -> Service:
    """The same service for the same seed."""
    rng = np.random.default_rng(seed)
    activities = -(-streams // STREAMS_AN_ACTIVITY)
    rows, columns = [], []
    for number in range(streams):
        row: dict[str, object] = {
            "stream": f"s{number}", "name": f"Stream {number}", "activity": f"a{number // STREAMS_AN_ACTIVITY}",
            "kind": "rapid" if number % 3 == 0 else "routine", "contact_minutes": int(rng.integers(2, 9)) * 5,
            "dna_rate": 0.08, "dna_rebooked": 0.7,
        }  # fmt: skip
        if number % 3 == 1:
            row |= {"target_weeks": 18, "waiting_now": int(rng.integers(50, 800))}
        columns.append(Stream.model_validate(row))
        for week, count in enumerate(weekly_counts(rng, weeks).tolist()):
            rows.append(DemandRow(start=FIRST + dt.timedelta(weeks=week), series=f"s{number}", referrals=count))
    return Service(
        id="large", name="Large", year_starts=dt.date(2027, 4, 1), cycle_weeks=4, policy="england-consultant-2003",
        activities=tuple(
            Activity(activity=f"a{number}", name=f"Activity {number}", category="DCC", contact_minutes=240)
            for number in range(activities)
        ),
        streams=tuple(columns), demand=tuple(rows), people=(), skills=(),
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Print the table; exit code 1 where a target is missed or the baseline disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--weeks", type=int, default=156)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--baseline", type=int, default=25, help="series the baseline is run on; 0 leaves it out")
    options = parser.parse_args(arguments)
    service = large_service(options.streams, options.weeks, options.seed)
    clock, started = time.perf_counter(), time.process_time()
    demand = analyse(service)
    sized = time.process_time()
    published = demand.to_json()
    whole, clock = time.process_time() - started, time.perf_counter() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| streams | weeks | analyse s | in depth s | both s | by the clock s | ms a stream | peak memory MiB |")
    print("|---|---|---|---|---|---|---|---|")
    cells = [sized - started, whole - (sized - started), whole, clock, 1000 * whole / options.streams]
    shown = " | ".join(f"{cell:.1f}" for cell in cells)
    print(f"| {len(published['streams'])} | {options.weeks} | {shown} | {peak:.0f} |")
    agrees = _against_baseline(options.baseline, options.weeks, options.seed) if options.baseline else True
    return 0 if agrees and whole < SECONDS and peak < MEMORY_MIB else 1


# ---- the baseline: the same figures, written plainly


def naive_interval(values: Weeks, share: float, seed: int) -> tuple[float, float]:
    """Bootstrap interval of the Harrell-Davis centile with scipy, resample by resample."""
    rng = np.random.default_rng(seed)
    found = [float(hdquantiles(values[rng.integers(0, values.size, values.size)], share)[0]) for _ in range(RESAMPLES)]
    return float(np.quantile(found, 0.05)), float(np.quantile(found, 0.95))


def naive_back_test(values: Weeks, share: float) -> dict[tuple[str, int], float]:
    """Every estimator refitted at every origin, week by week."""
    rules: dict[str, Callable[[Weeks], float]] = {
        "excel": lambda past: float(np.quantile(past, share)),
        "harrell_davis": lambda past: float(hdquantiles(past, share)[0]),
        "negative_binomial": lambda past: negative_binomial(past, share)[0],
    }
    longest, found = max(HISTORIES), {}
    for name, rule in rules.items():
        for history in HISTORIES:
            held = []
            for origin in range(longest, values.size - HORIZON + 1):
                level = rule(values[origin - history : origin])
                held.append(np.mean(values[origin : origin + HORIZON] <= level + 1e-9))
            found[name, history] = float(np.mean(held))
    return found


def naive_queue(mean: float, phi: float, slots: int) -> float:
    """Mean queue by stepping a Markov chain until it settles."""
    size = int(20 * (mean + 10 * np.sqrt(mean * phi)))
    came = nbinom.pmf(np.arange(size), mean / (phi - 1), 1 / phi)
    queue, before = np.zeros(size), -1.0
    queue[0] = 1.0
    while True:
        joined = np.convolve(queue, came)
        queue = joined[slots : slots + size].copy()
        queue[0] += joined[:slots].sum()
        now = float(queue @ np.arange(size))
        if abs(now - before) < 1e-9 * max(1.0, now):
            return now
        before = now


def _against_baseline(series: int, weeks: int, seed: int) -> bool:
    rng = np.random.default_rng(seed)
    values = [weekly_counts(rng, weeks).astype(float) for _ in range(series)]
    values = [one for one in values if one.var(ddof=1) > 1.05 * one.mean() and one.mean() < 60]
    shares = ((0.80,),)
    agrees = True
    print(
        f"\nThe same on {len(values)} series, in this run\n\n| part | ours ms | plain ms | ratio |\n|---|---|---|---|"
    )
    for name, ours, plain, same in (
        ("centiles with intervals", lambda one: centile_estimates(one, 0.80), lambda one: naive_interval(one, 0.80, 1),
         lambda a, b: abs(a["harrell_davis"].interval.upper - b[1]) < 0.15 * max(1.0, b[1])),
        ("back-test", lambda one: back_test(one, *shares), lambda one: naive_back_test(one, 0.80),
         lambda a, b: all(abs(row.achieved - b[row.estimator, row.history]) < 0.02 for row in a.rows)),
        ("queue at mean + 1 sd", _our_queue, _plain_queue, lambda a, b: abs(a - b) < 1e-5 * max(1.0, b)),
    ):  # fmt: skip
        of_ours, seconds = _timed(ours, values)
        of_plain, plain_seconds = _timed(plain, values)
        alike = all(same(a, b) for a, b in zip(of_ours, of_plain, strict=True))
        agrees &= alike
        ratio = f"{plain_seconds / seconds:.0f} x" + ("" if alike else " DISAGREES")
        print(f"| {name} | {1000 * seconds / len(values):.1f} | {1000 * plain_seconds / len(values):.1f} | {ratio} |")
    return agrees


def _spread(values: Weeks) -> tuple[float, float, int]:
    mean = float(values.mean())
    phi = float(values.var(ddof=1)) / mean
    return mean, phi, int(np.ceil(mean + np.sqrt(phi * mean)))


def _our_queue(values: Weeks) -> float:
    mean, phi, slots = _spread(values)
    forget()
    return periodic_queue(Referrals(mean, phi), slots).mean_queue or 0.0


def _plain_queue(values: Weeks) -> float:
    return naive_queue(*_spread(values))


Found = TypeVar("Found")


def _timed(work: Callable[[Weeks], Found], values: list[Weeks]) -> tuple[list[Found], float]:
    started = time.process_time()
    found = [work(one) for one in values]
    return found, time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
