"""What the demand analysis returns: tidy frames, and the few figures later layers need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from capacity.errors import Finding

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ActivityDemand:
    """Recurrent requirement of one activity, in full sessions a calendar week.

    ``required_mean`` sizes every stream at its mean; ``required`` puts the pooled rapid streams at their centile.
    Both include the fixed ``sessions_per_week``. ``session_admin_minutes`` is the admin derived from admin per
    attendance (minutes a session), or None where the streams give none.
    """

    activity: str
    tier: str
    slots: float
    slots_mean: float
    attendances: float
    contact_hours: float
    contact_and_admin_hours: float
    fixed_sessions: float
    required: float
    required_mean: float
    session_admin_minutes: float | None


@dataclass(frozen=True)
class Demand:
    """Sized demand of a service.

    ``activities`` has every activity of the service, in file order, those without demand at 0.
    ``streams`` is one row a stream; ``weekly`` is tidy: stream, week_starting, referrals, contact_minutes;
    ``waterfall`` is tidy: stream, step, value (a week). ``streams_json`` holds the keys published in the
    ``demand`` schema, by stream id.
    """

    activities: dict[str, ActivityDemand]
    streams: pd.DataFrame
    weekly: pd.DataFrame
    waterfall: pd.DataFrame
    streams_json: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema demand``)."""
        raise NotImplementedError
