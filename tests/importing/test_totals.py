"""Totals hidden among rows are found however they are named, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.importing.totals import is_total, totals_among
from tests.importing.writing import WEEKLY, counts, imported, rules


def weekly(sites: dict[str, list[int]]) -> str:
    days = [f"{4 + 7 * week:02}/01/2026" for week in range(4)]
    rows = [f"{day},{site},{values[week]}" for week, day in enumerate(days) for site, values in sites.items()]
    return "Week ending,Site,Referrals\n" + "\n".join(rows) + "\n"


SITES = {"Hospital": [10, 12, 9, 11], "Clinic": [3, 4, 2, 5], "Van": [1, 0, 2, 1]}
WITH_TOTAL = {**SITES, "Everything": [14, 16, 13, 17]}
ADDED = WEEKLY + '[[series]]\nid = "new"\nadd = "Site"\nreferrals = "Referrals"\n'


def test_a_total_is_not_added_to_its_parts(tmp_path: Path) -> None:
    plain, with_total = imported(tmp_path, ADDED, weekly(SITES)), imported(tmp_path, ADDED, weekly(WITH_TOTAL))
    assert counts(with_total) == counts(plain)
    assert rules(with_total) == {"total_among_rows": [5]}
    assert with_total.findings[0].rows == 4


def test_a_total_is_no_series_of_its_own_unless_kept(tmp_path: Path) -> None:
    mapping = ADDED.replace("add =", "by =")
    assert "new_everything" not in set(imported(tmp_path, mapping, weekly(WITH_TOTAL)).demand["series"])
    kept = imported(tmp_path, mapping.replace("[source]\n", '[source]\ntotals = "keep"\n'), weekly(WITH_TOTAL))
    assert "new_everything" in set(kept.demand["series"])
    assert rules(kept) == {"total_among_rows": [5]} and not kept.set_aside


def test_a_total_that_is_asked_for_by_name_is_read(tmp_path: Path) -> None:
    mapping = ADDED.replace('add = "Site"', 'filter = { Site = "Everything" }')
    assert list(counts(imported(tmp_path, mapping, weekly(WITH_TOTAL))).values()) == [14, 16, 13, 17]


def test_a_label_like_a_total_that_is_none_is_said_and_kept(tmp_path: Path) -> None:
    result = imported(tmp_path, ADDED, weekly({**SITES, "All": [1, 2, 3, 4]}))
    assert list(counts(result).values()) == [15, 18, 16, 21]
    assert rules(result) == {"possible_total": [None]}


@given(
    parts=st.lists(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), min_size=2, max_size=6),
    place=st.integers(0, 6),
)
def test_an_exact_total_is_always_found(parts: list[list[int]], place: int) -> None:
    values = np.array(parts, dtype=float).T + 1  # periods by rows, none all zero
    at = min(place, values.shape[1])
    assert totals_among(np.insert(values, at, values.sum(axis=1), axis=1))[:1] == [at]


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), rows=st.integers(2, 12), weeks=st.integers(8, 160), mean=st.floats(1, 5000))
def test_independent_counts_of_the_same_size_are_not_a_total(seed: int, rows: int, weeks: int, mean: float) -> None:
    """The largest row may be as large as all others together: its own weeks tell it from their sum."""
    random = np.random.default_rng(seed)
    others = random.poisson(mean, size=(weeks, rows)).astype(float)
    candidate = random.poisson(mean * rows, size=weeks).astype(float)
    found = is_total(candidate, others)
    assert not found or weeks < 20 or mean * rows < 3  # a few weeks, or hardly a count, may agree by accident


def test_a_total_is_found_where_small_rows_were_left_out() -> None:
    """As in Scotland: a hospital outside the boards is in the total only, six hundredths of it."""
    random = np.random.default_rng(5)
    boards = random.poisson([800, 400, 300, 250, 200, 90, 40], size=(150, 7)).astype(float)
    total = boards.sum(axis=1) + random.poisson(130, size=150)
    boards[boards < 30] = np.nan
    assert is_total(total, boards)
