"""The arithmetic of charged and delivered weeks, each figure worked by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from capacity.demand.analyse import analyse
from capacity.service.model import Activity, Delivery, Person, Rota, Service, Skill, Slots
from capacity.service.policy import load_policy
from capacity.supply.job_time import JobTime


def service_of_eight() -> Service:
    """Eight consultants of 10 PA share a hot week of 12 PA, one week in eight; 42 weeks present each."""
    members = tuple(f"c{number}" for number in range(1, 9))
    return Service(
        id="eight",
        name="Eight",
        year_starts=dt.date(2027, 4, 1),
        cycle_weeks=1,
        policy="england-consultant-2003",
        slots=Slots(premium=("Sat AM",), minutes={"Wed AM": 210}),
        activities=(
            Activity(activity="clinic", name="Clinic", category="DCC", session_minutes=240, admin_minutes=40),
            Activity(activity="mdt", name="MDT", category="DCC", session_minutes=60, admin_minutes=0),
            Activity(activity="ward", name="Ward", category="DCC", admin_minutes=0, covered=True, sessions_per_week=9),
        ),
        people=tuple(
            Person(person=who, name=f"Consultant {who}", staff_group="consultant", contract_pa=10, working_weeks=42)
            for who in members
        ),
        skills=tuple(Skill(person=who, activity=what) for who in members for what in ("clinic", "mdt", "ward")),
        rotas=(
            Rota(
                rota="take",
                name="Take",
                kind="hot_week",
                members=members,
                pa_per_duty_week=12,
                keeps=("mdt",),
                delivers=(Delivery(activity="ward", sessions=10),),
            ),
        ),
        policy_tables={"england-consultant-2003": load_policy("england-consultant-2003")},
    )


@pytest.fixture
def time() -> JobTime:
    service = service_of_eight()
    return JobTime(service, analyse(service))


def test_duty_is_shared_equally(time: JobTime) -> None:
    assert time.duty_weeks("c1") == pytest.approx(52 / 8)  # 6.5
    assert time.duty_minutes("c1") == pytest.approx(6.5 * 12 * 240)


def test_displaced_sessions_are_charged_the_weeks_they_run(time: JobTime) -> None:
    assert time.charged_weeks("c1", "clinic") == pytest.approx(35.5)  # 42 - 6.5
    assert time.delivered_share("c1", "clinic") == pytest.approx(35.5 / 52.18)


def test_sessions_kept_in_duty_weeks_run_every_week_present(time: JobTime) -> None:
    assert time.charged_weeks("c1", "mdt") == 42
    assert time.delivered_share("c1", "mdt") == pytest.approx(42 / 52.18)


def test_covered_sessions_run_all_year_and_are_charged_all_year(time: JobTime) -> None:
    assert time.charged_weeks("c1", "ward") == 52.18
    assert time.delivered_share("c1", "ward") == 1


def test_a_normal_week_of_the_published_check_is_9_63_pa(time: JobTime) -> None:
    left = time.contract_year_minutes("c1") - time.duty_minutes("c1")  # (42 x 10 - 6.5 x 12) PA of 240 minutes
    assert left / time.charged_weeks("c1", "clinic") / 240 == pytest.approx(9.634, abs=0.0005)


def test_premium_time_charges_four_thirds_and_admin_once(time: JobTime) -> None:
    session = time.session("c1", "clinic", "Sat AM")
    assert session.charge == pytest.approx(240 * 4 / 3 + 40)
    assert session.clock == 280


def test_a_shorter_half_day_charges_and_yields_pro_rata(time: JobTime) -> None:
    session = time.session("c1", "clinic", "Wed AM")
    assert (session.timed, session.share, session.admin) == (210, 0.875, 35)


def test_duty_weeks_deliver(time: JobTime) -> None:
    assert time.rota_delivers("ward") == pytest.approx(52 * 10 / 52.18)


def test_weeks_present_show_their_arithmetic() -> None:
    service = service_of_eight()
    people = tuple(person.model_copy(update={"working_weeks": None}) for person in service.people)
    time = JobTime(service.model_copy(update={"people": people}), analyse(service))
    assert time.weeks_present("c1") == 42
    assert "6 annual leave" in time.weeks_in_words("c1")
    assert "42.18" in time.weeks_in_words("c1")  # 52.18 - 6 - 0.4 - 1.6 - 2
