"""Level weeks: no week of the cycle heavier for a person than the mean and one session, wherever weeks allow it.

Handing out half-days one after another can leave somebody a heavy week that another choice of weeks would not. Then
the weeks are chosen again, all at once, as near those there are as can be. What sessions there are is not changed for
it: levelling is not worth a patient's session. Where pins, rooms away or other rules of single weeks force a heavy
week, it stays and is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from ortools.sat.python import cp_model

from capacity.errors import Finding
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.search import solver_of_weeks
from capacity.optimise.variables import Unit, unit_of
from capacity.optimise.weekly import add_weekly, components
from capacity.supply.rota_weeks import closed_weeks

WORK = 1.0
"""Deterministic time to choose weeks again."""
Weeks = dict[Cell, tuple[int, ...]]


def level(problem: Problem, weeks: Weeks, travel: Mapping[tuple[str, str], int] | None = None) -> Weeks:
    """Return weeks with no heavy week that can be helped; those given where there is none.

    ``travel`` is the minutes a cycle of travel between sites charged for each (person, day): no more is asked for.
    Weeks on which what is delivered hangs stay as they are.
    """
    for step in (_near, _everywhere):
        heavy = heavy_weeks(problem, weeks)
        if not heavy:
            break
        weeks = _again(problem, weeks, step(problem, weeks, heavy), travel or {}) or weeks
    return weeks


def heavy_weeks(problem: Problem, weeks: Weeks) -> dict[str, tuple[int, int, float]]:
    """People with a week heavier than the mean and one session -> that week, its sessions, the mean."""
    found = {}
    for person, by_week in _loads(problem, weeks).items():
        mean = sum(by_week.values()) / _weeks_off_duty(problem, person)
        week, most = max(by_week.items(), key=lambda item: item[1])
        if most > most_sessions(problem, person, sum(by_week.values())):
            found[person] = (week, most, mean)
    return found


def findings(problem: Problem, weeks: Weeks) -> tuple[Finding, ...]:
    """Name the people with a heavy week that other rules force."""
    return tuple(
        Finding(
            "heaviest_week",
            person,
            f"{most} sessions in week {week} of the cycle, where the mean is {mean:.2f}: pins, rooms or other rules of"
            " single weeks leave no other",
            found=f"{most} sessions",
            allowed=f"{mean + 1:.2f}",
        )
        for person, (week, most, mean) in heavy_weeks(problem, weeks).items()
    )


def _loads(problem: Problem, weeks: Weeks) -> dict[str, dict[int, int]]:
    """Sessions of each person in each week."""
    load = {person: dict.fromkeys(problem.weeks, 0) for person in problem.people}
    for (person, _, _), given in weeks.items():
        for week in given:
            load[person][week] += 1
    return load


def _weeks_off_duty(problem: Problem, person: str) -> int:
    """Weeks of the cycle without placed duty that displaces everything: the mean is that of these weeks."""
    return max(1, problem.cycle - len(closed_weeks(problem.service, person, "", None)))


def most_sessions(problem: Problem, person: str, sessions: int) -> int:
    """Most sessions a week of a person with so many a cycle: the mean and one, in whole sessions."""
    return sessions // _weeks_off_duty(problem, person) + 1


def _near(problem: Problem, weeks: Weeks, heavy: Collection[str]) -> set[str]:
    """Half-days in which somebody with a heavy week has sessions that are not weekly, and those tied to them."""
    movable = {cell[2] for cell, given in weeks.items() if cell[0] in heavy and len(given) < problem.cycle}
    return set().union(*(slots for slots in components(problem, weeks) if slots & movable))


def _everywhere(problem: Problem, weeks: Weeks, heavy: Collection[str]) -> set[str]:
    """Every half-day."""
    return {cell[2] for cell in weeks}


def _again(problem: Problem, weeks: Weeks, slots: set[str], travel: Mapping[tuple[str, str], int]) -> Weeks | None:
    """Choose the weeks of some half-days again, with as few sessions too many as can be; None where none were found."""
    units: dict[Unit, list[Cell]] = defaultdict(list)
    for cell in weeks:
        if cell[2] in slots:
            units[unit_of(problem, cell)].append(cell)
    if not units:
        return None
    model = cp_model.CpModel()
    x = add_weekly(
        model, problem, units, lambda unit: len(weeks[units[unit][0]]), travel=lambda day: travel.get(day, 0)
    )
    for unit, cells in units.items():
        if any(cell[2] in problem.together.by_week for cell in cells):
            for week in problem.weeks:
                model.add(x[unit, week] == int(week in weeks[cells[0]]))
    mine: dict[str, list[Unit]] = defaultdict(list)
    moved: list[cp_model.IntVar] = []
    for unit, cells in units.items():
        given = weeks[cells[0]]
        for week in problem.weeks:
            model.add_hint(x[unit, week], week in given)
            if week not in given:
                moved.append(x[unit, week])
        for person, _, _ in cells:
            mine[person].append(unit)
    loads = _loads(problem, weeks)
    kept = _loads(problem, {cell: given for cell, given in weeks.items() if cell[2] not in slots})
    over: list[cp_model.IntVar] = []
    for person, together in mine.items():
        most = most_sessions(problem, person, sum(loads[person].values()))
        now = max(0, max(loads[person].values()) - most)
        excess = model.new_int_var(0, now, "")
        for week in problem.weeks:
            model.add(sum(x[unit, week] for unit in together) <= most - kept[person][week] + excess)
        model.add_hint(excess, now)
        over.append(excess)
    weights = [len(moved) + 1] * len(over) + [1] * len(moved)
    model.minimize(cp_model.LinearExpr.weighted_sum([*over, *moved], weights))
    solver = solver_of_weeks(WORK)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = {
        cell: tuple(week for week in problem.weeks if solver.value(x[unit, week]))
        for unit, cells in units.items()
        for cell in cells
    }
    return {**weeks, **chosen}
