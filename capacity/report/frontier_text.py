"""A frontier on one page: the knee in a sentence, then a row a point."""

from __future__ import annotations

from capacity.answer import position_now, read_in_words
from capacity.report.frontier import Frontier
from capacity.report.words import count, fixed, number, table, wrapped

RULE = (
    "The knee is the point farthest above the straight line from the first point to the last, where that is a tenth of"
    " what can be closed or more."
)
NOTES = {
    "change": "Changed: sessions a week moved, added or dropped from the plans in force. Roles change hands besides.",
    "extra": "Extra: PAs a week above present contracts, which people accept. Sessions change as in capacity plan.",
}


def frontier_text(frontier: Frontier) -> str:
    """Return the page: heading, the sentence, the table and what its words mean."""
    service = frontier.service
    sections = [
        wrapped(f"{service.name}: {read_in_words(service, frontier.demand)}"),
        wrapped(f"{_now(frontier)} {frontier.sentence()}".strip()),
    ]
    if frontier.points:
        sections += [
            _table(frontier),
            "\n".join(wrapped(text) for text in (NOTES[frontier.by], RULE, _proof(frontier), _plan(frontier)) if text),
        ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _now(frontier: Frontier) -> str:
    now = position_now(frontier.gap)
    needed = count(now.required, "session")
    return f"You need {needed} a week, of which the plans in force leave {number(now.short)} short."


def _table(frontier: Frontier) -> str:
    spent = {"change": ("may change", "changed", "people"), "extra": ("budget", "extra PAs", "changed")}[frontier.by]
    header = ["point", *spent, "short", "rapid, mean", "rapid, centile", "others", "proven"]
    rows = []
    knee = frontier.knee
    for row in frontier.frame.to_dict("records"):
        middle = str(row["people"]) if frontier.by == "change" else fixed(row["changed"])
        decimals = 1 if frontier.by == "change" else 2
        mark = "*" if knee is not None and knee.point == row["point"] else ""
        rows.append(
            [f"{row['point']}{mark}", fixed(row["limit"], decimals), fixed(row[frontier.spent], decimals), middle,
             *(fixed(row[key]) for key in ("short", "rapid_mean", "rapid_headroom", "routine")),
             "yes" if row["proven"] else "no"]
        )  # fmt: skip
    return table(header, rows)


def _plan(frontier: Frontier) -> str:
    """Why the last point is not what ``capacity plan`` leaves, where the two differ."""
    last, there = list(frontier.frame["short"])[-1], frontier.plan_short
    most = frontier.service.hold_tolerance
    if there is None or not most or number(last) == number(there):
        return ""
    return (
        f"capacity plan leaves {number(there)} short, not {number(last)}: it lets a tier end up to"
        f" {count(most, 'session')} a cycle above its best where later tiers gain (hold_tolerance), and the points here"
        " do not."
    )


def _proof(frontier: Frontier) -> str:
    knee = "* the knee. " if frontier.knee is not None else ""
    said = f"{knee}Proven: no plan within the limit leaves less short, in the order of the tiers."
    if all(point.proven for point in frontier.points):
        return said
    return f"{said} Where it is not, a better plan may exist; more time (--time-limit) looks further."
