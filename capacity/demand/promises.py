"""What a promise asks of an activity: the least capacity at which the exact queue keeps it.

A promise is a wait (the period of referral, or ``target_weeks``) and the share of patients to be seen within it.
Streams of an activity that wait in one queue are counted in patients of their mean contact time. Formulas:
docs/formulas/gap.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.special import chdtri, stdtrit

from capacity.demand.counts import Referrals, fixed_capacity
from capacity.demand.estimators import FEWEST_WEEKS_FOR_INTERVAL, INTERVAL_CONFIDENCE
from capacity.demand.intervals import mean_error
from capacity.demand.pooling import pooled_periods
from capacity.demand.queue import late_share, service_level_capacity
from capacity.demand.streams import SizedStream
from capacity.demand.waiting_list import DEFAULT_SHARE

TAIL = (1 - INTERVAL_CONFIDENCE) / 2
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
    """Patients who wait together: who they are, how many come in a period and how their number varies.

    ``minutes`` are contact minutes of one of them; ``weight`` is the part of its streams' minutes that the requirement
    gives this queue (a weekday its own part). ``error`` is half the width of a 90 % interval of the mean and
    ``degrees`` the degrees of freedom of the dispersion; without an interval ``error`` is None and ``reason`` says why.
    """

    streams: tuple[SizedStream, ...]
    promise: Promise
    demand: Referrals
    minutes: float
    error: float | None
    degrees: float
    reason: str = ""
    weight: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of its streams: queues by weekday of one stream have the same."""
        return tuple(one.stream.stream for one in self.streams)


@dataclass(frozen=True)
class Kept:
    """Contact minutes a week that keep a promise, and how far their interval reaches; None where not known."""

    minutes: float | None
    below: float | None = None
    above: float | None = None
    reason: str = ""


def queues_of(streams: Sequence[SizedStream], every: Mapping[str, SizedStream]) -> tuple[Queue, ...]:
    """Return the queues of an activity that have a promise.

    Streams sized at a centile wait together, in the period of referral or as long as ``target_weeks`` says; the
    others wait together where they have ``target_weeks``; those sized by day have a queue a weekday. Where promises
    of one queue differ the strictest is used. Streams without a week in common have queues of their own.

    Parameters
    ----------
    streams
        Streams of one activity; those without weeks are left out.
    every
        All streams of the service by id, to know which come from one series.
    """
    sized = [one for one in streams if one.sized and one.stream.kind != "caseload" and one.mean > 0]
    rapid = [one for one in sized if one.wants_centile and one.days is None]
    routine = [one for one in sized if not one.wants_centile and one.stream.target_weeks is not None]
    weekly = [queue for group in (rapid, routine) for queue in _weekly(group, every)]
    daily = [queue for one in sized if one.days is not None for queue in _daily(one)]
    return (*weekly, *daily)


def keep(queue: Queue) -> Kept:
    """Return the least capacity at which the queue keeps its promise, with an interval.

    The capacity is to a tenth of a patient a period. Its interval has two independent parts: the capacity at the
    limits of the mean, and at the limits of the dispersion; each reach is the root of the sum of their squares.
    """
    mean, phi = queue.demand.mean, queue.demand.phi
    found = _least(queue, mean, phi)
    if isinstance(found, str):
        return Kept(None, reason=found)
    if queue.error is None:
        return Kept(found, reason=queue.reason)
    limits = [(max(0.0, mean - queue.error), phi), (mean + queue.error, phi)]
    if phi > 1:
        low, high = (max(1.0, phi * queue.degrees / float(chdtri(queue.degrees, tail))) for tail in (TAIL, 1 - TAIL))
        limits += [(mean, low), (mean, high)]
    reach = [_least(queue, *limit) for limit in limits]
    known = [value for value in reach if not isinstance(value, str)]
    if len(known) < len(reach):
        return Kept(found, reason=next(value for value in reach if isinstance(value, str)))
    below = math.hypot(*(max(0.0, found - value) for value in known[::2]))
    above = math.hypot(*(max(0.0, value - found) for value in known[1::2]))
    return Kept(found, below, above)


def seen_in_time(queue: Queue, minutes: float) -> float | None:
    """Return the share of patients seen within the promise with so many contact minutes a week for this queue.

    None where the list would grow without end.
    """
    late = late_share(queue.demand, fixed_capacity(max(0.0, minutes) / queue.minutes), queue.promise.periods)
    return None if late is None else 1 - late


def root_of(sized: SizedStream, every: Mapping[str, SizedStream]) -> SizedStream:
    """Return the stream with a series of its own that a stream stems from."""
    while sized.stream.generated_by is not None:
        sized = every[sized.stream.generated_by]
    return sized


def _least(queue: Queue, mean: float, phi: float) -> float | str:
    level = service_level_capacity(Referrals(mean, phi), queue.promise.share, queue.promise.periods, step=STEP)
    return level.queue.reason if level.capacity is None else level.capacity * queue.minutes


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


def _daily(sized: SizedStream) -> Iterator[Queue]:
    """A queue a weekday, each as if every day were like it."""
    weekdays = weekdays_of(sized)
    wait = sized.stream.target_weeks
    periods = 1 if wait is None else max(1, math.floor(wait * len(weekdays) + 1e-9))
    total = sum(day.level for day in weekdays) or 1.0
    for day in weekdays:
        if day.mean <= 0:
            continue
        phi = max(1.0, day.phi)
        known = day.days >= FEWEST_WEEKS_FOR_INTERVAL
        error = float(stdtrit(day.days - 1, 1 - TAIL)) * math.sqrt(phi * day.mean / day.days) if known else None
        reason = "" if known else f"{day.days} of a weekday: an interval needs at least {FEWEST_WEEKS_FOR_INTERVAL}"
        yield Queue(
            streams=(sized,),
            promise=Promise(periods, _share(sized), "day"),
            demand=Referrals(day.mean, phi),
            minutes=sized.contact_minutes_per_received,
            error=error,
            degrees=day.days - 1,
            reason=reason,
            weight=day.level / total,
        )
