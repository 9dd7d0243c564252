"""Bad input and faults, with the real program: a sentence, the best plan so far if any, nothing half-written."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ortools.sat.python import cp_model

import capacity
from capacity.service.model import Service
from tests.optimise.small import activity, person, service

from .test_cli import MODELS, ROOT, change, files_of, program

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals and limits on Windows")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the golden service: three people, four activities."""
    return Path(shutil.copytree(MODELS / "golden", tmp_path / "golden"))


def columns(model: Path, file: str, **values: str) -> Path:
    """Set columns of every row of a file, new ones where there are none."""
    path = model / file
    with path.open(encoding="utf-8", newline="") as source:
        rows = [{**row, **values} for row in csv.DictReader(source)]
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return model


def said(*arguments: str | Path, code: int) -> str:
    """What the program says when it ends with a code; it never shows a traceback or blames itself."""
    done = program(*arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "fault of this program" not in done.stderr
    return " ".join((done.stdout + done.stderr).split())


# ---- input that cannot be, or is extreme


def test_pins_beyond_a_contract_are_bad_input(model: Path) -> None:
    columns(model, "job_plans.csv", pinned="yes")
    columns(
        model, "people.csv", contract_pa="1.5", max_pa="", contract_hours="", staff_group="consultant", core_spa_pa="1"
    )
    words = said("plan", model, code=2)
    assert "PA; allowed at most the contract, 1.50 PA. Unpin a session" in words


def test_a_role_nobody_can_hold_is_bad_input(model: Path) -> None:
    columns(model, "people.csv", planned="no", kind="vacant")
    assert "found 1 for 0 eligible people; allowed no more than the people eligible" in said("plan", model, code=2)


def test_without_rooms_what_needs_none_is_planned_and_the_rest_is_short(model: Path) -> None:
    columns(model, "rooms.csv", count="0")
    value = json.loads(program("plan", model, "--json").stdout)
    assert value["delivered"]["rapid"] == value["delivered"]["general"] == 0
    assert value["delivered"]["fup"] > 0
    assert "are left uncovered" in value["sentence"]
    assert not any(row["activity"] in ("rapid", "general") for row in value["job_plans"])


def test_a_people_file_without_people_is_bad_input(model: Path) -> None:
    header = (model / "people.csv").read_text(encoding="utf-8").splitlines()[0]
    (model / "people.csv").write_text(header + "\n", encoding="utf-8")
    assert "people.csv: found a header and no rows; allowed at least one row" in said("plan", model, code=2)


@pytest.mark.parametrize("command", ["plan", "frontier"])
def test_where_nobody_is_planned_the_plans_in_force_stay(command: str, model: Path) -> None:
    columns(model, "people.csv", planned="no")
    said(command, model, code=0)
    value = json.loads(program("plan", model, "--json").stdout)
    assert (value["changes"]["people"], value["delivered"]) == ([], pytest.approx(value["supplied"], abs=1e-6))


def test_where_every_post_is_vacant_everything_is_short(model: Path) -> None:
    columns(model, "people.csv", kind="vacant")
    (model / "roles.csv").unlink()
    value = json.loads(program("plan", model, "--json").stdout)
    assert sum(value["delivered"].values()) == 0
    assert sum(value["shortfall"].values()) == pytest.approx(sum(value["required"].values()))


def test_an_activity_wanted_a_hundred_times_a_week_is_short_of_nearly_all(model: Path) -> None:
    change(model, "activities.csv", (",,0,,Wed PM,1,", ",,0,,Wed PM,100,"))
    value = json.loads(program("plan", model, "--json").stdout)
    assert value["status"] == "optimal"
    assert 97 < value["shortfall"]["ward"] < 100


# ---- time, Ctrl-C


def test_a_second_for_sixty_people_gives_a_plan_or_a_sentence(tmp_path: Path) -> None:
    done = program("plan", MODELS / "anaesthetics", "--time-limit", "1", "--json", "--out", tmp_path / "out")
    assert done.returncode in (0, 1), done.stderr
    value = json.loads(done.stdout)
    assert value == json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    planned = bool(value["job_plans"])
    assert planned == (done.returncode == 0) == (tmp_path / "out" / "job_plans.csv").exists()
    if not planned:
        assert "No plan was found: the time limit of 1 s was not enough. One may exist." in done.stderr
    assert "inf" not in done.stderr.split("Written")[0].replace("information", "")


def interrupted(after: str, wait: float, *arguments: str | Path) -> tuple[int, str, str]:
    """Start the program, and send a real Ctrl-C so long after a line that begins so."""
    command = [sys.executable, "-u", "-m", "capacity.cli", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        before = ""
        while after and not (line := process.stderr.readline()).startswith(after):
            before += line
            assert line, before
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate()
    return process.returncode, out, error


def whole(folder: Path) -> bool:
    """Whether a folder holds no output, or all of it; never a part, and never a stage left behind."""
    if not folder.exists():
        return True
    names = files_of(folder)
    assert not any(name.startswith(".capacity-") for name in names)
    record = json.loads((folder / ".capacity.json").read_text(encoding="utf-8"))
    return names == {*record["files"], ".capacity.json"}


@posix
def test_ctrl_c_while_reading_ends_with_a_sentence_and_writes_nothing(tmp_path: Path) -> None:
    """A second is enough to start Python and its first packages even here, and too little to size 15 activities."""
    out = tmp_path / "out"
    code, printed, error = interrupted("", 1.5, "plan", MODELS / "anaesthetics", "--out", out, "--time-limit", "1")
    assert code in (0, 1, 130), error
    assert "Traceback" not in error
    if code == 130:
        assert "Stopped; nothing was written." in error
        assert printed == ""
        assert not out.exists()
    assert whole(out)


@posix
@pytest.mark.parametrize("wait", [0.0, 0.4])
def test_ctrl_c_while_searching_keeps_what_there_is(wait: float, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, printed, error = interrupted(
        "Read ", wait, "plan", MODELS / "respiratory", "--json", "--out", out, "--time-limit", "30"
    )
    assert "Traceback" not in error
    assert whole(out)
    if code == 130:  # between reading and the search
        assert "Stopped; nothing was written." in error
        return
    value = json.loads(printed)
    assert code == (0 if value["job_plans"] else 1)
    assert "Stopping with the best plan so far" in error
    assert value == json.loads((out / "plan.json").read_text(encoding="utf-8"))


@posix
@pytest.mark.parametrize("wait", [0.2, 0.3, 0.4])
def test_ctrl_c_while_writing_shows_the_plan_and_leaves_nothing_half_written(
    wait: float, model: Path, tmp_path: Path
) -> None:
    """Guards against an abort (exit code -6) where a figure was still being drawn in its thread."""
    out = tmp_path / "out"
    code, printed, error = interrupted("another", wait, "plan", model, "--out", out)
    assert "Traceback" not in error
    assert code in (0, 130), error
    assert whole(out)
    assert "Without new money" in " ".join(printed.split()), "the plan is shown whatever becomes of the files"


def outcome_of(script: str) -> tuple[str, str, int]:
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr, done.returncode


def test_ctrl_c_in_a_destructor_is_delivered_all_the_same() -> None:
    """Guards against one that was printed as a traceback and lost, as it fell into the callback of a weak reference."""
    script = (
        "import signal, sys, time\n"
        "from capacity.cli.ending import deliver_again\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored where whoever started this ignores it
        "sys.unraisablehook = deliver_again\n"
        "class Dropped:\n"
        "    def __del__(self):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "        print('not reached')\n"
        "try:\n"
        "    Dropped()\n"
        "    time.sleep(10)\n"
        "except KeyboardInterrupt:\n"
        "    print('delivered')\n"
    )
    assert outcome_of(script) == ("delivered\n", "", 0)


def test_ctrl_c_that_a_library_turns_into_an_error_of_its_own_is_no_fault_of_the_program() -> None:
    """Guards against one that fell into a callback of matplotlib's C code: "ValueError: Invalid bounding box"."""
    script = (
        "import signal, sys, capacity\n"
        "from capacity.cli import main\n"
        "def read(*args):\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    except KeyboardInterrupt:\n"
        "        raise ValueError('Invalid bounding box') from None\n"
        "capacity.read = read\n"
        "sys.argv = ['capacity', 'gap', 'models/golden']\n"
        "main()\n"
    )
    assert outcome_of(script) == ("", "Stopped; nothing was written.\n", 130)


@posix
def test_ctrl_c_in_a_frontier_keeps_its_points(tmp_path: Path) -> None:
    code, printed, error = interrupted("another", 0.2, "frontier", MODELS / "respiratory", "--json")
    assert code == 0, error
    points = json.loads(printed)["points"]
    assert 1 <= len(points) < 10
    assert all(point["plan"]["job_plans"] for point in points)


# ---- memory, and the second solver


def short_of_time() -> Service:
    people = [person(name, 2) for name in ("ann", "bob", "cat")]
    return service(
        people, [activity("clinic", 9, "Mon AM", "Mon PM", "Tue AM"), activity("list", 2, "Mon AM", "Tue AM")]
    )


@pytest.mark.parametrize("calls", [1, 2, 3, 4, 5, 6])
def test_memory_that_runs_out_in_the_solver_costs_no_plan_found_before(
    calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OR-Tools raises MemoryError from one of its solves on: the plan so far is completed and checked all the same."""
    solve, made = cp_model.CpSolver.solve, 0

    def starved(solver: cp_model.CpSolver, *args: object, **rest: object) -> object:
        nonlocal made
        made += 1
        if made >= calls and len(args) > 1:  # solves with a callback; rotation, which is small, has none
            raise MemoryError
        return solve(solver, *args, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cp_model.CpSolver, "solve", starved)
    outcome = capacity.plan(short_of_time(), time_limit=20)
    if outcome.plan is None:
        assert outcome.reason == "No plan was found: memory ran out. One may exist."
        assert calls == 1
    else:
        assert outcome.run["limit_fired"] in ("memory", "none")
        assert outcome.status in ("feasible", "optimal", "stopped")


@posix
def test_a_process_without_memory_ends_with_a_sentence(tmp_path: Path) -> None:
    """NumPy and SciPy must still load: their OpenBLAS asks for its buffers for ever where it cannot have them."""
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20, 400 * 2**20))\n"
        "sys.argv = ['capacity', 'plan', sys.argv[1], '--out', sys.argv[2]]\n"
        "from capacity.cli import main\nmain()"
    )
    command = [sys.executable, "-c", script, str(MODELS / "golden"), str(tmp_path / "out")]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # the same need of memory on every machine
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120, env=env)
    assert done.returncode == 3, done.stderr
    assert "There was not enough memory to go on; nothing was written." in done.stderr
    assert "Traceback" not in done.stderr
    assert files_of(tmp_path) == set()


@pytest.mark.parametrize("program_", ["no such program", "false"])
def test_a_second_solver_that_cannot_start_or_dies_at_once_costs_no_plan(
    program_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is Python's own program; here that is missing, or ends before it has answered anything."""
    found = shutil.which(program_)
    if program_ == "false" and found is None:
        pytest.skip("there is no such program")
    monkeypatch.setattr(sys, "executable", found or "/no/such/program")
    outcome = capacity.plan(capacity.read(MODELS / "golden"))
    assert outcome.status == "optimal"
