"""Centile estimators against SciPy, brute force and simulation; what holds for every series."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import bootstrap, gamma, nbinom, norm, poisson
from scipy.stats.mstats import hdquantiles, hdquantiles_sd

from capacity.demand.estimators import (
    CentileInterval,
    _block_index,
    centile_estimates,
    counting_centile,
    harrell_davis,
    harrell_davis_centile,
    harrell_davis_interval,
    harrell_davis_rows,
    negative_binomial,
    negative_binomial_from_moments,
    percentile_inc,
    percentile_inc_rows,
)
from tests.demand.builders import X12, X26

SERIES = st.lists(st.integers(0, 500), min_size=2, max_size=60)
SHARES = st.floats(0.01, 0.99)


def negative_binomial_draws(
    rng: np.random.Generator, mean: float, phi: float, shape: tuple[int, ...]
) -> NDArray[np.int64]:
    return rng.negative_binomial(mean / (phi - 1), 1 / phi, shape)


def bounds(interval: CentileInterval) -> tuple[float, float]:
    assert interval.lower is not None and interval.upper is not None
    return interval.lower, interval.upper


# ---- Harrell-Davis


@given(SERIES, SHARES)
def test_harrell_davis_is_that_of_scipy(values: list[int], share: float) -> None:
    value, deviation = harrell_davis(values, share)
    assert value == pytest.approx(float(hdquantiles(values, [share])[0]), abs=1e-10, rel=1e-12)
    assert deviation == pytest.approx(float(hdquantiles_sd(values, [share])[0]), abs=1e-8)
    assert harrell_davis_centile(values, share) == value


@pytest.mark.parametrize("weeks", [11, 26, 156, 520])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_harrell_davis_of_long_series_is_that_of_scipy(weeks: int, share: float) -> None:
    values = negative_binomial_draws(np.random.default_rng(weeks), 40, 3, (weeks,))
    assert abs(harrell_davis_centile(values, share) - float(hdquantiles(values, [share])[0])) < 1e-10


def test_bootstrap_interval_is_that_of_scipy_within_its_error() -> None:
    """SciPy's percentile bootstrap of its own hdquantiles with other random numbers, and 4,000 resamples of each."""
    values = negative_binomial_draws(np.random.default_rng(4), 40, 3, (60,)).astype(float)
    lower, upper = bounds(harrell_davis_interval(values, 0.8, resamples=4000))
    other = bootstrap(
        (values,),
        lambda sample: float(hdquantiles(sample, [0.8])[0]),
        n_resamples=4000, confidence_level=0.9, method="percentile", vectorized=False, rng=np.random.default_rng(9),
    )  # fmt: skip
    error = 0.1 * float(other.standard_error)
    assert lower == pytest.approx(other.confidence_interval.low, abs=error)
    assert upper == pytest.approx(other.confidence_interval.high, abs=error)


def test_block_bootstrap_by_hand_where_weeks_are_related() -> None:
    """Weeks that come in fours: drawn block by block in a loop, the spread is the same, and wider than week by week."""
    rng = np.random.default_rng(2)
    values = np.repeat(rng.normal(50, 8, 15), 4) + rng.normal(0, 1, 60)
    interval = harrell_davis_interval(values, 0.8, resamples=4000)
    assert "blocks of 4" in interval.method
    centiles = []
    for _ in range(2000):
        starts = rng.integers(0, 57, 15)
        drawn = np.concatenate([values[start : start + 4] for start in starts])
        centiles.append(float(hdquantiles(drawn, [0.8])[0]))
    error = 0.12 * float(np.std(centiles))
    assert interval.lower == pytest.approx(float(np.quantile(centiles, 0.05)), abs=error)
    assert interval.upper == pytest.approx(float(np.quantile(centiles, 0.95)), abs=error)
    shuffled = harrell_davis_interval(rng.permutation(values), 0.8)
    assert "single weeks" in shuffled.method
    lower, upper = bounds(interval)
    low, high = bounds(shuffled)
    assert upper - lower > 1.3 * (high - low)


def test_every_week_can_be_in_a_block() -> None:
    index = _block_index(23, 500, 1)
    assert index.shape == (500, 23)
    assert set(index.ravel().tolist()) == set(range(23))
    assert np.all(np.diff(index.reshape(500, 23)[:, :20].reshape(500, 5, 4), axis=2) == 1)


def test_the_same_seed_gives_the_same_interval() -> None:
    first, again, other = (harrell_davis_interval(X26, 0.8, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


# ---- negative binomial


@pytest.mark.parametrize(("mean", "weeks"), [(4.0, 13), (10.0, 26), (60.0, 52)])
def test_predictive_of_poisson_counts_is_the_gamma_mixture(mean: float, weeks: int) -> None:
    """By numerical integration: a Poisson week whose mean is gamma with the total count as its shape."""
    value, _ = negative_binomial_from_moments(mean, 1.0, 0.8, weeks)
    known = gamma(mean * weeks, scale=1 / weeks)

    def within(level: float) -> float:
        low, high = known.ppf(1e-10), known.ppf(1 - 1e-10)
        return float(quad(lambda rate: poisson.cdf(level, rate) * known.pdf(rate), low, high)[0])

    assert within(value - 1) < 0.8 <= within(value)


@given(st.floats(0.01, 300), st.floats(1.001, 30), SHARES)
def test_counting_centile_by_the_definition(mean: float, phi: float, share: float) -> None:
    """Least whole number with at least the share at or below it."""
    value = counting_centile(mean, phi, share)
    distribution = nbinom(mean / (phi - 1), 1 / phi)
    assert value == int(value) >= 0
    assert distribution.cdf(value) >= share - 1e-9
    assert value == 0 or distribution.cdf(value - 1) < share + 1e-9


def test_less_spread_than_chance_is_taken_as_poisson() -> None:
    assert counting_centile(10, 0.3, 0.8) == poisson.ppf(0.8, 10) == 13
    assert counting_centile(0, 2, 0.8) == 0


def test_five_streams_apart_and_pooled() -> None:
    """Five independent Poisson(10): 65 slots apart, 56 pooled (demand.md §3); means simply add up."""
    assert 5 * counting_centile(10, 1, 0.8) == 65
    assert counting_centile(50, 1, 0.8) == 56


def test_predictive_holds_the_next_week_as_often_as_it_says() -> None:
    """2,000 series of 26 weeks and the week after: at least 80 %, and not far more for counts this large."""
    rng = np.random.default_rng(6)
    drawn = negative_binomial_draws(rng, 80, 4, (2000, 27))
    held = [negative_binomial(row[:26], 0.8)[0] >= row[26] for row in drawn]
    assert float(np.mean(held)) == pytest.approx(0.80, abs=4 * 0.4 / math.sqrt(2000))


@pytest.mark.parametrize(("mean", "phi", "weeks"), [(10.0, 3.0, 26), (50.0, 2.0, 52), (200.0, 8.0, 13)])
def test_delta_interval_covers_in_simulation(mean: float, phi: float, weeks: int) -> None:
    rng = np.random.default_rng(7)
    true = counting_centile(mean, phi, 0.8)
    intervals = [negative_binomial(row, 0.8)[1] for row in negative_binomial_draws(rng, mean, phi, (600, weeks))]
    held = float(np.mean([lower <= true <= upper for lower, upper in map(bounds, intervals)]))
    assert 0.86 <= held <= 0.98


def test_delta_error_is_that_of_simulation() -> None:
    """Mean + z s of 3,000 series with a long tail (mean 400, φ 100): half the interval is 1.645 of its deviations."""
    drawn = negative_binomial_draws(np.random.default_rng(8), 400, 100, (3000, 60)).astype(float)
    centiles = drawn.mean(axis=1) + norm.ppf(0.95) * drawn.std(axis=1, ddof=1)
    lower, upper = bounds(negative_binomial_from_moments(400, 100, 0.95, weeks=60)[1])
    assert (upper - lower) / 2 / norm.ppf(0.95) == pytest.approx(float(np.std(centiles)), rel=0.06)


def test_related_weeks_widen_the_interval() -> None:
    """Blocks of 4 equal weeks are worth few independent ones."""
    values = np.repeat(negative_binomial_draws(np.random.default_rng(1), 50, 3, (13,)), 4)
    lower, upper = bounds(negative_binomial(values, 0.8)[1])
    low, high = bounds(negative_binomial(np.random.default_rng(3).permutation(values), 0.8)[1])
    assert upper - lower > 1.3 * (high - low)


def test_months_give_the_centile_of_weeks() -> None:
    """Three years of months, 30 a week and φ 2: near that of a week; the spread of months alone would be far less."""
    value, interval = negative_binomial_from_moments(30, 2.0, 0.8, weeks=156.5, periods=36)
    lower, upper = bounds(interval)
    assert value == 36 == counting_centile(30, 2 * (1 + 1 / 156.5), 0.8)
    assert lower < 36 < upper
    few = negative_binomial_from_moments(30, 2.0, 0.8, weeks=43.5, periods=10)[1]
    assert few.lower is None and few.reason.startswith("10 periods")


# ---- all of them


def test_all_three_of_the_reference_series() -> None:
    found = centile_estimates(X26, 0.8)
    assert list(found) == ["excel", "harrell_davis", "negative_binomial"]
    assert found["excel"].value == pytest.approx(27.0)
    assert found["harrell_davis"].value == pytest.approx(27.725, abs=5e-5)
    assert found["negative_binomial"].value == nbinom.ppf(0.8, X26_MEAN * 26, 26 / 27)
    for estimate in found.values():
        lower, upper = bounds(estimate.interval)
        assert lower <= estimate.value <= upper
        assert estimate.interval.method and estimate.name


X26_MEAN = sum(X26) / 26


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [X12[:1], X12[:2], X26[:10]], ids=len)
def test_fewer_than_eleven_weeks_have_no_interval_and_say_so(values: tuple[int, ...]) -> None:
    for estimate in centile_estimates(values, 0.8).values():
        assert math.isfinite(estimate.value)
        assert (estimate.interval.lower, estimate.interval.upper) == (None, None)
        assert f"{len(values)} weeks" in estimate.interval.reason and "at least 11" in estimate.interval.reason


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[0.0] * 30, [5.0] * 30, [5.0] * 29 + [5000.0], [0.0] * 29 + [1.0]])
def test_odd_series_give_answers(values: list[float]) -> None:
    for estimate in centile_estimates(values, 0.8).values():
        lower, upper = bounds(estimate.interval)
        assert lower - 1e-9 <= estimate.value <= upper + 1e-9
    if not any(values):
        assert {estimate.value for estimate in centile_estimates(values, 0.8).values()} == {0.0}


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 80.0])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1"):
        centile_estimates(X26, min(max(share, 0.0), 1.0))
    with pytest.raises(ValueError, match="above 0 and below 1"):
        negative_binomial(X26, share)


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        centile_estimates([], 0.8)


@given(SERIES, SHARES, SHARES)
def test_a_higher_share_never_asks_for_less(values: list[int], one: float, other: float) -> None:
    low, high = sorted((one, other))
    for estimate in (percentile_inc, harrell_davis_centile, lambda v, q: negative_binomial(v, q)[0]):
        assert estimate(values, low) <= estimate(values, high) + 1e-9


@given(SERIES, SHARES)
def test_centiles_lie_within_the_data(values: list[int], share: float) -> None:
    for estimate in (percentile_inc, harrell_davis_centile):
        assert min(values) - 1e-9 <= estimate(values, share) <= max(values) + 1e-9


@settings(max_examples=50)
@given(SERIES, SHARES, st.floats(0.1, 50))
def test_scaling_the_weeks_scales_the_centile(values: list[int], share: float, factor: float) -> None:
    """The negative binomial counts patients, so it has to be told how much one of them adds."""
    scaled = np.array(values) * factor
    assert percentile_inc(scaled, share) == pytest.approx(factor * percentile_inc(values, share), abs=1e-9)
    assert harrell_davis_centile(scaled, share) == pytest.approx(
        factor * harrell_davis_centile(values, share), abs=1e-6
    )
    in_patients = negative_binomial(values, share)[0]
    assert abs(negative_binomial(scaled, share, unit=factor)[0] / factor - in_patients) <= 1 + 1e-9


@given(SERIES, SHARES)
def test_rows_are_the_same_formulas(values: list[int], share: float) -> None:
    ordered = np.sort(np.array([values, values[::-1]], dtype=float), axis=1)
    assert percentile_inc_rows(ordered, share) == pytest.approx([percentile_inc(values, share)] * 2)
    assert harrell_davis_rows(ordered, share) == pytest.approx([harrell_davis_centile(values, share)] * 2)


@given(st.lists(SERIES, min_size=2, max_size=4))
def test_pooling_leaves_the_mean_as_it_is(streams: list[list[int]]) -> None:
    """The centile of a sum is mostly, but not always, less than the sum of the centiles; for means they are equal."""
    weeks = min(map(len, streams))
    together = np.sum([stream[:weeks] for stream in streams], axis=0)
    assert float(together.mean()) == pytest.approx(sum(float(np.mean(stream[:weeks])) for stream in streams))
