"""The rules of all posts of a type together: each rule of one post, multiplied by how many there are.

``n`` of a type is the weeks of the cycle in which its posts together do something. What single posts may do adds up to
what these rules allow, so a bound of the model holds; whether single posts can share it out is tested post by post.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from ortools.sat.python import cp_model

from capacity.optimise.problem import MINUTE_SCALE, ROUNDING, YIELD_SCALE, Problem, scaled
from capacity.optimise.rules_personal import SHARE_SCALE
from capacity.optimise.variables import Unit, Variables, team_unit
from capacity.service.resolved import role_minutes
from capacity.units import NO_FIXED_SLOT, day_of, is_weekend

Expression = cp_model.LinearExpr | int


@dataclass
class Posts:
    """All posts of a type: ``count`` of them, at most ``most``, each with ``spare`` sessions a cycle kept free.

    ``asked`` says whether the requirement must be covered, so that meetings of the whole team surely take place.
    """

    v: Variables
    name: str
    count: Expression
    most: int
    asked: bool
    spare: int = 0
    charges: dict[Unit, int] = field(default_factory=lambda: defaultdict(int))
    """Unit -> year-minutes, in hundredths, of one week of it."""
    by_slot: dict[str, list[cp_model.IntVar]] = field(default_factory=lambda: defaultdict(list))
    met: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    """(whole-team activity, half-day) -> weeks in which the posts together are there, at least."""

    def __post_init__(self) -> None:
        for unit, cells in self.v.cells_of.items():
            if unit[0] != "team" and cells[0][0] == self.name:
                self.charges[unit] = sum(self.problem.charge[cell] for cell in cells)
                for cell in cells:
                    if cell[2] != NO_FIXED_SLOT:
                        self.by_slot[cell[2]].append(self.v.n[unit])
        self._meet()

    @property
    def problem(self) -> Problem:
        """The problem in which one post stands for all."""
        return self.v.problem

    def new_weeks(self, name: str) -> cp_model.IntVar:
        """A variable for weeks of the cycle of all posts together."""
        return self.v.model.new_int_var(0, self.problem.cycle * self.most, f"{name}[{self.name}]")

    def _meet(self) -> None:
        """Every post is at every meeting of the whole team, however many posts and meetings there are."""
        cycle = self.problem.cycle
        for cell in self.problem.cells:
            unit = team_unit(self.problem, cell[1], cell[2])
            if cell[0] == self.name and self.problem.is_whole_team(cell[1]) and unit in self.v.n:
                met = self.met[cell[1:]] = self.new_weeks(f"met{cell[1:]}")
                self.v.model.add(met >= cycle * self.count - self.most * (cycle - self.v.n[unit]))
        for part, sessions in self._meetings():
            if len(part) == 2 and part in self.met:
                self.v.model.add(self.met[part] >= sessions * self.count)

    def _meetings(self) -> list[tuple[tuple[str, ...], int]]:
        """(activity, half-days) of meetings that surely take place, where a post can be at each -> how many a cycle."""
        problem, found = self.problem, []
        for part in problem.parts if self.asked else ():
            wanted = part.needed > ROUNDING and problem.is_whole_team(part.activity)
            if wanted and all((self.name, part.activity, slot) in problem.charge for slot in part.slots):
                sessions = max(0, -(-scaled(part.needed) // YIELD_SCALE))
                found.append(((part.activity, *part.slots), sessions))
        return found

    def taken_by_meetings(self) -> int:
        """Year-minutes, in hundredths, that meetings surely take of every post."""
        charge = self.problem.charge
        return sum(
            sessions * min(charge[self.name, activity, slot] for slot in slots)
            for (activity, *slots), sessions in self._meetings()
        )

    def there(self, slot: str) -> Expression:
        """Weeks in which the posts together do anything in a half-day."""
        met = [weeks for (_, when), weeks in self.met.items() if when == slot]
        return sum([*self.by_slot.get(slot, ()), *met])

    @property
    def slots(self) -> tuple[str, ...]:
        """Half-days in which a post may do anything."""
        return tuple(dict.fromkeys([*self.by_slot, *(slot for _, slot in self.met)]))


def add_rules(posts: Posts, without: Collection[str] = ()) -> None:
    """Add every rule of a type's posts; those of ``without`` are left out."""
    travel = [] if "sites" in without else _sites(posts)
    _contract(posts, travel)
    for slot in posts.slots:
        posts.v.model.add(posts.there(slot) <= posts.problem.cycle * posts.count)
    _days(posts)
    _weekends(posts)
    _out_of_hours(posts)


def _contract(posts: Posts, travel: Sequence[Expression]) -> None:
    """Sessions, meetings, roles and travel fit in the contracts; and only whole sessions of a single post count."""
    v, problem, name = posts.v, posts.problem, posts.name
    weeks = round(MINUTE_SCALE * problem.time.weeks_present(name))
    room = problem.cycle * problem.room_for_sessions(name) - posts.taken_by_meetings()
    room -= posts.spare * max(posts.charges.values(), default=0)
    load: list[Expression] = [variable * factor for variable, factor in v.totalled(list(posts.charges.items()))]
    load += [weeks * minutes for minutes in travel]
    if not posts.asked:
        load += [met * problem.charge.get((name, *key), 0) for key, met in posts.met.items()]
    for (role, holder), held in v.holds.items():
        if holder == name:
            minutes = role_minutes(problem.service, problem.roles[role], problem.people[name])
            load.append(held * round(problem.cycle * weeks * minutes))
    v.model.add(sum(load) <= room * posts.count)
    if posts.charges:
        # what is left of a contract beside whole sessions is of no use
        most = max(0, room // min(posts.charges.values()))
        v.model.add(sum(v.n[unit] for unit in posts.charges) <= most * posts.count)


def _days(posts: Posts) -> None:
    """Posts together work on no more days than each may."""
    problem, most = posts.problem, posts.problem.most_days(posts.name)
    days: dict[str, list[str]] = defaultdict(list)
    for slot in posts.slots:
        days[day_of(slot)].append(slot)
    if len(days) <= most:
        return
    worked = []
    for day, slots in days.items():
        worked.append(posts.new_weeks(f"days {day}"))
        for slot in slots:
            posts.v.model.add(worked[-1] >= posts.there(slot))
    posts.v.model.add(sum(worked) <= problem.cycle * most * posts.count)


def _weekends(posts: Posts) -> None:
    """Posts together work on no more weekends of the cycle than each may."""
    most = posts.problem.weekend_limited.get(posts.name)
    if most is not None:
        for slot in filter(is_weekend, posts.slots):
            posts.v.model.add(posts.there(slot) <= most * posts.count)


def _out_of_hours(posts: Posts) -> None:
    """Sessions in premium time are no more of the posts' work than their policy allows."""
    problem, name = posts.problem, posts.name
    policy = problem.time.policy(name)
    cells = [cell for cell in problem.out_of_hours if cell[0] == name and not problem.is_whole_team(cell[1])]
    if policy.out_of_hours_share is None or not cells:
        return
    share = round(SHARE_SCALE * policy.out_of_hours_share.value)
    weeks = round(MINUTE_SCALE * problem.time.weeks_present(name))
    contract_week = problem.time.contract_year_minutes(name) / problem.time.weeks_present(name)
    load = [posts.v.of(cell) * (SHARE_SCALE * problem.out_of_hours[cell]) for cell in cells]
    posts.v.model.add(sum(load) <= math.floor(share * problem.cycle * weeks * contract_week) * posts.count)


def _sites(posts: Posts) -> list[Expression]:
    """No post is on two sites in a day, or its travel is charged where its time is given: minutes of travel a cycle."""
    problem, together, v = posts.problem, posts.problem.together, posts.v
    travel: list[Expression] = []
    for (person, day), slots in together.site_days.items():
        if person != posts.name:
            continue
        at = _by_site(posts, day)
        weeks: list[cp_model.IntVar] = []
        for site, by_slot in at.items():
            weeks.append(posts.new_weeks(f"at {day} {site}"))
            for counts in by_slot.values():
                v.model.add(weeks[-1] >= sum(counts))
        ways = [together.minutes[pair] for one, other in combinations(at, 2)
                for pair in ((one, other), (other, one)) if pair in together.minutes]  # fmt: skip
        limit: Expression = problem.cycle * posts.count
        if ways:
            longest = len(slots) - 1
            moves = v.model.new_int_var(0, problem.cycle * longest * posts.most, f"moves[{person},{day}]")
            v.model.add(moves <= problem.cycle * longest * posts.count)
            travel.append(min(ways) * moves)
            limit = limit + moves
        v.model.add(sum(weeks) <= limit)
    return travel


def _by_site(posts: Posts, day: str) -> Mapping[str, Mapping[str, list[cp_model.IntVar]]]:
    """Site -> half-day of a day -> what is done there; an activity of which only the room says the site is left out."""
    problem, sites = posts.problem, posts.problem.together.sites
    at: dict[str, dict[str, list[cp_model.IntVar]]] = defaultdict(lambda: defaultdict(list))
    for cell in problem.cells:
        site = sites[cell[1]]
        if cell[0] == posts.name and cell[2] != NO_FIXED_SLOT and day_of(cell[2]) == day and site is not None:
            weeks = posts.met.get(cell[1:]) if problem.is_whole_team(cell[1]) else posts.v.of(cell)
            if weeks is not None:
                at[site][cell[2]].append(weeks)
    return at
