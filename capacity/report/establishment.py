"""What ``capacity.establish`` returns: a team that can say itself and write its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity.check import check_plan
from capacity.demand.result import Demand
from capacity.errors import PlanFailedCheck
from capacity.optimise.establish.result import Answer
from capacity.service.model import Service

COVERED = 0.02
"""Sessions a week below which a shortfall is rounding: a hundredth of a session a cycle and part."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Establishment(Answer):
    """The team found, with what was asked: the service there is and its demand.

    ``outcome`` holds the checked team plan and is None exactly when there is no team; ``reasons`` then say why.
    """

    service: Service
    demand: Demand

    def __repr__(self) -> str:
        posts = ", ".join(f"{line.count} {line.kind.id}" for line in self.posts) or "no posts"
        return f"<Establishment of {self.service.id}: {self.status}; {posts if self.team is not None else 'no team'}>"

    def summary(self) -> str:
        """Return the answer as plain text of at most 100 columns, the sentence first."""
        from capacity.report.establishment_text import establishment_text

        return establishment_text(self)

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema establishment``)."""
        from capacity.report.establishment_json import establishment_json

        return establishment_json(self)

    def refuse_unsound(self) -> None:
        """Check the team's plan by code that shares nothing with the solver. Raises PlanFailedCheck."""
        if self.team is not None and self.outcome is not None and self.outcome.plan is not None:
            broken = check_plan(self.team, self.required, self.outcome.plan, self.outcome)
            short = [f"{key} is short" for key, value in self.outcome.shortfall.items() if value > COVERED]
            if broken or short:
                raise PlanFailedCheck([*broken, *short])

    def team_service(self) -> Service | None:
        """Return the team as a service model whose plans in force are the plan found; None where there is no team."""
        if self.team is None or self.outcome is None or self.outcome.plan is None:
            return None
        plan = self.outcome.plan
        roles = tuple(
            role.model_copy(update={"held_by": plan.holders.get(role.role, role.held_by)}) for role in self.team.roles
        )
        return self.team.model_copy(update={"job_plans": plan.rows, "roles": roles})

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write team.csv, establishment.json, summary.txt, the figure and ``service/``, all of them or none.

        Parameters are those of :meth:`TeamOutcome.write`.

        Raises
        ------
        capacity.errors.PlanFailedCheck
            The plan breaks a rule. Nothing has changed then.
        capacity.errors.OutputError
            The folder cannot be written, or holds other files of the same names. Nothing has changed then.
        """
        from capacity.report.establishment_files import establishment_files
        from capacity.report.files import write_outputs

        self.refuse_unsound()
        return write_outputs(folder, establishment_files(self), force)
