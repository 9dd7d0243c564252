"""Published JSON Schemas (draft 2020-12) of sweeps, goals, tornados, Pareto sets and robust plans."""

from __future__ import annotations

from capacity.report.schemas import DRAFT, ID, Schema, frontier_schema
from capacity.report.schemas import _by_id as by_id
from capacity.report.schemas import _list as list_of
from capacity.report.schemas import _maybe as maybe
from capacity.report.schemas import _number as number
from capacity.report.schemas import _object as an_object
from capacity.report.schemas import _run as run
from capacity.report.schemas import _text as text

YES_OR_NO: Schema = {"type": "boolean"}


def _answer(title: str, body: dict[str, Schema]) -> Schema:
    """What all of them have, and their own keys."""
    head: dict[str, Schema] = {
        "schema": {"const": 1}, "service": text(pattern=ID), "sentence": text("the lead's sentence"),
    }  # fmt: skip
    schema = an_object({**head, **body, "run": run()})
    schema["properties"]["scenarios"] = {"type": "array", "description": "laid over the service, where any were"}
    return {"$schema": DRAFT, "title": title, **schema}


def _yes(description: str) -> Schema:
    return {**YES_OR_NO, "description": description}


def sweep_schema() -> Schema:
    """Schema of ``Sweep.to_json()``: what ``capacity sweep --json`` prints."""
    planned = an_object(
        {
            "short": maybe("number", "sessions a week that the plan leaves short; null where there is none"),
            "shortfall": by_id(number("sessions a week"), "activity -> what is short"),
            "changed": number("sessions a week moved, added or dropped"),
            "extra_pa": number("extra PAs a week"),
            "proven": _yes("no plan leaves less short, tier by tier"),
        }
    )
    point = an_object(
        {
            "values": list_of(number(""), "a value of each parameter"),
            "required": maybe("number", "sessions a week"),
            "supplied": maybe("number", "sessions a week, of the plans in force"),
            "net": maybe("number", "required less supplied, surpluses counted"),
            "short": maybe("number", "what activities lack one by one"),
            "gaps": by_id(number("required less supplied"), "activity -> gap of the plans in force"),
            "planned": {"anyOf": [{"type": "null"}, planned]},
            "reason": text("why there is no answer"),
        }
    )
    value = an_object({"value": number(""), "factor": _yes("a factor on what is there")})
    parameter = an_object(
        {
            "name": text(),
            "label": text(),
            "percent": _yes("values are shares"),
            "now": {"type": "object", "additionalProperties": maybe("number", "")},
            "values": list_of(value),
        }
    )
    return _answer(
        "A sweep",
        {
            "by_plan": _yes("each point has a plan"),
            "paid": _yes("plans may spend extra PAs"),
            "complete": _yes("no point is missing because the run was stopped"),
            "parameters": list_of(parameter),
            "base": point,
            "points": list_of(point, "the first parameter outermost"),
        },
    )


def tornado_schema() -> Schema:
    """Schema of ``Tornado.to_json()``: what ``capacity tornado --json`` prints."""
    assumption = an_object(
        {
            "rank": {"type": "integer", "minimum": 1},
            "factor": text("id"),
            "label": text(),
            "step": text("such as ± 2 points"),
            **{key: maybe("number", "sessions a week") for key in ("down", "up", "change_down", "change_up")},
            "note": text("why it could not move, or not so far"),
        }
    )
    return _answer(
        "A tornado",
        {
            "by_plan": _yes("the measure is what a checked plan leaves short; else required less supplied"),
            "complete": YES_OR_NO,
            "reason": text("why there is no plan"),
            "base": maybe("number", "sessions a week, with nothing moved"),
            "assumptions": list_of(assumption, "the largest effect first"),
            "absent": {"type": "object", "additionalProperties": text(), "description": "why it cannot be moved"},
        },
    )


def goal_schema() -> Schema:
    """Schema of ``Goal.to_json()`` and ``Cheapest.to_json()``: what ``capacity goal --json`` prints."""
    sought = _answer("A goal that was sought", _sought())
    cheapest = _answer("The least cost of leaving nothing short", _cheapest())
    for each in (sought, cheapest):
        each.pop("$schema")
    return {"$schema": DRAFT, "title": "A goal", "anyOf": [sought, cheapest]}


def _sought() -> dict[str, Schema]:
    parameter = an_object(
        {
            "name": text(),
            "label": text(),
            "factor": _yes("values are factors on what is there"),
            "percent": _yes("values are shares"),
            "now": {"type": "object", "additionalProperties": maybe("number", "")},
            "low": number("first value of the range"),
            "high": number("last value of the range"),
        }
    )
    target = an_object(
        {"measure": {"enum": ["gap", "net", "planned", "delivered"]}, "activity": maybe("string", ""),
         "value": number("")}
    )  # fmt: skip
    tried = an_object(
        {"value": number(""), "found": maybe("number", "the measure"), "met": YES_OR_NO, "reason": text()}
    )
    activity = an_object(
        {
            "activity": text(pattern=ID),
            "short_now": number("sessions a week"),
            "short_at_best": number("sessions a week"),
            "closes_at": maybe("number", "value at which this activity alone is closed"),
        }
    )
    bracket = an_object({"reaches": number(""), "fails": number("")})
    return {
        "parameter": parameter,
        "target": target,
        "reached": _yes("by some value of the range"),
        "everywhere": _yes("by every value tried"),
        "value": maybe("number", "as people write it, on the side that reaches the target; checked"),
        "found": maybe("number", "the measure there"),
        "bracket": {"anyOf": [{"type": "null"}, bracket]},
        "one_way": _yes("the measure moves one way only over the range, as far as it was looked at"),
        "complete": YES_OR_NO,
        "now": maybe("number", "the measure as it is"),
        "tried": list_of(tried),
        "activities": list_of(activity, "where no value closes the gap: what the range does for each activity"),
    }


def _cheapest() -> dict[str, Schema]:
    way = an_object(
        {
            "way": {"enum": ["sessions", "extra", "posts"]},
            "cheapest": YES_OR_NO,
            "pounds": maybe("number", "a year; null without a price"),
            "extra_pa": number("a week"),
            "extra_hours": number("a week"),
            "extra_pounds": maybe("number", "a year"),
            "bought_as": text("locum_session, waiting_list_session or blank"),
            "sessions_a_year": number(""),
            "sessions_pounds": maybe("number", "a year"),
            "wte": number("of new posts"),
            "posts": text(),
            "left": number("sessions a week short all the same"),
            "proven": YES_OR_NO,
            "reason": text("why it has no price or no end"),
        }
    )
    return {
        "least_cost": {"const": True},
        "reached": YES_OR_NO,
        "short_now": number("sessions a week, of the plans in force"),
        "short_planned": maybe("number", "sessions a week, of a plan within present contracts"),
        "reason": text("why there is no plan"),
        "complete": YES_OR_NO,
        "ways": list_of(way),
    }


def pareto_schema() -> Schema:
    """Schema of ``Pareto.to_json()``: what ``capacity pareto --json`` prints."""
    frontier = frontier_schema()
    plan = frontier["properties"]["points"]["items"]["properties"]["plan"]
    point = an_object(
        {
            "point": {"type": "integer", "minimum": 1},
            "short": number("sessions a week left short", minimum=0),
            "changed": number("sessions a week moved, added or dropped", minimum=0),
            "pounds": maybe("number", "a year beyond present contracts; null without a price"),
            "extra_pa": number("a week"),
            "extra_hours": number("a week"),
            "by": {"enum": ["change", "extra"], "description": "the frontier it comes from"},
            "proven": YES_OR_NO,
            "plan": plan,
        }
    )
    schema = _answer(
        "The Pareto set of gap, change and cost",
        {
            "reason": text("why there is no plan"),
            "complete": YES_OR_NO,
            "priced": _yes("cost is in pounds; else in extra PAs"),
            "beaten": {"type": "integer", "minimum": 0, "description": "plans left out, as another beats them"},
            "points": list_of(point, "by rising cost, then change"),
        },
    )
    return {**schema, "$defs": frontier["$defs"]}


def robust_schema() -> Schema:
    """Schema of ``Robust.to_json()``: what ``capacity robust --json`` prints."""
    frontier = frontier_schema()
    plan = frontier["properties"]["points"]["items"]["properties"]["plan"]
    case = an_object(
        {
            "name": text(),
            "weight": number("as given", minimum=0),
            "required": number("sessions a week", minimum=0),
            "required_by_activity": by_id(number("sessions a week"), "activity -> required"),
            "robust_short": number("sessions a week short under the robust plan", minimum=0),
            "central_short": number("the same under the plan for the central demand", minimum=0),
            "own_short": maybe("number", "the same under the plan made for this demand; null where stopped before"),
            "robust_rapid": number("of robust_short, rapid activities", minimum=0),
            "central_rapid": number("of central_short, rapid activities", minimum=0),
            "robust_regret": maybe("number", "robust_short less own_short"),
            "central_regret": maybe("number", "central_short less own_short"),
            "own_proven": YES_OR_NO,
        }
    )
    either = {"anyOf": [{"type": "null"}, plan]}
    schema = _answer(
        "One plan for several demands",
        {
            "reason": text("why there is no plan"),
            "worst": _yes("the worst of the demands comes first; else their weights count"),
            "complete": YES_OR_NO,
            "one_session": {
                "type": "integer",
                "description": "what a session short of every demand counts in the shortfall tiers of the robust plan",
            },
            "demands": list_of(case, "the central one first"),
            "robust": {**either, "description": "its tiers count all demands; shortfall is of the central one"},
            "central": {**either, "description": "the plan for the central demand"},
        },
    )
    return {**schema, "$defs": frontier["$defs"]}
