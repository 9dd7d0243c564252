"""Roles and rotas that somebody leaves, and rows that are dropped."""

from __future__ import annotations

from collections.abc import Callable

from capacity.scenario.draft_lines import Work, listed_cell, put
from capacity.wording import count


def drop(work: Work, table: str, gone: Callable[[dict[str, str]], bool]) -> list[dict[str, str]]:
    """Drop the rows of a table that are gone; return them."""
    rows = work.draft.tables[table]
    dropped = [row for row in rows if gone(row)]
    work.draft.tables[table] = [row for row in rows if not gone(row)]
    return dropped


def leave_roles(work: Work, key: str) -> list[str]:
    """Take a person out of the roles they hold or may hold; say which are given up."""
    said = []
    for role in work.draft.tables["roles"]:
        held, eligible = listed_cell(role.get("held_by")), listed_cell(role.get("eligible"))
        if key in held:
            put(role, "held_by", ";".join(one for one in held if one != key))
            said.append(f"gives up {role.get('name', role['role'])}")
        if key in eligible:
            left = [one for one in eligible if one != key]
            put(role, "eligible", ";".join(left))
            if not left:
                role["holders"] = "0"
                said.append(f"nobody is left who may be {role.get('name', role['role'])}")
            elif int(role.get("holders", 1)) > len(left) and "trainees" not in role:
                role["holders"] = str(len(left))
                said.append(f"{role.get('name', role['role'])} has {count(len(left), 'holder')} at most")
    return said


def leave_rotas(work: Work, key: str) -> list[str]:
    """Take a person off the rotas they are on; a rota that nobody is left on ends."""
    said = []
    for rota in list(work.draft.tables["rotas"]):
        members = listed_cell(rota["members"])
        if key not in members:
            continue
        left = [one for one in members if one != key]
        if not left:
            drop(work, "rotas", lambda row, gone=rota: row is gone)  # type: ignore[misc]
            said.append(f"{rota.get('name', rota['rota'])} has nobody left and ends")
            continue
        rota["members"] = ";".join(left)
        said.append(f"leaves {rota.get('name', rota['rota'])}")
    return said
