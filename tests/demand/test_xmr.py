"""XmR limits and rules against the published values of NHSRplotthedots, and the reference series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.demand.xmr import (
    XmR,
    assurance,
    broken_rules,
    part_of_seven,
    part_of_two_in_three,
    phased_xmr,
    point_types,
    seven_on_one_side,
    seven_point_trend,
    two_in_three,
    xmr,
)
from tests.demand.builders import X26

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "xmr_reference.json"


def _cases() -> list[dict[str, Any]]:
    if not REFERENCE.is_file():
        return []
    cases: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
    return cases


def _answer(case: dict[str, Any]) -> list[int] | list[str]:
    if case["function"] == "assurance_type":
        charts = [XmR(*limits) for limits in zip(case["mean"], case["mean"], case["lpl"], case["upl"], strict=True)]
        return [assurance(chart, case["target"], case["improvement_direction"]) for chart in charts]
    if case["function"] in ("two_in_three", "part_of_two_in_three"):
        near, side = np.array(case["close_to_limits"]), np.array(case["relative_to_mean"])
        flags = two_in_three(near, side)
        if case["function"] == "part_of_two_in_three":
            flags = part_of_two_in_three(flags, near)
        return [int(flag) for flag in flags]
    function = {
        "seven_point_one_side_mean": seven_on_one_side,
        "part_of_seven_trend": part_of_seven,
        "seven_point_trend": seven_point_trend,
    }[case["function"]]
    return [int(flag) for flag in function(np.array(case["inputs"]))]


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the published XmR values are not beside this repository")
@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.get("name", case["function"]))
def test_published_values(case: dict[str, Any]) -> None:
    if case["function"] == "xmr_limits":
        chart = xmr(case["y"], screen=case["screen_outliers"])
        expected = case["expected"]
        for found, name in ((chart.mean, "mean"), (chart.lower, "lpl"), (chart.upper, "upl")):
            assert float(f"{found:.{case['digits']}g}") == pytest.approx(expected[name], rel=1e-12), name
    else:
        assert _answer(case) == case["expected"]


def test_limits_of_the_reference_series() -> None:
    chart = xmr(X26)
    assert chart.lower == pytest.approx(8.6514, abs=5e-5)
    assert chart.upper == pytest.approx(38.6562, abs=5e-5)
    assert chart.signals == ()


def test_the_lower_limit_is_not_cut_off_at_zero() -> None:
    lower = xmr([0, 9, 0, 9, 0, 9]).lower
    assert lower is not None and lower < 0


def test_seven_of_the_reference_rules() -> None:
    """Kept here so that the rules are tested where the published values are absent: ties break a trend."""
    assert list(seven_point_trend(np.array([2, 1, 2, 3, 4, 5, 6, 7, 3]))) == [0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert list(seven_point_trend(np.array([1, 2, 3, 3, 4, 5, 6]))) == [0] * 7
    assert list(part_of_seven(np.array([0, 0, 0, 0, 0, 0, 0, -1, 0]))) == [0, 1, 1, 1, 1, 1, 1, 1, 0]
    assert list(seven_on_one_side(np.array([1, 1, 1, 1, 1, 1, 1, 1, -1]))) == [0, 0, 0, 0, 0, 0, 1, 1, 0]
    assert list(two_in_three(np.array([1, 0, 1]), np.array([1, -1, 1]))) == [0, 0, 0]


def test_a_point_beyond_a_limit_is_a_signal() -> None:
    assert (15, "beyond_limit") in xmr([10, 11] * 7 + [10, 30] + [10, 11] * 4).signals


def test_a_trend_marks_all_its_points() -> None:
    chart = xmr([20, 2, 25, 10, 11, 12, 13, 14, 15, 16, 1, 22, 3, 24])
    assert {position for position, rule in chart.signals if rule == "trend_of_7"} == set(range(3, 10))


def test_a_step_is_seen_on_one_side_of_the_mean() -> None:
    chart = xmr([10, 14] * 5 + [16, 20] * 5)
    assert {rule for _, rule in chart.signals} == {"seven_on_one_side"}
    assert len(chart.signals) == 20


def test_two_of_three_near_a_limit() -> None:
    """Mean 0, mean moving range 2.33, near limits ±4.1: the two fives near the end are between near limit and limit."""
    points = [1, -1] * 12 + [5, 5, 1, -5, -5, -1]
    chart = xmr(points)
    found = {position for position, rule in chart.signals if rule == "two_of_three_near_limit"}
    assert found == {24, 25, 27, 28}


def test_screening_drops_large_moving_ranges_once() -> None:
    """Ranges 1 (18 times) and 90 twice: mean 9.9, so 90 >= 3.267 x 9.9 goes and the mean range is 1."""
    values = [10, 11] * 5 + [101] + [11, 10] * 5
    plain, screened = xmr(values), xmr(values, screen=True)
    assert plain.mean_moving_range == pytest.approx(9.9)
    assert screened.mean_moving_range == pytest.approx(1)


@pytest.mark.parametrize("value", [0.0, 5.0, 27 * 0.7, 0.1])
def test_a_constant_series_has_no_signals(value: float) -> None:
    """Guards against the mean of equal values differing in the last bit, which put all points on one side."""
    chart = xmr([value] * 30)
    assert chart.signals == ()
    assert (chart.lower, chart.upper) == (pytest.approx(value), pytest.approx(value))


def test_one_week_has_no_limits() -> None:
    chart = xmr([5])
    assert (chart.mean, chart.lower, chart.upper, chart.signals) == (5, None, None, ())


def test_every_published_value_is_tested() -> None:
    """No kind of case in the file is left out."""
    if not REFERENCE.is_file():
        pytest.skip("the published XmR values are not beside this repository")
    assert len(_cases()) == len(json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]) > 15


def test_a_phase_is_a_chart_of_its_own() -> None:
    """Two levels, 20 then 50: one chart sees 40 signals, two phases none, and no moving range crosses over."""
    values = [19, 21] * 10 + [49, 51] * 10
    whole, phased = xmr(values), phased_xmr(values, [20])
    assert len(whole.signals) == 40
    assert phased.signals == ()
    assert [(phase.start, phase.stop, phase.chart.mean) for phase in phased.phases] == [(0, 20, 20), (20, 40, 50)]
    assert phased.current.chart == xmr(values[20:])
    assert phased.current.chart.mean_moving_range == pytest.approx(2)


def test_signals_of_a_phase_are_placed_in_the_series() -> None:
    values = [10, 11] * 7 + [50, 52] * 7 + [90] + [50, 52] * 4
    assert (28, "beyond_limit") in phased_xmr(values, [14]).signals


def test_a_short_phase_has_trial_limits() -> None:
    assert [phase.trial for phase in phased_xmr(X26, [15]).phases] == [False, True]
    assert [phase.trial for phase in phased_xmr(X26).phases] == [False]
    one = phased_xmr(X26, [25]).current
    assert one.trial and one.chart.upper is None


@pytest.mark.parametrize("start", [-1, 26])
def test_a_phase_outside_the_series_is_refused(start: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 25"):
        phased_xmr(X26, [start])


def test_near_limits_are_two_thirds_of_the_way() -> None:
    chart = xmr(X26)
    assert chart.near_upper is not None and chart.upper is not None and chart.near_lower is not None
    assert chart.near_upper - chart.mean == pytest.approx((chart.upper - chart.mean) * 2 / 3)
    assert chart.mean - chart.near_lower == pytest.approx(chart.near_upper - chart.mean)
    assert (xmr([5]).near_lower, xmr([5]).near_upper) == (None, None)


def test_all_rules_a_point_breaks_are_known() -> None:
    """A rise out of the limits: its points are a trend, its last ones also beyond the limit."""
    values = [10, 12] * 8 + [13, 14, 15, 16, 17, 18, 40]
    chart = xmr(values)
    flags = broken_rules(values, chart)
    assert flags["beyond_limit"][-1] == flags["trend_of_7"][-1] == 1
    assert dict(chart.signals)[len(values) - 1] == "beyond_limit"
    firsts = {position for position, _ in chart.signals}
    assert firsts == set(np.flatnonzero(np.sum(list(flags.values()), axis=0)))


def test_colours_of_points() -> None:
    values = [8, 14] * 7 + [8, 60] + [8, 14] * 4
    chart = xmr(values)
    assert point_types(values, chart)[15] == "special_cause_neutral_high"
    assert point_types(values, chart, "decrease")[15] == "special_cause_concern"
    assert point_types(values, chart, "increase")[15] == "special_cause_improvement"
    assert point_types(values, chart)[0] == "common_cause"
    low = [-value for value in values]
    assert point_types(low, xmr(low))[15] == "special_cause_neutral_low"


def test_assurance_without_limits_is_refused() -> None:
    with pytest.raises(ValueError, match="no limits"):
        assurance(xmr([5]), 3, "increase")
    assert assurance(XmR(5, 1, 2, 8), 9, "increase") == "consistent_fail"
    assert assurance(XmR(5, 1, 2, 8), 1, "increase") == "consistent_pass"
    assert assurance(XmR(5, 1, 2, 8), 8, "increase") == "inconsistent"


@given(st.lists(st.integers(-3, 3), max_size=40))
def test_rules_point_by_point(walk: list[int]) -> None:
    """The rules written out once more, one point at a time."""
    points, side = np.cumsum([0, *walk]).astype(float), np.sign(np.array([0, *walk]))
    sides, trends = seven_on_one_side(side), seven_point_trend(points)
    for i in range(points.size):
        last = side[max(0, i - 6) : i + 1]
        assert sides[i] == int(last.size == 7 and abs(int(last.sum())) == 7)
        steps = np.diff(points[max(0, i - 6) : i + 1])
        rising, falling = steps.size == 6 and bool(np.all(steps > 0)), steps.size == 6 and bool(np.all(steps < 0))
        assert trends[i] == int(rising) - int(falling)
    near = (np.abs(points) > 2).astype(int)
    triples = [i for i in range(points.size - 2) if near[i : i + 3].sum() >= 2 and abs(side[i : i + 3].sum()) == 3]
    assert set(np.flatnonzero(two_in_three(near, side))) == {i + k for i in triples for k in range(3)}
