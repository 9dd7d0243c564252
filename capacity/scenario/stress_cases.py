"""Which plans a stress test holds against each other: in force, proposed, and either under each scenario."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.demand.result import Demand
from capacity.optimise.asked import Start, asked_of
from capacity.scenario.stress import IN_FORCE, Case, Rows
from capacity.service.model import Service

PROPOSED = "proposed"


def stress_cases(
    service: Service, demand: Demand, plan: Start | None = None, scenarios: Sequence[Service] = ()
) -> list[Case]:
    """Return the columns of a comparison, the plans in force first.

    Parameters
    ----------
    service, demand
        The service, and its demand.
    plan
        A proposed plan, in any form that can be handed over.
    scenarios
        The service under each scenario. The proposed plan meets each, with the sessions of people whom the scenario
        adds; without a proposed plan the plans in force as the scenario has them.

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
    for changed in scenarios:
        name = ", then ".join(changed.origin.scenarios) or "unchanged"
        if rows is None:
            cases.append((_label(cases, name), changed, changed.job_plans))
        else:
            new = tuple(row for row in changed.job_plans if row.person not in here)
            cases.append((_label(cases, f"{PROPOSED}, {name}"), changed, (*rows, *new)))
    return cases


def _label(cases: Sequence[Case], name: str) -> str:
    """A name of its own for each column."""
    taken = sum(label == name or label.startswith(f"{name} (") for label, _, _ in cases)
    return f"{name} ({taken + 1})" if taken else name
