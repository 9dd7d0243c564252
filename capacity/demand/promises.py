"""What a promise asks of an activity: the least capacity at which the exact queue keeps it.

A promise is a wait (the period of referral, or ``target_weeks``) and the share of patients to be seen within it.
Streams of an activity that wait in one queue are counted in patients of their mean contact time. Formulas:
docs/formulas/gap.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scipy.special import chdtri

from capacity.demand.counts import Referrals, fixed_capacity
from capacity.demand.day_queue import DayQueue, day_queue, demand_by_day, least_day_capacity
from capacity.demand.estimators import INTERVAL_CONFIDENCE
from capacity.demand.intervals import mean_error
from capacity.demand.pooling import pooled_periods
from capacity.demand.queue import ServiceLevel, late_share, service_level_capacity
from capacity.demand.streams import SizedStream
from capacity.demand.waiting_list import DEFAULT_SHARE

TAIL = (1 - INTERVAL_CONFIDENCE) / 2
NO_CENTILE = "no centile of the days tried keeps the promise"
STEP = 0.1
"""Capacity is found to a tenth of a patient a period: 10.4 are 10 in six periods of ten and 11 in four."""


@dataclass(frozen=True)
class Promise:
    """To be seen before so many weeks (or days) are over, for a share of patients: P(wait >= periods) <= 1 - share."""

    periods: int
    share: float
    unit: str = "week"

    def __str__(self) -> str:
        if self.periods == 1:
            return f"{self.share:.0%} seen in the {self.unit} of referral"
        return f"{self.share:.0%} seen within {self.periods} {self.unit}s"


@dataclass(frozen=True, eq=False)
class Queue:
    """Patients who wait together by the week: who they are, how many come and how their number varies.

    ``minutes`` are contact minutes of one of them. ``error`` is half the width of a 90 % interval of the mean and
    ``degrees`` the degrees of freedom of the dispersion; without an interval ``error`` is None and ``reason`` says why.
    """

    streams: tuple[SizedStream, ...]
    promise: Promise
    demand: Referrals
    minutes: float
    error: float | None
    degrees: float
    reason: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of its streams."""
        return tuple(one.stream.stream for one in self.streams)


@dataclass(frozen=True, eq=False)
class ByDay:
    """Patients of a stream that is sized by day: the days of the week one after the other (day_queue.py)."""

    sized: SizedStream
    promise: Promise

    @property
    def streams(self) -> tuple[SizedStream, ...]:
        """Its one stream."""
        return (self.sized,)

    @property
    def names(self) -> tuple[str, ...]:
        """Id of its stream."""
        return (self.sized.stream.stream,)


@dataclass(frozen=True)
class Kept:
    """Contact minutes a week that keep a promise, and how far their interval reaches; None where not known.

    ``seen`` is the share of patients seen in time with them.
    """

    minutes: float | None
    below: float | None = None
    above: float | None = None
    reason: str = ""
    seen: float | None = None


def queues_of(streams: Sequence[SizedStream], every: Mapping[str, SizedStream]) -> tuple[Queue, ...]:
    """Return the queues by week of an activity that have a promise.

    Streams sized at a centile wait together, in the period of referral or as long as ``target_weeks`` says; the
    others wait together where they have ``target_weeks``. Where promises of one queue differ the strictest is used.
    Streams without a week in common have queues of their own.

    Parameters
    ----------
    streams
        Streams of one activity; those without weeks are left out.
    every
        All streams of the service by id, to know which come from one series.
    """
    sized = [one for one in _waiting(streams) if one.days is None]
    rapid = [one for one in sized if one.wants_centile]
    routine = [one for one in sized if not one.wants_centile and one.stream.target_weeks is not None]
    return tuple(queue for group in (rapid, routine) for queue in _weekly(group, every))


def day_queues_of(streams: Sequence[SizedStream]) -> tuple[ByDay, ...]:
    """Return the queues of the streams of an activity that are sized by day, one a stream."""
    found = []
    for one in _waiting(streams):
        if one.days is not None:
            periods = math.floor((one.stream.target_weeks or 0.0) * len(one.days.by_day) + 1e-9)
            found.append(ByDay(one, Promise(max(1, periods), _share(one), "day")))
    return tuple(found)


def _waiting(streams: Sequence[SizedStream]) -> list[SizedStream]:
    """Streams whose patients join a queue: a caseload is a level, and nobody joins it."""
    return [one for one in streams if one.sized and one.stream.kind != "caseload" and one.mean > 0]


def keep(queue: Queue | ByDay) -> Kept:
    """Return the least capacity at which the queue keeps its promise, with an interval.

    The capacity is to a tenth of a patient a week; by day it is in whole slots, every day at the same centile. Its
    interval has two independent parts: the capacity at the limits of the mean, and at the limits of the dispersion
    (by day the mean alone); each reach is the root of the sum of their squares.
    """
    return _keep_days(queue) if isinstance(queue, ByDay) else _keep_weeks(queue)


def _keep_weeks(queue: Queue) -> Kept:
    mean, phi = queue.demand.mean, queue.demand.phi
    least = _least(queue, mean, phi)
    if least.capacity is None:
        return Kept(None, reason=least.queue.reason)
    found = Kept(least.capacity * queue.minutes, reason=queue.reason, seen=least.queue.on_time(queue.promise.periods))
    if queue.error is None:
        return found
    limits = [(max(0.0, mean - queue.error), phi), (mean + queue.error, phi)]
    if phi > 1:
        low, high = (max(1.0, phi * queue.degrees / float(chdtri(queue.degrees, tail))) for tail in (TAIL, 1 - TAIL))
        limits += [(mean, low), (mean, high)]
    at_limits = [_least(queue, *limit) for limit in limits]
    known = [one.capacity * queue.minutes for one in at_limits if one.capacity is not None]
    if len(known) < len(at_limits):
        reason = next(one.queue.reason for one in at_limits if one.capacity is None)
        return replace(found, reason=reason)
    return _with_reach(found, known[::2], known[1::2])


def _keep_days(queue: ByDay) -> Kept:
    sized, minutes = queue.sized, queue.sized.contact_minutes_per_received
    least = _least_days(queue, 1.0)
    if least is None:
        return Kept(None, reason=NO_CENTILE)
    found = Kept(least.capacity * minutes, seen=least.on_time(queue.promise.periods))
    error, reason = mean_error(sized.grown, sized.weeks)
    if error is None:
        return replace(found, reason=reason)
    low, high = (_least_days(queue, max(0.0, 1 + sign * error / sized.mean)) for sign in (-1, 1))
    if low is None or high is None:
        return replace(found, reason=f"{NO_CENTILE} at the limits of the mean")
    return _with_reach(found, [low.capacity * minutes], [high.capacity * minutes])


def _with_reach(found: Kept, low: Sequence[float], high: Sequence[float]) -> Kept:
    """The same with how far the capacities at several limits lie below and above it."""
    minutes = found.minutes or 0.0
    below = math.hypot(*(max(0.0, minutes - value) for value in low))
    above = math.hypot(*(max(0.0, value - minutes) for value in high))
    return replace(found, below=below, above=above)


def seen_in_time(queue: Queue | ByDay, minutes: float) -> float | None:
    """Return the share of patients seen within the promise with so many contact minutes a week for this queue.

    By day they are divided as the days are sized. None where the list would grow without end.
    """
    minutes, periods = max(0.0, minutes), queue.promise.periods
    if isinstance(queue, Queue):
        late = late_share(queue.demand, fixed_capacity(minutes / queue.minutes), periods)
        return None if late is None else 1 - late
    return _seen_by_day(queue.sized, minutes / queue.sized.contact_minutes_per_received, periods)


def _seen_by_day(sized: SizedStream, patients: float, periods: int) -> float | None:
    assert sized.days is not None
    if sized.days.total <= 0:
        return None
    slots = [patients * level / sized.days.total for level in sized.days.needs.values()]
    return day_queue(demand_by_day(sized.days), slots, periods).on_time(periods)


def root_of(sized: SizedStream, every: Mapping[str, SizedStream]) -> SizedStream:
    """Return the stream with a series of its own that a stream stems from."""
    while sized.stream.generated_by is not None:
        sized = every[sized.stream.generated_by]
    return sized


def _least(queue: Queue, mean: float, phi: float) -> ServiceLevel:
    return service_level_capacity(Referrals(mean, phi), queue.promise.share, queue.promise.periods, step=STEP)


def _least_days(queue: ByDay, factor: float) -> DayQueue | None:
    """The least capacity that keeps the promise where every day has ``factor`` times its demand."""
    assert queue.sized.days is not None
    days = demand_by_day(queue.sized.days)
    moved = {day: Referrals(one.mean * factor, one.phi) for day, one in days.items()}
    return least_day_capacity(moved, queue.promise.share, queue.promise.periods)


def _weekly(streams: Sequence[SizedStream], every: Mapping[str, SizedStream]) -> Iterator[Queue]:
    if not streams:
        return
    together = pooled_periods(streams)
    if together is None:
        for one in streams:
            yield from _weekly([one], every)
        return
    each = [(one.mean, one.contact_minutes_per_received) for one in streams]
    mean = sum(number * minutes for number, minutes in each)
    if mean <= 0:
        return
    patient = sum(number * minutes**2 for number, minutes in each) / mean
    variance = together.weekly_dispersion * together.unit * float(together.amounts.mean())
    phi = (variance + variance_of_chance(streams, every)) / (mean * patient)
    width, reason = mean_error(together.amounts, together.amounts.size * together.days / 7)
    error = None if width is None else width / patient
    demand = Referrals(mean / patient, max(1.0, phi))
    yield Queue(tuple(streams), _strictest(streams), demand, patient, error, together.amounts.size - 1, reason)


def variance_of_chance(streams: Sequence[SizedStream], every: Mapping[str, SizedStream]) -> float:
    """Variance of a week's contact minutes by which patients of a series belong to which stream, minutes squared.

    A stream that is a part u of a series is sized as exactly that part of every week. Who is in it varies by chance:
    of n patients of a series, streams with parts u_i and minutes m_i take n (Σ u_i m_i² - (Σ u_i m_i)²) of variance
    (multinomial), nothing where they are all of the series and alike.
    """
    by_root: dict[str, list[SizedStream]] = defaultdict(list)
    for one in streams:
        root = root_of(one, every).stream
        by_root[root.series or root.stream].append(one)
    found = 0.0
    for parts in by_root.values():
        shares = [(one.history.unit, one.contact_minutes_per_received) for one in parts if one.history.unit > 0]
        if shares:
            patients = max(one.mean / one.history.unit for one in parts if one.history.unit > 0)
            spread = sum(share * minutes**2 for share, minutes in shares)
            found += patients * max(0.0, spread - sum(share * minutes for share, minutes in shares) ** 2)
    return found


def _strictest(streams: Sequence[SizedStream]) -> Promise:
    """The shortest wait and the largest share that any of the streams names; a week where a rapid stream names none."""
    waits = [math.floor(one.stream.target_weeks + 1e-9) if one.stream.target_weeks else 1 for one in streams]
    return Promise(max(1, min(waits)), max(_share(one) for one in streams))


def _share(sized: SizedStream) -> float:
    return DEFAULT_SHARE if sized.stream.target_share is None else sized.stream.target_share


@dataclass(frozen=True)
class Weekday:
    """Patients of one weekday: mean, dispersion (1 where not known), the level sized for, and how many were counted."""

    mean: float
    phi: float
    level: float
    days: int


def weekdays_of(sized: SizedStream) -> tuple[Weekday, ...]:
    """Return the weekdays of a stream that is sized by day; from a day profile each rests on the weeks used."""
    assert sized.days is not None
    rows: list[dict[str, Any]] = sized.days.by_day.to_dict("records")  # type: ignore[assignment]
    return tuple(
        Weekday(
            float(row["mean"]),
            float(row["dispersion"]) if row["dispersion"] == row["dispersion"] else 1.0,
            float(row["centile"]),
            int(row["days"]) or sized.weeks,
        )
        for row in rows
    )
