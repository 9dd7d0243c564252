"""Robust choice: one plan for several demands at once, by weights or for the worst of them.

Every shortfall tier is counted over the requirements of all the demands: a session short of one counts its weight, and
for the worst case the largest shortfall over the demands comes first, then their sum. Everything else of a plan is as
ever, so the tiers, their proofs and the checker are those of ``capacity plan``.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from capacity.check.facts import Facts
from capacity.check.timetable import Timetable
from capacity.demand.activity_levels import activity_levels
from capacity.demand.pooling import by_activity
from capacity.demand.result import ActivityDemand, Alternative, Demand
from capacity.errors import Fault, InputError
from capacity.optimise.problem import Problem
from capacity.optimise.prove import Prover
from capacity.optimise.search import Settings
from capacity.optimise.tiers import SHORTFALL, measure
from capacity.outcome import TeamPlan
from capacity.scenario.varying import Measures, Planned, Told, untold
from capacity.service.model import Service
from capacity.service.resolved import activity_tier
from capacity.supply.gap import sized_streams

CENTRAL, LOWER, UPPER = "central", "lower demand", "upper demand"
DEMAND_ONLY = (
    "streams", "demand", "rebase", "day_profile", "dna_by_lead", "templates", "sizing", "origin", "delivered",
    "objectives", "activities", "costs",
)  # fmt: skip
"""Parts of a service that a demand scenario may change (of activities what demand is sized with)."""
SIZED_BY = ("sessions_per_week", "contact_minutes", "priority")
FOR_THEIR_OWN = 0.6
"""Part of the time left for the plans of each demand alone; the rest is for the robust plan once more."""
RESOLUTION = 1000
"""Largest whole number that a weight becomes."""


@dataclass(frozen=True)
class Case:
    """One demand: its name, its requirement by activity, and its weight as given."""

    name: str
    activities: Mapping[str, ActivityDemand]
    weight: float


@dataclass(frozen=True)
class Regret:
    """Sessions a week short under one demand: of the robust plan, of the central one, and of the plan made for it.

    Regret is what a plan leaves short beyond the plan made for that demand; it can be less than 0, because rapid work
    comes first in that plan and not the sum.
    """

    name: str
    weight: float
    required: float
    robust: float
    central: float
    own: float | None
    robust_rapid: float
    central_rapid: float
    own_proven: bool

    def of(self, which: str) -> float:
        """What is short; ``which``: robust or central."""
        return self.robust if which == "robust" else self.central


@dataclass(frozen=True)
class RobustResult:
    """The robust plan, the plan for the central demand, and how both do under each demand."""

    cases: tuple[Case, ...]
    worst: bool
    demand: Demand
    """The requirement the robust plan is a plan of."""
    robust: Planned
    central: Planned
    regrets: tuple[Regret, ...]
    complete: bool
    reason: str = ""

    def mean(self, which: str) -> float:
        """Weighted mean of what is short over the demands; ``which``: robust or central."""
        total = sum(each.weight for each in self.regrets)
        return sum(each.weight * each.of(which) for each in self.regrets) / total

    def most(self, which: str) -> Regret:
        """The demand under which a plan leaves most short."""
        return max(self.regrets, key=lambda each: each.of(which))


# ---- the demands


def interval_cases(service: Service, demand: Demand) -> list[tuple[str, Mapping[str, ActivityDemand]]]:
    """The central requirement, and the lower and upper end of its 90 % interval, activity by activity.

    Where an activity has no interval (a fixed number, too few weeks) it stays as it is.
    """
    streams = sized_streams(service)
    of_activity = by_activity(streams)
    low: dict[str, ActivityDemand] = {}
    high: dict[str, ActivityDemand] = {}
    for row in service.activities:
        central = demand.activities[row.activity]
        levels = activity_levels(row, central, of_activity.get(row.activity, []), streams)
        ends = {level.name: (level.interval.lower, level.interval.upper) for level in levels}
        rapid = activity_tier(service, row) == "rapid"
        mean = ends.get("keep_up", (None, None))
        top = next(((x.interval.lower, x.interval.upper) for x in levels if x.used), (None, None)) if rapid else mean
        for found, at in ((low, 0), (high, 1)):
            found[row.activity] = _moved(central, top[at], mean[at])
    return [(CENTRAL, demand.activities), (LOWER, low), (UPPER, high)]


def _moved(central: ActivityDemand, required: float | None, mean: float | None) -> ActivityDemand:
    needed = central.required if required is None else max(0.0, required + central.backlog_sessions)
    below = central.required_mean if mean is None else max(0.0, mean + central.backlog_sessions)
    return replace(central, required=needed, required_mean=min(needed, below))


def scenario_cases(
    service: Service, demand: Demand, others: Sequence[Service]
) -> list[tuple[str, Mapping[str, ActivityDemand]]]:
    """The central requirement, then that of each service, which may differ in demand only. Raises InputError."""
    found: list[tuple[str, Mapping[str, ActivityDemand]]] = [(CENTRAL, demand.activities)]
    for other in others:
        name = " + ".join(other.origin.scenarios[len(service.origin.scenarios) :]) or other.name
        if changed := _beyond_demand(service, other):
            allowed = "scenarios that change demand only: one plan cannot serve different teams"
            raise InputError([Fault("-s", None, name, f"a change of {', '.join(changed)}", allowed)])
        sized = Measures(other).demand(other).activities
        found.append((name, {key: _asking(each, sized[key]) for key, each in demand.activities.items()}))
    return found


def _asking(central: ActivityDemand, other: ActivityDemand) -> ActivityDemand:
    """The activity as it is, asking for what it asks for in another demand: the admin of a session stays."""
    return replace(central, required=other.required, required_mean=other.required_mean)


def _beyond_demand(service: Service, other: Service) -> list[str]:
    parts = [name for name in Service.model_fields if name not in DEMAND_ONLY]
    changed = [name for name in parts if getattr(service, name) != getattr(other, name)]
    mine, theirs = (
        [row.model_copy(update=dict.fromkeys(SIZED_BY)) for row in each.activities] for each in (service, other)
    )
    return [*changed, *(["activities"] if mine != theirs else [])]


def weighed(
    cases: Sequence[tuple[str, Mapping[str, ActivityDemand]]], weights: Sequence[float] | None
) -> tuple[Case, ...]:
    """Give each demand its weight; equal ones where none are given. Raises InputError."""
    given = [1.0] * len(cases) if weights is None else list(weights)
    names = ", ".join(name for name, _ in cases)
    if len(given) != len(cases):
        found = f"{len(given)} weights"
        raise InputError([Fault("--weights", None, None, found, f"{len(cases)}, one each for {names}")])
    if any(not math.isfinite(each) or each < 0 for each in given) or sum(given) <= 0:
        found = ", ".join(f"{each:g}" for each in given)
        raise InputError([Fault("--weights", None, None, found, "0 or more each, and not all 0")])
    return tuple(Case(name, sized, weight) for (name, sized), weight in zip(cases, given, strict=True))


def robust_demand(service: Service, demand: Demand, cases: Sequence[Case], worst: bool) -> Demand:
    """The central demand with the others beside it, in whole weights."""
    whole = whole_weights([1.0 if worst else case.weight for case in cases])
    alternatives = tuple(
        Alternative(case.name, weight, dict(case.activities))
        for case, weight in zip(cases, whole, strict=True)
        if weight
    )
    return replace(
        demand, alternatives=alternatives, worst=_beyond_any_sum(service, alternatives) if worst else 0, deepen=None
    )


def whole_weights(weights: Sequence[float]) -> list[int]:
    """Weights as whole numbers without a common factor: exactly where none is above a thousand, else so rounded."""
    exact = [Fraction(str(weight)) for weight in weights]
    common = math.lcm(*(each.denominator for each in exact))
    whole = [int(each * common) for each in exact]
    factor = math.gcd(*whole)
    whole = [each // factor for each in whole]
    if max(whole) <= RESOLUTION:
        return whole
    rounded = [round(RESOLUTION * each / max(whole)) for each in whole]
    return [each // math.gcd(*rounded) for each in rounded]


def _beyond_any_sum(service: Service, alternatives: Sequence[Alternative]) -> int:
    """More than all that could be short together, so that the worst case comes first whatever the sum."""
    priority = {row.activity: row.priority or 1 for row in service.activities}
    dearest = 3 if service.objective.convex_shortfall else 1
    slots = len(service.half_days())
    most = sum(
        each.weight * priority[key] * dearest * (math.ceil(service.cycle_weeks * sized.required) + slots)
        for each in alternatives
        for key, sized in each.activities.items()
        if sized.required > 0
    )
    return most + 1


# ---- the plans


def robust(
    service: Service,
    demand: Demand,
    cases: Sequence[Case],
    worst: bool = False,
    settings: Settings | None = None,
    told: Told = untold,
) -> RobustResult:
    """Make one plan for several demands, and hold it against the plan for the central one under each of them.

    Parameters
    ----------
    service, demand
        The service and its central demand, which outputs of the plan are about.
    cases
        The demands with their weights; see :func:`interval_cases` and :func:`scenario_cases`.
    worst
        Whether the worst of the demands comes first, whatever the weights.
    settings
        Time limit for all plans together, workers, seed and stop.
    told
        Called with a sentence about how far it is.

    Raises
    ------
    InputError
        One person's inputs cannot hold together.
    PlanFailedCheck
        A plan broke a rule when it was checked.
    """
    settings = settings or Settings()
    began = clock.monotonic()
    joint = robust_demand(service, demand, cases, worst)
    plain = replace(demand, deepen=None)
    plans = len(cases) + 1
    with Prover() as prover:
        measures = Measures(service, settings, prover)

        def left(share: float) -> float:
            return max(1.0, (settings.time_limit - (clock.monotonic() - began)) * share)

        told("the plan for the central demand")
        central = measures.plan(service, left(1 / (2 * plans)), False, plain, exactly=False)
        if central.outcome is None or central.outcome.plan is None:
            return RobustResult(tuple(cases), worst, joint, central, central, (), True, central.reason)
        told("the plan for all the demands")
        made = measures.plan(service, left(0.4), False, joint, central.allocation, exactly=False)
        if made.outcome is None or made.outcome.plan is None:
            return RobustResult(tuple(cases), worst, joint, made, central, (), True, made.reason)
        own: list[Planned | None] = []
        for number, case in enumerate(cases):
            same = case.activities == demand.activities
            if settings.stop.is_set() or (same and central.proven):
                own.append(central if same else None)
                continue
            told(f"the plan for {case.name}")
            alone = plain if same else replace(plain, activities=dict(case.activities))
            seconds = left(FOR_THEIR_OWN / (len(cases) - number))
            found = measures.plan(service, seconds, False, alone, made.allocation, exactly=False)
            if same:  # there was little time for it before
                central = found = min((central, found), key=_shortfalls)
            own.append(found)
        made = _improved(measures, service, joint, made, [central, *own], left(1.0))
    plans_held = tuple(each.outcome.plan for each in (made, central) if each.outcome is not None and each.outcome.plan)
    regrets = tuple(_regret(service, demand, case, plans_held, alone) for case, alone in zip(cases, own, strict=True))
    return RobustResult(tuple(cases), worst, joint, made, central, regrets, None not in own)


def _shortfalls(planned: Planned) -> tuple[float, ...]:
    """What a plan leaves short, tier by tier."""
    if planned.outcome is None or planned.short is None:
        return (math.inf,)
    return tuple(tier.kept for tier in planned.outcome.tiers if tier.name in SHORTFALL)


def _improved(
    measures: Measures,
    service: Service,
    joint: Demand,
    made: Planned,
    others: Sequence[Planned | None],
    seconds: float,
) -> Planned:
    """The robust plan, looked for again from the best plan known for all the demands, where it is not proven.

    The plan of one demand may serve all of them better than what was found for all in the time there was.
    """
    if made.proven or measures.settings.stop.is_set():
        return made
    problem = Problem(service, joint)

    def short(planned: Planned) -> tuple[int, ...]:
        assert planned.allocation is not None
        values = measure(problem, planned.allocation)
        return tuple(values[name] for name in SHORTFALL)

    best = min((each for each in (made, *others) if each is not None and each.allocation is not None), key=short)
    again = measures.plan(service, seconds, False, joint, best.allocation, exactly=False)
    return min((again, made), key=_shortfalls)


def _regret(service: Service, demand: Demand, case: Case, plans: Sequence[TeamPlan], own: Planned | None) -> Regret:
    held = [short_under(service, demand, case.activities, plan) for plan in plans]
    rapid = {row.activity for row in service.activities if activity_tier(service, row) == "rapid"}
    return Regret(
        case.name,
        case.weight,
        sum(each.required for each in case.activities.values()),
        sum(held[0].values()),
        sum(held[1].values()),
        None if own is None else own.short,
        sum(short for key, short in held[0].items() if key in rapid),
        sum(short for key, short in held[1].items() if key in rapid),
        own is not None and own.proven,
    )


def short_under(
    service: Service, demand: Demand, activities: Mapping[str, ActivityDemand], plan: TeamPlan
) -> dict[str, float]:
    """Sessions a week each activity is short of a requirement under a plan, as the checker counts them."""
    facts = Facts(service, replace(demand, activities=dict(activities), alternatives=(), worst=0))
    table = Timetable(facts, plan.rows)
    return {key: table.shortfall(key, each.required) for key, each in activities.items()}
