"""What ``capacity.job_sheets`` returns: the sheets of a plan, and their files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from capacity.demand.result import Demand
from capacity.report.job_sheet import JobSheet, Rooms, job_sheets
from capacity.service.asking import read_screen
from capacity.service.model import JobPlanRow, Service
from capacity.supply.gap import gap as gap_of
from capacity.supply.job_time import JobTime


@dataclass(frozen=True, repr=False)
class JobSheets:
    """A sheet a person, of the plans in force or of a proposed plan."""

    service: Service
    demand: Demand
    rows: tuple[JobPlanRow, ...]
    sheets: tuple[JobSheet, ...]

    def __repr__(self) -> str:
        return f"<JobSheets of {self.service.id}: {len(self.sheets)}>"

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write a PDF, an HTML page and a calendar file a person, all of them or none. Raises OutputError."""
        from capacity.report.files import write_outputs

        return write_outputs(folder, sheet_files(self), force)


def sheets_of(
    service: Service,
    demand: Demand,
    start: str | Path | None = None,
    people: Sequence[str] | None = None,
    names: bool = False,
) -> JobSheets:
    """Return the sheets of the plans in force, or of the plan in an earlier output. Raises InputError."""
    rows, holders, rooms = service.job_plans, None, None
    if start is not None:
        screen = read_screen(start, service)
        rows, holders, rooms = screen.rows, dict(screen.holders), _rooms_of(Path(start))
    made = job_sheets(service, demand, gap_of(service, demand), rows, holders, rooms, people, names)
    return JobSheets(service, demand, tuple(rows), made)


def _rooms_of(folder: Path) -> Rooms:
    """Rooms that plan.json gives out, where it stands beside the rows."""
    file = (folder if folder.is_dir() else folder.parent) / "plan.json"
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["rooms"]
        return {(row["person"], row["activity"], row["slot"], int(row["week"])): str(row["room"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def sheet_files(made: JobSheets) -> dict[str, bytes]:
    """Every file, by name."""
    from capacity.report.job_calendar import job_calendar
    from capacity.report.job_sheet_html import job_sheet_html
    from capacity.report.job_sheet_pdf import job_sheet_pdf

    time = JobTime(made.service, made.demand)
    files: dict[str, bytes] = {}
    for sheet in made.sheets:
        files[f"{sheet.person}.pdf"] = job_sheet_pdf(sheet)
        files[f"{sheet.person}.html"] = job_sheet_html(sheet).encode()
        files[f"{sheet.person}.ics"] = job_calendar(time, sheet.person, made.rows)
    return files
