"""Rotas: each member's share, what duty displaces, and the weeks of the cycle in which duty and rest stand."""

from __future__ import annotations

from collections import Counter

from capacity.service.model import Activity, Rota, Service
from capacity.service.resolved import contract_minutes, meets_as_one


def duty_shares(service: Service, rota: Rota) -> dict[str, float]:
    """Person -> share of a rota: by the weeks of duty where they are given; as listed, the rest shared equally.

    ``pro_rata``: by contract, contract / sum of the members' contracts.
    """
    if rota.duty_weeks:
        weeks = Counter(part.person for part in rota.duty_weeks)
        return {member: weeks[member] / len(rota.duty_weeks) for member in rota.members}
    if rota.share == "pro_rata":
        contracts = {who: contract_minutes(service, service.person(who)) for who in rota.members}
        return {who: minutes / sum(contracts.values()) for who, minutes in contracts.items()}
    given = {item.person: item.share for item in rota.share}
    others = [member for member in rota.members if member not in given]
    left = 1.0 - sum(given.values())
    return {member: given[member] if member in given else left / len(others) for member in rota.members}


def displaces(rota: Rota, activity: str) -> bool:
    """Whether duty on a rota displaces sessions of an activity."""
    if activity in rota.keeps:
        return False
    rule = rota.displaces if rota.displaces is not None else ("all" if rota.kind == "hot_week" else "none")
    return rule == "all" or (rule != "none" and activity in rule)


def closed_weeks(service: Service, person: str, slot: str, activity: Activity | None) -> frozenset[int]:
    """Weeks of the cycle in which a person's placed duty, or rest after it, leaves no place in a half-day.

    Duty closes the weeks of those it displaces; a whole team's session stands whoever is on duty. ``activity`` None
    asks for reserved time (SPA and so on), which duty that displaces everything closes. Rest closes its half-days for
    everything: in the week after a duty week, or in the duty week itself for ``on_call``, whose nights are within it.
    """
    if activity is not None and meets_as_one(activity):
        return frozenset()
    closed: set[int] = set()
    for rota in service.rotas:
        weeks = {part.week for part in rota.duty_weeks if part.person == person}
        if displaces(rota, activity.activity if activity is not None else ""):
            closed |= weeks
        if slot in rota.rest_after:
            closed |= weeks if rota.kind == "on_call" else {week % service.cycle_weeks + 1 for week in weeks}
    return frozenset(closed)
