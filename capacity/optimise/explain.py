"""Why there is no plan: a smallest set of rules and people that cannot hold together, confirmed by a second solver."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from ortools.sat.python import cp_model

from capacity.optimise.contradiction_text import Touched, facts_of, reason_of
from capacity.optimise.problem import Problem
from capacity.optimise.prove import add_rows, holds, linear_model
from capacity.optimise.prover import LinearModel
from capacity.optimise.rules import RULES, Rule
from capacity.optimise.search import Settings, new_solver
from capacity.optimise.second_opinion import highs_says, with_rows
from capacity.optimise.tiers import Allocation
from capacity.optimise.variables import Unit, create
from capacity.optimise.weekly import RULES_OF_A_WEEK, add_rules_of_weeks, new_weeks

Instance = tuple[Rule, str | None]
"""A rule for one person, or (None) for the whole team."""
Confirmed = Literal["yes", "undecided", "no"]
SECONDS = 5.0
"""Deterministic time for one step of the filter."""
SECOND_SECONDS = 30.0
"""Clock time for the second solver."""
T = TypeVar("T")


@dataclass(frozen=True)
class BrokenRule:
    """One rule of a contradiction: its id and sentence, the people it is about, and its figures, a sentence each."""

    id: str
    sentence: str
    people: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Contradiction:
    """Rules and people that cannot all hold together.

    ``settled`` is whether two solvers agree that there is no plan; only then is it said that none exists. ``minimal``
    is whether a plan was found, and tested in whole numbers, with each rule and person left out in turn.
    """

    rules: tuple[BrokenRule, ...]
    by_week: bool
    """Counts over the cycle would fit; single weeks do not."""
    confirmed: Confirmed
    minimal: bool
    reason: str

    @property
    def settled(self) -> bool:
        """Whether two solvers agree."""
        return self.confirmed == "yes"


def why_impossible(problem: Problem, allow_extra: bool = False) -> str:
    """Say which rules contradict each other, for whom and with which figures."""
    return contradiction(problem, allow_extra).reason


def contradiction(problem: Problem, allow_extra: bool = False) -> Contradiction:
    """Find a smallest set of rules and people that cannot hold together.

    Rules are left out one by one, then person by person, for as long as the rest still has no solution; each step is a
    model of its own without an objective. Where the rules hold together over the cycle, they are looked at week by
    week. HiGHS then tests what is left, and a plan without each of its parts shows that none can be spared.
    """
    for by_week in (False, True):
        rows = RuleRows(problem, allow_extra, by_week)
        everything = rows.instances
        if rows.impossible(everything):
            return _smallest_core(problem, rows, by_week)
    # CP-SAT said in the search that there is no plan, and says without an objective that there is one
    return _told(problem, (), False, "no", minimal=False)


def _smallest_core(problem: Problem, rows: RuleRows, by_week: bool) -> Contradiction:
    by_rule: dict[str, list[Instance]] = defaultdict(list)
    for instance in rows.instances:
        by_rule[instance[0].id].append(instance)
    kept = smallest(list(by_rule), lambda ids: rows.impossible([each for rule in ids for each in by_rule[rule]]))
    core = smallest([each for rule in kept for each in by_rule[rule]], rows.impossible)
    verdict = highs_says(rows.model_of(core), SECOND_SECONDS)
    confirmed: Confirmed = "yes" if verdict == "impossible" else "no" if verdict == "possible" else "undecided"
    minimal = all(rows.possible([each for each in core if each is not left_out]) for left_out in core)
    touched = rows.touched(core)
    people: dict[str, list[str]] = {}
    about: dict[str, list[Touched]] = defaultdict(list)
    for instance in core:
        rule, person = instance
        people.setdefault(rule.id, []).extend([person] if person is not None else [])
        about[rule.id].append(touched[instance])
    found = tuple(
        BrokenRule(
            rule.id,
            rule.sentence,
            tuple(people[rule.id]),
            facts_of(problem, rule.id, people[rule.id], Touched.of(about[rule.id]), rows.allow_extra),
        )
        for rule in RULES
        if rule.id in people
    )
    return _told(problem, found, by_week, confirmed, minimal)


def _told(
    problem: Problem, found: tuple[BrokenRule, ...], by_week: bool, confirmed: Confirmed, minimal: bool
) -> Contradiction:
    said = [(rule.sentence, rule.people, rule.facts) for rule in found]
    return Contradiction(found, by_week, confirmed, minimal, reason_of(problem, said, by_week, confirmed, minimal))


def smallest(items: Sequence[T], impossible: Callable[[list[T]], bool]) -> list[T]:
    """Leave out items for as long as the rest is still impossible: many at a time first, then one by one.

    What remains is a set from which no single item can be left out.
    """
    kept = list(items)
    size = max(1, len(kept) // 2)
    while True:
        position = 0
        while position < len(kept):
            rest = kept[:position] + kept[position + size :]
            if impossible(rest):
                kept = rest
            else:
                position += size
        if size == 1:
            return kept
        size = max(1, min(size // 2, len(kept) // 2))


@dataclass
class RuleRows:
    """Every rule as rows of one linear model, so that any of them can be left out.

    What only names a sum or a yes-or-no that rules share belongs to no rule and is always there.
    """

    problem: Problem
    allow_extra: bool
    by_week: bool
    instances: list[Instance] = field(default_factory=list)
    _of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Position of an instance -> its rows."""
    _shared: list[int] = field(default_factory=list)
    _about: dict[int, Touched] = field(default_factory=dict)
    """Column -> what it is about."""

    def __post_init__(self) -> None:
        problem = self.problem
        full = create(problem, self.allow_extra)
        for rule in RULES:
            if rule.id != "coverage":
                rule.add(full, problem.people)
                self.instances += [(rule, person) for person in problem.people] if rule.personal else [(rule, None)]
        v = create(problem, self.allow_extra)
        for units in full.totals:
            v.total(units)
        for who, activity in full.does:
            v.does_at_all(who, activity)
        for cell in full.lost:
            v.lost_of(cell)
        x = new_weeks(v.model, problem, v.cells_of, lambda unit: v.n[unit]) if self.by_week else {}
        self._shared = list(range(len(v.model.proto.constraints)))
        for position, (rule, person) in enumerate(self.instances):
            first = len(v.model.proto.constraints)
            whose = list(problem.people) if person is None else [person]
            rule.add(v, whose)
            if self.by_week and rule.id in RULES_OF_A_WEEK:
                add_rules_of_weeks(v.model, problem, v.cells_of, x, {rule.id: whose}, lambda day: v.travel.get(day, 0))
            self._of[position] = list(range(first, len(v.model.proto.constraints)))
        self._note({v.n[unit].index: (unit, None) for unit in v.n}, v.cells_of)
        self._note({variable.index: key for key, variable in x.items()}, v.cells_of)
        for key, held in v.holds.items():
            self._about[held.index] = Touched(roles={key})
        for (who, activity), does in v.does.items():
            self._about[does.index] = Touched({cell for cell in problem.cells if cell[:2] == (who, activity)})
        model = linear_model(v.model)
        if model is None:
            raise ValueError("a rule is not a linear sum over a whole range, so it cannot be tested by two solvers")
        self.model = model
        self.v = v
        self._naming: dict[int, list[int]] = defaultdict(list)
        for row in self._shared:
            for column in model.columns[row]:
                self._naming[column].append(row)

    def _note(self, columns: dict[int, tuple[Unit, int | None]], cells_of: dict[Unit, list]) -> None:  # type: ignore[type-arg]
        for column, (unit, week) in columns.items():
            cells = cells_of.get(unit, [])  # a joint team's sessions have none of their own
            weeks = {(cell[2], week) for cell in cells} if week is not None else set()
            self._about[column] = Touched(cells=set(cells), weeks=weeks)

    def model_of(self, instances: list[Instance]) -> LinearModel:
        """The rows of these rules and people, and those of no rule."""
        return with_rows(self.model, self._rows_of(instances))

    def impossible(self, instances: list[Instance]) -> bool:
        """Whether CP-SAT shows that these cannot hold together."""
        return _solve(self.model_of(instances))[0] == cp_model.INFEASIBLE

    def possible(self, instances: list[Instance]) -> bool:
        """Whether there is a plan that keeps these, tested row by row in whole numbers."""
        model = self.model_of(instances)
        _, solution = _solve(model)
        return solution is not None and holds(model, solution)

    def broken(self, allocation: Allocation, about: Collection[str]) -> list[Instance]:
        """Rules of the team, and those of the people named, that this allocation does not keep."""
        problem = self.problem
        lower, upper = list(self.model.lower), list(self.model.upper)
        fixed = {variable: allocation.counts.get(self.v.cells_of[unit][0], 0) for unit, variable in self.v.n.items()}
        fixed |= {
            held: int(person in allocation.holders.get(role, ())) for (role, person), held in self.v.holds.items()
        }
        fixed |= {variable: allocation.extra.get(person, 0) for person, variable in self.v.extra.items()}
        for variable, value in fixed.items():
            if not lower[variable.index] <= value <= upper[variable.index]:
                raise ValueError(f"{variable} cannot be {value}")
            lower[variable.index] = upper[variable.index] = value
        model = replace(self.model, lower=lower, upper=upper)
        wanted = set(about) & set(problem.people)
        found = []
        for position, (rule, person) in enumerate(self.instances):
            if person is None or person in wanted:
                rows = self._of[position]
                if rows and _solve(with_rows(model, self._with_what_they_name(rows)))[0] == cp_model.INFEASIBLE:
                    found.append((rule, person))
        return found

    def _with_what_they_name(self, rows: list[int]) -> list[int]:
        """These rows, and the shared ones that say what their columns stand for."""
        needed = {row for each in rows for column in self.model.columns[each] for row in self._naming[column]}
        return sorted(needed) + rows

    def touched(self, core: list[Instance]) -> dict[Instance, Touched]:
        """What the rows of each part of a core that are needed for it are about."""
        rows = smallest(self._rows_of(core), lambda some: _solve(with_rows(self.model, some))[0] == cp_model.INFEASIBLE)
        needed = set(rows)
        found = {}
        for instance in core:
            columns = [
                column
                for row in self._of[self.instances.index(instance)]
                if row in needed
                for column in self.model.columns[row]
            ]
            found[instance] = Touched.of([self._about[column] for column in columns if column in self._about])
        return found

    def _rows_of(self, instances: list[Instance]) -> list[int]:
        wanted = set(instances)
        own = [row for position, each in enumerate(self.instances) if each in wanted for row in self._of[position]]
        return self._shared + own


def _solve(model: LinearModel) -> tuple[int, list[int] | None]:
    """Status, and a solution where there is one, of a linear model by CP-SAT."""
    built = cp_model.CpModel()
    used = sorted({column for columns in model.columns for column in columns})
    x = {column: built.new_int_var(model.lower[column], model.upper[column], "") for column in used}
    add_rows(built, model, x)
    solver = new_solver(Settings(), math.inf)
    solver.parameters.max_deterministic_time = SECONDS
    code = int(solver.solve(built))
    if code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return code, None
    values = {column: solver.value(variable) for column, variable in x.items()}
    return code, [values.get(column, low) for column, low in enumerate(model.lower)]
