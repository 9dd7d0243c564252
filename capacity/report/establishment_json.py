"""The machine-readable form of an establishment and its published schema (``capacity schema establishment``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity.report.establishment_text import answer_sentence, need_sentence
from capacity.report.plan_json import plain_json
from capacity.report.schemas import (
    DRAFT,
    ID,
    STATUSES,
    Schema,
    _by_id,
    _finding,
    _list,
    _maybe,
    _number,
    _object,
    _text,
)

if TYPE_CHECKING:
    from capacity.optimise.establish.result import PostLine, Totals
    from capacity.report.establishment import Establishment

SCHEMA_VERSION = 1


def establishment_json(found: Establishment) -> dict[str, Any]:
    """Return everything known about an establishment as plain data, valid against :func:`establishment_schema`."""
    json = {
        "schema": SCHEMA_VERSION,
        "service": found.service.id,
        "status": found.status,
        "sentence": answer_sentence(found),
        "minimise": found.minimise,
        "keep_team": found.keep_team,
        "cover": found.cover,
        "aims": [dict(aim.__dict__) for aim in found.aims],
        "posts": [_post(line) for line in found.posts],
        "stay": _totals(found.stay),
        "new": _totals(found.new),
        "needs": [
            {
                "activities": list(need.activities),
                "groups": list(need.groups),
                "needed_pa": need.needed_pa,
                "available_pa": need.available_pa,
                "posts": need.posts,
                "sentence": need_sentence(found, need),
            }
            for need in found.needs
        ],
        "savings": [{**saving.__dict__, "proven": saving.proven} for saving in found.savings],
        "reasons": list(found.reasons),
        "short_at_best": found.short_at_best,
        "required": {key: row.required for key, row in found.required.activities.items()},
        "delivered": {} if found.outcome is None else found.outcome.delivered,
        "types": [
            {
                "post": each.id,
                "group": each.group,
                "wte": each.wte,
                "pounds": each.pounds,
                "like": list(each.like),
                "skills": each.output,
                "rotas": list(each.post.rotas),
            }
            for each in found.types
        ],
        "findings": [dict(finding.__dict__) for finding in found.findings],
        "run": found.run,
    }
    rounded: dict[str, Any] = plain_json(json)
    return rounded


def _post(line: PostLine) -> dict[str, Any]:
    return {
        "post": line.kind.id,
        "name": line.kind.post.name,
        "staff_group": line.kind.post.staff_group,
        "grade": line.kind.post.grade,
        "contract_pa": line.kind.post.contract_pa,
        "contract_hours": line.kind.post.contract_hours,
        "posts": line.count,
        "people": list(line.people),
        "wte": line.wte,
        "pounds": line.pounds,
        "work": line.work,
        "short_without": line.short_without,
        "short_without_proven": line.short_without_proven,
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {"people": totals.people, "wte": totals.wte, "pounds": totals.pounds}


def establishment_schema() -> Schema:
    """Schema of ``Establishment.to_json()``: what ``capacity establish --json`` prints."""
    sessions = _number("sessions a calendar week", minimum=0)
    ids = _list(_text(pattern=ID))
    totals = _object(
        {
            "people": _number("people", minimum=0),
            "wte": _number("WTE", minimum=0),
            "pounds": _maybe("number", "a year; null where somebody has no price"),
        }
    )
    post = _object(
        {
            "post": _text("type of post", pattern=ID),
            "name": _text(),
            "staff_group": _text(),
            "grade": _maybe("string", ""),
            "contract_pa": _maybe("number", "PAs a week of one post"),
            "contract_hours": _maybe("number", "hours a week of one post"),
            "posts": _number("how many", minimum=1),
            "people": _list(_text(pattern=ID), "ids of the posts in service/"),
            "wte": _number("of all of them", minimum=0),
            "pounds": _maybe("number", "a year, of all of them"),
            "work": _by_id(sessions, "what they deliver, by activity"),
            "short_without": _by_id(sessions, "what the team with one of them fewer leaves uncovered"),
            "short_without_proven": {"type": "boolean", "description": "no such team leaves less"},
        }
    )
    aim = _object(
        {
            "name": {"enum": ["cost", "wte", "posts", "order"]},
            "value": _maybe("number", "pounds a year, WTE or posts; null for the order of types"),
            "bound": _maybe("number", "no team of these posts has less"),
            "status": {"enum": ["optimal", "feasible", "unknown"]},
        }
    )
    need = _object(
        {
            "activities": ids,
            "groups": _list(_text(), "staff groups and grades of the posts that can do them"),
            "needed_pa": _number("PAs a week the activities take at least", minimum=0),
            "available_pa": _number("PAs a week of the people who stay and can do any of them", minimum=0),
            "posts": _number("posts that takes at least", minimum=1),
            "sentence": _text(),
        }
    )
    saving = _object(
        {
            "activity": _text(pattern=ID),
            "found": _number("what one session a week less saves at least, in the first aim", minimum=0),
            "at_most": _number("and at most", minimum=0),
            "proven": {"type": "boolean"},
        }
    )
    kind = _object(
        {
            "post": _text(pattern=ID),
            "group": _text(),
            "wte": _number("of one post", minimum=0),
            "pounds": _maybe("number", "a year of one post"),
            "like": _list(_text(pattern=ID), "people in post it was taken from"),
            "skills": _by_id(_number("share of a full session's contacts"), "by activity"),
            "rotas": ids,
        }
    )
    return {
        "$schema": DRAFT,
        "title": "The smallest or cheapest team that covers a requirement",
        **_object(
            {
                "schema": {"const": SCHEMA_VERSION},
                "service": _text(),
                "status": {"enum": list(STATUSES)},
                "sentence": _text("the answer in words"),
                "minimise": {"enum": ["cost", "wte", "people"]},
                "keep_team": {"type": "boolean", "description": "the people in post stay"},
                "cover": _text("centile, mean, or a share of the requirement"),
                "aims": _list(aim, "in order; empty where no team was found"),
                "posts": _list(post),
                "stay": totals,
                "new": totals,
                "needs": _list(need, "binding requirements"),
                "savings": _list(saving, "what one session a week less of an activity saves, the most first"),
                "reasons": _list(_text(), "why there is no team"),
                "short_at_best": _by_id(sessions, "what no team covers"),
                "required": _by_id(sessions, "what the team covers"),
                "delivered": _by_id(sessions, "what its plan delivers"),
                "types": _list(kind, "posts that may be created"),
                "findings": _list(_finding()),
                "run": {"type": "object"},
            }
        ),
    }
