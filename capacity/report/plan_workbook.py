"""plan.xlsx: a plan to work with in Excel, ids only, the same bytes for the same plan.

Sheets: summary, gap, team (everyone's half-days week by week, coloured and in letters), one a person, changes,
findings and run (how the plan was made, without the seconds it took, which differ from run to run). Where there is no
plan: summary, gap, findings and run.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from capacity.answer import all_findings
from capacity.demand.result import Demand
from capacity.outcome import Outcome, PersonChange, TeamPlan
from capacity.report.codes import RESERVED_CODES, RESERVED_NAMES, ROLE_CODE, ROLE_NAME, activity_codes, code_of
from capacity.report.style import DARK_BLUE, GREY, PALE, TINTS, WHITE
from capacity.report.tables import change_kinds, changes_table, findings_table, gap_table, neutral
from capacity.report.text import lead_sentence
from capacity.report.tiers_text import NAMES as TIER_NAMES
from capacity.report.tiers_text import proof_sentence
from capacity.report.timetable_rows import Row, columns, kind_of, timetable_rows
from capacity.service.model import ROLE_PREFIX, JobPlanRow, Service
from capacity.service.resolved import is_reserved
from capacity.supply.gap import Gap
from capacity.units import NO_FIXED_SLOT, half_day_order

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MADE_ON = dt.datetime(2000, 1, 1)
"""Date in the file: the same plan gives the same bytes."""
LONGEST_TEXT = 32_767
LONGEST_NAME = 31
"""Characters that Excel allows in a cell, and in the name of a sheet."""
WIDEST = 60
NOT_IN, CHANGED, OTHER_WEEK = "x", "*", "'"
"""Letters in a half-day: not available, changed against the plan in force, and the same in another week."""
GAP_UNITS = (
    "Sessions, hours, PAs and WTE are a calendar week; blank: not known. planned and shortfall are of this plan."
)
CHANGE_UNITS = "weeks_lost and weeks_gained are weeks of the cycle. - is time with no fixed place."

Placed = dict[tuple[str, str, int], list[str]]
"""(person, half-day, week of the cycle) -> activities."""


def plan_workbook(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> bytes:
    """Return a plan as a workbook. Parameters are those of :func:`capacity.report.plan_json.plan_json`."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    plainly = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(buffer, plainly)
    book.set_properties({"title": neutral(service.name), "created": MADE_ON})
    pages = _Pages(book, service)
    pages.summary(gap, outcome)
    pages.frame("gap", gap_table(gap, outcome), GAP_UNITS)
    if outcome.plan is not None:
        pages.people(outcome.plan, outcome)
        pages.frame("changes", changes_table(outcome), CHANGE_UNITS)
    pages.frame("findings", findings_table(all_findings(service, demand, gap, outcome)), "minutes are a week.")
    pages.run(outcome)
    book.close()
    return buffer.getvalue()


class _Pages:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Workbook, service: Service):
        self.book = book
        self.service = service
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.bold = book.add_format({"bold": True})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.whole = book.add_format({"num_format": "0", "valign": "top"})
        self.figure = book.add_format({"num_format": "0.0##", "valign": "top"})
        self.grey = book.add_format({"font_color": "#425563", "italic": True})
        self.head = book.add_format({"bold": True, "bg_color": DARK_BLUE, "font_color": WHITE, "valign": "top"})
        self.fills = {kind: self.fill(tint) for kind, tint in TINTS.items()}
        self.bold_fills = {kind: self.fill(tint, bold=True) for kind, tint in TINTS.items()}
        self.empty = self.fill(WHITE)
        self.changed_empty = self.fill(WHITE, bold=True)
        self.away = self.fill(PALE)
        self.codes = activity_codes(row.activity for row in service.activities)
        self.used: set[str] = set()

    def fill(self, colour: str, bold: bool = False) -> Format:
        look = {"bg_color": colour, "border": 1, "border_color": GREY, "align": "center", "bold": bold}
        return self.book.add_format(look)

    def sheet(self, name: str, landscape: bool = True) -> Worksheet:
        """Add a sheet that prints one page wide; its name is made short and its own."""
        short, number = name[:LONGEST_NAME], 1
        while short in self.used:
            number += 1
            short = f"{name[: LONGEST_NAME - len(str(number)) - 1]}~{number}"
        self.used.add(short)
        sheet = self.book.add_worksheet(short)
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&RPage &P of &N")
        if landscape:
            sheet.set_landscape()
        return sheet

    def put(self, sheet: Worksheet, row: int, place: int, value: Any, form: Format | None = None) -> None:
        """Write one value: a figure as one, nothing where it is not known, text that cannot run."""
        if isinstance(value, str):
            sheet.write_string(row, place, neutral(value)[:LONGEST_TEXT], form)
        elif _known(value):
            number = float(value)
            sheet.write_number(row, place, number, form or (self.whole if number.is_integer() else self.figure))

    def summary(self, gap: Gap, outcome: Outcome) -> None:
        """Write the sentence first, then what changes, then how good it is."""
        sheet = self.sheet("summary", landscape=False)
        sheet.set_column(0, 0, 52)
        sheet.set_column(1, 3, 14)
        sheet.set_column(4, 4, 14, self.book.add_format({"indent": 1}))
        self.put(sheet, 0, 0, self.service.name, self.title)
        sheet.merge_range(1, 0, 1, 4, neutral(lead_sentence(gap, outcome, self.service.cycle_weeks)), self.wrapped)
        sheet.set_row(1, 64)
        row = 3
        if outcome.plan is not None:
            sheet.merge_range(row, 0, row, 4, " ".join(proof_sentence(outcome).split()), self.wrapped)
            sheet.set_row(row, 32)
            row = self.pairs(sheet, row + 2, _what_changes(outcome)) + 1
        self.heads(sheet, row, ("aim, in order of importance", "best found", "no plan beats", "in this plan", "status"))
        for line, tier in enumerate(outcome.tiers, start=row + 1):
            known = tier.status in ("optimal", "feasible")
            values = (tier.value if known else None, tier.bound if known else None)
            kept = tier.kept if tier.status != "not used" else None
            self.put(sheet, line, 0, f"{tier.name}: {TIER_NAMES.get(tier.name, '')}")
            for place, value in enumerate((*values, kept, tier.status), start=1):
                self.put(sheet, line, place, value)

    def pairs(self, sheet: Worksheet, row: int, pairs: Iterable[tuple[str, Any]]) -> int:
        """Write names and values below each other; return the row after them."""
        for name, value in pairs:
            self.put(sheet, row, 0, name)
            self.put(sheet, row, 1, value)
            row += 1
        return row

    def heads(self, sheet: Worksheet, row: int, names: Iterable[str], first: int = 0) -> None:
        """Write a row of headings."""
        for place, name in enumerate(names, start=first):
            sheet.write_string(row, place, name, self.head)

    def frame(self, name: str, frame: pd.DataFrame, units: str) -> None:
        """Write a table with its header frozen and a filter on it."""
        sheet = self.sheet(name)
        self.put(sheet, 0, 0, units, self.grey)
        self.heads(sheet, 1, map(str, frame.columns))
        sheet.freeze_panes(2, 1)
        sheet.repeat_rows(1)
        sheet.autofilter(1, 0, max(2, len(frame) + 1), max(0, len(frame.columns) - 1))
        for place, column in enumerate(frame.columns):
            values = frame[column].tolist()
            for row, value in enumerate(values, start=2):
                form = (
                    self.wrapped if isinstance(value, str) else self.figure if frame[column].dtype.kind == "f" else None
                )
                self.put(sheet, row, place, value, form)
            width = max((len(value) for value in values if isinstance(value, str)), default=0)
            sheet.set_column(place, place, min(max(len(str(column)) + 4, width + 2), WIDEST))

    def people(self, plan: TeamPlan, outcome: Outcome) -> None:
        """Write the grid of the team, and a sheet for each person."""
        rows = timetable_rows(self.service, plan)
        slots = columns(self.service, plan)
        placed = _placed(self.service, plan.rows)
        self.team(rows, slots, placed)
        changes = {change.person: change for change in outcome.changes}
        for each in rows:
            self.person(each, slots, placed, plan, changes.get(each.person))

    def team(self, rows: tuple[Row, ...], slots: tuple[str, ...], placed: Placed) -> None:
        """Write everyone's half-days: a line a person and week of the cycle."""
        sheet = self.sheet("team")
        self.heads(sheet, 0, ("person", "group", "week", *slots, "time without a fixed place"))
        sheet.freeze_panes(1, 3)
        sheet.repeat_rows(0)
        sheet.set_column(0, 2, 10)
        sheet.set_column(3, 2 + len(slots), 11)
        sheet.set_column(3 + len(slots), 3 + len(slots), 34)
        cycle = self.service.cycle_weeks
        line = 1
        for each in rows:
            for week in range(1, cycle + 1):
                self.put(sheet, line, 0, each.person, self.bold if week == 1 else None)
                self.put(sheet, line, 1, each.note if week == 1 else "")
                sheet.write_number(line, 2, week)
                self.half_days(sheet, line, 3, each, week, slots, placed)
                if week == 1:
                    self.put(sheet, line, 3 + len(slots), "; ".join(band.text for band in each.placeless))
                line += 1
        self.legend(sheet, 5 + len(slots))

    def half_days(
        self, sheet: Worksheet, line: int, first: int, each: Row, week: int, slots: tuple[str, ...], placed: Placed
    ) -> None:
        """Write one week of one person, a cell a half-day: codes, and marks of what is new."""
        for place, slot in enumerate(slots, start=first):
            activities = placed.get((each.person, slot, week), [])
            mark = CHANGED if slot in each.changed else OTHER_WEEK if slot in each.other_weeks else ""
            if activities:
                codes = "+".join(dict.fromkeys(code_of(activity, self.codes) for activity in activities))
                fills = self.bold_fills if mark else self.fills
                sheet.write_string(line, place, codes + mark, fills[kind_of(self.service, activities[0])])
            elif slot in each.unavailable:
                sheet.write_string(line, place, NOT_IN, self.away)
            else:
                sheet.write_string(line, place, mark if mark == CHANGED else "", self.empty)

    def legend(self, sheet: Worksheet, place: int) -> None:
        """Write what the codes and marks mean."""
        self.heads(sheet, 0, ("code", "what it is"), place)
        sheet.set_column(place, place, 9)
        sheet.set_column(place + 1, place + 1, 44)
        entries = [
            *((self.codes[one.activity], one.name, kind_of(self.service, one.activity))
              for one in self.service.activities),
            *((code, RESERVED_NAMES[key], kind_of(self.service, key)) for key, code in RESERVED_CODES.items()),
            (ROLE_CODE, ROLE_NAME, "role"),
        ]  # fmt: skip
        for row, (code, name, kind) in enumerate(entries, start=1):
            sheet.write_string(row, place, code, self.fills[kind])
            self.put(sheet, row, place + 1, name)
        marks = (
            (NOT_IN, "not available", self.away),
            (CHANGED, "after a code, or alone: changed against the plan in force", self.changed_empty),
            (OTHER_WEEK, "after a code: the same, in other weeks of the cycle", self.changed_empty),
        )
        for row, (code, name, form) in enumerate(marks, start=1 + len(entries)):
            sheet.write_string(row, place, code, form)
            self.put(sheet, row, place + 1, name)

    def person(
        self, each: Row, slots: tuple[str, ...], placed: Placed, plan: TeamPlan, change: PersonChange | None
    ) -> None:
        """Write the sheet of one person: the weeks, the rows of the job plan, roles, and what changes."""
        sheet = self.sheet(f"person {each.person}")
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, max(len(slots), 6), 11)
        self.put(sheet, 0, 0, f"{each.person} ({each.note})", self.title)
        self.heads(sheet, 2, ("week", *slots))
        for week in range(1, self.service.cycle_weeks + 1):
            sheet.write_number(2 + week, 0, week)
            self.half_days(sheet, 2 + week, 1, each, week, slots, placed)
        row = self.service.cycle_weeks + 4
        self.heads(sheet, row, ("activity", "slot", "weeks", "minutes", "per_year", "pinned"))
        for one in sorted(plan.rows_of(each.person), key=lambda one: (half_day_order(one.slot), one.weeks or ())):
            row += 1
            weeks = ("" if one.slot == NO_FIXED_SLOT else "all") if one.weeks is None else ";".join(map(str, one.weeks))
            cells = (one.activity, one.slot, weeks, one.minutes, one.per_year, "yes" if one.pinned else "")
            for place, value in enumerate(cells):
                self.put(sheet, row, place, value)
        extra = plan.extra_minutes.get(each.person, 0)
        roles = [role for role, people in plan.holders.items() if each.person in people]
        row = self.pairs(sheet, row + 2, [("roles", ", ".join(roles) or "none"), ("extra minutes a week", extra)])
        self.heads(sheet, row + 1, ("changes: activity", "slot", "kind", "weeks lost", "weeks gained"))
        for line, cells in enumerate(_changes_of(change), start=row + 2):
            for place, value in enumerate(cells):
                self.put(sheet, line, place, value)

    def run(self, outcome: Outcome) -> None:
        """Write how the plan was made: seed, limits, versions, hash of the input."""
        sheet = self.sheet("run", landscape=False)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 70)
        self.heads(sheet, 0, ("what", "value"))
        details = [("service", self.service.id), ("status", outcome.status), *_flat(outcome.run)]
        for row, (name, value) in enumerate(details, start=1):
            self.put(sheet, row, 0, name)
            self.put(sheet, row, 1, value, self.wrapped)


def _known(value: Any) -> bool:
    """Whether a figure is one; pandas says NA of what is not known."""
    return isinstance(value, (int, float)) and value == value


def _placed(service: Service, rows: Iterable[JobPlanRow]) -> Placed:
    """What stands in each half-day of each week: activities first, then reserved time."""
    placed: Placed = defaultdict(list)
    for row in sorted(rows, key=lambda row: (is_reserved(row.activity), row.activity)):
        if row.slot != NO_FIXED_SLOT:
            for week in row.weeks or range(1, service.cycle_weeks + 1):
                placed[row.person, row.slot, week].append(row.activity)
    return placed


def _what_changes(outcome: Outcome) -> list[tuple[str, Any]]:
    """Counts of what the plan changes."""
    changes = outcome.changes
    return [
        ("people whose plan changes", len(changes)),
        ("sessions a cycle moved", sum(change.moved for change in changes)),
        ("sessions a cycle added", sum(change.added for change in changes)),
        ("sessions a cycle dropped", sum(change.dropped for change in changes)),
        ("roles that change hands", sum(len(change.roles_gained) for change in changes)),
    ]


def _changes_of(change: PersonChange | None) -> list[tuple[Any, ...]]:
    """Rows of one person's changes, or one that says there are none."""
    if change is None:
        return [("none",)]
    rows: list[tuple[Any, ...]] = [*change_kinds(change)]
    rows += [(activity, slot, "not allowed", weeks, 0) for activity, slot, weeks in change.not_allowed]
    rows += [(f"{ROLE_PREFIX}{role}", NO_FIXED_SLOT, "role lost") for role in change.roles_lost]
    rows += [(f"{ROLE_PREFIX}{role}", NO_FIXED_SLOT, "role gained") for role in change.roles_gained]
    return rows or [("none",)]


def _flat(run: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Details of a run as names and texts, tables inside tables joined with dots."""
    found: list[tuple[str, str]] = []
    for key, value in run.items():
        if key == "seconds":
            continue
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        elif value is not None:
            found.append((f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value, default=str)))
    return found
