"""How a waiting list moves from week to week: one line at the means, and a fan of simulated lists around it.

L_(t+1) = max(0, L_t (1 - removals) + D_t - C_t): of those waiting a share leaves unseen, D_t join, up to C_t are seen.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from capacity.demand.counts import Array, Pmf, draw_counts
from capacity.units import WEEKS_PER_YEAR

PATHS = 1000
QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.90)

Capacity = float | Sequence[float] | Array | Pmf | Sequence[Pmf]
"""Patients seen a week at most: a number, one for each week, a distribution, or one for each week."""


@dataclass(frozen=True, eq=False)
class Reached:
    """When a list is first at or below a size: weeks from now, and dates; None where not within the weeks shown.

    ``mean_line`` is that of the line at the means; ``early``, ``median`` and ``late`` are the weeks by which 10, 50 and
    90 % of the simulated lists were there; ``share`` is the share that got there at all.
    """

    size: float
    mean_line: int | None
    early: int | None
    median: int | None
    late: int | None
    share: float
    mean_line_on: dt.date | None = None
    median_on: dt.date | None = None


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A list over the weeks to come.

    ``line`` is the list at the end of week 0 (now), 1, 2, ... at mean demand and capacity. ``fan`` is tidy: week,
    quantile, list_size of the simulated lists. ``reached`` is None where no size was asked for.
    """

    line: Array
    fan: pd.DataFrame
    reached: Reached | None = None


def demand_by_week(
    mean: float, weeks: int, growth_rate: float = 0.0, index: Sequence[float] | Array | None = None, first: int = 0
) -> Array:
    """Return the mean demand of each of the weeks to come.

    mean x (1 + growth)^(t / 52.18) x index of the week.

    Parameters
    ----------
    mean
        Patients who join a week, now.
    weeks
        Weeks to come.
    growth_rate
        Growth a year, above -1.
    index
        Seasonal index of the weeks of a year (or any number of weeks), repeated; its mean should be 1.
    first
        Place in the index of the first week, from 0.

    Raises
    ------
    ValueError
        Where the mean or an index is negative, or growth is -1 or less.
    """
    if mean < 0 or growth_rate <= -1:
        raise ValueError(f"mean demand is {mean} and growth {growth_rate} a year; they must be 0 or more and above -1")
    ahead = np.arange(weeks)
    level = mean * (1 + growth_rate) ** (ahead / WEEKS_PER_YEAR)
    if index is None:
        return level
    seasons = np.asarray(index, dtype=float)
    if seasons.size == 0 or seasons.min() < 0:
        raise ValueError("a seasonal index holds numbers of 0 or more, at least one")
    return np.asarray(level * seasons[(ahead + first) % seasons.size])


def mean_line(waiting: float, demand: Array, capacity: Capacity, removals: float = 0.0) -> Array:
    """Return the list now and at the end of each week at mean demand and mean capacity.

    Near an empty list it lies below the mean of real lists, which cannot fall below 0 to make up for a busy week.

    Parameters
    ----------
    waiting
        List now, patients.
    demand
        Mean patients who join, of each week.
    capacity
        Patients seen a week, see ``Capacity``.
    removals
        Share of those waiting who leave unseen each week, 0 to 1.
    """
    return _walk(np.array([waiting], dtype=float), demand[:, None], _means(capacity, demand.size)[:, None], removals)[
        :, 0
    ]


def simulate(
    waiting: float,
    demand: Array,
    capacity: Capacity,
    *,
    phi: float = 1.0,
    removals: float = 0.0,
    paths: int = PATHS,
    seed: int = 0,
) -> Array:
    """Return simulated lists [week, path], week 0 being now; the same for the same seed.

    Demand is negative binomial with variance phi x mean, Poisson where phi is at most 1. Other parameters as in
    :func:`mean_line`.
    """
    rng = np.random.default_rng(seed)
    shape = (demand.size, paths)
    joined = draw_counts(rng, np.broadcast_to(demand[:, None], shape), phi)
    seen = _drawn(capacity, rng, shape)
    return _walk(np.full(paths, float(waiting)), joined, seen, removals)


def trajectory(
    waiting: float,
    demand: Array,
    capacity: Capacity,
    *,
    phi: float = 1.0,
    removals: float = 0.0,
    size: float | None = None,
    today: dt.date | None = None,
    paths: int = PATHS,
    seed: int = 0,
) -> Trajectory:
    """Return the list over the weeks to come: the mean line, the fan, and when it reaches a size.

    Parameters
    ----------
    waiting
        List now, patients.
    demand
        Mean demand of each week to come (:func:`demand_by_week`).
    capacity
        Patients seen a week at most, see ``Capacity``; distributions are drawn anew each week.
    phi
        Dispersion of weekly demand, variance / mean.
    removals
        Share of those waiting who leave unseen each week, 0 to 1.
    size
        List to reach, such as the sustainable list.
    today
        Where given, dates are worked out.
    paths, seed
        Number of simulated lists, and the seed that makes them the same again.

    Raises
    ------
    ValueError
        Where the list, demand, capacity or removals are outside their range, or capacity has too few weeks.
    """
    if waiting < 0 or not 0 <= removals <= 1 or (demand.size and demand.min() < 0):
        raise ValueError("the list and demand must be 0 or more, removals between 0 and 1")
    line = mean_line(waiting, demand, capacity, removals)
    lists = simulate(waiting, demand, capacity, phi=phi, removals=removals, paths=paths, seed=seed)
    return Trajectory(line, fan(lists), None if size is None else reached(line, lists, size, today))


def fan(lists: Array, quantiles: Sequence[float] = QUANTILES) -> pd.DataFrame:
    """Return quantiles of simulated lists as a tidy frame: week, quantile, list_size."""
    values = np.quantile(lists, quantiles, axis=1)
    weeks = np.arange(lists.shape[0])
    return pd.DataFrame(
        {
            "week": np.repeat(weeks, len(quantiles)),
            "quantile": np.tile(np.asarray(quantiles, dtype=float), weeks.size),
            "list_size": values.T.ravel(),
        }
    )


def reached(line: Array, lists: Array, size: float, today: dt.date | None = None) -> Reached:
    """Return when the line and the simulated lists are first at or below ``size``."""
    there = lists <= size
    firsts = np.where(there.any(axis=0), there.argmax(axis=0), np.inf)
    early, median, late = (_whole(np.quantile(firsts, share, method="inverted_cdf")) for share in (0.1, 0.5, 0.9))
    on_line = _whole(float(np.argmax(line <= size)) if np.any(line <= size) else math.inf)
    return Reached(
        size=size,
        mean_line=on_line,
        early=early,
        median=median,
        late=late,
        share=float(np.mean(np.isfinite(firsts))),
        mean_line_on=_date(today, on_line),
        median_on=_date(today, median),
    )


def _walk(waiting: Array, joined: NDArray[np.number[Any]], seen: NDArray[np.number[Any]], removals: float) -> Array:
    lists = np.empty((joined.shape[0] + 1, joined.shape[1]))
    lists[0] = waiting
    change = joined - seen
    for week in range(joined.shape[0]):
        np.maximum(lists[week] * (1 - removals) + change[week], 0, out=lists[week + 1])
    return lists


def _means(capacity: Capacity, weeks: int) -> Array:
    if isinstance(capacity, Pmf):
        return np.full(weeks, capacity.mean)
    if isinstance(capacity, int | float):
        return _weekly([float(capacity)] * weeks, weeks)
    return _weekly([each.mean if isinstance(each, Pmf) else float(each) for each in capacity], weeks)


def _drawn(capacity: Capacity, rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.number[Any]]:
    if isinstance(capacity, Pmf):
        return capacity.draw(rng, shape)
    if not isinstance(capacity, int | float) and any(isinstance(each, Pmf) for each in capacity):
        _means(capacity, shape[0])
        rows = [each.draw(rng, shape[1:]) if isinstance(each, Pmf) else np.full(shape[1], each) for each in capacity]
        return np.array(rows[: shape[0]]).reshape(shape)
    return np.broadcast_to(_means(capacity, shape[0])[:, None], shape)


def _weekly(numbers: Sequence[float], weeks: int) -> Array:
    if len(numbers) < weeks:
        raise ValueError(f"capacity is given for {len(numbers)} weeks of {weeks}")
    array = np.array(numbers[:weeks], dtype=float)
    if array.size and not array.min() >= 0:
        raise ValueError("capacity must be 0 or more in each week")
    return array


def _whole(weeks: float) -> int | None:
    return int(weeks) if math.isfinite(weeks) else None


def _date(today: dt.date | None, weeks: int | None) -> dt.date | None:
    return None if today is None or weeks is None else today + dt.timedelta(weeks=weeks)
