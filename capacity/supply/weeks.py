"""Weeks present in the plan year, person by person and weekday by weekday, with the arithmetic in words.

``W`` of job_time.py is the mean over weekdays of an ordinary year and stays what contracts and the requirement are
worked out with. Bank holidays fall mostly on Mondays, so that a Monday clinic runs fewer weeks than a Tuesday one:

    weeks on a weekday = W + (bank holidays inside W - bank holidays of the plan year on that weekday) x (1 - sickness)

Leave is taken evenly over the weekdays. See docs/formulas/weeks.md.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from capacity.service.bank_holidays import bank_holidays
from capacity.service.model import Service
from capacity.service.resolved import year_ends
from capacity.supply.job_time import JobTime
from capacity.units import DAYS, WEEKS_PER_YEAR, day_of

Source = Literal["given", "policy", "derived"]
FULL_DAYS = dict(zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
NATIONS = {"england": "England", "scotland": "Scotland", "northern_ireland": "Northern Ireland"}
BOARDS_CHOOSE = " Health boards choose which 8 they grant: a file of dates is surer than the national list."
WEEK_COLUMNS = ("person", "weekday", "bank_holidays", "weeks", "share_in_post", "words")


@dataclass(frozen=True)
class WeeksPresent:
    """Weeks a year a person is present, and where the others go; all in weeks of a whole year in post.

    ``weeks`` is W of the contract arithmetic. ``source`` says whether it was given for the person, is the policy's
    figure, or is derived from leave. The parts are those of the policy; ``other`` is what they leave unexplained where
    the weeks are a stated figure (52.18 - parts - weeks; below 0 where the parts are more). ``bank_holidays`` is the
    allowance inside ``weeks``; ``by_weekday`` puts this year's own dates in its place.
    """

    person: str
    weeks: float
    source: Source
    annual_leave: float
    statutory: float
    study_leave: float
    bank_holidays: float
    sickness: float
    sickness_share: float
    other: float
    share_in_post: float
    by_weekday: dict[str, float]
    words: str

    @property
    def headroom(self) -> float:
        """Share of the year the person is not there: 1 - W / 52.18."""
        return 1 - self.weeks / WEEKS_PER_YEAR


def bank_holidays_by_weekday(service: Service) -> dict[str, int]:
    """Bank holidays of the plan year by weekday, Mon to Sun. A weekend day and the day given instead both count."""
    counts = dict.fromkeys(DAYS, 0)
    for date in bank_holidays(service, service.year_starts, year_ends(service)):
        counts[DAYS[date.weekday()]] += 1
    return counts


def weeks_present(time: JobTime, person: str) -> WeeksPresent:
    """Weeks present of one person, part by part and weekday by weekday.

    Raises KeyError where there is no such person.
    """
    policy, weeks = time.policy(person), time.weeks_present(person)
    leave = policy.annual_leave_weeks.value, policy.statutory_leave_weeks.value, policy.study_leave_weeks.value
    holidays, share = policy.bank_holiday_weeks.value, policy.sickness_share.value
    sickness = (WEEKS_PER_YEAR - sum(leave) - holidays) * share
    source: Source = "derived" if policy.working_weeks is None else "policy"
    return WeeksPresent(
        person=person,
        weeks=weeks,
        source="given" if time.people[person].working_weeks is not None else source,
        annual_leave=leave[0],
        statutory=leave[1],
        study_leave=leave[2],
        bank_holidays=holidays,
        sickness=sickness,
        sickness_share=share,
        other=WEEKS_PER_YEAR - sum(leave) - holidays - sickness - weeks,
        share_in_post=time.share_in_post(person),
        by_weekday={
            day: weeks_on_weekday(weeks, holidays, share, count)
            for day, count in bank_holidays_by_weekday(time.service).items()
        },
        words=time.weeks_in_words(person),
    )


def weeks_on_weekday(weeks: float, holidays_inside: float, sickness_share: float, holidays: int) -> float:
    """Weeks in which a session of one weekday runs: the weeks present with this year's own bank holidays.

    Parameters
    ----------
    weeks
        Weeks present in an ordinary year (W).
    holidays_inside
        Weeks of bank holidays taken off to get there (8 days are 1.6).
    sickness_share
        Share of the weeks otherwise present that is lost to sickness.
    holidays
        Bank holidays of the plan year on that weekday.

    Returns
    -------
    float
        Weeks, from 0 to the weekdays that are left, 52.18 - ``holidays``.
    """
    shifted = weeks + (holidays_inside - holidays) * (1 - sickness_share)
    return min(max(0.0, shifted), WEEKS_PER_YEAR - holidays)


def weekday_in_words(present: WeeksPresent, day: str, holidays: int) -> str:
    """The arithmetic of one weekday in a sentence."""
    name, weeks = FULL_DAYS[day], present.by_weekday[day]
    if present.source == "derived":
        sickness = f", less {present.sickness_share:.1%} sickness" if present.sickness_share else ""
        return (
            f"{WEEKS_PER_YEAR:g} {name}s - {present.annual_leave:g} annual leave - {present.statutory:g} statutory"
            f" - {present.study_leave:g} study leave - {holidays} bank holidays{sickness} = {weeks:.2f}"
        )
    times = f" x (1 - {present.sickness_share:g} sickness)" if present.sickness_share else ""
    return (
        f"{present.weeks:g} weeks hold {present.bank_holidays:g} of bank holidays; with this year's {holidays}"
        f" on {name}s: {present.weeks:g} + ({present.bank_holidays:g} - {holidays}){times} = {weeks:.2f}"
    )


def weeks_run(time: JobTime, present: WeeksPresent, activity: str, day: str, holidays: int) -> float:
    """Weeks of the plan year in which a person's session of an activity on one weekday runs.

    Covered sessions run every week. Duty weeks that displace the activity are taken off, but for the bank holidays
    inside them, which are off already.
    """
    if time.activities[activity].covered:
        return WEEKS_PER_YEAR
    duty = time.displaced_weeks(present.person, activity) * (1 - holidays / WEEKS_PER_YEAR)
    return max(0.0, present.by_weekday[day] - duty)


def chance_of_running(time: JobTime, present: WeeksPresent, activity: str, day: str, holidays: int) -> float:
    """Chance that a person's session stands on one of its weekdays that is not a bank holiday: 1 where covered."""
    if time.activities[activity].covered:
        return 1.0
    return weeks_run(time, present, activity, day, holidays) / (WEEKS_PER_YEAR - holidays)


def weeks_frame(time: JobTime) -> pd.DataFrame:
    """Return the weeks of everyone in post by weekday, as a tidy frame.

    Columns: person; weekday (``Mon`` and so on, those the service has half-days on); bank_holidays (days of the plan
    year); weeks (a year, as if in post all of it); share_in_post; words (the arithmetic).
    """
    holidays = bank_holidays_by_weekday(time.service)
    days = list(dict.fromkeys(day_of(slot) for slot in time.service.half_days()))
    rows = []
    for person in time.people:
        if time.supplies(person):
            present = weeks_present(time, person)
            rows += [
                (person, day, holidays[day], present.by_weekday[day], present.share_in_post, words)
                for day in days
                for words in [weekday_in_words(present, day, holidays[day])]
            ]
    return pd.DataFrame(rows, columns=list(WEEK_COLUMNS))


def bank_holidays_in_words(service: Service) -> str:
    """How many bank holidays the plan year holds and on which weekdays, in a sentence."""
    first, last = service.year_starts, year_ends(service)
    found = bank_holidays(service, first, last)
    year = f"The year from {_date(first)}"
    if service.calendar.bank_holidays == "none":
        return f"{year} is planned without bank holidays."
    named = NATIONS.get(service.calendar.bank_holidays)
    where = f" in {named}" if named else f" by {service.calendar.bank_holidays}"
    on_weekdays = [date for date in found if date.weekday() < 5]
    if not found:
        return f"{year} holds no bank holidays{where}: check that its dates are those of this year."
    counts = bank_holidays_by_weekday(service)
    by_day = ", ".join(f"{counts[day]} on a {FULL_DAYS[day]}" for day in DAYS[:5] if counts[day])
    weekend = len(found) - len(on_weekdays)
    rest = f"; {weekend} more at a weekend" if weekend else ""
    holidays = "bank holiday" if len(on_weekdays) == 1 else "bank holidays"
    caution = BOARDS_CHOOSE if service.calendar.bank_holidays == "scotland" else ""
    return f"{year} holds {len(on_weekdays)} {holidays}{where} on weekdays: {by_day or 'none'}{rest}.{caution}"


def _date(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"
