"""Capacity that varies with who is there, and what it costs in waits when people are away together.

A team of people i gives s_i slots a period each when present, which each is with probability w_i. Three models with
the same mean capacity:

* independent: everybody's leave falls where it will (a sum of independent numbers; n s w and s^2 n w (1 - w) where all
  are alike);
* limited: never more than m away at once (``max_simultaneous_leave``). Leave that would break the limit is moved to
  another period. The chance of every combination of people within the limit is as in the independent model, with the
  odds of being away raised by one factor for all, so that as much leave is taken as before;
* clustered: the weeks of a year are holiday or term weeks. More of the leave falls in the holiday weeks; within a week
  people are independent. Either the weeks come in any order (``clustered_leave``), or in that of the calendar
  (``queue_by_week``), where a run of short-staffed weeks lets the list build up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from capacity.demand.counts import Array, Counts, Pmf, as_pmf, fixed_capacity, pmf
from capacity.demand.queue import periodic_queue
from capacity.demand.stationary import stationary_queue

WEEKS = 52
"""Weeks of the year in the holiday calendar: whole weeks, unlike units.WEEKS_PER_YEAR."""
SETTLED = 1e-9
MOST_YEARS = 1000
LARGEST_LIST = 2**16


@dataclass(frozen=True)
class YearQueue:
    """Mean queue at the end of each week of a year that repeats, and over the year; None with a reason without one."""

    mean_queue: float | None
    by_week: Array | None
    reason: str = ""


def independent_leave(presence: Sequence[float], slots: Sequence[float]) -> Pmf:
    """Return the slots a period of people who are away independently of each other.

    Parameters
    ----------
    presence
        Share of periods in which each person is there, in [0, 1]: weeks present / weeks in a year.
    slots
        Slots a period each gives when there; a fraction is a mixture of its neighbours (``fixed_capacity``).

    Raises
    ------
    ValueError
        Where the two differ in length, or a number is outside its range.
    """
    _check(presence, slots)
    people = (_person(share, number) for share, number in zip(presence, slots, strict=True))
    return reduce(Pmf.plus, people, Pmf((1.0,)))


def limited_leave(presence: Sequence[float], slots: Sequence[float], most_away: int) -> Pmf:
    """Return the slots a period where at most ``most_away`` people are away at once, with the same mean.

    Parameters
    ----------
    presence, slots
        As in :func:`independent_leave`.
    most_away
        ``max_simultaneous_leave``: 0 or more.

    Raises
    ------
    ValueError
        Where the leave does not fit under the limit (see :func:`least_limit`), and as in :func:`independent_leave`.
    """
    free = independent_leave(presence, slots)
    if most_away >= len(presence) or free.variance == 0:
        return free
    weights = _by_number_away(presence, slots, most_away)
    tilted = _tilt_to(weights, free.mean)
    if tilted is None:
        raise ValueError(
            f"{sum(1 - share for share in presence):.2f} people are away in the mean week; "
            f"that does not fit under a limit of {most_away}"
        )
    return pmf(tilted)


def least_limit(presence: Sequence[float]) -> int:
    """Return the fewest people who must be allowed away at once for everybody's leave to fit in (people all alike)."""
    return math.ceil(sum(1 - share for share in presence) - 1e-9)


def seasonal_presence(
    presence: Sequence[float], holiday_weeks: int, share_in_holidays: float, weeks: int = WEEKS
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return presence in holiday weeks and in term weeks, with the same yearly mean.

    Away in a holiday week: (1 - w) x share_in_holidays x weeks / holiday_weeks; the rest of the leave is spread over
    the term weeks.

    Parameters
    ----------
    presence
        Share of weeks in which each person is there.
    holiday_weeks
        Holiday weeks of the year, above 0 and below ``weeks``.
    share_in_holidays
        Share of the year's leave taken in them, in [0, 1]; ``holiday_weeks / weeks`` is no clustering.

    Raises
    ------
    ValueError
        Where a number is outside its range, or somebody would be away in more than all of the weeks.
    """
    if not 0 < holiday_weeks < weeks or not 0 <= share_in_holidays <= 1:
        raise ValueError("holiday weeks must be a part of the year, and the share of leave in them between 0 and 1")
    in_holidays = share_in_holidays * weeks / holiday_weeks
    in_term = (1 - share_in_holidays) * weeks / (weeks - holiday_weeks)
    seasons = [tuple(1 - (1 - share) * factor for share in presence) for factor in (in_holidays, in_term)]
    if min(map(min, seasons)) < -1e-12:
        raise ValueError(f"{share_in_holidays:.0%} of the leave does not fit into {holiday_weeks} holiday weeks")
    holiday, term = (tuple(max(share, 0.0) for share in season) for season in seasons)
    return holiday, term


def clustered_leave(
    presence: Sequence[float],
    slots: Sequence[float],
    holiday_weeks: int,
    share_in_holidays: float,
    weeks: int = WEEKS,
) -> Pmf:
    """Return the slots of a week taken at random from a year of holiday and term weeks.

    Parameters as in :func:`independent_leave` and :func:`seasonal_presence`, which raise the errors.
    """
    holiday, term = seasonal_presence(presence, holiday_weeks, share_in_holidays, weeks)
    share = holiday_weeks / weeks
    return mixture([independent_leave(holiday, slots), independent_leave(term, slots)], [share, 1 - share])


def mixture(parts: Sequence[Pmf], shares: Sequence[float]) -> Pmf:
    """Return the distribution that is each of ``parts`` in a share of periods."""
    total = np.zeros(max(part.array.size for part in parts))
    for part, share in zip(parts, shares, strict=True):
        total[: part.array.size] += share * part.array
    return pmf(total)


def queue_by_week(demand: Counts, capacities: Sequence[Pmf]) -> YearQueue:
    """Return the mean queue week by week where the capacities of a year repeat in this order.

    The distribution of the queue is carried from week to week until a year ends as it began (to 1e-9 people).

    Parameters
    ----------
    demand
        Referrals a week, alike in all weeks.
    capacities
        Slots of each week of the year.
    """
    start = stationary_queue(demand, mixture(capacities, [1 / len(capacities)] * len(capacities)))
    if isinstance(start, str):
        return YearQueue(None, None, start)
    arrivals = as_pmf(demand).array
    tail = math.log(1e-13) / math.log(start.ratio) if start.ratio > 0 else 0.0
    size = 2 ** math.ceil(math.log2(start.probabilities.size * start.unit + 2 * tail + arrivals.size + 64))
    while size <= LARGEST_LIST:
        answer = _settled_year(arrivals, capacities, start.over(size), size)
        if answer is not None:
            return answer
        size *= 2
    return YearQueue(None, None, "the load is too close to 1 to follow the queue through the year")


def compare_leave(
    demand: Counts,
    presence: Sequence[float],
    slots: Sequence[float],
    most_away: int | None = None,
    holiday_weeks: int = 13,
    share_in_holidays: float = 0.45,
) -> pd.DataFrame:
    """Return what leave does to the queue at the same mean capacity, one row a model.

    Columns: model (steady: the mean in every period; limited; independent; clustered), mean_capacity, sd_capacity,
    mean_queue, late (share not seen in their period), reason. Figures that do not exist are missing, with the reason.
    The defaults of the holidays are an assumption: 45 % of leave in the 13 weeks of school holidays of England.

    Parameters
    ----------
    demand
        Referrals a period.
    presence, slots
        As in :func:`independent_leave`.
    most_away
        Limit to show; None leaves the row out.
    holiday_weeks, share_in_holidays
        As in :func:`seasonal_presence`.
    """
    independent = independent_leave(presence, slots)
    models: list[tuple[str, Pmf | str]] = [("steady", fixed_capacity(independent.mean))]
    if most_away is not None:
        models.append(("limited", _or_reason(limited_leave, presence, slots, most_away)))
    models.append(("independent", independent))
    models.append(("clustered", _or_reason(clustered_leave, presence, slots, holiday_weeks, share_in_holidays)))
    rows = [(name, *_figures(demand, capacity)) for name, capacity in models]
    columns = ["model", "mean_capacity", "sd_capacity", "mean_queue", "late", "reason"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:5], float))


def _figures(demand: Counts, capacity: Pmf | str) -> tuple[float | None, float | None, float | None, float | None, str]:
    if isinstance(capacity, str):
        return None, None, None, None, capacity
    queue = periodic_queue(demand, capacity, 1)
    late = queue.late[0] if queue.late else None
    return capacity.mean, math.sqrt(capacity.variance), queue.mean_queue, late, queue.reason


def _or_reason(model: Callable[..., Pmf], *arguments: object) -> Pmf | str:
    try:
        return model(*arguments)
    except ValueError as error:
        return str(error)


def _check(presence: Sequence[float], slots: Sequence[float]) -> None:
    if len(presence) != len(slots):
        raise ValueError(f"{len(presence)} people have a presence and {len(slots)} have slots")
    for share in presence:
        if not 0 <= share <= 1:
            raise ValueError(f"presence is {share}; it must be between 0 and 1")


def _person(share: float, slots: float) -> Pmf:
    """Slots of one person: none when away."""
    return mixture([Pmf((1.0,)), fixed_capacity(slots)], [1 - share, share])


def _by_number_away(presence: Sequence[float], slots: Sequence[float], most_away: int) -> Array:
    """Weights [number away, slots] of all combinations of people with at most ``most_away`` away."""
    weights = np.ones((1, 1))
    for share, number in zip(presence, slots, strict=True):
        there = fixed_capacity(number).array
        rows, columns = weights.shape
        longer = np.zeros((rows + 1, columns + there.size - 1))
        longer[1:, :columns] = (1 - share) * weights
        for extra, chance in enumerate(there):
            longer[:rows, extra : extra + columns] += share * chance * weights
        weights = longer[: most_away + 1]
    return weights


def _tilt_to(weights: Array, mean: float) -> Array | None:
    """Raise the odds of being away by one factor until the mean capacity is ``mean``; None where that cannot be."""
    possible = weights.sum(axis=1) > 0
    weights, away = weights[possible], np.flatnonzero(possible)
    if weights.size == 0:
        return None

    def tilted(log_factor: float) -> Array:
        tilt = log_factor * away
        weighted = np.exp(tilt - tilt.max()) @ weights
        return np.asarray(weighted / weighted.sum())

    def excess(log_factor: float) -> float:
        probabilities = tilted(log_factor)
        return float(probabilities @ np.arange(probabilities.size)) - mean

    most = 700.0
    if excess(most) > 1e-9 * mean:
        return None
    if excess(most) > 0 or excess(0.0) <= 0:
        return tilted(most if excess(0.0) > 0 else 0.0)
    return tilted(float(brentq(excess, 0.0, most, xtol=1e-14)))


def _settled_year(arrivals: Array, capacities: Sequence[Pmf], queue: Array, size: int) -> YearQueue | None:
    """Repeat the year until it settles; None where ``size`` places are too few for the list."""
    longest = max(capacity.array.size for capacity in capacities) - 1
    length = 2 ** math.ceil(math.log2(size + arrivals.size + longest))
    steps = {capacity: _step(arrivals, capacity, longest, length) for capacity in set(capacities)}
    numbers = np.arange(size)
    last = math.inf
    for _ in range(MOST_YEARS):
        means = []
        for capacity in capacities:
            moved = np.fft.irfft(np.fft.rfft(queue, length) * steps[capacity], length)
            queue = np.maximum(moved[longest : longest + size], 0)
            queue[0] += moved[:longest].sum()
            queue /= queue.sum()
            means.append(float(queue @ numbers))
        if queue[-size // 8 :].sum() > 1e-11:
            return None
        mean = float(np.mean(means))
        if abs(mean - last) < SETTLED * max(1.0, mean):
            return YearQueue(mean, np.array(means))
        last = mean
    return YearQueue(None, None, f"the queue has not settled after {MOST_YEARS} years: the load is too close to 1")


def _step(arrivals: Array, capacity: Pmf, longest: int, length: int) -> NDArray[np.complexfloating[Any, Any]]:
    """Transform of the distribution of referrals less slots, moved up by ``longest``."""
    less = np.zeros(longest + 1)
    less[longest - capacity.array.size + 1 :] = capacity.array[::-1]
    return np.fft.rfft(np.convolve(arrivals, less), length)
