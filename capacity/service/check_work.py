"""Checks between columns and tables of the work: activities, streams, templates and rooms."""

from __future__ import annotations

from collections import defaultdict
from typing import get_args

from capacity.service.cells import nearest, shown
from capacity.service.checking import FEW, Model
from capacity.service.model import RESERVED_ACTIVITIES, StaffGroup, WholeGroups
from capacity.service.records import Row

TAKEN = (*RESERVED_ACTIVITIES, "all", "none")
CANCELLED = ("short_notice_rate", "notice_rate", "hospital_rate")
LOSS_RATES = ("dna_rate", *CANCELLED)
REBOOKED = {
    "dna_rate": ("dna_rebooked", 1.0),
    "short_notice_rate": ("short_notice_rebooked", 1.0),
    "notice_rate": ("notice_rebooked", 1.0),
    "hospital_rate": ("hospital_rebooked", 1.0),
}
NEAR = 1e-9


def check_activities(model: Model) -> None:
    """Rooms, half-days, teams and minutes of activities."""
    groups = {*get_args(StaffGroup), *(row.get("grade") for row in model["people"] if row.get("grade"))}
    for row in model["activities"]:
        if row.get("activity") in TAKEN:
            model.refuse(row, "activity", row.get("activity"), "an id that is not reserved")
        model.check_ids(row, "room", "rooms")
        model.check_ids(row, "equipment", "equipment")
        model.check_slots(row, "slots")
        _check_annualised(model, row)
        _check_spread(model, row)
        _check_team(model, row, groups)
        contact, session = row.get("contact_minutes"), row.get("session_minutes")
        if contact is not None and session is not None and contact > session:
            model.refuse(row, "contact_minutes", str(contact), f"at most the session_minutes, {session}")


def _check_annualised(model: Model, row: Row) -> None:
    """An annualised activity has no half-day, so nothing that belongs to one."""
    if not row.get("annualised"):
        return
    for column in ("room", "slots", "team", "spread", "blocks", "covered", "equipment"):
        if row.get(column):
            model.refuse(row, column, row.text(column), "blank, because annualised is yes: it has no half-day")
    for skill in model["skills"]:
        if skill.get("activity") == row.get("activity") and skill.get("supervised_by"):
            allowed = f"blank, because {row.id} is annualised: nobody can be seen to be there"
            model.refuse(skill, "supervised_by", skill.text("supervised_by"), allowed)
    for stream in model["streams"]:
        if stream.get("activity") == row.get("activity") and stream.get("period") == "day":
            model.refuse(stream, "period", "day", f"week, because {row.id} is annualised and has no half-days")


def _check_spread(model: Model, row: Row) -> None:
    spread = row.get("spread")
    if not isinstance(spread, tuple):
        return
    model.check_slots(row, "spread", [part.slot for part in spread])
    for slot in [part.slot for part in spread if row.get("slots") and part.slot not in row.get("slots")]:
        model.refuse(row, "spread", slot, f"the activity's slots: {', '.join(row.get('slots'))}")


def _check_team(model: Model, row: Row, groups: set[str]) -> None:
    team = row.get("team")
    named = team.groups if isinstance(team, WholeGroups) else ()
    named = tuple(member.group for member in team) if isinstance(team, tuple) else named
    for group in named:
        if group not in groups and model.readable("people"):
            allowed = f"a staff group or a grade of people.csv: {', '.join(sorted(groups))}"
            model.refuse(row, "team", shown(group), allowed, nearest(group, groups))


def check_activities_of_streams(model: Model) -> None:
    """An activity that streams use says its contact minutes, and says admin in one place only."""
    streams = defaultdict(list)
    for stream in model["streams"]:
        streams[stream.get("activity")].append(stream)
    for row in model["activities"].ids().values():
        used = streams[row.get("activity")]
        if used and "contact_minutes" not in row.texts:
            allowed = f"a whole number, more than 0, for an activity that a stream uses ({used[0].id})"
            model.refuse(row, "contact_minutes", row.text("contact_minutes"), allowed)
        for stream in used if "admin_minutes" in row.texts else ():
            if stream.get("admin_minutes"):
                found = f"{stream.text('admin_minutes')} per attendance"
                allowed = (
                    f"admin per session ({row.text('admin_minutes')} in activities.csv row {row.number}) "
                    "or per attendance, not both"
                )
                model.refuse(stream, "admin_minutes", found, allowed)


def check_someone_can(model: Model) -> None:
    """A required activity has at least one person skilled for it."""
    if not (model.readable("skills") and model["skills"].rows):
        return
    skilled = {row.get("activity") for row in model["skills"]}
    streams = {row.get("activity"): row for row in reversed(model["streams"].rows)}
    for activity, row in model["activities"].ids().items():
        if activity in skilled:
            continue
        if activity in streams:
            reason = f"stream {streams[activity].id} needs it"
        elif row.get("sessions_per_week"):
            reason = f"sessions_per_week is {row.text('sessions_per_week')}"
        else:
            continue
        model.refuse(row, "activity", f"no one skilled for it ({reason})", "at least one person in skills.csv")


def check_streams(model: Model) -> None:
    """Activities, rates, series and generation of streams."""
    for row in model["streams"]:
        model.check_ids(row, "activity", "activities")
        _check_rates(model, row)
        _check_generation(model, row)
    _refuse_circles(model)
    _check_series(model)


def _check_rates(model: Model, row: Row) -> None:
    given = [name for name in LOSS_RATES if row.get(name)]
    rates = {name: row.get(name) for name in given}
    if row.get("dna_basis") == "attended_plus_dna" and "dna_rate" in rates:
        rates["dna_rate"] *= max(0.0, 1 - sum(rates.get(name, 0) for name in CANCELLED))
    total = sum(rates.values())
    if total > 1 + NEAR:
        found = f"{' + '.join(given)} = {total:g}"
        model.refuse(row, given[-1], found, "rates that add up to at most 1")
        return
    rebooked = sum(rates[name] * row.get(*REBOOKED[name]) for name in given)
    if rebooked >= 1 - NEAR and row.get("max_rebookings") is None:
        allowed = "less than 1: otherwise no one is ever seen"
        model.refuse(row, given[-1], f"lost and rebooked bookings that add up to {rebooked:g}", allowed)
    if row.get("unbooked_rate") == 1:
        model.refuse(row, "unbooked_rate", row.text("unbooked_rate"), "less than 1: otherwise no slot is ever filled")


def _check_generation(model: Model, row: Row) -> None:
    model.check_ids(row, "generated_by", "streams")
    generated = "generated_by" in row.texts
    names = ("series", "share") if generated else ("per_attendance", "after_weeks")
    reason = "generated_by says where its patients come from" if generated else "generated_by is blank"
    for name in names:
        if name in row.texts:
            model.refuse(row, name, row.text(name), f"blank, because {reason}")


def _refuse_circles(model: Model) -> None:
    """Refuse streams that generate each other: said once for a circle, at its first row."""
    rows = model["streams"].ids()
    said: set[str] = set()
    for name, row in rows.items():
        chain = [name]
        while (source := rows[chain[-1]].get("generated_by")) in rows and source not in chain:
            chain.append(source)
        if source == name and name not in said:
            said.update(chain)
            found = " <- ".join([*chain, name])
            model.refuse(row, "generated_by", found, "streams that do not generate each other in a circle")


def _check_series(model: Model) -> None:
    """Every stream that is not generated has numbers, of its kind, and every series has a stream."""
    used: dict[str, Row] = {}
    for row in model["streams"]:
        if "generated_by" not in row.texts and not row.faulty("series"):
            series = row.get("series", row.get("stream"))
            if series is not None:
                used.setdefault(series, row)
    table = model.demand
    if table.present and not table.readable:
        return
    first = table.first_rows()
    names = {*first, *table.blanks, *table.faulty} - {""}
    for series, row in used.items():
        if series not in names:
            column = "series" if "series" in row.texts else "stream"
            place = "demand.csv" if table.present else "demand.csv, which is not there"
            found = series if column == "series" else f"{series}, with series and generated_by blank"
            model.refuse(row, column, found, f"a series of {place}", nearest(series, set(names) - set(used)))
    if model.readable("streams") and model["streams"].present:
        for series in names - set(used):
            number = first.get(series) or min([*table.blanks.get(series, []), *table.faulty.get(series, [])])
            allowed = "the series of streams.csv" + (f": {', '.join(used)}" if 0 < len(used) <= FEW else "")
            count = sum(1 for entry in table.rows if entry.series == series) or 1
            found = f"{series} ({count} row{'' if count == 1 else 's'}), which no stream draws on"
            model.reading.refuse("demand.csv", number, "series", found, allowed, series, nearest(series, used))


def check_templates(model: Model) -> None:
    """Templates name activities and streams that belong together; points say how many an attendance is."""
    activities = {name: row.get("activity") for name, row in model["streams"].ids().items()}
    for row in model["templates"]:
        model.check_ids(row, "activity", "activities")
        known = model.check_ids(row, "stream", "streams")
        expected = activities.get(row.get("stream"))
        if known and expected is not None and row.get("activity") not in (None, expected):
            model.refuse(
                row, "stream", row.get("stream"), f"a stream of {row.get('activity')}; this one uses {expected}"
            )
        if row.get("unit") == "points" and "units_per_attendance" not in row.texts:
            found = row.text("units_per_attendance")
            model.refuse(row, "units_per_attendance", found, "a number, more than 0, where the unit is points")


def check_rooms(model: Model) -> None:
    """Half-days and weeks of rooms and equipment; travel between two different sites."""
    for row in (*model["rooms"], *model["equipment"]):
        model.check_slots(row, "slots")
        model.check_weeks(row, "weeks")
    for row in model["sites"]:
        if row.get("from") is not None and row.get("from") == row.get("to"):
            model.refuse(row, "to", row.text("to"), "another site than from")
