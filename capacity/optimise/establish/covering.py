"""Whether one team covers the requirement, post by post and rule by rule, and with which timetables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from ortools.sat.python import cp_model

from capacity.demand.result import Demand
from capacity.optimise import level
from capacity.optimise.complete import complete
from capacity.optimise.establish.teams import Counts, posts_named, with_team
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.rotate import assign_rooms, rotate
from capacity.optimise.search import Budget, Settings, read_solution, run
from capacity.optimise.solve import build
from capacity.optimise.tiers import (
    EXPRESSIONS,
    SHORTFALL,
    Allocation,
    changes_of,
    delivered_in_parts,
    hint,
    measure,
)
from capacity.optimise.variables import Variables
from capacity.outcome import Outcome, Status, TierResult
from capacity.service.model import Service
from capacity.supply.gap import supply
from capacity.supply.post_types import PostType

GUIDED_SHARE = 0.3
"""Part of the time for a team in which timetables are looked for that add up to what a model without posts says."""

Guide = dict[tuple[str, ...], int]
"""(person who stays or type of post, activity, half-days) -> weeks of the cycle, of all posts of a type together."""
Verdict = Literal["covers", "cannot", "unknown"]


@dataclass
class Team:
    """One team under test: its service and problem, and what is known of it."""

    counts: dict[str, int]
    service: Service
    problem: Problem
    types: tuple[PostType, ...]
    verdict: Verdict = "unknown"
    allocation: Allocation | None = None
    weeks: dict[Cell, tuple[int, ...]] = field(default_factory=dict)
    weekly: frozenset[str] = frozenset()
    """Half-days whose weeks the model decides, because counts alone could not be given weeks."""
    change_bound: float = 0.0

    def test(self, budget: Budget, settings: Settings, guide: Guide | None = None) -> Verdict:
        """Look for timetables with which the team covers the requirement, or prove that there are none.

        ``guide`` is what people and types of posts do together in a model without single posts: timetables that add
        up to it are looked for first.
        """
        if unfilled_roles(self.problem):
            self.verdict = "cannot"
        if guide is not None and self.verdict == "unknown":
            part = budget.part(GUIDED_SHARE)
            self._look(part, settings, guide)
            budget.take(part)
        self._look(budget, settings, None)
        return self.verdict

    def _look(self, budget: Budget, settings: Settings, guide: Guide | None) -> None:
        while self.verdict == "unknown" and not budget.spent() and not settings.stop.is_set():
            v = self._model()
            if guide is not None:
                self._follow(v, guide)
            found = run(v, budget, settings, 1, lambda value, bound: None)
            if found.code == cp_model.INFEASIBLE and guide is None:
                self.verdict = "cannot"
            elif found.code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                if self._take(read_solution(v, found.solver)):
                    self.verdict = "covers"
            else:
                break

    def _follow(self, v: Variables, guide: Guide) -> None:
        """Let everyone who stays do what the guide says, and the posts of each type together."""
        whose = dict(posts_named(self.types, self.counts))
        together: dict[tuple[str, ...], list[cp_model.IntVar]] = defaultdict(list)
        for unit, cells in v.cells_of.items():
            if unit[0] != "team":
                person, activity, _ = cells[0]
                kind = whose[person].id if person in whose else person
                together[(kind, activity, *(cell[2] for cell in cells))].append(v.n[unit])
        for key, counts in together.items():
            v.model.add(sum(counts) == guide.get(key, 0))

    def settle_down(self, budget: Budget, settings: Settings) -> None:
        """Of the timetables with which the team covers the requirement, look for those that change least for people."""
        assert self.allocation is not None
        v = self._model()
        change = EXPRESSIONS["change"](v)
        if isinstance(change, int):
            return
        v.model.minimize(change)
        hint(v, self.allocation)
        found = run(v, budget, settings, 1, lambda value, bound: None)
        if found.code in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            before = self.allocation, self.weeks
            if not self._take(read_solution(v, found.solver)):
                self.allocation, self.weeks = before
            self.change_bound = max(0.0, found.bound)

    def _model(self) -> Variables:
        v = build(self.problem, False, self.weekly)
        for short in (*v.short_mean.values(), *v.short_centile.values()):
            v.model.add(short == 0)
        self._alike(v)
        return v

    def _alike(self, v: Variables) -> None:
        """Of posts that are alike the first does the most: no proof goes through who of them is who."""
        totals: dict[str, list[cp_model.IntVar]] = defaultdict(list)
        for unit, cells in v.cells_of.items():
            if unit[0] != "team":
                totals[cells[0][0]].append(v.n[unit])
        for each in self.types:
            names = [name for name, kind in posts_named((each,), self.counts) if kind is each]
            for first, second in pairwise(names):
                v.model.add(sum(totals[first]) >= sum(totals[second]))

    def _take(self, allocation: Allocation) -> bool:
        """Keep a solution if its weeks can be handed out; else remember which half-days need weeks of their own."""
        rotation = rotate(self.problem, allocation.counts, allocation)
        stuck = rotation.impossible - self.weekly
        if stuck:
            self.weekly |= stuck
            return False
        decided = {cell: weeks for cell, weeks in allocation.weeks.items() if cell[2] in rotation.impossible}
        weeks = level.level(self.problem, {**rotation.weeks, **decided}, allocation.travel)
        self.allocation, self.weeks = allocation, weeks
        return True


def team_of(kept: Service, original: Service, demand: Demand, types: Sequence[PostType], counts: Counts) -> Team:
    """Return a team that has not been tested."""
    service = with_team(kept, original, types, counts)
    problem = Problem(service, demand)
    return Team(dict(counts), service, problem, tuple(types), weekly=problem.together.by_week)


def unfilled_roles(problem: Problem) -> tuple[str, ...]:
    """Roles with more places than there are people who may hold them."""
    return tuple(role.role for role in problem.roles.values() if problem.places(role) > len(problem.candidates(role)))


def outcome_of(team: Team, settings: Settings, seconds: float) -> Outcome:
    """Return the plan of a team that covers the requirement, in the form in which every plan is checked."""
    problem, allocation = team.problem, team.allocation
    assert allocation is not None
    completed = complete(problem, allocation, team.weeks, assign_rooms(problem, team.weeks))
    values = measure(problem, allocation)
    tiers = [_tier(team, name, values) for name in team.service.objective.tiers]
    status: Status = "optimal" if all(tier.status in ("optimal", "not used") for tier in tiers) else "feasible"
    short, below_mean = _left_short(problem, allocation)
    return Outcome(
        status,
        completed.plan,
        tuple(tiers),
        short,
        below_mean,
        supply(problem.time, completed.plan.rows),
        changes_of(problem, allocation, problem.in_force, lambda role: role.held_by),
        completed.cover_unplaced,
        {person: problem.time.weeks_present(person) for person in problem.time.people},
        problem.findings + completed.findings + level.findings(problem, team.weeks),
        {"seed": settings.seed, "workers": settings.workers, "time_limit": settings.time_limit, "seconds": seconds},
    )


def _tier(team: Team, name: str, values: dict[str, int]) -> TierResult:
    """A tier of the plan: shortfall is nothing, which is proven; change and cost are what was found."""
    if name not in values:
        return TierResult(name, 0.0, 0.0, 0.0, "not used", 0.0)
    value = float(values[name])
    bound = value if name in SHORTFALL else min(value, team.change_bound) if name == "change" else 0.0
    status: Literal["optimal", "feasible"] = "optimal" if bound >= value - 1e-6 else "feasible"
    return TierResult(name, value, bound, value, status, 0.0)


def _left_short(problem: Problem, allocation: Allocation) -> tuple[dict[str, float], dict[str, float]]:
    """Exact shortfall, all of it rounding, in sessions a calendar week: of the requirement and of the mean."""
    short = dict.fromkeys(problem.activities, 0.0)
    below_mean = dict(short)
    for part, done in zip(problem.parts, delivered_in_parts(problem, allocation), strict=True):
        short[part.activity] += max(0.0, part.needed - done) / problem.cycle
        below_mean[part.activity] += max(0.0, part.needed_mean - done) / problem.cycle
    return short, below_mean
