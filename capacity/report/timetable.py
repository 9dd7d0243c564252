"""The team's timetable as a picture: people as rows, half-days as columns, a code for each activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.outcome import TeamPlan
from capacity.report import style
from capacity.report.codes import RESERVED_CODES, RESERVED_NAMES, ROLE_CODE, ROLE_NAME, activity_codes
from capacity.report.timetable_rows import PEOPLE_PER_PAGE, Band, Row, columns, kind_of, pages, timetable_rows
from capacity.report.words import count, listed, people, shortened
from capacity.service.model import ROLE_PREFIX, Service

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMED = 20

# Inches.
NAME_WIDTH, CELL_WIDTH, PLACELESS_WIDTH, MARGIN = 1.0, 0.92, 1.5, 0.15
BAND_HEIGHT, ROW_GAP, HEADER_HEIGHT, TITLE_HEIGHT, LEGEND_LINE = 0.16, 0.07, 0.3, 0.42, 0.19


def timetable_figures(service: Service, plan: TeamPlan, per_page: int = PEOPLE_PER_PAGE) -> list[Figure]:
    """One figure for each page of at most ``per_page`` people."""
    return [timetable_figure(service, plan, page) for page in pages(service, per_page)]


def timetable_figure(
    service: Service, plan: TeamPlan, only: tuple[str, ...] | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the team's timetable: what each person does in each half-day, and which cells the plan changes.

    Parameters
    ----------
    service
        Gives people, half-days, the cycle and the plans in force.
    plan
        The proposed plan.
    only
        Ids of the people to show (a page); default everyone.
    ax
        Where to draw; default a new figure whose height follows the people. The axes are measured in inches.

    Returns
    -------
    Figure
    """
    rows = [row for row in timetable_rows(service, plan) if only is None or row.person in only]
    slots = columns(service, plan)
    entries = _legend_entries(service, plan)
    width = 2 * MARGIN + NAME_WIDTH + CELL_WIDTH * len(slots) + PLACELESS_WIDTH
    across = max(2, int((width - 2 * MARGIN) // 3.1))
    legend_lines = -(-len(entries) // across) + 2
    body = TITLE_HEIGHT + HEADER_HEIGHT + sum(_height(row) for row in rows)
    height = body + 0.15 + legend_lines * LEGEND_LINE + MARGIN
    with style.styled():
        if ax is None:
            _, ax = style.bare_axes(width, height)
        ax.set_xlim(0, width)
        ax.set_ylim(height, 0)
        ax.set_axis_off()
        _title(ax, service, rows, len(service.people))
        _header(ax, slots, TITLE_HEIGHT)
        top = TITLE_HEIGHT + HEADER_HEIGHT
        for row in rows:
            _draw_row(ax, row, slots, top, width)
            top += _height(row)
        _rules(ax, slots, TITLE_HEIGHT, top)
        _legend(ax, entries, across, top + 0.15, (width - 2 * MARGIN) / across, service.cycle_weeks)
        return style.figure_of(ax)


def _height(row: Row) -> float:
    return row.lines * BAND_HEIGHT + ROW_GAP


def _title(ax: Axes, service: Service, rows: list[Row], everyone: int) -> None:
    words = f"Proposed timetable: {shortened(service.name, int((_right(ax) - 6) / 0.1))}"
    cycle = "the same every week" if service.cycle_weeks == 1 else f"{service.cycle_weeks}-week cycle"
    part = (
        f"{rows[0].person} to {rows[-1].person} of {people(everyone)}"
        if rows and len(rows) < everyone
        else people(len(rows))
    )
    ax.text(MARGIN, 0.24, words, fontsize=11, fontweight="bold", va="center")
    ax.text(_right(ax), 0.24, f"{part}, {cycle}", fontsize=8.5, va="center", ha="right")


def _right(ax: Axes) -> float:
    return float(ax.get_xlim()[1]) - MARGIN


def _left_of(position: int) -> float:
    return MARGIN + NAME_WIDTH + CELL_WIDTH * position


def _header(ax: Axes, slots: tuple[str, ...], top: float) -> None:
    for position, slot in enumerate(slots):
        ax.text(
            _left_of(position) + CELL_WIDTH / 2,
            top + 0.15,
            slot,
            ha="center",
            va="center",
            fontsize=8,
            fontweight="bold",
        )
    ax.text(_left_of(len(slots)) + 0.05, top + 0.15, "no fixed place", va="center", fontsize=8, fontweight="bold")


def _draw_row(ax: Axes, row: Row, slots: tuple[str, ...], top: float, width: float) -> None:
    from matplotlib.patches import Rectangle

    ax.text(MARGIN, top + _height(row) / 2 - 0.07, row.person, va="center", fontsize=8, fontweight="bold")
    ax.text(MARGIN, top + _height(row) / 2 + 0.07, row.note, va="center", fontsize=6, color=style.INK)
    inner = _height(row) - ROW_GAP
    for position, slot in enumerate(slots):
        left, above = _left_of(position) + 0.03, top + ROW_GAP / 2
        bands = row.cells.get(slot, ())
        if not bands and slot in row.unavailable:
            ax.add_patch(Rectangle((left, above), CELL_WIDTH - 0.06, inner, facecolor=style.WHITE, edgecolor="#B8C2C8",
                                   hatch="////", linewidth=0))  # fmt: skip
        _draw_bands(ax, bands, left, above, CELL_WIDTH - 0.06, inner)
        if slot in row.changed and not bands:
            ax.text(left + CELL_WIDTH / 2 - 0.03, above + inner / 2, "–", ha="center", va="center", fontsize=8)
        if slot in row.changed:
            _mark(ax, left, above, inner, solid=True)
        elif slot in row.other_weeks:
            _mark(ax, left, above, inner, solid=False)
    left = _left_of(len(slots)) + 0.03
    _draw_bands(ax, row.placeless, left, top + ROW_GAP / 2, PLACELESS_WIDTH - 0.06, len(row.placeless) * BAND_HEIGHT)
    ax.plot([MARGIN, width - MARGIN], [top + _height(row)] * 2, color="#D3DADD", linewidth=0.5)


def _draw_bands(ax: Axes, bands: tuple[Band, ...], left: float, top: float, width: float, height: float) -> None:
    from matplotlib.patches import Rectangle

    each = height / max(1, len(bands))
    for position, band in enumerate(bands):
        above = top + position * each
        ax.add_patch(
            Rectangle(
                (left, above), width, each, facecolor=style.TINTS[band.kind], edgecolor=style.WHITE, linewidth=0.5
            )
        )
        ax.text(left + width / 2, above + each / 2, band.text, ha="center", va="center", fontsize=7)


def _mark(ax: Axes, left: float, top: float, height: float, solid: bool) -> None:
    """Outline a changed cell: bold with a dot where sessions change, dashed where only their weeks do."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((left, top), CELL_WIDTH - 0.06, height, fill=False, edgecolor=style.INK,
                           linewidth=1.8 if solid else 1.0, linestyle="-" if solid else (0, (3, 2)),
                           zorder=4))  # fmt: skip
    if solid:
        ax.plot([left + CELL_WIDTH - 0.06], [top], marker="o", markersize=5, color=style.INK, zorder=5, clip_on=False)


def _rules(ax: Axes, slots: tuple[str, ...], top: float, bottom: float) -> None:
    """Lines between days."""
    for position, slot in enumerate(slots):
        if position == 0 or slots[position - 1].split()[0] != slot.split()[0]:
            ax.plot([_left_of(position)] * 2, [top + 0.05, bottom], color=style.GREY, linewidth=0.7, zorder=0)
    ax.plot([_left_of(len(slots))] * 2, [top + 0.05, bottom], color=style.GREY, linewidth=0.7, zorder=0)


def _legend_entries(service: Service, plan: TeamPlan) -> list[tuple[str, str, str]]:
    """(code, kind, name) of everything the timetable holds: activities in file order, then reserved time."""
    codes = activity_codes(activity.activity for activity in service.activities)
    used = {row.activity for row in plan.rows}
    entries = [
        (codes[activity.activity], kind_of(service, activity.activity), activity.name)
        for activity in service.activities
        if activity.activity in used
    ]
    if any(activity.startswith(ROLE_PREFIX) for activity in used):
        entries.append((ROLE_CODE, "role", ROLE_NAME))
    entries += [
        (code, kind_of(service, key), RESERVED_NAMES[key]) for key, code in RESERVED_CODES.items() if key in used
    ]
    return entries


def _legend(
    ax: Axes, entries: list[tuple[str, str, str]], across: int, top: float, column_width: float, cycle: int
) -> None:
    from matplotlib.patches import Rectangle

    lines = -(-len(entries) // across)
    for position, (code, kind, name) in enumerate(entries):
        left = MARGIN + column_width * (position // max(1, lines))
        middle = top + LEGEND_LINE * (position % max(1, lines) + 0.5)
        ax.add_patch(
            Rectangle(
                (left, middle - 0.075), 0.42, 0.15, facecolor=style.TINTS[kind], edgecolor=style.GREY, linewidth=0.4
            )
        )
        ax.text(left + 0.21, middle, code, ha="center", va="center", fontsize=7)
        tier = " (rapid)" if kind == "rapid" else ""
        ax.text(
            left + 0.5,
            middle,
            shortened(name, int(column_width / 0.06) - 9 - len(tier)) + tier,
            va="center",
            fontsize=7,
        )
    marks = top + LEGEND_LINE * (lines + 0.9)
    _mark_legend(ax, marks, cycle)


def _mark_legend(ax: Axes, middle: float, cycle: int) -> None:
    from matplotlib.patches import Rectangle

    left = MARGIN
    ax.add_patch(Rectangle((left, middle - 0.07), 0.3, 0.14, fill=False, edgecolor=style.INK, linewidth=1.8))
    ax.plot([left + 0.3], [middle - 0.07], marker="o", markersize=5, color=style.INK)
    ax.text(left + 0.42, middle, "sessions change", va="center", fontsize=7)
    left += 1.55
    if cycle > 1:
        ax.add_patch(
            Rectangle((left, middle - 0.07), 0.3, 0.14, fill=False, edgecolor=style.INK, linestyle=(0, (3, 2)))
        )
        ax.text(left + 0.42, middle, "same sessions, other weeks", va="center", fontsize=7)
        left += 2.1
    ax.add_patch(
        Rectangle(
            (left, middle - 0.07), 0.3, 0.14, facecolor=style.WHITE, edgecolor="#B8C2C8", hatch="////", linewidth=0
        )
    )
    ax.text(left + 0.42, middle, "not worked", va="center", fontsize=7)
    left += 1.3
    if cycle > 1:
        words = "1;3: weeks of the cycle; no figure: every week; 5/13: 5 weeks of 13, listed in job_plans.csv"
        ax.text(left, middle, words, va="center", fontsize=7)


def timetable_alt(service: Service, plan: TeamPlan, only: tuple[str, ...] | None = None) -> str:
    """Alt text of :func:`timetable_figure`: how large it is and which cells change."""
    rows = [row for row in timetable_rows(service, plan) if only is None or row.person in only]
    slots = columns(service, plan)
    changed = [f"{row.person} {slot}" for row in rows for slot in service.half_days() if slot in row.changed]
    more = [f"{len(changed) - MOST_NAMED} more"] if len(changed) > MOST_NAMED else []
    said = (
        f"{count(len(changed), 'cell')} change: {listed([*changed[:MOST_NAMED], *more])}"
        if changed
        else "No cell changes"
    )
    if len(changed) == 1:
        said = f"1 cell changes: {changed[0]}"
    return (
        f"Timetable of {people(len(rows))} over {len(slots)} half-days of a {service.cycle_weeks}-week cycle. {said}."
    )
