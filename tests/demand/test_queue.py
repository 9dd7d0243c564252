"""The exact periodic queue against printed values, a closed form, a Markov chain and a simulation written apart."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from capacity.demand.counts import Pmf, Referrals, as_pmf, fixed_capacity, observed, pmf
from capacity.demand.leave import independent_leave
from capacity.demand.queue import late_share, on_time_curve, periodic_queue, service_level_capacity
from capacity.demand.stationary import StationaryQueue, stationary_queue
from tests.demand.builders import X26


def _mean(queue_mean: float | None) -> float:
    assert queue_mean is not None
    return queue_mean


@pytest.mark.parametrize(
    ("mean", "phi", "slots", "late1", "late2", "queue"),
    [
        (10, 1, 11, 0.30564, 0.03958, 3.5098),
        (10, 1, 13, 0.05264, 0.00009, 0.5273),
        (10, 2, 14, 0.09611, 0.00210, 0.9825),
        (50, 1, 52, 0.17656, 0.00312, 8.9864),
    ],
)
def test_reference_values(mean: float, phi: float, slots: float, late1: float, late2: float, queue: float) -> None:
    """The values of the design (demand.md §7), to the digits printed."""
    found = periodic_queue(Referrals(mean, phi), slots)
    assert round(found.late[0], 5) == late1
    assert round(found.late[1], 5) == late2
    assert round(_mean(found.mean_queue), 4) == queue
    assert found.mean_list == pytest.approx(_mean(found.mean_queue) + mean)
    assert found.load == pytest.approx(mean / slots)


@pytest.mark.parametrize(("mean", "late"), [(2, 0.209), (5, 0.087), (10, 0.053), (50, 0.028)])
def test_what_the_80th_centile_buys(mean: float, late: float) -> None:
    """20.9, 8.7, 5.3 and 2.8 % late (demand.md §3)."""
    found = late_share(Referrals(mean), fixed_capacity(float(poisson.ppf(0.8, mean))))
    assert found is not None and round(found, 3) == late


@pytest.mark.parametrize("phi", [1, 1.00001, 1.5, 20, 300])
@pytest.mark.parametrize("share", [1.0, 0.7, 0.1])
@pytest.mark.parametrize("load", [0.05, 0.8, 0.99, 0.999999])
def test_one_slot_or_none_against_its_closed_form(load: float, share: float, phi: float) -> None:
    """With at most one slot a period the mean queue follows from the second moments of Q' = Q + D - C + [idle]."""
    mean = load * share
    square = mean * max(phi, 1) + mean**2 - 2 * mean * share + share
    expected = (square - (share - mean)) / (2 * (share - mean))
    found = periodic_queue(Referrals(mean, phi), pmf([1 - share, share]))
    assert found.mean_queue == pytest.approx(expected, rel=1e-9 if load < 0.9999 else 1e-7)


def _chain(arrivals: np.ndarray, slots: np.ndarray, size: int) -> np.ndarray:
    """Stationary distribution of the queue cut off at ``size``, from the balance equations."""
    moves = np.zeros((size, size))
    for queue in range(size):
        for seen, chance in enumerate(slots):
            places = np.clip(queue + np.arange(arrivals.size) - seen, 0, size - 1)
            np.add.at(moves[queue], places, chance * arrivals)
    equations = moves.T - np.eye(size)
    equations[-1] = 1
    found: np.ndarray = np.linalg.solve(equations, np.eye(size)[-1])
    return found


CHAINS = [
    (Referrals(3.5), fixed_capacity(4), poisson.pmf(np.arange(60), 3.5)),
    (Referrals(3.5), fixed_capacity(4.3), poisson.pmf(np.arange(60), 3.5)),
    (Referrals(6, 3), fixed_capacity(8), nbinom.pmf(np.arange(150), 3, 1 / 3)),
    (Referrals(6, 3), pmf([0.1, 0, 0, 0, 0, 0.2, 0, 0, 0, 0, 0.7]), nbinom.pmf(np.arange(150), 3, 1 / 3)),
    (pmf([3, 0, 1, 0, 0, 2]), pmf([0, 1, 1, 4]), np.array([3, 0, 1, 0, 0, 2]) / 6),
    (pmf([3, 0, 1, 0, 0, 0, 2]), pmf([1, 0, 1, 0, 4]), np.array([3, 0, 1, 0, 0, 0, 2]) / 6),
    (pmf([0, 3, 0, 0, 0, 2]), pmf([0, 1, 0, 4, 0, 4]), np.array([0, 3, 0, 0, 0, 2]) / 5),
]


@pytest.mark.parametrize(("demand", "capacity", "arrivals"), CHAINS)
def test_against_a_markov_chain(demand: Pmf | Referrals, capacity: Pmf, arrivals: np.ndarray) -> None:
    """All kinds of demand and capacity; in the last two every step is even, so the queue visits even numbers only."""
    chain = _chain(arrivals, capacity.array, 400)
    queue = stationary_queue(demand, capacity)
    assert isinstance(queue, StationaryQueue)
    np.testing.assert_allclose(queue.over(450)[:400], chain, atol=1e-10)
    numbers = np.arange(400)
    assert queue.mean == pytest.approx(chain @ numbers, rel=1e-8)
    for slots in (0, 1, 2, 7, 30):
        expected = chain @ np.maximum(numbers - slots, 0)
        assert queue.excess(np.array([slots]))[0] == pytest.approx(expected, abs=1e-8)


def _simulated(
    rng: np.random.Generator, arrivals: np.ndarray, slots: np.ndarray, batches: int
) -> tuple[np.ndarray, np.ndarray]:
    """Serve referrals one by one in their order; means of (late >= 1, late >= 2, queue left) and standard errors."""
    line: deque[int] = deque()
    late = np.zeros((arrivals.size, 2))
    left = np.zeros(arrivals.size)
    for period, (joining, places) in enumerate(zip(arrivals, slots, strict=True)):
        line.extend([period] * int(joining))
        for _ in range(min(int(places), len(line))):
            came = line.popleft()
            late[came] += (period > came, period > came + 1)
        left[period] = len(line)
    kept = slice(arrivals.size // 20, -arrivals.size // 20)  # from empty; and those not yet seen at the end
    by_batch = [
        (*(share.sum(axis=0) / joined.sum()), queue.mean())
        for share, joined, queue in zip(
            np.array_split(late[kept], batches),
            np.array_split(arrivals[kept], batches),
            np.array_split(left[kept], batches),
            strict=True,
        )
    ]
    return np.mean(by_batch, axis=0), np.std(by_batch, axis=0, ddof=1) / math.sqrt(batches)


@pytest.mark.parametrize(
    ("mean", "phi", "capacity", "draw"),
    [
        (5, 1, fixed_capacity(6), lambda rng, n: np.full(n, 6)),
        (5, 1, fixed_capacity(5.7), lambda rng, n: 5 + (rng.random(n) < 0.7)),
        (5, 3, fixed_capacity(7), lambda rng, n: np.full(n, 7)),
        (5, 2, independent_leave([0.8] * 3, [3] * 3), lambda rng, n: 3 * (rng.random((n, 3)) < 0.8).sum(axis=1)),
    ],
    ids=["fixed", "fractional", "dispersed", "staff"],
)
def test_against_a_simulation(mean: float, phi: float, capacity: Pmf, draw) -> None:  # type: ignore[no-untyped-def]
    """Within four standard errors of 60,000 simulated periods, which are within 8 % of the value."""
    rng = np.random.default_rng(20260105)
    periods = 60_000
    intensity = rng.gamma(mean / (phi - 1), phi - 1, periods) if phi > 1 else np.full(periods, mean)
    estimate, error = _simulated(rng, rng.poisson(intensity), draw(rng, periods), 40)
    found = periodic_queue(Referrals(mean, phi), capacity)
    exact = np.array([found.late[0], found.late[1], _mean(found.mean_queue)])
    assert np.all(np.abs(estimate - exact) < 4 * error)
    assert np.all(error < 0.08 * exact)


def test_observed_demand_is_used_as_it_was() -> None:
    demand = observed(X26)
    assert demand.mean == pytest.approx(np.mean(X26))
    assert demand.variance == pytest.approx(np.var(X26))
    assert demand.array[22] == pytest.approx(3 / 26)
    assert periodic_queue(demand, 33).late == (0, 0, 0, 0)  # never more than 33 a week
    assert periodic_queue(demand, 30).late[0] > 0


@pytest.mark.parametrize("capacity", [0, 9, 10, 10 + 1e-10])
def test_no_long_run_is_said(capacity: float) -> None:
    found = periodic_queue(Referrals(10), capacity)
    assert (found.mean_queue, found.mean_list, found.late, found.on_time()) == (None, None, (), None)
    assert "grows without end" in found.reason
    assert found.load == (None if capacity == 0 else pytest.approx(10 / capacity))


def test_nobody_comes() -> None:
    for capacity in (0, 5):
        found = periodic_queue(Referrals(0), capacity)
        assert (found.mean_queue, found.mean_list, found.late[0], found.on_time()) == (0, 0, 0, 1)
    assert service_level_capacity(Referrals(0), 0.99).capacity == 0


def test_demand_that_varies_beyond_reason() -> None:
    """An answer where one can be computed, and a reason where not, without a long search."""
    large = periodic_queue(Referrals(10, 500), 20)
    assert large.mean_queue is not None and large.mean_queue > 150
    found = service_level_capacity(Referrals(10, 1e6), 0.8)
    assert found.capacity is None and "varies too much" in found.queue.reason


@pytest.mark.parametrize(("mean", "phi"), [(-1, 1), (math.nan, 1), (math.inf, 1), (5, -1), (5, math.nan)])
def test_demand_out_of_range(mean: float, phi: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Referrals(mean, phi)


def test_distributions_out_of_range() -> None:
    with pytest.raises(ValueError, match="add up"):
        Pmf((0.5, 0.4))
    with pytest.raises(ValueError, match="0 or more"):
        Pmf((1.5, -0.5))
    with pytest.raises(ValueError, match="0 or more"):
        fixed_capacity(-1)
    with pytest.raises(ValueError, match="at least one"):
        observed([])
    with pytest.raises(ValueError, match="can occur"):
        pmf([0, 0])
    with pytest.raises(ValueError, match="below 1"):
        service_level_capacity(Referrals(5), 1.0)
    with pytest.raises(ValueError, match="1 or more"):
        periodic_queue(Referrals(5), 6, longest=0)


def test_an_almost_full_service_is_close_to_its_heavy_traffic_limit() -> None:
    """Mean queue close to variance / (2 x spare capacity) as the load goes to 1."""
    found = periodic_queue(Referrals(200, 4), 200.001)
    assert found.mean_queue == pytest.approx(800 / (2 * 0.001), rel=1e-3)


@pytest.mark.parametrize(("mean", "phi"), [(0.3, 1), (5, 1), (12, 4), (80, 20), (200, 1)])
@pytest.mark.parametrize(("share", "periods"), [(0.8, 1), (0.98, 1), (0.92, 3)])
def test_least_capacity_of_a_service_level(mean: float, phi: float, share: float, periods: int) -> None:
    demand = Referrals(mean, phi)
    found = service_level_capacity(demand, share, periods)
    assert found.capacity is not None and found.capacity > mean
    on_time = found.queue.on_time(periods)
    assert on_time is not None and on_time >= share
    one_less = late_share(demand, fixed_capacity(found.capacity - 1), periods)
    assert one_less is None or one_less > 1 - share


def test_least_number_of_people_and_part_slots() -> None:
    demand = Referrals(20)

    def team(people: float) -> Pmf:
        return independent_leave([0.8] * round(people), [10] * round(people))

    found = service_level_capacity(demand, 0.9, 1, capacity_of=team)
    assert found.capacity == 4
    assert (late_share(demand, team(4)) or 1) <= 0.1 < (late_share(demand, team(3)) or 0)
    part = service_level_capacity(demand, 0.8, step=0.1).capacity
    whole = service_level_capacity(demand, 0.8).capacity
    assert part is not None and whole is not None and whole - 1 < part <= whole


def test_no_amount_is_enough() -> None:
    found = service_level_capacity(Referrals(20), 0.8, capacity_of=lambda people: Pmf((1.0,)), most=1000)
    assert found.capacity is None and "no capacity up to 1000" in found.queue.reason


def test_curve_rises_with_capacity() -> None:
    curve = on_time_curve(Referrals(10, 1.5), range(8, 25))
    assert list(curve.columns) == ["capacity", "load", "on_time", "mean_queue"]
    assert curve["on_time"].isna().tolist() == [True] * 3 + [False] * 14
    rising = curve["on_time"].dropna()
    assert rising.is_monotonic_increasing and rising.iloc[-1] > 0.99


@st.composite
def demands(draw: st.DrawFn) -> Referrals | Pmf:
    if draw(st.booleans()):
        return Referrals(draw(st.floats(0.01, 60)), draw(st.floats(0, 30)))
    return observed(draw(st.lists(st.integers(0, 40), min_size=1, max_size=30)))


@settings(deadline=None)
@given(demands(), st.floats(0.2, 3), st.floats(0, 10))
def test_more_capacity_never_waits_longer(demand: Referrals | Pmf, ratio: float, more: float) -> None:
    capacity = demand.mean * ratio
    small, large = periodic_queue(demand, capacity), periodic_queue(demand, capacity + more)
    for queue in (small, large):
        assert all(0 <= share <= 1 for share in queue.late)
        assert list(queue.late) == sorted(queue.late, reverse=True)
        assert (queue.mean_queue is None) == bool(queue.reason)
    if small.mean_queue is not None:
        assert large.mean_queue is not None
        assert large.mean_queue <= small.mean_queue * (1 + 1e-7) + 1e-9
        assert all(b <= a + 1e-7 for a, b in zip(small.late, large.late, strict=True))


@settings(deadline=None)
@given(demands(), st.floats(1.05, 3))
def test_mean_wait_is_mean_queue_by_demand(demand: Referrals | Pmf, ratio: float) -> None:
    """Little's law: P(wait >= 1) + P(wait >= 2) + ... = mean queue / mean demand."""
    if demand.mean < 0.2:
        return
    found = periodic_queue(demand, demand.mean * ratio, longest=60)
    if found.mean_queue is not None and found.late[-1] < 1e-9:
        assert sum(found.late) == pytest.approx(found.mean_queue / demand.mean, abs=1e-6)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 20), min_size=2, max_size=20), st.lists(st.integers(0, 30), min_size=1), st.integers(2, 5)
)
def test_counting_in_groups_scales_the_queue(referrals: list[int], slots: list[int], group: int) -> None:
    """Patients who come and are seen in groups of a size: the queue is that many times as long, the waits the same."""
    single = periodic_queue(observed(referrals), observed(slots))
    grouped = periodic_queue(
        observed([group * number for number in referrals]), observed([group * number for number in slots])
    )
    if single.mean_queue is None:
        assert grouped.mean_queue is None
    else:
        assert grouped.mean_queue == pytest.approx(group * single.mean_queue, rel=1e-7, abs=1e-9)
        assert grouped.late == pytest.approx(single.late, abs=1e-7)


@settings(deadline=None)
@given(st.floats(0.05, 200), st.floats(0, 40))
def test_probabilities_of_demand_keep_its_moments(mean: float, phi: float) -> None:
    law = as_pmf(Referrals(mean, phi))
    assert law.mean == pytest.approx(mean, rel=1e-9)
    assert law.variance == pytest.approx(mean * max(phi, 1), rel=1e-8)
    drawn = Referrals(mean, phi).draw(np.random.default_rng(1), (4000,))
    assert abs(drawn.mean() - mean) < 6 * math.sqrt(law.variance / 4000) + 0.02
