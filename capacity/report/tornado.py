"""A tornado as a page, as JSON and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.report.whatif import WhatIf
from capacity.report.words import count, fitted_table, fixed, number, wrapped
from capacity.scenario.tornado import TornadoResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from capacity.report.figures_sensitivity import Tornado as TornadoFigure

COLUMNS = ("rank", "factor", "label", "step", "down", "up", "change_down", "change_up", "note")
NO_EFFECT = 0.005


@dataclass(frozen=True, repr=False)
class Tornado(WhatIf):
    """What a step of each main assumption does to the gap, or to what a plan leaves short."""

    result: TornadoResult
    kind: ClassVar[str] = "tornado"
    plots: ClassVar[tuple[str, ...]] = ("tornado",)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row an assumption, the largest effect first: the measure a step down and up, and both changes."""
        import pandas as pd

        base = self.result.base
        rows = [
            (
                rank, swing.factor, swing.label, swing.step, swing.down, swing.up, _less(swing.down, base),
                _less(swing.up, base), swing.note,
            )
            for rank, swing in enumerate(self.result.swings, start=1)
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype(dict.fromkeys(("down", "up", "change_down", "change_up"), "float64"))

    def sentence(self) -> str:
        """The assumption that moves the measure most, and those that move it by a session."""
        base, swings = self.result.base, self.result.swings
        if base is None:
            return f"No plan, so nothing to move: {self.result.reason}"
        moving = [swing for swing in swings if swing.largest(base) >= NO_EFFECT]
        start = f"As it is, {self._measure(base)}."
        if not moving:
            return f"{start} None of the assumptions moves that."
        first = moving[0]
        ends = {"less": first.down, "more": first.up}
        moved = [f"{number(each)} with {{step}} {word}" for word, each in ends.items() if each is not None]
        strong = sum(swing.largest(base) >= 1 for swing in moving)
        less = f"; {count(strong, 'assumption')} move it by a session a week or more" if strong > 1 else ""
        step = first.step.removeprefix("± ")
        label = first.label if first.label[1:2].isupper() else first.label[:1].lower() + first.label[1:]
        words = " and ".join(each.format(step=step) for each in moved)
        return f"{start} What moves it most is {label}: it is {words}{less}."

    def _measure(self, value: float) -> str:
        if self.result.by_plan:
            return f"a plan within present contracts leaves {count(value, 'session')} a week short"
        if value < 0:
            return f"your plans supply {count(-value, 'session')} a week more than is required, surpluses counted"
        return f"required less supplied is {count(value, 'session')} a week, surpluses counted"

    def page(self) -> list[str]:
        """Return the table and what its words mean."""
        base = self.result.base or 0.0
        rows = [
            [swing.label, swing.step, _shown(swing.down), _signed(swing.down, base), _shown(swing.up),
             _signed(swing.up, base)]
            for swing in self.result.swings
        ]  # fmt: skip
        made = fitted_table(["assumption", "step", "a step down", "change", "a step up", "change"], rows)
        what = "What a checked plan leaves short" if self.result.by_plan else "Required less supplied, - is spare"
        notes = [f"{what}, sessions a calendar week. Each assumption is moved alone, all else as it is."]
        notes += [f"{swing.label}: {swing.note}." for swing in self.result.swings if swing.note]
        if not self.result.complete:
            notes.append("Stopped: the assumptions that were reached.")
        return [made if rows else "", "\n".join(wrapped(note) for note in notes)]

    def body(self) -> dict[str, Any]:
        """The measure as it is and every assumption."""
        return {
            "by_plan": self.result.by_plan,
            "complete": self.result.complete,
            "reason": self.result.reason,
            "base": self.result.base,
            "assumptions": [
                {**{key: row[key] for key in COLUMNS}, "rank": int(row["rank"])}
                for row in self.frame.to_dict("records")
            ],
            "absent": dict(self.result.absent),
        }

    def drawn(self) -> dict[str, tuple[Figure, str]]:
        """The figure of the gap's own sensitivity, with the measure that was asked for."""
        from capacity.report.figures_sensitivity import tornado_alt, tornado_figure

        data = self.data()
        if data is None:
            return {}
        title = f"{self.service.name}: what moves the {'planned shortfall' if self.result.by_plan else 'gap'} most"
        return {"tornado": (tornado_figure(data, title=title), tornado_alt(data))}

    def data(self) -> TornadoFigure | None:
        """What the figure shows; None where there is nothing to draw."""
        from capacity.report.figures_sensitivity import Swing
        from capacity.report.figures_sensitivity import Tornado as Drawn

        if self.result.base is None or not self.result.swings:
            return None
        swings = [
            Swing(
                each.label, f"-{each.step.removeprefix('± ')}", each.down, f"+{each.step.removeprefix('± ')}", each.up
            )
            for each in self.result.swings
            if each.down is not None and each.up is not None
        ]
        unit = "sessions a week after planning" if self.result.by_plan else "sessions a week"
        return Drawn(self.result.base, tuple(swings), unit) if swings else None


def _less(value: float | None, base: float | None) -> float | None:
    return None if value is None or base is None else value - base


def _shown(value: float | None) -> str:
    return "-" if value is None else fixed(value)


def _signed(value: float | None, base: float) -> str:
    return "" if value is None else f"{'+' if value - base >= 0 else '-'}{fixed(abs(value - base), 2)}"
