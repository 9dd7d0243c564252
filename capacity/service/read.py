"""A folder of plain files, or one workbook -> a ``Service``, or every fault of every file at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from capacity.errors import Fault, Finding, InputError
from capacity.service import messages
from capacity.service.assumptions import defaults_used
from capacity.service.checking import Model
from capacity.service.columns import TABLES
from capacity.service.crosscheck import check_references
from capacity.service.model import Origin, Service
from capacity.service.records import Records, build, read_rows, refuse_duplicates
from capacity.service.series import DemandTable, gap_notes, read_demand
from capacity.service.settings import FILE as SETTINGS_FILE
from capacity.service.settings import Settings, check_calendar, read_policies
from capacity.service.sources import FolderSource, Source, is_workbook, not_a_model
from capacity.service.tables import Reading, Sheet
from capacity.service.unused import not_yet_used
from capacity.service.workbook import WorkbookSource

FORMS = {
    "bom": "read as UTF-8 with a byte-order mark, as Excel saves CSV UTF-8",
    "encoding_assumed": "not UTF-8: read as cp1252 (Windows), which is assumed; check accents and dashes in names",
    "semicolons": "separated by semicolons",
    "formulas": "some cells are formulas: the values that were saved with them are used",
}
NEEDED = tuple(table.file for table in TABLES.values() if table.needed)


def read_service(path: str | Path, posts: str | Path | None = None) -> Service:
    """Read a service model from its folder, or from a workbook.

    Parameters
    ----------
    path
        Folder with service.toml, activities.csv, people.csv, skills.csv and the optional tables; or a workbook (.xlsx)
        with sheets of these names (docs/workbook.md).
    posts
        CSV file to read in place of the model's own posts.

    Returns
    -------
    Service
        What the files say. A blank cell is None or empty; ``origin`` holds the notes made while reading (encoding,
        gaps in weeks, what is accepted but not yet used, defaults used) and the Excel row of every record.

    Raises
    ------
    InputError
        With every fault of every file. No service is returned when there is any.
    """
    reading = Reading()
    source = _source_of(Path(path), reading, None if posts is None else Path(posts))
    try:
        model = _read_sheets(source, reading)
        service = assemble(model)
    except InputError as error:
        raise InputError(_placed(source, error.faults)) from None
    notes = [*_form_notes(reading), *model.file_notes, *gap_notes(model.demand)]
    notes += [*not_yet_used(service), *defaults_used(service)]
    origin = Origin(path=str(path), notes=tuple(map(source.named, notes)), rows=_row_numbers(model))
    return service.model_copy(update={"origin": origin})


def _source_of(path: Path, reading: Reading, posts: Path | None) -> Source:
    """Return the folder or the workbook of a model. Raises InputError where the path is neither."""
    fault = not_a_model(path, NEEDED)
    if fault is not None:
        raise InputError([fault])
    if not is_workbook(path):
        return FolderSource(path, posts)
    source = WorkbookSource(path, reading, posts)
    if not source.whole:
        raise InputError(_placed(source, reading.faults))
    return source


def assemble(model: Model) -> Service:
    """Return the service that everything read makes. Raises InputError with every fault there is."""
    check_references(model)
    parts = {name: build(records, model.reading) for name, records in model.records.items()}
    if model.reading.faults:
        raise InputError(_in_order(model.reading.faults))
    return _assemble(model, parts)


def _read_sheets(source: Source, reading: Reading) -> Model:
    """Read every sheet of the source by itself."""
    settings = source.settings(reading)
    if settings is None:
        reading.refuse(SETTINGS_FILE, None, None, *source.missing(SETTINGS_FILE))
        settings = Settings({}, slots_known=False)
    else:
        check_calendar(settings, source.folder, reading)
    records: dict[str, Records] = {}
    demand = DemandTable()
    for table in TABLES.values():
        present = source.has(table)
        if not present and table.needed:
            reading.refuse(table.file, None, None, *source.missing(table.file))
        sheet = source.sheet(table, reading) if present else None
        if table.name == "demand":
            demand = DemandTable(present=present)
            if sheet is not None:
                _require_rows(sheet, reading)
                demand = read_demand(sheet, reading)
            continue
        records[table.name] = Records(table, present=present)
        if sheet is not None:
            if table.needed:
                _require_rows(sheet, reading)
            records[table.name] = read_rows(sheet, table, reading)
            if table.unique:
                refuse_duplicates(records[table.name], reading)
    hours = any("contract_hours" in row.texts for table in ("people", "posts") for row in records[table])
    policies = read_policies(settings, hours, source.folder, reading)
    notes = source.others(settings, reading)
    return Model(settings, records, demand, policies, reading, notes)


def _placed(source: Source, faults: Iterable[Fault]) -> list[Fault]:
    """Faults where the reader finds them, each file or sheet in order of its rows."""
    placed = [source.placed(fault) for fault in faults]
    first = {fault.file: position for position, fault in reversed([*enumerate(placed)])}
    return sorted(placed, key=lambda fault: (first[fault.file], fault.row or 0))


def _require_rows(sheet: Sheet, reading: Reading) -> None:
    if not sheet.rows:
        reading.refuse(sheet.file, None, None, "a header and no rows", "at least one row")


def _in_order(faults: list[Fault]) -> list[Fault]:
    """Faults by file in the order the files are described, then by row."""
    files = [SETTINGS_FILE, *(table.file for table in TABLES.values())]
    place = {name: index for index, name in enumerate(files)}
    return sorted(faults, key=lambda fault: (place.get(fault.file, -1), fault.row or 0))


def _assemble(model: Model, parts: dict[str, list[Any]]) -> Service:
    try:
        return Service(
            **model.settings.values,
            **{name: tuple(rows) for name, rows in parts.items()},
            demand=tuple(model.demand.rows),
            policy_tables=model.policies,
        )
    except ValidationError as error:
        faults = [
            Fault(SETTINGS_FILE, None, place, found, allowed) for place, found, allowed in messages.faults_of(error)
        ]
        raise InputError(faults) from None


def _form_notes(reading: Reading) -> list[Finding]:
    return [
        Finding(form, ", ".join(reading.forms[form]), sentence, source="models/README.md")
        for form, sentence in FORMS.items()
        if form in reading.forms
    ]


def _row_numbers(model: Model) -> dict[str, int]:
    """Excel row of each record, by table and id, or by position where a table has no id."""
    numbers: dict[str, int] = {}
    for name, records in model.records.items():
        for position, row in enumerate(records):
            key = "/".join(str(part) for part in row.key or ()) if records.table.unique else str(position)
            numbers[f"{name}/{key}"] = row.number
    for entry, number in zip(model.demand.rows, model.demand.numbers, strict=True):
        numbers[f"demand/{entry.series}/{entry.start.isoformat()}"] = number
    return numbers
