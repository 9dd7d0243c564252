"""Why this answer: what binds each activity that stays short, what one more of each would buy, and who changes why."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Literal

from capacity.demand.result import Demand
from capacity.optimise.explain import Contradiction, contradiction, smallest
from capacity.optimise.problem import Problem
from capacity.optimise.reasons import Reason, reasons
from capacity.optimise.remedies import (
    KINDS,
    Kind,
    Remedy,
    candidates,
    changed,
    places_left,
    price_of,
    time_left,
    worth_of,
)
from capacity.optimise.resolve import (
    Reach,
    allocation_of_plan,
    least_shortfall,
    short_by_activity,
    uncovered,
)
from capacity.optimise.rules import RULES, Rule
from capacity.optimise.search import Budget, Settings
from capacity.optimise.solve import plan
from capacity.optimise.variables import create
from capacity.outcome import Outcome
from capacity.service.model import ROLE_PREFIX, JobPlanRow, Service
from capacity.units import WEEKS_PER_YEAR
from capacity.wording import SMALL, count, listed

Evidence = Literal["proven", "at least", "not proven"]
EVIDENCE = {
    "proven": "no plan with or without it does better than those compared",
    "at least": "the plan without it is the best there is; with it there may be a better one than was found",
    "not proven": "neither is known to be the best there is: take the figure as an estimate",
}
PLAN_SHARE, BASE_SHARE, RULES_SHARE, REMEDIES_SHARE = 0.25, 0.1, 0.2, 0.45
"""Parts of the time limit. Reasons take no search: each is a look at one plan."""
CELLS_A_SECOND = 100
"""Cells of a problem for which a remedy is given a second, at most: most need far less."""
LEAST_SECONDS, MOST_SECONDS = 6.0, 15.0
MOST_NAMED = 10
"""People named in one sentence."""
Told = Callable[[str], None]


@dataclass(frozen=True)
class Gain:
    """What falls in one tier: sessions a calendar week (not weighted), the tier's own value, and how sure that is."""

    sessions: float
    value: int
    evidence: Evidence

    @property
    def known(self) -> bool:
        """Whether there is a figure to tell. A tier that comes out worse may do so only for want of time."""
        return self.value >= 0 or self.evidence == "proven"


@dataclass(frozen=True)
class Bought:
    """What one remedy buys.

    ``sessions`` and ``by_activity`` are fewer sessions short a calendar week, counted in whole sessions a cycle as the
    tiers count, in the tiers that are known; ``hours`` the DCC hours a week of these sessions, admin included;
    ``pounds`` the price a year and ``pounds_per_session`` that over the sessions a year; ``worth`` what the sessions
    would cost bought one by one.
    """

    remedy: Remedy
    tiers: dict[str, Gain]
    by_activity: dict[str, float]
    sessions: float
    hours: float
    pounds: float | None
    price_note: str
    pounds_per_session: float | None
    worth: float | None
    worth_note: str

    @property
    def evidence(self) -> Evidence:
        """How sure the first tier is in which it gains something; where it gains nothing, the least sure of all."""
        first = next((gain.evidence for gain in self.tiers.values() if gain.value), None)
        if first is not None:
            return first
        order: tuple[Evidence, ...] = ("not proven", "at least", "proven")
        return min((gain.evidence for gain in self.tiers.values()), key=order.index, default="proven")

    @property
    def buys(self) -> bool:
        """Whether any tier falls."""
        return any(gain.value > 0 for gain in self.tiers.values())


@dataclass(frozen=True)
class Lifted:
    """What would fall if a rule, or several at once, did not hold for anybody."""

    rules: tuple[str, ...]
    sessions: float
    evidence: Evidence


@dataclass(frozen=True)
class Binding:
    """An activity that stays short, and the rules without which less of it would.

    ``short`` is what the plan leaves uncovered, exact sessions a calendar week. ``facts`` are figures of the plan:
    who is skilled, what time and which rooms are left. ``coverable`` is whether the least shortfall found has none of
    it: the plan then gave it back. ``settled`` is whether there was time to look for rules, alone and together.
    """

    activity: str
    tier: str
    short: float
    rules: tuple[Lifted, ...]
    facts: tuple[str, ...]
    coverable: bool = False
    settled: bool = True


@dataclass(frozen=True)
class Why:
    """Everything there is to say about one answer."""

    outcome: Outcome
    contradiction: Contradiction | None = None
    bindings: tuple[Binding, ...] = ()
    remedies: tuple[Bought, ...] = ()
    not_tried: dict[Kind, tuple[str, ...]] = field(default_factory=dict)
    """Kind -> remedies of it (in words) for which there was no time."""
    reasons: tuple[Reason, ...] = ()
    tiers: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Shortfall tier -> (least value found, bound): what remedies are held against, without tolerance."""


def explain(
    service: Service,
    demand: Demand,
    settings: Settings | None = None,
    person: str | None = None,
    activity: str | None = None,
    told: Told | None = None,
) -> Why:
    """Plan within present contracts, then say why the plan is as it is.

    Parameters
    ----------
    service, demand
        What to plan.
    settings
        How to search. The time limit is for everything: the plan, what binds, and the remedies.
    person, activity
        Reasons of this person only; remedies for this activity only.
    told
        Called with a sentence about how far it is.
    """
    settings = settings or Settings()
    within = service.model_copy(update={"objective": service.objective.model_copy(update={"extra_pa_budget": 0})})
    outcome = plan(within, demand, replace(settings, time_limit=PLAN_SHARE * settings.time_limit))
    problem = Problem(within, demand)
    if outcome.plan is None:
        return Why(outcome, contradiction(problem) if outcome.status == "impossible" else None)
    return _Asked(problem, outcome, settings, person, activity, told or (lambda _: None)).answer()


@dataclass
class _Asked:
    problem: Problem
    outcome: Outcome
    settings: Settings
    person: str | None
    activity: str | None
    told: Told
    lifted: dict[str, tuple[Reach, Problem]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.outcome.plan is not None
        self.proposed = allocation_of_plan(self.problem, self.outcome.plan)
        self.quiet = replace(self.settings, progress=None)
        self.together: dict[tuple[str, ...], tuple[Reach, Problem]] = {}

    def answer(self) -> Why:
        known = {tier.name: int(tier.bound) for tier in self.outcome.tiers}
        self.base = least_shortfall(
            self.problem, self.proposed, self.quiet, Budget(BASE_SHARE * self.settings.time_limit), known=known
        )
        self.short_now = short_by_activity(self.problem, self.base.allocation)
        left = uncovered(self.problem, self.proposed)
        short = [key for key, value in left.items() if value >= SMALL or any(self.short_now[key])]
        if self.activity is not None:
            short = [key for key in short if key == self.activity]
        bindings: tuple[Binding, ...] = ()
        remedies: list[Bought] = []
        not_tried: dict[Kind, tuple[str, ...]] = {}
        if short:
            self._lift_rules()
            bindings = tuple(self._binding(key, left[key]) for key in self._by_tier(short))
            remedies, not_tried = self._remedies([key for key in short if any(self.short_now[key])], bindings)
        people = None if self.person is None else [self.person]
        return Why(
            self.outcome,
            None,
            bindings,
            tuple(remedies),
            not_tried,
            reasons(self.problem, self.proposed, people, self.told),
            {name: (value, self.base.bounds[name]) for name, value in self.base.values.items()},
        )

    def _by_tier(self, activities: Collection[str]) -> list[str]:
        return sorted(activities, key=lambda key: self.problem.tier_of(key) != "rapid")

    # -- which rule binds

    def _lift_rules(self) -> None:
        """Solve again without each rule in turn; what has no time left is not known of."""
        rules = rules_in_use(self.problem)
        self.in_use = {rule.id for rule in rules}
        self.for_rules = Budget(RULES_SHARE * self.settings.time_limit)
        for place, rule in enumerate(rules, start=1):
            if self.settings.stop.is_set() or self.for_rules.spent():
                return
            self.told(f"what each rule keeps short: {place} of {len(rules)}")
            self.lifted[rule.id] = self._without([rule.id], 1 / (len(rules) + 1 - place))

    def _without(self, rules: list[str], share: float) -> tuple[Reach, Problem]:
        """What could be reached without these rules, and the problem in which that is."""
        problem = _roomless(self.problem) if "rooms" in rules else self.problem
        part = self.for_rules.part(share)
        reach = least_shortfall(problem, self.base.allocation, self.quiet, part, without=rules)
        self.for_rules.take(part)
        return reach, problem

    def _binding(self, activity: str, left: float) -> Binding:
        found = []
        for rule, (reach, problem) in self.lifted.items():
            fewer = self._fewer(reach, problem)
            if self._better(reach) and fewer.get(activity, 0.0) > 0:
                found.append(Lifted((rule,), fewer[activity], self._first_evidence(reach)))
        if not found and any(self.short_now[activity]) and not self.settings.stop.is_set():
            found = self._together(activity)
        found.sort(key=lambda lifted: -lifted.sessions)
        return Binding(
            activity,
            self.problem.tier_of(activity),
            left,
            tuple(found),
            tuple(self._facts(activity)),
            not any(self.short_now[activity]),
            bool(found) or not self.for_rules.spent(),
        )

    def _together(self, activity: str) -> list[Lifted]:
        """Rules that bind only together: none of them alone, all of them lifted at once."""

        def helps(rules: list[str]) -> bool:
            key = tuple(rules)
            if key and key not in self.together and not self.for_rules.spent():
                self.together[key] = self._without(rules, 0.3)
            if key not in self.together:
                return False
            return self._better(self.together[key][0]) and self._fewer(*self.together[key])[activity] > 0

        rules = list(self.lifted)
        if not helps(rules):
            return []
        needed = smallest(rules, helps)
        if self.for_rules.spent():
            return []  # not all was tested, so more may be named than is needed
        reach, problem = self.together[tuple(needed)]
        return [Lifted(tuple(needed), self._fewer(reach, problem)[activity], self._first_evidence(reach))]

    def _facts(self, activity: str) -> list[str]:
        problem, allocation = self.problem, self.base.allocation
        able = [person for person in problem.people if (person, activity) in problem.skill]
        if not able:
            return ["nobody with a job plan is skilled in it"]
        left = time_left(problem, allocation)
        spare = sum(max(0.0, left[person]) for person in able)
        verb = "is" if len(able) == 1 else "are"
        minutes = count(round(spare), "minute")
        named = able if len(able) <= MOST_NAMED else [*able[: MOST_NAMED - 2], f"{len(able) - MOST_NAMED + 2} others"]
        whose = "of the contract" if len(able) == 1 else "of their contracts in all"
        facts = [f"{listed(named)} {verb} skilled in it, with {minutes} a week left {whose}"]
        rooms = problem.activities[activity].room
        if rooms:
            slots = problem.time.slots[activity]
            full = [slot for slot in slots if places_left(problem, allocation, rooms, slot) <= 0]
            where = f" ({listed(full)})" if full and len(full) < len(slots) else ""
            facts.append(
                f"{listed(rooms)} {'is' if len(rooms) == 1 else 'are'} full or closed in {len(full)} of its"
                f" {count(len(slots), 'half-day')}{where}"
            )
        at_most = [
            person
            for person in able
            if (most := problem.skill[person, activity].max_per_week) is not None
            and sum(n for cell, n in allocation.counts.items() if cell[:2] == (person, activity)) + 1
            > most * problem.cycle
        ]
        if at_most:
            facts.append(f"{listed(at_most)} {'does' if len(at_most) == 1 else 'do'} as many a week as allowed")
        return facts

    # -- remedies

    def _remedies(
        self, short: list[str], bindings: tuple[Binding, ...]
    ) -> tuple[list[Bought], dict[Kind, tuple[str, ...]]]:
        binds: dict[str, set[str]] = {}
        for binding in bindings:
            for rule in {rule for lifted in binding.rules for rule in lifted.rules}:
                binds.setdefault(rule, set()).add(binding.activity)
        found: list[tuple[Remedy, Reach, Problem]] = []
        to_try: dict[Kind, list[Remedy]] = {}
        for kind, remedies in candidates(self.problem, self.base.allocation, short, binds).items():
            if self._lifting_is_useless(kind):
                found += [(remedy, self.base, self.problem) for remedy in remedies]
            else:
                to_try[kind] = remedies
        seconds = min(MOST_SECONDS, max(LEAST_SECONDS, len(self.problem.cells) / CELLS_A_SECOND))
        budget = Budget(REMEDIES_SHARE * self.settings.time_limit)
        order = _in_turn(to_try)
        tried = 0
        while tried < len(order) and not budget.spent() and not self.settings.stop.is_set():
            remedy = order[tried]
            tried += 1
            self.told(f"what one more would buy: {tried} of at most {len(order)}, {remedy.words}")
            part = budget.part(min(1.0, seconds / budget.left()))
            new = changed(self.problem, remedy, self.base.allocation)
            reach = least_shortfall(new.problem, new.start, self.quiet, part, allow_extra=new.allow_extra)
            budget.take(part)
            found.append((remedy, reach, new.problem))
            if not self.base.proven and self._better(reach):
                part = budget.part(min(1.0, seconds / budget.left()))
                self._look_again(reach, part)
                budget.take(part)
        left_out: dict[Kind, tuple[str, ...]] = {}
        for remedy in order[tried:]:
            left_out[remedy.kind] = (*left_out.get(remedy.kind, ()), remedy.words)
        return sorted((self._bought(*each) for each in found), key=_rank), left_out

    def _look_again(self, reach: Reach, budget: Budget) -> None:
        """Look near what was found with a remedy for something as good without it: the search may just have been lucky.

        A better plan without a remedy is possible with every remedy, too, and becomes what all are held against.
        """
        start = self.base.allocation
        like = replace(reach.allocation, holders=start.holders | reach.allocation.holders)  # a role may be gone there
        self.base = least_shortfall(self.problem, start, self.quiet, budget, known=self.base.bounds, like=like)
        self.short_now = short_by_activity(self.problem, self.base.allocation)

    def _lifting_is_useless(self, kind: Kind) -> bool:
        """Whether the rule a kind eases could be lifted for everybody without any tier falling, and that is proven."""
        rule = KINDS[kind]
        if not rule or self.settings.stop.is_set():
            return False
        if kind == "role" and any(row.pinned and row.activity.startswith(ROLE_PREFIX) for row in self._rows()):
            return False  # a role that is pinned takes half-days, too
        if rule not in self.lifted:
            return rule not in self.in_use  # a rule that limits nothing here
        reach, _ = self.lifted[rule]
        return self.base.proven and reach.proven and not self._better(reach)

    def _rows(self) -> tuple[JobPlanRow, ...]:
        return self.problem.service.job_plans

    def _bought(self, remedy: Remedy, reach: Reach, problem: Problem) -> Bought:
        if self._worse(reach):
            bounds = {name: min(reach.bounds[name], value) for name, value in self.base.values.items()}
            reach, problem = Reach(self.base.allocation, self.base.values, bounds), self.problem
        tiers = {name: self._gain(name, reach, problem) for name in self.base.values}
        fewer = self._fewer_in(reach, problem, [name for name, gain in tiers.items() if gain.known])
        sessions = sum(fewer.values())
        hours = sum(
            value * self.problem.time.full_session_minutes(None, key) / 60 for key, value in fewer.items() if value
        )
        price, note = price_of(self.problem, remedy)
        worth, worth_note = worth_of(self.problem, max(0.0, sessions))
        yearly = sessions * WEEKS_PER_YEAR
        each = price / yearly if price and yearly > 0 else None
        by_activity = {key: value for key, value in fewer.items() if value}
        return Bought(remedy, tiers, by_activity, sessions, hours, price, note, each, worth, worth_note)

    def _gain(self, name: str, reach: Reach, problem: Problem) -> Gain:
        fewer = sum(self._fewer_in(reach, problem, [name]).values())
        value = self.base.values[name] - reach.values[name]
        return Gain(fewer, value, self._evidence(name, reach))

    def _fewer_in(self, reach: Reach, problem: Problem, names: Collection[str]) -> dict[str, float]:
        """Fewer sessions short a calendar week of each activity, in some tiers."""
        then = short_by_activity(problem, reach.allocation)
        found = {}
        for key, (below, further) in then.items():
            now_below, now_further = self.short_now[key]
            first = "rapid_mean" if self.problem.tier_of(key) == "rapid" else "routine"
            fewer = (first in names) * (now_below - below) + ("rapid_headroom" in names) * (now_further - further)
            found[key] = fewer / self.problem.cycle
        return found

    def _fewer(self, reach: Reach, problem: Problem) -> dict[str, float]:
        """Fewer sessions short a calendar week, by activity."""
        return self._fewer_in(reach, problem, list(self.base.values))

    def _better(self, reach: Reach) -> bool:
        """Whether the first tier that differs is better."""
        return next(
            (a > b for a, b in zip(self.base.values.values(), reach.values.values(), strict=True) if a != b), False
        )

    def _worse(self, reach: Reach) -> bool:
        """Whether the first tier that differs is worse: what is possible without a remedy is possible with it."""
        falls = (value - reach.values[name] for name, value in self.base.values.items())
        return next((fall < 0 for fall in falls if fall), False)

    def _evidence(self, name: str, reach: Reach) -> Evidence:
        names = list(self.base.values)
        upto = names[: names.index(name) + 1]
        base = all(self.base.bounds[tier] >= self.base.values[tier] for tier in upto)
        before = all(reach.bounds[tier] >= reach.values[tier] for tier in upto[:-1])
        if not base or not before:
            return "not proven"
        return "proven" if reach.bounds[name] >= reach.values[name] else "at least"

    def _first_evidence(self, reach: Reach) -> Evidence:
        for name in self.base.values:
            if reach.values[name] != self.base.values[name]:
                return self._evidence(name, reach)
        return "proven" if self.base.proven and reach.proven else "not proven"


def _roomless(problem: Problem) -> Problem:
    """The problem in which no activity needs a room: half-days in which its rooms are closed are open to it, too."""
    service = problem.service
    activities = tuple(row.model_copy(update={"room": ()}) for row in service.activities)
    return Problem(service.model_copy(update={"activities": activities}), problem.demand)


def rules_in_use(problem: Problem) -> list[Rule]:
    """Rules that limit anything in this problem, coverage apart."""
    found = []
    for rule in RULES:
        if rule.id == "coverage":
            continue
        v = create(problem, allow_extra=False)
        rule.add(v, problem.people)
        closed = rule.id == "rooms" and any(row.room for row in problem.activities.values())
        if closed or len(v.model.proto.constraints):
            found.append(rule)
    return found


def _in_turn(by_kind: dict[Kind, list[Remedy]]) -> list[Remedy]:
    """The most promising first: of each kind the first, then the second of each, and so on."""
    placed = [(remedy.far, place, remedy) for remedies in by_kind.values() for place, remedy in enumerate(remedies)]
    return [remedy for _, _, remedy in sorted(placed, key=lambda each: each[:2])]


def _rank(bought: Bought) -> tuple[object, ...]:
    """By tiers in order of importance, then sessions, then price."""
    gains = tuple(-gain.value for gain in bought.tiers.values())
    price = float("inf") if bought.pounds is None else bought.pounds
    return (*gains, -round(bought.sessions, 6), price, bought.remedy.kind, bought.remedy.words)
