"""The command that stresses plans: simulated years, week by week. Parse, call, print."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

import capacity
from capacity.cli.comparing import Columns
from capacity.cli.ending import NO_PLAN
from capacity.cli.options import AsJson, Force, Model, Out, TimeLimit
from capacity.cli.running import (
    answered,
    check_folder,
    guarded,
    in_short,
    put,
    read_model,
    say,
    stop_on_interrupt,
)  # fmt: skip


class Follow(StrEnum):
    """When demand follows the season fitted to a series."""

    helps = "helps"
    always = "always"
    never = "never"


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value < 1:
        raise typer.BadParameter(f"{value:g} is not a share from 0 and below 1")
    return value


@guarded
def stress(
    model: Model,
    scenario: Columns = None,
    plan: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Also test a proposed plan: the output folder of capacity plan, or its job_plans.csv.",
        ),
    ] = None,
    solve: Annotated[
        bool, typer.Option("--solve", help="Find a plan first (as capacity plan does) and test it as the proposed one.")
    ] = False,
    years: Annotated[int, typer.Option(min=1, max=10_000, help="Simulated years.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the simulated years.")] = 1,
    sickness: Annotated[
        float,
        typer.Option(
            metavar="SHARE", callback=_share,
            help="Of the weeks otherwise present, where the policy names none; inside the model's weeks present.",
        ),
    ] = 0.04,
    extra_sickness: Annotated[
        float, typer.Option(metavar="SHARE", callback=_share, help="Lost on top of the model's weeks present.")
    ] = 0.0,
    cancelled: Annotated[
        float, typer.Option(metavar="SHARE", callback=_share, help="Of lists with a room or referrals.")
    ] = 0.02,
    holidays: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", callback=_share, show_default=False,
            help="Of leave that is taken in the weeks of school holidays, such as 0.45; without it leave is even.",
        ),
    ] = None,
    absence: Annotated[
        int, typer.Option(metavar="WEEKS", min=1, max=52, help="How long each person is away, one after the other.")
    ] = 8,
    season: Annotated[
        Follow, typer.Option(help="Follow the seasonal index of a series where it is shown to help, always, or never.")
    ] = Follow.helps,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 30.0,
) -> None:  # fmt: skip
    """Does the plan hold in a year as years are?

    Draws a thousand years week by week: referrals as they vary, leave, study leave, sickness, duty weeks, bank holidays
    and cancelled lists. Says in how many weeks each activity's sessions are enough, how long lists grow and who is seen
    in time, which weeks fail, and whose absence hurts most. With --plan or --solve the proposed plan meets the same
    weeks as the plans in force; with -s each scenario is a further column: the proposed plan (without one, the plans in
    force) under it.

    Example: capacity stress models/respiratory --plan out/respiratory -s demand_up_10 --out out/stress

    Files: stress.json (everything), activities.csv, streams.csv, weeks.csv, lists.csv, absences.csv, people.csv,
    differences.csv, summary.txt and figures/.
    """
    from capacity.report.outputs import json_text
    from capacity.report.stress import stress_names
    from capacity.scenario.stress_settings import StressSettings

    if plan is not None and solve:
        raise typer.BadParameter("--plan DIR or --solve, not both")
    check_folder(out)
    service, sized = read_model(model)
    plans = 1 + (plan is not None or solve) + len(scenario or ())
    check_folder(out, stress_names(service, plans), force)
    settings = StressSettings(
        years, seed, sickness, extra_sickness, cancelled=cancelled, leave_in_holidays=holidays, absence_weeks=absence,
        season=season.value,
    )  # fmt: skip
    proposed = None
    if solve:
        from capacity.report.progress import TierProgress

        with stop_on_interrupt() as stop, TierProgress() as progress:
            outcome = answered(lambda: capacity.plan(service, time_limit, 1, 1, progress, stop, sized))
        if outcome.plan is None:
            say(outcome.reason)
            raise typer.Exit(NO_PLAN)
        proposed = outcome.plan
    found = capacity.stress(
        service, plan if proposed is None else proposed, scenarios=scenario or (), settings=settings, sized=sized
    )
    try:
        files = () if out is None else found.write(out, force)
    finally:
        put(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.relative_to(out).as_posix() for path in files])}")


def add_to(app: typer.Typer) -> None:
    """Give the program this command."""
    app.command()(stress)
