"""What ``capacity demand`` prints: one sentence, each stream and activity at the three levels, then what to look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity.answer import all_findings, read_in_words
from capacity.demand.result import ActivityDemand, Demand, SizingLevel
from capacity.report.demand_tables import used_level
from capacity.report.text import findings_text
from capacity.report.words import SMALL, capital, count, fitted_table, fixed, listed, number, ordinal, table, wrapped
from capacity.service.model import Activity, Service, Stream
from capacity.service.resolved import activity_tier

if TYPE_CHECKING:
    from capacity.demand.depth import StreamDepth

MOST_STREAMS = 18
MOST_ACTIVITIES = 15
MOST_LINES = 5
FEW = 5
"""Activities of a fixed number of sessions that have a row each; more are added up."""
TOP_FINDINGS = 6
SHOWN_ABOVE = ("rebase_proposed", "xmr_signals", "sized_by_day")
"""Rules of findings that the page says in words of its own."""
LAST_HISTORY = 52
"""Weeks a centile is set from in the back-test that is shown: the longest, as sizing uses every week."""


def demand_text(service: Service, demand: Demand, everything: bool = False) -> str:
    """Return the sized demand as plain text of at most 100 columns.

    Parameters
    ----------
    service, demand
        What was read and what it asks for.
    everything
        Every stream, activity and finding, not only the most important.
    """
    most = None if everything else MOST_LINES
    rows = _streams_shown(service, demand, everything)
    sections = [
        wrapped(f"{service.name}: {read_in_words(service, demand)}"),
        wrapped(headline(demand)),
        _streams(service, demand, rows),
        _activities(service, demand, everything),
        rebase_text(demand, most),
        signals_text(demand, most),
        days_text(demand, most),
        pooling_text(service, demand, most),
        _findings(service, demand, everything),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _findings(service: Service, demand: Demand, everything: bool) -> str:
    every = all_findings(service, demand, None, None, deep=True)
    if everything:
        return findings_text(every, whole=True)
    found = [one for one in every if one.rule not in SHOWN_ABOVE]
    return findings_text(found, TOP_FINDINGS, other=len(found) < len(every))


# ---- the sentence


def headline(demand: Demand) -> str:
    """What demand asks for, at each of the three levels, in a sentence or two."""
    rows = [row for row in demand.activities.values() if row.required > 0]
    if not rows:
        return "Nothing is required: no stream or activity asks for a session."
    required, mean = sum(row.required for row in rows), sum(row.required_mean for row in rows)
    text = f"Demand asks for {count(required, 'session')} a week"
    if required - mean >= SMALL:
        text += (
            f": {number(mean)} keep up with the mean, {number(required - mean)} more are for busy weeks of rapid access"
        )
    text = f"{text}.{_service_level(demand, rows)}"
    if not any(row.attendances for row in rows):
        return text
    hours, attended = sum(row.contact_and_admin_hours for row in rows), sum(row.attendances for row in rows)
    patients = f"{count(attended, 'attendance')} and {count(hours, 'hour')} with patients and their admin a week"
    return f"{text} That is {patients}."


def _service_level(demand: Demand, rows: Iterable[ActivityDemand]) -> str:
    """What keeping every promise takes by the exact queue, where there is one."""
    total, promised = 0.0, False
    for row in rows:
        level = activity_level(demand, row.activity, "service_level")
        known = level is not None and level.sessions is not None
        total += level.sessions if level is not None and level.sessions is not None else row.required
        promised = promised or (known and _has_promise(demand, row.activity))
    return f" Keeping every promise takes {number(total)} by the exact queue." if promised else ""


def _has_promise(demand: Demand, activity: str) -> bool:
    found = demand.depth.activities.get(activity)
    return found is not None and bool(found.promise)


def activity_level(demand: Demand, activity: str, name: str) -> SizingLevel | None:
    """One of the three levels of an activity; None where it has no stream with weeks."""
    found = demand.depth.activities.get(activity)
    return None if found is None else next((level for level in found.levels if level.name == name), None)


# ---- streams


def _streams_shown(service: Service, demand: Demand, everything: bool) -> tuple[list[Stream], list[Stream]]:
    """Streams to show in file order, the largest where there are many, and the others."""
    streams = list(service.streams)
    if everything or len(streams) <= MOST_STREAMS:
        return streams, []
    largest = sorted(streams, key=lambda row: -(_value(demand, row.stream, "contact_hours") or 0.0))[:MOST_STREAMS]
    return [row for row in streams if row in largest], [row for row in streams if row not in largest]


def _value(demand: Demand, stream: str, *path: str) -> float | None:
    """Figure at a path of the published keys; None where there is none."""
    found: Any = demand.streams_json.get(stream, {})
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) else None


def _streams(service: Service, demand: Demand, shown: tuple[list[Stream], list[Stream]]) -> str:
    streams, others = shown
    if not streams:
        return "There are no streams: the requirement is what activities ask for themselves."
    weeks = {_value(demand, row.stream, "weeks") for row in streams}
    rows = [_stream_row(demand, row) for row in streams]
    header = ["Patients a week", "weeks", "phi", "keep up", "centile", "service", "held", "late", "waiting"]
    if len(weeks) == 1:  # the line that says what was read has them
        header, rows = _without(header, 1), [_without(row, 1) for row in rows]
    text = fitted_table(header, rows)
    if others:
        hours = [sum(_value(demand, row.stream, "contact_hours") or 0.0 for row in rows) for rows in (streams, others)]
        share = hours[1] / sum(hours) if sum(hours) > 0 else 0.0
        text += f"\nand {count(len(others), 'more stream')}, {share:.0%} of the hours with patients (--all shows them)"
    return f"{text}\n{wrapped(_stream_note(demand, [row.stream for row in streams]))}"


def _without(cells: list[str], column: int) -> list[str]:
    return cells[:column] + cells[column + 1 :]


def _stream_row(demand: Demand, row: Stream) -> list[str]:
    weeks, phi = _value(demand, row.stream, "weeks"), _phi(demand, row)
    cells = [row.name, "-" if weeks is None else f"{weeks:.0f}", "-" if phi is None else fixed(phi)]
    depth = demand.depth.streams.get(row.stream)
    if depth is None:
        levels = [
            _value(demand, row.stream, "sizing", "mean"),
            _value(demand, row.stream, "sizing", "centile", "value"),
        ]
        return [*cells, *map(_shown, levels), "-", "-", "-", "-"]
    return [*cells, *_level_cells(demand, depth), held(depth), late(demand, depth), _waiting(depth)]


def _phi(demand: Demand, row: Stream) -> float | None:
    """Variance / mean of a week; of a part of a series with the chance of who is in it."""
    depth = demand.depth.streams.get(row.stream)
    whole = row.generated_by is None and row.share in (None, 1)
    if whole or depth is None or depth.sized.demand is None:
        return _value(demand, row.stream, "dispersion")
    return depth.sized.demand.phi


def _level_cells(demand: Demand, depth: StreamDepth) -> list[str]:
    """Keep up, percentile and service level in referrals a week; a star on the one it is sized at."""
    used = used_level(demand, depth.stream)
    return [
        _shown(level.referrals) + ("*" if level.name == used else " " if level.referrals is not None else "")
        for level in depth.sized.levels
    ]


def held(depth: StreamDepth) -> str:
    """Achieved beside nominal coverage of the centile; ``-`` where too few weeks are known to try it out."""
    rows = [row for row in depth.coverage.rows if row.estimator == depth.chosen]
    if not rows:
        return "-"
    row = next((row for row in rows if row.history == LAST_HISTORY), rows[-1])
    return f"{row.achieved:.0%} ({row.share:.0%})"


def late(demand: Demand, depth: StreamDepth) -> str:
    """P(not seen in the period of referral) at the level a stream is sized at."""
    used = used_level(demand, depth.stream)
    value = next(level.late for level in depth.sized.levels if level.name == used)
    return "-" if value is None else f"{value:.0%}" if value >= 0.005 or value == 0 else "<1%"


def _waiting(depth: StreamDepth) -> str:
    """Patients waiting now, and the list at which the target is kept."""
    waiting = depth.waiting
    if waiting is None or waiting.waiting is None:
        return "-"
    size = waiting.plan.sustainable
    return number(waiting.waiting) if size is None else f"{number(waiting.waiting)} ({size:,.0f})"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _stream_note(demand: Demand, streams: Sequence[str]) -> str:
    depths = [demand.depth.streams[stream] for stream in streams if stream in demand.depth.streams]
    text = (
        "Patients of a week at the plan year, growth applied; * sizes the stream. Phi: variance / mean of a week, 1 if"
    )
    text += " only chance. Keep up: the mean."
    if not depths:
        return text
    estimators = list(dict.fromkeys(estimate.name for one in depths for estimate in [one.estimates[one.chosen]]))
    text += f" Centile: by {listed(estimators)}. Service: the least capacity that keeps the promise (exact queue)."
    text += " Held: share of weeks that a centile set from the year before held, in brackets what it says."
    text += " Late: not seen in the week (or day) of referral, at the level used; - where the mean is used."
    if any(_waiting(one) != "-" for one in depths):
        text += " Waiting: now, and in brackets the list at which the target is kept."
    return text


# ---- activities


def _activities(service: Service, demand: Demand, everything: bool) -> str:
    ranked = sorted(service.activities, key=lambda activity: activity_tier(service, activity) != "rapid")
    asked = [row for row in ranked if (found := demand.activities.get(row.activity)) is not None and found.required > 0]
    if not asked:
        return ""
    sized = [row for row in asked if row.activity in demand.depth.activities]
    agreed = [row for row in asked if row not in sized]
    shown = sized
    if not everything and len(sized) > MOST_ACTIVITIES:
        largest = sorted(sized, key=lambda row: -demand.activities[row.activity].required)[:MOST_ACTIVITIES]
        shown = [row for row in sized if row in largest]
    if everything or len(agreed) < FEW:
        shown, agreed = shown + agreed, []
    rows = [_activity_row(service, demand, row) for row in shown]
    rest = [row for row in sized if row not in shown]
    if rest:
        rows.append(_sum_row(demand, rest, f"and {count(len(rest), 'more activity', 'more activities')}"))
    if agreed:
        rows.append(_sum_row(demand, agreed, f"{len(agreed)} with sessions agreed"))
    header = ["Sessions a week", "tier", "keep up", "centile", "service", "required", "90 % sure", "agreed"]
    note = (
        "90 % sure: where the required level lies, given so many weeks to tell it from. Agreed: a fixed number of"
        " sessions, not from demand."
    )
    backlog = sum(row.backlog_sessions for row in demand.activities.values())
    if backlog >= SMALL:
        note += f" Required holds {number(backlog)} a week of one-off backlog work (include_backlog)."
    return fitted_table(header, rows, left=2) + "\n" + wrapped(note)


def _sum_row(demand: Demand, activities: Sequence[Activity], name: str) -> list[str]:
    rows = [demand.activities[row.activity] for row in activities]
    mean, required, agreed = (
        sum(getattr(row, column) for row in rows) for column in ("required_mean", "required", "fixed_sessions")
    )
    return [name, "", _shown(mean), "", "", _shown(required), "", _shown(agreed) if agreed else "-"]


def _activity_row(service: Service, demand: Demand, activity: Activity) -> list[str]:
    row = demand.activities[activity.activity]
    levels = [activity_level(demand, row.activity, name) for name in ("keep_up", "percentile", "service_level")]
    used = levels[0 if row.required - row.required_mean < 1e-9 else 1]
    cells = ["-" if level is None else _shown(level.sessions) for level in levels]
    if levels[0] is None:
        cells[0] = _shown(row.required_mean)
    tier = activity_tier(service, activity)
    fixed_part = _shown(row.fixed_sessions) if row.fixed_sessions else "-"
    return [activity.name, tier, *cells, _shown(row.required), _between(used), fixed_part]


def _between(level: SizingLevel | None) -> str:
    if level is None or level.lower is None or level.upper is None:
        return "-"
    return f"{fixed(level.lower)} to {fixed(level.upper)}"


# ---- what to look at


def rebase_text(demand: Demand, most: int | None = MOST_LINES) -> str:
    """Proposals to size from a new level, with the lines that confirm them."""
    found = {one.rebase.series: one.rebase for one in demand.depth.streams.values() if one.rebase is not None}
    if not found:
        return ""
    what = "This series has" if len(found) == 1 else f"These {len(found)} series have"
    lines = [
        wrapped(f"{what} moved to a new level. To size from it, put into service.toml (until then nothing changes):"),
        "  [rebase]",
    ]
    shown = list(found.values())[:most]
    lines += [f"  {advice.line}" for advice in shown]
    lines += [wrapped(f"{advice.series}: {advice.proposal.evidence}.", "  - ", "    ") for advice in shown]
    if len(shown) < len(found):
        lines.append(f"  and {len(found) - len(shown)} more (--all shows them)")
    return "\n".join(lines)


def signals_text(demand: Demand, most: int | None = MOST_LINES) -> str:
    """Series whose weeks show special cause, those with the latest signal first."""
    found: dict[str, tuple[str, int, int]] = {}
    for stream, depth in demand.depth.streams.items():
        json = demand.streams_json.get(stream, {})
        signals = json.get("xmr", {}).get("signals", [])
        if signals and not json.get("generated_by"):
            name = str(json.get("series") or stream)
            found[name] = (max(one["week_starting"] for one in signals), len(signals), int(json.get("periods") or 0))
            assert depth.stream == stream
    if not found:
        return ""
    ranked = sorted(found.items(), key=lambda one: one[1], reverse=True)
    parts = [f"{name} {many} of {weeks} (last {_day(last)})" for name, (last, many, weeks) in ranked[:most]]
    more = f" and {len(ranked) - len(parts)} more" if len(parts) < len(ranked) else ""
    text = "Weeks with a change that is not chance (XmR chart, Making Data Count rules), by series: "
    return wrapped(f"{text}{', '.join(parts)}{more}. If what caused one is over, think about sizing without it.")


def _day(iso: str) -> str:
    date = dt.date.fromisoformat(iso)
    return f"{date.day} {date:%b %Y}"


def days_text(demand: Demand, most: int | None = MOST_LINES) -> str:
    """Same-day promises by weekday, which a weekly total cannot show."""
    rows = []
    days: list[str] = []
    for stream, json in demand.streams_json.items():
        by_day = (json.get("sizing") or {}).get("by_day") or []
        if by_day:
            levels = {str(row["day"]): float(row["centile"]) for row in by_day}
            days += [day for day in levels if day not in days]
            rows.append((str(json.get("name") or stream), levels, _weekly_centile(json)))
    if not rows:
        return ""
    shown = rows[:most]
    header = ["Same-day promises: patients a day", *days, "week", "by week"]
    cells = [
        [name, *(_shown(levels.get(day)) for day in days), _shown(sum(levels.values())), _shown(weekly)]
        for name, levels, weekly in shown
    ]
    text = fitted_table(header, cells)
    if len(shown) < len(rows):
        text += f"\nand {len(rows) - len(shown)} more (--all shows them)"
    note = "Each day at its centile. By week: what the weekly total alone would give, which hides the busiest day."
    return f"{text}\n{wrapped(note)}"


def _weekly_centile(json: Mapping[str, Any]) -> float | None:
    value = ((json.get("sizing") or {}).get("estimates") or {}).get("excel", {}).get("value")
    return None if value is None else float(value)


def pooling_text(service: Service, demand: Demand, most: int | None = MOST_LINES) -> str:
    """What sizing streams together saves, and what ring-fenced slots cost."""
    names = {row.activity: row.name for row in service.activities}
    lines = []
    for key, found in demand.depth.activities.items():
        saved = next((one for one in found.pooling if one.rule == "percentile"), None)
        if saved is not None and saved.saving >= SMALL:
            text = (
                f"{names[key]}: {len(found.pooled)} streams sized together take {number(saved.together)} sessions a"
                f" week, apart {number(saved.apart)}; giving each its own slots would cost {number(saved.saving)}"
            )
            lines.append((saved.saving, text))
    for key, row in demand.activities.items():
        cost = None if row.template is None else row.template.ring_fencing_cost
        if cost is not None and cost >= SMALL:
            lines.append((cost, f"{names[key]}: its ring-fenced slots cost {number(cost)} sessions a week"))
    if not lines:
        return ""
    ranked = [text for _, text in sorted(lines, key=lambda line: -line[0])]
    shown = ranked[:most]
    more = [f"- and {len(ranked) - len(shown)} more"] if len(shown) < len(ranked) else []
    return "\n".join(["Pooling:", *(wrapped(f"{capital(text)}.", "- ", "  ") for text in shown), *more])


# ---- one stream in full


def stream_text(service: Service, demand: Demand, stream: str) -> str:
    """Return everything about one stream, as plain text of at most 100 columns.

    Raises KeyError where the service has no such stream.
    """
    row = next((one for one in service.streams if one.stream == stream), None)
    if row is None:
        raise KeyError(stream)
    json = demand.streams_json.get(stream, {})
    depth = demand.depth.streams.get(stream)
    lines = [wrapped(f"{row.name} ({stream}, {row.kind}), seen in {service.activity(row.activity).name}")]
    if depth is None:
        lines.append("It has no weeks of demand, so nothing can be sized.")
    else:
        lines += [_stream_levels(demand, depth), _stream_words(json, depth), _stream_coverage(depth)]
    own = [one for one in all_findings(service, demand, None, None, deep=True) if one.subject in _subjects(row)]
    lines.append(findings_text(own, whole=True))
    return "\n\n".join(line for line in lines if line) + "\n"


def _subjects(row: Stream) -> tuple[str, ...]:
    return (row.stream, row.series or row.stream)


def _stream_levels(demand: Demand, depth: StreamDepth) -> str:
    used = used_level(demand, depth.stream)
    rows = []
    for level in depth.sized.levels:
        shares = (level.within, level.keeps_up, level.late, level.on_time)
        percent = ["-" if share is None else f"{share:.0%}" for share in shares]
        name = level.name.replace("_", " ") + ("*" if level.name == used else "")
        figures = [_shown(level.referrals), _shown(level.slots), _shown(level.sessions), _between(level)]
        rows.append([name, *figures, *percent, _shown(level.mean_list)])
    header = ["A week", "patients", "slots", "sessions", "90 % sure", "weeks in", "keeps up", "late", "on time", "list"]
    notes = [f"{level.name.replace('_', ' ')}: {level.rule}" for level in depth.sized.levels]
    return table(header, rows) + "\n" + "\n".join(wrapped(f"{capital(note)}.", "- ", "  ") for note in notes)


def _stream_words(json: Mapping[str, Any], depth: StreamDepth) -> str:
    verdicts = [depth.dispersion.verdict, depth.autocorrelation.verdict, depth.trend.verdict, depth.season.verdict]
    lines = [wrapped(f"{capital(verdict)}.", "- ", "  ") for verdict in verdicts if verdict]
    chain = (
        f"One referral takes {_value_of(json, 'slots_per_received')} slots and gives"
        f" {_value_of(json, 'attendances_per_referral')} attendances; {_share_of(json, 'unseen_per_referral')} of those"
        f" booked are never seen; DNA {_share_of(json, 'dna_of_bookings')} of bookings"
        f" ({_share_of(json, 'dna_of_attended_plus_dna')} of attended + DNA)"
    )
    return "\n".join([*lines, wrapped(f"{chain}.", "- ", "  ")])


def _value_of(json: Mapping[str, Any], key: str) -> str:
    value = json.get(key)
    return "-" if value is None else f"{value:.3f}"


def _share_of(json: Mapping[str, Any], key: str) -> str:
    value = json.get(key)
    return "-" if value is None else f"{value:.1%}"


def _stream_coverage(depth: StreamDepth) -> str:
    if not depth.coverage.rows:
        return wrapped(f"Back-test: {depth.coverage.reason}.") if depth.coverage.reason else ""
    rows = [
        [
            row.estimator.replace("_", " "), ordinal(row.share), f"{row.history}", f"{row.achieved:.0%}",
            "-" if row.standard_error is None else f"{row.standard_error:.0%}", f"{row.origins}",
        ]
        for row in depth.coverage.rows
    ]  # fmt: skip
    header = ["Back-test: weeks held of the next 13", "level", "set from weeks", "held", "error", "tries"]
    return table(header, rows, left=2)
