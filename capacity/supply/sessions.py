"""What the plans in force supply, by person and activity: sessions a week, weeks a year, sessions a year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from capacity.service.model import JobPlanRow
from capacity.service.resolved import is_reserved, meets_as_one, seats
from capacity.supply.job_time import JobTime
from capacity.supply.together import joint_sessions, supervising
from capacity.supply.weeks import WeeksPresent, bank_holidays_by_weekday, weeks_present, weeks_run
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR, day_of

Runs = Literal["present", "covered", "together", "joint", "annualised", "duty"]
SESSION_COLUMNS = (
    "person",
    "staff_group",
    "activity",
    "source",
    "sessions_a_week",
    "weeks",
    "share_in_post",
    "delivered",
    "sessions_a_year",
    "this_year",
)


@dataclass(frozen=True)
class Work:
    """Sessions of an activity that run together: one row of a plan, a whole team's session, or duty.

    ``sessions`` are full sessions' worth of contacts in a week in which it runs. ``weeks`` are the weeks of the cycle
    and ``day`` the weekday; both None for time with no fixed place. ``runs`` says when it runs: where its person is
    ``present``; every week (``covered``); every week in which anyone attends (``together``); so many a year, spread
    evenly (``annualised``); or in duty weeks, which somebody is always in (``duty``). A joint team's sessions run where
    the least present of them is (``joint``), the first of ``people``; ``worth`` is what each delivers a calendar week.
    """

    people: tuple[str, ...]
    activity: str
    runs: Runs
    sessions: float
    day: str | None = None
    weeks: tuple[int, ...] | None = None
    worth: float = 1.0


def work_of(time: JobTime, rows: Iterable[JobPlanRow]) -> tuple[Work, ...]:
    """Sessions that rows of job plans and duty rotas supply; people who are not in post supply none."""
    works: list[Work] = []
    together: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    rows = tuple(rows)
    keeps = supervising(time, rows)
    for row in rows:
        if is_reserved(row.activity) or not time.supplies(row.person):
            continue
        if row.slot == NO_FIXED_SLOT:
            works.append(_unfixed(time, row))
        elif meets_as_one(time.activities[row.activity]):
            for week in time.row_weeks(row):
                together[row.activity, row.slot, week].append(row.person)
        elif not seats(time.activities[row.activity]):
            output = time.output.get((row.person, row.activity), 1.0)
            share = time.session(row.person, row.activity, row.slot, row.minutes).share
            runs: Runs = "covered" if time.activities[row.activity].covered else "present"
            by_share: dict[float, list[int]] = defaultdict(list)
            for week in time.row_weeks(row):
                by_share[keeps.get((row.person, row.activity, row.slot, week), 1.0)].append(week)
            works += [
                Work((row.person,), row.activity, runs, kept * output * share, day_of(row.slot), tuple(weeks))
                for kept, weeks in by_share.items()
            ]
    works += [
        Work(tuple(dict.fromkeys(people)), activity, "together", 1.0, day_of(slot), (week,))
        for (activity, slot, week), people in together.items()
    ]
    works += [
        Work(joint.people, activity, "joint", float(count), day_of(slot), (week,), joint.worth)
        for (activity, slot), joint in joint_sessions(time, rows, keeps).items()
        for week, count in joint.sessions.items()
    ]
    return (*works, *_duty(time))


def _unfixed(time: JobTime, row: JobPlanRow) -> Work:
    output = time.output.get((row.person, row.activity), 1.0)
    if row.per_year is not None:
        return Work((row.person,), row.activity, "annualised", row.per_year / WEEKS_PER_YEAR * output)
    sessions = (row.minutes or 0.0) / time.full_session_minutes(row.person, row.activity)
    runs: Runs = "covered" if time.activities[row.activity].covered else "present"
    return Work((row.person,), row.activity, runs, sessions * output)


def _duty(time: JobTime) -> list[Work]:
    return [
        Work((person,), part.activity, "duty", part.sessions * time.duty[person, rota.rota] / WEEKS_PER_YEAR)
        for rota in time.service.rotas
        for part in rota.delivers
        for person in rota.members
        if time.supplies(person)
    ]


def share_of_cycle(time: JobTime, work: Work) -> float:
    """Share of the weeks of the cycle in which the work stands."""
    return 1.0 if work.weeks is None else len(work.weeks) / time.service.cycle_weeks


def delivered_by(time: JobTime, work: Work) -> float:
    """Full sessions a calendar week that the work delivers over the plan year (as job_time.py reckons them)."""
    sessions = work.sessions * share_of_cycle(time, work)
    if work.runs in ("together", "joint"):
        return sessions * work.worth
    person = work.people[0]
    if work.runs in ("annualised", "duty"):
        return sessions * time.share_in_post(person)
    return sessions * time.delivered_share(person, work.activity)


def sessions_by_person(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return what each person supplies of each activity, as a tidy frame.

    Columns: person; staff_group; activity; source (``job plan`` or ``duty``); sessions_a_week (full sessions' worth in
    the mean week of the cycle, while present); weeks (a year they run, as if in post all year: D of job_time.py);
    share_in_post; delivered (full sessions a calendar week); sessions_a_year (delivered x 52.18); this_year (the same
    with this year's own bank holidays by weekday). A whole team's session counts once, shared equally among those who
    attend. Summed over people, ``delivered`` is the supply of ``gap``.
    """
    present = {person: weeks_present(time, person) for person in time.people if time.supplies(person)}
    holidays = bank_holidays_by_weekday(time.service)
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for work in work_of(time, rows):
        for person in work.people:
            figures = sums[person, work.activity, "duty" if work.runs == "duty" else "job plan"]
            figures[0] += work.sessions * share_of_cycle(time, work) / len(work.people)
            figures[1] += delivered_by(time, work) / len(work.people)
            figures[2] += _this_year(time, present[person], work, holidays) / len(work.people)
    frame = [
        (
            person,
            time.people[person].staff_group,
            activity,
            source,
            planned,
            time.charged_weeks(person, activity) if source == "job plan" else WEEKS_PER_YEAR,
            time.share_in_post(person),
            delivered,
            delivered * WEEKS_PER_YEAR,
            this_year,
        )
        for (person, activity, source), (planned, delivered, this_year) in sums.items()
    ]
    return pd.DataFrame(frame, columns=list(SESSION_COLUMNS))


def _this_year(time: JobTime, present: WeeksPresent, work: Work, holidays: dict[str, int]) -> float:
    """Sessions of the plan year, with its own bank holidays on the weekday."""
    if work.day is None or work.runs == "covered":
        return delivered_by(time, work) * WEEKS_PER_YEAR
    sessions = work.sessions * share_of_cycle(time, work)
    if work.runs == "together":
        return sessions * (WEEKS_PER_YEAR - holidays[work.day])
    if work.runs == "joint":  # the bank holidays of its weekday are those of each who takes part
        usual = time.charged_weeks(present.person, work.activity)
        weeks = weeks_run(time, present, work.activity, work.day, holidays[work.day])
        return delivered_by(time, work) * WEEKS_PER_YEAR * (weeks / usual if usual else 0.0)
    weeks = weeks_run(time, present, work.activity, work.day, holidays[work.day])
    return sessions * weeks * present.share_in_post
