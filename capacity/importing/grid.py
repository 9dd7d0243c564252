"""Records -> a grid of counts: periods by rows' labels, each cell knowing the row it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from capacity.importing.mapping import Mapping, Rates, Spec
from capacity.importing.periods import Kind, kind_of, named, span
from capacity.importing.result import RowFinding
from capacity.importing.source import Table
from capacity.importing.values import Records, Texts
from capacity.service.cells import shown
from capacity.service.tables import Reading

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
NO_RECORD = -1


@dataclass
class Grid:
    """Counts of a source. Arrays are periods (T) by keys (K); a key is one combination of labels."""

    records: Records
    kind: Kind | None
    periods: list[dt.date]
    """Every period from the first to the last; one made-up date where the source has none."""
    keys: dict[str, Texts]
    """Label of each key, by column."""
    counts: dict[str, Floats] = field(default_factory=dict)
    """Each count by name; NaN where it is not known."""
    places: dict[str, Places] = field(default_factory=dict)
    """Record of each cell; -1 where there is none."""

    @property
    def size(self) -> tuple[int, int]:
        """Number of periods and keys."""
        return len(self.periods), len(next(iter(self.keys.values()))) if self.keys else 1

    def row(self, name: str, t: int, k: int) -> int:
        """Row of a cell as Excel numbers it."""
        return int(self.records.rows[self.places[name][t, k]])

    def heading(self, name: str, t: int, k: int) -> str:
        """Heading a cell stands under."""
        return str(self.records.headings[self.places[name][t, k]]) or name

    def period_name(self, t: int) -> str:
        """Period in words."""
        return named(self.periods[t], self.kind) if self.kind else ""

    def period(self, t: int) -> dt.date | None:
        """First day of a period, where the source has dates."""
        return self.periods[t] if self.kind else None

    def label(self, k: int) -> str:
        """Labels of a key in words."""
        return ", ".join(str(texts[k]) for texts in self.keys.values() if texts[k]) or self.records.file

    def total(self, names: Iterable[str]) -> Floats:
        """Sum of counts; NaN where one of them is not known."""
        parts = [self.counts[name] for name in names]
        return np.asarray(np.sum(parts, axis=0), dtype=float)

    def is_given(self, names: Iterable[str]) -> NDArray[np.bool_]:
        """Where a record stands for any of the counts."""
        return np.asarray(np.logical_or.reduce([self.places[name] != NO_RECORD for name in names]), dtype=bool)


@dataclass(frozen=True)
class Group:
    """Keys that make one series or one rate."""

    labels: tuple[str, ...]
    """Values of the columns that tell groups apart."""
    members: Places


def build_grid(
    mapping: Mapping, records: Records, table: Table, findings: list[RowFinding], reading: Reading
) -> Grid | None:
    """Return the counts as a grid, or None with a fault where two rows count the same thing."""
    used = np.logical_or.reduce(list(records.used.values()))
    if not used.any():
        reading.refuse(records.file, None, None, "no row that the mapping reads", "at least one row")
        return None
    kind = kind_of(mapping.source.dated_by) if records.periods is not None and mapping.source.dated_by else None
    periods, of_record = _periods(records, used, kind)
    keys, key_of = _keys(records, used)
    grid = Grid(records, kind, periods, keys)
    faults = len(reading.faults)
    repeats: dict[int, int] = {}
    for name in mapping.count_columns():
        wanted = np.flatnonzero(used & records.given[name] & (of_record >= 0))
        cell = of_record[wanted] * grid.size[1] + key_of[wanted]
        kept, first = _first_of_each(cell)
        repeats.update({int(wanted[later]): int(wanted[earlier]) for later, earlier in first.items()})
        places = np.full(grid.size, NO_RECORD)
        places.ravel()[cell[kept]] = wanted[kept]
        grid.places[name] = places
        known = np.append(records.counts[name], np.nan)
        grid.counts[name] = known[places]
    _say_repeats(mapping, grid, repeats, of_record, table, findings, reading)
    return grid if len(reading.faults) == faults else None


def _periods(records: Records, used: NDArray[np.bool_], kind: Kind | None) -> tuple[list[dt.date], Places]:
    """Every period, and which one each record counts (-1: none)."""
    if kind is None or records.periods is None:
        return [dt.date(2000, 1, 1)], np.zeros(len(used), dtype=np.int64)
    starts = [start.astype(dt.date) for start in np.unique(records.periods[used])]
    periods = span(starts[0], starts[-1], kind)
    if kind == "day":
        weekdays = {start.weekday() for start in starts}
        periods = [day for day in periods if day.weekday() in weekdays]
    ordered = np.array(periods, dtype="datetime64[D]")
    of_record = np.searchsorted(ordered, records.periods)
    return periods, np.where(used, of_record, -1).astype(np.int64)


def _keys(records: Records, used: NDArray[np.bool_]) -> tuple[dict[str, Texts], Places]:
    """Distinct combinations of labels in order of the source, and which one each record has."""
    codes = np.zeros(len(used), dtype=np.int64)
    if not records.labels:
        return {}, codes
    frame = pd.DataFrame(records.labels)[used]
    numbers = frame.groupby(list(records.labels), sort=False, dropna=False).ngroup().to_numpy()
    codes[used] = numbers
    _, first = np.unique(numbers, return_index=True)
    return {name: frame[name].to_numpy(dtype=object)[first] for name in records.labels}, codes


def _first_of_each(cell: Places) -> tuple[Places, dict[int, int]]:
    """Positions of the first of each value, and for every later one the position of the first."""
    _, first, inverse = np.unique(cell, return_index=True, return_inverse=True)
    later = np.setdiff1d(np.arange(len(cell)), first)
    return first, {int(place): int(first[inverse[place]]) for place in later}


def _say_repeats(
    mapping: Mapping,
    grid: Grid,
    repeats: dict[int, int],
    of_record: Places,
    table: Table,
    findings: list[RowFinding],
    reading: Reading,
) -> None:
    """A row given twice word for word is counted once; two different rows for the same thing are refused."""
    records = grid.records
    place_of = {number: place for place, number in enumerate(table.rows)}
    said: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for later, earlier in repeats.items():
        rows = int(records.rows[later]), int(records.rows[earlier])
        differing = _differing(table, place_of[rows[0]], place_of[rows[1]])
        t = int(of_record[later])
        if rows[0] != rows[1] and not differing:
            message = f"the same as row {rows[1]}"
            findings.append(
                RowFinding("duplicated_row", records.file, message, rows[0], "", grid.period(t), set_aside=True)
            )
            continue
        count = said[differing][2] if differing in said else 0
        said[differing] = (*(said[differing][:2] if count else (later, earlier)), count + 1)
    for differing, (later, earlier, count) in said.items():
        _refuse_repeat(mapping, grid, later, earlier, count, differing, int(of_record[later]), reading)


def _refuse_repeat(
    mapping: Mapping,
    grid: Grid,
    later: int,
    earlier: int,
    count: int,
    differing: tuple[str, ...],
    t: int,
    reading: Reading,
) -> None:
    records = grid.records
    counts = set(mapping.count_columns()) | {mapping.source.value, mapping.source.date}
    labels = [name for name in differing if name not in counts]
    when = f"{grid.period_name(t)} again" if grid.kind else "the same labels again"
    found = f"{when} (first in row {records.rows[earlier]})"
    found += f", and {count - 1} more such rows" if count > 1 else ""
    if labels:
        columns = " or ".join(labels[:3])
        allowed = f"one row each; the two differ in {columns}: name it in filter, by or add of the section"
    else:
        allowed = "one row each; the two have different counts"
    column = mapping.source.date
    reading.refuse(records.file, int(records.rows[later]), column, found, allowed)


def _differing(table: Table, one: int, other: int) -> tuple[str, ...]:
    """Headings under which two rows differ."""
    return tuple(
        heading for heading, cells in zip(table.header, table.columns, strict=True) if cells[one] != cells[other]
    )


def keys_of(grid: Grid, spec: Spec) -> NDArray[np.bool_]:
    """Keys that a section's filter leaves and that have a record of its counts."""
    chosen = np.ones(grid.size[1], dtype=bool)
    for column, values in spec.filter.items():
        chosen &= np.isin(grid.keys[column], list(values))
    names = [name for names in spec.counts().values() for name in names]
    return np.asarray(chosen & grid.is_given(names).any(axis=0), dtype=bool)


def telling_apart(spec: Spec) -> tuple[str, ...]:
    """Columns whose values make a group of their own."""
    lead = (spec.lead,) if isinstance(spec, Rates) and spec.lead is not None else ()
    return (*spec.by, *lead)


def added_over(spec: Spec) -> tuple[str, ...]:
    """Columns over whose values rows are added: those named, and those with several values in the filter."""
    several = tuple(column for column, values in spec.filter.items() if len(values) > 1 and column not in spec.by)
    return tuple(dict.fromkeys((*spec.add, *several)))


def groups_of(grid: Grid, spec: Spec, chosen: NDArray[np.bool_]) -> list[Group]:
    """Keys of each group of a section, in order of the source."""
    columns = telling_apart(spec)
    groups: dict[tuple[str, ...], list[int]] = {}
    for k in np.flatnonzero(chosen):
        groups.setdefault(tuple(str(grid.keys[column][k]) for column in columns), []).append(int(k))
    return [Group(labels, np.array(members)) for labels, members in groups.items()]


def check_groups(
    mapping: Mapping, grid: Grid, place: str, spec: Spec, chosen: NDArray[np.bool_], reading: Reading
) -> None:
    """Refuse rows that would be added without the mapping saying so."""
    free = [name for name in grid.keys if name not in (*telling_apart(spec), *added_over(spec))]
    for group in groups_of(grid, spec, chosen):
        for name in free:
            values = list(dict.fromkeys(str(grid.keys[name][k]) for k in group.members))
            if len(values) < 2:
                continue
            listed = ", ".join(shown(value, 30) for value in values[:3]) + (" and others" if len(values) > 3 else "")
            allowed = f"one value after the filter, or {name} named in by or add"
            reading.refuse(mapping.file, None, f"{place}.add", f"rows with {name} {listed}", allowed, spec.id)
            return
