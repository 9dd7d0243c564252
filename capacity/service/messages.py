"""Plain English for what pydantic refuses: one table, so that its own wording never reaches a reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from capacity.service.cells import DATE_FORM, plain, shown

ALLOWED: dict[str, str] = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": DATE_FORM,
    "date_parsing": DATE_FORM,
    "date_from_datetime_parsing": DATE_FORM,
    "date_from_datetime_inexact": DATE_FORM,
    "dict_type": "a table of names and values",
    "extra_forbidden": "a name that is known here",
    "finite_number": "a number",
    "float_parsing": "a number",
    "float_type": "a number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "is_instance_of": "a value of the right type",
    "less_than": "less than {lt}",
    "less_than_equal": "up to {le}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "missing": "a value, which is required",
    "model_attributes_type": "a table of names and values",
    "model_type": "a table of names and values",
    "string_pattern_mismatch": "an id of a-z, 0-9, _ and -, or a half-day such as Mon AM",
    "string_type": "text",
    "too_long": "a shorter list",
    "too_short": "a longer list",
    "tuple_type": "a list",
}

FOUND = {"missing": "nothing", "extra_forbidden": "an unknown name"}


def faults_of(error: ValidationError) -> Iterator[tuple[str, str, str]]:
    """Yield where, what was found and what is allowed, for each error."""
    for item in error.errors(include_url=False):
        context = {
            key: value if isinstance(value, str) else shown_value(value) for key, value in item.get("ctx", {}).items()
        }
        allowed = ALLOWED.get(item["type"], "a value as described in models/README.md").format(**context)
        found = FOUND.get(item["type"]) or shown_value(item["input"])
        yield ".".join(str(part) for part in item["loc"]), found, allowed.replace("'", "")


def shown_value(value: Any) -> str:
    """Write a value as a reader would have written it, for a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return plain(value) if abs(value) < float("inf") else str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    return shown(str(value)) or "blank text"
