"""Leave at the same time: sessions that must run and that too few people are left for when leave is at its most."""

from __future__ import annotations

from collections import defaultdict

from capacity.errors import Finding
from capacity.optimise.problem import Cell, Problem
from capacity.units import NO_FIXED_SLOT, half_day_order


def findings(problem: Problem, weeks: dict[Cell, tuple[int, ...]]) -> tuple[Finding, ...]:
    """Return one finding for each covered or rapid activity that leave can leave too few people for.

    With ``max_simultaneous_leave`` people away at once, all of them skilled in the activity at worst, so many fewer
    than the skilled people who can be there in the half-day are left. More sessions at a time than that cannot all run.
    """
    most = problem.service.calendar.max_simultaneous_leave
    if most is None:
        return ()
    at_once: dict[str, dict[tuple[str, int], int]] = defaultdict(lambda: defaultdict(int))
    kept = ((row, problem.time.row_weeks(row)) for row in problem.fixed_rows if row.slot != NO_FIXED_SLOT)
    rows = [*weeks.items(), *(((row.person, row.activity, row.slot), given) for row, given in kept)]
    for (_, activity, slot), given in rows:
        for week in given:
            at_once[activity][slot, week] += 1
    found = []
    for key, what in problem.activities.items():
        must_run = what.covered or problem.tier_of(key) == "rapid"
        if not must_run or problem.is_whole_team(key):
            continue
        short = {
            place: (sessions, left)
            for place, sessions in at_once[key].items()
            if sessions > (left := max(0, _able(problem, key, place[0]) - most))
        }
        if short:
            (slot, week), (sessions, left) = max(
                short.items(), key=lambda item: (item[1][0] - item[1][1], _before(item[0]))
            )
            found.append(
                Finding(
                    "leave_leaves_too_few",
                    key,
                    f"{sessions} at a time on {slot} of week {week}, where {left} who can do it are left with {most} on"
                    " leave",
                    found=f"{sessions}",
                    allowed=f"{left}",
                    source="service.toml calendar.max_simultaneous_leave",
                )
            )
    return tuple(found)


def _before(place: tuple[str, int]) -> tuple[int, int, int]:
    """The earlier of two half-days sorts higher."""
    day, part = half_day_order(place[0])
    return (-day, -part, -place[1])


def _able(problem: Problem, activity: str, slot: str) -> int:
    """People in post who are skilled in an activity and may be there in a half-day."""
    premium = slot in problem.service.slots.premium
    return sum(
        (who, activity) in problem.skill
        and problem.time.supplies(who)
        and slot not in person.unavailable
        and (not premium or bool(person.premium_consent))
        for who, person in problem.time.people.items()
    )
