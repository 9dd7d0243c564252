"""One session a calendar week of an activity in other units: slots, hours, PAs, WTE and posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capacity.demand.backlog import recurrent, session_minutes_used
from capacity.demand.result import ActivityDemand
from capacity.demand.streams import MINUTES_PER_HOUR
from capacity.service.model import JobPlanRow
from capacity.service.resolved import people_together
from capacity.supply.job_time import JobTime, weeks_of_policy
from capacity.supply.pounds import Post, delivered_by_person, post_of
from capacity.units import WEEKS_PER_YEAR


@dataclass(frozen=True)
class Units:
    """What one session a calendar week of an activity is in other units, a week.

    ``slots`` is None where no stream uses the activity; ``hours`` are DCC hours, ``pa`` and ``wte`` of job plans,
    of everyone a joint team takes.
    """

    slots: float | None
    contact_hours: float
    hours: float
    pa: float
    wte: float
    post: Post


def units_of(time: JobTime, rows: Sequence[JobPlanRow]) -> dict[str, Units]:
    """Return what one session a week of each activity is in slots, hours, PAs, WTE and posts."""
    policy = time.service.policy_tables[time.service.policy]
    contact = session_minutes_used(time.service, time.demand.activities)
    delivered = delivered_by_person(time, rows)
    found = {}
    for key in time.activities:
        minutes = time.full_session_minutes(None, key) * people_together(time.activities[key])
        charge = minutes * _charge_per_delivered(time, key)
        found[key] = Units(
            slots=_slots(time.demand.activities[key]),
            contact_hours=contact[key] / MINUTES_PER_HOUR,
            hours=minutes / MINUTES_PER_HOUR,
            pa=charge / policy.pa_minutes.value,
            wte=charge / (policy.full_time_hours.value * MINUTES_PER_HOUR),
            post=post_of(time, key, delivered),
        )
    return found


def _slots(demand: ActivityDemand) -> float | None:
    """Slots of one session, as the requirement has them."""
    sessions = recurrent(demand) - demand.fixed_sessions
    return demand.slots / sessions if sessions > 1e-9 and demand.slots > 0 else None


def _charge_per_delivered(time: JobTime, activity: str) -> float:
    """Weekly job-plan time bought for one session delivered a calendar week: W_cal / W, both ways of cover alike.

    Covered: D/e = W_cal a year over W weeks of contract. Not covered: D/e is W_cal as well.
    """
    skilled = [skill.person for skill in time.service.skills if skill.activity == activity]
    policy = time.service.policy_tables[time.service.policy]
    weeks = [time.weeks_present(person) for person in skilled] or [weeks_of_policy(policy)]
    return WEEKS_PER_YEAR / (sum(weeks) / len(weeks))
