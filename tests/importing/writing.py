"""A source and a mapping written in a few lines, and what importing them gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from capacity.errors import InputError
from capacity.importing.result import Imported
from capacity.importing.run import import_demand

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "published"

WEEKLY = '[source]\nfile = "data.csv"\ndate = "Week ending"\ndated_by = "week_ending"\n'
ONE_SERIES = '[[series]]\nid = "new"\nreferrals = "Referrals"\n'


def published(name: str) -> Path:
    """A published file; the test is skipped where it is absent."""
    path = PUBLISHED / name
    if not path.exists():
        pytest.skip(f"{name} stands beside the repository, in shared/data/published, and is not there")
    return path


def imported(folder: Path, mapping: str, data: str | bytes) -> Imported:
    """Import a source through a mapping, both given as text."""
    (folder / "data.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    return import_demand(folder / "mapping.toml")


def faults(folder: Path, mapping: str, data: str | bytes) -> list[str]:
    """Every fault of a mapping and its source, as the lines a user reads."""
    with pytest.raises(InputError) as error:
        imported(folder, mapping, data)
    return [str(fault) for fault in error.value.faults]


def rules(result: Imported) -> dict[str, list[int | None]]:
    """Rows of the findings of each rule."""
    found: dict[str, list[int | None]] = {}
    for finding in result.findings:
        found.setdefault(finding.rule, []).append(finding.row)
    return found


def counts(result: Imported, column: str = "referrals") -> dict[str, float | None]:
    """A count of a result with one series, by date."""
    date = str(result.demand.columns[0])
    return {
        day.isoformat(): None if value != value else float(value)
        for day, value in zip(result.demand[date], result.demand[column].astype(float), strict=True)
    }
