"""Rows that every plan in whole numbers keeps and fractions of sessions do not: facets of what covers a requirement.

A requirement is covered by whole sessions, each of which delivers its person's part (0.805 for one, 0.65 for another),
and by whole sessions short. Solvers that begin with fractions make up exactly what is asked for, which whole sessions
hardly ever do. Sessions that deliver the same are alike to the requirement, so its whole solutions are points in two or
three dimensions, and the facets of their convex hull are found outright (C. B. Barber, D. P. Dobkin and H. Huhdanpaa,
The Quickhull Algorithm for Convex Hulls, ACM Transactions on Mathematical Software 1996). A facet is added where it
cuts off the fractions of the moment (cutting planes; E. A. Boyd, Fenchel Cutting Planes for Integer Programs,
Operations Research 1994).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.optimise.prover import LinearModel

Ints = npt.NDArray[np.int64]

MOST_KINDS = 3
"""Sessions of so many different yields are told apart; more are gathered, each counted as the best of its group."""
MOST_POINTS = 30_000
"""Combinations of sessions looked at for one requirement; where there are more, fewer kinds are told apart."""
FLAT = 1e-9
"""What counts as zero in the direction of a facet."""
LARGEST_FACTOR = 400
"""Facets have coefficients in small whole numbers; those that have not are rounded to this size."""
ROUNDS = 20
"""Rounds of solving with fractions and cutting them off."""
LEAST_CUT = 1e-5
"""By how much, in sessions, a fraction must break a facet."""


@dataclass(frozen=True)
class Facets:
    """``factors`` @ x[``columns``] >= ``least``, one row for each facet; every whole solution keeps all of them."""

    columns: Ints
    factors: Ints
    least: Ints


@dataclass(frozen=True)
class Cut:
    """One row: sum of ``factors`` x ``columns`` is at least ``least``."""

    columns: list[int]
    factors: list[int]
    least: int


def facets_of(yields: Sequence[int], most: Sequence[int], needed: int) -> tuple[Ints, Ints]:
    """Facets of the whole counts z, 0 <= z <= most, that deliver what is needed together, and of all that lies above.

    Parameters
    ----------
    yields
        What one of each kind delivers: at least two kinds, all positive.
    most
        Most of each kind.
    needed
        What they must deliver.

    Returns
    -------
    (factors, least)
        Facet i is ``factors[i]`` @ z >= ``least[i]``, of shapes (facets, kinds) and (facets,); none where no counts are
        enough. The right-hand side is the least over every whole solution, so none is ever cut off.
    """
    from scipy.spatial import ConvexHull

    kinds = len(yields)
    points = _least_covers(np.array(yields, np.int64), np.array(most, np.int64), needed)
    if not len(points):
        return np.zeros((0, kinds), np.int64), np.zeros(0, np.int64)
    beyond = points.max(axis=0) + 1
    corners = points[[at for at in ConvexHull(np.vstack([points, _around(beyond)])).vertices if at < len(points)]]
    # whatever lies above a solution is one: any of its counts may be raised as far as the hull is looked at
    raised = [np.where(which, beyond, corners) for which in product((False, True), repeat=kinds)]
    hull = ConvexHull(np.unique(np.vstack(raised), axis=0))
    inward = -hull.equations[:, :-1]
    inward = inward[(inward > -FLAT).all(axis=1)]
    factors = np.unique(_in_whole_numbers(np.maximum(inward, 0.0)), axis=0)
    least = (points @ factors.T).min(axis=0)
    return factors[least > 0], least[least > 0]


def _around(corner: Ints) -> Ints:
    """A corner and the points one step below it: they give a hull its volume, away from what matters."""
    return np.vstack([corner, corner - np.eye(len(corner), dtype=np.int64)])


def _least_covers(yields: Ints, most: Ints, needed: int) -> Ints:
    """Whole counts that cover what is needed, and no longer do with one less of any kind."""
    tops = np.minimum(most, -(-needed // yields))
    last = int(np.argmax(tops))
    others = [kind for kind in range(len(yields)) if kind != last]
    counts = np.stack(np.meshgrid(*(np.arange(tops[kind] + 1) for kind in others), indexing="ij"), axis=-1)
    counts = counts.reshape(-1, len(others))
    rest = np.maximum(0, -(-(needed - counts @ yields[others]) // yields[last]))
    points = np.empty((len(counts), len(yields)), np.int64)
    points[:, others], points[:, last] = counts, rest
    points = points[rest <= most[last]]
    spare = points @ yields - needed
    least: Ints = points[((spare[:, None] < yields) | (points == 0)).all(axis=1)]
    return least


def _in_whole_numbers(directions: npt.NDArray[np.float64]) -> Ints:
    """Directions as small whole numbers, as facets between whole points have them; rounded where they have not."""
    whole = np.empty(directions.shape, np.int64)
    for row, direction in enumerate(directions):
        multiples = direction / direction[direction > FLAT].min() * np.arange(1, LARGEST_FACTOR)[:, None]
        exact = np.flatnonzero(np.abs(multiples - np.rint(multiples)).max(axis=1) < 1e-6 * multiples.max(axis=1))
        whole[row] = np.rint(multiples[exact[0]] if len(exact) else direction / direction.max() * LARGEST_FACTOR)
    return whole


def _kinds(yields: Sequence[int], most: Sequence[int], needed: int) -> tuple[list[int], list[int], list[int]]:
    """Gather yields until few enough combinations are left, nearest first.

    Returns what one of each kind counts as, the most of each kind, and the kind of each yield.
    """
    groups = [[each] for each in sorted(set(yields))]
    while True:
        kind_of = [next(at for at, group in enumerate(groups) if each in group) for each in yields]
        tops = [sum(top for top, kind in zip(most, kind_of, strict=True) if kind == at) for at in range(len(groups))]
        best = [group[-1] for group in groups]
        enough = [min(top, -(-needed // each)) + 1 for top, each in zip(tops, best, strict=True)]
        if len(groups) == 1 or (len(groups) <= MOST_KINDS and math.prod(enough) // max(enough) <= MOST_POINTS):
            return best, tops, kind_of
        at = min(range(len(groups) - 1), key=lambda i: groups[i + 1][-1] - groups[i][-1])
        groups[at : at + 2] = [groups[at] + groups[at + 1]]


def covering_facets(model: LinearModel) -> Iterator[Facets]:
    """Facets of every row of a model that asks for at least so much of sessions of different yields."""
    rows = zip(model.columns, model.coefficients, model.row_lower, model.row_upper, strict=True)
    for columns, yields, low, high in rows:
        covers = math.isfinite(low) and math.isinf(high) and min(yields, default=0) > 0
        if not covers or len(set(yields)) < 2 or low <= max(yields) or any(model.lower[each] < 0 for each in columns):
            continue
        needed = math.ceil(low)
        kinds, tops, kind_of = _kinds(yields, [model.upper[each] for each in columns], needed)
        if len(kinds) > 1:
            factors, least = facets_of(kinds, tops, needed)
            if len(factors):
                yield Facets(np.array(columns, np.int64), factors[:, kind_of], least)


def cuts(model: LinearModel, highs: Any) -> list[Cut]:
    """Facets that cut off what fractions of sessions make of a model.

    Parameters
    ----------
    model
        The model.
    highs
        A solver that holds the model without its columns being whole; the rows are added to it.
    """
    found: list[Cut] = []
    facets = list(covering_facets(model))
    lengths = [np.linalg.norm(each.factors, axis=1) for each in facets]
    for _ in range(ROUNDS if facets else 0):
        highs.run()
        x = np.asarray(highs.getSolution().col_value)
        if len(x) != len(model.lower):
            break
        before = len(found)
        for each, length in zip(facets, lengths, strict=True):
            broken = (each.least - each.factors @ x[each.columns]) / length
            worst = int(np.argmax(broken))
            if broken[worst] > LEAST_CUT:
                factors, least = each.factors[worst], int(each.least[worst])
                found.append(Cut(each.columns.tolist(), factors.tolist(), least))
                highs.addRow(float(least), math.inf, len(factors), each.columns.astype(np.int32), factors.astype(float))
        if len(found) == before:
            break
    return found
