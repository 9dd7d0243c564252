"""Goal seek: which value of one figure reaches a target, found by bisection and checked as people would write it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from capacity.demand.result import Demand
from capacity.errors import Fault, InputError
from capacity.optimise.frontier import with_most_extra
from capacity.optimise.prove import Prover
from capacity.optimise.search import Settings
from capacity.scenario.parameters import Parameter, Value, parameter_of, read_value, split
from capacity.scenario.varying import Measures, Planned, Told, reason_of, untold
from capacity.service.cells import nearest, shown
from capacity.service.model import Service

MEASURES = {
    "gap": "sessions a week that the plans in force leave short, activity by activity",
    "net": "sessions a week required less supplied by the plans in force, surpluses counted",
    "planned": "sessions a week that a checked plan leaves short",
    "delivered": "share of the requirement that a checked plan delivers",
}
CLOSE = 0.005
"""Sessions a week that count as nothing."""
SHARE_CLOSE = 1e-6
SCAN = 8
"""Parts into which a range is cut to see whether the measure moves one way only."""


@dataclass(frozen=True)
class Target:
    """What is to be reached: a measure, of one activity where named, and its value."""

    measure: str
    value: float
    activity: str | None = None

    @property
    def by_plan(self) -> bool:
        """Whether each value takes a plan."""
        return self.measure in ("planned", "delivered")

    def met(self, found: float | None) -> bool:
        """Whether a value of the measure reaches the target."""
        if found is None:
            return False
        if self.measure == "delivered":
            return found >= self.value - SHARE_CLOSE
        return found <= self.value + CLOSE

    @property
    def words(self) -> str:
        """``gap = 0``, ``delivered = 95 %``."""
        name = self.measure + (f".{self.activity}" if self.activity else "")
        shown_value = f"{100 * self.value:g} %" if self.measure == "delivered" else f"{self.value:g}"
        return f"{name} = {shown_value}"


@dataclass(frozen=True)
class Tried:
    """One value that was tried, and what the measure was; None, with the reason, where there is no answer."""

    value: float
    found: float | None
    met: bool
    reason: str = ""
    proven: bool = True
    """Of a plan: whether none leaves less short."""


@dataclass(frozen=True)
class GoalResult:
    """The answer. ``value`` is None where no value of the range reaches the target.

    ``reaches`` and ``fails`` are the bracket: next to each other at the resolution of the search. ``rounded`` is the
    value as people write it, on the side that reaches the target, and it was checked.
    """

    parameter: Parameter
    target: Target
    low: float
    high: float
    factor: bool
    now: Tried | None
    value: float | None
    reaches: Tried | None
    fails: Tried | None
    rounded: Tried | None
    everywhere: bool
    one_way: bool
    tried: tuple[Tried, ...]
    per_activity: tuple[tuple[str, float, float, float | None], ...] = ()
    """Of ``gap`` where it is not reached: activity, short now, least short in the range, and the value that closes it
    alone."""
    complete: bool = True

    def words(self, value: float) -> str:
        """A value of the parameter in words."""
        return Value(value, self.factor).words(self.parameter.percent)


def read_target(service: Service, text: str) -> Target:
    """Read ``gap=0``, ``gap.general=0``, ``delivered=0.95`` or ``delivered=95%``. Raises InputError."""
    name, value = split(text)
    measure, _, activity = name.partition(".")
    if measure not in MEASURES:
        raise InputError([_fault(None, shown(measure) or "nothing", ", ".join(MEASURES), nearest(measure, MEASURES))])
    ids = [row.activity for row in service.activities]
    if activity and activity not in ids:
        raise InputError([_fault(name, f"activity {shown(activity)}", ", ".join(ids), nearest(activity, ids))])
    if activity and measure == "delivered":
        raise InputError([_fault(name, "delivered of one activity", "gap, net or planned of one activity")])
    percent = (value or "").strip().endswith("%")
    try:
        number = float((value or "").strip().removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        number = math.nan
    if measure == "delivered" and not 0 < number <= 1:
        raise InputError([_fault(name, shown(value or "") or "no value", "a share above 0 and at most 1, or 95%")])
    if not math.isfinite(number) or (measure != "net" and number < 0):
        raise InputError([_fault(name, shown(value or "") or "no value", "sessions a week, 0 or more")])
    return Target(measure, number, activity or None)


def _fault(column: str | None, found: str, allowed: str, hint: str = "") -> Fault:
    return Fault("--target", None, column, found, allowed, hint=hint)


# ---- the range


@dataclass(frozen=True)
class Range:
    """Where a value is looked for: a grid of ``steps`` steps, and the unit in which people write it."""

    low: float
    step: float
    steps: int
    unit: float
    factor: bool

    def at(self, index: int) -> float:
        """A value of the grid."""
        return round(self.low + index * self.step, 10)

    @property
    def high(self) -> float:
        """The last value."""
        return self.at(self.steps)


def range_of(service: Service, parameter: Parameter, values: str | None, target: Target) -> Range:
    """The range given, ``FROM:TO`` or ``FROM:TO:STEP``, or what is sensible for the parameter. Raises InputError."""
    if values is None:
        low, high, factor = _default_range(service, parameter)
        step, unit = None, _unit(parameter, factor)
    else:
        ends = [read_value(parameter, part) for part in values.split(":")]
        allowed = "FROM:TO or FROM:TO:STEP, all factors (x0.5:x1) or none"
        if len(ends) not in (2, 3) or len({each.factor for each in ends}) > 1:
            raise InputError([Fault("--vary", None, parameter.name, shown(values), allowed)])
        low, high, factor = ends[0].number, ends[1].number, ends[0].factor
        step = ends[2].number if len(ends) == 3 else None
        unit = _unit(parameter, factor) if step is None else step
        if high <= low or (step is not None and step <= 0):
            found = f"{shown(values)}, which has no points"
            raise InputError([Fault("--vary", None, parameter.name, found, f"{allowed}; TO above FROM")])
    if step is None:
        step = _step(parameter, factor, unit, target)
        while (high - low) / step > 1_000_000:
            step *= 10
    steps = math.floor((high - low) / step + 1e-9)
    if steps > 1_000_000:
        raise InputError(
            [Fault("--vary", None, parameter.name, f"{steps + 1:,} points", "up to 1,000,000", hint="Larger step?")]
        )
    if values is None:
        while steps > 1 and not _allowed(parameter, low + steps * step, factor):
            steps = steps * 19 // 20
    for end in (low, low + steps * step):
        parameter.at(Value(round(end, 10), factor))
    return Range(low, step, steps, unit, factor)


def _allowed(parameter: Parameter, value: float, factor: bool) -> bool:
    try:
        parameter.at(Value(round(value, 10), factor))
    except InputError:
        return False
    return True


def _default_range(service: Service, parameter: Parameter) -> tuple[float, float, bool]:
    given = [value for _, value in parameter.now if value is not None]
    if parameter.is_budget:
        return 0.0, max(0.25, _most_extra(service)), False
    if parameter.factors_only or not given:
        return 0.5, 1.5, True
    if parameter.name.endswith("working_weeks"):
        return 30.0, 52.0, False
    if parameter.percent:
        return 0.0, min(1.0, max(0.25, 2 * max(given))), False
    if parameter.present is None:
        return 0.5, 1.5, True
    present = parameter.present
    return (0.0 if parameter.name.endswith("count") else 0.5 * present), max(2 * present, 1.0), False


def _most_extra(service: Service) -> float:
    """All extra PAs a week that the people of the service would take on, whatever its budget."""
    objective = service.objective.model_copy(update={"extra_pa_budget": 0.0})
    free = service.model_copy(update={"objective": objective})
    most = with_most_extra(free, Measures(service).demand(service)).objective.extra_pa_budget
    return math.floor(most / 0.05 + 1e-9) * 0.05


def _unit(parameter: Parameter, factor: bool) -> float:
    """The step in which people write values: 0.1 points, 0.01 of a factor, whole minutes and weeks, quarter PAs."""
    if factor:
        return 0.01
    if parameter.percent:
        return 0.001
    name = parameter.name.rsplit(".", 1)[-1]
    if parameter.whole or name.endswith("minutes"):
        return 1.0
    if parameter.is_budget or name.endswith("_pa"):
        return 0.25
    return 0.5 if name == "working_weeks" else 0.1


def _step(parameter: Parameter, factor: bool, unit: float, target: Target) -> float:
    if parameter.whole and not factor:
        return 1.0
    if parameter.is_budget:
        return 0.05
    return unit if target.by_plan else unit / 16


# ---- the search


def goal_seek(
    service: Service,
    vary: str,
    target: Target,
    settings: Settings | None = None,
    told: Told = untold,
) -> GoalResult:
    """Find the value at which a target is reached, nearest to the present where there are several.

    Parameters
    ----------
    service
        The service.
    vary
        ``dna_rate``, or with a range: ``dna_rate=0:0.2``.
    target
        See :func:`read_target`.
    settings
        Time limit for all plans together, workers, seed and stop.
    told
        Called with a sentence about how far it is.

    Raises
    ------
    InputError
        The parameter, its range or the target is not allowed, or the service as it is has no answer.
    """
    name, values = split(vary)
    parameter = parameter_of(service, name)
    if parameter.is_budget and not target.by_plan:
        hint = "Only a plan spends extra PAs."
        raise InputError([_fault(None, target.words, "planned=... or delivered=... with the budget", hint)])
    over = range_of(service, parameter, values, target)
    settings = settings or Settings()
    with Prover() as prover:
        search = _Search(service, parameter, over, target, Measures(service, settings, prover), told)
        return search.result()


class _Search:
    def __init__(
        self, service: Service, parameter: Parameter, over: Range, target: Target, measures: Measures, told: Told
    ):
        self.service, self.parameter, self.over, self.target = service, parameter, over, target
        self.measures, self.told = measures, told
        self.tried: dict[float, Tried] = {}
        self.budgets: dict[float, Planned] = {}
        """Budgets of extra PAs that were planned."""
        plans = 4 + math.ceil(math.log2(max(2, over.steps)))
        self.seconds = max(1.0, measures.settings.time_limit / plans)
        self.stopped = False

    def result(self) -> GoalResult:
        """Look at the ends, and between them; bisect; round."""
        over, now = self.over, self._now()
        seen = list(range(over.steps + 1)) if over.steps <= SCAN else sorted({0, over.steps, *self._between()})
        met = {index: self.at(over.at(index)).met for index in reversed(seen)}  # what a large budget shows helps others
        flips = [(a, b) for a, b in pairwise(seen) if met[a] != met[b]]
        one_way = len(flips) <= 1 and self._one_way([self.tried[over.at(index)].found for index in seen])
        if not flips:
            everywhere = all(met.values())
            per = () if everywhere else self._per_activity(seen)
            return self._answer(now, None, None, None, everywhere, one_way, per)
        near = self._nearest(flips)
        good, bad = near if met[near[0]] else near[::-1]
        while abs(good - bad) > 1 and not self._stop():
            middle = (good + bad) // 2
            tried = self.at(over.at(middle))
            if self._stop():  # in the middle of a plan, whose answer then says nothing
                break
            good, bad = (middle, bad) if tried.met else (good, middle)
        reaches, fails = self.at(over.at(good)), self.at(over.at(bad))
        return self._answer(now, reaches, fails, self._rounded(reaches, up=good > bad), False, one_way, ())

    def _between(self) -> Sequence[int]:
        """Where else to look before bisecting: plans are dear, and with more extra PAs never worse."""
        if self.target.by_plan and self.parameter.is_budget:
            return ()
        parts = 2 if self.target.by_plan else SCAN
        return [round(part * self.over.steps / parts) for part in range(1, parts)]

    def _one_way(self, found: Sequence[float | None]) -> bool:
        known = [each for each in found if each is not None]
        steps = [b - a for a, b in pairwise(known)]
        small = 1e-6 if self.target.measure == "delivered" else CLOSE
        return not (any(step > small for step in steps) and any(step < -small for step in steps))

    def _nearest(self, flips: Sequence[tuple[int, int]]) -> tuple[int, int]:
        present = 1.0 if self.over.factor else self.parameter.present
        if present is None:
            return flips[0]
        at = (present - self.over.low) / self.over.step
        return min(flips, key=lambda pair: abs((pair[0] + pair[1]) / 2 - at))

    def _rounded(self, reaches: Tried, up: bool) -> Tried | None:
        """The nearest value as people write it on the side that reaches the target, where that is within the range."""
        unit = self.over.unit
        steps = reaches.value / unit
        written = (math.ceil(steps - 1e-9) if up else math.floor(steps + 1e-9)) * unit
        written = round(written, 10)
        if not self.over.low - 1e-9 <= written <= self.over.high + 1e-9:
            return reaches
        tried = self.at(written)
        return tried if tried.met else reaches

    def _now(self) -> Tried:
        try:
            return self._try(math.nan, self.service)
        except InputError as error:
            return Tried(math.nan, None, False, reason_of(error))

    def at(self, value: float) -> Tried:
        """Try a value, once."""
        if value not in self.tried:
            shown_value = Value(value, self.over.factor).words(self.parameter.percent)
            self.told(f"{self.parameter.label} {shown_value}")
            try:
                self.tried[value] = self._try(value, self.parameter.at(Value(value, self.over.factor)))
            except InputError as error:
                self.tried[value] = Tried(value, None, False, reason_of(error))
        return self.tried[value]

    def _try(self, value: float, service: Service) -> Tried:
        target = self.target
        demand = self.measures.demand(service)
        position = self.measures.position(service, demand)
        found: float | None
        reason, proven = "", True
        if target.by_plan:
            planned = self._planned(value, service, demand)
            reason, proven = planned.reason, planned.proven
            found = planned.share(position.required) if target.measure == "delivered" else planned.short
            if target.activity is not None and planned.short is not None:
                found = planned.shortfall.get(target.activity, 0.0)
        elif target.activity is not None:
            gap = position.gaps.get(target.activity, 0.0)
            found = max(0.0, gap) if target.measure == "gap" else gap
        else:
            found = position.short if target.measure == "gap" else position.net
        return Tried(value, found, target.met(found), reason, proven)

    def _planned(self, value: float, service: Service, demand: Demand) -> Planned:
        """Plan one value. With a budget of extra PAs, what is known of a larger and of a smaller one holds here too."""
        if not self.parameter.is_budget or math.isnan(value):
            return self.measures.plan(service, self.seconds, False, demand)
        larger = min((each for each in self.budgets if each > value), default=None)
        smaller = max((each for each in self.budgets if each < value), default=None)
        planned = self.measures.plan(
            service,
            self.seconds,
            value > 0,
            demand,
            None if smaller is None else self.budgets[smaller].allocation,
            None if larger is None else self.budgets[larger].outcome,
        )
        if planned.short is not None:
            self.budgets[value] = planned
        return planned

    def _stop(self) -> bool:
        self.stopped = self.stopped or self.measures.settings.stop.is_set()
        return self.stopped

    def _per_activity(self, seen: Sequence[int]) -> tuple[tuple[str, float, float, float | None], ...]:
        """What the range can do for each activity that is short now, and the value that closes it alone."""
        if self.target.measure != "gap" or self.target.activity is not None:
            return ()
        now = self.measures.position(self.service)
        short = {key: gap for key, gap in now.gaps.items() if gap > CLOSE}
        at: dict[str, list[tuple[float, float]]] = {key: [] for key in short}
        for index in seen:
            value = self.over.at(index)
            if self.tried[value].found is None:
                continue
            gaps = self.measures.position(self.parameter.at(Value(value, self.over.factor))).gaps
            for key in short:
                at[key].append((max(0.0, gaps.get(key, 0.0)), value))
        found = []
        for key, gap in sorted(short.items(), key=lambda item: -item[1]):
            least = min((each for each, _ in at[key]), default=gap)
            closing: float | None = None
            if least <= CLOSE:
                alone = Target("gap", 0.0, key)
                search = _Search(self.service, self.parameter, self.over, alone, self.measures, untold)
                result = search.result()
                closing = None if result.rounded is None else result.rounded.value
            found.append((key, gap, least, closing))
        return tuple(found)

    def _answer(
        self,
        now: Tried,
        reaches: Tried | None,
        fails: Tried | None,
        rounded: Tried | None,
        everywhere: bool,
        one_way: bool,
        per: tuple[tuple[str, float, float, float | None], ...],
    ) -> GoalResult:
        tried = tuple(sorted(self.tried.values(), key=lambda each: each.value))
        return GoalResult(
            self.parameter, self.target, self.over.low, self.over.high, self.over.factor, now,
            None if rounded is None else rounded.value, reaches, fails, rounded, everywhere, one_way, tried, per,
            not self.stopped,
        )  # fmt: skip
