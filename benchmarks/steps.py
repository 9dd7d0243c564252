"""How often a rebase is proposed where nothing happened, and how many real steps are found.

Simulated series (stable, drifting, seasonal, trending, one wrong count, a step) and the Scottish boards.
Run: python -m benchmarks.steps [--series 200] [--csv FILE]
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.coverage import KINDS, PUBLISHED, read_boards
from capacity.demand.rebase import Proposal, propose_rebase

Weeks = NDArray[np.floating]
LENGTHS = (52, 104, 156)
COLLAPSE = dt.date(2020, 3, 16)
RESTART = (dt.date(2020, 5, 1), dt.date(2021, 12, 31))


def counts(rng: np.random.Generator, mean: Weeks, phi: float) -> Weeks:
    """Negative binomial counts (Poisson for φ = 1) with a mean a week."""
    if phi <= 1:
        return rng.poisson(mean).astype(float)
    return rng.negative_binomial(mean / (phi - 1), 1 / phi).astype(float)


def drifting(rng: np.random.Generator, weeks: int, correlation: float) -> Weeks:
    """Poisson counts about a level that drifts with a standard deviation of 15 %."""
    level = np.zeros(weeks + 50)
    for week in range(1, level.size):
        level[week] = correlation * level[week - 1] + (1 - correlation**2) ** 0.5 * rng.normal()
    return counts(rng, 100 * np.maximum(1 + 0.15 * level[50:], 0.01), 1)


def seasonal(rng: np.random.Generator, weeks: int, size: float) -> Weeks:
    """A yearly wave about 100 that starts anywhere, φ 2."""
    return counts(rng, 100 * (1 + size * np.cos(2 * np.pi * (np.arange(weeks) + rng.integers(52)) / 52.18)), 2)


def wrong_count(rng: np.random.Generator, weeks: int) -> Weeks:
    """Stable but for one week of a thousand."""
    values = counts(rng, np.full(weeks, 60.0), 1.5)
    values[rng.integers(weeks)] = 1000
    return values


def stepped(rng: np.random.Generator, weeks: int, change: float) -> Weeks:
    """A step after 60 % of the weeks, mean 60 before, φ 1.5."""
    return counts(rng, np.where(np.arange(weeks) < 0.6 * weeks, 60.0, 60 * (1 + change)), 1.5)


Make = Callable[[np.random.Generator, int], Weeks]
NOTHING: dict[str, Make] = {
    "stable, mean 5, φ 1": lambda rng, n: counts(rng, np.full(n, 5.0), 1),
    "stable, mean 20, φ 2": lambda rng, n: counts(rng, np.full(n, 20.0), 2),
    "stable, mean 100, φ 5": lambda rng, n: counts(rng, np.full(n, 100.0), 5),
    "drift, r 0.3": lambda rng, n: drifting(rng, n, 0.3),
    "drift, r 0.6": lambda rng, n: drifting(rng, n, 0.6),
    "drift, r 0.8": lambda rng, n: drifting(rng, n, 0.8),
    "season ±10 %": lambda rng, n: seasonal(rng, n, 0.1),
    "season ±20 %": lambda rng, n: seasonal(rng, n, 0.2),
    "season ±30 %": lambda rng, n: seasonal(rng, n, 0.3),
    "trend 10 % a year": lambda rng, n: counts(rng, 60 * (1 + 0.1 * np.arange(n) / 52), 1.5),
    "trend 40 % a year": lambda rng, n: counts(rng, 60 * (1 + 0.4 * np.arange(n) / 52), 1.5),
    "one wrong count": wrong_count,
}
SOMETHING: dict[str, Make] = {
    "step +15 %": lambda rng, n: stepped(rng, n, 0.15),
    "step +25 %": lambda rng, n: stepped(rng, n, 0.25),
    "step +40 %": lambda rng, n: stepped(rng, n, 0.40),
    "step -30 %": lambda rng, n: stepped(rng, n, -0.30),
}


def simulated(series: int) -> list[str]:
    """Share of series with a proposal, by kind and number of weeks."""
    lines = ["| series | " + " | ".join(f"{n} weeks" for n in LENGTHS) + " |", "|" + "---|" * (1 + len(LENGTHS))]
    for name, make in {**NOTHING, **SOMETHING}.items():
        shares = []
        for weeks in LENGTHS:
            rng = np.random.default_rng(1)
            shares.append(np.mean([propose_rebase(make(rng, weeks)) is not None for _ in range(series)]))
        lines.append(f"| {name} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
    return lines


def changes(values: Weeks, ends: NDArray[np.datetime64], found: Proposal) -> list[tuple[dt.date, float]]:
    """Monday and change of the mean of every step."""
    means = [float(part.mean()) for part in np.split(values, found.steps)]
    days = [(ends[at] - 6).item() for at in found.steps]
    return [(day, after / before - 1) for day, (before, after) in zip(days, pairwise(means), strict=True)]


def published(path: Path) -> list[str]:
    """Steps of every board, and how many have the collapse of March 2020 and a step up after it."""
    lines = []
    boards = read_boards(path)
    for kind in KINDS:
        fell = back = 0
        of_kind = {board: weeks for (name, board), weeks in boards.items() if name == kind and weeks[1].size >= 104}
        for board, (ends, values) in of_kind.items():
            found = propose_rebase(values, ends - 6)
            steps = changes(values, ends, found) if found is not None else []
            fell += any(change < 0 and abs(day - COLLAPSE).days <= 14 for day, change in steps)
            back += any(change > 0 and RESTART[0] <= day <= RESTART[1] for day, change in steps)
            lines.append(f"- {kind} {board}: " + (", ".join(f"{day} {c:+.0%}" for day, c in steps) or "none"))
        lines.append(f"- **{kind}: collapse at {fell} and restart at {back} of {len(of_kind)} boards**")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=200, help="simulated series of each kind and length")
    parser.add_argument("--csv", type=Path, default=PUBLISHED, help="the published weekly admissions")
    given = parser.parse_args(arguments)
    started = time.perf_counter()
    print("\n".join(["Share of simulated series with a proposed rebase\n", *simulated(given.series), ""]))
    if given.csv.is_file():
        print("\n".join(["Steps of the Scottish boards, January 2020 to April 2023\n", *published(given.csv), ""]))
    else:
        print(f"{given.csv} is not there: the Scottish boards are left out")
    print(f"{time.perf_counter() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
