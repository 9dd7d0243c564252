"""What benchmarks/demand.py promises, without a clock: one service a seed, a baseline that gives the same figures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.demand import large_service, naive_back_test, naive_interval, naive_queue, weekly_counts
from capacity.demand.analyse import analyse
from capacity.demand.backtest import back_test
from capacity.demand.counts import Referrals
from capacity.demand.estimators import harrell_davis_interval
from capacity.demand.queue import periodic_queue


def test_the_same_service_for_the_same_seed() -> None:
    assert large_service(4, 30, 7) == large_service(4, 30, 7)
    assert large_service(4, 30, 7) != large_service(4, 30, 8)
    published = analyse(large_service(7, 110, 7)).to_json()
    assert len(published["streams"]) == 7
    assert len(published["activities"]) == 2
    assert all(figures["coverage"]["rows"] for figures in published["streams"].values())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plain_way_gives_the_same(seed: int) -> None:
    values = weekly_counts(np.random.default_rng(seed), 90).astype(float)
    plain = naive_back_test(values, 0.8)
    ours = back_test(values, (0.8,))
    assert {(row.estimator, row.history): row.achieved for row in ours.rows} == pytest.approx(plain, abs=0.02)
    lower, upper = naive_interval(values, 0.8, seed)
    interval = harrell_davis_interval(values, 0.8)
    assert (interval.lower, interval.upper) == pytest.approx((lower, upper), rel=0.15, abs=1)


def test_the_plain_queue_is_the_exact_one() -> None:
    assert naive_queue(10, 2, 14) == pytest.approx(periodic_queue(Referrals(10, 2), 14).mean_queue, abs=1e-6)
