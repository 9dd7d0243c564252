"""The published JSON form of what is worked out in depth; ``None`` means there is no such figure, never zero."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of the published form: no keys but these."""

    model_config = ConfigDict(extra="forbid")


class SignalJson(Part):
    """A week that shows special cause."""

    week_starting: str
    rule: str


class LevelJson(Part):
    """One level of capacity, beside the others; amounts are a calendar week at the plan year."""

    name: str = Field(description="keep_up, percentile or service_level")
    rule: str = Field(description="the rule in words")
    referrals: float | None = Field(description="of a stream; null for an activity")
    slots: float | None
    sessions: float | None = Field(description="full sessions; null where the level is not known")
    lower: float | None = Field(description="lower end of a 90 % interval of the sessions; null where there is none")
    upper: float | None
    interval_method: str = Field(description="how the interval is found, or why there is none")
    within: float | None = Field(description="share of the weeks used whose demand is within the level, in the sample")
    keeps_up: float | None = Field(description="chance that the mean demand is below the level; null if not known")
    load: float | None = Field(description="mean demand / this capacity")
    late: float | None = Field(description="chance of not being seen in the period of referral, by the exact queue")
    on_time: float | None = Field(description="share of patients seen within the promise, by the exact queue")
    mean_queue: float | None = Field(description="patients left over at the end of a period")
    mean_list: float | None = Field(description="the same with those who join in a period")
    queue_reason: str = Field(description="why there are no figures of the queue")


class PromiseJson(Part):
    """What a stream promises."""

    unit: str = Field(description="week or day")
    periods: int = Field(description="seen before so many weeks or days are over; 1: in that of referral")
    share: float = Field(description="for this share of patients: target_share or 0.92")
    words: str


class DayOfQueueJson(Part):
    """One weekday of the queue of a same-day promise."""

    day: str
    mean: float = Field(description="referrals")
    capacity: float = Field(description="patients")
    late: float | None = Field(description="share of the day's referrals not seen on it")
    mean_queue: float | None = Field(description="patients left over at its end")


class DayQueueJson(Part):
    """Queue of a same-day promise: the days of the week one after the other."""

    days: list[DayOfQueueJson]
    load: float | None = Field(description="of the week")
    late: float | None = Field(description="share of all referrals not seen on their day")
    mean_queue: float | None
    reason: str = Field(description="why there are no figures")


class DispersionJson(Part):
    """Variance against mean, and whether chance alone explains it."""

    phi: float | None = Field(description="variance / mean")
    statistic: float | None = Field(description="chi-square, (n - 1) phi")
    degrees: int
    p_value: float | None = Field(description="two-sided, of Poisson counts")
    over_dispersed: bool
    verdict: str


class AutocorrelationJson(Part):
    """Whether neighbouring weeks are related."""

    lag1: float | None
    bound: float | None = Field(description="2 / sqrt(n)")
    significant: bool
    verdict: str


class TrendJson(Part):
    """Straight-line trend with a standard error that allows for related weeks."""

    slope_a_year: float | None = Field(description="change of the weekly count in a year")
    standard_error: float | None
    share_a_year: float | None = Field(description="the same as a share of the mean")
    lower: float | None = Field(description="lower end of its 90 % interval")
    upper: float | None
    p_value: float | None = Field(description="of no trend")
    effective_weeks: float | None = Field(description="independent weeks the series is worth")
    significant: bool
    verdict: str


class TestsJson(Part):
    """Tests of referrals received, before growth."""

    dispersion: DispersionJson
    autocorrelation: AutocorrelationJson
    trend: TrendJson


class PhaseJson(Part):
    """One phase of the XmR chart, before growth."""

    first_week: str
    last_week: str
    weeks: int = Field(description="weeks or months in it")
    mean: float
    lower: float | None
    upper: float | None
    trial: bool = Field(description="fewer than 12 points: the limits will still move")
    signals: list[SignalJson]


class RebaseJson(Part):
    """A step that is proposed as a rebase; nothing is left out until it is confirmed."""

    series: str
    week: str = Field(description="first day of the week from which to size")
    line: str = Field(description="goes under [rebase] of service.toml to confirm it")
    before: float = Field(description="mean a week of the part before")
    after: float = Field(description="mean a week of the part from then on")
    weeks_before: int
    weeks_after: int
    run: int = Field(description="longest run of weeks on the new side of the former mean")
    still_moving: bool = Field(description="the new part has a trend of its own")
    may_be_season: bool = Field(description="the history is too short to rule a season out")
    evidence: str


class SeasonJson(Part):
    """Seasonal index, and whether forecasts with it beat the plain mean."""

    highest: float | None = Field(description="of the index over a year; 1 is the mean")
    lowest: float | None
    monthly_index: list[float] | None = Field(description="January first, by ratio to the moving average of a year")
    origins: int | None = Field(description="origins of the back-test")
    error_with_index: float | None = Field(description="mean absolute error of forecasts of a quarter, a week")
    error_with_mean: float | None
    error_ratio: float | None = Field(description="below 1 the index helps")
    helps: bool = Field(description="it errs by at least 5 % less")
    verdict: str


class CoverageJson(Part):
    """Nominal against achieved coverage of one estimator and one length of history."""

    estimator: str
    share: float = Field(description="nominal")
    history: int = Field(description="weeks a level was set from")
    horizon: int = Field(description="weeks ahead it was held against")
    origins: int
    achieved: float
    standard_error: float | None = Field(description="null below two horizons of different weeks")


class BackTestJson(Part):
    """Rolling back-test of the centile."""

    rows: list[CoverageJson]
    same_weeks: bool = Field(description="all lengths of history were tried on the same weeks")
    reason: str = Field(description="why a length of history could not be tried")


class WaitingListJson(Part):
    """The list of a stream at the capacity its requirement holds; patients who need to be seen, and weeks."""

    waiting: float | None = Field(description="list now; null where it is not given")
    demand: float = Field(description="patients who join a week")
    capacity: float = Field(description="patients seen a week")
    target_weeks: float | None
    target_share: float
    clear_weeks: float
    load: float | None = Field(description="demand / capacity")
    recurrent_gap: float = Field(description="patients a week; below 0 is spare")
    recurrent_sessions: float = Field(description="sessions every week that close it")
    sustainable: float | None = Field(description="demand x target / F, F = -ln(1 - share)")
    first_come: float | None = Field(description="demand x target: the most, in strict order")
    backlog: float | None = Field(description="patients above the sustainable size")
    backlog_sessions: float | None = Field(description="sessions to see them, once")
    relief: float | None = Field(description="patients a week that reach the sustainable size in clear_weeks")
    target_capacity: float | None = Field(description="patients a week that hold the mean wait at target / F")
    mean_wait_weeks: float | None = Field(description="list / demand")
    pressure: float | None = Field(description="2 x mean wait / target")
    clears_in_weeks: float | None = Field(description="weeks until the sustainable size at this capacity")
    clears_on: str | None = Field(description="the date, from the start of the plan year")
    clears_reason: str = Field(description="why it does not")


class PoolingJson(Part):
    """Sessions a week that streams need apart and together."""

    rule: str = Field(description="percentile or service_level")
    apart: float
    together: float
    saving: float = Field(description="apart - together: what ring-fencing every stream would cost")
