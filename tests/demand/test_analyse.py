"""The whole demand analysis through its public function: small services with known answers."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from capacity.demand.analyse import analyse
from capacity.demand.result import Demand
from capacity.demand.series import growth_factor
from capacity.errors import InputError
from tests.demand.builders import (
    FIRST_MONDAY,
    X12,
    X26,
    activity,
    census_rows,
    rules,
    service,
    stream,
    weekly_rows,
)


def messages(demand: Demand, rule: str) -> list[str]:
    return [str(finding) for finding in demand.findings if finding.rule == rule]


# ---- worked values of the reference ----------------------------------------------------------------------------


def test_end_to_end_worked_example() -> None:
    """27 new a week, and 1.8 follow-ups for each attendance: 40.7138 hours a week, 10.1784 PAs."""
    new = stream(
        "new", series="lung", removal_rate=0.05, dna_rate=0.08, dna_rebooked=0.6, admin_minutes=10, contact_minutes=30
    )
    follow_up = stream(
        "fu", kind="follow_up", generated_by="new", per_attendance=1.8, dna_rate=0.06, dna_rebooked=0.9,
        contact_minutes=20, admin_minutes=10,
    )  # fmt: skip
    demand = analyse(service([new, follow_up], weekly_rows("lung", [27] * 20)))
    rows = demand.streams.set_index("stream")
    assert rows.slots["new"] == pytest.approx(26.9433, abs=5e-5)
    assert rows.attendances["new"] == pytest.approx(24.7878, abs=5e-5)
    assert rows.level["fu"] == pytest.approx(44.6181, abs=5e-5)
    assert rows.slots["fu"] == pytest.approx(47.1650, abs=5e-5)
    hours = demand.activities["clinic"].contact_and_admin_hours
    assert hours == pytest.approx(40.7138, abs=1e-4)
    assert hours / 4 == pytest.approx(10.1784, abs=5e-5)
    assert hours / 4 * 52.18 / 42 == pytest.approx(12.6455, abs=1e-4)
    # 26.9433 x 30 + 47.1650 x 20 contact minutes, in sessions of 240
    assert demand.activities["clinic"].required == pytest.approx((26.9433 * 30 + 47.1650 * 20) / 240, abs=1e-5)


@pytest.mark.parametrize(
    ("referrals", "mean", "variance", "centile", "harrell_davis", "interval"),
    [(X12, 23.25, 20.9318, 26.8, 27.6534, True), (X26, 23.6538, 19.7554, 27.0, 27.725, True)],
    ids=["x12", "x26"],
)
def test_reference_series(
    referrals: tuple[int, ...], mean: float, variance: float, centile: float, harrell_davis: float, interval: bool
) -> None:
    demand = analyse(service([stream("lung", kind="rapid", dna_rate=0)], weekly_rows("lung", referrals)))
    figures = demand.to_json()["streams"]["lung"]
    assert figures["weeks"] == len(referrals)
    assert figures["mean"] == pytest.approx(mean, abs=5e-5)
    assert figures["variance"] == pytest.approx(variance, abs=5e-5)
    assert figures["sizing"]["mean"] == figures["mean"]
    assert figures["sizing"]["centile"]["value"] == pytest.approx(centile)
    assert figures["sizing"]["centile"]["estimator"].startswith("PERCENTILE.INC")
    assert (figures["sizing"]["centile"]["interval"] is not None) == interval
    assert figures["sizing"]["harrell_davis"] == pytest.approx(harrell_davis, abs=5e-5)
    assert figures["sized_at"] == "centile"
    assert figures["slots"] == pytest.approx(centile)
    assert figures["contact_hours"] == pytest.approx(centile / 2)
    assert demand.activities["clinic"].required == pytest.approx(centile * 30 / 240)
    assert demand.activities["clinic"].required_mean == pytest.approx(np.mean(referrals) * 30 / 240)


def test_xmr_of_the_reference_series() -> None:
    demand = analyse(service([stream("lung")], weekly_rows("lung", X26)))
    chart = demand.streams_json["lung"]["xmr"]
    assert chart["lower"] == pytest.approx(8.6514, abs=5e-5)
    assert chart["upper"] == pytest.approx(38.6562, abs=5e-5)
    assert chart["signals"] == []
    assert "xmr_signals" not in rules(demand.findings)


# ---- what sizes a stream ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "columns", "sized_at", "level"),
    [
        ("rapid", {}, "centile", 27.0),
        ("rapid", {"centile": 0.5}, "mean", 615 / 26),
        ("rapid", {"centile": 0.9}, "centile", 29.5),
        ("routine", {}, "mean", 615 / 26),
        ("routine", {"centile": 0.9}, "centile", 29.5),
        ("follow_up", {}, "mean", 615 / 26),
    ],
)
def test_which_level_sizes_a_stream(kind: str, columns: dict[str, Any], sized_at: str, level: float) -> None:
    demand = analyse(service([stream("lung", kind=kind, **columns)], weekly_rows("lung", X26)))
    figures = demand.streams_json["lung"]
    assert (figures["sized_at"], figures["level"]) == (sized_at, pytest.approx(level))
    assert demand.activities["clinic"].required == pytest.approx(level / 8)
    assert figures["sizing"]["centile"]["share"] == columns.get("centile", 0.8)


def test_a_centile_below_the_mean_is_raised_to_it_and_said() -> None:
    """One huge outlier: the 80th centile of twenty zeros and one 210 is 0, the mean 10."""
    demand = analyse(service([stream("lung", kind="rapid")], weekly_rows("lung", [0] * 20 + [210])))
    assert demand.streams_json["lung"]["sizing"]["centile"]["value"] == 0
    assert demand.activities["clinic"].required == pytest.approx(10 / 8)
    assert "centile_below_mean" in rules(demand.findings)


def test_share_takes_part_of_a_series() -> None:
    demand = analyse(service([stream("virtual", kind="rapid", series="lung", share=0.4)], weekly_rows("lung", X26)))
    figures = demand.streams_json["virtual"]
    assert figures["mean"] == pytest.approx(0.4 * 615 / 26)
    assert figures["variance"] == pytest.approx(0.16 * 19.7554, abs=5e-5)
    assert figures["level"] == pytest.approx(0.4 * 27)


def test_growth_lifts_the_level_and_not_what_was_received() -> None:
    demand = analyse(service([stream("lung", kind="rapid", growth_rate=0.05)], weekly_rows("lung", X26)))
    figures = demand.streams_json["lung"]
    weeks = pd.DatetimeIndex(demand.weekly.week_starting)
    assert figures["growth_factor"] == pytest.approx(growth_factor(0.05, weeks, dt.date(2027, 4, 1)))
    assert figures["mean"] == pytest.approx(615 / 26)
    assert figures["growth_factor"] > 1.05
    assert figures["sizing"]["mean"] == pytest.approx(615 / 26 * figures["growth_factor"])
    assert figures["sizing"]["centile"]["value"] == pytest.approx(27 * figures["growth_factor"])
    assert demand.activities["clinic"].required == pytest.approx(27 * figures["growth_factor"] / 8)
    assert list(demand.weekly.referrals) == list(X26)


def test_removals_and_unbooked_slots() -> None:
    demand = analyse(service([stream("lung", removal_rate=0.1, unbooked_rate=0.2)], weekly_rows("lung", [40] * 13)))
    figures = demand.streams_json["lung"]
    assert figures["slots"] == pytest.approx(40 * 0.9 / 0.8)
    assert figures["attendances"] == pytest.approx(36)


def test_caseload_needs_its_contact_minutes_each_week() -> None:
    demand = analyse(
        service([stream("cohort", kind="caseload", contact_minutes=60)], census_rows("cohort", [20.0, 24.0] * 8))
    )
    assert demand.activities["clinic"].required == pytest.approx(22 * 60 / 240)
    assert messages(demand, "caseload_weekly_contact")
    assert "kind_and_series" not in rules(demand.findings)


def test_fixed_sessions_are_added() -> None:
    demand = analyse(
        service([stream("lung")], weekly_rows("lung", [16] * 13), [activity(sessions_per_week=1.5), activity("mdt")])
    )
    clinic, mdt = demand.activities["clinic"], demand.activities["mdt"]
    assert (clinic.required, clinic.required_mean, clinic.fixed_sessions) == (3.5, 3.5, 1.5)
    assert (mdt.required, mdt.slots, mdt.session_admin_minutes) == (0, 0, None)
    assert list(demand.activities) == ["clinic", "mdt"]


def test_session_admin_derived_from_admin_per_attendance() -> None:
    """48 attendances a week at 20 minutes take 4 sessions of 240; 6 admin minutes each are 72 a session."""
    streams = [stream("lung", contact_minutes=20, admin_minutes=6)]
    demand = analyse(service(streams, weekly_rows("lung", [48] * 13)))
    assert demand.activities["clinic"].required == pytest.approx(4)
    assert demand.activities["clinic"].session_admin_minutes == pytest.approx(72)


def test_session_admin_is_at_the_mean_and_weighs_streams() -> None:
    """DNA 0.2 not rebooked: 10 slots see 8; (8 x 10 + 10 x 0) x 240 / (10 x 30 + 10 x 30) = 32."""
    streams = [
        stream("a", kind="rapid", dna_rate=0.2, dna_rebooked=0, admin_minutes=10),
        stream("b", admin_minutes=0),
    ]
    demand = analyse(service(streams, weekly_rows("a", [0, 20] * 7) + weekly_rows("b", [10] * 14)))
    assert demand.activities["clinic"].session_admin_minutes == pytest.approx(32)


def test_no_admin_per_attendance_leaves_it_to_the_policy() -> None:
    demand = analyse(service([stream("lung")], weekly_rows("lung", [8] * 13)))
    assert demand.activities["clinic"].session_admin_minutes is None


# ---- pooling ---------------------------------------------------------------------------------------------------


def test_rapid_streams_of_an_activity_are_pooled() -> None:
    """Two streams that peak in turn: 20 a week apart (18 + 18 at the centile), 20 together."""
    first, second = [2, 18] * 10, [18, 2] * 10
    streams = [stream("a", kind="rapid"), stream("b", kind="rapid"), stream("c")]
    rows = weekly_rows("a", first) + weekly_rows("b", second) + weekly_rows("c", [8] * 20)
    clinic = (demand := analyse(service(streams, rows))).activities["clinic"]
    assert clinic.required == pytest.approx((20 + 8) / 8)
    assert clinic.required_mean == pytest.approx((20 + 8) / 8)
    assert clinic.slots == pytest.approx(28)
    assert clinic.pooling_saving == pytest.approx((36 - 20) / 8)
    assert clinic.weeks_within_level == 1
    assert "2.00 sessions" in messages(demand, "pooling")[0]


def test_pooled_requirement_is_the_centile_of_summed_contact_minutes() -> None:
    """Independent of the code: different minutes and booking chains, from raw arrays with Excel's rule by hand."""
    rng = np.random.default_rng(3)
    a, b = rng.poisson(10, 40), rng.negative_binomial(5, 0.4, 40)
    streams = [
        stream("a", kind="rapid", contact_minutes=20, dna_rate=0.1, dna_rebooked=0.5),
        stream("b", kind="rapid", contact_minutes=45, removal_rate=0.1),
    ]
    rows = weekly_rows("a", [int(n) for n in a]) + weekly_rows("b", [int(n) for n in b])
    clinic = analyse(service(streams, rows)).activities["clinic"]
    minutes = np.sort(a * 20 / (1 - 0.05) + b * 0.9 * 45)
    rank = 0.8 * 39
    centile = minutes[31] + (rank - 31) * (minutes[32] - minutes[31])
    assert clinic.required == pytest.approx(centile / 240)
    assert clinic.contact_hours == pytest.approx(centile / 60)
    assert clinic.required_mean == pytest.approx(minutes.mean() / 240)
    assert clinic.weeks_within_level == pytest.approx(np.mean(minutes <= centile))


def test_five_independent_streams_pooled_need_less_than_apart() -> None:
    """Five Poisson(10) streams: 65 slots apart and 56 pooled in theory (demand.md §3), here from 1,000 weeks."""
    rng = np.random.default_rng(5)
    names = ["a", "b", "c", "d", "e"]
    first = dt.date(2007, 1, 1)
    rows = [row for name in names for row in weekly_rows(name, [int(n) for n in rng.poisson(10, 1000)], first)]
    clinic = analyse(service([stream(name, kind="rapid") for name in names], rows)).activities["clinic"]
    assert clinic.slots == pytest.approx(56, abs=1)
    assert clinic.slots + clinic.pooling_saving * 8 == pytest.approx(65, abs=2)


def test_streams_of_different_centiles_take_the_highest() -> None:
    streams = [stream("a", kind="rapid"), stream("b", kind="rapid", series="a", centile=0.9)]
    demand = analyse(service(streams, weekly_rows("a", X26)))
    assert demand.activities["clinic"].required == pytest.approx(2 * 29.5 / 8)
    assert "90%" in messages(demand, "mixed_centiles")[0]


def test_pooling_uses_the_weeks_all_streams_have() -> None:
    later = FIRST_MONDAY + dt.timedelta(weeks=10)
    streams = [stream("a", kind="rapid"), stream("b", kind="rapid")]
    rows = weekly_rows("a", [4] * 10 + [12] * 15) + weekly_rows("b", [12] * 15 + [4] * 10, later)
    demand = analyse(service(streams, rows))
    assert demand.activities["clinic"].slots == pytest.approx(24)
    assert "15 weeks they all have, of 25" in messages(demand, "few_common_weeks")[0]


def test_streams_without_a_common_week_are_added_up() -> None:
    streams = [stream("a", kind="rapid"), stream("b", kind="rapid")]
    rows = weekly_rows("a", X26) + weekly_rows("b", X26, dt.date(2027, 1, 4))
    demand = analyse(service(streams, rows))
    assert demand.activities["clinic"].slots == pytest.approx(54)
    assert demand.activities["clinic"].weeks_within_level is None
    assert messages(demand, "no_common_weeks")


# ---- generated streams -----------------------------------------------------------------------------------------


def test_generated_rapid_stream_is_sized_at_its_own_centile_of_its_parents_attendances() -> None:
    parent = stream("lung", removal_rate=0.1, dna_rate=0.1, dna_rebooked=0)
    child = stream("scan", "scanning", "rapid", generated_by="lung", per_attendance=0.5)
    demand = analyse(service([child, parent], weekly_rows("lung", X26), [activity(), activity("scanning")]))
    seen = 0.9 * 0.9
    assert demand.streams_json["scan"]["level"] == pytest.approx(27 * seen * 0.5)
    assert demand.activities["scanning"].required == pytest.approx(27 * seen * 0.5 / 8)
    assert demand.activities["clinic"].required == pytest.approx(615 / 26 * 0.9 / 8)
    assert list(demand.streams.stream) == ["scan", "lung"]


def test_follow_ups_of_a_rapid_stream_are_sized_from_its_mean_attendances() -> None:
    streams = [
        stream("lung", kind="rapid"),
        stream("fu", "follow", "follow_up", generated_by="lung", per_attendance=2),
    ]
    demand = analyse(service(streams, weekly_rows("lung", X26), [activity(), activity("follow")]))
    assert demand.activities["clinic"].required == pytest.approx(27 / 8)
    assert demand.activities["follow"].required == pytest.approx(2 * 615 / 26 / 8)


def test_chains_of_any_length_in_any_order() -> None:
    names = ["s0", "s1", "s2", "s3", "s4"]
    streams = [stream("s0", dna_rate=0.2, dna_rebooked=0)] + [
        stream(name, generated_by=before, per_attendance=0.5, dna_rate=0.2, dna_rebooked=0)
        for before, name in itertools.pairwise(names)
    ]
    demand = analyse(service(streams[::-1], weekly_rows("s0", [100] * 13)))
    for number, name in enumerate(names):
        assert demand.streams_json[name]["level"] == pytest.approx(100 * 0.4**number)


def test_growth_of_a_parent_carries_over_once() -> None:
    streams = [
        stream("new", growth_rate=0.05),
        stream("fu", kind="follow_up", generated_by="new", per_attendance=1),
        stream("more", kind="follow_up", generated_by="new", per_attendance=1, growth_rate=0.05),
    ]
    demand = analyse(service(streams, weekly_rows("new", [10] * 13)))
    factor = demand.streams_json["new"]["growth_factor"]
    assert demand.streams_json["fu"]["growth_factor"] == factor
    assert demand.streams_json["more"]["growth_factor"] == pytest.approx(factor**2)
    assert [finding.subject for finding in demand.findings if finding.rule == "growth_twice"] == ["more"]


def test_a_circle_of_streams_is_refused() -> None:
    streams = [
        stream("a", generated_by="b", per_attendance=1),
        stream("b", generated_by="a", per_attendance=1),
    ]
    with pytest.raises(InputError, match="no circle"):
        analyse(service(streams, []))


def test_an_unknown_parent_is_refused() -> None:
    with pytest.raises(InputError, match="generated_by: found nobody"):
        analyse(service([stream("a", generated_by="nobody", per_attendance=1)], []))


# ---- hard series: answers, not tracebacks ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rapid", "routine"])
@pytest.mark.parametrize(
    "referrals", [[5] * 30, [0] * 30, [7], [0], [1] * 29 + [5000], list(range(29, -1, -1))],
    ids=["constant", "zeros", "one week", "one zero week", "outlier", "down to zero"],
)  # fmt: skip
def test_hard_series_give_answers(referrals: list[int], kind: str) -> None:
    streams = [stream("new", kind=kind), stream("fu", kind="follow_up", generated_by="new", per_attendance=2)]
    demand = analyse(service(streams, weekly_rows("new", referrals)))
    clinic = demand.activities["clinic"]
    assert clinic.required_mean == pytest.approx(3 * np.mean(referrals) / 8)
    assert clinic.required >= clinic.required_mean - 1e-9
    assert np.isfinite(demand.waterfall.value).all()
    demand.to_json()


def test_constant_series_raise_no_alarm() -> None:
    """Guards against the last bit of a mean: 0.7 x 27 thirty times."""
    demand = analyse(service([stream("lung", kind="rapid", share=0.7, dna_rate=0)], weekly_rows("lung", [27] * 30)))
    assert demand.streams_json["lung"]["sized_at"] == "centile"
    assert demand.streams_json["lung"]["weeks_within_level"] == 1
    assert rules(demand.findings) == {"constant_series", "split_by_chance"}


@pytest.mark.parametrize("rows", [[], weekly_rows("lung", [None, None])], ids=["no rows", "blank rows"])
def test_a_stream_without_demand_is_not_sized_and_never_zero(rows: list[Any]) -> None:
    streams = [
        stream("lung", kind="rapid"),
        stream("fu", kind="follow_up", generated_by="lung", per_attendance=2),
        stream("asthma", kind="rapid"),
    ]
    demand = analyse(service(streams, rows + weekly_rows("asthma", [16] * 13)))
    for name in ("lung", "fu"):
        figures = demand.streams_json[name]
        assert figures["weeks"] == 0
        assert [figures[key] for key in ("mean", "slots", "attendances", "contact_hours", "sized_at")] == [None] * 5
        assert figures["sizing"]["centile"]["interval_reason"] == "no weeks of demand"
    assert demand.activities["clinic"].required == pytest.approx(2)
    assert [finding.subject for finding in demand.findings if finding.rule == "not_sized"] == ["lung", "fu"]
    assert demand.streams.set_index("stream").slots.isna().tolist() == [True, True, False]


def test_no_streams_at_all() -> None:
    demand = analyse(service([], []))
    assert demand.streams.empty and demand.weekly.empty and demand.waterfall.empty
    assert demand.activities["clinic"].required == 0
    assert demand.to_json()["streams"] == {}


def test_short_history_is_a_finding() -> None:
    demand = analyse(service([stream("lung", kind="rapid")], weekly_rows("lung", X12[:9])))
    assert demand.streams_json["lung"]["sizing"]["centile"]["interval"] is None
    assert "only 9 whole weeks" in messages(demand, "short_series")[0]


def test_minutes_are_needed_where_patients_are_seen() -> None:
    with pytest.raises(InputError, match=r"activities.csv \(clinic\), contact_minutes"):
        analyse(service([stream("lung")], weekly_rows("lung", [8]), [activity(contact_minutes=None)]))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"dna_rate": 1}, "nobody is ever seen"),
        ({"dna_rate": 0.6, "hospital_rate": 0.6}, "add up to 1.2"),
        ({"unbooked_rate": 1}, "unbooked_rate: found 1"),
    ],
)
def test_rates_that_allow_no_answer_are_refused(columns: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        analyse(service([stream("lung", **columns)], weekly_rows("lung", [8])))


# ---- findings --------------------------------------------------------------------------------------------------


def test_a_daily_promise_sized_weekly_is_a_warning() -> None:
    demand = analyse(service([stream("lung", kind="rapid", period="day")], weekly_rows("lung", X26)))
    assert "Monday peak" in messages(demand, "daily_promise_sized_weekly")[0]


@pytest.mark.parametrize(("covered", "words"), [(True, "is covered"), (None, "count twice")])
def test_hospital_cancellations_counted_twice(covered: bool | None, words: str) -> None:
    streams = [stream("lung", hospital_rate=0.04)]
    demand = analyse(service(streams, weekly_rows("lung", X26), [activity(covered=covered)]))
    assert words in messages(demand, "hospital_counted_twice")[0]


@pytest.mark.parametrize(("series", "warned"), [("lung_bookings", True), ("lung", False)])
def test_dna_on_a_series_of_bookings(series: str, warned: bool) -> None:
    demand = analyse(service([stream("lung", series=series, dna_rate=0.08)], weekly_rows(series, X26)))
    assert ("dna_on_bookings" in rules(demand.findings)) == warned


def test_shares_above_one_count_a_referral_twice() -> None:
    streams = [stream("a", series="lung", share=0.7), stream("b", series="lung", share=0.4)]
    demand = analyse(service(streams, weekly_rows("lung", X26)))
    assert [(f.subject, f.found) for f in demand.findings if f.rule == "shares_above_one"] == [("lung", "110%")]


def test_a_change_in_the_series_is_said() -> None:
    demand = analyse(service([stream("lung")], weekly_rows("lung", [10, 14] * 5 + [16, 20] * 5)))
    assert messages(demand, "xmr_signals")[0].startswith("lung: 20 of 20 weeks")
    signals = demand.streams_json["lung"]["xmr"]["signals"]
    assert signals[0] == {"week_starting": "2026-01-05", "rule": "seven_on_one_side"}


def test_assumptions_and_unused_series_are_named() -> None:
    streams = [stream("lung"), stream("fu", kind="follow_up", generated_by="lung", dna_rate=0.1)]
    rows = weekly_rows("lung", X26) + weekly_rows("cough", X26)
    demand = analyse(service(streams, rows))
    expected = {"per_attendance_assumed", "series_not_used"}
    assert rules(demand.findings) - {"bank_holiday_weeks"} == expected
    assert demand.streams_json["fu"]["level"] == pytest.approx(615 / 26)


# ---- frames ----------------------------------------------------------------------------------------------------


def test_frames_are_tidy() -> None:
    streams = [stream("lung", dna_rate=0.2, dna_rebooked=0), stream("fu", generated_by="lung", per_attendance=0.5)]
    demand = analyse(service(streams, weekly_rows("lung", [10, 20])))
    assert demand.weekly.to_dict("list") == {
        "stream": ["lung", "lung", "fu", "fu"],
        "week_starting": [*demand.weekly.week_starting],
        "referrals": pytest.approx([10, 20, 4, 8]),
        "contact_minutes": pytest.approx([300, 600, 120, 240]),
    }
    assert str(demand.weekly.week_starting[0].date()) == "2026-01-05"
    assert demand.streams.weeks.tolist() == [2, 2]
    assert str(demand.streams.last_week[0].date()) == "2026-01-12"


def test_scaling_minutes_scales_hours() -> None:
    rows = weekly_rows("lung", X26)
    one = analyse(service([stream("lung", kind="rapid", contact_minutes=20)], rows)).activities["clinic"]
    two = analyse(service([stream("lung", kind="rapid", contact_minutes=40)], rows)).activities["clinic"]
    assert two.contact_hours == pytest.approx(2 * one.contact_hours)
    assert two.required == pytest.approx(2 * one.required)
