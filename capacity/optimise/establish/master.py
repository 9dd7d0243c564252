"""Which teams could cover the requirement: people who stay one by one, posts of a type together as counts.

Equal posts are not told apart, so that no proof has to go through their permutations: ``n`` of a type is the weeks
of the cycle in which its posts together do something, and every rule of one post is multiplied by how many there
are. What single posts can do adds up to what the model allows, so no team it excludes can cover the requirement and
its bound holds; whether a team it proposes really can is tested post by post (``covering``), and where it cannot,
the model is told so: neither that team nor a smaller one (``exclude``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ortools.sat.python import cp_model

from capacity.demand.result import Demand
from capacity.optimise.establish.posts import Expression, Posts, add_rules
from capacity.optimise.establish.teams import Counts, with_people
from capacity.optimise.problem import ROUNDING, YIELD_SCALE, Problem, scaled, spread_parts
from capacity.optimise.rules import RULES
from capacity.optimise.together import JOINT
from capacity.optimise.variables import Unit, create, most_of, team_unit
from capacity.service.model import Service
from capacity.supply.job_time import JobTime
from capacity.supply.post_types import PostType
from capacity.units import WEEKS_PER_YEAR

OF_PEOPLE = (
    "contract", "mean_hours", "one_activity", "supervision", "sites", "pins", "days", "weekends", "job_share",
    "job_share_pattern",    "out_of_hours", "per_week", "least_volume", "changes",
)  # fmt: skip
"""Rules of the people who stay. A rule that is not in the model is left to the test post by post."""
OF_TEAM = ("rooms", "equipment", "role_holders")
LARGEST_MOST = 30
"""Posts of one type at most where posts.csv does not say."""


class Master:
    """The model of one way of joining rotas: ``joining`` is how many posts join each.

    Rules named in ``without`` are left out; not ``hard``, the requirement may be left short (``short``). With ``spare``
    each post keeps that many sessions a cycle free: teams then are a little larger than need be, and nearly
    always work post by post.
    """

    def __init__(
        self,
        kept: Service,
        original: Service,
        demand: Demand,
        types: Sequence[PostType],
        joining: Mapping[str, int],
        without: Collection[str] = (),
        hard: bool = True,
        spare: int = 0,
    ):
        self.types = tuple(types)
        self.joining = dict(joining)
        self.spare = spare
        service = with_people(kept, original, [(each.id, each) for each in types], joining)
        self.own = {each.id: _rota_output(service, demand, each.id) for each in types}
        self.problem = Problem(service, _without_own(demand, self.own))
        self.v = create(self.problem, allow_extra=False)
        self.most = {each.id: self._most(each, demand) for each in types}
        self.exists = {
            each.id: [self.v.model.new_bool_var(f"post[{each.id},{k}]") for k in range(1, self.most[each.id] + 1)]
            for each in types
        }
        self._widen()
        self.posts: dict[str, Expression] = {name: sum(flags) for name, flags in self.exists.items()}
        self.short: dict[int, cp_model.IntVar] = {}
        """Part of the requirement -> whole sessions a cycle short of it; only where it may be short."""
        self.done: dict[int, Expression] = {}
        """Part -> what is delivered of it, in millionths of a session a cycle."""
        self._one_after_the_other()
        self._rules(without)
        for each in types:
            self._of_type(each, without, hard)
        self._least_people()
        self._join()
        self._cover(hard)

    # -- variables --------------------------------------------------------------------------------------------

    def _most(self, each: PostType, demand: Demand) -> int:
        """Posts of a type at most: as given, else what would do all its work alone and one more."""
        if each.post.most is not None:
            return each.post.most
        problem, needed = self.problem, 0.0
        room = problem.room_for_sessions(each.id)
        for activity in each.output:
            cells = [cell for cell in problem.cells if cell[0] == each.id and cell[1] == activity]
            rates = [problem.charge[cell] / max(1, problem.delivers.get(cell, YIELD_SCALE)) for cell in cells]
            if rates and not problem.is_whole_team(activity):
                needed += demand.activities[activity].required * YIELD_SCALE * max(rates)
        return max(1, min(LARGEST_MOST, math.ceil(needed / room) + 1)) if room > 0 else 1

    def _widen(self) -> None:
        """Counts of a type's posts go up to the cycle times the posts there may be."""
        v, most = self.v, self.most
        for unit, cells in v.cells_of.items():
            if unit[0] != "team" and cells[0][0] in most:
                v.n[unit] = v.model.new_int_var(0, most_of(v.n[unit]) * most[cells[0][0]], "posts" + repr(unit))
        for key, groups in self.problem.together.joint.items():
            largest = self.problem.cycle * sum(most.get(cell[0], 1) for cells in groups.values() for cell in cells)
            v.joint[(JOINT, *key)] = v.model.new_int_var(0, largest, f"sessions{key}")
        for (role, person), variable in v.holds.items():
            if person in most:
                places = self.problem.places(self.problem.roles[role])
                several = v.model.new_int_var(0, min(places, most[person]), f"hold{variable.index}")
                v.model.add(several <= sum(self.exists[person]))
                v.holds[role, person] = several

    def _one_after_the_other(self) -> None:
        for flags in self.exists.values():
            for earlier, later in pairwise(flags):
                self.v.model.add(later <= earlier)

    # -- rules ------------------------------------------------------------------------------------------------

    def _rules(self, without: Collection[str]) -> None:
        stay = [person for person in self.problem.people if person not in self.most]
        for rule in RULES:
            if rule.id in (*OF_PEOPLE, *OF_TEAM) and rule.id not in without:
                rule.add(self.v, stay)

    def _of_type(self, each: PostType, without: Collection[str], asked: bool) -> None:
        """Rules of single posts, of all posts of a type together."""
        posts = Posts(self.v, each.id, self.posts[each.id], self.most[each.id], asked, self.spare)
        add_rules(posts, without)

    def _least_people(self) -> None:
        """At least ``min_people`` of the team are able to do an activity that is asked for."""
        for least, there, able in least_people(self.problem, self.most).values():
            if least > there and able:
                most = sum(self.most[name] for name in able)
                self.v.model.add(sum(self.posts[name] for name in able) >= min(least - there, most))

    def _join(self) -> None:
        """As many posts join each rota as its weeks are shared out to."""
        for rota, wanted in self.joining.items():
            names = [each.id for each in self.types if rota in each.post.rotas]
            if names:
                self.v.model.add(sum(self.posts[name] for name in names) == wanted)

    def _cover(self, hard: bool) -> None:
        """What is delivered, by sessions and by duty weeks of posts, makes the requirement."""
        v, problem = self.v, self.problem
        shares = {
            (row.activity, slots): share
            for row in problem.activities.values()
            for slots, share in spread_parts(problem.service, row, problem.time.slots[row.activity])
        }
        joint = {key: self._joint(key) for key in problem.together.joint}
        for index, part in enumerate(problem.parts):
            if part.needed <= ROUNDING:
                continue
            terms: list[Expression] = [variable * factor for variable, factor in v.totalled(self._delivered(index))]
            terms += [joint[part.activity, slot] for slot in part.slots if (part.activity, slot) in joint]
            terms += [
                variable * YIELD_SCALE
                for (activity, slot), variable in v.besides.items()
                if activity == part.activity and slot in part.slots
            ]
            for name, output in self.own.items():
                if output.get(part.activity):
                    each = problem.cycle * shares[part.activity, part.slots] * output[part.activity]
                    terms.append(self.posts[name] * math.ceil(YIELD_SCALE * each))
            self.done[index] = sum(terms)
            if not hard:
                self.short[index] = v.model.new_int_var(0, math.ceil(part.needed), f"short[{index}]")
                terms.append(self.short[index] * YIELD_SCALE)
            if terms:
                v.model.add(sum(terms) >= scaled(part.needed))
            elif scaled(part.needed) > 0:
                v.model.add_bool_or([])

    def _joint(self, key: tuple[str, str]) -> cp_model.IntVar:
        """What joint sessions of a half-day deliver, in millionths: no more than any group that they need brings."""
        v, problem, together = self.v, self.problem, self.problem.together
        sessions, groups = v.joint[(JOINT, *key)], together.joint[key]
        fixed = together.fixed_seats.get(key, {})
        largest = max([YIELD_SCALE, *(problem.delivers[cell] for cells in groups.values() for cell in cells)])
        done = v.model.new_int_var(0, largest * most_of(sessions), f"delivers{key}")
        v.model.add(done <= largest * sessions)
        for group, count in together.seats[key[0]].items():
            there = sum(v.of(cell) for cell in groups[group])
            v.model.add(count * sessions <= there + sum(fixed.get(group, {}).values()))
            if not fixed:
                v.model.add(count * done <= sum(problem.delivers[cell] * v.of(cell) for cell in groups[group]))
        return done

    def _delivered(self, index: int) -> list[tuple[Unit, int]]:
        """What one week of each unit delivers to a part."""
        problem, part = self.problem, self.problem.parts[index]
        if problem.is_whole_team(part.activity):
            meetings: dict[Unit, int] = defaultdict(int)
            for slot in part.slots:
                unit = team_unit(problem, part.activity, slot)
                if unit in self.v.n and (part.activity, slot) not in self.v.besides:
                    meetings[unit] += YIELD_SCALE
            return list(meetings.items())
        if part.activity in problem.together.seats:
            return []
        return [
            (unit, sum(problem.delivers[cell] for cell in cells if cell[2] in part.slots))
            for unit, cells in self.v.cells_of.items()
            if unit[0] != "team" and cells[0][1] == part.activity and any(cell[2] in part.slots for cell in cells)
        ]

    # -- what the search asks ---------------------------------------------------------------------------------

    def total(self, weights: Mapping[str, int]) -> Expression:
        """Sum of a weight over the posts of the team."""
        return sum(weight * self.posts[name] for name, weight in weights.items())

    def exclude(self, counts: Counts) -> None:
        """Neither this team nor one with fewer posts: some type has more."""
        larger = [flags[counts.get(name, 0)] for name, flags in self.exists.items() if counts.get(name, 0) < len(flags)]
        self.v.model.add(sum(larger) >= 1) if larger else self.v.model.add_bool_or([])


def least_people(problem: Problem, types: Mapping[str, int]) -> dict[str, tuple[int, int, list[str]]]:
    """Activity asked for -> (min_people, people there who are able, types of posts that are)."""
    asked_for = {part.activity for part in problem.parts if part.needed > ROUNDING}
    found = {}
    for key, activity in problem.activities.items():
        if key in asked_for and (activity.min_people or 0) > 1:
            able = dict.fromkeys(cell[0] for cell in problem.cells if cell[1] == key)
            there = {person for person in able if person not in types}
            there |= {row.person for row in problem.fixed_rows if row.activity == key}
            for rota in problem.service.rotas:
                if any(item.activity == key for item in rota.delivers):
                    there |= {person for person in rota.members if person not in types}
            found[key] = (activity.min_people or 0, len(there), [name for name in able if name in types])
    return found


def _rota_output(service: Service, demand: Demand, name: str) -> dict[str, float]:
    """Activity -> full sessions a calendar week that duty weeks of one post deliver."""
    time = JobTime(service, demand)
    found: dict[str, float] = defaultdict(float)
    for rota in service.rotas:
        for item in rota.delivers:
            found[item.activity] += time.duty.get((name, rota.rota), 0.0) * item.sessions / WEEKS_PER_YEAR
    return {activity: sessions for activity, sessions in found.items() if sessions}


def _without_own(demand: Demand, own: Mapping[str, Mapping[str, float]]) -> Demand:
    """Add to the requirement what the one post of each type in the model is counted to deliver on duty.

    So what is left to be covered is what the people who stay do not deliver; posts count by how many there are.
    """
    more: dict[str, float] = defaultdict(float)
    for output in own.values():
        for activity, sessions in output.items():
            more[activity] += sessions
    activities = {
        key: replace(row, required=row.required + more[key], required_mean=row.required_mean + more[key])
        if more.get(key)
        else row
        for key, row in demand.activities.items()
    }
    return replace(demand, activities=activities)
