"""The list from here and the share seen in time: what is drawn is what was worked out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from capacity.demand.counts import Referrals
from capacity.demand.lists import WaitingList
from capacity.demand.queue import periodic_queue
from capacity.report.figures_list import list_path, trajectory_alt, trajectory_figure, trajectory_table
from capacity.report.figures_queue import on_time, on_time_alt, on_time_figure, on_time_table
from tests.report.figure_checks import texts, words
from tests.report.figure_examples import TODAY, path_examples, path_of, queue_examples

PATHS = path_examples()


def test_the_table_holds_the_line_and_every_quantile_of_the_fan() -> None:
    path = PATHS["clears"]
    table = trajectory_table(path)
    assert list(table.columns) == ["week", "date", "line", "q10", "q25", "q50", "q75", "q90"]
    assert len(table) == 79
    assert table["date"].iloc[1] == np.datetime64(TODAY + dt.timedelta(weeks=1))
    assert list(table["line"]) == list(path.trajectory.line)
    fan = path.trajectory.fan
    assert list(table["q90"]) == list(fan.loc[fan["quantile"] == 0.9, "list_size"])
    assert trajectory_table(PATHS["no date"])["date"].isna().all()


def test_the_line_and_the_fan_are_drawn_as_in_the_table() -> None:
    figure, table = trajectory_figure(PATHS["clears"]), trajectory_table(PATHS["clears"])
    line = next(line for line in figure.axes[0].lines if line.get_label() == "at mean demand")
    assert list(line.get_ydata()) == list(table["line"])
    assert [band.get_label() for band in figure.axes[0].collections[:2]] == [
        "80 in 100 simulated lists", "50 in 100 simulated lists",
    ]  # fmt: skip


def test_the_date_the_size_is_reached_is_marked_and_said() -> None:
    """480 waiting, 5 more seen than join a week, 220.9 to reach: 52 weeks."""
    figure = trajectory_figure(PATHS["clears"])
    assert "The sustainable list of 221 is reached by 4 Oct 2027 (week 52)" in words(figure)
    mark = next(line for line in figure.axes[0].lines if line.get_label() == "reached at mean demand")
    assert mark.get_ydata()[0] == pytest.approx(220.93, abs=0.01)
    assert {"L* 221", "first come 558", "mean 90"} <= set(texts(figure))
    assert "is reached by week 52" in trajectory_alt(PATHS["no date"])


def test_a_size_not_reached_or_not_exceeded_is_said() -> None:
    assert "is not reached within these weeks at mean demand" in trajectory_alt(PATHS["never"])
    grows = trajectory_alt(PATHS["grows"])
    assert "is not exceeded now, but will be from 19 Jul 2027 (week 41)." in grows
    assert "reached at mean demand" not in words(trajectory_figure(PATHS["grows"]))
    assert "sustainable" not in trajectory_alt(PATHS["no size"])


def test_the_fan_has_a_median_and_bands_for_the_quantiles_there_are() -> None:
    path = path_of("Two quantiles", 480, 36, 26, None)
    fan = path.trajectory.fan
    two = replace(path, trajectory=replace(path.trajectory, fan=fan[fan["quantile"].isin([0.1, 0.9])]))
    drawn = words(trajectory_figure(two))
    assert "80 in 100" in drawn
    assert "median" not in drawn
    assert "50 in 100" not in drawn


def test_a_waiting_list_brings_its_date_and_its_sizes() -> None:
    waiting = WaitingList("general", 480, 31, 36, 2.0, 18, 0.92, 26, 0.05, TODAY)
    found = waiting.trajectory(weeks=78, paths=50)
    assert found is not None
    path = list_path("General clinic", waiting, found)
    assert (path.today, path.first_come) == (TODAY, 558)
    assert "reached by 4 Oct 2027" in trajectory_alt(path)


def test_the_curve_is_the_exact_queue() -> None:
    shown = queue_examples()["lung"]
    table = on_time_table(shown)
    assert len(table) == 40 + 3
    row = table[table["mark"] == "80th centile"].iloc[0]
    assert row["on_time"] == pytest.approx(periodic_queue(Referrals(24.9, 2.1), 31.5).on_time())
    some = table[table["mark"] == ""].iloc[20]
    assert some["on_time"] == pytest.approx(periodic_queue(Referrals(24.9, 2.1), some["capacity"]).on_time())
    line = on_time_figure(shown).axes[0].lines[0]
    settled = table[(table["mark"] == "") & table["on_time"].notna()]
    assert list(line.get_ydata()) == pytest.approx(list(settled["on_time"] * 100))


def test_mean_centile_and_service_level_are_marked_with_what_they_buy() -> None:
    """Published: at mean 10, φ 1 and 13 slots 5.264 % are late."""
    shown = on_time("Ten", Referrals(10, 1), {"mean": 10, "80th centile": 13}, 0.98)
    drawn = texts(on_time_figure(shown))
    assert "80th centile 13: 95%" in drawn
    assert "mean 10: the list grows" in drawn
    least = next(slots for slots in range(11, 30) if (periodic_queue(Referrals(10, 1), slots).on_time() or 0) >= 0.98)
    assert any(text.startswith(f"service level {least}: ") for text in drawn)
    assert "94.7% at the 80th centile (13)" in on_time_alt(shown)
    assert "At the mean (10) the list grows without end." in on_time_alt(shown)


def test_marks_differ_in_shape_as_well_as_colour() -> None:
    lines = on_time_figure(queue_examples()["later"]).axes[0].lines
    markers = [line.get_marker() for line in lines if line.get_marker() not in ("None", None)]
    assert len(markers) == 4
    assert len(set(markers)) == 4


def test_capacities_at_which_the_list_grows_are_shaded() -> None:
    figure = on_time_figure(queue_examples()["later"])
    shaded = figure.axes[0].patches[0]
    assert shaded.get_x() + shaded.get_width() == pytest.approx(131)
    assert "not above mean demand: the list grows" in texts(figure)
    assert "on_time" in queue_examples()["none"].curve
