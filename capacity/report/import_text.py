"""What ``capacity import`` prints and writes: what was read, the series and rates made of it, and rows set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from capacity.importing.periods import named
from capacity.importing.result import RULES, Imported, RowFinding
from capacity.report.tables import csv_bytes
from capacity.report.words import count, fixed, table, wrapped

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 20
LONGEST_NAME = 36
SHOWN_RATES = 20
SHOWN_STREAMS = 3
SHOWN_FINDINGS = 3
SET_ASIDE = "set aside"
SUMMARY = "summary.txt"
FINDING_COLUMNS = ("rule", "subject", "row", "column", "period", "found", "allowed", "set_aside", "message")
IMPORT_NAMES = ("demand.csv", "levels.csv", "dna_rates.csv", "dna_by_lead.csv", "findings.csv", SUMMARY)
"""Every name an import may write; a table without rows is not written, findings.csv always is."""


def import_files(imported: Imported) -> dict[str, bytes]:
    """Files of an import, by name: the tables that have rows, the findings and the summary."""
    tables = {
        "demand.csv": imported.demand,
        "levels.csv": imported.levels,
        "dna_rates.csv": imported.rates,
        "dna_by_lead.csv": imported.by_lead,
    }
    files = {name: csv_bytes(frame) for name, frame in tables.items() if len(frame)}
    files["findings.csv"] = csv_bytes(findings_frame(imported.findings))
    files[SUMMARY] = import_text(imported).encode()
    return files


def findings_frame(findings: Sequence[RowFinding]) -> pd.DataFrame:
    """One row a finding, by row of the source; those about no row last."""
    import pandas as pd

    ordered = sorted(findings, key=lambda finding: (finding.row is None, finding.row or 0))
    rows = [[getattr(finding, column) for column in FINDING_COLUMNS] for finding in ordered]
    frame = pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).astype({"row": "Int64"})
    frame["set_aside"] = ["yes" if finding.set_aside else "no" for finding in ordered]
    return frame


def import_text(imported: Imported) -> str:
    """Return the import as plain text of at most 100 columns."""
    sections = [
        wrapped(_source(imported)),
        _series(imported),
        _rates(imported),
        _by_lead(imported),
        _findings(imported.set_aside, SET_ASIDE, "Nothing was set aside."),
        _findings([item for item in imported.findings if not item.set_aside], "to know", ""),
        wrapped(_next(imported)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _source(imported: Imported) -> str:
    source = imported.source
    text = f"{source.file}, as {source.mapping} says: {count(source.rows, 'row')} of {source.columns} columns"
    text += f" ({source.read_as})"
    if source.kind is not None and source.first is not None and source.last is not None:
        text += f", {named(source.first, source.kind)} to {named(source.last, source.kind)}"
    return text + "."


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _series(imported: Imported) -> str:
    frame = imported.levels
    if not len(frame):
        return ""
    kind = imported.source.kind or "week"
    rows = [
        [
            row["series"], row["measure"], f"{row['periods']:,}", f"{row['missing']:,}", f"{row['set_aside']:,}",
            _figure(row["per_week"]), _figure(row["per_week_last_year"]),
        ]
        for row in _records(frame.head(SHOWN_ROWS))
    ]  # fmt: skip
    header = ["Series", "count", f"{kind}s", "missing", "set aside", "a week", "last year"]
    text = (
        f"{count(frame['series'].nunique(), 'series', 'series')}, with the mean of a week over all {kind}s known, and"
    )
    text += " over the last year of them:\n\n"
    return text + table(header, rows, left=2, widest=LONGEST_NAME) + _more(len(frame) - SHOWN_ROWS, "row", "levels.csv")


def _rates(imported: Imported) -> str:
    frame = imported.rates[imported.rates["lead"].isna()]
    if not len(frame):
        return ""
    rows = [
        [
            row["stream"], f"{row['appointments']:,}", _percent(row["dna_rate"]), _range(row["low"], row["high"]),
            _percent(row["dna_rate_of_bookings"]), f"{row['set_aside']:,}",
        ]
        for row in _records(frame.head(SHOWN_RATES))
    ]  # fmt: skip
    header = ["Stream", "appointments", "DNA rate", "95 % range", "of bookings", "set aside"]
    text = wrapped(
        "DNA rate = DNA / (attended + DNA), as the NHS publishes it: give the stream dna_basis = attended_plus_dna with"
        " it. Of bookings = DNA / (attended + DNA + other), where the mapping names the other bookings."
    )
    shown = table(header, rows, left=1, widest=LONGEST_NAME)
    return f"{text}\n\n{shown}{_more(len(frame) - SHOWN_RATES, 'rate', 'dna_rates.csv')}"


def _by_lead(imported: Imported) -> str:
    frame = imported.by_lead
    if not len(frame):
        return ""
    streams = list(dict.fromkeys(frame["stream"]))
    rows = [
        [row["stream"], _days(row["days_from"], row["days_to"]), _percent(row["share"]), _percent(row["dna_rate"])]
        for row in _records(frame[frame["stream"].isin(streams[:SHOWN_STREAMS])])
    ]
    text = "DNA rate by days from booking to appointment, with the share of the appointments:\n\n"
    text += table(["Stream", "days", "share", "DNA rate"], rows, left=1, widest=LONGEST_NAME)
    return text + _more(len(streams) - SHOWN_STREAMS, "stream", "dna_by_lead.csv")


def _days(first: Any, last: Any) -> str:
    if last != last or not isinstance(last, int):
        return f"{first}+"
    return str(first) if first == last else f"{first}-{last}"


def _findings(findings: Sequence[RowFinding], what: str, nothing: str) -> str:
    """How many findings of each rule, what the rule means, and the first few."""
    if not findings:
        return nothing
    groups: dict[str, list[RowFinding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    rows = sum(finding.rows for finding in findings)
    heading = count(rows, "row") if what == SET_ASIDE else count(len(findings), "finding")
    lines = [f"{heading} {what} (findings.csv has them all):"]
    for rule, group in sorted(groups.items(), key=lambda item: list(RULES).index(item[0])):
        lines.append(wrapped(f"- {rule}, {len(group):,}: {RULES[rule]}", "  ", "    "))
        first = sorted(group, key=lambda finding: finding.row or 0)[:SHOWN_FINDINGS]
        lines += [wrapped(str(finding), "      ", "        ") for finding in first]
        if len(group) > SHOWN_FINDINGS:
            lines.append(f"      and {len(group) - SHOWN_FINDINGS:,} more")
    return "\n".join(lines)


def _next(imported: Imported) -> str:
    parts = []
    if len(imported.demand):
        parts.append("demand.csv goes into the folder of a model, with the series its streams draw on and no others.")
    if len(imported.rates):
        parts.append(
            "DNA rates go into dna_rate of streams.csv, by hand: which stream they stand for is your judgement."
        )
    if len(imported.by_lead):
        parts.append("dna_by_lead.csv goes into the folder with its streams renamed to those of streams.csv.")
    return " ".join(parts)


def _more(left: int, noun: str, file: str) -> str:
    return f"\nand {count(left, f'more {noun}')}: see {file}" if left > 0 else ""


def _figure(value: Any) -> str:
    return "-" if value is None or value != value else fixed(float(value))


def _range(low: Any, high: Any) -> str:
    return "-" if low != low else f"{100 * float(low):.1f}-{100 * float(high):.1f}"


def _percent(value: Any) -> str:
    return "-" if value is None or value != value else f"{100 * float(value):.1f} %"
