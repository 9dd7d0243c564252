"""The machine-readable form of a stress test and its published schema (``capacity schema stress``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity.answer import scenarios_of, with_scenarios
from capacity.report.plan_json import plain_json
from capacity.report.schemas import DRAFT, ID, Schema, _by_id, _list, _maybe, _number, _object, _text

if TYPE_CHECKING:
    from capacity.report.stress import Stress
    from capacity.scenario.stress import StressResult

SCHEMA_VERSION = 1


def stress_json(stress: Stress) -> dict[str, Any]:
    """Return everything known about a stress test as plain data, valid against :func:`stress_schema`."""
    json: dict[str, Any] = plain_json(
        {
            "schema": SCHEMA_VERSION,
            "service": stress.service.id,
            "settings": stress.results[0].settings.to_json(),
            "plans": [
                _plan(result, sentence) for result, sentence in zip(stress.results, stress.sentences, strict=True)
            ],
            "differences": stress.differences.to_dict("records"),
            "impossible": dict(stress.impossible),
            "run": dict(stress.run),
        }
    )
    return with_scenarios(stress.service, json)


def _plan(result: StressResult, sentence: str) -> dict[str, Any]:
    weeks = result.weeks.assign(week_starting=[date.isoformat() for date in result.weeks["week_starting"]])
    absences = [
        {**row, "others": [who for who in str(row["others"]).split(";") if who]}
        for row in result.absences.to_dict("records")
    ]
    return {
        "label": result.label,
        "scenarios": scenarios_of(result.service),
        "sentence": sentence,
        "activities": result.activities.to_dict("records"),
        "streams": result.streams.to_dict("records"),
        "weeks": weeks.to_dict("records"),
        "lists": result.paths.to_dict("records"),
        "absences": absences,
        "people": result.people.to_dict("records"),
        "season": dict(result.season),
        "notes": list(result.notes),
    }


def stress_schema() -> Schema:
    """Schema of ``Stress.to_json()``."""
    schema = _object(
        {
            "schema": {"const": SCHEMA_VERSION},
            "service": _text(pattern=ID),
            "settings": _settings(),
            "plans": _list(_plan_schema(), "in the order asked for; the first is what the others are held against"),
            "differences": _list(_difference(), "a row an activity and plan but the first"),
            "impossible": {
                "type": "object",
                "additionalProperties": _text(),
                "description": "scenarios that cannot be laid over the service, and why",
            },
            "run": {"type": "object", "description": "hash of the input, and versions"},
        },
        closed=False,
    )
    return {"$schema": DRAFT, "title": "Plans in simulated years, week by week", **schema}


def _settings() -> Schema:
    return _object(
        {
            "years": {"type": "integer", "minimum": 1},
            "seed": {"type": "integer", "minimum": 0},
            "sickness": _number("share of the weeks otherwise present, where the policy names none", minimum=0),
            "extra_sickness": _number("share lost on top of the weeks of the model", minimum=0),
            "spell_weeks": _number("mean length of a spell of sickness", minimum=1),
            "cancelled": _number("share of lists cancelled", minimum=0),
            "leave_in_holidays": _maybe("number", "share of leave in school holidays; null: spread evenly"),
            "absence_weeks": {"type": "integer", "minimum": 1},
            "season": {"enum": ["helps", "always", "never"]},
            "bank_holidays": {"type": "boolean"},
        }
    )


def _plan_schema() -> Schema:
    share, sessions = {"minimum": 0, "maximum": 1}, {"minimum": 0}
    activity = _object(
        {
            "activity": _text(pattern=ID),
            "name": _text(),
            "tier": {"enum": ["rapid", "routine"]},
            "priority": {"type": "integer"},
            "demand": _number("sessions a week asked for, as drawn", **sessions),
            "required": _number("the mean that is drawn about: recurrent requirement, every stream at its mean"),
            "capacity": _number("sessions a week that take place, as drawn", **sessions),
            "supplied": _number("what gap says the plan supplies: bank holidays spread evenly, no list cancelled"),
            "met": _number("share of weeks whose sessions are at least what is asked in them", **share),
            "filled": _number("share of what is asked that sessions of the same week hold", **share),
            "short": _number("sessions the mean week lacks", **sessions),
            "capacity_sd": _number("standard deviation of a week's sessions", **sessions),
            "cover": _number("sessions a week that fall to cover, their holder being away", **sessions),
            "cover_high": _number("the 90th centile of those", **sessions),
        }
    )
    stream = _object(
        {
            "stream": _text(pattern=ID),
            "name": _text(),
            "activity": _text(pattern=ID),
            "kind": _text(),
            "load": _maybe("number", "demand / sessions of its activity; null without sessions"),
            "start": _number("patients waiting at the start of the year, mean", **sessions),
            "start_from": {"enum": ["given", "a year before", "nought"]},
            "end": _number("patients waiting at the end of the year, mean", **sessions),
            "end_low": _number("10 years in 100 stay below", **sessions),
            "end_median": _number("median", **sessions),
            "end_high": _number("90 years in 100 stay below", **sessions),
            "weeks_waiting": _maybe("number", "weeks of referrals that the mean list at the end is"),
            "target_weeks": _maybe("number", "weeks of the promise; null without one"),
            "target_share": _maybe("number", "share to be seen within it"),
            "in_time": _maybe("number", "share seen within it; null where no week's time runs out in the year"),
            "years_met": _maybe("number", "share of years that reach the target share"),
        }
    )
    week = _object(
        {
            "week_starting": _text(format="date"),
            "activity": _text("id, or all activities"),
            "demand": _number("mean sessions asked for", **sessions),
            "capacity": _number("mean sessions that take place", **sessions),
            "met": _number("share of years in which the week is met; of all activities, every one of them", **share),
            "short": _number("mean sessions lacking; of all, surpluses not counted", **sessions),
            "bank_holidays": _text("weekdays, such as Mon;Tue"),
            "cycle_week": {"type": "integer", "minimum": 1},
        }
    )
    return _object(
        {
            "label": _text(),
            "scenarios": _list(
                _object({"name": _text(), "changes": _list(_text())}), "scenarios laid over the service, in order"
            ),
            "sentence": _text("what happens to it"),
            "activities": _list(activity),
            "streams": _list(stream),
            "weeks": _list(week),
            "lists": _list(_path(), "patients of each stream waiting at the end of weeks 0 to 52"),
            "absences": _list(_absence(), "who hurts most first"),
            "people": _list(_person(), "weeks a year, at the rate of a whole year in post"),
            "season": _by_id(_text(), "what is said of the season of each series"),
            "notes": _list(_text()),
        }
    )


def _path() -> Schema:
    return _object(
        {
            "stream": _text(pattern=ID),
            "week": {"type": "integer", "minimum": 0},
            **{name: _number("patients", minimum=0) for name in ("mean", "low", "median", "high")},
        }
    )


def _absence() -> Schema:
    return _object(
        {
            "person": _text(pattern=ID),
            "activity": _text(pattern=ID),
            "lost": _number("sessions that do not take place in the absence, once"),
            "undone": _number("sessions of work asked for that are not done because of it, once"),
            "longer": _number("patients more on the activity's lists at the end of the year, mean"),
            "met_with": _number("share of those weeks met, with them", minimum=0, maximum=1),
            "met_away": _number("share of those weeks met, without them", minimum=0, maximum=1),
            "met_year": _number("share of all weeks met, were they away all year", minimum=0, maximum=1),
            "left": _number("share of the activity's sessions left without them"),
            "others": _list(_text(pattern=ID), "who else is skilled"),
            "lost_year": _number("sessions that do not take place in a year away"),
        }
    )


def _person() -> Schema:
    return _object(
        {
            "person": _text(pattern=ID),
            "weeks": _number("present by the model", minimum=0),
            "there": _number("present as drawn, with this year's bank holidays", minimum=0),
            "leave": _number("leave and study leave drawn", minimum=0),
            "sickness": _number("sickness drawn", minimum=0),
            "duty": _number("duty weeks that displace sessions", minimum=0),
        }
    )


def _difference() -> Schema:
    return _object(
        {
            "label": _text(),
            "activity": _text(pattern=ID),
            "met": _number("share of weeks met", minimum=0, maximum=1),
            "more": _number("more than with the first plan, in the same weeks"),
            "error": _maybe("number", "standard error of that; null for one year"),
            "short": _number("sessions the mean week lacks", minimum=0),
            "less_short": _number("fewer than with the first plan"),
        }
    )
