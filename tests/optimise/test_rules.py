"""Every rule of the optimiser on a service small enough to work by hand: one test that allows and one that forbids.

Unless said otherwise everyone is present 52.18 weeks, a session is 240 minutes and delivers 1 (see ``small``).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from capacity.optimise.rules import RULES
from capacity.outcome import Outcome
from capacity.service.model import Delivery, Role, Rota, RotaShare, Skill, SpreadPart
from capacity.service.policy import Sourced, load_policy
from tests.optimise.small import (
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
    sessions,
    solved,
    values,
)

AM, PM, TUE = "Mon AM", "Mon PM", "Tue AM"
SAT = "Sat AM"


def short(outcome: Outcome) -> float:
    """Sessions a calendar week short in all, exactly."""
    return round(sum(outcome.shortfall.values()), 6)


def people_doing(outcome: Outcome) -> set[str]:
    return {person for person, *_ in placed(outcome)}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_has_a_test_that_allows_and_one_that_forbids(rule: str) -> None:
    files = Path(__file__).parent.glob("test_rules*.py")
    names = [name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)]
    assert any(name.startswith(f"test_{rule}_allows") for name in names)
    assert any(name.startswith(f"test_{rule}_forbids") for name in names)


# ---- contract


def test_contract_allows_what_it_pays_for() -> None:
    outcome = solved(service([person("ann", 2)], [activity("clinic", 2, AM, PM)]))
    assert placed(outcome) == {("ann", "clinic", AM): (), ("ann", "clinic", PM): ()}  # 480 of 480 minutes
    assert outcome.shortfall == {"clinic": 0.0}


def test_contract_forbids_a_session_it_has_no_time_for() -> None:
    outcome = solved(service([person("ann", 1.99)], [activity("clinic", 2, AM, PM)]))
    assert outcome.shortfall == {"clinic": 1.0}  # 477.6 minutes: one session of 240, not two
    assert values(outcome)["routine"] == 1


def test_contract_allows_session_admin_that_fits() -> None:
    outcome = solved(service([person("ann", 2.5)], [activity("clinic", 2, AM, PM, admin_minutes=60)]))
    assert sessions(outcome) == 2  # 2 x (240 + 60) = 600 = 2.5 PA


def test_contract_forbids_session_admin_that_does_not_fit() -> None:
    outcome = solved(service([person("ann", 2.49)], [activity("clinic", 2, AM, PM, admin_minutes=60)]))
    assert sessions(outcome) == 1  # 597.6 minutes


def test_contract_allows_the_policys_admin_of_a_session() -> None:
    made = service([person("ann", 1.17)], [activity("clinic", 1, admin_minutes=None)])
    assert short(solved(made)) == 0  # 240 + 40 = 280 minutes; 1.17 PA = 280.8


def test_contract_forbids_the_policys_admin_of_a_session_where_it_does_not_fit() -> None:
    made = service([person("ann", 1.16)], [activity("clinic", 1, admin_minutes=None)])
    assert short(solved(made)) == 1  # 278.4 minutes


def test_contract_allows_short_sessions_in_half_days_of_their_own() -> None:
    outcome = solved(service([person("ann", 1)], [activity("clinic", 2, AM, PM, session_minutes=120)]))
    assert sessions(outcome) == 2  # charged 120 each, though each fills its half-day
    assert short(outcome) == 0


def test_contract_forbids_a_third_short_session() -> None:
    outcome = solved(service([person("ann", 1)], [activity("clinic", 3, AM, PM, TUE, session_minutes=120)]))
    assert (sessions(outcome), short(outcome)) == (2, 1)


@pytest.mark.parametrize(("pa", "done"), [(7.5, 6), (5, 4)])
def test_core_spa_allows_what_the_contract_leaves(pa: float, done: int) -> None:
    slots = [f"{day} {part}" for day in ("Mon", "Tue", "Wed", "Thu") for part in ("AM", "PM")]
    outcome = solved(service([person("ann", pa, core_spa_pa=None)], [activity("clinic", 8, *slots)]))
    assert sessions(outcome) == done  # core SPA 1.5 PA from 6 PA on, else 1: 7.5 - 1.5 = 6 and 5 - 1 = 4
    assert minutes_of(outcome, "ann", "spa") == (360 if pa == 7.5 else 240)


def test_core_spa_forbids_using_its_time() -> None:
    outcome = solved(service([person("ann", 2, core_spa_pa=0.1)], [activity("clinic", 2, AM, PM)]))
    assert (sessions(outcome), short(outcome)) == (1, 1)  # 480 - 24 = 456 minutes


def test_hours_contract_allows_two_half_days_of_225_minutes() -> None:
    outcome = solved(service([nurse("nel", 7.5)], [activity("clinic", 2, AM, PM)]))
    assert (sessions(outcome), short(outcome)) == (2, 0)  # 2 x 225 = 450 = 7.5 hours


def test_hours_contract_forbids_a_second_half_day_in_less_time() -> None:
    outcome = solved(service([nurse("nel", 7.4)], [activity("clinic", 2, AM, PM)]))
    assert (sessions(outcome), short(outcome)) == (1, 1)  # 444 minutes


def test_hours_contract_allows_part_of_a_longer_session() -> None:
    outcome = solved(service([nurse("nel", 3.75)], [activity("clinic", 0.93, session_minutes=240)]))
    assert outcome.delivered == {"clinic": 0.9375}  # 225 of 240 minutes
    assert short(outcome) == 0


def test_hours_contract_keeps_its_core_spa_of_a_tenth() -> None:
    made = service([nurse("nel", 8.25, core_spa_hours=None)], [activity("clinic", 2, AM, PM)])
    outcome = solved(made)
    assert (sessions(outcome), minutes_of(outcome, "nel", "spa")) == (1, 50)  # 495 - 49.5 = 445.5 < 450
    enough = made.model_copy(update={"people": (nurse("nel", 8.4, core_spa_hours=None),)})
    assert sessions(solved(enough)) == 2  # 504 - 51 (50.4 rounded up) = 453


def test_cover_allows_52_18_weeks_that_the_contract_can_pay() -> None:
    made = service([person("ann", 1.25, working_weeks=42)], [activity("clinic", 1, covered=True)])
    assert short(solved(made)) == 0  # 52.18 x 240 = 12523.2 of 42 x 300 = 12600; covered: e = 1


def test_cover_forbids_52_18_weeks_that_the_contract_cannot_pay() -> None:
    made = service([person("ann", 1.24, working_weeks=42)], [activity("clinic", 1, covered=True)])
    assert short(solved(made)) == 1  # 42 x 297.6 = 12499.2
    uncovered = service([person("ann", 1, working_weeks=42)], [activity("clinic", 0.8)])
    assert solved(uncovered).delivered == {"clinic": 42 / 52.18}  # 42 weeks are charged and delivered


def rota_service(pa_per_duty_week: float, **rest: object) -> Outcome:
    """Ann, 1 PA and 10 duty weeks of her 42, could do one clinic."""
    people = [person("ann", 1, working_weeks=42), person("bob", 1, working_weeks=42, unavailable=(AM,))]
    rota = duty("ann", "bob", weeks=20, pa=pa_per_duty_week, **rest)
    return solved(service(people, [activity("clinic", 0.6)], able("ann clinic"), rotas=(rota,)))


def test_duty_allows_displaced_sessions_in_the_weeks_off_duty() -> None:
    outcome = rota_service(1)
    assert sessions(outcome) == 1  # 10 duty weeks x 1 PA + 32 weeks x 1 PA = 42 PA-weeks = the contract
    assert outcome.delivered == {"clinic": pytest.approx(32 / 52.18)}


def test_duty_forbids_what_duty_weeks_have_taken() -> None:
    assert sessions(rota_service(1.01)) == 0  # 10.1 + 32 > 42


def test_duty_forbids_a_kept_session_that_is_charged_in_every_week() -> None:
    assert sessions(rota_service(1, keeps=("clinic",))) == 0  # 10 + 42 > 42
    assert sessions(rota_service(1, displaces="none")) == 0


def test_duty_allows_a_kept_session_where_duty_costs_nothing() -> None:
    outcome = rota_service(0, keeps=("clinic",))
    assert outcome.delivered == {"clinic": pytest.approx(42 / 52.18)}  # 42 of 42 weeks


def test_duty_shares_follow_the_rota() -> None:
    people = [person("ann", 1, working_weeks=42), person("bob", 1, working_weeks=42)]
    rota = duty("ann", "bob", weeks=20, pa=1, share=(RotaShare(person="ann", share=0.75),))
    made = service(people, [activity("clinic", 2)], rotas=(rota,))
    # ann on duty 15 weeks, bob 5: each full; delivered (27 + 37) / 52.18
    assert solved(made).delivered == pytest.approx({"clinic": 64 / 52.18})


# ---- mean hours, ceilings, extra time


def with_ceiling(pa: float, **rest: object) -> Outcome:
    """Ann, 12 PA of which 11 SPA, with a ceiling of 13 PA; one session of 320 charged minutes: 80 more than she has."""
    policy = load_policy("england-consultant-2003")
    higher = policy.model_copy(update={"ceiling_pa": Sourced(value=13.0, source="test", verified=False)})
    who = person("ann", pa, max_pa=13, core_spa_pa=11, **rest)
    clinic = activity("clinic", 1, SAT if rest.get("premium_consent") else AM, session_minutes=320)
    if rest.get("premium_consent"):
        clinic = clinic.model_copy(update={"session_minutes": 240})
    made = service([who], [clinic], premium=(SAT,), minutes={AM: 320}, budget=2)
    tables = {**made.policy_tables, policy.name: higher}
    return solved(made.model_copy(update={"policy_tables": tables}))


def test_mean_hours_allows_48_hours_of_which_some_are_premium() -> None:
    outcome = with_ceiling(12, premium_consent=True)
    assert outcome.shortfall == {"clinic": 1.0}  # 240 minutes left, 320 charged
    assert outcome.with_extra is not None and outcome.with_extra.plan is not None
    assert outcome.with_extra.plan.extra_minutes == {"ann": 80}  # clock: 2640 + 240 = 2880 = 48 hours
    assert outcome.with_extra.shortfall == {"clinic": 0.0}
    assert values(outcome.with_extra)["cost"] == 160  # 80 extra and 80 of premium


def test_mean_hours_forbids_more_than_48_in_plain_time() -> None:
    assert with_ceiling(12).with_extra is None  # 2640 + 320 = 2960 = 49.3 hours


def test_mean_hours_allows_more_to_who_has_opted_out() -> None:
    extra = with_ceiling(12, opted_out_48h=True).with_extra
    assert extra is not None and extra.plan is not None and extra.plan.extra_minutes == {"ann": 80}


def full_of_spa(pa: float, max_pa: float | None, budget: float, minutes: int = 240) -> Outcome:
    """One person with nothing but SPA: a session can only be extra."""
    who = person("ann", pa, core_spa_pa=pa, max_pa=max_pa, opted_out_48h=True)
    return solved(service([who], [activity("clinic", 1, session_minutes=minutes)], budget=budget))


def test_ceiling_of_12_pa_allows_extra_up_to_it() -> None:
    extra = full_of_spa(11, 13, 5).with_extra
    assert extra is not None and extra.plan is not None and extra.plan.extra_minutes == {"ann": 240}


def test_ceiling_of_12_pa_forbids_extra_beyond_it() -> None:
    assert full_of_spa(11.5, 13, 5).with_extra is None  # 11.5 + 1 > 12
    extra = full_of_spa(11.5, 13, 5, minutes=120).with_extra
    assert extra is not None and extra.shortfall == {"clinic": 0.0}  # 11.5 + 0.5 = 12


def test_extra_pa_allows_up_to_max_pa() -> None:
    outcome = full_of_spa(2, 3, 1)
    assert (short(outcome), outcome.plan and outcome.plan.extra_minutes) == (1, {})
    extra = outcome.with_extra
    assert extra is not None and extra.plan is not None
    assert (short(extra), extra.plan.extra_minutes) == (0, {"ann": 240})


@pytest.mark.parametrize("max_pa", [None, 2, 2.9])
def test_extra_pa_forbids_more_than_max_pa(max_pa: float | None) -> None:
    assert full_of_spa(2, max_pa, 1).with_extra is None


def two_full(budget: float) -> Outcome:
    people = [person(name, 1, core_spa_pa=1, max_pa=2) for name in ("ann", "bob")]
    return solved(service(people, [activity("clinic", 2)], budget=budget))


def test_extra_budget_allows_what_it_holds() -> None:
    extra = two_full(2).with_extra
    assert extra is not None and extra.plan is not None
    assert extra.plan.extra_minutes == {"ann": 240, "bob": 240}
    assert (short(extra), values(extra)["cost"]) == (0, 480)


def test_extra_budget_forbids_more_than_it_holds() -> None:
    extra = two_full(1.9).with_extra
    assert extra is not None and extra.plan is not None
    assert (short(extra), sum(extra.plan.extra_minutes.values())) == (1, 240)
    assert two_full(0.9).with_extra is None
    assert two_full(0).with_extra is None


# ---- half-days


def test_one_activity_allows_two_in_two_half_days() -> None:
    outcome = solved(service([person("ann", 2)], [activity("a", 1, AM), activity("b", 1, PM)]))
    assert placed(outcome) == {("ann", "a", AM): (), ("ann", "b", PM): ()}


def test_one_activity_forbids_two_in_one_half_day() -> None:
    outcome = solved(service([person("ann", 2)], [activity("a", 1, priority=2), activity("b", 1)]))
    assert placed(outcome) == {("ann", "a", AM): ()}
    assert outcome.shortfall == {"a": 0.0, "b": 1.0}


def test_one_activity_allows_two_in_alternate_weeks() -> None:
    outcome = solved(service([person("ann", 2)], [activity("a", 0.5), activity("b", 0.5)], cycle=2))
    weeks = placed(outcome)
    assert {weeks["ann", "a", AM], weeks["ann", "b", AM]} == {(1,), (2,)}
    assert short(outcome) == 0


@pytest.mark.parametrize(("cycle", "done"), [(1, 1), (2, 3), (4, 5)])
def test_whole_cycle_allows_sessions_that_are_not_weekly(cycle: int, done: int) -> None:
    # 1.25 sessions a week: 1.25, 2.5 and 5 a cycle. Room for 1.5 a week: 1, 3 and 6 a cycle.
    outcome = solved(service([person("ann", 1.5)], [activity("clinic", 1.25, AM, PM)], cycle=cycle))
    assert sessions(outcome, cycle) == done
    assert short(outcome) == (0.25 if cycle == 1 else 0)


def test_whole_cycle_forbids_more_sessions_than_the_cycle_has_weeks() -> None:
    outcome = solved(service([person("ann", 4)], [activity("clinic", 1.25)], cycle=4))
    assert (sessions(outcome, 4), short(outcome)) == (4, 0.25)


# ---- rooms


def with_rooms(*rooms: object, cycle: int = 1, **rest: object) -> Outcome:
    clinic = activity("clinic", 2, AM, room=tuple(room.room for room in rooms), **rest)  # type: ignore[attr-defined]
    return solved(service([person("ann"), person("bob")], [clinic], rooms=rooms, cycle=cycle))


def test_rooms_allows_as_many_sessions_as_rooms() -> None:
    outcome = with_rooms(room(count=2))
    assert (sessions(outcome), short(outcome)) == (2, 0)
    assert outcome.plan is not None
    assert outcome.plan.rooms == {(who, "clinic", AM, 1): "room" for who in ("ann", "bob")}


def test_rooms_forbids_more_sessions_than_rooms() -> None:
    assert short(with_rooms(room(count=1))) == 1
    assert short(with_rooms(room(count=0))) == 2


def test_room_slots_allow_only_their_half_days() -> None:
    assert short(with_rooms(room(count=2, slots=(AM,)))) == 0
    assert short(with_rooms(room(count=2, slots=(PM,)))) == 2


def test_room_weeks_allow_only_their_weeks() -> None:
    outcome = with_rooms(room(count=2, weeks=(2,)), cycle=2)
    assert placed(outcome) == {("ann", "clinic", AM): (2,), ("bob", "clinic", AM): (2,)}
    assert short(outcome) == 1  # 2 of 4 sessions a cycle


def test_room_lists_allow_any_room_of_the_list() -> None:
    outcome = with_rooms(room("one"), room("two"))
    assert outcome.plan is not None
    assert (short(outcome), set(outcome.plan.rooms.values())) == (0, {"one", "two"})


def test_room_lists_forbid_what_others_need() -> None:
    def made(of_both: tuple[str, ...]) -> Outcome:
        people = [person(name) for name in ("ann", "bob", "cat")]
        rooms = (room("one"), room("two"))
        a, b = activity("a", 1, room=("one",)), activity("b", 2, room=of_both)
        return solved(service(people, [a, b], able("ann a", "bob b", "cat b"), rooms=rooms))

    assert short(made(("one", "two"))) == 1  # three sessions, two rooms
    assert short(made(("two",))) == 1
    assert made(("one",)).shortfall in ({"a": 0.0, "b": 2.0}, {"a": 1.0, "b": 1.0})  # one room for all three


def test_rooms_forbids_a_room_that_somebody_not_planned_sits_in() -> None:
    def made(count: int) -> Outcome:
        people = [person("ann"), person("dan", planned=False)]
        clinic = activity("clinic", 2, AM, room=("room",))
        return solved(service(people, [clinic], rooms=(room(count=count),), job_plans=(row("dan", "clinic", AM),)))

    assert (short(made(1)), short(made(2))) == (1, 0)


# ---- pins


def test_pins_allows_other_half_days_to_change() -> None:
    plans = (row("ann", "a", AM, pinned=True), row("ann", "a", PM))
    made = service([person("ann", 2)], [activity("a", 1, AM, PM), activity("b", 1, AM, PM)], job_plans=plans)
    assert placed(solved(made)) == {("ann", "a", AM): (), ("ann", "b", PM): ()}


def test_pins_forbids_moving_a_pinned_session() -> None:
    plans = (row("ann", "a", AM, pinned=True),)
    made = service([person("ann", 1)], [activity("a", 0), activity("b", 1, AM, PM, priority=9)], job_plans=plans)
    outcome = solved(made)
    assert placed(outcome) == {("ann", "a", AM): ()}  # nobody asks for a, and b is short, but a is pinned
    assert outcome.shortfall == {"a": 0.0, "b": 1.0}


def test_pins_to_named_weeks_keep_those_weeks() -> None:
    plans = (row("ann", "a", AM, 2, pinned=True),)
    made = service([person("ann", 1)], [activity("a", 0.5), activity("b", 0.5)], job_plans=plans, cycle=2)
    assert placed(solved(made)) == {("ann", "a", AM): (2,), ("ann", "b", AM): (1,)}


def test_pins_of_two_in_the_same_week_leave_the_other_week() -> None:
    plans = (row("ann", "a", AM, 2, pinned=True), row("bob", "a", AM, 1, pinned=True))
    made = service(
        [person("ann"), person("bob")],
        [activity("a", 1, room=("room",)), activity("b", 1)],
        job_plans=plans,
        rooms=(room(),),
        cycle=2,
    )
    outcome = solved(made)
    expected = {("ann", "a", AM): (2,), ("ann", "b", AM): (1,), ("bob", "a", AM): (1,), ("bob", "b", AM): (2,)}
    assert placed(outcome) == expected
    assert short(outcome) == 0


def test_pinned_spa_allows_a_session_in_the_weeks_it_leaves_free() -> None:
    plans = (row("ann", "spa", AM, 1, minutes=240, pinned=True),)
    outcome = solved(service([person("ann", 2)], [activity("clinic", 1)], job_plans=plans, cycle=2))
    assert placed(outcome) == {("ann", "clinic", AM): (2,)}
    assert short(outcome) == 0.5


def test_pinned_spa_forbids_a_session_in_its_half_day() -> None:
    plans = (row("ann", "spa", AM, minutes=60, pinned=True),)
    assert sessions(solved(service([person("ann")], [activity("clinic", 1)], job_plans=plans))) == 0  # 60 + 240 > 240
    short_clinic = activity("clinic", 1, session_minutes=180)
    assert sessions(solved(service([person("ann")], [short_clinic], job_plans=plans))) == 1  # 60 + 180 = 240


# ---- days and limits of a week


def test_days_allows_both_half_days_of_one_day() -> None:
    assert sessions(solved(service([person("ann", max_days=1)], [activity("clinic", 2, AM, PM)]))) == 2


def test_days_forbids_a_second_day() -> None:
    outcome = solved(service([person("ann", max_days=1)], [activity("clinic", 2, AM, TUE)]))
    assert (sessions(outcome), short(outcome)) == (1, 1)


def test_days_allows_two_days_in_alternate_weeks() -> None:
    made = service([person("ann", max_days=1)], [activity("a", 0.5, AM), activity("b", 0.5, TUE)], cycle=2)
    weeks = placed(solved(made))
    assert {weeks["ann", "a", AM], weeks["ann", "b", TUE]} == {(1,), (2,)}


def test_days_forbids_two_days_of_one_week() -> None:
    made = service([person("ann", max_days=1)], [activity("a", 1, AM), activity("b", 0.5, TUE)], cycle=2)
    assert short(solved(made)) == 0.5  # Tuesday, or Monday, of one week must go


@pytest.mark.parametrize(("pa", "missing"), [(2, 1), (2.01, 0)])
def test_days_by_default_are_those_the_contract_fills(pa: float, missing: int) -> None:
    clinic = activity("clinic", 2, AM, TUE)
    assert short(solved(service([person("ann", pa, max_days=None)], [clinic]))) == missing  # 2 PA fill one day


def test_days_by_default_are_those_worked_now_where_more() -> None:
    plans = (row("ann", "clinic", AM), row("ann", "clinic", TUE))
    made = service([person("ann", 2, max_days=None)], [activity("clinic", 2, AM, TUE)], job_plans=plans)
    assert short(solved(made)) == 0


def limited(most: float, cycle: int) -> Outcome:
    skills = [Skill(person="ann", activity="clinic", max_per_week=most)]
    return solved(service([person("ann", 3)], [activity("clinic", 3, AM, PM, TUE)], skills, cycle=cycle))


@pytest.mark.parametrize(("most", "cycle", "done"), [(3, 1, 3), (1.5, 2, 3), (0.5, 2, 1), (0.25, 4, 1)])
def test_per_week_allows_up_to_the_limit_on_average(most: float, cycle: int, done: int) -> None:
    assert sessions(limited(most, cycle), cycle) == done


def test_per_week_forbids_more() -> None:
    assert (sessions(limited(1, 1)), short(limited(1, 1))) == (1, 2)


def test_per_week_forbids_two_in_a_week_where_the_limit_is_one() -> None:
    skills = [Skill(person="ann", activity="clinic", max_per_week=1)]
    made = service([person("ann", 3)], [activity("clinic", 1, AM, PM, room=("am", "pm"))], skills, cycle=2)
    # Monday morning has a room in week 1 only, and so has the afternoon: one a week is one a cycle
    rooms = (room("am", slots=(AM,), weeks=(1,)), room("pm", slots=(PM,), weeks=(1,)))
    outcome = solved(made.model_copy(update={"rooms": rooms}))
    assert (sessions(outcome), short(outcome)) == (1, 0.5)


# ---- numbers of people, volumes


def shared(least: int, cycle: int = 2, **of_bob: object) -> Outcome:
    """Ann does the whole clinic now; Bob could."""
    people = [person("ann", 1), person("bob", 1, **of_bob)]
    clinic = activity("clinic", 1, min_people=least)
    return solved(service(people, [clinic], job_plans=(row("ann", "clinic", AM),), cycle=cycle))


def test_least_people_allows_one_where_one_is_enough() -> None:
    outcome = shared(1)
    assert (placed(outcome), values(outcome)["change"]) == ({("ann", "clinic", AM): ()}, 0)


def test_least_people_forbids_one_where_two_are_asked_for() -> None:
    outcome = shared(2)
    assert people_doing(outcome) == {"ann", "bob"}
    assert values(outcome)["change"] == 1  # Bob gains one session a cycle; Ann need lose none


def test_least_people_is_lowered_where_fewer_are_skilled() -> None:
    made = service([person("ann"), person("bob")], [activity("clinic", 1, min_people=2)], able("ann clinic"), cycle=2)
    outcome = solved(made)
    assert people_doing(outcome) == {"ann"}
    messages = [finding.message for finding in outcome.findings if finding.rule == "single_point_of_failure"]
    assert messages == ["only 1 planned person is skilled: min_people lowered from 2 to 1"]


def test_least_people_is_lowered_where_one_is_never_there() -> None:
    assert people_doing(shared(2, unavailable=(AM,))) == {"ann"}


def test_least_people_counts_rotas_and_people_not_planned() -> None:
    people = [person("ann", 1), person("bob", 1), person("dan", 1, planned=False)]
    plans = (row("ann", "clinic", AM), row("dan", "clinic", PM))
    made = service(people, [activity("clinic", 2, AM, PM, min_people=2)], job_plans=plans, cycle=2)
    assert people_doing(solved(made)) == {"ann", "dan"}


def volume(least: float) -> Outcome:
    """Half a session a week, and a contract for no more: one in two weeks is 26.09 a year."""
    made = service([person("ann", 0.5)], [activity("clinic", 0.5, min_sessions_per_year=least)], cycle=2)
    return solved(made)


def test_least_volume_allows_enough_sessions_a_year() -> None:
    assert short(volume(26)) == 0


def test_least_volume_forbids_doing_it_too_rarely() -> None:
    outcome = volume(27)
    assert (placed(outcome), short(outcome)) == ({}, 0.5)


def test_least_volume_is_of_each_person() -> None:
    people = [person("ann", 0.5), person("bob", 0.5), person("cat", 1)]
    made = service(people, [activity("clinic", 2, min_sessions_per_year=50)], cycle=2)
    outcome = solved(made)
    assert placed(outcome) == {("cat", "clinic", AM): ()}  # Ann and Bob could do 26.09 each, Cat does 52.18
    assert short(outcome) == 1


# ---- roles


def lead(**rest: object) -> Role:
    return Role(**{"role": "lead", "name": "Lead", "category": "ANR", "tariff_pa": 1, **rest})


def with_role(role: Role, *pas: float, needed: float = 2, **rest: Any) -> Outcome:
    people = [person(name, pa) for name, pa in zip(("ann", "bob", "cat"), pas, strict=False)]
    return solved(service(people, [activity("clinic", needed, AM, PM)], roles=(role,), **rest))


def holders(outcome: Outcome) -> set[str]:
    assert outcome.plan is not None
    return set(outcome.plan.holders["lead"])


def test_role_holders_allows_a_vacancy_to_go_where_time_is() -> None:
    outcome = with_role(lead(eligible=("ann", "bob")), 1.5, 1)
    assert (holders(outcome), short(outcome)) == ({"bob"}, 1)  # Ann: one session; Bob: the role


def test_role_holders_forbids_leaving_it_vacant() -> None:
    outcome = with_role(lead(eligible=("ann",)), 1, 1)
    assert holders(outcome) == {"ann"}
    assert (people_doing(outcome), short(outcome)) == ({"bob"}, 1)  # though Ann could do the second session
    assert minutes_of(outcome, "ann", "role:lead") == 240


def test_role_holders_forbids_people_who_are_not_eligible() -> None:
    outcome = with_role(lead(eligible=("ann",)), 2, 3, needed=4)
    assert (holders(outcome), sessions(outcome)) == ({"ann"}, 3)  # Bob has time to spare, and may not


def test_role_holders_forbids_taking_it_from_who_is_appointed() -> None:
    outcome = with_role(lead(eligible=("ann", "bob"), held_by=("ann",)), 1, 3, needed=3)
    assert (holders(outcome), short(outcome)) == ({"ann"}, 1)


def test_role_holders_allows_it_to_change_hands_where_it_is_not_fixed() -> None:
    outcome = with_role(lead(eligible=("ann", "bob"), held_by=("ann",), fixed=False), 1, 3, needed=3)
    assert (holders(outcome), short(outcome)) == ({"bob"}, 0)
    assert values(outcome)["change"] == 3 + 4  # three sessions gained, and the role
    change = {change.person: change for change in outcome.changes}
    assert (change["ann"].roles_lost, change["bob"].roles_gained) == (("lead",), ("lead",))


def test_role_holders_keeps_it_where_nothing_is_gained_by_moving_it() -> None:
    outcome = with_role(lead(eligible=("ann", "bob"), held_by=("ann",), fixed=False), 1, 1, needed=1)
    assert (holders(outcome), values(outcome)["change"]) == ({"ann"}, 1)


def test_role_holders_fills_each_place() -> None:
    outcome = with_role(lead(holders=2, held_by=("ann",)), 1, 1, 1)
    assert len(holders(outcome)) == 2 and "ann" in holders(outcome)
    assert (sessions(outcome), short(outcome)) == (1, 1)  # one of three is left for the clinic


def test_role_holders_of_a_split_role_share_its_tariff() -> None:
    outcome = with_role(lead(holders=2, split=True), 1.5, 0.5)
    assert (holders(outcome), sessions(outcome)) == ({"ann", "bob"}, 1)  # half a PA each
    assert minutes_of(outcome, "bob", "role:lead") == 120


def test_role_holders_are_charged_for_each_trainee() -> None:
    outcome = with_role(lead(tariff_pa=0.25, trainees=4, held_by=("ann",)), 2)
    assert (sessions(outcome), minutes_of(outcome, "ann", "role:lead")) == (1, 240)
    fewer = with_role(lead(tariff_pa=0.25, trainees=0, held_by=("ann",)), 2)
    assert sessions(fewer) == 2


def test_role_holders_without_a_list_are_those_the_policy_allows() -> None:
    people = [person("ann", 1), nurse("nel", 4)]
    director = Role(role="clinical_director", name="Director", category="ANR")  # consultants, 1 PA
    outcome = solved(service(people, [activity("clinic", 2)], roles=(director,)))
    assert outcome.plan is not None and outcome.plan.holders == {"clinical_director": ("ann",)}
    assert people_doing(outcome) == {"nel"}  # the director's contract is full


# ---- coverage


def test_coverage_allows_a_requirement_to_be_met_and_no_more() -> None:
    outcome = solved(service([person("ann", 4)], [activity("clinic", 1, AM, PM, TUE)]))
    assert (sessions(outcome), outcome.delivered) == (1, {"clinic": 1.0})


def test_coverage_forbids_a_part_session_to_count_as_a_whole_one() -> None:
    outcome = solved(service([person("ann", 1)], [activity("clinic", 1.5, AM, PM)]))
    assert (short(outcome), values(outcome)["routine"]) == (0.5, 1)  # exact, and in whole sessions
    with_two = solved(service([person("ann", 2)], [activity("clinic", 1.5, AM, PM)]))
    assert (sessions(with_two), short(with_two), values(with_two)["routine"]) == (2, 0, 0)


def test_coverage_counts_output() -> None:
    skills = [Skill(person="ann", activity="clinic", output=0.5)]
    outcome = solved(service([person("ann", 2)], [activity("clinic", 1, AM, PM)], skills))
    assert (sessions(outcome), short(outcome)) == (2, 0)  # two sessions of half the output
    outcome = solved(service([person("ann", 1)], [activity("clinic", 0.5, AM, PM)], skills))
    assert outcome.delivered == {"clinic": 0.5}


def test_coverage_counts_rotas() -> None:
    rota = Rota(
        rota="duty", name="Duty", kind="hot_week", members=("ann", "bob"), weeks_covered=26.09, pa_per_duty_week=0,
        displaces="none", delivers=(Delivery(activity="clinic", sessions=2),),
    )  # fmt: skip
    outcome = solved(service([person("ann"), person("bob")], [activity("clinic", 2)], rotas=(rota,)))
    assert (sessions(outcome), short(outcome)) == (1, 0)  # 26.09 x 2 / 52.18 = 1 from the rota


def test_coverage_counts_people_who_are_not_planned_and_time_without_a_half_day() -> None:
    people = [person("ann", 2), person("dan", planned=False)]
    plans = (row("dan", "clinic", AM), row("ann", "clinic", "-", per_year=26.09))
    outcome = solved(service(people, [activity("clinic", 2, AM, PM)], job_plans=plans))
    # Dan 1, annualised 0.5: half a session is left, so Ann does one more: 26.09 + 52.18 of her 104.36 sessions' time
    assert placed(outcome, "ann") in ({("ann", "clinic", AM): ()}, {("ann", "clinic", PM): ()})
    assert outcome.delivered == {"clinic": pytest.approx(2.5)}


def test_coverage_of_a_vacant_post_is_nothing() -> None:
    people = [person("ann"), person("eve", kind="vacant")]
    outcome = solved(service(people, [activity("clinic", 2)], job_plans=(row("eve", "clinic", AM),)))
    assert (short(outcome), people_doing(outcome) - {"eve"}) == (1, {"ann"})


# ---- who may do what, where (no constraint: cells that break these do not exist)


def test_skills_allow_the_skilled() -> None:
    assert people_doing(solved(service([person("ann"), person("bob")], [activity("a", 1)], able("bob a")))) == {"bob"}


def test_skills_forbid_the_others() -> None:
    made = service([person("ann"), person("bob")], [activity("a", 2)], able("bob a"))
    assert (short(solved(made)), people_doing(solved(made))) == (1, {"bob"})


def test_unavailable_allows_other_half_days() -> None:
    made = service([person("ann", unavailable=(AM,))], [activity("clinic", 1, AM, PM)])
    assert placed(solved(made)) == {("ann", "clinic", PM): ()}


def test_unavailable_forbids_the_half_day() -> None:
    outcome = solved(service([person("ann", 10, unavailable=(AM,))], [activity("clinic", 1)]))
    assert (short(outcome), placed(outcome)) == (1, {})
    assert outcome.plan is not None and all(line.slot != AM for line in outcome.plan.rows)  # nor anything else


@pytest.mark.parametrize(("pa", "done"), [(1.34, 1), (1.33, 0)])
def test_premium_allows_those_who_consent_at_its_price(pa: float, done: int) -> None:
    made = service([person("ann", pa, premium_consent=True)], [activity("clinic", 1, SAT)], premium=(SAT,))
    outcome = solved(made)
    assert sessions(outcome) == done  # 240 minutes of premium time are charged 320: 1.3333 PA
    assert values(outcome)["cost"] == 80 * done


@pytest.mark.parametrize("consent", [None, False])
def test_premium_forbids_those_who_do_not(consent: bool | None) -> None:
    made = service([person("ann", 3, premium_consent=consent)], [activity("clinic", 1, SAT)], premium=(SAT,))
    assert short(solved(made)) == 1


def test_all_day_blocks_allow_a_whole_day() -> None:
    outcome = solved(service([person("ann")], [activity("list", 2, AM, PM, blocks="AM+PM")]))
    assert placed(outcome) == {("ann", "list", AM): (), ("ann", "list", PM): ()}


def test_all_day_blocks_forbid_half_a_day() -> None:
    half_contract = service([person("ann", 1)], [activity("list", 2, AM, PM, blocks="AM+PM")])
    assert placed(solved(half_contract)) == {}
    half_away = service([person("ann", unavailable=(PM,))], [activity("list", 2, AM, PM, blocks="AM+PM")])
    assert placed(solved(half_away)) == {}
    other_days = service([person("ann")], [activity("list", 2, AM, "Tue PM", blocks="AM+PM")])
    assert short(solved(other_days)) == 2


def test_all_day_blocks_share_days_in_the_same_weeks() -> None:
    activities = [activity("list", 1, AM, PM, blocks="AM+PM"), activity("a", 0.5), activity("b", 0.5, PM)]
    weeks = placed(solved(service([person("ann")], activities, cycle=2)))
    assert weeks["ann", "list", AM] == weeks["ann", "list", PM] != weeks["ann", "a", AM] == weeks["ann", "b", PM]


def test_whole_team_allows_a_session_that_counts_once() -> None:
    people = [person("ann", 1), person("bob", 1), person("cat", 1, unavailable=(AM,))]
    outcome = solved(service(people, [activity("mdt", 1, team="all", session_minutes=60)]))
    assert placed(outcome) == {("ann", "mdt", AM): (), ("bob", "mdt", AM): ()}  # Cat is not missing: never there
    assert outcome.delivered == {"mdt": 1.0}


def test_whole_team_delivers_1_whoever_is_on_leave() -> None:
    outcome = solved(service([person("ann", 1, working_weeks=30)], [activity("mdt", 1, team="all")]))
    assert short(outcome) == 0


def test_whole_team_forbids_meeting_without_somebody() -> None:
    people = [person("ann", 2), person("bob", 0.2)]  # Bob has 48 minutes
    outcome = solved(service(people, [activity("mdt", 1, team="all", session_minutes=60)]))
    assert (short(outcome), placed(outcome)) == (1, {})


def test_whole_team_needs_one_room_and_the_same_weeks() -> None:
    people = [person("ann", 1), person("bob", 1)]
    mdt = activity("mdt", 0.5, team="all", room=("room",))
    outcome = solved(service(people, [mdt, activity("clinic", 1)], rooms=(room(count=1),), cycle=2))
    weeks = placed(outcome)
    assert weeks["ann", "mdt", AM] == weeks["bob", "mdt", AM] and len(weeks["ann", "mdt", AM]) == 1
    assert short(outcome) == 0  # both are free in the other week: two clinics of the two asked for


def test_spread_any_allows_surplus_anywhere() -> None:
    outcome = solved(service([person("ann", 2, unavailable=(TUE,))], [activity("clinic", 2, AM, PM, TUE)]))
    assert short(outcome) == 0


def test_spread_each_day_forbids_one_day_to_fill_anothers_gap() -> None:
    who = person("ann", 2, unavailable=(TUE,))
    outcome = solved(service([who], [activity("clinic", 2, AM, PM, TUE, spread="each_day")]))
    assert (sessions(outcome), short(outcome)) == (1, 1)  # one on Monday, none on Tuesday
    assert short(solved(service([person("ann", 2)], [activity("clinic", 2, AM, PM, TUE, spread="each_day")]))) == 0


def test_spread_each_half_day_divides_equally() -> None:
    people = [person("ann", 2), person("bob", 2, unavailable=(PM,))]
    clinic = activity("clinic", 4, AM, PM, spread="each_half_day")
    outcome = solved(service(people, [clinic]))
    assert outcome.shortfall == {"clinic": 1.0}  # two each: both in the morning, Ann alone in the afternoon
    assert short(solved(service([person("ann", 2), person("bob", 2)], [clinic]))) == 0


def test_spread_by_name_divides_in_proportion() -> None:
    spread = (SpreadPart(slot=AM, sessions=2), SpreadPart(slot=PM, sessions=1))
    clinic = activity("clinic", 3, AM, PM, spread=spread)
    outcome = solved(service([person("ann", 2), person("bob", 2)], [clinic]))
    assert (sessions(outcome), short(outcome)) == (3, 0)
    late = [person("ann", 2, unavailable=(AM,)), person("bob", 2, unavailable=(AM,))]
    assert solved(service(late, [clinic])).shortfall == {"clinic": 2.0}  # one in the afternoon; two mornings short


def test_spread_is_of_what_rotas_leave() -> None:
    rota = Rota(
        rota="duty", name="Duty", kind="hot_week", members=("ann", "bob"), weeks_covered=26.09, pa_per_duty_week=0,
        displaces="none", delivers=(Delivery(activity="clinic", sessions=2),),
    )  # fmt: skip
    people = [person("ann", 1, unavailable=(PM,)), person("bob", 1, unavailable=(PM,))]
    clinic = activity("clinic", 2, AM, PM, spread="each_half_day")
    # 2 - 1 from the rota = 1, half of it in each half-day: the morning is met, the afternoon is half a session short
    assert solved(service(people, [clinic], rotas=(rota,))).shortfall == {"clinic": 0.5}
