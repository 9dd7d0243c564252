"""The frontier: every point a checked plan, never worse than the one before, and the knee in words."""

from __future__ import annotations

import csv
import json
import threading
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

import capacity
from capacity.check import check_plan
from capacity.optimise.frontier import Point, _better
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome, TierResult
from capacity.report.frontier import Frontier, knee_of
from capacity.report.schemas import frontier_schema, plan_schema
from capacity.service.model import Service, Skill
from tests.optimise.small import activity, person, row, service

from .test_cli import files_of, golden, make_impossible, program, schema  # noqa: F401 - a fixture

AM = "Mon AM"


def uneven(**rest: object) -> Service:
    """Three clinics that are over, three wanted of a new kind: Ann does a whole one, the others a quarter each.

    Every person's change is four sessions of the four-week cycle, one a week.
    """
    names = ("ann", "bob", "cat")
    skills = [Skill(person=name, activity="old") for name in names]
    skills += [Skill(person=name, activity="new", output=1 if name == "ann" else 0.25) for name in names]
    rows = tuple(row(name, "old", AM) for name in names)
    activities = [activity("old", 0, AM), activity("new", 3, AM)]
    return service([person(name, 1) for name in names], activities, skills, job_plans=rows, cycle=4, **rest)


@cache
def by_change() -> Frontier:
    return capacity.frontier(uneven(), points=7, time_limit=60)


@cache
def by_extra() -> Frontier:
    """Two people of one session each may do one more; four are wanted."""
    people = [person("ann", 1, max_pa=2), person("bob", 1, max_pa=1.5)]
    made = service(people, [activity("new", 4, AM, "Mon PM", "Tue AM")], budget=0)
    return capacity.frontier(made, "extra", points=5, time_limit=60)


def test_the_points_are_what_each_number_of_changes_can_close_at_best() -> None:
    """By hand: each of Ann's four sessions closes one a cycle, every one of the others' a quarter."""
    frame = by_change().frame
    assert frame["changed"].iloc[0] == 0
    for limit, short in zip(frame["limit"] * 4, frame["short"] * 4, strict=True):
        best = 12 - min(limit, 4) - 0.25 * max(0, limit - 4)
        assert best - 1e-6 <= short < best + 1, "as good as whole sessions of the requirement can tell"
    assert list(frame["short"])[-1] == pytest.approx(3 - 1.5)
    assert frame["proven"].all()


def test_no_point_is_worse_than_the_one_before_it() -> None:
    for found in (by_change(), by_extra()):
        tiers = [[tier.kept for tier in point.outcome.tiers[:3]] for point in found.points]
        assert all(after <= before for before, after in pairwise(tiers))
        assert list(found.frame["limit"]) == sorted(found.frame["limit"])


def test_every_point_is_a_whole_checked_plan_of_its_limit() -> None:
    for point in by_change().points:
        made = point.outcome
        assert made.plan is not None
        assert check_plan(made.service, made.demand, made.plan, made) == ()
        changed = sum(each.moved + each.added + each.dropped for each in made.changes)
        assert changed <= round(point.limit * 4)
        assert set(point.bounds) == {"rapid_mean", "routine", "rapid_headroom"}


def test_a_point_that_changes_more_than_its_limit_is_caught() -> None:
    """The plan of the last point under the limit of the first."""
    first, last = by_change().points[0].outcome, by_change().points[-1].outcome
    assert last.plan is not None
    broken = check_plan(first.service, first.demand, last.plan, last)
    assert {each.rule for each in broken} >= {"max_changes_in_all"}


def test_the_knee_is_said_in_words() -> None:
    knee = by_change().knee
    assert knee is not None
    assert (knee.spent, knee.closed) == (1, pytest.approx(1))
    assert by_change().sentence() == (
        "Changing 1 session a week closes 1 of the 1.5 that can be closed; the next 2 close 0.5."
    )


def test_why_the_last_point_is_not_what_the_plan_leaves_is_said_where_it_is_not() -> None:
    """The tiers of a plan may end a session a cycle above their best; those of a point may not."""
    found = by_change()
    assert found.plan_short == pytest.approx(sum(capacity.plan(uneven()).shortfall.values()))
    assert "hold_tolerance" not in found.summary()
    other = replace(found, service=uneven(tolerance=1), plan_short=1.75)
    text = " ".join(other.summary().split())
    assert "capacity plan leaves 1.8 short, not 1.5: it lets a tier end up to 1 session a cycle above its best" in text
    assert "hold_tolerance" not in replace(found, service=uneven(tolerance=1)).summary()


def test_a_plan_carried_to_the_end_is_proven_by_the_answer_without_a_limit() -> None:
    """That answer keeps a session more than its best, so it is not proven itself; the plan of the point before is."""
    settled = TierResult("routine", 4.0, 4.0, 4.0, "optimal", 0.0)
    before, full = (replace(_outcome(), tiers=(replace(settled, kept=kept),)) for kept in (4.0, 5.0))
    point = Point(7, uneven(), before, True, {"routine": 4.0})
    last = Point(8, uneven(), full, False, {"routine": 4.0})
    carried = _better(last, [point])
    assert (carried.carried, carried.proven, carried.outcome) == (True, True, before)
    assert not _better(replace(last, bounds={"routine": 3.0}), [point]).proven


def _outcome() -> Outcome:
    return plan(uneven(), capacity.demand(uneven()), Settings(time_limit=60))


def test_extra_pas_close_what_they_can_pay_for() -> None:
    frame = by_extra().frame
    assert frame["extra_pa"].iloc[0] == 0
    assert frame["extra_pa"].iloc[-1] == pytest.approx(1)
    assert frame["short"].iloc[0] - frame["short"].iloc[-1] == pytest.approx(1)
    assert (frame["extra_pa"] <= frame["limit"] + 1e-9).all()
    assert all(point.outcome.paid for point in by_extra().points)


@pytest.mark.parametrize(
    ("spent", "short", "point"),
    [
        ([0, 6, 14], [3.2, 0.3, 0.1], 2),
        ([0, 1, 2], [2, 1, 0], None),  # a straight line
        ([0, 1, 2], [2, 2, 2], None),  # nothing closes
        ([0, 5], [2, 0], None),  # two points
        ([0, 1, 2, 10], [4, 2, 0.2, 0], 3),
        ([3, 3, 3], [2, 1, 0], None),
    ],
)
def test_the_knee_is_the_point_farthest_above_the_straight_line(
    spent: list[float], short: list[float], point: int | None
) -> None:
    knee = knee_of(spent, short)
    assert (None if knee is None else knee.point) == point


def test_rules_that_force_a_change_are_said_first() -> None:
    """Ann's contract pays for one of the two sessions in force."""
    rows = (row("ann", "old", AM), row("ann", "old", "Mon PM"))
    made = service([person("ann", 1)], [activity("old", 1, AM, "Mon PM")], job_plans=rows)
    found = capacity.frontier(made, time_limit=30)
    assert found.frame["changed"].iloc[0] == 1
    assert found.sentence() == "The rules need 1 session a week to change in any case. No further change closes" + (
        " anything: nothing is short."
    )


def test_a_service_without_a_plan_has_no_points_and_a_sentence() -> None:
    one_room = activity("old", 1, AM, min_sessions_per_year=60)
    made = service([person("ann", 1)], [one_room], job_plans=(row("ann", "old", AM, pinned=True),))
    found = capacity.frontier(made, time_limit=30)
    assert found.points == ()
    assert found.sentence().startswith("No plan exists.")
    assert "No plan exists" in found.summary()
    jsonschema.validate(found.to_json(), frontier_schema(), cls=jsonschema.Draft202012Validator)


def test_stopping_keeps_the_points_there_are() -> None:
    stop = threading.Event()
    made = capacity.frontier(
        uneven(), points=7, stop=stop, on_event=lambda event: stop.set() if event.point == 3 else None
    )
    assert 1 <= len(made.points) < 7
    assert all(point.outcome.plan is not None for point in made.points)


def test_events_say_which_point_they_are_about() -> None:
    events: list[capacity.Event] = []
    capacity.frontier(uneven(), points=4, on_event=events.append)
    assert {event.points for event in events} == {4}
    assert {event.point for event in events} <= {1, 2, 3, 4}
    assert events[0].point == 4, "the answer without a limit comes first"


@pytest.mark.parametrize("wrong", [{"by": "pay"}, {"points": 1}, {"time_limit": 0}])
def test_what_is_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        capacity.frontier(uneven(), **wrong)  # type: ignore[arg-type]


# ---- the command


def test_the_command_writes_the_points_and_their_plans(golden: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "out"
    done = program("frontier", golden, "--out", out, "--write-plans")
    assert done.returncode == 0, done.stderr
    assert "Changing 1 session a week closes 0.5" in " ".join(done.stdout.split())
    assert (out / "summary.txt").read_text(encoding="utf-8") == done.stdout
    value = json.loads((out / "frontier.json").read_text(encoding="utf-8"))
    jsonschema.validate(value, schema("frontier"), cls=jsonschema.Draft202012Validator)
    rows = list(csv.DictReader((out / "frontier.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [float(each["changed"]) for each in rows] == [0, 0.5, 1]
    assert len(value["points"]) == 3
    for number, point in enumerate(value["points"], start=1):
        folder = out / f"point_{number:02d}"
        assert {"plan.json", "job_plans.csv", "changes.csv", "gap.csv", "summary.txt"} <= files_of(folder)
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        jsonschema.validate(plan, plan_schema(), cls=jsonschema.Draft202012Validator)
        assert plan == point["plan"]
    again = program("plan", golden, "--from", out / "point_03")
    assert again.returncode == 0, again.stderr
    fewer = program("frontier", golden, "--out", out, "--points", "2")
    assert fewer.returncode == 0, fewer.stderr
    assert not (out / "point_01").exists(), "what an earlier run wrote and this one does not is taken away"


def test_the_command_prints_json_alone_and_refuses_what_it_cannot_do(golden: Path) -> None:  # noqa: F811
    done = program("frontier", golden, "--by", "extra", "--points", "3", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["by"] == "extra"
    refused = program("frontier", golden, "--write-plans")
    assert refused.returncode == 2
    assert "--write-plans needs --out DIR" in " ".join(refused.stderr.split())


def test_the_command_ends_with_one_where_there_is_no_plan(golden: Path, tmp_path: Path) -> None:  # noqa: F811
    done = program("frontier", make_impossible(golden), "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "No plan exists." in done.stderr
    assert json.loads((tmp_path / "out" / "frontier.json").read_text(encoding="utf-8"))["points"] == []
