"""run.py, with a stand-in for what it would install: nothing here needs a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")


def run(clone: Path, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Call the clone's run.py."""
    command = [sys.executable, str(clone / "run.py"), *arguments]
    return subprocess.run(command, cwd=folder or clone, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that is not set up, with requirements that ask for nothing."""
    folder = (tmp_path / "clone").resolve()
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "run.py", folder)
    for name in ("pyproject.toml", "requirements/run.txt", "requirements/test.txt"):
        (folder / name).write_text("", encoding="utf-8")
    return folder


def pretend_set_up(clone: Path, kind: str) -> None:
    """A ``.venv`` that counts as finished; its python and capacity say what they were given, and ruff fails."""
    scripts = clone / ".venv" / "bin"
    scripts.mkdir(parents=True)
    for name in ("python", "capacity"):
        script = scripts / name
        script.write_text(
            f'#!/bin/sh\necho "{name} $* in $(pwd)"\n'
            'case "$*" in *"-m pip"*) exit 9;; *ruff*|*bad*) exit 2;; *) exit 0;; esac\n',
            encoding="utf-8",
        )
        script.chmod(0o755)
    code = f"import run; print(run.fingerprint({kind!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=clone, capture_output=True, text=True, check=True)
    stamp = {"root": str(clone), "kind": kind, "fingerprint": done.stdout.strip(), "finished": True}
    (clone / ".venv" / "capacity-setup.json").write_text(json.dumps(stamp), encoding="utf-8")


def test_without_words_the_main_job_runs_in_the_clone(clone, tmp_path):
    pretend_set_up(clone, "run")
    done = run(clone, folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("capacity plan models/respiratory --out out/respiratory")
    assert done.stdout.endswith(f"in {clone}\n")


def test_other_words_go_to_the_program_with_its_exit_code_and_the_callers_folder(clone, tmp_path):
    pretend_set_up(clone, "run")
    done = run(clone, "gap", "bad model", folder=tmp_path)
    assert (done.stdout, done.returncode) == (f"capacity gap bad model in {tmp_path.resolve()}\n", 2)


def test_a_run_is_content_with_the_setup_for_tests(clone):
    pretend_set_up(clone, "test")
    assert run(clone, "check").returncode == 0


def test_every_check_runs_after_one_has_failed_and_the_end_says_which(clone):
    pretend_set_up(clone, "test")
    done = run(clone, "test")
    assert done.returncode == 1
    for command in ("-m ruff check .", "-m mypy", "-m pytest -q -p no:benchmark -n auto", "--nbmake"):
        assert f"python {command}" in done.stdout or command in done.stdout
    assert done.stdout.rstrip().endswith("FAILED: style")


def test_more_words_after_test_go_to_pytest_alone(clone):
    pretend_set_up(clone, "test")
    done = run(clone, "test", "tests/service", "-x")
    assert done.stdout == f"python -m pytest -q -p no:benchmark tests/service -x in {clone}\n"


def test_changed_requirements_are_installed_and_a_failure_is_never_taken_for_finished(clone):
    pretend_set_up(clone, "run")
    (clone / "requirements" / "run.txt").write_text("# changed\n", encoding="utf-8")
    done = run(clone, "check")  # the stand-in's pip fails
    assert done.returncode == 3
    assert "Setting up did not work: pip could not install" in done.stderr
    stamp = json.loads((clone / ".venv" / "capacity-setup.json").read_text(encoding="utf-8"))
    assert stamp["finished"] is False


def test_a_venv_that_run_py_did_not_make_is_left_alone(clone):
    (clone / ".venv").mkdir()
    (clone / ".venv" / "mine").write_text("", encoding="utf-8")
    done = run(clone)
    assert done.returncode == 3
    assert "run.py did not make it" in done.stderr
    assert (clone / ".venv" / "mine").exists()


@pytest.mark.parametrize("stamp", ["half wri", '{"root": "elsewhere", "finished": true}'])
def test_a_setup_that_was_cut_off_or_moved_is_made_afresh(clone, stamp):
    pretend_set_up(clone, "run")
    (clone / ".venv" / "capacity-setup.json").write_text(stamp, encoding="utf-8")
    (clone / ".venv" / "leftover").write_text("", encoding="utf-8")
    run(clone, "check")  # ends where there is nothing to install
    assert not (clone / ".venv" / "leftover").exists()
