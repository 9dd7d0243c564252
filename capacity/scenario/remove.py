"""Rows that are taken away, with what refers to them: what follows is said, nothing is left dangling."""

from __future__ import annotations

from collections.abc import Iterable

from capacity.scenario.cells import post_in_words
from capacity.scenario.change import wte
from capacity.scenario.draft_lines import Work, listed_cell, names_of, put
from capacity.scenario.leaving import drop, leave_roles, leave_rotas
from capacity.scenario.overlay import RemoveRows
from capacity.service.columns import TABLES
from capacity.wording import count, listed

NO_ROWS = ("objectives", "delivered", "sites")


def remove_rows(work: Work, operation: RemoveRows, spot: str) -> None:
    """Remove the rows an operation names, and say what follows."""
    table = operation.table
    if table == "job_plans":
        raise work.refuse(spot, "rows of plans in force", "pins set or taken away; the planner makes the plans")
    found = work.rows(table, operation.ids, operation.where, spot)
    if not found:
        work.not_applicable(f"no {table} to remove")
    remove = {"people": _person, "activities": _activity, "streams": _stream, "rooms": _room, "roles": _role}.get(table)
    for key in found:
        if remove is not None:
            remove(work, key)
        else:
            _plain(work, table, key)


def _unlist(work: Work, table: str, columns: Iterable[str], name: str) -> None:
    """Take a name out of list cells, with the ``=`` parts that begin with it."""
    for row in work.draft.tables[table]:
        for column in columns:
            if column in row:
                left = [item for item in listed_cell(row[column]) if item.partition("=")[0].strip() != name]
                put(row, column, ";".join(left))


def _person(work: Work, key: str) -> None:
    row = work.row("people", key)
    said = [f"-{wte(work.before, row):.1f} WTE {post_in_words(row)} ({key})"]
    said += leave_roles(work, key)
    said += leave_rotas(work, key)
    drop(work, "skills", lambda skill: skill["person"] == key)
    rows = drop(work, "job_plans", lambda plan: plan["person"] == key)
    pins = sum(plan.get("pinned") == "yes" for plan in rows)
    if pins:
        said.append(f"{count(pins, 'pin')} of theirs {'falls' if pins == 1 else 'fall'} away")
    for table in ("objectives", "delivered"):
        drop(work, table, lambda entry: entry.get("person") == key)
    _unlist(work, "skills", ("supervised_by",), key)
    for other in work.draft.tables["people"]:
        if other.get("shares_with") == key:
            other.pop("shares_with")
            other.pop("overlap", None)
            other.pop("pattern", None)
            said.append(f"the post shared with {other['person']} is {other['person']}'s alone")
    drop(work, "people", lambda person: person["person"] == key)
    work.say("; ".join(said))


def _activity(work: Work, key: str) -> None:
    row = work.row("activities", key)
    said = [f"- {row.get('name', key)}"]
    streams = [stream["stream"] for stream in work.draft.tables["streams"] if stream["activity"] == key]
    for stream in streams:
        said += _without_stream(work, stream)
    drop(work, "skills", lambda skill: skill["activity"] == key)
    plans = drop(work, "job_plans", lambda plan: plan["activity"] == key)
    drop(work, "templates", lambda template: template["activity"] == key)
    drop(work, "delivered", lambda entry: entry.get("activity") == key)
    _unlist(work, "rotas", ("delivers", "keeps", "displaces"), key)
    _unlist(work, "posts", ("skills",), key)
    _unlist(work, "skills", ("supervised_by",), key)
    drop(work, "activities", lambda activity: activity["activity"] == key)
    if plans:
        said.append(f"{count(len(plans), 'row')} of the plans in force fall away, whose time is free")
    work.say("; ".join(said))


def _stream(work: Work, key: str) -> None:
    work.say("; ".join(_without_stream(work, key)))


def _without_stream(work: Work, key: str) -> list[str]:
    """Remove a stream and the streams it generates."""
    row = work.draft.row("streams", key)
    if row is None:
        return []
    said = [f"- {row['name']}"]
    children = [other["stream"] for other in work.draft.tables["streams"] if other.get("generated_by") == key]
    drop(work, "streams", lambda stream: stream["stream"] == key)
    for table in ("templates", "dna_by_lead"):
        drop(work, table, lambda entry: entry.get("stream") == key)
    _drop_series(work, row.get("series", key))
    for child in children:
        said += [f"with it {line.removeprefix('- ')}" for line in _without_stream(work, child)]
    return said


def _drop_series(work: Work, series: str) -> None:
    """Forget a series that no stream draws on any more."""
    if any(row.get("series", row["stream"]) == series for row in work.draft.tables["streams"]):
        return
    work.draft.demand = tuple(row for row in work.draft.demand if row.series != series)
    for section in ("rebase", "day_profile"):
        work.draft.settings.get(section, {}).pop(series, None)


def _room(work: Work, key: str) -> None:
    """Rooms stay as a group of none, so that what needs them has no place rather than needing no room."""
    row = work.row("rooms", key)
    row["count"] = "0"
    served = [
        activity["activity"] for activity in work.draft.tables["activities"] if key in listed_cell(activity.get("room"))
    ]
    work.say(f"- {row.get('name', key)}" + (f", used by {names_of(served)}" if served else ""))


def _role(work: Work, key: str) -> None:
    row = work.row("roles", key)
    held = listed_cell(row.get("held_by"))
    drop(work, "roles", lambda role: role["role"] == key)
    drop(work, "job_plans", lambda plan: plan["activity"] == f"role:{key}")
    _unlist(work, "posts", ("roles",), key)
    work.say(f"- role {row.get('name', key)}" + (f", held by {listed(held)}" if held else ""))


def _plain(work: Work, table: str, key: str) -> None:
    columns = TABLES[table].key
    row = work.row(table, key)
    if table == "equipment":
        _unlist(work, "activities", ("equipment",), key)
    if table == "rotas":
        _unlist(work, "posts", ("rotas",), key)
    if table == "skills":
        person, _, activity = key.partition(":")
        plans = drop(work, "job_plans", lambda plan: plan["person"] == person and plan["activity"] == activity)
        work.say(
            f"{person} no longer does {activity}"
            + (f"; {count(len(plans), 'row')} of their plan fall away" if plans else "")
        )
    else:
        work.say(f"- {table.removesuffix('s').replace('_', ' ')} {row.get('name', key)}")
    drop(work, table, lambda entry: ":".join(entry.get(part, "") for part in columns) == key)
