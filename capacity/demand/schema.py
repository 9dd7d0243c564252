"""The published JSON form of a demand analysis, in one place. ``None`` means there is no such figure, never zero."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CentileJson(_Part):
    """Centile of a week's demand at the plan year, referrals a week."""

    value: float | None
    share: float = Field(description="which centile, 0.8 for the 80th")
    estimator: str = Field(description="the rule that gives the value")
    interval: tuple[float, float] | None = Field(description="order-statistic interval of the centile")
    interval_confidence: float | None = None
    interval_reason: str = Field(default="", description="why there is no interval")


class SizingJson(_Part):
    """Levels of demand at the plan year (growth applied), referrals a week; each names its rule."""

    mean: float | None
    centile: CentileJson
    excel_exc: float | None = Field(description="the same centile as Excel's PERCENTILE.EXC gives it")
    harrell_davis: float | None = Field(description="the same centile by Harrell and Davis")
    harrell_davis_sd: float | None = Field(description="its jackknife standard deviation")
    min_plus_range: float | None = Field(description="minimum + 0.8 x range (Scottish guidance): another 80 %")


class SignalJson(_Part):
    """A week that shows special cause."""

    week_starting: str
    rule: str


class XmRJson(_Part):
    """XmR chart of the weeks used, before growth."""

    lower: float | None
    upper: float | None
    signals: list[SignalJson]


class StreamJson(_Part):
    """One stream. Amounts are a calendar week at the level it is sized at; ``_mean`` is the same at the mean."""

    name: str
    activity: str
    kind: str
    series: str | None = Field(description="series of demand.csv; null where another stream generates this one")
    generated_by: str | None
    weeks: int = Field(description="whole weeks used")
    first_week: str | None
    last_week: str | None
    mean: float | None = Field(description="referrals a week received (share applied), before growth")
    variance: float | None = Field(description="of the same, n - 1")
    dispersion: float | None = Field(description="variance / mean")
    growth_factor: float | None = Field(description="level at the middle of the plan year / level received")
    sizing: SizingJson
    sized_at: Literal["mean", "centile"] | None = Field(description="which level sizes it; null where it is not sized")
    level: float | None = Field(description="referrals a week it is sized for")
    weeks_within_level: float | None = Field(description="share of the weeks (grown) within the level, in the sample")
    xmr: XmRJson
    dna_of_bookings: float = Field(description="DNA / all bookings")
    dna_of_attended_plus_dna: float | None = Field(description="DNA / (attended + DNA), the NHS rate")
    bookings_per_referral: float
    slots_per_referral: float
    attendances_per_referral: float
    slots: float | None
    slots_mean: float | None
    attendances: float | None
    attendances_mean: float | None
    contact_hours: float | None = Field(description="slots x contact minutes")
    contact_hours_mean: float | None
    contact_and_admin_hours: float | None = Field(description="slots x contact + attendances x admin minutes")
    contact_and_admin_hours_mean: float | None


class ActivityJson(_Part):
    """One activity, a calendar week: streams pooled at their centile plus the means of the rest."""

    tier: str
    slots: float
    slots_mean: float
    attendances: float
    contact_hours: float
    contact_and_admin_hours: float = Field(description="with admin per attendance; admin per session is not in it")
    fixed_sessions: float
    required_sessions: float = Field(description="pooled centile + means + fixed sessions")
    required_sessions_mean: float = Field(description="everything at its mean + fixed sessions")
    session_admin_minutes: float | None = Field(description="admin a session derived from admin per attendance")
    pooling_saving: float = Field(description="sessions saved by sizing its streams together, not one by one")
    weeks_within_level: float | None = Field(description="share of weeks whose pooled demand is within the level")


class FindingJson(_Part):
    """Something the reader should know."""

    rule: str
    subject: str
    message: str
    found: str = ""
    allowed: str = ""
    source: str = ""
    minutes: float | None = None


class DemandJson(_Part):
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
