"""Distributions of a whole number a period: referrals that arrive, slots that are there.

Each knows its mean and variance, the logarithm of its moment generating function, and its generating function
E z^N on a circle of the complex plane, which is all that the queue (queue.py) asks for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

Array = NDArray[np.floating[Any]]
ComplexArray = NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True)
class Referrals:
    """Referrals a period: negative binomial with variance ``phi`` x mean, Poisson where ``phi`` is at most 1.

    Less spread than Poisson (phi < 1) is taken as Poisson, on the safe side. Raises ValueError where ``mean`` or
    ``phi`` is negative or not a number.
    """

    mean: float
    phi: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and self.mean >= 0):
            raise ValueError(f"mean demand is {self.mean}; it must be a number of 0 or more")
        if not (math.isfinite(self.phi) and self.phi >= 0):
            raise ValueError(f"dispersion is {self.phi}; it must be a number of 0 or more")

    @property
    def is_poisson(self) -> bool:
        """Whether the dispersion is that of a Poisson distribution."""
        return self.phi <= 1

    @property
    def variance(self) -> float:
        """Variance a period."""
        return self.mean * max(self.phi, 1.0)

    def log_mgf(self, theta: float) -> float:
        """Return ln E exp(theta N); infinite where the tail is too heavy for it to exist."""
        growth = math.expm1(theta) if theta < 700 else math.inf
        if self.is_poisson:
            return self.mean * growth
        inside = -(self.phi - 1) * growth
        return -self.mean / (self.phi - 1) * math.log1p(inside) if inside > -1 else math.inf

    def on_circle(self, log_radius: float, size: int) -> ComplexArray:
        """Return E z^N at the points of :func:`log_circle`."""
        growth: ComplexArray = np.expm1(log_circle(log_radius, size))
        if self.is_poisson:
            return np.asarray(np.exp(self.mean * growth))
        return np.asarray(np.exp(-self.mean / (self.phi - 1) * _log1p(-(self.phi - 1) * growth)))

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Return seeded random numbers of referrals."""
        return draw_counts(rng, np.full(shape, self.mean), self.phi)


@dataclass(frozen=True)
class Pmf:
    """A distribution given by its probabilities of 0, 1, 2, ...

    Raises ValueError where they are negative or do not add up to 1.
    """

    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.probabilities or min(self.probabilities) < 0 or not math.isfinite(sum(self.probabilities)):
            raise ValueError("probabilities must be numbers of 0 or more, at least one of them")
        if abs(sum(self.probabilities) - 1) > 1e-9:
            raise ValueError(f"probabilities add up to {sum(self.probabilities):.6g}, not 1")

    @cached_property
    def array(self) -> Array:
        """The probabilities as an array."""
        return np.array(self.probabilities)

    @cached_property
    def support(self) -> NDArray[np.intp]:
        """The numbers that can occur."""
        return np.flatnonzero(self.array)

    @cached_property
    def mean(self) -> float:
        """Mean a period."""
        return float(self.array @ np.arange(self.array.size))

    @cached_property
    def variance(self) -> float:
        """Variance a period."""
        return float(self.array @ (np.arange(self.array.size) - self.mean) ** 2)

    def log_mgf(self, theta: float) -> float:
        """Return ln E exp(theta N)."""
        if abs(theta) * self.array.size < 1:  # all digits, however close to 0
            return math.log1p(float(self.array[self.support] @ np.expm1(theta * self.support)))
        weights = np.log(self.array[self.support]) + theta * self.support
        top = float(weights.max())
        return top + math.log(float(np.exp(weights - top).sum()))

    def on_circle(self, log_radius: float, size: int) -> ComplexArray:
        """Return E z^N at the points of :func:`log_circle`."""
        whole = 2 * size
        folded = np.zeros(-(-self.array.size // whole) * whole, dtype=complex)
        exponent = self.support * complex(log_radius, math.pi / whole)
        folded[self.support] = np.exp(np.log(self.array[self.support]) + exponent)
        return np.fft.ifft(folded.reshape(-1, whole).sum(axis=0))[:size] * whole

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Return seeded random numbers."""
        return rng.choice(self.array.size, size=shape, p=self.array / self.array.sum())

    def plus(self, other: Pmf) -> Pmf:
        """Return the distribution of the sum with an independent number."""
        return pmf(np.convolve(self.array, other.array))


Counts = Referrals | Pmf


def pmf(weights: Sequence[float] | Array) -> Pmf:
    """Return the distribution with weights of 0, 1, 2, ... made to add up to 1. Raises ValueError for no weight."""
    array = np.maximum(np.asarray(weights, dtype=float), 0)
    total = float(array.sum())
    if not (math.isfinite(total) and total > 0):
        raise ValueError("a distribution needs at least one number that can occur")
    array = np.trim_zeros(array / total, "b")
    return Pmf(tuple(array.tolist()))


def as_pmf(counts: Counts, missing: float = 1e-15) -> Pmf:
    """Return the probabilities of 0, 1, 2, ... as far as ``missing`` of the whole lies beyond."""
    if isinstance(counts, Pmf):
        return counts
    if counts.mean == 0:
        return Pmf((1.0,))
    last = math.ceil(counts.mean + 8 * math.sqrt(counts.variance))
    while _beyond(counts, last) > missing:
        last *= 2
    return pmf(_law(counts, np.arange(last + 1)))


def _law(referrals: Referrals, numbers: NDArray[np.integer[Any]]) -> Array:
    if referrals.is_poisson:
        return np.asarray(poisson.pmf(numbers, referrals.mean))
    return np.asarray(nbinom.pmf(numbers, referrals.mean / (referrals.phi - 1), 1 / referrals.phi))


def _beyond(referrals: Referrals, number: int) -> float:
    if referrals.is_poisson:
        return float(poisson.sf(number, referrals.mean))
    return float(nbinom.sf(number, referrals.mean / (referrals.phi - 1), 1 / referrals.phi))


def observed(values: Sequence[float] | Array) -> Pmf:
    """Return the distribution of the counts seen, each as likely as it was.

    Parameters
    ----------
    values
        Referrals of the periods of a series; those that are not whole are split as in :func:`fixed_capacity`.

    Raises
    ------
    ValueError
        Where there is no value, or one is negative or not a number.
    """
    array = np.asarray(values, dtype=float)
    if array.size == 0 or not np.all(np.isfinite(array)) or array.min() < 0:
        raise ValueError("counts must be numbers of 0 or more, at least one of them")
    below = np.floor(array).astype(int)
    above = array - below
    length = int(below.max()) + 2
    weights = np.bincount(below, 1 - above, length) + np.bincount(below + 1, above, length)
    return pmf(weights.astype(float))


def fixed_capacity(slots: float) -> Pmf:
    """Return ``slots`` a period; 10.4 are 10 slots in six periods of ten and 11 in four, at random.

    Raises ValueError where ``slots`` is negative or not a number.
    """
    return observed([slots])


def draw_counts(rng: np.random.Generator, means: Array, phi: float) -> NDArray[np.int64]:
    """Return random counts with these means and variance phi x mean (Poisson where phi is at most 1).

    Negative binomial with success probability 1/phi: phi grows with no mean, so weeks that add up keep their phi.
    """
    if phi <= 1:
        return rng.poisson(means)
    shape = np.maximum(means, 1e-300) / (phi - 1)
    return rng.poisson(rng.gamma(shape, phi - 1))


def _log1p(values: ComplexArray) -> ComplexArray:
    """ln(1 + z) of complex z, right also for small z, where numpy's is not: phi close to 1."""
    real, imaginary = values.real, values.imag
    return 0.5 * np.log1p(real * (2 + real) + imaginary**2) + 1j * np.arctan2(imaginary, 1 + real)


def log_circle(log_radius: float, size: int) -> ComplexArray:
    """Return the logarithms of ``size`` points evenly on the upper half of a circle, half a step from the real axis.

    The lower half mirrors it. No point is on the axis, where 1 - E z^(D - C) of a queue may be close to 0.
    """
    return log_radius + 1j * math.pi / (2 * size) * (2 * np.arange(size) + 1)
