"""Requirement held against the capacity of the plans in force: the gap, by activity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.service.model import JobPlanRow, Service
from capacity.service.resolved import activity_tier, is_reserved
from capacity.supply.job_time import JobTime
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Gap:
    """Requirement, supply and gap by activity.

    ``activities`` is indexed by activity id, in file order, with name, category, tier; required, required_mean,
    supplied, rota, gap and gap_mean in full sessions a calendar week (gap = required - supplied: positive is short);
    gap_hours in DCC hours a week; gap_pa in PAs a week of job plans (at the weeks a session of the activity is
    charged for); gap_wte in whole-time equivalents of the default policy.
    """

    activities: pd.DataFrame
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema gap``)."""
        rows = self.activities.to_dict(orient="index")
        return {
            "activities": {
                str(activity): {
                    key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()
                }
                for activity, row in rows.items()
            },
            "findings": [finding.__dict__ for finding in self.findings],
        }


def supplied_by_rows(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[str, float]:
    """Full sessions a calendar week that job-plan rows deliver, by activity; rota duty apart.

    A session of a whole-team activity counts once in each week in which anyone attends.
    """
    cycle = time.service.cycle_weeks
    delivered: dict[str, float] = defaultdict(float)
    together: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if is_reserved(row.activity) or not time.supplies(row.person):
            continue
        if row.slot == NO_FIXED_SLOT:
            delivered[row.activity] += time.unfixed_delivered(row)
        elif time.activities[row.activity].team == "all":
            together[row.activity, row.slot].update(time.row_weeks(row))
        else:
            share = len(time.row_weeks(row)) / cycle
            delivered[row.activity] += share * time.delivered(row.person, row.activity, row.slot, row.minutes)
    for (activity, _), weeks in together.items():
        delivered[activity] += len(weeks) / cycle
    return dict(delivered)


def supply(time: JobTime, rows: Iterable[JobPlanRow]) -> dict[str, float]:
    """Full sessions a calendar week by activity: job-plan rows and rota duty together."""
    by_rows = supplied_by_rows(time, rows)
    return {activity: by_rows.get(activity, 0.0) + time.rota_delivers(activity) for activity in time.activities}


def gap(service: Service, demand: Demand) -> Gap:
    """Hold the requirement against the plans in force."""
    time = JobTime(service, demand)
    return Gap(_frame(time, supply(time, service.job_plans)), _findings(service, time))


def _frame(time: JobTime, supplied: Mapping[str, float]) -> pd.DataFrame:
    import pandas as pd

    service = time.service
    full_time_minutes = service.policy_tables[service.policy].full_time_hours.value * 60
    rows = []
    for activity in service.activities:
        key = activity.activity
        needed = time.demand.activities[key]
        short = needed.required - supplied[key]
        minutes = time.full_session_minutes(None, key)
        weekly_charge = short * minutes * _charge_per_delivered(time, key)
        rows.append(
            {
                "activity": key,
                "name": activity.name,
                "category": activity.category,
                "tier": activity_tier(service, activity),
                "required": needed.required,
                "required_mean": needed.required_mean,
                "supplied": supplied[key],
                "rota": time.rota_delivers(key),
                "gap": short,
                "gap_mean": needed.required_mean - supplied[key],
                "gap_hours": short * minutes / 60,
                "gap_pa": weekly_charge / service.policy_tables[service.policy].pa_minutes.value,
                "gap_wte": weekly_charge / full_time_minutes,
            }
        )
    return pd.DataFrame(rows).set_index("activity")


def _charge_per_delivered(time: JobTime, activity: str) -> float:
    """Weekly job-plan time bought for one session delivered a calendar week: W_cal / W, both ways of cover alike.

    Covered: D/e = W_cal a year over W weeks of contract. Not covered: D/e is W_cal as well.
    """
    skilled = [skill.person for skill in time.service.skills if skill.activity == activity]
    weeks = [time.weeks_present(person) for person in skilled] or [
        time.service.policy_tables[time.service.policy].working_weeks.value  # type: ignore[union-attr]
    ]
    return WEEKS_PER_YEAR / (sum(weeks) / len(weeks))


def _findings(service: Service, time: JobTime) -> tuple[Finding, ...]:
    found = []
    for person in service.people:
        if person.kind == "vacant":
            found.append(
                Finding("vacant_post", person.person, "vacant: counted as no capacity, and no plan is proposed")
            )
    for rota in service.rotas:
        if rota.prospective is False:
            covered = sum(weeks for (_, name), weeks in time.duty.items() if name == rota.rota)
            wanted = (rota.weeks_covered or 52.0) * (rota.people_at_once or 1)
            if covered < wanted - 0.05:
                found.append(
                    Finding(
                        "duty_weeks_uncovered",
                        rota.rota,
                        f"{wanted - covered:.1f} duty weeks a year have nobody on: not covered prospectively",
                        found=f"{covered:.1f} weeks",
                        allowed=f"{wanted:g} weeks",
                    )
                )
    return tuple(found)
