"""Scenarios side by side: what stays short, what closing the gap costs, and requirement against supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity.report import style
from capacity.report.compare_words import uncertainty_sentence
from capacity.report.sheet import (
    PAPER,
    SMALL,
    axis_words,
    close_sheet,
    empty_sheet,
    folded_names,
    name_rows,
    open_sheet,
    round_ticks,
    small_ticks,
    text_width,
)
from capacity.report.words import fixed, listed, number, pounds

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from capacity.report.sheet import Sheet
    from capacity.scenario.compare import Compared
    from capacity.scenario.measures import Measures

ROW = 0.42
"""Inches of a row of bars."""
RAPID, OTHER = "rapid access", "other activities"
NO_ANSWER = "no answer"
OPEN = " ? a plan that leaves less short may exist."


@dataclass(frozen=True)
class _Bar:
    """One row: the name of a column, and its measures (None: no answer)."""

    name: str
    found: Measures | None
    planned: bool
    open: bool
    """Whether a plan that leaves less short may exist."""


def _bars(made: Compared) -> list[_Bar]:
    rows = []
    for at, run in enumerate(made.runs):
        letter = made.letter(at)
        rows.append(
            _Bar(f"{letter}: {run.name}" if letter else run.name, run.measures, at > 0, run.short_proven is False)
        )
    return rows


# ---- what stays short


def short_figure(made: Compared, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw what each column leaves short, rapid and other activities apart, with what extra PAs would leave.

    Parameters
    ----------
    made
        The comparison.
    ax
        Where to draw; default a new figure whose height follows the columns.
    title
        Shown above.
    width
        Inches of a new figure: ``sheet.PAPER`` or ``sheet.PHONE``.

    Returns
    -------
    Figure
    """
    bars = _bars(made)
    with style.styled():
        sheet = open_sheet(ax, width, ROW * len(bars) + 0.55)
        table = short_table(made)
        high = max([1.0, *table["short"].fillna(0.0)])
        for place, bar in enumerate(bars):
            if bar.found is None:
                _say(sheet, 0.0, place, NO_ANSWER)
                continue
            rapid, other = _parts(bar.found)
            _bar(sheet, place, 0.0, rapid, "rapid")
            _bar(sheet, place, rapid, other, "routine")
            _mark(sheet, place, bar.found)
            words = fixed(bar.found.short) + ("?" if bar.open else "")
            _say(sheet, max(bar.found.short, bar.found.short_with_extra), place, words)
        sheet.ax.set_xlim(0, high * 1.12)
        _rows(sheet, bars)
        axis_words(sheet, "Sessions a week left short")
        return close_sheet(
            sheet, title or f"{made.service.name}: what stays short", uncertainty_sentence(made), _key(made)
        )


def short_alt(made: Compared) -> str:
    """Alt text of :func:`short_figure`."""
    parts = []
    for bar in _bars(made):
        if bar.found is None:
            parts.append(f"{bar.name} {NO_ANSWER}")
            continue
        extra = f" ({fixed(bar.found.short_with_extra)} with extra PAs)" if _has_extra(bar.found) else ""
        parts.append(f"{bar.name} {fixed(bar.found.short)}{extra}{', not proven' if bar.open else ''}")
    return f"Sessions a week left short by each column: {'; '.join(parts)}."


def short_table(made: Compared) -> pd.DataFrame:
    """Return what is drawn: name, rapid, other, short, short_with_extra."""
    rows: list[tuple[object, ...]] = []
    for bar in _bars(made):
        if bar.found is None:
            rows.append((bar.name, None, None, None, None))
        else:
            rows.append((bar.name, *_parts(bar.found), bar.found.short, bar.found.short_with_extra))
    columns = ["name", "rapid", "other", "short", "short_with_extra"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], "float64"))


def _parts(found: Measures) -> tuple[float, float]:
    """Short of rapid activities, and the rest; together what the column leaves short."""
    rapid = sum(each.short for each in found.activities if each.tier == "rapid")
    return rapid, max(0.0, found.short - rapid)


def _has_extra(found: Measures) -> bool:
    return bool(found.extra_pa or found.extra_hours)


def _bar(sheet: Sheet, place: float, left: float, value: float, tier: str) -> None:
    hatch = "..." if tier == "rapid" else ""
    sheet.ax.barh(
        place, value, 0.56, left=left, facecolor=style.TINTS[tier], hatch=hatch, edgecolor=style.GREY, linewidth=0.5
    )


def _mark(sheet: Sheet, place: float, found: Measures) -> None:
    if _has_extra(found):
        sheet.ax.plot(
            [found.short_with_extra], [place], marker="D", markersize=6, color=style.PURPLE, zorder=5, clip_on=False
        )


def _key(made: Compared) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    look: dict[str, Any] = {"edgecolor": style.GREY, "linewidth": 0.5}
    key: list[Artist] = [
        Patch(facecolor=style.TINTS["rapid"], hatch="...", label=RAPID, **look),
        Patch(facecolor=style.TINTS["routine"], label=OTHER, **look),
    ]
    if any(run.measures is not None and _has_extra(run.measures) for run in made.runs):
        key.append(Line2D([], [], linestyle="", marker="D", markersize=6, color=style.PURPLE, label="with extra PAs"))
    return key


# ---- cost against closed gap


def cost_figure(made: Compared, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER) -> Figure:
    """Draw recurrent pounds a year against sessions closed, a point an answer; those without a price are named.

    Parameters as for :func:`short_figure`. A filled point is within present contracts, a diamond with extra PAs.
    """
    name = title or f"{made.service.name}: what closing the gap costs"
    table = cost_table(made)
    drawn = table[table["pounds"].notna()]
    with style.styled():
        if len(drawn) < 2 or (drawn["pounds"].nunique() < 2 and drawn["closed"].nunique() < 2):
            return empty_sheet(ax, width, name, cost_alt(made))
        sheet = open_sheet(ax, width, 3.0)
        thousands = drawn["pounds"] / 1000
        for (_, row), value in zip(drawn.iterrows(), thousands, strict=True):
            extra = bool(row["extra"])
            sheet.ax.plot(
                [value], [row["closed"]], marker="D" if extra else "o", markersize=6, zorder=4,
                color=style.WHITE if row["hours"] else style.PURPLE if extra else style.DARK_BLUE,
                markeredgecolor=style.PURPLE if extra else style.DARK_BLUE, markeredgewidth=1.4, clip_on=False,
            )  # fmt: skip
        span = max(float(thousands.max() - thousands.min()), 1.0)
        low, high = float(drawn["closed"].min()), float(drawn["closed"].max())
        reach = max(high - low, 0.5)
        sheet.ax.set_xlim(float(thousands.min()) - 0.06 * span, float(thousands.max()) + 0.16 * span)
        sheet.ax.set_ylim(min(0.0, low - 0.12 * reach), high + 0.16 * reach)
        _label_points(sheet, drawn)
        sheet.ax.axhline(0, color=style.GREY, linewidth=0.8)
        round_ticks(sheet)
        round_ticks(sheet, "y", 6)
        small_ticks(sheet)
        axis_words(sheet, "£000 a year, recurrent", "Sessions a week closed")
        return close_sheet(sheet, name, _unpriced(table), _cost_key(drawn))


def cost_alt(made: Compared) -> str:
    """Alt text of :func:`cost_figure`."""
    table = cost_table(made)
    drawn = table[table["pounds"].notna()]
    parts = [
        f"{row['label']} closes {fixed(float(row['closed']))} for {pounds(float(row['pounds']))}"
        for _, row in drawn.iterrows()
    ]
    said = f"Sessions a week closed against doing nothing, and recurrent pounds a year: {'; '.join(parts)}."
    return f"{said} {_unpriced(table)}".strip() if parts else f"Nothing has a price. {_unpriced(table)}".strip()


def cost_table(made: Compared) -> pd.DataFrame:
    """Return what is drawn, a row an answer.

    Columns: column; label; extra (with extra PAs); pounds a year (missing: not priced); closed (sessions a week against
    doing nothing); hours (extra hours a week of contracts in hours, which have no price and are not in ``pounds``).
    """
    rows: list[tuple[object, ...]] = []
    nothing = made.nothing
    for at, run in enumerate(made.runs):
        found, label = run.measures, made.letter(at) or ("do nothing", "base")[at]
        if found is None:
            continue
        money = found.money
        rows.append((run.key, label, False, money.recurrent, nothing.short - found.short, 0.0))
        if _has_extra(found):
            known = None not in (money.recurrent, money.extra_pa)
            paid = (money.recurrent or 0.0) + (money.extra_pa or 0.0) if known else None
            closed = nothing.short - found.short_with_extra
            rows.append((run.key, f"{label} + extra", True, paid, closed, found.extra_hours))
    frame = pd.DataFrame(rows, columns=["column", "label", "extra", "pounds", "closed", "hours"])
    return frame.astype({"pounds": "float64", "closed": "float64", "hours": "float64"})


def _label_points(sheet: Sheet, drawn: pd.DataFrame) -> None:
    """Write names beside points; those that lie on top of each other share a line."""
    (left, right), (low, high) = sheet.ax.get_xlim(), sheet.ax.get_ylim()
    wide, tall = (right - left) * 0.03, (high - low) * 0.06
    placed: list[tuple[float, float, list[str]]] = []
    for _, row in drawn.sort_values(["pounds", "closed"]).iterrows():
        x, y = float(row["pounds"]) / 1000, float(row["closed"])
        near = next((at for at in placed if abs(at[0] - x) < wide and abs(at[1] - y) < tall), None)
        if near is None:
            placed.append((x, y, [str(row["label"])]))
        else:
            near[2].append(str(row["label"]))
    for x, y, names in placed:
        words = ", ".join(names)
        room = (right - x) / (right - left) * sheet.width * 0.85
        beside = text_width(words, SMALL) + 0.1 < room
        sheet.ax.annotate(
            words, (x, y), xytext=(7 if beside else -7, 5), textcoords="offset points", fontsize=SMALL,
            ha="left" if beside else "right", va="bottom",
        )  # fmt: skip


def _unpriced(table: pd.DataFrame) -> str:
    missing = table[table["pounds"].isna() & ~table["extra"]]
    if missing.empty:
        return ""
    parts = [f"{row['label']} (closes {number(float(row['closed']))})" for _, row in missing.iterrows()]
    return f"Not drawn, for want of a price: {listed(parts)}."


def _cost_key(drawn: pd.DataFrame) -> list[Artist]:
    from matplotlib.lines import Line2D

    look: dict[str, Any] = {"linestyle": "", "markersize": 6}
    key: list[Artist] = [Line2D([], [], marker="o", color=style.DARK_BLUE, label="within present contracts", **look)]
    if (drawn["extra"] & (drawn["hours"] == 0)).any():
        key.append(Line2D([], [], marker="D", color=style.PURPLE, label="with extra PAs", **look))
    if (drawn["hours"] > 0).any():
        words = "with extra PAs, and extra hours that have no price"
        edge: dict[str, Any] = {"color": style.WHITE, "markeredgecolor": style.PURPLE, "markeredgewidth": 1.4}
        key.append(Line2D([], [], marker="D", label=words, **edge, **look))
    return key


# ---- requirement and supply


def required_figure(
    made: Compared, ax: Axes | None = None, *, title: str | None = None, width: float = PAPER
) -> Figure:
    """Draw what each column requires, with the interval in which demand is known, what is in force and what is planned.

    Parameters as for :func:`short_figure`. Supply counts towards a requirement only as far as its own activity asks.
    """
    bars = _bars(made)
    with style.styled():
        sheet = open_sheet(ax, width, ROW * len(bars) + 0.55)
        reach, least = [0.0], float("inf")
        for place, bar in enumerate(bars):
            if bar.found is None:
                _say(sheet, 0.0, place, NO_ANSWER)
                continue
            found = bar.found
            line: dict[str, Any] = {"color": style.DARK_BLUE, "zorder": 4}
            used, planned = found.required - found.short_now, found.required - found.short
            least = min(least, used)
            sheet.ax.plot([used, found.required], [place] * 2, color=style.GREY, linewidth=1, zorder=2)
            _dot(sheet, used, place, "s", style.WHITE)
            if bar.planned:
                _dot(sheet, planned, place, "o", style.DARK_BLUE)
            sheet.ax.plot([found.required] * 2, [place - 0.3, place + 0.3], linewidth=2.4, **line)
            if found.lower is not None and found.upper is not None:
                sheet.ax.plot([found.lower, found.upper], [place + 0.2] * 2, linewidth=1.2, **line)
            reach += [found.required, found.upper or 0.0]
        high = max(reach) or 1.0
        low = min(least, high)
        span = max(high - low, 1.0)
        sheet.ax.set_xlim(max(0.0, low - 0.08 * span), high + 0.08 * span)
        _rows(sheet, bars)
        axis_words(sheet, "Sessions a week")
        says = "A session beyond what its activity asks for fills no gap and is not drawn."
        return close_sheet(sheet, title or f"{made.service.name}: required, in force, planned", says, _required_key())


def required_alt(made: Compared) -> str:
    """Alt text of :func:`required_figure`."""
    parts = [
        f"{bar.name} {NO_ANSWER}"
        if bar.found is None
        else f"{bar.name} requires {fixed(bar.found.required)}, of which plans in force cover"
        f" {fixed(bar.found.required - bar.found.short_now)} and the plan proposed"
        f" {fixed(bar.found.required - bar.found.short)}"
        for bar in _bars(made)
    ]
    return f"Sessions a week required and covered: {'; '.join(parts)}."


def required_table(made: Compared) -> pd.DataFrame:
    """Return what is drawn: name, required, lower, upper, in_force and planned (as far as they cover it)."""
    rows: list[tuple[object, ...]] = []
    for bar in _bars(made):
        found = bar.found
        if found is None:
            rows.append((bar.name, None, None, None, None, None))
        else:
            covered = (found.required - found.short_now, found.required - found.short)
            rows.append((bar.name, found.required, found.lower, found.upper, *covered))
    columns = ["name", "required", "lower", "upper", "in_force", "planned"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], "float64"))


def _dot(sheet: Sheet, value: float, place: float, marker: str, colour: str) -> None:
    look: dict[str, Any] = {"markeredgecolor": style.DARK_BLUE, "markeredgewidth": 1.3, "zorder": 5, "clip_on": False}
    sheet.ax.plot([value], [place], linestyle="", marker=marker, markersize=6, color=colour, **look)


def _required_key() -> list[Artist]:
    from matplotlib.lines import Line2D

    look: dict[str, Any] = {"linestyle": "", "markeredgecolor": style.DARK_BLUE, "markersize": 6}
    return [
        Line2D([], [], marker="s", color=style.WHITE, label="covered by plans in force", **look),
        Line2D([], [], marker="o", color=style.DARK_BLUE, label="by the plan proposed", **look),
        Line2D([], [], color=style.DARK_BLUE, linewidth=2.4, label="required, with its 90 % interval"),
    ]


# ---- shared


def _rows(sheet: Sheet, bars: list[_Bar]) -> None:
    name_rows(sheet, range(len(bars)), folded_names(sheet.width, [bar.name for bar in bars]))
    sheet.ax.set_ylim(len(bars) - 0.4, -0.6)
    round_ticks(sheet)
    small_ticks(sheet)


def _say(sheet: Sheet, value: float, place: float, words: str) -> None:
    sheet.ax.annotate(
        words, (value, place), xytext=(7, 0), textcoords="offset points", fontsize=SMALL, va="center", fontweight="bold"
    )
