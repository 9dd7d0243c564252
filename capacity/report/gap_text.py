"""What ``capacity gap`` prints: the sentence, the year week by week, the gap by activity and level, what moves it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from capacity.answer import all_findings, position_now, read_in_words
from capacity.demand.result import Demand
from capacity.report.demand_text import rebase_text
from capacity.report.supply_text import headroom_text, ladder_text, planned_text, therapy_text, use_text
from capacity.report.tables import rapid_first
from capacity.report.text import findings_text, lead_sentence, named_activities
from capacity.report.words import SMALL, capital, count, fitted_table, fixed, listed, number, pounds, table, wrapped
from capacity.report.year_text import year_text
from capacity.service.model import Service
from capacity.supply.calendar import TOTAL
from capacity.supply.gap import Gap
from capacity.supply.therapy import therapy_by_band

if TYPE_CHECKING:
    import pandas as pd

MOST_ACTIVITIES = 14
MOST_LISTS = 6
MOST_ONE_OFF = 3
MOST_FACTORS = 5
MOST_FINDINGS = 4
YEAR_ROWS = 6
MOST_REBASES = 3
SHOWN_ABOVE = ("rebase_proposed",)
"""Rules of findings that the page says in words of its own."""
LEVELS = ("keep_up", "percentile", "service_level")
ROUTES = {
    "posts": "new posts",
    "extra_pa": "extra PAs",
    "waiting_list_session": "waiting-list sessions",
    "locum_session": "locum sessions",
}


def gap_text(service: Service, demand: Demand, gap: Gap, everything: bool = False) -> str:
    """Return the gap as plain text of at most 100 columns.

    Parameters
    ----------
    service, demand, gap
        What was read, asked for and found short.
    everything
        Every activity, list, assumption and finding, not only the most important.
    """
    sections = [
        wrapped(f"{service.name}: {read_in_words(service, demand)}"),
        wrapped(lead_sentence(gap)),
        *_whole_page(service, gap, everything),
        rebase_text(demand, None if everything else MOST_REBASES),
        _findings(service, demand, gap, everything),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _whole_page(service: Service, gap: Gap, everything: bool) -> list[str]:
    names = {row.activity: row.name for row in service.activities}
    use = use_text(gap.room_use, gap.dcc_use, gap.delivered_use, gap.lost_sessions)
    return [
        year_text(gap.calendar, names, None if everything else YEAR_ROWS),
        "\n".join(part for part in (_levels(gap, everything), _unasked(gap)) if part),
        lists_text(service, gap, None if everything else MOST_LISTS),
        sensitivity_text(gap, None if everything else MOST_FACTORS),
        ladder_text(gap.ladder, whole=everything),
        "\n".join(part for part in (headroom_text(gap.headroom), planned_text(gap.categories), use) if part),
        _therapy(service, gap, everything),
    ]


def _therapy(service: Service, gap: Gap, everything: bool) -> str:
    """Hours to contact, where at least half of those in post are on hours contracts, or everything is asked for."""
    in_post = gap.categories["person"].nunique()
    if gap.therapy.empty or (not everything and 2 * len(gap.therapy) < in_post):
        return ""
    return therapy_text(therapy_by_band(gap.therapy))


def _findings(service: Service, demand: Demand, gap: Gap, everything: bool) -> str:
    every = all_findings(service, demand, gap, None, deep=True)
    if everything:
        return findings_text(every, whole=True)
    found = [one for one in every if one.rule not in SHOWN_ABOVE]
    return findings_text(found, MOST_FINDINGS, other=len(found) < len(every))


# ---- the gap by activity


def _levels(gap: Gap, everything: bool) -> str:
    """Required at each level, supplied and the gap in sessions with its interval, in PAs and pounds."""
    frame = gap.by_level
    ranked = rapid_first(gap.activities)
    asked = {str(key): abs(float(row["gap"])) for key, row in ranked.iterrows() if float(row["required"]) > 0}
    if not asked:
        return "Nothing is required, so there is no gap to show."
    most = len(asked) if everything else MOST_ACTIVITIES
    shown = set(sorted(asked, key=lambda key: -asked[key])[:most])
    rows = [_level_row(frame, key, str(gap.activities.loc[key, "name"])) for key in asked if key in shown]
    if len(shown) < len(asked):
        rows.append(_rest_row(gap, [key for key in asked if key not in shown]))
    rows += _total_rows(gap, frame)
    header = ["Sessions a week", "keep up", "centile", "service", "supplied", "gap", "90 % sure", "PAs", "£000"]
    return fitted_table(header, rows) + "\n" + wrapped(_level_note(gap))


def _level_row(frame: pd.DataFrame, key: str, name: str) -> list[str]:
    by_level = {str(row["level"]): row for row in _records(frame[frame["activity"] == key])}
    used = next(row for row in by_level.values() if row["used"])
    required = [_required(by_level.get(level)) for level in LEVELS]
    return [name, *required, fixed(used["supplied"]), *_gap_cells(used)]


def _required(row: dict[Hashable, Any] | None) -> str:
    if row is None or _missing(row["required"]):
        return "- "
    return fixed(row["required"]) + ("*" if row["used"] else " ")


def _gap_cells(row: dict[Hashable, Any]) -> list[str]:
    return [
        fixed(row["gap"]),
        _between(row["gap_lower"], row["gap_upper"]),
        fixed(row["gap_pa"]),
        _thousands(row["pounds"]),
    ]


def _between(lower: float | None, upper: float | None) -> str:
    """A 90 % interval; ``exact`` where nothing is left to chance."""
    if lower is None or upper is None or lower != lower or upper != upper:
        return "-"
    return "exact" if upper - lower < 1e-6 else f"{fixed(lower)} to {fixed(upper)}"


def _rest_row(gap: Gap, keys: list[str]) -> list[str]:
    rows = gap.activities.loc[keys]
    name = f"and {len(keys)} more (--all)"
    cells = [fixed(_sum(rows, column)) for column in ("supplied", "gap")]
    return [name, "", "", "", *cells, "", fixed(_sum(rows, "gap_pa")), _thousands(_sum(rows, "pounds"))]


def _total_rows(gap: Gap, frame: pd.DataFrame) -> list[list[str]]:
    """All activities together, and what is short added up, where surpluses make the two differ."""
    total = {str(row["level"]): row for row in _records(frame[frame["activity"] == TOTAL])}
    required = [f"{_required(total.get(level)).rstrip(' *')} " for level in LEVELS]
    together = total["required"]
    short = gap.activities[(gap.activities["gap"] > 0) & (gap.activities["required"] > 0)]
    money = _thousands(_sum(short, "pounds"))
    cells = _gap_cells(together)
    if _sum(short, "gap") - float(together["gap"]) < SMALL:
        return [["All", *required, fixed(together["supplied"]), *cells[:-1], money]]
    every = ["All, surpluses counted", *required, fixed(together["supplied"]), *cells[:-1], ""]
    if short.empty:
        return [every]
    return [
        every,
        ["What is short, added up", "", "", "", "", fixed(_sum(short, "gap")), "", fixed(_sum(short, "gap_pa")), money],
    ]


def _sum(rows: pd.DataFrame, column: str) -> float:
    """Sum of what is known; not a number where nothing is."""
    return float(rows[column].sum(min_count=1)) if len(rows) else 0.0


def _level_note(gap: Gap) -> str:
    text = (
        "* required. Gap: required less supplied, - is a surplus. 90 % sure: as demand is known from so many weeks, and"
        " leave falls by chance. PAs: of job plans that close it."
    )
    paid = gap.activities[gap.activities["pounds"] > 0]
    if len(paid):
        how = listed(ROUTES.get(str(route), str(route)) for route in dict.fromkeys(paid["pounds_by"]))
        text += f" £000: what is short costs so much a year by {how}."
    elif gap.activities["pounds"].isna().all():
        text += " No prices: see [costs] of service.toml."
    backlog = float(gap.activities["backlog"].sum())
    if backlog >= SMALL:
        text += f" Required holds {number(backlog)} a week of one-off work (include_backlog)."
    return text


def _unasked(gap: Gap) -> str:
    now = position_now(gap)
    if now.unasked < SMALL:
        return ""
    names = named_activities(gap, now.unasked_activities)
    return wrapped(
        f"{capital(count(now.unasked, 'session'))} a week of {names} are planned though nothing is required of them:"
        " outside the sentence above."
    )


# ---- waiting lists


def lists_text(service: Service, gap: Gap, most: int | None = MOST_LISTS) -> str:
    """Waiting lists, recurrent apart from one-off, and what the one-off work takes and costs; blank without lists."""
    lists = gap.lists
    if lists.empty:
        return ""
    names = {row.stream: row.name for row in service.streams}
    ranked = _records(lists.sort_values("one_off_sessions", ascending=False, kind="stable", na_position="last"))
    shown = ranked[:most]
    rows = [_list_row(names, row) for row in shown]
    header = ["Waiting lists", "now", "may be", "above", "once", "a week: join", "seen", "that size in"]
    text = fitted_table(header, rows)
    if len(shown) < len(ranked):
        text += f"\nand {count(len(ranked) - len(shown), 'more list')} (--all shows them)"
    note = (
        "May be: the list at which the target is kept. Once: sessions for those above it; they do not close the"
        " recurrent gap between join and seen. Over in: shorter now, and grows beyond it."
    )
    return "\n".join(part for part in (text, wrapped(note), _one_off(gap)) if part)


def _list_row(names: dict[str, str], row: dict[Hashable, Any]) -> list[str]:
    cells = [_shown(row[key]) for key in ("waiting", "sustainable", "backlog")]
    weekly = [_shown(row[key], 1) for key in ("one_off_sessions", "demand", "capacity")]
    return [names.get(row["stream"], row["stream"]), *cells, *weekly, _there_in(row)]


def _there_in(row: dict[Hashable, Any]) -> str:
    """When a list is of the size at which the target is kept; one that is shorter may grow beyond it."""
    if _missing(row["sustainable"]):
        return "-"
    if _missing(row["reached_in_weeks"]):
        return "never"
    if row["reached_in_weeks"] == 0:
        grows = float(row["demand"] - row["capacity"])
        if grows < SMALL:
            return "is"
        return f"over in {count(max(1, math.ceil((row['sustainable'] - row['waiting']) / grows)), 'week')}"
    return count(round(row["reached_in_weeks"]), "week")


def _one_off(gap: Gap) -> str:
    frame = gap.one_off_by_activity
    if frame.empty:
        return ""
    total, cost = float(frame["sessions"].sum()), float(frame["pounds"].sum(min_count=1))
    ranked = _records(frame.sort_values("sessions", ascending=False, kind="stable"))
    parts = [
        f"{gap.activities.loc[row['activity'], 'name']} {number(row['sessions'])}" for row in ranked[:MOST_ONE_OFF]
    ]
    parts += [f"{len(ranked) - MOST_ONE_OFF} others"] if len(ranked) > MOST_ONE_OFF else []
    text = f"One-off work, with what its patients come back for: {count(total, 'session')} once ({listed(parts)})"
    if not _missing(cost):
        routes = dict.fromkeys(str(route) for route in frame["route"])
        text += f", {pounds(cost)} as {listed(ROUTES.get(route, route) for route in routes)}"
    return wrapped(f"{text}.")


# ---- what moves the gap


def sensitivity_text(gap: Gap, most: int | None = MOST_FACTORS) -> str:
    """The assumptions that move the gap most, each by a stated step either way."""
    ranked = gap.sensitivity.ranked
    if ranked.empty:
        return ""
    rows = []
    for row in _records(ranked.head(len(ranked) if most is None else most)):
        cells = [_signed(row[key]) for key in ("down", "up", "pa_down", "pa_up")]
        rows.append([str(row["label"]), str(row["step"]), *cells])
    header = ["What moves the gap most", "step", "step down", "step up", "PAs: down", "up"]
    left = len(ranked) - len(rows)
    note = "Sessions a week by which the gap of all activities changes."
    note += f" {count(left, 'other')}: sensitivity.csv of --out." if left else ""
    return table(header, rows, left=2) + "\n" + wrapped(note)


def _signed(value: float) -> str:
    if _missing(value):
        return "-"
    return "0" if abs(value) < SMALL else f"{value:+,.1f}"


# ---- one activity in full


def activity_text(service: Service, gap: Gap, activity: str) -> str:
    """Return everything about one activity, as plain text of at most 100 columns.

    Raises KeyError where the service has no such activity.
    """
    if activity not in gap.activities.index:
        raise KeyError(activity)
    row = gap.activities.to_dict("index")[activity]
    short = float(row["gap"])
    what = (
        f"short {number(short)}" if short >= SMALL else f"{number(-short)} to spare" if short <= -SMALL else "as needed"
    )
    sections = [
        wrapped(
            f"{row['name']} ({activity}, {row['tier']}): {count(float(row['required']), 'session')} a week required,"
            f" {number(float(row['supplied']))} supplied, {what}."
        ),
        _activity_levels(gap, activity),
        year_text(gap.calendar[gap.calendar["activity"].isin([activity, TOTAL])], {activity: str(row["name"])}),
        _activity_people(gap, activity),
        _activity_costs(gap, activity),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _activity_levels(gap: Gap, activity: str) -> str:
    levels = _records(gap.by_level[gap.by_level["activity"] == activity])
    rows = []
    for row in levels:
        between = _between(row["lower"], row["upper"])
        share = ["-" if _missing(row[key]) else f"{row[key]:.0%}" for key in ("on_time", "seen_in_time")]
        figures = [_shown(row["slots"], 1), _required(row), between, *share]
        rows.append([str(row["level"]).replace("_", " "), *figures, *_gap_cells(row)])
    header = ["A week", "slots", "sessions", "90 % sure", "weeks in", "in time", "gap", "90 % sure", "PAs", "£000"]
    notes = [
        wrapped(f"{str(row['level']).replace('_', ' ')}: {row['rule']}.", "- ", "  ") for row in levels if row["rule"]
    ]
    return "\n".join([table(header, rows), *notes])


def _activity_people(gap: Gap, activity: str) -> str:
    people = gap.sessions[gap.sessions["activity"] == activity]
    if people.empty:
        return "Nobody has it in a job plan."
    supply = _records(gap.supply[gap.supply["activity"] == activity])[0]
    rows = [
        [str(row["person"]), fixed(row["sessions_a_week"], 2), fixed(row["sessions_a_year"])]
        for row in _records(people)
    ]
    text = table(["Who supplies it", "in the timetable a week", "run a year"], rows)
    if _missing(supply["week_low"]):
        return text
    weeks = f"Nine weeks in ten have {number(supply['week_low'])} to {number(supply['week_high'])} sessions of it."
    return f"{text}\n{wrapped(weeks)}"


def _activity_costs(gap: Gap, activity: str) -> str:
    costs = _records(gap.pounds[gap.pounds["activity"] == activity])
    lines = []
    for row in costs:
        route = ROUTES.get(str(row["route"]), str(row["route"]))
        much = "-" if _missing(row["quantity"]) else f"{number(row['quantity'])} {row['unit']}"
        price = f"no price: {row['reason']}" if _missing(row["pounds"]) else f"{pounds(row['pounds'])} a year"
        lines.append(wrapped(f"- {route}: {much}, {price}", "", "  "))
    return "\n".join(["Ways of closing it, one or another:", *lines]) if lines else ""


# ---- small things


def _records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.to_dict("records")


def _missing(value: float | None) -> bool:
    return value is None or value != value


def _shown(value: float | None, decimals: int = 0) -> str:
    return "-" if value is None or value != value else fixed(value, decimals)


def _thousands(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value / 1000:,.0f}"
