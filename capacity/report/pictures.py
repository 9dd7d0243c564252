"""Which figures the commands draw, by name, each drawn when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from capacity.demand.result import Demand
from capacity.service.model import Service, Stream
from capacity.supply.gap import Gap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_STREAMS = 12
"""Streams that have figures of their own, unless all are asked for."""
ACTIVITIES_DRAWN = 20
"""Activities that have a waterfall, unless all are asked for."""


@dataclass(frozen=True)
class Picture:
    """A figure to draw: its name without ending, and what draws it and says in words what it shows."""

    name: str
    draw: Callable[[], tuple[Figure, str]]


# ---- demand


def demand_pictures(service: Service, demand: Demand, everything: bool = False) -> tuple[Picture, ...]:
    """Return the figures of ``capacity demand``.

    Per stream with a series of its own: XmR chart, histogram, share seen in time against capacity (where the exact
    queue has something to say: a promise, or a centile) and weekdays (where it is sized by day). Per activity the
    waterfall. Once: achieved coverage. Of many streams and activities those with most work, unless ``everything``.
    """
    streams = drawn_streams(service, demand, everything)
    pictures: list[Picture] = []
    for stream in streams:
        pictures += _of_stream(service, demand, stream)
    if any(demand.depth.streams[row.stream].coverage.rows for row in streams):
        pictures.append(Picture("coverage", lambda: _coverage(demand, streams)))
    pictures += [_waterfall(service, demand, activity) for activity in _drawn_activities(service, demand, everything)]
    return tuple(pictures)


def drawn_streams(service: Service, demand: Demand, everything: bool = False) -> list[Stream]:
    """Streams with weeks of their own, in file order, the largest where there are many.

    A generated stream has the weeks of the one it follows: it is drawn only where it is sized at a centile.
    """
    known = [row for row in service.streams if row.stream in demand.depth.streams]
    own = [row for row in known if row.generated_by is None or _at_centile(demand, row)]
    if everything or len(own) <= MOST_STREAMS:
        return own
    largest = sorted(own, key=lambda row: -_hours(demand, row))[:MOST_STREAMS]
    return [row for row in own if row in largest]


def _at_centile(demand: Demand, row: Stream) -> bool:
    return demand.streams_json.get(row.stream, {}).get("sized_at") in ("centile", "days")


def _hours(demand: Demand, row: Stream) -> float:
    return float(demand.streams_json.get(row.stream, {}).get("contact_hours") or 0.0)


def _drawn_activities(service: Service, demand: Demand, everything: bool) -> list[str]:
    asked = [row.activity for row in service.activities if row.activity in demand.depth.activities]
    if everything or len(asked) <= ACTIVITIES_DRAWN:
        return asked
    largest = sorted(asked, key=lambda key: -demand.activities[key].required)[:ACTIVITIES_DRAWN]
    return [key for key in asked if key in largest]


def _of_stream(service: Service, demand: Demand, row: Stream) -> Iterator[Picture]:
    key = row.stream
    depth = demand.depth.streams[key]
    if row.generated_by is None:
        yield Picture(f"xmr_{key}", lambda: _xmr(demand, key))
    yield Picture(f"histogram_{key}", lambda: _histogram(demand, key))
    if depth.sized.demand is not None and (_at_centile(demand, row) or row.target_weeks is not None):
        yield Picture(f"on_time_{key}", lambda: _on_time(demand, row))
    if depth.sized.by_day is not None:
        yield Picture(f"weekdays_{key}", lambda: _weekdays(demand, key))


def _xmr(demand: Demand, stream: str) -> tuple[Figure, str]:
    from capacity.report.figures_xmr import xmr_alt, xmr_figure, xmr_series

    advice = demand.depth.streams[stream].rebase
    series = xmr_series(demand, stream, None if advice is None else advice.proposal)
    return xmr_figure(series), xmr_alt(series)


def _histogram(demand: Demand, stream: str) -> tuple[Figure, str]:
    from capacity.report.figures_demand import histogram_alt, histogram_figure, week_counts

    counts = week_counts(demand, stream)
    return histogram_figure(counts), histogram_alt(counts)


def _on_time(demand: Demand, row: Stream) -> tuple[Figure, str]:
    from capacity.report.figures_queue import SERVICE_LEVEL, on_time, on_time_alt, on_time_figure

    sized = demand.depth.streams[row.stream].sized
    assert sized.demand is not None
    names = {"keep_up": "mean", "percentile": "centile"}
    if sized.by_day is None:  # a level found day by day is not a level of the weekly queue drawn here
        names["service_level"] = SERVICE_LEVEL
    levels = {names[one.name]: one.referrals for one in sized.levels if one.name in names and one.referrals is not None}
    shown = on_time(row.name, sized.demand, levels, sized.promise.share, sized.promise.periods, "Patients a week")
    return on_time_figure(shown), on_time_alt(shown)


def _weekdays(demand: Demand, stream: str) -> tuple[Figure, str]:
    from capacity.report.figures_days import day_levels_of, weekday_alt, weekday_figure

    levels = day_levels_of(demand, stream)
    return weekday_figure(levels), weekday_alt(levels)


def _coverage(demand: Demand, streams: Sequence[Stream]) -> tuple[Figure, str]:
    from capacity.report.figures_coverage import coverage_alt, coverage_figure, coverage_rows

    rows = coverage_rows({row.name: demand.depth.streams[row.stream].coverage for row in streams})
    return coverage_figure(rows), coverage_alt(rows)


def _waterfall(service: Service, demand: Demand, activity: str) -> Picture:
    def draw() -> tuple[Figure, str]:
        from capacity.report.figures_chain import waterfall_alt, waterfall_figure, waterfall_steps

        name = service.activity(activity).name
        steps = waterfall_steps(demand.waterfall, activity)
        return waterfall_figure(steps, name), waterfall_alt(steps, name)

    return Picture(f"waterfall_{activity}", draw)


# ---- gap


def gap_pictures(service: Service, demand: Demand, gap: Gap, everything: bool = False) -> tuple[Picture, ...]:
    """Return the figures of ``capacity gap``.

    The gap by activity with intervals, the plan year week by week, what moves the gap most, the ladder, each person's
    PA split, and each waiting list over the weeks to come at today's capacity.
    """
    lists = listed_streams(service, demand, everything)
    return (
        Picture("gap", lambda: _gap(gap)),
        Picture("calendar", lambda: _calendar(service, gap)),
        Picture("year", lambda: _year(gap)),
        Picture("sensitivity", lambda: _sensitivity(gap)),
        Picture("ladder", lambda: _ladder(gap)),
        Picture("pa_split", lambda: _pa_split(service, gap)),
        *(_trajectory(demand, gap, row) for row in lists),
    )


def listed_streams(service: Service, demand: Demand, everything: bool = False) -> list[Stream]:
    """Streams whose list is known, in file order, the longest lists where there are many."""
    depths = demand.depth.streams
    known = [
        row
        for row in service.streams
        if row.stream in depths and (waiting := depths[row.stream].waiting) is not None and waiting.waiting is not None
    ]
    if everything or len(known) <= MOST_STREAMS:
        return known
    largest = sorted(known, key=lambda row: -(row.waiting_now or 0))[:MOST_STREAMS]
    return [row for row in known if row in largest]


def _gap(gap: Gap) -> tuple[Figure, str]:
    from capacity.report.figures_gap import gap_alt, gap_figure, gap_rows

    rows = gap_rows(gap.by_level, gap.activities)
    return gap_figure(rows), gap_alt(rows)


def _calendar(service: Service, gap: Gap) -> tuple[Figure, str]:
    from capacity.report.figures_year import strip_alt, strip_figure, strip_rows

    rows = strip_rows(gap.calendar, {row.activity: row.name for row in service.activities})
    return strip_figure(rows), strip_alt(rows)


def _year(gap: Gap) -> tuple[Figure, str]:
    from capacity.report.figures_year import calendar_alt, calendar_figure, year_weeks

    weeks = year_weeks(gap.calendar)
    return calendar_figure(weeks), calendar_alt(weeks)


def _sensitivity(gap: Gap) -> tuple[Figure, str]:
    from capacity.report.figures_sensitivity import tornado_alt, tornado_figure, tornado_of

    found = tornado_of(gap.sensitivity)
    return tornado_figure(found), tornado_alt(found)


def _ladder(gap: Gap) -> tuple[Figure, str]:
    from capacity.report.figures_chain import ladder_alt, ladder_figure, ladder_steps

    steps = ladder_steps(gap.ladder)
    return ladder_figure(steps), ladder_alt(steps)


def _pa_split(service: Service, gap: Gap) -> tuple[Figure, str]:
    from capacity.report.figures import pa_split_alt, pa_split_figure
    from capacity.supply.split import pa_split

    assert gap.time is not None
    split = pa_split(service, gap.time.demand, gap.rows)
    return pa_split_figure(service, None, split), pa_split_alt(service, None, split)


def _trajectory(demand: Demand, gap: Gap, row: Stream) -> Picture:
    def draw() -> tuple[Figure, str]:
        from capacity.report.figures_list import list_path, trajectory_alt, trajectory_figure

        depth = demand.depth.streams[row.stream]
        assert depth.waiting is not None
        seen = gap.lists.set_index("stream").loc[row.stream, "capacity"]
        waiting = depth.waiting.at(float(seen))  # type: ignore[arg-type]
        found = waiting.trajectory(found=depth.season)
        assert found is not None
        path = list_path(f"{row.name}, at today's capacity", waiting, found)
        return trajectory_figure(path), trajectory_alt(path)

    return Picture(f"trajectory_{row.stream}", draw)


def names_of(pictures: Iterable[Picture]) -> tuple[str, ...]:
    """Names of figures, without ending."""
    return tuple(picture.name for picture in pictures)
