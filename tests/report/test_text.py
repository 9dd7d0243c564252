"""What the lead reads, in the situations that occur."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import ANY_PLAN, Outcome, PersonChange, TierResult, Verified
from capacity.report.text import findings_text, lead_sentence, summary
from capacity.report.tiers_text import disagreements, tier_sentence, verified_sentence
from capacity.service.model import Service
from capacity.supply.gap import Gap

from .conftest import gap_of


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_leads_sentence(gap: Gap, outcome: Outcome) -> None:
    """Short is 2.4 (1.4 + 1.0), not 1.7 = 6.5 - 4.8: the 0.7 too much of general clinic fills nothing."""
    assert lead_sentence(gap, outcome, 4) == (
        "You need 6.5 sessions a week, your plans deliver 4.8, short 2.4."
        " They also hold 0.7 a week more than needed in General clinic, which does not fill that gap."
        " Without new money 1.9 close by moving 1 session and adding 0.5, of 2 people, and giving out 1 role."
        " 0.5 is left uncovered, in Bronchoscopy list."
    )


def test_a_plan_of_one_change_is_in_the_singular(gap: Gap, outcome: Outcome) -> None:
    one = replace(
        outcome,
        changes=(PersonChange("c01", lost=(("general", "Mon AM", 4),), gained=(("lung_cancer", "Mon AM", 4),)),),
        delivered={"lung_cancer": 2.6, "general": 2.0, "bronchoscopy": 0.5},
    )
    text = lead_sentence(gap, one, 4)
    assert "Without new money 1 closes by moving 1 session of 1 person." in text
    assert "1.4 are left uncovered, in Bronchoscopy list and Lung cancer clinic." in text


def test_sessions_moved_are_a_week_not_a_cycle(gap: Gap, outcome: Outcome) -> None:
    assert "moving 1 session " in lead_sentence(gap, outcome, 4)
    assert "moving 4 sessions " in lead_sentence(gap, outcome, 1)
    with pytest.raises(ValueError, match="cycle_weeks"):
        lead_sentence(gap, outcome)


def test_all_of_the_gap_closes(gap: Gap, outcome: Outcome) -> None:
    closed = replace(outcome, delivered={"lung_cancer": 3.0, "general": 2.0, "bronchoscopy": 1.5}, shortfall={})
    text = lead_sentence(gap, closed, 4)
    assert "Without new money all of it closes by moving" in text
    assert "left uncovered" not in text


def test_none_of_the_gap_closes(gap: Gap, outcome: Outcome) -> None:
    same = replace(outcome, changes=(), delivered={"lung_cancer": 1.6, "general": 2.7, "bronchoscopy": 0.5})
    assert "none of it closes, and the plans in force stay as they are. 2.4 are left" in lead_sentence(gap, same, 4)


def test_a_plan_that_must_leave_more_uncovered_says_so(gap: Gap, outcome: Outcome) -> None:
    worse = replace(outcome, delivered={"lung_cancer": 1.6, "general": 2.0, "bronchoscopy": 0.0})
    assert "0.5 more is left uncovered than now" in lead_sentence(gap, worse, 4)


def test_no_gap(outcome: Outcome) -> None:
    met = gap_of(lung_cancer=(3.0, 3.0), general=(2.0, 2.0))
    same = replace(outcome, changes=(), delivered={"lung_cancer": 3.0, "general": 2.0}, shortfall={})
    assert lead_sentence(met, same, 4) == (
        "You need 5 sessions a week, your plans deliver 5: nothing is short. The plans in force can stay as they are."
    )


def test_surplus_only() -> None:
    assert lead_sentence(gap_of(lung_cancer=(3.0, 3.5), general=(2.0, 4.0))) == (
        "You need 5 sessions a week, your plans deliver 7.5: nothing is short."
        " They hold 2.5 a week more than needed in General clinic and Lung cancer clinic."
    )


def test_nothing_required() -> None:
    text = lead_sentence(gap_of(general=(0.0, 2.0)))
    assert text == "Nothing is required: no stream or activity asks for a session."


def test_the_summary_has_everything_in_order(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    text = summary(service, demand, gap, outcome, "out", ("plan.json", "gap.csv"))
    flattened = flat(text)
    wanted = [
        "Chest clinic: 3 people, 3 activities, 26 weeks of demand to the week of 1 March 2027",
        "You need 6.5 sessions a week",
        "Sessions a week tier required now planned left",
        "Lung cancer clinic rapid 3.0 1.6 3.0 -",
        "Bronchoscopy list routine 1.5 0.5 1.0 0.5",
        "Roles proposed, for the team to agree: Audit lead: c02",
        "Roles left vacant: College tutor.",
        "Cover paid for that no free person could be given a place for, sessions a week: Bronchoscopy list 0.3.",
        "Every tier is proven",
        "1. rapid_mean",
        "no plan can do better than 0; this one is 0, proven best.",
        "6. quality (regular patterns, levelling, preferences, fairness): not yet used.",
        "3 findings:",
        "n01: adds up to 36.0 h",
        "c01: no date of review (and 1 more like it)",
        "Accepted and kept, but not yet used: sites.csv.",
        "Written to out: plan.json, gap.csv.",
    ]
    places = [flattened.find(words) for words in wanted]
    assert -1 not in places, [words for words, place in zip(wanted, places, strict=True) if place < 0]
    assert places == sorted(places)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "Example" not in text


def test_the_second_answer_says_what_it_buys_and_costs(
    service: Service, demand: Demand, gap: Gap, with_extra: Outcome
) -> None:
    text = flat(summary(service, demand, gap, with_extra))
    assert (
        "With 1.5 extra PAs of 1 person (£16,800 a year; budget 2) another 0.5 a week closes; nothing stays uncovered. "
        "That is £644 for each session closed."
    ) in text
    assert "planned left with extra left" in text
    assert "Bronchoscopy list routine 1.5 0.5 1.0 0.5 1.5 -" in text


def test_extra_time_without_a_price_is_not_free(
    service: Service, demand: Demand, gap: Gap, with_extra: Outcome
) -> None:
    unpriced = service.model_copy(update={"costs": service.costs.model_copy(update={"extra_pa": None})})
    assert "(not priced: see [costs] in service.toml; budget 2)" in flat(summary(unpriced, demand, gap, with_extra))


def test_extra_hours_of_hours_contracts_are_hours(
    service: Service, demand: Demand, gap: Gap, with_extra: Outcome
) -> None:
    second = with_extra.with_extra
    assert second is not None and second.plan is not None
    nurse = replace(second, plan=replace(second.plan, extra_minutes={"n01": 240, "c01": 240}))
    text = flat(summary(service, demand, gap, replace(with_extra, with_extra=nurse)))
    said = "With 1 extra PA of 1 person and 4 extra hours a week of 1 person"
    assert f"{said} (£11,200 a year for the PAs, hours not priced; budget 2)" in text


def test_extra_that_buys_nothing_is_not_dressed_up(
    service: Service, demand: Demand, gap: Gap, outcome: Outcome
) -> None:
    text = flat(summary(service, demand, gap, replace(outcome, with_extra=outcome)))
    assert "With extra PAs up to the budget of 2 nothing more closes, so none are proposed." in text


def test_a_second_answer_that_ran_out_of_time_is_not_shown(
    service: Service, demand: Demand, gap: Gap, with_extra: Outcome
) -> None:
    """Cut short, it once left more uncovered than the first and stood beside it as if it were an offer."""
    assert with_extra.with_extra is not None
    nothing = dict.fromkeys(outcome_activities(gap), 0.0)
    second = replace(with_extra.with_extra, delivered=nothing, shortfall={"bronchoscopy": 1.5})
    text = flat(summary(service, demand, gap, replace(with_extra, with_extra=second)))
    assert "With extra PAs up to the budget of 2 no better plan was found in the time given." in text
    assert "with extra left" not in text


def outcome_activities(gap: Gap) -> list[str]:
    return [str(activity) for activity in gap.activities.index]


def test_impossible_gives_the_reason_and_no_plan(service: Service, demand: Demand, gap: Gap, outcome: Outcome) -> None:
    none = replace(
        outcome, status="impossible", plan=None, tiers=(), shortfall={}, shortfall_mean={}, delivered={}, changes=(),
        cover_unplaced={}, reason="the pins of c01 and c02 need the one room at once.",
    )  # fmt: skip
    text = flat(summary(service, demand, gap, none))
    assert "short 2.4." in text
    assert "No plan exists: the pins of c01 and c02 need the one room at once." in text
    assert "Lung cancer clinic rapid 3.0 1.6 General clinic" in text
    assert "planned" not in text
    assert "How good it is" not in text


def test_stopped_without_a_plan_is_not_called_impossible(gap: Gap, outcome: Outcome) -> None:
    none = replace(outcome, status="stopped", plan=None, reason="30 s were not enough. One may exist.")
    assert "No plan was found in the time given: 30 s were not enough. One may exist." in lead_sentence(gap, none, 4)


@pytest.mark.parametrize(
    ("fired", "words"), [("time", "Stopped by the time limit of 30 s"), ("stopped", "Stopped by hand")]
)
def test_a_stopped_plan_says_by_what(
    service: Service, demand: Demand, gap: Gap, outcome: Outcome, fired: str, words: str
) -> None:
    stopped = replace(outcome, status="stopped", run={**outcome.run, "limit_fired": fired})
    text = flat(summary(service, demand, gap, stopped))
    assert f"{words}: the plan is complete and keeps every rule, but not every tier is proven" in text
    assert "Every tier is proven" not in text


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        (TierResult("routine", 6, 6, 6, "optimal", 0), "no plan can do better than 6; this one is 6, proven best."),
        (TierResult("change", 46, 27, 46, "feasible", 0), "no plan can do better than 27; this one is 46, not proven."),
        (TierResult("routine", 6, 6, 7, "optimal", 0), "this one is 7: 6 was found (proven best), and up to 1 more is"),
        (TierResult("cost", 9, 0, 3, "feasible", 0), "this one is 3, not proven (9 when this tier was solved)."),
        (TierResult("cost", 0, 0, 0, "unknown", 0), "not reached in the time given"),
        (TierResult("quality", 0, 0, 0, "not used", 0), "not yet used."),
    ],
)
def test_tiers_in_plain_words(tier: TierResult, words: str) -> None:
    assert words in tier_sentence(tier)


def test_a_shortfall_on_one_day_is_marked_though_the_total_suffices(
    service: Service, demand: Demand, gap: Gap, outcome: Outcome
) -> None:
    by_day = replace(outcome, shortfall={"general": 0.4})
    text = flat(summary(service, demand, gap, by_day))
    assert "General clinic routine 2.0 2.7 2.1 *0.4" in text
    assert "* short on particular half-days" in text
    assert "A further 0.4 is short on particular half-days, in General clinic, where more on another does not" in text


def test_long_names_keep_tables_inside_the_page(
    service: Service, demand: Demand, gap: Gap, with_extra: Outcome
) -> None:
    long = Gap(gap.activities.assign(name="A clinic with a name that goes on for rather longer than a table is wide"))
    assert max(len(line) for line in summary(service, demand, long, with_extra).splitlines()) <= 100


def test_nothing_to_report_is_said() -> None:
    assert findings_text(()) == "Findings: nothing to report."
    defaults = [Finding("default_used", "a", "x"), Finding("default_used", "b", "y")]
    assert findings_text(defaults) == (
        "Findings: nothing to report; 2 defaults used where a cell is blank (findings.csv lists them)."
    )


def test_only_the_findings_that_move_most_are_listed() -> None:
    text = findings_text([Finding(f"rule_{n}", f"p{n}", "message", minutes=float(n)) for n in range(12)], top=3)
    assert text.splitlines()[:2] == ["12 findings:", "  - p11: message"]
    assert text.splitlines()[-1] == "  - and 9 other kinds of finding: see findings.csv"


def test_a_surplus_too_small_to_show_is_nothing() -> None:
    assert lead_sentence(gap_of(general=(2.0, 2.001))).endswith("your plans deliver 2: nothing is short.")


def test_a_long_finding_is_cut_on_the_page_and_what_comes_last_is_what_nobody_can_change() -> None:
    long = Finding("impossible_row", "new", "row 3 " * 80)
    holidays = Finding("bank_holiday_weeks", "new", "weeks with a bank holiday are lower", minutes=None)
    lines = findings_text([holidays, long]).splitlines()
    assert lines[1].startswith("  - new: row 3")
    assert lines[-1] == "  - new: weeks with a bank holiday are lower"
    assert "…" in findings_text([long])
    assert "…" not in findings_text([long], whole=True)
    assert findings_text([long], other=True).startswith("1 other finding:")


def test_the_same_input_gives_the_same_words(service: Service, demand: Demand, gap: Gap, with_extra: Outcome) -> None:
    assert summary(service, demand, gap, with_extra) == summary(service, demand, gap, with_extra)


def test_a_second_solver_says_what_it_agrees_on_and_what_it_left_open(outcome: Outcome) -> None:
    agreed, left = Verified("routine", "agreed", 1, 1, 0.1), Verified("change", "not settled", 9, 4, 5.0)
    assert verified_sentence(outcome) == ""
    assert flat(verified_sentence(replace(outcome, verified=(agreed,)))) == (
        "A second solver, HiGHS, agrees on every tier."
    )
    both = replace(outcome, verified=(agreed, left))
    assert flat(verified_sentence(both)) == (
        "A second solver, HiGHS, agrees on routine. HiGHS did not settle change in the time it had; nothing speaks"
        " against what is said."
    )
    assert disagreements(both) == []
    mixed = replace(outcome, verified=(agreed,), with_extra=both)
    assert "With extra PAs: A second solver, HiGHS, agrees on routine." in flat(verified_sentence(mixed))


def test_both_values_are_said_where_a_second_solver_disagrees(outcome: Outcome) -> None:
    against = replace(outcome, verified=(Verified("routine", "disagreed", 0, 0, 0.1),))
    said = (
        "HiGHS disagrees on routine: here 1 was found and no plan can do better than 1; HiGHS says 0 can be reached"
        " and no plan can do better than 0. One of the two is wrong."
    )
    assert flat(verified_sentence(against)) == said
    assert disagreements(replace(outcome, with_extra=against)) == [said]
    none = replace(outcome, plan=None, status="impossible", tiers=())
    agreed = replace(none, verified=(Verified(ANY_PLAN, "agreed", None, None, 0.1),))
    assert verified_sentence(agreed) == "A second solver, HiGHS, finds no plan either."
    against = replace(none, verified=(Verified(ANY_PLAN, "disagreed", None, None, 0.1),))
    assert disagreements(against) == [
        "HiGHS disagrees on any plan: here no plan exists; HiGHS says there is one. One of the two is wrong."
    ]
