"""A ``Service`` -> one workbook: a sheet a table, with drop-downs, notes and frozen headers."""

from __future__ import annotations

import datetime as dt
import io
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from capacity.errors import OutputError
from capacity.service.cells import plain
from capacity.service.columns import OWNERS, TABLES, Table, bounds_of, write_cell
from capacity.service.model import DemandRow, Service
from capacity.service.notes import TABLE_NOTES, column_note, key_note
from capacity.service.sheet_settings import HEADER, SHEET, all_pairs, options_of
from capacity.service.workbook import ABOUT, DIGITS
from capacity.service.write import demand_lines, settings_data, table_cells

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MADE_ON = dt.datetime(2000, 1, 1)
"""Date in the file: the same service gives the same bytes."""
LONGEST_TEXT = 32_767
"""Characters that Excel holds in a cell."""
ROWS_PREPARED = 500
"""Rows with drop-downs below those that are filled."""
NARROWEST, WIDEST = 8, 40
LONGEST_LIST = 255
"""Characters that Excel allows in the list of a drop-down."""
FIRST_DATE = dt.date(1901, 1, 1)
ABOUT_LINES = (
    "A sheet for each table of the model, with the columns that the CSV form has.",
    "Change the rows to those of your service. A blank cell means the default; a note on each heading says which.",
    "Lists are separated by ; as in c01;c02. Half-days are written Mon AM, rates 0.08 or 8%. Yes or no, never names.",
    "Sheets and columns that you do not need may stay empty or go. This sheet is not read.",
    "Files of bank holidays and a folder policies, where you have your own, stand beside the workbook.",
    "capacity check FILE.xlsx says every fault with its sheet, row and column.",
)

Kind = Literal["text", "number", "date", "choice"]


@dataclass(frozen=True)
class Look:
    """How a column is prepared: what kind of cells it has, what may be chosen, and what is said of it."""

    kind: Kind
    options: tuple[str, ...] = ()
    owner: str = ""
    """Table whose ids may be chosen."""


def workbook_bytes(service: Service) -> bytes:
    """Return a service as a workbook that reads back as an equal service. Raises OutputError where it cannot hold it.

    Files of bank holidays and policies of the service's own are not in it: they stand beside it.
    """
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    plainly = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(buffer, plainly)
    book.set_properties({"title": service.name, "created": MADE_ON})
    writer = _Writer(book)
    writer.settings(service)
    for table in TABLES.values():
        writer.table(table, *_lines(service, table))
    writer.about()
    book.close()
    return buffer.getvalue()


def _lines(service: Service, table: Table) -> tuple[list[str], list[list[str]]]:
    """Headings and the text of every row of a table."""
    headings = list(table.columns)
    if table.name == "demand":
        return headings, demand_lines(service.demand, headings)
    return headings, [[row.get(name, "") for name in headings] for row in table_cells(service, table)]


def look_of(table: Table, column: str) -> Look:
    """Return how a column is prepared."""
    if table.record is DemandRow and column not in DemandRow.model_fields:
        return Look("date")
    fields = {info.alias or name: info for name, info in table.record.model_fields.items()}
    kind = bounds_of(fields[column])[0]
    if get_origin(kind) is Literal:
        return Look("choice", tuple(map(str, get_args(kind))))
    if get_origin(kind) in (Union, types.UnionType) or get_origin(kind) is tuple:
        return Look("text")
    if kind is bool:
        return Look("choice", ("yes", "no"))
    if kind in (int, float):
        return Look("number")
    if kind is dt.date:
        return Look("date")
    owner = OWNERS.get(column, table.name)
    named = owner != table.name and table.columns[column].allowed == f"an id of {owner}.csv"
    return Look("text", owner=owner if named else "")


class _Writer:
    """Writes sheets into one workbook."""

    def __init__(self, book: Workbook):
        self.book = book
        self.head = book.add_format({"bold": True, "bg_color": "#003087", "font_color": "#FFFFFF", "text_wrap": True})
        self.needed = book.add_format({"bold": True, "bg_color": "#005EB8", "font_color": "#FFFFFF", "underline": 1})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True})
        self.formats: dict[Kind, Format | None] = {
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
            "number": None,
            "choice": None,
        }

    def settings(self, service: Service) -> None:
        """Write the sheet of settings."""
        sheet = self.book.add_worksheet(SHEET)
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 60)
        for place, heading in enumerate(HEADER):
            sheet.write_string(0, place, heading, self.head)
        for row, (key, value) in enumerate(all_pairs(settings_data(service)), start=1):
            self.text(sheet, row, 0, write_cell(key), None)
            if value is not None:
                self.value(sheet, row, 1, value)
            self.choices(sheet, 1, Look("choice", options_of(key)), row, row)
            if note := key_note(key):
                sheet.write_comment(row, 0, note, {"author": "", "x_scale": 2})

    def value(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        """Write one value of the settings."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self.number(sheet, row, column, plain(value))
        elif isinstance(value, dt.date):
            self.date(sheet, row, column, value.isoformat())
        else:
            self.text(sheet, row, column, write_cell(value), self.formats["text"])

    def table(self, table: Table, headings: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        """Write the sheet of one table."""
        sheet = self.book.add_worksheet(table.name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 18)
        for place, heading in enumerate(headings):
            look = look_of(table, heading)
            needed = table.columns[heading].required
            sheet.write_string(0, place, heading, self.needed if needed else self.head)
            sheet.write_comment(0, place, self.note(table, heading), {"author": "", "x_scale": 2})
            texts = [line[place] for line in lines]
            widest = max((len(text) for text in texts), default=0)
            width = min(max(len(heading) + 2, widest + 1, NARROWEST), WIDEST)
            sheet.set_column(place, place, width, self.formats[look.kind])
            self.choices(sheet, place, look, len(lines) + ROWS_PREPARED)
            write = {"number": self.number, "date": self.date}.get(look.kind)
            for row, text in enumerate(texts, start=1):
                if text and write is not None:
                    write(sheet, row, place, text)
                elif text:
                    self.text(sheet, row, place, text, self.formats[look.kind])

    def note(self, table: Table, heading: str) -> str:
        """Say what a column is, and what is allowed in it."""
        column = table.columns[heading]
        needed = "required" if column.required else "may be blank"
        allowed = column.allowed.replace(".csv", "")
        return "\n".join(filter(None, (column_note(table.name, heading), f"Allowed: {allowed} ({needed})")))

    def choices(self, sheet: Worksheet, place: int, look: Look, last: int, first: int = 1) -> None:
        """Give cells of a column their drop-down."""
        if look.options and len(",".join(look.options)) <= LONGEST_LIST:
            said = {"error_title": "Not one of these", "error_message": f"Allowed: {', '.join(look.options)}"[:255]}
            rule = {"validate": "list", "source": list(look.options), **said}
            sheet.data_validation(first, place, last, place, rule)
        elif look.owner:
            source = f"={look.owner}!$A$2:$A${ROWS_PREPARED * 2}"
            rule = {"validate": "list", "source": source, "error_type": "warning", "error_title": "Not an id there yet"}
            sheet.data_validation(first, place, last, place, rule)

    def number(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        """Write a number; as text where Excel's 15 digits would change it."""
        value = float(text)
        if float(f"{value:.{DIGITS}g}") == value:
            sheet.write_number(row, place, value)
        else:
            self.text(sheet, row, place, text, self.formats["text"])

    def date(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        """Write a date; as text where Excel has none so early."""
        day = dt.date.fromisoformat(text)
        if day >= FIRST_DATE:
            sheet.write_datetime(row, place, dt.datetime(day.year, day.month, day.day), self.formats["date"])
        else:
            self.text(sheet, row, place, text, self.formats["text"])

    def text(self, sheet: Worksheet, row: int, place: int, text: str, form: Format | None) -> None:
        """Write text. Raises OutputError where a cell cannot hold it."""
        if len(text) > LONGEST_TEXT:
            where = f"sheet {sheet.get_name()}, row {row + 1}"
            raise OutputError(
                f"{where}: a text of {len(text):,} characters; a cell of a workbook holds {LONGEST_TEXT:,}"
            )
        sheet.write_string(row, place, text, form)

    def about(self) -> None:
        """Write the sheet that says what everything is."""
        sheet = self.book.add_worksheet(ABOUT)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 24)
        sheet.set_column(2, 2, 70)
        sheet.set_column(3, 3, 64)
        for row, line in enumerate(ABOUT_LINES):
            sheet.write_string(row, 0, line, self.bold if row == 0 else None)
        start = len(ABOUT_LINES) + 1
        for place, heading in enumerate(("sheet", "column", "what it is", "allowed")):
            sheet.write_string(start, place, heading, self.head)
        for row, cells in enumerate(_about_rows(), start=start + 1):
            for place, text in enumerate(cells):
                sheet.write_string(row, place, text, self.wrapped)


def _about_rows() -> Iterable[tuple[str, str, str, str]]:
    yield (SHEET, "", TABLE_NOTES[SHEET], "keys with dots for tables, such as objective.extra_pa_budget")
    for table in TABLES.values():
        yield (table.name, "", TABLE_NOTES.get(table.name, ""), "required" if table.needed else "may stay empty")
        for column in table.columns.values():
            needed = " (required)" if column.required else ""
            allowed = f"{column.allowed.replace('.csv', '')}{needed}"
            yield (table.name, column.name, column_note(table.name, column.name), allowed)
