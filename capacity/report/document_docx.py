"""A document as a Word file: real headings, captions, alt text, repeated table headers, contents."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from capacity.report.document import Bullets, Document, Heading, Paragraph, Picture, Table

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of every part of the file, so that the same document gives the same bytes."""
WIDTH_CM, UPRIGHT_CM, WIDE_CM, TALL_CM = 16.5, 23.0, 25.0, 15.0
"""Width of figures and most height, on an upright page and on a turned one."""
LEAD, NOTE = "Lead", "Small print"


def docx_bytes(document: Document) -> bytes:
    """Return the Word file."""
    import datetime as dt

    import docx
    from docx.shared import Cm, Pt

    made = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10.5)
    _languages(made)
    _own_styles(made)
    properties = made.core_properties
    properties.title, properties.author, properties.comments = document.title, "", ""
    properties.created = properties.modified = dt.datetime(*EPOCH)
    properties.language = "en-GB"
    made.add_paragraph(document.title, style="Title")
    made.add_paragraph(document.subtitle)
    if len(document.contents()) > 3:
        _contents(made, document)
    for block, caption in document.numbered():
        if isinstance(block, Heading):
            made.add_heading(block.text, level=block.level)
        elif isinstance(block, Paragraph):
            _paragraph(made, block)
        elif isinstance(block, Bullets):
            for item in block.items:
                made.add_paragraph(item, style="List Bullet")
        elif isinstance(block, Picture):
            _picture(made, block, caption)
        else:
            _table(made, block, caption)
    raw = io.BytesIO()
    made.save(raw)
    return _dated(raw.getvalue())


def _languages(made: Any) -> None:
    """Set the language of all text to British English, for spelling and for screen readers."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    properties = made.styles["Normal"].element.get_or_add_rPr()
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    language.set(qn("w:val"), "en-GB")


def _own_styles(made: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    for name, size, bold in ((LEAD, 12.5, True), (NOTE, 9, False)):
        style = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = made.styles["Normal"]
        style.font.size, style.font.bold = Pt(size), bold
    caption = made.styles["Caption"]
    caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(10), True, RGBColor(0x21, 0x2B, 0x32)
    caption.paragraph_format.keep_with_next = True
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
        made.styles[name].font.name = "Arial"
        made.styles[name].font.color.rgb = RGBColor(0x00, 0x30, 0x87)


def _paragraph(made: Any, block: Paragraph) -> None:
    style = {"lead": LEAD, "note": NOTE}.get(block.look)
    paragraph = made.add_paragraph(style=style)
    run = paragraph.add_run(block.text)
    if block.look == "formula":
        run.font.name = "Consolas"


def _contents(made: Any, document: Document) -> None:
    """A contents field, filled in already, that Word brings up to date with page numbers on request (F9)."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    made.add_paragraph("Contents", style="Heading 1")
    heads = document.contents()
    for at, head in enumerate(heads):
        paragraph = made.add_paragraph(("    " if head.level == 2 else "") + head.text)
        paragraph.paragraph_format.space_after = 0
        if at == 0:
            for position, element in enumerate(_field_begins()):
                paragraph._p.insert(position + (1 if paragraph._p.pPr is not None else 0), element)
        if at == len(heads) - 1:
            run = OxmlElement("w:r")
            end = OxmlElement("w:fldChar")
            end.set(qn("w:fldCharType"), "end")
            run.append(end)
            paragraph._p.append(run)


def _field_begins() -> list[Any]:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    runs = []
    for kind in ("begin", "instruction", "separate"):
        run = OxmlElement("w:r")
        if kind == "instruction":
            text = OxmlElement("w:instrText")
            text.set(qn("xml:space"), "preserve")
            text.text = ' TOC \\o "1-2" \\h \\z \\u '
            run.append(text)
        else:
            character = OxmlElement("w:fldChar")
            character.set(qn("w:fldCharType"), kind)
            run.append(character)
        runs.append(run)
    return runs


def _picture(made: Any, block: Picture, caption: str) -> None:
    from docx.shared import Cm

    if block.wide:
        _turn(made)
    made.add_paragraph(caption, style="Caption")
    shape = made.add_picture(io.BytesIO(block.png), width=Cm(WIDE_CM if block.wide else WIDTH_CM))
    most = Cm(TALL_CM if block.wide else UPRIGHT_CM)
    if shape.height > most:
        shape.width, shape.height = int(shape.width * most / shape.height), most
    named = shape._inline.docPr
    named.set("descr", block.alt)
    named.set("title", caption)
    if block.wide:
        _turn(made)


def _turn(made: Any) -> None:
    """Begin a section whose page is turned the other way."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    section = made.add_section(WD_SECTION.NEW_PAGE)
    upright = section.page_width < section.page_height
    section.orientation = WD_ORIENT.LANDSCAPE if upright else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = section.page_height, section.page_width


def _table(made: Any, block: Table, caption: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.parser import OxmlElement
    from docx.shared import Cm, Pt

    made.add_paragraph(caption, style="Caption")
    table = made.add_table(rows=1 + len(block.rows), cols=len(block.header))
    table.style = "Table Grid"
    shares = [2.2 if at == 0 else 1.0 if at in block.numbers else 1.6 for at in range(len(block.header))]
    widths = [Cm(WIDTH_CM * share / sum(shares)) for share in shares]
    for position, row in enumerate((block.header, *block.rows)):
        properties = table.rows[position]._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if position == 0:
            properties.append(OxmlElement("w:tblHeader"))
        for at, text in enumerate(row):
            cell = table.rows[position].cells[at]
            cell.width = widths[at]
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(text)
            run.font.size = Pt(9)
            run.bold = position == 0
            if at in block.numbers:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.add_paragraph()


def _dated(raw: bytes) -> bytes:
    """Give every part of the file the same date."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            info = zipfile.ZipInfo(part.filename, EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, source.read(part.filename))
    return out.getvalue()
