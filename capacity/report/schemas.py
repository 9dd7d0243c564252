"""Published JSON Schemas (draft 2020-12) of the gap and of a plan, each in one place."""

from __future__ import annotations

from typing import Any, get_args

from capacity.outcome import ANY_PLAN, Verdict

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
    """Schema of ``Gap.to_json()``: what ``capacity gap --json`` prints.

    What is not required is left out for a gap that was made without a service.
    """
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
            "gap_wte": _number("the gap in whole-time equivalents, direct care alone"),
        },
        closed=False,
    )
    activity["properties"] |= _more_of_an_activity()
    schema = _object(
        {
            "activities": _by_id(activity, "by activity id, in sessions a calendar week"),
            "findings": _list(_finding()),
        },
        closed=False,
    )
    schema["properties"] |= _more_of_a_gap()
    return {"$schema": DRAFT, "title": "Gap between requirement and supply, by activity", **schema}


def _more_of_an_activity() -> dict[str, Schema]:
    return {
        "gap_slots": _maybe("number", "the gap in slots a week; null where no stream uses the activity"),
        "gap_contact_hours": _number("the gap in hours with patients a week"),
        "load": _maybe("number", "required / supplied; null without supply"),
        "backlog": _number("one-off sessions a week that required holds, with include_backlog", minimum=0),
        "pounds": _maybe("number", "what the shortfall costs a year by pounds_by; null without a price"),
        "pounds_by": _text("posts, extra_pa, waiting_list_session or locum_session: the first with a price"),
        "levels": {
            "type": "object",
            "propertyNames": {"enum": ["keep_up", "percentile", "service_level"]},
            "additionalProperties": _level(),
            "description": "the three levels side by side",
        },
        "supply": _object(
            {
                "supplied": _number("mean of the year", minimum=0),
                "lower": _number("of a 90 % interval of that mean"),
                "upper": _number("of a 90 % interval of that mean"),
                "week_sd": _maybe("number", "standard deviation of a week"),
                "week_low": _maybe("number", "5 weeks in 100 stay below"),
                "week_high": _maybe("number", "95 weeks in 100 stay below"),
                "sd_of_people": _number("the part of week_sd that is people being away"),
            },
            "mean supply with its interval, apart from how single weeks vary",
        ),
        "costs": _list(_cost(), "every way of closing the shortfall; empty without one"),
        "one_off": {
            "anyOf": [
                {"type": "null"},
                _object(
                    {
                        "sessions": _number("once", minimum=0),
                        "a_week": _number("over the plan year", minimum=0),
                        "route": _text(),
                        "pounds": _maybe("number", "once"),
                        "reason": _text("why there is no price"),
                    }
                ),
            ],
            "description": "one-off sessions that bring lists to their sustainable size",
        },
    }


def _level() -> Schema:
    """One level: requirement, supply and gap with 90 % intervals; null is not known."""
    numbers = {
        "required": "sessions a calendar week", "lower": "", "upper": "", "slots": "a week",
        "on_time": "share of weeks whose demand is within it",
        "seen_in_time": "share of patients seen within the promise, by the exact queue",
        "supplied": "", "supplied_lower": "", "supplied_upper": "", "gap": "", "gap_lower": "", "gap_upper": "",
        "gap_slots": "", "gap_contact_hours": "", "gap_hours": "DCC hours", "gap_pa": "", "gap_wte": "",
        "pounds": "of the shortfall, a year",
    }  # fmt: skip
    return _object(
        {
            "rule": _text("the level in words"),
            "used": {"type": "boolean", "description": "it feeds the requirement"},
            **{name: _maybe("number", description) for name, description in numbers.items()},
            "promise": _text(),
            "pounds_by": _text(),
            "reason": _text("why a figure is missing"),
        }
    )


def _cost() -> Schema:
    return _object(
        {
            "route": {"enum": ["posts", "extra_pa", "waiting_list_session", "locum_session"]},
            "quantity": _maybe("number", "in unit"),
            "unit": _text(),
            "price": _maybe("number", "of one unit, pounds"),
            "pounds": _maybe("number", "a year"),
            "reason": _text("why there is no price, or who is not in it"),
        }
    )


def _more_of_a_gap() -> dict[str, Schema]:
    rows = _list({"type": "object"})
    return {
        "total": {
            "type": "object",
            "propertyNames": {"enum": ["keep_up", "percentile", "service_level", "required"]},
            "additionalProperties": _level(),
            "description": "all activities with a requirement together; required: each at the level that feeds it",
        },
        "notes": _list(_text(), "what the intervals hold and what they do not"),
        "waiting_lists": {**rows, "description": "a row a list: recurrent gap apart from one-off backlog"},
        "one_off": {**rows, "description": "one-off work by stream, what patients come back for included"},
        "sensitivity": _object(
            {
                "ranked": {**rows, "description": "a row an assumption, largest effect on the total gap first"},
                "rows": {**rows, "description": "by assumption, direction and activity"},
                "absent": {"type": "object", "additionalProperties": _text("why it could not be moved")},
            }
        ),
        "calendar": _object(
            {
                "weeks": {**rows, "description": "week_starting, bank_holidays, cycle_week"},
                "activities": {"type": "object", "description": "available, available_sd, required, fails by week"},
            }
        ),
        "failing_weeks": _list(_text(), "sentences"),
        "utilisation": {"type": "object", "description": "rooms, dcc, delivered, lost"},
        **dict.fromkeys(("headroom", "ladder", "sessions", "categories", "therapy"), rows),
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


def frontier_schema() -> Schema:
    """Schema of frontier.json and of ``capacity frontier --json``."""
    week = "sessions a calendar week"
    whole = {"type": "integer", "minimum": 0}
    numbers = {
        "limit": "most that may be spent: sessions a week changed, or extra PAs",
        "changed": f"{week} moved, added or dropped from the plans in force",
        "moved": week, "added": week, "dropped": week, "extra_pa": "extra PAs a week of the plan",
        "short": f"{week} left uncovered", "rapid_mean": "of these, rapid activities below their mean",
        "rapid_headroom": "of these, rapid activities from mean to centile", "routine": "of these, the rest",
    }  # fmt: skip
    properties: dict[str, Schema] = {
        **{name: _number(words, minimum=0) for name, words in numbers.items()},
        **dict.fromkeys(("point", "people", "roles"), whole),
        "proven": {"type": "boolean", "description": "no plan within the limit leaves less short, tier by tier"},
        "carried": {"type": "boolean", "description": "the plan is that of the point before"},
        "bounds": {"type": "object", "additionalProperties": _number("no plan within the limit does better")},
        "plan": {"$ref": "#/$defs/answer"},
    }
    knee = _object(
        {
            "point": whole,
            **{name: _number("") for name in ("spent", "closed", "more_spent", "more_closed")},
        },
        "the point farthest above the straight line from the first to the last; null where nothing bends",
    )
    schema = _object(
        {
            "schema": {"const": 1},
            "service": _text(),
            "cycle_weeks": {"type": "integer", "minimum": 1},
            "by": {"enum": ["change", "extra"]},
            "reason": _text("why there are no points"),
            "sentence": _text("the knee in words"),
            "plan_short": {
                "type": ["number", "null"],
                "description": f"{week} that capacity plan leaves short; its tiers may end above their best by"
                " hold_tolerance, which those of the points may not",
            },
            "knee": {"anyOf": [{"type": "null"}, knee]},
            "points": _list(_object(properties), "in order of the limit; never worse than the one before"),
            "run": {"type": "object", "description": "seed, workers, time_limit, seconds, input_hash, versions"},
        }
    )
    title = "What each further change, or each further extra PA, closes of the gap"
    return {"$schema": DRAFT, "title": title, "$defs": plan_schema()["$defs"], **schema}


def _answer() -> Schema:
    schema = _answer_there_always()
    schema["properties"]["changes_from_start"] = {
        **_changes(),
        "description": "from the plan that was started from; only there where one was",
    }
    return schema


def _answer_there_always() -> Schema:
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
            "quality": _by_id({"type": "integer"}, "what the quality of this plan is made of, a cycle (docs/tiers.md)"),
            "verified": _list(_verified(), "what a second solver says, with --verify; else empty"),
            "required": _by_id(sessions, "activity -> sessions a calendar week required"),
            "supplied": _by_id(sessions, "activity -> sessions a calendar week the plans in force deliver"),
            "delivered": _by_id(sessions, "activity -> sessions a calendar week this plan delivers"),
            "shortfall": _by_id(sessions, "activity -> sessions a calendar week left uncovered, exactly"),
            "shortfall_mean": _by_id(sessions, "the same against the mean of rapid activities"),
            "roles": _by_id(ids, "role -> people who hold it"),
            "changes": _changes(),
            "extra": _by_id(_number("PA"), "person -> extra PAs a week; those without are left out"),
            "pounds": _pounds(),
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


def _pounds() -> Schema:
    return _object(
        {
            "extra_pa": _maybe("number", "the extra PAs, premium time they pay for included; extra hours not priced"),
            "closes": _maybe("number", "sessions a week closed beyond the first answer; null for the first"),
            "per_session": _maybe("number", "for each session so closed; null too where hours are not priced"),
            "locum": _maybe("number", "a locum for each session left uncovered"),
        },
        "pounds a year beyond present contracts; null where [costs] has no price",
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


def _verified() -> Schema:
    return _object(
        {
            "name": _text(f"of a tier; '{ANY_PLAN}' where there is no plan"),
            "verdict": {
                "enum": list(get_args(Verdict)),
                "description": "agreed: it proves the same, or of an open tier a value between bound and value",
            },
            "value": _maybe("number", "best value it has a plan for, the tiers before being held"),
            "bound": _maybe("number", "no plan can do better, it says"),
            "seconds": _number("time spent", minimum=0),
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


def explain_schema() -> Schema:
    """Schema of explain.json and of ``capacity explain --json``."""
    sessions = _number("sessions a calendar week")
    evidence = {
        "enum": ["proven", "at least", "not proven"],
        "description": "at least: the plan without it is the best there is, with it a better one may exist",
    }
    rule = _object(
        {
            "rule": _text("id"),
            "sentence": _text(),
            "people": _list(_text(pattern=ID)),
            "figures": _list(_text(), "what it is about: activities, rooms, half-days, minutes"),
        }
    )
    contradiction = _object(
        {
            "confirmed": {"enum": ["yes", "undecided", "no"], "description": "by a second solver"},
            "minimal": {"type": "boolean", "description": "without any one of them a plan was found and tested"},
            "by_week": {"type": "boolean", "description": "counts over the cycle fit, single weeks do not"},
            "rules": _list(rule),
        }
    )
    gain = _object(
        {
            "sessions": _maybe("number", "fewer short, not weighted; null where a tier is worse and not settled"),
            "value": _maybe("integer", "fewer in the tier's own value"),
            "evidence": evidence,
        }
    )
    return {
        "$schema": DRAFT,
        "title": "Why a plan is as it is, or why there is none",
        **_object(
            {
                "schema": {"const": 1},
                "service": _text(pattern=ID),
                "cycle_weeks": {"type": "integer", "minimum": 1},
                "status": {"enum": list(STATUSES)},
                "reason": _text("why there is no plan"),
                "sentence": _text("the lead's sentence"),
                "contradiction": {"anyOf": [{"type": "null"}, contradiction]},
                "shortfall": _by_id(sessions, "activity -> what the plan leaves uncovered, exactly"),
                "least": {
                    "type": "object",
                    "additionalProperties": _object({"value": {"type": "integer"}, "bound": {"type": "integer"}}),
                    "description": "shortfall tier -> what remedies are held against: least found, and the bound",
                },
                "activities": _by_id(_short_activity(evidence), "activity that stays short -> what keeps it so"),
                "remedies": _list(_remedy(gain, evidence), "all that were tried, ranked"),
                "not_tried": {"type": "object", "additionalProperties": _list(_text()), "description": "by kind"},
                "people": _by_id(_list(_reason()), "person -> what changes and why"),
                "run": _run(),
            }
        ),
    }


def _short_activity(evidence: Schema) -> Schema:
    lifted = _object(
        {
            "rules": _list(_text(), "one, or several that bind only together"),
            "sessions": _number("fewer short a calendar week without them"),
            "evidence": evidence,
        }
    )
    return _object(
        {
            "tier": {"enum": ["rapid", "routine"]},
            "short": _number("sessions a calendar week", minimum=0),
            "rules": _list(lifted),
            "facts": _list(_text()),
            "coverable": {"type": "boolean", "description": "the least shortfall found has none of it"},
            "settled": {"type": "boolean", "description": "there was time to look for rules, alone and together"},
        }
    )


def _remedy(gain: Schema, evidence: Schema) -> Schema:
    return _object(
        {
            "kind": {"enum": ["pa", "room", "skill", "role", "per_week", "day", "pin"]},
            "words": _text(),
            "about": {"type": "object", "additionalProperties": _text(), "description": "person, activity, room ..."},
            "tiers": {"type": "object", "additionalProperties": gain},
            "by_activity": _by_id(_number("fewer short a calendar week; below 0: more"), "activities that differ"),
            "sessions": _number("fewer short a calendar week in all"),
            "dcc_hours": _number("hours a week of these sessions, admin included"),
            "pounds": _maybe("number", "price a year; null where [costs] has none"),
            "price_note": _text(),
            "pounds_per_session": _maybe("number", "price over sessions a year"),
            "worth": _maybe("number", "pounds a year for the same sessions bought one by one"),
            "worth_note": _text("as what"),
            "evidence": evidence,
        }
    )


def _reason() -> Schema:
    where = _list(_object({"slot": _text(pattern=SLOT), "weeks": {"type": "integer", "minimum": 1}}))
    return _object(
        {
            "what": {"enum": ["kept", "moved", "added", "dropped", "not allowed", "role taken", "role given up"]},
            "activity": _text("activity id, role:<id>, or blank"),
            "gives": where,
            "takes": where,
            "words": _text("what changes"),
            "because": _text("why"),
            "tier": _text("first tier that is worse where it is undone; blank for none"),
            "worse": _number("by how much: sessions a calendar week, weighted"),
            "rules": _list(_text(), "rules that break where it is undone"),
        }
    )
