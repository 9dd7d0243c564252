"""A published or exported CSV -> its cells as text, with the row of each as Excel numbers it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from capacity.importing.mapping import Source
from capacity.service.cells import fold, nearest, shown
from capacity.service.tables import SAVE_AS, Reading, read_text

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
SHOWN_HEADINGS = 12


@dataclass(frozen=True)
class Table:
    """The text of a source file: ``columns[i][j]`` is the cell of heading i in the row that Excel numbers rows[j]."""

    file: str
    header_row: int
    header: tuple[str, ...]
    rows: list[int]
    columns: list[list[str]]
    delimiter: str
    encoding: str
    footnotes: tuple[int, ...] = ()

    @property
    def decimal_comma(self) -> bool:
        """Whether a comma may stand before decimals."""
        return self.delimiter == ";"

    @property
    def read_as(self) -> str:
        """How the file was read, in words."""
        return f"{self.encoding}, separated by {DELIMITERS[self.delimiter]}"

    def place(self, name: str) -> int | None:
        """Position of a heading: the same text, or the only one that differs in case, spaces and underscores."""
        if name in self.header:
            return self.header.index(name)
        close = [place for place, heading in enumerate(self.header) if heading and fold(heading) == fold(name)]
        return close[0] if len(close) == 1 else None

    def column(self, name: str) -> list[str]:
        """Cells of a column that is known to be there."""
        place = self.place(name)
        assert place is not None
        return self.columns[place]


def read_table(path: Path, source: Source, reading: Reading) -> Table | None:
    """Read the cells of a source file; None with a fault where that cannot be done."""
    text, encoding = _text(path, source, reading)
    if text is None:
        return None
    delimiter = source.delimiter or _delimiter(text, source.header_row)
    rows = _rows(path.name, text, delimiter, reading)
    if rows is None:
        return None
    first = source.header_row or next((number for number, cells in rows if any(cells)), 0)
    header = next((cells for number, cells in rows if number == first), [])
    body = [(number, cells) for number, cells in rows if number > first and any(cells)]
    if not any(header) or not body:
        found = "an empty file" if not rows else f"a header in row {first} and no rows" if any(header) else "no header"
        reading.refuse(path.name, None, None, found, "a header and a row for each record; header_row names its row")
        return None
    return _table(path.name, first, header, body, delimiter, encoding, reading)


def _text(path: Path, source: Source, reading: Reading) -> tuple[str | None, str]:
    if not path.is_file():
        near = [entry.name for entry in path.parent.glob("*.csv")] if path.parent.is_dir() else []
        found = "no such file" if not path.exists() else "a folder"
        allowed = "the file named in [source], beside the mapping file; --data names another"
        reading.refuse(str(path), None, None, found, allowed, hint=nearest(path.name, near))
        return None, ""
    before = len(reading.forms.get("encoding_assumed", ()))
    if source.encoding is None:
        text = read_text(path, path.name, reading)
        assumed = len(reading.forms.get("encoding_assumed", ())) > before
        return text, "cp1252 (assumed)" if assumed else "UTF-8"
    try:
        return path.read_bytes().decode("utf-8-sig" if source.encoding == "utf-8" else source.encoding), source.encoding
    except (UnicodeDecodeError, OSError) as error:
        found = f"a file that cannot be read as {source.encoding} ({getattr(error, 'reason', error)})"
        reading.refuse(path.name, None, None, found, "text in the encoding named in [source]", hint=SAVE_AS)
        return None, ""


def _delimiter(text: str, header_row: int | None) -> str:
    """The separator that occurs most in the header, outside quotation marks."""
    lines = text.splitlines()
    start = (header_row or 1) - 1
    header = next((line for line in lines[start:] if line.strip(" ,;\t|")), "")
    outside = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=outside.count)


def _rows(file: str, text: str, delimiter: str, reading: Reading) -> list[tuple[int, list[str]]] | None:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    number = 0
    try:
        for number, cells in enumerate(lines, start=1):
            rows.append((number, [" ".join(cell.split()) for cell in cells]))
    except csv.Error:
        found = "a quotation mark that is not closed, or text after one"
        reading.refuse(file, number + 1, None, found, "cells in pairs of quotation marks")
        return None
    return rows


def _table(
    file: str,
    first: int,
    header: list[str],
    body: list[tuple[int, list[str]]],
    delimiter: str,
    encoding: str,
    reading: Reading,
) -> Table | None:
    width = len(header)
    faults = len(reading.faults)
    footnotes, rows, kept = [], [], []
    for number, cells in body:
        if width > 2 and sum(map(bool, cells)) == 1 and cells[0]:
            footnotes.append(number)
            continue
        if any(cells[width:]):
            hint = "Put text that has the separator in quotation marks"
            reading.refuse(file, number, None, f"{len(cells)} cells", f"{width}, as in the header", hint=hint)
        rows.append(number)
        kept.append((cells + [""] * width)[:width])
    if len(reading.faults) > faults:
        return None
    columns = [list(column) for column in zip(*kept, strict=True)] if kept else [[] for _ in header]
    return Table(file, first, tuple(header), rows, columns, delimiter, encoding, tuple(footnotes))


def headings(table: Table) -> str:
    """Headings of a table, for what a message allows."""
    named = [shown(heading, 40) for heading in table.header if heading]
    more = f" and {len(named) - SHOWN_HEADINGS} more" if len(named) > SHOWN_HEADINGS else ""
    return f"a column of {table.file}: {', '.join(named[:SHOWN_HEADINGS])}{more}"
