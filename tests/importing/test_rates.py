"""DNA rates: both denominators, bands of booking lead, and rates that were never recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from capacity.importing.rates import Band, read_band, wilson
from tests.importing.writing import faults, imported, rules

MAPPING = """
[source]
file = "data.csv"
date = "Month"
dated_by = "month"
[[rates]]
id = "clinic"
seen = "Seen"
dna = "DNA"
"""
LEAD = MAPPING + 'other = "Unknown"\nlead = "Lead"\n'
BY_LEAD = """Month,Lead,Seen,DNA,Unknown
2026-01,Same Day,980,20,0
2026-01,1 to 7 Days,450,50,10
2026-01,More than 7 Days,400,100,40
2026-01,Unknown / Data Quality,30,10,5
2026-02,Same Day,990,10,0
2026-02,1 to 7 Days,460,40,10
2026-02,More than 7 Days,*,90,30
"""


@pytest.mark.parametrize(
    ("label", "band"),
    [
        ("Same Day", Band(0, 0)),
        ("1 Day", Band(1, 1)),
        ("15 to 21 Days", Band(15, 21)),
        ("2-7 days", Band(2, 7)),
        ("More than 28 Days", Band(29, None)),
        ("over 28", Band(29, None)),
        ("28+ days", Band(28, None)),
        ("29 or more", Band(29, None)),
        ("less than 7 days", Band(0, 6)),
        ("14", Band(14, 14)),
        ("7 to 2 Days", None),
        ("2 to 4 weeks", None),
        ("Unknown / Data Quality", None),
    ],
)
def test_days_are_read_from_a_label(label: str, band: Band | None) -> None:
    assert read_band(label) == band


def test_both_denominators_and_the_bands(tmp_path: Path) -> None:
    result = imported(tmp_path, LEAD, BY_LEAD)
    whole = result.rates.iloc[0]
    assert (whole["seen"], whole["dna"], whole["other"], whole["set_aside"]) == (3310, 230, 65, 1)
    assert whole["dna_rate"] == pytest.approx(230 / 3540)
    assert whole["dna_rate_of_bookings"] == pytest.approx(230 / 3605)
    bands = result.by_lead
    assert bands["days_from"].tolist() == [0, 1, 8]
    assert bands["days_to"].fillna(-1).tolist() == [0, 7, -1]
    assert bands["dna_rate"].tolist() == pytest.approx([30 / 2000, 90 / 1000, 100 / 500])
    assert bands["share"].tolist() == pytest.approx([2000 / 3500, 1000 / 3500, 500 / 3500], abs=1e-6)
    assert bands["share"].sum() <= 1
    assert rules(result) == {"blank_count": [8], "lead_unknown": [None]}


def test_the_bands_together_give_the_rate_of_those_whose_lead_is_known(tmp_path: Path) -> None:
    bands = imported(tmp_path, LEAD, BY_LEAD).by_lead
    together = (bands["share"] * bands["dna_rate"]).sum() / bands["share"].sum()
    assert together == pytest.approx(220 / 3500, abs=1e-6)


def test_labels_that_say_no_days_are_named_with_their_days(tmp_path: Path) -> None:
    data = BY_LEAD.replace("1 to 7 Days", "within the week")
    assert faults(tmp_path, LEAD, data) == [
        'mapping.toml (clinic), rates[1].lead: found within the week; allowed days such as "2 to 7 days"; '
        'or the label in lead_days: "label" = [first day, last day]'
    ]
    result = imported(tmp_path, LEAD + 'lead_days = { "within the week" = [1, 7] }\n', data)
    assert result.by_lead["days_to"].fillna(-1).tolist() == [0, 7, -1]


def test_bands_that_overlap_are_refused(tmp_path: Path) -> None:
    lines = faults(tmp_path, LEAD, BY_LEAD.replace("1 to 7 Days", "0 to 7 Days"))
    assert lines == [
        "mapping.toml (clinic), rates[1].lead: found Same Day and 0 to 7 Days, which overlap; "
        "allowed bands that do not overlap"
    ]


@pytest.mark.parametrize(("seen", "known"), [(999, True), (1000, False)])
def test_no_dna_among_many_is_not_a_rate_of_zero(tmp_path: Path, seen: int, known: bool) -> None:
    result = imported(tmp_path, MAPPING, f"Month,Seen,DNA\n2026-01,{seen},0\n")
    assert result.rates["dna_rate"].notna().item() is known
    assert ("dna_not_recorded" in rules(result)) is not known


def test_rates_need_no_dates(tmp_path: Path) -> None:
    mapping = '[source]\nfile = "data.csv"\n[[rates]]\nby = "Trust"\nseen = "Seen"\ndna = "DNA"\n'
    result = imported(tmp_path, mapping, "Trust,Seen,DNA\nMoorfields,900,100\nChristie,950,50\n")
    assert dict(zip(result.rates["stream"], result.rates["dna_rate"], strict=True)) == {
        "moorfields": 0.1,
        "christie": 0.05,
    }


def test_two_spellings_of_a_name_are_told(tmp_path: Path) -> None:
    mapping = '[source]\nfile = "data.csv"\n[[rates]]\nby = "Trust"\nseen = "Seen"\ndna = "DNA"\n'
    result = imported(tmp_path, mapping, "Trust,Seen,DNA\nBrompton & Harefield,90,10\nBrompton AND Harefield,95,5\n")
    assert result.rates["stream"].tolist() == ["brompton_and_harefield", "brompton_and_harefield_2"]
    assert rules(result) == {"id_taken": [None]}


@given(trials=st.integers(1, 10**6), share=st.floats(0, 1))
def test_the_range_is_that_of_wilson(trials: int, share: float) -> None:
    events = round(trials * share)
    expected = binomtest(events, trials).proportion_ci(method="wilson")
    assert wilson(events, trials) == pytest.approx((expected.low, expected.high), abs=1e-7)
