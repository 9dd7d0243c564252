"""A service and its parts, exactly as the input files say them.

Every object is frozen. ``None`` means the cell was blank ("not given"); defaults are applied where a value is
used, so that the assumptions can be listed. Shapes follow ``models/README.md``; a field has the name of its column.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from capacity.errors import Finding
from capacity.service.policy import Policy
from capacity.units import WEEKDAY_HALF_DAYS, half_day_order

SCHEMA_VERSION = 1
USUAL_CYCLE = 4
"""Weeks of a cycle at which one session is what later tiers may give back."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")]
Rate = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Minutes = Annotated[int, Field(gt=0)]
HalfDay = Annotated[str, StringConstraints(pattern=r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (AM|LUNCH|PM|EVE)$")]
SlotOrNone = Annotated[str, StringConstraints(pattern=r"^((Mon|Tue|Wed|Thu|Fri|Sat|Sun) (AM|LUNCH|PM|EVE)|-)$")]

Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
Period = Literal["day", "week", "month"]
Estimator = Literal["excel", "harrell_davis", "negative_binomial"]
Category = Literal["DCC", "SPA", "ANR", "ED"]
Tier = Literal["rapid", "routine"]
StreamKind = Literal["rapid", "routine", "follow_up", "caseload"]
StaffGroup = Literal["consultant", "sas", "resident", "nurse", "ahp", "pharmacist", "scientist", "support"]
PostKind = Literal["substantive", "fixed_term", "locum", "vacant"]
RotaKind = Literal["hot_week", "on_call", "weekend"]
TierName = Literal["rapid_mean", "routine", "rapid_headroom", "change", "cost", "quality"]
DEFAULT_TIERS: tuple[TierName, ...] = ("rapid_mean", "routine", "rapid_headroom", "change", "cost", "quality")

RESERVED_ACTIVITIES = ("spa", "admin", "flexible", "cover", "on_call", "travel")
ROLE_PREFIX = "role:"


class Frozen(BaseModel):
    """Base of every part of a service: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Objective(Frozen):
    """``[objective]``: what matters, in which order, and what may be spent."""

    tiers: tuple[TierName, ...] = DEFAULT_TIERS
    hold_tolerance: NonNegative | None = None
    """Sessions a cycle (None: as ``Service.hold_tolerance`` says)."""
    extra_pa_budget: NonNegative = 0
    include_backlog: bool = False
    change_by_tenure: bool = False
    """Whether change to people without a ``change_weight`` weighs by their years since ``started_on``."""
    day_move_weight: Annotated[int, Field(ge=0, le=100)] = 0
    """What a DCC session counts in the change tier, on top, on a day on which the person had fewer."""
    convex_shortfall: bool = False
    """Whether what an activity lacks weighs more beyond a quarter, and beyond half, of what it asks for."""
    max_changes: Annotated[int, Field(ge=0)] | None = None
    """Most sessions a cycle that may be moved, dropped or added in all (None: no limit)."""


class Slots(Frozen):
    """``[slots]``: premium half-days the service can use, half-days of unusual length, and weekends worked.

    ``max_weekends`` is for everyone whose own is blank: most weekends of the cycle worked (None: no limit).
    """

    premium: tuple[HalfDay, ...] = ()
    minutes: dict[HalfDay, Minutes] = Field(default_factory=dict)
    max_weekends: Annotated[int, Field(ge=0)] | None = None


class Calendar(Frozen):
    """``[calendar]``: bank holidays, and the most people of the team on leave at once (None: no limit)."""

    bank_holidays: str = "england"
    max_simultaneous_leave: Annotated[int, Field(ge=1)] | None = None


class Sizing(Frozen):
    """``[sizing]``: which estimate of a centile feeds the requirement and the optimiser."""

    estimator: Estimator = "excel"


class Costs(Frozen):
    """``[costs]`` in pounds; all optional."""

    extra_pa: NonNegative | None = None
    locum_session: NonNegative | None = None
    waiting_list_session: NonNegative | None = None
    staff: dict[str, NonNegative] = Field(default_factory=dict)


class TeamMember(Frozen):
    """One part of a joint team: ``consultant:1`` is a group or grade and how many of it."""

    group: str
    count: Annotated[int, Field(ge=1)]


class WholeGroups(Frozen):
    """A team of which everyone skilled attends: ``all:nurse`` or ``all:nurse;all:8a``, staff groups or grades."""

    groups: Annotated[tuple[str, ...], Field(min_length=1)]


class SpreadPart(Frozen):
    """One part of a named spread: ``Mon AM=2``."""

    slot: HalfDay
    sessions: Positive


class Activity(Frozen):
    """A row of activities.csv: what a session can be."""

    activity: Id
    name: str
    category: Category
    tier: Tier | None = None
    priority: Annotated[int, Field(ge=1, le=10)] | None = None
    session_minutes: Minutes | None = None
    contact_minutes: Minutes | None = None
    admin_minutes: NonNegative | None = None
    room: tuple[Id, ...] = ()
    site: str | None = None
    slots: tuple[HalfDay, ...] = ()
    sessions_per_week: NonNegative | None = None
    team: Literal["all"] | WholeGroups | tuple[TeamMember, ...] | None = None
    spread: Literal["any", "each_day", "each_half_day"] | tuple[SpreadPart, ...] | None = None
    blocks: Literal["AM+PM"] | None = None
    covered: bool | None = None
    annualised: bool | None = None
    min_people: Annotated[int, Field(ge=0)] | None = None
    min_sessions_per_year: NonNegative | None = None
    equipment: tuple[Id, ...] = ()


class Stream(Frozen):
    """A row of streams.csv: a flow of patients."""

    stream: Id
    name: str
    activity: Id
    kind: StreamKind
    series: Id | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    period: Literal["week", "day"] | None = None
    centile: Annotated[float, Field(gt=0, lt=1)] | None = None
    contact_minutes: Positive
    admin_minutes: NonNegative | None = None
    travel_minutes: NonNegative | None = None
    triage_minutes: NonNegative | None = None
    removal_rate: Rate | None = None
    dna_rate: Rate | None = None
    dna_basis: Literal["bookings", "attended_plus_dna"] | None = None
    dna_rebooked: Rate | None = None
    short_notice_rate: Rate | None = None
    short_notice_rebooked: Rate | None = None
    short_notice_refilled: Rate | None = None
    notice_rate: Rate | None = None
    notice_rebooked: Rate | None = None
    notice_refilled: Rate | None = None
    hospital_rate: Rate | None = None
    hospital_rebooked: Rate | None = None
    hospital_refilled: Rate | None = None
    max_rebookings: Annotated[int, Field(ge=0)] | None = None
    unbooked_rate: Rate | None = None
    overbooking_rate: Rate | None = None
    patients_per_slot: Positive | None = None
    staff_per_contact: Positive | None = None
    generated_by: Id | None = None
    per_attendance: NonNegative | None = None
    after_weeks: NonNegative | None = None
    growth_rate: Annotated[float, Field(gt=-1)] | None = None
    demand_factor: Annotated[float, Field(gt=0, le=10)] | None = None
    """What the referrals of the plan year are multiplied by, on top of growth (None: 1)."""
    target_weeks: Positive | None = None
    target_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    waiting_now: NonNegative | None = None
    clear_weeks: Positive | None = None


class LeadBand(Frozen):
    """A row of dna_by_lead.csv: DNA of the bookings made so many days ahead. ``days_to`` None is "and more"."""

    stream: Id
    days_from: Annotated[int, Field(ge=0)]
    days_to: Annotated[int, Field(ge=0)] | None = None
    share: Annotated[float, Field(ge=0, le=1)]
    dna_rate: Rate


class Template(Frozen):
    """A row of templates.csv: expected output per session."""

    activity: Id
    stream: Id
    slots: Positive
    ring_fenced: bool | None = None
    unit: Literal["patients", "cases", "points"] | None = None
    units_per_attendance: Positive | None = None


class DemandRow(Frozen):
    """A row of demand.csv: what was counted in the day, week or month that starts at ``start``.

    A week starts on its Monday, a month on its first day. ``referrals`` were received, ``seen`` attended and ``dna``
    did not attend in the period; ``list_size`` patients were waiting at its end. ``census`` is a level: patients
    in beds or on a caseload.
    """

    start: dt.date
    period: Period = "week"
    series: Id
    referrals: Annotated[int, Field(ge=0)] | None = None
    census: NonNegative | None = None
    seen: Annotated[int, Field(ge=0)] | None = None
    dna: Annotated[int, Field(ge=0)] | None = None
    list_size: Annotated[int, Field(ge=0)] | None = None


class Person(Frozen):
    """A row of people.csv: one member of the team."""

    person: Id
    name: str
    staff_group: StaffGroup
    grade: str | None = None
    contract_pa: Positive | None = None
    contract_hours: Positive | None = None
    paid_pa: NonNegative | None = None
    max_pa: Positive | None = None
    max_hours: Positive | None = None
    opted_out_48h: bool | None = None
    core_spa_pa: NonNegative | None = None
    core_spa_hours: NonNegative | None = None
    clinical_share: Rate | None = None
    working_weeks: Annotated[float, Field(gt=0, le=52.18)] | None = None
    unavailable: tuple[HalfDay, ...] = ()
    max_days: Annotated[int, Field(ge=1, le=7)] | None = None
    max_weekends: Annotated[int, Field(ge=0)] | None = None
    max_changes: Annotated[int, Field(ge=0)] | None = None
    change_weight: Annotated[int, Field(ge=1, le=10)] | None = None
    started_on: dt.date | None = None
    shares_with: Id | None = None
    overlap: tuple[HalfDay, ...] = ()
    pattern: tuple[HalfDay, ...] = ()
    """Half-days in which one of the two who share a post has a session in every week."""
    premium_consent: bool | None = None
    planned: bool | None = None
    from_: dt.date | None = Field(default=None, alias="from")
    to: dt.date | None = None
    kind: PostKind | None = None
    funded: bool | None = None
    reviewed_on: dt.date | None = None
    approved_on: dt.date | None = None


class Skill(Frozen):
    """A row of skills.csv: ``person`` can do ``activity``."""

    person: Id
    activity: Id
    output: Annotated[float, Field(gt=0, le=2)] | None = None
    max_per_week: Positive | None = None
    preference: Annotated[int, Field(ge=-2, le=2)] | None = None
    supervised_by: tuple[Id, ...] = ()
    supervisor_output: Rate | None = None


class Room(Frozen):
    """A row of rooms.csv: ``count`` rooms that can be used one for another."""

    room: Id
    name: str
    site: str | None = None
    count: Annotated[int, Field(ge=0)] | None = None
    slots: tuple[HalfDay, ...] = ()
    weeks: tuple[int, ...] = ()


class Equipment(Frozen):
    """A row of equipment.csv: ``count`` sets that sessions share across rooms."""

    equipment: Id
    name: str
    count: Annotated[int, Field(ge=0)] | None = None
    slots: tuple[HalfDay, ...] = ()
    weeks: tuple[int, ...] = ()


class Travel(Frozen):
    """A row of sites.csv."""

    from_: str = Field(alias="from")
    to: str
    minutes: NonNegative


class RotaShare(Frozen):
    """One member's share of a rota: ``c07=0.6``."""

    person: Id
    share: NonNegative


class DutyWeek(Frozen):
    """One duty week of a member in the cycle: ``c01=1``."""

    person: Id
    week: Annotated[int, Field(ge=1, le=52)]


class Delivery(Frozen):
    """What one duty week delivers: ``ward_round=10``."""

    activity: Id
    sessions: NonNegative


class Rota(Frozen):
    """A row of rotas.csv: duty that displaces the timetable."""

    rota: Id
    name: str
    kind: RotaKind
    members: tuple[Id, ...]
    share: Literal["pro_rata"] | tuple[RotaShare, ...] = ()
    people_at_once: Annotated[int, Field(ge=1)] | None = None
    weeks_covered: Annotated[float, Field(gt=0, le=52.18)] | None = None
    pa_per_duty_week: NonNegative
    displaces: Literal["all", "none"] | tuple[Id, ...] | None = None
    keeps: tuple[Id, ...] = ()
    delivers: tuple[Delivery, ...] = ()
    prospective: bool | None = None
    duty_weeks: tuple[DutyWeek, ...] = ()
    rest_after: tuple[HalfDay, ...] = ()
    supplement_category: str | None = None


class Role(Frozen):
    """A row of roles.csv: a leadership or other tariffed role."""

    role: Id
    name: str
    category: Literal["SPA", "ANR", "ED"]
    tariff_pa: NonNegative | None = None
    holders: Annotated[int, Field(ge=0)] | None = None
    split: bool | None = None
    eligible: tuple[Id, ...] = ()
    held_by: tuple[Id, ...] = ()
    fixed: bool | None = None
    trainees: Annotated[int, Field(ge=0)] | None = None
    max_trainees: Annotated[int, Field(ge=1)] | None = None
    """Most trainees of one supervisor, where the trainees are divided (None: each holder has them all)."""


class JobPlanRow(Frozen):
    """A row of job_plans.csv. ``weeks`` is None for every week of the cycle, and for slot ``-``."""

    person: Id
    activity: str
    slot: SlotOrNone
    weeks: tuple[int, ...] | None = None
    minutes: NonNegative | None = None
    per_year: NonNegative | None = None
    pinned: bool | None = None


class PostSkill(Frozen):
    """One activity that a post can do: ``rapid`` or ``rapid=0.8``; ``output`` as in skills.csv."""

    activity: Id
    output: Annotated[float, Field(gt=0, le=2)] | None = None


class Post(Frozen):
    """A row of posts.csv: a type of post that may be created, and how many of it at most."""

    post: Id
    name: str
    staff_group: StaffGroup
    grade: str | None = None
    contract_pa: Positive | None = None
    contract_hours: Positive | None = None
    skills: tuple[PostSkill, ...]
    cost: NonNegative | None = None
    """Pounds a year of one WTE with on-costs; blank: [costs.staff]."""
    most: Annotated[int, Field(ge=1, le=200)] | None = None
    core_spa_pa: NonNegative | None = None
    core_spa_hours: NonNegative | None = None
    working_weeks: Annotated[float, Field(gt=0, le=52.18)] | None = None
    unavailable: tuple[HalfDay, ...] = ()
    max_days: Annotated[int, Field(ge=1, le=7)] | None = None
    premium_consent: bool | None = None
    rotas: tuple[Id, ...] = ()
    """Rotas that everyone in such a post joins."""
    roles: tuple[Id, ...] = ()
    """Roles with a list of those eligible that such a post may hold too."""


class ObjectiveRow(Frozen):
    """A row of objectives.csv."""

    level: Literal["trust", "team", "person"]
    person: Id | None = None
    objective: str
    measure: str | None = None
    due: dt.date | None = None
    supporting_resource: str | None = None
    barrier: str | None = None


class DeliveredRow(Frozen):
    """A row of delivered.csv: sessions that took place."""

    date: dt.date
    person: Id
    activity: str
    sessions: NonNegative
    planned_activity: str | None = None
    reason: (
        Literal[
            "leave",
            "study",
            "sickness",
            "duty",
            "covering",
            "no_patients",
            "no_room",
            "no_staff",
            "bank_holiday",
            "other",
        ]
        | None
    ) = None


class Origin(Frozen):
    """Where a service was read from: notes made while reading, and the row of each id. Not part of the service."""

    path: str = ""
    notes: tuple[Finding, ...] = ()
    scenarios: tuple[str, ...] = ()
    """Names of the scenarios laid over what was read, in order."""
    rows: dict[str, int] = Field(default_factory=dict)
    """Excel row of each record, keyed ``<table>/<id>``, such as ``people/c01`` or ``job_plans/<position>``."""

    @property
    def folder(self) -> Path | None:
        """Folder of the model's own policies and bank holidays: the model itself, or where its workbook stands."""
        if not self.path:
            return None
        return Path(self.path).parent if self.is_workbook else Path(self.path)

    @property
    def is_workbook(self) -> bool:
        """Whether the model was read from a workbook."""
        return self.path.lower().endswith(".xlsx")


class Service(Frozen):
    """A team and what it provides: everything in the input files."""

    schema_version: int = Field(default=SCHEMA_VERSION, alias="schema")
    id: Id
    name: str
    year_starts: dt.date
    cycle_weeks: Annotated[int, Field(ge=1, le=52)]
    policy: str
    policies: dict[StaffGroup, str] = Field(default_factory=dict)
    objective: Objective = Objective()
    slots: Slots = Slots()
    calendar: Calendar = Calendar()
    bank_holiday_dates: tuple[dt.date, ...] = ()
    """The dates of the file that ``[calendar]`` bank_holidays names, where it names one."""
    sizing: Sizing = Sizing()
    rebase: dict[Id, dt.date] = Field(default_factory=dict)
    """Series sized from the week (or month) of a date on, as confirmed by the user."""
    day_profile: dict[Id, dict[Day, Rate]] = Field(default_factory=dict)
    """Shares of a week by day, for series of which only weekly or monthly totals are known; they sum to 1."""
    costs: Costs = Costs()
    activities: tuple[Activity, ...]
    streams: tuple[Stream, ...] = ()
    dna_by_lead: tuple[LeadBand, ...] = ()
    templates: tuple[Template, ...] = ()
    demand: tuple[DemandRow, ...] = ()
    people: tuple[Person, ...]
    skills: tuple[Skill, ...]
    rooms: tuple[Room, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    sites: tuple[Travel, ...] = ()
    rotas: tuple[Rota, ...] = ()
    roles: tuple[Role, ...] = ()
    job_plans: tuple[JobPlanRow, ...] = ()
    posts: tuple[Post, ...] = ()
    objectives: tuple[ObjectiveRow, ...] = ()
    delivered: tuple[DeliveredRow, ...] = ()
    policy_tables: dict[str, Policy] = Field(default_factory=dict)
    """Every policy the service names, read and resolved, by name."""
    origin: Origin = Field(default_factory=Origin, exclude=True, repr=False)

    def __eq__(self, other: object) -> bool:
        """Two services are equal when their contents are, wherever they were read from."""
        return isinstance(other, Service) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    @property
    def hold_tolerance(self) -> float:
        """Sessions a cycle of ``routine`` and ``rapid_headroom`` that later tiers may each give back.

        Where nothing is said it is one, and in a cycle of more than four weeks as much a week as in one of four: how a
        service is planned must not hang on how long its cycle is written down.
        """
        given = self.objective.hold_tolerance
        return max(1.0, self.cycle_weeks / USUAL_CYCLE) if given is None else given

    def half_days(self) -> tuple[str, ...]:
        """All half-days: Mon-Fri AM and PM, the premium ones, and those named in ``[slots.minutes]``; in order."""
        names = {*WEEKDAY_HALF_DAYS, *self.slots.premium, *self.slots.minutes}
        return tuple(sorted(names, key=half_day_order))

    def activity(self, activity: str) -> Activity:
        """Return the activity of that id. Raises KeyError."""
        return {row.activity: row for row in self.activities}[activity]

    def person(self, person: str) -> Person:
        """Return the person of that id. Raises KeyError."""
        return {row.person: row for row in self.people}[person]
