"""What ``capacity demand`` prints: each stream from referrals to slots, then each activity in sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from capacity.demand.result import Demand
from capacity.report.answer import all_findings, read_in_words
from capacity.report.text import findings_text
from capacity.report.words import count, number, table, wrapped
from capacity.service.model import Service
from capacity.service.resolved import activity_tier

LONGEST_NAME = 34


def demand_text(service: Service, demand: Demand) -> str:
    """Return the sized demand as plain text of at most 100 columns."""
    sections = [
        wrapped(f"{service.name}: {read_in_words(service, demand)}"),
        wrapped(_sentence(demand)),
        _streams(service, demand),
        _activities(service, demand),
        findings_text(all_findings(service, demand, None, None)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _sentence(demand: Demand) -> str:
    rows = demand.activities.values()
    required, mean = sum(row.required for row in rows), sum(row.required_mean for row in rows)
    if required <= 0:
        return "Nothing is required: no stream or activity asks for a session."
    hours = sum(row.contact_and_admin_hours for row in rows)
    attended = sum(row.attendances for row in rows)
    text = f"Demand asks for {count(required, 'session')} a week"
    if required - mean >= 0.05:
        text += f", {number(mean)} at the mean and {number(required - mean)} more for busy weeks of rapid access"
    return f"{text}: {count(attended, 'attendance')} and {count(hours, 'hour')} with patients and their admin a week."


def _value(json: Mapping[str, Any], *path: str) -> float | None:
    """Figure at a path of the published keys; None where there is none."""
    found: Any = json
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _streams(service: Service, demand: Demand) -> str:
    rows = []
    for stream in service.streams:
        json = demand.streams_json.get(stream.stream, {})
        weeks = _value(json, "weeks")
        rows.append(
            [
                stream.name,
                stream.kind,
                "-" if weeks is None else f"{weeks:.0f}",
                _shown(_value(json, "sizing", "mean")),
                _shown(_value(json, "sizing", "centile", "value")),
                _shown(_value(json, "slots")),
                _shown(_value(json, "attendances")),
                _shown(_value(json, "contact_hours")),
            ]
        )
    if not rows:
        return "There are no streams: the requirement is what activities ask for themselves."
    header = ["Stream, a week", "kind", "weeks", "mean", "centile", "slots", "attended", "hours"]
    note = "Mean and centile are referrals a week at the plan year, growth applied; slots and hours are what they take."
    return table(header, rows, left=2, widest=LONGEST_NAME) + "\n" + wrapped(note)


def _activities(service: Service, demand: Demand) -> str:
    rows = []
    ranked = sorted(service.activities, key=lambda activity: activity_tier(service, activity) != "rapid")
    for activity in ranked:
        row = demand.activities.get(activity.activity)
        if row is not None and row.required > 0:
            figures = (row.slots, row.contact_and_admin_hours, row.fixed_sessions, row.required_mean, row.required)
            rows.append([activity.name, activity_tier(service, activity), *map(_shown, figures)])
    if not rows:
        return ""
    header = ["Activity, a week", "tier", "slots", "hours", "fixed", "at mean", "required"]
    note = "Slots and hours are at the sizing level; fixed sessions are asked for by the activity itself."
    return table(header, rows, left=2, widest=LONGEST_NAME) + "\n" + wrapped(note)
