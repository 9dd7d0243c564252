"""Scenarios side by side: doing nothing first, then the base planned anew, then each scenario planned."""

from __future__ import annotations

import datetime as dt
import threading
import time as clock
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from capacity.demand.analyse import analyse
from capacity.errors import InputError
from capacity.scenario.batch import Job, Told, run_all
from capacity.scenario.measures import Measures
from capacity.scenario.overlay import Scenario
from capacity.scenario.run import RunSettings, ScenarioRun, do_nothing, this_year
from capacity.service.fingerprint import input_hash
from capacity.service.model import Service
from capacity.supply.contradictions import contradictions

if TYPE_CHECKING:
    import pandas as pd

LEAST_ATTENDANCES = 1.0
"""Extra attendances a year below which none is priced."""
COLUMNS = {
    "column": "str", "letter": "str", "name": "str", "status": "str", "reason": "str", "difference": "str",
    "required": "float64", "required_lower": "float64", "required_upper": "float64", "supplied": "float64",
    "gap": "float64", "short_now": "float64", "short": "float64", "short_with_extra": "float64", "closed": "float64",
    "closed_with_extra": "float64", "changed": "float64", "moved": "float64", "added": "float64", "dropped": "float64",
    "roles": "float64", "people": "float64", "changed_with_extra": "float64", "people_with_extra": "float64",
    "extra_pa": "float64", "extra_hours": "float64", "wte": "float64", "list_now": "float64",
    "list_in_a_year": "float64", "attendances": "float64", "extra_attendances": "float64",
    "extra_attendances_with_extra": "float64", "pounds_staff": "float64", "pounds_own": "float64",
    "pounds_recurrent": "float64", "pounds_extra_pa": "float64", "pounds_with_extra": "float64",
    "pounds_once_own": "float64", "backlog_sessions": "float64", "pounds_backlog": "float64", "pounds_once": "float64",
    "pounds_per_attendance": "float64", "pounds_per_attendance_with_extra": "float64", "share_of_year": "float64",
    "short_this_year": "float64", "pounds_this_year": "float64", "extra_attendances_this_year": "float64",
    "requirement_within_uncertainty": "object", "short_within_uncertainty": "object", "short_proven": "object",
    "notes": "str",
}  # fmt: skip
"""Columns of ``Compared.frame`` and their types; what is not known is missing."""
ACTIVITY_COLUMNS = (
    "activity", "name", "tier", "required", "supplied", "gap", "delivered", "short_now", "short", "short_with_extra",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Compared:
    """What :func:`compare` gives: a run a column, and what they come to against doing nothing.

    ``runs`` are doing nothing, the base planned, then a run for each of ``columns`` (the scenarios of each, stacked in
    order). ``run`` says what is needed to do it again.
    """

    service: Service
    columns: tuple[tuple[Scenario, ...], ...]
    runs: tuple[ScenarioRun, ...]
    settings: RunSettings
    run: dict[str, Any]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.service.id}: {', '.join(run.key for run in self.runs)}>"

    @property
    def nothing(self) -> Measures:
        """Measures of doing nothing."""
        found = self.runs[0].measures
        assert found is not None, "plans in force always have measures"
        return found

    @property
    def base(self) -> Measures | None:
        """Measures of the base planned anew; None where it has no plan."""
        return self.runs[1].measures

    @property
    def half_width(self) -> float | None:
        """Half of the 90 % interval of the whole requirement, sessions a week; None where demand does not tell.

        How well demand is known from so many weeks. A requirement that differs by less differs by less than that.
        """
        lower, upper = self.nothing.lower, self.nothing.upper
        return None if lower is None or upper is None else (upper - lower) / 2

    def letter(self, position: int) -> str:
        """Letter of a scenario's column by its position in ``runs``; blank for the first two."""
        return "" if position < 2 else letter_of(position - 2)

    def within_uncertainty(self, value: float, against: float) -> bool | None:
        """Whether two requirements or shortfalls differ by less than demand is known; None where that is not known."""
        return None if self.half_width is None else abs(value - against) < self.half_width

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a column; sessions a calendar week, attendances and pounds a year. See docs/compare.md."""
        import pandas as pd

        rows = [self._row(position, run) for position, run in enumerate(self.runs)]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)

    @cached_property
    def by_activity(self) -> pd.DataFrame:
        """One row a column and activity: requirement, plans in force, gap, delivered and short after planning."""
        import pandas as pd

        rows = [
            (run.key, *(getattr(each, name) for name in ACTIVITY_COLUMNS))
            for run in self.runs
            if run.measures is not None
            for each in run.measures.activities
        ]
        return pd.DataFrame(rows, columns=["column", *ACTIVITY_COLUMNS])

    def _row(self, position: int, run: ScenarioRun) -> dict[str, Any]:
        row: dict[str, Any] = {
            "column": run.key,
            "letter": self.letter(position),
            "name": run.name,
            "status": run.status,
            "reason": run.reason,
            "difference": run.difference,
            "share_of_year": run.share_of_year,
            "short_proven": run.short_proven,
            "notes": "",
        }
        found = run.measures
        return row if found is None else row | _plain(found) | self._against(run, found)

    def _against(self, run: ScenarioRun, found: Measures) -> dict[str, Any]:
        """What a column comes to against doing nothing and the base, in a full year and in the plan year."""
        nothing, base = self.nothing, self.base
        more = found.attendances - nothing.attendances
        with_extra = found.attendances_with_extra - nothing.attendances
        money = found.money
        row: dict[str, Any] = {
            "closed": nothing.short - found.short,
            "closed_with_extra": nothing.short - found.short_with_extra,
            "extra_attendances": more,
            "extra_attendances_with_extra": with_extra,
            "pounds_per_attendance": _each(money.recurrent, more),
            "pounds_per_attendance_with_extra": _each(money.recurrent_with_extra, with_extra),
        }
        if base is not None:
            row |= {
                "short_this_year": this_year(run, base.short, found.short),
                "pounds_this_year": None if money.recurrent is None else this_year(run, 0.0, money.recurrent),
                "extra_attendances_this_year": this_year(run, base.attendances - nothing.attendances, more),
                "requirement_within_uncertainty": self.within_uncertainty(found.required, base.required),
                "short_within_uncertainty": self.within_uncertainty(found.short, base.short),
            }
        return row


def compare(
    service: Service,
    columns: Sequence[Sequence[Scenario]],
    settings: RunSettings | None = None,
    workers: int | None = None,
    progress: Told | None = None,
    stop: threading.Event | None = None,
) -> Compared:
    """Hold scenarios against doing nothing and against the base planned anew.

    Parameters
    ----------
    service
        The base.
    columns
        The scenarios of each column, stacked in order (``columns_of``).
    settings
        How each column is planned.
    workers
        Columns planned at once (``run_all``).
    progress, stop
        As for ``run_all``.

    Raises
    ------
    capacity.errors.InputError
        The base itself allows no answer. A scenario that does not is a row that says so.
    """
    began = clock.monotonic()
    settings = settings or RunSettings()
    if faults := contradictions(service, analyse(service)):
        raise InputError(faults)
    jobs = [Job(service, tuple(column), settings) for column in ((), *columns)]
    runs = (do_nothing(service), *run_all(jobs, workers, progress, stop))
    run: dict[str, Any] = {
        "seed": settings.seed,
        "workers": settings.workers,
        "time_limit": settings.time_limit,
        "processes": workers,
        "input_hash": input_hash(service),
        "versions": next((one.run["versions"] for one in runs if one.run), {}),
        "made_on": dt.date.today().isoformat(),
        "seconds": round(clock.monotonic() - began, 3),
    }
    return Compared(service, tuple(map(tuple, columns)), runs, settings, run)


def letter_of(position: int) -> str:
    """``A``, ``B``, ... ``Z``, ``AA``, ``AB`` ..."""
    before, last = divmod(position, 26)
    return (letter_of(before - 1) if before else "") + chr(ord("A") + last)


def _plain(found: Measures) -> dict[str, Any]:
    money = found.money
    row = {name: getattr(found, name) for name in COLUMNS if hasattr(found, name)}
    return row | {
        "required_lower": found.lower,
        "required_upper": found.upper,
        "pounds_staff": money.staff,
        "pounds_own": money.own,
        "pounds_recurrent": money.recurrent,
        "pounds_extra_pa": money.extra_pa,
        "pounds_with_extra": money.recurrent_with_extra,
        "pounds_once_own": money.own_once,
        "pounds_backlog": money.backlog,
        "pounds_once": money.once,
        "notes": "; ".join(money.reasons),
    }


def _each(pounds: float | None, attendances: float) -> float | None:
    """Pounds an extra attendance; None where it is not priced, saves money, or where there are none."""
    if pounds is None or pounds < 0 or attendances < LEAST_ATTENDANCES:
        return None
    return pounds / attendances
