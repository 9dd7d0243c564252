"""Documents: the same content as Word, PDF and HTML, read back; the meeting pack says what the objects say."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

import capacity
from capacity.cli import app
from capacity.errors import OutputError
from capacity.report.document import (
    Bullets,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    check_target,
    write_document,
)
from capacity.report.team_outcome import TeamOutcome
from capacity.service.model import ObjectiveRow

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "Zoë <O'Brien> & د. ليلى #import =1+1 " + "x" * 60


def drawing() -> Picture:
    from capacity.report import style

    figure, ax = style.new_axes(3, 2)
    ax.plot([0, 1], [0, 1])
    svg, png = style.svg_bytes(figure, "up"), style.png_bytes(figure, "up")
    return Picture("A line", "A line that rises", svg, png, wide=True)


@pytest.fixture(scope="module")
def everything() -> Document:
    """A document with every kind of block, and text that would hurt if it were not escaped."""
    return Document(
        f"A paper about {HOSTILE}",
        "for tests",
        (
            Heading("First"), Paragraph("What matters.", "lead"), Heading("Inside", 2), Paragraph(HOSTILE),
            Bullets(("one", HOSTILE)), Heading("Second"),
            Table("Figures", ("what", "how many"), ((HOSTILE, "1"), ("b", "2")), (1,)),
            Paragraph("a = b x c", "formula"), drawing(), Paragraph("small", "note"), Heading("Third"),
        ),
    )  # fmt: skip


class Read(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_html_holds_everything_and_fetches_nothing(everything: Document) -> None:
    page = everything.as_bytes(".html").decode()
    found = Read(page)
    text = "".join(found.words)
    for part in ("First", "What matters.", HOSTILE, "Table 1. Figures", "Figure 1. A line", "a = b x c"):
        assert part in text
    assert [attrs["alt"] for tag, attrs in found.tags if tag == "img"] == ["A line that rises"]
    assert not {"script", "link", "import"} & {tag for tag, _ in found.tags}
    assert all(str(attrs.get("src", "data:")).startswith("data:") for _, attrs in found.tags)
    links = [str(attrs["href"])[1:] for tag, attrs in found.tags if tag == "a"]
    assert set(links) <= {str(attrs.get("id")) for _, attrs in found.tags}


def test_word_has_real_headings_captions_alt_text_and_repeated_headers(everything: Document) -> None:
    made = docx.Document(io.BytesIO(everything.as_bytes(".docx")))
    styles = [(paragraph.style.name, paragraph.text) for paragraph in made.paragraphs]
    assert ("Heading 1", "First") in styles
    assert ("Heading 2", "Inside") in styles
    assert ("Caption", "Table 1. Figures") in styles
    assert any(HOSTILE in text for _, text in styles)
    (table,) = made.tables
    assert [[cell.text for cell in row.cells] for row in table.rows][1] == [HOSTILE, "1"]
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert made.inline_shapes[0]._inline.docPr.get("descr") == "A line that rises"
    assert made.core_properties.title == everything.title
    assert 'TOC \\o "1-2"' in made.element.xml
    assert [section.page_width > section.page_height for section in made.sections] == [False, True, False]


def test_pdf_is_accessible_and_says_the_same(everything: Document) -> None:
    raw = everything.as_bytes(".pdf")
    assert b"pdfuaid" in raw
    made = PdfReader(io.BytesIO(raw))
    text = "".join(page.extract_text() for page in made.pages)
    for part in ("What matters.", "Table 1. Figures", "Figure 1. A line", "a = b x c", "Contents"):
        assert part in text
    assert made.metadata is not None
    assert made.metadata.title == everything.title
    assert [page.mediabox.width > page.mediabox.height for page in made.pages].count(True) == 1, "the wide figure"


@pytest.mark.parametrize("ending", [".docx", ".pdf", ".html"])
def test_the_same_document_gives_the_same_bytes(ending: str, everything: Document) -> None:
    assert everything.as_bytes(ending) == everything.as_bytes(ending)


def test_a_file_is_written_whole_and_not_over_another(everything: Document, tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.html"
    write_document(everything, target)
    assert [path.name for path in target.parent.iterdir()] == ["a.html"]
    with pytest.raises(OutputError, match="--force"):
        write_document(everything, target)
    write_document(everything, target, force=True)
    for bad in (tmp_path / "a.txt", tmp_path / "a", tmp_path):
        with pytest.raises(OutputError):
            check_target(bad)


# ---- the meeting pack


@pytest.fixture(scope="module")
def golden() -> TeamOutcome:
    return capacity.plan(capacity.read(ROOT / "models" / "golden"), time_limit=10)


def test_the_pack_follows_the_order_of_the_guide(golden: TeamOutcome) -> None:
    pack = capacity.meeting_pack(golden)
    assert [block.text for block in pack.blocks if isinstance(block, Heading)] == [
        "Objectives", "Last year: activity and key figures", "Expected output for the coming year", "The gap",
        "The proposed team plan", "On-call and out of hours", "Roles to allocate", "Decisions to take",
        "How to read this",
    ]  # fmt: skip


def test_figures_of_the_pack_are_those_of_the_objects(golden: TeamOutcome) -> None:
    text = capacity.meeting_pack(golden).text()
    assert "Rapid-access clinic | rapid | 2.2 | 117 |" in text
    assert "Ward weeks | 2 | 1 in 2 | 5 | 8 | Ward round 6" in text
    assert "| 0.25 | 1 | c01 | proposed" in text
    assert "Left uncovered" in text
    assert "extra PAs" in text


def test_names_stand_in_the_pack_only_when_asked(golden: TeamOutcome) -> None:
    names = [person.name for person in golden.service.people]
    assert not any(name in capacity.meeting_pack(golden).text() for name in names)
    assert any(name in capacity.meeting_pack(golden, names=True).text() for name in names)


def test_objectives_of_persons_stay_out_of_the_pack(golden: TeamOutcome) -> None:
    rows = (
        ObjectiveRow(level="team", objective="See everyone in time"),
        ObjectiveRow(level="person", person="c01", objective="Learn to dance"),
    )
    service = golden.service.model_copy(update={"objectives": rows})
    text = capacity.meeting_pack(TeamOutcome(**{**golden.__dict__, "service": service})).text()
    assert "See everyone in time" in text
    assert "Learn to dance" not in text


def test_a_service_without_a_plan_has_a_pack_that_says_why(golden: TeamOutcome) -> None:
    reason = "No plan exists: too little time."
    changed = {"plan": None, "reason": reason, "with_extra": None, "changes": ()}
    none = TeamOutcome(**{**golden.__dict__, **changed})
    text = capacity.meeting_pack(none).text()
    assert "There is no plan to propose. No plan exists: too little time." in text
    assert "What has to give" in text


def test_names_of_sixty_letters_are_printed_whole(golden: TeamOutcome) -> None:
    name = ("Clinic of a name as long as a name may be " + "x" * 60)[:60]
    activities = tuple(a.model_copy(update={"name": name}) for a in golden.service.activities)
    service = golden.service.model_copy(update={"activities": activities})
    pack = capacity.meeting_pack(capacity.plan(service, time_limit=5))
    assert name in pack.text()
    pages = PdfReader(io.BytesIO(pack.as_bytes(".pdf"))).pages
    text = "".join(page.extract_text() for page in pages)
    assert "Clinic of a name" in text
    made = docx.Document(io.BytesIO(pack.as_bytes(".docx")))
    assert any(cell.text == name for table in made.tables for row in table.rows for cell in row.cells)


def test_the_command_refuses_before_it_works(tmp_path: Path) -> None:
    model = str(ROOT / "models" / "golden")
    assert CliRunner().invoke(app, ["pack", model, "--out", str(tmp_path / "a.txt")]).exit_code == 2
    done = CliRunner().invoke(app, ["pack", model, "--out", str(tmp_path / "a.docx"), "--explain", "0"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "a.docx").stat().st_size > 20_000
    assert CliRunner().invoke(app, ["pack", model, "--out", str(tmp_path / "a.docx")]).exit_code == 2
