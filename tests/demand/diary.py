"""A clinic diary simulated booking by booking: shares no formula with the booking chain it checks.

Referrals arrive one by one. Each is triaged, perhaps removed, then booked into a place; what becomes of the booking
is drawn, a freed place may go to somebody else, and the patient may be booked again. Places stand in slots, some of
which stay empty and some of which are given an extra patient. Everything is counted; nothing is worked out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ATTENDED, DNA, SHORT_NOTICE, NOTICE, HOSPITAL = range(5)


@dataclass(frozen=True)
class Clinic:
    """Rates of a clinic as streams.csv names them; tuples are DNA, short notice, notice, hospital."""

    lost: tuple[float, float, float, float] = (0, 0, 0, 0)
    rebooked: tuple[float, float, float, float] = (1, 1, 1, 1)
    refilled: tuple[float, float, float, float] = (0, 0, 1, 0)
    removal: float = 0.0
    cap: int | None = None
    unbooked: float = 0.0
    overbooking: float = 0.0
    group: int = 1
    staff: int = 1
    contact: float = 30.0
    admin: float = 0.0
    travel: float = 0.0
    triage: float = 0.0


class Diary:
    """One run of the diary: counts of everything, in the order in which it happens."""

    def __init__(self, clinic: Clinic, seed: int) -> None:
        self.clinic = clinic
        self.rng = np.random.default_rng(seed)
        self.bookings = self.slots = self.attendances = self.unseen = self.capped = 0
        self.minutes = 0.0
        self.free = 0  # places open in slots already in the diary

    def run(self, referrals: int) -> Diary:
        for _ in range(referrals):
            self.minutes += self.clinic.triage
            if self.rng.random() >= self.clinic.removal:
                self._follow()
        return self

    def _follow(self) -> None:
        """One patient, until seen or lost."""
        times = 0
        while True:
            outcome = self._book()
            if outcome == ATTENDED:
                self.attendances += 1
                self.minutes += self.clinic.admin
                self.minutes += sum(self.clinic.travel for _ in range(self.clinic.staff))
                return
            if self.rng.random() >= self.clinic.rebooked[outcome - 1]:
                self.unseen += 1
                return
            if times == self.clinic.cap:
                self.unseen += 1
                self.capped += 1
                return
            times += 1

    def _book(self) -> int:
        """Put one booking into the diary and return what becomes of it."""
        while self.free == 0:
            self._open_slot()
        self.free -= 1
        self.bookings += 1
        draw, outcome = self.rng.random(), ATTENDED
        for kind, rate in enumerate(self.clinic.lost, start=1):
            if draw < rate:
                outcome = kind
                break
            draw -= rate
        if outcome != ATTENDED and self.rng.random() < self.clinic.refilled[outcome - 1]:
            self.free += 1
        return outcome

    def _open_slot(self) -> None:
        """Put one more slot into the diary: staffed whether or not anybody is booked into it."""
        self.slots += 1
        self.minutes += sum(self.clinic.contact for _ in range(self.clinic.staff))
        if self.rng.random() >= self.clinic.unbooked:
            self.free += sum(1 + int(self.rng.random() < self.clinic.overbooking) for _ in range(self.clinic.group))
