"""The public API, continued: what is done with several scenarios. ``import capacity`` gives these functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capacity.api import VERSION, _check_settings, demand, read, scenario_folders
from capacity.errors import InputError

if TYPE_CHECKING:
    import threading

    from capacity.demand.result import Demand
    from capacity.optimise.asked import Start
    from capacity.report.comparison import Comparison
    from capacity.report.gap_ladder import GapLadder
    from capacity.report.stress import Stress
    from capacity.scenario.columns import Wanted
    from capacity.scenario.compare import Compared
    from capacity.scenario.stress_settings import StressSettings
    from capacity.service.model import Service

JobsDone = Callable[[int, int, str], None]
"""Called with the scenarios that are done, all of them, and the key of the last one done (blank before the first)."""


def compare(
    service: Service,
    scenarios: Iterable[Wanted] = (),
    time_limit: float | None = None,
    workers: int | None = None,
    seed: int = 1,
    progress: JobsDone | None = None,
    stop: threading.Event | None = None,
) -> Comparison:
    """Hold scenarios side by side: doing nothing first, then the base planned anew, then each scenario planned.

    Parameters
    ----------
    service
        The base, as :func:`read` gives it.
    scenarios
        A column each: a scenario, its file, or its name; ``"a+b"`` or a list of several stacks them in their order.
    time_limit
        Seconds for the plan of each column, above 0; default: 20, or a second a person in a larger team.
    workers
        Columns planned at once, each in a process of its own with one thread; default: as many as there are cores.
        More than one needs a script that calls this below ``if __name__ == "__main__":``.
    seed
        Seed of every search. The same seed gives the same numbers, as long as no search is cut off by the clock.
    progress
        See :data:`JobsDone`.
    stop
        Set it from another thread: searches end with the best plan found, and what has not begun is given up.

    Returns
    -------
    Comparison
        ``frame`` has a row a column and ``by_activity`` a row a column and activity; ``summary()``, ``to_json()`` and
        ``write()`` give the rest. A scenario that cannot be has a row with the reason.

    Raises
    ------
    capacity.errors.InputError
        A scenario file is missing or faulty, the same stands there twice, or the base itself allows no answer.
    ValueError
        ``time_limit``, ``workers`` or ``seed`` is out of range.
    """
    from capacity.scenario.columns import columns_of
    from capacity.scenario.compare import compare as compare_columns
    from capacity.scenario.run import RunSettings, seconds_for

    seconds = seconds_for(service) if time_limit is None else time_limit
    _check_settings(seconds, 1 if workers is None else workers, seed)
    columns = columns_of(scenarios, scenario_folders(service.origin.path or None))
    return _complete(compare_columns(service, columns, RunSettings(seconds, 1, seed), workers, progress, stop))


@dataclass(frozen=True)
class Again:
    """A comparison run again: ``differences`` from its record, a sentence each, and what explains them."""

    comparison: Comparison
    differences: tuple[str, ...]
    cut_by_clock: tuple[str, ...]
    """Columns whose search the clock ended in one of the runs: they depend on how busy a machine is."""
    versions: tuple[str, ...]
    """Packages of another version than in the record, such as ``ortools 9.15 then, 9.16 now``."""

    @property
    def same(self) -> bool:
        """Whether all numbers are the same."""
        return not self.differences


def compare_again(
    record: str | Path,
    service: Service | None = None,
    workers: int | None = None,
    progress: JobsDone | None = None,
    stop: threading.Event | None = None,
) -> Again:
    """Run a comparison again from its run.json, and say whether the numbers are the same.

    Parameters
    ----------
    record
        The run.json of a comparison's output folder. It holds the scenarios whole.
    service
        The base; default: it is read from where the record says.
    workers, progress, stop
        As for :func:`compare`.

    Raises
    ------
    capacity.errors.InputError
        It is no such record, it was changed, or the model is not what it was.
    """
    from capacity.report.compare_json import compare_json
    from capacity.scenario.again import check_input, cut_by_clock, differences, read_record
    from capacity.scenario.compare import compare as compare_columns

    kept = read_record(record)
    service = service or read(kept.model)
    check_input(kept, service)
    made = _complete(compare_columns(service, kept.columns, kept.settings, workers, progress, stop))
    now = compare_json(made)
    then = dict(kept.run.get("versions", {}))
    others = [
        f"{name} {then.get(name, 'none')} then, {version} now"
        for name, version in made.run["versions"].items()
        if then.get(name) != version
    ]
    return Again(made, differences(kept.json, now), cut_by_clock(kept.json, now), tuple(others))


def _complete(found: Compared) -> Comparison:
    from capacity.report.comparison import Comparison

    found.run["versions"] = {"capacity": VERSION, **found.run["versions"]}
    return Comparison(**found.__dict__)


def ladder(
    service: Service,
    time_limit: float = 20,
    workers: int = 1,
    seed: int = 1,
    told: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> GapLadder:
    """Climb the ladder of the guidance: redeploy, train, extra hours, recruit, manage demand, as far as is needed.

    Parameters
    ----------
    service
        What the files say.
    time_limit
        Seconds for each search, above 0; there are about ten.
    workers, seed
        As in :func:`capacity.plan`.
    told
        Called with the name of each rung before it is climbed.
    stop
        Set it from another thread to end with the rungs there are.

    Returns
    -------
    GapLadder
        ``rungs``, do-nothing first, with what each closes, changes and costs; ``summary()``, ``frame``, ``to_json()``,
        ``figure()`` and ``write()``.

    Raises
    ------
    capacity.errors.InputError
        The service allows no answer.
    capacity.errors.PlanFailedCheck
        A plan broke a rule when it was checked: a fault of this program.
    ValueError
        ``time_limit``, ``workers`` or ``seed`` is out of range.

    Notes
    -----
    Source of the rungs: NHS England, E-job planning the clinical workforce (2023), step 2.
    """
    from capacity.report.gap_ladder import GapLadder
    from capacity.scenario.ladder import ladder as climb
    from capacity.scenario.run import RunSettings
    from capacity.service.fingerprint import input_hash

    _check_settings(time_limit, workers, seed)
    found = climb(service, RunSettings(time_limit, workers, seed), told or (lambda rung: None), stop)
    run = {"seed": seed, "workers": workers, "time_limit": time_limit, "input_hash": input_hash(service)}
    return GapLadder(**found.__dict__, run={**run, "versions": {"capacity": VERSION}})


def stress(
    service: Service,
    plan: Start | None = None,
    years: int = 1000,
    seed: int = 1,
    scenarios: Iterable[Wanted] = (),
    settings: StressSettings | None = None,
    sized: Demand | None = None,
) -> Stress:
    """Simulate the plan year week by week, many times over: what the plans in force, and a proposed one, hold.

    Referrals are drawn as fitted, people are on leave, sick or on duty, lists are cancelled and patients wait; every
    plan meets the same weeks (docs/stress.md). Nothing is optimised.

    Parameters
    ----------
    service
        What :func:`read` gives.
    plan
        A proposed plan to test beside the plans in force: what :func:`plan` gives, its plan or rows, or the folder of
        an earlier output.
    years, seed
        Simulated years, and the seed that makes them the same again.
    scenarios
        Each a further column, as for :func:`compare`: the proposed plan (without one, the plans in force) under it.
    settings
        Assumptions (sickness, cancelled lists, when leave is taken); its years and seed go before the two above.
    sized
        Demand of the service, where it is sized already.

    Returns
    -------
    Stress
        ``result(label)`` holds the tables of a plan, ``differences`` holds them against each other; ``summary()``,
        ``to_json()``, ``figures()`` and ``write()`` as elsewhere.

    Raises
    ------
    capacity.errors.InputError
        The demand allows no answer, the plan is not one of this service, or a scenario file is missing or faulty.
        A scenario that cannot be laid over the service is named in ``impossible``, and the others go on.
    ValueError
        ``years``, ``seed`` or an assumption is out of range.
    """
    import platform
    from importlib.metadata import version

    from capacity.report.stress import Stress
    from capacity.scenario.apply import apply_scenarios
    from capacity.scenario.columns import columns_of
    from capacity.scenario.run import name_of
    from capacity.scenario.stress import stress_compare
    from capacity.scenario.stress_cases import stress_cases
    from capacity.scenario.stress_settings import StressSettings
    from capacity.service.fingerprint import input_hash

    given = StressSettings(years, seed) if settings is None else settings
    known = demand(service) if sized is None else sized
    laid, impossible = [], {}
    for column in columns_of(scenarios, scenario_folders(service.origin.path or None)):
        try:
            laid.append(apply_scenarios(service, column))
        except InputError as error:
            impossible[name_of(column)] = str(error.faults[0])
    cases = stress_cases(service, known, plan, laid)
    found = stress_compare(cases, given, {case[0]: known for case in cases if case[1] is service})
    used = {name: version(name) for name in ("numpy", "scipy", "holidays")}
    versions = {"capacity": VERSION, "python": platform.python_version(), **used}
    run = {"input_hash": input_hash(service), "versions": versions}
    return Stress(service, known, found, run, impossible)
