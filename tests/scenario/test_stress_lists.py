"""Lists of simulated years: against the plain recursion, the exact queue, and small cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from capacity.demand.counts import Referrals
from capacity.demand.queue import periodic_queue
from capacity.demand.trajectory import mean_line
from capacity.scenario.stress_lists import Flow, Served, seen_in_time, serve, shared


def weeks_of(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def test_one_list_follows_the_trajectory_of_the_demand_analysis() -> None:
    rng = np.random.default_rng(4)
    need, capacity = rng.poisson(10, 52).astype(float), rng.poisson(9, 52).astype(float)
    (served,) = serve(capacity[:, None], 0.0, [Flow("new", need[:, None], 25.0)])
    assert served.waiting[:, 0] == pytest.approx(mean_line(25.0, need, capacity))


def test_the_list_of_several_streams_together_is_that_of_one() -> None:
    """Nobody's sessions are wasted while another stream waits: a plain loop over the whole activity gives the sum."""
    rng = np.random.default_rng(5)
    needs = [rng.poisson(mean, (52, 30)).astype(float) for mean in (3, 5, 2)]
    capacity = rng.poisson(10, (52, 30)).astype(float)
    flows = [Flow("rapid", needs[0], 0.0, rapid=True), Flow("new", needs[1], 20.0), Flow("fu", needs[2], 4.0)]
    together = sum(served.waiting for served in serve(capacity, 0.0, flows))
    waiting = np.full(30, 24.0)
    for week in range(52):
        waiting = np.maximum(0.0, waiting + sum(need[week] for need in needs) - capacity[week])
        assert together[week + 1] == pytest.approx(waiting)


def test_rapid_patients_are_seen_first_and_fixed_work_before_them() -> None:
    flows = [Flow("new", weeks_of(5, 5), 0.0), Flow("rapid", weeks_of(3, 3), 0.0, rapid=True)]
    new, rapid = serve(weeks_of(6, 6), 2.0, flows)
    assert rapid.given[:, 0] == pytest.approx([3, 3])
    assert new.given[:, 0] == pytest.approx([1, 1])
    assert new.waiting[:, 0] == pytest.approx([0, 4, 8])


def test_the_others_share_by_their_mean_demand_and_leave_nothing_unused() -> None:
    room = np.array([8.0])
    assert [float(one[0]) for one in shared(room, [np.array([9.0]), np.array([3.0])], [0.75, 0.25])] == [6.0, 2.0]
    assert [float(one[0]) for one in shared(room, [np.array([9.0]), np.array([1.0])], [0.75, 0.25])] == [7.0, 1.0]
    assert [float(one[0]) for one in shared(room, [np.array([2.0]), np.array([1.0])], [0.75, 0.25])] == [2.0, 1.0]


def test_contacts_of_a_caseload_are_not_carried_over() -> None:
    caseload, new = serve(
        weeks_of(4, 9), 0.0, [Flow("beds", weeks_of(5, 5), None, carried=False), Flow("new", weeks_of(2, 2), 0.0)]
    )
    assert caseload.given[:, 0] == pytest.approx([4, 5])
    assert not caseload.waiting.any()
    assert new.waiting[:, 0] == pytest.approx([0, 2, 0])


def test_a_list_without_a_size_starts_where_a_year_before_ended_or_at_nought() -> None:
    rng = np.random.default_rng(6)
    need = rng.poisson(10, (52, 500)).astype(float)
    (settles,) = serve(np.full((52, 500), 11.0), 0.0, [Flow("new", need, None)])
    assert settles.settled
    assert settles.waiting[0].mean() == pytest.approx(3.5, abs=0.6)  # the exact queue's mean is 3.5098
    (grows,) = serve(np.full((52, 500), 9.0), 0.0, [Flow("new", need, None)])
    assert not grows.settled
    assert not grows.waiting[0].any()


def test_waits_are_those_of_the_exact_queue() -> None:
    """Poisson 10 a week, 11 seen: 30.564 % are not seen in their week, 3.958 % not in the next; mean queue 3.51."""
    rng = np.random.default_rng(7)
    need = rng.poisson(10, (52, 4000)).astype(float)
    (served,) = serve(np.full((52, 4000), 11.0), 0.0, [Flow("new", need, None)])
    exact = periodic_queue(Referrals(10.0), 11.0, 2)
    assert exact.mean_queue is not None
    assert served.waiting[1:].mean() == pytest.approx(exact.mean_queue, rel=0.04)
    for weeks in (1, 2):
        seen, late = seen_in_time(need, served, weeks), exact.on_time(weeks)
        assert seen is not None
        assert late is not None
        assert np.nanmean(seen) == pytest.approx(late, abs=0.012)


def test_who_is_seen_in_time_by_hand() -> None:
    """Four wait, three join a week, five are seen: in week 1 all waiting and one of the three; all in two weeks."""
    need = weeks_of(3, 3, 3)
    (served,) = serve(weeks_of(5, 5, 5), 0.0, [Flow("new", need, 4.0)])
    assert served.waiting[:, 0] == pytest.approx([4, 2, 0, 0])
    first = seen_in_time(need, served, 1)
    assert first is not None
    assert first[0] == pytest.approx((1 + 3 + 3) / 9)
    second = seen_in_time(need, served, 2)
    assert second is not None
    assert second[0] == pytest.approx(1.0)


def test_years_in_which_nobody_joins_and_promises_beyond_the_year_have_no_share() -> None:
    served = Served(np.zeros((3, 2)), np.zeros((4, 2)), False)
    need = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    share = seen_in_time(need, served, 1)
    assert share is not None
    assert share[0] == 0
    assert np.isnan(share[1])
    assert seen_in_time(need, served, 4) is None
