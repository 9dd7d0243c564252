"""What ``capacity.plan`` returns: an outcome that can say itself and write its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from capacity.check import check_answers
from capacity.demand.result import Demand
from capacity.outcome import Outcome
from capacity.service.model import Service
from capacity.service.wishes import NO_WISHES, Wishes
from capacity.supply.gap import Gap


@dataclass(frozen=True, kw_only=True, repr=False)
class TeamOutcome(Outcome):
    """An outcome with what it answers: the service, its demand and its gap."""

    service: Service
    demand: Demand
    gap: Gap
    wishes: Wishes = NO_WISHES
    """What was asked of this plan beyond the service."""
    paid: bool = False
    """Whether the first answer may hold extra PAs, as a point of a frontier may."""

    def __repr__(self) -> str:
        tiers = ", ".join(f"{tier.name} {tier.kept:g}" for tier in self.tiers if tier.status != "not used")
        return f"<TeamOutcome of {self.service.id}: {self.status}{f'; {tiers}' if self.plan is not None else ''}>"

    def summary(self, folder: str = "", files: tuple[str, ...] = ()) -> str:
        """Return everything a lead needs, the sentence first, as plain text of at most 100 columns.

        ``folder`` and ``files`` name what was written, where anything was.
        """
        from capacity.report.text import summary

        return summary(self.service, self.demand, self.gap, self, folder, files)

    def to_json(self) -> dict[str, object]:
        """Return the machine-readable form (schema: ``capacity schema plan``)."""
        from capacity.report.plan_json import plan_json

        return plan_json(self.service, self.demand, self.gap, self)

    def refuse_unsound(self) -> None:
        """Check both answers by code that shares nothing with the solver.

        Raises PlanFailedCheck with every rule that is broken. ``capacity.plan`` has called this already;
        :meth:`write` calls it again, so that a plan changed since is not written either.
        """
        check_answers(self.service, self.demand, self, self.paid, self.wishes)

    def write(
        self, folder: str | Path, force: bool = False, drawn_before: dict[str, bytes] | None = None
    ) -> tuple[Path, ...]:
        """Write plan.json, job_plans.csv, the tables, summary.txt and the figures, all of them or none.

        Parameters
        ----------
        folder
            Output folder; made where there is none. What an earlier run wrote there is replaced; other files stay.
        force
            Also replace files of the same names that an earlier run did not write, or that were changed since.
        drawn_before
            Figures of demand, where they were drawn while the plan was solved (``outputs.demand_figure_files``).

        Returns
        -------
        tuple of Path
            The files written. Without a plan there is no job_plans.csv, changes.csv or timetable.

        Raises
        ------
        capacity.errors.PlanFailedCheck
            The plan breaks a rule. Nothing has changed then.
        capacity.errors.OutputError
            The folder cannot be written, or holds other files of the same names. Nothing has changed then.
        """
        from capacity.report.files import write_outputs
        from capacity.report.outputs import plan_files

        self.refuse_unsound()
        return write_outputs(folder, plan_files(self.service, self.demand, self.gap, self, drawn_before), force)
