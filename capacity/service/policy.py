"""Policies: contract rules and tariffs as data, each value with its source and whether it was verified.

The policies shipped with the package stand in ``capacity/policies/*.toml``. A trust's own file extends one of them by
name and is looked for in ``policies/`` inside the model's folder, then in ``policies/`` beside it.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Sourced(BaseModel, Generic[T]):
    """A value of a policy, where it comes from, and whether that source was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: T
    source: str
    verified: bool


class Tariff(BaseModel):
    """PAs for one holder of a role, and the staff groups that may hold it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pa: float = Field(ge=0)
    staff_groups: tuple[str, ...] = ()
    """Empty: every staff group except doctors in training (resident)."""


class Policy(BaseModel):
    """Contract rules of one staff group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    extends: str | None = None
    contract_unit: Sourced[Literal["pa", "hours"]]
    pa_minutes: Sourced[int]
    """Minutes of one PA in plain time (240)."""
    premium_pa_minutes: Sourced[int]
    """Minutes of one PA in premium time (180 in England; equal to pa_minutes where there is no premium)."""
    premium_window: Sourced[str]
    half_day_minutes: Sourced[int]
    """Length of a half-day that ``[slots.minutes]`` does not name (240; 225 for hours contracts)."""
    full_time_hours: Sourced[float]
    ceiling_pa: Sourced[float]
    ceiling_hours: Sourced[float]
    core_spa_bands: Sourced[tuple[tuple[float, float], ...]] | None = None
    """(contract of at least this many PAs, core SPA in PAs), highest first."""
    core_spa_share: Sourced[float] | None = None
    """Core SPA as a share of the contract, where bands are not used (hours contracts)."""
    clinical_share_by_band: Sourced[dict[str, float]] | None = None
    """Target share of direct care by band: a target, never a rule."""
    dcc_spa_split: Sourced[tuple[float, float]] | None = None
    total_spa_flag_pa: Sourced[float] | None = None
    out_of_hours_share: Sourced[float] | None = None
    session_admin_minutes: Sourced[int]
    """Admin charged on top of a clinical session whose activity gives none."""
    working_weeks: Sourced[float] | None = None
    """Weeks present a year; where absent they are derived from the five values below."""
    annual_leave_weeks: Sourced[float]
    statutory_leave_weeks: Sourced[float]
    bank_holiday_weeks: Sourced[float]
    study_leave_weeks: Sourced[float]
    sickness_share: Sourced[float]
    """Share of the weeks otherwise present that is lost to sickness."""
    supervision_pa_per_trainee: Sourced[float] | None = None
    on_call: Sourced[str] | None = None
    on_call_supplement: Sourced[dict[str, tuple[tuple[float, float], ...]]] | None = None
    """Availability supplement as a share of salary: category -> (1 in at least so many, share), rarest first."""
    tariffs: dict[str, Sourced[Tariff]] = Field(default_factory=dict)

    @property
    def premium_factor(self) -> float:
        """What a minute of premium time is charged as (4/3 where 3 hours are one PA)."""
        return self.pa_minutes.value / self.premium_pa_minutes.value


class PolicyError(ValueError):
    """A policy that cannot be found or read; the message says what is allowed."""


def shipped_policies() -> tuple[str, ...]:
    """Names of the policies shipped with the package."""
    folder = files("capacity") / "policies"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_policy(name: str, model_folder: Path | None = None) -> Policy:
    """Return the policy of that name, its values laid over those of the policy it extends.

    Raises PolicyError when there is no such policy, when policies extend each other in a circle, or when a
    value is missing, unknown or of the wrong type.
    """
    values = _resolve(name, model_folder, ())
    try:
        return Policy.model_validate(values)
    except ValueError as error:
        raise PolicyError(f"policy {name}: {_plain(error)}") from error


def _resolve(name: str, model_folder: Path | None, chain: tuple[str, ...]) -> dict[str, Any]:
    if name in chain:
        raise PolicyError(f"policies extend each other in a circle: {' -> '.join((*chain, name))}")
    values = _read(name, model_folder)
    base = values.get("extends")
    if base is None:
        return values
    merged = _resolve(str(base), model_folder, (*chain, name))
    tariffs = {**merged.get("tariffs", {}), **values.get("tariffs", {})}
    return {**merged, **values, "tariffs": tariffs}


def _read(name: str, model_folder: Path | None) -> dict[str, Any]:
    own = [] if model_folder is None else [model_folder / "policies", model_folder.parent / "policies"]
    for path in (folder / f"{name}.toml" for folder in own):
        if path.is_file():
            try:
                return {"name": name, **tomllib.loads(path.read_text(encoding="utf-8-sig"))}
            except ValueError as error:
                raise PolicyError(f"{path.name}: {error}") from error
    if name in shipped_policies():
        text = (files("capacity") / "policies" / f"{name}.toml").read_text(encoding="utf-8")
        return {"name": name, **tomllib.loads(text)}
    raise PolicyError(f"there is no policy {name!r}; allowed: {', '.join(shipped_policies())} or a file of your own")


def _plain(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    return "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in errors())
