"""A scenario laid over a service: operations in the order of the file, scenarios in the order they are given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from capacity.errors import Fault, Finding, InputError
from capacity.scenario.add import add_row
from capacity.scenario.change import change_rows
from capacity.scenario.close import close
from capacity.scenario.draft_lines import Change, Work, names_of
from capacity.scenario.duty import adapt_rotas, credit_rows
from capacity.scenario.overlay import AddRow, ChangeRows, Close, RemoveRows, ScaleDemand, Scenario
from capacity.scenario.remove import remove_rows
from capacity.scenario.select import Chooser
from capacity.service.cells import plain
from capacity.service.draft import draft_of, service_of
from capacity.service.model import Service
from capacity.service.resolved import year_ends

RULE = "scenario"
"""Rule of the findings that name what a scenario changed."""


@dataclass(frozen=True)
class Applied:
    """A service with scenarios laid over it, and what that changed in sentences."""

    service: Service
    scenarios: tuple[Scenario, ...]
    changes: tuple[Change, ...]

    @property
    def difference(self) -> str:
        """What differs from the base, in one line; ``nothing`` where nothing does."""
        return difference_of(self.changes, self.starts, self.ends)

    @property
    def starts(self) -> dt.date | None:
        """Day from which all the scenarios hold; None: from the start of the plan year."""
        return max(
            (in_year(self.service, one.starts) for one in self.scenarios if one.starts is not None), default=None
        )

    @property
    def ends(self) -> dt.date | None:
        """Last day on which all the scenarios hold; None: to the end of the plan year and beyond."""
        return min((in_year(self.service, one.ends) for one in self.scenarios if one.ends is not None), default=None)

    @property
    def year_share(self) -> float:
        """Share of the plan year in which the scenarios hold."""
        return share_of_year(self.service, self.starts, self.ends)

    @property
    def recurrent_pounds(self) -> float | None:
        """What the scenarios say they cost a year themselves; None where none says."""
        return _total([one.costs.recurrent for one in self.scenarios])

    @property
    def one_off_pounds(self) -> float | None:
        """What the scenarios say they cost once; None where none says."""
        return _total([one.costs.one_off for one in self.scenarios])


def in_year(service: Service, day: dt.date | str) -> dt.date:
    """Return a date, or the day of the plan year that a month and day such as ``12-01`` mean."""
    if isinstance(day, dt.date):
        return day
    month, number = (int(part) for part in day.split("-"))
    first = service.year_starts
    for year in (first.year, first.year + 1):
        found = dt.date(year, month, 1) + dt.timedelta(days=number - 1)
        if found >= first:
            return found
    raise AssertionError(day)  # one of two years holds it


def share_of_year(service: Service, starts: dt.date | None, ends: dt.date | None) -> float:
    """Share of the plan year from one day to another, both included."""
    first, last = service.year_starts, year_ends(service)
    start, end = max(starts or first, first), min(ends or last, last)
    return max(0, (end - start).days + 1) / ((last - first).days + 1)


def difference_of(changes: Sequence[Change], starts: dt.date | None = None, ends: dt.date | None = None) -> str:
    """Sentences of what differs in one line, from and to a date where there is one."""
    said = [change.sentence for change in changes if change.applicable]
    days = [f"{word} {day.day} {day:%B %Y}" for word, day in (("from", starts), ("to", ends)) if day is not None]
    return "; ".join([*said, *([" ".join(days)] if days else [])]) if said else "nothing"


def _total(amounts: Sequence[float | None]) -> float | None:
    given = [amount for amount in amounts if amount is not None]
    return sum(given) if given else None


def apply_scenarios(service: Service, scenarios: Sequence[Scenario]) -> Applied:
    """Lay scenarios over a service, one after the other.

    Each sees the service as the ones before left it; the operations of one are made in the order of its file, and
    ``where`` selects from the service as it is before that scenario. The result is checked as files are.

    Raises
    ------
    InputError
        An unknown id or field, a contradiction, or a service that cannot be: with the scenario's file as place.
    """
    changes: list[Change] = []
    now = service
    for scenario in scenarios:
        now, said = _apply_one(now, scenario)
        changes += said
    if not scenarios:
        return Applied(service, (), ())
    notes = (*_findings(changes), *now.origin.notes)
    names = (*service.origin.scenarios, *(scenario.name for scenario in scenarios))
    origin = now.origin.model_copy(update={"notes": notes, "scenarios": names})
    return Applied(now.model_copy(update={"origin": origin}), tuple(scenarios), tuple(changes))


def _findings(changes: Sequence[Change]) -> list[Finding]:
    return [Finding(RULE, change.scenario, change.sentence, source="scenario") for change in changes]


def _apply_one(before: Service, scenario: Scenario) -> tuple[Service, list[Change]]:
    place = f"{scenario.id}.toml"
    _check_dates(before, scenario, place)
    work = Work(scenario.name, draft_of(before), before, Chooser(before, place), place)
    faults: list[Fault] = []
    for number, operation in enumerate(scenario.operations, start=1):
        try:
            _carry_out(work, operation, f"change {number}")
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    _refuse_contradictions(work, scenario)
    adapt_rotas(work)
    after = _checked(work)
    if credit_rows(work, after):
        after = _checked(work)
    return after, work.changes


def _checked(work: Work) -> Service:
    try:
        return service_of(work.draft)
    except InputError as error:
        hint = "So the service with this scenario would say"
        raise InputError(
            [
                Fault(work.place, None, " ".join(filter(None, (fault.file, fault.id, fault.column))), fault.found,
                      fault.allowed, hint=fault.hint or hint)
                for fault in error.faults
            ]
        ) from None  # fmt: skip


def _carry_out(work: Work, operation: Any, spot: str) -> None:
    if isinstance(operation, ChangeRows):
        change_rows(work, operation, spot)
    elif isinstance(operation, AddRow):
        add_row(work, operation, spot)
    elif isinstance(operation, RemoveRows):
        remove_rows(work, operation, spot)
    elif isinstance(operation, Close):
        close(work, operation, spot)
    else:
        _scale_demand(work, operation, spot)


def _check_dates(service: Service, scenario: Scenario, place: str) -> None:
    found = [(name, given) for name in ("starts", "ends") if (given := getattr(scenario, name)) is not None]
    _within_year(service, place, "", found)


def _within_year(
    service: Service, place: str, spot: str, given: Sequence[tuple[str, dt.date | str]]
) -> dict[str, dt.date]:
    """Days of the plan year, by what they are called; the first is not after the last. Raises InputError."""
    first, last = service.year_starts, year_ends(service)
    days = {name: in_year(service, day) for name, day in given}
    allowed = f"a day of the plan year, {first.isoformat()} to {last.isoformat()}"
    faults = [
        Fault(place, None, f"{spot}{name}", day.isoformat(), allowed)
        for name, day in days.items()
        if not first <= day <= last
    ]
    if not faults and list(days.values()) != sorted(days.values()):
        (start, begin), (end, finish) = days.items()
        faults.append(Fault(place, None, f"{spot}{end}", finish.isoformat(), f"{begin.isoformat()} ({start}) or later"))
    if faults:
        raise InputError(faults)
    return days


def _scale_demand(work: Work, operation: ScaleDemand, spot: str) -> None:
    """Multiply the referrals of streams that have a series; of those generated only where they are named."""
    ids = None if operation.id is None else (operation.id,) if isinstance(operation.id, str) else tuple(operation.id)
    found = work.rows("streams", ids, operation.where, spot)
    if ids is None:
        found = [key for key in found if "generated_by" not in work.row("streams", key)]
    if not found:
        work.not_applicable("no stream whose demand could change")
        return
    given = [(name, day) for name, day in (("from", operation.from_), ("to", operation.to)) if day is not None]
    days = _within_year(work.before, work.place, f"{spot}, ", given)
    starts, ends = days.get("from", work.before.year_starts), days.get("to")
    share = share_of_year(work.before, starts, ends)
    factor = 1 + (operation.factor - 1) * share
    for key in found:
        row = work.row("streams", key)
        row["demand_factor"] = plain(round(float(row.get("demand_factor", 1)) * factor, 9))
    every = len(found) == len([row for row in work.draft.tables["streams"] if "generated_by" not in row])
    names = "every stream" if every and len(found) > 1 else names_of(found)
    said = f"demand {_percent(operation.factor)} ({names})"
    if share < 1:
        until = f" to {ends.day} {ends:%B}" if ends is not None else ""
        said += f" from {starts.day} {starts:%B}{until}: {_percent(factor)} over the year"
    work.say(said)


def _percent(factor: float) -> str:
    return f"{(factor - 1) * 100:+.3g} %"


def _refuse_contradictions(work: Work, scenario: Scenario) -> None:
    """Refuse an overlay that sets one cell to two values."""
    seen: dict[tuple[str, str, str], int] = {}
    faults = []
    for number, operation in enumerate(scenario.operations, start=1):
        if not isinstance(operation, ChangeRows) or operation.ids is None:
            continue
        for column in operation.set:
            for key in operation.ids:
                place = (operation.table, key, column)
                if place in seen:
                    found = f"{column} of {key} set again (first in change {seen[place]})"
                    faults.append(Fault(work.place, None, f"change {number}", found, "each value once"))
                seen.setdefault(place, number)
    if faults:
        raise InputError(faults)
