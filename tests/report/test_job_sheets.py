"""Job plan sheets: what they say comes from the plan, they can be read back, and hostile names do no harm."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

import capacity
from capacity.cli import app
from capacity.report.job_calendar import job_calendar
from capacity.report.job_sheet import JobSheet
from capacity.report.job_sheet_files import JobSheets, sheet_files
from capacity.report.job_sheet_html import job_sheet_html
from capacity.report.job_sheet_pdf import job_sheet_pdf
from capacity.service.model import Service
from capacity.supply.job_time import JobTime

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = (
    "Zoë O'Brien-Ní Dhónaill", "<script>alert(1)</script> & Co", "د. ليلى حسن", "x" * 60, '#import "x"',
)  # fmt: skip


def model(name: str) -> Service:
    return capacity.read(ROOT / "models" / name)


@pytest.fixture(scope="module")
def chest() -> JobSheets:
    return capacity.job_sheets(model("respiratory"))


def of(made: JobSheets, person: str) -> JobSheet:
    return next(sheet for sheet in made.sheets if sheet.person == person)


class Words(HTMLParser):
    """Text of a page, and the tags it is made of."""

    def __init__(self, page: str):
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


@pytest.mark.parametrize("name", ["golden", "respiratory", "msk_physiotherapy", "anaesthetics"])
def test_everyone_in_post_has_a_sheet_that_adds_up(name: str) -> None:
    service = model(name)
    made = capacity.job_sheets(service)
    assert [sheet.person for sheet in made.sheets] == [p.person for p in service.people if p.kind != "vacant"]
    for sheet in made.sheets:
        *parts, total, contract = sheet.split[1:]
        assert total[1] == contract[1], sheet.person
        assert sum(float(value) for _, value in parts) == pytest.approx(float(total[1]), abs=0.031)
        assert sheet.finding == ""


def test_golden_is_as_worked_by_hand() -> None:
    """c01: two rapid a cycle of two weeks, one each week (52.18 a year), two general (37 a year), duty 5 weeks."""
    sheet = of(capacity.job_sheets(model("golden")), "c01")
    work = {row[0]: row[2] for row in sheet.work[1:]}
    assert work == {"Rapid-access clinic": "52", "General clinic": "37", "Ward round": "30"}
    assert sheet.duty[1][1:3] == ("1 in 2", "5")
    assert sheet.split[-1] == ("Contract", "5.00")


def test_weeks_that_differ_are_shown_each_and_where_work_takes_place(chest: JobSheets) -> None:
    sheet = of(chest, "c01")
    assert [row[0] for row in sheet.weeks] == ["Week", "1, 3", "2, 4"]
    (friday,) = sheet.grid["Fri", "AM"]
    assert friday.text == "Lung cancer results and nodule clinic"
    assert friday.note == "weeks 1 and 3; Chest clinic rooms"
    assert sheet.changes == ()


def test_a_person_attends_meetings_of_the_whole_team_when_present(chest: JobSheets) -> None:
    meeting = next(row for row in of(chest, "c07").work if row[0] == "Lung cancer multidisciplinary meeting")
    assert meeting[2] == "42"  # c07 is not on the ward week, and is present 42 weeks


def test_objectives_are_the_persons_and_those_of_all(chest: JobSheets) -> None:
    rows = of(chest, "c02").objectives
    assert [row[0] for row in rows[1:]] == ["trust", "team", "person"]
    assert "mediastinal staging" in rows[3][1]


def test_a_proposed_plan_says_what_changes_and_why(tmp_path: Path) -> None:
    service = model("golden")
    outcome = capacity.plan(service, time_limit=10)
    outcome.write(tmp_path / "plan")
    made = capacity.job_sheets(service, tmp_path / "plan")
    assert made.rows == outcome.plan.rows  # type: ignore[union-attr]
    said = of(made, "c02").changes
    assert "No longer General clinic on Wed AM, 1 of 2 weeks (0.2 sessions a week short in the plans in force)." in said
    assert "New: Rapid-access clinic on Wed AM, 1 of 2 weeks (0.7 sessions a week short in the plans in force)." in said
    assert any(line.startswith("Takes on ") for sheet in made.sheets for line in sheet.changes)
    assert any(entry.new for entry in of(made, "c02").grid["Wed", "AM"])


def test_names_are_shown_only_when_asked(chest: JobSheets) -> None:
    page = job_sheet_html(of(chest, "c01"))
    assert "Consultant 01" not in page
    named = capacity.job_sheets(model("respiratory"), people=["c01"], names=True)
    assert "Job plan of Consultant 01 (c01)" in job_sheet_html(named.sheets[0])


def test_the_page_is_whole_and_fetches_nothing(chest: JobSheets) -> None:
    page = job_sheet_html(of(chest, "n01"))
    found = Words(page)
    assert "http" not in page
    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert page.startswith('<!doctype html>\n<html lang="en-GB">')
    assert {"h1", "h2", "caption", "th"} <= set(found.tags)
    for part in ("Timetable", "Time against the contract", "Signature", "Job plan holder", "Clinical manager"):
        assert part in " ".join(found.text)


@pytest.mark.parametrize(
    "name", ["Zoë O'Brien-Ní Dhónaill", "<script>alert(1)</script> & Co", "د. ليلى حسن", "x" * 60, '#import "x"']
)
def test_any_name_can_be_printed(name: str, chest: JobSheets) -> None:
    service = chest.service
    people = tuple(p.model_copy(update={"name": name}) if p.person == "c01" else p for p in service.people)
    made = capacity.job_sheets(service.model_copy(update={"people": people}), people=["c01"], names=True)
    page = job_sheet_html(made.sheets[0])
    assert "<script" not in page
    assert f"Job plan of {name} (c01)" in "".join(Words(page).text)
    assert job_sheet_pdf(made.sheets[0]).startswith(b"%PDF")


def test_pdfs_are_tagged_and_the_same_every_time(chest: JobSheets) -> None:
    pdf = job_sheet_pdf(of(chest, "c01"))
    assert pdf == job_sheet_pdf(of(chest, "c01"))
    assert b"pdfuaid" in pdf  # made as PDF/UA-1, which typst refuses to write where it is not
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    for part in ("Job plan of c01", "Rapid-access lung cancer clinic", "Time against the contract", "Signature"):
        assert part in text


def test_the_calendar_repeats_each_session_in_its_week_of_the_cycle(chest: JobSheets) -> None:
    time = JobTime(chest.service, chest.demand)
    text = job_calendar(time, "c01", chest.rows).decode()
    events = text.split("BEGIN:VEVENT")[1:]
    friday = [event for event in events if "results" in event]
    # the plan year begins on Thursday 1 April 2027; its first Monday is 5 April, so week 1's Friday is 9 April
    assert [line for event in friday for line in event.splitlines() if line.startswith("DTSTART")] == [
        "DTSTART:20270409T090000", "DTSTART:20270423T090000",
    ]  # fmt: skip
    assert all("RRULE:FREQ=WEEKLY;INTERVAL=4;UNTIL=20280331T235959" in event for event in events)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lengths = {line[-6:] for line in friday[0].splitlines() if line.startswith("DTEND")}
    assert lengths == {"130000"}  # 240 minutes from 9:00
    assert dt.date(2027, 4, 9).weekday() == 4


def test_every_person_has_three_files_written_whole(tmp_path: Path, chest: JobSheets) -> None:
    made = JobSheets(chest.service, chest.demand, chest.rows, chest.sheets[:2])
    assert set(sheet_files(made)) == {f"{who}.{kind}" for who in ("c01", "c02") for kind in ("pdf", "html", "ics")}


def test_the_command_makes_sheets_and_refuses_whom_it_does_not_know(tmp_path: Path) -> None:
    golden = str(ROOT / "models" / "golden")
    done = CliRunner().invoke(app, ["sheets", golden, "--out", str(tmp_path / "out"), "--person", "c01"])
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"c01.pdf", "c01.html", "c01.ics"}
    assert not (tmp_path / "out" / "c02.pdf").exists()
    again = CliRunner().invoke(app, ["sheets", golden, "--out", str(tmp_path / "out"), "--person", "zz"])
    assert again.exit_code == 2


def test_a_team_of_vacant_posts_has_no_sheets(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "models" / "golden", tmp_path / "golden"))
    (folder / "roles.csv").unlink()
    path = folder / "people.csv"
    rows = [{**row, "kind": "vacant"} for row in csv.DictReader(path.open(encoding="utf-8", newline=""))]
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = CliRunner().invoke(app, ["sheets", str(folder), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "Nobody is in post" in done.stderr


def test_a_plan_that_does_not_add_up_says_so(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "models" / "golden", tmp_path / "golden"))
    path = folder / "job_plans.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row in rows if not (row["person"] == "c01" and row["activity"] == "flexible"))
    sheet = of(capacity.job_sheets(capacity.read(folder)), "c01")
    assert sheet.finding == "The plan is 2 h 17 min a week less than the contract: to be agreed before it is signed."
