"""One stream sized: its weeks, its levels, and the slots, attendances and hours they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from capacity.demand.booking import BookingChain, chain_of, dna_of_attended_plus_dna
from capacity.demand.schema import CentileJson, SignalJson, SizingJson, StreamJson, XmRJson
from capacity.demand.series import WeeklySeries, growth_factor, no_weeks
from capacity.demand.sizing import (
    CENTILE_ESTIMATOR,
    DEFAULT_CENTILE,
    centile_interval,
    harrell_davis,
    percentile_exc,
    percentile_inc,
    scottish_range,
    share_within,
    summarise,
)
from capacity.demand.xmr import xmr
from capacity.errors import Fault, InputError
from capacity.service.model import Service, Stream

MINUTES_PER_HOUR = 60


@dataclass(frozen=True)
class SizedStream:
    """A stream with its weeks and booking chain; everything else follows from these.

    ``weekly`` is what was received in each whole week (share applied, no growth), empty where nothing is known.
    ``growth`` takes it to the plan year. Amounts are a calendar week.
    """

    stream: Stream
    chain: BookingChain
    weekly: pd.Series[float]
    growth: float

    @property
    def sized(self) -> bool:
        """Whether there is anything to size from."""
        return self.weekly.size > 0

    @cached_property
    def grown(self) -> NDArray[np.floating[Any]]:
        """Referrals of each week at the level of the plan year."""
        return self.weekly.to_numpy() * self.growth

    @property
    def centile_share(self) -> float:
        """Which centile is shown: as given, else the 80th."""
        return DEFAULT_CENTILE if self.stream.centile is None else self.stream.centile

    @property
    def wants_centile(self) -> bool:
        """Rapid streams and those given a centile are sized at it; the rest at the mean."""
        return self.stream.kind == "rapid" or self.stream.centile is not None

    @cached_property
    def mean(self) -> float:
        """Mean referrals at the plan year."""
        return float(self.grown.mean())

    @cached_property
    def centile(self) -> float:
        """Centile of referrals at the plan year, by Excel's PERCENTILE.INC."""
        return percentile_inc(self.grown, self.centile_share)

    @property
    def centile_below_mean(self) -> bool:
        """Whether the centile is less than the mean, with which no list could ever be cleared."""
        return self.centile < self.mean * (1 - 1e-9)

    @property
    def at_centile(self) -> bool:
        """Whether the centile is what sizes this stream."""
        return self.wants_centile and not self.centile_below_mean

    @property
    def level(self) -> float:
        """Referrals a week the stream is sized for by itself."""
        return self.centile if self.at_centile else self.mean

    @property
    def slots_per_received(self) -> float:
        """Slots per referral received: (1 - removals) S / (1 - unbooked)."""
        return (1 - (self.stream.removal_rate or 0)) * self.chain.slots_per_referral / (1 - self.unbooked_rate)

    @property
    def unbooked_rate(self) -> float:
        """Share of slots never filled."""
        return self.stream.unbooked_rate or 0.0

    @property
    def attendances_per_received(self) -> float:
        """Attendances per referral received: (1 - removals) Att."""
        return (1 - (self.stream.removal_rate or 0)) * self.chain.attendances_per_referral

    @property
    def contact_minutes_per_received(self) -> float:
        """Contact minutes of the slots one referral received takes."""
        return self.slots_per_received * self.stream.contact_minutes

    @property
    def admin_minutes_per_received(self) -> float:
        """Admin minutes of the attendances of one referral received."""
        return self.attendances_per_received * (self.stream.admin_minutes or 0)

    def slots(self, referrals: float) -> float:
        """Slots that so many referrals take."""
        return referrals * self.slots_per_received

    def attendances(self, referrals: float) -> float:
        """Attendances of so many referrals."""
        return referrals * self.attendances_per_received

    def contact_hours(self, referrals: float) -> float:
        """Hours of the slots of so many referrals."""
        return referrals * self.contact_minutes_per_received / MINUTES_PER_HOUR

    def contact_and_admin_hours(self, referrals: float) -> float:
        """Contact hours and admin per attendance: (slots·m + attendances·a) / 60 (demand.md §2)."""
        minutes = self.contact_minutes_per_received + self.admin_minutes_per_received
        return referrals * minutes / MINUTES_PER_HOUR


def size_streams(service: Service, series: Mapping[str, WeeklySeries]) -> dict[str, SizedStream]:
    """Return every stream with its weeks, in file order; a generated stream draws on the one that generates it.

    The referrals of a generated stream are its parent's attendances x per_attendance (1 where blank), week by week.
    Raises InputError where streams generate each other in a circle, or a rate leaves nobody ever seen.
    """
    streams = {stream.stream: stream for stream in service.streams}
    done: dict[str, SizedStream] = {}
    for stream in streams.values():
        for link in _ancestors(stream, streams):
            if link.stream not in done:
                done[link.stream] = _size(service, link, series, done)
    return {stream: done[stream] for stream in streams}


def _ancestors(stream: Stream, streams: Mapping[str, Stream]) -> list[Stream]:
    """The streams a stream stems from, first the one that has a series, last itself."""
    chain = [stream]
    while (parent := chain[0].generated_by) is not None:
        if parent not in streams:
            raise _fault(stream, "generated_by", parent, "a stream of streams.csv")
        if streams[parent] in chain:
            raise _fault(stream, "generated_by", f"{parent}, which itself comes from this stream", "no circle")
        chain.insert(0, streams[parent])
    return chain


def _size(
    service: Service, stream: Stream, series: Mapping[str, WeeklySeries], done: Mapping[str, SizedStream]
) -> SizedStream:
    try:
        chain = chain_of(stream)
    except ValueError as error:
        raise _fault(stream, "dna_rate", str(error), "rates that let patients be seen") from error
    if (stream.unbooked_rate or 0) >= 1:
        raise _fault(stream, "unbooked_rate", "1", "less than 1")
    rate = stream.growth_rate or 0.0
    if stream.generated_by is not None:
        parent = done[stream.generated_by]
        per_attendance = 1.0 if stream.per_attendance is None else stream.per_attendance
        weekly = parent.weekly * parent.attendances_per_received * per_attendance
        growth = parent.growth
    else:
        name = stream.series or stream.stream
        source = series[name] if name in series else no_weeks(name)
        weekly = source.counts * (1.0 if stream.share is None else stream.share)
        growth = 1.0
    if weekly.size:
        growth *= growth_factor(rate, _mondays(weekly), service.year_starts)
    return SizedStream(stream, chain, weekly.rename(stream.stream), growth)


def _mondays(weekly: pd.Series[float]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(weekly.index)


def _fault(stream: Stream, column: str, found: str, allowed: str) -> InputError:
    return InputError([Fault("streams.csv", None, column, found, allowed, stream.stream)])


def stream_json(sized: SizedStream) -> StreamJson:
    """Return the published figures of a stream; those that need weeks are None where there are none."""
    stream, chain, weekly = sized.stream, sized.chain, sized.weekly
    if not sized.sized:
        mondays: list[str] = []
        summary = level = None
    else:
        mondays = [f"{day:%Y-%m-%d}" for day in _mondays(weekly)]
        summary, level = summarise(weekly.to_numpy()), sized.level
    return StreamJson(
        name=stream.name,
        activity=stream.activity,
        kind=stream.kind,
        series=None if stream.generated_by else stream.series or stream.stream,
        generated_by=stream.generated_by,
        weeks=len(mondays),
        first_week=mondays[0] if mondays else None,
        last_week=mondays[-1] if mondays else None,
        mean=summary.mean if summary else None,
        variance=summary.variance if summary else None,
        dispersion=summary.dispersion if summary else None,
        growth_factor=sized.growth if summary else None,
        sizing=_sizing_json(sized),
        sized_at=("centile" if sized.at_centile else "mean") if summary else None,
        level=level,
        weeks_within_level=share_within(sized.grown, level) if level is not None else None,
        xmr=_xmr_json(weekly, mondays),
        dna_of_bookings=chain.dna_rate,
        dna_of_attended_plus_dna=(
            dna_of_attended_plus_dna(chain.dna_rate, chain.cancelled) if chain.cancelled < 1 else None
        ),
        bookings_per_referral=chain.bookings_per_referral,
        slots_per_referral=chain.slots_per_referral,
        attendances_per_referral=chain.attendances_per_referral,
        **_amounts(sized),
    )


def _amounts(sized: SizedStream) -> dict[str, float | None]:
    """Slots, attendances and hours at the level the stream is sized at, and at the mean."""
    figures = {
        "slots": sized.slots,
        "attendances": sized.attendances,
        "contact_hours": sized.contact_hours,
        "contact_and_admin_hours": sized.contact_and_admin_hours,
    }
    amounts: dict[str, float | None] = {}
    for name, figure in figures.items():
        amounts[name] = figure(sized.level) if sized.sized else None
        amounts[f"{name}_mean"] = figure(sized.mean) if sized.sized else None
    return amounts


def _sizing_json(sized: SizedStream) -> SizingJson:
    share = sized.centile_share
    if not sized.sized:
        centile = CentileJson(
            value=None, share=share, estimator=CENTILE_ESTIMATOR, interval=None, interval_reason="no weeks of demand"
        )
        return SizingJson(
            mean=None, centile=centile, excel_exc=None, harrell_davis=None, harrell_davis_sd=None, min_plus_range=None
        )
    interval = centile_interval(sized.grown, share)
    deviating, deviation = harrell_davis(sized.grown, share)
    bounds = (interval.lower, interval.upper)
    return SizingJson(
        mean=sized.mean,
        centile=CentileJson(
            value=sized.centile,
            share=share,
            estimator=CENTILE_ESTIMATOR,
            interval=bounds if bounds[0] is not None and bounds[1] is not None else None,
            interval_confidence=interval.confidence,
            interval_reason=interval.reason,
        ),
        excel_exc=percentile_exc(sized.grown, share),
        harrell_davis=deviating,
        harrell_davis_sd=deviation,
        min_plus_range=scottish_range(sized.grown),
    )


def _xmr_json(weekly: pd.Series[float], mondays: list[str]) -> XmRJson:
    if not mondays:
        return XmRJson(lower=None, upper=None, signals=[])
    chart = xmr(weekly.to_numpy())
    signals = [SignalJson(week_starting=mondays[position], rule=rule) for position, rule in chart.signals]
    return XmRJson(lower=chart.lower, upper=chart.upper, signals=signals)
