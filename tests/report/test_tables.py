"""gap.csv, changes.csv and findings.csv."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

from capacity.errors import Finding
from capacity.outcome import Outcome, PersonChange
from capacity.report.tables import (
    CHANGE_COLUMNS,
    FINDING_COLUMNS,
    GAP_COLUMNS,
    change_kinds,
    changes_table,
    csv_bytes,
    csv_text,
    findings_table,
    gap_table,
    rapid_first,
    supplied_by_plan,
)
from capacity.supply.gap import Gap


def test_gap_table_holds_now_and_planned(gap: Gap, outcome: Outcome) -> None:
    frame = gap_table(gap, outcome)
    assert tuple(frame.columns) == GAP_COLUMNS
    row = frame.set_index("activity").loc["bronchoscopy"]
    assert (row["required"], row["supplied"], row["gap"], row["planned"], row["shortfall"]) == (1.5, 0.5, 1.0, 1.0, 0.5)
    assert row["pa"] == pytest.approx(1.4)


@pytest.mark.parametrize("with_outcome", [False, True])
def test_without_a_plan_planned_is_blank_not_zero(gap: Gap, outcome: Outcome, with_outcome: bool) -> None:
    nothing = replace(outcome, plan=None, status="impossible") if with_outcome else None
    text = csv_text(gap_table(gap, nothing))
    assert all(line.endswith(",,") for line in text.splitlines()[1:])


def test_supplied_by_plan_needs_a_plan(gap: Gap, outcome: Outcome) -> None:
    assert supplied_by_plan(gap, outcome).loc["general", "supplied"] == 2.1
    assert gap.activities.loc["general", "supplied"] == 2.7
    with pytest.raises(ValueError, match="no plan"):
        supplied_by_plan(gap, replace(outcome, plan=None))


def test_rapid_activities_come_first_otherwise_in_file_order(gap: Gap) -> None:
    shuffled = gap.activities.loc[["general", "bronchoscopy", "lung_cancer"]]
    assert list(rapid_first(shuffled).index) == ["lung_cancer", "general", "bronchoscopy"]


def test_changes_say_what_moved_and_what_was_added(outcome: Outcome) -> None:
    frame = changes_table(outcome)
    assert tuple(frame.columns) == CHANGE_COLUMNS
    assert [tuple(row) for row in frame.fillna(-1).itertuples(index=False)] == [
        ("c01", "general", "Tue AM", "moved", 4, 0),
        ("c01", "lung_cancer", "Tue AM", "moved", 0, 4),
        ("c02", "bronchoscopy", "Thu PM", "added", 0, 2),
        ("c02", "role:audit", "-", "role gained", -1, -1),
    ]


def test_kinds_add_up_to_what_the_outcome_says() -> None:
    """Two sessions lost and three gained: two move and one is added; the same activity pairs off first."""
    change = PersonChange(
        "c01",
        lost=(("general", "Mon AM", 1), ("bronchoscopy", "Fri AM", 1)),
        gained=(("lung_cancer", "Mon AM", 2), ("bronchoscopy", "Thu AM", 1)),
    )
    rows = change_kinds(change)
    assert ("bronchoscopy", "Thu AM", "moved", 0, 1) in rows
    assert ("lung_cancer", "Mon AM", "moved", 0, 1) in rows
    assert ("lung_cancer", "Mon AM", "added", 0, 1) in rows
    assert sum(lost for *_, kind, lost, _ in rows if kind == "moved") == change.moved
    assert sum(gained for *_, kind, _, gained in rows if kind == "moved") == change.moved
    assert sum(gained for *_, kind, _, gained in rows if kind == "added") == change.added


def test_dropped_and_forbidden_sessions_are_named(outcome: Outcome) -> None:
    change = PersonChange("c01", lost=(("general", "Mon AM", 3),), gained=(), not_allowed=(("general", "Sat AM", 1),))
    frame = changes_table(replace(outcome, changes=(change,)))
    assert list(frame["kind"]) == ["dropped", "not allowed"]
    assert list(frame["weeks_lost"]) == [3, 1]


def test_no_changes_still_have_a_header(outcome: Outcome) -> None:
    assert csv_text(changes_table(replace(outcome, changes=()))) == ",".join(CHANGE_COLUMNS) + "\n"


def test_findings_table_keeps_every_field(outcome: Outcome) -> None:
    frame = findings_table(outcome.findings)
    assert tuple(frame.columns) == FINDING_COLUMNS
    rows = list(csv.DictReader(io.StringIO(csv_text(frame))))
    assert rows[2] == {
        "rule": "contract_sum", "subject": "n01", "message": "adds up to 36.0 h", "found": "36.0", "allowed": "37.5",
        "source": "", "minutes": "-90",
    }  # fmt: skip
    assert rows[0]["minutes"] == ""
    assert csv_text(findings_table(())) == ",".join(FINDING_COLUMNS) + "\n"


def test_csv_figures_are_short_and_exact_to_six_decimals() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c", "d"], "value": [1 / 3, 2.0, -1e-12, float("nan")]})
    assert csv_text(frame).splitlines() == ["id,value", "a,0.333333", "b,2", "c,0", "d,"]


def test_cells_are_no_formulas_to_excel() -> None:
    frame = findings_table([Finding("rule", "=1+1", "@SUM(A1)", found="-5", allowed="-")])
    row = next(csv.DictReader(io.StringIO(csv_text(frame))))
    assert (row["subject"], row["message"], row["found"], row["allowed"]) == ("'=1+1", "'@SUM(A1)", "-5", "-")


def test_excel_is_told_that_it_is_utf8() -> None:
    assert csv_bytes(pd.DataFrame({"name": ["Café"]})) == b"\xef\xbb\xbfname\nCaf\xc3\xa9\n"
