"""The establishment question from end to end: types, requirement, search, plan, reasons."""

from __future__ import annotations

import math
import time as clock
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Literal

from capacity.demand.result import Demand
from capacity.errors import Finding, InputError
from capacity.optimise.establish.covering import Team, outcome_of
from capacity.optimise.establish.master import Master
from capacity.optimise.establish.reasons import needs, savings, short_without
from capacity.optimise.establish.result import Aim, Answer, Minimise, PostLine, Totals
from capacity.optimise.establish.search import Memory, TeamSearch, Wanted
from capacity.optimise.establish.teams import posts_named, team_faults, team_kept
from capacity.optimise.establish.why_none import full_rooms, why_none
from capacity.optimise.search import Budget, Settings
from capacity.outcome import Outcome, Status
from capacity.service.model import Service
from capacity.service.resolved import contract_minutes, in_post
from capacity.supply.job_time import JobTime
from capacity.supply.post_types import PostType, post_types, price_faults, unpriced
from capacity.supply.pounds import delivered_by_person, staff_price

WTE_SCALE = 1000
"""WTE are counted in thousandths."""
FIRST_SHARE = 0.6
"""Part of the time for the first aim; the others, the plan and the reasons have what is left."""
SECOND_SHARE = 0.3
ORDER_SHARE = 0.1
PLAN_SHARE = 0.3


def establish(
    service: Service,
    demand: Demand,
    minimise: Minimise | None = None,
    keep_team: bool = True,
    cover: str | float = "centile",
    settings: Settings | None = None,
) -> Answer:
    """Find the smallest or cheapest team that covers a requirement.

    Parameters
    ----------
    service, demand
        The service, with its posts, and its sized demand.
    minimise
        ``cost``, ``wte`` or ``people``; None is cost where every type of post has a price, else WTE.
    keep_team
        Whether the people in post stay and posts are added to them; else the team is built from nothing but people
        for whom no job plan is proposed.
    cover
        ``centile``: what the planner asks for (rapid activities at their centile); ``mean``: every activity at its
        mean; a number: that share of ``centile``.
    settings
        Time limit, workers, seed, progress and stop.

    Raises
    ------
    InputError
        No type of post, no price where cost is minimised, or a rota or role that no post could take.
    """
    return _Run(service, demand, minimise, keep_team, cover, settings or Settings()).answer()


class _Run:
    def __init__(
        self,
        service: Service,
        demand: Demand,
        minimise: Minimise | None,
        keep_team: bool,
        cover: str | float,
        settings: Settings,
    ):
        self.service, self.keep_team, self.settings = service, keep_team, settings
        self.cover = cover if isinstance(cover, str) else f"{cover:g}"
        self.began = clock.monotonic()
        self.budget = Budget(settings.time_limit)
        types, assumed = post_types(service)
        self.findings: list[Finding] = list(assumed)
        self.minimise = self._aim(minimise, types)
        kept = team_kept(service, keep_team)
        if faults := team_faults(service, kept, types):
            raise InputError(faults)
        self.wanted = Wanted(service, kept, required(demand, cover), types)
        self.memory = Memory()

    def _aim(self, minimise: Minimise | None, types: tuple[PostType, ...]) -> Minimise:
        missing = unpriced(types)
        if minimise == "cost" and missing:
            raise InputError(price_faults(self.service, types))
        if minimise is None and missing:
            names = ", ".join(dict.fromkeys(each.group for each in missing))
            message = f"no price for {names}: WTE are minimised in place of pounds"
            self.findings.append(Finding("no_price", "costs.staff", message))
        return minimise or ("wte" if missing else "cost")

    def _weights(self) -> list[tuple[str, dict[str, int], float]]:
        """The aims in order: name, weight of a post of each type, and what turns the sum into what is reported."""
        types = self.wanted.types
        posts = dict.fromkeys((each.id for each in types), 1)
        if self.minimise == "people":
            priced = not unpriced(types)
            second = ("cost", _pounds(types), 1.0) if priced else ("wte", _wte(types), float(WTE_SCALE))
            return [("posts", posts, 1.0), second]
        first = ("cost", _pounds(types), 1.0) if self.minimise == "cost" else ("wte", _wte(types), float(WTE_SCALE))
        return [first, ("posts", posts, 1.0)]

    def answer(self) -> Answer:
        aims: list[Aim] = []
        held: list[tuple[dict[str, int], int]] = []
        best: Team | None = None
        first: TeamSearch | None = None
        reasons, short = full_rooms(self.wanted)
        if reasons:
            return self._no_answer("impossible", reasons, short, "none")
        weights = self._weights()
        for number, (name, each, scale) in enumerate(weights):
            search = self._search(name, each, held, best, FIRST_SHARE if number == 0 else SECOND_SHARE)
            first = first or search
            best = search.best
            if best is None:
                return self._none(search)
            aims.append(_aim_of(name, search, scale))
            if not search.settled:
                break
            held.append((each, round(search.value)))
        if best is not None and len(held) == len(weights):
            places = {each.id: place for place, each in enumerate(self.wanted.types)}
            order = self._search("order", places, held, best, ORDER_SHARE)
            best = order.best
            aims.append(replace(_aim_of("order", order, 1.0), value=None, bound=None))
        else:
            aims += [Aim(name, None, None, "unknown") for name, *_ in weights[len(aims) :]]
            aims.append(Aim("order", None, None, "unknown"))
        assert best is not None and first is not None
        return self._found(best, first, aims, weights[0])

    def _search(
        self,
        name: str,
        weights: dict[str, int],
        held: list[tuple[dict[str, int], int]],
        start: Team | None,
        share: float,
    ) -> TeamSearch:
        search = TeamSearch(self.wanted, weights, self.settings, self.memory, held, start, name)
        part = self.budget.part(share)
        search.search(part)
        self.budget.take(part)
        return search

    # -- what is reported -------------------------------------------------------------------------------------

    def _found(self, best: Team, first: TeamSearch, aims: list[Aim], main: tuple[str, dict[str, int], float]) -> Answer:
        part = self.budget.part(PLAN_SHARE)
        best.settle_down(part, self.settings)
        self.budget.take(part)
        outcome = outcome_of(best, self.settings, clock.monotonic() - self.began)
        wanted = self.wanted
        joining = wanted.joining(wanted.way_of(best.counts))
        master = Master(wanted.kept, wanted.original, wanted.demand, wanted.types, joining)
        binding = needs(master)
        lines = self._lines(best, outcome)
        _, weights, scale = main
        value = float(sum(weights[name] * count for name, count in best.counts.items()))
        likely = {activity for line in lines for activity in line.short_without}
        likely |= {activity for need in binding for activity in need.activities}
        cheaper = savings(wanted, best, weights, value, scale, likely, self.budget, self.settings) if value else ()
        proven = all(aim.status == "optimal" for aim in aims)
        status: Status = "optimal" if proven else "stopped" if self.settings.stop.is_set() else "feasible"
        self._note_limits(best)
        return Answer(
            status=status,
            minimise=self.minimise,
            keep_team=self.keep_team,
            cover=self.cover,
            aims=tuple(aims),
            posts=lines,
            stay=self._stay(),
            new=_totals([(line.kind.wte, line.kind.pounds) for line in lines for _ in line.people]),
            needs=binding,
            savings=cheaper,
            reasons=(),
            short_at_best={},
            types=wanted.types,
            team=best.service,
            required=wanted.demand,
            outcome=outcome,
            findings=tuple(self.findings),
            run=self._run(first.limit),
        )

    def _lines(self, best: Team, outcome: Outcome) -> tuple[PostLine, ...]:
        assert outcome.plan is not None
        by_person = delivered_by_person(best.problem.time, outcome.plan.rows)
        lines = []
        kinds = [each for each in self.wanted.types if best.counts.get(each.id)]
        for number, each in enumerate(kinds):
            names = tuple(name for name, _ in posts_named((each,), best.counts))
            work: dict[str, float] = {}
            for (person, activity), sessions in by_person.items():
                if person in names:
                    work[activity] = work.get(activity, 0.0) + sessions
            part = self.budget.part(0.3 / (len(kinds) - number))
            short, proven = short_without(self.wanted, best.counts, each.id, part, self.settings)
            self.budget.take(part)
            lines.append(PostLine(each, names, work, short, proven))
        return tuple(lines)

    def _stay(self) -> Totals:
        kept = self.wanted.kept
        time = JobTime(kept, self.wanted.demand)
        people = [person for person in kept.people if in_post(kept, person)]
        return _totals(
            [
                (wte, None if (price := staff_price(time.service, person)) is None else price * wte)
                for person in people
                for wte in (contract_minutes(kept, person) / (60 * time.policy(person.person).full_time_hours.value),)
            ]
        )

    def _note_limits(self, best: Team) -> None:
        """Types of which the team has as many posts as there may be: more of them might make it better."""
        for each in self.wanted.types:
            if each.post.most is not None and best.counts.get(each.id) == each.post.most:
                message = f"all {each.post.most} posts there may be are used: the limit may make the team dearer"
                self.findings.append(Finding("most_posts_used", each.id, message))

    def _none(self, search: TeamSearch) -> Answer:
        """No team was found: say why, where it is proven that there is none."""
        impossible = search.settled and search.limit == "none"
        ways = sorted(self.memory.cannot, key=sum)
        self.budget = Budget(max(5.0, self.budget.left()))
        reasons, short = why_none(self.wanted, (ways[:1] + ways[-1:])[: len(ways)], self.budget, self.settings)
        if not impossible:
            stopped = (
                "the run was stopped"
                if self.settings.stop.is_set()
                else f"{self.settings.time_limit:g} s were not enough"
            )
            reasons = (f"No team was found: {stopped}. One may exist.",)
            short = {}
        elif not reasons:
            reasons = ("No team of these posts covers the requirement.",)
        return self._no_answer("impossible" if impossible else "stopped", reasons, short, search.limit)

    def _no_answer(self, status: Status, reasons: tuple[str, ...], short: dict[str, float], limit: str) -> Answer:
        return Answer(
            status=status,
            minimise=self.minimise,
            keep_team=self.keep_team,
            cover=self.cover,
            aims=(),
            posts=(),
            stay=self._stay(),
            new=Totals(0, 0.0, None),
            needs=(),
            savings=(),
            reasons=reasons,
            short_at_best=short,
            types=self.wanted.types,
            team=None,
            required=self.wanted.demand,
            outcome=None,
            findings=tuple(self.findings),
            run=self._run(limit),
        )

    def _run(self, limit: str) -> dict[str, Any]:
        return {
            "seed": self.settings.seed,
            "workers": self.settings.workers,
            "time_limit": self.settings.time_limit,
            "limit_fired": limit,
            "seconds": round(clock.monotonic() - self.began, 3),
            "versions": {name: version(name) for name in ("ortools", "pandas", "numpy", "pydantic")},
        }


def required(demand: Demand, cover: str | float) -> Demand:
    """Return the requirement to be covered: at the centile, at the mean, or a share of the first.

    Raises
    ------
    ValueError
        ``cover`` is neither ``centile``, ``mean`` nor a number above 0 and at most 1.
    """
    if cover == "centile":
        return demand
    if cover == "mean":
        return replace(
            demand,
            activities={
                key: replace(row, required=min(row.required, row.required_mean))
                for key, row in demand.activities.items()
            },
        )
    if isinstance(cover, str) or not (math.isfinite(cover) and 0 < cover <= 1):
        raise ValueError(f"cover is {cover}; it must be centile, mean, or a share above 0 and at most 1")
    return replace(
        demand,
        activities={
            key: replace(row, required=cover * row.required, required_mean=min(row.required_mean, cover * row.required))
            for key, row in demand.activities.items()
        },
    )


def _pounds(types: tuple[PostType, ...]) -> dict[str, int]:
    return {each.id: round(each.pounds or 0.0) for each in types}


def _wte(types: tuple[PostType, ...]) -> dict[str, int]:
    return {each.id: round(WTE_SCALE * each.wte) for each in types}


def _aim_of(name: str, search: TeamSearch, scale: float) -> Aim:
    status: Literal["optimal", "feasible"] = "optimal" if search.settled else "feasible"
    return Aim(name, search.value / scale, min(search.bound, search.value) / scale, status)


def _totals(posts: list[tuple[float, float | None]]) -> Totals:
    prices = [pounds for _, pounds in posts if pounds is not None]
    whole = len(prices) == len(posts)
    return Totals(len(posts), sum(wte for wte, _ in posts), sum(prices) if whole else None)
