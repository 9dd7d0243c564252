"""What the documentation shows is what the program does: output in the README, and the notebook without its data."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capacity.cli import app

ROOT = Path(__file__).parents[1]
DATA = ROOT / ".." / "shared" / "data"
SHOWN = re.compile(r"^<!-- printed by: ([^\n]*) -->\n```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "..."
NOTEBOOK = ROOT / "notebooks" / "referrals_to_sessions.ipynb"


def shown_in_readme() -> dict[str, str]:
    """Command -> what the README shows of its output; lines of ``...`` stand for what is left out."""
    return dict(SHOWN.findall((ROOT / "README.md").read_text(encoding="utf-8")))


def output_of(command: str) -> str:
    """What a command prints, run in the folder of the repository."""
    words = command.replace("DATA/", f"{DATA}/").split()
    if any(word.startswith(str(DATA)) and not Path(word).is_file() for word in words):
        pytest.skip("the published data are not here")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_readme_shows_demand_gap_and_import():
    assert {command.split()[0] for command in shown_in_readme()} == {"demand", "gap", "import"}


@pytest.mark.parametrize("command", shown_in_readme(), ids=lambda command: command.split()[0])
def test_the_readme_shows_what_is_printed(command, monkeypatch):
    """Guards against a README that shows an output of long ago."""
    monkeypatch.chdir(ROOT)
    printed = output_of(command)
    places = []
    for part in re.split(rf"^{re.escape(LEFT_OUT)}\n", shown_in_readme()[command], flags=re.MULTILINE):
        assert part.strip()
        assert part in printed
        places.append(printed.index(part))
    assert all(before < after for before, after in pairwise(places))


def test_the_notebook_runs_whole_without_the_published_data(tmp_path):
    """Where it is not at hand the notebook says so and goes on with the shipped model."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for line in "\n".join(code).splitlines() if not line.startswith("%")]
    script = tmp_path / "notebook.py"
    script.write_text("\n".join(lines), encoding="utf-8")
    environment = {**os.environ, "CAPACITY_DATA": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, script],
        cwd=NOTEBOOK.parent,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "going on with models/respiratory" in done.stdout
    assert "Respiratory medicine" in done.stdout
