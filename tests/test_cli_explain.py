"""``capacity explain`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from capacity.cli import app
from capacity.report.explain_tables import NAMES
from capacity.report.schemas import explain_schema

from .test_cli import MODELS, golden, impossible  # noqa: F401 - fixtures


def program(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


def test_json_is_alone_on_stdout_and_keeps_its_schema(tmp_path: Path) -> None:
    done = program(MODELS / "golden", "--json", "--time-limit", "20", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    value = json.loads(done.stdout)
    jsonschema.validate(value, explain_schema(), cls=jsonschema.Draft202012Validator)
    assert value == json.loads((tmp_path / "out" / "explain.json").read_text("utf-8"))
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert written - {".capacity.json"} == set(NAMES)
    assert "Written to" in done.stderr
    # worked by hand: the general clinic is short because contracts are full, and each PA of c01 to n01 covers it
    assert value["activities"]["general"]["rules"][0]["rules"] == ["contract"]
    assert value["remedies"][0]["kind"] == "pa" and value["remedies"][0]["evidence"] == "proven"


def test_a_contradiction_is_explained_with_exit_code_1(impossible: Path) -> None:  # noqa: F811
    done = program(impossible, "--time-limit", "20")
    assert done.exit_code == 1
    page = " ".join(done.stdout.split())
    assert "No plan exists. These cannot all hold together" in page
    assert "c01, doing rapid at all, does at least 200 sessions a year" in page
    assert "rapid asks for at least 2 people: c01 and c02 are skilled and available" in page
    assert "A second solver (HiGHS) agrees" in page
    assert "INFEASIBLE" not in done.output


@pytest.mark.parametrize(("option", "what"), [("--person", "person"), ("--activity", "activity")])
def test_an_unknown_id_is_refused_with_those_there_are(option: str, what: str) -> None:
    done = program(MODELS / "golden", option, "nobody")
    assert done.exit_code == 2
    assert f"nobody is no {what} of this service" in " ".join(done.stderr.replace("│", " ").split())
