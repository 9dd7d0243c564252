"""A robust plan as a page, as JSON, as a table and as job plans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.report.whatif import WhatIf
from capacity.report.words import count, fitted_table, fixed, number, wrapped
from capacity.scenario.robust import RobustResult
from capacity.scenario.varying import Planned

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from capacity.report.figures_robust import Regrets

COLUMNS = (
    "name", "weight", "required", "robust_short", "central_short", "own_short", "robust_rapid", "central_rapid",
    "robust_regret", "central_regret", "own_proven",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Robust(WhatIf):
    """One plan for several demands, and what it and the plan for the central one leave short under each."""

    result: RobustResult
    kind: ClassVar[str] = "robust"
    plots: ClassVar[tuple[str, ...]] = ("robust",)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a demand: required, what each plan leaves short, and both regrets, in sessions a calendar week."""
        import pandas as pd

        rows = [
            (
                each.name, each.weight, each.required, each.robust, each.central, each.own, each.robust_rapid,
                each.central_rapid, None if each.own is None else each.robust - each.own,
                None if each.own is None else each.central - each.own, each.own_proven,
            )
            for each in self.result.regrets
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype(dict.fromkeys(COLUMNS[1:10], "float64"))

    def sentence(self) -> str:
        """What the robust plan leaves short, against the plan for the central demand."""
        result = self.result
        if not result.regrets:
            return result.reason
        demands = count(len(result.regrets), "demand")
        central, robust = result.regrets[0].central, result.regrets[0].robust
        if result.worst:
            most, usual = result.most("robust"), result.most("central")
            said = (
                f"Planned for the worst of {demands}, {count(most.robust, 'session')} a week stay short under the worst"
                f" of them ({most.name}); the plan for the central demand leaves {number(usual.central)}"
                f"{' there' if usual.name == most.name else f' under its own worst ({usual.name})'}."
            )
        else:
            said = (
                f"Planned for {demands} at once, {count(result.mean('robust'), 'session')} a week stay short on average"
                f" over them; with the plan for the central demand it is {number(result.mean('central'))}."
            )
        if number(robust) == number(central):
            return f"{said} Under the central demand both leave {number(central)}."
        return f"{said} Under the central demand it leaves {number(robust)} instead of {number(central)}."

    def page(self) -> list[str]:
        """Return the table of regrets, what the two plans change, and what the words mean."""
        if not self.result.regrets:
            return []
        rows = [
            [
                each.name, "-" if self.result.worst else f"{each.weight:g}", fixed(each.required), fixed(each.robust),
                fixed(each.central), _shown(each.own), _less(each.robust, each.own), _less(each.central, each.own),
                f"{fixed(each.robust_rapid)} / {fixed(each.central_rapid)}",
            ]
            for each in self.result.regrets
        ]  # fmt: skip
        header = ["demand", "weight", "required", "robust", "central", "own", "regret", "of central", "rapid"]
        notes = [
            "Sessions a week short under each demand: of the robust plan, of the plan for the central demand, and of"
            " the plan made for that demand (own). Regret: what the robust plan, and the central one, leave beyond"
            " own; it can be below 0, as rapid work comes first and not the sum. Rapid: of that short, robust /"
            " central.",
            f"Change: the robust plan moves, adds or drops {self._changed(self.result.robust)}, the central one"
            f" {self._changed(self.result.central)}.",
        ]
        if self.result.worst:
            notes.append("Worst case: tier by tier the largest shortfall over the demands is least, then their sum.")
        elif self.result.mean("robust") > self.result.mean("central"):
            notes.append(
                "The sum on average is not less than with the central plan: the tiers count rapid work first, and"
                " priorities, and hold_tolerance lets a session be given back for less change."
            )
        unproven = [name for name, each in (("robust", self.result.robust), ("central", self.result.central))
                    if not each.proven]  # fmt: skip
        if unproven:
            notes.append(f"Not proven to be best: {' and '.join(unproven)}; more time (--time-limit) looks further.")
        if not self.result.complete:
            notes.append("Stopped before every demand had a plan of its own.")
        return [fitted_table(header, rows), "\n".join(wrapped(note) for note in notes)]

    def _changed(self, planned: Planned) -> str:
        return f"{count(planned.changed, 'session')} a week"

    def body(self) -> dict[str, Any]:
        """Every demand, and both plans whole."""
        result = self.result
        demand = result.demand
        cases = {case.name: case for case in result.cases}
        return {
            "reason": result.reason,
            "worst": result.worst,
            "complete": result.complete,
            "one_session": sum(each.weight for each in demand.alternatives) + demand.worst,
            "demands": [
                {
                    **row,
                    "required_by_activity": {key: each.required for key, each in cases[row["name"]].activities.items()},
                }
                for row in self.frame.to_dict("records")
            ],
            "robust": self._plan(result.robust),
            "central": self._plan(result.central),
        }

    def _plan(self, planned: Planned) -> dict[str, Any] | None:
        from capacity.report.plan_json import plan_json
        from capacity.supply.gap import gap

        if planned.outcome is None or planned.outcome.plan is None:
            return None
        return plan_json(self.service, self.demand, gap(self.service, self.demand), planned.outcome)

    def files(self) -> dict[str, bytes]:
        """Every file, the robust plan as job plans among them."""
        from capacity.service.write import ENCODING, job_plans_csv

        files = super().files()
        outcome = self.result.robust.outcome
        if self.result.regrets and outcome is not None and outcome.plan is not None:
            files["job_plans.csv"] = job_plans_csv(outcome.plan.rows).encode(ENCODING)
        return files

    def drawn(self) -> dict[str, tuple[Figure, str]]:
        """What each plan leaves short under each demand."""
        from capacity.report.figures_robust import robust_alt, robust_figure

        if not self.result.regrets:
            return {}
        data = self.data()
        return {"robust": (robust_figure(data), robust_alt(data))}

    def data(self) -> Regrets:
        """What the figure shows."""
        from capacity.report.figures_robust import Regrets

        return Regrets(self.service.name, self.frame, self.sentence())


def _shown(value: float | None) -> str:
    return "-" if value is None else fixed(value)


def _less(value: float, own: float | None) -> str:
    return "-" if own is None else fixed(value - own)
