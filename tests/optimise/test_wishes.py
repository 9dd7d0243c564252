"""Locks, what is forbidden, and least change from the plan on the screen."""

from __future__ import annotations

from dataclasses import replace

from capacity.demand.analyse import analyse
from capacity.optimise.earlier import Known
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.service.model import JobPlanRow, Role, Service
from capacity.service.wishes import Mark, Screen, Wishes
from tests.optimise.small import activity, broken_rules, person, placed, room, row, service, sessions, solved, values

AM, PM, TUE = "Mon AM", "Mon PM", "Tue AM"


def two_clinics(cycle: int = 1, **rest: object) -> Service:
    """Ann (two sessions) and Bob (one) do either of two clinics at three half-days; the lung clinics share a room."""
    activities = [activity("lung", 2, AM, PM, TUE, room=("room",)), activity("sleep", 1, AM, PM, TUE)]
    people = [person("ann", 2), person("bob", 1)]
    return service(people, activities, rooms=(room(),), cycle=cycle, **rest)


def marks(*words: str) -> tuple[Mark, ...]:
    """Marks from words such as ``ann lung Mon AM``."""
    return tuple(Mark(*word.split(maxsplit=2)) for word in words)


def screen(*rows: JobPlanRow) -> Screen:
    return Screen.of_rows(rows)


def test_a_locked_session_stands_where_the_search_would_not_put_it() -> None:
    locked = marks("bob sleep Tue AM", "ann lung Mon PM")
    outcome = solved(two_clinics(), wishes=Wishes(locks=locked))
    assert {lock.cell for lock in locked} <= set(placed(outcome))
    assert outcome.plan is not None
    assert not any(line.pinned for line in outcome.plan.rows), "a lock is for this plan, not for next year's"


def test_a_lock_of_weeks_keeps_those_weeks() -> None:
    outcome = solved(two_clinics(cycle=2), wishes=Wishes(locks=(Mark("bob", "sleep", TUE, (2,)),)))
    assert 2 in (placed(outcome)["bob", "sleep", TUE] or (1, 2))


def test_a_lock_without_weeks_keeps_the_weeks_on_the_screen() -> None:
    before = screen(row("bob", "sleep", TUE, 2), row("ann", "lung", AM))
    outcome = solved(two_clinics(cycle=2), wishes=Wishes(locks=marks("bob sleep Tue AM"), screen=before))
    assert 2 in (placed(outcome)["bob", "sleep", TUE] or (1, 2))


def test_a_forbidden_session_goes_and_its_loss_is_counted() -> None:
    in_force = (row("ann", "lung", AM), row("ann", "lung", PM), row("bob", "sleep", AM))
    made = two_clinics(job_plans=in_force)
    assert set(placed(solved(made))) == {("ann", "lung", AM), ("ann", "lung", PM), ("bob", "sleep", AM)}
    outcome = solved(made, wishes=Wishes(forbids=marks("ann lung Mon AM")))
    assert ("ann", "lung", AM) not in placed(outcome)
    assert (values(outcome)["routine"], values(outcome)["change"]) == (0, 3)  # moved to Tuesday: one lost, one gained
    (change,) = outcome.changes
    assert (change.person, change.lost) == ("ann", (("lung", AM, 1),))


def test_a_session_forbidden_in_one_week_may_stand_in_the_other() -> None:
    made = service([person("ann", 1)], [activity("lung", 1, AM)], cycle=2)
    outcome = solved(made, wishes=Wishes(forbids=(Mark("ann", "lung", AM, (1,)),)))
    assert placed(outcome) == {("ann", "lung", AM): (2,)}
    assert outcome.shortfall == {"lung": 0.5}


def test_one_half_forbidden_of_an_all_day_list_forbids_the_other() -> None:
    made = service([person("ann", 2)], [activity("list", 2, AM, PM, blocks="AM+PM")])
    assert sessions(solved(made)) == 2
    assert sessions(solved(made, wishes=Wishes(forbids=marks("ann list Mon PM")))) == 0


def test_a_locked_role_is_held_and_a_forbidden_one_is_not() -> None:
    role = Role(role="lead", name="Lead", category="ANR", tariff_pa=0, eligible=("ann", "bob"))
    made = two_clinics(roles=(role,))
    for name, wishes in (
        ("ann", Wishes(locks=(Mark("ann", "role:lead"),))),
        ("bob", Wishes(locks=(Mark("bob", "role:lead"),))),
        ("bob", Wishes(forbids=(Mark("ann", "role:lead"),))),
    ):
        outcome = solved(made, wishes=wishes)
        assert outcome.plan is not None
        assert outcome.plan.holders == {"lead": (name,)}


def test_change_is_least_from_the_plan_on_the_screen() -> None:
    """In force Ann does everything on Monday; on the screen she does it on Tuesday and in the afternoon, and stays."""
    in_force = (row("ann", "lung", AM), row("ann", "lung", PM), row("bob", "sleep", AM))
    made = two_clinics(job_plans=in_force)
    before = screen(row("ann", "lung", TUE), row("ann", "lung", PM), row("bob", "sleep", TUE))
    outcome = solved(made, wishes=Wishes(screen=before))
    assert set(placed(outcome)) == {("ann", "lung", TUE), ("ann", "lung", PM), ("bob", "sleep", TUE)}
    assert (values(outcome)["change"], outcome.changes_from_start) == (0, ())
    assert {change.person: change.moved for change in outcome.changes} == {"ann": 1, "bob": 1}


def test_lock_one_forbid_another_and_the_rest_changes_least() -> None:
    """Bob's session on the screen is locked, one of Ann's is forbidden: only that one moves, and only to Tuesday."""
    before = screen(row("ann", "lung", AM), row("ann", "lung", PM), row("bob", "sleep", AM))
    wishes = Wishes(locks=marks("bob sleep Mon AM"), forbids=marks("ann lung Mon PM"), screen=before)
    outcome = solved(two_clinics(), wishes=wishes)
    assert set(placed(outcome)) == {("ann", "lung", AM), ("ann", "lung", TUE), ("bob", "sleep", AM)}
    assert values(outcome)["change"] == 3
    assert outcome.changes_from_start is not None
    (change,) = outcome.changes_from_start
    assert (change.lost, change.gained) == ((("lung", PM, 1),), (("lung", TUE, 1),))


def test_a_role_on_the_screen_stays_where_it_was_and_costs_four_to_move() -> None:
    role = Role(role="lead", name="Lead", category="ANR", tariff_pa=0, eligible=("ann", "bob"))
    made = two_clinics(roles=(role,))
    before = replace(screen(row("ann", "lung", AM)), holders={"lead": ("bob",)})
    kept = solved(made, wishes=Wishes(screen=before))
    moved = solved(made, wishes=Wishes(screen=before, forbids=(Mark("bob", "role:lead"),)))
    assert kept.plan is not None
    assert moved.plan is not None
    assert (kept.plan.holders, moved.plan.holders) == ({"lead": ("bob",)}, {"lead": ("ann",)})
    assert values(moved)["change"] - values(kept)["change"] == 4


def test_bounds_of_an_answer_with_fewer_wishes_are_used_again() -> None:
    """Without them the bound of a search that is stopped at once is 0; with them the tier is proven."""
    made = two_clinics(job_plans=(row("ann", "lung", AM),))
    made = made.model_copy(update={"activities": (*made.activities, activity("far", 3, "Wed AM"))})
    demand = analyse(made)
    first = solved(made)
    assert values(first)["routine"] > 0
    known = first.tiers[:3]
    again = plan(made, demand, Settings(time_limit=10), Wishes(locks=marks("ann lung Mon AM")), Known(known))
    assert [tier.bound for tier in again.tiers[:3]] == [tier.bound for tier in known]
    assert broken_rules(made, demand, again, Wishes(locks=marks("ann lung Mon AM"))) == []
    assert again.status == "optimal"


def test_locks_that_only_the_search_can_see_to_contradict_are_named() -> None:
    made = two_clinics()
    locks = Wishes(locks=marks("ann lung Mon AM", "bob lung Mon AM"))  # one room
    outcome = plan(made, analyse(made), Settings(time_limit=10), locks)
    assert outcome.status == "impossible"
    assert "room" in outcome.reason


def test_a_limit_on_change_is_one_from_the_plan_in_force_whatever_is_on_the_screen() -> None:
    """Two sessions may change: those on the screen already are two others than in force, so the third stays."""
    in_force = (row("ann", "lung", AM), row("ann", "lung", PM), row("bob", "sleep", AM))
    made = two_clinics(job_plans=in_force)
    made = made.model_copy(update={"objective": made.objective.model_copy(update={"max_changes": 2})})
    before = screen(row("ann", "lung", AM), row("ann", "lung", TUE), row("bob", "sleep", TUE))
    assert solved(made, wishes=Wishes(screen=before)).changes_from_start == ()
    gone = Wishes(screen=before, forbids=marks("ann lung Mon AM"))
    outcome = solved(made, wishes=gone)
    assert sum(change.moved + change.dropped + change.added for change in outcome.changes) <= 2
    assert ("ann", "lung", PM) in placed(outcome) or values(outcome)["routine"] > 0
