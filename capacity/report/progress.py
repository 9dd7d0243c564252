"""Live progress of a search on stderr: one line that changes on a terminal, and one line for each finished tier."""

from __future__ import annotations

import math
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from capacity.report.words import number

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.status import Status

PHASES = ("start",)
"""What the solver calls work that is not a tier: shown while it lasts, without a line of its own."""


class TierProgress:
    """Called by the solver with tier, best value, bound and seconds; used as a context manager.

    A tier is taken as finished when the next begins, so its line has what was last said of it. Tiers begin again for
    the second answer, the one with extra PAs, and where weeks that could not be handed out are planned one by one.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._last: tuple[str, float | None, float | None, float] | None = None
        self._finished: set[str] = set()
        self._status: Status | None = None

    def __enter__(self) -> TierProgress:
        self._status = _status_on(self._stream)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        if self._status is not None:
            self._status.stop()

    def __call__(self, tier: str, value: float | None, bound: float | None, seconds: float) -> None:
        """Show where a tier stands."""
        if self._last is not None and tier != self._last[0]:
            self._finish()
        if tier in self._finished:
            self._finished.clear()
            self._say("another round:")
        self._last = (tier, value, bound, seconds)
        if self._status is not None:
            self._status.update(line(*self._last))

    def _finish(self) -> None:
        if self._last is not None and self._last[0] not in PHASES:
            self._finished.add(self._last[0])
            self._say(line(*self._last))
        self._last = None

    def _say(self, text: str) -> None:
        if self._status is not None:
            self._status.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=self._stream, flush=True)


def line(tier: str, value: float | None, bound: float | None, seconds: float) -> str:
    """``routine: best 6, no plan can do better than 5, 1.2 s``."""
    best = "no plan yet" if value is None else f"best {number(value)}"
    limit = "" if bound is None else f", no plan can do better than {number(max(0.0, bound))}"
    return f"  {tier}: {best}{limit}, {seconds:.1f} s"


class StepProgress:
    """Called with a sentence about how far a long run is; used as a context manager.

    On a terminal one line that changes; elsewhere a line now and then.
    """

    def __init__(self, stream: TextIO | None = None, seconds_between: float = 5.0) -> None:
        self._stream = stream or sys.stderr
        self._between = seconds_between
        self._said = -math.inf
        self._status: Status | None = None

    def __enter__(self) -> StepProgress:
        self._status = _status_on(self._stream)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, sentence: str) -> None:
        """Show how far it is."""
        if self._status is not None:
            self._status.update(f"  {sentence}")
        elif time.monotonic() - self._said >= self._between:
            self._said = time.monotonic()
            print(f"  {sentence}", file=self._stream, flush=True)


class JobProgress:
    """Called with jobs done, all jobs, and the name of the last one done; used as a context manager.

    On a terminal a bar; elsewhere a line for each job that is done.
    """

    def __init__(self, what: str = "Scenarios", stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> JobProgress:
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, TextColumn("{task.fields[last]}"), console=Console(file=self._stream))
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, jobs: int, name: str) -> None:
        """Show how many are done."""
        if self._bar is None:
            if name:
                print(f"  {done} of {jobs}: {name}", file=self._stream, flush=True)
            return
        if self._task is None:
            self._task = self._bar.add_task(self._what, total=jobs, last="")
        self._bar.update(self._task, completed=done, total=jobs, last=name)


def _status_on(stream: TextIO) -> Status | None:
    """Return a line that changes, started, where the stream is a terminal."""
    if not stream.isatty():
        return None
    from rich.console import Console

    status = Console(file=stream).status("Setting up the plan")
    status.start()
    return status
