"""Values of an overlay as text of cells, and cells in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from capacity.service.cells import Refused, plain
from capacity.service.columns import TABLES

NAMES = {
    "dna_rate": "DNA",
    "contract_pa": "PAs",
    "contract_hours": "contract hours",
    "working_weeks": "weeks a year",
    "tariff_pa": "tariff in PAs",
    "sessions_per_week": "sessions a week",
    "per_attendance": "follow-ups an attendance",
    "core_spa_pa": "core SPA in PAs",
    "max_pa": "most PAs",
    "growth_rate": "growth a year",
    "clear_weeks": "weeks to clear the list",
}
"""Columns that are said in other words than their own."""
STAFF = {
    "sas": "SAS doctor",
    "resident": "resident doctor",
    "ahp": "allied health professional",
    "scientist": "healthcare scientist",
    "support": "support worker",
}
"""Staff groups that are said in other words."""
ALREADY_SHARES = ("growth_rate", "per_attendance", "output", "share", "centile")


def text_of(value: Any) -> str:
    """Write a value of a TOML file as the text of a cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return plain(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return ";".join(text_of(item) for item in value)
    return str(value)


def post_in_words(row: dict[str, str]) -> str:
    """Staff group of a row of people.csv, with the band where it is one: ``band 7 nurse``."""
    group = STAFF.get(row["staff_group"], row["staff_group"])
    grade = row.get("grade", "")
    return f"band {grade} {group}" if grade[:1].isdigit() else group


def in_words(column: str) -> str:
    """Return what a sentence calls a column."""
    return NAMES.get(column, column.replace("_", " "))


def shown_cell(table: str, column: str, text: str | None) -> str:
    """Return a cell as a sentence says it: rates in per cent, a blank as ``not given``."""
    if not text:
        return "not given"
    if column in TABLES[table].columns if table in TABLES else False:
        allowed = TABLES[table].columns[column].allowed
        if column.endswith("_rate") or (allowed.startswith("0 to 1") and column not in ALREADY_SHARES):
            try:
                value = float(TABLES[table].columns[column].read(text, False))
            except (Refused, TypeError, ValueError):
                return text
            return f"{value * 100:.3g} %"
    try:
        return shown_number(float(text))
    except ValueError:
        return text.replace(";", ", ")


def shown_number(value: float) -> str:
    """Return a number with at most two decimals where it is 1 or more, else with three significant figures."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.3g}"
