"""How the program ends where it does not end by itself.

Ctrl-C ends it wherever it falls: also in a destructor, in a library in C, and while Python shuts down.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

DONE, NO_PLAN, BAD_INPUT, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes."""
NO_MEMORY = "There was not enough memory to go on; nothing was written. Close other programs, or ask for less."
STOPPED = "Stopped; nothing was written."
SECONDS_TO_LEAVE_IT = 0.01
"""What a destructor is given to end before a Ctrl-C that fell into it is delivered again."""
raised = threading.Event()
"""Whether Ctrl-C has ended what ran: an error that follows may be what a library in C made of it."""


def interrupt(number: int, frame: object) -> None:
    """Handle SIGINT: as Python does, but remembered."""
    raised.set()
    raise KeyboardInterrupt


def deliver_again(lost: UnraisableHookArgs) -> None:
    """Deliver a Ctrl-C again that fell into a destructor, where Python would print a traceback and go on."""
    if lost.exc_type is KeyboardInterrupt:
        again = threading.Timer(SECONDS_TO_LEAVE_IT, _thread.interrupt_main)  # at once, it would fall into this hook
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)


@contextmanager
def handled() -> Iterator[None]:
    """Handle Ctrl-C for as long as the program runs, and ignore it after: all is written then."""
    sys.unraisablehook = deliver_again
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
