"""Lists of simulated years: how each stream's patients wait for the sessions there are.

In each week an activity's sessions go first to fixed work and a caseload, then to rapid streams, then to the others,
each in its part of the mean demand; what one does not need the others use. Within a stream first come is first served:

    L_(t+1) = L_t + D_t - S_t,   S_t = what the sessions of the week hold of L_t + D_t

Fixed work and a caseload that are not done in their week are lost and not carried over. See docs/formulas/stress.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.scenario.stress_settings import Floats

FULL = 0.999
"""Load from which a list does not settle: without a size given it starts at nought."""


@dataclass(frozen=True, eq=False)
class Flow:
    """One stream as its activity sees it: sessions its patients need, [week, year].

    ``start`` is its list at the start of the year in sessions; None: what the year before left, where the list settles.
    """

    stream: str
    need: Floats
    start: float | None
    rapid: bool = False
    carried: bool = True
    """Whether patients not seen wait; a caseload's contacts of a week do not."""


@dataclass(frozen=True, eq=False)
class Served:
    """What became of a stream: sessions given to it, [week, year], and its list, [week 0 to 52, year], in sessions."""

    given: Floats
    waiting: Floats
    settled: bool
    """Whether the list at the start is what a year before left."""


def serve(capacity: Floats, fixed: float | Floats, flows: Sequence[Flow]) -> tuple[Served, ...]:
    """Share an activity's sessions out among its streams, week by week.

    Parameters
    ----------
    capacity
        Sessions of the activity, [week, year].
    fixed
        Sessions a week of fixed work, done first; or those of each week, [week, 1].
    flows
        Its streams.
    """
    left = np.maximum(0.0, capacity - fixed)
    demand, supplied = sum(float(flow.need.mean()) for flow in flows), float(left.mean())
    settles = demand < FULL * supplied
    starts = [np.full(capacity.shape[1], flow.start or 0.0) for flow in flows]
    if settles and any(flow.start is None and flow.carried for flow in flows):
        ends = [waiting[-1] for _, waiting in _walk(left, flows, starts)]
        # year y begins where year y - 1 ended: all years have the same law, so any order of them is a run of years
        starts = [
            np.roll(end, 1) if flow.start is None and flow.carried else start
            for flow, start, end in zip(flows, starts, ends, strict=True)
        ]
    walked = _walk(left, flows, starts)
    return tuple(
        Served(given, waiting, settles and flow.start is None and flow.carried)
        for flow, (given, waiting) in zip(flows, walked, strict=True)
    )


def _walk(left: Floats, flows: Sequence[Flow], starts: Sequence[Floats]) -> list[tuple[Floats, Floats]]:
    weeks, years = left.shape
    given = [np.zeros((weeks, years)) for _ in flows]
    waiting = [np.zeros((weeks + 1, years)) for _ in flows]
    for each, start in zip(waiting, starts, strict=True):
        each[0] = start
    order = [
        [n for n, flow in enumerate(flows) if not flow.carried],
        [n for n, flow in enumerate(flows) if flow.carried and flow.rapid],
        [n for n, flow in enumerate(flows) if flow.carried and not flow.rapid],
    ]
    part = _parts(flows, order)
    for week in range(weeks):
        room = left[week]
        for group in order:
            needs = [waiting[n][week] + flows[n].need[week] for n in group]
            served = shared(room, needs, [part[n] for n in group])
            for n, need, done in zip(group, needs, served, strict=True):
                given[n][week] = done
                waiting[n][week + 1] = np.maximum(0.0, need - done) if flows[n].carried else 0.0
                room = room - done
            room = np.maximum(0.0, room)
    return list(zip(given, waiting, strict=True))


def _parts(flows: Sequence[Flow], order: Sequence[Sequence[int]]) -> list[float]:
    """Part of each stream in its group's sessions: that of its mean demand."""
    found = [0.0] * len(flows)
    for group in order:
        whole = sum(float(flows[n].need.mean()) for n in group)
        for n in group:
            found[n] = float(flows[n].need.mean()) / whole if whole > 0 else 1 / len(group)
    return found


def shared(room: Floats, needs: Sequence[Floats], parts: Sequence[float]) -> list[Floats]:
    """Share room out: to each its part, as far as it needs that; what is left to those still in need, by their need."""
    if len(needs) == 1:
        return [np.minimum(needs[0], room)]
    first = [np.minimum(need, room * part) for need, part in zip(needs, parts, strict=True)]
    unmet = [need - done for need, done in zip(needs, first, strict=True)]
    want = sum(unmet, np.zeros_like(room))
    over = np.maximum(0.0, room - sum(first, np.zeros_like(room)))
    factor = np.divide(np.minimum(over, want), want, out=np.zeros_like(want), where=want > 1e-12)
    return [done + lack * factor for done, lack in zip(first, unmet, strict=True)]


def seen_in_time(need: Floats, served: Served, weeks: int) -> Floats | None:
    """Share of each year's patients seen within so many weeks, [year], first come first served.

    Within one week is in the week in which they join. Only those whose time runs out inside the year count; None where
    there are none. A year in which none joins is left out (not a number).
    """
    last = need.shape[0] - weeks + 1
    if last < 1:
        return None
    joined = served.waiting[0] + np.cumsum(need, axis=0)
    before = joined[:last] - need[:last]
    done = np.cumsum(served.given, axis=0)[weeks - 1 :]
    seen = np.clip(done - before, 0.0, need[:last])
    total = need[:last].sum(axis=0)
    share: Floats = np.divide(seen.sum(axis=0), total, out=np.full(total.shape, np.nan), where=total > 0)
    return share
