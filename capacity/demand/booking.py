"""The booking chain: from a referral to the bookings, slots and attendances it takes.

One booking ends in one of five ways: attended (A), did not attend (DNA), cancelled by the patient too late to use
the slot (short notice), cancelled by the patient with notice, or cancelled by the hospital. After an outcome that is
not attendance a share is booked again, and a share of the slots freed is refilled; a DNA burns its slot.
"""

from __future__ import annotations

from dataclasses import dataclass

from capacity.service.model import Stream

RATES = (
    "dna_rate", "dna_rebooked",
    "short_notice_rate", "short_notice_rebooked", "short_notice_refilled",
    "notice_rate", "notice_rebooked", "notice_refilled",
    "hospital_rate", "hospital_rebooked", "hospital_refilled",
)  # fmt: skip
"""Columns of streams.csv the chain is made of; their defaults stand in :func:`booking_chain`."""


@dataclass(frozen=True)
class Unattended:
    """One way a booking ends without attendance: shares of bookings, rebooked and refilled shares of those."""

    name: str
    rate: float
    rebooked: float
    refilled: float


@dataclass(frozen=True)
class BookingChain:
    """What one referral that reaches booking takes, on average."""

    bookings_per_referral: float
    slots_per_referral: float
    attendances_per_referral: float
    attended: float
    """Share of bookings attended, π_A."""
    unattended: tuple[Unattended, ...]

    @property
    def dna_rate(self) -> float:
        """DNA as a share of all bookings."""
        return self.unattended[0].rate

    @property
    def cancelled(self) -> float:
        """Cancellations of all kinds as a share of all bookings."""
        return sum(outcome.rate for outcome in self.unattended[1:])


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
) -> BookingChain:
    """Return bookings, slots and attendances per referral that reaches booking (demand.md §2).

    All rates are shares of bookings, from 0 to 1::

        B   = 1 / (1 - Σ_{i≠A} π_i r_i)     bookings
        S   = B · Σ_i π_i (1 - f_i)         slots consumed (f_A = f_DNA = 0)
        Att = B · π_A                       attendances; 1 - Att leave unseen

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
    if again > 1 - 1e-9:
        raise ValueError("nobody is ever seen: every booking is missed or cancelled, and booked again")
    bookings = 1 / (1 - again)
    slots = bookings * (attended + sum(outcome.rate * (1 - outcome.refilled) for outcome in unattended))
    return BookingChain(bookings, slots, bookings * attended, attended, unattended)


def chain_of(stream: Stream) -> BookingChain:
    """Booking chain of a stream, with the documented default where a cell is blank. Raises as booking_chain."""
    given = {name: value for name in RATES if (value := getattr(stream, name)) is not None}
    return booking_chain(**given)


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
