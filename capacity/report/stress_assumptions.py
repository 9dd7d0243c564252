"""What a stress test assumes, in words, each line with the option that changes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from capacity.demand.result import Demand
from capacity.report.words import capital, count, listed, number
from capacity.scenario.stress import StressResult
from capacity.scenario.stress_people import school_holidays
from capacity.scenario.stress_settings import StressSettings
from capacity.scenario.stress_supply import cancelled_lists
from capacity.supply.job_time import JobTime

SERIES_NAMED = 4


def assumptions(results: Sequence[StressResult], demand: Demand) -> list[str]:
    """What the numbers rest on, a line each.

    Parameters
    ----------
    results
        A result a plan; what is said is of the first, and the notes of all.
    demand
        Demand of the first.
    """
    first, settings = results[0], results[0].settings
    time = JobTime(first.service, demand)
    starts = day(first.weeks["week_starting"].iloc[0])
    said = [
        f"{count(settings.years, 'year')} of 52 weeks from {starts}, seed {settings.seed}.",
        _demand(first),
        _presence(time, settings),
        _leave(first, settings),
    ]
    if settings.cancelled and cancelled_lists(time):
        rate = _percent(settings.cancelled)
        said.append(f"{rate} of lists with a room or referrals are cancelled (an assumption: --cancelled).")
    return said + [f"{capital(result.label)}: {note}." for result in results for note in result.notes]


def day(date: dt.date) -> str:
    """5 Apr 2027."""
    return f"{date.day} {date:%b %Y}"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _demand(result: StressResult) -> str:
    if not result.season:
        return "No activity has referrals: what is asked for is the same every week."
    seasonal = [series for series, why in result.season.items() if why.startswith("followed")]
    others = [series for series in result.season if series not in seasonal]
    said = "Demand is over-dispersed as its weeks were (negative binomial), about the growth given"
    if seasonal:
        said += f" and the season of {listed(seasonal)}"
    if not others:
        return f"{said}."
    if result.settings.season == "never":
        return f"{said}; no season is followed."
    named = listed(others[:SERIES_NAMED]) if len(others) <= SERIES_NAMED else f"{len(others)} series"
    return f"{said}; no season is followed in {named}, as none is shown to help (capacity demand; --season always)."


def _presence(time: JobTime, settings: StressSettings) -> str:
    none = sorted({time.policy(who).name for who in time.people if time.policy(who).sickness_share.value == 0})
    said = (
        "Everyone is there in as many weeks as the model says: leave and study leave in whole weeks, sickness in spells"
        f" of {number(settings.spell_weeks)} weeks, nobody away in a duty week that displaces their sessions."
    )
    if none:
        said += (
            f" Where the policy names no sickness ({listed(none)}), {_percent(settings.sickness)} is inside its weeks."
        )
    if settings.extra_sickness:
        return f"{said} On top of that {_percent(settings.extra_sickness)} is lost."
    return f"{said} --extra-sickness takes more."


def _leave(result: StressResult, settings: StressSettings) -> str:
    if settings.leave_in_holidays is None:
        return "Leave is spread evenly over the year; --holidays 0.45 puts 45 % of it in school holidays."
    share = _percent(settings.leave_in_holidays)
    weeks = len(school_holidays(list(dict.fromkeys(result.weeks["week_starting"]))))
    return f"{share} of leave falls in the {weeks} weeks of school holidays that lie in the year."
