"""The tiers: their order, what is held and given back, change and cost, the two answers, status, stopping, progress.

Unless said otherwise everyone is present 52.18 weeks, a session is 240 minutes and delivers 1 (see ``small``).
"""

from __future__ import annotations

import threading

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.optimise.tiers import held_at
from capacity.outcome import Outcome
from capacity.service.model import DEFAULT_TIERS, Role, Service, Skill
from tests.optimise.small import (
    activity,
    broken_rules,
    demand_of,
    kept,
    person,
    placed,
    room,
    row,
    service,
    sessions,
    solved,
    values,
)

AM, PM, TUE, TUE_PM, WED = "Mon AM", "Mon PM", "Tue AM", "Tue PM", "Wed AM"


def status_of(outcome: Outcome) -> dict[str, str]:
    return {tier.name: tier.status for tier in outcome.tiers}


# ---- order


def test_rapid_comes_before_routine_whatever_the_priority() -> None:
    activities = [activity("urgent", 1, tier="rapid"), activity("review", 1, priority=10)]
    outcome = solved(service([person("ann")], activities))
    assert outcome.shortfall == {"urgent": 0.0, "review": 1.0}  # one half-day for both
    assert (values(outcome)["rapid_mean"], values(outcome)["routine"]) == (0, 10)


def test_priority_weighs_inside_a_tier() -> None:
    activities = [activity("a", 2, AM, PM), activity("b", 1, AM, PM, priority=3)]
    outcome = solved(service([person("ann")], activities))
    assert outcome.shortfall == {"a": 1.0, "b": 0.0}  # b first: 1 of a's 2 is left; 1 rather than 3
    assert values(outcome)["routine"] == 1


def urgent_and_review(*order: str) -> Outcome:
    """Two sessions for 2 urgent (1 at the mean) and 1 review."""
    activities = [activity("urgent", 0, AM, PM, tier="rapid"), activity("review", 1, AM, PM)]
    made = service([person("ann")], activities, tiers=order or DEFAULT_TIERS)
    return solved(made, demand_of(made, urgent=(2.0, 1.0)))


def test_headroom_comes_after_routine() -> None:
    outcome = urgent_and_review()
    assert outcome.shortfall == {"urgent": 1.0, "review": 0.0}
    assert outcome.shortfall_mean["urgent"] == 0
    assert [values(outcome)[name] for name in ("rapid_mean", "routine", "rapid_headroom")] == [0, 0, 1]


def test_headroom_comes_before_routine_where_the_lead_says_so() -> None:
    outcome = urgent_and_review("rapid_mean", "rapid_headroom", "routine", "change", "cost", "quality")
    assert outcome.shortfall == {"urgent": 0.0, "review": 1.0}
    assert [tier.name for tier in outcome.tiers] == [
        "rapid_mean", "rapid_headroom", "routine", "change", "cost", "quality",
    ]  # fmt: skip


def test_the_mean_of_rapid_is_shared_between_the_two_rapid_tiers() -> None:
    made = service([person("ann", 1)], [activity("urgent", 0, AM, PM, tier="rapid", priority=2)])
    outcome = solved(made, demand_of(made, urgent=(4.0, 3.0)))
    # one session: short of the mean by 2, of the centile by 3; the headroom is the difference; priority 2
    assert (values(outcome)["rapid_mean"], values(outcome)["rapid_headroom"]) == (4, 2)
    assert (outcome.shortfall["urgent"], outcome.shortfall_mean["urgent"]) == (3.0, 2.0)


def test_a_routine_activity_is_sized_at_what_is_required() -> None:
    made = service([person("ann", 1)], [activity("clinic", 0, AM, PM)])
    outcome = solved(made, demand_of(made, clinic=(2.0, 1.0)))
    assert (values(outcome)["routine"], values(outcome)["rapid_headroom"]) == (1, 0)


def test_change_comes_before_cost() -> None:
    who = person("ann", 3, premium_consent=True)
    clinic = activity("clinic", 1, AM, "Sat AM")
    made = service([who], [clinic], premium=("Sat AM",), job_plans=(row("ann", "clinic", "Sat AM"),))
    outcome = solved(made)
    assert placed(outcome) == {("ann", "clinic", "Sat AM"): ()}  # moving it to plain time would save 80 minutes
    assert (values(outcome)["change"], values(outcome)["cost"]) == (0, 80)


# ---- holds


def one_more_needed(tolerance: float, tier: str = "routine") -> Outcome:
    """Ann does one clinic of two and could do the other: one session gained."""
    clinic = activity("clinic", 2, AM, PM, tier=tier)
    return solved(service([person("ann")], [clinic], tolerance=tolerance, job_plans=(row("ann", "clinic", AM),)))


def test_routine_may_be_given_back_within_the_tolerance() -> None:
    outcome = one_more_needed(1)
    routine = next(tier for tier in outcome.tiers if tier.name == "routine")
    assert (routine.value, routine.bound, routine.kept) == (0, 0, 1)  # best 0; 1 kept, so that nothing changes
    assert values(outcome)["change"] == 0
    assert outcome.shortfall == {"clinic": 1.0}


def test_without_tolerance_the_best_is_kept() -> None:
    outcome = one_more_needed(0)
    assert (values(outcome)["routine"], kept(outcome)["routine"], values(outcome)["change"]) == (0, 0, 1)


def test_the_tolerance_is_a_number_of_sessions() -> None:
    clinic = activity("clinic", 4, AM, PM, TUE, TUE_PM)
    made = service([person("ann", 4)], [clinic], tolerance=2)
    assert (kept(solved(made))["routine"], sessions(solved(made))) == (2, 2)


def test_rapid_mean_is_held_exactly() -> None:
    outcome = one_more_needed(1, "rapid")
    assert (values(outcome)["rapid_mean"], kept(outcome)["rapid_mean"], values(outcome)["change"]) == (0, 0, 1)


def test_headroom_may_be_given_back() -> None:
    made = service(
        [person("ann")],
        [activity("urgent", 0, AM, PM, tier="rapid")],
        tolerance=1,
        job_plans=(row("ann", "urgent", AM),),
    )
    outcome = solved(made, demand_of(made, urgent=(2.0, 1.0)))
    assert (values(outcome)["rapid_headroom"], kept(outcome)["rapid_headroom"]) == (0, 1)
    assert kept(outcome)["rapid_mean"] == 0


# ---- change


def test_nothing_moves_where_there_is_no_gap() -> None:
    plans = (row("ann", "a", AM, 1), row("ann", "b", AM, 2), row("bob", "a", TUE), row("bob", "b", PM, 2))
    activities = [activity("a", 1.5, AM, PM, TUE), activity("b", 1, AM, PM, TUE)]
    outcome = solved(service([person("ann"), person("bob")], activities, job_plans=plans, cycle=2))
    assert placed(outcome) == {
        ("ann", "a", AM): (1,), ("ann", "b", AM): (2,), ("bob", "a", TUE): (), ("bob", "b", PM): (2,),
    }  # fmt: skip
    assert (values(outcome)["change"], outcome.changes, outcome.status) == (0, (), "optimal")


def test_a_surplus_that_nobody_needs_elsewhere_stays() -> None:
    plans = (row("ann", "clinic", AM), row("ann", "clinic", PM))
    outcome = solved(service([person("ann")], [activity("clinic", 1, AM, PM)], job_plans=plans))
    assert (sessions(outcome), values(outcome)["change"]) == (2, 0)


@pytest.mark.parametrize(("cycle", "value"), [(1, 3), (2, 6)])
def test_a_moved_session_counts_2_for_lost_and_1_for_gained(cycle: int, value: int) -> None:
    activities = [activity("a", 0, AM), activity("b", 1, AM, priority=2)]
    made = service([person("ann", 1)], activities, job_plans=(row("ann", "a", AM),), cycle=cycle)
    outcome = solved(made)
    assert values(outcome)["change"] == value
    (change,) = outcome.changes
    assert (change.lost, change.gained) == ((("a", AM, cycle),), (("b", AM, cycle),))
    assert (change.moved, change.dropped, change.added) == (cycle, 0, 0)


def test_only_the_weeks_that_change_count() -> None:
    activities = [activity("a", 0.5, AM), activity("b", 0.5, AM)]
    outcome = solved(service([person("ann", 1)], activities, job_plans=(row("ann", "a", AM),), cycle=2))
    assert (values(outcome)["change"], outcome.changes[0].lost) == (3, (("a", AM, 1),))


def test_change_counts_direct_care_only() -> None:
    activities = [activity("teaching", 0, AM, category="SPA"), activity("clinic", 1, AM)]
    outcome = solved(service([person("ann", 1)], activities, job_plans=(row("ann", "teaching", AM),)))
    assert values(outcome)["change"] == 1  # teaching lost: nothing; clinic gained: 1


def test_who_changes_least_is_chosen() -> None:
    plans = (row("ann", "a", AM), row("bob", "a", AM))
    activities = [activity("a", 1, AM), activity("b", 1, AM, PM)]
    made = service([person("ann", 2), person("bob", 1)], activities, job_plans=plans)
    outcome = solved(made)
    # Ann can do b on Monday afternoon, 1 gained; taking it from a would be 3
    assert (values(outcome)["change"], placed(outcome)["ann", "b", PM]) == (1, ())


def test_a_cell_that_breaks_a_rule_is_reported_and_not_charged() -> None:
    plans = (row("ann", "clinic", AM),)
    made = service([person("ann", unavailable=(AM,))], [activity("clinic", 0, AM, PM)], job_plans=plans)
    outcome = solved(made)
    assert values(outcome)["change"] == 0
    assert outcome.changes[0].not_allowed == (("clinic", AM, 1),)
    assert [finding.rule for finding in outcome.findings] == ["cell_not_allowed"]


@pytest.mark.parametrize(("sessions_at_stake", "moves"), [(1, True), (0, False)])
def test_a_role_that_changes_hands_counts_4(sessions_at_stake: int, moves: bool) -> None:
    people = [person("ann", 1), person("bob", 1, unavailable=(AM,))]
    role = Role(role="lead", name="Lead", category="ANR", tariff_pa=1, held_by=("ann",), fixed=False)
    outcome = solved(service(people, [activity("clinic", sessions_at_stake)], roles=(role,)))
    assert outcome.plan is not None
    assert outcome.plan.holders["lead"] == (("bob",) if moves else ("ann",))
    assert values(outcome)["change"] == (4 + 1 if moves else 0)


# ---- cost and the two answers


def short_of_time(budget: float, **rest: object) -> Service:
    who = [person("ann", 1, max_pa=2, **rest), person("bob", 1)]
    return service(who, [activity("clinic", 3, AM, PM)], budget=budget)


@pytest.mark.parametrize("cycle", [1, 2])
def test_the_second_answer_says_what_extra_time_removes_and_costs(cycle: int) -> None:
    outcome = solved(short_of_time(1).model_copy(update={"cycle_weeks": cycle}))
    assert outcome.shortfall == {"clinic": 1.0}
    assert outcome.plan is not None and outcome.plan.extra_minutes == {}
    extra = outcome.with_extra
    assert extra is not None and extra.plan is not None and extra.with_extra is None
    assert extra.shortfall == {"clinic": 0.0}
    assert extra.plan.extra_minutes == {"ann": 240}
    assert values(extra)["cost"] == 240 * cycle  # minutes a cycle


def test_there_is_no_second_answer_where_nothing_is_short() -> None:
    made = service([person("ann", 1, max_pa=3)], [activity("clinic", 1)], budget=2)
    assert solved(made).with_extra is None


def test_there_is_no_second_answer_without_a_budget_or_anyone_who_accepts() -> None:
    assert solved(short_of_time(0)).with_extra is None
    assert solved(service([person("ann", 1)], [activity("clinic", 2, AM, PM)], budget=5)).with_extra is None


def test_extra_time_that_buys_nothing_is_said() -> None:
    made = service([person("ann", 1, max_pa=2)], [activity("clinic", 2, AM)], budget=5)  # one half-day only
    outcome = solved(made)
    assert outcome.with_extra is None
    assert "extra_buys_nothing" in {finding.rule for finding in outcome.findings}


def test_no_more_extra_than_is_needed() -> None:
    made = service([person("ann", 1.5, max_pa=3)], [activity("clinic", 2, AM, PM)], budget=2)
    extra = solved(made).with_extra
    assert extra is not None and extra.plan is not None
    assert extra.plan.extra_minutes == {"ann": 120}  # 360 + 120 = 480


def test_premium_time_is_used_only_where_plain_time_is_not_enough() -> None:
    clinic = activity("clinic", 2, AM, PM, "Sat AM")
    free = service([person("ann", 4, premium_consent=True)], [clinic], premium=("Sat AM",))
    assert values(solved(free))["cost"] == 0
    away = service([person("ann", 4, premium_consent=True, unavailable=(PM,))], [clinic], premium=("Sat AM",))
    assert values(solved(away))["cost"] == 80  # 240 minutes charged 320


# ---- status, stopping, progress


def test_every_tier_is_proven_on_a_small_service() -> None:
    outcome = solved(short_of_time(0))
    assert outcome.status == "optimal"
    assert status_of(outcome) == dict.fromkeys(DEFAULT_TIERS, "optimal")
    assert all(tier.value == tier.bound for tier in outcome.tiers)
    assert outcome.run["limit_fired"] == "none"


def test_tiers_that_are_not_asked_for_are_not_solved() -> None:
    made = service([person("ann")], [activity("clinic", 1)], tiers=("rapid_mean", "routine", "change"))
    assert list(status_of(solved(made))) == ["rapid_mean", "routine", "change"]


def crowded() -> Service:
    """Twelve people who can all do all of six activities: nothing proven at once."""
    slots = ("Mon AM", "Mon PM", "Tue AM", "Tue PM", "Wed AM", "Wed PM", "Thu AM", "Thu PM", "Fri AM", "Fri PM")
    people = [person(f"p{number}", 4 + number % 5 * 0.7, working_weeks=42) for number in range(12)]
    activities = [activity(f"a{number}", 5.3 + number, *slots, room=("room",)) for number in range(6)]
    plans = [
        row(who.person, f"a{(number + position) % 6}", slot)
        for number, who in enumerate(people)
        for position, slot in enumerate(slots[: 3 + number % 2])
    ]
    return service(people, activities, rooms=(room(count=4),), job_plans=tuple(plans), cycle=4)


def test_a_run_that_is_stopped_before_it_starts_says_so_and_claims_nothing() -> None:
    made, stop = crowded(), threading.Event()
    stop.set()
    demand = analyse(made)
    outcome = plan(made, demand, Settings(time_limit=10, stop=stop))
    assert outcome.status == "stopped"
    assert broken_rules(made, demand, outcome) == []
    if outcome.plan is None:
        assert "stopped" in outcome.reason and "No plan exists" not in outcome.reason


def test_a_run_that_is_stopped_on_the_way_keeps_its_plan() -> None:
    made, stop = crowded(), threading.Event()

    def progress(tier: str, value: float | None, bound: float | None, seconds: float) -> None:
        if tier == "routine":
            stop.set()

    demand = analyse(made)
    outcome = plan(made, demand, Settings(time_limit=20, stop=stop, progress=progress))
    assert outcome.plan is not None
    assert outcome.status in ("stopped", "optimal")
    assert broken_rules(made, demand, outcome) == []


def test_progress_is_told_of_each_tier() -> None:
    told: list[tuple[str, float | None, float | None, float]] = []
    outcome = solved(short_of_time(0), progress=lambda *news: told.append(news))
    for tier in outcome.tiers[:5]:
        last = [news for news in told if news[0] == tier.name][-1]
        assert (last[1], last[2]) == (tier.value, tier.bound)
        assert last[3] >= 0
    names = list(dict.fromkeys(news[0] for news in told if news[0] != "start"))
    assert names == list(DEFAULT_TIERS)


def test_an_error_in_the_progress_callback_is_not_lost_and_neither_is_the_plan() -> None:
    def progress(*news: object) -> None:
        raise RuntimeError("the screen is gone")

    made = short_of_time(0)
    settings = Settings(time_limit=10, progress=progress)
    outcome = plan(made, analyse(made), settings)
    assert (outcome.status, outcome.plan is not None) == ("optimal", True)
    (fault,) = settings.teller.faults
    assert str(fault) == "the screen is gone"


@pytest.mark.parametrize(
    "order",
    [
        ("quality",),
        ("quality", "change"),
        ("routine", "quality", "cost"),
        ("change", "routine"),
        ("routine", "rapid_mean", "change", "quality"),
        ("rapid_headroom",),
    ],
    ids="-".join,
)
def test_tiers_in_any_order_and_any_of_them(order: tuple[str, ...]) -> None:
    """Each is solved, stands in the order asked for, and is held against those after it."""
    activities = [activity("urgent", 1, AM, PM, tier="rapid"), activity("review", 1, AM, PM, TUE)]
    plans = (row("ann", "review", AM), row("ann", "review", PM))
    outcome = solved(service([person("ann")], activities, tiers=order, job_plans=plans))
    assert [tier.name for tier in outcome.tiers] == list(order)
    assert all(tier.kept == tier.value for tier in outcome.tiers)  # no tolerance: nothing is given back
    first = outcome.tiers[0]
    best = {"quality": 0, "change": 0, "routine": 0, "rapid_headroom": 0}
    assert (first.value, first.bound, first.status) == (best[first.name], best[first.name], "optimal")


def test_a_tier_after_quality_keeps_its_points() -> None:
    """Ann dislikes her clinic: with quality first it goes, though that is change; with change first it stays."""
    skills = [Skill(person="ann", activity="a", preference=-2), Skill(person="ann", activity="b")]
    plans = (row("ann", "a", AM),)
    activities = [activity("a", 1, AM), activity("b", 1, AM)]
    kept_points = {}
    for order in (("quality", "change"), ("change", "quality")):
        outcome = solved(service([person("ann", 1)], activities, skills, tiers=order, job_plans=plans))
        kept_points[order] = {tier.name: tier.kept for tier in outcome.tiers}
    assert kept_points["change", "quality"] == {"change": 0, "quality": 2}
    assert kept_points["quality", "change"] == {"quality": 0, "change": 2}  # one session lost


@pytest.mark.parametrize(
    ("cycle", "given", "held"), [(1, None, 1), (4, None, 1), (42, None, 10.5), (42, 1, 1), (8, 0, 0)]
)
def test_what_may_be_given_back_is_the_same_a_week_in_a_long_cycle(
    cycle: int, given: float | None, held: float
) -> None:
    """1 session in 4 weeks is 10.5 in 42; what a service says itself is in sessions of its cycle."""
    made = service([person("ann")], [activity("clinic", 1)], cycle=cycle, tolerance=given)
    assert made.hold_tolerance == held
    problem = Problem(made, analyse(made))
    assert [held_at(problem, name, 20) for name in ("rapid_mean", "routine", "rapid_headroom")] == [
        20,
        *[20 + int(held)] * 2,
    ]
