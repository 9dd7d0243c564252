"""What a shortfall costs a year, by each way of closing it that ``[costs]`` has a price for.

* posts: WTE of new posts, each with its core SPA, at the price of a WTE of the staff who do the work now;
* extra PAs of people in post;
* waiting-list or locum sessions, bought one by one.

A surplus costs nothing and saves nothing here: posts cannot be sold. Formulas: docs/formulas/gap.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from capacity.service.model import JobPlanRow, Person, Service, Skill
from capacity.service.policy import Policy
from capacity.service.resolved import meets_as_one, people_together
from capacity.supply.job_time import JobTime
from capacity.supply.sessions import delivered_by, work_of
from capacity.units import WEEKS_PER_YEAR

ROUTES = ("posts", "extra_pa", "waiting_list_session", "locum_session")
"""Ways of closing a gap, in the order in which the first with a price is the headline."""
UNITS = {
    "posts": "WTE",
    "extra_pa": "PA",
    "waiting_list_session": "sessions a year",
    "locum_session": "sessions a year",
}
WHOLE_TEAM = "a session of the whole team is not bought one by one"
HOURS = "[costs] extra_pa is the price of people contracted in PAs, and those who do this are not"
NOBODY = "nobody is skilled in it"


@dataclass(frozen=True)
class Cost:
    """One way of closing a shortfall: how much of what, at what price, pounds a year.

    ``quantity`` is in ``unit``. ``pounds`` is None, and ``reason`` says why, where there is no price.
    """

    route: str
    quantity: float | None
    unit: str
    price: float | None
    pounds: float | None
    reason: str = ""


@dataclass(frozen=True)
class Post:
    """WTE of new posts for one session a calendar week, core SPA included, and their price a year."""

    wte: float | None
    pounds: float | None
    reason: str = ""
    whole_team: bool = False
    in_pa: bool = True
    """Whether the price of an extra PA is that of the people who do the work."""


def delivered_by_person(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[tuple[str, str], float]:
    """(person, activity) -> full sessions a calendar week; a whole team's session shared equally."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for work in work_of(time, rows):
        for person in work.people:
            found[person, work.activity] += delivered_by(time, work) / len(work.people)
    return dict(found)


def post_of(time: JobTime, activity: str, delivered: Mapping[tuple[str, str], float]) -> Post:
    """Return what one more session a calendar week takes of new posts like those of the people who do it.

    For each person with the skill: minutes of a session x 52.18 / weeks present / output, over the minutes a full-time
    post has for direct care (full time less core SPA). The mean is weighted by the sessions each delivers now, or
    equal where nobody does, times the people a joint team takes. Duty, roles and travel of a new post are left out.
    """
    if meets_as_one(time.activities[activity]):
        return Post(None, None, WHOLE_TEAM, whole_team=True)
    skills = [skill for skill in time.service.skills if skill.activity == activity]
    if not skills:
        return Post(None, None, NOBODY)
    weights = [delivered.get((skill.person, activity), 0.0) for skill in skills]
    if sum(weights) <= 0:
        weights = [1.0] * len(skills)
    wte = pounds = priced = 0.0
    unpriced: list[str] = []
    for skill, weight in zip(skills, weights, strict=True):
        if weight <= 0:
            continue
        each = _wte(time, skill)
        wte += weight * each
        price = staff_price(time.service, time.people[skill.person])
        if price is None:
            unpriced.append(_group(time.people[skill.person]))
        else:
            pounds += weight * each * price
            priced += weight
    each_session = people_together(time.activities[activity])
    total = sum(weights) / each_session
    missing = ", ".join(dict.fromkeys(unpriced))
    in_pa = _in_pa(time, [skill.person for skill in skills])
    if not priced:
        return Post(wte / total, None, f"[costs.staff] has no price for {missing}", in_pa=in_pa)
    reason = f"without {missing}, for whom [costs.staff] has no price" if missing else ""
    return Post(wte / total, each_session * pounds / priced, reason, in_pa=in_pa)


def staff_price(service: Service, person: Person) -> float | None:
    """Price of a year of one WTE: of the person's grade, else of the staff group; None where neither is given."""
    staff = service.costs.staff
    return staff.get(person.grade or "", staff.get(person.staff_group))


def full_time_care_minutes(policy: Policy) -> float:
    """Minutes a week that a full-time post has for direct care: full time less its core SPA."""
    whole = policy.full_time_hours.value * 60
    if policy.core_spa_bands is not None:
        pas = whole / policy.pa_minutes.value
        spa = next((spa for least, spa in policy.core_spa_bands.value if pas >= least), 0.0)
        return whole - spa * policy.pa_minutes.value
    return whole * (1 - (policy.core_spa_share.value if policy.core_spa_share is not None else 0.0))


def costs_of(time: JobTime, post: Post, short: float, pa: float) -> tuple[Cost, ...]:
    """Return every way of closing a shortfall of ``short`` sessions a calendar week, worth ``pa`` PAs of job plans.

    Without a shortfall each costs nothing.
    """
    if post.whole_team:
        return tuple(Cost(route, None, UNITS[route], None, None, post.reason) for route in ROUTES)
    short, pa = max(0.0, short), max(0.0, pa)
    prices = time.service.costs
    wte = None if post.wte is None else post.wte * short
    pounds = None if post.pounds is None else post.pounds * short
    each = pounds / wte if pounds is not None and wte else None
    return (
        Cost("posts", wte, UNITS["posts"], each, pounds, post.reason),
        _bought("extra_pa", pa, prices.extra_pa) if post.in_pa else Cost("extra_pa", pa, "PA", None, None, HOURS),
        _bought("waiting_list_session", short * WEEKS_PER_YEAR, prices.waiting_list_session),
        _bought("locum_session", short * WEEKS_PER_YEAR, prices.locum_session),
    )


def headline(costs: Iterable[Cost]) -> Cost | None:
    """Return the first way that has a price, None where there is none."""
    return next((cost for cost in costs if cost.pounds is not None), None)


def one_off_cost(time: JobTime, sessions: float) -> Cost:
    """Return what one-off sessions cost, **once**: as waiting-list sessions, else as locum sessions."""
    prices = time.service.costs
    route = "waiting_list_session"
    if prices.waiting_list_session is None and prices.locum_session is not None:
        route = "locum_session"
    bought = _bought(route, sessions, getattr(prices, route))
    return Cost(route, sessions, "sessions, once", bought.price, bought.pounds, bought.reason)


def _bought(route: str, quantity: float, price: float | None) -> Cost:
    if price is None:
        return Cost(route, quantity, UNITS[route], None, None, f"[costs] {route} is not given")
    return Cost(route, quantity, UNITS[route], price, quantity * price)


def _in_pa(time: JobTime, people: Sequence[str]) -> bool:
    """Whether any of them is contracted in PAs, or nobody in the service is, so that the price can only be theirs."""
    contracted = {key for key, person in time.people.items() if person.contract_pa is not None}
    return not contracted or bool(contracted & set(people))


def _wte(time: JobTime, skill: Skill) -> float:
    person, activity = skill.person, skill.activity
    minutes = time.full_session_minutes(person, activity) * WEEKS_PER_YEAR / time.weeks_present(person)
    return minutes / time.output.get((person, activity), 1.0) / full_time_care_minutes(time.policy(person))


def _group(person: Person) -> str:
    return f"{person.staff_group} {person.grade}" if person.grade else person.staff_group
