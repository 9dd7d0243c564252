"""Histograms and weekdays hold the weeks, the levels with their intervals, and what sizes the stream."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle
from scipy.stats import nbinom, poisson

from capacity.demand.days import DaySizing
from capacity.demand.result import Demand
from capacity.report.figures_days import (
    DayLevels,
    day_levels,
    day_levels_of,
    weekday_alt,
    weekday_figure,
    weekday_table,
)
from capacity.report.figures_demand import (
    Level,
    WeekCounts,
    histogram_alt,
    histogram_figure,
    histogram_table,
    levels_table,
    week_counts,
)
from capacity.report.sheet import PHONE
from tests.report.conftest import X26
from tests.report.figure_checks import problems, texts, words
from tests.report.figure_examples import counts_of, day_examples, days_of, shipped


def bars_of(figure: object) -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle) and patch.get_y() == 0]  # type: ignore[attr-defined]


def test_bars_count_every_week_once_and_are_the_table() -> None:
    counts = counts_of("Reference", X26)
    table = histogram_table(counts)
    assert table["weeks"].sum() == 26
    assert list(table.loc[table["weeks"] > 0, "from"]) == sorted(set(X26))
    heights = [bar.get_height() for bar in bars_of(histogram_figure(counts))]
    assert heights == list(table["weeks"])


def test_levels_of_the_reference_are_named_with_their_intervals() -> None:
    counts = counts_of("Reference", X26)
    table = levels_table(counts).set_index("level")
    assert table.loc["mean", "value"] == pytest.approx(23.6538, abs=1e-4)
    assert table.loc["Excel", "value"] == 27.0
    assert table.loc["Harrell-Davis", "value"] == pytest.approx(27.725, abs=1e-3)
    assert list(table["sizes"]) == [False, True, False, False]
    drawn = texts(histogram_figure(counts))
    assert "27 (26 to 31)" in drawn
    assert {"mean", "Excel", "Harrell-Davis", "neg. binomial"} <= set(drawn)
    assert "Sized at the 80th centile by Excel, 27, which held 21 of 26 weeks." in histogram_alt(counts)


def test_on_a_telephone_the_intervals_are_drawn_and_not_written() -> None:
    counts = counts_of("Reference", X26)
    drawn = texts(histogram_figure(counts, width=PHONE))
    assert "27" in drawn
    assert not any("27 (" in text for text in drawn)


def test_expected_weeks_are_those_of_a_negative_binomial_or_poisson() -> None:
    """The reference varies less than Poisson; doubled in spread it does not."""
    table = histogram_table(counts_of("Reference", X26))
    wanted = [26 * poisson.pmf(value, np.mean(X26)) for value in table["from"]]
    assert list(table["expected"]) == pytest.approx(wanted)
    wide = [max(0, round(23 + 3 * (value - 23))) for value in X26]
    mean, phi = float(np.mean(wide)), float(np.var(wide, ddof=1) / np.mean(wide))
    table = histogram_table(counts_of("Wide", wide), most=99)
    wanted = [26 * nbinom.pmf(value, mean / (phi - 1), 1 / phi) for value in table["from"]]
    assert list(table["expected"]) == pytest.approx(wanted)


def test_growth_moves_the_bars_and_not_their_weeks() -> None:
    plain = counts_of("Plain", X26)
    grown = WeekCounts("Grown", plain.amounts * 1.04, 0.8, (), "mean", unit=1.04)
    assert list(histogram_table(grown)["weeks"]) == list(histogram_table(plain)["weeks"])
    assert histogram_table(grown)["from"].iloc[0] == pytest.approx(16 * 1.04)
    assert list(histogram_table(grown)["expected"]) == pytest.approx(list(histogram_table(plain)["expected"]))


def test_nothing_is_fitted_to_months_or_to_amounts_that_are_not_counts() -> None:
    for change in ({"by_week": False}, {"unit": None}):
        counts = replace(counts_of("Other", X26), **change)
        assert histogram_table(counts)["expected"].isna().all()
        assert "variance" not in histogram_alt(counts)
        assert "negative binomial" not in words(histogram_figure(counts))


def test_a_stream_is_drawn_with_its_published_figures() -> None:
    _, demand, _ = shipped()
    counts = week_counts(demand, "lung_rapid")
    sizing = demand.streams_json["lung_rapid"]["sizing"]
    assert counts.amounts.mean() == pytest.approx(sizing["mean"])
    assert counts.sized_at == "excel"
    assert {level.key: level.value for level in counts.levels} == {
        key: found["value"] for key, found in sizing["estimates"].items()
    }
    assert week_counts(demand, "general_new").sized_at == "mean"
    assert week_counts(demand, "bronch_rapid").unit is None


def test_a_stream_without_published_estimates_still_has_its_mean(demand: Demand) -> None:
    counts = week_counts(demand, "two_week")
    assert list(levels_table(counts)["level"]) == ["mean"]
    assert week_counts(demand, "nothing").amounts.size == 0


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60), st.sampled_from([1.0, 0.35, 1.0151]))
@settings(deadline=None, max_examples=25)
def test_any_weeks_can_be_counted(values: list[int], unit: float) -> None:
    counts = WeekCounts("Any", np.array(values) * unit, 0.8, (Level("excel", 3.0),), "excel", unit=unit)
    assert histogram_table(counts)["weeks"].sum() == len(values)
    assert problems(histogram_figure(counts, width=PHONE)) == []


def test_weekdays_show_mean_and_centile_against_the_even_share() -> None:
    levels = day_examples()["week"]
    figure = weekday_figure(levels)
    assert [bar.get_height() for bar in bars_of(figure)] == list(levels.by_day["mean"])
    assert {"Mon", "18", "14", "weekly total spread evenly"} <= set(texts(figure))
    assert list(weekday_table(levels)["even_share"]) == pytest.approx([12.2] * 5)
    assert "Mon needs the most, 18, where 61 a week spread evenly would give 12.2." in weekday_alt(levels)


def test_a_week_known_by_day_only_has_no_even_share() -> None:
    levels = DayLevels("Days", 0.8, days_of({"Mon": 10.0, "Tue": 8.0}))
    assert weekday_table(levels)["even_share"].isna().all()
    assert "spread evenly" not in words(weekday_figure(levels))


def test_a_sizing_by_day_is_taken_as_it_is(demand: Demand) -> None:
    by_day = days_of({"Mon": 10.0, "Tue": 8.0})
    assert day_levels(DaySizing("ed", "daily", 0.9, by_day, 17.0)).even_share == 8.5
    assert day_levels_of(demand, "two_week").by_day.empty
    json = {
        "ed": {"name": "ED", "sizing": {"centile": {"share": 0.9, "value": 17.0}, "by_day": by_day.to_dict("records")}}
    }
    found = day_levels_of(replace(demand, streams_json=json), "ed")
    assert (found.name, found.share, found.weekly_level, list(found.by_day["centile"])) == ("ED", 0.9, 17.0, [13, 10])
