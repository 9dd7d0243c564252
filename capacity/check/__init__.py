"""The checker: every rule and every objective again, in plain Python, from the plan and the inputs.

It shares no code with the optimiser. ``check_plan`` runs on every plan before anyone sees it; ``check_plan_in_force``
reads the plans people have now and says what a job-planning committee would.
"""

from __future__ import annotations

from capacity.check import contracts, personal, placement, results, together, wishes
from capacity.check.case import Case, Violation, sentence, violation
from capacity.check.facts import Facts
from capacity.check.findings import check_plan_in_force
from capacity.check.timetable import Timetable
from capacity.demand.result import Demand
from capacity.errors import PlanFailedCheck
from capacity.outcome import Outcome, TeamPlan
from capacity.service.model import Service
from capacity.service.wishes import NO_WISHES, Wishes

PLAN_RULES = (*placement.RULES, *together.RULES, *contracts.RULES, *personal.RULES, *wishes.RULES)
"""Rules a plan keeps."""
OUTCOME_RULES = (*results.RULES, *personal.OUTCOME_RULES)
"""What an outcome says, compared with its plan."""

__all__ = ["OUTCOME_RULES", "PLAN_RULES", "Violation", "check_answers", "check_plan", "check_plan_in_force", "rules"]


def rules() -> dict[str, str]:
    """Every rule of the checker: its id and its sentence."""
    return {rule.__name__: sentence(rule) for rule in (*PLAN_RULES, *OUTCOME_RULES)}


def check_answers(
    service: Service, demand: Demand, outcome: Outcome, extra_allowed: bool = False, asked: Wishes = NO_WISHES
) -> None:
    """Check both answers of an outcome, the first as :func:`check_plan` does and the second with extra PAs allowed.

    Raises PlanFailedCheck with every rule that is broken.
    """
    broken: list[object] = []
    if outcome.plan is not None:
        broken += check_plan(service, demand, outcome.plan, outcome, extra_allowed, asked)
    second = outcome.with_extra
    if second is not None and second.plan is not None:
        found = check_plan(service, demand, second.plan, second, True, asked)
        broken += [f"with extra PAs: {each}" for each in found]
    if broken:
        raise PlanFailedCheck(broken)


def check_plan(
    service: Service,
    demand: Demand,
    plan: TeamPlan,
    outcome: Outcome | None = None,
    extra_allowed: bool = False,
    asked: Wishes = NO_WISHES,
) -> tuple[Violation, ...]:
    """Check a plan against every rule, and what its outcome says of it against the plan.

    Parameters
    ----------
    service, demand
        The inputs. Of ``demand`` only the requirement of each activity and its admin a session are used.
    plan
        The proposed plan.
    outcome
        The outcome the plan came with; without one only the plan's own rules are tested.
    extra_allowed
        Whether extra PAs up to the service's budget may stand in the plan (the second answer).
    asked
        What was asked of this plan beyond the service: locks, what is forbidden, a plan to start from, a limit.

    Returns
    -------
    Everything that is broken, in the order of the rules; empty when the plan is sound. A plan that names ids the
    service does not know is not checked further.
    """
    facts = Facts(service, demand)
    people = tuple(person for person in facts.people if facts.planned(person))
    unread = Case(facts, plan, Timetable(facts, ()), Timetable(facts, ()), people)
    unknown = tuple(violation(placement.known_ids, broken) for broken in placement.known_ids(unread))
    if unknown:
        return unknown
    case = Case(
        facts, plan, Timetable(facts, plan.rows), Timetable(facts, service.job_plans), people, extra_allowed, outcome,
        asked,
    )  # fmt: skip
    found = [violation(rule, broken) for rule in PLAN_RULES for broken in rule(case)]
    if outcome is not None:
        found += [violation(rule, broken) for rule in OUTCOME_RULES for broken in rule(case, outcome)]
    return tuple(found)
