"""The files of an output folder: what each command writes, by name, as bytes.

Names are known before anything is solved, so that a folder which cannot take them is refused first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity.answer import all_findings, with_scenarios
from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome
from capacity.report import style
from capacity.report.gap_text import gap_text
from capacity.report.pictures import Picture, demand_pictures, gap_pictures, names_of
from capacity.report.tables import changes_table, csv_bytes, findings_table, gap_table, supplied_by_plan
from capacity.report.text import offer, summary
from capacity.report.timetable_rows import pages
from capacity.service.model import Service
from capacity.service.write import ENCODING, job_plans_csv
from capacity.supply.gap import Gap

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Files = dict[str, bytes]
Drawn = tuple[str, "Figure", str]
"""Name without ending, figure and alt text."""

SUMMARY = "summary.txt"
PLAN_WORKBOOK = "plan.xlsx"
WITH_EXTRA = "with_extra/"
FIGURES = "figures/"
FIGURE_LIST = "figures.csv"
DEMAND_TABLES_IF_ANY = ("coverage.csv", "signals.csv", "lists.csv", "days.csv", "templates.csv")
GAP_TABLES_IF_ANY = ("rooms.csv", "lists.csv", "one_off.csv", "therapy.csv", "lost_sessions.csv", "costs.csv")
"""Tables that are written only where there is something in them."""
ENDINGS = (".svg", ".png")
PLAN_TABLES = ("plan.json", "job_plans.csv", "gap.csv", "changes.csv", "findings.csv", PLAN_WORKBOOK, SUMMARY)


def _untold(drawn: int, figures: int) -> None:
    """Tell nobody."""


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

    Where there is no plan: plan.json, plan.xlsx, gap.csv, findings.csv, summary.txt and figures of what was asked for.
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


def demand_files(
    service: Service, demand: Demand, everything: bool = False, told: Callable[[int, int], None] = _untold
) -> Files:
    """Files of ``capacity demand``: tables, figures and what was printed.

    ``everything`` draws every stream and activity, not only the largest of many. ``told`` is called with figures drawn
    and figures in all.
    """
    from capacity.report.demand_text import demand_text

    files = {"demand.json": json_text(with_scenarios(service, demand.to_json())).encode()}
    files |= {name: csv_bytes(frame) for name, frame in _demand_tables(demand).items()}
    files["findings.csv"] = _findings(all_findings(service, demand, None, None, deep=True))
    files[SUMMARY] = demand_text(service, demand, everything).encode()
    return files | picture_files(demand_pictures(service, demand, everything), told)


def _demand_tables(demand: Demand) -> dict[str, pd.DataFrame]:
    from capacity.report import demand_tables as tables

    found = {
        "streams.csv": tables.streams_table(demand),
        "requirement.csv": tables.requirement_table(demand),
        "levels.csv": tables.levels_table(demand),
        "coverage.csv": tables.coverage_table(demand),
        "waterfall.csv": demand.waterfall,
        "weekly.csv": demand.weekly if demand.history is None else demand.history,
        "signals.csv": tables.signals_table(demand),
        "lists.csv": tables.lists_table(demand),
        "days.csv": tables.days_table(demand),
    }
    if demand.templates is not None:
        found["templates.csv"] = demand.templates
    return {name: frame for name, frame in found.items() if len(frame) or name not in DEMAND_TABLES_IF_ANY}


def demand_names(service: Service, demand: Demand, everything: bool = False) -> tuple[str, ...]:
    """Every name :func:`demand_files` writes."""
    figures = names_of(demand_pictures(service, demand, everything))
    return ("demand.json", *_demand_tables(demand), "findings.csv", SUMMARY, *picture_names(figures))


def gap_files(
    service: Service,
    demand: Demand,
    gap: Gap,
    everything: bool = False,
    told: Callable[[int, int], None] = _untold,
) -> Files:
    """Files of ``capacity gap``: the gap by activity and level, what is behind it, figures and what was printed.

    Parameters are those of :func:`demand_files`.
    """
    files = {"gap.json": json_text(with_scenarios(service, gap.to_json())).encode()}
    files |= {name: csv_bytes(frame) for name, frame in _gap_tables(gap).items()}
    files["findings.csv"] = _findings(all_findings(service, demand, gap, None, deep=True))
    files[SUMMARY] = gap_text(service, demand, gap, everything).encode()
    return files | picture_files(gap_pictures(service, demand, gap, everything), told)


def _gap_tables(gap: Gap) -> dict[str, pd.DataFrame]:
    from capacity.supply.weeks import weeks_frame

    assert gap.time is not None
    found = {
        "gap.csv": gap_table(gap),
        "levels.csv": gap.by_level,
        "supply.csv": gap.supply,
        "sessions.csv": gap.sessions,
        "weeks.csv": weeks_frame(gap.time),
        "calendar.csv": gap.calendar,
        "ladder.csv": gap.ladder,
        "sensitivity.csv": gap.sensitivity.ranked,
        "sensitivity_by_activity.csv": gap.sensitivity.frame,
        "costs.csv": gap.pounds,
        "categories.csv": gap.categories,
        "headroom.csv": gap.headroom,
        "rooms.csv": gap.room_use,
        "direct_care.csv": gap.dcc_use,
        "lists.csv": gap.lists,
        "one_off.csv": gap.one_off,
        "therapy.csv": gap.therapy,
    }
    if gap.delivered_use is not None and gap.lost_sessions is not None:
        found |= {"planned_and_delivered.csv": gap.delivered_use, "lost_sessions.csv": gap.lost_sessions}
    return {name: frame for name, frame in found.items() if len(frame) or name not in GAP_TABLES_IF_ANY}


def gap_names(service: Service, demand: Demand, gap: Gap, everything: bool = False) -> tuple[str, ...]:
    """Every name :func:`gap_files` writes."""
    figures = names_of(gap_pictures(service, demand, gap, everything))
    return ("gap.json", *_gap_tables(gap), "findings.csv", SUMMARY, *picture_names(figures))


def picture_names(figures: Iterable[str]) -> list[str]:
    """Every name :func:`picture_files` writes for figures of these names."""
    return [FIGURE_LIST, *_endings(figures)]


def picture_files(pictures: Sequence[Picture], told: Callable[[int, int], None] = _untold) -> Files:
    """Figures, and beside them a table of what each shows, to be pasted where a figure is."""
    import pandas as pd

    alts: list[tuple[str, str]] = []
    files: Files = {}
    for number, picture in enumerate(pictures, start=1):
        figure, alt = picture.draw()
        alts.append((picture.name, alt))
        files |= _drawn([(picture.name, figure, alt)])
        told(number, len(pictures))
    return {FIGURE_LIST: csv_bytes(pd.DataFrame(alts, columns=["figure", "shows"])), **files}


CHECK_NAMES = ("findings.csv", SUMMARY)


def check_files(text: str, findings: Iterable[Finding]) -> Files:
    """Files of ``capacity check``: the findings and what was printed."""
    return {"findings.csv": _findings(findings), SUMMARY: text.encode()}


def _answer_files(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> Files:
    from capacity.report.plan_json import plan_json
    from capacity.report.plan_workbook import plan_workbook

    files = {
        "plan.json": json_text(plan_json(service, demand, gap, outcome)).encode(),
        PLAN_WORKBOOK: plan_workbook(service, demand, gap, outcome),
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


def _drawn_streams(service: Service, demand: Demand) -> dict[str, str]:
    """Id and name of the streams to draw: a generated one has the weeks of the stream it follows, so it is left out."""
    from capacity.report.figures import streams_with_series

    known = streams_with_series(demand)
    return {row.stream: row.name for row in service.streams if row.stream in known and row.generated_by is None}


def _demand_names(service: Service, demand: Demand) -> list[str]:
    return [f"demand_{stream}" for stream in _drawn_streams(service, demand)]


def _demand_pictures(service: Service, demand: Demand) -> Iterator[Drawn]:
    from capacity.report.figures import demand_alt, demand_figure

    for stream, name in _drawn_streams(service, demand).items():
        yield f"demand_{stream}", demand_figure(demand, stream, name), demand_alt(demand, stream)


def _answer_pictures(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> Iterator[Drawn]:
    from capacity.report.timetable import timetable_alt, timetable_figure

    yield from _bars_and_split(service, demand, gap, outcome)
    if outcome.plan is not None:
        for name, people in _timetable_pages(service):
            figure = timetable_figure(service, outcome.plan, people)
            yield name, figure, timetable_alt(service, outcome.plan, people)


def _bars_and_split(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> Iterator[Drawn]:
    """Required against supplied, and each person's PA split: of the plan, or where there is none of those in force."""
    from capacity.report.figures import pa_split_alt, pa_split_figure, required_supplied_alt, required_supplied_figure
    from capacity.supply.split import pa_split

    plan, before = outcome.plan, gap.activities
    after = None if plan is None else supplied_by_plan(gap, outcome)
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


def _drawn(pictures: Iterable[Drawn]) -> Files:
    """Each picture as SVG, for screens, and PNG, for documents."""
    files = {}
    for name, figure, alt in pictures:
        files[f"{FIGURES}{name}.svg"] = style.svg_bytes(figure, alt)
        files[f"{FIGURES}{name}.png"] = style.png_bytes(figure, alt)
    return files
