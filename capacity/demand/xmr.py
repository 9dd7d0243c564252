"""XmR charts with the rules of NHS England's *Making Data Count*, in phases where the level was rebased.

The rules are those of the NHSRplotthedots package, whose published test values are tests here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

LIMIT_FACTOR = 2.66
SCREEN_FACTOR = 3.267
NEAR = 2 / 3
RUN = 7
FEWEST_POINTS = 12
"""A phase of fewer points has trial limits, which further points will move (Making Data Count)."""

Rule = Literal["beyond_limit", "trend_of_7", "two_of_three_near_limit", "seven_on_one_side"]
Wanted = Literal["increase", "decrease", "neutral"]
PointType = Literal[
    "common_cause",
    "special_cause_improvement",
    "special_cause_concern",
    "special_cause_neutral_high",
    "special_cause_neutral_low",
]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]
Flags = NDArray[np.int64]
"""One number a point: 0 for no, 1 for yes; -1 and 1 where there are two directions."""
Array = NDArray[np.floating[Any]]
Values = Sequence[float] | Array


@dataclass(frozen=True)
class XmR:
    """Limits of an XmR chart, and which points show special cause.

    ``lower`` may be below zero (it is not cut off, as in the reference). The limits are None for fewer than two
    points. ``signals`` are (position, rule), the first rule that applies to each point in the order of ``Rule``.
    """

    mean: float
    mean_moving_range: float | None
    lower: float | None
    upper: float | None
    signals: tuple[tuple[int, Rule], ...] = ()

    @property
    def near_lower(self) -> float | None:
        """Lower near limit, two thirds of the way from the mean to the limit."""
        return None if self.lower is None else self.mean + NEAR * (self.lower - self.mean)

    @property
    def near_upper(self) -> float | None:
        """Upper near limit."""
        return None if self.upper is None else self.mean + NEAR * (self.upper - self.mean)


@dataclass(frozen=True)
class Phase:
    """Points ``start`` to ``stop`` - 1 of a series and their chart, in which positions count from ``start``.

    ``trial`` says that there are fewer than 12 points, so that the limits will still move.
    """

    start: int
    stop: int
    chart: XmR

    @property
    def trial(self) -> bool:
        """Whether the phase is too short for settled limits."""
        return self.stop - self.start < FEWEST_POINTS


@dataclass(frozen=True)
class PhasedXmR:
    """An XmR chart in phases, each with its own mean, limits and rules."""

    phases: tuple[Phase, ...]

    @property
    def current(self) -> Phase:
        """The last phase: what the series does now."""
        return self.phases[-1]

    @property
    def signals(self) -> tuple[tuple[int, Rule], ...]:
        """Signals of every phase, positions counted from the first point of the series."""
        return tuple((phase.start + at, rule) for phase in self.phases for at, rule in phase.chart.signals)


def xmr(values: Values, screen: bool = False) -> XmR:
    """Return mean ± 2.66 x the mean moving range, and the points that break a rule.

    ``screen`` drops moving ranges of 3.267 times their mean or more, once; off by default as in the NHS Excel tool.
    Raises ValueError for no values.
    """
    points = _array(values)
    mean = float(points.mean())
    if points.size == 1:
        return XmR(mean, None, None, None)
    moving_range = mean_moving_range(points, screen)
    width = LIMIT_FACTOR * moving_range
    return XmR(mean, moving_range, mean - width, mean + width, _signals(points, mean, width))


def phased_xmr(values: Values, rebased_at: Sequence[int] = (), screen: bool = False) -> PhasedXmR:
    """Return a chart that starts afresh at each position of ``rebased_at``.

    Limits and rules use the points of one phase only: a run or a moving range does not reach across. Raises
    ValueError for no values, or a position that is not inside the series.
    """
    points = _array(values)
    starts = sorted({0, *rebased_at})
    if starts[0] < 0 or starts[-1] >= points.size:
        raise ValueError(f"a phase starts at a position from 0 to {points.size - 1}, not at {list(rebased_at)}")
    return PhasedXmR(tuple(Phase(a, b, xmr(points[a:b], screen)) for a, b in pairwise([*starts, points.size])))


def broken_rules(values: Values, chart: XmR) -> dict[Rule, Flags]:
    """Return for every rule a flag a point: all that a point breaks, where ``signals`` names the first only."""
    points = _array(values)
    width = 0.0 if chart.upper is None else chart.upper - chart.mean
    return _rules(points, chart.mean, width)


def point_types(values: Values, chart: XmR, wanted: Wanted = "neutral") -> list[PointType]:
    """Colour of each point: common cause, improvement or concern; high or low where no direction is wanted.

    Demand has no better direction, so ``neutral`` is the default. A signal on the mean itself is neither high nor an
    improvement.
    """
    side = _side(_array(values), chart.mean)
    good = {"increase": 1, "decrease": -1, "neutral": 0}[wanted]
    types: list[PointType] = ["common_cause"] * side.size
    for position, _ in chart.signals:
        if good == 0:
            types[position] = "special_cause_neutral_high" if side[position] > 0 else "special_cause_neutral_low"
        else:
            types[position] = "special_cause_improvement" if side[position] == good else "special_cause_concern"
    return types


def assurance(chart: XmR, target: float, wanted: Literal["increase", "decrease"]) -> Assurance:
    """Whether common cause alone keeps the measure on the wanted side of a target, off it, or now and then.

    Raises ValueError where the chart has no limits.
    """
    if chart.lower is None or chart.upper is None:
        raise ValueError("one point has no limits to hold against a target")
    if target > chart.upper:
        return "consistent_fail" if wanted == "increase" else "consistent_pass"
    if target < chart.lower:
        return "consistent_pass" if wanted == "increase" else "consistent_fail"
    return "inconsistent"


def mean_moving_range(points: Array, screen: bool = False) -> float:
    """Mean of the differences between neighbours, large ones dropped once where ``screen``."""
    ranges = np.abs(np.diff(points))
    if screen:
        kept = ranges[ranges < SCREEN_FACTOR * ranges.mean()]
        ranges = kept if kept.size else ranges
    return float(ranges.mean())


def seven_on_one_side(side: Flags) -> Flags:
    """Flag each point that ends seven on one side of the mean; ``side`` is -1, 0 (on the mean) or 1."""
    return _ends_of_runs(np.abs(_window_sums(side, RUN)) == RUN, side.size)


def seven_point_trend(points: Array) -> Flags:
    """Flag with 1 or -1 each point that ends seven in a run up or down; a tie breaks the run."""
    steps = _window_sums(np.sign(np.diff(points)).astype(np.int64), RUN - 1)
    return _ends_of_runs(np.where(np.abs(steps) == RUN - 1, np.sign(steps), 0), points.size)


def part_of_seven(ends: Flags) -> Flags:
    """Flag all seven points of each run whose last point is flagged."""
    padded = np.concatenate((ends != 0, np.zeros(RUN - 1, dtype=bool)))
    return np.asarray(sliding_window_view(padded, RUN).any(axis=1), dtype=np.int64)


def two_in_three(near: Flags, side: Flags) -> Flags:
    """Flag the points of any three on one side of the mean of which two or more are near the limit."""
    found = (_window_sums(near, 3) >= 2) & (np.abs(_window_sums(side, 3)) == 3)
    flags = np.zeros(near.size, dtype=np.int64)
    for offset in range(3):
        flags[offset : offset + found.size] |= found
    return flags


def part_of_two_in_three(flags: Flags, near: Flags) -> Flags:
    """Keep of the points flagged by :func:`two_in_three` those that are near the limit themselves."""
    return np.asarray(flags * near, dtype=np.int64)


def _signals(points: Array, mean: float, width: float) -> tuple[tuple[int, Rule], ...]:
    found: dict[int, Rule] = {}
    for rule, flags in _rules(points, mean, width).items():
        for position in np.flatnonzero(flags):
            found.setdefault(int(position), rule)
    return tuple(sorted(found.items()))


def _rules(points: Array, mean: float, width: float) -> dict[Rule, Flags]:
    away = np.abs(points - mean)
    side = _side(points, mean)
    away[side == 0] = 0
    beyond = (away > width * (1 + 1e-12)).astype(np.int64)
    near = (away > width * NEAR).astype(np.int64) * (1 - beyond)
    return {
        "beyond_limit": beyond,
        "trend_of_7": part_of_seven(seven_point_trend(points)),
        "two_of_three_near_limit": part_of_two_in_three(two_in_three(near, side), near),
        "seven_on_one_side": part_of_seven(seven_on_one_side(side)),
    }


def _side(points: Array, mean: float) -> Flags:
    """Which side of the mean a point is on. A mean of equal values may differ in the last bit: that is no side."""
    away = points - mean
    away[np.abs(away) <= 1e-9 * max(1.0, abs(mean))] = 0
    return np.asarray(np.sign(away), dtype=np.int64)


def _window_sums(flags: Flags, length: int) -> Flags:
    """Sum of each ``length`` neighbours; empty where there are fewer."""
    if flags.size < length:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(sliding_window_view(flags, length).sum(axis=1), dtype=np.int64)


def _ends_of_runs(found: NDArray[Any], size: int) -> Flags:
    """Put a flag for each window at the last point of the window."""
    return np.concatenate((np.zeros(size - found.size, dtype=np.int64), found.astype(np.int64)))


def _array(values: Values) -> Array:
    points = np.asarray(values, dtype=float)
    if points.size == 0:
        raise ValueError("there are no values to chart")
    return points
