"""The search for the best team: over the ways of joining rotas, best bound first, each team tested post by post.

A post that joins a rota changes the duty weeks of every member, and with them what each session is charged and
delivers. So there is one model (``master``) for each number of posts that join, and the bound of the whole is the
least bound of those not yet closed.
"""

from __future__ import annotations

import heapq
import math
import time as clock
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ortools.sat.python import cp_model

from capacity.demand.result import Demand
from capacity.optimise.establish.covering import Guide, Team, team_of
from capacity.optimise.establish.master import LARGEST_MOST, Master
from capacity.optimise.prove import Prover, holds, linear_model, value_of
from capacity.optimise.search import Budget, Settings, run
from capacity.service.model import Service
from capacity.supply.post_types import PostType

LEAST_SECONDS = 1.0
"""Less than this is spent starting a process."""
QUICK_SHARE = 0.3
"""Part of the time for a model in which CP-SAT has it, before HiGHS."""
FIRST_STEP = 0.12
"""Part of the time left that the first look at a model may take."""
ROOMY_SHARE = 0.15
"""Part of the time left for a first team that covers."""
TEST_SHARE = 0.15
"""Part of the time left that the test of one team may take."""

Way = tuple[int, ...]
"""Posts that join, for each set of rotas that some type joins."""


@dataclass(frozen=True)
class Wanted:
    """What team is asked for: who stays, the types that may be added, the requirement."""

    original: Service
    kept: Service
    demand: Demand
    types: tuple[PostType, ...]

    @property
    def classes(self) -> tuple[tuple[str, ...], ...]:
        """Sets of rotas that some type joins."""
        return tuple(dict.fromkeys(each.post.rotas for each in self.types if each.post.rotas))

    def joining(self, way: Way) -> dict[str, int]:
        """Rota -> posts that join it."""
        found = {rota.rota: 0 for rota in self.kept.rotas}
        for rotas, count in zip(self.classes, way, strict=True):
            for rota in rotas:
                found[rota] += count
        return found

    def way_of(self, counts: Mapping[str, int]) -> Way:
        """Posts of a team that join, for each set of rotas."""
        return tuple(
            sum(counts.get(each.id, 0) for each in self.types if each.post.rotas == rotas) for rotas in self.classes
        )

    def staffed(self, way: Way) -> bool:
        """Whether every rota has people enough for its weeks."""
        joining = self.joining(way)
        had = {rota.rota: bool(rota.members) for rota in self.original.rotas}
        return all(
            len(rota.members) + joining[rota.rota] >= (rota.people_at_once or 1)
            for rota in self.kept.rotas
            if had[rota.rota]
        )


@dataclass
class Memory:
    """What is known of teams, whatever is minimised: those tested, and those that cannot cover by way of joining."""

    tested: dict[tuple[tuple[str, int], ...], Team] = field(default_factory=dict)
    cannot: dict[Way, list[dict[str, int]]] = field(default_factory=dict)


@dataclass
class _Node:
    """One way of joining rotas: its model once it is built, and the least the objective can be in it."""

    way: Way
    bound: float
    master: Master | None = None
    closed: bool = False
    told: int = 0
    """How many teams that cannot cover the model has been told of."""
    share: float = FIRST_STEP
    """Part of the time left that the next look at the model may take; it grows."""
    spare: int = 1
    """Sessions a cycle that every post keeps free where just some team is looked for."""


class TeamSearch:
    """Minimise the sum of ``weights`` over the posts, where other such sums (``held``) are what they were proven to be.

    ``best`` is the best team found, ``value`` its objective (infinite where there is none), ``bound`` what no team
    can beat.
    """

    def __init__(
        self,
        question: Wanted,
        weights: Mapping[str, int],
        settings: Settings,
        memory: Memory,
        held: Sequence[tuple[Mapping[str, int], int]] = (),
        start: Team | None = None,
        name: str = "",
    ):
        self.question, self.weights, self.settings, self.memory = question, dict(weights), settings, memory
        self.held, self.name = list(held), name
        self.best = start
        self.value = math.inf if start is None else float(self._value(start.counts))
        self.undecided: list[float] = []
        """Objective of teams that were neither shown to cover nor shown not to."""
        self.limit = "none"
        self._began = clock.monotonic()
        first = (0,) * len(question.classes)
        self._waiting: list[tuple[float, Way]] = [(0.0, first)]
        self._seen = {first}
        self._open: list[_Node] = []

    def _value(self, counts: Mapping[str, int]) -> int:
        return sum(self.weights[name] * count for name, count in counts.items())

    @property
    def bound(self) -> float:
        """What no team can beat; infinite where there is no team."""
        known = [node.bound for node in self._open if not node.closed] + self.undecided
        if self._waiting:
            known.append(self._waiting[0][0])
        return min([self.value, *known])

    @property
    def settled(self) -> bool:
        """Whether the best team is proven to be so, or it is proven that there is none."""
        return self.bound >= self.value

    def search(self, budget: Budget) -> None:
        """Search until the question is settled or the time is over."""
        while not self.settled:
            if budget.spent() or self.settings.stop.is_set():
                self.limit = "stopped" if self.settings.stop.is_set() else "time"
                return
            node = self._next()
            if node is None:
                return
            self._step(node, budget)
            self._report()

    def _report(self) -> None:
        value = self.value if math.isfinite(self.value) else None
        bound = self.bound if math.isfinite(self.bound) else None
        self.settings.teller.tell(self.name, value, bound, clock.monotonic() - self._began)

    def _next(self) -> _Node | None:
        """The way of joining with the least bound; those waiting are opened when it is their turn."""
        self._open = [node for node in self._open if not node.closed]
        while self._waiting:
            bound, way = self._waiting[0]
            if any(node.bound <= bound for node in self._open) or bound >= self.value:
                break
            heapq.heappop(self._waiting)
            self._push_after(way)
            if self.question.staffed(way):
                self._open.append(_Node(way, bound))
        worth = [node for node in self._open if node.bound < self.value]
        return min(worth, key=lambda node: (node.bound, sum(node.way), node.way)) if worth else None

    def _push_after(self, way: Way) -> None:
        """Let the ways with one more post wait, with the least their posts cost as bound."""
        for position, rotas in enumerate(self.question.classes):
            after = (*way[:position], way[position] + 1, *way[position + 1 :])
            kinds = [each for each in self.question.types if each.post.rotas == rotas]
            too_many = after[position] > sum(each.post.most or LARGEST_MOST for each in kinds)
            too_dear = any(self._least(after, weights) > value for weights, value in self.held)
            if after in self._seen or too_many or too_dear:
                continue
            self._seen.add(after)
            heapq.heappush(self._waiting, (float(self._least(after, self.weights)), after))

    def _least(self, way: Way, weights: Mapping[str, int]) -> int:
        """The least that the posts of a way of joining can weigh."""
        return sum(
            count * min(weights[each.id] for each in self.question.types if each.post.rotas == rotas)
            for rotas, count in zip(self.question.classes, way, strict=True)
        )

    def _step(self, node: _Node, budget: Budget) -> None:
        """Ask the model of a node for its best team and test it."""
        master = node.master = node.master or self._master(node.way)
        known = self.memory.cannot.setdefault(node.way, [])
        for counts in known[node.told :]:
            master.exclude(counts)
        node.told = len(known)
        node.share = min(0.8, 1.5 * node.share)
        part = budget.part(node.share)
        found = minimise(master, master.total(self.weights), part, self.settings, self.value)
        budget.take(part)
        node.bound = max(node.bound, found.bound)
        if found.answer is None:
            node.closed = math.isinf(found.bound)
            if not node.closed and self.best is None:
                self._roomier(node, budget)
            return
        self._test(node, found.answer, budget)
        if self.best is None:
            self._roomier(node, budget)

    def _master(self, way: Way, spare: int = 0) -> Master:
        q = self.question
        master = Master(q.kept, q.original, q.demand, q.types, q.joining(way), spare=spare)
        for weights, value in self.held:
            master.v.model.add(master.total(weights) == value)
        return master

    def _roomier(self, node: _Node, budget: Budget) -> None:
        """Find some team that covers: one in which every post keeps some time free. It is a start, no bound.

        What every post keeps free doubles with each such team that does not cover.
        """
        master = self._master(node.way, spare=node.spare)
        for counts in self.memory.cannot[node.way]:
            master.exclude(counts)
        part = budget.part(ROOMY_SHARE)
        found = minimise(master, master.total(self.weights), part, self.settings, self.value)
        budget.take(part)
        if found.answer is not None:
            self._test(node, found.answer, budget)
        node.spare = node.spare * 2 if found.answer is not None else max(1, node.spare // 2)

    def _put_aside(self, node: _Node, counts: dict[str, int]) -> None:
        """Leave a team undecided and go on with others: the bound of the whole stays at or below its objective."""
        self.undecided.append(float(self._value(counts)))
        assert node.master is not None
        node.master.exclude(counts)

    def _test(self, node: _Node, answer: Answer, budget: Budget) -> None:
        counts = answer.counts
        key = tuple(sorted(counts.items()))
        team = self.memory.tested.get(key)
        if team is None:
            q = self.question
            team = self.memory.tested[key] = team_of(q.kept, q.original, q.demand, q.types, counts)
        if team.verdict == "unknown":
            part = budget.part(TEST_SHARE)
            team.test(part, self.settings, answer.guide)
            budget.take(part)
        value = self._value(counts)
        if team.verdict == "covers":
            if value < self.value:
                self.best, self.value = team, float(value)
            return
        if team.verdict == "unknown":
            self._put_aside(node, counts)
        else:
            self.memory.cannot[node.way].append(counts)


@dataclass(frozen=True)
class Answer:
    """A team a model proposes, and what people and types of posts do together in it."""

    counts: dict[str, int]
    guide: Guide


@dataclass(frozen=True)
class Least:
    """The least an objective can be in a model, and a team that has it; no team where none was found."""

    answer: Answer | None
    value: float
    bound: float


def minimise(master: Master, objective: object, budget: Budget, settings: Settings, below: float) -> Least:
    """Minimise an objective over the model, as far as it is less than ``below``: CP-SAT first, then all together.

    ``bound`` is infinite where the model holds no such team.
    """
    v = master.v
    if isinstance(objective, int):  # no type of post has any weight
        v.model.clear_objective()
    else:
        if math.isfinite(below):
            v.model.add(objective <= math.ceil(below) - 1)  # type: ignore[operator]
        v.model.minimize(objective)  # type: ignore[arg-type]
    part = budget.part(QUICK_SHARE)
    found = run(v, part, settings, 1, lambda value, bound: None)
    budget.take(part)
    if found.code == cp_model.INFEASIBLE:
        return Least(None, math.inf, math.inf)
    best, value = None, math.inf
    if found.code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        best, value = _answer(master, found.solver.value), found.solver.objective_value
    if found.code == cp_model.OPTIMAL:
        return Least(best, value, math.ceil(value - 1e-6))
    bound = math.ceil(found.bound - 1e-4) if math.isfinite(found.bound) else 0.0
    model = linear_model(v.model) if budget.left() > LEAST_SECONDS else None
    if model is None:
        return Least(best, value, min(bound, value))
    with Prover() as prover:
        prover.ask(model, budget.left())
        while not (prover.finished or settings.stop.is_set() or budget.left() <= 0.05):
            proof = prover.news(0.1)
            if proof is None:
                continue
            if math.isfinite(proof.bound):
                bound = max(bound, math.ceil(proof.bound - 1e-4))
            known = proof.solution
            if known is not None and holds(model, known) and value_of(model, known) < value:
                value, best = float(value_of(model, known)), _answer(master, partial(_at, known))
    return Least(best, value, min(bound, value))


def _at(solution: Sequence[int], variable: cp_model.IntVar) -> int:
    return solution[variable.index]


def _answer(master: Master, value: Callable[[cp_model.IntVar], int]) -> Answer:
    guide = {
        (cells[0][0], cells[0][1], *(cell[2] for cell in cells)): value(master.v.n[unit])
        for unit, cells in master.v.cells_of.items()
        if unit[0] != "team"
    }
    return Answer({name: sum(value(flag) for flag in flags) for name, flags in master.exists.items()}, guide)
