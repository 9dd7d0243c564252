"""The published JSON form of a demand analysis, in one place. ``None`` means there is no such figure, never zero."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from capacity.demand.depth_schema import (
    BackTestJson,
    DayQueueJson,
    LevelJson,
    Part,
    PhaseJson,
    PoolingJson,
    PromiseJson,
    RebaseJson,
    SeasonJson,
    SignalJson,
    TestsJson,
    WaitingListJson,
)


class CentileJson(Part):
    """Centile of a week's demand at the plan year, referrals a week."""

    value: float | None = Field(description="by the estimator of service.toml: what sizes the stream")
    share: float = Field(description="which centile, 0.8 for the 80th")
    estimator: str = Field(description="the rule that gives the value")
    interval: tuple[float, float] | None = Field(description="order-statistic interval of the centile")
    interval_confidence: float | None = None
    interval_reason: str = Field(default="", description="why there is no interval")


class EstimateJson(Part):
    """The centile by one estimator, with its interval."""

    value: float
    name: str
    interval: tuple[float, float] | None
    interval_confidence: float | None
    interval_method: str = Field(description="how the interval is found, or why there is none")


class DayJson(Part):
    """One weekday of a stream sized by day, patients a day at the plan year."""

    day: str
    days: int = Field(description="days counted; 0 where a day profile says what falls on it")
    mean: float
    centile: float = Field(description="level the day is sized at")


class SizingJson(Part):
    """Levels of demand at the plan year (growth applied), referrals a week; each names its rule."""

    mean: float | None
    centile: CentileJson
    excel_inc: float | None = Field(description="the same centile as Excel's PERCENTILE.INC gives it; null by month")
    excel_exc: float | None = Field(description="the same centile as Excel's PERCENTILE.EXC gives it")
    harrell_davis: float | None = Field(description="the same centile by Harrell and Davis")
    harrell_davis_sd: float | None = Field(description="its jackknife standard deviation")
    chosen: Literal["excel", "harrell_davis", "negative_binomial"] | None = Field(
        default=None,
        description="the estimator that feeds the requirement and the optimiser: [sizing] of service.toml, and by "
        "month always negative_binomial; null where nothing is sized",
    )
    estimates: dict[str, EstimateJson] = Field(
        default={}, description="the centile by every estimator: excel, harrell_davis, negative_binomial"
    )
    by_day: list[DayJson] = Field(default=[], description="same-day promises of which the days are known")
    min_plus_range: float | None = Field(description="minimum + 0.8 x range (Scottish guidance): another 80 %")


class XmRJson(Part):
    """XmR chart of the weeks used, before growth."""

    lower: float | None
    upper: float | None
    signals: list[SignalJson]


class StreamJson(Part):
    """One stream. Amounts are a calendar week at the level it is sized at; ``_mean`` is the same at the mean."""

    name: str
    activity: str
    kind: str
    series: str | None = Field(description="series of demand.csv; null where another stream generates this one")
    share: float | None = Field(description="part of the series it draws on; null where another stream generates it")
    generated_by: str | None
    after_weeks: int = Field(description="whole weeks between the attendances that generate it and its own week")
    basis: Literal["week", "month"] = Field(description="whether its history is by week or by month")
    weeks: int = Field(description="whole weeks used (of months, the weeks they hold)")
    periods: int = Field(description="weeks or months used")
    first_week: str | None = Field(description="start of the first week or month used")
    last_week: str | None = Field(description="start of the last week or month used")
    rebased_on: str | None = Field(description="day from which the series is sized, as confirmed; null for all of it")
    mean: float | None = Field(description="referrals a week received (share applied), before growth")
    variance: float | None = Field(description="of the same, n - 1")
    dispersion: float | None = Field(description="variance / mean")
    growth_factor: float | None = Field(description="level at the middle of the plan year / level received")
    sizing: SizingJson
    sized_at: Literal["mean", "centile", "days"] | None = Field(
        description="what sizes it: mean, centile of weeks, or each day at its centile; null where it is not sized"
    )
    level: float | None = Field(description="referrals a week it is sized for")
    weeks_within_level: float | None = Field(description="share of the weeks (grown) within the level, in the sample")
    xmr: XmRJson
    dna_from: Literal["streams.csv", "dna_by_lead.csv"] | None = Field(description="where DNA stands; null: not given")
    dna_basis: Literal["bookings", "attended_plus_dna"] = Field(description="denominator of the rate in the input")
    dna_of_bookings: float = Field(description="DNA / all bookings")
    dna_of_attended_plus_dna: float | None = Field(description="DNA / (attended + DNA), the NHS rate")
    bookings_per_referral: float = Field(description="bookings of a referral that reaches booking")
    slots_per_referral: float = Field(description="slots of such a referral, one patient a slot, all slots filled")
    attendances_per_referral: float = Field(description="attendances of such a referral")
    unseen_per_referral: float = Field(description="share of such referrals never seen")
    capped_per_referral: float = Field(description="share of them the cap on rebookings keeps from another booking")
    max_rebookings: int | None = Field(description="cap on rebookings; null for none")
    unbooked_rate: float = Field(description="share of slots never filled")
    overbooking_rate: float = Field(description="patients booked beyond each slot")
    patients_per_slot: float
    staff_per_contact: float
    slots_per_received: float = Field(description="slots of a referral received: removals, groups and all else counted")
    attendances_per_slot: float = Field(description="patients seen in a slot, empty slots counted")
    slots: float | None
    slots_mean: float | None
    attendances: float | None
    attendances_mean: float | None
    contact_hours: float | None = Field(description="slots x contact minutes x staff per contact")
    contact_hours_mean: float | None
    admin_hours: float | None = Field(description="attendances x admin minutes")
    admin_hours_mean: float | None
    travel_hours: float | None = Field(description="attendances x travel minutes x staff per contact")
    travel_hours_mean: float | None
    triage_hours: float | None = Field(description="referrals received x triage minutes")
    triage_hours_mean: float | None
    contact_and_admin_hours: float | None = Field(description="contact + admin + travel + triage hours")
    contact_and_admin_hours_mean: float | None
    levels: list[LevelJson] = Field(default=[], description="keep up, percentile and service level side by side")
    promise: PromiseJson | None = Field(default=None, description="what the service level keeps")
    by_day_queue: DayQueueJson | None = Field(
        default=None, description="queue of a same-day promise, each day at its centile; null where sized by week"
    )
    tests: TestsJson | None = Field(default=None, description="how the weeks used vary")
    phases: list[PhaseJson] = Field(default=[], description="XmR chart of all weeks known, anew from each rebase")
    rebase: RebaseJson | None = Field(default=None, description="a step to confirm; null where none is proposed")
    season: SeasonJson | None = None
    coverage: BackTestJson | None = Field(default=None, description="achieved against nominal coverage of the centile")
    waiting_list: WaitingListJson | None = Field(default=None, description="null without waiting_now and target_weeks")


class SessionOutputJson(Part):
    """What one session is expected to yield of one stream."""

    stream: str
    slots: float = Field(description="slots of a session, as the template gives them")
    ring_fenced: bool
    attendances: float = Field(description="patients seen a session, after DNA, cancellations and empty slots")
    unit: str
    units: float = Field(description="the same in units: patients, cases or points")


class TemplateJson(Part):
    """Sessions a week a clinic template asks for, without fixed sessions."""

    pooled: float = Field(description="with every slot open to all streams of the template")
    pooled_mean: float
    ring_fenced: float | None = Field(description="as the template stands; null where no number of sessions would do")
    ring_fenced_mean: float | None
    ring_fencing_cost: float | None = Field(description="ring_fenced - pooled")
    minutes_used: float = Field(description="minutes of a session its slots fill")
    fits: float = Field(description="share of its slots that a session holds, 1 unless the template is overfull")
    outputs: list[SessionOutputJson]


class ActivityJson(Part):
    """One activity, a calendar week: streams pooled at their centile plus the means of the rest."""

    tier: str
    slots: float
    slots_mean: float
    attendances: float
    contact_hours: float
    contact_hours_mean: float
    admin_hours: float = Field(description="admin per attendance; admin per session is not in it")
    travel_hours: float
    triage_hours: float
    contact_and_admin_hours: float = Field(description="contact + admin per attendance + travel + triage hours")
    fixed_sessions: float
    required_sessions: float = Field(
        description="pooled centile + means + fixed sessions; by its template if it has one"
    )
    required_sessions_mean: float = Field(description="everything at its mean + fixed sessions")
    required_sessions_by_minutes: float | None = Field(
        description="contact minutes / contact minutes of a session + fixed sessions, whatever the template says"
    )
    session_admin_minutes: float | None = Field(description="admin a session derived from admin per attendance")
    session_extra_minutes: float = Field(description="travel and triage a session, charged on top of its admin")
    pooling_saving: float = Field(description="sessions saved by sizing its streams together, not one by one")
    weeks_within_level: float | None = Field(description="share of weeks whose pooled demand is within the level")
    template: TemplateJson | None = Field(default=None, description="null without a template")
    one_off_sessions: float = Field(
        description="sessions, once, that bring its lists and those that feed it to their sustainable size"
    )
    backlog_sessions: float = Field(
        description="what of them is in required_sessions and required_sessions_mean, a week: 0 unless include_backlog"
    )
    levels: list[LevelJson] = Field(
        default=[], description="keep up, percentile and service level side by side, fixed sessions included"
    )
    promise: str = Field(default="", description="what the service level keeps; empty without a promise")
    pooled: list[str] = Field(default=[], description="streams sized together at a centile")
    pooling: list[PoolingJson] = Field(default=[], description="what pooling saves; empty for fewer than two streams")
    coverage: BackTestJson | None = Field(
        default=None, description="achieved against nominal coverage of the pooled streams; null without"
    )


class FindingJson(Part):
    """Something the reader should know."""

    rule: str
    subject: str
    message: str
    found: str = ""
    allowed: str = ""
    source: str = ""
    minutes: float | None = None


class DemandJson(Part):
    """What ``capacity demand --json`` prints."""

    streams: dict[str, StreamJson]
    activities: dict[str, ActivityJson]
    findings: list[FindingJson]


def demand_schema() -> dict[str, Any]:
    """Return the JSON Schema of a demand analysis (``capacity schema demand``)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **DemandJson.model_json_schema(mode="serialization"),
    }
