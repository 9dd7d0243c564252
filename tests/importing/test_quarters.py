"""Quarters: a level a week; months only where the mapping asks for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.importing.mapping import Series
from capacity.importing.periods import start_of
from capacity.importing.series import OneSeries, spread_over_months
from tests.importing.writing import imported, rules

MAPPING = '[source]\nfile = "data.csv"\ndate = "Quarter"\ndated_by = "quarter"\n[[series]]\nid = "new"\n'
DATA = "Quarter,Referrals,List\n2025-04-01,910,40\n2025-07-01,920,50\n2025-10-01,1840,60\n"


def test_quarters_are_a_level_and_not_in_demand(tmp_path: Path) -> None:
    result = imported(tmp_path, MAPPING + 'referrals = "Referrals"\n', DATA)
    assert len(result.demand) == 0
    assert result.levels["per_week"].item() == pytest.approx((910 + 920 + 1840) / (91 + 92 + 92) * 7)
    assert rules(result) == {"quarter_levels": [None]}


def test_quarters_spread_over_months_add_up(tmp_path: Path) -> None:
    mapping = MAPPING + 'referrals = "Referrals"\nlist_size = "List"\nspread = "months"\n'
    result = imported(tmp_path, mapping, DATA)
    assert result.demand["referrals"].tolist() == [300, 310, 300, 310, 310, 300, 620, 600, 620]
    assert result.demand["list_size"].fillna(-1).tolist() == [-1, -1, 40, -1, -1, 50, -1, -1, 60]
    assert rules(result) == {"quarter_spread": [None]}


@given(counts=st.lists(st.integers(0, 10**7), min_size=1, max_size=8), day=st.dates())
def test_months_of_a_quarter_are_whole_and_add_up_to_it(counts: list[int], day: object) -> None:
    from capacity.importing.periods import following

    start = start_of(day.replace(year=2026), "quarter")  # type: ignore[attr-defined]
    quarters = [start]
    while len(quarters) < len(counts):
        quarters.append(following(quarters[-1], "quarter"))
    spec = Series(id="new", referrals=("Referrals",), spread="months")
    series = OneSeries("new", "new", spec, quarters, {"referrals": np.array(counts, dtype=float)}, {}, {})
    months = spread_over_months(series).counts["referrals"]
    assert (months == np.round(months)).all() and (months >= 0).all()
    assert months.reshape(-1, 3).sum(axis=1).tolist() == counts
