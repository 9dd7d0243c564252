"""The page of ``capacity demand``: one sentence, streams and activities at three levels, what to confirm."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

import capacity
from capacity.demand.result import Demand
from capacity.report.demand_tables import coverage_table, levels_table, requirement_table, streams_table
from capacity.report.demand_text import (
    activity_level,
    days_text,
    demand_text,
    headline,
    pooling_text,
    rebase_text,
    signals_text,
    stream_text,
)
from capacity.service.model import Service

from .stepped import MOVED, WEEKS, stepped

MODELS = Path(__file__).parents[2] / "models"
SHIPPED = ("golden", "respiratory", "msk_physiotherapy", "anaesthetics")


@cache
def case(model: str) -> tuple[Service, Demand]:
    service = capacity.read(MODELS / model)
    return service, capacity.demand(service)


@cache
def moved() -> tuple[Service, Demand]:
    return stepped(), capacity.demand(stepped())


def flat(text: str) -> str:
    return " ".join(text.split())


def row(text: str, name: str) -> list[str]:
    """Cells of the table row that begins so."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return re.split(r"\s{2,}", line.strip())


def with_stream(service: Service, stream: str, **changes: object) -> Service:
    """The service with columns of one stream changed."""
    streams = tuple(one.model_copy(update=changes) if one.stream == stream else one for one in service.streams)
    return service.model_copy(update={"streams": streams})


# The page


@pytest.mark.parametrize("model", SHIPPED)
@pytest.mark.parametrize("everything", [False, True])
def test_a_page_a_lead_can_read(model: str, everything: bool) -> None:
    service, demand = case(model)
    text = demand_text(service, demand, everything)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert everything or len(lines) <= 100
    assert not re.search(r"\bnan\b|\bNone\b|-0\.0\b", text)
    places = [text.find(words) for words in ("Demand asks for", "Patients a week", "Sessions a week", "finding")]
    assert -1 not in places
    assert places == sorted(places)


def test_the_figures_of_the_golden_service_are_those_worked_by_hand() -> None:
    expected = json.loads((MODELS / "golden" / "expected.json").read_text(encoding="utf-8"))["demand"]
    text = demand_text(*case("golden"))
    rapid = row(text, "Rapid-access referrals")
    assert rapid[1:4] == ["0.9", f"{expected['streams']['rapid']['mean']:.1f}", "26.8*"]
    assert row(text, "New patients")[2] == "12.0*", "a routine stream is sized at its mean"
    sums = [sum(one[key] for one in expected["activities"].values()) for key in ("required", "required_mean")]
    assert f"Demand asks for {sums[0]:.1f} sessions a week: {sums[1]:.1f} keep up" in flat(text)
    assert row(text, "Rapid-access clinic")[2:6] == ["1.9", "2.2", "2.2", "2.2"]


@pytest.mark.parametrize("model", SHIPPED)
def test_every_level_of_the_page_is_a_published_figure(model: str) -> None:
    """Streams are named by their place, so that names which are cut short are told apart."""
    service = case(model)[0]
    named = tuple(one.model_copy(update={"name": f"Stream {n}."}) for n, one in enumerate(service.streams))
    service = service.model_copy(update={"streams": named})
    demand = capacity.demand(service)
    text = demand_text(service, demand, everything=True)
    published = demand.to_json()["streams"]
    same_weeks = len({one["weeks"] for one in published.values()}) == 1
    for number, stream in enumerate(service.streams):
        cells = row(text, f"Stream {number}.")[2 if same_weeks else 3 :][:3]
        wanted = [level["referrals"] for level in published[stream.stream]["levels"]]
        assert [cell.rstrip("* ") for cell in cells] == ["-" if one is None else f"{one:,.1f}" for one in wanted]
        assert [cell.endswith("*") for cell in cells].count(True) == 1


def test_of_many_streams_the_largest_are_shown_and_the_rest_counted() -> None:
    service = case("respiratory")[0]
    more = tuple(
        service.streams[0].model_copy(update={"stream": f"s{n}", "name": f"Small {n}", "share": 0.001 * n})
        for n in range(1, 31)
    )
    wide = service.model_copy(update={"streams": (*service.streams, *more)})
    demand = capacity.demand(wide)
    text = demand_text(wide, demand)
    assert "and 27 more streams, " in text
    assert "Small 30" in text
    assert "Small 1 " not in text
    assert "Small 1 " in demand_text(wide, demand, everything=True)


def test_a_service_without_streams_has_what_was_agreed() -> None:
    golden = case("golden")[0].model_copy(update={"streams": (), "demand": ()})
    text = demand_text(golden, capacity.demand(golden))
    assert "no weekly demand" in text
    assert "There are no streams: the requirement is what activities ask for themselves." in text
    assert row(text, "Ward round")[-2:] == ["-", "1.0"]


def test_a_stream_without_weeks_is_a_row_of_dashes() -> None:
    golden = case("golden")[0]
    rows = tuple(one for one in golden.demand if one.series != "new")
    lacking = golden.model_copy(update={"demand": rows})
    text = demand_text(lacking, capacity.demand(lacking))
    assert set(row(text, "New patients")[2:]) == {"-"}


def test_nothing_required_is_said() -> None:
    golden = case("golden")[0]
    idle = tuple(one.model_copy(update={"sessions_per_week": None}) for one in golden.activities)
    service = golden.model_copy(update={"streams": (), "demand": (), "activities": idle})
    assert headline(capacity.demand(service)) == "Nothing is required: no stream or activity asks for a session."


def test_the_sentence_has_what_keeping_every_promise_takes() -> None:
    _, demand = case("respiratory")
    total = 0.0
    for key, found in demand.activities.items():
        level = activity_level(demand, key, "service_level")
        total += found.required if level is None or level.sessions is None else level.sessions
    assert f"Keeping every promise takes {total:.1f} by the exact queue." in headline(demand)


# What to look at


def test_a_rebase_is_proposed_with_the_line_that_confirms_it() -> None:
    service, demand = moved()
    text = rebase_text(demand)
    assert f"\n  [rebase]\n  rapid = {MOVED}\n" in text
    assert "until then nothing changes" in flat(text)
    confirmed = service.model_copy(update={"rebase": {"rapid": MOVED}})
    assert rebase_text(capacity.demand(confirmed)) == ""


def test_signals_are_counted_by_series() -> None:
    service, demand = moved()
    weeks = demand.streams_json["rapid"]["xmr"]["signals"]
    assert f"rapid {len(weeks)} of {WEEKS} (last" in flat(signals_text(demand))
    assert "review" not in signals_text(demand), "it is generated: its weeks are those of another series"
    assert demand_text(service, demand).count("Weeks with a change that is not chance") == 1


def test_days_of_a_same_day_promise() -> None:
    profile = {"Mon": 0.4, "Tue": 0.15, "Wed": 0.15, "Thu": 0.15, "Fri": 0.15}
    golden = with_stream(case("golden")[0], "rapid", period="day").model_copy(
        update={"day_profile": {"rapid": profile}}
    )
    demand = capacity.demand(golden)
    text = days_text(demand)
    by_day = {one["day"]: one["centile"] for one in demand.streams_json["rapid"]["sizing"]["by_day"]}
    assert list(by_day) == ["Mon", "Wed"], "the days on which the clinic runs"
    assert re.split(r"\s{2,}", text.splitlines()[0])[1:] == ["Mon", "Wed", "week", "by week"]
    cells = [float(cell) for cell in row(text, "Rapid-access referrals")[1:]]
    assert cells == pytest.approx([*by_day.values(), sum(by_day.values()), 26.8], abs=0.051)
    assert days_text(case("golden")[1]) == ""


def test_pooling_says_what_ring_fencing_would_cost() -> None:
    """Two parts of one activity that do not peak together: 12 odd and even weeks of another series."""
    golden = with_stream(case("golden")[0], "new", activity="rapid", kind="rapid", dna_rate=None, dna_rebooked=None)
    demand = capacity.demand(golden)
    saved = demand.activities["rapid"].pooling_saving
    found = demand.depth.activities["rapid"].pooling[0]
    assert found.saving == pytest.approx(saved)
    if saved >= 0.05:
        text = flat(pooling_text(golden, demand))
        assert f"2 streams sized together take {found.together:.1f} sessions a week, apart {found.apart:.1f}" in text
    assert pooling_text(*case("golden")) == ""


def test_one_stream_in_full() -> None:
    service, demand = case("respiratory")
    text = stream_text(service, demand, "bronch_rapid")
    assert max(map(len, text.splitlines())) <= 100
    levels = demand.depth.streams["bronch_rapid"].sized.levels
    for level, name in zip(levels, ("keep up", "percentile*", "service level"), strict=True):
        assert row(text, name)[1] == f"{level.referrals:,.1f}"
    assert "Back-test: weeks held of the next 13" in text
    assert "2 of attended" not in text
    with pytest.raises(KeyError, match="nothing"):
        stream_text(service, demand, "nothing")


# Tables


def test_the_tables_hold_what_the_page_shows() -> None:
    _, demand = case("respiratory")
    streams = streams_table(demand).set_index("stream")
    assert streams.loc["lung_rapid", "percentile"] == pytest.approx(streams.loc["lung_rapid", "centile_level"])
    assert streams.loc["general_new", "keep_up"] == pytest.approx(streams.loc["general_new", "mean_level"])
    levels = levels_table(demand)
    assert (levels.groupby(["of", "id"]).size() == 3).all()
    assert (levels.groupby(["of", "id"])["used"].sum() == 1).all()
    coverage = coverage_table(demand)
    assert set(coverage["stream"]) == set(demand.depth.streams)
    assert coverage.loc[coverage["sizes"], "estimator"].unique().tolist() == ["excel"]
    requirement = requirement_table(demand).set_index("activity")
    assert requirement["required"].to_dict() == {key: one.required for key, one in demand.activities.items()}
