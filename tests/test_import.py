"""``capacity import``: exit codes, what stands on stdout and stderr, and files whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from capacity.cli import app

MAPPING = """
[source]
file = "data.csv"
date = "Week ending"
dated_by = "week_ending"
[[series]]
id = "new"
add = "Site"
referrals = "Referrals"
[[rates]]
id = "clinic"
by = "Site"
seen = "Seen"
dna = "DNA"
"""
DATA = """Week ending,Site,Referrals,Seen,DNA
04/01/2026,Town,12,10,1
04/01/2026,=Coast,3,2,0
11/01/2026,Town,14,12,20
11/01/2026,=Coast,4,3,1
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_files_hold_what_was_imported(mapping: Path, tmp_path: Path) -> None:
    done = run(mapping, "--out", tmp_path / "out")
    assert done.exit_code == 0
    names = {path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")}
    assert names == {"demand.csv", "levels.csv", "dna_rates.csv", "findings.csv", "summary.txt"}
    assert rows(tmp_path / "out" / "demand.csv") == [
        {"week_starting": "2025-12-29", "series": "new", "referrals": "15"},
        {"week_starting": "2026-01-05", "series": "new", "referrals": "18"},
    ]
    finding = next(row for row in rows(tmp_path / "out" / "findings.csv") if row["rule"] == "dna_above_seen")
    assert (finding["row"], finding["period"], finding["set_aside"]) == ("4", "2026-01-05", "yes")
    assert (tmp_path / "out" / "summary.txt").read_text(encoding="utf-8") == done.stdout
    assert "=Coast" not in {row["name"] for row in rows(tmp_path / "out" / "dna_rates.csv")}  # no formula for Excel


def test_the_page_fits_an_email_and_says_what_was_set_aside(mapping: Path) -> None:
    text = run(mapping).stdout
    assert max(map(len, text.splitlines())) <= 100
    assert "row 4 (Town): DNA 20, Seen 12" in text
    assert "DNA / (attended + DNA)" in text


def test_without_out_nothing_is_written(mapping: Path, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    assert run(mapping).exit_code == 0
    assert set(tmp_path.rglob("*")) == before


def test_json_is_the_whole_result_and_nothing_else(mapping: Path) -> None:
    result = json.loads(run(mapping, "--json").stdout)
    assert set(result) == {"schema", "source", "demand", "levels", "dna_rates", "dna_by_lead", "findings"}
    assert result["demand"][0] == {"week_starting": "2025-12-29", "series": "new", "referrals": 15}
    assert [row["dna_rate"] for row in result["dna_rates"]] == [pytest.approx(1 / 11), pytest.approx(1 / 6)]


def test_a_fault_ends_with_2_and_writes_nothing(mapping: Path, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(DATA + "18/01/2026,Town,many,1,1\n", encoding="utf-8")
    done = run(mapping, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "data.csv row 6, column Referrals: found many" in done.stderr
    assert done.stdout == "" and not (tmp_path / "out").exists()
    faults = json.loads(run(mapping, "--json").stdout)["faults"]
    assert [(fault["row"], fault["column"], fault["found"]) for fault in faults] == [(6, "Referrals", "many")]


def test_a_file_of_somebody_else_is_not_replaced(mapping: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "demand.csv").write_text("mine", encoding="utf-8")
    assert run(mapping, "--out", out).exit_code == 2
    assert (out / "demand.csv").read_text(encoding="utf-8") == "mine"
    assert run(mapping, "--out", out, "--force").exit_code == 0
    assert len(rows(out / "demand.csv")) == 2
    assert run(mapping, "--out", out).exit_code == 0  # our own files are replaced


def test_a_service_model_is_not_an_output_folder(mapping: Path, tmp_path: Path) -> None:
    (tmp_path / "service.toml").write_text("", encoding="utf-8")
    assert run(mapping, "--out", tmp_path).exit_code == 2


def test_the_help_has_an_example_that_works(tmp_path: Path) -> None:
    """The mapping shown in --help, taken from it, imports a file with the columns it names."""
    lines = run("--help").stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip() == "[source]")
    shown = [line.strip() for line in lines[first : first + 8]]
    (tmp_path / "mapping.toml").write_text("\n".join(shown), encoding="utf-8")
    (tmp_path / "referrals.csv").write_text(
        "Week ending,Specialty,Referrals\n04/01/2026,Respiratory,7\n04/01/2026,Renal,9\n", encoding="utf-8"
    )
    done = run(tmp_path / "mapping.toml", "--json")
    assert done.exit_code == 0
    assert [row["referrals"] for row in json.loads(done.stdout)["demand"]] == [7]
