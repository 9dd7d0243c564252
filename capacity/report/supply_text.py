"""Where the time goes: the ladder from funded posts to sessions, headroom, how far things are used, therapy hours."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capacity.report.words import SMALL, capital, count, fixed, listed, number, table, wrapped
from capacity.supply.ladder import TOTAL
from capacity.supply.variation import EVERYONE

if TYPE_CHECKING:
    import pandas as pd

RUNG_NAMES = {
    "funded": "Funded",
    "in_post": "In post",
    "available": "At work in the mean week",
    "delivered": "Sessions of direct care",
    "taken_place": "Sessions that took place",
}
LOSS_NAMES = {
    "vacant": "vacant",
    "not_funded": "in post beyond the funded posts",
    "annual_leave": "annual leave",
    "statutory": "statutory leave",
    "bank_holidays": "bank holidays",
    "study_leave": "study leave",
    "sickness": "sickness",
    "other_weeks": "weeks as stated, beside leave and sickness",
    "duty": "duty weeks and on-call",
    "spa": "SPA",
    "roles": "roles and other duties",
    "travel": "travel and triage",
    "flexible": "time without an agreed use",
    "admin": "admin that goes with sessions",
    "premium": "premium time",
    "not_planned": "contract not in the job plan",
    "not_taken_place": "planned sessions that did not take place",
}
KINDS = LOSS_NAMES | {
    **dict.fromkeys(
        ("annual_leave", "statutory", "bank_holidays", "study_leave", "sickness", "other_weeks"),
        "leave, bank holidays, study, sickness",
    ),
    **dict.fromkeys(("spa", "roles"), "SPA, roles and other duties"),
    **dict.fromkeys(("travel", "admin", "premium"), "admin, travel, triage, premium time"),
}
"""Loss -> what it is added up with where the ladder is to be short."""
SMALLEST_LOSS = 0.005
"""WTE: a smaller loss would show as 0.00."""
FULL = 0.95
"""Of a room's half-days in the timetable: from here on there is no room for more."""


def ladder_text(ladder: pd.DataFrame, staff_group: str = TOTAL, whole: bool = False) -> str:
    """Return the ladder of one staff group as a table, losses indented.

    ``ladder`` is what ``capacity.supply.ladder.ladder`` returns. Losses of a kind are added up unless the ``whole`` of
    it is asked for; those too small to show are left out.
    """
    rows = []
    for step in _steps(ladder[ladder["staff_group"] == staff_group], whole):
        if step.rung or abs(step.wte) >= SMALLEST_LOSS:
            name = step.name if step.rung else f"  {step.name}"
            rows.append([name, fixed(step.wte, 2), fixed(step.pa), fixed(step.sessions)])
    if not rows:
        return ""
    return table(["From funded posts to sessions, a week", "WTE", "PAs", "sessions"], rows)


@dataclass(frozen=True)
class _Step:
    name: str
    rung: bool
    wte: float
    pa: float
    sessions: float


def _steps(ladder: pd.DataFrame, whole: bool) -> list[_Step]:
    """Rungs and losses in order; losses of a kind together at the place of the first."""
    found: dict[str, _Step] = {}
    for row in _records(ladder):
        key, rung = str(row["step"]), row["kind"] == "rung"
        name = RUNG_NAMES.get(key, key) if rung else LOSS_NAMES.get(key, key) if whole else KINDS.get(key, key)
        before = found.get(name, _Step(name, rung, 0.0, 0.0, 0.0))
        amounts = (getattr(before, unit) + float(row[unit]) for unit in ("wte", "pa", "sessions"))
        found[name] = _Step(name, rung, *amounts)
    return list(found.values())


def headroom_text(headroom: pd.DataFrame) -> str:
    """Return the headroom of all staff in a sentence, and of each staff group that is outside what was seen."""
    everyone = headroom[headroom["staff_group"] == EVERYONE]
    outside = headroom[(headroom["staff_group"] != EVERYONE) & ~headroom["within_seen"].astype(bool)]
    return "\n".join(wrapped(capital(words)) for words in [*everyone["words"], *outside["words"]])


def planned_text(categories: pd.DataFrame) -> str:
    """Return planned DCC, SPA, ANR and ED of everyone in a sentence; ``categories`` as ``split.category_split``."""
    if categories.empty:
        return ""
    sums = categories.groupby("category", sort=False)["pa"].sum()
    total = float(sums.sum())
    parts = [f"{name} {number(float(pa))} ({float(pa) / total:.0%})" for name, pa in sums.items() if pa >= SMALL]
    return wrapped(f"Planned, in PAs of a week present: {listed(parts)}.") if parts else ""


def use_text(
    rooms: pd.DataFrame, direct_care: pd.DataFrame, delivered: pd.DataFrame | None, lost: pd.DataFrame | None
) -> str:
    """Return how far rooms, contracts and planned sessions are used, a sentence each.

    The frames are those of ``capacity.supply.utilisation``; ``delivered`` and ``lost`` are None without delivered.csv.
    """
    sentences = [_rooms(rooms), _direct_care(direct_care)]
    if delivered is not None and lost is not None:
        sentences.append(_delivered(delivered, lost))
    return "\n".join(wrapped(sentence) for sentence in sentences if sentence)


def _rooms(rooms: pd.DataFrame) -> str:
    known = rooms[rooms["utilisation"].notna()].sort_values("utilisation", ascending=False, kind="stable")
    if known.empty:
        return ""
    parts = [f"{row['room']} {row['utilisation']:.0%}" for row in _records(known)]
    text = f"Rooms in the timetable, share of their half-days: {_first(parts)}."
    full = [str(row["room"]) for row in _records(known) if row["utilisation"] >= FULL]
    if full:
        text += f" {capital(listed(full))} {'has' if len(full) == 1 else 'have'} no half-day to spare."
    without = rooms[rooms["without_room"] > 0]
    if not without.empty:
        parts = [f"{row['room']} {number(row['without_room'])}" for row in _records(without)]
        text += f" Sessions a week that find no room free: {listed(parts)}."
    return text


def _direct_care(people: pd.DataFrame) -> str:
    known = people[people["utilisation"].notna()]
    if known.empty:
        return ""
    planned, possible = float(known["dcc_planned_pa"].sum()), float(known["dcc_possible_pa"].sum())
    ranked = _records(known.sort_values("utilisation", kind="stable"))
    low, high = ranked[0], ranked[-1]
    text = (
        f"Direct care planned: {number(planned)} of the {number(possible)} PAs a week that contracts leave for it"
        f" ({planned / possible:.0%})"
    )
    if len(known) == 1:
        return f"{text}."
    return f"{text}, from {low['utilisation']:.0%} of {low['person']} to {high['utilisation']:.0%} of {high['person']}."


def _delivered(delivered: pd.DataFrame, lost: pd.DataFrame) -> str:
    timetabled, took_place, expected = (float(delivered[key].sum()) for key in ("timetabled", "delivered", "expected"))
    if timetabled <= 0:
        return ""
    text = f"Planned and delivered: {number(took_place)} of {number(timetabled)} sessions of the timetable took place"
    text += f" ({took_place / timetabled:.0%}; after leave, sickness and duty {number(expected)} were to be expected)"
    reasons = lost.groupby("reason")["sessions"].sum().sort_values(ascending=False, kind="stable")
    parts = [f"{reason} {number(float(value))}" for reason, value in reasons.items()]
    return f"{text}. Lost: {_first(parts)}." if parts else f"{text}."


def therapy_text(by_band: pd.DataFrame) -> str:
    """Return clinical and contact hours by band as a table; blank where nobody is on an hours contract.

    ``by_band`` is what ``capacity.supply.therapy.therapy_by_band`` returns.
    """
    if by_band.empty:
        return ""
    rows = []
    for row in _records(by_band):
        band = "" if row["grade"] is None or row["grade"] != row["grade"] else f" {row['grade']}"
        hours = (row["contract_hours"], row["hours_at_work"], row["clinical_hours"], row["contact_hours"])
        shares = (row["clinical_share"], row["clinical_share_target"], row["contact_share"])
        rows.append([f"{row['staff_group']}{band}", str(row["people"]), *map(fixed, hours), *map(_share, shares)])
    header = ["Hours contracts, a week", "people", "contract", "at work", "clinical", "contact"]
    header += ["clinical %", "target", "contact %"]
    note = "Clinical %: of hours at work, for which the target is (no rule). Contact %: of contract hours."
    return table(header, rows, widest=28) + "\n" + wrapped(note)


def _records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.to_dict("records")


def _share(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.0%}"


def _first(parts: Iterable[str], most: int = 6) -> str:
    every = list(parts)
    if len(every) > most:
        return f"{', '.join(every[:most])} and {count(len(every) - most, 'other')}"
    return listed(every)
