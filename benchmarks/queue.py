"""Time of the exact queue a stream, by mean, dispersion and load; target: under 50 ms up to a mean of 200 a period.

    python -m benchmarks.queue [--repeats 20]

"at a capacity" is one queue (waits of 1 to 4 periods, mean queue and list). "service level" is the search for the least
capacity that sees 80 % in the period of referral, "18 periods" that which sees 92 % within 18. "curve" is the share on
time at 25 capacities. "stream" is what the analysis asks for one stream: a queue, a service level and a curve.
Medians and longest of the repeats, each with an empty cache; the mean differs a little from one to the next.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable

import numpy as np

from capacity.demand.counts import Referrals
from capacity.demand.leave import independent_leave
from capacity.demand.queue import on_time_curve, periodic_queue, service_level_capacity
from capacity.demand.stationary import forget

MEANS = (2.0, 10.0, 50.0, 200.0)
PHIS = (1.0, 5.0, 20.0, 100.0)
LOADS = (0.8, 0.95, 0.99, 0.9999)


def _curve(demand: Referrals) -> None:
    spread = math.sqrt(demand.variance)
    on_time_curve(demand, np.unique(np.ceil(np.linspace(demand.mean + 0.5, demand.mean + 3 * spread, 25))))


def _stream(demand: Referrals) -> None:
    periodic_queue(demand, demand.mean + math.sqrt(demand.variance))
    service_level_capacity(demand, 0.8)
    _curve(demand)


def _milliseconds(work: Callable[[Referrals], object], mean: float, phi: float, repeats: int) -> tuple[float, float]:
    """Median and longest."""
    times = []
    for number in range(repeats):
        forget()
        demand = Referrals(mean * (1 + number / 1000), phi)
        started = time.perf_counter()
        work(demand)
        times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times)), max(times)


def _row(label: str, cells: list[tuple[float, float]]) -> str:
    return f"| {label} | " + " | ".join(f"{median:.1f} ({longest:.1f})" for median, longest in cells) + " |"


def main() -> None:
    """Print two tables in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    repeats = parser.parse_args().repeats

    print("| mean, phi | service level | 18 periods | curve | stream |\n|---|---|---|---|---|")
    tasks: list[Callable[[Referrals], object]] = [
        lambda demand: service_level_capacity(demand, 0.8),
        lambda demand: service_level_capacity(demand, 0.92, 18),
        _curve,
        _stream,
    ]
    for mean in MEANS:
        for phi in PHIS:
            print(_row(f"{mean:g}, {phi:g}", [_milliseconds(task, mean, phi, repeats) for task in tasks]))

    print("\n| mean, phi, at a load of | " + " | ".join(f"{load:g}" for load in LOADS) + " | 5 people, 0.95 |")
    print("|---|" + "---|" * (len(LOADS) + 1))
    for mean in MEANS:
        for phi in PHIS:
            cells = [
                _milliseconds(lambda demand, load=load: periodic_queue(demand, demand.mean / load), mean, phi, repeats)
                for load in LOADS
            ]
            staff = independent_leave([0.8] * 5, [mean / 4 / 0.95] * 5)
            cells.append(_milliseconds(lambda demand, staff=staff: periodic_queue(demand, staff), mean, phi, repeats))
            print(_row(f"{mean:g}, {phi:g}", cells))


if __name__ == "__main__":
    main()
