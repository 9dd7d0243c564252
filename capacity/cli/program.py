"""The program: its name, what all commands have in common, and its entry point."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

import capacity
from capacity.cli import climbing, comparing, papers, planning, reading, starting, stressing, sweeping
from capacity.cli.ending import DONE, INTERRUPTED, STOPPED
from capacity.cli.running import DEBUG, put, say

app = typer.Typer(
    name="capacity",
    help="From referrals to checked job plans, for one clinical service.",
    epilog=(
        "Start with: capacity gap models/respiratory. Results go to stdout, progress and log to stderr. Exit code: 0"
        " done (also when stopped with a plan), 1 no plan exists or none was found in time, 2 bad input, 3 our fault."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for commands in (starting, reading, planning, comparing, climbing, stressing, sweeping, papers):
    commands.add_to(app)


def main() -> None:
    """Run the program; the entry point of ``capacity``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a letter shows ? and does not end the run
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # in a command, or before it began
            say(STOPPED)
            sys.stdout.flush()
            os._exit(INTERRUPTED)  # threads may still draw or search: Python ending under them aborts the process
        raise


def _version(wanted: bool) -> None:
    if wanted:
        put(f"capacity {capacity.__version__}\n")
        raise typer.Exit(DONE)


@app.callback()
def _program(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a fault of the program.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if debug:
        os.environ[DEBUG] = "1"
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s: %(message)s")
