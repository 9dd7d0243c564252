"""What every command does: say, refuse, guard against faults, stop on Ctrl-C, write files."""

from __future__ import annotations

import errno
import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

import capacity
from capacity.cli.ending import BAD_INPUT, DONE, INTERRUPTED, NO_MEMORY, OUR_FAULT, interrupt, raised

if TYPE_CHECKING:
    from capacity.demand.result import Demand
    from capacity.errors import Fault
    from capacity.service.model import Service

SECONDS_BETWEEN = 3.0
"""Between two lines that say how far drawing is."""
DEBUG = "CAPACITY_DEBUG"
"""Environment variable that, like --debug, shows the traceback of a fault of the program."""

P = ParamSpec("P")
T = TypeVar("T")


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what goes wrong in a command into a sentence on stderr and an exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from capacity.errors import InputError, OutputError, PlanFailedCheck

        try:
            command(*args, **kwargs)
        except InputError as error:
            refuse(error.faults, bool(kwargs.get("as_json")))
        except OutputError as error:
            say(str(error))
            raise typer.Exit(BAD_INPUT) from None
        except PlanFailedCheck as error:
            say(f"A fault of this program: {error}\n{report_it()}")
            raise typer.Exit(OUR_FAULT) from None
        except BrokenPipeError:  # the reader of our output has seen enough, as in: capacity gap MODEL | head
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(DONE) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if raised.is_set():
                raise typer.Exit(INTERRUPTED) from None
            if _out_of_memory(error):
                say(NO_MEMORY)
                raise typer.Exit(OUR_FAULT) from None
            if os.environ.get(DEBUG):
                traceback.print_exc()
            say(f"A fault of this program ({type(error).__name__}: {_first_line(error)}). {report_it()}")
            raise typer.Exit(OUR_FAULT) from None

    return run


def read_service(model: str, scenarios: Sequence[str] | None = None, posts: str | None = None) -> Service:
    """Read a model and lay scenarios over it; ``a+b`` stacks two as two options would."""
    service = capacity.read(model, posts)
    names = [name.strip() for given in scenarios or () for name in given.split("+")]
    return capacity.apply(service, *names) if names else service


def read_model(model: str, scenarios: Sequence[str] | None = None, posts: str | None = None) -> tuple[Service, Demand]:
    """Read a model with scenarios and size its demand, and say on stderr what was read."""
    service = read_service(model, scenarios, posts)
    sized = capacity.demand(service)
    say_what_was_read(model, service, sized)
    return service, sized


def say_what_was_read(model: str, service: Service, sized: Demand) -> None:
    """Say on stderr what was read."""
    from capacity.answer import read_in_words

    say(f"Read {model}: {read_in_words(service, sized)}")


def check_id(wanted: str | None, known: Sequence[str], what: str) -> None:
    """Refuse an id that the service has not."""
    if wanted is not None and wanted not in known:
        raise typer.BadParameter(f"{wanted} is no {what} of this service; there are {', '.join(known) or 'none'}")


def drawing() -> Callable[[int, int], None]:
    """Return what tells how far drawing is, now and then."""
    from time import monotonic

    last = monotonic()

    def told(drawn: int, figures: int) -> None:
        nonlocal last
        if monotonic() - last > SECONDS_BETWEEN:
            last = monotonic()
            say(f"  {drawn} of {figures} figures drawn")

    return told


def check_folder(out: str | None, names: Sequence[str] = (), force: bool = False) -> None:
    """Refuse an output folder that cannot be written, before the work begins."""
    if out is not None:
        from capacity.report.files import check_output_folder

        check_output_folder(out, names, force)


def write(out: str | None, files: Mapping[str, bytes], force: bool) -> None:
    """Write files to the output folder, all or none, and say so."""
    if out is not None:
        from capacity.report.files import write_outputs

        write_outputs(out, files, force)
        say(f"Written to {out}: {in_short(files)}")


def answered(solve: Callable[[], T]) -> T:
    """Return the answer, also where showing progress failed on the way."""
    from capacity.errors import CallbackFailed

    try:
        return solve()
    except CallbackFailed as error:
        outcome: T = error.outcome
        return outcome


def in_short(names: Sequence[str] | Mapping[str, bytes]) -> str:
    """Files by name, what is in folders by folder."""
    return ", ".join(dict.fromkeys(name.split("/")[0] + ("/" if "/" in name else "") for name in names))


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Give an event that the first Ctrl-C sets, so that the search ends with its best plan; a second ends the run."""
    stop = threading.Event()

    def interrupted(number: int, frame: object) -> None:
        if stop.is_set():
            interrupt(number, frame)
        stop.set()
        say("\nStopping with the best plan so far; Ctrl-C again to give up.")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def refuse(faults: Sequence[Fault], as_json: bool) -> None:
    """Say every fault, one line each, and end with the exit code of bad input."""
    from capacity.report.outputs import json_text

    for fault in faults:
        say(str(fault))
    say(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'} in the input.")
    if as_json:
        put(json_text(json_of(faults)))
    raise typer.Exit(BAD_INPUT)


def json_of(faults: Sequence[Fault]) -> dict[str, Any]:
    """Return faults in their machine-readable form."""
    return {"faults": [{**fault.__dict__, "message": str(fault)} for fault in faults]}


def put(text: str) -> None:
    """Put a result on stdout."""
    sys.stdout.write(text)
    sys.stdout.flush()


def say(text: str) -> None:
    """Tell the reader something that is not the result, on stderr."""
    print(text, file=sys.stderr, flush=True)


def _out_of_memory(error: BaseException | None) -> bool:
    """Whether memory ran out, as Python says it, or the system, or the loader of a library."""
    if error is None:
        return False
    system = isinstance(error, OSError) and error.errno == errno.ENOMEM
    said = any(words in str(error) for words in ("failed to map segment", "annot allocate memory", "start new thread"))
    return isinstance(error, MemoryError) or system or said or _out_of_memory(error.__cause__)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["no message"])[0]


def report_it() -> str:
    """Return what to do about a fault of the program."""
    return (
        "Please report it to whoever gave you the program, with the command, this message and, if it may be shared, the"
        f" model; {DEBUG}=1 or capacity --debug shows more."
    )
