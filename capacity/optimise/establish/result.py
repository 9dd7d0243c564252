"""What the establishment question is answered with. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome, Status
from capacity.service.model import Service
from capacity.supply.post_types import PostType

Minimise = Literal["cost", "wte", "people"]


@dataclass(frozen=True)
class Aim:
    """One aim in order: ``cost`` (pounds a year of the posts added), ``wte`` or ``posts``; ``order`` settles ties.

    ``bound`` is what no team can beat; ``status`` is optimal where the two meet, unknown where the aim was not reached.
    """

    name: str
    value: float | None
    bound: float | None
    status: Literal["optimal", "feasible", "unknown"]


@dataclass(frozen=True)
class PostLine:
    """Posts of one type in the team: how many, what they are called, what they do, and what they are there for."""

    kind: PostType
    people: tuple[str, ...]
    work: dict[str, float]
    """Activity -> full sessions a calendar week that these posts deliver in the plan."""
    short_without: dict[str, float] = field(default_factory=dict)
    """Activity -> sessions a calendar week that the team with one post of this type fewer leaves uncovered."""
    short_without_proven: bool = False

    @property
    def count(self) -> int:
        """Posts of this type."""
        return len(self.people)

    @property
    def wte(self) -> float:
        """WTE of these posts."""
        return self.kind.wte * self.count

    @property
    def pounds(self) -> float | None:
        """Pounds a year of these posts."""
        return None if self.kind.pounds is None else self.kind.pounds * self.count


@dataclass(frozen=True)
class Need:
    """A binding requirement: activities that together ask for more time than the people who stay and can do them have.

    Times are PAs a week of the first type named in ``groups``; ``posts`` is how many posts that takes at least.
    """

    activities: tuple[str, ...]
    groups: tuple[str, ...]
    needed_pa: float
    available_pa: float
    posts: int

    @property
    def missing_pa(self) -> float:
        """PAs a week that posts have to bring."""
        return self.needed_pa - self.available_pa


@dataclass(frozen=True)
class Saving:
    """By how much the objective falls where an activity asks for one session a week less: found, and at most."""

    activity: str
    found: float
    at_most: float

    @property
    def proven(self) -> bool:
        """Whether it is exact."""
        return self.at_most <= self.found + 1e-6


@dataclass(frozen=True)
class Totals:
    """People, WTE and pounds a year of one part of the team. ``pounds`` is None where somebody has no price."""

    people: int
    wte: float
    pounds: float | None


@dataclass(frozen=True)
class Answer:
    """The team found, its plan, and why it is as large as it is. ``outcome`` is None where there is no team."""

    status: Status
    minimise: Minimise
    keep_team: bool
    cover: str
    aims: tuple[Aim, ...]
    posts: tuple[PostLine, ...]
    stay: Totals
    new: Totals
    needs: tuple[Need, ...]
    savings: tuple[Saving, ...]
    reasons: tuple[str, ...]
    """Sentences that say why no team covers the requirement."""
    short_at_best: dict[str, float]
    """Activity -> sessions a calendar week that no team covers; empty where one covers all."""
    types: tuple[PostType, ...]
    team: Service | None
    """The service with the team that was found."""
    required: Demand
    """The requirement that the team covers."""
    outcome: Outcome | None
    findings: tuple[Finding, ...]
    run: dict[str, Any]
