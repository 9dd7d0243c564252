"""The analysis in depth through the public function: figures known otherwise, odd series, and what always holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

import capacity
from capacity.demand.analyse import analyse
from capacity.demand.depth import Depth, StreamDepth
from capacity.demand.result import Demand, SizingLevel
from capacity.demand.schema import demand_schema
from capacity.service.model import Activity, DemandRow, Estimator, Objective, Service, Sizing, Stream
from tests.demand.builders import (
    X26,
    activity,
    daily_rows,
    monthly_rows,
    rules,
    service,
    stream,
    weekly_rows,
)

MODELS = Path(__file__).parents[2] / "models"
ESTIMATORS: tuple[Estimator, ...] = ("excel", "harrell_davis", "negative_binomial")


def deep(
    streams: Sequence[Stream],
    rows: Sequence[DemandRow],
    activities: Sequence[Activity] | None = None,
    **update: Any,
) -> Demand:
    return analyse(service(streams, rows, activities).model_copy(update=update))


def lung(referrals: Sequence[int], **columns: Any) -> StreamDepth:
    return deep([stream("lung", **columns)], weekly_rows("lung", referrals)).depth.streams["lung"]


def counts(seed: int, mean: float, weeks: int, phi: float = 1.0) -> list[int]:
    rng = np.random.default_rng(seed)
    drawn = rng.poisson(mean, weeks) if phi <= 1 else rng.negative_binomial(mean / (phi - 1), 1 / phi, weeks)
    return [int(number) for number in drawn]


def message(demand: Demand, rule: str) -> str:
    return next(str(finding) for finding in demand.depth.findings if finding.rule == rule)


# ---- only when asked for


def test_depth_is_worked_out_once_and_only_when_asked_for() -> None:
    demand = deep([stream("lung")], weekly_rows("lung", X26))
    assert "depth" not in vars(demand)
    assert demand.depth is demand.depth


def test_a_plan_does_not_pay_for_it() -> None:
    outcome = capacity.plan(capacity.read(MODELS / "golden"), time_limit=5)
    outcome.to_json()
    outcome.summary()
    assert "depth" not in vars(outcome.demand)


def test_a_demand_put_together_by_hand_has_none() -> None:
    made = deep([stream("lung")], weekly_rows("lung", X26))
    assert Demand(made.activities, made.streams, made.weekly, made.waterfall).depth == Depth()


# ---- levels of a stream


def test_keep_up_is_the_mean_with_its_t_interval() -> None:
    """X26 has a lag-1 autocorrelation of -0.1 or so: 26 weeks count as 26."""
    level = lung(X26).levels[0]
    values = np.array(X26)
    width = float(student.ppf(0.95, 25)) * values.std(ddof=1) / np.sqrt(26)
    assert level.referrals == pytest.approx(615 / 26)
    assert level.sessions == pytest.approx(615 / 26 / 8)
    assert (level.lower, level.upper) == pytest.approx(((615 / 26 - width) / 8, (615 / 26 + width) / 8))
    assert level.within == np.mean(values <= 615 / 26)
    assert level.keeps_up == pytest.approx(0.5)
    assert (level.late, level.mean_queue) == (None, None)
    assert "grows without end" in level.queue_reason


def test_percentile_is_the_centile_with_the_interval_of_its_estimator() -> None:
    depth = lung(X26, kind="rapid")
    level, estimate = depth.levels[1], depth.estimates["excel"]
    assert level.referrals == pytest.approx(27)
    assert (level.lower, level.upper) == pytest.approx((estimate.interval.lower / 8, estimate.interval.upper / 8))  # type: ignore[operator]
    assert "PERCENTILE.INC" in level.rule
    assert level.within == np.mean(np.array(X26) <= 27)


def test_what_the_centile_buys_is_the_exact_queue() -> None:
    """Mean 10, Poisson, 13 slots: 5.264 % late, .00009 late twice, mean queue .5273 (reference values)."""
    depth = lung([13] * 8 + [8] * 12, kind="rapid", dna_rate=0)
    level = depth.levels[1]
    assert level.referrals == pytest.approx(13)
    assert level.late == pytest.approx(0.05264, abs=5e-6)
    assert level.on_time == pytest.approx(1 - 0.05264, abs=5e-6)
    assert level.mean_queue == pytest.approx(0.5273, abs=5e-5)
    assert level.mean_list == pytest.approx(10.5273, abs=5e-5)
    twice = lung([13] * 8 + [8] * 12, kind="rapid", target_weeks=2).levels[1]
    assert twice.on_time == pytest.approx(1 - 0.00009, abs=5e-6)


@pytest.mark.parametrize("columns", [{}, {"target_weeks": 2}, {"target_weeks": 18, "target_share": 0.8}])
def test_the_service_level_is_the_least_that_keeps_the_promise(columns: dict[str, Any]) -> None:
    from capacity.demand.counts import fixed_capacity
    from capacity.demand.queue import late_share

    depth = lung(counts(2, 12, 60, 2.5), kind="rapid", **columns)
    level, promise = depth.levels[2], depth.promise
    assert level.on_time is not None
    assert level.referrals is not None
    assert depth.queue_demand is not None
    assert level.on_time >= promise.share
    assert promise.periods == columns.get("target_weeks", 1)
    less = late_share(depth.queue_demand, fixed_capacity(level.referrals - 0.1), promise.periods)
    assert less is None or less > 1 - promise.share


def test_levels_are_in_referrals_slots_and_sessions() -> None:
    levels = lung(X26, kind="rapid", dna_rate=0.2, removal_rate=0.1).levels
    for level in levels:
        assert level.referrals is not None
        assert level.slots is not None
        assert level.slots == pytest.approx(level.referrals * 0.9 / (1 - 0.2))
        assert level.sessions == pytest.approx(level.slots * 30 / 240)


def test_a_promise_by_the_day_is_sized_and_queued_by_day() -> None:
    rows = daily_rows("tia", dt.date(2026, 1, 5), counts(5, 1, 7 * 60)[: 7 * 60])
    rows = [row.model_copy(update={"referrals": row.referrals + 6 * (row.start.weekday() == 0)}) for row in rows]  # type: ignore[operator]
    demand = deep([stream("tia", kind="rapid", period="day")], rows)
    depth = demand.depth.streams["tia"]
    assert depth.promise.unit == "day"
    assert depth.by_day is not None
    assert depth.levels[1].referrals == pytest.approx(depth.by_day.capacity)
    assert (depth.levels[1].late, depth.levels[1].mean_queue) == (depth.by_day.late[0], depth.by_day.mean_queue)
    assert (depth.levels[2].on_time or 0) >= 0.92
    days = demand.to_json()["streams"]["tia"]["by_day_queue"]["days"]
    assert [day["day"] for day in days] == ["Mon", "Tue", "Wed", "Thu", "Fri"]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_estimator_chosen_feeds_requirement_and_levels(estimator: Estimator) -> None:
    referrals = counts(8, 20, 50, 3)
    columns = {"kind": "rapid"}
    demand = deep([stream("lung", **columns)], weekly_rows("lung", referrals), sizing=Sizing(estimator=estimator))
    depth, published = demand.depth.streams["lung"], demand.to_json()
    value = depth.estimates[estimator].value
    assert depth.chosen == estimator
    assert demand.activities["clinic"].required == pytest.approx(value / 8)
    assert demand.depth.activities["clinic"].levels[1].sessions == pytest.approx(value / 8)
    assert depth.levels[1].referrals == pytest.approx(value)
    assert published["streams"]["lung"]["sizing"]["chosen"] == estimator
    assert published["streams"]["lung"]["sizing"]["centile"]["value"] == pytest.approx(value)
    by_day = deep(
        [stream("lung", kind="rapid", period="day")],
        daily_rows("lung", dt.date(2026, 1, 5), counts(9, 6, 7 * 20)),
        sizing=Sizing(estimator=estimator),
    )
    monday = by_day.streams_json["lung"]["sizing"]["by_day"][1]["centile"]
    tuesdays = np.array(counts(9, 6, 7 * 20))[1::7]
    rule = {"excel": lambda: float(np.quantile(tuesdays, 0.8))}.get(estimator)
    assert rule is None or monday == pytest.approx(rule())


# ---- the series


def test_a_step_is_proposed_with_the_line_that_confirms_it_and_then_charted_in_phases() -> None:
    referrals = counts(1, 20, 60) + counts(2, 34, 60)
    made = service([stream("lung", kind="rapid")], weekly_rows("lung", referrals))
    before = analyse(made)
    advice = before.depth.streams["lung"].rebase
    assert advice is not None
    step = dt.date(2026, 1, 5) + dt.timedelta(weeks=60)
    assert advice.line == f"lung = {step.isoformat()}"
    assert advice.line in message(before, "rebase_proposed")
    assert len(before.depth.streams["lung"].phases) == 1

    after = analyse(made.model_copy(update={"rebase": {"lung": step}}))
    depth = after.depth.streams["lung"]
    assert depth.rebase is None
    assert [phase.weeks for phase in depth.phases] == [60, 60]
    assert depth.phases[0].mean == pytest.approx(np.mean(referrals[:60]))
    assert depth.phases[1].first_week == step.isoformat()
    assert depth.levels[0].referrals == pytest.approx(np.mean(referrals[60:]))
    assert not {"rebase_proposed"} & rules(after.depth.findings)


def test_a_step_is_proposed_once_for_a_series_and_not_for_what_it_generates() -> None:
    referrals = counts(1, 20, 60) + counts(2, 34, 60)
    streams = [
        stream("a", series="lung", share=0.5),
        stream("b", series="lung", share=0.5),
        stream("fu", generated_by="a", kind="follow_up"),
    ]
    demand = deep(streams, weekly_rows("lung", referrals))
    proposed = [finding for finding in demand.depth.findings if finding.rule == "rebase_proposed"]
    assert [finding.subject for finding in proposed] == ["lung"]
    assert demand.depth.streams["fu"].rebase is None


def test_a_season_is_shown_against_the_plain_mean() -> None:
    week = np.arange(200)
    referrals = counts(3, 60, 200)
    seasonal = (np.array(referrals) * (1 + 0.4 * np.cos(2 * np.pi * week / 52.18))).round().astype(int).tolist()
    with_season, without = deep([stream("lung")], weekly_rows("lung", seasonal)), deep(
        [stream("lung")], weekly_rows("lung", referrals)
    )  # fmt: skip
    found = with_season.depth.streams["lung"].season
    assert found.helps
    assert found.back_test is not None
    assert (found.back_test.ratio or 1) < 0.7
    assert "season_matters" in rules(with_season.depth.findings)
    assert "season_matters" not in rules(without.depth.findings)
    months = with_season.depth.streams["lung"].monthly_index
    assert months is not None
    assert months[0] > 1.2 > 0.8 > months[6]


def test_achieved_coverage_is_beside_nominal_and_said_where_it_falls_short() -> None:
    rising = [20 + week // 3 for week in range(110)]
    demand = deep([stream("lung", kind="rapid")], weekly_rows("lung", rising))
    rows = demand.depth.streams["lung"].coverage.rows
    assert {(row.history, row.horizon, row.share) for row in rows} == {(26, 13, 0.8), (52, 13, 0.8)}
    assert {row.estimator for row in rows} == set(ESTIMATORS)
    assert "coverage_below_nominal" in rules(demand.depth.findings)
    steady = deep([stream("lung", kind="rapid")], weekly_rows("lung", counts(6, 20, 110)))
    assert "coverage_below_nominal" not in rules(steady.depth.findings)
    short = lung(X26, kind="rapid").coverage
    assert short.rows == ()
    assert "26 weeks are too few" in short.reason


def test_tests_are_of_referrals_received_whatever_the_growth() -> None:
    referrals = counts(4, 15, 80, 4)
    plain, grown = lung(referrals), lung(referrals, growth_rate=0.3)
    assert plain.dispersion == grown.dispersion
    assert plain.dispersion.over_dispersed
    assert plain.trend == grown.trend
    assert (grown.levels[0].referrals or 0) > (plain.levels[0].referrals or 0)


# ---- pooling


def test_five_poisson_streams_of_ten_need_65_apart_and_56_pooled() -> None:
    streams = [stream(f"s{number}", kind="rapid") for number in range(5)]
    rows = [row for number in range(5) for row in weekly_rows(f"s{number}", counts(number, 10, 1500))]
    depth = deep(streams, rows).depth.activities["clinic"]
    assert depth.pooled == ("s0", "s1", "s2", "s3", "s4")
    percentile, service_level = depth.pooling
    assert percentile.apart * 8 == pytest.approx(65, abs=1.01)
    assert percentile.together * 8 == pytest.approx(56, abs=1.01)
    assert percentile.saving == pytest.approx(percentile.apart - percentile.together)
    assert (percentile.rule, service_level.rule) == ("percentile", "service_level")
    assert service_level.saving * 8 > 5
    assert service_level.together == pytest.approx(depth.levels[2].sessions, rel=1e-6)
    assert depth.levels[1].sessions == pytest.approx(percentile.together)
    assert depth.coverage is not None
    assert abs(depth.coverage.rows[0].achieved - 0.8) < 0.05


def test_fixed_sessions_are_in_the_levels_of_an_activity() -> None:
    made = [activity(sessions_per_week=2.5)]
    demand = deep([stream("lung", kind="rapid")], weekly_rows("lung", X26), made)
    levels = demand.depth.activities["clinic"].levels
    sized = demand.activities["clinic"]
    assert [level.sessions for level in levels[:2]] == pytest.approx([sized.required_mean, sized.required])
    assert all(level.lower is None or level.lower >= 2.5 for level in levels)


# ---- the waiting list and the backlog


CLINIC: dict[str, Any] = {"contact_minutes": 24, "target_weeks": 18, "waiting_now": 1200}


def test_sustainable_size_backlog_and_clearance() -> None:
    """30 a week and 18 weeks: 213.8 (first come 540); 986 too many, ten to a session; docs/formulas/waiting_list.md."""
    waiting = lung([30] * 20, **CLINIC).waiting
    assert waiting is not None
    assert waiting.plan.sustainable == pytest.approx(213.8, abs=0.05)
    assert waiting.plan.first_come == 540
    assert waiting.plan.backlog_sessions == pytest.approx(98.6, abs=0.05)
    assert (waiting.capacity, waiting.clears.weeks) == (30, None)
    assert "does not get shorter" in waiting.clears.reason
    faster = waiting.at(60)
    assert faster.clears.weeks == pytest.approx((1200 - 213.8) / 30, abs=0.01)
    assert faster.clears.on == dt.date(2027, 4, 1) + dt.timedelta(days=231)
    assert waiting.plan.relief == pytest.approx(30 + 986.2 / 26, abs=0.01)
    line = faster.trajectory(weeks=40, paths=20)
    assert line is not None
    assert line.reached is not None
    assert line.reached.mean_line == 33
    assert lung([30] * 20).waiting is None


def test_removals_do_not_join_the_list() -> None:
    waiting = lung([30] * 20, removal_rate=0.5, **CLINIC).waiting
    assert waiting is not None
    assert waiting.demand == 15
    assert waiting.plan.sustainable == pytest.approx(213.8 / 2, abs=0.05)
    assert waiting.plan.backlog_sessions == pytest.approx(waiting.plan.backlog * 0.1)  # type: ignore[operator]


def test_backlog_is_in_the_requirement_only_where_it_is_asked_for() -> None:
    rows = weekly_rows("lung", [30] * 20)
    plain = deep([stream("lung", **CLINIC)], rows)
    added = deep([stream("lung", **CLINIC)], rows, objective=Objective(include_backlog=True))
    without, clinic = plain.activities["clinic"], added.activities["clinic"]
    assert (without.required, without.backlog_sessions) == (3, 0)
    assert without.one_off_sessions == clinic.one_off_sessions == pytest.approx(98.6, abs=0.05)
    assert clinic.backlog_sessions == pytest.approx(clinic.one_off_sessions / 52.18)
    assert clinic.required == clinic.required_mean == pytest.approx(3 + clinic.backlog_sessions)
    published = added.to_json()["activities"]["clinic"]
    assert published["backlog_sessions"] == clinic.backlog_sessions
    assert published["levels"][0]["sessions"] == pytest.approx(3)
    steps = added.waterfall[added.waterfall.stream.isna()].set_index("step").value
    assert steps["one-off work"] == clinic.backlog_sessions
    assert steps["sessions"] == clinic.required
    waiting = added.depth.streams["lung"].waiting
    assert waiting is not None
    assert waiting.clears.weeks == pytest.approx(52.18)


def test_follow_ups_of_the_backlog_are_one_off_work_of_their_own_clinic() -> None:
    streams = [
        stream("lung", **CLINIC),
        stream("fu", activity="later", kind="follow_up", generated_by="lung", per_attendance=2, contact_minutes=12),
    ]
    demand = deep(streams, weekly_rows("lung", [30] * 20), [activity(), activity("later")])
    assert demand.activities["later"].one_off_sessions == pytest.approx(98.6, abs=0.05)


def test_a_target_that_leaves_nothing_for_the_next_stage_is_said() -> None:
    streams = [stream("lung", **CLINIC), stream("scan", generated_by="lung", per_attendance=0.5)]
    assert "stage_target" in rules(deep(streams, weekly_rows("lung", [30] * 20)).depth.findings)
    alone = deep(streams[:1], weekly_rows("lung", [30] * 20))
    assert "stage_target" not in rules(alone.depth.findings)


# ---- what the centile buys, said


def test_a_centile_under_serves_a_small_service_of_the_same_period() -> None:
    """Mean 2, Poisson, 3 slots: 20.9 % (reference value)."""
    demand = deep([stream("lung", kind="rapid")], weekly_rows("lung", [3, 1] * 30))
    assert "21% are not seen in the period of referral" in message(demand, "centile_under_serves")


def test_a_centile_over_provides_where_the_next_period_will_do() -> None:
    demand = deep([stream("lung", kind="rapid", target_weeks=2)], weekly_rows("lung", counts(1, 50, 300, 2)))
    assert "more than the promise of 92% seen within 2 weeks takes" in message(demand, "centile_over_provides")
    same_week = deep([stream("lung", kind="rapid")], weekly_rows("lung", counts(1, 50, 300, 2)))
    assert not {"centile_over_provides", "centile_under_serves"} & rules(same_week.depth.findings)


# ---- months


def test_months_say_what_they_cannot_show() -> None:
    demand = deep([stream("lung", kind="rapid")], monthly_rows("lung", counts(3, 100, 40, 3)))
    depth = demand.depth.streams["lung"]
    assert (depth.basis, depth.chosen, depth.rebase) == ("month", "negative_binomial", None)
    assert "by month only" in depth.coverage.reason
    assert depth.levels[1].within is None
    assert "months" in depth.dispersion.verdict
    assert 1.5 < (depth.dispersion.phi or 0) < 6
    assert depth.levels[2].sessions is not None
    slope = deep([stream("lung")], monthly_rows("lung", [100 + 2 * month for month in range(36)]))
    rise = slope.depth.streams["lung"].trend
    assert rise.slope_a_year == pytest.approx(2 * 12 * 7 / 30.4, rel=0.03)


# ---- the published form


def test_it_covers_everything_with_descriptions() -> None:
    schema = demand_schema()
    for part in ("LevelJson", "WaitingListJson", "CoverageJson", "RebaseJson"):
        assert part in schema["$defs"]
    stream_keys = schema["$defs"]["StreamJson"]["properties"].keys()
    assert {"levels", "tests", "phases", "rebase", "season", "coverage", "waiting_list", "promise"} <= stream_keys
    for model in ("respiratory", "msk_physiotherapy", "anaesthetics", "golden"):
        demand = capacity.demand(capacity.read(MODELS / model))
        output = demand.to_json()
        jsonschema.validate(output, schema)
        assert json.loads(json.dumps(output, allow_nan=False)) == output
        assert len(output["findings"]) == len(demand.findings) + len(demand.depth.findings)


def test_findings_in_depth_are_new_ones() -> None:
    demand = capacity.demand(capacity.read(MODELS / "respiratory"))
    assert not set(demand.findings) & set(demand.depth.findings)


# ---- odd series

ODD: dict[str, list[int | None]] = {
    "constant": [7] * 60,
    "nothing": [0] * 60,
    "one huge outlier": [*counts(1, 5, 59), 100_000],
    "to zero": [max(0, 60 - week) for week in range(80)],
    "every other week": [5, None] * 30,
    "now and then": [*([0] * 19), 400] * 4,
    "large": [*counts(1, 5000, 120)],
    **{f"{weeks} weeks": [*counts(2, 12, weeks)] for weeks in (0, 1, 2, 5, 10, 11, 12, 13)},
}


@pytest.mark.parametrize("referrals", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("months", [False, True], ids=["weeks", "months"])
@pytest.mark.filterwarnings("error")
def test_odd_series_give_answers(referrals: list[int | None], months: bool) -> None:
    streams = [
        stream("lung", kind="rapid", target_weeks=2, waiting_now=50),
        stream("later", generated_by="lung", kind="rapid", per_attendance=1.7, after_weeks=2),
        stream("never", generated_by="lung", per_attendance=0),
        stream("part", series="lung", share=0.3, removal_rate=1, waiting_now=3, target_weeks=6),
    ]
    rows = monthly_rows("lung", referrals) if months else weekly_rows("lung", referrals)
    demand = deep(streams, rows, objective=Objective(include_backlog=True))
    output = demand.to_json()
    jsonschema.validate(output, demand_schema())
    json.dumps(output, allow_nan=False)


@pytest.mark.parametrize("weeks", [1, 2, 5, 10, 11, 12])
def test_under_eleven_weeks_there_is_no_interval_and_it_says_why(weeks: int) -> None:
    levels = lung(counts(2, 12, weeks), kind="rapid").levels
    for level in levels[:2]:
        assert (level.lower is None) == (weeks < 11)
        assert weeks >= 11 or ("needs" in level.interval_method and "11" in level.interval_method)


# ---- what always holds


def sessions(levels: Sequence[SizingLevel]) -> list[float]:
    return [level.sessions or 0.0 for level in levels]


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 40), min_size=12, max_size=40), st.sampled_from([2, 3, 0.5]))
def test_scaling_minutes_scales_hours_and_sessions(referrals: list[int], factor: float) -> None:
    plain, scaled = (
        deep([stream("lung", kind="rapid", contact_minutes=20 * size, admin_minutes=6 * size)],
             weekly_rows("lung", referrals))
        for size in (1, factor)
    )  # fmt: skip
    one, other = plain.activities["clinic"], scaled.activities["clinic"]
    assert other.contact_and_admin_hours == pytest.approx(one.contact_and_admin_hours * factor)
    assert other.required == pytest.approx(one.required * factor)
    of_one, of_other = plain.depth.streams["lung"].levels, scaled.depth.streams["lung"].levels
    assert sessions(of_other) == pytest.approx([value * factor for value in sessions(of_one)])
    assert [level.late for level in of_other] == [level.late for level in of_one]


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=12, max_size=40))
def test_pooling_never_needs_more_for_the_mean(pairs: list[tuple[int, int]]) -> None:
    first, second = [list(column) for column in zip(*pairs, strict=True)]
    rows = weekly_rows("a", first) + weekly_rows("b", second)
    streams = [stream("a", kind="rapid"), stream("b", kind="rapid")]
    demand = deep(streams, rows)
    apart = sum(demand.depth.streams[name].levels[0].sessions or 0.0 for name in ("a", "b"))
    assert demand.depth.activities["clinic"].levels[0].sessions == pytest.approx(apart)
    assert demand.activities["clinic"].required >= demand.activities["clinic"].required_mean - 1e-9


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 40), min_size=12, max_size=40), st.floats(0.5, 0.9), st.integers(0, 500))
def test_more_capacity_never_waits_longer(referrals: list[int], centile: float, waiting: int) -> None:
    def depth(share: float) -> StreamDepth:
        return lung(referrals, kind="rapid", centile=share, target_weeks=4, waiting_now=waiting)

    less, more = depth(centile), depth(centile + 0.09)
    assert (more.levels[1].referrals or 0) >= (less.levels[1].referrals or 0)
    assert (1 if less.levels[1].late is None else less.levels[1].late) >= (more.levels[1].late or 0) - 1e-9
    of_less, of_more = less.waiting, more.waiting
    assert of_less is not None
    assert of_more is not None
    if of_less.clears.weeks is not None:
        assert (of_more.clears.weeks or 0) <= of_less.clears.weeks


def test_a_service_without_streams_has_an_empty_depth() -> None:
    made: Service = service([], [], [activity(sessions_per_week=2)])
    assert analyse(made).depth == Depth()
    assert analyse(made).to_json()["activities"]["clinic"]["levels"] == []
