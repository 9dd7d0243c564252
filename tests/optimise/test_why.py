"""What binds, what one more of each buys, and why people change: on services whose answers are known by hand.

Sessions are of 240 minutes (1 PA) and everyone is present in all 52.18 weeks, so 1 PA is one session a week.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from capacity.check import check_plan
from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.optimise.reasons import Reason, reasons, why_not_allowed
from capacity.optimise.remedies import Remedy, candidates, changed, price_of, time_left, worth_of
from capacity.optimise.resolve import (
    Reach,
    allocation_of_plan,
    least_shortfall,
    plan_in_force,
    short_by_activity,
    uncovered,
)
from capacity.optimise.search import Budget, Settings
from capacity.optimise.tiers import Allocation, measure
from capacity.optimise.why import Bought, Why, explain, rules_in_use
from capacity.outcome import Outcome
from capacity.service.model import Costs, Role, Service, Skill
from tests.optimise.small import able, activity, nurse, person, room, row, service, solved
from tests.optimise.tiny import tiny_service

AM, PM, TUE, WED = "Mon AM", "Mon PM", "Tue AM", "Wed AM"
FOUR = (AM, PM, TUE, WED)


def why(made: Service, **asked: Any) -> Why:
    return explain(made, analyse(made), Settings(time_limit=40), **asked)


def buys(found: Why, words: str) -> Bought:
    """The remedy of these words; there must be one."""
    return next(bought for bought in found.remedies if bought.remedy.words == words)


def gains(found: Why) -> dict[str, float]:
    """Words of each remedy and what it buys in all, of those that buy something."""
    return {bought.remedy.words: round(bought.sessions, 6) for bought in found.remedies if bought.buys}


def binding(found: Why, key: str) -> list[tuple[tuple[str, ...], float]]:
    return next(
        [(lifted.rules, round(lifted.sessions, 6)) for lifted in each.rules]
        for each in found.bindings
        if each.activity == key
    )


# ---- which rule binds


def test_a_pa_buys_what_the_contract_keeps_short() -> None:
    """Ann has 2 PA, the clinic asks for 4 sessions and has a half-day for each: only time is missing."""
    found = why(service([person("ann", 2)], [activity("clinic", 4, *FOUR)]))
    assert binding(found, "clinic") == [(("contract",), 2.0)]
    assert gains(found) == {"1 more PA for ann": 1.0}
    pa = buys(found, "1 more PA for ann")
    assert (pa.evidence, pa.hours, pa.by_activity) == ("proven", 4.0, {"clinic": 1.0})
    assert {name: gain.sessions for name, gain in pa.tiers.items()} == {
        "rapid_mean": 0.0, "routine": 1.0, "rapid_headroom": 0.0,
    }  # fmt: skip


def test_a_pa_buys_nothing_where_the_room_binds_and_the_room_buys_it() -> None:
    """One room in two half-days: Ann has time for four sessions and a place for two."""
    clinic = activity("clinic", 3, *FOUR, room=("blue",))
    made = service([person("ann", 4)], [clinic], rooms=(room("blue", slots=(AM, PM)),))
    found = why(made)
    assert binding(found, "clinic") == [(("rooms",), 1.0)]
    assert gains(found) == {"1 more blue on Tue AM": 1.0, "1 more blue on Wed AM": 1.0}
    assert buys(found, "1 more PA for ann").sessions == 0
    assert buys(found, "1 more PA for ann").evidence == "proven"


def test_a_room_in_a_half_day_in_which_there_is_none() -> None:
    """Two people and one room: a second room on Monday morning gives the second person a place."""
    clinic = activity("clinic", 3, AM, PM, room=("blue",))
    made = service([person("ann", 4), person("bob", 4)], [clinic], rooms=(room("blue", slots=(AM, PM)),))
    found = why(made)
    assert binding(found, "clinic") == [(("rooms",), 1.0)]
    assert gains(found) == {"1 more blue on Mon AM": 1.0, "1 more blue on Mon PM": 1.0}
    assert buys(found, "1 more PA for ann").sessions == 0
    assert all(bought.evidence == "proven" for bought in found.remedies)


def test_two_rules_that_bind_only_together() -> None:
    """Ann's contract is as full as the room: neither more time nor another room helps alone."""
    clinic = activity("clinic", 3, AM, PM, TUE, room=("blue",))
    made = service([person("ann", 2)], [clinic], rooms=(room("blue", slots=(AM, PM)),))
    found = why(made)
    assert binding(found, "clinic") == [(("contract", "rooms"), 1.0)]
    assert gains(found) == {}


def test_nobody_skilled_is_said_and_nothing_is_bought() -> None:
    made = service([person("ann", 2)], [activity("clinic", 1), activity("lab", 1)], able("ann clinic"))
    found = why(made)
    assert binding(found, "lab") == []
    assert found.bindings[0].facts == ("nobody with a job plan is skilled in it",)


def test_the_limit_of_a_skill() -> None:
    skills = [Skill(person="ann", activity="clinic", max_per_week=1)]
    found = why(service([person("ann", 3)], [activity("clinic", 2, *FOUR)], skills))
    assert binding(found, "clinic") == [(("per_week",), 1.0)]
    assert gains(found) == {"1 more clinic a week allowed for ann": 1.0}
    assert buys(found, "1 more clinic a week allowed for ann").price_note == "no new money"


def test_days_a_week() -> None:
    found = why(service([person("ann", 3, max_days=1)], [activity("clinic", 3, *FOUR)]))
    assert binding(found, "clinic") == [(("days",), 1.0)]
    assert gains(found) == {"1 more day a week for ann": 1.0}


def test_a_pin_that_holds_somebody_elsewhere() -> None:
    """Ann is pinned to an audit nobody asks for, in the only half-day of the clinic."""
    plans = (row("ann", "audit", AM, pinned=True),)
    made = service([person("ann", 2)], [activity("clinic", 1), activity("audit", 0)], job_plans=plans)
    found = why(made)
    assert gains(found) == {"audit of ann on Mon AM no longer pinned": 1.0}
    assert {rule for rules, _ in binding(found, "clinic") for rule in rules} == {"one_activity", "pins"}


def test_a_role_less() -> None:
    lead = Role(role="lead", name="Lead", category="ANR", tariff_pa=1, held_by=("ann",))
    found = why(service([person("ann", 2)], [activity("clinic", 2, AM, PM)], roles=(lead,)))
    assert gains(found) == {"1 more PA for ann": 1.0, "the role lead not done (held by ann)": 1.0}
    role = buys(found, "the role lead not done (held by ann)")
    assert (role.pounds, role.price_note) == (0.0, "no new money, but the role's work is not done")


def test_one_more_person_trained() -> None:
    """Bob has time and no skill; training him does what another PA of Ann does."""
    made = service(
        [person("ann", 1), person("bob", 2)], [activity("clinic", 2, AM, PM), activity("audit", 0)],
        able("ann clinic", "bob audit"),
    )  # fmt: skip
    assert gains(why(made)) == {"1 more PA for ann": 1.0, "bob trained in clinic": 1.0}


def test_training_does_not_bring_back_a_least_number_of_people() -> None:
    """min_people 2 was lowered to 1, since only Ann is skilled; with Bob it would force a session of him."""
    clinic = activity("clinic", 2, AM, PM, min_people=2)
    urgent = activity("urgent", 2, AM, PM, tier="rapid")
    made = service(
        [person("ann", 2), person("bob", 2)], [clinic, urgent], able("ann clinic", "bob urgent", "ann urgent")
    )
    problem = Problem(made, analyse(made))
    base = base_of(problem)
    new = changed(problem, Remedy("skill", "", "bob", "clinic"), base.allocation)
    assert new.problem.activities["clinic"].min_people == 1
    assert least(new.problem, new.start).values == base.values


def test_a_pa_is_bought_tier_by_tier_over_all_activities() -> None:
    """One more session of Ann goes to the rapid clinic first, and only then to the routine one."""
    activities = [activity("urgent", 2, *FOUR, tier="rapid"), activity("clinic", 2, *FOUR)]
    found = why(service([person("ann", 1)], activities))
    pa = buys(found, "1 more PA for ann")
    assert {name: gain.sessions for name, gain in pa.tiers.items() if gain.sessions} == {"rapid_mean": 1.0}
    assert pa.by_activity == {"urgent": 1.0}
    found = why(service([person("ann", 2)], activities))
    assert buys(found, "1 more PA for ann").by_activity == {"clinic": 1.0}


def test_remedies_are_ranked_by_tier_before_sessions() -> None:
    """A PA of Ann buys one rapid session, a PA of Bob one routine session of the same length."""
    activities = [activity("clinic", 2, *FOUR), activity("urgent", 2, *FOUR, tier="rapid")]
    found = why(service([person("ann", 1), person("bob", 1)], activities, able("ann urgent", "bob clinic")))
    assert set(list(gains(found))[:2]) == {"bob trained in urgent", "1 more PA for ann"}
    order = [bought.tiers["rapid_mean"].value for bought in found.remedies]
    assert order == sorted(order, reverse=True)


def test_a_ceiling_leaves_no_room_for_a_pa() -> None:
    """Twelve PAs are the most: one more for Ann is none."""
    found = why(service([person("ann", 12, max_days=7)], [activity("clinic", 14, *_all_half_days())]))
    assert buys(found, "1 more PA for ann").sessions == 0


def _all_half_days() -> list[str]:
    return [f"{day} {part}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for part in ("AM", "PM")]


def test_only_one_activity_is_asked_for() -> None:
    activities = [activity("clinic", 2, AM, PM), activity("lab", 2, TUE, WED)]
    made = service([person("ann", 1), person("bob", 1)], activities, able("ann clinic", "bob lab"))
    found = why(made, activity="lab")
    assert [each.activity for each in found.bindings] == ["lab"]
    assert "1 more PA for bob" in gains(found) and "1 more PA for ann" not in gains(found)


def test_nothing_short_nothing_bought() -> None:
    found = why(service([person("ann", 2)], [activity("clinic", 2, AM, PM)]))
    assert (found.bindings, found.remedies, found.not_tried) == ((), (), {})


def test_rules_that_limit_nothing_are_not_looked_at() -> None:
    made = service([person("ann", 2)], [activity("clinic", 4, *FOUR)])
    assert {rule.id for rule in rules_in_use(Problem(made, analyse(made)))} == {"contract"}
    made = service(
        [person("ann", 9)], [activity("clinic", 2, AM, PM, room=("blue",))], rooms=(room("blue", slots=(AM,)),)
    )
    # the room limits by being closed on Monday afternoon, which is a cell that is never made
    assert {rule.id for rule in rules_in_use(Problem(made, analyse(made)))} == {"contract", "rooms"}


# ---- what a remedy may never do


def base_of(problem: Problem) -> Reach:
    outcome = solved(problem.service, problem.demand)
    assert outcome.plan is not None
    return least(problem, allocation_of_plan(problem, outcome.plan))


def least(problem: Problem, start: Allocation, **rest: Any) -> Reach:
    return least_shortfall(problem, start, Settings(time_limit=10), Budget(10), **rest)


def test_a_search_is_led_by_what_another_service_can_do() -> None:
    """A hint with a role that is gone, and sessions that are not possible here, does no harm."""
    lead = Role(role="lead", name="Lead", category="ANR", tariff_pa=1, held_by=("ann",))
    made = service([person("ann", 3)], [activity("clinic", 3, *FOUR)], roles=(lead,))
    problem = Problem(made, analyse(made))
    base = base_of(problem)
    remedy = next(iter(candidates(problem, base.allocation, ["clinic"], {})["role"]))
    new = changed(problem, remedy, base.allocation)
    better = least(new.problem, new.start)
    assert (base.values["routine"], better.values["routine"]) == (1, 0)
    like = replace(better.allocation, holders=base.allocation.holders | better.allocation.holders)
    assert least(problem, base.allocation, like=like).values == base.values


@pytest.mark.parametrize("seed", [3, 21])
def test_a_remedy_never_makes_a_tier_worse_and_agrees_with_a_plan_of_the_changed_service(seed: int) -> None:
    """Every kind on random services; what is reached is what planning the changed service reaches."""
    made = tiny_service(seed)
    made = made.model_copy(update={"objective": made.objective.model_copy(update={"extra_pa_budget": 0})})
    demand = analyse(made)
    outcome = _plan(made)
    if outcome.plan is None:
        pytest.skip("no plan")
    problem = Problem(made, demand)
    base = least(problem, allocation_of_plan(problem, outcome.plan))
    everything = list(problem.activities)
    for remedies in candidates(problem, base.allocation, everything, {}).values():
        for remedy in remedies[:2]:
            new = changed(problem, remedy, base.allocation)
            reach = least(new.problem, new.start, allow_extra=new.allow_extra)
            assert list(reach.values.values()) <= list(base.values.values()), remedy
            if remedy.kind != "pa":
                first = next((tier for tier in _plan(new.problem.service).tiers if tier.name in reach.values), None)
                assert first is None or first.value == reach.values[first.name], remedy


def _plan(made: Service) -> Outcome:
    from capacity.optimise.solve import plan

    return plan(made, analyse(made), Settings(time_limit=10))


def test_the_plan_with_an_extra_pa_is_the_second_answer_of_plan() -> None:
    """The remedy re-solves as ``capacity plan`` does with a budget of one PA for the same person."""
    made = service([person("ann", 2)], [activity("clinic", 4, *FOUR)])
    paid = service([person("ann", 2, max_pa=3)], [activity("clinic", 4, *FOUR)], budget=1)
    second = solved(paid).with_extra
    assert second is not None
    assert buys(why(made), "1 more PA for ann").by_activity["clinic"] == 2 - second.shortfall["clinic"]


def test_the_plan_explained_is_within_contracts_and_passes_the_checker() -> None:
    made = service([person("ann", 2, max_pa=4)], [activity("clinic", 4, *FOUR)], budget=2)
    found = why(made)
    assert found.outcome.plan is not None and found.outcome.plan.extra_minutes == {}
    assert check_plan(made, analyse(made), found.outcome.plan, found.outcome) == ()
    assert gains(found) == {"1 more PA for ann": 1.0}


def test_a_stopped_run_explains_what_it_has() -> None:
    settings = Settings(time_limit=40)
    settings.stop.set()
    made = service([person("ann", 2)], [activity("clinic", 4, *FOUR)], job_plans=(row("ann", "clinic", AM),))
    found = explain(made, analyse(made), settings)
    if found.outcome.plan is not None:
        assert found.remedies == () or all(not bought.buys for bought in found.remedies)
        assert found.reasons


# ---- prices


def test_prices_and_what_the_sessions_are_worth() -> None:
    costs = Costs(extra_pa=11200, locum_session=600, staff={"nurse": 37500})
    people = [person("ann", 1), nurse("nia", 4)]
    made = service(people, [activity("clinic", 4, *FOUR, session_minutes=225)], costs=costs)
    problem = Problem(made, analyse(made))
    assert price_of(problem, Remedy("pa", "", "ann", minutes=240)) == (11200, "£11,200 an extra PA")
    pounds, note = price_of(problem, Remedy("pa", "", "nia", minutes=240))
    assert pounds == pytest.approx(37500 * 4 / 37.5)  # four hours of a full-time week
    assert note == "0.11 WTE at £37,500"
    assert price_of(problem, Remedy("room", "", room="r"))[0] is None
    assert worth_of(problem, 0.5) == (pytest.approx(0.5 * 52.18 * 600), "locum sessions")
    pa = buys(why(made), "1 more PA for ann")
    assert pa.pounds_per_session == pytest.approx(11200 / (pa.sessions * 52.18))


# ---- reasons


def reason_of(found: tuple[Reason, ...], who: str, key: str) -> Reason:
    return next(reason for reason in found if (reason.person, reason.activity) == (who, key))


def told(made: Service) -> tuple[Reason, ...]:
    problem = Problem(made, analyse(made))
    outcome = solved(made)
    assert outcome.plan is not None
    return reasons(problem, allocation_of_plan(problem, outcome.plan))


def test_giving_up_one_clinic_for_another_says_what_was_uncovered_and_what_stands_in_the_way() -> None:
    """Ann's one session goes from routine to rapid: the half-day and the contract hold one."""
    activities = [activity("urgent", 1, AM, tier="rapid"), activity("clinic", 1, AM)]
    made = service([person("ann", 1)], activities, job_plans=(row("ann", "clinic", AM),))
    found = told(made)
    takes = reason_of(found, "ann", "urgent")
    assert (takes.what, takes.takes, takes.tier, takes.worse) == ("added", ((AM, 1),), "rapid_mean", 1.0)
    assert takes.in_words(1) == "adds urgent on Mon AM"
    assert takes.because == (
        "without it 1 of urgent a week more would be uncovered (rapid work below its mean demand); 1 is uncovered under"
        " the plans in force, and ann is the only person skilled in it"
    )
    gives = reason_of(found, "ann", "clinic")
    assert (gives.what, set(gives.rules)) == ("dropped", {"contract", "one_activity"})
    assert gives.in_words(1) == "drops clinic on Mon AM"


def test_a_reason_is_true_the_change_undone_makes_that_tier_worse() -> None:
    for seed in (5, 13):
        made = tiny_service(seed)
        made = made.model_copy(update={"objective": made.objective.model_copy(update={"extra_pa_budget": 0})})
        outcome = _plan(made)
        if outcome.plan is None:
            continue
        problem = Problem(made, analyse(made))
        allocation = allocation_of_plan(problem, outcome.plan)
        for reason in reasons(problem, allocation):
            if reason.tier in ("", "change") or reason.because.startswith("going back"):
                continue
            counts = dict(allocation.counts)
            for slot, _ in (*reason.gives, *reason.takes):
                cell = (reason.person, reason.activity, slot)
                counts[cell] = len(problem.current.get(cell, ()))
            undone = Allocation(counts, allocation.holders, allocation.extra)
            before, after = measure(problem, allocation), measure(problem, undone)
            assert after[reason.tier] > before[reason.tier], reason


def test_a_move_of_half_day_forced_by_a_room() -> None:
    """Both hold the only room on Monday morning now; one has to go to the afternoon."""
    clinic = activity("clinic", 2, AM, PM, room=("blue",))
    plans = (row("ann", "clinic", AM), row("bob", "clinic", AM))
    made = service([person("ann", 1), person("bob", 1)], [clinic], rooms=(room("blue"),), job_plans=plans)
    found = told(made)
    moved = next(reason for reason in found if reason.what == "moved")
    assert moved.rules == ("rooms",)
    assert moved.in_words(1) == "moves clinic from Mon AM to Mon PM"
    assert moved.because == "it cannot stay beside the rest of the plan: the room is taken"
    kept = next(reason for reason in found if reason.what == "kept")
    assert kept.because == "nothing stays short"


def test_who_keeps_everything_and_why_no_more_is_asked_of_them() -> None:
    plans = (row("ann", "clinic", AM), row("zoe", "audit", AM))
    made = service(
        [person("ann", 1), person("zoe", 1)], [activity("clinic", 2, AM, PM), activity("audit", 1)],
        able("ann clinic", "zoe audit"), job_plans=plans,
    )  # fmt: skip
    found = told(made)
    assert reason_of(found, "zoe", "").because == "nothing that stays short is among the skills"
    assert reason_of(found, "ann", "").because == (
        "clinic stays short, but for one more session the contract has no time for it (0 minutes a week left)"
    )


def test_a_role_and_a_session_that_is_no_longer_allowed() -> None:
    lead = Role(role="lead", name="Lead", category="ANR", tariff_pa=1, eligible=("ann",))
    made = service(
        [person("ann", 2, unavailable=(PM,))], [activity("clinic", 1, AM, PM)], roles=(lead,),
        job_plans=(row("ann", "clinic", PM),),
    )  # fmt: skip
    found = told(made)
    role = reason_of(found, "ann", "role:lead")
    assert (role.what, role.in_words(1)) == ("role taken", "takes up role:lead")
    assert role.because == "the role needs 1 holder, nobody holds it now; those who may are ann"
    gone = next(reason for reason in found if reason.what == "not allowed")
    assert gone.in_words(1) == "may not keep clinic on Mon PM"
    assert gone.because == "ann is not available on Mon PM"


@pytest.mark.parametrize(
    ("rest", "cell", "words"),
    [
        ({}, ("ann", "lab", AM), "ann has no skill in lab"),
        ({}, ("ann", "clinic", TUE), "clinic does not run on Tue AM"),
        ({"premium": ("Sat AM",)}, ("ann", "clinic", "Sat AM"), "Sat AM is premium time and ann has not consented"),
        ({"rooms": (room("blue", slots=(PM,)),)}, ("ann", "ward", AM), "no room of ward is there on Mon AM"),
    ],
)
def test_why_a_session_may_not_stay(rest: dict[str, Any], cell: tuple[str, str, str], words: str) -> None:
    slots = (AM, PM, "Sat AM") if rest.get("premium") else (AM, PM)
    activities = [activity("clinic", 1, *slots), activity("lab", 1), activity("ward", 1, AM, PM, room=("blue",))]
    rest.setdefault("rooms", (room("blue"),))
    made = service([person("ann", 2)], activities, able("ann clinic", "ann ward"), **rest)
    assert why_not_allowed(Problem(made, analyse(made)), cell).startswith(words)


def test_figures_of_a_plan_in_force() -> None:
    made = service(
        [person("ann", 3)], [activity("clinic", 2, AM, PM, TUE), activity("urgent", 1, AM, tier="rapid")],
        job_plans=(row("ann", "clinic", PM, 1), row("ann", "clinic", TUE)), cycle=2,
    )  # fmt: skip
    problem = Problem(made, analyse(made))
    now = plan_in_force(problem)
    assert uncovered(problem, now) == {"clinic": pytest.approx(0.5), "urgent": pytest.approx(1)}
    assert short_by_activity(problem, now) == {"clinic": (1, 0), "urgent": (2, 0)}
    assert time_left(problem, now)["ann"] == pytest.approx(3 * 240 - 1.5 * 240)
