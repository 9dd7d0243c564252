"""The machine-readable form of a frontier; its schema is ``schemas.frontier_schema``."""

from __future__ import annotations

from typing import Any

from capacity.report.frontier import COLUMNS, Frontier, FrontierPoint
from capacity.report.plan_json import plain_json, plan_json

SCHEMA_VERSION = 1


def frontier_json(frontier: Frontier) -> dict[str, Any]:
    """Return everything known about a frontier as plain data, valid against the schema ``capacity schema frontier``."""
    rows = frontier.frame.to_dict("records")
    knee = frontier.knee
    json: dict[str, Any] = plain_json(
        {
            "schema": SCHEMA_VERSION,
            "service": frontier.service.id,
            "cycle_weeks": frontier.service.cycle_weeks,
            "by": frontier.by,
            "reason": frontier.reason,
            "sentence": frontier.sentence(),
            "plan_short": frontier.plan_short,
            "knee": None if knee is None else dict(knee.__dict__),
            "points": [_point(row, point) for row, point in zip(rows, frontier.points, strict=True)],
            "run": dict(frontier.run),
        }
    )
    return json


def _point(row: dict[Any, Any], point: FrontierPoint) -> dict[str, Any]:
    made = point.outcome
    return {
        **{name: row[name] for name in COLUMNS},
        "bounds": dict(point.bounds),
        "plan": plan_json(made.service, made.demand, made.gap, made),
    }
