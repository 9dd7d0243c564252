"""Where the sheets of a service model come from: a folder of CSV files, or one workbook. Both feed the same reader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from capacity.errors import Fault, Finding
from capacity.service.cells import nearest
from capacity.service.columns import TABLES, Table
from capacity.service.settings import FILE as SETTINGS_FILE
from capacity.service.settings import Settings, read_settings
from capacity.service.tables import Reading, Sheet, read_sheet


class Source(Protocol):
    """A model that can be read sheet by sheet."""

    @property
    def folder(self) -> Path:
        """Folder in which files of bank holidays and ``policies/`` stand."""

    def has(self, table: Table) -> bool:
        """Whether there is such a table."""

    def settings(self, reading: Reading) -> Settings | None:
        """Read the settings; None where there are none."""

    def sheet(self, table: Table, reading: Reading) -> Sheet | None:
        """Return the text of a table that there is, or None with a fault."""

    def others(self, settings: Settings, reading: Reading) -> list[Finding]:
        """Refuse what is nearly the name of a table that is not there; note anything else that is not read."""

    def missing(self, name: str) -> tuple[str, str]:
        """Return what was found and what is allowed where a table is needed and not there."""

    def placed(self, fault: Fault) -> Fault:
        """Return the fault with the file or sheet and the row where the reader finds it."""

    def named(self, finding: Finding) -> Finding:
        """Return the finding with files called as this source calls them."""


class FolderSource:
    """A folder of plain files."""

    def __init__(self, folder: Path, posts: Path | None = None):
        self.folder = folder
        self.files = {entry.name.lower(): entry for entry in sorted(folder.iterdir()) if entry.is_file()}
        if posts is not None:
            self.files[TABLES["posts"].file] = posts

    def has(self, table: Table) -> bool:
        """Whether there is a file of this table."""
        return table.file in self.files

    def settings(self, reading: Reading) -> Settings | None:
        """Read service.toml."""
        return read_settings(self.files[SETTINGS_FILE], reading) if SETTINGS_FILE in self.files else None

    def sheet(self, table: Table, reading: Reading) -> Sheet | None:
        """Read a CSV file."""
        return read_sheet(self.files[table.file], table.file, reading)

    def others(self, settings: Settings, reading: Reading) -> list[Finding]:
        """Refuse a CSV file whose name is nearly that of a table that is not there; note any other."""
        known = {table.file for table in TABLES.values()}
        calendar = settings.values.get("calendar")
        notes = []
        for name, path in self.files.items():
            if not name.endswith(".csv") or name in known or (calendar and path.name == calendar.bank_holidays):
                continue
            hint = nearest(name, sorted(known - set(self.files)))
            if hint:
                reading.refuse(path.name, None, None, "an unknown file", "the files of a service model", hint=hint)
            else:
                message = "this file is not part of a service model and was not read"
                notes.append(Finding("file_ignored", path.name, message, source="models/README.md"))
        return notes

    def missing(self, name: str) -> tuple[str, str]:
        """Say that a file is not there."""
        return "no such file", "a file of this name, which is required"

    def placed(self, fault: Fault) -> Fault:
        """Files are called as they are."""
        return fault

    def named(self, finding: Finding) -> Finding:
        """Files are called as they are."""
        return finding


def not_a_model(path: Path, needed: tuple[str, ...]) -> Fault | None:
    """Return the one fault of a path that cannot be a service model."""
    allowed = f"a folder with {SETTINGS_FILE}, {', '.join(needed)}, or a workbook of these (.xlsx)"
    if not path.exists():
        entries = path.parent.iterdir() if path.parent.is_dir() else ()
        near = [entry.name for entry in entries if entry.is_dir() or is_workbook(entry)]
        return Fault(str(path), None, None, "nothing there", allowed, hint=nearest(path.name, near))
    if is_workbook(path):
        return None
    if not path.is_dir():
        hint = "Save it in Excel as an Excel workbook (.xlsx)" if path.suffix.lower() in OTHER_WORKBOOKS else ""
        return Fault(str(path), None, None, OTHER_WORKBOOKS.get(path.suffix.lower(), "a file"), allowed, hint=hint)
    names = {entry.name.lower() for entry in path.iterdir()}
    if not names & {SETTINGS_FILE, *(table.file for table in TABLES.values())}:
        return Fault(str(path), None, None, "a folder that is not a service model", allowed)
    return None


OTHER_WORKBOOKS: Mapping[str, Any] = {
    ".xlsm": "a workbook with macros",
    ".xls": "a workbook in the old form .xls",
    ".xlsb": "a workbook in the binary form .xlsb",
    ".ods": "a workbook of another program",
}


def is_workbook(path: Path) -> bool:
    """Whether a path is read as a workbook."""
    return path.suffix.lower() == ".xlsx" and not path.is_dir()
