"""Numbers and tables as people write them."""

from __future__ import annotations

import pytest

from capacity.report.words import WIDTH, count, listed, number, people, shortened, table, wrapped


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6.5, "6.5"),
        (18.0, "18"),
        (18.04, "18"),
        (0.04, "under 0.1"),
        (0, "0"),
        (-0.0, "0"),
        (1057, "1,057"),
        (-2.5, "-2.5"),
    ],
)
def test_a_number_has_one_decimal_at_most(value: float, text: str) -> None:
    assert number(value) == text


def test_one_is_singular_and_everything_else_plural() -> None:
    assert count(1, "session") == "1 session"
    assert count(0, "session") == "0 sessions"
    assert count(0.5, "session") == "0.5 sessions"
    assert (people(1), people(3)) == ("1 person", "3 people")


def test_a_list_ends_in_and() -> None:
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_text_is_cut_with_an_ellipsis_only_when_too_long() -> None:
    assert shortened("clinic", 6) == "clinic"
    assert shortened("clinics", 6) == "clini…"


def test_a_table_is_aligned() -> None:
    lines = table(["name", "sessions"], [["a", "1.0"], ["longer", "12.5"]]).splitlines()
    assert lines == ["name    sessions", "------  --------", "a            1.0", "longer      12.5"]


def test_sentences_are_folded_to_the_width() -> None:
    assert max(len(line) for line in wrapped("word " * 100).splitlines()) <= WIDTH
