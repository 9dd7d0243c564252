"""The pack of a team job-planning meeting: last year, what is expected, the gap, the proposed plan, what to decide.

Order and content follow appendix 4 of NHS England's guide (2023). Ids only, unless names are asked for; change is
counted, not named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from capacity.answer import extra, left_uncovered, moves, proposed_roles, vacant_roles
from capacity.report.document import Block, Bullets, Document, Heading, Paragraph, picture_of, table_of
from capacity.report.kpis import kpis_of
from capacity.report.paper import causes
from capacity.report.team_outcome import TeamOutcome
from capacity.report.text import lead_sentence, offer
from capacity.report.words import SMALL, capital, count, fixed, listed, number, people, pounds
from capacity.service.model import Service
from capacity.service.resolved import in_post, is_planned, role_holders, role_pa
from capacity.supply.kpis import FEW
from capacity.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from capacity.report.team_explanation import Explanation


def meeting_pack(made: TeamOutcome, names: bool = False, reasons: Explanation | None = None) -> Document:
    """Return the pack of an answer, with or without a plan.

    Parameters
    ----------
    made
        What ``capacity.plan`` gave.
    names
        Whether names stand beside ids.
    reasons
        What ``capacity.explain`` gave, for the causes of what stays short and the remedies; left out without.
    """
    service = made.service
    start = service.year_starts
    blocks: list[Block] = [
        Paragraph(lead_sentence(made.gap, made, service.cycle_weeks), "lead"),
        *_objectives(service),
        *_last_year(made),
        *_expected(made),
        *_gap(made),
        *_plan(made),
        *(causes(reasons) if reasons is not None else ()),
        *_duty(made, names),
        *_roles(made, names),
        *_decisions(made),
        *_notes(made),
    ]
    subtitle = f"For the year from {start.day} {start:%B %Y}. {_who(service)}"
    return Document(f"Team job-planning meeting: {service.name}", subtitle, tuple(blocks))


def _who(service: Service) -> str:
    there = [person for person in service.people if in_post(service, person)]
    planned = sum(is_planned(service, person) for person in there)
    return f"{capital(people(len(there)))} in post, {planned} with a job plan."


def shown(service: Service, person: str, names: bool) -> str:
    """Id of a person, with the name where names are asked for."""
    return f"{service.person(person).name} ({person})" if names else person


def _objectives(service: Service) -> Iterator[Block]:
    yield Heading("Objectives")
    rows = [row for row in service.objectives if row.level in ("trust", "team")]
    if not rows:
        yield Paragraph("No objectives of the organisation or the team are written down yet: to be agreed.")
        return
    yield table_of(
        "Objectives of the organisation and the team",
        ("For", "Objective", "Measure", "By", "Supported by"),
        [
            (row.level, row.objective, row.measure or "", "" if row.due is None else f"{row.due.day} {row.due:%b %Y}",
             row.supporting_resource or "")
            for row in rows
        ],
        (),
    )  # fmt: skip


def _last_year(made: TeamOutcome) -> Iterator[Block]:
    """What the past weeks saw, and how job plans are kept."""
    service = made.service
    yield Heading("Last year: activity and key figures")
    rows = []
    for stream in service.streams:
        json = made.demand.streams_json.get(stream.stream, {})
        if stream.generated_by is None and json.get("weeks"):
            rows.append((stream.name, str(json["weeks"]), number(float(json["mean"])), _range(json)))
    if rows:
        yield table_of("Referrals counted", ("Stream", "Weeks", "A week", "9 weeks in 10 from / to"), rows)
    else:
        yield Paragraph("No referrals are counted for this service.")
    found = kpis_of([(service, made.demand, made.gap)], service.year_starts)
    yield Paragraph(found.sentence() + f" As of {service.year_starts.day} {service.year_starts:%B %Y}.")
    frame = found.frame.dropna(subset=["people"])
    cells = [
        (str(row["group"]), str(int(row["people"])), f"{row['active_share']:.0%}", f"{row['dcc_share']:.0%}")
        for row in frame.to_dict("records")
        if row["people"] >= FEW and row["dcc_share"] == row["dcc_share"]
    ]
    if cells:
        yield table_of(
            f"Job plans by professional group (groups of under {FEW} are not shown)",
            ("Group", "People", "Active plan", "Direct care of planned time"),
            cells,
        )


def _range(json: dict[str, object]) -> str:
    chart = json.get("xmr")
    mean = float(json["mean"])  # type: ignore[arg-type]
    spread = float(json.get("variance") or mean) ** 0.5  # type: ignore[arg-type]
    return f"{number(max(0.0, mean - 1.645 * spread))} to {number(mean + 1.645 * spread)}" if chart is not None else "-"


def _expected(made: TeamOutcome) -> Iterator[Block]:
    """Sessions and patients of the coming year, asked for and planned."""
    yield Heading("Expected output for the coming year")
    yield Paragraph(
        "What capacity and demand ask of each activity, as sessions of a calendar week and of a year, and what the"
        " proposed plan delivers. Rapid-access work is sized so that it keeps up in most weeks, not only in the mean."
    )
    rows = []
    frame = made.gap.activities
    for row in made.service.activities:
        required = float(frame["required"][row.activity])
        delivered = made.delivered.get(row.activity, float(frame["supplied"][row.activity]))
        if required <= 0 and delivered <= 0:
            continue
        patients = made.demand.activities[row.activity].attendances
        rows.append(
            (row.name, str(frame["tier"][row.activity]), fixed(required), fixed(required * WEEKS_PER_YEAR, 0),
             fixed(patients * WEEKS_PER_YEAR, 0) if patients else "-", fixed(delivered))
        )  # fmt: skip
    yield table_of(
        "Expected output",
        ("Activity", "Tier", "Required a week", "a year", "Patients a year", "Planned a week"),
        rows,
        (2, 3, 4, 5),
    )


def _gap(made: TeamOutcome) -> Iterator[Block]:
    from capacity.report.figures import required_supplied_alt, required_supplied_figure
    from capacity.report.tables import supplied_by_plan

    yield Heading("The gap")
    after = supplied_by_plan(made.gap, made) if made.plan is not None else None
    before = made.gap.activities
    figure, alt = required_supplied_figure(before, after), required_supplied_alt(before, after)
    yield picture_of("Sessions a week required, delivered now, and delivered by the proposed plan", figure, alt)
    failing = made.gap.failing_weeks
    if failing:
        yield Paragraph("Weeks that fail with the plans in force:")
        named = {row.activity: row.name for row in made.service.activities}
        yield Bullets(tuple(_named(sentence, named) for sentence in failing[:6]))


def _named(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence that begins with an activity's id, with its name instead."""
    key, mark, rest = sentence.partition(":")
    return f"{names.get(key, key)}{mark}{rest}"


def _plan(made: TeamOutcome) -> Iterator[Block]:
    from capacity.report.timetable import timetable_alt, timetable_figure
    from capacity.report.timetable_rows import pages

    yield Heading("The proposed team plan")
    if made.plan is None:
        yield Paragraph(f"There is no plan to propose. {made.reason}")
        return
    service = made.service
    moved = moves(made.changes, service.cycle_weeks)
    left = left_uncovered(made.gap, made)
    yield Paragraph(
        f"The plan moves {count(moved.moved, 'session')} a week, adds {number(moved.added)} and drops"
        f" {number(moved.dropped)}, of {people(moved.people)}, within present contracts."
        + (f" {number(left)} sessions a week stay uncovered." if left > SMALL else " Nothing stays uncovered.")
    )
    rows = _changes_by_group(made)
    if rows:
        yield table_of(
            f"Change by staff group, as counts (groups of under {FEW} together)",
            ("Staff group", "People", "People whose sessions change", "Sessions a week lost", "gained"),
            rows,
        )
    names = {row.activity: row.name for row in service.activities}
    uncovered = sorted(((value, key) for key, value in made.shortfall.items() if value > SMALL), reverse=True)
    if uncovered:
        yield table_of(
            "Left uncovered", ("Activity", "Sessions a week"), [(names[key], fixed(value)) for value, key in uncovered]
        )
    for position, only in enumerate(pages(service)):
        title = "Timetable of the team, by id; the mark shows what changes"
        figure = timetable_figure(service, made.plan, only=only)
        alt = timetable_alt(service, made.plan, only)
        yield picture_of(title if position == 0 else f"{title} (continued)", figure, alt, wide=True)


def _changes_by_group(made: TeamOutcome) -> list[tuple[str, ...]]:
    """Lost and gained sessions by staff group; groups of under five people are added up, so that nobody is shown."""
    service, cycle = made.service, made.service.cycle_weeks
    change = {one.person: one for one in made.changes}
    sums: dict[str, list[float]] = {}
    members: dict[str, int] = {}
    for person in service.people:
        if in_post(service, person) and is_planned(service, person):
            members[person.staff_group] = members.get(person.staff_group, 0) + 1
    small = {group for group, size in members.items() if size < FEW}
    for person in service.people:
        if not (in_post(service, person) and is_planned(service, person)):
            continue
        group = "others" if person.staff_group in small else person.staff_group
        row = sums.setdefault(group, [0, 0, 0.0, 0.0])
        row[0] += 1
        one = change.get(person.person)
        if one is not None and (one.sessions_lost or one.sessions_gained):
            row[1] += 1
            row[2] += one.sessions_lost / cycle
            row[3] += one.sessions_gained / cycle
    return [(group, str(int(row[0])), str(int(row[1])), fixed(row[2]), fixed(row[3])) for group, row in sums.items()]


def _duty(made: TeamOutcome, names: bool) -> Iterator[Block]:
    yield Heading("On-call and out of hours")
    service = made.service
    if not service.rotas:
        yield Paragraph("The service has no rotas.")
    rows = []
    for rota in service.rotas:
        at_once = rota.people_at_once or 1
        weeks = (52.0 if rota.weeks_covered is None else rota.weeks_covered) * at_once / len(rota.members)
        work = listed(f"{service.activity(part.activity).name} {number(part.sessions)}" for part in rota.delivers)
        rows.append(
            (rota.name, str(len(rota.members)), f"1 in {number(len(rota.members) / at_once)}", number(weeks),
             number(rota.pa_per_duty_week), work or "-")
        )  # fmt: skip
    if rows:
        header = ("Rota", "People", "Frequency", "Weeks a year each", "PAs a duty week", "Delivers a duty week")
        yield table_of("Rotas", header, rows, (1, 2, 3, 4))
    if service.slots.premium:
        yield Paragraph(f"Premium half-days the service can use: {listed(service.slots.premium)}.")


def _roles(made: TeamOutcome, names: bool) -> Iterator[Block]:
    yield Heading("Roles to allocate")
    service = made.service
    if not service.roles:
        yield Paragraph("The service lists no roles.")
        return
    proposed = {} if made.plan is None else proposed_roles(service, made.plan)
    rows = []
    for role in service.roles:
        holders = role.held_by if made.plan is None else made.plan.holders.get(role.role, role.held_by)
        new = proposed.get(role.role, ())
        state = "proposed" if new else "held" if holders else "vacant"
        who = listed(shown(service, person, names) for person in holders) or "nobody"
        rows.append((role.name, role.category, fixed(role_pa(service, role), 2), str(role_holders(role)), who, state))
    yield table_of(
        "Roles, tariffs and who holds or would hold them",
        ("Role", "Category", "PAs each", "Holders", "Who", "State"),
        rows,
        (2, 3),
    )
    yield Paragraph("Proposed holders are where the plan has most room for them: for the team to agree.", "note")


def _decisions(made: TeamOutcome) -> Iterator[Block]:
    yield Heading("Decisions to take")
    yield Bullets(tuple(_to_decide(made)))


def _to_decide(made: TeamOutcome) -> Iterator[str]:
    service = made.service
    if made.plan is None:
        yield f"What has to give, as no plan keeps every rule: {made.reason}"
        return
    moved = moves(made.changes, service.cycle_weeks)
    if moved.people:
        who = people(moved.people)
        yield f"Whether to take the proposed plan, which changes sessions of {who}; each person agrees their own."
    else:
        yield "Whether the plans in force go on: no change closes anything."
    names = {row.activity: row.name for row in service.activities}
    left = [key for key, value in sorted(made.shortfall.items(), key=lambda item: -item[1]) if value > SMALL]
    if left:
        short = listed(names[key] for key in left)
        yield f"What to do about {short}, which stay short: capacity explain ranks the remedies."
    second = offer(made.gap, made)
    if second is not None and second.plan is not None:
        spent = extra(service, second.plan)
        closes = left_uncovered(made.gap, made) - left_uncovered(made.gap, second)
        cost = f" for {pounds(spent.pounds)} a year" if spent.pounds else ""
        more = count(closes, "further session")
        yield f"Whether to offer {fixed(spent.pa, 2)} extra PAs{cost}, which close {more} a week."
    new = proposed_roles(service, made.plan)
    role_names = {role.role: role.name for role in service.roles}
    if new:
        yield f"Who takes {listed(role_names[role] for role in new)}; the plan proposes somebody for each."
    vacant = vacant_roles(service, made.plan)
    if vacant:
        yield f"What becomes of {listed(role_names[role] for role in vacant)}, which nobody has time for."
    gaps = [finding for finding in made.findings if finding.rule == "duty_gaps"]
    for finding in gaps:
        yield f"Rota {finding.subject}: {finding.message}."


def _notes(made: TeamOutcome) -> Iterator[Block]:
    yield Heading("How to read this")
    yield Paragraph(
        "A session is one half-day. Required is what demand asks in the mean calendar week, and for rapid-access work"
        " what keeps up in four weeks of five unless the service says otherwise; delivered is what job plans give after"
        " leave, duty and cover. The proposed plan keeps every contract, SPA, role, room and skill as the input files"
        " have them, and was checked by separate code. Among plans that close as much it changes least.",
        "note",
    )
    run = made.run
    versions = ", ".join(f"{name} {value}" for name, value in dict(run.get("versions", {})).items())
    made_from = f"inputs with hash {str(run.get('input_hash', ''))[:16]}, seed {run.get('seed')}, {versions}"
    yield Paragraph(f"Made from {made_from}.", "note")
