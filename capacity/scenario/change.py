"""Cells that get another value: set, scaled, added to or taken from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from capacity.scenario.cells import in_words, shown_cell, shown_number, text_of
from capacity.scenario.draft_lines import Work, listed_cell, names_of, put
from capacity.scenario.leaving import leave_rotas
from capacity.scenario.overlay import SERVICE, ChangeRows, flat
from capacity.service.cells import nearest, plain
from capacity.service.columns import TABLES, bounds_of
from capacity.service.model import Person, Service
from capacity.service.resolved import activity_slots, policy_of, role_pa, room_slots
from capacity.supply.job_time import JobTime

WTE = "wte"
"""A person's contract as a share of full time: PAs or hours, with core SPA in proportion and no extra time agreed."""
LISTS = ("set", "scale", "plus", "minus")


def change_rows(work: Work, operation: ChangeRows, spot: str) -> None:
    """Change cells of the rows an operation names, and say how."""
    if operation.table == SERVICE:
        _change_settings(work, operation, spot)
        return
    table = TABLES[operation.table]
    known = (*table.columns, WTE) if operation.table == "people" else tuple(table.columns)
    for kind in LISTS:
        for column in getattr(operation, kind):
            if column not in known or column in table.key:
                allowed = ", ".join(name for name in known if name not in table.key)
                raise work.refuse(f"{spot}, {column}", "an unknown field", allowed, nearest(column, known))
    if operation.table == "job_plans":
        _change_plans(work, operation, spot)
        return
    found = work.rows(operation.table, operation.ids, operation.where, spot)
    if not found:
        work.not_applicable(f"no {operation.table} {_asked(operation.where)}")
        return
    for column, new in _new_texts(work, operation, spot).items():
        _change_column(work, operation.table, found, column, new)
    for person in found if operation.leave_rotas else ():
        for line in leave_rotas(work, person):
            work.say(f"{person} {line}")


def _asked(where: Any) -> str:
    options = where if isinstance(where, list) else [where or {}]
    return " or ".join(
        "with " + ", ".join(f"{name} {_words(value)}" for name, value in option.items()) if option else "at all"
        for option in options
    )


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return f"({', '.join(f'{name} {_words(inner)}' for name, inner in value.items())})"
    return "/".join(map(_words, value)) if isinstance(value, list) else text_of(value)


NewText = Callable[[str, dict[str, str]], str | None]
"""Id and row -> the new text of a cell; None where there is nothing to change."""


def _new_texts(work: Work, operation: ChangeRows, spot: str) -> dict[str, NewText]:
    """Return how each column changes."""
    table, made = operation.table, {}
    for column, value in operation.set.items():
        made[column] = _set(text_of(value))
    for column, factor in operation.scale.items():
        made[column] = _scaled(work, table, column, (factor, 0.0), spot)
    for sign, changes in ((1, operation.plus), (-1, operation.minus)):
        for column, value in changes.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                made[column] = _scaled(work, table, column, (1.0, sign * value), spot)
            else:
                items = listed_cell(text_of(value))
                made[column] = _listed(work, table, column, items, sign > 0, spot)
    return made


def _set(text: str) -> NewText:
    return lambda key, row: text


def _scaled(work: Work, table: str, column: str, change: tuple[float, float], spot: str) -> NewText:
    """Multiply by the first of ``change`` and add the second."""
    factor, plus = change

    def new(key: str, row: dict[str, str]) -> str | None:
        old = _number(work, table, column, key, row, spot)
        return None if old is None else plain(round(old * factor + plus, 9))

    return new


def _number(work: Work, table: str, column: str, key: str, row: dict[str, str], spot: str) -> float | None:
    """Value of a cell, or what its blank means; None where a blank means that there is none."""
    if column == WTE:
        return wte(work.before, row)
    text = row.get(column)
    if text is None:
        if not _is_number(table, column):
            raise work.refuse(f"{spot}, {column}", f"{column}, which is no number", "a number to scale, or set = {...}")
        return blank_number(work, table, column, key)
    value = TABLES[table].columns[column].read(text, False)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise work.refuse(f"{spot}, {column}", f"{text} of {key}", "a number to scale, or set = {...}")
    return float(value)


def _is_number(table: str, column: str) -> bool:
    info = TABLES[table].record.model_fields.get(column)
    return info is not None and bounds_of(info)[0] in (int, float)


def blank_number(work: Work, table: str, column: str, key: str) -> float | None:
    """What a blank number means, where something can be made of it."""
    service = work.before
    if table == "people" and column == "working_weeks":
        known = [person.person for person in service.people]
        return JobTime(service, work.chooser.demand).weeks_present(key) if key in known else None
    if table == "roles" and column == "tariff_pa":
        role = next((role for role in service.roles if role.role == key), None)
        return None if role is None else role_pa(service, role) / (role.trainees or 1)
    if (table, column) in {
        ("rooms", "count"),
        ("equipment", "count"),
        ("streams", "demand_factor"),
        ("roles", "holders"),
    }:
        return 1.0
    return None


def blank_list(work: Work, table: str, column: str, key: str) -> list[str] | None:
    """What a blank list means: all half-days of a room or activity; None where a blank means everyone or no limit."""
    service = work.before
    if column == "slots":
        if table == "activities":
            return list(activity_slots(service).get(key, ()))
        places = service.rooms if table == "rooms" else service.equipment
        return next(
            (
                list(room_slots(row))
                for row in places
                if key in (getattr(row, "room", ""), getattr(row, "equipment", ""))
            ),
            [],
        )
    return None if column in ("eligible", "weeks") else []


def _listed(work: Work, table: str, column: str, items: list[str], add: bool, spot: str) -> NewText:
    def new(key: str, row: dict[str, str]) -> str | None:
        old = listed_cell(row[column]) if column in row else blank_list(work, table, column, key)
        if old is None:
            return None
        left = [*old, *(item for item in items if item not in old)] if add else [one for one in old if one not in items]
        if not left and old and column in ("slots", "room", "eligible", "members"):
            found = f"{', '.join(items)} taken from {key}, which leaves none"
            raise work.refuse(f"{spot}, {column}", found, "something left, or remove the row")
        return ";".join(left)

    return new


def _change_column(work: Work, table: str, found: list[str], column: str, new: NewText) -> None:
    pairs: dict[tuple[str, str], list[str]] = {}
    for key in found:
        row = work.row(table, key)
        text = new(key, row)
        if text is None:
            continue
        if column == WTE:
            before, after = _change_wte(work, key, row, float(text))
        else:
            before, after = row.get(column) or _assumed(work, table, column, key), text
            put(row, column, text)
        if before != after:
            pairs.setdefault((before, after), []).append(key)
    if not pairs:
        names = names_of(found)
        work.not_applicable(f"{in_words(column)} of {names} stays as it is")
        return
    word = "contract" if column == WTE else in_words(column)
    if len(pairs) <= SHOWN_PAIRS:
        for (before, after), keys in pairs.items():
            work.say(f"{word} {_difference(table, column, before, after)} ({names_of(_said(work, table, keys))})")
        return
    changed = [key for keys in pairs.values() for key in keys]
    (before, after), *_ = pairs
    example = _difference(table, column, before, after)
    work.say(f"{word} of {len(changed)} {table} changed, such as {example} ({pairs[before, after][0]})")


def _difference(table: str, column: str, before: str, after: str) -> str:
    """Return a cell before and after; of a list only what comes and goes."""
    old, new = listed_cell(before), listed_cell(after)
    if old and new and (len(old) > 1 or len(new) > 1):
        come = ", ".join(item for item in new if item not in old)
        gone = ", ".join(item for item in old if item not in new)
        return " ".join(f"{sign} {items}" for sign, items in (("+", come), ("-", gone)) if items)
    return f"{shown_cell(table, column, before)} → {shown_cell(table, column, after)}"


SHOWN_PAIRS = 3
"""Different changes of a column said one by one; of more an example stands for all."""


def _said(work: Work, table: str, keys: list[str]) -> list[str]:
    return ["everyone"] if table == "people" and len(keys) > 1 and keys == work.draft.ids("people") else keys


def _assumed(work: Work, table: str, column: str, key: str) -> str:
    if column == "slots":
        return ";".join(blank_list(work, table, column, key) or ())
    value = blank_number(work, table, column, key)
    return "" if value is None else plain(round(value, 9))


# ---- contracts


def wte(service: Service, row: dict[str, str]) -> float:
    """Contract of a row of people.csv as a share of full time."""
    column, whole = _full_time(service, row)
    return float(row.get(column, 0)) / whole


def _full_time(service: Service, row: dict[str, str]) -> tuple[str, float]:
    """Column of a contract, and what full time is in it under the policy of the staff group."""
    hours = row.get("contract_hours")
    group: Any = row["staff_group"]
    like = Person.model_construct(person="", name="", staff_group=group, contract_hours=float(hours) if hours else None)
    policy = policy_of(service, like)
    if hours:
        return "contract_hours", policy.full_time_hours.value
    return "contract_pa", policy.full_time_hours.value * 60 / policy.pa_minutes.value


def _change_wte(work: Work, key: str, row: dict[str, str], new: float) -> tuple[str, str]:
    """Set a contract; return it before and after in words. Core SPA stays in proportion, extra time agreed ends."""
    old = wte(work.before, row)
    column, whole = _full_time(work.before, row)
    row[column] = plain(round(new * whole, 4))
    for own in ("max_pa", "max_hours", "paid_pa"):
        row.pop(own, None)
    for own in ("core_spa_pa", "core_spa_hours"):
        if own in row and old:
            row[own] = plain(round(float(row[own]) * new / old, 4))
    unit = "hours" if column == "contract_hours" else "PAs"
    return f"{shown_number(old * whole)} {unit}", f"{shown_number(new * whole)} {unit}"


# ---- settings, job plans


def _change_settings(work: Work, operation: ChangeRows, spot: str) -> None:
    for kind in LISTS:
        for name, value in flat(getattr(operation, kind)).items():
            parts = name.split(".")
            place = work.draft.settings
            for part in parts[:-1]:
                place = place.setdefault(part, {})
                if not isinstance(place, dict):
                    raise work.refuse(f"{spot}, {name}", "a key inside a value", "a key of service.toml")
            old = place.get(parts[-1], _default(work.before, parts))
            new = _new_setting(work, kind, old, value, f"{spot}, {name}")
            place[parts[-1]] = new
            words = in_words(parts[-1])
            if new == old:
                work.not_applicable(f"{words} is {_setting(new)} already")
            else:
                work.say(f"{words} {_setting(old)} → {_setting(new)}")


def _default(service: Service, parts: list[str]) -> Any:
    value: Any = service
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return list(value) if isinstance(value, tuple) else value


def _new_setting(work: Work, kind: str, old: Any, value: Any, spot: str) -> Any:
    if kind == "set":
        return value
    if isinstance(old, list):
        items = value if isinstance(value, list) else [value]
        return (
            [*old, *(item for item in items if item not in old)]
            if kind == "plus"
            else [o for o in old if o not in items]
        )
    if isinstance(old, bool) or not isinstance(old, (int, float)):
        raise work.refuse(spot, "not given" if old is None else text_of(old), "a number to change, or set = {...}")
    new = old * value if kind == "scale" else old + value if kind == "plus" else old - value
    return int(new) if float(new).is_integer() else round(new, 9)


def _setting(value: Any) -> str:
    if value is None or value == []:
        return "not given"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else text_of(value)


def _change_plans(work: Work, operation: ChangeRows, spot: str) -> None:
    """Change rows of the plans in force, such as their pins; rows are named by ``where`` on their cells."""
    where = operation.where if isinstance(operation.where, dict) else None
    if where is None or set(operation.set) - {"pinned"} or operation.scale or operation.plus or operation.minus:
        raise work.refuse(
            spot, "job_plans", 'table = "job_plans" with where = {...} and set = { pinned = true or false }'
        )
    unknown = [name for name in where if name not in TABLES["job_plans"].columns]
    if unknown:
        columns = TABLES["job_plans"].columns
        raise work.refuse(
            f"{spot}, {unknown[0]}", "an unknown condition", ", ".join(columns), nearest(unknown[0], columns)
        )
    text = text_of(operation.set["pinned"])
    rows = [row for row in work.draft.tables["job_plans"] if _row_fits(row, where)]
    if not rows:
        work.not_applicable(f"no job plan rows {_asked(where)}")
        return
    for row in rows:
        put(row, "pinned", "" if text == "no" else text)
    word = "pinned" if text == "yes" else "no longer pinned"
    names = [f"{row['person']} {row['activity']} {row['slot']}" for row in rows]
    work.say(f"{word}: {names_of(names)}")


def _row_fits(row: dict[str, str], where: dict[str, Any]) -> bool:
    for name, wanted in where.items():
        options = wanted if isinstance(wanted, list) else [wanted]
        if (row.get(name) or "no" if name == "pinned" else row.get(name, "")) not in [
            text_of(option) for option in options
        ]:
            return False
    return True
