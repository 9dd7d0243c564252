"""What lies near totals found: a box holds them, its best is the best there, and boxes come in a sensible order."""

from __future__ import annotations

import pytest

from capacity.optimise.boxes import BETWEEN, FARTHER, NEAR, Boxes, box
from capacity.optimise.prove import holds, value_of
from capacity.optimise.search import Budget, Settings
from capacity.optimise.totals_search import STUCK, TotalsSearch, model_of
from tests.optimise.test_totals_search import optimum, totals, worst


@pytest.mark.parametrize("seed", (1, 3, 5))
def test_a_box_holds_what_it_is_around_and_nothing_farther(seed: int) -> None:
    _, given = totals(6, seed)
    poor, best = worst(given), optimum(model_of(given.model))[1]
    near = box(given.model, [poor], NEAR)
    between = box(given.model, [poor, best], 0)
    assert holds(near, poor)
    assert holds(between, poor)
    assert holds(between, best)
    assert near.start == dict(enumerate(poor))
    assert between.start == dict(enumerate(best)), "the better of the two"
    for low, high, here, least, most in zip(
        near.lower, near.upper, poor, given.model.lower, given.model.upper, strict=True
    ):
        assert (low, high) == (max(least, here - NEAR), min(most, here + NEAR))
    overall = value_of(given.model, best)
    assert overall <= optimum(model_of(near))[0] + near.offset <= value_of(given.model, poor)
    assert optimum(model_of(between))[0] + between.offset == overall


def test_boxes_are_near_first_then_farther_and_between_where_the_search_is_stuck() -> None:
    problem, given = totals(6, 1)
    search, budget = TotalsSearch(given, problem, Settings()), Budget(600)
    search.start_from(worst(given))
    first = search.best

    def until_stuck() -> None:
        while not search.stuck:
            search.step(budget)

    boxes = Boxes(given.model, search)
    assert boxes.next() == box(given.model, [first], NEAR)
    assert boxes.next() is None, "the search goes on first"
    until_stuck()
    best = search.best
    assert boxes.next() == box(given.model, [best], NEAR), "better totals have been found"
    assert boxes.next() == box(given.model, [search.best], FARTHER)
    assert boxes.next() is None, "there are no other ends to look between"
    search.begin_anew()
    assert boxes.next() is None, "what lies near where it began has been asked"
    until_stuck()
    ends = [end for end in search.ends if end != search.best]
    asked = []
    while (question := boxes.next()) is not None:
        asked.append(question)
    number, reach = BETWEEN[0]
    assert number == 2
    assert not ends or asked[-1] == box(given.model, [search.best, ends[0]], reach)


def test_what_is_too_hard_near_is_not_asked_farther() -> None:
    problem, given = totals(6, 1)
    search = TotalsSearch(given, problem, Settings())
    search.start_from(optimum(model_of(given.model))[1])
    boxes = Boxes(given.model, search)
    assert boxes.next() is not None
    boxes.too_hard()
    for _ in range(STUCK):
        search.step(Budget(60))
    assert search.stuck
    assert boxes.next() is None
