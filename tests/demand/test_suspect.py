"""Faults put into good counts are found; good counts, made and published, are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.demand.suspect import glued_years, hidden_totals, outliers, repeated_runs

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "published"
QUARTERLY = PUBLISHED / "england_qar_outpatient_quarterly_provider.csv"
SCOTTISH = PUBLISHED / "scotland_weekly_admissions_hb.csv"
ATTENDANCES = PUBLISHED / "ae_attendances.csv"
NOT_THERE = "the published data stand beside the repository, in shared/data/published, and are not there"


def counts(mean: float, dispersion: float = 1.5, weeks: int = 104, seed: int = 3) -> list[float]:
    """Negative-binomial counts."""
    random = np.random.default_rng(seed)
    made = random.negative_binomial(mean / (dispersion - 1), 1 / dispersion, weeks)
    return [float(count) for count in made]


YEARS = [2024] * 52 + [2025] * 52


@pytest.mark.parametrize("mean", [5, 20, 300, 4000])
@pytest.mark.parametrize(("before", "year"), [(False, 2025), (False, 2024), (True, 2025)])
def test_a_year_glued_on_is_found(mean: float, before: bool, year: int) -> None:
    values = counts(mean)
    count = int(values[60]) or 3
    values[60] = float(f"{year}{count}" if before else f"{count}{year}")
    assert glued_years(values, YEARS) == {60: (count, year)}


def test_years_on_most_counts_are_found_by_how_often_they_come() -> None:
    """Three of four counts end with a year, so no level of good counts is left to compare with."""
    assert glued_years([22012, 12012, 2014, 22012], [2011, 2011, 2011, 2012]) == {
        0: (2, 2012), 1: (1, 2012), 3: (2, 2012),
    }  # fmt: skip


def test_large_counts_that_end_like_a_year_are_left_alone() -> None:
    values = [120_000.0 + step for step in range(0, 26_000, 500)]
    values[7] = 122_024.0
    assert glued_years(values, [2024] * len(values)) == {}


@pytest.mark.parametrize(("mean", "length"), [(12, 13), (12, 52), (40, 4), (40, 13), (900, 4), (900, 52)])
@pytest.mark.parametrize("after", [False, True])
def test_a_total_among_rows_is_found(mean: float, length: int, after: bool) -> None:
    values = counts(mean)
    place = 40 if after else 60
    summed = slice(place, place + length) if after else slice(place - length, place)
    values.insert(place, sum(values[summed]))
    span = (place + 1, place + length) if after else (place - length, place - 1)
    assert hidden_totals(values) == {place: span}


def test_totals_of_every_quarter_and_of_the_year_are_found() -> None:
    values = counts(20, weeks=52)
    with_totals: list[float] = []
    for quarter in range(4):
        weeks = values[13 * quarter : 13 * quarter + 13]
        with_totals += [*weeks, sum(weeks)]
    with_totals.append(sum(values))
    assert list(hidden_totals(with_totals)) == [13, 27, 41, 55, 56]


def test_a_huge_count_is_found_and_a_change_of_level_is_not() -> None:
    values = counts(20)
    values[30] = 400
    assert outliers(values) == (30,)
    assert outliers([*counts(2, weeks=90), *counts(60, weeks=10)]) == ()


@pytest.mark.parametrize(("mean", "length"), [(20, 8), (400, 5)])
def test_weeks_pasted_twice_are_found(mean: float, length: int) -> None:
    values = counts(mean, 3)
    values[70 : 70 + length] = values[10 : 10 + length]
    assert (10, 70, length) in [(first, second, same) for first, second, same in repeated_runs(values)]


def test_runs_of_one_value_are_not_called_repeated() -> None:
    assert repeated_runs([0.0] * 30 + counts(20)) == ()
    assert repeated_runs([4.0] * 60) == ()


def test_nothing_is_said_of_a_few_counts() -> None:
    for values in ([], [5.0], [1.0, 2.0, 3.0, 6.0]):
        assert glued_years(values, [2024] * len(values)) == {}
        assert hidden_totals(values) == {} and outliers(values) == () and repeated_runs(values) == ()


@given(st.lists(st.integers(0, 10**6), max_size=60))
def test_any_counts_get_an_answer(values: list[int]) -> None:
    array = np.array(values, dtype=float)
    places = [*glued_years(array, [2024] * len(array)), *hidden_totals(array), *outliers(array)]
    assert all(0 <= place < len(values) for place in places)
    assert all(first < second <= len(values) - length for first, second, length in repeated_runs(array))


def test_made_series_are_seldom_accused() -> None:
    """200 clean series of all levels, 20,800 counts."""
    accused = 0
    for seed in range(200):
        values = counts((2, 8, 30, 200)[seed % 4], (1.2, 4)[seed % 2], seed=seed)
        accused += sum(bool(found) for found in (
            glued_years(values, YEARS), hidden_totals(values), outliers(values), repeated_runs(values)
        ))  # fmt: skip
    assert accused <= 2


def accusations(values: np.ndarray, years: list[int]) -> list[str]:
    found = {
        "glued": glued_years(values, years),
        "total": hidden_totals(values),
        "outlier": outliers(values),
        "run": repeated_runs(values),
    }
    return [name for name, places in found.items() for _ in places]


@pytest.mark.skipif(not QUARTERLY.is_file(), reason=NOT_THERE)
def test_the_quarterly_return_has_fourteen_counts_with_a_year_and_no_other_is_accused_of_one() -> None:
    """The largest DNA of the return is 286,322,014: 28,632 patients and the year 2014."""
    frame = pd.read_csv(QUARTERLY)
    columns = [name for name in frame.columns if name.startswith("total_")]
    found: dict[tuple[str, str], int] = {}
    totals = 0
    for provider, of_provider in frame.groupby("provider"):
        years = [int(quarter[:4]) for quarter in of_provider["quarter_start"]]
        for column in columns:
            values = of_provider[column].to_numpy(dtype=float)
            if glued := glued_years(values, years):
                found[str(provider), column] = len(glued)
                assert all(rest < 30_000 for rest, _ in glued.values())
            totals += len(hidden_totals(values)) + len(repeated_runs(values))
    assert {column for _, column in found} == {"total_subs_dna"}
    assert {provider: count for (provider, _), count in found.items()} == {
        "IMPERIAL COLLEGE HEALTHCARE NHS TRUST": 6,
        "NORTH BRISTOL NHS TRUST": 3,
        "SOUTH LONDON HEALTHCARE NHS TRUST": 2,
        "TORBAY CARE TRUST": 3,
    }
    assert totals <= 3, "of 5,460 series"


@pytest.mark.skipif(not SCOTTISH.is_file(), reason=NOT_THERE)
def test_weekly_admissions_are_not_accused() -> None:
    frame = pd.read_csv(SCOTTISH)
    said = [
        name
        for _, board in frame.groupby(["HB", "AdmissionType"])
        for name in accusations(
            board["NumberAdmissions"].to_numpy(dtype=float), [int(week[:4]) for week in board["WeekEnding"]]
        )
    ]
    assert said == [], "of 45 series"


@pytest.mark.skipif(not ATTENDANCES.is_file(), reason=NOT_THERE)
def test_monthly_attendances_are_seldom_accused() -> None:
    frame = pd.read_csv(ATTENDANCES).sort_values("period")
    said = [
        name
        for _, department in frame.groupby(["org_code", "type"])
        for column in ("attendances", "breaches", "admissions")
        for name in accusations(department[column].to_numpy(float), [int(month[:4]) for month in department["period"]])
    ]
    assert len(said) <= 6, "of 1,284 series"
