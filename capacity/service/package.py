"""The parts of a workbook, unpacked within limits: what is too large, locked or not a workbook goes no further.

A workbook is a zip of XML parts, and may come from anywhere. Everything is counted before anything is made of it: the
bytes of the file, of what it unpacks to, and the rows, columns and repeated texts of each sheet. Only the XML parts are
handed on, packed anew, so that what reads them sees what was counted here. Nothing in it is run and no link followed.
"""

from __future__ import annotations

import io
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

MOST_BYTES = 50 * 2**20
MOST_UNPACKED = 100 * 2**20
MOST_RATIO = 200
RATIO_FROM = 5 * 2**20
"""A part smaller than this may be packed as tightly as it likes."""
MOST_PARTS = 2000
MOST_ROWS = 100_000
MOST_COLUMNS = 500
MOST_CELLS = 5_000_000
"""Rows times columns of a sheet."""
MOST_TEXT = 300 * 2**20
"""The longest text of the workbook times the cells with text of a sheet."""
SHOWN_CELLS = 20
"""Cells without a value that are named; one sheet rarely has one such cell alone."""
SAVE_AS_XLSX = "Save it in Excel as an Excel workbook (.xlsx)"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class NotAWorkbook(ValueError):
    """A file that is not read. ``found``, ``allowed`` and ``hint`` say why and what to do."""

    def __init__(self, found: str, allowed: str, hint: str = ""):
        super().__init__(found)
        self.found = found
        self.allowed = allowed
        self.hint = hint


@dataclass
class Part:
    """One sheet as its XML says: name, whether it is shown, its size, and cells that hold no value."""

    name: str
    hidden: bool
    xml: bytes = b""
    rows: int = 0
    columns: int = 0
    texts: int = 0
    formulas: int = 0
    errors: list[tuple[int, int]] = field(default_factory=list)
    """(row, column), counted from 1, of cells with an error such as #REF!."""
    unknown: list[tuple[int, int]] = field(default_factory=list)
    """The same of formulas whose value was not saved."""


@dataclass(frozen=True)
class Package:
    """A workbook that may be read: its XML parts, packed anew, and its sheets in order."""

    content: bytes
    sheets: tuple[Part, ...]
    longest: int
    """Bytes of its longest text."""


def open_package(path: Path) -> Package:
    """Unpack a workbook within the limits. Raises NotAWorkbook, or OSError where it cannot be read."""
    if path.stat().st_size > MOST_BYTES:
        raise NotAWorkbook(f"a file of {_mib(path.stat().st_size)}", f"a workbook of at most {_mib(MOST_BYTES)}")
    raw = path.read_bytes()
    _refuse_other_forms(raw)
    try:
        parts = _unpack(raw)
        sheets = _sheets(parts)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError):
        raise _damaged() from None
    except (ET.ParseError, KeyError, ValueError) as error:
        raise error if isinstance(error, NotAWorkbook) else _damaged() from None
    return Package(_packed(parts), tuple(sheets), _longest(parts))


def measure(part: Part, longest: int) -> None:
    """Count the cells of a sheet, and find those without a value. Raises NotAWorkbook beyond the limits."""
    _Scan(part).run()
    if part.texts * longest > MOST_TEXT:
        raise NotAWorkbook(f"{part.texts:,} cells with text of up to {longest:,} characters", "shorter texts")


def column_letters(number: int) -> str:
    """Return the letters by which Excel names a column, counted from 1."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _refuse_other_forms(raw: bytes) -> None:
    if raw.startswith(_OLE):
        if _PASSWORD in raw:
            raise NotAWorkbook("a workbook with a password", "one without", "Take the password off in Excel")
        raise NotAWorkbook("a workbook in the old form .xls, or another old Office file", ".xlsx", SAVE_AS_XLSX)
    if not raw:
        raise NotAWorkbook("an empty file", "a workbook", SAVE_AS_XLSX)
    if not raw.startswith(b"PK"):
        raise NotAWorkbook("a file that is not a workbook", "a workbook", SAVE_AS_XLSX)


def _damaged() -> NotAWorkbook:
    return NotAWorkbook("a file that is not a workbook, or a damaged one", "a workbook", SAVE_AS_XLSX)


def _unpack(raw: bytes) -> dict[str, bytes]:
    """Return the XML parts by name; sizes are checked as announced first, and as unpacked by ``zipfile``."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_PARTS or len({entry.filename for entry in entries}) < len(entries):
            raise NotAWorkbook("too many parts, or two of one name", "a workbook as Excel saves it", SAVE_AS_XLSX)
        if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
            raise NotAWorkbook("a workbook with macros", "a workbook without a program in it", SAVE_AS_XLSX)
        wanted = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
        total = sum(entry.file_size for entry in entries)
        tight = [entry for entry in entries if entry.file_size > max(RATIO_FROM, entry.compress_size * MOST_RATIO)]
        if total > MOST_UNPACKED or tight:
            found = f"a file of {_mib(len(raw))} that unpacks to {_mib(total)}"
            raise NotAWorkbook(found, f"a workbook of at most {_mib(MOST_UNPACKED)} unpacked", "Delete empty rows")
        return {entry.filename: archive.read(entry) for entry in wanted}


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MB" if size >= 2**20 else f"{max(1, size // 1024):,} kB"


def _packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _sheets(parts: dict[str, bytes]) -> list[Part]:
    """Sheets in the order of the workbook. Raises KeyError or ParseError where a part is not there or not XML."""
    book = _target(parts, "", "officeDocument")
    targets = _relations(parts, book)
    found = []
    for element in _xml(parts[book]).iter():
        if _local(element.tag) != "sheet":
            continue
        values = {_local(name): value for name, value in element.attrib.items()}
        part = Part(values["name"], values.get("state", "visible") != "visible")
        kind, target = targets[values["id"]]
        if kind == "worksheet":
            part.xml = parts[target]
            found.append(part)
    if not found:
        raise NotAWorkbook("a workbook without sheets", "a sheet for each table")
    return found


def _target(parts: dict[str, bytes], of: str, kind: str) -> str:
    return next(target for each, target in _relations(parts, of).values() if each == kind)


def _relations(parts: dict[str, bytes], of: str) -> dict[str, tuple[str, str]]:
    """Id of a relation -> its kind and the part it leads to."""
    folder, name = posixpath.split(of)
    found = {}
    for element in _xml(parts[posixpath.join(folder, "_rels", f"{name}.rels")]):
        target = element.attrib["Target"]
        where = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[element.attrib["Id"]] = (element.attrib["Type"].rpartition("/")[2], where)
    return found


def _xml(content: bytes) -> ET.Element:
    _refuse_declarations(content)
    return ET.fromstring(content)


def _refuse_declarations(content: bytes) -> None:
    """No part of a workbook declares a document type; one that does means to unfold into something large."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content[:200]:
        raise _damaged()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def _longest(parts: dict[str, bytes]) -> int:
    """Bytes of the longest of the shared texts."""
    shared = [content for name, content in parts.items() if name.lower().endswith("sharedstrings.xml")]
    for content in shared:
        _refuse_declarations(content)
    return max((len(piece) for content in shared for piece in content.split(b"si>")), default=0)


class _Scan:
    """Goes once through the XML of a sheet."""

    def __init__(self, part: Part):
        self.part = part
        self.row = 0
        self.column = 0
        self.kind = ""
        self.has_formula = False
        self.has_value = False
        self.in_value = False

    def run(self) -> None:
        """Fill in what the part holds. Raises NotAWorkbook."""
        _refuse_declarations(self.part.xml)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        try:
            parser.Parse(self.part.xml, True)
        except (expat.ExpatError, ValueError) as error:
            raise error if isinstance(error, NotAWorkbook) else _damaged() from None

    def start(self, tag: str, values: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            place = _REFERENCE.fullmatch(values.get("r", ""))
            self.column += 1
            if place is not None:
                self.row = int(place[2])
                self.column = 0
                for letter in place[1]:
                    self.column = self.column * 26 + ord(letter) - 64
            self.kind = values.get("t", "")
            self.has_formula = self.has_value = False
        elif name == "row":
            self.row = int(values["r"]) if "r" in values else self.row + 1
            self.column = 0
        elif name in ("v", "is"):
            self.in_value = True
            self.has_value = self.kind in ("str", "inlineStr")  # a formula may well give an empty text
        elif name == "f":
            self.has_formula = True

    def text(self, text: str) -> None:
        if self.in_value:
            self.has_value = True

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in ("v", "is"):
            self.in_value = False
        elif name == "c" and (self.has_value or self.has_formula):
            self.note_cell()

    def note_cell(self) -> None:
        part = self.part
        part.rows, part.columns = max(part.rows, self.row), max(part.columns, self.column)
        if part.rows > MOST_ROWS or part.columns > MOST_COLUMNS or part.rows * part.columns > MOST_CELLS:
            found = f"a cell in row {part.rows:,} and column {column_letters(part.columns)}"
            allowed = f"at most {MOST_ROWS:,} rows, {MOST_COLUMNS} columns and {MOST_CELLS:,} cells"
            raise NotAWorkbook(found, allowed, "Delete what stands below or beside the table")
        part.texts += self.kind in ("s", "str")
        part.formulas += self.has_formula
        if self.kind == "e":
            part.errors.append((self.row, self.column))
        elif self.has_formula and not self.has_value:
            part.unknown.append((self.row, self.column))
