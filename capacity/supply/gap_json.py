"""The machine-readable form of the gap (schema: ``capacity schema gap``): everything :class:`Gap` can say."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity.supply.calendar import TOTAL

if TYPE_CHECKING:
    from capacity.supply.gap import Gap

DECIMALS = 6
INTERVALS = (
    "Intervals are of 90 % and hold what a limited number of weeks leaves open of the demand, and how the mean supply "
    "of one year differs by who is away when. Growth, booking rates and minutes are taken as given: see the "
    "sensitivity."
)
WEEKS_VARY = (
    "That supply varies from week to week is not uncertainty of its mean: week_sd, week_low and week_high are of "
    "single weeks, supplied_lower and supplied_upper of the mean of a year."
)

Json = dict[str, Any]


def gap_json(gap: Gap) -> Json:
    """Return the gap as plain numbers, text, lists and objects; what is not known is null."""
    activities = {str(key): _record(row) for key, row in gap.activities.to_dict(orient="index").items()}
    found: Json = {"activities": activities}
    if gap.time is not None:
        for key, more in _by_activity(gap).items():
            activities[key] |= more
        found |= _whole(gap)
    return {**found, "findings": [finding.__dict__ for finding in gap.findings]}


def _by_activity(gap: Gap) -> dict[str, Json]:
    """Levels, supply, prices and one-off work of each activity."""
    supply = {str(row.pop("activity")): row for row in records(gap.supply)}
    one_off = {str(row.pop("activity")): row for row in records(gap.one_off_by_activity)}
    levels = _grouped(gap.by_level)
    prices = _grouped(gap.pounds)
    return {
        str(key): {
            "levels": {str(row.pop("level")): row for row in levels.get(str(key), [])},
            "supply": supply[str(key)],
            "costs": prices.get(str(key), []),
            "one_off": one_off.get(str(key)),
        }
        for key in gap.activities.index
    }


def _whole(gap: Gap) -> Json:
    """What is of the whole service."""
    total = _grouped(gap.by_level).get(TOTAL, [])
    sensitivity = gap.sensitivity
    return {
        "total": {str(row.pop("level")): row for row in total},
        "notes": [INTERVALS, WEEKS_VARY],
        "waiting_lists": records(gap.lists),
        "one_off": records(gap.one_off),
        "sensitivity": {
            "ranked": records(sensitivity.ranked),
            "rows": records(sensitivity.frame),
            "absent": dict(sensitivity.absent),
        },
        "calendar": _calendar(gap.calendar),
        "failing_weeks": list(gap.failing_weeks),
        "headroom": records(gap.headroom),
        "ladder": records(gap.ladder),
        "sessions": records(gap.sessions),
        "categories": records(gap.categories),
        "therapy": records(gap.therapy),
        "utilisation": {
            "rooms": records(gap.room_use),
            "dcc": records(gap.dcc_use),
            "delivered": None if gap.delivered_use is None else records(gap.delivered_use),
            "lost": None if gap.lost_sessions is None else records(gap.lost_sessions),
        },
    }


def _calendar(frame: pd.DataFrame) -> Json:
    """Weeks once, then a list of figures for each activity and for the total."""
    weeks = frame[frame["activity"] == TOTAL]
    return {
        "weeks": records(weeks[["week_starting", "bank_holidays", "cycle_week"]]),
        "activities": {
            str(activity): {
                name: [_plain(value) for value in rows[name]]
                for name in ("available", "available_sd", "required", "fails")
            }
            for activity, rows in frame.groupby("activity", sort=False)
        },
    }


def _grouped(frame: pd.DataFrame) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for row in records(frame):
        found.setdefault(str(row.pop("activity")), []).append(row)
    return found


def records(frame: pd.DataFrame) -> list[Json]:
    """Rows of a frame as plain objects: dates in ISO form, missing figures null."""
    return [_record(row) for row in frame.to_dict(orient="records")]


def _record(row: Any) -> Json:
    return {str(key): _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return None if value != value else round(value, DECIMALS)
    return value
