"""Gap, sensitivity, the year and coverage: the bars and marks are the figures of their tables."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from capacity.demand.backtest import back_test
from capacity.report.figures_coverage import coverage_alt, coverage_figure, coverage_rows
from capacity.report.figures_gap import gap_alt, gap_figure, gap_rows, gap_table
from capacity.report.figures_sensitivity import (
    Swing,
    Tornado,
    tornado_alt,
    tornado_figure,
    tornado_of,
    tornado_table,
)
from capacity.report.figures_year import (
    calendar_alt,
    calendar_figure,
    calendar_table,
    strip_figure,
    strip_rows,
    strip_table,
    year_weeks,
)
from capacity.report.sheet import PHONE
from capacity.report.words import number
from capacity.supply.calendar import TOTAL
from tests.report.figure_checks import texts, words
from tests.report.figure_examples import gap_examples, gap_frame, shipped, strip_examples, tornado_examples

# ---- gap


def test_levels_stand_against_supply_with_their_intervals() -> None:
    rows = gap_frame(2)
    ax = gap_figure(rows).axes[0]
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() != "None"]
    assert marks == list(rows["required"])
    whiskers = [tuple(line.get_xdata()) for line in ax.lines if line.get_marker() == "None"]
    assert whiskers == list(zip(rows["lower"], rows["upper"], strict=True))
    assert [bar.get_width() for bar in ax.patches[::2]] == [5.0, 5.0]


def test_the_level_that_is_used_is_filled_and_its_gap_written() -> None:
    figure = gap_figure(gap_frame(9))
    filled = [line for line in figure.axes[0].lines if line.get_color() != "#FFFFFF" and line.get_marker() == "s"]
    assert len(filled) == 9
    assert "short 0.8\n(spare 0.5 to\nshort 1.7)" not in texts(figure)
    assert {"meets it\n(spare 0.7 to\nshort 0.9)", "short 0.8\n(0.1 to 1.7)"} <= set(texts(figure))
    assert "short 0.8" in texts(gap_figure(gap_frame(9), width=PHONE))
    assert "8 of 9 activities are short" in words(figure)


def test_an_interval_that_is_not_known_is_neither_drawn_nor_written() -> None:
    rows = gap_frame(1).assign(lower=np.nan, upper=np.nan, gap_lower=np.nan, gap_upper=np.nan)
    rows["gap"] = 0.8
    figure = gap_figure(rows)
    assert "short 0.8" in texts(figure)
    assert "90% interval" not in texts(figure)
    assert all(line.get_marker() != "None" for line in figure.axes[0].lines)


def test_rows_of_a_gap_are_those_of_its_levels_rapid_first() -> None:
    service, _, found = shipped()
    rows = gap_examples()["respiratory"]
    assert list(dict.fromkeys(rows["tier"])) == ["rapid", "routine"]
    used = rows[rows["used"]].set_index("activity")
    assert set(used.index) == {row.activity for row in service.activities}
    assert dict(used["required"]) == pytest.approx(dict(found.activities["required"]))
    assert dict(used["gap"]) == pytest.approx(dict(found.activities["gap"]))
    assert list(gap_table(rows).columns) == list(rows.columns)


def test_a_fixed_number_of_sessions_has_one_mark_and_no_interval() -> None:
    rows = gap_examples()["respiratory"]
    fixed = rows[rows["activity"] == "ward_round"]
    assert len(fixed) == 1
    assert fixed[["lower", "upper"]].isna().all(axis=None)
    assert len(rows[rows["activity"] == "rapid"]) == 3


def test_activities_without_requirement_and_supply_are_left_out() -> None:
    _, _, found = shipped()
    empty = found.by_level.assign(required=0.0, supplied=0.0)
    assert gap_rows(empty, found.activities).empty
    some = found.by_level.assign(required=found.by_level["required"].where(found.by_level["activity"] == "ild", 0.0))
    kept = gap_rows(some.assign(supplied=0.0), found.activities)
    assert set(kept["activity"]) == {"ild"}


def test_how_many_activities_are_short_and_which_most_is_said() -> None:
    _, _, found = shipped()
    short = found.activities.loc[found.activities["gap"] > 0.05]
    worst = short.loc[short["gap"].idxmax()]
    alt = gap_alt(gap_examples()["respiratory"])
    assert f"{len(short)} of 13 activities are short" in alt
    assert f"most: {worst['name']}, by {number(worst['gap'])} sessions a week." in alt


# ---- sensitivity


def test_the_largest_effect_is_on_top_and_bars_start_at_the_gap() -> None:
    tornado = tornado_examples()["usual"]
    table = tornado_table(tornado)
    assert list(table["factor"]) == ["Minutes of a contact", "Weeks present a year", "DNA rate", "Removals"]
    bars = tornado_figure(tornado).axes[0].patches
    ends = [round(bar.get_x() + (bar.get_width() if bar.get_x() == 4.2 else 0.0), 6) for bar in bars[:2]]
    assert sorted(ends) == [1.1, 7.3]
    assert {"-10 %: -3.1", "+10 %: +3.1", "-2 points: -0.30"} <= set(texts(tornado_figure(tornado)))
    assert "Minutes of a contact: the largest effect, from short 1.1 to short 7.3." in tornado_alt(tornado)


def test_on_a_telephone_the_step_stands_with_the_name() -> None:
    drawn = texts(tornado_figure(tornado_examples()["usual"], width=PHONE))
    assert "Minutes of a\ncontact\n± 10 %" in drawn or "Minutes of a contact\n± 10 %" in drawn
    assert "+3.1" in drawn


def test_nothing_moves_a_gap_that_nothing_moves() -> None:
    assert "none of these moves it" in tornado_alt(tornado_examples()["no effect"])
    assert "Effects" in tornado_alt(Tornado(1.0, (Swing("DNA", "-1", 1.0, "+1", 2.0),)))


def test_only_so_many_assumptions_are_drawn_and_all_are_in_the_table() -> None:
    many = tornado_examples()["many"]
    assert len(tornado_figure(many, most=10).axes[0].get_yticklabels()) == 10
    assert len(tornado_table(many)) == 25


def test_a_sensitivity_is_drawn_from_the_total_gap() -> None:
    _, _, found = shipped()
    tornado = tornado_of(found.sensitivity)
    ranked = found.sensitivity.ranked
    assert [swing.factor for swing in tornado.ranked] == list(ranked["label"])
    first = tornado.ranked[0]
    assert first.low - tornado.base == pytest.approx(ranked["down"].iloc[0])
    assert tornado.base == pytest.approx(found.activities.loc[found.activities["required"] > 0, "gap"].sum())


# ---- the year


def test_a_surplus_of_one_activity_does_not_fill_the_gap_of_another() -> None:
    weeks = pd.date_range("2027-04-05", periods=2, freq="7D")
    rows = [
        (week, activity, available, 4.0, holiday)
        for week, holiday in zip(weeks, ("", "Mon"), strict=True)
        for activity, available in (("a", 9.0), ("b", 3.0 if holiday else 4.0), (TOTAL, 12.0))
    ]
    calendar = pd.DataFrame(rows, columns=["week_starting", "activity", "available", "required", "bank_holidays"])
    year = year_weeks(calendar)
    assert list(year.weeks["short"]) == [0.0, 1.0]
    assert list(year.weeks["available"]) == [8.0, 7.0]
    assert list(calendar_table(year)["fails"]) == [False, True]
    assert "1 of 2 weeks is short; the worst begins on 12 Apr, short of 1 of 8 sessions." in calendar_alt(year)


def test_what_a_week_is_short_of_stands_on_top_up_to_the_requirement() -> None:
    _, _, found = shipped()
    year = year_weeks(found.calendar, "general", {"general": "General clinic"})
    figure = calendar_figure(year)
    bars = figure.axes[0].patches
    missing = [bar for bar in bars if bar.get_hatch()]
    assert len(missing) == int(year.fails.sum()) > 0
    required = year.weeks.loc[year.fails, "required"]
    assert [bar.get_y() + bar.get_height() for bar in missing] == pytest.approx(list(required))
    assert {"required", "available", "short", "week with a bank holiday"} <= set(texts(figure))


def test_the_year_of_an_activity_is_its_calendar() -> None:
    _, _, found = shipped()
    rows = found.calendar[found.calendar["activity"] == "rapid"]
    table = calendar_table(year_weeks(found.calendar, "rapid"))
    assert list(table["available"]) == list(rows["available"])
    assert list(table["fails"]) == list(rows["fails"])


def test_the_strip_has_a_cell_a_week_darker_and_marked_where_it_fails() -> None:
    rows = strip_examples()["respiratory"]
    figure, table = strip_figure(rows), strip_table(rows)
    cells = figure.axes[0].collections[0].get_array()
    assert cells.shape == (len(rows), 52)
    bands = ["enough", "short by up to a tenth", "by up to a quarter", "by more"]
    assert [bands[int(cell)] for cell in np.asarray(cells).ravel()] == list(table["band"])
    marked = sum(len(line.get_xdata()) for line in figure.axes[0].lines if line.get_marker() in ("_", "x", "X"))
    assert marked == int(table["fails"].sum())


def test_the_strip_puts_the_activity_short_of_most_first_and_counts_its_weeks() -> None:
    rows = strip_examples()["respiratory"]
    totals = [float(row.weeks["short"].sum()) for row in rows[1:]]
    assert totals == sorted(totals, reverse=True)
    written = Counter(text for text in texts(strip_figure(rows)) if text.isdigit())
    assert written == Counter(str(int(row.fails.sum())) for row in rows)
    assert strip_rows(rows[0].weeks.assign(activity=TOTAL, required=0.0)) == ()


# ---- coverage


def test_achieved_coverage_is_drawn_beside_the_nominal_one() -> None:
    test = back_test(np.random.default_rng(5).poisson(20, 156))
    rows = coverage_rows({"Lung": test})
    assert len(rows) == 12
    row = test.row("excel", 0.8, 26)
    assert row is not None
    found = rows[(rows["estimator"] == "excel") & (rows["share"] == 0.8) & (rows["history"] == 26)].iloc[0]
    assert found["achieved"] == row.achieved
    figure = coverage_figure(rows)
    nominal = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_linewidth() == 1.6
               and line.get_color() == "#212B32"]  # fmt: skip
    assert nominal == [80.0, 80.0, 90.0, 90.0]
    marks = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() in ("o", "s", "D")]
    assert sorted(marks) == pytest.approx(sorted(rows["achieved"] * 100))
    assert f"held {row.achieved:.0%} from 26 weeks" in coverage_alt(rows)


def test_several_series_are_a_mark_each_and_one_at_their_mean() -> None:
    rng = np.random.default_rng(5)
    rows = coverage_rows({f"Board {number}": back_test(rng.poisson(20, 156)) for number in range(14)})
    figure = coverage_figure(rows)
    small = [line for line in figure.axes[0].lines if line.get_marker() == "|"]
    assert [len(line.get_xdata()) for line in small] == [14] * 12
    assert "mean of 14 series" in coverage_alt(rows)
    assert "one series" in texts(figure)


def test_a_series_too_short_for_a_back_test_says_why() -> None:
    test = back_test([3.0] * 20)
    figure = coverage_figure(coverage_rows({"Short": test}), reason=test.reason)
    assert "20 weeks are too few for a back-test" in words(figure)
