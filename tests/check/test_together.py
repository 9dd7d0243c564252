"""Rules on people, places and things together: a sound plan passes, and breaking one rule is caught by that rule.

The plans are those proposed for the small services of the optimiser's tests, changed by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from capacity.check import check_plan, check_plan_in_force
from capacity.demand.analyse import analyse
from capacity.outcome import Outcome, TeamPlan
from capacity.service.model import JobPlanRow, Service, WholeGroups
from tests.optimise.small import able, activity, nurse, person, room, row, service, solved
from tests.optimise.test_rules_together import (
    AM,
    PM,
    anaesthetist,
    clinic_with_trainee,
    lists,
    scopes,
    surgeon,
    two_sites,
)


def theatre() -> Service:
    """Two surgeons and two anaesthetists, all there in week 1, and something else to do in the afternoon."""
    people = [surgeon("sue", 4), surgeon("sam", 4), anaesthetist("ann", 4), anaesthetist("abe", 4)]
    rooms = (room("one"), room("two"))
    return service(people, [lists(2, AM, room=("one", "two")), activity("other", 0, AM, PM)], rooms=rooms, cycle=2)


def huddle() -> Service:
    meeting = activity("huddle", 1, team=WholeGroups(groups=("nurse",)), session_minutes=60)
    return service([person("ann", 2), nurse("nel", 8), nurse("nia", 8)], [meeting, activity("clinic", 0)])


def trainee(minutes: str = "main") -> Service:
    people = [person("sue", 2), person("ted", 2)]
    others = [activity("ward", 0, AM, PM, site=minutes)]
    return clinic_with_trainee("sue", needed=1.8, people=people, others=others, more=able("sue ward"))


def sites() -> Service:
    return two_sites(60, pa=2.5)


def no_travel() -> Service:
    """As ``sites``, without a time from east to west."""
    return sites().model_copy(update={"sites": ()})


def without(plan: TeamPlan, who: str, what: str, slot: str | None = None) -> TeamPlan:
    """The plan without rows of one activity of one person; flexible time takes their place."""
    gone = [r for r in plan.rows if (r.person, r.activity) == (who, what) and slot in (None, r.slot)]
    assert gone
    rest = tuple(r for r in plan.rows if r not in gone)
    minutes = sum((r.minutes or 240) * (1 if r.weeks is None else 0.5) for r in gone)
    flexible = JobPlanRow(person=who, activity="flexible", slot="-", minutes=minutes)
    return replace(plan, rows=(*rest, flexible), rooms={})


def instead(plan: TeamPlan, who: str, what: str, new: str) -> TeamPlan:
    """The plan with another activity in the place of one."""
    rows = tuple(
        r.model_copy(update={"activity": new}) if (r.person, r.activity) == (who, what) else r for r in plan.rows
    )
    assert rows != plan.rows
    return replace(plan, rows=rows, rooms={})


@dataclass(frozen=True)
class Fault:
    """A sound service and what is done to its plan; ``checked`` is the service it is checked against."""

    rule: str
    what: str
    made: Callable[[], Service]
    spoil: Callable[[TeamPlan], TeamPlan]
    checked: Callable[[], Service] | None = None
    also: frozenset[str] = frozenset()


FAULTS = (
    Fault("joint_team", "an anaesthetist is taken away", theatre, lambda plan: without(plan, "ann", "list")),
    Fault("joint_team", "an anaesthetist does something else", theatre, lambda plan: instead(
        plan, "abe", "list", "other")),
    Fault("team_member", "a doctor at a meeting of nurses", huddle, lambda plan: replace(plan, rows=(
        *plan.rows, row("ann", "huddle", AM))), also=frozenset({"contract", "half_day_holds"})),
    Fault("joint_everyone", "a nurse stays away", huddle, lambda plan: replace(plan, rows=tuple(
        r for r in plan.rows if (r.person, r.activity) != ("nia", "huddle"))), also=frozenset({"contract"})),
    Fault("supervisor_there", "the supervisor is taken away", trainee, lambda plan: without(plan, "sue", "clinic")),
    Fault("supervisor_there", "the supervisor is elsewhere", trainee, lambda plan: instead(
        plan, "sue", "clinic", "ward"), checked=lambda: trainee("west")),
    Fault("one_site", "travel that is not given", sites, lambda plan: plan, checked=no_travel),
    Fault("travel_charged", "travel called flexible", sites, lambda plan: without(plan, "ann", "travel")),
    Fault("equipment_enough", "one scope fewer", lambda: scopes(2), lambda plan: plan, checked=lambda: scopes(1)),
    Fault("equipment_enough", "none in week 2", lambda: scopes(2, cycle=2), lambda plan: plan, checked=lambda: scopes(
        2, cycle=2, weeks=(1,))),
    Fault("rooms_enough", "one theatre for two lists", theatre, lambda plan: replace(plan, rooms={}),
          checked=lambda: theatre().model_copy(update={"rooms": (room("one"), room("two", count=0))})),
    Fault("rooms_named", "two lists in one theatre", theatre, lambda plan: replace(
        plan, rooms=dict.fromkeys(plan.rooms, "one"))),
)  # fmt: skip
CAUGHT = {fault.rule for fault in FAULTS}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.rule}: {fault.what}")
def test_a_plan_that_breaks_a_rule_is_caught_by_that_rule(fault: Fault) -> None:
    made = fault.made()
    outcome = solved(made)
    assert outcome.plan is not None
    checked = made if fault.checked is None else fault.checked()
    found = check_plan(checked, analyse(checked), fault.spoil(outcome.plan))
    assert {broken.rule for broken in found} == {fault.rule} | fault.also


def misstated(made: Service, **delivered: float) -> set[str]:
    """Rules broken by an outcome that says it delivers something else."""
    outcome: Outcome = solved(made)
    wrong = replace(outcome, delivered={**outcome.delivered, **delivered})
    assert outcome.plan is not None
    return {broken.rule for broken in check_plan(made, analyse(made), outcome.plan, wrong)}


def test_counting_a_joint_list_for_each_of_its_people_is_caught() -> None:
    assert misstated(theatre(), list=4.0) == {"delivered"}


def test_counting_the_whole_yield_of_somebody_who_supervises_is_caught() -> None:
    assert misstated(trainee(), clinic=2.0) == {"delivered"}


def test_plans_in_force_are_told_of_lists_without_an_anaesthetist_and_trainees_alone() -> None:
    made = theatre().model_copy(update={"job_plans": (row("sue", "list", AM), row("ann", "list", AM, 1))})
    found = {finding.rule for finding in check_plan_in_force(made, analyse(made))}
    assert "joint_team" in found
    alone = trainee().model_copy(update={"job_plans": (row("ted", "clinic", AM),)})
    assert "supervisor_there" in {finding.rule for finding in check_plan_in_force(alone, analyse(alone))}
    apart = no_travel().model_copy(update={"job_plans": (row("ann", "here", AM), row("ann", "there", PM))})
    assert "one_site" in {finding.rule for finding in check_plan_in_force(apart, analyse(apart))}
