"""A document as one HTML page: nothing fetched, no scripts, figures inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from capacity.report.document import Block, Bullets, Document, Heading, Paragraph, Picture, Table

STYLE = """
body { font: 12pt/1.5 Arial, Helvetica, sans-serif; color: #212b32; max-width: 50rem }
body { margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.9rem; line-height: 1.2 }
h2 { font-size: 1.4rem; margin-top: 2rem }
h3 { font-size: 1.15rem }
h4 { font-size: 1rem }
.lead { font-size: 1.15rem; border-left: 4px solid #005eb8; padding-left: .8rem }
.note { font-size: .9rem }
pre { white-space: pre-wrap; background: #f0f4f5; padding: .6rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
caption, figcaption { text-align: left; font-weight: bold; padding: .3rem 0 }
th, td { border: 1px solid #4c6272; padding: .3rem .5rem; text-align: left; vertical-align: top }
th { background: #e8edee }
.n { text-align: right }
figure { margin: 1rem 0 }
img { max-width: 100% }
@page { size: A4; margin: 18mm }
@media print { body { margin: 0; max-width: none; font-size: 10pt } table, figure { break-inside: avoid } }
"""


def html_bytes(document: Document) -> bytes:
    """Return the page."""
    parts = [f"<h1>{escape(document.title)}</h1>", f"<p>{escape(document.subtitle)}</p>"]
    contents = document.contents()
    if len(contents) > 3:
        items = "".join(
            f'<li{" class=sub" if head.level == 2 else ""}><a href="#{_anchor(at)}">{escape(head.text)}</a></li>'
            for at, head in enumerate(contents)
        )
        parts.append(f'<nav aria-label="Contents"><h2>Contents</h2><ul>{items}</ul></nav>')
    places = {id(head): at for at, head in enumerate(contents)}
    parts += [_block(block, caption, places) for block, caption in document.numbered()]
    page = (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(document.title)}</title>\n"
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n</head>\n'
        "<body>\n<main>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"
    )
    return page.encode()


def _anchor(at: int) -> str:
    return f"part-{at + 1}"


def _block(block: Block, caption: str, places: dict[int, int]) -> str:
    if isinstance(block, Heading):
        at = places.get(id(block))
        name = "" if at is None else f' id="{_anchor(at)}"'
        return f"<h{block.level + 1}{name}>{escape(block.text)}</h{block.level + 1}>"
    if isinstance(block, Paragraph):
        if block.look == "formula":
            return f"<pre>{escape(block.text)}</pre>"
        look = f' class="{block.look}"' if block.look else ""
        return f'<p{look} dir="auto">{escape(block.text)}</p>'
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f'<li dir="auto">{escape(item)}</li>' for item in block.items) + "</ul>"
    if isinstance(block, Picture):
        data = base64.b64encode(block.svg).decode()
        image = f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(block.alt)}">'
        return f"<figure><figcaption>{escape(caption)}</figcaption>{image}</figure>"
    return _table(block, caption)


def _table(block: Table, caption: str) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        found = []
        for at, text in enumerate(row):
            name = "th" if tag == "th" or at == 0 else "td"
            scope = ' scope="col"' if tag == "th" else ' scope="row"' if at == 0 else ""
            number = ' class="n"' if at in block.numbers else ""
            found.append(f'<{name}{scope}{number} dir="auto">{escape(text)}</{name}>')
        return f"<tr>{''.join(found)}</tr>"

    body = "".join(cells("td", row) for row in block.rows)
    head = f"<caption>{escape(caption)}</caption><thead>{cells('th', block.header)}</thead>"
    return f'<div class="scroll" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'
