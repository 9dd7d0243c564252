"""For every person what changes and why: each reason is tested by undoing the change.

With everybody else as proposed, a change is undone and the plan looked at again. Either a rule breaks, or a tier gets
worse, or neither does, and then that is what is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from capacity.optimise.contradiction_text import SMALLEST_SHOWN
from capacity.optimise.explain import RuleRows
from capacity.optimise.problem import MINUTE_SCALE, Cell, Problem
from capacity.optimise.remedies import time_left
from capacity.optimise.resolve import plan_in_force, short_by_activity, uncovered
from capacity.optimise.tiers import SHORTFALL, Allocation, changes_of, measure
from capacity.optimise.variables import most_of, unit_of
from capacity.outcome import PersonChange
from capacity.units import half_day_order
from capacity.wording import SMALL, count, listed, number

What = Literal["kept", "moved", "added", "dropped", "not allowed", "role taken", "role given up"]
TIER_WORDS = {
    "rapid_mean": "rapid work below its mean demand",
    "routine": "routine work",
    "rapid_headroom": "headroom of rapid work for busy weeks",
    "change": "change to people",
    "cost": "extra and premium time",
}
RULE_WORDS = {
    "contract": "the contract has no time for it",
    "mean_hours": "the mean would be above 48 hours a week",
    "extra_budget": "the budget of extra PAs is used",
    "one_activity": "there is something else in that half-day",
    "rooms": "the room is taken",
    "pins": "another session is pinned there",
    "days": "it would be on more days a week than are worked",
    "joint_teams": "the others of the joint team would not be there",
    "supervision": "no supervisor would be beside it",
    "sites": "it would be on two sites in a day",
    "equipment": "the equipment is in use",
    "weekends": "it would be on more weekends than may be worked",
    "job_share": "the other of the shared post is in then",
    "job_share_pattern": "the shared post would be empty in a half-day of its pattern",
    "trainees": "a trainee would be without a supervisor",
    "out_of_hours": "it would be more of the work out of hours than the policy allows",
    "per_week": "it would be more a week than the skill allows",
    "least_people": "too few people would do the activity",
    "least_volume": "it would be fewer a year than the activity asks of those who do it",
    "role_holders": "a role would be without its holder",
    "changes": "more of the person's sessions would change than may",
    "changes_in_all": "more sessions of the team would change than may",
}


Where = tuple[tuple[str, int], ...]
"""Half-days with the weeks of the cycle in each."""


@dataclass(frozen=True)
class Reason:
    """What a person does more, less or elsewhere of an activity, or keeps, and why.

    ``gives`` and ``takes`` are the half-days given up and taken. ``tier`` is the first tier that would be worse if it
    were undone, by ``worse`` sessions a calendar week (weighted by priority as in the tier; for change and cost in
    their own units); ``rules`` are those that would break.
    """

    person: str
    what: What
    activity: str
    gives: Where
    takes: Where
    because: str
    tier: str = ""
    worse: float = 0.0
    rules: tuple[str, ...] = ()

    def in_words(self, cycle: int) -> str:
        """What changes, as in ``adds 1 session a week of rapid (Mon AM)``; the reason stands in ``because``."""
        gives, takes = where_in_words(self.gives, cycle), where_in_words(self.takes, cycle)
        if self.what == "kept":
            return "keeps everything"
        if self.what == "not allowed":
            return f"may not keep {self.activity} on {gives}"
        if self.what in ("role taken", "role given up"):
            return f"{'takes up' if self.what == 'role taken' else 'gives up'} {self.activity}"
        if not self.gives:
            return f"adds {self.activity} on {takes}"
        if not self.takes:
            return f"drops {self.activity} on {gives}"
        more = (sum(weeks for _, weeks in self.takes) - sum(weeks for _, weeks in self.gives)) / cycle
        ending = f", {count(abs(more), 'session')} a week {'more' if more > 0 else 'less'}" if more else ""
        return f"moves {self.activity} from {gives} to {takes}{ending}"


def where_in_words(where: Where, cycle: int) -> str:
    """``Mon AM and Tue PM (2 of 4 weeks)``; nothing is added where it is every week."""
    return listed(slot if weeks == cycle else f"{slot} ({weeks} of {cycle} weeks)" for slot, weeks in where)


def reasons(
    problem: Problem,
    allocation: Allocation,
    people: Iterable[str] | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> tuple[Reason, ...]:
    """Return what each person (all, unless named) keeps, gives up and takes, with the reason.

    ``told`` is called with a sentence about how far it is.
    """
    teller = _Teller(problem, allocation)
    changes = {
        change.person: change for change in changes_of(problem, allocation, problem.current, problem.held_before)
    }
    found: list[Reason] = []
    wanted = list(problem.people if people is None else people)
    for place, person in enumerate(wanted, start=1):
        told(f"why people change: {place} of {len(wanted)}")
        if person in changes:
            found += teller.of_change(changes[person])
        elif person in problem.people:
            found.append(teller.of_kept(person))
    return tuple(found)


WHOLE = "going back to the whole of the present plan"


class _Teller:
    def __init__(self, problem: Problem, allocation: Allocation):
        self.problem, self.allocation = problem, allocation
        self.rows = RuleRows(problem, bool(allocation.extra), by_week=False)
        self.values = measure(problem, allocation)
        self.before = uncovered(problem, plan_in_force(problem))
        allowed = set(problem.cells)
        self.partly = {cell[1] for cell in problem.current if cell not in allowed}
        """Activities of which sessions of the plans in force may not stay."""
        self.after = uncovered(problem, allocation)
        self.left = time_left(problem, allocation)
        self.short = {key for key, parts in short_by_activity(problem, allocation).items() if any(parts)}
        self.tiers = [name for name in problem.service.objective.tiers if name in self.values]

    def of_change(self, change: PersonChange) -> list[Reason]:
        """Each activity of which sessions are given up or taken, and each role."""
        lost, gained = _by_activity(change.lost), _by_activity(change.gained)
        found = [
            Reason(
                change.person, "not allowed", activity, ((slot, weeks),), (), self._not_allowed(change, activity, slot)
            )
            for activity, slot, weeks in change.not_allowed
        ]
        found += [
            self._of_activity(change, key, lost.get(key, ()), gained.get(key, ()))
            for key in self._in_order({*lost, *gained})
        ]
        found += [self._role(change.person, role, "role taken") for role in change.roles_gained]
        found += [self._role(change.person, role, "role given up") for role in change.roles_lost]
        return found

    def _not_allowed(self, change: PersonChange, activity: str, slot: str) -> str:
        return why_not_allowed(self.problem, (change.person, activity, slot))

    def of_kept(self, person: str) -> Reason:
        """Why somebody stays as they are: nothing short they could do, or what stands in the way."""
        able = [key for key in self.short if (person, key) in self.problem.skill]
        if not able:
            because = "nothing that stays short is among the skills" if self.short else "nothing stays short"
            return Reason(person, "kept", "", (), (), because, "change")
        parts, rules = [], []
        for activity in self._in_order(able):
            broken, possible = self._one_more(person, activity)
            rules += broken
            if possible:
                parts.append(
                    f"{activity} stays short and one more session would break no rule: it was not worth the change, or"
                    " the search ended first"
                )
            else:
                parts.append(f"{activity} stays short, but for one more session {self._in_the_way(person, broken)}")
        return Reason(person, "kept", "", (), (), "; ".join(parts), "change", rules=tuple(dict.fromkeys(rules)))

    def _in_order(self, activities: Iterable[str]) -> list[str]:
        return [key for key in self.problem.activities if key in set(activities)]

    def _in_the_way(self, person: str, broken: list[str]) -> str:
        words = [rule_words(rule) for rule in broken]
        if "contract" in broken:
            words[broken.index("contract")] += f" ({count(round(self.left[person]), 'minute')} a week left)"
        return listed(words) if words else "no half-day is open"

    def _one_more(self, person: str, activity: str) -> tuple[list[str], bool]:
        """Rules that one more session breaks in whichever half-day, and whether some half-day breaks none."""
        always: list[str] | None = None
        weeks = self.problem.time.weeks_present(person)
        for cell in self.problem.cells:
            if cell[:2] != (person, activity):
                continue
            now = self.allocation.counts.get(cell, 0)
            if now >= most_of(self.rows.v.of(cell)):
                continue
            minutes = self.problem.charge[cell] / (MINUTE_SCALE * self.problem.cycle * weeks)
            full = (
                minutes > self.left[person] + SMALLEST_SHOWN
            )  # sure enough not to ask the solver, half-day by half-day
            broken = ["contract"] if full else self._broken(self._with({cell: now + 1}), person)
            if not broken:
                return [], True
            always = broken if always is None else [rule for rule in always if rule in broken] or broken
        return always or [], False

    def _of_activity(self, change: PersonChange, activity: str, gives: Where, takes: Where) -> Reason:
        """Undo what changes of one activity; where nothing comes of it, everything of the person."""
        person = change.person
        given, taken = (sum(weeks for _, weeks in where) for where in (gives, takes))
        what: What = "added" if not given else "dropped" if not taken else "moved"
        told = Reason(person, what, activity, gives, takes, "")
        here = [(person, activity, slot) for slot, _ in (*gives, *takes)]
        everywhere = [(person, *cell[:2]) for cell in (*change.lost, *change.gained)]
        for cells, whole in ((here, False), (everywhere, True)):
            undone = self._with({cell: len(self.problem.current.get(cell, ())) for cell in cells})
            rules = self._broken(undone, person)
            tier, worse = ("", 0.0) if rules else self._worse(undone)
            if rules:
                because = self._because_of_rules(person, what, rules, whole)
                return replace(told, because=because, rules=tuple(rules))
            if tier:
                because = self._because_of_tier(person, what, activity, undone, tier, whole)
                return replace(told, because=because, tier=tier, worse=worse)
        return replace(told, because="no rule and no tier asks for it: the search ended before all change was settled")

    def _because_of_rules(self, person: str, what: What, rules: list[str], whole: bool) -> str:
        ways = self._in_the_way(person, rules)
        if whole:
            return f"{WHOLE} would break a rule: {ways}"
        if what == "added":
            return f"without it a rule would break: {ways}"
        return f"it cannot stay beside the rest of the plan: {ways}"

    def _because_of_tier(
        self, person: str, what: What, activity: str, undone: Allocation, tier: str, whole: bool
    ) -> str:
        start = (
            "going back to the whole of the present plan" if whole else "without it" if what != "dropped" else "with it"
        )
        if tier not in SHORTFALL:
            return f"{start} there would be more {TIER_WORDS[tier]}"
        then = uncovered(self.problem, undone)
        grown = {key: then[key] - self.after[key] for key in then if then[key] - self.after[key] > 1e-6}
        short = listed(f"{number(value)} of {key}" for key, value in grown.items()) or "more"
        text = f"{start} {short} a week more would be uncovered ({TIER_WORDS[tier]})"
        if activity in grown and what != "dropped":
            skilled = sum((name, activity) in self.problem.skill for name in self.problem.people)
            were = self.before[activity]
            if were >= SMALL:
                plans = "what may stay of the plans in force" if activity in self.partly else "the plans in force"
                text += f"; {number(were)} {'is' if were <= 1 else 'are'} uncovered under {plans}"
            only = f"one of {skilled} people skilled in it" if skilled > 1 else "the only person skilled in it"
            text += f", and {person} is {only}"
        return text

    def _role(self, person: str, role: str, what: What) -> Reason:
        row = self.problem.roles[role]
        able = listed(self.problem.candidates(row))
        holders = listed(self.allocation.holders.get(role, ())) or "nobody"
        if what == "role taken":
            before = "nobody holds it now" if not row.held_by else f"{listed(row.held_by)} held it"
            because = f"the role needs {count(self.problem.places(row), 'holder')}, {before}; those who may are {able}"
        else:
            because = f"it goes to {holders}; those who may hold it are {able}"
        return Reason(person, what, f"role:{role}", (), (), because, rules=("role_holders",))

    def _with(self, cells: dict[Cell, int]) -> Allocation:
        """The plan with other counts in some cells; what is decided together changes together."""
        counts, weeks = dict(self.allocation.counts), dict(self.allocation.weeks)
        for cell, value in cells.items():
            unit = unit_of(self.problem, cell)
            most = most_of(self.rows.v.n[unit])
            for other in self.rows.v.cells_of[unit]:
                counts[other] = min(value, most)
                weeks[other] = tuple(sorted(self.problem.current.get(cell, ())))  # of use where the count is theirs
        return replace(self.allocation, counts={cell: value for cell, value in counts.items() if value}, weeks=weeks)

    def _broken(self, allocation: Allocation, person: str) -> list[str]:
        """Rules an allocation does not keep, of the team and of everybody whose sessions differ from the plan's."""
        differ = {
            cell[0]
            for cell in {*allocation.counts, *self.allocation.counts}
            if allocation.counts.get(cell, 0) != self.allocation.counts.get(cell, 0)
        }
        return list(dict.fromkeys(rule.id for rule, _ in self.rows.broken(allocation, {person, *differ})))

    def _worse(self, allocation: Allocation) -> tuple[str, float]:
        """First tier in which an allocation is worse than the plan, and by how much."""
        values = measure(self.problem, allocation)
        for tier in self.tiers:
            more = values[tier] - self.values[tier]
            if more > 0:
                return tier, more / self.problem.cycle if tier in SHORTFALL else float(more)
        return "", 0.0


def _by_activity(cells: Iterable[tuple[str, str, int]]) -> dict[str, Where]:
    found: dict[str, Where] = {}
    for activity, slot, weeks in sorted(cells, key=lambda cell: half_day_order(cell[1])):
        found[activity] = (*found.get(activity, ()), (slot, weeks))
    return found


def rule_words(rule: str) -> str:
    """What stands in the way of something, where this rule does."""
    return RULE_WORDS.get(rule) or f"the rule {rule} would be broken"


def why_not_allowed(problem: Problem, cell: Cell) -> str:
    """Why a session of the plan in force may not stay."""
    person, activity, slot = cell
    who = problem.people[person]
    if (person, activity) not in problem.skill:
        return f"{person} has no skill in {activity}"
    if slot in who.unavailable:
        return f"{person} is not available on {slot}"
    if slot not in problem.time.slots[activity]:
        return f"{activity} does not run on {slot}"
    if slot in problem.service.slots.premium and not who.premium_consent:
        return f"{slot} is premium time and {person} has not consented to it"
    if not problem.allowed_weeks(cell):
        return f"pinned time takes {slot}"
    rooms = problem.activities[activity].room
    if rooms and not any(problem.rooms_free(room, slot, week) for room in rooms for week in problem.weeks):
        return f"no room of {activity} is there on {slot}"
    return f"{activity} needs the whole day, and {person} may not have both half-days"
