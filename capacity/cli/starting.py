"""The command that begins a model: new. Parse, call, print."""

from __future__ import annotations

from typing import Annotated

import typer

import capacity
from capacity.cli.running import guarded, say


@guarded
def new(
    target: Annotated[
        str, typer.Argument(metavar="DIR|FILE.xlsx", help="Folder or workbook to write.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a service model of this name.")] = False,
) -> None:
    """Write a worked example to start from: a workbook, or a folder of CSV files.

    The workbook has a sheet for each table, with drop-downs, a note on each heading and a sheet about them all. Change
    its rows to yours; every command takes it in place of a folder. Nothing is replaced without --force, and only a
    service model with it.

    Example: capacity new service.xlsx
    """
    capacity.new(target, force)
    say(f"Written to {target}; see what it says with: capacity check {target}")


def add_to(app: typer.Typer) -> None:
    """Give the program this command."""
    app.command()(new)
