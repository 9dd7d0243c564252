"""The checker's own arithmetic against figures worked by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from capacity.check.facts import Facts
from capacity.check.timetable import Timetable
from capacity.demand.result import Demand
from capacity.service.model import Delivery, Rota, RotaShare, Service, Slots, SpreadPart, Stream
from capacity.supply.job_time import JobTime
from tests.check.clinic import PLAN_ROWS, demand, row, service


def facts(made: Service | None = None, sized: Demand | None = None) -> Facts:
    return Facts(made or service(), sized or demand())


def with_activity(name: str, **new: Any) -> Service:
    made = service()
    return made.model_copy(
        update={"activities": tuple(a.model_copy(update=new) if a.activity == name else a for a in made.activities)}
    )


def with_person(name: str, **new: Any) -> Service:
    made = service()
    return made.model_copy(
        update={"people": tuple(p.model_copy(update=new) if p.person == name else p for p in made.people)}
    )


def test_a_session_in_a_shorter_half_day_is_charged_and_yields_pro_rata() -> None:
    made = with_activity("clinic", session_minutes=240, admin_minutes=40)
    made = made.model_copy(update={"slots": Slots(premium=("Sat AM",), minutes={"Tue AM": 210})})
    session = facts(made).session("ana", "clinic", "Tue AM")
    assert (session.timed, session.fraction, session.charge, session.clock) == (210, 0.875, 245, 245)


def test_premium_time_is_charged_at_four_thirds_and_its_admin_is_not() -> None:
    made = with_activity("saturday", admin_minutes=40)
    session = facts(made).session("ben", "saturday", "Sat AM")
    assert (session.charge, session.clock) == pytest.approx((360, 280))


def test_premium_costs_an_hours_contract_nothing() -> None:
    session = facts().session("cat", "saturday", "Sat AM")
    assert session.charge == session.clock == 225


def test_admin_is_given_or_derived_or_the_policys_for_clinical_sessions() -> None:
    blank = with_activity("clinic", admin_minutes=None)
    assert facts(blank).session_admin("ana", "clinic") == 40
    assert facts(blank).session_admin("cat", "clinic") == 0
    sized = demand()
    derived = replace(sized.activities["clinic"], session_admin_minutes=23.5)
    sized = replace(sized, activities={**sized.activities, "clinic": derived})
    assert facts(blank, sized).session_admin("cat", "clinic") == 23.5
    assert facts(with_activity("clinic", admin_minutes=10), sized).session_admin("cat", "clinic") == 10
    assert facts(with_activity("clinic", admin_minutes=None, category="SPA")).session_admin("ana", "clinic") == 0


@pytest.mark.parametrize(
    ("person", "admin", "derived", "charged"),
    [("ana", None, None, 52), ("ana", 10, None, 22), ("cat", None, 23.5, 35.5)],
)
def test_travel_and_triage_are_charged_on_top_of_whatever_gives_the_admin(
    person: str, admin: float | None, derived: float | None, charged: float
) -> None:
    """12 minutes a session: on top of the policy's 40, of the activity's 10, of 23.5 derived per attendance."""
    sized = demand()
    clinic = replace(sized.activities["clinic"], session_admin_minutes=derived, session_extra_minutes=12.0)
    sized = replace(sized, activities={**sized.activities, "clinic": clinic})
    made = with_activity("clinic", admin_minutes=admin)
    assert facts(made, sized).session_admin(person, "clinic") == charged
    assert JobTime(made, sized).session_admin(person, "clinic") == charged


def test_weeks_present_are_derived_where_the_policy_gives_none() -> None:
    """(52.18 - 5.8 - 1.6 - 0.6) x 0.96 for Agenda for Change; 42 by the consultants' policy."""
    assert facts(with_person("cat", working_weeks=None)).weeks_present("cat") == pytest.approx(42.4128)
    assert facts(with_person("ana", working_weeks=None)).weeks_present("ana") == 42


def rota(**new: Any) -> Rota:
    return Rota(**{"rota": "ward", "name": "Ward", "kind": "hot_week", "members": ("ana", "ben", "eve"), **new})


def with_rota(**new: Any) -> Facts:
    return facts(service(rotas=(rota(pa_per_duty_week=10, **new),)))


def test_duty_weeks_are_shared_displace_and_deliver() -> None:
    """51 weeks by three: 17 each; the vacant post's 17 deliver nothing. 42 - 17 = 25 weeks are left."""
    ward = with_rota(weeks_covered=51, keeps=("mdt",), delivers=(Delivery(activity="list", sessions=5),))
    assert ward.duty_weeks("ana", ward.service.rotas[0]) == 17
    assert ward.weeks_at("ana", "clinic") == ward.charged_weeks("ana", "clinic") == 25
    assert ward.weeks_at("ana", "mdt") == 42
    assert ward.weeks_at("cat", "clinic") == 42
    assert (ward.charged_weeks("ana", "urgent"), ward.presence("ana", "urgent")) == (52.18, 1.0)
    assert ward.presence("ana", "clinic") == pytest.approx(25 / 52.18)
    assert ward.duty_minutes("ana") == 17 * 10 * 240
    assert ward.rota_delivery("list") == pytest.approx(5 * 34 / 52.18)


def test_duty_by_named_shares_and_without_cover() -> None:
    named = with_rota(
        weeks_covered=40, share=(RotaShare(person="ana", share=0.75), RotaShare(person="ben", share=0.25))
    )
    assert named.duty_weeks("ana", named.service.rotas[0]) == 30
    present = with_rota(prospective=False, people_at_once=2)
    assert present.duty_weeks("ana", present.service.rotas[0]) == pytest.approx(2 * 42 / 3)
    on_call = facts(service(rotas=(rota(pa_per_duty_week=1, kind="on_call"),)))
    assert on_call.weeks_at("ana", "clinic") == 42


def test_core_spa_by_band_share_and_as_given() -> None:
    made = facts()
    assert [made.core_spa(name) for name in ("ana", "ben", "cat")] == [360, 240, 120]
    assert facts(with_person("cat", core_spa_hours=3)).core_spa("cat") == 180


def test_days_by_default_are_those_worked_or_those_the_contract_fills_at_most_five() -> None:
    assert facts(with_person("ana", max_days=None)).most_days("ana") == 4  # Mon, Tue, Wed, Fri in force; 3 would do
    assert facts(with_person("cat", max_days=None)).most_days("cat") == 3  # 20 hours at 7.5 a day; 2 in force
    assert facts(with_person("cat", max_days=None, contract_hours=45)).most_days("cat") == 5


def test_spread_divides_the_requirement() -> None:
    def parts(**new: Any) -> dict[tuple[str, ...], float]:
        made = facts(with_activity("clinic", **new))
        return {tuple(sorted(slots or ())): share for slots, share in made.parts("clinic")}

    slots = ("Mon AM", "Mon PM", "Tue AM")
    assert parts(slots=slots) == {(): 1}
    assert parts(slots=slots, spread="each_day") == {("Mon AM", "Mon PM"): 0.5, ("Tue AM",): 0.5}
    assert parts(slots=slots, spread="each_half_day") == {(slot,): pytest.approx(1 / 3) for slot in slots}
    named = (SpreadPart(slot="Mon AM", sessions=2), SpreadPart(slot="Tue AM", sessions=1))
    assert parts(slots=slots, spread=named) == {("Mon AM",): pytest.approx(2 / 3), ("Tue AM",): pytest.approx(1 / 3)}


def test_a_daily_promise_is_spread_over_the_days() -> None:
    stream = Stream(stream="s", name="s", activity="urgent", kind="rapid", period="day", contact_minutes=30)
    made = facts(service(streams=(stream,)))
    assert len(list(made.parts("urgent"))) == 2


def test_surplus_on_one_day_does_not_fill_another() -> None:
    """urgent, 1.5 a week over two days: Mon PM has 1 of 0.75, Wed PM none: 0.75 short."""
    made = facts(with_activity("urgent", spread="each_day"))
    assert Timetable(made, PLAN_ROWS).shortfall("urgent", 1.5) == pytest.approx(0.75)


def test_a_joint_session_delivers_once_a_week_whoever_is_away() -> None:
    rows = (
        row("ana", "mdt", "Wed AM", weeks=(1,)),
        row("ben", "mdt", "Wed AM"),
        row("cat", "mdt", "Thu AM", weeks=(2,)),
    )
    assert Timetable(facts(), rows).delivered("mdt") == 1.5


def test_reserved_time_takes_what_is_left_of_its_half_day() -> None:
    """Two hours beside a two-hour MDT in week 1, the whole half-day in week 2: 180 minutes a week."""
    table = Timetable(facts(), (row("ana", "mdt", "Wed AM", weeks=(1,)), row("ana", "spa", "Wed AM")))
    assert table.weekly_of("ana", "spa") == 180


def test_admin_cover_and_on_call_only_place_time() -> None:
    rows = tuple(row("ana", what, "Fri PM") for what in ("admin", "cover", "on_call"))
    assert Timetable(facts(), rows).year("ana").charge == 0


def test_annualised_rows() -> None:
    """42 reviews a year of 225 minutes; 60 minutes a week of reviews are 60/225 of a session in each week there."""
    made = facts()
    by_year, by_week = row("cat", "review", "-", per_year=42), row("cat", "review", "-", minutes=60)
    assert made.loose_charge(by_year) == 42 * 225
    assert made.loose_delivery(by_year) == pytest.approx(42 / 52.18)
    assert made.loose_charge(by_week) == 60 * 42
    assert made.loose_delivery(by_week) == pytest.approx(60 / 225 * 42 / 52.18)
