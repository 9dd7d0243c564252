"""Commands that read and count: check, demand, gap, import, schema. Parse, call, print."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

import capacity
from capacity.cli.options import AsJson, Everything, Force, Model, Out, Scenarios
from capacity.cli.running import check_folder, check_id, drawing, guarded, json_of, put, read_model, refuse, write
from capacity.errors import Finding


class Published(StrEnum):
    """What has a published JSON Schema."""

    service = "service"
    demand = "demand"
    gap = "gap"
    plan = "plan"
    establishment = "establishment"
    frontier = "frontier"
    explain = "explain"
    sweep = "sweep"
    tornado = "tornado"
    goal = "goal"
    pareto = "pareto"
    robust = "robust"
    compare = "compare"
    ladder = "ladder"
    stress = "stress"


@guarded
def check(
    model: Model, scenarios: Scenarios = None, as_json: AsJson = False, out: Out = None, force: Force = False
) -> None:
    """Is the input sound? Every fault at once, then what looks odd.

    Reads every file and says, for each fault, where it is, what was found and what is allowed. Where there is none,
    lists the findings: about the plans in force, the demand, defaults used where a cell is blank, and input that is
    kept but not yet used. Findings do not change the exit code.

    Example: capacity check models/respiratory
    """
    from capacity.answer import all_findings
    from capacity.check import check_plan_in_force
    from capacity.report.check_text import check_text
    from capacity.report.outputs import CHECK_NAMES, check_files, json_text
    from capacity.supply.contradictions import contradictions as contradictions_of
    from capacity.supply.gap import gap as gap_of

    check_folder(out, CHECK_NAMES, force)
    service, demand = read_model(model, scenarios)
    notes = all_findings(service, demand, gap_of(service, demand), None, deep=True)
    in_force = check_plan_in_force(service, demand)
    faults = contradictions_of(service, demand)
    text = check_text(service, demand, notes, in_force, faults)
    found = tuple(dict.fromkeys((*notes, *in_force)))
    write(out, check_files(text, found), force)
    if as_json:
        put(json_text({"service": service.id, "findings": [_finding(item) for item in found], **json_of(faults)}))
    else:
        put(text)
    if faults:
        refuse(faults, False)


def _finding(finding: Finding) -> dict[str, Any]:
    return dict(finding.__dict__)


@guarded
def demand(
    model: Model,
    scenarios: Scenarios = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    everything: Everything = False,
    stream: Annotated[
        str | None, typer.Option("--stream", metavar="ID", help="Show one stream in full.", show_default=False)
    ] = None,
) -> None:
    """How many sessions a week do referrals ask for?

    Sizes each stream, from referrals through bookings to slots, and each activity, at three levels: to keep up with
    the mean, at a centile of weeks, and to keep the promise by the exact queue. Says what such a centile held in the
    past, which weeks changed for a reason, and what to confirm.

    Example: capacity demand models/respiratory --out out/demand

    Files: demand.json (everything), streams.csv, levels.csv, coverage.csv, waterfall.csv and other tables,
    findings.csv, summary.txt, figures.csv (what each figure shows) and figures/.
    """
    from capacity.answer import with_scenarios
    from capacity.report.demand_text import demand_text, stream_text
    from capacity.report.outputs import demand_files, demand_names, json_text

    check_folder(out)
    service, sized = read_model(model, scenarios)
    check_id(stream, [row.stream for row in service.streams], "stream")
    if out is not None:
        check_folder(out, demand_names(service, sized, everything), force)
        write(out, demand_files(service, sized, everything, drawing()), force)
    if as_json:
        put(json_text(with_scenarios(service, sized.to_json())))
    else:
        page = demand_text(service, sized, everything) if stream is None else stream_text(service, sized, stream)
        put(page)


@guarded
def gap(
    model: Model,
    scenarios: Scenarios = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
    everything: Everything = False,
    activity: Annotated[
        str | None, typer.Option("--activity", metavar="ID", help="Show one activity in full.", show_default=False)
    ] = None,
) -> None:
    """What is needed, what do the plans in force deliver, what is missing?

    Which weeks of the year can run what they need; requirement, supply and gap by activity in sessions, PAs and
    pounds; waiting lists apart; what moves the gap; and where the time goes. Nothing is optimised, so the answer is
    there at once.

    Example: capacity gap models/respiratory

    Files: gap.json (everything), gap.csv, levels.csv, calendar.csv, sensitivity.csv, ladder.csv and other tables,
    findings.csv, summary.txt, figures.csv (what each figure shows) and figures/.
    """
    from capacity.answer import with_scenarios
    from capacity.report.gap_text import activity_text, gap_text
    from capacity.report.outputs import gap_files, gap_names, json_text
    from capacity.supply.gap import gap as gap_of

    check_folder(out)
    service, sized = read_model(model, scenarios)
    check_id(activity, [row.activity for row in service.activities], "activity")
    found = gap_of(service, sized)
    if out is not None:
        check_folder(out, gap_names(service, sized, found, everything), force)
        write(out, gap_files(service, sized, found, everything, drawing()), force)
    if as_json:
        put(json_text(with_scenarios(service, found.to_json())))
    elif activity is not None:
        put(activity_text(service, found, activity))
    else:
        put(gap_text(service, sized, found, everything))


@guarded
def import_(
    mapping: Annotated[str, typer.Argument(metavar="MAPPING", help="The mapping file (TOML).", show_default=False)],
    data: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The CSV to read, instead of the one the mapping names.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Make demand.csv and DNA rates from a published or exported CSV.

    A mapping file says which column is the date and what it means, which columns are counted, and which rows make a
    series. Rows that cannot be right (more DNAs than attendances, a year written behind a count, a return that was not
    made) are set aside and named; so is a total hidden among the rows. models/mappings has an example for each of four
    published files; docs/importing.md explains every key.

    Example: capacity import models/mappings/scotland_weekly_admissions.toml --data admissions.csv --out out/scotland

    A mapping as short as this makes one series of weekly referrals:

    \b
      [source]
      file = "referrals.csv"
      date = "Week ending"
      dated_by = "week_ending"
      [[series]]
      id = "new"
      filter = { Specialty = "Respiratory" }
      referrals = "Referrals"

    Files: demand.csv, levels.csv (mean a week of each series), dna_rates.csv, dna_by_lead.csv, findings.csv and
    summary.txt. Without --out nothing is written.
    """  # noqa: D301 - a backspace keeps the lines of the example as they are
    from capacity.report.import_text import IMPORT_NAMES, import_files, import_text
    from capacity.report.outputs import json_text

    check_folder(out, IMPORT_NAMES, force)
    imported = capacity.import_demand(mapping, data)
    write(out, import_files(imported), force)
    put(json_text(imported.to_json()) if as_json else import_text(imported))


@guarded
def schema(what: Annotated[Published, typer.Argument(help="Whose schema.", show_default=False)]) -> None:
    """Print the JSON Schema of the input or of a result, for other programs.

    Example: capacity schema plan > plan.schema.json
    """
    from capacity.report.outputs import json_text

    put(json_text(_schema(what)))


def _schema(what: Published) -> dict[str, Any]:
    if what is Published.service:
        from capacity.service.schema import service_schema

        return service_schema()
    if what is Published.demand:
        from capacity.demand.schema import demand_schema

        return demand_schema()
    if what is Published.establishment:
        from capacity.report.establishment_json import establishment_schema

        return establishment_schema()
    if what is Published.ladder:
        from capacity.report.ladder_json import ladder_schema

        return ladder_schema()
    if what is Published.compare:
        from capacity.report.compare_json import compare_schema

        return compare_schema()
    if what is Published.stress:
        from capacity.report.stress_json import stress_schema

        return stress_schema()
    from capacity.report.schemas import explain_schema, frontier_schema, gap_schema, plan_schema
    from capacity.report.schemas_whatif import goal_schema, pareto_schema, robust_schema, sweep_schema, tornado_schema

    schemas = {
        Published.gap: gap_schema,
        Published.plan: plan_schema,
        Published.frontier: frontier_schema,
        Published.explain: explain_schema,
        Published.sweep: sweep_schema,
        Published.tornado: tornado_schema,
        Published.goal: goal_schema,
        Published.pareto: pareto_schema,
        Published.robust: robust_schema,
    }
    return schemas[what]()


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    for command in (check, demand, gap):
        app.command()(command)
    app.command("import")(import_)
    app.command()(schema)
