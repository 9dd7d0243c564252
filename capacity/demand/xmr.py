"""XmR charts with the rules of NHS England's *Making Data Count*.

The rules are those of the NHSRplotthedots package, whose published test values are tests here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

LIMIT_FACTOR = 2.66
SCREEN_FACTOR = 3.267
RUN = 7

Rule = Literal["beyond_limit", "trend_of_7", "two_of_three_near_limit", "seven_on_one_side"]
Flags = NDArray[np.int64]
"""One number a point: 0 for no, 1 for yes; -1 and 1 where there are two directions."""


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


def xmr(values: Sequence[float] | NDArray[np.floating[Any]], screen: bool = False) -> XmR:
    """Return mean ± 2.66 x the mean moving range, and the points that break a rule.

    ``screen`` drops moving ranges of 3.267 times their mean or more, once; off by default as in the NHS Excel tool.
    Raises ValueError for no values.
    """
    points = np.asarray(values, dtype=float)
    if points.size == 0:
        raise ValueError("there are no values to chart")
    mean = float(points.mean())
    if points.size == 1:
        return XmR(mean, None, None, None)
    moving_range = mean_moving_range(points, screen)
    lower, upper = mean - LIMIT_FACTOR * moving_range, mean + LIMIT_FACTOR * moving_range
    return XmR(mean, moving_range, lower, upper, _signals(points, mean, LIMIT_FACTOR * moving_range))


def mean_moving_range(points: NDArray[np.floating[Any]], screen: bool = False) -> float:
    """Mean of the differences between neighbours, large ones dropped once where ``screen``."""
    ranges = np.abs(np.diff(points))
    if screen:
        kept = ranges[ranges < SCREEN_FACTOR * ranges.mean()]
        ranges = kept if kept.size else ranges
    return float(ranges.mean())


def seven_on_one_side(side: Flags) -> Flags:
    """Flag each point that ends seven on one side of the mean; ``side`` is -1, 0 (on the mean) or 1."""
    return np.array([int(i >= RUN - 1 and abs(side[i - RUN + 1 : i + 1].sum()) == RUN) for i in range(side.size)])


def seven_point_trend(points: NDArray[np.floating[Any]]) -> Flags:
    """Flag with 1 or -1 each point that ends seven in a run up or down; a tie breaks the run."""
    steps = np.sign(np.diff(points)).astype(int)
    ends = [int(steps[i - RUN + 1 : i].sum()) if i >= RUN - 1 else 0 for i in range(points.size)]
    return np.array([int(np.sign(end)) if abs(end) == RUN - 1 else 0 for end in ends])


def part_of_seven(ends: Flags) -> Flags:
    """Flag all seven points of each run whose last point is flagged."""
    return np.array([int(np.any(ends[i : i + RUN] != 0)) for i in range(ends.size)])


def two_in_three(near: Flags, side: Flags) -> Flags:
    """Flag the points of any three on one side of the mean of which two or more are near the limit."""
    flags = np.zeros(near.size, dtype=int)
    for i in range(near.size - 2):
        if near[i : i + 3].sum() >= 2 and abs(side[i : i + 3].sum()) == 3:
            flags[i : i + 3] = 1
    return flags


def part_of_two_in_three(flags: Flags, near: Flags) -> Flags:
    """Keep of the points flagged by :func:`two_in_three` those that are near the limit themselves."""
    return flags * near


def _signals(points: NDArray[np.floating[Any]], mean: float, width: float) -> tuple[tuple[int, Rule], ...]:
    away = points - mean
    # A mean of equal values may differ from them in the last bit: that is not a side.
    away[np.abs(away) <= 1e-9 * max(1.0, abs(mean))] = 0
    side = np.sign(away).astype(int)
    beyond = (np.abs(away) > width * (1 + 1e-12)).astype(int)
    near = (np.abs(away) > width * 2 / 3).astype(int) * (1 - beyond)
    rules: tuple[tuple[Rule, Flags], ...] = (
        ("beyond_limit", beyond),
        ("trend_of_7", part_of_seven(seven_point_trend(points))),
        ("two_of_three_near_limit", part_of_two_in_three(two_in_three(near, side), near)),
        ("seven_on_one_side", part_of_seven(seven_on_one_side(side))),
    )
    found: dict[int, Rule] = {}
    for rule, flags in rules:
        for position in np.flatnonzero(flags):
            found.setdefault(int(position), rule)
    return tuple(sorted(found.items()))
