"""A sweep as a page, as JSON and as tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.report.whatif import WhatIf
from capacity.report.words import WIDTH, capital, count, fixed, number, shortened, table, wrapped
from capacity.scenario.parameters import Parameter
from capacity.scenario.sweep import SweepPoint, SweepResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from capacity.report.figures_sweep import SweepLine, SweepMap

SAME = 0.005
MOST_COLUMNS = 12


@dataclass(frozen=True, repr=False)
class Sweep(WhatIf):
    """What is short at each value of one or two figures of a service."""

    result: SweepResult
    kind: ClassVar[str] = "sweep"
    plots: ClassVar[tuple[str, ...]] = ("sweep",)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a point: the values, then required, supplied, net, short (plans in force) and what a plan leaves."""
        import pandas as pd

        names = [each.parameter.name for each in self.result.varied]
        rows = []
        for point in self.result.points:
            position, planned = point.position, point.planned
            rows.append(
                {
                    **{name: value.number for name, value in zip(names, point.place, strict=True)},
                    "required": None if position is None else position.required,
                    "supplied": None if position is None else position.supplied,
                    "net": None if position is None else position.net,
                    "short": None if position is None else position.short,
                    "planned_short": None if planned is None else planned.short,
                    "planned_share": None if planned is None or position is None else planned.share(position.required),
                    "planned_changed": None if planned is None or planned.short is None else planned.changed,
                    "planned_extra_pa": None if planned is None or planned.short is None else planned.extra_pa,
                    "proven": None if planned is None else planned.proven,
                    "reason": point.reason,
                }
            )
        figures = ["required", "supplied", "net", "short", "planned_short", "planned_share", "planned_changed",
                   "planned_extra_pa"]  # fmt: skip
        frame = pd.DataFrame(rows, columns=[*names, *figures, "proven", "reason"])
        return frame.astype(dict.fromkeys(figures, "float64"))

    def tables(self) -> dict[str, pd.DataFrame]:
        """The points, and what each activity lacks at each of them."""
        import pandas as pd

        names = [each.parameter.name for each in self.result.varied]
        rows = [
            {
                **{name: value.number for name, value in zip(names, point.place, strict=True)},
                "activity": key,
                "gap": gap,
                "planned_short": None if point.planned is None else point.planned.shortfall.get(key, 0.0),
            }
            for point in self.result.points
            if point.position is not None
            for key, gap in point.position.gaps.items()
        ]
        by_activity = pd.DataFrame(rows, columns=[*names, "activity", "gap", "planned_short"])
        return {"sweep.csv": self.frame, "sweep_by_activity.csv": by_activity.astype({"planned_short": "float64"})}

    def words(self, point: SweepPoint) -> str:
        """A point in words: ``DNA rate at 4 % and demand at x 1.1``."""
        pairs = zip(self.result.varied, point.place, strict=True)
        return " and ".join(f"{each.parameter.label} at {each.words(value)}" for each, value in pairs)

    @property
    def _known(self) -> list[tuple[float, SweepPoint]]:
        return [(point.short, point) for point in self.result.points if point.short is not None]

    @property
    def _who(self) -> str:
        if not self.result.by_plan:
            return "your plans leave"
        return "a plan leaves" if self.result.paid else "a plan within present contracts leaves"

    def sentence(self) -> str:
        """What is short from one end of the range to the other, and as it is."""
        known, base = self._known, self.result.base
        if not known:
            return f"No point has an answer: {self.result.points[0].reason if self.result.points else 'none was tried'}"
        now = "" if base.short is None else f" As it is: {number(base.short)}{self._now()}."
        if len(known) == 1:
            return f"With {self.words(known[0][1])}, {self._who} {count(known[0][0], 'session')} a week short.{now}"
        least, most = min(known, key=lambda each: each[0]), max(known, key=lambda each: each[0])
        if most[0] - least[0] < SAME and (base.short is None or abs(base.short - least[0]) < SAME):
            hint = "" if self.result.by_plan else " What only a new plan can use shows with --plan."
            return f"It makes no difference: {self._who} {count(least[0], 'session')} a week short throughout.{hint}"
        if len(self.result.varied) == 1:
            first, last = known[0], known[-1]
            return (
                f"With {self.words(first[1])}, {self._who} {count(first[0], 'session')} a week short; at"
                f" {self.result.varied[0].words(last[1].place[0])}, {number(last[0])}{self._slope()}.{now}"
            )
        return (
            f"At best, with {self.words(least[1])}, {self._who} {count(least[0], 'session')} a week short; at worst,"
            f" with {self.words(most[1])}, {number(most[0])}.{now}"
        )

    def _now(self) -> str:
        said = [
            f"{each.parameter.label} {each.parameter.now_in_words}"
            for each in self.result.varied
            if not each.parameter.factors_only
        ]
        return f" ({'; '.join(said)})" if said else ""

    def _slope(self) -> str:
        """About what a point, or 10 %, is worth, where the curve is near enough to a line to say so."""
        (varied,) = self.result.varied
        first, last = varied.steps[0], varied.steps[-1]
        step = 0.1 if first.factor else 0.01 if varied.parameter.percent else None
        known = self._known
        if step is None or last.number - first.number < step or len(known) < len(self.result.points):
            return ""
        change = (known[-1][0] - known[0][0]) / (last.number - first.number) * step
        what = "10 %" if first.factor else "point"
        return "" if abs(change) < 0.05 else f", about {number(abs(change))} for each {what}"

    def page(self) -> list[str]:
        """Return the table, and what its words mean."""
        grid = len(self.result.varied) == 2 and len(self.result.varied[1].steps) <= MOST_COLUMNS
        made = self._grid() if grid else self._list()
        return [made, "\n".join(wrapped(note) for note in self._notes())]

    def _grid(self) -> str:
        rows_of, columns_of = self.result.varied
        known = {point.place: point for point in self.result.points}
        header = [rows_of.parameter.label, *(columns_of.words(value) for value in columns_of.steps)]
        rows = []
        for row in rows_of.steps:
            cells = [known.get((row, column)) for column in columns_of.steps]
            rows.append([rows_of.words(row), *(self._cell(cell) for cell in cells)])
        head = f"{capital('sessions a week short')}; columns: {columns_of.parameter.label}"
        made = table(header, rows, widest=WIDTH)
        return f"{wrapped(head)}\n{made}" if max(map(len, made.split("\n"))) <= WIDTH else self._list()

    def _cell(self, point: SweepPoint | None) -> str:
        if point is None or point.short is None:
            return "-"
        mark = "" if point.planned is None or point.planned.proven else "~"
        return f"{mark}{fixed(point.short)}"

    def _list(self) -> str:
        by_plan = self.result.by_plan
        room = 30 if len(self.result.varied) == 1 else 16
        names = [shortened(each.parameter.label, room) for each in self.result.varied]
        header = [*names, "required", "supplied", "short"]
        header += ["planned short", "changed", "extra PAs", "proven"] if by_plan else []
        rows = []
        for point in self.result.points:
            values = [each.words(value) for each, value in zip(self.result.varied, point.place, strict=True)]
            rows.append([*values, *_figures(point, by_plan)])
        base = ["as it is", *([""] * (len(names) - 1)), *_figures(self.result.base, by_plan)]
        return table(header, [*rows, base], left=len(names))

    def _notes(self) -> list[str]:
        notes = ["Sessions a calendar week. Short: what activities lack one by one; a surplus fills no gap."]
        if self.result.by_plan:
            proven = all(point.planned is None or point.planned.proven for point in self.result.points)
            more = " Not proven, marked ~ or no: a better plan may exist; more time (--time-limit) looks further."
            notes.append(
                "Planned short: what a checked plan leaves, rapid work first, each as capacity plan would; no tier"
                " gives any back. Short is of the plans in force as they stand, whether or not they could."
                f"{'' if proven else more}"
            )
        notes += [note for each in self.result.varied if (note := set_alike(each.parameter, each.steps[0].factor))]
        failed = [point for point in self.result.points if point.short is None]
        if failed:
            few = failed[0]
            notes.append(
                f"{count(len(failed), 'point')} of {len(self.result.points)} without an answer (-), such as"
                f" {self.words(few)}: {few.reason}"
            )
        if not self.result.complete:
            notes.append("Stopped: the points that were reached.")
        return notes

    def body(self) -> dict[str, Any]:
        """Parameters, the service as it is, and every point."""
        return {
            "by_plan": self.result.by_plan,
            "paid": self.result.paid,
            "complete": self.result.complete,
            "parameters": [
                {
                    "name": each.parameter.name,
                    "label": each.parameter.label,
                    "percent": each.parameter.percent,
                    "now": dict(each.parameter.now),
                    "values": [{"value": value.number, "factor": value.factor} for value in each.steps],
                }
                for each in self.result.varied
            ],
            "base": point_json(self.result.base),
            "points": [point_json(point) for point in self.result.points],
        }

    def drawn(self) -> dict[str, tuple[Figure, str]]:
        """A line for one parameter, a heat map for two."""
        from capacity.report import figures_sweep as figures

        if not self._known:
            return {}
        if len(self.result.varied) == 1:
            line = self.line()
            return {"sweep": (figures.sweep_line_figure(line), figures.sweep_line_alt(line))}
        heat = self.map()
        return {"sweep": (figures.sweep_map_figure(heat), figures.sweep_map_alt(heat))}

    def line(self) -> SweepLine:
        """What the line figure shows."""
        from capacity.report.figures_sweep import SweepLine

        (varied,) = self.result.varied
        present = 1.0 if varied.steps[0].factor else varied.parameter.present
        scale = 100 if varied.parameter.percent and not varied.steps[0].factor else 1
        unit = ", times present" if varied.steps[0].factor else ", %" if scale == 100 else ""
        points = [point for point in self.result.points if point.position is not None]
        return SweepLine(
            self.service.name,
            f"{capital(varied.parameter.label)}{unit}",
            tuple(scale * point.place[0].number for point in points),
            tuple(point.position.short for point in points if point.position is not None),
            tuple(None if point.planned is None else point.planned.short for point in points)
            if self.result.by_plan
            else (),
            None if present is None else scale * present,
            self.sentence(),
        )

    def map(self) -> SweepMap:
        """What the heat map shows."""
        from capacity.report.figures_sweep import SweepMap

        rows_of, columns_of = self.result.varied
        known = {point.place: point.short for point in self.result.points}
        present = tuple(
            next(
                (
                    at
                    for at, value in enumerate(each.steps)
                    if abs(value.number - (1.0 if value.factor else each.parameter.present or -1.0)) < 1e-9
                ),
                None,
            )
            for each in (rows_of, columns_of)
        )
        return SweepMap(
            self.service.name,
            capital(rows_of.parameter.label),
            capital(columns_of.parameter.label),
            tuple(rows_of.words(value) for value in rows_of.steps),
            tuple(columns_of.words(value) for value in columns_of.steps),
            tuple(tuple(known.get((row, column)) for column in columns_of.steps) for row in rows_of.steps),
            present,
            "after planning" if self.result.by_plan else "plans in force",
            self.sentence(),
        )


def set_alike(parameter: Parameter, factor: bool) -> str:
    """What one value for rows that now differ means; blank where they are alike, or a factor keeps the differences."""
    if factor or parameter.factors_only or parameter.present is not None:
        return ""
    return (
        f"{capital(parameter.label)}: set alike in {len(parameter.now)} rows, {parameter.now_in_words}; a factor, such"
        " as x0.8, keeps their differences."
    )


def _figures(point: SweepPoint, by_plan: bool) -> list[str]:
    position, planned = point.position, point.planned
    found = (
        ["-", "-", "-"]
        if position is None
        else [fixed(position.required), fixed(position.supplied), fixed(position.short)]
    )
    if not by_plan:
        return found
    if planned is None or planned.short is None:
        return [*found, "-", "-", "-", "-"]
    return [
        *found, fixed(planned.short), fixed(planned.changed), fixed(planned.extra_pa, 2),
        "yes" if planned.proven else "no",
    ]  # fmt: skip


def point_json(point: SweepPoint) -> dict[str, Any]:
    """A point as plain data."""
    position, planned = point.position, point.planned
    return {
        "values": [value.number for value in point.place],
        "required": None if position is None else position.required,
        "supplied": None if position is None else position.supplied,
        "net": None if position is None else position.net,
        "short": None if position is None else position.short,
        "gaps": {} if position is None else dict(position.gaps),
        "planned": None
        if planned is None
        else {
            "short": planned.short,
            "shortfall": dict(planned.shortfall),
            "changed": planned.changed,
            "extra_pa": planned.extra_pa,
            "proven": planned.proven,
        },
        "reason": point.reason,
    }
