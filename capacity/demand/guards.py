"""What the reader should know about the demand side of a service: history, assumptions, double counts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from capacity.demand.booking import RATES
from capacity.demand.series import WeeklySeries, name_weeks
from capacity.demand.sizing import history_warning
from capacity.demand.streams import SizedStream
from capacity.demand.xmr import xmr
from capacity.errors import Finding
from capacity.service.model import Service

_BOOKINGS = re.compile(r"book|appointment|attend|activity|seen|slot", re.IGNORECASE)
_STREAMS = "streams.csv"


def findings_of(
    service: Service, series: Mapping[str, WeeklySeries], streams: Mapping[str, SizedStream]
) -> tuple[Finding, ...]:
    """Return every finding on the input of the demand analysis, series first, then stream by stream."""
    found = [finding for one in series.values() for finding in one.findings]
    found += _unused_series(series, streams)
    found += _shares(streams)
    for sized in streams.values():
        found += _history(sized, series)
        found += _level(sized, streams)
        found += _double_counts(service, sized)
    return tuple(found)


def _series_of(sized: SizedStream) -> str | None:
    stream = sized.stream
    return None if stream.generated_by is not None else stream.series or stream.stream


def _unused_series(series: Mapping[str, WeeklySeries], streams: Mapping[str, SizedStream]) -> Iterator[Finding]:
    used = {_series_of(sized) for sized in streams.values()}
    for name in series:
        if name not in used:
            yield Finding("series_not_used", name, "no stream draws on this series of demand.csv", source="demand.csv")


def _shares(streams: Mapping[str, SizedStream]) -> Iterator[Finding]:
    shares: dict[str, float] = defaultdict(float)
    for sized in streams.values():
        name = _series_of(sized)
        if name is not None:
            shares[name] += 1.0 if sized.stream.share is None else sized.stream.share
    for name, share in shares.items():
        if share > 1 + 1e-9:
            message = "the streams that draw on this series take more than all of it; the same referral counts twice"
            yield Finding("shares_above_one", name, message, f"{share:.0%}", "at most 100%", _STREAMS)


def _history(sized: SizedStream, series: Mapping[str, WeeklySeries]) -> Iterator[Finding]:
    stream, name = sized.stream, _series_of(sized)
    if not sized.sized:
        if name is None:
            reason = f"the stream that generates it ({stream.generated_by}) is not sized"
        elif name in series:
            reason = f"series {name} of demand.csv has no whole week"
        else:
            reason = f"demand.csv has no rows for series {name}"
        message = f"not sized: {reason}. Its activity's requirement counts the other streams only"
        yield Finding("not_sized", stream.stream, message, source="demand.csv")
        return
    warning = history_warning(sized.weekly.size)
    if warning:
        yield Finding("short_series", stream.stream, warning, f"{sized.weekly.size} weeks", "13 weeks or more")
    if name is None:
        return
    if series[name].census != (stream.kind == "caseload"):
        held = "a census" if series[name].census else "referrals, not a census"
        message = f"is of kind {stream.kind} and its series {name} holds {held}; the figures are used as they are"
        yield Finding("kind_and_series", stream.stream, message, source="demand.csv")
    signals = xmr(sized.weekly.to_numpy()).signals
    if signals:
        weeks = [sized.weekly.index[position].date() for position, _ in signals]
        message = (
            f"{len(signals)} of {sized.weekly.size} weeks show a change that is not chance (XmR chart), the last in "
            f"the week starting {name_weeks(weeks[-1:])}; consider which part of the history to size from"
        )
        yield Finding("xmr_signals", stream.stream, message, source="Making Data Count")


def _level(sized: SizedStream, streams: Mapping[str, SizedStream]) -> Iterator[Finding]:
    stream = sized.stream
    if stream.kind == "caseload":
        message = f"each patient of the census is taken to need {stream.contact_minutes:g} contact minutes a week"
        yield Finding("caseload_weekly_contact", stream.stream, message, source="demand.md §2")
    if stream.period == "day":
        message = (
            "a promise by the day is sized from weekly totals here, which cannot show a Monday peak: some days will "
            "need more"
        )
        yield Finding("daily_promise_sized_weekly", stream.stream, message, source="demand.md §5")
    if stream.generated_by is not None and stream.per_attendance is None:
        message = f"no per_attendance is given; one for each attendance of {stream.generated_by} is assumed"
        yield Finding("per_attendance_assumed", stream.stream, message, source=_STREAMS)
    if stream.generated_by is not None and stream.growth_rate and sized.sized and _parent_grows(sized, streams):
        message = f"grows by itself on top of the growth of {stream.generated_by}, which it follows already"
        yield Finding("growth_twice", stream.stream, message, f"{stream.growth_rate:.1%} a year", source=_STREAMS)


def _parent_grows(sized: SizedStream, streams: Mapping[str, SizedStream]) -> bool:
    parent = sized.stream.generated_by
    return parent is not None and abs(streams[parent].growth - 1) > 1e-12


def _double_counts(service: Service, sized: SizedStream) -> Iterator[Finding]:
    stream = sized.stream
    source = "demand.md §2"
    if stream.hospital_rate:
        if service.activity(stream.activity).covered:
            message = (
                f"hospital cancellations are counted and {stream.activity} is covered, so no session of it is lost to "
                "leave: the rate must hold other reasons only"
            )
        else:
            message = (
                f"hospital cancellations are counted here, and sessions of {stream.activity} lost to leave are counted "
                "as lost supply: leave cancellations due to leave out of the rate, or they count twice"
            )
        yield Finding("hospital_counted_twice", stream.stream, message, f"{stream.hospital_rate:.1%}", source=source)
    name = _series_of(sized)
    rates = [column for column in RATES if column.endswith("_rate") and getattr(stream, column)]
    if name is not None and rates and _BOOKINGS.search(name):
        message = (
            f"series {name} looks like bookings or activity; {', '.join(rates)} would then count twice what the series "
            "already holds. Demand is referrals received"
        )
        yield Finding("dna_on_bookings", stream.stream, message, source=source)
