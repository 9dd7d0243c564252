"""The same answer every time, and answers that change only where they should."""

from __future__ import annotations

import random
from typing import Any

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from capacity.service.model import Objective, Person, Role, Service, Skill
from tests.optimise.small import activity, person, room, row, service, solved, values
from tests.optimise.tiny import tiny_service

SHORTFALL = ("rapid_mean", "routine", "rapid_headroom")
SLOTS = ("Mon AM", "Mon PM", "Tue AM", "Tue PM")
SEEDS = range(8)
POSSIBLE = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
"""Seeds of ``tiny_service`` that have a plan."""


def answer(made: Service, **settings: Any) -> Outcome:
    return plan(made, analyse(made), Settings(**{"time_limit": 60, **settings}))


def what_matters(outcome: Outcome) -> tuple[object, ...]:
    """Everything of an outcome but the time it took."""
    assert outcome.plan is not None
    tiers = [(tier.name, tier.value, tier.bound, tier.kept, tier.status) for tier in outcome.tiers]
    second = what_matters(outcome.with_extra) if outcome.with_extra is not None else ()
    return (
        outcome.status,
        outcome.plan.rows,
        outcome.plan.holders,
        outcome.plan.extra_minutes,
        outcome.plan.rooms,
        tiers,
        outcome.shortfall,
        outcome.changes,
        outcome.cover_unplaced,
        second,
    )


@pytest.mark.parametrize("seed", POSSIBLE)
def test_one_worker_and_one_seed_give_one_plan(seed: int) -> None:
    made = tiny_service(seed)
    first, second = answer(made), answer(made)
    assert first.status == "optimal"
    assert what_matters(first) == what_matters(second)


@pytest.mark.parametrize("seed", POSSIBLE[:5])
def test_another_seed_gives_the_same_values(seed: int) -> None:
    made = tiny_service(seed)
    assert values(answer(made, seed=2)) == values(answer(made, seed=1))


def renamed(made: Service, names: dict[str, str]) -> Service:
    """The service with other ids for its people, listed in the order of the new ids."""

    def of(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(line.model_copy(update={"person": names[line.person]}) for line in rows)

    def told(people: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names[name] for name in people)

    return made.model_copy(
        update={
            "people": tuple(sorted(of(made.people), key=lambda who: str(who.person))),
            "skills": tuple(sorted(of(made.skills), key=lambda skill: (skill.person, skill.activity))),
            "job_plans": tuple(sorted(of(made.job_plans), key=lambda line: str(line.person))),
            "rotas": tuple(rota.model_copy(update={"members": told(rota.members)}) for rota in made.rotas),
            "roles": tuple(
                role.model_copy(update={"eligible": told(role.eligible), "held_by": told(role.held_by)})
                for role in made.roles
            ),
        }
    )


@pytest.mark.parametrize("seed", POSSIBLE)
def test_other_ids_for_people_change_no_value(seed: int) -> None:
    made = tiny_service(seed)
    ids = [who.person for who in made.people]
    other = renamed(made, dict(zip(ids, (f"z{9 - number}" for number in range(len(ids))), strict=True)))
    assert [who.person for who in other.people] == [f"z{9 - number}" for number in reversed(range(len(ids)))]
    assert values(answer(other)) == values(answer(made))


def drawn(seed: int) -> Service:
    """Whole PAs, whole sessions: what one week of the cycle cannot do, no cycle can."""
    chance = random.Random(f"reproducible/{seed}")
    people = [person(f"p{number}", chance.randint(1, 4)) for number in range(3)]
    activities = [
        activity(
            f"a{number}",
            chance.randint(1, 4),
            *chance.sample(SLOTS, k=chance.randint(2, 4)),
            tier="rapid" if number == 0 else None,
            priority=chance.choice((None, 2)),
            room=(f"r{number}",) if chance.random() < 0.6 else (),
        )
        for number in range(3)
    ]
    skills = [
        Skill(person=who.person, activity=what.activity)
        for who in people
        for what in activities
        if chance.random() < 0.6
    ]
    plans = [
        row(skill.person, skill.activity, slot)
        for skill in skills
        for slot in next(what.slots for what in activities if what.activity == skill.activity)
        if chance.random() < 0.25
    ]
    once = {(line.person, line.slot): line for line in plans}
    rooms = tuple(room(f"r{number}", count=chance.choice((1, 1, 2))) for number in range(3))
    return service(people, activities, skills, rooms=rooms, job_plans=tuple(once.values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cycle_twice_as_long_doubles_every_value(seed: int) -> None:
    made = drawn(seed)
    twice = solved(made.model_copy(update={"cycle_weeks": 2}))
    assert values(twice) == {name: 2 * value for name, value in values(solved(made)).items()}


def short(made: Service) -> list[float]:
    """Shortfall tiers in order: each is held exactly, so that a better service is better in order."""
    outcome = solved(made)
    return [values(outcome)[name] for name in SHORTFALL]


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_room_never_raises_shortfall(seed: int) -> None:
    made = drawn(seed)
    before = short(made)
    for position, wider in enumerate(made.rooms):
        rooms = list(made.rooms)
        rooms[position] = wider.model_copy(update={"count": (wider.count or 0) + 1})
        assert short(made.model_copy(update={"rooms": tuple(rooms)})) <= before


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_pa_never_raises_shortfall(seed: int) -> None:
    made = drawn(seed)
    before = short(made)
    for position, who in enumerate(made.people):
        people: list[Person] = list(made.people)
        people[position] = who.model_copy(update={"contract_pa": (who.contract_pa or 0) + 1})
        assert short(made.model_copy(update={"people": tuple(people)})) <= before


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_skill_never_raises_shortfall(seed: int) -> None:
    made = drawn(seed)
    before = short(made)
    have = {(skill.person, skill.activity) for skill in made.skills}
    for who in made.people:
        for what in made.activities:
            if (who.person, what.activity) not in have:
                more = (*made.skills, Skill(person=who.person, activity=what.activity))
                assert short(made.model_copy(update={"skills": more})) <= before


@pytest.mark.parametrize("seed", SEEDS)
def test_more_spa_never_lowers_shortfall(seed: int) -> None:
    made = drawn(seed)
    before = short(made)
    for position, who in enumerate(made.people):
        people = list(made.people)
        people[position] = who.model_copy(update={"core_spa_pa": 1})
        assert short(made.model_copy(update={"people": tuple(people)})) >= before


def test_a_role_that_is_taken_away_never_raises_shortfall() -> None:
    role = Role(role="lead", name="Lead", category="ANR", tariff_pa=1)
    for seed in SEEDS:
        made = drawn(seed)
        assert short(made) <= short(made.model_copy(update={"roles": (role,)}))


def test_a_budget_changes_nothing_of_the_first_answer() -> None:
    made = drawn(1)
    people = tuple(who.model_copy(update={"max_pa": 6}) for who in made.people)
    free = made.model_copy(update={"people": people})
    paid = free.model_copy(update={"objective": Objective(hold_tolerance=0, extra_pa_budget=3)})
    assert values(solved(paid)) == values(solved(free))
