"""Leave: distributions against all combinations of people, and queues against the design and simulations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from capacity.demand.counts import Referrals, as_pmf
from capacity.demand.leave import (
    clustered_leave,
    compare_leave,
    independent_leave,
    least_limit,
    limited_leave,
    mixture,
    queue_by_week,
    seasonal_presence,
)
from capacity.demand.queue import periodic_queue

FIVE = [42 / 52] * 5
TEN_SLOTS = [10.0] * 5
SCHOOL_HOLIDAYS = {0, 7, 13, 14, 21, 29, 30, 31, 32, 33, 34, 43, 51}
"""Weeks of a year from January, in blocks: Christmas, half-terms, Easter, summer."""


def test_alike_people_are_binomial() -> None:
    capacity = independent_leave([0.8] * 6, [7] * 6)
    np.testing.assert_allclose(capacity.array[::7], binom.pmf(np.arange(7), 6, 0.8), atol=1e-14)
    assert capacity.mean == pytest.approx(6 * 7 * 0.8)
    assert capacity.variance == pytest.approx(7**2 * 6 * 0.8 * 0.2)


def test_five_consultants_of_the_design() -> None:
    """demand.md §3: 5.5 at most one away, 19.2 independent, about 22 clustered; found at a mean demand of 38."""
    queues = compare_leave(Referrals(38), FIVE, TEN_SLOTS, most_away=1).set_index("model")
    assert queues["mean_capacity"].to_numpy() == pytest.approx([50 * 42 / 52] * 4)
    assert round(queues.loc["limited", "mean_queue"], 1) == 5.5
    assert round(queues.loc["independent", "mean_queue"], 1) == 19.2
    assert 21.5 < queues.loc["clustered", "mean_queue"] < 22.5
    assert queues["mean_queue"].is_monotonic_increasing
    assert queues["late"].is_monotonic_increasing


def test_clustered_in_the_order_of_the_calendar() -> None:
    holiday, term = seasonal_presence(FIVE, 13, 0.45)
    capacities = [independent_leave(holiday if week in SCHOOL_HOLIDAYS else term, TEN_SLOTS) for week in range(52)]
    found = queue_by_week(Referrals(38), capacities)
    assert found.mean_queue is not None and found.by_week is not None
    assert 21.5 < found.mean_queue < 22.5
    assert np.argmax(found.by_week) == 34  # the end of the summer holidays
    assert found.by_week.mean() == pytest.approx(found.mean_queue)


def test_a_year_of_equal_weeks_is_the_plain_queue() -> None:
    capacity = independent_leave(FIVE, TEN_SLOTS)
    found = queue_by_week(Referrals(38, 2), [capacity] * 52)
    assert found.mean_queue == pytest.approx(periodic_queue(Referrals(38, 2), capacity).mean_queue, rel=1e-7)


def test_the_year_against_a_simulation() -> None:
    """Weekly means within four standard errors over 2,000 simulated services."""
    seasons = [[0.9, 0.9, 0.9], [0.4, 0.4, 0.4]]
    weeks = [seasons[0]] * 9 + [seasons[1]] * 3
    found = queue_by_week(Referrals(5, 1.5), [independent_leave(week, [3, 3, 3]) for week in weeks])
    rng = np.random.default_rng(7)
    queue = np.zeros(2000)
    by_week = []
    for _ in range(30):
        by_week = []
        for week in weeks:
            slots = 3 * (rng.random((2000, 3)) < week).sum(axis=1)
            queue = np.maximum(queue + rng.negative_binomial(10, 1 / 1.5, 2000) - slots, 0)
            by_week.append((queue.mean(), queue.std(ddof=1) / math.sqrt(2000)))
    estimate, error = np.array(by_week).T
    assert found.by_week is not None
    assert np.all(np.abs(found.by_week - estimate) < 4 * error)


def test_a_year_without_long_run() -> None:
    found = queue_by_week(Referrals(50), [independent_leave(FIVE, TEN_SLOTS)] * 52)
    assert (found.mean_queue, found.by_week) == (None, None) and "grows without end" in found.reason


def _all_combinations(presence: list[float], slots: list[int], most_away: int, factor: float) -> np.ndarray:
    """Distribution of slots over every combination of people, odds of being away times ``factor``."""
    weights = np.zeros(sum(slots) + 1)
    for away in itertools.product([False, True], repeat=len(presence)):
        if sum(away) > most_away:
            continue
        chance = factor ** sum(away)
        for gone, share in zip(away, presence, strict=True):
            chance *= 1 - share if gone else share
        weights[sum(number for gone, number in zip(away, slots, strict=True) if not gone)] += chance
    return weights / weights.sum()


@pytest.mark.parametrize("most_away", [2, 3])
def test_limited_leave_against_all_combinations(most_away: int) -> None:
    presence, slots = [0.9, 0.8, 0.7, 0.85, 0.6], [10, 8, 12, 5, 3]
    capacity = limited_leave(presence, [float(number) for number in slots], most_away)
    mean = float(np.dot(presence, slots))
    assert capacity.mean == pytest.approx(mean)
    low, high = 0.0, 10.0  # the factor on a logarithmic scale, by halving
    for _ in range(80):
        middle = (low + high) / 2
        found = _all_combinations(presence, slots, most_away, math.exp(middle))
        low, high = (middle, high) if found @ np.arange(found.size) > mean else (low, middle)
    np.testing.assert_allclose(capacity.array, found[: capacity.array.size], atol=1e-9)


def test_limits_that_do_not_bind_or_do_not_fit() -> None:
    free = independent_leave(FIVE, TEN_SLOTS)
    assert limited_leave(FIVE, TEN_SLOTS, 5).array == pytest.approx(free.array)
    assert limited_leave([1.0, 1.0], [4, 4], 0).mean == 8
    assert least_limit(FIVE) == 1 and least_limit([0.8] * 6) == 2 and least_limit([0.8] * 5) == 1
    with pytest.raises(ValueError, match="does not fit under a limit of 0"):
        limited_leave(FIVE, TEN_SLOTS, 0)
    rows = compare_leave(Referrals(38), [0.5] * 5, [20.0] * 5, most_away=1).set_index("model")
    assert math.isnan(rows.loc["limited", "mean_queue"]) and "does not fit" in rows.loc["limited", "reason"]


def test_exactly_as_many_away_as_the_limit() -> None:
    """Five people away one week in five, one at a time: always exactly one."""
    capacity = limited_leave([0.8] * 5, TEN_SLOTS, 1)
    assert capacity.mean == pytest.approx(40)
    assert capacity.variance == pytest.approx(0, abs=1e-6)


def test_seasons_keep_the_yearly_mean() -> None:
    holiday, term = seasonal_presence([0.8, 0.9], 12, 0.42)
    for before, in_holidays, in_term in zip([0.8, 0.9], holiday, term, strict=True):
        assert 12 / 52 * in_holidays + 40 / 52 * in_term == pytest.approx(before)
    assert holiday[0] == pytest.approx(1 - 0.2 * 0.42 * 52 / 12)
    with pytest.raises(ValueError, match="does not fit"):
        seasonal_presence([0.5], 13, 0.9)
    with pytest.raises(ValueError, match="part of the year"):
        seasonal_presence([0.8], 52, 0.5)


def test_no_clustering_is_independent() -> None:
    plain = independent_leave(FIVE, TEN_SLOTS)
    assert clustered_leave(FIVE, TEN_SLOTS, 13, 13 / 52).array == pytest.approx(plain.array)


def test_faulty_people() -> None:
    with pytest.raises(ValueError, match="2 people"):
        independent_leave([0.8, 0.8], [10])
    with pytest.raises(ValueError, match="between 0 and 1"):
        independent_leave([1.2], [10])
    with pytest.raises(ValueError, match="0 or more"):
        independent_leave([0.8], [-1])
    assert independent_leave([], []).mean == 0


people = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 12)), min_size=1, max_size=6)


@settings(deadline=None)
@given(people, st.integers(0, 6))
def test_leave_keeps_the_mean_and_a_limit_takes_spread_away(team: list[tuple[float, float]], most: int) -> None:
    presence, slots = [share for share, _ in team], [number for _, number in team]
    mean = float(np.dot(presence, slots))
    free = independent_leave(presence, slots)
    assert free.mean == pytest.approx(mean, abs=1e-9)
    try:
        limited = limited_leave(presence, slots, most)
    except ValueError:
        return
    assert limited.mean == pytest.approx(mean, abs=1e-6)
    assert all(0 <= chance <= 1 + 1e-12 for chance in limited.probabilities)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 6), st.floats(0.6, 0.95), st.integers(1, 5), st.floats(0.5, 0.97))
def test_a_limit_never_makes_queues_longer(people: int, share: float, most: int, load: float) -> None:
    presence, slots = [share] * people, [6.0] * people
    if most < people * (1 - share):
        return
    demand = Referrals(load * people * share * 6)
    free = periodic_queue(demand, independent_leave(presence, slots)).mean_queue
    limited = periodic_queue(demand, limited_leave(presence, slots, most)).mean_queue
    assert free is not None and limited is not None
    assert limited <= free * (1 + 1e-7) + 1e-9


def test_mixture_of_distributions() -> None:
    both = mixture([as_pmf(Referrals(3)), as_pmf(Referrals(9))], [0.25, 0.75])
    assert both.mean == pytest.approx(0.25 * 3 + 0.75 * 9)
    assert both.variance == pytest.approx(both.mean + 0.25 * 0.75 * 36)
