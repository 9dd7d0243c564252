"""Many scenarios at once, on every core: each in a process of its own, and one that fails loses no other.

Dask distributed runs the processes: a scheduler and workers on this machine alone. A worker that dies is replaced and
its job tried again, at most ``TRIES`` times; then the job's row says so. With one job, or one worker, everything runs
in this process. The processes are started anew (``spawn``), on Windows and Linux alike, so a script that calls this
must do so below ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import logging
import multiprocessing
import tempfile
import threading
import time as clock
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from capacity.errors import InputError, PlanFailedCheck
from capacity.scenario.run import GIVEN_UP, RunSettings, ScenarioRun, failed, key_of, run_scenario
from capacity.service.model import Service

if TYPE_CHECKING:
    from distributed import Client, Future

    from capacity.scenario.overlay import Scenario

Told = Callable[[int, int, str], None]
"""Called with the jobs that are done, all jobs, and the key of the last one done (blank before the first)."""
TRIES = 3
"""How often a job is begun whose process dies under it."""
SECONDS_BETWEEN = 0.1
"""Between two looks at what has finished."""
DIED = f"its process ended {TRIES} times before it had an answer: out of memory, or killed"
UNGUARDED = (
    "scenarios are planned in processes that import the main script anew: call this below"
    ' if __name__ == "__main__": or with workers=1'
)

logger = logging.getLogger(__name__)
_STOP = threading.Event()
"""Set in a worker process to end the search it is in with the best plan found."""


@dataclass(frozen=True)
class Job:
    """One scenario (or several stacked) of one service to plan."""

    service: Service
    scenarios: tuple[Scenario, ...] = ()
    settings: RunSettings = field(default_factory=RunSettings)

    @property
    def key(self) -> str:
        """Key of its column."""
        return key_of(self.scenarios)


def run_all(
    jobs: Sequence[Job],
    workers: int | None = None,
    progress: Told | None = None,
    stop: threading.Event | None = None,
) -> tuple[ScenarioRun, ...]:
    """Run jobs on several cores and return a column for each, in their order, failed ones included.

    Parameters
    ----------
    jobs
        What to run.
    workers
        Processes at once, 1 or more; default: as many as there are cores, and no more than jobs. The number does not
        change the answers, as long as no search is cut off by the clock.
    progress
        Called as jobs finish, from this thread; see :data:`Told`.
    stop
        Set it from another thread: searches end with the best plan found, and jobs that have not begun are given up.

    Raises
    ------
    RuntimeError
        Called while a new process imports the main script: see above.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise RuntimeError(UNGUARDED)
    tell = progress or _tell_nobody
    stop = stop or threading.Event()
    at_once = min(len(jobs), workers or cores())
    tell(0, len(jobs), "")
    if at_once > 1:
        try:
            with _cluster(at_once) as client:
                return _run_on(client, jobs, tell, stop)
        except _NoCluster as error:
            logger.warning("planning in one process, as no others could be started: %s", error)
    found = []
    for job in jobs:
        found.append(failed(job.service, job.scenarios, GIVEN_UP) if stop.is_set() else run_job(job, stop))
        tell(len(found), len(jobs), job.key)
    return tuple(found)


def run_job(job: Job, stop: threading.Event | None = None) -> ScenarioRun:
    """Run one job; what goes wrong with it becomes the reason of its column."""
    try:
        return run_scenario(job.service, job.scenarios, job.settings, _STOP if stop is None else stop)
    except InputError as error:
        return failed(job.service, job.scenarios, "; ".join(map(str, error.faults)))
    except PlanFailedCheck as error:
        return failed(job.service, job.scenarios, f"a fault of this program: {error}")
    except MemoryError:
        return failed(job.service, job.scenarios, "memory ran out")
    except Exception as error:
        logger.debug("scenario %s", job.key, exc_info=True)
        return failed(job.service, job.scenarios, f"a fault of this program ({type(error).__name__}: {error})")


def cores() -> int:
    """Cores this process may use, as a container or the system limits them."""
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)


# ---- the cluster


class _NoCluster(Exception):
    """The processes could not be started."""


@contextmanager
def _cluster(workers: int) -> Iterator[Client]:
    """Start processes on this machine, and end them; nothing is written but to a temporary folder."""
    import dask
    from distributed import Client, LocalCluster

    settings = {
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.worker.daemon": True,
        "distributed.scheduler.worker-saturation": 1.0,  # a dying worker takes no waiting job with it
        "distributed.comm.timeouts.connect": "60s",
        "logging": {"distributed": "critical", "distributed.nanny": "critical", "distributed.worker": "critical"},
    }
    with (
        tempfile.TemporaryDirectory(prefix="capacity-", ignore_cleanup_errors=True) as folder,
        dask.config.set({**settings, "temporary-directory": folder}),
        _silent("distributed"),
    ):
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                memory_limit="auto",
                local_directory=folder,
                silence_logs=logging.CRITICAL,
                scheduler_kwargs={"allowed_failures": TRIES - 1, "dashboard_address": "127.0.0.1:0"},
            )
        except (RuntimeError, OSError, TimeoutError) as error:
            raise _NoCluster(str(error)) from error
        with cluster, Client(cluster) as client:
            client.register_plugin(_quiet())
            yield client


@contextmanager
def _silent(library: str) -> Iterator[None]:
    """Keep what a library logs about its comings and goings to itself; what matters is in the answers."""
    names = [library, *(name for name in logging.root.manager.loggerDict if name.startswith(f"{library}."))]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _quiet() -> Any:
    """Return what lets every worker, also one that replaces another, leave Ctrl-C to the process that started it."""
    from distributed import WorkerPlugin

    class Quiet(WorkerPlugin):
        """Ignore interrupts."""

        name = "capacity-quiet"

        def setup(self, worker: Any) -> None:
            """Do it."""
            _ignore_interrupts()

    return Quiet()


def _ignore_interrupts() -> None:
    import signal

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_on(client: Client, jobs: Sequence[Job], tell: Told, stop: threading.Event) -> tuple[ScenarioRun, ...]:
    """Hand jobs out and collect them as they finish.

    Each job takes its service along: kept in one place it would be lost with the process that keeps it.
    """
    futures = [client.submit(_run_remote, job, pure=False) for job in jobs]
    found: dict[int, ScenarioRun] = {}
    stopping = False
    while len(found) < len(jobs):
        for at, future in enumerate(futures):
            if at not in found and future.done():
                found[at] = _answer_of(jobs[at], future)
                tell(len(found), len(jobs), jobs[at].key)
        if stop.is_set() and not stopping:
            stopping = True
            _stop_all(client, futures)
        clock.sleep(SECONDS_BETWEEN)
    return tuple(found[at] for at in range(len(jobs)))


def _run_remote(job: Job) -> ScenarioRun:
    return run_job(job)


def _answer_of(job: Job, future: Future[ScenarioRun]) -> ScenarioRun:
    if future.status == "finished":
        answer: ScenarioRun = future.result()
        return answer
    if future.status == "cancelled":
        return failed(job.service, job.scenarios, GIVEN_UP)
    from distributed.scheduler import KilledWorker

    error = future.exception()
    if isinstance(error, KilledWorker):
        return failed(job.service, job.scenarios, DIED)
    return failed(job.service, job.scenarios, f"a fault of this program ({type(error).__name__}: {error})")


def _stop_all(client: Client, futures: Sequence[Future[ScenarioRun]]) -> None:
    """End the searches with what they have, and give up what has not begun."""
    running = {key for keys in client.processing().values() for key in keys}
    client.cancel([future for future in futures if not future.done() and future.key not in running])
    client.run(_stop_here)


def _stop_here() -> None:
    """End the search this process is in."""
    _STOP.set()


def _tell_nobody(done: int, jobs: int, key: str) -> None:
    """Tell nobody."""
