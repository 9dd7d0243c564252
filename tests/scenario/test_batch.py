"""Several scenarios at once: in one process and in several, and none loses the others."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import capacity
from capacity.scenario.batch import DIED, UNGUARDED, Job, run_all
from capacity.scenario.overlay import Scenario
from capacity.scenario.run import GIVEN_UP, RunSettings

from .test_measures import changed, found, impossible, two_clinics

ROOT = Path(__file__).parents[2]
SETTINGS = RunSettings(time_limit=20)


class Deadly(Scenario):
    """Ends the process that is to plan it, as the system does where memory runs out."""

    def __reduce__(self) -> Any:
        return arrive, ()


def arrive() -> Scenario:
    if multiprocessing.parent_process() is not None:
        os._exit(9)
    return Deadly(id="deadly", name="Deadly")


def test_a_scenario_that_cannot_be_applied_is_a_row_with_the_reason_and_the_rest_goes_on() -> None:
    told: list[tuple[int, int, str]] = []
    made = two_clinics()
    jobs = [
        Job(made, (), SETTINGS),
        Job(made, (changed("people", "nobody", "contract_pa", 3, "unknown"),), SETTINGS),
        Job(made, (changed("people", "ann", "contract_pa", 1, "less"),), SETTINGS),
    ]
    runs = run_all(jobs, workers=1, progress=lambda *args: told.append(args))
    assert [run.key for run in runs] == ["base", "unknown", "less"]
    assert [run.status for run in runs] == ["optimal", "failed", "optimal"]
    assert runs[1].measures is None and "nobody" in runs[1].reason
    assert [found(runs[at]).short for at in (0, 2)] == [0, 1]
    assert told == [(0, 3, ""), (1, 3, "base"), (2, 3, "unknown"), (3, 3, "less")]


def test_what_one_person_cannot_do_is_a_row_too() -> None:
    """A pin beyond the contract is refused before any search."""
    made = two_clinics()
    pinned = made.job_plans[0].model_copy(update={"pinned": True})
    made = made.model_copy(update={"job_plans": (pinned,)})
    (run,) = run_all([Job(made, (changed("people", "ann", "contract_pa", 0.5, "half"),), SETTINGS)])
    assert run.status == "failed" and "ann" in run.reason


def test_where_it_is_stopped_what_has_not_begun_is_given_up() -> None:
    stop = threading.Event()
    jobs = [Job(two_clinics(), (), SETTINGS), Job(two_clinics(), (impossible(),), SETTINGS)]
    runs = run_all(jobs, 1, lambda done, jobs, key: stop.set() if done else None, stop)
    assert runs[0].measures is not None
    assert (runs[1].status, runs[1].reason) == ("stopped", GIVEN_UP)


def test_several_processes_give_what_one_gives_and_survive_the_death_of_one() -> None:
    golden = capacity.read(ROOT / "models" / "golden")
    alone, impossible_alone = run_all([Job(golden, (), SETTINGS), Job(golden, (impossible(),), SETTINGS)], workers=1)
    jobs = [
        Job(golden, (Deadly(id="deadly", name="Deadly"),), SETTINGS),
        Job(golden, (), SETTINGS),
        Job(golden, (impossible(),), SETTINGS),
    ]
    dead, base, cannot = run_all(jobs, workers=2)
    assert (dead.status, dead.reason) == ("failed", DIED)
    assert base.measures == alone.measures
    assert (cannot.status, cannot.reason) == ("impossible", impossible_alone.reason)
    assert base.outcome is not None and alone.outcome is not None
    assert base.outcome.plan == alone.outcome.plan


def test_several_processes_are_stopped_with_what_they_have() -> None:
    """Guards against "cannot pickle '_thread.lock' object" in place of an answer.

    So many jobs that on a busy machine, too, some are left when the first has ended.
    """
    stop, number = threading.Event(), 16
    golden = capacity.read(ROOT / "models" / "golden")
    jobs = [Job(golden, (overlay_of(each),), SETTINGS) for each in range(number)]
    runs = run_all(jobs, 2, lambda done, jobs, key: stop.set(), stop)
    assert [run.key for run in runs] == [f"s{each}" for each in range(number)]
    assert all(run.measures is not None or run.status == "stopped" for run in runs)
    assert [run for run in runs if run.reason == GIVEN_UP]


def overlay_of(number: int) -> Scenario:
    return changed("people", "c01", "max_days", number % 5 + 1, f"s{number}")


def test_a_script_without_the_guard_is_told_so_and_still_answers(tmp_path: Path) -> None:
    """Guards against processes that start processes without end, or a run that waits for ever."""
    script = tmp_path / "script.py"
    script.write_text(
        "import capacity\n"
        f"golden = capacity.read({str(ROOT / 'models' / 'golden')!r})\n"
        "print(len(capacity.compare(golden, ['demand_up_10'], workers=2).runs))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "3\n"
    assert UNGUARDED in done.stderr
