"""Goals: the value found is where the target is reached, on a grid tried whole; and the least cost by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jsonschema
import pytest

import capacity
from capacity.errors import InputError
from capacity.report.schemas_whatif import goal_schema
from capacity.service.model import Costs, Service
from tests.scenario.test_sweep import two_people

GOLDEN = Path(__file__).parents[2] / "models" / "golden"


@cache
def golden() -> Service:
    return capacity.read(GOLDEN)


def valid(found: object) -> None:
    jsonschema.validate(found.to_json(), goal_schema(), cls=jsonschema.Draft202012Validator)  # type: ignore[attr-defined]


def test_the_value_found_is_the_last_of_a_grid_that_reaches_the_target() -> None:
    """Every tenth of a point is tried by a sweep; the goal must name the largest that leaves no more than asked."""
    grid = capacity.sweep(golden(), "streams.new.dna_rate=0:0.19:0.001").frame
    middle = float(grid["short"].quantile(0.4))
    best = float(grid.loc[grid["short"] <= middle + 0.005, "streams.new.dna_rate"].max())
    found = capacity.goal_seek(golden(), f"gap={middle}", "streams.new.dna_rate=0:0.19")
    assert found.result.value == pytest.approx(best)
    bracket = found.result
    assert bracket.reaches is not None
    assert bracket.fails is not None
    assert bracket.reaches.met
    assert not bracket.fails.met
    assert abs(bracket.reaches.value - bracket.fails.value) <= 0.001
    assert found.sentence().startswith("With DNA rate of New patients at ")
    valid(found)


def test_a_whole_number_is_found_by_hand() -> None:
    """Three sessions are asked for; at 2 Ann's plan in force is enough."""
    found = capacity.goal_seek(two_people(), "gap=0", "activities.clinic.sessions_per_week=1:4:0.5")
    assert found.result.value == 2
    assert found.result.fails is not None
    assert found.result.fails.value == 2.5


def test_no_value_will_do_and_what_the_best_can_do_is_said() -> None:
    found = capacity.goal_seek(two_people(), "gap=0", "activities.clinic.sessions_per_week=2.5:4:0.5")
    assert found.result.value is None
    assert "at best, at 2.5, your plans leave 0.5 sessions a week short" in found.sentence()
    assert found.result.per_activity == (("clinic", pytest.approx(1), pytest.approx(0.5), None),)
    valid(found)


def test_a_target_that_is_reached_everywhere_is_said() -> None:
    found = capacity.goal_seek(two_people(), "gap=1", "activities.clinic.sessions_per_week=1:2:0.5")
    assert found.result.everywhere
    assert "closes" not in found.sentence()
    assert found.sentence().startswith("Every sessions per week of clinic from 1 to 2 brings the gap to 1 session")


def test_extra_pas_for_a_share_of_the_requirement() -> None:
    """By hand: 3 of 4 sessions within contracts; the fourth takes one extra PA."""
    found = capacity.goal_seek(two_people(budget=0), "delivered=95%", "extra_pa", time_limit=60)
    assert found.result.value == pytest.approx(1)
    assert found.result.now is not None
    assert found.result.now.found == pytest.approx(0.75)
    assert found.sentence().startswith("With budget of extra PAs at 1 or more, a plan delivers 100.0 %")
    valid(found)


def test_a_plan_reaches_what_the_plans_in_force_do_not() -> None:
    made = two_people()
    found = capacity.goal_seek(made, "planned=0", "people.ann.contract_pa=1:3:0.5", time_limit=60)
    assert found.result.value == 3


@pytest.mark.parametrize(
    ("target", "vary", "said"),
    [
        ("gapp=0", "dna_rate", "Did you mean gap?"),
        ("gap.generall=0", "dna_rate", "Did you mean general?"),
        ("gap", "dna_rate", "no value"),
        ("gap=-1", "dna_rate", "0 or more"),
        ("delivered=95", "extra_pa", "a share above 0 and at most 1, or 95%"),
        ("delivered.general=0.9", "extra_pa", "delivered of one activity"),
        ("gap=0", "extra_pa", "Only a plan spends extra PAs"),
        ("gap=0", "dna_rate=0.2:0.1", "no points"),
        ("gap=0", "dna_rate=0.1:x1", "all factors"),
        ("gap=0", "dna_rat", "Did you mean dna_rate?"),
        ("gap=0", "dna_rate=0:1.5", "1.5"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(target: str, vary: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        capacity.goal_seek(golden(), target, vary)
    assert said in str(error.value)


# ---- least cost


def priced(**prices: float) -> Service:
    staff = {"consultant": prices.pop("staff")} if "staff" in prices else {}
    return two_people(budget=0).model_copy(update={"costs": Costs(**prices, staff=staff)})


def test_the_cheapest_way_by_hand() -> None:
    """One session a week is short: an extra PA at 10,000, 52.18 locum sessions at 600, or a post."""
    found = capacity.least_cost(priced(extra_pa=10_000, locum_session=600, staff=150_000), time_limit=60)
    ways = {row["way"]: row for row in found.frame.to_dict("records")}
    assert ways["sessions"]["pounds"] == pytest.approx(52.18 * 600)
    assert ways["extra"]["pounds"] == pytest.approx(10_000)
    assert ways["extra"]["extra_pa"] == pytest.approx(1)
    assert found.result.best is not None
    assert found.result.best.kind == "extra"
    assert "The least cost of closing that is £10,000 a year: 1.00 extra PAs (£10,000)" in found.sentence()
    valid(found)


def test_dear_extra_pas_leave_bought_sessions_the_cheapest() -> None:
    found = capacity.least_cost(priced(extra_pa=40_000, locum_session=600, waiting_list_session=500), time_limit=60)
    assert found.result.best is not None
    assert found.result.best.kind == "sessions"
    assert found.result.best.bought.route == "waiting_list_session"
    assert found.result.best.pounds == pytest.approx(52.18 * 500)


def test_without_prices_no_way_is_the_cheapest_and_the_reason_is_said() -> None:
    found = capacity.least_cost(priced(), time_limit=60)
    assert found.result.best is None
    assert "[costs] has no price of a waiting-list or locum session" in found.sentence()
    valid(found)


def test_where_a_plan_within_contracts_leaves_nothing_there_is_nothing_to_buy() -> None:
    made = two_people()
    activities = tuple(
        row.model_copy(update={"sessions_per_week": 2.0}) if row.activity == "clinic" else row
        for row in made.activities
    )
    found = capacity.least_cost(made.model_copy(update={"activities": activities}), time_limit=60)
    assert "nothing need be bought" in found.sentence()
    valid(found)
