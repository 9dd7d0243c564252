"""plan.xlsx, read back by another library and opened by another program."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import load_workbook

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome
from capacity.report.outputs import plan_files, plan_names
from capacity.report.plan_workbook import plan_workbook
from capacity.service.model import Service
from capacity.service.read import read_service
from capacity.service.template import EXAMPLE
from capacity.service.write_workbook import workbook_bytes
from capacity.supply.gap import Gap

Sheets = dict[str, list[list[Any]]]


@pytest.fixture
def made(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> bytes:
    return plan_workbook(service, demand, gap, outcome)


def cells_of(content: bytes) -> Sheets:
    book = load_workbook(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_sheets_in_order(made: bytes) -> None:
    assert list(cells_of(made)) == [
        "summary", "gap", "team", "person c01", "person c02", "person n01", "changes", "findings", "run",
    ]  # fmt: skip


def test_the_sentence_comes_first_and_counts_are_those_of_the_plan(made: bytes) -> None:
    summary = cells_of(made)["summary"]
    assert summary[1][0].startswith("You need 6.5 sessions a week, your plans deliver")
    counts = {row[0]: row[1] for row in summary}
    assert counts["sessions a cycle moved"] == 4 and counts["sessions a cycle added"] == 2
    (change,) = [row for row in summary if str(row[0]).startswith("change:")]
    assert change[1:5] == [14, 12, 14, "feasible"]
    (unused,) = [row for row in summary if str(row[0]).startswith("quality:")]
    assert unused[1:5] == ["", "", "", "not used"]


def test_the_team_week_by_week_in_letters_and_colours(made: bytes) -> None:
    team = cells_of(made)["team"]
    head = team[0]
    assert head[:4] == ["person", "group", "week", "Mon AM"]
    lines = {(row[0], row[2]): dict(zip(head, row, strict=False)) for row in team[1:] if row[0]}
    assert len(lines) == 3 * 4, "three people in a cycle of four weeks"
    assert lines["c01", 1]["Mon AM"] == "GENE"
    assert lines["c01", 1]["Tue AM"] == "LUCA*", "changed against the plan in force"
    assert lines["c01", 1]["Wed AM"] == ""
    assert lines["c01", 2]["Wed AM"] == "LUCA'", "the same, in other weeks"
    legend = {row[-2]: row[-1] for row in team}
    assert legend["LUCA"] == "Lung cancer clinic" and legend["x"] == "not available"
    styles = zipfile.ZipFile(io.BytesIO(made)).read("xl/styles.xml").decode()
    assert "FFFFE0A3" in styles and "FFC5DDF3" in styles, "rapid and routine are filled differently"


def test_a_person_has_weeks_rows_roles_and_changes(made: bytes) -> None:
    rows = cells_of(made)["person c01"]
    assert rows[0][0] == "c01 (consultant)"
    texts = [str(row[0]) for row in rows]
    assert {"activity", "role:mdt_lead", "roles", "changes: activity"} <= set(texts)
    assert ["lung_cancer", "Wed AM", "2;4"] in [row[:3] for row in rows]
    assert cells_of(made)["person c02"][-1][:3] == ["role:audit", "-", "role gained"]
    assert cells_of(made)["person n01"][-1][:1] == ["none"]


def test_no_names_of_people(service: Service, made: bytes) -> None:
    texts = zipfile.ZipFile(io.BytesIO(made)).read("xl/sharedStrings.xml").decode()
    assert not [person.name for person in service.people if person.name in texts]


def test_nothing_in_it_runs(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    evil = '=HYPERLINK("http://x","y")'
    activities = tuple(row.model_copy(update={"name": evil}) for row in service.activities)
    odd = replace(outcome, findings=(Finding("rule", "+1+A1", "@SUM(A1)"),), reason="-1+1")
    content = plan_workbook(service.model_copy(update={"activities": activities, "name": evil}), demand, gap, odd)
    parts = zipfile.ZipFile(io.BytesIO(content))
    for name in parts.namelist():
        assert b"<f>" not in parts.read(name) and b"<hyperlink" not in parts.read(name), name
    shown = [cell for rows in cells_of(content).values() for row in rows for cell in row if isinstance(cell, str)]
    assert f"'{evil}" in shown and "'@SUM(A1)" in shown
    assert [text for text in shown if re.match(r"[=+@-].", text)] == []


def test_the_same_plan_gives_the_same_bytes(
    service: Service, demand: Demand, gap: Gap, outcome: Outcome, made: bytes
) -> None:
    later = replace(outcome, run={**outcome.run, "seconds": 99.0})
    assert plan_workbook(service, demand, gap, later) == made


def test_where_there_is_no_plan(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    none = replace(outcome, status="impossible", plan=None, changes=(), delivered={}, reason="c01 cannot")
    sheets = cells_of(plan_workbook(service, demand, gap, none))
    assert list(sheets) == ["summary", "gap", "findings", "run"]
    assert "No plan exists: c01 cannot." in sheets["summary"][1][0]


def test_ids_too_long_for_a_sheet(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    people = tuple(
        person.model_copy(update={"person": f"{'consultant_of_the_team_' * 2}{number}"})
        for number, person in enumerate(service.people)
    )
    bare = replace(outcome, plan=replace(outcome.plan, rows=(), holders={}), changes=())
    sheets = cells_of(plan_workbook(service.model_copy(update={"people": people, "job_plans": ()}), demand, gap, bare))
    assert [name for name in sheets if name.startswith("person")] == [
        "person consultant_of_the_team_c",
        "person consultant_of_the_team~2",
        "person consultant_of_the_team~3",
    ]


def test_it_is_among_the_files_of_a_plan(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    files = plan_files(service, demand, gap, outcome, {})
    assert files["plan.xlsx"].startswith(b"PK")
    assert "plan.xlsx" in plan_names(service, demand)


def test_every_part_is_xml_and_every_sheet_is_reachable(made: bytes) -> None:
    parts = zipfile.ZipFile(io.BytesIO(made))
    for name in parts.namelist():
        ElementTree.fromstring(parts.read(name))
    targets = re.findall(r'Target="(worksheets/[^"]+)"', parts.read("xl/_rels/workbook.xml.rels").decode())
    assert {f"xl/{target}" for target in targets} == {name for name in parts.namelist() if "worksheets/sheet" in name}


@pytest.mark.slow
def test_libreoffice_opens_both_workbooks_and_saves_an_equal_model(made: bytes, tmp_path: Path) -> None:
    """It exits with an error, or writes nothing, for a file that it would offer to repair."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: whether it opens the workbooks was not tried here")
    (tmp_path / "plan.xlsx").write_bytes(made)
    (tmp_path / "model.xlsx").write_bytes(workbook_bytes(read_service(EXAMPLE)))
    own = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for form, name in (("pdf", "plan.xlsx"), ("xlsx", "model.xlsx")):
        subprocess.run(
            [office, own, "--headless", "--convert-to", form, "--outdir", tmp_path / "saved", tmp_path / name],
            check=True,
            capture_output=True,
            timeout=300,
        )
    assert (tmp_path / "saved" / "plan.pdf").read_bytes().startswith(b"%PDF")
    assert read_service(tmp_path / "saved" / "model.xlsx") == read_service(EXAMPLE)
