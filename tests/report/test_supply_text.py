"""Ladder, headroom, use and therapy hours in words, from the frames of the supply functions."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

import capacity
from capacity.report.supply_text import headroom_text, ladder_text, planned_text, therapy_text, use_text
from capacity.supply.gap import Gap
from capacity.supply.ladder import TOTAL
from capacity.supply.therapy import therapy_by_band
from capacity.supply.variation import EVERYONE

MODELS = Path(__file__).parents[2] / "models"


@cache
def gap_of(model: str) -> Gap:
    return capacity.gap(capacity.read(MODELS / model))


def figures(line: str) -> list[float]:
    return [float(cell) for cell in line.replace("%", "").split() if cell.replace(".", "").lstrip("-").isdigit()]


@pytest.mark.parametrize("model", ["golden", "respiratory", "msk_physiotherapy"])
@pytest.mark.parametrize("whole", [False, True])
def test_every_rung_of_the_ladder_is_shown_and_the_losses_lead_to_it(model: str, whole: bool) -> None:
    text = ladder_text(gap_of(model).ladder, whole=whole)
    lines = text.splitlines()[2:]
    rungs = [at for at, line in enumerate(lines) if not line.startswith("  ")]
    ladder = gap_of(model).ladder
    assert len(rungs) == ((ladder["staff_group"] == TOTAL) & (ladder["kind"] == "rung")).sum()
    for first, last in pairwise(rungs):
        lost = sum(figures(line)[-3] for line in lines[first + 1 : last])
        assert figures(lines[last])[-3] == pytest.approx(figures(lines[first])[-3] + lost, abs=0.03), "but for rounding"


def test_a_vacant_post_is_a_loss_of_the_ladder() -> None:
    text = ladder_text(gap_of("msk_physiotherapy").ladder)
    assert "  vacant" in text
    assert "  vacant" not in ladder_text(gap_of("respiratory").ladder)


def test_the_headroom_of_all_is_a_sentence_and_a_group_outside_what_was_seen_another() -> None:
    frame = pd.DataFrame(
        {
            "staff_group": ["nurse", "consultant", EVERYONE],
            "within_seen": [False, True, True],
            "words": ["nurse: 48 weeks", "consultant: 42 weeks", "all staff: 43 weeks"],
        }
    )
    assert headroom_text(frame).splitlines() == ["All staff: 43 weeks", "Nurse: 48 weeks"]
    assert headroom_text(frame.iloc[:0]) == ""


def rooms(**use: tuple[float, float]) -> pd.DataFrame:
    rows = [{"room": room, "utilisation": share, "without_room": without} for room, (share, without) in use.items()]
    return pd.DataFrame(rows, columns=["room", "utilisation", "without_room"])


NOBODY = pd.DataFrame(columns=["person", "dcc_planned_pa", "dcc_possible_pa", "utilisation"])


def test_full_rooms_and_sessions_without_one_are_named() -> None:
    text = use_text(rooms(clinic=(1.0, 0.5), annex=(0.4, 0.0)), NOBODY, None, None)
    assert " ".join(text.split()) == (
        "Rooms in the timetable, share of their half-days: clinic 100% and annex 40%. Clinic has no half-day to spare."
        " Sessions a week that find no room free: clinic 0.5."
    )


def test_planned_and_delivered_are_compared_with_the_reasons() -> None:
    delivered = pd.DataFrame({"timetabled": [10.0, 10.0], "delivered": [8.0, 9.0], "expected": [9.0, 9.5]})
    lost = pd.DataFrame({"reason": ["leave", "no room", "leave"], "sessions": [1.0, 1.0, 1.0]})
    text = " ".join(use_text(rooms(), NOBODY, delivered, lost).split())
    assert text == (
        "Planned and delivered: 17 of 20 sessions of the timetable took place (85%; after leave, sickness and duty 18.5"
        " were to be expected). Lost: leave 2 and no room 1."
    )


def test_planned_time_by_category_adds_up() -> None:
    frame = gap_of("golden").categories
    text = planned_text(frame)
    total = float(frame["pa"].sum())
    assert f"DCC {frame.loc[frame['category'] == 'DCC', 'pa'].sum():.1f}" in text
    shares = [float(part.split("%")[0]) for part in text.split("(")[1:]]
    assert sum(shares) == pytest.approx(100, abs=1.5)
    assert total > 0


def test_hours_to_contact_by_band() -> None:
    hours = therapy_by_band(gap_of("msk_physiotherapy").therapy)
    text = therapy_text(hours)
    assert max(map(len, text.splitlines())) <= 100
    row = hours[hours["grade"] == "6"].iloc[0]
    line = next(line for line in text.splitlines() if line.startswith("ahp 6"))
    shown = figures(line.removeprefix("ahp 6"))
    assert shown[1:] == pytest.approx(
        [round(row[key], 1) for key in ("contract_hours", "hours_at_work", "clinical_hours", "contact_hours")]
        + [round(row[key] * 100) for key in ("clinical_share", "clinical_share_target", "contact_share")],
        abs=0.06,
    )
    assert therapy_text(hours.iloc[:0]) == ""
