"""Whatever is allocated, completed timetables add up: 300 random teams with a random plan each, none of them solved."""

from __future__ import annotations

import random

import pytest

from capacity.check import check_plan
from capacity.demand.analyse import analyse
from capacity.optimise.complete import complete
from capacity.optimise.problem import Problem
from capacity.optimise.rotate import assign_rooms, rotate
from capacity.optimise.search import Settings, new_solver, read_solution
from capacity.optimise.solve import build
from capacity.outcome import TeamPlan
from capacity.service.model import Service
from tests.optimise.test_rotation import drawn_team

BLOCKS, BLOCK = 10, 30


def some_plan(made: Service, seed: int) -> TeamPlan:
    """A plan that keeps every rule and aims at nothing: the first found for random wishes."""
    chance = random.Random(f"any plan/{seed}")
    problem = Problem(made, analyse(made))
    v = build(problem, allow_extra=False)
    v.model.maximize(sum(chance.randint(-3, 9) * variable for variable in v.n.values()))
    solver = new_solver(Settings(), 60)
    solver.parameters.stop_after_first_solution = seed % 2 == 0  # half of them nearly empty, half nearly full
    solver.parameters.max_deterministic_time = 0.05
    solver.solve(v.model)
    allocation = read_solution(v, solver)
    rotation = rotate(problem, allocation.counts)
    assert not rotation.impossible
    return complete(problem, allocation, rotation.weeks, assign_rooms(problem, rotation.weeks)).plan


@pytest.mark.parametrize("block", range(BLOCKS))
def test_any_plan_is_completed_to_the_minute(block: int) -> None:
    """The checker adds up every year from the rows: no contract is missed by half a minute a week, no rule broken."""
    sessions = 0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        made = drawn_team(1000 + seed)
        plan = some_plan(made, seed)
        sessions += sum(line.activity in ("clinic", "short", "always", "long") for line in plan.rows)
        assert check_plan(made, analyse(made), plan) == (), seed
    assert sessions > BLOCK  # the plans are not empty
