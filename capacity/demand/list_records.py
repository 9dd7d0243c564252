"""A waiting list read from its records: who was referred when, and who left the list when. Weeks throughout.

The rules are those of the R package NHSRwaitinglist, whose published test values are tests here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DAYS_A_WEEK = 7
Dates = Sequence[dt.date]
Removals = Sequence[dt.date | None]


@dataclass(frozen=True)
class RemovalRate:
    """Patients taken off the list a week, the coefficient of variation of the gaps between them, and their number.

    ``per_week`` is None where nobody was removed or all were on the first day, ``cv`` where no gap is known.
    """

    per_week: float | None
    cv: float | None
    count: int


def size_by_day(
    referred: Dates, removed: Removals, start: dt.date | None = None, end: dt.date | None = None
) -> pd.Series[int]:
    """Return the size of the list at the end of each day, indexed by day.

    Parameters
    ----------
    referred
        Date each patient joined.
    removed
        Date each left the list, None for those still on it; as many as ``referred``.
    start, end
        First and last day shown, the first and last referral by default. Whoever joined before ``start`` and has not
        left by then is on the list from the first day.

    Raises
    ------
    ValueError
        Where there are no records, the two differ in length, or somebody leaves before they join.
    """
    _check(referred, removed)
    start, end = start or min(referred), end or max(referred)
    days = pd.date_range(start, end, freq="D")
    joined = np.searchsorted(np.sort(np.array(referred, dtype="datetime64[D]")), days.to_numpy(), side="right")
    gone = np.array([day for day in removed if day is not None], dtype="datetime64[D]")
    left = np.searchsorted(np.sort(gone), days.to_numpy(), side="right")
    return pd.Series(joined - left, index=days, name="list_size")


def removal_rate(referred: Dates, removed: Removals, start: dt.date | None = None) -> RemovalRate:
    """Return how fast the list is worked off while anybody is on it.

    A gap is the days from the removal before (or ``start``, the first referral by default) to a removal. Days before
    the last on which the list was empty do not count: nobody could have been seen. The rate is 7 / mean gap.
    NHSRwaitinglist ``wl_removal_stats``. Errors as in :func:`size_by_day`.
    """
    _check(referred, removed)
    start = start or min(referred)
    gone = sorted(day for day in removed if day is not None and day >= start)
    if not gone:
        return RemovalRate(None, None, 0)
    sizes = size_by_day(referred, removed, start, gone[-1])
    empty = sizes.index[sizes == 0].to_numpy()
    gaps = _gaps(np.array([start, *gone], dtype="datetime64[D]"), empty.astype("datetime64[D]"))
    mean = float(gaps.mean())
    if mean <= 0:
        return RemovalRate(None, None, len(gone))
    spread = float(gaps.std(ddof=1)) if gaps.size > 1 else 0.0
    return RemovalRate(DAYS_A_WEEK / mean, spread / mean, len(gone))


def mean_wait_so_far(referred: Dates, removed: Removals, on: dt.date) -> float | None:
    """Return the mean wait, in weeks, of those on the list at the end of a day; None where nobody is.

    NHSRwaitinglist ``wl_stats`` gives it in days. Errors as in :func:`size_by_day`.
    """
    _check(referred, removed)
    waits = [
        (on - joined).days
        for joined, left in zip(referred, removed, strict=True)
        if joined <= on and (left is None or left > on)
    ]
    return sum(waits) / len(waits) / DAYS_A_WEEK if waits else None


def _gaps(days: NDArray[np.datetime64], empty: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Days from each to the next, or from the last day before the next on which the list was empty."""
    since, removed = days[:-1], days[1:]
    if empty.size:
        place = np.searchsorted(empty, removed, side="left") - 1
        emptied = np.where(place >= 0, empty[np.maximum(place, 0)], since)
        since = np.maximum(since, emptied)
    return (removed - since).astype(float)


def _check(referred: Dates, removed: Removals) -> None:
    if len(referred) == 0 or len(referred) != len(removed):
        raise ValueError(f"{len(referred)} dates of referral and {len(removed)} of removal; as many, at least one")
    for row, (joined, left) in enumerate(zip(referred, removed, strict=True), start=1):
        if left is not None and left < joined:
            raise ValueError(f"record {row} leaves the list on {left}, before it joins on {joined}")
