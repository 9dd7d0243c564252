"""The team's timetable: codes, weeks, change marks, pages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from capacity.outcome import TeamPlan
from capacity.report.timetable import timetable_alt, timetable_figure, timetable_figures
from capacity.report.timetable_rows import Band, _length, changed_cells, columns, pages, timetable_rows, weeks_text
from capacity.service.model import JobPlanRow, Service

CROWD = ("lung_cancer", "general", "bronchoscopy", "spa", "flexible")


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def outlines(figure: Figure, solid: bool) -> int:
    """Outlined cells, without the one of the legend."""
    found = [
        patch
        for patch in figure.axes[0].patches
        if isinstance(patch, Rectangle) and not patch.get_fill() and (patch.get_linestyle() in ("-", "solid")) == solid
    ]
    return len(found) - 1


@pytest.mark.parametrize(
    ("weeks", "cycle", "text"),
    [((1, 2, 3, 4), 4, ""), ((1, 3), 4, "1;3"), ((1, 3, 5, 7, 9), 13, "5/13"), ((1,), 1, ""), ((2,), 52, "2")],
)
def test_weeks_are_written_short(weeks: tuple[int, ...], cycle: int, text: str) -> None:
    assert weeks_text(frozenset(weeks), cycle) == text


def test_cells_hold_codes_weeks_and_kinds(service: Service, plan: TeamPlan) -> None:
    rows = {row.person: row for row in timetable_rows(service, plan)}
    assert rows["c01"].cells["Tue AM"] == (Band("LUCA", "rapid"),)
    assert rows["c01"].cells["Wed AM"] == (Band("LUCA 2;4", "rapid"),)
    assert rows["c02"].cells["Thu PM"] == (Band("BRON 1;2", "routine"), Band("FLX 3;4", "time"))
    assert rows["c01"].placeless == (Band("SPA 2 h a week", "spa"), Band("ROL 1 h a week", "role"))
    assert rows["c02"].unavailable == {"Mon AM"}


def test_changes_of_sessions_and_of_weeks_are_told_apart(service: Service, plan: TeamPlan) -> None:
    changed, other_weeks = changed_cells(service, plan)
    assert changed == {("c01", "Tue AM"), ("c02", "Thu PM")}
    assert other_weeks == {("c01", "Wed AM")}


def test_moved_reserved_time_is_no_change(service: Service) -> None:
    rows = tuple(row for row in service.job_plans if row.activity != "spa")
    moved = TeamPlan((*rows, JobPlanRow(person="c01", activity="spa", slot="Thu PM")), {}, {})
    assert changed_cells(service, moved) == (set(), set())


def test_a_session_taken_away_marks_the_empty_cell(service: Service) -> None:
    kept = tuple(row for row in service.job_plans if (row.person, row.slot) != ("n01", "Mon PM"))
    figure = timetable_figure(service, TeamPlan(kept, {}, {}))
    assert outlines(figure, solid=True) == 1
    assert "–" in texts(figure)


def test_the_figure_shows_codes_marks_and_a_legend(service: Service, plan: TeamPlan) -> None:
    figure = timetable_figure(service, plan)
    assert {"c01", "c02", "n01", "LUCA 2;4", "BRON 1;3", "Mon AM", "Fri PM", "Lung cancer clinic (rapid)"} <= set(
        texts(figure)
    )
    assert outlines(figure, solid=True) == 2
    assert outlines(figure, solid=False) == 1
    assert "3 people, 4-week cycle" in texts(figure)


def test_ids_stand_for_people_never_names(service: Service, plan: TeamPlan) -> None:
    assert not any("Example" in text for text in texts(timetable_figure(service, plan)))


def test_every_text_lies_inside_the_figure(service: Service, plan: TeamPlan) -> None:
    figure = timetable_figure(service, plan)
    renderer = FigureCanvasAgg(figure).get_renderer()
    box = figure.bbox
    for text in figure.axes[0].texts:
        extent = text.get_window_extent(renderer)
        assert box.x0 <= extent.x0 and extent.x1 <= box.x1 and box.y0 <= extent.y0 and extent.y1 <= box.y1, (
            text.get_text()
        )


def test_a_crowded_cell_stays_legible_and_says_how_many_more(service: Service, plan: TeamPlan) -> None:
    crowded = tuple(JobPlanRow(person="c01", activity=activity, slot="Mon AM", weeks=(week,))
                    for week, activity in enumerate(CROWD, 1))  # fmt: skip
    figure = timetable_figure(service.model_copy(update={"cycle_weeks": 13}), TeamPlan(crowded, {}, {}))
    shown = [text for text in figure.axes[0].texts if text.get_text() in ("LUCA 1", "GENE 2", "BRON 3", "+2 more")]
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = sorted((text.get_window_extent(renderer) for text in shown), key=lambda box: box.y0)
    assert len(boxes) == 4
    assert all(below.y1 <= above.y0 + 0.5 for below, above in pairwise(boxes))


def test_weekends_show_only_where_used(service: Service, plan: TeamPlan) -> None:
    with_saturday = service.model_copy(
        update={"slots": service.slots.model_copy(update={"premium": ("Sat AM", "Wed EVE")})}
    )
    assert len(columns(with_saturday, plan)) == 10
    worked = TeamPlan((*plan.rows, JobPlanRow(person="c02", activity="general", slot="Sat AM")), {}, {})
    assert columns(with_saturday, worked)[-1] == "Sat AM"


def test_large_teams_go_over_pages_of_much_the_same_length(service: Service) -> None:
    people = tuple(service.people[0].model_copy(update={"person": f"p{n:02}"}) for n in range(62))
    rows = tuple(JobPlanRow(person=person.person, activity="general", slot="Mon AM") for person in people)
    large = service.model_copy(update={"people": people, "job_plans": rows})
    assert [len(page) for page in pages(large)] == [21, 21, 20]
    figures = timetable_figures(large, TeamPlan(rows, {}, {}))
    assert len(figures) == 3
    assert "p21 to p41 of 62 people, 4-week cycle" in texts(figures[1])
    assert {"p21", "p41"} <= set(texts(figures[1]))
    assert "p42" not in texts(figures[1])


def test_rows_are_as_high_as_they_need_and_no_higher(service: Service, plan: TeamPlan) -> None:
    one = timetable_figure(service, plan, ("n01",)).get_size_inches()[1]
    three = timetable_figure(service, plan).get_size_inches()[1]
    assert 2 * 0.35 < three - one < 2 * 0.6


def test_alt_text_names_the_cells_that_change(service: Service, plan: TeamPlan) -> None:
    assert timetable_alt(service, plan) == (
        "Timetable of 3 people over 10 half-days of a 4-week cycle. 2 cells change: c01 Tue AM and c02 Thu PM."
    )
    same = TeamPlan(service.job_plans, {}, {})
    assert timetable_alt(service, same).endswith("No cell changes.")


def test_half_a_minute_is_not_shown_as_none() -> None:
    """It said "SPA 0 min a week"."""
    assert [_length(minutes) for minutes in (0.5, 1.0, 59.0, 90.0)] == ["under 1 min", "1 min", "59 min", "1.5 h"]
