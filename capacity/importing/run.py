"""A mapping file and its source -> demand rows, DNA rates and findings, or every fault at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from capacity.errors import Fault, InputError
from capacity.importing.faulty import Mark, find_faults
from capacity.importing.grid import Grid, build_grid, check_groups, groups_of, keys_of, telling_apart
from capacity.importing.mapping import Mapping, Rates, Series, read_mapping
from capacity.importing.naming import identified
from capacity.importing.rates import Band, bands_of, lead_frame, not_recorded, rate_row, rates_frame
from capacity.importing.records import read_records, with_headings
from capacity.importing.result import Imported, RowFinding, SourceRead
from capacity.importing.series import OneSeries, demand_frame, levels_frame, one_series, spread_over_months, within
from capacity.importing.source import Table, read_table
from capacity.importing.totals import set_totals_aside
from capacity.importing.values import Records
from capacity.service.cells import shown
from capacity.service.tables import Reading

SHOWN_ROWS = 6
DAY_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")

Chosen = dict[str, NDArray[np.bool_]]


def import_demand(mapping: str | Path, data: str | Path | None = None) -> Imported:
    """Read a published or exported CSV as a mapping file says.

    Parameters
    ----------
    mapping
        The mapping file (TOML).
    data
        The source, instead of the one named in ``[source]``, which stands beside the mapping file.

    Returns
    -------
    Imported
        Rows of demand.csv, levels, DNA rates, and findings that name the row of the source.

    Raises
    ------
    InputError
        With every fault of the mapping and the source that could be found.
    """
    reading = Reading()
    found = _read(Path(mapping), None if data is None else Path(data), reading)
    if found is None or reading.faults:
        raise InputError(_in_order(reading, Path(mapping).name))
    spec, table, records = found
    findings = _first_findings(spec, table, records, reading)
    grid = build_grid(spec, records, table, findings, reading)
    if grid is None:
        raise InputError(reading.faults)
    chosen, bands = _choose(spec, grid, findings, reading)
    if reading.faults:
        raise InputError(reading.faults)
    used = np.logical_or.reduce(list(chosen.values()))
    findings += _row_findings(grid, find_faults(spec, grid, used))
    return _assemble(spec, table, grid, chosen, bands, findings)


def _in_order(reading: Reading, mapping: str) -> list[Fault]:
    """Faults of the mapping first, then those of the source by row."""
    return sorted(reading.faults, key=lambda fault: (fault.file != mapping, fault.row or 0))


def _read(path: Path, data: Path | None, reading: Reading) -> tuple[Mapping, Table, Records] | None:
    """Read the mapping and the source as far as possible, so that the faults of both are said at once."""
    if not path.is_file():
        found = "no such file" if not path.exists() else "a folder"
        reading.refuse(str(path), None, None, found, "a mapping file such as those in models/mappings")
        return None
    mapping = read_mapping(path, reading)
    if mapping is None:
        return None
    if data is None and mapping.source.file is None:
        reading.refuse(path.name, None, "source.file", "nothing", "the name of a CSV file, or --data")
        return None
    table = read_table(data or path.parent / str(mapping.source.file), mapping.source, reading)
    if table is None:
        return None
    mapping = with_headings(mapping, table)
    records = read_records(mapping, table, reading)
    return None if records is None else (mapping, table, records)


def _first_findings(mapping: Mapping, table: Table, records: Records, reading: Reading) -> list[RowFinding]:
    """What is known of the rows before they are put together."""
    file = table.file
    findings = []
    if "encoding_assumed" in reading.forms:
        findings.append(RowFinding("encoding_assumed", file, "read as cp1252, which is assumed"))
    for number in table.footnotes:
        findings.append(RowFinding("footnote", file, "text in the first cell only", number, set_aside=True))
    for name, rows in records.blanks.items():
        listed = ", ".join(str(row) for row in rows[:SHOWN_ROWS]) + (" and others" if len(rows) > SHOWN_ROWS else "")
        plural = "row" if len(rows) == 1 else "rows"
        message = f"no number under {name} in {len(rows):,} {plural} ({listed})"
        findings.append(RowFinding("blank_count", name, message, rows[0], name, found=str(len(rows))))
    return findings + _weekdays(mapping, records)


def _weekdays(mapping: Mapping, records: Records) -> list[RowFinding]:
    """Weeks that do not run from Monday to Sunday, and dates on another weekday than the rest."""
    if mapping.source.dated_by not in ("week_ending", "week_starting") or records.written is None:
        return []
    used = np.flatnonzero(np.logical_or.reduce(list(records.used.values())))
    days = {int(place): records.written[place].astype(dt.date).weekday() for place in used}
    if not days:
        return []
    usual = Counter(days.values()).most_common(1)[0][0]
    findings = []
    if usual != (6 if mapping.source.dated_by == "week_ending" else 0):
        message = f"dates are {DAY_NAMES[usual]}; each week is taken as the Monday week with most of its days"
        findings.append(RowFinding("weeks_shifted", records.file, message, found=DAY_NAMES[usual]))
    odd: dict[dt.date, int] = {}
    for place, day in days.items():
        if day != usual:
            odd.setdefault(records.written[place].astype(dt.date), int(records.rows[place]))
    for date, row in odd.items():
        message = f"{date.isoformat()} is none of the {DAY_NAMES[usual]} of the rest"
        findings.append(RowFinding("odd_weekday", records.file, message, row, mapping.source.date or "", date))
    return findings


def _choose(
    mapping: Mapping, grid: Grid, findings: list[RowFinding], reading: Reading
) -> tuple[Chosen, dict[str, dict[str, Band | None]]]:
    """Keys of each section, without totals and without blank labels; and the bands of booking lead."""
    chosen: Chosen = {}
    bands: dict[str, dict[str, Band | None]] = {}
    for place, spec in mapping.specs():
        keys = keys_of(grid, spec)
        for column in telling_apart(spec)[: len(spec.by)]:
            blank = keys & (grid.keys[column] == "")
            keys = keys & ~blank
            findings += [_blank_label(grid, spec, column, int(k)) for k in np.flatnonzero(blank)]
        if not keys.any():
            found, allowed = "no row with text in the columns of by", "a filter that leaves some rows"
            reading.refuse(mapping.file, None, place, found, allowed, spec.id)
            continue
        if grid.kind is not None and not within(grid, spec.start, spec.end).any():
            span = f"{grid.periods[0].isoformat()} to {grid.periods[-1].isoformat()}"
            reading.refuse(mapping.file, None, f"{place}.from", "no row between from and to", span, spec.id)
        keys = set_totals_aside(grid, spec, keys, mapping.source.totals == "keep", findings)
        check_groups(mapping, grid, place, spec, keys, reading)
        if isinstance(spec, Rates):
            bands[place] = bands_of(mapping, place, spec, grid, keys, reading)
        chosen[place] = keys
    return chosen, bands


def _blank_label(grid: Grid, spec: Series | Rates, column: str, k: int) -> RowFinding:
    names = next(iter(spec.counts().values()))
    places = grid.places[names[0]][:, k]
    rows = np.sort(grid.records.rows[places[places >= 0]])
    message = f"no text under {column} in {len(rows):,} {'row' if len(rows) == 1 else 'rows'}"
    return RowFinding(
        "blank_label", spec.id or column, message, int(rows[0]) if len(rows) else None, column, set_aside=True,
        rows=len(rows),
    )  # fmt: skip


def _row_findings(grid: Grid, marks: list[Mark]) -> list[RowFinding]:
    """One finding a rule and row; counts of the same row are said together."""
    gathered: dict[tuple[str, int], list[Mark]] = {}
    for mark in marks:
        gathered.setdefault((mark.rule, grid.row(mark.names[0], mark.t, mark.k)), []).append(mark)
    findings = []
    for (rule, row), here in gathered.items():
        mark = here[0]
        columns = dict.fromkeys(grid.heading(name, each.t, each.k) for each in here for name in each.names)
        message = "; ".join(dict.fromkeys(each.message for each in here))
        findings.append(
            RowFinding(
                rule, shown(grid.label(mark.k), 80), message, row, "; ".join(columns), grid.period(mark.t),
                "; ".join(each.found for each in here), "; ".join(each.allowed for each in here), mark.set_aside,
            )
        )  # fmt: skip
    return findings


def _assemble(
    mapping: Mapping,
    table: Table,
    grid: Grid,
    chosen: Chosen,
    bands: dict[str, dict[str, Band | None]],
    findings: list[RowFinding],
) -> Imported:
    series: list[OneSeries] = []
    rates: list[dict[str, object]] = []
    leads: list[dict[str, object]] = []
    taken: set[str] = set()
    streams: set[str] = set()
    kind = grid.kind or "week"
    for place, spec in mapping.specs():
        if isinstance(spec, Series):
            made = [
                one_series(grid, spec, id, name, group)
                for id, name, group in identified(spec, groups_of(grid, spec, chosen[place]), taken, findings)
            ]
            series += made
            findings += [finding for each in made for finding in each.findings]
            findings += _about_quarters(spec, made) if kind == "quarter" else []
        else:
            rows, by_band = _rates(grid, spec, chosen[place], bands[place], streams, findings)
            rates += rows + by_band
            leads += by_band
    findings += not_recorded([row for row in rates if row["lead"] is None])
    return Imported(
        source=_source(mapping, table, grid),
        demand=demand_frame(_in_demand(series, kind), kind),
        levels=levels_frame(series, kind),
        rates=rates_frame(rates),
        by_lead=lead_frame(leads),
        findings=tuple(dict.fromkeys(findings)),
    )


def _rates(
    grid: Grid, spec: Rates, chosen: NDArray[np.bool_], bands: dict[str, Band | None], streams: set[str],
    findings: list[RowFinding],
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:  # fmt: skip
    """Rates of a section, and the same by band of booking lead where it has one."""
    whole = spec.model_copy(update={"lead": None})
    rows, by_band = [], []
    for id, name, group in identified(spec, groups_of(grid, whole, chosen), streams, findings):
        rows.append(rate_row(grid, whole, id, name, group, None))
        if spec.lead is None:
            continue
        members = np.isin(np.arange(grid.size[1]), group.members)
        for part in groups_of(grid, spec, members):
            label = part.labels[-1]
            row = rate_row(grid, spec, id, name, part, bands[label])
            by_band.append(row)
            if bands[label] is None:
                message = f"{row['appointments']:,} appointments under {spec.lead} {label or 'blank'} are in no band"
                findings.append(RowFinding("lead_unknown", id, message, column=spec.lead, found=label))
    return rows, by_band


def _about_quarters(spec: Series, made: list[OneSeries]) -> list[RowFinding]:
    subject = spec.id or "series"
    count = f"{len(made):,} series" if len(made) != 1 else "the series"
    if spec.spread is None:
        message = f'{count} by quarter: in levels.csv; spread = "months" puts them in demand.csv, for a mean only'
        return [RowFinding("quarter_levels", subject, message)]
    message = f"{count} by quarter, shared out over months by days: size at the mean, never at a centile"
    return [RowFinding("quarter_spread", subject, message)]


def _in_demand(series: list[OneSeries], kind: str) -> list[OneSeries]:
    """Series that can stand in demand.csv: quarters only where the mapping spreads them over months."""
    if kind != "quarter":
        return series
    return [spread_over_months(each) for each in series if each.spec.spread == "months"]


def _source(mapping: Mapping, table: Table, grid: Grid) -> SourceRead:
    dated = grid.kind is not None
    first, last = (grid.periods[0], grid.periods[-1]) if dated else (None, None)
    return SourceRead(
        mapping.file, table.file, table.read_as, len(table.rows), len(table.header), grid.kind, first, last
    )
