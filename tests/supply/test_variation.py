"""Variance of weekly capacity by formula, by counting every case, and headroom against published figures."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

import capacity
from capacity.service.model import Calendar, Skill
from capacity.supply.gap import supply
from capacity.supply.sessions import sessions_by_person
from capacity.supply.variation import (
    HEADROOM_POLICIES,
    HEADROOM_SEEN,
    headroom,
    headroom_in_words,
    slots_a_session,
    team_weeks,
    weekly_capacity,
    weekly_variation,
)
from tests.supply.team import W_CAL, activity, person, row, service, time_of

E42 = 42 / W_CAL


def five(**changes: object):
    """Five consultants with one clinic a week each: n = 5, s = 1."""
    people = tuple(person(f"c{number}") for number in range(5))
    rows = tuple(row(who.person, "clinic", "Wed AM") for who in people)
    return time_of(service(people=people, job_plans=rows, **changes))


def test_people_alike_have_variance_s2_n_w_one_less_w() -> None:
    time = five()
    frame = weekly_variation(time, time.service.job_plans).set_index("activity")
    assert frame.loc["clinic", "mean"] == pytest.approx(5 * E42)
    assert frame.loc["clinic", "variance"] == pytest.approx(5 * E42 * (1 - E42))
    assert frame.loc["clinic", "people"] == 5
    assert frame.loc["clinic", "variance_of_cycle"] == 0


def test_slots_of_people_alike_are_binomial() -> None:
    time = five()
    found = weekly_capacity(time, time.service.job_plans, "clinic", slots=10)
    assert found.pmf is not None
    expected = np.zeros(51)
    expected[::10] = binom.pmf(range(6), 5, E42)
    assert found.pmf.array == pytest.approx(expected, abs=1e-12)
    assert found.pmf.variance == pytest.approx(10**2 * 5 * E42 * (1 - E42))


def test_people_who_differ_by_counting_every_case() -> None:
    """Three people with 2, 1 and half a session; every combination of who is there is listed."""
    made = service(
        people=(person("c1"), person("c2", working_weeks=30), person("c3")),
        job_plans=(
            row("c1", "clinic", "Wed AM"),
            row("c1", "clinic", "Thu AM"),
            row("c2", "clinic", "Fri AM"),
            row("c3", "clinic", "Fri AM"),
        ),
        skills=(Skill(person="c3", activity="clinic", output=0.5),),
    )
    time = time_of(made)
    chances, gives = (E42, 30 / W_CAL, E42), (2, 1, 0.5)
    cases = []
    for there in itertools.product((0, 1), repeat=3):
        chance = np.prod([w if here else 1 - w for here, w in zip(there, chances, strict=True)])
        cases.append((chance, sum(here * number for here, number in zip(there, gives, strict=True))))
    mean = sum(chance * number for chance, number in cases)
    frame = weekly_variation(time, made.job_plans)
    assert frame["mean"].item() == pytest.approx(mean)
    assert frame["variance"].item() == pytest.approx(sum(chance * (number - mean) ** 2 for chance, number in cases))
    found = weekly_capacity(time, made.job_plans, "clinic", slots=2).pmf
    assert found is not None
    for number in {number for _, number in cases}:
        assert found.array[round(2 * number)] == pytest.approx(sum(c for c, n in cases if n == number))


def test_weeks_of_the_cycle_that_differ_add_their_own_variance() -> None:
    made = service(
        activities=(activity("clinic", covered=True),), job_plans=(row("c1", "clinic", "Wed AM", weeks=(1,)),)
    )
    time = time_of(made)
    frame = weekly_variation(time, made.job_plans)
    assert frame["mean"].item() == 0.5
    assert frame["variance"].item() == frame["variance_of_cycle"].item() == 0.25
    found = weekly_capacity(time, made.job_plans, "clinic", slots=6).pmf
    assert found is not None
    assert found.array == pytest.approx([0.5, 0, 0, 0, 0, 0, 0.5])


def test_a_limit_on_leave_keeps_the_mean_and_lowers_the_spread() -> None:
    free, limited = (
        weekly_capacity(time, time.service.job_plans, "clinic", slots=10)
        for time in (five(), five(calendar=Calendar(max_simultaneous_leave=1)))
    )
    assert free.pmf is not None and limited.pmf is not None
    assert limited.limited and not free.limited
    assert limited.pmf.mean == pytest.approx(free.pmf.mean)
    assert limited.pmf.variance < free.pmf.variance
    # never more than one away: 40 or 50 slots, and 5 x (1 - w) of weeks with one away
    assert limited.pmf.array[40] == pytest.approx(5 * (1 - E42))
    assert limited.pmf.array[:40].sum() == pytest.approx(0)


def test_a_limit_that_cannot_be_kept_is_said() -> None:
    people = tuple(person(f"c{number}", working_weeks=20) for number in range(5))
    rows = tuple(row(who.person, "clinic", "Wed AM") for who in people)
    made = service(people=people, job_plans=rows, calendar=Calendar(max_simultaneous_leave=1))
    found = weekly_capacity(time_of(made), rows, "clinic", slots=10)
    assert not found.limited
    assert found.pmf is not None
    assert "max_simultaneous_leave is not kept: 3.08 people are away in the mean week" in found.reason


def test_part_of_a_year_lowers_presence() -> None:
    people = (person("c1", **{"from": dt.date(2027, 9, 1)}),)
    for covered, chance in ((False, 7 / 12 * E42), (True, 7 / 12)):
        made = service(
            people=people,
            activities=(activity("clinic", covered=covered),),
            job_plans=(row("c1", "clinic", "Wed AM"),),
        )
        weeks = team_weeks(time_of(made), made.job_plans, "clinic")
        assert weeks[0].mean == pytest.approx(chance)
        assert weeks[0].variance == pytest.approx(chance * (1 - chance))


def test_an_activity_without_streams_has_no_slots() -> None:
    time = five()
    assert slots_a_session(time, "clinic") is None
    found = weekly_capacity(time, time.service.job_plans, "clinic")
    assert (found.pmf, found.reason) == (None, "no stream says how many slots a session of clinic has")


MODELS = Path(__file__).parents[2] / "models"
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "models"


@pytest.mark.parametrize(
    "folder",
    [MODELS / "respiratory", MODELS / "msk_physiotherapy", MODELS / "anaesthetics", SHARED / "acute_medicine"],
    ids=lambda path: path.name,
)
def test_the_mean_is_the_supply_of_the_gap(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not here")
    made = capacity.read(folder)
    time = time_of(made)
    supplied = {activity: sessions for activity, sessions in supply(time, made.job_plans).items() if sessions}
    means = weekly_variation(time, made.job_plans).set_index("activity")["mean"]
    by_person = sessions_by_person(time, made.job_plans).groupby("activity")["delivered"].sum()
    assert means.to_dict() == pytest.approx(supplied)
    assert {activity: sessions for activity, sessions in by_person.items() if sessions} == pytest.approx(supplied)
    for name in supplied:
        slots = slots_a_session(time, name)
        if slots is not None:
            found = weekly_capacity(time, made.job_plans, name).pmf
            assert found is not None
            assert found.mean == pytest.approx(slots * supplied[name])


# ---- headroom


def test_headroom_is_the_share_of_the_year_away() -> None:
    made = service(people=(person("c1"), person("c2", contract_pa=5, working_weeks=36)), job_plans=())
    frame = headroom(time_of(made)).set_index("staff_group")
    assert frame.loc["all staff", "weeks"] == pytest.approx((10 * 42 + 5 * 36) / 15)
    assert frame.loc["consultant", "headroom"] == pytest.approx(1 - 40 / W_CAL)
    assert bool(frame.loc["consultant", "within_seen"])


@pytest.mark.parametrize(
    ("weeks", "where"),
    [(46, "less than any seen"), (42, "within what was seen"), (30, "more than any seen")],
)
def test_headroom_is_stated_against_practice_and_policies(weeks: float, where: str) -> None:
    said = headroom_in_words("nurse", weeks)
    assert where in said
    assert "15.8% to 33.6% away in 87 NHS trusts; policies plan 16.0% to 26.0%: Drake 2020" in said


def test_the_published_ranges_are_those_of_drake() -> None:
    assert (HEADROOM_SEEN, HEADROOM_POLICIES) == ((0.158, 0.336), (0.16, 0.26))
