"""Make the synthetic service models: respiratory, msk_physiotherapy and anaesthetics.

Run ``python models/make_models.py`` from the repository to write the three folders again, byte for byte as they
stand; ``--out FOLDER`` writes them elsewhere. Only the standard library is used, and only ``random.Random.random``
(whose sequence Python guarantees) is random, so the files do not depend on the machine or on versions.

Every plan in force is balanced here: whatever a person's sessions, duty weeks, SPA and roles leave of the contract
becomes a ``flexible`` row, by the contract arithmetic in models/README.md.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WEEKS_PER_YEAR = 52.18
CYCLE = 4
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
HALF_DAYS = tuple(f"{day} {part}" for day in DAYS for part in ("AM", "PM"))
FIRST_WEEK = dt.date(2025, 3, 31)
WEEKS = 104
YEAR_STARTS = "2027-04-01"
PA_MINUTES = 240

# What the arithmetic needs of the shipped policies: length of a half-day, weeks present, admin on top of a session.
CONSULTANT = (240, 42.0, 40.0)
AFC = (225, 42.4128, 0.0)
RULES = {"consultant": CONSULTANT, "sas": CONSULTANT, "nurse": AFC, "ahp": AFC, "scientist": AFC}

COLUMNS = {
    "activities": "activity name category tier priority session_minutes contact_minutes admin_minutes room site slots"
    " sessions_per_week team spread blocks covered min_people min_sessions_per_year",
    "streams": "stream name activity kind series share period centile contact_minutes admin_minutes triage_minutes"
    " removal_rate dna_rate dna_rebooked short_notice_rate short_notice_rebooked short_notice_refilled hospital_rate"
    " hospital_rebooked hospital_refilled generated_by per_attendance after_weeks growth_rate target_weeks waiting_now",
    "demand": "week_starting series referrals",
    "people": "person name staff_group grade contract_pa contract_hours paid_pa max_pa max_hours core_spa_hours"
    " clinical_share working_weeks unavailable max_days premium_consent planned kind reviewed_on approved_on",
    "skills": "person activity output max_per_week preference",
    "rooms": "room name site count slots",
    "rotas": "rota name kind members share people_at_once weeks_covered pa_per_duty_week displaces keeps delivers"
    " prospective",
    "roles": "role name category tariff_pa holders eligible held_by fixed trainees",
    "job_plans": "person activity slot weeks minutes per_year pinned",
    "posts": "post name staff_group grade contract_pa contract_hours skills most premium_consent rotas roles",
    "objectives": "level person objective measure due supporting_resource barrier",
}
Row = dict[str, object]


@dataclass
class Model:
    """One service while it is being made: its settings, its tables and its page of explanation."""

    id: str
    settings: str
    readme: str
    slot_minutes: dict[str, int] = field(default_factory=dict)
    premium: tuple[str, ...] = ()
    derived_admin: dict[str, float] = field(default_factory=dict)
    session_triage: dict[str, float] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **cells: object) -> None:
        """Add a row. Lists are written with ``;`` and cells not given stay blank."""
        unknown = set(cells) - set(COLUMNS[table].split())
        if unknown:
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        self.tables.setdefault(table, []).append(cells)

    def find(self, table: str, id_: str) -> Row:
        """Return the row whose first column is ``id_``."""
        key = COLUMNS[table].split()[0]
        return next(row for row in self.tables[table] if row[key] == id_)

    # -- the contract arithmetic -------------------------------------------------------------------------------

    def rule(self, person: str) -> tuple[int, float, float]:
        """Half-day minutes, weeks present and admin a session of this person's policy."""
        row = self.find("people", person)
        half_day, weeks, admin = RULES[str(row["staff_group"])]
        return half_day, float(str(row.get("working_weeks") or weeks)), admin

    def contract(self, person: str) -> float:
        """Contract in minutes a week."""
        row = self.find("people", person)
        if "contract_hours" in row:
            return float(str(row["contract_hours"])) * 60
        return float(str(row["contract_pa"])) * PA_MINUTES

    def duty_weeks(self, person: str, rota: Row) -> float:
        """Duty weeks a year of a person on a rota."""
        members = _list(rota["members"])
        if person not in members:
            return 0.0
        given = {key: float(value) for key, value in (pair.split("=") for pair in _list(rota.get("share")))}
        rest = [member for member in members if member not in given]
        share = given[person] if person in given else (1 - sum(given.values())) / len(rest)
        weeks = share * int(str(rota.get("people_at_once") or 1))
        if rota.get("prospective") == "no":
            return weeks * self.rule(person)[1]
        return weeks * float(str(rota.get("weeks_covered") or 52))

    def charged_weeks(self, person: str, activity: str) -> float:
        """Weeks a year a session of an activity is charged."""
        if self.find("activities", activity).get("covered") == "yes":
            return WEEKS_PER_YEAR
        weeks = self.rule(person)[1]
        for rota in self.tables.get("rotas", []):
            displaced = _list(rota.get("displaces")) or (["all"] if rota["kind"] == "hot_week" else ["none"])
            if activity not in _list(rota.get("keeps")) and (displaced == ["all"] or activity in displaced):
                weeks -= self.duty_weeks(person, rota)
        return weeks

    def charge(self, person: str, activity: str, slot: str) -> float:
        """Minutes the job plan is charged for one session in a half-day (``-``: a full session)."""
        half_day, _, policy_admin = self.rule(person)
        row = self.find("activities", activity)
        length = self.slot_minutes.get(slot, half_day)
        full = int(str(row.get("session_minutes") or length))
        timed = full if slot == "-" else min(full, length)
        if "admin_minutes" in row:
            admin = float(str(row["admin_minutes"]))
        else:
            admin = self.derived_admin.get(activity, policy_admin if row["category"] == "DCC" else 0.0)
        admin += self.session_triage.get(activity, 0.0)
        pa_doctor = self.find("people", person)["staff_group"] in ("consultant", "sas")
        factor = 4 / 3 if slot in self.premium and pa_doctor else 1.0
        return timed * factor + timed / full * admin

    def year_minutes(self, person: str) -> float:
        """Year-minutes of the plan in force: sessions, duty weeks, SPA, roles and flexible time."""
        half_day, weeks, _ = self.rule(person)
        total = sum(
            self.duty_weeks(person, rota) * float(str(rota["pa_per_duty_week"])) * PA_MINUTES
            for rota in self.tables.get("rotas", [])
        )
        for row in self.tables["job_plans"]:
            activity, slot = str(row["activity"]), str(row["slot"])
            if row["person"] != person or activity in ("admin", "cover", "on_call"):
                continue
            share = len(_list(row.get("weeks"))) / CYCLE if row.get("weeks", "all") != "all" else 1.0
            if activity in ("spa", "flexible", "travel") or activity.startswith("role:"):
                minutes = float(str(row.get("minutes", self.slot_minutes.get(slot, half_day))))
                total += minutes * share * weeks
            elif "per_year" in row:
                total += float(str(row["per_year"])) * self.charge(person, activity, "-")
            else:
                total += self.charge(person, activity, slot) * share * self.charged_weeks(person, activity)
        return total

    def left(self, person: str) -> float:
        """Minutes a week the plan leaves of the contract."""
        return self.contract(person) - self.year_minutes(person) / self.rule(person)[1]

    def balance(self) -> None:
        """Give every person with a plan the flexible time that makes it add up to the contract."""
        for person in dict.fromkeys(str(row["person"]) for row in self.tables["job_plans"]):
            left = round(self.left(person) * 2) / 2
            if left < 0:
                raise ValueError(f"{self.id}: the plan of {person} is {-left} minutes a week over the contract")
            if left:
                self.add("job_plans", person=person, activity="flexible", slot="-", minutes=f"{left:g}")

    # -- short forms -------------------------------------------------------------------------------------------

    def skill(self, people: str, activity: str, output: float | None = None, **cells: object) -> None:
        """Add the skill for people written ``c01 c02``."""
        for person in people.split():
            self.add("skills", person=person, activity=activity, **_given(output=output), **cells)

    def plan(self, person: str, lines: str) -> None:
        """Add plan rows written one a line: ``Mon AM activity [1;3] [180m] [pin]``; slot ``-`` has no fixed place."""
        for line in filter(None, (text.strip() for text in lines.splitlines())):
            words = line.split()
            count = 1 if words[0] == "-" else 2
            row: Row = {"person": person, "slot": " ".join(words[:count]), "activity": words[count]}
            if count == 2:
                row["weeks"] = "all"
            for word in words[count + 1 :]:
                if word == "pin":
                    row["pinned"] = "yes"
                elif word.endswith("m"):
                    row["minutes"] = int(word[:-1])
                elif word.endswith("/year"):
                    row["per_year"] = int(word.removesuffix("/year"))
                else:
                    row["weeks"] = word
            self.add("job_plans", **row)

    def series(self, name: str, mean: float, phi: float, seed: int) -> None:
        """Add two years of weekly referrals to demand.csv."""
        for index, referrals in enumerate(weekly_referrals(mean, phi, seed)):
            start = FIRST_WEEK + dt.timedelta(weeks=index)
            self.add("demand", week_starting=start.isoformat(), series=name, referrals=referrals)

    def files(self) -> dict[str, str]:
        """Name and text of every file of the model's folder."""
        written = {"service.toml": self.settings.strip() + "\n", "README.md": self.readme.strip() + "\n"}
        for table, rows in self.tables.items():
            written[f"{table}.csv"] = _csv(table, rows)
        return written


def weekly_referrals(mean: float, phi: float, seed: int) -> list[int]:
    """Negative-binomial counts of variance ``phi`` times the mean, with a mild season and quiet holiday weeks."""
    source = random.Random(seed)
    return [
        _negative_binomial(mean * _season(FIRST_WEEK + dt.timedelta(weeks=week)), phi, source.random())
        for week in range(WEEKS)
    ]


def _season(start: dt.date) -> float:
    """Factor of the week: 4 % more in winter, less at Christmas, Easter and in bank-holiday weeks."""
    week = {start + dt.timedelta(days=day) for day in range(5)}
    if any((day.month, day.day) == (12, 25) for day in week):
        return 0.55
    if any((day.month, day.day) == (1, 1) for day in week):
        return 0.7
    easter = {dt.date(2025, 4, 18), dt.date(2025, 4, 21), dt.date(2026, 4, 3), dt.date(2026, 4, 6)}
    easter |= {dt.date(2027, 3, 26)}
    bank = {dt.date(2025, 5, 5), dt.date(2025, 5, 26), dt.date(2025, 8, 25)}
    bank |= {dt.date(2026, 5, 4), dt.date(2026, 5, 25), dt.date(2026, 8, 31)}
    holiday = 0.88 if week & (easter | bank) else 1.02
    return holiday * (1 + 0.04 * math.cos(2 * math.pi * (start.timetuple().tm_yday - 20) / 365.25))


def _negative_binomial(mean: float, phi: float, uniform: float) -> int:
    """Inverse of the distribution function: the least count whose cumulative probability reaches ``uniform``."""
    size = mean / (phi - 1)
    probability = math.exp(-size * math.log(phi))
    count, cumulative = 0, probability
    while cumulative < uniform and count < 10_000:
        count += 1
        probability *= (size + count - 1) / count * (phi - 1) / phi
        cumulative += probability
    return count


def _given(**cells: object) -> Row:
    return {key: value for key, value in cells.items() if value is not None}


def _list(value: object) -> list[str]:
    if value is None:
        return []
    return value.split(";") if isinstance(value, str) else [str(item) for item in value]  # type: ignore[attr-defined]


def _cell(value: object) -> str:
    return ";".join(str(item) for item in value) if isinstance(value, tuple | list) else str(value)


def _csv(table: str, rows: Sequence[Row]) -> str:
    """Text of one table, its unused columns left out, as Excel reads it."""
    columns = [name for name in COLUMNS[table].split() if any(name in row for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    order = rows if table != "job_plans" else sorted(rows, key=_plan_order)
    writer.writerows([_cell(row.get(name, "")) for name in columns] for row in order)
    return text.getvalue()


def _plan_order(row: Row) -> tuple[str, int, int, str, str]:
    slot = str(row["slot"])
    parts = ("AM", "LUNCH", "PM", "EVE")
    place = (9, 0) if slot == "-" else ((*DAYS, "Sat", "Sun").index(slot[:3]), parts.index(slot[4:]))
    return (str(row["person"]), *place, str(row.get("weeks", "")), str(row["activity"]))


def slots(text: str) -> tuple[str, ...]:
    """Half-days written short: ``Mon Tue`` are whole days, ``WedAM`` one half-day."""
    found: list[str] = []
    for word in text.split():
        found += [f"{word} AM", f"{word} PM"] if len(word) == 3 else [f"{word[:3]} {word[3:]}"]
    return tuple(found)


COSTS = """
[costs]
extra_pa = 11200
locum_session = 620
waiting_list_session = 780
"""


# fmt: off
# (rows of tables read best a row at a time)

# -- respiratory medicine ----------------------------------------------------------------------------------------


def respiratory() -> Model:
    """Twelve people: lung cancer pathway, general and sub-specialty clinics, a ward week in turn."""
    model = Model(
        "respiratory",
        RESPIRATORY_SETTINGS,
        RESPIRATORY_README,
        slot_minutes={"Wed AM": 210, "Wed LUNCH": 60, "Wed PM": 210},
        premium=("Sat AM",),
    )
    _respiratory_work(model)
    _respiratory_people(model)
    _respiratory_plans(model)
    model.balance()
    return model


def _respiratory_work(model: Model) -> None:
    add = model.add
    clinic = {"category": "DCC", "session_minutes": 240, "contact_minutes": 210}
    open_slots = HALF_DAYS[:-1]  # the chest clinic closes on Friday afternoon
    rapid_slots = (*slots("MonAM TueAM WedAM Thu FriAM"), "Sat AM")
    add("activities", activity="rapid", name="Rapid-access lung cancer clinic", priority=3, room="one_stop",
        slots=rapid_slots, min_people=3, **clinic)
    add("activities", activity="bronch", name="Bronchoscopy and EBUS list", priority=2, room="bronch_suite",
        slots=slots("MonPM TueAM WedAM ThuAM ThuPM"), min_people=2, min_sessions_per_year=20, **clinic)
    add("activities", activity="results", name="Lung cancer results and nodule clinic", room="clinic", min_people=2,
        slots=open_slots, **clinic)
    add("activities", activity="pleural", name="Pleural procedure list", room="procedure", **clinic)
    add("activities", activity="general", name="General respiratory clinic", priority=2, room="clinic", min_people=3,
        slots=open_slots, **clinic)
    add("activities", activity="ild", name="Interstitial lung disease clinic", room="clinic", slots=open_slots,
        **clinic)
    add("activities", activity="airways", name="Airways and severe asthma clinic", room="clinic", slots=open_slots,
        **clinic)
    add("activities", activity="sleep", name="Sleep and ventilation clinic", room="clinic", slots=open_slots, **clinic)
    add("activities", activity="lung_function", name="Lung function laboratory", room="lab", category="DCC",
        session_minutes=225, contact_minutes=200, admin_minutes=0, slots=HALF_DAYS)
    add("activities", activity="ward_round", name="Ward and high-care round", category="DCC", session_minutes=240,
        contact_minutes=240, admin_minutes=0, sessions_per_week=7, slots=HALF_DAYS, min_people=2)
    add("activities", activity="biologics", name="Biologics clinic", room="day_unit", category="DCC",
        session_minutes=225, contact_minutes=195, admin_minutes=0, sessions_per_week=2.8, slots=slots("Tue Wed Thu"))
    add("activities", activity="key_worker", name="Lung cancer nurse key-worker session", category="DCC",
        session_minutes=225, contact_minutes=200, admin_minutes=0, sessions_per_week=2.8, slots=HALF_DAYS)
    add("activities", activity="mdt", name="Lung cancer multidisciplinary meeting", category="DCC", session_minutes=60,
        contact_minutes=60, admin_minutes=0, slots="Wed LUNCH", sessions_per_week=1, team="all")

    stream = {"period": "week"}
    add("streams", stream="lung_rapid", name="Suspected lung cancer referrals", activity="rapid", kind="rapid",
        series="lung_rapid", centile=0.8, contact_minutes=30, removal_rate=0.04, dna_rate=0.05,
        dna_rebooked=1, growth_rate=0.01, target_weeks=2, **stream)
    add("streams", stream="bronch_rapid", name="Bronchoscopy and EBUS for suspected cancer", activity="bronch",
        kind="rapid", centile=0.8, contact_minutes=45, dna_rate=0.03, dna_rebooked=1, generated_by="lung_rapid",
        per_attendance=0.34, after_weeks=1, target_weeks=1, **stream)
    add("streams", stream="bronch_routine", name="Routine bronchoscopy", activity="bronch", kind="routine",
        contact_minutes=45, dna_rate=0.05, dna_rebooked=0.8, generated_by="general_new", per_attendance=0.05,
        after_weeks=4, **stream)
    add("streams", stream="results", name="Results after the rapid clinic", activity="results", kind="follow_up",
        contact_minutes=30, dna_rate=0.03, dna_rebooked=1, generated_by="lung_rapid", per_attendance=0.7,
        after_weeks=2, **stream)
    add("streams", stream="nodules", name="Nodule surveillance", activity="results", kind="routine", series="nodules",
        contact_minutes=15, dna_rate=0.06, dna_rebooked=0.9, **stream)
    add("streams", stream="pleural", name="Pleural procedures after the rapid clinic", activity="pleural",
        kind="routine", contact_minutes=50, generated_by="lung_rapid", per_attendance=0.12, after_weeks=1, **stream)
    add("streams", stream="general_new", name="General respiratory, new", activity="general", kind="routine",
        series="general", contact_minutes=30, removal_rate=0.08, dna_rate=0.09, dna_rebooked=0.6,
        hospital_rate=0.03, hospital_rebooked=1, hospital_refilled=0, target_weeks=18, waiting_now=410, **stream)
    add("streams", stream="general_fu", name="General respiratory, follow-up", activity="general", kind="follow_up",
        contact_minutes=20, dna_rate=0.08, dna_rebooked=0.7, generated_by="general_new", per_attendance=0.9,
        after_weeks=12, **stream)
    new_and_follow_up = (
        ("ild", "Interstitial lung disease", 40, 2.6, 25, 10, 0.05, 60),
        ("airways", "Airways and severe asthma", 30, 2.0, 20, None, 0.10, 120),
        ("sleep", "Sleep and ventilation", 25, 0.9, 20, None, 0.12, 160),
    )
    for name, label, new, ratio, review, admin, dna, waiting in new_and_follow_up:
        add("streams", stream=f"{name}_new", name=f"{label}, new", activity=name, kind="routine", series=name,
            contact_minutes=new, **_given(admin_minutes=admin), removal_rate=0.05, dna_rate=dna, dna_rebooked=0.7,
            target_weeks=18, waiting_now=waiting, **stream)
        add("streams", stream=f"{name}_fu", name=f"{label}, follow-up", activity=name, kind="follow_up",
            contact_minutes=review, **_given(admin_minutes=admin), dna_rate=dna, dna_rebooked=0.8,
            generated_by=f"{name}_new", per_attendance=ratio, after_weeks=16, **stream)
    add("streams", stream="lung_function", name="Lung function tests", activity="lung_function", kind="routine",
        series="lung_function", contact_minutes=35, removal_rate=0.03, dna_rate=0.08, dna_rebooked=0.8,
        target_weeks=6, waiting_now=70, **stream)

    model.derived_admin["ild"] = _ild_admin(0.05, 2.6)
    model.series("lung_rapid", 24.5, 1.9, 111)
    model.series("nodules", 9, 1.5, 234)
    model.series("general", 54, 1.8, 301)
    model.series("ild", 8, 1.6, 525)
    model.series("airways", 11, 1.6, 557)
    model.series("sleep", 18, 1.6, 600)
    model.series("lung_function", 44, 1.7, 752)

    add("rooms", room="one_stop", name="One-stop clinic rooms beside imaging", count=1, slots=rapid_slots)
    add("rooms", room="clinic", name="Chest clinic rooms", count=5, slots=open_slots)
    add("rooms", room="bronch_suite", name="Bronchoscopy suite", count=1, slots=slots("MonPM TueAM WedAM ThuAM ThuPM"))
    add("rooms", room="procedure", name="Procedure room", count=1, slots=slots("Tue Fri"))
    add("rooms", room="day_unit", name="Medical day unit chairs", count=1, slots=slots("Tue Wed Thu"))
    add("rooms", room="lab", name="Lung function laboratory", count=1, slots=HALF_DAYS)

    shares = {"c01": 0.19, "c02": 0.19, "c03": 0.19, "c04": 0.19, "c05": 0.14, "c06": 0.1}
    add("rotas", rota="ward", name="Ward week", kind="hot_week", members=tuple(shares),
        share=tuple(f"{person}={share}" for person, share in shares.items()), people_at_once=1,
        weeks_covered=52, pa_per_duty_week=11.5, displaces="all",
        keeps="mdt", delivers="ward_round=5", prospective="yes")

    add("roles", role="clinical_lead", name="Clinical lead", category="ANR", tariff_pa=1, holders=1,
        eligible=("c01", "c02", "c03", "c04"), held_by="c01")
    add("roles", role="governance", name="Governance lead", category="SPA", tariff_pa=0.5, holders=1,
        eligible=("c02", "c03", "c04", "c05", "c07"))
    add("roles", role="rota_lead", name="Rota lead", category="SPA", tariff_pa=0.25, holders=1,
        eligible=("c02", "c04", "c06", "s01"), held_by="c04", fixed="no")
    add("roles", role="supervision", name="Educational supervision", category="SPA", tariff_pa=0.25, holders=1,
        eligible=("c02", "c03", "c05"), held_by="c03", trainees=3)
    add("roles", role="audit", name="Audit and quality improvement lead", category="SPA", tariff_pa=0.25, holders=1,
        eligible=("c05", "c06", "c07", "s01"), held_by="c07", fixed="no")
    add("roles", role="mdt_lead", name="Lung cancer meeting lead", category="SPA", tariff_pa=0.25, holders=1,
        eligible=("c01", "c02", "c03"), held_by="c02")
    _respiratory_posts(model)


def _respiratory_posts(model: Model) -> None:
    """Posts the service would advertise, for the establishment question; prices are those of service.toml."""
    add = model.add
    broad = ("rapid", "bronch", "results", "pleural", "general", "ward_round", "mdt")
    leads = ("clinical_lead", "governance", "rota_lead", "supervision", "audit", "mdt_lead")
    add("posts", post="chest_physician", name="Consultant with ward weeks", staff_group="consultant", contract_pa=10,
        skills=(*broad, "ild", "airways", "sleep"), rotas="ward", roles=leads)
    add("posts", post="clinic_consultant", name="Consultant without ward weeks", staff_group="consultant",
        contract_pa=6, skills=("rapid", "results", "general", "ild", "airways", "sleep", "ward_round", "mdt"),
        roles=("governance", "supervision", "audit", "mdt_lead"))
    add("posts", post="specialty_doctor", name="Specialty doctor", staff_group="sas", contract_pa=10,
        skills=("rapid=0.8", "bronch=0.8", "results", "pleural", "general=0.9", "ward_round", "mdt"),
        premium_consent="yes", roles=("rota_lead", "audit"))
    add("posts", post="cancer_nurse", name="Lung cancer nurse", staff_group="nurse", grade="8a", contract_hours=37.5,
        skills=("results=0.9", "pleural=0.8", "key_worker", "mdt"))
    add("posts", post="chest_nurse", name="Respiratory nurse", staff_group="nurse", grade="7", contract_hours=30,
        skills=("ild=0.8", "airways=0.85", "sleep=0.8", "biologics", "key_worker", "mdt"))
    add("posts", post="physiologist", name="Physiologist", staff_group="scientist", grade="7", contract_hours=37.5,
        skills=("sleep=0.8", "lung_function", "mdt"))
    add("posts", post="part_physiologist", name="Physiologist, half time", staff_group="scientist", grade="7",
        contract_hours=18.75, skills=("sleep=0.8", "lung_function", "mdt"))


def _ild_admin(dna: float, ratio: float) -> float:
    """Admin minutes a session that 10 minutes an attendance come to, at any level of referrals."""
    new_slots, new_seen = 1 / (1 - dna * 0.7), (1 - dna) / (1 - dna * 0.7)
    due = new_seen * ratio
    review_slots, reviewed = due / (1 - dna * 0.8), due * (1 - dna) / (1 - dna * 0.8)
    return (new_seen + reviewed) * 10 * 210 / (new_slots * 40 + review_slots * 25)


def _respiratory_people(model: Model) -> None:
    def doctor(person: str, name: str, pa: float, reviewed: str, approved: str | None, **more: object) -> None:
        group = "sas" if person.startswith("s") else "consultant"
        model.add("people", person=person, name=name, staff_group=group, contract_pa=pa, reviewed_on=reviewed,
                  **_given(approved_on=approved), **more)

    doctor("c01", "Consultant 01", 10, "2026-11-12", "2026-12-03", max_pa=10)
    doctor("c02", "Consultant 02", 10, "2026-11-19", "2026-12-10", max_pa=11, premium_consent="yes")
    doctor("c03", "Consultant 03", 10, "2026-10-08", "2026-11-05", max_pa=10)
    doctor("c04", "Consultant 04", 11, "2026-11-26", "2027-01-14", max_pa=12, paid_pa=11)
    doctor("c05", "Consultant 05", 8, "2027-01-21", None, max_pa=8, unavailable=slots("Fri"))
    doctor("c06", "Consultant 06", 6, "2026-12-03", "2027-01-07", max_pa=6.5, unavailable=slots("Mon Fri"))
    doctor("c07", "Consultant 07", 10, "2026-02-05", "2026-03-05", max_pa=11)
    doctor("s01", "Specialty doctor 01", 10, "2026-10-22", "2026-11-19", max_pa=11, premium_consent="yes")
    hours = (
        ("n01", "Lung cancer nurse 01", "nurse", "8a", 37.5, "", "2026-09-17", "2026-10-15"),
        ("n02", "Asthma nurse 02", "nurse", "7", 30, "Fri", "2026-10-01", "2026-10-29"),
        ("n03", "Respiratory nurse 03", "nurse", "7", 22.5, "Mon Fri", "2026-11-05", "2026-12-03"),
        ("p01", "Respiratory physiologist 01", "scientist", "7", 37.5, "", "2026-10-15", "2026-11-12"),
    )
    for person, name, group, grade, week, away, reviewed, approved in hours:
        model.add("people", person=person, name=name, staff_group=group, grade=grade, contract_hours=week,
                  **_given(max_hours=41.25 if person == "p01" else None, unavailable=slots(away) or None),
                  reviewed_on=reviewed, approved_on=approved)

    model.skill("c01 c02 c03 c04", "rapid")
    model.skill("s01", "rapid", 0.8)
    model.skill("c01 c02 c03 c04", "bronch")
    model.skill("s01", "bronch", 0.8)
    model.skill("c01 c02 s01", "results")
    model.skill("n01", "results", 0.9)
    model.skill("c01 c02 s01", "pleural")
    model.skill("n01", "pleural", 0.8)
    model.skill("c01 c02 c03 c04 c05 c06 c07", "general")
    model.skill("s01", "general", 0.9)
    model.skill("c03 c05", "ild")
    model.skill("n03", "ild", 0.8)
    model.skill("c04 c06", "airways")
    model.skill("n02", "airways", 0.85)
    model.skill("c06 c07", "sleep")
    model.skill("n03 p01", "sleep", 0.8)
    model.skill("p01", "lung_function")
    model.skill("n02", "biologics")
    model.skill("n03", "biologics", 0.9)
    model.skill("n01 n03", "key_worker")
    model.skill("c01 c02 c03 c04 c05 c06 c07 s01", "ward_round")
    model.skill("c01 c02 c03 c04 c05 c06 c07 s01 n01 n02 n03 p01", "mdt")

    def aim(level: str, person: str | None, objective: str, measure: str, due: str, need: str, barrier: str) -> None:
        model.add("objectives", level=level, **_given(person=person), objective=objective, measure=measure, due=due,
                  supporting_resource=need, barrier=barrier)

    aim("trust", None, "Meet the 28-day faster diagnosis standard for lung cancer", "Share told within 28 days",
        "2028-03-31", "Rapid clinic at its 80th centile", "Bronchoscopy suite has five half-days")
    aim("team", None, "Appoint a governance lead", "Role held", "2027-06-30", "0.5 PA", "Nobody has time for it")
    aim("person", "c02", "Start mediastinal staging training for the specialty doctor", "20 supervised cases",
        "2028-03-31", "Bronchoscopy list with a trainer", "Suite time")
    aim("person", "c07", "Move stable sleep reviews to the physiologist", "Follow-up ratio below 0.8", "2027-12-31",
        "Protocol and prescribing support", "None named")
    aim("person", "n01", "Nurse-led nodule clinic by telephone", "Nodule reviews off the room list", "2027-10-31",
        "Headset and quiet room", "Letters typed late")


def _respiratory_plans(model: Model) -> None:
    model.plan("c01", """
        Mon AM rapid
        Tue AM bronch
        Wed AM rapid
        Wed LUNCH mdt pin
        Wed PM admin 180m
        Thu AM general
        Thu PM spa
        Fri AM results 1;3
        Fri PM role:clinical_lead
        - spa 120m""")
    model.plan("c02", """
        Mon PM bronch
        Tue AM rapid
        Tue PM general
        Wed AM general
        Wed LUNCH mdt pin
        Thu AM rapid 1;3
        Thu AM results 2;4
        Thu PM spa
        Fri AM pleural 1;3
        - spa 120m
        - role:mdt_lead 60m""")
    model.plan("c03", """
        Mon AM ild
        Tue PM ild
        Wed AM bronch
        Wed LUNCH mdt pin
        Thu AM general 1;3
        Thu AM rapid 2;4
        Fri AM general
        Fri PM spa
        - spa 120m
        - role:supervision 180m""")
    model.plan("c04", """
        Mon PM airways
        Tue AM general
        Wed AM airways
        Wed LUNCH mdt pin
        Wed PM general
        Thu AM general
        Thu PM bronch
        Fri AM general 1;3
        Fri AM rapid 2;4
        Fri PM spa
        - spa 120m
        - role:rota_lead 60m""")
    model.plan("c05", """
        Mon AM general
        Tue AM ild
        Wed LUNCH mdt pin
        Wed PM general
        Thu AM ild 1;3
        Thu PM spa
        - spa 120m""")
    model.plan("c06", """
        Tue AM airways
        Wed AM general
        Wed LUNCH mdt pin
        Thu AM spa
        Thu PM sleep 2;4
        - spa 120m""")
    model.plan("c07", """
        Mon AM sleep
        Mon PM sleep
        Tue AM general
        Tue PM sleep
        Wed LUNCH mdt pin
        Wed PM ward_round
        Thu AM sleep
        Thu PM general
        Fri AM spa
        - spa 120m
        - role:audit 60m""")
    model.plan("s01", """
        Mon AM general
        Mon PM general
        Tue PM ward_round
        Wed AM ward_round
        Wed LUNCH mdt pin
        Wed PM general
        Thu AM general 2;4
        Thu PM rapid
        Fri AM general
        Fri PM spa""")
    model.plan("n01", """
        Mon AM results
        Mon PM key_worker
        Tue AM pleural
        Tue PM results
        Wed AM results
        Wed LUNCH mdt pin
        Wed PM key_worker
        Thu AM key_worker
        Thu PM spa
        Fri AM results
        Fri PM key_worker 1;2;3""")
    model.plan("n02", """
        Mon AM spa
        Mon PM airways
        Tue AM biologics
        Tue PM biologics 1;2;3
        Wed AM biologics
        Wed LUNCH mdt pin
        Wed PM airways
        Thu AM biologics
        Thu PM airways""")
    model.plan("n03", """
        Tue AM ild
        Tue PM sleep
        Wed AM ild
        Wed LUNCH mdt pin
        Thu AM spa 135m
        Thu PM ild""")
    model.plan("p01", """
        Mon AM lung_function
        Mon PM lung_function
        Tue AM lung_function
        Tue PM lung_function
        Wed AM lung_function
        Wed LUNCH mdt pin
        Thu AM lung_function
        Thu PM sleep
        Fri AM lung_function
        Fri PM spa""")


RESPIRATORY_SETTINGS = f"""
schema = 1
id = "respiratory"
name = "Respiratory medicine (synthetic)"
year_starts = {YEAR_STARTS}
cycle_weeks = {CYCLE}
policy = "england-consultant-2003"

[policies]
sas = "england-sas-2021"
nurse = "afc-hours"
scientist = "afc-hours"

[objective]
tiers = ["rapid_mean", "routine", "rapid_headroom", "change", "cost", "quality"]
hold_tolerance = 1
extra_pa_budget = 2

[slots]
premium = ["Sat AM"]

[slots.minutes]
"Wed AM" = 210
"Wed LUNCH" = 60
"Wed PM" = 210

[calendar]
bank_holidays = "england"
{COSTS}
[costs.staff]
consultant = 148000
sas = 104000
8a = 68500
7 = 59500
"""

RESPIRATORY_README = """
# Respiratory medicine (synthetic)

Twelve people of a district general hospital: seven consultants (two part-time), a specialty doctor, three specialist
nurses and a physiologist, the last four on hours. Two years of weekly referrals to the end of March 2027; the plan
year starts on 1 April 2027. Everything is made up by `models/make_models.py`.

What is interesting in it

- **The rapid clinic is short of its 80th centile.** About 25 suspected lung cancers a week, variance twice the mean.
  The plans deliver 3.3 of the 4.5 sessions a week that the centile asks for, a little under the mean of 3.6. Every
  person seen brings 0.34 bronchoscopies, so the bronchoscopy list is sized from the same series.
- **Lung function hangs on one physiologist**, and is 2.2 sessions a week short. Moving their sleep session helps;
  the rest needs more of their time (they would work 41.25 hours) or a second person.
- **The general clinic is 0.7 of a session short while the sleep clinic has one to spare** and several consultants
  have one or two hours of flexible time: redeploying closes it.
- **Rooms bind**: one rapid clinic beside imaging in six half-days and on Saturday morning, a bronchoscopy suite in
  five half-days, five chest clinic rooms that are full in the mornings. Only `c02` and `s01` accept a Saturday.
- **A ward week in turn** (six consultants in unequal shares) displaces everything but the lunchtime meeting, so a
  weekly clinic of theirs happens in about 32 weeks, one of `c07` in 42. It delivers five of the seven ward rounds.
- **The meeting of the whole team** on Wednesday at lunchtime shortens both halves of Wednesday to 210 minutes, so a
  clinic there sees seven eighths of its patients.
- **Admin in two ways**: 40 minutes a session by the policy, but 10 minutes an attendance in the interstitial lung
  disease clinic, whose letters are long.
- **The governance lead is vacant.** Half a PA to be found; the rota lead and the audit lead may change hands.
- **Seven types of post that might be created** (`posts.csv`), for `capacity establish`: a consultant in the ward weeks
  makes them rarer for everybody, one without them runs clinics all year.

Left as they are found in real services, as findings: the plan of `c07` was last reviewed 14 months before the year
starts, that of `c05` is not approved, `n02` has more SPA than the floor, pleural procedures have no DNA rate, and
hospital cancellations are counted in the general clinic (are they leave, counted twice?).
"""


# -- musculoskeletal physiotherapy -------------------------------------------------------------------------------


def msk_physiotherapy() -> Model:
    """Eighteen posts on hours, bands 5 to 8a: urgent spinal triage to hydrotherapy."""
    model = Model(
        "msk_physiotherapy",
        MSK_SETTINGS,
        MSK_README,
        slot_minutes={"Thu AM": 195, "Thu LUNCH": 60, "Thu PM": 195},
    )
    _msk_work(model)
    _msk_people(model)
    _msk_plans(model)
    _msk_posts(model)
    model.balance()
    return model


def _msk_work(model: Model) -> None:
    add = model.add
    clinic = {"category": "DCC", "session_minutes": 225, "contact_minutes": 180, "admin_minutes": 0}
    add("activities", activity="spinal", name="Urgent spinal triage clinic", priority=4, room="app_room",
        slots=HALF_DAYS, min_people=3, **clinic)
    add("activities", activity="app", name="Advanced practice clinic", priority=2, room="app_room", slots=HALF_DAYS,
        min_people=2, **clinic)
    add("activities", activity="assess", name="New patient assessment", priority=2, room="cubicle", slots=HALF_DAYS,
        **clinic)
    add("activities", activity="treat", name="Follow-up treatment", room="cubicle;gym_bay", slots=HALF_DAYS, **clinic)
    add("activities", activity="postop", name="Rehabilitation after surgery", priority=2, room="gym_bay",
        slots=HALF_DAYS, **clinic)
    add("activities", activity="pelvic", name="Pelvic health clinic", room="private_room", slots=HALF_DAYS,
        min_people=2, **clinic)
    add("activities", activity="fcp", name="First contact practitioner in general practice", site="primary_care",
        sessions_per_week=8, spread="each_day", slots=HALF_DAYS, **clinic)
    fixed = {"category": "DCC", "session_minutes": 225, "contact_minutes": 200, "admin_minutes": 0}
    class_slots = ("Mon AM", "Mon PM", "Tue AM", "Wed PM", "Thu AM", "Fri AM")
    add("activities", activity="class", name="Back and knee class", room="gym", sessions_per_week=4.7, spread="any",
        slots=class_slots, **fixed)
    add("activities", activity="hydro", name="Hydrotherapy", room="pool", sessions_per_week=2.4,
        spread="Tue AM=1;Wed AM=1;Fri AM=1", slots=("Tue AM", "Wed AM", "Fri AM"), min_people=2, **fixed)
    add("activities", activity="in_service", name="In-service training", category="SPA", session_minutes=60,
        contact_minutes=60, admin_minutes=0, slots="Thu LUNCH", sessions_per_week=1, team="all")

    stream = {"period": "week"}
    add("streams", stream="spinal", name="Urgent spinal referrals", activity="spinal", kind="rapid", series="spinal",
        centile=0.8, contact_minutes=50, triage_minutes=5, removal_rate=0.06, dna_rate=0.04, dna_rebooked=1,
        target_weeks=1, **stream)
    add("streams", stream="app_new", name="Advanced practice, new", activity="app", kind="routine", series="app",
        contact_minutes=40, triage_minutes=3, removal_rate=0.05, dna_rate=0.08, dna_rebooked=0.6, target_weeks=8,
        waiting_now=310, **stream)
    add("streams", stream="app_fu", name="Advanced practice, results and injections", activity="app",
        kind="follow_up", contact_minutes=25, dna_rate=0.06, dna_rebooked=0.8, generated_by="app_new",
        per_attendance=0.5, after_weeks=6, **stream)
    add("streams", stream="msk_new", name="Musculoskeletal referrals, new", activity="assess", kind="routine",
        series="msk", contact_minutes=40, removal_rate=0.07, dna_rate=0.11, dna_rebooked=0.5,
        short_notice_rate=0.05, short_notice_rebooked=1, short_notice_refilled=0.5, target_weeks=12,
        waiting_now=1350, **stream)
    add("streams", stream="msk_fu", name="Follow-up treatment", activity="treat", kind="follow_up",
        contact_minutes=30, dna_rate=0.12, dna_rebooked=0.7, short_notice_rate=0.06, short_notice_rebooked=1,
        short_notice_refilled=0.5, generated_by="msk_new", per_attendance=2.8, after_weeks=3, **stream)
    add("streams", stream="postop_new", name="After surgery, new", activity="postop", kind="routine", series="postop",
        contact_minutes=45, removal_rate=0.02, dna_rate=0.04, dna_rebooked=0.9, target_weeks=2, **stream)
    add("streams", stream="postop_fu", name="After surgery, follow-up", activity="postop", kind="follow_up",
        contact_minutes=30, dna_rate=0.06, dna_rebooked=0.9, generated_by="postop_new", per_attendance=2.2,
        after_weeks=2, **stream)
    add("streams", stream="pelvic_new", name="Pelvic health, new", activity="pelvic", kind="routine", series="pelvic",
        contact_minutes=60, removal_rate=0.04, target_weeks=12, waiting_now=150, **stream)
    add("streams", stream="pelvic_fu", name="Pelvic health, follow-up", activity="pelvic", kind="follow_up",
        contact_minutes=35, dna_rate=0.08, dna_rebooked=0.8, generated_by="pelvic_new", per_attendance=1.6,
        after_weeks=4, **stream)
    model.session_triage["spinal"] = 5 * 180 / (0.94 * 50 / (1 - 0.04))
    model.session_triage["app"] = _app_triage()
    model.series("spinal", 13, 1.8, 111)
    model.series("app", 46, 2.0, 414)
    model.series("msk", 68, 2.2, 216)
    model.series("postop", 11, 1.6, 301)
    model.series("pelvic", 9, 1.6, 525)

    add("rooms", room="app_room", name="Consulting rooms", count=4, slots=HALF_DAYS)
    add("rooms", room="cubicle", name="Treatment cubicles", count=8, slots=HALF_DAYS)
    add("rooms", room="gym_bay", name="Bays beside the gym", count=2, slots=HALF_DAYS)
    add("rooms", room="gym", name="Gym floor", count=1, slots=class_slots)
    add("rooms", room="private_room", name="Private room", count=1, slots=HALF_DAYS)
    add("rooms", room="pool", name="Hydrotherapy pool", count=1, slots=slots("TueAM WedAM FriAM"))

    add("roles", role="service_lead", name="Service lead", category="ANR", tariff_pa=1.5, holders=1, held_by="m01")
    add("roles", role="audit", name="Outcomes and audit lead", category="SPA", tariff_pa=0.25, holders=1,
        eligible=("m04", "m05", "m06", "m08", "m09"))
    add("roles", role="rota_lead", name="Rota and leave lead", category="SPA", tariff_pa=0.25, holders=1,
        eligible=("m05", "m08", "m09"), held_by="m08", fixed="no")
    add("roles", role="students", name="Practice educator", category="SPA", tariff_pa=0.25, holders=2,
        eligible=("m04", "m05", "m08", "m09", "m10"), held_by=("m05", "m09"), trainees=1)


def _app_triage() -> float:
    """Triage minutes a session that 3 minutes a referral come to, at any level of referrals."""
    bookings = 0.95 / (1 - 0.08 * 0.6)
    reviewed = bookings * 0.92 * 0.5
    return 3 * 180 / (bookings * 40 + reviewed / (1 - 0.06 * 0.8) * 25)


def _msk_people(model: Model) -> None:
    posts = (
        ("m01", "Consultant physiotherapist 01", "8a", 37.5, "", "2026-10-06", "2026-11-03"),
        ("m02", "Advanced practitioner 02", "8a", 37.5, "", "2026-10-13", "2026-11-10"),
        ("m03", "Advanced practitioner 03", "8a", 30, "Wed", "2026-10-20", "2026-11-17"),
        ("m04", "Specialist physiotherapist 04", "7", 37.5, "", "2026-11-03", "2026-12-01"),
        ("m05", "Specialist physiotherapist 05", "7", 37.5, "", "2026-11-10", "2026-12-08"),
        ("m06", "Specialist physiotherapist 06", "7", 30, "Fri", "2026-09-29", "2026-10-27"),
        ("m07", "Pelvic health physiotherapist 07", "7", 22.5, "Mon Wed", "2026-01-27", "2026-02-24"),
        ("m08", "Senior physiotherapist 08", "6", 37.5, "", "2026-12-01", "2027-01-12"),
        ("m09", "Senior physiotherapist 09", "6", 37.5, "", "2026-12-08", "2027-01-19"),
        ("m10", "Senior physiotherapist 10", "6", 37.5, "", "2026-11-17", "2026-12-15"),
        ("m11", "Senior physiotherapist 11", "6", 30, "Mon", "2026-10-27", "2026-11-24"),
        ("m12", "Senior physiotherapist 12", "6", 18.75, "Mon Tue FriPM", "2027-01-19", None),
        ("m13", "Physiotherapist 13", "5", 37.5, "", "2026-11-24", "2026-12-22"),
        ("m14", "Physiotherapist 14", "5", 37.5, "", "2026-11-24", "2026-12-22"),
        ("m15", "Physiotherapist 15", "5", 37.5, "", "2026-12-15", "2027-01-26"),
        ("m16", "Physiotherapist 16", "5", 30, "Tue", "2026-12-15", "2027-01-26"),
        ("m17", "Physiotherapist 17 (rotation)", "5", 37.5, "", "2027-02-02", "2027-02-23"),
        ("m18", "Senior physiotherapist 18 (post vacant)", "6", 37.5, "", None, None),
    )
    core_spa = {"8a": 0.25, "7": 0.2}
    shares = {"8a": 0.6, "7": 0.7, "6": 0.8, "5": 0.85}
    kinds = {"m17": "fixed_term", "m18": "vacant"}
    for person, name, grade, week, away, reviewed, approved in posts:
        model.add("people", person=person, name=name, staff_group="ahp", grade=grade, contract_hours=week,
                  **_given(max_hours=37.5 if person in ("m03", "m06") else None, unavailable=slots(away) or None,
                           core_spa_hours=round(week * core_spa[grade], 3) if grade in core_spa else None,
                           reviewed_on=reviewed, approved_on=approved), clinical_share=shares[grade],
                  kind=kinds.get(person, "substantive"))

    model.skill("m01 m02 m03", "spinal")
    model.skill("m04", "spinal", 0.85)
    model.skill("m01 m02 m03", "app")
    model.skill("m04 m05", "app", 0.8)
    model.skill("m02 m04 m05 m06", "fcp")
    model.skill("m05 m06 m07 m08 m09 m10 m11 m12 m18", "assess")
    model.skill("m13 m14 m15 m16 m17", "assess", 0.85)
    model.skill("m06 m08 m09 m10 m11 m12 m18", "treat")
    model.skill("m13 m14 m15 m16 m17", "treat", 0.9)
    model.skill("m06 m09 m10 m11", "postop")
    model.skill("m13 m14 m15", "postop", 0.85)
    model.skill("m07", "pelvic")
    model.skill("m12", "pelvic", 0.9, max_per_week=2)
    model.skill("m08 m10 m13 m14 m15 m16 m17", "class")
    model.skill("m11 m15 m16 m10", "hydro")
    model.skill(" ".join(f"m{number:02}" for number in range(1, 18)), "in_service")

    def aim(level: str, person: str | None, objective: str, measure: str, due: str, need: str, barrier: str) -> None:
        model.add("objectives", level=level, **_given(person=person), objective=objective, measure=measure, due=due,
                  supporting_resource=need, barrier=barrier)

    aim("trust", None, "No routine musculoskeletal wait over 12 weeks", "Longest wait", "2028-03-31",
        "Assessment sessions at mean demand", "One band 6 post vacant")
    aim("team", None, "A second pelvic health practitioner", "Two people run clinics", "2027-12-31",
        "Course places and supervised sessions", "One private room")
    aim("person", "m03", "Injection therapy competence", "30 supervised injections", "2027-11-30",
        "Supervised clinic twice a month", "Supervisor time")
    aim("person", "m13", "Move to band 6 competences in assessment", "Signed competence record", "2027-10-31",
        "Weekly supervision", "None named")


def _msk_posts(model: Model) -> None:
    """Posts the service would advertise; a first contact practitioner is based in practice, away from the training."""
    add, work = model.add, {"staff_group": "ahp", "contract_hours": 37.5}
    add("posts", post="first_contact", name="First contact practitioner", grade="7", skills=("fcp", "assess"),
        **{**work, "contract_hours": 22.5})
    add("posts", post="advanced", name="Advanced practitioner", grade="8a",
        skills=("spinal", "app", "in_service"), **work)
    add("posts", post="pelvic_health", name="Pelvic health physiotherapist", grade="7",
        skills=("pelvic", "assess", "in_service"), **{**work, "contract_hours": 18.75})
    add("posts", post="senior", name="Senior physiotherapist", grade="6",
        skills=("assess", "treat", "postop", "hydro", "in_service"), roles=("rota_lead", "audit", "students"), **work)
    add("posts", post="physiotherapist", name="Physiotherapist", grade="5",
        skills=("assess=0.85", "treat=0.9", "postop=0.85", "class", "in_service"), **work)


def _msk_plans(model: Model) -> None:
    # Half-days from Mon AM to Fri PM; "." is free, "-" is not worked.
    weeks = {
        "m01": "app app spinal spa app spa . . app .",
        "m02": "app app spa app spinal app . fcp app spa",
        "m03": "app spinal spa app - - spinal spa app .",
        "m04": "fcp . fcp spinal app fcp spa app fcp spa",
        "m05": "assess fcp app spa assess fcp assess spa fcp .",
        "m06": "fcp assess treat fcp postop spa fcp spa - -",
        "m07": "- - pelvic pelvic - - pelvic spa pelvic .",
        "m08": "class treat assess treat treat assess treat treat spa .",
        "m09": "assess postop treat treat postop . treat assess treat spa",
        "m10": "postop class postop treat treat spa treat assess class treat",
        "m11": "- - hydro postop assess treat postop spa treat treat",
        "m12": "- - - - pelvic assess treat . treat -",
        "m13": "treat assess class treat spa treat treat assess treat treat",
        "m14": "assess treat treat spa treat class treat treat assess treat",
        "m15": "treat postop treat treat hydro spa treat assess treat treat",
        "m16": "treat assess - - treat treat class spa hydro treat",
        "m17": "treat spa assess treat treat treat treat treat treat assess",
    }
    for person, text in weeks.items():
        for slot, activity in zip(HALF_DAYS, text.split(), strict=True):
            if activity not in (".", "-"):
                model.plan(person, f"{slot} {activity}")
        model.plan(person, "Thu LUNCH in_service pin")
    rest_of_spa = {"m01": 113, "m02": 113, "m03": 30, "m04": 30, "m05": 30, "m07": 75}
    for person, minutes in rest_of_spa.items():
        model.plan(person, f"- spa {minutes}m")
    alternate = {"m03": "Fri PM app", "m04": "Mon PM app", "m05": "Fri PM assess", "m07": "Fri PM pelvic"}
    alternate |= {"m08": "Fri PM treat", "m09": "Wed PM treat"}
    for person, session in alternate.items():
        model.plan(person, f"{session} 1;3")
    model.plan("m12", "Thu PM spa 113m")
    model.plan("m01", "- role:service_lead 360m")
    model.plan("m05", "- role:students 60m")
    model.plan("m08", "- role:rota_lead 60m")
    model.plan("m09", "- role:students 60m")


MSK_SETTINGS = f"""
schema = 1
id = "msk_physiotherapy"
name = "Musculoskeletal physiotherapy (synthetic)"
year_starts = {YEAR_STARTS}
cycle_weeks = {CYCLE}
policy = "afc-hours"

[policies]
ahp = "afc-hours"

[objective]
tiers = ["rapid_mean", "routine", "rapid_headroom", "change", "cost", "quality"]
hold_tolerance = 1
extra_pa_budget = 1

[slots]
premium = []

[slots.minutes]
"Thu AM" = 195
"Thu LUNCH" = 60
"Thu PM" = 195

[calendar]
bank_holidays = "england"

[costs]
extra_pa = 6400
locum_session = 260
waiting_list_session = 310

[costs.staff]
8a = 68500
7 = 59500
6 = 51000
5 = 42500
"""

MSK_README = """
# Musculoskeletal physiotherapy (synthetic)

Eighteen posts on hours, bands 5 to 8a, one of them vacant; half-days of 225 minutes, documentation inside the session.
Two years of weekly referrals to the end of March 2027. Everything is made up by `models/make_models.py`.

What is interesting in it

- **Too many follow-ups, too few firsts**: follow-up treatment has 5 sessions a week to spare, while new assessments,
  advanced practice, rehabilitation after surgery and urgent spinal triage are each about 0.8 to 0.9 short.
- **Urgent spinal triage** (possible cauda equina) is promised within the week and sized at the 80th centile; the mean
  is met, the centile is not. Only the band 8a practitioners and `m04` may do it.
- **Pelvic health rests on one person and a half**: 1.4 sessions a week short, two people skilled, one private room.
- **First contact practitioners** in general practice are asked for every day alike; Monday has one too many and
  Thursday, a shorter day, is short.
- **In-service training** of the whole team on Thursday at lunchtime shortens both halves of Thursday to 195 minutes.
- **Hydrotherapy and classes** are fixed sessions in the pool and on the gym floor, which have no more half-days. They
  run when their physiotherapist is there, so 3 and 6 planned sessions deliver 2.4 and 4.8 a week.
- **Follow-up treatment can use cubicles or the bays beside the gym**; rehabilitation after surgery only the bays.
- **Five types of post that might be created** (`posts.csv`), for `capacity establish`. The training is at the hospital
  and nobody is on two sites in a day, so who is at it on Thursday cannot be in general practice then: only a first
  contact practitioner who is based there covers Thursday.
- **Roles**: a practice educator for each of two students, a rota lead who may change, the audit lead vacant. Bands 7
  and 8a have a larger SPA floor of their own (`core_spa_hours`); `clinical_share` is a target by band.

Left as findings: the plan of `m07` was last reviewed 14 months before the year starts, that of `m12` is not approved,
the service lead has three times the policy's tariff, and new pelvic health patients have no DNA rate.
"""


# -- anaesthetics ------------------------------------------------------------------------------------------------

# Interest of each consultant, in order: c01 to c46. Everybody also does what the last column of INTERESTS says.
INTERESTS = (
    ("cardiac", 7, "cardiac gen ent"),
    ("icu", 9, "icu cepod trauma gen"),
    ("obs", 8, "obs obs_list cepod gen day"),
    ("paeds", 7, "paeds ent day gen"),
    ("regional", 8, "ortho trauma day gen"),
    ("general", 4, "gen ent day remote preop ect"),
    ("pain", 3, "pain ortho day"),
)
SAS_INTERESTS = (("lists", 6, "gen day ortho trauma cepod"), ("labour", 4, "obs obs_list cepod day gen"),
                 ("clinic", 2, "preop day remote gen"))
PART_TIME = {"c03": 8, "c08": 8, "c12": 7, "c18": 6, "c20": 8, "c24": 8, "c26": 6, "c31": 7, "c35": 8, "c40": 6,
             "c45": 6, "s04": 8, "s09": 6}
DAY_OFF = {"c03": "Fri", "c08": "Wed", "c12": "Mon", "c18": "Mon Tue", "c20": "Thu", "c24": "Fri", "c26": "Wed Fri",
           "c31": "Mon", "c35": "Tue", "c40": "Thu Fri", "c45": "Mon Wed", "s04": "Fri", "s09": "Tue Thu"}
MORE_PA = {"c02": 11, "c05": 12, "c10": 11, "c14": 11, "c17": 11, "c22": 11, "c28": 11, "c33": 11, "c34": 11, "c38": 11}


def anaesthetics() -> Model:
    """Sixty people: theatre lists as fixed sessions, intensive care, labour ward, five rotas and two clinics."""
    model = Model("anaesthetics", ANAESTHETICS_SETTINGS, ANAESTHETICS_README)
    interests = _anaesthetics_people(model)
    _anaesthetics_work(model)
    _anaesthetics_rotas_and_roles(model, interests)
    _anaesthetics_plans(model)
    model.balance()
    return model


def _anaesthetics_work(model: Model) -> None:
    add = model.add
    lists = {"category": "DCC", "session_minutes": 240, "admin_minutes": 40}
    every = {"spread": "each_half_day", "slots": HALF_DAYS, **lists}
    emergency = {"tier": "rapid", "priority": 3, "covered": "yes", **every}
    all_day = {"blocks": "AM+PM", "covered": "yes", **every}
    add("activities", activity="cepod", name="Emergency theatre", room="emergency", sessions_per_week=10, min_people=6,
        **emergency)
    add("activities", activity="obs", name="Labour ward", sessions_per_week=10, min_people=6, **emergency)
    add("activities", activity="trauma", name="Trauma list", room="trauma", sessions_per_week=10, min_people=6,
        **emergency)
    add("activities", activity="icu", name="Intensive care, daytime", tier="rapid", priority=4, sessions_per_week=23,
        spread="each_half_day", slots=HALF_DAYS, min_people=6, **lists)
    add("activities", activity="cardiac", name="Cardiac list", priority=3, room="cardiac", sessions_per_week=20,
        min_people=4, min_sessions_per_year=40, **all_day)
    add("activities", activity="ortho", name="Orthopaedic list (regional anaesthesia)", priority=2, room="main",
        sessions_per_week=40, **all_day)
    add("activities", activity="gen", name="General, urology and vascular list", priority=2, room="main",
        sessions_per_week=84, **all_day)
    paeds_slots = slots("Mon Tue WedAM Thu FriAM")
    add("activities", activity="paeds", name="Children's list", priority=3, room="main;day_unit",
        sessions_per_week=16, spread="any", slots=paeds_slots, min_people=4, min_sessions_per_year=20,
        **lists)
    add("activities", activity="ent", name="Head and neck list", room="main", sessions_per_week=20,
        spread="each_day", slots=HALF_DAYS, **lists)
    add("activities", activity="day", name="Day surgery list", room="day_unit", sessions_per_week=30,
        spread="each_day", slots=HALF_DAYS, **lists)
    mornings = slots("MonAM TueAM WedAM ThuAM FriAM")
    add("activities", activity="obs_list", name="Planned caesarean list", priority=3, room="obstetric",
        sessions_per_week=5, spread="each_day", slots=mornings, covered="yes", min_people=4, **lists)
    add("activities", activity="remote", name="Imaging and endoscopy under anaesthesia", room="remote",
        sessions_per_week=4, spread="Mon AM=1;Tue PM=1;Thu AM=2", slots=slots("MonAM TuePM ThuAM"), **lists)
    add("activities", activity="ect", name="Electroconvulsive therapy list, annualised", sessions_per_week=0.75,
        slots=("Wed AM",), site="mental_health", **lists)
    clinic = {"category": "DCC", "session_minutes": 240, "contact_minutes": 210, "slots": HALF_DAYS}
    add("activities", activity="preop", name="High-risk pre-assessment clinic", priority=2, room="preop", **clinic)
    add("activities", activity="pain", name="Pain clinic", room="pain_room", min_people=2, **clinic)

    stream = {"period": "week"}
    add("streams", stream="preop_rapid", name="High-risk pre-assessment, cancer pathway", activity="preop",
        kind="rapid", series="preop", share=0.35, centile=0.8, contact_minutes=45, dna_rate=0.03, dna_rebooked=1,
        target_weeks=1, **stream)
    add("streams", stream="preop_routine", name="High-risk pre-assessment, other", activity="preop", kind="routine",
        series="preop", share=0.65, contact_minutes=45, removal_rate=0.05, dna_rate=0.07, dna_rebooked=0.8,
        target_weeks=6, **stream)
    add("streams", stream="pain_new", name="Pain clinic, new", activity="pain", kind="routine", series="pain",
        contact_minutes=45, removal_rate=0.08, dna_rate=0.11, dna_rebooked=0.5, target_weeks=18, waiting_now=240,
        **stream)
    add("streams", stream="pain_fu", name="Pain clinic, follow-up", activity="pain", kind="follow_up",
        contact_minutes=25, generated_by="pain_new", per_attendance=1.6, after_weeks=12, **stream)
    model.series("preop", 52, 1.8, 111)
    model.series("pain", 16, 1.6, 234)

    rooms = (("main", "Main theatres", 17, HALF_DAYS), ("day_unit", "Day surgery theatres", 6, HALF_DAYS),
             ("cardiac", "Cardiac theatres", 2, HALF_DAYS), ("emergency", "Emergency theatre", 1, HALF_DAYS),
             ("trauma", "Trauma theatre", 1, HALF_DAYS), ("obstetric", "Obstetric theatre", 1, HALF_DAYS),
             ("remote", "Imaging and endoscopy suite", 2, slots("MonAM TuePM ThuAM")),
             ("preop", "Pre-assessment rooms", 2, HALF_DAYS), ("pain_room", "Pain clinic room", 1, HALF_DAYS))
    for room, name, count, when in rooms:
        add("rooms", room=room, name=name, count=count, slots=when)


def _anaesthetics_people(model: Model) -> dict[str, list[str]]:
    """Add people and skills; return the people of each interest."""
    interests: dict[str, list[str]] = {}
    chance = random.Random(60)
    for letter, group, label, table in (("c", "consultant", "Consultant", INTERESTS),
                                        ("s", "sas", "Specialty doctor", SAS_INTERESTS)):
        number = 0
        for interest, count, skills in table:
            for _ in range(count):
                number += 1
                person = f"{letter}{number:02}"
                interests.setdefault(interest, []).append(person)
                contract = PART_TIME.get(person, MORE_PA.get(person, 10))
                reviewed = dt.date(2026, 9, 1) + dt.timedelta(days=int(chance.random() * 150))
                approved: dt.date | None = reviewed + dt.timedelta(days=14 + int(chance.random() * 30))
                if person in ("c16", "c37"):
                    reviewed, approved = dt.date(2026, 1, 20), dt.date(2026, 2, 17)
                if person in ("c23", "s07"):
                    approved = None
                most = 12 if contract in (11, 12) else contract + 1 if number % 4 == 2 else contract
                model.add("people", person=person, name=f"{label} {number:02}", staff_group=group,
                          grade="specialty_doctor" if group == "sas" else "consultant", contract_pa=contract,
                          max_pa=most, **_given(unavailable=slots(DAY_OFF.get(person, "")) or None),
                          reviewed_on=reviewed.isoformat(), **_given(approved_on=approved and approved.isoformat()))
                for skill in skills.split():
                    model.skill(person, skill)
    for number, hours, away in ((1, 30, "Fri"), (2, 22.5, "Wed Thu")):
        person = f"n{number:02}"
        model.add("people", person=person, name=f"Pre-assessment nurse {number:02}", staff_group="nurse", grade="7",
                  contract_hours=hours, **_given(unavailable=slots(away) or None), clinical_share=0.7,
                  reviewed_on="2026-11-10", approved_on="2026-12-08")
        model.skill(person, "preop", 0.75)
    for person in ("c16", "c30"):
        model.skill(person, "pain" if person == "c16" else "cardiac")
    return interests


def _anaesthetics_rotas_and_roles(model: Model, who: dict[str, list[str]]) -> None:
    def rota(name: str, label: str, kind: str, members: list[str], pa: float, **more: object) -> None:
        cells: Row = {"people_at_once": 1, "weeks_covered": 52, "pa_per_duty_week": pa, "prospective": "yes", **more}
        model.add("rotas", rota=name, name=label, kind=kind, members=members, **cells)

    rota("icu_week", "Intensive care week", "hot_week", who["icu"], 13, displaces="all", delivers="icu=10")
    rota("obs_call", "Obstetric on-call", "on_call", who["obs"], 7, displaces=("gen", "day"))
    rota("cardiac_call", "Cardiac on-call", "on_call", who["cardiac"], 6, displaces="none")
    rota("paeds_call", "Children's on-call", "on_call", who["paeds"], 5.5, displaces="none")
    rota("general_call", "General on-call", "on_call", who["regional"] + who["general"] + who["pain"], 12,
         displaces="none")
    rota("sas_call", "Specialty doctors' on-call", "on_call", who["lists"] + who["labour"], 8, displaces="none",
         prospective="no")

    def role(name: str, label: str, category: str, pa: float, held_by: str, eligible: str = "", **more: object) -> None:
        model.add("roles", role=name, name=label, category=category, tariff_pa=pa,
                  **{"holders": max(1, len(held_by.split())), **more},
                  **_given(eligible=tuple(eligible.split()) or None, held_by=tuple(held_by.split()) or None))

    role("clinical_director_20", "Clinical director", "ANR", 2, "c33", "c02 c14 c33")
    role("governance", "Governance lead", "SPA", 0.5, "", "c06 c13 c22 c28 c36 c38")
    role("college_tutor", "College tutor", "SPA", 0.5, "c27", "c22 c27 c36")
    role("rota_lead", "Rota lead", "SPA", 0.25, "c36", "c15 c21 c34 c36 s01", fixed="no")
    role("job_planning_lead", "Job planning lead", "SPA", 0.5, "c17", "c10 c17 c28")
    role("obs_lead", "Obstetric anaesthesia lead", "SPA", 0.25, "c19", "c17 c19 c21", fixed="no")
    role("preop_lead", "Pre-assessment lead", "SPA", 0.25, "c41", "c41 c42", fixed="no")
    role("supervision", "Educational supervision", "SPA", 0.25, "c01 c09 c14 c22 c29 c37",
         "c01 c04 c09 c11 c14 c22 c29 c32 c37", trainees=2)


EVERY_WEEK = (1, 2, 3, 4)
ODD_AND_EVEN = ((1, 3), (2, 4))
DEALING_ORDER = ("cardiac", "icu", "paeds", "obs", "obs_list", "pain", "cepod", "trauma", "remote", "preop", "ortho",
                 "gen", "ent", "day")


def _anaesthetics_plans(model: Model) -> None:
    """Deal the lists out: scarce skills first, each to the skilled person with most of the contract left."""
    dealer = _Dealer(model)
    dealer.reserve()
    model.plan("c42", "- ect 40/year")
    dealer.left["c42"] -= 40 * model.charge("c42", "ect", "-") / model.rule("c42")[1]
    weekly = {"icu": 22 - 10 * 52 / WEEKS_PER_YEAR, "remote": 3.2, "preop": 4.5, "pain": 5.0}
    part = {"cardiac": 0.9, "paeds": 0.9, "ortho": 0.95, "ent": 1.0, "gen": 0.96}
    busy_days = tuple(slot for slot in HALF_DAYS if slot not in ("Wed PM", "Fri PM"))
    dealer.deal("preop", dict.fromkeys(HALF_DAYS, 1.0), ("n01", "n02"))
    for activity in DEALING_ORDER:
        row = model.find("activities", activity)
        places = _list(row["slots"]) if "spread" in row else list(busy_days)
        total = weekly.get(activity, float(str(row.get("sessions_per_week", 0)))) * part.get(activity, 1.0)
        mornings = [slot for slot in places if "blocks" not in row or slot.endswith("AM")]
        dealer.deal(activity, {slot: total / len(places) for slot in mornings})
    for activity in ("gen", "ent", "day", "icu"):
        row = model.find("activities", activity)
        spare = [str(person["person"]) for person in model.tables["people"]]
        spare = [person for person in spare if person in dealer.skills[activity] and dealer.left[person] > 230]
        mornings = [slot for slot in HALF_DAYS if "blocks" not in row or slot.endswith("AM")]
        if spare:
            dealer.deal(activity, dict.fromkeys(mornings, 1.0), spare)


class _Dealer:
    """Deals sessions out to people with time left, within the rooms there are."""

    def __init__(self, model: Model):
        self.model = model
        self.left: dict[str, float] = {}
        self.busy: set[tuple[str, str, int]] = set()
        self.rooms: dict[tuple[str, str, int], int] = {}
        self.skills: dict[str, dict[str, float]] = {}
        for row in model.tables["skills"]:
            outputs = self.skills.setdefault(str(row["activity"]), {})
            outputs[str(row["person"])] = float(str(row.get("output", 1)))
        for row in model.tables["rooms"]:
            for slot in _list(row["slots"]):
                for week in EVERY_WEEK:
                    self.rooms[str(row["room"]), slot, week] = int(str(row["count"]))

    def reserve(self) -> None:
        """Place SPA and roles, and work out the minutes a week each person has left for sessions."""
        for index, row in enumerate(self.model.tables["people"]):
            person = str(row["person"])
            away = _list(row.get("unavailable"))
            open_slots = [slot for slot in HALF_DAYS if slot not in away]
            spa_slot = open_slots[(index * 3 + 1) % len(open_slots)]
            self.model.plan(person, f"{spa_slot} spa")
            if row["staff_group"] == "consultant":
                self.model.plan(person, "- spa 120m")
            self.busy |= {(person, slot, week) for slot in (*away, spa_slot) for week in EVERY_WEEK}
            for role in self.model.tables["roles"]:
                if person in _list(role.get("held_by")):
                    minutes = float(str(role["tariff_pa"])) * PA_MINUTES * int(str(role.get("trainees", 1)))
                    self.model.plan(person, f"- role:{role['role']} {minutes:.0f}m")
        self.left = {str(row["person"]): self.model.left(str(row["person"])) for row in self.model.tables["people"]}

    def deal(self, activity: str, needs: dict[str, float], people: Sequence[str] = ()) -> None:
        """Give out sessions of an activity until each half-day has what it needs, to these people if named."""
        for slot, need in needs.items():
            missing = need
            while missing > 0.2:
                given = 0.0
                for weeks in (EVERY_WEEK,) * (missing > 0.6) + ODD_AND_EVEN:
                    given = self._give(activity, slot, weeks, people)
                    if given:
                        break
                if not given:
                    break
                missing -= given

    def _give(self, activity: str, slot: str, weeks: tuple[int, ...], people: Sequence[str]) -> float:
        """Give one session, if there are somebody and a room; return what it delivers a week."""
        row = self.model.find("activities", activity)
        places = (slot, slot.replace("AM", "PM")) if "blocks" in row else (slot,)
        room = self._room(_list(row.get("room")), places, weeks)
        able = []
        for person in people or self.skills[activity]:
            cost = sum(self._cost(person, activity, place) for place in places) * len(weeks) / CYCLE
            free = not any((person, place, week) in self.busy for place in places for week in weeks)
            if free and self.left[person] >= cost and self._lighter(person, weeks):
                able.append((-self.left[person] / self.model.contract(person), person, cost))
        if room is None or not able:
            return 0.0
        _, person, cost = min(able)
        self.left[person] -= cost
        for place in places:
            named = "all" if weeks == EVERY_WEEK else ";".join(map(str, weeks))
            self.model.plan(person, f"{place} {activity} {named}")
            for week in weeks:
                self.busy.add((person, place, week))
                if room:
                    self.rooms[room, place, week] -= 1
        half_day = self.model.rule(person)[0]
        output = self.skills[activity][person] * min(1.0, half_day / 240)
        return len(weeks) / CYCLE * output * self.model.charged_weeks(person, activity) / WEEKS_PER_YEAR

    def _lighter(self, person: str, weeks: tuple[int, ...]) -> bool:
        """Whether the person has no more in these weeks than in the others."""
        load = {week: sum(1 for key in self.busy if key[0] == person and key[2] == week) for week in EVERY_WEEK}
        return len(weeks) == CYCLE or load[weeks[0]] <= min(load.values())

    def _room(self, rooms: list[str], places: tuple[str, ...], weeks: tuple[int, ...]) -> str | None:
        """Room free in all these half-days; empty where none is needed, None where there is none."""
        if not rooms:
            return ""
        open_rooms = [room for room in rooms if all(self.rooms.get((room, p, w), 0) for p in places for w in weeks)]
        return open_rooms[0] if open_rooms else None

    def _cost(self, person: str, activity: str, slot: str) -> float:
        weeks = self.model.rule(person)[1]
        return self.model.charge(person, activity, slot) * self.model.charged_weeks(person, activity) / weeks


ANAESTHETICS_SETTINGS = f"""
schema = 1
id = "anaesthetics"
name = "Anaesthetics (synthetic)"
year_starts = {YEAR_STARTS}
cycle_weeks = {CYCLE}
policy = "england-consultant-2003"

[policies]
sas = "england-sas-2021"
nurse = "afc-hours"

[objective]
tiers = ["rapid_mean", "routine", "rapid_headroom", "change", "cost", "quality"]
hold_tolerance = 1
extra_pa_budget = 4

[calendar]
bank_holidays = "england"
{COSTS}
[costs.staff]
consultant = 148000
sas = 104000
7 = 59500
"""

ANAESTHETICS_README = """
# Anaesthetics (synthetic)

Sixty people of a large hospital: 46 consultants in seven interests, 12 specialty doctors and two pre-assessment nurses,
a fifth of them part-time. Work is lists, asked for as fixed sessions; only two clinics have referrals. Everything is
made up by `models/make_models.py`, which deals the plans in force out by rule.

What is interesting in it

- **Covered lists**: emergency theatre, trauma, labour ward and the main, cardiac and caesarean lists run every week of
  the year, so one costs its holders 52.18 weeks of charge in 42 weeks present. Children's, head and neck, day surgery
  and imaging lists stop when the anaesthetist is away.
- **All-day blocks**: cardiac, orthopaedic and general lists have the same person morning and afternoon.
- **Where the requirement falls**: the same every half-day for emergencies and main theatres, every day for day surgery,
  named half-days for imaging (`Mon AM=1;Tue PM=1;Thu AM=2`).
- **A modest gap of about 4 %**: children's lists 3 sessions a week short, day surgery 4, head and neck 3, high-risk
  pre-assessment 3, while intensive care has 4 to spare, though not in every half-day. Children's lists need one of
  seven people.
- **Five on-call rotas and an intensive care week.** The intensive care week displaces all and delivers ten sessions;
  the obstetric on-call week displaces general and day lists; the others displace nothing. The specialty doctors' rota
  is not covered prospectively and leaves ten weeks of the year with nobody on: a finding.
- **An annualised list**: electroconvulsive therapy, 40 sessions a year, without a fixed place in the week.
- **Roles**: a clinical director with two PAs, six supervisors with two trainees each, the governance lead vacant.

Left as findings: two plans last reviewed 14 months before the year starts, two not approved, nurses with more SPA than
their floor, and no DNA rate for follow-ups of the pain clinic.
"""


# fmt: on

MODELS = (respiratory, msk_physiotherapy, anaesthetics)


def write(folder: Path) -> None:
    """Write every model below ``folder``, replacing the files of the same name."""
    for make in MODELS:
        model = make()
        target = folder / model.id
        target.mkdir(parents=True, exist_ok=True)
        for name, text in model.files().items():
            (target / name).write_text(text, encoding="utf-8", newline="\n")


def main(arguments: Iterable[str] | None = None) -> None:
    """Write the models from the command line."""
    parser = argparse.ArgumentParser(description="Write the synthetic service models.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write to")
    write(parser.parse_args(None if arguments is None else list(arguments)).out)


if __name__ == "__main__":
    main()
