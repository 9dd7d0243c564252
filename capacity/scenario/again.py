"""Running a comparison again from its record, and saying whether the numbers are the same."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from capacity.errors import Fault, InputError
from capacity.scenario.overlay import Scenario, parse_scenario
from capacity.scenario.run import BASE, DO_NOTHING, RunSettings
from capacity.service.fingerprint import input_hash
from capacity.service.model import Service

SAME_TO = 1e-6
"""Figures of a record have six decimals."""
NUMBERS = ("status", "difference", "share_of_year", "measures", "activities", "lists", "input_hash")
"""Parts of a column that a second run must give again; seconds and words about them are not."""


@dataclass(frozen=True)
class Recorded:
    """A comparison as run.json keeps it."""

    path: str
    model: str
    columns: tuple[tuple[Scenario, ...], ...]
    settings: RunSettings
    run: Mapping[str, Any]
    json: Mapping[str, Any]


def hash_of(text: str, fields: Mapping[str, Any] | None) -> str:
    """SHA-256 of the text of a scenario, or, of one made in code, of its fields in order of their names."""
    return hashlib.sha256((text or json.dumps(fields, sort_keys=True)).encode()).hexdigest()


def read_record(path: str | Path) -> Recorded:
    """Read a run.json.

    Raises
    ------
    capacity.errors.InputError
        It is no record of a comparison, or its scenarios were changed since.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        scenarios = {item["id"]: _scenario(item, str(path)) for item in data["scenarios"]}
        keys = [item for item in data["columns"] if item["column"] not in (DO_NOTHING, BASE)]
        columns = tuple(tuple(scenarios[one] for one in item["scenarios"]) for item in keys)
        run = data["run"]
        settings = RunSettings(float(run["time_limit"]), int(run["workers"]), int(run["seed"]))
        return Recorded(str(path), str(data["model"]), columns, settings, run, data)
    except InputError:
        raise
    except OSError as error:
        raise _refused(path, f"a file that cannot be read ({error.strerror or error})") from None
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise _refused(path, "something else") from None


def check_input(record: Recorded, service: Service) -> None:
    """Refuse a service that is not the one of the record. Raises InputError."""
    if input_hash(service) != record.run.get("input_hash"):
        found = f"another input: {record.model} was changed since, or is another service"
        raise InputError([Fault(record.path, None, "input_hash", found, "the model of that run, as it was then")])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what differs between two records, a sentence each; nothing where the numbers are the same."""
    old = {item["column"]: item for item in before["columns"]}
    new = {item["column"]: item for item in after["columns"]}
    found = [f"{key}: in one of the runs only" for key in [*old, *new] if (key in old) != (key in new)]
    for key in (key for key in old if key in new):
        for part in NUMBERS:
            found += [f"{key}: {said}" for said in _unlike(part, old[key].get(part), new[key].get(part))]
    return tuple(found)


def cut_by_clock(*records: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns whose search was ended by the clock in any of the runs: their numbers depend on how busy a machine is."""
    cut = [item["column"] for record in records for item in record["columns"] if "time" in item["limits_fired"]]
    return tuple(dict.fromkeys(cut))


def _unlike(place: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _unlike(f"{place} {key}", old.get(key), new.get(key))
    elif isinstance(old, float | int) and isinstance(new, float | int) and not isinstance(old, bool):
        if not math.isclose(old, new, rel_tol=0, abs_tol=SAME_TO):
            yield f"{place} was {old:g}, is {new:g}"
    elif old != new:
        yield f"{place} was {old}, is {new}"


def _scenario(item: Mapping[str, Any], path: str) -> Scenario:
    if hash_of(item["text"], item["fields"]) != item["sha256"]:
        raise InputError(
            [Fault(path, None, "scenarios", f"{item['id']}, changed since it was written", "the record as written")]
        )
    if item["text"]:
        return parse_scenario(item["text"], item["id"], f"{item['id']}.toml")
    return Scenario.model_validate(item["fields"])


def _refused(path: str | Path, found: str) -> InputError:
    return InputError([Fault(str(path), None, None, found, "the run.json that capacity compare --out wrote")])
