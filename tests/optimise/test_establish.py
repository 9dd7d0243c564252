"""The establishment question: teams worked out by hand, against every team tried, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from capacity.api import establish
from capacity.check import check_plan
from capacity.demand.analyse import analyse
from capacity.errors import InputError
from capacity.optimise.establish.teams import team_kept, with_team
from capacity.optimise.search import Settings
from capacity.optimise.solve import plan
from capacity.outcome import Outcome
from capacity.report.establishment import Establishment
from capacity.service.model import Costs, Delivery, Post, PostSkill, Role, RotaShare, Service, Skill
from capacity.supply.post_types import post_types
from capacity.units import WEEKS_PER_YEAR
from tests.optimise.small import activity, duty, nurse, person, room, service
from tests.optimise.tiny import tiny_service

HALVES = ("Mon AM", "Mon PM", "Tue AM", "Tue PM", "Wed AM")
IDLE = person("idle", 0.5)
"""Somebody in post who can do nothing: a service has at least one person."""


def post(name: str, skills: str, pa: float = 2, cost: float = 1000, **rest: Any) -> Post:
    """A post present in every calendar week without core SPA: 1 PA is one session a week and a tenth of a WTE."""
    able = tuple(
        PostSkill(activity=part.split("=")[0], output=float(part.split("=")[1]) if "=" in part else None)
        for part in skills.split()
    )
    settled: dict[str, Any] = {
        "staff_group": "consultant", "contract_pa": pa, "core_spa_pa": 0, "working_weeks": WEEKS_PER_YEAR,
        "max_days": 5, "cost": cost,
    }  # fmt: skip
    return Post(post=name, name=name, skills=able, **{**settled, **rest})


def found(made: Service, **settings: Any) -> Establishment:
    """The answer; the plan of a team has passed the checker, and leaves nothing uncovered."""
    answer = establish(made, **{"time_limit": 600, **settings})
    if answer.outcome is not None:
        assert answer.team is not None and answer.outcome.plan is not None
        assert check_plan(answer.team, answer.required, answer.outcome.plan, answer.outcome) == ()
        assert max(answer.outcome.shortfall.values()) < 0.02
    return answer


def posts(answer: Establishment) -> dict[str, int]:
    return {line.kind.id: line.count for line in answer.posts}


def first(answer: Establishment) -> tuple[float | None, float | None, str]:
    return answer.aims[0].value, answer.aims[0].bound, answer.aims[0].status


def asking(sessions: float, *offered: Post, people: Any = (IDLE,), **rest: Any) -> Service:
    """A service with one activity, ``clinic``, that runs in five half-days."""
    able = [Skill(person=who.person, activity="clinic") for who in people if who is not IDLE]
    made = service(people, [activity("clinic", sessions, *HALVES)], able, **rest)
    return made.model_copy(update={"posts": offered})


def test_the_cheapest_mix_by_hand() -> None:
    """Five sessions: 2 PA at £200 and 3 PA at £270. 2 + 3 is £470; three of the first £600, two of the second £540."""
    answer = found(asking(5, post("two", "clinic"), post("three", "clinic", 3, 900)))
    assert posts(answer) == {"two": 1, "three": 1}
    assert first(answer) == (470, 470, "optimal")
    assert answer.status == "optimal"
    assert answer.new.wte == pytest.approx(0.5)


def test_wte_and_people_are_minimised_when_asked_for() -> None:
    """A half-output doctor at £10 is cheapest in pounds (10 posts) and dearest in people and WTE."""
    offered = (post("half", "clinic=0.5", 1, 100), post("whole", "clinic", 3, 9000), post("two", "clinic", 2, 9000))
    made = asking(4, *offered)
    assert posts(found(made, minimise="cost")) == {"half": 8}
    assert posts(found(made, minimise="people")) == {"two": 2}
    wte = found(made, minimise="wte")
    assert posts(wte) == {"two": 2}
    assert wte.aims[0].value == pytest.approx(0.4)


def test_the_team_in_post_is_used_first_and_left_out_from_scratch() -> None:
    made = asking(4, post("two", "clinic"), people=(person("ann", 3), person("bob", 0.5)))
    assert posts(found(made)) == {"two": 1}
    scratch = found(made, keep_team=False)
    assert posts(scratch) == {"two": 2}
    assert scratch.team is not None
    assert [who.person for who in scratch.team.people] == ["two_1", "two_2"]


def test_no_post_where_the_team_is_enough() -> None:
    answer = found(asking(2, post("two", "clinic"), people=(person("ann", 2),)))
    assert posts(answer) == {}
    assert first(answer) == (0, 0, "optimal")
    assert "no post is needed" in answer.summary()


def test_whole_sessions_of_single_posts_are_counted() -> None:
    """Each post of 2.5 PA holds 2 sessions, not 2.5: four sessions take 2 posts, and five take 3, not 2."""
    assert posts(found(asking(4, post("odd", "clinic", 2.5)))) == {"odd": 2}
    assert posts(found(asking(5, post("odd", "clinic", 2.5)))) == {"odd": 3}


def test_a_team_that_counts_allow_but_single_posts_cannot_is_passed_over() -> None:
    """Sessions of 240 and 160 minutes, posts of 400: each holds one of both. Two of 240 and four of 160 add up to 1120
    minutes, less than three posts have, and need a fourth: 2 x (240 + 160) and 2 x 160 in a third is 320. So three do;
    but three of 240 and one of 160 (880 minutes) need three posts, where minutes alone ask for 2.2.
    """
    acts = [activity("long", 3, *HALVES), activity("short", 1, *HALVES, session_minutes=160)]
    made = service((IDLE,), acts, ()).model_copy(update={"posts": (post("p", "long short", 400 / 240),)})
    assert posts(found(made)) == {"p": 3}
    assert posts(found(made.model_copy(update={"activities": (acts[0].model_copy(update={"sessions_per_week": 2}),
                                                              acts[1].model_copy(update={"sessions_per_week": 4})),
                                               }))) == {"p": 3}  # fmt: skip


def test_a_rota_is_shared_with_who_joins() -> None:
    """By hand: a duty week is 2 PA, 26 weeks a year, displacing all; it delivers 2 ward rounds.

    One member of 2 PA is present 52.18 weeks, 26 of them on duty, and delivers a clinic in 26.18 weeks: 0.502 a week
    in each half-day, up to two. The clinic asks for 1.4. A second member shares duty: 13 weeks each, so each delivers
    39.18 / 52.18 = 0.751 in a half-day. Two people with two half-days each deliver 3; one more post is enough, with
    the rota or without. Without it the member in post has only 1.004.
    """
    acts = [activity("clinic", 1.4, *HALVES), activity("ward", 0.9, "Fri AM")]
    rota = duty("ann", weeks=26, pa=2, delivers=(Delivery(activity="ward", sessions=2),))
    able = [Skill(person="ann", activity="clinic")]
    made = service((person("ann", 2),), acts, able, rotas=(rota,))
    joins = made.model_copy(update={"posts": (post("joins", "clinic", rotas=("duty",)),)})
    answer = found(joins)
    assert posts(answer) == {"joins": 1}
    assert answer.team is not None
    assert answer.team.rotas[0].members == ("ann", "joins_1")
    scratch = found(joins, keep_team=False)
    assert posts(scratch) == {"joins": 2}
    assert scratch.team is not None
    assert scratch.team.rotas[0].members == ("joins_1", "joins_2")


def test_shares_of_a_rota_keep_their_proportions() -> None:
    shares = (RotaShare(person="ann", share=0.75), RotaShare(person="bob", share=0.25))
    rota = duty("ann", "bob", weeks=30, pa=2, share=shares)
    made = service((person("ann", 2), person("bob", 2)), [activity("clinic", 1)], rotas=(rota,))
    made = made.model_copy(update={"posts": (post("new", "clinic", rotas=("duty",)),)})
    types, _ = post_types(made)
    team = with_team(team_kept(made, True), made, types, {"new": 1})
    assert {part.person: part.share for part in team.rotas[0].share} == {
        "ann": pytest.approx(0.5),
        "bob": pytest.approx(1 / 6),
        "new_1": pytest.approx(1 / 3),
    }


def test_a_role_takes_a_post() -> None:
    """Two sessions fill a post of 2 PA; a role of half a PA that only posts may hold takes a second one."""
    role = Role(role="lead", name="Lead", category="ANR", tariff_pa=0.5, eligible=("idle",))
    made = asking(2, post("two", "clinic", roles=("lead",)), people=(person("idle", 0.25),), roles=(role,))
    assert posts(found(made)) == {"two": 2}


def test_min_people_are_posts_too() -> None:
    """One session a week is work for one post, but two people are to be able to do it."""
    acts = [activity("clinic", 2, *HALVES, min_people=2)]
    made = service((IDLE,), acts, ()).model_copy(update={"posts": (post("two", "clinic"),)})
    assert posts(found(made)) == {"two": 2}


def test_each_day_asks_for_people_on_each_day() -> None:
    """One a day on three days: two posts that work one day a week cannot, three can."""
    acts = [activity("clinic", 3, "Mon AM", "Tue AM", "Wed AM", spread="each_day")]
    made = service((IDLE,), acts, ()).model_copy(update={"posts": (post("day", "clinic", max_days=1),)})
    assert posts(found(made)) == {"day": 3}


def test_posts_need_consent_for_premium_half_days() -> None:
    """A Saturday session is charged 320 minutes: 1.33 PA. The cheaper type does not work then."""
    offered = (post("plain", "clinic", 2, 100), post("weekend", "clinic", 2, 1000, premium_consent=True))
    made = service((IDLE,), [activity("clinic", 1, "Sat AM")], (), premium=("Sat AM",))
    assert posts(found(made.model_copy(update={"posts": offered}))) == {"weekend": 1}


def test_hours_contracts_have_their_own_wte_and_half_days() -> None:
    """Nurses of 7.5 hours do two sessions of 225 minutes; a fifth of a WTE of 37.5 hours at £50,000 is £10,000."""
    who = post("nurse", "clinic", 2, 50_000, staff_group="nurse", contract_pa=None, contract_hours=7.5,
               core_spa_pa=None, core_spa_hours=0)  # fmt: skip
    made = service((nurse("idle", 1),), [activity("clinic", 3, *HALVES, session_minutes=225)], ())
    answer = found(made.model_copy(update={"posts": (who,)}))
    assert posts(answer) == {"nurse": 2}
    assert first(answer)[0] == 20_000


def test_the_requirement_can_be_the_mean_or_a_share() -> None:
    made = asking(4, post("one", "clinic", 1))
    sized = analyse(made)
    row = replace(sized.activities["clinic"], tier="rapid", required=4.0, required_mean=3.0)
    sized = replace(sized, activities={"clinic": row})
    rapid = made.model_copy(update={"activities": (made.activities[0].model_copy(update={"tier": "rapid"}),)})
    assert posts(found(rapid, sized=sized)) == {"one": 4}
    assert posts(found(rapid, sized=sized, cover="mean")) == {"one": 3}
    assert posts(found(rapid, sized=sized, cover=0.5)) == {"one": 2}
    for wrong in (0, 1.2, "most"):
        with pytest.raises(ValueError, match="cover"):
            establish(rapid, sized=sized, cover=wrong)


def test_what_no_team_can_cover_is_said_with_its_room() -> None:
    """One room in two half-days holds two sessions a week of the three asked for."""
    acts = [activity("clinic", 3, "Mon AM", "Mon PM", room=("r",)), activity("other", 1, "Tue AM")]
    made = service((IDLE,), acts, (), rooms=(room("r", slots=("Mon AM", "Mon PM")),))
    answer = found(made.model_copy(update={"posts": (post("two", "clinic other"),)}))
    assert answer.status == "impossible"
    assert answer.outcome is None and answer.team is None
    assert answer.short_at_best == {"clinic": pytest.approx(1)}
    assert "r has 2 half-days a week for it (Mon AM, Mon PM)" in answer.reasons[0]
    assert "At most 3 of 4 sessions a week can be covered" in answer.summary()


def test_what_no_post_can_do_is_said() -> None:
    acts = [activity("clinic", 1, *HALVES), activity("rare", 1, *HALVES)]
    made = service((IDLE,), acts, ()).model_copy(update={"posts": (post("two", "clinic"),)})
    answer = found(made)
    assert answer.status == "impossible"
    assert "rare: 1 sessions a week stay uncovered; nobody who stays and no type of post" in answer.reasons[0]


def test_the_most_posts_of_a_type_are_kept_and_named() -> None:
    offered = (post("cheap", "clinic", 2, 100, most=1), post("dear", "clinic", 2, 1000))
    answer = found(asking(4, *offered))
    assert posts(answer) == {"cheap": 1, "dear": 1}
    assert any(finding.rule == "most_posts_used" and finding.subject == "cheap" for finding in answer.findings)


def test_ties_fall_to_fewer_posts_and_then_to_the_types_that_stand_first() -> None:
    """Four sessions cost £400 however they are made up; two posts of 2 PA are fewer than four of 1 PA."""
    offered = (post("one", "clinic", 1), post("b", "clinic"), post("a", "clinic"))
    answer = found(asking(4, *offered))
    assert posts(answer) == {"b": 2}
    assert [aim.status for aim in answer.aims] == ["optimal"] * 3


def test_binding_requirements_and_what_drives_each_post() -> None:
    """Clinic asks for 3 PAs of which ann has 2; lists for 2 that nobody in post can do."""
    acts = [activity("clinic", 3, *HALVES), activity("lists", 2, *HALVES), activity("spare", 0, "Fri AM")]
    made = service((person("ann", 2),), acts, [Skill(person="ann", activity="clinic")])
    answer = found(made.model_copy(update={"posts": (post("c", "clinic", 1), post("l", "lists", 1))}))
    assert posts(answer) == {"c": 1, "l": 2}
    needs = {need.activities: (need.needed_pa, need.available_pa, need.posts) for need in answer.needs}
    assert needs["lists",] == (pytest.approx(2), 0, 2)
    assert needs["clinic",] == (pytest.approx(3), pytest.approx(2), 1)
    saved = {saving.activity: (saving.found, saving.at_most) for saving in answer.savings}
    assert saved == {"clinic": (100, 100), "lists": (100, 100)}
    lines = {line.kind.id: line for line in answer.posts}
    assert lines["l"].short_without == {"lists": pytest.approx(1)}
    assert lines["c"].short_without == {"clinic": pytest.approx(1)}
    assert lines["c"].short_without_proven
    text = answer.summary()
    assert "clinic alone needs 3 PAs a week of people skilled for it; those who stay have 2 at most" in text
    assert "clinic: £100 less" in text


def test_more_requirement_never_costs_less() -> None:
    offered = (post("two", "clinic", 2, 1000), post("three", "clinic", 3, 900), post("some", "clinic=0.7", 2, 500))
    costs = [found(asking(sessions, *offered)).aims[0].value for sessions in (1, 2.5, 4, 5.5)]
    assert None not in costs
    assert costs == sorted(costs, key=lambda cost: cost or 0)


def test_types_are_taken_from_the_people_in_post_where_there_is_no_file() -> None:
    people = (person("ann", 2.2), person("bob", 1.8), person("cat", 3), nurse("dan", 7.5))
    acts = [activity("clinic", 9, *HALVES), activity("other", 0, *HALVES)]
    able = [Skill(person=name, activity="clinic") for name in ("ann", "bob", "cat", "dan")]
    made = service(people, acts, [*able, Skill(person="cat", activity="other")])
    types, notes = post_types(made)
    assert [(each.id, each.like, each.post.contract_pa, each.post.contract_hours) for each in types] == [
        ("like_ann", ("ann", "bob"), 2, None),
        ("like_cat", ("cat",), 3, None),
        ("like_dan", ("dan",), None, 7.5),
    ]
    assert notes[0].rule == "post_types_assumed"
    answer = found(made)
    assert answer.minimise == "wte"  # no price is given
    assert {finding.rule for finding in answer.findings} >= {"post_types_assumed", "no_price"}


def test_prices_come_from_the_post_then_the_grade_then_the_group() -> None:
    offered = (
        post("own", "clinic", 10, 7), post("graded", "clinic", 10, grade="8a"), post("group", "clinic", 10, grade="9"),
    )  # fmt: skip
    bare = (offered[0], *(each.model_copy(update={"cost": None}) for each in offered[1:]))
    made = asking(1, *bare).model_copy(update={"costs": Costs(staff={"8a": 5, "consultant": 3})})
    types, _ = post_types(made)
    assert [each.pounds for each in types] == [pytest.approx(7), pytest.approx(5), pytest.approx(3)]


def test_a_missing_price_is_refused_only_when_pounds_are_asked_for() -> None:
    made = asking(2, post("two", "clinic").model_copy(update={"cost": None}))
    with pytest.raises(InputError) as refused:
        establish(made, minimise="cost")
    assert "no price for consultant" in str(refused.value.faults[0])
    assert found(made).minimise == "wte"


def test_a_team_from_scratch_needs_somebody_for_each_rota_and_role() -> None:
    rota = duty("ann", weeks=26, pa=2)
    role = Role(role="lead", name="Lead", category="ANR", tariff_pa=0.5, eligible=("ann",))
    made = service((person("ann", 4),), [activity("clinic", 1)], rotas=(rota,), roles=(role,))
    made = made.model_copy(update={"posts": (post("two", "clinic"),)})
    with pytest.raises(InputError) as refused:
        establish(made, keep_team=False)
    assert [fault.column for fault in refused.value.faults] == ["rotas", "roles"]


def test_without_anybody_in_post_there_are_no_types() -> None:
    made = asking(1).model_copy(update={"posts": ()})
    with pytest.raises(InputError, match="nobody in post"):
        establish(made)


@pytest.mark.parametrize("seed", [1, 2, 3, 5, 8])
def test_no_team_that_the_planner_covers_with_is_cheaper(seed: int) -> None:
    """Every team of up to two posts of two types is planned; the cheapest without shortfall is what is found."""
    base = tiny_service(seed)
    names = [row.activity for row in base.activities]
    offered = (
        post("all", " ".join(names), 3, 1000, core_spa_pa=None, working_weeks=None, most=2, premium_consent=True),
        post("some", f"{names[0]} {names[-1]}=0.8", 2, 800, max_days=2, most=2),
    )
    made = base.model_copy(update={"posts": offered})
    answer = found(made)
    types, _ = post_types(made)
    kept, demand = team_kept(made, True), analyse(made)
    best: tuple[float, int] | None = None
    for counts in product(range(3), repeat=2):
        team = dict(zip(("all", "some"), counts, strict=True))
        cost = sum((each.pounds or 0) * team[each.id] for each in types)
        outcome = plan(with_team(kept, made, types, team), demand, Settings(time_limit=600))
        if _covers(outcome) and (best is None or (cost, sum(counts)) < best):
            best = cost, sum(counts)
    if best is None:
        assert answer.status == "impossible"
    else:
        assert answer.status == "optimal"
        assert (answer.aims[0].value, answer.aims[1].value) == pytest.approx(best)


def _covers(outcome: Outcome) -> bool:
    shortfall = [tier for tier in outcome.tiers if tier.name in ("rapid_mean", "routine", "rapid_headroom")]
    return outcome.plan is not None and all(tier.kept == 0 for tier in shortfall)
