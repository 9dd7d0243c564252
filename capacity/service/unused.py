"""What is accepted and kept but does not change any figure in this version: the one place that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from capacity.errors import Finding
from capacity.service.model import Service, Skill

RULE = "not_yet_used"

COLUMNS: dict[str, tuple[str, ...]] = {
    "rotas": ("supplement_category",),
}
"""Columns by table."""


def not_yet_used(service: Service) -> tuple[Finding, ...]:
    """Return a finding for every column that is given and not yet acted on."""
    found = [_of_column(service, table, name) for table, names in COLUMNS.items() for name in names]
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
    """Columns that are used, of which only some rows are not."""
    unplaced = [rota.rota for rota in service.rotas if rota.rest_after and not rota.duty_weeks]
    if unplaced:
        yield _kept("rest_after", "rotas.csv", unplaced, "rest_after without duty_weeks, the weeks it follows,")


def _kept(subject: str, source: str, given: Sequence[str] = (), what: str = "") -> Finding:
    rows = f" (given for {', '.join(given)})" if given else ""
    return Finding(RULE, subject, f"{what or subject} is kept and not yet used{rows}", source=source)
