"""Bytes of figures: the same for the same input, described, without a date."""

from __future__ import annotations

import subprocess
import sys

import matplotlib
import pandas as pd
import pytest

from capacity.demand.result import Demand
from capacity.outcome import Outcome, TeamPlan
from capacity.report import style
from capacity.report.figures import demand_figure, pa_split_figure, required_supplied_figure
from capacity.report.tables import supplied_by_plan
from capacity.report.timetable import timetable_figure
from capacity.service.model import Service
from capacity.supply.gap import Gap


@pytest.mark.parametrize("kind", ["demand", "gap", "timetable", "split"])
def test_the_same_input_gives_the_same_bytes(
    kind: str, service: Service, demand: Demand, gap: Gap, plan: TeamPlan, outcome: Outcome, split: pd.DataFrame
) -> None:
    draw = {
        "demand": lambda: demand_figure(demand, "two_week"),
        "gap": lambda: required_supplied_figure(gap.activities, supplied_by_plan(gap, outcome)),
        "timetable": lambda: timetable_figure(service, plan),
        "split": lambda: pa_split_figure(service, plan, split),
    }[kind]
    assert style.svg_bytes(draw(), "alt", "title") == style.svg_bytes(draw(), "alt", "title")
    assert style.png_bytes(draw(), "alt", "title") == style.png_bytes(draw(), "alt", "title")


def test_files_carry_the_alt_text_and_no_date(demand: Demand) -> None:
    svg = style.svg_bytes(demand_figure(demand, "two_week"), "Mean 23.7 & more", "Demand").decode()
    assert "Mean 23.7 &amp; more" in svg
    assert "<title>Demand</title>" in svg
    assert "<dc:date>" not in svg
    assert b"Mean 23.7" in style.png_bytes(demand_figure(demand, "two_week"), "Mean 23.7")


def test_settings_of_the_user_change_nothing_and_are_left_alone(demand: Demand) -> None:
    """A matplotlibrc with other fonts once changed the picture; and our style must not leak into the user's plots."""
    plain = style.svg_bytes(demand_figure(demand, "two_week"), "alt")
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.grid": True}):
        assert style.svg_bytes(demand_figure(demand, "two_week"), "alt") == plain
        assert matplotlib.rcParams["font.size"] == 20


def test_pyplot_is_never_imported() -> None:
    code = (
        "import sys; import capacity.report.figures, capacity.report.timetable, capacity.report.style as s;"
        "assert 'matplotlib' not in sys.modules, 'imported before anything is drawn';"
        "s.png_bytes(s.new_axes(2, 2)[0], 'alt'); assert 'matplotlib.pyplot' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
