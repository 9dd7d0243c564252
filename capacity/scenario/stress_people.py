"""Who is there in each week of simulated years: leave, study leave, sickness and duty of each person.

Duty comes first: members of a rota take turns, each in their share of the weeks. Nobody is away in a duty week that
displaces their sessions (they swap). The other weeks hold leave in whole weeks, with a half-week where it does not come
out even, and spells of sickness; so many that everyone is there in as many weeks as the model says, on each weekday
(supply/weeks.py, supply/calendar.py). See docs/formulas/stress.md.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from capacity.scenario.stress_settings import Bools, Floats, StressSettings, numbers_of
from capacity.service.bank_holidays import bank_holidays
from capacity.service.model import JobPlanRow, Rota
from capacity.service.resolved import is_reserved, seats
from capacity.supply.calendar import WEEKS, Year, plan_year
from capacity.supply.job_time import JobTime
from capacity.supply.rota_weeks import displaces
from capacity.supply.weeks import weeks_present
from capacity.units import DAYS, WEEKS_PER_YEAR

GOLDEN = (5**0.5 - 1) / 2
"""Turns of a rota at multiples of this share are spread evenly, however many members it has."""
WHOLE_WEEK = 0b1111111
HALF_WEEKS = (0b0000011, 0b0000111, 0b1111000, 0b1111100)
"""Half-weeks of leave, a bit a weekday from Monday: each weekday is in half of them."""
AT_THE_LIMIT = 1e3
"""Added to the lot of a week in which as many people are on leave as may be: it is taken last."""

Masks = NDArray[np.uint8]
Halves = NDArray[np.integer]
_Parts = list[tuple[Bools, float]]


@dataclass(frozen=True, eq=False)
class PersonDrawn:
    """The weeks of one person, [week, year].

    ``away`` has a bit for each weekday on which they are on leave or sick, ``on_leave`` and ``sick`` are whole or half
    weeks of each, ``duty`` is any duty that displaces sessions.
    """

    away: Masks
    leave: Floats
    sick: Bools
    duty: Bools
    chance: float
    """Chance of being there in a week on the weekday most there, duty weeks included."""

    def there(self, day: str) -> Bools:
        """Whether they are there on a weekday, on duty or not."""
        return np.asarray(self.away & (1 << DAYS.index(day)) == 0)

    @cached_property
    def share_there(self) -> Floats:
        """Share of Monday to Friday of each week on which they are there, but for single days of leave."""
        return np.asarray(1.0 - np.maximum(self.leave * ~self.duty, self.sick & ~self.duty))


class TeamDrawn:
    """Who is there and who is on duty, in every week of every simulated year."""

    def __init__(self, time: JobTime, settings: StressSettings, rows: Sequence[JobPlanRow]):
        self.time, self.settings = time, settings
        self.year = _without_dates(plan_year(time, None, 1, WEEKS), settings)
        self.duty = {rota.rota: self._turns(rota) for rota in time.service.rotas if _displaces_any(rota, time)}
        self.people: dict[str, PersonDrawn] = {}
        self.over_the_limit = 0.0
        """Mean weeks a year in which more people are on leave than may be, because it fits in no other way."""
        self._draw(rows)

    def displaced(self, person: str, activity: str) -> Bools | None:
        """Weeks in which duty that takes turns displaces a person's sessions; None where none does.

        Duty that stands in weeks of the cycle has its own: sessions do not stand in those (``JobTime.row_weeks``).
        """
        found: Bools | None = None
        for rota in self.time.service.rotas:
            if rota.duty_weeks or not displaces(rota, activity) or rota.rota not in self.duty:
                continue
            turns = self.duty[rota.rota].get(person)
            if turns is not None:
                found = turns if found is None else found | turns
        return found

    # ---- duty

    def _turns(self, rota: Rota) -> dict[str, Bools]:
        """Weeks of duty of each member: theirs of the cycle, or turns in which each has their share of the weeks."""
        years = self.settings.years
        if rota.duty_weeks:
            weeks = {who: {part.week for part in rota.duty_weeks if part.person == who} for who in rota.members}
            return {
                who: np.array([week in mine for week in self.year.cycle])[:, None].repeat(years, axis=1)
                for who, mine in weeks.items()
            }
        share = {who: self.time.duty[who, rota.rota] / WEEKS_PER_YEAR for who in rota.members}
        ends = np.cumsum(list(share.values()))
        places = rota.people_at_once or 1
        start = numbers_of(self.settings.seed, "rota", rota.rota).random(years)
        at = (start + np.arange(WEEKS)[:, None] * GOLDEN) % 1.0
        turns = {who: np.zeros((WEEKS, years), dtype=bool) for who in share}
        for place in range(places):
            member = np.searchsorted(ends, at + place, side="right")
            for number, who in enumerate(share):
                turns[who] |= member == number
        return turns

    # ---- leave and sickness

    def _draw(self, rows: Sequence[JobPlanRow]) -> None:
        lots = _who_shares_lots(self.time, rows)
        on_leave = np.zeros((WEEKS, self.settings.years), dtype=np.uint8)
        limit = self.time.service.calendar.max_simultaneous_leave
        parts = _parts_of_year(self.year.weeks, self.settings.leave_in_holidays)
        for person in self.time.people:
            if self.time.supplies(person):
                self.people[person] = self._person(person, lots.get(person, person), parts, on_leave, limit)
        if limit is not None:
            self.over_the_limit = float((on_leave > limit).mean()) * WEEKS

    def _person(
        self, person: str, lot: str, parts: _Parts, on_leave: NDArray[np.uint8], limit: int | None
    ) -> PersonDrawn:
        settings = self.settings
        duty = np.zeros((WEEKS, settings.years), dtype=bool)
        on_duty = 0.0
        for rota, turns in self.duty.items():
            if person in turns:
                duty |= turns[person]
                on_duty += float(turns[person].mean()) if self._is_placed(rota) else self._duty_share(person, rota)
        chances = self._chances(person)
        free = [max(0.0, chance - on_duty) / (1 - on_duty) if on_duty < 1 else 0.0 for chance in chances]
        most = max(free)
        sickness = min(self.sickness_share(person), 1 - most)
        leave_share = 1 - most / (1 - sickness) if sickness < 1 else 0.0
        chance = numbers_of(settings.seed, "leave", person)
        halves = np.floor(2 * leave_share * (~duty).sum(axis=0) + chance.random(settings.years)).astype(int)
        lots = numbers_of(settings.seed, "lots", lot).random((WEEKS, settings.years))
        if limit is not None:
            lots[on_leave >= limit] += AT_THE_LIMIT
        leave, away = _leave(lots, duty, halves, parts, chance)
        on_leave += (leave > 0).astype(np.uint8)
        sick = self._sick(person, sickness)
        away = np.where(sick, np.uint8(WHOLE_WEEK), away)
        for number, each in enumerate(free):
            if each < most - 1e-12:  # a weekday with fewer bank holidays inside the weeks present
                single = chance.random((WEEKS, settings.years)) < 1 - each / most
                away |= single.astype(np.uint8) << np.uint8(number)
        away[duty] = 0
        return PersonDrawn(away, leave, sick, duty, max(chances))

    def _duty_share(self, person: str, rota: str) -> float:
        return self.time.duty[person, rota] / WEEKS_PER_YEAR

    def _is_placed(self, rota: str) -> bool:
        return any(each.duty_weeks for each in self.time.service.rotas if each.rota == rota)

    def _chances(self, person: str) -> list[float]:
        """Chance of being there on each weekday that is not a bank holiday, duty weeks included."""
        if not self.settings.bank_holidays:
            return [self.time.weeks_present(person) / WEEKS_PER_YEAR] * len(DAYS)
        by_weekday = weeks_present(self.time, person).by_weekday
        return [by_weekday[day] / (WEEKS_PER_YEAR - self.year.by_weekday[day]) for day in DAYS]

    def sickness_share(self, person: str) -> float:
        """Share of the weeks otherwise present lost to sickness: the policy's, else that of the settings."""
        policy = self.time.policy(person).sickness_share.value
        return policy if policy > 0 else self.settings.sickness

    def _sick(self, person: str, share: float) -> Bools:
        """Weeks of sickness in spells; those on top of the weeks of the model included."""
        settings = self.settings
        share = 1 - (1 - share) * (1 - settings.extra_sickness)
        uniform = numbers_of(settings.seed, "sickness", person).random((WEEKS, settings.years))
        stays = 1 - 1 / settings.spell_weeks
        begins = share * (1 - stays) / (1 - share) if share < 1 else 1.0
        if begins > 1:  # a share so large that spells must be longer
            begins, stays = 1.0, 1 - (1 - share) / share
        sick = np.empty(uniform.shape, dtype=bool)
        sick[0] = uniform[0] < share
        for week in range(1, WEEKS):
            sick[week] = uniform[week] < np.where(sick[week - 1], stays, begins)
        return sick


def _displaces_any(rota: Rota, time: JobTime) -> bool:
    return any(displaces(rota, activity) for activity in time.activities)


def _without_dates(year: Year, settings: StressSettings) -> Year:
    if settings.bank_holidays:
        return year
    return Year(year.weeks, year.cycle, frozenset(), dict.fromkeys(DAYS, 0), year.leave)


def _leave(
    lots: Floats, duty: Bools, halves: Halves, parts: _Parts, chance: np.random.Generator
) -> tuple[Floats, Masks]:
    """Share of each week on leave, and its weekdays: so many half-weeks a year, their shares in the parts of the year.

    What a part cannot hold goes to the next one, and from the last to the first.
    """
    leave, away = np.zeros(lots.shape, dtype=np.float32), np.zeros(lots.shape, dtype=np.uint8)
    rooms = [2 * (~duty & weeks[:, None]).sum(axis=0) for weeks, _ in parts]
    asked, left = [], halves
    for _, share in parts[:-1]:
        asked.append(np.floor(halves * share + chance.random(halves.size)).astype(int))
        left = left - asked[-1]
    asked.append(left)
    over = np.zeros_like(halves)
    for number in (*range(len(parts)), 0):
        wanted = asked[number] + over
        asked[number] = np.minimum(wanted, rooms[number])
        over = wanted - asked[number]
    for (weeks, _), number in zip(parts, asked, strict=True):
        here = np.where(duty | ~weeks[:, None], np.inf, lots)
        kinds = chance.integers(0, len(HALF_WEEKS), halves.size)
        more, days = _placed(here, number, kinds)
        leave += more
        away |= days
    return leave, away


def _placed(lots: Floats, halves: Halves, kind: Halves) -> tuple[Floats, Masks]:
    """Put half-weeks of leave into the weeks with the lowest lots: whole weeks first, then one half where one is left.

    Returns the share of each week on leave, and its weekdays.
    """
    rank = np.argsort(np.argsort(lots, axis=0), axis=0)
    whole = rank < halves // 2
    half = (rank == halves // 2) & (halves % 2 == 1)
    leave = whole + half * np.float32(0.5)
    away = np.where(whole, np.uint8(WHOLE_WEEK), np.uint8(0))
    away[half] = np.broadcast_to(np.array(HALF_WEEKS, dtype=np.uint8)[kind], half.shape)[half]
    return leave, away


def _who_shares_lots(time: JobTime, rows: Sequence[JobPlanRow]) -> dict[str, str]:
    """Person -> whose lots decide their weeks of leave: people of one joint team take leave together (together.py)."""
    first: dict[str, str] = {}

    def of(person: str) -> str:
        while first.get(person, person) != person:
            person = first[person]
        return person

    teams: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if not is_reserved(row.activity) and seats(time.activities[row.activity]) and time.supplies(row.person):
            teams[row.activity, row.slot].append(row.person)
    for people in teams.values():
        for person in people[1:]:
            one, other = sorted((of(people[0]), of(person)))
            first[other] = one
    return {person: of(person) for people in teams.values() for person in people}


# ---- when leave is taken


def _parts_of_year(weeks: Sequence[dt.date], share_in_holidays: float | None) -> _Parts:
    """Weeks of each part of the year, and the share of leave that falls in it: all alike, or holidays and the rest."""
    everything = np.ones(len(weeks), dtype=bool)
    if share_in_holidays is None:
        return [(everything, 1.0)]
    found = school_holidays(weeks)
    holidays = np.array([week in found for week in weeks])
    return [(holidays, share_in_holidays), (~holidays, 1 - share_in_holidays)]


def school_holidays(weeks: Sequence[dt.date]) -> frozenset[dt.date]:
    """Mondays of the weeks of school holidays among these, as most schools of England have them; local dates differ.

    Six weeks from the last full week of July on, a fortnight each at Christmas and Easter, and a week each in the
    middle of February, at the end of May and at the end of October: 13 in most plan years, fewer where both Easters
    fall outside.
    """
    first, last = weeks[0], weeks[-1] + dt.timedelta(days=6)
    found: set[dt.date] = set()
    for year in range(first.year - 1, last.year + 2):
        for day, number in (
            (dt.date(year, 7, 22), 6), (dt.date(year, 12, 21), 2), (dt.date(year, 2, 14), 1), (dt.date(year, 5, 25), 1),
            (dt.date(year, 10, 25), 1), (_easter(year) - dt.timedelta(days=9), 2),
        ):  # fmt: skip
            monday = day + dt.timedelta(days=-day.weekday() % 7)
            found |= {monday + dt.timedelta(weeks=each) for each in range(number)}
    inside = sorted(found & set(weeks))
    return frozenset(inside)


def _easter(year: int) -> dt.date:
    """Easter Sunday (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114, 31)
    return dt.date(year, month, day + 1)


def bank_holidays_of(time: JobTime, year: Year, settings: StressSettings) -> Mapping[dt.date, str]:
    """Bank holidays in the 52 weeks, with their names; none where they are spread evenly."""
    if not settings.bank_holidays:
        return {}
    return bank_holidays(time.service, year.weeks[0], year.weeks[-1] + dt.timedelta(days=6))
