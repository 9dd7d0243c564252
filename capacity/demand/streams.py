"""One stream sized: its weeks, its levels, and the slots, attendances and hours they take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from capacity.demand.booking import BookingChain, SlotUse, chain_of, slot_use_of
from capacity.demand.centiles import Periods, centile
from capacity.demand.days import DaySizing, size_by_day
from capacity.demand.series import Basis, WeeklySeries, growth_factor, no_weeks
from capacity.demand.sizing import DEFAULT_CENTILE
from capacity.errors import Fault, InputError
from capacity.service.model import Estimator, Service, Stream
from capacity.service.resolved import activity_slots, stream_dna_rate
from capacity.units import DAYS, WEEKS_PER_YEAR, day_of

MINUTES_PER_HOUR = 60
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class History:
    """What is known of a stream's referrals: a weekly amount for each period, before growth.

    ``used`` sizes the stream, ``known`` adds what a rebase leaves out; both are indexed by the first day of the week
    or month. ``days`` is the mean length of a period used. ``dispersion`` is variance / mean of the weekly counts of
    the series underneath (None: from the amounts), of which one adds ``unit`` referrals.
    """

    used: pd.Series[float]
    known: pd.Series[float]
    basis: Basis = "week"
    days: float = 7.0
    dispersion: float | None = None
    unit: float = 1.0
    rebased_on: str | None = None

    @property
    def dates(self) -> pd.DatetimeIndex:
        """First day of each period used."""
        return pd.DatetimeIndex(self.used.index)

    def scaled(self, factor: float, name: str) -> History:
        """Return the history of what is a fixed multiple of this one, week by week."""
        return History(
            (self.used * factor).rename(name), (self.known * factor).rename(name), self.basis, self.days,
            self.dispersion, self.unit * factor, self.rebased_on,
        )  # fmt: skip

    def later(self, weeks: int) -> History:
        """Return the same amounts so many weeks later; months move by the nearest number of whole months."""
        if weeks == 0 or self.used.empty:
            return self
        months = round(weeks * MONTHS_PER_YEAR / WEEKS_PER_YEAR)
        step = pd.DateOffset(months=months) if self.basis == "month" else pd.Timedelta(weeks=weeks)
        used, known = (series.set_axis(pd.DatetimeIndex(series.index) + step) for series in (self.used, self.known))
        return History(used, known, self.basis, self.days, self.dispersion, self.unit, self.rebased_on)


@dataclass(frozen=True)
class SizedStream:
    """A stream with its history, booking chain and use of slots; everything else follows from these.

    ``growth`` takes the weeks used to the plan year; ``growth_rates`` are the yearly rates in it, the stream's own
    and those of the streams it stems from. ``estimator`` is the rule its centile is taken by. ``days`` is its sizing
    by day, for a same-day promise of which the days are known. Amounts are a calendar week.
    """

    stream: Stream
    chain: BookingChain
    slot_use: SlotUse
    history: History
    growth: float
    growth_rates: tuple[float, ...] = ()
    estimator: Estimator = "excel"
    days: DaySizing | None = None
    demand_factor: float = 1.0
    """In ``growth`` as well: the stream's own and those of the streams it stems from."""

    # ---- weeks and levels

    @property
    def weekly(self) -> pd.Series[float]:
        """Referrals of each period used as a weekly amount (share applied, no growth), by its first day."""
        return self.history.used

    @property
    def sized(self) -> bool:
        """Whether there is anything to size from."""
        return self.weekly.size > 0

    @property
    def by_week(self) -> bool:
        """Whether its history is by week, so that the spread of its amounts is that of weeks."""
        return self.history.basis == "week"

    @property
    def weeks(self) -> int:
        """Whole weeks of history used."""
        return self.weekly.size if self.by_week else int(self.weekly.size * self.history.days // 7)

    @cached_property
    def grown(self) -> NDArray[np.floating[Any]]:
        """Referrals of each period at the level of the plan year, as weekly amounts."""
        return self.weekly.to_numpy() * self.growth

    @cached_property
    def periods(self) -> Periods:
        """The same with what a centile needs to know of them."""
        unit = self.history.unit * self.growth or 1.0
        return Periods(self.grown, unit, self.history.days, self.history.dispersion)

    @property
    def centile_share(self) -> float:
        """Which centile is shown: as given, else the 80th."""
        return DEFAULT_CENTILE if self.stream.centile is None else self.stream.centile

    @property
    def wants_centile(self) -> bool:
        """Rapid streams and those given a centile are sized at it; the rest at the mean."""
        return wants_centile(self.stream)

    @cached_property
    def mean(self) -> float:
        """Mean referrals at the plan year."""
        return float(self.grown.mean())

    @cached_property
    def centile(self) -> float:
        """Centile of a week's referrals at the plan year, by the estimator of the service."""
        return centile(self.periods, self.centile_share, self.estimator)

    @property
    def centile_below_mean(self) -> bool:
        """Whether the centile is less than the mean, with which no list could ever be cleared."""
        return self.centile < self.mean * (1 - 1e-9)

    @property
    def at_centile(self) -> bool:
        """Whether the centile of its weeks is what sizes this stream."""
        return self.wants_centile and self.days is None and not self.centile_below_mean

    @property
    def level(self) -> float:
        """Referrals a week the stream is sized for by itself: by day, the days at their centiles added up."""
        if self.days is not None:
            return max(self.days.total, self.mean)
        return self.centile if self.at_centile else self.mean

    # ---- what one referral received takes

    @property
    def booked_per_received(self) -> float:
        """Referrals that reach booking, of each one received."""
        return 1 - (self.stream.removal_rate or 0.0)

    @property
    def staff_per_contact(self) -> float:
        """Staff with a patient at once, each asked for by the hour."""
        return self.stream.staff_per_contact or 1.0

    @property
    def slots_per_received(self) -> float:
        """Slots: (1 - removals) S / (patients per slot (1 + overbooking) (1 - unbooked))."""
        return self.booked_per_received * self.chain.slots_per_referral * self.slot_use.slots_per_place

    @property
    def attendances_per_received(self) -> float:
        """Attendances: (1 - removals) Att."""
        return self.booked_per_received * self.chain.attendances_per_referral

    @property
    def attendances_per_slot(self) -> float:
        """Patients seen in a slot, empty slots counted; 0 where nobody takes one."""
        chain = self.chain
        if chain.slots_per_referral <= 0:
            return 0.0
        return chain.attendances_per_referral / (chain.slots_per_referral * self.slot_use.slots_per_place)

    @property
    def contact_minutes_per_received(self) -> float:
        """Contact minutes of the slots one referral received takes, of all the staff in them."""
        return self.slots_per_received * self.stream.contact_minutes * self.staff_per_contact

    @property
    def admin_minutes_per_received(self) -> float:
        """Admin minutes of its attendances; written once, however many staff saw the patient."""
        return self.attendances_per_received * (self.stream.admin_minutes or 0)

    @property
    def travel_minutes_per_received(self) -> float:
        """Minutes of travel to its attendances, of all the staff who go."""
        return self.attendances_per_received * (self.stream.travel_minutes or 0) * self.staff_per_contact

    @property
    def triage_minutes_per_received(self) -> float:
        """Minutes of triage, of every referral received, seen or not."""
        return self.stream.triage_minutes or 0.0

    @property
    def extra_minutes_per_received(self) -> float:
        """Travel and triage: time that job plans are charged and no slot holds."""
        return self.travel_minutes_per_received + self.triage_minutes_per_received

    @property
    def minutes_per_received(self) -> float:
        """All of its minutes: contact, admin, travel and triage."""
        return self.contact_minutes_per_received + self.admin_minutes_per_received + self.extra_minutes_per_received

    # ---- amounts of so many referrals

    def slots(self, referrals: float) -> float:
        """Slots that so many referrals take."""
        return referrals * self.slots_per_received

    def attendances(self, referrals: float) -> float:
        """Attendances of so many referrals."""
        return referrals * self.attendances_per_received

    def contact_hours(self, referrals: float) -> float:
        """Hours of the slots of so many referrals."""
        return referrals * self.contact_minutes_per_received / MINUTES_PER_HOUR

    def admin_hours(self, referrals: float) -> float:
        """Admin hours of so many referrals."""
        return referrals * self.admin_minutes_per_received / MINUTES_PER_HOUR

    def travel_hours(self, referrals: float) -> float:
        """Hours of travel of so many referrals."""
        return referrals * self.travel_minutes_per_received / MINUTES_PER_HOUR

    def triage_hours(self, referrals: float) -> float:
        """Hours of triage of so many referrals."""
        return referrals * self.triage_minutes_per_received / MINUTES_PER_HOUR

    def contact_and_admin_hours(self, referrals: float) -> float:
        """All hours of so many referrals: (slots·m + attendances·(a + travel) + referrals·triage) / 60."""
        return referrals * self.minutes_per_received / MINUTES_PER_HOUR


def wants_centile(stream: Stream) -> bool:
    """Rapid streams and those given a centile are sized at it; the rest at the mean."""
    return stream.kind == "rapid" or stream.centile is not None


def weeks_after(stream: Stream) -> int:
    """Whole weeks between the attendances that generate a stream and its own week; half weeks go up.

    Not interpolated: a mean of two neighbouring weeks would flatten the peaks a stream is sized for.
    """
    return math.floor((stream.after_weeks or 0.0) + 0.5) if stream.generated_by is not None else 0


def size_streams(service: Service, series: Mapping[str, WeeklySeries]) -> dict[str, SizedStream]:
    """Return every stream with its weeks, in file order; a generated stream draws on the one that generates it.

    The referrals of a generated stream are its parent's attendances x per_attendance (1 where blank), week by week,
    ``after_weeks`` later: that is the week they are pooled in, and from which they grow. Raises InputError where
    streams generate each other in a circle, or a rate leaves nobody ever seen.
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
        chain = chain_of(stream, stream_dna_rate(service, stream))
    except ValueError as error:
        raise _fault(stream, "dna_rate", str(error), "rates that let patients be seen") from error
    if (stream.unbooked_rate or 0) >= 1:
        raise _fault(stream, "unbooked_rate", "1", "less than 1")
    own = (stream.growth_rate,) if stream.growth_rate else ()
    factor = 1.0 if stream.demand_factor is None else stream.demand_factor
    if stream.generated_by is not None:
        parent = done[stream.generated_by]
        history, rates = _generated(stream, parent), parent.growth_rates + own
        factor *= parent.demand_factor
    else:
        history, rates = _counted(stream, series), own
    growth = math.prod(_growth(rate, history, service) for rate in rates) if history.used.size else 1.0
    growth *= factor
    days = _days(service, stream, series, history.unit * growth) if history.used.size else None
    estimator = service.sizing.estimator
    return SizedStream(stream, chain, slot_use_of(stream), history, growth, rates, estimator, days, factor)


def _counted(stream: Stream, series: Mapping[str, WeeklySeries]) -> History:
    """History of a stream that draws on a series of demand.csv."""
    name = stream.series or stream.stream
    source = series[name] if name in series else no_weeks(name)
    days = float(source.days_in_period.reindex(source.counts.index).mean()) if source.counts.size else 7.0
    rebased = None if source.rebased_on is None else source.rebased_on.isoformat()
    known = source.dispersion if source.basis == "month" else None
    whole = History(source.counts, source.history, source.basis, days, known, 1.0, rebased)
    return whole.scaled(1.0 if stream.share is None else stream.share, stream.stream)


def _generated(stream: Stream, parent: SizedStream) -> History:
    """History of a stream that the attendances of another generate."""
    per_attendance = 1.0 if stream.per_attendance is None else stream.per_attendance
    factor = parent.attendances_per_received * per_attendance
    return parent.history.scaled(factor, stream.stream).later(weeks_after(stream))


def _days(service: Service, stream: Stream, series: Mapping[str, WeeklySeries], factor: float) -> DaySizing | None:
    """Sizing by day of a same-day promise, where its days are known; None for the rest."""
    name = stream.series or stream.stream
    if stream.period != "day" or stream.generated_by is not None or not wants_centile(stream) or name not in series:
        return None
    slots = activity_slots(service)[stream.activity]
    open_days = [day for day in DAYS if day in {day_of(slot) for slot in slots}]
    share = DEFAULT_CENTILE if stream.centile is None else stream.centile
    profile = {str(day): part for day, part in service.day_profile.get(name, {}).items()}
    return size_by_day(series[name], share, profile, factor, open_days, service.sizing.estimator)


def _growth(rate: float, history: History, service: Service) -> float:
    return growth_factor(rate, history.dates, service.year_starts, round(history.days))


def _fault(stream: Stream, column: str, found: str, allowed: str) -> InputError:
    return InputError([Fault("streams.csv", None, column, found, allowed, stream.stream)])
