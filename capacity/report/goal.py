"""A goal that was sought, and the least cost of leaving nothing short, as pages, JSON and tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.report.sweep import set_alike
from capacity.report.whatif import WhatIf
from capacity.report.words import count, fitted_table, fixed, listed, number, pounds, table, wrapped
from capacity.scenario.goal import GoalResult, Target, Tried
from capacity.scenario.least_cost import LeastCost, Way

if TYPE_CHECKING:
    import pandas as pd

MOST_TRIED = 12
"""Values of a goal that the page shows; the table has all."""


@dataclass(frozen=True, repr=False)
class Goal(WhatIf):
    """The value of one figure at which a target is reached, its bracket and how it was checked."""

    result: GoalResult
    kind: ClassVar[str] = "goal"

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a value that was tried, in order: the value, the measure, whether the target is met, and why not."""
        import pandas as pd

        rows = [(each.value, each.found, each.met, each.reason) for each in self.result.tried]
        frame = pd.DataFrame(rows, columns=["value", "found", "met", "reason"])
        return frame.astype({"found": "float64"})

    def sentence(self) -> str:
        """The value that reaches the target, or that none does."""
        result, label = self.result, self.result.parameter.label
        target, now = result.target, result.now
        today = (
            "" if now is None or now.found is None else f" As it is{self._now_words()}: {amount(target, now.found)}."
        )
        low, high = result.words(result.low), result.words(result.high)
        if result.everywhere:
            return f"Every {label} from {low} to {high} {reaches(target)}.{today}"
        if result.rounded is None or result.fails is None:
            best = self._best()
            least = "" if best is None else f": at best, at {result.words(best.value)}, {state(target, best.found)}"
            return f"No {label} from {low} to {high} {reaches(target)}{least}.{today}"
        side = "more" if result.rounded.value >= result.fails.value else "less"
        at = result.words(result.rounded.value)
        return f"With {label} at {at} or {side}, {state(target, result.rounded.found)}.{today}"

    def _now_words(self) -> str:
        said = self.result.parameter.now_in_words
        if self.result.target.by_plan and self.result.parameter.is_budget:
            return ", within present contracts"
        return f" ({said})" if said else ""

    def _best(self) -> Tried | None:
        known = [each for each in self.result.tried if each.found is not None]
        sign = -1 if self.result.target.measure == "delivered" else 1
        return min(known, key=lambda each: sign * (each.found or 0.0), default=None)

    def page(self) -> list[str]:
        """Return the bracket, what else the range can do, and the values tried."""
        result = self.result
        notes = []
        if result.reaches is not None and result.fails is not None:
            notes.append(
                f"Bracket: {result.words(result.reaches.value)} reaches it, {result.words(result.fails.value)} does not"
                f" ({amount(result.target, result.fails.found)}). The value above is rounded as people write it, and"
                " was tried."
            )
        notes += [note] if (note := set_alike(result.parameter, result.factor)) else []
        if any(not each.proven for each in result.tried):
            notes.append(
                "Not every plan was proven to leave least short: more time (--time-limit) may find better ones."
            )
        if not result.one_way:
            notes.append(
                "The measure does not move one way only over this range: another value may reach the target too; the"
                " one nearest to the present was looked for."
            )
        if not result.complete:
            notes.append("Stopped before the bracket was as narrow as it can be.")
        sections = ["\n".join(wrapped(note) for note in notes)]
        if result.per_activity:
            rows = [
                [key, fixed(now), fixed(least), "-" if value is None else result.words(value)]
                for key, now, least, value in result.per_activity
            ]
            head = wrapped("What the range can do for each activity that is short:")
            sections.append(f"{head}\n{table(['activity', 'short now', 'at best', 'closes at'], rows)}")
        sections.append(self._tried())
        return sections

    def _tried(self) -> str:
        share = self.result.target.measure == "delivered"
        shown = list(self.result.tried)
        if len(shown) > MOST_TRIED and self.result.reaches is not None:
            near = self.result.reaches.value
            shown = sorted(sorted(shown, key=lambda each: abs(each.value - near))[:MOST_TRIED], key=lambda t: t.value)
        rows = [
            [
                self.result.words(each.value),
                "-" if each.found is None else f"{100 * each.found:.1f} %" if share else fixed(each.found, 2),
                "yes" if each.met else "no",
            ]
            for each in shown
        ]
        said = table([f"{self.result.parameter.label} tried", self.result.target.words, "reached"], rows)
        reasons = dict.fromkeys(each.reason for each in shown if each.found is None)
        return "\n".join([said, *(wrapped(f"- {reason}") for reason in reasons)])

    def body(self) -> dict[str, Any]:
        """Parameter, target, answer, bracket, and every value tried."""
        result = self.result
        return {
            "parameter": {"name": result.parameter.name, "label": result.parameter.label, "factor": result.factor,
                          "percent": result.parameter.percent, "now": dict(result.parameter.now),
                          "low": result.low, "high": result.high},
            "target": {"measure": result.target.measure, "activity": result.target.activity,
                       "value": result.target.value},
            "reached": result.everywhere or result.value is not None,
            "everywhere": result.everywhere,
            "value": result.value,
            "found": None if result.rounded is None else result.rounded.found,
            "bracket": None
            if result.reaches is None or result.fails is None
            else {"reaches": result.reaches.value, "fails": result.fails.value},
            "one_way": result.one_way,
            "complete": result.complete,
            "now": None if result.now is None else result.now.found,
            "tried": [
                {"value": each.value, "found": each.found, "met": each.met, "reason": each.reason}
                for each in result.tried
            ],
            "activities": [
                {"activity": key, "short_now": now, "short_at_best": least, "closes_at": value}
                for key, now, least, value in result.per_activity
            ],
        }  # fmt: skip


def reaches(target: Target) -> str:
    """What a value that reaches the target does."""
    where = f" in {target.activity}" if target.activity else ""
    sessions = f"{count(target.value, 'session')} a week"
    if target.measure == "delivered":
        return f"lets a plan deliver {100 * target.value:g} % of the requirement"
    if target.measure == "net":
        return f"brings required less supplied{where} to {sessions}"
    if target.measure == "gap":
        return f"brings the gap{where} to {sessions}" if target.value else f"closes the gap{where}"
    return f"lets a plan leave {sessions if target.value else 'nothing'} short{where}"


def state(target: Target, found: float | None) -> str:
    """Where a value of the measure stands, as a clause."""
    who = "a plan leaves" if target.by_plan else "your plans leave"
    if target.measure == "delivered" or found is None or target.measure == "net":
        return amount(target, found)
    where = f" in {target.activity}" if target.activity else ""
    return f"{who} {'nothing' if found < NOTHING_SHORT else count(found, 'session') + ' a week'} short{where}"


def amount(target: Target, found: float | None) -> str:
    """A value of the measure in few words."""
    if found is None or math.isnan(found):
        return "there is no answer"
    where = f" in {target.activity}" if target.activity else ""
    if target.measure == "delivered":
        return f"a plan delivers {100 * found:.1f} % of the requirement"
    if target.measure == "net":
        return f"required less supplied{where} is {fixed(found, 2)} sessions a week"
    return f"{'nothing' if found < NOTHING_SHORT else number(found)} short{where}"


NOTHING_SHORT = 0.005


# ---- least cost


WAYS = {
    "sessions": "Bought sessions alone",
    "extra": "Extra time, sessions for the rest",
    "posts": "New posts",
}
ROUTE = {"locum_session": "locum", "waiting_list_session": "waiting-list", "": "bought"}


@dataclass(frozen=True, repr=False)
class Cheapest(WhatIf):
    """What it costs at least to leave nothing short."""

    result: LeastCost
    kind: ClassVar[str] = "goal"

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a way: pounds a year, extra PAs and hours a week, sessions bought a year, WTE, what stays."""
        import pandas as pd

        rows = [
            (
                way.kind, way is self.result.best, way.pounds, way.spent.pa, way.spent.hours, way.spent.pounds,
                way.bought.route, way.bought.sessions_a_year, way.bought.pounds, way.wte,
                "; ".join(f"{count} {name}" for name, count in way.posts), way.left, way.proven, way.reason,
            )
            for way in self.result.ways
        ]  # fmt: skip
        figures = (
            "pounds",
            "extra_pa",
            "extra_hours",
            "extra_pounds",
            "sessions_a_year",
            "sessions_pounds",
            "wte",
            "left",
        )
        columns = ["way", "cheapest", *figures[:4], "bought_as", *figures[4:7], "posts", "left", "proven", "reason"]
        return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(figures, "float64"))

    def sentence(self) -> str:
        """The cheapest way, and what the others cost."""
        result, best = self.result, self.result.best
        if result.short_planned is None:
            return f"There is no plan, so nothing can be priced: {result.reason}"
        now = f"Your plans leave {count(result.short_now, 'session')} a week short"
        if result.short_planned < 0.005:
            return f"{now}; a plan within present contracts leaves none, so nothing need be bought."
        within = f"{now}, a plan within present contracts {number(result.short_planned)}."
        if best is None:
            reasons = list(dict.fromkeys(way.reason for way in result.ways if way.reason))
            return f"{within} No way of closing that has a price: {'; '.join(reasons)}"
        others = [
            f"{WAYS[way.kind][:1].lower()}{WAYS[way.kind][1:]} {pounds(way.pounds)}"
            for way in result.ways
            if way is not best and way.pounds is not None
        ]
        more = f" Otherwise: {listed(others)}." if others else ""
        return f"{within} The least cost of closing that is {pounds(best.pounds or 0.0)} a year: {_what(best)}.{more}"

    def page(self) -> list[str]:
        """Return the table of ways and what its words mean."""
        rows = [
            [
                f"{WAYS[way.kind]}{' *' if way is self.result.best else ''}",
                fixed(way.spent.pa, 2), fixed(way.spent.hours), f"{way.bought.sessions_a_year:.0f}", fixed(way.wte, 2),
                fixed(way.left), "-" if way.pounds is None else pounds(way.pounds), "yes" if way.proven else "no",
            ]
            for way in self.result.ways
        ]  # fmt: skip
        header = ["way", "extra PAs", "hours", "bought a year", "WTE", "left", "a year", "proven"]
        notes = [
            "* the cheapest. Extra PAs and hours a week, within what people accept; hours at the price of a WTE of the"
            " grade. Sessions are bought one by one for what the plan leaves. Left: short all the same.",
            "Proven: no plan with these extra PAs leaves less short, or no team of posts is cheaper.",
        ]
        notes += [f"{WAYS[way.kind]}: {way.reason}" for way in self.result.ways if way.reason]
        if not self.result.complete:
            notes.append("Stopped: the ways that were reached.")
        made = fitted_table(header, rows) if rows else ""
        return [made, "\n".join(wrapped(note) for note in notes) if rows else ""]

    def body(self) -> dict[str, Any]:
        """Every way with its plan."""
        result = self.result
        return {
            "least_cost": True,
            "reached": result.best is not None or (result.short_planned or 1.0) < 0.005,
            "short_now": result.short_now,
            "short_planned": result.short_planned,
            "reason": result.reason,
            "complete": result.complete,
            "ways": self.frame.to_dict("records"),
        }


def _what(way: Way) -> str:
    parts = []
    if way.spent.pa > 0:
        parts.append(f"{way.spent.pa:.2f} extra PAs")
    if way.spent.hours > 0:
        parts.append(f"{count(way.spent.hours, 'extra hour')} a week")
    if parts and way.spent.pounds:
        parts[-1] += f" ({pounds(way.spent.pounds)})"
    if way.bought.sessions_a_year > 0.5 and way.bought.pounds is not None:
        sessions = f"{way.bought.sessions_a_year:.0f} {ROUTE[way.bought.route]} sessions a year"
        parts.append(f"{sessions} ({pounds(way.bought.pounds)})")
    parts += [f"{number} x {name}" for name, number in way.posts]
    return listed(parts) or "nothing"
