"""Tables of ``capacity demand`` for spreadsheets: tidy, one row a thing, blank where nothing is known."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pandas as pd

from capacity.demand.result import ActivityDemand, Demand, SizingLevel

LEVEL_COLUMNS = (
    "of", "id", "level", "rule", "used", "referrals", "slots", "sessions", "lower", "upper", "within", "keeps_up",
    "load", "late", "on_time", "mean_queue", "mean_list", "interval_method", "queue_reason",
)  # fmt: skip
COVERAGE_COLUMNS = (
    "stream",
    "estimator",
    "share",
    "history",
    "horizon",
    "origins",
    "achieved",
    "standard_error",
    "sizes",
)
LIST_COLUMNS = (
    "stream", "waiting", "target_weeks", "target_share", "demand", "capacity", "sustainable", "first_come", "backlog",
    "one_off_sessions", "load", "mean_wait_weeks", "pressure", "relief", "clear_weeks",
)  # fmt: skip
NOT_TABULAR = ("template", "levels")
"""Fields of an activity's demand that are not one figure."""


def streams_table(demand: Demand) -> pd.DataFrame:
    """Return ``Demand.streams`` with the three levels and what the level used has held and leaves late.

    Further columns: keep_up, percentile and service_level (referrals a week), held and held_nominal (back-test of the
    centile set from the longest history), late (at the level used).
    """
    frame = demand.streams.copy()
    more = [_more(demand, str(stream)) for stream in frame["stream"]] if len(frame) else []
    columns = ["keep_up", "percentile", "service_level", "held", "held_nominal", "late"]
    extra = pd.DataFrame(more, columns=columns, index=frame.index).astype(float)
    return pd.concat([frame, extra], axis=1)


def _more(demand: Demand, stream: str) -> list[float | None]:
    depth = demand.depth.streams.get(stream)
    if depth is None:
        return [None] * 6
    tested = [row for row in depth.coverage.rows if row.estimator == depth.chosen]
    last = max(tested, key=lambda row: row.history, default=None)
    held = (None, None) if last is None else (last.achieved, last.share)
    used = next(level for level in depth.sized.levels if level.name == used_level(demand, stream))
    return [*(level.referrals for level in depth.sized.levels), *held, used.late]


def used_level(demand: Demand, stream: str) -> str:
    """Name of the level that sizes a stream."""
    at_mean = demand.streams_json.get(stream, {}).get("sized_at") == "mean"
    return "keep_up" if at_mean else "percentile"


def requirement_table(demand: Demand) -> pd.DataFrame:
    """Return one row an activity: every figure of its requirement."""
    columns = [field.name for field in fields(ActivityDemand) if field.name not in NOT_TABULAR]
    rows = [[getattr(row, column) for column in columns] for row in demand.activities.values()]
    return pd.DataFrame(rows, columns=columns)


def levels_table(demand: Demand) -> pd.DataFrame:
    """Return the three levels of each stream and activity; ``of`` is stream or activity, ``used`` what sizes it."""
    rows: list[list[Any]] = []
    for key, depth in demand.depth.streams.items():
        rows += [_level("stream", key, level, used_level(demand, key)) for level in depth.sized.levels]
    for key, whole in demand.depth.activities.items():
        row = demand.activities[key]
        used = "keep_up" if row.required - row.required_mean < 1e-9 else "percentile"
        rows += [_level("activity", key, level, used) for level in whole.levels]
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS)).astype(dict.fromkeys(LEVEL_COLUMNS[5:-2], float))


def _level(of: str, key: str, level: SizingLevel, used: str) -> list[Any]:
    figures = [getattr(level, column) for column in LEVEL_COLUMNS[5:]]
    return [of, key, level.name, level.rule, level.name == used, *figures]


def coverage_table(demand: Demand) -> pd.DataFrame:
    """Return achieved beside nominal coverage of each stream; ``sizes`` marks the estimator of service.toml."""
    rows = [
        [stream, *(getattr(row, column) for column in COVERAGE_COLUMNS[1:-1]), row.estimator == depth.chosen]
        for stream, depth in demand.depth.streams.items()
        for row in depth.coverage.rows
    ]
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS)).astype({"achieved": float, "standard_error": float})


def signals_table(demand: Demand) -> pd.DataFrame:
    """Return every week that shows special cause: stream, week_starting, rule, of all the history known."""
    rows = [
        (stream, week, rule)
        for stream, depth in demand.depth.streams.items()
        for phase in depth.phases
        for week, rule in phase.signals
    ]
    return pd.DataFrame(rows, columns=["stream", "week_starting", "rule"])


def lists_table(demand: Demand) -> pd.DataFrame:
    """Return each waiting list, or target for one, with what it asks for at the capacity that is required."""
    rows = []
    for stream, depth in demand.depth.streams.items():
        if depth.waiting is None:
            continue
        waiting, plan = depth.waiting, depth.waiting.plan
        own = [getattr(waiting, name) for name in ("waiting", "target_weeks", "target_share", "demand", "capacity")]
        rest = [plan.sustainable, plan.first_come, plan.backlog, plan.backlog_sessions, plan.load]
        rows.append([stream, *own, *rest, plan.mean_wait_weeks, plan.pressure, plan.relief, plan.clear_weeks])
    return pd.DataFrame(rows, columns=list(LIST_COLUMNS)).astype(dict.fromkeys(LIST_COLUMNS[1:], float))


def days_table(demand: Demand) -> pd.DataFrame:
    """Return the weekdays of streams sized by day: stream, day, days counted, mean and centile, patients a day."""
    rows = [
        (stream, row["day"], row["days"], row["mean"], row["centile"])
        for stream, json in demand.streams_json.items()
        for row in (json.get("sizing") or {}).get("by_day") or []
    ]
    return pd.DataFrame(rows, columns=["stream", "day", "days", "mean", "centile"])
