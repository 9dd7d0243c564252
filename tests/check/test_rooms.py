"""Rooms: the matching agrees with trying every assignment."""

from __future__ import annotations

import itertools
import random

from capacity.check.rooms import unplaced


def by_trying(sessions: list[tuple[str, ...]], rooms: dict[str, int]) -> int:
    best = len(sessions)
    for choice in itertools.product(*((*session, None) for session in sessions)):
        if all(choice.count(room) <= count for room, count in rooms.items()):
            best = min(best, choice.count(None))
    return best


def test_a_session_moves_to_make_place_for_another() -> None:
    assert unplaced([("a", "b"), ("a",)], {"a": 1, "b": 1}) == 0
    assert unplaced([("a", "b"), ("a",), ("b",)], {"a": 1, "b": 1}) == 1


def test_a_room_that_is_not_there_holds_nothing() -> None:
    assert unplaced([("a",)], {"a": 0}) == 1
    assert unplaced([("z",)], {"a": 1}) == 1


def test_the_matching_is_as_good_as_trying_everything() -> None:
    draw = random.Random(4)
    for _ in range(200):
        rooms = {name: draw.randint(0, 2) for name in "abc"}
        sessions = [tuple(draw.sample("abc", draw.randint(1, 3))) for _ in range(draw.randint(0, 6))]
        assert unplaced(sessions, rooms) == by_trying(sessions, rooms), (sessions, rooms)
