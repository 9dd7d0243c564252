"""Each assumption moved by hand: the arithmetic of demand.md and of job plans, beside the table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import capacity
from capacity.demand.analyse import analyse
from capacity.demand.series import weekly_series
from capacity.service.model import Costs, LeadBand, Objective, Service, Skill, Stream
from capacity.supply.calendar import TOTAL
from capacity.supply.factors import FACTORS, factors
from capacity.supply.gap import gap
from capacity.supply.sensitivity import CHANGES, Sensitivity, requirement, sensitivity
from tests.demand.builders import stream, weekly_rows
from tests.supply.team import W_CAL, activity, person, row, service

LEVEL = 40
MODELS = Path(__file__).parents[2] / "models"


def clinic(*streams: Stream, **changes: Any) -> Service:
    """The team of three with a clinic of 240 contact minutes; series ``new`` of 40 a week."""
    activities = (activity("clinic", contact_minutes=240),)
    settled: dict[str, Any] = {"activities": activities, "streams": streams, "demand": tuple(rows())}
    return service(**(settled | changes))


def rows() -> list[Any]:
    return weekly_rows("new", [LEVEL] * 26, dt.date(2027, 4, 5))


def moved(found: Sensitivity, factor: str, activity: str = TOTAL, column: str = "change_gap") -> tuple[float, float]:
    """What a step down and a step up does."""
    frame = found.frame
    chosen = frame[(frame["factor"] == factor) & (frame["activity"] == activity)].set_index("direction")[column]
    return float(chosen[-1]), float(chosen[1])


def sessions(slots_each: float, minutes: float = 30) -> float:
    return LEVEL * slots_each * minutes / 240


# ---- one assumption at a time


def test_dna_by_its_formula() -> None:
    """d of bookings, half booked again: 1 / (1 - d / 2) slots a referral, at 6, 8 and 10 %."""
    found = sensitivity(clinic(stream("new", dna_rate=0.08, dna_rebooked=0.5)))
    slots = {d: sessions(1 / (1 - d * 0.5)) for d in (0.06, 0.08, 0.10)}
    assert moved(found, "dna") == pytest.approx((slots[0.06] - slots[0.08], slots[0.10] - slots[0.08]))
    rebooked = {r: sessions(1 / (1 - 0.08 * r)) for r in (0.4, 0.5, 0.6)}
    assert moved(found, "dna_rebooked") == pytest.approx((rebooked[0.4] - rebooked[0.5], rebooked[0.6] - rebooked[0.5]))


def test_dna_by_lead_moves_too_and_a_rate_not_given_does_not() -> None:
    bands = (LeadBand(stream="new", days_from=0, days_to=28, share=0.5, dna_rate=0.04),
             LeadBand(stream="new", days_from=29, share=0.5, dna_rate=0.12))  # fmt: skip
    found = sensitivity(clinic(stream("new", dna_rebooked=0.5), dna_by_lead=bands))
    assert moved(found, "dna")[1] == pytest.approx(sessions(1 / 0.95) - sessions(1 / 0.96))
    assert sensitivity(clinic(stream("new"))).absent["dna"] == "no stream gives a DNA rate"


def test_a_rate_stops_at_zero_and_says_so() -> None:
    found = sensitivity(clinic(stream("new", dna_rate=0.01, dna_rebooked=0.5)))
    assert moved(found, "dna")[0] == pytest.approx(sessions(1) - sessions(1 / (1 - 0.005)))
    down = found.frame[(found.frame["factor"] == "dna") & (found.frame["direction"] == -1)]
    assert set(down["note"]) == {"not all of the step for new"}


def test_cancellations_removals_and_empty_slots() -> None:
    given = {"hospital_rate": 0.04, "short_notice_rate": 0.06, "short_notice_refilled": 0.5}
    found = sensitivity(clinic(stream("new", **given, removal_rate=0.05, unbooked_rate=0.1)))

    def slots(hospital: float, short: float, removed: float, empty: float) -> float:
        """All are booked again: B = 1 / (1 - h - s); half of short notice is refilled."""
        return sessions((1 - removed) / (1 - hospital - short) * (1 - short * 0.5) / (1 - empty))

    base = slots(0.04, 0.06, 0.05, 0.1)
    assert moved(found, "cancellations") == pytest.approx(
        (slots(0.02, 0.04, 0.05, 0.1) - base, slots(0.06, 0.08, 0.05, 0.1) - base)
    )
    assert moved(found, "removals")[1] == pytest.approx(slots(0.04, 0.06, 0.07, 0.1) - base)
    assert moved(found, "unbooked")[1] == pytest.approx(slots(0.04, 0.06, 0.05, 0.12) - base)


def test_minutes_referrals_and_ratios_are_in_proportion() -> None:
    again = stream("again", kind="follow_up", generated_by="new", per_attendance=1.5, contact_minutes=20)
    scan = stream("scan", generated_by="new", per_attendance=0.2, contact_minutes=60)
    found = sensitivity(clinic(stream("new"), again, scan))
    new, follow, scans = sessions(1), sessions(1.5, 20), sessions(0.2, 60)
    whole = new + follow + scans
    assert moved(found, "contact_minutes") == pytest.approx((-0.1 * whole, 0.1 * whole))
    assert moved(found, "session_minutes") == pytest.approx((whole / 0.9 - whole, whole / 1.1 - whole))
    assert moved(found, "referrals") == pytest.approx((-0.05 * whole, 0.05 * whole))
    assert moved(found, "follow_up_ratio") == pytest.approx((-0.1 * follow, 0.1 * follow))
    assert moved(found, "conversion") == pytest.approx((-0.1 * scans, 0.1 * scans))


def test_growth_runs_from_the_middle_of_the_weeks_to_the_middle_of_the_year() -> None:
    """26 weeks from 5 April 2027: middle 91 days on, the middle of the plan year 178.625 days after 5 April."""
    again = stream("again", kind="follow_up", generated_by="new", contact_minutes=30)
    found = sensitivity(clinic(stream("new", growth_rate=0.03), again))
    years = (365.25 / 2 - 4 - 91) / 365.25
    level = {rate: 2 * sessions(1) * (1 + rate) ** years for rate in (0.01, 0.03, 0.05)}
    assert moved(found, "growth") == pytest.approx((level[0.01] - level[0.03], level[0.05] - level[0.03]))


def test_the_centile_of_rapid_work() -> None:
    """Weeks 1 to 101: the 75th, 80th and 85th centiles are 76, 81 and 86."""
    weeks = weekly_rows("new", list(range(1, 102)), dt.date(2025, 4, 7))
    found = sensitivity(clinic(stream("new", kind="rapid"), demand=tuple(weeks)))
    assert moved(found, "centile") == pytest.approx((-5 * 30 / 240, 5 * 30 / 240))


def test_weeks_present_move_supply_and_what_closing_the_gap_takes() -> None:
    """Six sessions of 42 weeks; a PA of gap takes 52.18 / W PAs of job plan."""
    found = sensitivity(clinic(stream("new")))
    assert moved(found, "weeks") == pytest.approx((6 / W_CAL, -6 / W_CAL))
    short = {weeks: sessions(1) - 6 * weeks / W_CAL for weeks in (41, 42, 43)}
    pa = {weeks: short[weeks] * W_CAL / weeks for weeks in short}
    assert moved(found, "weeks", column="change_pa") == pytest.approx((pa[41] - pa[42], pa[43] - pa[42]))


def test_sickness_moves_the_weeks_that_are_derived() -> None:
    """A nurse: (52.18 - 5.8 - 1.6 - 0.6) x 1 point = 0.4418 weeks; consultants have 42 stated weeks."""
    nurse = person("n1", staff_group="nurse", contract_pa=None, contract_hours=37.5, working_weeks=None)
    skills = tuple(Skill(person=name, activity="clinic") for name in ("c1", "n1"))
    made = clinic(stream("new"), people=(person("c1"), nurse), skills=skills, policies={"nurse": "afc-hours"},
                  job_plans=(row("c1", "clinic", "Mon AM"), row("n1", "clinic", "Mon AM")))  # fmt: skip
    change = 0.4418 / W_CAL * 225 / 240
    assert moved(sensitivity(made), "sickness") == pytest.approx((-change, change), abs=1e-5)
    stated = sensitivity(clinic(stream("new")))
    assert stated.absent["sickness"] == "everybody's weeks are stated, sickness included"


def test_money_moves_with_the_shortfall() -> None:
    found = sensitivity(clinic(stream("new", contact_minutes=60), costs=Costs(locum_session=620)))
    up = 0.1 * sessions(1, 60) * W_CAL * 620
    assert moved(found, "contact_minutes", column="change_pounds") == pytest.approx((-up, up))


# ---- the table


def test_factors_are_ranked_by_their_largest_effect_on_the_total() -> None:
    found = sensitivity(capacity.read(MODELS / "respiratory"))
    ranked = found.ranked
    assert list(ranked["largest"]) == sorted(ranked["largest"], reverse=True)
    assert list(ranked["rank"]) == list(range(1, len(ranked) + 1))
    assert set(ranked["factor"]) | set(found.absent) == {factor.factor for factor in FACTORS}
    assert ranked.set_index("factor").loc["dna", "step"] == "± 2 points"


def test_the_base_is_the_gap_and_activities_add_up_to_the_total() -> None:
    service = capacity.read(MODELS / "respiratory")
    base = sensitivity(service).base.set_index("activity")
    held = gap(service, analyse(service)).activities
    for mine, theirs in (("gap", "gap"), ("pa", "gap_pa"), ("hours", "gap_hours"), ("pounds", "pounds")):
        assert base.loc[list(held.index), mine].to_dict() == pytest.approx(held[theirs].to_dict(), nan_ok=True)
    frame = sensitivity(service).frame
    for (_, _), rows_of in frame.groupby(["factor", "direction"]):
        total = rows_of[rows_of["activity"] == TOTAL].iloc[0]
        rest = rows_of[rows_of["activity"] != TOTAL]
        for column in CHANGES:
            assert total[f"change_{column}"] == pytest.approx(rest[f"change_{column}"].sum(), abs=1e-6)


@pytest.mark.parametrize("name", ["golden", "respiratory", "msk_physiotherapy", "anaesthetics"])
@pytest.mark.parametrize("backlog", [False, True])
def test_the_short_way_to_the_requirement_is_that_of_the_demand_analysis(name: str, backlog: bool) -> None:
    made = capacity.read(MODELS / name).model_copy(update={"objective": Objective(include_backlog=backlog)})
    short = requirement(made, weekly_series(made.demand, made.rebase, made.origin.rows)).activities
    for key, demand in analyse(made).activities.items():
        assert short[key].required == pytest.approx(demand.required)
        assert short[key].required_mean == pytest.approx(demand.required_mean)
        assert short[key].session_admin_minutes == pytest.approx(demand.session_admin_minutes)


def test_other_steps_and_other_plans() -> None:
    made = clinic(stream("new", dna_rate=0.08, dna_rebooked=0.5))
    found = sensitivity(made, made.job_plans[:2], factors(dna=0.03, weeks=2))
    assert found.ranked.set_index("factor").loc["weeks", "step"] == "± 2 weeks"
    assert moved(found, "weeks") == pytest.approx((2 * 2 / W_CAL, -2 * 2 / W_CAL))
    assert moved(found, "dna")[1] == pytest.approx(sessions(1 / (1 - 0.055)) - sessions(1 / 0.96))
    with pytest.raises(KeyError, match="no factor luck; there are referrals, growth"):
        factors(luck=1)


def test_a_service_without_demand_or_people_gives_a_table() -> None:
    empty = service(people=(), skills=(), job_plans=(), activities=(activity("clinic"),))
    found = sensitivity(empty)
    assert found.ranked.empty
    assert set(found.absent) == {factor.factor for factor in FACTORS}
    assert found.base.set_index("activity").loc[TOTAL, "gap"] == 0


def test_the_service_is_left_as_it_is() -> None:
    made = capacity.read(MODELS / "golden")
    before = made.model_dump_json()
    sensitivity(made)
    assert made.model_dump_json() == before
