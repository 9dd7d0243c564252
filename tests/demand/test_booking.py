"""The booking chain: worked values, both DNA denominators, and a simulation that shares no formula with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.demand.booking import booking_chain, chain_of, dna_of_attended_plus_dna, dna_of_bookings
from tests.demand.builders import stream

FULL = {
    "dna_rate": 0.08, "dna_rebooked": 0.6,
    "short_notice_rate": 0.04, "short_notice_rebooked": 0.8, "short_notice_refilled": 0.5,
    "notice_rate": 0.10, "notice_rebooked": 0.9, "notice_refilled": 1.0,
    "hospital_rate": 0.04, "hospital_rebooked": 1.0, "hospital_refilled": 0.0,
}  # fmt: skip


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


def test_simulated_referrals_take_what_the_equations_say() -> None:
    """200,000 referrals booked one by one until they attend or leave; each mean within 4 of its standard errors."""
    rng = np.random.default_rng(20270401)
    count = 200_000
    rates = np.array([0.74, 0.08, 0.04, 0.10, 0.04])
    rebooked = np.array([0, 0.6, 0.8, 0.9, 1.0])
    refilled = np.array([0, 0, 0.5, 1.0, 0])
    bookings, slots, attended = np.zeros(count), np.zeros(count), np.zeros(count)
    waiting = np.arange(count)
    while waiting.size:
        outcome = rng.choice(5, size=waiting.size, p=rates)
        bookings[waiting] += 1
        slots[waiting] += rng.random(waiting.size) >= refilled[outcome]
        attended[waiting] += outcome == 0
        waiting = waiting[rng.random(waiting.size) < rebooked[outcome]]
    chain = booking_chain(**FULL)
    for simulated, expected in (
        (bookings, chain.bookings_per_referral),
        (slots, chain.slots_per_referral),
        (attended, chain.attendances_per_referral),
    ):
        error = simulated.std() / count**0.5
        assert abs(simulated.mean() - expected) < 4 * error


def test_two_dna_denominators() -> None:
    """7.3 % of all bookings is 8.4 % of attended + DNA (NHS England, 2012/13): 13.1 % were cancelled."""
    cancelled = 1 - 7.3 / 8.4
    assert dna_of_bookings(0.084, cancelled) == pytest.approx(0.073)
    assert dna_of_attended_plus_dna(0.073, cancelled) == pytest.approx(0.084)
    assert dna_of_bookings(0.08) == 0.08


def test_rates_above_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 1\.1"):
        booking_chain(dna_rate=0.6, notice_rate=0.5)


def test_a_chain_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody is ever seen"):
        booking_chain(dna_rate=1.0, dna_rebooked=1.0)


def test_everything_cancelled_has_no_nhs_rate() -> None:
    with pytest.raises(ValueError, match="every booking is cancelled"):
        dna_of_attended_plus_dna(0.0, 1.0)


share = st.floats(0, 1)


@given(st.tuples(*[st.floats(0, 0.24)] * 4), st.tuples(*[share] * 4), st.tuples(*[share] * 3), share)
def test_any_chain_makes_sense(
    rates: tuple[float, ...], rebooked: tuple[float, ...], refilled: tuple[float, ...], converted: float
) -> None:
    chain = booking_chain(
        rates[0], rebooked[0],
        rates[1], rebooked[1], refilled[0],
        rates[2], rebooked[2], refilled[1],
        rates[3], rebooked[3], refilled[2],
    )  # fmt: skip
    assert 0 <= chain.attendances_per_referral <= 1 + 1e-9
    assert chain.attendances_per_referral <= chain.slots_per_referral + 1e-9
    assert chain.slots_per_referral <= chain.bookings_per_referral + 1e-9
    nhs_rate = dna_of_attended_plus_dna(chain.dna_rate, chain.cancelled)
    assert 0 <= nhs_rate <= 1
    assert dna_of_bookings(nhs_rate, chain.cancelled) == pytest.approx(chain.dna_rate)
