"""The consistency report: totals name nobody, the restricted table says all, a proposed plan stands beside."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import capacity
from capacity.cli import app
from capacity.report.consistency import FILES, Consistency

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def chest() -> Consistency:
    return capacity.consistency(capacity.read(ROOT / "models" / "respiratory"))


def test_totals_hold_every_check_and_no_person(chest: Consistency) -> None:
    totals = chest.totals
    assert int(totals["in_force"].sum()) == len(chest.in_force)
    assert totals["question"].str.len().min() > 10
    page = chest.summary() + chest.html() + totals.to_csv()
    assert not any(person.person in page.split() or person.name in page for person in chest.service.people)


def test_the_restricted_table_says_who_what_and_from_where(chest: Consistency) -> None:
    rows = chest.restricted.to_dict("records")
    spa = next(row for row in rows if row["check"] == "spa_above_core")
    assert (spa["subject"], spa["found"], spa["allowed"], spa["policy"], spa["minutes"]) == (
        "n02", "225", "180", "afc-hours", 45,
    )  # fmt: skip
    assert all(row["source"] for row in rows)


def test_a_proposed_plan_is_checked_beside(tmp_path: Path) -> None:
    service = capacity.read(ROOT / "models" / "golden")
    capacity.plan(service, time_limit=10).write(tmp_path / "plan")
    found = capacity.consistency(service, tmp_path / "plan")
    assert found.proposed is not None
    vacant = [one for one in found.in_force if one.rule == "role_vacant"]
    assert vacant, "the audit lead is vacant in force"
    assert not [one for one in found.proposed if one.rule == "role_vacant"], "and given out in the plan"
    assert "on the proposed plan." in found.summary()


def test_the_command_writes_its_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["consistency", str(ROOT / "models" / "golden"), "--json", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["service"] == "golden"
    assert set(FILES) <= {path.name for path in out.iterdir()}
    text = (out / "consistency_restricted.csv").read_text(encoding="utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text)))
    assert max(map(len, (out / "summary.txt").read_text(encoding="utf-8").splitlines())) <= 100
