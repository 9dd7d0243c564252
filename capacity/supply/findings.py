"""What the reader should know about the supply: posts held for part of the year, duty nobody is left for, dates."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.errors import Finding
from capacity.service.bank_holidays import SUBDIVISIONS, bank_holidays
from capacity.service.resolved import year_ends
from capacity.supply.job_time import JobTime
from capacity.supply.posts import is_funded


def supply_findings(time: JobTime) -> tuple[Finding, ...]:
    """Return findings on people in post for part of the year, posts without funding, duty weeks and bank holidays."""
    return (*_part_year(time), *_not_funded(time), *_duty_left(time), *_no_holidays(time))


def _part_year(time: JobTime) -> Iterator[Finding]:
    for key, person in time.people.items():
        share = time.share_in_post(key)
        if not 0 < share < 1:
            continue
        starts, ends = time.service.year_starts, year_ends(time.service)
        dates = [f"from {person.from_:%d/%m/%Y}"] if person.from_ and person.from_ > starts else []
        dates += [f"to {person.to:%d/%m/%Y}"] if person.to and person.to < ends else []
        message = f"in post {' '.join(dates)}: supplies {share:.1%} of a year of every session of the job plan"
        yield Finding("part_year", key, message, found=f"{share:.3f} of the plan year", source="people.csv from, to")


def _not_funded(time: JobTime) -> Iterator[Finding]:
    for key, person in time.people.items():
        if not is_funded(person) and time.share_in_post(key) > 0:
            yield Finding("not_funded", key, "in post without funding: counted as supply, not as a funded post")


def _duty_left(time: JobTime) -> Iterator[Finding]:
    """Duty weeks of people who are in post for part of the year: nobody is assumed to take them over."""
    for rota in time.service.rotas:
        left = {
            person: weeks * (1 - time.share_in_post(person))
            for (person, name), weeks in time.duty.items()
            if name == rota.rota and weeks * (1 - time.share_in_post(person)) > 0.05
        }
        if left:
            yield Finding(
                "duty_weeks_left",
                rota.rota,
                f"{sum(left.values()):.1f} duty weeks a year fall when {', '.join(left)} "
                f"{'is' if len(left) == 1 else 'are'} not in post: nobody is counted as taking them over",
                found=f"{sum(left.values()):.1f} weeks",
                allowed="0 weeks: share them among the others in rotas.csv",
            )


def _no_holidays(time: JobTime) -> Iterator[Finding]:
    service = time.service
    name = service.calendar.bank_holidays
    if name in SUBDIVISIONS or name == "none":
        return
    if not bank_holidays(service, service.year_starts, year_ends(service)):
        message = f"{name} holds no date in the plan year, so that no session is lost to a bank holiday"
        yield Finding("bank_holidays_of_another_year", name, message, source="service.toml calendar.bank_holidays")
