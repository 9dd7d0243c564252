"""The three levels an activity can be sized at, side by side, each with an interval of the requirement.

* keep up: every stream at its mean;
* percentile: streams sized at a centile pooled at it, the rest at their means;
* service level: the least capacity with which the exact queue keeps the promise, the rest at their means.

One of them feeds the requirement: the percentile where a stream of the activity is sized at a centile, else the mean.
Formulas and what the intervals hold: docs/formulas/gap.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from capacity.demand.backlog import recurrent, recurrent_mean
from capacity.demand.centiles import estimates
from capacity.demand.estimators import negative_binomial_from_moments
from capacity.demand.intervals import Interval, Part, centile_part, interval_of_sum, mean_part
from capacity.demand.pooling import Pool, pool, pool_activity, pooled_periods
from capacity.demand.promises import ByDay, Queue, day_queues_of, keep, queues_of, root_of, seen_in_time, weekdays_of
from capacity.demand.result import ActivityDemand
from capacity.demand.sizing import share_within
from capacity.demand.streams import MINUTES_PER_HOUR, SizedStream
from capacity.service.model import Activity

LEVELS = ("keep_up", "percentile", "service_level")
NO_PROMISE = "no stream of it has a promise: give target_weeks, or a rapid stream"
FIXED = "a fixed number of sessions a week"

Streams = Mapping[str, SizedStream]


@dataclass(frozen=True)
class Level:
    """Requirement of an activity at one level, recurrent work only.

    ``name`` is one of ``LEVELS`` and ``rule`` says it in words; ``used`` is whether it feeds the requirement.
    ``sessions`` are full sessions a calendar week, fixed ones included, and ``slots`` those of patients; None where
    the level is not known. ``interval`` is of the sessions. ``on_time`` is the share of the weeks used whose demand
    is within the level, ``seen_in_time`` the share of patients seen within ``promise`` by the exact queue (None where
    their list would grow without end, or nothing is promised). ``reason`` says why something is missing. ``parts``
    are the estimates the sessions are the sum of, with ``certain`` sessions.
    """

    name: str
    rule: str
    used: bool
    slots: float | None
    sessions: float | None
    interval: Interval
    on_time: float | None = None
    seen_in_time: float | None = None
    promise: str = ""
    reason: str = ""
    parts: tuple[Part, ...] = ()
    certain: float = 0.0


@dataclass(frozen=True)
class _Sum:
    """Contact minutes a week of an activity at one level, as the sum of its parts; no parts where it is not known.

    ``seen`` is the share of patients seen in time of each queue that was sized to keep its promise.
    """

    rule: str
    parts: tuple[Part, ...]
    reason: str = ""
    seen: Mapping[Queue | ByDay, float] = field(default_factory=dict)

    @property
    def minutes(self) -> float:
        return sum(part.value for part in self.parts)


def activity_levels(
    activity: Activity, demand: ActivityDemand, streams: Sequence[SizedStream], every: Streams
) -> tuple[Level, ...]:
    """Return the three levels of an activity.

    Parameters
    ----------
    activity
        Its row.
    demand
        Its requirement.
    streams
        Its streams.
    every
        All streams of the service by id.

    Notes
    -----
    An interval has the uncertainty of levels estimated from a limited number of weeks. Growth, booking rates and
    minutes are taken as given: what they do is in the sensitivity table. With a clinic template the interval is that
    of the contact minutes, in proportion.
    """
    whole = pool_activity(streams)
    if not whole.streams:
        return _fixed(demand)
    queues: tuple[Queue | ByDay, ...] = (*queues_of(whole.streams, every), *day_queues_of(whole.streams))
    centile = bool(whole.pooled) or any(one.days is not None for one in whole.streams)
    sums = {
        "keep_up": _Sum("every stream at its mean", tuple(_mean(one, every) for one in whole.streams)),
        "percentile": _percentile(whole.streams, whole.pooled, whole.together, every),
        "service_level": _service_level(whole.streams, queues, every),
    }
    used = "percentile" if centile else "keep_up"
    return tuple(_level(name, sums[name], name == used, activity, demand, whole.streams, queues) for name in LEVELS)


def total_level(levels: Mapping[str, Sequence[Level]], name: str | None = None) -> tuple[float, Interval]:
    """Return the sessions of all activities together at one level, with an interval.

    Parameters
    ----------
    levels
        Levels of each activity by its id.
    name
        One of ``LEVELS``; an activity for which it is not known has the level that feeds its requirement, as all have
        where None.

    Notes
    -----
    Parts from one series move together, in whatever activities they are, so the interval is not the sum of those of
    the activities. The total at the percentile is a sum of centiles: more than the centile of the sum.
    """
    chosen = [_known(of_activity, name) for of_activity in levels.values()]
    sessions = sum(level.sessions or 0.0 for level in chosen)
    parts = [part for level in chosen for part in level.parts]
    certain = sum(level.certain for level in chosen)
    return sessions, interval_of_sum(parts, certain, certain)


def _known(levels: Sequence[Level], name: str | None) -> Level:
    used = next(level for level in levels if level.used)
    return next((level for level in levels if level.name == name and level.sessions is not None), used)


def _fixed(demand: ActivityDemand) -> tuple[Level, ...]:
    """Levels of an activity without streams: what was agreed, certain."""
    agreed = recurrent(demand)
    level = Level("keep_up", FIXED, True, None, agreed, Interval(agreed, agreed), certain=agreed)
    return tuple(replace(level, name=name, used=name == "keep_up") for name in LEVELS)


# ---- what each level adds up


def _mean(sized: SizedStream, every: Streams) -> Part:
    part = mean_part(sized.grown, root_of(sized, every).weekly, sized.weeks)
    return part.times(sized.contact_minutes_per_received)


def _percentile(
    streams: Sequence[SizedStream], pooled: Sequence[SizedStream], together: Pool | None, every: Streams
) -> _Sum:
    by_day = [one for one in streams if one.days is not None]
    if together is None and not by_day:
        alike = [one for one in streams if one.stream.kind != "caseload"] or list(streams)
        found = pool(alike)
        rule = f"{found.share:.0%} centile of all its streams together, for comparison: they are sized at the mean"
        rest = [one for one in streams if one not in alike]
        return _Sum(rule, (*_pool_parts(alike, found, every), *(_mean(one, every) for one in rest)))
    parts = [_of_days(one, every) for one in by_day]
    if together is not None:
        parts += _pool_parts(pooled, together, every)
    rest = [one for one in streams if one not in pooled and one.days is None]
    share = together.share if together is not None else by_day[0].centile_share
    rule = f"{share:.0%} centile of {'its' if not rest else 'rapid'} streams{' together' if len(pooled) > 1 else ''}"
    rule += " by day" if by_day and not pooled else ""
    rule += ", the rest at their means" if rest else ""
    return _Sum(rule, (*parts, *(_mean(one, every) for one in rest)))


def _pool_parts(streams: Sequence[SizedStream], found: Pool, every: Streams) -> list[Part]:
    """The pooled level as one part; streams without a week in common as one each; the means where they are more."""
    if found.centile < found.mean:
        return [_mean(one, every) for one in streams]
    together = pooled_periods(streams)
    if together is None:
        return [_centile(one, every) if one.at_centile else _mean(one, every) for one in streams]
    found_by = estimates(together, found.share)
    chosen = found_by[streams[0].estimator] if together.by_week else found_by["negative_binomial"]
    return [centile_part(found.level, chosen.interval, _weekly_of(streams, every))]


def _weekly_of(streams: Sequence[SizedStream], every: Streams) -> pd.Series[float]:
    """Contact minutes of streams by the week their series counted them in."""
    roots = [root_of(one, every).weekly for one in streams]
    if len(roots) == 1:
        return roots[0]
    scaled = [
        root * (one.mean * one.contact_minutes_per_received / mean if (mean := float(root.mean())) > 0 else 0.0)
        for root, one in zip(roots, streams, strict=True)
    ]
    return pd.concat(scaled, axis=1, join="inner").sum(axis=1)


def _centile(sized: SizedStream, every: Streams) -> Part:
    found = estimates(sized.periods, sized.centile_share)
    chosen = found[sized.estimator] if sized.by_week else found["negative_binomial"]
    part = centile_part(sized.level, chosen.interval, root_of(sized, every).weekly)
    return part.times(sized.contact_minutes_per_received)


def _of_days(sized: SizedStream, every: Streams) -> Part:
    """A stream sized by day: its weekdays at their centiles, with independent errors.

    The reach of each is that of a negative binomial with the mean and dispersion of the weekday.
    """
    assert sized.days is not None
    if sized.days.total < sized.mean:
        return _mean(sized, every)
    weekly, minutes = root_of(sized, every).weekly, sized.contact_minutes_per_received
    reach = []
    for day in weekdays_of(sized):
        value, interval = negative_binomial_from_moments(day.mean, day.phi, sized.days.share, day.days)
        if interval.lower is None or interval.upper is None:
            return Part(sized.level * minutes, None, None, weekly, interval.reason)
        reach.append((value - interval.lower, interval.upper - value))
    below, above = (math.hypot(*(pair[side] for pair in reach)) for side in (0, 1))
    return Part(sized.level, below, above, weekly).times(minutes)


def _service_level(streams: Sequence[SizedStream], queues: Sequence[Queue | ByDay], every: Streams) -> _Sum:
    if not queues:
        return _Sum("", (), NO_PROMISE)
    parts: list[Part] = []
    seen: dict[Queue | ByDay, float] = {}
    for queue in queues:
        kept = keep(queue)
        if kept.minutes is None:
            return _Sum(_promises(queues), (), kept.reason)
        if kept.seen is not None:
            seen[queue] = kept.seen
        parts.append(Part(kept.minutes, kept.below, kept.above, _weekly_of(queue.streams, every), kept.reason))
    waiting = {one.stream.stream for queue in queues for one in queue.streams}
    rest = [_mean(one, every) for one in streams if one.stream.stream not in waiting]
    rule = f"{_promises(queues)} (exact queue)" + (", the rest at their means" if rest else "")
    return _Sum(rule, (*parts, *rest), seen=seen)


def _promises(queues: Sequence[Queue | ByDay]) -> str:
    return "; ".join(dict.fromkeys(str(queue.promise) for queue in queues))


# ---- from contact minutes to sessions


def _level(
    name: str,
    found: _Sum,
    used: bool,
    activity: Activity,
    demand: ActivityDemand,
    streams: Sequence[SizedStream],
    queues: Sequence[Queue | ByDay],
) -> Level:
    if not found.parts:
        return Level(name, found.rule, used, None, None, Interval(None, None, found.reason), reason=found.reason)
    sessions = _sessions(name, found.minutes, used, activity, demand)
    factor = sessions / found.minutes if found.minutes > 0 else 0.0
    parts = tuple(part.times(factor) for part in found.parts)
    interval = interval_of_sum(parts, demand.fixed_sessions, demand.fixed_sessions)
    return Level(
        name=name,
        rule=found.rule,
        used=used,
        slots=_slots(found.minutes, streams, demand),
        sessions=sessions + demand.fixed_sessions,
        interval=interval,
        on_time=_weeks_within(found.minutes, streams),
        seen_in_time=_seen(found, streams, queues),
        promise=_promises(queues[:1]),
        reason=interval.reason,
        parts=parts,
        certain=demand.fixed_sessions,
    )


def _sessions(name: str, minutes: float, used: bool, activity: Activity, demand: ActivityDemand) -> float:
    """Sessions a week without fixed ones: as sized where the demand analysis has them, else in proportion to it."""
    if name == "keep_up":
        return recurrent_mean(demand) - demand.fixed_sessions
    at_level = recurrent(demand) - demand.fixed_sessions
    if name == "percentile" and used:
        return at_level
    contact = demand.contact_hours * MINUTES_PER_HOUR
    each = contact / at_level if at_level > 1e-9 and contact > 0 else float(activity.contact_minutes or 1)
    return minutes / each


def _slots(minutes: float, streams: Sequence[SizedStream], demand: ActivityDemand) -> float:
    """Slots of so many contact minutes, in the mix of the mean."""
    contact = sum(one.mean * one.contact_minutes_per_received for one in streams)
    return minutes * demand.slots_mean / contact if contact > 0 else 0.0


def _weeks_within(minutes: float, streams: Sequence[SizedStream]) -> float | None:
    """Share of the weeks that all streams have whose contact minutes are within the level."""
    together = pooled_periods(streams)
    return share_within(together.amounts, minutes) if together is not None and together.by_week else None


def _seen(found: _Sum, streams: Sequence[SizedStream], queues: Sequence[Queue | ByDay]) -> float | None:
    """Share of the patients of the first promise who are seen in time, all other streams at their means."""
    if not queues:
        return None
    first = queues[0]
    if first in found.seen:
        return found.seen[first]
    others = sum(one.mean * one.contact_minutes_per_received for one in streams if one.stream.stream not in first.names)
    return seen_in_time(first, found.minutes - others)
