"""service.toml -> the settings of a service: every key known, every value of the right type."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from capacity.errors import Fault
from capacity.service import cells, messages
from capacity.service.bank_holidays import read_bank_holidays
from capacity.service.cells import Refused, nearest, shown
from capacity.service.columns import bounds_of
from capacity.service.model import SCHEMA_VERSION, Calendar, Costs, Objective, Service, Sizing, Slots, StaffGroup
from capacity.service.policy import Policy, PolicyError, load_policy, shipped_policies
from capacity.service.tables import Reading, read_text
from capacity.units import DAYS, WEEKDAY_HALF_DAYS, day_name, half_day_order

FILE = "service.toml"
REQUIRED = ("id", "name", "year_starts", "cycle_weeks", "policy")
KEYS = (
    "schema", *REQUIRED, "policies", "objective", "slots", "calendar", "sizing", "rebase", "day_profile", "costs",
)  # fmt: skip
SECTIONS: dict[str, type[BaseModel]] = {
    "objective": Objective,
    "slots": Slots,
    "calendar": Calendar,
    "sizing": Sizing,
    "costs": Costs,
}
HOLIDAYS = ("england", "scotland", "northern_ireland", "none")
HOURS_POLICY = "afc-hours"
OUTSIDE_HOURS = ("Sat", "Sun", "EVE")
SUM_NEAR = 0.005
"""How far the shares of a day profile may add up from 1, as shares are written with few digits."""


@dataclass
class Settings:
    """What service.toml says, as far as it could be read, by field of Service."""

    values: dict[str, Any]
    slots_known: bool = True
    """False when ``[slots]`` could not be read, so that which half-days there are is not known."""

    @property
    def cycle_weeks(self) -> int | None:
        """Length of the cycle, if it could be read."""
        return self.values.get("cycle_weeks")

    def half_days(self) -> tuple[str, ...]:
        """Half-days of the service."""
        slots = self.values.get("slots", Slots())
        return tuple(sorted({*WEEKDAY_HALF_DAYS, *slots.premium, *slots.minutes}, key=half_day_order))


def read_settings(path: Path, reading: Reading) -> Settings:
    """Read service.toml; every fault is added to ``reading``."""
    text = read_text(path, FILE, reading)
    if text is None:
        return Settings({}, slots_known=False)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reading.refuse(FILE, None, None, f"text that cannot be read as TOML: {error}", "lines such as cycle_weeks = 4")
        return Settings({}, slots_known=False)
    if not data:
        reading.refuse(FILE, None, None, "an empty file", f"the keys {', '.join(REQUIRED)}")
        return Settings({}, slots_known=False)
    return settings_of(data, reading)


def settings_of(data: Mapping[str, Any], reading: Reading) -> Settings:
    """Return the settings that the keys of service.toml say; every fault is added to ``reading``."""
    _refuse_newer(data, reading)
    _refuse_unknown(data, KEYS, "", reading)
    for key in (key for key in REQUIRED if key not in data):
        reading.refuse(FILE, None, key, "nothing", "a value, which is required")
    values: dict[str, Any] = {}
    for key in (key for key in KEYS if key in data):
        value = _section(key, data[key], reading) if key in SECTIONS else _value(key, data[key], reading)
        if value is not None:
            values[key] = value
    faults = len(reading.faults)
    _check_slots(values, reading)
    _check_tiers(values, reading)
    start = values.get("year_starts")
    if start is not None and (start.month, start.day) == (2, 29):
        reading.refuse(FILE, None, "year_starts", start.isoformat(), "a date that there is in every year")
    return Settings(values, slots_known=not any(_is_about_slots(fault) for fault in reading.faults[:faults]))


def _is_about_slots(fault: Fault) -> bool:
    return fault.file == FILE and (fault.column or "").startswith("slots")


def _refuse_newer(data: Mapping[str, Any], reading: Reading) -> None:
    schema = data.get("schema")
    if isinstance(schema, int) and not isinstance(schema, bool) and schema != SCHEMA_VERSION:
        hint = "This model was written for a newer version of the program" if schema > SCHEMA_VERSION else ""
        reading.refuse(FILE, None, "schema", str(schema), str(SCHEMA_VERSION), hint=hint)


def _refuse_unknown(data: Mapping[str, Any], known: tuple[str, ...], prefix: str, reading: Reading) -> None:
    for key in data:
        if key not in known:
            hint = nearest(key, known)
            allowed = "a known key" if hint else ", ".join(known)
            reading.refuse(FILE, None, f"{prefix}{shown(key)}", "an unknown key", allowed, hint=hint)


def _value(key: str, value: Any, reading: Reading) -> Any:
    """Read one top-level value that is not a section."""
    if key == "policies":
        return _policies(value, reading)
    if key == "rebase":
        return _rebase(value, reading)
    if key == "day_profile":
        return _day_profiles(value, reading)
    field = "schema_version" if key == "schema" else key
    return _checked(key, value, Service.model_fields[field], reading)


def _policies(value: Any, reading: Reading) -> dict[str, str] | None:
    if not isinstance(value, dict):
        reading.refuse(FILE, None, "policies", _found(value), "a table of staff groups and policies")
        return None
    groups = get_args(StaffGroup)
    _refuse_unknown(value, groups, "policies.", reading)
    for group, policy in value.items():
        if not isinstance(policy, str):
            reading.refuse(FILE, None, f"policies.{group}", _found(policy), "the name of a policy")
    return {group: policy for group, policy in value.items() if group in groups and isinstance(policy, str)}


def _rebase(value: Any, reading: Reading) -> dict[str, dt.date] | None:
    """Read ``[rebase]``: a date for each series."""
    if not isinstance(value, dict):
        reading.refuse(FILE, None, "rebase", _found(value), "a table of series and dates")
        return None
    dates = {}
    for series, given in value.items():
        where = f"rebase.{shown(series)}"
        if not cells.is_ident(series):
            reading.refuse(FILE, None, where, shown(series), cells.ID_FORM)
        elif type(day := _as_date(given)) is dt.date:
            dates[series] = day
        else:
            reading.refuse(FILE, None, where, _found(given), "a date such as 2026-10-05")
    return dates


def _day_profiles(value: Any, reading: Reading) -> dict[str, dict[str, float]] | None:
    """Read ``[day_profile.<series>]``: the share of a week that falls on each day."""
    if not isinstance(value, dict):
        reading.refuse(FILE, None, "day_profile", _found(value), "a table [day_profile.<series>] of days and shares")
        return None
    profiles = {}
    for series, given in value.items():
        where = f"day_profile.{shown(series)}"
        if not cells.is_ident(series):
            reading.refuse(FILE, None, where, shown(series), cells.ID_FORM)
        elif not isinstance(given, dict):
            reading.refuse(FILE, None, where, _found(given), "a table of days and shares, such as Mon = 0.26")
        elif shares := _day_shares(where, given, reading):
            profiles[series] = shares
    return profiles


def _day_shares(where: str, given: dict[str, Any], reading: Reading) -> dict[str, float] | None:
    """Shares by day in the order of the week, or None with a fault."""
    shares: dict[str, float] = {}
    faults = len(reading.faults)
    for name, share in given.items():
        day = day_name(name)
        if day is None:
            reading.refuse(
                FILE, None, f"{where}.{shown(name)}", "an unknown day", ", ".join(DAYS), hint=nearest(name, DAYS)
            )
        elif day in shares:
            reading.refuse(FILE, None, f"{where}.{shown(name)}", f"{day} twice", "each day once")
        elif isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            is_percent = isinstance(share, (int, float)) and not isinstance(share, bool) and 1 < share <= 100
            hint = f"Did you mean {cells.plain(share / 100)}?" if is_percent else ""
            reading.refuse(FILE, None, f"{where}.{name}", _found(share), "0 to 1", hint=hint)
        else:
            shares[day] = float(share)
    if len(reading.faults) > faults:
        return None
    total = sum(shares.values())
    if abs(total - 1) > SUM_NEAR:
        reading.refuse(FILE, None, where, f"shares that add up to {total:.4g}", "shares of a week, which add up to 1")
        return None
    return {day: shares[day] for day in DAYS if day in shares}


def _section(key: str, value: Any, reading: Reading) -> BaseModel | None:
    """Read one table of service.toml."""
    record = SECTIONS[key]
    if not isinstance(value, dict):
        reading.refuse(FILE, None, key, _found(value), f"a table [{key}]")
        return None
    _refuse_unknown(value, tuple(record.model_fields), f"{key}.", reading)
    values = {}
    for name, info in record.model_fields.items():
        if name in value:
            given = _half_days(f"{key}.{name}", value[name], reading) if key == "slots" else value[name]
            read = _checked(f"{key}.{name}", given, info, reading)
            if read is not None:
                values[name] = read
    return record(**values)


def _half_days(where: str, value: Any, reading: Reading) -> Any:
    """Write half-days in their one form; leave anything else for the type check."""

    def one(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        try:
            return cells.slot(text)
        except Refused as refused:
            reading.refuse(FILE, None, where, shown(text), refused.allowed, hint=refused.hint)
            return None

    if isinstance(value, list):
        slots = [each for each in map(one, value) if each is not None]
        for slot in sorted({str(each) for each in slots if slots.count(each) > 1}):
            reading.refuse(FILE, None, where, f"{slot} twice", "each half-day once")
        return slots
    if isinstance(value, dict):
        return {one(text): minutes for text, minutes in value.items() if one(text) is not None}
    return value


def _checked(where: str, value: Any, info: FieldInfo, reading: Reading) -> Any:
    """Check one value against its field; None, with a fault, where it does not fit."""
    given = _as_date(value) if bounds_of(info)[0] is dt.date else _tuples(value)
    annotation: Any = info.annotation
    for mark in info.metadata:
        annotation = Annotated[annotation, mark]
    try:
        return TypeAdapter(annotation).validate_python(given, strict=True)
    except ValidationError as error:
        for place, found, form in messages.faults_of(error):
            keys = [part for part in place.split(".") if part and not part.isdigit() and part != "[key]"]
            allowed = form if place else _allowed(info) or form
            chosen = bool(place) or get_origin(bounds_of(info)[0]) is Literal
            is_text = isinstance(value, str) and "text" not in allowed and not chosen
            quoted = f'"{found}" in quotation marks' if is_text else found
            hint = nearest(found, re.split(", | or ", form)) if chosen else ""
            reading.refuse(FILE, None, ".".join([where, *keys]), quoted, allowed, hint=hint)
        return None


def _allowed(info: FieldInfo) -> str:
    kind, bounds, pattern = bounds_of(info)
    if kind is int:
        return f"a whole number, {bounds}"
    if kind is float:
        return f"a number, {bounds}"
    if kind is bool:
        return "true or false"
    if kind is str:
        return cells.ID_FORM if pattern else "text in quotation marks"
    if kind is dt.date:
        return "a date such as 2027-04-01"
    if get_origin(kind) is tuple:
        return "a list in square brackets"
    return "a table of names and values" if get_origin(kind) is dict else ""


def _as_date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return cells.date(value.strip())
        except Refused:
            return value
    return value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _found(value: Any) -> str:
    return messages.shown_value(value)


def _check_slots(values: dict[str, Any], reading: Reading) -> None:
    """Saturdays, Sundays and evenings are premium: those with a length must be listed as premium too."""
    slots = values.get("slots")
    if slots is None:
        return
    cycle = values.get("cycle_weeks")
    if slots.max_weekends is not None and cycle is not None and slots.max_weekends > cycle:
        allowed = f"0 to the weeks of the cycle, {cycle}"
        reading.refuse(FILE, None, "slots.max_weekends", str(slots.max_weekends), allowed)
    for slot in slots.minutes:
        if is_outside_hours(slot) and slot not in slots.premium:
            reading.refuse(FILE, None, "slots.minutes", slot, "Sat, Sun and EVE only if listed in slots.premium")


def _check_tiers(values: dict[str, Any], reading: Reading) -> None:
    tiers = values.get("objective", Objective()).tiers
    for tier in sorted({tier for tier in tiers if tiers.count(tier) > 1}):
        reading.refuse(FILE, None, "objective.tiers", f"{tier} twice", "each tier once")


def is_outside_hours(slot: str) -> bool:
    """Whether a half-day is on a Saturday or Sunday or in an evening."""
    return any(part in OUTSIDE_HOURS for part in slot.split())


def check_calendar(settings: Settings, folder: Path, reading: Reading) -> None:
    """Bank holidays are those of a country, none, or a file of dates in the folder."""
    calendar = settings.values.get("calendar")
    if calendar is None or calendar.bank_holidays in HOLIDAYS:
        return
    name = calendar.bank_holidays
    if Path(name).name != name or not (folder / name).is_file():
        allowed = f"{', '.join(HOLIDAYS)}, or a file of dates in the folder"
        found, hint = shown(name) or "blank text", nearest(name, HOLIDAYS)
        reading.refuse(FILE, None, "calendar.bank_holidays", found, allowed, hint=hint)
        return
    settings.values["bank_holiday_dates"] = read_bank_holidays(folder / name, reading)


def read_policies(settings: Settings, hours: bool, folder: Path, reading: Reading) -> dict[str, Policy]:
    """Read every policy the service names, and those they extend, by name.

    ``hours`` says that someone has a contract in hours, for which afc-hours is the default.
    """
    wanted: dict[str, str] = {}
    if isinstance(settings.values.get("policy"), str):
        wanted[settings.values["policy"]] = "policy"
    for group, name in settings.values.get("policies", {}).items():
        wanted.setdefault(name, f"policies.{group}")
    if hours:
        wanted.setdefault(HOURS_POLICY, "policies")
    tables: dict[str, Policy] = {}
    for name, where in wanted.items():
        _read_policy(name, where, folder, tables, reading)
    return tables


def _read_policy(name: str, where: str, folder: Path, tables: dict[str, Policy], reading: Reading) -> None:
    if name in tables:
        return
    if Path(name).name != name or "\\" in name:
        reading.refuse(FILE, None, where, shown(name) or "blank text", "the name of a policy, not a path")
        return
    try:
        tables[name] = load_policy(name, folder)
    except PolicyError as error:
        _refuse_policy(name, where, folder, error, reading)
        return
    base = tables[name].extends
    if base is not None and base not in shipped_policies():
        _read_policy(base, where, folder, tables, reading)


def _refuse_policy(name: str, where: str, folder: Path, error: PolicyError, reading: Reading) -> None:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        for place, found, allowed in messages.faults_of(cause):
            hint = nearest(place, Policy.model_fields) if found == "an unknown name" else ""
            reading.refuse(f"policies/{name}.toml", None, place, found, allowed, hint=hint)
        return
    own = own_policies(folder)
    if name not in own and name not in shipped_policies():
        known = sorted({*own, *shipped_policies()})
        allowed = f"{', '.join(known)}, or a file policies/{shown(name)}.toml of your own"
        reading.refuse(FILE, None, where, shown(name) or "blank text", allowed, hint=nearest(name, known))
        return
    reading.refuse(f"policies/{name}.toml", None, None, shown(str(error), 200), "a policy that can be read")


def own_policies(folder: Path) -> tuple[str, ...]:
    """Names of the policy files in ``policies/`` inside the model's folder and beside it."""
    places = (folder / "policies", folder.parent / "policies")
    return tuple(sorted({path.stem for place in places if place.is_dir() for path in place.glob("*.toml")}))
