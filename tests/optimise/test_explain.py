"""What only the solver can see: no plan, and a reason that names the rules and people involved and nobody else.

Each service has somebody with time to spare who has nothing to do with it. Sessions are of 240 minutes (1 PA).
"""

from __future__ import annotations

import re

from capacity.demand.analyse import analyse
from capacity.optimise.rules import RULES
from capacity.optimise.search import Settings
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
    return outcome


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
    assert named(impossible(made)) == ({"least_people", "rooms"}, set())  # one room, one week, two people
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


def test_demand_alone_is_never_impossible() -> None:
    assert solved(service([person("ann", 0.5)], [activity("clinic", 50)])).shortfall == {"clinic": 50.0}
