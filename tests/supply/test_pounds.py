"""What a shortfall costs, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from capacity.service.model import Costs, Skill
from capacity.service.policy import load_policy
from capacity.supply.gap import Gap, gap
from capacity.supply.pounds import (
    HOURS,
    NOBODY,
    ROUTES,
    WHOLE_TEAM,
    costs_of,
    delivered_by_person,
    full_time_care_minutes,
    headline,
    one_off_cost,
    post_of,
)
from tests.supply.team import W_CAL, activity, person, row, service, time_of

ALL = Costs(extra_pa=11200, waiting_list_session=780, locum_session=620, staff={"consultant": 148000})
SHORT = 6 - 6 * 42 / W_CAL
"""Six sessions a week asked for, six of 42 weeks supplied."""


def asked(costs: Costs = ALL, **changes: Any) -> Gap:
    made = service(**({"activities": (activity("clinic", sessions_per_week=6),), "costs": costs} | changes))
    return gap(made, time_of(made).demand)


def routes(found: Gap) -> dict[str, Any]:
    return found.pounds.set_index("route").to_dict("index")


def test_a_full_time_post_has_less_than_full_time_for_care() -> None:
    """A consultant of 10 PAs has 1.5 PAs of core SPA; staff on hours have a tenth."""
    assert full_time_care_minutes(load_policy("england-consultant-2003")) == (10 - 1.5) * 240
    assert full_time_care_minutes(load_policy("afc-hours")) == pytest.approx(37.5 * 60 * 0.9)


def test_every_way_of_closing_a_gap() -> None:
    found = routes(asked())
    assert tuple(found) == ROUTES
    wte = SHORT * 240 * W_CAL / 42 / (8.5 * 240)
    assert found["posts"]["quantity"] == pytest.approx(wte)
    assert found["posts"]["pounds"] == pytest.approx(wte * 148000)
    assert found["extra_pa"]["quantity"] == pytest.approx(SHORT * W_CAL / 42)
    assert found["extra_pa"]["pounds"] == pytest.approx(SHORT * W_CAL / 42 * 11200)
    assert found["waiting_list_session"]["pounds"] == pytest.approx(SHORT * W_CAL * 780)
    assert found["locum_session"]["pounds"] == pytest.approx(SHORT * W_CAL * 620)


def test_the_headline_is_the_first_way_with_a_price() -> None:
    row = asked().activities.loc["clinic"]
    assert row["pounds_by"] == "posts"
    assert row["pounds"] == pytest.approx(SHORT * 240 * W_CAL / 42 / (8.5 * 240) * 148000)
    assert asked(Costs(locum_session=620)).activities.loc["clinic", "pounds"] == pytest.approx(SHORT * W_CAL * 620)


def test_without_a_price_there_are_no_pounds_and_a_reason() -> None:
    found = asked(Costs())
    assert found.activities["pounds"].isna().all()
    assert {route: figures["reason"] for route, figures in routes(found).items()} == {
        "posts": "[costs.staff] has no price for consultant",
        "extra_pa": "[costs] extra_pa is not given",
        "waiting_list_session": "[costs] waiting_list_session is not given",
        "locum_session": "[costs] locum_session is not given",
    }


def test_a_surplus_costs_and_saves_nothing() -> None:
    found = asked(activities=(activity("clinic", sessions_per_week=1),))
    assert found.activities.loc["clinic", "gap"] < 0
    assert found.activities.loc["clinic", "pounds"] == 0
    assert found.pounds.empty


def test_posts_are_like_the_people_who_do_the_work() -> None:
    """A consultant with two sessions a week and a nurse of band 7 with one, at 0.8 of a session's output."""
    people = (
        person("c1"),
        person("n1", staff_group="nurse", grade="7", contract_pa=None, contract_hours=37.5, working_weeks=40),
        person("c2", contract_pa=5),
    )
    rows = (row("c1", "clinic", "Mon AM"), row("c1", "clinic", "Tue AM"), row("n1", "clinic", "Mon AM"))
    skills = (
        Skill(person="c1", activity="clinic"),
        Skill(person="n1", activity="clinic", output=0.8),
        Skill(person="c2", activity="clinic"),
    )
    costs = Costs(staff={"consultant": 148000, "7": 59500, "nurse": 1})
    made = service(people=people, job_plans=rows, skills=skills, costs=costs, policies={"nurse": "afc-hours"})
    time = time_of(made)
    doctor, nurse = 2 * 42 / W_CAL, 0.8 * 40 / W_CAL * (225 / 240)
    assert delivered_by_person(time, rows) == pytest.approx({("c1", "clinic"): doctor, ("n1", "clinic"): nurse})
    of_doctor = 240 * W_CAL / 42 / (8.5 * 240)
    of_nurse = 240 * W_CAL / 40 / 0.8 / (37.5 * 60 * 0.9)
    found = post_of(time, "clinic", delivered_by_person(time, rows))
    assert found.wte == pytest.approx((doctor * of_doctor + nurse * of_nurse) / (doctor + nurse))
    assert found.pounds == pytest.approx((doctor * of_doctor * 148000 + nurse * of_nurse * 59500) / (doctor + nurse))
    equal = post_of(time, "clinic", {})
    assert equal.wte == pytest.approx((2 * of_doctor + of_nurse) / 3)


def test_a_price_that_covers_some_of_the_people_says_whom_it_leaves_out() -> None:
    people = (person("c1"), person("s1", staff_group="sas"))
    made = service(people=people, job_plans=(), costs=ALL)
    found = post_of(time_of(made), "clinic", {})
    assert found.reason == "without sas, for whom [costs.staff] has no price"
    assert found.pounds == pytest.approx(240 * W_CAL / 42 / (8.5 * 240) * 148000)


def test_the_price_of_a_pa_is_of_people_contracted_in_pas() -> None:
    nurse = {"staff_group": "nurse", "contract_pa": None, "contract_hours": 37.5}
    people = (person("c1"), person("n1", **nurse))
    mixed = service(
        people=people, job_plans=(), skills=(Skill(person="n1", activity="clinic"),), costs=ALL,
        policies={"nurse": "afc-hours"},
    )  # fmt: skip
    of_mixed = {cost.route: cost for cost in costs_of(time_of(mixed), post_of(time_of(mixed), "clinic", {}), 1, 1)}
    assert (of_mixed["extra_pa"].pounds, of_mixed["extra_pa"].reason) == (None, HOURS)
    alone = mixed.model_copy(update={"people": people[1:]})
    of_alone = {cost.route: cost for cost in costs_of(time_of(alone), post_of(time_of(alone), "clinic", {}), 1, 1)}
    assert of_alone["extra_pa"].pounds == 11200


def test_nobody_and_the_whole_team() -> None:
    nobody = service(skills=(), costs=ALL)
    assert post_of(time_of(nobody), "clinic", {}).reason == NOBODY
    meeting = service(activities=(activity("mdt", team="all", sessions_per_week=1),), job_plans=(), costs=ALL)
    found = costs_of(time_of(meeting), post_of(time_of(meeting), "mdt", {}), 1, 1)
    assert {cost.reason for cost in found} == {WHOLE_TEAM}
    assert headline(found) is None


def test_one_off_sessions_are_priced_once() -> None:
    time = time_of(service(costs=ALL))
    assert one_off_cost(time, 64).pounds == pytest.approx(64 * 780)
    locum = one_off_cost(time_of(service(costs=Costs(locum_session=620))), 64)
    assert (locum.route, locum.pounds) == ("locum_session", 64 * 620)
    assert one_off_cost(time_of(service()), 64).reason == "[costs] waiting_list_session is not given"
