"""Rules of single posts in the model that gives the bound of the establishment question, each where it is needed.

A team the model proposes is tested post by post whatever the model holds, so the answer alone does not show that a rule
is in the model: the least number of posts the model allows does.
"""

from __future__ import annotations

from typing import Any

import pytest
from ortools.sat.python import cp_model

from capacity.api import establish
from capacity.demand.analyse import analyse
from capacity.optimise.establish.master import Master
from capacity.optimise.establish.teams import team_kept
from capacity.service.model import Activity, Equipment, Post, Service, Travel
from capacity.service.policy import load_policy
from capacity.supply.post_types import post_types
from tests.optimise.small import activity, duty, person, room, service
from tests.optimise.test_establish import IDLE, found, post, posts

SAS = "england-sas-2021"
AM, PM, TUE = "Mon AM", "Mon PM", "Tue AM"
EAST_AND_WEST = (room("east", site="east"), room("west", site="west"))
ON_TWO_SITES = (activity("here", 1, AM, room=("east",)), activity("there", 1, PM, room=("west",)))


def wanting(acts: tuple[Activity, ...], *offered: Post, people: Any = (IDLE,), **rest: Any) -> Service:
    return service(people, acts, (), **rest).model_copy(update={"posts": offered})


def least(made: Service, **options: Any) -> int | None:
    """Fewest posts the model with counts of posts allows; None where it holds no team."""
    types, _ = post_types(made)
    joining = {rota.rota: 0 for rota in made.rotas}
    master = Master(team_kept(made, True), made, analyse(made), types, joining, **options)
    master.v.model.minimize(master.total(dict.fromkeys(master.most, 1)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(master.v.model) != cp_model.OPTIMAL:
        return None
    return round(solver.objective_value)


def test_sites_a_post_is_on_one_site_a_day() -> None:
    """A post has time for both sessions, in half-days of their own, but east and west are a post each on one day."""
    made = wanting(ON_TWO_SITES, post("p", "here there", 2, most=5), rooms=EAST_AND_WEST)
    assert (least(made), least(made, without=("sites",))) == (2, 1)
    assert posts(found(made)) == {"p": 2}
    other_day = (ON_TWO_SITES[0], ON_TWO_SITES[1].model_copy(update={"slots": (TUE,)}))
    assert posts(found(made.model_copy(update={"activities": other_day}))) == {"p": 1}


@pytest.mark.parametrize(("pa", "number"), [(2.25, 1), (2.2, 2)])
def test_sites_travel_lets_a_post_do_both_and_is_charged(pa: float, number: int) -> None:
    """An hour between the sites is a quarter of a PA: it fits beside two sessions in 2.25 PA and not in 2.2."""
    way = (Travel(from_="east", to="west", minutes=60),)
    made = wanting(ON_TWO_SITES, post("p", "here there", pa, most=5), rooms=EAST_AND_WEST, sites=way)
    assert least(made) == number
    assert posts(found(made)) == {"p": number}


def test_sites_a_meeting_of_the_whole_team_keeps_every_post_at_its_site() -> None:
    """Whoever is at the meeting is at main that day, so nobody can be away; who is not at it can."""
    acts = (activity("meet", 1, PM, team="all", category="SPA"), activity("away", 1, AM, site="practice"))
    both = post("both", "meet away", 4, most=5)
    made = wanting(acts, both)
    assert least(made) is None
    answer = found(made)
    assert answer.status == "impossible"
    assert answer.short_at_best == {"away": pytest.approx(1)}
    assert (
        "it is at practice, nobody may be on two sites in a day, and the whole team's meet is at main on Mon"
        in (answer.reasons[0])
    )
    apart = made.model_copy(update={"posts": (both, post("apart", "away", 1))})
    assert posts(found(apart)) == {"both": 1, "apart": 1}


def test_equipment_is_shared_by_posts() -> None:
    """Two lists in two rooms of one half-day, with one set of equipment: no team has both."""
    lists = activity("lists", 2, AM, room=("room",), equipment=("scope",))
    more: dict[str, Any] = {"rooms": (room(count=2),)}
    made = wanting((lists,), post("p", "lists", 1), equipment=(Equipment(equipment="scope", name="Scope"),), **more)
    assert least(made) is None
    assert least(wanting((lists.model_copy(update={"equipment": ()}),), post("p", "lists", 1), **more)) == 2


def test_weekends_of_posts_add_up() -> None:
    """Both weekends of a cycle of two, one weekend each: two posts where one has the time."""
    rounds = activity("rounds", 1, "Sat AM")
    offered = post("p", "rounds", 4, premium_consent=True)
    made = wanting((rounds,), offered, cycle=2, premium=("Sat AM",))
    assert least(made) == 1
    slots = made.slots.model_copy(update={"max_weekends": 1})
    assert least(made.model_copy(update={"slots": slots})) == 2


def test_out_of_hours_of_posts_is_within_their_share() -> None:
    """40 % of 3 PA is 1.2, less than the 1.33 PA of one 4-hour session in premium time; of 4 PA it is 1.6."""
    rounds = activity("rounds", 1, "Sat AM")
    for pa, number in ((3, 2), (4, 1)):
        offered = post("p", "rounds", pa, staff_group="sas", premium_consent=True)
        made = wanting((rounds,), offered, premium=("Sat AM",))
        tables = {**made.policy_tables, SAS: load_policy(SAS)}
        made = made.model_copy(update={"policies": {"sas": SAS}, "policy_tables": tables})
        assert least(made) == number


def test_annualised_sessions_of_a_post_are_not_held_to_the_weeks_of_a_cycle() -> None:
    """20 sessions a year are one post of 1 PA, though the cycle has one week."""
    yearly = activity("yearly", 20 / 52.18).model_copy(update={"annualised": True, "slots": ()})
    assert least(wanting((yearly,), post("p", "yearly", 1, most=9))) == 1


def test_rooms_that_hold_too_little_are_told_without_a_search() -> None:
    """One half-day a week of one room for two sessions: no way of joining the rota helps, and none is looked at."""
    doctor = person("ann", 4)
    acts = (activity("clinic", 2, AM, room=("r",)),)
    made = wanting(acts, post("p", "clinic", 4, rotas=("duty",)), people=(doctor,), rooms=(room("r", slots=(AM,)),),
                   rotas=(duty("ann", weeks=10, pa=2),))  # fmt: skip
    answer = establish(made, time_limit=600)
    assert answer.status == "impossible"
    assert answer.short_at_best == {"clinic": pytest.approx(1)}
    assert "r has 1 half-days a week for it (Mon AM)" in answer.reasons[0]
