"""The benchmark's random services and its baseline: what they promise, not how fast they are."""

from __future__ import annotations

import dataclasses
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks.agreement import (
    TEAM,
    TINY,
    VARIED,
    Agreement,
    chosen,
    examine,
    service_of,
    week_by_week,
    worst,
)
from benchmarks.agreement import table as agreement_table
from benchmarks.arithmetic import Arithmetic, exact
from benchmarks.highs import solve_highs
from benchmarks.naive import solve_naive
from benchmarks.run import Case, Tier, cycle_table, disagreements, ratio_table, size_table
from benchmarks.services import random_service
from benchmarks.stress import compare as compare_stress
from benchmarks.stress import table as stress_table
from capacity.check import check_plan
from capacity.demand.analyse import analyse
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import TeamPlan
from capacity.service.model import Service
from capacity.service.read import read_service
from capacity.service.write import write_service
from capacity.supply.contradictions import contradictions
from tests.optimise.tiny import tiny_service

SIZES = ((4, 1), (12, 1), (12, 2), (20, 3), (40, 4))
YET_TO_DO = {"roles_filled", "min_people"}
"""What a plan in force may leave to the proposed plan: vacant roles, and activities too few people do."""


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}-people-seed-{size[1]}")
def service(request: pytest.FixtureRequest) -> Service:
    return random_service(*request.param)


def test_one_seed_gives_one_service() -> None:
    assert random_service(12, 5) == random_service(12, 5)
    assert random_service(12, 5) != random_service(12, 6)


def test_another_cycle_keeps_the_team_the_rooms_and_the_roles() -> None:
    usual, long = random_service(12, 5), random_service(12, 5, cycle_weeks=42)
    assert (usual.people, usual.skills, usual.rooms, usual.roles) == (long.people, long.skills, long.rooms, long.roles)
    assert {week for row in long.job_plans for week in row.weeks or ()} - set(range(1, 5))


def test_written_and_read_back_it_is_the_same(service: Service, tmp_path: Path) -> None:
    write_service(service, tmp_path / "model")
    assert read_service(tmp_path / "model") == service


def test_every_plan_in_force_adds_up_to_its_contract(service: Service) -> None:
    sums = Arithmetic(service, analyse(service))
    for person in service.people:
        present = sums.weeks_present(person)
        year = sums.duty_minutes(person)
        for row in sums.rows_of(person.person):
            share = Fraction(len(sums.weeks_of(row)), service.cycle_weeks)
            if row.activity in sums.activities:
                activity = sums.activities[row.activity]
                year += sums.charge(person, activity, row.slot) * sums.charged_weeks(person, activity) * share
            else:
                assert row.minutes is not None
                year += exact(row.minutes) * present
        assert float(year) / float(present) == pytest.approx(float(sums.contract(person)), abs=0.501)


def test_every_plan_in_force_keeps_the_rules(service: Service) -> None:
    holders = {role.role: role.held_by for role in service.roles}
    demand = analyse(service)
    assert contradictions(service, demand) == ()
    broken = {violation.rule for violation in check_plan(service, demand, TeamPlan(service.job_plans, holders, {}))}
    assert broken <= YET_TO_DO


def test_some_activities_are_short_and_rapid_ones_need_more_than_their_mean(service: Service) -> None:
    sized = analyse(service).activities
    rapid = [row.activity for row in service.activities if row.tier == "rapid"]
    assert all(sized[name].required > sized[name].required_mean for name in rapid)
    assert any(row.sessions_per_week for row in service.activities)


@pytest.mark.parametrize("seed", [2, 3])
def test_a_team_of_twelve_is_planned_and_the_plan_passes_the_checker(seed: int) -> None:
    service = random_service(12, seed)
    demand = analyse(service)
    outcome = plan(service, demand, Settings(time_limit=20))
    assert outcome.plan is not None
    assert [str(broken) for broken in check_plan(service, demand, outcome.plan, outcome)] == []


@pytest.mark.parametrize("seed", range(40, 50))
def test_weeks_and_counts_have_the_same_optimum(seed: int) -> None:
    service = tiny_service(seed)
    demand = analyse(service)
    naive = solve_naive(service, demand, time_limit=120)
    outcome = plan(service, demand, Settings(time_limit=120))
    assert naive.proven and outcome.status == "optimal"
    assert {tier.name: tier.value for tier in naive.tiers} == {
        tier.name: tier.value for tier in outcome.tiers if tier.name != "quality"
    }


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_highs_on_the_counts_of_the_planner_has_the_same_optimum(seed: int) -> None:
    service = tiny_service(seed)
    demand = analyse(service)
    outcome = plan(service, demand, Settings(time_limit=120))
    answers = solve_highs(service, demand, 120)
    assert {tier.name: (tier.value, tier.bound, "optimal") for tier in outcome.tiers if tier.name != "quality"} == {
        tier.name: (tier.value, tier.bound, tier.status) for tier in answers
    }


def case(formulation: str, seconds: float, routine: float, cycle: int = 4, proven: bool = True) -> Case:
    bound = routine if proven else 0.0
    names = ("rapid_mean", "routine", "rapid_headroom", "change", "cost")
    tiers = tuple(
        Tier(name, routine, bound, "optimal" if proven else "feasible", seconds) if name == "routine"
        else Tier(name, 0.0, 0.0, "optimal", 0.0)
        for name in names
    )  # fmt: skip
    return Case(12, 1, cycle, formulation, "optimal", seconds, 100.0, (), tiers)


def test_tables_say_what_was_measured() -> None:
    cases = [
        case("counts", 2.0, 8.0),
        case("counts", 3.0, 8.0, cycle=42),
        case("week by week", 60.0, 8.0, proven=False),
        case("HiGHS, counts", 9.0, 8.0),
    ]
    all_proven, all_met = " | ".join(["1 of 1"] * 5), " | ".join(["0%"] * 3)
    assert f"| 12 | 4 | counts | 1 | {all_proven} | {all_met} | 2.00 | 2.00 | 2.00 | 100 | 0 |" in size_table(cases)
    routine_open = " | ".join(["1 of 1", "0 of 1", *["1 of 1"] * 3])
    assert f"| 12 | 4 | week by week | 1 | {routine_open} | 100% (8) | 0% | 0% | 60.00 |" in size_table(cases)
    assert "| 12 | 42 | 1 | 1.50 | 1.50 |" in cycle_table(cases)
    assert "| 12 | 4 | week by week | 1 | 0 of 1 | 30.0 | 30.0 | 30.0 |" in ratio_table(cases)
    assert "| 12 | 4 | HiGHS, counts | 1 | 1 of 1 | 4.5 | 4.5 | 4.5 |" in ratio_table(cases)


def test_two_proven_optima_that_differ_are_a_disagreement() -> None:
    wrong = disagreements([case("counts", 1.0, 7.0), case("week by week", 9.0, 8.0)])
    assert wrong == ["12 people, seed 1, cycle 4: routine is 7 (counts) and 8 (week by week)"]
    assert disagreements([case("counts", 1.0, 7.0), case("week by week", 9.0, 8.0, proven=False)]) == []


SLICE = [(kind, seed) for kind, seed in chosen(20) if kind != TEAM] + [(VARIED, 44), (TEAM, 5), (TEAM, 15)]
"""Of varied 44 the week-by-week statement once forgot that kept time of somebody without a plan counts as one of its
least people."""


@pytest.mark.parametrize(("kind", "seed"), SLICE)
def test_independent_answers_agree(kind: str, seed: int) -> None:
    found = examine(kind, seed, 120)
    assert found.faults == ()
    assert found.status in ("optimal", "impossible")
    assert (found.highs, found.weekly) == ("agreed", None if kind == TEAM else "agreed")


def test_five_hundred_services_are_all_different_and_of_every_kind_and_size() -> None:
    cases = list(chosen(500))
    assert len(set(cases)) == 500
    assert Counter(kind for kind, _ in cases) == {TINY: 200, VARIED: 200, TEAM: 100}
    assert {len(service_of(VARIED, seed).people) for _, seed in cases[:50]} == {2, 3, 4, 5, 6}


def test_a_value_that_the_week_by_week_statement_does_not_reach_is_a_disagreement() -> None:
    service = tiny_service(0)
    demand = analyse(service)
    outcome = plan(service, demand, Settings(time_limit=120))
    right = next(tier for tier in outcome.tiers if tier.name == "change")
    wrong = dataclasses.replace(right, value=right.value + 1, bound=right.value + 1)
    better = dataclasses.replace(outcome, tiers=tuple(wrong if tier is right else tier for tier in outcome.tiers))
    assert week_by_week(service, demand, outcome, False, 120) == ("agreed", "")
    verdict, why = week_by_week(service, demand, better, False, 120)
    assert verdict == "disagreed"
    assert why == f"change is {right.value:g}, not {wrong.value:g} (bound {wrong.value:g})"


def test_the_table_of_agreement_counts_the_worst_of_each_service() -> None:
    found = [
        Agreement(TINY, 1, "one", "optimal", True, worst(["agreed", "agreed"]), "agreed", (), 1.0),
        Agreement(TINY, 2, "two", "feasible", False, worst(["agreed", "not settled"]), "disagreed", ("why",), 3.0),
    ]
    assert "| 2 | 1 | 0 | 1 | 1 | 0 | 1 | 0 | 1 | 0 | 3.00 | 3.00 |" in agreement_table(found)


# ---- the stress test


def test_plain_years_find_what_the_stress_test_finds() -> None:
    """Referrals, leave, sickness, duty and lists drawn by loops that share no code with it; no clock."""
    case = compare_stress(
        read_service(Path(__file__).parents[1] / "models" / "respiratory"), years=200, plain_years=25, seed=3
    )
    assert case.largest < 4, f"{case.where} differs by {case.largest:.1f} standard errors"
    assert stress_table([case]).splitlines()[2].startswith("| respiratory | 12 | 200 |")
