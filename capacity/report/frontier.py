"""What ``capacity.frontier`` returns: what each further change or extra PA closes, where that bends, and every plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from capacity.answer import moves
from capacity.demand.result import Demand
from capacity.report.team_outcome import TeamOutcome
from capacity.report.words import SMALL, count, number
from capacity.service.model import Service
from capacity.supply.gap import Gap

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_BEND = 0.1
"""Share of what can be closed by which the curve must rise above a straight line for its bend to be called a knee."""
COLUMNS = (
    "point", "limit", "changed", "moved", "added", "dropped", "people", "roles", "extra_pa", "short", "rapid_mean",
    "rapid_headroom", "routine", "proven", "carried",
)  # fmt: skip


@dataclass(frozen=True)
class FrontierPoint:
    """One limit, and the best plan found within it, checked by code that shares nothing with the solver."""

    limit: float
    """Most sessions a week that may change, or most extra PAs a week."""
    outcome: TeamOutcome
    proven: bool
    """Whether no plan within the limit leaves less short, tier by tier."""
    bounds: Mapping[str, float]
    """Shortfall tier -> no plan within the limit does better (sessions a cycle times priority)."""
    carried: bool
    """The plan is that of the point before: the further limit bought nothing better."""


@dataclass(frozen=True)
class Knee:
    """Where the curve bends: up to here most of what can be closed is closed, and beyond it little more."""

    point: int
    spent: float
    closed: float
    more_spent: float
    more_closed: float


@dataclass(frozen=True, repr=False)
class Frontier:
    """Gap against change or against extra PAs, point by point; no points where there is no plan."""

    service: Service
    demand: Demand
    gap: Gap
    by: Literal["change", "extra"]
    points: tuple[FrontierPoint, ...]
    run: Mapping[str, Any]
    reason: str = ""
    """One sentence where there are no points."""
    plan_short: float | None = None
    """Sessions a week that the answer without a limit, which is that of ``capacity.plan``, leaves short."""

    def __repr__(self) -> str:
        return f"<Frontier of {self.service.id} by {self.by}: {len(self.points)} points>"

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a point: what may and what does change, and what is left short, in sessions a calendar week."""
        import pandas as pd

        return pd.DataFrame([self._row(n, each) for n, each in enumerate(self.points, 1)], columns=list(COLUMNS))

    def _row(self, position: int, point: FrontierPoint) -> tuple[Any, ...]:
        outcome = point.outcome
        made = moves(outcome.changes, self.service.cycle_weeks)
        rapid = {row["activity"] for row in self._tiers() if row["tier"] == "rapid"}
        below = sum(value for key, value in outcome.shortfall_mean.items() if key in rapid)
        in_all = sum(value for key, value in outcome.shortfall.items() if key in rapid)
        routine = sum(value for key, value in outcome.shortfall.items() if key not in rapid)
        assert outcome.plan is not None
        minutes = self.service.policy_tables[self.service.policy].pa_minutes.value
        extra = sum(outcome.plan.extra_minutes.values()) / minutes
        return (
            position, point.limit, made.moved + made.added + made.dropped, made.moved, made.added, made.dropped,
            made.people, made.roles, extra, in_all + routine, below, max(0.0, in_all - below), routine, point.proven,
            point.carried,
        )  # fmt: skip

    def _tiers(self) -> list[dict[str, str]]:
        tiers = self.gap.activities["tier"]
        return [{"activity": str(key), "tier": str(tier)} for key, tier in tiers.items()]

    @property
    def spent(self) -> str:
        """Column of what is spent: sessions a week that change, or extra PAs."""
        return "changed" if self.by == "change" else "extra_pa"

    @property
    def knee(self) -> Knee | None:
        """The point farthest above the straight line from the first point to the last; None where nothing bends.

        Both axes are taken as shares of their whole, and a curve nowhere a tenth above the line has no knee.
        """
        return knee_of(list(self.frame[self.spent]), list(self.frame["short"]))

    def sentence(self) -> str:
        """The knee in words, as in ``changing 6 sessions a week closes 2.9 of the 3.1 that can be closed``."""
        if not self.points:
            return self.reason
        return " ".join(_sentences(self))

    def summary(self) -> str:
        """Return the sentence and the table, as plain text of at most 100 columns."""
        from capacity.report.frontier_text import frontier_text

        return frontier_text(self)

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema frontier``)."""
        from capacity.report.frontier_json import frontier_json

        return frontier_json(self)

    def figure(self, ax: Axes | None = None) -> Figure:
        """Draw what is left short against what is spent, on ``ax`` where one is given."""
        from capacity.report.figures_frontier import frontier_figure

        return frontier_figure(self.curve(), ax)

    def curve(self) -> Curve:
        """What the figure shows."""
        return Curve(self.service.name, self.by, self.frame, self.knee, self.sentence())

    def write(self, folder: str | Path, force: bool = False, plans: bool = False) -> tuple[Path, ...]:
        """Write frontier.json, frontier.csv, the summary and the figure; with ``plans`` every point's plan too.

        The plan of point 3 stands in ``point_03/``, with the files of ``capacity plan --out``. All files are written,
        or none. Raises as :meth:`TeamOutcome.write` does.
        """
        from capacity.report.files import write_outputs

        for point in self.points:
            point.outcome.refuse_unsound()
        return write_outputs(folder, frontier_files(self, plans), force)


@dataclass(frozen=True)
class Curve:
    """The data of the figure: the frame of a frontier, and its knee in words."""

    name: str
    by: Literal["change", "extra"]
    frame: pd.DataFrame
    knee: Knee | None
    sentence: str

    @property
    def spent(self) -> str:
        """Column of what is spent."""
        return "changed" if self.by == "change" else "extra_pa"


def knee_of(spent: Sequence[float], short: Sequence[float]) -> Knee | None:
    """Return the point farthest above the straight line from the first point to the last, where that is a tenth."""
    if len(spent) < 3 or short[0] - short[-1] < SMALL or spent[-1] <= spent[0]:
        return None
    closed = [short[0] - each for each in short]
    above = [
        shut / closed[-1] - (each - spent[0]) / (spent[-1] - spent[0]) for each, shut in zip(spent, closed, strict=True)
    ]
    at = max(range(len(above)), key=lambda n: (round(above[n], 9), -n))
    if above[at] < LEAST_BEND:
        return None
    return Knee(at + 1, spent[at], closed[at], spent[-1] - spent[at], closed[-1] - closed[at])


def _sentences(frontier: Frontier) -> list[str]:
    frame, knee = frontier.frame, frontier.knee
    spent, short = list(frame[frontier.spent]), list(frame["short"])
    closable = short[0] - short[-1]
    said = []
    if frontier.by == "change" and spent[0] > 1e-9:
        said.append(f"The rules need {count(spent[0], 'session')} a week to change in any case.")
    if closable < SMALL:
        what = "further change" if frontier.by == "change" else "extra PA"
        stays = f"{number(short[0])} {'stays' if short[0] < 1 + SMALL else 'stay'} short" if short[0] >= SMALL else ""
        return [*said, f"No {what} closes anything: {stays or 'nothing is short'}."]
    if knee is None:
        whole = _spending(frontier.by, spent[-1])
        each = "session" if frontier.by == "change" else "extra PA"
        return [*said, f"{whole} {number(closable)}, each {each} about as much as the one before: there is no knee."]
    start = f"{_spending(frontier.by, knee.spent)} {number(knee.closed)} of the {number(closable)} that can be closed"
    more = number(knee.more_spent)
    verb = "closes" if more == "1" else "close"
    return [*said, f"{start}; the next {more} {verb} {number(max(0.0, knee.more_closed))}."]


def _spending(by: str, value: float) -> str:
    if by == "change":
        return f"Changing {count(value, 'session')} a week closes"
    return f"{count(value, 'extra PA')} {'closes' if number(value) == '1' else 'close'}"


# ---- files


def frontier_files(frontier: Frontier, plans: bool) -> dict[str, bytes]:
    """Every file of a frontier, by name."""
    from capacity.report import style
    from capacity.report.figures_frontier import frontier_alt
    from capacity.report.outputs import json_text, plan_files
    from capacity.report.tables import csv_bytes

    files = {
        "frontier.json": json_text(frontier.to_json()).encode(),
        "frontier.csv": csv_bytes(frontier.frame),
        "summary.txt": frontier.summary().encode(),
    }
    if frontier.points:
        figure, alt = frontier.figure(), frontier_alt(frontier.curve())
        files["figures/frontier.svg"] = style.svg_bytes(figure, alt)
        files["figures/frontier.png"] = style.png_bytes(figure, alt)
    for position, point in enumerate(frontier.points if plans else (), start=1):
        made = point.outcome
        own = plan_files(made.service, made.demand, made.gap, made, drawn_before={})
        files |= {f"{folder_of(position)}/{name}": content for name, content in own.items()}
    return files


def frontier_names(service: Service, demand: Demand, points: int, plans: bool) -> tuple[str, ...]:
    """Every name :func:`frontier_files` may write."""
    from capacity.report.outputs import plan_names

    names = ["frontier.json", "frontier.csv", "summary.txt", "figures/frontier.svg", "figures/frontier.png"]
    for position in range(1, points + 1 if plans else 1):
        names += [f"{folder_of(position)}/{name}" for name in plan_names(service, demand)]
    return tuple(names)


def folder_of(position: int) -> str:
    """Folder of the plan of a point."""
    return f"point_{position:02d}"
