"""What a rule is given, and what it says when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from capacity.check.facts import Facts
from capacity.check.timetable import Timetable
from capacity.outcome import Outcome, TeamPlan
from capacity.service.wishes import NO_WISHES, Wishes


class Broken(NamedTuple):
    """One way in which a rule does not hold: whom it is about, what was found, what is allowed."""

    subject: str
    found: str
    allowed: str


@dataclass(frozen=True)
class Violation:
    """A rule a plan breaks."""

    rule: str
    subject: str
    found: str
    allowed: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


@dataclass(frozen=True)
class Case:
    """A plan under test: the inputs, the plan laid out week by week, and the outcome it came with."""

    facts: Facts
    plan: TeamPlan
    table: Timetable
    now: Timetable
    """The plans in force."""
    people: tuple[str, ...]
    """Whose job plans are tested: everyone planned, or everyone in post for the plans in force."""
    extra_allowed: bool = False
    outcome: Outcome | None = None
    wishes: Wishes = NO_WISHES
    """What was asked of this plan beyond the service."""

    @property
    def before(self) -> Timetable:
        """The plan that change is counted from: the one on the screen where there is one, else the plans in force."""
        return self.now if self.wishes.screen is None else Timetable(self.facts, self.wishes.screen.rows)

    @property
    def held_before(self) -> dict[str, tuple[str, ...]]:
        """Role id -> holders in the plan that change is counted from."""
        screen = self.wishes.screen
        return self.held_now if screen is None else dict(screen.holders)

    @property
    def held_now(self) -> dict[str, tuple[str, ...]]:
        """Role id -> people appointed to it."""
        return {role: what.held_by for role, what in self.facts.roles.items()}


Rule = Callable[[Case], Iterable[Broken]]
OutcomeRule = Callable[[Case, Outcome], Iterable[Broken]]


def sentence(rule: Callable[..., object]) -> str:
    """The rule in a sentence: the first line of its docstring."""
    return (rule.__doc__ or rule.__name__).strip().splitlines()[0]


def violation(rule: Callable[..., object], broken: Broken) -> Violation:
    """Name the rule that is broken and say it in a sentence."""
    message = f"{broken.subject}: found {broken.found}; allowed {broken.allowed}. {sentence(rule)}"
    return Violation(rule.__name__, broken.subject, broken.found, broken.allowed, message)


def listed(names: Iterable[str]) -> str:
    """Names in a fixed order, or ``nobody``."""
    return "; ".join(sorted(names)) or "nobody"
