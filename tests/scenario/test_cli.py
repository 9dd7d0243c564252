"""Scenarios on the command line: ``-s`` in every command that reads a model, and the ladder."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from capacity.cli import app
from capacity.report.ladder_json import ladder_schema

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = str(ROOT / "models" / "golden")


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


@pytest.mark.parametrize("command", ["check", "demand", "gap", "plan"])
def test_every_page_says_what_the_scenario_changed(command: str) -> None:
    page, log = run(command, GOLDEN, "-s", "demand_up_10")
    said = "With Demand +10 %: demand +10 % (every stream)"
    assert said in " ".join(page.split())
    assert said in " ".join(log.split())


def test_json_names_the_scenarios_in_their_order() -> None:
    found = json.loads(run("gap", GOLDEN, "--json", "-s", "dna_halved+demand_up_10", "-s", "weeks_44")[0])
    assert [one["name"] for one in found["scenarios"]] == ["DNA halved", "Demand +10 %", "44 weeks instead of 42"]
    assert found["scenarios"][0]["changes"] == ["DNA 8 % → 4 % (new)"]
    plan = json.loads(run("plan", GOLDEN, "--json", "-s", "demand_up_10")[0])
    assert plan["run"]["scenarios"] == [{"name": "Demand +10 %", "changes": ["demand +10 % (every stream)"]}]


def test_without_scenarios_nothing_is_said_of_any() -> None:
    assert "scenarios" not in json.loads(run("gap", GOLDEN, "--json")[0])


def test_written_files_keep_what_differs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("gap", GOLDEN, "-s", "demand_up_10", "--out", str(out))
    assert json.loads((out / "gap.json").read_text(encoding="utf-8"))["scenarios"]
    assert "demand +10 %" in (out / "findings.csv").read_text(encoding="utf-8-sig")


def test_an_unknown_scenario_is_bad_input_with_the_nearest_name() -> None:
    assert "Did you mean dna_halved?" in run("gap", GOLDEN, "-s", "dna_halve", code=2)[1]


def test_a_scenario_that_cannot_be_is_bad_input(tmp_path: Path) -> None:
    file = tmp_path / "gone.toml"
    file.write_text('[[change]]\nop = "remove"\ntable = "people"\nid = "n01"\n', encoding="utf-8")
    log = run("plan", GOLDEN, "-s", str(file), code=2)[1]
    assert "gone.toml" in log
    assert "fup" in log


def test_the_ladder_writes_its_files_and_its_json_is_valid(tmp_path: Path) -> None:
    page, log = run("ladder", GOLDEN, "--json", "--out", str(tmp_path / "out"))
    found = json.loads(page)
    jsonschema.validate(found, ladder_schema())
    assert [rung["rung"] for rung in found["rungs"] if rung["closes"] > 0.05] == [
        "redeploy", "extra_hours", "manage_demand",
    ]  # fmt: skip
    assert "redeploy ..." in log
    assert (tmp_path / "out" / "figures" / "ladder.png").stat().st_size > 5000
