"""The sheet ``service`` of a workbook: two columns, key and value, for what service.toml says.

A key of a table has dots, such as ``objective.extra_pa_budget`` or ``slots.minutes.Wed LUNCH``; lists are separated by
semicolons, as everywhere in a model.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from capacity.errors import Fault
from capacity.service import cells
from capacity.service.cells import Refused, fold, nearest, shown
from capacity.service.columns import bounds_of, write_cell
from capacity.service.model import Service
from capacity.service.settings import FILE, KEYS, SECTIONS
from capacity.service.tables import Reading, Sheet, cell

SHEET = "service"
HEADER = ("key", "value")
_IN_A_CELL = {
    r'"(.*)" in quotation marks': r"\1",
    " in quotation marks": "",
    "a list in square brackets": "a list separated by ;",
    "true or false": "yes or no",
}
"""What a message about service.toml says otherwise about a cell."""


@dataclass(frozen=True)
class SheetSettings:
    """The keys as nested tables, and the row of each."""

    data: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def placed(self, fault: Fault) -> Fault:
        """Return a fault about service.toml as one about the row of the key."""
        key = fault.column or ""
        row = self.rows.get(key) or next((row for name, row in self.rows.items() if name.startswith(f"{key}.")), None)
        if fault.row is not None or row is None:
            return replace(fault, file=SHEET, **_said(fault))
        return replace(fault, file=SHEET, row=row, id=key, column=HEADER[1], **_said(fault))


def _said(fault: Fault) -> dict[str, Any]:
    texts = {"found": fault.found, "allowed": fault.allowed}
    for words, instead in _IN_A_CELL.items():
        texts = {name: re.sub(words, instead, text) for name, text in texts.items()}
    return texts


def read_pairs(sheet: Sheet, reading: Reading) -> SheetSettings:
    """Read the keys and values; those that are refused are added to ``reading`` as of service.toml."""
    folded = [fold(heading) for heading in sheet.header]
    if any(heading not in folded for heading in HEADER):
        found = shown(", ".join(filter(None, sheet.header))) or "a blank header"
        reading.refuse(FILE, sheet.header_row, None, found, "the columns key and value")
        return SheetSettings()
    key_at, value_at = (folded.index(heading) for heading in HEADER)
    settings = SheetSettings()
    for number, texts in sheet.rows:
        key, value = (cell(texts[place]) if place < len(texts) else "" for place in (key_at, value_at))
        key = key.strip()
        if not key and value:
            reading.refuse(FILE, number, HEADER[0], "a blank cell", "a key such as cycle_weeks")
        elif key in settings.rows:
            found = f"{shown(key)} again (first in row {settings.rows[key]})"
            reading.refuse(FILE, number, HEADER[0], found, "each key once")
        elif value:
            settings.rows[key] = number
            _put(settings.data, key, value, number, reading)
    return settings


def _put(data: dict[str, Any], key: str, text: str, number: int, reading: Reading) -> None:
    """Put one value at its place in the tables."""
    parts = key.split(".", 2)
    inside = data
    for part in parts[:-1]:
        inside = inside.setdefault(part, {})
        if not isinstance(inside, dict):
            reading.refuse(FILE, number, HEADER[0], shown(key), f"a value for {part}, or keys {part}.…, not both")
            return
    if isinstance(inside.get(parts[-1]), dict):
        hint = nearest(key, [f"{key}.{name}" for name in inside[parts[-1]]])
        reading.refuse(FILE, number, HEADER[0], shown(key), f"keys such as {key}.…, which also stand here", hint=hint)
        return
    inside[parts[-1]] = _value(_kind(parts), text)


def _kind(parts: list[str]) -> Any:
    """Return the type of the value of a key, or str where there is no such key."""
    top, rest = parts[0], parts[1:]
    if top in SECTIONS:
        info = SECTIONS[top].model_fields.get(rest[0]) if rest else None
        rest = rest[1:]
    else:
        info = Service.model_fields.get("schema_version" if top == "schema" else top)
    return str if info is None else _inner(info, len(rest))


def _inner(info: FieldInfo, deeper: int) -> Any:
    kind = bounds_of(info)[0]
    for _ in range(deeper):
        if get_origin(kind) is not dict:
            return str
        kind = get_args(kind)[1]
    return _bare(kind)


def _bare(kind: Any) -> Any:
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


def _value(kind: Any, text: str) -> Any:
    """Text of a cell as service.toml would hold it. What does not fit stays text, and is refused by its key."""
    if get_origin(kind) is tuple:
        item = _bare(get_args(kind)[0])
        return [_value(item, part.strip()) for part in text.split(";") if part.strip()]
    try:
        if kind is bool:
            return cells.yes_no(text)
        if kind is int:
            number = cells.number(text)
            return int(number) if number.is_integer() else number
        if kind is float:
            return cells.fraction(text, cells.Bounds()) if text.endswith("%") else cells.number(text)
    except Refused:
        return text
    return text


def all_pairs(data: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Keys and values of settings, with every key that has none yet (value None) at its place."""
    given = list(pairs_of(data))
    found: list[tuple[str, Any]] = []
    for key in KEYS:
        below = [pair for pair in given if pair[0] == key or pair[0].startswith(f"{key}.")]
        known = {name for name, _ in below}
        free = [name for name in _plain_keys(key) if name not in known]
        found += [*below, *((name, None) for name in free)]
    return found


def _plain_keys(key: str) -> list[str]:
    """Keys that hold one value: not tables of names, such as ``policies``."""
    if key not in SECTIONS:
        return [] if get_origin(_kind([key])) is dict else [key]
    return [f"{key}.{name}" for name in SECTIONS[key].model_fields if get_origin(_kind([key, name])) is not dict]


def options_of(key: str) -> tuple[str, ...]:
    """What may be chosen for a key; empty where that is not a short list."""
    kind = _kind(key.split(".", 2))
    if kind is bool:
        return ("yes", "no")
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def pairs_of(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys with dots and their values, a list as text, in the order of service.toml."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", inner) for name, inner in pairs_of(value))
        elif isinstance(value, (list, tuple)):
            yield key, ";".join(write_cell(item) for item in value)
        elif isinstance(value, dt.datetime):
            yield key, value.date()
        else:
            yield key, value
