"""A comparison on a page: the sentence, the measures side by side, what is short by activity, what each changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from capacity.answer import read_in_words
from capacity.demand.analyse import analyse
from capacity.report.compare_json import limits_fired
from capacity.report.words import SMALL, WIDTH, fixed, listed, number, pounds, shortened, table, wrapped
from capacity.scenario.compare import LEAST_ATTENDANCES
from capacity.scenario.measures import SHORT_ADDS_UP, Measures

if TYPE_CHECKING:
    from capacity.report.comparison import Comparison
    from capacity.scenario.run import ScenarioRun

NOT_PRICED = "n/p"
NOTHING = "-"
NAME_WIDTH = 36
Row: TypeAlias = "tuple[str, Callable[[Comparison, int, Measures], str]]"


def compare_text(made: Comparison) -> str:
    """Return the page."""
    sections = [
        wrapped(f"{made.service.name}: {read_in_words(made.service, analyse(made.service))}"),
        wrapped(made.sentence()),
        wrapped(made.uncertainty()),
        *_tables(made),
        _notes(made),
        _changes(made),
        _this_year(made),
        _not_priced(made),
        _method(made),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


# ---- tables


def _tables(made: Comparison) -> list[str]:
    """The measures, then what is short by activity, in as many tables as the width of the page asks for."""
    found = []
    for part in _parts(made):
        rows = [[name, *_cells(made, part, say)] for name, say in ROWS]
        kept = [row for row in rows if any(cell not in (NOTHING, NOT_PRICED) for cell in row[1:])]
        found.append(table(["A week, unless said", *_heads(made, part)], kept, widest=NAME_WIDTH))
    for part in _parts(made):
        rows = _short_rows(made, part)
        if rows:
            found.append(table(["Short after planning", *_heads(made, part)], rows, widest=NAME_WIDTH))
    return found


def _parts(made: Comparison) -> list[list[int]]:
    """Positions of the columns of each table; each begins with doing nothing and the base."""
    others = list(range(2, len(made.runs)))
    most = (WIDTH - NAME_WIDTH) // 9 - 2
    return [[0, 1, *others[at : at + most]] for at in range(0, max(1, len(others)), most)]


def _heads(made: Comparison, part: Sequence[int]) -> list[str]:
    return [("nothing", "base")[at] if at < 2 else made.letter(at) for at in part]


def _cells(made: Comparison, part: Sequence[int], say: Callable[[Comparison, int, Measures], str]) -> list[str]:
    runs = [(at, made.runs[at].measures) for at in part]
    return [NOTHING if found is None else say(made, at, found) for at, found in runs]


def _short_rows(made: Comparison, part: Sequence[int]) -> list[list[str]]:
    by_run = []
    for at in part:
        found = made.runs[at].measures
        by_run.append({} if found is None else {each.activity: each.short for each in found.activities})
    names = {each.activity: each.name for at in part if (found := made.runs[at].measures) for each in found.activities}
    return [
        [shortened(name, NAME_WIDTH), *(_short(each.get(key, 0.0)) for each in by_run)]
        for key, name in names.items()
        if any(each.get(key, 0.0) >= SMALL for each in by_run)
    ]


def _short(value: float) -> str:
    return fixed(value) if value >= SMALL else NOTHING


def _marked(made: Comparison, at: int, name: str, found: Measures) -> str:
    """A requirement or shortfall, marked where it differs from the base by less than demand is known."""
    value, base = getattr(found, name), made.base
    if at < 2 or base is None or abs(value - getattr(base, name)) < 1e-6:
        return fixed(value)
    return fixed(value) + ("~" if made.within_uncertainty(value, getattr(base, name)) else "")


def _planned(made: Comparison, at: int, found: Measures) -> str:
    """What is left short, marked where a plan that leaves less may exist."""
    return _marked(made, at, "short", found) + ("?" if made.runs[at].short_proven is False else "")


def _thousands(value: float | None) -> str:
    if value is None:
        return NOT_PRICED
    return fixed(value / 1000) if 0 < abs(value) < 10_000 else fixed(value / 1000, 0)


def _if_any(value: float | None, decimals: int = 1) -> str:
    return NOTHING if value is None or abs(value) < 1e-9 else fixed(value, decimals)


def _more(made: Comparison, at: int) -> str:
    return NOTHING if at == 0 else fixed(float(made.frame["extra_attendances"].iloc[at]), 0)


def _each(made: Comparison, at: int, found: Measures) -> str:
    value, more = (float(made.frame[name].iloc[at]) for name in ("pounds_per_attendance", "extra_attendances"))
    if at and found.money.recurrent is None and more >= LEAST_ATTENDANCES:
        return NOT_PRICED
    return NOTHING if value != value else fixed(value, 0)


ROWS: tuple[Row, ...] = (
    ("Required", lambda made, at, found: _marked(made, at, "required", found)),
    ("  known to within (90 % sure)", lambda made, at, found: _reach(found)),
    ("Plans in force deliver", lambda made, at, found: fixed(found.supplied)),
    ("  and leave short", lambda made, at, found: fixed(found.short_now)),
    ("Short after planning", _planned),
    ("  with extra PAs within the budget", lambda made, at, found: fixed(found.short_with_extra)),
    ("Sessions changed", lambda made, at, found: _if_any(found.changed)),
    ("  with extra PAs", lambda made, at, found: _if_any(found.changed_with_extra)),
    ("People whose sessions change", lambda made, at, found: _if_any(found.people, 0)),
    ("Extra PAs", lambda made, at, found: _if_any(found.extra_pa, 2)),
    ("Extra hours, contracts in hours", lambda made, at, found: _if_any(found.extra_hours)),
    ("WTE of the team", lambda made, at, found: fixed(found.wte)),
    ("£000 a year: team and scenario", lambda made, at, found: _thousands(found.money.recurrent)),
    ("£000 a year: extra PAs", lambda made, at, found: _thousands(found.money.extra_pa)),
    ("£000 once: scenario", lambda made, at, found: _thousands(found.money.own_once)),
    ("Backlog clinics, once", lambda made, at, found: _if_any(found.backlog_sessions, 0)),
    ("£000 once: backlog clinics", lambda made, at, found: _thousands(found.money.backlog)),
    ("Patients waiting in 12 months", lambda made, at, found: _if_any(found.list_in_a_year, 0)),
    ("Attendances more a year", lambda made, at, found: _more(made, at)),
    ("£ for each of them", _each),
)


def _reach(found: Measures) -> str:
    if found.lower is None or found.upper is None:
        return NOTHING
    return f"±{fixed((found.upper - found.lower) / 2)}"


# ---- words below


def _notes(made: Comparison) -> str:
    waiting = made.nothing.list_now
    said = [f"nothing: the plans in force as they are. base: the same service, planned anew. {SHORT_ADDS_UP}"]
    if waiting:
        said.append(
            f"Waiting: {number(waiting)} now, backlog clinics not counted. Backlog clinics bring every list to the size"
            " at which its target is kept."
        )
    said.append("More attendances and £ for each: against doing nothing, recurrent pounds, within present contracts.")
    found = [run.measures for run in made.runs if run.measures is not None]
    if any(None in (each.money.recurrent, each.money.own_once) for each in found):
        said.append(f"{NOT_PRICED}: not priced.")
    if any(
        bool(flag)
        for flag in made.frame[["requirement_within_uncertainty", "short_within_uncertainty"]].iloc[2:].stack()
    ):
        said.append("~ differs from the base by less than demand is known.")
    if any(run.short_proven is False for run in made.runs):
        said.append("? a plan that leaves less short may exist.")
    return wrapped(" ".join(said))


def _changes(made: Comparison) -> str:
    if len(made.runs) < 3:
        return ""
    lines = ["What each changes:"]
    for at, run in enumerate(made.runs[2:], start=2):
        lines.append(wrapped(f"{made.letter(at)}  {run.name}: {_what(run)}", "  ", "     "))
    return "\n".join(lines)


def _what(run: ScenarioRun) -> str:
    if run.measures is None:
        return f"NO ANSWER: {run.reason}"
    missed = [change.sentence.removeprefix("not applicable: ") for change in run.changes if not change.applicable]
    beside = f" Not applicable: {'; '.join(missed)}." if missed else ""
    cut = " Best plan found in the time given; not proven." if run.status in ("feasible", "stopped") else ""
    found = run.measures
    if found.short - found.short_now >= SMALL:
        cut += (
            f" The plans in force leave less short ({number(found.short_now)}): the plan keeps rules they break, puts"
            " more important work first, or needs more time."
        )
    return f"{run.difference}.{beside}{cut}"


def _this_year(made: Comparison) -> str:
    """What scenarios that hold for part of the plan year come to in it."""
    lines = []
    for at, run in enumerate(made.runs):
        if at < 2 or run.measures is None or run.share_of_year >= 1:
            continue
        row = made.frame.iloc[at]
        parts = [
            f"{number(float(row['short_this_year']))} short on average ({number(run.measures.short)} while it holds)"
        ]
        if row["pounds_this_year"] == row["pounds_this_year"]:
            parts.append(
                f"{pounds(float(row['pounds_this_year']))} of {pounds(run.measures.money.recurrent or 0.0)} a year"
            )
        if row["extra_attendances_this_year"] == row["extra_attendances_this_year"]:
            parts.append(f"{fixed(float(row['extra_attendances_this_year']), 0)} attendances more than doing nothing")
        said = f"{made.letter(at)} holds for {run.share_of_year * 100:.0f} % of it: {listed(parts)}."
        lines.append(wrapped(said, "  ", "     "))
    return "\n".join(["This plan year, in proportion to the days:", *lines]) if lines else ""


def _not_priced(made: Comparison) -> str:
    """Why something has no price, each reason once with the columns it is about."""
    reasons: dict[str, list[str]] = {}
    for at, run in enumerate(made.runs):
        for reason in () if run.measures is None else run.measures.money.reasons:
            reasons.setdefault(reason, []).append(("nothing", "base")[at] if at < 2 else made.letter(at))
    lines = [wrapped(f"{listed(columns)}: {reason}.", "  ", "     ") for reason, columns in reasons.items()]
    return "\n".join(["Not priced:", *lines]) if lines else ""


def _method(made: Comparison) -> str:
    limit = made.settings.time_limit
    said = f"Each column but the first is planned for at most {limit:g} s and checked by separate code."
    cut = [name for at, name in enumerate(_heads(made, range(len(made.runs)))) if "time" in limits_fired(made.runs[at])]
    if cut:
        said += (
            f" The clock ended the search of {listed(cut)}: on a less busy machine, with more time (--time-limit) or"
            " fewer at once (--workers) a better plan may be found, and another run may give other numbers."
        )
    return wrapped(said)
