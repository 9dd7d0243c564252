"""The Pareto set as a page, as JSON, as a table and as plans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.report.whatif import WhatIf
from capacity.report.words import count, fixed, number, pounds, table, wrapped
from capacity.scenario.pareto import ParetoPoint, ParetoResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from capacity.report.figures_pareto import ParetoSet

COLUMNS = (
    "point", "short", "changed", "pounds", "extra_pa", "extra_hours", "by", "proven",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Pareto(WhatIf):
    """Checked plans of which none is beaten in gap, change or cost without losing in another."""

    result: ParetoResult
    kind: ClassVar[str] = "pareto"
    plots: ClassVar[tuple[str, ...]] = ("pareto",)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a plan, by rising cost and change: what it leaves short, changes and costs."""
        import pandas as pd

        rows = [
            (
                number, point.short, point.planned.changed, point.spent.pounds, point.spent.pa, point.spent.hours,
                point.by, point.planned.proven,
            )
            for number, point in enumerate(self.result.points, start=1)
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype(dict.fromkeys(COLUMNS[1:6], "float64"))

    def sentence(self) -> str:
        """How many plans there are, and the best of them without money and with."""
        points = self.result.points
        if not points:
            return self.result.reason or "No plan was found."
        if len(points) == 1:
            return f"One plan beats all others: {self._says(points[0])}."
        free = [point for point in points if _is_free(point)]
        best, least = min(points, key=lambda point: point.short), max(points, key=lambda point: point.short)
        said = [f"{len(points)} plans that no other beats in gap, change and cost, from {self._says(least)}"]
        said.append(f"to {self._says(best)}.")
        if free and min(free, key=lambda point: point.short) not in (best, least):
            said.append(f"Without new money the best is {self._says(min(free, key=lambda point: point.short))}.")
        return " ".join(said)

    def _says(self, point: ParetoPoint) -> str:
        short = f"{count(point.short, 'session')} a week short"
        changed = number(point.planned.changed)
        return f"{short} with {'nothing' if changed == '0' else changed} changed{self._cost(point)}"

    def _cost(self, point: ParetoPoint) -> str:
        if _is_free(point):
            return " at no cost"
        if self.result.priced and point.spent.pounds is not None:
            return f" at {pounds(point.spent.pounds)} a year"
        return f" and {count(point.spent.pa, 'extra PA')}"

    def page(self) -> list[str]:
        """Return the table and what its words mean."""
        header = ["plan", "short", "changed", "extra PAs", "extra hours", "pounds a year", "proven"]
        rows = [
            [
                str(number), fixed(point.short, 2), fixed(point.planned.changed), fixed(point.spent.pa, 2),
                fixed(point.spent.hours), "-" if point.spent.pounds is None else pounds(point.spent.pounds),
                "yes" if point.planned.proven else "no",
            ]
            for number, point in enumerate(self.result.points, start=1)
        ]  # fmt: skip
        notes = [
            "Sessions a week left short, and moved, added or dropped from the plans in force. Pounds: extra PAs, and"
            " extra hours at the price of a WTE of the grade. No plan in the table beats another in all three.",
            "Proven: no plan within its limit leaves less short, in the order of the tiers.",
        ]
        if self.result.beaten:
            said = count(self.result.beaten, "more plan")
            notes.append(f"{said} that another beats {'is' if self.result.beaten == 1 else 'are'} left out.")
        if not self.result.priced and rows:
            notes.append("Cost is counted in extra PAs, as [costs] has no price for all extra time.")
        if not self.result.complete:
            notes.append("Stopped: the plans that were found.")
        return [table(header, rows), "\n".join(wrapped(note) for note in notes)] if rows else []

    def body(self) -> dict[str, Any]:
        """Every point."""
        from capacity.report.plan_json import plan_json
        from capacity.supply.gap import gap

        now = gap(self.service, self.demand)
        return {
            "reason": self.result.reason,
            "complete": self.result.complete,
            "priced": self.result.priced,
            "beaten": self.result.beaten,
            "points": [
                {**row, "plan": plan_json(point.service, self.demand, now, point.outcome)}
                for row, point in zip(self.frame.to_dict("records"), self.result.points, strict=True)
            ],
        }

    def drawn(self) -> dict[str, tuple[Figure, str]]:
        """What is short against what changes, by cost."""
        from capacity.report.figures_pareto import pareto_alt, pareto_figure

        if not self.result.points:
            return {}
        data = self.data()
        return {"pareto": (pareto_figure(data), pareto_alt(data))}

    def data(self) -> ParetoSet:
        """What the figure shows."""
        from capacity.report.figures_pareto import ParetoSet

        return ParetoSet(self.service.name, self.frame, self.result.priced, self.sentence())


def _is_free(point: ParetoPoint) -> bool:
    return point.spent.pa <= 0 and point.spent.hours <= 0
