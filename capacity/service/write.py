"""A ``Service`` -> a folder of plain files, or a workbook, written whole or not at all."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument

from capacity.errors import OutputError
from capacity.service.columns import COUNTS, DATED_BY, TABLES, Table, write_cell
from capacity.service.model import DemandRow, JobPlanRow, Service
from capacity.service.policy import Policy, PolicyError, load_policy, shipped_policies
from capacity.service.settings import FILE as SETTINGS_FILE
from capacity.service.settings import HOLIDAYS
from capacity.units import NO_FIXED_SLOT

ENCODING = "utf-8-sig"
"""With a byte-order mark: without one Excel reads accents and dashes wrongly."""


def write_service(service: Service, folder: str | Path) -> None:
    """Write a service model as a folder, or where the name ends in .xlsx a workbook; reading it gives an equal service.

    The files are written beside the folder and moved in when they are complete. Files of an earlier model in the
    folder are replaced; any other file there, such as a README, is kept. Optional tables are written only if they
    have rows. Policies that are not shipped with the program are written to ``policies/``.

    A workbook has every table, and replaces only a workbook that is a service model. Its file of bank holidays and
    policies of its own are written beside it, unless they stand there; others of their names are never replaced.

    Raises
    ------
    OutputError
        When the folder or workbook there is something other than a service model, or cannot be written.
    """
    target = Path(folder).resolve()
    if target.suffix.lower() == ".xlsx":
        _write_workbook(service, target)
        return
    _refuse_other_folder(target)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            shutil.copytree(target, draft, ignore=_own_files(target, service))
        else:
            draft.mkdir()
        _write_files(service, draft)
        _move_in(draft, target)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_workbook(service: Service, target: Path) -> None:
    """Write a workbook and what stands beside it, whole or not at all."""
    from capacity.service.write_workbook import workbook_bytes

    _refuse_other_workbook(target)
    content = workbook_bytes(service)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    beside: list[Path] = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        beside += _write_beside(service, target.parent)
        draft.replace(target)
        beside.clear()
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror or error}); is it open in Excel?") from error
    finally:
        draft.unlink(missing_ok=True)
        for path in beside:
            path.unlink(missing_ok=True)


def _refuse_other_workbook(target: Path) -> None:
    """Never replace a file that is something else."""
    from capacity.service.package import NotAWorkbook, open_package
    from capacity.service.sheet_settings import SHEET

    if not target.exists():
        return
    try:
        names = [] if target.is_dir() else [sheet.name for sheet in open_package(target).sheets]
    except (NotAWorkbook, OSError):
        names = []
    if SHEET not in names:
        raise OutputError(f"{target}: there is something of this name that is not a service model; choose another name")


def _write_beside(service: Service, folder: Path) -> list[Path]:
    """Write policies and bank holidays that are not there, and return them. Raises OutputError where others are."""
    with tempfile.TemporaryDirectory() as temporary:
        _write_own(service, Path(temporary))
        made = {path.relative_to(temporary): path.read_bytes() for path in Path(temporary).rglob("*") if path.is_file()}
    other = [path for path, content in made.items() if _differs(folder / path, content, service)]
    if other:
        raise OutputError(f"{folder / other[0]}: there is another file of this name, which the workbook would change")
    new = [path for path in made if not (folder / path).exists()]
    for path in new:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(made[path])
    return [folder / path for path in new]


def _differs(path: Path, content: bytes, service: Service) -> bool:
    """Whether there is a file that says something else."""
    if not path.exists() or path.read_bytes() == content:
        return False
    policy = service.policy_tables.get(path.stem) if path.suffix == ".toml" else None
    try:
        return policy is None or load_policy(path.stem, path.parent.parent) != policy
    except PolicyError:
        return True


def service_files(service: Service) -> dict[str, bytes]:
    """Return the files of a service model, by name within its folder. Raises OutputError as :func:`write_service`."""
    with tempfile.TemporaryDirectory() as folder:
        _write_files(service, Path(folder))
        paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def settings_data(service: Service) -> dict[str, Any]:
    """Return the keys of service.toml, as reading it would give them."""
    return _settings(service).unwrap()


def table_cells(service: Service, table: Table) -> list[dict[str, str]]:
    """Return the filled cells of each row of a table (not demand.csv), by column, as they would be written."""
    fields = {info.alias or name: name for name, info in table.record.model_fields.items()}
    rows = [
        {heading: _cell(row, heading, field) for heading, field in fields.items()}
        for row in getattr(service, table.name)
    ]
    return [{heading: text for heading, text in row.items() if text} for row in rows]


def job_plans_csv(rows: Iterable[JobPlanRow]) -> str:
    """Return job plans as the text of job_plans.csv (without a byte-order mark)."""
    return _table_text(TABLES["job_plans"], list(rows))


def write_job_plans(rows: Iterable[JobPlanRow], path: str | Path) -> None:
    """Write job plans in the form of job_plans.csv, whole or not at all. Raises OutputError."""
    target = Path(path)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        draft.write_bytes(job_plans_csv(rows).encode(ENCODING))
        draft.replace(target)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        draft.unlink(missing_ok=True)


def _refuse_other_folder(target: Path) -> None:
    """Never replace a folder that holds something else."""
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target}: there is a file of this name; a service model is written to a folder")
    names = {entry.name.lower() for entry in target.iterdir()}
    if names and SETTINGS_FILE not in names:
        raise OutputError(f"{target}: the folder holds other files and no {SETTINGS_FILE}; choose another folder")


def _own_files(target: Path, service: Service) -> Any:
    """Return what copytree leaves out: files of the earlier model, which are written anew or go."""
    tables = {SETTINGS_FILE, *(table.file for table in TABLES.values())}

    def ignore(folder: str, names: list[str]) -> list[str]:
        if Path(folder) == target:
            return [name for name in names if name.lower() in tables]
        if Path(folder) == target / "policies":
            return [name for name in names if name.removesuffix(".toml") in service.policy_tables]
        return []

    return ignore


def _move_in(draft: Path, target: Path) -> None:
    """Put the finished folder in place; the old one is put back if that fails."""
    if not target.exists():
        draft.rename(target)
        return
    old = target.with_name(f".{target.name}.old.{uuid.uuid4().hex[:8]}")
    target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write_files(service: Service, folder: Path) -> None:
    (folder / SETTINGS_FILE).write_text(tomlkit.dumps(_settings(service)), encoding="utf-8", newline="\n")
    for table in TABLES.values():
        rows = getattr(service, table.name)
        if rows or table.needed:
            text = _demand_text(rows) if table.name == "demand" else _table_text(table, rows)
            (folder / table.file).write_bytes(text.encode(ENCODING))
    _write_own(service, folder)


def _write_own(service: Service, folder: Path) -> None:
    """Write what is not a table: policies of the service's own and its file of bank holidays."""
    for name, policy in service.policy_tables.items():
        if name not in shipped_policies() or load_policy(name) != policy:
            (folder / "policies").mkdir(exist_ok=True)
            path = folder / "policies" / f"{name}.toml"
            path.write_text(tomlkit.dumps(_policy(policy)), encoding="utf-8", newline="\n")
    _copy_holidays(service, folder)


def _copy_holidays(service: Service, folder: Path) -> None:
    """Copy the file of bank holidays, where the service names one."""
    name = service.calendar.bank_holidays
    if name in HOLIDAYS or (folder / name).is_file():
        return
    source = (service.origin.folder or Path()) / name
    if not service.origin.path or not source.is_file():
        raise OutputError(f"{name}: the file of bank holidays named in {SETTINGS_FILE} is not there to be copied")
    shutil.copyfile(source, folder / name)


def _settings(service: Service) -> TOMLDocument:
    """service.toml, with every section the service uses."""
    document = tomlkit.document()
    document["schema"] = service.schema_version
    for key in ("id", "name", "year_starts", "cycle_weeks", "policy"):
        document[key] = getattr(service, key)
    sections = {
        "policies": dict(service.policies),
        "objective": _toml(service.objective.model_dump(exclude_none=True)),
        "slots": _toml(service.slots.model_dump(exclude_none=True)),
        "calendar": service.calendar.model_dump(exclude_none=True) if _has_calendar(service) else {},
        "sizing": service.sizing.model_dump() if "sizing" in service.model_fields_set else {},
        "rebase": dict(service.rebase),
        "day_profile": _toml(service.day_profile),
        "costs": _toml(service.costs.model_dump(exclude_none=True)),
    }
    for name, values in sections.items():
        values = {key: value for key, value in values.items() if value not in ([], {})}
        if values:
            document[name] = _section(values)
    return document


def _has_calendar(service: Service) -> bool:
    return "calendar" in service.model_fields_set or service.calendar != type(service.calendar)()


def _section(values: dict[str, Any]) -> Any:
    """Build a TOML table, plain values first, so that inner tables do not swallow them."""
    table = tomlkit.table()
    for key, value in sorted(values.items(), key=lambda pair: isinstance(pair[1], dict)):
        table[key] = _section(value) if isinstance(value, dict) else value
    return table


def _toml(value: Any) -> Any:
    """Turn tuples into lists, and whole floats into integers, which read better."""
    if isinstance(value, dict):
        return {key: _toml(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_toml(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _policy(policy: Policy) -> TOMLDocument:
    """Write a policy with every value it ended up with; ``value`` keeps its type, floats included."""
    document = tomlkit.document()
    values = policy.model_dump(exclude_none=True)
    tariffs = values.pop("tariffs")
    for key, value in values.items():
        document[key] = _inline(value) if isinstance(value, dict) else value
    table = tomlkit.table()
    for role, tariff in tariffs.items():
        table[role] = _inline(tariff)
    document["tariffs"] = table
    return document


def _inline(values: dict[str, Any]) -> Any:
    table = tomlkit.inline_table()
    for key, value in values.items():
        table[key] = _inline(value) if isinstance(value, dict) else _lists(value)
    return table


def _lists(value: Any) -> Any:
    return [_lists(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _table_text(table: Table, rows: Sequence[Any]) -> str:
    """One table as CSV. Columns that no row fills are left out, unless they are required."""
    fields = {info.alias or name: name for name, info in table.record.model_fields.items()}
    cells = [{heading: _cell(row, heading, field) for heading, field in fields.items()} for row in rows]
    needed = {name for name, column in table.columns.items() if column.required} | {*table.key, "name"}
    if table.name == "job_plans":
        needed |= set(fields)
    headings = [name for name in fields if name in needed or any(line[name] for line in cells)]
    return _csv([headings, *([line[name] for name in headings] for line in cells)])


def _cell(row: Any, heading: str, field: str) -> str:
    value = getattr(row, field)
    if isinstance(row, JobPlanRow) and heading == "weeks" and value is None:
        return "" if row.slot == NO_FIXED_SLOT else "all"
    return write_cell(value)


def _demand_text(rows: Sequence[DemandRow]) -> str:
    """demand.csv: a column of dates for each period there is, and a column for each thing counted."""
    periods = {row.period for row in rows}
    headings = [name for period, name in DATED_BY.items() if period in periods]
    headings.append("series")
    headings += [name for name in COUNTS if any(getattr(row, name) is not None for row in rows)]
    return _csv([headings, *demand_lines(rows, headings)])


def demand_lines(rows: Iterable[DemandRow], headings: Sequence[str]) -> list[list[str]]:
    """Return the text of each row of demand.csv in these columns."""
    lines = []
    for row in rows:
        cells = {DATED_BY[row.period]: row.start.isoformat(), "series": write_cell(row.series)}
        cells |= {name: write_cell(getattr(row, name)) for name in COUNTS}
        lines.append([cells.get(name, "") for name in headings])
    return lines


def _csv(lines: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue()
