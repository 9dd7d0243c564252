"""A CSV file as Excel writes it -> its header and rows, numbered as Excel numbers them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

from capacity.errors import Fault

SAVE_AS = "Save it in Excel as CSV UTF-8"
_ESCAPED = re.compile(r"'+[=+@-]")


@dataclass(frozen=True)
class Sheet:
    """The text of one table."""

    file: str
    header_row: int
    header: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    semicolons: bool = False


@dataclass
class Reading:
    """What reading gathers as it goes: faults, and files that were read in an unusual form."""

    faults: list[Fault] = field(default_factory=list)
    forms: dict[str, list[str]] = field(default_factory=dict)
    """Files by form: ``bom``, ``encoding_assumed``, ``semicolons``."""

    def refuse(
        self,
        file: str,
        row: int | None,
        column: str | None,
        found: str,
        allowed: str,
        id: str | None = None,
        hint: str = "",
    ) -> None:
        """Add a fault."""
        self.faults.append(Fault(file, row, column, found, allowed, id, hint))

    def note_form(self, form: str, file: str) -> None:
        """Remember that ``file`` was read in this form."""
        self.forms.setdefault(form, []).append(file)


def read_text(path: Path, file: str, reading: Reading) -> str | None:
    """Return the text of a file, or None with a fault. UTF-8 with or without BOM, else cp1252."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reading.refuse(file, None, None, f"a file that cannot be opened ({error.strerror})", "a file that can be read")
        return None
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        reading.refuse(file, None, None, "an Excel workbook named .csv", "text", hint=SAVE_AS)
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        reading.refuse(file, None, None, "UTF-16 or binary content", "UTF-8 or cp1252 text", hint=SAVE_AS)
        return None
    if raw.startswith(b"\xef\xbb\xbf"):
        reading.note_form("bom", file)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        found = f"a byte that is neither UTF-8 nor cp1252 at position {error.start + 1}"
        reading.refuse(file, None, None, found, "UTF-8 or cp1252 text", hint=SAVE_AS)
        return None
    reading.note_form("encoding_assumed", file)
    return text


def read_sheet(path: Path, file: str, reading: Reading) -> Sheet | None:
    """Return the rows of a CSV file, or None with a fault where it has none that can be read."""
    text = read_text(path, file, reading)
    if text is None:
        return None
    if not text.strip():
        reading.refuse(file, None, None, "an empty file", "a header and a row for each record")
        return None
    semicolons = _separator(text) == ";"
    if semicolons:
        reading.note_form("semicolons", file)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=";" if semicolons else ",", strict=True)
    rows: list[tuple[int, list[str]]] = []
    number = 0
    try:
        for number, cells in enumerate(lines, start=1):
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append((number, stripped))
    except csv.Error:
        found = "a quotation mark that is not closed, or text after one"
        reading.refuse(file, number + 1, None, found, "cells in pairs of quotation marks")
        return None
    if not rows:
        reading.refuse(file, None, None, "an empty file", "a header and a row for each record")
        return None
    header_row, header = rows[0]
    sheet = Sheet(file, header_row, tuple(header), rows[1:], semicolons)
    return sheet if _cells_fit(sheet, reading) else None


def cell(text: str) -> str:
    """Text of a cell without the apostrophe that keeps spreadsheets from reading it as a formula."""
    return text[1:] if text.startswith("'") and _ESCAPED.match(text) else text


def _separator(text: str) -> str:
    header = next(line for line in text.splitlines() if line.strip(" ,;\t")) if text.strip(" ,;\t\r\n") else ""
    outside = re.sub(r'"[^"]*"', "", header)
    return ";" if outside.count(";") > outside.count(",") else ","


def _cells_fit(sheet: Sheet, reading: Reading) -> bool:
    """Refuse rows with text beyond the header: usually a list that was not quoted in a semicolon file."""
    width = len(sheet.header)
    fit = True
    for number, cells in sheet.rows:
        if len(cells) > width and (sheet.semicolons or any(cells[width:])):
            hint = "Put lists such as Mon AM;Tue AM in quotation marks" if sheet.semicolons else ""
            hint = hint or "Put text that has commas in quotation marks"
            allowed = f"{width}, as in the header"
            reading.refuse(sheet.file, number, None, f"{len(cells)} cells", allowed, cells[0] or None, hint)
            fit = False
    return fit
