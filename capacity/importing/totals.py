"""Totals hidden among rows: a row that is the sum of the others must not be added to them."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from capacity.importing.grid import Floats, Grid, added_over, telling_apart
from capacity.importing.mapping import Spec
from capacity.importing.result import RowFinding

FEWEST_OTHERS = 2
FEWEST_EXACT = 3
FEWEST_NEAR = 8
NEAR = 0.1
QUIET = 0.3
"""Two independent counts A and B differ with variance A + B at least; a total differs from its parts by less."""

_NAMED_TOTAL = re.compile(
    r"(grand |sub-?)?totals?|all|all (types|ages|persons|providers|trusts|boards|regions|specialties|activity)|overall"
    r"|england|scotland|wales|northern ireland|united kingdom|uk",
    re.IGNORECASE,
)


def is_total(candidate: Floats, others: Floats) -> bool:
    """Whether counts are the sum of other rows.

    Parameters
    ----------
    candidate
        Counts by period (T); NaN where not known.
    others
        Counts of the other rows (T, rows).

    Returns
    -------
    bool
        True where the two are equal in every period (three or more), or where, over eight periods or more, they lie
        within a tenth of each other and their difference varies less than three tenths of what two independent
        counts of that size would: small rows that were left out of a publication do not hide its total.
    """
    known = np.isfinite(others)
    rest = np.where(known, others, 0.0).sum(axis=1)
    common = np.isfinite(candidate) & (known.sum(axis=1) >= FEWEST_OTHERS) & (rest > 0)
    if common.sum() < FEWEST_EXACT:
        return False
    one, other = candidate[common], rest[common]
    if np.abs(one - other).max() < 0.5:
        return True
    if len(one) < FEWEST_NEAR or abs(one.sum() / other.sum() - 1) > NEAR:
        return False
    return bool(np.var(one - other, ddof=1) < QUIET * np.mean(one + other))


def totals_among(values: Floats) -> list[int]:
    """Columns of ``values`` (T, rows) that are the sum of the others, outermost first."""
    left = list(range(values.shape[1]))
    found: list[int] = []
    while len(left) > FEWEST_OTHERS:
        sums = np.nansum(values[:, left], axis=0)
        candidate = left[int(np.argmax(sums))]
        rest = [place for place in left if place != candidate]
        if not is_total(values[:, candidate], values[:, rest]):
            return found
        found.append(candidate)
        left = rest
    return found


def set_totals_aside(
    grid: Grid, spec: Spec, chosen: NDArray[np.bool_], keep: bool, findings: list[RowFinding]
) -> NDArray[np.bool_]:
    """Return the keys of a section without those that are totals; each total found is a finding.

    A total is looked for in every column over which rows are added or told apart, on the first count of the section.
    """
    names = next(iter(spec.counts().values()))
    counts = grid.total(names)
    for column in dict.fromkeys((*added_over(spec), *telling_apart(spec))):
        labels = list(dict.fromkeys(grid.keys[column][chosen]))
        by_label = [chosen & (grid.keys[column] == label) for label in labels]
        sums = np.column_stack([_sum_known(counts[:, members]) for members in by_label])
        totals = [labels[place] for place in totals_among(sums)]
        for label in totals:
            findings.append(_finding(grid, spec, names, column, label, chosen, keep))
        for label in labels:
            if label not in totals and len(labels) > 1 and _NAMED_TOTAL.fullmatch(label):
                message = f"{column} {label} is named like a total and is not the sum of the other rows: it was kept"
                findings.append(RowFinding("possible_total", spec.id or label, message, column=column, found=label))
        if not keep:
            chosen = chosen & ~np.isin(grid.keys[column], totals)
    return chosen


def _sum_known(values: Floats) -> Floats:
    known = np.isfinite(values)
    return np.where(known.any(axis=1), np.where(known, values, 0.0).sum(axis=1), np.nan)


def _finding(
    grid: Grid, spec: Spec, names: tuple[str, ...], column: str, label: str, chosen: NDArray[np.bool_], keep: bool
) -> RowFinding:
    places = grid.places[names[0]][:, chosen & (grid.keys[column] == label)]
    rows = np.sort(grid.records.rows[places[places >= 0]])
    done = "kept, as totals in [source] asks" if keep else "set aside"
    message = f"{column} {label} is the sum of the other rows ({len(rows):,} rows, first row {rows[0]}): {done}"
    subject = spec.id or label
    return RowFinding("total_among_rows", subject, message, int(rows[0]), column, None, label, "", not keep, len(rows))
