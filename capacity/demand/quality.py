"""Is a series fit to size from? Findings on the rows of demand.csv, each naming the Excel row it is about.

A finding changes no figure: the row is still counted, and the reader corrects it or knows why it is right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from capacity.demand.gaps import SOURCE, name_months, plain_date
from capacity.demand.series import WeeklySeries, weekly_series
from capacity.demand.suspect import FEWEST, Counts, glued_years, hidden_totals, outliers, repeated_runs
from capacity.errors import Finding
from capacity.service.bank_holidays import bank_holidays
from capacity.service.model import DemandRow, Period, Service
from capacity.service.series import start_of, starts_between

SHOWN = 6
APART = 0.05
FEWEST_TO_COMPARE = 4
XMR_FACTOR = 2.66
EDGE_SHARE = 0.6
"""A first or last period is called partial only below this share of the median of those next to it."""
SATURDAY = 5
NEIGHBOURS = 4
"""Periods on each side that a week with a bank holiday, or a first or last period, is compared with."""
LOW_SHARE = 0.9
HOLIDAY_CHANCE = 0.01
"""Two-sided p of weeks with a bank holiday being like the others, below which they are said to be lower."""
FEWEST_ZEROS = 4
ZEROS_EXPECTED = 10
"""Zeros at the end are said where at least this many patients would have come in those periods."""
FEWEST_FOR_TREND = 13
TREND_T = -4.0
TREND_YEARS = 1.0
MOST_SERIES_FOR_PAIRS = 20


@dataclass(frozen=True)
class _Lines:
    """The rows of one series in order of time, with their Excel rows where the service was read from a file."""

    series: WeeklySeries
    rows: list[DemandRow]
    numbers: list[int | None]
    holidays: Mapping[dt.date, str] = field(default_factory=dict)

    def where(self, place: int) -> str:
        """Name one row: ``row 14 (week of 5 January 2026)``."""
        row, number = self.rows[place], self.numbers[place]
        period = _period(row.start, row.period)
        return period if number is None else f"row {number} ({period})"

    def of_period(self, start: dt.date) -> str:
        """Name the first row of a week or month of the series."""
        basis = self.series.basis
        for place, row in enumerate(self.rows):
            if start_of(row.start, basis) == start:
                number = self.numbers[place]
                return _period(start, basis) if number is None else f"row {number} ({_period(start, basis)})"
        return _period(start, basis)

    def span(self, first: int, last: int) -> str:
        """Name a run of rows: ``rows 2 to 14``."""
        low, high = self.numbers[first], self.numbers[last]
        if low is None or high is None:
            return f"{_period(self.rows[first].start, 'day')} to {_period(self.rows[last].start, 'day')}"
        return f"rows {min(low, high)} to {max(low, high)}"

    def column(self, name: str) -> tuple[list[int], Counts]:
        """Places and values of the rows that fill a column."""
        places = [place for place, row in enumerate(self.rows) if getattr(row, name) is not None]
        return places, np.array([getattr(self.rows[place], name) for place in places], dtype=float)


def quality_findings(service: Service, series: Mapping[str, WeeklySeries] | None = None) -> tuple[Finding, ...]:
    """Return everything about the rows of demand.csv that a reader should look at, series by series.

    Rules: ``impossible_row`` (DNA above attendances), ``year_glued_on``, ``hidden_total``, ``outlier``,
    ``repeated_weeks``, ``may_be_partial`` (first or last period), ``bank_holiday_weeks``, ``activity_differs`` (more
    than 5 % from referrals), ``all_zero``, ``constant_series``, ``ends_in_zeros``, ``falling_to_zero``, and
    ``series_is_total`` (one series is the sum of others). Gaps and partial weeks by date are findings of the series.

    Parameters
    ----------
    service
        The service; ``origin`` gives the Excel rows.
    series
        ``weekly_series`` of its demand, where already worked out.
    """
    known = weekly_series(service.demand, service.rebase, service.origin.rows) if series is None else series
    rows: dict[str, list[DemandRow]] = {}
    for row in service.demand:
        rows.setdefault(row.series, []).append(row)
    found: list[Finding] = []
    for name, of_series in rows.items():
        if name in known:
            lines = _lines(service, known[name], sorted(of_series, key=lambda row: row.start))
            found += [finding for rule in RULES for finding in rule(lines)]
    return (*found, *_totals_of_series(known))


def _lines(service: Service, series: WeeklySeries, rows: list[DemandRow]) -> _Lines:
    numbers = service.origin.rows
    first, last = rows[0].start, rows[-1].start + dt.timedelta(days=6)
    return _Lines(
        series,
        rows,
        [numbers.get(f"demand/{row.series}/{row.start.isoformat()}") for row in rows],
        bank_holidays(service, first, last),
    )


def _period(start: dt.date, period: Period) -> str:
    if period == "month":
        return name_months([start])
    return plain_date(start) if period == "day" else f"week of {plain_date(start)}"


def _listed(parts: Sequence[str]) -> str:
    rest = len(parts) - SHOWN
    return "; ".join(parts[:SHOWN]) + (f"; and {rest} more" if rest > 0 else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _finding(rule: str, lines: _Lines, message: str, parts: Sequence[str] = (), found: str = "") -> Finding:
    text = f"{message}: {_listed(parts)}" if parts else message
    return Finding(rule, lines.series.series, text, found or (f"{len(parts)} rows" if parts else ""), source=SOURCE)


def dna_above_seen(lines: _Lines) -> Iterator[Finding]:
    """More patients did not attend than attended: hardly possible in a clinic."""
    parts = [
        f"{lines.where(place)} has {row.dna:,} DNA and {row.seen:,} seen"
        for place, row in enumerate(lines.rows)
        if row.dna is not None and row.seen is not None and row.dna > row.seen
    ]
    if parts:
        yield _finding("impossible_row", lines, "more patients did not attend than were seen", parts)


def wrong_counts(lines: _Lines) -> Iterator[Finding]:
    """A year glued on, a total among the rows, a huge count: each suspected once, in every column of counts."""
    for column in ("referrals", "census", "seen", "dna"):
        places, values = lines.column(column)
        glued = glued_years(values, [lines.rows[place].start.year for place in places])
        if glued:
            parts = [
                f"{lines.where(places[at])} has {values[at]:.0f}, perhaps {rest} with the year {year}"
                for at, (rest, year) in glued.items()
            ]
            yield _finding("year_glued_on", lines, f"{column} with a year written onto the count", parts)
        rest = [at for at in range(len(places)) if at not in glued]
        kept, places = values[rest], [places[at] for at in rest]
        totals = hidden_totals(kept)
        if totals:
            parts = [
                f"{lines.where(places[at])} has {_number(kept[at])}, the sum of {lines.span(places[low], places[high])}"
                for at, (low, high) in totals.items()
            ]
            yield _finding("hidden_total", lines, f"{column} that are totals of other rows", parts)
        high = [at for at in outliers(kept) if at not in totals]
        if high:
            parts = [f"{lines.where(places[at])} has {_number(kept[at])}" for at in high]
            usual = f"half of the others are at most {_number(float(np.median(kept)))}"
            yield _finding("outlier", lines, f"{column} far above all others ({usual})", parts)


def repeated_weeks(lines: _Lines) -> Iterator[Finding]:
    """A run of periods that stands in the series twice, under different dates."""
    history = lines.series.history
    starts = lines.series.starts
    parts = [
        f"{length} {lines.series.basis}s from {lines.of_period(starts[second])} are those from "
        f"{lines.of_period(starts[first])} again"
        for first, second, length in repeated_runs(history.to_numpy())
    ]
    if parts:
        yield _finding("repeated_weeks", lines, "the same counts stand under different dates", parts)


def partial_edges(lines: _Lines) -> Iterator[Finding]:
    """A first or last period far below those next to it: perhaps not a whole one. Bank holidays explain theirs."""
    history = lines.series.history
    values, basis, dates = history.to_numpy(), lines.series.basis, lines.series.starts
    if len(values) <= FEWEST:
        return
    parts = []
    for edge, rest in ((0, values[1:]), (-1, values[:-1])):
        limit = rest.mean() - XMR_FACTOR * np.abs(np.diff(rest)).mean()
        near = rest[: 2 * NEIGHBOURS] if edge == 0 else rest[-2 * NEIGHBOURS :]
        start = dates[edge]
        explained = basis == "week" and start in _holiday_weeks(lines)
        if values[edge] < min(limit, EDGE_SHARE * float(np.median(near))) and not explained:
            usual = _number(float(np.median(near)))
            parts.append(f"{lines.of_period(start)} has {_number(values[edge])}, where {usual} is usual next to it")
    if parts:
        message = f"the first or last {basis} is far below the rest and may be partial"
        yield _finding("may_be_partial", lines, message, parts, f"{len(parts)} {basis}s")


def bank_holiday_weeks(lines: _Lines) -> Iterator[Finding]:
    """Weeks with a bank holiday on a weekday that are below the weeks around them, for information."""
    series = lines.series
    if series.basis != "week" or len(series.history) <= FEWEST:
        return
    mondays = _holiday_weeks(lines)
    values = series.history.to_numpy()
    starts = series.starts
    with_holiday = np.array([start in mondays for start in starts])
    ratios, parts = [], []
    for place in np.flatnonzero(with_holiday):
        around = np.r_[max(0, place - NEIGHBOURS) : min(len(values), place + NEIGHBOURS + 1)]
        usual = values[around[~with_holiday[around]]]
        if usual.size == 0 or usual.mean() == 0:
            continue
        ratios.append(values[place] / usual.mean())
        if values[place] < min(LOW_SHARE * usual.mean(), usual.mean() - np.sqrt(usual.mean())):
            parts.append(f"{lines.of_period(starts[place])} {_number(values[place])}")
    if len(parts) >= 2 and np.mean(ratios) < 1 - APART and ttest_1samp(ratios, 1).pvalue < HOLIDAY_CHANCE:
        message = (
            f"weeks with a bank holiday are {1 - np.mean(ratios):.0%} below the weeks around them on average "
            f"({len(parts)} of {len(ratios)} clearly); they are kept"
        )
        yield _finding("bank_holiday_weeks", lines, message, parts, f"{len(parts)} of {len(ratios)} weeks")


def _holiday_weeks(lines: _Lines) -> set[dt.date]:
    return {start_of(day, "week") for day in lines.holidays if day.weekday() < SATURDAY}


def activity_differs(lines: _Lines) -> Iterator[Finding]:
    """Attendances plus change in list more than 5 % from referrals (Gooroo: they should be equal)."""
    known = lines.series.activity
    flows = known["referrals"].notna() & known["seen"].notna() & ~known["derived"]
    run = _longest_run(flows.to_numpy(), lines.series)
    if len(run) < FEWEST_TO_COMPARE:
        return
    part = known.iloc[run]
    listed = np.flatnonzero(part["list_size"].notna().to_numpy())
    with_list = listed.size > 1 and listed[-1] - listed[0] >= FEWEST_TO_COMPARE
    change = 0.0
    if with_list:
        change = float(part["list_size"].iloc[listed[-1]] - part["list_size"].iloc[listed[0]])
        part = part.iloc[listed[0] + 1 : listed[-1] + 1]
    referrals, activity = float(part["referrals"].sum()), float(part["seen"].sum()) + change
    if referrals <= 0 or abs(activity - referrals) <= APART * referrals:
        return
    what = "seen + change in list size" if with_list else "seen (no list size is given)"
    first, last = (stamp.date() for stamp in (part.index[0], part.index[-1]))
    share = (activity - referrals) / referrals
    message = (
        f"{what} is {_number(activity)} and referrals are {_number(referrals)} from {lines.of_period(first)} to "
        f"{lines.of_period(last)}: {abs(share):.0%} {'more' if share > 0 else 'fewer'}. "
        + ("Patients leave the list unseen, or a number is wrong" if share < 0 else "Not all referrals are counted")
    )
    yield _finding("activity_differs", lines, message, found=f"{share:+.1%}")


def _longest_run(known: NDArray[np.bool_], series: WeeklySeries) -> list[int]:
    """Positions of the longest run of adjacent periods for which something is known."""
    starts = series.starts
    best: list[int] = []
    run: list[int] = []
    for place in map(int, np.flatnonzero(known)):
        adjacent = run and not starts_between(starts[run[-1]], starts[place], series.basis)
        run = [*run, place] if adjacent else [place]
        best = run if len(run) > len(best) else best
    return best


def shapes(lines: _Lines) -> Iterator[Finding]:
    """A series that is all zero, constant, ends in zeros or falls to zero: said in words, still sized."""
    values, basis = lines.series.history.to_numpy(), lines.series.basis
    if len(values) and not values.any():
        message = f"all {len(values)} counts are zero: there is no demand to size for"
        yield _finding("all_zero", lines, message, found=f"{len(values)} {basis}s")
        return
    if len(values) >= FEWEST and np.ptp(lines.column(_level(lines))[1]) == 0:
        message = f"all {len(values)} counts are {_number(values[0])}: a plan or an average, perhaps, and not a count"
        yield _finding("constant_series", lines, message, found=f"{len(values)} {basis}s")
        return
    zeros = int(np.argmax(values[::-1] > 0)) if len(values) else 0
    if zeros >= FEWEST_ZEROS and zeros * values[:-zeros].mean() >= ZEROS_EXPECTED:
        first = lines.of_period(lines.series.history.index[-zeros].date())
        message = (
            f"the last {zeros} {basis}s, from {first}, are zero after a mean of {values[:-zeros].mean():.1f} a week: "
            "the service stopped, or the counting did"
        )
        yield _finding("ends_in_zeros", lines, message, found=f"{zeros} {basis}s")
    elif len(values) >= FEWEST_FOR_TREND:
        yield from _falling(lines)


def _level(lines: _Lines) -> str:
    if lines.series.census:
        return "census"
    return "seen" if lines.series.derived else "referrals"


def _falling(lines: _Lines) -> Iterator[Finding]:
    """A straight line that falls to zero within a year of the last period."""
    history = lines.series.history
    values = history.to_numpy()
    years = ((history.index - history.index[0]) / pd.Timedelta(days=365.25)).to_numpy()
    centred = years - years.mean()
    slope = float(centred @ values / (centred @ centred))
    level = float(values.mean() + slope * centred[-1])
    left = values - values.mean() - slope * centred
    error = float(np.sqrt(left @ left / (len(values) - 2) / (centred @ centred)))
    if slope < 0 and slope < TREND_T * error and level < -slope * TREND_YEARS:
        when = f"zero within {12 * level / -slope:.0f} months" if level > 0 else "zero by now"
        message = (
            f"falls by {-slope:.1f} a week each year, on a straight line {when}: the mean of {values.mean():.1f} is of "
            "the past; rebase the series, or give a growth_rate"
        )
        yield _finding("falling_to_zero", lines, message, found=f"{slope:+.1f} a year")


RULES = (
    dna_above_seen,
    wrong_counts,
    repeated_weeks,
    partial_edges,
    bank_holiday_weeks,
    activity_differs,
    shapes,
)
"""Every rule on one series, in the order in which findings are given."""


def _totals_of_series(series: Mapping[str, WeeklySeries]) -> Iterator[Finding]:
    """Series that are the sum of all other series, or of two others: the same patients counted twice."""
    counted = {name: one for name, one in series.items() if not one.census and len(one.history) >= FEWEST}
    bases = {one.basis for one in counted.values()}
    for basis in sorted(bases):
        frame = pd.DataFrame({name: one.history for name, one in counted.items() if one.basis == basis}).dropna()
        if frame.shape[1] < 3 or len(frame) < FEWEST:
            continue
        said = set()
        everything = frame.sum(axis=1)
        for name in frame.columns:
            if np.ptp(frame[name].to_numpy()) > 0 and np.allclose(2 * frame[name], everything, atol=1e-6):
                said.add(name)
                yield _total_of(str(name), "all other series together")
        for name, first, second in _pair_sums(frame) if frame.shape[1] <= MOST_SERIES_FOR_PAIRS else ():
            if name not in said:
                said.add(name)
                yield _total_of(name, f"{first} and {second} together")


def _pair_sums(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    values = frame.to_numpy()
    names = [str(name) for name in frame.columns]
    for low in range(len(names)):
        for high in range(low + 1, len(names)):
            if not (values[:, low].any() and values[:, high].any()):
                continue
            equal = np.isclose(values, (values[:, low] + values[:, high])[:, None], atol=1e-6).all(axis=0)
            for place in np.flatnonzero(equal):
                if np.ptp(values[:, place]) > 0:
                    yield names[place], names[low], names[high]


def _total_of(name: str, whole: str) -> Finding:
    message = f"is {whole} in every period: the same patients counted twice, if streams draw on them all"
    return Finding("series_is_total", name, message, source=SOURCE)
