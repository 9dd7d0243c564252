"""Guards against counting the same thing twice (docs/formulas/booking.md): each is a finding, none changes a figure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from capacity.demand.booking import RATES
from capacity.demand.series import WeeklySeries
from capacity.demand.streams import SizedStream
from capacity.errors import Finding
from capacity.service.model import Activity, Service
from capacity.service.resolved import meets_as_one, people_together, policy_of
from capacity.units import WEEKS_PER_YEAR

SOURCE = "docs/formulas/booking.md"
ACTIVITY_WORDS = re.compile(r"book|appointment|attend|activity|seen|slot", re.IGNORECASE)
"""Names of series that say it is not referrals that are counted."""
FEWEST_PERIODS = 8
"""Periods in which referrals and patients seen must be equal to be one and the same column."""
NEAR_WHOLE = 0.005
"""How near a whole number a figure of two decimals can come by scaling."""


def double_counts(
    service: Service, series: Mapping[str, WeeklySeries], streams: Mapping[str, SizedStream]
) -> Iterator[Finding]:
    """Findings on a series, an activity or a person's output that count something twice."""
    yield from _shares(streams)
    for one in series.values():
        yield from _activity_as_referrals(one)
    for activity in service.activities:
        yield from _leave_in_fixed_sessions(service, activity)
        yield from _leave_in_output(service, activity)


def double_counts_of_stream(
    service: Service, sized: SizedStream, streams: Mapping[str, SizedStream]
) -> Iterator[Finding]:
    """Findings on one stream that counts something twice."""
    yield from _hospital(service, sized)
    yield from _uplift_on_bookings(sized)
    yield from _growth_twice(sized, streams)
    yield from _staff_twice(service, sized)


def _shares(streams: Mapping[str, SizedStream]) -> Iterator[Finding]:
    shares: dict[str, float] = defaultdict(float)
    for sized in streams.values():
        name = _series_of(sized)
        if name is not None:
            shares[name] += 1.0 if sized.stream.share is None else sized.stream.share
    for name, share in shares.items():
        if share > 1 + 1e-9:
            message = "the streams that draw on this series take more than all of it; the same referral counts twice"
            yield Finding("shares_above_one", name, message, f"{share:.0%}", "at most 100%", "streams.csv")


def _series_of(sized: SizedStream) -> str | None:
    stream = sized.stream
    return None if stream.generated_by is not None else stream.series or stream.stream


def _activity_as_referrals(series: WeeklySeries) -> Iterator[Finding]:
    """Referrals that equal the patients seen in every period are activity, copied."""
    if series.derived or series.census:
        return
    both = series.activity[["referrals", "seen"]].dropna().to_numpy()
    if len(both) >= FEWEST_PERIODS and np.allclose(both[:, 0], both[:, 1]) and both.sum() > 0:
        message = (
            "referrals equal the patients seen in every row: this is activity, which a short clinic holds down. Give "
            "seen and list_size and leave referrals blank: they are worked out as seen + change in list size"
        )
        yield Finding("activity_given_as_referrals", series.series, message, f"{len(both)} rows", source="demand.csv")


def _leave_in_fixed_sessions(service: Service, activity: Activity) -> Iterator[Finding]:
    """A fixed requirement that is a whole number x 52/W already holds the leave that supply takes off again."""
    fixed = activity.sessions_per_week or 0.0
    if _near(fixed * 4):
        return
    for weeks in sorted(set(_weeks_present(service, activity.activity).values())):
        for year in (52.0, WEEKS_PER_YEAR):
            sessions = fixed * weeks / year
            if _near(sessions) and sessions > 0.5:
                message = (
                    f"sessions_per_week looks like {sessions:.0f} x {year:g}/{weeks:g}: it is sessions of a calendar "
                    f"week, and weeks away are counted {_counted(activity)} already"
                )
                yield Finding("leave_counted_twice", activity.activity, message, f"{fixed:g}", source=SOURCE)
                return


def _leave_in_output(service: Service, activity: Activity) -> Iterator[Finding]:
    """An output of W/52 takes off the weeks away that supply, or cover, takes off already."""
    present = _weeks_present(service, activity.activity)
    outputs = {skill.person: skill.output for skill in service.skills if skill.activity == activity.activity}
    twice = [
        person
        for person, weeks in present.items()
        if (output := outputs[person]) is not None and not _near(output * 20) and _is_share_of_year(output, weeks)
    ]
    if twice:
        message = (
            f"output of {', '.join(twice)} is the share of the year they are present; weeks away are counted "
            f"{_counted(activity)} already"
        )
        yield Finding("leave_counted_twice", activity.activity, message, f"{outputs[twice[0]]:g}", source="skills.csv")


def _counted(activity: Activity) -> str:
    return "as cover: covered sessions run every week," if activity.covered else "as lost supply"


def _is_share_of_year(output: float, weeks: float) -> bool:
    return any(round(output, 2) == round(weeks / year, 2) for year in (52.0, WEEKS_PER_YEAR))


def _weeks_present(service: Service, activity: str) -> dict[str, float]:
    """Weeks a year of the people who can do an activity, where the input or their policy states them."""
    people = {row.person: row for row in service.people}
    found = {}
    for skill in service.skills:
        person = people.get(skill.person)
        if skill.activity != activity or person is None:
            continue
        weeks = person.working_weeks
        stated = policy_of(service, person).working_weeks if weeks is None else None
        if weeks is not None or stated is not None:
            found[skill.person] = weeks if weeks is not None else stated.value if stated is not None else 0.0
    return found


def _near(value: float) -> bool:
    return abs(value - round(value)) < NEAR_WHOLE


def _hospital(service: Service, sized: SizedStream) -> Iterator[Finding]:
    stream = sized.stream
    if not stream.hospital_rate:
        return
    if service.activity(stream.activity).covered:
        message = (
            f"hospital cancellations are counted and {stream.activity} is covered, so no session of it is lost to "
            "leave: the rate must hold other reasons only"
        )
    else:
        message = (
            f"hospital cancellations are counted here, and sessions of {stream.activity} lost to leave are counted "
            "as lost supply: leave cancellations due to leave out of the rate, or they count twice"
        )
    yield Finding("hospital_counted_twice", stream.stream, message, f"{stream.hospital_rate:.1%}", source=SOURCE)


def _uplift_on_bookings(sized: SizedStream) -> Iterator[Finding]:
    """A series of bookings or activity holds its DNAs and rebookings already."""
    name = _series_of(sized)
    if name is None or not ACTIVITY_WORDS.search(name):
        return
    rates = [column for column in RATES if column.endswith("_rate") and getattr(sized.stream, column)]
    if not rates and sized.chain.dna_rate > 0:
        rates = ["the DNA of dna_by_lead.csv"]
    if rates:
        message = (
            f"series {name} looks like bookings or activity; {', '.join(rates)} would then count twice what the series "
            "already holds. Demand is referrals received"
        )
        yield Finding("dna_on_bookings", sized.stream.stream, message, source=SOURCE)


def _growth_twice(sized: SizedStream, streams: Mapping[str, SizedStream]) -> Iterator[Finding]:
    stream = sized.stream
    if stream.generated_by is None or not stream.growth_rate or not sized.sized:
        return
    if streams[stream.generated_by].growth_rates:
        message = f"grows by itself on top of the growth of {stream.generated_by}, which it follows already"
        yield Finding("growth_twice", stream.stream, message, f"{stream.growth_rate:.1%} a year", source="streams.csv")


def _staff_twice(service: Service, sized: SizedStream) -> Iterator[Finding]:
    """Staff beside each other are counted by the stream's minutes or by the activity's team, not by both."""
    stream = sized.stream
    work = service.activity(stream.activity)
    if (meets_as_one(work) or people_together(work) > 1) and sized.staff_per_contact > 1:
        message = (
            f"staff_per_contact asks for the sessions of each member of staff, and a session of {stream.activity} is "
            "a team already: say it in one of the two"
        )
        yield Finding("staff_counted_twice", stream.stream, message, f"{sized.staff_per_contact:g}", "1", "streams.csv")
