"""Steps against brute force, simulation and the published Scottish series; drift and season are not steps."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from capacity.demand.rebase import MARGIN, Proposal, best_steps, explanations, propose_rebase, without_spikes
from tests.demand.builders import X26

SCOTLAND = Path(__file__).parents[3] / "shared" / "data" / "published" / "scotland_weekly_admissions_hb.csv"
Weeks = NDArray[np.floating]


def negative_binomial(rng: np.random.Generator, mean: Weeks, phi: float = 1.5) -> Weeks:
    return rng.negative_binomial(mean / (phi - 1), 1 / phi).astype(float)


def proposed(make: Callable[[np.random.Generator], Weeks], series: int = 60, seed: int = 1) -> list[Proposal]:
    rng = np.random.default_rng(seed)
    found = [propose_rebase(make(rng)) for _ in range(series)]
    return [one for one in found if one is not None]


@given(st.lists(st.integers(0, 60), min_size=21, max_size=34))
def test_best_places_by_trying_all(values: list[int]) -> None:
    """Every choice of places with parts of at least 8 weeks, and 13 for the last."""
    points = np.array(values, dtype=float)

    def squares(steps: tuple[int, ...]) -> float:
        return float(sum(((part - part.mean()) ** 2).sum() for part in np.split(points, steps)))

    found = best_steps(points)
    for number in range(4):
        possible = [
            steps
            for steps in itertools.combinations(range(8, len(values) - 12), number)
            if all(later - earlier >= 8 for earlier, later in itertools.pairwise(steps))
        ]
        assert bool(possible) == (len(found) > number)
        if possible:
            assert squares(found[number]) == pytest.approx(min(map(squares, possible)), abs=1e-6)


def test_a_step_is_found_with_its_date_and_means() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([negative_binomial(rng, np.full(60, 60.0)), negative_binomial(rng, np.full(44, 90.0))])
    weeks = np.datetime64("2025-01-06") + 7 * np.arange(104)
    found = propose_rebase(values, weeks)
    assert found is not None and abs(found.position - 60) <= 2
    assert found.week == dt.date(2025, 1, 6) + dt.timedelta(weeks=found.position)
    assert found.before == pytest.approx(values[: found.position].mean())
    assert found.after == pytest.approx(values[found.position :].mean())
    assert found.change is not None and 0.3 < found.change < 0.7
    assert (found.weeks_before, found.weeks_after) == (found.position, 104 - found.position)
    assert found.run >= 8 and found.margin >= MARGIN and not found.still_moving and not found.may_be_season
    assert found.week.isoformat() in found.evidence and "8 weeks in a row" not in found.evidence[:10]


def test_most_real_steps_are_found() -> None:
    """A quarter more referrals after 62 of 104 weeks, mean 60, φ 1.5."""
    level = np.where(np.arange(104) < 62, 60.0, 75.0)
    found = proposed(lambda rng: negative_binomial(rng, level))
    assert len(found) >= 45
    assert float(np.median([abs(one.position - 62) for one in found])) <= 3


def test_the_last_of_two_steps_is_proposed() -> None:
    rng = np.random.default_rng(3)
    level = np.repeat([60.0, 30.0, 55.0], [40, 40, 40])
    found = propose_rebase(negative_binomial(rng, level))
    assert found is not None and len(found.steps) == 2
    assert abs(found.position - 80) <= 2


@pytest.mark.parametrize("mean", [5.0, 20.0, 100.0])
def test_a_stable_series_is_left_alone(mean: float) -> None:
    assert len(proposed(lambda rng: negative_binomial(rng, np.full(104, mean), 2))) <= 3


@pytest.mark.parametrize("size", [0.1, 0.2, 0.3])
def test_a_season_is_not_a_step(size: float) -> None:
    """A yearly wave that starts anywhere, three years long: local comparisons call nine in ten of them a step."""

    def wave(rng: np.random.Generator) -> Weeks:
        return negative_binomial(
            rng, 100 * (1 + size * np.cos(2 * np.pi * (np.arange(156) + rng.integers(52)) / 52)), 2
        )

    assert len(proposed(wave)) <= 3


def test_a_trend_is_not_a_step() -> None:
    assert len(proposed(lambda rng: negative_binomial(rng, 60 * (1 + 0.2 * np.arange(104) / 52)))) <= 4


def test_related_weeks_are_not_a_step() -> None:
    def drifting(rng: np.random.Generator) -> Weeks:
        level = np.zeros(116)
        for week in range(1, 116):
            level[week] = 0.5 * level[week - 1] + 0.87 * rng.normal()
        return rng.poisson(100 * (1 + 0.15 * level[12:])).astype(float)

    assert len(proposed(drifting)) <= 5


def test_one_wrong_count_is_not_a_step() -> None:
    def with_outlier(rng: np.random.Generator) -> Weeks:
        values = negative_binomial(rng, np.full(156, 60.0))
        values[rng.integers(156)] = 1000
        return values

    assert len(proposed(with_outlier, series=150)) <= 3


def test_spikes_go_and_steps_stay() -> None:
    values = np.array([10, 11, 10, 12, 90, 10, 11, 12, 10, 30, 31, 30, 32, 31, 30.0])
    kept = without_spikes(values)
    assert kept[4] < 30
    assert list(np.delete(kept, 4)) == list(np.delete(values, 4))


def test_a_new_mean_without_a_run_is_not_a_step() -> None:
    """The mean goes from 41 to 55, but every fourth week is as before."""
    values = [40, 41, 43, 39] * 10 + [60, 62, 58, 40] * 8
    found = explanations(values)
    assert found[0].steps and min(one.criterion for one in found if not one.steps) - found[0].criterion > MARGIN
    assert propose_rebase(values) is None


def test_short_history_may_be_season() -> None:
    rng = np.random.default_rng(5)
    values = np.concatenate([negative_binomial(rng, np.full(26, 40.0)), negative_binomial(rng, np.full(26, 80.0))])
    found = propose_rebase(values)
    assert found is not None and found.may_be_season and "turn of a season" in found.evidence
    assert found.week is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[], [4], X26[:20], X26, [7] * 60, [0] * 60, [0] * 59 + [1]], ids=len)
def test_nothing_to_propose(values: list[int]) -> None:
    assert propose_rebase(values) is None
    assert (explanations(values) == []) == (len(values) < 21 or len(set(values)) == 1)


@pytest.mark.filterwarnings("error")
def test_a_service_that_stopped() -> None:
    """From 20 a week to none: the former mean is known, the new one is 0."""
    found = propose_rebase([18, 22, 20, 19, 21, 20] * 6 + [0] * 20)
    assert found is not None and (found.position, found.after, found.change) == (36, 0, -1)
    started = propose_rebase([0] * 20 + [18, 22, 20, 19, 21, 20] * 6)
    assert started is not None and (started.position, started.change) == (20, None)


def test_values_and_dates_go_together() -> None:
    with pytest.raises(ValueError, match="26 values and 2 dates"):
        propose_rebase(X26, np.array(["2026-01-05", "2026-01-12"], dtype="datetime64[D]"))


@pytest.mark.skipif(not SCOTLAND.is_file(), reason="the published admissions are not beside this repository")
def test_scottish_emergencies_fell_in_march_2020_and_came_back() -> None:
    """Of 14 boards at least 12 have the fall within two weeks of 16 March and a step up again in 2020 or 2021."""
    boards: dict[str, list[tuple[str, float]]] = defaultdict(list)
    with SCOTLAND.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["AdmissionType"] == "Emergency" and row["HB"] != "S92000003":
                boards[row["HB"]].append((row["WeekEnding"], float(row["NumberAdmissions"])))
    fell = back = 0
    for weeks in boards.values():
        ends, values = zip(*sorted(weeks), strict=True)
        found = propose_rebase(values, np.array(ends, dtype="datetime64[D]") - 6)
        if found is None:
            continue
        parts = [float(np.mean(part)) for part in np.split(values, found.steps)]
        steps = [(dt.date.fromisoformat(ends[at]), after - before) for at, (before, after) in
                 zip(found.steps, itertools.pairwise(parts), strict=True)]  # fmt: skip
        fell += any(change < 0 and abs(day - dt.date(2020, 3, 22)).days <= 14 for day, change in steps)
        back += any(change > 0 and dt.date(2020, 5, 1) <= day <= dt.date(2021, 12, 31) for day, change in steps)
    assert len(boards) == 14
    assert fell >= 12 and back >= 12
