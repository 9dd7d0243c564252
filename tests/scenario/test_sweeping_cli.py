"""The commands that vary a service: what stands on stdout, exit codes, files and schemas."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from capacity.cli import app

GOLDEN = str(Path(__file__).parents[2] / "models" / "golden")
COMMANDS = {
    "sweep": ["--vary", "dna_rate=0:0.2:0.1"],
    "tornado": [],
    "goal": ["--vary", "dna_rate", "--target", "gap=0"],
    "pareto": ["--points", "2", "--time-limit", "20"],
    "robust": ["--time-limit", "20"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_json_alone_stands_on_stdout_and_keeps_its_published_schema(command: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, [command, GOLDEN, *COMMANDS[command], "--json", "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    published = json.loads(CliRunner().invoke(app, ["schema", command]).stdout)
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(json.loads(done.stdout), published, cls=jsonschema.Draft202012Validator)
    assert json.loads((out / f"{command}.json").read_text()) == json.loads(done.stdout)
    assert "Read " in done.stderr
    assert {"summary.txt", f"{command}.csv"} <= {path.name for path in out.iterdir()}


def test_a_scenario_is_laid_over_the_model_and_named() -> None:
    done = CliRunner().invoke(app, ["sweep", GOLDEN, "-s", "demand_up_10", "--vary", "dna_rate=0,0.1", "--json"])
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["scenarios"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sweep", GOLDEN, "--vary", "dna_rat=0:0.1:0.05"], "Did you mean dna_rate?"),
        (["sweep", GOLDEN, "--vary", "dna_rate=0:1:0.000001"], "1,000,001 points"),
        (["goal", GOLDEN, "--target", "gap=0"], "--target and --vary"),
        (["goal", GOLDEN, "--least-cost", "--target", "gap=0"], "stands alone"),
        (["goal", GOLDEN, "--target", "gap=zero", "--vary", "dna_rate"], "0 or more"),
        (["tornado", GOLDEN, "--step", "dn=0.1"], "Did you mean dna?"),
        (["tornado", GOLDEN, "--step", "dna=0"], "above 0"),
        (["sweep", GOLDEN, "--vary", "dna_rate=0,0.1", "--out", GOLDEN], "is a service model"),
        (["robust", GOLDEN, "-s", "weeks_44"], "scenarios that change demand only"),
        (["robust", GOLDEN, "-s", "demand_up_10", "--weights", "1,2,3"], "2, one each for central"),
        (["robust", GOLDEN, "--weights", "0,0,0"], "not all 0"),
        (["robust", GOLDEN, "--weights", "much"], "numbers separated by commas"),
        (["robust", GOLDEN, "--worst", "--weights", "1,1,1"], "exclude each other"),
        (["robust", GOLDEN, "-s", "demand_up_1"], "Did you mean demand_up_10?"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_is_allowed(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert done.stdout == ""


def test_no_plan_ends_with_1(tmp_path: Path) -> None:
    import shutil

    model = Path(shutil.copytree(GOLDEN, tmp_path / "golden"))
    table = model / "activities.csv"
    text = table.read_text(encoding="utf-8").replace(",min_people\n", ",min_people,min_sessions_per_year\n", 1)
    table.write_text(text.replace(",yes,\n", ",yes,2,200\n", 1), encoding="utf-8")
    for arguments in (["pareto", "--points", "2"], ["goal", "--least-cost"], ["robust"]):
        done = CliRunner().invoke(app, [arguments[0], str(model), *arguments[1:]])
        assert done.exit_code == 1
        assert "No plan exists" in done.stdout.replace("\n", " ")
