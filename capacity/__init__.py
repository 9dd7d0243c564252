"""From referrals to checked job plans, for one clinical service.

>>> import capacity
>>> service = capacity.read("models/respiratory")
>>> outcome = capacity.plan(service, time_limit=30)
>>> print(outcome.summary())

Importing this loads none of the large packages; the functions do when they are called.
"""

from typing import Any

# ``capacity.demand`` is a folder of modules and a function. Importing the folder first lets the function keep the name:
# ``from capacity.demand.analyse import ...`` finds the modules whatever the name stands for.
import capacity.demand  # noqa: F401
from capacity.api import VERSION as __version__
from capacity.api import (
    apply,
    contradictions,
    demand,
    establish,
    explain,
    findings,
    frontier,
    gap,
    import_demand,
    new,
    overlay,
    plan,
    read,
    scenario,
    write,
)
from capacity.api_papers import capacity_paper, consistency, job_sheets, kpis, meeting_pack
from capacity.api_scenarios import compare, compare_again, ladder, stress
from capacity.api_sweeps import goal_seek, least_cost, pareto, robust, sweep, tornado

__all__ = [
    "Event",
    "Mark",
    "__version__",
    "apply",
    "capacity_paper",
    "compare",
    "compare_again",
    "consistency",
    "contradictions",
    "demand",
    "establish",
    "explain",
    "findings",
    "frontier",
    "gap",
    "goal_seek",
    "import_demand",
    "job_sheets",
    "kpis",
    "ladder",
    "least_cost",
    "meeting_pack",
    "new",
    "overlay",
    "pareto",
    "plan",
    "read",
    "robust",
    "scenario",
    "stress",
    "sweep",
    "tornado",
    "write",
]


def __getattr__(name: str) -> Any:
    """Import a class that callers name when it is asked for."""
    if name == "Event":
        from capacity.optimise.events import Event

        return Event
    if name == "Mark":
        from capacity.service.wishes import Mark

        return Mark
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
