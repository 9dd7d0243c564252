"""Clinic templates: sessions against a linear program, ring-fencing worked by hand, expected output, faults."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from capacity.demand.analyse import analyse
from capacity.demand.result import ActivityDemand, Demand
from capacity.demand.templates import Layout, sessions_needed
from capacity.service.model import DemandRow, Service, Stream, Template
from tests.demand.builders import X26, activity, rules, service, stream, weekly_rows


def template(stream: str, slots: float, **columns: Any) -> Template:
    return Template(activity="clinic", stream=stream, slots=slots, **columns)


def model(streams: list[Stream], rows: list[DemandRow], *templates: Template, **of_activity: Any) -> Service:
    made = service(streams, rows, [activity(**of_activity)])
    return made.model_copy(update={"templates": templates})


def clinic(demand: Demand) -> ActivityDemand:
    return demand.activities["clinic"]


# ---- sessions whose slots hold the demand


def by_linear_program(minutes: dict[str, float], session: Layout) -> float | None:
    """Fewest sessions by an allocation of minutes to own and open time: variables sessions, own and open of each."""
    names = list(minutes)
    count = len(names)
    upper, equal, right = [], [], []
    for position, name in enumerate(names):
        own = [0.0] * (1 + 2 * count)
        own[0], own[1 + position] = -session.ring_fenced.get(name, 0.0), 1.0
        upper.append(own)
        all_of_it = [0.0] * (1 + 2 * count)
        all_of_it[1 + position] = all_of_it[1 + count + position] = 1.0
        equal.append(all_of_it)
        right.append(minutes[name])
    upper.append([-session.open, *[0.0] * count, *[1.0] * count])
    answer = linprog([1.0] + [0.0] * (2 * count), upper, [0.0] * (count + 1), equal, right)
    return float(answer.fun) if answer.success else None


minute = st.one_of(st.just(0.0), st.floats(1, 2000))


@given(st.lists(st.tuples(minute, minute), min_size=1, max_size=5), minute)
def test_sessions_are_the_fewest_there_can_be(streams: list[tuple[float, float]], free: float) -> None:
    minutes = {f"s{number}": need for number, (need, _) in enumerate(streams)}
    session = Layout({f"s{number}": own for number, (_, own) in enumerate(streams) if own}, free)
    expected = by_linear_program(minutes, session)
    found = sessions_needed(minutes, session)
    if expected is None:
        assert found is None
    else:
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(st.floats(1, 500), st.floats(1, 120)), min_size=1, max_size=5), st.floats(0, 120), st.data())
def test_opening_slots_never_takes_more_sessions(
    streams: list[tuple[float, float]], free: float, data: st.DataObject
) -> None:
    minutes = {f"s{number}": need for number, (need, _) in enumerate(streams)}
    own = {f"s{number}": held for number, (_, held) in enumerate(streams)}
    fenced = sessions_needed(minutes, Layout(own, free))
    opened = data.draw(st.sampled_from(sorted(own)))
    rest = {name: held for name, held in own.items() if name != opened}
    freer = sessions_needed(minutes, Layout(rest, free + own[opened]))
    assert fenced is not None and freer is not None
    assert freer <= fenced * (1 + 1e-9)


def test_nothing_asked_needs_no_session() -> None:
    assert sessions_needed({"a": 0.0}, Layout({}, 0.0)) == 0
    assert sessions_needed({"a": 1.0}, Layout({"b": 60.0}, 0.0)) is None


# ---- pooled and ring-fenced

NEW_AND_REVIEW = [stream("new", contact_minutes=40), stream("fu", contact_minutes=20)]
ROWS = weekly_rows("new", [12] * 13) + weekly_rows("fu", [18] * 13)


def test_ring_fenced_slots_worked_by_hand() -> None:
    """A session of 3 new (40) and 6 review (20): 12 new need 4 sessions, 18 reviews 3; 840 minutes fill 3.5."""
    rows = (template("new", 3, ring_fenced=True), template("fu", 6, ring_fenced=True))
    demand = analyse(model(NEW_AND_REVIEW, ROWS, *rows, sessions_per_week=1))
    found = clinic(demand).template
    assert found is not None
    assert (found.pooled, found.ring_fenced, found.ring_fencing_cost) == pytest.approx((3.5, 4, 0.5))
    assert clinic(demand).required == clinic(demand).required_mean == pytest.approx(5)
    assert clinic(demand).required_by_minutes == pytest.approx(4.5)
    assert "costs 0.50 sessions a week" in next(f.message for f in demand.findings if f.rule == "ring_fencing")


def test_what_a_ring_fenced_stream_leaves_is_lost_and_open_slots_take_what_spills_over() -> None:
    """Reviews ring-fenced at 6 a session: new have 120 open minutes a session, so 480 / 120 = 4 sessions. The other
    way round 3.5 sessions do: of 480 minutes of new 60 spill over into the open time that reviews leave.
    """
    reviews = analyse(model(NEW_AND_REVIEW, ROWS, template("new", 3), template("fu", 6, ring_fenced=True)))
    assert clinic(reviews).required == pytest.approx(4)
    new = analyse(model(NEW_AND_REVIEW, ROWS, template("new", 3, ring_fenced=True), template("fu", 6)))
    assert clinic(new).required == pytest.approx(3.5)


def test_a_template_that_fills_the_session_changes_nothing_without_ring_fences() -> None:
    plain = analyse(model(NEW_AND_REVIEW, ROWS))
    demand = analyse(model(NEW_AND_REVIEW, ROWS, template("new", 3), template("fu", 6)))
    assert clinic(demand).required == pytest.approx(clinic(plain).required)
    assert rules(demand.findings) == rules(plain.findings)
    assert clinic(plain).template is None


def test_a_stream_without_a_row_uses_what_is_left_of_the_session() -> None:
    """2 new slots ring-fenced take 80 of 240 minutes; 160 are for reviews, 360 / 160 = 2.25; new need 6 sessions."""
    demand = analyse(model(NEW_AND_REVIEW, ROWS, template("new", 2, ring_fenced=True)))
    assert clinic(demand).required == pytest.approx((480 + 360) / 240)
    few = analyse(model(NEW_AND_REVIEW, weekly_rows("new", [1] * 13) + ROWS[13:], template("new", 2, ring_fenced=True)))
    assert clinic(few).required == pytest.approx(2.25)


def test_ring_fenced_rapid_streams_lose_what_pooling_saves() -> None:
    """Streams that peak in turn: pooled the centile is 20, ring-fenced each needs its own 18."""
    streams = [stream("a", kind="rapid"), stream("b", kind="rapid")]
    rows = weekly_rows("a", [2, 18] * 10) + weekly_rows("b", [18, 2] * 10)
    fences = [template(name, 4, ring_fenced=True) for name in ("a", "b")]
    demand = analyse(model(streams, rows, *fences))
    found = clinic(demand).template
    assert found is not None
    assert (found.pooled, found.ring_fenced) == pytest.approx((20 / 8, 18 / 4))
    assert (found.pooled_mean, found.ring_fenced_mean) == pytest.approx((20 / 8, 10 / 4))
    assert clinic(demand).pooling_saving == pytest.approx(2)


# ---- output


def test_expected_output_in_patients_cases_and_points() -> None:
    """5 slots, DNA 10 % (a slot sees .9), 5 % of slots empty: 4.275 seen; a colonoscopy is 2 points."""
    streams = [
        stream("scope", contact_minutes=30, dna_rate=0.1, unbooked_rate=0.05),
        stream("gastro", contact_minutes=15, dna_rate=0.1, overbooking_rate=0.1),
        stream("joint", contact_minutes=30, staff_per_contact=2),
    ]
    rows = weekly_rows("scope", X26) + weekly_rows("gastro", X26) + weekly_rows("joint", X26)
    templates = (
        template("scope", 5, unit="points", units_per_attendance=2),
        template("gastro", 4),
        template("joint", 1, unit="cases", ring_fenced=True),
    )
    demand = analyse(model(streams, rows, *templates))
    frame = demand.templates
    assert frame is not None
    assert frame.attendances.tolist() == pytest.approx([5 * 0.9 * 0.95, 4 * 0.9 * 1.1, 0.5])
    assert frame.units.tolist() == pytest.approx([2 * 5 * 0.9 * 0.95, 4 * 0.9 * 1.1, 0.5])
    assert frame.unit.tolist() == ["points", "patients", "cases"]
    assert frame.ring_fenced.tolist() == [False, False, True]
    published = demand.to_json()["activities"]["clinic"]["template"]
    assert published["outputs"][0]["units"] == pytest.approx(8.55)
    assert (published["minutes_used"], published["fits"]) == pytest.approx((240, 1))


def test_groups_count_every_patient_of_a_slot() -> None:
    demand = analyse(model([stream("class", patients_per_slot=8, dna_rate=0.25, contact_minutes=60)],
                           weekly_rows("class", X26), template("class", 4)))  # fmt: skip
    assert demand.templates is not None
    assert demand.templates.attendances.tolist() == pytest.approx([24])


# ---- faults


def test_an_overfull_template_is_cut_down_and_said() -> None:
    """10 slots of 30 minutes in 240: cut to 8, so that 16 a week still take 2 sessions."""
    demand = analyse(model([stream("lung")], weekly_rows("lung", [16] * 13), template("lung", 10)))
    assert clinic(demand).required == pytest.approx(2)
    found = next(f for f in demand.findings if f.rule == "template_overfull")
    assert (found.found, found.allowed) == ("300 minutes", "240 minutes")


def test_minutes_in_no_slot_see_nobody() -> None:
    demand = analyse(model([stream("lung", contact_minutes=45)], weekly_rows("lung", [10] * 13), template("lung", 5)))
    assert clinic(demand).required == pytest.approx(2)
    assert clinic(demand).required_by_minutes == pytest.approx(1.875)
    assert "15 minutes" in next(f.message for f in demand.findings if f.rule == "template_leaves_minutes")


def test_a_stream_without_any_slot_is_said_and_sized_by_minutes() -> None:
    rows = (template("new", 6, ring_fenced=True),)
    demand = analyse(model(NEW_AND_REVIEW, ROWS, *rows))
    assert clinic(demand).required == pytest.approx(840 / 240)
    assert clinic(demand).template is not None and clinic(demand).template.ring_fenced is None
    assert "none is for fu" in next(f.message for f in demand.findings if f.rule == "template_without_room")
    demand.to_json()


def test_admin_of_a_session_is_shared_over_the_sessions_the_template_asks_for() -> None:
    """10 patients with 6 minutes of admin in 2 sessions of the template, not 1.875 by minutes: 30 a session."""
    streams = [stream("lung", contact_minutes=45, admin_minutes=6, triage_minutes=3)]
    demand = analyse(model(streams, weekly_rows("lung", [10] * 13), template("lung", 5)))
    assert clinic(demand).session_admin_minutes == pytest.approx(30)
    assert clinic(demand).session_extra_minutes == pytest.approx(15)
