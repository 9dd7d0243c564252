"""Text that fits and labels that keep apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.report import style
from capacity.report.sheet import apart, folded, height_of, open_sheet, text_width

numbers = st.floats(-50, 150)


@given(st.lists(numbers, min_size=1, max_size=8), st.floats(0.1, 12))
@settings(deadline=None, max_examples=200)
def test_labels_keep_apart_inside_and_in_order(values: list[float], gap: float) -> None:
    places = apart(values, gap, 0, 100)
    assert len(places) == len(values)
    assert min(places) >= -1e-9
    assert max(places) <= 100 + 1e-9
    ordered = [place for _, place in sorted(zip(values, places, strict=True))]
    assert all(after - before >= gap - 1e-9 for before, after in pairwise(sorted(ordered)))
    if len(set(values)) == len(values):
        assert ordered == sorted(ordered)


def test_labels_far_from_each_other_stay_where_their_values_are() -> None:
    assert apart([70.0, 10.0, 40.0], 5, 0, 100) == pytest.approx([70, 10, 40])


def test_two_labels_at_one_value_share_the_displacement() -> None:
    assert apart([50.0, 50.0], 10, 0, 100) == pytest.approx([45, 55])


def test_more_labels_than_room_are_spread_evenly() -> None:
    assert apart([1.0, 2.0, 3.0], 80, 0, 100) == pytest.approx([0, 50, 100])


@given(st.text(alphabet="aWi. éß–", min_size=1, max_size=80), st.floats(0.5, 4))
@settings(deadline=None, max_examples=100)
def test_folded_lines_fit_and_lose_nothing(text: str, inches: float) -> None:
    lines = folded(text, inches, 8)
    assert all(text_width(line, 8) <= inches for line in lines.split("\n") if len(line) > 1)
    assert "".join(lines.split()) == "".join(text.split())


def test_beyond_the_lines_allowed_an_ellipsis_says_that_something_is_lost() -> None:
    lines = folded("one two three four five six seven eight nine ten", 1.0, 8, most=2).split("\n")
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert text_width(lines[1], 8) <= 1.0


def test_bold_letters_are_wider_and_lines_higher_than_one() -> None:
    assert text_width("Referrals", 8, bold=True) > text_width("Referrals", 8)
    assert height_of("", 8) == 0
    assert height_of("a\nb", 9) == pytest.approx(2 * 9 * 1.25 / 72)


def test_given_axes_say_how_wide_they_are() -> None:
    from matplotlib.figure import Figure

    with style.styled():
        left, _ = Figure(figsize=(12, 4)).subplots(1, 2)
    sheet = open_sheet(left, 99, 99)
    assert not sheet.own
    assert 5 < sheet.width < 6
    assert 3.5 < sheet.body < 4.5
