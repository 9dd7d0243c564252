"""What a business case reads: how many posts, at what cost, why, and how sure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from capacity.optimise.establish.result import Aim, Need, PostLine, Totals
from capacity.report.words import capital, count, fitted_table, fixed, listed, number, people, pounds, wrapped

if TYPE_CHECKING:
    from capacity.report.establishment import Establishment

AIMS = {"cost": "pounds a year", "wte": "WTE", "posts": "posts", "order": "types in their order"}
COVER = {"centile": "routine work at its mean, rapid work at its centile", "mean": "all work at its mean"}


def establishment_text(found: Establishment) -> str:
    """Return the whole answer as plain text of at most 100 columns."""
    blocks = [wrapped(answer_sentence(found))]
    if found.outcome is None:
        blocks += ["\n".join(wrapped(reason, "- ", "  ") for reason in found.reasons)]
        blocks.append(_left_at_best(found))
    else:
        if found.posts:
            blocks.append(_posts_table(found))
        blocks += [_totals_table(found), _why(found), _drives(found), wrapped(_proof(found.aims))]
    blocks.append(_assumed(found))
    return "\n\n".join(block for block in blocks if block) + "\n"


def answer_sentence(found: Establishment) -> str:
    """The answer in one paragraph, not wrapped."""
    required = sum(row.required for row in found.required.activities.values())
    level = COVER.get(found.cover, f"{float(found.cover):.0%} of the requirement" if found.cover not in COVER else "")
    asked = f"To cover {number(required)} sessions a week ({level})"
    if found.outcome is None:
        if found.status == "impossible":
            return f"{asked}, no team of the posts that may be created is enough."
        return f"{asked}, no team was found."
    if not found.posts:
        return f"{asked}, no post is needed: the {people(found.stay.people)} in post can do it within their contracts."
    start = f"keep the {people(found.stay.people)} in post and add" if found.keep_team else "build a team of"
    return f"{asked}, {start} {_in_words(found.new, 'post')}: {listed(_line_in_words(line) for line in found.posts)}."


def _in_words(totals: Totals, noun: str) -> str:
    money = f", {pounds(totals.pounds)} a year" if totals.pounds is not None else ""
    return f"{count(totals.people, noun)}, {fixed(totals.wte, 2)} WTE{money}"


def _line_in_words(line: PostLine) -> str:
    return f"{line.count} x {line.kind.post.name} ({line.kind.group}, {contract_in_words(line)})"


def contract_in_words(line: PostLine) -> str:
    """``10 PA`` or ``37.5 hours``."""
    post = line.kind.post
    return f"{post.contract_hours:g} hours" if post.contract_hours is not None else f"{post.contract_pa:g} PA"


def _names(found: Establishment, activities: Iterable[str]) -> list[str]:
    names = {row.activity: row.name for row in found.service.activities}
    return [names.get(activity, activity) for activity in activities]


def _posts_table(found: Establishment) -> str:
    header = ("Posts", "group", "contract", "posts", "WTE", "£ a year")
    rows = [
        (
            line.kind.post.name,
            line.kind.group,
            contract_in_words(line),
            str(line.count),
            fixed(line.wte, 2),
            "-" if line.pounds is None else f"{line.pounds:,.0f}",
        )
        for line in found.posts
    ]
    return fitted_table(header, rows)


def _totals_table(found: Establishment) -> str:
    total = Totals(
        found.stay.people + found.new.people,
        found.stay.wte + found.new.wte,
        None if found.stay.pounds is None or found.new.pounds is None else found.stay.pounds + found.new.pounds,
    )
    parts = (("stay", found.stay), ("new", found.new), ("the team", total))
    rows = [
        (name, str(part.people), fixed(part.wte, 2), "-" if part.pounds is None else f"{part.pounds:,.0f}")
        for name, part in parts
        if part.people or name == "the team"
    ]
    return fitted_table(("People", "number", "WTE", "£ a year"), rows)


def _why(found: Establishment) -> str:
    """Binding requirements, what each post does, and what goes short without it."""
    lines = [f"- {need_sentence(found, need)}" for need in found.needs]
    lines += [f"- {_post_sentence(found, line)}" for line in found.posts]
    if not lines:
        return ""
    return "\n".join(["Why these posts:", *(wrapped(line, "", "  ") for line in lines)])


def need_sentence(found: Establishment, need: Need) -> str:
    """One binding requirement in words."""
    names = listed(_names(found, need.activities))
    alone = "needs" if len(need.activities) == 1 else "together need"
    time = f"{number(need.needed_pa)} PAs a week of people skilled for it"
    there = f"those who stay have {number(need.available_pa)} at most" if need.available_pa > 0 else "nobody stays"
    posts = count(need.posts, "post")
    return f"{names} alone {alone} {time}; {there}: at least {posts} ({listed(need.groups)})."


def _post_sentence(found: Establishment, line: PostLine) -> str:
    main = sorted(line.work.items(), key=lambda item: -item[1])
    does = listed(f"{number(sessions)} of {name}" for (_, sessions), name in _named(found, main))
    sentence = f"{line.count} x {line.kind.post.name} would do, a week: {does or 'nothing'}."
    if line.short_without:
        ranked = sorted(line.short_without.items(), key=lambda item: -item[1])
        short = listed(f"{fixed(sessions, 2)} of {name}" for (_, sessions), name in _named(found, ranked))
        proven = "" if line.short_without_proven else " (the least that was found)"
        sentence += f" With one fewer, {short} a week would stay uncovered{proven}."
    return sentence


def _named(found: Establishment, items: Sequence[tuple[str, float]]) -> Iterable[tuple[tuple[str, float], str]]:
    return zip(items, _names(found, [activity for activity, _ in items]), strict=True)


def _drives(found: Establishment) -> str:
    """Which requirement drives the posts: what one session a week less would save."""
    saves = [saving for saving in found.savings if saving.found > 0]
    nothing = [saving.activity for saving in found.savings if saving.found <= 0 and saving.proven]
    unsettled = [saving.activity for saving in found.savings if saving.found <= 0 and not saving.proven]
    if not found.savings:
        return ""
    unit = "£" if found.minimise == "cost" else ""
    after = {"cost": "", "wte": " WTE", "people": " posts"}[found.minimise]
    places = 2 if found.minimise == "wte" else 0
    rows = []
    for saving, name in zip(saves, _names(found, [saving.activity for saving in saves]), strict=True):
        at_most = "" if saving.proven else f", at most {unit}{fixed(saving.at_most, places)}{after}"
        rows.append(f"- {name}: {unit}{fixed(saving.found, places)}{after} less{at_most}")
    if nothing:
        rows.append(f"- {listed(_names(found, nothing))}: nothing less")
    if unsettled:
        rows.append(f"- {listed(_names(found, unsettled))}: not settled in the time there was")
    head = "What drives it: were one session a week less asked for of"
    return "\n".join([head, *(wrapped(row, "", "  ") for row in rows)])


def _proof(aims: Sequence[Aim]) -> str:
    """How good the answer is."""
    first = aims[0]
    if all(aim.status == "optimal" for aim in aims):
        return f"Proven: no team of these posts does better, in {listed(AIMS[aim.name] for aim in aims)}."
    if first.status == "optimal":
        open_ = listed(AIMS[aim.name] for aim in aims if aim.status != "optimal")
        return f"Proven: no team of these posts has fewer {AIMS[first.name]}. Not proven, time ran out: {open_}."
    assert first.value is not None and first.bound is not None
    gap = (first.value - first.bound) / first.value if first.value else 0.0
    return (
        f"Not proven: this team has {_amount(first, first.value)}; none can have less than"
        f" {_amount(first, first.bound)} ({gap:.1%} lower). More time may find a better one."
    )


def _amount(aim: Aim, value: float) -> str:
    return (
        f"{pounds(value)} a year"
        if aim.name == "cost"
        else f"{fixed(value, 2)} WTE"
        if aim.name == "wte"
        else (count(value, "post"))
    )


def _left_at_best(found: Establishment) -> str:
    if not found.short_at_best:
        return ""
    required = sum(row.required for row in found.required.activities.values())
    short = sum(found.short_at_best.values())
    return wrapped(
        f"At most {number(required - short)} of {number(required)} sessions a week can be covered, whatever the number"
        " of posts."
    )


def _assumed(found: Establishment) -> str:
    lines = [f"- {finding.subject}: {finding.message}" for finding in found.findings]
    if found.outcome is not None and found.posts:
        lines.append("- No extra PAs are used; everyone keeps core SPA and roles, and rotas are shared with who joins.")
    return "\n".join([capital("assumed and noted:"), *(wrapped(line, "", "  ") for line in lines)]) if lines else ""
