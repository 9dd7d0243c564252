"""Clinic templates (templates.csv): what a session is expected to yield, and the sessions its slots ask for.

A template divides a session into slots of its streams. A slot that is ring-fenced is used by its own stream or by
nobody; the time of the rest is open to every stream of the activity. Formulas: docs/formulas/templates.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capacity.demand.result import SessionOutput, TemplateDemand
from capacity.demand.streams import SizedStream
from capacity.errors import Finding
from capacity.service.model import Template

NEAR = 1e-9


@dataclass(frozen=True)
class Layout:
    """Minutes of one session: ring-fenced by stream, and open to all.

    ``fits`` is the share of the template's slots that the contact minutes of a session hold, 1 unless it is overfull.
    """

    ring_fenced: Mapping[str, float]
    open: float
    fits: float = 1.0

    @property
    def minutes(self) -> float:
        """Minutes of a session that patients can be seen in."""
        return sum(self.ring_fenced.values()) + self.open


def layout(templates: Sequence[Template], streams: Sequence[SizedStream], session_minutes: float) -> Layout:
    """Lay the slots of a template out over a session of so many contact minutes.

    Minutes left over are open where some stream of the activity has no row of its own; where all have one no slot
    fits into them and they are not used. An overfull template is cut down to the session, all slots alike.
    """
    contact = {sized.stream.stream: sized.stream.contact_minutes for sized in streams}
    rows = [row for row in templates if row.stream in contact]
    taken = sum(row.slots * contact[row.stream] for row in rows)
    fits = min(1.0, session_minutes / taken) if taken > 0 else 1.0
    ring_fenced: dict[str, float] = defaultdict(float)
    free = 0.0
    for row in rows:
        minutes = row.slots * contact[row.stream] * fits
        if row.ring_fenced:
            ring_fenced[row.stream] += minutes
        else:
            free += minutes
    if set(contact) - {row.stream for row in rows}:
        free += max(0.0, session_minutes - taken)
    return Layout(dict(ring_fenced), free, fits)


def sessions_needed(minutes: Mapping[str, float], session: Layout) -> float | None:
    """Least number of sessions whose slots hold the minutes each stream needs a week; None where none would do.

    A stream first fills its ring-fenced slots; what is left of all streams shares the open time::

        least K with  Σ_s max(0, minutes_s - K · ring_fenced_s) <= K · open

    Without ring-fences that is Σ minutes / open; with nothing open the largest minutes_s / ring_fenced_s.
    """
    over = {stream: need for stream, need in minutes.items() if need > NEAR}
    sessions = 0.0
    while over:
        held = session.open + sum(session.ring_fenced.get(stream, 0.0) for stream in over)
        if held <= 0:
            return None
        sessions = sum(over.values()) / held
        # A stream whose own slots hold all of it leaves its spare ones empty: the others must do without them.
        left = {
            stream: need
            for stream, need in over.items()
            if need > sessions * session.ring_fenced.get(stream, 0.0) * (1 + NEAR)
        }
        if len(left) == len(over) or not left:
            return sessions
        over = left
    return sessions


def outputs(templates: Sequence[Template], streams: Sequence[SizedStream], session: Layout) -> list[SessionOutput]:
    """Expected attendances and units of a session for each row of the template.

    attendances = slots / staff per contact x attendances per slot, which is Att (1 - unbooked) (1 + overbooking)
    x patients per slot / S: what a slot sees after DNAs, cancellations and empty slots.
    """
    by_id = {sized.stream.stream: sized for sized in streams}
    found = []
    for row in templates:
        sized = by_id.get(row.stream)
        if sized is None:
            continue
        attended = row.slots * session.fits / sized.staff_per_contact * sized.attendances_per_slot
        per_attendance = 1.0 if row.units_per_attendance is None else row.units_per_attendance
        found.append(
            SessionOutput(
                stream=row.stream,
                slots=row.slots,
                ring_fenced=bool(row.ring_fenced),
                attendances=attended,
                unit=row.unit or "patients",
                units=attended * per_attendance,
            )
        )
    return found


def size_template(
    templates: Sequence[Template],
    streams: Sequence[SizedStream],
    session_minutes: float,
    minutes: Mapping[str, float],
    minutes_open: Mapping[str, float],
    minutes_mean: Mapping[str, float],
) -> TemplateDemand | None:
    """Sessions a week that a template asks for, as it stands and with every slot open; None without a template.

    ``minutes`` are the contact minutes a week each stream needs where its slots are ring-fenced, ``minutes_open``
    those it needs where all slots are open to all (pooled sizing asks less), ``minutes_mean`` those of its mean.
    """
    if not templates or not streams:
        return None
    session = layout(templates, streams, session_minutes)
    if session.minutes <= 0:
        return None
    return TemplateDemand(
        pooled=sum(minutes_open.values()) / session.minutes,
        pooled_mean=sum(minutes_mean.values()) / session.minutes,
        ring_fenced=sessions_needed(minutes, session),
        ring_fenced_mean=sessions_needed(minutes_mean, session),
        minutes_used=session.minutes,
        fits=session.fits,
        outputs=tuple(outputs(templates, streams, session)),
    )


def template_findings(
    activity: str, demand: TemplateDemand | None, streams: Sequence[SizedStream], session_minutes: float
) -> list[Finding]:
    """What the reader should know about a template against its session and its streams."""
    if demand is None:
        return []
    found = []

    def say(rule: str, message: str, seen: str = "", allowed: str = "") -> None:
        found.append(Finding(rule, activity, message, seen, allowed, "templates.csv"))

    if demand.fits < 1 - NEAR:
        message = "its slots take more minutes than patients are seen in a session; all are cut down alike to fit"
        say("template_overfull", message, f"{session_minutes / demand.fits:g} minutes", f"{session_minutes:g} minutes")
    elif demand.minutes_used < session_minutes - 0.5:
        message = f"{session_minutes - demand.minutes_used:g} minutes of a session are in no slot and see nobody"
        say("template_leaves_minutes", message, f"{demand.minutes_used:g} minutes", f"{session_minutes:g} minutes")
    if demand.ring_fenced is None:
        named = {row.stream for row in demand.outputs}
        without = [sized.stream.stream for sized in streams if sized.stream.stream not in named]
        message = (
            f"every slot is ring-fenced and none is for {', '.join(without)}: no number of these sessions would do. "
            "The requirement is by contact minutes instead"
        )
        say("template_without_room", message)
    elif abs(cost := demand.ring_fencing_cost or 0.0) > 0.005:
        verb = "costs" if cost > 0 else "saves"
        message = (
            f"ring-fencing {verb} {abs(cost):.2f} sessions a week: {demand.ring_fenced:.2f} as the template stands, "
            f"{demand.pooled:.2f} with every slot open to all its streams"
        )
        say("ring_fencing", message)
    return found
