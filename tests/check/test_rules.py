"""Each rule of the checker: a plan that keeps them all passes, and breaking one rule is caught by that rule.

``also`` names the rules that must break with it, so that nothing is caught by accident.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from capacity.check import OUTCOME_RULES, PLAN_RULES, check_plan, rules
from capacity.errors import Finding
from capacity.outcome import Outcome, PersonChange, TeamPlan, Verified
from capacity.service.model import DutyWeek, Rota, Service, Skill
from capacity.service.policy import Sourced
from capacity.service.wishes import NO_WISHES, Mark, Screen, Wishes
from tests.check import test_together as together
from tests.check.clinic import QUALITY, added, changed, demand, outcome, plan, removed, row, service


@dataclass(frozen=True)
class Fault:
    """One rule broken on purpose."""

    rule: str
    what: str
    plan: TeamPlan = field(default_factory=plan)
    service: Service = field(default_factory=service)
    extra_allowed: bool = False
    also: frozenset[str] = frozenset()
    asked: Wishes = NO_WISHES


def update_person(name: str, **new: Any) -> Service:
    made = service()
    return made.model_copy(
        update={"people": tuple(p.model_copy(update=new) if p.person == name else p for p in made.people)}
    )


def update_activity(name: str, **new: Any) -> Service:
    made = service()
    return made.model_copy(
        update={"activities": tuple(a.model_copy(update=new) if a.activity == name else a for a in made.activities)}
    )


def update_room(name: str, **new: Any) -> Service:
    made = service()
    return made.model_copy(
        update={"rooms": tuple(r.model_copy(update=new) if r.room == name else r for r in made.rooms)}
    )


def update_skill(who: str, what: str, **new: Any) -> Service:
    made = service()
    return made.model_copy(
        update={
            "skills": tuple(
                s.model_copy(update=new) if (s.person, s.activity) == (who, what) else s for s in made.skills
            )
        }
    )


def out_of_hours_share(share: float) -> Service:
    """The consultants' policy with a limit on work in premium time: ben has 160 of his 1200 minutes in it."""
    made = service()
    policy = made.policy_tables["england-consultant-2003"].model_copy(
        update={"out_of_hours_share": Sourced(value=share, source="test", verified=False)}
    )
    return made.model_copy(update={"policy_tables": {**made.policy_tables, policy.name: policy}})


def most_weekends(most: int) -> Service:
    made = service()
    return made.model_copy(update={"slots": made.slots.model_copy(update={"max_weekends": most})})


def on_duty(who: str, displaces: str, **rest: Any) -> Service:
    """Duty in week 1 of 2 that takes 21 of 42 weeks and no time, so that other weeks are charged as before.

    ``displaces``: an activity, ``none``, or activities that are kept and ``all``.
    """
    *keeps, what = displaces.split(";")
    rota = Rota(
        rota="take",
        name="Take",
        kind="hot_week",
        members=(who,),
        pa_per_duty_week=0,
        weeks_covered=21,
        duty_weeks=(DutyWeek(person=who, week=1),),
        displaces=what if what in ("all", "none") else (what,),
        keeps=tuple(keeps),
    )
    return service(rotas=(rota.model_copy(update=rest),))


def yearly(**skill: Any) -> Service:
    """Cat's reviews decided by the year."""
    made = update_skill("cat", "review", **skill) if skill else service()
    activities = (a.model_copy(update={"annualised": True}) if a.activity == "review" else a for a in made.activities)
    return made.model_copy(update={"activities": tuple(activities)})


def trained(trainees: int, most: int) -> Service:
    """The lead's 60 minutes as the tariff of one trainee, and so many trainees."""
    roles = (service().roles[0].model_copy(update={"trainees": trainees, "max_trainees": most}), service().roles[1])
    return service(roles=roles)


def with_trainees(minutes: float) -> TeamPlan:
    return changed("ana", "role:lead", "-", minutes=minutes) if minutes != 60 else plan()


def most_changes(most: int) -> Service:
    made = service()
    return made.model_copy(update={"objective": made.objective.model_copy(update={"max_changes": most})})


def more_extra(extra: int, also: int = 0) -> TeamPlan:
    """Ana's flexible time and her extra time, both longer."""
    return replace(changed("ana", "flexible", "-", minutes=140 + extra + also), extra_minutes={"ana": extra})


def with_roles(**holders: tuple[str, ...]) -> TeamPlan:
    return replace(plan(), holders={**plan().holders, **holders})


def with_room(key: tuple[str, str, str, int], room: str | None) -> TeamPlan:
    rooms = {at: name for at, name in plan().rooms.items() if at != key}
    return replace(plan(), rooms=rooms if room is None else {**rooms, key: room})


def fault(rule: str, what: str, *also: str, **rest: Any) -> Fault:
    return Fault(rule, what, also=frozenset(also), **rest)


def locked(*marks: Mark) -> Wishes:
    return Wishes(locks=marks)


def forbidden(*marks: Mark) -> Wishes:
    return Wishes(forbids=marks)


FAULTS = (
    fault("locks_kept", "a clinic", asked=locked(Mark("ben", "clinic", "Wed PM"))),
    fault("locks_kept", "one week of two that stand in force", asked=locked(Mark("ben", "clinic", "Mon AM"))),
    fault("locks_kept", "a week named", asked=locked(Mark("ben", "clinic", "Tue AM", (1,)))),
    fault("locks_kept", "a role", asked=locked(Mark("ben", "role:rota"))),
    fault("forbids_kept", "a clinic", asked=forbidden(Mark("ana", "clinic", "Tue AM"))),
    fault("forbids_kept", "a week named", asked=forbidden(Mark("ben", "clinic", "Tue AM", (2,)))),
    fault("forbids_kept", "a role", asked=forbidden(Mark("ana", "role:rota"))),
    fault("known_ids", "unknown person", plan=added(row("zed", "clinic", "Tue AM"))),
    fault("known_ids", "unknown activity", plan=added(row("ana", "golf", "Fri PM"))),
    fault("known_ids", "unknown role", plan=added(row("ana", "role:king", "-", minutes=0))),
    fault("known_ids", "a half-day the service does not have", plan=added(row("ana", "spa", "Sun AM"))),
    fault("known_ids", "a week beyond the cycle", plan=changed("ben", "clinic", "Mon AM", weeks=(3,))),
    fault("known_ids", "a week twice", plan=changed("ben", "clinic", "Mon AM", weeks=(1, 1))),
    fault("known_ids", "no week", plan=changed("ben", "clinic", "Mon AM", weeks=())),
    fault("known_ids", "weeks without a half-day", plan=changed("ana", "flexible", "-", weeks=(1,))),
    fault("known_ids", "unknown holder", plan=with_roles(lead=("zed",))),
    fault("known_ids", "unknown person with extra", plan=replace(plan(), extra_minutes={"zed": 1})),
    fault("known_ids", "unknown room", plan=with_room(("ana", "clinic", "Tue AM", 1), "attic")),
    fault(
        "everyone_planned", "a person in post without rows", "contract", "core_spa",
        service=update_person("eve", kind=None),
    ),
    fault("others_unchanged", "dan loses his clinic", plan=removed("dan", "clinic", "Wed PM")),
    fault("others_unchanged", "dan's clinic is moved", plan=changed("dan", "clinic", "Wed PM", slot="Fri AM")),
    fault("others_unchanged", "a vacant post is given work", plan=added(row("eve", "clinic", "Fri AM"))),
    fault(
        "loose_unchanged", "cat's annualised list grows", "contract", plan=changed("cat", "review", "-", per_year=50)
    ),
    fault(
        "once_per_half_day", "two activities at once", "contract",
        plan=added(row("ben", "saturday", "Tue AM", weeks=(2,))),
    ),
    fault(
        "half_day_holds", "two and a half hours beside a two-hour MDT", "contract",
        plan=changed("ana", "travel", "Wed AM", minutes=121),
    ),
    fault("half_day_holds", "SPA beside a full clinic", "contract", plan=added(row("ana", "spa", "Tue AM", minutes=1))),
    fault("activity_slots", "a clinic on an afternoon it does not run", plan=changed(
        "ben", "clinic", "Mon AM", slot="Tue PM")),
    fault("session_minutes", "half a clinic", "contract", plan=changed("ben", "clinic", "Mon AM", minutes=120)),
    fault(
        "rooms_enough", "one clinic room for two clinics on Tuesday", service=update_room("room", count=1),
        plan=replace(plan(), rooms={}),
    ),
    fault(
        "rooms_enough", "the room is not ours in week 2", service=update_room("room", weeks=(1,)),
        plan=replace(plan(), rooms={}),
    ),
    fault("rooms_named", "a session without a room", plan=with_room(("ana", "clinic", "Tue AM", 1), None)),
    fault("rooms_named", "a room the clinic cannot use", plan=with_room(("ana", "clinic", "Tue AM", 1), "hall")),
    fault("rooms_named", "a room for a session that does not run", plan=with_room(
        ("ben", "clinic", "Tue AM", 1), "room")),
    fault(
        "joint_in_one_room", "the MDT in two rooms", plan=with_room(("ana", "mdt", "Wed AM", 1), "room")
    ),
    fault("skills", "cat is given a clinic", "contract", plan=added(row("cat", "clinic", "Tue AM", weeks=(1,)))),
    fault("unavailable", "ana never works Thursdays", plan=added(row("ana", "admin", "Thu AM", minutes=60)),
          service=update_person("ana", max_days=4, unavailable=("Thu AM",))),
    fault("premium_consent", "ben's Saturday without his consent", service=update_person("ben", premium_consent=False)),
    fault("premium_consent", "reserved time on a Saturday", plan=added(row("cat", "admin", "Sat AM", minutes=60))),
    fault("pins", "ana's pinned clinic stays only in week 1", "contract", plan=changed(
        "ana", "clinic", "Tue AM", weeks=(1,))),
    fault("pins", "ben's pinned SPA is placed and shortened", plan=replace(
        changed("ben", "spa", "-", slot="Tue PM", minutes=240), rooms={})),
    fault("joint_everyone", "cat misses the MDT in week 2", "contract", plan=changed(
        "cat", "mdt", "Wed AM", weeks=(1,))),
    fault("all_day_blocks", "the list's afternoon in week 1 only", "contract", plan=changed(
        "ana", "list", "Mon PM", weeks=(1,))),
    fault("max_days", "ana comes in on Friday for her SPA", plan=changed("ana", "spa", "Tue PM", slot="Fri PM")),
    fault("weekends", "ben on the Saturday of week 1", service=update_person("ben", max_weekends=0)),
    fault("weekends", "the service's limit, where ben has none of his own", service=most_weekends(0)),
    fault(
        "weekends", "ben's Saturday moves from week 1 to both weeks", "contract",
        plan=changed("ben", "saturday", "Sat AM", weeks=None), service=update_person("ben", max_weekends=1),
    ),
    fault("duty_weeks", "ben's clinic on duty", "contract", "rooms_named", service=on_duty("ben", "clinic")),
    fault("duty_weeks", "ana's SPA in her week on duty", service=on_duty("ana", "clinic;list;mdt;all")),
    fault(
        "duty_weeks", "ben's clinic of week 2, when he rests after week 1", "contract", "rooms_named",
        service=on_duty("ben", "none", rest_after=("Tue AM",)),
    ),
    fault("job_share", "ana and ben, who are both in on Mondays", service=update_person("ben", shares_with="ana")),
    fault("job_share_pattern", "neither ana nor ben on Wednesday afternoon", "job_share", service=update_person(
        "ben", shares_with="ana", pattern=("Wed PM",))),
    fault("trainees", "one trainee too many", "contract", plan=with_trainees(180), service=trained(3, 2)),
    fault("trainees", "half a trainee", "contract", plan=with_trainees(90), service=trained(1, 2)),
    fault("trainees", "a trainee without a supervisor", plan=with_trainees(60), service=trained(2, 2)),
    fault(
        "annualised", "half a session", "contract", service=yearly(),
        plan=changed("cat", "review", "-", per_year=42.5),
    ),
    fault(
        "annualised", "minutes a week", service=yearly(),
        plan=changed("cat", "review", "-", per_year=None, minutes=225),
    ),
    fault("annualised", "a review in a half-day",
          plan=changed("cat", "review", "-", slot="Thu PM", per_year=None), service=yearly()),
    fault("annualised", "more than half a session a week", service=yearly(max_per_week=0.5)),
    fault("out_of_hours", "ben's Saturday is 13 % of his work", service=out_of_hours_share(0.13)),
    fault("max_changes", "ana drops two sessions", service=update_person("ana", max_changes=1)),
    fault("max_changes_in_all", "five sessions: ana 2, ben 1, cat 2", service=most_changes(4)),
    fault("max_days", "by default, two days for 4 PA", service=update_person("ben", max_days=2)),
    fault("cover_placed", "cover in the MDT", "half_day_holds", plan=added(
        row("ben", "cover", "Wed AM", minutes=121))),
    fault("cover_placed", "cover where nothing covered runs", plan=added(row("ana", "cover", "Wed PM"))),
    fault("contract", "ben's flexible time a minute too long", plan=changed("ben", "flexible", "-", minutes=441)),
    fault("contract", "cat's flexible time a minute too short", plan=changed("cat", "flexible", "-", minutes=436)),
    fault(
        "extra_accepted", "ana is given more than 13 PA", "ceiling_pa", plan=more_extra(1681), extra_allowed=True,
        service=service(objective=service().objective.model_copy(update={"extra_pa_budget": 8})),
    ),
    fault("extra_budget", "extra time in the answer without any", plan=more_extra(240)),
    fault(
        "extra_budget", "extra time above the budget", plan=more_extra(240), extra_allowed=True,
        service=service(objective=service().objective.model_copy(update={"extra_pa_budget": 0.5})),
    ),
    fault("ceiling_pa", "12.5 PA", plan=more_extra(1560), extra_allowed=True),
    fault(
        "ceiling_hours", "49 hours, not opted out", "ceiling_pa", plan=more_extra(1500), extra_allowed=True,
        service=update_person("ana", opted_out_48h=None),
    ),
    fault("core_spa", "ana's SPA of 359 minutes", plan=replace(
        changed("ana", "spa", "-", minutes=119),
        rows=tuple(
            r.model_copy(update={"minutes": 141}) if r.person == "ana" and r.activity == "flexible" else r
            for r in changed("ana", "spa", "-", minutes=119).rows
        ))),
    fault("roles_filled", "nobody holds the rota", plan=with_roles(rota=())),
    fault("roles_filled", "two hold the rota", plan=with_roles(rota=("ana", "ben"))),
    fault("role_eligible", "cat may not hold the rota", plan=with_roles(rota=("cat",))),
    fault(
        "role_appointed", "the lead passes to cat",
        plan=replace(
            with_roles(lead=("cat",)),
            rows=tuple(
                r.model_copy(update={"person": "cat"})
                if r.activity == "role:lead"
                else r.model_copy(update={"minutes": (r.minutes or 0) + {"ana": 60, "ben": 0, "cat": -60}[r.person]})
                if r.activity == "flexible"
                else r
                for r in plan().rows
            ),
        ),
    ),
    fault("role_time", "the lead charged at 59 minutes", plan=replace(
        plan(),
        rows=tuple(
            r.model_copy(update={"minutes": 59})
            if r.activity == "role:lead"
            else r.model_copy(update={"minutes": 141})
            if (r.person, r.activity) == ("ana", "flexible")
            else r
            for r in plan().rows
        ))),
    fault("max_per_week", "ben's clinics on average", service=update_skill("ben", "clinic", max_per_week=0.5)),
    fault("max_per_week", "two of ben's clinics in week 2", plan=changed("ben", "clinic", "Mon AM", weeks=(2,))),
    fault("min_people", "three people for the clinic, dan is the third; two when four are wanted",
          service=update_activity("clinic", min_people=4).model_copy(
              update={"skills": (*service().skills, Skill(person="cat", activity="clinic"))})),
    fault("min_sessions_per_year", "ana's 84 lists are fewer than 90",
          service=update_activity("list", min_sessions_per_year=90)),
)  # fmt: skip


@dataclass(frozen=True)
class Misstated:
    """An outcome that says something else than its plan."""

    rule: str
    what: str
    outcome: Outcome
    also: frozenset[str] = frozenset()


def tier(name: str, **new: Any) -> Outcome:
    return replace(outcome(), tiers=tuple(replace(t, **new) if t.name == name else t for t in outcome().tiers))


def misstated(rule: str, what: str, *also: str, made: Outcome | None = None, **new: Any) -> Misstated:
    return Misstated(rule, what, replace(made or outcome(), **new), frozenset(also))


def figures(field_name: str, **new: float) -> dict[str, Any]:
    return {field_name: {**getattr(outcome(), field_name), **new}}


MISSTATED = (
    misstated("plan_stated", "impossible with a plan", status="impossible"),
    misstated("plan_stated", "no plan", plan=None),
    misstated("plan_stated", "another plan", plan=added(row("ana", "admin", "-", minutes=1))),
    misstated("plan_stated", "optimal although a tier is not", made=tier("change", status="feasible", bound=9)),
    misstated("tiers_in_order", "a tier is missing", tiers=outcome().tiers[1:]),
    misstated("tiers_in_order", "another order", tiers=outcome().tiers[::-1]),
    misstated("tiers_recomputed", "rapid_mean without its priority", made=tier("rapid_mean", kept=1, value=1, bound=1)),
    misstated("tiers_recomputed", "routine", made=tier("routine", kept=3)),
    misstated("tiers_recomputed", "rapid_headroom", made=tier("rapid_headroom", kept=2, value=2, bound=2)),
    misstated("tiers_recomputed", "change without the role", made=tier("change", kept=11, value=11, bound=11)),
    misstated("tiers_recomputed", "cost without premium", made=tier("cost", kept=0, value=0, bound=0)),
    misstated("tiers_recomputed", "quality without its peak", made=tier("quality", kept=1, value=1, bound=1)),
    misstated("bounds_hold", "a bound above the value", made=tier("change", bound=16)),
    misstated(
        "bounds_hold", "optimal with a lower bound", made=tier("change", bound=14)
    ),
    misstated("tiers_held", "the mean given back", made=tier("rapid_mean", value=1, bound=1)),
    misstated("tiers_held", "two sessions of routine given back", made=tier("routine", value=2, bound=2)),
    misstated("verified_agrees", "another value", verified=(Verified("routine", "agreed", 2, 2, 0.1),)),
    misstated("verified_agrees", "a bound too low", verified=(Verified("routine", "agreed", 3, 2, 0.1),)),
    misstated("verified_agrees", "no bound", verified=(Verified("change", "agreed", 15, None, 0.1),)),
    misstated("delivered", "clinic", **figures("delivered", clinic=3.0)),
    misstated("delivered", "the MDT counted at each attender's weeks", **figures("delivered", mdt=0.8049)),
    misstated("shortfall", "list", **figures("shortfall", list=0.0)),
    misstated("shortfall_mean", "urgent", **figures("shortfall_mean", urgent=0.5)),
    misstated("changes", "ana's lost clinic left out", changes=outcome().changes[1:]),
    misstated("changes", "changes for dan", changes=(*outcome().changes, PersonChange("dan", (), ()))),
    misstated("quality_recounted", "a half-day that was not worked left out", **figures("quality", new_half_day=0)),
    misstated("quality_recounted", "less change of one person", **figures("quality", largest_change=1)),
    misstated("quality_recounted", "nothing of it", quality={}),
    misstated("changes_from_start", "without a plan to start from", changes_from_start=outcome().changes),
    misstated("cover_unplaced", "more than all of it", **figures("cover_unplaced", urgent=0.21)),
    misstated("cover_unplaced", "less than none", **figures("cover_unplaced", urgent=-0.1)),
    misstated("cover_unplaced", "for an activity that is not covered", **figures("cover_unplaced", clinic=0.1)),
    misstated(
        "heavy_weeks_named", "a heavy week that is not there",
        findings=(Finding("heaviest_week", "ben", "5 sessions in week 1"),),
    ),
    misstated(
        "leave_named", "too few left where leave has no limit",
        findings=(Finding("leave_leaves_too_few", "urgent", "1 at a time"),),
    ),
    misstated("weeks_used", "ana's 41 weeks", **figures("weeks", ana=41.0)),
    misstated("weeks_used", "nothing of ben", weeks={"ana": 42.0, "cat": 42.0}),
)  # fmt: skip


def test_the_plan_made_by_hand_keeps_every_rule() -> None:
    assert check_plan(service(), demand(), plan(), outcome()) == ()


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case.rule}: {case.what}")
def test_a_plan_that_breaks_a_rule_is_caught_by_that_rule(case: Fault) -> None:
    found = check_plan(case.service, demand(), case.plan, None, case.extra_allowed, case.asked)
    assert {broken.rule for broken in found} == {case.rule} | case.also
    assert all(broken.subject and broken.found and broken.allowed and broken.subject in str(broken) for broken in found)


@pytest.mark.parametrize("case", MISSTATED, ids=lambda case: f"{case.rule}: {case.what}")
def test_an_outcome_that_misstates_its_plan_is_caught(case: Misstated) -> None:
    found = check_plan(service(), demand(), plan(), case.outcome)
    assert {broken.rule for broken in found} == {case.rule} | case.also


def test_every_rule_has_a_test_that_breaks_it() -> None:
    assert {case.rule for case in FAULTS} | together.CAUGHT == {rule.__name__ for rule in PLAN_RULES}
    assert {case.rule for case in MISSTATED} == {rule.__name__ for rule in OUTCOME_RULES}


def test_every_rule_is_a_sentence() -> None:
    assert all(text.endswith(".") and text != name for name, text in rules().items())
    assert len(rules()) == len(PLAN_RULES) + len(OUTCOME_RULES)


def test_an_activity_that_leave_leaves_too_few_for_must_be_named() -> None:
    """Three can do the urgent clinic of Monday afternoon: with two away one is left, with three nobody."""
    for most, broken in ((2, set()), (3, {"leave_named"})):
        made = service()
        made = made.model_copy(update={"calendar": made.calendar.model_copy(update={"max_simultaneous_leave": most})})
        assert {each.rule for each in check_plan(made, demand(), plan(), outcome())} == broken


def test_what_was_asked_and_is_kept_passes() -> None:
    kept = Wishes(
        locks=(Mark("ana", "clinic", "Tue AM"), Mark("ben", "clinic", "Mon AM", (1,)), Mark("ana", "role:rota")),
        forbids=(Mark("ben", "clinic", "Tue AM", (1,)), Mark("ana", "clinic", "Fri AM"), Mark("cat", "role:rota")),
    )
    assert check_plan(service(), demand(), plan(), outcome(), asked=kept) == ()


def change_of(made: Service, value: float) -> bool:
    """Whether the checker takes a value of the change tier for the plan."""
    stated = tier("change", value=value, bound=value, kept=value)
    broken = check_plan(made, demand(), plan(), stated)
    return ("tiers_recomputed", "change") not in {(each.rule, each.subject) for each in broken}


def test_change_is_weighed_by_person_as_stated_or_by_tenure() -> None:
    """Ana's change is 4, ben's 3 and 4 for the role, cat's 4: 15 in all."""
    heavy = update_person("ben", change_weight=3)
    assert change_of(heavy, 15 + 2 * 7) and not change_of(heavy, 15)
    for began, also in ((dt.date(2017, 4, 1), 8), (dt.date(2017, 4, 2), 4), (dt.date(2025, 4, 2), 0)):
        joined = update_person("ana", started_on=began)
        by_tenure = joined.model_copy(
            update={"objective": joined.objective.model_copy(update={"change_by_tenure": True})}
        )
        assert change_of(by_tenure, 15 + also) and not change_of(by_tenure, 15 + also + 1)
        assert change_of(joined, 15)


def test_sessions_on_a_day_on_which_there_were_fewer_are_counted_where_that_is_dear() -> None:
    """Ben's clinic of Tue AM is new on the day once his clinics of Tue PM are left out of the plan in force."""
    made = service()
    made = made.model_copy(update={"objective": made.objective.model_copy(update={"day_move_weight": 5})})
    assert change_of(made, 15) and not change_of(made, 20)
    now = tuple(each for each in made.job_plans if (each.person, each.slot) != ("ben", "Tue PM"))
    fewer = made.model_copy(update={"job_plans": now})
    assert change_of(fewer, 20) and not change_of(fewer, 15)


def test_steps_of_shortfall_are_recounted() -> None:
    """Of 10 clinics a cycle 6 are short, 3 x 1 + 2 x 2 + 1 x 3, and two single sessions; of 6.6 urgent 6 x 2, twice."""
    wanted = demand()
    sized = dict(wanted.activities)
    sized["clinic"] = replace(sized["clinic"], required=5.0, required_mean=5.0)
    sized["urgent"] = replace(sized["urgent"], required=4.5)
    wanted = replace(wanted, activities=sized)
    made = service()
    convex = made.model_copy(update={"objective": made.objective.model_copy(update={"convex_shortfall": True})})
    for service_, routine, headroom in ((made, 8, 12), (convex, 12, 24)):
        for name, value in (("routine", routine), ("rapid_headroom", headroom)):
            for stated, right in ((value, True), (value - 1, False)):
                broken = check_plan(service_, wanted, plan(), tier(name, value=stated, bound=stated, kept=stated))
                found = {(each.rule, each.subject) for each in broken}
                assert (("tiers_recomputed", name) not in found) is right


def test_change_is_counted_from_the_plan_that_was_started_from() -> None:
    """Started from the plan itself nothing has changed; to say 15, or to leave the changes out, is caught."""
    asked = Wishes(screen=replace(Screen.of_rows(plan().rows), holders=plan().holders))
    right = replace(tier("change", value=0, bound=0, kept=0), changes_from_start=())
    three = {"value": 3, "bound": 3, "kept": 3}  # quality: no half-day is new, and 3 of rooms
    tiers = tuple(replace(each, **three) if each.name == "quality" else each for each in right.tiers)
    right = replace(right, tiers=tiers, quality={**QUALITY, "new_half_day": 0, "largest_change": 0})
    assert check_plan(service(), demand(), plan(), right, asked=asked) == ()
    assert {each.rule for each in check_plan(service(), demand(), plan(), outcome(), asked=asked)} == {
        "tiers_recomputed",
        "quality_recounted",
        "changes_from_start",
    }
    stated = replace(right, changes_from_start=outcome().changes)
    assert {each.rule for each in check_plan(service(), demand(), plan(), stated, asked=asked)} == {
        "changes_from_start"
    }


def test_a_heavy_week_must_be_named() -> None:
    """Three sessions in week 1 and none in week 2, beside the meeting: 4 and 1, where the mean is 2.5."""
    clinics = (row("ben", "clinic", "Fri AM", weeks=(1,)),)
    moved = changed("ben", "clinic", "Tue AM", weeks=(1,))
    made = replace(moved, rows=(*moved.rows, *clinics))
    said = replace(outcome(), plan=made, findings=(Finding("heaviest_week", "ben", "4 sessions in week 1"),))
    rules_broken = [
        {b.rule for b in check_plan(service(), demand(), made, o)} for o in (said, replace(said, findings=()))
    ]
    assert rules_broken[1] - rules_broken[0] == {"heavy_weeks_named"}


def test_an_unproven_tier_may_lie_above_its_bound() -> None:
    made = replace(tier("change", status="feasible", bound=9), status="feasible")
    assert check_plan(service(), demand(), plan(), made) == ()


def test_quality_that_is_not_used_need_not_be_counted() -> None:
    made = replace(tier("quality", status="not used", value=0, bound=0, kept=0), quality={})
    assert check_plan(service(), demand(), plan(), made) == ()


def test_quality_need_not_be_proven_for_a_plan_to_be_optimal() -> None:
    assert outcome().status == "optimal"
    assert next(each for each in outcome().tiers if each.name == "quality").status == "feasible"


def test_extra_time_within_budget_and_consent_passes() -> None:
    assert check_plan(service(), demand(), more_extra(240), None, extra_allowed=True) == ()


def test_limits_on_weekends_premium_time_and_changes_that_are_just_kept_pass() -> None:
    kept = (update_person("ben", max_weekends=1), out_of_hours_share(0.1334), update_person("ana", max_changes=2))
    for made in (*kept, most_changes(5), most_weekends(1)):
        assert check_plan(made, demand(), plan()) == ()


def test_duty_in_weeks_a_shared_post_and_trainees_that_are_kept_to_pass() -> None:
    """Ben is on duty in week 1, which displaces nothing of his; ann and dan share a post; one trainee is hers."""
    kept = (
        yearly(),
        yearly(max_per_week=0.81),
        on_duty("ben", "none"),
        update_person("dan", shares_with="ana"),
        trained(1, 2),
    )
    for made in kept:
        assert check_plan(made, demand(), plan()) == ()
    apart = update_person("ben", shares_with="ana", overlap=("Mon AM", "Mon PM", "Tue AM"))
    assert check_plan(apart, demand(), plan()) == ()


def test_an_hour_above_48_passes_with_an_opt_out_up_to_12_pa() -> None:
    """11.9 PA of 4 hours are 47.6 hours; the other way round, premium PAs could be 12 PA in fewer hours."""
    assert check_plan(service(), demand(), more_extra(1416), None, extra_allowed=True) == ()


def test_a_person_whose_contract_is_above_the_ceiling_keeps_it() -> None:
    made = update_person("ana", contract_pa=12.5, opted_out_48h=None)
    longer = changed("ana", "flexible", "-", minutes=140 + 1560)
    assert check_plan(made, demand(), longer) == ()


def test_a_person_who_left_before_the_year_needs_no_plan() -> None:
    made = update_person("ana", to=dt.date(2027, 3, 31))
    found = check_plan(made, demand(), replace(plan(), rows=tuple(r for r in plan().rows if r.person != "ana")))
    assert {broken.rule for broken in found} == {"role_eligible", "rooms_named"}
