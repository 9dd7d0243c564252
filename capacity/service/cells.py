"""The text of one cell, read as what its column holds. Every reader returns a value or raises ``Refused``."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from capacity.service.model import (
    Delivery,
    DutyWeek,
    PostSkill,
    RotaShare,
    SpreadPart,
    TeamMember,
    WholeGroups,
)
from capacity.units import DAYS, NO_FIXED_SLOT, PARTS, half_day

T = TypeVar("T")

ALL_HALF_DAYS = tuple(f"{day} {part}" for day in DAYS for part in PARTS)
DATE_FORM = "a date such as 31/03/2027 or 2027-03-31"
YES_NO = "yes or no"
HALF_DAY_FORM = "a half-day such as Mon AM"
ID_FORM = "an id of a-z, 0-9, _ and -"

_ID = re.compile(r"[a-z0-9_-]+")
_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile("[+-]?[1-9][0-9]{0,2}([, \u00a0\u202f])[0-9]{3}(\\1[0-9]{3})*(\\.[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_UK_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?: 00:00(?::00)?)?")
_DAY_NUMBER = re.compile(r"[3-7][0-9]{4}")
"""Days that Excel counts to dates from 1982 to 2119."""
_DAY_ZERO = dt.date(1899, 12, 30)
_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})


class Refused(ValueError):
    """A cell that cannot be read. ``found`` and ``allowed`` replace the cell's text and the column's own form."""

    def __init__(self, hint: str = "", allowed: str = "", found: str = ""):
        super().__init__(hint or allowed)
        self.hint = hint
        self.allowed = allowed
        self.found = found


@dataclass(frozen=True)
class Bounds:
    """Limits of a number, and how they are said."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def hold(self, value: float) -> bool:
        """Whether ``value`` is inside."""
        return (
            (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        )

    def __str__(self) -> str:
        if self.ge is not None and self.le is not None:
            return f"{plain(self.ge)} to {plain(self.le)}"
        low = "" if self.ge is None else f"{plain(self.ge)} or more"
        low = low if self.gt is None else f"more than {plain(self.gt)}"
        high = "" if self.le is None else f"up to {plain(self.le)}"
        high = high if self.lt is None else f"less than {plain(self.lt)}"
        return ", ".join(part for part in (low, high) if part) or "a number"


def plain(value: float) -> str:
    """Write a number without a needless ``.0``, so that it reads back as the same number."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def shown(text: str, length: int = 60) -> str:
    """Text of a cell as one short line, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def nearest(text: str, options: Iterable[str], cutoff: float = 0.6) -> str:
    """``Did you mean x?`` for the option nearest to ``text``, or nothing where none is near."""
    folded: dict[str, str] = {}
    for option in options:
        folded.setdefault(fold(option), option)
    close = difflib.get_close_matches(fold(text), list(folded), n=1, cutoff=cutoff)
    return f"Did you mean {folded[close[0]]}?" if close else ""


def fold(text: str) -> str:
    """Text without case, spaces, underscores and hyphens: how headers and choices are compared."""
    return re.sub(r"[\s_-]+", "", text).lower()


def number(text: str, semicolons: bool = False) -> float:
    """Read a number, with or without thousands separators.

    ``semicolons`` says that the file is separated by semicolons, where Excel writes a decimal comma.
    """
    text = text.replace("\u2212", "-")
    if _PLAIN_NUMBER.fullmatch(text):
        return _finite(float(text))
    if thousands := _THOUSANDS.fullmatch(text):
        joined = text.replace(thousands.group(1), "")
        if semicolons and thousands.group(1) == "," and _DECIMAL_COMMA.fullmatch(text):
            raise Refused(f"Write {joined} or {plain(float(text.replace(',', '.')))}: a comma can mean either here")
        return _finite(float(joined))
    if _DECIMAL_COMMA.fullmatch(text):
        value = float(text.replace(",", "."))
        if semicolons:
            return _finite(value)
        raise Refused(f"Did you mean {plain(value)}?")
    raise Refused


def _finite(value: float) -> float:
    if math.isfinite(value):
        return value
    raise Refused


def whole(text: str) -> int:
    """Read a whole number; ``4.0`` is one."""
    value = number(text)
    if not value.is_integer():
        raise Refused
    return int(value)


def fraction(text: str, bounds: Bounds, semicolons: bool = False) -> float:
    """Read a fraction: ``0.08`` or ``8%``. ``8`` is refused."""
    if text.endswith("%"):
        return round(number(text[:-1].strip(), semicolons) / 100, 12)
    value = number(text, semicolons)
    percent = plain(value)
    if value > 1 and bounds.hold(value / 100):
        raise Refused(f"Did you mean {percent}%?")
    return value


def date(text: str) -> dt.date:
    """Read an ISO or a UK date."""
    if iso := _ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in iso.groups())
    elif uk := _UK_DATE.fullmatch(text):
        day, month, year = (int(part) for part in uk.groups())
    elif _DAY_NUMBER.fullmatch(text):  # what Excel holds of a date, where the cell is not formatted as one
        shown_as = (_DAY_ZERO + dt.timedelta(days=int(text))).strftime("%d/%m/%Y")
        raise Refused(f"Did you mean {shown_as}? Format the cell as a date in Excel")
    else:
        raise Refused
    try:
        return dt.date(year, month, day)
    except ValueError:
        pass
    if uk_swapped := _swapped(year, month, day):
        raise Refused(f"Dates are day/month/year: did you mean {uk_swapped}?")
    raise Refused(allowed=f"{DATE_FORM}: a day that exists")


def _swapped(year: int, month: int, day: int) -> str:
    try:
        return dt.date(year, day, month).strftime("%d/%m/%Y")
    except ValueError:
        return ""


def yes_no(text: str) -> bool:
    """Read yes or no, as typed or as Excel writes it (TRUE, FALSE)."""
    folded = text.lower()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise Refused


def ident(text: str) -> str:
    """Read an id."""
    if _ID.fullmatch(text):
        return text
    slug = re.sub(r"[^a-z0-9_-]+", "_", text.lower()).strip("_")
    raise Refused(f"Did you mean {slug}?" if slug else "")


def is_ident(text: str) -> bool:
    """Whether ``text`` is an id."""
    return _ID.fullmatch(text) is not None


def slot(text: str) -> str:
    """Read a half-day."""
    try:
        return half_day(text)
    except ValueError:
        raise Refused(nearest(text, ALL_HALF_DAYS), allowed=HALF_DAY_FORM) from None


def slot_or_none(text: str) -> str:
    """Read a half-day, or ``-`` for time with no fixed place."""
    if text in {NO_FIXED_SLOT, "\u2013", "\u2014"}:
        return NO_FIXED_SLOT
    try:
        return slot(text)
    except Refused as refused:
        raise Refused(refused.hint, allowed=f"{HALF_DAY_FORM}, or -") from None


def choice(text: str, options: Sequence[str]) -> str:
    """Read one of ``options``, ignoring case, spaces and underscores."""
    for option in options:
        if fold(option) == fold(text):
            return option
    raise Refused(nearest(text, options))


def items(text: str, read: Callable[[str], T]) -> tuple[T, ...]:
    """Read a list separated by semicolons; each item may stand in it once."""
    values: list[T] = []
    for part in (part.strip() for part in text.split(";")):
        if not part:
            continue
        try:
            value = read(part)
        except Refused as refused:
            hint = "Separate a list with semicolons" if "," in part else refused.hint
            raise Refused(hint, refused.allowed, refused.found or part) from None
        if value in values:
            raise Refused(allowed="each once", found=f"{part} twice")
        values.append(value)
    if not values:
        raise Refused(allowed="a blank cell, or a list with something in it")
    return tuple(values)


def _pair(text: str, mark: str) -> tuple[str, str]:
    left, found, right = text.rpartition(mark)
    if not found or not left.strip() or not right.strip():
        raise Refused
    return left.strip(), right.strip()


def _once(values: Sequence[T], key: Callable[[T], str]) -> None:
    keys = [key(value) for value in values]
    for name in keys:
        if keys.count(name) > 1:
            raise Refused(allowed="each once", found=f"{name} twice")


def team(text: str) -> str | WholeGroups | tuple[TeamMember, ...] | None:
    """Read ``all``, ``all:nurse``, or who one session needs together: ``consultant:1;anaesthetist:1``."""
    if fold(text) in {"all", "one"}:
        return "all" if fold(text) == "all" else None
    if any(fold(part.partition(":")[0]) == "all" for part in text.split(";")):
        return WholeGroups(groups=items(text, _whole_group))

    def member(part: str) -> TeamMember:
        group, count = _pair(part, ":")
        people = whole(count)
        if people < 1:
            raise Refused
        return TeamMember(group=group, count=people)

    members = items(text, member)
    _once(members, lambda each: each.group)
    return members


def _whole_group(part: str) -> str:
    whole_of, _, group = (side.strip() for side in part.partition(":"))
    if fold(whole_of) != "all" or not group:
        raise Refused(allowed="all of each group, such as all:nurse;all:ahp, or numbers of each, not both")
    return group


def spread(text: str) -> str | tuple[SpreadPart, ...]:
    """Read ``any``, ``each_day``, ``each_half_day``, or ``Mon AM=2;Sat AM=1``."""
    if "=" not in text:
        return choice(text, ("any", "each_day", "each_half_day"))

    def part(item: str) -> SpreadPart:
        where, sessions = _pair(item, "=")
        count = number(sessions)
        if count <= 0:
            raise Refused
        return SpreadPart(slot=slot(where), sessions=count)

    parts = items(text, part)
    _once(parts, lambda each: each.slot)
    return parts


def rota_shares(text: str) -> str | tuple[RotaShare, ...]:
    """Read the shares of a rota's members: ``c07=0.6``, or ``pro_rata``."""
    if "=" not in text:
        return choice(text, ("pro_rata",))
    bounds = Bounds(ge=0, le=1)

    def part(item: str) -> RotaShare:
        person, share = _pair(item, "=")
        value = fraction(share, bounds)
        if not bounds.hold(value):
            raise Refused
        return RotaShare(person=ident(person), share=value)

    parts = items(text, part)
    _once(parts, lambda each: each.person)
    return parts


def duty_weeks(text: str) -> tuple[DutyWeek, ...]:
    """Read the weeks of the cycle in which members are on duty: ``c01=1;c02=2;c01=3``."""

    def part(item: str) -> DutyWeek:
        person, week = _pair(item, "=")
        value = whole(week)
        if not 1 <= value <= 52:
            raise Refused
        return DutyWeek(person=ident(person), week=value)

    parts = items(text, part)
    _once(parts, lambda each: f"{each.person}={each.week}")
    return parts


def post_skills(text: str) -> tuple[PostSkill, ...]:
    """Read what a post can do: ``rapid``, or ``rapid=0.8`` where it sees fewer patients than a full session."""
    bounds = Bounds(gt=0, le=2)

    def part(item: str) -> PostSkill:
        if "=" not in item:
            return PostSkill(activity=ident(item))
        activity, share = _pair(item, "=")
        value = fraction(share, bounds) if share.endswith("%") else number(share)
        if not bounds.hold(value):
            raise Refused
        return PostSkill(activity=ident(activity), output=value)

    parts = items(text, part)
    _once(parts, lambda each: each.activity)
    return parts


def deliveries(text: str) -> tuple[Delivery, ...]:
    """Read what one duty week delivers: ``ward_round=10;post_take=7``."""

    def part(item: str) -> Delivery:
        activity, sessions = _pair(item, "=")
        count = number(sessions)
        if count < 0:
            raise Refused
        return Delivery(activity=ident(activity), sessions=count)

    parts = items(text, part)
    _once(parts, lambda each: each.activity)
    return parts


def displaced(text: str) -> str | tuple[str, ...]:
    """Read ``all``, ``none`` or a list of activities."""
    return text.lower() if text.lower() in {"all", "none"} else items(text, ident)


def week_list(text: str) -> tuple[int, ...] | None:
    """Read ``all`` (None) or weeks of the cycle: ``1;3``."""
    return None if text.lower() == "all" else items(text, whole)
