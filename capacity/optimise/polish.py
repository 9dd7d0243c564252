"""The search for quality: short, reproducible, and never at the cost of what earlier tiers hold.

Three questions, each short: fewer points; then fairness, that the person whose plan changes most changes little; and
last an order of all plans, so that ties fall the same way whatever the seed, the machine or the order of the rows.
"""

from __future__ import annotations

import math
import random
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from ortools.sat.python import cp_model

from capacity.optimise.improve import fix_others
from capacity.optimise.quality import expression, largest_change, points, points_by_person
from capacity.optimise.search import WORK_PER_SECOND, Budget, Settings, new_solver, read_solution
from capacity.optimise.tiers import Allocation, Expression, hint
from capacity.optimise.variables import Variables

LEAST_SECONDS = 0.2
SECONDS_A_CELL = 1 / 1000
MOST_SHARE = 0.05
"""Of the time limit."""
CLOCK_SLACK = 5
"""On the clock quality may take so many times its seconds, as long as they last: its work is what limits it, so that a
busy machine gives the same plan."""
WHOLE_SHARE = 0.3
"""Part of the work for the whole model at once, which settles small services."""
NEAR_SHARE = 0.7
"""Part of what is left then for freeing two people at a time."""
STEP_WORK = 0.1
WORK_A_VARIABLE = 8e-6
"""Work of a step that the solver does not count: reading the model."""
FAIR_GAP = 0.05
"""Gap within which fairness is settled: bounds on the most of any person are weak, and the last session costs long."""
FEW_CELLS = 400
"""Services of at most so many cells are given the one plan that comes first in the order of all plans. For larger ones
it takes too long to prove; their plan is the same for the same input, in whatever order its rows stand."""
ORDER_RANGE = 100_003


@dataclass(frozen=True)
class Polished:
    """The plan, its points from counts alone, and the bound no plan that keeps the holds can beat."""

    allocation: Allocation
    value: int
    bound: int


def seconds_for(v: Variables, limit: float) -> float:
    """Seconds quality may take of a time limit, on an idle machine."""
    return min(MOST_SHARE * limit, LEAST_SECONDS + len(v.problem.cells) * SECONDS_A_CELL)


def polish(
    v: Variables,
    start: Allocation,
    settings: Settings,
    seconds: float,
    accepts: Callable[[Allocation], bool],
) -> Polished:
    """Return a plan with the fewest points found that keeps what the model holds.

    Parameters
    ----------
    v
        The model with every hold in it.
    start
        A plan that keeps them.
    seconds
        How long; within it the work is counted, so that the same plan comes out every time.
    accepts
        Whether a plan may be used: that it keeps what is held, and that weeks can be given to it.
    """
    return _Polish(v, start, settings, seconds, accepts).run()


class _Polish:
    def __init__(
        self,
        v: Variables,
        start: Allocation,
        settings: Settings,
        seconds: float,
        accepts: Callable[[Allocation], bool],
    ):
        self.v, self.settings, self.accepts = v, settings, accepts
        self.budget = Budget(CLOCK_SLACK * seconds)
        self.budget.work = self.budget.granted = seconds * WORK_PER_SECOND
        self.stated = expression(v)
        self.best, self.value = start, points(v.problem, start)

    def run(self) -> Polished:
        aim, bound = self.stated.total, self.value
        if not isinstance(aim, int):
            bound = self._whole(aim)
            if bound < self.value:
                self._two_at_a_time(aim)
            self.v.model.add(aim <= self.value)
        self._fair()
        self._in_order()
        return Polished(self.best, self.value, min(self.value, bound))

    def _take(self, found: Allocation | None) -> bool:
        """Keep a plan that is no worse in points and may be used."""
        if found is None or points(self.v.problem, found) > self.value or not self.accepts(found):
            return False
        self.best, self.value = found, points(self.v.problem, found)
        return True

    def _ask(self, aim: Expression, work: float, gap: float = 0.0) -> tuple[Allocation | None, int]:
        """The best plan found for an aim, from the best plan known, and the bound."""
        self.v.model.minimize(aim)
        hint(self.v, self.best)
        self.stated.hint(self.best)
        solver = self._solver(work)
        solver.parameters.relative_gap_limit = gap
        code = solver.solve(self.v.model)
        self.budget.use(solver)
        if code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, _least(self.v)
        return read_solution(self.v, solver), math.ceil(solver.best_objective_bound - 1e-4)

    def _solver(self, work: float) -> cp_model.CpSolver:
        solver = new_solver(self.settings, self.budget.left(), linearization=2)
        solver.parameters.max_deterministic_time = max(0.01, work)
        return solver

    def _whole(self, aim: Expression) -> int:
        found, bound = self._ask(aim, WHOLE_SHARE * self.budget.work)
        self._take(found)
        return bound

    def _two_at_a_time(self, aim: Expression) -> None:
        """Free two people at a time, those whose job plans have most points first, and keep all others as they are."""
        part = self.budget.part(NEAR_SHARE)
        chance = random.Random(self.settings.seed)
        everyone = list(self.v.problem.people)
        tried: set[frozenset[str]] = set()
        self.v.model.minimize(aim)
        while len(everyone) > 1 and not part.spent() and not self.settings.stop.is_set():
            score = points_by_person(self.v.problem, self.best)
            first = max(everyone, key=lambda person: score[person] * chance.random())
            free = frozenset({first, chance.choice([person for person in everyone if person != first])})
            part.work -= WORK_A_VARIABLE * len(self.v.model.proto.variables)
            if free in tried:
                continue
            fix_others(self.v, self.best, free)
            solver = self._solver(STEP_WORK)
            solver.parameters.fix_variables_to_their_hinted_value = True
            solver.parameters.cp_model_probing_level = 0
            solver.parameters.symmetry_level = 0
            code = solver.solve(self.v.model)
            part.use(solver)
            tried.add(free)
            better = code in (cp_model.OPTIMAL, cp_model.FEASIBLE) and solver.objective_value < self.value
            if better and self._take(read_solution(self.v, solver)):
                tried = {pair for pair in tried if not pair & free}
        self.budget.take(part)

    def _fair(self) -> None:
        """Lower the change of whoever's plan changes most, within a gap."""
        most = largest_change(self.v.problem, self.best)
        aim = _most_changed(self.v)
        if aim is None or not most or self.budget.spent():
            return
        found, _ = self._ask(aim, 0.5 * self.budget.work, FAIR_GAP)
        if found is not None and largest_change(self.v.problem, found) < most:
            self._take(found)
        self.v.model.add(aim <= largest_change(self.v.problem, self.best))

    def _in_order(self) -> None:
        """Of the plans that are left, take the one that comes first."""
        if len(self.v.problem.cells) <= FEW_CELLS and not self.budget.spent():
            self._take(self._ask(_order(self.v), self.budget.work)[0])


def _least(v: Variables) -> int:
    """Least value of the objective, whatever the rules."""
    proto = v.model.proto
    objective = proto.objective
    total = 0.0
    for variable, factor in zip(objective.vars, objective.coeffs, strict=True):
        domain = list(proto.variables[variable].domain)
        total += factor * (domain[0] if factor > 0 else domain[-1])
    return math.floor(total + objective.offset)


def _most_changed(v: Variables) -> cp_model.IntVar | None:
    """Sessions lost and gained of the person whose plan changes most; None where there is no plan in force."""
    if not v.problem.current:
        return None
    by_person: dict[str, list[Expression]] = defaultdict(list)
    for cell in v.problem.cells:
        if v.problem.activities[cell[1]].category == "DCC":
            now, count = len(v.problem.current.get(cell, ())), v.of(cell)
            if not now:
                by_person[cell[0]].append(count)
                continue
            by_person[cell[0]].append(2 * v.lost_of(cell) + count - now)
    most = v.model.new_int_var(0, 4 * v.problem.cycle * len(v.problem.service.half_days()), "most changed")
    for terms in by_person.values():
        v.model.add(most >= sum(terms))
    return most


def _order(v: Variables) -> Expression:
    """A fixed number for each session, drawn from the ids: two plans hardly ever have the same sum."""
    terms: list[Expression] = [_number(*cell) * v.of(cell) for cell in v.problem.cells]
    terms += [_number("role", *key) * variable for key, variable in v.holds.items()]
    terms += [_number("extra", person) * variable for person, variable in v.extra.items()]
    terms += [ORDER_RANGE * variable for variable in v.travel.values()]
    return sum(terms)


def _number(*ids: str) -> int:
    return 1 + zlib.crc32("/".join(ids).encode()) % ORDER_RANGE
