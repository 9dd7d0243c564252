"""What people do together, as facts of a problem: joint teams, supervision, sites and travel, shared equipment.

Rules in counts are in ``rules_together``, those of single weeks in ``weekly_together``. What is delivered is reckoned
as ``capacity.supply.together`` does for the plans in force, in the model's integers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from math import ceil
from typing import TYPE_CHECKING

from capacity.errors import Finding
from capacity.service.resolved import (
    meets_as_one,
    room_count,
    same_place,
    seat_of,
    seats,
    site_of,
    supervisor_keeps,
    supervisors,
    travel_minutes,
)
from capacity.supply.together import joint_sessions
from capacity.units import NO_FIXED_SLOT, day_of, half_day_order

if TYPE_CHECKING:
    from capacity.optimise.problem import Cell, Problem

Key = tuple[str, str]
"""An activity and a half-day, or a person and a day."""
JOINT = "joint"
"""First word of the unit of a joint team's sessions: ("joint", activity, half-day)."""


@dataclass(frozen=True)
class Supervised:
    """A session that needs a supervisor beside it.

    ``asked`` holds, for each supervisor in the order in which they are asked, the sessions in which they can be it;
    ``keeps`` is the share of their own yield the one who does keeps.
    """

    cell: Cell
    keeps: float
    asked: tuple[tuple[Cell, ...], ...]


class Together:
    """Facts about people together, of one problem."""

    def __init__(self, problem: Problem, yield_scale: int):
        self.problem = problem
        self.scale = yield_scale
        self.seats = {key: seats(row) for key, row in problem.activities.items() if seats(row)}
        """Joint activity -> group -> people a session needs of it."""

    # -- joint teams ------------------------------------------------------------------------------------------

    @cached_property
    def joint(self) -> dict[Key, dict[str, list[Cell]]]:
        """(joint activity, half-day) with people who may be planned there -> group -> their cells."""
        found: dict[Key, dict[str, list[Cell]]] = {}
        for cell in self.problem.cells:
            if cell[1] in self.seats:
                groups = found.setdefault((cell[1], cell[2]), {group: [] for group in self.seats[cell[1]]})
                groups[self.seat(cell)].append(cell)
        return found

    def seat(self, cell: Cell) -> str:
        """The group in which the person of a joint cell counts."""
        group = seat_of(self.problem.activities[cell[1]], self.problem.time.people[cell[0]])
        assert group is not None
        return group

    @cached_property
    def fixed_cells(self) -> dict[Cell, frozenset[int]]:
        """Sessions of people without a proposed plan, with their weeks."""
        cells: dict[Cell, set[int]] = defaultdict(set)
        for row in self.problem.fixed_rows:
            if row.slot != NO_FIXED_SLOT:
                cells[row.person, row.activity, row.slot].update(self.problem.time.row_weeks(row))
        return {cell: frozenset(weeks) for cell, weeks in cells.items()}

    @cached_property
    def fixed_seats(self) -> dict[Key, dict[str, dict[int, int]]]:
        """(joint activity, half-day) -> group -> week -> people without a proposed plan who are there."""
        found: dict[Key, dict[str, dict[int, int]]] = {}
        for cell, weeks in self.fixed_cells.items():
            group = seat_of(self.problem.activities[cell[1]], self.problem.time.people[cell[0]])
            if group is None:
                continue
            groups = found.setdefault((cell[1], cell[2]), {name: {} for name in self.seats[cell[1]]})
            for week in weeks:
                groups[group][week] = groups[group].get(week, 0) + 1
        return found

    @cached_property
    def fixed_sessions(self) -> dict[Key, dict[int, int]]:
        """(joint activity, half-day) -> week -> sessions that people without a proposed plan make by themselves."""
        return {key: joint.sessions for key, joint in self._fixed_joint.items() if joint.sessions}

    @cached_property
    def fixed_delivered(self) -> dict[Key, float]:
        """What those sessions deliver a calendar week, where nobody planned can be there."""
        return {
            key: joint.total / self.problem.cycle * joint.worth
            for key, joint in self._fixed_joint.items()
            if key not in self.joint and joint.sessions
        }

    @cached_property
    def _fixed_joint(self):  # type: ignore[no-untyped-def]
        return joint_sessions(self.problem.time, self.problem.fixed_rows, {})

    @cached_property
    def fixed_worth(self) -> dict[Key, dict[str, int]]:
        """(joint activity, half-day) -> group -> mean yield, in millionths, of those without a proposed plan."""
        time = self.problem.time
        found: dict[Key, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for row in self.problem.fixed_rows:
            group = seat_of(self.problem.activities[row.activity], time.people[row.person])
            if group is not None and row.slot != NO_FIXED_SLOT:
                output = time.output.get((row.person, row.activity), 1.0)
                each = output * time.session(row.person, row.activity, row.slot, row.minutes).share
                found[row.activity, row.slot][group] += [each] * len(time.row_weeks(row))
        return {
            key: {group: round(self.scale * sum(each) / len(each)) for group, each in groups.items()}
            for key, groups in found.items()
        }

    @cached_property
    def met_by_others(self) -> dict[Key, frozenset[int]]:
        """(whole-team activity, half-day) -> weeks in which people without a proposed plan meet anyway."""
        found: dict[Key, frozenset[int]] = {}
        for (_, activity, slot), weeks in self.fixed_cells.items():
            if (activity, slot) in self.problem.attenders:
                found[activity, slot] = found.get((activity, slot), frozenset()) | weeks
        return found

    def most_sessions(self, key: Key) -> int:
        """Most joint sessions at a time."""
        fixed = self.fixed_seats.get(key, {})
        return min(
            (len(self.joint[key][group]) + max(fixed.get(group, {}).values(), default=0)) // count
            for group, count in self.seats[key[0]].items()
        )

    # -- supervision ------------------------------------------------------------------------------------------

    @cached_property
    def sites(self) -> dict[str, str | None]:
        """Activity -> site; None where only the room says it."""
        return {key: site_of(self.problem.service, row) for key, row in self.problem.activities.items()}

    @cached_property
    def supervised(self) -> tuple[Supervised, ...]:
        """Every session that needs a supervisor, of people with and without a proposed plan."""
        skills = {(skill.person, skill.activity): skill for skill in self.problem.service.skills if skill.supervised_by}
        if not skills:
            return ()
        asked = {key: supervisors(self.problem.service, skill) for key, skill in skills.items()}
        there: dict[Key, list[Cell]] = defaultdict(list)
        for cell in (*self.problem.cells, *self.fixed_cells):
            if not meets_as_one(self.problem.activities[cell[1]]):
                there[cell[0], cell[2]].append(cell)
        return tuple(
            Supervised(
                cell,
                supervisor_keeps(skills[cell[0], cell[1]]),
                tuple(
                    tuple(
                        other
                        for other in there.get((who, cell[2]), ())
                        if what in (None, other[1]) and same_place(self.sites[other[1]], self.sites[cell[1]])
                    )
                    for who, what in asked[cell[0], cell[1]]
                ),
            )
            for cell in (*self.problem.cells, *self.fixed_cells)
            if (cell[0], cell[1]) in skills and not meets_as_one(self.problem.activities[cell[1]])
        )

    def worth(self, cell: Cell) -> int:
        """What one week of a session delivers, in millionths, of which a supervisor keeps a share."""
        if cell in self.problem.delivers:
            return self.problem.delivers[cell]
        if cell[1] in self.seats:
            return 0  # people without a proposed plan do not limit a joint session
        return round(self.scale * self.problem.time.delivered(*cell))

    def loss(self, supervised: Supervised, cell: Cell) -> int:
        """What a supervisor's session loses by one week of supervising, in millionths."""
        return round((1 - supervised.keeps) * self.worth(cell))

    def least_loss(self, supervised: Supervised) -> int:
        """What a week of supervising takes at least, whoever does it."""
        return min((self.loss(supervised, cell) for cells in supervised.asked for cell in cells), default=0)

    # -- what needs the weeks ---------------------------------------------------------------------------------

    @cached_property
    def by_week(self) -> frozenset[str]:
        """Half-days whose yield hangs on the weeks: somebody is supervised, or a team has people without a plan."""
        planned = set(self.problem.cells)
        found = {
            each.cell[2]
            for each in self.supervised
            if planned & {each.cell, *(c for cells in each.asked for c in cells)}
        }
        found |= {slot for activity, slot in self.joint if (activity, slot) in self.fixed_seats}
        return frozenset(found | {slot for _, slot in self.met_by_others})

    # -- what is possible at all ------------------------------------------------------------------------------

    @cached_property
    def hopeless(self) -> frozenset[Cell]:
        """Cells that can never happen: a group of the team or every supervisor is missing there."""
        found = {
            cell
            for key, groups in self.joint.items()
            if not self.most_sessions(key)
            for cells in groups.values()
            for cell in cells
        }
        return frozenset(found | {each.cell for each in self.supervised if not any(each.asked)})

    # -- sites ------------------------------------------------------------------------------------------------

    @cached_property
    def minutes(self) -> dict[tuple[str, str], int]:
        """(from, to) -> whole minutes of travel, rounded up."""
        return {pair: ceil(minutes - 1e-9) for pair, minutes in travel_minutes(self.problem.service).items()}

    @cached_property
    def site_days(self) -> dict[Key, tuple[str, ...]]:
        """(person, day) on which a person could be on several sites -> the half-days, in order."""
        places: dict[Key, set[str]] = defaultdict(set)
        slots: dict[Key, set[str]] = defaultdict(set)
        for person, activity, slot in self.problem.cells:
            site = self.sites[activity]
            if site is not None:
                places[person, day_of(slot)].add(site)
                slots[person, day_of(slot)].add(slot)
        return {
            key: tuple(sorted(slots[key], key=half_day_order))
            for key, sites in places.items()
            if len(sites) > 1 and len(slots[key]) > 1
        }

    def may_travel(self, one: str, other: str) -> bool:
        """Whether somebody may be on both sites in a day."""
        return (one, other) in self.minutes

    def moves(self, day: Mapping[str, str]) -> list[tuple[str, str]]:
        """Moves between sites of a day: half-day -> site of what is done there."""
        there = [day[slot] for slot in sorted(day, key=half_day_order)]
        return [(one, other) for one, other in pairwise(there) if one != other]

    def travel(self, weeks: Mapping[Cell, tuple[int, ...]]) -> dict[str, float]:
        """Person -> minutes a week of travel between sites, mean of the cycle."""
        days: dict[tuple[str, str, int], dict[str, str]] = defaultdict(dict)
        for (person, activity, slot), given in weeks.items():
            site = self.sites[activity]
            if site is not None and (person, day_of(slot)) in self.site_days:
                for week in given:
                    days[person, day_of(slot), week][slot] = site
        total: dict[str, float] = defaultdict(float)
        for (person, _, _), day in days.items():
            total[person] += sum(self.minutes.get(move, 0) for move in self.moves(day)) / self.problem.cycle
        return {person: minutes for person, minutes in total.items() if minutes}

    def pinned_at(self, person: str, slot: str, site: str, week: int) -> bool:
        """Whether somebody is pinned to a session on that site then."""
        return any(
            cell[0] == person and cell[2] == slot and self.sites[cell[1]] == site and week in weeks
            for cell, weeks in self.problem.pinned.items()
        )

    # -- equipment --------------------------------------------------------------------------------------------

    @cached_property
    def equipment(self) -> dict[str, tuple[str, ...]]:
        """Activity -> equipment every session of it needs."""
        return {key: row.equipment for key, row in self.problem.activities.items() if row.equipment}

    def equipment_free(self, name: str, slot: str, week: int) -> int:
        """Sets left in a half-day of a week by people without a proposed plan."""
        item = next(item for item in self.problem.service.equipment if item.equipment == name)
        return max(0, room_count(item, slot, week) - self._equipment_taken.get((name, slot, week), 0))

    @cached_property
    def _equipment_taken(self) -> dict[tuple[str, str, int], int]:
        taken: dict[tuple[str, str, int], int] = defaultdict(int)
        for (activity, slot), by_week in self._sessions_not_planned().items():
            for week, count in by_week.items():
                for name in self.equipment.get(activity, ()):
                    taken[name, slot, week] += count
        return taken

    def _sessions_not_planned(self) -> dict[Key, dict[int, int]]:
        """Sessions of people without a proposed plan that no session of the plan counts already."""
        found: dict[Key, dict[int, int]] = {
            key: dict(weeks) for key, weeks in self.fixed_sessions.items() if key not in self.joint
        }
        for (_, activity, slot), weeks in self.fixed_cells.items():
            if activity in self.seats or (activity, slot) in self.problem.attenders:
                continue
            by_week = found.setdefault((activity, slot), {})
            for week in weeks:
                by_week[week] = 1 if self.problem.is_whole_team(activity) else by_week.get(week, 0) + 1
        return found

    # -- findings ---------------------------------------------------------------------------------------------

    def findings(self) -> list[Finding]:
        """What the reader should know of teams, supervisors and sites before anything is solved."""
        found = []
        for activity, needed in self.seats.items():
            row = self.problem.activities[activity]
            skilled = [
                self.problem.time.people[skill.person]
                for skill in self.problem.service.skills
                if skill.activity == activity
            ]
            for group, count in needed.items():
                able = [person.person for person in skilled if seat_of(row, person) == group]
                if len(able) < count:
                    message = f"a session takes {count} of {group} and {len(able)} skilled for it count there"
                    found.append(Finding("joint_team_incomplete", activity, f"{message}: none can run"))
        for each in {each.cell[:2]: each for each in self.supervised if not any(each.asked)}.values():
            person, activity, slot = each.cell
            message = f"{activity} needs a supervisor, and none named can be there at {slot}"
            found.append(Finding("supervisor_missing", person, message))
        found += self._site_findings()
        return found

    def _site_findings(self) -> list[Finding]:
        problem, found = self.problem, []
        if len({site for site in self.sites.values() if site}) > 1:
            for activity, site in self.sites.items():
                if site is None:
                    message = "its rooms lie on several sites: taken as any of them, without travel"
                    found.append(Finding("site_not_known", activity, message))
        for person, day in self.site_days:
            pins = [
                (cell, weeks)
                for cell, weeks in problem.pinned.items()
                if cell[0] == person and day_of(cell[2]) == day and self.sites[cell[1]] is not None
            ]
            for (one, weeks), (other, others) in combinations(pins, 2):
                here, there = self.sites[one[1]], self.sites[other[1]]
                if here and there and here != there and weeks & others and not self.may_travel(here, there):
                    message = (
                        f"pinned to {one[1]} at {here} and {other[1]} at {there} on {day}, with no travel time given"
                    )
                    found.append(Finding("two_sites_pinned", person, message))
        return found
