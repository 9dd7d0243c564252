"""How good a plan is, tier by tier, in plain words."""

from __future__ import annotations

from capacity.outcome import Outcome, TierResult
from capacity.report.words import number, wrapped

NAMES = {
    "rapid_mean": "rapid access below its mean demand",
    "routine": "other activities below their requirement",
    "rapid_headroom": "rapid access in busy weeks, from mean to centile",
    "change": "disturbance",
    "cost": "extra and premium time",
    "quality": "regular patterns, levelling, preferences, fairness",
}
UNITS = (
    "Shortfall is in sessions a cycle times priority; disturbance counts a session lost 2, one gained 1 and a role"
    " changing hands 4, a cycle; cost is minutes a cycle; quality is points, fewer being better (docs/tiers.md)."
)


def stopped_by(outcome: Outcome) -> str:
    """What ended the run early, in words; blank where nothing did."""
    fired = outcome.run.get("limit_fired")
    if fired in ("time", "work"):  # work: the same limit, counted in steps of the search
        limit = outcome.run.get("time_limit")
        return f"the time limit of {limit:g} s" if isinstance(limit, int | float) else "the time limit"
    return "hand" if fired == "stopped" else ""


def proof_sentence(outcome: Outcome) -> str:
    """One sentence on how good the whole plan is."""
    stopped = stopped_by(outcome)
    if outcome.status == "optimal":
        open_ = any(tier.name == "quality" and tier.status == "feasible" for tier in outcome.tiers)
        return wrapped(
            f"Every tier{' before quality' if open_ else ''} is proven:"
            " in this order of importance no plan does better."
        )
    start = f"Stopped by {stopped}: the plan" if stopped else "The plan"
    return wrapped(
        f"{start} is complete and keeps every rule, but not every tier is proven: a better plan may exist. The tiers"
        " say how much better at most."
    )


def tier_lines(outcome: Outcome, hold_tolerance: float = 1.0) -> str:
    """One line a tier: the bound no plan can beat, this plan's value and how sure that is."""
    if not outcome.tiers:
        return ""
    lines = ["How good it is, most important first:"]
    for position, tier in enumerate(outcome.tiers, start=1):
        said = f"{tier.name} ({NAMES.get(tier.name, 'no description')}): {tier_sentence(tier, hold_tolerance)}"
        lines.append(wrapped(f"{position}. {said}", "  ", "     "))
    return "\n".join([*lines, wrapped(UNITS, "  ")])


def tier_sentence(tier: TierResult, hold_tolerance: float = 1.0) -> str:
    """Value, bound and proof of a tier, as in ``no plan can do better than 6; this one is 6, proven best.``."""
    if tier.status == "not used":
        return "not yet used."
    if tier.status == "unknown":
        return "not reached in the time given, so nothing is known about it."
    start = f"no plan can do better than {number(tier.bound)}; this one is {number(tier.kept)}"
    proven = "proven best" if tier.status == "optimal" else "not proven"
    if abs(tier.kept - tier.value) < 1e-6:
        return f"{start}, {proven}."
    if tier.kept < tier.value:
        return f"{start}, {proven} ({number(tier.value)} when this tier was solved)."
    return (
        f"{start}: {number(tier.value)} was found ({proven}), and up to {number(hold_tolerance)} more is allowed"
        " so that later tiers disturb and cost less."
    )
