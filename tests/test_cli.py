"""The command line: exit codes, what stands on stdout and on stderr, and files whole or not at all.

Most tests start the real program in a process of its own, on copies of the golden service.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

import capacity.check
import capacity.optimise.verify
from capacity.check import PLAN_RULES
from capacity.check.case import Broken
from capacity.cli import app
from capacity.optimise.tiers import EXPRESSIONS
from capacity.optimise.variables import Variables

from .report.stepped import MOVED
from .report.stepped import write as write_step

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
DEMAND_TABLES = {"streams.csv", "requirement.csv", "levels.csv", "waterfall.csv", "weekly.csv"}
GAP_TABLES = {
    "gap.csv", "levels.csv", "supply.csv", "sessions.csv", "weeks.csv", "calendar.csv", "ladder.csv", "sensitivity.csv",
    "sensitivity_by_activity.csv", "costs.csv", "categories.csv", "headroom.csv", "rooms.csv", "direct_care.csv",
    "therapy.csv",
}  # fmt: skip
PLAN_FILES = {"plan.json", "job_plans.csv", "gap.csv", "changes.csv", "findings.csv", "plan.xlsx", "summary.txt"}
FIGURES = {"demand_rapid", "demand_new", "required_supplied", "pa_split", "timetable"}


def program(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the program as a user does."""
    command = [sys.executable, "-m", "capacity.cli", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", errors="replace", check=False
    )


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of the golden service: three people, four activities, planned in a moment."""
    return Path(shutil.copytree(MODELS / "golden", tmp_path / "golden"))


def change(model: Path, file: str, *pairs: tuple[str, str]) -> Path:
    """Replace text in a file of a model."""
    path = model / file
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return model


@pytest.fixture
def impossible(golden: Path) -> Path:
    """A service that has no plan."""
    return make_impossible(golden)


def make_impossible(golden: Path) -> Path:
    """Two people are to do 200 rapid-access clinics a year each, which only the search can find out to be too many."""
    return change(
        golden, "activities.csv", (",min_people\n", ",min_people,min_sessions_per_year\n"), (",yes,\n", ",yes,2,200\n")
    )


@pytest.fixture
def unsound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker has a rule that no plan keeps."""

    def never(case: object) -> Any:
        """No plan keeps this."""
        yield Broken("c01", "a plan", "none")

    monkeypatch.setattr(capacity.check, "PLAN_RULES", (*PLAN_RULES, never))


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def schema(what: str) -> dict[str, Any]:
    done = program("schema", what)
    assert (done.returncode, done.stderr) == (0, "")
    loaded: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(loaded)
    return loaded


def refused(model: Path) -> str:
    done = program("check", model)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


# Help


def test_help_loads_none_of_the_packages_that_take_long() -> None:
    """A second spent on imports before --help says anything is a second too much."""
    command = [sys.executable, "-X", "importtime", "-m", "capacity.cli", "--help"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    slow = {"ortools", "pandas", "numpy", "scipy", "matplotlib", "pydantic", "distributed", "docx", "typst", "holidays"}
    assert "typer" in loaded
    assert loaded & slow == set()


@pytest.mark.parametrize(
    "command",
    [
        "check",
        "demand",
        "gap",
        "plan",
        "explain",
        "schema",
        "compare",
        "ladder",
        "stress",
        "sheets",
        "consistency",
        "kpis",
        "pack",
        "paper",
    ],
)
def test_every_command_teaches_by_an_example(command: str) -> None:
    done = program(command, "--help")
    assert done.returncode == 0
    assert f"Example: capacity {command} " in done.stdout


def test_the_version_can_be_asked_for() -> None:
    assert program("--version").stdout == f"capacity {capacity.__version__}\n"


# Results


def test_plan_prints_the_summary_on_stdout_and_the_rest_on_stderr(golden: Path) -> None:
    done = program("plan", golden)
    assert done.returncode == 0
    assert done.stdout.startswith("Golden: three people, worked by hand: 3 people, 4 activities, 12 weeks of demand")
    assert "You need 6.5 sessions a week" in done.stdout
    assert done.stderr.startswith(f"Read {golden}: 3 people, 4 activities, 12 weeks of demand")
    assert "  routine: best 1, no plan can do better than 1, " in done.stderr
    assert "another round:\n" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


@pytest.mark.parametrize("command", ["demand", "gap", "plan"])
@pytest.mark.parametrize("model", ["golden", "respiratory"])
def test_json_is_alone_on_stdout_and_keeps_its_schema(command: str, model: str) -> None:
    limit = ["--time-limit", "4"] if command == "plan" else []
    done = program(command, MODELS / model, "--json", *limit)
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert done.stdout.isascii()
    assert "NaN" not in done.stdout
    jsonschema.validate(value, schema(command), cls=jsonschema.Draft202012Validator)


def test_the_json_has_the_keys_that_others_read(golden: Path) -> None:
    plan = json.loads(program("plan", golden, "--json").stdout)
    assert plan["status"] == "optimal"
    assert [tier["name"] for tier in plan["tiers"]][:2] == ["rapid_mean", "routine"]
    assert set(plan["shortfall"]) == {"rapid", "general", "fup", "ward"}
    assert plan["roles"] == {"audit": ["c01"]}
    assert set(plan["changes"]) >= {"moved", "added", "dropped"}
    assert set(plan["weeks"]) == {"c01", "c02", "n01"}
    assert {"seed", "workers", "versions", "input_hash"} <= set(plan["run"])
    assert plan["with_extra"]["extra"]
    gap = json.loads(program("gap", golden, "--json").stdout)["activities"]["general"]
    assert gap["gap"] == pytest.approx(gap["required"] - gap["supplied"], abs=1e-5)
    stream = json.loads(program("demand", golden, "--json").stdout)["streams"]["rapid"]
    assert stream["weeks"] == 12
    assert {"value", "estimator", "interval"} <= set(stream["sizing"]["centile"])


def test_the_same_command_gives_the_same_plan(golden: Path) -> None:
    plans = [json.loads(program("plan", golden, "--json").stdout) for _ in range(2)]
    assert plans[0]["job_plans"] == plans[1]["job_plans"]
    assert plans[0]["run"]["input_hash"] == plans[1]["run"]["input_hash"]


def test_check_lists_every_finding_and_ends_well(golden: Path) -> None:
    done = program("check", golden)
    assert done.returncode == 0
    assert "The input is sound: nothing stands in the way of a plan." in done.stdout
    assert "Defaults used where a cell is blank:" in done.stdout
    assert "- audit: is held by 0 of 1: 1 vacant" in done.stdout
    value = json.loads(program("check", golden, "--json").stdout)
    assert value["faults"] == []
    assert "role_vacant" in {finding["rule"] for finding in value["findings"]}


def test_odd_forms_of_csv_are_accepted_and_named(golden: Path) -> None:
    people = golden / "people.csv"
    text = people.read_text(encoding="utf-8").replace("Consultant one", "Zoë Example")
    people.write_bytes(text.encode("cp1252"))
    done = program("check", golden)
    assert done.returncode == 0
    assert "people.csv: not UTF-8: read as cp1252" in done.stdout


def test_a_console_that_lacks_a_letter_does_not_end_the_run(golden: Path) -> None:
    change(golden, "service.toml", ("worked by hand", "łódź → ≥"))
    done = program("gap", golden, PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    command = [sys.executable, "-m", "capacity.cli", "gap", str(MODELS / "golden")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert "fault" not in process.stderr.read()
    assert process.returncode == 0


# Files


def test_plan_writes_all_its_files_and_they_can_be_read(golden: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = program("plan", golden, "--out", out)
    assert done.returncode == 0, done.stderr
    expected = PLAN_FILES | {f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")}
    answer = {name for name in expected if "demand_" not in name}
    assert files_of(out) - {".capacity.json"} == expected | {f"with_extra/{name}" for name in answer}
    for path in out.rglob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    for path in out.rglob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG")
    for path in out.rglob("*.csv"):
        assert len(list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))) > 1, path
    assert (out / "summary.txt").read_text(encoding="utf-8") == done.stdout
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    second = json.loads((out / "with_extra" / "plan.json").read_text(encoding="utf-8"))
    for value in (plan, second):
        jsonschema.validate(value, schema("plan"), cls=jsonschema.Draft202012Validator)
    assert second["job_plans"] == plan["with_extra"]["job_plans"]
    assert second["sentence"] == plan["with_extra"]["sentence"]
    assert "Without new money" not in second["sentence"]
    assert f"Written to {out}: plan.json, job_plans.csv" in done.stderr


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("check", {"findings.csv", "summary.txt"}),
        ("demand", {"demand.json", *DEMAND_TABLES, "findings.csv", "summary.txt", "figures.csv"}),
        ("gap", {"gap.json", *GAP_TABLES, "findings.csv", "summary.txt", "figures.csv"}),
    ],
)
def test_the_other_commands_write_theirs(command: str, names: set[str], golden: Path, tmp_path: Path) -> None:
    done = program(command, golden, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert names <= files_of(tmp_path / "out")
    assert (tmp_path / "out" / "summary.txt").read_text(encoding="utf-8") == done.stdout


@pytest.mark.parametrize(
    ("command", "figures"),
    [
        (
            "demand",
            {"xmr_rapid", "xmr_new", "histogram_rapid", "histogram_new", "on_time_rapid", "waterfall_rapid",
             "waterfall_general", "waterfall_fup"},
        ),
        ("gap", {"gap", "calendar", "year", "sensitivity", "ladder", "pa_split"}),
    ],
)  # fmt: skip
def test_figures_are_drawn_twice_and_say_what_they_show(
    command: str, figures: set[str], golden: Path, tmp_path: Path
) -> None:
    """As SVG for screens and PNG for documents, each with its words inside and in figures.csv."""
    done = program(command, golden, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    drawn = {name for name in files_of(tmp_path) if name.startswith("figures/")}
    assert drawn == {f"figures/{name}.{kind}" for name in figures for kind in ("svg", "png")}
    words = {row["figure"]: row["shows"] for row in table_of(tmp_path / "figures.csv")}
    assert set(words) == figures
    for name, shows in words.items():
        svg = (tmp_path / f"figures/{name}.svg").read_text(encoding="utf-8")
        description = ElementTree.fromstring(svg).find(".//{http://purl.org/dc/elements/1.1/}description")
        assert description is not None
        assert description.text == shows
        assert len(shows) > 30
        png = (tmp_path / f"figures/{name}.png").read_bytes()
        assert png.startswith(b"\x89PNG")
        assert len(png) > 5000


def table_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_a_list_a_target_and_days_have_figures_of_their_own(golden: Path, tmp_path: Path) -> None:
    change(
        golden,
        "streams.csv",
        (",per_attendance\n", ",per_attendance,waiting_now,target_weeks\n"),
        ("0.5,,\n", "0.5,,,150,6\n"),
    )
    change(golden, "streams.csv", (",week,0.8,15,,,,,\n", ",day,0.8,15,,,,,,,\n"), ("new,0.3\n", "new,0.3,,\n"))
    with (golden / "service.toml").open("a", encoding="utf-8") as file:
        file.write("\n[day_profile.rapid]\nMon = 0.4\nTue = 0.15\nWed = 0.15\nThu = 0.15\nFri = 0.15\n")
    assert program("demand", golden, "--out", tmp_path / "demand").returncode == 0
    assert program("gap", golden, "--out", tmp_path / "gap").returncode == 0
    assert {"figures/weekdays_rapid.svg", "figures/on_time_new.png", "days.csv", "lists.csv"} <= files_of(
        tmp_path / "demand"
    )
    assert {"figures/trajectory_new.svg", "lists.csv", "one_off.csv"} <= files_of(tmp_path / "gap")
    (waiting,) = table_of(tmp_path / "gap" / "lists.csv")
    assert waiting["waiting"] == "150"
    assert float(waiting["backlog"]) == pytest.approx(150 - float(waiting["sustainable"]), abs=1e-5)


def test_the_tables_add_up_to_what_is_printed(golden: Path, tmp_path: Path) -> None:
    done = program("gap", golden, "--out", tmp_path)
    short = sum(max(0.0, float(row["gap"])) for row in table_of(tmp_path / "gap.csv") if float(row["required"]) > 0)
    assert f"short {short:.1f}".removesuffix(".0") in done.stdout
    weeks = [row for row in table_of(tmp_path / "calendar.csv") if row["activity"] == "rapid"]
    assert len(weeks) == 52
    failing = sum(row["fails"] == "True" for row in weeks)
    line = next(line for line in done.stdout.splitlines() if line.startswith("Rapid-access clinic"))
    assert line.split()[-1] == str(failing)
    ladder = [row for row in table_of(tmp_path / "ladder.csv") if row["staff_group"] == "all staff"]
    rungs = [row for row in ladder if row["kind"] == "rung"]
    for above, below in pairwise(rungs):
        between = ladder[ladder.index(above) + 1 : ladder.index(below)]
        assert float(below["wte"]) == pytest.approx(
            float(above["wte"]) + sum(float(row["wte"]) for row in between), abs=1e-4
        )


def test_a_rebase_is_confirmed_by_the_line_that_is_printed(golden: Path) -> None:
    write_step(golden)
    proposed = program("demand", golden).stdout
    lines = proposed.splitlines()
    line = lines[lines.index("  [rebase]") + 1].strip()
    assert line == f"rapid = {MOVED}"
    assert f"  [rebase]\n  {line}" in program("gap", golden).stdout, "the gap is sized on a level that is over"
    with (golden / "service.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[rebase]\n{line}\n")
    confirmed = program("demand", golden, "--json")
    assert confirmed.returncode == 0, confirmed.stderr
    rapid = json.loads(confirmed.stdout)["streams"]["rapid"]
    assert (rapid["weeks"], rapid["rebase"]) == (30, None)
    assert "  [rebase]\n" not in program("demand", golden).stdout


def test_a_gap_in_weeks_is_found_once(golden: Path, tmp_path: Path) -> None:
    change(golden, "demand.csv", ("2027-02-08,rapid,27\n", ""))
    assert program("demand", golden, "--out", tmp_path).returncode == 0
    found = [row for row in table_of(tmp_path / "findings.csv") if row["rule"] == "gap_in_weeks"]
    assert [row["subject"] for row in found] == ["rapid"]


def test_one_stream_or_activity_is_shown_in_full() -> None:
    stream = program("demand", MODELS / "respiratory", "--stream", "lung_rapid").stdout
    assert stream.startswith(
        "Suspected lung cancer referrals (lung_rapid, rapid), seen in Rapid-access lung cancer clinic"
    )
    assert "Back-test" in stream
    activity = program("gap", MODELS / "respiratory", "--activity", "general").stdout
    assert activity.startswith("General respiratory clinic (general, routine):")
    assert "Who supplies it" in activity


@pytest.mark.parametrize(("command", "option"), [("demand", "--stream"), ("gap", "--activity")])
def test_an_id_that_is_not_there_is_bad_input(command: str, option: str, golden: Path) -> None:
    done = program(command, golden, option, "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there are rapid, " in " ".join(done.stderr.replace("│", " ").split())


def test_all_shows_everything(golden: Path) -> None:
    for command in ("demand", "gap"):
        short, whole = program(command, golden).stdout, program(command, golden, "--all").stdout
        assert len(whole.splitlines()) > len(short.splitlines())
        assert "(and 2 more like it)" in short


@pytest.mark.parametrize("command", ["demand", "gap"])
def test_a_folder_with_files_of_others_is_refused_before_anything_is_drawn(
    command: str, golden: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "figures.csv").write_text("mine", encoding="utf-8")
    done = program(command, golden, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "figures.csv" in done.stderr
    assert files_of(tmp_path / "out") == {"figures.csv"}


def test_a_second_run_replaces_its_own_files_and_leaves_others(golden: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert program("gap", golden, "--out", out).returncode == 0
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert program("gap", golden, "--out", out).returncode == 0
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_file_somebody_changed_is_replaced_only_when_told_to(golden: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "job_plans.csv").write_text("agreed on Tuesday", encoding="utf-8")
    done = program("plan", golden, "--out", out)
    assert done.returncode == 2
    assert "job_plans.csv" in done.stderr
    assert "--force" in done.stderr
    assert "routine" not in done.stderr, "it is refused before anything is solved"
    assert files_of(out) == {"job_plans.csv"}
    assert program("plan", golden, "--out", out, "--force").returncode == 0
    assert (out / "job_plans.csv").read_text(encoding="utf-8-sig").startswith("person,")


@pytest.mark.parametrize("where", ["file", "file/below", "golden"])
def test_an_output_folder_that_cannot_be_written_is_refused_first(where: str, golden: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    before = files_of(tmp_path)
    done = program("plan", golden, "--out", tmp_path / where)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert files_of(tmp_path) == before


# No plan


def test_no_plan_is_said_with_its_reason_and_exit_code_1(impossible: Path, tmp_path: Path) -> None:
    done = program("plan", impossible, "--out", tmp_path / "out")
    assert done.returncode == 1, done.stderr
    assert " ".join(done.stdout.split()).count("No plan exists.") == 1
    assert done.stderr.splitlines()[-1].startswith("No plan exists. These cannot all hold together: ")
    assert "job_plans.csv" not in files_of(tmp_path / "out")
    value = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert (value["status"], value["job_plans"]) == ("impossible", [])
    assert value["reason"]
    jsonschema.validate(value, schema("plan"), cls=jsonschema.Draft202012Validator)


def test_the_job_plans_of_an_earlier_run_do_not_outlive_a_run_without_a_plan(golden: Path, tmp_path: Path) -> None:
    """Left beside a plan.json that says there is none, they would be taken for its plan."""
    out = tmp_path / "out"
    assert program("plan", golden, "--out", out).returncode == 0
    make_impossible(golden)
    assert program("plan", golden, "--out", out).returncode == 1
    assert not {"job_plans.csv", "changes.csv", "figures/timetable.svg", "with_extra/job_plans.csv"} & files_of(out)


# Bad input


@pytest.mark.parametrize("command", ["check", "demand", "gap", "plan"])
def test_bad_input_is_every_fault_one_line_each_on_stderr(command: str, golden: Path) -> None:
    change(golden, "streams.csv", ("0.08", "8"), ("rapid,Rapid-access referrals,rapid", "rapid,Rapid,rapidd"))
    done = program(command, golden)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("streams.csv row 2 (rapid), column activity: found rapidd; allowed ")
    assert lines[1].startswith("streams.csv row 3 (new), column dna_rate: found 8; allowed 0 to 1")
    assert lines[2] == "2 faults in the input."


def test_bad_input_is_json_too_where_that_is_asked_for(golden: Path) -> None:
    change(golden, "streams.csv", ("0.08", "8"))
    done = program("gap", golden, "--json")
    assert done.returncode == 2
    (fault,) = json.loads(done.stdout)["faults"]
    assert (fault["file"], fault["row"], fault["column"], fault["found"]) == ("streams.csv", 3, "dna_rate", "8")
    assert fault["message"] in done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("streams.csv", "0.08", "8", "Did you mean 8%"),
        ("streams.csv", "patients,general", "patients,nothing", "found nothing"),
        ("demand.csv", "rapid,18", "rapid,-18", "found -18"),
        ("demand.csv", "rapid,18", "rapid,18.5", "found 18.5"),
        ("demand.csv", "2027-01-04,rapid", "31/02/2027,rapid", "31/02/2027"),
        ("demand.csv", "2027-01-11,rapid", "2027-01-04,rapid", "found "),
        ("people.csv", "person,name", "person,nickname", "nickname"),
        ("people.csv", "c02,", "c01,", "c01"),
        ("people.csv", "Thu AM;Thu PM", "Thu AN;Thu PM", "Thu AN"),
        ("activities.csv", "Thu PM", "Thu PN", "Thu PN"),
        ("rotas.csv", ",10,8,", ",60,8,", "found "),
        ("service.toml", "cycle_weeks = 2", "cycle_weeks = 0", "cycle_weeks"),
    ],
)  # fmt: skip
def test_each_kind_of_bad_input_is_refused_with_a_sentence(
    file: str, old: str, new: str, said: str, golden: Path
) -> None:
    lines = refused(change(golden, file, (old, new))).splitlines()
    assert any(line.startswith(file) and said in line and "; allowed " in line for line in lines), lines


def test_a_required_activity_that_no_one_is_skilled_for_is_refused(golden: Path) -> None:
    said = refused(change(golden, "skills.csv", ("n01,fup,\n", "")))
    assert said.startswith("activities.csv row 4 (fup), column activity: found no one skilled for it")


def test_a_missing_file_an_empty_one_and_a_folder_that_is_no_model_are_refused(golden: Path, tmp_path: Path) -> None:
    assert "nothing there" in refused(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "not a service model" in refused(tmp_path / "empty")
    (golden / "people.csv").write_text("", encoding="utf-8")
    (golden / "skills.csv").unlink()
    said = refused(golden)
    assert "people.csv: found an empty file" in said
    assert "skills.csv: found no such file" in said


def test_what_cannot_hold_together_is_refused_by_plan_and_said_by_check(golden: Path) -> None:
    """c01 has 5 PAs: a role of 4.5 PAs on top of duty weeks and core SPA cannot fit."""
    change(golden, "roles.csv", ("0.25,1,c01;c02,", "4.5,1,c01;c02,c01"))
    done = program("plan", golden)
    assert (done.returncode, done.stdout) == (2, "")
    assert "people.csv row 2 (c01), column contract_pa: found pinned sessions" in done.stderr
    checked = program("check", golden)
    assert checked.returncode == 2
    assert "A plan would be refused for 1 contradiction" in checked.stdout
    assert program("gap", golden).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--time-limit", "0"),
        ("plan", "--time-limit", "nan"),
        ("plan", "--time-limit", "soon"),
        ("plan", "--workers", "0"),
        ("plan", "--seed", "-1"),
        ("plan", "--scenario", "x"),
        ("schema", "nothing"),
        ("nothing",),
    ],
)
def test_an_option_out_of_range_is_bad_input(arguments: tuple[str, ...], golden: Path) -> None:
    done = program(*arguments, *([golden] if arguments[0] == "plan" else []))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


# Our faults


def test_a_plan_that_fails_its_check_is_not_written(unsound: None, golden: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["plan", str(golden), "--out", str(tmp_path / "out")])
    assert done.exit_code == 3
    assert done.stdout == ""
    assert "never: c01: found a plan; allowed none. No plan keeps this." in done.stderr
    assert "with extra PAs: never: c01" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_plan_that_fails_its_check_leaves_an_earlier_one_alone(
    golden: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    out = tmp_path / "out"
    runner = CliRunner()
    assert runner.invoke(app, ["plan", str(golden), "--out", str(out)]).exit_code == 0
    before = {name: (out / name).read_bytes() for name in files_of(out)}
    request.getfixturevalue("unsound")
    assert runner.invoke(app, ["plan", str(golden), "--out", str(out)]).exit_code == 3
    assert {name: (out / name).read_bytes() for name in files_of(out)} == before


def test_a_second_solver_that_agrees_is_said_in_one_sentence(golden: Path) -> None:
    done = CliRunner().invoke(app, ["plan", str(golden), "--verify"])
    assert done.exit_code == 0
    assert "A second solver, HiGHS, agrees on every tier of both answers." in done.stdout


def test_a_second_solver_that_disagrees_is_our_fault_and_the_plan_is_kept(
    monkeypatch: pytest.MonkeyPatch, golden: Path, tmp_path: Path
) -> None:
    """HiGHS is given a routine tier that counts one session more than the planner's."""

    def one_more(v: Variables) -> Any:
        return EXPRESSIONS["routine"](v) + 1

    monkeypatch.setattr(capacity.optimise.verify, "EXPRESSIONS", {**EXPRESSIONS, "routine": one_more})
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["plan", str(golden), "--verify", "--out", str(out)])
    assert done.exit_code == 3
    fault = (
        "A fault of this program: HiGHS disagrees on routine: here 1 was found and no plan can do better than 1; HiGHS"
        " says no plan can do better than 2. One of the two is wrong."
    )
    assert fault in done.stderr.splitlines()
    written = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert [said["name"] for said in written["verified"] if said["verdict"] == "disagreed"] == ["routine"]
    assert "HiGHS disagrees on routine" in " ".join(done.stdout.split())


def test_an_unforeseen_fault_is_one_sentence_and_exit_code_3(monkeypatch: pytest.MonkeyPatch, golden: Path) -> None:
    def broken(case: object) -> Any:
        """Break down."""
        raise ZeroDivisionError("no weeks")
        yield

    monkeypatch.setattr(capacity.check, "PLAN_RULES", (broken,))
    done = CliRunner().invoke(app, ["plan", str(golden)])
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1].startswith(
        "A fault of this program (ZeroDivisionError: no weeks). Please report"
    )
    assert "Traceback" not in done.stderr
    monkeypatch.setenv("CAPACITY_DEBUG", "1")
    assert "Traceback" in CliRunner().invoke(app, ["plan", str(golden)]).stderr


# Ctrl-C


@pytest.mark.parametrize("module", ["typer", "capacity.cli.planning"])
def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_traceback(module: str) -> None:
    script = f"""
import sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Impatient())
from capacity.cli import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "Stopped; nothing was written.\n")


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent Ctrl-C alone on Windows")
def test_ctrl_c_keeps_the_best_plan(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "capacity.cli", "plan", str(MODELS / "anaesthetics"), "--json"]
    command += ["--time-limit", "40", "--out", str(tmp_path / "out")]
    with (
        (tmp_path / "plan.json").open("w") as result,
        subprocess.Popen(command, cwd=ROOT, stdout=result, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr is not None
        while not process.stderr.readline().startswith("  "):  # a tier is finished: there is a plan
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 0, said
    assert "Stopping with the best plan so far" in said
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["status"] == "stopped"
    assert (tmp_path / "out" / "job_plans.csv").exists()
