"""The waiting list of a stream: how long it may be, what brings it there, and when."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from functools import cached_property

from capacity.demand.seasonality import Season, index_of_weeks, plan_weeks
from capacity.demand.streams import SizedStream
from capacity.demand.trajectory import PATHS, Trajectory, demand_by_week, trajectory
from capacity.demand.waiting_list import (
    CLEAR_WEEKS,
    DEFAULT_SHARE,
    Clearance,
    ListPlan,
    clears_in,
    list_plan,
    target_capacity,
    target_factor,
)

TRAJECTORY_WEEKS = 104


@dataclass(frozen=True)
class WaitingList:
    """The list of one stream at one capacity; patients who need to be seen, so after removals, and weeks.

    ``waiting`` is the list now (None: not known), ``demand`` those who join a week at the plan year and ``phi`` the
    variance / mean of that, ``capacity`` those seen a week. ``target_weeks`` is of this stage (None: none is given).
    ``sessions_per_patient`` is sessions that one patient of the list takes. Dates run from ``as_of``, the first day of
    the plan year, as if the list were then as it is now.
    """

    stream: str
    waiting: float | None
    demand: float
    capacity: float
    phi: float
    target_weeks: float | None
    target_share: float
    clear_weeks: float
    sessions_per_patient: float
    as_of: dt.date

    @cached_property
    def plan(self) -> ListPlan:
        """Sustainable size, load, pressure, recurrent gap, one-off backlog and relief capacity."""
        return list_plan(
            self.demand,
            self.capacity,
            self.waiting,
            self.target_weeks,
            share=self.target_share,
            clear_weeks=self.clear_weeks,
            sessions_per_patient=self.sessions_per_patient,
        )

    @cached_property
    def clears(self) -> Clearance:
        """When the list reaches its sustainable size at this capacity, or why it does not."""
        if self.waiting is None:
            return Clearance(None, None, "waiting_now is not given")
        if self.plan.sustainable is None:
            return Clearance(None, None, "target_weeks is not given, so that no size of the list is too long")
        return clears_in(self.waiting, self.demand, self.capacity, self.plan.sustainable, today=self.as_of)

    @property
    def target_capacity(self) -> float | None:
        """Patients a week that keep the mean wait at target / F, with the same slots every week; None without target.

        Weeks of dispersion φ have gaps between referrals of cv² = φ in the long run; slots that are the same every
        week have none.
        """
        if self.target_weeks is None:
            return None
        return target_capacity(
            self.demand, self.target_weeks, math.sqrt(self.phi), 0.0, target_factor(self.target_share)
        )

    def at(self, capacity: float) -> WaitingList:
        """Return the same list where so many patients are seen a week."""
        return replace(self, capacity=capacity)

    def trajectory(
        self, weeks: int = TRAJECTORY_WEEKS, found: Season | None = None, paths: int = PATHS, seed: int = 0
    ) -> Trajectory | None:
        """Return the list over the weeks to come with its simulated fan; None where its size now is not known.

        ``found`` is a season to follow, where it helps. Simulated anew at each call.
        """
        if self.waiting is None:
            return None
        season = None if found is None or not found.helps else index_of_weeks(found, plan_weeks(self.as_of))
        return trajectory(
            self.waiting,
            demand_by_week(self.demand, weeks, index=season),
            self.capacity,
            phi=self.phi,
            size=self.plan.sustainable,
            today=self.as_of,
            paths=paths,
            seed=seed,
        )


def waiting_list(
    sized: SizedStream, referrals: float, phi: float, session_minutes: float, as_of: dt.date, one_off: float = 0.0
) -> WaitingList | None:
    """Return the list of a stream, None where neither its size nor a target is given or nobody of it needs a slot.

    Parameters
    ----------
    sized
        The stream, with weeks.
    referrals
        Referrals a week that the requirement holds.
    phi
        Variance / mean of its referrals a week.
    session_minutes
        Minutes of a session in which patients are seen.
    as_of
        Day from which dates run.
    one_off
        Patients a week seen beside, to shorten the list.
    """
    stream = sized.stream
    booked = sized.booked_per_received
    if (stream.waiting_now is None and stream.target_weeks is None) or booked <= 0:
        return None
    return WaitingList(
        stream=stream.stream,
        waiting=stream.waiting_now,
        demand=sized.mean * booked,
        capacity=referrals * booked + one_off,
        phi=1 + (phi - 1) * booked,
        target_weeks=stream.target_weeks,
        target_share=DEFAULT_SHARE if stream.target_share is None else stream.target_share,
        clear_weeks=CLEAR_WEEKS if stream.clear_weeks is None else stream.clear_weeks,
        sessions_per_patient=sized.contact_minutes_per_received / booked / session_minutes,
        as_of=as_of,
    )
