"""The waiting list: how long it may be, what brings it there, and when. Weeks and patients throughout.

Two things are always kept apart: the *recurrent* gap (demand a week against capacity a week, which needs sessions in
every job plan) and the *one-off* backlog (patients above the size the list can stay at, which needs sessions once).

Several formulas are those of the R package NHSRwaitinglist, whose published test values are tests here.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from capacity.errors import Finding

DEFAULT_SHARE = 0.92
"""Share of patients to be seen within the target: the referral-to-treatment standard."""
CLEAR_WEEKS = 26.0
MEAN_WAIT_FACTOR = 4.0
"""NHSRwaitinglist: the mean wait to aim at is a quarter of the target (a sixth where it must be stricter)."""
WHOLE_PATHWAY_WEEKS = 18.0
RECOMMENDED_LOAD = 0.80


def target_factor(share: float = DEFAULT_SHARE) -> float:
    """Return F = -ln(1 - share): the target over the mean wait, where waits are exponential. 2.5257 for 92 %.

    Raises ValueError where ``share`` is not above 0 and below 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"the share within the target is {share}; it must be above 0 and below 1")
    return -math.log1p(-share)


def sustainable_list(demand: float, target_weeks: float, share: float = DEFAULT_SHARE) -> float:
    """Return L* = demand x target / F, patients: the list at which ``share`` are seen within the target.

    Little's law with exponential waits of mean target / F: what a list with urgent and routine patients looks like.

    Parameters
    ----------
    demand
        Patients who join a week and will need to be seen.
    target_weeks
        The target of this stage, weeks, above 0.
    share
        Share to be seen within it.

    References
    ----------
    Fong and others, *A framework for understanding, managing, and reducing waiting lists* (the NHSRwaitinglist
    method); Little (1961).
    """
    return target_queue_size(demand, target_weeks, target_factor(share))


def first_come_list(demand: float, target_weeks: float) -> float:
    """Return demand x target, patients: the longest list at which all are seen within the target in strict order."""
    return target_queue_size(demand, target_weeks, 1.0)


def target_mean_wait(target_weeks: float, factor: float = MEAN_WAIT_FACTOR) -> float:
    """Return target / factor, weeks: the mean wait to aim at (NHSRwaitinglist ``calc_target_mean_wait``)."""
    if not (target_weeks > 0 and factor > 0):
        raise ValueError(f"target of {target_weeks} weeks and factor of {factor}: both must be above 0")
    return target_weeks / factor


def target_queue_size(demand: float, target_weeks: float, factor: float = MEAN_WAIT_FACTOR) -> float:
    """Return demand x target / factor, patients (NHSRwaitinglist ``calc_target_queue_size``; Little's law)."""
    if demand < 0:
        raise ValueError(f"demand is {demand}; it must be 0 or more")
    return demand * target_mean_wait(target_weeks, factor)


def queue_load(demand: float, capacity: float) -> float | None:
    """Return demand / capacity, None without capacity; at 1 or above a list grows (``calc_queue_load``)."""
    return demand / capacity if capacity > 0 else None


def capacity_at_load(demand: float, load: float = RECOMMENDED_LOAD) -> float:
    """Return demand / load: the capacity of which ``load`` is used. 0.8 is the Modernisation Agency's advice."""
    if not 0 < load <= 1:
        raise ValueError(f"load is {load}; it must be above 0 and at most 1")
    return demand / load


def pressure(mean_wait_weeks: float, target_weeks: float) -> float:
    """Return 2 x mean wait / target, both in weeks; above 1 the list is under pressure.

    NHSRwaitinglist ``calc_waiting_list_pressure``; ``wl_stats`` of that package gives it a mean wait in days.
    """
    return 2 * mean_wait_weeks / (target_mean_wait(target_weeks, 1.0))


def relief_capacity(
    demand: float,
    waiting: float,
    target_size: float,
    clear_weeks: float = CLEAR_WEEKS,
    referrals: float = 0,
    cv_demand: float = 0.0,
) -> float:
    """Return demand + (waiting - target size) / weeks, patients a week, with which the list gets there in that time.

    Parameters
    ----------
    demand
        Patients who join a week.
    waiting, target_size
        List now and list to reach, patients.
    clear_weeks
        Weeks in which to reach it, above 0.
    referrals, cv_demand
        Where given, demand is an estimate from this many referrals whose gaps have this coefficient of variation, and
        is raised as in :func:`raised_demand`.

    References
    ----------
    NHSRwaitinglist ``calc_relief_capacity``, which advises relief where the list is over twice its target size.
    """
    if not clear_weeks > 0:
        raise ValueError(f"the list is to be cleared in {clear_weeks} weeks; it must be above 0")
    return raised_demand(demand, referrals, cv_demand) + (waiting - target_size) / clear_weeks


def raised_demand(demand: float, referrals: float, cv_demand: float) -> float:
    """Return an estimated demand raised by two standard errors, as NHSRwaitinglist does.

    demand / (1 - 2 demand cv / sqrt(n)) where 2 demand cv / sqrt(n) < 1, else demand as it is. Note that the published
    formula depends on the unit of time: a standard error of the mean gap gives demand / (1 - 2 cv / sqrt(n)), without
    the demand below the line, which is the same only where demand is 1 a period.
    """
    if referrals <= 0:
        return demand
    error = 2 * demand * cv_demand / math.sqrt(referrals)
    return demand / (1 - error) if error < 1 else demand


def target_capacity(
    demand: float,
    target_weeks: float,
    cv_demand: float,
    cv_capacity: float,
    factor: float = MEAN_WAIT_FACTOR,
) -> float:
    """Return demand + (cv_d^2 + cv_c^2) / 2 x factor / target: capacity that holds the mean wait at target / factor.

    Kingman's approximation in heavy traffic; ``cv`` are of the gaps between referrals and between removals. The help
    text of NHSRwaitinglist ``calc_target_capacity`` leaves the half out, its code does not.
    """
    return demand + (cv_demand**2 + cv_capacity**2) / 2 / target_mean_wait(target_weeks, factor)


@dataclass(frozen=True)
class ListPlan:
    """What a waiting list asks for, the recurrent part apart from the one-off part.

    ``load`` is demand / capacity. ``sustainable`` and ``first_come`` are list sizes, None without a target. ``backlog``
    is patients above the sustainable size, ``backlog_sessions`` the sessions to see them, **once**; None where the
    list or the target is not known. ``recurrent_gap`` is patients a week (negative: spare), ``recurrent_sessions`` the
    sessions **every week** that close it, never below 0. ``relief`` is the capacity, patients a week, that reaches
    the sustainable size in ``clear_weeks``; it falls back to demand afterwards. ``mean_wait_weeks`` (list / demand,
    Little's law) and ``pressure`` describe the list now.
    """

    load: float | None
    recurrent_gap: float
    recurrent_sessions: float
    sustainable: float | None
    first_come: float | None
    backlog: float | None
    backlog_sessions: float | None
    relief: float | None
    clear_weeks: float
    mean_wait_weeks: float | None
    pressure: float | None


def list_plan(
    demand: float,
    capacity: float,
    waiting: float | None,
    target_weeks: float | None,
    *,
    share: float = DEFAULT_SHARE,
    clear_weeks: float = CLEAR_WEEKS,
    sessions_per_patient: float = 1.0,
) -> ListPlan:
    """Split what a waiting list asks for into the recurrent gap and the one-off backlog.

    Parameters
    ----------
    demand
        Patients who join the list a week and need to be seen (after removals).
    capacity
        Patients seen a week.
    waiting
        Patients on the list now; None where it is not known.
    target_weeks, share
        The target of this stage; None where there is none.
    clear_weeks
        Weeks in which the list is to reach its sustainable size.
    sessions_per_patient
        Sessions one patient of the list uses: slots per referral x contact minutes of a slot / minutes of a session.

    Notes
    -----
    A list shorter than the sustainable size has no backlog, and no relief below demand: it may grow, but planning to
    see fewer than are referred is no plan.
    """
    gap = demand - capacity
    sustainable = None if target_weeks is None else sustainable_list(demand, target_weeks, share)
    backlog = None if waiting is None or sustainable is None else max(0.0, waiting - sustainable)
    relief = None if backlog is None else relief_capacity(demand, backlog, 0.0, clear_weeks)
    mean_wait = waiting / demand if waiting is not None and demand > 0 else None
    return ListPlan(
        load=queue_load(demand, capacity),
        recurrent_gap=gap,
        recurrent_sessions=max(0.0, gap) * sessions_per_patient,
        sustainable=sustainable,
        first_come=None if target_weeks is None else first_come_list(demand, target_weeks),
        backlog=backlog,
        backlog_sessions=None if backlog is None else backlog * sessions_per_patient,
        relief=relief,
        clear_weeks=clear_weeks,
        mean_wait_weeks=mean_wait,
        pressure=None if mean_wait is None or target_weeks is None else pressure(mean_wait, target_weeks),
    )


def stage_target_finding(stream: str, target_weeks: float | None, goes_on: bool) -> Finding | None:
    """Warn where one stage may use the whole pathway's target though patients go on to another stage.

    Parameters
    ----------
    stream
        The stream, for the message.
    target_weeks
        Its target, weeks; None gives no warning.
    goes_on
        Whether patients of it go on to another stream (tests, procedures, admission).
    """
    if target_weeks is None or not goes_on or target_weeks < WHOLE_PATHWAY_WEEKS:
        return None
    message = (
        f"a target of {target_weeks:g} weeks for this stage leaves nothing of an {WHOLE_PATHWAY_WEEKS:g}-week pathway "
        "for the stages its patients go on to"
    )
    allowed = f"below {WHOLE_PATHWAY_WEEKS:g} weeks"
    return Finding("stage_target", stream, message, f"{target_weeks:g} weeks", allowed, "docs/formulas/waiting_list.md")


@dataclass(frozen=True)
class Clearance:
    """When a list reaches a size: ``weeks`` from now and the date, or None with the reason why it does not."""

    weeks: float | None
    on: dt.date | None = None
    reason: str = ""


def clears_in(
    waiting: float,
    demand: float,
    capacity: float,
    size: float,
    *,
    removals: float = 0.0,
    today: dt.date | None = None,
) -> Clearance:
    """Return when the list reaches ``size`` at this demand and capacity.

    (waiting - size) / (capacity - demand) weeks. With removals r a week the list follows
    L_t = E + (waiting - E)(1 - r)^t, E = (demand - capacity) / r, as in trajectory.py.

    Parameters
    ----------
    waiting, size
        List now and list to reach, patients.
    demand, capacity
        Patients who join and who are seen, a week.
    removals
        Share of those waiting who leave unseen each week, at least 0 and below 1.
    today
        Where given, the date is worked out, rounded up to the day.
    """
    if not 0 <= removals < 1:
        raise ValueError(f"removals are {removals} a week; they must be 0 or more and below 1")
    if waiting <= size:
        return Clearance(0.0, today, "")
    if removals == 0:
        if capacity <= demand:
            reason = f"{demand:g} join a week and {capacity:g} are seen: the list does not get shorter"
            return Clearance(None, None, reason)
        weeks = (waiting - size) / (capacity - demand)
    else:
        settles = (demand - capacity) / removals
        if settles >= size:
            return Clearance(None, None, f"at this capacity the list settles at {settles:.1f}, not below {size:g}")
        weeks = math.log((size - settles) / (waiting - settles)) / math.log1p(-removals)
    return Clearance(weeks, _after(today, weeks))


def _after(today: dt.date | None, weeks: float) -> dt.date | None:
    """The date ``weeks`` on, None where it is not asked for or beyond the calendar."""
    if today is None:
        return None
    try:
        return today + dt.timedelta(days=math.ceil(weeks * 7 - 1e-9))
    except OverflowError:
        return None
