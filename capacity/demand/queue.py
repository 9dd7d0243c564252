"""The exact periodic queue: who is not seen in the period (week, day) in which they were referred.

Each period D referrals join a list of Q people, and C slots see people in the order in which they came:
Q' = max(0, Q + D - C). A referral waits k periods where it is seen in the k-th period after its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from capacity.demand.counts import Array, Counts, Pmf, fixed_capacity
from capacity.demand.stationary import StationaryQueue, stationary_queue, too_varied

CapacityOf = Callable[[float], Pmf]
"""The distribution of slots a period that goes with an amount of capacity: slots, people, sessions."""
MOST_LINES = 6
"""Times a search follows a straight line before it goes on by halving."""


@dataclass(frozen=True)
class PeriodicQueue:
    """A queue in the long run, in referrals and periods.

    ``late[k - 1]`` is P(wait >= k): the share of referrals not seen in their own period nor in the k - 1 after it.
    ``mean_queue`` is the mean number left over at the end of a period, ``mean_list`` adds those who join in a period.
    ``load`` is mean demand / mean capacity, None without capacity. Where there is no long run ``late`` is empty, the
    means are None and ``reason`` says why.
    """

    load: float | None
    mean_queue: float | None
    mean_list: float | None
    late: tuple[float, ...] = ()
    reason: str = ""

    def on_time(self, periods: int = 1) -> float | None:
        """Return the share of referrals that wait fewer than ``periods`` periods; None where it is not known."""
        return 1 - self.late[periods - 1] if len(self.late) >= periods else None


@dataclass(frozen=True)
class ServiceLevel:
    """The least capacity that keeps a promise, and the queue with it. ``capacity`` is None where none was found."""

    capacity: float | None
    queue: PeriodicQueue


def periodic_queue(demand: Counts, capacity: Pmf | float, longest: int = 4) -> PeriodicQueue:
    """Return the waits and the mean queue in the long run.

    P(wait >= k) = (E max(0, Q - S_(k-1)) - E max(0, Q - S_k)) / mean demand, where S_k are the slots of k periods:
    the referrals of a period still waiting k periods on. Adding up over k gives Little's law, mean wait = E Q / mean.

    Parameters
    ----------
    demand
        Referrals a period: ``Referrals(mean, phi)`` or ``observed(values)``.
    capacity
        Slots a period: a number (a fraction is a mixture of its neighbours, see ``fixed_capacity``) or a
        distribution (see leave.py).
    longest
        The longest wait, in periods, to give a probability for; 1 or more.

    Raises
    ------
    ValueError
        Where ``capacity`` is negative or not a number, or ``longest`` is below 1.
    """
    if longest < 1:
        raise ValueError(f"the longest wait is {longest} periods; it must be 1 or more")
    slots = capacity if isinstance(capacity, Pmf) else fixed_capacity(capacity)
    load = demand.mean / slots.mean if slots.mean > 0 else None
    queue = stationary_queue(demand, slots)
    if isinstance(queue, str):
        return PeriodicQueue(load, None, None, (), queue)
    if demand.mean == 0:
        return PeriodicQueue(load, 0.0, 0.0, (0.0,) * longest)
    waiting = _waiting(queue, slots, range(longest + 1))
    late = np.minimum.accumulate(np.clip(-np.diff(waiting) / demand.mean, 0, 1)) + 0.0  # no minus zero
    return PeriodicQueue(load, queue.mean, queue.mean + demand.mean, tuple(late.tolist()))


def late_share(demand: Counts, capacity: Pmf, periods: int = 1) -> float | None:
    """Return P(wait >= ``periods``), None where there is no long run. As :func:`periodic_queue`, but one figure."""
    queue = stationary_queue(demand, capacity)
    if isinstance(queue, str):
        return None
    if demand.mean == 0:
        return 0.0
    before, after = _waiting(queue, capacity, (periods - 1, periods))
    return float(np.clip((before - after) / demand.mean, 0, 1) + 0.0)


def service_level_capacity(
    demand: Counts,
    share: float,
    periods: int = 1,
    capacity_of: CapacityOf = fixed_capacity,
    step: float = 1.0,
    most: float = 1e6,
) -> ServiceLevel:
    """Return the least capacity with which at least ``share`` of referrals wait fewer than ``periods`` periods.

    Parameters
    ----------
    demand
        Referrals a period.
    share
        Share to be seen in time, 0 to below 1: P(wait >= periods) <= 1 - share.
    periods
        1 for "in the period of referral"; 18 for 18 weeks.
    capacity_of
        What distribution of slots an amount of capacity gives, slots themselves by default. More must mean more in
        every respect: then waits only fall, and the search is exact.
    step
        Amounts are multiples of this: 1 slot, 1 person, the slots of a session.
    most
        Give up beyond this amount.

    Raises
    ------
    ValueError
        Where ``share`` is not in [0, 1), or ``periods`` or ``step`` is not above 0.
    """
    if not 0 <= share < 1:
        raise ValueError(f"share seen in time is {share}; it must be 0 or more and below 1")
    if periods < 1 or not step > 0:
        raise ValueError("periods must be 1 or more and step above 0")

    def late(amount: int) -> float:
        found = late_share(demand, capacity_of(amount * step), periods)
        return 1.0 if found is None else found

    if reason := too_varied(demand):
        return ServiceLevel(None, PeriodicQueue(None, None, None, (), reason))
    allowed = 1 - share
    low = _last_overloaded(demand.mean, capacity_of, step, most)
    high, stride = low + 1, _stride(demand, allowed, periods, step)
    late_low, late_high = 1.0, late(high)
    while late_high > allowed:
        low, high, stride, late_low = high, high + stride, 2 * stride, late_high
        if high * step > most:
            reason = f"no capacity up to {most:g} a period sees {share:.0%} of referrals in time"
            return ServiceLevel(None, PeriodicQueue(None, None, None, (), reason))
        late_high = late(high)
    tries = 0
    while high - low > 1:
        middle, tries = _between(low, high, late_low, late_high, allowed, tries), tries + 1
        found = late(middle)
        if found > allowed:
            low, late_low = middle, found
        else:
            high, late_high = middle, found
    return ServiceLevel(round(high * step, 9), periodic_queue(demand, capacity_of(high * step), max(periods, 4)))


def on_time_curve(
    demand: Counts, capacities: Iterable[float], periods: int = 1, capacity_of: CapacityOf = fixed_capacity
) -> pd.DataFrame:
    """Return the share seen in time against capacity: columns capacity, load, on_time, mean_queue.

    ``on_time`` and ``mean_queue`` are missing where there is no long run.
    """
    rows = []
    for capacity in capacities:
        queue = periodic_queue(demand, capacity_of(capacity), periods)
        rows.append((capacity, queue.load, queue.on_time(periods), queue.mean_queue))
    return pd.DataFrame(rows, columns=["capacity", "load", "on_time", "mean_queue"]).astype(float)


def _waiting(queue: StationaryQueue, capacity: Pmf, periods: Iterable[int]) -> Array:
    """E max(0, Q - S_k) for each k: the mean number of the queue who still wait after k more periods."""
    wanted = tuple(periods)
    least = int(capacity.support[0])
    above_least, total = capacity.array[least:], np.ones(1)
    found = {}
    for period in range(wanted[-1] + 1):
        if period in wanted:
            found[period] = float(total @ queue.excess(period * least + np.arange(total.size)))
        total = np.convolve(total, above_least)
    return np.array([found[period] for period in wanted])


def _stride(demand: Counts, allowed: float, periods: int, step: float) -> int:
    """Steps from the mean demand to about the capacity looked for, by Kingman's mean wait in heavy traffic."""
    wait = -math.log(max(allowed, 1e-12)) * demand.variance / 2 / max(demand.mean, 1.0) / periods
    return max(1, round(wait / step))


def _between(low: int, high: int, late_low: float, late_high: float, allowed: float, tries: int) -> int:
    """Next capacity to try: where a straight line through the logarithms has it, half-way where that is slow."""
    middle = (low + high) // 2
    if tries < MOST_LINES and late_high > 0 and allowed > 0 and late_low > late_high:
        part = math.log(late_low / allowed) / math.log(late_low / late_high)
        middle = math.ceil(low + part * (high - low))
    return min(max(middle, low + 1), high - 1)


def _last_overloaded(demand: float, capacity_of: CapacityOf, step: float, most: float) -> int:
    """Return the largest number of steps whose mean capacity is below the mean demand; -1 where none is."""
    if capacity_of is fixed_capacity:
        return math.ceil(demand / step) - 1
    low, high = -1, 0
    while capacity_of(high * step).mean < demand and high * step <= most:
        low, high = high, max(1, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if capacity_of(middle * step).mean < demand else (low, middle)
    return low
