"""What the reader should know about the demand side of a service: history, assumptions, double counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from capacity.demand.days import spread_cell, thinned_dispersion, weekly_total_warning
from capacity.demand.double_counts import double_counts, double_counts_of_stream
from capacity.demand.estimators import counting_centile
from capacity.demand.quality import quality_findings
from capacity.demand.series import WeeklySeries, name_months, name_weeks
from capacity.demand.sizing import FEWEST_WEEKS_FOR_INTERVAL, history_warning, summarise
from capacity.demand.streams import SizedStream, weeks_after
from capacity.demand.xmr import xmr
from capacity.errors import Finding
from capacity.service.model import Service
from capacity.service.resolved import activity_slots

_STREAMS = "streams.csv"
NOTABLE = 0.05
"""Difference of two estimates of a centile that is worth a sentence, where it is a whole patient too."""


def findings_of(
    service: Service, series: Mapping[str, WeeklySeries], streams: Mapping[str, SizedStream]
) -> tuple[Finding, ...]:
    """Return every finding on the input of the demand analysis, series first, then stream by stream."""
    found = [finding for one in series.values() for finding in one.findings]
    found += quality_findings(service, series)
    found += _unused_series(series, streams)
    found += double_counts(service, series, streams)
    for sized in streams.values():
        found += _history(sized, series)
        found += _assumed(sized)
        found += _days(service, sized)
        found += _slots(sized)
        found += _chance(sized, streams)
        found += double_counts_of_stream(service, sized, streams)
    return tuple(found)


def _series_of(sized: SizedStream) -> str | None:
    stream = sized.stream
    return None if stream.generated_by is not None else stream.series or stream.stream


def _unused_series(series: Mapping[str, WeeklySeries], streams: Mapping[str, SizedStream]) -> Iterator[Finding]:
    used = {_series_of(sized) for sized in streams.values()}
    for name in series:
        if name not in used:
            yield Finding("series_not_used", name, "no stream draws on this series of demand.csv", source="demand.csv")


# ---- history


def _history(sized: SizedStream, series: Mapping[str, WeeklySeries]) -> Iterator[Finding]:
    if not sized.sized:
        yield _not_sized(sized, series)
        return
    yield from _length(sized)
    name = _series_of(sized)
    if name is not None:
        yield from _kind(sized, series[name])
        yield from _signals(sized)


def _not_sized(sized: SizedStream, series: Mapping[str, WeeklySeries]) -> Finding:
    stream, name = sized.stream, _series_of(sized)
    if name is None:
        reason = f"the stream that generates it ({stream.generated_by}) is not sized"
    elif name in series:
        reason = f"series {name} of demand.csv has no whole week"
    else:
        reason = f"demand.csv has no rows for series {name}"
    message = f"not sized: {reason}. Its activity's requirement counts the other streams only"
    return Finding("not_sized", stream.stream, message, source="demand.csv")


def _length(sized: SizedStream) -> Iterator[Finding]:
    subject = sized.stream.stream
    warning = history_warning(sized.weeks)
    if warning:
        yield Finding("short_series", subject, warning, f"{sized.weeks} weeks", "13 weeks or more")
    if sized.by_week:
        return
    months = sized.weekly.size
    if sized.wants_centile and months < FEWEST_WEEKS_FOR_INTERVAL:
        message = "the spread of weeks is worked out from few months: its centile is a guess"
        yield Finding("short_series", subject, message, f"{months} months", f"{FEWEST_WEEKS_FOR_INTERVAL} or more")
    if sized.wants_centile:
        message = (
            "is known by month only: the centile of its weeks is a negative binomial with the mean and dispersion of "
            "the months, which takes weeks as independent"
        )
        yield Finding("sized_from_months", subject, message, source="docs/formulas/centiles.md")


def _kind(sized: SizedStream, series: WeeklySeries) -> Iterator[Finding]:
    stream = sized.stream
    if series.census != (stream.kind == "caseload"):
        held = "a census" if series.census else "referrals, not a census"
        message = (
            f"is of kind {stream.kind} and its series {series.series} holds {held}; the figures are used as they are"
        )
        yield Finding("kind_and_series", stream.stream, message, source="demand.csv")


def _signals(sized: SizedStream) -> Iterator[Finding]:
    signals = xmr(sized.weekly.to_numpy()).signals
    if not signals:
        return
    last = [sized.weekly.index[position].date() for position, _ in signals][-1:]
    unit, when = ("weeks", f"the week starting {name_weeks(last)}") if sized.by_week else ("months", name_months(last))
    message = (
        f"{len(signals)} of {sized.weekly.size} {unit} show a change that is not chance (XmR chart), the last in "
        f"{when}; consider which part of the history to size from"
    )
    yield Finding("xmr_signals", sized.stream.stream, message, source="Making Data Count")


# ---- what is assumed


def _assumed(sized: SizedStream) -> Iterator[Finding]:
    stream = sized.stream
    if stream.kind == "caseload":
        message = f"each patient of the census is taken to need {stream.contact_minutes:g} contact minutes a week"
        if stream.triage_minutes:
            message += (
                f", and {stream.triage_minutes:g} minutes of triage every week: triage is of referrals, not of a list"
            )
        yield Finding("caseload_weekly_contact", stream.stream, message, source="docs/formulas/booking.md")
    if stream.generated_by is not None and stream.per_attendance is None:
        message = f"no per_attendance is given; one for each attendance of {stream.generated_by} is assumed"
        yield Finding("per_attendance_assumed", stream.stream, message, source=_STREAMS)
    if stream.generated_by is not None and weeks_after(stream) != (stream.after_weeks or 0):
        message = f"comes {weeks_after(stream)} whole weeks after {stream.generated_by}, so that busy weeks stay busy"
        yield Finding("after_weeks_rounded", stream.stream, message, f"{stream.after_weeks:g}", "weeks", _STREAMS)


def _days(service: Service, sized: SizedStream) -> Iterator[Finding]:
    """What a same-day promise asks of each day, or that the days are not known."""
    stream = sized.stream
    if stream.period != "day":
        return
    if sized.days is None:
        warning = weekly_total_warning(_series_of(sized) or stream.stream)
        yield Finding(warning.rule, stream.stream, warning.message, source=warning.source)
        return
    yield from (Finding(found.rule, stream.stream, found.message, source=found.source) for found in sized.days.findings)
    activity = service.activity(stream.activity)
    per_session = sized.contact_minutes_per_received / (activity.contact_minutes or 1)
    sessions = {day: level * per_session for day, level in sized.days.needs.items()}
    cell = spread_cell(sessions, activity_slots(service)[stream.activity])
    message = f"{sized.days.sentence} As the spread of {stream.activity} in sessions: {cell or 'none'}"
    yield Finding("sized_by_day", stream.stream, message, source="docs/formulas/days.md")


def _slots(sized: SizedStream) -> Iterator[Finding]:
    """A slot that sees more patients than it has places runs over."""
    use = sized.slot_use
    seen = sized.attendances_per_slot / (1 - use.unbooked_rate)
    if use.overbooking_rate and seen > use.patients_per_slot * (1 + 1e-9):
        message = "overbooking brings more patients than DNAs and cancellations take away: sessions run over"
        found = f"{seen:.2f} patients seen in each slot that is filled"
        yield Finding(
            "overbooked_beyond_dna", sized.stream.stream, message, found, f"{use.patients_per_slot:g}", _STREAMS
        )


def _chance(sized: SizedStream, streams: Mapping[str, SizedStream]) -> Iterator[Finding]:
    """A part of a series is sized as exactly that part of every week; who is in it also varies by chance."""
    part = sized.history.unit
    if not (sized.sized and sized.at_centile and sized.by_week and part < 1 - 1e-9) or _whole_together(sized, streams):
        return
    of_part = summarise(sized.weekly.to_numpy()).dispersion
    if of_part is None:
        return
    by_chance = counting_centile(sized.mean, thinned_dispersion(of_part / part, part), sized.centile_share)
    if by_chance >= max(sized.centile + 1, sized.centile * (1 + NOTABLE)):
        message = (
            f"is sized as exactly {part:.0%} of every week of what it stems from; who that is varies by chance too, "
            f"and then the {sized.centile_share:.0%} centile is {by_chance:g} a week"
        )
        yield Finding("split_by_chance", sized.stream.stream, message, f"{sized.centile:.1f} a week")


def _whole_together(sized: SizedStream, streams: Mapping[str, SizedStream]) -> bool:
    """Whether streams pooled in one activity take all of a series between them, so that chance cancels out."""
    name = _series_of(sized)
    if name is None:
        return False
    shares = [
        1.0 if other.stream.share is None else other.stream.share
        for other in streams.values()
        if _series_of(other) == name and other.stream.activity == sized.stream.activity and other.wants_centile
    ]
    return sum(shares) > 1 - 1e-9
