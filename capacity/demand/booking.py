"""The booking chain: from a referral to the bookings, slots and attendances it takes.

One booking ends in one of five ways: attended (A), did not attend (DNA), cancelled by the patient too late to use
the slot (short notice), cancelled by the patient with notice, or cancelled by the hospital. After an outcome that is
not attendance a share is booked again, and a share of the places freed is refilled; a DNA burns its place. How many
places a slot holds, and how many slots stand empty, is :class:`SlotUse`. Formulas: docs/formulas/booking.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from capacity.service.model import Stream

RATES = (
    "dna_rate", "dna_rebooked",
    "short_notice_rate", "short_notice_rebooked", "short_notice_refilled",
    "notice_rate", "notice_rebooked", "notice_refilled",
    "hospital_rate", "hospital_rebooked", "hospital_refilled",
    "max_rebookings",
)  # fmt: skip
"""Columns of streams.csv the chain is made of; their defaults stand in :func:`booking_chain`."""


@dataclass(frozen=True)
class Unattended:
    """One way a booking ends without attendance: share of bookings, and rebooked and refilled shares of those."""

    name: str
    rate: float
    rebooked: float
    refilled: float


@dataclass(frozen=True)
class BookingChain:
    """What one referral that reaches booking takes, on average.

    ``slots_per_referral`` counts one patient a slot. ``capped_per_referral`` is the share of referrals that would
    be booked once more but for the cap on rebookings (0 without one); the rest of those never seen are the ones
    nobody books again.
    """

    bookings_per_referral: float
    slots_per_referral: float
    attendances_per_referral: float
    attended: float
    """Share of bookings attended, π_A."""
    unattended: tuple[Unattended, ...]
    capped_per_referral: float = 0.0

    @property
    def dna_rate(self) -> float:
        """DNA as a share of all bookings."""
        return self.unattended[0].rate

    @property
    def cancelled(self) -> float:
        """Cancellations of all kinds as a share of all bookings."""
        return sum(outcome.rate for outcome in self.unattended[1:])

    @property
    def refilled(self) -> float:
        """Share of bookings whose place is freed and given to somebody else."""
        return sum(outcome.rate * outcome.refilled for outcome in self.unattended)

    @property
    def unseen_per_referral(self) -> float:
        """Share of the referrals booked that are never seen, 1 - Att: given up on, or stopped by the cap."""
        return max(0.0, 1 - self.attendances_per_referral)


@dataclass(frozen=True)
class SlotUse:
    """How places become slots: ``patients_per_slot`` in a group, more booked on purpose, some never filled.

    slots = places / (patients_per_slot · (1 + overbooking_rate) · (1 - unbooked_rate)). Raises ValueError where no
    slot is ever filled.
    """

    unbooked_rate: float = 0.0
    overbooking_rate: float = 0.0
    patients_per_slot: float = 1.0

    def __post_init__(self) -> None:
        if self.unbooked_rate >= 1:
            raise ValueError("every slot stays empty: unbooked_rate must be less than 1")

    @property
    def slots_per_place(self) -> float:
        """Slots for each place taken."""
        return 1 / (self.patients_per_slot * (1 + self.overbooking_rate) * (1 - self.unbooked_rate))


def booking_chain(
    dna_rate: float = 0.0,
    dna_rebooked: float = 1.0,
    short_notice_rate: float = 0.0,
    short_notice_rebooked: float = 1.0,
    short_notice_refilled: float = 0.0,
    notice_rate: float = 0.0,
    notice_rebooked: float = 1.0,
    notice_refilled: float = 1.0,
    hospital_rate: float = 0.0,
    hospital_rebooked: float = 1.0,
    hospital_refilled: float = 0.0,
    max_rebookings: int | None = None,
) -> BookingChain:
    """Return bookings, slots and attendances per referral that reaches booking (docs/formulas/booking.md).

    All rates are shares of bookings, from 0 to 1; ``max_rebookings`` c is how often one patient is booked again at
    most, for whatever reason (None: no limit). With x = Σ_{i≠A} π_i r_i, the chance that a booking leads to another::

        B   = 1 + x + … + x^c = (1 - x^(c+1)) / (1 - x)     bookings; 1 / (1 - x) without a cap
        S   = B · Σ_i π_i (1 - f_i)                         slots consumed (f_A = f_DNA = 0)
        Att = B · π_A                                       attendances; 1 - Att leave unseen, x^(c+1) by the cap

    Raises ValueError where the rates add up to more than 1, or where everybody is booked again for ever.
    """
    unattended = (
        Unattended("did not attend", dna_rate, dna_rebooked, 0.0),
        Unattended("cancelled at short notice", short_notice_rate, short_notice_rebooked, short_notice_refilled),
        Unattended("cancelled with notice", notice_rate, notice_rebooked, notice_refilled),
        Unattended("cancelled by the hospital", hospital_rate, hospital_rebooked, hospital_refilled),
    )
    attended = 1 - sum(outcome.rate for outcome in unattended)
    if attended < -1e-9:
        raise ValueError(f"DNA and cancellation rates add up to {1 - attended:.3g} of bookings; at most 1")
    attended = max(0.0, attended)
    again = sum(outcome.rate * outcome.rebooked for outcome in unattended)
    bookings = _bookings(again, max_rebookings)
    slots = bookings * (attended + sum(outcome.rate * (1 - outcome.refilled) for outcome in unattended))
    capped = 0.0 if max_rebookings is None else again ** (max_rebookings + 1)
    return BookingChain(bookings, slots, bookings * attended, attended, unattended, capped)


def _bookings(again: float, max_rebookings: int | None) -> float:
    """Bookings a referral takes where each leads to another with chance ``again``, cut off at the cap."""
    if max_rebookings is None:
        if again > 1 - 1e-9:
            raise ValueError("nobody is ever seen: every booking is missed or cancelled, and booked again")
        return 1 / (1 - again)
    most = max_rebookings + 1
    # Near 1 the quotient loses its digits; the sum it stands for is 1 + x + … and has ``most`` terms.
    return float(most) if again > 1 - 1e-12 else (1 - again**most) / (1 - again)


def chain_of(stream: Stream, dna_rate: float | None = None) -> BookingChain:
    """Booking chain of a stream, with the documented default where a cell is blank. Raises as booking_chain.

    ``dna_rate`` stands in for a blank one (as from dna_by_lead.csv, in the basis the stream names). A rate of
    attended + DNA is turned into one of bookings with the stream's own cancellation rates.
    """
    given: dict[str, Any] = {name: value for name in RATES if (value := getattr(stream, name)) is not None}
    given.setdefault("dna_rate", dna_rate or 0.0)
    if stream.dna_basis == "attended_plus_dna":
        given["dna_rate"] = dna_of_bookings(given["dna_rate"], cancelled_of(stream))
    return booking_chain(**given)


def slot_use_of(stream: Stream) -> SlotUse:
    """How a stream fills its slots, with the documented default where a cell is blank. Raises as SlotUse."""
    return SlotUse(stream.unbooked_rate or 0.0, stream.overbooking_rate or 0.0, stream.patients_per_slot or 1.0)


def cancelled_of(stream: Stream) -> float:
    """Cancellations of all kinds as a share of bookings, as the stream gives them."""
    return (stream.short_notice_rate or 0.0) + (stream.notice_rate or 0.0) + (stream.hospital_rate or 0.0)


def dna_of_bookings(dna_of_attended_plus_dna: float, cancelled: float = 0.0) -> float:
    """DNA as a share of all bookings, from the NHS rate DNA / (attended + DNA).

    ``cancelled`` is the share of bookings cancelled in any way. 8.4 % of attended + DNA is 7.3 % of all where 13 %
    are cancelled (NHS England, 2012/13).
    """
    return dna_of_attended_plus_dna * (1 - cancelled)


def dna_of_attended_plus_dna(dna_of_bookings: float, cancelled: float = 0.0) -> float:
    """Return the NHS rate DNA / (attended + DNA) from DNA as a share of all bookings; the inverse of dna_of_bookings.

    Raises ValueError where everything is cancelled, so that nothing is attended or missed.
    """
    if cancelled >= 1:
        raise ValueError("every booking is cancelled: there is nothing to attend or to miss")
    return dna_of_bookings / (1 - cancelled)
