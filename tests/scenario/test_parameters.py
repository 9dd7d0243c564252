"""Parameters named in words: what they change, what they refuse, and with which hint."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import capacity
from capacity.errors import InputError
from capacity.scenario.parameters import Value, parameter_of, read_varied
from capacity.service.model import Service

MODELS = Path(__file__).parents[2] / "models"


@cache
def model(name: str = "respiratory") -> Service:
    return capacity.read(MODELS / name)


def refused(*texts: str) -> str:
    with pytest.raises(InputError) as error:
        read_varied(model(), texts)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dna_rate=0.02:0.06:0.02", ["2 %", "4 %", "6 %"]),
        ("dna_rate=2%:6%:2%", ["2 %", "4 %", "6 %"]),
        ("dna_rate=0.05", ["5 %"]),
        ("dna_rate=x0.5,x1", ["x 0.5", "x 1"]),
        ("demand=x0.9:x1.15:x0.1", ["x 0.9", "x 1", "x 1.1"]),
        ("rooms.clinic.count=4,5,6", ["4", "5", "6"]),
        ("extra_pa=0:1:0.25", ["0", "0.25", "0.5", "0.75", "1"]),
    ],
)
def test_values_are_read_as_people_write_them(text: str, words: list[str]) -> None:
    (varied,) = read_varied(model(), [text])
    assert [varied.words(value) for value in varied.steps] == words


def test_one_row_changes_and_nothing_else() -> None:
    changed = parameter_of(model(), "streams.general_new.dna_rate").at(Value(0.04))
    before = {row.stream: row for row in model().streams}
    for row in changed.streams:
        same = row.model_copy(update={"dna_rate": before[row.stream].dna_rate})
        assert same == before[row.stream]
        assert row.dna_rate == (0.04 if row.stream == "general_new" else before[row.stream].dna_rate)
    assert changed.people == model().people
    assert changed.rooms == model().rooms


def test_a_field_without_a_row_changes_every_row_that_gives_it_and_no_other() -> None:
    changed = parameter_of(model(), "dna_rate").at(Value(0.05))
    for before, after in zip(model().streams, changed.streams, strict=True):
        assert after.dna_rate == (None if before.dna_rate is None else 0.05)


def test_a_factor_keeps_the_differences() -> None:
    changed = parameter_of(model(), "dna_rate").at(Value(0.5, factor=True))
    for before, after in zip(model().streams, changed.streams, strict=True):
        assert after.dna_rate == (None if before.dna_rate is None else pytest.approx(before.dna_rate / 2))


def test_demand_is_multiplied_and_what_is_generated_follows() -> None:
    before = capacity.demand(model())
    after = capacity.demand(parameter_of(model(), "demand").at(Value(1.1, factor=True)))
    for name in ("general", "airways"):  # sized from new patients and the follow-ups they generate
        assert after.activities[name].required == pytest.approx(1.1 * before.activities[name].required, rel=1e-6)
    assert after.activities["mdt"].required == before.activities["mdt"].required, "a fixed number, not demand"


def test_what_follows_from_a_value_follows_here_too() -> None:
    """People on contracts of fewer PAs have a smaller share of the rota: it is re-derived, as with a scenario."""
    changed = parameter_of(model(), "people.c04.contract_pa").at(Value(8))
    assert changed.person("c04").contract_pa == 8
    assert changed.origin.scenarios == ("people.c04.contract_pa 8",)
    assert parameter_of(model(), "extra_pa").at(Value(1)).objective.extra_pa_budget == 1


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["dna_rat=0.1"], "Did you mean dna_rate?"),
        (["streams.general_ne.dna_rate=0.1"], "Did you mean general_new?"),
        (["people.c04.contract=1"], "Did you mean contract_pa?"),
        (["peple.c04.contract_pa=1"], "Did you mean people?"),
        (["objective.extra_pa=1"], "Did you mean extra_pa_budget?"),
        (["dna_rate"], "no values"),
        (["dna_rate=0.1:0:0.01"], "which has no points"),
        (["dna_rate=0:0.1:0"], "which has no points"),
        (["dna_rate=0:1:0.000001"], "1,000,001 points; allowed up to 200 in all"),
        (["dna_rate=0:0.1:0.001", "demand=x0.9:x1.1:x0.1"], "101 x 3 = 303 points; allowed up to 200 in all"),
        (["dna_rate=1.5"], "1.5"),
        (["dna_rate=ten"], "a number, 5%, or a factor"),
        (["dna_rate=0.1:x1:0.1"], "all factors"),
        (["dna_rate=0.1:0.2"], "FROM:TO:STEP"),
        (["dna_rate=x-1"], "a factor of 0 or more"),
        (["demand=0.9"], "a factor, such as x0.9"),
        (["rooms.clinic.count=2.5"], "a whole number"),
        (["dna_rate=0.98"], "rates that add up to at most 1"),
        (["dna_rate=0.1", "dna_rate=0.2"], "the same parameter twice"),
        (["dna_rate=0.1", "demand=x1", "share=1"], "one or two"),
        (["people.c04.contract_pa=-1"], "-1"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(texts: list[str], said: str) -> None:
    assert said in refused(*texts)


def test_a_factor_on_a_blank_cell_asks_for_a_value() -> None:
    assert "gives no value" in refused("streams.general_new.clear_weeks=x0.5")


def test_an_unknown_name_lists_some_that_are_known() -> None:
    assert "allowed demand, extra_pa" in refused("weather=1")
