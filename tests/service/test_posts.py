"""posts.csv: read, refused with the whole line, written and read back; and another file read in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capacity.service.model import Post, PostSkill, Service
from capacity.service.read import read_service
from capacity.service.write import write_service

HEADER = "post,name,staff_group,grade,contract_pa,contract_hours,skills,cost,most,premium_consent,rotas,roles\n"
DOCTOR = "doc,Doctor,consultant,,10,,clinic;mdt,148000,2,yes,ward,lead\n"
NURSE = "new_nurse,,nurse,7,,37.5,clinic=0.8,,,,,\n"


def test_posts_are_read_as_they_stand(accepted: Callable[..., Service]) -> None:
    service = accepted(posts=HEADER + DOCTOR + NURSE)
    doctor = Post(
        post="doc", name="Doctor", staff_group="consultant", contract_pa=10,
        skills=(PostSkill(activity="clinic"), PostSkill(activity="mdt")),
        cost=148000, most=2, premium_consent=True, rotas=("ward",), roles=("lead",),
    )  # fmt: skip
    nurse = Post(
        post="new_nurse", name="new_nurse", staff_group="nurse", grade="7", contract_hours=37.5,
        skills=(PostSkill(activity="clinic", output=0.8),),
    )  # fmt: skip
    assert service.posts == (doctor, nurse)


def test_posts_are_written_and_read_back(accepted: Callable[..., Service], tmp_path: Path) -> None:
    service = accepted(posts=HEADER + DOCTOR + NURSE)
    write_service(service, tmp_path / "again")
    assert read_service(tmp_path / "again") == service
    assert "clinic=0.8" in (tmp_path / "again" / "posts.csv").read_text(encoding="utf-8-sig")


def test_another_file_is_read_in_place_of_the_models(write_model: Callable[..., Path], tmp_path: Path) -> None:
    model = write_model(posts=HEADER + DOCTOR)
    other = tmp_path / "other.csv"
    other.write_text(HEADER + NURSE)
    assert [post.post for post in read_service(model, other).posts] == ["new_nurse"]
    assert [post.post for post in read_service(model).posts] == ["doc"]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (
            DOCTOR.replace("clinic;mdt", "clinic;mdd"),
            "posts.csv row 2 (doc), column skills: found mdd; allowed an id of activities.csv: clinic, mdt."
            " Did you mean mdt?",
        ),
        (
            DOCTOR.replace("clinic;mdt", "clinic=3"),
            "posts.csv row 2 (doc), column skills: found clinic=3; allowed activities, with output where it is not 1,"
            " such as rapid;general=0.8",
        ),
        (
            DOCTOR.replace("clinic;mdt", ""),
            "posts.csv row 2 (doc), column skills: found a blank cell; allowed activities, with output where it is not"
            " 1, such as rapid;general=0.8",
        ),
        (
            DOCTOR.replace(",10,,", ",10,40,"),
            "posts.csv row 2 (doc), column contract_pa: found contract_pa 10 and contract_hours 40; allowed one of"
            " contract_pa and contract_hours",
        ),
        (
            DOCTOR.replace(",2,yes", ",0,yes"),
            "posts.csv row 2 (doc), column most: found 0; allowed a whole number, 1 to 200",
        ),
        (
            DOCTOR.replace("ward", "night"),
            "posts.csv row 2 (doc), column rotas: found night; allowed an id of rotas.csv: ward",
        ),
        (
            DOCTOR.replace("lead", "chief"),
            "posts.csv row 2 (doc), column roles: found chief; allowed an id of roles.csv: lead",
        ),
        (
            DOCTOR.replace("doc,", "c01,"),
            "posts.csv row 2 (c01), column post: found c01; allowed an id that no person has, alone or with a number;"
            " there is c01",
        ),
        ("", "posts.csv: found a header and no rows; allowed at least one post, or no file"),
    ],
    ids=["skill", "output", "no_skill", "two_contracts", "no_posts", "rota", "role", "persons_id", "no_rows"],
)
def test_what_is_refused(faults: Callable[..., list[str]], row: str, line: str) -> None:
    assert faults(posts=HEADER + row) == [line]


def test_a_post_is_not_called_like_a_person_with_a_number(faults: Callable[..., list[str]]) -> None:
    """Posts are numbered: the first of type n would be n_1."""
    people = [("n01", "n_1")]
    skills = [("n01,clinic", "n_1,clinic"), ("n01,mdt", "n_1,mdt")]
    found = faults(people=people, skills=skills, posts=HEADER + NURSE.replace("new_nurse", "n"), rotas=None, roles=None,
                   job_plans=None)  # fmt: skip
    assert found == [
        "posts.csv row 2 (n), column post: found n; allowed an id that no person has, alone or with a number;"
        " there is n_1"
    ]
