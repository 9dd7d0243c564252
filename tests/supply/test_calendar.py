"""The calendar of the year by hand, and against a simulation of every person and week."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from capacity.service.model import Calendar, Delivery, Rota, Skill
from capacity.supply.calendar import TOTAL, calendar, calendar_weeks, failing_weeks, leave_by_month
from capacity.supply.job_time import JobTime
from capacity.supply.sessions import sessions_by_person
from tests.supply.team import W_CAL, activity, person, row, service, time_of

MAY_DAY = dt.date(2027, 5, 3)
CHRISTMAS = dt.date(2027, 12, 27)
NOT_AWAY_MON = 38.6 / (W_CAL - 5)  # 42 + 1.6 - 5 weeks of the 47.18 Mondays that are not bank holidays
NOT_AWAY_TUE = 42.6 / (W_CAL - 1)


def week(time: JobTime, date: dt.date, activity: str = "clinic", **settings: object) -> dict[str, object]:
    frame = calendar(time, time.service.job_plans, **settings)  # type: ignore[arg-type]
    found = frame[(frame["week_starting"] == date) & (frame["activity"] == activity)]
    assert len(found) == 1
    return dict(found.iloc[0])


def test_weeks_run_from_the_first_monday_of_the_year() -> None:
    weeks = calendar_weeks(service())
    assert (weeks[0], weeks[-1], len(weeks)) == (dt.date(2027, 4, 5), dt.date(2028, 3, 27), 52)
    assert calendar_weeks(service(year_starts=dt.date(2024, 4, 1)))[0] == dt.date(2024, 4, 1)


def test_an_ordinary_week_by_hand() -> None:
    found = week(time_of(service()), dt.date(2027, 4, 5))
    assert found["available"] == pytest.approx(3 * (NOT_AWAY_MON + NOT_AWAY_TUE))
    assert found["required"] == 4
    assert not found["fails"]
    assert found["bank_holidays"] == ""
    mean = (NOT_AWAY_MON + NOT_AWAY_TUE) / 2
    assert found["available_sd"] == pytest.approx((3 * 2**2 * mean * (1 - mean)) ** 0.5)


def test_a_bank_holiday_takes_the_sessions_of_its_day() -> None:
    time = time_of(service())
    may, christmas = week(time, MAY_DAY), week(time, CHRISTMAS)
    assert may["available"] == pytest.approx(3 * NOT_AWAY_TUE)
    assert (may["bank_holidays"], may["fails"]) == ("Mon", True)
    assert (christmas["available"], christmas["bank_holidays"]) == (0, "Mon;Tue;Sat")


def test_covered_sessions_duty_and_annualised_lists_run_all_year() -> None:
    rota = Rota(
        rota="take", name="Take", kind="on_call", members=("c1", "c2", "c3"), weeks_covered=52, pa_per_duty_week=1,
        delivers=(Delivery(activity="ward", sessions=5),),
    )  # fmt: skip
    made = service(
        activities=(activity("clinic", covered=True), activity("ward"), activity("list")),
        job_plans=(row("c1", "clinic", "Mon AM"), row("c2", "list", "-", per_year=26)),
        rotas=(rota,),
    )
    time = time_of(made)
    for date in (dt.date(2027, 4, 5), CHRISTMAS):
        assert week(time, date)["available"] == 1
        assert week(time, date)["available_sd"] == 0
        assert week(time, date, "ward")["available"] == pytest.approx(5 * 52 / W_CAL)
        assert week(time, date, "list")["available"] == pytest.approx(26 / W_CAL)


def test_a_whole_team_meets_whoever_is_away_but_not_on_a_bank_holiday() -> None:
    made = service(
        activities=(activity("mdt", team="all", sessions_per_week=1),),
        job_plans=tuple(row(who, "mdt", "Mon AM") for who in ("c1", "c2")),
    )
    time = time_of(made)
    assert week(time, dt.date(2027, 4, 5), "mdt")["available"] == 1
    assert week(time, MAY_DAY, "mdt")["available"] == 0


def test_duty_that_displaces_takes_its_share_of_every_week() -> None:
    rota = Rota(rota="take", name="Take", kind="hot_week", members=("c1", "c2", "c3"), pa_per_duty_week=10)
    found = week(time_of(service(rotas=(rota,))), dt.date(2027, 4, 5))
    duty = 52 / 3 / W_CAL
    assert found["available"] == pytest.approx(3 * (NOT_AWAY_MON + NOT_AWAY_TUE - 2 * duty))


def test_a_joiner_counts_from_their_first_day() -> None:
    people = (person("c1", **{"from": dt.date(2027, 6, 8)}), person("c2"), person("c3"))  # a Tuesday
    time = time_of(service(people=people))
    assert week(time, dt.date(2027, 5, 24))["available"] == pytest.approx(2 * (NOT_AWAY_MON + NOT_AWAY_TUE))
    assert week(time, dt.date(2027, 6, 7))["available"] == pytest.approx(2 * NOT_AWAY_MON + 3 * NOT_AWAY_TUE)
    assert week(time, dt.date(2027, 6, 14))["available"] == pytest.approx(3 * (NOT_AWAY_MON + NOT_AWAY_TUE))


def test_weeks_of_the_cycle_follow_each_other() -> None:
    made = service(job_plans=(row("c1", "clinic", "Wed AM", weeks=(2,)),))
    time = time_of(made)
    assert week(time, dt.date(2027, 4, 5))["available"] == 0
    assert week(time, dt.date(2027, 4, 12))["available"] == pytest.approx(43.6 / W_CAL)
    assert week(time, dt.date(2027, 4, 5), first_cycle_week=2)["available"] == pytest.approx(43.6 / W_CAL)


def test_a_season_moves_what_demand_asks_and_not_fixed_sessions() -> None:
    winter = dt.date(2028, 1, 10)
    found = week(time_of(service()), winter, seasonal={"clinic": {winter: 1.5}})
    assert found["required"] == 4  # all of it fixed


def test_leave_in_the_holidays_moves_weeks_and_not_the_year() -> None:
    time = time_of(service())
    even = calendar(time, time.service.job_plans)
    august = calendar(time, time.service.job_plans, leave=leave_by_month(time.service, {8: 2.0}))
    clinic = [frame[frame["activity"] == "clinic"].set_index("week_starting")["available"] for frame in (even, august)]
    assert clinic[1][dt.date(2027, 8, 9)] < clinic[0][dt.date(2027, 8, 9)]
    assert clinic[1][dt.date(2027, 6, 7)] > clinic[0][dt.date(2027, 6, 7)]
    assert clinic[1].sum() == pytest.approx(clinic[0].sum(), abs=0.3)  # bank holidays fall where leave differs


@pytest.mark.parametrize(
    ("leave", "said"),
    [({MAY_DAY: 1e9}, "the leave of c1 in the week of 2027-05-03 is 9"), ({MAY_DAY: -1.0}, "0 or more")],
)
def test_leave_that_cannot_be_is_refused(leave: dict[dt.date, float], said: str) -> None:
    time = time_of(service())
    with pytest.raises(ValueError, match=said):
        calendar(time, time.service.job_plans, leave=leave)


def test_a_year_of_weeks_adds_up_to_the_sessions_of_the_year() -> None:
    time = time_of(service())
    made = sessions_by_person(time, time.service.job_plans)
    frame = calendar(time, time.service.job_plans)
    total = frame.loc[frame["activity"] == TOTAL, "available"].sum()
    assert made["this_year"].sum() == pytest.approx(3 * (38.6 + 42.6))
    # 52 whole weeks hold 47 of 47.18 open Mondays and 51 of 51.18 open Tuesdays
    assert total == pytest.approx(3 * (38.6 * 47 / 47.18 + 42.6 * 51 / 51.18))
    assert made["sessions_a_year"].sum() == pytest.approx(3 * 2 * 42)


def test_mean_and_spread_are_those_of_a_simulation() -> None:
    """Two thousand years, each person present or away for a week; each number within four standard errors."""
    made = service(
        calendar=Calendar(bank_holidays="none"),
        job_plans=(
            row("c1", "clinic", "Wed AM"),
            row("c1", "clinic", "Thu AM", weeks=(1,)),
            row("c2", "clinic", "Fri AM", weeks=(1,)),
            row("c3", "clinic", "Fri AM", weeks=(2,)),
        ),
        skills=(Skill(person="c2", activity="clinic", output=0.5),),
    )
    time = time_of(made)
    there = np.random.default_rng(1).random((100_000, 3)) < 43.6 / W_CAL
    for number, gives in enumerate(((2, 0.5, 0), (1, 0, 1))):
        drawn = there @ np.array(gives)
        found = week(time, dt.date(2027, 4, 5) + dt.timedelta(weeks=number))
        error = drawn.std() / np.sqrt(drawn.size)
        assert found["available"] == pytest.approx(drawn.mean(), abs=4 * error)
        assert found["available_sd"] == pytest.approx(drawn.std(), rel=0.01)


def test_the_total_counts_a_person_once() -> None:
    """Somebody away is away from both activities: variances of activities do not add up."""
    made = service(
        activities=(activity("clinic"), activity("list")),
        job_plans=(row("c1", "clinic", "Wed AM"), row("c1", "list", "Thu AM")),
    )
    time = time_of(made)
    one, total = (week(time, dt.date(2027, 4, 5), name)["available_sd"] for name in ("clinic", TOTAL))
    assert total == pytest.approx(2 * one)  # type: ignore[operator]


def test_failing_weeks_are_said() -> None:
    time = time_of(service())
    said = failing_weeks(calendar(time, time.service.job_plans))
    assert said[0] == (
        "clinic: short in 5 of 52 weeks: 5 with a bank holiday (3 May, 31 May, 30 Aug, 27 Dec and 3 Jan); the worst is"
        " 27 Dec, 0.0 of 4.0 sessions."
    )


def test_weeks_of_the_cycle_that_fail_are_said() -> None:
    made = service(
        calendar=Calendar(bank_holidays="none"),
        activities=(activity("clinic", sessions_per_week=1),),
        job_plans=tuple(row(who, "clinic", "Wed AM", weeks=(1,)) for who in ("c1", "c2")),
    )
    time = time_of(made)
    said = failing_weeks(calendar(time, made.job_plans))
    assert said[0].startswith("clinic: short in 26 of 52 weeks: week 2 of the cycle; the worst is 12 Apr, 0.0 of 1.0")


def test_weeks_that_all_fail_are_said_in_one() -> None:
    made = service(calendar=Calendar(bank_holidays="none"), activities=(activity("clinic", sessions_per_week=9),))
    time = time_of(made)
    said = failing_weeks(calendar(time, made.job_plans))
    assert said[0].startswith("clinic: short in every one of 52 weeks, by 4.0 sessions; the worst is 5 Apr, 5.0 of 9.0")


def test_nothing_is_said_where_nothing_fails() -> None:
    made = service(calendar=Calendar(bank_holidays="none"), activities=(activity("clinic", sessions_per_week=1),))
    time = time_of(made)
    assert failing_weeks(calendar(time, made.job_plans)) == ()
