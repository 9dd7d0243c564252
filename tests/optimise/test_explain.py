"""What only the solver can see: no plan, and a reason that names the rules and people involved and nobody else.

Each service has somebody with time to spare who has nothing to do with it. Sessions are of 240 minutes (1 PA).
"""

from __future__ import annotations

import random
import re
from itertools import combinations

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.contradiction_text import contract_in_words, reason_of
from capacity.optimise.explain import contradiction, smallest
from capacity.optimise.problem import Problem
from capacity.optimise.prover import LinearModel
from capacity.optimise.rules import RULES
from capacity.optimise.search import Settings
from capacity.optimise.second_opinion import highs_says
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from capacity.service.model import Role, Service, Skill
from tests.optimise.small import able, activity, person, room, row, service, solved

AM, PM, TUE = "Mon AM", "Mon PM", "Tue AM"
PEOPLE = ("ann", "bob", "cat", "zoe")
WORDS = {rule.id: rule.sentence.rstrip(".")[1:] for rule in RULES}


def impossible(made: Service) -> Outcome:
    outcome = plan(made, analyse(made), Settings(time_limit=10))
    assert (outcome.status, outcome.plan, outcome.with_extra) == ("impossible", None, None)
    assert outcome.reason.startswith("No plan exists.")
    found = contradiction(Problem(made, analyse(made)))
    assert (found.reason, found.confirmed, found.minimal) == (outcome.reason, "yes", True)
    return outcome


def figures(outcome: Outcome) -> list[str]:
    """What the reason says in figures, a part of a sentence each."""
    return outcome.reason.split("In figures: ")[1].split(". A second solver")[0].split("; ")


def named(outcome: Outcome) -> tuple[set[str], set[str]]:
    """Rules and people that the reason names."""
    rules = {rule for rule, words in WORDS.items() if words in outcome.reason}
    return rules, {name for name in PEOPLE if re.search(rf"\b{name}\b", outcome.reason)}


def lead(**rest: object) -> Role:
    return Role(**{"role": "lead", "name": "Lead", "category": "ANR", "tariff_pa": 1, **rest})


def test_a_vacant_role_whose_eligible_people_are_full_by_pins() -> None:
    people = [person("ann", 1), person("bob", 1), person("zoe", 5)]
    plans = (row("ann", "clinic", AM, pinned=True), row("bob", "clinic", PM, pinned=True))
    made = service(people, [activity("clinic", 1, AM, PM)], roles=(lead(eligible=("ann", "bob")),), job_plans=plans)
    assert named(impossible(made)) == ({"contract", "pins", "role_holders"}, {"ann", "bob"})
    freed = made.model_copy(update={"job_plans": plans[:1]})
    outcome = solved(freed)
    assert outcome.plan is not None and outcome.plan.holders == {"lead": ("bob",)}


def test_two_roles_for_one_contract() -> None:
    roles = (lead(eligible=("ann",)), lead(role="audit", eligible=("ann",)))
    made = service([person("ann", 1.5), person("zoe", 5)], [activity("clinic", 1)], roles=roles)
    assert named(impossible(made)) == ({"contract", "role_holders"}, {"ann"})


def test_a_least_volume_that_no_contract_of_the_skilled_can_pay() -> None:
    people = [person("ann", 0.5), person("zoe", 5)]
    clinic = activity("clinic", 1, min_people=1, min_sessions_per_year=52)
    made = service(people, [clinic], able("ann clinic"), cycle=2)
    # 52 a year is every week of two; Ann has time for one in two, and somebody must do it
    assert named(impossible(made)) == ({"contract", "least_people", "least_volume"}, {"ann"})
    assert solved(made.model_copy(update={"people": (person("ann", 1), people[1])})).status == "optimal"


def test_two_people_who_must_both_do_what_only_one_half_day_holds() -> None:
    people = [person("ann", 2), person("bob", 2), person("zoe", 5)]
    clinic = activity("clinic", 1, min_people=2, room=("room",))
    made = service(people, [clinic], able("ann clinic", "bob clinic"), rooms=(room(),))
    assert named(impossible(made)) == ({"least_people", "rooms"}, {"ann", "bob"})  # one room, one week, two people
    assert solved(made.model_copy(update={"cycle_weeks": 2})).status == "optimal"


def test_a_whole_team_pin_against_the_pin_of_one_attender() -> None:
    people = [person("ann", 2), person("bob", 2), person("cat", 2), person("zoe", 5)]
    skills = able("ann mdt", "bob mdt", "cat mdt", "bob clinic", "zoe clinic")
    plans = (row("ann", "mdt", AM, pinned=True), row("bob", "clinic", AM, pinned=True))
    activities = [activity("mdt", 1, team="all"), activity("clinic", 1)]
    made = service(people, activities, skills, job_plans=plans)
    # Ann's pin holds the meeting, and with it Bob, who is pinned to a clinic
    assert named(impossible(made)) == ({"one_activity", "pins"}, {"ann", "bob"})


def test_two_whole_team_pins_in_one_half_day() -> None:
    people = [person("ann", 2), person("bob", 2), person("cat", 2), person("zoe", 5)]
    skills = able("ann mdt", "cat mdt", "bob audit", "cat audit", "zoe clinic")
    plans = (row("ann", "mdt", AM, pinned=True), row("bob", "audit", AM, pinned=True))
    activities = [activity("mdt", 1, team="all"), activity("audit", 1, team="all"), activity("clinic", 1)]
    made = service(people, activities, skills, job_plans=plans)
    assert named(impossible(made)) == ({"one_activity", "pins"}, {"ann", "bob", "cat"})  # Cat is in both


def test_two_pins_in_one_room() -> None:
    people = [person("ann", 2), person("bob", 2), person("zoe", 5)]
    plans = (row("ann", "clinic", AM, pinned=True), row("bob", "clinic", AM, pinned=True), row("zoe", "clinic", AM))
    made = service(people, [activity("clinic", 3, room=("room",))], job_plans=plans, rooms=(room(),))
    assert named(impossible(made)) == ({"rooms", "pins"}, {"ann", "bob"})


def test_pins_on_more_days_than_somebody_works() -> None:
    plans = (row("ann", "clinic", AM, pinned=True), row("ann", "clinic", TUE, pinned=True))
    made = service([person("ann", 2, max_days=1), person("zoe", 5)], [activity("clinic", 3, AM, TUE)], job_plans=plans)
    assert named(impossible(made)) == ({"days", "pins"}, {"ann"})


def test_pins_above_what_a_skill_allows_in_a_week() -> None:
    skills = [Skill(person="ann", activity="clinic", max_per_week=1), *able("zoe clinic")]
    plans = (row("ann", "clinic", AM, pinned=True), row("ann", "clinic", PM, pinned=True))
    made = service([person("ann", 2), person("zoe", 5)], [activity("clinic", 3, AM, PM)], skills, job_plans=plans)
    assert named(impossible(made)) == ({"per_week", "pins"}, {"ann"})


def test_pins_in_the_same_week_of_one_room_though_the_cycle_has_room_for_both() -> None:
    people = [person("ann", 2), person("bob", 2), person("zoe", 5)]
    plans = (row("ann", "clinic", AM, 1, pinned=True), row("bob", "clinic", AM, 1, pinned=True))
    made = service(people, [activity("clinic", 1, room=("room",))], job_plans=plans, rooms=(room(),), cycle=2)
    assert named(impossible(made)) == ({"rooms", "pins"}, {"ann", "bob"})


def test_pins_on_two_days_of_one_week_though_the_cycle_has_days_for_both() -> None:
    plans = (row("ann", "clinic", AM, 1, pinned=True), row("ann", "clinic", TUE, 1, pinned=True))
    people = [person("ann", 2, max_days=1), person("zoe", 5)]
    made = service(people, [activity("clinic", 1, AM, TUE)], job_plans=plans, cycle=2)
    assert named(impossible(made)) == ({"days", "pins"}, {"ann"})


def test_a_whole_team_pinned_to_a_week_in_which_one_attender_is_pinned_elsewhere() -> None:
    plans = (row("ann", "mdt", AM, 2, pinned=True), row("bob", "clinic", AM, 2, pinned=True))
    people = [person("ann", 2), person("bob", 2), person("zoe", 5)]
    skills = able("ann mdt", "bob mdt", "bob clinic", "zoe clinic")
    activities = [activity("mdt", 0.5, team="all"), activity("clinic", 1)]
    made = service(people, activities, skills, job_plans=plans, cycle=2)
    assert named(impossible(made)) == ({"one_activity", "pins"}, {"ann", "bob"})


def test_the_figures_of_pins_roles_and_contracts() -> None:
    people = [person("ann", 1), person("bob", 1), person("zoe", 5)]
    plans = (row("ann", "clinic", AM, pinned=True), row("bob", "clinic", PM, pinned=True))
    made = service(people, [activity("clinic", 1, AM, PM)], roles=(lead(eligible=("ann", "bob")),), job_plans=plans)
    assert figures(impossible(made)) == [
        "ann has a contract of 1 PA, 240 minutes a week, all of it for sessions and roles",
        "bob has a contract of 1 PA, 240 minutes a week, all of it for sessions and roles",
        "ann is pinned to clinic on Mon AM, 240 minutes a week of the contract",
        "bob is pinned to clinic on Mon PM, 240 minutes a week of the contract",
        "lead needs 1 holder, and only ann and bob may hold it: 240 minutes a week",
    ]


def test_only_the_half_day_that_is_too_small_is_named() -> None:
    """Ann's and Bob's other pins, and the other half-days of the room, have nothing to do with it."""
    people = [person("ann", 3), person("bob", 3), person("zoe", 5)]
    plans = [row(who, "clinic", AM, pinned=True) for who in ("ann", "bob")]
    plans += [row("ann", "clinic", TUE, pinned=True), row("bob", "clinic", PM, pinned=True)]
    made = service(
        people, [activity("clinic", 4, AM, PM, TUE, room=("blue",))], job_plans=tuple(plans), rooms=(room("blue"),)
    )
    assert figures(impossible(made)) == [
        "on Mon AM clinic can use only blue: a place for 1 session a week",
        "ann is pinned to clinic on Mon AM, 240 minutes a week of the contract",
        "bob is pinned to clinic on Mon AM, 240 minutes a week of the contract",
    ]


def test_only_the_week_in_which_it_fails_is_named() -> None:
    people = [person("ann", 2), person("bob", 2), person("zoe", 5)]
    plans = (row("ann", "clinic", AM, 1, pinned=True), row("bob", "clinic", AM, 1, pinned=True))
    made = service(people, [activity("clinic", 1, room=("room",))], job_plans=plans, rooms=(room(),), cycle=2)
    outcome = impossible(made)
    assert "in every week of the cycle, though over the cycle as a whole they fit" in outcome.reason
    assert figures(outcome)[0] == "on Mon AM clinic can use only room: a place for 1 session in week 1 of the cycle"
    assert figures(outcome)[1] == "ann is pinned to clinic on Mon AM in week 1, 120 minutes a week of the contract"


def test_a_role_and_a_least_number_of_people_that_one_contract_cannot_pay() -> None:
    """Ann is the only one who may lead, and both must do the clinic, for which she then has no time."""
    people = [person("ann", 1), person("bob", 1), person("zoe", 5)]
    clinic = activity("clinic", 1, AM, PM, min_people=2, min_sessions_per_year=20)
    made = service(people, [clinic], able("ann clinic", "bob clinic"), roles=(lead(eligible=("ann",)),))
    outcome = impossible(made)
    assert named(outcome)[0] == {"contract", "least_people", "role_holders"}
    assert "clinic asks for at least 2 people: ann and bob are skilled and available" in figures(outcome)
    assert "lead needs 1 holder, and only ann may hold it: 240 minutes a week" in figures(outcome)


def test_what_is_taken_out_of_a_contract_is_said_in_minutes() -> None:
    people = [person("ann", 10, core_spa_pa=1.5), person("zoe", 5)]
    made = service(people, [activity("clinic", 1)], roles=(lead(held_by=("ann",)),))
    assert contract_in_words(Problem(made, analyse(made)), "ann") == (
        "ann has a contract of 10 PAs, 2,400 minutes a week: less 360 for core SPA and 240 for lead, that leaves 1,800"
        " minutes for sessions and other roles"
    )


def test_no_contradiction_is_told_on_the_word_of_one_solver() -> None:
    made = service([person("ann")], [activity("clinic", 1)])
    problem = Problem(made, analyse(made))
    rules = [("Pinned sessions stay.", ("ann",), ("ann is pinned to clinic on Mon AM",))]
    for confirmed, words in (("no", "two solvers disagree"), ("undecided", "the second had no answer")):
        reason = reason_of(problem, rules, False, confirmed, True)
        assert reason.startswith("No plan was found") and "exists." not in reason
        assert words in reason and "pinned sessions stay (ann)" in reason
    assert contradiction(problem).confirmed == "no"  # there is a plan, so nothing is impossible
    assert "please report this" in contradiction(problem).reason.lower()


def test_the_second_solver_tests_in_whole_numbers() -> None:
    # 2 x + 4 y = odd: a fraction would do, no whole numbers do
    odd = LinearModel([0, 0], [5, 5], [[0, 1]], [[2, 4]], [7], [7], {}, 0, {})
    assert highs_says(odd, 5) == "impossible"
    even = LinearModel([0, 0], [5, 5], [[0, 1]], [[2, 4]], [8], [8], {}, 0, {})
    assert highs_says(even, 5) == "possible"
    chance = random.Random(1)
    hard = [[chance.randint(10**5, 10**6) for _ in range(60)] for _ in range(6)]
    half = [float(sum(row) // 2) for row in hard]
    split = LinearModel([0] * 60, [1] * 60, [list(range(60))] * 6, hard, half, half, {}, 0, {})
    assert highs_says(split, 0.01) == "undecided"


@pytest.mark.parametrize("seed", range(20))
def test_nothing_can_be_left_out_of_a_smallest_set(seed: int) -> None:
    chance = random.Random(seed)
    items = list(range(12))
    cores = [set(chance.sample(items, chance.randint(1, 4))) for _ in range(3)]

    def impossible_set(some: list[int]) -> bool:
        return any(core <= set(some) for core in cores)

    found = smallest(items, impossible_set)
    assert impossible_set(found)
    assert not any(impossible_set(list(part)) for part in combinations(found, len(found) - 1))


def test_demand_alone_is_never_impossible() -> None:
    assert solved(service([person("ann", 0.5)], [activity("clinic", 50)])).shortfall == {"clinic": 50.0}
