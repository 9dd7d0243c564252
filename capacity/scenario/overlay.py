"""A scenario as its TOML file says it: typed operations on a service, and what they cost."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from capacity.errors import Fault, InputError
from capacity.service.cells import nearest
from capacity.service.columns import TABLES
from capacity.service.messages import faults_of, shown_value
from capacity.service.tables import Reading, read_text

SERVICE = "service"
"""The table name that stands for service.toml."""
CHANGEABLE = tuple(name for name in TABLES if name not in ("demand", "delivered"))

Cells: TypeAlias = dict[str, Any]
"""Values by column, in TOML's own types or as a cell of the file would say them; of settings also tables of values."""
Where: TypeAlias = dict[str, Any]
"""Conditions that all must hold, with at most one of ``largest``, ``smallest``, ``busiest``, ``shortest``."""
Selection: TypeAlias = Where | list[Where]
"""Of several, the first that matches anything."""
DayOfYear: TypeAlias = dt.date | Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-([0-2][0-9]|3[01])$")]
"""A date, or month and day of the plan year, as in ``12-01``."""
PICKS = ("largest", "smallest", "busiest", "shortest")


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return tables within tables as one, with dots in the names."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Costs(_Frozen):
    """What a scenario itself costs, in pounds, beyond what the service prices: a licence, a refurbished room."""

    recurrent: float | None = None
    """A year."""
    one_off: float | None = None


class _Rows(_Frozen):
    """Names the rows of a table: by id, or by what they are."""

    table: str
    id: str | list[str] | None = None
    where: Selection | None = None

    @model_validator(mode="after")
    def _named(self) -> _Rows:
        if self.id is not None and self.where is not None:
            raise ValueError("both id and where; give one of them")
        if self.table not in (*CHANGEABLE, SERVICE):
            raise ValueError(f"table = {self.table!r}; allowed {', '.join((*CHANGEABLE, SERVICE))}")
        return self

    @property
    def ids(self) -> tuple[str, ...] | None:
        """The ids given; None where rows are named by ``where``."""
        return None if self.id is None else (self.id,) if isinstance(self.id, str) else tuple(self.id)


class ChangeRows(_Rows):
    """Give cells of rows another value: ``set`` it, ``scale`` it, add to it (``plus``) or take from it (``minus``).

    ``plus`` and ``minus`` add to numbers, and put items into lists or take them out.
    """

    op: Literal["change"]
    set: Cells = Field(default_factory=dict)
    scale: Cells = Field(default_factory=dict)
    plus: Cells = Field(default_factory=dict)
    minus: Cells = Field(default_factory=dict)
    leave_rotas: bool = False
    """Of people: whether they come off every rota they are on."""

    @model_validator(mode="after")
    def _changes(self) -> ChangeRows:
        fields = [name for cells in (self.set, self.scale, self.plus, self.minus) for name in flat(cells)]
        if self.leave_rotas and self.table != "people":
            raise ValueError("leave_rotas for something that is no person; leave it out")
        if not fields and not self.leave_rotas:
            raise ValueError("nothing to change; give set, scale, plus or minus")
        for name, factor in flat(self.scale).items():
            if isinstance(factor, bool) or not isinstance(factor, (int, float)) or factor < 0:
                raise ValueError(f"scale {name} = {factor}; allowed a number, 0 or more")
        for field in fields:
            if fields.count(field) > 1:
                raise ValueError(f"{field} is changed twice in one operation; change it once")
        if self.table == SERVICE and (self.id is not None or self.where is not None):
            raise ValueError("id or where for the settings of the service; leave them out")
        if self.table != SERVICE and self.id is None and self.where is None:
            raise ValueError("no rows are named; give id or where, where = {} for all of them")
        return self


class AddRow(_Rows):
    """Add a row, or for skills and templates one for each pair.

    ``like`` (an id or a selection) gives what ``set`` does not say; a person like another also has their skills, and
    ``rotas`` of ids or true for the other's rotas. ``people`` and ``activities`` give the pairs of skills.
    """

    op: Literal["add"]
    like: str | Selection | None = None
    set: Cells = Field(default_factory=dict)
    rotas: bool | list[str] = False
    people: Selection | list[str] | None = None
    activities: Selection | list[str] | None = None
    members: Selection | None = None
    """People on a new rota."""
    delivers: dict[str, Any] | None = None
    """Of a new rota: ``{ where = {...}, sessions = 5 }``, or ids and sessions."""

    @model_validator(mode="after")
    def _adds(self) -> AddRow:
        if self.where is not None:
            raise ValueError("where in an operation that adds; use like to copy a row")
        if self.table == SERVICE:
            raise ValueError("nothing can be added to the settings of the service; change them")
        if self.rotas is not False and self.table != "people":
            raise ValueError("rotas for something that is no person; leave it out")
        return self


class RemoveRows(_Rows):
    """Take rows away, with everything that refers to them."""

    op: Literal["remove"]

    @model_validator(mode="after")
    def _removes(self) -> RemoveRows:
        if self.id is None and self.where is None:
            raise ValueError("no rows are named; give id or where")
        if self.table == SERVICE:
            raise ValueError("the settings of a service cannot be removed; change them")
        return self


class ScaleDemand(_Frozen):
    """Multiply referrals of streams, all or some, from a date of the plan year or all of it.

    What streams generate follows. Of part of the year the mean over the year counts.
    """

    op: Literal["scale_demand"]
    factor: Annotated[float, Field(gt=0, le=10)]
    id: str | list[str] | None = None
    where: Selection | None = None
    from_: DayOfYear | None = Field(default=None, alias="from")
    to: DayOfYear | None = None

    @model_validator(mode="after")
    def _dates(self) -> ScaleDemand:
        if self.id is not None and self.where is not None:
            raise ValueError("both id and where; give one of them")
        return self


class Close(_Frozen):
    """Close half-days (``Fri PM``) or whole days (``Fri``): of rooms, of a site, or of the whole service.

    Without ``half_days`` rooms and sites close altogether. ``count`` is how many rooms of a group close.
    """

    op: Literal["close"]
    half_days: list[str] | None = None
    room: str | None = None
    where: Selection | None = None
    """Selects rooms."""
    count: Annotated[int, Field(ge=1)] | None = None
    site: str | None = None

    @model_validator(mode="after")
    def _what(self) -> Close:
        named = [name for name in ("room", "where", "site") if getattr(self, name) is not None]
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)}; give one of them")
        if not named and self.half_days is None:
            raise ValueError("nothing to close; give half_days, room, where or site")
        if self.count is not None and not (self.room or self.where is not None):
            raise ValueError("count without rooms; give room or where")
        return self


Operation = Annotated[ChangeRows | AddRow | RemoveRows | ScaleDemand | Close, Field(discriminator="op")]


class Scenario(_Frozen):
    """A named set of changes to a service.

    ``starts`` and ``ends`` say for which part of the plan year they hold: results are those of a full year, and the
    part-year effect stands beside them.
    """

    id: str
    name: str
    about: str = ""
    starts: DayOfYear | None = None
    ends: DayOfYear | None = None
    costs: Costs = Costs()
    change: tuple[Operation, ...] = ()
    source: str = ""
    """Text it was read from."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The changes, in the order in which they are made."""
        return self.change


def read_scenario(path: str | Path, folders: Iterable[Path] = ()) -> Scenario:
    """Read a scenario from its TOML file, or by its name (the file's, without .toml) from one of ``folders``.

    Raises
    ------
    InputError
        With every fault of the file, or the nearest name where there is no such file.
    """
    places = [Path(path), *(folder / f"{path}.toml" for folder in folders)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        known = sorted({file.stem for folder in folders if folder.is_dir() for file in folder.glob("*.toml")})
        near = get_close_matches(Path(path).stem, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else ""
        allowed = f"a scenario file (TOML), or one of: {', '.join(known)}" if known else "a scenario file (TOML)"
        raise InputError([Fault(str(path), None, None, "no such scenario", allowed, hint=hint)])
    reading = Reading()
    text = read_text(found, found.name, reading)
    if text is None:
        raise InputError(reading.faults)
    return parse_scenario(text, found.stem, found.name)


def parse_scenario(text: str, id: str, where: str = "scenario") -> Scenario:
    """Return the scenario that a TOML text says; ``where`` is what faults call it. Raises InputError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = f"text that cannot be read as TOML: {error}"
        raise InputError([Fault(where, None, None, found, "keys and [[change]] tables")]) from None
    faults = [*_unknown_keys(data, where), *_unknown_operations(data, where)]
    if not data.get("change") and not faults:
        faults.append(Fault(where, None, "change", "nothing", "at least one [[change]] table"))
    if faults:
        raise InputError(faults)
    try:
        return Scenario.model_validate({"name": id, **data, "id": id, "source": text})
    except ValidationError as error:
        raise InputError(_faults(error, where)) from None


def _unknown_keys(data: dict[str, Any], where: str) -> list[Fault]:
    known = ("name", "about", "starts", "ends", "costs", "change")
    return [
        Fault(where, None, key, "an unknown key", ", ".join(known), hint=nearest(key, known))
        for key in data
        if key not in known
    ]


OPERATIONS: dict[str, type[BaseModel]] = {
    "change": ChangeRows, "add": AddRow, "remove": RemoveRows, "scale_demand": ScaleDemand, "close": Close,
}  # fmt: skip


def _unknown_operations(data: dict[str, Any], where: str) -> list[Fault]:
    """Faults of what each change is called and which keys it has."""
    changes = data.get("change", [])
    if not isinstance(changes, list):
        return [Fault(where, None, "change", shown_value(changes), "[[change]] tables, in double brackets")]
    faults = []
    for number, change in enumerate(changes, start=1):
        place = f"change {number}"
        op = change.get("op") if isinstance(change, dict) else None
        if op not in OPERATIONS:
            found = "no op" if op is None else f"op = {shown_value(op)}"
            faults.append(Fault(where, None, place, found, ", ".join(OPERATIONS), hint=nearest(str(op), OPERATIONS)))
            continue
        known = [info.alias or name for name, info in OPERATIONS[op].model_fields.items()]
        for key in change:
            if key not in known:
                hint = nearest(key, known)
                faults.append(Fault(where, None, f"{place}, {key}", "an unknown key", ", ".join(known), hint=hint))
    return faults


def _faults(error: ValidationError, where: str) -> list[Fault]:
    """Say in which change each fault is."""
    faults = []
    for item, (place, found, allowed) in zip(error.errors(), faults_of(error), strict=True):
        loc = item["loc"]
        spot = place
        if loc[:1] == ("change",) and len(loc) > 1:
            inner = [str(part) for part in loc[2:] if part not in OPERATIONS]
            spot = f"change {int(loc[1]) + 1}" + (f", {'.'.join(inner)}" if inner else "")
        if item["type"] == "value_error":
            found, _, allowed = str(item["ctx"]["error"]).partition("; ")
            allowed = allowed.removeprefix("allowed ")
        faults.append(Fault(where, None, spot or None, found, allowed or "see scenarios/README.md"))
    return faults
