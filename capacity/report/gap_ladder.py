"""What ``capacity.ladder`` returns: the rungs climbed, in words, as a table and as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.report.words import count, fixed, number, pounds, table, wrapped
from capacity.scenario.ladder import SMALL, Ladder, Rung
from capacity.scenario.measures import SHORT_ADDS_UP

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOTE = (
    f"Closes and left: sessions a calendar week. {SHORT_ADDS_UP} Changed, people, extra PAs, WTE and pounds a year hold"
    " the rungs above as well. Each rung is a whole plan, checked by separate code, and goes only as far as the gap"
    " needs."
)


@dataclass(frozen=True, repr=False)
class GapLadder(Ladder):
    """The ladder, which can say itself and write its files."""

    run: Mapping[str, Any] | None = None
    """What is needed to do it again: seed, workers, limit, versions, input hash."""

    def __repr__(self) -> str:
        return f"<GapLadder of {self.service.id}: {number(self.rungs[0].left)} to {number(self.left)} short>"

    @property
    def frame(self) -> pd.DataFrame:
        """One row a rung."""
        import pandas as pd

        from capacity.report.ladder_json import COLUMNS, rung_row

        return pd.DataFrame([rung_row(rung) for rung in self.rungs], columns=list(COLUMNS))

    def sentence(self) -> str:
        """What the rungs close, most important first."""
        start = self.rungs[0].left
        if self.reason:
            return f"{number(start)} sessions a week are short. {self.reason}"
        if start <= SMALL:
            return "Nothing is short: there is no gap to close."
        closing = [rung for rung in self.rungs[1:] if rung.needed and rung.closes > SMALL]
        said = [f"{rung.title.lower()} closes {number(rung.closes)}" for rung in closing]
        first = f"{count(start, 'session')} a week {'is' if number(start) == '1' else 'are'} short"
        if not said:
            return f"{first}, and no rung closes any of it."
        left = "nothing is left" if self.left <= SMALL else f"{number(self.left)} is left"
        return f"{first}: {', '.join(said)}; {left}."

    def summary(self) -> str:
        """Return the page as plain text of at most 100 columns, the sentence first."""
        rows = [
            [
                rung.title if rung.needed else f"({rung.title})",
                fixed(rung.closes) if rung.needed else "-",
                fixed(rung.left),
                fixed(rung.changed),
                str(rung.people),
                fixed(rung.extra_pa, 2),
                fixed(rung.wte),
                "not priced" if rung.pounds is None else pounds(rung.pounds),
            ]
            for rung in self.rungs
        ]
        header = ["rung", "closes", "left", "changed", "people", "extra PAs", "WTE", "pounds a year"]
        lines = [
            wrapped(f"{position}. {rung.title}: {rung.sentence}{_left(self, rung)}", "", "   ")
            for position, rung in enumerate(self.rungs[1:], start=1)
        ]
        unpriced = list(dict.fromkeys(reason for rung in self.rungs for reason in rung.unpriced))
        tolerance = self.service.hold_tolerance
        held = [f"Rungs are held exactly; capacity plan may give back {tolerance:g} a cycle a tier for less change."]
        notes = [NOTE, *(held if tolerance else []), *([f"Not priced: {'; '.join(unpriced)}."] if unpriced else [])]
        sections = [
            wrapped(f"{self.service.name}"), wrapped(self.sentence()), table(header, rows), "\n".join(lines),
            "\n".join(wrapped(note) for note in notes),
        ]  # fmt: skip
        return "\n\n".join(section for section in sections if section) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema ladder``)."""
        from capacity.report.ladder_json import ladder_json

        return ladder_json(self)

    def figure(self, ax: Axes | None = None) -> Figure:
        """Draw what each rung closes, on ``ax`` where one is given."""
        from capacity.report.figures_ladder import ladder_figure

        return ladder_figure(self, ax)

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write ladder.json, ladder.csv, the summary and the figure, all of them or none. Raises OutputError."""
        from capacity.report.files import write_outputs

        return write_outputs(folder, ladder_files(self), force)


def ladder_files(found: GapLadder) -> dict[str, bytes]:
    """Every file of a ladder, by name."""
    from capacity.report import style
    from capacity.report.figures_ladder import ladder_alt
    from capacity.report.outputs import json_text
    from capacity.report.tables import csv_bytes

    figure, alt = found.figure(), ladder_alt(found)
    return {
        "ladder.json": json_text(found.to_json()).encode(),
        "ladder.csv": csv_bytes(found.frame),
        "summary.txt": found.summary().encode(),
        "figures/ladder.svg": style.svg_bytes(figure, alt),
        "figures/ladder.png": style.png_bytes(figure, alt),
    }


LADDER_NAMES = ("ladder.json", "ladder.csv", "summary.txt", "figures/ladder.svg", "figures/ladder.png")


def _left(found: GapLadder, rung: Rung) -> str:
    if not rung.needed:
        return ""
    names = {row.activity: row.name for row in found.service.activities}
    rest = sorted((key for key, value in rung.shortfall.items() if value > SMALL), key=lambda key: -rung.shortfall[key])
    if not rest:
        return " Nothing is left short."
    shown = [f"{names[key]} {number(rung.shortfall[key])}" for key in rest[:3]]
    more = f" and {count(len(rest) - 3, 'other')}" if len(rest) > 3 else ""
    return f" Left: {', '.join(shown)}{more}."
