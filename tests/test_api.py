"""The public API: what each function gives, what it refuses, and that importing it is light."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import capacity
from capacity.errors import InputError, OutputError, PlanFailedCheck
from capacity.report.team_outcome import TeamOutcome

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
ACUTE_MEDICINE = ROOT.parent / "shared" / "data" / "models" / "acute_medicine"
HEAVY = ("ortools", "pandas", "numpy", "scipy", "matplotlib", "pydantic")


@cache
def golden() -> TeamOutcome:
    return capacity.plan(capacity.read(MODELS / "golden"))


@cache
def respiratory() -> TeamOutcome:
    return capacity.plan(capacity.read(MODELS / "respiratory"), time_limit=20)


def python(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_it_loads_nothing_heavy() -> None:
    assert python(f"import sys, capacity; print([name for name in {HEAVY!r} if name in sys.modules])") == "[]"


@pytest.mark.parametrize(
    "first",
    [
        "import capacity, capacity.demand.analyse",
        "import capacity.demand.analyse, capacity",
        "from capacity.demand.analyse import analyse; import capacity",
        "import capacity; import capacity.demand; import capacity.demand.sizing",
        "import capacity.demand; import capacity",
    ],
)
def test_demand_stays_the_function_whatever_is_imported_first(first: str) -> None:
    """``capacity.demand`` is a folder of modules too, and importing that must not take the function's name."""
    script = f"{first}\nprint(len(capacity.demand(capacity.read('models/golden')).activities))"
    assert python(script) == "4"


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capacity.__version__ == project["version"]


def test_every_fault_of_a_model_is_raised_at_once(tmp_path: Path) -> None:
    shutil.copytree(MODELS / "golden", tmp_path / "broken")
    people = tmp_path / "broken" / "people.csv"
    people.write_text(people.read_text().replace("42,", "99,").replace("nurse,7", "nursing,7"))
    with pytest.raises(InputError) as caught:
        capacity.read(tmp_path / "broken")
    assert len(caught.value.faults) == 3


def test_demand_and_gap_are_frames_with_a_published_form() -> None:
    service = capacity.read(MODELS / "golden")
    demand, gap = capacity.demand(service), capacity.gap(service)
    assert list(demand.streams["stream"]) == ["rapid", "new", "review"]
    assert list(gap.activities.index) == ["rapid", "general", "fup", "ward"]
    assert set(gap.to_json()["activities"]) == set(demand.to_json()["activities"])


def test_findings_are_of_the_input_and_of_the_plans_in_force() -> None:
    rules = [finding.rule for finding in capacity.findings(capacity.read(MODELS / "respiratory"))]
    assert {"default_used", "role_vacant", "active_plan"} <= set(rules)
    assert "not_yet_used" not in rules, "objectives.csv is what the sheets of the individual job plans print"


def test_a_plan_knows_its_run() -> None:
    outcome = golden()
    text = outcome.service.model_dump_json()
    assert outcome.run["input_hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert outcome.run["versions"]["capacity"] == capacity.__version__
    assert (outcome.run["seed"], outcome.run["workers"]) == (1, 1)
    assert outcome.with_extra is not None
    assert outcome.with_extra.run["input_hash"] == outcome.run["input_hash"]


def test_the_input_hash_follows_the_content_and_not_the_folder(tmp_path: Path) -> None:
    from capacity.api import input_hash

    shutil.copytree(MODELS / "golden", tmp_path / "copy")
    copy = capacity.read(tmp_path / "copy")
    assert input_hash(copy) == golden().run["input_hash"]
    assert input_hash(copy.model_copy(update={"cycle_weeks": 4})) != golden().run["input_hash"]


def test_a_job_plan_is_a_frame_in_order_of_the_week() -> None:
    plan = golden().plan
    assert plan is not None
    frame = plan.job_plan("c02")
    assert list(frame.columns) == ["activity", "slot", "weeks", "minutes", "per_year", "pinned"]
    assert len(frame) == len(plan.rows_of("c02"))
    assert list(frame["slot"])[-1] == "-"
    assert frame.loc[frame["slot"] == "-", "weeks"].eq("").all()
    assert set(frame.loc[frame["slot"] != "-", "weeks"]) <= {"all", "1", "2"}
    assert frame["minutes"].dtype == "float64"
    assert frame["pinned"].dtype == "bool"


def test_the_job_plan_of_nobody_is_refused() -> None:
    """Guards against an empty frame for a mistyped id, which reads as a person with nothing to do."""
    plan = golden().plan
    assert plan is not None
    with pytest.raises(KeyError, match="no rows of c2; it has those of: c01, c02, n01"):
        plan.job_plan("c2")


def test_the_summary_begins_with_what_was_read_and_the_leads_sentence() -> None:
    paragraphs = golden().summary().split("\n\n")
    assert paragraphs[0].startswith("Golden: three people, worked by hand: 3 people, 4 activities")
    assert paragraphs[1].startswith("You need 6.5 sessions a week, your plans deliver 5.8")


def test_progress_is_told_of_tiers() -> None:
    told: list[str] = []

    def progress(tier: str, value: float | None, bound: float | None, seconds: float) -> None:
        assert seconds >= 0
        told.append(tier)

    outcome = capacity.plan(capacity.read(MODELS / "respiratory"), time_limit=5, progress=progress)
    assert {tier.name for tier in outcome.tiers if tier.seconds > 1} <= set(told)
    assert told


def test_a_search_that_was_stopped_ends_early_and_says_so() -> None:
    stop = threading.Event()
    told: list[str] = []

    def progress(tier: str, value: float | None, bound: float | None, seconds: float) -> None:
        told.append(tier)
        if value is not None:
            stop.set()

    outcome = capacity.plan(capacity.read(MODELS / "anaesthetics"), time_limit=40, progress=progress, stop=stop)
    assert outcome.plan is not None
    assert outcome.status == "stopped"
    assert outcome.run["limit_fired"] == "stopped"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"time_limit": 0}, "time_limit is 0"),
        ({"time_limit": float("nan")}, "time_limit is nan"),
        ({"workers": 0}, "workers is 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        capacity.plan(golden().service, **settings)  # type: ignore[arg-type]


def test_contradictions_are_refused_before_anything_is_solved() -> None:
    """c01 has 5 PAs: a role of 4.5 PAs on top of duty weeks and core SPA cannot fit."""
    service = golden().service
    role = service.roles[0].model_copy(update={"tariff_pa": 4.5, "held_by": ("c01",)})
    over = service.model_copy(update={"roles": (role,)})
    assert [fault.id for fault in capacity.contradictions(over)] == ["c01"]
    with pytest.raises(InputError, match=r"people\.csv row 2 \(c01\), column contract_pa: found pinned sessions"):
        capacity.plan(over)


def test_reserved_time_pinned_on_top_of_a_full_session_is_refused() -> None:
    """c01 has a clinic of 240 minutes on Monday morning: no SPA can be pinned into the same half-day."""
    service = golden().service
    clinic, *others = service.job_plans
    spa = clinic.model_copy(update={"activity": "spa", "minutes": 100, "pinned": True})
    rows = (clinic.model_copy(update={"pinned": True}), spa, *others)
    (fault,) = capacity.contradictions(service.model_copy(update={"job_plans": rows}))
    assert fault.id == "c01"
    assert "found 340 minutes pinned in Mon AM of week 1; allowed at most the half-day, 240 minutes" in str(fault)


def test_a_plan_that_breaks_a_rule_is_not_written(tmp_path: Path) -> None:
    """One row is taken out: the timetable no longer adds up to the contract."""
    outcome = golden()
    assert outcome.plan is not None
    spoilt = replace(outcome, plan=replace(outcome.plan, rows=outcome.plan.rows[1:]))
    with pytest.raises(PlanFailedCheck, match="contract"):
        spoilt.write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_second_answer_that_breaks_a_rule_is_not_written_either(tmp_path: Path) -> None:
    outcome = golden()
    second = outcome.with_extra
    assert second is not None
    assert second.plan is not None
    spoilt = replace(second, plan=replace(second.plan, extra_minutes={"c01": 200}))
    with pytest.raises(PlanFailedCheck, match="with extra PAs: "):
        replace(outcome, with_extra=spoilt).write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_model_is_refused() -> None:
    with pytest.raises(OutputError, match="is a service model"):
        golden().write(MODELS / "golden", force=True)


def test_every_name_that_is_written_was_known_beforehand() -> None:
    """Guards against a search of minutes that ends at a folder which cannot take one of the files."""
    from capacity.report.outputs import demand_files, demand_names, gap_files, gap_names, plan_files, plan_names

    for outcome in (golden(), respiratory()):
        parts = outcome.service, outcome.demand, outcome.gap
        assert set(plan_files(*parts, outcome)) == set(plan_names(*parts[:2]))
        assert set(demand_files(*parts[:2])) == set(demand_names(*parts[:2]))
        assert set(gap_files(*parts)) == set(gap_names(*parts))


@pytest.mark.parametrize("made", [golden, respiratory])
@pytest.mark.parametrize("folder", ["", "with_extra"])
def test_a_proposed_plan_is_next_years_plan_in_force(made: object, folder: str, tmp_path: Path) -> None:
    """Written, read back as the plans in force, it supplies exactly what the plan said it delivers."""
    outcome = made()  # type: ignore[operator]
    answer = outcome if not folder else outcome.with_extra
    assert answer is not None
    outcome.write(tmp_path / "out")
    model = tmp_path / "next_year"
    shutil.copytree(outcome.service.origin.path, model)
    shutil.copyfile(tmp_path / "out" / folder / "job_plans.csv", model / "job_plans.csv")
    service = capacity.read(model)
    assert set(service.job_plans) == set(answer.plan.rows)
    supplied = capacity.gap(service).activities["supplied"]
    pd.testing.assert_series_equal(
        supplied, pd.Series(answer.delivered, name="supplied"), check_index=False, check_names=False, atol=1e-6, rtol=0
    )
    assert list(supplied.index) == list(answer.delivered)
    rules = [finding for finding in capacity.findings(service) if finding.rule == "contract_sum"]
    assert rules == [] or folder == "with_extra"


def test_next_year_the_plan_in_force_can_stay_as_it_is(tmp_path: Path) -> None:
    """What was optimal is still feasible: planning again from it changes no more than it did the first time."""
    outcome = respiratory()
    outcome.write(tmp_path / "out")
    model = tmp_path / "next_year"
    shutil.copytree(MODELS / "respiratory", model)
    shutil.copyfile(tmp_path / "out" / "job_plans.csv", model / "job_plans.csv")
    again = capacity.plan(capacity.read(model), time_limit=20)
    kept = {tier.name: tier.kept for tier in outcome.tiers}
    then = {tier.name: tier.kept for tier in again.tiers}
    assert then["rapid_mean"] <= kept["rapid_mean"]
    assert then["change"] < kept["change"]


@pytest.mark.skipif(not ACUTE_MEDICINE.is_dir(), reason="the real weekly admissions are not part of the repository")
def test_real_weekly_admissions_lead_to_a_checked_plan(tmp_path: Path) -> None:
    outcome = capacity.plan(capacity.read(ACUTE_MEDICINE), time_limit=10)
    assert outcome.plan is not None
    outcome.refuse_unsound()
    assert (tmp_path / "out" / "job_plans.csv") in outcome.write(tmp_path / "out")
