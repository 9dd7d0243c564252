"""The demand analysis of a service: from rows of referrals to sessions a calendar week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from capacity.demand.backlog import one_off_sessions, with_backlog
from capacity.demand.guards import findings_of
from capacity.demand.pooling import size_activities
from capacity.demand.result import ActivityDemand, Demand
from capacity.demand.schema import StreamJson
from capacity.demand.series import weekly_series
from capacity.demand.stream_json import stream_json
from capacity.demand.streams import SizedStream, size_streams
from capacity.demand.waterfall import waterfall
from capacity.service.model import Service, Stream

if TYPE_CHECKING:
    from capacity.demand.depth import Depth

STREAM_COLUMNS: dict[str, str] = {
    "name": "str", "activity": "str", "kind": "str", "series": "object", "generated_by": "object",
    "basis": "str", "after_weeks": "int64",
    "weeks": "int64", "periods": "int64", "first_week": "datetime64[us]", "last_week": "datetime64[us]",
    "mean": "float64", "variance": "float64", "dispersion": "float64", "growth_factor": "float64",
    "sized_at": "object", "level": "float64", "weeks_within_level": "float64",
    "dna_of_bookings": "float64", "dna_of_attended_plus_dna": "float64",
    "bookings_per_referral": "float64", "slots_per_referral": "float64", "attendances_per_referral": "float64",
    "unseen_per_referral": "float64", "slots_per_received": "float64", "attendances_per_slot": "float64",
    "slots": "float64", "slots_mean": "float64", "attendances": "float64", "attendances_mean": "float64",
    "contact_hours": "float64", "contact_hours_mean": "float64",
    "admin_hours": "float64", "admin_hours_mean": "float64", "travel_hours": "float64", "travel_hours_mean": "float64",
    "triage_hours": "float64", "triage_hours_mean": "float64",
    "contact_and_admin_hours": "float64", "contact_and_admin_hours_mean": "float64",
}  # fmt: skip
"""Columns of ``Demand.streams`` that bear the name of the published figure, with their types."""


TEMPLATE_COLUMNS: dict[str, str] = {
    "activity": "str", "stream": "str", "slots": "float64", "ring_fenced": "bool", "attendances": "float64",
    "unit": "str", "units": "float64",
}  # fmt: skip
"""Columns of ``Demand.templates``: what one session is expected to yield of each stream."""


def analyse(service: Service) -> Demand:
    """Size every stream and activity of a service: recurrent demand, and one-off work only with ``include_backlog``.

    Streams of kind rapid, or with a centile, are sized at it (by the estimator of service.toml), pooled within their
    activity; the rest at the mean. Amounts are a calendar week at the level of the plan year. Formulas:
    docs/formulas/levels.md and the pages it leads to. Raises InputError where the rows or rates allow no answer (a week
    given twice, streams in a circle).
    """
    series = weekly_series(service.demand, service.rebase, service.origin.rows)
    streams = size_streams(service, series)
    findings = list(findings_of(service, series, streams))
    recurrent, pool_findings = size_activities(service, streams)
    once = one_off_sessions(service, streams, recurrent)
    known = {key: replace(demand, one_off_sessions=once[key]) for key, demand in recurrent.items()}
    activities = with_backlog(service, streams, known)
    findings += pool_findings
    published = {stream: stream_json(sized, _dna_from(service, sized.stream)) for stream, sized in streams.items()}
    return Demand(
        activities=activities,
        streams=_stream_frame(published),
        weekly=_weekly_frame(streams),
        waterfall=waterfall(service.activities, activities, streams),
        streams_json={stream: figures.model_dump(mode="json") for stream, figures in published.items()},
        findings=tuple(findings),
        history=_history_frame(streams),
        templates=_template_frame(activities),
        deepen=partial(_deepen, service, streams, activities),
    )


def _deepen(service: Service, streams: Mapping[str, SizedStream], activities: Mapping[str, ActivityDemand]) -> Depth:
    """The analysis in depth; what it needs is imported when it is asked for."""
    from capacity.demand.depth import depth_of

    return depth_of(service, streams, activities)


def _dna_from(service: Service, stream: Stream) -> str | None:
    """File the DNA rate of a stream stands in."""
    if stream.dna_rate is not None:
        return "streams.csv"
    return "dna_by_lead.csv" if any(band.stream == stream.stream for band in service.dna_by_lead) else None


def _stream_frame(published: Mapping[str, StreamJson]) -> pd.DataFrame:
    """One row a stream: the published figures, then the levels and chart limits that stand deeper in the JSON."""
    rows = []
    for stream, figures in published.items():
        row: dict[str, object] = {"stream": stream}
        row |= {column: getattr(figures, column) for column in STREAM_COLUMNS}
        row |= {
            "mean_level": figures.sizing.mean,
            "centile_share": figures.sizing.centile.share,
            "centile_level": figures.sizing.centile.value,
            "xmr_lower": figures.xmr.lower,
            "xmr_upper": figures.xmr.upper,
        }
        rows.append(row)
    deeper = ("mean_level", "centile_share", "centile_level", "xmr_lower", "xmr_upper")
    types = {"stream": "str", **STREAM_COLUMNS, **dict.fromkeys(deeper, "float64")}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def _weekly_frame(streams: Mapping[str, SizedStream]) -> pd.DataFrame:
    """Referrals received each whole week (share applied, before growth) and the contact minutes they take."""
    frames = [
        pd.DataFrame(
            {
                "stream": stream,
                "week_starting": sized.weekly.index,
                "referrals": sized.weekly.to_numpy(),
                "contact_minutes": sized.weekly.to_numpy() * sized.contact_minutes_per_received,
            }
        )
        for stream, sized in streams.items()
        if sized.sized
    ]
    types = {"stream": "str", "week_starting": "datetime64[us]", "referrals": "float64", "contact_minutes": "float64"}
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(types))
    return frame.astype(types)


def _history_frame(streams: Mapping[str, SizedStream]) -> pd.DataFrame:
    """Referrals of every whole week known, whether it is sized from or left out by a rebase."""
    frames = [
        pd.DataFrame(
            {
                "stream": stream,
                "week_starting": sized.history.known.index,
                "referrals": sized.history.known.to_numpy(),
                "used": sized.history.known.index.isin(sized.weekly.index),
            }
        )
        for stream, sized in streams.items()
        if sized.history.known.size
    ]
    types = {"stream": "str", "week_starting": "datetime64[us]", "referrals": "float64", "used": "bool"}
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(types))
    return frame.astype(types)


def _template_frame(activities: Mapping[str, ActivityDemand]) -> pd.DataFrame:
    """Expected output of a session, one row a row of templates.csv."""
    rows = [
        {"activity": activity, **{name: getattr(output, name) for name in TEMPLATE_COLUMNS if name != "activity"}}
        for activity, demand in activities.items()
        if demand.template is not None
        for output in demand.template.outputs
    ]
    return pd.DataFrame(rows, columns=list(TEMPLATE_COLUMNS)).astype(TEMPLATE_COLUMNS)
