"""What is accepted and kept but does not change any figure in this version: the one place that says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from capacity.errors import Finding
from capacity.service.model import Person, Service, Skill

RULE = "not_yet_used"

COLUMNS: dict[str, tuple[str, ...]] = {
    "activities": ("site",),
    "streams": (
        "travel_minutes", "triage_minutes", "after_weeks", "target_weeks", "target_share", "waiting_now",
        "clear_weeks",
    ),
    "people": ("clinical_share", "funded"),
    "skills": ("preference", "supervised_by", "supervisor_output"),
    "rooms": ("site",),
    "rotas": ("rest_after", "supplement_category"),
}  # fmt: skip
"""Columns by table."""

TABLES = ("templates", "sites", "objectives", "delivered")
"""Whole tables."""


def not_yet_used(service: Service) -> tuple[Finding, ...]:
    """Return a finding for every column and table that is given and not yet acted on."""
    found = [_of_column(service, table, name) for table, names in COLUMNS.items() for name in names]
    found += [_kept(f"{table}.csv", f"{table}.csv") for table in TABLES if getattr(service, table)]
    return tuple(note for note in (*found, *_of_values(service)) if note is not None)


def _of_column(service: Service, table: str, name: str) -> Finding | None:
    rows: Sequence[Any] = getattr(service, table)
    given = [_id(row) for row in rows if getattr(row, name) not in (None, (), 0, False)]
    return _kept(name, f"{table}.csv", given) if given else None


def _id(row: Any) -> str:
    if isinstance(row, Skill):
        return f"{row.person} {row.activity}"
    return str(getattr(row, next(iter(type(row).model_fields))))


def _of_values(service: Service) -> Iterator[Finding]:
    """Values of columns and settings that are used, of which only some values are not."""
    joint = [row.activity for row in service.activities if isinstance(row.team, tuple)]
    if joint:
        yield _kept("team", "activities.csv", joint, "a team of named groups")
    part_year = [row.person for row in service.people if _changes_in_year(row, service.year_starts)]
    if part_year:
        yield _kept(
            "from, to", "people.csv", part_year, "part of a year (anyone in post in the plan year counts whole)"
        )
    if service.objective.include_backlog:
        yield _kept("objective.include_backlog", "service.toml")
    if "calendar" in service.model_fields_set and service.calendar.bank_holidays != "none":
        yield _kept("calendar.bank_holidays", "service.toml", what="the dates of bank holidays")
    if service.costs.staff:
        yield _kept("costs.staff", "service.toml")
    for name in ("locum_session", "waiting_list_session"):
        if getattr(service.costs, name) is not None:
            yield _kept(f"costs.{name}", "service.toml")


def _changes_in_year(person: Person, start: dt.date) -> bool:
    end = start + dt.timedelta(days=365)
    starts = person.from_ is not None and start < person.from_ < end
    return starts or (person.to is not None and start <= person.to < end)


def _kept(subject: str, source: str, given: Sequence[str] = (), what: str = "") -> Finding:
    rows = f" (given for {', '.join(given)})" if given else ""
    return Finding(RULE, subject, f"{what or subject} is kept and not yet used{rows}", source=source)
