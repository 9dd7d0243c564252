"""Checks between columns and tables of the posts that may be created."""

from __future__ import annotations

from capacity.service.check_team import check_contract
from capacity.service.checking import Model
from capacity.service.records import Row


def check_posts(model: Model) -> None:
    """Contract, skills, half-days, rotas and roles of posts; a post has an id that no person has."""
    records = model["posts"]
    if records.present and records.columns and not records.rows:
        model.reading.refuse(records.table.file, None, None, "a header and no rows", "at least one post, or no file")
    for row in records:
        check_contract(model, row)
        model.check_known(row, "skills", "activities", [skill.activity for skill in row.get("skills", ())])
        model.check_slots(row, "unavailable")
        model.check_ids(row, "rotas", "rotas")
        model.check_ids(row, "roles", "roles")
        _refuse_persons_id(model, row)


def _refuse_persons_id(model: Model, row: Row) -> None:
    """Posts are called by their type and a number, and must not be taken for people there are."""
    post = row.get("post")
    if post is None:
        return
    taken = [person for person in model["people"].ids() if person == post or _is_numbered(person, post)]
    if taken:
        model.refuse(row, "post", post, f"an id that no person has, alone or with a number; there is {taken[0]}")


def _is_numbered(person: str, post: str) -> bool:
    number = person.removeprefix(f"{post}_")
    return number != person and number.isdigit()
