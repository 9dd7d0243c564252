"""Part of a year in post: the share, what it changes, what it leaves alone, and that both arithmetics agree."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import capacity
from capacity.check import check_plan
from capacity.check.facts import Facts
from capacity.demand.analyse import analyse
from capacity.service.model import Delivery, JobPlanRow, Objective, Rota, Service
from capacity.supply.findings import supply_findings
from capacity.supply.gap import supply
from capacity.supply.job_time import JobTime
from capacity.supply.posts import share_in_post, share_of_year
from tests.supply.team import W_CAL, activity, person, row, service, time_of

SEPTEMBER = dt.date(2027, 9, 1)
E42 = 42 / W_CAL


def share(**dates: Any) -> float:
    made = service(people=(person("c1", **dates),))
    return share_in_post(made, made.people[0])


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({}, 1.0),
        ({"from": SEPTEMBER}, 7 / 12),
        ({"to": dt.date(2027, 8, 31)}, 5 / 12),
        ({"from": dt.date(2027, 6, 1), "to": dt.date(2027, 8, 31)}, 3 / 12),
        ({"from": dt.date(2027, 9, 16)}, (6 + 15 / 30) / 12),
        ({"from": dt.date(2020, 1, 1), "to": dt.date(2040, 1, 1)}, 1.0),
        ({"from": dt.date(2028, 4, 1)}, 0.0),
        ({"to": dt.date(2027, 3, 31)}, 0.0),
        ({"to": dt.date(2027, 4, 1)}, 1 / 30 / 12),
    ],
)
def test_a_month_is_a_twelfth_and_part_of_one_counts_by_days(dates: dict[str, dt.date], expected: float) -> None:
    assert share(**dates) == pytest.approx(expected, abs=1e-12)


def test_a_whole_year_is_exactly_one_so_that_nothing_changes_for_it() -> None:
    assert share() == 1.0


def test_a_vacant_post_lasts_and_supplies_nothing() -> None:
    made = service(people=(person("c1", kind="vacant", **{"from": SEPTEMBER}),))
    assert share_of_year(made, made.people[0]) == pytest.approx(7 / 12)
    assert share_in_post(made, made.people[0]) == 0


@given(
    start=st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)).filter(lambda date: (date.month, date.day) != (2, 29)),
    from_days=st.none() | st.integers(-40, 400),
    length=st.none() | st.integers(0, 500),
)
def test_the_checker_works_the_share_out_another_way(start: dt.date, from_days: int | None, length: int | None) -> None:
    begins = None if from_days is None else start + dt.timedelta(days=from_days)
    ends = None if length is None else (begins or start) + dt.timedelta(days=length)
    made = service(year_starts=start, people=(person("c1", **{"from": begins, "to": ends}),))
    ours, theirs = share_in_post(made, made.people[0]), Facts(made, analyse(made)).year_share("c1")
    assert ours == pytest.approx(theirs, abs=1e-12)
    assert 0 <= ours <= 1


def part_year(**changes: Any) -> JobTime:
    """c1 joins in September; c2 and c3 are there all year."""
    people = (person("c1", **{"from": SEPTEMBER}), person("c2"), person("c3"))
    return time_of(service(people=people, **changes))


def test_a_joiner_in_september_supplies_seven_twelfths_of_e() -> None:
    time = part_year()
    assert time.delivered_share("c1", "clinic") == pytest.approx(7 / 12 * E42)
    assert time.delivered_share("c2", "clinic") == E42
    assert supply(time, time.service.job_plans)["clinic"] == pytest.approx((2 * 7 / 12 + 4) * E42)


def test_the_weeks_and_the_contract_stay_those_of_a_whole_year() -> None:
    time = part_year()
    assert time.weeks_present("c1") == 42
    assert time.charged_weeks("c1", "clinic") == 42
    assert time.contract_year_minutes("c1") == 42 * 2400


def test_covered_sessions_deliver_the_share_in_post() -> None:
    time = part_year(activities=(activity("clinic", covered=True),))
    assert time.delivered_share("c1", "clinic") == pytest.approx(7 / 12)
    assert time.delivered_share("c2", "clinic") == 1
    assert time.charged_weeks("c1", "clinic") == W_CAL


def test_time_without_a_fixed_place_is_scaled_too() -> None:
    time = part_year()
    by_year = row("c1", "clinic", "-", per_year=42)
    by_week = row("c1", "clinic", "-", minutes=240)
    assert time.unfixed_delivered(by_year) == pytest.approx(7 / 12 * 42 / W_CAL)
    assert time.unfixed_delivered(by_week) == pytest.approx(7 / 12 * E42)
    assert time.unfixed_charge(by_year) == 42 * 240


def with_rota() -> JobTime:
    rota = Rota(
        rota="take",
        name="Take",
        kind="hot_week",
        members=("c1", "c2", "c3"),
        weeks_covered=52,
        pa_per_duty_week=10,
        delivers=(Delivery(activity="ward", sessions=5),),
    )
    return part_year(rotas=(rota,), activities=(activity("clinic"), activity("ward")))


def test_duty_weeks_are_delivered_while_in_post_and_the_rest_is_said() -> None:
    time = with_rota()
    assert time.duty["c1", "take"] == pytest.approx(52 / 3)
    assert time.rota_delivers("ward") == pytest.approx(5 * 52 / 3 * (2 + 7 / 12) / W_CAL)
    left = next(finding for finding in supply_findings(time) if finding.rule == "duty_weeks_left")
    assert left.subject == "take"
    assert left.found == "7.2 weeks"  # 52/3 x 5/12


def test_the_checker_agrees_on_what_everyone_delivers() -> None:
    time = with_rota()
    facts = Facts(time.service, time.demand)
    rows = (row("c1", "clinic", "-", per_year=42), row("c1", "clinic", "-", minutes=100))
    assert facts.rota_delivery("ward") == pytest.approx(time.rota_delivers("ward"))
    for who in time.people:
        assert facts.presence(who, "clinic") == pytest.approx(time.delivered_share(who, "clinic"))
    for each in rows:
        assert facts.loose_delivery(each) == pytest.approx(time.unfixed_delivered(each))


def test_part_of_a_year_is_a_finding() -> None:
    found = next(finding for finding in supply_findings(part_year()) if finding.rule == "part_year")
    assert found.message == "in post from 01/09/2027: supplies 58.3% of a year of every session of the job plan"


def solved(**dates: Any) -> tuple[Service, Any]:
    """A clinic that needs 2 sessions a week; after core SPA c1, who has the dates, has time for 3 and c2 for 1."""
    made = service(
        cycle_weeks=1,
        objective=Objective(hold_tolerance=0),
        people=(person("c1", contract_pa=4, max_days=5, **dates), person("c2", contract_pa=2.5)),
        activities=(activity("clinic", sessions_per_week=2.0, slots=("Mon AM", "Tue AM", "Wed AM")),),
        job_plans=(),
    )
    return made, capacity.plan(made, time_limit=10)


def test_a_plan_with_a_joiner_is_proven_and_passes_the_check() -> None:
    made, outcome = solved(**{"from": SEPTEMBER})
    assert outcome.status == "optimal"
    assert check_plan(made, analyse(made), outcome.plan, outcome) == ()
    assert outcome.delivered["clinic"] == pytest.approx((3 * 7 / 12 + 1) * E42)
    assert outcome.weeks == {"c1": 42, "c2": 42}


def test_the_same_people_all_year_need_fewer_sessions() -> None:
    _, outcome = solved()
    assert outcome.delivered["clinic"] == pytest.approx(3 * E42)  # 2.0 needs 3 sessions of 0.805


def test_rows_of_the_proposed_plan_are_at_the_rate_of_a_whole_year() -> None:
    _, outcome = solved(**{"from": SEPTEMBER})
    rows: tuple[JobPlanRow, ...] = outcome.plan.rows_of("c1")
    minutes = sum((each.minutes or 240) for each in rows if each.activity != "admin")
    assert minutes == pytest.approx(4 * 240, abs=1)
