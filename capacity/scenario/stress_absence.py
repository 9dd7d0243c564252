"""Single points of failure: what each person's absence does to each activity, in the same simulated weeks.

Nothing is drawn again: a person's own sessions are taken out of the weeks they are away, and their duty goes to the
other members of the rota (stress_supply.without).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from capacity.scenario.stress_settings import Bools, Floats, StressSettings
from capacity.scenario.stress_supply import SupplyDrawn, away_weeks, without
from capacity.supply.calendar import ROUNDING

if TYPE_CHECKING:
    import pandas as pd

Waiting = Callable[[str, Floats], float]
"""Patients on the lists of an activity at the end of the year, mean, with these sessions, [week, year]."""
ABSENCE_COLUMNS = (
    "person", "activity", "lost", "undone", "longer", "met_with", "met_away", "met_year", "left", "others", "lost_year",
)  # fmt: skip
NOBODY_LEFT = 0.05
"""Share of an activity's sessions below which it is said to rest on one person."""


def absence_frame(
    drawn: SupplyDrawn, wanted: Mapping[str, Floats], waiting: Waiting, settings: StressSettings
) -> pd.DataFrame:
    """Return what each person's absence costs each activity, who hurts most first, as a tidy frame.

    Columns: person, activity; lost (sessions of the activity that do not take place in an absence of
    ``absence_weeks``, once); undone (sessions of work asked for that are not done because of it: what is lost beyond
    what was to spare); longer (patients more on the lists of the activity at the end of the year); met_with and
    met_away (share of those weeks in which capacity is at least demand, with and without them); met_year (share of
    weeks met, were they away all year); left (share of the activity's sessions that take place without them); others
    (who else is skilled); lost_year (sessions that do not take place in a whole year away).
    """
    import pandas as pd

    away = away_weeks(settings)
    rows = [
        row
        for person in drawn.team.people
        for activity, change in without(drawn, person).items()
        for row in _row(drawn, person, activity, change, wanted[activity], waiting, away)
    ]
    frame = pd.DataFrame(rows, columns=list(ABSENCE_COLUMNS))
    whole = frame.groupby("person")["undone"].sum()
    order = frame.assign(whole=frame["person"].map(whole).astype(float))
    ranked = order.sort_values(["whole", "person", "undone", "lost"], ascending=[False, True, False, False])
    return ranked.drop(columns="whole").reset_index(drop=True)


def _row(
    drawn: SupplyDrawn, person: str, activity: str, change: Floats, demand: Floats, waiting: Waiting, away: Bools
) -> list[tuple[object, ...]]:
    capacity = drawn.capacity[activity]
    change = np.broadcast_to(change, capacity.shape)
    lost_year = float(-change.sum(axis=0).mean())
    if lost_year < ROUNDING:
        return []
    fewer = capacity + change
    short = np.maximum(0.0, demand - fewer) - np.maximum(0.0, demand - capacity)
    with_them, without_them = (each >= demand - ROUNDING for each in (capacity, fewer))
    service = drawn.team.time.service
    others = [skill.person for skill in service.skills if skill.activity == activity and skill.person != person]
    undone = float((short * away).sum(axis=0).mean())
    weeks = float(away.sum())
    return [
        (
            person,
            activity,
            float(-(change * away).sum(axis=0).mean()),
            undone,
            waiting(activity, capacity + change * away) - waiting(activity, capacity) if undone > ROUNDING else 0.0,
            float((with_them & away).sum()) / weeks,
            float((without_them & away).sum()) / weeks,
            float(without_them.mean()),
            float(fewer.mean() / capacity.mean()) if capacity.mean() > 0 else 0.0,
            ";".join(who for who in others if who in drawn.team.people),
            lost_year,
        )
    ]
