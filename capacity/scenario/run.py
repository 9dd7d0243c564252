"""One scenario run: changes applied, demand sized, the gap, a checked plan, and what all that comes to."""

from __future__ import annotations

import datetime as dt
import threading
import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from capacity.check import check_answers
from capacity.demand.analyse import analyse
from capacity.errors import InputError
from capacity.outcome import Outcome
from capacity.scenario.measures import Measures, measures
from capacity.service.fingerprint import input_hash
from capacity.service.model import Service
from capacity.supply.contradictions import contradictions
from capacity.supply.gap import gap as gap_of

if TYPE_CHECKING:
    from capacity.scenario.apply import Applied
    from capacity.scenario.overlay import Scenario

Status = Literal["in force", "optimal", "feasible", "impossible", "stopped", "failed"]
SHORTFALL = ("rapid_mean", "routine", "rapid_headroom")
"""Tiers that say what stays short."""
LEAST_SECONDS = 20.0
BASE = "base"
DO_NOTHING = "do_nothing"
JOIN = "+"
"""Between the ids of stacked scenarios in the key of a column."""
GIVEN_UP = "stopped before it was planned"


@dataclass(frozen=True)
class RunSettings:
    """How a scenario is planned: seconds for the search of each plan, its threads, and its seed."""

    time_limit: float = 20.0
    workers: int = 1
    seed: int = 1


@dataclass(frozen=True)
class ScenarioChange:
    """One change a scenario makes, in a sentence; ``applicable`` is whether it found anything to change."""

    sentence: str
    applicable: bool
    scenario: str


@dataclass(frozen=True)
class ScenarioRun:
    """One column of a comparison.

    ``measures`` is None exactly where there are none: the scenario was refused, no plan exists or was found in time,
    or the run ended early; ``reason`` then says why. ``difference`` says what is changed from the base, in words.
    ``share_of_year`` is the share of the plan year in which the changes hold, 1 where no day is given.
    ``service`` (with the changes made) and ``outcome`` stand for those who go on from here, such as a stress test.
    """

    key: str
    name: str
    scenarios: tuple[str, ...]
    status: Status
    measures: Measures | None
    reason: str = ""
    difference: str = "nothing"
    changes: tuple[ScenarioChange, ...] = ()
    starts: dt.date | None = None
    ends: dt.date | None = None
    share_of_year: float = 1.0
    recurrent_pounds: float | None = 0.0
    one_off_pounds: float | None = 0.0
    input_hash: str = ""
    seconds: float = 0.0
    run: dict[str, Any] = field(default_factory=dict)
    """What the planner says of its run: seed, workers, limits and which fired, versions."""
    service: Service | None = field(default=None, repr=False, compare=False)
    outcome: Outcome | None = field(default=None, repr=False, compare=False)

    @property
    def short_proven(self) -> bool | None:
        """Whether no plan leaves less short, tier by tier, but for what the service tolerates; None without a plan.

        Where it is not, a difference to another column may be one of the search.
        """
        if self.outcome is None or self.outcome.plan is None:
            return None
        return all(tier.status in ("optimal", "not used") for tier in self.outcome.tiers if tier.name in SHORTFALL)


def seconds_for(service: Service) -> float:
    """Seconds in which a column of this service is planned unless told otherwise: 20, or one a person if that is more.

    Measured on the shipped services: a dozen people are settled in a few seconds, sixty are not in twenty.
    """
    return max(LEAST_SECONDS, float(len(service.people)))


def key_of(scenarios: Sequence[Scenario]) -> str:
    """Key of a column: the ids of its scenarios in the order in which they are stacked."""
    return JOIN.join(scenario.id for scenario in scenarios) or BASE


def name_of(scenarios: Sequence[Scenario]) -> str:
    """Name of a column, in the words of its scenarios."""
    return ", then ".join(scenario.name for scenario in scenarios) or "Base, planned anew"


def run_scenario(
    service: Service,
    scenarios: Sequence[Scenario] = (),
    settings: RunSettings | None = None,
    stop: threading.Event | None = None,
) -> ScenarioRun:
    """Apply scenarios to a service, in their order, plan, and take the measures of the answer.

    Parameters
    ----------
    service
        The base.
    scenarios
        Stacked in this order; none for the base itself.
    settings
        See :class:`RunSettings`.
    stop
        Set it from another thread to end the search with the best plan found.

    Returns
    -------
    ScenarioRun
        Also where the scenario leaves no plan; ``reason`` then says why.

    Raises
    ------
    capacity.errors.InputError
        The scenarios cannot be applied, or leave inputs that cannot hold together.
    capacity.errors.PlanFailedCheck
        The plan broke a rule when it was checked: a fault of this program.
    """
    from capacity.optimise.search import Settings
    from capacity.optimise.solve import plan

    began = clock.monotonic()
    settings = settings or RunSettings()
    applied = _applied(service, scenarios)
    changed = service if applied is None else applied.service
    demand = analyse(changed)
    if faults := contradictions(changed, demand):
        raise InputError(faults)
    search = Settings(settings.time_limit, settings.workers, settings.seed)
    if stop is not None:
        search.stop = stop
    outcome = plan(changed, demand, search)
    check_answers(changed, demand, outcome)
    found = None
    if outcome.plan is not None:
        own, once = (0.0, 0.0) if applied is None else (applied.recurrent_pounds, applied.one_off_pounds)
        found = measures(changed, demand, gap_of(changed, demand), outcome, service, own, once)
    return ScenarioRun(
        key=key_of(scenarios),
        name=name_of(scenarios),
        scenarios=tuple(scenario.id for scenario in scenarios),
        status=outcome.status,
        measures=found,
        reason=outcome.reason,
        input_hash=input_hash(changed),
        seconds=clock.monotonic() - began,
        run=dict(outcome.run),
        service=changed,
        outcome=outcome,
        **_said(applied),
    )


def do_nothing(service: Service) -> ScenarioRun:
    """Return the column of the plans in force: nothing is changed and nothing planned."""
    began = clock.monotonic()
    demand = analyse(service)
    return ScenarioRun(
        key=DO_NOTHING,
        name="Do nothing",
        scenarios=(),
        status="in force",
        measures=measures(service, demand, gap_of(service, demand), None, service),
        input_hash=input_hash(service),
        seconds=clock.monotonic() - began,
        service=service,
    )


def failed(service: Service, scenarios: Sequence[Scenario], reason: str) -> ScenarioRun:
    """Return the column of scenarios whose run ended without an answer, with the reason."""
    return ScenarioRun(
        key=key_of(scenarios),
        name=name_of(scenarios),
        scenarios=tuple(scenario.id for scenario in scenarios),
        status="stopped" if reason == GIVEN_UP else "failed",
        measures=None,
        reason=reason,
        difference="",
    )


def this_year(run: ScenarioRun, base: float, full: float) -> float:
    """Return what a measure comes to in the plan year: that of the scenario while it holds, else that of the base.

    Linear: base + share of the year x (full - base).
    """
    return base + run.share_of_year * (full - base)


def _applied(service: Service, scenarios: Sequence[Scenario]) -> Applied | None:
    if not scenarios:
        return None
    from capacity.scenario.apply import apply_scenarios

    return apply_scenarios(service, scenarios)


def _said(applied: Applied | None) -> dict[str, Any]:
    """What there is to say of the changes."""
    if applied is None:
        return {}
    return {
        "difference": applied.difference,
        "changes": tuple(ScenarioChange(one.sentence, one.applicable, one.scenario) for one in applied.changes),
        "starts": applied.starts,
        "ends": applied.ends,
        "share_of_year": applied.year_share,
        "recurrent_pounds": applied.recurrent_pounds,
        "one_off_pounds": applied.one_off_pounds,
    }
