"""The figure of an establishment: PAs by staff group, in post and new, against what the plan asks of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from capacity.report import style
from capacity.report.sheet import (
    PAPER,
    SMALL,
    axis_words,
    close_sheet,
    empty_sheet,
    folded_names,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
)
from capacity.report.words import count, number
from capacity.service.model import Person
from capacity.service.resolved import in_post, is_planned, is_reserved
from capacity.supply.job_time import JobTime

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from capacity.report.establishment import Establishment

TITLE = "Posts and PAs by group against requirement"


@dataclass
class GroupRow:
    """One staff group and grade: people and PAs in post and new, and PAs of sessions and duty in the plan."""

    group: str
    people: int = 0
    stay_pa: float = 0.0
    posts: int = 0
    new_pa: float = 0.0
    required_pa: float = 0.0


def group_rows(found: Establishment) -> list[GroupRow]:
    """One row a staff group and grade of the team, in file order; an hours contract counts 4 hours a PA."""
    if found.team is None or found.outcome is None or found.outcome.plan is None:
        return []
    time = JobTime(found.team, found.required)
    new = {name for line in found.posts for name in line.people}
    rows: dict[str, GroupRow] = {}
    for person in found.team.people:
        if not in_post(found.team, person) or not is_planned(found.team, person):
            continue
        row = rows.setdefault(_group(person), GroupRow(_group(person)))
        year = time.weeks_present(person.person) * time.policy(person.person).pa_minutes.value
        pas = time.contract_year_minutes(person.person) / year
        if person.person in new:
            row.posts, row.new_pa = row.posts + 1, row.new_pa + pas
        else:
            row.people, row.stay_pa = row.people + 1, row.stay_pa + pas
        row.required_pa += time.duty_minutes(person.person) / year
    people = {person.person: person for person in found.team.people}
    for line in found.outcome.plan.rows:
        row_of = rows.get(_group(people[line.person]))
        if row_of is not None and not is_reserved(line.activity):
            year = time.weeks_present(line.person) * time.policy(line.person).pa_minutes.value
            row_of.required_pa += time.row_year_minutes(line) / year
    return list(rows.values())


def establishment_figure(found: Establishment, ax: Axes | None = None, *, width: float = PAPER) -> Figure:
    """Draw each group's PAs, in post and new, with a mark where the sessions and duty of the plan end.

    What lies beyond the mark is core SPA, roles and time left over.

    Parameters
    ----------
    found
        The establishment.
    ax
        Where to draw; default a new figure whose height follows the number of groups.
    width
        Inches of a new figure.
    """
    rows = group_rows(found)
    with style.styled():
        if not rows:
            return empty_sheet(ax, width, TITLE, "No team was found.")
        names = [f"{row.group}: {_people(row)}" for row in rows]
        sheet = open_sheet(ax, width, 0.42 * len(rows) + 0.5)
        places = range(len(rows))
        top = max(max(row.stay_pa + row.new_pa, row.required_pa) for row in rows)
        stay, new = [row.stay_pa for row in rows], [row.new_pa for row in rows]
        if any(stay):
            sheet.ax.barh(
                places, stay, 0.6, color=style.BLUE, edgecolor=style.DARK_BLUE, linewidth=0.5, label="in post"
            )
        if any(new):
            sheet.ax.barh(
                places, new, 0.6, left=stay, color="#FFE0A3", hatch="///", edgecolor=style.DARK_BLUE, linewidth=0.5,
                label="new posts",
            )  # fmt: skip
        sheet.ax.scatter(
            [row.required_pa for row in rows], list(places), marker="D", s=26, color=style.WHITE,
            edgecolors=style.INK, linewidths=1.2, zorder=3, label="sessions and duty the requirement takes",
        )  # fmt: skip
        for place, row in zip(places, rows, strict=True):
            total = row.stay_pa + row.new_pa
            sheet.ax.text(max(total, row.required_pa) + top * 0.02, place, f"{total:.1f}", va="center", fontsize=SMALL)
        name_rows(sheet, places, folded_names(width, names))
        sheet.ax.set_ylim(len(rows) - 0.45, -0.55)
        sheet.ax.set_xlim(0, top * 1.15)
        round_ticks(sheet)
        small_ticks(sheet)
        axis_words(sheet, "PAs a week (4 hours)")
        return close_sheet(sheet, TITLE)


def establishment_alt(found: Establishment) -> str:
    """Alt text of :func:`establishment_figure`."""
    parts = [
        f"{row.group} {number(row.stay_pa)} in post and {number(row.new_pa)} new, of which sessions and duty take"
        f" {number(row.required_pa)}"
        for row in group_rows(found)
    ]
    return "Bars of PAs a week by staff group. " + ("; ".join(parts) or "No team was found") + "."


def _people(row: GroupRow) -> str:
    there = [f"{row.people} in post"] if row.people else []
    return " + ".join([*there, *([count(row.posts, "new post")] if row.posts else [])])


def _group(person: Person) -> str:
    return f"{person.staff_group} {person.grade}" if person.grade else person.staff_group
