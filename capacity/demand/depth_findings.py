"""What the reader should know from the analysis in depth: what to confirm, and what a level really holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from capacity.demand.backlog import stage_findings
from capacity.demand.backtest import BackTest, Coverage
from capacity.demand.result import SizingLevel
from capacity.demand.streams import SizedStream
from capacity.errors import Finding
from capacity.service.model import Estimator, Service

if TYPE_CHECKING:
    from capacity.demand.activity_depth import ActivityDepth
    from capacity.demand.depth import StreamDepth

ERRORS = 2.0
"""Standard errors by which achieved coverage must be below the nominal to be worth a sentence."""
NOTABLE = 0.05
"""Capacity beyond what the promise asks that is worth a sentence, where it is a whole patient too."""
NOTABLY_LATE = 0.02
"""Share of patients late beyond what the promise allows that is worth a sentence."""


def depth_findings(
    service: Service,
    streams: Mapping[str, SizedStream],
    of_streams: Mapping[str, StreamDepth],
    of_activities: Mapping[str, ActivityDepth],
) -> tuple[Finding, ...]:
    """Return the findings of the analysis in depth: series first, then streams, then activities."""
    found = [*_of_series(streams, of_streams)]
    for stream, depth in of_streams.items():
        sized = streams[stream]
        if sized.wants_centile:
            found += _coverage(stream, depth.coverage, depth.chosen)
            found += _what_the_centile_buys(sized, depth)
    for activity, whole in of_activities.items():
        if len(whole.pooled) > 1 and whole.coverage is not None:
            found += _coverage(activity, whole.coverage, whole.chosen)
    found += stage_findings(service)
    return tuple(found)


def _of_series(streams: Mapping[str, SizedStream], depths: Mapping[str, StreamDepth]) -> Iterator[Finding]:
    """Steps and seasons, once a series: streams that share one have the same."""
    said: set[tuple[str, str]] = set()
    for stream, depth in depths.items():
        if streams[stream].stream.generated_by is not None:
            continue
        series = streams[stream].stream.series or stream
        for finding in (_rebase(depth), _season(series, depth)):
            if finding is not None and (finding.rule, series) not in said:
                said.add((finding.rule, series))
                yield finding


def _rebase(depth: StreamDepth) -> Finding | None:
    if depth.rebase is None:
        return None
    message = (
        f"{depth.rebase.proposal.evidence}. To size from that week on, put {depth.rebase.line} under [rebase] of "
        "service.toml; nothing is left out until then"
    )
    return Finding("rebase_proposed", depth.rebase.series, message, depth.rebase.line, source="Making Data Count")


def _season(series: str, depth: StreamDepth) -> Finding | None:
    if not depth.season.helps:
        return None
    message = f"{depth.season.verdict}. The requirement is that of a mean week: look at the busy weeks by themselves"
    return Finding("season_matters", series, message, source="docs/formulas/seasonality.md")


def _coverage(subject: str, tested: BackTest, estimator: Estimator) -> Iterator[Finding]:
    """A centile that has not held as many of the weeks that followed as it says."""
    rows = [row for row in tested.rows if row.estimator == estimator]
    short = [row for row in rows if row.standard_error is not None and row.shortfall > ERRORS * row.standard_error]
    if not short:
        return
    held = ", ".join(_held(row) for row in rows)
    message = (
        f"the {short[0].share:.0%} centile has held fewer of the weeks that followed than it says: {held}; the level "
        "drifts, so size again often and keep some capacity that can flex"
    )
    lowest = min(row.achieved for row in short)
    yield Finding(
        "coverage_below_nominal",
        subject,
        message,
        f"{lowest:.0%}",
        f"{short[0].share:.0%}",
        "docs/formulas/coverage.md",
    )


def _held(row: Coverage) -> str:
    error = "" if row.standard_error is None else f" (± {row.standard_error:.0%})"
    return f"{row.achieved:.0%}{error} when set from {row.history} weeks"


def _what_the_centile_buys(sized: SizedStream, depth: StreamDepth) -> Iterator[Finding]:
    """Whether the centile keeps the promise, and whether much less would."""
    _, percentile, service = depth.levels
    if percentile.on_time is None or service.referrals is None or percentile.referrals is None:
        return
    promise = depth.promise
    spare = percentile.referrals - service.referrals
    source = "docs/formulas/levels.md"
    if percentile.on_time < promise.share - NOTABLY_LATE:
        message = (
            f"at its {sized.centile_share:.0%} centile {_late(percentile)}, and the promise of {promise} is not kept; "
            f"that takes {service.referrals:.1f} a week, not {percentile.referrals:.1f}"
        )
        found, allowed = f"{percentile.on_time:.1%} in time", f"{promise.share:.0%}"
        yield Finding("centile_under_serves", sized.stream.stream, message, found, allowed, source)
    elif promise.periods > 1 and spare >= max(1.0, NOTABLE * service.referrals):
        message = (
            f"its {sized.centile_share:.0%} centile of {percentile.referrals:.1f} a week is "
            f"{spare / service.referrals:.0%} more than the promise of {promise} takes ({service.referrals:.1f}): that "
            "promise lets a busy week run over into the next"
        )
        found = f"{percentile.on_time:.1%} in time"
        yield Finding("centile_over_provides", sized.stream.stream, message, found, f"{promise.share:.0%}", source)


def _late(level: SizingLevel) -> str:
    late = 0.0 if level.late is None else level.late
    return f"{late:.0%} are not seen in the period of referral"
