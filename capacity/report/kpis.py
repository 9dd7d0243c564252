"""Key figures of job planning as a page and files: groups of under five suppressed, levels with their evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.answer import position_now, vacant_roles
from capacity.demand.result import Demand
from capacity.outcome import TeamPlan
from capacity.report.words import fixed, listed, number, table, wrapped
from capacity.service.model import Service
from capacity.supply.gap import Gap
from capacity.supply.kpis import EXPIRING_DAYS, FEW, GroupKpis, hidden, kpis

if TYPE_CHECKING:
    import pandas as pd

TARGET = 0.9
"""Share of staff with an active plan that trusts aim for (guide, appendix 5)."""
COLUMNS = (
    "group", "people", "active", "active_share", *(f"expiring_{days}" for days in EXPIRING_DAYS), "dcc_share",
    "variance", "paid_pa", "planned_pa", "over_12_pa", "open_ended",
)  # fmt: skip
FILES = ("kpis.csv", "services.csv", "summary.txt", "kpis.json")


@dataclass(frozen=True)
class Evidence:
    """What the inputs can show of one level of attainment, and what they cannot."""

    level: int
    name: str
    shown: str
    cannot: str


@dataclass(frozen=True)
class ServiceLine:
    """One service of the table of services."""

    service: str
    name: str
    people: int
    active_share: float | None
    vacant_roles: int
    required: float
    short: float


@dataclass(frozen=True, repr=False)
class Kpis:
    """Key figures of one service or several, as of a day."""

    on: dt.date
    groups: tuple[GroupKpis, ...]
    services: tuple[ServiceLine, ...]
    levels: tuple[Evidence, ...]

    @property
    def hidden(self) -> frozenset[str]:
        """Groups that are not shown."""
        return hidden(self.groups)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a group; the figures of hidden groups are missing."""
        import pandas as pd

        return pd.DataFrame([self._row(group) for group in self.groups], columns=list(COLUMNS))

    def _row(self, group: GroupKpis) -> tuple[Any, ...]:
        if group.group in self.hidden:
            return (group.group, *([None] * (len(COLUMNS) - 1)))
        return (
            group.group, group.people, group.active, group.active_share, *group.expiring.values(), group.dcc_share,
            group.variance, round(group.paid_pa, 2), round(group.planned_pa, 2), group.over_12_pa, group.open_ended,
        )  # fmt: skip

    def sentence(self) -> str:
        """Share with an active plan against the target."""
        whole = self.groups[-1]
        if not whole.people:
            return "Nobody in post has a job plan."
        if whole.people < FEW:
            return f"Under {FEW} people have a job plan, too few to show figures of."
        share = whole.active / whole.people
        reached = "the target of more than 90 % is met" if share > TARGET else "the target is more than 90 %"
        return f"{whole.active} of {whole.people} people have an active job plan ({share:.0%}): {reached}."

    def summary(self) -> str:
        """Return the page as plain text of at most 100 columns."""
        shown = [group for group in self.groups if group.group not in self.hidden and group.people >= FEW]
        header = ["group", "people", "active", *(f"{days} d" for days in EXPIRING_DAYS), "DCC", "delivered", "paid PA",
                  "planned PA", "> 12 PA", "no end"]  # fmt: skip
        rows = [
            [group.group, str(group.people), _share(group.active_share), *map(str, group.expiring.values()),
             _share(group.dcc_share), _variance(group.variance), *_pas(group), str(group.over_12_pa),
             str(group.open_ended)]
            for group in shown
        ]  # fmt: skip
        few = sorted(self.hidden)
        sections = [
            wrapped(f"Key figures of job planning as of {self.on.day} {self.on:%B %Y}"),
            wrapped(self.sentence()),
            table(header, rows) if rows else "",
            wrapped(
                "Active: reviewed and approved within 12 months. 30, 60, 90 d: active plans that lapse in so many days."
                " DCC: planned direct clinical care over all planned time, time without an agreed use apart. Delivered:"
                " sessions delivered against those planned, leave accounted for (needs delivered.csv). PAs are of"
                " people contracted in PAs. No end: paid above contract with no end date."
            ),
            wrapped(
                f"Not shown, to protect people (groups of under {FEW}, and a further one where the total would give a"
                f" single group away): {listed(few)}."
            )
            if few
            else "",
            self._services(),
            self._levels(),
        ]
        return "\n\n".join(section for section in sections if section) + "\n"

    def _services(self) -> str:
        rows = []
        for line in self.services:
            few = line.people < FEW
            rows.append(
                [line.service, f"under {FEW}" if few else str(line.people), "-" if few else _share(line.active_share),
                 str(line.vacant_roles), fixed(line.required), fixed(line.short)]
            )  # fmt: skip
        return table(["service", "people", "active", "roles vacant", "required", "short"], rows)

    def _levels(self) -> str:
        lines = [
            wrapped(f"Level {one.level}, {one.name}: {one.shown} Not shown here: {one.cannot}.", "", "  ")
            for one in self.levels
        ]
        no_software = "This program is not e-job-planning software: by itself it evidences no level, not even level 1."
        return "\n".join(["Levels of attainment: what these files can show", *lines, wrapped(no_software)])

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data; figures of hidden groups are null."""
        return {
            "on": self.on.isoformat(),
            "sentence": self.sentence(),
            "groups": [dict(zip(COLUMNS, self._row(group), strict=True)) for group in self.groups],
            "services": [dict(line.__dict__) for line in self.services],
            "levels": [dict(one.__dict__) for one in self.levels],
        }

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write kpis.csv, services.csv, kpis.json and the summary, all of them or none. Raises OutputError."""
        import pandas as pd

        from capacity.report.files import write_outputs
        from capacity.report.outputs import json_text
        from capacity.report.tables import csv_bytes

        files = {
            "kpis.csv": csv_bytes(self.frame),
            "services.csv": csv_bytes(pd.DataFrame([line.__dict__ for line in self.services])),
            "kpis.json": json_text(self.to_json()).encode(),
            "summary.txt": self.summary().encode(),
        }
        return write_outputs(folder, files, force)


def kpis_of(services: Sequence[tuple[Service, Demand, Gap]], on: dt.date) -> Kpis:
    """Return the key figures of services, with their gaps, as of a day."""
    groups = kpis([(service, demand) for service, demand, _ in services], on)
    lines = tuple(_line(service, demand, gap, on) for service, demand, gap in services)
    return Kpis(on, groups, lines, _levels(services, groups[-1]))


def _line(service: Service, demand: Demand, gap: Gap, on: dt.date) -> ServiceLine:
    whole = kpis([(service, demand)], on)[-1]
    now = position_now(gap)
    held = {role.role: role.held_by for role in service.roles}
    vacant = sum(vacant_roles(service, TeamPlan((), held, {})).values())
    share = whole.active_share if whole.people >= FEW else None
    return ServiceLine(service.id, service.name, whole.people, share, vacant, now.required, now.short)


def _levels(services: Sequence[tuple[Service, Demand, Gap]], whole: GroupKpis) -> tuple[Evidence, ...]:
    number_of = len(services)
    objectives = sum(bool(service.objectives) for service, *_ in services)
    delivered = sum(bool(service.delivered) for service, *_ in services)
    output = sum(any(a.contact_minutes is not None for a in service.activities) for service, *_ in services)
    share = "nobody has a plan" if not whole.people else f"{whole.active / whole.people:.0%} have an active plan"
    many = "service" if number_of == 1 else "services"
    return (
        Evidence(1, "basic individual", f"{share} (at least 90 % are asked for).",
                 "the software, training and policies"),
        Evidence(2, "advanced individual", f"{output} of {number_of} {many} say what sessions are expected to deliver.",
                 "time and resources given to job planning, and its culture"),
        Evidence(3, "team", f"capacity and demand are worked out for {number_of} {many}; {delivered} of them reconcile"
                 f" delivered sessions, {objectives} hold objectives.", "that meetings take place, and the e-roster"),
        Evidence(4, "organisational", "nothing.", "accountability of the board, budgets and audit"),
    )  # fmt: skip


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _variance(value: float | None) -> str:
    return "-" if value is None else f"{value:+.0%}"


def _pas(group: GroupKpis) -> list[str]:
    return [number(group.paid_pa), number(group.planned_pa)] if group.paid_pa else ["-", "-"]
