"""Reading scenarios: what a file may say, and every fault at once, each with its place and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from capacity.errors import InputError
from capacity.scenario.overlay import parse_scenario, read_scenario

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.toml"))


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        parse_scenario(text, "mine", "mine.toml")
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_says_what_it_is_for(path: Path) -> None:
    scenario = read_scenario(path)
    assert scenario.id == path.stem
    assert len(scenario.about) > 40
    assert scenario.operations


def test_a_scenario_is_found_by_its_name() -> None:
    assert read_scenario("dna_halved", [ROOT / "scenarios"]).name == "DNA halved"


def test_an_unknown_scenario_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean dna_halved"):
        read_scenario("dna_halfed", [ROOT / "scenarios"])


def test_every_fault_of_a_file_is_said_at_once() -> None:
    found = faults(
        """
nam = "x"
[[change]]
op = "chnage"
[[change]]
op = "change"
table = "streams"
wher = {}
"""
    )
    assert found == [
        "mine.toml, nam: found an unknown key; allowed name, about, starts, ends, costs, change. Did you mean name?",
        "mine.toml, change 1: found op = chnage; allowed change, add, remove, scale_demand, close."
        " Did you mean change?",
        "mine.toml, change 2, wher: found an unknown key; allowed table, id, where, op, set, scale, plus, minus,"
        " leave_rotas. Did you mean where?",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('op = "change"\ntable = "streams"\nid = "a"\nwhere = {}\nset = { dna_rate = 0 }', "both id and where"),
        ('op = "change"\ntable = "streams"\nid = "a"', "nothing to change"),
        ('op = "change"\ntable = "streams"\nset = { dna_rate = 0 }', "no rows are named"),
        ('op = "change"\ntable = "stream"\nid = "a"\nset = { dna_rate = 0 }', "'stream'"),
        (
            'op = "change"\ntable = "streams"\nid = "a"\nset = { dna_rate = 0 }\nscale = { dna_rate = 2 }',
            "changed twice",
        ),
        ('op = "change"\ntable = "people"\nid = "a"\nscale = { working_weeks = -1 }', "allowed a number, 0 or more"),
        ('op = "change"\ntable = "service"\nid = "a"\nset = { cycle_weeks = 2 }', "leave them out"),
        ('op = "add"\ntable = "rooms"\nwhere = {}', "use like to copy a row"),
        ('op = "add"\ntable = "rooms"\nid = "r"\nrotas = true', "no person"),
        ('op = "remove"\ntable = "people"', "no rows are named"),
        ('op = "remove"\ntable = "service"\nid = "x"', "cannot be removed"),
        ('op = "scale_demand"\nfactor = 0', "more than 0"),
        ('op = "scale_demand"\nfactor = 1000000', "up to 10"),
        ('op = "close"', "nothing to close"),
        ('op = "close"\nroom = "a"\nsite = "b"', "give one of them"),
        ('op = "close"\nsite = "b"\ncount = 1', "count without rooms"),
    ],
)
def test_what_an_operation_cannot_say_is_refused(change: str, words: str) -> None:
    found = faults(f"[[change]]\n{change}\n")
    assert any(words in fault for fault in found), found
    assert all(fault.startswith("mine.toml, change 1") for fault in found)


@pytest.mark.parametrize("text", ['name = "x"', "", "[[change", "change = 3"])
def test_a_file_without_changes_is_refused(text: str) -> None:
    assert faults(text)


def test_a_day_that_is_none_is_refused() -> None:
    assert "starts" in faults('starts = "31-12"\n[[change]]\nop = "scale_demand"\nfactor = 1.1\n')[0]
