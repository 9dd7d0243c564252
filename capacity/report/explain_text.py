"""What ``capacity explain`` prints: what keeps activities short, what one more of each would buy, who changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from capacity.answer import read_in_words
from capacity.optimise.reasons import Reason
from capacity.optimise.remedies import Remedy
from capacity.optimise.why import EVIDENCE, Binding, Bought, Gain, Lifted, Why
from capacity.report.figures_remedies import Bar, Bars
from capacity.report.text import lead_sentence
from capacity.report.words import (
    SMALL,
    capital,
    count,
    fitted_table,
    fixed,
    listed,
    number,
    pounds,
    wrapped,
)
from capacity.supply.gap import Gap
from capacity.units import half_day_order

if TYPE_CHECKING:
    from capacity.report.team_explanation import Explanation

HEADING = (
    "What one more of each would buy, best first in the order of the tiers: fewer sessions short a calendar week"
    " (rapid below its mean, routine, rapid in busy weeks, all), their DCC hours a week, the price a year and of each"
    " session:"
)
UNKNOWN = (
    "?: not settled in the time given, and left out of all and hours. It may be worse: people go to what comes first in"
    " the order of the tiers."
)
MOST_REMEDIES = 12
MOST_REASONS = 60
LIMITS = {
    "contract": "contracts",
    "mean_hours": "the limit of 48 hours a week",
    "extra_budget": "the budget of extra PAs",
    "one_activity": "that a person does one activity in a half-day",
    "rooms": "rooms",
    "pins": "pinned sessions",
    "days": "the most days a week that people work",
    "joint_teams": "that joint teams need all their groups together",
    "supervision": "that supervised work needs a supervisor beside it",
    "sites": "that people are on one site in a day",
    "equipment": "shared equipment",
    "weekends": "the most weekends that people work",
    "job_share": "that two who share a post are not both in",
    "job_share_pattern": "the half-days in which a shared post must be worked",
    "trainees": "trainees who must have a supervisor",
    "out_of_hours": "the share of work out of hours that policies allow",
    "per_week": "the most sessions a week that skills allow",
    "least_people": "the least number of people who do an activity",
    "least_volume": "the least number of sessions a year of those who do an activity",
    "role_holders": "the roles that must be held",
    "changes": "the limit of changes to a person",
    "changes_in_all": "the limit of changes to the team",
}
"""Rule -> what binds, in words that can be the subject of a sentence."""
PLURAL = ("contract", "rooms", "pins", "role_holders", "job_share_pattern", "trainees")
"""Of these, the words that want a plural verb."""
KIND_WORDS = {
    "pa": "1 more PA",
    "room": "1 more room in a half-day",
    "skill": "1 more person trained",
    "role": "1 role less",
    "per_week": "1 more a week allowed",
    "day": "1 more day a week",
    "pin": "1 pin less",
}


def explain_text(told: Explanation) -> str:
    """Everything a lead needs of an explanation, the sentence first, in plain text of at most 100 columns."""
    service, why = told.service, told.why
    sections = [
        wrapped(f"{service.name}: {read_in_words(service, told.demand)}"),
        wrapped(lead_sentence(told.gap, why.outcome, service.cycle_weeks)),
    ]
    if why.outcome.plan is None:
        return "\n\n".join(sections) + "\n"
    sections += [
        _bindings(told.gap, why),
        _held_against(why, service.cycle_weeks, service.hold_tolerance),
        _remedies(why),
        _not_tried(why),
        _reasons(why, service.cycle_weeks),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _bindings(gap: Gap, why: Why) -> str:
    return "\n".join(_binding(gap, binding) for binding in why.bindings)


def _binding(gap: Gap, binding: Binding) -> str:
    return wrapped(f"- {cause_sentence(gap, binding)}", "", "  ")


def cause_sentence(gap: Gap, binding: Binding) -> str:
    """What keeps an activity short, in words."""
    name = str(gap.activities.loc[binding.activity, "name"])
    short = f"{number(binding.short)} a week short" if binding.short >= SMALL else "not short in this plan"
    text = f"{name} ({binding.activity}, {binding.tier}): {short}. {_why_short(binding)}"
    facts = [f"{capital_unless_id(fact)}." for fact in binding.facts]
    return " ".join([text, *facts])


def _why_short(binding: Binding) -> str:
    if binding.rules:
        return " ".join(_lifted(lifted) for lifted in binding.rules)
    if binding.facts and binding.facts[0].startswith("nobody"):
        return "No rule could be lifted to help it."
    if binding.coverable:
        return (
            "It can be covered: the plan gives it back to change less (hold_tolerance), or the search ended before it"
            " was closed."
        )
    if not binding.settled:
        return "Which rule keeps it so was not settled in the time given: allow more (--time-limit)."
    return "No rule keeps it so, alone or with others: nobody skilled has another half-day in which it may run."


def _lifted(lifted: Lifted) -> str:
    rules = listed(LIMITS.get(rule) or f"the rule {rule}" for rule in lifted.rules)
    together = " only together" if len(lifted.rules) > 1 else ""
    sure = {"proven": "", "at least": "at least ", "not proven": "about "}[lifted.evidence]
    verb = "keep" if len(lifted.rules) > 1 or lifted.rules[0] in PLURAL else "keeps"
    limit = "that limit" if len(lifted.rules) == 1 else "these limits"
    fewer = f"{sure}{fixed(lifted.sessions, 2)} fewer would be short"
    return f"{capital(rules)} {verb} it so{together}: without {limit} {fewer}."


def capital_unless_id(text: str) -> str:
    """First letter upper case, unless the text begins with an id of a person or room, which is written as it is."""
    return capital(text) if text.startswith("nobody") else text


def _held_against(why: Why, cycle: int, tolerance: float) -> str:
    """What the remedies are compared with, and whether that is proven."""
    if not why.bindings:
        return ""
    proven = all(value <= bound for value, bound in why.tiers.values())
    kept = {tier.name: tier.kept for tier in why.outcome.tiers}
    back = sum(max(0.0, kept.get(name, 0.0) - value) for name, (value, _) in why.tiers.items())
    text = "What follows is held against the least shortfall there is within present contracts"
    text += ", which is proven" if proven else ", as far as it was found: it is not proven to be the least"
    if back >= 1:
        text += (
            f". The plan above leaves {number(back)} more a cycle of {count(cycle, 'week')} (weighted by priority),"
            f" given back to change less (hold_tolerance {number(tolerance)}) or left by the search"
        )
    return wrapped(f"{text}.")


def _remedies(why: Why) -> str:
    buying = [bought for bought in why.remedies if bought.buys]
    if not why.bindings:
        return "" if why.remedies else "Nothing is short, so there is nothing to buy."
    lines = [wrapped(HEADING)]
    if buying:
        groups = same(buying)
        header = ["", "rapid", "routine", "busy", "all", "hours", "£ a year", "£ each", "sure"]
        rows = [_row(group) for group in groups[:MOST_REMEDIES]]
        lines.append(fitted_table(header, rows))
        if len(groups) > MOST_REMEDIES:
            lines.append(f"and {len(groups) - MOST_REMEDIES} more in remedies.csv")
        lines += [wrapped(sentence) for sentence in _worth(buying[0])]
        used = dict.fromkeys(bought.evidence for bought in buying)
        lines += [wrapped(f"{evidence}: {EVIDENCE[evidence]}.", "  ", "    ") for evidence in used]
        if any(not gain.known for bought in buying for gain in bought.tiers.values()):
            lines.append(wrapped(UNKNOWN, "  ", "    "))
    else:
        lines.append("  nothing that was tried buys anything.")
    lines += _nothing(why.remedies)
    return "\n".join(lines)


def same(buying: Sequence[Bought]) -> list[list[Bought]]:
    """Remedies of one kind that buy the same at the same price, together, in the order of their first."""
    groups: dict[tuple[object, ...], list[Bought]] = {}
    for bought in buying:
        tiers = tuple((name, round(gain.sessions, 6), gain.evidence) for name, gain in bought.tiers.items())
        by_activity = tuple(sorted(bought.by_activity.items()))
        remedy = bought.remedy
        what = (remedy.room, remedy.activity) if remedy.kind in ("room", "skill", "per_week") else ()
        groups.setdefault((remedy.kind, what, tiers, by_activity, bought.pounds), []).append(bought)
    return list(groups.values())


def _row(group: Sequence[Bought]) -> list[str]:
    first = group[0]
    tiers = [_in_tier(first.tiers.get(name)) for name in
             ("rapid_mean", "routine", "rapid_headroom")]  # fmt: skip
    price = "-" if first.pounds is None else fixed(first.pounds, 0)
    each = "-" if first.pounds_per_session is None else fixed(first.pounds_per_session, 0)
    return [_alike(group), *tiers, fixed(first.sessions, 2), fixed(first.hours, 1), price, each, first.evidence]


def _alike(group: Sequence[Bought]) -> str:
    """The first of remedies that buy the same, and how many others there are."""
    others = len(group) - 1
    return group[0].remedy.words + (f", or {others} alike" if others else "")


def _in_tier(gain: Gain | None) -> str:
    if gain is None or abs(gain.sessions) < 1e-9:
        return "-"
    return fixed(gain.sessions, 2) if gain.known else "?"


def cheapest_sentence(why: Why) -> str:
    """The remedy that closes most for its price, in words; blank where none that helps has a price."""
    priced = [one for one in why.remedies if one.buys and one.pounds and one.sessions > SMALL]
    return " ".join(_worth(min(priced, key=lambda one: (one.pounds or 0.0) / one.sessions))) if priced else ""


def _worth(best: Bought) -> list[str]:
    """The sentence for a business case: what the best remedy costs and closes, and what that would cost otherwise."""
    closed = [f"{fixed(value, 2)} of {key}" for key, value in best.by_activity.items() if value > 0]
    opened = [f"{fixed(-value, 2)} of {key}" for key, value in best.by_activity.items() if value < 0]
    if not closed:
        return []
    sure = {"proven": "", "at least": "at least ", "not proven": "about "}[best.evidence]
    price = f"{pounds(best.pounds)} a year: {best.price_note}" if best.pounds else best.price_note
    text = f"{best.remedy.words} ({price}) closes {sure}{listed(closed)} a week"
    if opened:
        text += f", and leaves {listed(opened)} more short, which matters less"
    if best.worth:
        text += f"; bought one by one as {best.worth_note} that would be {pounds(best.worth)} a year"
    return [f"{text}."]


def _nothing(remedies: Sequence[Bought]) -> list[str]:
    lines = []
    for sure, start in ((True, "Buys nothing, proven"), (False, "Buys nothing that was found, which is not proven")):
        found = [each.remedy for each in remedies if not each.buys and (each.evidence == "proven") is sure]
        if found:
            lines.append(wrapped(f"{start}: {'; '.join(in_short(found))}.", "", "  "))
    return lines


def in_short(remedies: Sequence[Remedy]) -> list[str]:
    """Remedies in words, those of a kind together: ``1 more PA for c01, c02 and c03``."""
    groups: dict[tuple[str, str], list[Remedy]] = {}
    for remedy in remedies:
        about = remedy.room if remedy.kind == "room" else remedy.activity
        groups.setdefault((remedy.kind, about), []).append(remedy)
    return [_group_in_words(kind, about, group) for (kind, about), group in groups.items()]


def _group_in_words(kind: str, about: str, group: Sequence[Remedy]) -> str:
    if len(group) == 1:
        return group[0].words
    people = listed(sorted({remedy.person for remedy in group}))
    if kind == "room":
        return f"1 more {about} on {listed(sorted({remedy.slot for remedy in group}, key=half_day_order))}"
    if kind == "role":
        return f"one holder less of {listed(dict.fromkeys(remedy.role for remedy in group))}"
    return {
        "pa": f"1 more PA for {people}",
        "skill": f"{people} trained in {about}",
        "per_week": f"1 more {about} a week allowed for {people}",
        "day": f"1 more day a week for {people}",
        "pin": f"{about} of {people} no longer pinned",
    }[kind]


def _not_tried(why: Why) -> str:
    if not why.not_tried:
        return ""
    parts = [f"{len(words)} of {KIND_WORDS[kind]}" for kind, words in why.not_tried.items()]
    return wrapped(f"Not tried, for want of time (--time-limit; explain.json lists them): {listed(parts)}.")


def _reasons(why: Why, cycle: int) -> str:
    by_person: dict[str, list[Reason]] = {}
    for reason in why.reasons:
        by_person.setdefault(reason.person, []).append(reason)
    if not by_person:
        return ""
    lines = ["Who changes and why. Each reason was tested by undoing the change:"]
    shown = 0
    left = []
    changed_first = sorted(by_person.items(), key=lambda item: item[1][0].what == "kept")
    for person, reasons in changed_first:
        if shown >= MOST_REASONS:
            left.append(person)
            continue
        for reason in reasons:
            shown += 1
            lines.append(wrapped(f"- {person} {reason.in_words(cycle)}: {reason.because}.", "", "  "))
    if left:
        lines.append(wrapped(f"and of {listed(left)}: see reasons.csv, or ask with --person."))
    return "\n".join(lines)


def bars_of(why: Why) -> Bars:
    """Return the data of the figure of remedies: those that buy something, alike ones together."""
    buying = [bought for bought in why.remedies if bought.buys]
    bars = []
    for group in same(buying):
        first = group[0]
        price = f"{pounds(first.pounds)} a year" if first.pounds else ""
        tiers = {name: gain.sessions for name, gain in first.tiers.items() if gain.known}
        bars.append(Bar(_alike(group), tiers, first.evidence, price))
    return Bars(tuple(bars), len(why.remedies) - len(buying))
