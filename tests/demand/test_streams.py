"""Streams: delays, months, caseload, days, estimators, rebases; each against figures worked another way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from capacity.demand.analyse import analyse
from capacity.demand.centiles import Periods, centile
from capacity.demand.estimators import harrell_davis, negative_binomial
from capacity.demand.result import Demand
from capacity.service.model import DemandRow, LeadBand, Service, Sizing
from tests.demand.builders import (
    FIRST_MONDAY,
    X26,
    activity,
    census_rows,
    daily_rows,
    monthly_rows,
    rules,
    service,
    stream,
    weekly_rows,
)


def message(demand: Demand, rule: str) -> str:
    return next(finding.message for finding in demand.findings if finding.rule == rule)


def with_settings(made: Service, **update: Any) -> Service:
    return made.model_copy(update=update)


# ---- follow-ups after a delay


def test_follow_ups_are_due_so_many_weeks_later() -> None:
    streams = [stream("new"), stream("fu", kind="follow_up", generated_by="new", per_attendance=2, after_weeks=3)]
    demand = analyse(service(streams, weekly_rows("new", [1, 2, 3])))
    due = demand.weekly[demand.weekly.stream == "fu"]
    assert due.week_starting.dt.date.tolist() == [FIRST_MONDAY + dt.timedelta(weeks=3 + week) for week in range(3)]
    assert due.referrals.tolist() == [2, 4, 6]
    assert demand.streams_json["fu"]["after_weeks"] == 3
    assert demand.streams_json["fu"]["first_week"] == "2026-01-26"


def test_delays_of_a_chain_add_up() -> None:
    """Two weeks to the scan and three more to the results: the scan's own parent may come later in the file."""
    streams = [
        stream("results", generated_by="scan", per_attendance=1, after_weeks=3),
        stream("scan", kind="rapid", generated_by="new", per_attendance=0.5, after_weeks=2),
        stream("new"),
    ]
    demand = analyse(service(streams, weekly_rows("new", [10, 20])))
    assert demand.streams_json["results"]["first_week"] == str(FIRST_MONDAY + dt.timedelta(weeks=5))
    assert demand.weekly[demand.weekly.stream == "results"].referrals.tolist() == [5, 10]


def test_pooling_puts_a_delayed_stream_into_the_weeks_it_comes_in() -> None:
    """New patients peak every other week; their scans one week later, when new patients are few: 20 and 20 a week."""
    rows = weekly_rows("new", [18, 2] * 10)
    later = [stream("new", kind="rapid"), stream("scan", kind="rapid", generated_by="new", after_weeks=1)]
    same = [stream("new", kind="rapid"), stream("scan", kind="rapid", generated_by="new")]
    assert analyse(service(later, rows)).activities["clinic"].slots == pytest.approx(20)
    assert analyse(service(same, rows)).activities["clinic"].slots == pytest.approx(36)
    assert "19 weeks they all have, of 20" in message(analyse(service(later, rows)), "few_common_weeks")


def test_a_delay_moves_the_middle_of_the_window_that_grows() -> None:
    """52 weeks from 5 January 2026 have their middle on 6 July; the plan year from 1 April 2027 on 30 September."""
    streams = [
        stream("new", growth_rate=0.1),
        stream("fu", kind="follow_up", generated_by="new", per_attendance=1, after_weeks=26),
    ]
    figures = analyse(service(streams, weekly_rows("new", [10] * 52))).streams_json
    middle = pd.Timestamp(2026, 1, 5) + pd.Timedelta(days=182)
    years = (pd.Timestamp(2027, 4, 1) + pd.Timedelta(days=365.25 / 2) - middle) / pd.Timedelta(days=365.25)
    assert figures["new"]["growth_factor"] == pytest.approx(1.1**years)
    assert figures["fu"]["growth_factor"] == pytest.approx(1.1 ** (years - 26 * 7 / 365.25))


@pytest.mark.parametrize(("after", "weeks"), [(0.4, 0), (0.5, 1), (1.5, 2), (2.2, 2)])
def test_part_weeks_are_rounded_so_that_peaks_stay(after: float, weeks: int) -> None:
    streams = [stream("new"), stream("fu", kind="rapid", generated_by="new", per_attendance=1, after_weeks=after)]
    demand = analyse(service(streams, weekly_rows("new", X26)))
    assert demand.streams_json["fu"]["after_weeks"] == weeks
    assert demand.streams_json["fu"]["sizing"]["centile"]["value"] == pytest.approx(27)
    assert f"{weeks} whole weeks after new" in message(demand, "after_weeks_rounded")


# ---- months


def months_of(daily: np.ndarray[Any, Any], first: dt.date) -> list[int]:
    by_month = pd.Series(daily, pd.date_range(first, periods=daily.size)).resample("MS").sum()
    return [int(count) for count in by_month]


def test_months_give_the_mean_and_the_centile_of_weeks() -> None:
    """Thirty years of days, each week negative binomial with mean 40 and φ 2.5, seen by month only."""
    rng = np.random.default_rng(7)
    mean, phi = 40.0, 2.5
    first = dt.date(1996, 1, 1)
    weeks = rng.negative_binomial(mean / (phi - 1), 1 / phi, 30 * 52 + 20)
    days = np.concatenate([rng.multinomial(week, [1 / 7] * 7) for week in weeks])[: (dt.date(2026, 1, 1) - first).days]
    demand = analyse(service([stream("lung", kind="rapid")], monthly_rows("lung", months_of(days, first), first)))
    figures = demand.streams_json["lung"]
    assert (figures["basis"], figures["periods"]) == ("month", 360)
    assert figures["weeks"] == pytest.approx(days.size / 7, abs=1)
    assert figures["mean"] == pytest.approx(days.mean() * 7, rel=0.002)
    assert figures["dispersion"] == pytest.approx(phi, abs=4 * phi * (2 / 360) ** 0.5)
    true = nbinom.ppf(0.8, mean / (phi - 1), 1 / phi)
    assert figures["sizing"]["centile"]["value"] == pytest.approx(true, abs=2)
    assert figures["sizing"]["excel_inc"] is None and figures["weeks_within_level"] is None
    assert "sized_from_months" in rules(demand.findings)


def test_months_are_pooled_by_month_and_never_with_weeks() -> None:
    rng = np.random.default_rng(8)
    counts = {name: [int(n) for n in rng.poisson(43.0, 48)] for name in ("a", "b")}
    streams = [stream("a", kind="rapid"), stream("b", kind="rapid")]
    rows = [row for name in counts for row in monthly_rows(name, counts[name])]
    apart = analyse(service(streams[:1], rows)).activities["clinic"].slots
    clinic = analyse(service(streams, rows)).activities["clinic"]
    assert clinic.slots < 2 * apart
    assert clinic.slots == pytest.approx(nbinom.ppf(0.8, 1e6, 1e6 / (1e6 + 2 * 43 * 12 / 52.18)), abs=1.6)
    mixed = analyse(service(streams, monthly_rows("a", counts["a"]) + weekly_rows("b", X26)))
    assert "no_common_weeks" in rules(mixed.findings)
    assert mixed.activities["clinic"].slots == pytest.approx(apart + 27)


def test_follow_ups_of_months_move_by_whole_months() -> None:
    streams = [stream("new"), stream("fu", kind="follow_up", generated_by="new", after_weeks=13)]
    demand = analyse(service(streams, monthly_rows("new", [30] * 14)))
    assert demand.streams_json["fu"]["first_week"] == "2025-04-01"
    assert demand.streams_json["fu"]["mean"] == pytest.approx(demand.streams_json["new"]["mean"])


def test_few_months_say_that_a_centile_is_a_guess() -> None:
    demand = analyse(service([stream("lung", kind="rapid")], monthly_rows("lung", [40, 45, 50, 44])))
    assert "few months" in message(demand, "short_series")
    assert demand.streams_json["lung"]["sizing"]["centile"]["interval"] is None


# ---- caseload, days, estimators, rebases, DNA by lead


def test_a_caseload_takes_its_mean_census_and_may_be_charged_staff_and_travel() -> None:
    """20 patients seen at home once a week by two nurses: 20 x 30 x 2 contact, 20 x 15 x 2 travel minutes."""
    streams = [stream("ward", kind="caseload", staff_per_contact=2, travel_minutes=15)]
    demand = analyse(service(streams, census_rows("ward", [18, 22] * 10)))
    clinic = demand.activities["clinic"]
    assert clinic.required == pytest.approx(5)
    assert (clinic.contact_hours, clinic.travel_hours) == pytest.approx((20, 10))
    assert clinic.session_extra_minutes == pytest.approx(120)


def same_day(**columns: Any) -> Service:
    """Weeks of 10 on Monday and 5 on each other weekday, one week in five twice as many."""
    days = [10, 5, 5, 5, 5, 0, 0]
    counts = [day * (2 if week % 5 == 0 else 1) for week in range(25) for day in days]
    rows = [row for row in daily_rows("sdec", FIRST_MONDAY, counts) if row.start.weekday() < 5]
    return service(
        [stream("sdec", kind="rapid", period="day", **columns)],
        rows,
        [activity(slots=("Mon AM", "Tue AM", "Wed AM", "Thu AM", "Fri AM"))],
    )


def test_a_same_day_promise_is_sized_day_by_day() -> None:
    """Of 25 Mondays twenty are 10 and five 20: Excel's rank 19.2 of 0 to 24 is a fifth of the way from 10 to 20."""
    demand = analyse(same_day())
    figures = demand.streams_json["sdec"]
    by_day = {row["day"]: row["centile"] for row in figures["sizing"]["by_day"]}
    assert by_day == pytest.approx({"Mon": 12, "Tue": 6, "Wed": 6, "Thu": 6, "Fri": 6})
    assert (figures["sized_at"], figures["level"]) == ("days", pytest.approx(36))
    assert demand.activities["clinic"].required == pytest.approx(36 / 8)
    assert demand.activities["clinic"].required_mean == pytest.approx(36 / 8)
    assert "Mon AM=1.5;Tue AM=0.75" in message(demand, "sized_by_day")


def test_a_day_profile_sizes_a_same_day_promise_from_weeks() -> None:
    made = service([stream("sdec", kind="rapid", period="day")], weekly_rows("sdec", X26))
    profile = {"Mon": 0.4, "Tue": 0.15, "Wed": 0.15, "Thu": 0.15, "Fri": 0.15}
    demand = analyse(with_settings(made, day_profile={"sdec": profile}))
    assert demand.streams_json["sdec"]["sized_at"] == "days"
    assert demand.streams_json["sdec"]["level"] > 27
    assert "daily_promise_sized_weekly" not in rules(demand.findings)
    assert "daily_promise_sized_weekly" in rules(analyse(made).findings)


@pytest.mark.parametrize("estimator", ["harrell_davis", "negative_binomial"])
def test_the_estimator_asked_for_sizes_the_stream_and_the_activity(estimator: Any) -> None:
    made = service([stream("lung", kind="rapid")], weekly_rows("lung", X26))
    demand = analyse(with_settings(made, sizing=Sizing(estimator=estimator)))
    figures = demand.streams_json["lung"]
    expected = harrell_davis(X26, 0.8)[0] if estimator == "harrell_davis" else negative_binomial(X26, 0.8)[0]
    assert figures["level"] == pytest.approx(expected)
    assert figures["sizing"]["centile"]["value"] == pytest.approx(expected)
    assert figures["sizing"]["excel_inc"] == pytest.approx(27)
    assert figures["sizing"]["estimates"]["excel"]["value"] == pytest.approx(27)
    assert demand.activities["clinic"].required == pytest.approx(expected / 8)


def test_a_counting_estimator_counts_patients_whatever_their_minutes() -> None:
    """Poisson counts of 45 minute patients: the unit makes the centile 45 times that of the counts."""
    counts = np.random.default_rng(2).poisson(12, 200).astype(float)
    one = centile(Periods(counts), 0.8, "negative_binomial")
    assert centile(Periods(45 * counts, unit=45), 0.8, "negative_binomial") == pytest.approx(45 * one)


def test_a_rebase_sizes_from_its_part_and_keeps_the_rest_for_charts() -> None:
    made = service([stream("lung", kind="rapid")], weekly_rows("lung", [50] * 20 + list(X26)))
    start = FIRST_MONDAY + dt.timedelta(weeks=20)
    demand = analyse(with_settings(made, rebase={"lung": start}))
    figures = demand.streams_json["lung"]
    assert (figures["weeks"], figures["level"]) == (26, pytest.approx(27))
    assert (figures["first_week"], figures["rebased_on"]) == (str(start), str(start))
    assert demand.history is not None
    assert demand.history.used.tolist() == [False] * 20 + [True] * 26
    assert figures["xmr"]["upper"] == pytest.approx(38.6562, abs=5e-5)


def test_dna_by_lead_stands_in_for_a_rate() -> None:
    made = service([stream("lung", dna_rebooked=0)], weekly_rows("lung", [40] * 13))
    bands = (
        LeadBand(stream="lung", days_from=0, days_to=6, share=0.5, dna_rate=0.02),
        LeadBand(stream="lung", days_from=7, share=0.5, dna_rate=0.1),
    )
    figures = analyse(with_settings(made, dna_by_lead=bands)).streams_json["lung"]
    assert (figures["dna_from"], figures["dna_of_bookings"]) == ("dna_by_lead.csv", pytest.approx(0.06))
    assert figures["attendances"] == pytest.approx(40 * 0.94)
    assert analyse(made).streams_json["lung"]["dna_from"] is None


# ---- triage, travel and the charge of a session


def test_triage_and_travel_are_hours_on_top_and_no_slots() -> None:
    """48 a week in 4 sessions: 2 minutes of triage each (removed or not), 5 of travel for the 40 who come."""
    streams = [stream("lung", contact_minutes=20, removal_rate=1 / 6, triage_minutes=2, travel_minutes=5)]
    bare = [stream("lung", contact_minutes=20, removal_rate=1 / 6)]
    rows = weekly_rows("lung", [48] * 13)
    clinic, without = (analyse(service(made, rows)).activities["clinic"] for made in (streams, bare))
    assert (clinic.required, clinic.slots) == (without.required, without.slots)
    assert (clinic.triage_hours, clinic.travel_hours) == pytest.approx((1.6, 40 * 5 / 60))
    assert clinic.contact_and_admin_hours == pytest.approx(without.contact_and_admin_hours + 1.6 + 40 * 5 / 60)
    assert clinic.session_extra_minutes == pytest.approx((48 * 2 + 40 * 5) / clinic.required)
    assert clinic.session_admin_minutes is None


def test_fixed_sessions_share_triage() -> None:
    streams = [stream("lung", triage_minutes=2)]
    made = service(streams, weekly_rows("lung", [24] * 13), [activity(sessions_per_week=1)])
    assert analyse(made).activities["clinic"].session_extra_minutes == pytest.approx(24 * 2 / 4)


def test_triage_without_a_session_is_said() -> None:
    """Everybody is triaged and sent elsewhere: an hour a week that no job plan is charged."""
    demand = analyse(service([stream("lung", triage_minutes=5, removal_rate=1.0)], weekly_rows("lung", [12] * 13)))
    assert demand.activities["clinic"].session_extra_minutes == 0
    assert [f.found for f in demand.findings if f.rule == "time_without_sessions"] == ["1.0 hours a week"]


def rows_of_activity(seen: list[int], referrals: list[int]) -> list[DemandRow]:
    return [
        row.model_copy(update={"seen": count}) for row, count in zip(weekly_rows("lung", referrals), seen, strict=True)
    ]


def test_activity_copied_into_referrals_is_said() -> None:
    same = analyse(service([stream("lung")], rows_of_activity(list(X26), list(X26))))
    other = analyse(service([stream("lung")], rows_of_activity([n - 1 for n in X26], list(X26))))
    assert "activity_given_as_referrals" in rules(same.findings)
    assert "activity_given_as_referrals" not in rules(other.findings)
