"""How each person's time divides: DCC, duty, SPA, roles and flexible time, in PAs a week present."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from capacity.demand.result import Demand
from capacity.service.model import ROLE_PREFIX, JobPlanRow, Service
from capacity.service.resolved import contract_minutes, in_post, is_reserved
from capacity.supply.job_time import JobTime

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("DCC", "duty", "SPA", "roles", "flexible")


def year_minutes(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[str, dict[str, float]]:
    """Person -> part -> year-minutes charged by rows of job plans and by duty weeks."""
    parts: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(PARTS, 0.0))
    for person in time.people:
        parts[person]["duty"] = time.duty_minutes(person)
    for row in rows:
        parts[row.person][_part(time, row)] += time.row_year_minutes(row)
    return dict(parts)


def _part(time: JobTime, row: JobPlanRow) -> str:
    if row.activity.startswith(ROLE_PREFIX):
        return "roles"
    if row.activity in ("spa", "flexible"):
        return {"spa": "SPA", "flexible": "flexible"}[row.activity]
    if is_reserved(row.activity):
        return "DCC"
    return {"DCC": "DCC", "SPA": "SPA"}.get(time.activities[row.activity].category, "roles")


def pa_split(service: Service, demand: Demand, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return a tidy frame: person, part, pa (a week present), contract_pa; people in post only."""
    import pandas as pd

    time = JobTime(service, demand)
    minutes = year_minutes(time, rows)
    return pd.DataFrame(
        [
            {
                "person": person.person,
                "part": part,
                "pa": minutes[person.person][part]
                / time.weeks_present(person.person)
                / time.policy(person.person).pa_minutes.value,
                "contract_pa": contract_minutes(service, person) / time.policy(person.person).pa_minutes.value,
            }
            for person in service.people
            if in_post(service, person)
            for part in PARTS
        ]
    )
