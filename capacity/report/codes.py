"""Short codes of activities for a timetable: a few capital letters, different for each activity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from capacity.service.model import ROLE_PREFIX

RESERVED_CODES = {
    "spa": "SPA",
    "admin": "ADM",
    "flexible": "FLX",
    "cover": "COV",
    "on_call": "ONC",
    "travel": "TRV",
}
RESERVED_NAMES = {
    "spa": "supporting professional activities",
    "admin": "clinical admin",
    "flexible": "flexible time",
    "cover": "cover (flexible DCC)",
    "on_call": "on-call work",
    "travel": "travel",
}
ROLE_CODE = "ROL"
ROLE_NAME = "leadership or other role"


def activity_codes(activities: Iterable[str]) -> dict[str, str]:
    """Return a code of 3 or 4 letters for each activity id, the same whatever the order in which they are given.

    Two words give two letters each (``lung_cancer``: LUCA), three or more their initials, one word its first four.
    A code already taken gives way to later letters of the word, then to a number.
    """
    taken = {*RESERVED_CODES.values(), ROLE_CODE}
    codes = {}
    for activity in sorted(activities):
        code = next(candidate for candidate in _candidates(activity) if candidate not in taken)
        taken.add(code)
        codes[activity] = code
    return codes


def code_of(activity: str, codes: dict[str, str]) -> str:
    """Code of an activity or of a reserved one; every role has the same."""
    if activity.startswith(ROLE_PREFIX):
        return ROLE_CODE
    return RESERVED_CODES.get(activity) or codes[activity]


def _candidates(activity: str) -> Iterator[str]:
    words = [word for word in re.split(r"[_\-]+", activity.upper()) if word] or ["X"]
    joined = "".join(words)
    if len(words) >= 3:
        yield "".join(word[0] for word in words)[:4]
    if len(words) >= 2:
        yield words[0][:2] + words[1][:2]
        yield words[0][:1] + words[1][:3]
        yield words[0][:3] + words[1][:1]
    yield joined[:4]
    if len(joined) > 4:
        yield from (joined[:3] + letter for letter in joined[4:])
    yield from (f"{joined[:2]}{position}" for position in range(2, 1000))
