"""The few figures a summary is made of: what is short now, what the plan leaves, and what it moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome, PersonChange, TeamPlan
from capacity.service.model import Service
from capacity.service.places import findings_in_place
from capacity.service.resolved import policy_of
from capacity.supply.gap import Gap
from capacity.units import WEEKS_PER_YEAR
from capacity.wording import SMALL

NOT_YET_USED = "not_yet_used"
"""Rule of the findings that name input accepted and kept but not acted on yet."""
DEFAULT_USED = "default_used"
"""Rule of the findings that list assumptions: a default taken where a cell was blank."""


@dataclass(frozen=True)
class Position:
    """Sessions a calendar week, over the activities something is required of.

    ``short`` adds up what activities lack, one by one; ``surplus`` what others have too much of. A surplus does not
    fill a gap, so required - supplied = short - surplus. Activities are listed largest first. ``unasked`` is supplied
    where nothing is required.
    """

    required: float
    supplied: float
    short: float
    surplus: float
    short_activities: tuple[str, ...]
    surplus_activities: tuple[str, ...]
    unasked: float
    unasked_activities: tuple[str, ...]


def position(required: dict[str, float], supplied: dict[str, float]) -> Position:
    """Add up requirement and supply by activity."""
    gaps = {key: value - supplied.get(key, 0.0) for key, value in required.items() if value > 0}
    idle = {key: value for key, value in supplied.items() if value > 0 and not required.get(key)}
    largest_first = sorted(gaps, key=lambda key: -abs(gaps[key]))
    return Position(
        required=sum(required[key] for key in gaps),
        supplied=sum(supplied.get(key, 0.0) for key in gaps),
        short=sum(value for value in gaps.values() if value > 0),
        surplus=-sum(value for value in gaps.values() if value < 0),
        short_activities=tuple(key for key in largest_first if gaps[key] >= SMALL),
        surplus_activities=tuple(key for key in largest_first if gaps[key] <= -SMALL),
        unasked=sum(idle.values()),
        unasked_activities=tuple(idle),
    )


def position_now(gap: Gap) -> Position:
    """Where the plans in force stand."""
    return position(required_of(gap), supplied_of(gap))


def required_of(gap: Gap) -> dict[str, float]:
    """Activity -> sessions a calendar week required."""
    return {str(key): float(value) for key, value in gap.activities["required"].items()}


def supplied_of(gap: Gap) -> dict[str, float]:
    """Activity -> sessions a calendar week the plans in force supply."""
    return {str(key): float(value) for key, value in gap.activities["supplied"].items()}


def position_planned(gap: Gap, outcome: Outcome) -> Position:
    """Where a proposed plan stands."""
    return position(required_of(gap), outcome.delivered)


def short_by_day(gap: Gap, outcome: Outcome) -> dict[str, float]:
    """Activity -> shortfall on particular half-days beyond what the activity lacks in all (see ``spread``)."""
    required = required_of(gap)
    beyond = {
        key: value - max(0.0, required.get(key, 0.0) - outcome.delivered.get(key, 0.0))
        for key, value in outcome.shortfall.items()
    }
    return {key: value for key, value in beyond.items() if value >= SMALL}


@dataclass(frozen=True)
class Moves:
    """Sessions a week that a plan moves, adds and drops, and how many people that is."""

    moved: float
    added: float
    dropped: float
    people: int
    roles: int


def moves(changes: tuple[PersonChange, ...], cycle: int) -> Moves:
    """Add up what changes for everyone; sessions a cycle become sessions a week."""
    return Moves(
        moved=sum(change.moved for change in changes) / cycle,
        added=sum(change.added for change in changes) / cycle,
        dropped=sum(change.dropped for change in changes) / cycle,
        people=sum(1 for change in changes if change.lost or change.gained),
        roles=sum(len(change.roles_gained) for change in changes),
    )


@dataclass(frozen=True)
class Extra:
    """Extra time of a plan: PAs for contracts in PAs, hours for contracts in hours; what the PAs cost a year."""

    pa: float
    pa_people: int
    hours: float
    hours_people: int
    pounds: float | None
    """What the PAs cost; None where there are none or no price is given. Hours have no price yet."""


def extra_pa(service: Service, plan: TeamPlan) -> dict[str, float]:
    """Person -> extra PAs a week, at the minutes of a PA in that person's policy."""
    return {
        person: minutes / policy_of(service, service.person(person)).pa_minutes.value
        for person, minutes in plan.extra_minutes.items()
        if minutes
    }


def extra(service: Service, plan: TeamPlan) -> Extra:
    """Add up the extra time of a plan and price it at ``[costs] extra_pa``."""
    by_person = extra_pa(service, plan)
    in_hours = [person for person in by_person if service.person(person).contract_hours is not None]
    pas = sum(value for person, value in by_person.items() if person not in in_hours)
    price = service.costs.extra_pa
    return Extra(
        pa=pas,
        pa_people=len(by_person) - len(in_hours),
        hours=sum(plan.extra_minutes[person] for person in in_hours) / 60,
        hours_people=len(in_hours),
        pounds=None if price is None or not pas else pas * price,
    )


def left_uncovered(gap: Gap, outcome: Outcome) -> float:
    """Sessions a week left uncovered, those short on particular half-days included."""
    return position_planned(gap, outcome).short + sum(short_by_day(gap, outcome).values())


@dataclass(frozen=True)
class Pounds:
    """What an answer costs a year beyond present contracts; None where a price is not given.

    Premium time is charged to job plans in PAs, so what it costs beyond contracts is within the extra PAs.
    """

    extra_pa: float | None
    """The extra PAs. Hours of contracts in hours have no price yet."""
    closes: float | None
    """Sessions a week this answer closes beyond the first one; None for the first."""
    per_session: float | None
    """Pounds for each session so closed in a year; None too where hours are not priced or nothing closes."""
    locum: float | None
    """What a locum for each session still uncovered would cost."""


def pounds_of(service: Service, gap: Gap, outcome: Outcome, first: Outcome | None = None) -> Pounds:
    """Price an answer; ``first`` is the answer within contracts, for the one with extra PAs."""
    if outcome.plan is None:
        return Pounds(None, None, None, None)
    spent, left, locum = extra(service, outcome.plan), left_uncovered(gap, outcome), service.costs.locum_session
    price = 0.0 if service.costs.extra_pa is not None and not spent.pa else spent.pounds
    closes = None if first is None or first.plan is None else left_uncovered(gap, first) - left
    worth = closes is not None and closes >= SMALL and spent.pa and not spent.hours
    return Pounds(
        extra_pa=price,
        closes=closes,
        per_session=price / (closes * WEEKS_PER_YEAR) if worth and price is not None and closes else None,
        locum=None if locum is None else locum * left * WEEKS_PER_YEAR,
    )


def proposed_roles(service: Service, plan: TeamPlan) -> dict[str, tuple[str, ...]]:
    """Role id -> people the plan gives it to who do not hold it now: for the team to agree."""
    held = {role.role: role.held_by for role in service.roles}
    new = {
        role: tuple(person for person in people if person not in held.get(role, ()))
        for role, people in plan.holders.items()
    }
    return {role: people for role, people in new.items() if people}


def vacant_roles(service: Service, plan: TeamPlan) -> dict[str, int]:
    """Role id -> holders still wanted under the plan."""
    wanted = {role.role: 1 if role.holders is None else role.holders for role in service.roles}
    left = {role: holders - len(plan.holders.get(role, ())) for role, holders in wanted.items()}
    return {role: value for role, value in left.items() if value > 0}


GAP_IN = "gap_in_"
"""Start of the rules that name weeks or months without a count."""


def all_findings(
    service: Service, demand: Demand | None, gap: Gap | None, outcome: Outcome | None, deep: bool = False
) -> tuple[Finding, ...]:
    """Findings of reading, demand, gap and plan, each once, in that order; with ``deep`` those of the whole analysis.

    The reader and the series both name weeks without a count. The series knows which are left out, so that of the
    reader is dropped.
    """
    found = [] if demand is None else [*demand.findings]
    named = {finding.subject for finding in found if finding.rule.startswith(GAP_IN)}
    notes = [note for note in service.origin.notes if not (note.rule.startswith(GAP_IN) and note.subject in named)]
    if deep and demand is not None:
        found += demand.depth.findings
    for part in (gap, outcome):
        if part is not None:
            found += part.findings
    return tuple(dict.fromkeys([*notes, *findings_in_place(service.origin, found)]))


def read_in_words(service: Service, demand: Demand | None = None) -> str:
    """What was read: ``12 people, 9 activities, 104 weeks of demand to 29 March 2027``."""
    from capacity.wording import count, people

    parts = [people(len(service.people)), count(len(service.activities), "activity", "activities")]
    if demand is not None and len(demand.weekly):
        # A generated stream's weeks are those its patients are due in, some of them after the last row of the input.
        generated = [stream for stream, figures in demand.streams_json.items() if figures.get("generated_by")]
        weeks = sorted(set(demand.weekly.loc[~demand.weekly["stream"].isin(generated), "week_starting"]))
        last = weeks[-1]
        parts.append(f"{count(len(weeks), 'week')} of demand to the week of {last.day} {last:%B %Y}")
    else:
        parts.append("no weekly demand")
    return f"{', '.join(parts)}{_scenarios_in_words(service)}"


def _scenarios_in_words(service: Service) -> str:
    """What scenarios changed of what was read."""
    return "".join(f". With {one['name']}: {'; '.join(one['changes'])}" for one in scenarios_of(service))


def scenarios_of(service: Service) -> list[dict[str, Any]]:
    """Scenarios laid over a service, each with its name and the sentences of what it changed; for JSON as well."""
    changes = [note for note in service.origin.notes if note.rule == "scenario"]
    return [
        {"name": name, "changes": [note.message for note in changes if note.subject == name]}
        for name in service.origin.scenarios
    ]


def with_scenarios(service: Service, value: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON object that says under which scenarios it holds; unchanged where there are none."""
    found = scenarios_of(service)
    return {**value, "scenarios": found} if found else value
