"""A workbook reads exactly as a folder does, says where its faults are, and is refused where it is hostile."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from python_calamine import load_workbook

import capacity
from capacity.errors import InputError, OutputError
from capacity.service import package
from capacity.service.columns import TABLES
from capacity.service.model import Service
from capacity.service.notes import KEY_NOTES, TABLE_NOTES, column_note
from capacity.service.read import read_service
from capacity.service.settings import KEYS, SECTIONS
from capacity.service.template import EXAMPLE
from capacity.service.write import write_service
from capacity.service.write_workbook import workbook_bytes
from tests.optimise.tiny import tiny_service
from tests.service.conftest import FILES
from tests.service.test_write import everything, services  # noqa: F401 - a fixture

MODELS = Path(__file__).parents[2] / "models"
SHIPPED = ("respiratory", "msk_physiotherapy", "anaesthetics", "golden")
SETTINGS: dict[str, Any] = {
    "schema": 1,
    "id": "tiny",
    "name": "Tiny service",
    "year_starts": dt.date(2027, 4, 1),
    "cycle_weeks": 4,
    "policy": "england-consultant-2003",
    "policies.nurse": "afc-hours",
    "slots.premium": "Sat AM",
}
Cells = list[list[Any]]
Sheets = dict[str, Cells]


def sheets_of_tiny() -> Sheets:
    """The sheets of the tiny service, every cell as text."""
    found: Sheets = {"service": [["key", "value"], *[[key, value] for key, value in SETTINGS.items()]]}
    for file, text in FILES.items():
        if file.endswith(".csv"):
            found[file.removesuffix(".csv")] = [list(row) for row in csv.reader(io.StringIO(text))]
    return found


def book(path: Path, sheets: Mapping[str, Cells], hidden: tuple[str, ...] = ()) -> Path:
    """Write cells as Excel would: numbers, dates and truth values as such; a text from = on as a formula."""
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, tuple):
                        sheet.write_formula(number, place, value[0], None, value[1])
                    elif value not in ("", None):
                        sheet.write(number, place, value)
            if name in hidden:
                sheet.hide()
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Path]:
    """Write the tiny service as a workbook; a keyword replaces a sheet, None leaves it out."""

    def write(name: str = "tiny.xlsx", hidden: tuple[str, ...] = (), **sheets: Cells | None) -> Path:
        given = {**sheets_of_tiny(), **sheets}
        return book(tmp_path / name, {key: rows for key, rows in given.items() if rows is not None}, hidden)

    return write


def lines_of(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_service(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults), "a fault is one unwrapped line"
    return lines


def with_cell(rows: Cells, row: int, column: str, value: Any) -> Cells:
    """Cells with one replaced; ``row`` as Excel numbers it."""
    place = rows[0].index(column)
    return [
        [value if (number, at) == (row, place) else cell for at, cell in enumerate(cells)]
        for number, cells in enumerate(rows, start=1)
    ]


# written and read back


@pytest.mark.parametrize("model", SHIPPED)
def test_shipped_models_come_back_from_a_workbook(model: str, tmp_path: Path) -> None:
    service = read_service(MODELS / model)
    capacity.write(service, tmp_path / "model.xlsx")
    again = capacity.read(tmp_path / "model.xlsx")
    assert again == service
    assert capacity.api.input_hash(again) == capacity.api.input_hash(service)


def test_a_model_with_every_table_comes_back(everything: Path, tmp_path: Path) -> None:  # noqa: F811
    service = read_service(everything)
    write_service(service, tmp_path / "new" / "model.xlsx")
    assert (tmp_path / "new" / "dates.txt").is_file(), "the file of bank holidays stands beside the workbook"
    assert read_service(tmp_path / "new" / "model.xlsx") == service


def test_the_workbook_and_the_folder_are_the_same_service(tiny: Callable[..., Path], write_model: Any) -> None:
    assert read_service(tiny()) == read_service(write_model())


def test_services_of_other_tests_come_back(tmp_path: Path) -> None:
    for number, service in enumerate(tiny_service(seed) for seed in range(6)):
        write_service(service, tmp_path / f"{number}.xlsx")
        write_service(service, tmp_path / f"{number}")
        assert read_service(tmp_path / f"{number}.xlsx") == read_service(tmp_path / f"{number}")


@settings(max_examples=25, deadline=None)
@given(services())
def test_any_service_comes_back_from_a_workbook(service: Service) -> None:
    with TemporaryDirectory() as folder:
        write_service(service, Path(folder) / "model.xlsx")
        assert read_service(Path(folder) / "model.xlsx") == service


def test_the_same_service_gives_the_same_bytes() -> None:
    service = read_service(EXAMPLE)
    assert workbook_bytes(service) == workbook_bytes(service)


# cells as Excel holds them


def test_typed_cells_read_as_the_text_of_a_csv(tiny: Callable[..., Path]) -> None:
    sheets = sheets_of_tiny()
    streams = with_cell(sheets["streams"], 2, "dna_rate", 0.1 + 0.2 - 0.22)
    streams = with_cell(streams, 3, "per_attendance", 1.5)
    people = with_cell(sheets["people"], 2, "premium_consent", True)
    people = with_cell(with_cell(people, 2, "contract_pa", 10), 3, "grade", 7)
    demand = with_cell(with_cell(sheets["demand"], 2, "week_starting", dt.date(2026, 1, 5)), 2, "referrals", 20.0)
    demand = with_cell(demand, 3, "week_starting", dt.datetime(2026, 1, 12))
    service = read_service(tiny(streams=streams, people=people, demand=demand))
    assert service.streams[0].dna_rate == 0.08, "the noise of Excel's arithmetic is not read"
    assert service.streams[1].per_attendance == 1.5
    assert service.people[0].contract_pa == 10 and service.people[0].premium_consent is True
    assert service.people[1].grade == "7"
    assert [row.start for row in service.demand[:2]] == [dt.date(2026, 1, 5), dt.date(2026, 1, 12)]
    assert service.demand[0].referrals == 20


def test_a_percentage_and_a_number_of_many_digits(tmp_path: Path, tiny: Callable[..., Path]) -> None:
    service = read_service(tiny(streams=with_cell(sheets_of_tiny()["streams"], 2, "dna_rate", "8%")))
    assert service.streams[0].dna_rate == 0.08
    third = service.people[0].model_copy(update={"contract_pa": 10 / 3})
    changed = service.model_copy(update={"people": (third, *service.people[1:])})
    write_service(changed, tmp_path / "third.xlsx")
    assert read_service(tmp_path / "third.xlsx").people[0].contract_pa == 10 / 3, "Excel's 15 digits would change it"


def test_sheet_names_ignore_case_and_spaces(tiny: Callable[..., Path]) -> None:
    sheets = sheets_of_tiny()
    path = tiny(job_plans=None, streams=None, **{"Job Plans": sheets["job_plans"], "STREAMS": sheets["streams"]})
    assert read_service(path) == read_service(tiny("again.xlsx"))


def test_what_is_no_data_is_not_read(tiny: Callable[..., Path]) -> None:
    service = read_service(tiny(about=[["anything"]], budget=[["x"]], equipment=[["equipment", "name"]]))
    notes = [note for note in service.origin.notes if note.rule == "sheet_ignored"]
    assert [note.subject for note in notes] == ["budget"] and service.equipment == ()


def test_formulas_count_by_the_value_that_was_saved(tiny: Callable[..., Path]) -> None:
    sheets = sheets_of_tiny()
    service = read_service(tiny(people=with_cell(sheets["people"], 2, "contract_pa", ("=4+5", 9))))
    assert service.people[0].contract_pa == 9
    assert [note.subject for note in service.origin.notes if note.rule == "formulas"] == ["people"]


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    service = read_service(EXAMPLE)
    name = '=HYPERLINK("x")'
    named = service.people[0].model_copy(update={"name": name})
    service = service.model_copy(update={"people": (named, *service.people[1:])})
    write_service(service, tmp_path / "x.xlsx")
    assert read_service(tmp_path / "x.xlsx").people[0].name == name
    parts = zipfile.ZipFile(tmp_path / "x.xlsx")
    sheets = [parts.read(part) for part in parts.namelist() if "worksheets/sheet" in part]
    assert not any(b"<f>" in sheet for sheet in sheets)
    assert b"<t>&#39;=HYPERLINK" in parts.read("xl/sharedStrings.xml").replace(b"'=", b"&#39;=")


# faults


def test_a_fault_names_sheet_row_and_column(tiny: Callable[..., Path]) -> None:
    sheets = sheets_of_tiny()
    lines = lines_of(
        tiny(
            streams=with_cell(sheets["streams"], 3, "activity", "clinc"),
            people=with_cell(sheets["people"], 2, "contract_pa", "ten"),
            demand=with_cell(sheets["demand"], 4, "referrals", -3),
        )
    )
    assert lines == [
        "streams row 3 (follow), column activity: found clinc; allowed an id of sheet activities: clinic, mdt."
        " Did you mean clinic?",
        "demand row 4 (new), column referrals: found -3; allowed a whole number, 0 or more",
        "people row 2 (c01), column contract_pa: found ten; allowed more than 0",
    ]


def test_faults_of_settings_name_the_row_of_the_key(tiny: Callable[..., Path]) -> None:
    rows = [
        *sheets_of_tiny()["service"],
        ["objective.tiers", "routine;rapid"],
        ["objective.extra_pa_bugdet", 2],
        ["calendar.max_simultaneous_leave", "two"],
        ["cycle_weeks", 5],
        ["slots", "Sat AM"],
        ["costs.staff.7", "8%"],
    ]
    lines = lines_of(tiny(service=rows))
    expected = (
        "service row 10 (objective.tiers), column value: found rapid; allowed rapid_mean",
        "service row 11 (objective.extra_pa_bugdet), column value: found an unknown key",
        "service row 12 (calendar.max_simultaneous_leave), column value: found two; allowed a whole number, 1 or more",
        "service row 13, column key: found cycle_weeks again (first in row 6); allowed each key once",
        "service row 14, column key: found slots; allowed keys such as slots.…, which also stand here",
    )
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected, strict=True):
        assert line.startswith(start)
    assert lines[1].endswith("Did you mean extra_pa_budget?")


def test_a_missing_key_and_a_missing_sheet(tiny: Callable[..., Path]) -> None:
    rows = [row for row in sheets_of_tiny()["service"] if row[0] != "cycle_weeks"]
    assert lines_of(tiny(service=rows, skills=None)) == [
        "service, cycle_weeks: found nothing; allowed a value, which is required",
        "skills: found no such sheet; allowed a sheet of this name, which is required",
    ]
    assert lines_of(tiny("b.xlsx", service=None)) == [
        "service: found no such sheet; allowed a sheet of this name, which is required"
    ]


def test_a_misnamed_sheet_is_not_passed_over(tiny: Callable[..., Path]) -> None:
    rows = sheets_of_tiny()["rooms"]
    assert "room: found an unknown sheet; allowed the tables of a service model. Did you mean rooms?" in lines_of(
        tiny(rooms=None, room=rows)
    )


def test_a_formula_without_a_value_and_an_error_name_their_cell(tiny: Callable[..., Path]) -> None:
    sheets = sheets_of_tiny()
    people = with_cell(sheets["people"], 2, "contract_pa", ("=4+5", ""))
    rooms = with_cell(sheets["rooms"], 2, "count", ("=1/0", "#DIV/0!"))
    text = "\n".join(lines_of(tiny(people=people, rooms=rooms)))
    assert (
        "people row 2, column contract_pa: found a formula without a saved value (E2); allowed a value. Open the"
        " workbook in Excel and save it"
    ) in text
    assert "rooms row 2, column count: found a formula with an error (C2); allowed a value" in text


def test_an_empty_sheet_and_a_column_without_a_name(tiny: Callable[..., Path]) -> None:
    sheets = sheets_of_tiny()
    assert lines_of(tiny(rooms=[])) == ["rooms: found an empty sheet; allowed a header and a row for each record"]
    wide = [[*row, "note" if number == 1 else ""] for number, row in enumerate(sheets["rooms"])]
    assert "rooms row 2: found text in a column without a name; allowed a name in the header" in lines_of(
        tiny("d.xlsx", rooms=wide)
    )


def test_what_cannot_hold_together_names_the_sheet(tiny: Callable[..., Path]) -> None:
    """Found after reading, once demand is known."""
    rows = with_cell(sheets_of_tiny()["people"], 2, "contract_pa", 0.25)
    (fault,) = capacity.contradictions(read_service(tiny(people=with_cell(rows, 2, "max_pa", 1))))
    assert str(fault).startswith("people row 2 (c01), column contract_pa: found pinned sessions")


def test_a_date_that_is_not_formatted_as_one(tiny: Callable[..., Path]) -> None:
    rows = with_cell(sheets_of_tiny()["demand"], 2, "week_starting", 46027)
    assert lines_of(tiny(demand=rows))[0].endswith("Did you mean 05/01/2026? Format the cell as a date in Excel")


def test_findings_name_sheets_before_and_after_a_scenario(tmp_path: Path) -> None:
    capacity.new(tmp_path / "a.xlsx")
    service = capacity.read(tmp_path / "a.xlsx")
    for each in (service, capacity.apply(service, "dna_halved")):
        texts = [f"{note.subject} {note.message} {note.source}" for note in capacity.findings(each)]
        assert any(text.startswith("service calendar.max_simultaneous_leave") for text in texts)
        assert [text for text in texts if ".csv" in text or "service.toml" in text] == []


# hostile files


def rewritten(path: Path, change: Callable[[str, bytes], bytes], extra: Mapping[str, bytes] | None = None) -> Path:
    """The same workbook with parts changed and added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: change(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **(extra or {})}.items():
            archive.writestr(name, content)
    return path


def first_sheet(name: str) -> bool:
    return name == "xl/worksheets/sheet2.xml"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"person,name\n", "a file that is not a workbook"),
        (b"PK\x03\x04 and then nothing", "a file that is not a workbook, or a damaged one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "a workbook in the old form .xls, or another old Office"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "a workbook with a password",
        ),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    (line,) = lines_of(path)
    assert line.startswith(f"{path}: found {found}")


def test_a_zip_of_something_else_and_a_workbook_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.xlsx", "w") as archive:
        archive.writestr("readme.txt", "x")
    assert "found a file that is not a workbook" in lines_of(tmp_path / "z.xlsx")[0]
    path = book(tmp_path / "budget.xlsx", {"budget": [["a", "b"]]})
    assert lines_of(path) == [
        f"{path}: found a workbook that is not a service model; allowed the sheets service, activities, people, skills"
    ]
    path = book(tmp_path / "empty.xlsx", {"Sheet1": []})
    assert "not a service model" in lines_of(path)[0]


@pytest.mark.parametrize("ending", ["xlsm", "xls", "xlsb", "ods"])
def test_other_forms_are_refused_with_what_to_do(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    path.write_bytes(b"x")
    assert lines_of(path)[0].endswith("Save it in Excel as an Excel workbook (.xlsx)")


def test_macros_are_refused_whatever_the_file_is_called(tiny: Callable[..., Path]) -> None:
    path = rewritten(tiny(), lambda name, part: part, {"xl/vbaProject.bin": b"x"})
    assert "found a workbook with macros; allowed a workbook without a program in it" in lines_of(path)[0]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tiny: Callable[..., Path]) -> None:
    zeros = b"0" * (20 * 2**20)
    path = rewritten(tiny(), lambda name, part: part, {"xl/worksheets/sheet99.xml": zeros})
    assert path.stat().st_size < 200_000
    (line,) = lines_of(path)
    assert "that unpacks to 20 MB; allowed a workbook of at most 100 MB unpacked" in line


def test_a_part_that_says_it_is_smaller_than_it_is(tiny: Callable[..., Path]) -> None:
    path = tiny()
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("xl/worksheets/sheet2.xml")
    size = entry.file_size.to_bytes(4, "little")
    at = raw.rfind(size, raw.rfind(b"PK\x01\x02", 0, raw.rfind(b"xl/worksheets/sheet2.xml")))
    raw[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    assert "a damaged one" in lines_of(path)[0]


@pytest.mark.parametrize("cell", ["A1000000", "ZZ2", "SR100000"])
def test_a_cell_far_away_is_refused_before_a_table_of_that_size_is_made(tiny: Callable[..., Path], cell: str) -> None:
    row = re.sub("[A-Z]", "", cell)
    far = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    path = rewritten(tiny(), lambda name, part: part.replace(b"</sheetData>", far) if first_sheet(name) else part)
    assert any(
        line.startswith("activities: found a cell in row") and "allowed at most 100,000 rows, 500 columns" in line
        for line in lines_of(path)
    )


def test_many_rows_are_refused_with_a_sentence(tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_ROWS", 3)
    assert any("found a cell in row 4" in line for line in lines_of(tiny()))


def test_a_text_repeated_in_every_cell_is_refused(tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_TEXT", 20_000)
    sheets = sheets_of_tiny()
    people = with_cell(sheets["people"], 2, "name", "x" * 30_000)
    assert any(
        "cells with text of up to 30,0" in line and "shorter texts" in line for line in lines_of(tiny(people=people))
    )


def test_a_document_type_is_refused(tiny: Callable[..., Path]) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><worksheet'
    path = rewritten(tiny(), lambda name, part: part.replace(b"<worksheet", bomb) if first_sheet(name) else part)
    assert any("a damaged one" in line for line in lines_of(path))


def test_xml_that_breaks_off(tiny: Callable[..., Path]) -> None:
    path = rewritten(tiny(), lambda name, part: part[:300] if first_sheet(name) else part)
    assert any(
        line.startswith("activities: found a file that is not a workbook, or a damaged") for line in lines_of(path)
    )


def test_two_sheets_of_one_name_are_refused(tiny: Callable[..., Path]) -> None:
    path = tiny(Rooms_=sheets_of_tiny()["rooms"])
    assert "rooms: found two sheets of this name; allowed each table once" in lines_of(path)


def test_a_hidden_table_is_refused_and_other_hidden_sheets_are_not_read(tiny: Callable[..., Path]) -> None:
    assert (
        "rooms: found a hidden sheet; allowed a sheet that can be seen. Show it, or delete it if it is not meant"
    ) in lines_of(tiny(hidden=("rooms",)))
    read_service(tiny("other.xlsx", hidden=("lists",), lists=[["a"]]))


def test_links_are_not_followed(tiny: Callable[..., Path]) -> None:
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    sheets = sheets_of_tiny()
    people = with_cell(sheets["people"], 2, "contract_pa", ("='[other.xlsx]a'!A1", 9))
    path = rewritten(tiny(people=people), lambda name, part: part, {"xl/externalLinks/externalLink1.xml": link})
    assert read_service(path).people[0].contract_pa == 9, "the value that was saved"


# writing


def test_nothing_else_is_replaced(tmp_path: Path) -> None:
    service = read_service(EXAMPLE)
    other = book(tmp_path / "budget.xlsx", {"budget": [["a"]]})
    before = other.read_bytes()
    with pytest.raises(OutputError, match="not a service model"):
        write_service(service, other)
    assert other.read_bytes() == before
    write_service(service, tmp_path / "a.xlsx")
    write_service(service, tmp_path / "a.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "budget.xlsx"]


def test_files_beside_a_workbook_are_not_changed(everything: Path, tmp_path: Path) -> None:  # noqa: F811
    service = read_service(everything)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "dates.txt").write_text("2027-12-25\n")
    with pytest.raises(OutputError, match=r"dates\.txt: there is another file of this name"):
        write_service(service, tmp_path / "out" / "x.xlsx")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dates.txt"]


def test_policies_stand_beside_the_workbook(tmp_path: Path, tiny: Callable[..., Path]) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "own.toml").write_text('extends = "england-consultant-2003"\n')
    rows = [[key, "own" if key == "policy" else value] for key, value in sheets_of_tiny()["service"]]
    service = read_service(tiny(service=rows))
    assert "own" in service.policy_tables
    write_service(service, tmp_path / "new" / "x.xlsx")
    assert read_service(tmp_path / "new" / "x.xlsx") == service
    assert (tmp_path / "new" / "policies" / "own.toml").is_file()


def test_a_text_that_no_cell_holds_is_refused(tmp_path: Path) -> None:
    service = read_service(EXAMPLE)
    long = service.people[0].model_copy(update={"name": "x" * 40_000})
    with pytest.raises(OutputError, match="sheet people, row 2: a text of 40,000 characters"):
        write_service(service.model_copy(update={"people": (long,)}), tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())


# the template


def test_new_writes_a_model_that_is_sound(tmp_path: Path) -> None:
    capacity.new(tmp_path / "a.xlsx")
    capacity.new(tmp_path / "a")
    book, folder = capacity.read(tmp_path / "a.xlsx"), capacity.read(tmp_path / "a")
    assert book == folder == read_service(EXAMPLE)
    assert capacity.contradictions(book) == ()
    looks_odd = [note for note in capacity.findings(book) if note.rule not in ("default_used", "not_yet_used")]
    assert looks_odd == []


def test_new_replaces_nothing_unless_asked(tmp_path: Path) -> None:
    for name in ("a.xlsx", "a"):
        capacity.new(tmp_path / name)
        with pytest.raises(OutputError, match="--force"):
            capacity.new(tmp_path / name)
        capacity.new(tmp_path / name, force=True)
    (tmp_path / "b.xlsx").write_text("mine")
    with pytest.raises(OutputError, match="not a service model"):
        capacity.new(tmp_path / "b.xlsx", force=True)
    with pytest.raises(OutputError, match=r"give it a name such as b\.xlsx"):
        capacity.new(tmp_path / "b.xlsm")


def test_the_template_has_drop_downs_notes_and_frozen_headers(tmp_path: Path) -> None:
    capacity.new(tmp_path / "a.xlsx")
    parts = zipfile.ZipFile(tmp_path / "a.xlsx")
    listed = re.findall(r'<sheet name="([^"]+)"', parts.read("xl/workbook.xml").decode())
    assert listed == ["service", *TABLES, "about"]
    for number, name in enumerate(listed[:-1], start=1):
        xml = parts.read(f"xl/worksheets/sheet{number}.xml").decode()
        assert 'state="frozen"' in xml and "<cols>" in xml, name
        assert f"xl/comments{number}.xml" in parts.namelist(), name
    streams = parts.read(f"xl/worksheets/sheet{listed.index('streams') + 1}.xml").decode()
    assert '"rapid,routine,follow_up,caseload"' in streams and "activities!$A$2:$A$1000" in streams
    comments = parts.read(f"xl/comments{listed.index('streams') + 1}.xml").decode()
    assert "Minutes of one appointment" in comments and "Allowed: more than 0 (required)" in comments


def test_the_settings_show_every_key_and_what_may_be_chosen(tmp_path: Path) -> None:
    capacity.new(tmp_path / "a.xlsx")
    rows = load_workbook(tmp_path / "a.xlsx").get_sheet_by_name("service").to_python()
    values = {row[0]: row[1] for row in rows[1:]}
    assert values["cycle_weeks"] == 4 and values["year_starts"] == dt.date(2027, 4, 1)
    assert values["calendar.max_simultaneous_leave"] == "" and values["slots.premium"] == ""
    assert {key for key in KEY_NOTES if "." in key} - set(values) == {"slots.minutes", "costs.staff"}, "tables of names"
    xml = zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert '"excel,harrell_davis,negative_binomial"' in xml and '"yes,no"' in xml


@pytest.mark.parametrize("table", TABLES)
def test_every_column_says_what_it_is(table: str) -> None:
    """A new column is given its sentence in capacity/service/notes.py."""
    assert TABLE_NOTES[table]
    assert [name for name in TABLES[table].columns if not column_note(table, name)] == []


def test_every_key_says_what_it_is() -> None:
    plain = [key for key in KEYS if key not in SECTIONS]
    inside = [f"{section}.{name}" for section, record in SECTIONS.items() for name in record.model_fields]
    assert [key for key in (*plain, *inside) if key not in KEY_NOTES] == []


def test_scenarios_are_found_beside_a_workbook_and_one_folder_up(tmp_path: Path) -> None:
    scenario = '[[change]]\nop = "change"\ntable = "streams"\nid = "new"\nset = { dna_rate = 0.02 }\n'
    for folder, name in ((tmp_path / "models" / "scenarios", "near"), (tmp_path / "scenarios", "above")):
        folder.mkdir(parents=True)
        (folder / f"{name}.toml").write_text(f'name = "{name}"\n{scenario}')
    capacity.new(tmp_path / "models" / "a.xlsx")
    service = capacity.read(tmp_path / "models" / "a.xlsx")
    for name in ("near", "above"):
        applied = capacity.apply(service, name)
        assert {row.stream: row.dna_rate for row in applied.streams}["new"] == 0.02
