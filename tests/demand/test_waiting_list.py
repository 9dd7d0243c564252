"""Waiting-list formulas against published values, in weeks, and their properties."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.demand import capa
from capacity.demand.list_records import mean_wait_so_far, removal_rate, size_by_day
from capacity.demand.waiting_list import (
    capacity_at_load,
    clears_in,
    first_come_list,
    list_plan,
    pressure,
    queue_load,
    raised_demand,
    relief_capacity,
    stage_target_finding,
    sustainable_list,
    target_capacity,
    target_factor,
    target_mean_wait,
    target_queue_size,
)

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference"
NHSR = REFERENCE / "nhsrwaitinglist_reference.json"
EXAMPLES = REFERENCE / "dc_worked_examples.json"


def _cases() -> list[dict[str, Any]]:
    if not NHSR.is_file():
        return []
    cases: list[dict[str, Any]] = json.loads(NHSR.read_text(encoding="utf-8"))["cases"]
    return cases


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _records(inputs: dict[str, Any]) -> tuple[list[dt.date], list[dt.date | None]]:
    return [dt.date.fromisoformat(day) for day in inputs["referrals"]], [_day(day) for day in inputs["removals"]]


def _sizes(inputs: dict[str, Any], expected: dict[str, float]) -> dict[str, float]:
    sizes = size_by_day(*_records(inputs), start=_day(inputs["start"]), end=_day(inputs["end"]))
    assert len(sizes) == 31
    return {name: float(sizes.iloc[int(name.rstrip("]").split()[-1].split("[")[-1])]) for name in expected}


def _removals(inputs: dict[str, Any], _: object) -> dict[str, float | None]:
    found = removal_rate(*_records(inputs))
    return {"capacity_daily": found.per_week and found.per_week / 7, "capacity_weekly": found.per_week}


def _mean_wait(inputs: dict[str, Any], _: object) -> dict[str, float]:
    end = _day(inputs["end"])
    assert end is not None
    weeks = mean_wait_so_far(*_records(inputs), on=end)
    assert weeks is not None
    return {"mean_wait": weeks * 7}  # the package gives days here


def _formula(function: Callable[..., Any], **names: str) -> Callable[[dict[str, Any], object], Any]:
    return lambda inputs, _: function(**{names.get(name, name): value for name, value in inputs.items()})


ANSWERS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "calc_queue_load": _formula(queue_load),
    "calc_relief_capacity": _formula(
        relief_capacity, queue_size="waiting", target_queue_size="target_size", time_to_target="clear_weeks"
    ),
    "calc_target_capacity": _formula(target_capacity, target_wait="target_weeks"),
    "calc_target_mean_wait": _formula(target_mean_wait, target_wait="target_weeks"),
    "calc_target_queue_size": _formula(target_queue_size, target_wait="target_weeks"),
    "calc_waiting_list_pressure": _formula(pressure, mean_wait="mean_wait_weeks", target_wait="target_weeks"),
    "wl_queue_size": _sizes,
    "wl_removal_stats": _removals,
    "wl_stats": _mean_wait,
}


@pytest.mark.skipif(not NHSR.is_file(), reason="the published waiting-list values are not beside this repository")
@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["function"])
def test_published_values(case: dict[str, Any]) -> None:
    found = ANSWERS[case["function"]](case["inputs"], case["expected"])
    assert found == pytest.approx(case["expected"], rel=1e-7)


def _examples() -> dict[str, dict[str, Any]]:
    if not EXAMPLES.is_file():
        pytest.skip("the published worked examples are not beside this repository")
    return {example["id"]: example for example in json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]}


def test_capa_capacity() -> None:
    example = _examples()["capa_capacity_ex2"]
    given, expected = example["inputs"], example["expected"]
    weekly = capa.contact_hours_per_week(
        given["fte"], given["clinical_sessions_per_wte"], given["direct_hours_per_session"]
    )
    assert weekly == expected["weekly_hours"]
    assert capa.contact_hours_per_year(weekly, given["weeks"]) == expected["annual_hours"]
    assert given["weeks"] == capa.WORKING_WEEKS


def test_capa_rule_of_thumb() -> None:
    example = _examples()["capa_rule_of_thumb"]
    given, expected = example["inputs"], example["expected"]
    hours = capa.hours_per_referral(given["choice_hours"], given["core_hours"], given["transfer"])
    assert hours == pytest.approx(5.95)
    assert round(hours) == expected["hours_per_referral_rounded"]
    assert capa.half_days(round(hours), given["appointments_per_half_day"]) == expected["half_days_per_referral"]


def test_capa_partnership_rate() -> None:
    example = _examples()["capa_core_partnership_rate"]
    given, expected = example["inputs"], example["expected"]
    sessions = capa.partnership_sessions(given["hours"], given["hours_per_session"])
    assert round(sessions, 2) == expected["sessions"]
    assert round(capa.new_cases_per_quarter(sessions, given["multiplier"]), 1) == expected["new_cases_per_quarter"]
    assert (
        round(capa.cases_per_hour(given["multiplier"], given["hours_per_session"]), 2) == (expected["hours_multiplier"])
    )


def test_capa_maths_model() -> None:
    """Its two formulas, by hand: 100 referrals; 4 WTE, 60 % core, 2 appointments, 80 % of the time worked."""
    _examples()["capa_maths_model"]
    each = capa.hours_per_referral(1, 7.5, 0.66, cotherapy=0.1)
    assert capa.demand_hours(100, each) == pytest.approx(100 * (1 + 0.66 * 7.5 * 1.1))
    assert capa.appointments_per_week(4, 0.6, 2, 0.8) == pytest.approx(4 * 10 * 0.6 * 2 * 0.8)


def test_recommended_utilisation() -> None:
    """80 % utilisation: 29.57 a week for the series of demand.md §3, mean 23.6538."""
    share = _examples()["imp_leaders_utilisation"]["expected"]["recommended_utilisation"]
    capacity = capacity_at_load(23.6538)
    assert round(capacity, 2) == 29.57
    assert queue_load(23.6538, capacity) == pytest.approx(share)


def test_sustainable_list_of_the_standard() -> None:
    assert round(target_factor(0.92), 4) == 2.5257
    assert sustainable_list(30, 18) == pytest.approx(30 * 18 / 2.525728644)
    assert first_come_list(30, 18) == 540
    # Exponential waits of mean list / demand: 92 % are within 18 weeks.
    assert 1 - math.exp(-18 / (sustainable_list(30, 18) / 30)) == pytest.approx(0.92)


def test_estimated_demand_is_raised_only_where_the_estimate_is_fit_for_it() -> None:
    assert raised_demand(2, 100, 0.5) == pytest.approx(2 / (1 - 2 * 2 * 0.5 / 10))
    assert raised_demand(30, 4, 1) == 30  # 2 x 30 x 1 / 2 is not below 1
    assert raised_demand(30, 0, 1) == 30
    assert relief_capacity(2, 100, 48, 26, referrals=100, cv_demand=0.5) == pytest.approx(2.5 + 2)


def test_recurrent_gap_and_backlog_are_apart() -> None:
    plan = list_plan(30, 27, 1200, 18, clear_weeks=26, sessions_per_patient=0.1)
    assert plan.load == pytest.approx(30 / 27)
    assert (plan.recurrent_gap, plan.recurrent_sessions) == (3, pytest.approx(0.3))
    assert plan.sustainable == pytest.approx(213.8, abs=0.01)
    assert plan.backlog == pytest.approx(1200 - 213.8, abs=0.01)
    assert plan.backlog_sessions == pytest.approx(98.62, abs=0.01)
    assert plan.relief == pytest.approx(30 + (1200 - 213.8) / 26, abs=0.01)
    assert plan.mean_wait_weeks == 40
    assert plan.pressure == pytest.approx(80 / 18)


def test_a_short_list_asks_for_nothing_once() -> None:
    plan = list_plan(30, 33, 50, 18)
    assert (plan.backlog, plan.backlog_sessions, plan.relief) == (0, 0, 30)
    assert (plan.recurrent_gap, plan.recurrent_sessions) == (-3, 0)


def test_what_is_not_known_is_none() -> None:
    plan = list_plan(30, 0, None, None)
    assert (plan.load, plan.sustainable, plan.first_come, plan.backlog, plan.relief) == (None,) * 5
    assert (plan.mean_wait_weeks, plan.pressure) == (None, None)
    assert plan.recurrent_gap == 30
    assert list_plan(0, 5, 40, 18).mean_wait_weeks is None
    assert list_plan(0, 5, 40, 18).backlog == 40


def test_stage_targets() -> None:
    found = stage_target_finding("new", 18, goes_on=True)
    assert found is not None and found.rule == "stage_target" and "18 weeks" in found.message
    assert stage_target_finding("new", 17.9, goes_on=True) is None
    assert stage_target_finding("new", 18, goes_on=False) is None
    assert stage_target_finding("new", None, goes_on=True) is None


def test_when_the_list_clears() -> None:
    today = dt.date(2027, 4, 1)
    found = clears_in(1200, 30, 30 + 810 / 26, 390, today=today)
    assert found.weeks == pytest.approx(26)
    assert found.on == today + dt.timedelta(weeks=26)
    assert clears_in(300, 30, 20, 390, today=today).weeks == 0
    for capacity in (30, 20):
        never = clears_in(1200, 30, capacity, 390)
        assert (never.weeks, never.on) == (None, None) and "does not get shorter" in never.reason
    assert clears_in(1e9, 30, 30.0001, 0, today=today).on is None  # beyond the calendar


def test_removals_clear_a_list_too() -> None:
    """1 % leave unseen a week; step by step it takes as many weeks as the formula says."""
    found = clears_in(1200, 30, 28, 390, removals=0.01)
    assert found.weeks is not None
    waiting, weeks = 1200.0, 0
    while waiting > 390:
        waiting, weeks = waiting * 0.99 + 2, weeks + 1
    assert weeks == math.ceil(found.weeks)
    never = clears_in(1200, 30, 20, 390, removals=0.01)
    assert never.weeks is None and "settles at 1000.0" in never.reason


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.1])
def test_shares_out_of_range(share: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1"):
        target_factor(share)


def test_numbers_out_of_range() -> None:
    with pytest.raises(ValueError, match="above 0"):
        sustainable_list(30, 0)
    with pytest.raises(ValueError, match="0 or more"):
        first_come_list(-1, 18)
    with pytest.raises(ValueError, match="above 0"):
        relief_capacity(30, 100, 50, 0)
    with pytest.raises(ValueError, match="below 1"):
        clears_in(10, 1, 2, 5, removals=1)
    with pytest.raises(ValueError, match="at most 1"):
        capacity_at_load(10, 0)


def test_records_of_a_list_that_empties() -> None:
    """Referred on days 0, 1 and 20; seen on days 3, 5 and 22: the empty days 5 to 19 are nobody's wait."""
    first = dt.date(2024, 1, 1)
    referred = [first, first + dt.timedelta(days=1), first + dt.timedelta(days=20)]
    removed = [first + dt.timedelta(days=3), first + dt.timedelta(days=5), first + dt.timedelta(days=22)]
    sizes = size_by_day(referred, removed, end=removed[-1])
    assert sizes.tolist() == [1, 2, 2, 1, 1] + [0] * 15 + [1, 1, 0]
    found = removal_rate(referred, removed)
    assert found.count == 3
    assert found.per_week == pytest.approx(7 / ((3 + 2 + 3) / 3))
    assert found.cv == pytest.approx(math.sqrt(((1 / 3) ** 2 * 2 + (2 / 3) ** 2) / 2) / (8 / 3))
    assert mean_wait_so_far(referred, removed, first + dt.timedelta(days=10)) is None


def test_records_from_a_later_day() -> None:
    """Whoever is still waiting on the first day shown is on the list; whoever has left is not."""
    days = [dt.date(2024, 1, day) for day in (1, 2, 3)]
    sizes = size_by_day(days, [dt.date(2024, 1, 2), None, None], start=dt.date(2024, 1, 10), end=dt.date(2024, 1, 11))
    assert sizes.tolist() == [2, 2]


def test_records_without_removals_or_with_faults() -> None:
    day = dt.date(2024, 1, 5)
    assert removal_rate([day], [None]) == removal_rate([day, day], [None, None])
    assert removal_rate([day], [None]).per_week is None
    assert removal_rate([day], [day]).per_week is None  # seen on the first day: no gap to measure
    with pytest.raises(ValueError, match="record 1 leaves the list"):
        size_by_day([day], [dt.date(2024, 1, 4)])
    with pytest.raises(ValueError, match="at least one"):
        size_by_day([], [])


positive = st.floats(0.01, 1000)


@given(positive, positive, st.floats(0.01, 100), st.floats(0.01, 100), st.floats(0.5, 0.999))
def test_sustainable_list_grows_with_demand_and_target(
    demand: float, target: float, more: float, later: float, share: float
) -> None:
    size = sustainable_list(demand, target, share)
    assert 0 < size < sustainable_list(demand + more, target, share)
    assert size < sustainable_list(demand, target + later, share)
    assert size <= first_come_list(demand, target) / math.log(2) * (1 + 1e-9)
    assert sustainable_list(2 * demand, target, share) == pytest.approx(2 * size)
    assert sustainable_list(demand, target, (share + 1) / 2) < size


@given(positive, positive, positive, positive, st.floats(1, 200))
def test_relief_capacity_clears_in_the_weeks_asked_for(
    demand: float, capacity: float, waiting: float, target: float, weeks: float
) -> None:
    plan = list_plan(demand, capacity, waiting, target, clear_weeks=weeks)
    assert plan.backlog is not None and plan.relief is not None and plan.sustainable is not None
    if plan.relief > demand * (1 + 1e-6):
        found = clears_in(waiting, demand, plan.relief, plan.sustainable)
        assert found.weeks == pytest.approx(weeks, rel=1e-6)


@given(positive, positive, positive, st.floats(0.01, 0.99), st.floats(0, 100))
def test_more_capacity_clears_sooner(waiting: float, demand: float, spare: float, part: float, more: float) -> None:
    size = waiting * part
    sooner = clears_in(waiting, demand, demand + spare + more, size).weeks
    later = clears_in(waiting, demand, demand + spare, size).weeks
    assert sooner is not None and later is not None and sooner <= later
