"""Rows that cannot be right: found by rules that hold for any count, judged against the same counts around them.

What is impossible is set aside; what is only unusual is said and kept. A change of level (growth, a merger, a
closure) has no return to the old level and is never accused.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capacity.importing.grid import Floats, Grid
from capacity.importing.mapping import Mapping

Names = tuple[str, ...]

GLUED_DIGITS = 10_000
GLUED_TIMES = 20.0
"""How far above the rest a count with a year behind it lies, at least."""
FITS = 4.0
"""A count without its year is believed within this factor of the rest."""
FEWEST_TYPICAL = 3
CHANCE = 1e-3
"""Copies that chance would make in the whole source, at most."""


@dataclass(frozen=True)
class Isolation:
    """When a count is out of line with the periods before and after it."""

    factor: float
    """Least ratio to what the periods around hold."""
    spreads: float
    """Least distance in robust standard deviations of those periods, on the log scale."""
    floor: float
    """Least standard deviation assumed of them."""
    typical: float
    """Smallest count (usual or found) that is judged: below it, zero and five times as much are ordinary."""
    longest: int = 2
    """Longest run of periods that is judged: a longer one is a closure or another way of counting."""


IMPOSSIBLE = Isolation(factor=5.0, spreads=10.0, floor=0.15, typical=200.0)
UNUSUAL = Isolation(factor=2.5, spreads=8.0, floor=0.1, typical=150.0)
WINDOW = 5
FEWEST_AROUND = 3
SAME_LEVEL = 2.0
"""Levels before and after agree within this factor, or the level has changed and nobody is accused."""
CALM = 3.0
"""None of the periods around may itself be this far from its side's median, or half as far as the count judged."""


@dataclass(frozen=True)
class Mark:
    """One count, or some that are read together, at one place of the grid."""

    rule: str
    names: Names
    t: int
    k: int
    message: str
    found: str
    allowed: str = ""
    set_aside: bool = True


def find_faults(mapping: Mapping, grid: Grid, keys: NDArray[np.bool_]) -> list[Mark]:
    """Find faulty counts among the keys used and blank them in the grid; return what was found, in order of rules."""
    measures = list(dict.fromkeys(names for _, spec in mapping.specs() for names in spec.counts().values()))
    pairs = list(
        dict.fromkeys(
            (counts["seen"], counts["dna"]) for _, spec in mapping.specs() if "dna" in (counts := spec.counts())
        )
    )
    marks: list[Mark] = []
    rules: tuple[Callable[[], Iterable[Mark]], ...] = (
        lambda: negative_counts(grid),
        lambda: glued_years(grid, pairs),
        lambda: dna_above_seen(grid, pairs),
        lambda: out_of_line(grid, measures, IMPOSSIBLE),
        lambda: copied_returns(grid, mapping.count_columns()),
    )
    for rule in rules:  # each sees the grid without what the ones before it found
        here = [mark for mark in rule() if keys[mark.k]]
        for mark in here:
            for name in mark.names:
                grid.counts[name][mark.t, mark.k] = np.nan
        marks += here
    unusual = (mark for mark in out_of_line(grid, measures, UNUSUAL, said_only=True) if keys[mark.k])
    return marks + list(unusual)


def negative_counts(grid: Grid) -> Iterator[Mark]:
    """Counts below zero."""
    for name, values in grid.counts.items():
        for t, k in np.argwhere(values < 0):
            found = shown(values[t, k])
            yield Mark("negative_count", (name,), t, k, f"{name} is {found}", found, "0 or more")


def glued_years(grid: Grid, pairs: Iterable[tuple[Names, Names]]) -> list[Mark]:
    """Counts with a year written behind them: 65192013 for 6519.

    The last four digits are a year about those of the source, the count is twenty times what the same count is in
    other periods, or more than the attendances it belongs to, and what stands before the year fits either of them.
    A bare year (nothing before it) is accused only where it is more than the attendances and the rest is small.
    """
    first, last = grid.periods[0].year - 1, grid.periods[-1].year + 1
    if grid.kind is None:
        return []
    limits = {name: grid.total(seen) for seen, dna in pairs for name in dna}
    marks = []
    for name, values in grid.counts.items():
        tail = np.mod(values, GLUED_DIGITS)
        suspects = (values >= first) & (tail >= first) & (tail <= last) & (values == np.floor(values))
        for t, k in np.argwhere(suspects):
            others = values[:, k][np.isfinite(values[:, k]) & ~suspects[:, k]]
            typical = float(np.median(others)) if len(others) >= FEWEST_TYPICAL else None
            limit = float(limits[name][t, k]) if name in limits else float("nan")
            if _is_glued(float(values[t, k]), typical, limit):
                marks.append(_glued(grid, name, int(t), int(k), typical))
    return marks


def _is_glued(value: float, typical: float | None, limit: float) -> bool:
    """``typical``: median of the rest, None where too few are known; ``limit``: attendances, NaN where not paired."""
    count = value // GLUED_DIGITS
    above = value > limit
    far = typical is not None and value > GLUED_TIMES * max(typical, 1.0)
    if count == 0:
        return above and (typical is None or far)
    if typical is not None and not far:
        return False
    fits = typical is not None and typical / FITS <= count <= FITS * max(typical, 1.0)
    return fits or (above and count <= limit)


def _glued(grid: Grid, name: str, t: int, k: int, typical: float | None) -> Mark:
    value = grid.counts[name][t, k]
    count, year = divmod(int(value), GLUED_DIGITS)
    rest = f"; other periods hold about {shown(typical)}" if typical is not None else ""
    if count == 0:
        return Mark("year_glued", (name,), t, k, f"{name} is the year {year}, not a count{rest}", str(int(value)))
    message = f"{name} {int(value)} is {count} with the year {year} behind it{rest}"
    return Mark("year_glued", (name,), t, k, message, str(int(value)), f"about {count}")


def dna_above_seen(grid: Grid, pairs: Iterable[tuple[Names, Names]]) -> list[Mark]:
    """More DNAs than attendances: a DNA rate above a half is taken for a fault of the row. Neither count is used."""
    marks = []
    for seen, dna in pairs:
        attended, missed = grid.total(seen), grid.total(dna)
        for t, k in np.argwhere(missed > attended):
            found, most = shown(missed[t, k]), shown(attended[t, k])
            message = f"{named(dna)} {found}, {named(seen)} {most}"
            names = tuple(dict.fromkeys((*dna, *seen)))
            marks.append(Mark("dna_above_seen", names, int(t), int(k), message, found, f"up to {most}"))
    return marks


def copied_returns(grid: Grid, names: Names) -> list[Mark]:
    """Periods in which every count is that of an earlier one of the same key.

    Counts spread at least as Poisson counts do, so that two equal a given count v by chance about once in
    3.5 sqrt(v). A copy is one whose counts together are too unlikely for chance to make 0.001 of them in the source.
    """
    if len(names) < 2 or grid.kind is None:
        return []
    stack = np.stack([grid.counts[name] for name in names])
    known: NDArray[np.bool_] = np.asarray(np.isfinite(stack).all(axis=0))
    bits = np.where(stack > 0, np.log10(3.5 * np.sqrt(np.maximum(stack, 1.0))), 0.0).sum(axis=0)
    per_key = known.sum(axis=0)
    pairs = float((per_key * (per_key - 1) / 2).sum())
    least = np.log10(max(pairs, 1.0) / CHANCE)
    marks = []
    for k in range(grid.size[1]):
        first: dict[tuple[float, ...], int] = {}
        for t in np.flatnonzero(known[:, k] & (bits[:, k] >= least)):
            counts = tuple(stack[:, t, k])
            if counts in first:
                marks.append(_copied(grid, names, int(t), k, first[counts]))
            first.setdefault(counts, int(t))
    return marks


def _copied(grid: Grid, names: Names, t: int, k: int, earlier: int) -> Mark:
    row = grid.row(names[0], earlier, k)
    message = f"all {len(names)} counts are those of row {row} ({grid.period_name(earlier)})"
    return Mark("copied_return", names, t, k, message, "a copy", "a count of its own")


def out_of_line(grid: Grid, measures: Iterable[Names], limits: Isolation, said_only: bool = False) -> Iterator[Mark]:
    """Counts far from what the periods before and after hold, which agree with each other."""
    rule = "unusual_count" if said_only else "out_of_line"
    for names in measures:
        values = grid.total(names)
        flagged, typical = isolated(values, limits)
        for t, k in np.argwhere(flagged):
            usual = shown(float(typical[t, k]))
            found = shown(values[t, k])
            message = f"{named(names)} {found} (about {usual} before and after)"
            yield Mark(rule, names, int(t), int(k), message, found, f"about {usual}", not said_only)


def isolated(values: Floats, limits: Isolation) -> tuple[NDArray[np.bool_], Floats]:
    """Find runs of one or two periods that leave the level of the periods before and after.

    Parameters
    ----------
    values
        Counts (T, K); NaN where not known.
    limits
        How far is too far.

    Returns
    -------
    flagged, typical
        Where a count is out of line, and what it would have been: the geometric mean of the medians of up to five
        periods before and after. A count is judged only where the periods next to it are known (a zero may stand
        beside a gap), three or more are known on each side, both sides have the same level, and each side is calm.
    """
    left = values.astype(float).copy()
    flagged = np.zeros(values.shape, dtype=bool)
    typical = np.full(values.shape, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a side without any known period has no median
        for length in range(1, limits.longest + 1):
            usual, hit = _runs(left, length, limits)
            for step in range(length):
                here = _moved(hit.astype(float), step) == 1
                typical[here] = _moved(usual, step)[here]
                flagged |= here
            left[flagged] = np.nan
    return flagged, typical


def _runs(values: Floats, length: int, limits: Isolation) -> tuple[Floats, NDArray[np.bool_]]:
    """Usual count at each place, and whether a run of ``length`` that begins there is out of line."""
    before = np.stack([_moved(values, step) for step in range(1, WINDOW + 1)])
    after = np.stack([_moved(values, -step) for step in range(length, length + WINDOW)])
    run = np.stack([_moved(values, -step) for step in range(length)])
    level_before, level_after = np.nanmedian(before, axis=0), np.nanmedian(after, axis=0)
    low, high = np.minimum(level_before, level_after), np.maximum(level_before, level_after)
    usual = np.sqrt(low * high)
    away = np.concatenate([_log_ratio(before, level_before), _log_ratio(after, level_after)])
    spread = np.maximum(1.4826 * np.nanmedian(away, axis=0), limits.floor)
    jump = np.log(np.maximum(run, 0.5) / usual)
    size = np.abs(jump).min(axis=0)
    hit = (
        (np.isfinite(before[0]) & np.isfinite(after[0]) | (run == 0).all(axis=0))
        & (np.isfinite(before).sum(axis=0) >= FEWEST_AROUND)
        & (np.isfinite(after).sum(axis=0) >= FEWEST_AROUND)
        & (low > 0)
        & (high <= SAME_LEVEL * low)
        & ((jump > 0).all(axis=0) | (jump < 0).all(axis=0))
        & (size >= np.maximum(np.log(limits.factor), limits.spreads * spread))
        & (np.nanmax(away, axis=0) <= np.minimum(np.log(CALM), size / 2))
        & (np.maximum(usual, run.min(axis=0)) >= limits.typical)
    )
    return usual, hit


def _log_ratio(values: Floats, level: Floats) -> Floats:
    return np.asarray(np.abs(np.log(np.maximum(values, 0.5) / level)))


def _moved(values: Floats, steps: int) -> Floats:
    """Values ``steps`` periods later (earlier where negative); NaN where there are none."""
    moved = np.full_like(values, np.nan)
    if steps > 0:
        moved[steps:] = values[:-steps]
    elif steps < 0:
        moved[:steps] = values[-steps:]
    else:
        moved[:] = values
    return moved


def shown(value: float | None) -> str:
    """A count in words: ``6,519``."""
    if value is None:
        return "not known"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 10 else f"{value:,.1f}"


def named(names: Names) -> str:
    """Columns that are added: ``gp_referrals + other_referrals``."""
    return " + ".join(names)
