"""Commands that vary a service: sweep, tornado, goal, pareto, robust. Parse, call, print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import capacity
from capacity.cli.ending import NO_PLAN
from capacity.cli.options import AsJson, Force, Model, Out, Scenarios, Seed, TimeLimit, Workers
from capacity.cli.running import check_folder, guarded, in_short, put, read_model, say, stop_on_interrupt

if TYPE_CHECKING:
    from capacity.report.whatif import WhatIf

Processes = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, show_default="all cores",
        help="With --plan: points planned at once, each in a process of its own. 1: one after the other in this one.",
    ),
]  # fmt: skip
ByPlan = Annotated[
    bool, typer.Option("--plan", help="Plan each point and give what the checked plan leaves short; takes longer.")
]


@guarded
def sweep(
    model: Model,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="NAME=FROM:TO:STEP",
            show_default=False,
            help="What to vary, once or twice: dna_rate=0.02:0.12:0.02, demand=x0.9:x1.2:x0.1,"
            " rooms.clinic.count=3,4,5, extra_pa=0:2:0.5. At most 200 points in all.",
        ),
    ],
    scenarios: Scenarios = None,
    plan: ByPlan = False,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 180.0,
    workers: Processes = None,
    seed: Seed = 1,
) -> None:
    """What is short as one or two figures change?

    Varies DNA rates, demand, minutes, weeks, rooms, contracts or the budget of extra PAs over a range. A name is a
    field of every row that has it (dna_rate), of one row (streams.general_new.dna_rate, people.c04.contract_pa),
    demand, or extra_pa. Values are absolute (0.05 or 5%) or factors (x0.9). Ctrl-C keeps the points there are.

    Example: capacity sweep models/respiratory --vary dna_rate=0.02:0.12:0.02 --vary demand=x0.9:x1.1:x0.1

    Files: sweep.json (everything), sweep.csv, sweep_by_activity.csv, summary.txt and figures/sweep: a line for one
    figure that is varied, a heat map for two.
    """  # fmt: skip
    from capacity.report.progress import StepProgress
    from capacity.report.sweep import Sweep
    from capacity.report.whatif import names_of

    check_folder(out, names_of(Sweep, "sweep_by_activity.csv"), force)
    service, sized = read_model(model, scenarios)
    with stop_on_interrupt() as stop, StepProgress() as told:
        found = capacity.sweep(service, vary, plan, time_limit, workers, seed, told, stop, sized)
    _give(found, as_json, out, force)
    if not any(point.short is not None for point in found.result.points):
        raise typer.Exit(NO_PLAN)


@guarded
def tornado(
    model: Model,
    scenarios: Scenarios = None,
    plan: ByPlan = False,
    step: Annotated[
        list[str] | None,
        typer.Option(
            "--step",
            metavar="ASSUMPTION=STEP",
            show_default=False,
            help="Another step for an assumption: dna=0.03, weeks=2. May be repeated.",
        ),
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 300.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """Which assumption moves the gap most?

    Moves each main assumption a step down and a step up, all else as it is: referrals, growth, DNAs, minutes,
    follow-up ratio, weeks present, sickness. Without --plan it is the gap of the plans in force, surpluses counted, as
    in capacity gap; with it what a checked plan leaves short.

    Example: capacity tornado models/respiratory --step dna=0.03

    Files: tornado.json (everything), tornado.csv, summary.txt and figures/tornado.
    """  # fmt: skip
    from capacity.report.progress import StepProgress
    from capacity.report.tornado import Tornado
    from capacity.report.whatif import names_of

    check_folder(out, names_of(Tornado), force)
    steps = _steps(step or ())
    service, sized = read_model(model, scenarios)
    with stop_on_interrupt() as stop, StepProgress() as told:
        found = capacity.tornado(service, plan, steps, time_limit, workers, seed, told, stop, sized)
    _give(found, as_json, out, force)
    if found.result.base is None:
        raise typer.Exit(NO_PLAN)


@guarded
def goal(
    model: Model,
    scenarios: Scenarios = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="MEASURE=VALUE",
            show_default=False,
            help="gap=0 (sessions the plans in force leave short; gap.general=0 for one activity), net=0 (surpluses"
            " counted), planned=0 (left short by a plan), delivered=0.95 (share of the requirement a plan delivers).",
        ),
    ] = None,
    vary: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[=FROM:TO]",
            show_default=False,
            help="What to look for, as in capacity sweep: dna_rate, extra_pa, demand=x0.8:x1, rooms.clinic.count.",
        ),
    ] = None,
    least_cost: Annotated[
        bool,
        typer.Option(
            "--least-cost",
            help="Instead: the least cost of leaving nothing short, by extra time, bought sessions or posts.",
        ),
    ] = False,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 180.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """What value reaches a target: which DNA rate closes the gap, how many PAs deliver 95 %, what is the least cost?

    Finds the value, says between which two it lies, rounds it as people write it and checks the rounded value. Where no
    value of the range will do, says what the best can do, activity by activity. That no value will do is an answer.

    Examples: capacity goal models/respiratory --vary dna_rate --target gap=0 ·
    capacity goal models/respiratory --vary extra_pa --target delivered=0.99 ·
    capacity goal models/respiratory --least-cost

    Files: goal.json (everything), goal.csv (values tried, or ways) and summary.txt.
    """  # fmt: skip
    from capacity.report.goal import Goal
    from capacity.report.progress import StepProgress
    from capacity.report.whatif import names_of

    if least_cost and (target or vary):
        raise typer.BadParameter("--least-cost stands alone, without --target and --vary")
    if not least_cost and not (target and vary):
        raise typer.BadParameter("give --target and --vary, such as --target gap=0 --vary dna_rate, or --least-cost")
    check_folder(out, names_of(Goal), force)
    service, sized = read_model(model, scenarios)
    found: WhatIf
    with stop_on_interrupt() as stop, StepProgress() as told:
        if target is not None and vary is not None:
            found = capacity.goal_seek(service, target, vary, time_limit, workers, seed, told, stop, sized)
            failed = all(each.found is None for each in found.result.tried)
        else:
            found = capacity.least_cost(service, time_limit, workers, seed, told, stop, sized)
            failed = found.result.short_planned is None
    _give(found, as_json, out, force)
    if failed:
        raise typer.Exit(NO_PLAN)


@guarded
def pareto(
    model: Model,
    scenarios: Scenarios = None,
    points: Annotated[int, typer.Option(min=2, max=99, help="Most plans by change, and by extra PAs.")] = 8,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 180.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """Which plans are beaten by no other in gap, change and cost?

    Finds plans that change more and more within present contracts, and plans with more and more extra PAs, and leaves
    out each that another beats. Every plan is checked by separate code. Ctrl-C keeps the plans there are.

    Example: capacity pareto models/respiratory --out out/pareto

    Files: pareto.json (everything, with the plans), pareto.csv, summary.txt and figures/pareto.
    """  # fmt: skip
    from capacity.report.pareto import Pareto
    from capacity.report.progress import TierProgress
    from capacity.report.whatif import names_of

    check_folder(out, names_of(Pareto), force)
    service, sized = read_model(model, scenarios)
    with stop_on_interrupt() as stop, TierProgress() as progress:
        found = capacity.pareto(service, points, time_limit, workers, seed, stop, sized, progress)
    _give(found, as_json, out, force)
    if not found.result.points:
        raise typer.Exit(NO_PLAN)


@guarded
def robust(
    model: Model,
    scenarios: Annotated[
        list[str] | None,
        typer.Option(
            "-s",
            "--scenario",
            metavar="NAME|FILE",
            show_default=False,
            help="A demand beside the central one: a scenario that changes demand only. Repeat it; a+b stacks. Without"
            " any: the lower and the upper end of the 90 % interval of demand.",
        ),
    ] = None,
    worst: Annotated[
        bool, typer.Option("--worst", help="Leave least short under the worst of the demands, then in their sum.")
    ] = False,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="W,W,W",
            show_default=False,
            help="Weights of the central demand and of each other, in order: 0.5,0.3,0.2. Without: equal.",
        ),
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    time_limit: TimeLimit = 180.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """Which one plan serves several demands at once?

    The plan leaves least short over all of the demands, rapid work first, by their weights or in the worst of them;
    within present contracts, and checked by separate code as every plan is. It is held against the plan for the central
    demand and against the plan made for each demand: what either leaves short beyond that is its regret.

    Examples: capacity robust models/respiratory --worst ·
    capacity robust models/respiratory -s demand_up_10 -s winter_surge --weights 0.5,0.3,0.2

    Files: robust.json (everything), robust.csv (a row a demand), job_plans.csv (the robust plan), summary.txt and
    figures/robust.
    """  # fmt: skip
    from capacity.report.progress import StepProgress
    from capacity.report.robust import Robust
    from capacity.report.whatif import names_of

    if worst and weights is not None:
        raise typer.BadParameter("--worst and --weights exclude each other: the worst case has no weights")
    given = None if weights is None else _weights(weights)
    check_folder(out, names_of(Robust, "job_plans.csv"), force)
    service, sized = read_model(model)
    with stop_on_interrupt() as stop, StepProgress() as told:
        found = capacity.robust(service, scenarios or (), worst, given, time_limit, workers, seed, told, stop, sized)
    _give(found, as_json, out, force)
    if not found.result.regrets:
        raise typer.Exit(NO_PLAN)


def _weights(text: str) -> list[float]:
    """Read ``0.5,0.3,0.2``."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text}: weights are numbers separated by commas, such as 0.5,0.3,0.2") from None


def _steps(given: list[str] | tuple[str, ...]) -> dict[str, float]:
    """Read ``dna=0.03``."""
    from capacity.service.cells import nearest
    from capacity.supply.factors import FACTORS

    known = [factor.factor for factor in FACTORS]
    steps = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in known:
            raise typer.BadParameter(f"{name} is no assumption; there are {', '.join(known)}. {nearest(name, known)}")
        try:
            steps[name] = float(value)
        except ValueError:
            steps[name] = 0.0
        if not 0 < steps[name] < 100:
            raise typer.BadParameter(f"{text}: a step is a number above 0, such as {name}=0.03")
    return steps


def _give(found: WhatIf, as_json: bool, out: str | None, force: bool) -> None:
    """Write what was asked for, and print it in any case: what took minutes is shown even where a folder is full."""
    from capacity.report.outputs import json_text

    try:
        written = () if out is None else found.write(out, force)
    finally:
        put(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.relative_to(out).as_posix() for path in written])}")


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    for command in (sweep, tornado, goal, pareto, robust):
        app.command()(command)
