"""The queue of days that differ, against the exact queue of days alike and a simulation of patients one by one."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.demand.counts import Referrals
from capacity.demand.day_queue import day_queue, demand_by_day, least_day_capacity
from capacity.demand.days import size_by_day
from capacity.demand.queue import periodic_queue
from capacity.demand.series import weekly_series
from tests.demand.builders import FIRST_MONDAY, daily_rows

UNEVEN = {
    "Mon": Referrals(20, 2),
    "Tue": Referrals(10, 2),
    "Wed": Referrals(8, 1.5),
    "Thu": Referrals(8, 1.5),
    "Fri": Referrals(9, 2),
}


@pytest.mark.parametrize(("mean", "phi", "slots"), [(10, 1, 11), (10, 2, 14), (2, 1, 3), (10, 1, 10.6)])
def test_days_alike_are_the_periodic_queue(mean: float, phi: float, slots: float) -> None:
    days = dict.fromkeys(("Mon", "Tue", "Wed"), Referrals(mean, phi))
    found, exact = day_queue(days, [slots] * 3, 3), periodic_queue(Referrals(mean, phi), slots, 3)
    assert found.late == pytest.approx(exact.late, abs=1e-7)
    assert found.mean_queue == pytest.approx(exact.mean_queue, abs=1e-6)
    assert found.mean_list == pytest.approx(exact.mean_list, abs=1e-6)
    assert found.by_day["late"].tolist() == pytest.approx([exact.late[0]] * 3, abs=1e-7)


def simulated(capacities: list[float], weeks: int, seed: int) -> tuple[np.ndarray, float]:
    """Share who wait 1, 2 and 3 open days or more, and the mean queue, patient by patient in order of arrival."""
    rng = np.random.default_rng(seed)
    late, came, left = np.zeros(3), 0, 0
    queue: deque[list[int]] = deque()
    for _ in range(weeks):
        for demand, slots in zip(UNEVEN.values(), capacities, strict=True):
            today = int(demand.draw(rng, (1,))[0])
            came += today
            queue.append([today, 0])
            free = int(slots) + int(rng.random() < slots % 1)
            while free and queue:
                seen = min(free, queue[0][0])
                free -= seen
                queue[0][0] -= seen
                if not queue[0][0]:
                    queue.popleft()
            for waiting in queue:
                late[waiting[1] : waiting[1] + 1] += waiting[0]
                waiting[1] += 1
            left += sum(waiting[0] for waiting in queue)
    return late / came, left / weeks / len(capacities)


def test_days_that_differ_against_a_simulation() -> None:
    capacities = [22.4, 13, 12, 10, 9]
    found = day_queue(UNEVEN, capacities, 3)
    late, queue = zip(*(simulated(capacities, 6000, seed) for seed in range(6)), strict=True)
    error = np.std(late, axis=0, ddof=1) / np.sqrt(6)
    assert np.all(np.abs(np.mean(late, axis=0) - found.late) < 4 * error + 1e-4)
    assert found.mean_queue == pytest.approx(np.mean(queue), abs=4 * np.std(queue, ddof=1) / np.sqrt(6))
    assert found.by_day["mean_queue"].mean() == pytest.approx(found.mean_queue)
    shares, means = found.by_day["late"].to_numpy(), found.by_day["mean"].to_numpy()
    assert np.average(shares, weights=means) == pytest.approx(found.late[0])


def test_a_monday_sized_like_the_other_days_is_late_till_friday() -> None:
    """The same slots a week, spread evenly: the peak is not seen on its day."""
    even, fitted = day_queue(UNEVEN, [13.4] * 5), day_queue(UNEVEN, [23, 12.5, 10, 10, 11.5])
    assert even.capacity == pytest.approx(fitted.capacity)
    assert even.late[0] > 1.5 * fitted.late[0]


def test_too_few_slots_have_no_long_run() -> None:
    found = day_queue(UNEVEN, [11] * 5)
    assert (found.late, found.mean_queue, found.on_time()) == ((), None, None)
    assert "grows without end" in found.reason
    assert found.load == 1
    nobody = day_queue({"Mon": Referrals(0)}, [0])
    assert (nobody.late, nobody.mean_queue, nobody.load) == ((0, 0), 0, None)


def test_least_capacity_keeps_the_promise_and_one_centile_less_does_not() -> None:
    found = least_day_capacity(UNEVEN, 0.92)
    assert found is not None
    assert (found.on_time() or 0) >= 0.92
    less = day_queue(UNEVEN, [slots - 1 for slots in found.by_day["capacity"]])
    assert (less.on_time() or 0) < 0.92
    easier = least_day_capacity(UNEVEN, 0.92, 2)
    assert easier is not None
    assert easier.capacity <= found.capacity


def test_refusals() -> None:
    with pytest.raises(ValueError, match="for each day"):
        day_queue(UNEVEN, [1.0])


def test_days_of_a_series() -> None:
    series = weekly_series(daily_rows("tia", FIRST_MONDAY, [20, 5, 5, 5, 5, 0, 0] * 13))["tia"]
    sized = size_by_day(series, 0.8)
    assert sized is not None
    days = demand_by_day(sized)
    assert {day: one.mean for day, one in days.items() if one.mean} == {
        "Mon": 20, "Tue": 5, "Wed": 5, "Thu": 5, "Fri": 5
    }  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0.2, 12), st.floats(1, 3)), min_size=1, max_size=5),
    st.floats(1.15, 3),
    st.floats(1.01, 1.5),
)
def test_more_slots_never_wait_longer(days: list[tuple[float, float]], room: float, more: float) -> None:
    demand = {str(day): Referrals(mean, phi) for day, (mean, phi) in enumerate(days)}
    slots = [one.mean * room for one in demand.values()]
    found, better = day_queue(demand, slots, 3), day_queue(demand, [number * more for number in slots], 3)
    if not found.late:
        return
    assert all(0 <= share <= 1 for share in (*found.late, *better.late))
    assert list(found.late) == sorted(found.late, reverse=True)
    assert all(after <= before + 1e-8 for before, after in zip(found.late, better.late, strict=True))
    assert (better.mean_queue or 0) <= (found.mean_queue or 0) + 1e-7
