"""XmR limits and rules against the published values of NHSRplotthedots, and the reference series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capacity.demand.xmr import (
    part_of_seven,
    part_of_two_in_three,
    seven_on_one_side,
    seven_point_trend,
    two_in_three,
    xmr,
)
from tests.demand.builders import X26

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "xmr_reference.json"
NOT_PART_OF_THE_CHART = {"assurance_type"}
"""Compares limits with a target, which a series of referrals does not have."""


def _cases() -> list[dict[str, Any]]:
    if not REFERENCE.is_file():
        return []
    cases: list[dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
    return [case for case in cases if case["function"] not in NOT_PART_OF_THE_CHART]


def _answer(case: dict[str, Any]) -> list[int]:
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
