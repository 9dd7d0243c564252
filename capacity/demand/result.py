"""What the demand analysis returns: tidy frames, and the few figures later layers need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from capacity.errors import Finding

if TYPE_CHECKING:
    import pandas as pd

    from capacity.demand.depth import Depth


@dataclass(frozen=True)
class SizingLevel:
    """One level an activity or stream can be sized at, beside the others; amounts are a calendar week.

    ``name`` is keep_up, percentile or service_level and ``rule`` says it in words. ``referrals`` is of a stream only.
    ``lower`` and ``upper`` bound ``sessions`` with 90 % confidence and ``interval_method`` says how, or why they are
    None. ``within`` is the share of the weeks used whose demand is within the level, ``keeps_up`` the chance that the
    mean demand is. Four figures are of the exact queue at this level: ``load``; ``late``, the chance of not being seen
    in the period of referral; ``on_time``, the share seen within the promise; ``mean_queue`` and ``mean_list``,
    patients at the end of a period without and with those who join in one. ``queue_reason`` says why they are None.
    """

    name: str
    rule: str
    referrals: float | None = None
    slots: float | None = None
    sessions: float | None = None
    lower: float | None = None
    upper: float | None = None
    interval_method: str = ""
    within: float | None = None
    keeps_up: float | None = None
    load: float | None = None
    late: float | None = None
    on_time: float | None = None
    mean_queue: float | None = None
    mean_list: float | None = None
    queue_reason: str = ""


@dataclass(frozen=True)
class SessionOutput:
    """What one session is expected to yield of one stream: a row of templates.csv worked out.

    ``attendances`` are patients seen in its slots after DNAs, cancellations and empty slots; ``units`` the same in
    patients, cases or points.
    """

    stream: str
    slots: float
    ring_fenced: bool
    attendances: float
    unit: str
    units: float


@dataclass(frozen=True)
class TemplateDemand:
    """Sessions a calendar week that a clinic template asks for, without fixed sessions.

    ``ring_fenced`` is what the template asks as it stands (None where no number of sessions would do), ``pooled``
    with every slot open to all its streams; ``_mean`` with every stream at its mean. ``minutes_used`` are the minutes
    of a session that its slots fill, ``fits`` the share of them that the session holds (1 unless overfull).
    """

    pooled: float
    pooled_mean: float
    ring_fenced: float | None
    ring_fenced_mean: float | None
    minutes_used: float
    fits: float
    outputs: tuple[SessionOutput, ...] = ()

    @property
    def ring_fencing_cost(self) -> float | None:
        """Sessions a week that ring-fencing costs; None where the template cannot hold the streams at all."""
        return None if self.ring_fenced is None else self.ring_fenced - self.pooled


@dataclass(frozen=True)
class ActivityDemand:
    """Recurrent requirement of one activity, in full sessions a calendar week.

    ``required_mean`` sizes every stream at its mean; ``required`` puts the pooled rapid streams at their centile.
    Both include the fixed ``sessions_per_week``. With a template they are what its slots ask for as they stand;
    ``required_by_minutes`` is always contact minutes / contact minutes of a session, fixed sessions included.
    ``slots``, ``attendances`` and the hours are at the level of ``required``, without fixed sessions;
    ``contact_and_admin_hours`` is the sum of the contact, admin, travel and triage hours.

    ``session_admin_minutes`` is the admin derived from admin per attendance (minutes a session), or None where the
    streams give none. ``session_extra_minutes`` is travel and triage, in minutes a session: job plans are charged it
    on top of the admin of a session, whichever rule gives that. ``pooling_saving`` is what the pooled streams would
    ask one by one, less what they ask together. ``weeks_within_level`` is the share of the weeks used whose pooled
    demand is within the level sized for, None where nothing is pooled or it is not known by week.

    ``one_off_sessions`` bring the lists of its streams, and those whose patients come here next, to their sustainable
    size, once. ``backlog_sessions`` is what of it is in ``required`` and ``required_mean``, sessions a week: those of
    a year spread evenly with ``include_backlog``, else 0.
    """

    activity: str
    tier: str
    slots: float
    slots_mean: float
    attendances: float
    contact_hours: float
    contact_and_admin_hours: float
    fixed_sessions: float
    required: float
    required_mean: float
    session_admin_minutes: float | None
    pooling_saving: float = 0.0
    weeks_within_level: float | None = None
    session_extra_minutes: float = 0.0
    contact_hours_mean: float = 0.0
    admin_hours: float = 0.0
    travel_hours: float = 0.0
    triage_hours: float = 0.0
    required_by_minutes: float | None = None
    template: TemplateDemand | None = None
    one_off_sessions: float = 0.0
    backlog_sessions: float = 0.0


@dataclass(frozen=True)
class Alternative:
    """Another requirement that one plan is to serve as well, and how much a session short of it counts."""

    name: str
    weight: int
    activities: dict[str, ActivityDemand]


@dataclass(frozen=True)
class Demand:
    """Sized demand of a service.

    ``activities`` has every activity of the service, in file order, those without demand at 0.
    ``streams`` is one row a stream (columns: analyse.STREAM_COLUMNS, mean_level, centile_share, centile_level,
    xmr_lower, xmr_upper; levels are at the plan year, mean and XmR limits before growth).
    ``weekly`` is tidy: stream, week_starting, referrals, contact_minutes, of the weeks used (months: weekly rates),
    before growth; the weeks of a generated stream are those its patients are due in. ``history`` has the columns
    stream, week_starting, referrals and used: every week known, with those left out by a rebase.
    ``waterfall`` is tidy (demand/waterfall.py says how its steps add up); rows without a stream are of the whole
    activity. ``templates`` is one row a row of templates.csv, with its expected output.
    ``streams_json`` holds the keys published in the ``demand`` schema, by stream id, without those in depth.

    ``depth`` (depth.py) is everything else an analyst asks: intervals, tests, rebase proposals, season, back-test, the
    exact queue, waiting lists. It is worked out when first asked for; a plan does not need it. ``findings`` are
    without those in depth.
    """

    activities: dict[str, ActivityDemand]
    streams: pd.DataFrame
    weekly: pd.DataFrame
    waterfall: pd.DataFrame
    streams_json: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    history: pd.DataFrame | None = None
    templates: pd.DataFrame | None = None
    deepen: Callable[[], Depth] | None = field(default=None, repr=False, compare=False)
    alternatives: tuple[Alternative, ...] = ()
    """Requirements that the shortfall of a plan is counted over, in place of ``activities``; none: that alone."""
    worst: int = 0
    """What a session short in the worst of the alternatives counts, on top of the weights; 0: no worst case."""

    @cached_property
    def depth(self) -> Depth:
        """The whole analysis; empty for a demand that was put together by hand."""
        from capacity.demand.depth import Depth

        return Depth() if self.deepen is None else self.deepen()

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form, all in depth (schema: ``capacity schema demand``)."""
        from capacity.demand.depth_json import demand_json

        return demand_json(self).model_dump(mode="json")
