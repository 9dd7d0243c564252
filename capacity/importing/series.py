"""The grid -> rows of demand.csv, and the level of each series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson

from capacity.importing.grid import NO_RECORD, Floats, Grid, Group
from capacity.importing.mapping import MEASURES, Series
from capacity.importing.periods import Kind, days_in, following, named
from capacity.importing.result import RowFinding
from capacity.service.columns import DATED_BY

WEEK_DAYS = 7.0
DAYS_PER_YEAR = 365.25
SHOWN_PERIODS = 4
SMALLEST_HIDDEN = 3
FEWEST_HIDDEN = 3
LEVELS = ("census", "list_size")
"""Measures that are counted at a moment, not over a period."""

DEMAND_COLUMNS = ("series", *MEASURES)
LEVEL_COLUMNS = (
    "series", "name", "measure", "period", "first", "last", "periods", "missing", "set_aside", "mean",
    "per_week", "per_week_last_year",
)  # fmt: skip


@dataclass
class OneSeries:
    """One series: its counts by period from the first to the last that is known."""

    id: str
    name: str
    spec: Series
    periods: list[dt.date]
    counts: dict[str, Floats]
    """By measure; NaN where not known."""
    set_aside: dict[str, int]
    """Periods with a row that was set aside or blank, by measure."""
    rows: dict[dt.date, int]
    """Row of the first record of each period."""
    findings: list[RowFinding] = field(default_factory=list)


def one_series(grid: Grid, spec: Series, id: str, name: str, group: Group) -> OneSeries:
    """Add the rows of a group; a period in which one of them is not known is not known."""
    inside = within(grid, spec.start, spec.end)
    counts: dict[str, Floats] = {}
    given: dict[str, NDArray[np.bool_]] = {}
    added: dict[str, NDArray[np.int64]] = {}
    for measure, names in spec.counts().items():
        stands = grid.is_given(names)[:, group.members]
        values = grid.total(names)[:, group.members]
        unknown = (stands & ~np.isfinite(values)).any(axis=1) | ~stands.any(axis=1)
        counts[measure] = np.where(unknown | ~inside, np.nan, np.where(stands, values, 0.0).sum(axis=1))
        given[measure] = stands.any(axis=1) & inside
        added[measure] = np.where(given[measure], stands.sum(axis=1), 0)
    anything = np.logical_or.reduce(list(given.values()))
    places = np.flatnonzero(anything)
    if not len(places):
        return OneSeries(id, name, spec, [], {measure: np.array([]) for measure in counts}, {}, {})
    cut = slice(int(places[0]), int(places[-1]) + 1)
    aside = {measure: int((given[measure] & ~np.isfinite(counts[measure])).sum()) for measure in counts}
    rows = _first_rows(grid, spec, group, cut)
    found = OneSeries(id, name, spec, grid.periods[cut], {key: each[cut] for key, each in counts.items()}, aside, rows)
    found.findings += _gaps(found, grid.kind or "week")
    found.findings += _small_counts(found)
    found.findings += _come_and_go(found, {key: each[cut] for key, each in added.items()})
    return found


def within(grid: Grid, start: dt.date | None, end: dt.date | None) -> NDArray[np.bool_]:
    """Periods that begin inside the dates asked for, both ends included."""
    return np.array([(start is None or day >= start) and (end is None or day <= end) for day in grid.periods])


def _first_rows(grid: Grid, spec: Series, group: Group, cut: slice) -> dict[dt.date, int]:
    rows: dict[dt.date, int] = {}
    for names in spec.counts().values():
        for name in names:
            places = grid.places[name][cut][:, group.members]
            for day, of_day in zip(grid.periods[cut], places, strict=True):
                known = of_day[of_day != NO_RECORD]
                if len(known):
                    rows.setdefault(day, int(grid.records.rows[known[0]]))
    return rows


def _gaps(series: OneSeries, kind: Kind) -> list[RowFinding]:
    """One finding a measure that has periods without a count; its row is the first row after the first gap."""
    findings = []
    for measure, counts in series.counts.items():
        missing = [day for day, count in zip(series.periods, counts, strict=True) if not np.isfinite(count)]
        if not missing:
            continue
        listed = ", ".join(named(day, kind) for day in missing[:SHOWN_PERIODS])
        more = f" and {len(missing) - SHOWN_PERIODS} more" if len(missing) > SHOWN_PERIODS else ""
        message = f"{measure} not known in {len(missing)} of {len(counts)} {kind}s: {listed}{more}"
        row = next((series.rows[day] for day in series.periods if day >= missing[0] and day in series.rows), None)
        findings.append(RowFinding("gap_in_periods", series.id, message, row, measure, missing[0]))
    return findings


def _small_counts(series: OneSeries) -> list[RowFinding]:
    """Publishers leave out small counts: then none is below some number, and more are missing than by accident.

    Said where three or more counts below the smallest were to be expected, were they Poisson about the mean.
    """
    findings = []
    for measure, counts in series.counts.items():
        known = counts[np.isfinite(counts)]
        missing = len(counts) - len(known)
        if not len(known) or known.min() < SMALLEST_HIDDEN or missing < FEWEST_HIDDEN:
            continue
        expected = len(known) * float(poisson.cdf(known.min() - 1, known.mean()))
        if expected >= FEWEST_HIDDEN:
            message = (
                f"{measure} is never below {known.min():.0f}, and {missing} of {len(counts)} are missing: small counts"
                " may have been left out, and the mean is then too high"
            )
            findings.append(RowFinding("small_counts_missing", series.id, message, column=measure))
    return findings


def _come_and_go(series: OneSeries, added: dict[str, NDArray[np.int64]]) -> list[RowFinding]:
    findings = []
    for measure, counts in added.items():
        known = counts[counts > 0]
        if len(known) and known.min() < known.max():
            most = int(known.max())
            first = series.periods[int(np.flatnonzero((counts > 0) & (counts < most))[0])]
            message = f"{measure} adds {int(known.min())} to {most} rows a period, not the same in every one"
            row = series.rows.get(first)
            findings.append(RowFinding("rows_come_and_go", series.id, message, row, measure, first))
    return findings


def spread_over_months(series: OneSeries) -> OneSeries:
    """Share each quarter's counts out over its months by their days, in whole numbers that add up to it.

    What is counted at a moment (a census, a list) is that of every month (census) or of the last (list size).
    """
    months = [month for quarter in series.periods for month in _months(quarter)]
    counts = {}
    for measure, values in series.counts.items():
        parts = [_shares(measure, value, quarter) for value, quarter in zip(values, series.periods, strict=True)]
        counts[measure] = np.concatenate(parts) if parts else np.array([])
    return OneSeries(series.id, series.name, series.spec, months, counts, series.set_aside, series.rows)


def _months(quarter: dt.date) -> list[dt.date]:
    second = following(quarter, "month")
    return [quarter, second, following(second, "month")]


def _shares(measure: str, value: float, quarter: dt.date) -> Floats:
    if not np.isfinite(value):
        return np.full(3, np.nan)
    if measure in LEVELS:
        return np.full(3, value) if measure == "census" else np.array([np.nan, np.nan, value])
    days = np.array([days_in(month, "month") for month in _months(quarter)], dtype=float)
    ends = np.round(np.concatenate([[0.0], np.cumsum(days)]) / days.sum() * value)
    return np.asarray(np.diff(ends), dtype=float)


def demand_frame(series: list[OneSeries], kind: Kind) -> pd.DataFrame:
    """Rows of demand.csv: one a series and period with a count; whole numbers (a census apart), blank where unknown."""
    dated = DATED_BY["month" if kind == "month" or kind == "quarter" else kind]
    used = [measure for measure in MEASURES if any(measure in each.counts for each in series)]
    parts = []
    for each in series:
        columns: dict[str, Any] = {dated: each.periods, "series": each.id}
        columns |= {measure: each.counts.get(measure, np.full(len(each.periods), np.nan)) for measure in used}
        frame = pd.DataFrame(columns)
        parts.append(frame[frame[used].notna().any(axis=1)])
    empty = pd.DataFrame(columns=[dated, "series", *used])
    frame = pd.concat(parts, ignore_index=True) if parts else empty
    kinds: dict[Hashable, str] = {measure: "Int64" for measure in used if measure != "census"}
    return frame.astype(kinds)


def levels_frame(series: list[OneSeries], kind: Kind) -> pd.DataFrame:
    """One row a series and measure: periods known and not, the mean of a period, and per week (7 days).

    A census and a list are levels: their mean stands under per_week as it is.
    """
    rows = [_level(each, measure, counts, kind) for each in series for measure, counts in each.counts.items()]
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS))


def _level(series: OneSeries, measure: str, counts: Floats, kind: Kind) -> dict[str, object]:
    known = np.isfinite(counts)
    missing = int(len(counts) - known.sum())
    periods = series.periods
    first = periods[int(np.flatnonzero(known)[0])] if known.any() else None
    last = periods[int(np.flatnonzero(known)[-1])] if known.any() else None
    year = known.copy()
    if last is not None:
        end = following(last, kind)
        year &= np.array([(end - day).days <= DAYS_PER_YEAR + 1 for day in periods])
    return {
        "series": series.id, "name": series.name, "measure": measure, "period": kind, "first": first, "last": last,
        "periods": int(known.sum()), "missing": missing, "set_aside": series.set_aside.get(measure, 0),
        "mean": float(counts[known].mean()) if known.any() else float("nan"),
        "per_week": _per_week(counts, known, periods, kind, measure),
        "per_week_last_year": _per_week(counts, year, periods, kind, measure),
    }  # fmt: skip


def _per_week(counts: Floats, known: NDArray[np.bool_], periods: list[dt.date], kind: Kind, measure: str) -> float:
    """Count a week over the periods known. A series by day takes a week as seven days of those it is counted on."""
    if not known.any():
        return float("nan")
    if measure in LEVELS:
        return float(counts[known].mean())
    if kind == "day":
        return float(counts[known].mean()) * len({day.weekday() for day in periods})
    days = sum(days_in(day, kind) for day, is_known in zip(periods, known, strict=True) if is_known)
    return float(counts[known].sum()) / days * WEEK_DAYS
