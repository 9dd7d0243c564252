"""A scenario that holds for part of the year: its weeks are simulated as it has them, the others as the base.

What patients of a week come back for later is that of the weeks they come back in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from capacity.scenario.stress_settings import Bools, Floats
from capacity.scenario.stress_supply import SupplyDrawn
from capacity.service.model import JobPlanRow, Service

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Outside:
    """What holds before ``first`` and after ``last`` (None: the ends of the year): the base and its job plans."""

    service: Service
    rows: Sequence[JobPlanRow]
    first: dt.date | None
    last: dt.date | None

    def inside(self, weeks: Sequence[dt.date]) -> Bools:
        """Whether the scenario holds in each week, [week, 1]: from the week its first day is in to that of its last."""
        begun = [self.first is None or week + dt.timedelta(days=6) >= self.first for week in weeks]
        lasts = [self.last is None or week <= self.last for week in weeks]
        return np.array([both[0] and both[1] for both in zip(begun, lasts, strict=True)])[:, None]


def blend(inside: Bools, scenario: Floats | None, base: Floats | None) -> Floats:
    """Weeks of the scenario inside, of the base outside; what one of them has not is nothing there."""
    return np.asarray(np.where(inside, 0.0 if scenario is None else scenario, 0.0 if base is None else base))


def blend_all(inside: Bools, scenario: Mapping[Key, Floats], base: Mapping[Key, Floats]) -> dict[Key, Floats]:
    """The same for everything that either has."""
    return {key: blend(inside, scenario.get(key), base.get(key)) for key in {**scenario, **base}}


def blended_supply(inside: Bools, scenario: SupplyDrawn, base: SupplyDrawn) -> SupplyDrawn:
    """Sessions of the scenario inside and of the base outside, for the activities and people the scenario has."""
    people, activities = set(scenario.team.people), set(scenario.capacity)

    def own(name: str) -> dict[tuple[str, str], Floats]:
        both = blend_all(inside, getattr(scenario, name), getattr(base, name))
        return {key: sessions for key, sessions in both.items() if key[0] in people and key[1] in activities}

    steady = blend_all(inside, scenario.steady, base.steady)
    return replace(
        scenario,
        own=own("own"),
        covered=own("covered"),
        yearly=own("yearly"),
        duty=own("duty"),
        steady={key: each for key, each in steady.items() if key in activities},
        capacity={key: blend(inside, each, base.capacity.get(key)) for key, each in scenario.capacity.items()},
    )
