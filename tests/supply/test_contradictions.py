"""What one person's rows show alone is bad input, with the row it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

import capacity
from capacity.errors import InputError
from capacity.service.model import JobPlanRow, Service

GOLDEN = Path(__file__).parents[2] / "models" / "golden"


def with_pin(activity: str, slot: str, minutes: float) -> Service:
    service = capacity.read(GOLDEN)
    row = JobPlanRow(person="c01", activity=activity, slot=slot, minutes=minutes, pinned=True)
    return service.model_copy(update={"job_plans": (*service.job_plans, row)})


@pytest.mark.parametrize("activity", ["admin", "cover", "role:audit"])
def test_a_pin_on_time_that_follows_something_else_is_refused(activity: str) -> None:
    with pytest.raises(InputError, match=f"found {activity} pinned; allowed sessions, spa"):
        capacity.plan(with_pin(activity, "Wed PM", 60), time_limit=5)


def test_a_pinned_session_keeps_its_own_length() -> None:
    outcome = capacity.plan(with_pin("general", "Wed AM", 120), time_limit=5)
    assert outcome.plan is not None
    kept = [row for row in outcome.plan.rows_of("c01") if row.slot == "Wed AM" and row.activity == "general"]
    assert [row.minutes for row in kept] == [120]


def test_pins_and_spa_above_the_contract_are_one_fault_with_the_sum() -> None:
    service = capacity.read(GOLDEN)
    people = tuple(
        person.model_copy(update={"core_spa_pa": 50.0, "core_spa_hours": None}) if person.person == "c01" else person
        for person in service.people
    )
    with pytest.raises(InputError, match=r"people\.csv row \d+ \(c01\), column contract_pa: found pinned"):
        capacity.plan(service.model_copy(update={"people": people}), time_limit=5)
