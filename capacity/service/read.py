"""A folder of plain files -> a ``Service``, or every fault of every file at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from capacity.errors import Fault, Finding, InputError
from capacity.service import messages
from capacity.service.assumptions import defaults_used
from capacity.service.cells import nearest
from capacity.service.checking import Model
from capacity.service.columns import TABLES
from capacity.service.crosscheck import check_references
from capacity.service.model import Origin, Service
from capacity.service.records import Records, build, read_rows, refuse_duplicates
from capacity.service.series import DemandTable, gap_notes, read_demand
from capacity.service.settings import FILE as SETTINGS_FILE
from capacity.service.settings import Settings, check_calendar, read_policies, read_settings
from capacity.service.tables import Reading, Sheet, read_sheet
from capacity.service.unused import not_yet_used

FORMS = {
    "bom": "read as UTF-8 with a byte-order mark, as Excel saves CSV UTF-8",
    "encoding_assumed": "not UTF-8: read as cp1252 (Windows), which is assumed; check accents and dashes in names",
    "semicolons": "separated by semicolons",
}
NEEDED = tuple(table.file for table in TABLES.values() if table.needed)


def read_service(path: str | Path, posts: str | Path | None = None) -> Service:
    """Read a service model from its folder.

    Parameters
    ----------
    path
        Folder with service.toml, activities.csv, people.csv, skills.csv and the optional tables.
    posts
        File to read in place of the folder's posts.csv.

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
    folder = Path(path)
    fault = _not_a_model(folder)
    if fault is not None:
        raise InputError([fault])
    reading = Reading()
    model = _read_files(folder, reading, None if posts is None else Path(posts))
    service = assemble(model)
    notes = [*_form_notes(reading), *model.file_notes, *gap_notes(model.demand)]
    notes += [*not_yet_used(service), *defaults_used(service)]
    origin = Origin(path=str(folder), notes=tuple(notes), rows=_row_numbers(model))
    return service.model_copy(update={"origin": origin})


def assemble(model: Model) -> Service:
    """Return the service that everything read makes. Raises InputError with every fault there is."""
    check_references(model)
    parts = {name: build(records, model.reading) for name, records in model.records.items()}
    if model.reading.faults:
        raise InputError(_in_order(model.reading.faults))
    return _assemble(model, parts)


def _not_a_model(folder: Path) -> Fault | None:
    """Return the one fault of a path that cannot be a service model."""
    allowed = f"a folder with {SETTINGS_FILE}, {', '.join(NEEDED)}"
    if folder.suffix.lower() in {".xlsx", ".xlsm", ".xls"}:
        return Fault(str(folder), None, None, "a workbook", allowed, hint="Workbooks come in a later version")
    if not folder.exists():
        near = [entry.name for entry in folder.parent.iterdir() if entry.is_dir()] if folder.parent.is_dir() else []
        return Fault(str(folder), None, None, "nothing there", allowed, hint=nearest(folder.name, near))
    if not folder.is_dir():
        return Fault(str(folder), None, None, "a file", allowed)
    names = {entry.name.lower() for entry in folder.iterdir()}
    if not names & {SETTINGS_FILE, *(table.file for table in TABLES.values())}:
        return Fault(str(folder), None, None, "a folder that is not a service model", allowed)
    return None


def _read_files(folder: Path, reading: Reading, posts: Path | None) -> Model:
    """Read every file of the folder by itself."""
    files = {entry.name.lower(): entry for entry in sorted(folder.iterdir()) if entry.is_file()}
    if posts is not None:
        files[TABLES["posts"].file] = posts
    if SETTINGS_FILE in files:
        settings = read_settings(files[SETTINGS_FILE], reading)
        check_calendar(settings, folder, reading)
    else:
        reading.refuse(SETTINGS_FILE, None, None, "no such file", "a file of this name, which is required")
        settings = Settings({}, slots_known=False)
    records: dict[str, Records] = {}
    demand = DemandTable()
    for table in TABLES.values():
        if table.file not in files:
            if table.needed:
                reading.refuse(table.file, None, None, "no such file", "a file of this name, which is required")
            sheet = None
        else:
            sheet = read_sheet(files[table.file], table.file, reading)
        if table.name == "demand":
            demand = DemandTable(present=table.file in files)
            if sheet is not None:
                _require_rows(sheet, reading)
                demand = read_demand(sheet, reading)
            continue
        records[table.name] = Records(table, present=table.file in files)
        if sheet is not None:
            if table.needed:
                _require_rows(sheet, reading)
            records[table.name] = read_rows(sheet, table, reading)
            if table.unique:
                refuse_duplicates(records[table.name], reading)
    hours = any("contract_hours" in row.texts for table in ("people", "posts") for row in records[table])
    policies = read_policies(settings, hours, folder, reading)
    notes = _other_files(files, settings, reading)
    return Model(settings, records, demand, policies, reading, notes)


def _require_rows(sheet: Sheet, reading: Reading) -> None:
    if not sheet.rows:
        reading.refuse(sheet.file, None, None, "a header and no rows", "at least one row")


def _other_files(files: dict[str, Path], settings: Settings, reading: Reading) -> list[Finding]:
    """Refuse a CSV file whose name is nearly that of a table that is not there; note any other."""
    known = {table.file for table in TABLES.values()}
    calendar = settings.values.get("calendar")
    notes = []
    for name, path in files.items():
        if not name.endswith(".csv") or name in known or (calendar and path.name == calendar.bank_holidays):
            continue
        hint = nearest(name, sorted(known - set(files)))
        if hint:
            reading.refuse(path.name, None, None, "an unknown file", "the files of a service model", hint=hint)
        else:
            message = "this file is not part of a service model and was not read"
            notes.append(Finding("file_ignored", path.name, message, source="inputs.md"))
    return notes


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
        Finding(form, ", ".join(reading.forms[form]), sentence, source="inputs.md")
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
