"""The least cost of leaving nothing short: extra PAs, bought sessions and posts, each alone or as they go together."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, replace

from capacity.demand.result import Demand
from capacity.errors import InputError
from capacity.optimise.establish.result import Answer
from capacity.optimise.establish.run import establish
from capacity.optimise.frontier import frontier, with_most_extra
from capacity.optimise.search import Settings
from capacity.outcome import Outcome
from capacity.scenario.prices import Bought, Spent, bought_of, spent_of
from capacity.scenario.varying import Told, planned_of, reason_of, untold
from capacity.service.model import Service

POSTS_SHARE = 0.4
"""Part of the time for the posts."""
EXTRA_POINTS = 8
SMALL = 0.005


@dataclass(frozen=True)
class Way:
    """One way of leaving nothing short. ``pounds`` is None, and ``reason`` says why, where it has no price or no end.

    ``kind`` is ``sessions`` (bought for all that a plan within contracts leaves), ``extra`` (extra time, and sessions
    bought for the rest) or ``posts``.
    """

    kind: str
    pounds: float | None
    spent: Spent
    bought: Bought
    posts: tuple[tuple[str, int], ...] = ()
    wte: float = 0.0
    left: float = 0.0
    """Sessions a week that stay short all the same."""
    proven: bool = False
    reason: str = ""
    service: Service | None = None
    outcome: Outcome | None = None
    """The checked plan it rests on."""


@dataclass(frozen=True)
class LeastCost:
    """Every way, the cheapest that leaves nothing short (``best``), and what a plan within contracts leaves."""

    short_now: float
    short_planned: float | None
    ways: tuple[Way, ...]
    complete: bool
    reason: str = ""

    @property
    def best(self) -> Way | None:
        """The cheapest way that leaves nothing short; None where none has a price."""
        whole = [way for way in self.ways if way.pounds is not None and way.left <= SMALL]
        return min(whole, key=lambda way: way.pounds or 0.0, default=None)


NOTHING = Spent(0.0, 0.0, 0.0)


def least_cost(
    service: Service, demand: Demand, short_now: float, settings: Settings, told: Told = untold
) -> LeastCost:
    """Price every way of leaving nothing short; each rests on a checked plan.

    The plans with extra time are the points of the frontier by extra PAs: at each, what stays short is bought session
    by session, and the cheapest mix is the way ``extra``. Posts are those of ``capacity establish`` with the team kept.
    """
    began = clock.monotonic()
    told("plans with rising extra PAs")
    part = replace(settings, time_limit=settings.time_limit * (1 - POSTS_SHARE))
    found = frontier(with_most_extra(service, demand), demand, part, EXTRA_POINTS, "extra")
    if not found.points:
        return LeastCost(short_now, None, (), True, found.reason)
    mixes = []
    for point in found.points:
        planned = planned_of(point.service, demand, point.outcome, True)
        assert point.outcome.plan is not None
        spent = spent_of(service, point.outcome.plan.extra_minutes)
        bought = bought_of(service, planned.shortfall)
        mixes.append(_mix(service, point.service, point.outcome, spent, bought, point.proven))
    ways = [replace(mixes[0], kind="sessions")]
    if len(mixes) > 1:
        rest = [way for way in mixes[1:] if way.spent.pa > 0 or way.spent.hours > 0]
        if rest:
            ways.append(min(rest, key=lambda way: (way.left > SMALL, way.pounds is None, way.pounds or 0.0)))
    within = sum(found.points[0].outcome.shortfall.values())
    complete = not settings.stop.is_set()
    if complete and within > SMALL:
        told("the cheapest posts")
        left = max(1.0, settings.time_limit - (clock.monotonic() - began))
        ways.append(_posts(service, demand, replace(settings, time_limit=left)))
    return LeastCost(short_now, within, tuple(ways), complete and not settings.stop.is_set())


def _mix(service: Service, limited: Service, outcome: Outcome, spent: Spent, bought: Bought, proven: bool) -> Way:
    missing = [f"[costs] {name} is not given" for name in spent.missing]
    if bought.pounds is None:
        missing.append("[costs] has no price of a waiting-list or locum session")
    pounds = None if spent.pounds is None or bought.pounds is None else spent.pounds + bought.pounds
    return Way(
        "extra", pounds, spent, bought, left=bought.left, proven=proven, reason="; ".join(missing), service=limited,
        outcome=outcome,
    )  # fmt: skip


def _posts(service: Service, demand: Demand, settings: Settings) -> Way:
    nothing = Bought("", None, 0.0, 0.0, 0.0)
    try:
        answer: Answer = establish(service, demand, None, True, "centile", settings)
    except InputError as error:
        return Way("posts", None, NOTHING, nothing, left=0.0, reason=reason_of(error))
    if answer.outcome is None or answer.team is None:
        left = sum(answer.short_at_best.values())
        return Way("posts", None, NOTHING, nothing, left=left, reason="; ".join(answer.reasons))
    if answer.outcome.plan is not None:
        planned_of(answer.team, answer.required, answer.outcome, False)
    posts = tuple((line.kind.post.name, line.count) for line in answer.posts if line.count)
    reason = "" if answer.new.pounds is not None else "a post has no price ([costs.staff], or cost in posts.csv)"
    return Way(
        "posts", answer.new.pounds, NOTHING, nothing, posts, answer.new.wte,
        left=sum(answer.outcome.shortfall.values()), proven=answer.status == "optimal", reason=reason,
        service=answer.team, outcome=answer.outcome,
    )  # fmt: skip
