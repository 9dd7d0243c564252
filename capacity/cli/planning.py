"""Commands that optimise: plan, frontier, explain, establish. Parse, call, print."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import capacity
from capacity.cli.ending import NO_PLAN, OUR_FAULT
from capacity.cli.options import AsJson, Forbids, Force, Locks, Model, Out, Scenarios, Seed, TimeLimit, Workers
from capacity.cli.running import (
    answered,
    check_folder,
    check_id,
    guarded,
    in_short,
    put,
    read_model,
    read_service,
    report_it,
    say,
    say_what_was_read,
    stop_on_interrupt,
)  # fmt: skip

if TYPE_CHECKING:
    from capacity.report.team_outcome import TeamOutcome


class Least(StrEnum):
    """What a team is to have least of."""

    cost = "cost"
    wte = "wte"
    people = "people"


class By(StrEnum):
    """What a frontier holds the gap against."""

    change = "change"
    extra = "extra"


def _level(value: str) -> str:
    if value in ("centile", "mean"):
        return value
    try:
        share = float(value)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise typer.BadParameter(f"{value} is not centile, mean or a share above 0 and at most 1")
    return value


@guarded
def plan(
    model: Model,
    scenarios: Scenarios = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 30.0,
    workers: Workers = 1,
    seed: Seed = 1,
    lock: Locks = None,
    forbid: Forbids = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DIR",
            show_default=False,
            help="Change as little as possible from an earlier output (its folder, or a job_plans.csv), not from the"
            " plans in force.",
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Let a second solver prove every tier again, in at most as much time; 3 if it disagrees."
        ),
    ] = False,
) -> None:
    """Which team plan closes the gap, and who changes what?

    Proposes everyone's timetable, within contracts, SPA, rooms and skills, and says how good it is: what no plan can
    do better, aim by aim. The plan is checked by separate code before it is shown. Where the service has a budget of
    extra PAs and something stays short, a second answer says what they buy. Ctrl-C stops the search and keeps the
    best plan so far.

    Example: capacity plan models/respiratory --out out/respiratory --time-limit 60

    To ask again with one clinic locked and another forbidden, changing least from that plan:
    capacity plan models/respiratory --from out/respiratory --lock "c01:general:Mon AM" --forbid "c02:sleep:Tue PM:1;3"

    Files: plan.json (everything), plan.xlsx (the team and each person in Excel), job_plans.csv (next year's plans in
    force), gap.csv, changes.csv, findings.csv, summary.txt and figures/; the same in with_extra/ for the second answer.
    Where there is no plan, an earlier job_plans.csv of ours is taken away.
    """
    from capacity.optimise.asked import asked_of
    from capacity.report.outputs import demand_figure_files, json_text, plan_names
    from capacity.report.progress import TierProgress

    check_folder(out)
    service = read_service(model, scenarios)
    sized = capacity.demand(service)
    check_folder(out, plan_names(service, sized), force)
    asked = asked_of(service, sized, lock or (), forbid or (), start)
    with ThreadPoolExecutor(1) as background:
        drawing = background.submit(demand_figure_files, service, sized) if out is not None else None
        with stop_on_interrupt() as stop, TierProgress() as progress:
            # said only now, so that from the first line on Ctrl-C keeps the best plan
            say_what_was_read(model, service, sized)
            outcome = answered(
                lambda: capacity.plan(
                    service, time_limit, workers, seed, progress, stop, sized,
                    locks=asked.locks, forbids=asked.forbids, start=start, verify=verify,
                )
            )  # fmt: skip
        # in here, for Ctrl-C while waiting for a thread to end makes Python forget that it runs
        try:
            written = _written(outcome, out, force, drawing.result() if drawing is not None else None)
        finally:  # a plan that took minutes is shown even where the folder has become full meanwhile
            put(json_text(outcome.to_json()) if as_json else outcome.summary())
    if written:
        say(f"Written to {out}: {written}")
    _refuse_disagreement(outcome)
    if outcome.plan is None:
        say(outcome.reason)
        raise typer.Exit(NO_PLAN)


@guarded
def frontier(
    model: Model,
    scenarios: Scenarios = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    by: Annotated[
        By, typer.Option(help="change: sessions that change, within contracts; extra: extra PAs up to the budget.")
    ] = By.change,
    points: Annotated[int, typer.Option(min=2, max=99, help="Most points, first and last included.")] = 10,
    write_plans: Annotated[
        bool, typer.Option("--write-plans", help="Also write the whole plan of each point, in point_01/ and so on.")
    ] = False,
    time_limit: TimeLimit = 120.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """How much of the gap does each further change close?

    A plan for each of some limits, from as little as can be to all that closes the gap: at most so many sessions
    changed, or so many extra PAs. Says where the curve bends: up to the knee a change closes much, beyond it little.
    Every point is a whole plan, checked by separate code. Ctrl-C keeps the points there are.

    Example: capacity frontier models/respiratory --out out/frontier --write-plans

    Files: frontier.json (everything), frontier.csv, summary.txt and figures/; with --write-plans a folder a point,
    with the files of capacity plan.
    """
    from capacity.report.frontier import frontier_names
    from capacity.report.outputs import json_text
    from capacity.report.progress import TierProgress

    if write_plans and out is None:
        raise typer.BadParameter("--write-plans needs --out DIR to write them to")
    check_folder(out)
    service, sized = read_model(model, scenarios)
    check_folder(out, frontier_names(service, sized, points, write_plans), force)
    with stop_on_interrupt() as stop, TierProgress() as progress:
        found = answered(
            lambda: capacity.frontier(service, by.value, points, time_limit, workers, seed, progress, stop, sized)
        )
    try:
        files = () if out is None else found.write(out, force, write_plans)
    finally:
        put(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.relative_to(out).as_posix() for path in files])}")
    if not found.points:
        say(found.reason)
        raise typer.Exit(NO_PLAN)


@guarded
def explain(
    model: Model,
    scenarios: Scenarios = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    person: Annotated[
        str | None, typer.Option("--person", metavar="ID", help="Reasons of one person only.", show_default=False)
    ] = None,
    activity: Annotated[
        str | None, typer.Option("--activity", metavar="ID", help="Remedies for one activity only.", show_default=False)
    ] = None,
    time_limit: TimeLimit = 180.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """Why this plan, or why none? What binds, what one more of each would buy, who changes and why.

    Where there is a plan: for each activity that stays short, the rule that keeps it so; what one more PA, room, person
    trained or a role less would buy, ranked, in sessions, hours and pounds; and for every person what changes, with a
    reason that was tested by undoing it. Where there is none: the rules and people that cannot hold together, with
    their figures, confirmed by a second solver. Everything is within present contracts.

    Example: capacity explain models/respiratory --out out/why

    Files: explain.json (everything), remedies.csv, reasons.csv, summary.txt and figures/remedies.
    """
    from capacity.report.explain_tables import NAMES
    from capacity.report.outputs import json_text
    from capacity.report.progress import StepProgress

    check_folder(out, NAMES, force)
    service, sized = read_model(model, scenarios)
    check_id(person, [row.person for row in service.people], "person")
    check_id(activity, [row.activity for row in service.activities], "activity")
    with stop_on_interrupt() as stop, StepProgress() as told:
        found = capacity.explain(service, time_limit, workers, seed, person, activity, told, stop, sized)
    try:
        if out is not None:
            found.write(out, force)
            say(f"Written to {out}: {in_short(NAMES)}")
    finally:  # what took minutes is shown even where the folder has become full meanwhile
        put(json_text(found.to_json()) if as_json else found.summary())
    if found.outcome.plan is None:
        say(found.outcome.reason)
        raise typer.Exit(NO_PLAN)


@guarded
def establish(
    model: Model,
    scenarios: Scenarios = None,
    minimise: Annotated[
        Least | None,
        typer.Option(
            help="What is to be least. Without it: cost where every post has a price, else WTE.", show_default=False
        ),
    ] = None,
    keep_team: Annotated[
        bool,
        typer.Option("--keep-team/--from-scratch", help="Add posts to the people in post, or build a team of posts."),
    ] = True,
    posts: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Posts that may be created, in place of the model's posts.csv.", show_default=False
        ),
    ] = None,
    cover: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            callback=_level,
            help="centile: rapid work at its centile; mean: all at its mean; or a share, such as 0.95.",
        ),
    ] = "centile",
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 60.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """What is the smallest or cheapest team that covers the requirement?

    Adds posts to the team, or builds one from scratch, of the types in posts.csv (without that file: types like the
    people in post). Says what no team can beat, which requirement each post is there for, and what one session a week
    less would save. The team has a plan that is checked like any other.

    Example: capacity establish models/respiratory --out out/establishment

    Files: establishment.json (everything), team.csv, summary.txt, figures/, and service/: the team as a model of its
    own, with the plan found as its plans in force, for capacity plan.
    """  # fmt: skip
    from capacity.report.establishment_files import establishment_names
    from capacity.report.outputs import json_text
    from capacity.report.progress import TierProgress

    check_folder(out)
    service, sized = read_model(model, scenarios, posts)
    check_folder(out, establishment_names(service), force)
    level = cover if cover in ("centile", "mean") else float(cover)
    with stop_on_interrupt() as stop, TierProgress() as progress:
        found = answered(
            lambda: capacity.establish(
                service, None if minimise is None else minimise.value, keep_team, level, time_limit, workers, seed,
                progress, stop, sized,
            )
        )  # fmt: skip
    try:
        written = () if out is None else found.write(out, force)
    finally:
        put(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.relative_to(out).as_posix() for path in written])}")
    if found.outcome is None:
        say(found.reasons[0])
        raise typer.Exit(NO_PLAN)


def _written(outcome: TeamOutcome, out: str | None, force: bool, drawn_before: dict[str, bytes] | None) -> str:
    if out is None:
        return ""
    folder = Path(out)
    return in_short([path.relative_to(folder).as_posix() for path in outcome.write(folder, force, drawn_before)])


def _refuse_disagreement(outcome: TeamOutcome) -> None:
    """Say on which tiers the second solver disagrees, and end with the exit code of a fault of the program."""
    from capacity.report.tiers_text import disagreements

    if said := disagreements(outcome):
        say("\n".join(f"A fault of this program: {sentence}" for sentence in said))
        say(report_it())
        raise typer.Exit(OUR_FAULT)


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    for command in (plan, frontier, explain, establish):
        app.command()(command)
