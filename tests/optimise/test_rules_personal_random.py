"""Tiny random teams with everything about single people at once: weekends, duty in weeks, rest, shared posts, trainees.

Counts with weeks only where they are needed must find the values of a model with every week, and the independent
checker must find nothing wrong with the plan.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from ortools.sat.python import cp_model

from capacity.demand.analyse import analyse
from capacity.optimise.problem import Problem
from capacity.optimise.search import Settings
from capacity.optimise.solve import build, plan
from capacity.optimise.tiers import EXPRESSIONS
from capacity.service.model import DutyWeek, JobPlanRow, Role, Rota, Service
from capacity.units import WEEKS_PER_YEAR
from tests.optimise.small import activity, broken_rules, person, room, row, service, values

WEEKEND = ("Sat AM", "Sun AM")
SLOTS = ("Mon AM", "Mon PM", "Tue AM", *WEEKEND)
LONG = Settings(time_limit=120)


def drawn(seed: int) -> Service:
    chance = random.Random(f"personal/{seed}")
    cycle, names = chance.choice((2, 3)), ("ann", "bob", "cat")[: chance.choice((2, 3))]
    people = []
    for name in names:
        rest: dict[str, Any] = {}
        if name == "ann" and chance.random() < 0.4:
            rest = {"shares_with": "bob", "overlap": chance.choice(((), ("Tue AM",)))}
        people.append(
            person(
                name,
                chance.choice((2, 3, 4)),
                premium_consent=True,
                max_weekends=chance.choice((None, 1, cycle)),
                max_days=chance.choice((2, 3, 5)),
                core_spa_pa=chance.choice((0, 0.5)),
                max_changes=chance.choice((None, None, 3)),
                working_weeks=chance.choice((WEEKS_PER_YEAR, 42)),
                **rest,
            )
        )
    activities = [
        activity("clinic", chance.choice((0.5, 1, 1.5, 2)), *SLOTS[:3], room=("one",), covered=chance.random() < 0.3),
        activity("round", chance.choice((0.5, 1, 1.3)), *WEEKEND, spread=chance.choice((None, "each_day"))),
        activity("ward", chance.choice((0.5, 1, 2)), *SLOTS[:4]),
    ]
    if chance.random() < 0.3:
        activities.append(activity("mdt", 0.5, "Tue AM", team="all", session_minutes=60))
    if chance.random() < 0.5:
        lists = activity("lists", chance.choice((0.3, 0.7)))
        activities.append(lists.model_copy(update={"slots": (), "annualised": True}))
    rows: dict[tuple[str, str], JobPlanRow] = {}
    for name in names:
        for what in ("clinic", "ward"):
            weeks = (chance.randint(1, cycle),) if chance.random() < 0.5 else ()
            slot = chance.choice(SLOTS[:3])
            if chance.random() < 0.6:
                rows.setdefault((name, slot), row(name, what, slot, *weeks))
    return service(
        people,
        activities,
        cycle=cycle,
        premium=WEEKEND,
        rooms=[room("one", weeks=chance.choice(((), (1,))))],
        rotas=[_rota(chance, names, cycle)] if chance.random() < 0.6 else [],
        roles=[
            Role(role="sup", name="Supervision", category="SPA", trainees=3, max_trainees=2, tariff_pa=0.25)
            for _ in range(chance.choice((0, 1)))
        ],
        job_plans=tuple(rows.values()),
    )


def _rota(chance: random.Random, names: tuple[str, ...], cycle: int) -> Rota:
    return Rota(
        rota="take",
        name="Take",
        kind=chance.choice(("hot_week", "weekend", "on_call")),
        members=names,
        pa_per_duty_week=chance.choice((0, 0.5, 1)),
        displaces=chance.choice((None, "all", "none", ("clinic",))),
        duty_weeks=tuple(DutyWeek(person=names[week % len(names)], week=week + 1) for week in range(cycle)),
        rest_after=chance.choice(((), ("Mon AM",), ("Mon AM", "Tue AM"))),
    )


def by_week(problem: Problem) -> dict[str, int]:
    """Optimal value of each tier, the earlier ones held, by a model with a variable for every week; none: no plan."""
    v = build(problem, False, frozenset(slot for *_, slot in problem.cells))
    expressions = {name: expression(v) for name, expression in EXPRESSIONS.items()}
    found = {}
    for name, expression in expressions.items():
        v.model.minimize(expression)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.presolve_inclusion_work_limit = 0
        code = solver.solve(v.model)
        if code == cp_model.INFEASIBLE and not found:
            return {}
        assert code == cp_model.OPTIMAL
        found[name] = round(solver.objective_value)
        if not isinstance(expression, int):
            v.model.add(expression <= found[name])
    return found


@pytest.mark.parametrize("seed", range(12))
def test_counts_find_what_a_model_of_every_week_finds_and_the_checker_agrees(seed: int) -> None:
    made = drawn(seed)
    demand = analyse(made)
    outcome = plan(made, demand, LONG)
    assert outcome.plan is not None, outcome.reason
    assert broken_rules(made, demand, outcome) == []
    assert outcome.status == "optimal"
    assert values(outcome) == by_week(Problem(made, demand))


def with_pattern(seed: int) -> Service:
    """Ann and Bob share a post with a pattern, little is asked for, and somebody is on duty in one service of two."""
    made, chance = drawn(seed), random.Random(f"pattern/{seed}")
    shared = {"shares_with": "bob", "overlap": chance.choice(((), ("Mon AM",))), "max_changes": None}
    worked = {"pattern": tuple(chance.sample(SLOTS[:3], chance.choice((2, 3)))), "shares_with": None}
    team = [who.model_copy(update={"ann": shared, "bob": worked}.get(who.person, {})) for who in made.people]
    asked = [each.model_copy(update={"sessions_per_week": 0.3}) for each in made.activities]
    rotas = made.rotas if seed % 2 else ()
    return made.model_copy(update={"people": tuple(team), "activities": tuple(asked), "rotas": rotas})


@pytest.mark.parametrize("seed", range(8))
def test_a_pattern_of_a_shared_post_is_what_a_model_of_every_week_makes_of_it(seed: int) -> None:
    made = with_pattern(seed)
    demand = analyse(made)
    outcome, expected = plan(made, demand, LONG), by_week(Problem(made, demand))
    if not expected:
        assert outcome.status == "impossible"
        return
    assert outcome.status == "optimal"
    assert broken_rules(made, demand, outcome) == []
    assert values(outcome) == expected


def test_patterns_drawn_make_a_difference() -> None:
    def without(made: Service) -> Service:
        return made.model_copy(update={"people": tuple(w.model_copy(update={"pattern": ()}) for w in made.people)})

    drawn_so = [with_pattern(seed) for seed in range(8)]
    found = [[by_week(Problem(each, analyse(each))) for each in (made, without(made))] for made in drawn_so]
    assert sum(one != other for one, other in found) >= 4, found
    assert sum(one == {} for one, _ in found) <= 4
