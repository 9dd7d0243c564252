"""Demand of simulated years: its mean and spread are those streams are sized at, and every plan meets the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from capacity.demand.levels import dispersion_of
from capacity.demand.seasonality import plan_weeks
from capacity.demand.streams import SizedStream
from capacity.scenario.stress_demand import DemandDrawn, counts_at, draw_demand
from capacity.scenario.stress_settings import StressSettings
from capacity.service.model import Stream
from capacity.supply.gap import sized_streams
from tests.demand.builders import X26, service, stream, weekly_rows

WEEKS = plan_weeks(dt.date(2027, 4, 1))


def drawn(
    streams: Sequence[Stream], values: Sequence[int] = X26 * 2, years: int = 600, **settings: Any
) -> tuple[Mapping[str, SizedStream], DemandDrawn]:
    made = service(streams, weekly_rows("new", values, dt.date(2026, 3, 30)))
    sized = sized_streams(made)
    return sized, draw_demand(sized, WEEKS, StressSettings(years=years, **settings))


def off(sized: SizedStream, found: np.ndarray) -> float:
    """Standard errors between the mean drawn and that the stream is sized at."""
    years = found.mean(axis=0)
    return abs(float(years.mean()) - sized.mean) / (float(years.std(ddof=1)) / years.size**0.5)


OVER = tuple(value + (9 if at % 3 else -9) for at, value in enumerate(X26 * 2))
"""Varies more than Poisson."""


@pytest.mark.parametrize("values", [X26 * 2, OVER], ids=["under-dispersed", "over-dispersed"])
def test_mean_and_spread_are_those_the_stream_is_sized_at(values: Sequence[int]) -> None:
    sized, found = drawn([stream("new")], values)
    assert off(sized["new"], found.referrals["new"]) < 4
    ratio = found.referrals["new"].var() / found.referrals["new"].mean()
    assert ratio == pytest.approx(max(1.0, dispersion_of(sized["new"])), rel=0.04)
    assert (dispersion_of(sized["new"]) > 1.5) == (values is OVER)


def test_a_larger_mean_gives_no_smaller_count_at_the_same_random_number() -> None:
    uniform = np.random.default_rng(3).random((2, 500))
    few, many = (counts_at(uniform, np.array([mean, mean]), 2.0) for mean in (20.0, 22.0))
    assert (many >= few).all()
    assert (counts_at(uniform, np.array([0.0, 5.0]), 1.0)[0] == 0).all()


def test_streams_that_share_a_series_out_get_no_referral_twice() -> None:
    parts = [stream("a", series="new", share=0.35), stream("b", series="new", share=0.65)]
    sized, found = drawn(parts)
    whole = drawn([stream("new")])[1].referrals["new"]
    assert (found.referrals["a"] + found.referrals["b"] == whole).all()
    assert off(sized["a"], found.referrals["a"]) < 4
    assert off(sized["b"], found.referrals["b"]) < 4


def test_streams_that_each_draw_on_the_whole_of_a_series_follow_the_same_weeks() -> None:
    _, found = drawn([stream("a", series="new"), stream("b", series="new")])
    assert (found.referrals["a"] == found.referrals["b"]).all()


def test_a_generated_stream_follows_its_parent_with_its_lag() -> None:
    """Two follow-ups of each patient seen, three weeks later: exactly twice the referrals of three weeks before."""
    child = stream("fu", kind="follow_up", generated_by="new", per_attendance=2.0, after_weeks=3)
    sized, found = drawn([stream("new"), child])
    assert found.referrals["fu"][3:] == pytest.approx(2 * found.referrals["new"][:-3])
    assert off(sized["fu"], found.referrals["fu"]) < 4


def test_what_follows_a_part_of_patients_is_drawn_patient_by_patient() -> None:
    child = stream("scan", generated_by="new", per_attendance=0.3)
    grand = stream("after", generated_by="scan", per_attendance=0.5, after_weeks=2)
    sized, found = drawn([stream("new"), child, grand], OVER)
    assert (found.referrals["scan"] <= found.referrals["new"]).all()
    assert (found.referrals["after"][2:] <= found.referrals["scan"][:-2]).all()
    for key in ("scan", "after"):
        assert off(sized[key], found.referrals[key]) < 4
        ratio = found.referrals[key].var() / found.referrals[key].mean()
        assert ratio == pytest.approx(dispersion_of(sized[key]), rel=0.05)


def test_weeks_before_the_year_come_back_in_it() -> None:
    """The first weeks of a stream due 16 weeks later are not empty."""
    _, found = drawn([stream("new"), stream("fu", generated_by="new", after_weeks=16)])
    assert found.referrals["fu"][:16].mean() == pytest.approx(found.referrals["new"].mean(), rel=0.05)


def test_growth_rises_over_the_year_about_the_mean_of_the_plan_year() -> None:
    sized, found = drawn([stream("new", growth_rate=0.5)], years=2000)
    weeks = found.referrals["new"].mean(axis=1)
    assert off(sized["new"], found.referrals["new"]) < 4
    assert weeks[39:].mean() / weeks[:13].mean() == pytest.approx(1.5 ** (39 / 52.18), rel=0.02)


def test_growth_of_a_child_is_its_parents_and_its_own() -> None:
    streams = [stream("new", growth_rate=0.1), stream("fu", generated_by="new", after_weeks=12, growth_rate=0.2)]
    sized, found = drawn(streams, years=2000)
    assert off(sized["fu"], found.referrals["fu"]) < 4
    weeks = found.referrals["fu"].mean(axis=1)
    assert weeks[39:].mean() / weeks[:13].mean() == pytest.approx(1.32 ** (39 / 52.18), rel=0.03)


def seasonal(weeks: int) -> list[int]:
    """A winter peak of a third more, with noise of a Poisson."""
    rng = np.random.default_rng(5)
    return list(rng.poisson(60 * (1 + 0.33 * np.cos(2 * np.pi * np.arange(weeks) / 52.18))))


def test_a_season_that_helps_is_followed_and_is_not_counted_as_chance_too() -> None:
    values = seasonal(156)
    made = service([stream("new")], weekly_rows("new", values, dt.date(2024, 4, 1)))
    sized = sized_streams(made)
    followed = draw_demand(sized, WEEKS, StressSettings(years=400))
    flat = draw_demand(sized, WEEKS, StressSettings(years=400, season="never"))
    assert followed.series[0].seasonal
    assert not flat.series[0].seasonal
    assert flat.series[0].dispersion > 3
    assert followed.series[0].dispersion < 1.6
    weeks = followed.referrals["new"].mean(axis=1)
    assert weeks.max() / weeks.mean() == pytest.approx(1.33, abs=0.06)
    assert off(sized["new"], followed.referrals["new"]) < 4
    assert flat.referrals["new"].mean(axis=1).std() < 1


def test_a_season_that_cannot_be_tried_out_is_followed_only_where_asked() -> None:
    made = service([stream("new")], weekly_rows("new", seasonal(110), dt.date(2025, 2, 17)))
    sized = sized_streams(made)
    assert not draw_demand(sized, WEEKS, StressSettings(years=2)).series[0].seasonal
    assert draw_demand(sized, WEEKS, StressSettings(years=2, season="always")).series[0].seasonal


def test_a_stream_without_weeks_asks_for_nothing() -> None:
    _, found = drawn([stream("new"), stream("unknown")])
    assert not found.referrals["unknown"].any()
    made = service([stream("unknown")], [])
    assert not draw_demand(sized_streams(made), WEEKS, StressSettings(years=2)).referrals["unknown"].any()


def test_the_weeks_of_a_stream_do_not_depend_on_other_streams_and_follow_the_seed() -> None:
    alone = drawn([stream("new")], years=20)[1].referrals["new"]
    beside = drawn([stream("new"), stream("fu", generated_by="new", per_attendance=0.4)], years=20)[1].referrals["new"]
    assert (alone == beside).all()
    assert (alone != drawn([stream("new")], years=20, seed=2)[1].referrals["new"]).any()
