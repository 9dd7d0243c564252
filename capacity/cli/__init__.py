"""The command line: parse, call, print. Everything heavy is imported inside the commands: --help is instant."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from capacity.cli.ending import INTERRUPTED, NO_MEMORY, OUR_FAULT, STOPPED, handled

if TYPE_CHECKING:
    from capacity.cli.program import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the program; the entry point of ``capacity``. Ctrl-C while it is being loaded ends it as any other does."""
    with handled():
        try:
            from capacity.cli.program import main as program

            program()
        except KeyboardInterrupt:
            print(STOPPED, file=sys.stderr)
            sys.exit(INTERRUPTED)
        except MemoryError:  # while the program was loaded
            print(NO_MEMORY, file=sys.stderr)
            sys.exit(OUR_FAULT)


def __getattr__(name: str) -> Any:
    if name == "app":
        from capacity.cli.program import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
