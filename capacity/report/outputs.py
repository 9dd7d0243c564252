"""The files of an output folder: what each command writes, by name, as bytes.

Names are known before anything is solved, so that a folder which cannot take them is refused first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome
from capacity.report import style
from capacity.report.answer import all_findings
from capacity.report.tables import changes_table, csv_bytes, findings_table, gap_table, supplied_by_plan
from capacity.report.text import gap_text, offer, summary
from capacity.report.timetable_rows import pages
from capacity.service.model import Service
from capacity.service.write import ENCODING, job_plans_csv
from capacity.supply.gap import Gap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Files = dict[str, bytes]
Picture = tuple[str, "Figure", str]
"""Name without ending, figure and alt text."""

SUMMARY = "summary.txt"
WITH_EXTRA = "with_extra/"
FIGURES = "figures/"
ENDINGS = (".svg", ".png")
PLAN_TABLES = ("plan.json", "job_plans.csv", "gap.csv", "changes.csv", "findings.csv", SUMMARY)


def json_text(value: Mapping[str, Any]) -> str:
    """JSON in ASCII, which every console can show. ValueError where a figure is not finite."""
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def demand_figure_files(service: Service, demand: Demand) -> Files:
    """Figures of demand. They do not depend on the plan, so they can be drawn while it is being solved."""
    return _drawn(_demand_pictures(service, demand))


def plan_files(
    service: Service, demand: Demand, gap: Gap, outcome: Outcome, drawn_before: Files | None = None
) -> Files:
    """Files of ``capacity plan``: those of the answer within contracts, and ``with_extra/`` where one is offered.

    Where there is no plan: plan.json, gap.csv, findings.csv, summary.txt and the figures of what was asked for.
    ``drawn_before`` is what ``demand_figure_files`` gave, where that was called already.
    """
    files = _answer_files(service, demand, gap, outcome)
    files |= demand_figure_files(service, demand) if drawn_before is None else drawn_before
    files |= _drawn(_answer_pictures(service, demand, gap, outcome))
    second = offer(gap, outcome)
    if second is not None:
        extra = _answer_files(service, demand, gap, second)
        extra |= _drawn(_answer_pictures(service, demand, gap, second))
        files |= {WITH_EXTRA + name: content for name, content in extra.items()}
    return files


def plan_names(service: Service, demand: Demand) -> tuple[str, ...]:
    """Every name :func:`plan_files` may write for a service, whatever the plan turns out to be."""
    timetables = [name for name, _ in _timetable_pages(service)]
    answer = [*PLAN_TABLES, *_endings(["required_supplied", "pa_split", *timetables])]
    extra = [WITH_EXTRA + name for name in answer] if service.objective.extra_pa_budget > 0 else []
    return (*answer, *_endings(_demand_names(service, demand)), *extra)


def demand_files(service: Service, demand: Demand) -> Files:
    """Files of ``capacity demand``: streams, weeks, waterfall and requirement, and a figure of each series."""
    from capacity.report.demand_text import demand_text

    files = {
        "demand.json": json_text(demand.to_json()).encode(),
        "streams.csv": csv_bytes(demand.streams),
        "requirement.csv": csv_bytes(_requirement(demand)),
        "waterfall.csv": csv_bytes(demand.waterfall),
        "weekly.csv": csv_bytes(demand.weekly),
        "findings.csv": _findings(all_findings(service, demand, None, None)),
        SUMMARY: demand_text(service, demand).encode(),
    }
    return files | _drawn(_demand_pictures(service, demand))


def demand_names(service: Service, demand: Demand) -> tuple[str, ...]:
    """Every name :func:`demand_files` writes."""
    tables = ("streams.csv", "requirement.csv", "waterfall.csv", "weekly.csv", "findings.csv")
    return ("demand.json", *tables, SUMMARY, *_endings(_demand_names(service, demand)))


def gap_files(service: Service, demand: Demand, gap: Gap) -> Files:
    """Files of ``capacity gap``: the gap by activity, findings, and figures of the plans in force."""
    files = {
        "gap.json": json_text(gap.to_json()).encode(),
        "gap.csv": csv_bytes(gap_table(gap)),
        "findings.csv": _findings(all_findings(service, demand, gap, None)),
        SUMMARY: gap_text(service, demand, gap).encode(),
    }
    return files | _drawn(_demand_pictures(service, demand)) | _drawn(_bars_and_split(service, demand, gap, None))


def gap_names(service: Service, demand: Demand) -> tuple[str, ...]:
    """Every name :func:`gap_files` writes."""
    figures = _endings([*_demand_names(service, demand), "required_supplied", "pa_split"])
    return ("gap.json", "gap.csv", "findings.csv", SUMMARY, *figures)


CHECK_NAMES = ("findings.csv", SUMMARY)


def check_files(text: str, findings: Iterable[Finding]) -> Files:
    """Files of ``capacity check``: the findings and what was printed."""
    return {"findings.csv": _findings(findings), SUMMARY: text.encode()}


def _answer_files(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> Files:
    from capacity.report.plan_json import plan_json

    files = {
        "plan.json": json_text(plan_json(service, demand, gap, outcome)).encode(),
        "gap.csv": csv_bytes(gap_table(gap, outcome)),
        "findings.csv": _findings(all_findings(service, demand, gap, outcome)),
        SUMMARY: summary(service, demand, gap, outcome).encode(),
    }
    if outcome.plan is not None:
        files["job_plans.csv"] = job_plans_csv(outcome.plan.rows).encode(ENCODING)
        files["changes.csv"] = csv_bytes(changes_table(outcome))
    return {name: files[name] for name in PLAN_TABLES if name in files}


def _findings(findings: Iterable[Finding]) -> bytes:
    return csv_bytes(findings_table(findings))


def _requirement(demand: Demand) -> Any:
    import pandas as pd

    return pd.DataFrame([row.__dict__ for row in demand.activities.values()])


def _drawn_streams(service: Service, demand: Demand) -> dict[str, str]:
    """Id and name of the streams to draw: a generated one has the weeks of the stream it follows, so it is left out."""
    from capacity.report.figures import streams_with_series

    known = streams_with_series(demand)
    return {row.stream: row.name for row in service.streams if row.stream in known and row.generated_by is None}


def _demand_names(service: Service, demand: Demand) -> list[str]:
    return [f"demand_{stream}" for stream in _drawn_streams(service, demand)]


def _demand_pictures(service: Service, demand: Demand) -> Iterator[Picture]:
    from capacity.report.figures import demand_alt, demand_figure

    for stream, name in _drawn_streams(service, demand).items():
        yield f"demand_{stream}", demand_figure(demand, stream, name), demand_alt(demand, stream)


def _answer_pictures(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> Iterator[Picture]:
    from capacity.report.timetable import timetable_alt, timetable_figure

    yield from _bars_and_split(service, demand, gap, outcome)
    if outcome.plan is not None:
        for name, people in _timetable_pages(service):
            figure = timetable_figure(service, outcome.plan, people)
            yield name, figure, timetable_alt(service, outcome.plan, people)


def _bars_and_split(service: Service, demand: Demand, gap: Gap, outcome: Outcome | None) -> Iterator[Picture]:
    """Required against supplied, and each person's PA split: of a plan, or of the plans in force."""
    from capacity.report.figures import pa_split_alt, pa_split_figure, required_supplied_alt, required_supplied_figure
    from capacity.supply.split import pa_split

    plan = None if outcome is None else outcome.plan
    after = None if outcome is None or plan is None else supplied_by_plan(gap, outcome)
    before = gap.activities
    yield "required_supplied", required_supplied_figure(before, after), required_supplied_alt(before, after)
    split = pa_split(service, demand, service.job_plans if plan is None else plan.rows)
    yield "pa_split", pa_split_figure(service, plan, split), pa_split_alt(service, plan, split)


def _timetable_pages(service: Service) -> list[tuple[str, tuple[str, ...]]]:
    parts = pages(service)
    if len(parts) == 1:
        return [("timetable", parts[0])]
    return [(f"timetable_{number}", people) for number, people in enumerate(parts, start=1)]


def _endings(names: Iterable[str]) -> list[str]:
    return [f"{FIGURES}{name}{ending}" for name in names for ending in ENDINGS]


def _drawn(pictures: Iterable[Picture]) -> Files:
    """Each picture as SVG, for screens, and PNG, for documents."""
    files = {}
    for name, figure, alt in pictures:
        files[f"{FIGURES}{name}.svg"] = style.svg_bytes(figure, alt)
        files[f"{FIGURES}{name}.png"] = style.png_bytes(figure, alt)
    return files
