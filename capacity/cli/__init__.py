"""The command line: parse, call, print. Everything heavy is imported inside the commands: --help is instant."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capacity.cli.program import app

__all__ = ["app", "main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def main() -> None:
    """Run the program; the entry point of ``capacity``. Ctrl-C while it is being loaded ends it as any other does."""
    try:
        from capacity.cli.program import main as program

        program()
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def __getattr__(name: str) -> Any:
    if name == "app":
        from capacity.cli.program import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
