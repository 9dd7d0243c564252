"""Who is there in simulated years, and the sessions that follow: worked by hand, and against gap and calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import capacity
from capacity.scenario.stress_people import TeamDrawn, school_holidays
from capacity.scenario.stress_settings import StressSettings
from capacity.scenario.stress_supply import SupplyDrawn, away_weeks, cancelled_lists, draw_supply, without
from capacity.service.model import Calendar, Delivery, DutyWeek, Rota, Service, Stream, TeamMember
from capacity.supply.calendar import calendar, calendar_weeks
from capacity.supply.gap import supply
from capacity.supply.job_time import JobTime
from tests.supply.team import W_CAL, activity, person, row, service, time_of

MODELS = Path(__file__).parents[2] / "models"
PLAIN = StressSettings(years=400, cancelled=0.0, bank_holidays=False)
"""No list is cancelled and bank holidays are spread evenly: the mean is what gap says."""


def errors(drawn: SupplyDrawn, activity: str, expected: float) -> float:
    """How many standard errors the mean of years is off; those of years without spread are rounding."""
    years = drawn.capacity[activity].mean(axis=0)
    return abs(float(years.mean()) - expected) / max(float(years.std(ddof=1)) / years.size**0.5, 1e-6)


@cache
def shipped(name: str) -> tuple[Service, JobTime]:
    made = capacity.read(MODELS / name)
    return made, JobTime(made, capacity.demand(made))


def ward(**columns: object) -> Rota:
    """A ward week in turn of three, displacing all and delivering ten rounds."""
    settled = {
        "rota": "ward", "name": "Ward", "kind": "hot_week", "members": ("c1", "c2", "c3"), "pa_per_duty_week": 10,
        "delivers": (Delivery(activity="round", sessions=10),),
    }  # fmt: skip
    return Rota.model_validate({**settled, **columns})


def with_ward(**columns: object) -> Service:
    clinics = (activity("clinic", sessions_per_week=4), activity("round", sessions_per_week=10))
    return service(activities=clinics, rotas=(ward(**columns),))


# ---- one person, by hand


def test_one_person_holds_as_many_weeks_as_the_model_says() -> None:
    """One clinic a week, 42 of 52.18 weeks present: 0.805 of a clinic a week, each week 0 or 1."""
    made = service(people=(person("c1"),), job_plans=(row("c1", "clinic", "Mon AM"),))
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    sessions = drawn.capacity["clinic"]
    assert set(np.unique(sessions)) == {0.0, 1.0}
    assert errors(drawn, "clinic", 42 / W_CAL) < 4


def test_leave_is_whole_weeks_and_at_most_one_half_a_year() -> None:
    made = service(people=(person("c1"),), job_plans=(row("c1", "clinic", "Mon AM"),))
    team = TeamDrawn(time_of(made), PLAIN, made.job_plans)
    who = team.people["c1"]
    assert ((who.leave == 0.5).sum(axis=0) <= 1).all()
    assert set(np.unique(who.leave)) <= {0.0, 0.5, 1.0}
    # 1 - 42 / 52.18 / 0.96 of 52 weeks is 8.4 weeks: with 4 % sick of the others that makes 42
    assert set(np.unique(who.leave.sum(axis=0))) == {8.0, 8.5}
    assert who.leave.sum(axis=0).mean() == pytest.approx(52 * (1 - 42 / W_CAL / 0.96), abs=0.1)


def test_sickness_is_a_share_of_the_weeks_not_on_leave_in_spells() -> None:
    made = service(people=(person("c1"),), job_plans=(row("c1", "clinic", "Mon AM"),))
    settings = replace(PLAIN, years=2000, sickness=0.1, spell_weeks=4.0)
    who = TeamDrawn(time_of(made), settings, made.job_plans).people["c1"]
    assert who.sick.mean() == pytest.approx(0.1, abs=0.01)
    begins = (who.sick[1:] & ~who.sick[:-1]).sum()
    assert who.sick[1:].sum() / begins == pytest.approx(4.0, abs=0.5)


def test_the_sickness_of_the_policy_goes_before_that_of_the_settings() -> None:
    nurse = person("c1", staff_group="nurse", contract_pa=None, contract_hours=37.5, working_weeks=None)
    made = service(people=(nurse,), job_plans=(row("c1", "clinic", "Mon AM"),))
    team = TeamDrawn(time_of(made), replace(PLAIN, sickness=0.5), made.job_plans)
    assert team.sickness_share("c1") == 0.04
    assert TeamDrawn(time_of(service()), PLAIN, ()).sickness_share("c1") == PLAIN.sickness


def test_extra_sickness_comes_on_top_of_the_weeks_of_the_model() -> None:
    made = service(people=(person("c1"),), job_plans=(row("c1", "clinic", "Mon AM"),))
    drawn = draw_supply(time_of(made), made.job_plans, replace(PLAIN, years=2000, extra_sickness=0.1))
    assert errors(drawn, "clinic", 0.9 * 42 / W_CAL) < 4


def test_somebody_with_no_absence_in_their_weeks_is_always_there() -> None:
    made = service(people=(person("c1", working_weeks=52.18),), job_plans=(row("c1", "clinic", "Mon AM"),))
    assert draw_supply(time_of(made), made.job_plans, PLAIN).capacity["clinic"].min() == 1.0


def test_time_without_a_fixed_place_holds_the_weeks_of_the_model_too() -> None:
    rows = (row("c1", "clinic", "-", minutes=240), row("c2", "clinic", "-", per_year=20))
    made = service(rotas=(), job_plans=rows)
    drawn = draw_supply(time_of(made), rows, PLAIN)
    assert errors(drawn, "clinic", 42 / W_CAL + 20 / W_CAL) < 4
    on_dates = draw_supply(time_of(made), rows, replace(PLAIN, bank_holidays=True))
    assert errors(on_dates, "clinic", 42 / W_CAL + 20 / W_CAL) < 4


# ---- the mean is that of gap and of its calendar


@pytest.mark.parametrize("name", ["respiratory", "msk_physiotherapy", "anaesthetics", "golden"])
def test_mean_capacity_is_what_gap_says_the_plans_supply(name: str) -> None:
    made, time = shipped(name)
    drawn = draw_supply(time, made.job_plans, PLAIN)
    expected = supply(time, made.job_plans)
    assert {key: errors(drawn, key, value) for key, value in expected.items() if errors(drawn, key, value) > 4} == {}


def test_each_week_is_what_the_calendar_expects() -> None:
    """Bank holidays on their dates, duty, the cycle: the squared errors of 52 weeks and 13 activities are about 1."""
    made, time = shipped("respiratory")
    drawn = draw_supply(time, made.job_plans, replace(PLAIN, bank_holidays=True))
    expected = calendar(time, made.job_plans)
    squares = []
    for key, sessions in drawn.capacity.items():
        available = expected[expected["activity"] == key]["available"].to_numpy(float)
        error = sessions.std(axis=1, ddof=1) / sessions.shape[1] ** 0.5
        varies = error > 1e-9
        assert sessions.mean(axis=1)[~varies] == pytest.approx(available[~varies])
        squares += list(((sessions.mean(axis=1) - available)[varies] / error[varies]) ** 2)
    assert 0.7 < np.mean(squares) < 1.4


def test_somebody_who_joins_in_september_is_not_there_before() -> None:
    late = person("c1", **{"from": dt.date(2027, 9, 1)})
    made = service(people=(late,), job_plans=(row("c1", "clinic", "Tue AM"),))
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    weeks = np.array(calendar_weeks(made))
    assert not drawn.capacity["clinic"][weeks < dt.date(2027, 8, 31)].any()
    assert drawn.capacity["clinic"][weeks > dt.date(2027, 9, 1)].mean() == pytest.approx(42 / W_CAL, abs=0.02)


# ---- duty


def test_one_member_is_on_duty_in_each_week_and_none_of_them_is_away_then() -> None:
    made = with_ward()
    team = TeamDrawn(time_of(made), PLAIN, made.job_plans)
    turns = team.duty["ward"]
    on = sum(weeks.astype(int) for weeks in turns.values())
    assert on.max() == 1
    assert on.mean() == pytest.approx(52 / W_CAL, abs=0.002)
    for who, weeks in turns.items():
        assert weeks.mean() == pytest.approx(52 / W_CAL / 3, abs=0.01)
        assert not team.people[who].away[weeks].any()


def test_duty_takes_its_sessions_from_the_clinic_and_delivers_its_own() -> None:
    made = with_ward()
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    expected = supply(time_of(made), made.job_plans)
    assert errors(drawn, "clinic", expected["clinic"]) < 4
    assert expected["clinic"] == pytest.approx(6 * (42 - 52 / 3) / W_CAL)
    assert drawn.capacity["round"] == pytest.approx(np.full((52, PLAIN.years), 10 * 52 / W_CAL))


def test_two_at_once_are_two_people() -> None:
    made = with_ward(people_at_once=2)
    turns = TeamDrawn(time_of(made), PLAIN, made.job_plans).duty["ward"]
    assert sum(weeks.astype(int) for weeks in turns.values()).max() == 2
    assert all(weeks.mean() == pytest.approx(2 * 52 / W_CAL / 3, abs=0.01) for weeks in turns.values())


def test_duty_in_weeks_of_the_cycle_stands_there() -> None:
    placed = (DutyWeek(person="c1", week=1), DutyWeek(person="c2", week=2))
    made = with_ward(members=("c1", "c2"), duty_weeks=placed)
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    assert drawn.team.duty["ward"]["c1"][::2].all()
    assert not drawn.team.duty["ward"]["c1"][1::2].any()
    expected = supply(time_of(made), made.job_plans)["clinic"]
    assert drawn.capacity["clinic"].mean() == pytest.approx(expected, rel=0.01)


# ---- leave of a team


def test_no_more_are_on_leave_at_once_than_may_be() -> None:
    made = service(calendar=Calendar(max_simultaneous_leave=1))
    time = time_of(made)
    team = TeamDrawn(time, PLAIN, made.job_plans)
    on_leave = sum((who.leave > 0).astype(int) for who in team.people.values())
    assert on_leave.max() == 1
    assert team.over_the_limit == 0
    free = TeamDrawn(time_of(service()), PLAIN, made.job_plans)
    assert sum((who.leave > 0).astype(int) for who in free.people.values()).max() > 1
    assert errors(draw_supply(time, made.job_plans, PLAIN), "clinic", supply(time, made.job_plans)["clinic"]) < 4


def test_leave_that_fits_in_no_other_way_goes_over_the_limit_and_is_counted() -> None:
    people = tuple(person(f"c{number}", working_weeks=30) for number in range(1, 5))
    made = service(people=people, calendar=Calendar(max_simultaneous_leave=1))
    team = TeamDrawn(time_of(made), PLAIN, made.job_plans)
    assert team.over_the_limit > 0
    assert all(who.leave.sum(axis=0).min() > 20 for who in team.people.values())


def test_leave_in_school_holidays_is_moved_and_not_added() -> None:
    made = service()
    even, moved = (
        TeamDrawn(time_of(made), replace(PLAIN, leave_in_holidays=share), made.job_plans) for share in (None, 0.6)
    )
    holidays = np.array([week in school_holidays(even.year.weeks) for week in even.year.weeks])
    for before, after in zip(even.people.values(), moved.people.values(), strict=True):
        assert (before.leave.sum(axis=0) == after.leave.sum(axis=0)).all()
        assert before.leave[holidays].sum() / before.leave.sum() == pytest.approx(11 / 52, abs=0.02)
        assert after.leave[holidays].sum() / after.leave.sum() == pytest.approx(0.6, abs=0.02)


def test_leave_beyond_what_the_holidays_hold_falls_in_the_other_weeks() -> None:
    made = service(people=(person("c1", working_weeks=35),), job_plans=(row("c1", "clinic", "Tue AM"),))
    time = time_of(made)
    drawn = draw_supply(time, made.job_plans, replace(PLAIN, leave_in_holidays=0.99))
    who = drawn.team.people["c1"]
    holidays = np.array([week in school_holidays(drawn.team.year.weeks) for week in drawn.team.year.weeks])
    assert (who.leave[holidays] == 1).all()
    assert errors(drawn, "clinic", 35 / W_CAL) < 4


@pytest.mark.parametrize("year", range(2024, 2036))
def test_a_plan_year_from_april_has_about_thirteen_weeks_of_school_holidays(year: int) -> None:
    """Easter may fall before the year begins and again before it ends, or twice in it."""
    weeks = calendar_weeks(service(year_starts=dt.date(year, 4, 1)))
    assert 9 <= len(school_holidays(weeks)) <= 15


def test_school_holidays_of_a_known_year() -> None:
    """England 2027/28: Easter Sundays 28 March 2027 and 16 April 2028, both outside but for a week after the first."""
    found = sorted(school_holidays(calendar_weeks(service())))
    assert found == [
        dt.date(2027, 5, 31), *(dt.date(2027, 7, 26) + dt.timedelta(weeks=n) for n in range(6)), dt.date(2027, 10, 25),
        dt.date(2027, 12, 27), dt.date(2028, 1, 3), dt.date(2028, 2, 14),
    ]  # fmt: skip


# ---- cover, cancelled lists, teams


def test_covered_sessions_run_every_week_and_what_falls_to_cover_is_counted() -> None:
    clinics = (activity("clinic", sessions_per_week=4, covered=True),)
    made = service(activities=clinics)
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    assert (drawn.capacity["clinic"] == 6).all()
    assert drawn.cover["clinic"].mean() == pytest.approx(6 * (1 - 42 / W_CAL), rel=0.02)


def test_lists_are_cancelled_at_the_rate_asked_for() -> None:
    clinics = (activity("clinic", sessions_per_week=4, room=("room",)),)
    made = service(activities=clinics)
    drawn = draw_supply(time_of(made), made.job_plans, replace(PLAIN, cancelled=0.1))
    assert errors(drawn, "clinic", 0.9 * 6 * 42 / W_CAL) < 4


def test_which_lists_may_be_cancelled() -> None:
    """Not a round without room and referrals, not what runs whatever happens, not what counts cancellations already."""
    clinics = (
        activity("clinic", contact_minutes=200), activity("round", sessions_per_week=1),
        activity("theatre", room=("room",), tier="rapid", covered=True, sessions_per_week=1),
        activity("list", room=("room",), covered=True, sessions_per_week=1), activity("counted", contact_minutes=200),
        activity("meeting", room=("room",), team="all", sessions_per_week=1),
    )  # fmt: skip
    each = {"kind": "routine", "contact_minutes": 30, "name": "stream"}
    streams = (
        Stream.model_validate({"stream": "s", "activity": "clinic", **each}),
        Stream.model_validate({"stream": "h", "activity": "counted", "hospital_rate": 0.1, **each}),
    )
    made = service(activities=clinics, streams=streams)
    assert cancelled_lists(time_of(made)) == {"clinic", "list"}


def test_a_joint_team_needs_everyone_and_takes_leave_together() -> None:
    """A surgeon and an anaesthetist: without sickness as many lists as the less present of them is there."""
    team = (TeamMember(group="consultant", count=1), TeamMember(group="sas", count=1))
    joint = activity("list", sessions_per_week=2, team=team)
    people = (person("c1"), person("s1", staff_group="sas", working_weeks=40))
    rows = tuple(row(who, "list", "Mon AM") for who in ("c1", "s1"))
    made = service(activities=(joint,), people=people, job_plans=rows)
    time = time_of(made)
    drawn = draw_supply(time, rows, replace(PLAIN, sickness=0.0))
    assert errors(drawn, "list", 40 / W_CAL) < 4
    assert supply(time, rows)["list"] == pytest.approx(40 / W_CAL)
    apart = draw_supply(time, rows, replace(PLAIN, sickness=0.05))
    assert drawn.capacity["list"].mean() - 0.06 < apart.capacity["list"].mean() < drawn.capacity["list"].mean()
    assert float(without(drawn, "s1")["list"].mean()) == pytest.approx(-drawn.capacity["list"].mean())


def test_a_meeting_of_the_whole_team_runs_but_on_a_bank_holiday() -> None:
    made = service(activities=(activity("clinic", sessions_per_week=1, team="all"),))
    drawn = draw_supply(time_of(made), made.job_plans, replace(PLAIN, bank_holidays=True))
    monday = drawn.team.year.closed("Mon")
    assert (drawn.capacity["clinic"][monday == 1] <= 1).all()
    assert (drawn.capacity["clinic"][(monday == 0) & (drawn.team.year.closed("Tue") == 0)] == 2).all()


# ---- without somebody


def test_without_the_only_person_nothing_is_left() -> None:
    made = service(people=(person("c1"),), job_plans=(row("c1", "clinic", "Mon AM"),))
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    assert drawn.capacity["clinic"] + without(drawn, "c1")["clinic"] == pytest.approx(np.zeros((52, PLAIN.years)))


def test_colleagues_take_the_duty_of_somebody_away_and_lose_clinics_to_it() -> None:
    """c1 has two clinics in (42 - 17.33) weeks; c2 or c3 loses two in those of c1's duty weeks they are there."""
    made = with_ward()
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    change = without(drawn, "c1")
    assert set(change) == {"clinic"}
    own = 2 * (42 - 52 / 3) / W_CAL
    there = (42 - 52 / 3) / (W_CAL - 52 / 3)  # in a week that is not a duty week of their own
    assert change["clinic"].mean() == pytest.approx(-own - 2 * 52 / 3 / W_CAL * there, rel=0.03)


def test_duty_that_is_not_covered_prospectively_is_lost_with_its_member() -> None:
    made = with_ward(prospective=False)
    drawn = draw_supply(time_of(made), made.job_plans, PLAIN)
    assert without(drawn, "c1")["round"].mean() == pytest.approx(-10 * 42 / 3 / W_CAL)


def test_an_absence_is_so_many_weeks_in_a_row() -> None:
    away = away_weeks(StressSettings(years=50, absence_weeks=8))
    assert (away.sum(axis=0) == 8).all()
    assert (np.abs(np.diff(away.astype(int), axis=0)).sum(axis=0) <= 2).all()


# ---- the same again


def test_the_same_seed_gives_the_same_weeks_and_another_does_not() -> None:
    made = with_ward()
    one, same, other = (
        draw_supply(time_of(made), made.job_plans, replace(PLAIN, seed=seed)).capacity["clinic"] for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_who_is_away_does_not_depend_on_what_others_do() -> None:
    """Common random numbers: a fourth person changes nobody else's leave and sickness."""
    three = TeamDrawn(time_of(service()), PLAIN, ())
    four = service(people=tuple(person(f"c{number}") for number in (1, 2, 3, 4)))
    more = TeamDrawn(time_of(four), PLAIN, ())
    assert all((three.people[who].away == more.people[who].away).all() for who in three.people)
