"""The variables of the allocation model: counts of weeks of the cycle, not weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from ortools.sat.python import cp_model

from capacity.optimise.problem import HUNDREDTHS, Cell, Problem
from capacity.optimise.together import JOINT
from capacity.optimise.yields import Allocation, joint_count, weeks_of
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR, day_of

Unit = tuple[str, ...]
"""What is decided together: one cell, an all-day block of one person, or a whole-team session."""


def unit_of(problem: Problem, cell: Cell) -> Unit:
    """Return the unit a cell belongs to.

    The two halves of an all-day block are one decision, and so are all attenders of a whole-team session.
    """
    person, activity, slot = cell
    if problem.is_whole_team(activity):
        return team_unit(problem, activity, slot)
    if problem.activities[activity].blocks is not None:
        return ("block", person, activity, day_of(slot))
    return cell


def team_unit(problem: Problem, activity: str, slot: str) -> Unit:
    """Return the unit of a whole-team session; both halves of an all-day meeting are one."""
    return ("team", activity, slot if problem.activities[activity].blocks is None else day_of(slot))


@dataclass
class Variables:
    """Model and variables. ``n[unit]`` is the number of weeks of the cycle in which a unit happens."""

    problem: Problem
    allow_extra: bool
    model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    n: dict[Unit, cp_model.IntVar] = field(default_factory=dict)
    cells_of: dict[Unit, list[Cell]] = field(default_factory=lambda: defaultdict(list))
    holds: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    """(role, person) -> holds it; only where it is for the model to decide."""
    trainees: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    """(role, person) -> trainees of a supervisor, of roles whose trainees are divided."""
    extra: dict[str, cp_model.IntVar] = field(default_factory=dict)
    short_mean: dict[int, cp_model.IntVar] = field(default_factory=dict)
    """Part -> whole sessions a cycle short of the mean (rapid) or of the requirement (routine)."""
    short_centile: dict[int, cp_model.IntVar] = field(default_factory=dict)
    """Part of a rapid activity -> further whole sessions a cycle short of the centile."""
    delivered: dict[int, list[tuple[Unit, int]]] = field(default_factory=dict)
    """Part -> what one week of each unit delivers to it."""
    delivered_also: dict[int, list[tuple[cp_model.IntVar, int]]] = field(default_factory=dict)
    """Part -> what joint sessions deliver to it, and what supervising takes of it; as variables."""
    least_mean: dict[int, int] = field(default_factory=dict)
    least_centile: dict[int, int] = field(default_factory=dict)
    lost: dict[Cell, cp_model.IntVar] = field(default_factory=dict)
    changes_a_year: dict[Cell, tuple[cp_model.IntVar, cp_model.IntVar]] = field(default_factory=dict)
    changes: dict[str, cp_model.IntVar] = field(default_factory=dict)
    """Person -> sessions a cycle that change from the plan in force, where change in all is limited."""
    lost_in_force: dict[Cell, cp_model.IntVar] = field(default_factory=dict)
    """As ``lost``, of the plan in force where change is counted from another."""
    does: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    totals: dict[tuple[Unit, ...], cp_model.IntVar] = field(default_factory=dict)
    weekly: dict[tuple[Unit, int], cp_model.IntVar] = field(default_factory=dict)
    """(unit, week), for components whose rules need the weeks."""

    joint: dict[Unit, cp_model.IntVar] = field(default_factory=dict)
    """Unit of a joint team's sessions in a half-day -> sessions a cycle."""
    besides: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    """(whole-team activity, half-day) -> its sessions in weeks in which people without a plan do not meet anyway."""
    travel: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    """(person, day) -> minutes a cycle of travel between sites, where travel is possible."""
    lost_by_supervising: dict[Cell, cp_model.IntVar] = field(default_factory=dict)
    """Sessions in which somebody may supervise -> what that takes of their yield over the cycle, in millionths."""
    more_on_day: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    """(person, day) -> DCC sessions a cycle beyond those of the plan before, at least, where moving day is dear."""
    beyond: dict[tuple[str, str, int], tuple[cp_model.IntVar, tuple[cp_model.IntVar, ...], int]] = field(
        default_factory=dict
    )
    """(tier, activity, step) -> sessions short beyond a threshold, at least; the shortfalls counted; the threshold.
    Steps are counted on over the alternative requirements."""
    worst: dict[str, tuple[cp_model.IntVar, tuple[tuple[tuple[int, cp_model.IntVar], ...], ...]]] = field(
        default_factory=dict
    )
    """Shortfall tier -> its value for the worst alternative, at least; and the terms of its value for each."""
    following: dict[int, tuple[cp_model.IntVar, Callable[[Allocation], int]]] = field(default_factory=dict)
    """Variables whose value follows from a solution, for hints; by index."""

    def follows(self, variable: cp_model.IntVar, value: Callable[[Allocation], int]) -> None:
        """Note how a variable's value follows from a solution."""
        self.following[variable.index] = (variable, value)

    def sessions(self, unit: Unit) -> cp_model.IntVar:
        """Sessions a cycle of a unit: of joint teams those they do together."""
        return self.joint[unit] if unit[0] == JOINT else self.n[unit]

    def of(self, cell: Cell) -> cp_model.IntVar:
        """Weeks in which a cell happens."""
        return self.n[unit_of(self.problem, cell)]

    def total(self, units: tuple[Unit, ...]) -> cp_model.IntVar:
        """Sum of the counts of units, as a variable of its own (made when first asked for).

        Half-days are alike to contracts and coverage. Branching on what a person does of an activity in all, not on
        one half-day of it, turns proofs that do not end into proofs of a second.
        """
        if len(units) == 1:
            return self.n[units[0]]
        if units not in self.totals:
            most = sum(most_of(self.n[unit]) for unit in units)
            self.totals[units] = self.model.new_int_var(0, most, f"total{units[0]}")
            self.model.add(self.totals[units] == sum(self.n[unit] for unit in units))
        return self.totals[units]

    def totalled(self, terms: list[tuple[Unit, int]]) -> list[tuple[cp_model.IntVar, int]]:
        """Gather the terms of one person and activity that have the same coefficient into one variable."""
        groups: dict[tuple[str, ...], list[Unit]] = defaultdict(list)
        for unit, coefficient in terms:
            person, activity, _ = self.cells_of[unit][0]
            whose = unit if unit[0] == "team" else (person, activity)
            groups[*whose, str(coefficient)].append(unit)
        return [(self.total(tuple(units)), int(key[-1])) for key, units in groups.items()]

    def lost_of(self, cell: Cell) -> cp_model.IntVar:
        """Weeks of a cell of the plan before that are no longer done, at least (made when first asked for)."""
        if cell not in self.lost:
            now = len(self.problem.current[cell])
            self.lost[cell] = self.model.new_int_var(0, now, f"lost{cell}")
            self.model.add(self.lost[cell] >= now - self.of(cell))
        return self.lost[cell]

    def changed_a_year(self, cell: Cell) -> tuple[cp_model.IntVar, cp_model.IntVar]:
        """Sessions of an annualised activity lost and gained, as whole sessions a cycle rounded up, at least."""
        if cell not in self.changes_a_year:
            now, most = self.problem.annual_now.get(cell, 0), self.problem.most_a_year(cell)
            lost = self.model.new_int_var(0, self.problem.in_cycles(now), f"lost{cell}")
            gained = self.model.new_int_var(0, self.problem.in_cycles(most), f"gained{cell}")
            year, cycle = round(HUNDREDTHS * WEEKS_PER_YEAR), HUNDREDTHS * self.problem.cycle
            self.model.add(year * lost >= cycle * (now - self.of(cell)))
            self.model.add(year * gained >= cycle * (self.of(cell) - now))
            self.changes_a_year[cell] = (lost, gained)
        return self.changes_a_year[cell]

    def _lost_in_force_of(self, cell: Cell) -> cp_model.IntVar:
        """The same of the plan in force, which need not be the plan that change is counted from."""
        if self.problem.current is self.problem.in_force:
            return self.lost_of(cell)
        if cell not in self.lost_in_force:
            now = len(self.problem.in_force[cell])
            self.lost_in_force[cell] = self.model.new_int_var(0, now, f"lost_in_force{cell}")
            self.model.add(self.lost_in_force[cell] >= now - self.of(cell))
        return self.lost_in_force[cell]

    def changed(self, person: str) -> tuple[cp_model.LinearExprT, cp_model.LinearExprT]:
        """DCC sessions a cycle a person loses of the plan in force, and those the person gains."""
        given_up = self.problem.given_up(self.problem.in_force)
        lost: list[cp_model.LinearExprT] = [weeks for cell, weeks in given_up.items() if cell[0] == person]
        gained: list[cp_model.LinearExprT] = []
        for cell in self.problem.cells:
            if cell[0] == person and self.problem.is_dcc(cell):
                if cell[2] == NO_FIXED_SLOT:
                    for terms, count in zip((lost, gained), self.changed_a_year(cell), strict=True):
                        terms.append(count)
                    continue
                now = len(self.problem.in_force.get(cell, ()))
                lost += [self._lost_in_force_of(cell)] if now else []
                # n = now - lost + gained
                gained.append(self.of(cell) - now + self._lost_in_force_of(cell) if now else self.of(cell))
        return sum(lost), sum(gained)

    def units_of(self, person: str, activity: str) -> list[Unit]:
        """Units in which a person does an activity."""
        cells = (cell for cell in self.problem.cells if cell[0] == person and cell[1] == activity)
        return list(dict.fromkeys(unit_of(self.problem, cell) for cell in cells))

    def does_at_all(self, person: str, activity: str) -> cp_model.IntVar:
        """Return 1 when the person does the activity at all (made when first asked for)."""
        key = (person, activity)
        if key not in self.does:
            flag = self.model.new_bool_var(f"does[{person},{activity}]")
            units = self.units_of(person, activity)
            for unit in units:
                most = self.problem.cycle if unit[-1] != NO_FIXED_SLOT else most_of(self.n[unit])
                self.model.add(self.n[unit] <= most * flag)
            self.model.add(sum(self.n[unit] for unit in units) >= flag)
            self.does[key] = flag
        return self.does[key]


def most_of(variable: cp_model.IntVar) -> int:
    """Upper end of a variable's domain."""
    return int(list(variable.proto.domain)[-1])  # index -1 of the repeated field itself gives the first entry


def _besides(problem: Problem, cell: Cell, met: frozenset[int], known: Allocation) -> int:
    return len(weeks_of(problem, known, cell) - met)


def create(problem: Problem, allow_extra: bool) -> Variables:
    """Create every variable that may be other than zero."""
    v = Variables(problem, allow_extra)
    for cell in problem.cells:
        v.cells_of[unit_of(problem, cell)].append(cell)
    for unit, cells in v.cells_of.items():
        if cells[0][2] == NO_FIXED_SLOT:
            most = problem.most_a_year(cells[0])
        else:
            most = min(len(problem.allowed_weeks(cell)) for cell in cells)
        v.n[unit] = v.model.new_int_var(0, most, "n" + repr(unit))
    for key in problem.together.joint:
        unit = (JOINT, *key)
        most = problem.cycle * problem.together.most_sessions(key)
        v.joint[unit] = v.model.new_int_var(0, most, "sessions" + repr(unit))
        v.follows(v.joint[unit], partial(joint_count, problem, key=key))
    for (activity, slot), met in problem.together.met_by_others.items():
        unit = team_unit(problem, activity, slot)
        besides = v.model.new_int_var(0, problem.cycle - len(met), "besides" + repr(unit))
        v.besides[activity, slot] = besides
        v.model.add(besides <= v.n[unit])
        v.follows(besides, partial(_besides, problem, v.cells_of[unit][0], met))
    for (person, day), slots in problem.together.site_days.items():
        if problem.together.minutes:
            most = problem.cycle * (len(slots) - 1) * max(problem.together.minutes.values())
            v.travel[person, day] = v.model.new_int_var(0, most, f"travel[{person},{day}]")
    for role in problem.roles.values():
        if problem.places(role):
            for person in problem.candidates(role):
                v.holds[role.role, person] = v.model.new_bool_var(f"holds[{role.role},{person}]")
                if role.max_trainees is not None:
                    most = min(role.max_trainees, role.trainees or 0)
                    v.trainees[role.role, person] = v.model.new_int_var(0, most, f"trainees[{role.role},{person}]")
    if allow_extra:
        for person in problem.people:
            if most := problem.extra_ceiling(person):
                v.extra[person] = v.model.new_int_var(0, most, f"extra[{person}]")
    return v
