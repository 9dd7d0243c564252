"""The Pareto set: no plan in it is beaten, every plan is checked, and the files say so."""

from __future__ import annotations

import itertools
from functools import cache

import jsonschema
import pytest

import capacity
from capacity.check import check_plan
from capacity.report.pareto import Pareto
from capacity.report.schemas_whatif import pareto_schema
from capacity.service.model import Costs
from tests.scenario.test_sweep import two_people


@cache
def found() -> Pareto:
    made = two_people(budget=0).model_copy(update={"costs": Costs(extra_pa=10_000), "job_plans": ()})
    return capacity.pareto(made, points=4, time_limit=60)


def test_no_plan_of_the_set_is_beaten() -> None:
    rows = [(row["short"], row["changed"], row["pounds"]) for row in found().frame.to_dict("records")]
    assert len(rows) >= 3
    for one, other in itertools.permutations(rows, 2):
        assert any(a < b - 1e-6 for a, b in zip(one, other, strict=True)), (one, other)


def test_the_ends_are_those_worked_by_hand() -> None:
    """From nothing planned to all four sessions: three within contracts, the fourth for one extra PA."""
    frame = found().frame
    assert (frame["short"].max(), frame["changed"].min(), frame["pounds"].min()) == (4, 0, 0)
    last = frame.sort_values("short").iloc[0]
    assert (last["short"], last["changed"], last["pounds"]) == (pytest.approx(0), 4, pytest.approx(10_000))
    assert frame["proven"].all()


def test_every_plan_passes_the_checker() -> None:
    for point in found().result.points:
        assert point.outcome.plan is not None
        assert check_plan(point.service, found().demand, point.outcome.plan, point.outcome, point.by == "extra") == ()


def test_the_page_and_the_json_hold_every_plan() -> None:
    summary = found().summary()
    assert f"{len(found().frame)} plans that no other beats" in summary
    assert max(map(len, summary.split("\n"))) <= 100
    jsonschema.validate(found().to_json(), pareto_schema(), cls=jsonschema.Draft202012Validator)
    assert {name for name in found().files() if name.endswith(".svg")} == {"figures/pareto.svg"}


def test_fewer_than_two_points_are_refused() -> None:
    with pytest.raises(ValueError, match="points is 1"):
        capacity.pareto(two_people(), points=1)
