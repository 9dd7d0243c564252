"""What an import gives: frames, findings that name their row, and how the source was read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from capacity.importing.periods import Kind

SCHEMA_VERSION = 1

RULES: dict[str, str] = {
    "year_glued": "a year written behind the count: the number without it fits, the number with it does not",
    "dna_above_seen": "more DNAs than attendances",
    "negative_count": "a count below zero",
    "out_of_line": "five times or more from what the same counts hold before and after, which agree with each other",
    "copied_return": "every count is the same as in an earlier period: copied, not counted",
    "duplicated_row": "the same row twice: counted once",
    "total_among_rows": "the sum of the other rows: not added to them",
    "blank_label": "no text in a column that tells rows apart",
    "footnote": "text in the first cell only: taken for a note under the table",
    "blank_count": "no number: not known, not zero",
    "gap_in_periods": "periods without a row, or with a row set aside: not known, not zero",
    "small_counts_missing": "small counts seem to have been left out when published: the mean of the rest is too high",
    "unusual_count": "out of line with the periods before and after, but not impossible: ask who sent it",
    "possible_total": "named like a total, but not the sum of the other rows",
    "rows_come_and_go": "not the same rows are added in every period",
    "dna_not_recorded": "no DNA at all among so many appointments is not a rate of zero: the rate is left blank",
    "lead_unknown": "appointments whose time from booking is not known: in the rate, in no band",
    "weeks_shifted": "weeks that do not run from Monday to Sunday are taken as the Monday week with most of their days",
    "odd_weekday": "a date on another day of the week than the rest",
    "quarter_levels": "quarterly totals show a level, not how weeks differ: they stand in levels.csv only",
    "quarter_spread": "months made by sharing out a quarter by days: good for a mean, not for a centile",
    "id_taken": "two values gave the same id: a number was put behind the second",
    "encoding_assumed": "not UTF-8: read as cp1252 (Windows), which is assumed; check accents and dashes in names",
}
"""What each finding means."""


@dataclass(frozen=True)
class RowFinding:
    """Something about a row of the source, or about a series made of rows.

    ``row`` is the row as Excel numbers it; ``set_aside`` says that the counts named were not used.
    """

    rule: str
    subject: str
    message: str
    row: int | None = None
    column: str = ""
    period: dt.date | None = None
    found: str = ""
    allowed: str = ""
    set_aside: bool = False
    rows: int = 1
    """How many rows it is about, the first of them ``row``."""

    def __str__(self) -> str:
        where = f"row {self.row} ({self.subject})" if self.row is not None else self.subject
        return f"{where}: {self.message}"


@dataclass(frozen=True)
class SourceRead:
    """How the source was read."""

    mapping: str
    file: str
    read_as: str
    rows: int
    columns: int
    kind: Kind | None
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, eq=False)
class Imported:
    """Demand rows and DNA rates made from a source.

    ``demand`` is demand.csv: a date column (week_starting, date or month), series, and the counts mapped; blank is not
    known. ``levels`` has a row a series and measure; ``rates`` and ``by_lead`` are dna_rates.csv and dna_by_lead.csv.
    """

    source: SourceRead
    demand: pd.DataFrame
    levels: pd.DataFrame
    rates: pd.DataFrame
    by_lead: pd.DataFrame
    findings: tuple[RowFinding, ...]

    @property
    def set_aside(self) -> tuple[RowFinding, ...]:
        """Findings about counts that were not used."""
        return tuple(finding for finding in self.findings if finding.set_aside)

    def to_json(self) -> dict[str, Any]:
        """Everything, for other programs; a figure that is not known is null."""
        return {
            "schema": SCHEMA_VERSION,
            "source": {key: _plain(value) for key, value in self.source.__dict__.items()},
            "demand": _json_rows(self.demand),
            "levels": _json_rows(self.levels),
            "dna_rates": _json_rows(self.rates),
            "dna_by_lead": _json_rows(self.by_lead),
            "findings": [{key: _plain(value) for key, value in item.__dict__.items()} for item in self.findings],
        }


def _json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = [str(name) for name in frame.columns]
    return [
        {name: _plain(value) for name, value in zip(columns, row, strict=True)}
        for row in frame.itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
