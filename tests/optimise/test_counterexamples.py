"""Where counts of weeks are not enough: counts that satisfy every sum and that no weeks can be given to.

One service for each rule that breaks the collapse. In each, a session must go that the sums alone would keep. The
planner finds that out, plans the half-days concerned week by week, and only those: Friday morning, which has nothing to
do with it, keeps its counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ortools.sat.python import cp_model

from capacity.demand.analyse import analyse
from capacity.optimise.problem import Cell, Problem
from capacity.optimise.prove import linear_model
from capacity.optimise.rotate import rotate
from capacity.optimise.rules import RULES
from capacity.optimise.search import Settings, new_solver
from capacity.optimise.solve import build, plan
from capacity.optimise.variables import create
from capacity.service.model import Activity, Equipment, JobPlanRow, Person, Room, Service, Skill, Travel, WholeGroups
from tests.optimise.small import able, activity, nurse, person, room, row, service, solved, values
from tests.optimise.test_rules_together import AM, PM, team

SAT, SUN, FRIDAY = "Sat AM", "Sun AM", "Fri AM"


@dataclass(frozen=True)
class Example:
    """A service on a cycle of two weeks, the counts its sums allow, and the half-days that have no weeks for them."""

    what: str
    made: Service
    counts: dict[Cell, int]
    half_days: frozenset[str]


def example(
    what: str,
    counts: list[str],
    people: list[Person],
    activities: list[Activity],
    skills: list[Skill] | None = None,
    **rest: object,
) -> Example:
    """Every person does what ``counts`` says once in two weeks (``ann clinic Mon AM``), and needs no more."""
    cells: dict[Cell, int] = {}
    for line in counts:
        who, what_they_do, slot = line.split(" ", 2)
        cells[who, what_they_do, slot] = 1
    people = [*people, person("fay", 1), person("fred", 1)]
    far = [activity("far", 0.5, FRIDAY, room=("far",)), activity("away", 0.5, FRIDAY, room=("far",))]
    rooms: tuple[Room, ...] = (*rest.pop("rooms", ()), room("far"))  # type: ignore[misc]
    if skills is None:
        skills = able(*dict.fromkeys(" ".join(line.split(" ")[:2]) for line in counts))
    made = service(people, [*activities, *far], [*skills, *able("fay far", "fred away")], rooms=rooms, cycle=2, **rest)
    return Example(what, made, cells, frozenset(slot for _, _, slot in cells))


def spa(who: str, week: int) -> JobPlanRow:
    return row(who, "spa", AM, week, minutes=240, pinned=True)


EXAMPLES = (
    example(
        "pins to named weeks", ["ann a Mon AM", "ann b Mon AM"],
        [person("ann")], [activity("a", 0.5, room=("one",)), activity("b", 0.5)],
        rooms=(room("one", weeks=(1,)),), job_plans=(row("ann", "b", AM, 1, pinned=True),),
    ),
    example(
        "closed weeks of two people at a time", ["ann a Mon AM", "bob a Mon AM"],
        [person("ann"), person("bob")], [activity("a", 1, room=("one",))],
        rooms=(room("one"),), job_plans=(spa("ann", 2), spa("bob", 2)),
    ),
    example(
        "sessions that need two people", [
            "ann j Mon AM", "bob j Mon AM", "ann k Mon AM", "nel k Mon AM", "bob m Mon AM", "nel m Mon AM"],
        [person("ann"), person("bob", staff_group="sas"), nurse("nel", 8)],
        [activity("j", 0.5, team=team(consultant=1, sas=1), session_minutes=60),
         activity("k", 0.5, team=team(consultant=1, nurse=1), session_minutes=60),
         activity("m", 0.5, team=team(sas=1, nurse=1), session_minutes=60)],
    ),
    example(
        "a supervisor in the same week", [
            "sue clinic Mon AM", "ted clinic Mon AM", "sue other Mon AM", "ted own Mon AM"],
        [person("sue"), person("ted")],
        [activity("clinic", 0.9), activity("other", 0.5, room=("one",)), activity("own", 0.5, room=("one",))],
        [*able("sue clinic", "sue other", "ted own"),
         Skill(person="ted", activity="clinic", supervised_by=("sue",))],
        rooms=(room("one", site="east"),),
    ),
    example(
        "a group that meets less often than weekly", [
            "ann mdt Mon AM", "bob mdt Mon AM", "ann a Mon AM", "bob b Mon AM"],
        [person("ann"), person("bob")],
        [activity("mdt", 0.5, team="all"), activity("a", 0.5, room=("one",)), activity("b", 0.5, room=("one",))],
        rooms=(room("one"),),
    ),
    example(
        "equipment shared across rooms", ["ann a Mon AM", "bob b Mon AM", "ann c Mon AM"],
        [person("ann"), person("bob")],
        [activity("a", 0.5, room=("one",)), activity("b", 0.5, room=("one",), equipment=("scope",)),
         activity("c", 0.5, equipment=("scope",))],
        rooms=(room("one"),), equipment=(Equipment(equipment="scope", name="Scope"),),
    ),
    example(
        "groups that overlap", [
            "nel nurses Mon AM", "nia nurses Mon AM", "nel sevens Mon AM", "ann sevens Mon AM", "nia rest Mon AM",
            "ann rest Mon AM"],
        [nurse("nel", 8, grade="7"), nurse("nia", 8, grade="8a"), person("ann", 2, grade="7")],
        [activity("nurses", 0.5, team=WholeGroups(groups=("nurse",)), session_minutes=60),
         activity("sevens", 0.5, team=WholeGroups(groups=("7",)), session_minutes=60),
         activity("rest", 0.5, team=WholeGroups(groups=("8a", "consultant")), session_minutes=60)],
    ),
    example(
        "the most of an activity a week", ["ann a Mon AM", "ann a Mon PM"],
        [person("ann", 3)], [activity("a", 1, AM, PM, room=("one",))],
        [Skill(person="ann", activity="a", max_per_week=1)],
        rooms=(room("one", weeks=(1,)),),
    ),
    example(
        "both days of a weekend", ["ann a Sat AM", "ann b Sun AM"],
        [person("ann", 3, max_days=1, premium_consent=True)],
        [activity("a", 0.5, SAT, room=("one",)), activity("b", 0.5, SUN, room=("one",))],
        rooms=(room("one", weeks=(1,), slots=(SAT, SUN)),), premium=(SAT, SUN),
    ),
    example(
        "two sites in a day", ["ann a Mon AM", "ann b Mon PM"],
        [person("ann", 3)], [activity("a", 0.5, AM, room=("one",)), activity("b", 0.5, PM, room=("two",))],
        rooms=(room("one", weeks=(1,), site="east"), room("two", weeks=(1,), site="west")),
    ),
    example(
        "travel there is no time for", ["ann a Mon AM", "ann b Mon PM"],
        [person("ann", 1)], [activity("a", 0.5, AM, room=("one",)), activity("b", 0.5, PM, room=("two",))],
        rooms=(room("one", weeks=(1,), site="east"), room("two", weeks=(1,), site="west")),
        sites=(Travel(from_="east", to="west", minutes=1),),
    ),
)  # fmt: skip


def sums_allow(problem: Problem, counts: dict[Cell, int]) -> bool:
    """Whether counts satisfy every rule of the model of counts."""
    v = create(problem, False)
    for rule in RULES:
        rule.add(v, problem.people)
    for unit, cells in v.cells_of.items():
        if cells[0][2] != FRIDAY:
            v.model.add(v.n[unit] == counts.get(cells[0], 0))
    return new_solver(Settings(), 10).solve(v.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case.what)
def test_the_sums_allow_what_no_weeks_can_be_given_to(case: Example) -> None:
    problem = Problem(case.made, analyse(case.made))
    assert sums_allow(problem, case.counts)
    assert rotate(problem, case.counts).impossible == case.half_days
    for cell in case.counts:  # one session fewer, of everyone who takes part in it, and there are weeks
        fewer = {other: count for other, count in case.counts.items() if other[1:] != cell[1:]}
        assert not rotate(problem, fewer).impossible


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case.what)
def test_only_what_needs_it_is_planned_week_by_week(case: Example) -> None:
    outcome = solved(case.made)
    assert values(outcome)["routine"] == 1
    assert set(outcome.run["week_by_week"]) == case.half_days


def test_counts_are_kept_where_they_are_enough() -> None:
    meeting = activity("mdt", 0.5, team="all", session_minutes=60)
    made = service([person("ann"), person("bob")], [meeting, activity("clinic", 1)], cycle=2)
    outcome = solved(made)
    assert (values(outcome)["routine"], outcome.run["week_by_week"]) == (0, [])


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case.what)
def test_the_model_with_weeks_stays_linear_for_the_other_solvers(case: Example) -> None:
    problem = Problem(case.made, analyse(case.made))
    v = build(problem, False, case.half_days | problem.together.by_week)
    assert linear_model(v.model) is not None


def test_a_joint_session_pinned_without_its_partner_is_told_in_a_sentence() -> None:
    people = [person("ann"), person("bob", staff_group="sas", unavailable=(AM,))]
    both = activity("both", 1, AM, PM, team=team(consultant=1, sas=1))
    made = service(people, [both], job_plans=(row("ann", "both", AM, pinned=True),))
    outcome = plan(made, analyse(made), Settings(time_limit=5))
    assert (outcome.status, outcome.plan) == ("impossible", None)
    assert "a joint session has the people of every group it needs" in outcome.reason
    assert "pinned sessions stay (ann)" in outcome.reason
