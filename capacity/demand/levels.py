"""Three levels of capacity for a stream, side by side: keep up, percentile and service level.

Each names its rule. The exact queue is worked out at all of them, to show what a level really buys: a centile says in
how many weeks the slots are enough, not how many patients are late in the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.special import ndtr, ndtri

from capacity.demand.centiles import name_of
from capacity.demand.counts import Referrals
from capacity.demand.day_queue import DayQueue, day_queue, demand_by_day, least_day_capacity
from capacity.demand.estimators import INTERVAL_CONFIDENCE, CentileEstimate
from capacity.demand.intervals import mean_error
from capacity.demand.promises import STEP, Promise
from capacity.demand.queue import PeriodicQueue, periodic_queue, service_level_capacity
from capacity.demand.result import SizingLevel
from capacity.demand.sizing import share_within
from capacity.demand.streams import SizedStream
from capacity.demand.waiting_list import DEFAULT_SHARE
from capacity.service.model import Estimator, Stream

MEAN_INTERVAL = "t interval of the mean, neighbouring weeks allowed for"
DAY_INTERVAL = "sized by day: no interval of the days' centiles added up"
QUEUE_INTERVAL = "the interval is given for the activity"
A_LEVEL = "a caseload is a level: nobody joins a queue"
WIDTH = float(ndtri((1 + INTERVAL_CONFIDENCE) / 2))


@dataclass(frozen=True)
class StreamLevels:
    """The levels of one stream: keep up, percentile, service level.

    ``demand`` are the referrals of a week of the plan year that the queue is fed with, None for a caseload.
    ``by_day`` is the queue of a same-day promise with every day at its centile, None where it is sized by week.
    """

    promise: Promise
    levels: tuple[SizingLevel, SizingLevel, SizingLevel]
    demand: Referrals | None = None
    by_day: DayQueue | None = None


def promise_of(stream: Stream, open_days: int | None = None) -> Promise:
    """Return what a stream promises: ``target_weeks`` or the period of referral, for ``target_share`` or 92 %.

    ``open_days`` are the days a week of a stream sized by day, whose promise is in days.
    """
    share = DEFAULT_SHARE if stream.target_share is None else stream.target_share
    if open_days is None:
        return Promise(max(1, math.floor((stream.target_weeks or 1.0) + 1e-9)), share)
    days = 1.0 if stream.target_weeks is None else stream.target_weeks * open_days
    return Promise(max(1, math.floor(days + 1e-9)), share, "day")


def dispersion_of(sized: SizedStream) -> float:
    """Variance / mean of the patients of a week at the plan year.

    A stream that is a part u < 1 of a series is sized as exactly that part of every week; who is in it varies by
    chance too, which adds 1 - u.
    """
    return sized.periods.weekly_dispersion * sized.periods.unit + max(0.0, 1.0 - sized.history.unit)


def stream_levels(sized: SizedStream, found: dict[Estimator, CentileEstimate], session_minutes: float) -> StreamLevels:
    """Return the three levels of a stream that has weeks.

    Parameters
    ----------
    sized
        The stream.
    found
        Its centile by every estimator (``centiles.estimates``).
    session_minutes
        Minutes of a session in which patients are seen.
    """
    if sized.days is not None:
        return _by_day(sized, session_minutes)
    promise = promise_of(sized.stream)
    chosen = found[sized.estimator] if sized.by_week else found["negative_binomial"]
    level = max(chosen.value, sized.mean)
    limits = (chosen.interval.lower, chosen.interval.upper)
    rule = f"{chosen.share:.0%} centile of a week: {chosen.name}"
    if level > chosen.value * (1 + 1e-9):
        rule += "; raised to the mean"
    method = chosen.interval.method or chosen.interval.reason
    up = _keep_up(sized, session_minutes)
    percentile = _level(sized, session_minutes, "percentile", rule, level, limits, method)
    if sized.stream.kind == "caseload":
        no_queue = replace(_service(promise), interval_method=A_LEVEL)
        levels = tuple(replace(one, queue_reason=A_LEVEL) for one in (up, percentile, no_queue))
        return StreamLevels(promise, (levels[0], levels[1], levels[2]))
    demand = Referrals(sized.mean, max(1.0, dispersion_of(sized)))
    least = service_level_capacity(demand, promise.share, promise.periods, step=STEP)
    service = replace(_service(promise), interval_method=least.queue.reason)
    if least.capacity is not None:
        service = _level(sized, session_minutes, "service_level", service.rule, least.capacity, None, QUEUE_INTERVAL)
    longest = max(promise.periods, 1)
    queues = [periodic_queue(demand, sized.mean, longest), periodic_queue(demand, level, longest), least.queue]
    levels = tuple(_with(one, queue, promise) for one, queue in zip((up, percentile, service), queues, strict=True))
    return StreamLevels(promise, (levels[0], levels[1], levels[2]), demand)


def chance_that_mean_is_below(sized: SizedStream, referrals: float) -> float | None:
    """Return P(mean demand < referrals), by a normal distribution with the 90 % interval of the mean.

    None where the mean has no interval.
    """
    width, _ = mean_error(sized.grown, sized.weeks)
    if width is None:
        return None
    if width <= 1e-12 * max(1.0, sized.mean):
        return 1.0 if referrals > sized.mean * (1 + 1e-9) else None
    return float(ndtr((referrals - sized.mean) / (width / WIDTH)))


def _by_day(sized: SizedStream, session_minutes: float) -> StreamLevels:
    """Levels of a same-day promise of which the days are known: every day by itself, the days one after the other."""
    assert sized.days is not None
    days = demand_by_day(sized.days)
    promise = promise_of(sized.stream, len(days))
    at_mean = day_queue(days, [one.mean for one in days.values()], promise.periods)
    at_centile = day_queue(days, list(sized.days.needs.values()), promise.periods)
    rule = f"each day at its {sized.days.share:.0%} centile ({name_of(sized.by_week, sized.estimator)})"
    if sized.days.basis == "profile":
        rule = f"each day at its {sized.days.share:.0%} centile, a part of the week by the day profile"
    up = _with(_keep_up(sized, session_minutes), at_mean, promise)
    percentile = _level(sized, session_minutes, "percentile", rule, sized.level, None, DAY_INTERVAL)
    percentile = _with(percentile, at_centile, promise)
    service = replace(_service(promise), interval_method="no centile of the days tried keeps the promise")
    least = least_day_capacity(days, promise.share, promise.periods)
    if least is not None:
        service = _level(sized, session_minutes, "service_level", service.rule, least.capacity, None, DAY_INTERVAL)
        service = _with(service, least, promise)
    return StreamLevels(promise, (up, percentile, service), None, at_centile)


def _keep_up(sized: SizedStream, session_minutes: float) -> SizingLevel:
    width, reason = mean_error(sized.grown, sized.weeks)
    limits = None if width is None else (max(0.0, sized.mean - width), sized.mean + width)
    rule = "mean of the weeks used, at the plan year"
    return _level(sized, session_minutes, "keep_up", rule, sized.mean, limits, reason or MEAN_INTERVAL)


def _service(promise: Promise) -> SizingLevel:
    return SizingLevel("service_level", f"least capacity with which {promise} (exact queue)")


def _level(
    sized: SizedStream,
    session_minutes: float,
    name: str,
    rule: str,
    referrals: float,
    limits: tuple[float | None, float | None] | None,
    method: str,
) -> SizingLevel:
    each = sized.contact_minutes_per_received / session_minutes
    lower, upper = limits or (None, None)
    return SizingLevel(
        name=name,
        rule=rule,
        referrals=referrals,
        slots=sized.slots(referrals),
        sessions=referrals * each,
        lower=None if lower is None else lower * each,
        upper=None if upper is None else upper * each,
        interval_method=method,
        within=share_within(sized.grown, referrals) if sized.by_week else None,
        keeps_up=chance_that_mean_is_below(sized, referrals),
    )


def _with(level: SizingLevel, queue: PeriodicQueue | DayQueue, promise: Promise) -> SizingLevel:
    """The level with what the exact queue says of it."""
    return replace(
        level,
        load=queue.load,
        late=queue.late[0] if queue.late else None,
        on_time=queue.on_time(promise.periods),
        mean_queue=queue.mean_queue,
        mean_list=queue.mean_list,
        queue_reason=queue.reason,
    )
