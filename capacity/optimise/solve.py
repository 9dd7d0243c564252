"""Solve the tiers in order, hand out the weeks, complete the timetables."""

from __future__ import annotations

import math
import platform
import time as clock
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.optimise import leave, level
from capacity.optimise.complete import complete
from capacity.optimise.earlier import NOTHING_KNOWN, Known
from capacity.optimise.explain import why_impossible
from capacity.optimise.near import Near
from capacity.optimise.polish import polish, seconds_for
from capacity.optimise.pool import Pool
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.prove import Prover
from capacity.optimise.quality import OF_WEEKS, largest_change, parts_of, points, points_of
from capacity.optimise.rotate import assign_rooms, rotate, without_weeks
from capacity.optimise.rules import RULES
from capacity.optimise.search import Settings
from capacity.optimise.tier_search import TierSearch
from capacity.optimise.tiers import (
    EXPRESSIONS,
    SHORTFALL,
    Allocation,
    Expression,
    changes_of,
    delivered_in_parts,
    held_at,
    measure,
)
from capacity.optimise.variables import Variables, create
from capacity.optimise.weekly import RULES_OF_A_WEEK, add_weekly
from capacity.optimise.weekly_together import add_weekly_sums
from capacity.outcome import Outcome, Status, TierResult
from capacity.service.model import Service
from capacity.service.wishes import NO_WISHES, Wishes
from capacity.supply.gap import supply
from capacity.units import half_day_order

LARGE = 200
"""Cells from which on the second solver is surely needed, and started while the model is built."""
FIRST_SHARE = 0.6
"""Share of the time limit for the answer within present contracts, where a second answer may follow."""
WARM_SHARE = 0.25
"""Most of an answer's time that goes into a good plan near the plan in force, before the tiers."""
SHORTFALL_SHARE = 0.35
"""Most of the time left that a shortfall tier may take; the last tier with anything to decide may take all."""
CHANGE_SHARE = 0.7
"""The same for change, after which cost is soon settled."""


@dataclass
class _Answer:
    allocation: Allocation | None
    tiers: tuple[TierResult, ...]
    weeks: dict[Cell, tuple[int, ...]] = field(default_factory=dict)
    limit: str = "none"
    reason: str = ""
    stuck: frozenset[str] = frozenset()
    """Half-days for which the best plan of a tier had no weeks."""
    weekly: frozenset[str] = frozenset()
    """Half-days planned week by week."""


def plan(
    service: Service,
    demand: Demand,
    settings: Settings | None = None,
    wishes: Wishes = NO_WISHES,
    known: Known = NOTHING_KNOWN,
) -> Outcome:
    """Propose a team plan.

    Answers within present contracts first; where shortfall remains and the service has a budget of extra PAs, the
    second answer (``with_extra``) may spend it. ``known`` are the first tiers of an answer to the same service with
    fewer wishes: their bounds hold here too.
    """
    settings = settings or Settings()
    with Prover() as prover:
        return _plan(Problem(service, demand, wishes), settings, prover, known)


def _plan(problem: Problem, settings: Settings, prover: Prover, known: Known) -> Outcome:
    service = problem.service
    began = clock.monotonic()
    if len(problem.cells) >= LARGE:
        prover.warm()
    may_spend = service.objective.extra_pa_budget > 0 and any(
        problem.extra_ceiling(person) for person in problem.people
    )
    seconds = settings.time_limit * (FIRST_SHARE if may_spend else 1.0)
    answer = _answer(problem, False, settings, prover, seconds, None, known.tiers)
    outcome = _outcome(problem, answer, settings, clock.monotonic() - began)
    if may_spend and outcome.plan is not None and any(outcome.shortfall.values()) and not settings.stop.is_set():
        second_began = clock.monotonic()
        settings.teller.answer = "with_extra"
        left = max(1.0, settings.time_limit - (second_began - began))
        try:
            second = _answer(problem, True, settings, prover, left, answer.allocation, known.with_extra)
            with_extra = _outcome(problem, second, settings, clock.monotonic() - second_began)
        except MemoryError:  # the first answer stands
            return replace(outcome, findings=(*outcome.findings, _NO_MEMORY))
        if with_extra.plan is not None and _closes_more(outcome, with_extra):
            return replace(outcome, with_extra=with_extra)
        return replace(outcome, findings=(*outcome.findings, _EXTRA_BUYS_NOTHING))
    return outcome


_EXTRA_BUYS_NOTHING = Finding(
    "extra_buys_nothing", "team", "no plan was found in which extra PAs within the budget close more of the gap"
)

_NO_MEMORY = Finding("out_of_memory", "team", "memory ran out before the answer with extra PAs, so there is none")


def _closes_more(first: Outcome, second: Outcome) -> bool:
    """Whether the second answer does better in the first shortfall tier in which the two differ."""
    before = {tier.name: tier.kept for tier in first.tiers if tier.name in SHORTFALL}
    differences = [before[tier.name] - tier.kept for tier in second.tiers if tier.name in SHORTFALL]
    return next((difference > 0 for difference in differences if difference), False)


def solve_point(
    problem: Problem,
    allow_extra: bool,
    settings: Settings,
    prover: Prover,
    seconds: float,
    start: Allocation | None,
    known: tuple[TierResult, ...],
) -> tuple[Outcome, Allocation | None]:
    """One answer by itself, with the solution it is made of, from a start that keeps every rule.

    ``known`` are tiers of an answer to the same service with fewer limits.
    """
    began = clock.monotonic()
    answer = _answer(problem, allow_extra, settings, prover, seconds, start, known)
    return _outcome(problem, answer, settings, clock.monotonic() - began), answer.allocation


def _answer(
    problem: Problem,
    allow_extra: bool,
    settings: Settings,
    prover: Prover,
    seconds: float,
    start: Allocation | None,
    known: tuple[TierResult, ...] = (),
) -> _Answer:
    """Solve; where the weeks of some half-days cannot be handed out, give those weeks variables and solve again."""
    weekly = problem.together.by_week
    while True:
        answer = _Tiers(problem, allow_extra, weekly, settings, prover, seconds, start, known).solve()
        if answer.stuck:
            weekly |= answer.stuck
            continue
        if answer.allocation is None:
            return answer
        rotation = rotate(problem, answer.allocation.counts, answer.allocation)
        stuck = rotation.impossible - weekly
        if not stuck:
            decided = {cell: weeks for cell, weeks in answer.allocation.weeks.items() if cell[2] in rotation.impossible}
            weeks = level.level(problem, {**rotation.weeks, **decided}, answer.allocation.travel)
            return replace(answer, weeks=weeks, weekly=weekly, tiers=_with_weeks(problem, answer, weeks))
        weekly |= stuck
        seconds = max(1.0, seconds / 2)


def _with_weeks(problem: Problem, answer: _Answer, weeks: dict[Cell, tuple[int, ...]]) -> tuple[TierResult, ...]:
    """The tiers with the points of quality that only the weeks show, which no tier after it can change."""
    assert answer.allocation is not None
    parts = parts_of(problem, answer.allocation, weeks)
    more = points_of({name: count if name in OF_WEEKS else 0 for name, count in parts.items()})
    return tuple(
        replace(
            tier,
            value=tier.value + more,
            kept=tier.kept + more,
            status="optimal" if tier.value + more <= tier.bound else "feasible",
        )
        if tier.name == "quality"
        else tier
        for tier in answer.tiers
    )


def build(
    problem: Problem, allow_extra: bool, weekly: frozenset[str] = frozenset(), without: Collection[str] = ()
) -> Variables:
    """Build the model with every rule but ``without``; half-days in ``weekly`` get variables for each week."""
    v = create(problem, allow_extra)
    for rule in RULES:
        if rule.id not in without:
            rule.add(v, problem.people)
    if weekly:
        units = {unit: cells for unit, cells in v.cells_of.items() if any(cell[2] in weekly for cell in cells)}
        of_weeks = {rule: problem.people for rule in RULES_OF_A_WEEK if rule not in without}
        v.weekly = add_weekly(
            v.model, problem, units, lambda unit: v.n[unit], of_weeks, lambda day: v.travel.get(day, 0), weekly
        )
    add_weekly_sums(v)
    return v


class _Tiers:
    """One answer: a good plan near the plan in force first, then each tier solved and held."""

    def __init__(
        self,
        problem: Problem,
        allow_extra: bool,
        weekly: frozenset[str],
        settings: Settings,
        prover: Prover,
        seconds: float,
        start: Allocation | None,
        known: tuple[TierResult, ...] = (),
    ):
        self.problem = problem
        self.known = known
        self.allow_extra = allow_extra
        self.weekly = weekly
        self.settings = settings
        self.prover = prover
        self.seconds = seconds
        self.start = start
        self.wanted = list(problem.service.objective.tiers) or ["change"]
        self.proven = [name for name in self.wanted if name in EXPRESSIONS] or ["change"]
        self.holds: dict[str, int] = {}
        self.pool = Pool(problem, [] if start is None or weekly - problem.together.by_week else [start])
        self.limit = "none"
        self.polished: Allocation | None = None

    def solve(self) -> _Answer:
        """Solve every tier in order."""
        v = build(self.problem, self.allow_extra, self.weekly)
        deadline = clock.monotonic() + self.seconds
        expressions: dict[str, Expression] = {name: EXPRESSIONS[name](v) for name in self.proven}
        near = Near(build(self.problem, self.allow_extra, self.weekly), self.proven, self.settings)
        began = clock.monotonic()
        cells = len(self.problem.cells)
        warm = min(0.2 + cells / 800, (cells / 1000) ** 2)  # the tiers of a small team are quick from any start
        if self.problem.wishes.screen is not None and self.start is None:
            warm *= 4  # the plan on the screen is the best start there is; repairing it ends as soon as it is proven
        if not self._best_is_known():
            warm = min(WARM_SHARE * self.seconds, warm)
            with self._whatever_memory_allows():
                near.start(
                    self.pool, self.start, warm, lambda value, bound: self._report("start", value, bound, began),
                    self._best_is_known,
                )  # fmt: skip
        results: list[TierResult] = []
        for position, name in enumerate(self.wanted):
            began = clock.monotonic()
            left = max(0.5, deadline - began)
            if name == "quality":
                polished = self._polish(v, left, began)
                if isinstance(polished, str):
                    return _Answer(None, tuple(results), limit="time", reason=polished)
                results.append(polished)
                continue
            last = all(isinstance(expressions.get(later, 0), int) for later in self.wanted[position + 1 :])
            share = 1.0 if last else SHORTFALL_SHARE if name in SHORTFALL else CHANGE_SHARE
            result = self._solve_tier(v, near, name, expressions, share * left, began)
            if isinstance(result, str):
                limit = "none" if result.startswith("No plan exists") else "time"
                return _Answer(None, tuple(results), limit=limit, reason=result)
            self.holds[name] = self._held(name, result.value)
            if not isinstance(expressions[name], int):
                v.model.add(expressions[name] <= self.holds[name])
            near.hold(name, self.holds[name])
            results.append(result)
            if stuck := self._stuck(name):
                return _Answer(None, tuple(results), stuck=stuck)
        best = self.polished if self.wanted[-1] == "quality" else self._best(self.wanted[-1])
        assert best is not None
        kept = {**measure(self.problem, best), "quality": points(self.problem, best)}
        tiers = [replace(result, kept=float(kept[result.name])) for result in results]
        return _Answer(best, tuple(tiers), limit=self.limit)

    def _polish(self, v: Variables, left: float, began: float) -> TierResult | str:
        """Quality: the best plan of the tiers before it, made easier to live with within a short time."""
        before = [name for name in self.wanted[: self.wanted.index("quality")] if name in EXPRESSIONS]
        start = self._best(before[-1] if before else "change")
        if start is None:
            return "No plan was found in the time given. One may exist."
        polished = polish(v, start, self.settings, min(left, seconds_for(v, self.seconds)), self._accepts)
        self.polished = polished.allocation
        self.pool.add(polished.allocation)
        self.holds["quality"] = polished.value
        self._report("quality", polished.value, polished.bound, began)
        status: Literal["optimal", "feasible"] = "optimal" if polished.bound >= polished.value else "feasible"
        return TierResult("quality", polished.value, polished.bound, polished.value, status, clock.monotonic() - began)

    def _accepts(self, allocation: Allocation) -> bool:
        """Whether a plan keeps what is held, and weeks can be given to it."""
        if not self._within_holds(measure(self.problem, allocation)):
            return False
        return not without_weeks(self.problem, allocation.counts, allocation) - self.weekly

    def _stuck(self, name: str) -> frozenset[str]:
        """Half-days without variables for weeks in which the best plan of a tier cannot be handed out."""
        best = self._best(name)
        if best is None:
            return frozenset()
        return without_weeks(self.problem, best.counts, best) - self.weekly

    def _solve_tier(
        self, v: Variables, near: Near, name: str, expressions: dict[str, Expression], seconds: float, began: float
    ) -> TierResult | str:
        """Solve one tier; return what is known of it, or why there is no plan."""
        search = TierSearch(
            v, name, expressions[name], near, self.settings, self.prover, self.pool, self._within_holds, self.start,
            lambda value, bound: self._report(name, value, bound, began), self._before(name, expressions),
            *self._known_of(name), expressions.get("change", 0),
        )  # fmt: skip
        with self._whatever_memory_allows():
            search.search(seconds)
        search.choose()
        if search.impossible:
            return why_impossible(self.problem, self.allow_extra)
        if search.best is None:
            return f"No plan was found: {self._what_ended_it()}. One may exist."
        if not search.settled:
            self.limit = "stopped" if self.settings.stop.is_set() else search.limit
            self.limit = "memory" if self.settings.out_of_memory else self.limit
        self._report(name, search.value, search.bound, began)
        status: Literal["optimal", "feasible"] = "optimal" if search.settled else "feasible"
        return TierResult(name, search.value, search.bound, search.value, status, clock.monotonic() - began)

    def _what_ended_it(self) -> str:
        if self.settings.out_of_memory:
            return "memory ran out"
        if self.settings.stop.is_set():
            return "the run was stopped"
        return f"the time limit of {self.settings.time_limit:g} s was not enough"

    @contextmanager
    def _whatever_memory_allows(self) -> Iterator[None]:
        """End the search, and keep the plans found so far, where memory runs out."""
        try:
            yield
        except MemoryError:
            self.settings.out_of_memory = True
            self.settings.stop.set()

    def _report(self, name: str, value: float | None, bound: float | None, began: float) -> None:
        self.settings.teller.tell(name, value, bound, clock.monotonic() - began)

    def _held(self, name: str, value: float) -> int:
        """What a tier is held at; no looser, from one asking to the next, where an earlier plan was good enough."""
        held = held_at(self.problem, name, value)
        earlier = next((held_at(self.problem, name, tier.value) for tier in self.known if tier.name == name), held)
        return min(held, earlier) if value <= earlier else held

    def _known_of(self, name: str) -> tuple[float, float]:
        """Bound and value of a tier in an answer with fewer limits, where nothing before it is held more loosely.

        The bound holds here too, and a plan as good as the one found with fewer limits is good enough to go on with.
        """
        for tier in self.known:
            if tier.name == name:
                return tier.bound, _enough(tier) if name in SHORTFALL else -math.inf
            if self.holds.get(tier.name, math.inf) > held_at(self.problem, tier.name, tier.value):
                break
        return 0.0, -math.inf

    def _before(self, name: str, expressions: dict[str, Expression]) -> tuple[Expression, int] | None:
        """The tier before this one that a better value of it would cost most of, and what that is held at.

        A shortfall and cost are paid for with the tier before them, change with routine sessions where there are any.
        None where no tier before has anything to decide.
        """
        before = [each for each in self.holds if not isinstance(expressions.get(each, 0), int)]
        if name == "change":
            before = [each for each in before if each in SHORTFALL]
        if not before:
            return None
        chosen = "routine" if name == "change" and "routine" in before else before[-1]
        return expressions[chosen], self.holds[chosen]

    def _best_is_known(self) -> bool:
        """Whether a plan at hand leaves no more short than the answer with fewer limits."""
        best = {tier.name: _enough(tier) for tier in self.known if tier.name in SHORTFALL}
        shortfalls = [name for name in self.wanted if name in SHORTFALL]
        return any(
            all(values[name] <= best.get(name, -1.0) + 1e-6 for name in shortfalls) for _, values in self.pool.known
        )

    def _within_holds(self, values: dict[str, int]) -> bool:
        return all(values[name] <= most for name, most in self.holds.items() if name in values)

    def _best(self, name: str) -> Allocation | None:
        """Best plan known for a tier among those that keep what is held; then the one that changes least."""
        found = self.pool.best(name, self._within_holds)
        return None if found is None else found[0]


def _enough(tier: TierResult) -> float:
    """The value at which a tier need not be better than an earlier answer: its best, or what it kept if unproven."""
    return tier.value if tier.status == "optimal" else max(tier.value, tier.kept)


def _outcome(problem: Problem, answer: _Answer, settings: Settings, seconds: float) -> Outcome:
    run = _run_details(settings, answer.limit, seconds)
    run["week_by_week"] = sorted(answer.weekly, key=half_day_order)
    weeks_present = {person: problem.time.weeks_present(person) for person in problem.time.people}
    if answer.allocation is None:
        status: Status = "stopped" if answer.limit != "none" else "impossible"
        return Outcome(
            status, None, answer.tiers, {}, {}, {}, (), {}, weeks_present, problem.findings, run, answer.reason
        )
    allocation = answer.allocation
    completed = complete(problem, allocation, answer.weeks, assign_rooms(problem, answer.weeks))
    shortfall, below_mean = _coverage(problem, allocation)
    proven = all(tier.status == "optimal" for tier in answer.tiers if tier.name != "quality")
    status = "optimal" if proven else "stopped" if answer.limit == "stopped" else "feasible"
    return Outcome(
        status,
        completed.plan,
        answer.tiers,
        _as_given(problem, shortfall),
        _as_given(problem, below_mean),
        _as_given(problem, supply(problem.time, completed.plan.rows)),
        changes_of(problem, allocation, problem.in_force, lambda role: role.held_by),
        completed.cover_unplaced,
        weeks_present,
        problem.findings
        + completed.findings
        + level.findings(problem, answer.weeks)
        + leave.findings(problem, answer.weeks),
        run,
        quality={**parts_of(problem, allocation, answer.weeks), "largest_change": largest_change(problem, allocation)},
        changes_from_start=None
        if problem.wishes.screen is None
        else changes_of(problem, allocation, problem.current, problem.held_before),
    )


def _coverage(problem: Problem, allocation: Allocation) -> tuple[dict[str, float], dict[str, float]]:
    """Exact shortfall, and shortfall below the mean, in sessions a calendar week."""
    cycle = problem.cycle
    short = dict.fromkeys(problem.activities, 0.0)
    below_mean = dict.fromkeys(problem.activities, 0.0)
    parts = problem.parts_of_demand
    for part, done in zip(parts, delivered_in_parts(problem, allocation, parts), strict=True):
        short[part.activity] += _positive(part.needed - done) / cycle
        below_mean[part.activity] += _positive(part.needed_mean - done) / cycle
    return short, below_mean


def _as_given(problem: Problem, by_activity: dict[str, float]) -> dict[str, float]:
    """Figures by activity in the order of the file, as everything else that is read shows them."""
    return {row.activity: by_activity[row.activity] for row in problem.given.activities if row.activity in by_activity}


def _positive(value: float) -> float:
    return value if value > 1e-9 else 0.0


def _run_details(settings: Settings, limit: str, seconds: float) -> dict[str, Any]:
    from importlib.metadata import version

    packages = ("ortools", "pandas", "numpy", "scipy", "pydantic")
    return {
        "seed": settings.seed,
        "workers": settings.workers,
        "time_limit": settings.time_limit,
        "limit_fired": limit,
        "seconds": round(seconds, 3),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
    }
