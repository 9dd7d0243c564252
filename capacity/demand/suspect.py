"""Counts that look wrong: pure functions of the numbers, which know no files.

Each takes the counts of one series in order of time and returns the positions it suspects. They are made to leave
good rows alone: what they say must be next to impossible by chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

Counts = NDArray[np.floating[Any]]

FEWEST = 6
"""Fewer counts than this show no pattern to compare with."""
GLUED_RATIO = 20
"""A year glued on multiplies a count at least tenfold; 20 times the median of the rest is asked for."""
GLUED_YEARS = 10
"""A glued year is looked for this many years around the row's own."""
YEARS_NEAR = 3
GLUED_CHANCE = 1e-4
TOTAL_RATIO = 2.5
FEWEST_SUMMED = 3
LEAST_TOTAL = 30
"""Small counts equal the sum of those before them by chance."""
TOTAL_OF_LARGEST = 2
MANY_TOTALS = 3
OUTLIER_RATIO = 5
OUTLIER_EXCESS = 30
COUNTS_PER_OUTLIER = 50
RUN_CHANCE = 1e-3
"""Runs of counts are called repeated when fewer than one in 1,000 such series would hold one by chance."""
FEWEST_REPEATED = 3


def glued_years(values: Sequence[float] | Counts, years: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Counts with a year glued on: position -> (the count without it, the year).

    A count is suspected when its digits end or begin with a year near that of its row and either it is more than 20
    times the median of the counts that have no year in them and the rest is like these, or so many counts of the
    series end with a year near theirs that chance is out of the question (binomial tail below 1 in 10,000).

    Parameters
    ----------
    values
        Counts in order of time.
    years
        Year of each.
    """
    parts = {
        place: split
        for place, (value, year) in enumerate(zip(values, years, strict=True))
        if (split := _split_year(float(value), year)) is not None
    }
    clean = np.array([float(value) for place, value in enumerate(values) if place not in parts])
    found = {place: split for place, split in parts.items() if _stands_out(float(values[place]), split[0], clean)}
    ends = {
        place: split
        for place, (value, year) in enumerate(zip(values, years, strict=True))
        if (split := _ends_with_year(float(value), year)) is not None
    }
    long = sum(1 for value in values if value >= 10_000)
    chance = (2 * YEARS_NEAR + 1) / 10_000
    if len(ends) >= 2 and binom.sf(len(ends) - 1, long, chance) < GLUED_CHANCE:
        found |= {place: split for place, split in ends.items() if place not in found}
    return dict(sorted(found.items()))


def _split_year(value: float, year: int) -> tuple[int, int] | None:
    """Return the count and the year where the digits of ``value`` begin or end with a year near ``year``."""
    if not value.is_integer() or value < 10_000:
        return None
    digits = str(int(value))
    for rest, end in ((digits[:-4], digits[-4:]), (digits[4:], digits[:4])):
        if abs(int(end) - year) <= GLUED_YEARS and rest:
            return int(rest), int(end)
    return None


def _ends_with_year(value: float, year: int) -> tuple[int, int] | None:
    if not value.is_integer() or value < 10_000 or abs(int(value) % 10_000 - year) > YEARS_NEAR:
        return None
    return int(value) // 10_000, int(value) % 10_000


def _stands_out(value: float, rest: int, clean: Counts) -> bool:
    if len(clean) < FEWEST - 1:
        return False
    median = float(np.median(clean))
    return value > GLUED_RATIO * max(median, 1) and clean.min() / 3 <= rest <= max(clean.max() * 3, 10)


def hidden_totals(values: Sequence[float] | Counts) -> dict[int, tuple[int, int]]:
    """Totals among the counts: position -> first and last position of the counts it is the sum of.

    A count is a candidate when it is at least 2.5 times the median and exactly the sum of three or more counts that
    stand straight before or straight after it, other totals left out. It is suspected when it is also twice the
    largest count that is no candidate, or when the series has three candidates or more.
    """
    array = np.asarray(values, dtype=float)
    if array.size < FEWEST:
        return {}
    level = max(TOTAL_RATIO * float(np.median(array)), LEAST_TOTAL)
    found: dict[int, tuple[int, int]] = {}
    for place in map(int, np.flatnonzero(array >= level)):
        ordinary = [each for each in range(array.size) if each not in found and each != place]
        before = [each for each in reversed(ordinary) if each < place]
        summed = _summed(array, place, before) or _summed(array, place, [each for each in ordinary if each > place])
        if summed:
            found[place] = (min(summed), max(summed))
    if len(found) >= MANY_TOTALS:
        return found
    rest = np.delete(array, list(found)).max(initial=0)
    return {place: span for place, span in found.items() if array[place] >= TOTAL_OF_LARGEST * rest}


def _summed(array: Counts, place: int, side: list[int]) -> list[int] | None:
    """Return the nearest positions on one side of a count that add up to it."""
    sums = np.cumsum(array[side]) if side else np.zeros(0)
    exact = np.flatnonzero(np.isclose(sums, array[place], rtol=0, atol=1e-6))
    exact = exact[exact >= FEWEST_SUMMED - 1]
    return side[: int(exact[0]) + 1] if exact.size else None


def outliers(values: Sequence[float] | Counts) -> tuple[int, ...]:
    """Positions of single counts far above all others: over five times the 90th centile, and by more than 30.

    More than one such count, and one for every 50, is a change of level and none is returned.
    """
    array = np.asarray(values, dtype=float)
    if array.size < FEWEST:
        return ()
    high = float(np.quantile(array, 0.9, method="lower"))
    far = np.flatnonzero((array > OUTLIER_RATIO * high) & (array > high + OUTLIER_EXCESS))
    return tuple(map(int, far)) if high > 0 and far.size <= 1 + array.size // COUNTS_PER_OUTLIER else ()


def repeated_runs(values: Sequence[float] | Counts) -> tuple[tuple[int, int, int], ...]:
    """Runs of counts that stand in the series twice: (first position, second position, length).

    A run is suspected when a series of this length and spread would hold one as long less than once in 1,000: with n
    counts of which two are equal with probability p, about n²/2 · p^k pairs of runs of length k are equal by chance.
    """
    array = np.asarray(values, dtype=float)
    least = _least_run(array)
    if least is None:
        return ()
    windows = np.lib.stride_tricks.sliding_window_view(array, least)
    if len(np.unique(windows, axis=0)) == len(windows):
        return ()
    found: list[tuple[int, int, int]] = []
    for lag in range(least, array.size - least + 1):
        equal = np.concatenate([[False], array[lag:] == array[:-lag], [False]])
        edges = np.flatnonzero(equal[1:] != equal[:-1])
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start >= least and np.ptp(array[start:end]) > 0:
                found.append((int(start), int(start) + lag, int(end - start)))
    return tuple(sorted(found))


def _least_run(array: Counts) -> int | None:
    """Length from which a repeated run is no chance; None where no run can be."""
    size = array.size
    if size < 2 * FEWEST_REPEATED or np.ptp(array) == 0:
        return None
    _, times = np.unique(array, return_counts=True)
    observed = float((times * (times - 1)).sum()) / (size * (size - 1))
    equal = max(observed, min(0.5, 1 / (2 * math.sqrt(math.pi) * float(array.std()))))
    if equal >= 1:
        return None
    least = max(FEWEST_REPEATED, math.ceil(math.log(2 * RUN_CHANCE / size**2) / math.log(equal)))
    return least if 2 * least <= size else None
