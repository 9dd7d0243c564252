"""Rotation and completion: weeks that keep every rule of a week, and job plans that add up to the minute.

What rotation answers is compared with brute force over all weeks, written here from the sentences of the rules.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import defaultdict

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.rotate import rotate
from capacity.outcome import Outcome
from capacity.service.model import Activity, JobPlanRow, Service, Skill
from capacity.units import NO_FIXED_SLOT, WEEKDAY_HALF_DAYS, WEEKS_PER_YEAR, day_of
from tests.optimise.oracle import optimum
from tests.optimise.small import (
    Weeks,
    able,
    activity,
    duty,
    minutes_of,
    nurse,
    person,
    placed,
    room,
    row,
    service,
    solved,
    values,
)

AM, PM, TUE, TUE_PM = "Mon AM", "Mon PM", "Tue AM", "Tue PM"
SLOTS = (AM, PM, TUE)


# ---- brute force over the weeks of given counts


def drawn_service(chance: random.Random) -> Service:
    """Two or three people, three half-days, a cycle of two or three weeks, and everything that is held by the week."""
    cycle = chance.choice((2, 2, 3))
    some_weeks = tuple(sorted(chance.sample(range(1, cycle + 1), k=cycle - 1)))
    names = ("ann", "bob", "cat")[: chance.choice((2, 3))]
    activities = (
        activity("clinic", 1, *SLOTS, room=("one",)),
        activity("other", 1, *SLOTS, room=("one", "two")),
        activity("list", 1, AM, PM, blocks="AM+PM", room=("two",) if chance.random() < 0.5 else ()),
        activity("ward", 1, *SLOTS),
    )
    pins = [
        row(name, "ward", chance.choice(SLOTS), chance.randint(1, cycle), pinned=True)
        for name in names
        if chance.random() < 0.3
    ]
    reserved = [
        row(name, "spa", chance.choice(SLOTS), chance.randint(1, cycle), minutes=240, pinned=True)
        for name in names
        if chance.random() < 0.15
    ]
    taken = {(pin.person, pin.slot) for pin in pins}
    return service(
        [person(name, 6, max_days=1 if chance.random() < 0.2 else 2) for name in names],
        activities,
        [
            Skill(person=name, activity=what.activity, max_per_week=1 if chance.random() < 0.15 else None)
            for name in names
            for what in activities
        ],
        rooms=(
            room("one", weeks=some_weeks if chance.random() < 0.3 else ()),
            room("two", slots=(AM, PM) if chance.random() < 0.5 else ()),
        ),
        job_plans=(*pins, *(line for line in reserved if (line.person, line.slot) not in taken)),
        cycle=cycle,
    )


def drawn_counts(chance: random.Random, problem: Problem) -> dict[Cell, int]:
    """Counts as the model gives them: they fit person by person, hold every pin, and what is weekly fits in a week."""
    counts = {cell: len(weeks) for cell, weeks in problem.pinned.items()}
    cells = list(problem.cells)
    chance.shuffle(cells)
    for cell in cells[:8]:
        both = [cell] if (other := problem.block_partner(cell)) is None else [cell, other]
        used = [sum(n for (p, _, s), n in counts.items() if (p, s) == (c[0], c[2])) for c in both]
        free = min(problem.cycle - max(used), min(len(problem.allowed_weeks(c)) for c in both))
        if cell not in counts and free > 0 and len(counts) < 6:
            more = {**counts, **dict.fromkeys(both, chance.randint(1, free))}
            weekly = [c for c, count in more.items() if count == problem.cycle]
            if all(week_holds(problem.service, weekly, week) for week in problem.weeks):
                counts = more
    return counts


def rooms_fit(made: Service, wanted: list[Activity], slot: str, week: int) -> bool:
    """Whether every session finds a room, by trying all."""
    there = [
        each.room
        for each in made.rooms
        if (not each.weeks or week in each.weeks) and slot in (each.slots or WEEKDAY_HALF_DAYS)
    ]
    needs = [what.room for what in wanted if what.room]
    return any(
        all(name in usable for name, usable in zip(names, needs, strict=True))
        for names in itertools.permutations(there, len(needs))
    )


def week_holds(made: Service, done: list[Cell], week: int) -> bool:
    """Whether what is done in one week keeps every rule of a week."""
    activities = {what.activity: what for what in made.activities}
    people = {who.person: who for who in made.people}
    held = [
        (line.person, line.slot)
        for line in made.job_plans
        if line.activity == "spa" and week in (line.weeks or (week,))
    ]
    places = [(who, slot) for who, _, slot in done] + held
    if len(set(places)) < len(places):
        return False
    for who in people:
        days = {day_of(slot) for name, slot in places if name == who}
        if len(days) > (people[who].max_days or 5):
            return False
    for skill in made.skills:
        times = sum((who, what) == (skill.person, skill.activity) for who, what, _ in done)
        if skill.max_per_week is not None and times > skill.max_per_week:
            return False
    for who, what, slot in done:
        if activities[what].blocks and (who, what, {AM: PM, PM: AM}[slot]) not in done:
            return False
    by_slot: dict[str, list[Activity]] = defaultdict(list)
    for _, what, slot in done:
        by_slot[slot].append(activities[what])
    return all(rooms_fit(made, wanted, slot, week) for slot, wanted in by_slot.items())


def broken_weeks(made: Service, weeks: dict[Cell, Weeks]) -> list[int]:
    return [
        week
        for week in range(1, made.cycle_weeks + 1)
        if not week_holds(made, [cell for cell, given in weeks.items() if week in given], week)
    ]


def weeks_exist(made: Service, problem: Problem, counts: dict[Cell, int]) -> bool:
    """Whether any way to hand out the weeks keeps every rule, by trying all."""
    choices = [
        [
            given
            for given in itertools.combinations(problem.weeks, count)
            if problem.pinned.get(cell, frozenset()) <= set(given)
        ]
        for cell, count in counts.items()
    ]
    return any(not broken_weeks(made, dict(zip(counts, tried, strict=True))) for tried in itertools.product(*choices))


@pytest.mark.parametrize("seed", range(60))
def test_rotation_hands_out_weeks_exactly_where_brute_force_does(seed: int) -> None:
    chance = random.Random(f"rotation/{seed}")
    made = drawn_service(chance)
    problem = Problem(made, analyse(made))
    counts = drawn_counts(chance, problem)
    rotation = rotate(problem, counts)
    assert {cell: len(given) for cell, given in rotation.weeks.items()} == {
        cell: count for cell, count in counts.items() if cell[2] not in rotation.impossible
    }
    for cell, given in rotation.weeks.items():
        assert problem.pinned.get(cell, frozenset()) <= set(given)
    assert broken_weeks(made, rotation.weeks) == []
    stuck = {cell: count for cell, count in counts.items() if cell[2] in rotation.impossible}
    assert not stuck or not weeks_exist(made, problem, stuck)


def test_the_random_counts_have_both_answers() -> None:
    found = []
    for seed in range(60):
        chance = random.Random(f"rotation/{seed}")
        made = drawn_service(chance)
        problem = Problem(made, analyse(made))
        found.append(not rotate(problem, drawn_counts(chance, problem)).impossible)
    assert 10 < sum(found) < 55


def test_sessions_come_out_even_over_the_weeks() -> None:
    clinic = activity("clinic", 1, AM, PM, TUE, TUE_PM)
    made = service([person("ann", 4)], [clinic], cycle=4)
    problem = Problem(made, analyse(made))
    weeks = rotate(problem, {("ann", "clinic", slot): 1 for slot in (AM, PM, TUE, TUE_PM)}).weeks
    assert sorted(given[0] for given in weeks.values()) == [1, 2, 3, 4]  # one a week, never two


@pytest.mark.parametrize(
    ("cycle", "count", "patterns"),
    [
        (4, 2, [(1, 3), (2, 4)]),
        (4, 1, [(1,), (2,), (3,), (4,)]),
        (6, 3, [(1, 3, 5), (2, 4, 6)]),
        (6, 2, [(1, 4), (2, 5), (3, 6)]),
        (42, 21, [tuple(range(1, 42, 2)), tuple(range(2, 43, 2))]),
    ],
)
def test_people_who_share_a_clinic_take_evenly_spaced_weeks_in_turn(
    cycle: int, count: int, patterns: list[Weeks]
) -> None:
    """One room: alternate weeks, one in four and one in three dovetail, so that each week has one session."""
    names = [f"p{number}" for number in range(cycle // count)]
    clinic = activity("clinic", 1, AM, room=("room",))
    made = service([person(name, 4) for name in names], [clinic], rooms=(room(),), cycle=cycle)
    problem = Problem(made, analyse(made))
    weeks = rotate(problem, {(name, "clinic", AM): count for name in names}).weeks
    assert sorted(weeks.values()) == patterns


@pytest.mark.parametrize(
    ("cycle", "count", "gaps"), [(13, 6, {2, 3}), (13, 3, {4, 5}), (42, 10, {4, 5}), (42, 11, {3, 4})]
)
def test_where_a_cycle_does_not_divide_gaps_differ_by_one_week(cycle: int, count: int, gaps: set[int]) -> None:
    made = service([person("ann", 4), person("bob", 4)], [activity("clinic", 1)], cycle=cycle)
    weeks = rotate(Problem(made, analyse(made)), {(name, "clinic", AM): count for name in ("ann", "bob")}).weeks
    for given in weeks.values():
        around = [*given, given[0] + cycle]
        assert {after - week for week, after in itertools.pairwise(around)} == gaps
    anns, bobs = (set(given) for given in weeks.values())
    assert not anns & bobs  # the activity is even: never two in one week while others have none


def test_an_activity_is_even_over_the_weeks_without_a_room_to_make_it_so() -> None:
    made = service([person("ann", 4), person("bob", 4)], [activity("clinic", 1)], cycle=4)
    weeks = rotate(Problem(made, analyse(made)), {("ann", "clinic", AM): 2, ("bob", "clinic", AM): 2}).weeks
    assert sorted(weeks.values()) == [(1, 3), (2, 4)]


def test_alternate_weeks_of_two_clinics_of_one_person_alternate() -> None:
    made = service([person("ann", 4)], [activity("a", 0.5), activity("b", 0.5)], cycle=4)
    weeks = rotate(Problem(made, analyse(made)), {("ann", "a", AM): 2, ("ann", "b", AM): 2}).weeks
    assert sorted(weeks.values()) == [(1, 3), (2, 4)]


def test_weeks_of_last_year_are_kept_though_others_would_be_even() -> None:
    plans = (row("ann", "a", AM, 1, 2), row("bob", "a", AM, 3, 4))
    made = service([person("ann"), person("bob")], [activity("a", 1)], cycle=4, job_plans=plans)
    outcome = solved(made)
    assert placed(outcome) == {("ann", "a", AM): (1, 2), ("bob", "a", AM): (3, 4)}
    assert (outcome.quality["uneven_weeks"], outcome.quality["other_weeks"]) == (2, 0)


def test_weeks_of_last_year_give_way_where_they_would_make_a_week_heavy() -> None:
    """Three sessions in the weeks of last year would be three in one week of two, where the mean is 1.5."""
    slots = WEEKDAY_HALF_DAYS[:3]
    clinics = [activity(f"clinic{n}", 0.5, slot) for n, slot in enumerate(slots)]
    before = [row("ann", f"clinic{n}", slot, 1) for n, slot in enumerate(slots)]
    made = service([person("ann", 4)], clinics, cycle=2, job_plans=before)
    weeks = rotate(Problem(made, analyse(made)), {("ann", f"clinic{n}", slot): 1 for n, slot in enumerate(slots)}).weeks
    assert sorted(weeks.values()) == [(1,), (1,), (2,)]


def test_weeks_of_last_year_are_added_to() -> None:
    made = service([person("ann", 4)], [activity("a", 1)], cycle=4, job_plans=(row("ann", "a", AM, 2),))
    weeks = rotate(Problem(made, analyse(made)), {("ann", "a", AM): 2}).weeks
    assert weeks == {("ann", "a", AM): (2, 4)}  # the week there is, and the one two weeks on


def test_weeks_of_last_year_are_kept() -> None:
    plans = (row("ann", "a", AM, 2, 3), row("ann", "b", AM, 1), row("bob", "a", TUE, 4))
    activities = [activity("a", 0.75, AM, TUE), activity("b", 0.25)]
    outcome = solved(service([person("ann"), person("bob")], activities, job_plans=plans, cycle=4))
    assert placed(outcome) == {("ann", "a", AM): (2, 3), ("ann", "b", AM): (1,), ("bob", "a", TUE): (4,)}


# ---- counts that have no weeks: variables for the weeks are needed


def three_in_a_ring() -> Service:
    """An all-day list of Ann, one of Bob and a morning clinic of Bob: any two share something, in two weeks."""
    return service(
        [person("ann", 2), person("bob", 3)],
        [
            activity("long", 1, AM, PM, blocks="AM+PM", room=("one",)),
            activity("list", 1, AM, PM, blocks="AM+PM", room=("one", "two")),
            activity("clinic", 0.5, AM, room=("one",)),
        ],
        able("ann long", "bob list", "bob clinic"),
        rooms=(room("one"), room("two", slots=(AM,))),
        cycle=2,
    )


def test_counts_alone_do_not_see_a_ring_of_three() -> None:
    made = three_in_a_ring()
    problem = Problem(made, analyse(made))
    counts = {(who, what, slot): 1 for who, what in (("ann", "long"), ("bob", "list")) for slot in (AM, PM)}
    counts["bob", "clinic", AM] = 1
    # room one: 2 of 2 in the morning (long, clinic), 2 of 2 in the afternoon (long, list); Bob: 2 of 2 in the morning
    assert rotate(problem, counts).impossible == {AM, PM}
    assert not weeks_exist(made, problem, counts)


def test_a_ring_of_three_gives_up_the_least() -> None:
    made = three_in_a_ring()
    outcome = solved(made)
    assert outcome.shortfall == {"long": 0.0, "list": 0.0, "clinic": 0.5}  # a list would be two sessions a cycle
    assert values(outcome)["routine"] == 1
    assert values(outcome) == optimum(made, analyse(made)).values


def test_the_value_of_a_tier_is_one_that_some_timetable_reaches() -> None:
    made = three_in_a_ring()
    made = made.model_copy(update={"objective": made.objective.model_copy(update={"hold_tolerance": 1})})
    outcome = solved(made)
    # one of the three must go, whatever the tolerance: best 1; with the tolerance 2 may be kept
    assert values(outcome)["routine"] == 1
    assert values(outcome) == optimum(made, analyse(made)).values


def held_by_the_week() -> list[Service]:
    """Services whose counts add up and whose weeks do not."""
    two = [person("ann", 2), person("bob", 2)]
    a, b = activity("a", 0.5, AM, room=("room",)), activity("b", 0.5, AM)
    closed = service(  # the room is there in week 1 only, and Ann is pinned to something else then
        two, [a, b], able("ann a", "ann b"), rooms=(room(weeks=(1,)),),
        job_plans=(row("ann", "b", AM, 1, pinned=True),), cycle=2,
    )  # fmt: skip
    same_week = service(  # both have another pin in the only week left for a
        two, [activity("a", 1, AM), b], able("ann a", "ann b", "bob a", "bob b"),
        job_plans=(row("ann", "b", AM, 1, pinned=True), row("bob", "spa", AM, 2, minutes=240, pinned=True)), cycle=2,
    )  # fmt: skip
    days = service(  # one day a week; Monday is pinned in both weeks, by two half-days: Tuesday has no week
        [person("ann", 3, max_days=1)], [activity("a", 0.5, TUE), activity("b", 1, AM, PM)],
        job_plans=(row("ann", "b", AM, 1, pinned=True), row("ann", "b", PM, 2, pinned=True)), cycle=2,
    )  # fmt: skip
    per_week = service(  # one a week; the afternoon's room is there in the week in which the morning is pinned
        [person("ann", 3)], [activity("a", 1, AM, PM, room=("room", "late"))],
        [Skill(person="ann", activity="a", max_per_week=1)],
        rooms=(room(slots=(AM,), weeks=(1,)), room("late", slots=(PM,), weeks=(1,))),
        job_plans=(row("ann", "a", AM, 1, pinned=True),), cycle=2,
    )  # fmt: skip
    team = service(  # the meeting can only be in week 2, where Bob is pinned to a clinic
        two, [activity("mdt", 0.5, team="all"), activity("a", 0.5), activity("b", 0.5)],
        able("ann mdt", "bob mdt", "ann a", "bob b"),
        job_plans=(row("ann", "a", AM, 1, pinned=True), row("bob", "b", AM, 2, pinned=True)), cycle=2,
    )  # fmt: skip
    return [closed, same_week, days, per_week, team]


@pytest.mark.parametrize(
    ("number", "missing"),
    [(0, 1), (1, 0), (2, 1), (3, 1), (4, 1)],
    ids=("closed weeks", "same week", "days of a week", "limit of a week", "whole team"),
)
def test_what_is_held_by_the_week_is_solved_by_the_week(number: int, missing: int) -> None:
    made = held_by_the_week()[number]
    outcome = solved(made)
    assert values(outcome)["routine"] == missing  # whole sessions a cycle; each is one session of two weeks
    if not any(skill.max_per_week for skill in made.skills):  # the oracle does not state this rule
        assert values(outcome) == optimum(made, analyse(made)).values


# ---- completion


def week_of(made: Service, outcome: Outcome, who: str) -> float:
    """Minutes a week of one person's job plan, worked out here: session x weeks charged, and everything else."""
    assert outcome.plan is not None
    weeks = outcome.weeks[who]
    on_duty = [((rota.weeks_covered or 52) / len(rota.members), rota) for rota in made.rotas if who in rota.members]
    duty_weeks = sum(share for share, _ in on_duty)
    total = sum(share * rota.pa_per_duty_week * 240 / weeks for share, rota in on_duty)
    half_day = 225 if made.person(who).contract_hours else 240
    for line in outcome.plan.rows_of(who):
        share = len(line.weeks) / made.cycle_weeks if line.weeks else 1
        if line.activity in ("admin", "cover", "on_call"):
            continue
        if line.activity in ("spa", "flexible", "travel") or line.activity.startswith("role:"):
            assert line.minutes is not None
            total += share * line.minutes
        else:
            what = made.activity(line.activity)
            timed = min(what.session_minutes or half_day, half_day)
            charged = WEEKS_PER_YEAR if what.covered else weeks - duty_weeks
            admin = (what.admin_minutes or 0) * min(1, half_day / (what.session_minutes or half_day))
            total += share * (timed + admin) * charged / weeks
    return total


def drawn_team(seed: int) -> Service:
    chance = random.Random(f"completion/{seed}")
    people = [
        person(name, chance.choice((2.3, 3.17, 4, 5.5)), working_weeks=chance.choice((38.5, 42, 52.18)),
               core_spa_pa=chance.choice((0, 0.5, 1.13)), max_days=chance.choice((2, 3, 5)),
               unavailable=tuple(chance.sample(WEEKDAY_HALF_DAYS, k=chance.randint(0, 6))))
        for name in ("ann", "bob")
    ]  # fmt: skip
    people.append(nurse("nel", chance.choice((12, 17.75)), working_weeks=42.42))
    activities = [
        activity("clinic", chance.uniform(0.5, 3), AM, PM, TUE, admin_minutes=chance.choice((0, 37))),
        activity("short", chance.uniform(0.5, 2), AM, TUE, "Wed AM", session_minutes=chance.choice((95, 190))),
        activity("always", chance.uniform(0.3, 1.5), PM, TUE_PM, covered=True),
        activity("long", chance.uniform(0.3, 1), "Thu AM", session_minutes=300, admin_minutes=30),
    ]
    plans: list[JobPlanRow] = [row("ann", "spa", "Fri AM", minutes=120), row("nel", "clinic", AM)]
    rotas = (duty("ann", "bob", weeks=chance.choice((8, 12.5)), pa=1.5),) if chance.random() < 0.5 else ()
    return service(people, activities, job_plans=tuple(plans), rotas=rotas, cycle=chance.choice((1, 2, 4)))


@pytest.mark.parametrize("seed", range(25))
def test_every_job_plan_adds_up_to_its_contract_to_the_minute(seed: int) -> None:
    made = drawn_team(seed)
    outcome = solved(made)
    for who in made.people:
        contract = who.contract_hours * 60 if who.contract_hours else (who.contract_pa or 0) * 240
        assert abs(week_of(made, outcome, who.person) - contract) <= 0.5 + 1e-6


@pytest.mark.parametrize("seed", range(25))
def test_time_without_a_half_day_is_only_what_does_not_fit(seed: int) -> None:
    made = drawn_team(seed)
    outcome = solved(made)
    assert outcome.plan is not None
    for who in made.people:
        rows = outcome.plan.rows_of(who.person)
        loose = [line for line in rows if line.slot == NO_FIXED_SLOT and line.activity in ("spa", "flexible")]
        largest = max((line.minutes or 0 for line in loose), default=0)
        if largest >= 30:  # smaller remainders are not worth a place
            assert not open_half_days(made, outcome, who.person, largest)


def open_half_days(made: Service, outcome: Outcome, who: str, minutes: float) -> list[str]:
    """Half-days with so many minutes free in every week, on days the person works or may still work."""
    assert outcome.plan is not None
    half_day = 225 if made.person(who).contract_hours else 240
    used: dict[tuple[str, int], float] = defaultdict(float)
    days: dict[int, set[str]] = defaultdict(set)
    weeks = range(1, made.cycle_weeks + 1)
    for line in outcome.plan.rows_of(who):
        if line.slot != NO_FIXED_SLOT:
            length = line.minutes
            if length is None:
                length = min(made.activity(line.activity).session_minutes or half_day, half_day)
            for week in line.weeks or weeks:
                used[line.slot, week] += length
                days[week].add(day_of(line.slot))
    most = made.person(who).max_days or 5
    return [
        slot
        for slot in WEEKDAY_HALF_DAYS
        if slot not in made.person(who).unavailable
        and all(
            half_day - used[slot, week] >= math.floor(minutes)
            and (day_of(slot) in days[week] or len(days[week]) < most)
            for week in weeks
        )
    ]


def test_spa_stays_where_it_was_last_year() -> None:
    plans = (row("ann", "spa", "Wed PM", minutes=240), row("ann", "spa", "Fri AM", minutes=120))
    made = service([person("ann", 3, core_spa_pa=1.5)], [activity("clinic", 1)], job_plans=plans)
    outcome = solved(made)
    assert outcome.plan is not None
    spa = {(line.slot, line.minutes) for line in outcome.plan.rows_of("ann") if line.activity == "spa"}
    assert spa == {("Wed PM", 240), ("Fri AM", 120)}


def test_spa_moves_where_a_clinic_takes_its_place() -> None:
    plans = (row("ann", "spa", AM, minutes=240),)
    outcome = solved(service([person("ann", 2, core_spa_pa=1)], [activity("clinic", 1, AM)], job_plans=plans))
    assert outcome.plan is not None
    assert placed(outcome) == {("ann", "clinic", AM): ()}
    assert {(line.slot, line.minutes) for line in outcome.plan.rows if line.activity == "spa"} == {(PM, 240)}


def test_spa_above_the_floor_gives_way_to_demand_and_stays_otherwise() -> None:
    plans = (row("ann", "spa", PM, minutes=240),)
    needed = service([person("ann", 1)], [activity("clinic", 1)], job_plans=plans)
    assert minutes_of(solved(needed), "ann", "spa") == 0  # the contract is one session; no floor
    spare = service([person("ann", 2)], [activity("clinic", 1)], job_plans=plans)
    assert minutes_of(solved(spare), "ann", "spa") == 240


@pytest.mark.parametrize(("pa", "loose"), [(3, 0), (1.25, 0), (1.1, 24)])
def test_flexible_time_has_a_half_day_where_it_is_not_a_scrap(pa: float, loose: float) -> None:
    outcome = solved(service([person("ann", pa)], [activity("clinic", 1)]))
    assert outcome.plan is not None
    assert minutes_of(outcome, "ann", "flexible") == pa * 240 - 240
    scraps = [line.minutes for line in outcome.plan.rows if line.slot == NO_FIXED_SLOT]
    assert scraps == ([loose] if loose else [])


def test_time_with_nowhere_to_go_has_no_half_day() -> None:
    away = tuple(slot for slot in WEEKDAY_HALF_DAYS if slot != AM)
    outcome = solved(service([person("ann", 2, unavailable=away)], [activity("clinic", 1)]))
    assert outcome.plan is not None
    assert [(line.activity, line.slot, line.minutes) for line in outcome.plan.rows] == [
        ("clinic", AM, None),
        ("flexible", NO_FIXED_SLOT, 240),
    ]


# ---- cover


def covered(*plans: JobPlanRow, cycle: int = 1, skills: list[Skill] | None = None) -> Outcome:
    """People of 42 weeks and 1.25 PA with one covered session each: each buys 52.18 - 42 = 10.18 sessions a year."""
    people = [person(name, 1.25, working_weeks=42) for name in dict.fromkeys(line.person for line in plans)]
    activities = [activity("clinic", 0, AM, PM, covered=True), activity("other", 0, AM, PM)]
    return solved(service(people, activities, skills, job_plans=plans, cycle=cycle))


def cover_rows(outcome: Outcome) -> list[tuple[str, str, float | None]]:
    assert outcome.plan is not None
    return [(line.person, line.slot, line.minutes) for line in outcome.plan.rows if line.activity == "cover"]


BOUGHT = 10.18 / 52.18


def test_cover_is_placed_with_whoever_is_free_and_skilled() -> None:
    outcome = covered(row("ann", "clinic", AM, pinned=True), row("bob", "clinic", PM, pinned=True))
    assert outcome.cover_unplaced == {"clinic": 0.0}
    assert cover_rows(outcome) == [("ann", PM, 58), ("bob", AM, 58)]  # 10.18 x 240 / 42 = 58.17 minutes a week


def test_cover_is_not_placed_with_people_who_are_busy_then() -> None:
    outcome = covered(row("ann", "clinic", AM, pinned=True), row("bob", "clinic", AM, pinned=True))
    assert outcome.cover_unplaced == {"clinic": pytest.approx(2 * BOUGHT)}
    assert cover_rows(outcome) == [("ann", NO_FIXED_SLOT, 58), ("bob", NO_FIXED_SLOT, 58)]


def test_cover_is_limited_by_what_each_person_is_charged_for() -> None:
    outcome = covered(
        row("ann", "clinic", AM, pinned=True),
        row("bob", "clinic", AM, pinned=True),
        row("cat", "clinic", PM, pinned=True),
    )
    # Monday morning asks for 20.36 sessions a year and only Cat is free: she has bought 10.18. Her own are covered.
    assert outcome.cover_unplaced == {"clinic": pytest.approx(BOUGHT)}


def test_cover_is_not_placed_with_people_without_the_skill() -> None:
    skills = able("ann clinic", "bob review")
    people = [person("ann", 1.25, working_weeks=42), person("bob", 1.25, working_weeks=42)]
    activities = [activity("clinic", 0, AM, covered=True), activity("review", 0, PM, covered=True)]
    plans = (row("ann", "clinic", AM, pinned=True), row("bob", "review", PM, pinned=True))
    outcome = solved(service(people, activities, skills, job_plans=plans))
    assert outcome.cover_unplaced == {"clinic": pytest.approx(BOUGHT), "review": pytest.approx(BOUGHT)}


def test_cover_uses_the_weeks_in_which_a_half_day_is_free() -> None:
    outcome = covered(
        row("ann", "clinic", AM, 1, pinned=True), row("bob", "other", AM, 1, pinned=True),
        row("bob", "clinic", PM, 2, pinned=True), cycle=2,
    )  # fmt: skip
    # each buys 5.09 sessions a year; Bob is free on Monday mornings of week 2: 21 of his 42 weeks
    assert outcome.cover_unplaced == {"clinic": 0.0}
    assert outcome.plan is not None
    (bobs,) = [line for line in outcome.plan.rows_of("bob") if line.activity == "cover"]
    assert (bobs.slot, bobs.weeks, bobs.minutes) == (AM, (2,), 58)  # 5.09 x 240 / 21 = 58.17


def test_cover_of_two_clinics_may_be_given_by_one_person_in_one_half_day() -> None:
    people = [person("ann", 1.25), person("bob", 1.25), person("cat", 2.5)]
    people = [who.model_copy(update={"working_weeks": 42}) for who in people]
    activities = [activity("clinic", 0, AM, PM, TUE_PM, covered=True), activity("review", 0, AM, covered=True)]
    plans = [("ann", "clinic", AM), ("bob", "review", AM), ("cat", "clinic", PM), ("cat", "clinic", TUE_PM)]
    made = service(people, activities, job_plans=tuple(row(*plan, pinned=True) for plan in plans))
    outcome = solved(made)
    # Cat buys 20.36 and is the only one free on Monday morning: both clinics, 2 x 58.17 minutes
    assert outcome.cover_unplaced == {"clinic": 0.0, "review": 0.0}
    assert ("cat", AM, 116) in cover_rows(outcome)


def test_cover_that_would_be_one_day_too_many_is_not_said_to_be_placed() -> None:
    people = [person("ann", 1.25), person("bob", 1.25), person("cat", 2.5, max_days=2)]
    people = [who.model_copy(update={"working_weeks": 42}) for who in people]
    activities = [activity("clinic", 0, AM, PM, TUE, "Wed AM", covered=True)]
    plans = [("ann", TUE), ("bob", "Wed AM"), ("cat", AM), ("cat", PM)]
    made = service(people, activities, job_plans=tuple(row(who, "clinic", slot, pinned=True) for who, slot in plans))
    outcome = solved(made)
    assert minutes_placed(outcome) == pytest.approx(3 * 58)  # of 4 x 58.17: Cat can come on one more day, not on two
    assert outcome.cover_unplaced == {"clinic": pytest.approx(BOUGHT)}


def minutes_placed(outcome: Outcome) -> float:
    return sum(minutes or 0 for _, slot, minutes in cover_rows(outcome) if slot != NO_FIXED_SLOT)
