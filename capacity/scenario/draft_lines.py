"""What happens to a draft while a scenario is laid over it: cells change, and a sentence says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from capacity.errors import Fault, InputError
from capacity.scenario.overlay import Selection
from capacity.scenario.select import Chooser
from capacity.service.cells import nearest
from capacity.service.draft import Draft
from capacity.service.model import Service

SHOWN = 3
"""Rows named in a sentence that is about more."""


@dataclass(frozen=True)
class Change:
    """One sentence of the difference a scenario makes; ``applicable`` is False where it had nothing to change."""

    sentence: str
    applicable: bool
    scenario: str


@dataclass
class Work:
    """A draft, the service as it was before the scenario, and what has been said so far."""

    scenario: str
    draft: Draft
    before: Service
    chooser: Chooser
    place: str
    changes: list[Change] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Add a sentence of what differs."""
        self.changes.append(Change(sentence, True, self.scenario))

    def not_applicable(self, sentence: str) -> None:
        """Say that an operation had nothing to act on."""
        self.changes.append(Change(f"not applicable: {sentence}", False, self.scenario))

    def refuse(self, spot: str, found: str, allowed: str, hint: str = "") -> InputError:
        """Return the error of one fault, to be raised."""
        return InputError([Fault(self.place, None, spot, found, allowed, hint=hint)])

    def rows(self, table: str, ids: Sequence[str] | None, where: Selection | None, spot: str) -> list[str]:
        """Return the ids named or selected; every id must be there. All rows where neither is given."""
        if ids is None:
            return self.draft.ids(table) if where is None else self.selected(table, where, spot)
        known = self.draft.ids(table)
        unknown = [one for one in ids if one not in known]
        if unknown:
            raise InputError(
                [
                    Fault(self.place, None, f"{spot}, id", one, f"an id of {table}", hint=nearest(one, known))
                    for one in unknown
                ]
            )
        return list(ids)

    def selected(self, table: str, where: Selection, spot: str) -> list[str]:
        """Ids that a selection names in the service before the scenario, as far as they are still there."""
        still = set(self.draft.ids(table))
        return [one for one in self.chooser.ids(table, where, f"{spot}, where") if one in still]

    def row(self, table: str, key: str) -> dict[str, str]:
        """Return the row of an id that is known to be there."""
        found = self.draft.row(table, key)
        assert found is not None, f"{table} has no {key}"
        return found


def names_of(items: Sequence[str]) -> str:
    """Name a few, and count the rest: ``c01, c02, c03 and 9 more``."""
    if len(items) <= SHOWN + 1:
        return ", ".join(items)
    return f"{', '.join(items[:SHOWN])} and {len(items) - SHOWN} more"


def listed_cell(text: str | None) -> list[str]:
    """Items of a list cell."""
    return [item.strip() for item in (text or "").split(";") if item.strip()]


def put(row: dict[str, str], column: str, text: str) -> None:
    """Give a cell a text; a blank text empties it."""
    if text:
        row[column] = text
    else:
        row.pop(column, None)
