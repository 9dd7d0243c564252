"""The requirement of one activity: its rapid streams pooled at their centile, the rest at their means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from capacity.demand.result import ActivityDemand
from capacity.demand.sizing import percentile_inc, share_within
from capacity.demand.streams import MINUTES_PER_HOUR, SizedStream
from capacity.errors import Fault, Finding, InputError
from capacity.service.model import Activity


@dataclass(frozen=True)
class Pool:
    """Streams of one activity sized together, in contact minutes a calendar week at the plan year.

    ``level`` is the ``centile`` of the weeks' totals, or ``mean`` where that is more; ``apart`` is what the streams
    would ask one by one. ``within`` is the share of the common weeks within the level, None without common weeks.
    """

    share: float
    weeks: int
    mean: float
    centile: float
    apart: float
    within: float | None

    @property
    def level(self) -> float:
        """Minutes a week the streams are sized for: with less than the mean a list only grows."""
        return max(self.centile, self.mean)

    @property
    def ratio(self) -> float:
        """Level against mean, by which slots, attendances and hours at the mean are scaled up."""
        return self.level / self.mean if self.mean > 0 else 1.0


def pool(streams: Sequence[SizedStream]) -> Pool:
    """Pool streams: the centile of the sum of their contact minutes over the weeks that all of them have.

    Where centiles differ the highest is used. Without a common week the streams are added up one by one.
    """
    share = max(sized.centile_share for sized in streams)
    minutes = [sized.weekly * sized.growth * sized.contact_minutes_per_received for sized in streams]
    total = pd.concat(minutes, axis=1, join="inner").sum(axis=1)
    mean = sum(sized.mean * sized.contact_minutes_per_received for sized in streams)
    apart = sum(sized.level * sized.contact_minutes_per_received for sized in streams)
    if total.empty:
        return Pool(share, 0, mean, apart, apart, None)
    centile = percentile_inc(total.to_numpy(), share)
    within = share_within(total.to_numpy(), max(centile, mean))
    return Pool(share, total.size, mean, centile, apart, within)


def size_activity(
    activity: Activity, tier: str, streams: Sequence[SizedStream]
) -> tuple[ActivityDemand, tuple[Finding, ...]]:
    """Return the requirement of an activity in full sessions a calendar week, and what was pooled.

    sessions = contact minutes / contact minutes of a session + sessions_per_week, with the pooled streams at their
    centile and the rest at the mean; all at the mean for ``required_mean``. Slots, attendances and hours are at the
    same level, so that slots x contact minutes are the minutes sized for. Streams without weeks are left out.
    Raises InputError where the activity has streams and no contact_minutes.
    """
    sized = [stream for stream in streams if stream.sized]
    session = _session_minutes(activity, sized)
    pooled = [stream for stream in sized if stream.wants_centile]
    together = pool(pooled) if pooled else None
    ratio = {stream.stream.stream: together.ratio for stream in pooled} if together else {}
    levels = [(stream, stream.mean * ratio.get(stream.stream.stream, 1.0)) for stream in sized]
    contact_hours = sum((stream.contact_hours(level) for stream, level in levels), 0.0)
    contact_hours_mean = sum((stream.contact_hours(stream.mean) for stream in sized), 0.0)
    fixed = activity.sessions_per_week or 0.0
    demand = ActivityDemand(
        activity=activity.activity,
        tier=tier,
        slots=sum((stream.slots(level) for stream, level in levels), 0.0),
        slots_mean=sum((stream.slots(stream.mean) for stream in sized), 0.0),
        attendances=sum((stream.attendances(level) for stream, level in levels), 0.0),
        contact_hours=contact_hours,
        contact_and_admin_hours=sum((stream.contact_and_admin_hours(level) for stream, level in levels), 0.0),
        fixed_sessions=fixed,
        required=contact_hours * MINUTES_PER_HOUR / session + fixed,
        required_mean=contact_hours_mean * MINUTES_PER_HOUR / session + fixed,
        session_admin_minutes=_session_admin(activity, sized, session),
        pooling_saving=(together.apart - together.level) / session if together else 0.0,
        weeks_within_level=together.within if together else None,
    )
    return demand, _pool_findings(activity, pooled, together, session)


def _session_minutes(activity: Activity, streams: Sequence[SizedStream]) -> float:
    if activity.contact_minutes is None and streams:
        fault = Fault(
            "activities.csv", None, "contact_minutes", "nothing", "minutes of a session in which patients are seen",
            activity.activity, "Streams are seen in this activity.",
        )  # fmt: skip
        raise InputError([fault])
    return float(activity.contact_minutes or 1)


def _session_admin(activity: Activity, streams: Sequence[SizedStream], session: float) -> float | None:
    """Admin minutes a session derived from admin per attendance, at the mean; None where no stream gives any."""
    if all(stream.stream.admin_minutes is None for stream in streams):
        return None
    contact = sum(stream.mean * stream.contact_minutes_per_received for stream in streams)
    admin = sum(stream.mean * stream.admin_minutes_per_received for stream in streams)
    return admin * session / contact if contact > 0 else None


def _pool_findings(
    activity: Activity, pooled: Sequence[SizedStream], together: Pool | None, session: float
) -> tuple[Finding, ...]:
    if together is None:
        return ()
    findings = []
    names = ", ".join(stream.stream.stream for stream in pooled)

    def say(rule: str, message: str, minutes: float | None = None) -> None:
        findings.append(Finding(rule, activity.activity, message, source="demand.md §3", minutes=minutes))

    if len({stream.centile_share for stream in pooled}) > 1:
        say(
            "mixed_centiles",
            f"its streams ({names}) name different centiles; the highest, {together.share:.0%}, is used",
        )
    if len(pooled) > 1 and together.weeks == 0:
        say("no_common_weeks", f"its streams ({names}) have no week in common; they are sized one by one and added up")
    elif len(pooled) > 1:
        longest = max(stream.weekly.size for stream in pooled)
        if together.weeks < longest:
            say("few_common_weeks", f"{names} are pooled over the {together.weeks} weeks they all have, of {longest}")
        saved = together.apart - together.level
        verb = "saves" if saved >= 0 else "adds"
        message = f"sizing {names} together {verb} {abs(saved) / session:.2f} sessions a week against one by one"
        say("pooling", message, saved)
    if together.centile < together.mean * (1 - 1e-9):
        say(
            "centile_below_mean",
            f"the {together.share:.0%} centile of demand is below its mean; it is sized at the mean, as with less "
            "capacity a list only grows",
        )
    return tuple(findings)
