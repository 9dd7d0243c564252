"""Every default used where a cell was blank: what is assumed, for whom, and where the value comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from capacity.errors import Finding
from capacity.service.model import Service
from capacity.service.resolved import HOURS_POLICY, is_reserved
from capacity.units import NO_FIXED_SLOT

RULE = "default_used"
CONTRACT = "inputs: default of the column"
SHOWN = 6


@dataclass(frozen=True)
class Default:
    """What a blank cell of one column means, for the rows it matters to."""

    table: str
    column: str
    assumed: str
    source: str = CONTRACT
    matters: Callable[[Any, Service], bool] = lambda row, service: True


def _booked(rate: str) -> Callable[[Any, Service], bool]:
    """A rebooked or refilled share matters only where its rate is given."""
    return lambda row, service: bool(getattr(row, rate))


def _no_room_among_sites(row: Any, service: Service) -> bool:
    """Whether an activity without a room could be at one of several sites."""
    places = [*(room.site for room in service.rooms), *(activity.site for activity in service.activities)]
    return not row.room and any(places)


def _supervised(row: Any, service: Service) -> bool:
    return bool(row.supervised_by)


def _clinical(row: Any, service: Service) -> bool:
    return bool(row.category == "DCC")


def _has_streams(row: Any, service: Service) -> bool:
    return any(stream.activity == row.activity for stream in service.streams)


def _daily(row: Any, service: Service) -> bool:
    rapid = (stream for stream in service.streams if stream.activity == row.activity and stream.kind == "rapid")
    return any(stream.period == "day" for stream in rapid)


def _rapid(row: Any, service: Service) -> bool:
    return any(stream.activity == row.activity and stream.kind == "rapid" for stream in service.streams)


def _dna_known(row: Any, service: Service) -> bool:
    return bool(row.dna_rate) or _by_lead(row, service)


def _by_lead(row: Any, service: Service) -> bool:
    """Whether dna_by_lead.csv says the stream's DNA."""
    return any(band.stream == row.stream for band in service.dna_by_lead)


def _loses(row: Any, service: Service) -> bool:
    """Whether some bookings are lost, so that rebooking matters."""
    rates = (row.short_notice_rate, row.notice_rate, row.hospital_rate)
    return any(rates) or _dna_known(row, service)


def _generated(row: Any, service: Service) -> bool:
    return row.generated_by is not None


def _planned(row: Any, service: Service) -> bool:
    wanted = row.planned if row.planned is not None else row.staff_group != "resident"
    return bool(wanted and row.kind != "vacant")


DEFAULTS: tuple[Default, ...] = (
    Default("activities", "tier", "rapid, because a stream is rapid", matters=_rapid),
    Default("activities", "tier", "routine", matters=lambda row, service: not _rapid(row, service)),
    Default("activities", "priority", "1"),
    Default("activities", "session_minutes", "the length of the half-day"),
    Default(
        "activities", "admin_minutes", "admin per attendance of its streams, else the policy's", "policy", _clinical
    ),
    Default("activities", "room", "no room is needed: not limited by rooms"),
    Default("activities", "slots", "the half-days it runs in now, else Monday to Friday", "job_plans.csv"),
    Default("activities", "team", "one skilled person"),
    Default("activities", "site", "main", matters=_no_room_among_sites),
    Default("activities", "spread", "each_day, because of a daily promise", matters=_daily),
    Default("activities", "spread", "any half-day", matters=lambda row, service: not _daily(row, service)),
    Default("activities", "covered", "no: it does not run when the person is away", matters=_clinical),
    Default("activities", "min_people", "1", matters=_clinical),
    Default("activities", "min_sessions_per_year", "0", matters=_clinical),
    Default("streams", "series", "its own id", matters=lambda row, service: not _generated(row, service)),
    Default("streams", "share", "1", matters=lambda row, service: not _generated(row, service)),
    Default("streams", "period", "week"),
    Default("streams", "centile", "0.8, because the stream is rapid", matters=lambda row, service: row.kind == "rapid"),
    Default("streams", "centile", "sized at the mean", matters=lambda row, service: row.kind != "rapid"),
    Default(
        "streams", "admin_minutes", "0 per attendance", matters=lambda row, service: not _session_admin(row, service)
    ),
    Default("streams", "removal_rate", "0: everyone needs a slot"),
    Default("streams", "travel_minutes", "0 per attendance"),
    Default("streams", "triage_minutes", "0 per referral"),
    Default(
        "streams",
        "dna_rate",
        "not given (not measured as zero): none is counted",
        matters=lambda row, service: not _by_lead(row, service),
    ),
    Default("streams", "dna_rate", "the mean of its rates by lead", "dna_by_lead.csv", _by_lead),
    Default("streams", "dna_basis", "bookings: DNA of all bookings", matters=_dna_known),
    Default("streams", "dna_rebooked", "1: all are rebooked", matters=_dna_known),
    Default("streams", "short_notice_rate", "0"),
    Default("streams", "short_notice_rebooked", "1", matters=_booked("short_notice_rate")),
    Default("streams", "short_notice_refilled", "0", matters=_booked("short_notice_rate")),
    Default("streams", "notice_rate", "0"),
    Default("streams", "notice_rebooked", "1", matters=_booked("notice_rate")),
    Default("streams", "notice_refilled", "1", matters=_booked("notice_rate")),
    Default("streams", "hospital_rate", "0"),
    Default("streams", "hospital_rebooked", "1", matters=_booked("hospital_rate")),
    Default("streams", "hospital_refilled", "0", matters=_booked("hospital_rate")),
    Default("streams", "max_rebookings", "no cap: booked again as often as it takes", matters=_loses),
    Default("streams", "unbooked_rate", "0: every slot is filled"),
    Default("streams", "overbooking_rate", "0: nobody beyond the slots"),
    Default("streams", "patients_per_slot", "1"),
    Default("streams", "staff_per_contact", "1"),
    Default("streams", "per_attendance", "1 for each attendance", "assumed", _generated),
    Default("streams", "after_weeks", "0: in the same week", matters=_generated),
    Default("streams", "growth_rate", "0"),
    Default("streams", "target_share", "0.92", matters=lambda row, service: row.target_weeks is not None),
    Default("streams", "clear_weeks", "26", matters=lambda row, service: row.waiting_now is not None),
    Default("dna_by_lead", "days_to", "and more"),
    Default("templates", "ring_fenced", "no: its slots can be used by other streams"),
    Default("templates", "unit", "patients"),
    Default("templates", "units_per_attendance", "1", matters=lambda row, service: row.unit != "points"),
    Default("people", "paid_pa", "the contract"),
    Default("people", "opted_out_48h", "no: the 48 hour ceiling applies", matters=_planned),
    Default("people", "unavailable", "none: any half-day of the service", matters=_planned),
    Default("people", "max_days", "the days worked now or those the contract fills, at most 5", matters=_planned),
    Default("people", "premium_consent", "no: no premium half-days", matters=_planned),
    Default(
        "people", "planned", "no, for doctors in training", matters=lambda row, service: not _planned(row, service)
    ),
    Default("people", "planned", "yes: a job plan is proposed", matters=_planned),
    Default("people", "kind", "substantive"),
    Default("people", "funded", "yes"),
    Default("people", "from_", "the start of the plan year"),
    Default("people", "to", "the end of the plan year"),
    Default("skills", "output", "1: a full session's contacts"),
    Default("skills", "supervisor_output", "0.8 of the supervisor's own yield", matters=_supervised),
    Default("rooms", "count", "1"),
    Default("rooms", "slots", "Monday to Friday, AM and PM"),
    Default("rooms", "weeks", "every week of the cycle"),
    Default("equipment", "count", "1"),
    Default("equipment", "slots", "Monday to Friday, AM and PM"),
    Default("equipment", "weeks", "every week of the cycle"),
    Default("rotas", "people_at_once", "1"),
    Default("rotas", "weeks_covered", "52"),
    Default("rotas", "displaces", "all", matters=lambda row, service: row.kind == "hot_week"),
    Default("rotas", "displaces", "none", matters=lambda row, service: row.kind != "hot_week"),
    Default("rotas", "prospective", "yes: members cover each other's leave"),
    Default("roles", "holders", "1"),
    Default(
        "roles",
        "split",
        "no: each holder has the whole tariff",
        matters=lambda row, service: row.holders not in (None, 1),
    ),
    Default("roles", "fixed", "yes: those appointed stay", matters=lambda row, service: bool(row.held_by)),
)
"""Columns with a fixed default, in the order of the files. Those that depend on a policy are worked out below."""


def _session_admin(row: Any, service: Service) -> bool:
    """Whether admin is given per session, so that none per attendance is expected."""
    used = [activity for activity in service.activities if activity.activity == row.activity]
    return any(activity.admin_minutes is not None for activity in used)


def defaults_used(service: Service) -> tuple[Finding, ...]:
    """Return one finding for each column with blank cells: how many, whose, what is assumed and why."""
    found = list(_of_settings(service))
    for default in DEFAULTS:
        rows = getattr(service, default.table)
        relevant = [row for row in rows if default.matters(row, service)]
        blank = [row for row in relevant if getattr(row, default.column) in (None, ())]
        found += _finding(default.table, default.column, default.assumed, default.source, blank, len(rows))
    return (*found, *_of_people(service), *_of_roles_and_rotas(service), *_of_job_plans(service))


def _finding(table: str, column: str, assumed: str, source: str, blank: Sequence[Any], of: int) -> Iterator[Finding]:
    if blank:
        names = [_id(row) for row in blank]
        yield _named(f"{table}.csv {column.rstrip('_')}", assumed, source, names, of)


def _named(subject: str, assumed: str, source: str, names: Sequence[str], of: int) -> Finding:
    whose = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    who = "all" if len(names) == of > SHOWN else whose
    return Finding(RULE, subject, f"blank for {len(names)} of {of} ({who}); taken as {assumed}", source=source)


def _id(row: Any) -> str:
    name = str(getattr(row, next(iter(type(row).model_fields))))
    return f"{name} {row.activity}" if hasattr(row, "max_per_week") else name


def _of_settings(service: Service) -> Iterator[Finding]:
    for section, names in {
        "objective": ("tiers", "hold_tolerance", "extra_pa_budget", "include_backlog"),
        "calendar": ("bank_holidays", "max_simultaneous_leave"),
        "sizing": ("estimator",),
    }.items():
        part = getattr(service, section)
        for name in names:
            if name not in part.model_fields_set:
                value = service.hold_tolerance if name == "hold_tolerance" else getattr(part, name)
                message = f"not given; taken as {_said(value)}"
                yield Finding(RULE, f"service.toml {section}.{name}", message, source=CONTRACT)


def _said(value: Any) -> str:
    """Write the default of a setting in words."""
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)


def _of_people(service: Service) -> Iterator[Finding]:
    """Defaults that come from each person's policy: one finding a policy."""
    of = len(service.people)
    no_policy = [row for row in service.people if row.staff_group not in service.policies]
    hours = [row for row in no_policy if row.contract_hours is not None]
    yield from _people(service, hours, "policies", f"{HOURS_POLICY}, for contracts in hours", CONTRACT)
    rest = [row for row in no_policy if row.contract_hours is None]
    yield from _people(service, rest, "policies", f"the service's policy, {service.policy}", "service.toml policy")
    extra = [row for row in service.people if row.max_pa is None and row.max_hours is None]
    if extra:
        yield _named("people.csv max_pa", "the contract: no extra time", CONTRACT, [row.person for row in extra], of)
    for name, policy in service.policy_tables.items():
        mine = [row for row in service.people if _policy_name(service, row) == name]
        floor = [row.person for row in mine if row.core_spa_pa is None and row.core_spa_hours is None]
        if floor:
            sourced = policy.core_spa_bands or policy.core_spa_share
            source = sourced.source if sourced is not None else f"policy {name}"
            yield _named("people.csv core_spa", f"the floor of {name}", source, floor, of)
        bands = policy.clinical_share_by_band
        by_band = bands.value if bands is not None else {}
        share = [row.person for row in mine if row.clinical_share is None and row.grade in by_band]
        if bands is not None and share:
            yield _named("people.csv clinical_share", f"the target of the band in {name}", bands.source, share, of)
        weeks = [row.person for row in mine if row.working_weeks is None]
        if weeks and policy.working_weeks is not None:
            said = f"{policy.working_weeks.value:g} weeks present a year, of {name}"
            yield _named("people.csv working_weeks", said, policy.working_weeks.source, weeks, of)
        elif weeks:
            said = f"52.18 weeks less leave, study leave and sickness of {name}"
            yield _named("people.csv working_weeks", said, policy.annual_leave_weeks.source, weeks, of)


def _people(service: Service, rows: Sequence[Any], column: str, assumed: str, source: str) -> Iterator[Finding]:
    groups = sorted({row.staff_group for row in rows})
    if groups:
        subject = f"service.toml {column}"
        yield Finding(RULE, subject, f"none for {', '.join(groups)}; taken as {assumed}", source=source)


def _policy_name(service: Service, person: Any) -> str:
    name = service.policies.get(person.staff_group)
    return name or (HOURS_POLICY if person.contract_hours is not None else service.policy)


def _of_roles_and_rotas(service: Service) -> Iterator[Finding]:
    policy = service.policy_tables.get(service.policy)
    tariffs = policy.tariffs if policy is not None else {}
    for role in service.roles:
        tariff = tariffs.get(role.role)
        if role.tariff_pa is None and tariff is not None:
            message = f"blank for {role.role}; taken as {tariff.value.pa:g} PA, the policy's tariff"
            yield Finding(RULE, "roles.csv tariff_pa", message, source=tariff.source)
        if not role.eligible:
            groups = tariff.value.staff_groups if tariff is not None else ()
            who = f"staff groups {', '.join(groups)}" if groups else "everyone except doctors in training"
            message = f"blank for {role.role}; taken as {who}"
            yield Finding(RULE, "roles.csv eligible", message, source=f"policy {service.policy}")
    for rota in service.rotas:
        if rota.share == "pro_rata" or rota.duty_weeks:
            continue
        silent = [name for name in rota.members if name not in {part.person for part in rota.share}]
        if silent:
            what = "equal shares" if not rota.share else f"equal parts of what is left for {', '.join(silent)}"
            yield Finding(RULE, "rotas.csv share", f"blank for {rota.rota}; taken as {what}", source=CONTRACT)


def _of_job_plans(service: Service) -> Iterator[Finding]:
    rows = [row for row in service.job_plans if row.slot != NO_FIXED_SLOT and row.minutes is None]
    for reserved, assumed in (
        (False, "the activity's session_minutes"),
        (True, "what is left of the half-day"),
    ):
        count = sum(1 for row in rows if is_reserved(row.activity) == reserved)
        if count:
            what = "reserved time" if reserved else "sessions"
            message = f"blank for {count} rows of {what}; taken as {assumed}"
            yield Finding(RULE, "job_plans.csv minutes", message, source=CONTRACT)
