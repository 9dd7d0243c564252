"""Checks between columns and tables of the team: people, skills, rotas, roles, objectives and delivered sessions."""

from __future__ import annotations

import re

from capacity.service.cells import plain
from capacity.service.checking import Model
from capacity.service.records import Row

HOURS_IN_MINUTES = 60
FULL_YEAR = 52.0
NEAR_A_WEEK = 1.0
"""Duty weeks a year by which a cycle may miss what the rota covers."""
NEAR_WEEKS = 0.1
"""Duty weeks by which shares may miss the whole: shares such as 0.33 and 0.143 are rounded."""


def check_people(model: Model) -> None:
    """Contracts, half-days, dates and ids of people."""
    for row in model["people"]:
        check_contract(model, row)
        model.check_slots(row, "unavailable")
        _check_weekends(model, row)
        _check_job_share(model, row)
        _refuse_name_as_id(model, row)
        if row.get("from") and row.get("to") and row.get("to") < row.get("from"):
            model.refuse(row, "to", row.text("to"), f"a date not before from, {row.text('from')}")


def _check_job_share(model: Model, row: Row) -> None:
    """Somebody shares a post with one other person, who shares it with nobody else."""
    model.check_slots(row, "overlap")
    model.check_slots(row, "pattern")
    partner = row.get("shares_with")
    if partner is None:
        shared = any(other.get("shares_with") == row.get("person") for other in model["people"])
        for column in ("overlap", "pattern"):
            wanted = row.get(column) and not (column == "pattern" and shared)
            if wanted and not row.faulty("shares_with"):
                model.refuse(row, column, row.text(column), "blank, because shares_with is blank")
        if shared:
            _check_pattern(model, row, next(o for o in model["people"] if o.get("shares_with") == row.get("person")))
        return
    if not model.check_ids(row, "shares_with", "people"):
        return
    if partner == row.get("person"):
        model.refuse(row, "shares_with", partner, "the other person of the post")
        return
    others = [other for other in model["people"] if other is not row and other.get("person") is not None]
    for other in others:
        if other.get("person") == partner and other.get("shares_with") not in (None, row.get("person")):
            found = f"{partner}, who shares with {other.get('shares_with')}"
            model.refuse(row, "shares_with", found, "one pair a post")
        elif other.get("person") != partner and other.get("shares_with") == partner:
            model.refuse(row, "shares_with", f"{partner}, as for {other.get('person')}", "one pair a post")
    _check_pattern(model, row, next((other for other in others if other.get("person") == partner), None))


def _check_pattern(model: Model, row: Row, other: Row | None) -> None:
    """Each half-day of a shared post's pattern is one that somebody of the two works."""
    if other is None or row.faulty("unavailable") or other.faulty("unavailable"):
        return
    both_away = set(row.get("unavailable") or ()) & set(other.get("unavailable") or ())
    for slot in row.get("pattern") or ():
        if slot in both_away:
            found = f"{slot}, when {row.get('person')} and {other.get('person')} are both unavailable"
            model.refuse(row, "pattern", found, "half-days that one of the two works")


def _check_weekends(model: Model, row: Row) -> None:
    """Weekends are those of the cycle."""
    most, cycle = row.get("max_weekends"), model.settings.cycle_weeks
    if most is not None and cycle is not None and most > cycle:
        hint = "It is counted in weekends of the cycle; leave it blank for no limit"
        model.refuse(row, "max_weekends", str(most), f"0 to the weeks of the cycle, {cycle}", hint)


def check_contract(model: Model, row: Row) -> None:
    """A person or post has one contract, in PAs or hours, one form of core SPA, and accepts no less than it has."""
    if "core_spa_pa" in row.texts and "core_spa_hours" in row.texts:
        model.refuse(row, "core_spa_hours", "core_spa_pa and core_spa_hours", "one of the two")
    given = [name for name in ("contract_pa", "contract_hours") if name in row.texts]
    if len(given) != 1:
        found = " and ".join(f"{name} {row.text(name)}" for name in given) or "contract_pa and contract_hours blank"
        model.refuse(row, "contract_pa", found, "one of contract_pa and contract_hours")
    if "max_pa" in row.texts and "max_hours" in row.texts:
        model.refuse(row, "max_hours", "max_pa and max_hours", "one of the two")
        return
    contract = _minutes(model, row, row.get("contract_pa"), row.get("contract_hours"))
    most = _minutes(model, row, row.get("max_pa"), row.get("max_hours"))
    if len(given) == 1 and contract is not None and most is not None and most < contract - 1e-6:
        column = "max_pa" if "max_pa" in row.texts else "max_hours"
        model.refuse(row, column, row.text(column), f"at least the {given[0]}, {row.text(given[0])}")


def _minutes(model: Model, row: Row, pa: float | None, hours: float | None) -> float | None:
    if hours is not None:
        return hours * HOURS_IN_MINUTES
    policy = model.policy_of(row)
    return None if pa is None or policy is None else pa * policy.pa_minutes.value


def _refuse_name_as_id(model: Model, row: Row) -> None:
    """A person's id must not give away the name; an id with a digit in it, such as nurse_3, is a code."""
    person, name = row.get("person"), row.get("name")
    if person is None or name is None or re.search("[0-9]", person):
        return
    letters = re.sub(r"[\W_]+", "", name).lower()
    if len(letters) > 2 and re.sub("[_-]+", "", person) == letters:
        model.refuse(row, "person", f"{person}, the person's name", "an id that is not a name, such as c01")


def check_skills(model: Model) -> None:
    """People and activities of skills; supervisors are other people, or activities."""
    known = {*model["people"].ids(), *model["activities"].ids()}
    for row in model["skills"]:
        model.check_ids(row, "person", "people")
        model.check_ids(row, "activity", "activities")
        unknown = [name for name in row.get("supervised_by", ()) if name not in known]
        if model.readable("people") and model.readable("activities"):
            for name in unknown:
                model.refuse(row, "supervised_by", name, "people of people.csv, or an activity of activities.csv")
        if row.get("person") in row.get("supervised_by", ()):
            model.refuse(row, "supervised_by", row.get("person"), "someone else")


def check_rotas(model: Model) -> None:
    """Members, shares and activities of rotas; duty weeks add up."""
    for row in model["rotas"]:
        model.check_ids(row, "members", "people")
        if isinstance(row.get("displaces"), tuple):
            model.check_ids(row, "displaces", "activities")
        model.check_ids(row, "keeps", "activities")
        model.check_known(row, "delivers", "activities", [part.activity for part in row.get("delivers", ())])
        model.check_slots(row, "rest_after")
        members = row.get("members", ())
        at_once = row.get("people_at_once", 1)
        _check_weeks_of_duty(model, row, members, at_once)
        if members and at_once > len(members):
            model.refuse(row, "people_at_once", str(at_once), f"at most the number of members, {len(members)}")
        listed = () if row.get("share") == "pro_rata" else row.get("share", ())
        outsiders = [part.person for part in listed if members and part.person not in members]
        for person in outsiders:
            model.refuse(row, "share", person, f"members of the rota: {', '.join(members)}")
        if members and not outsiders and not row.faulty("share"):
            _check_duty_weeks(model, row)


def _check_weeks_of_duty(model: Model, row: Row, members: tuple[str, ...], at_once: int) -> None:
    """Duty weeks placed in the cycle: of members, in weeks of the cycle, each week with as many people as are on."""
    placed, cycle = row.get("duty_weeks", ()), model.settings.cycle_weeks
    if not placed:
        return
    if "share" in row.texts:
        model.refuse(row, "duty_weeks", "duty_weeks and share", "one of the two: shares follow from the weeks")
    for part in placed:
        if members and part.person not in members:
            model.refuse(row, "duty_weeks", part.person, f"members of the rota: {', '.join(members)}")
        if cycle is not None and part.week > cycle:
            model.refuse(row, "duty_weeks", f"week {part.week}", f"weeks 1 to {cycle}")
    if cycle is None or row.faulty("weeks_covered") or row.faulty("people_at_once"):
        return
    every_week = row.get("weeks_covered", FULL_YEAR) >= FULL_YEAR and row.get("prospective") is not False
    for week in range(1, cycle + 1):
        on = sum(part.week == week for part in placed)
        if on > at_once or (every_week and on < at_once):
            allowed = f"{at_once}, the people_at_once" + ("" if every_week else ", or fewer")
            model.refuse(row, "duty_weeks", f"{on} on duty in week {week}", allowed)
    a_year = len(placed) / cycle * FULL_YEAR
    covered = row.get("weeks_covered", FULL_YEAR) * at_once
    if not every_week and abs(a_year - covered) > NEAR_A_WEEK:
        found = f"{len(placed)} duty weeks in {cycle}, which are {plain(round(a_year, 1))} a year"
        model.refuse(row, "duty_weeks", found, f"weeks_covered x people_at_once, {plain(round(covered, 1))}")


def _check_duty_weeks(model: Model, row: Row) -> None:
    """Shares leave no week without anybody and give none away twice. Members without a share share what is left."""
    shares = row.get("share", ())
    if not shares or shares == "pro_rata" or row.get("prospective") is False:
        return
    weeks = row.get("weeks_covered", 52.0) * row.get("people_at_once", 1)
    missing = weeks * (1 - sum(part.share for part in shares))
    everyone_listed = len(shares) == len(row.get("members"))
    if missing < -NEAR_WEEKS:
        hint = f"{plain(round(-missing, 1))} duty weeks too many are given away"
    elif missing > NEAR_WEEKS and everyone_listed:
        hint = f"Nobody is on in {plain(round(missing, 1))} of {plain(weeks)} duty weeks"
    else:
        return
    found = f"shares that add up to {plain(round(1 - missing / weeks, 4))}"
    model.refuse(row, "share", found, f"shares that add up to 1, which is {plain(weeks)} duty weeks", hint)


def check_roles(model: Model) -> None:
    """Holders of roles exist, are allowed to hold them, and are no more than the role has places."""
    for row in model["roles"]:
        known = model.check_ids(row, "eligible", "people") & model.check_ids(row, "held_by", "people")
        held_by, holders = row.get("held_by", ()), _check_trainees(model, row)
        if not row.faulty("holders") and len(held_by) > holders:
            found = f"{len(held_by)} people ({', '.join(held_by)})"
            model.refuse(row, "held_by", found, f"at most the holders of the role, {holders}")
        if row.get("fixed") and not held_by and not row.faulty("held_by"):
            model.refuse(row, "fixed", row.text("fixed"), "no or blank, because held_by is blank")
        known = known and {*row.get("eligible", ()), *held_by} <= set(model["people"].ids())
        if known and model.readable("people") and not row.faulty("eligible") and not row.faulty("held_by"):
            _check_eligible(model, row, held_by, holders)
        _check_tariff(model, row)


def _check_trainees(model: Model, row: Row) -> int:
    """Places of a role: its holders, or the fewest supervisors its trainees can be divided over."""
    most, trainees = row.get("max_trainees"), row.get("trainees")
    if most is None:
        return int(row.get("holders", 1))
    if "trainees" not in row.texts:
        model.refuse(row, "max_trainees", str(most), "blank, because trainees is blank")
    for column in ("holders", "split"):
        if column in row.texts:
            allowed = "blank: where trainees are divided, the holders are those who have any"
            model.refuse(row, column, row.text(column), allowed)
    return int(max(-(-(trainees or 0) // most), len(row.get("held_by", ()))))


def _check_eligible(model: Model, row: Row, held_by: tuple[str, ...], holders: int) -> None:
    people = model["people"].ids()
    listed = row.get("eligible", ())
    allowed = [name for name in people if name in listed or (not listed and _may_hold(model, row, people[name]))]
    filled = [name for name in allowed if people[name].get("kind") != "vacant"]
    for name in held_by:
        if name not in allowed:
            found = f"{name}, who is not eligible"
            model.refuse(row, "held_by", found, f"people eligible for the role: {', '.join(filled) or 'nobody'}")
        elif name not in filled:
            model.refuse(row, "held_by", f"{name}, a vacant post", "people in post")
    short = len(filled) < holders and all(name in filled for name in held_by)
    people_said = f"{len(filled)} eligible {'person' if len(filled) == 1 else 'people'}"
    if short and row.get("max_trainees") is not None:
        found = f"{row.get('trainees')} trainees, at most {row.get('max_trainees')} each, for {people_said}"
        model.refuse(row, "max_trainees", found, "supervisors enough for all trainees")
    elif short and not row.faulty("holders"):
        model.refuse(row, "holders", f"{holders} for {people_said}", "no more than the people eligible")


def _may_hold(model: Model, row: Row, person: Row) -> bool:
    """Whether the service's policy lets a person's staff group hold the role; without a tariff all but residents."""
    policy = model.policies.get(model.settings.values.get("policy", ""))
    tariff = policy.tariffs.get(row.get("role", "")) if policy is not None else None
    groups = tariff.value.staff_groups if tariff is not None else ()
    group = person.get("staff_group")
    return group is None or (group in groups if groups else group != "resident")


def _check_tariff(model: Model, row: Row) -> None:
    policy = model.policies.get(model.settings.values.get("policy", ""))
    if "tariff_pa" in row.texts or policy is None or row.get("role") is None or row.get("role") in policy.tariffs:
        return
    if row.get("trainees") is not None and policy.supervision_pa_per_trainee is not None:
        return
    allowed = f"0 or more; blank only for a role with a tariff in the policy {policy.name}"
    model.refuse(row, "tariff_pa", "a blank cell", allowed)


def check_objectives(model: Model) -> None:
    """People and activities of objectives and of delivered sessions."""
    for row in model["objectives"]:
        model.check_ids(row, "person", "people")
        if row.get("level") == "person" and "person" not in row.texts:
            model.refuse(row, "person", "a blank cell", "a person, because level is person")
        if row.get("level") in ("trust", "team") and "person" in row.texts:
            model.refuse(row, "person", row.text("person"), f"blank, because level is {row.get('level')}")
