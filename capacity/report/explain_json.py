"""The machine-readable form of an explanation (schema: ``capacity schema explain``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity.optimise.explain import Contradiction
from capacity.optimise.reasons import Reason
from capacity.optimise.why import Binding, Bought
from capacity.report.plan_json import plain_json
from capacity.report.text import lead_sentence

if TYPE_CHECKING:
    from capacity.report.team_explanation import Explanation

Json = dict[str, Any]


def explain_json(told: Explanation) -> Json:
    """Return an explanation as plain data. Sessions are a calendar week, pounds a year, unless a key says otherwise."""
    service, why = told.service, told.why
    outcome = why.outcome
    found = {
        "schema": 1,
        "service": service.id,
        "cycle_weeks": service.cycle_weeks,
        "status": outcome.status,
        "reason": outcome.reason,
        "sentence": lead_sentence(told.gap, outcome, service.cycle_weeks),
        "contradiction": None if why.contradiction is None else _contradiction(why.contradiction),
        "shortfall": dict(outcome.shortfall),
        "least": {name: {"value": value, "bound": bound} for name, (value, bound) in why.tiers.items()},
        "activities": {binding.activity: _binding(binding) for binding in why.bindings},
        "remedies": [_bought(bought) for bought in why.remedies],
        "not_tried": {kind: list(words) for kind, words in why.not_tried.items()},
        "people": _people(why.reasons, service.cycle_weeks),
        "run": dict(outcome.run),
    }
    rounded: Json = plain_json(found)
    return rounded


def _contradiction(found: Contradiction) -> Json:
    return {
        "confirmed": found.confirmed,
        "minimal": found.minimal,
        "by_week": found.by_week,
        "rules": [
            {"rule": rule.id, "sentence": rule.sentence, "people": list(rule.people), "figures": list(rule.facts)}
            for rule in found.rules
        ],
    }


def _binding(binding: Binding) -> Json:
    return {
        "tier": binding.tier,
        "short": binding.short,
        "rules": [
            {"rules": list(lifted.rules), "sessions": lifted.sessions, "evidence": lifted.evidence}
            for lifted in binding.rules
        ],
        "facts": list(binding.facts),
        "coverable": binding.coverable,
        "settled": binding.settled,
    }


def _bought(bought: Bought) -> Json:
    remedy = bought.remedy
    about = {
        key: getattr(remedy, key) for key in ("person", "activity", "room", "slot", "role") if getattr(remedy, key)
    }
    return {
        "kind": remedy.kind,
        "words": remedy.words,
        "about": about,
        "tiers": {
            name: {
                "sessions": gain.sessions if gain.known else None,
                "value": gain.value if gain.known else None,
                "evidence": gain.evidence,
            }
            for name, gain in bought.tiers.items()
        },
        "by_activity": dict(bought.by_activity),
        "sessions": bought.sessions,
        "dcc_hours": bought.hours,
        "pounds": bought.pounds,
        "price_note": bought.price_note,
        "pounds_per_session": bought.pounds_per_session,
        "worth": bought.worth,
        "worth_note": bought.worth_note,
        "evidence": bought.evidence,
    }


def _people(reasons: tuple[Reason, ...], cycle: int) -> Json:
    found: Json = {}
    for reason in reasons:
        found.setdefault(reason.person, []).append(
            {
                "what": reason.what,
                "activity": reason.activity,
                "gives": [{"slot": slot, "weeks": weeks} for slot, weeks in reason.gives],
                "takes": [{"slot": slot, "weeks": weeks} for slot, weeks in reason.takes],
                "words": reason.in_words(cycle),
                "because": reason.because,
                "tier": reason.tier,
                "worse": reason.worse,
                "rules": list(reason.rules),
            }
        )
    return found
