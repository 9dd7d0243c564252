"""Rules that hold week by week. Used to hand out weeks (rotation), and inside the model where counts are not enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from ortools.sat.python import cp_model

from capacity.optimise import weekly_personal
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.variables import Unit, most_of, unit_of
from capacity.optimise.weekly_together import Travel, Weekly, add_together, joint_units
from capacity.units import NO_FIXED_SLOT, day_of, is_weekend

RULES_OF_A_WEEK = (
    "pins",
    "one_activity",
    "rooms",
    "days",
    "weekends",
    "job_share",
    "job_share_pattern",
    "per_week",
    "joint_teams",
    "supervision",
    "sites",
    "equipment",
)
"""Rules that hold in every single week."""


def add_weekly(
    model: cp_model.CpModel,
    problem: Problem,
    units: dict[Unit, list[Cell]],
    count: Callable[[Unit], cp_model.IntVar | int],
    rules: Mapping[str, Collection[str]] | None = None,
    travel: Travel = lambda _: 0,
    whole: Collection[str] | None = None,
) -> Weekly:
    """Add one boolean for each unit and week, their sum being the unit's count, and every rule of a single week.

    ``rules`` (rule id -> people) leaves out the rules and people it does not name. ``travel`` is the most minutes a
    cycle of travel between sites, for (person, day). All sessions of the half-days ``whole`` are here, None for all.
    """
    x = new_weeks(model, problem, units, count)
    if rules is None:
        rules = dict.fromkeys(RULES_OF_A_WEEK, problem.people)
    add_rules_of_weeks(model, problem, units, x, rules, travel, whole)
    return x


def _with_weeks(units: dict[Unit, list[Cell]]) -> dict[Unit, list[Cell]]:
    """Units with half-days, and so weeks: annualised sessions have none."""
    return {unit: cells for unit, cells in units.items() if cells[0][2] != NO_FIXED_SLOT}


def new_weeks(
    model: cp_model.CpModel,
    problem: Problem,
    units: dict[Unit, list[Cell]],
    count: Callable[[Unit], cp_model.IntVar | int],
) -> Weekly:
    """Add one boolean for each unit and week in which it may happen; their sum is the unit's count.

    The sessions of joint teams get variables of their own.
    """
    units = _with_weeks(units)
    x: Weekly = {}
    for unit, cells in units.items():
        allowed = _allowed(problem, cells)
        for week in problem.weeks:
            x[unit, week] = model.new_bool_var(f"x{unit}@{week}")
            if week not in allowed:
                model.add(x[unit, week] == 0)
        model.add(sum(x[unit, week] for week in problem.weeks) == count(unit))
    for unit in joint_units(problem, units):
        most = problem.together.most_sessions((unit[1], unit[2]))
        for week in problem.weeks:
            x[unit, week] = model.new_int_var(0, most, f"x{unit}@{week}")
    return x


def add_rules_of_weeks(
    model: cp_model.CpModel,
    problem: Problem,
    units: dict[Unit, list[Cell]],
    x: Weekly,
    rules: Mapping[str, Collection[str]],
    travel: Travel,
    whole: Collection[str] | None = None,
) -> None:
    """Add the rules of a single week, each for the people named."""
    units = _with_weeks(units)
    whole = {cell[2] for cells in units.values() for cell in cells} if whole is None else whole
    _pins(model, problem, units, x, rules.get("pins", ()))
    _one_activity(model, units, x, rules.get("one_activity", ()), problem.weeks)
    add_together(model, problem, units, x, rules, travel)
    if "rooms" in rules:
        _rooms(model, problem, units, x)
    _days(model, problem, units, x, rules.get("days", ()))
    weekly_personal.weekends(model, problem, units, x, rules.get("weekends", ()))
    weekly_personal.job_share(model, problem, units, x, rules.get("job_share", ()))
    weekly_personal.job_share_pattern(model, problem, units, x, rules.get("job_share_pattern", ()), whole)
    _per_week(model, problem, units, x, rules.get("per_week", ()))


def _pins(
    model: cp_model.CpModel, problem: Problem, units: dict[Unit, list[Cell]], x: Weekly, people: Collection[str]
) -> None:
    for unit, cells in units.items():
        pinned = set().union(*(problem.pinned.get(cell, frozenset()) for cell in cells if cell[0] in people))
        for week in sorted(pinned & _allowed(problem, cells)):
            model.add(x[unit, week] == 1)


def _allowed(problem: Problem, cells: list[Cell]) -> set[int]:
    return set.intersection(*(set(problem.allowed_weeks(cell)) for cell in cells))


def _one_activity(
    model: cp_model.CpModel,
    units: dict[Unit, list[Cell]],
    x: Weekly,
    people: Collection[str],
    weeks: tuple[int, ...],
) -> None:
    by_half_day: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit, cells in units.items():
        for person, _, slot in cells:
            if person in people:
                by_half_day[person, slot].append(unit)
    for together in by_half_day.values():
        if len(together) > 1:
            for week in weeks:
                model.add_at_most_one(x[unit, week] for unit in together)


def room_demand(problem: Problem, units: dict[Unit, list[Cell]]) -> dict[str, dict[str, list[Unit]]]:
    """Half-day -> activity -> units that each need a room there; a joint team needs one for each session it does."""
    needs: dict[str, dict[str, list[Unit]]] = defaultdict(lambda: defaultdict(list))
    for unit, cells in units.items():
        for activity, slot in dict.fromkeys((cell[1], cell[2]) for cell in cells):
            if problem.activities[activity].room and (activity, slot) not in problem.together.joint:
                needs[slot][activity].append(unit)
    for unit in joint_units(problem, units):
        if problem.activities[unit[1]].room:
            needs[unit[2]][unit[1]].append(unit)
    return needs


def _rooms(model: cp_model.CpModel, problem: Problem, units: dict[Unit, list[Cell]], x: Weekly) -> None:
    for slot, by_activity in room_demand(problem, units).items():
        names = {room for activity in by_activity for room in problem.activities[activity].room}
        for week in problem.weeks:
            in_room: dict[str, list[cp_model.LinearExprT]] = defaultdict(list)
            for activity, wanting in by_activity.items():
                usable = problem.activities[activity].room
                sessions = [x[unit, week] for unit in wanting]
                if len(usable) == 1:
                    in_room[usable[0]] += sessions
                    continue
                most = sum(most_of(session) for session in sessions)
                parts = [model.new_int_var(0, most, "") for _ in usable]
                model.add(sum(parts) == sum(sessions))
                for room, part in zip(usable, parts, strict=True):
                    in_room[room].append(part)
            for room in names:
                model.add(sum(in_room[room]) <= problem.rooms_free(room, slot, week))


def _days(
    model: cp_model.CpModel, problem: Problem, units: dict[Unit, list[Cell]], x: Weekly, people: Collection[str]
) -> None:
    for person in (person for person in problem.day_limited if person in people):
        by_day: dict[str, list[Unit]] = defaultdict(list)
        for unit, cells in units.items():
            for who, _, slot in cells:
                if who == person:
                    by_day[day_of(slot)].append(unit)
        reserved: dict[int, set[str]] = defaultdict(set)
        for (who, slot), weeks in problem.pinned_reserved.items():
            if who == person:
                for week in weeks:
                    reserved[week].add(day_of(slot))
        names = set(by_day) | {day for held in reserved.values() for day in held}
        if len(names) <= problem.most_days(person):
            continue
        for week in problem.weeks:
            worked = []
            for day in names:
                flag = model.new_bool_var("")
                worked.append(flag)
                for unit in dict.fromkeys(by_day[day]):
                    model.add(x[unit, week] <= flag)
                if day in reserved[week]:
                    model.add(flag == 1)
            model.add(sum(worked) <= problem.most_days(person))


def _per_week(
    model: cp_model.CpModel, problem: Problem, units: dict[Unit, list[Cell]], x: Weekly, people: Collection[str]
) -> None:
    limits = {
        key: skill.max_per_week
        for key, skill in problem.skill.items()
        if skill.max_per_week is not None and key[0] in people
    }
    by_skill: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit, cells in units.items():
        for person, activity, _ in cells:
            if (person, activity) in limits:
                by_skill[person, activity].append(unit)
    for key, together in by_skill.items():
        most = -int(-limits[key] // 1)
        if len(together) > most:
            for week in problem.weeks:
                model.add(sum(x[unit, week] for unit in together) <= most)


def components(problem: Problem, cells: Collection[Cell]) -> list[set[str]]:
    """Sets of half-days whose weeks hang together: by all-day blocks, days, weekends, sites, limits on a week."""
    parent = {cell[2]: cell[2] for cell in cells}

    def root(slot: str) -> str:
        while parent[slot] != slot:
            slot = parent[slot]
        return slot

    linked: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for cell in cells:
        person, activity, slot = cell
        if problem.activities[activity].blocks is not None:
            linked[unit_of(problem, cell)].append(slot)
        if person in problem.day_limited:
            linked[("days", person)].append(slot)
        if (person, day_of(slot)) in problem.together.site_days:
            linked[("sites", person, day_of(slot))].append(slot)
        if person in problem.weekend_limited and is_weekend(slot):
            linked[("weekends", person)].append(slot)
        skill = problem.skill.get((person, activity))
        if skill is not None and skill.max_per_week is not None:
            linked[("week", person, activity)].append(slot)
    for slots in linked.values():
        for slot in slots[1:]:
            parent[root(slot)] = root(slots[0])
    groups: dict[str, set[str]] = defaultdict(set)
    for slot in parent:
        groups[root(slot)].add(slot)
    return list(groups.values())


def counts_suffice(problem: Problem, cells: Collection[Cell]) -> bool:
    """Whether weeks can always be handed out to counts of these cells: no rule of theirs looks at single weeks.

    Otherwise every tier's best plan is given weeks before its value is held.
    """
    shared = {person for pair in problem.shared_posts for person in pair}
    return not any(cell[0] in shared or _of_single_weeks(problem, cell) or _rooms_vary(problem, cell) for cell in cells)


def _of_single_weeks(problem: Problem, cell: Cell) -> bool:
    person, name, slot = cell
    activity, skill = problem.activities[name], problem.skill.get((person, name))
    return bool(
        slot in problem.together.by_week
        or len(problem.allowed_weeks(cell)) < problem.cycle
        or 0 < len(problem.pinned.get(cell, ())) < problem.cycle
        or (person, slot) in problem.pinned_reserved
        or person in problem.day_limited
        or (person in problem.weekend_limited and is_weekend(slot))
        or (person, day_of(slot)) in problem.together.site_days
        or (skill is not None and skill.max_per_week is not None)
        or activity.team is not None
        or activity.equipment
        or activity.blocks is not None
    )


def _rooms_vary(problem: Problem, cell: Cell) -> bool:
    """Whether a room the cell may use is free more often in some weeks than in others."""
    return any(
        len({problem.rooms_free(room, cell[2], week) for week in problem.weeks}) > 1
        for room in problem.activities[cell[1]].room
    )
