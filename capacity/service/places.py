"""What the file of a table is called where the model is a workbook: by its sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from capacity.errors import Fault, Finding
from capacity.service.columns import TABLES
from capacity.service.model import Origin
from capacity.service.settings import FILE
from capacity.service.sheet_settings import SHEET

_FILE_NAME = re.compile(rf"\b({'|'.join(TABLES)})\.csv\b")


def sheet_of(file: str) -> str:
    """Return the sheet that stands for a file; any other text stays as it is."""
    return _FILE_NAME.sub(r"\1", file).replace(FILE, SHEET)


def sheets_in(text: str) -> str:
    """Return a sentence with sheets in place of files."""
    return _FILE_NAME.sub(r"sheet \1", text).replace(FILE, f"sheet {SHEET}")


def fault_in_sheet(fault: Fault) -> Fault:
    """Return a fault of a file as one of its sheet."""
    return replace(
        fault, file=sheet_of(fault.file), allowed=sheets_in(fault.allowed), hint=sheets_in(fault.hint)
    )  # fmt: skip


def faults_in_place(origin: Origin, faults: Iterable[Fault]) -> list[Fault]:
    """Return faults found after reading with sheets in place of files, where the model was read from a workbook."""
    return [fault_in_sheet(fault) for fault in faults] if origin.is_workbook else list(faults)


def finding_in_sheet(finding: Finding) -> Finding:
    """Return a finding with sheets in place of files."""
    subject, source = sheet_of(finding.subject), sheet_of(finding.source)
    return replace(finding, subject=subject, message=sheets_in(finding.message), source=source)


def findings_in_place(origin: Origin, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with sheets in place of files, where the model was read from a workbook."""
    return [finding_in_sheet(finding) for finding in findings] if origin.is_workbook else list(findings)
