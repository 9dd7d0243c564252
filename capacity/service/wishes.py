"""What is asked of one plan beyond the service: sessions locked or forbidden, and a plan to start from.

Nothing of this stands in the files of a model: it belongs to one run, such as a page on which somebody has locked a
clinic and asks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from capacity.service.model import ROLE_PREFIX, JobPlanRow


@dataclass(frozen=True)
class Mark:
    """A session or a role of one person that is locked or forbidden.

    ``activity`` is the id of an activity, or ``role:`` and the id of a role, which has no half-day. ``weeks`` None
    means every week for what is forbidden; for what is locked, the weeks it has in the plan it is locked in, or every
    week where it does not stand there.
    """

    person: str
    activity: str
    slot: str = ""
    weeks: tuple[int, ...] | None = None

    @property
    def role(self) -> str | None:
        """Id of the role, None for a session."""
        return self.activity.removeprefix(ROLE_PREFIX) if self.activity.startswith(ROLE_PREFIX) else None

    @property
    def cell(self) -> tuple[str, str, str]:
        """Person, activity and half-day."""
        return (self.person, self.activity, self.slot)

    def __str__(self) -> str:
        parts = [self.person, self.activity, self.slot, ";".join(map(str, self.weeks or ()))]
        return ":".join(part for part in parts if part)


@dataclass(frozen=True)
class Screen:
    """A plan to start from, such as the one on the screen: its rows, and who holds which role."""

    rows: tuple[JobPlanRow, ...]
    holders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, rows: Sequence[JobPlanRow]) -> Screen:
        """Take who holds which role from the rows that give the role time."""
        holders: dict[str, tuple[str, ...]] = {}
        for row in rows:
            if row.activity.startswith(ROLE_PREFIX):
                role = row.activity.removeprefix(ROLE_PREFIX)
                if row.person not in holders.get(role, ()):
                    holders[role] = (*holders.get(role, ()), row.person)
        return cls(tuple(rows), holders)


@dataclass(frozen=True)
class Wishes:
    """What is asked of one plan. Change is measured from ``screen``, or without one from the plans in force."""

    locks: tuple[Mark, ...] = ()
    forbids: tuple[Mark, ...] = ()
    screen: Screen | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what was asked as plain data; empty where nothing was."""
        asked: dict[str, Any] = {"locks": [str(mark) for mark in self.locks], "forbids": list(map(str, self.forbids))}
        if self.screen is not None:
            asked["from_another_plan"] = True
        return {name: value for name, value in asked.items() if value != []}


NO_WISHES = Wishes()
