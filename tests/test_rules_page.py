"""docs/rules.md is the list of rules: every rule of the optimiser and of the checker stands in it, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from capacity.check import rules as checker_rules
from capacity.optimise.rules import RULES

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
HEADINGS = ["rule", "switched on by", "optimiser", "checker", "source"]


def table() -> list[dict[str, str]]:
    """The rows of every table of the page, by heading."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("|--")]
    assert all(len(row) == len(HEADINGS) for row in rows)
    return [dict(zip(HEADINGS, row, strict=True)) for row in rows if row != HEADINGS]


def ids(column: str) -> set[str]:
    return {name for row in table() for name in re.findall(r"`([a-z0-9_]+)`", row[column])}


def test_every_rule_of_the_optimiser_stands_in_the_table_and_no_other():
    assert ids("optimiser") == {rule.id for rule in RULES}


def test_every_rule_of_the_checker_stands_in_the_table_and_no_other():
    assert ids("checker") == set(checker_rules())


def test_every_line_says_what_switches_it_on_and_where_it_comes_from():
    assert all(all(row.values()) for row in table())
