"""Commands that make documents: sheets. Parse, call, print."""

from __future__ import annotations

from typing import Annotated

import typer

import capacity
from capacity.cli.options import Force, Model, Scenarios
from capacity.cli.running import check_folder, guarded, in_short, read_model, say

Names = Annotated[bool, typer.Option("--names", help="Show people's names beside their ids; default: ids only.")]
PlanFrom = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DIR", show_default=False,
        help="Show the plan of an earlier output of capacity plan (its folder); default: the plans in force.",
    ),
]  # fmt: skip


@guarded
def sheets(
    model: Model,
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Folder for the sheets.", show_default=False)],
    scenarios: Scenarios = None,
    start: PlanFrom = None,
    person: Annotated[
        list[str] | None, typer.Option("--person", metavar="ID", help="Only this person; may be repeated.")
    ] = None,
    names: Names = False,
    force: Force = False,
) -> None:
    """One job plan sheet a person, to print, read on a screen and put into a calendar.

    The timetable by half-day and week, time reconciled to the contract, what sessions are expected to deliver, roles,
    duty, leave, what changes and why, objectives, and room for both signatures.

    Example: capacity sheets models/respiratory --from out/respiratory --out out/sheets

    Files: a PDF, an HTML page and a calendar file (.ics) a person. They are about people: share each with its person.
    """
    service, sized = read_model(model, scenarios)
    known = [row.person for row in service.people]
    for one in person or ():
        if one not in known:
            raise typer.BadParameter(f"{one} is no person of this service; there are {', '.join(known)}")
    check_folder(out)
    made = capacity.job_sheets(service, start, person, names, sized)
    written = made.write(out, force)
    say(f"Written to {out}: {len(made.sheets)} sheets ({in_short([path.name for path in written[:3]])}, ...)")


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    app.command()(sheets)
