"""What plans and bought sessions cost a year, at the prices of ``[costs]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from capacity.service.model import Service
from capacity.service.resolved import meets_as_one, policy_of
from capacity.supply.pounds import staff_price
from capacity.units import WEEKS_PER_YEAR


@dataclass(frozen=True)
class Spent:
    """Extra time of a plan: PAs a week of people in PAs, hours of people in hours, and pounds a year for both.

    ``pounds`` is None where a price is missing: of an extra PA, or of a WTE of the grade whose hours rise.
    """

    pa: float
    hours: float
    pounds: float | None
    missing: tuple[str, ...] = ()


def spent_of(service: Service, extra_minutes: Mapping[str, float]) -> Spent:
    """Price extra time: PAs at ``[costs] extra_pa``, hours at the price of a WTE of the person's grade."""
    pa = hours = pounds = 0.0
    missing: list[str] = []
    for name, minutes in extra_minutes.items():
        if minutes <= 0:
            continue
        person = service.person(name)
        policy = policy_of(service, person)
        if person.contract_hours is None:
            pas = minutes / policy.pa_minutes.value
            pa += pas
            if service.costs.extra_pa is None:
                missing.append("extra_pa")
            else:
                pounds += pas * service.costs.extra_pa
            continue
        hours += minutes / 60
        price = staff_price(service, person)
        if price is None:
            missing.append(f"staff.{person.grade or person.staff_group}")
        else:
            pounds += minutes / 60 / policy.full_time_hours.value * price
    return Spent(pa, hours, None if missing else pounds, tuple(dict.fromkeys(missing)))


@dataclass(frozen=True)
class Bought:
    """Sessions bought one by one for what a plan leaves short; ``left`` cannot be bought (whole-team sessions)."""

    route: str
    price: float | None
    sessions_a_year: float
    pounds: float | None
    left: float
    """Sessions a week that cannot be bought one by one."""


def bought_of(service: Service, shortfall: Mapping[str, float]) -> Bought:
    """Price a shortfall at the cheaper of waiting-list and locum sessions."""
    prices = {
        route: price
        for route in ("waiting_list_session", "locum_session")
        if (price := getattr(service.costs, route)) is not None
    }
    route = min(prices, key=lambda key: prices[key], default="")
    whole = {row.activity for row in service.activities if meets_as_one(row)}
    left = sum(short for key, short in shortfall.items() if key in whole)
    sessions = (sum(shortfall.values()) - left) * WEEKS_PER_YEAR
    price = prices.get(route)
    pounds = 0.0 if sessions <= 1e-6 else None if price is None else price * sessions
    return Bought(route, price, sessions, pounds, left)
