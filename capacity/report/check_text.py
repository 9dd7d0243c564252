"""What ``capacity check`` prints: every finding, by what it is about, in plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from capacity.answer import DEFAULT_USED, NOT_YET_USED, read_in_words
from capacity.demand.result import Demand
from capacity.errors import Fault, Finding
from capacity.report.words import count, wrapped
from capacity.service.model import Service


def check_text(
    service: Service,
    demand: Demand,
    notes: Sequence[Finding],
    in_force: Sequence[Finding],
    faults: Sequence[Fault] = (),
) -> str:
    """Return every finding, one paragraph each, of at most 100 columns.

    Parameters
    ----------
    service, demand
        What was read and what it asks for.
    notes
        Findings of reading, demand and gap.
    in_force
        Findings of the plans in force.
    faults
        Contradictions of one person's inputs, which a plan is refused for.
    """
    defaults = [finding for finding in notes if finding.rule == DEFAULT_USED]
    unused = [finding for finding in notes if finding.rule == NOT_YET_USED]
    rest = [finding for finding in notes if finding.rule not in (DEFAULT_USED, NOT_YET_USED)]
    sections = [
        wrapped(f"{service.name}: {read_in_words(service, demand)}"),
        wrapped(_verdict(len(faults), len(rest) + len(in_force))),
        _section("The plans in force", in_force),
        _section("The input", rest),
        _section("Defaults used where a cell is blank", defaults),
        _section("Accepted and kept, but not yet used", unused),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdict(faults: int, findings: int) -> str:
    if faults:
        return f"A plan would be refused for {count(faults, 'contradiction')}; see below."
    if not findings:
        return "The input is sound, and nothing looks odd."
    are = "is" if findings == 1 else "are"
    return (
        f"The input is sound: nothing stands in the way of a plan. There {are} {count(findings, 'finding')} to look at."
    )


def _section(title: str, findings: Iterable[Finding]) -> str:
    lines = [wrapped(f"- {finding}", "  ", "    ") for finding in findings]
    return "\n".join([f"{title}:", *lines]) if lines else ""
