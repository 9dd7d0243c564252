"""The checker, fuzzed: good plans are never accused, and seeded corruptions of them break every rule there is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from capacity.check import OUTCOME_RULES, check_plan, rules
from capacity.demand.analyse import analyse
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.service.model import DutyWeek, Role, Rota, Service
from capacity.service.policy import Sourced
from capacity.service.wishes import Mark, Wishes
from tests.check import clinic, test_together
from tests.check.corruptions import CORRUPTIONS, FALSEHOODS, Good
from tests.optimise import small, test_rules_together
from tests.optimise.tiny import tiny_service

TRIES = 15
"""Times each corruption is tried on each service."""


def by_hand() -> Good:
    return Good(clinic.service(), clinic.demand(), clinic.outcome())


def by_hand_within_limits() -> Good:
    """The clinic with limits on weekends, premium time and changes that its plan just keeps."""
    made = clinic.service()
    policy = made.policy_tables[made.policy]
    share = Sourced(value=0.1334, source="test", verified=False)
    limited = made.model_copy(
        update={
            "policy_tables": {
                **made.policy_tables,
                policy.name: policy.model_copy(update={"out_of_hours_share": share}),
            },
            "slots": made.slots.model_copy(update={"max_weekends": 1}),
            "objective": made.objective.model_copy(update={"max_changes": 5}),
            "people": tuple(who.model_copy(update={"max_changes": 2}) for who in made.people),
        }
    )
    return Good(limited, clinic.demand(), clinic.outcome())


def by_hand_with_locks() -> Good:
    """The clinic with one session locked and another forbidden."""
    wishes = Wishes(locks=(Mark("ben", "saturday", "Sat AM", (1,)),), forbids=(Mark("ben", "clinic", "Mon AM", (2,)),))
    return replace(by_hand(), asked=wishes)


def planned(made: Service, with_extra: bool = False) -> Good:
    """What the planner makes of a service."""
    demand = analyse(made)
    outcome = plan(made, demand, Settings(time_limit=60))
    answer = outcome.with_extra if with_extra else outcome
    assert answer is not None and answer.plan is not None
    return Good(made, demand, answer, with_extra)


def shared_post_on_duty() -> Service:
    """Two who share a post, duty in weeks of the cycle, divided trainees and lists by the year."""
    lists = small.activity("lists", 0.3).model_copy(update={"slots": (), "annualised": True})
    rota = Rota(
        rota="take",
        name="Take",
        kind="hot_week",
        members=("ann", "cat"),
        pa_per_duty_week=0.5,
        duty_weeks=(DutyWeek(person="ann", week=1), DutyWeek(person="cat", week=2)),
    )
    role = Role(role="sup", name="Supervision", category="SPA", trainees=3, max_trainees=2, tariff_pa=0.25)
    team = [
        small.person("ann", 4, shares_with="bob", pattern=("Mon AM", "Tue AM")),
        small.person("bob", 4),
        small.person("cat", 4),
    ]
    clinic_of_all = small.activity("clinic", 2, "Mon AM", "Mon PM", "Tue AM")
    return small.service(team, [clinic_of_all, lists], cycle=2, rotas=[rota], roles=[role])


SERVICES: dict[str, Callable[[], Good]] = {
    "the clinic made by hand": by_hand,
    "the clinic within limits on people": by_hand_within_limits,
    "the clinic with locks": by_hand_with_locks,
    "lists of surgeons and anaesthetists": lambda: planned(test_together.theatre()),
    "a meeting of one group": lambda: planned(test_together.huddle()),
    "a trainee beside a supervisor": lambda: planned(test_together.trainee("west")),
    "two sites with travel": lambda: planned(test_together.sites()),
    "two sites without": lambda: planned(test_together.no_travel()),
    "two scopes": lambda: planned(test_rules_together.scopes(2, cycle=2, weeks=(1,))),
    "a duty rota and premium time": lambda: planned(tiny_service(4)),
    "extra time within the budget": lambda: planned(tiny_service(36), with_extra=True),
    "a shared post, on duty": lambda: planned(shared_post_on_duty()),
    "a whole-team meeting": lambda: planned(tiny_service(0)),
}
"""Good plans to corrupt; between them every rule has something to say."""
MISSTATED = ("the clinic made by hand", "extra time within the budget")
"""Those of which falsehoods are told."""


@cache
def good(name: str) -> Good:
    return SERVICES[name]()


def caught(case: Good) -> set[str]:
    """Rules a case breaks."""
    found = check_plan(case.service, case.demand, case.plan, case.outcome, case.extra_allowed, case.asked)
    return {broken.rule for broken in found}


@cache
def fuzzed() -> Counter[tuple[str, str]]:
    """How often each corruption broke each rule."""
    found: Counter[tuple[str, str]] = Counter()
    for name in SERVICES:
        for what, corrupt in (CORRUPTIONS | FALSEHOODS if name in MISSTATED else CORRUPTIONS).items():
            chance = random.Random(f"{name}/{what}")
            for _ in range(TRIES):
                corrupted = corrupt(chance, good(name))
                if corrupted is not None:
                    found.update((what, rule) for rule in caught(corrupted))
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_good_plan_is_not_accused(name: str) -> None:
    assert caught(good(name)) == set()


def test_every_rule_is_caught_by_fuzzing() -> None:
    missed = set(rules()) - {rule for _, rule in fuzzed()}
    assert not missed, (
        f"nothing in CORRUPTIONS or FALSEHOODS of tests/check/corruptions.py breaks {', '.join(sorted(missed))} on any"
        " of SERVICES of tests/check/test_fuzz.py: add a corruption, or a service in which the rule applies"
    )


def test_every_corruption_is_caught_now_and_then() -> None:
    assert {what for what, _ in fuzzed()} == {*CORRUPTIONS, *FALSEHOODS}


def test_what_is_falsely_said_breaks_only_rules_of_the_outcome() -> None:
    of_outcomes = {rule.__name__ for rule in OUTCOME_RULES}
    assert {rule for what, rule in fuzzed() if what in FALSEHOODS} == of_outcomes
