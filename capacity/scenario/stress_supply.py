"""Capacity of simulated years: sessions of each activity in every week, from who is there (stress_people.py).

Sessions of people present are delivered; covered sessions and duty are delivered every week, whoever is away; a whole
team's session runs in every week in which anyone attends, a joint team's where every group is there in full. Lists are
cancelled now and then. The mean over many years is what ``gap`` says the plans supply, but for
cancelled lists and joint teams that sickness parts. See docs/formulas/stress.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from capacity.scenario.stress_people import TeamDrawn
from capacity.scenario.stress_settings import Bools, Floats, StressSettings, numbers_of
from capacity.service.model import JobPlanRow
from capacity.service.resolved import activity_tier, is_planned, meets_as_one, seat_of, seats
from capacity.supply.calendar import WEEKS, standing
from capacity.supply.job_time import JobTime
from capacity.supply.rota_weeks import displaces
from capacity.supply.sessions import Work, work_of
from capacity.supply.together import kept_share, session_rows, supervising
from capacity.units import WEEKS_PER_YEAR, day_of

Own = dict[tuple[str, str], Floats]
"""(person, activity) -> sessions that depend on the person, [week, year]."""


@dataclass(frozen=True, eq=False)
class JointLists:
    """Sessions of a joint team in one half-day: who of each group is planned for which weeks."""

    activity: str
    day: str
    needed: dict[str, int]
    planned: dict[str, list[tuple[str, Floats]]]
    """Group -> (person, weeks planned [week])."""
    worth: float


@dataclass(eq=False)
class SupplyDrawn:
    """Sessions of every activity, [week, year], in parts that can be taken away with the people they depend on."""

    team: TeamDrawn
    own: Own = field(default_factory=dict)
    covered: Own = field(default_factory=dict)
    """Covered sessions by who holds them: delivered whoever is away."""
    steady: dict[str, Floats] = field(default_factory=dict)
    """Sessions that take place whoever is away, [week, 1]: whole-team sessions, annualised lists, duty."""
    yearly: Own = field(default_factory=dict)
    """Annualised lists by person, part of ``steady``."""
    duty: Own = field(default_factory=dict)
    """Sessions of duty weeks by person, part of ``steady``."""
    joint: dict[tuple[str, str], tuple[JointLists, Floats]] = field(default_factory=dict)
    """(activity, half-day) -> the joint lists there, and the share of each week not cancelled."""
    capacity: dict[str, Floats] = field(default_factory=dict)

    @property
    def cover(self) -> dict[str, Floats]:
        """Covered sessions of each activity that fall to cover because their holder is away, [week, year]."""
        found: dict[str, Floats] = {}
        for (person, activity), sessions in self.covered.items():
            asked = sessions * (1 - self._there(person, activity))
            found[activity] = found[activity] + asked if activity in found else asked
        return found

    def _there(self, person: str, activity: str) -> Floats:
        who = self.team.people[person]
        there = who.share_there
        displaced = self.team.displaced(person, activity)
        return there if displaced is None else there * ~displaced

    def complete(self, key: tuple[str, str], absent: str | None = None) -> Floats:
        """Sessions of a joint team that are complete, [week, year], with one person taken out where asked."""
        lists, kept = self.joint[key]
        most: Floats | None = None
        for group, needed in lists.needed.items():
            there = np.zeros(kept.shape)
            for person, planned in lists.planned[group]:
                if person != absent:
                    there += planned[:, None] * self._attends(person, lists)
            sessions = np.floor(there / needed + 1e-9)
            most = sessions if most is None else np.minimum(most, sessions)
        assert most is not None
        closed = self.team.year.closed(lists.day)
        return np.asarray(most * lists.worth * kept * (1 - closed)[:, None])

    def _attends(self, person: str, lists: JointLists) -> Floats | float:
        """Whether somebody is there; those for whom no plan is proposed are replaced when away (together.py)."""
        time = self.team.time
        if not is_planned(time.service, time.people[person]):
            return 1.0
        there = self.team.people[person].there(lists.day)
        displaced = self.team.displaced(person, lists.activity)
        return np.asarray(there if displaced is None else there & ~displaced, dtype=float)


def draw_supply(
    time: JobTime, rows: Sequence[JobPlanRow], settings: StressSettings, team: TeamDrawn | None = None
) -> SupplyDrawn:
    """Draw the sessions that job plans deliver in the 52 weeks of simulated years.

    Parameters
    ----------
    time
        Arithmetic of the service and its demand.
    rows
        Job plans: those in force or proposed ones.
    settings
        Years, seed, sickness, cancelled lists.
    team
        Who is there, where that is drawn already.
    """
    team = TeamDrawn(time, settings, rows) if team is None else team
    drawn = SupplyDrawn(team)
    draws = _Cancelling(time, settings)
    for work in work_of(time, rows):
        if work.runs == "joint":
            continue
        planned = work.sessions * standing(time, team.year, work)
        if work.runs in ("present", "covered") and not _certain(time, work):
            _add(drawn.own, work, _present(team, work, planned) * draws.kept(work))
        elif work.runs in ("present", "covered"):
            _add(drawn.covered, work, planned[:, None] * draws.kept(work))
        else:
            _steady(drawn, time, work, planned)
    _joint(drawn, time, rows, draws)
    for activity in time.activities:
        drawn.capacity[activity] = _total(drawn, activity)
    return drawn


def _certain(time: JobTime, work: Work) -> bool:
    return bool(time.activities[work.activity].covered)


def _add(to: Own, work: Work, sessions: Floats) -> None:
    """Add sessions of a person in single precision: a large team over many years has hundreds of such tables."""
    key, each = (work.people[0], work.activity), sessions.astype(np.float32)
    to[key] = to[key] + each if key in to else each


def _present(team: TeamDrawn, work: Work, planned: Floats) -> Floats:
    """Sessions of one person where they are there and not on duty that displaces them."""
    time, person = team.time, work.people[0]
    who = team.people[person]
    displaced = team.displaced(person, work.activity)
    if work.day is None:
        away = time.displaced_weeks(person, work.activity) / WEEKS_PER_YEAR
        wanted = time.weeks_present(person) / WEEKS_PER_YEAR - away
        scale = wanted / (who.chance - away) if who.chance > away else 0.0
        there = who.share_there * scale
        return planned[:, None] * (there if displaced is None else there * ~displaced)
    there_then = who.there(work.day)
    if displaced is not None:
        there_then = there_then & ~displaced
    open_then = (planned * (1 - team.year.closed(work.day))).astype(np.float32)
    return np.asarray(open_then[:, None] * there_then)


def _steady(drawn: SupplyDrawn, time: JobTime, work: Work, planned: Floats) -> None:
    """Sessions that do not depend on who is away in a week."""
    if work.runs == "together":
        planned = planned * (1 - drawn.team.year.closed(work.day or "Mon"))
    each = planned[:, None]
    drawn.steady[work.activity] = drawn.steady.get(work.activity, np.zeros((WEEKS, 1))) + each
    if work.runs == "annualised":
        _add(drawn.yearly, work, each)
    elif work.runs == "duty":
        _add(drawn.duty, work, each)


def _joint(drawn: SupplyDrawn, time: JobTime, rows: Sequence[JobPlanRow], draws: _Cancelling) -> None:
    keeps = supervising(time, rows)
    found: dict[tuple[str, str], list[JobPlanRow]] = defaultdict(list)
    for row in session_rows(time, rows):
        if seats(time.activities[row.activity]):
            found[row.activity, row.slot].append(row)
    cycle = np.array(drawn.team.year.cycle)
    for (activity, slot), attending in found.items():
        needed = seats(time.activities[activity])
        planned: dict[str, list[tuple[str, Floats]]] = {group: [] for group in needed}
        worth: dict[str, list[float]] = {group: [] for group in needed}
        for row in attending:
            group = seat_of(time.activities[activity], time.people[row.person])
            if group is None:
                continue
            stands = np.isin(cycle, time.row_weeks(row)).astype(float)
            in_post = standing(time, drawn.team.year, Work((row.person,), activity, "present", 1.0, day_of(slot)))
            planned[group].append((row.person, stands * in_post))
            share = time.session(row.person, activity, slot, row.minutes).share
            worth[group].append(time.output.get((row.person, activity), 1.0) * share * kept_share(time, keeps, row))
        if all(worth.values()):
            each = min(sum(values) / len(values) for values in worth.values())
            lists = JointLists(activity, day_of(slot), needed, planned, each)
            kept = draws.kept(Work(tuple(row.person for row in attending), activity, "joint", 1.0, day_of(slot)), slot)
            whole = np.broadcast_to(np.asarray(kept, dtype=float), (WEEKS, drawn.team.settings.years))
            drawn.joint[activity, slot] = lists, whole


def _total(drawn: SupplyDrawn, activity: str) -> Floats:
    years = drawn.team.settings.years
    total = np.zeros((WEEKS, years))
    for parts in (drawn.own, drawn.covered):
        for (_, key), sessions in parts.items():
            if key == activity:
                total += sessions
    for place in drawn.joint:
        if place[0] == activity:
            total += drawn.complete(place)
    if activity in drawn.steady:
        total += drawn.steady[activity]
    return total


class _Cancelling:
    """Which lists are cancelled, each with random numbers of its own."""

    def __init__(self, time: JobTime, settings: StressSettings):
        self._time, self._settings = time, settings
        self._drawn: dict[tuple[str, ...], int] = defaultdict(int)
        self._lists = cancelled_lists(time)

    def kept(self, work: Work, slot: str = "") -> Floats | float:
        """Share of each week's lists not cancelled: 1, or drawn list by list."""
        rate = self._settings.cancelled
        if work.day is None or rate <= 0 or work.activity not in self._lists:
            return 1.0
        names = ("cancelled", work.people[0] if work.runs != "joint" else "team", work.activity, slot or work.day)
        self._drawn[names] += 1
        numbers = numbers_of(self._settings.seed, *names, str(self._drawn[names]))
        uniform = numbers.random((WEEKS, self._settings.years), dtype=np.float32)
        return np.asarray(uniform >= rate, dtype=np.float32)


def cancelled_lists(time: JobTime) -> frozenset[str]:
    """Activities whose lists may be cancelled: those with a room or referrals.

    Not where a stream counts cancellations by the hospital in its slots, so that none is counted twice; nor rapid
    activities that are covered (emergency theatre, labour ward), which run whatever happens.
    """
    service = time.service
    streams = {stream.activity for stream in service.streams}
    counted = {stream.activity for stream in service.streams if stream.hospital_rate}
    return frozenset(
        key
        for key, activity in time.activities.items()
        if (activity.room or key in streams)
        and key not in counted
        and not meets_as_one(activity)
        and not (activity.covered and activity_tier(service, activity) == "rapid")
    )


# ---- without somebody


def without(drawn: SupplyDrawn, person: str) -> dict[str, Floats]:
    """Change of each activity's sessions, [week, year], were a person away in every week.

    Their own sessions and annualised lists do not take place, joint sessions only where the rest is complete without
    them. Colleagues cover covered sessions, and take duty of a rota that is covered prospectively, in turn and each in
    the share they have of it: sessions that this displaces are lost too.
    """
    change: dict[str, Floats] = {}

    def less(activity: str, sessions: Floats) -> None:
        change[activity] = change[activity] - sessions if activity in change else -sessions

    for parts in (drawn.own, drawn.yearly):
        for (who, activity), sessions in parts.items():
            if who == person:
                less(activity, sessions)
    for key, (lists, _) in drawn.joint.items():
        if any(who == person for planned in lists.planned.values() for who, _ in planned):
            less(key[0], drawn.complete(key) - drawn.complete(key, absent=person))
    time = drawn.team.time
    for rota in time.service.rotas:
        if person not in rota.members:
            continue
        others = [who for who in rota.members if who != person and time.supplies(who)]
        if rota.prospective is False or not others:
            for part in rota.delivers:
                share = time.duty[person, rota.rota] / WEEKS_PER_YEAR * time.share_in_post(person)
                less(part.activity, np.full((WEEKS, 1), part.sessions * share))
            continue
        for who, weeks in _taken_over(drawn.team, rota.rota, person, others):
            for (member, activity), sessions in drawn.own.items():
                if member == who and displaces(rota, activity):
                    less(activity, sessions * weeks)
    return change


def _taken_over(team: TeamDrawn, rota: str, person: str, others: list[str]) -> Iterator[tuple[str, Bools]]:
    """Who takes which of a person's duty weeks: another member, drawn by their share."""
    turns = team.duty.get(rota, {}).get(person)
    if turns is None:
        return
    share = np.array([team.time.duty[who, rota] for who in others])
    if share.sum() <= 0:
        return
    uniform = numbers_of(team.settings.seed, "takes over", rota, person).random(turns.shape)
    taker = np.searchsorted(np.cumsum(share) / share.sum(), uniform)
    for number, who in enumerate(others):
        yield who, turns & (taker == number)


def away_weeks(settings: StressSettings) -> Bools:
    """The weeks of an absence, [week, year]: so many in a row from a week drawn for each year, for everyone alike."""
    starts = numbers_of(settings.seed, "absence").integers(0, WEEKS - settings.absence_weeks + 1, settings.years)
    week = np.arange(WEEKS)[:, None]
    return np.asarray((week >= starts) & (week < starts + settings.absence_weeks))
