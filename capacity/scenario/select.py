"""Which rows a ``where`` names: conditions on columns, then at most one pick of the largest, busiest and so on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from capacity.demand.analyse import analyse
from capacity.demand.result import Demand
from capacity.errors import Fault, InputError
from capacity.scenario.overlay import PICKS, Selection
from capacity.service.cells import nearest
from capacity.service.columns import TABLES
from capacity.service.model import Service
from capacity.service.resolved import activity_tier, contract_minutes, is_planned, role_pa
from capacity.supply.gap import Gap, gap
from capacity.supply.utilisation import room_use

LIMIT = re.compile(r"^(<=|>=|<|>)\s*(-?[0-9.]+)$")
DERIVED: dict[str, tuple[str, ...]] = {
    "people": ("skilled", "on_rota", "planned"),
    "activities": ("tier", "fed", "short"),
    "streams": ("tier",),
    "rooms": ("used_by",),
    "roles": ("vacant",),
}
"""Conditions that are no columns, or columns whose blank has a meaning of its own."""


@dataclass(frozen=True)
class Chooser:
    """Selects rows of a service as it stands before a scenario."""

    service: Service
    place: str
    """What faults call the file."""

    @cached_property
    def demand(self) -> Demand:
        """The sized demand."""
        return analyse(self.service)

    @cached_property
    def gap(self) -> Gap:
        """Requirement against supply."""
        return gap(self.service, self.demand)

    def ids(self, table: str, where: Selection, spot: str) -> list[str]:
        """Ids of the rows that a selection names, in file order; of several selections the first that has any.

        Raises InputError for a condition that the table does not have.
        """
        options = where if isinstance(where, list) else [where]
        for option in options:
            if found := self._ids(table, option, spot):
                return found
        return []

    def _ids(self, table: str, where: Mapping[str, Any], spot: str) -> list[str]:
        self._refuse_unknown(table, where, spot)
        rows = [row for row in getattr(self.service, table) if self._holds(table, row, where, spot)]
        key = [_field(table, name) for name in TABLES[table].key]
        found = [":".join(str(getattr(row, name)) for name in key) for row in rows]
        picks = [name for name in PICKS if name in where]
        if len(picks) > 1:
            raise InputError([Fault(self.place, None, spot, " and ".join(picks), "one of them")])
        return self._picked(table, found, picks[0], where[picks[0]], spot) if picks and found else found

    def _refuse_unknown(self, table: str, where: Mapping[str, Any], spot: str) -> None:
        known = (*TABLES[table].columns, *DERIVED.get(table, ()), *PICKS)
        faults = [
            Fault(
                self.place, None, f"{spot}, {name}", "an unknown condition", ", ".join(known), hint=nearest(name, known)
            )
            for name in where
            if name not in known
        ]
        if faults:
            raise InputError(faults)

    def _holds(self, table: str, row: Any, where: Mapping[str, Any], spot: str) -> bool:
        return all(
            _fits(self._value(table, row, name, wanted, spot), wanted)
            for name, wanted in where.items()
            if name not in PICKS
        )

    def _value(self, table: str, row: Any, name: str, wanted: Any, spot: str) -> Any:
        """Return what a row has to hold against a condition."""
        service = self.service
        if name == "tier":
            return activity_tier(service, service.activity(row.activity) if table == "streams" else row)
        if table == "people":
            if name == "planned":
                return is_planned(service, row)
            if name == "kind":
                return row.kind or "substantive"
            if name == "skilled":
                activities = self.ids("activities", wanted, spot) if isinstance(wanted, (dict, list)) else [wanted]
                able = {skill.activity for skill in service.skills if skill.person == row.person}
                return wanted if able & set(activities) else None
            if name == "on_rota":
                rotas = [rota.rota for rota in service.rotas if row.person in rota.members]
                return bool(rotas) if isinstance(wanted, bool) else tuple(rotas)
        if table == "activities" and name == "fed":
            return any(stream.activity == row.activity for stream in service.streams)
        if table == "activities" and name == "short":
            return bool(self.gap.activities["gap"][row.activity] > 0)
        if table == "rooms" and name == "used_by":
            using = {activity.activity for activity in service.activities if row.room in activity.room}
            if not isinstance(wanted, (dict, list)):
                return tuple(using)
            return wanted if using & set(self.ids("activities", wanted, spot)) else None
        if table == "roles" and name == "vacant":
            return not row.held_by
        return getattr(row, _field(table, name))

    def _picked(self, table: str, found: list[str], pick: str, number: Any, spot: str) -> list[str]:
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise InputError([Fault(self.place, None, f"{spot}, {pick}", str(number), "a whole number, 1 or more")])
        size = self._size(table, pick, spot)
        order = sorted(found, key=lambda name: -size(name) if pick != "smallest" else size(name))
        if pick == "shortest":
            order = [name for name in order if size(name) > 0]
        return [name for name in found if name in order[:number]]

    def _size(self, table: str, pick: str, spot: str) -> Callable[[str], float]:
        """Return how large (or busy, or short) each row is; ties go by file order, as sorting keeps it."""
        sizes = self._sizes(table, "largest" if pick == "smallest" else pick)
        if sizes is None:
            known = ", ".join(name for name in PICKS if self._sizes(table, name) is not None) or "none"
            raise InputError(
                [Fault(self.place, None, f"{spot}, {pick}", f"{pick} of {table}", f"for {table}: {known}")]
            )
        return lambda name: sizes.get(name, 0.0)

    def _sizes(self, table: str, pick: str) -> dict[str, float] | None:
        service = self.service
        if table == "people":
            if pick == "largest":
                return {row.person: contract_minutes(service, row) for row in service.people}
            if pick == "busiest":
                return _sessions(service)
            return None
        if table == "activities":
            return self._of_activities(pick)
        if table == "streams":
            if pick == "largest":
                return {
                    row.stream: float(self.demand.streams_json.get(row.stream, {}).get("contact_hours") or 0.0)
                    for row in service.streams
                }
            by_activity = self._of_activities(pick)
            return {row.stream: by_activity.get(row.activity, 0.0) for row in service.streams}
        if table == "rooms" and pick == "largest":
            return {row.room: float(1 if row.count is None else row.count) for row in service.rooms}
        if table == "rooms" and pick == "busiest":
            frame = room_use(self.gap._time, service.job_plans).set_index("room")
            return {str(name): float(value) for name, value in frame["planned"].items()}
        if table == "roles" and pick == "largest":
            return {row.role: role_pa(service, row) for row in service.roles}
        if table == "rotas" and pick == "largest":
            return {row.rota: float(len(row.members)) for row in service.rotas}
        return None

    def _of_activities(self, pick: str) -> dict[str, float]:
        frame = self.gap.activities
        column = {"largest": "required", "busiest": "load", "shortest": "gap"}[pick]
        return {str(name): float(value) for name, value in frame[column].fillna(0.0).items()}


def _field(table: str, column: str) -> str:
    """Name of the field a column is kept in (``from`` is ``from_``)."""
    fields = TABLES[table].record.model_fields
    return next((name for name, info in fields.items() if (info.alias or name) == column), column)


def _sessions(service: Service) -> dict[str, float]:
    """DCC sessions a week in the plans in force, by person."""
    clinical = {row.activity for row in service.activities if row.category == "DCC"}
    found: dict[str, float] = {}
    for row in service.job_plans:
        if row.activity in clinical and row.slot != "-":
            share = 1.0 if row.weeks is None else len(row.weeks) / service.cycle_weeks
            found[row.person] = found.get(row.person, 0.0) + share
    return found


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a value is the one wanted, one of several, or within a limit such as ``>0``; a list fits by any item."""
    if isinstance(wanted, dict):
        return value is wanted
    if isinstance(wanted, list):
        return value is wanted or any(_fits(value, item) for item in wanted)
    if isinstance(value, tuple):
        return any(_fits(item, wanted) for item in value)
    if isinstance(wanted, str) and (limit := LIMIT.match(wanted)):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return False
        sign, bound = limit[1], float(limit[2])
        return {"<": value < bound, ">": value > bound, "<=": value <= bound, ">=": value >= bound}[sign]
    if isinstance(value, dt.date):
        return value.isoformat() == str(wanted)
    if isinstance(wanted, str) and wanted in ("given", "blank"):
        return (value is None or value == ()) == (wanted == "blank")
    return bool(value == wanted)
