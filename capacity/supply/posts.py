"""Posts over the plan year: who is in one, and for what share of the year.

Job plans and contracts are written at the rate of a whole year, whoever joins or leaves. Only what is delivered is
scaled, by the share of the year in post; what is charged and the contract scale alike, so that their balance stays.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

from capacity.service.model import Person, Service
from capacity.service.resolved import in_post

MONTHS = 12


def share_of_year(service: Service, person: Person) -> float:
    """Share of the plan year between ``from`` and ``to`` of a post, filled or vacant, from 0 to 1.

    Each month of the plan year counts a twelfth, as pay does; part of a month counts by its days. So a post from
    1 September in a year from 1 April is 7/12.
    """
    share = 0.0
    for month in range(MONTHS):
        first, after = _month(service.year_starts, month), _month(service.year_starts, month + 1)
        begins = max(first, person.from_ or first)
        ends = min(after, person.to + dt.timedelta(days=1) if person.to else after)
        share += max(0, (ends - begins).days) / (after - first).days
    return share / MONTHS


def share_in_post(service: Service, person: Person) -> float:
    """Share of the plan year in which somebody is in the post: 0 for a vacant post, 1 for a whole year."""
    return share_of_year(service, person) if in_post(service, person) else 0.0


def is_there(person: Person, date: dt.date) -> bool:
    """Whether somebody is in the post on a date."""
    begun = person.from_ is None or person.from_ <= date
    return person.kind != "vacant" and begun and (person.to is None or date <= person.to)


def is_funded(person: Person) -> bool:
    """Whether the post has funding (yes unless ``funded`` says no)."""
    return person.funded is not False


def _month(start: dt.date, number: int) -> dt.date:
    """First day of a month of the plan year, counted from 0."""
    year, month = divmod(start.month - 1 + number, MONTHS)
    year, month = start.year + year, month + 1
    return dt.date(year, month, min(start.day, monthrange(year, month)[1]))
