"""Questions for HiGHS about what lies near totals already found: so small that it mostly answers within a second.

The search that frees a few people at a time ends where none of its steps is better. HiGHS then looks at all people at
once, each a few sessions more or less (E. Danna, E. Rothberg and C. Le Pape, Exploring relaxation induced neighborhoods
to improve MIP solutions, Mathematical Programming 2005), and at what lies between the ends of several such searches
(E. Rothberg, An evolutionary algorithm for polishing mixed integer programming solutions, INFORMS Journal on Computing
2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from capacity.optimise.prover import LinearModel, value_of
from capacity.optimise.totals_search import TotalsSearch

NEAR, FARTHER = 2, 3
"""How far beyond the best totals each column may lie; the second where no step is better."""
BETWEEN = ((2, 1), (3, 1), (4, 0))
"""Of how many ends the totals between are looked at, and how far beyond."""


def box(model: LinearModel, around: Sequence[list[int]], reach: int) -> LinearModel:
    """Return a model whose columns lie between those of solutions known, or ``reach`` beyond; the best is its start.

    Its bound says nothing of what lies outside.
    """
    best = min(around, key=lambda solution: value_of(model, solution))
    columns = list(zip(*around, strict=True))
    lower = [max(low, min(known) - reach) for low, known in zip(model.lower, columns, strict=True)]
    upper = [min(high, max(known) + reach) for high, known in zip(model.upper, columns, strict=True)]
    return replace(model, lower=lower, upper=upper, start=dict(enumerate(best)))


class Boxes:
    """Which box to ask about next, as the search goes on."""

    def __init__(self, model: LinearModel, search: TotalsSearch):
        self._model, self._search = model, search
        self._value = float("inf")
        self._near: list[int] = []
        self._between: list[tuple[int, int]] = []
        self._asked: set[tuple[int, ...]] = set()

    def next(self) -> LinearModel | None:
        """Return the next box; None where the search has to go on first, or nothing is left to ask."""
        search = self._search
        if search.value != self._value:
            known = tuple(search.best) in self._asked
            self._value, self._near, self._between = search.value, [] if known else [NEAR, FARTHER], list(BETWEEN)
        if self._near and (self._near[0] == NEAR or search.stuck):
            self._asked.add(tuple(search.best))
            return box(self._model, [search.best], self._near.pop(0))
        while self._between and search.stuck:
            number, reach = self._between.pop(0)
            others = [end for end in search.ends if end != search.best]
            if len(others) >= number - 1:
                return box(self._model, [search.best, *others[: number - 1]], reach)
        return None

    def too_hard(self) -> None:
        """The latest box was left undecided: none that lies farther from the same totals."""
        self._near.clear()
