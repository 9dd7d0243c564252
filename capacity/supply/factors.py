"""Assumptions that the sensitivity table moves one at a time, each by a stated step, on a copy of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from capacity.demand.booking import cancelled_of
from capacity.demand.sizing import DEFAULT_CENTILE
from capacity.demand.streams import wants_centile
from capacity.service.model import Activity, Person, Service, Stream
from capacity.service.resolved import policy_of, stream_dna_rate
from capacity.supply.job_time import weeks_of_policy
from capacity.units import WEEKS_PER_YEAR

Kind = Literal["points", "share", "weeks"]
ALMOST = 0.999
"""Rates are kept below 1, so that somebody is seen."""


@dataclass(frozen=True)
class Change:
    """A service with one assumption moved: how many cells moved, and which could not move as far as asked.

    ``service`` is None where no cell gives the assumption.
    """

    service: Service | None
    cells: int = 0
    held: tuple[str, ...] = ()


@dataclass(frozen=True)
class Factor:
    """One assumption: its id, label, the step it is moved by either way, and how it is moved.

    ``step`` is percentage points as a fraction (``points``), a share of the value (``share``), or weeks.
    """

    factor: str
    label: str
    step: float
    kind: Kind
    move: Callable[[Service, float], Change]
    absent: str
    """Why nothing is moved where nothing can be."""

    @property
    def step_in_words(self) -> str:
        """The step, such as ``± 2 points``."""
        if self.kind == "share":
            return f"± {self.step * 100:g} %"
        size, unit = (self.step, "week") if self.kind == "weeks" else (self.step * 100, "point")
        return f"± {size:g} {unit}{'' if abs(size - 1) < 1e-9 else 's'}"


def moved_value(value: float, by: float, kind: Kind, least: float = 0.0, most: float = float("inf")) -> float:
    """Return a value moved by a step, kept between ``least`` and ``most``."""
    target = value * (1 + by) if kind == "share" else value + by
    return min(max(target, least), most)


# ---- streams


def _streams(
    service: Service, by: float, change: Callable[[Service, Stream], dict[str, tuple[float, float]]]
) -> Change:
    """Change cells of streams: ``change`` gives column -> (new value, value asked for) of each stream it applies to."""
    streams: list[Stream] = []
    held: list[str] = []
    cells = 0
    for stream in service.streams:
        moved = change(service, stream)
        cells += len(moved)
        if any(abs(new - asked) > 1e-12 for new, asked in moved.values()):
            held.append(stream.stream)
        streams.append(stream.model_copy(update={column: new for column, (new, _) in moved.items()}))
    if not cells:
        return Change(None)
    return Change(service.model_copy(update={"streams": tuple(streams)}), cells, tuple(held))


def _dna(service: Service, by: float) -> Change:
    def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
        rate = stream_dna_rate(service, stream)
        if rate is None:
            return {}
        most = ALMOST if stream.dna_basis == "attended_plus_dna" else ALMOST - cancelled_of(stream)
        return {"dna_rate": (moved_value(rate, by, "points", 0.0, max(rate, most)), rate + by)}

    return _streams(service, by, change)


def _cancellations(service: Service, by: float) -> Change:
    """Short-notice and hospital cancellations; those with notice are refilled or not, and mostly cost nothing."""

    def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
        given = [name for name in ("short_notice_rate", "hospital_rate") if getattr(stream, name) is not None]
        dna = stream_dna_rate(service, stream) or 0.0
        room = max(0.0, ALMOST - dna - cancelled_of(stream)) / max(1, len(given))
        found = {}
        for name in given:
            rate = float(getattr(stream, name))
            found[name] = (moved_value(rate, min(by, room), "points"), rate + by)
        return found

    return _streams(service, by, change)


def _column(
    name: str, kind: Kind, least: float = 0.0, most: float = float("inf")
) -> Callable[[Service, float], Change]:
    """Move a column of streams.csv where it is given."""

    def move(service: Service, by: float) -> Change:
        def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
            value = getattr(stream, name)
            if value is None:
                return {}
            return {name: (moved_value(value, by, kind, least, most), moved_value(value, by, kind, float("-inf")))}

        return _streams(service, by, change)

    return move


def _rebooked(service: Service, by: float) -> Change:
    """Share of DNAs booked again, of streams with a DNA rate (1 where blank)."""

    def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
        if stream_dna_rate(service, stream) is None:
            return {}
        share = 1.0 if stream.dna_rebooked is None else stream.dna_rebooked
        return {"dna_rebooked": (moved_value(share, by, "points", 0.0, 1.0), share + by)}

    return _streams(service, by, change)


def _growth(service: Service, by: float) -> Change:
    """Growth a year of the streams that have a series; those they generate grow with them."""

    def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
        if stream.generated_by is not None:
            return {}
        rate = stream.growth_rate or 0.0
        return {"growth_rate": (max(rate + by, -ALMOST), rate + by)}

    return _streams(service, by, change)


def _referrals(service: Service, by: float) -> Change:
    """Referrals of the streams that have a series, and with them of those they generate."""

    def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
        if stream.generated_by is not None:
            return {}
        share = (1.0 if stream.share is None else stream.share) * (1 + by)
        return {"share": (share, share)}

    return _streams(service, by, change)


def _ratio(follow_ups: bool) -> Callable[[Service, float], Change]:
    """Attendances that each attendance generates (1 where blank), of follow-ups or of the rest."""

    def move(service: Service, by: float) -> Change:
        def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
            if stream.generated_by is None or (stream.kind == "follow_up") != follow_ups:
                return {}
            ratio = 1.0 if stream.per_attendance is None else stream.per_attendance
            return {"per_attendance": (ratio * (1 + by), ratio * (1 + by))}

        return _streams(service, by, change)

    return move


def _centile(service: Service, by: float) -> Change:
    def change(service: Service, stream: Stream) -> dict[str, tuple[float, float]]:
        if not wants_centile(stream):
            return {}
        share = DEFAULT_CENTILE if stream.centile is None else stream.centile
        return {"centile": (moved_value(share, by, "points", 0.01, 0.99), share + by)}

    return _streams(service, by, change)


# ---- sessions and people


def _session_minutes(service: Service, by: float) -> Change:
    used = {stream.activity for stream in service.streams}
    activities: list[Activity] = []
    cells = 0
    for activity in service.activities:
        if activity.activity in used and activity.contact_minutes is not None:
            cells += 1
            activities.append(activity.model_copy(update={"contact_minutes": activity.contact_minutes * (1 + by)}))
        else:
            activities.append(activity)
    return Change(service.model_copy(update={"activities": tuple(activities)}), cells) if cells else Change(None)


def _weeks(service: Service, by: float) -> Change:
    """Weeks present of everyone, whether given or from the policy."""
    people: list[Person] = []
    held = []
    for person in service.people:
        weeks = person.working_weeks
        weeks = weeks_of_policy(policy_of(service, person)) if weeks is None else weeks
        new = moved_value(weeks, by, "weeks", 0.1, WEEKS_PER_YEAR)
        if abs(new - weeks - by) > 1e-9:
            held.append(person.person)
        people.append(person.model_copy(update={"working_weeks": new}))
    if not people:
        return Change(None)
    return Change(service.model_copy(update={"people": tuple(people)}), len(people), tuple(held))


def _sickness(service: Service, by: float) -> Change:
    """Sickness of the people whose weeks are derived from leave; weeks that are stated hold theirs already."""
    names = {
        policy_of(service, person).name
        for person in service.people
        if person.working_weeks is None and policy_of(service, person).working_weeks is None
    }
    if not names:
        return Change(None)
    tables = dict(service.policy_tables)
    held = []
    for key, policy in tables.items():
        if policy.name in names:
            share = policy.sickness_share.value
            new = moved_value(share, by, "points", 0.0, ALMOST)
            if abs(new - share - by) > 1e-12:
                held.append(policy.name)
            tables[key] = policy.model_copy(update={"sickness_share": _valued(policy.sickness_share, new)})
    return Change(service.model_copy(update={"policy_tables": tables}), len(names), tuple(held))


def _valued(sourced: Any, value: float) -> Any:
    return sourced.model_copy(update={"value": value})


FACTORS: tuple[Factor, ...] = (
    Factor("referrals", "Referrals", 0.05, "share", _referrals, "no stream has a series"),
    Factor("growth", "Growth a year", 0.02, "points", _growth, "no stream has a series"),
    Factor("dna", "DNA rate", 0.02, "points", _dna, "no stream gives a DNA rate"),
    Factor("dna_rebooked", "Share of DNAs booked again", 0.10, "points", _rebooked, "no stream gives a DNA rate"),
    Factor(
        "cancellations", "Short-notice and hospital cancellations", 0.02, "points", _cancellations,
        "no stream gives a rate of short-notice or hospital cancellations",
    ),
    Factor("removals", "Referrals removed before booking", 0.02, "points", _column("removal_rate", "points", 0.0, 1.0),
           "no stream gives a removal_rate"),
    Factor("unbooked", "Slots never filled", 0.02, "points", _column("unbooked_rate", "points", 0.0, ALMOST),
           "no stream gives an unbooked_rate"),
    Factor("contact_minutes", "Minutes of a contact", 0.10, "share", _column("contact_minutes", "share"), "no streams"),
    Factor("session_minutes", "Contact minutes of a session", 0.10, "share", _session_minutes, "no stream is sized"),
    Factor("follow_up_ratio", "Follow-ups for each attendance", 0.10, "share", _ratio(True), "no generated follow-ups"),
    Factor("conversion", "Procedures for each attendance", 0.10, "share", _ratio(False), "no generated procedures"),
    Factor("centile", "Centile of rapid work", 0.05, "points", _centile, "no stream is sized at a centile"),
    Factor("weeks", "Weeks present a year", 1.0, "weeks", _weeks, "nobody is in people.csv"),
    Factor("sickness", "Sickness", 0.01, "points", _sickness, "everybody's weeks are stated, sickness included"),
)  # fmt: skip
"""The assumptions moved unless others are asked for."""


def factors(**steps: float) -> tuple[Factor, ...]:
    """Return the factors with other steps: ``factors(dna=0.03, weeks=2)``. Raises KeyError for an unknown one."""
    unknown = set(steps) - {factor.factor for factor in FACTORS}
    if unknown:
        raise KeyError(f"no factor {', '.join(sorted(unknown))}; there are {_named(FACTORS)}")
    return tuple(replace(factor, step=steps.get(factor.factor, factor.step)) for factor in FACTORS)


def _named(every: Iterable[Factor]) -> str:
    return ", ".join(factor.factor for factor in every)
