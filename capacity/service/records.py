"""Rows of text -> records: headers matched, every cell read, every fault said. References are checked elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from capacity.service import messages
from capacity.service.cells import Refused, fold, nearest, shown
from capacity.service.columns import NAMED_BY_ID, Column, Table
from capacity.service.tables import Reading, Sheet, cell


@dataclass
class Row:
    """One row: its Excel number, the text of its filled cells, and the values that could be read."""

    table: Table
    number: int
    texts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    whole: bool = True
    """False when a cell could not be read or a required one is blank."""

    @property
    def id(self) -> str:
        """What a message calls this row."""
        return " ".join(shown(self.texts[part], 30) for part in self.table.key if part in self.texts)

    @property
    def key(self) -> tuple[Any, ...] | None:
        """Values of the key columns, or None where one could not be read."""
        values = tuple(self.values.get(part) for part in self.table.key)
        return None if None in values else values

    def get(self, column: str, default: Any = None) -> Any:
        """Value of a column; ``default`` where it is blank or could not be read."""
        return self.values.get(column, default)

    def faulty(self, column: str) -> bool:
        """Whether the column was filled but could not be read."""
        return column in self.texts and column not in self.values

    def text(self, column: str) -> str:
        """Text of a cell for a message."""
        return shown(self.texts[column]) if column in self.texts else "a blank cell"


@dataclass
class Records:
    """The rows of one table and the columns its header has."""

    table: Table
    rows: list[Row] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    present: bool = False
    _ids: dict[str, Row] | None = None
    _refused: set[str] | None = None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def ids(self) -> dict[str, Row]:
        """First row of each id, for tables with one key column. Faulty rows count, so that one fault is said once."""
        if self._ids is None:
            self._ids = {}
            for row in self.rows:
                if row.key is not None:
                    self._ids.setdefault(row.key[0], row)
        return self._ids

    def refused_ids(self) -> set[str]:
        """Ids refused as written, such as ``C 01``: what refers to them is not refused as well."""
        if self._refused is None:
            key = self.table.key[0]
            self._refused = {fold(row.texts[key]) for row in self.rows if row.faulty(key)}
        return self._refused


def match_header(sheet: Sheet, table: Table, reading: Reading) -> dict[str, int]:
    """Return the position of each known column; refuse unknown, repeated and missing ones."""
    known: dict[str, Column] = {}
    for column in table.columns.values():
        known.update({fold(name): column for name in (column.name, *column.aliases)})
    places: dict[str, int] = {}
    for index, heading in enumerate(sheet.header):
        if not heading:
            _refuse_nameless(sheet, index, reading)
            continue
        match = known.get(fold(heading))
        if match is None:
            hint = nearest(heading, table.columns)
            allowed = "a known column" if hint else ", ".join(table.columns)
            reading.refuse(sheet.file, sheet.header_row, shown(heading), "an unknown column", allowed, hint=hint)
        elif match.name in places:
            reading.refuse(sheet.file, sheet.header_row, shown(heading), "this column twice", "each column once")
        else:
            places[match.name] = index
    for column in table.columns.values():
        if column.required and column.name not in places:
            allowed = "a column of this name, which is required"
            reading.refuse(sheet.file, sheet.header_row, column.name, "no such column", allowed)
    return places


def _refuse_nameless(sheet: Sheet, index: int, reading: Reading) -> None:
    filled = [number for number, cells in sheet.rows if index < len(cells) and cells[index]]
    if filled:
        reading.refuse(sheet.file, filled[0], None, "text in a column without a name", "a name in the header")


def read_rows(sheet: Sheet, table: Table, reading: Reading) -> Records:
    """Read every cell of every row; refuse what cannot be read and required cells that are blank."""
    records = Records(table, present=True)
    places = match_header(sheet, table, reading)
    records.columns = tuple(places)
    for number, cells in sheet.rows:
        texts = {name: cell(cells[index]) for name, index in places.items() if index < len(cells) and cells[index]}
        row = Row(table, number, texts)
        _read_cells(row, records.columns, sheet, reading)
        records.rows.append(row)
    return records


def _read_cells(row: Row, columns: tuple[str, ...], sheet: Sheet, reading: Reading) -> None:
    for name, text in row.texts.items():
        column = row.table.columns[name]
        try:
            value = column.read(text, sheet.semicolons)
        except Refused as refused:
            found, allowed = shown(refused.found or text), refused.allowed or column.allowed
            reading.refuse(sheet.file, row.number, name, found, allowed, row.id or None, refused.hint)
            row.whole = False
        else:
            row.values[name] = value
    if row.table.name in NAMED_BY_ID and "name" not in row.texts and row.key is not None:
        row.values["name"] = row.key[0]
    for column in row.table.columns.values():
        if not column.required or column.name in row.texts:
            continue
        row.whole = False
        if column.name in columns:
            reading.refuse(sheet.file, row.number, column.name, "a blank cell", column.allowed, row.id or None)


def refuse_duplicates(records: Records, reading: Reading) -> None:
    """Refuse a key that an earlier row has."""
    seen: dict[tuple[Any, ...], int] = {}
    for row in records:
        if row.key is None:
            continue
        if row.key in seen:
            table = records.table
            column = table.key[0] if len(table.key) == 1 else None
            found = f"{row.id} again (first in row {seen[row.key]})"
            reading.refuse(table.file, row.number, column, found, f"each {' and '.join(table.key)} once", row.id)
        seen.setdefault(row.key, row.number)


def build(records: Records, reading: Reading) -> list[Any]:
    """Turn whole rows into the frozen parts of a service."""
    built: list[BaseModel] = []
    for row in records:
        if not row.whole:
            continue
        try:
            built.append(records.table.record.model_validate(row.values))
        except ValidationError as error:
            for name, found, allowed in messages.faults_of(error):
                reading.refuse(records.table.file, row.number, name, found, allowed, row.id)
    return built
