"""The public API, continued: documents. ``import capacity`` gives these functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from capacity.api import demand

if TYPE_CHECKING:
    from capacity.demand.result import Demand
    from capacity.report.comparison import Comparison
    from capacity.report.consistency import Consistency
    from capacity.report.document import Document
    from capacity.report.job_sheet_files import JobSheets
    from capacity.report.kpis import Kpis
    from capacity.report.stress import Stress
    from capacity.report.team_explanation import Explanation
    from capacity.report.team_outcome import TeamOutcome
    from capacity.service.model import Service


def job_sheets(
    service: Service,
    start: str | Path | None = None,
    people: Sequence[str] | None = None,
    names: bool = False,
    sized: Demand | None = None,
) -> JobSheets:
    """Make a job plan sheet for each person: what a consultant or therapist and their manager sign.

    Parameters
    ----------
    service
        What the files say.
    start
        Output folder of :func:`capacity.plan`, or a job_plans.csv of one; default: the plans in force.
    people
        Ids; default: everyone in post.
    names
        Whether names stand beside ids.
    sized
        What :func:`capacity.demand` gave for this service, where it is at hand.

    Returns
    -------
    JobSheets
        ``sheets`` hold the text; ``write(folder)`` gives a PDF, an HTML page and a calendar file a person.

    Raises
    ------
    capacity.errors.InputError
        The demand allows no answer, or ``start`` is no plan of this service.
    """
    from capacity.report.job_sheet_files import sheets_of

    return sheets_of(service, sized if sized is not None else demand(service), start, people, names)


def consistency(service: Service, start: str | Path | None = None, sized: Demand | None = None) -> Consistency:
    """Run every consistency check on the plans in force, and on a proposed plan.

    Parameters
    ----------
    service
        What the files say.
    start
        Output folder of :func:`capacity.plan` whose plan is checked too.
    sized
        What :func:`capacity.demand` gave for this service, where it is at hand.

    Returns
    -------
    Consistency
        ``totals`` for a committee, ``restricted`` by person; ``summary()``, ``html()``, ``to_json()`` and ``write()``.

    Raises
    ------
    capacity.errors.InputError
        The demand allows no answer, or ``start`` is no plan of this service.
    """
    from capacity.report.consistency import consistency_of

    return consistency_of(service, sized if sized is not None else demand(service), start)


def kpis(services: Sequence[Service], on: dt.date) -> Kpis:
    """Work out the key figures of job planning, by professional group, of one service or several.

    Parameters
    ----------
    services
        What the files say.
    on
        The day as of which plans are active or expire.

    Returns
    -------
    Kpis
        ``frame`` with a row a group (those of under five people blank), ``services`` with a line a service, ``levels``
        with what can be shown of the levels of attainment; ``summary()``, ``to_json()`` and ``write()``.

    Raises
    ------
    capacity.errors.InputError
        The demand of a service allows no answer.

    Notes
    -----
    Source: NHS England, E-job planning the clinical workforce (2023), appendices 1 and 5.
    """
    from capacity.report.kpis import kpis_of
    from capacity.supply.gap import gap

    sized = [(service, demand(service)) for service in services]
    return kpis_of([(service, needed, gap(service, needed)) for service, needed in sized], on)


def meeting_pack(outcome: TeamOutcome, names: bool = False, reasons: Explanation | None = None) -> Document:
    """Make the pack of a team job-planning meeting from what :func:`capacity.plan` gave.

    Parameters
    ----------
    outcome
        The answer, with or without a plan.
    names
        Whether names stand beside ids; default: ids only.
    reasons
        What :func:`capacity.explain` gave; without, the pack does not say what keeps activities short.

    Returns
    -------
    Document
        ``as_bytes(".docx")``, ``".pdf"`` or ``".html"`` gives the file, ``text()`` what it says.

    Notes
    -----
    Source of the order: NHS England, E-job planning the clinical workforce (2023), appendix 4.
    """
    from capacity.report.pack import meeting_pack as pack

    return pack(outcome, names, reasons)


def capacity_paper(
    outcome: TeamOutcome,
    options: Comparison | None = None,
    tested: Stress | None = None,
    reasons: Explanation | None = None,
) -> Document:
    """Make the capacity paper of a business case.

    Parameters
    ----------
    outcome
        What :func:`capacity.plan` gave.
    options
        What :func:`capacity.compare` gave; without, the paper has no options.
    tested
        What :func:`capacity.stress` gave for the plan; without, the paper has no stress test.
    reasons
        What :func:`capacity.explain` gave; without, the paper does not say what keeps activities short.

    Returns
    -------
    Document
        ``as_bytes(".docx")``, ``".pdf"`` or ``".html"`` gives the file, ``text()`` what it says.
    """
    from capacity.report.paper import capacity_paper as paper

    return paper(outcome, options, tested, reasons)
