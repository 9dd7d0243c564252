"""What ``capacity.explain`` returns: an explanation that can say itself and write its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capacity.demand.result import Demand
from capacity.optimise.why import Why
from capacity.outcome import Outcome
from capacity.service.model import Service
from capacity.supply.gap import Gap

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Explanation:
    """Why a plan is as it is, or why there is none.

    ``why`` holds the plain data: ``contradiction``, ``bindings`` (what keeps each activity short), ``remedies`` (what
    one more of each would buy, ranked), ``not_tried`` and ``reasons`` (what changes for whom, and why).
    """

    service: Service
    demand: Demand
    gap: Gap
    why: Why

    @property
    def outcome(self) -> Outcome:
        """The plan within present contracts that is explained; its ``plan`` is None where there is none."""
        return self.why.outcome

    @property
    def remedies(self) -> pd.DataFrame:
        """One row a remedy that was tried, ranked; see ``explain_tables.REMEDY_COLUMNS`` for the columns."""
        from capacity.report.explain_tables import remedies_frame

        return remedies_frame(self.why)

    @property
    def reasons(self) -> pd.DataFrame:
        """One row a person and activity; see ``explain_tables.REASON_COLUMNS`` for the columns."""
        from capacity.report.explain_tables import reasons_frame

        return reasons_frame(self.why, self.service.cycle_weeks)

    def __repr__(self) -> str:
        found = f"{len(self.why.remedies)} remedies, {len(self.why.reasons)} reasons"
        return f"<Explanation of {self.service.id}: {self.outcome.status}; {found}>"

    def summary(self) -> str:
        """Return everything a lead needs, the sentence first, as plain text of at most 100 columns."""
        from capacity.report.explain_text import explain_text

        return explain_text(self)

    def to_json(self) -> dict[str, object]:
        """Return the machine-readable form (schema: ``capacity schema explain``)."""
        from capacity.report.explain_json import explain_json

        return explain_json(self)

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write explain.json, remedies.csv, reasons.csv, summary.txt and the figure, all of them or none.

        Raises OutputError as ``Outcome.write`` does. Nothing has changed then.
        """
        from capacity.report.explain_tables import explain_files
        from capacity.report.files import write_outputs

        return write_outputs(folder, explain_files(self), force)
