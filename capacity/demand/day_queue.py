"""The queue of a same-day promise: days of the week that differ, one after the other, week after week.

Each open day d its referrals D_d join a list of Q people and its slots C_d see people in the order in which they came:
Q' = max(0, Q + D_d - C_d). The distribution of Q is carried from day to day until a week ends as the one before did.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pandas as pd

from capacity.demand.counts import Array, Pmf, Referrals, as_pmf, fixed_capacity
from capacity.demand.days import DaySizing
from capacity.demand.estimators import counting_centile

SETTLED = 1e-9
LOST = 1e-10
"""Of the queue, what may lie beyond the places that are followed."""
MOST_WEEKS = 3000
SMALLEST, LARGEST = 2**8, 2**14
SHARES = np.arange(0.50, 1.0, 0.005)
"""Centiles of a day that are tried for a service level."""
COLUMNS = {"day": "str", "mean": "float64", "capacity": "float64", "late": "float64", "mean_queue": "float64"}


@dataclass(frozen=True)
class DayQueue:
    """A week of days in the long run, in patients.

    ``by_day`` has a row an open day: day; mean (referrals); capacity; late (share of the day's referrals not seen on
    it); mean_queue (left over at its end). ``late[k - 1]`` is the share of all referrals that wait k open days or
    more, ``mean_queue`` the mean left over at the end of a day, ``mean_list`` adds those who join on a mean day.
    ``load`` is the week's. Where there is no long run ``late`` is empty, the means are None and ``reason`` says why.
    """

    by_day: pd.DataFrame
    load: float | None
    late: tuple[float, ...] = ()
    mean_queue: float | None = None
    mean_list: float | None = None
    reason: str = ""

    @property
    def capacity(self) -> float:
        """Patients seen a week, all days together."""
        return float(self.by_day["capacity"].sum())

    def on_time(self, periods: int = 1) -> float | None:
        """Share of referrals that wait fewer than ``periods`` open days; None where it is not known."""
        return 1 - self.late[periods - 1] if len(self.late) >= periods else None


def demand_by_day(sized: DaySizing) -> dict[str, Referrals]:
    """Referrals of each open day, negative binomial; Poisson where the spread of a day is not known."""
    rows = zip(sized.by_day["day"], sized.by_day["mean"], sized.by_day["dispersion"], strict=True)
    return {str(day): Referrals(float(mean), 1.0 if math.isnan(phi) else float(phi)) for day, mean, phi in rows}


def day_queue(days: dict[str, Referrals], capacities: Sequence[float], longest: int = 2) -> DayQueue:
    """Return the waits and the queue where each day has its own demand and capacity and the week repeats.

    P(wait >= k) of a day's referrals = (E max(0, Q_d - S_(k-1)) - E max(0, Q_(d-1) - S_k)) / mean, where Q_d is what is
    left at the end of the day and S_j are the slots of so many days that follow (of the day itself first, for S_k):
    those who came up to the day and still wait, less those of them who came before.

    Parameters
    ----------
    days
        Referrals of each open day, in order of the week.
    capacities
        Slots of each day; a fraction is a mixture of its neighbours (``fixed_capacity``).
    longest
        The longest wait, in open days, to give a probability for.

    Raises
    ------
    ValueError
        Where the two differ in length, ``longest`` is below 1, or a capacity is negative.
    """
    if len(days) != len(capacities) or longest < 1:
        raise ValueError("there must be a capacity for each day, and the longest wait must be 1 or more")
    demands = list(days.values())
    mean = sum(one.mean for one in demands)
    slots = [fixed_capacity(number) for number in capacities]
    whole = sum(one.mean for one in slots)
    load = mean / whole if whole > 0 else None
    if mean > 0 and mean >= whole * (1 - SETTLED):
        reason = f"{whole:g} slots a week are no more than the mean demand of {mean:g}: the list grows without end"
        return DayQueue(_frame(days, capacities), load, reason=reason)
    queues = _settled(demands, slots)
    if queues is None:
        reason = "the load is too close to 1, or days vary too much, to follow the queue from day to day"
        return DayQueue(_frame(days, capacities), load, reason=reason)
    return _figures(days, capacities, slots, queues, longest, load)


def least_day_capacity(days: dict[str, Referrals], share: float, periods: int = 1) -> DayQueue | None:
    """Return the queue at the least capacity with which ``share`` of referrals wait fewer than ``periods`` open days.

    Every day has the same centile of its own demand, in whole slots; the lowest centile that keeps the promise is
    found by halving, as more slots on any day never make anybody wait longer. None where none of them keeps it.
    """
    low, high, best = 0, len(SHARES) - 1, None
    while low <= high:
        middle = (low + high) // 2
        slots = [math.ceil(counting_centile(one.mean, one.phi, float(SHARES[middle]))) for one in days.values()]
        found = day_queue(days, slots, periods)
        on_time = found.on_time(periods)
        if on_time is not None and on_time >= share:
            best, high = found, middle - 1
        else:
            low = middle + 1
    return best


def _settled(demands: Sequence[Referrals], slots: Sequence[Pmf]) -> list[Array] | None:
    """Distribution of the queue at the end of each day; None where it takes too many places or weeks."""
    arrivals = [as_pmf(one).array for one in demands]
    size = max(SMALLEST, 2 ** math.ceil(math.log2(4 * max(array.size for array in arrivals))))
    while size <= LARGEST:
        queues = _weeks(arrivals, slots, size)
        if queues is None:
            return None
        if max(float(queue[-size // 8 :].sum()) for queue in queues) < LOST:
            return queues
        size *= 2
    return None


def _weeks(arrivals: Sequence[Array], slots: Sequence[Pmf], size: int) -> list[Array] | None:
    queue: Array = np.zeros(size)
    queue[0] = 1.0
    places, before = np.arange(size), -1.0
    for _ in range(MOST_WEEKS):
        ends: list[Array] = []
        for came, seen in zip(arrivals, slots, strict=True):
            queue = _day(queue, came, seen, size)
            ends.append(queue)
        mean = float(queue @ places)
        if abs(mean - before) < SETTLED * max(1.0, mean):
            return ends
        before = mean
    return None


def _day(queue: Array, came: Array, seen: Pmf, size: int) -> Array:
    """One day on: referrals join, slots see people, nobody is left where there are more slots than people."""
    joined = np.convolve(queue, came)
    after = np.zeros(size)
    for slots in seen.support:
        left = joined[slots : slots + size]
        after[: left.size] += seen.array[slots] * left
        after[0] += seen.array[slots] * float(joined[:slots].sum())
    after[-1] += max(0.0, 1 - float(after.sum()))
    return after


def _figures(
    days: dict[str, Referrals],
    capacities: Sequence[float],
    slots: Sequence[Pmf],
    queues: Sequence[Array],
    longest: int,
    load: float | None,
) -> DayQueue:
    beyond = [_beyond(queue) for queue in queues]
    means = [float(table[0]) for table in beyond]
    waiting = np.zeros((len(slots), longest))
    for day in range(len(slots)):
        later = [slots[(day + step) % len(slots)] for step in range(longest)]
        up_to = [Pmf((1.0,)), *accumulate(later[1:], Pmf.plus)]
        before = list(accumulate(later, Pmf.plus))
        for wait in range(longest):
            still, earlier = _left(beyond[day], up_to[wait]), _left(beyond[day - 1], before[wait])
            waiting[day, wait] = max(0.0, still - earlier)
    came = np.array([one.mean for one in days.values()])
    share = np.divide(waiting[:, 0], came, out=np.zeros(len(came)), where=came > 0)
    late = np.minimum.accumulate(np.clip(waiting.sum(axis=0) / max(came.sum(), 1e-300), 0, 1))
    frame = _frame(days, capacities, np.clip(share, 0, 1), means)
    queue = float(np.mean(means))
    return DayQueue(frame, load, tuple(late.tolist()), queue, queue + float(came.mean()))


def _beyond(queue: Array) -> Array:
    """E max(0, Q - s) for each whole number s: the sum of P(Q > t) over t >= s."""
    above = np.append(np.cumsum(queue[::-1])[::-1][1:], 0.0)
    return np.asarray(np.cumsum(above[::-1])[::-1])


def _left(beyond: Array, slots: Pmf) -> float:
    """E max(0, Q - S) of slots S independent of the queue."""
    inside = slots.support[slots.support < beyond.size]
    return float(slots.array[inside] @ beyond[inside])


def _frame(
    days: dict[str, Referrals],
    capacities: Sequence[float],
    late: Sequence[float] | Array | None = None,
    queues: Sequence[float] | None = None,
) -> pd.DataFrame:
    nothing = [math.nan] * len(days)
    return pd.DataFrame(
        {
            "day": list(days),
            "mean": [one.mean for one in days.values()],
            "capacity": list(capacities),
            "late": nothing if late is None else late,
            "mean_queue": nothing if queues is None else queues,
        }
    ).astype(COLUMNS)
