"""A second opinion on a finished answer: HiGHS solves the same arithmetic tier by tier.

Each tier is put to HiGHS with the earlier ones held as the planner held them, so that each is a question of its own.
What CP-SAT has proven must be what HiGHS proves, and no bound of one may exclude a plan of the other.
"""

from __future__ import annotations

import math
import time as clock
from dataclasses import replace

from capacity.demand.result import Demand
from capacity.optimise.highs import minimise
from capacity.optimise.problem import Problem
from capacity.optimise.prove import linear_model, value_of
from capacity.optimise.rotate import without_weeks
from capacity.optimise.search import Settings, allocation_of
from capacity.optimise.solve import build
from capacity.optimise.tiers import EXPRESSIONS, held_at
from capacity.outcome import ANY_PLAN, Outcome, TierResult, Verdict, Verified
from capacity.service.model import Service
from capacity.service.wishes import NO_WISHES, Wishes

CLOSE = 1e-4
"""How close a bound of HiGHS must be to a whole number to be taken for it; of large numbers, a millionth part."""


def verified(
    service: Service, demand: Demand, outcome: Outcome, settings: Settings, wishes: Wishes = NO_WISHES
) -> Outcome:
    """Return an outcome, and its second answer, with what HiGHS says of each tier.

    ``settings.time_limit`` is the seconds in all, ``settings.stop`` leaves the tiers that are not settled yet open.
    """
    problem = Problem(service, demand, wishes)
    second = outcome.with_extra
    seconds = settings.time_limit if second is None else settings.time_limit / 2
    checked = replace(outcome, verified=verify(problem, False, outcome, seconds, settings))
    if second is not None:
        theirs = replace(second, verified=verify(problem, True, second, seconds, settings))
        checked = replace(checked, with_extra=theirs)
    return checked


def verify(
    problem: Problem, allow_extra: bool, outcome: Outcome, seconds: float, settings: Settings
) -> tuple[Verified, ...]:
    """What HiGHS says of each tier of one answer; of there being no plan, where there is none."""
    second = _SecondOpinion(problem, allow_extra, settings)
    deadline = clock.monotonic() + seconds
    if outcome.plan is None:
        return (second.on_no_plan(seconds),) if outcome.status == "impossible" else ()
    tiers = [tier for tier in outcome.tiers if tier.name in EXPRESSIONS and tier.status in ("optimal", "feasible")]
    said: list[Verified] = []
    for tier in tiers:
        left = max(0.0, deadline - clock.monotonic())
        if any(each.verdict == "disagreed" for each in said):
            left = 0.0  # what comes after a tier that is wrong is no question any more
        said.append(second.on_tier(tier, left if tier is tiers[-1] else left / 2))
    return tuple(said)


def _whole(bound: float) -> float | None:
    """The least whole value a bound allows; None where there is no bound."""
    return float(math.ceil(bound - max(CLOSE, abs(bound) / 1e6))) if math.isfinite(bound) else None


class _SecondOpinion:
    """Models of one answer, with the tiers held that are dealt with already."""

    def __init__(self, problem: Problem, allow_extra: bool, settings: Settings):
        self.problem, self.allow_extra, self.settings = problem, allow_extra, settings
        self.weekly = problem.together.by_week
        self.held: list[TierResult] = []
        self._build()

    def _build(self) -> None:
        """The planner's model; half-days in ``weekly`` have variables for each week."""
        self.v = build(self.problem, self.allow_extra, self.weekly)
        self.expressions = {name: expression(self.v) for name, expression in EXPRESSIONS.items()}
        for tier in self.held:
            self._hold(tier)

    def _hold(self, tier: TierResult) -> None:
        expression = self.expressions[tier.name]
        if not isinstance(expression, int):
            self.v.model.add(expression <= held_at(self.problem, tier.name, tier.value))

    def on_tier(self, tier: TierResult, seconds: float) -> Verified:
        """Hold a tier against HiGHS, then hold its value."""
        began = clock.monotonic()
        verdict, value, bound = self._judge(tier, seconds)
        self.held.append(tier)
        self._hold(tier)
        return Verified(tier.name, verdict, value, bound, clock.monotonic() - began)

    def _judge(self, tier: TierResult, seconds: float) -> tuple[Verdict, float | None, float | None]:
        """The verdict, the best value HiGHS has a plan for, and the bound below which it says there is none."""
        while True:
            began = clock.monotonic()
            self.v.model.minimize(self.expressions[tier.name])
            linear = linear_model(self.v.model)
            proof = None if linear is None or seconds <= 0 else minimise(linear, seconds, self.settings.stop)
            if linear is None or seconds <= 0:
                return "not settled", None, None
            if proof is None:  # no plan at all keeps what is held, it says; but there is one
                return "disagreed", None, None
            bound = _whole(proof.bound)
            if bound is not None and bound > tier.value + CLOSE:
                return "disagreed", None, bound
            if proof.solution is None:
                agreed = tier.status == "optimal" and bound is not None and bound >= tier.value - CLOSE
                return ("agreed" if agreed else "not settled"), None, bound
            value = float(value_of(linear, proof.solution))
            if value < tier.bound - CLOSE:
                if stuck := self._without_weeks(proof.solution):
                    seconds -= clock.monotonic() - began
                    self.weekly |= stuck
                    self._build()
                    continue
                return "disagreed", value, bound
            proven = bound is not None and bound >= value - CLOSE
            as_good = bound is not None and bound >= tier.value - CLOSE  # than which the planner's has been reached
            return ("agreed" if proven or as_good else "not settled"), value, bound

    def _without_weeks(self, solution: list[int]) -> frozenset[str]:
        """Half-days without variables for weeks in which HiGHS's plan cannot be handed out."""
        found = allocation_of(self.v, lambda variable: solution[variable.index])
        return without_weeks(self.problem, found.counts, found) - self.weekly

    def on_no_plan(self, seconds: float) -> Verified:
        """Ask HiGHS for any plan, where the planner says that there is none."""
        began = clock.monotonic()
        verdict: Verdict | None = None
        while verdict is None:
            self.v.model.minimize(0)
            linear = linear_model(self.v.model)
            left = seconds - (clock.monotonic() - began)
            if linear is None or left <= 0:
                verdict = "not settled"
            elif (proof := minimise(linear, left, self.settings.stop)) is None:
                verdict = "agreed"
            elif proof.solution is None:
                verdict = "not settled"
            elif stuck := self._without_weeks(proof.solution):
                self.weekly |= stuck
                self._build()
            else:
                verdict = "disagreed"
        return Verified(ANY_PLAN, verdict, None, None, clock.monotonic() - began)
