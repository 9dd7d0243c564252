"""What people do together, compared with trying everything: every choice of every person in every week.

Tiny random services of three people, one or two half-days and two weeks. A choice counts where the checker finds no
rule broken; its value is the checker's own. The planner must reach the best of them, and prove it.
"""

from __future__ import annotations

import itertools
import random

import pytest

from capacity.check import placement, together
from capacity.check.case import Case
from capacity.check.facts import Facts
from capacity.check.results import tier_value
from capacity.check.timetable import Timetable
from capacity.demand.analyse import analyse
from capacity.outcome import TeamPlan
from capacity.service.model import Activity, Equipment, JobPlanRow, Service, Skill, Travel, WholeGroups
from capacity.supply.gap import supply
from capacity.supply.job_time import JobTime
from capacity.supply.sessions import sessions_by_person
from tests.optimise.small import activity, person, room, row, service, solved, values
from tests.optimise.test_rules_together import AM, PM, team

GROUPS = ("consultant", "sas", "resident")
RULES = (
    placement.once_per_half_day,
    placement.rooms_enough,
    placement.joint_everyone,
    together.joint_team,
    together.supervisor_there,
    together.one_site,
    together.equipment_enough,
)


def drawn(seed: int) -> Service:
    """Three people, three activities that take people, rooms, sites and equipment together in many ways."""
    chance = random.Random(f"together/{seed}")
    slots = (AM, PM) if chance.random() < 0.3 else (AM,)
    people = [
        person(f"p{number}", 9, staff_group=chance.choice(GROUPS[:2]), working_weeks=chance.choice((52.18, 42)),
               grade=chance.choice((None, "senior")))
        for number in range(3)
    ]  # fmt: skip
    fixed: tuple[JobPlanRow, ...] = ()
    if chance.random() < 0.3:
        people[2] = people[2].model_copy(update={"staff_group": "resident", "planned": False})
    activities = [drawn_activity(chance, f"a{number}", slots) for number in range(2 if len(slots) > 1 else 3)]
    skills = [
        Skill(
            person=who.person,
            activity=what.activity,
            output=chance.choice((None, None, 0.5)),
            supervised_by=drawn_supervisors(chance, who.person, what.activity),
        )
        for who in people
        for what in activities
        if chance.random() < 0.8
    ]
    if people[2].planned is False:
        able = [skill.activity for skill in skills if skill.person == "p2"]
        fixed = tuple(row("p2", chance.choice(able), AM, *chance.choice(((1,), (2,), ()))) for _ in range(bool(able)))
    return service(
        people, activities, skills, cycle=2, job_plans=fixed, tiers=("routine",),
        rooms=(room("one", site="east"), room("two", weeks=(2,) if chance.random() < 0.3 else ())),
        equipment=(Equipment(equipment="scope", name="Scope", count=1),),
        sites=(Travel(from_="east", to="main", minutes=20),) if chance.random() < 0.4 else (),
    )  # fmt: skip


def drawn_activity(chance: random.Random, name: str, slots: tuple[str, ...]) -> Activity:
    return activity(
        name, chance.choice((0.4, 0.5, 0.9, 1, 2)), *slots,
        team=chance.choice((None, None, team(consultant=1, sas=1), team(consultant=1, resident=1),
                            team(senior=1, sas=1), WholeGroups(groups=("consultant",)))),
        room=chance.choice(((), (), ("one",), ("one", "two"))),
        site=chance.choice((None, None, "east")),
        equipment=chance.choice(((), (), ("scope",))),
    )  # fmt: skip


def drawn_supervisors(chance: random.Random, who: str, what: str) -> tuple[str, ...]:
    if chance.random() < 0.75:
        return ()
    others = [name for name in ("p0", "p1", "p2", "a0") if name != who]
    return tuple(chance.sample(others, k=chance.choice((1, 2))))


def best_by_trying(made: Service) -> int:
    """Least whole sessions short of every choice that keeps the rules."""
    facts = Facts(made, analyse(made))
    people = tuple(who.person for who in made.people if facts.planned(who.person))
    able = {
        who: [None, *(what.activity for what in made.activities
                      if (who, what.activity) in facts.skills and facts.takes_part(who, what.activity))]
        for who in people
    }  # fmt: skip
    slots = made.activities[0].slots
    best = 10**6
    weeks = list(itertools.product(*(able[who] for who in people for _ in slots)))
    places = [(who, slot) for who in people for slot in slots]
    sound: dict[int, list[tuple[str | None, ...]]] = {1: [], 2: []}
    for week in sound:
        for choice in weeks:
            if all(not list(rule(case_of(facts, people, {week: choice}, places))) for rule in RULES):
                sound[week].append(choice)
    for first, second in itertools.product(sound[1], sound[2]):
        span = tier_value(case_of(facts, people, {1: first, 2: second}, places), "routine")
        assert span is not None
        best = min(best, round(span.low))
    return best


def case_of(
    facts: Facts,
    people: tuple[str, ...],
    chosen: dict[int, tuple[str | None, ...]],
    places: list[tuple[str, str]],
) -> Case:
    """A plan of nothing but the sessions chosen, and the rows of people without a plan in those weeks."""
    rows = [
        JobPlanRow(person=who, activity=what, slot=slot, weeks=(week,))
        for week, choice in chosen.items()
        for (who, slot), what in zip(places, choice, strict=True)
        if what is not None
    ]
    rows += [
        kept.model_copy(update={"weeks": weeks})
        for kept in facts.service.job_plans
        if (weeks := tuple(week for week in facts.row_weeks(kept) if week in chosen))
    ]
    table = Timetable(facts, tuple(rows))
    return Case(facts, TeamPlan(tuple(rows), {}, {}), table, table, people)


def any_rows(made: Service, seed: int) -> tuple[JobPlanRow, ...]:
    """Rows of everyone, whether they keep the rules or not."""
    chance = random.Random(f"rows/{seed}")
    rows = []
    for skill in made.skills:
        slot = chance.choice((AM, PM))
        weeks = chance.choice(((1,), (2,), (1, 2)))
        if chance.random() < 0.8:
            rows.append(row(skill.person, skill.activity, slot, *weeks))
    return tuple(rows)


@pytest.mark.parametrize("seed", range(40))
def test_supply_and_checker_reckon_any_plan_alike(seed: int) -> None:
    made = drawn(seed)
    demand = analyse(made)
    rows = any_rows(made, seed)
    supplied = supply(JobTime(made, demand), rows)
    table = Timetable(Facts(made, demand), rows)
    assert supplied == pytest.approx({what.activity: table.delivered(what.activity) for what in made.activities})
    by_person = sessions_by_person(JobTime(made, demand), rows).groupby("activity")["delivered"].sum()
    assert {what: float(by_person.get(what, 0.0)) for what in supplied} == pytest.approx(supplied)


@pytest.mark.parametrize("seed", (*range(12), 22, 34))
def test_the_best_of_all_choices_is_found_and_proven(seed: int) -> None:
    made = drawn(seed)
    outcome = solved(made)
    assert outcome.status == "optimal"
    assert values(outcome)["routine"] == best_by_trying(made)
