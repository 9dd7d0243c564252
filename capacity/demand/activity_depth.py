"""One activity in depth: its levels with intervals, what pooling its streams saves, and what its level has held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.special import ndtr

from capacity.demand.activity_levels import Level, activity_levels
from capacity.demand.backtest import BackTest, back_test
from capacity.demand.counts import Referrals
from capacity.demand.levels import WIDTH, StreamLevels
from capacity.demand.pooling import pool_activity, pooled_periods
from capacity.demand.promises import STEP, Queue, queues_of
from capacity.demand.queue import service_level_capacity
from capacity.demand.result import ActivityDemand, SizingLevel
from capacity.demand.streams import SizedStream
from capacity.service.model import Activity, Estimator


@dataclass(frozen=True)
class Pooling:
    """Sessions a week that streams need apart and together at one ``rule`` (percentile, service_level).

    ``saving`` is what pooling them saves, which is what ring-fencing every one of them would cost.
    """

    rule: str
    apart: float
    together: float

    @property
    def saving(self) -> float:
        """Sessions a week; below 0 where they peak together."""
        return self.apart - self.together


@dataclass(frozen=True)
class ActivityDepth:
    """One activity in depth, sessions a calendar week at the plan year, one-off work not counted.

    ``levels`` are keep up, percentile and service level, fixed sessions included; ``promise`` is what the service
    level keeps. ``pooled`` are the streams sized together at a centile, ``pooling`` what that saves (empty for one).
    ``coverage`` is the back-test of their contact minutes, None where nothing is pooled or known by week; ``chosen`` is
    the estimator that sizes them. ``queue_demand`` are the pooled patients of a week, of ``patient_minutes`` each;
    None without a promise by the week.
    """

    activity: str
    levels: tuple[SizingLevel, ...]
    promise: str
    pooled: tuple[str, ...]
    chosen: Estimator
    pooling: tuple[Pooling, ...]
    coverage: BackTest | None
    queue_demand: Referrals | None
    patient_minutes: float | None


def activity_depth(
    activity: Activity,
    demand: ActivityDemand,
    own: Sequence[SizedStream],
    every: Mapping[str, SizedStream],
    of_streams: Mapping[str, StreamLevels],
    session_minutes: float,
) -> ActivityDepth:
    """Analyse one activity that has streams with weeks.

    Parameters
    ----------
    activity, demand
        Its row and its requirement.
    own
        Its streams that have weeks.
    every
        All streams of the service by id.
    of_streams
        Levels of its streams by id.
    session_minutes
        Minutes of a session in which patients are seen.
    """
    found = activity_levels(activity, demand, own, every)
    whole = pool_activity(own)
    queues = queues_of(own, every)
    return ActivityDepth(
        activity=activity.activity,
        levels=_levels(found),
        promise=found[0].promise,
        pooled=tuple(sized.stream.stream for sized in whole.pooled),
        chosen=own[0].estimator,
        pooling=tuple(_pooling(whole.pooled, queues, of_streams, session_minutes)),
        coverage=_coverage(whole.pooled),
        queue_demand=queues[0].demand if queues else None,
        patient_minutes=queues[0].minutes if queues else None,
    )


def _levels(found: Sequence[Level]) -> tuple[SizingLevel, ...]:
    return tuple(
        SizingLevel(
            name=level.name,
            rule=level.rule,
            slots=level.slots,
            sessions=level.sessions,
            lower=level.interval.lower,
            upper=level.interval.upper,
            interval_method=level.reason or "MOVER of the intervals of its parts",
            within=level.on_time,
            keeps_up=_chance_that_mean_is_below(level, found[0]),
            on_time=level.seen_in_time,
            queue_reason="" if level.seen_in_time is not None else _no_queue(level),
        )
        for level in found
    )


def _no_queue(level: Level) -> str:
    return "the list grows without end, or nothing is promised" if level.sessions is not None else level.reason


def _chance_that_mean_is_below(level: Level, keep_up: Level) -> float | None:
    """P(mean demand < level), by a normal distribution with the 90 % interval of the mean."""
    mean, upper = keep_up.sessions, keep_up.interval.upper
    if level.sessions is None or mean is None or upper is None:
        return None
    width = upper - mean
    if width <= 1e-12 * max(1.0, mean):
        return 1.0 if level.sessions > mean * (1 + 1e-9) else None
    return float(ndtr((level.sessions - mean) / (width / WIDTH)))


def _pooling(
    pooled: Sequence[SizedStream],
    queues: Sequence[Queue],
    of_streams: Mapping[str, StreamLevels],
    session_minutes: float,
) -> list[Pooling]:
    """What several streams ask apart and together, at each rule that both are known for."""
    together = pool_activity(pooled).together
    if len(pooled) < 2 or together is None:
        return []
    found = [Pooling("percentile", together.apart / session_minutes, together.level / session_minutes)]
    names = {sized.stream.stream for sized in pooled}
    apart = [of_streams[name].levels[2].sessions for name in names]
    queue = next((one for one in queues if set(one.names) == names), None)
    if queue is None or any(sessions is None for sessions in apart):
        return found
    promise = queue.promise
    least = service_level_capacity(queue.demand, promise.share, promise.periods, step=STEP).capacity
    if least is not None:
        minutes = least * queue.minutes
        found.append(Pooling("service_level", sum(one or 0.0 for one in apart), minutes / session_minutes))
    return found


def _coverage(pooled: Sequence[SizedStream]) -> BackTest | None:
    """Back-test of the contact minutes of the streams that are sized together."""
    if not pooled:
        return None
    together = pooled_periods(pooled)
    if together is None or not together.by_week:
        return None
    return back_test(together.amounts, (max(sized.centile_share for sized in pooled),), unit=together.unit or 1.0)
