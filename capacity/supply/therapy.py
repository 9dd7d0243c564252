"""Clinical and contact hours of services on hours contracts: from the contract to time with patients.

    contract hours
      - leave, bank holidays, study and sickness          = hours at work
      - training and supervision, roles, unagreed time    = clinical hours
      - duty, admin, travel and triage, and the part of
        sessions without a patient                        = contact hours

Hours are a week averaged over the 52.18 weeks of the plan year. See docs/formulas/ladder.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from capacity.service.model import JobPlanRow, Person
from capacity.service.resolved import contract_minutes, is_reserved
from capacity.supply.job_time import JobTime
from capacity.supply.ladder import session_parts
from capacity.supply.split import category_of
from capacity.units import WEEKS_PER_YEAR

HOURS = (
    "contract_hours",
    "hours_at_work",
    "non_clinical_hours",
    "unagreed_hours",
    "clinical_hours",
    "duty_hours",
    "admin_travel_hours",
    "rest_of_session_hours",
    "contact_hours",
)
SHARES = ("clinical_share", "clinical_share_target", "above_target", "contact_share")
THERAPY_COLUMNS = ("person", "staff_group", "grade", *HOURS, *SHARES, "target_from")
BAND_COLUMNS = ("staff_group", "grade", "people", *HOURS, *SHARES)


@dataclass(frozen=True)
class DirectHours:
    """Hours with patients, a week in which everyone is there and a year."""

    weekly: float
    annual: float


def direct_hours(wte: float, sessions_per_wte: float, hours_per_session: float, weeks: float) -> DirectHours:
    """Capacity of a team by the rule of thumb of CAPA: WTE x clinical sessions x direct hours x weeks present.

    Parameters
    ----------
    wte
        Whole-time equivalents.
    sessions_per_wte
        Clinical sessions a week of one whole-time equivalent.
    hours_per_session
        Hours with patients in a session.
    weeks
        Weeks present a year; CAPA uses 45.

    References
    ----------
    Choice and Partnership Approach, capacity page (camhsnetwork.co.uk).
    """
    weekly = wte * sessions_per_wte * hours_per_session
    return DirectHours(weekly, weekly * weeks)


def appointments(
    wte: float, core_share: float, per_half_day: float, share_worked: float, half_days: float = 10
) -> float:
    """Appointments a week by the model of CAPA: WTE x 10 half-days x core share x appointments x share worked.

    ``core_share`` is the share of half-days given to this work, ``share_worked`` the share of the year present (W /
    52.18); both from 0 to 1. Reference: Choice and Partnership Approach, maths model (camhsnetwork.co.uk).
    """
    return wte * half_days * core_share * per_half_day * share_worked


def therapy_hours(time: JobTime, rows: Iterable[JobPlanRow]) -> pd.DataFrame:
    """Return the way from contract to contact hours of everyone in post on an hours contract, as a tidy frame.

    Columns: person; staff_group; grade; contract_hours (for the share of the year in post); hours_at_work (less leave,
    bank holidays, study and sickness); non_clinical_hours (SPA, roles, other duties); unagreed_hours (flexible time,
    and contract not in the job plan); clinical_hours (the rest: direct care with all that goes with it); duty_hours,
    admin_travel_hours (admin, travel and triage) and rest_of_session_hours (session less contact minutes), which come
    off; contact_hours; clinical_share (clinical / at work); clinical_share_target and above_target (share less target;
    missing without one); contact_share (contact / contract hours); target_from (``person``, ``policy`` or blank).
    A session without contact_minutes counts as contact throughout. The target is a target, never a rule.
    """
    rows = tuple(rows)
    people = [who for key, who in time.people.items() if who.contract_hours is not None and time.supplies(key)]
    frame = [_person(time, who, [row for row in rows if row.person == who.person]) for who in people]
    return pd.DataFrame(frame, columns=list(THERAPY_COLUMNS)).astype(dict.fromkeys((*HOURS, *SHARES), float))


def _person(time: JobTime, person: Person, rows: list[JobPlanRow]) -> dict[str, object]:
    key, there = person.person, time.share_in_post(person.person)
    weekly = there / WEEKS_PER_YEAR / 60
    contract = there * contract_minutes(time.service, person) / 60
    at_work = contract * time.weeks_present(key) / WEEKS_PER_YEAR
    sums = dict.fromkeys(("non_clinical", "clinical", "admin_travel", "rest_of_session", "contact"), 0.0)
    for row in rows:
        charged, category = time.row_year_minutes(row) * weekly, category_of(time, row)
        if category != "DCC":
            sums["non_clinical"] += charged if category != "flexible" else 0.0
            continue
        sums["clinical"] += charged
        session = 0.0 if is_reserved(row.activity) else session_parts(time, row)[0] * weekly
        contact = session * _contact_share(time, row) if session else 0.0
        sums["contact"] += contact
        sums["rest_of_session"] += session - contact
        sums["admin_travel"] += charged - session
    duty = time.duty_minutes(key) * weekly
    clinical = sums["clinical"] + duty
    target, source = clinical_share_target(time, person)
    share = clinical / at_work if at_work else None
    return {
        "person": key,
        "staff_group": person.staff_group,
        "grade": person.grade,
        "contract_hours": contract,
        "hours_at_work": at_work,
        "non_clinical_hours": sums["non_clinical"],
        "unagreed_hours": at_work - clinical - sums["non_clinical"],
        "clinical_hours": clinical,
        "duty_hours": duty,
        "admin_travel_hours": sums["admin_travel"],
        "rest_of_session_hours": sums["rest_of_session"],
        "contact_hours": sums["contact"],
        "clinical_share": share,
        "clinical_share_target": target,
        "above_target": None if share is None or target is None else share - target,
        "contact_share": sums["contact"] / contract if contract else None,
        "target_from": source,
    }


def _contact_share(time: JobTime, row: JobPlanRow) -> float:
    """Share of a session in which patients are seen."""
    activity = time.activities[row.activity]
    if activity.contact_minutes is None:
        return 1.0
    full = time.full_session_minutes(row.person, row.activity) - time.session_admin(row.person, row.activity)
    return min(1.0, activity.contact_minutes / full)


def clinical_share_target(time: JobTime, person: Person) -> tuple[float | None, str]:
    """Target share of direct care of a person and where it comes from: their own, else the policy's for their band."""
    if person.clinical_share is not None:
        return person.clinical_share, "person"
    by_band = time.policy(person.person).clinical_share_by_band
    band = (person.grade or "").lower().removeprefix("band").strip()
    if by_band is None or band not in by_band.value:
        return None, ""
    return by_band.value[band], "policy"


def therapy_by_band(hours: pd.DataFrame) -> pd.DataFrame:
    """Add up :func:`therapy_hours` by staff group and grade.

    Columns: staff_group; grade; people; the hours, summed; clinical_share, clinical_share_target (mean of those who
    have one, by hours at work), above_target and contact_share, of the sums.
    """
    frame = []
    for (group, grade), people in hours.groupby(["staff_group", "grade"], sort=False, dropna=False):
        sums = people[list(HOURS)].sum()
        known = people[people["clinical_share_target"].notna()]
        weight = known["hours_at_work"].sum()
        target = (known["clinical_share_target"] * known["hours_at_work"]).sum() / weight if weight else None
        share = sums["clinical_hours"] / sums["hours_at_work"]
        above = None if target is None else share - target
        contact = sums["contact_hours"] / sums["contract_hours"]
        frame.append((group, grade, len(people), *sums, share, target, above, contact))
    return pd.DataFrame(frame, columns=list(BAND_COLUMNS)).astype(dict.fromkeys((*HOURS, *SHARES), float))
