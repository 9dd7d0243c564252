"""A team plan and what is known about it. Plain data: written by the optimiser, read by the checker and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from capacity.errors import Finding
from capacity.service.model import JobPlanRow

Status = Literal["optimal", "feasible", "impossible", "stopped"]
CHANGE_OF_ROLE = 4
"""What a role that changes hands counts in the change tier."""


@dataclass(frozen=True)
class TierResult:
    """One tier: the best value found, the bound no plan can beat, and the value kept in the final plan.

    Shortfall tiers are in priority-weighted full sessions a cycle; ``change`` is 2 x lost + gained sessions a cycle
    (+ 4 a role that changes hands); ``cost`` is extra and premium minutes a cycle.
    """

    name: str
    value: float
    bound: float
    kept: float
    status: Literal["optimal", "feasible", "unknown", "not used"]
    seconds: float


@dataclass(frozen=True)
class PersonChange:
    """How one person's DCC sessions differ from the plan in force, in sessions a cycle."""

    person: str
    lost: tuple[tuple[str, str, int], ...]
    """(activity, half-day, weeks of the cycle) no longer done."""
    gained: tuple[tuple[str, str, int], ...]
    roles_lost: tuple[str, ...] = ()
    roles_gained: tuple[str, ...] = ()
    not_allowed: tuple[tuple[str, str, int], ...] = ()
    """Cells of the plan in force that the rules no longer allow: reported, not charged."""

    @property
    def sessions_lost(self) -> int:
        return sum(weeks for *_, weeks in self.lost)

    @property
    def sessions_gained(self) -> int:
        return sum(weeks for *_, weeks in self.gained)

    @property
    def moved(self) -> int:
        """Sessions a cycle that go to another half-day or activity."""
        return min(self.sessions_lost, self.sessions_gained)

    @property
    def dropped(self) -> int:
        return self.sessions_lost - self.moved

    @property
    def added(self) -> int:
        return self.sessions_gained - self.moved


@dataclass(frozen=True)
class TeamPlan:
    """All job plans of a team, in the form of job_plans.csv, with who holds which role and extra PAs."""

    rows: tuple[JobPlanRow, ...]
    holders: dict[str, tuple[str, ...]]
    """Role id -> person ids."""
    extra_minutes: dict[str, int]
    """Person id -> minutes a week above contract (0 left out)."""
    rooms: dict[tuple[str, str, str, int], str] = field(default_factory=dict)
    """(person, activity, half-day, week of the cycle) -> room id, for sessions that use a room."""

    def job_plan(self, person: str) -> tuple[JobPlanRow, ...]:
        """Rows of one person."""
        return tuple(row for row in self.rows if row.person == person)


@dataclass(frozen=True)
class Outcome:
    """Result of ``capacity.plan``. ``plan`` is None exactly when there is none."""

    status: Status
    plan: TeamPlan | None
    tiers: tuple[TierResult, ...]
    shortfall: dict[str, float]
    """Activity -> exact sessions a calendar week left uncovered."""
    shortfall_mean: dict[str, float]
    """The same against the mean of rapid activities."""
    delivered: dict[str, float]
    """Activity -> full sessions a calendar week the plan delivers, rotas included."""
    changes: tuple[PersonChange, ...]
    cover_unplaced: dict[str, float]
    """Activity -> cover bought but not placed, sessions a calendar week."""
    weeks: dict[str, float]
    """Person -> weeks present a year used in the arithmetic."""
    findings: tuple[Finding, ...]
    run: dict[str, Any]
    """seed, workers, limits and which fired, input hash, versions, seconds."""
    reason: str = ""
    """One sentence when there is no plan."""
    with_extra: Outcome | None = None
    """The second answer, with extra PAs up to the budget, where shortfall remains within present contracts."""
