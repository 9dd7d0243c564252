"""Annualised activities: so many sessions a year, with no half-day, decided with everything else.

Unless said otherwise everyone is present 52.18 weeks, a session is 240 minutes and delivers 1 (see ``small``).
"""

from __future__ import annotations

from typing import Any

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.outcome import Outcome
from capacity.service.model import Skill
from capacity.supply.gap import supply
from capacity.supply.job_time import JobTime
from capacity.units import NO_FIXED_SLOT
from tests.optimise.small import able, activity, kept, person, placed, row, service, solved, values

AM = "Mon AM"


def lists(sessions: float, **rest: Any) -> Any:
    """An annualised activity that is wanted so often a calendar week."""
    return activity("lists", sessions, **rest).model_copy(update={"slots": (), "annualised": True})


def a_year(outcome: Outcome) -> dict[str, float]:
    """Person -> sessions a year."""
    assert outcome.plan is not None
    rows = [line for line in outcome.plan.rows if line.activity == "lists"]
    assert all(line.slot == NO_FIXED_SLOT and line.minutes is None and line.weeks is None for line in rows)
    return {line.person: line.per_year or 0.0 for line in rows}


def short(outcome: Outcome) -> float:
    """Sessions a calendar week short in all, exactly."""
    return round(sum(outcome.shortfall.values()), 6)


@pytest.mark.parametrize("cycle", [1, 4])
def test_annualised_allows_what_the_year_of_the_contract_holds(cycle: int) -> None:
    """1 PA is 52.18 sessions a year, and 0.99 a week are 52 whole ones."""
    outcome = solved(service([person("ann", 1)], [lists(0.99)], cycle=cycle))
    assert a_year(outcome)["ann"] in (51, 52)  # 51 are 0.98 a week: short by less than what counts
    assert short(outcome) < 0.015


def test_annualised_forbids_more_than_the_year_of_the_contract_holds() -> None:
    """40 weeks of a session each are 40 a year, 3.07 a cycle of four weeks: the third of the eight wanted."""
    outcome = solved(service([person("ann", 1, working_weeks=40)], [lists(2)], cycle=4))
    assert a_year(outcome) == {"ann": 40}
    assert values(outcome)["routine"] == 5
    less = solved(service([person("ann", 0.99, working_weeks=40)], [lists(2)], cycle=4))
    assert values(less)["routine"] == 6  # 39.6 a year, and 39 are 2.99 a cycle


def test_annualised_allows_time_between_weekly_sessions() -> None:
    """1.5 PA: a clinic every week, and half a session a week: 26 lists a year, in no half-day."""
    outcome = solved(service([person("ann", 1.5)], [activity("clinic", 1, AM), lists(0.49)]))
    assert placed(outcome) == {("ann", "clinic", AM): ()}
    assert a_year(outcome) == {"ann": 26}
    assert short(outcome) == 0


def test_annualised_allows_the_most_a_week_of_a_skill_and_forbids_more() -> None:
    skills = [Skill(person="ann", activity="lists", max_per_week=0.5)]
    outcome = solved(service([person("ann", 2)], [lists(1)], skills, cycle=4))
    assert a_year(outcome) == {"ann": 26}  # 0.5 x 52.18 = 26.09: 1.99 of the four sessions a cycle
    assert values(outcome)["routine"] == 2


def test_annualised_allows_the_least_a_year_and_forbids_less() -> None:
    """One PA holds 52 a year, not 53: who cannot do as many does none."""
    team = [person(name, 1) for name in ("ann", "bob")]
    assert a_year(solved(service(team, [lists(1, min_sessions_per_year=52)]))) != {}
    assert a_year(solved(service(team, [lists(1, min_sessions_per_year=53)]))) == {}


def test_annualised_counts_output() -> None:
    skills = [Skill(person="ann", activity="lists", output=0.5)]
    outcome = solved(service([person("ann", 1)], [lists(0.4)], skills))
    assert a_year(outcome)["ann"] >= 41
    assert short(outcome) <= 0.01


def test_annualised_keeps_last_years_sessions_where_nothing_asks_for_change() -> None:
    team = [person(name, 1) for name in ("ann", "bob")]
    plans = [row("ann", "lists", "-", per_year=11), row("bob", "lists", "-", per_year=29)]
    outcome = solved(service(team, [lists(40 / 52.18)], job_plans=plans))
    assert a_year(outcome) == {"ann": 11, "bob": 29}
    assert (outcome.changes, kept(outcome)["change"]) == ((), 0)


def test_annualised_changes_count_in_whole_sessions_a_cycle() -> None:
    """The lists of one who can no longer do them go to the other: 30 a year are 2.3 a cycle of four weeks, 3."""
    plans = [row("bob", "lists", "-", per_year=30)]
    made = service(
        [person("ann", 1), person("bob", 1)], [lists(30 / 52.18)], able("ann lists"), cycle=4, job_plans=plans
    )
    outcome = solved(made)
    assert a_year(outcome) == {"ann": 30}
    changes = {change.person: change for change in outcome.changes}
    assert changes["ann"].gained == (("lists", "-", 3),)
    assert changes["bob"].not_allowed == (("lists", "-", 3),)
    assert values(outcome)["change"] == 3


def test_annualised_sessions_that_stood_in_half_days_are_reported_and_not_charged() -> None:
    plans = [row("ann", "lists", AM)]
    outcome = solved(service([person("ann", 1)], [lists(0)], job_plans=plans))
    assert [change.not_allowed for change in outcome.changes] == [(("lists", AM, 1),)]
    assert values(outcome)["change"] == 0


def test_annualised_pins_are_kept() -> None:
    plans = [row("bob", "lists", "-", per_year=12.5, pinned=True)]
    outcome = solved(service([person("ann", 1), person("bob", 1)], [lists(0)], job_plans=plans))
    assert a_year(outcome) == {"bob": 13}


def test_annualised_rows_of_people_without_a_plan_stay() -> None:
    team = [person("ann", 1), person("bob", 1, planned=False)]
    plans = [row("bob", "lists", "-", per_year=26)]
    outcome = solved(service(team, [lists(52 / 52.18)], job_plans=plans))
    assert a_year(outcome) == {"ann": 26, "bob": 26}


def test_time_without_a_half_day_stays_as_it_is_where_it_is_not_annualised() -> None:
    team = [person("ann", 2)]
    plans = [row("ann", "lists", "-", per_year=26)]
    made = service(team, [activity("lists", 2, AM)], job_plans=plans)
    outcome = solved(made)
    assert outcome.plan is not None
    assert [line.per_year for line in outcome.plan.rows if line.activity == "lists" and line.slot == "-"] == [26]


def test_what_is_planned_reads_back_as_the_supply_of_next_year() -> None:
    made = service([person("ann", 1.5)], [activity("clinic", 1, AM), lists(0.49)])
    outcome = solved(made)
    assert outcome.plan is not None
    again = made.model_copy(update={"job_plans": outcome.plan.rows})
    assert supply(JobTime(again, analyse(again)), outcome.plan.rows)["lists"] == pytest.approx(26 / 52.18)
    assert Problem(again, analyse(again)).annual_now == {("ann", "lists", "-"): 26}
    assert solved(again).changes == ()
