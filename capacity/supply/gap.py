"""Requirement held against the capacity of the plans in force: the gap, by activity.

``gap`` works out one row an activity and no more, as ``capacity plan`` needs no more. Everything else that the gap has
to say is a property of :class:`Gap`, worked out when it is asked for. Formulas: docs/formulas/gap.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from capacity.demand.activity_levels import Level, activity_levels
from capacity.demand.backlog import list_frame, one_off_frame, one_off_sessions, stage_findings
from capacity.demand.pooling import by_activity
from capacity.demand.result import Demand
from capacity.demand.series import weekly_series
from capacity.demand.streams import SizedStream, size_streams
from capacity.errors import Finding
from capacity.service.model import JobPlanRow, Service
from capacity.service.resolved import activity_tier, is_reserved, meets_as_one, seats
from capacity.supply.by_level import by_level, one_off_by_activity, pounds_frame, supply_frame
from capacity.supply.calendar import calendar, failing_weeks
from capacity.supply.conversion import Units, units_of
from capacity.supply.findings import supply_findings
from capacity.supply.job_time import JobTime
from capacity.supply.ladder import ladder
from capacity.supply.pounds import costs_of, headline
from capacity.supply.sessions import sessions_by_person
from capacity.supply.split import category_split
from capacity.supply.therapy import therapy_hours
from capacity.supply.together import joint_sessions, kept_share, supervising
from capacity.supply.utilisation import dcc_use, delivered_use, lost_sessions, room_use
from capacity.supply.variation import headroom
from capacity.units import NO_FIXED_SLOT

if TYPE_CHECKING:
    import pandas as pd

    from capacity.supply.sensitivity import Sensitivity

Rows = Sequence[JobPlanRow]


@dataclass(frozen=True)
class Gap:
    """Requirement, supply and gap by activity.

    ``activities`` is indexed by activity id, in file order, with name, category, tier; required, required_mean,
    supplied, rota, gap and gap_mean in full sessions a calendar week (gap = required - supplied: positive is short);
    gap_hours in DCC hours a week; gap_pa in PAs a week of job plans (at the weeks a session of the activity is
    charged for); gap_wte in whole-time equivalents of the default policy, direct care alone; gap_slots (missing where
    no stream uses it) and gap_contact_hours a week; load (required / supplied, missing without supply); backlog
    (one-off sessions a week in ``required``, with ``include_backlog``); pounds (what the shortfall costs a year by the
    first way that has a price, named in ``pounds_by``; missing where none has).

    The rest needs ``time``, which :func:`gap` gives: frames and sentences, each worked out once when asked for.
    Weeks of the plan in force vary (``supply``); that is not uncertainty of their mean, and the two are kept apart.
    """

    activities: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    time: JobTime | None = field(default=None, repr=False, compare=False)
    rows: Rows = field(default=(), repr=False, compare=False)
    """Job plans held against it."""

    # ---- requirement

    @cached_property
    def streams(self) -> dict[str, SizedStream]:
        """Every stream, sized."""
        return sized_streams(self._time.service)

    @cached_property
    def levels(self) -> dict[str, tuple[Level, ...]]:
        """The three levels of each activity, by its id (levels.py)."""
        of_activity = by_activity(self.streams)
        demand = self._time.demand.activities
        return {
            row.activity: activity_levels(row, demand[row.activity], of_activity.get(row.activity, []), self.streams)
            for row in self._time.service.activities
        }

    @cached_property
    def by_level(self) -> pd.DataFrame:
        """Requirement, supply and gap of each activity at each level, with 90 % intervals (by_level.py)."""
        return by_level(self._time, self.levels, self.supply, self._units, self.activities)

    # ---- supply

    @cached_property
    def supply(self) -> pd.DataFrame:
        """Supply by activity: the interval of its mean over a year, and the spread of its weeks (by_level.py)."""
        return supply_frame(self._time, self.rows, self.activities["supplied"], self.calendar)

    @cached_property
    def sessions(self) -> pd.DataFrame:
        """What each person supplies of each activity: sessions a week and a year (sessions.py)."""
        return sessions_by_person(self._time, self.rows)

    @cached_property
    def calendar(self) -> pd.DataFrame:
        """Sessions available against required in 52 weeks, by activity and in total (calendar.py)."""
        return calendar(self._time, self.rows)

    @cached_property
    def failing_weeks(self) -> tuple[str, ...]:
        """Which weeks fail, a sentence an activity that has any, then one for the total."""
        return failing_weeks(self.calendar)

    @cached_property
    def headroom(self) -> pd.DataFrame:
        """Share of the year people are away, by staff group and for all, beside what is seen in practice."""
        return headroom(self._time)

    @property
    def headroom_sentence(self) -> str:
        """The headroom of all staff in a sentence; blank where nobody is in post."""
        return "" if self.headroom.empty else str(self.headroom["words"].iloc[-1])

    @cached_property
    def ladder(self) -> pd.DataFrame:
        """From funded posts to sessions that take place, each loss named (ladder.py)."""
        return ladder(self._time, self.rows)

    @cached_property
    def categories(self) -> pd.DataFrame:
        """Planned DCC, SPA, ANR and ED by person (split.py)."""
        return category_split(self._time, self.rows)

    @cached_property
    def therapy(self) -> pd.DataFrame:
        """Clinical and contact hours of people on hours contracts (therapy.py)."""
        return therapy_hours(self._time, self.rows)

    @cached_property
    def room_use(self) -> pd.DataFrame:
        """How far rooms are used (utilisation.py)."""
        return room_use(self._time, self.rows)

    @cached_property
    def dcc_use(self) -> pd.DataFrame:
        """How much of the direct care that contracts leave is planned, by person (utilisation.py)."""
        return dcc_use(self._time, self.rows)

    @cached_property
    def delivered_use(self) -> pd.DataFrame | None:
        """Planned against delivered over the period of delivered.csv (utilisation.py); None without that file."""
        return delivered_use(self._time, self.rows) if self._time.service.delivered else None

    @cached_property
    def lost_sessions(self) -> pd.DataFrame | None:
        """Sessions of delivered.csv that did not take place, by reason; None without that file."""
        return lost_sessions(self._time) if self._time.service.delivered else None

    # ---- waiting lists and money

    @cached_property
    def lists(self) -> pd.DataFrame:
        """Waiting lists: the recurrent gap apart from the one-off backlog, a row a list (demand/backlog.py)."""
        supplied = {str(key): float(value) for key, value in self.activities["supplied"].items()}
        return list_frame(self._time.service, self.streams, self._time.demand.activities, supplied)

    @cached_property
    def one_off(self) -> pd.DataFrame:
        """One-off work by stream: lists above their size and what their patients come back for (demand/backlog.py)."""
        return one_off_frame(self._time.service, self.streams, self._time.demand.activities)

    @cached_property
    def one_off_by_activity(self) -> pd.DataFrame:
        """One-off sessions by activity, once; a week over the plan year; and what they cost, once (by_level.py)."""
        once = one_off_sessions(self._time.service, self.streams, self._time.demand.activities)
        return one_off_by_activity(self._time, once)

    @cached_property
    def pounds(self) -> pd.DataFrame:
        """Every way of closing the shortfall of each activity, with its price or why it has none (by_level.py)."""
        return pounds_frame(self._time, self.activities, self._units)

    @cached_property
    def sensitivity(self) -> Sensitivity:
        """What a change of each assumption does to the gap, largest first (sensitivity.py)."""
        from capacity.supply.sensitivity import sensitivity

        return sensitivity(self._time.service, rows=self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema gap``)."""
        from capacity.supply.gap_json import gap_json

        return gap_json(self)

    @property
    def _time(self) -> JobTime:
        if self.time is None:
            raise ValueError("a gap made without a service knows its activities and findings only")
        return self.time

    @cached_property
    def _units(self) -> dict[str, Units]:
        return units_of(self._time, self.rows)


def supplied_by_rows(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[str, float]:
    """Full sessions a calendar week that job-plan rows deliver, by activity; rota duty apart.

    A session of a whole-team activity counts once in each week in which anyone attends, one of a joint team in each
    week in which every group is there in full.
    """
    rows = tuple(rows)
    keeps = supervising(time, rows)
    cycle = time.service.cycle_weeks
    delivered: dict[str, float] = defaultdict(float)
    together: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if is_reserved(row.activity) or not time.supplies(row.person):
            continue
        if row.slot == NO_FIXED_SLOT:
            delivered[row.activity] += time.unfixed_delivered(row)
        elif meets_as_one(time.activities[row.activity]):
            together[row.activity, row.slot].update(time.row_weeks(row))
        elif not seats(time.activities[row.activity]):
            share = kept_share(time, keeps, row) * len(time.row_weeks(row)) / cycle
            delivered[row.activity] += share * time.delivered(row.person, row.activity, row.slot, row.minutes)
    for (activity, _), weeks in together.items():
        delivered[activity] += len(weeks) / cycle
    for (activity, _), joint in joint_sessions(time, rows, keeps).items():
        delivered[activity] += joint.total / cycle * joint.worth
    return dict(delivered)


def supply(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[str, float]:
    """Full sessions a calendar week by activity: job-plan rows and rota duty together."""
    by_rows = supplied_by_rows(time, rows)
    return {activity: by_rows.get(activity, 0.0) + time.rota_delivers(activity) for activity in time.activities}


def gap(service: Service, demand: Demand, rows: Rows | None = None) -> Gap:
    """Hold the requirement against job plans.

    Parameters
    ----------
    service, demand
        The service and its demand analysis.
    rows
        Job plans to hold it against; those in force where None.
    """
    time = JobTime(service, demand)
    rows = service.job_plans if rows is None else rows
    return Gap(gap_frame(time, rows), _findings(service, time), time, rows)


def sized_streams(service: Service) -> dict[str, SizedStream]:
    """Return every stream of a service, sized, by its id."""
    return size_streams(service, weekly_series(service.demand, service.rebase, service.origin.rows))


def gap_frame(time: JobTime, rows: Rows) -> pd.DataFrame:
    """Return one row an activity: the columns of ``Gap.activities``."""
    import pandas as pd

    supplied = supply(time, rows)
    units = units_of(time, rows)
    found = [_row(time, key, supplied[key], units[key]) for key in time.activities]
    return pd.DataFrame(found).set_index("activity")


def _row(time: JobTime, key: str, supplied: float, units: Units) -> dict[str, object]:
    activity, needed = time.activities[key], time.demand.activities[key]
    short = needed.required - supplied
    priced = headline(costs_of(time, units.post, short, short * units.pa))
    return {
        "activity": key,
        "name": activity.name,
        "category": activity.category,
        "tier": activity_tier(time.service, activity),
        "required": needed.required,
        "required_mean": needed.required_mean,
        "supplied": supplied,
        "rota": time.rota_delivers(key),
        "gap": short,
        "gap_mean": needed.required_mean - supplied,
        "gap_hours": short * units.hours,
        "gap_pa": short * units.pa,
        "gap_wte": short * units.wte,
        "gap_slots": float("nan") if units.slots is None else short * units.slots,
        "gap_contact_hours": short * units.contact_hours,
        "load": needed.required / supplied if supplied > 0 else float("nan"),
        "backlog": needed.backlog_sessions,
        "pounds": float("nan") if priced is None else priced.pounds,
        "pounds_by": "" if priced is None else priced.route,
    }


def _findings(service: Service, time: JobTime) -> tuple[Finding, ...]:
    found = []
    for person in service.people:
        if person.kind == "vacant":
            found.append(
                Finding("vacant_post", person.person, "vacant: counted as no capacity, and no plan is proposed")
            )
    for rota in service.rotas:
        if rota.prospective is False:
            covered = sum(weeks for (_, name), weeks in time.duty.items() if name == rota.rota)
            wanted = (rota.weeks_covered or 52.0) * (rota.people_at_once or 1)
            if covered < wanted - 0.05:
                found.append(
                    Finding(
                        "duty_weeks_uncovered",
                        rota.rota,
                        f"{wanted - covered:.1f} duty weeks a year have nobody on: not covered prospectively",
                        found=f"{covered:.1f} weeks",
                        allowed=f"{wanted:g} weeks",
                    )
                )
    return (*found, *supply_findings(time), *stage_findings(service))
