"""Arithmetic of the Choice and Partnership Approach (CAPA), the demand and capacity method of many CAMHS teams.

Source: CAPA, camhsnetwork.co.uk and capa.co.uk (York and Kingsbury); their worked examples are tests.
"""

from __future__ import annotations

WORKING_WEEKS = 45
"""Weeks a year in which a CAPA team plans to see people."""
HALF_DAYS_A_WEEK = 10


def contact_hours_per_week(wte: float, sessions_per_wte: float, hours_per_session: float) -> float:
    """Return direct contact hours a week: people x clinical sessions each x direct hours a session."""
    return wte * sessions_per_wte * hours_per_session


def contact_hours_per_year(hours_per_week: float, weeks: float = WORKING_WEEKS) -> float:
    """Return direct contact hours a year."""
    return hours_per_week * weeks


def hours_per_referral(choice_hours: float, core_hours: float, transfer: float, cotherapy: float = 0.0) -> float:
    """Return direct hours a referral takes: its choice appointment, and core work for the share that goes on to it.

    choice + transfer x core x (1 + cotherapy). ``transfer`` and ``cotherapy`` are shares: of referrals that go on
    to partnership, and of partnership work done by two people.
    """
    return choice_hours + transfer * core_hours * (1 + cotherapy)


def demand_hours(referrals: float, hours_each: float) -> float:
    """Return direct hours that referrals take, in the period of the referrals."""
    return referrals * hours_each


def half_days(appointments: float, appointments_per_half_day: float) -> float:
    """Return half-days that appointments take."""
    return appointments / appointments_per_half_day


def appointments_per_week(
    wte: float, share_core: float, appointments_per_half_day: float, share_of_time_worked: float
) -> float:
    """Return core appointments a week: WTE x 10 half-days x share on core work x appointments each x share worked."""
    return wte * HALF_DAYS_A_WEEK * share_core * appointments_per_half_day * share_of_time_worked


def partnership_sessions(hours: float, hours_per_session: float) -> float:
    """Return weekly sessions that hours for core partnership work make."""
    return hours / hours_per_session


def new_cases_per_quarter(sessions: float, cases_per_session: float) -> float:
    """Return new partnership cases a quarter: sessions a week x new cases a session takes on a quarter."""
    return sessions * cases_per_session


def cases_per_hour(cases_per_session: float, hours_per_session: float) -> float:
    """Return new partnership cases a quarter an hour a week takes on."""
    return cases_per_session / hours_per_session
