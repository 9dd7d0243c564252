"""What the checks between tables share: everything read so far, and a short way to refuse a cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from capacity.errors import Finding
from capacity.service.cells import fold, nearest, shown
from capacity.service.policy import Policy
from capacity.service.records import Records, Row
from capacity.service.series import DemandTable
from capacity.service.settings import HOURS_POLICY, Settings, is_outside_hours
from capacity.service.tables import Reading

FEW = 8


@dataclass
class Model:
    """Everything read so far: rows that may be faulty, so that all faults can be said at once."""

    settings: Settings
    records: dict[str, Records]
    demand: DemandTable
    policies: dict[str, Policy]
    reading: Reading
    file_notes: list[Finding] = field(default_factory=list)

    def __getitem__(self, table: str) -> Records:
        return self.records[table]

    def refuse(self, row: Row, column: str | None, found: str, allowed: str, hint: str = "") -> None:
        """Refuse a cell of a row."""
        self.reading.refuse(row.table.file, row.number, column, found, allowed, row.id or None, hint)

    def readable(self, table: str) -> bool:
        """Whether the ids of a table are known: not when its file or its id column could not be read."""
        records = self.records[table]
        if not records.present:
            return not records.table.needed
        return set(records.table.key) <= set(records.columns) and bool(records.rows or not records.table.needed)

    def check_ids(self, row: Row, column: str, table: str, ids: Iterable[str] | None = None) -> bool:
        """Refuse every id in a cell that ``table`` does not have; say whether all are known."""
        value = row.get(column)
        given = (value,) if isinstance(value, str) else value or ()
        return self.check_known(row, column, table, given if ids is None else ids)

    def check_known(self, row: Row, column: str, table: str, ids: Iterable[str]) -> bool:
        """Refuse every one of ``ids``, named in a cell, that ``table`` does not have."""
        if not self.readable(table):
            return True
        records = self.records[table]
        known = records.ids()
        unknown = [name for name in ids if name not in known and fold(name) not in records.refused_ids()]
        for name in unknown:
            self.refuse(row, column, shown(name), _ids_of(records), nearest(name, known))
        return not unknown

    def check_slots(self, row: Row, column: str, slots: Iterable[str] | None = None) -> None:
        """Refuse half-days that the service does not have."""
        if not self.settings.slots_known:
            return
        have = self.settings.half_days()
        for slot in row.get(column, ()) if slots is None else slots:
            if slot in have:
                continue
            if is_outside_hours(slot):
                self.refuse(row, column, slot, "Sat, Sun and EVE only if listed in slots.premium of service.toml")
            else:
                allowed = f"the half-days of the service: {', '.join(have)}"
                self.refuse(row, column, slot, allowed, "Name it in [slots.minutes] of service.toml to have it")

    def check_weeks(self, row: Row, column: str) -> None:
        """Refuse weeks outside the cycle."""
        cycle = self.settings.cycle_weeks
        for week in row.get(column) or ():
            if week < 1 or (cycle is not None and week > cycle):
                last = "the length of the cycle" if cycle is None else str(cycle)
                self.refuse(row, column, str(week), f"weeks 1 to {last}")

    def policy_of(self, person: Row) -> Policy | None:
        """Policy of a person's contract, if it could be read."""
        values = self.settings.values
        name = values.get("policies", {}).get(person.get("staff_group"))
        if name is None:
            name = HOURS_POLICY if person.get("contract_hours") is not None else values.get("policy")
        return self.policies.get(name)


def _ids_of(records: Records) -> str:
    known = list(records.ids())
    if not records.present:
        return f"an id of {records.table.file}, which is not there"
    return f"an id of {records.table.file}" + (f": {', '.join(known)}" if 0 < len(known) <= FEW else "")
