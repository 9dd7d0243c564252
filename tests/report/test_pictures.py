"""Which figures and files the commands give, whatever the service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import capacity
from capacity.demand.result import Demand
from capacity.report.outputs import demand_files, demand_names, gap_files, gap_names
from capacity.report.pictures import MOST_STREAMS, demand_pictures, drawn_streams, gap_pictures, names_of
from capacity.service.model import Person, Service
from capacity.supply.gap import Gap
from capacity.supply.gap import gap as gap_from

MODELS = Path(__file__).parents[2] / "models"


def of(service: Service) -> tuple[Service, Demand, Gap]:
    demand = capacity.demand(service)
    return service, demand, gap_from(service, demand)


def odd_services() -> Iterator[tuple[str, Service]]:
    golden = capacity.read(MODELS / "golden")
    yield "as it is", golden
    yield "nobody in post", golden.model_copy(update={"people": tuple(map(vacant, golden.people))})
    yield "no streams", golden.model_copy(update={"streams": (), "demand": ()})
    yield "no rooms", golden.model_copy(update={"rooms": (), "activities": tuple(
        row.model_copy(update={"room": ()}) for row in golden.activities
    )})  # fmt: skip
    nothing = tuple(row.model_copy(update={"referrals": 0}) for row in golden.demand)
    yield "no referrals", golden.model_copy(update={"demand": nothing})


def vacant(person: Person) -> Person:
    return person.model_copy(update={"kind": "vacant"})


ODD = dict(odd_services())


@pytest.mark.parametrize("what", list(ODD))
def test_every_service_gets_its_files_and_every_name_is_known_beforehand(what: str) -> None:
    service, demand, gap = of(ODD[what])
    told: list[tuple[int, int]] = []
    for files, names in (
        (demand_files(service, demand, told=lambda *done: told.append(done)), demand_names(service, demand)),
        (gap_files(service, demand, gap), gap_names(service, demand, gap)),
    ):
        assert tuple(sorted(files)) == tuple(sorted(names))
        assert len(set(names)) == len(names)
        assert all(files.values()), "no file is empty"
    drawn = len(demand_pictures(service, demand))
    assert told == [(number, drawn) for number in range(1, drawn + 1)]


def test_of_many_streams_the_largest_are_drawn() -> None:
    """A figure takes a third of a second: five of each of a hundred streams would take minutes."""
    service = capacity.read(MODELS / "respiratory")
    more = tuple(
        service.streams[0].model_copy(update={"stream": f"s{n}", "name": f"Small {n}", "share": 0.001 * n})
        for n in range(1, 21)
    )
    wide = service.model_copy(update={"streams": (*service.streams, *more)})
    demand = capacity.demand(wide)
    drawn = [row.stream for row in drawn_streams(wide, demand)]
    assert len(drawn) == MOST_STREAMS
    assert {"lung_rapid", "general_new", "s20"} <= set(drawn)
    assert "s1" not in drawn
    assert "s1" in [row.stream for row in drawn_streams(wide, demand, everything=True)]


def test_each_list_has_its_trajectory_at_todays_capacity() -> None:
    service, demand, gap = of(capacity.read(MODELS / "respiratory"))
    names = names_of(gap_pictures(service, demand, gap))
    lists = {row.stream for row in service.streams if row.waiting_now is not None}
    assert {name.removeprefix("trajectory_") for name in names if name.startswith("trajectory_")} == lists
    picture = next(one for one in gap_pictures(service, demand, gap) if one.name == "trajectory_lung_function")
    _, words = picture.draw()
    row = gap.lists.set_index("stream").loc["lung_function"]
    after = row["waiting"] + 104 * (row["demand"] - row["capacity"])
    assert f"{row['waiting']:.0f} waiting now, {after:,.0f} after 104 weeks" in words
