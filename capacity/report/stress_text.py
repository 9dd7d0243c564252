"""A stress test on one page: what happens to the plan in a sentence, then activities, lists, weeks and people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity.answer import read_in_words, scenarios_of
from capacity.report.stress_assumptions import assumptions, day
from capacity.report.words import WIDTH, capital, count, fitted_table, fixed, listed, number, shortened, table, wrapped
from capacity.scenario.stress import StressResult
from capacity.scenario.stress_absence import NOBODY_LEFT
from capacity.scenario.stress_cases import PROPOSED
from capacity.supply.calendar import TOTAL

if TYPE_CHECKING:
    from capacity.report.stress import Stress

NAMED = 3
"""Activities named in the sentence beside the rapid ones."""
WORST_WEEKS = 5
LEAST_NAME = 30
"""Letters of the page that names beside columns of plans have at least."""
NAME = 31
"""Letters of a name inside a table of other things."""
PEOPLE_SHOWN = 8
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SURE = 2.0
"""Standard errors beyond which a difference of two plans is said to be more than chance."""
LITTLE = 0.5
"""Sessions of an absence below which an activity is not named."""
UNEVEN = 0.25
"""Difference in weeks met between weeks of the cycle from which they are named."""


def stress_text(stress: Stress) -> str:
    """Return the page: the sentence of each plan, what is met, lists, worst weeks, absences, and what is assumed."""
    shown = detailed(stress)
    several = len(stress.results) > 1
    sections = [
        wrapped(f"{stress.service.name}: {read_in_words(stress.service, stress.demand)}"),
        *_sentences(stress, shown),
        "\n".join(wrapped(f"{name} is left out: {why}.") for name, why in stress.impossible.items()),
        _side_by_side(stress) if several else "",
        _lists_side_by_side(stress) if several else "",
        f"In full: {key_of(stress, shown)}\n\n{_activities(shown)}" if several else _activities(shown),
        _lists(shown),
        _weeks(shown),
        _absences(shown),
        "\n".join(wrapped(line, "- ", "  ") for line in assumptions(stress.results, stress.demand)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def detailed(stress: Stress) -> StressResult:
    """The plan that is shown in full: the proposed one where there is one, else the first."""
    return next((result for result in stress.results if result.label == PROPOSED), stress.results[0])


def key_of(stress: Stress, result: StressResult) -> str:
    """Letter and label of a plan, as in ``B, proposed``."""
    return f"{LETTERS[stress.results.index(result) % len(LETTERS)]}, {result.label}"


def _sentences(stress: Stress, shown: StressResult) -> list[str]:
    """Of one plan its sentence; of several what is met in the first and in the one shown, and whose absence hurts."""
    if len(stress.results) == 1:
        return [wrapped(stress.sentences[0])]
    said = [f"{capital(result.label)}: {met_sentence(result)}" for result in dict.fromkeys((stress.results[0], shown))]
    return ["\n".join(map(wrapped, said)), wrapped(hurt_sentence(shown))]


# ---- the sentence


def plan_sentence(result: StressResult) -> str:
    """Weeks met of the rapid activities and the least met of the others; then the absence that hurts most."""
    return " ".join(part for part in (met_sentence(result), hurt_sentence(result)) if part)


def met_sentence(result: StressResult) -> str:
    """In how many weeks of 100 capacity meets demand: of the rapid activities, and of those least met."""
    rows = result.activities.to_dict("records")
    if not rows:
        return "Nothing is asked for and nothing is supplied."
    rapid = [row for row in rows if row["tier"] == "rapid"]
    others = sorted((row for row in rows if row["tier"] != "rapid"), key=lambda row: (row["met"], row["activity"]))
    least, rest = others[:NAMED], others[NAMED:]
    said = []
    if rapid:
        said.append(f"in {listed(_met_in_words(row) for row in rapid)}")
    if least:
        said.append(f"in {listed(_met_in_words(row) for row in least)}")
    words = "; ".join(said)
    more = ""
    if rest:
        fewest = hundred(rest[0]["met"])
        others_in_words = "the other is" if len(rest) == 1 else f"{len(rest)} others are"
        more = f"; {others_in_words} met in {fewest}{'' if len(rest) == 1 else ' or more'}"
    return f"In 100 weeks, capacity meets demand {words}{more}."


def _met_in_words(row: dict[Any, Any]) -> str:
    return f"{hundred(row['met'])} for {row['name']}"


def hundred(share: float) -> str:
    """Weeks in 100: whole, but never 0 or 100 where some, or some others, there are."""
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return "under 1"
    if whole == 100 and share < 1 - 1e-9:
        return "over 99"
    return str(whole)


def hurt_sentence(result: StressResult) -> str:
    """Who hurts most when away, and how; and what nobody else does."""
    if result.absences.empty:
        return ""
    first = str(result.absences["person"].iloc[0])
    mine = result.absences[result.absences["person"] == first]
    undone = float(mine["undone"].sum())
    if undone < LITTLE:
        said = "No absence of one person leaves work undone."
    else:
        names = _names(result)
        parts = [f"{round(row['undone'])} of {names[row['activity']]}" for row in _most(mine)]
        said = (
            f"The absence that hurts most is that of {first}: {_weeks_away(result)} away leave"
            f" {_sessions(undone)} of work undone, {listed(parts)}{_more_waiting(mine)}."
        )
    alone = alone_in_words(result)
    return f"{said} {alone}" if alone else said


def _more_waiting(mine: pd.DataFrame) -> str:
    patients = round(float(mine["longer"].sum()))
    if patients < 1:
        return ""
    return f", and {count(patients, 'patient')} more waiting at the end of the year"


def _most(mine: pd.DataFrame, most: int = 2) -> list[dict[Any, Any]]:
    rows = [row for row in mine.to_dict("records") if row["undone"] >= LITTLE]
    return sorted(rows, key=lambda row: -row["undone"])[:most]


def alone_in_words(result: StressResult) -> str:
    """Activities that rest on one person: nobody else has sessions of them, though others may be skilled."""
    names = _names(result)
    parts = []
    for row in alone(result):
        skilled = [who for who in str(row["others"]).split(";") if who]
        could = f", though {listed(skilled[:3])} {'is' if len(skilled) == 1 else 'are'} skilled" if skilled else ""
        parts.append(f"{names[row['activity']]} ({row['person']}{could})")
    return f"Only one person has sessions of {listed(parts)}." if parts else ""


def alone(result: StressResult) -> list[dict[Any, Any]]:
    """Rows of the absences after which nothing of an activity is left: single points of failure."""
    rows = result.absences[result.absences["left"] < NOBODY_LEFT].to_dict("records")
    order = {str(key): n for n, key in enumerate(result.activities["activity"])}
    return sorted((row for row in rows if row["activity"] in order), key=lambda row: order[row["activity"]])


def _names(result: StressResult) -> dict[str, str]:
    return {row.activity: row.name for row in result.service.activities}


def _weeks_away(result: StressResult) -> str:
    return count(result.settings.absence_weeks, "week")


def _sessions(value: float) -> str:
    whole = round(value)
    return count(whole, "session") if whole else "part of a session"


# ---- tables


def _side_by_side(stress: Stress) -> str:
    """Weeks met in 100 by activity, a column a plan; how much more than the first where that is more than chance."""
    results, letters = stress.results, _letters(stress)
    lookup = {(row["label"], row["activity"]): row for row in stress.differences.to_dict("records")}
    rows = []
    for row in results[0].activities.to_dict("records"):
        cells = [hundred(row["met"])]
        for result in results[1:]:
            found = lookup.get((result.label, row["activity"]))
            cells.append("-" if found is None else f"{hundred(found['met'])} {_more(found)}")
        rows.append([row["name"], *cells])
    shorts = [float(result.activities["short"].sum()) for result in results]
    rows.append(["Short in the mean week, sessions", *(fixed(short) for short in shorts)])
    keys = [key_of(stress, result) + _changed(result) for result in results]
    note = (
        "In brackets: more or fewer than A, in the same weeks; (=) where that is within twice its standard error,"
        " which may be chance."
    )
    head = "\n".join(wrapped(key, hanging="   ") for key in keys)
    return f"{head}\n\n{_in_blocks(['Weeks in 100 that are met', *letters], rows, 2)}\n{wrapped(note)}"


def _letters(stress: Stress) -> list[str]:
    return [LETTERS[number_ % len(LETTERS)] for number_ in range(len(stress.results))]


def _changed(result: StressResult) -> str:
    """What scenarios changed, in brackets."""
    said = [change for one in scenarios_of(result.service) for change in one["changes"]]
    return f" ({'; '.join(said)})" if said else ""


def _lists_side_by_side(stress: Stress) -> str:
    """Patients waiting after a year, and the share seen within the promise, a column a plan."""
    frames = [{row["stream"]: row for row in result.streams.to_dict("records")} for result in stress.results]
    rows = []
    for row in _known_lists(stress.results[0].streams).to_dict("records"):
        found = [frame.get(row["stream"]) for frame in frames]
        cells = ["-" if one is None else f"{one['end']:,.0f}, {_share(one['in_time'])}" for one in found]
        rows.append([row["name"], f"{row['start']:,.0f}", *cells])
    if not rows:
        return ""
    return _in_blocks(["Waiting in a year, seen in time", "start", *_letters(stress)], rows, 3)


def _in_blocks(header: list[str], rows: list[list[str]], kept: int) -> str:
    """A table, or several where its columns do not fit the page; each has the first ``kept`` columns."""
    widths = [max(len(line[column]) for line in (header, *rows)) + 2 for column in range(len(header))]
    room = WIDTH - LEAST_NAME - sum(widths[1:kept])
    blocks: list[list[int]] = [[]]
    for column in range(kept, len(header)):
        if blocks[-1] and sum(widths[each] for each in (*blocks[-1], column)) > room:
            blocks.append([])
        blocks[-1].append(column)
    shown = [[*range(kept), *block] for block in blocks]
    return "\n\n".join(
        fitted_table([header[at] for at in columns], [[row[at] for at in columns] for row in rows]) for columns in shown
    )


def _known_lists(streams: pd.DataFrame) -> pd.DataFrame:
    """Streams with a size given or a promise."""
    return streams[(streams["start_from"] == "given") | streams["target_weeks"].notna()]


def _more(found: dict[Any, Any]) -> str:
    sure = abs(found["more"]) > SURE * found["error"] if found["error"] == found["error"] else True
    if not sure or abs(found["more"]) < 0.005:
        return "(=)"
    return f"({round(found['more'] * 100):+d})"


def _activities(result: StressResult) -> str:
    cover = bool((result.activities["cover"] > 0).any())
    header = ["Sessions a week", "asked", "held", "weeks met in 100", "work held", "short"]
    header += ["to cover, 9 in 10 weeks"] if cover else []
    rows = []
    for row in result.activities.to_dict("records"):
        cells = [row["name"], fixed(row["demand"]), fixed(row["capacity"]), hundred(row["met"])]
        cells += [f"{row['filled']:.0%}", fixed(row["short"])]
        if cover:
            cells.append(f"{fixed(row['cover'])}, up to {number(row['cover_high'])}" if row["cover"] > 0 else "-")
        rows.append(cells)
    note = (
        "Met: weeks whose sessions are at least what is asked in them. Work held: share of what is asked that sessions"
        " of the same week hold; a list evens out the rest, fixed sessions are lost. Short: what the mean week lacks,"
        " spare sessions of other weeks not counted."
    )
    if cover:
        note += " To cover: sessions whose holder is away, which colleagues must take."
    return f"{fitted_table(header, rows)}\n{wrapped(note)}"


def _lists(result: StressResult) -> str:
    """Every list with a size given or a promise: now, in a year, and what is seen in time."""
    known = _known_lists(result.streams)
    if known.empty:
        return ""
    header = ["Waiting lists, patients", "start", "in a year", "8 years in 10", "weeks' worth", "promise", "seen in it"]
    rows = []
    for row in known.to_dict("records"):
        cells = [row["name"], _start(row)]
        cells += [
            fixed(row["end"], 0),
            f"{row['end_low']:,.0f} to {row['end_high']:,.0f}",
            number(row["weeks_waiting"]),
        ]
        if row["target_weeks"] == row["target_weeks"]:
            cells += [f"{row['target_share']:.0%} in {row['target_weeks']:g}", _share(row["in_time"])]
        else:
            cells += ["-", "-"]
        rows.append(cells)
    note = (
        "Start: as given in streams.csv, * what a year like this leaves where none is given, 0 where such a list would"
        " only grow. Rapid patients are seen first; the others share the rest of an activity's sessions by their"
        " demand. No extra lists are run: what the plan does not hold waits. Promise: share to be seen within so many"
        " weeks of joining."
    )
    return f"{fitted_table(header, rows)}\n{wrapped(note)}"


def _start(row: dict[Any, Any]) -> str:
    return f"{row['start']:,.0f}{'*' if row['start_from'] == 'a year before' else ''}"


def _share(value: float) -> str:
    return "-" if value != value else f"{value:.0%}"


def _weeks(result: StressResult) -> str:
    """The weeks that lack most, with what they have in common; activities thin in some weeks of the cycle."""
    frame = result.weeks[result.weeks["activity"] == TOTAL]
    if float(frame["short"].max()) < 0.05:
        return ""
    usual = float(frame["short"].median())
    worst = frame.sort_values(["short", "week_starting"], ascending=[False, True]).head(WORST_WEEKS)
    rows = [
        [day(row["week_starting"]), _holidays(row), _short_of(result, row["week_starting"]), str(row["cycle_week"]),
         fixed(row["demand"]), fixed(row["short"])]
        for row in worst.to_dict("records")
    ]  # fmt: skip
    header = ["Worst weeks", "bank holidays", "most of it", "cycle week", "asked", "short"]
    said = [table(header, rows, left=3, widest=50)]
    said.append(wrapped(f"The middle week lacks {count(usual, 'session')}, spare sessions of others not counted."))
    said += [wrapped(f"- {line}", hanging="  ") for line in uneven_cycles(result)]
    return "\n".join(said)


def _holidays(row: dict[Any, Any]) -> str:
    return str(row["bank_holidays"]).replace(";", ", ") or "-"


def _short_of(result: StressResult, week: dt.date) -> str:
    frame = result.weeks[(result.weeks["week_starting"] == week) & (result.weeks["activity"] != TOTAL)]
    first = frame.sort_values("short", ascending=False).head(1).to_dict("records")
    return "".join(f"{shortened(_names(result)[row['activity']], NAME)} {fixed(row['short'])}" for row in first)


def uneven_cycles(result: StressResult) -> list[str]:
    """Activities met far less often in some weeks of the cycle than in others, in words."""
    names, found = _names(result), []
    plain = result.weeks[(result.weeks["activity"] != TOTAL) & (result.weeks["bank_holidays"] == "")]
    for activity, weeks in plain.groupby("activity", sort=False):
        met = weeks.groupby("cycle_week")["met"].mean()
        low, high = float(met.min()), float(met.max())
        if high - low < UNEVEN:
            continue
        thin = [str(week) for week, share in met.items() if share < (low + high) / 2]
        noun = "week" if len(thin) == 1 else "weeks"
        found.append(
            f"{names[str(activity)]} is met in {hundred(low)} of 100 weeks at the worst of the cycle ({noun}"
            f" {listed(thin)}) and {hundred(high)} at the best: the same sessions spread evenly would help."
        )
    return found[:WORST_WEEKS]


def _absences(result: StressResult) -> str:
    frame, names = result.absences, _names(result)
    rows = []
    for person in list(dict.fromkeys(frame["person"]))[:PEOPLE_SHOWN]:
        mine = frame[frame["person"] == person]
        most = _most(mine, 1)
        if not most:
            continue
        row = most[0]
        most_of_it = f"{shortened(names[row['activity']], NAME)} {fixed(row['undone'])}"
        lost, undone = (fixed(float(mine[column].sum())) for column in ("lost", "undone"))
        met = f"{hundred(row['met_with'])} to {hundred(row['met_away'])}"
        rows.append([person, most_of_it, lost, undone, met, fixed(float(mine["longer"].sum()), 0)])
    if not rows:
        return ""
    header = [f"Away for {_weeks_away(result)}", "most of it undone", "lost", "undone", "weeks met there", "waiting"]
    note = (
        "Lost: sessions that do not take place. Undone: work asked for that nobody does because of it; the rest was"
        " spare. Weeks met: in 100, of that activity, with them and without. Waiting: patients more on the lists at the"
        " end of the year. Colleagues take over duty weeks and covered sessions."
    )
    return f"{table(header, rows, left=2, widest=50)}\n{wrapped(note)}"
