"""Why there is no plan: a small set of rules and people that cannot hold together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from capacity.optimise.problem import Problem
from capacity.optimise.rules import RULES, Rule
from capacity.optimise.variables import create
from capacity.optimise.weekly import add_weekly

if TYPE_CHECKING:
    from collections.abc import Collection

Instance = tuple[Rule, str | None]
"""A rule for one person, or (None) for the whole team."""
SECONDS = 5.0


def why_impossible(problem: Problem, allow_extra: bool = False) -> str:
    """Say which rules contradict each other, and for whom.

    Rules are left out one by one, then person by person, for as long as the rest still has no solution: what remains
    is a set from which nothing can be left out. Each step is a model of its own without an objective. Where the rules
    hold together over the cycle, they are looked at week by week.
    """
    everyone: list[Instance] = []
    for rule in RULES:
        if rule.id != "coverage":
            everyone += [(rule, person) for person in problem.people] if rule.personal else [(rule, None)]
    by_week = not _impossible(problem, allow_extra, everyone, by_week=False)
    if by_week and not _impossible(problem, allow_extra, everyone, by_week):
        return "The solver found no plan, but a second look without objective does not confirm it: please report this."

    def impossible(kept: list[Instance]) -> bool:
        return _impossible(problem, allow_extra, kept, by_week)

    core = _deletion_filter(everyone, impossible, by=lambda item: item[0].id)
    core = _deletion_filter(core, impossible, by=lambda item: item)
    where = " in every week of the cycle" if by_week else ""
    return f"No plan exists. These cannot all hold together{where}: " + "; ".join(_sentences(problem, core)) + "."


def _deletion_filter(
    items: list[Instance], impossible: Callable[[list[Instance]], bool], by: Callable[[Instance], object]
) -> list[Instance]:
    kept = items
    for group in dict.fromkeys(by(item) for item in items):
        rest = [item for item in kept if by(item) != group]
        if impossible(rest):
            kept = rest
    return kept


def _impossible(problem: Problem, allow_extra: bool, instances: Iterable[Instance], by_week: bool) -> bool:
    v = create(problem, allow_extra)
    people: dict[str, set[str]] = {}
    for rule, person in instances:
        people.setdefault(rule.id, set()).update([person] if person is not None else problem.people)
    for rule in RULES:
        if rule.id in people:
            wanted: Collection[str] = [person for person in problem.people if person in people[rule.id]]
            rule.add(v, wanted)
    if by_week:
        add_weekly(
            v.model, problem, v.cells_of, lambda unit: v.n[unit], people, travel=lambda day: v.travel.get(day, 0)
        )
    solver = cp_model.CpSolver()
    solver.parameters.catch_sigint_signal = False  # else Ctrl-C kills the program from then on
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = SECONDS
    solver.parameters.presolve_inclusion_work_limit = 0
    return bool(solver.solve(v.model) == cp_model.INFEASIBLE)


def _sentences(problem: Problem, core: list[Instance]) -> list[str]:
    people: dict[str, list[str]] = {}
    for rule, person in core:
        people.setdefault(rule.id, []).extend([person] if person is not None else [])
    sentences = []
    for rule in RULES:
        if rule.id in people:
            about = f" ({', '.join(people[rule.id])})" if people[rule.id] else ""
            text = rule.sentence.rstrip(".")
            sentences.append(text[0].lower() + text[1:] + about)
    return sentences
