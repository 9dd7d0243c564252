"""Consistency checks of the plans in force: what a job-planning committee would ask about, as findings.

The reader may meet any plan here, so nothing is refused; a check that cannot be made says nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

from capacity.check import contracts, personal, placement, together
from capacity.check.case import Broken, Case, Rule, listed, sentence
from capacity.check.contracts import HALF_A_MINUTE
from capacity.check.facts import EPSILON, Facts, is_reserved
from capacity.check.timetable import Timetable
from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import TeamPlan
from capacity.service.model import ROLE_PREFIX, Service
from capacity.service.places import findings_in_place
from capacity.units import NO_FIXED_SLOT

GUIDE = "NHS England, E-job planning the clinical workforce (2023)"
TERMS = "job-planning rules of the program; terms of the person's policy"

SMALLEST_WEEKS = 0.5
"""Duty weeks a year over pro rata that are worth a finding."""

PLACEMENT_RULES: tuple[Rule, ...] = (
    placement.once_per_half_day,
    placement.half_day_holds,
    placement.activity_slots,
    placement.session_minutes,
    placement.rooms_enough,
    placement.skills,
    placement.unavailable,
    placement.premium_consent,
    placement.joint_everyone,
    placement.all_day_blocks,
    placement.cover_placed,
    *together.RULES,
    contracts.role_eligible,
    contracts.max_per_week,
    contracts.min_people,
    contracts.min_sessions_per_year,
)
"""Rules of a proposed plan that are findings in the plan in force of everyone in post."""
TIME_RULES: tuple[Rule, ...] = (
    placement.max_days,
    contracts.ceiling_pa,
    contracts.ceiling_hours,
    contracts.core_spa,
    contracts.heaviest_week,
    personal.weekends,
    personal.out_of_hours,
    personal.trainees,
)
"""The same for people who have a job plan; doctors in training and ward-only staff (planned = no) do not."""

Check = Callable[[Case], Iterator[Finding]]


def contract_sum(case: Case) -> Iterator[Finding]:
    """The job plan adds up to the contract."""
    for person in case.people:
        if not case.table.by_person.get(person):
            yield Finding("contract_sum", person, "has no job plan in force", "no rows", "a job plan", GUIDE)
            continue
        found = case.table.year(person).charge / case.facts.weeks_present(person)
        contract = case.facts.contract(person)
        if abs(found - contract) > HALF_A_MINUTE + EPSILON:
            unit = 60.0 if case.facts.people[person].contract_hours is not None else float(case.facts.pa(person))
            name = "hours" if unit == 60.0 else "PA"
            message = f"the job plan adds up to {found / unit:.2f} {name}, the contract is {contract / unit:g} {name}"
            yield Finding("contract_sum", person, message, f"{found:.1f}", f"{contract:g}", TERMS, found - contract)


def paid_pa(case: Case) -> Iterator[Finding]:
    """What payroll pays is what is planned."""
    for person in case.people:
        paid, planned = case.facts.people[person].paid_pa, case.table.year(person).charge
        planned /= case.facts.weeks_present(person) * case.facts.pa(person)
        if paid is not None and case.table.by_person.get(person) and abs(paid - planned) > 0.1:
            message = f"is paid {paid:g} PA and planned {planned:.2f} PA"
            minutes = (planned - paid) * case.facts.pa(person)
            yield Finding("paid_pa", person, message, f"{paid:g}", f"{planned:.2f}", GUIDE, minutes)


def _total_spa(case: Case, person: str) -> float:
    """SPA of every kind, in minutes a week: SPA rows, SPA roles and activities of category SPA."""
    facts, total = case.facts, 0.0
    for row in case.table.by_person.get(person, ()):
        role = facts.roles.get(row.activity.removeprefix(ROLE_PREFIX)) if is_reserved(row.activity) else None
        if row.activity == "spa" or (role is not None and role.category == "SPA"):
            total += case.table.weekly(row)
        elif is_reserved(row.activity) or facts.activities[row.activity].category != "SPA":
            continue
        elif row.slot != NO_FIXED_SLOT:
            charge = facts.session(person, row.activity, row.slot, row.minutes).charge
            total += charge * len(facts.row_weeks(row)) / facts.cycle
    return total


def low_spa(case: Case) -> Iterator[Finding]:
    """A total SPA at or under the policy's line is a risk to revalidation."""
    low: dict[float, list[str]] = {}
    for person in case.people:
        line = case.facts.policy(person).total_spa_flag_pa
        if line is not None and _total_spa(case, person) <= line.value * case.facts.pa(person) + EPSILON:
            low.setdefault(line.value, []).append(person)
    for value, people in low.items():
        message = f"{len(people)} with a total SPA of {value:g} PA or less, a risk to revalidation: {listed(people)}"
        source = case.facts.policy(people[0]).total_spa_flag_pa
        yield Finding("low_spa", "team", message, listed(people), f"{value:g}", "" if source is None else source.source)


def spa_above_core(case: Case) -> Iterator[Finding]:
    """SPA above the core has a named role."""
    for person in case.people:
        found, core = case.table.weekly_of(person, "spa"), case.facts.core_spa(person)
        if found > core + HALF_A_MINUTE + EPSILON:
            message = f"has {found:g} minutes a week of SPA where core SPA is {core:g}: name the role for the rest"
            yield Finding("spa_above_core", person, message, f"{found:g}", f"{core:g}", GUIDE, found - core)


def role_tariff(case: Case) -> Iterator[Finding]:
    """A role's tariff is the policy's."""
    for role, what in case.facts.roles.items():
        shipped = case.facts.service.policy_tables[case.facts.service.policy].tariffs.get(role)
        if shipped is not None and what.tariff_pa is not None and abs(shipped.value.pa - what.tariff_pa) > EPSILON:
            message = f"the tariff is {what.tariff_pa:g} PA, the policy's {shipped.value.pa:g} PA"
            minutes = (what.tariff_pa - shipped.value.pa) * 240
            yield Finding(
                "role_tariff", role, message, f"{what.tariff_pa:g}", f"{shipped.value.pa:g}", shipped.source, minutes
            )
        elif shipped is None and what.tariff_pa is None:
            message = "has no tariff, here or in the policy: nothing is charged for it"
            yield Finding("role_tariff", role, message, "no tariff", "tariff_pa", TERMS)


def role_claims(case: Case) -> Iterator[Finding]:
    """A role is claimed by exactly the people who hold it."""
    for role, what in case.facts.roles.items():
        if what.max_trainees is not None:
            continue  # personal.trainees
        wanted, held = case.facts.role_holders(what), set(what.held_by)
        claimed = {row.person for row in case.table.rows if row.activity == f"{ROLE_PREFIX}{role}"}
        if len(held) < wanted:
            message = f"is held by {len(held)} of {wanted}: {wanted - len(held)} vacant"
            yield Finding("role_vacant", role, message, f"{len(held)}", f"{wanted}", GUIDE)
        if len(held) > wanted or len(claimed) > wanted:
            message = f"is claimed by {listed(held | claimed)}; it is for {wanted}"
            yield Finding("role_claimed_twice", role, message, f"{len(held | claimed)}", f"{wanted}", GUIDE)
        for person in sorted(claimed - held):
            message = f"charges {role} and is not among those who hold it ({listed(held)})"
            yield Finding("role_without_holder", person, message, person, listed(held), GUIDE)
        for person in sorted(p for p in held if p in case.people):
            found = case.table.weekly_of(person, f"{ROLE_PREFIX}{role}")
            tariff = case.facts.role_pa(what) * case.facts.pa(person)
            if abs(found - tariff) > HALF_A_MINUTE + EPSILON:
                message = f"holds {role}, charged {found:g} minutes a week where its tariff is {tariff:g}"
                yield Finding("role_not_charged", person, message, f"{found:g}", f"{tariff:g}", GUIDE, found - tariff)


def active_plan(case: Case) -> Iterator[Finding]:
    """A job plan was reviewed and approved in the last 12 months."""
    starts = case.facts.service.year_starts
    earliest = dt.date(starts.year - 1, starts.month, min(starts.day, 28) if starts.month == 2 else starts.day)
    for person in case.people:
        who = case.facts.people[person]
        for what, date in (("reviewed", who.reviewed_on), ("approved", who.approved_on)):
            if date is None:
                yield Finding("active_plan", person, f"no date {what}", "blank", f"{earliest:%d/%m/%Y} or later", GUIDE)
            elif date < earliest:
                message = f"last {what} on {date:%d/%m/%Y}, more than 12 months before the year starts"
                yield Finding("active_plan", person, message, f"{date}", f"{earliest:%d/%m/%Y} or later", GUIDE)


def duty_gaps(case: Case) -> Iterator[Finding]:
    """Somebody is on duty in every week a rota covers."""
    for rota in case.facts.service.rotas:
        at_once = 1 if rota.people_at_once is None else rota.people_at_once
        wanted = (52.0 if rota.weeks_covered is None else rota.weeks_covered) * at_once
        nobody = wanted - sum(case.facts.duty_weeks(who, rota) * case.facts.year_share(who) for who in rota.members)
        if nobody > 0.01:
            message = f"leaves {nobody:.1f} of {wanted:g} duty weeks with nobody on"
            yield Finding("duty_gaps", rota.rota, message, f"{wanted - nobody:.1f}", f"{wanted:g}", TERMS)


def duty_share(case: Case) -> Iterator[Finding]:
    """A part-timer's share of a rota is no more than pro rata of the members' contracts."""
    facts = case.facts
    for rota in facts.service.rotas:
        weeks = {person: facts.duty_weeks(person, rota) for person in rota.members}
        longest = max(facts.contract(person) for person in rota.members)
        for person in (person for person in rota.members if person in case.people):
            fair = sum(weeks.values()) * facts.pro_rata(person, rota)
            if facts.contract(person) < longest - EPSILON and weeks[person] > fair + SMALLEST_WEEKS:
                over = weeks[person] - fair
                message = (
                    f"is on duty {weeks[person]:.1f} weeks a year on {rota.rota}, where pro rata of contracts is"
                    f" {fair:.1f}: share = pro_rata in rotas.csv divides duty by contract"
                )
                minutes = over * rota.pa_per_duty_week * facts.pa(person) / facts.weeks_present(person)
                yield Finding("duty_share", person, message, f"{weeks[person]:.1f}", f"{fair:.1f}", GUIDE, minutes)


CHECKS: tuple[Check, ...] = (
    contract_sum,
    paid_pa,
    low_spa,
    spa_above_core,
    role_tariff,
    role_claims,
    active_plan,
    duty_gaps,
    duty_share,
)
"""Checks that a plan in force has beside the rules of a proposed plan."""


def _finding(rule: Rule, broken: Broken) -> Finding:
    message = f"found {broken.found}; allowed {broken.allowed}. {sentence(rule)}"
    return Finding(rule.__name__, broken.subject, message, broken.found, broken.allowed, TERMS)


def check_plan_in_force(service: Service, demand: Demand) -> tuple[Finding, ...]:
    """Run the rules of a proposed plan, and the consistency checks of a committee, on the plans in force.

    ``demand`` gives the admin a session and which activities are required. Rows of people or activities the service
    does not know are left out: reading the service refuses them.
    """
    everyone, planned = cases_in_force(service, demand)
    found = [_finding(rule, broken) for rule in PLACEMENT_RULES for broken in rule(everyone)]
    found += [_finding(rule, broken) for rule in TIME_RULES for broken in rule(planned)]
    found += [finding for check in CHECKS for finding in check(planned)]
    return tuple(findings_in_place(service.origin, found))


def cases_in_force(service: Service, demand: Demand) -> tuple[Case, Case]:
    """Return the plans in force as a case of everyone in post, and of those who have a job plan."""
    facts = Facts(service, demand)
    rows = tuple(
        row
        for row in service.job_plans
        if row.person in facts.people and (is_reserved(row.activity) or row.activity in facts.activities)
    )
    plan = TeamPlan(rows, {role.role: role.held_by for role in service.roles}, {})
    table = Timetable(facts, rows)
    everyone = Case(facts, plan, table, table, tuple(person for person in facts.people if facts.in_post(person)))
    return everyone, replace(everyone, people=tuple(person for person in facts.people if facts.planned(person)))
