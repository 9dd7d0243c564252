"""Achieved coverage against the same back-test written as plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from capacity.demand.backtest import HISTORIES, Coverage, back_test
from capacity.demand.estimators import harrell_davis_centile, negative_binomial, percentile_inc

ESTIMATORS = {
    "excel": percentile_inc,
    "harrell_davis": harrell_davis_centile,
    "negative_binomial": lambda values, share: negative_binomial(values, share)[0],
}


def counts(seed: int, weeks: int, mean: float = 20, phi: float = 3) -> NDArray[np.int64]:
    return np.random.default_rng(seed).negative_binomial(mean / (phi - 1), 1 / phi, weeks)


def _row(rows: tuple[Coverage, ...], *wanted: object) -> Coverage:
    return next(row for row in rows if (row.estimator, row.share, row.history) == wanted)


@pytest.mark.parametrize("kind", ["counts", "related weeks", "a share of a series"])
def test_coverage_by_plain_loops(kind: str) -> None:
    values = counts(1, 110).astype(float)
    if kind == "related weeks":
        values = np.repeat(values[:28], 4)[:110]
    elif kind == "a share of a series":
        values = 0.4 * values
    found = back_test(values, shares=(0.5, 0.8))
    assert len(found.rows) == 3 * 2 * len(HISTORIES) and found.same_weeks and not found.reason
    for row in found.rows:
        held = []
        for origin in range(52, 110 - 13 + 1):
            level = ESTIMATORS[row.estimator](values[origin - row.history : origin], row.share)
            held += [value <= level + 1e-9 for value in values[origin : origin + 13]]
        assert row.achieved == pytest.approx(np.mean(held), abs=1e-12), row
        assert row.origins == 46


def test_blocks_that_do_not_overlap() -> None:
    values = counts(6, 104)
    found = back_test(values, shares=(0.8,), step=13)
    assert {row.origins for row in found.rows} == {4}
    held = [values[at : at + 13] <= percentile_inc(values[at - 26 : at], 0.8) for at in (52, 65, 78, 91)]
    assert _row(found.rows, "excel", 0.8, 26).achieved == pytest.approx(np.mean(held))


def test_parts_of_patients_are_counted_in_patients() -> None:
    values = counts(2, 100)
    whole, scaled = back_test(values), back_test(values * 0.4, unit=0.4)
    assert [row.achieved for row in scaled.rows] == pytest.approx([row.achieved for row in whole.rows])


def test_steady_demand_is_covered_as_often_as_it_says() -> None:
    """60 series of two years without drift: on average near the nominal, Excel a little below for 26 weeks."""
    tests = [back_test(counts(seed, 104, 60, 2), shares=(0.8,)) for seed in range(60)]
    for estimator in ESTIMATORS:
        for history in HISTORIES:
            achieved = [_row(one.rows, estimator, 0.8, history).achieved for one in tests]
            assert float(np.mean(achieved)) == pytest.approx(0.80, abs=0.03)


def test_the_standard_error_is_on_the_safe_side_of_what_simulation_gives() -> None:
    tests = [back_test(counts(seed, 156, 60, 2), shares=(0.8,), histories=(26,)) for seed in range(150)]
    rows = [_row(one.rows, "excel", 0.8, 26) for one in tests]
    errors = [row.standard_error for row in rows if row.standard_error is not None]
    assert len(errors) == 150
    assert float(np.std([row.achieved for row in rows])) <= float(np.mean(errors)) <= 0.1


def test_after_a_step_a_short_history_is_better() -> None:
    """Half a year after the step the last 26 weeks know of it, the last 52 only in part."""
    values = np.concatenate([counts(3, 78, 40, 1.5), counts(4, 65, 60, 1.5)])
    found = back_test(values, shares=(0.8,))
    assert found.better_history("excel", 0.8) == 26
    short, long = (_row(found.rows, "excel", 0.8, history) for history in (26, 52))
    assert long.shortfall > short.shortfall > 0


def test_of_equal_histories_the_shorter_is_named() -> None:
    assert back_test([5.0] * 100, shares=(0.8,)).better_history("excel", 0.8) == 26


@pytest.mark.parametrize(
    ("weeks", "histories", "words"), [(38, [], "26 and 52"), (39, [26], "52"), (77, [26], "52"), (78, [26, 52], "")]
)
def test_a_short_series_says_what_it_cannot_tell(weeks: int, histories: list[int], words: str) -> None:
    found = back_test(counts(5, weeks))
    assert sorted({row.history for row in found.rows}) == histories
    assert (f"sizes on {words} weeks" in found.reason) == bool(words)
    assert bool(found.reason) == bool(words)
    if len(histories) < 2:
        assert found.better_history("excel", 0.8) is None
    if weeks == 39:
        assert {(row.origins, row.standard_error) for row in found.rows} == {(1, None)}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 7.0])
def test_constant_demand_is_always_covered(value: float) -> None:
    rows = back_test([value] * 80).rows
    assert {row.achieved for row in rows} == {1.0}
    assert all(row.standard_error is not None and 0 < row.standard_error < 0.1 for row in rows)


@pytest.mark.filterwarnings("error")
def test_demand_after_weeks_of_nothing_is_not_covered() -> None:
    found = back_test([0.0] * 52 + [4.0] * 13, histories=(52,))
    assert {row.achieved for row in found.rows} == {0.0}
    assert not any(math.isnan(row.achieved) for row in found.rows)
