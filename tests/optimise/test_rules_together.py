"""Rules about people, places and things in the same week: one test that allows and one that forbids each.

Everyone is present 52.18 weeks and a session of 240 minutes delivers 1 unless said otherwise (see ``small``).
"""

from __future__ import annotations

from typing import Any

import pytest

from capacity.demand.analyse import analyse
from capacity.errors import Finding
from capacity.outcome import Outcome
from capacity.service.model import Activity, Equipment, Service, Skill, TeamMember, Travel, WholeGroups
from capacity.supply.gap import supply
from capacity.supply.job_time import JobTime
from capacity.units import WEEKS_PER_YEAR
from tests.optimise.small import (
    able,
    activity,
    minutes_of,
    nurse,
    person,
    placed,
    room,
    row,
    service,
    sessions,
    solved,
)

AM, PM, LUNCH, TUE = "Mon AM", "Mon PM", "Mon LUNCH", "Tue AM"


def team(**groups: int) -> tuple[TeamMember, ...]:
    return tuple(TeamMember(group=group, count=count) for group, count in groups.items())


def short(outcome: Outcome) -> float:
    return round(sum(outcome.shortfall.values()), 6)


def found_rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings]


# ---- joint teams

PAIR = team(consultant=1, anaesthetist=1)


def surgeon(name: str, pa: float = 2, **rest: Any) -> Any:
    return person(name, pa, **rest)


def anaesthetist(name: str, pa: float = 2, **rest: Any) -> Any:
    return person(name, pa, grade="anaesthetist", **rest)


def lists(needed: float, *slots: str, **rest: Any) -> Activity:
    return activity("list", needed, *(slots or (AM,)), team=PAIR, **rest)


def test_joint_teams_allows_a_session_of_each_group_that_counts_once() -> None:
    outcome = solved(service([surgeon("sue"), anaesthetist("ann")], [lists(1)]))
    assert placed(outcome) == {("sue", "list", AM): (), ("ann", "list", AM): ()}
    assert outcome.delivered == {"list": 1.0}


def test_joint_teams_forbids_a_session_without_one_of_the_groups() -> None:
    outcome = solved(service([surgeon("sue"), surgeon("sam")], [lists(1)]))
    assert (placed(outcome), short(outcome)) == ({}, 1)
    assert "joint_team_incomplete" in found_rules(outcome)


def test_joint_teams_forbids_what_one_of_them_has_no_time_for() -> None:
    outcome = solved(service([surgeon("sue", 2), anaesthetist("ann", 1)], [lists(2, AM, PM)]))
    assert (sessions(outcome), short(outcome)) == (2, 1)  # one list, charged to each


def test_joint_teams_allows_two_lists_at_a_time_with_two_rooms() -> None:
    people = [surgeon("sue"), surgeon("sam"), anaesthetist("ann"), anaesthetist("abe")]
    outcome = solved(service(people, [lists(2, room=("theatre",))], rooms=(room("theatre", count=2),)))
    assert (sessions(outcome), short(outcome)) == (4, 0)


def test_joint_teams_forbids_two_lists_in_one_room() -> None:
    people = [surgeon("sue"), surgeon("sam"), anaesthetist("ann"), anaesthetist("abe")]
    outcome = solved(service(people, [lists(2, room=("theatre",))], rooms=(room("theatre"),)))
    assert (sessions(outcome), short(outcome)) == (2, 1)
    assert outcome.plan is not None and set(outcome.plan.rooms.values()) == {"theatre"}


def test_joint_teams_name_one_room_for_each_list() -> None:
    people = [surgeon("sue"), surgeon("sam"), anaesthetist("ann"), anaesthetist("abe")]
    outcome = solved(service(people, [lists(2, room=("one", "two"))], rooms=(room("one"), room("two"))))
    assert outcome.plan is not None
    by_room = sorted(outcome.plan.rooms.values())
    assert by_room == ["one", "one", "two", "two"]


def test_joint_teams_count_somebody_in_one_group_only() -> None:
    both = [anaesthetist("ann"), anaesthetist("abe")]  # consultants by staff group, anaesthetists by grade
    assert short(solved(service(both, [lists(1)]))) == 1


@pytest.mark.parametrize(("needed", "nurses", "missing"), [(2, 2, 0), (2, 1, 1), (1, 1, 0)])
def test_joint_teams_need_the_number_of_each_group(needed: int, nurses: int, missing: int) -> None:
    people = [surgeon("sue"), *(nurse(f"nel{number}", 8) for number in range(nurses))]
    clinic = activity("clinic", 1, team=team(consultant=1, nurse=needed), session_minutes=225)
    assert short(solved(service(people, [clinic]))) == missing


def test_joint_teams_meet_in_the_same_weeks() -> None:
    people = [surgeon("sue", 2), anaesthetist("ann", 2)]
    activities = [lists(0.5), activity("a", 0.5), activity("b", 0.5)]
    made = service(people, activities, able("sue list", "ann list", "sue a", "ann b"), cycle=2)
    weeks = placed(solved(made))
    assert weeks["sue", "list", AM] == weeks["ann", "list", AM] != weeks["sue", "a", AM] == weeks["ann", "b", AM]


def test_joint_teams_deliver_what_the_least_present_of_them_does() -> None:
    made = service([surgeon("sue", working_weeks=42), anaesthetist("ann", working_weeks=40)], [lists(0.7)])
    outcome = solved(made)
    assert outcome.delivered == {"list": pytest.approx(40 / WEEKS_PER_YEAR)}  # not 42 x 40 / 52.18 squared
    covered = service([surgeon("sue", 3, working_weeks=42), anaesthetist("ann", 3)], [lists(1, covered=True)])
    assert solved(covered).delivered == {"list": 1.0}


def test_joint_teams_deliver_the_mean_of_a_group_that_takes_turns() -> None:
    people = [
        surgeon("sue", 0.5, working_weeks=42), surgeon("sam", 0.5, working_weeks=30), anaesthetist("ann", 1),
    ]  # fmt: skip
    outcome = solved(service(people, [lists(1)], cycle=2))
    assert outcome.delivered == {"list": pytest.approx((42 + 30) / 2 / WEEKS_PER_YEAR)}
    made = service(people, [lists(1)], cycle=2)
    assert outcome.plan is not None
    again = supply(JobTime(made, analyse(made)), outcome.plan.rows)
    assert again == pytest.approx(outcome.delivered)


def test_joint_teams_work_beside_people_who_have_no_plan() -> None:
    resident = person("rob", 2, staff_group="resident")
    clinic = activity("clinic", 1, team=team(consultant=1, resident=1))
    plans = (row("rob", "clinic", AM, 1), row("sue", "clinic", AM))
    outcome = solved(service([surgeon("sue"), resident], [clinic], job_plans=plans, cycle=2))
    assert placed(outcome, "sue") == {("sue", "clinic", AM): (1,)}  # the week in which the resident is there
    assert outcome.delivered == {"clinic": 0.5}


def test_joint_teams_of_people_without_plans_go_on_by_themselves() -> None:
    people = [surgeon("sue", planned=False), anaesthetist("abe", planned=False), surgeon("sam"), anaesthetist("ann")]
    plans = (row("sue", "list", AM), row("abe", "list", AM))
    made = service(people, [lists(2, room=("theatre",))], rooms=(room("theatre", count=1),), job_plans=plans)
    outcome = solved(made)
    assert (placed(outcome, "sam", "ann"), short(outcome)) == ({}, 1)  # their theatre is taken
    larger = made.model_copy(update={"rooms": (room("theatre", count=2),)})
    assert short(solved(larger)) == 0


def test_joint_teams_run_all_day() -> None:
    made = service([surgeon("sue"), anaesthetist("ann")], [lists(2, AM, PM, blocks="AM+PM")])
    assert (sessions(solved(made)), short(solved(made))) == (4, 0)


# ---- supervision


def clinic_with_trainee(*supervisors: str, keeps: float | None = None, needed: float = 2, **rest: Any) -> Service:
    """Ted is supervised in the clinic; Sue and Sam do it themselves."""
    people = rest.pop("people", [person("sue", 1), person("sam", 1), person("ted", 1)])
    skills = [
        *able(*(f"{who.person} clinic" for who in people if who.person != "ted")),
        Skill(person="ted", activity="clinic", supervised_by=supervisors, supervisor_output=keeps),
        *rest.pop("more", ()),
    ]
    activities = [activity("clinic", needed, *rest.pop("slots", (AM,))), *rest.pop("others", ())]
    return service(people, activities, skills, **rest)


def test_supervision_allows_a_session_beside_the_supervisor() -> None:
    outcome = solved(clinic_with_trainee("sue", needed=2.8))
    assert {who for who, *_ in placed(outcome)} == {"sue", "sam", "ted"}
    assert outcome.delivered == {"clinic": pytest.approx(2.8)}  # Ted 1, Sam 1, Sue 0.8 while she supervises


def test_supervision_forbids_a_session_without_the_supervisor() -> None:
    people = [person("sue", 1, unavailable=(AM,)), person("sam", 1), person("ted", 1)]
    outcome = solved(clinic_with_trainee("sue", people=people))
    assert placed(outcome) == {("sam", "clinic", AM): ()}
    assert short(outcome) == 1
    assert "supervisor_missing" in found_rules(outcome)


def test_supervision_forbids_the_weeks_in_which_the_supervisor_is_not_there() -> None:
    people = [person("sue", 0.5), person("ted", 1)]
    outcome = solved(clinic_with_trainee("sue", people=people, needed=0.9, cycle=2))
    weeks = placed(outcome)
    assert weeks["sue", "clinic", AM] == weeks["ted", "clinic", AM] and len(weeks["sue", "clinic", AM]) == 1
    assert outcome.delivered == {"clinic": pytest.approx((1 + 0.8) / 2)}


def test_supervision_asks_the_first_of_those_named_who_is_there() -> None:
    people = [person("sue", 1), person("sam", 1), person("ted", 1)]
    skills = [
        Skill(person="sue", activity="clinic", output=1), Skill(person="sam", activity="clinic", output=0.5),
        Skill(person="ted", activity="clinic", supervised_by=("sam", "sue")),
    ]  # fmt: skip
    outcome = solved(service(people, [activity("clinic", 3)], skills))
    assert outcome.delivered == {"clinic": pytest.approx(1 + 0.5 * 0.8 + 1)}


def test_supervision_takes_what_skills_say_and_once_for_two() -> None:
    people = [person("sue", 1), person("ted", 1), person("tom", 1)]
    skills = [
        *able("sue clinic"),
        Skill(person="ted", activity="clinic", supervised_by=("sue",), supervisor_output=0.5),
        Skill(person="tom", activity="clinic", supervised_by=("sue",), supervisor_output=0.9),
    ]
    outcome = solved(service(people, [activity("clinic", 3)], skills))
    assert outcome.delivered == {"clinic": pytest.approx(2.5)}


def test_supervision_allows_whoever_does_the_activity_named() -> None:
    others = [activity("ward", 0.8)]
    made = clinic_with_trainee("ward", needed=1, people=[person("ann", 1), person("ted", 1)], others=others,
                               more=able("ann ward"))  # fmt: skip
    skills = tuple(skill for skill in made.skills if (skill.person, skill.activity) != ("ann", "clinic"))
    made = made.model_copy(update={"skills": skills})
    outcome = solved(made)
    assert placed(outcome) == {("ann", "ward", AM): (), ("ted", "clinic", AM): ()}
    assert outcome.delivered == {"clinic": 1.0, "ward": 0.8}


def test_supervision_forbids_a_supervisor_on_another_site() -> None:
    def made(site: str) -> Service:
        activities = [activity("clinic", 1, priority=2), activity("ward", 1, site=site)]
        skills = [*able("sue ward"), Skill(person="ted", activity="clinic", supervised_by=("sue",))]
        return service([person("sue", 1), person("ted", 1)], activities, skills)

    assert short(solved(made("main"))) == 0.2
    assert placed(solved(made("east"))) == {("sue", "ward", AM): ()}


def test_supervision_costs_no_session_where_nobody_is_short() -> None:
    outcome = solved(clinic_with_trainee("sue", needed=1.8, people=[person("sue", 1), person("ted", 1)]))
    assert (short(outcome), outcome.delivered) == (0, {"clinic": pytest.approx(1.8)})


def test_supervision_of_people_without_a_plan_takes_its_share() -> None:
    people = [person("sue", 1), person("ted", 1, planned=False)]
    outcome = solved(clinic_with_trainee("sue", people=people, needed=1.8, job_plans=(row("ted", "clinic", AM),)))
    assert outcome.delivered == {"clinic": pytest.approx(1.8)}


# ---- sites


def two_sites(*minutes: float, pa: float = 2, cycle: int = 1, **rest: Any) -> Service:
    here, there = activity("here", 1, AM, site="east"), activity("there", 1, PM, site="west")
    ways = tuple(Travel(from_="east", to="west", minutes=each) for each in minutes)
    return service([person("ann", pa, **rest)], [here, there], sites=ways, cycle=cycle)


def test_sites_allows_two_in_a_day_where_travel_is_given_and_charged() -> None:
    outcome = solved(two_sites(30, pa=2.5))
    assert (sessions(outcome), short(outcome)) == (2, 0)
    assert minutes_of(outcome, "ann", "travel") == 30
    assert minutes_of(outcome, "ann", "flexible") == 90  # 600 - 480 - 30: the job plan still adds up


def test_sites_forbids_two_in_a_day_without_a_time() -> None:
    outcome = solved(two_sites(pa=2.5))
    assert (sessions(outcome), short(outcome)) == (1, 1)


def test_sites_forbids_travel_the_contract_has_no_time_for() -> None:
    assert short(solved(two_sites(30, pa=2.12))) == 1  # 508.8 minutes: 480 and 28.8
    assert short(solved(two_sites(30, pa=2.125))) == 0  # 510


def test_sites_allows_two_in_alternate_weeks_without_travel() -> None:
    here, there = activity("here", 0.5, AM, site="east"), activity("there", 0.5, PM, site="west")
    outcome = solved(service([person("ann", 1)], [here, there], cycle=2))
    weeks = placed(outcome)
    assert {weeks["ann", "here", AM], weeks["ann", "there", PM]} == {(1,), (2,)}


def test_sites_charges_travel_only_in_the_weeks_of_a_move() -> None:
    here, there = activity("here", 1, AM, site="east"), activity("there", 0.5, PM, site="west")
    ways = (Travel(from_="west", to="east", minutes=30),)  # the way back takes as long
    outcome = solved(service([person("ann", 2)], [here, there], sites=ways, cycle=2))
    assert minutes_of(outcome, "ann", "travel") == 15
    assert short(outcome) == 0


def test_sites_takes_the_site_of_the_room_before_that_of_the_activity() -> None:
    here, there = activity("here", 1, AM, room=("a",)), activity("there", 1, PM, room=("b",), site="east")
    rooms = (room("a", site="east"), room("b", site="west"))
    assert short(solved(service([person("ann", 2)], [here, there], rooms=rooms))) == 1
    same = (room("a", site="east"), room("b", site="east"))
    assert short(solved(service([person("ann", 2)], [here, there], rooms=same))) == 0


def test_sites_allows_pins_on_two_sites_with_a_finding() -> None:
    plans = (row("ann", "here", AM, pinned=True), row("ann", "there", PM, pinned=True))
    made = two_sites()
    outcome = solved(made.model_copy(update={"job_plans": plans}))
    assert (sessions(outcome), short(outcome)) == (2, 0)
    assert "two_sites_pinned" in found_rules(outcome)


def test_sites_charges_a_move_from_lunch_to_the_afternoon_and_none_in_between() -> None:
    here = activity("here", 1, AM, site="east")
    lunch = activity("lunch", 1, LUNCH, site="west", session_minutes=60)
    there = activity("there", 1, PM, site="west")
    ways = (Travel(from_="east", to="west", minutes=20),)
    made = service([person("ann", 3)], [here, lunch, there], sites=ways, minutes={LUNCH: 60})
    assert minutes_of(solved(made), "ann", "travel") == 20


# ---- equipment


def scopes(count: int, cycle: int = 1, **rest: Any) -> Service:
    people = [person("ann"), person("bob")]
    rooms = (room("one"), room("two"))
    activities = [activity("a", 1, room=("one",), equipment=("scope",)),
                  activity("b", 1, room=("two",), equipment=("scope",))]  # fmt: skip
    items = (Equipment(equipment="scope", name="Scope", count=count, **rest),)
    return service(people, activities, able("ann a", "bob b"), rooms=rooms, equipment=items, cycle=cycle)


def test_equipment_allows_as_many_sessions_as_there_is_of_it() -> None:
    assert short(solved(scopes(2))) == 0


def test_equipment_forbids_more_whatever_their_rooms() -> None:
    assert (sessions(solved(scopes(1))), short(solved(scopes(1)))) == (1, 1)


def test_equipment_is_there_only_in_its_half_days_and_weeks() -> None:
    assert short(solved(scopes(2, slots=(PM,)))) == 2
    outcome = solved(scopes(2, cycle=2, weeks=(2,)))
    assert placed(outcome) == {("ann", "a", AM): (2,), ("bob", "b", AM): (2,)}


def test_equipment_that_somebody_not_planned_uses_is_taken() -> None:
    made = scopes(1)
    people = (person("ann"), person("bob", planned=False))
    made = made.model_copy(update={"people": people, "job_plans": (row("bob", "b", AM),)})
    assert placed(solved(made), "ann") == {}


def test_equipment_of_a_joint_list_is_used_once() -> None:
    items = (Equipment(equipment="scope", name="Scope"),)
    outcome = solved(service([surgeon("sue"), anaesthetist("ann")], [lists(1, equipment=("scope",))], equipment=items))
    assert short(outcome) == 0


# ---- attendance of groups


def test_whole_groups_allow_a_meeting_of_those_named() -> None:
    people = [person("ann", 1), nurse("nel", 8), nurse("nia", 8)]
    meeting = activity("huddle", 1, team=WholeGroups(groups=("nurse",)), session_minutes=60)
    outcome = solved(service(people, [meeting]))
    assert placed(outcome) == {("nel", "huddle", AM): (), ("nia", "huddle", AM): ()}  # Ann is skilled and not asked
    assert outcome.delivered == {"huddle": 1.0}


def test_whole_groups_forbid_a_meeting_without_one_of_them() -> None:
    people = [nurse("nel", 8), nurse("nia", 0.5)]  # Nia has half an hour
    meeting = activity("huddle", 1, team=WholeGroups(groups=("nurse",)), session_minutes=60)
    assert short(solved(service(people, [meeting]))) == 1


def test_whole_groups_that_meet_all_day_do_so_in_the_same_weeks() -> None:
    people = [nurse("nel", 16), nurse("nia", 16)]
    day = activity("away", 1, AM, PM, team=WholeGroups(groups=("nurse",)), blocks="AM+PM", session_minutes=225)
    outcome = solved(service(people, [day, activity("clinic", 1, AM, session_minutes=225)], cycle=2))
    weeks = placed(outcome)
    assert weeks["nel", "away", AM] == weeks["nia", "away", PM] and len(weeks["nel", "away", AM]) == 1
    assert short(outcome) == 0  # both half-days of one week, and both nurses in the clinic of the other


def test_whole_groups_that_overlap_meet_in_different_weeks() -> None:
    people = [nurse("nel", 8, grade="7"), nurse("nia", 8), person("ann", 1, grade="7")]
    activities = [activity("nurses", 0.5, team=WholeGroups(groups=("nurse",)), session_minutes=60),
                  activity("sevens", 0.5, team=WholeGroups(groups=("7",)), session_minutes=60)]  # fmt: skip
    outcome = solved(service(people, activities, cycle=2))
    weeks = placed(outcome)
    assert weeks["nel", "nurses", AM] == weeks["nia", "nurses", AM] != weeks["nel", "sevens", AM]
    assert weeks["ann", "sevens", AM] == weeks["nel", "sevens", AM]
    assert short(outcome) == 0


def test_findings_name_an_activity_whose_rooms_lie_on_several_sites() -> None:
    made = service([person("ann")], [activity("a", 1, room=("one", "two"))],
                   rooms=(room("one", site="east"), room("two", site="west")))  # fmt: skip
    found = [finding for finding in solved(made).findings if finding.rule == "site_not_known"]
    assert found == []  # one activity alone has nowhere to move to
    more = made.model_copy(update={"activities": (*made.activities, activity("b", 0, site="x"), activity("c", 0))})
    skills = (*made.skills, *able("ann b", "ann c"))
    outcome = solved(more.model_copy(update={"skills": skills}))
    assert [finding.subject for finding in outcome.findings if finding.rule == "site_not_known"] == ["a"]
    assert all(isinstance(finding, Finding) for finding in outcome.findings)
