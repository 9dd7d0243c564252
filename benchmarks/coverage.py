"""Nominal against achieved coverage on the weekly admissions of the 14 Scottish boards.

A level is set from the last 26 or 52 weeks by each estimator and held against the next 13 weeks, from every week on.
Run: python -m benchmarks.coverage [--csv FILE] (the file is that of Public Health Scotland).
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from capacity.demand.backtest import ESTIMATORS, HISTORIES, HORIZON, BackTest, back_test
from capacity.demand.dispersion import dispersion

PUBLISHED = Path(__file__).parents[2] / "shared" / "data" / "published" / "scotland_weekly_admissions_hb.csv"
SCOTLAND = "S92000003"
KINDS = ("Emergency", "Planned", "All")
POST_COVID = "2021-06-06"
"""First week-ending day of the part after the restart, from which the shipped example is taken too."""
SHARES = (0.80, 0.90)


def read_boards(path: Path) -> dict[tuple[str, str], tuple[NDArray[np.datetime64], NDArray[np.floating]]]:
    """Week-ending days and admissions of every board, by (kind, board), Scotland as a whole left out."""
    found: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["HB"] != SCOTLAND:
                found[row["AdmissionType"], row["HB"]].append((row["WeekEnding"], float(row["NumberAdmissions"])))
    weeks = {}
    for key, rows in found.items():
        ends, values = zip(*sorted(rows), strict=True)
        weeks[key] = (np.array(ends, dtype="datetime64[D]"), np.array(values))
    return weeks


def poisson_coverage(values: NDArray[np.floating], share: float, history: int) -> float:
    """Achieved coverage of a Poisson centile at the mean of the weeks, which no estimator of ours is."""
    longest = max(HISTORIES)
    held = []
    for origin in range(longest, values.size - HORIZON + 1):
        level = poisson.ppf(share, values[origin - history : origin].mean())
        held.append(np.mean(values[origin : origin + HORIZON] <= level))
    return float(np.mean(held))


def table(title: str, series: dict[tuple[str, str], NDArray[np.floating]]) -> list[str]:
    """One table: a line an estimator, share and length of history; a pair of columns a kind of admission."""
    tests = {key: back_test(values, SHARES) for key, values in series.items()}
    tests = {key: found for key, found in tests.items() if found.same_weeks}
    lines = [f"### {title}", "", "| history | nominal | estimator | " + " | ".join(_heads(tests)) + " |"]
    lines.append("|" + "---|" * (3 + len(KINDS)))
    for share in SHARES:
        for history in HISTORIES:
            for estimator in ESTIMATORS:
                cells = [_cell(_achieved(tests, kind, estimator, share, history)) for kind in KINDS]
                lines.append(f"| {history} | {share:.0%} | {estimator} | " + " | ".join(cells) + " |")
            cells = [
                _cell([poisson_coverage(series[key], share, history) for key in tests if key[0] == kind])
                for kind in KINDS
            ]
            lines.append(f"| {history} | {share:.0%} | Poisson, for comparison | " + " | ".join(cells) + " |")
    return [*lines, "", *_better(tests), ""]


def _heads(tests: dict[tuple[str, str], BackTest]) -> list[str]:
    heads = []
    for kind in KINDS:
        origins = [found.rows[0].origins for key, found in tests.items() if key[0] == kind]
        heads.append(f"{kind} ({len(origins)} boards, {max(origins)} origins)")
    return heads


def _achieved(
    tests: dict[tuple[str, str], BackTest], kind: str, estimator: str, share: float, history: int
) -> list[float]:
    rows = [row for key, found in tests.items() if key[0] == kind for row in found.rows]
    return [row.achieved for row in rows if (row.estimator, row.share, row.history) == (estimator, share, history)]


def _cell(achieved: list[float]) -> str:
    return f"{np.mean(achieved):.1%} ({min(achieved):.0%} to {max(achieved):.0%})"


def _better(tests: dict[tuple[str, str], BackTest]) -> list[str]:
    """How often 26 weeks come nearer the nominal than 52."""
    lines = []
    for kind in KINDS:
        chosen = [found.better_history("excel", 0.80) for key, found in tests.items() if key[0] == kind]
        lines.append(f"- {kind}: 26 weeks nearer 80 % than 52 at {chosen.count(26)} of {len(chosen)} boards (excel)")
    return lines


def design_figure(series: dict[tuple[str, str], NDArray[np.floating]]) -> list[str]:
    """The 65 to 81 % of the design: weeks ahead in blocks that do not overlap, each history on all weeks it allows."""
    lines = ["| history | " + " | ".join(f"{kind}, {name}" for kind in KINDS for name in ESTIMATORS) + " |"]
    lines.append("|" + "---|" * (1 + len(KINDS) * len(ESTIMATORS)))
    for history in HISTORIES:
        tests = {key: back_test(values, (0.80,), (history,), step=HORIZON) for key, values in series.items()}
        tests = {key: found for key, found in tests.items() if found.rows}
        cells = [_achieved(tests, kind, name, 0.80, history) for kind in KINDS for name in ESTIMATORS]
        lines.append(f"| {history} | " + " | ".join(f"{np.mean(cell):.1%}" for cell in cells) + " |")
    return lines


def spread(series: dict[tuple[str, str], NDArray[np.floating]]) -> list[str]:
    """Dispersion of the boards by kind."""
    lines = []
    for kind in KINDS:
        phis = [dispersion(values).phi for key, values in series.items() if key[0] == kind]
        known = sorted(phi for phi in phis if phi is not None)
        lines.append(f"- φ of {kind}: {known[0]:.1f} to {known[-1]:.1f}, median {float(np.median(known)):.1f}")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path, default=PUBLISHED, help="the published weekly admissions")
    path = parser.parse_args(arguments).csv
    if not path.is_file():
        print(f"{path} is not there: this benchmark needs the weekly admissions of Public Health Scotland")
        return 1
    boards = read_boards(path)
    started = time.perf_counter()
    whole = {key: values for key, (_, values) in boards.items()}
    later = {key: values[ends >= np.datetime64(POST_COVID)] for key, (ends, values) in boards.items()}
    print("Share of the next 13 weeks within the level: mean of the boards (lowest to highest)\n")
    for title, series in (
        (f"After the restart (weeks ending {POST_COVID} to April 2023)", later),
        ("Whole series (January 2020 to April 2023, covid included)", whole),
    ):
        print("\n".join([*table(title, series), *spread(series), ""]))
    print("### After the restart, nominal 80 %: blocks of 13 weeks, each history on all the weeks it allows\n")
    print("\n".join([*design_figure(later), ""]))
    print(f"{time.perf_counter() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
