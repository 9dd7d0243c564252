"""Clinical and contact hours: published worked examples of CAPA, and one therapist by hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

import capacity
from capacity.supply.therapy import appointments, clinical_share_target, direct_hours, therapy_by_band, therapy_hours
from tests.supply.team import W_CAL, activity, person, row, service, time_of

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "data" / "reference" / "dc_worked_examples.json"
MSK = Path(__file__).parents[2] / "models" / "msk_physiotherapy"
WEEKS = (52.18 - 5.8 - 0.6 - 1.6) * 0.96  # 42.4128, afc-hours


def example(name: str) -> dict[str, Any]:
    if not EXAMPLES.is_file():
        pytest.skip("the published worked examples are not here")
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]
    return next(each for each in examples if each["id"] == name)


def test_capa_capacity_of_seven_wte() -> None:
    given = example("capa_capacity_ex2")
    inputs, expected = given["inputs"], given["expected"]
    found = direct_hours(
        inputs["fte"], inputs["clinical_sessions_per_wte"], inputs["direct_hours_per_session"], inputs["weeks"]
    )
    assert (found.weekly, found.annual) == (expected["weekly_hours"], expected["annual_hours"])


def test_capa_maths_model_is_the_product_it_states() -> None:
    formula = example("capa_maths_model")["formula"]["capacity"]
    values = {"FTE": 6.5, "pct_core": 0.6, "appts_per_half_day": 2, "pct_time_worked": 45 / 52}
    stated = 1.0
    for factor in formula.split("*"):
        stated *= values[factor] if factor in values else float(factor)
    found = appointments(values["FTE"], values["pct_core"], values["appts_per_half_day"], values["pct_time_worked"])
    assert found == pytest.approx(stated)


def therapist(**columns: Any):
    """37.5 hours: 6 sessions of 225 minutes, 180 with patients, 15 admin on top; 3.75 hours SPA, 1 flexible."""
    made = service(
        cycle_weeks=1,
        policies={"ahp": "afc-hours"},
        people=(
            person(
                "m1",
                **{
                    "staff_group": "ahp",
                    "grade": "6",
                    "contract_pa": None,
                    "contract_hours": 37.5,
                    "working_weeks": None,
                    **columns,
                },
            ),
        ),
        activities=(activity("clinic", session_minutes=225, contact_minutes=180, admin_minutes=15),),
        job_plans=(
            *(row("m1", "clinic", slot) for slot in ("Mon AM", "Mon PM", "Tue AM", "Tue PM", "Wed AM", "Wed PM")),
            row("m1", "spa", "Thu AM"),
            row("m1", "flexible", "-", minutes=60),
        ),
    )
    return time_of(made)


def test_one_therapist_by_hand() -> None:
    time = therapist()
    found = therapy_hours(time, time.service.job_plans).iloc[0]
    there = WEEKS / W_CAL
    assert found["contract_hours"] == 37.5
    assert found["hours_at_work"] == pytest.approx(37.5 * there)
    assert found["non_clinical_hours"] == pytest.approx(3.75 * there)
    assert found["clinical_hours"] == pytest.approx(6 * 4 * there)
    assert found["unagreed_hours"] == pytest.approx((37.5 - 3.75 - 24) * there)
    assert found["admin_travel_hours"] == pytest.approx(6 * 0.25 * there)
    assert found["rest_of_session_hours"] == pytest.approx(6 * 0.75 * there)
    assert found["contact_hours"] == pytest.approx(6 * 3 * there)
    assert found["clinical_share"] == pytest.approx(24 / 37.5)
    assert (found["clinical_share_target"], found["target_from"]) == (0.8, "policy")
    assert found["above_target"] == pytest.approx(24 / 37.5 - 0.8)
    assert found["contact_share"] == pytest.approx(18 / 37.5 * there)


def test_part_of_a_year_scales_hours_and_not_shares() -> None:
    time = therapist(**{"from": dt.date(2027, 9, 1)})
    found = therapy_hours(time, time.service.job_plans).iloc[0]
    assert found["contact_hours"] == pytest.approx(7 / 12 * 18 * WEEKS / W_CAL)
    assert found["clinical_share"] == pytest.approx(24 / 37.5)


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({}, (0.8, "policy")),
        ({"clinical_share": 0.66}, (0.66, "person")),
        ({"grade": "Band 7"}, (0.7, "policy")),
        ({"grade": None}, (None, "")),
        ({"grade": "4"}, (None, "")),
    ],
)
def test_the_target_is_the_persons_else_the_bands(columns: dict[str, Any], target: tuple[float | None, str]) -> None:
    time = therapist(**columns)
    assert clinical_share_target(time, time.people["m1"]) == target


def test_a_model_adds_up_person_by_person_and_band_by_band() -> None:
    made = capacity.read(MSK)
    frame = therapy_hours(time_of(made), made.job_plans)
    parts = ["duty_hours", "admin_travel_hours", "rest_of_session_hours", "contact_hours"]
    assert frame["clinical_hours"].to_numpy() == pytest.approx(frame[parts].sum(axis=1).to_numpy())
    rest = ["non_clinical_hours", "unagreed_hours", "clinical_hours"]
    assert frame["hours_at_work"].to_numpy() == pytest.approx(frame[rest].sum(axis=1).to_numpy())
    bands = therapy_by_band(frame)
    assert bands["people"].sum() == len(frame) == 17  # one post is vacant
    assert bands["contact_hours"].sum() == pytest.approx(frame["contact_hours"].sum())
    assert list(bands["clinical_share_target"]) == pytest.approx([0.6, 0.7, 0.8, 0.85])


def test_contracts_in_pas_are_left_to_the_ladder() -> None:
    time = time_of(service())
    assert therapy_hours(time, time.service.job_plans).empty
    assert therapy_by_band(therapy_hours(time, time.service.job_plans)).empty
