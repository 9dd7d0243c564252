"""The machine-readable form of a ladder, and its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity.report.schemas import DRAFT, Schema, _list, _object, _text
from capacity.scenario.ladder import RUNGS, Rung

if TYPE_CHECKING:
    from capacity.report.gap_ladder import GapLadder

COLUMNS = (
    "rung", "needed", "closes", "left", "changed", "people", "extra_pa", "wte", "pounds", "what",
)  # fmt: skip


def ladder_json(found: GapLadder) -> dict[str, Any]:
    """Return everything known about a ladder as plain data, valid against ``capacity schema ladder``."""
    return {
        "schema": 1,
        "service": found.service.id,
        "sentence": found.sentence(),
        "reason": found.reason,
        "rungs": [_json(rung) for rung in found.rungs],
        "run": dict(found.run or {}),
    }


def rung_row(rung: Rung) -> tuple[Any, ...]:
    """Return the row of a rung in ladder.csv."""
    return (
        rung.key, rung.needed, round(rung.closes, 4), round(rung.left, 4), round(rung.changed, 4), rung.people,
        round(rung.extra_pa, 4), round(rung.wte, 4), None if rung.pounds is None else round(rung.pounds), rung.sentence,
    )  # fmt: skip


def _json(rung: Rung) -> dict[str, Any]:
    outcome = None if rung.run is None else rung.run.outcome
    return {
        **dict(zip(COLUMNS, rung_row(rung), strict=True)),
        "shortfall": {key: round(value, 6) for key, value in rung.shortfall.items()},
        "unpriced": list(rung.unpriced),
        "difference": "" if rung.run is None else rung.run.difference,
        "status": None if outcome is None else outcome.status,
    }


def ladder_schema() -> Schema:
    """Schema of ``GapLadder.to_json()``."""
    number_or_null = {"type": ["number", "null"]}
    amount = {"type": "number"}
    rung = _object(
        {
            "rung": {"enum": ["do_nothing", *RUNGS]},
            "needed": {"type": "boolean"},
            **dict.fromkeys(("closes", "left", "changed"), amount),
            "people": {"type": "integer"},
            **dict.fromkeys(("extra_pa", "wte"), amount),
            "pounds": number_or_null,
            "what": _text("what the rung does, in words"),
            "shortfall": {"type": "object", "additionalProperties": amount},
            "unpriced": _list(_text()),
            "difference": _text("from the base, of this rung and those before"),
            "status": {"type": ["string", "null"]},
        }
    )
    schema = _object(
        {
            "schema": {"const": 1},
            "service": _text(),
            "sentence": _text(),
            "reason": _text("why there is no plan"),
            "rungs": _list(rung, "do nothing first"),
            "run": {"type": "object"},
        }
    )
    return {"$schema": DRAFT, "title": "The ladder: redeploy, train, extra hours, recruit, manage demand", **schema}
