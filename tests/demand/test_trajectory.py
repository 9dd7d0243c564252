"""Trajectories: the recursion by hand, the fan against theory, and the weeks in which a size is reached."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.demand.counts import Referrals, pmf
from capacity.demand.leave import independent_leave
from capacity.demand.queue import periodic_queue
from capacity.demand.trajectory import demand_by_week, mean_line, simulate, trajectory
from capacity.demand.waiting_list import clears_in, relief_capacity


def test_mean_line_by_hand() -> None:
    line = mean_line(100, np.array([10.0, 10, 10]), [30, 20, 90], removals=0.1)
    assert line == pytest.approx([100, 100 * 0.9 + 10 - 30, 70 * 0.9 + 10 - 20, 0])


def test_relief_capacity_reaches_its_size_on_the_line() -> None:
    capacity = relief_capacity(30, 1200, 390, 26)
    found = trajectory(1200, np.full(52, 30.0), capacity, size=390 + 1e-6, today=dt.date(2027, 4, 1), paths=200)
    assert found.line[26] == pytest.approx(390)
    assert found.reached is not None and found.reached.mean_line == 26
    assert found.reached.mean_line_on == dt.date(2027, 9, 30)
    weeks = clears_in(1200, 30, capacity, 390).weeks
    assert weeks == pytest.approx(26)


def test_demand_grows_and_follows_the_seasons() -> None:
    level = demand_by_week(20, 105, growth_rate=0.05)
    assert level[0] == 20 and level[-1] == pytest.approx(20 * 1.05 ** (104 / 52.18))
    season = demand_by_week(20, 6, index=[0.5, 1.0, 1.5], first=1)
    assert season == pytest.approx([20, 30, 10, 20, 30, 10])
    with pytest.raises(ValueError, match="0 or more"):
        demand_by_week(-1, 3)
    with pytest.raises(ValueError, match="seasonal index"):
        demand_by_week(1, 3, index=[])


def test_the_fan_has_the_spread_of_demand_and_capacity() -> None:
    """Far from empty the list is a sum: its mean and variance add up week by week."""
    capacity = independent_leave([0.8] * 5, [10] * 5)
    lists = simulate(5000, np.full(40, 38.0), capacity, phi=3, paths=4000, seed=2)
    mean = 5000 + 40 * (38 - 40)
    variance = 40 * (38 * 3 + 10**2 * 5 * 0.8 * 0.2)
    assert abs(lists[40].mean() - mean) < 4 * np.sqrt(variance / 4000)
    assert lists[40].var() == pytest.approx(variance, rel=4 * np.sqrt(2 / 4000))


def test_the_fan_settles_at_the_exact_queue() -> None:
    lists = simulate(0, np.full(300, 10.0), 12, phi=2, paths=2000, seed=4)
    exact = periodic_queue(Referrals(10, 2), 12).mean_queue
    assert exact is not None
    assert abs(lists[300].mean() - exact) < 4 * lists[300].std() / np.sqrt(2000)


def test_the_same_seed_gives_the_same_fan() -> None:
    first, again, other = (trajectory(200, np.full(20, 10.0), 11, phi=2, paths=50, seed=seed).fan for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_the_fan_is_tidy() -> None:
    fan = trajectory(200, np.full(20, 10.0), 11, phi=2).fan
    assert list(fan.columns) == ["week", "quantile", "list_size"]
    assert len(fan) == 21 * 5
    assert set(fan["quantile"]) == {0.1, 0.25, 0.5, 0.75, 0.9}
    assert fan[fan["week"] == 0]["list_size"].tolist() == [200] * 5
    for _, week in fan.groupby("week"):
        assert week.sort_values("quantile")["list_size"].is_monotonic_increasing


def test_when_a_size_is_reached() -> None:
    found = trajectory(100, np.full(60, 10.0), 12, size=60, today=dt.date(2027, 4, 1), seed=3).reached
    assert found is not None and found.mean_line == 20
    assert found.early is not None and found.median is not None and found.late is not None
    assert found.early < found.median < found.late
    assert found.share > 0.9
    assert found.median_on == dt.date(2027, 4, 1) + dt.timedelta(weeks=found.median)
    never = trajectory(100, np.full(60, 30.0), 12, size=60, today=dt.date(2027, 4, 1)).reached
    assert never is not None and (never.mean_line, never.median, never.share) == (None, None, 0)
    assert (never.mean_line_on, never.median_on) == (None, None)
    now = trajectory(50, np.full(5, 30.0), 12, size=60).reached
    assert now is not None and (now.mean_line, now.late) == (0, 0)


def test_capacity_by_week_of_any_kind() -> None:
    demand = np.full(4, 10.0)
    weekly = mean_line(50, demand, np.array([0, 20, 20, 20.0]))
    assert weekly == pytest.approx([50, 60, 50, 40, 30])
    mixed = trajectory(50, demand, [pmf([1]), pmf([0.5, 0, 0.5]), pmf([1]), pmf([1])], paths=300)
    assert mixed.line == pytest.approx([50, 60, 69, 79, 89])
    with pytest.raises(ValueError, match="3 weeks of 4"):
        mean_line(50, demand, [1, 2, 3])
    with pytest.raises(ValueError, match="in each week"):
        mean_line(50, demand, -1)


def test_faulty_and_empty_inputs() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        trajectory(10, np.ones(3), 1, removals=1.5)
    with pytest.raises(ValueError, match="0 or more"):
        trajectory(-1, np.ones(3), 1)
    none = trajectory(10, np.ones(0), 1, size=5)
    assert none.line.tolist() == [10] and none.reached is not None and none.reached.share == 0
    empty = trajectory(0, np.zeros(10), 0, phi=1e6, size=0)
    assert empty.line.tolist() == [0] * 11 and empty.reached is not None and empty.reached.late == 0


@settings(deadline=None, max_examples=50)
@given(st.floats(0, 500), st.floats(0, 50), st.floats(0, 60), st.floats(0, 20), st.floats(0, 1), st.floats(0.5, 20))
def test_more_capacity_is_never_a_longer_list(
    waiting: float, demand: float, capacity: float, more: float, removals: float, phi: float
) -> None:
    weeks = np.full(15, demand)
    few = simulate(waiting, weeks, capacity, phi=phi, removals=removals, paths=20, seed=1)
    many = simulate(waiting, weeks, capacity + more, phi=phi, removals=removals, paths=20, seed=1)
    assert np.all(many <= few + 1e-9) and np.all(many >= 0)
