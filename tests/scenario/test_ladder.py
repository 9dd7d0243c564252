"""The ladder: services built to need one rung each, and no rung climbed that is not needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import capacity
from capacity.report.figures_ladder import ladder_alt, ladder_table
from capacity.report.gap_ladder import GapLadder
from capacity.report.ladder_json import ladder_schema
from capacity.service.model import Costs, Post, PostSkill, Room, Service, Skill
from tests.optimise.small import activity, person, service

ROOT = Path(__file__).resolve().parents[2]
HALF_DAYS = ("Mon AM", "Mon PM", "Tue AM", "Tue PM")


def team(*pas: float, **rest: Any) -> list[Any]:
    """People a, b, ... of so many PAs, with no SPA floor."""
    return [
        person(f"p{n}", pa, **rest).model_copy(update={"name": f"Doctor {n}", "core_spa_pa": 0.0})
        for n, pa in enumerate(pas, start=1)
    ]


def climbed(given: Service) -> dict[str, Any]:
    found = capacity.ladder(given, time_limit=10)
    return {rung.key: rung for rung in found.rungs}


def closing(given: Service) -> list[str]:
    """Rungs that close something."""
    return [key for key, rung in climbed(given).items() if rung.closes > 0.05]


def clinics(wanted: float, **rest: Any) -> Any:
    return activity("clinic", wanted, *HALF_DAYS, **rest).model_copy(update={"name": "Clinic"})


def test_where_moving_sessions_is_enough_no_further_rung_is_climbed() -> None:
    given = service(team(2), [clinics(2)])
    rungs = climbed(given)
    assert closing(given) == ["redeploy"]
    assert [rung.needed for rung in rungs.values()] == [True, True, False, False, False, False]
    assert rungs["manage_demand"].sentence == "Not needed."
    assert rungs["manage_demand"].left <= 0.05


def test_only_those_are_trained_who_are_needed() -> None:
    """One can do the clinic and is full; two others have time: one of them is enough."""
    skills = [Skill(person="p1", activity="clinic")]
    given = service(team(2, 2, 2), [clinics(4)], skills)
    rungs = climbed(given)
    assert closing(given) == ["redeploy", "train"]
    assert rungs["train"].sentence in [f"{who} in Clinic trained, then sessions redeployed." for who in ("p2", "p3")]


def test_extra_hours_are_those_that_people_accept() -> None:
    given = service(team(1, max_pa=2), [clinics(2)], budget=2, costs=Costs(extra_pa=10_000))
    rungs = climbed(given)
    assert closing(given) == ["redeploy", "extra_hours"]
    assert rungs["extra_hours"].extra_pa == pytest.approx(1)
    assert rungs["extra_hours"].pounds == pytest.approx(10_000 * rungs["extra_hours"].extra_pa, rel=0.01)


def test_a_post_is_created_no_larger_than_it_has_to_be() -> None:
    given = service(team(1), [clinics(2)], costs=Costs(staff={"consultant": 100_000}))
    rungs = climbed(given)
    assert "recruit" in closing(given)
    assert rungs["recruit"].sentence == "A post of 0.2 WTE like p1."
    assert rungs["recruit"].wte == pytest.approx(0.2)
    assert rungs["recruit"].pounds == pytest.approx(20_000)


def test_where_the_room_binds_less_must_be_asked() -> None:
    given = service(
        team(5, 5),
        [clinics(2, room=("room",)).model_copy(update={"slots": ("Mon AM",)})],
        rooms=(Room(room="room", name="Room", count=1),),
    )
    rungs = climbed(given)
    assert closing(given)[-1] == "manage_demand"
    assert not rungs["recruit"].needed
    assert "sessions a week less asked of Clinic" in rungs["manage_demand"].sentence
    assert rungs["manage_demand"].left <= 0.05


def test_a_vacant_post_is_filled_before_one_is_created() -> None:
    people = team(1, 2)
    people[1] = people[1].model_copy(update={"kind": "vacant"})
    rungs = climbed(service(people, [clinics(2)]))
    assert rungs["recruit"].sentence == "The vacant post p2 filled."


def test_a_post_of_the_list_is_tried_before_one_like_a_colleague() -> None:
    posts = (Post(post="junior", name="Junior", staff_group="consultant", contract_pa=1.5, core_spa_pa=0,
                  working_weeks=52.18, skills=(PostSkill(activity="clinic"),)),)  # fmt: skip
    rungs = climbed(service(team(1), [clinics(2)], posts=posts))
    assert rungs["recruit"].sentence == "A post of Junior."
    assert rungs["recruit"].wte == pytest.approx(0.15)


@pytest.fixture(scope="module")
def golden() -> GapLadder:
    return capacity.ladder(capacity.read(ROOT / "models" / "golden"), time_limit=10)


def test_rungs_never_leave_more_than_the_one_before(golden: GapLadder) -> None:
    left = [rung.left for rung in golden.rungs]
    assert left == sorted(left, reverse=True)
    assert sum(rung.closes for rung in golden.rungs) == pytest.approx(left[0] - left[-1])


def test_the_page_begins_with_the_sentence_and_fits(golden: GapLadder) -> None:
    page = golden.summary()
    assert "short: redeploy closes 0.5, extra hours closes 0.3, manage demand closes 0.2;" in page
    assert max(map(len, page.splitlines())) <= 100


def test_the_json_is_valid_and_the_files_are_whole(golden: GapLadder, tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path).as_posix() for path in golden.write(tmp_path)}
    from capacity.report.gap_ladder import LADDER_NAMES

    assert written == set(LADDER_NAMES)
    found = json.loads((tmp_path / "ladder.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, ladder_schema())
    assert found == golden.to_json()


def test_the_figure_has_words_and_a_table(golden: GapLadder) -> None:
    assert list(ladder_table(golden)["rung"]) == [rung.key for rung in golden.rungs]
    assert "Redeploy closes 0.5, leaves 0.5" in ladder_alt(golden)
    assert len(golden.figure().axes) == 1


def test_a_service_that_allows_no_plan_says_why() -> None:
    from capacity.errors import InputError

    (one,) = team(1)
    given = service([one.model_copy(update={"core_spa_pa": 3.0})], [clinics(1)])
    with pytest.raises(InputError, match="contract"):
        capacity.ladder(given)
