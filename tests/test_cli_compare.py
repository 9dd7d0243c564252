"""``capacity compare``: columns, refusals, JSON alone on stdout, and running a record again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from click.testing import Result
from typer.testing import CliRunner

from capacity.cli import app
from capacity.report.compare_json import compare_schema

from .test_cli import MODELS, make_impossible, program

ALONE = ("--workers", "1")


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of the golden service."""
    return Path(shutil.copytree(MODELS / "golden", tmp_path / "golden"))


def compare(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def test_scenarios_stand_side_by_side_with_progress_on_stderr(golden: Path) -> None:
    done = program("compare", golden, "-s", "dna_halved", "-s", "demand_up_10 + dna_halved", *ALONE)
    assert done.returncode == 0, done.stderr
    assert "Demand +10 %, then DNA halved" in done.stdout
    assert [line for line in done.stderr.splitlines() if " of " in line] == [
        "  1 of 3: base", "  2 of 3: dna_halved", "  3 of 3: demand_up_10+dna_halved",
    ]  # fmt: skip


def test_files_are_written_and_the_record_run_again_gives_the_same_numbers(golden: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = compare(golden, "-s", "dna_halved", "--out", out, "--json", *ALONE)
    assert first.exit_code == 0, first.stderr
    jsonschema.validate(json.loads(first.stdout), compare_schema())
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["scenarios"][0]["text"].startswith('name = "DNA halved"')
    assert record["model"] == str(golden)
    again = compare("--again", out / "run.json", *ALONE)
    assert again.exit_code == 0, again.stderr
    assert "The numbers are the same as in the record." in again.stderr
    record["columns"][0]["measures"]["wte"] = 2
    other = tmp_path / "other.json"
    other.write_text(json.dumps(record), encoding="utf-8")
    differs = compare("--again", other, *ALONE)
    assert differs.exit_code == 1
    assert "do_nothing: measures wte was 2, is 1.14" in differs.stderr
    people = golden / "people.csv"
    people.write_text(people.read_text(encoding="utf-8").replace(",5,", ",4.5,", 1), encoding="utf-8")
    changed = compare("--again", out / "run.json", *ALONE)
    assert changed.exit_code == 2
    assert "was changed since" in changed.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("-s", "dna_halvd"), "Did you mean dna_halved?"),
        (("-s", "nowhere/file.toml"), "nowhere/file.toml: found no such scenario"),
        (("-s", "dna_halved", "-s", "dna_halved"), "dna_halved twice"),
        (("--again", "run.json", "-s", "dna_halved"), "--again has its own scenarios"),
        (("--workers", "0"), "--workers"),
        (("--time-limit", "nan"), "--time-limit"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_is_wrong(golden: Path, options: tuple[str, ...], says: str) -> None:
    done = compare(golden, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())


def test_neither_model_nor_record_is_refused() -> None:
    done = compare("-s", "dna_halved")
    assert done.exit_code == 2
    assert "MODEL is missing" in done.stderr


def test_where_no_column_has_a_plan_the_exit_code_is_1_and_doing_nothing_is_shown(golden: Path) -> None:
    done = compare(make_impossible(golden), "-s", "dna_halved", *ALONE)
    assert done.exit_code == 1
    assert "No column has a plan." in done.stderr
    assert "You need 6.5 sessions a week, and doing nothing leaves 1 of them short." in " ".join(done.stdout.split())
