"""The capacity paper of a business case: every number from the objects, in words written by rules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from capacity.answer import DEFAULT_USED, all_findings, left_uncovered, moves
from capacity.report.document import Block, Bullets, Document, Heading, Paragraph, picture_of, table_of
from capacity.report.team_outcome import TeamOutcome
from capacity.report.text import lead_sentence
from capacity.report.words import SMALL, count, fixed, number, people, pounds
from capacity.service.model import Service
from capacity.supply.calendar import TOTAL

if TYPE_CHECKING:
    from capacity.report.comparison import Comparison
    from capacity.report.stress import Stress
    from capacity.report.team_explanation import Explanation

MOST_STREAMS = 4
"""Streams whose weeks are drawn, the largest."""
MOST_FINDINGS = 40
MOST_REMEDIES = 12
TESTED = {
    "met": "Weeks in 100 whose sessions are enough",
    "weeks": "In how many simulated years each week of the year is met",
    "absences": "Work left undone while one person is away, by id",
    "list": "A waiting list over the simulated years",
}
"""Captions of the figures of the stress test, by the first word of their names."""
FORMULAS = (
    ("Demand of a week", "referrals received x growth to the plan year x (1 - removed before a slot)"),
    ("Bookings a referral", "1 / (1 - share of bookings lost and booked again)"),
    ("Sessions required", "slots x contact minutes of a slot / contact minutes of a session, a calendar week"),
    ("Sessions delivered", "sessions of the timetable x weeks run / 52.18 x output; covered sessions run all year"),
    ("Gap", "sessions required - sessions delivered, activity by activity; a surplus fills no other gap"),
    (
        "Contract",
        "weeks present x weekly contract = sessions with admin, duty, SPA, roles and flexible time, to the minute",
    ),
)


def capacity_paper(
    made: TeamOutcome,
    options: Comparison | None = None,
    tested: Stress | None = None,
    reasons: Explanation | None = None,
) -> Document:
    """Return the paper.

    Parameters
    ----------
    made
        What ``capacity.plan`` gave: the recommended plan, or why there is none.
    options
        What ``capacity.compare`` gave, for the options; left out without.
    tested
        What ``capacity.stress`` gave with the plan, for its risks; left out without.
    reasons
        What ``capacity.explain`` gave, for the causes of what stays short and the remedies; left out without.
    """
    service = made.service
    start = service.year_starts
    blocks: list[Block] = [
        Heading("Summary"),
        Paragraph(lead_sentence(made.gap, made, service.cycle_weeks), "lead"),
        *([Paragraph(options.sentence())] if options is not None else []),
        *_purpose(service),
        *_method(),
        *_demand(made),
        *_capacity(made),
        *_gap(made),
        *(_options(options) if options is not None else ()),
        *_recommended(made),
        *(causes(reasons) if reasons is not None else ()),
        *(_risks(tested) if tested is not None else ()),
        *_sensitivity(made),
        *_assumptions(made),
        *_quality(made),
        *_formulas(),
        *_again(made, options, tested),
    ]
    return Document(
        f"Capacity and demand: {service.name}", f"For the year from {start.day} {start:%B %Y}.", tuple(blocks)
    )


def _purpose(service: Service) -> Iterator[Block]:
    yield Heading("Purpose")
    yield Paragraph(
        f"This paper says how much clinical capacity {service.name} needs in the year, how much its job plans deliver,"
        " what closes the difference and at what cost, and how sure each of these is. It is written to be read by"
        " people"
        " who have not seen the program that made it."
    )


def _method() -> Iterator[Block]:
    yield Heading("Method in plain words")
    yield Paragraph(
        "Referrals a week, as counted, become bookings, slots and sessions of half a day: patients who do not attend or"
        " cancel take slots that others could have used, and some are booked again. Routine work is sized at its mean."
        " Rapid-access work is sized so that a week's referrals find room in most weeks (the 80th centile unless"
        " stated):"
        " a service sized at its mean is late in half of all weeks."
    )
    yield Paragraph(
        "Job plans become sessions delivered in a calendar week: a clinic does not run while its doctor is on leave, on"
        " duty or studying, unless it is covered. Required less delivered is the gap."
    )
    yield Paragraph(
        "A mathematical model then looks for the timetables that close as much of the gap as can be closed and, among"
        " those, change least, within every contract, SPA, role, room and skill. It proves how good a plan is: no"
        " plan can"
        " do better than the bound shown. Every plan is checked again by separate code before anybody sees it."
    )


# ---- demand and capacity


def _demand(made: TeamOutcome) -> Iterator[Block]:
    from capacity.report.demand_tables import streams_table
    from capacity.report.pictures import demand_pictures

    yield Heading("Demand")
    frame = streams_table(made.demand)
    if frame.empty:
        yield Paragraph("No referrals are counted for this service: its work is asked for as fixed sessions.")
        return
    rows = [
        (str(row["name"]), _whole(row["weeks"]), _figure(row["mean"]), _figure(row["dispersion"]),
         str(row["sized_at"]), _figure(row["level"]), _figure(row["slots"]), _figure(row["contact_and_admin_hours"]))
        for row in frame.to_dict("records")
    ]  # fmt: skip
    yield table_of(
        "Streams of patients, a week of the plan year",
        ("Stream", "Weeks", "Mean", "Variance / mean", "Sized at", "Level", "Slots", "Clinical hours"),
        rows, (1, 2, 3, 5, 6, 7),
    )  # fmt: skip
    yield Paragraph(
        "Variance / mean is 1 where referrals come at random; more means that weeks differ more than chance. Sized"
        " at the"
        " mean, or at the centile where the promise is to see everybody at once.", "note",
    )  # fmt: skip
    pictures = demand_pictures(made.service, made.demand)
    charts = [one for one in pictures if one.name.startswith("xmr_")]
    for one in _largest(made, charts):
        figure, alt = one.draw()
        caption = "Referrals by week with natural limits (XmR): points outside have a cause to look for"
        yield picture_of(caption, figure, alt)
    chains = [one for one in pictures if one.name.startswith("waterfall_")][:1]
    for one in chains:
        figure, alt = one.draw()
        yield picture_of("From referrals to sessions: where slots go", figure, alt)


def _largest(made: TeamOutcome, charts: Sequence[Any]) -> list[Any]:
    hours = {key: float(json.get("contact_hours") or 0.0) for key, json in made.demand.streams_json.items()}
    order = sorted(charts, key=lambda one: -hours.get(one.name.removeprefix("xmr_"), 0.0))[:MOST_STREAMS]
    return [one for one in charts if one in order]


def _capacity(made: TeamOutcome) -> Iterator[Block]:
    from capacity.report.pictures import gap_pictures

    yield Heading("Capacity")
    if made.gap.headroom_sentence:
        yield Paragraph(f"Weeks present: {made.gap.headroom_sentence}")
    pictures = {one.name: one for one in gap_pictures(made.service, made.demand, made.gap)}
    if not made.gap.ladder.empty:
        figure, alt = pictures["ladder"].draw()
        yield picture_of("From funded posts to sessions that take place, each loss named", figure, alt)


def _gap(made: TeamOutcome) -> Iterator[Block]:
    from capacity.report.pictures import gap_pictures

    yield Heading("The gap")
    rows = []
    names = {row.activity: row.name for row in made.service.activities} | {TOTAL: "In all"}
    used = made.gap.by_level[made.gap.by_level["used"].astype(bool)]
    for row in used.to_dict("records"):
        rows.append(
            (names[str(row["activity"])], _figure(row["required"]), _range(row, "lower", "upper"),
             _figure(row["supplied"]), _range(row, "supplied_lower", "supplied_upper"), _figure(row["gap"]),
             _range(row, "gap_lower", "gap_upper"))
        )  # fmt: skip
    yield table_of(
        "Sessions a calendar week, with 90 % intervals",
        ("Activity", "Required", "90 %", "Delivered", "90 %", "Gap", "90 %"), rows,
    )  # fmt: skip
    yield Paragraph(
        "Intervals hold what a limited number of weeks leaves open of demand, and how a year differs by who is away"
        " when."
        " Growth, rates and minutes are taken as given: see the sensitivity.", "note",
    )  # fmt: skip
    pictures = {one.name: one for one in gap_pictures(made.service, made.demand, made.gap)}
    for name, caption in (
        ("gap", "Required and delivered, with intervals"),
        ("calendar", "Which weeks of the year fail"),
    ):
        figure, alt = pictures[name].draw()
        yield picture_of(caption, figure, alt)


# ---- options, plan, risks


def _options(options: Comparison) -> Iterator[Block]:
    yield Heading("Options")
    yield Paragraph("Doing nothing stands first. Every other option is planned anew, and its plan is checked.")
    rows = []
    for row in options.frame.to_dict("records"):
        if row["required"] != row["required"]:
            rows.append((str(row["name"]), *["-"] * 8))
            continue
        rows.append(
            (str(row["name"]), _figure(row["required"]), _figure(row["short"]), _figure(row["short_with_extra"]),
             _figure(row["changed"]), _figure(row["extra_pa"], 2), _money(row["pounds_recurrent"]),
             _money(row["pounds_once"]), _whole(row["list_in_a_year"]))
        )  # fmt: skip
    yield table_of(
        "Options side by side",
        ("Option", "Required", "Short", "with extra PAs", "Sessions changed", "Extra PAs", "£ a year", "£ once",
         "Waiting in a year"), rows,
    )  # fmt: skip
    yield Paragraph(options.uncertainty(), "")
    told = [run for run in options.runs[2:] if run.difference or run.reason]
    if told:
        yield Heading("What each option changes", 2)
        yield Bullets(tuple(f"{run.name}: {run.difference or 'no answer'}{_reason(run.reason)}" for run in told))
    for one in options.pictures():
        figure, alt = one.draw()
        yield picture_of(_caption(one.name), figure, alt)


def _reason(reason: str) -> str:
    return f". {reason}" if reason else ""


def _caption(name: str) -> str:
    return {
        "compare_short": "What stays short, by option",
        "compare_cost": "What options cost against what they close",
        "compare_required": "Required and delivered, by option",
    }.get(name, name)


def _recommended(made: TeamOutcome) -> Iterator[Block]:
    from capacity.report.figures import required_supplied_alt, required_supplied_figure
    from capacity.report.tables import supplied_by_plan

    yield Heading("The recommended plan")
    if made.plan is None:
        yield Paragraph(f"There is no plan to recommend. {made.reason}")
        return
    service = made.service
    moved = moves(made.changes, service.cycle_weeks)
    left = left_uncovered(made.gap, made)
    stays = f"{count(left, 'session')} a week stay uncovered" if left > SMALL else "nothing stays uncovered"
    yield Paragraph(
        f"Within present contracts {count(moved.moved, 'session')} a week move, {number(moved.added)} are added and"
        f" {number(moved.dropped)} dropped, of {people(moved.people)}; {stays}."
    )
    before, after = made.gap.activities, supplied_by_plan(made.gap, made)
    yield picture_of(
        "Required, delivered now, and delivered by the plan",
        required_supplied_figure(before, after), required_supplied_alt(before, after),
    )  # fmt: skip
    yield table_of(
        "How good the plan is: no plan does better than the bound",
        ("Aim, in order", "Value", "Bound", "Kept", "Proven"),
        [(tier.name, _figure(tier.value, 0), _figure(tier.bound, 0), _figure(tier.kept, 0),
          "yes" if tier.status == "optimal" else "no") for tier in made.tiers if tier.status != "not used"],
    )  # fmt: skip
    yield from _waits(made)


def _waits(made: TeamOutcome) -> Iterator[Block]:
    """Each waiting list now, and in a year with the plans in force and with the plan, backlog clinics not counted."""
    from capacity.scenario.measures import lists_in_a_year

    service, gap = made.service, made.gap
    if gap.lists.empty:
        return
    supplied = {str(key): float(value) for key, value in gap.activities["supplied"].items()}
    before = lists_in_a_year(service, made.demand, gap, supplied)
    after = lists_in_a_year(service, made.demand, gap, dict(made.delivered))
    names = {row.stream: row.name for row in service.streams}
    rows = [
        (names.get(str(row["stream"]), str(row["stream"])), _whole(row["waiting"]), _figure(row["demand"]),
         _whole(before.get(str(row["stream"]))), _whole(after.get(str(row["stream"]))), _whole(row["sustainable"]),
         _figure(row["one_off_sessions"], 0))
        for row in gap.lists.to_dict("records")
    ]  # fmt: skip
    yield table_of(
        "Effect on waits: patients on each list",
        ("Stream", "Now", "Join a week", "In a year, plans in force", "In a year, the plan", "Keeps the promise at",
         "Sessions once to get there"),
        rows,
    )  # fmt: skip
    yield Paragraph("At the mean of demand; clinics that clear a backlog once are not counted in the year.", "note")


def causes(reasons: Explanation) -> Iterator[Block]:
    """Why activities stay short, and what one more of each would buy."""
    from capacity.report.explain_text import cause_sentence, cheapest_sentence

    yield Heading("Why it stays short, and what would help")
    why = reasons.why
    if why.outcome.plan is None or not why.bindings:
        yield Paragraph("Nothing stays short." if why.outcome.plan is not None else why.outcome.reason)
        return
    yield Bullets(tuple(cause_sentence(reasons.gap, binding) for binding in why.bindings))
    cheapest = cheapest_sentence(why)
    if cheapest:
        yield Paragraph(f"Most for its price: {cheapest}")
    helping = sorted((one for one in why.remedies if one.buys), key=lambda one: -one.sessions)[:MOST_REMEDIES]
    if helping:
        yield table_of(
            "What one more of each would buy, the largest first",
            ("Remedy", "Sessions a week", "£ a year", "How sure"),
            [(one.remedy.words, fixed(one.sessions, 2), _money(one.pounds), one.evidence) for one in helping],
            (1, 2),
        )


def _risks(tested: Stress) -> Iterator[Block]:
    yield Heading("Risks: the plan under a stress test")
    yield Paragraph(
        "The year was simulated many times, week by week: referrals drawn as their weeks were, people on leave, sick"
        " and"
        " on duty, lists cancelled."
    )
    for sentence in tested.sentences:
        yield Paragraph(sentence)
    for name, (figure, alt) in list(tested.figures().items())[:3]:
        yield picture_of(TESTED.get(name.split("_")[0], "Under the stress test"), figure, alt)


def _sensitivity(made: TeamOutcome) -> Iterator[Block]:
    from capacity.report.pictures import gap_pictures

    yield Heading("Sensitivity")
    yield Paragraph("What each assumption moves the gap by, if it is a little better or worse than taken here.")
    pictures = {one.name: one for one in gap_pictures(made.service, made.demand, made.gap)}
    figure, alt = pictures["sensitivity"].draw()
    yield picture_of("What moves the gap most", figure, alt)


# ---- assumptions, quality, annexes


def _assumptions(made: TeamOutcome) -> Iterator[Block]:
    yield Heading("Assumptions")
    service = made.service
    yield Heading("Contract rules", 2)
    rows = []
    for name, policy in service.policy_tables.items():
        for field in ("working_weeks", "annual_leave_weeks", "sickness_share", "session_admin_minutes", "ceiling_pa"):
            value = getattr(policy, field)
            if value is not None:
                rows.append(
                    (name, field.replace("_", " "), f"{value.value:g}", "yes" if value.verified else "no", value.source)
                )
    header = ("Policy", "Value", "Is", "Verified", "Source")
    yield table_of("Policy values, their sources, and whether the source was read", header, rows, (2,))
    assumed = [note for note in service.origin.notes if note.rule == DEFAULT_USED]
    yield Heading("Defaults used where a cell is blank", 2)
    if assumed:
        yield table_of("Defaults used", ("Where", "What"), [(note.subject, note.message) for note in assumed], ())
    else:
        yield Paragraph("None: every value that matters is given.")


def _quality(made: TeamOutcome) -> Iterator[Block]:
    yield Heading("Data quality")
    notes = all_findings(made.service, made.demand, made.gap, None, deep=True)
    found = [note for note in notes if note.rule not in (DEFAULT_USED, "not_yet_used")]
    if not found:
        yield Paragraph("Nothing about the data calls for attention.")
        return
    yield Bullets(tuple(str(note) for note in found[:MOST_FINDINGS]))
    if len(found) > MOST_FINDINGS:
        yield Paragraph(f"And {len(found) - MOST_FINDINGS} more, in findings.csv of capacity check.", "note")


def _formulas() -> Iterator[Block]:
    yield Heading("Annex A: formulas")
    for name, formula in FORMULAS:
        yield Paragraph(f"{name} = {formula}", "formula")
    yield Paragraph(
        "Each formula has a page with its source, a worked example and the same in Excel: docs/formulas.", "note"
    )


def _again(made: TeamOutcome, options: Comparison | None, tested: Stress | None) -> Iterator[Block]:
    yield Heading("Annex B: doing it again")
    run = made.run
    versions = dict(run.get("versions", {}))
    rows = [
        ("Inputs (hash, first 16)", str(run.get("input_hash", ""))[:16]),
        ("Seed", str(run.get("seed"))),
        ("Threads", str(run.get("workers"))),
        ("Search ended by", str(run.get("limit_fired", "none"))),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
    ]
    if options is not None:
        rows += [(f"Inputs with {one.name}", one.input_hash[:16]) for one in options.runs[2:] if one.input_hash]
    command = f"capacity paper {made.service.origin.path or made.service.id}"
    if options is not None:
        command += "".join(f' -s "{"+".join(one.scenarios)}"' for one in options.runs[2:])
    rows.append(("Command", f"{command} --out paper.docx"))
    yield table_of("What is needed to make this paper again", ("What", "Value"), rows, ())
    same = "" if tested is None else " The stress test has its own seed and gives the same numbers."
    yield Paragraph(
        "With the same inputs, seed, one thread and versions, a search that was not ended by the clock gives the same"
        f" plan.{same}",
        "note",
    )  # fmt: skip


# ---- figures as people write them


def _figure(value: Any, decimals: int = 1) -> str:
    return "-" if value is None or not math.isfinite(float(value)) else fixed(float(value), decimals)


def _whole(value: Any) -> str:
    return _figure(value, 0)


def _range(row: dict[Any, Any], lower: str, upper: str) -> str:
    low, high = row[lower], row[upper]
    return "-" if low != low or high != high else f"{fixed(float(low))} to {fixed(float(high))}"


def _money(value: Any) -> str:
    return "not priced" if value is None or value != value else pounds(float(value)).removeprefix("£")
