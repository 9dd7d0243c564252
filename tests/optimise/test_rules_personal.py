"""Rules about one person's year and about how much may change: one test that allows and one that forbids each.

Unless said otherwise everyone is present 52.18 weeks, a session is 240 minutes and delivers 1 (see ``small``).
"""

from __future__ import annotations

from typing import Any

import pytest

from capacity.demand.analyse import analyse
from capacity.errors import Fault
from capacity.outcome import Outcome
from capacity.service.policy import Sourced, load_policy
from capacity.supply.contradictions import contradictions
from capacity.units import is_weekend
from tests.optimise.small import able, activity, person, placed, room, row, service, sessions, solved, values

AM, PM, TUE = "Mon AM", "Mon PM", "Tue AM"
SAT, SUN = "Sat AM", "Sun AM"
WEEKEND = (SAT, SUN)


def short(outcome: Outcome) -> float:
    """Sessions a calendar week short in all, exactly."""
    return round(sum(outcome.shortfall.values()), 6)


def weekends_of(outcome: Outcome, who: str, cycle: int) -> set[int]:
    """Weeks of the cycle in which a person is in on Saturday or Sunday."""
    every = tuple(range(1, cycle + 1))
    return {week for (_, _, slot), weeks in placed(outcome, who).items() if is_weekend(slot) for week in weeks or every}


# ---- weekends


def on_weekends(wanted: float, most: int | None, *slots: str, people: int = 1, cycle: int = 4, **rest: Any) -> Outcome:
    """People with time for every weekend, and a round on weekend mornings."""
    team = [person(f"p{n}", 2, premium_consent=True, max_weekends=most) for n in range(people)]
    made = service(team, [activity("round", wanted, *slots)], cycle=cycle, premium=WEEKEND, **rest)
    return solved(made)


@pytest.mark.parametrize(("most", "done"), [(None, 4), (4, 4), (1, 1), (0, 0)])
def test_weekends_allows_one_in_four(most: int | None, done: int) -> None:
    outcome = on_weekends(1, most, SAT)
    assert sessions(outcome, 4) == done
    assert short(outcome) == 1 - done / 4


def test_weekends_allows_both_days_of_one_weekend() -> None:
    outcome = on_weekends(0.5, 1, SAT, SUN)  # two sessions a cycle: Saturday and Sunday of the same week
    assert short(outcome) == 0
    assert len(weekends_of(outcome, "p0", 4)) == 1


def test_weekends_forbids_a_second_weekend() -> None:
    outcome = on_weekends(0.75, 1, SAT, SUN)  # three sessions are two weekends
    assert short(outcome) == 0.25
    assert len(weekends_of(outcome, "p0", 4)) == 1
    assert short(on_weekends(0.75, 2, SAT, SUN)) == 0


def test_weekends_forbids_what_the_service_does_not_allow_anyone() -> None:
    made = service(
        [person("ann", 2, premium_consent=True), person("bob", 2, premium_consent=True, max_weekends=4)],
        [activity("round", 2, SAT)],
        cycle=4,
        premium=WEEKEND,
    )
    made = made.model_copy(update={"slots": made.slots.model_copy(update={"max_weekends": 1})})
    outcome = solved(made)
    assert (len(weekends_of(outcome, "ann", 4)), len(weekends_of(outcome, "bob", 4))) == (1, 4)


def test_weekends_allows_a_team_to_share_them() -> None:
    """A round both mornings of every weekend in the one room: four people at one weekend each do whole weekends."""
    team = [person(f"p{n}", 2, premium_consent=True, max_weekends=1) for n in range(4)]
    rounds = [activity("round", 2, SAT, SUN, room=("bay",))]
    outcome = solved(service(team, rounds, cycle=4, premium=WEEKEND, rooms=[room("bay", slots=WEEKEND)]))
    assert short(outcome) == 0
    assert sorted(week for n in range(4) for week in weekends_of(outcome, f"p{n}", 4)) == [1, 2, 3, 4]


def test_weekends_forbids_weeks_that_counts_alone_would_allow() -> None:
    """Counts see one session on Saturday and one on Sunday: one weekend. The rooms are there in different weeks."""
    rounds = [activity("sat", 0.5, SAT, room=("first",)), activity("sun", 0.5, SUN, room=("second",))]
    rooms = [room("first", slots=(SAT,), weeks=(1,)), room("second", slots=(SUN,), weeks=(2,))]
    for most, missing in ((1, 0.5), (2, 0)):
        team = [person("ann", 2, premium_consent=True, max_weekends=most)]
        assert short(solved(service(team, rounds, cycle=2, premium=WEEKEND, rooms=rooms))) == missing


def test_weekends_forbids_spa_on_a_further_weekend() -> None:
    """Last year's SPA stood on Saturdays; with two Saturday rounds there is no weekend left for it."""
    team = [person("ann", 2, premium_consent=True, max_weekends=1, core_spa_pa=1)]
    plans = [row("ann", "spa", SAT, minutes=240)]
    outcome = solved(service(team, [activity("round", 0.5, SAT)], cycle=2, premium=WEEKEND, job_plans=plans))
    assert outcome.plan is not None
    assert not any(is_weekend(line.slot) for line in outcome.plan.rows if line.activity == "spa")


def test_weekends_pinned_beyond_the_limit_are_refused_with_the_person() -> None:
    team = [person("ann", 2, premium_consent=True, max_weekends=1)]
    plans = [row("ann", "round", SAT, 1, pinned=True), row("ann", "round", SUN, 2, pinned=True)]
    made = service(team, [activity("round", 1, *WEEKEND)], cycle=2, premium=WEEKEND, job_plans=plans)
    (fault,) = contradictions(made, analyse(made))
    assert isinstance(fault, Fault)
    assert (fault.column, fault.found, fault.allowed) == (
        "max_weekends",
        "pinned rows on 2 weekends of the cycle",
        "at most 1",
    )


# ---- premium time: a PA of 3 hours, 48 hours, 12 PAs, 40 %


def test_premium_allows_three_hours_as_one_pa() -> None:
    """One PA is 180 minutes on Saturday: charged 240, worked 180, a surcharge of 60."""
    made = service([person("ann", 1, premium_consent=True)], [activity("round", 1, SAT, session_minutes=180)],
                   premium=(SAT,))  # fmt: skip
    outcome = solved(made)
    assert (short(outcome), values(outcome)["cost"]) == (0, 60)


def test_premium_forbids_four_hours_in_one_pa() -> None:
    made = service([person("ann", 1.33, premium_consent=True)], [activity("round", 1, SAT)], premium=(SAT,))
    assert short(solved(made)) == 1  # 240 x 4/3 = 320 minutes; 1.33 PA are 319.2
    enough = made.model_copy(update={"people": (person("ann", 1.34, premium_consent=True),)})
    assert short(solved(enough)) == 0


def out_of_hours(share: float, pa: float = 5, **rest: Any) -> Outcome:
    """Five PA and a policy with a limit on premium time; two premium sessions of 180 minutes are 2 PA."""
    policy = load_policy("england-consultant-2003")
    limited = policy.model_copy(update={"out_of_hours_share": Sourced(value=share, source="test", verified=False)})
    made = service(
        [person("ann", pa, premium_consent=True, **rest)],
        [activity("round", 2, SAT, SUN, session_minutes=180)],
        premium=WEEKEND,
        budget=1 if rest else 0,
    )
    return solved(made.model_copy(update={"policy_tables": {**made.policy_tables, policy.name: limited}}))


def test_out_of_hours_allows_forty_per_cent() -> None:
    assert short(out_of_hours(0.4)) == 0  # 480 of 1200 minutes


def test_out_of_hours_forbids_more() -> None:
    assert short(out_of_hours(0.39)) == 1
    assert short(out_of_hours(0.4, pa=4.99)) == 1


def test_out_of_hours_allows_a_share_of_extra_time_too() -> None:
    outcome = out_of_hours(0.4, pa=4.9, max_pa=6)
    assert short(outcome) == 1  # 480 > 0.4 x 1176
    assert outcome.with_extra is not None and outcome.with_extra.plan is not None
    assert short(outcome.with_extra) == 0
    assert outcome.with_extra.plan.extra_minutes == {"ann": 24}  # 0.4 x 1200


def test_sas_policy_allows_forty_per_cent_and_forbids_more() -> None:
    policy = load_policy("england-sas-2021")
    for pa, missing in ((5.0, 0), (4.9, 1)):
        made = service(
            [person("sue", pa, staff_group="sas", premium_consent=True)],
            [activity("round", 2, SAT, SUN, session_minutes=180)],
            premium=WEEKEND,
            policies={"sas": policy.name},
        )
        tables = {**made.policy_tables, policy.name: policy}
        assert short(solved(made.model_copy(update={"policy_tables": tables}))) == missing


# ---- limits on change


def to_change(most: int | None = None, in_all: int | None = None) -> Outcome:
    """Ann and Bob each have a clinic that is no longer wanted, and the ward wants both."""
    team = [person(name, 1, max_changes=most) for name in ("ann", "bob")]
    plans = [row("ann", "clinic", AM), row("bob", "clinic", PM)]
    made = service(team, [activity("clinic", 0, AM, PM), activity("ward", 2, AM, PM)], job_plans=plans)
    objective = made.objective.model_copy(update={"max_changes": in_all})
    return solved(made.model_copy(update={"objective": objective}))


@pytest.mark.parametrize("most", [None, 1])
def test_changes_allows_one_session_each(most: int | None) -> None:
    assert short(to_change(most)) == 0  # a session moved from the clinic to the ward is one change


def test_changes_forbids_any_to_who_may_not_change() -> None:
    outcome = to_change(0)
    assert (short(outcome), outcome.changes) == (2, ())


def test_changes_in_all_allows_two() -> None:
    assert short(to_change(in_all=2)) == 0


@pytest.mark.parametrize(("in_all", "missing"), [(1, 1), (0, 2)])
def test_changes_in_all_forbids_more(in_all: int, missing: int) -> None:
    outcome = to_change(in_all=in_all)
    assert short(outcome) == missing
    assert sum(change.moved + change.dropped + change.added for change in outcome.changes) == in_all


def test_changes_forbids_swapping_more_than_it_may_in_a_cycle() -> None:
    """Four sessions a cycle would help; two may change."""
    team = [person("ann", 1, max_changes=2)]
    made = service(
        team, [activity("clinic", 0), activity("ward", 1)], able("ann clinic", "ann ward"), cycle=4,
        job_plans=[row("ann", "clinic", AM)],
    )  # fmt: skip
    outcome = solved(made)
    assert (short(outcome), outcome.changes[0].moved) == (0.5, 2)
