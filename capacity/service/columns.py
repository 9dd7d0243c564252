"""The columns of every table: how a cell is read, what is allowed in it, and how a value is written.

A column is known by the field of the same name in ``model``: its type and limits are said there and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from capacity.service import cells, model
from capacity.service.cells import Bounds, Refused
from capacity.units import NO_FIXED_SLOT

PERCENTAGES = frozenset({"per_attendance", "output"})
"""Numbers that may pass 1 and may all the same be written as a percentage."""
NAMED_BY_ID = frozenset({"activities", "rooms", "equipment", "rotas", "roles", "posts"})
"""Tables in which a blank name means that the id is the name."""
OWNERS = {"activity": "activities", "person": "people", "stream": "streams"}
"""Columns that name a row of another table."""
DATED_BY: dict[model.Period, str] = {"week": "week_starting", "day": "date", "month": "month"}
"""The column of demand.csv that dates a row of each period."""
COUNTS = ("referrals", "census", "seen", "dna", "list_size")
"""What demand.csv counts."""
ESCAPED_FIRST = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Column:
    """One column: its name, how its text is read, and what is allowed in it."""

    name: str
    read: Callable[[str, bool], Any]
    """Text of a cell, and whether the file is separated by semicolons -> value. Raises Refused."""
    allowed: str
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One file: the part of the service a row becomes, its columns, and the columns that make its key."""

    name: str
    record: type[BaseModel]
    key: tuple[str, ...]
    columns: dict[str, Column]
    unique: bool = True
    needed: bool = False

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"


def write_cell(value: Any) -> str:
    """Write one value as the text of a cell that reads back as the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return cells.plain(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return _escaped(";".join(_write_item(item) for item in value))
    if isinstance(value, model.WholeGroups):
        return _escaped(";".join(f"all:{group}" for group in value.groups))
    return _escaped(str(value))


def _write_item(item: Any) -> str:
    if isinstance(item, model.TeamMember):
        return f"{item.group}:{item.count}"
    if isinstance(item, model.SpreadPart):
        return f"{item.slot}={cells.plain(item.sessions)}"
    if isinstance(item, model.RotaShare):
        return f"{item.person}={cells.plain(item.share)}"
    if isinstance(item, model.DutyWeek):
        return f"{item.person}={item.week}"
    if isinstance(item, model.PostSkill):
        return item.activity if item.output is None else f"{item.activity}={cells.plain(item.output)}"
    if isinstance(item, model.Delivery):
        return f"{item.activity}={cells.plain(item.sessions)}"
    return str(item)


def _escaped(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{text}" if text != NO_FIXED_SLOT and text.lstrip("'").startswith(ESCAPED_FIRST) else text


def bounds_of(info: FieldInfo) -> tuple[Any, Bounds, str]:
    """Return the plain type of a field (without None), its limits and its pattern."""
    kind: Any = info.annotation
    marks = list(info.metadata)
    if get_origin(kind) in (Union, types.UnionType):
        inner = [part for part in get_args(kind) if part is not type(None)]
        kind = inner[0] if len(inner) == 1 else kind
    if hasattr(kind, "__metadata__"):
        for mark in kind.__metadata__:
            marks.extend(mark.metadata if isinstance(mark, FieldInfo) else [mark])
        kind = kind.__origin__
    limits = {name: getattr(mark, name) for mark in marks for name in ("ge", "gt", "le", "lt") if hasattr(mark, name)}
    pattern = next((str(mark.pattern) for mark in marks if isinstance(mark, StringConstraints)), "")
    return kind, Bounds(**limits), pattern


def column_of(name: str, info: FieldInfo) -> Column:
    """Return the column that a field of the model describes."""
    kind, bounds, pattern = bounds_of(info)
    required = info.is_required()
    if get_origin(kind) is Literal:
        options = tuple(str(option) for option in get_args(kind))
        return Column(name, _plain(partial(cells.choice, options=options)), _one_of(options), required)
    if get_origin(kind) is tuple:
        return _list_column(name, get_args(kind)[0], required)
    if kind is bool:
        return Column(name, _plain(cells.yes_no), cells.YES_NO, required)
    if kind is int:
        return Column(name, partial(_whole, bounds), f"a whole number, {bounds}", required)
    if kind is float:
        return _float_column(name, bounds, required)
    if kind is dt.date:
        return Column(name, _plain(cells.date), cells.DATE_FORM, required)
    if "AM|LUNCH" in pattern:
        read, allowed = cells.slot_or_none, f"{cells.HALF_DAY_FORM}, or - for time with no fixed place"
        return Column(name, _plain(read), allowed, required)
    if pattern:
        return Column(name, _plain(cells.ident), cells.ID_FORM, required)
    return Column(name, _plain(str), "text", required)


def _one_of(options: tuple[str, ...]) -> str:
    return options[0] if len(options) == 1 else f"{', '.join(options[:-1])} or {options[-1]}"


def _list_column(name: str, item: Any, required: bool) -> Column:
    if item is int:
        return Column(name, _plain(lambda text: cells.week_list(text) or ()), "all, or weeks such as 1;3", required)
    pattern = next((str(mark.pattern) for mark in item.__metadata__ if isinstance(mark, StringConstraints)), "")
    if "AM|LUNCH" in pattern:
        return Column(name, _plain(partial(cells.items, read=cells.slot)), "half-days such as Mon AM;Fri PM", required)
    return Column(name, _plain(partial(cells.items, read=cells.ident)), "ids separated by ;", required)


def _float_column(name: str, bounds: Bounds, required: bool) -> Column:
    if name == "growth_rate":
        bounds = Bounds(gt=bounds.gt, le=1)
    percent = name in PERCENTAGES or 1 in (bounds.le, bounds.lt)
    reader = cells.fraction if percent and name not in PERCENTAGES else None
    return Column(name, partial(_float, bounds, reader, name in PERCENTAGES), str(bounds), required)


def _float(bounds: Bounds, reader: Any, percent: bool, text: str, semicolons: bool) -> float:
    if reader is not None:
        value: float = reader(text, bounds, semicolons)
    elif percent and text.endswith("%"):
        value = cells.fraction(text, bounds, semicolons)
    else:
        value = cells.number(text, semicolons)
    if not bounds.hold(value):
        raise Refused
    return value


def _whole(bounds: Bounds, text: str, semicolons: bool) -> int:
    value = cells.whole(text)
    if not bounds.hold(value):
        raise Refused
    return value


def _plain(read: Callable[[str], Any]) -> Callable[[str, bool], Any]:
    return lambda text, semicolons: read(text)


SPECIAL: dict[tuple[str, str], tuple[Callable[[str], Any], str]] = {
    ("activities", "team"): (
        cells.team,
        "blank, all, a group such as all:nurse, or a team such as consultant:1;nurse:1",
    ),
    ("activities", "spread"): (cells.spread, "any, each_day, each_half_day, or parts such as Mon AM=2;Sat AM=1"),
    ("rotas", "share"): (cells.rota_shares, "blank, pro_rata, or shares from 0 to 1 such as c07=0.6"),
    ("rotas", "duty_weeks"): (cells.duty_weeks, "blank, or weeks of the cycle such as c01=1;c02=2"),
    ("rotas", "delivers"): (cells.deliveries, "sessions of a duty week such as ward_round=10;post_take=7"),
    ("rotas", "displaces"): (cells.displaced, "all, none, or activities separated by ;"),
    ("posts", "skills"): (cells.post_skills, "activities, with output where it is not 1, such as rapid;general=0.8"),
    ("job_plans", "weeks"): (cells.week_list, "all, or weeks such as 1;3"),
}


def _table(
    name: str, record: type[BaseModel], key: tuple[str, ...], unique: bool = True, needed: bool = False
) -> Table:
    columns = {}
    for field, info in record.model_fields.items():
        heading = info.alias or field
        special = (name, heading) in SPECIAL
        column = _special(name, heading, info.is_required()) if special else column_of(heading, info)
        if heading == "name" and name in NAMED_BY_ID:
            column = replace(column, required=False)
        owner = OWNERS.get(heading, name)
        if owner != name and column.allowed == cells.ID_FORM:
            column = replace(column, allowed=f"an id of {owner}.csv")
        columns[heading] = column
    return Table(name, record, key, columns, unique, needed)


def _special(table: str, heading: str, required: bool) -> Column:
    read, allowed = SPECIAL[table, heading]
    return Column(heading, _plain(read), allowed, required)


def _demand_table() -> Table:
    fields = model.DemandRow.model_fields
    columns = {name: Column(name, _plain(cells.date), cells.DATE_FORM) for name in DATED_BY.values()}
    columns["series"] = Column("series", _plain(cells.ident), cells.ID_FORM, True, ("stream",))
    columns |= {name: column_of(name, fields[name]) for name in COUNTS}
    return Table("demand", model.DemandRow, ("series",), columns, unique=False)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table("activities", model.Activity, ("activity",), needed=True),
        _table("streams", model.Stream, ("stream",)),
        _table("dna_by_lead", model.LeadBand, ("stream", "days_from")),
        _table("templates", model.Template, ("activity", "stream")),
        _demand_table(),
        _table("people", model.Person, ("person",), needed=True),
        _table("skills", model.Skill, ("person", "activity"), needed=True),
        _table("rooms", model.Room, ("room",)),
        _table("equipment", model.Equipment, ("equipment",)),
        _table("sites", model.Travel, ("from", "to")),
        _table("rotas", model.Rota, ("rota",)),
        _table("roles", model.Role, ("role",)),
        _table("job_plans", model.JobPlanRow, ("person",), unique=False),
        _table("posts", model.Post, ("post",)),
        _table("objectives", model.ObjectiveRow, ("level",), unique=False),
        _table("delivered", model.DeliveredRow, ("person",), unique=False),
    )
}
"""Every table of a service model, by name, in the order in which the files are described."""
