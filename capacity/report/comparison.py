"""What ``capacity.compare`` returns: scenarios side by side that can say themselves and write their files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.scenario.compare import Compared

if TYPE_CHECKING:
    from capacity.report.pictures import Picture

RECORD = "run.json"
"""Everything, and what is needed to run it again."""
TABLES = ("comparison.csv", "by_activity.csv", "summary.txt")
FIGURES = ("compare_short", "compare_cost", "compare_required")


class Comparison(Compared):
    """Scenarios side by side: ``frame`` and ``by_activity`` are tidy, ``runs`` hold each column with its plan."""

    def sentence(self) -> str:
        """What doing nothing leaves short, what planning anew does, and which scenario leaves least."""
        from capacity.report.compare_words import lead_sentence

        return lead_sentence(self)

    def uncertainty(self) -> str:
        """Which differences are smaller than what is known of demand, in a sentence or two."""
        from capacity.report.compare_words import uncertainty_sentence

        return uncertainty_sentence(self)

    def summary(self) -> str:
        """Return the sentence, the tables and what each scenario changes, as plain text of at most 100 columns."""
        from capacity.report.compare_text import compare_text

        return compare_text(self)

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form, from which it can be run again (schema: ``capacity schema compare``)."""
        from capacity.report.compare_json import compare_json

        return compare_json(self)

    def pictures(self) -> tuple[Picture, ...]:
        """Return the figures, each drawn when it is asked for."""
        from capacity.report import figures_compare as figures
        from capacity.report.pictures import Picture

        return (
            Picture("compare_short", lambda: (figures.short_figure(self), figures.short_alt(self))),
            Picture("compare_cost", lambda: (figures.cost_figure(self), figures.cost_alt(self))),
            Picture("compare_required", lambda: (figures.required_figure(self), figures.required_alt(self))),
        )

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write run.json, the tables, the summary and the figures, all of them or none.

        Raises OutputError as ``TeamOutcome.write`` does.
        """
        from capacity.report.files import write_outputs

        return write_outputs(folder, comparison_files(self), force)


def comparison_files(made: Comparison) -> dict[str, bytes]:
    """Every file of a comparison, by name."""
    from capacity.report.outputs import json_text, picture_files
    from capacity.report.tables import csv_bytes

    return {
        RECORD: json_text(made.to_json()).encode(),
        "comparison.csv": csv_bytes(made.frame),
        "by_activity.csv": csv_bytes(made.by_activity),
        "summary.txt": made.summary().encode(),
        **picture_files(made.pictures()),
    }


def comparison_names() -> Iterable[str]:
    """Every name :func:`comparison_files` may write."""
    from capacity.report.outputs import picture_names

    return (RECORD, *TABLES, *picture_names(FIGURES))
