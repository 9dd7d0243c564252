"""A document as a PDF on A4, set with typst: tagged, with alt text and bookmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from capacity.report.document import Block, Bullets, Document, Heading, Paragraph, Picture
from capacity.report.typeset import typeset

TEMPLATE = Path(__file__).with_name("templates") / "document.typ"


def pdf_bytes(document: Document) -> bytes:
    """Return the PDF; the same document gives the same bytes."""
    blocks = [_block(block, caption) for block, caption in document.numbered()]
    data = {"title": document.title, "subtitle": document.subtitle, "blocks": blocks,
            "contents": len(document.contents()) > 3}  # fmt: skip
    return typeset(TEMPLATE, json.dumps(data, ensure_ascii=False))


def _block(block: Block, caption: str) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "text": block.text}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "look": block.look, "text": block.text}
    if isinstance(block, Bullets):
        return {"kind": "bullets", "items": block.items}
    if isinstance(block, Picture):
        return {"kind": "picture", "caption": caption, "alt": block.alt, "svg": block.svg.decode(),
                "wide": block.wide, "ratio": block.ratio}  # fmt: skip
    return {"kind": "table", "caption": caption, "header": block.header, "rows": block.rows, "numbers": block.numbers}
