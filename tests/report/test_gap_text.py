"""The page of ``capacity gap``: one sentence, the year, the gap by activity and level, lists, what moves it."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path

import pytest

import capacity
from capacity.answer import all_findings
from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.report.gap_text import activity_text, gap_text, lists_text, sensitivity_text
from capacity.report.text import lead_sentence
from capacity.service.model import Service
from capacity.supply.gap import Gap
from capacity.supply.gap import gap as gap_from

from .stepped import MOVED, stepped

MODELS = Path(__file__).parents[2] / "models"
SHIPPED = ("golden", "respiratory", "msk_physiotherapy", "anaesthetics")
PRICES = {"extra_pa": 11200.0, "waiting_list_session": 780.0}


@cache
def case(model: str) -> tuple[Service, Demand, Gap]:
    service = capacity.read(MODELS / model)
    demand = capacity.demand(service)
    return service, demand, gap_from(service, demand)


def of(service: Service) -> tuple[Service, Demand, Gap]:
    demand = capacity.demand(service)
    return service, demand, gap_from(service, demand)


def flat(text: str) -> str:
    return " ".join(text.split())


def row(text: str, name: str) -> list[str]:
    """Cells of the table row that begins so."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return re.split(r"\s{2,}", line.strip())


# The page


@pytest.mark.parametrize("model", SHIPPED)
def test_a_page_a_lead_can_read(model: str) -> None:
    service, demand, gap = case(model)
    text = gap_text(service, demand, gap)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 110
    assert not re.search(r"\bnan\b|\bNone\b|-0\.0\b", text)
    order = ("You need", "Week by week from", "Sessions a week", "What moves the gap most", "From funded posts to",
             "All staff:", "Rooms in the timetable", "finding")  # fmt: skip
    places = [text.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)


def test_the_figures_of_the_golden_service_are_those_worked_by_hand() -> None:
    expected = json.loads((MODELS / "golden" / "expected.json").read_text(encoding="utf-8"))["gap"]
    text = gap_text(*case("golden"))
    names = {
        "rapid": "Rapid-access clinic ",
        "general": "General clinic",
        "fup": "Nurse follow-up",
        "ward": "Ward round",
    }
    table = text[text.index("Sessions a week") :]
    for activity, name in names.items():
        cells = row(table, name)
        required = next(cell for cell in cells if cell.endswith("*"))
        assert float(required.rstrip("*")) == pytest.approx(expected[activity]["required"], abs=0.051)
        assert float(cells[4]) == pytest.approx(expected[activity]["supplied"], abs=0.051)
        assert float(cells[5]) == pytest.approx(expected[activity]["gap"], abs=0.051)


@pytest.mark.parametrize("model", SHIPPED)
def test_the_sentence_and_the_table_say_the_same(model: str) -> None:
    """The sentence counts what is short; the total of the table counts surpluses too and must not pass for it."""
    service, demand, gap = case(model)
    text = gap_text(service, demand, gap)
    said = re.search(r"deliver ([\d.,]+), short ([\d.,]+)\.", flat(text))
    assert said is not None
    short = gap.activities.loc[gap.activities["required"] > 0, "gap"].clip(lower=0).sum()
    assert float(said[2]) == pytest.approx(short, abs=0.051)
    assert float(row(text, "What is short, added up")[1]) == pytest.approx(short, abs=0.051)
    together = row(text, "All, surpluses counted")
    total = gap.activities.loc[gap.activities["required"] > 0]
    assert float(together[4]) == pytest.approx(float(total["supplied"].sum()), abs=0.051)
    assert float(together[5]) == pytest.approx(float(total["gap"].sum()), abs=0.051)


def test_pounds_are_those_of_the_shortfall_and_say_how_it_is_bought() -> None:
    golden = case("golden")[0]
    assert "No prices: see [costs] of service.toml." in flat(gap_text(*case("golden")))
    priced = golden.model_copy(update={"costs": golden.costs.model_copy(update=PRICES)})
    service, demand, gap = of(priced)
    text = gap_text(service, demand, gap)
    rows = gap.activities[gap.activities["gap"] > 0]
    pounds = float((rows["gap_pa"] * PRICES["extra_pa"]).sum())
    assert row(text, "What is short, added up")[-1] == f"{pounds / 1000:,.0f}"
    assert "£000: what is short costs so much a year by extra PAs." in flat(text)


def test_sessions_nobody_asked_for_are_outside_the_sentence() -> None:
    """They once counted as delivered, so that the plans seemed to meet the need."""
    golden = case("golden")[0]
    activities = [
        row.model_copy(update={"sessions_per_week": None}) if row.activity == "ward" else row
        for row in golden.activities
    ]
    service, demand, gap = of(golden.model_copy(update={"activities": tuple(activities)}))
    text = flat(gap_text(service, demand, gap))
    assert "1.1 sessions a week of Ward round are planned though nothing is required of them" in text
    assert not [line for line in gap_text(service, demand, gap).splitlines() if line.startswith("Ward round")]


def test_all_shows_every_activity_and_finding() -> None:
    service, demand, gap = case("anaesthetics")
    short, whole = (gap_text(service, demand, gap, everything) for everything in (False, True))
    assert "and 1 more (--all)" in short
    assert "more (--all)" not in whole
    table = whole[whole.index("Sessions a week") :]
    for activity in service.activities:
        assert [line for line in table.splitlines() if line.startswith(activity.name[:20])], activity.name
    assert len(whole.splitlines()) > len(short.splitlines())
    assert max(map(len, whole.splitlines())) <= 100


def test_a_team_with_nobody_in_post_gets_an_answer() -> None:
    golden = case("golden")[0]
    people = tuple(person.model_copy(update={"kind": "vacant"}) for person in golden.people)
    text = gap_text(*of(golden.model_copy(update={"people": people})))
    assert "your plans deliver 0, short 6.5." in text
    assert "In post" in text


def test_a_service_that_requires_nothing_gets_an_answer() -> None:
    golden = case("golden")[0]
    idle = tuple(row.model_copy(update={"sessions_per_week": None}) for row in golden.activities)
    service = golden.model_copy(update={"streams": (), "demand": (), "activities": idle})
    text = gap_text(*of(service))
    assert "Nothing is required: no stream or activity asks for a session." in text
    assert "Nothing is required, so there is no gap to show." in text


def test_therapy_hours_are_shown_where_most_are_on_hours_contracts() -> None:
    assert "Hours contracts, a week" in gap_text(*case("msk_physiotherapy"))
    assert "Hours contracts, a week" not in gap_text(*case("respiratory"))
    assert "Hours contracts, a week" in gap_text(*case("respiratory"), everything=True)


# Backlog


def test_the_backlog_is_apart_from_what_is_needed_every_week() -> None:
    service, demand, gap = case("respiratory")
    once = sum(row.one_off_sessions for row in demand.activities.values())
    assert lead_sentence(gap).endswith(f"Backlog apart: {once:.1f} one-off sessions.")
    text = flat(lists_text(service, gap))
    assert f"{once:.1f} sessions once" in text
    assert f"£{gap.one_off_by_activity['pounds'].sum():,.0f} as waiting-list sessions" in text


def test_a_backlog_that_is_included_is_not_said_to_be_apart() -> None:
    service = case("respiratory")[0]
    held = service.model_copy(update={"objective": service.objective.model_copy(update={"include_backlog": True})})
    changed, demand, gap = of(held)
    assert "Backlog apart" not in lead_sentence(gap)
    weekly = sum(row.backlog_sessions for row in demand.activities.values())
    assert f"Of what you need {weekly:.1f} a week is backlog" in lead_sentence(gap)
    assert f"Required holds {weekly:.1f} a week of one-off work" in flat(gap_text(changed, demand, gap))


def test_a_list_that_is_short_now_but_grows_does_not_pass_for_settled() -> None:
    """Lung function: fewer wait than may, but more join than are seen a week. It once read: now."""
    service, _, gap = case("respiratory")
    text = lists_text(service, gap)
    lung = gap.lists.set_index("stream").loc["lung_function"]
    assert lung["waiting"] < lung["sustainable"]
    weeks = math.ceil((lung["sustainable"] - lung["waiting"]) / (lung["demand"] - lung["capacity"]))
    assert row(text, "Lung function tests")[-1] == f"over in {weeks} weeks"
    for one in gap.lists[gap.lists["waiting"] > gap.lists["sustainable"]].itertuples():
        name = next(stream.name for stream in service.streams if stream.stream == one.stream)
        there = "never" if one.capacity <= one.demand else f"{one.reached_in_weeks:.0f} weeks"
        assert row(text, name)[-1] == there


def test_without_lists_there_is_no_table_of_them() -> None:
    service, _, gap = case("golden")
    assert lists_text(service, gap) == ""
    assert "one-off" not in lead_sentence(gap)


# What moves it, findings, one activity


def test_what_moves_the_gap_most_comes_first() -> None:
    _, _, gap = case("respiratory")
    text = sensitivity_text(gap, most=5)
    effects = [
        max(abs(float(cell)) for cell in row(text, str(label))[-4:-2]) for label in gap.sensitivity.ranked["label"][:5]
    ]
    assert effects == sorted(effects, reverse=True)
    assert "8 others: sensitivity.csv" in text
    every = sensitivity_text(gap, None)
    assert all(str(label) in every for label in gap.sensitivity.ranked["label"])


def test_a_proposal_to_rebase_comes_with_the_gap() -> None:
    """A gap sized on a level that is over would mislead whoever reads no further than this page."""
    service, demand, gap = of(stepped())
    text = gap_text(service, demand, gap)
    assert f"  [rebase]\n  rapid = {MOVED}" in text
    assert "rebase_proposed" not in text
    assert "other findings" in text


def test_a_gap_in_weeks_is_said_once() -> None:
    """The reader and the series both find it."""
    golden = case("golden")[0]
    weeks = sorted({row.start for row in golden.demand})
    fewer = golden.model_copy(update={"demand": tuple(one for one in golden.demand if one.start != weeks[5])})
    note = Finding("gap_in_weeks", "rapid", "1 week has no row")
    noted = fewer.model_copy(
        update={"origin": golden.origin.model_copy(update={"notes": (*golden.origin.notes, note)})}
    )
    service, demand, gap = of(noted)
    found = [one for one in all_findings(service, demand, gap, None) if one.rule == "gap_in_weeks"]
    assert sorted(one.subject for one in found) == ["new", "rapid"]
    assert "there is no count for these weeks" in found[0].message


def test_one_activity_in_full() -> None:
    service, _, gap = case("respiratory")
    text = activity_text(service, gap, "rapid")
    assert max(map(len, text.splitlines())) <= 100
    people = gap.sessions[gap.sessions["activity"] == "rapid"]
    table = text[text.index("Who supplies it") :]
    shown = [float(row(table, str(person))[-1]) for person in people["person"]]
    assert sum(shown) == pytest.approx(float(gap.activities.loc["rapid", "supplied"]) * 52.18, abs=0.3)
    assert "All, surpluses not counted" not in text
    for cost in gap.pounds[gap.pounds["activity"] == "rapid"].itertuples():
        assert f"£{cost.pounds:,.0f} a year" in text
    with pytest.raises(KeyError, match="nothing"):
        activity_text(service, gap, "nothing")


def test_long_names_keep_the_page_in_its_width() -> None:
    respiratory = case("respiratory")[0]
    name = "A clinic with a name that goes on for rather longer than a table is wide"
    activities = tuple(row.model_copy(update={"name": f"{name} {row.activity}"}) for row in respiratory.activities)
    streams = tuple(row.model_copy(update={"name": f"{name} {row.stream}"}) for row in respiratory.streams)
    service, demand, gap = of(respiratory.model_copy(update={"activities": activities, "streams": streams}))
    assert max(map(len, gap_text(service, demand, gap).splitlines())) <= 100
    assert max(map(len, activity_text(service, gap, "rapid").splitlines())) <= 100
