"""Tidy frames of the results and their CSV form, ready for Excel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from capacity.errors import Finding
from capacity.outcome import Outcome, PersonChange
from capacity.supply.gap import Gap
from capacity.units import half_day_order

if TYPE_CHECKING:
    import pandas as pd

DECIMALS = 6
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?\d[\d.,]*%?$")

GAP_COLUMNS = (
    "activity", "name", "tier", "required", "required_mean", "supplied", "gap", "hours", "pa", "wte", "planned",
    "shortfall",
)  # fmt: skip
CHANGE_COLUMNS = ("person", "activity", "slot", "kind", "weeks_lost", "weeks_gained")
FINDING_COLUMNS = ("rule", "subject", "message", "found", "allowed", "source", "minutes")


def rapid_first(activities: pd.DataFrame) -> pd.DataFrame:
    """The same rows, rapid activities first, otherwise in file order."""
    order = (activities["tier"] != "rapid").astype(int).sort_values(kind="stable")
    return activities.loc[order.index]


def supplied_by_plan(gap: Gap, outcome: Outcome) -> pd.DataFrame:
    """``Gap.activities`` with ``supplied`` as the proposed plan delivers it; ValueError where there is none."""
    if outcome.plan is None:
        raise ValueError("there is no plan, so nothing is supplied by it")
    frame = gap.activities.copy()
    frame["supplied"] = [outcome.delivered.get(str(key), 0.0) for key in frame.index]
    return frame


def gap_table(gap: Gap, outcome: Outcome | None = None) -> pd.DataFrame:
    """One row an activity, in file order, in the columns of gap.csv.

    Sessions, hours, PAs and WTE are a calendar week; ``planned`` and ``shortfall`` are blank where there is no plan.
    """
    frame = gap.activities.reset_index().rename(columns={"gap_hours": "hours", "gap_pa": "pa", "gap_wte": "wte"})
    planned = outcome is not None and outcome.plan is not None
    for column in ("planned", "shortfall"):
        frame[column] = float("nan")
    if outcome is not None and planned:
        frame["planned"] = [outcome.delivered.get(key, 0.0) for key in frame["activity"]]
        frame["shortfall"] = [outcome.shortfall.get(key, 0.0) for key in frame["activity"]]
    return frame[list(GAP_COLUMNS)]


def change_kinds(change: PersonChange) -> list[tuple[str, str, str, int, int]]:
    """(activity, half-day, kind, weeks lost, weeks gained) of one person.

    Sessions lost and gained are the two ends of moves as far as they pair off, most of them both ``moved``; the rest
    are ``dropped`` or ``added``. Pairs are made inside an activity first, then in order of the week.
    """
    lost = sorted(change.lost, key=lambda cell: (half_day_order(cell[1]), cell[0]))
    gained = sorted(change.gained, key=lambda cell: (half_day_order(cell[1]), cell[0]))
    same = _same_activity(change)
    rows = _kinds(lost, change.moved, dict(same), "dropped")
    rows += _kinds(gained, change.moved, dict(same), "added")
    return sorted(rows, key=lambda row: (half_day_order(row[1]), row[0], row[2]))


def _same_activity(change: PersonChange) -> dict[str, int]:
    """Activity -> sessions both lost and gained: they only change half-day."""
    away: dict[str, int] = {}
    back: dict[str, int] = {}
    for activity, _, weeks in change.lost:
        away[activity] = away.get(activity, 0) + weeks
    for activity, _, weeks in change.gained:
        back[activity] = back.get(activity, 0) + weeks
    return {activity: min(weeks, back.get(activity, 0)) for activity, weeks in away.items()}


def _kinds(
    cells: list[tuple[str, str, int]], moved: int, same: dict[str, int], other: str
) -> list[tuple[str, str, str, int, int]]:
    """Share out ``moved`` weeks over cells, those that stay in their activity first; the rest is ``other``."""
    left = moved
    taken = [0] * len(cells)
    for position, (activity, _, weeks) in enumerate(cells):
        taken[position] = min(weeks, same.get(activity, 0), left)
        same[activity] = same.get(activity, 0) - taken[position]
        left -= taken[position]
    for position, (_, _, weeks) in enumerate(cells):
        more = min(weeks - taken[position], left)
        taken[position] += more
        left -= more
    rows = []
    for (activity, slot, weeks), part in zip(cells, taken, strict=True):
        for kind, value in (("moved", part), (other, weeks - part)):
            if value:
                rows.append(
                    (activity, slot, kind, value, 0) if other == "dropped" else (activity, slot, kind, 0, value)
                )
    return rows


def changes_table(outcome: Outcome) -> pd.DataFrame:
    """One row a person, activity and half-day that changes, in the columns of changes.csv.

    ``weeks_lost`` and ``weeks_gained`` are weeks of the cycle; ``kind`` is moved, dropped, added, ``not allowed`` (in
    force now, but against a rule), or for roles ``role lost`` and ``role gained``.
    """
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for change in outcome.changes:
        cells = change_kinds(change)
        rows += [(change.person, activity, slot, kind, lost, gained) for activity, slot, kind, lost, gained in cells]
        rows += [
            (change.person, activity, slot, "not allowed", weeks, 0) for activity, slot, weeks in change.not_allowed
        ]
        rows += [(change.person, f"role:{role}", "-", "role lost", None, None) for role in change.roles_lost]
        rows += [(change.person, f"role:{role}", "-", "role gained", None, None) for role in change.roles_gained]
    frame = pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))
    return frame.astype({"weeks_lost": "Int64", "weeks_gained": "Int64"})


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """One row a finding, in the columns of findings.csv; ``minutes`` a week."""
    import pandas as pd

    rows = [[getattr(finding, column) for column in FINDING_COLUMNS] for finding in findings]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).astype({"minutes": "float64"})


def csv_text(frame: pd.DataFrame) -> str:
    """CSV with a header, without the index; figures to six decimals; no cell is one Excel would run as a formula."""
    shown = frame.copy()
    for column in shown.columns:
        kind = shown[column].dtype.kind
        if kind == "f":
            shown[column] = [_figure(value) for value in shown[column]]
        elif kind not in "iub":
            shown[column] = [neutral(value) if isinstance(value, str) else value for value in shown[column]]
    return str(shown.to_csv(index=False, lineterminator="\n"))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The same as UTF-8 with the mark by which Excel knows it."""
    return csv_text(frame).encode("utf-8-sig")


def _figure(value: float) -> str:
    if value != value:
        return ""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def neutral(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run; a lone - and figures are left as they are."""
    return f"'{text}" if len(text) > 1 and _FORMULA.match(text) and not _NUMBER.match(text) else text
