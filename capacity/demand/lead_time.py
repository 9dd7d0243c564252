"""DNA by how long ahead a booking was made (dna_by_lead.csv), as a lever: nobody booked so far ahead.

DNA rises with the booking lead: 1.8 % of GP appointments booked for the same day, 10.9 % of those booked more than
28 days ahead (742.8 million appointments). The rate of a stream as it is now is
:func:`capacity.service.resolved.stream_dna_rate`. Formula: docs/formulas/booking.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from capacity.service.model import LeadBand


def booked_within(bands: Sequence[LeadBand], days: int) -> tuple[LeadBand, ...]:
    """Return the bands of one stream if nobody were booked more than ``days`` days ahead.

    The share of every band that starts later moves to the latest band that does not; a band that starts in time
    keeps its rate, even where it ends later. Raises ValueError where every band starts later.
    """
    kept = sorted((band for band in bands if band.days_from <= days), key=lambda band: band.days_from)
    if not kept:
        raise ValueError(f"no band of booking leads starts within {days} days")
    moved = sum(band.share for band in bands if band.days_from > days)
    latest = kept[-1].model_copy(update={"share": kept[-1].share + moved})
    return (*kept[:-1], latest)
