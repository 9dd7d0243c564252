"""A contradiction in sentences: each rule with the people, activities, rooms, half-days and minutes it is about."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from capacity.optimise.problem import MINUTE_SCALE, Cell, Problem
from capacity.service.resolved import contract_minutes, role_is_fixed, role_minutes
from capacity.units import day_of, half_day_order
from capacity.wording import count, listed, number

MOST_NAMED = 6
"""Sessions named in one sentence; of more, the rest are counted."""
SMALLEST_SHOWN = 0.5
"""Minutes a week below which a part of a contract is not named."""


@dataclass(frozen=True)
class Touched:
    """What some constraints are about: cells, single weeks of half-days, and (role, person)."""

    cells: set[Cell] = field(default_factory=set)
    weeks: set[tuple[str, int]] = field(default_factory=set)
    """(half-day, week of the cycle); empty where only counts over the cycle are looked at."""
    roles: set[tuple[str, str]] = field(default_factory=set)

    @staticmethod
    def of(parts: Iterable[Touched]) -> Touched:
        """All parts together."""
        found = Touched()
        for part in parts:
            found.cells.update(part.cells)
            found.weeks.update(part.weeks)
            found.roles.update(part.roles)
        return found

    def of_people(self, people: Sequence[str]) -> list[Cell]:
        """Cells of people, in order of the week."""
        return sorted((cell for cell in self.cells if cell[0] in people), key=_order)

    def slots(self) -> list[str]:
        """Half-days, in order."""
        return sorted({cell[2] for cell in self.cells}, key=half_day_order)

    def activities(self, slot: str | None = None) -> list[str]:
        """Activities, of one half-day or of all."""
        return sorted({cell[1] for cell in self.cells if slot in (None, cell[2])})

    def weeks_of(self, slot: str) -> list[int]:
        """Single weeks looked at in a half-day."""
        return sorted(week for where, week in self.weeks if where == slot)


def reason_of(
    problem: Problem,
    rules: Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]],
    by_week: bool,
    confirmed: str,
    minimal: bool,
) -> str:
    """Say a contradiction: rules, their figures, and who agrees. ``rules`` are (sentence, people, facts)."""
    if not rules:
        return (
            "No plan was found, and the solver contradicts itself: it says there is none, and without an aim it finds"
            " one. Please report this."
        )
    named = "; ".join(
        _lower(sentence.rstrip(".")) + (f" ({', '.join(people)})" if people else "") for sentence, people, _ in rules
    )
    where = " in every week of the cycle, though over the cycle as a whole they fit" if by_week else ""
    figures = [fact for _, _, some in rules for fact in some]
    facts = f"In figures: {'; '.join(figures)}." if figures else ""
    if confirmed == "no":
        return (
            "No plan was found, and two solvers disagree whether one exists: CP-SAT says that these cannot all hold"
            f" together{where}, HiGHS found a way: {named}. Please report this. {facts}"
        ).strip()
    if confirmed == "undecided":
        return (
            f"No plan was found. One solver says that these cannot all hold together{where}, the second had no answer"
            f" in its time: {named}. {facts}"
        ).strip()
    agreed = "A second solver (HiGHS) agrees"
    ending = f"{agreed}; without any one of these there is a plan." if minimal else f"{agreed}."
    return f"No plan exists. These cannot all hold together{where}: {named}. {facts} {ending}".replace("  ", " ")


def facts_of(
    problem: Problem, rule: str, people: Sequence[str], touched: Touched, allow_extra: bool
) -> tuple[str, ...]:
    """Figures of one rule of a contradiction, a sentence each without its full stop."""
    writer = FACTS.get(rule)
    found = writer(problem, people, touched) if writer is not None else _what_it_is_about(touched)
    if rule == "contract" and allow_extra:
        found = [*found, *_extra(problem, people)]
    return tuple(found)


def _contract(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    return [contract_in_words(problem, person) for person in people]


def contract_in_words(problem: Problem, person: str) -> str:
    """What a contract holds, what is taken out of it, and what that leaves for sessions, in minutes a week."""
    time = problem.time
    weeks = time.weeks_present(person)
    whole = contract_minutes(problem.service, problem.people[person])
    pa = time.policy(person).pa_minutes.value
    fixed = [role for role in problem.roles.values() if person in role.held_by and role_is_fixed(role)]
    kept = sum(time.unfixed_charge(row) for row in problem.fixed_rows if row.person == person) / weeks
    taken = {
        "core SPA": problem.spa_floor(person),
        "duty weeks": time.duty_minutes(person) / weeks,
        listed(role.role for role in fixed): sum(
            role_minutes(problem.service, role, problem.people[person]) for role in fixed
        ),
        "sessions with no fixed place": kept,
    }
    parts = [f"{minutes:,.0f} for {what}" for what, minutes in taken.items() if minutes >= SMALLEST_SHOWN]
    left = problem.room_for_sessions(person) / (MINUTE_SCALE * weeks)
    text = f"{person} has a contract of {_pas(whole / pa)}, {count(round(whole), 'minute')} a week"
    if not parts:
        return f"{text}, all of it for sessions and roles"
    ending = f"{count(round(left), 'minute')} for sessions and other roles"
    return f"{text}: less {listed(parts)}, that leaves {ending}"


def _extra(problem: Problem, people: Sequence[str]) -> list[str]:
    return [
        f"{person} would accept {count(most, 'extra minute')} a week"
        for person in people
        if (most := problem.extra_ceiling(person))
    ]


def _pins(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for person in people:
        cells = [cell for cell in touched.of_people([person]) if cell in problem.pinned] or sorted(
            (cell for cell in problem.pinned if cell[0] == person), key=_order
        )
        minutes = sum(problem.charge[cell] * len(problem.pinned[cell]) for cell in cells if cell in problem.charge) / (
            MINUTE_SCALE * problem.cycle * problem.time.weeks_present(person)
        )
        named = [f"{cell[1]} on {cell[2]}{_in_weeks(problem, problem.pinned[cell])}" for cell in cells[:MOST_NAMED]]
        if len(cells) > MOST_NAMED:
            named.append(f"{len(cells) - MOST_NAMED} more")
        found.append(f"{person} is pinned to {listed(named)}, {count(round(minutes), 'minute')} a week of the contract")
    return found


def _rooms(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for slot in touched.slots():
        activities = [key for key in touched.activities(slot) if problem.activities[key].room]
        if not activities:
            continue
        rooms = sorted({room for key in activities for room in problem.activities[key].room})
        weeks = touched.weeks_of(slot) or list(problem.weeks)
        free = sum(problem.rooms_free(room, slot, week) for room in rooms for week in weeks)
        can = "can use only" if len(rooms) == 1 else "can use"
        span = _weeks_in_words(problem, weeks)
        found.append(
            f"on {slot} {listed(activities)} {can} {listed(rooms)}: a place for {count(free, 'session')} {span}"
        )
    return found


def _one_activity(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for person in people:
        for slot in sorted({cell[2] for cell in touched.of_people([person])}, key=half_day_order):
            cells = [cell for cell in touched.of_people([person]) if cell[2] == slot]
            activities = listed(sorted({cell[1] for cell in cells}))
            weeks = touched.weeks_of(slot)
            if weeks:
                found.append(f"{person} can do only one of {activities} on {slot} {_weeks_in_words(problem, weeks)}")
                continue
            most = len({week for cell in cells for week in problem.allowed_weeks(cell)})
            span = _weeks_in_words(problem, list(problem.weeks))
            found.append(f"{person} has {count(most, 'session')} on {slot} {span}, of {activities}")
    return found


def _days(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for person in people:
        names = list(dict.fromkeys(day_of(cell[2]) for cell in touched.of_people([person])))
        most = count(problem.most_days(person), "day")
        found.append(f"{person} works at most {most} a week; this is about {listed(names)}")
    return found


def _per_week(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for person in people:
        for activity in sorted({cell[1] for cell in touched.of_people([person])}):
            skill = problem.skill[person, activity]
            if skill.max_per_week is not None:
                found.append(f"{person} does at most {count(skill.max_per_week, 'session')} of {activity} a week")
    return found


def _least_people(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for activity in touched.activities():
        row = problem.activities[activity]
        least = 1 if row.min_people is None else row.min_people
        able = sorted({cell[0] for cell in touched.cells if cell[1] == activity})
        verb = "is" if len(able) == 1 else "are"
        asks = f"{activity} asks for at least {count(least, 'person', 'people')}"
        found.append(f"{asks}: {listed(able)} {verb} skilled and available")
    return found


def _least_volume(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for person, activity in sorted({cell[:2] for cell in touched.of_people(people)}):
        least = problem.activities[activity].min_sessions_per_year
        if least:
            weeks = round(MINUTE_SCALE * problem.time.charged_weeks(person, activity))
            sessions = math.ceil(MINUTE_SCALE * problem.cycle * least / weeks)
            yearly = f"at least {count(least, 'session')} a year"
            every = _weeks_in_words(problem, list(problem.weeks))
            found.append(f"{person}, doing {activity} at all, does {yearly}: {count(sessions, 'session')} {every}")
    return found


def _role_holders(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    candidates: dict[str, list[str]] = defaultdict(list)
    for role, person in sorted(touched.roles):
        candidates[role].append(person)
    found = []
    for role, able in candidates.items():
        row = problem.roles[role]
        minutes = sorted({round(role_minutes(problem.service, row, problem.people[person])) for person in able})
        if role_is_fixed(row):
            text = f"{listed(row.held_by)} {'keeps' if len(row.held_by) == 1 else 'keep'} {role}"
        else:
            holders = count(problem.places(row), "holder")
            text = f"{role} needs {holders}, and only {listed(able)} may hold it"
        found.append(f"{text}: {' or '.join(map(str, minutes))} minutes a week")
    return found


def _extra_budget(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    return [f"the budget is {_pas(problem.service.objective.extra_pa_budget)} extra"]


def _mean_hours(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    return [
        f"{person} has not opted out of {number(problem.time.policy(person).ceiling_hours.value)} hours a week"
        for person in people
    ]


def _weekends(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    weeks = _weeks_in_words(problem, list(problem.weeks))
    return [
        f"{person} works at most {count(problem.weekend_limited[person], 'weekend')} {weeks}"
        for person in people
        if person in problem.weekend_limited
    ]


def _job_share(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    about = {*people, *(cell[0] for cell in touched.cells)}
    return [f"{listed(pair)} share a post and are not both in" for pair in problem.shared_posts if set(pair) & about]


def _job_share_pattern(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    return [
        f"the post that {listed(pair)} share is worked every week on {listed(slots)}"
        for pair, slots in problem.share_patterns.items()
    ]


def _out_of_hours(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    found = []
    for person in people:
        share = problem.time.policy(person).out_of_hours_share
        if share is not None:
            found.append(f"{person} may work {share.value:.0%} of the contract in premium time")
    return found


def _changes(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    weeks = _weeks_in_words(problem, list(problem.weeks))
    return [
        f"of {person} at most {count(most, 'session')} may change {weeks}"
        for person in people
        if (most := problem.people[person].max_changes) is not None
    ]


def _changes_in_all(problem: Problem, people: Sequence[str], touched: Touched) -> list[str]:
    most = problem.service.objective.max_changes or 0
    return [f"of the team at most {count(most, 'session')} may change {_weeks_in_words(problem, list(problem.weeks))}"]


FACTS: dict[str, Callable[[Problem, Sequence[str], Touched], list[str]]] = {
    "contract": _contract,
    "mean_hours": _mean_hours,
    "extra_budget": _extra_budget,
    "one_activity": _one_activity,
    "rooms": _rooms,
    "pins": _pins,
    "days": _days,
    "weekends": _weekends,
    "job_share": _job_share,
    "job_share_pattern": _job_share_pattern,
    "out_of_hours": _out_of_hours,
    "per_week": _per_week,
    "least_people": _least_people,
    "least_volume": _least_volume,
    "role_holders": _role_holders,
    "changes": _changes,
    "changes_in_all": _changes_in_all,
}
"""Rule id -> its figures. A rule without an entry says which activities and half-days it is about."""


def _what_it_is_about(touched: Touched) -> list[str]:
    if not touched.cells:
        return []
    people = sorted({cell[0] for cell in touched.cells})
    return [f"this is about {listed(touched.activities())} on {listed(touched.slots())}, of {listed(people)}"]


def _pas(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{text} {'PA' if value <= 1 else 'PAs'}"


def _order(cell: Cell) -> tuple[str, tuple[int, int], str]:
    return (cell[0], half_day_order(cell[2]), cell[1])


def _in_weeks(problem: Problem, weeks: Iterable[int]) -> str:
    """`` in weeks 1 and 3``; nothing where it is every week."""
    listing = sorted(weeks)
    return (
        ""
        if len(listing) == problem.cycle
        else f" in week{'s' if len(listing) > 1 else ''} {listed(map(str, listing))}"
    )


def _weeks_in_words(problem: Problem, weeks: Sequence[int]) -> str:
    if problem.cycle == 1:
        return "a week"
    if len(weeks) == problem.cycle:
        return f"in the {problem.cycle} weeks of the cycle"
    return f"in week{'s' if len(weeks) > 1 else ''} {listed(map(str, weeks))} of the cycle"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
