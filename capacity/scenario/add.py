"""Rows that are added: a colleague like another, a room, a skill, a rota."""

from __future__ import annotations

from typing import Any

from capacity.scenario.cells import post_in_words, text_of
from capacity.scenario.change import WTE, wte
from capacity.scenario.draft_lines import Work, listed_cell, names_of
from capacity.scenario.overlay import AddRow, Selection
from capacity.service.cells import nearest, plain
from capacity.service.columns import NAMED_BY_ID, TABLES

PERSONAL = (
    "shares_with", "overlap", "pattern", "started_on", "reviewed_on", "approved_on", "from", "to", "paid_pa",
    "unavailable", "premium_consent", "kind", "planned", "max_pa", "max_hours", "max_changes", "change_weight",
    "max_weekends",
)  # fmt: skip
"""What a new colleague does not take over from the one they are like."""


def add_row(work: Work, operation: AddRow, spot: str) -> None:
    """Add what an operation says, and say so."""
    table = TABLES[operation.table]
    known = (*table.columns, WTE) if operation.table == "people" else tuple(table.columns)
    for column in operation.set:
        if column not in known:
            raise work.refuse(f"{spot}, {column}", "an unknown field", ", ".join(known), nearest(column, known))
    if operation.table == "skills":
        _add_skills(work, operation, spot)
        return
    like = _like(work, operation, spot)
    if like is None and operation.like is not None:
        work.not_applicable(f"no {operation.table} to add one like")
        return
    row = dict(like or {})
    if operation.table == "people":
        for column in PERSONAL:
            row.pop(column, None)
    row |= {column: text_of(value) for column, value in operation.set.items() if column != WTE}
    _give_key(work, operation, row)
    if operation.table == "people":
        _add_person(work, operation, row, like, spot)
        return
    if operation.table == "rotas" and not _give_rota(work, operation, row, spot):
        return
    work.draft.tables[operation.table].append(row)
    if operation.table in ("rooms", "equipment") and like is not None:
        _as_good_as(work, operation.table, row, like)
    key = next(iter(table.key))
    work.say(f"+ {_noun(operation.table)} {row.get('name') or row.get(key, '')}{_details(operation)}")


def _noun(table: str) -> str:
    return {"activities": "activity", "people": "person"}.get(table, table.removesuffix("s").replace("_", " "))


def _details(operation: AddRow) -> str:
    if operation.table == "rotas":  # said with what follows from it
        return ""
    named = ("name", *TABLES[operation.table].key)
    told = [f"{name.replace('_', ' ')} {text_of(value)}" for name, value in operation.set.items() if name not in named]
    return f" ({', '.join(told)})" if told else ""


def _like(work: Work, operation: AddRow, spot: str) -> dict[str, str] | None:
    if operation.like is None:
        return None
    if isinstance(operation.like, str):
        work.rows(operation.table, [operation.like], None, f"{spot}, like")
        return work.row(operation.table, operation.like)
    found = work.selected(operation.table, operation.like, f"{spot}, like")
    return work.row(operation.table, found[0]) if found else None


def _give_key(work: Work, operation: AddRow, row: dict[str, str]) -> None:
    """Give the row its own id, and no other's name."""
    table = TABLES[operation.table]
    key = table.key[0]
    if len(table.key) == 1 and key not in operation.set:
        taken = set(work.draft.ids(operation.table))
        wanted = operation.id if isinstance(operation.id, str) else None
        row[key] = wanted or next(one for one in (f"x{n:02d}" for n in range(1, 1000)) if one not in taken)
    if table.name in NAMED_BY_ID and "name" not in operation.set:
        row.pop("name", None)


def _add_person(work: Work, operation: AddRow, row: dict[str, str], like: dict[str, str] | None, spot: str) -> None:
    row.setdefault("staff_group", "")
    if "name" not in operation.set:
        row["name"] = f"New colleague {row['person']}"
    if WTE in operation.set:
        share = operation.set[WTE]
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1.5:
            raise work.refuse(f"{spot}, {WTE}", text_of(share), "a share of full time above 0, at most 1.5")
        _give_contract(work, row, float(share))
    if "kind" not in row:
        row["kind"] = "substantive"
    work.draft.tables["people"].append(row)
    words = f"+{wte(work.before, row):.1f} WTE {post_in_words(row)} ({row['person']}"
    joined: list[str] = []
    if like is not None:
        own = [skill for skill in work.draft.tables["skills"] if skill["person"] == like["person"]]
        work.draft.tables["skills"] += [
            {**{name: text for name, text in skill.items() if name != "preference"}, "person": row["person"]}
            for skill in own
        ]
        words += f", like {like['person']}"
        joined = _join_rotas(work, operation, row["person"], like["person"], spot)
    work.say(f"{words})" + (f", joining {names_of(joined)}" if joined else ""))


def _give_contract(work: Work, row: dict[str, str], share: float) -> None:
    if "contract_hours" not in row and "contract_pa" not in row:
        row["contract_pa"] = "10"
    old = wte(work.before, row)
    for column in ("contract_pa", "contract_hours", "core_spa_pa", "core_spa_hours"):
        if column in row:
            row[column] = plain(round(float(row[column]) * share / old, 4))


def _join_rotas(work: Work, operation: AddRow, person: str, like: str, spot: str) -> list[str]:
    if operation.rotas is False:
        return []
    rotas = work.draft.tables["rotas"]
    if operation.rotas is True:
        wanted = [rota["rota"] for rota in rotas if like in listed_cell(rota["members"])]
    else:
        assert isinstance(operation.rotas, list)
        wanted = work.rows("rotas", operation.rotas, None, f"{spot}, rotas")
    for rota in rotas:
        if rota["rota"] in wanted:
            rota["members"] = ";".join([*listed_cell(rota["members"]), person])
    return wanted


def _add_skills(work: Work, operation: AddRow, spot: str) -> None:
    """Every pair of the people and activities named that is not yet a skill."""
    people = _named(work, "people", operation.people, operation.set.get("person"), spot)
    activities = _named(work, "activities", operation.activities, operation.set.get("activity"), spot)
    known = {(row["person"], row["activity"]) for row in work.draft.tables["skills"]}
    rest = {name: text_of(value) for name, value in operation.set.items() if name not in ("person", "activity")}
    added: dict[str, list[str]] = {}
    for activity in activities:
        for person in people:
            if (person, activity) not in known:
                work.draft.tables["skills"].append({"person": person, "activity": activity, **rest})
                added.setdefault(activity, []).append(person)
    if not added:
        work.not_applicable(
            "everyone named can do it already, or there is nobody to name" if people else "nobody to train"
        )
        return
    output = f" at an output of {rest['output']}" if "output" in rest else ""
    for activity, who in added.items():
        name = work.draft.row("activities", activity)
        work.say(f"{names_of(who)} can do {name.get('name', activity) if name else activity}{output}")


def _named(work: Work, table: str, given: Selection | list[str] | None, one: Any, spot: str) -> list[str]:
    if given is None:
        ids = [text_of(one)] if one is not None else None
        if ids is None:
            raise work.refuse(spot, f"no {table}", f"{table} = {{...}}, or the id in set")
        return work.rows(table, ids, None, spot)
    if isinstance(given, list) and all(isinstance(item, str) for item in given):
        return work.rows(table, [str(item) for item in given], None, spot)
    return work.selected(table, given, spot)  # type: ignore[arg-type]


def _give_rota(work: Work, operation: AddRow, row: dict[str, str], spot: str) -> bool:
    """Members and deliveries of a new rota by selection; whether there is anybody and anything to deliver."""
    if operation.members is not None:
        members = work.selected("people", operation.members, f"{spot}, members")
        if len(members) < 2:  # nobody can be on duty every week
            work.not_applicable("a rota needs at least two people")
            return False
        row["members"] = ";".join(members)
    if operation.delivers is not None:
        told = dict(operation.delivers)
        if "where" in told:
            found = work.selected("activities", told["where"], f"{spot}, delivers")
            if not found:
                work.not_applicable("no activity for the rota to deliver")
                return False
            told = {found[0]: told.get("sessions", 1)}
        row["delivers"] = ";".join(f"{activity}={text_of(sessions)}" for activity, sessions in told.items())
    return True


def _as_good_as(work: Work, table: str, row: dict[str, str], like: dict[str, str]) -> None:
    """A room like another serves the activities that the other serves."""
    if table != "rooms":
        return
    for activity in work.draft.tables["activities"]:
        rooms = listed_cell(activity.get("room"))
        if like["room"] in rooms and row["room"] not in rooms:
            activity["room"] = ";".join([*rooms, row["room"]])
