"""What a lead reads: one sentence first, then the tables, in plain text that survives being pasted in an email."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.answer import (
    DEFAULT_USED,
    NOT_YET_USED,
    Extra,
    Position,
    all_findings,
    extra,
    left_uncovered,
    moves,
    position_now,
    position_planned,
    pounds_of,
    proposed_roles,
    read_in_words,
    short_by_day,
    vacant_roles,
)
from capacity.demand.result import Demand
from capacity.errors import Finding
from capacity.outcome import Outcome, PersonChange
from capacity.report.tables import rapid_first
from capacity.report.tiers_text import proof_sentence, tier_lines, verified_sentence
from capacity.report.words import (
    SMALL,
    capital,
    count,
    fixed,
    listed,
    number,
    people,
    pounds,
    shortened,
    table,
    wrapped,
)
from capacity.service.model import Service
from capacity.supply.gap import Gap

TOP_FINDINGS = 8
LONGEST_FINDING = 260
"""Letters of a finding shown on a page; findings.csv has the rest."""
LEAST = ("bank_holiday_weeks",)
"""Rules that come last: true of nearly every series, and nothing to do about."""


def lead_sentence(gap: Gap, outcome: Outcome | None = None, cycle_weeks: int | None = None) -> str:
    """The lead's sentence: what is needed, what the plans in force deliver, what the proposed plan closes.

    Parameters
    ----------
    gap
        Requirement and supply by activity, sessions a calendar week.
    outcome
        The proposed plan; None says the gap only.
    cycle_weeks
        Weeks of the cycle, by which sessions moved a cycle become sessions a week; needed with a plan.

    Returns
    -------
    str
        One paragraph, not wrapped.

    Raises
    ------
    ValueError
        There is a plan and ``cycle_weeks`` is not given.
    """
    now = position_now(gap)
    sentences = _gap_sentences(gap, now)
    if outcome is not None:
        if outcome.plan is not None and cycle_weeks is None:
            raise ValueError("cycle_weeks is needed to say how many sessions a week move")
        sentences += _plan_sentences(gap, now, outcome, cycle_weeks or 1)
    return " ".join([*sentences, *_backlog_sentence(gap)])


def _backlog_sentence(gap: Gap) -> list[str]:
    """One-off work apart, which no session of every week is for; nothing where the gap has no service behind it."""
    activities = [] if gap.time is None else list(gap.time.demand.activities.values())
    once = sum(activity.one_off_sessions for activity in activities)
    if once < SMALL:
        return []
    held = sum(activity.backlog_sessions for activity in activities)
    if held >= SMALL:
        return [f"Of what you need {number(held)} a week is backlog: {count(once, 'one-off session')} over the year."]
    return [f"Backlog apart: {count(once, 'one-off session')}."]


def _gap_sentences(gap: Gap, now: Position) -> list[str]:
    if now.required <= 0:
        return ["Nothing is required: no stream or activity asks for a session."]
    start = f"You need {count(now.required, 'session')} a week, your plans deliver {number(now.supplied)}"
    surplus = f"{number(now.surplus)} a week more than needed in {named_activities(gap, now.surplus_activities)}"
    if now.short < SMALL:
        sentences = [f"{start}: nothing is short."]
        if now.surplus >= SMALL:
            sentences.append(f"They hold {surplus}.")
        return sentences
    sentences = [f"{start}, short {number(now.short)}."]
    if now.surplus >= SMALL:
        sentences.append(f"They also hold {surplus}, which does not fill that gap.")
    return sentences


def named_activities(gap: Gap, activities: Sequence[str], most: int = 3) -> str:
    """Names of activities, the first few of them."""
    names = [str(gap.activities.loc[activity, "name"]) for activity in activities]
    if len(names) > most:
        return f"{', '.join(names[:most])} and {count(len(names) - most, 'other activity', 'other activities')}"
    return listed(names) or "several activities"


def _plan_sentences(gap: Gap, now: Position, outcome: Outcome, cycle: int) -> list[str]:
    if outcome.plan is None:
        start = "No plan exists" if outcome.status == "impossible" else "No plan was found in the time given"
        reason = outcome.reason.strip().rstrip(".")
        if reason.startswith("No plan"):
            return [f"{reason}."]
        return [f"{start}: {reason}." if reason else f"{start}."]
    return [*_closing_sentences(gap, now, outcome, cycle), *_by_day_sentence(gap, outcome)]


def _by_day_sentence(gap: Gap, outcome: Outcome) -> list[str]:
    """What is short on some half-days though the activity has enough, or as much, in all."""
    by_day = short_by_day(gap, outcome)
    if not by_day:
        return []
    total = sum(by_day.values())
    names = named_activities(gap, sorted(by_day, key=lambda key: -by_day[key]))
    return [
        f"A further {number(total)} {_verb(total, 'is', 'are')} short on particular half-days, in {names}, where more"
        " on another does not help."
    ]


def _closing_sentences(gap: Gap, now: Position, outcome: Outcome, cycle: int) -> list[str]:
    then = position_planned(gap, outcome)
    closed = now.short - then.short
    how = _how(outcome.changes, cycle)
    paid = outcome.plan is not None and any(outcome.plan.extra_minutes.values())
    means = "With extra PAs" if paid else "Without new money"
    if now.short < SMALL and then.short < SMALL:
        return [f"The proposed plan keeps it so {how}." if how else "The plans in force can stay as they are."]
    if then.short < SMALL:
        return [f"{means} all of it closes {how or 'as the plans stand'}."]
    if closed >= SMALL:
        verb = _verb(closed, "closes", "close")
        sentences = [f"{means} {number(closed)} {verb} {how or 'as the plans stand'}."]
    elif closed > -SMALL:
        sentences = [
            f"{means} none of it closes; the proposed plan works {how}."
            if how
            else f"{means} none of it closes, and the plans in force stay as they are."
        ]
    else:
        sentences = [
            f"Within present contracts and rules {number(-closed)} more is left uncovered than now"
            f"{f' {how}' if how else ''}: capacity check says which rules the plans in force break."
        ]
    return [*sentences, _left_sentence(gap, then)]


def _left_sentence(gap: Gap, then: Position) -> str:
    left = f"{capital(number(then.short))} {_verb(then.short, 'is', 'are')} left uncovered"
    return f"{left}, in {named_activities(gap, then.short_activities)}."


def _how(changes: tuple[PersonChange, ...], cycle: int) -> str:
    """``by moving 5 sessions and adding 1, of 3 people``; blank where nothing changes."""
    made = moves(changes, cycle)
    parts: list[str] = []
    for value, verb in ((made.moved, "moving"), (made.added, "adding"), (made.dropped, "dropping")):
        if value > 1e-9:
            parts.append(f"{verb} {number(value)}" if parts else f"{verb} {count(value, 'session')}")
    text = ""
    if parts:
        comma = "," if len(parts) > 1 else ""
        text = f"by {listed(parts)}{comma} of {people(made.people)}"
    if made.roles:
        text += f"{', and ' if text else 'by '}giving out {count(made.roles, 'role')}"
    return text


def summary(
    service: Service,
    demand: Demand,
    gap: Gap,
    outcome: Outcome,
    folder: str = "",
    files: Sequence[str] = (),
) -> str:
    """Everything a lead needs of a plan, the sentence first.

    Parameters
    ----------
    service, demand, gap, outcome
        What was read, asked for, found short and proposed.
    folder, files
        Where the output was written and the names of its files; left out when nothing was written.

    Returns
    -------
    str
        Plain text of at most 100 columns.
    """
    sections = [
        _heading(service, demand),
        wrapped(lead_sentence(gap, outcome, service.cycle_weeks)),
        _from_start(service, outcome),
        _with_extra(service, gap, outcome),
        _activity_table(gap, outcome),
        *_plan_sections(service, gap, outcome),
        verified_sentence(outcome),
        tier_lines(outcome, service.hold_tolerance),
        findings_text(all_findings(service, demand, gap, outcome)),
        _files(folder, files),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _heading(service: Service, demand: Demand) -> str:
    return wrapped(f"{service.name}: {read_in_words(service, demand)}")


def _from_start(service: Service, outcome: Outcome) -> str:
    """What changes from the plan that was started from, where one was."""
    if outcome.changes_from_start is None:
        return ""
    how = _how(outcome.changes_from_start, service.cycle_weeks)
    return wrapped(f"The plan it was started from changes {how}." if how else "The plan it was started from stays.")


def _with_extra(service: Service, gap: Gap, outcome: Outcome) -> str:
    """What the second answer buys and costs."""
    second = outcome.with_extra
    if second is None or outcome.plan is None:
        return ""
    budget = f"extra PAs up to the budget of {number(service.objective.extra_pa_budget)}"
    if second.plan is None:
        return wrapped(f"With {budget} no plan was found. {second.reason}".strip())
    if left_uncovered(gap, second) > left_uncovered(gap, outcome) + SMALL:
        return wrapped(f"With {budget} no better plan was found in the time given.")
    spent = extra(service, second.plan)
    if not spent.pa and not spent.hours:
        return wrapped(f"With {budget} nothing more closes, so none are proposed.")
    parts = []
    if spent.pa:
        parts.append(f"{_pas(spent.pa)} of {people(spent.pa_people)}")
    if spent.hours:
        parts.append(f"{count(spent.hours, 'extra hour')} a week of {people(spent.hours_people)}")
    price = _price(spent)
    bought = left_uncovered(gap, outcome) - left_uncovered(gap, second)
    left = left_uncovered(gap, second)
    if bought < SMALL:
        gains = [key for key, value in outcome.shortfall.items() if value - second.shortfall.get(key, 0.0) >= SMALL]
        closes = "no more closes in all" + (f", but less is left in {named_activities(gap, gains)}" if gains else "")
    else:
        closes = f"another {number(bought)} a week {_verb(bought, 'closes', 'close')}"
    then = "nothing stays uncovered" if left < SMALL else f"{number(left)} {_verb(left, 'stays', 'stay')} uncovered"
    budget = f"budget {number(service.objective.extra_pa_budget)}"
    each = pounds_of(service, gap, second, outcome).per_session
    worth = "" if each is None else f" That is {pounds(each)} for each session closed."
    return wrapped(f"With {listed(parts)} ({price}; {budget}) {closes}; {then}.{worth}")


def _price(spent: Extra) -> str:
    """What extra time costs; hours of hours contracts have no price yet."""
    if not spent.pa:
        return "hours are not priced"
    if spent.pounds is None:
        return "not priced: see [costs] in service.toml"
    return f"{pounds(spent.pounds)} a year{' for the PAs, hours not priced' if spent.hours else ''}"


def offer(gap: Gap, outcome: Outcome) -> Outcome | None:
    """Return the second answer, where it is one to consider: it spends something and leaves no more uncovered."""
    second = outcome.with_extra
    if second is None or outcome.plan is None or second.plan is None or not any(second.plan.extra_minutes.values()):
        return None
    return second if left_uncovered(gap, second) <= left_uncovered(gap, outcome) + SMALL else None


def _verb(value: float, one: str, many: str) -> str:
    """``1.6 close``, but ``1 closes`` and ``0.4 closes``."""
    return one if value < 1 + SMALL else many


def _pas(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{text} extra {'PA' if text == '1' else 'PAs'}"


def _activity_table(gap: Gap, outcome: Outcome) -> str:
    """Required, delivered now, planned and left uncovered, rapid activities first."""
    by_day = short_by_day(gap, outcome) if outcome.plan is not None else {}
    second = offer(gap, outcome)
    header = ["Sessions a week", "tier", "required", "now"]
    if outcome.plan is not None:
        header += ["planned", "left"]
    if second is not None:
        header += ["with extra", "left"]
    rows = []
    for activity, row in rapid_first(gap.activities).iterrows():
        key = str(activity)
        cells = [str(row["name"]), str(row["tier"]), fixed(row["required"]), fixed(row["supplied"])]
        values = [float(row["required"]), float(row["supplied"])]
        for answer in (outcome, second):
            if answer is not None and answer.plan is not None:
                left = answer.shortfall.get(key, 0.0)
                values += [answer.delivered.get(key, 0.0), left]
                mark = "*" if answer is outcome and key in by_day else ""
                cells += [fixed(values[-2]), f"{mark}{fixed(left)}" if left >= SMALL else "-"]
        if max(values) > 0:
            rows.append(cells)
    if not rows:
        return "Nothing is required and nothing is delivered: there is no table to show."
    text = table(header, rows, left=2, widest=44 if second is None else 38)
    if by_day:
        text += "\n" + wrapped("* short on particular half-days: a surplus on one does not fill another.")
    return text


def _plan_sections(service: Service, gap: Gap, outcome: Outcome) -> list[str]:
    if outcome.plan is None:
        return []
    return [_roles(service, outcome), _cover(gap, outcome), proof_sentence(outcome)]


def _roles(service: Service, outcome: Outcome) -> str:
    assert outcome.plan is not None
    names = {role.role: role.name for role in service.roles}
    lines = [f"  {names.get(role, role)}: {listed(who)}" for role, who in proposed_roles(service, outcome.plan).items()]
    text = "\n".join(["Roles proposed, for the team to agree:", *lines]) if lines else ""
    vacant = [
        names[role] + (f" ({number(left)} holders)" if left > 1 else "")
        for role, left in vacant_roles(service, outcome.plan).items()
    ]
    if vacant:
        text += ("\n" if text else "") + wrapped(f"Roles left vacant: {listed(vacant)}.")
    return text


def _cover(gap: Gap, outcome: Outcome) -> str:
    short = {key: value for key, value in outcome.cover_unplaced.items() if value >= SMALL}
    if not short:
        return ""
    parts = [f"{named_activities(gap, [key])} {number(value)}" for key, value in short.items()]
    return wrapped(f"Cover paid for that no free person could be given a place for, sessions a week: {listed(parts)}.")


def findings_text(
    findings: Sequence[Finding], top: int = TOP_FINDINGS, whole: bool = False, other: bool = False
) -> str:
    """How many findings there are and the first of each rule, most time first; then what is not yet used.

    Parameters
    ----------
    findings
        What was found.
    top
        Rules to show.
    whole
        Show every finding, and none cut short.
    other
        Whether the page has said some already, so that these are the others.
    """
    unused = [finding for finding in findings if finding.rule == NOT_YET_USED]
    defaults = [finding for finding in findings if finding.rule == DEFAULT_USED]
    rest = [finding for finding in findings if finding.rule not in (NOT_YET_USED, DEFAULT_USED)]
    lines = [_findings_count(len(rest), len(defaults), other)]
    groups: dict[str, list[Finding]] = {}
    for finding in rest:
        groups.setdefault(finding.rule, []).append(finding)
    ranked = sorted(groups.values(), key=lambda group: (group[0].rule in LEAST, -_most_minutes(group)))
    for group in ranked if whole else ranked[:top]:
        lines += [wrapped(f"- {text}", "  ", "    ") for text in _said(group, whole)]
    if not whole and len(ranked) > top:
        lines.append(f"  - and {count(len(ranked) - top, 'other kind')} of finding: see findings.csv")
    if unused:
        subjects = listed(dict.fromkeys(finding.subject for finding in unused))
        lines.append(wrapped(f"Accepted and kept, but not yet used: {subjects}."))
    return "\n".join(lines)


def _said(group: Sequence[Finding], whole: bool) -> list[str]:
    """Findings of one rule: all of them, or the one with most time and how many more there are."""
    if whole:
        return [str(finding) for finding in group]
    first = max(group, key=lambda item: abs(item.minutes or 0.0))
    more = f" (and {len(group) - 1} more like it)" if len(group) > 1 else ""
    return [shortened(str(first), LONGEST_FINDING) + more]


def _most_minutes(group: Sequence[Finding]) -> float:
    return max(abs(item.minutes or 0.0) for item in group)


def _findings_count(rest: int, defaults: int, other: bool) -> str:
    assumed = f"{count(defaults, 'default')} used where a cell is blank (findings.csv lists them)" if defaults else ""
    if not rest:
        nothing = "nothing else to report" if other else "nothing to report"
        return f"Findings: {nothing}{f'; {assumed}' if assumed else ''}."
    what = count(rest, "other finding" if other else "finding")
    return f"{what}{f', and {assumed}' if assumed else ''}:"


def _files(folder: str, files: Sequence[str]) -> str:
    if not files:
        return ""
    return wrapped(f"Written to {folder or 'the output folder'}: {', '.join(files)}.")
