"""The machine-readable form of a comparison, from which it can be run again, and its schema."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from capacity.report.plan_json import plain_json
from capacity.report.schemas import DRAFT, ID, Schema, _by_id, _list, _maybe, _number, _object, _run, _text
from capacity.scenario.again import hash_of
from capacity.scenario.compare import ACTIVITY_COLUMNS, COLUMNS
from capacity.scenario.overlay import Scenario

if TYPE_CHECKING:
    from capacity.report.comparison import Comparison
    from capacity.scenario.run import ScenarioRun

SCHEMA_VERSION = 1
NOT_MEASURES = (
    "column", "letter", "name", "status", "reason", "difference", "share_of_year", "notes",
    "requirement_within_uncertainty", "short_within_uncertainty", "short_proven",
)  # fmt: skip
MEASURES = tuple(name for name in COLUMNS if name not in NOT_MEASURES)
"""Figures of a column, as in ``Comparison.frame``."""
STATUSES = ("in force", "optimal", "feasible", "impossible", "stopped", "failed")
KEY = "^[A-Za-z0-9_.+ -]+$"


def compare_json(made: Comparison) -> dict[str, Any]:
    """Return everything known about a comparison as plain data, valid against ``capacity schema compare``."""
    rows = made.frame.astype(object).where(made.frame.notna(), None).to_dict("records")
    scenarios = {scenario.id: scenario for column in made.columns for scenario in column}
    found: dict[str, Any] = plain_json(
        {
            "schema": SCHEMA_VERSION,
            "service": made.service.id,
            "model": made.service.origin.path,
            "sentence": made.sentence(),
            "half_width": made.half_width,
            "scenarios": [overlay_json(scenario) for scenario in scenarios.values()],
            "columns": [_column(row, run) for row, run in zip(rows, made.runs, strict=True)],
            "run": dict(made.run),
        }
    )
    return found


def overlay_json(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as its file has it; one that was made in code as its fields, and no text."""
    fields = None if scenario.source else scenario.model_dump(mode="json", by_alias=True, exclude={"source"})
    return {
        "id": scenario.id,
        "name": scenario.name,
        "text": scenario.source,
        "fields": fields,
        "sha256": hash_of(scenario.source, fields),
    }


def _column(row: dict[Any, Any], run: ScenarioRun) -> dict[str, Any]:
    found = run.measures
    return {
        "column": run.key,
        "letter": row["letter"],
        "name": run.name,
        "scenarios": list(run.scenarios),
        "status": run.status,
        "reason": run.reason,
        "difference": run.difference,
        "changes": [asdict(change) for change in run.changes],
        "starts": None if run.starts is None else run.starts.isoformat(),
        "ends": None if run.ends is None else run.ends.isoformat(),
        "share_of_year": run.share_of_year,
        "requirement_within_uncertainty": row["requirement_within_uncertainty"],
        "short_within_uncertainty": row["short_within_uncertainty"],
        "short_proven": row["short_proven"],
        "not_priced": [] if found is None else list(found.money.reasons),
        "measures": None if found is None else {name: row[name] for name in MEASURES},
        "activities": {}
        if found is None
        else {each.activity: {name: getattr(each, name) for name in ACTIVITY_COLUMNS[1:]} for each in found.activities},
        "lists": {}
        if found is None
        else {
            stream: {"now": now, "in_a_year": found.waiting.get(stream)} for stream, now in found.waiting_now.items()
        },
        "input_hash": run.input_hash,
        "limits_fired": limits_fired(run),
        "seconds": round(run.seconds, 3),
    }


def limits_fired(run: ScenarioRun) -> list[str]:
    """Which limit ended the search of each answer: none, work or time. Only ``time`` depends on the machine."""
    answers = [] if run.outcome is None else [run.outcome, run.outcome.with_extra]
    return [str(each.run.get("limit_fired", "none")) for each in answers if each is not None]


def compare_schema() -> Schema:
    """Schema of run.json and of ``capacity compare --json``."""
    sessions = _number("full sessions a calendar week")
    maybe_yes = _maybe("boolean", "less than half the 90 % interval of the requirement; null where not known")
    activity = _object(
        {
            "name": _text(),
            "tier": {"enum": ["rapid", "routine"]},
            "required": sessions,
            "supplied": _number("by the plans in force"),
            "gap": _number("required - supplied"),
            "delivered": _number("by the plan proposed, within present contracts"),
            "short_now": _number("left by the plans in force, day by day where spread is given"),
            "short": _number("left after planning within present contracts"),
            "short_with_extra": _number("left with extra PAs up to the budget"),
        }
    )
    measures = _object({name: _maybe("number", _MEANING.get(name, "")) for name in MEASURES})
    change = _object({"sentence": _text(), "applicable": {"type": "boolean"}, "scenario": _text()})
    column = _object(
        {
            "column": _text("do_nothing, base, or ids of scenarios in their order with + between", pattern=KEY),
            "letter": _text("by which texts and figures name it; blank for the first two"),
            "name": _text(),
            "scenarios": _list(_text("id")),
            "status": {"enum": list(STATUSES)},
            "reason": _text("why there are no measures"),
            "difference": _text("what is changed from the base, in words"),
            "changes": _list(change),
            "starts": _maybe("string", "first day on which the changes hold"),
            "ends": _maybe("string", "last day"),
            "share_of_year": _number("share of the plan year in which they hold", minimum=0, maximum=1),
            "requirement_within_uncertainty": maybe_yes,
            "short_within_uncertainty": maybe_yes,
            "short_proven": _maybe("boolean", "no plan leaves less short, tier by tier; null without a plan"),
            "not_priced": _list(_text(), "what has no price, and why"),
            "measures": {"anyOf": [{"type": "null"}, measures]},
            "activities": _by_id(activity, "activity -> sessions a calendar week"),
            "lists": _by_id(
                _object({"now": _number("patients"), "in_a_year": _maybe("number", "patients")}), "stream -> list"
            ),
            "input_hash": _text("of the service with the changes made"),
            "limits_fired": _list({"enum": ["none", "work", "time"]}, "of the search of each answer"),
            "seconds": _number("that the run took", minimum=0),
        }
    )
    overlay = _object(
        {
            "id": _text(),
            "name": _text(),
            "text": _text("of its file; blank for one made in code"),
            "fields": {"type": ["object", "null"], "description": "of one made in code"},
            "sha256": _text("of the text, or of the fields", pattern="^[0-9a-f]{64}$"),
        }
    )
    return {
        "$schema": DRAFT,
        "title": "Scenarios side by side",
        **_object(
            {
                "schema": {"const": SCHEMA_VERSION},
                "service": _text(pattern=ID),
                "model": _text("folder the service was read from, as it was given"),
                "sentence": _text("the lead's sentence"),
                "half_width": _maybe("number", "half of the 90 % interval of the requirement, sessions a week"),
                "scenarios": _list(overlay),
                "columns": _list(column, "doing nothing, the base planned, then the scenarios"),
                "run": _run(),
            }
        ),
    }


_MEANING = {
    "required": "full sessions a calendar week",
    "required_lower": "90 % interval of the requirement; null where demand does not tell",
    "supplied": "by the plans in force, of activities something is required of",
    "gap": "required - supplied, surpluses counted",
    "short_now": "what activities lack before planning, added up",
    "short": "left after planning within present contracts; in do_nothing what the plans in force leave",
    "short_with_extra": "left with extra PAs up to the budget",
    "closed": "short of do_nothing - short",
    "changed": "sessions a week moved, added or dropped, within present contracts",
    "people": "whose sessions change, within present contracts",
    "extra_pa": "PAs a week of the second answer",
    "extra_hours": "hours a week of the second answer, of contracts in hours",
    "list_in_a_year": "patients on all waiting lists after 52 weeks, backlog clinics not counted",
    "attendances": "a year",
    "pounds_recurrent": "a year: what the team costs more, and what the scenario says it costs",
    "pounds_extra_pa": "a year, of the second answer; extra hours are not priced",
    "backlog_sessions": "once, that bring every list to its sustainable size",
    "pounds_once": "the scenario's own and the backlog clinics",
    "pounds_per_attendance": "recurrent pounds an extra attendance; null where not priced or where there are none",
    "short_this_year": "base + share of the year x (short - base)",
}
