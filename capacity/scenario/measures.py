"""What one column of a comparison holds: requirement, supply, what stays short, change, money, lists, people seen.

Formulas and a worked reading: docs/compare.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from capacity.answer import Extra, extra, moves
from capacity.check.facts import Facts
from capacity.check.timetable import Timetable
from capacity.demand.backlog import list_frame, recurrent, recurrent_mean
from capacity.demand.result import Demand
from capacity.demand.trajectory import demand_by_week, mean_line
from capacity.outcome import Outcome
from capacity.service.model import Costs, Person, Service
from capacity.service.resolved import contract_minutes, in_post, policy_of
from capacity.supply.by_level import REQUIRED
from capacity.supply.calendar import TOTAL
from capacity.supply.gap import Gap
from capacity.supply.pounds import staff_price
from capacity.units import WEEKS_PER_YEAR
from capacity.wording import listed

LIST_WEEKS = 52
"""Weeks after which a waiting list is shown."""
NO_PRICES = "the service has no [costs]"
NO_OWN_COST = "the scenario does not say what it costs"
SHORT_ADDS_UP = (
    "Short adds up what activities lack, one by one; a surplus elsewhere, or on another day where spread is given, does"
    " not fill it."
)
"""What a page says of ``short``: capacity gap lets the days of one activity fill each other, and may say less."""
LESS = 1e-9


@dataclass(frozen=True)
class ActivityMeasures:
    """One activity of one column, in full sessions a calendar week.

    ``short_now`` is what the plans in force leave, ``short`` what is left after planning within present contracts and
    ``short_with_extra`` with extra PAs up to the budget; in a column without planning all three are the same. A
    surplus on one day fills no other where the requirement is spread over days.
    """

    activity: str
    name: str
    tier: str
    required: float
    supplied: float
    gap: float
    delivered: float
    short_now: float
    short: float
    short_with_extra: float


@dataclass(frozen=True)
class Money:
    """Pounds of a column against doing nothing; None is not priced, and ``reasons`` say why.

    ``staff`` is what the team costs more a year, ``own`` what the scenario says it costs a year, ``recurrent`` the two
    together. ``extra_pa`` is what the extra PAs of the second answer cost a year; ``recurrent_with_extra`` is all
    three, None too where the second answer takes extra hours of contracts in hours, which have no price.
    ``own_once`` is what the scenario says it costs once, ``backlog`` what the clinics that bring every waiting list to
    its sustainable size cost, and ``once`` the two together.
    """

    staff: float | None
    own: float | None
    recurrent: float | None
    extra_pa: float | None
    recurrent_with_extra: float | None
    own_once: float | None
    backlog: float | None
    once: float | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measures:
    """Everything a column says; sessions are a calendar week, attendances and pounds a year.

    ``required``, ``supplied`` (plans in force), ``gap`` and ``short_now`` (what activities lack, one by one, before
    planning) are sums over the activities something is asked of; ``short`` and ``short_with_extra`` are left after
    planning, ``short_mean`` below the mean of rapid activities. ``lower`` and ``upper`` hold the requirement with 90 %
    confidence, None where demand does not tell. ``changed`` is moved + added + dropped; the four, ``roles`` and
    ``people`` are of the answer within present contracts, those with ``_with_extra`` of the second one.
    ``waiting`` is stream -> patients waiting in 12 months, backlog clinics not counted.
    """

    activities: tuple[ActivityMeasures, ...]
    required: float
    supplied: float
    gap: float
    short_now: float
    short: float
    short_with_extra: float
    short_mean: float
    lower: float | None
    upper: float | None
    wte: float
    waiting_now: dict[str, float]
    waiting: dict[str, float]
    attendances: float
    attendances_with_extra: float
    backlog_sessions: float
    money: Money
    moved: float = 0.0
    added: float = 0.0
    dropped: float = 0.0
    roles: int = 0
    people: int = 0
    changed_with_extra: float = 0.0
    people_with_extra: int = 0
    extra_pa: float = 0.0
    extra_hours: float = 0.0
    extra_people: int = 0
    unplaced: float = 0.0
    """Cover bought and not placed, beside the shortfall."""

    @property
    def changed(self) -> float:
        """Sessions a week moved, added or dropped."""
        return self.moved + self.added + self.dropped

    @property
    def list_now(self) -> float | None:
        """Patients on all waiting lists now; None where there is none."""
        return sum(self.waiting_now.values()) if self.waiting_now else None

    @property
    def list_in_a_year(self) -> float | None:
        """Patients on all waiting lists in 12 months; None where there is none, or not known."""
        return sum(self.waiting.values()) if self.waiting else None


def measures(
    service: Service,
    demand: Demand,
    gap: Gap,
    outcome: Outcome | None,
    base: Service,
    own_recurrent: float | None = 0.0,
    own_once: float | None = 0.0,
) -> Measures:
    """Take the measures of a service.

    Parameters
    ----------
    service, demand, gap
        The service with its scenarios applied, its demand, and the gap of its plans in force.
    outcome
        The plan proposed; None for plans in force without planning.
    base
        The service without scenarios, against which the team is priced.
    own_recurrent, own_once
        What the scenarios say they cost a year and once, pounds; None where they do not say.
    """
    second = outcome.with_extra if outcome is not None and outcome.with_extra is not None else outcome
    rows = tuple(_activities(gap, short_in_force(service, demand), outcome, second))
    asked = [row for row in rows if row.required > 0]
    within = {row.activity: row.delivered for row in rows}
    with_extra = within if second is None else second.delivered
    waiting = lists_in_a_year(service, demand, gap, within)
    waiting_with_extra = lists_in_a_year(service, demand, gap, with_extra)
    now = {str(key): float(value) for key, value in zip(gap.lists["stream"], gap.lists["waiting"], strict=True)}
    made = moves(() if outcome is None else outcome.changes, service.cycle_weeks)
    more = moves(() if second is None else second.changes, service.cycle_weeks)
    spent = _extra(service, outcome)
    lower, upper = _between(gap)
    once = float(gap.one_off_by_activity["sessions"].sum())
    return Measures(
        activities=rows,
        required=sum(row.required for row in asked),
        supplied=sum(row.supplied for row in asked),
        gap=sum(row.gap for row in asked),
        short_now=sum(row.short_now for row in rows),
        short=sum(row.short for row in rows),
        short_with_extra=sum(row.short_with_extra for row in rows),
        short_mean=_short_mean(gap, outcome),
        lower=lower,
        upper=upper,
        wte=sum(wte_of(service, person) for person in service.people),
        waiting_now=now,
        waiting=waiting,
        attendances=attendances(gap, demand, within, now, waiting),
        attendances_with_extra=attendances(gap, demand, with_extra, now, waiting_with_extra),
        backlog_sessions=once,
        money=money(service, base, gap, spent, own_recurrent, own_once, planned=outcome is not None),
        moved=made.moved,
        added=made.added,
        dropped=made.dropped,
        roles=made.roles,
        people=made.people,
        changed_with_extra=more.moved + more.added + more.dropped,
        people_with_extra=more.people,
        extra_pa=spent.pa,
        extra_hours=spent.hours,
        extra_people=spent.pa_people + spent.hours_people,
        unplaced=0.0 if outcome is None else sum(outcome.cover_unplaced.values()),
    )


# ---- sessions


def short_in_force(service: Service, demand: Demand) -> dict[str, float]:
    """Activity -> sessions a calendar week that the plans in force leave short, counted as those of a plan are.

    Where a requirement is spread over days, a surplus on one does not fill another.
    """
    facts = Facts(service, demand)
    table = Timetable(facts, service.job_plans)
    return {key: table.shortfall(key, facts.requirement(key)) for key in demand.activities}


def _activities(
    gap: Gap, now: Mapping[str, float], outcome: Outcome | None, second: Outcome | None
) -> Iterable[ActivityMeasures]:
    for key, row in gap.activities.iterrows():
        activity, required, supplied = str(key), float(row["required"]), float(row["supplied"])
        short = now[activity]
        delivered = supplied if outcome is None else outcome.delivered.get(activity, 0.0)
        yield ActivityMeasures(
            activity=activity,
            name=str(row["name"]),
            tier=str(row["tier"]),
            required=required,
            supplied=supplied,
            gap=required - supplied,
            delivered=delivered,
            short_now=short,
            short=short if outcome is None else outcome.shortfall.get(activity, 0.0),
            short_with_extra=short if second is None else second.shortfall.get(activity, 0.0),
        )


def _short_mean(gap: Gap, outcome: Outcome | None) -> float:
    if outcome is None:
        return float(gap.activities["gap_mean"].clip(lower=0).sum())
    return sum(outcome.shortfall_mean.values())


def _between(gap: Gap) -> tuple[float | None, float | None]:
    """90 % interval of the whole requirement, None where demand does not tell."""
    levels = gap.by_level
    row = levels[(levels["activity"] == TOTAL) & (levels["level"] == REQUIRED)]
    if row.empty:
        return None, None
    lower, upper = float(row["lower"].iloc[0]), float(row["upper"].iloc[0])
    return (None, None) if lower != lower or upper != upper else (lower, upper)


def wte_of(service: Service, person: Person) -> float:
    """Whole-time equivalents of a post in which somebody is; 0 for a vacant one."""
    if not in_post(service, person):
        return 0.0
    return contract_minutes(service, person) / (policy_of(service, person).full_time_hours.value * 60)


# ---- waiting lists and people seen


def lists_in_a_year(service: Service, demand: Demand, gap: Gap, delivered: Mapping[str, float]) -> dict[str, float]:
    """Stream -> patients waiting after 52 weeks at mean demand, where so many sessions a week are delivered.

    Of the sessions of its activity a list has the share that ``Gap.lists`` gives it; backlog clinics are not counted.
    """
    ahead = list_frame(service, gap.streams, demand.activities, delivered).dropna(subset=["demand", "capacity"])
    found = {}
    for stream, now, joins, seen in zip(
        ahead["stream"], ahead["waiting"], ahead["demand"], ahead["capacity"], strict=True
    ):
        found[str(stream)] = float(mean_line(float(now), demand_by_week(float(joins), LIST_WEEKS), float(seen))[-1])
    return found


def attendances(
    gap: Gap, demand: Demand, delivered: Mapping[str, float], now: Mapping[str, float], ahead: Mapping[str, float]
) -> float:
    """Attendances a year where so many sessions a week are delivered.

    Of each activity: its sessions, as far as the mean of demand fills them, at the attendances of a session; and of
    each waiting list that shrinks, those who leave it at the attendances of a patient.
    """
    year = 0.0
    for key, needed in demand.activities.items():
        sized = recurrent(needed) - needed.fixed_sessions
        if sized > LESS:
            filled = min(delivered.get(key, 0.0), recurrent_mean(needed)) - needed.fixed_sessions
            year += max(0.0, filled) * needed.attendances / sized * WEEKS_PER_YEAR
    for stream, then in ahead.items():
        year += max(0.0, now[stream] - then) * gap.streams[stream].chain.attendances_per_referral
    return year


# ---- money


def money(
    service: Service,
    base: Service,
    gap: Gap,
    spent: Extra,
    own: float | None,
    own_once: float | None,
    planned: bool = True,
) -> Money:
    """Price a column against doing nothing (see :class:`Money`).

    A plan within present contracts costs nothing by itself. A service without any price has none here either.
    """
    reasons: list[str] = []
    if service.costs == Costs():
        return Money(None, None, None, None, None, None, None, None, (NO_PRICES,))
    staff = staff_difference(service, base, reasons)
    recurrent_pounds = _sum(staff, own)
    if own is None and (staff is None or abs(staff) < LESS):
        recurrent_pounds = None  # what it takes to bring the change about is not known, which is not nothing
        reasons.append(NO_OWN_COST)
    extra_pounds = spent.pounds if spent.pa else 0.0
    if extra_pounds is None:
        reasons.append("[costs] extra_pa is not given")
    if spent.hours:  # what has a price is shown, but no total that would pass for the whole
        reasons.append("extra hours of contracts in hours have no price")
    known = recurrent_pounds is not None and extra_pounds is not None and not spent.hours
    backlog = _backlog(service, gap, reasons) if planned else 0.0
    return Money(
        staff=staff,
        own=own,
        recurrent=recurrent_pounds,
        extra_pa=extra_pounds,
        recurrent_with_extra=(recurrent_pounds or 0.0) + (extra_pounds or 0.0) if known else None,
        own_once=own_once,
        backlog=backlog,
        once=None if backlog is None else backlog + (own_once or 0.0),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def staff_difference(service: Service, base: Service, reasons: list[str]) -> float | None:
    """Pounds a year that the team costs more than that of ``base``, at [costs.staff]; None where a price is missing.

    Only people whose WTE or price differ count, so that one without a price who stays as they are spoils nothing.
    """
    before, after = _team(base), _team(service)
    total, missing = 0.0, []
    for who in dict.fromkeys([*before, *after]):
        was, becomes = before.get(who), after.get(who)
        if was == becomes:
            continue
        for sign, post in ((-1, was), (1, becomes)):
            if post is None or post[0] == 0:
                continue
            if post[1] is None:
                missing.append(who)
            else:
                total += sign * post[0] * post[1]
    if missing:
        reasons.append(f"[costs.staff] has no price for {listed(dict.fromkeys(missing))}")
        return None
    return total


def _team(service: Service) -> dict[str, tuple[float, float | None]]:
    return {person.person: (wte_of(service, person), staff_price(service, person)) for person in service.people}


def _backlog(service: Service, gap: Gap, reasons: list[str]) -> float | None:
    """Pounds once for the clinics that bring the lists to their size; 0 where weekly sessions already hold them."""
    if service.objective.include_backlog:
        return 0.0
    once = gap.one_off_by_activity
    if once["pounds"].isna().any():
        reasons.append("; ".join(dict.fromkeys(str(reason) for reason in once["reason"] if reason)))
        return None
    return float(once["pounds"].sum())


def _sum(staff: float | None, own: float | None) -> float | None:
    return None if staff is None else staff + (own or 0.0)


def _extra(service: Service, outcome: Outcome | None) -> Extra:
    second = None if outcome is None else outcome.with_extra
    if second is None or second.plan is None:
        return Extra(0.0, 0, 0.0, 0, None)
    return extra(service, second.plan)
