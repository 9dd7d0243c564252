"""The command that climbs the ladder of the guidance. Parse, call, print."""

from __future__ import annotations

from typing import Annotated

import typer

import capacity
from capacity.cli.ending import NO_PLAN
from capacity.cli.options import AsJson, Force, Model, Out, Scenarios, Seed, Workers, finite_above_zero
from capacity.cli.running import check_folder, guarded, in_short, put, read_model, say, stop_on_interrupt

RungLimit = Annotated[
    float,
    typer.Option(metavar="SECONDS", callback=finite_above_zero, help="Time for each of about ten searches."),
]


@guarded
def ladder(
    model: Model,
    scenarios: Scenarios = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: RungLimit = 20.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """How far does each rung close the gap: redeploy, train, extra hours, recruit, manage demand?

    Climbs the ladder of the guidance on e-job planning, each rung only as far as the gap needs: what moving sessions
    closes, then teaching colleagues what is short, then extra hours people would accept, then posts (vacant ones
    first), then asking for less. Every rung is a whole plan, checked by separate code, with what it changes and costs.

    Example: capacity ladder models/respiratory --out out/ladder

    Files: ladder.json (everything), ladder.csv, summary.txt and figures/. Ctrl-C keeps the rungs there are.
    """
    from capacity.report.gap_ladder import LADDER_NAMES
    from capacity.report.outputs import json_text

    check_folder(out, LADDER_NAMES, force)
    service, _ = read_model(model, scenarios)
    with stop_on_interrupt() as stop:
        found = capacity.ladder(service, time_limit, workers, seed, lambda rung: say(f"  {rung} ..."), stop)
    try:
        files = () if out is None else found.write(out, force)
    finally:
        put(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.relative_to(out).as_posix() for path in files])}")
    if found.reason:
        say(found.reason)
        raise typer.Exit(NO_PLAN)


def add_to(app: typer.Typer) -> None:
    """Give the program this command."""
    app.command()(ladder)
