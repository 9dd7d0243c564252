"""A mapping file (TOML) -> where the source is, which columns are counted, and into which series and rates."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from capacity.importing.periods import DatedBy
from capacity.service import messages
from capacity.service.cells import nearest, shown
from capacity.service.model import Id
from capacity.service.tables import Reading, read_text

Measure = Literal["referrals", "census", "seen", "dna", "list_size"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
SECTIONS = ("source", "series", "rates")
SCHEMA_VERSION = 1
ID_FORM = "an id of a-z, 0-9, _ and -"


def _as_texts(value: Any) -> Any:
    """One name or a list of names -> a list."""
    return (value,) if isinstance(value, str) else value


def _squeezed(text: str) -> str:
    """Text with single spaces only, as cells and headings are compared."""
    return " ".join(text.split())


def _filter_values(value: Any) -> Any:
    """Values a column may have, as text: numbers and dates are written as TOML does."""
    if not isinstance(value, dict):
        return value
    listed = {key: item if isinstance(item, list) else [item] for key, item in value.items()}
    return {_squeezed(key): [_squeezed(str(part)) for part in parts] for key, parts in listed.items()}


def _band_days(value: Any) -> Any:
    """``label = 0`` or ``label = [2, 7]`` or ``label = [29]`` (and more) -> first and last day."""
    if not isinstance(value, dict):
        return value
    return {_squeezed(key): [item, item] if isinstance(item, int) else item for key, item in value.items()}


Name = Annotated[str, Field(min_length=1), AfterValidator(_squeezed)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_texts)]
Filter = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_filter_values)]
Days = Annotated[int, Field(ge=0)]
LeadDays = Annotated[dict[str, tuple[Days, ...]], BeforeValidator(_band_days)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Source(_Frozen):
    """``[source]``: the file, its form, and what its dates mean."""

    file: str | None = None
    encoding: Literal["utf-8", "cp1252"] | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    header_row: Annotated[int, Field(ge=1)] | None = None
    form: Literal["long", "wide"] = "long"
    columns: Literal["periods", "series"] | None = None
    """In wide form: what a column stands for."""
    date: Name | None = None
    dated_by: DatedBy | None = None
    date_format: str | None = None
    measure: Name | None = None
    """Column that says what a row counts, where one column holds several counts."""
    value: Name | None = None
    """Column with the count of such a row; in wide form the name given to the cells."""
    skip: Names = ()
    """Columns of a wide file that are neither labels nor counts."""
    missing: Names = ("-", "*", "..", "n/a", "null")
    """Texts that stand for no number, beside a blank cell."""
    totals: Literal["set_aside", "keep"] = "set_aside"


class _Rows(_Frozen):
    """Which rows are read, and how they are put together."""

    id: Id | None = None
    name: str | None = None
    filter: Filter = Field(default_factory=dict)
    by: Names = ()
    add: Names = ()
    start: dt.date | None = Field(None, alias="from")
    end: dt.date | None = Field(None, alias="to")

    def mentioned(self) -> tuple[str, ...]:
        """Columns whose values tell rows apart."""
        return tuple(dict.fromkeys((*self.filter, *self.by, *self.add)))


class Series(_Rows):
    """``[[series]]``: rows of demand.csv."""

    referrals: Names = ()
    census: Names = ()
    seen: Names = ()
    dna: Names = ()
    list_size: Names = ()
    spread: Literal["months"] | None = None

    def counts(self) -> dict[str, tuple[str, ...]]:
        """Columns that are added to give each measure."""
        return {measure: getattr(self, measure) for measure in MEASURES if getattr(self, measure)}


class Rates(_Rows):
    """``[[rates]]``: DNA rates."""

    seen: Names
    dna: Names
    other: Names = ()
    """Bookings that ended in neither: cancelled, or not recorded."""
    lead: Name | None = None
    """Column with the time between booking and appointment."""
    lead_days: LeadDays = Field(default_factory=dict)
    """First and last day of each label of ``lead`` that the program cannot read by itself."""

    def counts(self) -> dict[str, tuple[str, ...]]:
        """Columns that are added to give each measure."""
        measures = {"seen": self.seen, "dna": self.dna, "other": self.other}
        return {measure: columns for measure, columns in measures.items() if columns}

    def mentioned(self) -> tuple[str, ...]:
        """Columns whose values tell rows apart."""
        lead = () if self.lead is None else (self.lead,)
        return tuple(dict.fromkeys((*super().mentioned(), *lead)))


Spec = Series | Rates


@dataclass(frozen=True)
class Mapping:
    """A mapping file that could be read."""

    file: str
    source: Source
    series: tuple[Series, ...]
    rates: tuple[Rates, ...]

    def specs(self) -> list[tuple[str, Spec]]:
        """Each section with the place messages give it, such as ``series[2]``."""
        named: list[tuple[str, Spec]] = [(f"series[{place}]", spec) for place, spec in enumerate(self.series, start=1)]
        return named + [(f"rates[{place}]", spec) for place, spec in enumerate(self.rates, start=1)]

    def count_columns(self) -> tuple[str, ...]:
        """Every column that is counted."""
        columns = (name for _, spec in self.specs() for names in spec.counts().values() for name in names)
        return tuple(dict.fromkeys(columns))


def read_mapping(path: Path, reading: Reading) -> Mapping | None:
    """Read a mapping file; every fault is added to ``reading``, and None returned where there is any."""
    before = len(reading.faults)
    text = read_text(path, path.name, reading)
    if text is None:
        return None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = f"text that cannot be read as TOML: {error}"
        reading.refuse(path.name, None, None, found, 'lines such as date = "WeekEnding"')
        return None
    file = path.name
    _refuse_unknown(file, data, ("schema", *SECTIONS), "", reading)
    if data.get("schema", SCHEMA_VERSION) != SCHEMA_VERSION:
        reading.refuse(file, None, "schema", messages.shown_value(data["schema"]), str(SCHEMA_VERSION))
    source = _section(file, "source", data.get("source", {}), Source, reading)
    series = _sections(file, "series", data, Series, reading)
    rates = _sections(file, "rates", data, Rates, reading)
    if not data.get("series") and not data.get("rates"):
        reading.refuse(file, None, None, "nothing to import", "a section [[series]] or [[rates]]")
    if len(reading.faults) > before or not isinstance(source, Source):
        return None
    mapping = Mapping(file, source, tuple(series), tuple(rates))
    _check_source(mapping, reading)
    for place, spec in mapping.specs():
        _check_rows(mapping, place, spec, reading)
    _refuse_same_ids(mapping, reading)
    return mapping if len(reading.faults) == before else None


def _refuse_unknown(
    file: str, data: Table[str, Any], known: tuple[str, ...], prefix: str, reading: Reading, id: str | None = None
) -> None:
    for key in data:
        if key not in known:
            hint = nearest(key, known)
            allowed = "a known key" if hint else ", ".join(known)
            reading.refuse(file, None, f"{prefix}{shown(key)}", "an unknown key", allowed, id, hint)


def _keys(kind: type[BaseModel]) -> tuple[str, ...]:
    return tuple(info.alias or name for name, info in kind.model_fields.items())


def _section(file: str, place: str, value: Any, kind: type[_Frozen], reading: Reading) -> Any:
    """Return one section as an object, or None with a fault for each key that is wrong."""
    if not isinstance(value, dict):
        reading.refuse(file, None, place, messages.shown_value(value), f"a section [{place}]")
        return None
    known = _keys(kind)
    id = value.get("id") if isinstance(value.get("id"), str) else None
    _refuse_unknown(file, value, known, f"{place}.", reading, id)
    try:
        return kind.model_validate({key: item for key, item in value.items() if key in known})
    except ValidationError as error:
        for key, found, allowed in messages.faults_of(error):
            reading.refuse(file, None, f"{place}.{key}", found, _allowed(key, allowed), id)
        return None


def _allowed(key: str, allowed: str) -> str:
    return ID_FORM if key == "id" else allowed


def _sections(file: str, name: str, data: Table[str, Any], kind: type[_Frozen], reading: Reading) -> list[Any]:
    found = data.get(name, [])
    if not isinstance(found, list):
        reading.refuse(file, None, name, f"one section [{name}]", f"sections [[{name}]], with two brackets")
        return []
    read = [_section(file, f"{name}[{place}]", value, kind, reading) for place, value in enumerate(found, start=1)]
    return [section for section in read if section is not None]


def _check_source(mapping: Mapping, reading: Reading) -> None:
    """Keys of [source] that need or exclude each other."""
    source, file = mapping.source, mapping.file

    def refuse(key: str, found: str, allowed: str) -> None:
        reading.refuse(file, None, f"source.{key}", found, allowed)

    if source.form == "long":
        for key in ("columns", "skip"):
            if getattr(source, key):
                refuse(key, 'form = "long"', f'{key} only with form = "wide"')
        if (source.measure is None) != (source.value is None):
            missing = "value" if source.value is None else "measure"
            refuse(missing, "nothing", "measure and value together: what a row counts, and its count")
    elif source.columns is None:
        refuse("columns", "nothing", "periods or series: what a column of the wide file stands for")
    by_columns = source.form == "wide" and source.columns == "periods"
    if by_columns and source.date is not None:
        refuse("date", source.date, "no date column: the columns are the periods")
    if mapping.series and source.date is None and not by_columns:
        refuse("date", "nothing", "the column with the date of a row")
    if (source.date is not None or by_columns or mapping.series) and source.dated_by is None:
        allowed = "what a date means: week_ending, week_starting, day, month or quarter"
        refuse("dated_by", "nothing", allowed)


def _check_rows(mapping: Mapping, place: str, spec: Spec, reading: Reading) -> None:
    """Keys of one section that need or exclude each other."""

    def refuse(key: str, found: str, allowed: str) -> None:
        reading.refuse(mapping.file, None, f"{place}.{key}", found, allowed, spec.id)

    if spec.id is None and not spec.by:
        refuse("id", "nothing", f"{ID_FORM}; only a section with by may go without")
    for column in dict.fromkeys(name for name in spec.by if name in spec.add):
        refuse("add", column, "a column that is not named in by")
    if spec.start is not None and spec.end is not None and spec.end < spec.start:
        refuse("to", spec.end.isoformat(), f"a date from {spec.start.isoformat()} on")
    for column, values in spec.filter.items():
        if not values:
            refuse(f"filter.{column}", "an empty list", "a value, or a list of values")
    if isinstance(spec, Series):
        _check_series(mapping, spec, refuse)
    else:
        for label, days in spec.lead_days.items():
            if len(days) not in (1, 2) or (len(days) == 2 and days[1] < days[0]):
                refuse(f"lead_days.{label}", str(list(days)), "[first day, last day], or [first day] for and more")
        if spec.lead_days and spec.lead is None:
            refuse("lead", "nothing", "the column with the labels named in lead_days")


def _check_series(mapping: Mapping, spec: Series, refuse: Any) -> None:
    flows = [name for name in ("referrals", "seen", "dna") if getattr(spec, name)]
    if not spec.counts():
        refuse("referrals", "nothing", f"a column to count, as one of {', '.join(MEASURES)}")
    elif spec.census and flows:
        refuse("census", f"census and {flows[0]}", "one of the two: a caseload is counted, referrals arrive")
    elif not (spec.referrals or spec.census or spec.seen):
        refuse("referrals", "nothing", "referrals, census or seen beside it")
    if spec.dna and not spec.seen:
        refuse("seen", "nothing", "the column with attendances, beside dna")
    if spec.spread and mapping.source.dated_by != "quarter":
        refuse("spread", "months", 'spread only with dated_by = "quarter"')


def _refuse_same_ids(mapping: Mapping, reading: Reading) -> None:
    for specs, name in ((mapping.series, "series"), (mapping.rates, "rates")):
        seen: dict[str, int] = {}
        for place, spec in enumerate(specs, start=1):
            key = spec.id or ""
            if key in seen:
                found = f"{key or 'no id'} again (first in {name}[{seen[key]}])"
                reading.refuse(mapping.file, None, f"{name}[{place}].id", found, "each id once", spec.id)
            seen.setdefault(key, place)
