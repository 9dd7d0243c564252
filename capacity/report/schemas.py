"""Published JSON Schemas (draft 2020-12) of the gap and of a plan, each in one place."""

from __future__ import annotations

from typing import Any

DRAFT = "https://json-schema.org/draft/2020-12/schema"
STATUSES = ("optimal", "feasible", "impossible", "stopped")
TIER_STATUSES = ("optimal", "feasible", "unknown", "not used")
ID = "^[a-z0-9_-]+$"
SLOT = "^((Mon|Tue|Wed|Thu|Fri|Sat|Sun) (AM|LUNCH|PM|EVE)|-)$"

Schema = dict[str, Any]


def _number(description: str, **more: Any) -> Schema:
    return {"type": "number", "description": description, **more}


def _maybe(kind: str, description: str) -> Schema:
    return {"type": [kind, "null"], "description": description}


def _text(description: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": description} if description else {}), **more}


def _list(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def _object(properties: dict[str, Schema], description: str = "", closed: bool = True) -> Schema:
    """An object that has all these keys; ``closed`` allows no others."""
    schema: Schema = {"type": "object", "properties": properties, "required": list(properties)}
    if closed:
        schema["additionalProperties"] = False
    return {**schema, "description": description} if description else schema


def _by_id(values: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": ID},
        "additionalProperties": values,
        "description": description,
    }


def _finding() -> Schema:
    return _object(
        {
            "rule": _text("stable id of the rule"),
            "subject": _text("id or file it is about"),
            "message": _text(),
            "found": _text(),
            "allowed": _text(),
            "source": _text("where the rule comes from"),
            "minutes": _maybe("number", "weekly minutes it moves"),
        }
    )


def gap_schema() -> Schema:
    """Schema of ``Gap.to_json()``: what ``capacity gap --json`` prints."""
    activity = _object(
        {
            "name": _text(),
            "category": {"enum": ["DCC", "SPA", "ANR", "ED"]},
            "tier": {"enum": ["rapid", "routine"]},
            "required": _number("sessions a calendar week, rapid activities at their centile", minimum=0),
            "required_mean": _number("the same, every stream at its mean", minimum=0),
            "supplied": _number("sessions a calendar week the plans in force deliver, rotas included", minimum=0),
            "rota": _number("the part of it that duty weeks deliver", minimum=0),
            "gap": _number("required - supplied: positive is short, negative is surplus"),
            "gap_mean": _number("required_mean - supplied"),
            "gap_hours": _number("the gap in DCC hours a week"),
            "gap_pa": _number("the gap in PAs a week of job plans"),
            "gap_wte": _number("the gap in whole-time equivalents"),
        },
        closed=False,
    )
    return {
        "$schema": DRAFT,
        "title": "Gap between requirement and supply, by activity",
        **_object(
            {
                "activities": _by_id(activity, "by activity id, in sessions a calendar week"),
                "findings": _list(_finding()),
            },
            closed=False,
        ),
    }


def plan_schema() -> Schema:
    """Schema of plan.json and of ``capacity plan --json``."""
    answer = _answer()
    return {
        "$schema": DRAFT,
        "title": "A team plan, how good it is and what it changes",
        "$defs": {"finding": _finding(), "answer": answer},
        "$ref": "#/$defs/answer",
    }


def _answer() -> Schema:
    sessions = _number("sessions a calendar week", minimum=0)
    ids = _list(_text(pattern=ID))
    return _object(
        {
            "schema": {"const": 1},
            "service": _text(pattern=ID),
            "cycle_weeks": {"type": "integer", "minimum": 1},
            "status": {
                "enum": list(STATUSES),
                "description": "a plan exists unless impossible, or stopped before one was found",
            },
            "reason": _text("why there is no plan"),
            "sentence": _text("the lead's sentence"),
            "gap": _object(
                {key: _number("sessions a calendar week") for key in ("required", "supplied", "short", "surplus")}
            ),
            "tiers": _list(_tier(), "in order of importance"),
            "required": _by_id(sessions, "activity -> sessions a calendar week required"),
            "supplied": _by_id(sessions, "activity -> sessions a calendar week the plans in force deliver"),
            "delivered": _by_id(sessions, "activity -> sessions a calendar week this plan delivers"),
            "shortfall": _by_id(sessions, "activity -> sessions a calendar week left uncovered, exactly"),
            "shortfall_mean": _by_id(sessions, "the same against the mean of rapid activities"),
            "roles": _by_id(ids, "role -> people who hold it"),
            "changes": _changes(),
            "extra": _by_id(_number("PA"), "person -> extra PAs a week; those without are left out"),
            "weeks": _by_id(_number("weeks", minimum=0), "person -> weeks present a year used"),
            "cover_unplaced": _by_id(sessions, "activity -> cover bought but not placed, sessions a calendar week"),
            "job_plans": _list(_job_plan_row(), "rows of job_plans.csv"),
            "rooms": _list(_room(), "room of each session that uses one"),
            "run": _run(),
            "findings": _list({"$ref": "#/$defs/finding"}),
            "with_extra": {
                "description": "the second answer, with extra PAs up to the budget",
                "anyOf": [{"type": "null"}, {"$ref": "#/$defs/answer"}],
            },
        }
    )


def _tier() -> Schema:
    unit = "; null where nothing is known"
    return _object(
        {
            "name": _text(),
            "value": _maybe("number", f"best value found{unit}"),
            "bound": _maybe("number", f"no plan can do better{unit}"),
            "kept": _maybe("number", f"value of this plan{unit}"),
            "status": {"enum": list(TIER_STATUSES)},
            "seconds": _maybe("number", "time spent"),
        }
    )


def _changes() -> Schema:
    whole = {"type": "integer", "minimum": 0, "description": "sessions a cycle"}
    kinds = ("moved", "added", "dropped")
    cell = _object(
        {
            "activity": _text(),
            "slot": _text(pattern=SLOT),
            "weeks": {"type": "integer", "minimum": 1, "description": "weeks of the cycle"},
            "kind": {"enum": [*kinds, "not allowed"]},
        }
    )
    person = _object(
        {
            "person": _text(pattern=ID),
            **dict.fromkeys(kinds, whole),
            **{key: _list(cell) for key in ("lost", "gained", "not_allowed")},
            **{key: _list(_text(pattern=ID)) for key in ("roles_lost", "roles_gained")},
        }
    )
    return _object(
        {
            **dict.fromkeys(kinds, whole),
            "a_week": _object({kind: _number("sessions a week", minimum=0) for kind in kinds}),
            "people": _list(person),
        }
    )


def _job_plan_row() -> Schema:
    return _object(
        {
            "person": _text(pattern=ID),
            "activity": _text("activity id, or a reserved one such as spa or role:audit"),
            "slot": _text(pattern=SLOT),
            "weeks": {
                "anyOf": [{"type": "null"}, _list({"type": "integer", "minimum": 1})],
                "description": "weeks of the cycle; null is every week",
            },
            "minutes": _maybe("number", "minutes charged in that half-day; a week for slot -"),
            "per_year": _maybe("number", "sessions a year, for annualised activities"),
            "pinned": _maybe("boolean", "must stay"),
        }
    )


def _room() -> Schema:
    return _object(
        {
            "person": _text(pattern=ID),
            "activity": _text(pattern=ID),
            "slot": _text(pattern=SLOT),
            "week": {"type": "integer", "minimum": 1},
            "room": _text(pattern=ID),
        }
    )


def _run() -> Schema:
    return _object(
        {
            "seed": _maybe("integer", ""),
            "workers": _maybe("integer", ""),
            "versions": {"type": "object", "additionalProperties": _text()},
            "input_hash": _text("of everything the service holds"),
        },
        "what is needed to do the run again; more keys may stand here",
        closed=False,
    )
