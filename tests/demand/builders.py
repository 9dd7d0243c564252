"""Small services built from rows, and the reference series of the demand analysis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from capacity.service.model import Activity, DemandRow, Service, Stream

FIRST_MONDAY = dt.date(2026, 1, 5)
X26 = (18, 22, 25, 19, 31, 27, 20, 16, 24, 29, 22, 26, 21, 17, 33, 28, 23, 19, 25, 30, 22, 24, 20, 27, 26, 21)
"""The reference series of the demand analysis (demand.md §7); X12 is its first twelve weeks."""
X12 = X26[:12]


def weekly_rows(series: str, referrals: Sequence[int | None], first: dt.date = FIRST_MONDAY) -> list[DemandRow]:
    """One row a week; None is a blank cell."""
    return [
        DemandRow(start=first + dt.timedelta(weeks=number), series=series, referrals=value)
        for number, value in enumerate(referrals)
    ]


def monthly_rows(series: str, referrals: Sequence[int | None], first: dt.date = dt.date(2025, 1, 1)) -> list[DemandRow]:
    """One row a month."""
    months = [first.year * 12 + first.month - 1 + number for number in range(len(referrals))]
    return [
        DemandRow(start=dt.date(month // 12, month % 12 + 1, 1), period="month", series=series, referrals=value)
        for month, value in zip(months, referrals, strict=True)
    ]


def weekly_series_of(values: Sequence[float], first: dt.date = FIRST_MONDAY) -> pd.Series[float]:
    """Values by the Monday of each week."""
    return pd.Series(list(values), index=pd.date_range(first, periods=len(values), freq="7D"), dtype=float)


def census_rows(series: str, census: Sequence[float], first: dt.date = FIRST_MONDAY) -> list[DemandRow]:
    return [
        DemandRow(start=first + dt.timedelta(weeks=number), series=series, census=value)
        for number, value in enumerate(census)
    ]


def daily_rows(series: str, first: dt.date, referrals: Sequence[int]) -> list[DemandRow]:
    return [
        DemandRow(start=first + dt.timedelta(days=number), period="day", series=series, referrals=value)
        for number, value in enumerate(referrals)
    ]


def stream(id: str, activity: str = "clinic", kind: str = "routine", **columns: Any) -> Stream:
    return Stream.model_validate(
        {"stream": id, "name": id.title(), "activity": activity, "kind": kind, "contact_minutes": 30, **columns}
    )


def activity(id: str = "clinic", **columns: Any) -> Activity:
    return Activity.model_validate(
        {"activity": id, "name": id.title(), "category": "DCC", "contact_minutes": 240, **columns}
    )


def service(
    streams: Sequence[Stream], demand: Sequence[DemandRow], activities: Sequence[Activity] | None = None
) -> Service:
    """A service with nobody in it; without activities one clinic of 240 contact minutes."""
    return Service(
        id="tiny",
        name="Tiny",
        year_starts=dt.date(2027, 4, 1),
        cycle_weeks=4,
        policy="england-consultant-2003",
        activities=tuple(activities or [activity()]),
        streams=tuple(streams),
        demand=tuple(demand),
        people=(),
        skills=(),
    )


def rules(findings: Sequence[Any]) -> set[str]:
    return {finding.rule for finding in findings}
