"""Figures hold what they claim: the values, the people and the activities, never by colour alone."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from capacity.demand.result import Demand
from capacity.outcome import Outcome, TeamPlan
from capacity.report import style
from capacity.report.figures import (
    demand_alt,
    demand_figure,
    pa_split_alt,
    pa_split_figure,
    required_supplied_alt,
    required_supplied_figure,
    streams_with_series,
)
from capacity.report.sheet import PAPER, PHONE
from capacity.report.tables import supplied_by_plan
from capacity.service.model import Service
from capacity.supply.gap import Gap
from tests.report.figure_checks import problems, texts, words


def test_demand_lines_are_labelled_with_the_reference_values(demand: Demand) -> None:
    """The 80th centile of the reference series is Excel's PERCENTILE.INC 27.0, not 27.6 (EXC)."""
    figure = demand_figure(demand, "two_week")
    assert {"mean 23.7", "80th centile 27", "weeks above the centile (5 of 26)"} <= set(texts(figure))
    levels = [line.get_ydata()[0] for line in figure.axes[0].lines[-2:]]
    assert levels == pytest.approx([23.6538, 27.0], abs=1e-4)


def test_the_centile_a_stream_asks_for_is_drawn(demand: Demand) -> None:
    json = {"two_week": {"sizing": {"centile": {"share": 0.9}}}}
    assert "90th centile 29.5" in texts(demand_figure(replace(demand, streams_json=json), "two_week"))


def test_growth_is_said_because_lines_are_of_weeks_received(demand: Demand) -> None:
    json = {"two_week": {**demand.streams_json["two_week"], "growth_factor": 1.04, "level": 28.08}}
    figure = demand_figure(replace(demand, streams_json=json), "two_week")
    assert "(+4.0%) it is sized for 28.1 a week" in words(figure)
    assert "sized for" not in words(demand_figure(demand, "two_week"))


def test_labels_keep_apart_where_mean_and_centile_are_close(demand: Demand) -> None:
    weekly = demand.weekly.assign(referrals=[20.0, 21.0] * 13)
    figure = demand_figure(replace(demand, weekly=weekly), "two_week")
    heights = [text.get_position()[1] for text in figure.axes[0].texts]
    assert abs(heights[0] - heights[1]) > 1.5


def test_a_missing_week_is_a_hole_in_the_line_not_a_zero(demand: Demand) -> None:
    figure = demand_figure(replace(demand, weekly=demand.weekly.drop(index=[5, 6])), "two_week")
    drawn = figure.axes[0].lines[0].get_ydata()
    assert len(drawn) == 26
    assert pd.isna(drawn[5]) and pd.isna(drawn[6])


def test_a_stream_without_a_series_is_refused_by_name(demand: Demand) -> None:
    assert streams_with_series(demand) == ("two_week",)
    with pytest.raises(KeyError, match="general has no weekly series; those that have one: two_week"):
        demand_figure(demand, "general")


def test_demand_alt_says_the_same(demand: Demand) -> None:
    alt = demand_alt(demand, "two_week")
    assert "26 weeks: mean 23.7, 80th centile 27, lowest 16, highest 33; 5 weeks above" in alt


def test_bars_before_and_after_carry_values_and_hatches(gap: Gap, outcome: Outcome) -> None:
    figure = required_supplied_figure(gap.activities, supplied_by_plan(gap, outcome))
    ax = figure.axes[0]
    bars = [container for container in ax.containers if isinstance(container, BarContainer)]
    assert [len(container) for container in bars] == [3, 3, 3]
    assert len({container[0].get_hatch() for container in bars}) == 3
    assert [text.get_text() for text in ax.texts] == ["3.0", "2.0", "1.5", "1.6", "2.7", "0.5", "3.0", "2.1", "1.0"]
    assert ax.get_yticklabels()[0].get_text() == "Lung cancer clinic (rapid)"


def test_without_a_plan_there_are_two_bars_and_the_figure_is_lower(gap: Gap, outcome: Outcome) -> None:
    alone = required_supplied_figure(gap.activities)
    both = required_supplied_figure(gap.activities, supplied_by_plan(gap, outcome))
    assert len([c for c in alone.axes[0].containers if isinstance(c, BarContainer)]) == 2
    assert alone.get_size_inches()[1] < both.get_size_inches()[1]


def test_activities_without_any_sessions_are_left_out(gap: Gap) -> None:
    frame = gap.activities.copy()
    frame.loc["general", ["required", "supplied"]] = 0.0
    assert len(required_supplied_figure(frame).axes[0].get_yticklabels()) == 2
    assert "General" not in required_supplied_alt(frame)


def test_nothing_to_draw_is_still_a_figure(gap: Gap) -> None:
    frame = gap.activities.assign(required=0.0, supplied=0.0)
    assert style.png_bytes(required_supplied_figure(frame), "alt").startswith(b"\x89PNG")
    assert required_supplied_alt(frame) == "Bars of sessions a week by activity. No activity has any."


def test_required_alt_names_each_figure(gap: Gap, outcome: Outcome) -> None:
    alt = required_supplied_alt(gap.activities, supplied_by_plan(gap, outcome))
    assert "Bronchoscopy list requires 1.5, plans in force 0.5, proposed plan 1." in alt


def test_split_stacks_to_the_total_against_the_contract(service: Service, plan: TeamPlan, split: pd.DataFrame) -> None:
    figure = pa_split_figure(service, plan, split)
    labels = texts(figure)
    assert {"10.0 of 10.0", "7.5 of 8.0 (-0.5)", "9.4 of 9.4", "c01", "c02", "n01", "contract"} <= set(labels)
    ends = [patch.get_x() + patch.get_width() for patch in figure.axes[0].patches]
    assert max(ends) == pytest.approx(10.0)
    assert len(figure.axes[0].patches) == 3 * len(style.PARTS)


def test_time_above_contract_is_called_extra_only_where_the_plan_pays_it(
    service: Service, plan: TeamPlan, split: pd.DataFrame
) -> None:
    more = split.copy()
    more.loc[(more["person"] == "c01") & (more["part"] == "DCC"), "pa"] += 0.5
    paid = replace(plan, extra_minutes={"c01": 120})
    assert "10.5 of 10.0 (+0.5 extra)" in texts(pa_split_figure(service, paid, more))
    assert "10.5 of 10.0 (+0.5)" in texts(pa_split_figure(service, None, more))
    assert "Above contract: c01." in pa_split_alt(service, paid, more)


def test_figures_show_ids_and_no_names(service: Service, plan: TeamPlan, split: pd.DataFrame) -> None:
    assert not any("Example" in text for text in texts(pa_split_figure(service, plan, split)))


def test_figures_draw_on_axes_they_are_given(gap: Gap, demand: Demand, service: Service, split: pd.DataFrame) -> None:
    figure = Figure()
    first, second, third = figure.subplots(3)
    assert demand_figure(demand, "two_week", ax=first) is figure
    assert required_supplied_figure(gap.activities, ax=second) is figure
    assert pa_split_figure(service, None, split, ax=third) is figure
    assert all(ax.has_data() for ax in (first, second, third))


@pytest.mark.parametrize("width", [PAPER, PHONE], ids=["paper", "phone"])
def test_text_is_inside_apart_and_large_enough(
    width: float, gap: Gap, outcome: Outcome, demand: Demand, service: Service, plan: TeamPlan, split: pd.DataFrame
) -> None:
    """Drawn 9 inches wide, letters of 7 points once were 5 on a page and 3 on a telephone."""
    after = supplied_by_plan(gap, outcome)
    assert problems(demand_figure(demand, "two_week", width=width)) == []
    assert problems(required_supplied_figure(gap.activities, after, width=width)) == []
    assert problems(pa_split_figure(service, plan, split, width=width)) == []


def test_nobody_whose_time_divides_is_a_sentence(service: Service, split: pd.DataFrame) -> None:
    assert "no people" in words(pa_split_figure(service, None, split.iloc[:0]))
