"""Numbers and counts as people write them. Nothing here knows a service."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from capacity.wording import SMALL, capital, count, listed, number, people, pounds

__all__ = [
    "SMALL",
    "WIDTH",
    "capital",
    "count",
    "fitted_table",
    "fixed",
    "listed",
    "number",
    "ordinal",
    "people",
    "pounds",
    "shortened",
    "table",
    "wrapped",
]

WIDTH = 100
"""Longest line of a text that is to survive being pasted in an email."""


def fixed(value: float, decimals: int = 1) -> str:
    """So many decimals, for a column of figures; never ``-0.0``."""
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def ordinal(share: float) -> str:
    """0.8 -> ``80th centile``, 0.925 -> ``92.5th centile``, 0.91 -> ``91st centile``."""
    shown = f"{share * 100:g}"
    ending = "th" if shown[-2:] in ("11", "12", "13") or "." in shown else _ENDINGS.get(shown[-1], "th")
    return f"{shown}{ending} centile"


_ENDINGS = {"1": "st", "2": "nd", "3": "rd"}


def wrapped(text: str, indent: str = "", hanging: str | None = None) -> str:
    """Fold a sentence to the page width."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_on_hyphens=False,
    )


def shortened(text: str, most: int) -> str:
    """Cut to at most ``most`` characters, ending in an ellipsis where something is lost."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1, widest: int = 44) -> str:
    """Plain aligned columns: the first ``left`` columns to the left, figures to the right."""
    cells = [list(map(str, header))] + [[shortened(str(cell), widest) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for position, row in enumerate(cells):
        parts = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(parts).rstrip())
        if position == 0:
            lines.append("  ".join("-" * width for width in widths))
    return "\n".join(lines)


def fitted_table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a table as wide as the page at most: the first column is cut to the room that the others leave."""
    others = [max(len(str(row[column])) for row in (header, *rows)) for column in range(1, len(header))]
    room = max(len(header[0]), WIDTH - sum(others) - 2 * len(others))
    return table(header, [[shortened(str(row[0]), room), *row[1:]] for row in rows], left, widest=WIDTH)
