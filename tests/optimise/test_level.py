"""No week of the cycle is heavier than the mean and one session wherever weeks can be handed out so."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.level import findings, heavy_weeks, level
from capacity.optimise.problem import Cell, Problem
from capacity.service.model import Service
from capacity.units import WEEKDAY_HALF_DAYS
from tests.optimise.small import Weeks, activity, person, placed, room, row, service, solved

SLOTS = WEEKDAY_HALF_DAYS[:4]


def problem_of(made: Service) -> Problem:
    return Problem(made, analyse(made))


def heaviest(weeks: dict[Cell, Weeks], cycle: int) -> dict[str, int]:
    """Sessions of each person in the heaviest week."""
    load: dict[str, Counter[int]] = defaultdict(Counter)
    for (who, _, _), given in weeks.items():
        load[who].update(given)
    return {who: max(by_week.values(), default=0) for who, by_week in load.items()}


def test_level_allows_even_weeks_as_they_are() -> None:
    problem = problem_of(service([person("ann", 4)], [activity("clinic", 1, *SLOTS)], cycle=2))
    weeks = {("ann", "clinic", slot): ((1,) if n % 2 else (2,)) for n, slot in enumerate(SLOTS)}
    assert level(problem, weeks) == weeks


def test_level_moves_as_few_sessions_as_it_can() -> None:
    """Four sessions in week 1 and none in week 2: the mean is 2, so 3 and 1 will do, and one session moves."""
    problem = problem_of(service([person("ann", 4)], [activity("clinic", 1, *SLOTS)], cycle=2))
    weeks = {("ann", "clinic", slot): (1,) for slot in SLOTS}
    chosen = level(problem, weeks)
    assert sum(given == (2,) for given in chosen.values()) == 1
    assert heavy_weeks(problem, chosen) == {}


def test_level_changes_weeks_of_others_where_a_room_asks_for_it() -> None:
    """One room: ann can only leave week 1 where bob comes into it."""
    made = service(
        [person("ann", 4), person("bob", 4)], [activity("clinic", 2, *SLOTS, room=("one",))], cycle=2,
        rooms=[room("one")],
    )  # fmt: skip
    weeks = {(who, "clinic", slot): (week,) for slot in SLOTS for who, week in (("ann", 1), ("bob", 2))}
    chosen = level(problem_of(made), weeks)
    assert max(heaviest(chosen, 2).values()) == 3
    assert all({chosen["ann", "clinic", slot], chosen["bob", "clinic", slot]} == {(1,), (2,)} for slot in SLOTS)


def test_a_heavy_week_that_pins_force_is_named() -> None:
    """Three pinned sessions in week 1 of 2: the mean is 1.5, and 3 are more than 2.5."""
    pins = [row("ann", "clinic", slot, 1, pinned=True) for slot in SLOTS[:3]]
    made = service([person("ann", 4)], [activity("clinic", 1.5, *SLOTS)], cycle=2, job_plans=pins)
    outcome = solved(made)
    assert set(placed(outcome).values()) == {(1,)}
    (finding,) = [each for each in outcome.findings if each.rule == "heaviest_week"]
    assert (finding.subject, finding.found, finding.allowed) == ("ann", "3 sessions", "2.50")


def test_a_heavy_week_is_not_named_where_other_weeks_make_up_for_the_pins() -> None:
    clinics = [activity(f"clinic{n}", 0.5, slot) for n, slot in enumerate(SLOTS[:3])]
    pins = [row("ann", f"clinic{n}", SLOTS[n], 1, pinned=True) for n in (0, 1)]
    made = service([person("ann", 4)], clinics, cycle=2, job_plans=pins)
    outcome = solved(made)
    assert sorted(placed(outcome).values()) == [(1,), (1,), (2,)]  # 2 and 1
    assert not [each for each in outcome.findings if each.rule == "heaviest_week"]


@pytest.mark.parametrize("seed", range(8))
def test_level_is_as_level_as_brute_force(seed: int) -> None:
    """Random weeks of two people, some in the one room: every choice of weeks is tried."""
    chance = random.Random(seed)
    slots = SLOTS[:3]
    made = service(
        [person("ann", 4), person("bob", 4)],
        [activity("clinic", 1, *slots, room=("one",)), activity("ward", 1, *slots)],
        cycle=2,
        rooms=[room("one", weeks=(1,) if chance.random() < 0.5 else ())],
    )
    problem = problem_of(made)
    open_weeks = made.rooms[0].weeks or (1, 2)
    counts: dict[Cell, Weeks] = {}
    for slot in slots:
        for who in ("ann", "bob"):
            taken = {given for (_, what, where), given in counts.items() if (what, where) == ("clinic", slot)}
            free = [week for week in open_weeks if (week,) not in taken]
            if free and chance.random() < 0.6:
                counts[who, "clinic", slot] = (free[0],)
            else:
                counts[who, "ward", slot] = (1,)

    def excess(weeks: dict[Cell, Weeks]) -> int:
        total = Counter(who for who, _, _ in weeks)
        return sum(max(0, most - total[who] // 2 - 1) for who, most in heaviest(weeks, 2).items())

    best = excess(counts)
    for choice in itertools.product((1, 2), repeat=len(counts)):
        weeks = {cell: (week,) for cell, week in zip(counts, choice, strict=True)}
        used = Counter((slot, week) for (_, what, slot), (week,) in weeks.items() if what == "clinic")
        fits = all(n <= 1 for n in used.values()) and all(week in open_weeks for _, week in used)
        best = min(best, excess(weeks)) if fits else best
    chosen = level(problem, counts)
    assert excess(chosen) == best
    assert bool(findings(problem, chosen)) == bool(best)
