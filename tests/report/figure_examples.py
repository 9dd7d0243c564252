"""Every figure on data of every kind: ordinary, empty, one row only, all the same, an outlier, long names, many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import capacity
from capacity.demand.backtest import back_test
from capacity.demand.counts import Referrals
from capacity.demand.estimators import centile_estimates
from capacity.demand.rebase import propose_rebase
from capacity.demand.result import Demand
from capacity.demand.trajectory import demand_by_week, trajectory
from capacity.demand.waiting_list import first_come_list, sustainable_list
from capacity.report.figures_chain import (
    ladder_alt,
    ladder_figure,
    ladder_steps,
    steps_table,
    waterfall_alt,
    waterfall_figure,
    waterfall_steps,
)
from capacity.report.figures_coverage import coverage_alt, coverage_figure, coverage_rows, coverage_table
from capacity.report.figures_days import DayLevels, weekday_alt, weekday_figure, weekday_table
from capacity.report.figures_demand import Level, WeekCounts, histogram_alt, histogram_figure, histogram_table
from capacity.report.figures_frontier import frontier_alt, frontier_figure, frontier_table
from capacity.report.figures_gap import GAP_COLUMNS, gap_alt, gap_figure, gap_rows, gap_table
from capacity.report.figures_list import ListPath, trajectory_alt, trajectory_figure, trajectory_table
from capacity.report.figures_pareto import pareto_alt, pareto_figure, pareto_table
from capacity.report.figures_queue import OnTime, on_time, on_time_alt, on_time_figure, on_time_table
from capacity.report.figures_remedies import Bar, Bars, remedies_alt, remedies_figure, remedies_table
from capacity.report.figures_robust import robust_alt, robust_figure, robust_table
from capacity.report.figures_sensitivity import Swing, Tornado, tornado_alt, tornado_figure, tornado_table
from capacity.report.figures_stress import (
    CHANCE_COLUMNS,
    FAN_COLUMNS,
    HURT_COLUMNS,
    MET_COLUMNS,
    ListFans,
    chance_alt,
    chance_figure,
    chance_rows,
    chance_table,
    fan_alt,
    fan_figure,
    fan_table,
    hurt_alt,
    hurt_figure,
    hurt_rows,
    hurt_table,
    list_fans,
    met_alt,
    met_figure,
    met_rows,
    met_table,
)
from capacity.report.figures_sweep import (
    sweep_line_alt,
    sweep_line_figure,
    sweep_line_table,
    sweep_map_alt,
    sweep_map_figure,
    sweep_map_table,
)
from capacity.report.figures_xmr import XmrSeries, xmr_alt, xmr_figure, xmr_table
from capacity.report.figures_year import (
    YearWeeks,
    calendar_alt,
    calendar_figure,
    calendar_table,
    strip_alt,
    strip_figure,
    strip_rows,
    strip_table,
    year_weeks,
)
from capacity.report.frontier import COLUMNS as CURVE_COLUMNS
from capacity.report.frontier import Curve, knee_of
from capacity.scenario.stress import StressResult, stress_compare
from capacity.scenario.stress_settings import StressSettings
from capacity.service.model import Service
from capacity.supply.gap import Gap, gap
from tests.report.conftest import X26
from tests.report.sweep_examples import pareto_examples, robust_examples, sweep_line_examples, sweep_map_examples

MODELS = Path(__file__).parents[2] / "models"
LONG = "Suspected upper gastrointestinal cancer referrals, straight to test, of all ages and from all practices"
TODAY = dt.date(2026, 10, 5)


@dataclass(frozen=True)
class Example:
    """How to draw a figure, what its alt text is, and the table beside it."""

    draw: Callable[..., Figure]
    alt: str
    table: pd.DataFrame


@cache
def shipped(name: str = "respiratory") -> tuple[Service, Demand, Gap]:
    """A shipped model, its demand and its gap."""
    service = capacity.read(MODELS / name)
    demand = capacity.demand(service)
    return service, demand, gap(service, demand)


# ---- data


def weeks_of(values: Any, used_from: int = 0) -> pd.DataFrame:
    """Weeks from 7 April 2025 on; those before ``used_from`` are left out."""
    amounts = np.asarray(values, dtype=float)
    dates = pd.date_range("2025-04-07", periods=amounts.size, freq="7D")
    return pd.DataFrame({"week_starting": dates, "referrals": amounts, "used": np.arange(amounts.size) >= used_from})


def counts_of(name: str, values: Any, share: float = 0.8) -> WeekCounts:
    """Weeks with every estimate of a centile, sized at Excel's."""
    amounts = np.asarray(values, dtype=float)
    found = centile_estimates(amounts, share) if amounts.size else {}
    levels = tuple(Level(key, one.value, one.interval.lower, one.interval.upper) for key, one in found.items())
    return WeekCounts(name, amounts, share, levels, "excel" if levels else "")


def step_series() -> XmrSeries:
    """Forty weeks about 20, then forty about 30: a rebase to propose."""
    rng = np.random.default_rng(7)
    weeks = weeks_of([*rng.poisson(20, 40), *rng.poisson(30, 40)])
    proposal = propose_rebase(weeks["referrals"].to_numpy(), weeks["week_starting"].to_numpy())
    assert proposal is not None
    return XmrSeries("Sleep apnoea referrals", weeks, proposal=proposal)


def path_of(
    name: str, waiting: float, capacity_: float, weeks: int, size: float | None, dated: bool = True
) -> ListPath:
    found = trajectory(waiting, demand_by_week(31, weeks), capacity_, phi=2, size=size, today=TODAY, paths=200, seed=1)
    return ListPath(name, found, TODAY if dated else None, first_come_list(31, 18) if dated else None)


def gap_frame(activities: int, name: str = "Clinic") -> pd.DataFrame:
    """Made-up levels: each activity is short by its number in tenths, at the percentile."""
    rows = []
    for number in range(activities):
        for level, required in (("keep_up", 4.0), ("percentile", 5 + number / 10), ("service_level", 4.5)):
            bounds = (required * 0.9, required * 1.15, 5.0, 4.8, 5.2)
            rows.append(
                (f"a{number}", f"{name} {number}", "routine", level, level == "percentile", required, *bounds,
                 required - 5, required - 5.7, required - 4.1)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(GAP_COLUMNS))


def days_of(means: dict[str, float]) -> pd.DataFrame:
    rows = [(day, 50, mean, round(mean * 1.3)) for day, mean in means.items()]
    return pd.DataFrame(rows, columns=["day", "days", "mean", "centile"])


# ---- examples


def xmr_examples() -> dict[str, XmrSeries]:
    rng = np.random.default_rng(1)
    rebased = weeks_of(rng.poisson(130, 80), used_from=30).drop(index=[45, 46])
    return {
        "reference": XmrSeries("Reference", weeks_of(X26)),
        "proposed": step_series(),
        "rebased": XmrSeries(LONG, rebased, rebased["week_starting"].iloc[30].date()),
        "left out": XmrSeries("All left out", weeks_of(X26, used_from=99)),
        "one": XmrSeries("One", weeks_of([7])),
        "two": XmrSeries("Two", weeks_of([7, 9])),
        "same": XmrSeries("Same", weeks_of([20] * 52)),
        "zero": XmrSeries("Zero", weeks_of([0] * 52)),
        "outlier": XmrSeries("Outlier", weeks_of([*X26, 5000])),
        "many": XmrSeries("Ten years", weeks_of(rng.poisson(9, 520))),
        "none": XmrSeries("None", weeks_of([])),
    }


def count_examples() -> dict[str, WeekCounts]:
    return {
        "reference": counts_of("Reference", X26),
        "at the mean": WeekCounts("Routine", np.array(X26, dtype=float), 0.8, (), "mean"),
        "months": WeekCounts("Months", np.array(X26, dtype=float), 0.9, (Level("negative_binomial", 28.0),), "",
                             by_week=False),
        "no unit": WeekCounts("Generated", np.array(X26, dtype=float) / 3, 0.8, (), "mean", unit=None),
        "large": counts_of(LONG, np.random.default_rng(3).poisson(4000, 104)),
        "few": counts_of("Few", X26[:5]),
        "one": counts_of("One", [7]),
        "same": counts_of("Same", [20] * 52),
        "zero": counts_of("Zero", [0] * 52),
        "outlier": counts_of("Outlier", [*X26, 5000]),
        "none": counts_of("None", []),
    }  # fmt: skip


def day_examples() -> dict[str, DayLevels]:
    week = {"Mon": 14.2, "Tue": 11.1, "Wed": 10.5, "Thu": 10.1, "Fri": 9.7}
    return {
        "week": DayLevels("Same-day emergency care", 0.8, days_of(week), 61.0),
        "seven": DayLevels(LONG, 0.9, days_of({**week, "Sat": 1412.0, "Sun": 830.0})),
        "one": DayLevels("Monday clinic", 0.8, days_of({"Mon": 14.2}), 18.0),
        "zero": DayLevels("Nothing", 0.8, days_of({"Mon": 0.0, "Tue": 0.0}), 0.0),
        "none": DayLevels("Not known by day", 0.8, days_of({}), 61.0),
    }


def path_examples() -> dict[str, ListPath]:
    size = sustainable_list(31, 18)
    return {
        "clears": path_of("General clinic", 480, 36, 78, size),
        "grows": path_of("Sleep clinic", 180, 30, 52, size),
        "never": path_of(LONG, 900, 31, 26, size),
        "no date": path_of("No date", 480, 36, 78, size, dated=False),
        "no size": path_of("No size", 480, 36, 26, None),
        "one week": path_of("One week", 480, 36, 1, size),
        "empty list": path_of("Empty", 0, 60, 26, 0.0),
        "no weeks": path_of("None", 480, 36, 0, size),
    }


def queue_examples() -> dict[str, OnTime]:
    lung = on_time("Lung cancer", Referrals(24.9, 2.1), {"mean": 24.9, "80th centile": 31.5}, 0.95)
    return {
        "lung": lung,
        "small": on_time("Small", Referrals(2, 1), {"mean": 2, "80th centile": 3}, 0.9),
        "later": on_time(LONG, Referrals(131, 1.3), {"mean": 131, "80th centile": 139.4, "now": 125}, 0.98, 2),
        "no marks": on_time("Plain", Referrals(10, 2), {}),
        "no demand": on_time("Zero", Referrals(0, 1), {"mean": 0}),
        "none": OnTime("None", lung.curve.iloc[:0]),
    }


def coverage_examples() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(5)
    return {
        "one": coverage_rows({"Lung": back_test(rng.poisson(20, 156))}),
        "several": coverage_rows({f"Board {n}": back_test(rng.poisson(20 + n, 156)) for n in range(14)}),
        "short": coverage_rows({"Short": back_test(rng.poisson(20, 41))}),
        "same": coverage_rows({"Same": back_test([5.0] * 120)}),
        "none": coverage_rows({"None": back_test(X26[:20])}),
    }


def tornado_examples() -> dict[str, Tornado]:
    return {
        "usual": Tornado(
            4.2,
            (
                Swing("DNA rate", "-2 points", 3.9, "+2 points", 4.55),
                Swing("Minutes of a contact", "-10 %", 1.1, "+10 %", 7.3),
                Swing("Weeks present a year", "-1 week", 5.4, "+1 week", 3.1),
                Swing("Removals", "-2 points", 4.2, "+2 points", 4.2),
            ),
        ),
        "spare": Tornado(-3.0, (Swing(LONG, "ten per cent less", -3.2, "ten per cent more", -1.0),)),
        "no effect": Tornado(0.0, (Swing("DNA rate", "-2 points", 0.0, "+2 points", 0.0),)),
        "many": Tornado(2.0, tuple(Swing(f"Rate {n}", "-1 %", 2 - n / 9, "+1 %", 2 + n / 9) for n in range(25))),
        "none": Tornado(0.0, ()),
    }


def remedy_examples() -> dict[str, Bars]:
    usual = (
        Bar(
            "1 more PA for p01", {"rapid_mean": 0.0, "routine": 0.75, "rapid_headroom": 0.0}, "proven", "£6,347 a year"
        ),
        Bar("1 more one_stop on Tue AM", {"rapid_mean": 0.25, "routine": 0.5, "rapid_headroom": 0.25}, "at least"),
        Bar("n02 trained in ild", {"routine": 0.75, "rapid_headroom": -0.5}, "not proven"),
    )
    return {
        "usual": Bars(usual, 7),
        "one": Bars(usual[:1]),
        "long": Bars((Bar(LONG, {"routine": 0.25}, "at least", "£11,200 a year"),), 1),
        "many": Bars(tuple(Bar(f"1 more PA for c{n}", {"routine": n / 10}, "proven") for n in range(25, 0, -1))),
        "none": Bars((), 3),
    }


def gap_examples() -> dict[str, pd.DataFrame]:
    _, _, found = shipped()
    return {
        "respiratory": gap_rows(found.by_level, found.activities),
        "one": gap_frame(1),
        "many": gap_frame(40, LONG),
        "none": gap_frame(0),
    }


def year_examples() -> dict[str, YearWeeks]:
    service, _, found = shipped()
    names = {row.activity: row.name for row in service.activities}
    everything = year_weeks(found.calendar)
    zero = everything.weeks.assign(available=0.0, required=0.0, short=0.0)
    return {
        "all": everything,
        "rapid": year_weeks(found.calendar, "rapid", names),
        "one week": YearWeeks(LONG, everything.weeks.iloc[:1]),
        "zero": YearWeeks("Zero", zero),
        "none": YearWeeks("None", everything.weeks.iloc[:0]),
    }


def strip_examples() -> dict[str, tuple[YearWeeks, ...]]:
    service, _, found = shipped()
    rows = strip_rows(found.calendar, {row.activity: row.name for row in service.activities})
    many = (rows[0], *(YearWeeks(f"{LONG} {number}", rows[1].weeks) for number in range(40)))
    return {"respiratory": rows, "one": rows[:2], "many": many, "none": ()}


def curve_of(name: str, by: Literal["change", "extra"], short: list[float], unproven: int = 0) -> Curve:
    """Points at 0, 1, 3, 6... of what is spent; the shortfall is half routine, a third headroom, the rest the mean."""
    spent = [at * (at + 1) / 2 for at in range(len(short))]
    rows = [
        (at + 1, limit, limit if by == "change" else 2.0, limit, 0.0, 0.0, at, 0, limit if by == "extra" else 0.0, left,
         left / 6, left / 3, left / 2, at < len(short) - unproven, False)
        for at, (limit, left) in enumerate(zip(spent, short, strict=True))
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(CURVE_COLUMNS))
    return Curve(name, by, frame, knee_of(spent, short), "Changing 6 sessions closes 2.9 of 3.1; the next 8 close 0.2.")


def frontier_examples() -> dict[str, Curve]:
    return {
        "usual": curve_of("Lung", "change", [6.4, 5.0, 3.9, 3.5, 3.4, 3.3], unproven=1),
        "extra": curve_of(LONG, "extra", [3.0, 2.0, 1.0, 0.0]),
        "one": curve_of("Lung", "change", [2.0]),
        "nothing short": curve_of("Lung", "change", [0.0]),
        "all the same": curve_of("Lung", "change", [2.0, 2.0, 2.0]),
        "many": curve_of("Lung", "change", [90.0 / (1 + at) for at in range(40)]),
        "none": Curve("Lung", "change", pd.DataFrame(columns=list(CURVE_COLUMNS)), None, "No plan exists."),
    }


@cache
def stressed() -> tuple[StressResult, ...]:
    """The plans in force of a shipped model and half of them, in the same few years."""
    service, demand, _ = shipped()
    cases = [("in force", service, service.job_plans), ("half of them", service, service.job_plans[::2])]
    return stress_compare(cases, StressSettings(years=20), {"in force": demand}).results


def met_examples() -> dict[str, pd.DataFrame]:
    many = [(f"a{n}", f"{LONG} {n}", plan, n / 20) for plan in ("in force", "proposed", "a third") for n in range(20)]
    return {
        "usual": met_rows(stressed()),
        "one": met_rows(stressed()[:1]).head(1),
        "many": pd.DataFrame(many, columns=list(MET_COLUMNS)),
        "none": pd.DataFrame(columns=list(MET_COLUMNS)),
    }


def chance_examples() -> dict[str, pd.DataFrame]:
    rows = chance_rows(stressed()[0])
    return {
        "usual": rows,
        "one": rows[rows["activity"] == "rapid"],
        "long": rows.assign(name=LONG),
        "none": rows.iloc[:0].reindex(columns=list(CHANCE_COLUMNS)),
    }


def fan_examples() -> dict[str, ListFans]:
    usual = list_fans(stressed(), "general_new")
    return {
        "usual": usual,
        "one": list_fans(stressed()[:1], "sleep_new"),
        "long": ListFans(LONG, usual.frame),
        "none": ListFans("None", pd.DataFrame(columns=list(FAN_COLUMNS))),
    }


def hurt_examples() -> dict[str, pd.DataFrame]:
    many = [(f"c{n:02d}", 30 - n, 31 - n, "general_clinic_of_a_long_name", LONG) for n in range(30)]
    return {
        "usual": hurt_rows(stressed()[0]),
        "one": pd.DataFrame([("p01", 44.1, 50.0, "lab", "Laboratory")], columns=list(HURT_COLUMNS)),
        "many": pd.DataFrame(many, columns=list(HURT_COLUMNS)),
        "none": pd.DataFrame(columns=list(HURT_COLUMNS)),
    }


def examples() -> dict[str, Example]:
    """Every figure by name and kind of data."""
    found: dict[str, Example] = {}

    def add(name: str, data: dict[str, Any], figure: Any, alt: Any, table: Any) -> None:
        for kind, one in data.items():
            found[f"{name}: {kind}"] = Example(lambda one=one, **how: figure(one, **how), alt(one), table(one))

    add("xmr", xmr_examples(), xmr_figure, xmr_alt, xmr_table)
    add("histogram", count_examples(), histogram_figure, histogram_alt, histogram_table)
    add("weekday", day_examples(), weekday_figure, weekday_alt, weekday_table)
    add("trajectory", path_examples(), trajectory_figure, trajectory_alt, trajectory_table)
    add("on time", queue_examples(), on_time_figure, on_time_alt, on_time_table)
    add("coverage", coverage_examples(), coverage_figure, coverage_alt, coverage_table)
    add("tornado", tornado_examples(), tornado_figure, tornado_alt, tornado_table)
    add("remedies", remedy_examples(), remedies_figure, remedies_alt, remedies_table)
    add("gap", gap_examples(), gap_figure, gap_alt, gap_table)
    add("calendar", year_examples(), calendar_figure, calendar_alt, calendar_table)
    add("strip", strip_examples(), strip_figure, strip_alt, strip_table)
    add("frontier", frontier_examples(), frontier_figure, frontier_alt, frontier_table)
    add("sweep", sweep_line_examples(), sweep_line_figure, sweep_line_alt, sweep_line_table)
    add("heat map", sweep_map_examples(), sweep_map_figure, sweep_map_alt, sweep_map_table)
    add("pareto", pareto_examples(), pareto_figure, pareto_alt, pareto_table)
    add("robust", robust_examples(), robust_figure, robust_alt, robust_table)
    add("weeks met", met_examples(), met_figure, met_alt, met_table)
    add("chance of weeks", chance_examples(), chance_figure, chance_alt, chance_table)
    add("list fans", fan_examples(), fan_figure, fan_alt, fan_table)
    add("absences", hurt_examples(), hurt_figure, hurt_alt, hurt_table)
    _, demand, supply = shipped()
    chains = {
        "activity": waterfall_steps(demand.waterfall, "rapid"),
        "stream": waterfall_steps(demand.waterfall, "rapid", "lung_rapid"),
        "none": waterfall_steps(demand.waterfall, "mdt"),
    }
    add("waterfall", chains, lambda steps, **how: waterfall_figure(steps, LONG, **how),
        lambda steps: waterfall_alt(steps, LONG), steps_table)  # fmt: skip
    ladders = {
        "wte": ladder_steps(supply.ladder),
        "sessions": ladder_steps(supply.ladder, unit="sessions"),
        "none": ladder_steps(supply.ladder.iloc[:0]),
    }
    add("ladder", ladders, ladder_figure, ladder_alt, steps_table)
    return found
