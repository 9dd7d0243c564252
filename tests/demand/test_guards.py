"""Guards: what is counted twice or cannot be right is said, and what is right is not accused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, poisson

from capacity.demand.analyse import analyse
from capacity.demand.result import Demand
from capacity.service.model import Activity, LeadBand, Person, Service, Skill, TeamMember
from capacity.service.policy import load_policy
from tests.demand.builders import X26, activity, census_rows, rules, service, stream, weekly_rows


def messages(demand: Demand, rule: str) -> list[str]:
    return [str(finding) for finding in demand.findings if finding.rule == rule]


def staffed(work: Activity, output: float | None, weeks: float | None = None) -> Service:
    """One consultant (42 weeks by the policy) who can do the work."""
    made = service([stream("lung")], weekly_rows("lung", X26), [work])
    person = Person(person="c01", name="One", staff_group="consultant", contract_pa=10, working_weeks=weeks)
    return made.model_copy(
        update={
            "people": (person,),
            "skills": (Skill(person="c01", activity=work.activity, output=output),),
            "policy_tables": {made.policy: load_policy(made.policy)},
        }
    )


# ---- leave counted twice


@pytest.mark.parametrize(
    ("fixed", "said"),
    [(12.42, True), (12.38, True), (3.73, True), (10, False), (2.5, False), (12.6, False), (None, False)],
)
def test_fixed_sessions_that_hold_52_over_42(fixed: float | None, said: bool) -> None:
    """10 x 52.18 / 42 = 12.42 and 10 x 52 / 42 = 12.38 hold leave that supply takes off again; 10 and 2.5 do not."""
    demand = analyse(staffed(activity(sessions_per_week=fixed), None))
    assert ("leave_counted_twice" in rules(demand.findings)) == said


def test_the_message_says_how_a_covered_activity_counts_leave() -> None:
    demand = analyse(staffed(activity(sessions_per_week=12.42, covered=True), None))
    assert "10 x 52.18/42" in messages(demand, "leave_counted_twice")[0]
    assert "as cover" in messages(demand, "leave_counted_twice")[0]


@pytest.mark.parametrize(
    ("output", "weeks", "said"),
    [(0.81, None, True), (0.8077, None, True), (0.8, None, False), (0.75, 39.1, False), (0.83, 43, True),
     (1.0, None, False), (None, None, False)],
)  # fmt: skip
def test_an_output_that_is_the_share_of_the_year_present(output: float | None, weeks: float | None, said: bool) -> None:
    """42 of 52 is .81; .8 and .75 are outputs people give for other reasons."""
    demand = analyse(staffed(activity(), output, weeks))
    assert ("leave_counted_twice" in rules(demand.findings)) == said


# ---- bookings, shares, growth, staff


@pytest.mark.parametrize("name", ["clinic_bookings", "appointments", "slots_used", "patients_seen"])
def test_dna_by_lead_on_a_series_of_bookings(name: str) -> None:
    made = service([stream("lung", series=name)], weekly_rows(name, X26))
    bands = (LeadBand(stream="lung", days_from=0, share=1, dna_rate=0.1),)
    demand = analyse(made.model_copy(update={"dna_by_lead": bands}))
    assert "dna_by_lead.csv" in messages(demand, "dna_on_bookings")[0]
    assert not messages(analyse(made), "dna_on_bookings")


@pytest.mark.parametrize(
    ("team", "said"),
    [("all", True), ((TeamMember(group="nurse", count=1), TeamMember(group="ahp", count=1)), True),
     ((TeamMember(group="nurse", count=1),), False), (None, False)],
)  # fmt: skip
def test_staff_per_contact_and_a_team(team: Any, said: bool) -> None:
    streams = [stream("lung", staff_per_contact=2)]
    demand = analyse(service(streams, weekly_rows("lung", X26), [activity(team=team)]))
    assert ("staff_counted_twice" in rules(demand.findings)) == said


# ---- slots that run over


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"overbooking_rate": 0.1, "dna_rate": 0.05}, True),
        ({"overbooking_rate": 0.1, "dna_rate": 0.1}, False),
        ({"overbooking_rate": 0.1, "dna_rate": 0.05, "unbooked_rate": 0.2}, True),
        ({"overbooking_rate": 0.1, "dna_rate": 0.05, "patients_per_slot": 8}, True),
        ({"dna_rate": 0.0}, False),
    ],
)
def test_overbooking_beyond_what_dna_leaves_room_for(columns: dict[str, float], said: bool) -> None:
    demand = analyse(service([stream("lung", **columns)], weekly_rows("lung", X26)))
    assert ("overbooked_beyond_dna" in rules(demand.findings)) == said


# ---- parts of a series vary by chance


def test_a_part_of_a_series_names_the_centile_that_chance_gives() -> None:
    """A quarter of Poisson(40) weeks is Poisson(10), 80th centile 13; exact quarters of its weeks say 11.25."""
    rng = np.random.default_rng(4)
    weeks = [int(count) for count in rng.poisson(40, 400)]
    demand = analyse(service([stream("lung", kind="rapid", series="all", share=0.25)], weekly_rows("all", weeks)))
    found = next(finding for finding in demand.findings if finding.rule == "split_by_chance")
    assert poisson.ppf(0.8, 10) == 13
    assert "centile is 13 a week" in found.message
    assert demand.streams_json["lung"]["level"] < 11.6
    thinned = binom.rvs(weeks, 0.25, random_state=1)
    assert np.quantile(thinned, 0.8) == pytest.approx(13, abs=0.5)


def test_parts_that_are_pooled_back_into_the_whole_are_not_accused() -> None:
    streams = [stream("a", kind="rapid", series="all", share=0.4), stream("b", kind="rapid", series="all", share=0.6)]
    demand = analyse(service(streams, weekly_rows("all", X26)))
    assert "split_by_chance" not in rules(demand.findings)
    assert demand.activities["clinic"].slots == pytest.approx(27)


@pytest.mark.parametrize("columns", [{}, {"kind": "routine"}, {"share": 1.0}])
def test_a_whole_series_and_a_mean_are_not_accused(columns: dict[str, Any]) -> None:
    demand = analyse(service([stream("lung", **{"kind": "rapid", **columns})], weekly_rows("lung", X26)))
    assert "split_by_chance" not in rules(demand.findings)


def test_triage_of_a_caseload_is_questioned() -> None:
    demand = analyse(service([stream("ward", kind="caseload", triage_minutes=5)], census_rows("ward", [20] * 13)))
    assert "triage is of referrals" in messages(demand, "caseload_weekly_contact")[0]
