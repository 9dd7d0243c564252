"""What a change of each assumption does to the gap, largest first.

Each assumption is moved by a stated step either way on a copy of the service, all else as it is, and the requirement
and the supply are worked out again by the same functions as the gap itself. See docs/formulas/gap.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from capacity.demand.backlog import with_backlog
from capacity.demand.pooling import size_activities
from capacity.demand.result import Demand
from capacity.demand.series import WeeklySeries, weekly_series
from capacity.demand.streams import size_streams
from capacity.errors import InputError
from capacity.service.model import JobPlanRow, Service
from capacity.supply.calendar import TOTAL
from capacity.supply.factors import FACTORS, Change, Factor
from capacity.supply.gap import gap_frame
from capacity.supply.job_time import JobTime

CHANGES = ("gap", "short", "hours", "pa", "wte", "pounds")
COLUMNS = {
    "factor": "str", "label": "str", "step": "str", "direction": "int64", "activity": "str", "required": "float64",
    "supplied": "float64", **dict.fromkeys(CHANGES, "float64"), **{f"change_{name}": "float64" for name in CHANGES},
    "note": "str",
}  # fmt: skip
RANKED = {
    "rank": "int64", "factor": "str", "label": "str", "step": "str", "down": "float64", "up": "float64",
    "largest": "float64", "pa_down": "float64", "pa_up": "float64", "pounds_down": "float64", "pounds_up": "float64",
    "note": "str",
}  # fmt: skip


@dataclass(frozen=True)
class Sensitivity:
    """The table, and the gap from which the changes are counted.

    ``frame`` is tidy, one row a factor, direction (1 up, -1 down) and activity, or ``all activities`` (those with a
    requirement), largest effect on the total first. Columns: factor, label, step, direction, activity; required,
    supplied, gap (sessions a calendar week), short (the gap where it is above 0; of the total the sum of these), hours
    (DCC, a week), pa, wte of the gap, pounds (of the shortfall, a year; missing without a price); each of these as
    change_... from the base; note (why it could not move, or not so far). ``base`` has the same figures unmoved.
    ``absent`` says of each factor that nothing gives why it is not in the table.
    """

    frame: pd.DataFrame
    base: pd.DataFrame
    absent: Mapping[str, str]

    @property
    def ranked(self) -> pd.DataFrame:
        """One row a factor: what a step down and up does to the total gap, in sessions, PAs and pounds, and its rank.

        ``largest`` is the larger of the two in sessions, without its sign: what the rows are ranked by.
        """
        total = self.frame[self.frame["activity"] == TOTAL]
        rows: list[dict[str, object]] = []
        for factor, both in total.groupby("factor", sort=False):
            found: dict[str, object] = {"rank": len(rows) + 1, "factor": factor}
            for name, direction in (("down", -1), ("up", 1)):
                one = both[both["direction"] == direction].iloc[0]
                found |= {name: one["change_gap"], f"pa_{name}": one["change_pa"]}
                found |= {f"pounds_{name}": one["change_pounds"], "label": one["label"]}
            found["step"] = both["step"].iloc[0]
            found["largest"] = both["change_gap"].abs().max()
            found["note"] = "; ".join(dict.fromkeys(note for note in both["note"] if note))
            rows.append(found)
        return pd.DataFrame(rows, columns=list(RANKED)).astype(RANKED)


def sensitivity(
    service: Service, rows: Sequence[JobPlanRow] | None = None, factors: Iterable[Factor] = FACTORS
) -> Sensitivity:
    """Move each assumption by its step either way and hold the requirement against the supply again.

    Parameters
    ----------
    service
        The service.
    rows
        Job plans; those in force where None.
    factors
        What to move: ``FACTORS``, or ``capacity.supply.factors.factors(dna=0.03)`` for another step.

    Returns
    -------
    Sensitivity
        Ranked by the largest effect on the total gap in sessions. A factor whose step cannot be worked out (rates that
        let nobody be seen) has missing figures and a note.

    Raises
    ------
    InputError
        As the demand analysis does, for the service as it is.
    """
    series = weekly_series(service.demand, service.rebase, service.origin.rows)
    plans = service.job_plans if rows is None else rows
    now = _Case(service, requirement(service, series))
    base = _figures(now, plans)
    parts: list[tuple[float, pd.DataFrame]] = []
    absent: dict[str, str] = {}
    for factor in factors:
        moved = {sign: factor.move(service, sign * factor.step) for sign in (-1, 1)}
        if all(change.service is None for change in moved.values()):
            absent[factor.factor] = factor.absent
            continue
        frames = [_moved(factor, sign, change, now, base, plans, series) for sign, change in moved.items()]
        both = pd.concat(frames, ignore_index=True)
        largest = both.loc[both["activity"] == TOTAL, "change_gap"].abs().max()
        parts.append((float(largest) if largest == largest else -1.0, both))
    parts.sort(key=lambda part: -part[0])
    found = (
        pd.concat([frame for _, frame in parts], ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    )
    return Sensitivity(found.astype(COLUMNS), base.reset_index(), absent)


def requirement(service: Service, series: Mapping[str, WeeklySeries]) -> Demand:
    """Return what the demand analysis requires of each activity, without its tables; with the backlog where asked for.

    ``series`` are those of the service, which no factor changes.
    """
    streams = size_streams(service, series)
    recurrent, _ = size_activities(service, streams)
    activities = with_backlog(service, streams, recurrent)
    empty = pd.DataFrame()
    return Demand(activities, empty, empty, empty)


@dataclass(frozen=True)
class _Case:
    service: Service
    demand: Demand


def _figures(case: _Case, rows: Sequence[JobPlanRow]) -> pd.DataFrame:
    """Figures of each activity and of the total, indexed by activity."""
    frame = gap_frame(JobTime(case.service, case.demand), rows)
    found = pd.DataFrame(
        {
            "required": frame["required"],
            "supplied": frame["supplied"],
            "gap": frame["gap"],
            "short": frame["gap"].clip(lower=0),
            "hours": frame["gap_hours"],
            "pa": frame["gap_pa"],
            "wte": frame["gap_wte"],
            "pounds": frame["pounds"],
        }
    )
    asked = found[found["required"] > 0]
    found.loc[TOTAL] = asked.sum()
    found.loc[TOTAL, "pounds"] = asked["pounds"].sum(min_count=1)
    return found


def _moved(
    factor: Factor,
    sign: int,
    change: Change,
    now: _Case,
    base: pd.DataFrame,
    rows: Sequence[JobPlanRow],
    series: Mapping[str, WeeklySeries],
) -> pd.DataFrame:
    note = f"not all of the step for {', '.join(change.held)}" if change.held else ""
    try:
        found = base if change.service is None else _figures(_case(change.service, now, series), rows)
    except InputError as error:
        note = str(error)
        found = base * float("nan")
    table = found.reset_index(names="activity")
    for name in CHANGES:
        table[f"change_{name}"] = (found[name] - base[name]).to_numpy()
    table["factor"], table["label"], table["step"] = factor.factor, factor.label, factor.step_in_words
    table["direction"], table["note"] = sign, note
    return table[list(COLUMNS)]


def _case(service: Service, now: _Case, series: Mapping[str, WeeklySeries]) -> _Case:
    """The requirement again, unless only people changed."""
    same = service.streams is now.service.streams and service.activities is now.service.activities
    return _Case(service, now.demand if same else requirement(service, series))
