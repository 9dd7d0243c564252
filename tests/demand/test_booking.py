"""The booking chain: worked values, both DNA denominators, and a diary simulated booking by booking."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.demand.booking import (
    SlotUse,
    booking_chain,
    chain_of,
    dna_of_attended_plus_dna,
    dna_of_bookings,
    slot_use_of,
)
from capacity.demand.lead_time import booked_within
from capacity.demand.streams import History, SizedStream
from capacity.service.model import LeadBand, Stream
from capacity.service.resolved import stream_dna_rate
from tests.demand.builders import service, stream, weekly_series_of
from tests.demand.diary import Clinic, Diary

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "published" / "gp_appts_month_hcp_leadtime.csv"

FULL = {
    "dna_rate": 0.08, "dna_rebooked": 0.6,
    "short_notice_rate": 0.04, "short_notice_rebooked": 0.8, "short_notice_refilled": 0.5,
    "notice_rate": 0.10, "notice_rebooked": 0.9, "notice_refilled": 1.0,
    "hospital_rate": 0.04, "hospital_rebooked": 1.0, "hospital_refilled": 0.0,
}  # fmt: skip


def sized(**columns: object) -> SizedStream:
    """A stream of one referral a week."""
    made = stream("new", **columns)
    weeks = weekly_series_of([1.0])
    return SizedStream(made, chain_of(made), slot_use_of(made), History(weeks, weeks), 1.0)


# ---- worked values


@pytest.mark.parametrize(("rebooked", "slots", "attended"), [(0, 1, 0.92), (0.5, 1.041667, 0.958333), (1, 1.086957, 1)])
def test_dna_alone(rebooked: float, slots: float, attended: float) -> None:
    chain = booking_chain(dna_rate=0.08, dna_rebooked=rebooked)
    assert chain.slots_per_referral == pytest.approx(slots, abs=5e-7)
    assert chain.attendances_per_referral == pytest.approx(attended, abs=5e-7)
    assert chain.slots_per_referral / chain.attendances_per_referral == pytest.approx(1 / (1 - 0.08))


def test_full_chain() -> None:
    chain = booking_chain(**FULL)
    assert chain.attended == pytest.approx(0.74)
    assert chain.bookings_per_referral == pytest.approx(1.265823, abs=5e-7)
    assert chain.slots_per_referral == pytest.approx(1.113924, abs=5e-7)
    assert chain.attendances_per_referral == pytest.approx(0.936709, abs=5e-7)


def test_blank_cells_take_the_documented_defaults() -> None:
    """DNA rebooked 1; short notice rebooked 1, not refilled; notice rebooked 1, all refilled; hospital not refilled."""
    chain = chain_of(stream("new", dna_rate=0.1, short_notice_rate=0.1, notice_rate=0.1, hospital_rate=0.1))
    bookings = 1 / 0.6
    assert chain.bookings_per_referral == pytest.approx(bookings)
    assert chain.attendances_per_referral == pytest.approx(1)
    assert chain.slots_per_referral == pytest.approx(bookings * (0.6 + 0.1 + 0.1 + 0 + 0.1))


def test_nothing_given_is_one_slot_a_referral() -> None:
    chain = chain_of(stream("new"))
    assert (chain.bookings_per_referral, chain.slots_per_referral, chain.attendances_per_referral) == (1, 1, 1)


# ---- the cap on rebookings


def test_a_cap_of_nought_books_everybody_once() -> None:
    chain = booking_chain(**FULL, max_rebookings=0)
    assert (chain.bookings_per_referral, chain.attendances_per_referral) == (1, pytest.approx(0.74))
    assert chain.capped_per_referral == pytest.approx(0.048 + 0.032 + 0.09 + 0.04)


@pytest.mark.parametrize("cap", [0, 1, 2, 5])
def test_cap_by_following_every_path(cap: int) -> None:
    """Bookings, attendances and the two ways to be lost, added up over each first, second ... booking in turn."""
    here, bookings, attended, given_up = 1.0, 0.0, 0.0, 0.0
    outcomes = [(0.08, 0.6), (0.04, 0.8), (0.10, 0.9), (0.04, 1.0)]
    for _ in range(cap + 1):
        bookings += here
        attended += here * 0.74
        given_up += here * sum(rate * (1 - again) for rate, again in outcomes)
        here *= sum(rate * again for rate, again in outcomes)
    chain = booking_chain(**FULL, max_rebookings=cap)
    assert chain.bookings_per_referral == pytest.approx(bookings)
    assert chain.attendances_per_referral == pytest.approx(attended)
    assert chain.capped_per_referral == pytest.approx(here)
    assert chain.unseen_per_referral == pytest.approx(given_up + here)


def test_a_chain_without_end_has_one_under_a_cap() -> None:
    """Everybody misses every booking: three bookings, nobody seen, everybody stopped by the cap."""
    chain = booking_chain(dna_rate=1.0, max_rebookings=2)
    assert (chain.bookings_per_referral, chain.attendances_per_referral, chain.capped_per_referral) == (3, 0, 1)
    nearly = booking_chain(dna_rate=1 - 1e-13, max_rebookings=2)
    assert nearly.bookings_per_referral == pytest.approx(3)


# ---- the diary

CLINICS = {
    "dna": Clinic(lost=(0.2, 0, 0, 0), rebooked=(0.7, 1, 1, 1)),
    "short notice": Clinic(lost=(0, 0.15, 0, 0), rebooked=(1, 0.6, 1, 1), refilled=(0, 0.4, 1, 0)),
    "notice": Clinic(lost=(0, 0, 0.25, 0), rebooked=(1, 1, 0.8, 1), refilled=(0, 0, 0.7, 0)),
    "hospital": Clinic(lost=(0, 0, 0, 0.1), refilled=(0, 0, 0, 0.2)),
    "cap": Clinic(lost=(0.3, 0, 0.2, 0), rebooked=(0.9, 1, 1, 1), cap=1),
    "unbooked": Clinic(lost=(0.1, 0, 0, 0), unbooked=0.15),
    "overbooked": Clinic(lost=(0.1, 0, 0, 0), overbooking=0.12),
    "group": Clinic(lost=(0.2, 0, 0.1, 0), group=8, contact=60),
    "co-therapy": Clinic(lost=(0.1, 0, 0, 0), staff=2, contact=50),
    "triage and removals": Clinic(removal=0.3, triage=6),
    "travel": Clinic(lost=(0.1, 0, 0, 0), staff=2, travel=25, admin=10),
    "all of it": Clinic(
        lost=(0.08, 0.04, 0.1, 0.04), rebooked=(0.6, 0.8, 0.9, 1), refilled=(0, 0.5, 0.9, 0.1), removal=0.05, cap=2,
        unbooked=0.06, overbooking=0.05, group=3, staff=2, contact=45, admin=10, travel=12, triage=4,
    ),
}  # fmt: skip


def as_stream(clinic: Clinic) -> SizedStream:
    return sized(
        contact_minutes=clinic.contact, admin_minutes=clinic.admin, travel_minutes=clinic.travel,
        triage_minutes=clinic.triage, removal_rate=clinic.removal, max_rebookings=clinic.cap,
        dna_rate=clinic.lost[0], dna_rebooked=clinic.rebooked[0],
        short_notice_rate=clinic.lost[1], short_notice_rebooked=clinic.rebooked[1],
        short_notice_refilled=clinic.refilled[1],
        notice_rate=clinic.lost[2], notice_rebooked=clinic.rebooked[2], notice_refilled=clinic.refilled[2],
        hospital_rate=clinic.lost[3], hospital_rebooked=clinic.rebooked[3], hospital_refilled=clinic.refilled[3],
        unbooked_rate=clinic.unbooked, overbooking_rate=clinic.overbooking, patients_per_slot=clinic.group,
        staff_per_contact=clinic.staff,
    )  # fmt: skip


@pytest.mark.parametrize("name", CLINICS)
def test_a_diary_takes_what_the_equations_say(name: str) -> None:
    """24 runs of 1,500 referrals; each figure within 4 standard errors of their mean, which are small."""
    clinic, referrals = CLINICS[name], 1500
    runs = [Diary(clinic, seed).run(referrals) for seed in range(24)]
    expected = as_stream(clinic)
    booked = 1 - clinic.removal
    figures = {
        "bookings": booked * expected.chain.bookings_per_referral,
        "slots": expected.slots_per_received,
        "attendances": expected.attendances_per_received,
        "unseen": booked * expected.chain.unseen_per_referral,
        "capped": booked * expected.chain.capped_per_referral,
        "minutes": expected.minutes_per_received,
    }
    for figure, value in figures.items():
        found = np.array([getattr(run, figure) for run in runs]) / referrals
        error = found.std(ddof=1) / len(runs) ** 0.5
        assert abs(found.mean() - value) <= 4 * error + 1e-9, figure
        assert error < 0.02 * max(value, 0.2), figure


# ---- slots


def test_slots_of_groups_overbooking_and_empty_ones() -> None:
    """12 places: 3 slots of 4; with a fifth overbooked 2.5; with a fifth of the slots empty 3.125."""
    assert 12 * SlotUse(patients_per_slot=4).slots_per_place == 3
    assert 12 * SlotUse(patients_per_slot=4, overbooking_rate=0.2).slots_per_place == pytest.approx(2.5)
    assert 12 * SlotUse(0.2, 0.2, 4).slots_per_place == pytest.approx(3.125)


def test_slots_that_are_never_filled_are_refused() -> None:
    with pytest.raises(ValueError, match="every slot stays empty"):
        SlotUse(unbooked_rate=1.0)


def test_staff_travel_and_contact_are_multiplied_and_admin_and_triage_are_not() -> None:
    """Two staff for an hour's visit 20 minutes away, 10 minutes of notes and 6 of triage."""
    visit = sized(contact_minutes=60, admin_minutes=10, travel_minutes=20, triage_minutes=6, staff_per_contact=2)
    assert visit.contact_hours(60) == 120
    assert visit.travel_hours(60) == 40
    assert visit.admin_hours(60) == 10
    assert visit.triage_hours(60) == 6
    assert visit.contact_and_admin_hours(60) == 176
    assert visit.slots(60) == 60


# ---- DNA: denominators and booking leads


def test_two_dna_denominators() -> None:
    """7.3 % of all bookings is 8.4 % of attended + DNA (NHS England, 2012/13): 13.1 % were cancelled."""
    cancelled = 1 - 7.3 / 8.4
    assert dna_of_bookings(0.084, cancelled) == pytest.approx(0.073)
    assert dna_of_attended_plus_dna(0.073, cancelled) == pytest.approx(0.084)
    assert dna_of_bookings(0.08) == 0.08


def test_a_stream_may_give_the_nhs_rate() -> None:
    """8.4 % of attended + DNA where 5 + 6 + 2.1 % of bookings are cancelled: 7.3 % of bookings."""
    columns = {"short_notice_rate": 0.05, "notice_rate": 0.06, "hospital_rate": 0.021}
    chain = chain_of(stream("new", dna_rate=0.084, dna_basis="attended_plus_dna", **columns))
    assert chain.dna_rate == pytest.approx(0.084 * 0.869)
    assert chain.dna_rate / (chain.attended + chain.dna_rate) == pytest.approx(0.084)
    assert chain_of(stream("new", dna_rate=0.084, dna_basis="bookings", **columns)).dna_rate == 0.084


BANDS = (
    LeadBand(stream="new", days_from=0, days_to=6, share=0.5, dna_rate=0.02),
    LeadBand(stream="new", days_from=7, days_to=27, share=0.3, dna_rate=0.06),
    LeadBand(stream="new", days_from=28, share=0.1, dna_rate=0.11),
)


def rate_of(bands: tuple[LeadBand, ...]) -> float | None:
    model = service([stream("new")], []).model_copy(update={"dna_by_lead": bands})
    return stream_dna_rate(model, model.streams[0])


def test_dna_by_lead_is_weighted_by_the_share_of_bookings() -> None:
    """(.5 x .02 + .3 x .06 + .1 x .11) / .9: the shares given need not add up to one."""
    assert rate_of(BANDS) == pytest.approx(0.039 / 0.9)
    assert chain_of(stream("new"), rate_of(BANDS)).dna_rate == pytest.approx(0.039 / 0.9)
    assert rate_of(()) is None


def test_booking_less_far_ahead_is_a_lever() -> None:
    """Nobody beyond four weeks: their tenth moves to the band before, at its 6 %."""
    assert rate_of(booked_within(BANDS, 27)) == pytest.approx((0.5 * 0.02 + 0.4 * 0.06) / 0.9)
    assert rate_of(booked_within(BANDS, 3)) == pytest.approx(0.02)
    assert booked_within(BANDS, 28) == BANDS


def test_booking_before_the_first_band_is_refused() -> None:
    with pytest.raises(ValueError, match="within 5 days"):
        booked_within(BANDS[1:], 5)


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published GP appointments are not beside this repository")
def test_published_gp_appointments_by_lead() -> None:
    """742.8 million appointments: 1.8 % of same-day ones are missed, 10.9 % beyond 28 days, of attended + DNA."""
    attended: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    everything = 0.0
    with PUBLISHED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lead = row["time_between_book_and_appointment"].strip()
            attended[lead] += float(row["Attended"] or 0)
            missed[lead] += float(row["DNA"] or 0)
            everything += sum(float(row[column] or 0) for column in ("Attended", "DNA", "Unknown"))
    days = {
        "Same Day": (0, 0), "1 Day": (1, 1), "2 to 7 Days": (2, 7), "8  to 14 Days": (8, 14),
        "15  to 21 Days": (15, 21), "22  to 28 Days": (22, 28), "More than 28 Days": (29, None),
    }  # fmt: skip
    kept = {lead: attended[lead] + missed[lead] for lead in days}
    total = sum(kept.values())
    bands = tuple(
        LeadBand(
            stream="new", days_from=of[0], days_to=of[1], share=kept[lead] / total, dna_rate=missed[lead] / kept[lead]
        )
        for lead, of in days.items()
    )
    assert everything == pytest.approx(742.8e6, rel=1e-4)
    assert (bands[0].dna_rate, bands[-1].dna_rate) == pytest.approx((0.018, 0.109), abs=5e-4)
    assert rate_of(bands) == pytest.approx(sum(missed[lead] for lead in days) / total)
    assert rate_of(booked_within(bands, 0)) == pytest.approx(bands[0].dna_rate)


# ---- refusals


def test_rates_above_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 1\.1"):
        booking_chain(dna_rate=0.6, notice_rate=0.5)


def test_a_chain_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody is ever seen"):
        booking_chain(dna_rate=1.0, dna_rebooked=1.0)


def test_everything_cancelled_has_no_nhs_rate() -> None:
    with pytest.raises(ValueError, match="every booking is cancelled"):
        dna_of_attended_plus_dna(0.0, 1.0)


# ---- properties

share = st.floats(0, 1)
rates = st.tuples(*[st.floats(0, 0.24)] * 4)
shares_of_rates = st.tuples(*[share] * 4)
caps = st.one_of(st.none(), st.integers(0, 60))


def a_stream(
    rates: tuple[float, ...], rebooked: tuple[float, ...], refilled: tuple[float, ...], cap: int | None = None
) -> Stream:
    return stream(
        "new",
        dna_rate=rates[0], dna_rebooked=rebooked[0],
        short_notice_rate=rates[1], short_notice_rebooked=rebooked[1], short_notice_refilled=refilled[1],
        notice_rate=rates[2], notice_rebooked=rebooked[2], notice_refilled=refilled[2],
        hospital_rate=rates[3], hospital_rebooked=rebooked[3], hospital_refilled=refilled[3],
        max_rebookings=cap,
    )  # fmt: skip


@given(rates, shares_of_rates, shares_of_rates, caps)
def test_any_chain_makes_sense(
    rates: tuple[float, ...], rebooked: tuple[float, ...], refilled: tuple[float, ...], cap: int | None
) -> None:
    chain = chain_of(a_stream(rates, rebooked, refilled, cap))
    assert 0 <= chain.attendances_per_referral <= 1 + 1e-9
    assert chain.attendances_per_referral <= chain.slots_per_referral + 1e-9
    assert chain.slots_per_referral <= chain.bookings_per_referral + 1e-9
    assert 0 <= chain.capped_per_referral <= chain.unseen_per_referral + 1e-9
    assert chain.attendances_per_referral + chain.unseen_per_referral == pytest.approx(1)
    assert cap is None or chain.bookings_per_referral <= cap + 1 + 1e-9
    nhs_rate = dna_of_attended_plus_dna(chain.dna_rate, chain.cancelled)
    assert 0 <= nhs_rate <= 1
    assert dna_of_bookings(nhs_rate, chain.cancelled) == pytest.approx(chain.dna_rate)


@given(rates, shares_of_rates, shares_of_rates, caps, st.floats(0, 0.04))
def test_more_dna_never_takes_fewer_slots_per_attendance(
    rates: tuple[float, ...], rebooked: tuple[float, ...], refilled: tuple[float, ...], cap: int | None, more: float
) -> None:
    few = chain_of(a_stream(rates, rebooked, refilled, cap))
    many = chain_of(a_stream((rates[0] + more, *rates[1:]), rebooked, refilled, cap))
    if many.attendances_per_referral > 1e-9:
        before = few.slots_per_referral / few.attendances_per_referral
        assert many.slots_per_referral / many.attendances_per_referral >= before - 1e-9


@given(rates, shares_of_rates, shares_of_rates, st.integers(0, 40))
def test_a_higher_cap_books_more_and_no_cap_is_its_limit(
    rates: tuple[float, ...], rebooked: tuple[float, ...], refilled: tuple[float, ...], cap: int
) -> None:
    lower, higher = (chain_of(a_stream(rates, rebooked, refilled, value)) for value in (cap, cap + 1))
    endless, high = (chain_of(a_stream(rates, rebooked, refilled, value)) for value in (None, 3000))
    assert lower.bookings_per_referral <= higher.bookings_per_referral + 1e-12
    assert lower.attendances_per_referral <= higher.attendances_per_referral + 1e-12
    assert higher.bookings_per_referral <= endless.bookings_per_referral + 1e-9
    assert high.bookings_per_referral == pytest.approx(endless.bookings_per_referral)
    assert high.slots_per_referral == pytest.approx(endless.slots_per_referral)
    assert high.attendances_per_referral == pytest.approx(endless.attendances_per_referral)
    assert high.capped_per_referral == pytest.approx(0, abs=1e-9)


minutes = st.floats(1, 240)


@given(rates, shares_of_rates, shares_of_rates, st.tuples(*[minutes] * 4), st.floats(0.1, 5), st.floats(0.5, 12), share)
def test_scaling_minutes_scales_hours_and_slots_stay(
    rates: tuple[float, ...],
    rebooked: tuple[float, ...],
    refilled: tuple[float, ...],
    each: tuple[float, ...],
    factor: float,
    group: float,
    overbooking: float,
) -> None:
    columns = ("contact_minutes", "admin_minutes", "travel_minutes", "triage_minutes")
    given_by = a_stream(rates, rebooked, refilled).model_dump(exclude_none=True) | {
        "patients_per_slot": group,
        "overbooking_rate": overbooking,
    }
    one, scaled = (
        sized(**given_by | {name: value * by for name, value in zip(columns, each, strict=True)}) for by in (1, factor)
    )
    assert scaled.slots(7) == one.slots(7)
    assert scaled.contact_hours(7) == pytest.approx(factor * one.contact_hours(7))
    assert scaled.contact_and_admin_hours(7) == pytest.approx(factor * one.contact_and_admin_hours(7))
    assert one.contact_and_admin_hours(7) == pytest.approx(
        one.contact_hours(7) + one.admin_hours(7) + one.travel_hours(7) + one.triage_hours(7)
    )
