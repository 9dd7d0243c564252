"""A demand analysis in its published form, all in depth (depth_schema.py says what each figure is)."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from capacity.demand.activity_depth import ActivityDepth
from capacity.demand.backtest import BackTest
from capacity.demand.day_queue import DayQueue
from capacity.demand.depth import ChartPhase, StreamDepth
from capacity.demand.depth_schema import (
    AutocorrelationJson,
    BackTestJson,
    CoverageJson,
    DayOfQueueJson,
    DayQueueJson,
    DispersionJson,
    LevelJson,
    PhaseJson,
    PoolingJson,
    PromiseJson,
    RebaseJson,
    SeasonJson,
    SignalJson,
    TestsJson,
    TrendJson,
    WaitingListJson,
)
from capacity.demand.lists import WaitingList
from capacity.demand.rebase import Proposal
from capacity.demand.result import ActivityDemand, Demand, SizingLevel
from capacity.demand.schema import ActivityJson, DemandJson, FindingJson, StreamJson


def demand_json(demand: Demand) -> DemandJson:
    """Return what ``capacity demand --json`` prints; works out the depth."""
    depth = demand.depth
    streams = {
        stream: StreamJson.model_validate(figures | _of_stream(depth.streams.get(stream)))
        for stream, figures in demand.streams_json.items()
    }
    activities = {
        activity: ActivityJson.model_validate(_sized(figures) | _of_activity(depth.activities.get(activity)))
        for activity, figures in demand.activities.items()
    }
    findings = [FindingJson(**asdict(finding)) for finding in (*demand.findings, *depth.findings)]
    return DemandJson(streams=streams, activities=activities, findings=findings)


def _sized(demand: ActivityDemand) -> dict[str, Any]:
    """What the requirement of an activity is made of."""
    figures = asdict(demand)
    del figures["activity"]
    figures["required_sessions"] = figures.pop("required")
    figures["required_sessions_mean"] = figures.pop("required_mean")
    figures["required_sessions_by_minutes"] = figures.pop("required_by_minutes")
    if demand.template is not None:
        figures["template"]["ring_fencing_cost"] = demand.template.ring_fencing_cost
    return figures


def _of_stream(depth: StreamDepth | None) -> dict[str, Any]:
    if depth is None:
        return {}
    promise = depth.promise
    return {
        "levels": [_level(level) for level in depth.levels],
        "promise": PromiseJson(unit=promise.unit, periods=promise.periods, share=promise.share, words=str(promise)),
        "by_day_queue": None if depth.by_day is None else _day_queue(depth.by_day),
        "tests": _tests(depth),
        "phases": [_phase(phase) for phase in depth.phases],
        "rebase": None
        if depth.rebase is None
        else _rebase(depth.rebase.series, depth.rebase.line, depth.rebase.proposal),
        "season": _season(depth),
        "coverage": _back_test(depth.coverage),
        "waiting_list": None if depth.waiting is None else _waiting(depth.waiting),
    }


def _of_activity(depth: ActivityDepth | None) -> dict[str, Any]:
    if depth is None:
        return {}
    return {
        "levels": [_level(level) for level in depth.levels],
        "promise": depth.promise,
        "pooled": list(depth.pooled),
        "pooling": [
            PoolingJson(rule=one.rule, apart=one.apart, together=one.together, saving=one.saving)
            for one in depth.pooling
        ],
        "coverage": None if depth.coverage is None else _back_test(depth.coverage),
    }


def _level(level: SizingLevel) -> LevelJson:
    return LevelJson(**asdict(level))


def _day_queue(found: DayQueue) -> DayQueueJson:
    rows: list[dict[str, Any]] = found.by_day.to_dict("records")  # type: ignore[assignment]
    return DayQueueJson(
        days=[DayOfQueueJson(**{str(key): _known(value) for key, value in row.items()}) for row in rows],
        load=found.load,
        late=found.late[0] if found.late else None,
        mean_queue=found.mean_queue,
        reason=found.reason,
    )


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _tests(depth: StreamDepth) -> TestsJson:
    spread, related, line = depth.dispersion, depth.autocorrelation, depth.trend
    return TestsJson(
        dispersion=DispersionJson(**asdict(spread), over_dispersed=spread.over_dispersed),
        autocorrelation=AutocorrelationJson(**asdict(related), significant=related.significant),
        trend=TrendJson(**asdict(line), significant=line.significant),
    )


def _phase(phase: ChartPhase) -> PhaseJson:
    signals = [SignalJson(week_starting=week, rule=rule) for week, rule in phase.signals]
    return PhaseJson(**(asdict(phase) | {"signals": signals}))


def _rebase(series: str, line: str, proposal: Proposal) -> RebaseJson:
    return RebaseJson(
        series=series,
        week=str(proposal.week),
        line=line,
        before=proposal.before,
        after=proposal.after,
        weeks_before=proposal.weeks_before,
        weeks_after=proposal.weeks_after,
        run=proposal.run,
        still_moving=proposal.still_moving,
        may_be_season=proposal.may_be_season,
        evidence=proposal.evidence,
    )


def _season(depth: StreamDepth) -> SeasonJson:
    found, tested = depth.season, depth.season.back_test
    return SeasonJson(
        highest=found.highest,
        lowest=found.lowest,
        monthly_index=None if depth.monthly_index is None else list(depth.monthly_index),
        origins=None if tested is None else tested.origins,
        error_with_index=None if tested is None else tested.with_index,
        error_with_mean=None if tested is None else tested.with_mean,
        error_ratio=None if tested is None else tested.ratio,
        helps=found.helps,
        verdict=found.verdict,
    )


def _back_test(found: BackTest) -> BackTestJson:
    rows = [CoverageJson(**asdict(row)) for row in found.rows]
    return BackTestJson(rows=rows, same_weeks=found.same_weeks, reason=found.reason)


def _waiting(found: WaitingList) -> WaitingListJson:
    plan, clears = found.plan, found.clears
    return WaitingListJson(
        waiting=found.waiting,
        demand=found.demand,
        capacity=found.capacity,
        target_weeks=found.target_weeks,
        target_share=found.target_share,
        clear_weeks=plan.clear_weeks,
        load=plan.load,
        recurrent_gap=plan.recurrent_gap,
        recurrent_sessions=plan.recurrent_sessions,
        sustainable=plan.sustainable,
        first_come=plan.first_come,
        backlog=plan.backlog,
        backlog_sessions=plan.backlog_sessions,
        relief=plan.relief,
        target_capacity=found.target_capacity,
        mean_wait_weeks=plan.mean_wait_weeks,
        pressure=plan.pressure,
        clears_in_weeks=clears.weeks,
        clears_on=None if clears.on is None else clears.on.isoformat(),
        clears_reason=clears.reason,
    )
