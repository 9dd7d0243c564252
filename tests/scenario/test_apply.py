"""Scenarios laid over services: each operation alone, what follows from it, what is refused, and the shipped ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import capacity
from capacity.errors import InputError
from capacity.scenario.apply import Applied, apply_scenarios
from capacity.scenario.overlay import parse_scenario
from capacity.service.draft import draft_of, service_of
from capacity.service.model import Service
from capacity.supply.rota_weeks import duty_shares

ROOT = Path(__file__).resolve().parents[2]
MODELS = ("golden", "respiratory", "msk_physiotherapy", "anaesthetics")
SHIPPED = sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml"))


@pytest.fixture(scope="module")
def chest() -> Service:
    return capacity.read(ROOT / "models" / "respiratory")


def laid(service: Service, *changes: str, head: str = "") -> Applied:
    """Lay one scenario of these [[change]] tables over a service."""
    text = head + "".join(f"\n[[change]]\n{change}\n" for change in changes)
    return apply_scenarios(service, [parse_scenario(text, "mine", "mine.toml")])


def refused(service: Service, *changes: str, head: str = "") -> list[str]:
    with pytest.raises(InputError) as error:
        laid(service, *changes, head=head)
    return [str(fault) for fault in error.value.faults]


def required(service: Service, activity: str) -> float:
    return capacity.demand(service).activities[activity].required


# ---- the form


@pytest.mark.parametrize("model", MODELS)
def test_a_service_comes_back_from_its_draft_as_it_was(model: str) -> None:
    service = capacity.read(ROOT / "models" / model)
    again = service_of(draft_of(service))
    assert again == service
    assert {note.rule for note in again.origin.notes} == {note.rule for note in service.origin.notes}


def test_without_scenarios_nothing_differs(chest: Service) -> None:
    applied = apply_scenarios(chest, [])
    assert (applied.service, applied.difference) == (chest, "nothing")


# ---- change


def test_a_value_is_set_scaled_and_added_to(chest: Service) -> None:
    applied = laid(
        chest,
        'op = "change"\ntable = "streams"\nid = "general_new"\nset = { dna_rate = 0.06 }',
        'op = "change"\ntable = "streams"\nid = "ild_new"\nscale = { contact_minutes = 0.5 }',
        'op = "change"\ntable = "people"\nid = ["c01", "c02"]\nplus = { working_weeks = 2 }',
    )
    streams = {row.stream: row for row in applied.service.streams}
    assert streams["general_new"].dna_rate == 0.06
    assert streams["ild_new"].contact_minutes == 20
    assert applied.service.person("c01").working_weeks == 44  # blank means 42 of the policy
    assert applied.service.person("c03").working_weeks is None
    assert applied.difference == (
        "DNA 9 % → 6 % (general_new); contact minutes 40 → 20 (ild_new); weeks a year 42 → 44 (c01, c02)"
    )


def test_a_blank_empties_a_cell_and_lists_lose_and_gain(chest: Service) -> None:
    applied = laid(
        chest,
        'op = "change"\ntable = "people"\nid = "c05"\nset = { unavailable = "" }',
        'op = "change"\ntable = "rooms"\nid = "lab"\nminus = { slots = ["Mon AM", "Fri PM"] }',
        'op = "change"\ntable = "people"\nid = "c01"\nplus = { unavailable = "Fri PM" }',
    )
    assert applied.service.person("c05").unavailable == ()
    assert applied.service.person("c01").unavailable == ("Fri PM",)
    lab = next(room for room in applied.service.rooms if room.room == "lab")
    assert len(lab.slots) == 8
    assert "slots - Mon AM, Fri PM (lab)" in applied.difference


def test_settings_of_the_service_change_by_their_keys(chest: Service) -> None:
    applied = laid(
        chest,
        'op = "change"\ntable = "service"\nset = { objective = { hold_tolerance = 0 }, "costs.extra_pa" = 12000 }'
        "\nplus = { objective = { extra_pa_budget = 1.5 } }",
    )
    objective = applied.service.objective
    assert (objective.hold_tolerance, objective.extra_pa_budget) == (0, 3.5)
    assert applied.service.costs.extra_pa == 12000


def test_a_contract_of_less_keeps_spa_in_proportion_and_ends_extra_time(chest: Service) -> None:
    applied = laid(chest, 'op = "change"\ntable = "people"\nid = ["c04", "n01"]\nset = { wte = 0.8 }')
    doctor, nurse = applied.service.person("c04"), applied.service.person("n01")
    assert (doctor.contract_pa, doctor.max_pa, doctor.paid_pa) == (8, None, None)
    assert nurse.contract_hours == 30
    assert "contract 11 PAs → 8 PAs (c04)" in applied.difference


def test_pins_are_set_and_taken_away(chest: Service) -> None:
    applied = laid(
        chest,
        'op = "change"\ntable = "job_plans"\nwhere = { person = "c01", activity = "mdt" }\nset = { pinned = false }',
    )
    assert not any(row.pinned for row in applied.service.job_plans if row.person == "c01")


# ---- where


@pytest.mark.parametrize(
    ("table", "where", "ids"),
    [
        ("people", '{ staff_group = "nurse" }', ["n01", "n02", "n03"]),
        ("people", '{ staff_group = ["sas", "scientist"] }', ["s01", "p01"]),
        ("people", '{ skilled = "bronch" }', ["c01", "c02", "c03", "c04", "s01"]),
        ("people", '{ on_rota = "ward", largest = 1 }', ["c04"]),
        ("people", '[{ staff_group = "ahp" }, { staff_group = "scientist" }]', ["p01"]),
        ("streams", '{ kind = "routine", waiting_now = ">100" }', ["general_new", "airways_new", "sleep_new"]),
        ("streams", "{ largest = 1 }", ["general_new"]),
        ("activities", '{ tier = "rapid" }', ["rapid", "bronch"]),
        ("activities", "{ shortest = 1 }", ["lung_function"]),
        ("activities", "{ fed = false }", ["ward_round", "biologics", "key_worker", "mdt"]),
        ("rooms", "{ largest = 1 }", ["clinic"]),
        ("rooms", '{ used_by = { tier = "rapid" } }', ["one_stop", "bronch_suite"]),
        ("roles", "{ vacant = true }", ["governance"]),
        ("people", "{ smallest = 1 }", ["n03"]),
    ],
)
def test_rows_are_selected_by_what_they_are(chest: Service, table: str, where: str, ids: list[str]) -> None:
    from capacity.scenario.select import Chooser

    value = parse_scenario(
        f'[[change]]\nop = "change"\ntable = "{table}"\nwhere = {where}\nset = {{ name = "x" }}', "mine"
    ).operations[0]
    assert Chooser(chest, "mine.toml").ids(table, value.where, "change 1") == ids  # type: ignore[union-attr, arg-type]


def test_a_where_that_matches_nothing_is_not_applicable(chest: Service) -> None:
    applied = laid(chest, 'op = "change"\ntable = "streams"\nwhere = { kind = "caseload" }\nset = { dna_rate = 0 }')
    assert applied.service == chest
    assert [change.applicable for change in applied.changes] == [False]
    assert applied.changes[0].sentence == "not applicable: no streams with kind caseload"
    assert applied.difference == "nothing"


# ---- add


def test_a_colleague_like_another_has_their_skills_and_joins_rotas_when_asked(chest: Service) -> None:
    change = 'op = "add"\ntable = "people"\nlike = "c05"\nset = { wte = 1.0 }'
    applied = laid(chest, change)
    new = applied.service.person("x01")
    assert (new.contract_pa, new.unavailable, new.max_pa) == (10, (), None)
    skills = {skill.activity for skill in applied.service.skills if skill.person == "x01"}
    assert skills == {skill.activity for skill in chest.skills if skill.person == "c05"}
    assert applied.difference == "+1.0 WTE consultant (x01, like c05)"
    joined = laid(chest, change + "\nrotas = true")
    (ward,) = joined.service.rotas
    assert "x01" in ward.members
    shares = duty_shares(joined.service, ward)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["x01"] == pytest.approx(1 / 7, abs=1e-3)
    assert shares["c01"] == pytest.approx(0.19 * 6 / 7, abs=1e-3)
    assert "Ward week is now 1 in 7 (was 1 in 6): 7.4 duty weeks a year each in the mean" in joined.difference


def test_skills_are_added_in_pairs_and_only_where_they_are_new(chest: Service) -> None:
    applied = laid(
        chest,
        'op = "add"\ntable = "skills"\npeople = { staff_group = "nurse" }\nactivities = ["ild", "sleep"]\n'
        "set = { output = 0.7 }",
    )
    new = {(row.person, row.activity) for row in applied.service.skills} - {
        (r.person, r.activity) for r in chest.skills
    }
    assert new == {("n01", "ild"), ("n01", "sleep"), ("n02", "ild"), ("n02", "sleep")} - {
        (row.person, row.activity) for row in chest.skills
    }
    assert new
    assert all(row.output == 0.7 for row in applied.service.skills if (row.person, row.activity) in new)


def test_a_room_like_another_serves_the_same_activities(chest: Service) -> None:
    applied = laid(
        chest, 'op = "add"\ntable = "rooms"\nid = "annex"\nlike = "lab"\nset = { name = "Annex", count = 1 }'
    )
    assert applied.service.activity("lung_function").room == ("lab", "annex")


# ---- remove, and what follows


def test_who_leaves_gives_up_roles_rotas_and_pins_and_it_is_said(chest: Service) -> None:
    applied = laid(chest, 'op = "remove"\ntable = "people"\nid = "c04"')
    assert applied.difference.startswith(
        "-1.1 WTE consultant (c04); gives up Rota lead; leaves Ward week; 1 pin of theirs falls away; "
    )
    service = applied.service
    rota_lead = next(role for role in service.roles if role.role == "rota_lead")
    assert "c04" not in (*rota_lead.held_by, *rota_lead.eligible)
    assert not any(row.person == "c04" for row in (*service.job_plans, *service.skills))
    (ward,) = service.rotas
    assert sum(duty_shares(service, ward).values()) == pytest.approx(1)


def test_the_last_who_can_do_what_is_required_cannot_be_removed(chest: Service) -> None:
    (fault, *_) = refused(chest, 'op = "remove"\ntable = "people"\nid = "p01"')
    assert "lung_function" in fault
    assert fault.startswith("mine.toml")


def test_an_activity_goes_with_its_streams_and_skills(chest: Service) -> None:
    service = laid(chest, 'op = "remove"\ntable = "activities"\nid = "general"').service
    streams = {row.stream for row in service.streams}
    assert not streams & {"general_new", "general_fu", "bronch_routine"}  # the last is generated by general_new
    assert not any(row.activity == "general" for row in (*service.skills, *service.job_plans))


def test_removing_a_room_leaves_what_needs_it_without_a_place(chest: Service) -> None:
    service = laid(chest, 'op = "remove"\ntable = "rooms"\nid = "lab"').service
    assert next(room.count for room in service.rooms if room.room == "lab") == 0
    assert service.activity("lung_function").room == ("lab",)


def test_on_call_credit_and_supplement_follow_who_is_on_the_rota() -> None:
    """Four on a category A rota: 1 in 4 and 8 %. With a fifth 1 in 5 and 5 %, and everyone's typed credit is 4/5."""
    from capacity.service.model import JobPlanRow, Rota
    from tests.optimise.small import activity, person, service

    people = [
        person(name, 10).model_copy(update={"name": f"Doctor {name}"}) for name in ("ann", "bob", "cat", "dan", "eve")
    ]
    rota = Rota(
        rota="call", name="On-call", kind="on_call", members=("ann", "bob", "cat", "dan"), pa_per_duty_week=4,
        supplement_category="A",
    )  # fmt: skip
    rows = tuple(
        JobPlanRow(person=name, activity="on_call", slot="-", minutes=240) for name in ("ann", "bob", "cat", "dan")
    )
    base = service(people, [activity("clinic", 2, "Mon AM")], rotas=(rota,), job_plans=rows)
    applied = laid(base, 'op = "change"\ntable = "rotas"\nid = "call"\nplus = { members = "eve" }')
    assert "On-call is now 1 in 5 (was 1 in 4)" in applied.difference
    assert "availability supplement 8 % → 5 %" in applied.difference
    assert {row.minutes for row in applied.service.job_plans} == {192}


# ---- demand


def test_demand_ten_per_cent_up_is_ten_per_cent_more_of_what_streams_ask(chest: Service) -> None:
    more = laid(chest, 'op = "scale_demand"\nfactor = 1.1').service
    for activity in ("rapid", "bronch", "general", "lung_function"):  # bronch is fed by generated streams alone
        assert required(more, activity) == pytest.approx(1.1 * required(chest, activity), rel=1e-6)
    assert required(more, "ward_round") == required(chest, "ward_round")


def test_demand_from_a_date_counts_by_its_share_of_the_year(chest: Service) -> None:
    applied = laid(chest, 'op = "scale_demand"\nfactor = 1.2\nid = "lung_rapid"\nfrom = 2027-10-01')
    share = 183 / 366  # 1 October 2027 to 31 March 2028, of a leap year's plan year
    assert required(applied.service, "rapid") == pytest.approx((1 + 0.2 * share) * required(chest, "rapid"), rel=1e-6)
    assert "from 1 October: +10 % over the year" in applied.difference


def test_what_is_asked_of_a_generated_stream_by_name_is_scaled(chest: Service) -> None:
    less = laid(chest, 'op = "scale_demand"\nfactor = 0.5\nid = "pleural"').service
    assert required(less, "pleural") == pytest.approx(0.5 * required(chest, "pleural"))
    assert required(less, "rapid") == required(chest, "rapid")


# ---- close


def test_one_room_of_several_closes_on_fridays(chest: Service) -> None:
    applied = laid(chest, 'op = "close"\nroom = "clinic"\ncount = 1\nhalf_days = ["Fri"]')
    rooms = {room.room: room for room in applied.service.rooms}
    assert (rooms["clinic"].count, rooms["clinic_2"].count) == (4, 1)
    assert "Fri AM" not in rooms["clinic_2"].slots
    assert applied.service.activity("general").room == ("clinic", "clinic_2")
    assert applied.difference == "1 of 5 Chest clinic rooms closed on Fridays: 1 room half-day a week"


def test_a_half_day_closes_for_everybody(chest: Service) -> None:
    applied = laid(chest, 'op = "close"\nhalf_days = ["Fri PM"]')
    assert all("Fri PM" in person.unavailable for person in applied.service.people)
    assert not any(row.slot == "Fri PM" for row in applied.service.job_plans)
    assert "the service closed on Fri PM" in applied.difference


def test_a_site_closes_with_its_rooms() -> None:
    service = capacity.read(ROOT / "models" / "msk_physiotherapy")
    (fault, *_) = refused(service, 'op = "close"\nsite = "primary_care"')
    assert "left without a half-day" in fault
    applied = laid(service, 'op = "close"\nsite = "primary_care"\nhalf_days = ["Thu"]')
    assert "Thu AM" not in applied.service.activity("fcp").slots


# ---- dates, order, contradictions


def test_scenarios_stack_in_the_order_given(chest: Service) -> None:
    double = parse_scenario(
        '[[change]]\nop = "change"\ntable = "streams"\nid = "ild_new"\nscale = { contact_minutes = 2 }', "a"
    )
    fixed = parse_scenario(
        '[[change]]\nop = "change"\ntable = "streams"\nid = "ild_new"\nset = { contact_minutes = 30 }', "b"
    )
    minutes = [
        next(row.contact_minutes for row in apply_scenarios(chest, order).service.streams if row.stream == "ild_new")
        for order in ([double, fixed], [fixed, double])
    ]
    assert minutes == [30, 60]


def test_a_scenario_of_part_of_the_year_says_which_part(chest: Service) -> None:
    applied = laid(chest, 'op = "scale_demand"\nfactor = 1.2', head='starts = "12-01"\nends = "02-28"\n')
    assert (applied.starts, applied.ends) == (dt.date(2027, 12, 1), dt.date(2028, 2, 28))
    assert applied.year_share == pytest.approx(90 / 366)
    assert applied.difference.endswith("from 1 December 2027 to 28 February 2028")


@pytest.mark.parametrize(
    ("head", "change", "words"),
    [
        (
            "starts = 2026-01-01\n",
            'op = "scale_demand"\nfactor = 1.2',
            "a day of the plan year, 2027-04-01 to 2028-03-31",
        ),
        ('starts = "12-01"\nends = "11-01"\n', 'op = "scale_demand"\nfactor = 1.2', "2027-12-01 (starts) or later"),
        (
            "",
            'op = "change"\ntable = "streams"\nid = "genral_new"\nset = { dna_rate = 0 }',
            "Did you mean general_new?",
        ),
        ("", 'op = "change"\ntable = "streams"\nid = "general_new"\nset = { dna_rat = 0 }', "Did you mean dna_rate?"),
        (
            "",
            'op = "change"\ntable = "streams"\nid = "general_new"\nset = { dna_rate = 1.2 }',
            "found 1.2; allowed 0 to 1",
        ),
        ("", 'op = "change"\ntable = "people"\nid = "c01"\nset = { wte = -0.5 }', "found -5; allowed more than 0"),
        (
            "",
            'op = "change"\ntable = "people"\nwhere = { staff_grp = "nurse" }\nset = { wte = 1 }',
            "Did you mean staff_group?",
        ),
        ("", 'op = "change"\ntable = "people"\nwhere = { largest = 1, busiest = 1 }\nset = { wte = 1 }', "one of them"),
        ("", 'op = "change"\ntable = "roles"\nwhere = { shortest = 1 }\nset = { tariff_pa = 1 }', "for roles: largest"),
        ("", 'op = "change"\ntable = "service"\nset = { objctive = { hold_tolerance = 0 } }', "objctive"),
        ("", 'op = "change"\ntable = "people"\nid = "c01"\nscale = { grade = 2 }', "a number to scale"),
        ("", 'op = "close"\nhalf_days = ["Friday afternoon"]', "a half-day such as Fri PM"),
        ("", 'op = "close"\nroom = "lab"\ncount = 2', "at most the 1 there are of lab"),
        ("", 'op = "close"\nsite = "moon"', "site"),
        ("", 'op = "remove"\ntable = "job_plans"\nwhere = {}', "the planner makes the plans"),
        ("", 'op = "add"\ntable = "people"\nlike = "c09"', "an id of people"),
        ("", 'op = "add"\ntable = "people"\nlike = "c01"\nset = { wte = 7 }', "at most 1.5"),
    ],
)
def test_what_cannot_be_laid_over_a_service_is_refused(chest: Service, head: str, change: str, words: str) -> None:
    found = refused(chest, change, head=head)
    assert any(words in fault for fault in found), found
    assert all(fault.startswith("mine.toml") for fault in found)


def test_an_overlay_that_contradicts_itself_is_refused(chest: Service) -> None:
    change = 'op = "change"\ntable = "streams"\nid = "general_new"\nset = { dna_rate = %s }'
    (fault,) = refused(chest, change % 0.1, change % 0.2)
    assert fault == (
        "mine.toml, change 2: found dna_rate of general_new set again (first in change 1); allowed each value once"
    )


def test_faults_of_several_operations_are_said_at_once(chest: Service) -> None:
    change = 'op = "change"\ntable = "streams"\nid = "%s"\nset = { dna_rate = 0.1 }'
    assert len(refused(chest, change % "one", change % "two")) == 2


# ---- the shipped ones


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_can_be_laid_over_every_shipped_model(name: str, model: str) -> None:
    service = capacity.read(ROOT / "models" / model)
    applied = capacity.overlay(service, ROOT / "scenarios" / f"{name}.toml")
    assert applied.changes
    if any(change.applicable for change in applied.changes):
        assert applied.service != service
        notes = [note for note in applied.service.origin.notes if note.rule == "scenario"]
        assert [note.message for note in notes] == [change.sentence for change in applied.changes]
    else:
        assert applied.service == service


def test_most_shipped_scenarios_apply_to_the_three_services() -> None:
    """A scenario that finds nothing to change on a real service is no use there."""
    for model in MODELS[1:]:
        service = capacity.read(ROOT / "models" / model)
        nothing = [
            name
            for name in SHIPPED
            if capacity.overlay(service, ROOT / "scenarios" / f"{name}.toml").difference == "nothing"
        ]
        assert nothing == [], model


def test_a_session_can_be_added_as_a_pin(chest: Service) -> None:
    session = '{ person = "c06", activity = "general", slot = "Tue PM", pinned = true }'
    change = f'op = "add"\ntable = "job_plans"\nset = {session}'
    applied = laid(chest, change)
    rows = [row for row in applied.service.job_plans if row.person == "c06" and row.slot == "Tue PM"]
    assert [(row.activity, row.pinned) for row in rows if row.activity == "general"] == [("general", True)]
    assert "c06" in applied.difference
