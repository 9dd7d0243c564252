"""What a stress test assumes, and the random numbers it draws.

Every stream, person and rota has random numbers of its own, made from the seed and its id. So the same weeks of
referrals, leave and sickness meet every plan (common random numbers), and two plans differ by what differs in them.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from capacity.supply.calendar import WEEKS

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
UseOfSeason = Literal["helps", "always", "never"]

MOST_YEARS = 10_000
"""So that the weeks of a large service fit into memory."""
SICKNESS = 0.04
"""Share of the weeks otherwise present lost to sickness where the policy names none. Local default, not verified."""
SPELL_WEEKS = 2.0
"""Mean length of a spell of sickness in weeks. Local default, not verified."""
CANCELLED = 0.02
"""Share of lists cancelled for want of a room, kit, beds or staff. Local default, not verified."""
ABSENCE_WEEKS = 8


@dataclass(frozen=True)
class StressSettings:
    """Assumptions of a stress test.

    ``sickness`` is the share of the weeks otherwise present that are lost to sickness, where the policy of a person
    names none; it lies inside the weeks present a year, which stay those of the model. ``extra_sickness`` is lost on
    top of them. ``spell_weeks`` is the mean length of a spell. ``cancelled`` is the share of lists cancelled, in the
    activities of ``stress_supply.cancelled_lists``. ``leave_in_holidays`` is the share of
    leave in the weeks of school holidays (None: spread evenly). ``absence_weeks`` is how long each person is away
    in the search for single points of failure. ``season`` says when demand follows the seasonal index.
    ``bank_holidays`` puts them on their dates; without, the weeks present hold them spread evenly, as in ``gap``.
    """

    years: int = 1000
    seed: int = 1
    sickness: float = SICKNESS
    extra_sickness: float = 0.0
    spell_weeks: float = SPELL_WEEKS
    cancelled: float = CANCELLED
    leave_in_holidays: float | None = None
    absence_weeks: int = ABSENCE_WEEKS
    season: UseOfSeason = "helps"
    bank_holidays: bool = True

    def __post_init__(self) -> None:
        """Refuse what is out of range, all of it at once."""
        wrong = [
            f"{name} is {value}; it must be {allowed}"
            for name, value, fits, allowed in (
                ("years", self.years, _whole(self.years, 1, MOST_YEARS), f"a whole number from 1 to {MOST_YEARS:,}"),
                ("seed", self.seed, _whole(self.seed, 0, 2**31 - 1), f"a whole number from 0 to {2**31 - 1}"),
                ("sickness", self.sickness, 0 <= self.sickness < 1, "a share from 0 and below 1"),
                ("extra_sickness", self.extra_sickness, 0 <= self.extra_sickness < 1, "a share from 0 and below 1"),
                ("spell_weeks", self.spell_weeks, 1 <= self.spell_weeks <= WEEKS, f"from 1 to {WEEKS} weeks"),
                ("cancelled", self.cancelled, 0 <= self.cancelled < 1, "a share from 0 and below 1"),
                (
                    "leave_in_holidays", self.leave_in_holidays,
                    self.leave_in_holidays is None or 0 <= self.leave_in_holidays <= 1, "a share from 0 to 1",
                ),
                (
                    "absence_weeks", self.absence_weeks, _whole(self.absence_weeks, 1, WEEKS),
                    f"a whole number from 1 to {WEEKS}",
                ),
                ("season", self.season, self.season in ("helps", "always", "never"), "helps, always or never"),
            )
            if not fits
        ]  # fmt: skip
        if wrong:
            raise ValueError("; ".join(wrong))

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain data."""
        return dict(self.__dict__)


def _whole(value: float, least: int, most: int) -> bool:
    return math.isfinite(value) and value == int(value) and least <= value <= most


def numbers_of(seed: int, *names: str) -> np.random.Generator:
    """Return the random numbers that belong to these names and this seed, whatever else is drawn."""
    return np.random.default_rng([seed, zlib.crc32("/".join(names).encode())])
