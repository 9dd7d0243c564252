"""The published figures of one stream (schema.py says what each is)."""

from __future__ import annotations

import pandas as pd

from capacity.demand.booking import dna_of_attended_plus_dna
from capacity.demand.centiles import estimates, name_of
from capacity.demand.depth_schema import SignalJson
from capacity.demand.estimators import CentileEstimate
from capacity.demand.schema import CentileJson, DayJson, EstimateJson, SizingJson, StreamJson, XmRJson
from capacity.demand.sizing import (
    CentileInterval,
    harrell_davis,
    percentile_exc,
    percentile_inc,
    scottish_range,
    share_within,
    summarise,
)
from capacity.demand.streams import SizedStream, weeks_after
from capacity.demand.xmr import xmr


def stream_json(sized: SizedStream, dna_from: str | None = None) -> StreamJson:
    """Return the published figures of a stream; those that need weeks are None where there are none.

    ``dna_from`` is the file its DNA rate stands in, None where none is given.
    """
    figures = {**_origin(sized, dna_from), **_history(sized), **_chain(sized), **_amounts(sized)}
    return StreamJson.model_validate(figures)


def _origin(sized: SizedStream, dna_from: str | None) -> dict[str, object]:
    """What the input says of the stream."""
    stream = sized.stream
    generated = stream.generated_by is not None
    return {
        "name": stream.name,
        "activity": stream.activity,
        "kind": stream.kind,
        "series": None if generated else stream.series or stream.stream,
        "share": None if generated else 1.0 if stream.share is None else stream.share,
        "generated_by": stream.generated_by,
        "after_weeks": weeks_after(stream),
        "dna_from": dna_from,
        "dna_basis": stream.dna_basis or "bookings",
        "max_rebookings": stream.max_rebookings,
    }


def _history(sized: SizedStream) -> dict[str, object]:
    """Weeks used, their mean and spread, the levels they give and their chart."""
    weekly, known = sized.weekly, sized.sized
    dates = sized.history.dates.to_numpy().astype("datetime64[D]").astype(str).tolist() if known else []
    summary = summarise(weekly.to_numpy()) if known else None
    level = sized.level if known else None
    return {
        "basis": sized.history.basis,
        "weeks": sized.weeks,
        "periods": len(dates),
        "first_week": dates[0] if dates else None,
        "last_week": dates[-1] if dates else None,
        "rebased_on": sized.history.rebased_on,
        "mean": summary.mean if summary else None,
        "variance": summary.variance if summary else None,
        "dispersion": _dispersion(sized),
        "growth_factor": sized.growth if known else None,
        "sizing": _sizing_json(sized),
        "sized_at": _sized_at(sized) if known else None,
        "level": level,
        "weeks_within_level": share_within(sized.grown, level) if level is not None and sized.by_week else None,
        "xmr": _xmr_json(weekly, dates),
    }


def _sized_at(sized: SizedStream) -> str:
    if sized.days is not None:
        return "days"
    return "centile" if sized.at_centile else "mean"


def _dispersion(sized: SizedStream) -> float | None:
    """Variance / mean of the referrals of a week."""
    if not sized.sized:
        return None
    if sized.by_week:
        return summarise(sized.weekly.to_numpy()).dispersion
    known = sized.history.dispersion
    return None if known is None else known * sized.history.unit


def _chain(sized: SizedStream) -> dict[str, object]:
    """What one referral takes, whatever the weeks are."""
    chain, use = sized.chain, sized.slot_use
    nhs_rate = dna_of_attended_plus_dna(chain.dna_rate, chain.cancelled) if chain.cancelled < 1 else None
    return {
        "dna_of_bookings": chain.dna_rate,
        "dna_of_attended_plus_dna": nhs_rate,
        "bookings_per_referral": chain.bookings_per_referral,
        "slots_per_referral": chain.slots_per_referral,
        "attendances_per_referral": chain.attendances_per_referral,
        "unseen_per_referral": chain.unseen_per_referral,
        "capped_per_referral": chain.capped_per_referral,
        "unbooked_rate": use.unbooked_rate,
        "overbooking_rate": use.overbooking_rate,
        "patients_per_slot": use.patients_per_slot,
        "staff_per_contact": sized.staff_per_contact,
        "slots_per_received": sized.slots_per_received,
        "attendances_per_slot": sized.attendances_per_slot,
    }


def _amounts(sized: SizedStream) -> dict[str, float | None]:
    """Slots, attendances and hours at the level the stream is sized at, and at the mean."""
    figures = {
        "slots": sized.slots,
        "attendances": sized.attendances,
        "contact_hours": sized.contact_hours,
        "admin_hours": sized.admin_hours,
        "travel_hours": sized.travel_hours,
        "triage_hours": sized.triage_hours,
        "contact_and_admin_hours": sized.contact_and_admin_hours,
    }
    amounts: dict[str, float | None] = {}
    for name, figure in figures.items():
        amounts[name] = figure(sized.level) if sized.sized else None
        amounts[f"{name}_mean"] = figure(sized.mean) if sized.sized else None
    return amounts


def _sizing_json(sized: SizedStream) -> SizingJson:
    """Every level of the plan year; of months only those that do not need the spread of weeks."""
    share = sized.centile_share
    if not sized.sized:
        return _no_sizing(sized)
    found = estimates(sized.periods, share)
    chosen = found[sized.estimator] if sized.by_week else found["negative_binomial"]
    values = sized.grown
    deviating, deviation = harrell_davis(values, share) if sized.by_week else (None, None)
    return SizingJson(
        mean=sized.mean,
        centile=CentileJson(
            value=sized.centile,
            share=share,
            estimator=chosen.name,
            interval=_bounds(chosen.interval),
            interval_confidence=chosen.interval.confidence,
            interval_reason=chosen.interval.reason,
        ),
        excel_inc=percentile_inc(values, share) if sized.by_week else None,
        excel_exc=percentile_exc(values, share) if sized.by_week else None,
        harrell_davis=deviating,
        harrell_davis_sd=deviation,
        chosen=chosen.estimator,
        estimates={key: _estimate(estimate) for key, estimate in found.items()},
        by_day=_by_day(sized),
        min_plus_range=scottish_range(values) if sized.by_week else None,
    )


def _no_sizing(sized: SizedStream) -> SizingJson:
    centile = CentileJson(
        value=None,
        share=sized.centile_share,
        estimator=name_of(sized.by_week, sized.estimator),
        interval=None,
        interval_reason="no weeks of demand",
    )
    return SizingJson(
        mean=None,
        centile=centile,
        excel_inc=None,
        excel_exc=None,
        harrell_davis=None,
        harrell_davis_sd=None,
        min_plus_range=None,
    )


def _bounds(interval: CentileInterval) -> tuple[float, float] | None:
    if interval.lower is None or interval.upper is None:
        return None
    return interval.lower, interval.upper


def _estimate(found: CentileEstimate) -> EstimateJson:
    return EstimateJson(
        value=found.value,
        name=found.name,
        interval=_bounds(found.interval),
        interval_confidence=found.interval.confidence,
        interval_method=found.interval.method or found.interval.reason,
    )


def _by_day(sized: SizedStream) -> list[DayJson]:
    if sized.days is None:
        return []
    rows = sized.days.by_day.itertuples()
    return [DayJson(day=row.day, days=row.days, mean=row.mean, centile=row.centile) for row in rows]


def _xmr_json(weekly: pd.Series[float], dates: list[str]) -> XmRJson:
    if not dates:
        return XmRJson(lower=None, upper=None, signals=[])
    chart = xmr(weekly.to_numpy())
    signals = [SignalJson(week_starting=dates[position], rule=rule) for position, rule in chart.signals]
    return XmRJson(lower=chart.lower, upper=chart.upper, signals=signals)
