"""What ``capacity establish`` prints and writes: valid JSON, a team that reads as a model and covers, clear ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from typer.testing import CliRunner

import capacity
from capacity.cli import app
from capacity.errors import OutputError
from capacity.report.establishment import Establishment
from capacity.report.establishment_files import establishment_files, establishment_names
from capacity.report.establishment_json import establishment_schema
from capacity.report.figures_establishment import establishment_alt, group_rows

MODELS = Path(__file__).parents[2] / "models"
POSTS = """post,name,staff_group,contract_pa,contract_hours,skills,cost,premium_consent
doctor,Clinic doctor,consultant,5,,clinic;ward;list,150000,yes
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden service with one type of post, and a second clinic room: in one, no team covers the rapid clinic."""
    folder = Path(shutil.copytree(MODELS / "golden", tmp_path_factory.mktemp("models") / "golden"))
    activities = [row.activity for row in capacity.read(folder).activities]
    rooms = folder / "rooms.csv"
    rooms.write_text(rooms.read_text().replace("clinic,Clinic room,1", "clinic,Clinic room,2"))
    (folder / "posts.csv").write_text(POSTS.replace("clinic;ward;list", ";".join(activities)))
    return folder


@pytest.fixture(scope="module")
def found(model: Path) -> Establishment:
    return capacity.establish(capacity.read(model), time_limit=600)


def test_the_json_keeps_its_schema(found: Establishment) -> None:
    value = found.to_json()
    jsonschema.validate(value, establishment_schema(), cls=jsonschema.Draft202012Validator)
    assert value["posts"][0]["post"] == "doctor"
    assert value["new"]["people"] == sum(line.count for line in found.posts) > 0


def test_the_files_are_those_announced(found: Establishment) -> None:
    assert set(establishment_files(found)) <= set(establishment_names(found.service))


def test_the_team_reads_as_a_model_that_plan_covers_with(found: Establishment, tmp_path: Path) -> None:
    found.write(tmp_path / "out")
    again = capacity.read(tmp_path / "out" / "service")
    assert {line for post in found.posts for line in post.people} <= {person.person for person in again.people}
    gap = capacity.gap(again).activities
    assert (gap["gap"] < 0.02).all()
    outcome = capacity.plan(again, time_limit=600)
    assert outcome.plan is not None
    assert max(outcome.shortfall.values()) < 0.02


def test_the_team_is_a_table_of_people(found: Establishment, tmp_path: Path) -> None:
    found.write(tmp_path / "out")
    team = pd.read_csv(tmp_path / "out" / "team.csv")
    new = team[team["new"] == "yes"]
    assert len(new) == found.new.people
    assert new["pounds"].sum() == pytest.approx(found.new.pounds)
    assert new["wte"].sum() == pytest.approx(found.new.wte)


def test_another_folder_is_refused_before_anything_is_written(found: Establishment, tmp_path: Path) -> None:
    (tmp_path / "team.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"team\.csv"):
        found.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["team.csv"]


def test_the_figure_says_posts_and_pas_of_each_group(found: Establishment) -> None:
    rows = {row.group: row for row in group_rows(found)}
    doctors = sum(row.new_pa for row in rows.values())
    assert doctors == pytest.approx(5 * found.new.people)
    assert "new, of which sessions and duty take" in establishment_alt(found)


def test_the_command_prints_the_answer_and_json(model: Path) -> None:
    done = CliRunner().invoke(app, ["establish", str(model), "--json", "--time-limit", "600"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["status"] in ("optimal", "feasible")


def test_the_command_reads_other_posts_and_says_why_none_is_enough(model: Path, tmp_path: Path) -> None:
    """One post of one PA that can do the rapid clinic only: the rest stays short."""
    other = tmp_path / "other.csv"
    other.write_text("post,name,staff_group,contract_pa,skills,most\nsmall,Small,consultant,1,rapid,1\n")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["establish", str(model), "--posts", str(other), "--out", str(out)])
    assert done.exit_code == 1
    assert "no team of the posts that may be created is enough" in done.output.replace("\n", " ")
    assert "small may have no more posts" in done.output
    assert sorted(path.name for path in out.iterdir()) == [".capacity.json", "establishment.json", "summary.txt"]


def test_the_command_refuses_a_level_that_is_none(model: Path) -> None:
    done = CliRunner().invoke(app, ["establish", str(model), "--cover", "most"])
    assert done.exit_code == 2
    assert "centile, mean or a share" in done.output


def test_the_command_refuses_pounds_without_a_price(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    first = capacity.read(model).activities[0].activity
    other.write_text(f"post,name,staff_group,contract_pa,skills\nfree,Free,pharmacist,10,{first}\n")
    done = CliRunner().invoke(app, ["establish", str(model), "--posts", str(other), "--minimise", "cost"])
    assert done.exit_code == 2
    assert "no price for pharmacist" in done.output
