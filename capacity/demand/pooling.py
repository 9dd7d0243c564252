"""The requirement of one activity: its rapid streams pooled at their centile, the rest at their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from capacity.demand.centiles import Periods, centile
from capacity.demand.result import ActivityDemand, TemplateDemand
from capacity.demand.sizing import share_within
from capacity.demand.streams import MINUTES_PER_HOUR, SizedStream
from capacity.demand.templates import size_template, template_findings
from capacity.errors import Fault, Finding, InputError
from capacity.service.model import Activity, Service, Template
from capacity.service.resolved import activity_tier


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
    mean = sum(sized.mean * sized.contact_minutes_per_received for sized in streams)
    apart = sum(sized.level * sized.contact_minutes_per_received for sized in streams)
    together = pooled_periods(streams)
    if together is None:
        return Pool(share, 0, mean, apart, apart, None)
    value = centile(together, share, streams[0].estimator)
    within = share_within(together.amounts, max(value, mean)) if together.by_week else None
    return Pool(share, together.amounts.size, mean, value, apart, within)


def pooled_periods(streams: Sequence[SizedStream]) -> Periods | None:
    """Contact minutes of all streams in each period that all of them have, at the plan year; None without one.

    Weeks and months have no period in common. The unit of a sum of counts of λ patients with u minutes each is
    Σ λu² / Σ λu: with it independent Poisson counts have dispersion 1, whatever their minutes.
    """
    if len({sized.history.basis for sized in streams}) > 1:
        return None
    minutes = [sized.weekly * (sized.growth * sized.contact_minutes_per_received) for sized in streams]
    total = pd.concat(minutes, axis=1, join="inner").sum(axis=1) if len(minutes) > 1 else minutes[0]
    if total.empty:
        return None
    units = [sized.periods.unit * sized.contact_minutes_per_received for sized in streams]
    means = [sized.mean * sized.contact_minutes_per_received for sized in streams]
    whole = sum(means)
    unit = sum(mean * each for mean, each in zip(means, units, strict=True)) / whole if whole > 0 else 1.0
    known = streams[0].periods.dispersion if len(streams) == 1 else None
    return Periods(total.to_numpy(), unit, streams[0].history.days, known)


@dataclass(frozen=True)
class SizedActivity:
    """Streams of an activity that have weeks, which of them are pooled, and the referrals each is sized for.

    Streams sized by day are not pooled: their days are, each in itself, what sizes them.
    """

    streams: tuple[SizedStream, ...]
    pooled: tuple[SizedStream, ...]
    together: Pool | None

    @property
    def levels(self) -> tuple[tuple[SizedStream, float], ...]:
        """Each stream with the referrals a week it adds at the level of the requirement."""
        ratio = self.together.ratio if self.together else 1.0
        names = {sized.stream.stream for sized in self.pooled}
        return tuple(
            (sized, sized.mean * ratio if sized.stream.stream in names else sized.level) for sized in self.streams
        )

    @property
    def means(self) -> tuple[tuple[SizedStream, float], ...]:
        """Each stream with its mean referrals a week."""
        return tuple((sized, sized.mean) for sized in self.streams)


def pool_activity(streams: Sequence[SizedStream]) -> SizedActivity:
    """Pool the streams of an activity that are sized at a centile; streams without weeks are left out."""
    sized = tuple(stream for stream in streams if stream.sized)
    pooled = tuple(stream for stream in sized if stream.wants_centile and stream.days is None)
    return SizedActivity(sized, pooled, pool(pooled) if pooled else None)


def size_activity(
    activity: Activity, tier: str, streams: Sequence[SizedStream], templates: Sequence[Template] = ()
) -> tuple[ActivityDemand, tuple[Finding, ...]]:
    """Return the requirement of an activity in full sessions a calendar week, and what was pooled.

    sessions = contact minutes / contact minutes of a session + sessions_per_week, with the pooled streams at their
    centile and the rest at the mean; all at the mean for ``required_mean``. Where the activity has ``templates``
    (its rows of templates.csv) the sessions are those whose slots hold the demand, as the template stands: a session
    yields what its slots hold, whatever its length. Slots, attendances and hours are at the same level, so that
    slots x contact minutes are the minutes sized for. Streams without weeks are left out.
    Raises InputError where the activity has streams and no contact_minutes.
    """
    whole = pool_activity(streams)
    session = session_minutes(activity, whole.streams)
    template = _template(templates, whole, session)
    by_minutes = _contact(whole.levels) / session
    by_minutes_mean = _contact(whole.means) / session
    sessions, sessions_mean = by_minutes, by_minutes_mean
    if template is not None and template.ring_fenced is not None and template.ring_fenced_mean is not None:
        sessions, sessions_mean = template.ring_fenced, template.ring_fenced_mean
    fixed = activity.sessions_per_week or 0.0
    together = whole.together
    demand = ActivityDemand(
        activity=activity.activity,
        tier=tier,
        slots=sum((sized.slots(level) for sized, level in whole.levels), 0.0),
        slots_mean=sum((sized.slots(level) for sized, level in whole.means), 0.0),
        attendances=sum((sized.attendances(level) for sized, level in whole.levels), 0.0),
        contact_hours=_contact(whole.levels) / MINUTES_PER_HOUR,
        contact_hours_mean=_contact(whole.means) / MINUTES_PER_HOUR,
        admin_hours=sum((sized.admin_hours(level) for sized, level in whole.levels), 0.0),
        travel_hours=sum((sized.travel_hours(level) for sized, level in whole.levels), 0.0),
        triage_hours=sum((sized.triage_hours(level) for sized, level in whole.levels), 0.0),
        contact_and_admin_hours=sum((sized.contact_and_admin_hours(level) for sized, level in whole.levels), 0.0),
        fixed_sessions=fixed,
        required=sessions + fixed,
        required_mean=sessions_mean + fixed,
        required_by_minutes=by_minutes + fixed,
        session_admin_minutes=_session_admin(whole.streams, sessions_mean),
        session_extra_minutes=_session_extra(whole.streams, sessions_mean + fixed),
        pooling_saving=(together.apart - together.level) / session if together else 0.0,
        weeks_within_level=together.within if together else None,
        template=template,
    )
    found = [*_pool_findings(activity, whole, session), *_nowhere_to_charge(demand)]
    return demand, (*found, *template_findings(activity.activity, template, whole.streams, session))


def session_minutes(activity: Activity, streams: Sequence[SizedStream]) -> float:
    """Minutes of a session in which patients are seen. Raises InputError where streams need them and none are given."""
    if activity.contact_minutes is None and streams:
        fault = Fault(
            "activities.csv", None, "contact_minutes", "nothing", "minutes of a session in which patients are seen",
            activity.activity, "Streams are seen in this activity.",
        )  # fmt: skip
        raise InputError([fault])
    return float(activity.contact_minutes or 1)


def _contact(levels: Sequence[tuple[SizedStream, float]]) -> float:
    """Contact minutes of so many referrals of each stream."""
    return sum((level * sized.contact_minutes_per_received for sized, level in levels), 0.0)


def _template(templates: Sequence[Template], whole: SizedActivity, session: float) -> TemplateDemand | None:
    """Sessions the activity's template asks for; a ring-fenced stream at its own level, as nobody shares with it."""
    if not templates:
        return None
    minutes_open = {sized.stream.stream: level * sized.contact_minutes_per_received for sized, level in whole.levels}
    ring_fenced = {row.stream for row in templates if row.ring_fenced}
    alone = [sized for sized in whole.streams if sized.stream.stream in ring_fenced]
    rest = pool_activity([sized for sized in whole.streams if sized.stream.stream not in ring_fenced])
    minutes = {sized.stream.stream: sized.level * sized.contact_minutes_per_received for sized in alone}
    minutes |= {sized.stream.stream: level * sized.contact_minutes_per_received for sized, level in rest.levels}
    means = {sized.stream.stream: level * sized.contact_minutes_per_received for sized, level in whole.means}
    return size_template(templates, whole.streams, session, minutes, minutes_open, means)


def _session_admin(streams: Sequence[SizedStream], sessions: float) -> float | None:
    """Admin minutes a session derived from admin per attendance, at the mean; None where no stream gives any."""
    if all(sized.stream.admin_minutes is None for sized in streams):
        return None
    admin = sum(sized.mean * sized.admin_minutes_per_received for sized in streams)
    return admin / sessions if sessions > 0 else None


def _session_extra(streams: Sequence[SizedStream], sessions: float) -> float:
    """Travel and triage minutes, at the mean, for each of the sessions there are a week, fixed ones among them."""
    extra = sum(sized.mean * sized.extra_minutes_per_received for sized in streams)
    return extra / sessions if sessions > 0 else 0.0


def _nowhere_to_charge(demand: ActivityDemand) -> list[Finding]:
    """Triage and travel are charged with sessions; where none is asked for they are charged to nobody."""
    hours = demand.triage_hours + demand.travel_hours
    if hours <= 0 or demand.required_mean > 0:
        return []
    message = "needs triage or travel and no session that job plans could be charged them with"
    return [
        Finding(
            "time_without_sessions",
            demand.activity,
            message,
            f"{hours:.1f} hours a week",
            source="docs/formulas/booking.md",
        )
    ]


def _pool_findings(activity: Activity, whole: SizedActivity, session: float) -> tuple[Finding, ...]:
    pooled, together = whole.pooled, whole.together
    if together is None:
        return ()
    findings = []
    names = ", ".join(stream.stream.stream for stream in pooled)

    def say(rule: str, message: str, minutes: float | None = None) -> None:
        findings.append(Finding(rule, activity.activity, message, source="docs/formulas/pooling.md", minutes=minutes))

    if len({stream.centile_share for stream in pooled}) > 1:
        say(
            "mixed_centiles",
            f"its streams ({names}) name different centiles; the highest, {together.share:.0%}, is used",
        )
    if len(pooled) > 1 and together.weeks == 0:
        say("no_common_weeks", f"its streams ({names}) have no week in common; they are sized one by one and added up")
    elif len(pooled) > 1:
        unit = "weeks" if pooled[0].by_week else "months"
        longest = max(stream.weekly.size for stream in pooled)
        if together.weeks < longest:
            say("few_common_weeks", f"{names} are pooled over the {together.weeks} {unit} they all have, of {longest}")
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


def size_activities(
    service: Service, streams: Mapping[str, SizedStream]
) -> tuple[dict[str, ActivityDemand], list[Finding]]:
    """Return the recurrent requirement of every activity of a service, in file order, and what was pooled."""
    demands: dict[str, ActivityDemand] = {}
    findings: list[Finding] = []
    of_activity = by_activity(streams)
    for activity in service.activities:
        own = of_activity.get(activity.activity, [])
        templates = [row for row in service.templates if row.activity == activity.activity]
        demand, found = size_activity(activity, activity_tier(service, activity), own, templates)
        demands[activity.activity] = demand
        findings += found
    return demands, findings


def by_activity(streams: Mapping[str, SizedStream]) -> dict[str, list[SizedStream]]:
    """Streams of each activity, in file order."""
    found: dict[str, list[SizedStream]] = {}
    for sized in streams.values():
        found.setdefault(sized.stream.activity, []).append(sized)
    return found
