"""The files of ``capacity establish``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.report import style
from capacity.report.establishment_json import establishment_json
from capacity.report.establishment_text import establishment_text
from capacity.report.outputs import FIGURES, SUMMARY, Files, json_text
from capacity.report.tables import csv_bytes
from capacity.service.columns import TABLES
from capacity.service.model import Service
from capacity.service.resolved import contract_minutes, in_post, policy_of
from capacity.service.settings import FILE as SETTINGS_FILE
from capacity.service.settings import HOLIDAYS
from capacity.service.write import service_files

if TYPE_CHECKING:
    import pandas as pd

    from capacity.report.establishment import Establishment

JSON, TEAM = "establishment.json", "team.csv"
FIGURE = f"{FIGURES}establishment"
FOLDER = "service/"


def establishment_files(found: Establishment) -> Files:
    """Files of an establishment; without a team there is no team.csv, figure or ``service/``."""
    from capacity.report.figures_establishment import establishment_alt, establishment_figure

    files = {JSON: json_text(establishment_json(found)).encode(), SUMMARY: establishment_text(found).encode()}
    service = found.team_service()
    if service is None:
        return files
    figure, alt = establishment_figure(found), establishment_alt(found)
    return {
        **files,
        TEAM: csv_bytes(team_table(found)),
        f"{FIGURE}.svg": style.svg_bytes(figure, alt),
        f"{FIGURE}.png": style.png_bytes(figure, alt),
        **{FOLDER + name: content for name, content in service_files(service).items()},
    }


def establishment_names(service: Service) -> tuple[str, ...]:
    """Every name :func:`establishment_files` may write for a service."""
    tables = [table.file for table in TABLES.values()]
    holidays = service.calendar.bank_holidays
    model = [SETTINGS_FILE, *tables, *([] if holidays in HOLIDAYS else [holidays])]
    return (JSON, SUMMARY, TEAM, f"{FIGURE}.svg", f"{FIGURE}.png", *(FOLDER + name for name in model))


def team_table(found: Establishment) -> pd.DataFrame:
    """One row a member of the team: who stays and who is new, contract, WTE, pounds a year, sessions by activity."""
    import pandas as pd

    assert found.team is not None
    new = {name: line for line in found.posts for name in line.people}
    staff = found.team.costs.staff
    rows = []
    for person in found.team.people:
        if not in_post(found.team, person):
            continue
        wte = contract_minutes(found.team, person) / (60 * policy_of(found.team, person).full_time_hours.value)
        line = new.get(person.person)
        price = staff.get(person.grade or "", staff.get(person.staff_group))
        pounds = (None if price is None else price * wte) if line is None else line.kind.pounds
        rows.append(
            {
                "person": person.person,
                "post": "" if line is None else line.kind.id,
                "new": "no" if line is None else "yes",
                "staff_group": person.staff_group,
                "grade": person.grade or "",
                "contract_pa": person.contract_pa,
                "contract_hours": person.contract_hours,
                "wte": round(wte, 4),
                "pounds": None if pounds is None else round(pounds),
            }
        )
    return pd.DataFrame(rows)
