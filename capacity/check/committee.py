"""What a consistency committee asks besides the rules: shares, admin, on-call credit, places, objectives, allowances.

These are questions, not rules: a plan may have good reasons. They stand in the consistency report and not among the
findings of every page.
"""

from __future__ import annotations

from collections.abc import Iterator

from capacity.check.case import Case, listed, sentence
from capacity.check.findings import CHECKS as IN_FORCE
from capacity.check.findings import GUIDE, PLACEMENT_RULES, TERMS, TIME_RULES, cases_in_force, check_plan_in_force
from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.service.model import ROLE_PREFIX, Service
from capacity.units import WEEKS_PER_YEAR

BAND = 0.1
"""Share of DCC and SPA together by which SPA may differ from the policy's typical split."""
ADMIN = 0.5
"""Part of the policy's admin by which an activity's may differ."""
CREDIT = 0.1
"""PAs by which typed on-call time may differ from the rota's credit."""
LOCAL = "local default of the program, not a national rule"


def dcc_spa_band(case: Case) -> Iterator[Finding]:
    """SPA is about the share of the week that the contract's typical split gives it."""
    for person in case.people:
        split = case.facts.policy(person).dcc_spa_split
        year = case.table.year(person)
        if split is None or not case.table.by_person.get(person) or year.charge <= 0:
            continue
        weeks, pa = case.facts.weeks_present(person), case.facts.pa(person)
        spa = case.table.weekly_of(person, "spa") + _roles(case, person, "SPA")
        dcc = year.charge / weeks - spa - _roles(case, person, "ANR") - _roles(case, person, "ED")
        dcc -= case.table.weekly_of(person, "flexible")
        share, typical = spa / (spa + dcc) if spa + dcc > 0 else 0.0, split.value[1] / sum(split.value)
        if abs(share - typical) > BAND:
            message = f"SPA is {share:.0%} of DCC and SPA ({spa / pa:.2f} of {(spa + dcc) / pa:.2f} PA)"
            allowed = f"{typical - BAND:.0%} to {typical + BAND:.0%}"
            source, over = f"{split.source}; the width of the band: {LOCAL}", spa - typical * (spa + dcc)
            yield Finding("dcc_spa_band", person, message, f"{share:.0%}", allowed, source, over)


def _roles(case: Case, person: str, category: str) -> float:
    held = [role for role, what in case.facts.roles.items() if what.category == category]
    return sum(case.table.weekly_of(person, f"{ROLE_PREFIX}{role}") for role in held)


def admin_ratio(case: Case) -> Iterator[Finding]:
    """Admin of a clinic is about what the policy gives a session."""
    service = case.facts.service
    usual = float(service.policy_tables[service.policy].session_admin_minutes.value)
    for activity in service.activities:
        given = activity.admin_minutes
        if given is None or activity.category != "DCC" or usual <= 0 or activity.contact_minutes is None:
            continue
        if abs(given - usual) > ADMIN * usual and any(row.activity == activity.activity for row in service.streams):
            message = f"{activity.activity} has {given:g} minutes of admin a session, the policy {usual:g}"
            allowed = f"{usual * (1 - ADMIN):g} to {usual * (1 + ADMIN):g}, or inside the session"
            source = service.policy_tables[service.policy].session_admin_minutes.source
            yield Finding(
                "admin_ratio",
                activity.activity,
                message,
                f"{given:g}",
                allowed,
                f"{source}; the width: {LOCAL}",
                given - usual,
            )


def on_call_credit(case: Case) -> Iterator[Finding]:
    """On-call time typed in a plan is the credit of its rotas."""
    service = case.facts.service
    for person in case.people:
        typed = [row for row in case.table.by_person.get(person, ()) if row.activity == "on_call"]
        rotas = [rota for rota in service.rotas if rota.kind == "on_call" and person in rota.members]
        if not typed or not rotas:
            continue
        pa = case.facts.pa(person)
        credit = sum(case.facts.duty_weeks(person, rota) * rota.pa_per_duty_week for rota in rotas) / WEEKS_PER_YEAR
        found = case.table.weekly_of(person, "on_call") / pa
        if abs(found - credit) > CREDIT:
            message = f"{found:.2f} PA of on-call typed, the rota's credit is {credit:.2f} PA a calendar week"
            yield Finding(
                "on_call_credit", person, message, f"{found:.2f}", f"{credit:.2f}", TERMS, (found - credit) * pa
            )


def place_and_output(case: Case) -> Iterator[Finding]:
    """Every clinical activity has a place, and an output that is expected of it."""
    service = case.facts.service
    fed = {row.activity for row in service.streams}
    for activity in service.activities:
        if activity.category != "DCC" or not case.table.doing(activity.activity):
            continue
        if not activity.room and activity.site is None:
            message = f"{activity.activity} names neither a room nor a site"
            yield Finding("place_missing", activity.activity, message, "no place", "room or site", GUIDE)
        if activity.activity not in fed and activity.contact_minutes is None:
            message = f"{activity.activity} says nothing of what a session is expected to deliver"
            yield Finding(
                "output_missing", activity.activity, message, "no output", "streams, or contact_minutes", GUIDE
            )


def extra_without_end(case: Case) -> Iterator[Finding]:
    """Paid time above contract has an end date."""
    for person in case.people:
        who = case.facts.people[person]
        contract = case.facts.contract(person) / case.facts.pa(person)
        if who.paid_pa is not None and who.paid_pa > contract + 0.01 and who.to is None:
            message = f"is paid {who.paid_pa:g} PA for a contract of {contract:g} with no end date"
            minutes = (who.paid_pa - contract) * case.facts.pa(person)
            yield Finding(
                "extra_without_end",
                person,
                message,
                f"{who.paid_pa:g}",
                f"{contract:g}, or a date in to",
                GUIDE,
                minutes,
            )


def weeks_differ(case: Case) -> Iterator[Finding]:
    """Weeks present are those of the policy."""
    for person in case.people:
        given = case.facts.people[person].working_weeks
        policy = case.facts.policy(person)
        if given is not None and policy.working_weeks is not None and abs(given - policy.working_weeks.value) > 1:
            usual = policy.working_weeks.value
            message = f"is planned for {given:g} weeks a year, the policy for {usual:g}"
            yield Finding("weeks_differ", person, message, f"{given:g}", f"{usual:g}", policy.working_weeks.source)


def no_sickness(case: Case) -> Iterator[Finding]:
    """Weeks present leave something for sickness."""
    without: dict[str, list[str]] = {}
    for person in case.people:
        policy = case.facts.policy(person)
        if case.facts.people[person].working_weeks is None and not policy.sickness_share.value:
            without.setdefault(policy.name, []).append(person)
    for name, people in without.items():
        message = f"{name} allows nothing for sickness in the weeks of {len(people)}: {listed(people)}"
        yield Finding("no_sickness", "team", message, "0", "a share of the weeks", GUIDE)


def no_objectives(case: Case) -> Iterator[Finding]:
    """Everyone has objectives of their own (never a measure of performance)."""
    have = {row.person for row in case.facts.service.objectives if row.level == "person"}
    without = [person for person in case.people if person not in have]
    if without:
        message = f"{len(without)} of {len(case.people)} without an objective of their own: {listed(without)}"
        yield Finding("no_objectives", "team", message, f"{len(without)}", "0", GUIDE)


CHECKS = (
    dcc_spa_band, admin_ratio, on_call_credit, place_and_output, extra_without_end, weeks_differ, no_sickness,
    no_objectives,
)  # fmt: skip


def consistency(service: Service, demand: Demand) -> tuple[Finding, ...]:
    """Return every finding of the plans in force: rules, consistency checks, and the questions of this page."""
    _, planned = cases_in_force(service, demand)
    asked = (finding for check in CHECKS for finding in check(planned))
    return (*check_plan_in_force(service, demand), *asked)


def questions() -> dict[str, str]:
    """Every check that :func:`consistency` makes, by the id of its findings, in a sentence."""
    checks = (*PLACEMENT_RULES, *TIME_RULES, *IN_FORCE, *CHECKS)
    named = {check.__name__: sentence(check) for check in checks}
    named["role_vacant"] = named.pop("role_claims")
    named |= {
        "role_claimed_twice": "A role is claimed by no more people than it is for.",
        "role_without_holder": "Who charges a role holds it.",
        "role_not_charged": "Who holds a role is charged its tariff.",
        "output_missing": "Every clinical activity says what a session is expected to deliver.",
    }
    named["place_missing"] = "Every clinical activity names a room or a site."
    named.pop("place_and_output")
    return named
