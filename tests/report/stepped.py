"""The golden service with a rapid-access series that moved to a new level 30 weeks ago and stayed there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

import capacity
from capacity.service.model import DemandRow, Service

GOLDEN = Path(__file__).parents[2] / "models" / "golden"
FIRST = dt.date(2025, 9, 1)
MOVED = FIRST + dt.timedelta(weeks=40)
WEEKS = 70


def counts() -> list[int]:
    """Forty weeks of about 20 referrals, then thirty of about 32."""
    rng = np.random.default_rng(4)
    return [*map(int, rng.poisson(20, 40)), *map(int, rng.poisson(32, WEEKS - 40))]


def rows() -> tuple[DemandRow, ...]:
    """Both series of the golden service; new patients stay at about 12 a week."""
    weeks = [FIRST + dt.timedelta(weeks=week) for week in range(WEEKS)]
    rapid = [
        DemandRow(start=week, series="rapid", referrals=count) for week, count in zip(weeks, counts(), strict=True)
    ]
    steady = np.random.default_rng(5).poisson(12, WEEKS)
    new = [DemandRow(start=week, series="new", referrals=int(count)) for week, count in zip(weeks, steady, strict=True)]
    return (*rapid, *new)


def stepped() -> Service:
    """The service, nothing confirmed."""
    return capacity.read(GOLDEN).model_copy(update={"demand": rows()})


def write(model: Path) -> None:
    """Put the rows into demand.csv of a copy of the golden service."""
    lines = ["week_starting,series,referrals", *(f"{row.start},{row.series},{row.referrals}" for row in rows())]
    (model / "demand.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
