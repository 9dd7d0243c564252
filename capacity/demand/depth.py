"""The whole analysis of every stream and activity, worked out only when it is asked for.

``Demand`` holds what sizes a service; this holds what an analyst wants to know of it: how the weeks vary, whether the
level has moved, whether there is a season, what a centile held in the past, and what each level of capacity buys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from capacity.demand.activity_depth import ActivityDepth, activity_depth
from capacity.demand.backlog import patients_waiting_too_many
from capacity.demand.backtest import BackTest, back_test
from capacity.demand.centiles import estimates
from capacity.demand.counts import Referrals
from capacity.demand.day_queue import DayQueue
from capacity.demand.depth_findings import depth_findings
from capacity.demand.dispersion import Autocorrelation, Dispersion, Trend, autocorrelation, dispersion, trend
from capacity.demand.estimators import CentileEstimate
from capacity.demand.levels import StreamLevels, dispersion_of, stream_levels
from capacity.demand.lists import WaitingList, waiting_list
from capacity.demand.pooling import by_activity, pool_activity, session_minutes
from capacity.demand.promises import Promise
from capacity.demand.rebase import Proposal, propose_rebase
from capacity.demand.result import ActivityDemand, SizingLevel
from capacity.demand.seasonality import Season, monthly_index, season
from capacity.demand.streams import MONTHS_PER_YEAR, SizedStream
from capacity.demand.xmr import Phase, phased_xmr
from capacity.errors import Finding
from capacity.service.model import Estimator, Service
from capacity.units import WEEKS_PER_YEAR

NO_BACK_TEST = "known by month only: how many weeks a level would have held is not known"


@dataclass(frozen=True)
class ChartPhase:
    """One phase of an XmR chart of all the history known, in referrals received a week, before growth.

    ``trial`` says that its limits will still move. ``signals`` are (first day of the week or month, rule).
    """

    first_week: str
    last_week: str
    weeks: int
    mean: float
    lower: float | None
    upper: float | None
    trial: bool
    signals: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RebaseAdvice:
    """A rebase to put to the user; ``line`` goes under ``[rebase]`` of service.toml to confirm it."""

    series: str
    proposal: Proposal

    @property
    def line(self) -> str:
        """What confirms it."""
        return f"{self.series} = {self.proposal.week}"


@dataclass(frozen=True)
class StreamDepth:
    """The whole analysis of one stream.

    Referrals received a week, before growth: ``dispersion``, ``autocorrelation``, ``trend``, ``phases``, ``rebase``
    (None where there is nothing to propose, and for a generated stream, whose series is another's), ``season``,
    ``monthly_index`` (January first; None without one) and ``coverage``. At the plan year: ``estimates`` (the centile
    by every estimator; ``chosen`` sizes it), ``sized`` (the three levels) and ``waiting`` (None without list and
    target).
    """

    stream: str
    activity: str
    basis: str
    chosen: Estimator
    estimates: Mapping[Estimator, CentileEstimate]
    dispersion: Dispersion
    autocorrelation: Autocorrelation
    trend: Trend
    phases: tuple[ChartPhase, ...]
    rebase: RebaseAdvice | None
    season: Season
    monthly_index: tuple[float, ...] | None
    coverage: BackTest
    sized: StreamLevels
    waiting: WaitingList | None

    @property
    def levels(self) -> tuple[SizingLevel, SizingLevel, SizingLevel]:
        """Keep up, percentile and service level."""
        return self.sized.levels

    @property
    def promise(self) -> Promise:
        """What the service level keeps."""
        return self.sized.promise

    @property
    def queue_demand(self) -> Referrals | None:
        """Referrals of a week at the plan year, which the exact queue is fed with; None by day and for a caseload."""
        return self.sized.demand

    @property
    def by_day(self) -> DayQueue | None:
        """Queue of a same-day promise with each day at its centile; None where it is sized by week."""
        return self.sized.by_day


@dataclass(frozen=True)
class Depth:
    """Everything in depth: streams that have weeks, activities that have such streams, and what follows from it."""

    streams: Mapping[str, StreamDepth] = field(default_factory=dict)
    activities: Mapping[str, ActivityDepth] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def depth_of(service: Service, streams: Mapping[str, SizedStream], activities: Mapping[str, ActivityDemand]) -> Depth:
    """Analyse every stream and activity in depth; takes about 15 ms a stream."""
    found: dict[str, StreamDepth] = {}
    whole: dict[str, ActivityDepth] = {}
    for activity in service.activities:
        own = [sized for sized in by_activity(streams).get(activity.activity, []) if sized.sized]
        if not own:
            continue
        minutes = session_minutes(activity, own)
        for sized, referrals in pool_activity(own).levels:
            found[sized.stream.stream] = _stream(service, sized, referrals, minutes)
        of_streams = {sized.stream.stream: found[sized.stream.stream].sized for sized in own}
        whole[activity.activity] = activity_depth(
            activity, activities[activity.activity], own, streams, of_streams, minutes
        )
    ordered = {stream: found[stream] for stream in streams if stream in found}
    return Depth(ordered, whole, depth_findings(service, streams, ordered, whole))


def _stream(service: Service, sized: SizedStream, referrals: float, minutes: float) -> StreamDepth:
    values = sized.weekly.to_numpy()
    dates = sized.history.dates.to_numpy().astype("datetime64[D]")
    centiles = estimates(sized.periods, sized.centile_share)
    monthly, _ = monthly_index(values, dates, not sized.by_week)
    return StreamDepth(
        stream=sized.stream.stream,
        activity=sized.stream.activity,
        basis=sized.history.basis,
        chosen=sized.estimator if sized.by_week else "negative_binomial",
        estimates=centiles,
        dispersion=_dispersion(sized, values),
        autocorrelation=_by_month(autocorrelation(values), sized),
        trend=_by_month(trend(values, WEEKS_PER_YEAR if sized.by_week else MONTHS_PER_YEAR), sized),
        phases=chart_phases(sized),
        rebase=_rebase(sized, values, dates),
        season=season(values, dates, not sized.by_week),
        monthly_index=None if monthly is None else tuple(monthly.tolist()),
        coverage=_coverage(sized, values),
        sized=stream_levels(sized, centiles, minutes),
        waiting=_waiting(service, sized, referrals, minutes),
    )


def _waiting(service: Service, sized: SizedStream, referrals: float, minutes: float) -> WaitingList | None:
    """The list at the capacity that the requirement holds, its part of the one-off work among it where that is in."""
    too_many = patients_waiting_too_many(sized)[0] if service.objective.include_backlog else None
    one_off = (too_many or 0.0) / WEEKS_PER_YEAR
    return waiting_list(sized, referrals, max(1.0, dispersion_of(sized)), minutes, service.year_starts, one_off)


def chart_phases(sized: SizedStream) -> tuple[ChartPhase, ...]:
    """XmR chart of all the history known, starting afresh where a rebase is confirmed."""
    known, used = sized.history.known, sized.history.used
    starts = np.flatnonzero(known.index == used.index[0])[:1]
    values, dates = known.to_numpy(), np.datetime_as_string(known.index.to_numpy().astype("datetime64[D]"))
    chart = phased_xmr(values, [int(start) for start in starts])
    return tuple(_phase(phase, dates) for phase in chart.phases)


def _phase(phase: Phase, dates: NDArray[Any]) -> ChartPhase:
    chart = phase.chart
    return ChartPhase(
        first_week=str(dates[phase.start]),
        last_week=str(dates[phase.stop - 1]),
        weeks=phase.stop - phase.start,
        mean=chart.mean,
        lower=chart.lower,
        upper=chart.upper,
        trial=phase.trial,
        signals=tuple((str(dates[phase.start + at]), rule) for at, rule in chart.signals),
    )


def _dispersion(sized: SizedStream, values: NDArray[np.floating[Any]]) -> Dispersion:
    """Test of the counts of weeks, or of months of mean length."""
    unit = sized.history.unit or 1.0
    if sized.by_week:
        return dispersion(values, unit)
    return _by_month(dispersion(values * sized.history.days / 7, unit), sized)


Test = TypeVar("Test", Dispersion, Autocorrelation, Trend)


def _by_month(found: Test, sized: SizedStream) -> Test:
    """The same with its verdict in months where a value is that of a month."""
    if sized.by_week:
        return found
    return replace(found, verdict=re.sub(r"\bweeks\b", "months", found.verdict).replace("every week", "every month"))


def _rebase(sized: SizedStream, values: NDArray[np.floating[Any]], dates: NDArray[Any]) -> RebaseAdvice | None:
    """Proposal for the series of a stream; months are too few to tell a step from a season."""
    stream = sized.stream
    if not sized.by_week or stream.generated_by is not None:
        return None
    proposal = propose_rebase(values, dates)
    return None if proposal is None else RebaseAdvice(stream.series or stream.stream, proposal)


def _coverage(sized: SizedStream, values: NDArray[np.floating[Any]]) -> BackTest:
    if not sized.by_week:
        return BackTest((), False, NO_BACK_TEST)
    return back_test(values, (sized.centile_share,), unit=sized.history.unit or 1.0)
