"""The ladder of the guidance: redeploy, train, extra hours, recruit, manage demand; each rung only as far as needed.

Each rung is a scenario laid over those before it, solved and checked like any other (``run.py``). A rung that closes
nothing is left out of those that follow. NHS England, E-job planning the clinical workforce (2023), step 2.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from capacity.demand.analyse import analyse
from capacity.errors import InputError
from capacity.outcome import Outcome
from capacity.scenario.measures import NO_OWN_COST
from capacity.scenario.overlay import AddRow, ChangeRows, Operation, ScaleDemand, Scenario
from capacity.scenario.run import RunSettings, ScenarioRun, do_nothing, run_scenario
from capacity.service.model import Activity, Post, Service, Skill
from capacity.service.resolved import is_planned
from capacity.supply.conversion import units_of
from capacity.supply.job_time import JobTime
from capacity.wording import capital, count, listed, number, people

SMALL = 0.05
"""Sessions a week below which nothing more needs closing."""
TRIED = 4
"""Trainings tried to be left out, and posts created, at most."""
LEAST_WTE = 0.2
CANDIDATES = 40
"""Pairs of a person and an activity that training may consider, those for the largest shortfall first."""
RUNGS = ("redeploy", "train", "extra_hours", "recruit", "manage_demand")
TITLES = {
    "do_nothing": "Do nothing",
    "redeploy": "Redeploy",
    "train": "Train",
    "extra_hours": "Extra hours",
    "recruit": "Recruit",
    "manage_demand": "Manage demand",
}
Told = Callable[[str], None]


@dataclass(frozen=True)
class Rung:
    """One step: what it does in words, what it closes and what is left, sessions a calendar week.

    ``needed`` is False where the rungs before left nothing short, and where this one closes nothing. Counts and pounds
    are of the plan on this rung, all rungs up to it included; ``pounds`` (a year) is None where something has no price,
    and ``unpriced`` says what.
    """

    key: str
    sentence: str
    needed: bool
    closes: float
    left: float
    shortfall: Mapping[str, float] = field(default_factory=dict)
    """Activity -> sessions a calendar week still short."""
    changed: float = 0.0
    people: int = 0
    extra_pa: float = 0.0
    wte: float = 0.0
    pounds: float | None = None
    unpriced: tuple[str, ...] = ()
    scenario: Scenario | None = None
    """What this rung changes by itself."""
    run: ScenarioRun | None = field(default=None, repr=False, compare=False)

    @property
    def title(self) -> str:
        """Name of the rung."""
        return TITLES[self.key]


@dataclass(frozen=True)
class Ladder:
    """All rungs, do-nothing first; ``reason`` says why where even the first has no plan."""

    service: Service
    rungs: tuple[Rung, ...]
    settings: RunSettings
    reason: str = ""

    @property
    def left(self) -> float:
        """What is short after the last rung, sessions a calendar week."""
        return self.rungs[-1].left


@dataclass
class _Climb:
    """The rungs climbed so far, and the scenarios that stand."""

    service: Service
    settings: RunSettings
    told: Told
    stop: threading.Event | None
    wte: float
    """Of the team as it is."""
    standing: list[Scenario] = field(default_factory=list)
    rungs: list[Rung] = field(default_factory=list)

    @property
    def left(self) -> float:
        return self.rungs[-1].left

    @property
    def last(self) -> ScenarioRun:
        """The run of the last rung that has one."""
        return next(rung.run for rung in reversed(self.rungs) if rung.run is not None)

    def solve(self, scenarios: Sequence[Scenario], paid: bool) -> ScenarioRun:
        """Plan the service with scenarios; ``paid`` lets the budget of extra PAs be spent.

        Shortfall tiers are held exactly, so that rungs can be compared.
        """
        stack = [*scenarios, _EXACT] if paid else [*scenarios, _EXACT, _budget(0)]
        return run_scenario(self.service, stack, self.settings, self.stop)

    def skip(self, key: str, sentence: str) -> None:
        """Add a rung that is not needed or closes nothing: it stands as the one before."""
        before = self.rungs[-1]
        self.rungs.append(
            replace(before, key=key, sentence=sentence, needed=False, closes=0.0, scenario=None, run=None)
        )

    def stand(self, key: str, sentence: str, run: ScenarioRun, paid: bool, scenario: Scenario | None) -> None:
        """Add a rung that closes something."""
        self.rungs.append(_rung(key, sentence, run, paid, scenario, self))
        if scenario is not None:
            self.standing.append(scenario)


def ladder(
    service: Service,
    settings: RunSettings | None = None,
    told: Told = lambda sentence: None,
    stop: threading.Event | None = None,
) -> Ladder:
    """Climb the ladder as far as the gap needs.

    Parameters
    ----------
    service
        The base. Extra hours are those its people would accept (``max_pa``, ``max_hours``), up to the budget of
        ``[objective]``, or all of them where it has none.
    settings
        Seconds for each search; there are about ten.
    told
        Called with a sentence before each rung.
    stop
        Ends the climb with the rungs there are.

    Returns
    -------
    Ladder
        Do-nothing and five rungs; those after a stop say so.

    Raises
    ------
    capacity.errors.InputError
        The service allows no answer.
    """
    nothing = do_nothing(service)
    assert nothing.measures is not None
    climb = _Climb(service, settings or RunSettings(), told, stop, nothing.measures.wte)
    short = {row.activity: row.short for row in nothing.measures.activities if row.short > 0}
    climb.rungs.append(
        Rung("do_nothing", "The plans in force stay as they are.", True, 0.0, nothing.measures.short, short, pounds=0.0)
    )
    told("redeploy")
    first = climb.solve([], paid=False)
    if first.measures is None:
        return Ladder(service, tuple(climb.rungs), climb.settings, first.reason)
    _redeploy(climb, first)
    steps = {"train": _train, "extra_hours": _extra_hours, "recruit": _recruit, "manage_demand": _manage}
    for key, climb_rung in steps.items():
        if stop is not None and stop.is_set():
            climb.skip(key, "Not looked at: stopped.")
        elif climb.left <= SMALL:
            climb.skip(key, "Not needed.")
        else:
            told(key.replace("_", " "))
            climb_rung(climb)
    return Ladder(service, tuple(climb.rungs), climb.settings)


def _rung(key: str, sentence: str, run: ScenarioRun, paid: bool, scenario: Scenario | None, climb: _Climb) -> Rung:
    found = run.measures
    assert found is not None
    left = found.short_with_extra if paid else found.short
    money = found.money
    unpriced = [reason for reason in money.reasons if reason != NO_OWN_COST]
    trained = key == "train" or any(rung.key == "train" and rung.needed for rung in climb.rungs)
    if trained:
        unpriced.append("training has no price here")
    staff = money.staff
    extra = money.extra_pa if paid else 0.0
    priced = staff is not None and extra is not None and not (paid and found.extra_hours)
    pounds = (staff or 0.0) + (extra or 0.0) if priced else None
    earlier = climb.rungs[-1]
    if key == "recruit" and (earlier.extra_pa or _hours(earlier)) and not (found.extra_pa or found.extra_hours):
        sentence += " The extra hours are then not needed."
    return Rung(
        key=key,
        sentence=sentence,
        needed=True,
        closes=climb.left - left,
        left=left,
        shortfall={
            row.activity: short
            for row in found.activities
            if (short := row.short_with_extra if paid else row.short) > 0
        },
        changed=found.changed_with_extra if paid else found.changed,
        people=found.people_with_extra if paid else found.people,
        extra_pa=found.extra_pa if paid else 0.0,
        wte=found.wte - climb.wte,
        pounds=pounds,
        unpriced=tuple(dict.fromkeys(unpriced)),
        scenario=scenario,
        run=run,
    )


def _hours(rung: Rung) -> float:
    return 0.0 if rung.run is None or rung.run.measures is None else rung.run.measures.extra_hours


_EXACT = Scenario(
    id="exact",
    name="Tiers held exactly",
    change=(ChangeRows(op="change", table="service", set={"objective.hold_tolerance": 0}),),
)


def _budget(pa: float) -> Scenario:
    change = ChangeRows(op="change", table="service", set={"objective.extra_pa_budget": pa})
    return Scenario(id="budget", name=f"Extra PAs up to {pa:g}", change=(change,))


# ---- redeploy


def _redeploy(climb: _Climb, run: ScenarioRun) -> None:
    assert run.measures is not None
    found = run.measures
    closed = climb.left - found.short
    if closed <= SMALL:
        said = "No session moved within present contracts and skills closes any of it."
    else:
        said = (
            f"{count(found.changed, 'session')} a week of {people(found.people)} moved, added or dropped within present"
            " contracts, skills and rooms."
        )
    climb.stand("redeploy", said, run, False, None)


# ---- train


def _train(climb: _Climb) -> None:
    pairs = _could_learn(climb)
    if not pairs:
        climb.skip("train", "Nobody of the same staff groups is without the skills that are short.")
        return
    everyone = climb.solve([*climb.standing, _training(pairs)], paid=False)
    if everyone.measures is None or everyone.measures.short > climb.left - SMALL:
        climb.skip("train", "Teaching colleagues of the same staff groups what is short closes nothing more.")
        return
    used = [skill for skill in pairs if _works(everyone.outcome, skill)]
    best = everyone.measures.short
    run, used = _fewest(climb, used, best)
    if run.measures is None or run.measures.short > climb.left - SMALL:
        climb.skip("train", "Teaching colleagues of the same staff groups what is short closes nothing more.")
        return
    names = {row.activity: row.name for row in climb.service.activities}
    taught = [f"{skill.person} in {names[skill.activity]}" for skill in used]
    climb.stand("train", f"{_capital(listed(taught))} trained, then sessions redeployed.", run, False, _training(used))


def _fewest(climb: _Climb, used: list[Skill], best: float) -> tuple[ScenarioRun, list[Skill]]:
    """Leave out trainings one by one where as much is closed without them, those used least first."""
    run = climb.solve([*climb.standing, _training(used)], paid=False)
    for skill in sorted(used, key=lambda one: _sessions(run.outcome, one))[:TRIED]:
        rest = [other for other in used if other != skill]
        if not rest or (climb.stop is not None and climb.stop.is_set()):
            break
        trial = climb.solve([*climb.standing, _training(rest)], paid=False)
        if trial.measures is not None and trial.measures.short <= max(best, SMALL) + SMALL / 2:
            run, used = trial, rest
    return run, used


def _could_learn(climb: _Climb) -> list[Skill]:
    """Pairs that training could add: planned people of a staff group that does the work, for what is short.

    They see as many patients as the least experienced of that staff group who does it now.
    """
    service = climb.service
    group = {person.person: person.staff_group for person in service.people}
    planned = [person.person for person in service.people if is_planned(service, person)]
    found: list[Skill] = []
    for activity in sorted(climb.rungs[-1].shortfall, key=lambda key: -climb.rungs[-1].shortfall[key]):
        row = service.activity(activity)
        if climb.rungs[-1].shortfall[activity] <= SMALL or not _can_be_taught(row):
            continue
        able = [skill for skill in service.skills if skill.activity == activity]
        outputs: dict[str, list[float]] = {}
        for skill in able:
            outputs.setdefault(group[skill.person], []).append(1.0 if skill.output is None else skill.output)
        doing = {skill.person for skill in able}
        found += [
            Skill(person=person, activity=activity, output=min(outputs[group[person]]))
            for person in planned
            if person not in doing and group[person] in outputs
        ]
    return found[:CANDIDATES]


def _can_be_taught(row: Activity) -> bool:
    return row.category == "DCC" and row.team is None


def _training(skills: Sequence[Skill]) -> Scenario:
    rows = tuple(
        AddRow(op="add", table="skills", people=[one.person], activities=[one.activity], set={"output": one.output})
        for one in skills
    )
    return Scenario(id="train", name="Training", change=rows)


def _works(outcome: Outcome | None, skill: Skill) -> bool:
    return _sessions(outcome, skill) > 0


def _sessions(outcome: Outcome | None, skill: Skill) -> int:
    """Rows, counted by weeks, in which a plan uses a skill."""
    assert outcome is not None
    assert outcome.plan is not None
    rows = [row for row in outcome.plan.rows_of(skill.person) if row.activity == skill.activity]
    return sum(len(row.weeks) if row.weeks else 52 for row in rows)


# ---- extra hours


def _extra_hours(climb: _Climb) -> None:
    budget = climb.service.objective.extra_pa_budget
    scenario = None
    if budget <= 0:
        scenario = _budget(_accepted(climb.service))
    stack = [*climb.standing, *([scenario] if scenario is not None else [])]
    run = climb.solve(stack, paid=True)
    found = run.measures
    if found is None or found.short_with_extra > climb.left - SMALL:
        climb.skip("extra_hours", "Extra hours people would accept close nothing more: other skills or rooms bind.")
        return
    given = []
    if found.extra_pa:
        given.append(f"{found.extra_pa:.2f} extra PAs")
    if found.extra_hours:
        given.append(f"{found.extra_hours:.1f} extra hours of contracts in hours")
    said = f"{_capital(listed(given))} a week, for {people(found.extra_people)} who would accept them."
    climb.stand("extra_hours", said, run, True, scenario)


def _accepted(service: Service) -> float:
    """PAs that everyone together would accept above contract; 1 each where nobody says."""
    contracts = [(person.contract_pa, person.max_pa) for person in service.people if person.contract_pa]
    return sum(max(0.0, (most or 0.0) - contract) for contract, most in contracts) or float(len(contracts))


# ---- recruit


def _recruit(climb: _Climb) -> None:
    said: list[str] = []
    stood: list[Operation] = []
    vain: set[str] = set()
    left, best = climb.left, climb.last
    for _ in range(TRIED):
        if left <= SMALL or (climb.stop is not None and climb.stop.is_set()):
            break
        attempt = _next_post(climb, best, stood, vain)
        if attempt is None:
            break
        scenario = Scenario(id="recruit", name="New posts", change=(*stood, *attempt.operations))
        run = _tried(climb, scenario)
        if run is None or run.measures is None or run.measures.short_with_extra > left - SMALL:
            vain.add(attempt.key)
            continue
        stood += attempt.operations
        said.append(attempt.words)
        left, best = run.measures.short_with_extra, run
    if not stood:
        climb.skip(
            "recruit", "One more colleague like those who do what is short closes nothing more: rooms or hours bind."
        )
        return
    scenario = Scenario(id="recruit", name="New posts", change=tuple(stood))
    climb.stand("recruit", f"{_capital(listed(said))}.", best, True, scenario)


def _tried(climb: _Climb, scenario: Scenario) -> ScenarioRun | None:
    try:
        return climb.solve([*climb.standing, scenario], paid=True)
    except InputError:  # a post that cannot be, such as one too small for a rota
        return None


@dataclass(frozen=True)
class _Attempt:
    """A post to try: what it is for and how, in words, and what creates it."""

    key: str
    words: str
    operations: tuple[Operation, ...]


def _next_post(climb: _Climb, run: ScenarioRun, stood: Sequence[Operation], vain: set[str]) -> _Attempt | None:
    """The post for what is shortest now: a vacant one, one of posts.csv (the smallest first), or one like a colleague.

    What was tried ``in vain`` is passed over.
    """
    assert run.measures is not None
    assert run.service is not None
    rows = run.measures.activities
    short = {row.activity: row.short_with_extra for row in rows if row.short_with_extra > SMALL}
    filled = {one.id for one in stood if isinstance(one, ChangeRows)}
    for activity in sorted(short, key=lambda key: (-short[key], key)):
        for attempt in _posts_for(climb, run.service, activity, short[activity], filled):
            if attempt.key not in vain:
                return attempt
    return None


def _posts_for(
    climb: _Climb, service: Service, activity: str, short: float, filled: set[str | list[str] | None]
) -> Iterator[_Attempt]:
    """Posts that could do an activity, in the order in which they are tried."""
    able = [skill.person for skill in service.skills if skill.activity == activity]
    for person in service.people:
        if person.kind == "vacant" and person.person in able and person.person not in filled:
            fill = ChangeRows(op="change", table="people", id=person.person, set={"kind": "substantive"})
            yield _Attempt(f"{activity}/{person.person}", f"the vacant post {person.person} filled", (fill,))
    for post in sorted(service.posts, key=lambda post: post.contract_pa or (post.contract_hours or 0.0) / 4):
        if any(skill.activity == activity for skill in post.skills):
            taken = {person.person for person in service.people}
            name = next(one for one in (f"x{n:02d}" for n in range(1, 1000)) if one not in taken)
            yield _Attempt(f"{activity}/{post.post}", f"a post of {post.name}", _new_post(post, name))
    like = [person for person in climb.service.people if person.person in able and is_planned(climb.service, person)]
    if like and service.activity(activity).team is None:
        size = _post_size(service, activity, short)
        model = max(like, key=lambda person: person.contract_pa or (person.contract_hours or 0.0) / 4)
        add = AddRow(op="add", table="people", like=model.person, set={"wte": size})
        yield _Attempt(f"{activity}/like", f"a post of {size:.1f} WTE like {model.person}", (add,))


def _new_post(post: Post, name: str) -> tuple[Operation, ...]:
    """Create a post of posts.csv, with its skills and rotas."""
    fields = (
        "staff_group", "grade", "contract_pa", "contract_hours", "core_spa_pa", "core_spa_hours", "working_weeks",
        "max_days", "premium_consent",
    )  # fmt: skip
    told = {field: getattr(post, field) for field in fields if getattr(post, field) is not None}
    if post.unavailable:
        told["unavailable"] = list(post.unavailable)
    person = AddRow(op="add", table="people", id=name, set={**told, "name": f"New {post.name}"})
    skills = tuple(
        AddRow(op="add", table="skills", people=[name], activities=[skill.activity],
               set={} if skill.output is None else {"output": skill.output})
        for skill in post.skills
    )  # fmt: skip
    rotas = tuple(ChangeRows(op="change", table="rotas", id=rota, plus={"members": name}) for rota in post.rotas)
    return (person, *skills, *rotas)


def _post_size(service: Service, activity: str, short: float) -> float:
    """WTE for so many sessions a week, core SPA included, in tenths; from a fifth of a post to a whole one."""
    post = units_of(JobTime(service, analyse(service)), service.job_plans)[activity].post
    needed = 1.0 if post.wte is None else post.wte * short
    return min(1.0, max(LEAST_WTE, math.ceil(needed * 10 - 1e-6) / 10))


# ---- manage demand


def _manage(climb: _Climb) -> None:
    run = climb.last
    assert run.measures is not None
    assert run.service is not None
    rows = {row.activity: row for row in run.measures.activities}
    said, operations = [], []
    for activity, short in climb.rungs[-1].shortfall.items():
        if short <= SMALL:
            continue
        words, operation = _less(run.service, activity, short, rows[activity].required)
        said.append(words)
        operations.append(operation)
    scenario = Scenario(id="manage_demand", name="Demand managed", change=tuple(operations))
    after = climb.solve([*climb.standing, scenario], paid=True)
    if after.measures is None or after.measures.short_with_extra > climb.left - SMALL:
        climb.skip(
            "manage_demand", "Asking for less of what is short closes nothing: it is short in particular half-days."
        )
        return
    climb.stand("manage_demand", f"{_capital(listed(said))}.", after, True, scenario)


def _less(service: Service, activity: str, short: float, required: float) -> tuple[str, Operation]:
    """How much less must be asked of an activity: fewer referrals, or fewer fixed sessions where it has no streams."""
    row = service.activity(activity)
    streams = [stream for stream in service.streams if stream.activity == activity]
    fixed = row.sessions_per_week or 0.0
    if not streams or required - fixed <= short:
        less = max(0.0, math.floor((fixed - short) * 100) / 100)
        change = ChangeRows(op="change", table="activities", id=activity, set={"sessions_per_week": less})
        return f"{number(fixed - less)} sessions a week less asked of {row.name}", change
    factor = max(0.01, math.floor((1 - short / (required - fixed)) * 1000) / 1000)
    own = {stream.stream for stream in streams}
    roots = [stream.stream for stream in streams if stream.generated_by not in own]
    return (
        f"{(1 - factor) * 100:.3g} % fewer referrals to {row.name} (advice and guidance, other pathways)",
        ScaleDemand(op="scale_demand", factor=factor, id=roots),
    )


def _capital(text: str) -> str:
    """First letter upper case, unless it begins with an id such as c01."""
    return text if text.split()[0].isalnum() and any(letter.isdigit() for letter in text.split()[0]) else capital(text)
