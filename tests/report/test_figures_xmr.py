"""XmR charts show the reference limits, what breaks a rule, and what a rebase does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.demand.result import Demand
from capacity.report.figures_xmr import XmrSeries, xmr_alt, xmr_figure, xmr_series, xmr_table
from capacity.report.words import number
from tests.report.conftest import X26
from tests.report.figure_checks import problems, texts, words
from tests.report.figure_examples import step_series, weeks_of, xmr_examples


def test_the_reference_series_has_its_published_limits() -> None:
    series = XmrSeries("Reference", weeks_of(X26))
    assert {"mean 23.7", "upper 38.7", "lower 8.7"} <= set(texts(xmr_figure(series)))
    table = xmr_table(series)
    assert table["lower"].unique() == pytest.approx([8.6514], abs=1e-4)
    assert table["upper"].unique() == pytest.approx([38.6562], abs=1e-4)
    assert "between 8.7 and 38.7, and no week shows special cause" in xmr_alt(series)


def test_points_and_table_are_the_weeks() -> None:
    series = XmrSeries("Reference", weeks_of(X26))
    points = next(line for line in xmr_figure(series).axes[0].lines if line.get_marker() == "o")
    assert list(points.get_ydata()) == list(X26)
    assert list(xmr_table(series)["referrals"]) == list(X26)


def test_each_rule_has_a_mark_of_its_own_with_its_weeks() -> None:
    rng = np.random.default_rng(2)
    values = [*rng.poisson(20, 30), 70, *range(12, 20), *rng.poisson(20, 10), *([26] * 9)]
    series = XmrSeries("Signals", weeks_of(values))
    figure, table = xmr_figure(series), xmr_table(series)
    for rule, shown in (("beyond_limit", "beyond a limit"), ("seven_on_one_side", "seven on one side of the mean")):
        marked = int((table["rule"] == rule).sum())
        assert marked > 0
        assert f"{shown} ({marked})" in texts(figure)
    markers = {line.get_marker() for line in figure.axes[0].lines if "(" in str(line.get_label())}
    assert len(markers) == table.loc[table["rule"] != "", "rule"].nunique()


def test_weeks_before_a_confirmed_rebase_are_a_grey_phase_without_signals() -> None:
    series = xmr_examples()["rebased"]
    table = xmr_table(series)
    assert list(table["phase"].unique()) == [1, 2]
    assert (table.loc[table["phase"] == 1, "rule"] == "").all()
    used = series.weeks.loc[series.weeks["used"], "referrals"]
    assert table.loc[table["phase"] == 2, "mean"].unique() == pytest.approx([used.mean()])
    assert {"week left out", "rebase, confirmed"} <= set(texts(xmr_figure(series)))
    assert "Rebased on 3 Nov 2025. 30 weeks are left out." in xmr_alt(series)


def test_weeks_left_out_in_between_do_not_count_towards_the_limits() -> None:
    weeks = weeks_of([*X26, 500])
    weeks.loc[26, "used"] = False
    table = xmr_table(XmrSeries("One wrong week", weeks))
    assert table["upper"].iloc[0] == pytest.approx(38.6562, abs=1e-4)
    assert pd.isna(table["phase"].iloc[26])
    assert "1 week is left out" in xmr_alt(XmrSeries("One wrong week", weeks))


def test_a_proposed_rebase_is_dashed_with_the_mean_it_would_give() -> None:
    series = step_series()
    assert series.proposal is not None
    figure = xmr_figure(series)
    dashed = [line for line in figure.axes[0].lines if line.get_color() == "#7C2855" and line.get_linestyle() == "--"]
    assert len(dashed) == 2
    assert list(dashed[1].get_ydata()) == pytest.approx([series.proposal.after] * 2)
    found = series.proposal
    assert abs(found.position - 40) <= 2
    day = f"{found.week.day} {found.week:%b %Y}" if found.week else ""
    wanted = f"A rebase is proposed from {day}: mean {number(found.after)}, before it {number(found.before)}."
    assert wanted in words(figure)
    assert "rebase, confirmed" not in words(figure)


def test_a_missing_week_is_a_hole_in_the_line() -> None:
    series = XmrSeries("Gap", weeks_of(X26).drop(index=[5, 6]))
    line = xmr_figure(series).axes[0].lines[0]
    assert len(line.get_ydata()) == 26
    assert np.isnan(np.asarray(line.get_ydata(), dtype=float)[5:7]).all()


def test_a_limit_below_zero_is_said_and_not_drawn() -> None:
    figure = xmr_figure(XmrSeries("Small", weeks_of([1, 9, 0, 7, 2, 8, 1, 9, 0, 7, 2, 8])))
    assert "lower: below 0" in texts(figure)
    assert figure.axes[0].get_ylim()[0] == 0
    assert not any(min(np.asarray(line.get_ydata(), dtype=float)) < 0 for line in figure.axes[0].lines)


def test_an_axis_that_does_not_start_at_zero_says_so() -> None:
    far = [200 + value for value in X26]
    assert "The axis does not start at zero." in words(xmr_figure(XmrSeries("Far", weeks_of(far))))
    assert "does not start" not in words(xmr_figure(XmrSeries("Near", weeks_of(X26))))


def test_too_little_for_limits_and_no_variation_are_said() -> None:
    assert "one week has no limits" in xmr_alt(xmr_examples()["one"])
    assert "52 weeks, all of them the same" in xmr_alt(xmr_examples()["same"])
    assert xmr_alt(xmr_examples()["none"]) == "None: no weeks of demand, so there is no chart."


def test_a_stream_is_charted_from_its_history(demand: Demand) -> None:
    series = xmr_series(demand, "two_week")
    assert list(series.weeks["referrals"]) == list(X26)
    assert series.rebased_on is None
    history = demand.weekly.assign(used=[week > 5 for week in range(26)])
    json = {"two_week": {**demand.streams_json["two_week"], "name": "Two-week wait", "rebased_on": "2026-10-19"}}
    rebased = xmr_series(replace(demand, history=history, streams_json=json), "two_week")
    assert rebased.name == "Two-week wait"
    assert rebased.rebased_on == dt.date(2026, 10, 19)
    assert int(rebased.weeks["used"].sum()) == 20
    assert xmr_series(demand, "nothing").weeks.empty


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=60), st.integers(0, 59))
@settings(deadline=None, max_examples=25)
def test_any_weeks_can_be_charted(values: list[int], left_out: int) -> None:
    weeks = weeks_of(values, used_from=min(left_out, len(values)))
    on = None if left_out >= len(values) else weeks["week_starting"].iloc[left_out].date()
    series = XmrSeries("Any", weeks, on)
    assert problems(xmr_figure(series, width=3.6)) == []
    assert len(xmr_table(series)) == len(values)
