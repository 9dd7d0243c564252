"""What an outcome says about its plan, worked out again from the plan and compared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from capacity.check import quality
from capacity.check.case import Broken, Case
from capacity.check.facts import is_reserved
from capacity.check.timetable import Timetable
from capacity.demand.result import ActivityDemand
from capacity.outcome import CHANGE_OF_ROLE, Outcome, PersonChange
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR, day_of

CYCLE_ROUNDING = 1e-9
SESSIONS = 0.005
"""How close two figures in sessions a calendar week must be."""
WHOLE = 0.01
"""A session a cycle is short only where more than this of it is missing (the optimiser's tolerance)."""
CLOSE = 0.005
"""Where a shortfall lies this close to the next whole session, either whole number is accepted."""
VALUE = 1e-4
"""How close tier values, bounds and kept values must be."""


class Span(NamedTuple):
    """Least and most a recomputed value can be."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within the span."""
        return self.low - VALUE <= value <= self.high + VALUE


def whole_sessions(case: Case, activity: str, required: float) -> Span:
    """Whole full sessions a cycle short of a requirement, summed over its parts."""
    parts = [short * case.facts.cycle - WHOLE for short in case.table.short_parts(activity, required)]
    return Span(
        sum(max(0, math.ceil(part - CLOSE)) for part in parts), sum(max(0, math.ceil(part + CLOSE)) for part in parts)
    )


def _weighted(case: Case, tier: str, required: str) -> Span:
    """Value of a shortfall tier; ``required``: centile, mean or headroom.

    Where a plan is to serve several requirements, each counts by its weight, and the worst of them once more by what
    the demand says of it.
    """
    demand = case.facts.demand
    if not demand.alternatives:
        return _of_requirement(case, tier, required, demand.activities)
    spans = [_of_requirement(case, tier, required, each.activities) for each in demand.alternatives]
    weights = [each.weight for each in demand.alternatives]
    low, high = (
        sum(weight * end for weight, end in zip(weights, ends, strict=True)) + demand.worst * max(ends)
        for ends in ([span.low for span in spans], [span.high for span in spans])
    )
    return Span(low, high)


def _of_requirement(case: Case, tier: str, required: str, sized: Mapping[str, ActivityDemand]) -> Span:
    """Sessions short of one requirement in all activities of a tier, each times its priority."""
    low = high = 0.0
    for name, what in case.facts.activities.items():
        if case.facts.tier(what) != tier:
            continue
        span, asked = _short(case, sized.get(name), name, required)
        weight = 1 if what.priority is None else what.priority
        low, high = low + weight * dear(case, asked, span.low), high + weight * dear(case, asked, span.high)
    return Span(low, high)


def _short(case: Case, sized: ActivityDemand | None, name: str, required: str) -> tuple[Span, float]:
    """Whole sessions a cycle an activity is short, and what it asks for."""
    most = 0.0 if sized is None else sized.required
    mean = 0.0 if sized is None else sized.required_mean
    if required != "headroom":
        return whole_sessions(
            case, name, most if required == "centile" else mean
        ), most if required == "centile" else mean
    up_to_mean, in_all = whole_sessions(case, name, mean), whole_sessions(case, name, most)
    return Span(in_all.low - up_to_mean.high, in_all.high - up_to_mean.low), most - mean


def dear(case: Case, asked: float, short: float) -> float:
    """What whole sessions short count: once each, or up to three times where steps of shortfall become dearer."""
    if not case.facts.service.objective.convex_shortfall:
        return short
    quarter, half = (math.ceil(part * asked * case.facts.cycle - CYCLE_ROUNDING) for part in (1 / 4, 1 / 2))
    return short + max(0.0, short - quarter) + max(0.0, short - half)


def changed(case: Case, person: str, from_: Timetable, held: Mapping[str, tuple[str, ...]]) -> PersonChange:
    """How a person's DCC cells and roles differ from those of a plan before."""
    cells, now = case.table.cells(person), from_.cells(person)
    barred = {cell for cell in now if not _still_allowed(case, person, *cell)}
    lost = {cell: weeks - cells.get(cell, 0) for cell, weeks in now.items() if cell not in barred}
    gained = {cell: weeks - now.get(cell, 0) for cell, weeks in cells.items()}
    year, year_now = case.table.annual(person), case.now.annual(person)
    for activity in {*year, *year_now}:
        more = year.get(activity, 0) - year_now.get(activity, 0)
        # as whole sessions a cycle, rounded up
        change = math.ceil(abs(more) * case.facts.cycle / WEEKS_PER_YEAR - CYCLE_ROUNDING)
        if change and (person, activity) not in case.facts.skills:
            barred.add((activity, NO_FIXED_SLOT))
            now[activity, NO_FIXED_SLOT] = change
        elif change:
            (gained if more > 0 else lost)[activity, NO_FIXED_SLOT] = change
    before = {role for role, holders in held.items() if person in holders}
    after = {role for role, holders in case.plan.holders.items() if person in holders}
    return PersonChange(
        person=person,
        lost=tuple(sorted((*cell, weeks) for cell, weeks in lost.items() if weeks > 0)),
        gained=tuple(sorted((*cell, weeks) for cell, weeks in gained.items() if weeks > 0)),
        roles_lost=tuple(sorted(before - after)),
        roles_gained=tuple(sorted(after - before)),
        not_allowed=tuple(sorted((*cell, now[cell]) for cell in barred)),
    )


def _still_allowed(case: Case, person: str, activity: str, slot: str) -> bool:
    if case.facts.annualised(activity):
        return False  # by the year: it has no half-day any more
    return (person, activity) in case.facts.skills and case.facts.may_do(person, activity, slot)


def change_value(case: Case) -> Span:
    """2 x lost + gained sessions a cycle, and 4 for each appointed person who loses a role; by their weights."""
    before, value = case.before, 0
    for person in case.people:
        change = changed(case, person, before, case.held_before)
        sessions = 2 * change.sessions_lost + change.sessions_gained
        roles = CHANGE_OF_ROLE * len(change.roles_lost)
        days = case.facts.service.objective.day_move_weight * _more_on_days(case, person, before)
        value += case.facts.change_weight(person) * (sessions + roles + days)
    return Span(value, value)


def _more_on_days(case: Case, person: str, before: Timetable) -> int:
    """DCC sessions a cycle on days on which somebody had fewer; 0 where there were none at all."""
    had, has = Counter[str](), Counter[str]()
    for days, cells in ((had, before.cells(person)), (has, case.table.cells(person))):
        for (_, slot), weeks in cells.items():
            days[day_of(slot)] += weeks
    return (has - had).total() if had else 0


def cost_value(case: Case) -> Span:
    """Extra minutes a cycle, and what premium sessions are charged above their minutes."""
    extra = case.facts.cycle * sum(case.plan.extra_minutes.values())
    premium, sessions = 0.0, 0
    for row in case.plan.rows:
        if row.person in case.people and row.slot in case.facts.service.slots.premium and not is_reserved(row.activity):
            weeks = len(case.facts.row_weeks(row))
            session = case.facts.session(row.person, row.activity, row.slot, row.minutes)
            premium += weeks * (session.charge - session.clock)
            sessions += weeks
    return Span(extra + premium - 0.5 * sessions, extra + premium + 0.5 * sessions)


def tier_value(case: Case, name: str) -> Span | None:
    """Value of one tier, from the plan and the inputs; None for a tier that is not used."""
    if name == "rapid_mean":
        return _weighted(case, "rapid", "mean")
    if name == "routine":
        return _weighted(case, "routine", "centile")
    if name == "rapid_headroom":
        return _weighted(case, "rapid", "headroom")
    if name == "change":
        return change_value(case)
    if name == "quality":
        value = quality.points(case)
        return Span(value, value)
    return cost_value(case) if name == "cost" else None


# ---- rules


def plan_stated(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """An outcome has a plan unless none exists or none was found, and its status follows from its tiers.

    Quality comes after what is proven: it is improved for a short time and says itself how far from best it may be.
    """
    service = case.facts.service.id
    if outcome.plan != case.plan:
        yield Broken(service, "another plan in the outcome", "the plan that is checked")
    if outcome.status == "impossible":
        yield Broken(service, "a plan with status impossible", "optimal, feasible or stopped")
    unproven = [
        tier.name for tier in outcome.tiers if tier.status not in ("optimal", "not used") and tier.name != "quality"
    ]
    if outcome.status == "optimal" and unproven:
        yield Broken(service, f"status optimal, but not for {'; '.join(unproven)}", "optimal where every tier is")


def tiers_in_order(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """The tiers stand in the order the service asks for."""
    found, asked = [tier.name for tier in outcome.tiers], list(case.facts.service.objective.tiers)
    if found != asked:
        yield Broken(case.facts.service.id, "; ".join(found), "; ".join(asked))


def tiers_recomputed(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """The value kept of each tier is what the plan gives."""
    for tier in outcome.tiers:
        span = None if tier.status == "not used" else tier_value(case, tier.name)
        if span is not None and not span.holds(tier.kept):
            yield Broken(tier.name, f"kept {tier.kept:g}", f"{span.low:g} to {span.high:g}")


def bounds_hold(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """No tier's value or kept value is better than its bound, and an optimal value equals it."""
    for tier in outcome.tiers:
        if tier.status in ("not used", "unknown"):
            continue
        if min(tier.value, tier.kept) < tier.bound - VALUE:
            yield Broken(tier.name, f"value {tier.value:g}, kept {tier.kept:g}", f"at least the bound {tier.bound:g}")
        if tier.status == "optimal" and abs(tier.value - tier.bound) > VALUE:
            yield Broken(tier.name, f"optimal at {tier.value:g} with bound {tier.bound:g}", "value = bound")


def tiers_held(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """Later tiers give back nothing of a tier, but the tolerance of routine and rapid_headroom."""
    for tier in outcome.tiers:
        tolerant = tier.name in ("routine", "rapid_headroom")
        demand = case.facts.demand
        each = (sum(other.weight for other in demand.alternatives) or 1) + demand.worst
        allowance = each * case.facts.service.hold_tolerance if tolerant else 0.0
        if tier.status not in ("not used", "unknown") and tier.kept > tier.value + allowance + VALUE:
            yield Broken(tier.name, f"kept {tier.kept:g}", f"at most {tier.value + allowance:g}")


def verified_agrees(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """A second solver agrees only where its bound is what is proven, and its value and bound leave room for ours."""
    tiers = {tier.name: tier for tier in outcome.tiers}
    for said in outcome.verified:
        tier = tiers.get(said.name)
        if said.verdict == "agreed" and tier is not None:
            bound = -math.inf if said.bound is None else said.bound
            least = tier.value if tier.status == "optimal" else tier.bound
            reached = math.inf if said.value is None else said.value
            if not (least - VALUE <= bound <= tier.value + VALUE and reached >= tier.bound - VALUE):
                yield Broken(
                    said.name, f"agreed, with {said.value} and bound {said.bound}", f"{tier.bound:g} to {tier.value:g}"
                )


def _compare(subject: str, found: float | None, right: float) -> Iterator[Broken]:
    if abs((found or 0.0) - right) > SESSIONS:
        yield Broken(subject, "nothing" if found is None else f"{found:.4f}", f"{right:.4f} sessions a calendar week")


def delivered(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """What each activity delivers is what the plan and the rotas give."""
    for name in case.facts.activities:
        yield from _compare(name, outcome.delivered.get(name), case.table.delivered(name))


def shortfall(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """The exact shortfall of each activity is its requirement less what is delivered, part by part."""
    for name in case.facts.activities:
        right = case.table.shortfall(name, case.facts.requirement(name))
        yield from _compare(name, outcome.shortfall.get(name), right)


def shortfall_mean(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """The shortfall of rapid activities below their mean is recomputed alike."""
    for name, what in case.facts.activities.items():
        if case.facts.tier(what) == "rapid":
            right = case.table.shortfall(name, case.facts.requirement_mean(name))
            yield from _compare(name, outcome.shortfall_mean.get(name), right)


def changes(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """The changes stated for each person are those between the plan in force and the plan."""
    yield from _stated(case, outcome.changes, case.now, case.held_now)


def changes_from_start(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """The changes stated from the plan started from are those between it and the plan."""
    started = case.wishes.screen is not None
    if (outcome.changes_from_start is not None) != started:
        yield Broken(case.facts.service.id, "changes from a plan before", "where the plan was started from one")
    elif outcome.changes_from_start is not None:
        yield from _stated(case, outcome.changes_from_start, case.before, case.held_before)


def _stated(
    case: Case, said: tuple[PersonChange, ...], from_: Timetable, held: Mapping[str, tuple[str, ...]]
) -> Iterator[Broken]:
    stated = {change.person: change for change in said}
    for person in case.people:
        right = changed(case, person, from_, held)
        found = stated.get(person, PersonChange(person, (), ()))
        for what in ("lost", "gained", "roles_lost", "roles_gained"):
            if sorted(getattr(found, what)) != sorted(getattr(right, what)):
                yield Broken(person, f"{what}: {getattr(found, what)}", f"{getattr(right, what)}")
    for person in stated:
        if person not in case.people:
            yield Broken(person, "changes", "none: no plan is proposed")


def quality_recounted(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """What the quality of the plan is made of is counted in its rows."""
    if not outcome.quality and not any(tier.name == "quality" and tier.status != "not used" for tier in outcome.tiers):
        return
    changes = [changed(case, person, case.before, case.held_before) for person in case.people]
    right = quality.recounted(case)
    right["largest_change"] = max((each.sessions_lost + each.sessions_gained for each in changes), default=0)
    for name, count in right.items():
        if outcome.quality.get(name) != count:
            yield Broken(name, str(outcome.quality.get(name)), str(count))


def cover_unplaced(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """Cover that could not be placed lies between nothing and the cover its sessions ask for."""
    for name, found in outcome.cover_unplaced.items():
        most = case.table.cover_bought(name) if name in case.facts.activities else 0.0
        if not -SESSIONS <= found <= most + SESSIONS:
            yield Broken(name, f"{found:.4f} sessions a week of cover unplaced", f"0 to {most:.4f}")


def weeks_used(case: Case, outcome: Outcome) -> Iterator[Broken]:
    """The weeks present used for each person are those of the inputs."""
    for person in case.people:
        found, right = outcome.weeks.get(person), case.facts.weeks_present(person)
        if found is None or abs(found - right) > 0.01:
            yield Broken(person, f"{found} weeks", f"{right:.4f}")


RULES = (
    plan_stated,
    tiers_in_order,
    tiers_recomputed,
    bounds_hold,
    tiers_held,
    verified_agrees,
    delivered,
    shortfall,
    shortfall_mean,
    changes,
    quality_recounted,
    changes_from_start,
    cover_unplaced,
    weeks_used,
)
