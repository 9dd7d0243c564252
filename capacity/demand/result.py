"""What the demand analysis returns: tidy frames, and the few figures later layers need."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from capacity.demand.schema import ActivityJson, DemandJson, FindingJson, StreamJson
from capacity.errors import Finding

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ActivityDemand:
    """Recurrent requirement of one activity, in full sessions a calendar week.

    ``required_mean`` sizes every stream at its mean; ``required`` puts the pooled rapid streams at their centile.
    Both include the fixed ``sessions_per_week``. ``slots``, ``attendances`` and the hours are at the level of
    ``required``, without fixed sessions. ``session_admin_minutes`` is the admin derived from admin per attendance
    (minutes a session), or None where the streams give none. ``pooling_saving`` is what the pooled streams would
    ask one by one, less what they ask together. ``weeks_within_level`` is the share of the weeks used whose pooled
    demand is within the level sized for, None where nothing is pooled.
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
    pooling_saving: float = 0.0
    weeks_within_level: float | None = None


@dataclass(frozen=True)
class Demand:
    """Sized demand of a service.

    ``activities`` has every activity of the service, in file order, those without demand at 0.
    ``streams`` is one row a stream (columns: analyse.STREAM_COLUMNS, mean_level, centile_share, centile_level,
    xmr_lower, xmr_upper; levels are at the plan year, mean and XmR limits before growth).
    ``weekly`` is tidy: stream, week_starting, referrals, contact_minutes, of whole weeks, before growth.
    ``waterfall`` is tidy: stream, step, value (a week), unit. ``streams_json`` holds the keys published in the
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
        published = DemandJson(
            streams={stream: StreamJson.model_validate(figures) for stream, figures in self.streams_json.items()},
            activities={activity: _activity_json(demand) for activity, demand in self.activities.items()},
            findings=[FindingJson(**asdict(finding)) for finding in self.findings],
        )
        return published.model_dump(mode="json")


def _activity_json(demand: ActivityDemand) -> ActivityJson:
    figures = asdict(demand)
    del figures["activity"]
    figures["required_sessions"] = figures.pop("required")
    figures["required_sessions_mean"] = figures.pop("required_mean")
    return ActivityJson(**figures)
