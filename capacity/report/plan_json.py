"""The machine-readable form of a plan and its published schema (``capacity schema plan``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from capacity.answer import all_findings, extra_pa, moves, position_now, pounds_of
from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome, PersonChange, TeamPlan, TierResult
from capacity.report.schemas import plan_schema
from capacity.report.tables import change_kinds
from capacity.report.text import lead_sentence
from capacity.service.model import JobPlanRow, Service
from capacity.supply.gap import Gap
from capacity.units import half_day_order

__all__ = ["plan_json", "plan_schema"]

DECIMALS = 6
SCHEMA_VERSION = 1


def plan_json(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> dict[str, Any]:
    """Return everything known about a plan as plain data, valid against :func:`plan_schema`.

    Parameters
    ----------
    service, demand, gap, outcome
        What was read, asked for, found short and proposed.

    Returns
    -------
    dict
        Sessions are a calendar week (``shortfall``, ``required``, ``delivered``), changes are sessions a cycle, extra
        time is in PAs, ``pounds`` are a year; figures have at most six decimals. Sections that need a plan are empty
        where there is none, and ``with_extra`` is the second answer whole, or null.
    """
    json = _answer(service, gap, outcome)
    json["findings"] = [_finding(item) for item in all_findings(service, demand, gap, outcome)]
    second = outcome.with_extra
    if second is not None:
        json["with_extra"] = _answer(service, gap, second, outcome)
        json["with_extra"]["findings"] = [_finding(item) for item in second.findings]
    rounded: dict[str, Any] = plain_json(json)
    return rounded


def _answer(service: Service, gap: Gap, outcome: Outcome, first: Outcome | None = None) -> dict[str, Any]:
    plan = outcome.plan
    now = position_now(gap)
    started = outcome.changes_from_start
    return {
        "schema": SCHEMA_VERSION,
        "service": service.id,
        "cycle_weeks": service.cycle_weeks,
        "status": outcome.status,
        "reason": outcome.reason,
        "sentence": lead_sentence(gap, outcome, service.cycle_weeks),
        "gap": {"required": now.required, "supplied": now.supplied, "short": now.short, "surplus": now.surplus},
        "tiers": [_tier(tier) for tier in outcome.tiers],
        "quality": dict(outcome.quality),
        "verified": [dict(each.__dict__) for each in outcome.verified],
        "required": dict(gap.activities["required"]),
        "supplied": dict(gap.activities["supplied"]),
        "delivered": dict(outcome.delivered),
        "shortfall": dict(outcome.shortfall),
        "shortfall_mean": dict(outcome.shortfall_mean),
        "roles": {} if plan is None else {role: list(people) for role, people in plan.holders.items()},
        "changes": _changes(service, outcome.changes),
        **({} if started is None else {"changes_from_start": _changes(service, started)}),
        "extra": {} if plan is None else extra_pa(service, plan),
        "pounds": dict(pounds_of(service, gap, outcome, first).__dict__),
        "weeks": dict(outcome.weeks),
        "cover_unplaced": dict(outcome.cover_unplaced),
        "job_plans": [] if plan is None else [_row(row) for row in plan.rows],
        "rooms": [] if plan is None else _rooms(plan),
        "run": dict(outcome.run),
        "findings": [],
        "with_extra": None,
    }


def _tier(tier: TierResult) -> dict[str, Any]:
    known = tier.status in ("optimal", "feasible")
    return {
        "name": tier.name,
        "value": tier.value if known else None,
        "bound": tier.bound if known else None,
        "kept": tier.kept if tier.status != "not used" else None,
        "status": tier.status,
        "seconds": tier.seconds,
    }


def _changes(service: Service, changes: tuple[PersonChange, ...]) -> dict[str, Any]:
    """Sessions a cycle moved, added and dropped by everyone, the same a week, and person by person."""
    weekly = moves(changes, service.cycle_weeks)
    return {
        "moved": sum(change.moved for change in changes),
        "added": sum(change.added for change in changes),
        "dropped": sum(change.dropped for change in changes),
        "a_week": {"moved": weekly.moved, "added": weekly.added, "dropped": weekly.dropped},
        "people": [_person_change(change) for change in changes],
    }


def _person_change(change: PersonChange) -> dict[str, Any]:
    cells = change_kinds(change)
    return {
        "person": change.person,
        "moved": change.moved,
        "added": change.added,
        "dropped": change.dropped,
        "lost": [_cell(activity, slot, lost, kind) for activity, slot, kind, lost, _ in cells if lost],
        "gained": [_cell(activity, slot, gained, kind) for activity, slot, kind, _, gained in cells if gained],
        "not_allowed": [_cell(activity, slot, weeks, "not allowed") for activity, slot, weeks in change.not_allowed],
        "roles_lost": list(change.roles_lost),
        "roles_gained": list(change.roles_gained),
    }


def _cell(activity: str, slot: str, weeks: int, kind: str) -> dict[str, Any]:
    return {"activity": activity, "slot": slot, "weeks": weeks, "kind": kind}


def _row(row: JobPlanRow) -> dict[str, Any]:
    json = row.model_dump()
    json["weeks"] = None if row.weeks is None else list(row.weeks)
    return json


def _rooms(plan: TeamPlan) -> list[dict[str, Any]]:
    order = sorted(plan.rooms, key=lambda key: (key[0], half_day_order(key[2]), key[3], key[1]))
    return [
        {
            "person": person,
            "activity": activity,
            "slot": slot,
            "week": week,
            "room": plan.rooms[person, activity, slot, week],
        }
        for person, activity, slot, week in order
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    return dict(finding.__dict__)


def plain_json(value: Any) -> Any:
    """Plain data that JSON can hold: figures to six decimals, no infinities, keys as text, nothing of numpy."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return (round(value, DECIMALS) + 0.0) if math.isfinite(value) else None
    item = getattr(value, "item", None)
    return plain_json(item()) if callable(item) else str(value)
