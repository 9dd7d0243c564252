"""A workbook as a source of sheets: each cell becomes the text that a CSV file of the sheet would have."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from capacity.errors import Fault, Finding
from capacity.service.cells import fold, nearest, plain, shown
from capacity.service.columns import TABLES, Table
from capacity.service.package import (
    SHOWN_CELLS,
    NotAWorkbook,
    Package,
    Part,
    column_letters,
    measure,
    open_package,
)
from capacity.service.places import fault_in_sheet, finding_in_sheet
from capacity.service.settings import FILE as SETTINGS_FILE
from capacity.service.settings import Settings, settings_of
from capacity.service.sheet_settings import SHEET as SETTINGS
from capacity.service.sheet_settings import SheetSettings, read_pairs
from capacity.service.tables import Reading, Sheet, read_sheet

ABOUT = "about"
"""Sheet of notes that the program writes and does not read."""
NEAR = 0.75
"""How like a table's name that of a sheet must be to be taken for it misspelt: workbooks have other sheets too."""
DIGITS = 15
"""Digits of a number that Excel shows; what is beyond them is noise of its arithmetic."""


class WorkbookSource:
    """One workbook; files of bank holidays and ``policies/`` stand beside it."""

    def __init__(self, path: Path, reading: Reading, posts: Path | None = None):
        self.path = path
        self.folder = path.parent
        self.posts = posts
        self.pairs = SheetSettings()
        self.parts: dict[str, Part] = {}
        self.tables: dict[str, Sheet | None] = {}
        self.ignored: dict[str, bool] = {}
        """Sheets that are no table, and whether they are hidden."""
        self.whole = False
        """Whether it could be opened at all; a sheet may still be refused."""
        try:
            package = open_package(path)
            self._find(package, reading)
            self._read_all(package, reading)
            self.whole = True
        except NotAWorkbook as refused:
            reading.refuse(str(path), None, None, refused.found, refused.allowed, hint=refused.hint)
        except OSError as error:
            found = f"a file that cannot be opened ({error.strerror})"
            reading.refuse(str(path), None, None, found, "a file that can be read", hint="Close it in Excel")

    def has(self, table: Table) -> bool:
        """Whether there is a sheet of this table with anything in it; one that is needed counts as it is."""
        if table.name == "posts" and self.posts is not None:
            return True
        if table.name not in self.tables:
            return False
        sheet = self.tables[table.name]
        return table.needed or sheet is None or bool(sheet.rows)

    def settings(self, reading: Reading) -> Settings | None:
        """Read the sheet ``service``."""
        if SETTINGS not in self.tables:
            return None
        sheet = self.tables[SETTINGS]
        if sheet is None:
            return Settings({}, slots_known=False)
        self.pairs = read_pairs(sheet, reading)
        return settings_of(self.pairs.data, reading)

    def sheet(self, table: Table, reading: Reading) -> Sheet | None:
        """Return the text of a sheet."""
        if table.name == "posts" and self.posts is not None:
            return read_sheet(self.posts, table.file, reading)
        return self.tables[table.name]

    def others(self, settings: Settings, reading: Reading) -> list[Finding]:
        """Refuse a sheet whose name is nearly that of a table that is not there; note any other."""
        free = sorted({SETTINGS, *TABLES} - set(self.tables))
        notes = []
        for name, hidden in self.ignored.items():
            hint = "" if hidden else nearest(name, free, NEAR)
            if hint:
                reading.refuse(shown(name), None, None, "an unknown sheet", "the tables of a service model", hint=hint)
            else:
                message = "this sheet is not part of a service model and was not read"
                notes.append(Finding("sheet_ignored", shown(name), message, source="docs/workbook.md"))
        return notes

    def missing(self, name: str) -> tuple[str, str]:
        """Say that a sheet is not there."""
        return "no such sheet", "a sheet of this name, which is required"

    def placed(self, fault: Fault) -> Fault:
        """Return a fault with the sheet instead of the file, and the row of a key of the settings."""
        if self.posts is not None and fault.file == TABLES["posts"].file:
            return fault
        return fault_in_sheet(self.pairs.placed(fault) if fault.file == SETTINGS_FILE else fault)

    def named(self, finding: Finding) -> Finding:
        """Return a finding with sheets instead of files."""
        return finding_in_sheet(finding)

    def _find(self, package: Package, reading: Reading) -> None:
        """Match sheets to tables by name, ignoring case, spaces, _ and -; refuse two of a name and hidden ones."""
        known = {fold(name): name for name in (SETTINGS, *TABLES)}
        for part in package.sheets:
            name = known.get(fold(part.name))
            if name is None:
                if fold(part.name) != ABOUT:
                    self.ignored[part.name] = part.hidden
            elif name in self.parts:
                reading.refuse(_file_of(name), None, None, "two sheets of this name", "each table once")
            elif part.hidden:
                hint = "Show it, or delete it if it is not meant"
                reading.refuse(_file_of(name), None, None, "a hidden sheet", "a sheet that can be seen", hint=hint)
                self.tables[name] = None
            else:
                self.parts[name] = part
        if not self.parts and not self.tables:
            allowed = f"the sheets {SETTINGS}, {', '.join(name for name, table in TABLES.items() if table.needed)}"
            raise NotAWorkbook("a workbook that is not a service model", allowed)

    def _read_all(self, package: Package, reading: Reading) -> None:
        from python_calamine import CalamineError, load_workbook

        for name, part in self.parts.items():
            self.tables[name] = None
            try:
                measure(part, package.longest)
            except NotAWorkbook as refused:
                reading.refuse(_file_of(name), None, None, refused.found, refused.allowed, hint=refused.hint)
                part.xml = b""
        try:
            book = load_workbook(io.BytesIO(package.content))
            for name, part in ((name, part) for name, part in self.parts.items() if part.xml):
                rows = book.get_sheet_by_name(part.name).to_python(skip_empty_area=False)
                self.tables[name] = _sheet_of(_file_of(name), part, rows, reading)
        except CalamineError:
            raise NotAWorkbook("a damaged workbook", "a workbook that Excel opens without repairing it") from None


def _file_of(name: str) -> str:
    """Return the file a sheet stands for; what is refused is said of it, and given back its sheet at the end."""
    return SETTINGS_FILE if name == SETTINGS else TABLES[name].file


def _sheet_of(file: str, part: Part, lines: Any, reading: Reading) -> Sheet | None:
    """Return the text of a sheet, or None with a fault where it has none that can be read."""
    rows = []
    for number, values in enumerate(lines, start=1):
        texts = [_text(value) for value in values]
        if any(texts):
            rows.append((number, texts))
    if part.formulas:
        reading.note_form("formulas", file)
    if not rows:
        reading.refuse(file, None, None, "an empty sheet", "a header and a row for each record")
        return None
    header_row, header = rows[0]
    while header and not header[-1]:
        header = header[:-1]
    _refuse_without_value(file, part, header, reading)
    return Sheet(file, header_row, tuple(_at_least(header, rows[1:])), rows[1:])


def _at_least(header: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> list[str]:
    """Header with a blank for each column that a row fills beyond it, which is refused like any without a name."""
    widest = max((place + 1 for _, texts in rows for place, text in enumerate(texts) if text), default=0)
    return [*header, *[""] * (widest - len(header))]


def _refuse_without_value(file: str, part: Part, header: Sequence[str], reading: Reading) -> None:
    """Refuse errors, and formulas whose value the workbook does not hold: they are not worked out here."""
    kinds = (
        (part.errors, "a formula with an error", "a value", "Put it right in Excel"),
        (part.unknown, "a formula without a saved value", "a value", "Open the workbook in Excel and save it"),
    )
    for places, found, allowed, hint in kinds:
        for row, column in places[:SHOWN_CELLS]:
            heading = header[column - 1] if column <= len(header) else ""
            cell = f"{column_letters(column)}{row}"
            reading.refuse(file, row, shown(heading) or column_letters(column), f"{found} ({cell})", allowed, hint=hint)


def _text(value: Any) -> str:
    """Text of a cell as a CSV file has it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return plain(float(f"{value:.{DIGITS}g}"))
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
