"""Rows that every plan in whole numbers keeps and fractions of sessions do not: facets of contracts and requirements.

A contract holds whole sessions, each of which takes its minutes (2,100 of one activity, 1,875 of another). A
requirement is covered by whole sessions, each of which delivers its person's part (0.805 or 0.65), and by whole
sessions short. Solvers that begin with fractions fill a contract to the minute and make up exactly what is asked for,
which whole sessions hardly ever do. Sessions that count the same are alike to a row, so its whole solutions are points
in a few dimensions: those to which nothing can be added, or from which nothing can be left out, are listed. Where the
fractions of the moment lie outside their convex hull, the facet that they break most is found by a small linear program
over the points, a few at a time, and added (E. A. Boyd, Fenchel Cutting Planes for Integer Programs, Operations
Research 1994).
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.optimise.prover import LinearModel, quiet_solver

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_POINTS = 60_000
"""Whole solutions looked at for one row; where there are more, sessions that count nearly the same are gathered."""
LARGEST_FACTOR = 400
"""Facets have coefficients in small whole numbers; those that have not are rounded to this size."""
ROUNDS = 40
"""Rounds of solving with fractions and cutting them off."""
LEAST_CUT = 1e-4
"""By which part of its right-hand side fractions must break a facet."""
EXACT = 1e-9


@dataclass(frozen=True)
class Cut:
    """One row: the sum of ``factors`` x ``columns`` is at least ``least`` and at most ``most``."""

    columns: list[int]
    factors: list[int]
    least: float
    most: float


class Knapsack:
    """One row of a model, at least or at most so much of positive weights, and its whole solutions.

    ``columns`` are those of the row, ``least`` what each is at least, and ``kind_of`` its kind: columns of a kind weigh
    the same. ``points`` are whole counts of the kinds beyond the least, of shape (points, kinds): all to which nothing
    can be added (``packs``), or from which nothing can be left out.
    """

    def __init__(self, columns: Ints, least: Ints, kind_of: Ints, points: Ints, packs: bool):
        self.columns, self.least, self.kind_of = columns, least, kind_of
        self.points, self.packs = points, packs
        self._exact = points.astype(float)
        self._facet: Any = None
        self._listed: list[int] = []

    def cut(self, x: Floats) -> Cut | None:
        """The facet that a solution in fractions breaks most; None where it breaks none, and lies in the hull."""
        here = np.bincount(self.kind_of, weights=x[self.columns] - self.least, minlength=self.points.shape[1])
        direction = self._broken(np.maximum(here, 0.0))
        if direction is None:
            return None
        for factors in _in_whole_numbers(direction):
            reached = self.points @ factors
            side = int(reached.max() if self.packs else reached.min())
            broken = (factors @ here - side) * (1 if self.packs else -1)
            if broken > LEAST_CUT * side:
                own = factors[self.kind_of]
                side += int(own @ self.least)
                least, most = (-math.inf, float(side)) if self.packs else (float(side), math.inf)
                return Cut(self.columns[own > 0].tolist(), own[own > 0].tolist(), least, most)
        return None

    def _broken(self, here: Floats) -> Floats | None:
        """Factors, with which every point reaches 1 and ``here`` does not (or with which no point passes 1)."""
        import highspy

        kinds = np.arange(self.points.shape[1], dtype=np.int32)
        if self._facet is None:
            self._facet = quiet_solver()
            self._facet.addVars(len(kinds), np.zeros(len(kinds)), np.full(len(kinds), math.inf))
            if self.packs:
                self._facet.changeObjectiveSense(highspy.ObjSense.kMaximize)
                self._list(np.unique(self._exact.argmax(axis=0)).tolist())
            else:
                self._list([int(self._exact.sum(axis=1).argmin())])
        self._facet.changeColsCost(len(kinds), kinds, here)
        for _ in range(len(self.points)):
            self._facet.run()
            if self._facet.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
            factors: Floats = np.asarray(self._facet.getSolution().col_value)
            reached = factors @ here
            if not (reached > 1 + LEAST_CUT if self.packs else reached < 1 - LEAST_CUT):
                return None
            of_points = self._exact @ factors
            worst = int(of_points.argmax() if self.packs else of_points.argmin())
            if abs(of_points[worst] - 1) < EXACT or worst in self._listed:
                facet: Floats = factors / of_points[worst]
                return facet
            self._list([worst])
        return None

    def _list(self, points: list[int]) -> None:
        """Have these points kept by every facet."""
        self._listed += points
        for at in points:
            kinds = np.flatnonzero(self.points[at]).astype(np.int32)
            least, most = (-math.inf, 1.0) if self.packs else (1.0, math.inf)
            self._facet.addRow(least, most, len(kinds), kinds, self._exact[at, kinds])


def whole_solutions(weights: Sequence[int], most: Sequence[int], limit: int, packs: bool) -> Ints | None:
    """Whole counts z, 0 <= z <= most, that weigh at most ``limit`` (``packs``) or at least so much, on the edge.

    Returns those to which nothing can be added, or from which nothing can be left out, of shape (points, kinds); None
    where more than ``MOST_POINTS`` would have to be looked at.
    """
    w, tops = np.array(weights, np.int64), np.array(most, np.int64)
    tops = np.minimum(tops, limit // w if packs else -(-limit // w))
    order = np.argsort(tops, kind="stable")
    w, tops = w[order], tops[order]
    points, left = np.zeros((1, 0), np.int64), np.array([limit], np.int64)
    for kind in range(len(w) - 1):
        if len(points) * (tops[kind] + 1) > 4 * MOST_POINTS:
            return None
        counts = np.tile(np.arange(tops[kind] + 1), len(points))
        rest = np.repeat(left, tops[kind] + 1) - w[kind] * counts
        # more than fits, or than is needed with one less, leads nowhere
        kept = rest >= 0 if packs else (rest > -w[kind]) | (counts == 0)
        points = np.column_stack([np.repeat(points, tops[kind] + 1, axis=0), counts])[kept]
        left = rest[kept]
        if len(points) > MOST_POINTS:
            return None
    last = np.clip(left // w[-1] if packs else -(-left // w[-1]), 0, tops[-1])
    points, left = np.column_stack([points, last]), left - w[-1] * last
    if packs:
        edge = ((left[:, None] < w) | (points == tops)).all(axis=1)
    else:
        edge = (left <= 0) & ((-left[:, None] < w) | (points == 0)).all(axis=1)
    found: Ints = points[edge][:, np.argsort(order)]
    return found


def _in_whole_numbers(direction: Floats) -> Iterator[Ints]:
    """A direction as small whole numbers, as facets between whole points have it; then roughly, if it has not."""
    least = direction[direction > EXACT].min()
    multiples = direction / least * np.arange(1, LARGEST_FACTOR)[:, None]
    exact = np.flatnonzero(np.abs(multiples - np.rint(multiples)).max(axis=1) < 1e-6 * multiples.max(axis=1))
    if len(exact):
        yield np.rint(multiples[exact[0]]).astype(np.int64)
    yield np.rint(direction / direction.max() * LARGEST_FACTOR).astype(np.int64)


def knapsacks_of(model: LinearModel) -> Iterator[Knapsack]:
    """Rows of a model that say at least, or at most, so much of columns that do not all count the same."""
    lower, upper = bounds_of(model)
    for columns, weights, low, high in model.rows():
        packs = math.isfinite(high)
        if packs == math.isfinite(low) or min(weights, default=0) <= 0 or len(set(weights)) < 2:
            continue
        free = [(each, weight) for each, weight in zip(columns, weights, strict=True) if upper[each] > lower[each]]
        taken = sum(weight * lower[each] for each, weight in zip(columns, weights, strict=True))
        limit = math.floor(high - taken) if packs else math.ceil(low - taken)
        if len({weight for _, weight in free}) < 2 or limit <= 0:
            continue
        most = [upper[each] - lower[each] for each, _ in free]
        found = _solved([weight for _, weight in free], most, limit, packs)
        if found is not None:
            own = np.array([each for each, _ in free], np.int64)
            yield Knapsack(own, np.array(lower, np.int64)[own], *found, packs)


def _solved(weights: list[int], most: list[int], limit: int, packs: bool) -> tuple[Ints, Ints] | None:
    """Kinds of the columns and whole solutions; None where there are none, or all columns are of one kind.

    Weights are gathered until few enough solutions are left, nearest first; a group counts as its lightest where it is
    packed, and as its heaviest where it covers, so that every solution still counts as one.
    """
    groups = [[each] for each in sorted(set(weights))]
    while len(groups) > 1:
        kind_of = [next(at for at, group in enumerate(groups) if each in group) for each in weights]
        tops = [sum(top for top, kind in zip(most, kind_of, strict=True) if kind == at) for at in range(len(groups))]
        points = whole_solutions([group[0 if packs else -1] for group in groups], tops, limit, packs)
        if points is not None:
            return (np.array(kind_of, np.int64), points) if len(points) else None
        at = min(range(len(groups) - 1), key=lambda i: groups[i + 1][-1] / groups[i][0])
        groups[at : at + 2] = [groups[at] + groups[at + 1]]
    return None


def pinned_bounds(model: LinearModel) -> tuple[list[int], list[int]]:
    """Least and most of each column, also by rows that hold it alone, as those of pins do."""
    lower, upper = list(model.lower), list(model.upper)
    for columns, factors, low, high in model.rows():
        if len(columns) == 1 and factors[0]:
            ends = sorted((low / factors[0], high / factors[0]))
            if math.isfinite(ends[0]):
                lower[columns[0]] = max(lower[columns[0]], math.ceil(ends[0] - EXACT))
            if math.isfinite(ends[1]):
                upper[columns[0]] = min(upper[columns[0]], math.floor(ends[1] + EXACT))
    return lower, upper


def bounds_of(model: LinearModel) -> tuple[list[int], list[int]]:
    """Least and most of each column, also by what a row leaves for it: others cannot hold a role that is filled."""
    lower, upper = pinned_bounds(model)
    for columns, factors, _, high in model.rows():
        if math.isfinite(high) and min(factors, default=0) > 0:
            left = high - sum(factor * lower[column] for column, factor in zip(columns, factors, strict=True))
            for column, factor in zip(columns, factors, strict=True):
                upper[column] = min(upper[column], lower[column] + max(0, math.floor(left / factor + EXACT)))
    return lower, upper


def cut_off_fractions(model: LinearModel, highs: Any, seconds: float) -> list[Cut]:
    """Add facets that cut off what fractions of sessions make of a model, and return them.

    Parameters
    ----------
    model
        The model.
    highs
        A solver that holds the model without its columns being whole; the rows are added to it.
    seconds
        Time for it all.
    """
    until = clock.monotonic() + seconds
    found: list[Cut] = []
    rows = list(knapsacks_of(model))
    for _ in range(ROUNDS if rows else 0):
        highs.setOptionValue("time_limit", max(0.0, until - clock.monotonic()))
        highs.run()
        x = np.asarray(highs.getSolution().col_value)
        if len(x) != len(model.lower) or clock.monotonic() > until:
            break
        broken = [cut for cut in (row.cut(x) for row in rows) if cut is not None]
        for cut in broken:
            columns, factors = np.array(cut.columns, np.int32), np.array(cut.factors, float)
            highs.addRow(cut.least, cut.most, len(columns), columns, factors)
        found += broken
        if not broken:
            break
    return found
