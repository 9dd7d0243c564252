"""Quality: among plans equal in every tier before it, the one a rota maker would choose; and ties that fall one way.

Cases are worked out by hand; the checker, which counts the points with its own code, has passed every plan.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.quality import evenly_spaced, regular_counts
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from capacity.service.model import Service, Skill, Travel
from tests.optimise.small import able, activity, kept, person, placed, room, row, service, solved
from tests.optimise.tiny import tiny_service

AM, PM, TUE, TUE_PM = "Mon AM", "Mon PM", "Tue AM", "Tue PM"


def quality(outcome: Outcome) -> tuple[float, float, str]:
    """Value, bound and status of the tier."""
    tier = next(tier for tier in outcome.tiers if tier.name == "quality")
    assert tier.kept == tier.value
    return tier.value, tier.bound, tier.status


# ---- patterns


@pytest.mark.parametrize(
    ("cycle", "regular"),
    [
        (1, {1}),
        (2, {1, 2}),
        (3, {1, 2, 3}),
        (4, {1, 2, 4}),  # 3 weeks of 4 is the odd one
        (6, {1, 2, 3, 6}),
        (13, {1, 3, 4, 6, 7, 13}),  # a quarter is 3.25, a half 6.5
        (42, {1, 2, 3, 6, 7, 10, 11, 14, 21, 42}),
    ],
)
def test_regular_counts_divide_the_cycle_or_stand_beside_a_half_and_a_quarter(cycle: int, regular: set[int]) -> None:
    assert regular_counts(cycle) == regular


@pytest.mark.parametrize(
    ("weeks", "cycle", "even"),
    [
        ((1, 3), 4, True),
        ((1, 2), 4, False),
        ((2, 4), 4, True),
        ((1, 2, 3), 4, True),  # nothing better is possible: gaps 1, 1, 2
        ((1, 4), 6, True),
        ((1, 3), 6, False),
        ((5,), 13, True),
        ((1, 3, 5, 7, 9, 11), 13, True),  # gaps 2, 2, 2, 2, 2, 3
    ],
)
def test_weeks_are_evenly_spaced_where_gaps_differ_by_at_most_one(
    weeks: tuple[int, ...], cycle: int, even: bool
) -> None:
    assert evenly_spaced(weeks, cycle) == even


def test_alternate_weeks_rather_than_three_and_one() -> None:
    clinic = activity("clinic", 1)
    made = service([person("ann", 0.75), person("bob", 0.75)], [clinic], cycle=4)
    outcome = solved(made)
    # four sessions a cycle, up to three each: 2 and 2 are alternate weeks, 3 and 1 are not both regular
    assert sorted(placed(outcome).values()) == [(1, 3), (2, 4)]
    assert quality(outcome) == (0, 0, "optimal")


def test_a_count_that_cannot_be_regular_costs_four_points() -> None:
    outcome = solved(service([person("ann", 0.75)], [activity("clinic", 0.75)], cycle=4))
    assert outcome.quality["irregular"] == 1
    assert quality(outcome) == (4, 4, "optimal")


# ---- rooms, sites, preferences, days


def test_sessions_are_spread_over_the_half_days_of_a_room() -> None:
    clinic = activity("clinic", 2, AM, PM, room=("room",))
    made = service([person("ann", 1), person("bob", 1)], [clinic], rooms=(room(count=2),))
    outcome = solved(made)
    assert {slot for _, _, slot in placed(outcome)} == {AM, PM}
    assert quality(outcome) == (1, 1, "optimal")  # one session in the busiest half-day


def test_a_day_has_one_site() -> None:
    activities = [activity("here", 2, AM, PM, TUE, TUE_PM), activity("there", 2, AM, PM, TUE, TUE_PM, site="north")]
    outcome = solved(service([person("ann", 4)], activities))
    by_day = {(slot[:3], what) for _, what, slot in placed(outcome)}
    assert len(by_day) == 2
    assert outcome.quality["second_site"] == 0


def test_two_sites_on_one_day_cost_two_points_a_session() -> None:
    activities = [activity("here", 1, AM), activity("there", 1, PM, room=("far",))]
    travel = (Travel.model_validate({"from": "main", "to": "north", "minutes": 30}),)  # without a time it is forbidden
    made = service([person("ann", 3)], activities, rooms=(room("far", site="north"),), sites=travel)
    outcome = solved(made)
    assert outcome.quality["second_site"] == 1
    assert quality(outcome) == (3, 3, "optimal")  # and one session in the busiest half-day of the room


def test_people_do_what_they_prefer() -> None:
    skills = [
        Skill(person="ann", activity="a", preference=-2),
        Skill(person="ann", activity="b", preference=1),
        Skill(person="bob", activity="a"),
        Skill(person="bob", activity="b"),
    ]
    made = service([person("ann", 1), person("bob", 1)], [activity("a", 1), activity("b", 1)], skills)
    outcome = solved(made)
    assert placed(outcome) == {("ann", "b", AM): (), ("bob", "a", AM): ()}
    assert quality(outcome) == (-1, -1, "optimal")


def test_what_earlier_tiers_hold_is_never_given_up_for_quality() -> None:
    skills = [
        Skill(person="ann", activity="a", preference=-2),
        Skill(person="ann", activity="b", preference=2),
        Skill(person="bob", activity="a", preference=2),
        Skill(person="bob", activity="b", preference=-2),
    ]
    plans = (row("ann", "a", AM), row("bob", "b", AM))
    made = service([person("ann", 1), person("bob", 1)], [activity("a", 1), activity("b", 1)], skills, job_plans=plans)
    outcome = solved(made)
    assert kept(outcome)["change"] == 0  # both would rather swap, which is change
    assert outcome.quality["against_preference"] == 4


def test_a_new_session_goes_to_a_day_that_is_worked() -> None:
    activities = [activity("a", 1, AM), activity("b", 1, PM, TUE)]
    outcome = solved(service([person("ann", 2)], activities, job_plans=(row("ann", "a", AM),)))
    assert placed(outcome) == {("ann", "a", AM): (), ("ann", "b", PM): ()}
    assert quality(outcome) == (1, 1, "optimal")  # Monday afternoon is new, Monday is not


def test_a_swap_of_content_is_better_than_another_half_day() -> None:
    plans = (row("ann", "a", AM), row("ann", "a", PM))
    activities = [activity("a", 1, AM, PM), activity("b", 1, AM, PM, TUE)]
    outcome = solved(service([person("ann", 2)], activities, job_plans=plans))
    assert {slot for _, _, slot in placed(outcome)} == {AM, PM}
    assert (outcome.quality["new_half_day"], outcome.quality["new_day"]) == (0, 0)


def test_change_is_shared_fairly() -> None:
    plans = (row("ann", "a", AM), row("bob", "a", AM))
    activities = [activity("a", 2, AM), activity("b", 2, PM, "Tue AM", "Wed AM")]
    skills = able("ann a", "ann b", "bob a", "bob b")
    plans += tuple(row(who, "spa", slot, minutes=1) for who in ("ann", "bob") for slot in ("Tue AM", "Wed AM"))
    outcome = solved(service([person("ann", 3), person("bob", 3)], activities, skills, job_plans=plans))
    assert kept(outcome)["change"] == 2  # two sessions gained, whoever gains them
    assert outcome.quality["largest_change"] == 1


# ---- one answer


def shuffled(made: Service, chance: random.Random) -> Service:
    def of(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(rows, k=len(rows)))

    tables = ("people", "activities", "skills", "rooms", "rotas", "roles", "job_plans")
    return made.model_copy(update={name: of(getattr(made, name)) for name in tables})


def rows_of(outcome: Outcome) -> set[str]:
    assert outcome.plan is not None
    return {repr(line) for line in outcome.plan.rows}


@pytest.mark.parametrize("number", [0, 1, 2, 4, 7])
def test_rows_in_another_order_give_the_same_plan(number: int) -> None:
    made = tiny_service(number)
    other = shuffled(made, random.Random(number))
    assert [who.person for who in made.people] != [who.person for who in other.people] or number != 0
    first, second = (plan(each, analyse(each), Settings(time_limit=60)) for each in (made, other))
    assert rows_of(first) == rows_of(second)
    assert first.plan is not None
    assert second.plan is not None
    assert first.plan.rooms == second.plan.rooms


@pytest.mark.parametrize("number", range(4))
def test_ties_fall_the_same_way_whatever_the_seed(number: int) -> None:
    """Three people who could each do any of it: many plans are equally good."""
    chance = random.Random(f"ties/{number}")
    activities = [activity(f"a{k}", chance.choice((1, 2)), AM, PM, TUE, TUE_PM) for k in range(3)]
    made = service([person(name, 2) for name in ("ann", "bob", "cat")], activities, cycle=2)
    plans = [rows_of(solved(made, seed=seed)) for seed in (1, 2, 3)]
    assert plans[0] == plans[1] == plans[2]
