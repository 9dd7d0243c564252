"""One-off work of waiting lists, by hand: what a list above its size takes, and what its patients come back for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from capacity.demand.analyse import analyse
from capacity.demand.backlog import (
    NO_TARGET,
    list_frame,
    one_off_frame,
    one_off_sessions,
    one_off_work,
    patients_waiting_too_many,
    stage_findings,
    with_backlog,
)
from capacity.demand.result import ActivityDemand
from capacity.demand.series import weekly_series
from capacity.demand.streams import SizedStream, size_streams
from capacity.service.model import Objective, Service, Template
from tests.demand.builders import activity, service, stream, weekly_rows

F = -math.log(0.08)
SLOTS = 1 / (1 - 0.08 * 0.5)
SEEN = 0.92 * SLOTS
THIRTY = [28, 32] * 13
"""26 weeks with mean 30."""


def sized(made: Service) -> tuple[Mapping[str, SizedStream], Mapping[str, ActivityDemand]]:
    return size_streams(made, weekly_series(made.demand)), analyse(made).activities


def clinic(**columns: object) -> Service:
    """New patients with a list of 313.8, 100 more than sustainable, whose follow-ups are seen elsewhere."""
    settled = {"dna_rate": 0.08, "dna_rebooked": 0.5, "target_weeks": 18, "waiting_now": 30 * 18 / F + 100}
    streams = [
        stream("new", **(settled | columns)),
        stream("again", "review", "follow_up", generated_by="new", per_attendance=1.8, contact_minutes=20),
        stream("scan", "imaging", generated_by="again", per_attendance=0.5, removal_rate=0.1, contact_minutes=15),
    ]
    activities = [activity(), activity("review", contact_minutes=200), activity("imaging", sessions_per_week=1)]
    return service(streams, weekly_rows("new", THIRTY), activities)


def test_a_list_is_too_long_by_what_is_above_its_sustainable_size() -> None:
    streams, _ = sized(clinic())
    patients, reason = patients_waiting_too_many(streams["new"])
    assert patients == pytest.approx(100)
    assert reason == ""


def test_a_short_list_has_no_backlog_and_a_list_without_target_none_that_is_known() -> None:
    short, _ = sized(clinic(waiting_now=10))
    assert patients_waiting_too_many(short["new"]) == (0.0, "")
    assert one_off_work(short) == ()
    unknown, _ = sized(clinic(target_weeks=None))
    assert patients_waiting_too_many(unknown["new"]) == (None, NO_TARGET)


def test_the_sustainable_size_is_of_patients_who_need_to_be_seen() -> None:
    """A quarter of referrals are removed: 22.5 a week join those who are seen."""
    streams, _ = sized(clinic(removal_rate=0.25, waiting_now=22.5 * 18 / F + 8))
    assert patients_waiting_too_many(streams["new"])[0] == pytest.approx(8)


def test_one_off_work_follows_the_chain_down() -> None:
    """100 patients: 104.2 slots, 95.8 seen, 172.5 follow-ups, and a scan for half of them less a tenth."""
    streams, activities = sized(clinic())
    frame = one_off_frame(clinic(), streams, activities).set_index("stream")
    assert list(frame["because_of"]) == ["new"] * 3
    assert frame["patients"].to_dict() == pytest.approx(
        {"new": 100, "again": 100 * SEEN * 1.8, "scan": 100 * SEEN * 1.8 * 0.5 * 0.9}
    )
    assert frame.loc["new", "slots"] == pytest.approx(100 * SLOTS)
    assert frame["sessions"].to_dict() == pytest.approx(
        {
            "new": 100 * SLOTS * 30 / 240,
            "again": 100 * SEEN * 1.8 * 20 / 200,
            "scan": 100 * SEEN * 1.8 * 0.5 * 0.9 * 15 / 240,
        }
    )


def test_slots_of_groups_and_staff_count_as_in_the_requirement() -> None:
    """Groups of five with two staff and a tenth of slots empty: the same sessions a patient as recurrent ones."""
    made = clinic(patients_per_slot=5, staff_per_contact=2, unbooked_rate=0.1)
    streams, activities = sized(made)
    each = activities["clinic"].required / 30
    assert one_off_sessions(made, streams, activities)["clinic"] == pytest.approx(100 * each)


def test_a_template_says_how_many_patients_a_session_sees() -> None:
    made = clinic().model_copy(update={"templates": (Template(activity="clinic", stream="new", slots=4),)})
    streams, activities = sized(made)
    assert one_off_sessions(made, streams, activities)["clinic"] == pytest.approx(100 * SLOTS / 4)


def test_include_backlog_spreads_one_off_sessions_over_the_year_once() -> None:
    made = clinic()
    wanted = made.model_copy(update={"objective": Objective(include_backlog=True)})
    once = one_off_sessions(made, *sized(made))
    without, asked = analyse(made).activities, analyse(wanted).activities
    again = with_backlog(wanted, sized(wanted)[0], asked)
    for key, sessions in once.items():
        assert asked[key].required == pytest.approx(without[key].required + sessions / 52.18)
        assert asked[key].required_mean == pytest.approx(without[key].required_mean + sessions / 52.18)
        assert asked[key].backlog_sessions == pytest.approx(sessions / 52.18)
        assert again[key].required == pytest.approx(asked[key].required)
    assert once["imaging"] > 0
    assert with_backlog(made, sized(made)[0], without) == dict(without)


def test_a_list_beside_its_supply() -> None:
    """Two thirds of the sessions the clinic needs are there: 20 patients a week are seen of 30."""
    made = clinic(clear_weeks=10)
    streams, activities = sized(made)
    supplied = {"clinic": activities["clinic"].required * 2 / 3}
    row = list_frame(made, streams, activities, supplied).iloc[0]
    assert row["capacity"] == pytest.approx(20)
    assert row["load"] == pytest.approx(1.5)
    assert row["recurrent_gap"] == pytest.approx(10)
    assert row["relief"] == pytest.approx(30 + 100 / 10)
    assert row["relief_sessions"] == pytest.approx(10 * SLOTS * 30 / 240)
    assert row["one_off_sessions"] == pytest.approx(100 * SLOTS * 30 / 240)
    assert row["one_off_follow_on"] == pytest.approx(
        100 * SEEN * 1.8 * 20 / 200 + 100 * SEEN * 1.8 * 0.5 * 0.9 * 15 / 240
    )
    assert row["reached_in_weeks"] != row["reached_in_weeks"]
    assert "does not get shorter" in row["reason"]


def test_a_list_with_spare_capacity_reaches_its_size() -> None:
    """40 seen of 30 who join: 100 too many are gone in ten weeks. Fixed sessions see nobody of it."""
    made = clinic()
    streams, activities = sized(made)
    row = list_frame(made, streams, activities, {"clinic": activities["clinic"].required * 4 / 3}).iloc[0]
    assert row["reached_in_weeks"] == pytest.approx(10)
    assert row["mean_wait_weeks"] == pytest.approx((30 * 18 / F + 100) / 30)


def test_a_list_that_cannot_be_judged_says_why() -> None:
    streams = [
        stream("none", waiting_now=5, target_weeks=6),
        stream("gone", series="new", removal_rate=1.0, waiting_now=5, target_weeks=6),
        stream("open", series="new", waiting_now=5),
    ]
    made = service(streams, weekly_rows("new", THIRTY))
    found, activities = sized(made)
    frame = list_frame(made, found, activities, {"clinic": 1.0}).set_index("stream")
    assert frame["reason"].to_dict() == {
        "none": "no weeks of demand, so that its sustainable size is not known",
        "gone": "removal_rate is 1: nobody on it needs a slot",
        "open": NO_TARGET,
    }
    assert one_off_sessions(made, found, activities) == {"clinic": 0.0}


def test_a_stage_may_not_use_the_whole_pathway_where_patients_go_on() -> None:
    assert [finding.subject for finding in stage_findings(clinic())] == []
    going_on = clinic().model_copy(
        update={
            "streams": (
                *clinic().streams,
                stream("list", "imaging", generated_by="new", per_attendance=0.1),
            )
        }
    )
    assert [finding.rule for finding in stage_findings(going_on)] == ["stage_target"]
