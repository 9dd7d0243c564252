"""Checks between the numbers of demand and what says how to read them: DNA by lead, rebases, day profiles."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from capacity.service.cells import nearest, shown
from capacity.service.checking import FEW, Model
from capacity.service.model import DemandRow
from capacity.service.records import Row
from capacity.service.series import start_of
from capacity.service.settings import FILE as SETTINGS_FILE
from capacity.service.settings import SUM_NEAR


def check_dna_by_lead(model: Model) -> None:
    """Streams and days of dna_by_lead.csv; DNA is said there or in streams.csv, not in both."""
    bands: dict[str, list[Row]] = defaultdict(list)
    for row in model["dna_by_lead"]:
        model.check_ids(row, "stream", "streams")
        first, last = row.get("days_from"), row.get("days_to")
        if first is not None and last is not None and last < first:
            model.refuse(row, "days_to", str(last), f"days_from, {first}, or more; blank for and more")
        elif row.get("stream") is not None and first is not None and not row.faulty("days_to"):
            bands[row.get("stream")].append(row)
    streams = model["streams"].ids()
    for stream, rows in bands.items():
        _check_bands(model, rows)
        given = streams.get(stream)
        if given is not None and "dna_rate" in given.texts:
            found = f"{given.text('dna_rate')}, and rates by lead in dna_by_lead.csv row {rows[0].number}"
            model.refuse(given, "dna_rate", found, "one of the two for a stream")


def _check_bands(model: Model, rows: list[Row]) -> None:
    """Bands of one stream do not overlap, and their shares are shares of all its bookings."""
    ordered = sorted(rows, key=lambda row: row.get("days_from"))
    for before, after in pairwise(ordered):
        last = before.get("days_to")
        if before.get("days_from") == after.get("days_from"):
            continue  # the same key twice, which is refused as such
        if last is None or last >= after.get("days_from"):
            until = "blank, and more" if last is None else str(last)
            found = f"{after.get('days_from')}, inside row {before.number} ({before.get('days_from')} to {until})"
            model.refuse(after, "days_from", found, "days that no other row of the stream has")
    if any(row.get("share") is None for row in rows):
        return
    total = sum(row.get("share") for row in rows)
    if total > 1 + SUM_NEAR or total == 0:
        found = f"shares that add up to {total:.4g}"
        model.refuse(rows[-1], "share", found, "shares of bookings that add up to more than 0 and at most 1")


def check_rebases(model: Model) -> None:
    """A rebase names a series of demand.csv, and leaves something of it."""
    rebases = model.settings.values.get("rebase", {})
    last: dict[str, DemandRow] = {}
    for entry in model.demand.rows if rebases else ():
        if entry.series not in last or entry.start > last[entry.series].start:
            last[entry.series] = entry
    for series, date in rebases.items():
        _check_series(model, f"rebase.{series}", series)
        final = last.get(series)
        if final is not None and start_of(date, final.period) > final.start:
            found = f"{date.isoformat()}, after the last row of the series ({final.start.isoformat()})"
            allowed = "a date inside the series, so that something is left to size from"
            model.reading.refuse(SETTINGS_FILE, None, f"rebase.{series}", found, allowed)


def check_day_profiles(model: Model) -> None:
    """A day profile names a series of demand.csv."""
    for series in model.settings.values.get("day_profile", {}):
        _check_series(model, f"day_profile.{series}", series)


def _check_series(model: Model, where: str, series: str) -> None:
    table = model.demand
    if table.present and not table.readable:
        return
    names = {*table.first_rows(), *table.blanks, *table.faulty} - {""}
    if series not in names:
        place = "demand.csv" if table.present else "demand.csv, which is not there"
        listed = f": {', '.join(sorted(names))}" if 0 < len(names) <= FEW else ""
        allowed = f"a series of {place}{listed}"
        model.reading.refuse(SETTINGS_FILE, None, where, shown(series), allowed, hint=nearest(series, names))
