"""The gap: golden figures, a team worked by hand, its spreads and intervals, and everything else it can say."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from scipy.stats import binom

import capacity
from capacity.demand.activity_levels import LEVELS
from capacity.demand.analyse import analyse
from capacity.demand.intervals import mean_error
from capacity.report.schemas import gap_schema
from capacity.service.model import Costs, DeliveredRow, Objective, Service
from capacity.supply.calendar import TOTAL
from capacity.supply.gap import Gap, gap
from tests.demand.builders import X26, stream, weekly_rows
from tests.supply.team import W_CAL, activity, person, row, service

MODELS = Path(__file__).parents[2] / "models"
NAMES = ("golden", "respiratory", "msk_physiotherapy", "anaesthetics")
E42 = 42 / W_CAL


def of(made: Service, **more: Any) -> Gap:
    return gap(made, analyse(made), **more)


def model(name: str) -> Gap:
    return of(capacity.read(MODELS / name))


def level(found: Gap, activity: str, name: str) -> dict[str, Any]:
    frame = found.by_level
    return frame[(frame["activity"] == activity) & (frame["level"] == name)].iloc[0].to_dict()


# ---- by activity


def test_the_golden_gap_in_every_unit() -> None:
    """models/golden/README.md: rapid short 0.7333; a session is 280 minutes, 12 slots of 15, 42 weeks present."""
    row = model("golden").activities.loc["rapid"]
    assert row["gap"] == pytest.approx(0.733333, abs=1e-6)
    assert row["gap_hours"] == pytest.approx(0.733333 * 280 / 60, abs=1e-5)
    assert row["gap_pa"] == pytest.approx(0.733333 * 280 * W_CAL / 42 / 240, abs=1e-5)
    assert row["gap_wte"] == pytest.approx(row["gap_pa"] / 10)
    assert row["gap_slots"] == pytest.approx(8.8, abs=1e-5)
    assert row["gap_contact_hours"] == pytest.approx(2.2, abs=1e-5)
    assert row["load"] == pytest.approx(2.233333 / 1.5, abs=1e-5)
    assert (row["backlog"], row["pounds_by"]) == (0, "")


def test_fixed_sessions_have_no_slots() -> None:
    row = model("golden").activities.loc["ward"]
    assert math.isnan(row["gap_slots"])
    assert row["gap_contact_hours"] == 0
    assert row["gap"] == pytest.approx(1 - 60 / W_CAL)


def test_a_policy_without_stated_weeks_and_nobody_skilled() -> None:
    """Weeks of hours contracts are derived: (52.18 - 5.8 - 1.6 - 0.6) x 0.96 = 42.4128."""
    made = service(policy="afc-hours", people=(), skills=(), job_plans=())
    found = of(made).activities.loc["clinic"]
    assert found["gap_pa"] == pytest.approx(4 * W_CAL / 42.4128)
    assert math.isnan(found["load"])


def test_other_job_plans_can_be_held_against_the_requirement() -> None:
    made = service()
    assert of(made, rows=made.job_plans[:2]).activities.loc["clinic", "supplied"] == pytest.approx(2 * E42)


def test_include_backlog_asks_for_one_off_sessions_over_the_year() -> None:
    before = capacity.read(MODELS / "msk_physiotherapy")
    after = before.model_copy(update={"objective": Objective(include_backlog=True)})
    without, included = of(before), of(after)
    a_week = without.one_off_by_activity.set_index("activity")["a_week"]
    more = included.activities["required"] - without.activities["required"]
    assert more[more > 0].to_dict() == pytest.approx(a_week.to_dict())
    assert included.activities["backlog"].to_dict() == pytest.approx(more.to_dict())
    assert included.one_off_by_activity["sessions"].sum() == pytest.approx(a_week.sum() * W_CAL)
    for name in LEVELS:
        assert level(included, "assess", name)["gap_upper"] == pytest.approx(
            level(without, "assess", name)["gap_upper"] + a_week["assess"]
        )
    total = included.calendar[included.calendar["activity"] == TOTAL]
    assert total["required"].iloc[0] == pytest.approx(included.activities["required"].sum())


# ---- supply: its mean, and its weeks


def test_the_mean_of_a_year_is_surer_than_a_week() -> None:
    """Three people with two sessions: 2 x binomial(3, w) a week, and its mean over 52.18 weeks."""
    found = of(service()).supply.set_index("activity").loc["clinic"]
    sd = math.sqrt(3 * 4 * E42 * (1 - E42))
    assert found["week_sd"] == pytest.approx(sd)
    assert found["lower"] == pytest.approx(6 * E42 - 1.644854 * sd / math.sqrt(W_CAL))
    assert found["upper"] == pytest.approx(6 * E42 + 1.644854 * sd / math.sqrt(W_CAL))
    assert found["week_low"] == 2 * binom.ppf(0.05, 3, E42)
    assert found["week_high"] == 2 * binom.ppf(0.95, 3, E42)


def test_the_timetable_itself_is_no_uncertainty() -> None:
    """A covered clinic in one week of two: weeks differ, the mean of the year does not."""
    made = service(
        activities=(activity("clinic", covered=True, sessions_per_week=1),),
        job_plans=(row("c1", "clinic", "Wed AM", weeks=(1,)),),
    )
    found = of(made).supply.set_index("activity").loc["clinic"]
    assert (found["week_sd"], found["sd_of_people"]) == (0.5, 0)
    assert (found["lower"], found["supplied"], found["upper"]) == (0.5, 0.5, 0.5)
    assert (found["week_low"], found["week_high"]) == (0, 1)


def test_a_person_away_is_away_from_everything() -> None:
    """One person with both clinics: the total has 2 sessions or none, not two independent ones.

    Without bank holidays there are 42 + 1.6 weeks of each.
    """
    activities = (activity("clinic", sessions_per_week=1), activity("list", sessions_per_week=1))
    made = service(
        people=(person("c1"),),
        activities=activities,
        job_plans=(row("c1", "clinic", "Wed AM"), row("c1", "list", "Thu AM")),
        calendar={"bank_holidays": "none"},
    )
    total = of(made).supply.set_index("activity").loc[TOTAL]
    there = 43.6 / W_CAL
    assert total["sd_of_people"] == pytest.approx(2 * math.sqrt(there * (1 - there)))


# ---- levels and intervals


def clinic(**changes: Any) -> Service:
    """x26 of rapid referrals of 30 minutes in a clinic of 240."""
    settled: dict[str, Any] = {
        "activities": (activity("clinic", contact_minutes=240),),
        "streams": (stream("lung", kind="rapid"),),
        "demand": tuple(weekly_rows("lung", X26)),
        "costs": Costs(locum_session=620),
    }
    return service(**(settled | changes))


def test_the_gap_at_each_level_by_hand() -> None:
    found = of(clinic())
    supplied = 6 * E42
    row = level(found, "clinic", "keep_up")
    assert row["gap"] == pytest.approx(23.653846 / 8 - supplied)
    width, _ = mean_error(X26)
    assert width is not None
    reach = 1.644854 * math.sqrt(3 * 4 * E42 * (1 - E42) / W_CAL)
    assert row["gap_lower"] == pytest.approx(row["gap"] - math.hypot(width / 8, reach))
    assert row["gap_upper"] == pytest.approx(row["gap"] + math.hypot(width / 8, reach))
    centile = level(found, "clinic", "percentile")
    assert centile["used"]
    assert centile["gap"] == pytest.approx(found.activities.loc["clinic", "gap"])
    assert centile["gap_slots"] == pytest.approx(27 - 8 * supplied)
    assert centile["gap_pa"] == pytest.approx(found.activities.loc["clinic", "gap_pa"])
    assert centile["pounds"] == 0
    assert level(found, "clinic", "service_level")["seen_in_time"] >= 0.92


def test_levels_are_priced_at_their_own_gap() -> None:
    found = of(clinic(job_plans=()))
    row = level(found, "clinic", "keep_up")
    assert row["pounds"] == pytest.approx(23.653846 / 8 * W_CAL * 620)
    assert row["pounds_by"] == "locum_session"
    assert row["supplied_upper"] == 0


def test_the_total_is_of_what_is_asked_for() -> None:
    """Supply of an activity nobody asks for does not fill another gap."""
    activities = (activity("clinic", contact_minutes=240), activity("spare"))
    made = clinic(activities=activities, job_plans=(row("c1", "clinic", "Mon AM"), row("c1", "spare", "Tue AM")))
    found = of(made)
    total = level(found, TOTAL, "required")
    assert total["supplied"] == pytest.approx(E42)
    assert total["gap"] == pytest.approx(27 / 8 - E42)
    assert level(found, TOTAL, "keep_up")["gap"] == pytest.approx(23.653846 / 8 - E42)


@pytest.mark.parametrize("name", NAMES)
def test_levels_agree_with_the_requirement_and_hold_their_own_values(name: str) -> None:
    found = model(name)
    used = found.by_level[found.by_level["used"] & (found.by_level["activity"] != TOTAL)].set_index("activity")
    assert used["required"].to_dict() == pytest.approx(found.activities["required"].to_dict())
    assert used["gap"].to_dict() == pytest.approx(found.activities["gap"].to_dict())
    for unit in ("gap_pa", "gap_wte", "gap_hours", "gap_slots", "pounds"):
        assert used[unit].to_dict() == pytest.approx(found.activities[unit].to_dict(), nan_ok=True)
    known = found.by_level.dropna(subset=["lower", "upper"])
    assert (known["lower"] <= known["required"] + 1e-9).all()
    assert (known["upper"] >= known["required"] - 1e-9).all()
    assert (known["gap_lower"] <= known["gap"] + 1e-9).all()
    kept = found.by_level[(found.by_level["level"] == "service_level") & (found.by_level["activity"] != TOTAL)]
    assert (kept["seen_in_time"].dropna() >= 0.92 - 1e-9).all()


def test_the_total_is_surer_than_its_parts_added_up() -> None:
    found = model("respiratory").by_level
    rows_of = found[(found["level"] == "keep_up") & (found["activity"] != TOTAL)]
    total = found[(found["level"] == "keep_up") & (found["activity"] == TOTAL)].iloc[0]
    assert total["required"] == pytest.approx(rows_of["required"].sum())
    assert total["upper"] - total["lower"] < (rows_of["upper"] - rows_of["lower"]).sum()


# ---- everything else


def test_a_plan_pays_for_nothing_it_does_not_ask_for() -> None:
    found = model("respiratory")
    lazy = {"streams", "levels", "by_level", "supply", "calendar", "sensitivity", "lists", "pounds", "ladder"}
    assert not lazy & set(found.__dict__)
    assert found.calendar is found.calendar


def test_a_gap_made_by_hand_says_what_it_knows() -> None:
    found = Gap(model("golden").activities)
    assert set(found.to_json()) == {"activities", "findings"}
    with pytest.raises(ValueError, match="made without a service"):
        _ = found.levels


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_published(name: str) -> None:
    found = model(name)
    value = json.loads(json.dumps(found.to_json(), allow_nan=False))
    Draft202012Validator(gap_schema()).validate(value)
    assert set(value["activities"]) == set(found.activities.index)
    for key, figures in value["activities"].items():
        assert set(figures["levels"]) == set(LEVELS)
        assert figures["gap"] == pytest.approx(found.activities.loc[key, "gap"], abs=1e-6)
    assert len(value["calendar"]["weeks"]) == 52
    assert value["failing_weeks"] == list(found.failing_weeks)
    assert [row["factor"] for row in value["sensitivity"]["ranked"]] == list(found.sensitivity.ranked["factor"])
    assert set(value["total"]) == {*LEVELS, "required"}
    assert value["utilisation"]["delivered"] is None


def test_delivered_sessions_and_headroom_are_there() -> None:
    done = DeliveredRow(date=dt.date(2027, 4, 5), person="c1", activity="clinic", sessions=0, reason="sickness")
    found = of(service(delivered=(done,)))
    assert found.lost_sessions is not None and found.lost_sessions["sessions"].item() == 1
    assert found.delivered_use is not None
    assert "42.0 of 52.18 weeks present, a headroom of 19.5%" in found.headroom_sentence
    assert found.failing_weeks == () or "clinic" in found.failing_weeks[0]


def test_a_service_without_people_or_requirement_gives_frames() -> None:
    found = of(service(people=(), skills=(), job_plans=(), activities=(activity("clinic"),)))
    assert found.headroom_sentence == ""
    assert list(found.by_level["activity"]) == ["clinic"] * 3
    assert found.lists.empty and found.one_off.empty and found.pounds.empty
    Draft202012Validator(gap_schema()).validate(found.to_json())


def test_findings_are_of_supply_and_of_stages() -> None:
    people = (person("c1", **{"from": dt.date(2027, 9, 1)}), person("c2", kind="vacant"))
    streams = (stream("lung", target_weeks=18), stream("list", generated_by="lung", per_attendance=0.1))
    found = of(clinic(people=people, streams=streams, job_plans=(row("c1", "clinic", "Mon AM"),)))
    assert [finding.rule for finding in found.findings] == ["vacant_post", "part_year", "stage_target"]


@pytest.mark.parametrize("weeks", [[0] * 26, [5] * 5, [3] * 25 + [900]], ids=["none", "few", "outlier"])
def test_odd_demand_gives_a_gap(weeks: list[int]) -> None:
    made = clinic(demand=tuple(weekly_rows("lung", weeks)))
    found = of(made)
    Draft202012Validator(gap_schema()).validate(found.to_json())
    if len(weeks) < 11:
        row = level(found, "clinic", "percentile")
        assert pd.isna(row["gap_lower"])
        assert "11" in row["reason"]


def test_scaling_minutes_scales_every_figure_of_the_gap() -> None:
    once, twice = (
        of(clinic(streams=(stream("lung", kind="rapid", contact_minutes=m),), job_plans=())) for m in (15, 30)
    )
    for name in LEVELS:
        for column in ("required", "lower", "upper", "gap", "gap_pa", "gap_hours"):
            assert level(twice, "clinic", name)[column] == pytest.approx(2 * level(once, "clinic", name)[column])


def test_a_gap_with_other_findings_keeps_what_it_can_say() -> None:
    found = replace(model("golden"), findings=())
    assert found.findings == ()
    assert not found.by_level.empty
