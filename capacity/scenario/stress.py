"""Stress test of a team plan: a thousand simulated years, week by week, of what is asked for against who is there.

A plan that covers the mean may fail in every second week. Demand is drawn as fitted (stress_demand.py), people are on
leave, sick or on duty (stress_people.py), sessions follow from who is there (stress_supply.py) and patients wait
(stress_lists.py). Several plans meet the same weeks. See docs/stress.md and docs/formulas/stress.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from capacity.demand.analyse import analyse
from capacity.demand.backlog import recurrent_mean, session_minutes_used
from capacity.demand.levels import promise_of
from capacity.demand.pooling import by_activity
from capacity.demand.result import Demand
from capacity.demand.seasonality import plan_weeks
from capacity.demand.streams import SizedStream
from capacity.errors import Fault, InputError
from capacity.scenario.stress_absence import Waiting, absence_frame
from capacity.scenario.stress_demand import DemandDrawn, draw_demand
from capacity.scenario.stress_lists import Flow, Served, seen_in_time, serve
from capacity.scenario.stress_part_year import Outside, blend, blend_all, blended_supply
from capacity.scenario.stress_settings import Bools, Floats, StressSettings
from capacity.scenario.stress_supply import SupplyDrawn, draw_supply
from capacity.service.model import JobPlanRow, Service
from capacity.service.resolved import activity_tier, is_reserved
from capacity.supply.calendar import ROUNDING, TOTAL, WEEKS
from capacity.supply.gap import sized_streams, supply
from capacity.supply.job_time import JobTime
from capacity.units import DAYS, WEEKS_PER_YEAR
from capacity.wording import count

if TYPE_CHECKING:
    import pandas as pd

IN_FORCE = "in force"
Rows = Sequence[JobPlanRow]
Case = tuple[str, Service, Rows] | tuple[str, Service, Rows, Outside]
"""Label, service and job plans of one column of a comparison; for part of the year, and what holds in the rest."""

ACTIVITY_COLUMNS = (
    "activity", "name", "tier", "priority", "demand", "required", "capacity", "supplied", "met", "filled", "short",
    "capacity_sd", "cover", "cover_high",
)  # fmt: skip
STREAM_COLUMNS = (
    "stream", "name", "activity", "kind", "load", "start", "start_from", "end", "end_low", "end_median", "end_high",
    "weeks_waiting", "target_weeks", "target_share", "in_time", "years_met",
)  # fmt: skip
WEEK_COLUMNS = (
    "week_starting", "activity", "demand", "capacity", "met", "short", "bank_holidays", "cycle_week",
)  # fmt: skip
PATH_COLUMNS = ("stream", "week", "mean", "low", "median", "high")
PEOPLE_COLUMNS = ("person", "weeks", "there", "leave", "sickness", "duty")
FAN = (0.10, 0.50, 0.90)


@dataclass(frozen=True, eq=False)
class StressResult:
    """What became of one plan in the simulated years; tidy frames, sessions a calendar week unless stated.

    ``activities``: demand and capacity drawn (``required`` and ``supplied`` are what ``gap`` works out for their means;
    capacity is below it by cancelled lists); met, the share of weeks in which capacity is at least demand; filled, the
    share of the demand of a week that its own sessions hold; short, what they lack in the mean week; capacity_sd of a
    week; cover and cover_high, sessions of covered activities that fall to cover, mean and 90th centile.
    ``streams``: load (demand / capacity of its activity); the list at the start (start_from: given, a year before, or
    nought) and the end of the year in patients, mean and 10th, 50th and 90th centile; weeks_waiting, weeks of referrals
    that the mean list at the end is; target_weeks and target_share, of rapid streams and those with a target;
    in_time, the share seen within it; years_met, the share of years that reach the target share. ``weeks``: each
    activity and all together in each of the 52 weeks. ``paths``: the list of each stream at the end of weeks 0 to 52,
    patients. ``absences``: see stress_absence.py. ``people``: weeks a year present by the model and as drawn, with
    leave, sickness and duty.
    """

    label: str
    service: Service
    rows: tuple[JobPlanRow, ...]
    settings: StressSettings
    activities: pd.DataFrame
    streams: pd.DataFrame
    weeks: pd.DataFrame
    paths: pd.DataFrame
    absences: pd.DataFrame
    people: pd.DataFrame
    season: Mapping[str, str]
    """Series -> what is said of its season, and whether demand follows it."""
    notes: tuple[str, ...] = ()
    met_by_year: Mapping[str, Floats] = field(default_factory=dict, repr=False)
    """Activity -> share of weeks met in each year; the same years in every plan of a comparison."""

    @property
    def met(self) -> dict[str, float]:
        """Activity -> share of weeks in which capacity is at least demand."""
        return {str(row["activity"]): float(row["met"]) for row in self.activities.to_dict("records")}


@dataclass(frozen=True, eq=False)
class StressComparison:
    """Plans that met the same weeks, the first being what the others are held against.

    ``differences`` is a row an activity and plan but the first: met (share of weeks), more (against the first) and
    error, the standard error of ``more`` over the years drawn; short and less_short, sessions a week.
    """

    results: tuple[StressResult, ...]
    differences: pd.DataFrame


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What is drawn once for a service, whatever its plans."""

    demand: Demand
    streams: Mapping[str, SizedStream]
    time: JobTime
    drawn: DemandDrawn
    minutes: Mapping[str, float]


def stress_test(
    service: Service,
    rows: Rows | None = None,
    settings: StressSettings | None = None,
    label: str = IN_FORCE,
    sized: Demand | None = None,
) -> StressResult:
    """Simulate the plan year of one plan.

    Parameters
    ----------
    service
        The service.
    rows
        Job plans; those in force where None.
    settings
        Years, seed and assumptions.
    label
        What the plan is called.
    sized
        Demand of the service, where it is sized already.

    Raises
    ------
    capacity.errors.InputError
        The demand allows no answer.
    """
    given = StressSettings() if settings is None else settings
    return _test(label, service.job_plans if rows is None else rows, _draw(service, given, sized), given)


def stress_compare(
    cases: Sequence[Case], settings: StressSettings | None = None, sized: Mapping[str, Demand] | None = None
) -> StressComparison:
    """Simulate several plans in the same weeks: the same referrals, leave and sickness, person by person.

    Parameters
    ----------
    cases
        Label, service and job plans of each; a plan of another service (a scenario of it) loses the rows of people and
        activities that service has not, and says so. A fourth part says what holds outside some weeks of the year.
    settings
        Years, seed and assumptions, for all of them.
    sized
        Label -> demand, where it is sized already.

    Raises
    ------
    capacity.errors.InputError
        A label is given twice, there is no case, or a demand allows no answer.
    """
    given = StressSettings() if settings is None else settings
    labels = [case[0] for case in cases]
    if not cases or len(set(labels)) < len(labels):
        found = "no plan" if not cases else "the same label twice"
        raise InputError([Fault("stress", None, None, found, "plans, each with a label of its own")])
    services: dict[int, _Drawn] = {}

    def drawn(label: str, service: Service) -> _Drawn:
        if id(service) not in services:
            services[id(service)] = _draw(service, given, (sized or {}).get(label))
        return services[id(service)]

    results = []
    for label, service, rows, *more in cases:
        rest = (more[0], drawn("", more[0].service)) if more else None
        results.append(_test(label, rows, drawn(label, service), given, rest))
    return StressComparison(tuple(results), _differences(results))


def _draw(service: Service, settings: StressSettings, sized: Demand | None) -> _Drawn:
    demand = analyse(service) if sized is None else sized
    streams = sized_streams(service)
    drawn = draw_demand(streams, plan_weeks(service.year_starts, WEEKS), settings)
    minutes = session_minutes_used(service, demand.activities)
    return _Drawn(demand, streams, JobTime(service, demand), drawn, minutes)


def _test(
    label: str, rows: Rows, drawn: _Drawn, settings: StressSettings, rest: tuple[Outside, _Drawn] | None = None
) -> StressResult:
    import pandas as pd

    service = drawn.time.service
    known, notes = _known_rows(service, rows)
    year = _year(drawn, known, settings)
    if rest is not None:
        outside, base = rest
        inside = outside.inside(year.supplied.team.year.weeks)
        year = _blended(inside, year, _year(base, _known_rows(base.time.service, outside.rows)[0], settings))
        notes.append(f"the scenario holds in {count(int(inside.sum()), 'week')}; the others are those of the base")
    lists = {key: _lists_of(year, key) for key in drawn.time.activities}
    absences = absence_frame(year.supplied, year.wanted, _waiting(drawn, year), settings)
    if year.supplied.team.over_the_limit > 0:
        over = f"{year.supplied.team.over_the_limit:.1f} weeks a year have more people on leave than"
        notes.append(f"{over} max_simultaneous_leave allows: their leave fits in no other way")
    return StressResult(
        label=label,
        service=service,
        rows=tuple(known),
        settings=settings,
        activities=pd.DataFrame(_activity_rows(drawn, year), columns=list(ACTIVITY_COLUMNS)),
        streams=pd.DataFrame(_stream_rows(drawn, lists, year), columns=list(STREAM_COLUMNS)),
        weeks=_week_frame(year.supplied, year.wanted),
        paths=_path_frame(drawn, lists),
        absences=absences,
        people=pd.DataFrame(_people_rows(year.supplied), columns=list(PEOPLE_COLUMNS)),
        season={each.series: ("followed: " if each.seasonal else "") + each.why for each in drawn.drawn.series},
        notes=tuple(notes),
        met_by_year={key: met_weeks(year.supplied.capacity[key], year.wanted[key]).mean(axis=0) for key in year.wanted},
    )


@dataclass(frozen=True, eq=False)
class _Year:
    """What is asked for and supplied, [week, year] in sessions, with the means that these are drawn about."""

    supplied: SupplyDrawn
    wanted: Mapping[str, Floats]
    """By activity, fixed sessions included."""
    fixed: Mapping[str, Floats]
    flows: Mapping[str, tuple[Flow, ...]]
    """Streams by activity."""
    mean_supplied: Mapping[str, float]
    mean_required: Mapping[str, float]


def _year(drawn: _Drawn, rows: Rows, settings: StressSettings) -> _Year:
    activities = drawn.demand.activities
    fixed = {key: np.full((WEEKS, 1), row.fixed_sessions) for key, row in activities.items()}
    flows = {key: _flows_of(drawn, key) for key in activities}
    return _Year(
        supplied=draw_supply(drawn.time, rows, settings),
        wanted={key: fixed[key] + sum(flow.need for flow in flows[key]) for key in activities},
        fixed=fixed,
        flows=flows,
        mean_supplied=supply(drawn.time, rows),
        mean_required={key: recurrent_mean(row) for key, row in activities.items()},
    )


def _blended(inside: Bools, scenario: _Year, base: _Year) -> _Year:
    """Weeks of the scenario inside and those of the base outside; lists start as the scenario's."""
    share = float(inside.mean())
    needs = {flow.stream: flow.need for flows in base.flows.values() for flow in flows}

    def mean(own: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
        return {key: share * value + (1 - share) * others.get(key, 0.0) for key, value in own.items()}

    def blended(own: Mapping[str, Floats], others: Mapping[str, Floats]) -> dict[str, Floats]:
        return {key: each for key, each in blend_all(inside, own, others).items() if key in own}

    return _Year(
        supplied=blended_supply(inside, scenario.supplied, base.supplied),
        wanted=blended(scenario.wanted, base.wanted),
        fixed=blended(scenario.fixed, base.fixed),
        flows={
            key: tuple(replace(flow, need=blend(inside, flow.need, needs.get(flow.stream))) for flow in flows)
            for key, flows in scenario.flows.items()
        },
        mean_supplied=mean(scenario.mean_supplied, base.mean_supplied),
        mean_required=mean(scenario.mean_required, base.mean_required),
    )


def _known_rows(service: Service, rows: Rows) -> tuple[list[JobPlanRow], list[str]]:
    """Rows of people and activities that the service has, and what is said of the others."""
    people = {person.person for person in service.people}
    activities = {row.activity for row in service.activities}
    kept, lost = [], set()
    for row in rows:
        unknown = {row.person} - people | (set() if is_reserved(row.activity) else {row.activity} - activities)
        weeks = tuple(week for week in row.weeks or () if week <= service.cycle_weeks)
        if unknown:
            lost |= unknown
        elif row.weeks is None or weeks:
            kept.append(row if row.weeks is None else row.model_copy(update={"weeks": weeks}))
    notes = [f"sessions of {', '.join(sorted(lost))} are left out: not in this service"] if lost else []
    return kept, notes


# ---- demand and lists


def _sessions_each(drawn: _Drawn, sized: SizedStream) -> float:
    """Sessions that one referral received takes in the mean, templates included."""
    minutes = drawn.minutes[sized.stream.activity]
    return sized.contact_minutes_per_received / minutes if minutes > 0 else 0.0


def _patient(drawn: _Drawn, sized: SizedStream) -> float:
    """Sessions that one patient on the list takes: one who needs to be seen."""
    booked = sized.booked_per_received
    return _sessions_each(drawn, sized) / booked if booked > 0 else 0.0


def _flows_of(drawn: _Drawn, activity: str) -> tuple[Flow, ...]:
    return tuple(
        Flow(
            sized.stream.stream,
            drawn.drawn.referrals[sized.stream.stream] * _sessions_each(drawn, sized),
            None if sized.stream.waiting_now is None else sized.stream.waiting_now * _patient(drawn, sized),
            sized.stream.kind == "rapid",
            sized.stream.kind != "caseload",
        )
        for sized in by_activity(drawn.streams).get(activity, [])
    )


def _lists_of(year: _Year, activity: str) -> dict[str, tuple[Flow, Served]]:
    flows = year.flows[activity]
    served = serve(year.supplied.capacity[activity], year.fixed[activity], flows)
    return {flow.stream: (flow, each) for flow, each in zip(flows, served, strict=True)}


def _waiting(drawn: _Drawn, year: _Year) -> Waiting:
    """Patients on an activity's lists at the end of the year, with other sessions than its own."""
    each = {key: _patient(drawn, sized) for key, sized in drawn.streams.items()}
    known: dict[str, float] = {}

    def ends(activity: str, capacity: Floats) -> float:
        flows = [flow for flow in year.flows[activity] if each[flow.stream] > 0]
        served = serve(capacity, year.fixed[activity], flows)
        pairs = zip(flows, served, strict=True)
        return sum(float(one.waiting[-1].mean()) / each[flow.stream] for flow, one in pairs)

    def waiting(activity: str, capacity: Floats) -> float:
        if capacity is not year.supplied.capacity[activity]:
            return ends(activity, capacity)
        if activity not in known:
            known[activity] = ends(activity, capacity)
        return known[activity]

    return waiting


Lists = Mapping[str, Mapping[str, tuple[Flow, Served]]]


def met_weeks(capacity: Floats, demand: Floats) -> np.ndarray:
    """Whether the sessions of each week are at least what is asked for."""
    return np.asarray(capacity >= demand - ROUNDING)


# ---- frames


def _activity_rows(drawn: _Drawn, year: _Year) -> list[dict[str, object]]:
    cover = year.supplied.cover
    found: list[dict[str, object]] = []
    for key, activity in drawn.time.activities.items():
        capacity, demand = year.supplied.capacity[key], year.wanted[key]
        if not capacity.any() and not demand.any():
            continue
        by_cover = cover.get(key)
        found.append(
            {
                "activity": key,
                "name": activity.name,
                "tier": activity_tier(drawn.time.service, activity),
                "priority": activity.priority or 1,
                "demand": float(demand.mean()),
                "required": year.mean_required[key],
                "capacity": float(capacity.mean()),
                "supplied": year.mean_supplied[key],
                "met": float(met_weeks(capacity, demand).mean()),
                "filled": _filled(capacity, demand),
                "short": float(np.maximum(0.0, demand - capacity).mean()),
                "capacity_sd": float(capacity.std()),
                "cover": 0.0 if by_cover is None else float(by_cover.mean()),
                "cover_high": 0.0 if by_cover is None else float(np.quantile(by_cover, 0.9)),
            }
        )
    return found


def _filled(capacity: Floats, demand: Floats) -> float:
    asked = float(demand.mean())
    return float(np.minimum(capacity, demand).mean()) / asked if asked > 0 else 1.0


def _stream_rows(drawn: _Drawn, lists: Lists, year: _Year) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for key, sized in drawn.streams.items():
        activity = sized.stream.activity
        flow, served = lists[activity][key]
        each = _patient(drawn, sized)
        if not sized.sized or each <= 0:
            continue
        ends = served.waiting[-1] / each
        joining = float(flow.need.mean()) / each
        capacity = float(year.supplied.capacity[activity].mean())
        promise = promise_of(sized.stream)
        promised = flow.carried and (flow.rapid or sized.stream.target_weeks is not None)
        in_time = seen_in_time(flow.need, served, promise.periods) if promised else None
        low, median, high = np.quantile(ends, FAN)
        found.append(
            {
                "stream": key,
                "name": sized.stream.name,
                "activity": activity,
                "kind": sized.stream.kind,
                "load": float(year.wanted[activity].mean()) / capacity if capacity > 0 else float("nan"),
                "start": float(served.waiting[0].mean()) / each,
                "start_from": "given" if flow.start is not None else "a year before" if served.settled else "nought",
                "end": float(ends.mean()),
                "end_low": float(low),
                "end_median": float(median),
                "end_high": float(high),
                "weeks_waiting": float(ends.mean()) / joining if joining > 0 else float("nan"),
                "target_weeks": float(promise.periods) if promised else float("nan"),
                "target_share": promise.share if promised else float("nan"),
                "in_time": _mean(in_time),
                "years_met": float("nan") if in_time is None else _mean((in_time >= promise.share - 1e-9) * 1.0),
            }
        )
    return found


def _mean(values: Floats | None) -> float:
    """Mean of the years that have a value; not a number where none has."""
    if values is None or np.isnan(values).all():
        return float("nan")
    return float(np.nanmean(values))


def _week_frame(supplied: SupplyDrawn, wanted: Mapping[str, Floats]) -> pd.DataFrame:
    import pandas as pd

    year = supplied.team.year
    closed = {day: year.closed(day) for day in DAYS}
    holidays = [";".join(day for day in DAYS if closed[day][week]) for week in range(WEEKS)]
    parts, whole = [], [np.zeros(WEEKS) for _ in range(3)]
    every: np.ndarray | None = None
    for key, demand in wanted.items():
        capacity = supplied.capacity[key]
        if not capacity.any() and not demand.any():
            continue
        met = met_weeks(capacity, demand)
        every = met if every is None else every & met
        short = np.maximum(0.0, demand - capacity).mean(axis=1)
        means = np.broadcast_to(demand.mean(axis=1), (WEEKS,)), capacity.mean(axis=1), short
        whole = [total + mean for total, mean in zip(whole, means, strict=True)]
        parts.append(_weeks_of(year.weeks, key, *means[:2], met.mean(axis=1), short, holidays, year.cycle))
    share = np.ones(WEEKS) if every is None else every.mean(axis=1)
    parts.append(_weeks_of(year.weeks, TOTAL, whole[0], whole[1], share, whole[2], holidays, year.cycle))
    return pd.concat(parts, ignore_index=True)


def _weeks_of(
    weeks: Sequence[object], activity: str, demand: Floats, capacity: Floats, met: Floats, short: Floats,
    holidays: Sequence[str], cycle: Sequence[int],
) -> pd.DataFrame:  # fmt: skip
    import pandas as pd

    columns = (weeks, activity, demand, capacity, met, short, holidays, cycle)
    return pd.DataFrame(dict(zip(WEEK_COLUMNS, columns, strict=True)))


def _path_frame(drawn: _Drawn, lists: Lists) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for key, sized in drawn.streams.items():
        flow, served = lists[sized.stream.activity][key]
        each = _patient(drawn, sized)
        if not sized.sized or each <= 0 or not flow.carried:
            continue
        low, median, high = np.quantile(served.waiting, FAN, axis=1) / each
        mean = served.waiting.mean(axis=1) / each
        columns = (key, np.arange(WEEKS + 1), mean, low, median, high)
        parts.append(pd.DataFrame(dict(zip(PATH_COLUMNS, columns, strict=True))))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(PATH_COLUMNS))


def _people_rows(supplied: SupplyDrawn) -> list[dict[str, object]]:
    """Weeks a year of everyone in post, at the rate of a whole year."""
    team, scale = supplied.team, WEEKS_PER_YEAR / WEEKS
    found: list[dict[str, object]] = []
    for person, who in team.people.items():
        there = np.mean(
            [((1 - team.year.closed(day))[:, None] * who.there(day)).sum(axis=0).mean() for day in DAYS[:5]]
        )
        sick = (who.sick & ~who.duty) * (1 - who.leave)
        found.append(
            {
                "person": person,
                "weeks": team.time.weeks_present(person),
                "there": float(there) * scale,
                "leave": float(who.leave.sum(axis=0).mean()) * scale,
                "sickness": float(sick.sum(axis=0).mean()) * scale,
                "duty": float(who.duty.sum(axis=0).mean()) * scale,
            }
        )
    return found


# ---- side by side


def _differences(results: Sequence[StressResult]) -> pd.DataFrame:
    import pandas as pd

    first, found = results[0], []
    before = first.activities.set_index("activity")
    for result in results[1:]:
        for row in result.activities.to_dict("records"):
            key = row["activity"]
            if key not in before.index:
                continue
            paired = result.met_by_year[key] - first.met_by_year[key]
            error = float(paired.std(ddof=1)) / paired.size**0.5 if paired.size > 1 else float("nan")
            less = float(before.loc[key, "short"]) - row["short"]
            found.append((result.label, key, row["met"], float(paired.mean()), error, row["short"], less))
    columns = ["label", "activity", "met", "more", "error", "short", "less_short"]
    return pd.DataFrame(found, columns=columns)
