"""The three levels of an activity: by hand, against a simulated queue, and by how often intervals hold the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.demand.activity_levels import LEVELS, NO_PROMISE, Level, activity_levels, total_level
from capacity.demand.analyse import analyse
from capacity.demand.counts import Referrals
from capacity.demand.day_queue import day_queue, least_day_capacity
from capacity.demand.estimators import centile_interval
from capacity.demand.intervals import mean_error
from capacity.demand.promises import (
    STEP,
    Promise,
    Queue,
    day_queues_of,
    keep,
    queues_of,
    seen_in_time,
    variance_of_chance,
)
from capacity.demand.queue import service_level_capacity
from capacity.demand.series import weekly_series
from capacity.demand.streams import SizedStream, size_streams
from capacity.service.model import Activity, DemandRow, Service, Stream, Template
from tests.demand.builders import (
    FIRST_MONDAY,
    X26,
    activity,
    census_rows,
    daily_rows,
    monthly_rows,
    service,
    stream,
    weekly_rows,
)


def sized(made: Service) -> dict[str, SizedStream]:
    return size_streams(made, weekly_series(made.demand))


def levels(made: Service, name: str = "clinic") -> dict[str, Level]:
    streams = sized(made)
    own = [one for one in streams.values() if one.stream.activity == name]
    return {
        level.name: level
        for level in activity_levels(made.activity(name), analyse(made).activities[name], own, streams)
    }


def clinic(
    streams: Sequence[Stream], rows: Sequence[DemandRow], activities: Sequence[Activity] | None = None
) -> dict[str, Level]:
    return levels(service(streams, rows, activities))


# ---- by hand


def test_a_rapid_stream_at_its_three_levels() -> None:
    """x26: mean 23.6538 and centile 27 of 30 minutes, a session of 240: 2.9567 and 3.375 sessions."""
    found = clinic([stream("lung", kind="rapid")], weekly_rows("lung", X26))
    assert list(found) == list(LEVELS)
    up, centile, service_level = found.values()
    assert (up.sessions, centile.sessions) == pytest.approx((23.653846 / 8, 27 / 8))
    assert (up.slots, centile.slots) == pytest.approx((23.653846, 27))
    assert (up.used, centile.used, service_level.used) == (False, True, False)
    assert centile.on_time == pytest.approx(sum(value <= 27 for value in X26) / 26)
    assert up.promise == "92% seen in the week of referral"
    assert up.seen_in_time is None
    width, _ = mean_error(X26)
    assert width is not None
    assert (up.interval.lower, up.interval.upper) == pytest.approx(((23.653846 - width) / 8, (23.653846 + width) / 8))
    interval = centile_interval(X26, 0.8)
    assert (centile.interval.lower, centile.interval.upper) == pytest.approx((interval.lower / 8, interval.upper / 8))


def test_the_service_level_is_that_of_the_exact_queue() -> None:
    """Poisson, as its variance is below its mean (φ 0.835)."""
    found = clinic([stream("lung", kind="rapid")], weekly_rows("lung", X26))
    least = service_level_capacity(Referrals(615 / 26), 0.92, step=STEP)
    assert least.capacity is not None
    assert found["service_level"].slots == pytest.approx(least.capacity)
    assert found["service_level"].sessions == pytest.approx(least.capacity / 8)
    assert found["service_level"].seen_in_time == pytest.approx(least.queue.on_time())
    assert "(exact queue)" in found["service_level"].rule


def test_a_routine_activity_is_sized_at_its_mean_and_shown_at_a_centile() -> None:
    found = clinic([stream("new"), stream("old", series="new", contact_minutes=15)], weekly_rows("new", X26))
    assert found["keep_up"].used
    assert found["percentile"].sessions == pytest.approx(27 * 45 / 240)
    assert "for comparison" in found["percentile"].rule
    missing = found["service_level"]
    assert (missing.sessions, missing.interval.lower, missing.reason) == (None, None, NO_PROMISE)


def test_streams_of_one_series_are_as_sure_together_as_alone() -> None:
    """All of the error of two streams of a series adds up; that of two series adds up by squares."""
    rng = np.random.default_rng(1)
    weeks = rng.poisson(30, 60)
    one = clinic([stream("a"), stream("b", series="a")], weekly_rows("a", weeks.tolist()))["keep_up"]
    width, _ = mean_error(weeks)
    assert width is not None
    assert one.sessions is not None and one.interval.upper is not None
    assert one.interval.upper - one.sessions == pytest.approx(2 * width / 8)


def test_follow_ups_are_uncertain_with_what_they_come_from() -> None:
    """Two follow-ups of 15 minutes for each: as sure as 60 minutes of the parent, though they come weeks later."""
    rng = np.random.default_rng(2)
    weeks = rng.poisson(30, 60)
    later = stream("again", generated_by="new", per_attendance=2, after_weeks=6, contact_minutes=15)
    found = clinic([stream("new"), later], weekly_rows("new", weeks.tolist()))["keep_up"]
    width, _ = mean_error(weeks)
    assert width is not None
    assert found.sessions is not None and found.interval.lower is not None
    assert found.sessions - found.interval.lower == pytest.approx(width * 60 / 240)


def test_fixed_sessions_are_certain() -> None:
    rows = weekly_rows("lung", X26)
    with_two = clinic([stream("lung")], rows, [activity(sessions_per_week=2)])["keep_up"]
    alone = clinic([stream("lung")], rows)["keep_up"]
    assert with_two.sessions == pytest.approx(alone.sessions + 2)
    assert with_two.interval.lower == pytest.approx(alone.interval.lower + 2)
    only = clinic([], [], [activity(sessions_per_week=2)])
    assert {(level.sessions, level.interval.lower, level.interval.upper) for level in only.values()} == {(2, 2, 2)}


def test_backlog_is_not_in_the_levels() -> None:
    made = service([stream("lung")], weekly_rows("lung", X26))
    demand = analyse(made).activities["clinic"]
    more = replace(demand, required=demand.required + 1, required_mean=demand.required_mean + 1, backlog_sessions=1.0)
    streams = sized(made)
    own = list(streams.values())
    for before, after in zip(
        activity_levels(made.activities[0], demand, own, streams),
        activity_levels(made.activities[0], more, own, streams),
        strict=True,
    ):
        assert before.sessions == (None if after.sessions is None else pytest.approx(after.sessions))


def test_a_template_says_what_a_session_holds() -> None:
    """Six slots a session: x26 takes 23.65 / 6 and 27 / 6 sessions, and the interval goes with them."""
    made = service([stream("lung", kind="rapid")], weekly_rows("lung", X26))
    made = made.model_copy(update={"templates": (Template(activity="clinic", stream="lung", slots=6),)})
    found = levels(made)
    assert (found["keep_up"].sessions, found["percentile"].sessions) == pytest.approx((23.653846 / 6, 27 / 6))
    assert found["percentile"].interval.upper == pytest.approx(centile_interval(X26, 0.8).upper / 6)
    assert found["service_level"].sessions == pytest.approx(found["service_level"].slots / 6)


def test_the_total_adds_up_what_is_known() -> None:
    made = service(
        [stream("lung", kind="rapid"), stream("again", "review", generated_by="lung")],
        weekly_rows("lung", X26),
        [activity(), activity("review"), activity("ward", sessions_per_week=3)],
    )
    every = {name: tuple(levels(made, name).values()) for name in ("clinic", "review", "ward")}
    up, interval = total_level(every, "keep_up")
    assert up == pytest.approx(2 * 23.653846 / 8 + 3)
    width, _ = mean_error(X26)
    assert width is not None
    assert interval.upper == pytest.approx(up + 2 * width / 8)
    required, _ = total_level(every)
    assert required == pytest.approx(27 / 8 + 23.653846 / 8 + 3)
    kept, _ = total_level(every, "service_level")
    service_level = levels(made)["service_level"].sessions
    assert service_level is not None
    assert kept == pytest.approx(service_level + 23.653846 / 8 + 3)


# ---- promises and queues


def queues(streams: Sequence[Stream], rows: Sequence[DemandRow]) -> tuple[Queue, ...]:
    found = sized(service(streams, rows))
    return queues_of(list(found.values()), found)


def test_promises_are_target_weeks_or_the_week_of_referral() -> None:
    streams = [
        stream("lung", kind="rapid"),
        stream("quick", kind="rapid", series="lung", target_weeks=2.5, target_share=0.95),
        stream("new", series="lung", target_weeks=18),
        stream("old", series="lung"),
    ]
    rapid, routine = queues(streams, weekly_rows("lung", X26))
    assert rapid.names == ("lung", "quick")
    assert rapid.promise == Promise(1, 0.95)
    assert routine.names == ("new",)
    assert str(routine.promise) == "92% seen within 18 weeks"


def test_patients_of_a_queue_are_counted_in_their_mean_minutes() -> None:
    """10 of 20 minutes and 5 of 60 a week: 500 minutes, of patients of (10 x 400 + 5 x 3600) / 500 = 44 minutes."""
    streams = [stream("a", kind="rapid", contact_minutes=20), stream("b", kind="rapid", contact_minutes=60)]
    rows = weekly_rows("a", [10] * 20) + weekly_rows("b", [5] * 20)
    (queue,) = queues(streams, rows)
    assert queue.minutes == pytest.approx(44)
    assert (queue.demand.mean, queue.demand.phi) == pytest.approx((500 / 44, 1.0))


def test_chance_decides_who_is_in_a_part_of_a_series() -> None:
    """Of Poisson referrals a part u is Poisson too, though the weeks used are exactly u of each."""
    rng = np.random.default_rng(3)
    weeks = rng.poisson(40, 400)
    found = sized(service([stream("part", kind="rapid", share=0.25, series="a")], weekly_rows("a", weeks.tolist())))
    assert variance_of_chance(list(found.values()), found) == pytest.approx(found["part"].mean * 0.75 * 30**2)
    (queue,) = queues_of(list(found.values()), found)
    assert queue.demand.phi == pytest.approx(1, abs=0.05)


def test_the_variance_of_chance_is_that_of_a_multinomial() -> None:
    """Half of a series takes 20 minutes and three tenths take 50: simulated patient by patient."""
    streams = [
        stream("a", kind="rapid", series="s", share=0.5, contact_minutes=20),
        stream("b", kind="rapid", series="s", share=0.3, contact_minutes=50),
    ]
    found = sized(service(streams, weekly_rows("s", [60] * 20)))
    counts = np.random.default_rng(4).multinomial(60, [0.5, 0.3, 0.2], 40_000)
    simulated = (counts @ [20, 50, 0]).var()
    assert variance_of_chance(list(found.values()), found) == pytest.approx(simulated, rel=0.03)


def test_all_of_a_series_alike_leaves_nothing_to_chance() -> None:
    streams = [stream("a", kind="rapid", series="s", share=0.6), stream("b", kind="rapid", series="s", share=0.4)]
    found = sized(service(streams, weekly_rows("s", [60] * 20)))
    assert variance_of_chance(list(found.values()), found) == pytest.approx(0, abs=1e-6)


def late_share(rng: np.random.Generator, mean: float, phi: float, slots: float, weeks: int, periods: int) -> float:
    """Share of patients who wait so many periods, first come first served, in a simulated queue."""
    referred = rng.poisson(rng.gamma(mean / (phi - 1), phi - 1, weeks))
    capacity = math.floor(slots) + (rng.random(weeks) < slots % 1)
    waiting, late = 0, 0
    joined, served = np.cumsum(referred), np.empty(weeks)
    total = 0
    for week in range(weeks):
        seen = min(waiting + referred[week], capacity[week])
        waiting += referred[week] - seen
        total += seen
        served[week] = total
    for week in range(weeks - periods):
        late += min(referred[week], max(0, joined[week] - served[week + periods - 1]))
    return float(late / referred[: weeks - periods].sum())


@pytest.mark.parametrize("periods", [1, 3])
def test_the_least_capacity_keeps_the_promise_in_a_simulated_queue(periods: int) -> None:
    queue = Queue((), Promise(periods, 0.9), Referrals(8, 2.5), 30.0, None, 25)
    minutes = keep(queue).minutes
    assert minutes is not None
    rng = np.random.default_rng(5)
    assert late_share(rng, 8, 2.5, minutes / 30, 150_000, periods) == pytest.approx(
        1 - seen_in_time(queue, minutes), abs=0.006
    )
    assert seen_in_time(queue, minutes) >= 0.9
    less = seen_in_time(queue, minutes - STEP * 30)
    assert less is None or less < 0.9


def test_intervals_of_service_levels_hold_the_truth() -> None:
    """52 weeks of mean 20 and φ 2, estimated 150 times; four standard errors of 90 % are 10 points."""
    rng = np.random.default_rng(6)
    truth = service_level_capacity(Referrals(20, 2), 0.92, step=STEP).capacity
    assert truth is not None
    held = 0
    for _ in range(150):
        weeks = rng.poisson(rng.gamma(20, 1, 52))
        (queue,) = queues([stream("lung", kind="rapid")], weekly_rows("lung", weeks.tolist()))
        kept = keep(queue)
        assert kept.minutes is not None and kept.below is not None and kept.above is not None
        held += kept.minutes - kept.below <= truth * 30 <= kept.minutes + kept.above
    assert 0.83 <= held / 150 <= 0.98


# ---- sizing by day, by month, of a caseload


def test_days_are_one_queue_one_after_the_other() -> None:
    """12 on Mondays and 6 on the other days; the least capacity of the exact queue by day."""
    rows = daily_rows("walk_in", FIRST_MONDAY, [12, 6, 6, 6, 6, 0, 0] * 20)
    made = service([stream("walk_in", kind="rapid", period="day")], rows)
    found = sized(made)
    assert queues_of(list(found.values()), found) == ()
    (by_day,) = day_queues_of(list(found.values()))
    assert str(by_day.promise) == "92% seen in the day of referral"
    level = levels(made)
    assert level["percentile"].sessions == pytest.approx(36 / 8)
    assert level["percentile"].interval.upper is not None
    assert level["percentile"].interval.upper > 36 / 8
    demand = {"Mon": Referrals(12), **{day: Referrals(6) for day in ("Tue", "Wed", "Thu", "Fri")}}
    least = least_day_capacity(demand, 0.92)
    assert least is not None
    assert level["service_level"].slots == pytest.approx(least.capacity)
    assert level["service_level"].interval.upper == pytest.approx(least.capacity / 8)  # every week is the same
    assert level["percentile"].seen_in_time == day_queue(demand, [12, 6, 6, 6, 6]).on_time()


@pytest.mark.parametrize("columns", [{}, {"target_weeks": 0.4}])
def test_a_stream_by_day_has_the_levels_of_its_activity(columns: dict[str, Any]) -> None:
    rng = np.random.default_rng(8)
    week = [count for _ in range(30) for count in (*rng.poisson([12, 6, 6, 6, 6]).tolist(), 0, 0)]
    made = service(
        [stream("walk_in", kind="rapid", period="day", **columns)], daily_rows("walk_in", FIRST_MONDAY, week)
    )
    of_activity = levels(made)
    for alone in analyse(made).depth.streams["walk_in"].levels:
        together = of_activity[alone.name]
        assert together.sessions == pytest.approx(alone.sessions)
        assert together.seen_in_time == (None if alone.on_time is None else pytest.approx(alone.on_time))
        assert together.interval.lower is not None and together.interval.upper is not None
        assert together.interval.lower <= together.sessions < together.interval.upper


def test_months_have_intervals_of_their_means() -> None:
    counts = [120, 110, 130, 125, 118, 122, 127, 119, 121, 126, 117, 124]
    found = clinic([stream("new", target_weeks=6)], monthly_rows("new", counts))
    assert found["keep_up"].interval.lower is not None
    assert found["service_level"].sessions is not None
    assert found["keep_up"].on_time is None


def test_a_caseload_has_no_queue() -> None:
    found = clinic([stream("beds", kind="caseload", target_weeks=2)], census_rows("beds", [20, 22, 21] * 6))
    assert found["service_level"].reason == NO_PROMISE
    assert found["keep_up"].sessions == pytest.approx(21 / 8)


def test_streams_without_a_common_week_are_taken_one_by_one() -> None:
    rows = weekly_rows("a", X26) + weekly_rows("b", X26, FIRST_MONDAY.replace(year=2024))
    found = clinic([stream("a", kind="rapid"), stream("b", kind="rapid")], rows)
    alone = clinic([stream("a", kind="rapid")], weekly_rows("a", X26))
    for name in LEVELS:
        assert found[name].sessions == pytest.approx(2 * (alone[name].sessions or 0))
    above = (found["keep_up"].interval.upper or 0) - (found["keep_up"].sessions or 0)
    assert above == pytest.approx(math.sqrt(2) * ((alone["keep_up"].interval.upper or 0) - 23.653846 / 8))


# ---- bad input


@pytest.mark.parametrize(
    "weeks", [[0] * 26, [7] * 26, [3] * 25 + [4000], list(range(26, 0, -1)), [5] * 5, [0] * 25 + [1]], ids=str
)
@pytest.mark.parametrize("kind", ["rapid", "routine"])
def test_odd_series_give_levels_not_tracebacks(weeks: list[int], kind: str) -> None:
    found = clinic([stream("odd", kind=kind, target_weeks=4)], weekly_rows("odd", weeks))
    assert all(level.sessions is not None for level in found.values() if level.name != "service_level")
    if len(weeks) < 11:
        assert found["keep_up"].interval.lower is None
        assert "an interval needs at least 11" in found["keep_up"].reason


def test_an_activity_without_weeks_is_what_was_agreed() -> None:
    found = clinic([stream("none")], [], [activity(sessions_per_week=0.5)])
    assert {level.sessions for level in found.values()} == {0.5}


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=11, max_size=40),
    st.lists(st.integers(0, 60), min_size=11, max_size=40),
    st.floats(0.5, 0.95),
    st.integers(1, 8),
)
def test_levels_are_inside_their_intervals_and_in_proportion_to_minutes(
    first: list[int], second: list[int], share: float, wait: int
) -> None:
    def made(times: float) -> dict[str, Level]:
        streams = [
            stream("a", kind="rapid", centile=share, contact_minutes=20 * times),
            stream("b", target_weeks=wait, contact_minutes=30 * times),
        ]
        return clinic(streams, weekly_rows("a", first) + weekly_rows("b", second))

    once, twice = made(1), made(2)
    for name in LEVELS:
        one, two = once[name], twice[name]
        if one.sessions is None:
            assert two.sessions is None
            continue
        assert two.sessions == pytest.approx(2 * one.sessions)
        if one.interval.lower is not None and one.interval.upper is not None:
            assert one.interval.lower <= one.sessions + 1e-9 <= one.interval.upper + 2e-9
        assert one.seen_in_time is None or 0 <= one.seen_in_time <= 1
        assert one.on_time is None or 0 <= one.on_time <= 1
