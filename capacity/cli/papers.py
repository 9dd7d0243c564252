"""Commands that make documents: sheets, consistency, kpis. Parse, call, print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import capacity
from capacity.cli.options import AsJson, Force, Model, Out, Scenarios, Seed, TimeLimit, Workers
from capacity.cli.running import answered, check_folder, guarded, in_short, put, read_model, say, stop_on_interrupt

if TYPE_CHECKING:
    from capacity.demand.result import Demand
    from capacity.report.team_explanation import Explanation
    from capacity.service.model import Service

Names = Annotated[bool, typer.Option("--names", help="Show people's names beside their ids; default: ids only.")]
PlanFrom = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DIR", show_default=False,
        help="Show the plan of an earlier output of capacity plan (its folder); default: the plans in force.",
    ),
]  # fmt: skip


Models = Annotated[
    list[str], typer.Argument(metavar="MODEL...", help="One service model or several.", show_default=False)
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", "-s", metavar="A[+B]", help="An option of the paper; repeat it for more.", show_default=False
    ),
]
OnDay = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Day as of which plans are active, such as 2027-03-31.", show_default="today"),
]


ReasonsLimit = Annotated[
    float,
    typer.Option(
        "--explain", metavar="SECONDS", min=0.0, help="Time to find what keeps activities short; 0 leaves that out."
    ),
]


def _explained(service: Service, sized: Demand, seconds: float, seed: int) -> Explanation | None:
    """What keeps activities short and what would help, where time is given for it."""
    if seconds <= 0:
        return None
    say("  what keeps activities short ...")
    with stop_on_interrupt() as stop:
        return capacity.explain(service, time_limit=seconds, seed=seed, stop=stop, sized=sized)


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
    written = made.write(out, force) if made.sheets else ()
    if not made.sheets:
        say("Nobody is in post, so there is no sheet.")
        return
    say(f"Written to {out}: {len(made.sheets)} sheets ({in_short([path.name for path in written[:3]])}, ...)")


@guarded
def consistency(
    model: Model,
    scenarios: Scenarios = None,
    start: PlanFrom = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """What would a consistency committee ask about these job plans?

    Every check on the plans in force, and on the plan of an earlier output with --from: contract, SPA, roles, tariffs,
    admin, on-call credit, places, objectives, dates and the rest. The page and the totals name nobody; the restricted
    table has a row a finding, with whom it is about, what was found, what is allowed, the source and minutes a week.

    Example: capacity consistency models/respiratory --from out/respiratory --out out/consistency

    Files: consistency_totals.csv and consistency.html for the committee, consistency_restricted.csv for those who may
    see it, and summary.txt.
    """
    from capacity.report.consistency import FILES
    from capacity.report.outputs import json_text

    check_folder(out, FILES, force)
    service, sized = read_model(model, scenarios)
    found = capacity.consistency(service, start, sized)
    written = () if out is None else found.write(out, force)
    put(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.name for path in written])}")


@guarded
def kpis(
    models: Models,
    on: OnDay = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """How well are job plans kept: active, expiring, paid and planned, delivered, by professional group?

    The key figures of NHS England's guide for one service or several, as of a day: people with an active plan, plans
    that lapse within 30, 60 and 90 days, direct care in planned time, delivered against planned sessions, paid against
    planned PAs, over 12 PAs, open-ended extra PAs, vacant roles and gaps; and what the files can show of the levels of
    attainment. Groups of under five people are not shown.

    Example: capacity kpis models/respiratory models/anaesthetics --on 2027-03-31

    Files: kpis.csv, services.csv, kpis.json and summary.txt.
    """
    import datetime as dt

    from capacity.report.kpis import FILES
    from capacity.report.outputs import json_text
    from capacity.service.cells import Refused, date

    try:
        day = dt.date.today() if on is None else date(on)
    except Refused:
        raise typer.BadParameter(f"{on} is not a date such as 2027-03-31") from None
    check_folder(out, FILES, force)
    found = capacity.kpis([capacity.read(model) for model in models], day)
    written = () if out is None else found.write(out, force)
    put(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        say(f"Written to {out}: {in_short([path.name for path in written])}")


@guarded
def pack(
    model: Model,
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="The file to write: .docx, .pdf or .html.", show_default=False)
    ],
    scenarios: Scenarios = None,
    names: Names = False,
    force: Force = False,
    reasons_limit: ReasonsLimit = 45.0,
    time_limit: TimeLimit = 30.0,
    workers: Workers = 1,
    seed: Seed = 1,
) -> None:
    """What does the team bring to its job-planning meeting?

    One document in the order of NHS England's guide: objectives, last year's activity and key figures, expected output,
    the gap, the proposed plan with change as counts, on-call, roles to allocate, decisions to take. Ids only, unless
    --names.

    Example: capacity pack models/respiratory --out out/meeting.docx
    """
    from capacity.report.document import check_target, write_document
    from capacity.report.progress import TierProgress

    check_target(out, force)
    service, sized = read_model(model, scenarios)
    with stop_on_interrupt() as stop, TierProgress() as progress:
        outcome = answered(lambda: capacity.plan(service, time_limit, workers, seed, progress, stop, sized))
    reasons = _explained(service, sized, reasons_limit, seed)
    write_document(capacity.meeting_pack(outcome, names, reasons), out, force)
    say(f"Written: {out}")


@guarded
def paper(
    model: Model,
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="The file to write: .docx, .pdf or .html.", show_default=False)
    ],
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", "-s", metavar="A[+B]", help="An option of the paper; repeat it for more.", show_default=False
        ),
    ] = None,
    years: Annotated[int, typer.Option(min=0, help="Simulated years of the stress test; 0 leaves it out.")] = 300,
    reasons_limit: ReasonsLimit = 45.0,
    force: Force = False,
    time_limit: TimeLimit = 30.0,
    seed: Seed = 1,
) -> None:
    """A capacity paper for a business case, regenerated number for number from the inputs.

    Summary, method, demand, capacity, the gap with its intervals, options with costs, the recommended plan, its stress
    test, sensitivity, assumptions with sources, data quality, formulas, and what is needed to make it again.

    Example: capacity paper models/respiratory -s dna_halved -s extra_consultant --out out/paper.docx
    """
    from capacity.report.document import check_target, write_document
    from capacity.report.progress import JobProgress, TierProgress

    check_target(out, force)
    service, sized = read_model(model)
    with stop_on_interrupt() as stop, TierProgress() as progress:
        outcome = answered(lambda: capacity.plan(service, time_limit, 1, seed, progress, stop, sized))
    options = None
    if scenario:
        with stop_on_interrupt() as stop, JobProgress() as told:
            options = capacity.compare(service, scenario, time_limit, None, seed, told, stop)
    tested = capacity.stress(service, outcome, years, seed, sized=sized) if years and outcome.plan is not None else None
    reasons = _explained(service, sized, reasons_limit, seed)
    write_document(capacity.capacity_paper(outcome, options, tested, reasons), out, force)
    say(f"Written: {out}")


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    app.command()(sheets)
    app.command()(consistency)
    app.command()(kpis)
    app.command()(pack)
    app.command()(paper)
