"""How much a period's demand asks for: its summary, what a level is worth, and how long a history must be.

The centiles themselves are in ``estimators.py`` and can be imported from here too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.demand.estimators import (
    CENTILE_ESTIMATOR,
    FEWEST_WEEKS_FOR_INTERVAL,
    INTERVAL_CONFIDENCE,
    CentileInterval,
    Values,
    centile_interval,
    harrell_davis,
    percentile_exc,
    percentile_inc,
    scottish_range,
)

__all__ = [
    "CENTILE_ESTIMATOR",
    "DEFAULT_CENTILE",
    "FEWEST_WEEKS_FOR_INTERVAL",
    "FEWEST_WEEKS_TO_TRUST",
    "INTERVAL_CONFIDENCE",
    "CentileInterval",
    "Summary",
    "Values",
    "centile_interval",
    "harrell_davis",
    "history_warning",
    "percentile_exc",
    "percentile_inc",
    "scottish_range",
    "share_within",
    "summarise",
]

DEFAULT_CENTILE = 0.80
FEWEST_WEEKS_TO_TRUST = 13


@dataclass(frozen=True)
class Summary:
    """Number of periods, mean, variance (n - 1) and dispersion φ = variance / mean.

    ``variance`` is None for one period, ``dispersion`` also where the mean is zero.
    """

    weeks: int
    mean: float
    variance: float | None
    dispersion: float | None


def summarise(values: Values) -> Summary:
    """Return weeks, mean, variance (n - 1) and φ. Raises ValueError for no values."""
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError("there are no values to size from")
    mean = float(array.mean())
    variance = float(array.var(ddof=1)) if array.size > 1 else None
    dispersion = variance / mean if variance is not None and mean > 0 else None
    return Summary(array.size, mean, variance, dispersion)


def share_within(values: Values, capacity: float) -> float:
    """Share of the periods whose demand is within ``capacity``: P(demand <= capacity) in the sample."""
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError("there are no values to size from")
    return float(np.mean(array <= capacity + 1e-9 * max(1.0, abs(capacity))))


def history_warning(weeks: int) -> str:
    """What a reader must know about a short history; empty where it is long enough."""
    if weeks < FEWEST_WEEKS_FOR_INTERVAL:
        return (
            f"only {weeks} whole week{'s' if weeks != 1 else ''} of demand: the figures are a guess and no interval "
            f"of a centile is possible (that needs {FEWEST_WEEKS_FOR_INTERVAL})"
        )
    if weeks < FEWEST_WEEKS_TO_TRUST:
        return f"only {weeks} whole weeks of demand; {FEWEST_WEEKS_TO_TRUST} or more are needed to size from"
    return ""
