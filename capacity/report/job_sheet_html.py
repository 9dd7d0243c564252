"""A job plan as a page of its own: no scripts, nothing fetched, prints on A4 in black and white."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from capacity.report.job_sheet import TIME_NAMES, JobSheet

STYLE = """
body { font: 11pt/1.4 Arial, Helvetica, sans-serif; color: #212b32; max-width: 48rem }
body { margin: 1.5rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 .3rem }
h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem; break-after: avoid }
table { border-collapse: collapse; width: 100%; margin: .3rem 0 .8rem; break-inside: avoid }
caption { text-align: left; font-weight: bold; padding: .2rem 0 }
th, td { border: 1px solid #4c6272; padding: .25rem .4rem; text-align: left; vertical-align: top }
th { background: #e8edee }
td.n, th.n { text-align: right }
.grid { table-layout: fixed; min-width: 36rem }
.note { display: block; font-size: .85em }
.new { font-weight: bold }
.new::before { content: "NEW "; font-size: .8em; border: 1px solid; padding: 0 .2em; margin-right: .2em }
.finding { border: 2px solid #212b32; padding: .4rem .6rem; font-weight: bold }
.scroll { overflow-x: auto }
.sign td { height: 2.6rem }
@media print { body { margin: 0; max-width: none; font-size: 9.5pt } .grid { min-width: 0 } }
@page { size: A4; margin: 14mm }
"""


def job_sheet_html(sheet: JobSheet) -> str:
    """Return a sheet as a whole HTML page."""
    parts = [
        f"<h1>{escape(sheet.title)}</h1>",
        f"<p>{escape(sheet.service)}. From {escape(sheet.year)}.</p>",
        f'<p class="finding">{escape(sheet.finding)}</p>' if sheet.finding else "",
        _facts(sheet),
        "<h2>Timetable</h2>",
        _grid(sheet),
        _table("Week by week (codes below)", sheet.weeks, first_is_head=True),
        _codes(sheet) if sheet.weeks else "",
        _list("Without a fixed half-day", sheet.placeless),
        "<h2>Time against the contract</h2>",
        _table("In the mean of the weeks present", sheet.split, numbers=(1,)),
        _section("What the sessions are expected to deliver", sheet.work, numbers=(2, 3)),
        _section("Roles", sheet.roles, numbers=(2,)),
        _section("Duty and on-call", sheet.duty, numbers=(2, 3)),
        "<h2>Leave and weeks present</h2>",
        f"<p>{escape(sheet.leave)}</p>",
        "<h2>What changes since last year, and why</h2>",
        _list("", sheet.changes) or "<p>Nothing changes.</p>",
        _section("Objectives, measures and supporting resources", sheet.objectives)
        or "<h2>Objectives</h2><p>None are written down yet: to be agreed.</p>",
        "<h2>Agreed</h2>",
        _signatures(),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n<title>{escape(sheet.title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n</head>\n'
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _facts(sheet: JobSheet) -> str:
    rows = "".join(f'<tr><th scope="row">{escape(k)}</th><td dir="auto">{escape(v)}</td></tr>' for k, v in sheet.facts)
    return f"<table><caption>Post</caption><tbody>{rows}</tbody></table>"


def _grid(sheet: JobSheet) -> str:
    head = "".join(f'<th scope="col">{day}</th>' for day in sheet.days)
    lines = []
    for part in sheet.times:
        cells = []
        for day in sheet.days:
            entries = sheet.grid.get((day, part), ())
            inner = "".join(
                f"<div{' class=new' if one.new else ''}>{escape(one.text)}"
                + (f'<span class="note">{escape(one.note)}</span>' if one.note else "")
                + "</div>"
                for one in entries
            )
            cells.append(f"<td>{inner or '–'}</td>")
        lines.append(f'<tr><th scope="row">{TIME_NAMES[part]}</th>{"".join(cells)}</tr>')
    caption = "<caption>Half-days of the week; weeks of the cycle and place in small print</caption>"
    head = f"<thead><tr><td></td>{head}</tr></thead>"
    table = f'<table class="grid">{caption}{head}<tbody>{"".join(lines)}</tbody></table>'
    return f'<div class="scroll" tabindex="0" role="region" aria-label="Timetable">{table}</div>'


def _codes(sheet: JobSheet) -> str:
    return "<p>" + "; ".join(f"<b>{escape(code)}</b> {escape(name)}" for code, name in sheet.codes) + "</p>"


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    head = f"<h2>{escape(title)}</h2>" if title else ""
    return head + "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _section(title: str, rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    return f"<h2>{escape(title)}</h2>{_table('', rows, numbers)}" if rows else ""


def _table(
    caption: str, rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), first_is_head: bool = False
) -> str:
    if not rows:
        return ""
    head, *body = rows

    def cell(tag: str, at: int, text: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        return f'<{tag}{scope}{" class=n" if at in numbers else ""} dir="auto">{escape(text)}</{tag}>'

    top = "".join(cell("th", at, text) for at, text in enumerate(head))
    lines = []
    for row in body:
        cells = [cell("td", at, text) for at, text in enumerate(row)]
        if first_is_head:
            cells[0] = f'<th scope="row">{escape(row[0])}</th>'
        lines.append(f"<tr>{''.join(cells)}</tr>")
    named = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table>{named}<thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def _signatures() -> str:
    lines = "".join(
        f'<tr><th scope="row">{who}</th><td></td><td></td></tr>' for who in ("Job plan holder", "Clinical manager")
    )
    return (
        '<table class="sign"><thead><tr><th scope="col">Who</th><th scope="col">Signature</th><th scope="col">Date</th>'
        f"</tr></thead><tbody>{lines}</tbody></table>"
    )
