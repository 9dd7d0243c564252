"""A service as the text of its cells, which can be changed and is then checked like files that were read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity.service.assumptions import defaults_used
from capacity.service.checking import Model
from capacity.service.columns import TABLES
from capacity.service.model import DemandRow, Origin, Service
from capacity.service.places import findings_in_place
from capacity.service.read import assemble
from capacity.service.records import Records, read_rows, refuse_duplicates
from capacity.service.series import DemandTable
from capacity.service.settings import Settings, read_policies, settings_of
from capacity.service.tables import Reading, Sheet
from capacity.service.unused import RULE as NOT_YET_USED
from capacity.service.unused import not_yet_used
from capacity.service.write import settings_data, table_cells

DEFAULT_USED = "default_used"
Row = dict[str, str]
"""Filled cells of a row, by column."""


@dataclass
class Draft:
    """The keys of service.toml, the rows of every table as cells, and those of demand.csv as they were read."""

    base: Service
    settings: dict[str, Any]
    tables: dict[str, list[Row]]
    demand: tuple[DemandRow, ...]

    def row(self, table: str, key: str) -> Row | None:
        """Return the row of an id; tables keyed by several columns join them with ``:``."""
        columns = TABLES[table].key
        return next((row for row in self.tables[table] if ":".join(row.get(part, "") for part in columns) == key), None)

    def ids(self, table: str) -> list[str]:
        """Ids of a table, in order."""
        columns = TABLES[table].key
        return [":".join(row.get(part, "") for part in columns) for row in self.tables[table]]


def draft_of(service: Service) -> Draft:
    """Return a service as cells."""
    tables = {name: table_cells(service, table) for name, table in TABLES.items() if name != "demand"}
    return Draft(service, settings_data(service), tables, service.demand)


def service_of(draft: Draft) -> Service:
    """Return the service that a draft says, checked as files are. Raises InputError with every fault."""
    reading = Reading()
    settings = settings_of(draft.settings, reading)
    if draft.base.bank_holiday_dates:
        settings.values["bank_holiday_dates"] = draft.base.bank_holiday_dates
    records = {name: _records(name, rows, reading) for name, rows in draft.tables.items()}
    rows = list(draft.demand)
    demand = DemandTable(rows, [number + 2 for number in range(len(rows))], present=bool(rows), readable=bool(rows))
    service = assemble(Model(settings, records, demand, _policies(draft, settings, reading), reading))
    kept = [note for note in draft.base.origin.notes if note.rule not in (NOT_YET_USED, DEFAULT_USED)]
    origin = draft.base.origin
    numbers = {key: number for key, number in origin.rows.items() if key.startswith("demand/")}
    notes = (*kept, *findings_in_place(origin, [*not_yet_used(service), *defaults_used(service)]))
    return service.model_copy(
        update={"origin": Origin(path=origin.path, notes=notes, rows=numbers, scenarios=origin.scenarios)}
    )


def _records(name: str, rows: list[Row], reading: Reading) -> Records:
    table = TABLES[name]
    if not rows and not table.needed:
        return Records(table, present=False)
    header = [column for column in table.columns if any(column in row for row in rows)]
    header += [column.name for column in table.columns.values() if column.required and column.name not in header]
    lines = [(number, [row.get(column, "") for column in header]) for number, row in enumerate(rows, start=2)]
    if not rows:
        reading.refuse(table.file, None, None, "a header and no rows", "at least one row")
    records = read_rows(Sheet(table.file, 1, tuple(header), lines), table, reading)
    if table.unique:
        refuse_duplicates(records, reading)
    return records


def _policies(draft: Draft, settings: Settings, reading: Reading) -> dict[str, Any]:
    """Policies the service had, and any other that it now names."""
    known = draft.base.policy_tables
    hours = any("contract_hours" in row for table in ("people", "posts") for row in draft.tables[table])
    named = {settings.values.get("policy"), *settings.values.get("policies", {}).values()}
    if named - {None} <= set(known) and (not hours or "afc-hours" in known):
        return dict(known)
    return {**known, **read_policies(settings, hours, draft.base.origin.folder or Path(), reading)}
