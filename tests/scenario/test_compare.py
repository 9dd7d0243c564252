"""Scenarios side by side: columns, differences from doing nothing, what is smaller than what is known of demand."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import capacity
from capacity.errors import InputError
from capacity.report.compare_json import compare_schema
from capacity.report.comparison import Comparison, comparison_names
from capacity.report.figures_compare import cost_alt, cost_table, required_table, short_alt, short_table
from capacity.scenario.columns import columns_of
from capacity.scenario.compare import letter_of
from capacity.scenario.run import seconds_for
from capacity.service.model import Costs, Service

from ..optimise.small import activity, person, row
from .test_measures import AM, changed, impossible, overlay, team, two_clinics

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "scenarios",)
STARTS = '[costs]\nrecurrent = 3000\n[[change]]\nop = "change"\ntable = "people"\nid = "ann"\nset = { contract_pa = 2 }'


@cache
def golden() -> Comparison:
    """The golden service, three scenarios and one that leaves no plan; its numbers stand in models/golden/README.md."""
    service = capacity.read(ROOT / "models" / "golden")
    made_in_code = impossible().model_copy(update={"source": ""})
    return capacity.compare(service, ["dna_halved", "demand_up_10+dna_halved", made_in_code], workers=1)


def priced() -> Service:
    """Ann works one session of the clinic's three, and could do one more with two PAs in place of one."""
    clinic = activity("clinic", 3, AM, "Mon PM", "Tue AM")
    return team(
        person("ann", 1), activities=[clinic], job_plans=(row("ann", "clinic", AM),),
        costs=Costs(staff={"consultant": 100_000}),
    )  # fmt: skip


# ---- columns


def test_a_plus_stacks_and_a_name_is_looked_for_in_the_folders() -> None:
    columns = columns_of(["dna_halved", "demand_up_10+dna_halved", ["room_lost", "dna_halved"]], FOLDERS)
    assert [[one.id for one in column] for column in columns] == [
        ["dna_halved"],
        ["demand_up_10", "dna_halved"],
        ["room_lost", "dna_halved"],
    ]


def test_a_file_whose_name_has_a_plus_is_one_scenario(tmp_path: Path) -> None:
    path = tmp_path / "a+b.toml"
    path.write_text((ROOT / "scenarios" / "dna_halved.toml").read_text(encoding="utf-8"), encoding="utf-8")
    ((only,),) = columns_of([str(path)])
    assert only.name == "DNA halved"


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (["dna_halvd"], "Did you mean dna_halved?"),
        (["no/such/file.toml"], "no such scenario"),
        (["dna_halved", "dna_halved"], "dna_halved twice"),
        (["dna_halved+dna_halved"], "dna_halved twice"),
        (["dna_halved+"], "a blank name"),
    ],
)
def test_what_is_not_a_scenario_is_refused(wanted: list[str], says: str) -> None:
    with pytest.raises(InputError) as refused:
        columns_of(wanted, FOLDERS)
    assert says in str(refused.value)


def test_two_different_scenarios_of_one_id_are_refused() -> None:
    with pytest.raises(InputError, match="two different scenarios called test"):
        columns_of(
            [changed("people", "c01", "max_days", 3), [overlay(STARTS), changed("people", "c02", "max_days", 3)]]
        )


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        columns_of(["dna_halvd", "rom_lost"], FOLDERS)
    assert len(refused.value.faults) == 2


def test_letters_go_on_after_z() -> None:
    assert [letter_of(at) for at in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


def test_a_larger_team_has_more_time_unless_told_otherwise() -> None:
    golden = capacity.read(ROOT / "models" / "golden")
    assert seconds_for(golden) == 20
    many = tuple(golden.people[0].model_copy(update={"person": f"p{number}"}) for number in range(60))
    assert seconds_for(golden.model_copy(update={"people": many})) == 60


# ---- the golden service, by hand


def test_doing_nothing_is_first_then_the_base_then_the_scenarios_in_their_order() -> None:
    frame = golden().frame
    keys = ["do_nothing", "base", "dna_halved", "demand_up_10+dna_halved", "impossible"]
    assert list(frame["column"]) == keys
    assert list(frame["letter"]) == ["", "", "A", "B", "C"]


def test_short_and_closed_are_those_worked_by_hand() -> None:
    nothing, base = golden().frame.iloc[0], golden().frame.iloc[1]
    assert nothing["short"] == pytest.approx(0.7333333 + 0.217677, abs=1e-5)
    assert base["short"] == pytest.approx(0.2333333 + 0.267413, abs=1e-5)
    assert base["closed"] == pytest.approx(nothing["short"] - base["short"])
    assert base["short_with_extra"] == pytest.approx(0.2333333, abs=1e-5)
    assert (base["moved"], base["added"], base["dropped"], base["people"]) == (0.5, 0.5, 0, 2)
    assert nothing["changed"] == nothing["closed"] == nothing["extra_attendances"] == 0


def test_halving_dna_asks_for_fewer_slots_of_its_stream_alone() -> None:
    """By hand: 0.04 of bookings, half rebooked: 12/(1 - 0.02) slots of 30 minutes at 150 a session."""
    rows = golden().by_activity.set_index(["column", "activity"])
    assert rows.loc[("dna_halved", "general"), "required"] == pytest.approx(12 / 0.98 * 30 / 150 + 0.1)
    assert rows.loc[("dna_halved", "rapid"), "required"] == rows.loc[("base", "rapid"), "required"]


def test_a_scenario_without_a_plan_has_a_column_that_says_why_and_no_figures() -> None:
    last = golden().frame.iloc[-1]
    assert last["status"] == "impossible" and last["reason"]
    assert last[["required", "short", "wte", "closed"]].isna().all()
    assert "C has no answer" in golden().sentence()
    assert f"NO ANSWER: {last['reason']}"[:40] in golden().summary().replace("\n     ", " ")


def test_what_is_smaller_than_what_is_known_of_demand_is_said_and_marked() -> None:
    """The requirement is known to within 0.3: halving DNA moves it by 0.05, a tenth more demand by 0.5."""
    made = golden()
    assert made.half_width is not None
    rows = made.frame.set_index("column")
    moved = rows["required"] - rows.loc["base", "required"]
    assert abs(moved["dna_halved"]) < made.half_width < abs(moved["demand_up_10+dna_halved"])
    assert rows.loc["dna_halved", "requirement_within_uncertainty"] is True
    assert rows.loc["demand_up_10+dna_halved", "requirement_within_uncertainty"] is False
    said = made.uncertainty()
    assert "A differs from the base by less than we know of demand and B differs from the base by more" in said
    required = next(line for line in made.summary().splitlines() if line.startswith("Required"))
    assert required.split()[-3].endswith("~") and not required.split()[-2].endswith("~")


def test_what_is_not_proven_is_said_and_marked() -> None:
    """A column whose search was cut off may have a better plan; guards against its figure passing for the best."""
    made = golden()
    assert list(made.frame["short_proven"])[:4] == [None, True, True, True]
    outcome = made.runs[2].outcome
    assert outcome is not None
    tiers = tuple(replace(tier, status="feasible", bound=0) for tier in outcome.tiers)
    cut = replace(made.runs[2], outcome=replace(outcome, tiers=tiers))
    other = Comparison(made.service, made.columns, (*made.runs[:2], cut, *made.runs[3:]), made.settings, made.run)
    short = next(line for line in other.summary().splitlines() if line.startswith("Short after planning "))
    assert [cell.endswith("?") for cell in short.split()[-5:]] == [False, False, True, False, False]
    assert "For A a better plan may exist" in other.sentence()
    assert "better plan" not in made.sentence()


def test_the_summary_says_the_sentence_first_and_fits_a_page() -> None:
    text = golden().summary()
    assert text.split("\n\n")[1].startswith("You need 6.5 sessions a week, and doing nothing leaves 1 of them short.")
    assert max(map(len, text.splitlines())) <= 100
    assert "DNA 8 % → 4 % (new)" in text


def test_many_scenarios_make_several_tables_that_begin_alike() -> None:
    """Eleven columns do not fit a page of 100 letters."""
    service = two_clinics()
    scenarios = [changed("people", "ann", "contract_pa", 2 + number, f"s{number}") for number in range(9)]
    text = capacity.compare(service, scenarios, workers=1).summary()
    assert text.count("A week, unless said") == text.count("Short after planning  nothing  base") == 2
    assert max(map(len, text.splitlines())) <= 100


# ---- money and part of a year


def test_pounds_for_each_extra_attendance_are_recurrent_pounds_over_what_is_seen_more() -> None:
    """Of two clinics, one is seen more; but sessions without streams see nobody, so nothing is priced per patient."""
    made = capacity.compare(priced(), [overlay(STARTS)], workers=1)
    last = made.frame.iloc[-1]
    assert (last["short"], last["closed"]) == pytest.approx((1, 1))
    assert last["pounds_recurrent"] == pytest.approx(10_000 + 3_000)
    assert last["pounds_per_attendance"] != last["pounds_per_attendance"]


def test_golden_with_prices_gives_pounds_an_attendance() -> None:
    service = capacity.read(ROOT / "models" / "golden")
    service = service.model_copy(update={"costs": Costs(staff={"consultant": 100_000, "nurse": 50_000})})
    scenario = changed("people", "c01", "contract_pa", 5.5)
    last = capacity.compare(service, [scenario], workers=1).frame.iloc[-1]
    assert last["pounds_recurrent"] == pytest.approx(5_000)
    assert last["extra_attendances"] > 100
    assert last["pounds_per_attendance"] == pytest.approx(5_000 / last["extra_attendances"])


def test_of_part_of_the_year_the_effect_is_in_proportion() -> None:
    """The year starts on 1 April 2027; from 1 October 183 of its 366 days are left."""
    made = capacity.compare(priced(), [overlay('starts = "2027-10-01"\n' + STARTS)], workers=1)
    base, last = made.frame.iloc[1], made.frame.iloc[2]
    assert last["share_of_year"] == pytest.approx(183 / 366)
    assert last["short"] == pytest.approx(1) and base["short"] == pytest.approx(2)
    assert last["short_this_year"] == pytest.approx(1.5)
    assert last["pounds_this_year"] == pytest.approx(13_000 / 2)
    assert "A holds for 50 % of it: 1.5 short on average (1 while it holds)" in made.summary()


def test_without_a_plan_for_the_base_the_rest_still_stands() -> None:
    service = capacity.read(ROOT / "models" / "golden")
    rapid = service.activities[0].model_copy(update={"min_people": 2, "min_sessions_per_year": 200.0})
    service = service.model_copy(update={"activities": (rapid, *service.activities[1:])})
    made = capacity.compare(service, [changed("activities", "rapid", "min_sessions_per_year", 10)], workers=1)
    assert made.base is None and made.runs[2].measures is not None
    assert "Planned anew there is no answer" in made.sentence()
    assert "A" in made.summary()
    jsonschema.validate(made.to_json(), compare_schema())


# ---- files and figures


def test_the_machine_readable_form_is_valid_and_can_be_run_again(tmp_path: Path) -> None:
    made = golden()
    jsonschema.Draft202012Validator.check_schema(compare_schema())
    jsonschema.validate(made.to_json(), compare_schema())
    made.write(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written - {".capacity.json"} == set(comparison_names())
    again = capacity.compare_again(tmp_path / "run.json", workers=1)
    assert again.same and again.differences == () and again.versions == ()


def test_numbers_that_differ_from_the_record_are_named(tmp_path: Path) -> None:
    record = json.loads(json.dumps(golden().to_json()))
    record["columns"][1]["measures"]["short"] += 0.25
    (tmp_path / "run.json").write_text(json.dumps(record))
    again = capacity.compare_again(tmp_path / "run.json", workers=1)
    assert len(again.differences) == 1
    assert again.differences[0].startswith("base: measures short was 0.75")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda record: record["run"].update(input_hash="0" * 64), "another input"),
        (lambda record: record["scenarios"][0].update(text=record["scenarios"][0]["text"] + "\n"), "changed since"),
        (lambda record: record["scenarios"][2]["fields"].update(name="Other"), "changed since"),
        (lambda record: record.pop("columns"), "something else"),
        (lambda record: record["columns"][2].update(scenarios=["nobody"]), "something else"),
    ],
)
def test_a_record_that_was_changed_is_refused(tmp_path: Path, spoil: object, says: str) -> None:
    record = json.loads(json.dumps(golden().to_json()))
    spoil(record)  # type: ignore[operator]
    path = tmp_path / "run.json"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=says):
        capacity.compare_again(path, workers=1)


def test_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        capacity.compare_again(tmp_path / "run.json")


def test_the_figures_have_tables_of_what_is_drawn_and_words() -> None:
    made = golden()
    for picture in made.pictures():
        figure, alt = picture.draw()
        assert figure.get_axes() and len(alt) > 40
    short = short_table(made)
    assert list(short["name"]) == [
        "Do nothing", "Base, planned anew", "A: DNA halved", "B: Demand +10 %, then DNA halved", "C: impossible",
    ]  # fmt: skip
    assert list(short["rapid"] + short["other"]) == pytest.approx(list(short["short"]), nan_ok=True)
    assert "C: impossible no answer" in short_alt(made)
    required = required_table(made)
    assert (required["planned"] <= required["required"] + 1e-9).iloc[:4].all()


def test_costs_are_drawn_only_where_there_is_a_price() -> None:
    assert cost_table(golden())["pounds"].isna().all()
    assert cost_alt(golden()).startswith("Nothing has a price.")
    drawn = cost_table(capacity.compare(priced(), [overlay(STARTS)], workers=1))
    assert list(drawn["pounds"]) == pytest.approx([0, 0, 13_000])
    assert list(drawn["closed"]) == pytest.approx([0, 0, 1])
