"""Published and computed reference values of the sizing rules, to the printed digits."""

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.demand.sizing import (
    centile_interval,
    harrell_davis,
    history_warning,
    percentile_exc,
    percentile_inc,
    scottish_range,
    share_within,
    summarise,
)
from tests.demand.builders import X12, X26


def test_mean_variance_and_dispersion_of_the_reference_series() -> None:
    short, long = summarise(X12), summarise(X26)
    assert (short.weeks, short.mean) == (12, 23.25)
    assert short.variance == pytest.approx(20.9318, abs=5e-5)
    assert short.dispersion == pytest.approx(0.9003, abs=5e-5)
    assert (long.weeks, long.mean) == (26, pytest.approx(23.6538, abs=5e-5))
    assert long.variance == pytest.approx(19.7554, abs=5e-5)
    assert long.dispersion == pytest.approx(0.8352, abs=5e-5)


@pytest.mark.parametrize(
    ("values", "inc", "exc", "scottish"), [(X12, 26.8, 27.8, 28.0), (X26, 27.0, 27.6, 29.6)], ids=["x12", "x26"]
)
def test_four_rules_called_80_percent(values: tuple[int, ...], inc: float, exc: float, scottish: float) -> None:
    assert percentile_inc(values, 0.8) == pytest.approx(inc)
    assert percentile_exc(values, 0.8) == pytest.approx(exc)
    assert scottish_range(values) == pytest.approx(scottish)


@pytest.mark.parametrize(
    ("values", "centile", "deviation"), [(X12, 27.6534, 1.643), (X26, 27.725, 1.2247)], ids=["x12", "x26"]
)
def test_harrell_davis_with_jackknife_deviation(values: tuple[int, ...], centile: float, deviation: float) -> None:
    value, spread = harrell_davis(values, 0.8)
    assert value == pytest.approx(centile, abs=5e-5)
    assert spread == pytest.approx(deviation, abs=5e-4 if values is X12 else 5e-5)


def test_percentile_inc_by_hand() -> None:
    """Excel: rank 0.8 x (5 - 1) = 3.2 from 0, so a fifth of the way from the fourth to the fifth value."""
    assert percentile_inc([50, 10, 20, 40, 30], 0.8) == pytest.approx(42)


def test_percentile_exc_refuses_what_excel_refuses() -> None:
    """PERCENTILE.EXC({1,2,3}, 0.8) is #NUM!: rank 3.2 of 3. numpy alone answers 3."""
    assert percentile_exc([1, 2, 3], 0.8) is None
    assert percentile_exc([1, 2, 3, 4], 0.8) == pytest.approx(4)


def test_interval_of_a_centile_holds_it_as_often_as_the_binomial_says() -> None:
    interval = centile_interval(X26, 0.8)
    ordered = sorted(X26)
    assert interval.lower is not None and interval.upper is not None
    coverages = {
        (lower, upper): sum(comb(26, k) * 0.8**k * 0.2 ** (26 - k) for k in range(lower, upper))
        for lower, upper in itertools.combinations(range(1, 27), 2)
    }
    enough = {ranks: cover for ranks, cover in coverages.items() if cover >= 0.9}
    narrowest = min(upper - lower for lower, upper in enough)
    lower, upper = max((r for r in enough if r[1] - r[0] == narrowest), key=lambda ranks: enough[ranks])
    assert (interval.lower, interval.upper) == (ordered[lower - 1], ordered[upper - 1])
    assert interval.confidence == pytest.approx(enough[lower, upper])


def test_interval_covers_in_simulation() -> None:
    """Independent check: 4,000 samples of 20 from a continuous distribution whose 80th centile is 0.8."""
    rng = np.random.default_rng(1)
    intervals = [centile_interval(rng.random(20), 0.8) for _ in range(4000)]
    held = np.mean([i.lower <= 0.8 <= i.upper for i in intervals if i.lower is not None and i.upper is not None])
    assert held == pytest.approx(intervals[0].confidence, abs=4 * 0.3 / 4000**0.5)


def test_fewer_than_eleven_weeks_have_no_interval() -> None:
    ten, eleven = centile_interval(X26[:10], 0.8), centile_interval(X26[:11], 0.8)
    assert ten.lower is None and ten.upper is None and ten.reason.startswith("10 weeks")
    assert eleven.upper == 31  # the largest: at the 80th centile nothing less will do
    assert eleven.confidence is not None and 0.9 <= eleven.confidence <= 1 - 0.8**11


def test_an_extreme_centile_needs_more_weeks_than_eleven() -> None:
    interval = centile_interval(X26, 0.95)
    assert interval.lower is None and "too few" in interval.reason


@pytest.mark.parametrize(("weeks", "words"), [(1, "1 whole week "), (10, "no interval"), (12, "13 or more"), (13, "")])
def test_short_history_is_said(weeks: int, words: str) -> None:
    assert words in history_warning(weeks)
    assert bool(history_warning(weeks)) == (weeks < 13)


def test_share_of_weeks_within_a_capacity_counts_equality() -> None:
    assert share_within(X26, 27) == pytest.approx(21 / 26)
    assert share_within([0.1 + 0.2], 0.3) == 1


@pytest.mark.parametrize("values", [[7.0], [5.0] * 30, [0.0] * 30, [0.0]], ids=["one", "constant", "zeros", "one zero"])
def test_degenerate_series_give_answers(values: list[float]) -> None:
    summary = summarise(values)
    assert summary.mean == values[0]
    assert percentile_inc(values, 0.8) == values[0]
    assert harrell_davis(values, 0.8)[0] == pytest.approx(values[0])
    assert scottish_range(values) == values[0]
    assert (summary.variance is None) == (len(values) == 1)
    assert (summary.dispersion is None) == (len(values) == 1 or values[0] == 0)


def test_no_values_are_an_error_not_zero() -> None:
    with pytest.raises(ValueError, match="no values"):
        summarise([])


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_centiles_lie_within_the_data(values: list[int], share: float) -> None:
    low, high = min(values) - 1e-9, max(values) + 1e-9
    assert low <= percentile_inc(values, share) <= high
    assert low <= harrell_davis(values, share)[0] <= high
    interval = centile_interval(values, share)
    if interval.lower is not None and interval.upper is not None:
        assert low <= interval.lower <= interval.upper <= high
