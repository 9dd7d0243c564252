"""Change that weighs more for some, days that are dear to move to, and shortfall that is shared."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.optimise.prove import linear_model
from capacity.optimise.search import Settings
from capacity.optimise.solve import build, plan
from capacity.optimise.tiers import EXPRESSIONS
from capacity.optimise.totals import totals_of
from capacity.outcome import Outcome
from capacity.service.model import Person, Service
from capacity.service.resolved import change_weight
from tests.optimise.by_trying import PEOPLE, Option, TeamOfTwo, Tiers, Timetable
from tests.optimise.small import activity, broken_rules, person, placed, row, service, solved, values

AM, PM, TUE, TUE_PM, WED = "Mon AM", "Mon PM", "Tue AM", "Tue PM", "Wed AM"
DAY = 2


def aiming(made: Service, **keys: Any) -> Service:
    return made.model_copy(update={"objective": made.objective.model_copy(update=keys)})


# ---- whose change weighs more


def one_must_change(**weights: int) -> Outcome:
    """Both do clinics, of which one is too many, and one of the two must take on the list: whose clinic goes?"""
    people = [person(name, 1, change_weight=weights.get(name)) for name in ("ann", "bob")]
    activities = [activity("clinic", 1, AM), activity("list", 1, AM)]
    return solved(service(people, activities, job_plans=(row("ann", "clinic", AM), row("bob", "clinic", AM))))


@pytest.mark.parametrize(("heavy", "light"), [("ann", "bob"), ("bob", "ann")])
def test_whoever_weighs_less_changes(heavy: str, light: str) -> None:
    outcome = one_must_change(**{heavy: 5, light: 2})
    assert placed(outcome) == {(heavy, "clinic", AM): (), (light, "list", AM): ()}
    assert values(outcome)["change"] == 2 * (2 + 1)
    (change,) = outcome.changes
    assert (change.person, change.moved, change.sessions_lost) == (light, 1, 1)  # plain sessions, without the weight


def test_without_weights_nothing_weighs() -> None:
    assert values(one_must_change())["change"] == 3


@pytest.mark.parametrize(
    ("started", "weight"),
    [("2025-04-02", 1), ("2025-04-01", 2), ("2017-04-02", 2), ("2017-04-01", 3), ("2028-01-01", 1), (None, 1)],
)
def test_tenure_counts_in_full_years_at_the_start_of_the_year(started: str | None, weight: int) -> None:
    who = person("ann", started_on=None if started is None else dt.date.fromisoformat(started))
    made = service([who], [activity("clinic", 1)])
    assert change_weight(aiming(made, change_by_tenure=True), who) == weight
    assert change_weight(made, who) == 1  # not asked for
    stated = who.model_copy(update={"change_weight": 7})
    assert change_weight(aiming(made, change_by_tenure=True), stated) == 7


def test_the_newest_changes_where_tenure_weighs() -> None:
    people = [person("ann", 1, started_on=dt.date(2010, 1, 1)), person("bob", 1, started_on=dt.date(2026, 9, 1))]
    for team in (people, [people[0].model_copy(update={"person": "zoe"}), people[1]]):
        senior = team[0].person
        plans = (row(senior, "clinic", AM), row("bob", "clinic", AM))
        made = service(team, [activity("clinic", 1, AM), activity("list", 1, AM)], job_plans=plans)
        outcome = solved(aiming(made, change_by_tenure=True))
        assert placed(outcome) == {(senior, "clinic", AM): (), ("bob", "list", AM): ()}


# ---- another day


def another_day(weight: int) -> Outcome:
    """A second clinic is asked for: Ann can give up a list of hers for it on Monday, or do it on Tuesday as well."""
    activities = [activity("clinic", 1, AM, TUE), activity("list", 1, AM, PM)]
    plans = (row("ann", "list", AM), row("ann", "list", PM))
    made = service([person("ann", 2)], activities, job_plans=plans)
    return solved(aiming(made, day_move_weight=weight, tiers=("routine", "change")))


def test_a_day_move_costs_so_much_more() -> None:
    """The same sessions lost and gained: on Monday it is another clinic in the half-day, on Tuesday another day."""
    outcome = another_day(DAY)
    assert values(outcome) == {"routine": 0, "change": 3}
    assert {slot for _, _, slot in placed(outcome)} == {AM, PM}


def test_a_session_on_another_day_is_counted_where_there_is_no_other_way() -> None:
    plans = (row("ann", "list", AM), row("ann", "list", PM))
    activities = [activity("clinic", 1, TUE), activity("list", 1, AM, PM)]
    for weight, change in ((0, 3), (DAY, 3 + DAY), (50, 53)):
        made = service([person("ann", 2)], activities, job_plans=plans)
        assert values(solved(aiming(made, day_move_weight=weight)))["change"] == change
    heavy = service([person("ann", 2, change_weight=3)], activities, job_plans=plans)
    assert values(solved(aiming(heavy, day_move_weight=DAY)))["change"] == 3 * (3 + DAY)


def test_the_other_half_of_a_day_worked_is_no_day_move_unless_it_comes_on_top() -> None:
    activities = [activity("clinic", 1, AM), activity("list", 1, PM)]
    moved = service([person("ann", 1)], activities[1:], job_plans=(row("ann", "list", AM),))
    assert values(solved(aiming(moved, day_move_weight=DAY)))["change"] == 1  # the list in the morning is not allowed
    on_top = service([person("ann", 2)], activities, job_plans=(row("ann", "clinic", AM),))
    assert values(solved(aiming(on_top, day_move_weight=DAY)))["change"] == 1 + DAY


def test_people_without_sessions_have_no_day_to_move_from() -> None:
    made = service([person("ann", 2)], [activity("clinic", 2, AM, TUE)])
    assert values(solved(aiming(made, day_move_weight=DAY)))["change"] == 2


# ---- sharing what is short


def four_for_six(convex: bool) -> Outcome:
    """Four sessions for a large service of 4 and a small one of 2; all four go to the large one now."""
    slots = (AM, PM, TUE, TUE_PM)
    activities = [activity("large", 4, *slots), activity("small", 2, *slots)]
    plans = tuple(row("ann", "large", slot) for slot in slots)
    return solved(aiming(service([person("ann", 4)], activities, job_plans=plans), convex_shortfall=convex))


def test_the_small_service_may_have_nothing_where_every_session_counts_alike() -> None:
    outcome = four_for_six(False)
    assert outcome.shortfall == {"large": 0.0, "small": 2.0}
    assert values(outcome)["routine"] == 2


def test_what_is_short_is_shared_where_further_sessions_weigh_more() -> None:
    """Large alone: 1 + 2 = 3. Small alone: 1 + 3 = 4. One of each: 2."""
    outcome = four_for_six(True)
    assert outcome.shortfall == {"large": 1.0, "small": 1.0}
    assert values(outcome)["routine"] == 2


@pytest.mark.parametrize(("short", "points"), [(0, 0), (1, 1), (2, 2), (3, 4), (4, 6), (5, 9), (8, 18)])
def test_the_steps_are_a_quarter_and_half_of_the_requirement(short: int, points: int) -> None:
    slots = [f"{day} {half}" for day in ("Mon", "Tue", "Wed", "Thu") for half in ("AM", "PM")]
    made = service([person("ann", 8 - short or 0.25)], [activity("clinic", 8, *slots, priority=3)])
    assert values(solved(aiming(made, convex_shortfall=True)))["routine"] == 3 * points


def test_the_model_in_totals_knows_the_steps() -> None:
    made = aiming(service([person("ann", 4)], [activity("clinic", 8, AM, PM, TUE, TUE_PM, WED)]), convex_shortfall=True)
    v = build(Problem(made, analyse(made)), allow_extra=False)
    v.model.minimize(EXPRESSIONS["routine"](v))
    whole = linear_model(v.model)
    assert whole is not None and v.beyond
    smaller = totals_of(v, whole)
    assert smaller is not None
    assert {variable.index for variable, *_ in v.beyond.values()} <= set(smaller.columns)


# ---- against every plan there is


class WeighedTeam(TeamOfTwo):
    """A team of two with everything that weighs, counted again with arithmetic of its own."""

    def __init__(self, seed: int):
        super().__init__(seed)
        self.weight = {name: self.chance.choice((1, 2, 5)) for name in PEOPLE}
        self.dear = self.chance.choice((1, 3))

    def _option(self, person: str, timetable: Timetable) -> Option:
        option = super()._option(person, timetable)
        now = Counter(slot[:3] for slot, _ in self.now[person])
        more = (Counter(slot[:3] for slot, _ in timetable) - now).total() if now else 0
        return replace(option, change=self.weight[person] * (option.change + self.dear * more))

    def _holders(self) -> list[tuple[str | None, int]]:
        before = self.role["held_by"] if self.role else None
        return [(name, cost * self.weight.get(before, 1)) for name, cost in super()._holders()]

    def _shortfall(self, one: Option, other: Option) -> Tiers:
        values = dict.fromkeys(("mean", "routine", "headroom"), 0)
        for name, what in self.activities.items():
            done = sum((share for key, share in one.delivered + other.delivered if key == name), Fraction(0))
            below, short = (self._whole(self.needed(name, centile) * self.cycle - done) for centile in (False, True))
            asked = what["required"]
            found = [("routine", short, asked)]
            if name == "urgent":
                found = [("mean", below, what["mean"]), ("headroom", short - below, asked - what["mean"])]
            for tier, sessions, wanted in found:
                values[tier] += what["priority"] * self._points(sessions, wanted * self.cycle)
        return tuple(values.values())

    @staticmethod
    def _points(sessions: int, asked: Fraction) -> int:
        """The n-th session counts 1 within the first quarter, 2 within half, then 3."""
        quarter, half = math.ceil(asked / 4), math.ceil(asked / 2)
        return sum(1 + (number > quarter) + (number > half) for number in range(1, sessions + 1))

    def service(self) -> Service:
        made = aiming(super().service(), day_move_weight=self.dear, convex_shortfall=True)
        return made.model_copy(update={"people": tuple(self._weighed(made.people))})

    def _weighed(self, people: tuple[Person, ...]) -> Iterator[Person]:
        for who in people:
            yield who.model_copy(update={"change_weight": self.weight[who.person]})


@pytest.mark.parametrize("seed", range(100, 130))
def test_every_tier_is_the_best_of_all_plans(seed: int) -> None:
    team = WeighedTeam(seed)
    made = team.service()
    demand = team.demand(made)
    outcome = plan(made, demand, Settings(time_limit=60))
    best = team.best()
    assert (outcome.plan is not None) == bool(best)
    if outcome.plan is not None:
        assert outcome.status == "optimal"
        assert {tier.name: tier.value for tier in outcome.tiers if tier.name != "quality"} == best
        assert broken_rules(made, demand, outcome) == []
