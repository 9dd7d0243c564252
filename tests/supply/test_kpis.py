"""Key figures by professional group: who counts, what is active on a day, what is not shown."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from typer.testing import CliRunner

import capacity
from capacity.cli import app
from capacity.report.kpis import FILES
from capacity.service.model import Service
from capacity.supply.kpis import GroupKpis, hidden, kpis, last_active_day

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.date(2027, 2, 1)


@pytest.fixture(scope="module")
def chest() -> Service:
    return capacity.read(ROOT / "models" / "respiratory")


def groups(service: Service, on: dt.date = DAY) -> dict[str, GroupKpis]:
    return {one.group: one for one in kpis([(service, capacity.demand(service))], on)}


def test_a_plan_is_active_for_a_year_from_the_earlier_of_its_two_dates(chest: Service) -> None:
    """c01: reviewed 12 November 2026, approved 3 December: to 12 November 2027. c05 was never approved."""
    assert last_active_day(chest.person("c01")) == dt.date(2027, 11, 12)
    assert last_active_day(chest.person("c05")) is None
    leap = chest.person("c01").model_copy(update={"reviewed_on": dt.date(2024, 2, 29)})
    assert last_active_day(leap) == dt.date(2025, 2, 28)


def test_active_expiring_and_lapsed_by_the_day(chest: Service) -> None:
    """c07 was reviewed on 5 February 2026: active until 5 February 2027, within 30 days of the first, lapsed after."""
    before, after = groups(chest)["consultant"], groups(chest, dt.date(2027, 2, 6))["consultant"]
    assert (before.people, before.active, before.expiring[30]) == (7, 6, 1)
    assert (after.active, after.expiring[30]) == (5, 0)


def test_pay_and_planned_pas_over_12_and_open_ended(chest: Service) -> None:
    """c04 is paid 11 of 11; paid 12.5 for 11 with no end date it is open-ended, and planned above 12 it is counted."""
    assert groups(chest)["consultant"].paid_pa == pytest.approx(65)
    assert groups(chest)["consultant"].planned_pa == pytest.approx(65, abs=0.05)
    people = tuple(p.model_copy(update={"paid_pa": 12.5}) if p.person == "c04" else p for p in chest.people)
    more = groups(chest.model_copy(update={"people": people}))["consultant"]
    assert (more.open_ended, more.paid_pa) == (1, pytest.approx(66.5))


def test_doctors_in_training_and_ward_only_staff_are_left_out(chest: Service) -> None:
    people = tuple(p.model_copy(update={"planned": False}) if p.person == "c01" else p for p in chest.people)
    assert groups(chest.model_copy(update={"people": people}))["consultant"].people == 6


def test_direct_care_is_a_share_of_planned_time(chest: Service) -> None:
    found = groups(chest)["consultant"]
    assert found.dcc_share is not None
    assert 0.6 < found.dcc_share < 0.9
    assert found.variance is None, "there is no delivered.csv"


@pytest.mark.parametrize(
    ("sizes", "gone"),
    [
        ({"a": 7, "b": 3, "c": 9}, {"b", "a"}),  # b alone would follow from the total
        ({"a": 7, "b": 3, "c": 2}, {"b", "c"}),
        ({"a": 7, "b": 9}, set()),
        ({"a": 3}, {"a"}),
    ],
)
def test_small_groups_are_hidden_and_not_given_away_by_the_total(sizes: dict[str, int], gone: set[str]) -> None:
    found = [GroupKpis(name, people=people) for name, people in sizes.items()]
    assert hidden([*found, GroupKpis("all", people=sum(sizes.values()))]) == gone


def test_the_page_hides_small_groups_and_names_the_levels(chest: Service) -> None:
    found = capacity.kpis([chest], DAY)
    page = found.summary()
    assert "consultant" in page
    assert "nurse, sas and scientist." in " ".join(page.split())
    frame = found.frame.set_index("group")
    assert frame.loc["nurse"].isna().all()
    assert "it evidences no level" in page
    assert max(map(len, page.splitlines())) <= 100


def test_several_services_are_added_up(chest: Service) -> None:
    other = capacity.read(ROOT / "models" / "anaesthetics")
    both = {one.group: one for one in capacity.kpis([chest, other], DAY).groups}
    assert both["consultant"].people == 7 + 46
    assert both["all"].people == sum(one.people for name, one in both.items() if name != "all")


def test_the_command_writes_its_files_and_refuses_a_date_that_is_none(tmp_path: Path) -> None:
    model = str(ROOT / "models" / "respiratory")
    done = CliRunner().invoke(app, ["kpis", model, "--on", "2027-02-01", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "11 of 12 people have an active job plan" in done.stdout
    assert set(FILES) <= {path.name for path in (tmp_path / "out").iterdir()}
    assert CliRunner().invoke(app, ["kpis", model, "--on", "soon"]).exit_code == 2
