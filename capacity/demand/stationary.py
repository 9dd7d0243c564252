"""The exact distribution of the periodic queue Q' = max(0, Q + D - C) in the long run.

Q is the highest point ever reached by a walk with steps D - C. By the Wiener-Hopf factorisation, ln E z^Q is the part
of -ln(1 - E z^(D - C)) with positive powers of z. Those are read off with one cosine and one sine transform on a
circle |z| = R between 1 and z0, where z0 > 1 solves E z^(D - C) = 1. The zeros at 1 and z0 are taken out first: z0 is
the geometric tail of the queue, which is then added back in closed form. What remains dies out at a pace set by the
spread of demand and not by the load, so that a load of 0.9999 costs no more than one of 0.9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, dst
from scipy.optimize import brentq
from scipy.signal import lfilter

from capacity.demand.counts import Array, ComplexArray, Counts, Pmf, Referrals, log_circle, pmf

CRITICAL = 1e-9
"""Capacity must exceed the mean demand by this share of itself, or no figure would be worth printing."""
LARGEST_TRANSFORM = 2**17
"""Points of the transforms; reached at a dispersion (variance / mean) of about 2,000."""
CONVERGED = 1e-10
ROUNDING = 1e-9
"""What may be left of the coefficients at the end of a transform: first choice, and where rounding allows no better."""


@dataclass(frozen=True, eq=False)
class StationaryQueue:
    """Distribution of the queue, which is always a multiple of ``unit``.

    ``probabilities`` are those of 0, 1, 2, ... units; after them each is ``ratio`` times the one before.
    """

    probabilities: Array
    ratio: float
    unit: int = 1

    @cached_property
    def mean(self) -> float:
        """Mean queue."""
        return float(self.excess(np.zeros(1, dtype=int))[0])

    def over(self, size: int) -> Array:
        """Return the probabilities of 0 to ``size`` - 1, those beyond added to the last."""
        places = -(-size // self.unit)
        tail = self.probabilities[-1] * self.ratio ** np.arange(1, max(0, places - self.probabilities.size) + 1)
        found = np.zeros(places * self.unit)
        found[:: self.unit] = np.append(self.probabilities, tail)[:places]
        found = found[:size]
        found[-1] += max(0.0, 1 - found.sum())
        return found

    def excess(self, slots: NDArray[np.integer[Any]]) -> Array:
        """Return E max(0, Q - s) for whole numbers s of slots; between multiples of the unit it is a straight line."""
        units, rest = np.divmod(slots, self.unit)
        share = rest / self.unit
        found = (1 - share) * self._excess_units(units) + share * self._excess_units(units + 1)
        return np.asarray(self.unit * found)

    def _excess_units(self, units: NDArray[np.integer[Any]]) -> Array:
        last = self.probabilities.size - 1
        inside = np.minimum(units, last)
        return np.asarray(self._table[inside] * self.ratio ** (units - inside))

    @cached_property
    def _table(self) -> Array:
        """E max(0, Q - s) of each number s in ``probabilities``: the sum of P(Q > t) over t >= s."""
        odds = self.ratio / (1 - self.ratio)
        beyond = self.probabilities[-1] * odds
        above = np.append(_sums_from_the_right(self.probabilities)[1:], 0.0) + beyond
        above[-1] *= 1 + odds
        return _sums_from_the_right(above)


def stationary_queue(demand: Counts, capacity: Pmf) -> StationaryQueue | str:
    """Return the exact distribution of the queue at the end of a period, or the reason why there is none.

    Parameters
    ----------
    demand
        Referrals a period.
    capacity
        Slots a period, independent of demand and from period to period.

    Returns
    -------
    StationaryQueue or str
        Probabilities are right to 1e-10, the mean to 1e-10 of itself; 1e-8 where the load is within 1e-6 of 1 or the
        mean demand below 0.01 a period (tests/demand/test_queue.py: a closed form, a Markov chain, a simulation).

    References
    ----------
    Asmussen, *Applied Probability and Queues*, 2nd ed., chapters III.6 and VIII (Lindley's recursion, Wiener-Hopf).
    """
    if demand.mean == 0:
        return StationaryQueue(np.ones(1), 0.0)
    if demand.mean >= capacity.mean * (1 - CRITICAL):
        return _unstable(demand.mean, capacity.mean)
    if isinstance(demand, Pmf):
        return _on_lattice(demand, capacity)
    return _solve(demand, capacity)


def forget() -> None:
    """Empty the store of queues already solved; for benchmarks."""
    _solve.cache_clear()


def too_varied(demand: Counts) -> str:
    """Return why the exact queue is out of reach for a demand whatever the capacity; empty where it is not."""
    if _first_size(demand, 0.0) <= LARGEST_TRANSFORM:
        return ""
    return f"demand varies too much for the exact queue (mean {demand.mean:.4g}, variance {demand.variance:.4g})"


def _unstable(demand: float, capacity: float) -> str:
    return (
        f"mean capacity of {capacity:g} a period is no more than the mean demand of {demand:g}: "
        "the list grows without end"
    )


def _on_lattice(demand: Pmf, capacity: Pmf) -> StationaryQueue | str:
    """Solve in units of the greatest common divisor of all steps D - C, so that the walk visits every multiple."""
    if demand.support[-1] <= capacity.support[0]:
        return StationaryQueue(np.ones(1), 0.0)
    origin = int(capacity.support[0])
    unit = int(np.gcd.reduce(np.concatenate([demand.support, capacity.support]) - origin))
    if unit == 1:
        return _solve(demand, capacity)
    offset = origin % unit
    reduced = _solve(pmf(demand.array[offset::unit]), pmf(capacity.array[offset::unit]))
    return reduced if isinstance(reduced, str) else replace(reduced, unit=unit)


@lru_cache(maxsize=64)
def _solve(demand: Counts, capacity: Pmf) -> StationaryQueue | str:
    theta = _decay(demand, capacity)
    log_radius = theta / 2
    while demand.log_mgf(log_radius) > 600:  # beyond the range of floats
        log_radius /= 2
    size, before = _first_size(demand, capacity.variance), math.inf
    while size <= LARGEST_TRANSFORM:
        short, left = _short_part(demand, capacity, theta, log_radius, size)
        # What is left falls with its square each time; where it no longer does it is rounding.
        if left < CONVERGED or before / 2 < left < ROUNDING:
            ratio = math.exp(-theta)
            queue = lfilter([-math.expm1(-theta)], [1, -ratio], short)
            return StationaryQueue(np.maximum(queue, 0), ratio)
        size, before = 2 * size, left
    return too_varied(demand) or "demand or capacity varies too much for the exact queue"


def _short_part(demand: Counts, capacity: Pmf, theta: float, log_radius: float, size: int) -> tuple[Array, float]:
    """Coefficients of E z^Q (z0 - z)/(z0 - 1), which die out fast, and how much of them is left at the end."""
    step = demand.on_circle(log_radius, size) * np.conj(capacity.on_circle(-log_radius, size))
    circle = np.exp(log_circle(log_radius, size))
    # Each is the logarithm of 1 - (something of modulus below 1): no branch is crossed.
    logs = np.log(1 - step) - np.log(1 - 1 / circle) - np.log(1 - circle * math.exp(-theta))
    positive, negative = _powers(logs)
    coefficients, _ = _powers(np.exp(-_on_circle(positive)))
    left = max(float(np.abs(each[3 * size // 4 :]).max()) for each in (positive, negative, coefficients))
    short = coefficients * np.exp(-log_radius * np.arange(size))
    return np.asarray(short / short.sum()), left


def _powers(values: ComplexArray) -> tuple[Array, Array]:
    """Coefficients of z^k and of z^-k, k = 0, 1, ..., times radius^k, from values on the upper half circle."""
    even = dct(values.real, type=2) / (2 * values.size)
    odd = np.append(0.0, dst(values.imag, type=2)[:-1]) / (2 * values.size)
    return even + odd, even - odd


def _on_circle(powers: Array) -> ComplexArray:
    """Values on the upper half circle of the sum over k >= 1 of z^k with these coefficients."""
    without_first = np.append(0.0, powers[1:])
    return (dct(without_first, type=3) + 1j * dst(np.append(powers[1:], 0.0), type=3)) / 2


def _decay(demand: Counts, capacity: Pmf) -> float:
    """Return ln z0: the theta > 0 with E exp(theta (D - C)) = 1."""

    def exponent(theta: float) -> float:
        return min(demand.log_mgf(theta) + capacity.log_mgf(-theta), 1e300)

    # The exponent is convex, 0 with slope -drift at 0; by its parabola the root is close to 2 drift / variance.
    drift = capacity.mean - demand.mean
    high = 2 * drift / (demand.variance + capacity.variance)
    while exponent(high) <= 0:
        high *= 2
    low = high / 2
    while exponent(low) >= 0:
        low /= 2
    return float(brentq(exponent, low, high, xtol=1e-15 * high, rtol=1e-14))


def _first_size(demand: Counts, capacity_variance: float) -> int:
    """Points to begin with; too few are noticed and doubled."""
    spread = math.sqrt(demand.variance + capacity_variance)
    phi = demand.phi if isinstance(demand, Referrals) else 1.0
    return 1 << math.ceil(math.log2(max(64.0, 12 * spread, 32 * phi)))


def _sums_from_the_right(values: Array) -> Array:
    """Return for each place the sum of it and all after it."""
    return np.asarray(np.cumsum(values[::-1])[::-1])
