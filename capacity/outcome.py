"""A team plan and what is known about it. Plain data: written by the optimiser, read by the checker and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from capacity.errors import Finding
from capacity.service.model import JobPlanRow
from capacity.units import NO_FIXED_SLOT, half_day_order

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["optimal", "feasible", "impossible", "stopped"]
Verdict = Literal["agreed", "not settled", "disagreed"]
ANY_PLAN = "any plan"
"""Stands for the tier where a second solver is asked whether there is any plan at all."""
CHANGE_OF_ROLE = 4
"""What a role that changes hands counts in the change tier."""


QUALITY_PARTS = {
    "irregular": "sessions in a number of weeks that makes no regular pattern",
    "uneven_weeks": "sessions whose weeks are not evenly spaced",
    "other_weeks": "sessions a cycle that only change their week",
    "room_peaks": "sessions a cycle in the busiest half-day of each group of rooms, added up",
    "second_site": "sessions a cycle away from a person's main site of the day",
    "against_preference": "sessions a cycle times dislike (1 or 2), less those times liking",
    "new_half_day": "sessions a cycle in a half-day that was not worked",
    "new_day": "sessions a cycle on a day that was not worked",
    "largest_change": "sessions a cycle lost and gained by the person whose plan changes most",
}
"""What ``Outcome.quality`` counts."""


@dataclass(frozen=True)
class TierResult:
    """One tier: the best value found, the bound no plan can beat, and the value kept in the final plan.

    Shortfall tiers are in priority-weighted full sessions a cycle; ``change`` is 2 x lost + gained sessions a cycle
    (+ 4 a role that changes hands); ``cost`` is extra and premium minutes a cycle; ``quality`` is points a cycle
    (``docs/tiers.md``), fewer being better, less than 0 where preferences outweigh the rest.
    """

    name: str
    value: float
    bound: float
    kept: float
    status: Literal["optimal", "feasible", "unknown", "not used"]
    seconds: float


@dataclass(frozen=True)
class Verified:
    """What a second solver says of one tier, with the earlier ones held.

    ``value`` is the best it has a plan for, ``bound`` what it says no plan can beat; None where it has none. It has
    agreed where it proves the planner's value to be the best, or, of a tier the planner left open, proves a best value
    that lies between the planner's bound and value.
    """

    name: str
    verdict: Verdict
    value: float | None
    bound: float | None
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
        """Sessions a cycle no longer done."""
        return sum(weeks for *_, weeks in self.lost)

    @property
    def sessions_gained(self) -> int:
        """Sessions a cycle newly done."""
        return sum(weeks for *_, weeks in self.gained)

    @property
    def moved(self) -> int:
        """Sessions a cycle that go to another half-day or activity."""
        return min(self.sessions_lost, self.sessions_gained)

    @property
    def dropped(self) -> int:
        """Sessions a cycle lost and not made up for by others."""
        return self.sessions_lost - self.moved

    @property
    def added(self) -> int:
        """Sessions a cycle gained beyond those lost."""
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

    def rows_of(self, person: str) -> tuple[JobPlanRow, ...]:
        """Rows of one person."""
        return tuple(row for row in self.rows if row.person == person)

    def job_plan(self, person: str) -> pd.DataFrame:
        """One person's timetable as a frame, in order of the week.

        Columns as in job_plans.csv: activity, slot, weeks (``all``, ``1;3``, blank for slot ``-``; text), minutes,
        per_year (floats) and pinned (bool). Raises KeyError where the plan has no row of that person.
        """
        import pandas as pd

        rows = sorted(self.rows_of(person), key=lambda row: (half_day_order(row.slot), row.weeks or ()))
        if not rows:
            known = ", ".join(dict.fromkeys(row.person for row in self.rows))
            raise KeyError(f"the plan has no rows of {person}; it has those of: {known}")
        frame = pd.DataFrame(
            [(row.activity, row.slot, _weeks(row), row.minutes, row.per_year, bool(row.pinned)) for row in rows],
            columns=["activity", "slot", "weeks", "minutes", "per_year", "pinned"],
        )
        return frame.astype({"minutes": "float64", "per_year": "float64"})


def _weeks(row: JobPlanRow) -> str:
    """Weeks of a row as job_plans.csv writes them."""
    if row.weeks is None:
        return "" if row.slot == NO_FIXED_SLOT else "all"
    return ";".join(map(str, row.weeks))


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
    quality: dict[str, int] = field(default_factory=dict)
    """What the quality of the plan is made of, by ``QUALITY_PARTS``."""
    verified: tuple[Verified, ...] = ()
    """What a second solver says, tier by tier; empty where it was not asked."""
    changes_from_start: tuple[PersonChange, ...] | None = None
    """How the plan differs from the plan it was started from, which the change tier counts; None without one."""
