"""The grid -> DNA rates, each with both denominators and the appointments it rests on; by booking lead where mapped."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from capacity.importing.grid import Grid, Group
from capacity.importing.mapping import Mapping, Rates
from capacity.importing.result import RowFinding
from capacity.importing.series import within
from capacity.service.cells import fold, shown
from capacity.service.tables import Reading

Z95 = 1.959964
NEVER_ZERO = 1000
"""Appointments among which no DNA at all is taken for DNAs not recorded: even 1 % of them would be ten or more."""
SHARE_PLACES = 6

RATE_COLUMNS = (
    "stream", "name", "lead", "days_from", "days_to", "first", "last", "periods", "set_aside", "seen", "dna",
    "other", "appointments", "dna_rate", "low", "high", "dna_basis", "dna_rate_of_bookings",
)  # fmt: skip
LEAD_COLUMNS = ("stream", "days_from", "days_to", "share", "dna_rate")

UNKNOWN_LEAD = re.compile(r".*\b(unknown|not known|not recorded|missing|data quality|unspecified)\b.*|", re.IGNORECASE)
_DAYS = r"(?: *days?)?"
_FORMS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(rf"(?:more than|over|>) *([0-9]+){_DAYS}", re.IGNORECASE), 1),
    (re.compile(rf"([0-9]+) *\+{_DAYS}", re.IGNORECASE), 0),
    (re.compile(rf"([0-9]+){_DAYS} (?:or|and) (?:more|over)", re.IGNORECASE), 0),
)
_BETWEEN = re.compile(rf"([0-9]+){_DAYS} *(?:to|-|–) *([0-9]+){_DAYS}", re.IGNORECASE)
_BELOW = re.compile(rf"(?:less than|under|<) *([0-9]+){_DAYS}", re.IGNORECASE)
_ONE = re.compile(rf"([0-9]+){_DAYS}", re.IGNORECASE)


@dataclass(frozen=True)
class Band:
    """Days from booking to appointment; ``last`` None is "and more"."""

    first: int
    last: int | None


def read_band(label: str) -> Band | None:
    """Read days from a label such as ``Same Day``, ``2 to 7 Days`` or ``More than 28 Days``; None where it has none."""
    if fold(label) in {"sameday", "today"}:
        return Band(0, 0)
    for pattern, step in _FORMS:
        if match := pattern.fullmatch(label):
            return Band(int(match.group(1)) + step, None)
    if match := _BETWEEN.fullmatch(label):
        first, last = int(match.group(1)), int(match.group(2))
        return Band(first, last) if first <= last else None
    if match := _BELOW.fullmatch(label):
        return Band(0, int(match.group(1)) - 1) if int(match.group(1)) else None
    if match := _ONE.fullmatch(label):
        return Band(int(match.group(1)), int(match.group(1)))
    return None


def bands_of(
    mapping: Mapping, place: str, spec: Rates, grid: Grid, chosen: NDArray[np.bool_], reading: Reading
) -> dict[str, Band | None]:
    """Days of each label of the lead column; None for labels that say the lead is not known. Refuses the rest."""
    if spec.lead is None:
        return {}
    bands: dict[str, Band | None] = {}
    for label in dict.fromkeys(str(text) for text in grid.keys[spec.lead][chosen]):
        if label in spec.lead_days:
            days = spec.lead_days[label]
            bands[label] = Band(days[0], days[1] if len(days) == 2 else None)
            continue
        band = read_band(label)
        if band is None and not UNKNOWN_LEAD.fullmatch(label):
            allowed = 'days such as "2 to 7 days"; or the label in lead_days: "label" = [first day, last day]'
            reading.refuse(mapping.file, None, f"{place}.lead", shown(label), allowed, spec.id)
        bands[label] = band
    _refuse_overlap(mapping, place, spec, bands, reading)
    return bands


def _refuse_overlap(mapping: Mapping, place: str, spec: Rates, bands: dict[str, Band | None], reading: Reading) -> None:
    known = sorted(((band, label) for label, band in bands.items() if band is not None), key=lambda each: each[0].first)
    for (before, one), (after, other) in pairwise(known):
        if before.last is None or after.first <= before.last:
            found = f"{one} and {other}, which overlap"
            reading.refuse(mapping.file, None, f"{place}.lead", found, "bands that do not overlap", spec.id)


def wilson(events: float, trials: float) -> tuple[float, float]:
    """Return the 95 % interval of a proportion (Wilson 1927). NaN without trials.

    It is the error of counting alone; rates also drift from month to month.
    """
    if trials <= 0:
        return float("nan"), float("nan")
    rate, square = events / trials, Z95**2
    centre = (rate + square / (2 * trials)) / (1 + square / trials)
    half = Z95 * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2)) / (1 + square / trials)
    return max(0.0, centre - half), min(1.0, centre + half)


def rate_row(grid: Grid, spec: Rates, stream: str, name: str, group: Group, band: Band | None) -> dict[str, object]:
    """One row of dna_rates.csv. Only cells whose counts are all known are added.

    ``dna_rate`` is DNA / (seen + DNA), as the NHS publishes it. ``dna_rate_of_bookings`` is DNA / (seen + DNA +
    other), known only where the mapping says which bookings ended otherwise.
    """
    inside = within(grid, spec.start, spec.end)[:, None]
    parts = {measure: grid.total(names)[:, group.members] for measure, names in spec.counts().items()}
    stands = np.logical_or.reduce([grid.is_given(names)[:, group.members] for names in spec.counts().values()]) & inside
    known = np.logical_and.reduce([np.isfinite(part) for part in parts.values()]) & stands
    sums = {measure: float(np.where(known, part, 0.0).sum()) for measure, part in parts.items()}
    times = np.flatnonzero(known.any(axis=1))
    appointments = sums["seen"] + sums["dna"]
    rate = sums["dna"] / appointments if appointments else float("nan")
    if sums["dna"] == 0 and appointments >= NEVER_ZERO:
        rate = float("nan")
    low, high = wilson(sums["dna"], appointments) if rate == rate else (float("nan"), float("nan"))
    bookings = appointments + sums.get("other", 0.0)
    return {
        "stream": stream, "name": name, "lead": group.labels[-1] if spec.lead is not None else None,
        "days_from": None if band is None else band.first, "days_to": None if band is None else band.last,
        "first": grid.period(int(times[0])) if len(times) else None,
        "last": grid.period(int(times[-1])) if len(times) else None,
        "periods": len(times), "set_aside": int((stands & ~known).sum()),
        "seen": int(sums["seen"]), "dna": int(sums["dna"]),
        "other": int(sums["other"]) if "other" in sums else None, "appointments": int(appointments),
        "dna_rate": rate, "low": low, "high": high, "dna_basis": "attended_plus_dna",
        "dna_rate_of_bookings": sums["dna"] / bookings if "other" in sums and bookings and rate == rate else None,
    }  # fmt: skip


def rates_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows of dna_rates.csv."""
    frame = pd.DataFrame(rows, columns=list(RATE_COLUMNS))
    kinds = {"days_from": "Int64", "days_to": "Int64", "other": "Int64", "dna_rate_of_bookings": "float64"}
    return frame.astype(kinds)


def lead_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows of dna_by_lead.csv: share of the appointments whose lead is known, and DNA / (attended + DNA), by band."""
    frame = rates_frame(rows)
    bands = frame[frame["days_from"].notna() & frame["dna_rate"].notna()].copy()
    total = bands.groupby("stream")["appointments"].transform("sum")
    scale = 10**SHARE_PLACES
    bands["share"] = np.floor(bands["appointments"] / total * scale) / scale  # rounded down: shares never pass 1
    ordered = bands.sort_values(["stream", "days_from"], kind="stable")
    return ordered[list(LEAD_COLUMNS)].reset_index(drop=True)


def not_recorded(rows: list[dict[str, object]]) -> list[RowFinding]:
    """Rates left blank because no DNA at all was counted."""
    findings = []
    for row in rows:
        appointments = row["appointments"]
        assert isinstance(appointments, int)
        if row["dna"] == 0 and appointments >= NEVER_ZERO:
            message = f"no DNA among {appointments:,} appointments: taken as not recorded, the rate is left blank"
            findings.append(RowFinding("dna_not_recorded", str(row["stream"]), message, found="0"))
    return findings
