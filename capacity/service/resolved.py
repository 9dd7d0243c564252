"""Values as the program uses them: what a cell says, or the documented default where it is blank."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict

from capacity.service.model import (
    RESERVED_ACTIVITIES,
    ROLE_PREFIX,
    Activity,
    Equipment,
    Person,
    Role,
    Room,
    Service,
    Skill,
    SpreadPart,
    Stream,
    WholeGroups,
)
from capacity.service.policy import Policy
from capacity.units import NO_FIXED_SLOT, WEEKDAY_HALF_DAYS, day_of, half_day_order

HOURS_POLICY = "afc-hours"
LONGEST_DEFAULT_WEEK = 5
MAIN_SITE = "main"
"""Where an activity without a room and without a site is."""
TENURE_WEIGHTS = ((10, 3), (2, 2))
"""From how many full years on change to a person weighs how much: a convention, not a national rule."""
SUPERVISOR_KEEPS = 0.8
"""Share of their own yield a supervisor keeps where skills.csv does not say."""


def is_reserved(activity: str) -> bool:
    """Whether a job-plan row's activity is one of the reserved ones (SPA, admin, roles and so on)."""
    return activity in RESERVED_ACTIVITIES or activity.startswith(ROLE_PREFIX)


def policy_of(service: Service, person: Person) -> Policy:
    """Return the policy a person's contract follows.

    By staff group; a group with contract hours and no entry of its own follows ``afc-hours``; the rest follow the
    service's default policy.
    """
    name = service.policies.get(person.staff_group)
    if name is None:
        name = HOURS_POLICY if person.contract_hours is not None else service.policy
    return service.policy_tables[name]


def activity_tier(service: Service, activity: Activity) -> str:
    """``rapid`` or ``routine``: as given, else rapid where any of its streams is rapid."""
    if activity.tier is not None:
        return activity.tier
    kinds = {stream.kind for stream in service.streams if stream.activity == activity.activity}
    return "rapid" if "rapid" in kinds else "routine"


def stream_dna_rate(service: Service, stream: Stream) -> float | None:
    """DNA rate of a stream on its own basis: as given, else the mean of its rates by lead; None where not given.

    The mean is weighted by the share of bookings of each band of dna_by_lead.csv: sum(share x rate) / sum(share).
    """
    if stream.dna_rate is not None:
        return stream.dna_rate
    bands = [band for band in service.dna_by_lead if band.stream == stream.stream]
    total = sum(band.share for band in bands)
    return sum(band.share * band.dna_rate for band in bands) / total if total > 0 else None


def activity_slots(service: Service) -> dict[str, tuple[str, ...]]:
    """Half-days each activity may run in: as given, else those it runs in now, else Monday to Friday."""
    now: dict[str, set[str]] = defaultdict(set)
    for row in service.job_plans:
        if row.slot != NO_FIXED_SLOT:
            now[row.activity].add(row.slot)
    return {
        activity.activity: tuple(
            sorted(activity.slots or now[activity.activity] or WEEKDAY_HALF_DAYS, key=half_day_order)
        )
        for activity in service.activities
    }


def activity_spread(service: Service, activity: Activity) -> str | tuple[SpreadPart, ...]:
    """Where the requirement falls: as given, else each_day for a rapid activity with a daily promise, else any."""
    if activity.spread is not None:
        return activity.spread
    streams = [stream for stream in service.streams if stream.activity == activity.activity]
    daily = any(stream.kind == "rapid" and stream.period == "day" for stream in streams)
    return "each_day" if daily else "any"


def meets_as_one(activity: Activity) -> bool:
    """Whether everyone of the team, or of the groups named, attends a session together."""
    return activity.team == "all" or isinstance(activity.team, WholeGroups)


def seats(activity: Activity) -> dict[str, int]:
    """Group -> people of it that one session needs together; empty where one person does it, or everyone meets."""
    return {member.group: member.count for member in activity.team} if isinstance(activity.team, tuple) else {}


def people_together(activity: Activity) -> int:
    """People one session takes: those of a joint team, else one (everyone who meets is not counted)."""
    return sum(seats(activity).values()) or 1


def seat_of(activity: Activity, person: Person) -> str | None:
    """The group of a joint team a person counts in: that of their grade where it is named, else their staff group."""
    groups = seats(activity)
    return next((name for name in (person.grade, person.staff_group) if name in groups), None)


def takes_part(activity: Activity, person: Person) -> bool:
    """Whether an activity's team has a place for somebody skilled."""
    if isinstance(activity.team, WholeGroups):
        return person.staff_group in activity.team.groups or person.grade in activity.team.groups
    return not seats(activity) or seat_of(activity, person) is not None


def site_of(service: Service, activity: Activity) -> str | None:
    """Where an activity's sessions are: the site of its rooms, else its own, else ``main``.

    None where its rooms lie on several sites: only the room then says where a session is.
    """
    rooms = {room.room: room.site or MAIN_SITE for room in service.rooms}
    places = {rooms[room] for room in activity.room if room in rooms} or {activity.site or MAIN_SITE}
    return places.pop() if len(places) == 1 else None


def travel_minutes(service: Service) -> dict[tuple[str, str], float]:
    """(from, to) -> minutes of travel; a way that is not given takes as long as the way back."""
    given = {(row.from_, row.to): row.minutes for row in service.sites}
    return {**{(end, start): minutes for (start, end), minutes in given.items()}, **given}


def same_place(one: str | None, other: str | None) -> bool:
    """Whether two sites are the same, as far as they are known."""
    return one is None or other is None or one == other


def supervisors(service: Service, skill: Skill) -> tuple[tuple[str, str | None], ...]:
    """Who may supervise, in the order in which they are asked: (person, the activity they must do; None for any).

    An activity stands for everyone who does it, in the order of people.csv, but for those supervised in it themselves.
    """
    people = {person.person for person in service.people}
    supervised = {(other.person, other.activity) for other in service.skills if other.supervised_by}
    found: list[tuple[str, str | None]] = []
    for name in skill.supervised_by:
        if name in people:
            found.append((name, None))
        else:
            found += [
                (person.person, name)
                for person in service.people
                if person.person != skill.person and (person.person, name) not in supervised
            ]
    return tuple(found)


def supervisor_keeps(skill: Skill) -> float:
    """Share of their own yield that whoever supervises keeps."""
    return SUPERVISOR_KEEPS if skill.supervisor_output is None else skill.supervisor_output


def year_ends(service: Service) -> dt.date:
    """Last day of the plan year."""
    start = service.year_starts
    return start.replace(year=start.year + 1) - dt.timedelta(days=1)


def in_post(service: Service, person: Person) -> bool:
    """Whether somebody is in the post at any time of the plan year (a vacant post supplies nothing)."""
    if person.kind == "vacant":
        return False
    starts_late = person.from_ is not None and person.from_ > year_ends(service)
    left = person.to is not None and person.to < service.year_starts
    return not (starts_late or left)


def is_planned(service: Service, person: Person) -> bool:
    """Whether a job plan is proposed for this person."""
    wanted = person.planned if person.planned is not None else person.staff_group != "resident"
    return wanted and in_post(service, person)


def contract_minutes(service: Service, person: Person) -> float:
    """Contract in minutes a week."""
    return _minutes(service, person, person.contract_pa, person.contract_hours)


def most_minutes(service: Service, person: Person) -> float:
    """Contract with the extra time the person would accept, in minutes a week."""
    if person.max_pa is None and person.max_hours is None:
        return contract_minutes(service, person)
    return _minutes(service, person, person.max_pa, person.max_hours)


def _minutes(service: Service, person: Person, pa: float | None, hours: float | None) -> float:
    if hours is not None:
        return hours * 60
    assert pa is not None
    return pa * policy_of(service, person).pa_minutes.value


def core_spa_minutes(service: Service, person: Person) -> int:
    """Core SPA floor in whole minutes a week, rounded up."""
    policy = policy_of(service, person)
    contract = contract_minutes(service, person)
    if person.core_spa_pa is not None or person.core_spa_hours is not None:
        minutes = _minutes(service, person, person.core_spa_pa, person.core_spa_hours)
    elif policy.core_spa_bands is not None:
        pas = contract / policy.pa_minutes.value
        minutes = next((spa for least, spa in policy.core_spa_bands.value if pas >= least), 0.0)
        minutes *= policy.pa_minutes.value
    else:
        minutes = contract * (policy.core_spa_share.value if policy.core_spa_share is not None else 0.0)
    return math.ceil(minutes - 1e-6)


def most_days(service: Service, person: Person) -> int:
    """Most days a week: as given, else the larger of days worked now and days the contract fills, at most 5.

    A contract fills a day with 2 PA, or with 7.5 hours for an hours contract.
    """
    if person.max_days is not None:
        return person.max_days
    days_in_week: dict[int, set[str]] = defaultdict(set)
    for row in service.job_plans:
        if row.person == person.person and row.slot != NO_FIXED_SLOT:
            for week in row.weeks or range(1, service.cycle_weeks + 1):
                days_in_week[week].add(day_of(row.slot))
    worked = max((len(days) for days in days_in_week.values()), default=0)
    full_day = 450 if person.contract_hours is not None else 2 * policy_of(service, person).pa_minutes.value
    filled = math.ceil(contract_minutes(service, person) / full_day - 1e-9)
    return min(LONGEST_DEFAULT_WEEK, max(worked, filled))


def most_weekends(service: Service, person: Person) -> int | None:
    """Most weekends of the cycle with anything on Saturday or Sunday: the person's own, else the service's."""
    return person.max_weekends if person.max_weekends is not None else service.slots.max_weekends


def change_weight(service: Service, person: Person) -> int:
    """How much change to a person weighs: as stated, else by tenure where the service asks for that, else 1."""
    if person.change_weight is not None:
        return person.change_weight
    start, year = person.started_on, service.year_starts
    if not service.objective.change_by_tenure or start is None:
        return 1
    full_years = year.year - start.year - ((year.month, year.day) < (start.month, start.day))
    return next((weight for years, weight in TENURE_WEIGHTS if full_years >= years), 1)


def shared_posts(service: Service) -> dict[tuple[str, str], frozenset[str]]:
    """Pairs of people who share a post -> half-days in which both may be in."""
    pairs: dict[tuple[str, str], set[str]] = {}
    for person in service.people:
        if person.shares_with is not None:
            first, second = sorted((person.person, person.shares_with))
            pairs.setdefault((first, second), set()).update(person.overlap)
    return {pair: frozenset(overlap) for pair, overlap in pairs.items()}


def shared_patterns(service: Service) -> dict[tuple[str, str], tuple[str, ...]]:
    """Pairs of people who share a post with a pattern -> its half-days, said on one of the two rows or on both."""
    slots: dict[tuple[str, str], set[str]] = {}
    patterns = {person.person: person.pattern for person in service.people}
    for first, second in shared_posts(service):
        if worked := {*patterns.get(first, ()), *patterns.get(second, ())}:
            slots[first, second] = worked
    return {pair: tuple(sorted(worked, key=half_day_order)) for pair, worked in slots.items()}


def role_holders(role: Role) -> int:
    """How many people hold the role."""
    return 1 if role.holders is None else role.holders


def role_is_fixed(role: Role) -> bool:
    """Whether those appointed stay in the role."""
    return role.fixed if role.fixed is not None else bool(role.held_by)


def is_divided(role: Role) -> bool:
    """Whether a role's trainees are divided over supervisors, each charged the tariff of their own."""
    return role.max_trainees is not None


def role_pa(service: Service, role: Role) -> float:
    """PAs one holder gets: the tariff times the trainees where there are any, shared where the role is split.

    Where trainees are divided over supervisors it is the tariff of one trainee.
    """
    tariff = role.tariff_pa
    if tariff is None:
        policy = service.policy_tables[service.policy]
        shipped = policy.tariffs.get(role.role)
        supervision = policy.supervision_pa_per_trainee if role.trainees is not None else None
        tariff = shipped.value.pa if shipped is not None else supervision.value if supervision is not None else 0.0
    if is_divided(role):
        return tariff
    if role.trainees is not None:
        tariff *= role.trainees
    return tariff / max(1, role_holders(role)) if role.split else tariff


def role_minutes(service: Service, role: Role, person: Person) -> float:
    """Minutes a week the role takes of this person's contract, on top of core SPA."""
    return role_pa(service, role) * policy_of(service, person).pa_minutes.value


def eligible_people(service: Service, role: Role) -> tuple[str, ...]:
    """People in post who may hold a role: those listed, else the staff groups the policy's tariff allows."""
    if role.eligible:
        allowed = {*role.eligible, *role.held_by}
        return tuple(person.person for person in service.people if person.person in allowed)
    shipped = service.policy_tables[service.policy].tariffs.get(role.role)
    groups = shipped.value.staff_groups if shipped is not None else ()
    return tuple(
        person.person
        for person in service.people
        if person.person in role.held_by
        or (in_post(service, person) and (person.staff_group in groups if groups else person.staff_group != "resident"))
    )


def room_slots(room: Room | Equipment) -> tuple[str, ...]:
    """Half-days in which a room or equipment can be used."""
    return room.slots or WEEKDAY_HALF_DAYS


def room_count(room: Room | Equipment, slot: str, week: int) -> int:
    """Rooms, or sets of equipment, there are in a half-day of a week of the cycle."""
    if slot not in room_slots(room) or (room.weeks and week not in room.weeks):
        return 0
    return 1 if room.count is None else room.count
