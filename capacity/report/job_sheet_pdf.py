"""A job plan as a PDF, set with typst: tagged, so that screen readers can read it, with the fonts matplotlib brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from capacity.report.job_sheet import TIME_NAMES, JobSheet
from capacity.report.typeset import typeset

TEMPLATE = Path(__file__).with_name("templates") / "job_plan.typ"


def job_sheet_pdf(sheet: JobSheet) -> bytes:
    """Return a sheet as a PDF; the same sheet gives the same bytes."""
    return typeset(TEMPLATE, json.dumps(_data(sheet), ensure_ascii=False))


def _data(sheet: JobSheet) -> dict[str, Any]:
    grid = {
        f"{day} {part}": [{"text": one.text, "note": one.note, "new": one.new} for one in entries]
        for (day, part), entries in sheet.grid.items()
    }
    words = (
        "title", "service", "year", "facts", "days", "weeks", "codes", "placeless", "split", "work", "roles", "duty",
        "leave", "changes", "objectives", "finding",
    )  # fmt: skip
    times = [(part, TIME_NAMES[part]) for part in sheet.times]
    return {**{name: getattr(sheet, name) for name in words}, "times": times, "grid": grid}
