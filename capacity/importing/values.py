"""The text of cells -> dates and numbers, each distinct text read once; what cannot be read is said with its row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from capacity.importing.mapping import Mapping, Source
from capacity.importing.periods import FORMS, kind_of, read_period
from capacity.service import cells
from capacity.service.cells import Refused, fold, shown
from capacity.service.tables import Reading

MOST_FAULTS = 20
"""Faults said one by one of a column; more are counted."""
LARGEST = 1e12
_POINTS_AS_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+")

Texts = NDArray[np.object_]


@dataclass
class Records:
    """What the source counts: one record a row, or in wide form one a row and column."""

    file: str
    rows: NDArray[np.int64]
    """Row of each record as Excel numbers it."""
    labels: dict[str, Texts]
    """Text of each column the mapping names to tell rows apart."""
    headings: Texts
    """Heading a record's count stands under, where that is not the count's own name; else blank."""
    periods: NDArray[np.datetime64] | None
    """First day of each record's period; None where the source has no dates."""
    written: NDArray[np.datetime64] | None
    counts: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    """Each count by name; NaN where it is not known."""
    given: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    """Whether a record is about a count at all."""
    blanks: dict[str, list[int]] = field(default_factory=dict)
    """Rows without a number, by count."""
    used: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    """Whether a section reads a record, by place of the section."""


def read_dates(
    mapping: Mapping, records: Records, dates: Texts | None, wanted: NDArray[np.bool_], reading: Reading
) -> None:
    """Read the period of every record that is wanted, where the source has dates."""
    source = mapping.source
    if dates is None or source.dated_by is None:
        return
    dated_by = source.dated_by
    allowed = FORMS[kind_of(dated_by)]

    def read(text: str) -> tuple[dt.date, dt.date]:
        if not text:
            raise Refused(found="a blank cell", allowed=allowed)
        return read_period(text, dated_by, source.date_format)

    places, codes, values = _each(records, dates, wanted, read, source.date, allowed, reading)
    nothing = np.datetime64("NaT")
    records.periods = np.full(len(dates), nothing, dtype="datetime64[D]")
    records.written = records.periods.copy()
    starts = np.array([nothing if pair is None else pair[0] for pair in values], dtype="datetime64[D]")
    written = np.array([nothing if pair is None else pair[1] for pair in values], dtype="datetime64[D]")
    records.periods[places], records.written[places] = starts[codes], written[codes]


def read_counts(
    source: Source,
    records: Records,
    name: str,
    texts: Texts,
    wanted: NDArray[np.bool_],
    whole: bool,
    decimal_comma: bool,
    reading: Reading,
) -> None:
    """Read the numbers of one count; a blank or a marker is not known, never zero. A census need not be whole."""
    missing = {fold(text) or text for text in source.missing}
    allowed = "a whole number" if whole else "a number"

    def read(text: str) -> float:
        if not text or (fold(text) or text) in missing:
            return float("nan")
        if decimal_comma and _POINTS_AS_THOUSANDS.fullmatch(text):
            raise Refused(f"Write {text.replace('.', '')} or {text.replace('.', ',')}: a point can mean either here")
        value = cells.number(text, decimal_comma)
        if whole and not value.is_integer():
            raise Refused
        if abs(value) >= LARGEST:
            raise Refused(allowed=f"a number below {LARGEST:.0e}")
        return value

    hint = "Name it in missing of [source] if it stands for no number"
    places, codes, values = _each(records, texts, wanted, read, name, allowed, reading, hint)
    counts = np.full(len(wanted), np.nan)
    counts[places] = np.array([np.nan if value is None else value for value in values], dtype=float)[codes]
    records.counts[name] = counts
    blank = places[np.isnan(counts[places])]
    if len(blank):
        records.blanks[name] = [int(row) for row in records.rows[blank]]


def _each(
    records: Records,
    texts: Texts,
    wanted: NDArray[np.bool_],
    read: Callable[[str], Any],
    column: str | None,
    allowed: str,
    reading: Reading,
    hint: str = "",
) -> tuple[NDArray[np.intp], NDArray[np.intp], list[Any]]:
    """Return the records wanted, which distinct text each has, and the value of each text (None where refused)."""
    places = np.flatnonzero(wanted)
    codes, distinct = pd.factorize(texts[places])
    values: list[Any] = []
    refused: dict[int, tuple[str, Refused]] = {}
    for code, text in enumerate(distinct):
        try:
            values.append(read(str(text)))
        except Refused as error:
            values.append(None)
            refused[code] = str(text), error
    if refused:
        bad = [(int(place), *refused[int(code)]) for place, code in zip(places, codes, strict=True) if code in refused]
        _refuse(records, bad, column, allowed, reading, hint)
    return places, codes, values


def _refuse(
    records: Records,
    bad: list[tuple[int, str, Refused]],
    column: str | None,
    allowed: str,
    reading: Reading,
    hint: str,
) -> None:
    """Say each cell once, the first few one by one."""
    by_cell = {(int(records.rows[place]), records.headings[place] or column): (text, why) for place, text, why in bad}
    for (row, heading), (text, why) in list(by_cell.items())[:MOST_FAULTS]:
        found = why.found or shown(text)
        reading.refuse(records.file, row, heading, found, why.allowed or allowed, hint=why.hint or hint)
    if len(by_cell) > MOST_FAULTS:
        reading.refuse(records.file, None, column, f"{len(by_cell) - MOST_FAULTS} more such cells", allowed)
