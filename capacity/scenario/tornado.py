"""A tornado of the main assumptions: each a step either way, and what that does to the gap or to the planned shortfall.

The assumptions, their steps and the gap are those of ``capacity.supply.sensitivity``; only planning is added here.
"""

from __future__ import annotations

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass

from capacity.errors import InputError
from capacity.optimise.prove import Prover
from capacity.optimise.search import Settings
from capacity.scenario.varying import Measures, Planned, Told, reason_of, untold
from capacity.service.model import Service
from capacity.supply.calendar import TOTAL
from capacity.supply.factors import FACTORS, Factor
from capacity.supply.sensitivity import Sensitivity, sensitivity


@dataclass(frozen=True)
class Swing:
    """One assumption: the measure a step down and a step up, in sessions a week; None where it cannot be worked out."""

    factor: str
    label: str
    step: str
    down: float | None
    up: float | None
    note: str = ""

    def largest(self, base: float) -> float:
        """The larger of the two changes, without its sign; -1 where neither is known."""
        return max((abs(each - base) for each in (self.down, self.up) if each is not None), default=-1.0)


@dataclass(frozen=True)
class TornadoResult:
    """What each assumption does, the largest effect first. ``base`` is the measure with none moved."""

    by_plan: bool
    base: float | None
    swings: tuple[Swing, ...]
    absent: Mapping[str, str]
    """Assumption -> why nothing can be moved."""
    sensitivity: Sensitivity
    complete: bool = True
    reason: str = ""


def tornado(
    service: Service,
    by_plan: bool = False,
    settings: Settings | None = None,
    told: Told = untold,
    factors: tuple[Factor, ...] = FACTORS,
) -> TornadoResult:
    """Move each assumption either way: the net gap of the plans in force, or what a checked plan leaves short."""
    found = sensitivity(service, factors=factors)
    if not by_plan:
        base = float(found.base.loc[found.base["activity"] == TOTAL, "gap"].iloc[0])
        swings = tuple(
            Swing(
                str(row["factor"]), str(row["label"]), str(row["step"]), _plus(base, row["down"]),
                _plus(base, row["up"]), str(row["note"]),
            )
            for row in found.ranked.to_dict("records")
        )  # fmt: skip
        return TornadoResult(False, base, swings, found.absent, found)
    return _by_plan(service, found, factors, settings or Settings(), told)


def _plus(base: float, change: float) -> float | None:
    return base + float(change) if change == change else None


def _by_plan(
    service: Service, found: Sensitivity, factors: tuple[Factor, ...], settings: Settings, told: Told
) -> TornadoResult:
    moving = [factor for factor in factors if factor.factor not in found.absent]
    began, done, plans = clock.monotonic(), 0, 2 * len(moving) + 1
    swings: list[Swing] = []
    with Prover() as prover:
        measures = Measures(service, settings, prover)

        def planned(changed: Service | None) -> Planned:
            nonlocal done
            left = settings.time_limit - (clock.monotonic() - began)
            seconds, done = max(1.0, left / (plans - done)), done + 1
            if changed is None:
                return Planned(None, {}, 0.0, 0.0, False, "")
            try:
                return measures.plan(changed, seconds)
            except InputError as error:
                return Planned(None, {}, 0.0, 0.0, False, reason_of(error))

        base = planned(service)
        for number, factor in enumerate(moving if base.short is not None else (), start=1):
            if settings.stop.is_set():
                break
            told(f"assumption {number} of {len(moving)}: {factor.label}")
            moves = [factor.move(service, sign * factor.step) for sign in (-1, 1)]
            down, up = (planned(each.service) for each in moves)
            held = dict.fromkeys(name for each in moves for name in each.held)
            notes = [f"not all of the step for {', '.join(held)}"] if held else []
            notes += [each.reason for each in (down, up) if each.reason]
            swings.append(
                Swing(factor.factor, factor.label, factor.step_in_words, down.short, up.short, "; ".join(notes))
            )
    if base.short is not None:
        least = base.short
        swings.sort(key=lambda swing: -swing.largest(least))
    complete = len(swings) == len(moving)
    return TornadoResult(True, base.short, tuple(swings), found.absent, found, complete, base.reason)
