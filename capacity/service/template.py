"""A worked example to start a model from: small, valid, and the same as a folder and as a workbook."""

from __future__ import annotations

from pathlib import Path

from capacity.errors import OutputError
from capacity.service.read import read_service
from capacity.service.sources import OTHER_WORKBOOKS
from capacity.service.write import write_service

EXAMPLE = Path(__file__).parent / "example"


def write_template(path: str | Path, force: bool = False) -> None:
    """Write the example to a folder, or to a workbook where the name ends in .xlsx.

    Raises OutputError where there is something of that name already, unless it is a service model and ``force`` is
    given, and for other forms of workbook.
    """
    target = Path(path)
    if target.suffix.lower() in OTHER_WORKBOOKS:
        raise OutputError(f"{target}: workbooks are written as .xlsx; give it a name such as {target.stem}.xlsx")
    if not force and target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OutputError(
            f"{target}: there is something of this name already; choose another, or ask for it to be replaced (--force)"
        )
    write_service(read_service(EXAMPLE), target)
