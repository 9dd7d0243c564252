"""A comparison in sentences: the lead's, and what is smaller than what is known of demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.report.words import SMALL, count, listed, number, people, pounds
from capacity.scenario.measures import Measures

if TYPE_CHECKING:
    from capacity.scenario.compare import Compared
    from capacity.scenario.run import ScenarioRun

NONE_CHOSEN = "No scenario was asked for."


def lead_sentence(made: Compared) -> str:
    """What doing nothing leaves short, what planning anew does, which scenario leaves least, and which failed."""
    nothing, base = made.nothing, made.base
    needed = count(nothing.required, "session")
    said = [f"You need {needed} a week, and doing nothing leaves {_left(nothing.short)} of them short."]
    if base is None:
        said.append(f"Planned anew there is no answer: {made.runs[1].reason}")
    else:
        extra = f", and {_left(base.short_with_extra)} with {_extra(base)}" if _spends(base) else ""
        said.append(f"Planned anew within present contracts {_left(base.short)} are left{extra}.")
    return " ".join([*said, *_best(made), *_lost(made), *_open(made)])


def _best(made: Compared) -> list[str]:
    """The scenario that leaves least short within contracts; what has no answer is not in the running."""
    answers = answers_of(made)
    if not answers:
        return []
    letter, run, found = min(answers, key=lambda each: (round(each[2].short, 3), each[2].changed, each[0]))
    best = f"{run.name} ({letter}) leaves least short"
    if len(answers) > 1:
        best = f"Of {len(answers)} scenarios {best}"
        alike = [one for one, _, other in answers if one != letter and number(other.short) == number(found.short)]
        if alike:
            best += f" ({listed(alike)} as little, to one decimal)"
    else:
        best = f"{run.name} ({letter}) leaves"
    change = f"changing {count(found.changed, 'session')} of {people(found.people)}"
    return [f"{best}: {_left(found.short)} of {number(found.required)}, by {change}, {_price(found)}."]


def _left(short: float) -> str:
    return number(short) if short >= SMALL else "none"


def _price(found: Measures) -> str:
    recurrent = found.money.recurrent
    if recurrent is None:
        return "at a cost that is not given"
    if abs(recurrent) < 0.5:
        return "at no cost a year"
    return f"at {pounds(recurrent)} a year" if recurrent > 0 else f"saving {pounds(-recurrent)} a year"


def _lost(made: Compared) -> list[str]:
    lost = [made.letter(at) for at, run in enumerate(made.runs) if at > 1 and run.measures is None]
    if not lost:
        return []
    return [f"{listed(lost)} {'has' if len(lost) == 1 else 'have'} no answer; the reason stands below."]


def _open(made: Compared) -> list[str]:
    """Say which columns may have a better plan: a difference to them may be one of the search."""
    names = [made.letter(at) or "the base" for at, run in enumerate(made.runs) if run.short_proven is False]
    if not names:
        return []
    better = "a better plan may exist" if len(names) == 1 else "better plans may exist"
    return [f"For {listed(names)} {better}: what is short there may be of the search, and more time tells."]


def answers_of(made: Compared) -> list[tuple[str, ScenarioRun, Measures]]:
    """Letter, run and measures of every scenario that has an answer."""
    return [
        (made.letter(at), run, run.measures)
        for at, run in enumerate(made.runs)
        if at > 1 and run.measures is not None
    ]  # fmt: skip


def _spends(found: Measures) -> bool:
    return bool(found.extra_pa or found.extra_hours) and found.short - found.short_with_extra >= SMALL


def _extra(found: Measures) -> str:
    parts = [count(found.extra_pa, "extra PA")] if found.extra_pa else []
    if found.extra_hours:
        parts.append(f"{count(found.extra_hours, 'extra hour')} a week")
    return listed(parts)


def uncertainty_sentence(made: Compared) -> str:
    """Say which differences from the base are smaller than what is known of demand, and which are not."""
    half, base, answers = made.half_width, made.base, answers_of(made)
    if base is None or not answers:
        return ""
    if half is None:
        return (
            "How well demand is known cannot be said from so few weeks, so none of these differences can be held"
            " against it."
        )
    if half < SMALL / 5:
        return "The requirement is given, not counted, so no difference is put down to chance in demand."
    known = f"to within {count(half, 'session')} a week"
    said = [f"From the weeks counted the requirement is known {known} (90 % sure)."]
    for name, words in (("required", "requirement"), ("short", "what is left short")):
        near: list[str] = []
        far: list[str] = []
        for letter, _, found in answers:
            difference = getattr(found, name) - getattr(base, name)
            if abs(difference) >= 1e-6:
                (near if abs(difference) < half else far).append(letter)
        parts = [_differ(near, "less than we know of demand")] if near else []
        parts += [_differ(far, "more than that")] if far else []
        if parts:
            said.append(f"In {words} {listed(parts)}.")
    return " ".join(said)


def _differ(letters: list[str], by: str) -> str:
    return f"{listed(letters)} {'differs' if len(letters) == 1 else 'differ'} from the base by {by}"
