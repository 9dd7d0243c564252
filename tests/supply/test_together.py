"""Joint teams, supervisors and meetings of groups in the plans in force: counted once, and alike in every figure."""

from __future__ import annotations

import pytest

from capacity.demand.analyse import analyse
from capacity.service.model import JobPlanRow, Service, Skill, WholeGroups
from capacity.supply.calendar import calendar
from capacity.supply.conversion import units_of
from capacity.supply.gap import supply
from capacity.supply.job_time import JobTime
from capacity.supply.sessions import sessions_by_person
from capacity.supply.utilisation import room_use
from capacity.supply.variation import team_weeks
from capacity.units import WEEKS_PER_YEAR
from tests.optimise.small import activity, nurse, person, room, row, service
from tests.optimise.test_rules_together import AM, PM, anaesthetist, lists, surgeon

YEAR = WEEKS_PER_YEAR


def theatre(*plans: JobPlanRow, **rest: object) -> JobTime:
    """A surgeon of 42 weeks and an anaesthetist of 40."""
    people = [surgeon("sue", working_weeks=42), anaesthetist("ann", working_weeks=40), surgeon("sam")]
    made = service(people, [lists(1, room=("theatre",))], rooms=(room("theatre"),), cycle=2, job_plans=plans, **rest)
    return JobTime(made, analyse(made))


BOTH = (row("sue", "list", AM), row("ann", "list", AM))


def test_a_joint_list_counts_once_as_often_as_the_least_present_is_there() -> None:
    time = theatre(*BOTH)
    assert supply(time, BOTH) == {"list": pytest.approx(40 / YEAR)}  # not 82 / 52.18


def test_only_weeks_in_which_everyone_needed_is_there_count() -> None:
    plans = (row("sue", "list", AM, 1), row("ann", "list", AM, 1, 2))
    assert supply(theatre(*plans), plans) == {"list": pytest.approx(0.5 * 40 / YEAR)}
    alone = (row("sue", "list", AM), row("sam", "list", AM))
    assert supply(theatre(*alone), alone) == {"list": 0.0}


def test_people_of_one_group_who_take_turns_count_with_their_mean() -> None:
    plans = (row("sue", "list", AM, 1), row("sam", "list", AM, 2), row("ann", "list", AM))
    assert supply(theatre(*plans), plans) == {"list": pytest.approx(40 / YEAR)}
    (first, _), (second, _) = (week.sessions for week in team_weeks(theatre(*plans), plans, "list"))
    assert (first, second) == (1, 1)


def test_every_figure_of_a_joint_list_agrees_with_the_supply() -> None:
    time = theatre(*BOTH)
    frame = sessions_by_person(time, BOTH)
    assert frame["delivered"].sum() == pytest.approx(40 / YEAR)
    assert dict(zip(frame["person"], frame["delivered"], strict=True)) == {
        "ann": pytest.approx(20 / YEAR), "sue": pytest.approx(20 / YEAR),
    }  # fmt: skip
    weeks = team_weeks(time, BOTH, "list")
    assert sum(week.mean for week in weeks) / len(weeks) == pytest.approx(40 / YEAR)
    rooms = room_use(time, BOTH).set_index("room")
    assert rooms.loc["theatre", "planned"] == 1  # one room, for two people
    assert rooms.loc["theatre", "used"] == pytest.approx(40 / YEAR)
    alone = service([anaesthetist("ann", working_weeks=40)], [activity("list", 1)], cycle=2, job_plans=BOTH[1:])
    hers = calendar(JobTime(alone, analyse(alone)), BOTH[1:])
    assert list(calendar(time, BOTH)["available"]) == pytest.approx(list(hers["available"]))  # bank holidays and all


def test_one_more_joint_list_takes_time_of_both() -> None:
    time = theatre(*BOTH)
    alone = service([surgeon("sue")], [activity("list", 1)])
    one = units_of(JobTime(alone, analyse(alone)), ())["list"]
    assert units_of(time, BOTH)["list"].hours == 2 * one.hours


def with_trainee(*plans: JobPlanRow) -> Service:
    skills = [
        Skill(person="sue", activity="clinic"),
        Skill(person="ted", activity="clinic", supervised_by=("sue",), supervisor_output=0.6),
    ]
    people = [person("sue"), person("ted")]
    return service(people, [activity("clinic", 1, AM, PM)], skills, cycle=2, job_plans=plans)


def test_a_supervisor_keeps_a_share_in_the_weeks_of_supervising() -> None:
    plans = (row("sue", "clinic", AM), row("sue", "clinic", PM), row("ted", "clinic", AM, 2))
    made = with_trainee(*plans)
    time = JobTime(made, analyse(made))
    assert supply(time, plans) == {"clinic": pytest.approx(2 - 0.4 / 2 + 0.5)}
    assert sessions_by_person(time, plans)["delivered"].sum() == pytest.approx(2.3)


def test_a_meeting_of_a_group_counts_once() -> None:
    meeting = activity("huddle", 1, team=WholeGroups(groups=("nurse",)))
    plans = (row("nel", "huddle", AM, 1), row("nia", "huddle", AM, 1))
    made = service([nurse("nel", 8), nurse("nia", 8)], [meeting], cycle=2, job_plans=plans)
    assert supply(JobTime(made, analyse(made)), plans) == {"huddle": 0.5}
