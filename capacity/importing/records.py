"""The cells of a source -> records: what each row counts, when, and under which labels. Every fault is said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from capacity.importing.mapping import Mapping, Rates, Series, Spec
from capacity.importing.periods import FORMS, kind_of, read_period
from capacity.importing.source import Table, headings
from capacity.importing.values import Records, Texts, read_counts, read_dates
from capacity.service.cells import Refused, nearest, shown
from capacity.service.tables import Reading

WIDE_LABEL = "series"
WIDE_VALUE = "count"
SHOWN_VALUES = 8
_NUMBER_LIKE = re.compile(r"[0-9.,+-]+")

AnySpec = TypeVar("AnySpec", Series, Rates)


def read_records(mapping: Mapping, table: Table, reading: Reading) -> Records | None:
    """Return the records that a mapping finds in a table, or None with faults."""
    before = len(reading.faults)
    _check_columns(mapping, table, reading)
    if len(reading.faults) > before:
        return None
    records, texts, dates = _laid_out(mapping, table, reading)
    _check_filters(mapping, records, reading)
    for place, spec in mapping.specs():
        records.used[place] = _chosen(records, spec)
    wanted = np.logical_or.reduce(list(records.used.values()))
    read_dates(mapping, records, dates, wanted, reading)
    for name in mapping.count_columns():
        specs = [(place, spec) for place, spec in mapping.specs() if name in _names(spec)]
        used = np.logical_or.reduce([records.used[place] for place, _ in specs]) & records.given[name]
        whole = not all(isinstance(spec, Series) and spec.census for _, spec in specs)
        read_counts(mapping.source, records, name, texts[name], used, whole, table.decimal_comma, reading)
    return records if len(reading.faults) == before else None


def with_headings(mapping: Mapping, table: Table) -> Mapping:
    """Return the mapping with columns written as the table heads them; names the table lacks stay as they are."""

    def heading(name: str) -> str:
        place = table.place(name)
        return name if place is None else table.header[place]

    counted = mapping.source.measure is None and mapping.source.form == "long"

    def renamed(spec: AnySpec) -> AnySpec:
        columns = {"by": spec.by, "add": spec.add} | (spec.counts() if counted else {})
        changed: dict[str, Any] = {key: tuple(map(heading, names)) for key, names in columns.items()}
        changed["filter"] = {heading(name): values for name, values in spec.filter.items()}
        if isinstance(spec, Rates) and spec.lead is not None:
            changed["lead"] = heading(spec.lead)
        return spec.model_copy(update=changed)

    series, rates = tuple(map(renamed, mapping.series)), tuple(map(renamed, mapping.rates))
    return replace(mapping, series=series, rates=rates)


def _names(spec: Spec) -> set[str]:
    return {name for names in spec.counts().values() for name in names}


def _check_columns(mapping: Mapping, table: Table, reading: Reading) -> None:
    """Refuse every column the mapping names and the table does not have."""
    source = mapping.source
    wide = source.form == "wide"
    made = {WIDE_LABEL} if source.columns == "series" else set()
    named = [(f"source.{key}", name, "") for key, name in _source_columns(mapping)]
    for place, spec in mapping.specs():
        named += [(f"{place}.{key}", name, spec.id or "") for key, name in _spec_columns(spec) if name not in made]
        if source.measure is None and not wide:
            counts = ((measure, name) for measure, names in spec.counts().items() for name in names)
            named += [(f"{place}.{measure}", name, spec.id or "") for measure, name in counts]
        elif source.measure is None:
            _check_wide_counts(mapping, place, spec, reading)
    for where, name, id in named:
        if table.header.count(name) > 1:
            reading.refuse(table.file, table.header_row, shown(name), "this column twice", "a column counted once")
        elif table.place(name) is None:
            hint = nearest(name, [heading for heading in table.header if heading])
            reading.refuse(mapping.file, None, where, shown(name), headings(table), id or None, hint)


def _source_columns(mapping: Mapping) -> Iterable[tuple[str, str]]:
    source = mapping.source
    value = source.value if source.form == "long" else None
    named = (("date", source.date), ("measure", source.measure), ("value", value))
    yield from ((key, name) for key, name in named if name is not None)
    yield from (("skip", name) for name in source.skip)


def _spec_columns(spec: Spec) -> Iterable[tuple[str, str]]:
    yield from (("filter", name) for name in spec.filter)
    yield from (("by", name) for name in spec.by)
    yield from (("add", name) for name in spec.add)
    lead = getattr(spec, "lead", None)
    if lead is not None:
        yield "lead", lead


def _check_wide_counts(mapping: Mapping, place: str, spec: Spec, reading: Reading) -> None:
    value = mapping.source.value or WIDE_VALUE
    for measure, names in spec.counts().items():
        for name in names:
            if name != value:
                allowed = f"{value}, the cells of the wide file; or measure in [source], the column that names counts"
                reading.refuse(mapping.file, None, f"{place}.{measure}", shown(name), allowed, spec.id)


def _laid_out(mapping: Mapping, table: Table, reading: Reading) -> tuple[Records, dict[str, Texts], Texts | None]:
    """Records without numbers yet, the text of each count, and of each date."""
    source = mapping.source
    wanted = dict.fromkeys(name for _, spec in mapping.specs() for name in spec.mentioned())
    if source.form == "long":
        return _long(mapping, table, tuple(wanted))
    return _wide(mapping, table, tuple(wanted), reading)


def _texts(values: Iterable[str]) -> Texts:
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def _long(mapping: Mapping, table: Table, wanted: tuple[str, ...]) -> tuple[Records, dict[str, Texts], Texts | None]:
    source = mapping.source
    size = len(table.rows)
    labels = {name: _texts(table.column(name)) for name in wanted}
    dates = None if source.date is None else _texts(table.column(source.date))
    records = Records(table.file, np.array(table.rows), labels, _texts([""] * size), None, None)
    if source.measure is None or source.value is None:
        texts = {name: _texts(table.column(name)) for name in mapping.count_columns()}
        records.given = {name: np.ones(size, dtype=bool) for name in texts}
        return records, texts, dates
    value = _texts(table.column(source.value))
    records.headings = _texts([source.value] * size)
    return records, _by_measure(mapping, records, _texts(table.column(source.measure)), value), dates


def _by_measure(mapping: Mapping, records: Records, measure: Texts, value: Texts) -> dict[str, Texts]:
    """Each count is the value of the rows that name it in the measure column."""
    names = mapping.count_columns()
    records.given = {name: measure == name for name in names}
    return dict.fromkeys(names, value)


def _wide(
    mapping: Mapping, table: Table, wanted: tuple[str, ...], reading: Reading
) -> tuple[Records, dict[str, Texts], Texts | None]:
    source = mapping.source
    places = _wide_places(mapping, table, wanted, reading)
    names = [table.header[place] for place in places]
    size = len(table.rows)
    headings_ = _texts(name for name in names for _ in range(size))
    rows = np.tile(np.array(table.rows), len(places))
    labels = {
        name: np.tile(_texts(table.column(name)), len(places)) for name in wanted if table.place(name) is not None
    }
    if source.columns == "series":
        labels.setdefault(WIDE_LABEL, headings_)
    dates = headings_ if source.date is None else np.tile(_texts(table.column(source.date)), len(places))
    value = _texts(cell for place in places for cell in table.columns[place])
    records = Records(table.file, rows, labels, headings_, None, None)
    if source.measure is not None:
        measure = np.tile(_texts(table.column(source.measure)), len(places))
        return records, _by_measure(mapping, records, measure, value), dates
    name = source.value or WIDE_VALUE
    records.given = {name: np.ones(len(rows), dtype=bool)}
    return records, {name: value}, dates


def _wide_places(mapping: Mapping, table: Table, wanted: tuple[str, ...], reading: Reading) -> list[int]:
    """Positions of the columns that hold counts: headings that are periods, or all that are not labels."""
    source = mapping.source
    labels = {name for name in (*wanted, *source.skip, source.date, source.measure) if name is not None}
    taken = {table.place(name) for name in labels}
    free = [place for place, heading in enumerate(table.header) if heading and place not in taken]
    if source.columns == "series":
        return free
    periods = []
    for place in free:
        heading = table.header[place]
        try:
            assert source.dated_by is not None
            read_period(heading, source.dated_by, source.date_format)
            periods.append(place)
        except Refused as refused:
            filled = [text for text in table.columns[place] if text]
            if filled and all(_NUMBER_LIKE.fullmatch(text) for text in filled):
                allowed = f"{refused.allowed}; or its name in skip of [source]"
                reading.refuse(table.file, table.header_row, None, shown(heading), allowed, hint=refused.hint)
    if not periods:
        allowed = f"headings such as {FORMS[kind_of(source.dated_by or 'day')]}"
        reading.refuse(table.file, table.header_row, None, "no heading that is a period", allowed)
    return periods


def _check_filters(mapping: Mapping, records: Records, reading: Reading) -> None:
    """Refuse filter values and measures that no row has."""
    for place, spec in mapping.specs():
        for column, values in spec.filter.items():
            known = dict.fromkeys(records.labels[column])
            for value in (value for value in values if value not in known):
                reading.refuse(
                    mapping.file, None, f"{place}.filter.{column}", shown(value), _values(known, column, records.file),
                    spec.id, nearest(value, known),
                )  # fmt: skip
        if mapping.source.measure is None:
            continue
        for measure, names in spec.counts().items():
            for name in (name for name in names if not records.given[name].any()):
                allowed = f"a value of column {mapping.source.measure} of {records.file}"
                reading.refuse(mapping.file, None, f"{place}.{measure}", shown(name), allowed, spec.id)


def _values(known: Iterable[str], column: str, file: str) -> str:
    values = [shown(value, 40) for value in known if value]
    listed = f": {', '.join(values)}" if len(values) <= SHOWN_VALUES else ""
    return f"a value of column {column} of {file}{listed}"


def _chosen(records: Records, spec: Spec) -> NDArray[np.bool_]:
    """Records a section reads: those its filter leaves, of the counts it names."""
    chosen = np.logical_or.reduce([records.given[name] for name in _names(spec) if name in records.given])
    for column, values in spec.filter.items():
        chosen = chosen & np.isin(records.labels[column], list(values))
    return np.asarray(chosen, dtype=bool)
