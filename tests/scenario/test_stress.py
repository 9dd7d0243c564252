"""A stress test whole: small plans by hand, several plans in the same weeks, what it prints, writes and refuses."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

import capacity
from capacity.cli import app
from capacity.errors import InputError
from capacity.report.stress import Stress, stress_names
from capacity.report.stress_json import stress_schema
from capacity.report.words import WIDTH
from capacity.scenario.overlay import parse_scenario
from capacity.scenario.stress import IN_FORCE, StressResult, stress_compare, stress_test
from capacity.scenario.stress_cases import PROPOSED
from capacity.scenario.stress_part_year import Outside
from capacity.scenario.stress_settings import StressSettings
from capacity.service.model import DemandRow, JobPlanRow, Service, Stream
from tests.demand.builders import X26, weekly_rows
from tests.supply.team import W_CAL, activity, person, row, service

MODELS = Path(__file__).parents[2] / "models"
PLAIN = StressSettings(years=400, cancelled=0.0, bank_holidays=False)
FEW = StressSettings(years=30)


def of(result: StressResult, key: str) -> dict[str, Any]:
    return result.activities.set_index("activity").loc[key].to_dict()


def list_of(result: StressResult, key: str) -> dict[str, Any]:
    return result.streams.set_index("stream").loc[key].to_dict()


def alone(**changes: Any) -> Service:
    """One consultant, one clinic a week, one wanted."""
    settled: dict[str, Any] = {
        "people": (person("c1"),), "activities": (activity("clinic", sessions_per_week=1),),
        "job_plans": (row("c1", "clinic", "Mon AM"),),
    }  # fmt: skip
    return service(**settled | changes)


def with_list(waiting: float | None = 40, **columns: Any) -> Service:
    """Three consultants with a clinic each week of eight patients; about 24 new patients a week."""
    demand: list[DemandRow] = weekly_rows("new", X26 * 2)
    stream = Stream.model_validate(
        {"stream": "new", "name": "New", "activity": "clinic", "kind": "routine", "contact_minutes": 30,
         "waiting_now": waiting, "target_weeks": 4, **columns}
    )  # fmt: skip
    rows = tuple(row(who, "clinic", slot) for who in ("c1", "c2", "c3") for slot in ("Mon AM", "Tue AM"))
    clinics = (activity("clinic", contact_minutes=240),)
    return service(activities=clinics, streams=(stream,), demand=tuple(demand), job_plans=rows)


@cache
def shipped(name: str = "respiratory") -> Stress:
    return capacity.stress(capacity.read(MODELS / name), settings=FEW)


# ---- by hand


def test_one_person_with_one_clinic_by_hand() -> None:
    """Met in the weeks they are there, 42 of 52.18; short by the rest; away for 8 weeks, 8 x 42 / 52.18 clinics go."""
    result = stress_test(alone(), settings=PLAIN)
    share = 42 / W_CAL
    found = of(result, "clinic")
    for column, expected in (("met", share), ("filled", share), ("short", 1 - share), ("capacity", share)):
        assert found[column] == pytest.approx(expected, abs=0.004)
    assert (found["demand"], found["required"]) == (1.0, 1.0)
    assert found["supplied"] == pytest.approx(share)
    (lost,) = result.absences.to_dict("records")
    assert lost["lost"] == pytest.approx(8 * share, rel=0.02)
    assert lost["undone"] == pytest.approx(lost["lost"])
    assert (lost["met_away"], lost["left"], lost["others"]) == (0.0, 0.0, "")
    assert lost["lost_year"] == pytest.approx(52 * share, rel=0.01)


def test_what_is_lost_and_was_spare_is_not_undone() -> None:
    """Two have a clinic each and half of one is wanted: without one, the other's weeks are enough."""
    made = service(
        people=(person("c1"), person("c2")), activities=(activity("clinic", sessions_per_week=0.5),),
        job_plans=(row("c1", "clinic", "Mon AM"), row("c2", "clinic", "Mon AM")),
    )  # fmt: skip
    result = stress_test(made, settings=PLAIN)
    share = 42 / W_CAL
    first = result.absences[result.absences["person"] == "c1"].iloc[0]
    assert first["lost"] == pytest.approx(8 * share, rel=0.03)
    # undone: half a clinic in the weeks in which only c1 would have been there
    assert first["undone"] == pytest.approx(8 * 0.5 * share * (1 - share), rel=0.15)
    assert first["met_with"] == pytest.approx(1 - (1 - share) ** 2, abs=0.02)
    assert first["met_away"] == pytest.approx(share, abs=0.02)


def test_mean_demand_is_the_requirement_at_the_mean() -> None:
    for name in ("respiratory", "msk_physiotherapy"):
        for found in shipped(name).results[0].activities.to_dict("records"):
            assert found["demand"] == pytest.approx(found["required"], rel=0.04)


def test_weeks_present_are_those_of_the_model() -> None:
    people = stress_test(capacity.read(MODELS / "respiratory"), settings=PLAIN).people
    assert people["there"].to_numpy() == pytest.approx(people["weeks"].to_numpy(), abs=0.35)
    whole = people["there"] + people["leave"] + people["sickness"]
    assert whole.to_numpy() == pytest.approx(np.full(len(people), W_CAL), abs=0.05)


def test_a_list_starts_as_given_and_moves_by_demand_and_capacity() -> None:
    """About 23.7 join a week and 6 x 8 x 0.805 = 38.6 can be seen: forty waiting are seen within weeks."""
    result = stress_test(with_list(), settings=PLAIN)
    found = list_of(result, "new")
    assert (found["start"], found["start_from"]) == (40.0, "given")
    assert found["load"] == pytest.approx(23.65 / (6 * 8 * 42 / W_CAL), rel=0.02)
    assert found["end"] < 5
    assert found["in_time"] > 0.99
    path = result.paths[result.paths["stream"] == "new"]
    assert list(path["week"]) == list(range(53))
    assert path["mean"].iloc[0] == 40
    assert (path["low"] <= path["median"]).all()
    assert (path["median"] <= path["high"]).all()


def test_a_list_that_only_grows_is_late() -> None:
    """One clinic of eight for 24 patients a week: the list grows by what is not seen."""
    made = with_list(None)
    made = made.model_copy(update={"job_plans": (row("c1", "clinic", "Mon AM"),)})
    found = list_of(stress_test(made, settings=PLAIN), "new")
    assert (found["start"], found["start_from"]) == (0.0, "nought")
    assert found["end"] == pytest.approx(52 * (23.65 - 8 * 42 / W_CAL), rel=0.02)
    assert found["in_time"] < 0.3
    assert found["years_met"] == 0
    assert found["weeks_waiting"] == pytest.approx(found["end"] / 23.65, rel=0.02)


def test_an_absence_leaves_the_patients_of_its_sessions_on_the_list() -> None:
    """Where the list only grows, each clinic lost is eight patients more at the end; where there is time, none."""
    made = with_list(None)
    short = made.model_copy(update={"job_plans": (row("c1", "clinic", "Mon AM"),)})
    (lost,) = stress_test(short, settings=PLAIN).absences.to_dict("records")
    assert lost["longer"] == pytest.approx(8 * lost["lost"], rel=0.01)
    spare = stress_test(made, settings=PLAIN).absences
    assert (spare["longer"] < 0.25 * 8 * spare["lost"]).all()


def test_a_stream_without_a_promise_has_no_share_seen_in_time() -> None:
    found = list_of(stress_test(with_list(target_weeks=None), settings=FEW), "new")
    assert np.isnan(found["in_time"])
    assert np.isnan(found["target_weeks"])


def test_the_weeks_that_fail_are_named() -> None:
    """Mondays only: the weeks whose Monday is a bank holiday are never met."""
    result = stress_test(alone(), settings=replace(PLAIN, bank_holidays=True))
    weeks = result.weeks[result.weeks["activity"] == "clinic"]
    closed = weeks["bank_holidays"].str.contains("Mon")
    assert closed.sum() == 5
    assert (weeks[closed]["met"] == 0).all()
    assert (weeks[closed]["short"] == 1).all()
    assert (weeks[~closed]["met"] > 0.7).all()


# ---- several plans


def test_a_plan_beside_itself_differs_in_nothing() -> None:
    made = with_list()
    found = stress_compare([("a", made, made.job_plans), ("b", made, made.job_plans)], FEW)
    assert (found.differences["more"] == 0).all()
    assert (found.differences["error"] == 0).all()


def test_in_the_same_weeks_a_difference_is_sharper_than_in_others() -> None:
    """One more clinic of c3: the error of the paired difference is below that of two plans drawn apart."""
    made = with_list()
    fewer = made.job_plans[:-1]
    found = stress_compare([("fewer", made, fewer), ("more", made, made.job_plans)], PLAIN)
    (difference,) = found.differences.to_dict("records")
    assert difference["more"] > 4 * difference["error"] > 0
    each = [result.met_by_year["clinic"].var(ddof=1) for result in found.results]
    assert difference["error"] < 0.8 * (sum(each) / 400) ** 0.5
    assert difference["less_short"] > 0


def test_rows_of_people_a_scenario_has_not_are_left_out_and_said() -> None:
    made = with_list()
    smaller = made.model_copy(
        update={"people": made.people[:2], "skills": made.skills[:2], "job_plans": made.job_plans[:4]}
    )
    found = stress_compare([("base", made, made.job_plans), ("less", smaller, made.job_plans)], FEW)
    assert found.results[1].notes == ("sessions of c3 are left out: not in this service",)
    assert len(found.results[1].rows) == 4
    assert found.results[0].notes == ()


def test_a_scenario_for_part_of_the_year_holds_in_its_weeks_and_the_base_in_the_others() -> None:
    """Winter surge: weeks from December to February are those of a whole year of it, the others those of the base."""
    made = capacity.read(MODELS / "respiratory")
    surge = capacity.overlay(made, "winter_surge")
    assert (surge.starts, surge.ends) == (dt.date(2027, 12, 1), dt.date(2028, 2, 28))
    partly = capacity.stress(made, years=20, scenarios=["winter_surge"]).results
    base, whole = stress_compare(
        [("base", made, made.job_plans), ("whole", surge.service, made.job_plans)], StressSettings(years=20)
    ).results
    columns = ["demand", "capacity", "met", "short"]
    dates = base.weeks["week_starting"]
    inside = (dates >= dt.date(2027, 11, 29)) & (dates <= dt.date(2028, 2, 28))
    assert len(set(dates[inside])) == 14
    assert partly[0].weeks[columns].equals(base.weeks[columns])
    assert partly[1].weeks[inside][columns].equals(whole.weeks[inside][columns])
    assert partly[1].weeks[~inside][columns].equals(base.weeks[~inside][columns])
    rapid = [of(result, "rapid")["required"] for result in (base, partly[1], whole)]
    assert rapid[1] == pytest.approx(rapid[0] + (rapid[2] - rapid[0]) * 14 / 52)
    assert partly[1].notes == ("the scenario holds in 14 weeks; the others are those of the base",)


def test_somebody_who_goes_in_the_middle_of_the_year_is_there_before() -> None:
    made = with_list()
    smaller = made.model_copy(
        update={"people": made.people[:2], "skills": made.skills[:2], "job_plans": made.job_plans[:4]}
    )
    rest = Outside(made, made.job_plans, dt.date(2027, 10, 4), None)
    (result,) = stress_compare([("goes", smaller, smaller.job_plans, rest)], PLAIN).results
    weeks = result.weeks[result.weeks["activity"] == "clinic"]
    later = weeks["week_starting"] >= dt.date(2027, 10, 4)
    assert weeks[~later]["capacity"].mean() == pytest.approx(6 * 42 / W_CAL, rel=0.02)
    assert weeks[later]["capacity"].mean() == pytest.approx(4 * 42 / W_CAL, rel=0.02)
    assert set(result.absences["person"]) == {"c1", "c2"}


def test_labels_are_each_given_once_and_there_is_a_plan() -> None:
    made = alone()
    with pytest.raises(InputError, match="the same label twice"):
        stress_compare([("a", made, ()), ("a", made, ())], FEW)
    with pytest.raises(InputError, match="no plan"):
        stress_compare([], FEW)


def test_settings_out_of_range_are_refused_all_at_once() -> None:
    with pytest.raises(ValueError, match=r"years is 0.*sickness is 1.*absence_weeks is 53"):
        StressSettings(years=0, sickness=1.0, absence_weeks=53)
    for wrong in ({"years": 10**6}, {"seed": -1}, {"cancelled": 1.0}, {"spell_weeks": 0.5}, {"leave_in_holidays": 2.0},
                  {"season": "summer"}, {"extra_sickness": float("nan")}):  # fmt: skip
        with pytest.raises(ValueError, match=next(iter(wrong))):
            StressSettings(**wrong)


def test_the_same_seed_gives_the_same_result_in_text_and_tables() -> None:
    made = capacity.read(MODELS / "golden")
    one, two, other = (capacity.stress(made, years=10, seed=seed) for seed in (1, 1, 2))
    assert one.summary() == two.summary()
    assert one.to_json() == two.to_json()
    assert one.frame("weeks").equals(two.frame("weeks"))
    assert not one.frame("weeks").equals(other.frame("weeks"))


# ---- the API


def test_a_proposed_plan_and_scenarios_are_columns() -> None:
    made = capacity.read(MODELS / "golden")
    found = capacity.stress(made, made.job_plans, years=10, scenarios=["demand_up_10", ("demand_up_10", "dna_halved")])
    assert [result.label for result in found.results] == [
        IN_FORCE, PROPOSED, f"{PROPOSED}, Demand +10 %", f"{PROPOSED}, Demand +10 %, then DNA halved",
    ]  # fmt: skip
    assert found.result(PROPOSED).rows == found.result(IN_FORCE).rows
    more = of(found.results[2], "rapid")
    assert more["required"] == pytest.approx(1.1 * of(found.results[1], "rapid")["required"])
    assert len(found.summary().splitlines()) > 40
    assert found.to_json()["plans"][2]["scenarios"][0]["changes"] == ["demand +10 % (every stream)"]


def test_without_a_proposed_plan_scenarios_meet_the_plans_in_force() -> None:
    made = capacity.read(MODELS / "golden")
    found = capacity.stress(made, years=10, scenarios=["demand_up_10"])
    assert [result.label for result in found.results] == [IN_FORCE, "Demand +10 %"]
    with pytest.raises(InputError, match="demand_up_10 twice"):
        capacity.stress(made, years=10, scenarios=["demand_up_10", "demand_up_10"])


def test_a_scenario_that_cannot_be_is_named_with_the_reason_and_the_others_go_on() -> None:
    wrong = parse_scenario(
        'name = "Nobody left"\n[[change]]\nop = "remove"\ntable = "people"\nid = "zed"', "x", "x.toml"
    )
    found = capacity.stress(capacity.read(MODELS / "golden"), years=5, scenarios=[wrong, "demand_up_10"])
    assert [result.label for result in found.results] == [IN_FORCE, "Demand +10 %"]
    assert list(found.impossible) == ["Nobody left"]
    assert "Nobody left is left out: x" in found.summary()
    jsonschema.validate(found.to_json(), stress_schema(), cls=jsonschema.Draft202012Validator)


def test_people_whom_a_scenario_adds_keep_their_sessions_beside_a_proposed_plan() -> None:
    made = capacity.read(MODELS / "respiratory")
    found = capacity.stress(made, made.job_plans, years=2, scenarios=["extra_consultant"])
    new = {person.person for person in found.results[2].service.people} - {who.person for who in made.people}
    theirs = {row.person for row in found.results[2].service.job_plans} & new
    assert theirs == {row.person for row in found.results[2].rows} & new


def test_a_plan_of_another_service_is_refused() -> None:
    stranger = (JobPlanRow(person="zed", activity="clinic", slot="Mon AM"),)
    with pytest.raises(InputError, match="no person zed"):
        capacity.stress(alone(), stranger, years=2)


# ---- what is printed and written


@pytest.mark.parametrize("name", ["respiratory", "msk_physiotherapy", "anaesthetics", "golden"])
def test_the_page_of_each_shipped_model_fits_and_says_the_main_things(name: str) -> None:
    found = shipped(name)
    page = found.summary()
    assert max(map(len, page.splitlines())) <= WIDTH
    words = " ".join(page.split())
    assert "In 100 weeks, capacity meets demand in" in words
    assert "The absence that hurts most is that of" in words
    assert "nan" not in words.lower().replace("finance", "")
    assert found.sentences[0].split(". ")[0] in words


def test_the_page_names_who_does_something_alone() -> None:
    words = " ".join(shipped().summary().split())
    assert "Only one person has sessions of Lung function laboratory (p01)" in words
    assert "27 Dec 2027" in words


def test_a_service_that_asks_for_nothing_and_one_that_lacks_nothing_say_so() -> None:
    nothing = capacity.stress(alone(activities=(activity("clinic"),), job_plans=()), settings=FEW)
    assert "Nothing is asked for and nothing is supplied." in nothing.summary()
    jsonschema.validate(nothing.to_json(), stress_schema(), cls=jsonschema.Draft202012Validator)
    always = (person("c1", working_weeks=52.18),)
    enough = capacity.stress(alone(people=always), settings=replace(PLAIN, years=5))
    assert "in 100 for clinic" in enough.summary()
    assert "Worst weeks" not in enough.summary()


def test_json_is_valid_against_its_schema() -> None:
    for name in ("respiratory", "anaesthetics"):
        value = shipped(name).to_json()
        jsonschema.validate(value, stress_schema(), cls=jsonschema.Draft202012Validator)
        assert "NaN" not in json.dumps(value)
    jsonschema.Draft202012Validator.check_schema(stress_schema())


def test_files_are_written_whole_and_are_among_the_names_announced(tmp_path: Path) -> None:
    made = capacity.read(MODELS / "golden")
    found = capacity.stress(made, made.job_plans, years=5)
    written = {path.relative_to(tmp_path / "out").as_posix() for path in found.write(tmp_path / "out")}
    assert written <= set(stress_names(made, 2))
    assert {"stress.json", "activities.csv", "differences.csv", "figures/met.svg", "figures/weeks_2.png"} <= written
    rows = list(csv.DictReader((tmp_path / "out" / "activities.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row["plan"] for row in rows} == {IN_FORCE, PROPOSED}
    for picture in found.figures().values():
        assert picture[1].endswith(".")


# ---- the command


def ran(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["stress", *map(str, arguments)])


def test_the_command_prints_the_page_and_json_alone() -> None:
    page = ran(MODELS / "golden", "--years", "5")
    assert page.exit_code == 0
    assert "In 100 weeks, capacity meets demand" in " ".join(page.stdout.split())
    value = json.loads(ran(MODELS / "golden", "--years", "5", "--json", "-s", "demand_up_10").stdout)
    assert [plan["label"] for plan in value["plans"]] == [IN_FORCE, "Demand +10 %"]
    assert value["settings"]["years"] == 5
    printed = CliRunner().invoke(app, ["schema", "stress"])
    jsonschema.validate(value, json.loads(printed.stdout), cls=jsonschema.Draft202012Validator)


def test_the_command_reads_a_plan_from_a_folder_and_writes_its_files(tmp_path: Path) -> None:
    """job_plans.csv of the model itself reads back as a proposed plan, as that of an output does."""
    done = ran(MODELS / "golden", "--plan", MODELS / "golden", "--years", "5", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    value = json.loads((tmp_path / "out" / "stress.json").read_text(encoding="utf-8"))
    assert [plan["label"] for plan in value["plans"]] == [IN_FORCE, PROPOSED]
    assert value["plans"][1]["activities"] == value["plans"][0]["activities"]
    made = capacity.read(MODELS / "golden")
    direct = capacity.stress(made, made.job_plans, years=5).to_json()
    assert value["plans"] == direct["plans"]
    again = ran(MODELS / "golden", "--years", "2", "--out", tmp_path / "out")
    assert again.exit_code == 0, again.output
    assert not (tmp_path / "out" / "figures" / "weeks_2.png").exists()


def test_the_command_finds_a_plan_first_where_asked() -> None:
    done = ran(MODELS / "golden", "--solve", "--years", "5", "--json")
    assert [plan["label"] for plan in json.loads(done.stdout)["plans"]] == [IN_FORCE, PROPOSED]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--plan", "somewhere", "--solve"], "not both"),
        (["--years", "0"], "greater than or equal to 1"),
        (["--sickness", "4"], "4 is not a share"),
        (["--absence", "60"], "less than or equal to 52"),
        (["--season", "summer"], "summer"),
        (["--plan", "nowhere"], "no nowhere there"),
        (["-s", "no_such_scenario"], "no_such_scenario"),
    ],
)
def test_bad_input_is_refused_with_what_is_allowed(words: list[str], said: str) -> None:
    done = ran(MODELS / "golden", *words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
