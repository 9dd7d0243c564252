"""The allocation problem as numbers: who may do what in which half-day, what it charges and what it delivers.

Everything the rules and tiers need is worked out here once, in integers, from a service and its demand. A *cell* is
(person, activity, half-day); its value in a plan is the number of weeks of the cycle in which it happens.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from capacity.demand.result import ActivityDemand, Demand
from capacity.errors import Finding
from capacity.optimise.together import Together
from capacity.service.model import ROLE_PREFIX, Activity, JobPlanRow, Person, Role, Service
from capacity.service.resolved import (
    activity_spread,
    activity_tier,
    change_weight,
    core_spa_minutes,
    eligible_people,
    is_divided,
    is_planned,
    is_reserved,
    meets_as_one,
    most_days,
    most_minutes,
    most_weekends,
    role_holders,
    role_is_fixed,
    role_minutes,
    role_pa,
    room_count,
    shared_patterns,
    shared_posts,
    takes_part,
)
from capacity.service.wishes import NO_WISHES, Wishes
from capacity.supply.job_time import JobTime
from capacity.units import NO_FIXED_SLOT, WEEKS_PER_YEAR, day_of, half_day_order, is_weekend

MINUTE_SCALE = 100
"""Year-minutes are counted in hundredths, so that hundredths of a week stay exact."""
YIELD_SCALE = 1_000_000
"""Delivered sessions are counted in millionths."""
HUNDREDTHS = 100
"""Weeks are counted in hundredths."""
ROUNDING = 0.01
"""Sessions a cycle: a shortfall smaller than this is rounding, not shortfall."""

Cell = tuple[str, str, str]


def scaled(sessions: float) -> int:
    """Full sessions a cycle that must be delivered for a requirement to be met, in millionths."""
    return math.floor(YIELD_SCALE * (sessions - ROUNDING) + 1e-6)


@dataclass(frozen=True)
class Part:
    """One part of a requirement: an activity on some of its half-days, in full sessions a cycle still to be planned."""

    activity: str
    slots: tuple[str, ...]
    needed: float
    needed_mean: float
    alternative: int = 0
    """Which of the alternative requirements it is a part of, by position; 0 where there is only one requirement."""


def in_order(service: Service) -> Service:
    """Return the service with its rows in the order of their ids, so that no plan depends on how a file is sorted."""
    plans = sorted(
        service.job_plans,
        key=lambda row: (row.person, half_day_order(row.slot), row.activity, row.weeks or (), row.minutes or 0.0),
    )
    return service.model_copy(
        update={
            "people": tuple(sorted(service.people, key=lambda row: row.person)),
            "activities": tuple(sorted(service.activities, key=lambda row: row.activity)),
            "skills": tuple(sorted(service.skills, key=lambda row: (row.person, row.activity))),
            "rooms": tuple(sorted(service.rooms, key=lambda row: row.room)),
            "rotas": tuple(sorted(service.rotas, key=lambda row: row.rota)),
            "roles": tuple(sorted(service.roles, key=lambda row: row.role)),
            "job_plans": tuple(plans),
        }
    )


class Problem:
    """One service's allocation problem. ``week`` numbers run from 1 to ``cycle``.

    ``given`` is the service as it was read; ``service`` has its rows in order of their ids.
    """

    def __init__(self, service: Service, demand: Demand, wishes: Wishes = NO_WISHES):
        self.given = service
        service = in_order(service)
        self.service = service
        self.demand = demand
        self.wishes = wishes
        self.time = JobTime(service, demand)
        self.cycle = service.cycle_weeks
        self.weeks = tuple(range(1, self.cycle + 1))
        self.people: dict[str, Person] = {
            person.person: person for person in service.people if is_planned(service, person)
        }
        self.activities: dict[str, Activity] = {row.activity: row for row in service.activities}
        self.rooms = {room.room: room for room in service.rooms}
        self.roles: dict[str, Role] = {role.role: role for role in service.roles}
        self.skill = {(skill.person, skill.activity): skill for skill in service.skills}

    # -- rows of the plans in force ---------------------------------------------------------------------------

    @cached_property
    def fixed_rows(self) -> tuple[JobPlanRow, ...]:
        """Activity rows the optimiser keeps as they are: people without a plan, and time with no fixed place."""
        return tuple(
            row
            for row in self.service.job_plans
            if not is_reserved(row.activity)
            and self.time.supplies(row.person)
            and (row.person not in self.people or row.slot == NO_FIXED_SLOT)
            and not (row.person in self.people and self.is_annualised(row.activity))
        )

    def is_annualised(self, activity: str) -> bool:
        """Whether sessions of an activity have no half-day and are decided as so many a year."""
        return bool(self.activities[activity].annualised)

    def _decided_a_year(self, row: JobPlanRow) -> bool:
        """Whether a row is of an annualised activity of somebody with a proposed plan."""
        if row.slot != NO_FIXED_SLOT or row.person not in self.people or is_reserved(row.activity):
            return False
        return self.is_annualised(row.activity)

    @cached_property
    def annual_now(self) -> dict[Cell, int]:
        """Sessions a year of annualised activities in the plan in force, in whole sessions."""
        found: dict[Cell, float] = defaultdict(float)
        for row in self.service.job_plans:
            if self._decided_a_year(row):
                whole = self.time.full_session_minutes(row.person, row.activity)
                found[row.person, row.activity, row.slot] += self.time.unfixed_charge(row) / whole
        return {cell: round(sessions) for cell, sessions in found.items()}

    @cached_property
    def annual_pinned(self) -> dict[Cell, int]:
        """Sessions a year of annualised activities that are pinned, at least."""
        found: dict[Cell, float] = defaultdict(float)
        for row in self.service.job_plans:
            if row.pinned and self._decided_a_year(row):
                found[row.person, row.activity, row.slot] += row.per_year or 0.0
        return {cell: math.ceil(sessions - 1e-9) for cell, sessions in found.items()}

    def most_a_year(self, cell: Cell) -> int:
        """Most sessions a year of an annualised activity: by the skill's most a week, else what contracts hold."""
        person, activity, _ = cell
        skill = self.skill[person, activity]
        if skill.max_per_week is not None:
            return math.floor(skill.max_per_week * WEEKS_PER_YEAR + 1e-6)
        most = max(self.time.contract_year_minutes(person), self.time.weeks_present(person) * self.most_minutes(person))
        return math.floor(most / self.time.full_session_minutes(person, activity) + 1e-6)

    def most_minutes(self, person: str) -> float:
        """Contract with the extra time the person would accept, in minutes a week."""
        return most_minutes(self.service, self.people[person])

    def in_cycles(self, sessions: int) -> int:
        """Sessions a year as whole sessions a cycle, rounded up: what a change of an annualised activity counts."""
        return -(-sessions * self.cycle * HUNDREDTHS // round(HUNDREDTHS * WEEKS_PER_YEAR))

    @cached_property
    def pinned(self) -> dict[Cell, frozenset[int]]:
        """Cells that must stay, with the weeks in which they must: pinned in the files, or locked for this plan."""
        pins = {cell: set(weeks) for cell, weeks in self.pinned_in_files.items()}
        for lock in self.wishes.locks:
            if lock.role is None:
                pins.setdefault(lock.cell, set()).update(lock.weeks or self.current.get(lock.cell) or self.weeks)
        return {cell: frozenset(weeks) for cell, weeks in pins.items()}

    @cached_property
    def pinned_in_files(self) -> dict[Cell, frozenset[int]]:
        """Cells pinned in job_plans.csv."""
        pins: dict[Cell, set[int]] = defaultdict(set)
        for row in self.service.job_plans:
            if row.pinned and row.person in self.people and row.slot != NO_FIXED_SLOT and not is_reserved(row.activity):
                pins[row.person, row.activity, row.slot].update(self.time.row_weeks(row))
        return {cell: frozenset(weeks) for cell, weeks in pins.items()}

    @cached_property
    def pinned_minutes(self) -> dict[Cell, float]:
        """Cells whose pinned row gives its own minutes."""
        return {
            (row.person, row.activity, row.slot): row.minutes
            for row in self.service.job_plans
            if row.pinned and row.minutes is not None and row.slot != NO_FIXED_SLOT and not is_reserved(row.activity)
        }

    @cached_property
    def pinned_reserved(self) -> dict[tuple[str, str], dict[int, float]]:
        """(person, half-day) -> week -> minutes that pinned SPA, role or flexible rows take of it."""
        taken: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for row in self.service.job_plans:
            if row.pinned and row.person in self.people and row.slot != NO_FIXED_SLOT and is_reserved(row.activity):
                for week in self.time.row_weeks(row):
                    taken[row.person, row.slot][week] += self.time.reserved_minutes(row)
        return taken

    @cached_property
    def in_force(self) -> dict[Cell, frozenset[int]]:
        """The plan in force: cell -> weeks of the cycle, for planned people and known activities."""
        return self._cells_of(self.service.job_plans)

    @cached_property
    def current(self) -> dict[Cell, frozenset[int]]:
        """The plan that change is measured from: the one on the screen where there is one, else the plan in force."""
        return self.in_force if self.wishes.screen is None else self._cells_of(self.rows_before)

    @property
    def rows_before(self) -> tuple[JobPlanRow, ...]:
        """Rows of the plan that change is measured from."""
        screen = self.wishes.screen
        return self.service.job_plans if screen is None else screen.rows

    def _cells_of(self, rows: Iterable[JobPlanRow]) -> dict[Cell, frozenset[int]]:
        cells: dict[Cell, set[int]] = defaultdict(set)
        for row in rows:
            if row.person in self.people and row.slot != NO_FIXED_SLOT and not is_reserved(row.activity):
                cells[row.person, row.activity, row.slot].update(self.time.row_weeks(row))
        return {cell: frozenset(weeks) for cell, weeks in cells.items()}

    # -- cells ------------------------------------------------------------------------------------------------

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Cells that may be used at all: lawful and not forbidden."""
        if not self.forbidden:
            return self.lawful
        return tuple(cell for cell in self.lawful if self.allowed_weeks(cell))

    @cached_property
    def forbidden(self) -> dict[Cell, frozenset[int]]:
        """Cells that somebody forbids, with the weeks; both halves of an all-day block."""
        found: dict[Cell, set[int]] = defaultdict(set)
        for mark in self.wishes.forbids:
            if mark.role is None:
                for cell in (mark.cell, self.block_partner(mark.cell)):
                    if cell is not None:
                        found[cell].update(mark.weeks or self.weeks)
        return {cell: frozenset(weeks) for cell, weeks in found.items()}

    def given_up(self, before: Mapping[Cell, Collection[int]]) -> dict[Cell, int]:
        """Weeks of cells of a plan before that the rules allow and somebody forbids altogether."""
        if not self.forbidden:
            return {}
        kept, lawful = set(self.cells), set(self.lawful)
        return {
            cell: len(weeks)
            for cell, weeks in before.items()
            if cell in lawful and cell not in kept and self.is_dcc(cell)
        }

    @cached_property
    def lawful(self) -> tuple[Cell, ...]:
        """Cells the rules allow: skilled, available, consenting, and with time left in the half-day."""
        premium = set(self.service.slots.premium)
        found = []
        for person in self.people.values():
            away = set(person.unavailable)
            for activity in self.activities:
                if (person.person, activity) not in self.skill or not takes_part(self.activities[activity], person):
                    continue
                if self.is_annualised(activity):
                    found.append((person.person, activity, NO_FIXED_SLOT))
                    continue
                for slot in self.time.slots[activity]:
                    cell = (person.person, activity, slot)
                    consent = slot not in premium or person.premium_consent or cell in self.pinned_in_files
                    has_room = self._ever_has_room(activity, slot) or cell in self.pinned_in_files
                    if slot not in away and consent and has_room and self._open_weeks(cell):
                        found.append(cell)
        return self._whole_blocks(found)

    def _ever_has_room(self, activity: str, slot: str) -> bool:
        """Whether any room the activity can use, and all its equipment, is there in that half-day of any week."""
        rooms = [self.rooms[room] for room in self.activities[activity].room]
        room = not rooms or any(room_count(room, slot, week) for room in rooms for week in self.weeks)
        needed = self.activities[activity].equipment
        items = [item for item in self.service.equipment if item.equipment in needed]
        return room and all(any(room_count(item, slot, week) for week in self.weeks) for item in items)

    def _whole_blocks(self, cells: list[Cell]) -> tuple[Cell, ...]:
        """All-day blocks need both half-days of the day."""
        known = set(cells)
        return tuple(cell for cell in cells if (other := self.block_partner(cell)) is None or other in known)

    def block_partner(self, cell: Cell) -> Cell | None:
        """Return the other half of an all-day block, or None for an activity that is not one."""
        person, activity, slot = cell
        if self.activities[activity].blocks is None:
            return None
        day, part = slot.split()
        return (person, activity, f"{day} {'PM' if part == 'AM' else 'AM'}")

    def allowed_weeks(self, cell: Cell) -> tuple[int, ...]:
        """Weeks in which the session may happen: duty and pinned time leave room for it and nobody forbids it."""
        barred = self.forbidden.get(cell)
        weeks = self._open_weeks(cell)
        return weeks if barred is None else tuple(week for week in weeks if week not in barred)

    def _open_weeks(self, cell: Cell) -> tuple[int, ...]:
        """Weeks in which duty, rest after it and pinned reserved time leave room for the session."""
        person, activity, slot = cell
        closed = self.time.closed_weeks(person, activity, slot)
        if not self.is_whole_team(activity):
            closed |= self._partner_there.get((person, slot), frozenset())
        weeks = tuple(week for week in self.weeks if week not in closed)
        taken = self.pinned_reserved.get((person, slot))
        if not taken:
            return weeks
        length = self.time.half_day_minutes(person, slot)
        timed = self.session(cell).timed
        return tuple(week for week in weeks if timed + taken.get(week, 0.0) <= length)

    def session(self, cell: Cell):  # type: ignore[no-untyped-def]
        """Minutes of one session in a cell."""
        return self.time.session(*cell, self.pinned_minutes.get(cell))

    @cached_property
    def charge(self) -> dict[Cell, int]:
        """Year-minutes, in hundredths, that one week of the cycle charges, times the cycle length."""
        return {
            cell: self._charged_a_year(cell)
            or round(MINUTE_SCALE * self.session(cell).charge * self.time.charged_weeks(cell[0], cell[1]))
            for cell in self.cells
        }

    def _charged_a_year(self, cell: Cell) -> int:
        """The same of one session a year of an annualised activity; 0 for others."""
        if cell[2] != NO_FIXED_SLOT:
            return 0
        return round(MINUTE_SCALE * self.cycle * self.time.full_session_minutes(cell[0], cell[1]))

    @cached_property
    def clock(self) -> dict[Cell, int]:
        """The same in clock time: premium sessions take less time than they charge."""
        return {
            cell: self._charged_a_year(cell)
            or round(MINUTE_SCALE * self.session(cell).clock * self.time.charged_weeks(cell[0], cell[1]))
            for cell in self.cells
        }

    @cached_property
    def out_of_hours(self) -> dict[Cell, int]:
        """The same for the session alone, without its admin, of sessions in premium time."""
        premium = set(self.service.slots.premium)
        return {
            cell: round(
                MINUTE_SCALE
                * (self.session(cell).charge - self.session(cell).admin)
                * self.time.charged_weeks(cell[0], cell[1])
            )
            for cell in self.cells
            if cell[2] in premium
        }

    @cached_property
    def surcharge(self) -> dict[Cell, int]:
        """Minutes a session is charged above the time it takes (premium cells only)."""
        found = {cell: round(self.session(cell).charge - self.session(cell).clock) for cell in self.cells}
        return {cell: minutes for cell, minutes in found.items() if minutes}

    @cached_property
    def delivers(self) -> dict[Cell, int]:
        """Full sessions delivered by one week of the cycle, in millionths; whole-team activities apart."""
        return {
            cell: round(YIELD_SCALE * self.delivered(cell)) for cell in self.cells if not self.is_whole_team(cell[1])
        }

    def delivered(self, cell: Cell) -> float:
        """Full sessions a cycle delivered by one week of the cycle, or by one session a year of an annualised one."""
        person, activity, slot = cell
        if slot == NO_FIXED_SLOT:
            a_week = self.time.share_in_post(person) / WEEKS_PER_YEAR
            return self.cycle * a_week * self.time.output.get((person, activity), 1.0)
        return self.time.delivered(*cell, self.pinned_minutes.get(cell))

    def is_dcc(self, cell: Cell) -> bool:
        """Whether a cell is direct clinical care, whose sessions are what change is counted in."""
        return self.activities[cell[1]].category == "DCC"

    def is_whole_team(self, activity: str) -> bool:
        """Whether a session of the activity needs everyone skilled, or of its groups, and not away."""
        return meets_as_one(self.activities[activity])

    @cached_property
    def together(self) -> Together:
        """Joint teams, supervision, sites and equipment."""
        return Together(self, YIELD_SCALE)

    @cached_property
    def attenders(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """(whole-team activity, half-day) -> the people who attend there."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for person, activity, slot in self.cells:
            if self.is_whole_team(activity):
                found[activity, slot].append(person)
        return {key: tuple(people) for key, people in found.items()}

    # -- requirement ------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Requirements that shortfall is counted over, part by part: of each alternative in turn, where there are any.

        Otherwise those of the demand.
        """
        every = self.demand.alternatives
        if not every:
            return self.parts_of_demand
        return tuple(part for at, each in enumerate(every) for part in self._all_parts(each.activities, at))

    @cached_property
    def parts_of_demand(self) -> tuple[Part, ...]:
        """Requirements of the demand itself, whatever else the plan is to serve as well."""
        return self._all_parts(self.demand.activities, 0)

    def asked(self, alternative: int) -> dict[str, ActivityDemand]:
        """The requirement that parts of that position belong to, by activity."""
        every = self.demand.alternatives
        return every[alternative].activities if every else self.demand.activities

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """What a session short of each alternative counts."""
        return tuple(each.weight for each in self.demand.alternatives) or (1,)

    @cached_property
    def one_session(self) -> int:
        """What one session that is short of every alternative counts in a shortfall tier."""
        return sum(self.weights) + self.demand.worst

    def over_alternatives(self, values: Sequence[int]) -> int:
        """The value of a shortfall tier from its value for each alternative."""
        weighted = sum(weight * value for weight, value in zip(self.weights, values, strict=True))
        return weighted + self.demand.worst * max(values)

    def _all_parts(self, asked: Mapping[str, ActivityDemand], alternative: int) -> tuple[Part, ...]:
        """What is still to be planned, after rotas and rows that are kept, part by part of each activity's spread."""
        fixed = self._fixed_delivered
        return tuple(
            part
            for activity in self.activities.values()
            for part in self._parts_of(activity, asked[activity.activity], fixed, alternative)
        )

    @cached_property
    def _fixed_delivered(self) -> dict[tuple[str, str], float]:
        """(activity, half-day) -> full sessions a week that rows which are kept deliver."""
        fixed: dict[tuple[str, str], float] = defaultdict(float)
        together: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row in self.fixed_rows:
            if row.slot == NO_FIXED_SLOT:
                fixed[row.activity, row.slot] += self.time.unfixed_delivered(row)
            elif self.is_whole_team(row.activity):
                together[row.activity, row.slot].update(self.time.row_weeks(row))
            elif row.activity not in self.together.seats:
                share = len(self.time.row_weeks(row)) / self.cycle
                fixed[row.activity, row.slot] += share * self.time.delivered(
                    row.person, row.activity, row.slot, row.minutes
                )
        for (activity, slot), weeks in together.items():
            fixed[activity, slot] += len(weeks) / self.cycle
        for key, sessions in self.together.fixed_delivered.items():
            fixed[key] += sessions
        return fixed

    def _parts_of(
        self, activity: Activity, wanted: ActivityDemand, fixed: dict[tuple[str, str], float], alternative: int
    ) -> list[Part]:
        key = activity.activity
        before = self.time.rota_delivers(key) + fixed[key, NO_FIXED_SLOT]
        needed = max(0.0, wanted.required - before)
        needed_mean = max(0.0, min(wanted.required_mean, wanted.required) - before)
        parts = []
        half_days = (NO_FIXED_SLOT,) if activity.annualised else self.time.slots[key]
        for slots, share in spread_parts(self.service, activity, half_days):
            done = sum(fixed[key, slot] for slot in slots if slot != NO_FIXED_SLOT)
            parts.append(
                Part(
                    key,
                    slots,
                    self.cycle * max(0.0, needed * share - done),
                    self.cycle * max(0.0, needed_mean * share - done),
                    alternative,
                )
            )
        return parts

    def tier_of(self, activity: str) -> str:
        """``rapid`` or ``routine``."""
        return activity_tier(self.service, self.activities[activity])

    def priority(self, activity: str) -> int:
        """Weight of a shortfall inside its tier."""
        return self.activities[activity].priority or 1

    @cached_property
    def change_weights(self) -> dict[str, int]:
        """Person -> how much change to them weighs."""
        return {person: change_weight(self.service, row) for person, row in self.people.items()}

    @cached_property
    def dcc_by_day(self) -> dict[str, dict[str, int]]:
        """Person -> day -> DCC sessions a cycle in the plan change is counted from; those without any left out."""
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for cell, weeks in self.current.items():
            if self.is_dcc(cell):
                found[cell[0]][day_of(cell[2])] += len(weeks)
        return found

    @cached_property
    def required(self) -> frozenset[str]:
        """Activities that demand or a fixed number asks for."""
        return frozenset(key for key, wanted in self.demand.activities.items() if wanted.required > 0)

    # -- people -----------------------------------------------------------------------------------------------

    def room_for_sessions(self, person: str) -> int:
        """Year-minutes, in hundredths, left for sessions and movable roles within the contract."""
        weeks = self.time.weeks_present(person)
        contract = self.time.contract_year_minutes(person) - self.time.duty_minutes(person)
        contract -= weeks * self.spa_floor(person)
        contract -= sum(self.time.unfixed_charge(row) for row in self.fixed_rows if row.person == person)
        for role in self.roles.values():
            if person in role.held_by and role_is_fixed(role) and not is_divided(role):
                contract -= weeks * role_minutes(self.service, role, self.people[person])
        contract -= sum(
            self.time.row_year_minutes(row)
            for row in self.service.job_plans
            if row.person == person and row.pinned and row.activity in ("flexible", "travel")
        )
        return math.floor(MINUTE_SCALE * contract + 0.5)

    def spa_floor(self, person: str) -> float:
        """SPA minutes a week that must stay: core SPA, or what is pinned where that is more."""
        pinned = sum(
            self.time.row_year_minutes(row)
            for row in self.service.job_plans
            if row.person == person and row.pinned and row.activity == "spa"
        )
        return max(core_spa_minutes(self.service, self.people[person]), pinned / self.time.weeks_present(person))

    def extra_ceiling(self, person: str) -> int:
        """Most extra minutes a week: what the person accepts, within the ceiling of PAs of the policy."""
        policy = self.time.policy(person)
        contract = self.time.contract_year_minutes(person) / self.time.weeks_present(person)
        ceiling = policy.ceiling_pa.value * policy.pa_minutes.value
        return max(0, math.floor(min(most_minutes(self.service, self.people[person]), ceiling) - contract + 1e-6))

    def most_days(self, person: str) -> int:
        """Most days a week."""
        return self._most_days[person]

    @cached_property
    def _most_days(self) -> dict[str, int]:
        return {name: most_days(self.service, person) for name, person in self.people.items()}

    @cached_property
    def day_limited(self) -> dict[str, tuple[str, ...]]:
        """People whose cells lie on more days than they may work -> those days."""
        days: dict[str, set[str]] = defaultdict(set)
        for person, _, slot in self.cells:
            if slot != NO_FIXED_SLOT:
                days[person].add(day_of(slot))
        for person, slot in self.pinned_reserved:
            days[person].add(day_of(slot))
        return {
            person: tuple(sorted(names, key=lambda day: half_day_order(f"{day} AM")))
            for person, names in days.items()
            if len(names) > self.most_days(person)
        }

    @cached_property
    def shared_posts(self) -> dict[tuple[str, str], frozenset[str]]:
        """Pairs of people who share a post -> half-days in which both may be in."""
        return shared_posts(self.service)

    @cached_property
    def share_patterns(self) -> dict[tuple[str, str], dict[str, frozenset[int]]]:
        """Pairs with a post with a pattern -> half-day -> weeks in which one of the two must have a session.

        Not those in which one of them is on placed duty or has pinned time there, or a session without a proposed plan.
        """
        found: dict[tuple[str, str], dict[str, frozenset[int]]] = {}
        for pair, slots in shared_patterns(self.service).items():
            duty = {part.week for rota in self.service.rotas for part in rota.duty_weeks if part.person in pair}
            there: dict[str, set[int]] = {slot: set(duty) for slot in slots}
            for row in self.service.job_plans:
                stays = row.person not in self.people or (row.pinned and is_reserved(row.activity))
                if row.person in pair and stays and row.activity != "on_call" and row.slot in there:
                    there[row.slot].update(self.time.row_weeks(row))
            if set(pair) & self.people.keys():
                found[pair] = {slot: frozenset(set(self.weeks) - there[slot]) for slot in slots}
        return found

    @cached_property
    def _partner_there(self) -> dict[tuple[str, str], frozenset[int]]:
        """(person, half-day) -> weeks in which the other of a shared post is there whatever is planned."""
        there: dict[tuple[str, str], set[int]] = defaultdict(set)
        for pair, overlap in self.shared_posts.items():
            for row in self.service.job_plans:
                if row.person not in pair or row.slot == NO_FIXED_SLOT or row.slot in overlap:
                    continue
                stays = row.person not in self.people or (row.pinned and is_reserved(row.activity))
                alone = is_reserved(row.activity) or not self.is_whole_team(row.activity)
                if stays and alone and row.activity != "on_call":
                    other = pair[0] if row.person == pair[1] else pair[1]
                    there[other, row.slot].update(self.time.row_weeks(row))
        return {key: frozenset(weeks) for key, weeks in there.items()}

    def most_weekends(self, person: str) -> int | None:
        """Most weekends of the cycle; None for no limit."""
        return most_weekends(self.service, self.people[person])

    @cached_property
    def weekend_limited(self) -> dict[str, int]:
        """People who could work on more weekends of the cycle than they may -> the most they may."""
        there = {person for person, _, slot in self.cells if is_weekend(slot)}
        there |= {person for person in self.people if self.reserved_weekends(person)}
        return {
            person: most
            for person in self.people
            if person in there and (most := self.most_weekends(person)) is not None and most < self.cycle
        }

    def reserved_weekends(self, person: str) -> frozenset[int]:
        """Weeks in which pinned SPA, role or flexible rows are on a weekend; on-call there is duty, not counted."""
        return frozenset(
            week
            for row in self.service.job_plans
            if row.person == person and row.pinned and row.slot != NO_FIXED_SLOT and is_weekend(row.slot)
            if is_reserved(row.activity) and row.activity != "on_call"
            for week in self.time.row_weeks(row)
        )

    def candidates(self, role: Role) -> tuple[str, ...]:
        """Planned people who may hold a role; others who hold it are counted in ``held_elsewhere``."""
        forbidden = {mark.person for mark in self.wishes.forbids if mark.role == role.role}
        return tuple(
            person
            for person in eligible_people(self.service, role)
            if person in self.people and person not in forbidden
        )

    def locked_holders(self, role: Role) -> tuple[str, ...]:
        """People who are to hold a role because somebody has locked it."""
        return tuple(dict.fromkeys(mark.person for mark in self.wishes.locks if mark.role == role.role))

    def held_before(self, role: Role) -> tuple[str, ...]:
        """Holders of a role in the plan that change is measured from."""
        screen = self.wishes.screen
        return role.held_by if screen is None else tuple(screen.holders.get(role.role, ()))

    def held_elsewhere(self, role: Role) -> tuple[str, ...]:
        """Appointed people for whom no job plan is proposed: they keep the role."""
        return tuple(person for person in role.held_by if person not in self.people)

    def places(self, role: Role) -> int:
        """Holders, or trainees where these are divided, to be found among planned people."""
        if is_divided(role):
            return max(0, (role.trainees or 0) - sum(self.trainees_elsewhere(role).values()))
        return max(0, role_holders(role) - len(self.held_elsewhere(role)))

    def trainees_elsewhere(self, role: Role) -> dict[str, int]:
        """Supervisors without a proposed plan -> the trainees their rows in force are charged for."""
        found = {}
        for person in self.held_elsewhere(role):
            rows = [row for row in self.service.job_plans if row.person == person]
            minutes = sum(row.minutes or 0.0 for row in rows if row.activity == f"{ROLE_PREFIX}{role.role}")
            one = role_pa(self.service, role) * self.time.policy(person).pa_minutes.value
            found[person] = round(minutes / one) if one else 0
        return found

    # -- rooms ------------------------------------------------------------------------------------------------

    def rooms_free(self, room: str, slot: str, week: int) -> int:
        """Rooms left in a half-day of a week by people without a proposed plan (first of their rooms that is free)."""
        return room_count(self.rooms[room], slot, week) - self._rooms_taken.get((room, slot, week), 0)

    @cached_property
    def _rooms_taken(self) -> dict[tuple[str, str, int], int]:
        taken: dict[tuple[str, str, int], int] = defaultdict(int)
        for row in self.fixed_rows:
            if row.slot == NO_FIXED_SLOT or row.activity in self.together.seats:
                continue
            for week in self.time.row_weeks(row):
                self._take_room(taken, row.activity, row.slot, week)
        for (activity, slot), sessions in self.together.fixed_sessions.items():
            if (activity, slot) not in self.together.joint:
                for week, count in sessions.items():
                    for _ in range(count):
                        self._take_room(taken, activity, slot, week)
        return taken

    def _take_room(self, taken: dict[tuple[str, str, int], int], activity: str, slot: str, week: int) -> None:
        for room in self.activities[activity].room:
            if taken[room, slot, week] < room_count(self.rooms[room], slot, week):
                taken[room, slot, week] += 1
                return

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader should know about the problem before it is solved."""
        found = []
        for activity in self.activities.values():
            if activity.activity in self.required and not activity.room and activity.category == "DCC":
                found.append(Finding("room_not_limited", activity.activity, "no room is given: not limited by rooms"))
            wanted = 1 if activity.min_people is None else activity.min_people
            able = [person for person in self.people if (person, activity.activity) in self.skill]
            if activity.activity in self.required and len(able) < max(2, wanted):
                message = f"only {len(able)} planned {'person is' if len(able) == 1 else 'people are'} skilled" + (
                    f": min_people lowered from {wanted} to {len(able)}" if len(able) < wanted else ""
                )
                found.append(Finding("single_point_of_failure", activity.activity, message))
        found += self.together.findings()
        allowed = set(self.lawful)
        plans = {"the plan in force": self.in_force}
        if self.wishes.screen is not None:
            plans["the plan to start from"] = self.current
        for which, cells in plans.items():
            for cell in cells:
                if cell not in allowed:
                    message = f"{cell[1]} on {cell[2]} in {which} breaks a rule"
                    found.append(Finding("cell_not_allowed", cell[0], message))
        return tuple(found)


def spread_parts(service: Service, activity: Activity, slots: tuple[str, ...]) -> list[tuple[tuple[str, ...], float]]:
    """Parts of an activity's requirement: (half-days, share of the requirement); shares add up to 1."""
    spread = activity_spread(service, activity)
    if spread == "any":
        return [(slots, 1.0)]
    if spread == "each_half_day":
        return [((slot,), 1 / len(slots)) for slot in slots]
    if spread == "each_day":
        days = list(dict.fromkeys(day_of(slot) for slot in slots))
        return [(tuple(slot for slot in slots if day_of(slot) == day), 1 / len(days)) for day in days]
    assert not isinstance(spread, str)
    total = sum(part.sessions for part in spread)
    return [((part.slot,), part.sessions / total) for part in spread]
