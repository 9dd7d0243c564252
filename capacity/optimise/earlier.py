"""What an earlier answer to the same service proves of one of which more is asked.

Locks and forbidden sessions only take plans away, so what no plan could do better than still holds, and a plan that is
as good is good enough to go on with.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity.errors import InputError
from capacity.optimise.tiers import SHORTFALL
from capacity.outcome import Outcome, TierResult
from capacity.service.asking import read_mark
from capacity.service.fingerprint import input_hash
from capacity.service.model import Service
from capacity.service.wishes import Mark, Wishes

PLAN_JSON = "plan.json"
SOLVED = ("optimal", "feasible")


@dataclass(frozen=True)
class Known:
    """The first shortfall tiers of an answer with fewer wishes: within contracts, and with extra PAs."""

    tiers: tuple[TierResult, ...] = ()
    with_extra: tuple[TierResult, ...] = ()


NOTHING_KNOWN = Known()


def known_from(before: Outcome, asked_before: Wishes, wishes: Wishes) -> Known:
    """Shortfall tiers of an earlier answer whose bounds hold for a plan of which more is asked."""
    if before.plan is None or not _fewer(asked_before, wishes):
        return NOTHING_KNOWN
    second = before.with_extra
    return Known(_shortfalls(before.tiers), () if second is None else _shortfalls(second.tiers))


def known_from_files(path: str | Path, service: Service, wishes: Wishes, version: str) -> Known:
    """The same from an earlier output: the plan.json of a folder, or beside a job_plans.csv.

    Nothing is known where there is none, or where it is of another input or of another version of this program, whose
    rules may differ: then everything is proven again.
    """
    file = Path(path)
    file = file / PLAN_JSON if file.is_dir() else file.parent / PLAN_JSON
    try:
        before = json.loads(file.read_text(encoding="utf-8"))
        run = before["run"]
        if run["input_hash"] != input_hash(service) or run["versions"]["capacity"] != version:
            return NOTHING_KNOWN
        asked = _wishes(run.get("asked", {}))
        if before["job_plans"] and _fewer(asked, wishes):
            second = before["with_extra"]
            # the same again is asked to find more, where something was left to find
            proven = _fewer(wishes, asked)
            return Known(_tiers(before["tiers"], proven), () if second is None else _tiers(second["tiers"], proven))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError):
        pass  # not a whole output of ours
    return NOTHING_KNOWN


def _fewer(before: Wishes, now: Wishes) -> bool:
    """Whether all that was asked before is asked now."""
    return set(before.locks) <= set(now.locks) and set(before.forbids) <= set(now.forbids)


def _wishes(asked: dict[str, Any]) -> Wishes:
    return Wishes(_marks("lock", asked.get("locks", ())), _marks("forbid", asked.get("forbids", ())))


def _marks(kind: Any, texts: Any) -> tuple[Mark, ...]:
    return tuple(read_mark(kind, text) for text in texts)


def _tiers(rows: list[dict[str, Any]], proven: bool) -> tuple[TierResult, ...]:
    """Shortfall tiers of a plan.json, those ``proven`` only or all; ValueError where a bound is not one."""
    tiers = []
    for row in rows:
        known = row["status"] in SOLVED
        value, bound = (float(row[key]) if known else math.nan for key in ("value", "bound"))
        if known and not 0 <= bound <= value and row["name"] in SHORTFALL:
            raise ValueError(f"{row['name']} has a bound of {bound} and a value of {value}")
        kept = math.nan if row["kept"] is None else float(row["kept"])
        tiers.append(TierResult(row["name"], value, bound, kept, row["status"], 0.0))
    return _shortfalls(tuple(tiers), ("optimal",) if proven else SOLVED)


def _shortfalls(tiers: tuple[TierResult, ...], solved: tuple[str, ...] = SOLVED) -> tuple[TierResult, ...]:
    """Shortfall tiers that stand before every other, as far as they were solved."""
    first = next((n for n, tier in enumerate(tiers) if tier.name not in SHORTFALL or tier.status not in solved), None)
    return tiers[:first]
