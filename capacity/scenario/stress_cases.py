"""Which plans a stress test holds against each other: in force, proposed, and either under each scenario."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.demand.result import Demand
from capacity.optimise.asked import Start, asked_of
from capacity.scenario.apply import Applied
from capacity.scenario.stress import IN_FORCE, Case, Rows
from capacity.scenario.stress_part_year import Outside
from capacity.service.model import Service

PROPOSED = "proposed"


def stress_cases(
    service: Service, demand: Demand, plan: Start | None = None, scenarios: Sequence[Applied] = ()
) -> list[Case]:
    """Return the columns of a comparison, the plans in force first.

    Parameters
    ----------
    service, demand
        The service, and its demand.
    plan
        A proposed plan, in any form that can be handed over.
    scenarios
        What each scenario makes of the service. The proposed plan meets each, with the sessions of people whom the
        scenario adds; without a proposed plan the plans in force as the scenario has them. A scenario with dates
        holds in its weeks.

    Raises
    ------
    InputError
        The plan is none of this service.
    """
    cases: list[Case] = [(IN_FORCE, service, service.job_plans)]
    rows: Rows | None = None
    if plan is not None:
        screen = asked_of(service, demand, start=plan).screen
        assert screen is not None
        rows = screen.rows
        cases.append((PROPOSED, service, rows))
    here = {person.person for person in service.people}
    for applied in scenarios:
        changed = applied.service
        name = ", then ".join(changed.origin.scenarios) or "unchanged"
        if rows is None:
            label, theirs = _label(cases, name), changed.job_plans
        else:
            new = tuple(row for row in changed.job_plans if row.person not in here)
            label, theirs = _label(cases, f"{PROPOSED}, {name}"), (*rows, *new)
        if applied.starts is None and applied.ends is None:
            cases.append((label, changed, theirs))
        else:
            before = service.job_plans if rows is None else rows
            cases.append((label, changed, theirs, Outside(service, before, applied.starts, applied.ends)))
    return cases


def _label(cases: Sequence[Case], name: str) -> str:
    """A name of its own for each column."""
    labels = [case[0] for case in cases]
    taken = sum(label == name or label.startswith(f"{name} (") for label in labels)
    return f"{name} ({taken + 1})" if taken else name
