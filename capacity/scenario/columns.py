"""From what a user names to the columns of a comparison: files, ids of shipped scenarios, and stacks of both."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from capacity.errors import Fault, InputError
from capacity.scenario.overlay import Scenario, read_scenario
from capacity.scenario.run import JOIN, key_of

WHERE = "--scenario"
Named = str | os.PathLike[str] | Scenario
"""A scenario, or the path of its file, or its id in a folder of scenarios."""
Wanted = Named | Sequence[Named]
"""One column: a scenario, or several stacked in order. In text, + stands between them."""


def columns_of(wanted: Iterable[Wanted], folders: Sequence[Path] = ()) -> tuple[tuple[Scenario, ...], ...]:
    """Return the scenarios of each column, in order.

    Raises
    ------
    capacity.errors.InputError
        With every fault: no such file or id (with the nearest), a scenario twice in one column, a column twice, two
        different scenarios of one id.
    """
    faults: list[Fault] = []
    read: dict[str, Scenario] = {}
    columns = []
    for one in wanted:
        parts = [scenario for part in _parts(one) if (scenario := _read(part, folders, read, faults)) is not None]
        faults += _twice([part.id for part in parts], "scenario")
        if parts:
            columns.append(tuple(parts))
    faults += _twice([key_of(column) for column in columns], "column")
    faults += _unlike([scenario for column in columns for scenario in column])
    if faults:
        raise InputError(dict.fromkeys(faults))
    return tuple(columns)


def _parts(one: Wanted) -> list[Named]:
    if isinstance(one, Scenario):
        return [one]
    if isinstance(one, str):
        return [one] if Path(one).is_file() else [part.strip() for part in one.split(JOIN)]
    return [one] if isinstance(one, os.PathLike) else list(one)


def _read(part: Named, folders: Sequence[Path], read: dict[str, Scenario], faults: list[Fault]) -> Scenario | None:
    if isinstance(part, Scenario):
        return part
    name = os.fspath(part)
    if not name:
        faults.append(Fault(WHERE, None, None, "a blank name", f"scenarios with {JOIN} between them"))
        return None
    if name not in read:
        try:
            read[name] = read_scenario(name, folders)
        except InputError as error:
            faults += error.faults
            return None
    return read[name]


def _twice(keys: Sequence[str], what: str) -> list[Fault]:
    again = dict.fromkeys(key for key in keys if keys.count(key) > 1)
    return [Fault(WHERE, None, None, f"{key} twice", f"each {what} once") for key in again]


def _unlike(scenarios: Sequence[Scenario]) -> list[Fault]:
    """Faults of ids that stand for two different scenarios: their columns could not be told apart."""
    first: dict[str, Scenario] = {}
    return [
        Fault(WHERE, None, None, f"two different scenarios called {one.id}", "an id for each; rename one of the files")
        for one in scenarios
        if first.setdefault(one.id, one) != one
    ]
