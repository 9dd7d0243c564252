"""What a search tells while it runs: one event at a time, to whoever asked, whatever they make of it."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """Where a search stands, told about ten times a second and whenever a plan gets better.

    A page can show a line for each (``answer``, ``point``, ``tier``) and replace it by the next event of the same. A
    tier is finished when the next begins. ``tier`` is ``start`` while a plan near the plan before is looked for, which
    is no tier: value and bound are then those of shortfall and change weighed together.
    """

    answer: str
    """``within_contract``, or ``with_extra`` where extra PAs may be spent."""
    tier: str
    value: float | None
    """Best value found; None before there is a plan."""
    bound: float | None
    """No plan can do better; None before anything is known."""
    seconds: float
    """Since the tier began."""
    elapsed: float
    """Since the run began."""
    point: int | None = None
    """Point of a frontier, from 1; None for a plan."""
    points: int | None = None

    def to_json(self) -> dict[str, str | float | int | None]:
        """Return the event as plain data: what is not known is null."""
        return dict(self.__dict__)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


Progress = Callable[[str, float | None, float | None, float], None]
"""Called with tier, best value, bound and seconds since the tier began; once more when the tier is finished."""
OnEvent = Callable[[Event], None]


@dataclass
class Teller:
    """Tells whoever asked. What goes wrong in a callback is kept in ``faults``; that callback is not called again."""

    progress: Progress | None = None
    on_event: OnEvent | None = None
    answer: str = "within_contract"
    point: int | None = None
    points: int | None = None
    faults: list[Exception] = field(default_factory=list)
    began: float = field(default_factory=clock.monotonic)

    def tell(self, tier: str, value: float | None, bound: float | None, seconds: float) -> None:
        """Tell where a tier stands. Never raises an Exception: the search must not end because a page went away."""
        value, bound = _finite(value), _finite(bound)
        if self.progress is not None:
            try:
                self.progress(tier, value, bound, seconds)
            except Exception as fault:
                self.progress = None
                self.faults.append(fault)
        if self.on_event is not None:
            elapsed = clock.monotonic() - self.began
            event = Event(self.answer, tier, value, bound, seconds, elapsed, self.point, self.points)
            try:
                self.on_event(event)
            except Exception as fault:
                self.on_event = None
                self.faults.append(fault)
