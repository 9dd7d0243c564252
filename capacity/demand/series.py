"""Rows of demand.csv -> one series of weekly rates each: whole periods only, nothing filled in."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from capacity.demand.gaps import (
    SOURCE,
    Basis,
    counted,
    excel_rows,
    gap_findings,
    name_months,
    name_runs,
    name_weeks,
    plain_date,
)
from capacity.errors import Fault, Finding, InputError
from capacity.service.columns import DATED_BY
from capacity.service.model import DemandRow
from capacity.service.series import monday_of as monday
from capacity.service.series import start_of, starts_between
from capacity.units import DAYS

__all__ = [
    "Basis", "WeeklySeries", "growth_factor", "monday", "name_months", "name_weeks", "no_weeks", "plain_date",
    "weekly_series",
]  # fmt: skip

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25
WORKING_DAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
WEEKS_TO_TRUST_A_PATTERN = 4
"""Weekdays that never have a row in this many weeks of daily rows are taken as days without a count."""
NO_REBASE: Mapping[str, dt.date] = MappingProxyType({})
NO_NUMBERS: Mapping[str, int] = MappingProxyType({})
ACTIVITY = ("referrals", "seen", "dna", "list_size")


@dataclass(frozen=True)
class WeeklySeries:
    """One series of demand.csv as weekly rates.

    ``counts`` are the periods to size from, ``history`` all that are whole (the same, unless the series was rebased);
    both are indexed by the first day of the period, oldest first. They hold referrals a week, or patients where
    ``census``. A period that is missing or incomplete is absent, never zero.

    Where ``basis`` is ``month``, a value is the month's count x 7 / days of the month: its mean is the weekly mean,
    but months spread less than weeks, so a centile of the values is not one of weeks. Use ``dispersion`` for that.

    ``activity`` has the index of ``history`` and the columns referrals, seen, dna and list_size: the counts of the
    whole period, NaN where not known; and ``derived``: whether the referrals are seen + change in list size.
    ``derived`` is whether any are. ``daily`` has one value for each day given, of the weeks sized from; it is empty
    without daily rows.
    """

    series: str
    counts: pd.Series[float]
    census: bool
    history: pd.Series[float]
    basis: Basis
    days_in_period: pd.Series[int]
    activity: pd.DataFrame
    daily: pd.Series[float]
    derived: bool = False
    rebased_on: dt.date | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def starts(self) -> list[dt.date]:
        """First day of each period of ``history``."""
        return list(pd.DatetimeIndex(self.history.index).date)

    @property
    def dispersion(self) -> float | None:
        """Dispersion of weekly counts: variance / mean; None for fewer than two periods or a mean of zero.

        A count M over w weeks has mean λw and, if weeks are independent, variance φλw, so that
        φ = Σ (M - λw)² / (λw) / (n - 1). With whole weeks (w = 1) this is the plain variance / mean.
        """
        if len(self.counts) < 2:
            return None
        weeks = np.ones(len(self.counts))
        if not self.census:
            weeks = self.days_in_period.loc[self.counts.index].to_numpy() / DAYS_PER_WEEK
        found = self.counts.to_numpy() * weeks
        expected = found.sum() / weeks.sum() * weeks
        if expected.sum() <= 0:
            return None
        return float(((found - expected) ** 2 / expected).sum() / (len(found) - 1))


def weekly_series(
    rows: Iterable[DemandRow], rebase: Mapping[str, dt.date] = NO_REBASE, numbers: Mapping[str, int] = NO_NUMBERS
) -> dict[str, WeeklySeries]:
    """Return every series of the rows as weekly rates.

    A weekly row counts for the week its date falls in. Daily rows are added up (a census is averaged) over weeks in
    which every day is given. A month is turned into a weekly rate. Referrals that are blank are worked out from
    seen + change in list size where both are given.

    Parameters
    ----------
    rows
        Rows of demand.csv, in any order.
    rebase
        Series -> date of a confirmed change of level: periods before the one of this date are not sized from.
    numbers
        Excel rows as in ``service.origin.rows``; with them findings name the row.

    Raises
    ------
    InputError
        Where a period is given twice, or one series has months beside weeks or days.
    """
    by_series: dict[str, list[DemandRow]] = defaultdict(list)
    for row in rows:
        by_series[row.series].append(row)
    _refuse_duplicates(by_series)
    return {
        series: _one_series(series, of_series, rebase.get(series), numbers) for series, of_series in by_series.items()
    }


def no_weeks(series: str) -> WeeklySeries:
    """Return a series of which nothing is known."""
    return _one_series(series, [], None, NO_NUMBERS)


def growth_factor(rate: float, weeks: pd.DatetimeIndex, year_starts: dt.date, last_days: int = 7) -> float:
    """What a level has grown by at the plan year: (1 + rate) to the power of the years between.

    The years run from the middle of the weeks used to the middle of the plan year. ``rate`` is a year, above -1;
    ``weeks`` are first days of periods and may not be empty; the last period has ``last_days``. Formula:
    docs/formulas/growth.md.
    """
    length = (weeks[-1] - weeks[0]) / pd.Timedelta(days=1) + last_days
    start = (pd.Timestamp(year_starts) - weeks[0]) / pd.Timedelta(days=1)
    years = (start + DAYS_PER_YEAR / 2 - length / 2) / DAYS_PER_YEAR
    return float((1 + rate) ** years)


def _refuse_duplicates(by_series: dict[str, list[DemandRow]]) -> None:
    faults = []
    for series, rows in by_series.items():
        seen: set[tuple[str, dt.date]] = set()
        daily_weeks = {monday(row.start) for row in rows if row.period == "day"}
        for row in rows:
            start = start_of(row.start, row.period)
            if (row.period, start) in seen or (row.period == "week" and start in daily_weeks):
                found = f"{plain_date(row.start)} given twice for series {series}"
                faults.append(Fault(SOURCE, None, DATED_BY[row.period], found, "each month, week or day once", series))
            seen.add((row.period, start))
        periods = {row.period for row in rows}
        if "month" in periods and len(periods) > 1:
            allowed = "months alone, or weeks and days, in one series"
            faults.append(Fault(SOURCE, None, "month", "months beside weeks or days", allowed, series))
    if faults:
        raise InputError(faults)


def _one_series(series: str, rows: list[DemandRow], rebase: dt.date | None, numbers: Mapping[str, int]) -> WeeklySeries:
    """Build one series: whole periods, blanks worked out from activity, then the rebase."""
    census = any(row.census is not None for row in rows)
    basis: Basis = "month" if any(row.period == "month" for row in rows) else "week"
    periods, partial, findings = _periods(series, rows)
    if census and any(row.referrals is not None for row in rows):
        message = "has both a census and referrals; only the census is used"
        findings.insert(0, Finding("mixed_measures", series, message, source=SOURCE))
    derived, of_activity = _fill_from_activity(series, periods, basis) if not census else ([], [])
    findings += of_activity
    level = "census" if census else "referrals"
    whole = sorted(start for start, values in periods.items() if values.get(level) is not None)
    findings += gap_findings(series, set(whole), partial, excel_rows(rows, basis, numbers), basis)
    index = pd.DatetimeIndex(pd.to_datetime(whole), name="week_starting" if basis == "week" else "month")
    days = np.array([_days_in(start, basis) for start in whole], dtype=int)
    values = np.array([periods[start][level] for start in whole], dtype=float)
    rate = values if census else values * DAYS_PER_WEEK / days
    history = pd.Series(rate, index=index, name=series)
    counts, daily, of_rebase = _rebased(series, history, _daily(rows, level, series), rebase, basis)
    known = np.array([[periods[start].get(name) for name in ACTIVITY] for start in whole], dtype=float)
    activity = pd.DataFrame(known.reshape(-1, len(ACTIVITY)), index, list(ACTIVITY))
    return WeeklySeries(
        series=series,
        counts=counts,
        census=census,
        history=history,
        basis=basis,
        days_in_period=pd.Series(days, index=index, name="days"),
        activity=activity.assign(derived=index.isin(pd.to_datetime(derived))),
        daily=daily,
        derived=bool(derived),
        rebased_on=rebase,
        findings=(*findings, *of_rebase),
    )


Values = dict[str, float | None]


def _periods(series: str, rows: list[DemandRow]) -> tuple[dict[dt.date, Values], set[dt.date], list[Finding]]:
    """Values of each whole week or month, the weeks of daily rows that are not whole, and what was assumed."""
    periods: dict[dt.date, Values] = {}
    by_week: dict[dt.date, list[DemandRow]] = defaultdict(list)
    for row in rows:
        if row.period == "day":
            by_week[monday(row.start)].append(row)
        else:
            periods[start_of(row.start, row.period)] = {name: getattr(row, name) for name in (*ACTIVITY, "census")}
    expected, findings = _expected_days(series, by_week)
    partial = set()
    for week, days in by_week.items():
        if {row.start.weekday() for row in days if _counted(row)} >= expected:
            periods[week] = _week_of(sorted(days, key=lambda row: row.start))
        else:
            partial.add(week)
    return periods, partial, findings


def _counted(row: DemandRow) -> bool:
    """Whether the row says how many patients came, or were there."""
    return row.referrals is not None or row.census is not None or row.seen is not None


def _week_of(days: list[DemandRow]) -> Values:
    """Values of a whole week of daily rows: flows added up, a census averaged, the list as on the last day."""
    week: Values = {name: _total([getattr(row, name) for row in days]) for name in ("referrals", "seen", "dna")}
    census = _total([row.census for row in days])
    week["census"] = None if census is None else census / len(days)
    week["list_size"] = days[-1].list_size
    return week


def _total(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _expected_days(series: str, by_week: dict[dt.date, list[DemandRow]]) -> tuple[frozenset[int], list[Finding]]:
    """Weekdays a whole week has, and what was assumed about them."""
    ever = frozenset(row.start.weekday() for days in by_week.values() for row in days if _counted(row))
    if ever in (frozenset(), EVERY_DAY) or len(by_week) < WEEKS_TO_TRUST_A_PATTERN:
        return EVERY_DAY, []
    if ever == WORKING_DAYS:
        message = "has daily rows for Monday to Friday only; a week is taken as whole when it has these five days"
        return ever, [Finding("working_days_only", series, message, source=SOURCE)]
    named = ", ".join(DAYS[day] for day in sorted(ever))
    message = f"has daily rows for {named} only; a week is taken as whole when it has these days"
    return ever, [Finding("some_days_only", series, message, source=SOURCE)]


def _fill_from_activity(
    series: str, periods: dict[dt.date, Values], basis: Basis
) -> tuple[list[dt.date], list[Finding]]:
    """Fill blank referrals with seen + change in list size (Gooroo), and say which."""
    filled: list[dt.date] = []
    negative: list[dt.date] = []
    ordered = sorted(periods)
    for before, start in zip([None, *ordered], ordered, strict=False):
        values = periods[start]
        seen, after = values.get("seen"), values.get("list_size")
        if values.get("referrals") is not None or seen is None or after is None:
            continue
        adjacent = before is not None and not starts_between(before, start, basis)
        earlier = periods[before].get("list_size") if adjacent and before is not None else None
        if earlier is None:
            continue
        if seen + after - earlier < 0:
            negative.append(start)
            continue
        values["referrals"] = seen + after - earlier
        filled.append(start)
    findings = []
    if filled:
        message = (
            f"referrals of {counted(len(filled), basis)} are worked out as seen + change in list size; patients who "
            "left the list unseen are not in them"
        )
        findings.append(Finding("referrals_derived", series, message, counted(len(filled), basis), source=SOURCE))
    if negative:
        message = (
            "seen + change in list size is below zero, so referrals are not known, in "
            f"{name_runs(negative, basis)}: patients were removed from the list, or a number is wrong"
        )
        findings.append(Finding("impossible_row", series, message, counted(len(negative), basis), source=SOURCE))
    return filled, findings


def _rebased(
    series: str, history: pd.Series[float], daily: pd.Series[float], rebase: dt.date | None, basis: Basis
) -> tuple[pd.Series[float], pd.Series[float], list[Finding]]:
    """Periods and days from a confirmed change of level on, and the finding that says so."""
    if rebase is None:
        return history, daily, []
    first = pd.Timestamp(start_of(rebase, basis))
    counts = history[history.index >= first]
    left_out = len(history) - len(counts)
    if not left_out:
        return counts, daily, []
    message = (
        f"{counted(left_out, basis)} before {plain_date(first)} {'is' if left_out == 1 else 'are'} left out: "
        "[rebase] confirms a change of level then"
    )
    found = f"{len(counts)} of {counted(len(history), basis)} used"
    finding = Finding("rebased", series, message, found, source="service.toml [rebase]")
    return counts, daily[daily.index >= first], [finding]


def _daily(rows: list[DemandRow], level: str, series: str) -> pd.Series[float]:
    given = sorted(
        (row.start, value) for row in rows if row.period == "day" and (value := getattr(row, level)) is not None
    )
    index = pd.DatetimeIndex(pd.to_datetime([day for day, _ in given]), name="date")
    return pd.Series([value for _, value in given], index=index, dtype=float, name=series)


def _days_in(start: dt.date, basis: Basis) -> int:
    return DAYS_PER_WEEK if basis == "week" else calendar.monthrange(start.year, start.month)[1]
