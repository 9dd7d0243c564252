"""The booking chain of each stream as a waterfall, from referrals to sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from capacity.demand.streams import MINUTES_PER_HOUR, SizedStream

COLUMNS = ("stream", "step", "value", "unit")
Step = tuple[str, float, str]


def waterfall(streams: Mapping[str, SizedStream], session_minutes: Mapping[str, float]) -> pd.DataFrame:
    """Return the waterfall of every sized stream, a calendar week at the level it is sized at by itself.

    Columns: stream, step, value, unit. Signed steps lead from one total to the next:
    referrals + removals + booked again = bookings; bookings + the ways not to attend = attendances;
    bookings + refilled + never filled = slots. ``session_minutes`` are the contact minutes of a session by activity.
    """
    children: dict[str, list[SizedStream]] = {}
    for sized in streams.values():
        if sized.stream.generated_by is not None:
            children.setdefault(sized.stream.generated_by, []).append(sized)
    rows = [
        (stream, *step)
        for stream, sized in streams.items()
        if sized.sized
        for step in _steps(sized, session_minutes[sized.stream.activity], children.get(stream, []))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"stream": str, "step": str, "value": float, "unit": str})


def _steps(sized: SizedStream, session_minutes: float, children: Sequence[SizedStream]) -> Iterator[Step]:
    chain = sized.chain
    referrals = sized.level
    removed = referrals * (sized.stream.removal_rate or 0)
    first_bookings = referrals - removed
    bookings = first_bookings * chain.bookings_per_referral
    slots = sized.slots(referrals)
    attendances = sized.attendances(referrals)
    refilled = bookings * sum(outcome.rate * outcome.refilled for outcome in chain.unattended)
    yield "referrals", referrals, "referrals"
    yield "removed before booking", 0.0 - removed, "referrals"
    yield "booked again", bookings - first_bookings, "bookings"
    yield "bookings", bookings, "bookings"
    for outcome in chain.unattended:
        yield outcome.name, 0.0 - bookings * outcome.rate, "bookings"
    yield "attendances", attendances, "attendances"
    yield "freed slots refilled", 0.0 - refilled, "slots"
    yield "slots never filled", slots * sized.unbooked_rate, "slots"
    yield "slots", slots, "slots"
    for child in children:
        # The child's weeks are this stream's attendances times a constant, so the means give that constant.
        made = child.mean / sized.mean * referrals if sized.mean > 0 else 0.0
        yield f"generated: {child.stream.stream}", made, "referrals"
    yield "contact hours", sized.contact_hours(referrals), "hours"
    yield "admin hours", sized.contact_and_admin_hours(referrals) - sized.contact_hours(referrals), "hours"
    yield "sessions", sized.contact_hours(referrals) * MINUTES_PER_HOUR / session_minutes, "sessions"
