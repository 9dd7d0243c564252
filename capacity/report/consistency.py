"""The consistency report: every check on the plans in force and on a proposed plan, by person and as totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.check.committee import consistency, questions
from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.report.words import capital, count, fixed, listed, table, wrapped
from capacity.service.asking import read_screen
from capacity.service.model import Service

if TYPE_CHECKING:
    import pandas as pd

IN_FORCE, PROPOSED = "in force", "proposed"
RESTRICTED = ("plan", "check", "subject", "finding", "found", "allowed", "policy", "source", "minutes")
TOTALS = (
    "check",
    "question",
    "in_force",
    "people_in_force",
    "minutes_in_force",
    "proposed",
    "people_proposed",
    "minutes_proposed",
)
FILES = ("consistency_totals.csv", "consistency_restricted.csv", "consistency.html", "summary.txt")
NOT_EVIDENCED = (
    "Not checked, as the inputs do not hold it: whether a plan was rolled over from an earlier year, whether cover is"
    " paid for twice outside these files, and whether extra PAs were offered before waiting-list initiatives."
)


STYLE = """
body { font: 11pt Arial, sans-serif; color: #212b32; margin: 1.5rem }
table { border-collapse: collapse }
th, td { border: 1px solid #4c6272; padding: .25rem .4rem; text-align: left; vertical-align: top }
"""


@dataclass(frozen=True, repr=False)
class Consistency:
    """Findings of the plans in force, and of a proposed plan where there is one (else None)."""

    service: Service
    in_force: tuple[Finding, ...]
    proposed: tuple[Finding, ...] | None

    @property
    def restricted(self) -> pd.DataFrame:
        """One row a finding, with the person it is about: for those who may see it."""
        import pandas as pd

        plans = ((IN_FORCE, self.in_force), (PROPOSED, self.proposed or ()))
        rows = [
            (plan, one.rule, one.subject, one.message, one.found, one.allowed, self._policy(one.subject), one.source,
             one.minutes)
            for plan, found in plans
            for one in found
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(RESTRICTED))

    def _policy(self, subject: str) -> str:
        """Policy of the person a finding is about; the service's own for anything else."""
        from capacity.service.resolved import policy_of

        person = next((row for row in self.service.people if row.person == subject), None)
        return self.service.policy if person is None else policy_of(self.service, person).name

    @property
    def totals(self) -> pd.DataFrame:
        """One row a check, those without findings too: findings, people and minutes a week, and nobody's name."""
        import pandas as pd

        asked = questions()
        rules = [
            *asked,
            *dict.fromkeys(one.rule for one in (*self.in_force, *(self.proposed or ())) if one.rule not in asked),
        ]
        rows = [
            (rule, asked.get(rule, ""), *self._total(self.in_force, rule), *self._total(self.proposed, rule))
            for rule in rules
        ]
        return pd.DataFrame(rows, columns=list(TOTALS))

    def _total(self, found: tuple[Finding, ...] | None, rule: str) -> tuple[int | None, int | None, float | None]:
        if found is None:
            return None, None, None
        people = {person.person for person in self.service.people}
        mine = [one for one in found if one.rule == rule]
        about = {one.subject for one in mine} & people
        minutes = [abs(one.minutes) for one in mine if one.minutes is not None]
        return len(mine), len(about), round(sum(minutes), 1) if minutes else 0.0

    def summary(self) -> str:
        """Return the totals for a committee, as plain text of at most 100 columns: no person is named."""
        frame = self.totals
        shown = frame[(frame["in_force"] > 0) | (frame["proposed"].fillna(0) > 0)]
        rows = [[str(row["check"]), *_figures(row)] for row in shown.to_dict("records")]
        header = ["check", "in force", "people", "hours a week"]
        if self.proposed is not None:
            header += ["proposed", "people", "hours a week"]
        quiet = [str(name) for name in frame["check"] if name not in set(shown["check"])]
        means = "\n".join(
            wrapped(f"{row['check']}: {row['question']}", "", "  ")
            for row in shown.to_dict("records")
            if row["question"]
        )
        sections = [
            wrapped(f"{self.service.name}: consistency of job plans"),
            wrapped(self.sentence()),
            table(header, rows) if rows else "",
            means,
            wrapped(f"Nothing to report: {listed(quiet)}.") if quiet else "",
            wrapped(NOT_EVIDENCED),
        ]
        return "\n\n".join(section for section in sections if section) + "\n"

    def sentence(self) -> str:
        """How much there is to ask about, before and after."""
        said = f"{capital(count(len(self.in_force), 'finding'))} on the plans in force"
        if self.proposed is None:
            return f"{said}."
        return f"{said}, {len(self.proposed)} on the proposed plan."

    def html(self) -> str:
        """Return the totals as a whole HTML page: what a committee reads."""
        frame = self.totals
        head = "".join(f'<th scope="col">{escape(capital(name.replace("_", " ")))}</th>' for name in TOTALS)
        rows = "".join(
            f'<tr><th scope="row">{escape(str(row["check"]))}</th>'
            + "".join(f"<td>{escape(_cell(row[name]))}</td>" for name in TOTALS[1:])
            + "</tr>"
            for row in frame.to_dict("records")
        )
        title = escape(f"Consistency of job plans: {self.service.name}")
        return (
            f'<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE}</style></head><body><main><h1>{title}</h1><p>{escape(self.sentence())}</p>"
            "<table><caption>Findings by check; minutes a week</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{escape(NOT_EVIDENCED)}</p></main></body></html>\n"
        )

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data."""

        def told(found: tuple[Finding, ...]) -> list[Mapping[str, Any]]:
            return [dict(one.__dict__) for one in found]

        return {
            "service": self.service.id,
            "in_force": told(self.in_force),
            "proposed": None if self.proposed is None else told(self.proposed),
            "checks": questions(),
        }

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write the totals, the restricted table, the page and the summary, all of them or none. Raises OutputError."""
        from capacity.report.files import write_outputs
        from capacity.report.tables import csv_bytes

        files = {
            "consistency_totals.csv": csv_bytes(self.totals),
            "consistency_restricted.csv": csv_bytes(self.restricted),
            "consistency.html": self.html().encode(),
            "summary.txt": self.summary().encode(),
        }
        return write_outputs(folder, files, force)


def consistency_of(service: Service, demand: Demand, start: str | Path | None = None) -> Consistency:
    """Check the plans in force, and the plan of an earlier output where one is given. Raises InputError."""
    proposed = None
    if start is not None:
        screen = read_screen(start, service)
        roles = tuple(
            role.model_copy(update={"held_by": screen.holders.get(role.role, role.held_by)}) for role in service.roles
        )
        proposed = consistency(service.model_copy(update={"job_plans": screen.rows, "roles": roles}), demand)
    return Consistency(service, consistency(service, demand), proposed)


def _figures(row: Mapping[Any, Any]) -> list[str]:
    found = []
    for plan in ("in_force", "proposed"):
        number = row[plan]
        if number is None or number != number:
            continue
        minutes = row[f"minutes_{plan}"]
        found += [str(int(number)), str(int(row[f"people_{plan}"])), fixed(float(minutes) / 60) if minutes else "-"]
    return found


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "-"
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)
