"""Duty placed in weeks of the cycle, rest after it, shares of rotas, shared posts and supervision.

Unless said otherwise everyone is present 52.18 weeks, a session is 240 minutes and delivers 1 (see ``small``).
"""

from __future__ import annotations

from typing import Any

import pytest

from capacity.check import check_plan_in_force
from capacity.demand.analyse import analyse
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from capacity.service.model import DutyWeek, Role, Rota, RotaShare, Service
from capacity.service.wishes import Mark, Wishes
from capacity.supply.contradictions import contradictions
from capacity.supply.gap import supply
from capacity.supply.job_time import JobTime
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR
from tests.optimise.small import able, activity, minutes_of, person, placed, row, service, solved

AM, PM, TUE, WED = "Mon AM", "Mon PM", "Tue AM", "Wed AM"


def short(outcome: Outcome) -> float:
    """Sessions a calendar week short in all, exactly."""
    return round(sum(outcome.shortfall.values()), 6)


def take(weeks: dict[str, int], pa: float = 1, covered: float = WEEKS_PER_YEAR, **rest: Any) -> Rota:
    """A rota whose members are on duty in the weeks of the cycle given."""
    settled = {"kind": "hot_week", "pa_per_duty_week": pa, "weeks_covered": covered, "members": tuple(weeks)}
    placed_weeks = tuple(DutyWeek(person=who, week=week) for who, week in weeks.items())
    return Rota(rota="take", name="take", **{**settled, "duty_weeks": placed_weeks, **rest})


# ---- duty weeks


def one_in_two(wanted: float = 1, pa: float = 1, people: int = 2, plans: tuple[Any, ...] = (), **rest: Any) -> Outcome:
    """Ann on duty in week 1, Bob in week 2; a clinic on Mondays."""
    team = [person(name, pa) for name in ("ann", "bob")[:people]]
    made = service(
        team, [activity("clinic", wanted, AM)], cycle=2, rotas=[take({"ann": 1, "bob": 2}, **rest)], job_plans=plans
    )
    return solved(made)


def test_duty_weeks_allow_sessions_in_the_other_weeks() -> None:
    """Week 2 is Ann's: 26.09 sessions a year of 26.09 weeks she is not on duty; Bob has week 1. All weeks run."""
    outcome = one_in_two()
    assert placed(outcome) == {("ann", "clinic", AM): (2,), ("bob", "clinic", AM): (1,)}
    assert outcome.delivered == {"clinic": 1}
    assert short(outcome) == 0


def test_duty_weeks_allow_exactly_the_contract() -> None:
    """Half a year of duty at 1 PA and a clinic in the other half: 26.09 x 240 + 26.09 x 240 = 52.18 x 240."""
    assert short(one_in_two(pa=1)) == 0
    assert short(one_in_two(pa=0.99)) == 1


def test_duty_weeks_forbid_sessions_in_their_owners_duty_week() -> None:
    outcome = one_in_two(wanted=2, pa=2)
    assert placed(outcome) == {("ann", "clinic", AM): (2,), ("bob", "clinic", AM): (1,)}
    assert short(outcome) == 1


def test_duty_weeks_allow_what_they_do_not_displace() -> None:
    assert placed(one_in_two(wanted=2, pa=2, keeps=("clinic",))) == {
        ("ann", "clinic", AM): (),
        ("bob", "clinic", AM): (),
    }
    assert short(one_in_two(wanted=2, pa=2, displaces="none")) == 0


def test_duty_weeks_forbid_spa_on_duty() -> None:
    """A PA of SPA each: it is placed in the weeks off duty, and what these do not hold has no place."""
    team = [person(name, 4, core_spa_pa=1) for name in ("ann", "bob")]
    made = service(team, [activity("clinic", 1, AM)], cycle=2, rotas=[take({"ann": 1, "bob": 2})])
    outcome = solved(made)
    assert outcome.plan is not None
    for who, week in (("ann", 2), ("bob", 1)):
        rows = [line for line in outcome.plan.rows_of(who) if line.slot != NO_FIXED_SLOT]
        assert rows and all(line.weeks == (week,) for line in rows)


def test_duty_weeks_count_leave_in_the_weeks_off_duty() -> None:
    """40 weeks present, duty 26.09 of them: 13.91 weeks are left for every other week, 27.82 a year for each week."""
    team = [person(name, 4, working_weeks=40) for name in ("ann", "bob")]
    made = service(team, [activity("clinic", 1, AM)], cycle=2, rotas=[take({"ann": 1, "bob": 2})])
    time = JobTime(made, analyse(made))
    assert time.duty["ann", "take"] == pytest.approx(26.09)
    assert time.charged_weeks("ann", "clinic") == pytest.approx(27.82)
    assert solved(made).delivered["clinic"] == pytest.approx(27.82 / 52.18)


def test_duty_weeks_leave_the_year_as_it_is_where_they_are_not_placed() -> None:
    members = ("ann", "bob")
    rota = Rota(rota="take", name="take", kind="hot_week", members=members, pa_per_duty_week=1, weeks_covered=52.18)
    made = service([person(name, 2) for name in members], [activity("clinic", 1, AM)], cycle=2, rotas=[rota])
    assert JobTime(made, analyse(made)).charged_weeks("ann", "clinic") == pytest.approx(26.09)
    assert placed(solved(made)) == {("ann", "clinic", AM): (), ("bob", "clinic", AM): ()}


def test_all_weeks_of_a_plan_in_force_are_those_off_duty() -> None:
    plans = (row("ann", "clinic", AM), row("bob", "clinic", AM))
    made = service(
        [person("ann", 2), person("bob", 2)], [activity("clinic", 1, AM)], cycle=2,
        rotas=[take({"ann": 1, "bob": 2})], job_plans=plans,
    )  # fmt: skip
    assert supply(JobTime(made, analyse(made)), plans)["clinic"] == pytest.approx(1)
    outcome = solved(made)
    assert outcome.changes == ()


def test_heavy_weeks_are_measured_against_weeks_off_duty() -> None:
    """Ann is on duty in two weeks of three and does three clinics in the third: a mean of 3, where 1 would be heavy."""
    rota = take({"ann": 1}, 0, covered=34).model_copy(
        update={"duty_weeks": (DutyWeek(person="ann", week=1), DutyWeek(person="ann", week=2))}
    )
    outcome = solved(service([person("ann", 4)], [activity("clinic", 1, AM, PM, TUE)], cycle=3, rotas=[rota]))
    assert set(placed(outcome).values()) == {(3,)}
    assert len(placed(outcome)) == 3
    assert not [each for each in outcome.findings if each.rule == "heaviest_week"]


def test_a_whole_team_meets_whoever_is_on_duty() -> None:
    team = [person(name, 2) for name in ("ann", "bob")]
    mdt = activity("mdt", 1, WED, team="all", session_minutes=60)
    outcome = solved(service(team, [mdt], cycle=2, rotas=[take({"ann": 1, "bob": 2})]))
    assert placed(outcome) == {("ann", "mdt", WED): (), ("bob", "mdt", WED): ()}


def test_a_session_pinned_in_a_duty_week_is_refused() -> None:
    plans = (row("ann", "clinic", AM, 1, pinned=True),)
    made = service(
        [person("ann", 2), person("bob", 2)], [activity("clinic", 1, AM)], cycle=2,
        rotas=[take({"ann": 1, "bob": 2})], job_plans=plans,
    )  # fmt: skip
    (fault,) = contradictions(made, analyse(made))
    assert (fault.found, fault.id) == ("clinic pinned in Mon AM of week 1", "ann")


# ---- rest


def rest(kind: str) -> Outcome:
    """A cycle of three weeks: ann, bob and cat on duty in weeks 1, 2 and 3, each with Monday morning off after it."""
    names = ("ann", "bob", "cat")
    rota = take({name: week for week, name in enumerate(names, 1)}, 0, kind=kind, displaces="none", rest_after=(AM,))
    made = service([person(name, 2) for name in names], [activity("clinic", 3, AM)], cycle=3, rotas=[rota])
    return solved(made)


def test_rest_forbids_the_half_day_in_the_week_after_a_duty_week() -> None:
    assert placed(rest("weekend")) == {
        ("ann", "clinic", AM): (1, 3),
        ("bob", "clinic", AM): (1, 2),
        ("cat", "clinic", AM): (2, 3),  # the week after week 3 is week 1
    }


def test_rest_forbids_the_half_day_in_the_same_week_after_nights_on_call() -> None:
    assert placed(rest("on_call")) == {
        ("ann", "clinic", AM): (2, 3),
        ("bob", "clinic", AM): (1, 3),
        ("cat", "clinic", AM): (1, 2),
    }


def test_rest_allows_other_half_days() -> None:
    rota = take({"ann": 1}, 0, kind="weekend", displaces="none", rest_after=(AM,), weeks_covered=26, covered=26)
    outcome = solved(service([person("ann", 2)], [activity("clinic", 1, PM)], cycle=2, rotas=[rota]))
    assert placed(outcome) == {("ann", "clinic", PM): ()}


# ---- leave at the same time


def on_leave(most: int | None, **rest: Any) -> list[str]:
    """Three people who can all do the clinic, and two of it at a time every Monday."""
    made = service([person(f"p{n}", 2) for n in range(3)], [activity("clinic", 2, AM, **rest)])
    calendar = made.calendar.model_copy(update={"max_simultaneous_leave": most})
    outcome = solved(made.model_copy(update={"calendar": calendar}))
    assert short(outcome) == 0
    return [each.message for each in outcome.findings if each.rule == "leave_leaves_too_few"]


def test_leave_allows_as_many_sessions_at_a_time_as_it_leaves_people_for() -> None:
    assert on_leave(None, covered=True) == on_leave(1, covered=True) == []
    assert on_leave(2) == []  # routine and not covered: it does not run for who is on leave, and is counted so


@pytest.mark.parametrize("rest", [{"covered": True}, {"tier": "rapid"}])
def test_leave_names_what_it_leaves_too_few_people_for(rest: dict[str, Any]) -> None:
    assert on_leave(2, **rest) == ["2 at a time on Mon AM of week 1, where 1 who can do it are left with 2 on leave"]


# ---- shares of a rota


def shares(share: Any) -> Service:
    rota = Rota(rota="take", name="take", kind="hot_week", members=("ann", "bob"), share=share, pa_per_duty_week=2,
                weeks_covered=30)  # fmt: skip
    return service([person("ann", 4), person("bob", 2)], [activity("clinic", 1)], rotas=[rota])


def test_share_allows_pro_rata_of_contracts() -> None:
    made = shares("pro_rata")
    time = JobTime(made, analyse(made))
    assert time.duty == {("ann", "take"): pytest.approx(20), ("bob", "take"): pytest.approx(10)}
    assert [f for f in check_plan_in_force(made, analyse(made)) if f.rule == "duty_share"] == []
    solved(made)


@pytest.mark.parametrize("share", [(), (RotaShare(person="bob", share=0.5),)])
def test_a_part_timers_share_above_pro_rata_is_a_finding(share: Any) -> None:
    made = shares(share)
    (finding,) = [f for f in check_plan_in_force(made, analyse(made)) if f.rule == "duty_share"]
    assert (finding.subject, finding.found, finding.allowed) == ("bob", "15.0", "10.0")


# ---- shared posts


def shared(wanted: float, cycle: int = 1, **rest: Any) -> Outcome:
    team = [person("ann", 2, shares_with="bob", **rest), person("bob", 2)]
    return solved(service(team, [activity("clinic", wanted, AM, PM)], cycle=cycle))


def test_job_share_allows_one_of_the_two_in_each_half_day() -> None:
    outcome = shared(2)
    assert short(outcome) == 0
    assert {slot for _, _, slot in placed(outcome)} == {AM, PM}


def test_job_share_forbids_both_at_once() -> None:
    assert short(shared(4)) == 2


def test_job_share_allows_both_in_half_days_of_overlap() -> None:
    assert short(shared(4, overlap=(AM,))) == 1


def test_job_share_allows_alternate_weeks() -> None:
    team = [person("ann", 0.5, shares_with="bob"), person("bob", 0.5, shares_with="ann")]
    outcome = solved(service(team, [activity("clinic", 1, AM)], cycle=2))
    assert set(placed(outcome).values()) == {(1,), (2,)}


def test_job_share_forbids_spa_where_the_other_is_in() -> None:
    team = [person("ann", 2, core_spa_pa=1, shares_with="bob"), person("bob", 2, core_spa_pa=1)]
    plans = [row("ann", "spa", PM, minutes=240), row("bob", "spa", AM, minutes=240), row("bob", "clinic", PM)]
    outcome = solved(service(team, [activity("clinic", 2, AM, PM)], job_plans=plans))
    assert outcome.plan is not None
    assert minutes_of(outcome, "ann", "spa") == minutes_of(outcome, "bob", "spa") == 240
    slots = [line.slot for line in outcome.plan.rows if line.slot != NO_FIXED_SLOT]
    assert len(slots) == len(set(slots))


def test_job_share_allows_both_at_a_whole_team_meeting() -> None:
    team = [person("ann", 2, shares_with="bob"), person("bob", 2)]
    mdt = activity("mdt", 1, WED, team="all", session_minutes=60)
    assert len(placed(solved(service(team, [mdt])))) == 2


def test_job_share_forbids_a_half_day_in_which_the_other_is_pinned() -> None:
    team = [person("ann", 2, shares_with="bob"), person("bob", 2)]
    pins = [row("ann", "spa", AM, minutes=240, pinned=True)]
    outcome = solved(service(team, [activity("clinic", 1, AM)], able("bob clinic"), job_plans=pins))
    assert short(outcome) == 1


def with_pattern(pattern: tuple[str, ...], cycle: int = 2, wanted: float = 0.5, **rest: Any) -> Service:
    team = [person("ann", 1, shares_with="bob"), person("bob", 1, pattern=pattern)]
    return service(team, [activity("clinic", wanted, AM, PM, TUE)], cycle=cycle, **rest)


def worked(outcome: Outcome, slot: str) -> list[int]:
    """Weeks of a cycle of two in which somebody has a session in a half-day, once for each session."""
    return sorted(week for (_, _, when), weeks in placed(outcome).items() if when == slot for week in weeks or (1, 2))


def test_job_share_pattern_allows_a_post_worked_by_either() -> None:
    """Half a session a week is asked for; the post is worked on both half-days of both weeks."""
    outcome = solved(with_pattern((AM, PM)))
    assert outcome.status == "optimal"
    assert (worked(outcome, AM), worked(outcome, PM)) == ([1, 2], [1, 2])
    assert len(worked(solved(with_pattern(())), AM)) < 2


def test_job_share_pattern_forbids_a_half_day_with_neither() -> None:
    """Two PA are two of the three half-days every week: the post cannot be worked on all three."""
    outcome = solved(with_pattern((AM, PM)), wishes=Wishes(forbids=(Mark("ann", "clinic", AM),)))
    assert ("bob", "clinic", AM) in placed(outcome)
    made = with_pattern((AM, PM, TUE))
    impossible = plan(made, analyse(made), Settings(time_limit=10))
    assert impossible.status == "impossible"
    assert "the post that ann and bob share is worked every week on Mon AM, Mon PM and Tue AM" in impossible.reason


def test_job_share_pattern_counts_weeks_where_both_may_be_in() -> None:
    """In a half-day of overlap two sessions of one week are not one in each of two: counts alone would allow that."""
    team = [person("ann", 1, shares_with="bob", overlap=(AM,), pattern=(AM,)), person("bob", 1)]
    plans = [row("ann", "clinic", AM, 1), row("bob", "clinic", AM, 1)]
    outcome = solved(service(team, [activity("clinic", 1, AM)], cycle=2, job_plans=plans))
    assert worked(outcome, AM) == [1, 2]


def test_job_share_pattern_allows_pinned_time_and_duty_in_place_of_a_session() -> None:
    pins = (row("ann", "spa", AM, 1, minutes=240, pinned=True),)
    team = [person("ann", 1, shares_with="bob", core_spa_pa=0.5), person("bob", 1, pattern=(AM,))]
    made = service(team, [activity("clinic", 0, AM, PM)], cycle=2, job_plans=pins)
    assert worked(solved(made), AM) == [2]
    on_duty = made.model_copy(update={"rotas": (take({"bob": 2}, covered=WEEKS_PER_YEAR / 2),)})
    assert placed(solved(on_duty)) == {}


def test_pins_of_both_who_share_a_post_in_one_half_day_are_refused() -> None:
    team = [person("ann", 2, shares_with="bob"), person("bob", 2)]
    pins = [row("ann", "clinic", AM, pinned=True), row("bob", "clinic", AM, pinned=True)]
    made = service(team, [activity("clinic", 1, AM)], job_plans=pins)
    (fault,) = contradictions(made, analyse(made))
    assert fault.found == "both ann and bob pinned in Mon AM of week 1"


# ---- supervision


def supervised(trainees: int, most: int, clinics: float, **rest: Any) -> Outcome:
    """Ann 2 PA and bob 1 PA; a trainee takes 0.25 PA; every clinic a PA."""
    role = Role(role="supervision", name="Supervision", category="SPA", trainees=trainees, max_trainees=most, **rest)
    made = service([person("ann", 2), person("bob", 1)], [activity("clinic", clinics, AM, PM)], roles=[role])
    return solved(made)


def trainees_of(outcome: Outcome) -> dict[str, float]:
    """Trainees by what is charged for them, a quarter of 240 minutes each."""
    assert outcome.plan is not None
    found = {who: minutes_of(outcome, who, "role:supervision") / 60 for who in ("ann", "bob")}
    return {who: number for who, number in found.items() if number}


def test_trainees_allows_trainees_to_be_divided_so_that_sessions_fit() -> None:
    """Two PA of clinics of three: all four trainees go to one, ann with two clinics cannot take any."""
    outcome = supervised(4, 4, 2)
    assert (short(outcome), sum(trainees_of(outcome).values())) == (0, 4)
    assert len(trainees_of(outcome)) == 1


def test_trainees_forbids_more_trainees_than_one_may_have() -> None:
    """At most three each: the fourth costs another clinic."""
    outcome = supervised(4, 3, 2)
    assert (short(outcome), sum(trainees_of(outcome).values())) == (1, 4)
    assert max(trainees_of(outcome).values()) <= 3
    assert outcome.plan is not None and set(outcome.plan.holders["supervision"]) == set(trainees_of(outcome))


def test_trainees_allows_the_tariff_of_the_role_instead_of_the_policys() -> None:
    outcome = supervised(2, 2, 2, tariff_pa=0.5)
    assert outcome.plan is not None
    assert sum(minutes_of(outcome, who, "role:supervision") for who in ("ann", "bob")) == 240
    assert short(outcome) == 0


def test_trainees_keeps_who_is_appointed_with_one_trainee_at_least() -> None:
    outcome = supervised(4, 4, 0, held_by=("ann", "bob"))
    assert set(trainees_of(outcome)) == {"ann", "bob"}
