"""The public API: ``import capacity`` gives these functions. Large packages are imported when a function needs them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import threading

    from capacity.demand.result import Demand
    from capacity.errors import Fault, Finding
    from capacity.importing.result import Imported
    from capacity.optimise.asked import Start
    from capacity.optimise.establish.result import Minimise
    from capacity.optimise.events import Event
    from capacity.outcome import Outcome
    from capacity.report.establishment import Establishment
    from capacity.report.frontier import Frontier
    from capacity.report.team_explanation import Explanation
    from capacity.report.team_outcome import TeamOutcome
    from capacity.scenario.apply import Applied
    from capacity.scenario.overlay import Scenario
    from capacity.service.model import Service
    from capacity.service.wishes import Mark
    from capacity.supply.gap import Gap

VERSION = "0.1.0"
Progress = Callable[[str, float | None, float | None, float], None]
"""Called now and then while solving with tier, best value, bound and seconds since the tier began."""


def read(path: str | Path, posts: str | Path | None = None) -> Service:
    """Read a service model from its folder, or from a workbook.

    Parameters
    ----------
    path
        Folder with service.toml, activities.csv, people.csv, skills.csv and the optional tables; or a workbook (.xlsx)
        with sheets of these names (docs/workbook.md).
    posts
        CSV file to read in place of the model's own posts (see :func:`establish`).

    Returns
    -------
    Service
        What the files say; ``service.origin.notes`` are the notes made while reading.

    Raises
    ------
    capacity.errors.InputError
        With every fault of every file.
    """
    from capacity.service.read import read_service

    return read_service(path, posts)


def write(service: Service, path: str | Path) -> None:
    """Write a service model as a folder, or where ``path`` ends in .xlsx as a workbook; reading it gives an equal one.

    An earlier service model of that name is replaced. Raises OutputError where something else stands there.
    """
    from capacity.service.write import write_service

    write_service(service, path)


def new(path: str | Path, force: bool = False) -> None:
    """Write a worked example to start from: a workbook where ``path`` ends in .xlsx, else a folder of plain files.

    Raises OutputError where there is something of that name, unless it is a service model and ``force`` is given.
    """
    from capacity.service.template import write_template

    write_template(path, force)


def scenario(path: str | Path, model: str | Path | None = None) -> Scenario:
    """Read a scenario: a TOML file, or the name of one in ``scenarios/`` beside the models or the program.

    ``model`` is where the service was read from, for the folder beside it. Raises InputError with every fault.
    """
    from capacity.scenario.overlay import read_scenario

    return read_scenario(path, scenario_folders(model))


def scenario_folders(model: str | Path | None = None) -> tuple[Path, ...]:
    """Folders in which scenarios are looked for by name: here, beside the models, beside the program."""
    above = [] if model is None else [*Path(model).resolve().parents][: 2 if Path(model).suffix == ".xlsx" else 1]
    near = [folder / "scenarios" for folder in above]
    return (Path("scenarios"), *near, Path(__file__).resolve().parent.parent / "scenarios")


def apply(service: Service, *scenarios: str | Path | Scenario) -> Service:
    """Lay scenarios over a service, one after the other, and return the service that they make.

    Parameters
    ----------
    service
        What the files say; it stays as it is.
    scenarios
        Scenarios, their files or their names, in the order in which they are laid over each other.

    Returns
    -------
    Service
        Checked as files are; every output of it names the scenarios and what they changed.

    Raises
    ------
    capacity.errors.InputError
        An unknown scenario, id or field, a contradiction, or a service that cannot be.
    """
    return overlay(service, *scenarios).service


def overlay(service: Service, *scenarios: str | Path | Scenario) -> Applied:
    """Lay scenarios over a service, and say what differs: ``difference`` is a line, ``changes`` its sentences."""
    from capacity.scenario.apply import apply_scenarios
    from capacity.scenario.overlay import Scenario as Overlay

    given = [one if isinstance(one, Overlay) else scenario(one, service.origin.path or None) for one in scenarios]
    return apply_scenarios(service, given)


def demand(service: Service) -> Demand:
    """Size the demand of a service: from referrals to sessions a calendar week by stream and activity.

    Returns
    -------
    Demand
        ``streams``, ``weekly`` and ``waterfall`` are tidy frames; ``activities`` is the requirement by activity;
        ``to_json()`` is the published form.

    Raises
    ------
    capacity.errors.InputError
        The rows or rates allow no answer.
    """
    from capacity.demand.analyse import analyse

    return analyse(service)


def gap(service: Service) -> Gap:
    """Hold the requirement against what the plans in force supply. Nothing is optimised.

    Returns
    -------
    Gap
        ``activities`` is a frame with one row an activity: required, supplied and gap in sessions a calendar week,
        and the gap in hours, PAs and WTE; ``to_json()`` is the published form.

    Raises
    ------
    capacity.errors.InputError
        The rows or rates of demand allow no answer.
    """
    from capacity.supply.gap import gap as gap_of

    return gap_of(service, demand(service))


def import_demand(mapping: str | Path, data: str | Path | None = None) -> Imported:
    """Make demand rows and DNA rates from a published or exported CSV, as a mapping file says.

    Parameters
    ----------
    mapping
        Mapping file (TOML); docs/importing.md describes it and models/mappings has examples.
    data
        The CSV, instead of the one the mapping names.

    Returns
    -------
    Imported
        Frames ``demand`` (the rows of demand.csv), ``levels``, ``rates`` and ``by_lead``; ``findings`` name the row of
        the source, and ``set_aside`` those that were not used; ``to_json()`` is the published form.

    Raises
    ------
    capacity.errors.InputError
        With every fault of the mapping and of the CSV.
    """
    from capacity.importing.run import import_demand as import_from

    return import_from(mapping, data)


def findings(service: Service) -> tuple[Finding, ...]:
    """Everything the reader should know before planning.

    Notes made while reading (encoding, gaps in weeks, defaults used, input not yet used), findings of demand and of
    the gap, and what a job-planning committee would ask about the plans in force; each once. Raises InputError as
    :func:`demand` does.
    """
    from capacity.answer import all_findings
    from capacity.check import check_plan_in_force
    from capacity.supply.gap import gap as gap_of

    sized = demand(service)
    found = [*all_findings(service, sized, gap_of(service, sized), None), *check_plan_in_force(service, sized)]
    return tuple(dict.fromkeys(found))


def contradictions(service: Service) -> tuple[Fault, ...]:
    """Faults of one person's inputs that cannot hold together, such as pins, SPA and roles above the contract.

    :func:`plan` refuses a service that has any. Raises InputError as :func:`demand` does.
    """
    from capacity.supply.contradictions import contradictions as contradictions_of

    return contradictions_of(service, demand(service))


def plan(
    service: Service,
    time_limit: float = 30,
    workers: int = 1,
    seed: int = 1,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
    *,
    locks: Iterable[str | Mark] = (),
    forbids: Iterable[str | Mark] = (),
    start: Start | None = None,
    on_event: Callable[[Event], None] | None = None,
    verify: bool = False,
) -> TeamOutcome:
    """Propose a team plan and check it by code that shares nothing with the solver.

    Parameters
    ----------
    service
        What :func:`read` gives.
    time_limit
        Seconds for the search, above 0. Reading, checking and writing come on top.
    workers
        Threads of the search. With one, a search that is not cut off by time gives the same plan every time.
    seed
        Seed of the search, 0 or more.
    progress
        Called about ten times a second from this thread; see :data:`Progress`.
    stop
        Set it from another thread to stop the search and keep the best plan found so far.
    sized
        What :func:`demand` gave for this service, where it is at hand; default: it is worked out.
    locks
        Sessions and roles that must stand in the plan: ``c01:general:Mon AM``, with ``:1;3`` for weeks of the cycle,
        or ``c01:role:audit``; or ``capacity.Mark`` objects. Without weeks a session keeps those it has in ``start``
        (else in the plans in force), or stands in every week where it has none there.
    forbids
        Sessions and roles that must not, in the same form; without weeks in no week.
    start
        The plan to change as little as possible, such as the one on the screen: what this function gave before, its
        ``plan``, rows, or a path to its output. ``changes_from_start`` of the answer is counted from it, and so is the
        tier ``change``; ``changes`` still are those from the plans in force. What was proven of an answer with fewer
        locks and nothing else forbidden is not proven again; of a path, where the ``plan.json`` there is of the same
        input and version.
    on_event
        Called as ``progress`` is, with a ``capacity.Event``: tier, value, bound and seconds, as JSON if asked.
    verify
        Let a second solver, SciPy's HiGHS, solve every tier again within ``time_limit`` more seconds; ``verified`` of
        the outcome then says of each whether the two agree.

    Returns
    -------
    TeamOutcome
        The plan, how good it is tier by tier, what it leaves short and what it changes. ``plan`` is None exactly when
        there is none; ``reason`` then says why.

    Raises
    ------
    capacity.errors.InputError
        The demand allows no answer, one person's inputs cannot hold together, or what is locked and forbidden cannot.
    capacity.errors.CallbackFailed
        ``progress`` or ``on_event`` raised an exception. The search went on without it: ``outcome`` of the error is
        the answer, whole and checked.
    capacity.errors.PlanFailedCheck
        A plan broke a rule when it was checked: a fault of this program.
    ValueError
        ``time_limit``, ``workers`` or ``seed`` is out of range.
    """
    from capacity.errors import CallbackFailed, InputError
    from capacity.optimise.asked import asked_of
    from capacity.optimise.earlier import NOTHING_KNOWN, known_from, known_from_files
    from capacity.optimise.search import Settings
    from capacity.optimise.solve import plan as solve
    from capacity.report.team_outcome import TeamOutcome
    from capacity.supply.contradictions import contradictions as contradictions_of
    from capacity.supply.gap import gap as gap_of

    _check_settings(time_limit, workers, seed)
    if sized is None:
        sized = demand(service)
    faults = contradictions_of(service, sized)
    if faults:
        raise InputError(faults)
    wishes = asked_of(service, sized, locks, forbids, start)
    settings = Settings(time_limit, workers, seed, progress)
    settings.teller.on_event = on_event
    if stop is not None:
        settings.stop = stop
    known = NOTHING_KNOWN
    if isinstance(start, TeamOutcome) and input_hash(start.service) == input_hash(service):
        known = known_from(start, start.wishes, wishes)
    elif isinstance(start, str | Path):
        known = known_from_files(start, service, wishes, VERSION)
    outcome = solve(service, sized, settings, wishes, known)
    if verify:
        from capacity.optimise.verify import verified

        outcome = verified(service, sized, outcome, settings, wishes)
    for each in (outcome, outcome.with_extra):
        if each is not None:
            _complete_run(each, service)
    gap = gap_of(service, sized)
    answer = TeamOutcome(**outcome.__dict__, service=service, demand=sized, gap=gap, wishes=wishes)
    if asked := wishes.to_json():
        answer.run["asked"] = asked
    answer.refuse_unsound()
    if settings.teller.faults:
        raise CallbackFailed(answer, settings.teller.faults)
    return answer


def frontier(
    service: Service,
    by: Literal["change", "extra"] = "change",
    points: int = 10,
    time_limit: float = 120,
    workers: int = 1,
    seed: int = 1,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
    *,
    on_event: Callable[[Event], None] | None = None,
) -> Frontier:
    """Hold the gap against how much may change, or against extra PAs: a whole checked plan for each of some limits.

    Parameters
    ----------
    service
        What :func:`read` gives.
    by
        ``change``: at most so many sessions change, within present contracts. ``extra``: at most so many extra PAs,
        up to the service's budget, or where it has none up to what its people would take on.
    points
        Most points, 2 or more, from as little as can be to the answer without a limit.
    time_limit
        Seconds for all points together.
    workers, seed, progress, stop, sized, on_event
        As for :func:`plan`. Events say which point they are about; a stopped run keeps the points it has.

    Returns
    -------
    Frontier
        ``frame`` has a row a point, ``sentence()`` says where the curve bends, ``points[n].outcome`` is a plan as
        :func:`plan` gives one. There are no points exactly when there is no plan; ``reason`` then says why.

    Raises
    ------
    capacity.errors.InputError, capacity.errors.PlanFailedCheck, capacity.errors.CallbackFailed
        As for :func:`plan`.
    ValueError
        ``by``, ``points``, ``time_limit``, ``workers`` or ``seed`` is out of range.
    """
    import time as clock

    from capacity.errors import CallbackFailed, InputError
    from capacity.optimise.frontier import frontier as solve
    from capacity.optimise.frontier import with_most_extra
    from capacity.optimise.search import Settings
    from capacity.report.frontier import Frontier, FrontierPoint
    from capacity.report.team_outcome import TeamOutcome
    from capacity.supply.contradictions import contradictions as contradictions_of
    from capacity.supply.gap import gap as gap_of

    _check_settings(time_limit, workers, seed)
    if by not in ("change", "extra"):
        raise ValueError(f"by is {by!r}; it must be 'change' or 'extra'")
    if points < 2:
        raise ValueError(f"points is {points}; it must be 2 or more")
    if sized is None:
        sized = demand(service)
    if faults := contradictions_of(service, sized):
        raise InputError(faults)
    settings = Settings(time_limit, workers, seed, progress)
    settings.teller.on_event = on_event
    if stop is not None:
        settings.stop = stop
    began = clock.monotonic()
    gap = gap_of(service, sized)
    found = solve(service if by == "change" else with_most_extra(service, sized), sized, settings, points, by)
    made = []
    for point in found.points:
        _complete_run(point.outcome, service)
        outcome = TeamOutcome(
            **point.outcome.__dict__, service=point.service, demand=sized, gap=gap, paid=by == "extra"
        )  # fmt: skip
        outcome.refuse_unsound()
        limit = point.limit / service.cycle_weeks if by == "change" else point.limit
        made.append(FrontierPoint(limit, outcome, point.proven, point.bounds, point.carried))
    _complete_run(found.full, service)
    short = None if found.full.plan is None else sum(found.full.shortfall.values())
    run = {**found.full.run, "time_limit": time_limit, "seconds": round(clock.monotonic() - began, 3)}
    frontier = Frontier(service, sized, gap, by, tuple(made), run, found.reason, short)
    if settings.teller.faults:
        raise CallbackFailed(frontier, settings.teller.faults)
    return frontier


def explain(
    service: Service,
    time_limit: float = 180,
    workers: int = 1,
    seed: int = 1,
    person: str | None = None,
    activity: str | None = None,
    told: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
) -> Explanation:
    """Say why the plan within present contracts is as it is, or why there is none.

    Parameters
    ----------
    service
        What :func:`read` gives.
    time_limit
        Seconds for everything: the plan, what binds each activity, and the remedies. Above 0.
    workers, seed
        As for :func:`plan`.
    person, activity
        Reasons of this person only; remedies for this activity only.
    told
        Called with a sentence about how far it is.
    stop
        Set it from another thread to stop and keep what was found.
    sized
        What :func:`demand` gave for this service, where it is at hand; default: it is worked out.

    Returns
    -------
    Explanation
        ``remedies`` (what one more of each would buy: sessions a calendar week, DCC hours a week, pounds a year) and
        ``reasons`` (what changes for whom, and why) are frames; ``why.contradiction`` says which rules and people
        cannot hold together where there is no plan; ``summary()``, ``to_json()`` and ``write()`` give the rest.

    Raises
    ------
    capacity.errors.InputError
        The demand allows no answer, or one person's inputs cannot hold together.
    capacity.errors.PlanFailedCheck
        The plan to be explained broke a rule when it was checked: a fault of this program.
    KeyError
        No such person or activity.
    ValueError
        ``time_limit``, ``workers`` or ``seed`` is out of range.
    """
    from capacity.check import check_plan
    from capacity.errors import InputError, PlanFailedCheck
    from capacity.optimise.search import Settings
    from capacity.optimise.why import explain as why
    from capacity.report.team_explanation import Explanation
    from capacity.supply.contradictions import contradictions as contradictions_of
    from capacity.supply.gap import gap as gap_of

    _check_settings(time_limit, workers, seed)
    if person is not None:
        service.person(person)
    if activity is not None:
        service.activity(activity)
    if sized is None:
        sized = demand(service)
    faults = contradictions_of(service, sized)
    if faults:
        raise InputError(faults)
    settings = Settings(time_limit, workers, seed)
    if stop is not None:
        settings.stop = stop
    found = why(service, sized, settings, person, activity, told)
    _complete_run(found.outcome, service)
    if found.outcome.plan is not None:
        broken = check_plan(service, sized, found.outcome.plan, found.outcome)
        if broken:
            raise PlanFailedCheck(broken)
    return Explanation(service, sized, gap_of(service, sized), found)


def establish(
    service: Service,
    minimise: Minimise | None = None,
    keep_team: bool = True,
    cover: str | float = "centile",
    time_limit: float = 60,
    workers: int = 1,
    seed: int = 1,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    sized: Demand | None = None,
) -> Establishment:
    """Find the smallest or cheapest team that covers the requirement, with a checked plan for it.

    Posts are added to the people in post, or a team is built from scratch. The types of posts are those of posts.csv
    (``service.posts``), else types like the people in post. Everyone works within their contract: no extra PAs.

    Parameters
    ----------
    service
        What :func:`read` gives.
    minimise
        ``cost`` (pounds a year), ``wte`` or ``people``; None: cost where every type of post has a price, else WTE.
        Ties fall to the team with fewer posts, then to the types that stand first.
    keep_team
        Whether the people in post stay. False: all for whom a job plan is proposed go, and posts take their place.
    cover
        ``centile``: routine activities at their mean and rapid ones at their centile, as :func:`plan` asks for;
        ``mean``: all at their mean; or a share of ``centile``, above 0 and at most 1.
    time_limit, workers, seed, progress, stop, sized
        As for :func:`plan`; ``progress`` is told of each aim.

    Returns
    -------
    Establishment
        Posts by type, their cost and bound, what drives them, and the team's plan as an outcome; ``outcome`` is None
        exactly when there is no team, and ``reasons`` then say why.

    Raises
    ------
    capacity.errors.InputError
        The demand allows no answer, one person's inputs cannot hold together, or the posts do not allow the question:
        none at all, no price where cost is minimised, a rota or role that nobody could take.
    capacity.errors.CallbackFailed
        ``progress`` raised an exception; ``outcome`` of the error is the answer, whole and checked.
    capacity.errors.PlanFailedCheck
        The team's plan broke a rule when it was checked: a fault of this program.
    ValueError
        ``minimise``, ``cover``, ``time_limit``, ``workers`` or ``seed`` is out of range.
    """
    from capacity.errors import CallbackFailed, InputError
    from capacity.optimise.establish.run import establish as find
    from capacity.optimise.search import Settings
    from capacity.report.establishment import Establishment
    from capacity.supply.contradictions import contradictions as contradictions_of

    _check_settings(time_limit, workers, seed)
    if minimise not in (None, "cost", "wte", "people"):
        raise ValueError(f"minimise is {minimise}; it must be cost, wte or people")
    if sized is None:
        sized = demand(service)
    if keep_team and (faults := contradictions_of(service, sized)):
        raise InputError(faults)
    settings = Settings(time_limit, workers, seed, progress)
    if stop is not None:
        settings.stop = stop
    found = find(service, sized, minimise, keep_team, cover, settings)
    found.run["input_hash"] = input_hash(service)
    found.run["versions"] = {"capacity": VERSION, **found.run["versions"]}
    answer = Establishment(**found.__dict__, service=service, demand=sized)
    answer.refuse_unsound()
    if settings.teller.faults:
        raise CallbackFailed(answer, settings.teller.faults)
    return answer


def input_hash(service: Service) -> str:
    """SHA-256 of everything a service holds: equal for equal services, wherever they were read from."""
    from capacity.service.fingerprint import input_hash as hash_of

    return hash_of(service)


def _check_settings(time_limit: float, workers: int, seed: int) -> None:
    """Refuse settings of a search that are out of range. Raises ValueError."""
    if not (math.isfinite(time_limit) and time_limit > 0):
        raise ValueError(f"time_limit is {time_limit}; it must be a number of seconds above 0")
    if workers < 1:
        raise ValueError(f"workers is {workers}; it must be 1 or more")
    if not 0 <= seed < 2**31:
        raise ValueError(f"seed is {seed}; it must be from 0 to {2**31 - 1}")


def _complete_run(outcome: Outcome, service: Service) -> None:
    """Add to what is known of a run which input and which version of this program it was."""
    from capacity.answer import scenarios_of

    outcome.run["input_hash"] = input_hash(service)
    if scenarios := scenarios_of(service):
        outcome.run["scenarios"] = scenarios
    outcome.run["versions"] = {"capacity": VERSION, **outcome.run.get("versions", {})}
