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
CATEGORIES = ("DCC", "SPA", "ANR", "ED", "flexible")


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
        ],
        columns=["person", "part", "pa", "contract_pa"],
    )


def category_of(time: JobTime, row: JobPlanRow) -> str:
    """Category a row of a job plan counts to: its activity's or role's; ``flexible`` has none yet."""
    if row.activity.startswith(ROLE_PREFIX):
        return time.roles[row.activity.removeprefix(ROLE_PREFIX)].category
    if row.activity in ("spa", "flexible"):
        return {"spa": "SPA", "flexible": "flexible"}[row.activity]
    return "DCC" if is_reserved(row.activity) else time.activities[row.activity].category


def category_split(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return planned DCC, SPA, ANR and ED by person in post, as a tidy frame.

    Columns: person; staff_group; category (DCC with duty weeks and travel; SPA and ANR and ED with their roles;
    ``flexible``: time without an agreed use); pa (of the person's policy, a week present); share (of what is planned);
    contract_pa. As ``pa_split``, with roles under their categories.
    """
    import pandas as pd

    minutes: dict[str, dict[str, float]] = {person: dict.fromkeys(CATEGORIES, 0.0) for person in time.people}
    for row in rows:
        minutes[row.person][category_of(time, row)] += time.row_year_minutes(row)
    frame = []
    for key, person in time.people.items():
        if not time.supplies(key):
            continue
        minutes[key]["DCC"] += time.duty_minutes(key)
        a_pa = time.weeks_present(key) * time.policy(key).pa_minutes.value
        contract = contract_minutes(time.service, person) / time.policy(key).pa_minutes.value
        total = sum(minutes[key].values())
        frame += [
            (key, person.staff_group, category, amount / a_pa, amount / total if total else 0.0, contract)
            for category, amount in minutes[key].items()
        ]
    return pd.DataFrame(frame, columns=["person", "staff_group", "category", "pa", "share", "contract_pa"])
