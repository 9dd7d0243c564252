"""What one column says, worked by hand: short, seen, waiting and priced."""

from __future__ import annotations

from typing import Any

import pytest

import capacity
from capacity.demand.analyse import analyse
from capacity.scenario.measures import Measures, lists_in_a_year, measures
from capacity.scenario.overlay import Scenario, parse_scenario
from capacity.scenario.run import RunSettings, ScenarioRun, do_nothing, run_scenario
from capacity.service.model import Costs, Person, Service
from capacity.supply.gap import gap
from capacity.units import WEEKS_PER_YEAR

from ..optimise.small import activity, nurse, person, row, service

AM = "Mon AM"
SETTINGS = RunSettings(time_limit=20)


def overlay(text: str, name: str = "test") -> Scenario:
    return parse_scenario(text, name)


def changed(table: str, who: str, field: str, value: Any, name: str = "test", more: str = "") -> Scenario:
    shown = f'"{value}"' if isinstance(value, str) else value
    return overlay(
        f'{more}\n[[change]]\nop = "change"\ntable = "{table}"\nid = "{who}"\nset = {{ {field} = {shown} }}', name
    )


def impossible() -> Scenario:
    """Of the golden service: 200 rapid clinics a year each, by two people."""
    more = "set = { min_people = 2, min_sessions_per_year = 200 }"
    return overlay(f'[[change]]\nop = "change"\ntable = "activities"\nid = "rapid"\n{more}', "impossible")


def team(*people: Person, **rest: Any) -> Service:
    """A service as files could hold it: names that are not the ids."""
    named = [one.model_copy(update={"name": f"Dr {one.person}"}) for one in people]
    return service(named, rest.pop("activities"), **rest)


def two_clinics(**rest: Any) -> Service:
    """Ann does one session a week of the clinic, which asks for two, and would do two; nobody else is there."""
    clinic = activity("clinic", 2, AM, "Mon PM")
    return team(person("ann", 2), activities=[clinic], job_plans=(row("ann", "clinic", AM),), **rest)


def found(run: ScenarioRun) -> Measures:
    assert run.measures is not None, run.reason
    return run.measures


def test_doing_nothing_is_the_plans_in_force_without_any_planning() -> None:
    run = do_nothing(two_clinics())
    got = found(run)
    assert (got.required, got.supplied, got.gap, got.short) == pytest.approx((2, 1, 1, 1))
    assert (got.changed, got.people, run.status) == (0, 0, "in force")
    assert run.key == "do_nothing"


def test_the_base_planned_anew_closes_what_the_contract_holds() -> None:
    got = found(run_scenario(two_clinics(), (), SETTINGS))
    assert (got.short_now, got.short, got.changed, got.added, got.people) == pytest.approx((1, 0, 1, 1, 1))


def test_a_scenario_is_priced_by_what_the_team_costs_more_and_by_what_it_says_it_costs() -> None:
    """Half a WTE more of a consultant (5 of 10 PA) at 100,000, and 2,000 a year of its own."""
    made = two_clinics(costs=Costs(staff={"consultant": 100_000}))
    scenario = changed("people", "ann", "contract_pa", 7, more="[costs]\nrecurrent = 2000\none_off = 500")
    got = found(run_scenario(made, (scenario,), SETTINGS))
    assert got.money.staff == pytest.approx(50_000)
    assert got.money.recurrent == pytest.approx(52_000)
    assert (got.money.own_once, got.money.once) == (500, 500)
    assert got.wte - found(do_nothing(made)).wte == pytest.approx(0.5)


def test_without_prices_nothing_is_priced_and_never_nought() -> None:
    money = found(run_scenario(two_clinics(), (), SETTINGS)).money
    assert (money.staff, money.recurrent, money.extra_pa, money.backlog, money.once) == (None,) * 5
    assert money.reasons == ("the service has no [costs]",)


def test_a_person_without_a_price_spoils_the_total_only_where_they_change() -> None:
    people = [person("ann", 2), nurse("bob", 18.75, grade="6")]
    made = team(*people, activities=[activity("clinic", 2, AM)], costs=Costs(staff={"consultant": 100_000}))
    stays = found(run_scenario(made, (changed("people", "ann", "contract_pa", 3),), SETTINGS))
    assert stays.money.staff == pytest.approx(10_000)
    moves = found(run_scenario(made, (changed("people", "bob", "contract_hours", 37.5),), SETTINGS))
    assert moves.money.staff is None and moves.money.recurrent is None
    assert "bob" in moves.money.reasons[0]


def test_a_change_that_does_not_say_what_it_costs_is_not_free() -> None:
    """Guards against 0 pounds for halving DNA: somebody has to bring that about."""
    made = two_clinics(costs=Costs(staff={"consultant": 100_000}))
    money = found(run_scenario(made, (changed("activities", "clinic", "sessions_per_week", 1),), SETTINGS)).money
    assert money.staff == 0
    assert money.recurrent is None
    assert "does not say" in money.reasons[0]


def test_extra_pas_are_those_of_the_second_answer_and_priced_a_year() -> None:
    made = service(
        [person("ann", 1, max_pa=2)], [activity("clinic", 2, AM, "Mon PM")], budget=1, costs=Costs(extra_pa=10_000)
    )
    got = found(run_scenario(made, (), SETTINGS))
    assert (got.short, got.short_with_extra, got.extra_pa) == pytest.approx((1, 0, 1))
    assert (got.money.recurrent, got.money.extra_pa, got.money.recurrent_with_extra) == pytest.approx((0, 1e4, 1e4))


def test_a_total_with_hours_that_have_no_price_is_no_total() -> None:
    made = service(
        [nurse("bob", 4, max_hours=8)], [activity("clinic", 2, AM, "Mon PM", session_minutes=225)], budget=1,
        costs=Costs(extra_pa=10_000),
    )  # fmt: skip
    got = found(run_scenario(made, (), SETTINGS))
    assert got.extra_hours > 0 and got.extra_pa == 0
    assert got.money.recurrent_with_extra is None
    assert "no price" in got.money.reasons[0]


def test_a_list_grows_by_what_joins_less_what_is_seen() -> None:
    """The golden clinic: 12 join a week; with so many sessions as the mean asks for the list stays as it is."""
    golden = capacity.read("models/golden")
    streams = tuple(
        each.model_copy(update={"waiting_now": 100.0}) if each.stream == "new" else each for each in golden.streams
    )
    made = golden.model_copy(update={"streams": streams})
    demand = analyse(made)
    held = gap(made, demand)
    assert lists_in_a_year(made, demand, held, {"general": 2.6})["new"] == pytest.approx(100)
    nine_tenths = 0.1 + 0.9 * 2.5  # 0.1 of the sessions are fixed and see nobody of the list
    assert lists_in_a_year(made, demand, held, {"general": nine_tenths})["new"] == pytest.approx(100 + 52 * 1.2)
    assert lists_in_a_year(made, demand, held, {"general": 3.1})["new"] == 0, "a list ends at nobody"


def test_attendances_are_of_sessions_that_demand_fills() -> None:
    """Golden in force: rapid 1.5 of 1.9375 sessions fill at 12 each; general at 2.2823 + 0.1 of 2.5; reviews 0.69."""
    golden = capacity.read("models/golden")
    demand = analyse(golden)
    got = measures(golden, demand, gap(golden, demand), None, golden)
    general = (5 * 37 / WEEKS_PER_YEAR + 2 * 0.8 * 0.9375 * 42.4128 / WEEKS_PER_YEAR) / 2
    week = 1.5 * 12 + (general - 0.1) * 11.5 / 2.5 + 3.45
    assert got.attendances == pytest.approx(week * WEEKS_PER_YEAR)


def test_a_team_that_cannot_be_has_no_measures_but_a_reason() -> None:
    """Two people at the golden clinic for 200 sessions a year each, which only the search finds to be too many."""
    run = run_scenario(capacity.read("models/golden"), (impossible(),), SETTINGS)
    assert (run.status, run.measures) == ("impossible", None)
    assert run.reason
    assert run.difference != "nothing"
