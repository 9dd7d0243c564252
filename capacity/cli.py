"""The command line: parse, call, print. Everything heavy is imported inside the commands, so that --help is instant."""

from __future__ import annotations

import errno
import functools
import logging
import math
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

import capacity

if TYPE_CHECKING:
    from capacity.demand.result import Demand
    from capacity.errors import Fault, Finding
    from capacity.report.team_outcome import TeamOutcome
    from capacity.service.model import Service

DONE, NO_PLAN, BAD_INPUT, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130
SECONDS_BETWEEN = 3.0
"""Between two lines that say how far drawing is."""
DEBUG = "CAPACITY_DEBUG"
"""Environment variable that, like --debug, shows the traceback of a fault of the program."""

P = ParamSpec("P")
T = TypeVar("T")

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


class Least(StrEnum):
    """What a team is to have least of."""

    cost = "cost"
    wte = "wte"
    people = "people"


class Published(StrEnum):
    """What has a published JSON Schema."""

    service = "service"
    demand = "demand"
    gap = "gap"
    plan = "plan"
    establishment = "establishment"
    frontier = "frontier"
    explain = "explain"


class By(StrEnum):
    """What a frontier holds the gap against."""

    change = "change"
    extra = "extra"


def _finite_above_zero(value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise typer.BadParameter(f"{value:g} is not a number of seconds above 0")
    return value


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


def _version(wanted: bool) -> None:
    if wanted:
        _print(f"capacity {capacity.__version__}\n")
        raise typer.Exit(DONE)


Model = Annotated[str, typer.Argument(metavar="MODEL", help="Folder of the service model.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else there.")]
Out = Annotated[
    str | None,
    typer.Option(
        "--out", metavar="DIR", show_default=False,
        help="Also write the result to this folder, all files or none. What an earlier run wrote there is replaced;"
        " files of the same names that it did not write, or that were changed since, are refused unless --force;"
        " any other file stays.",
    ),
]  # fmt: skip
Force = Annotated[bool, typer.Option("--force", help="Replace files of the same names in the output folder.")]
Everything = Annotated[
    bool, typer.Option("--all", help="Show everything, not only the most important, and draw every stream.")
]
TimeLimit = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", callback=_finite_above_zero,
        help="Time for the search; the best plan found by then is given.",
    ),
]  # fmt: skip
Workers = Annotated[
    int, typer.Option(min=1, help="Threads of the search. With 1, an uncut search always gives the same plan.")
]
Locks = Annotated[
    list[str] | None,
    typer.Option(
        "--lock", metavar="PERSON:ACTIVITY:HALF-DAY[:WEEKS]", show_default=False,
        help="This session stays, in these weeks of the cycle (1;3), or as it stands; PERSON:role:ID for a role."
        " May be repeated.",
    ),
]  # fmt: skip
Forbids = Annotated[
    list[str] | None,
    typer.Option(
        "--forbid", metavar="PERSON:ACTIVITY:HALF-DAY[:WEEKS]", show_default=False,
        help="This session or role may not be in the plan. May be repeated.",
    ),
]  # fmt: skip
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the search.")]


def main() -> None:
    """Run the program; the entry point of ``capacity``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a letter shows ? and does not end the run
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # in a command, or before it began
            _say("Stopped; nothing was written.")
            sys.stdout.flush()
            os._exit(INTERRUPTED)  # threads may still draw or search: Python ending under them aborts the process
        raise


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


def _guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what goes wrong in a command into a sentence on stderr and an exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from capacity.errors import InputError, OutputError, PlanFailedCheck

        try:
            command(*args, **kwargs)
        except InputError as error:
            _refuse(error.faults, bool(kwargs.get("as_json")))
        except OutputError as error:
            _say(str(error))
            raise typer.Exit(BAD_INPUT) from None
        except PlanFailedCheck as error:
            _say(f"A fault of this program: {error}\n{_report_it()}")
            raise typer.Exit(OUR_FAULT) from None
        except BrokenPipeError:  # the reader of our output has seen enough, as in: capacity gap MODEL | head
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(DONE) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if _out_of_memory(error):
                _say(
                    "There was not enough memory to go on; nothing was written. Close other programs, or ask for less."
                )
                raise typer.Exit(OUR_FAULT) from None
            if os.environ.get(DEBUG):
                traceback.print_exc()
            _say(f"A fault of this program ({type(error).__name__}: {_first_line(error)}). {_report_it()}")
            raise typer.Exit(OUR_FAULT) from None

    return run


@app.command()
@_guarded
def check(model: Model, as_json: AsJson = False, out: Out = None, force: Force = False) -> None:
    """Is the input sound? Every fault at once, then what looks odd.

    Reads every file and says, for each fault, where it is, what was found and what is allowed. Where there is none,
    lists the findings: about the plans in force, the demand, defaults used where a cell is blank, and input that is
    kept but not yet used. Findings do not change the exit code.

    Example: capacity check models/respiratory
    """
    from capacity.check import check_plan_in_force
    from capacity.report.answer import all_findings
    from capacity.report.check_text import check_text
    from capacity.report.outputs import CHECK_NAMES, check_files, json_text
    from capacity.supply.contradictions import contradictions as contradictions_of
    from capacity.supply.gap import gap as gap_of

    _check_folder(out, CHECK_NAMES, force)
    service, demand = _read(model)
    notes = all_findings(service, demand, gap_of(service, demand), None, deep=True)
    in_force = check_plan_in_force(service, demand)
    faults = contradictions_of(service, demand)
    text = check_text(service, demand, notes, in_force, faults)
    found = tuple(dict.fromkeys((*notes, *in_force)))
    _write(out, check_files(text, found), force)
    if as_json:
        _print(json_text({"service": service.id, "findings": [_finding(item) for item in found], **_json_of(faults)}))
    else:
        _print(text)
    if faults:
        _refuse(faults, False)


@app.command()
@_guarded
def demand(
    model: Model,
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
    from capacity.report.demand_text import demand_text, stream_text
    from capacity.report.outputs import demand_files, demand_names, json_text

    _check_folder(out)
    service, sized = _read(model)
    _check_id(stream, [row.stream for row in service.streams], "stream")
    if out is not None:
        _check_folder(out, demand_names(service, sized, everything), force)
        _write(out, demand_files(service, sized, everything, _drawing()), force)
    if as_json:
        _print(json_text(sized.to_json()))
    else:
        page = demand_text(service, sized, everything) if stream is None else stream_text(service, sized, stream)
        _print(page)


@app.command()
@_guarded
def gap(
    model: Model,
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
    from capacity.report.gap_text import activity_text, gap_text
    from capacity.report.outputs import gap_files, gap_names, json_text
    from capacity.supply.gap import gap as gap_of

    _check_folder(out)
    service, sized = _read(model)
    _check_id(activity, [row.activity for row in service.activities], "activity")
    found = gap_of(service, sized)
    if out is not None:
        _check_folder(out, gap_names(service, sized, found, everything), force)
        _write(out, gap_files(service, sized, found, everything, _drawing()), force)
    if as_json:
        _print(json_text(found.to_json()))
    elif activity is not None:
        _print(activity_text(service, found, activity))
    else:
        _print(gap_text(service, sized, found, everything))


@app.command()
@_guarded
def plan(
    model: Model,
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

    Files: plan.json (everything), job_plans.csv (next year's plans in force), gap.csv, changes.csv, findings.csv,
    summary.txt and figures/; the same in with_extra/ for the second answer. Where there is no plan, an earlier
    job_plans.csv of ours is taken away.
    """
    from capacity.optimise.asked import asked_of
    from capacity.report.outputs import demand_figure_files, json_text, plan_names
    from capacity.report.progress import TierProgress

    _check_folder(out)
    service = capacity.read(model)
    sized = capacity.demand(service)
    _check_folder(out, plan_names(service, sized), force)
    asked = asked_of(service, sized, lock or (), forbid or (), start)
    with ThreadPoolExecutor(1) as background:
        drawing = background.submit(demand_figure_files, service, sized) if out is not None else None
        with _stop_on_interrupt() as stop, TierProgress() as progress:
            # said only now, so that from the first line on Ctrl-C keeps the best plan
            _say_what_was_read(model, service, sized)
            outcome = _answered(
                lambda: capacity.plan(
                    service, time_limit, workers, seed, progress, stop, sized,
                    locks=asked.locks, forbids=asked.forbids, start=asked.screen, verify=verify,
                )
            )  # fmt: skip
        # in here, for Ctrl-C while waiting for a thread to end makes Python forget that it runs
        try:
            written = _written(outcome, out, force, drawing.result() if drawing is not None else None)
        finally:  # a plan that took minutes is shown even where the folder has become full meanwhile
            _print(json_text(outcome.to_json()) if as_json else outcome.summary())
    if written:
        _say(f"Written to {out}: {written}")
    _refuse_disagreement(outcome)
    if outcome.plan is None:
        _say(outcome.reason)
        raise typer.Exit(NO_PLAN)


@app.command()
@_guarded
def frontier(
    model: Model,
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
    _check_folder(out)
    service, sized = _read(model)
    _check_folder(out, frontier_names(service, sized, points, write_plans), force)
    with _stop_on_interrupt() as stop, TierProgress() as progress:
        found = _answered(
            lambda: capacity.frontier(service, by.value, points, time_limit, workers, seed, progress, stop, sized)
        )
    try:
        files = () if out is None else found.write(out, force, write_plans)
    finally:
        _print(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        _say(f"Written to {out}: {_in_short([path.relative_to(out).as_posix() for path in files])}")
    if not found.points:
        _say(found.reason)
        raise typer.Exit(NO_PLAN)


@app.command()
@_guarded
def explain(
    model: Model,
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

    _check_folder(out, NAMES, force)
    service, sized = _read(model)
    _check_id(person, [row.person for row in service.people], "person")
    _check_id(activity, [row.activity for row in service.activities], "activity")
    with _stop_on_interrupt() as stop, StepProgress() as told:
        found = capacity.explain(service, time_limit, workers, seed, person, activity, told, stop, sized)
    try:
        if out is not None:
            found.write(out, force)
            _say(f"Written to {out}: {_in_short(NAMES)}")
    finally:  # what took minutes is shown even where the folder has become full meanwhile
        _print(json_text(found.to_json()) if as_json else found.summary())
    if found.outcome.plan is None:
        _say(found.outcome.reason)
        raise typer.Exit(NO_PLAN)


@app.command()
@_guarded
def establish(
    model: Model,
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

    _check_folder(out)
    service, sized = _read(model, posts)
    _check_folder(out, establishment_names(service), force)
    level = cover if cover in ("centile", "mean") else float(cover)
    with _stop_on_interrupt() as stop, TierProgress() as progress:
        found = _answered(
            lambda: capacity.establish(
                service, None if minimise is None else minimise.value, keep_team, level, time_limit, workers, seed,
                progress, stop, sized,
            )
        )  # fmt: skip
    try:
        written = () if out is None else found.write(out, force)
    finally:
        _print(json_text(found.to_json()) if as_json else found.summary())
    if out is not None:
        _say(f"Written to {out}: {_in_short([path.relative_to(out).as_posix() for path in written])}")
    if found.outcome is None:
        _say(found.reasons[0])
        raise typer.Exit(NO_PLAN)


@app.command("import")
@_guarded
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

    _check_folder(out, IMPORT_NAMES, force)
    imported = capacity.import_demand(mapping, data)
    _write(out, import_files(imported), force)
    _print(json_text(imported.to_json()) if as_json else import_text(imported))


@app.command()
@_guarded
def schema(what: Annotated[Published, typer.Argument(help="Whose schema.", show_default=False)]) -> None:
    """Print the JSON Schema of the input or of a result, for other programs.

    Example: capacity schema plan > plan.schema.json
    """
    from capacity.report.outputs import json_text

    _print(json_text(_schema(what)))


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
    from capacity.report.schemas import explain_schema, frontier_schema, gap_schema, plan_schema

    schemas = {
        Published.gap: gap_schema,
        Published.plan: plan_schema,
        Published.frontier: frontier_schema,
        Published.explain: explain_schema,
    }
    return schemas[what]()


def _read(model: str, posts: str | None = None) -> tuple[Service, Demand]:
    """Read a model and size its demand, and say on stderr what was read."""
    service = capacity.read(model, posts)
    sized = capacity.demand(service)
    _say_what_was_read(model, service, sized)
    return service, sized


def _say_what_was_read(model: str, service: Service, sized: Demand) -> None:
    from capacity.report.answer import read_in_words

    _say(f"Read {model}: {read_in_words(service, sized)}")


def _check_id(wanted: str | None, known: Sequence[str], what: str) -> None:
    """Refuse an id that the service has not."""
    if wanted is not None and wanted not in known:
        raise typer.BadParameter(f"{wanted} is no {what} of this service; there are {', '.join(known) or 'none'}")


def _drawing() -> Callable[[int, int], None]:
    """Return what tells how far drawing is, now and then."""
    from time import monotonic

    last = monotonic()

    def told(drawn: int, figures: int) -> None:
        nonlocal last
        if monotonic() - last > SECONDS_BETWEEN:
            last = monotonic()
            _say(f"  {drawn} of {figures} figures drawn")

    return told


def _check_folder(out: str | None, names: Sequence[str] = (), force: bool = False) -> None:
    if out is not None:
        from capacity.report.files import check_output_folder

        check_output_folder(out, names, force)


def _write(out: str | None, files: Mapping[str, bytes], force: bool) -> None:
    if out is not None:
        from capacity.report.files import write_outputs

        write_outputs(out, files, force)
        _say(f"Written to {out}: {_in_short(files)}")


def _answered(solve: Callable[[], T]) -> T:
    """Return the answer, also where showing progress failed on the way."""
    from capacity.errors import CallbackFailed

    try:
        return solve()
    except CallbackFailed as error:
        outcome: T = error.outcome
        return outcome


def _written(outcome: TeamOutcome, out: str | None, force: bool, drawn_before: dict[str, bytes] | None) -> str:
    if out is None:
        return ""
    folder = Path(out)
    return _in_short([path.relative_to(folder).as_posix() for path in outcome.write(folder, force, drawn_before)])


def _refuse_disagreement(outcome: TeamOutcome) -> None:
    """Say on which tiers the second solver disagrees, and end with the exit code of a fault of the program."""
    from capacity.report.tiers_text import disagreements

    if said := disagreements(outcome):
        _say("\n".join(f"A fault of this program: {sentence}" for sentence in said))
        _say(_report_it())
        raise typer.Exit(OUR_FAULT)


def _in_short(names: Sequence[str] | Mapping[str, bytes]) -> str:
    """Files by name, what is in folders by folder."""
    return ", ".join(dict.fromkeys(name.split("/")[0] + ("/" if "/" in name else "") for name in names))


@contextmanager
def _stop_on_interrupt() -> Iterator[threading.Event]:
    """Give an event that the first Ctrl-C sets, so that the search ends with its best plan; a second ends the run."""
    stop = threading.Event()

    def interrupted(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        _say("\nStopping with the best plan so far; Ctrl-C again to give up.")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _refuse(faults: Sequence[Fault], as_json: bool) -> None:
    """Say every fault, one line each, and end with the exit code of bad input."""
    from capacity.report.outputs import json_text

    for fault in faults:
        _say(str(fault))
    _say(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'} in the input.")
    if as_json:
        _print(json_text(_json_of(faults)))
    raise typer.Exit(BAD_INPUT)


def _json_of(faults: Sequence[Fault]) -> dict[str, Any]:
    return {"faults": [{**fault.__dict__, "message": str(fault)} for fault in faults]}


def _finding(finding: Finding) -> dict[str, Any]:
    return dict(finding.__dict__)


def _print(text: str) -> None:
    """Put a result on stdout."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _say(text: str) -> None:
    """Tell the reader something that is not the result, on stderr."""
    print(text, file=sys.stderr, flush=True)


def _out_of_memory(error: BaseException | None) -> bool:
    """Whether memory ran out, as Python says it, or the system, or the loader of a library."""
    if error is None:
        return False
    system = isinstance(error, OSError) and error.errno == errno.ENOMEM
    said = any(words in str(error) for words in ("failed to map segment", "annot allocate memory", "start new thread"))
    return isinstance(error, MemoryError) or system or said or _out_of_memory(error.__cause__)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["no message"])[0]


def _report_it() -> str:
    return (
        "Please report it to whoever gave you the program, with the command, this message and, if it may be shared, the"
        f" model; {DEBUG}=1 or capacity --debug shows more."
    )


if __name__ == "__main__":
    main()
