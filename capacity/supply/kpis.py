"""Key figures of job planning by professional group, of one service or several (NHS England's guide, appendix 5).

In scope are people in post for whom a job plan is proposed: doctors in training and ward-only staff are not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from capacity.demand.result import Demand
from capacity.service.model import Person, Service
from capacity.service.resolved import contract_minutes, in_post, is_planned
from capacity.supply.job_time import JobTime
from capacity.supply.split import category_split
from capacity.supply.utilisation import taken_place

ACTIVE_MONTHS = 12
EXPIRING_DAYS = (30, 60, 90)
FEW = 5
"""Groups of fewer people are not shown."""
ALL = "all"


@dataclass
class GroupKpis:
    """One professional group. Shares are None where there is nothing to divide by, or nothing is known.

    ``expiring`` are plans that stop being active within so many days; ``lapsed`` those that are not active now.
    ``paid_pa`` and ``planned_pa`` are of people with contracts in PAs.
    """

    group: str
    people: int = 0
    active: int = 0
    expiring: dict[int, int] = field(default_factory=lambda: dict.fromkeys(EXPIRING_DAYS, 0))
    dcc: float = 0.0
    planned: float = 0.0
    paid_pa: float = 0.0
    planned_pa: float = 0.0
    over_12_pa: int = 0
    open_ended: int = 0
    variances: list[tuple[float, int]] = field(default_factory=list)
    """Delivered / expected sessions less 1, with the people of each service."""

    @property
    def active_share(self) -> float | None:
        """Share of people with an active plan: reviewed and approved within 12 months."""
        return self.active / self.people if self.people else None

    @property
    def dcc_share(self) -> float | None:
        """Planned direct clinical care over all planned time."""
        return self.dcc / self.planned if self.planned > 0 else None

    @property
    def variance(self) -> float | None:
        """Delivered over planned sessions less 1, leave accounted for, weighted by people; None without records."""
        people = sum(number for _, number in self.variances)
        return sum(value * number for value, number in self.variances) / people if people else None


def last_active_day(person: Person) -> dt.date | None:
    """Last day on which a plan counts as active; None where it was never both reviewed and approved."""
    if person.reviewed_on is None or person.approved_on is None:
        return None
    first = min(person.reviewed_on, person.approved_on)
    day = min(first.day, 28) if first.month == 2 else first.day
    return dt.date(first.year + 1, first.month, day)


def kpis(services: Sequence[tuple[Service, Demand]], on: dt.date) -> tuple[GroupKpis, ...]:
    """Return the figures of every staff group, in order of name, and of all groups at the end.

    Parameters
    ----------
    services
        Services with their sized demand.
    on
        The day as of which plans are active or expire.
    """
    groups: dict[str, GroupKpis] = {}
    for service, demand in services:
        _add(groups, service, demand, on)
    found = [groups[name] for name in sorted(groups)]
    return (*found, _sum(found))


def _add(groups: dict[str, GroupKpis], service: Service, demand: Demand, on: dt.date) -> None:
    time = JobTime(service, demand)
    scope = {
        person.person: person for person in service.people if in_post(service, person) and is_planned(service, person)
    }
    for key, person in scope.items():
        group = groups.setdefault(person.staff_group, GroupKpis(person.staff_group))
        group.people += 1
        last = last_active_day(person)
        if last is not None and last >= on:
            group.active += 1
            for days in EXPIRING_DAYS:
                group.expiring[days] += last <= on + dt.timedelta(days=days)
        pa = time.policy(key).pa_minutes.value
        contract = contract_minutes(service, person) / pa
        if person.contract_pa is not None:
            group.paid_pa += contract if person.paid_pa is None else person.paid_pa
            group.open_ended += person.paid_pa is not None and person.paid_pa > contract + 0.01 and person.to is None
    split = category_split(time, service.job_plans)
    for who, rows in split.groupby("person"):
        person_of = scope.get(str(who))
        if person_of is None:
            continue
        group = groups[person_of.staff_group]
        by_category = dict(zip(rows["category"], rows["pa"], strict=True))
        total = sum(value for name, value in by_category.items() if name != "flexible")
        group.dcc += by_category.get("DCC", 0.0)
        group.planned += total
        if person_of.contract_pa is not None:
            whole = total + by_category.get("flexible", 0.0)
            group.planned_pa += whole
            group.over_12_pa += whole > 12.005
    for name, share in taken_place(time, service.job_plans).items() if service.delivered else ():
        if name in groups:
            groups[name].variances.append((share - 1, sum(p.staff_group == name for p in scope.values())))


def _sum(found: Sequence[GroupKpis]) -> GroupKpis:
    whole = GroupKpis(ALL)
    for group in found:
        for name in ("people", "active", "dcc", "planned", "paid_pa", "planned_pa", "over_12_pa", "open_ended"):
            setattr(whole, name, getattr(whole, name) + getattr(group, name))
        for days in EXPIRING_DAYS:
            whole.expiring[days] += group.expiring[days]
        whole.variances += group.variances
    return whole


def hidden(found: Sequence[GroupKpis]) -> frozenset[str]:
    """Groups that are not shown: of under five people, and one more where the sum would give a single one away."""
    groups = [group for group in found if group.group != ALL]
    few = [group for group in groups if group.people < FEW]
    if len(few) == 1 and len(groups) > 1 and few[0].people > 0:
        others = [group for group in groups if group is not few[0]]
        few.append(min(others, key=lambda group: group.people))
    return frozenset(group.group for group in few)
