"""The command that holds scenarios side by side: compare. Parse, call, print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import capacity
from capacity.cli.ending import NO_PLAN
from capacity.cli.options import AsJson, Force, Out, Seed, finite_above_zero
from capacity.cli.running import check_folder, guarded, put, say, stop_on_interrupt

if TYPE_CHECKING:
    from capacity.report.comparison import Comparison


def _above_zero(value: float | None) -> float | None:
    return None if value is None else finite_above_zero(value)


Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", "-s", metavar="A[+B]", show_default=False,
        help="A column: a scenario by its file, or its name in scenarios/. A+B lays B over A. Repeat it for more.",
    ),
]  # fmt: skip
Processes = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, show_default="all cores",
        help="Columns planned at once, each in a process of its own. 1: one after the other in this one.",
    ),
]  # fmt: skip
EachLimit = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", callback=_above_zero, show_default="20, or one a person in a larger team",
        help="Time for the search of each column.",
    ),
]  # fmt: skip


@guarded
def compare(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="Folder of the service model.", show_default=False)
    ] = None,
    scenario: Columns = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    again: Annotated[
        str | None,
        typer.Option(
            "--again",
            metavar="RUN.JSON",
            show_default=False,
            help="Run an earlier comparison again from its run.json, and say whether the numbers are the same.",
        ),
    ] = None,
    time_limit: EachLimit = None,
    workers: Processes = None,
    seed: Seed = 1,
) -> None:
    """Which scenario closes the gap, what does it change, and what does it cost?

    Side by side: doing nothing, the base planned anew, and each scenario planned. Requirement, supply, what stays short
    within present contracts and with extra PAs, sessions and people that change, WTE, pounds, waiting lists in 12
    months, and pounds for each extra attendance; and which differences are smaller than what is known of demand. A
    scenario that leaves no plan, or fails, has a column that says so. Ctrl-C keeps the best plans found.

    Example: capacity compare models/respiratory -s dna_halved -s extra_consultant -s "dna_halved+room_lost"

    Files: run.json (everything, and what --again needs), comparison.csv, by_activity.csv, summary.txt and figures/.
    --again ends with 1 where the numbers are not the same.
    """  # fmt: skip
    from capacity.report.comparison import comparison_names
    from capacity.report.progress import JobProgress

    if model is None and again is None:
        raise typer.BadParameter("MODEL is missing: capacity compare MODEL -s SCENARIO")
    if again is not None and scenario:
        raise typer.BadParameter("--again has its own scenarios: leave --scenario out")
    check_folder(out, tuple(comparison_names()), force)
    service = None if model is None else capacity.read(model)
    with stop_on_interrupt() as stop, JobProgress() as told:
        if again is not None:
            repeated = capacity.compare_again(again, service, workers, told, stop)
            made = repeated.comparison
        else:
            assert service is not None
            made = capacity.compare(service, scenario or (), time_limit, workers, seed, told, stop)
    _give(made, as_json, out, force)
    if again is not None:
        _say_whether_same(repeated)
    if all(run.measures is None for run in made.runs[1:]):
        say("No column has a plan.")
        raise typer.Exit(NO_PLAN)


def _give(made: Comparison, as_json: bool, out: str | None, force: bool) -> None:
    from capacity.cli.running import in_short
    from capacity.report.outputs import json_text

    try:
        files = () if out is None else made.write(out, force)
    finally:  # what took minutes is shown even where the folder has become full meanwhile
        put(json_text(made.to_json()) if as_json else made.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.relative_to(out).as_posix() for path in files])}")


def _say_whether_same(repeated: capacity.api_scenarios.Again) -> None:
    for version in repeated.versions:
        say(f"Another version: {version}.")
    if repeated.same:
        say("The numbers are the same as in the record.")
        return
    for sentence in repeated.differences:
        say(sentence)
    if repeated.cut_by_clock:
        cut = ", ".join(repeated.cut_by_clock)
        say(f"The search of {cut} was ended by the clock, so it depends on how busy the machine is.")
    say(
        "The numbers are not the same as in the record. Where neither input nor versions differ, one run had too"
        " little of the machine: run it again alone, with --workers 1."
    )
    raise typer.Exit(NO_PLAN)


def add_to(app: typer.Typer) -> None:
    """Give the program this command."""
    app.command()(compare)
