"""Sizing by day: what a same-day promise asks of each weekday, which a weekly total cannot show.

From daily rows each weekday is sized on its own counts. From weekly (or monthly) totals and a day profile, a day is
a thinned week: a negative-binomial week of mean λ and dispersion φ of which each patient falls on day d with
probability p is, on that day, negative binomial with mean λp and dispersion 1 + (φ - 1)p.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from capacity.demand.centiles import Periods
from capacity.demand.centiles import centile as centile_of
from capacity.demand.estimators import counting_centile
from capacity.demand.series import WeeklySeries
from capacity.errors import Finding
from capacity.service.cells import plain
from capacity.service.model import Estimator
from capacity.units import DAYS, day_of

SOURCE = "docs/formulas/days.md"
FEWEST_DAYS = 13
"""Fewer of a weekday are too few to trust its centile."""
COLUMNS = {"day": "str", "days": "int64", "mean": "float64", "share": "float64", "dispersion": "float64",
           "centile": "float64"}  # fmt: skip


@dataclass(frozen=True)
class DaySizing:
    """Demand of a series by weekday, in patients a day.

    ``by_day`` has a row for each weekday with demand, Monday first: ``day``; ``days``, how many of them were counted
    (0 from a profile); ``mean``; ``share`` of the week's mean; ``dispersion``, variance / mean of the day's counts
    (NaN where not known); and ``centile``, the level that day is sized at. ``weekly_centile`` is what the weekly
    total alone would give, None where no whole period is known. ``share`` is the centile asked for.
    """

    series: str
    basis: Literal["daily", "profile"]
    share: float
    by_day: pd.DataFrame
    weekly_centile: float | None
    findings: tuple[Finding, ...] = ()

    @property
    def mean(self) -> float:
        """Mean of the whole week: the sum of the days' means."""
        return float(self.by_day["mean"].sum())

    @property
    def total(self) -> float:
        """What the week takes when each day is sized by itself: the sum of the days' centiles."""
        return float(self.by_day["centile"].sum())

    @property
    def needs(self) -> dict[str, float]:
        """Level of each day, in order of the week."""
        return {str(day): float(level) for day, level in zip(self.by_day["day"], self.by_day["centile"], strict=True)}

    @property
    def sentence(self) -> str:
        """What the reader is told: the days, and what the weekly total would have hidden."""
        days = ", ".join(f"{day} {level:.1f}" for day, level in self.needs.items())
        said = f"Sized by day at the {self.share:.0%} centile the week takes {self.total:.1f} ({days})"
        if self.weekly_centile is None:
            return f"{said}."
        peak = max(self.needs, key=self.needs.__getitem__)
        even = self.weekly_centile / len(self.by_day)
        return (
            f"{said}; the weekly total alone would give {self.weekly_centile:.1f}, or {even:.1f} a day, and cannot "
            f"show that {peak} needs {self.needs[peak]:.1f}."
        )


def size_by_day(
    series: WeeklySeries,
    centile: float,
    profile: Mapping[str, float] | None = None,
    factor: float = 1.0,
    open_days: Sequence[str] = DAYS,
    estimator: Estimator = "excel",
) -> DaySizing | None:
    """Size a series by weekday, from its daily rows where it has them, else from its totals and a day profile.

    Parameters
    ----------
    series
        The series, with ``daily`` where it was counted by day.
    centile
        Share of days on which demand is to be within the level, such as 0.8. Daily rows: the centile of that
        weekday's counts by ``estimator``. Profile: the least whole number that the thinned week reaches.
    profile
        Share of the week by day (``Mon`` ...), as in ``[day_profile]``; scaled to add up to 1.
    factor
        The part of the series that is meant, times growth: counts and means are multiplied by it, and the dispersion
        of totals is kept.
    open_days
        Days on which the service runs. Demand of other days is met on the next open day.
    estimator
        How the centile of counts is taken ([sizing] of service.toml).

    Returns
    -------
    DaySizing or None
        None where the series has neither daily rows nor a profile: a weekly total alone cannot be sized by day. None
        too where nothing is counted.

    Raises
    ------
    ValueError
        For a centile outside 0 to 1, no open day, or a profile without a positive share.
    """
    if not 0 < centile < 1:
        raise ValueError(f"centile is a share between 0 and 1, not {centile}")
    if not set(open_days) & set(DAYS):
        raise ValueError("no day on which the service runs")
    weekly = _weekly_centile(series, centile, factor, estimator)
    if len(series.daily):
        by_day = _from_daily(series.daily, factor, open_days, lambda days: centile_of(days, centile, estimator))
        if by_day.empty:
            return None
        return DaySizing(series.series, "daily", centile, by_day, weekly, tuple(_few_days(series.series, by_day)))
    if profile and len(series.counts):
        by_day = _from_profile(series, centile, profile, factor, open_days)
        message = "sized by day from totals and the day profile: days are taken as parts of one week, at random"
        finding = Finding("day_profile_used", series.series, message, source="service.toml [day_profile]")
        return DaySizing(series.series, "profile", centile, by_day, weekly, (finding,))
    return None


def weekly_total_warning(series: str) -> Finding:
    """Say that a same-day promise was sized on weekly totals, and what to give instead."""
    message = (
        "the promise is the same day, and a weekly total cannot show a Monday peak: give daily rows in demand.csv, or "
        f"[day_profile.{series}] in service.toml"
    )
    return Finding("daily_promise_sized_weekly", series, message, source=SOURCE)


def thinned_dispersion(dispersion: float, share: float) -> float:
    """Dispersion of a part of a count: 1 + (φ - 1) x share.

    Each patient belongs to the part with probability ``share``: the mean becomes λp and the variance
    λp + (φ - 1) λ p², so that variance / mean is 1 + (φ - 1) p.
    """
    return 1 + (dispersion - 1) * share


def moved_to_open_days(shares: Mapping[str, float], open_days: Sequence[str]) -> dict[str, float]:
    """Shares by open day: those of closed days are added to the next open day (Sunday's to Monday)."""
    moved = {day: 0.0 for day in DAYS if day in open_days}
    for day, share in shares.items():
        moved[DAYS[_next_open(DAYS.index(day), open_days)]] += share
    return moved


def spread_cell(needs: Mapping[str, float], slots: Sequence[str]) -> str:
    """Write sessions by day as the ``spread`` of activities.csv: ``Mon AM=2.1;Tue AM=1.6``.

    A day's sessions are divided equally over its half-days among ``slots``; a day that needs nothing is left out.

    Raises
    ------
    ValueError
        Where a day needs sessions and none of ``slots`` is on it; it names the days.
    """
    by_day = {day: [slot for slot in slots if day_of(slot) == day] for day in needs}
    lost = [day for day, sessions in needs.items() if sessions > 0 and not by_day[day]]
    if lost:
        raise ValueError(f"no half-day on {', '.join(lost)}, where there is demand")
    parts = [
        f"{slot}={plain(round(needs[day] / len(of_day), 2))}"
        for day, of_day in by_day.items()
        for slot in of_day
        if round(needs[day] / len(of_day), 2) > 0
    ]
    return ";".join(parts)


def _weekly_centile(series: WeeklySeries, centile: float, factor: float, estimator: Estimator) -> float | None:
    if not len(series.counts):
        return None
    if series.basis == "week":
        return centile_of(Periods(series.counts.to_numpy() * factor, factor or 1.0), centile, estimator)
    mean = float(series.counts.mean())
    return counting_centile(mean, series.dispersion or 1.0, centile) * factor


def _from_daily(
    daily: pd.Series[float], factor: float, open_days: Sequence[str], level_of: Callable[[Periods], float]
) -> pd.DataFrame:
    """Counts of each weekday, sized by themselves; those of closed days come on the next open day."""
    values = daily.to_numpy(dtype=float) * factor
    dates = pd.DatetimeIndex(daily.index)
    weekdays = dates.day_of_week.to_numpy()
    waits = np.array([(_next_open(day, open_days) - day) % 7 for day in range(7)])
    served = dates.to_numpy() + waits[weekdays].astype("timedelta64[D]")
    days, place = np.unique(served, return_inverse=True)
    total = np.bincount(place, values)
    counted = np.bincount(place)
    of_day = pd.DatetimeIndex(days).day_of_week.to_numpy()
    ever = sorted(set(weekdays.tolist()))
    rows: list[dict[str, Any]] = []
    for day in sorted(set(of_day.tolist())):
        expected = sum(1 for weekday in ever if (weekday + waits[weekday]) % 7 == day)
        whole = total[(of_day == day) & (counted == expected)]
        if whole.size:
            rows.append(_row_of(DAYS[day], Periods(whole, factor or 1.0), level_of))
    return _frame(rows)


def _row_of(day: str, counts: Periods, level_of: Callable[[Periods], float]) -> dict[str, Any]:
    values, mean = counts.amounts, float(counts.amounts.mean())
    known = values.size > 1 and mean > 0
    dispersion = float(values.var(ddof=1)) / mean if known else float("nan")
    level = level_of(counts)
    return {"day": day, "days": values.size, "mean": mean, "dispersion": dispersion, "centile": level}


def _from_profile(
    series: WeeklySeries, centile: float, profile: Mapping[str, float], factor: float, open_days: Sequence[str]
) -> pd.DataFrame:
    """Days as parts of a thinned week."""
    whole = sum(profile.values())
    if whole <= 0:
        raise ValueError("the day profile has no positive share")
    mean = float(series.counts.mean())
    dispersion = 1.0 if series.dispersion is None else series.dispersion
    rows = []
    for day, share in moved_to_open_days(profile, open_days).items():
        part = share / whole
        if part > 0:
            of_day = thinned_dispersion(dispersion, part)
            level = counting_centile(mean * part * factor, of_day, centile)
            rows.append({"day": day, "days": 0, "mean": mean * part * factor, "dispersion": of_day, "centile": level})
    return _frame(rows)


def _next_open(day: int, open_days: Sequence[str]) -> int:
    return next((day + step) % 7 for step in range(7) if DAYS[(day + step) % 7] in open_days)


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    total = sum(row["mean"] for row in rows)
    frame = pd.DataFrame(
        [{**row, "share": row["mean"] / total if total else 0.0} for row in rows], columns=list(COLUMNS)
    )
    return frame.astype(COLUMNS)


def _few_days(series: str, by_day: pd.DataFrame) -> list[Finding]:
    few = by_day[by_day["days"] < FEWEST_DAYS]
    if few.empty:
        return []
    listed = ", ".join(f"{day} {days}" for day, days in zip(few["day"], few["days"], strict=True))
    message = f"fewer than {FEWEST_DAYS} of a weekday are counted ({listed}): its centile is a guess"
    return [Finding("few_days", series, message, source=SOURCE)]
