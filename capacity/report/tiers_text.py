"""How good a plan is, tier by tier, in plain words."""

from __future__ import annotations

from capacity.outcome import ANY_PLAN, Outcome, TierResult, Verified
from capacity.report.words import listed, number, wrapped

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
    if fired == "memory":
        return "too little memory"
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


def verified_sentence(outcome: Outcome) -> str:
    """What the second solver says, in words; blank where it was not asked."""
    answers = [outcome] if outcome.with_extra is None else [outcome, outcome.with_extra]
    if len(answers) == 2 and all(
        each.verdict == "agreed" and each.name != ANY_PLAN for answer in answers for each in answer.verified
    ):
        both = outcome.verified and answers[1].verified
        return wrapped("A second solver, HiGHS, agrees on every tier of both answers.") if both else ""
    sentences = _verified(outcome, "")
    if outcome.with_extra is not None:
        sentences += _verified(outcome.with_extra, "With extra PAs: ")
    return wrapped(" ".join(sentences))


def _verified(outcome: Outcome, start: str) -> list[str]:
    """Sentences on one answer: agreed, then not settled, then disagreed with both values."""
    sides: dict[str, list[Verified]] = {}
    for each in outcome.verified:
        sides.setdefault(each.verdict, []).append(each)
    agreed, open_, against = (sides.get(verdict, []) for verdict in ("agreed", "not settled", "disagreed"))
    if [each.name for each in agreed] == [ANY_PLAN]:
        return [f"{start}A second solver, HiGHS, finds no plan either."]
    sentences = []
    if agreed and len(agreed) == len(outcome.verified):
        sentences.append(f"{start}A second solver, HiGHS, agrees on every tier.")
    elif agreed:
        sentences.append(f"{start}A second solver, HiGHS, agrees on {listed([each.name for each in agreed])}.")
    if open_:
        names = listed([each.name for each in open_])
        sentences.append(
            f"{start}HiGHS did not settle {names} in the time it had; nothing speaks against what is said."
        )
    return sentences + [f"{start}{_disagreement(each, outcome)}" for each in against]


def disagreements(outcome: Outcome) -> list[str]:
    """Both values of every tier of both answers on which the second solver disagrees: faults of this program."""
    answers = [outcome] if outcome.with_extra is None else [outcome, outcome.with_extra]
    return [
        _disagreement(each, answer) for answer in answers for each in answer.verified if each.verdict == "disagreed"
    ]


def _disagreement(found: Verified, outcome: Outcome) -> str:
    tier = next((tier for tier in outcome.tiers if tier.name == found.name), None)
    if tier is None:
        said, theirs = "no plan exists", "there is one"
    else:
        said = f"{number(tier.value)} was found and no plan can do better than {number(tier.bound)}"
        known = [] if found.value is None else [f"{number(found.value)} can be reached"]
        known += [] if found.bound is None else [f"no plan can do better than {number(found.bound)}"]
        theirs = listed(known) or "no plan keeps the tiers before it"
    return f"HiGHS disagrees on {found.name}: here {said}; HiGHS says {theirs}. One of the two is wrong."


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
