"""The capacity paper: its figures are those of the objects, whatever parts there are, and it can be made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import capacity
from capacity.cli import app
from capacity.report.comparison import Comparison
from capacity.report.document import Heading, Picture
from capacity.report.stress import Stress
from capacity.report.team_outcome import TeamOutcome

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "models" / "golden"


@pytest.fixture(scope="module")
def made() -> TeamOutcome:
    return capacity.plan(capacity.read(GOLDEN), time_limit=10)


@pytest.fixture(scope="module")
def options(made: TeamOutcome) -> Comparison:
    return capacity.compare(made.service, ["demand_up_10"], time_limit=10, workers=1)


@pytest.fixture(scope="module")
def tested(made: TeamOutcome) -> Stress:
    return capacity.stress(made.service, made, years=20)


def headings(paper: object) -> list[str]:
    return [block.text for block in paper.blocks if isinstance(block, Heading) and block.level == 1]  # type: ignore[attr-defined]


def test_every_part_stands_in_its_order(made: TeamOutcome, options: Comparison, tested: Stress) -> None:
    assert headings(capacity.capacity_paper(made, options, tested)) == [
        "Summary", "Purpose", "Method in plain words", "Demand", "Capacity", "The gap", "Options",
        "The recommended plan", "Risks: the plan under a stress test", "Sensitivity", "Assumptions", "Data quality",
        "Annex A: formulas", "Annex B: doing it again",
    ]  # fmt: skip


def test_without_options_and_a_stress_test_their_parts_are_left_out(made: TeamOutcome) -> None:
    found = headings(capacity.capacity_paper(made))
    assert "Options" not in found
    assert not any(name.startswith("Risks") for name in found)


def test_figures_are_those_of_the_objects(made: TeamOutcome, options: Comparison, tested: Stress) -> None:
    text = capacity.capacity_paper(made, options, tested).text()
    assert options.sentence() in text
    assert "Rapid-access clinic | 2.2 |" in text
    assert "Do nothing | 6.5 | 1.0 |" in text
    assert "change | 4 | 4 | 4 | yes" in text
    assert made.run["input_hash"][:16] in text
    assert all(sentence in text for sentence in tested.sentences)
    assert "england-consultant-2003 | working weeks | 42 | yes" in text


def test_every_figure_has_a_caption_and_words(made: TeamOutcome, options: Comparison, tested: Stress) -> None:
    paper = capacity.capacity_paper(made, options, tested)
    pictures = [block for block in paper.blocks if isinstance(block, Picture)]
    assert len(pictures) >= 8
    assert all(len(block.alt) > 20 and len(block.caption) > 10 for block in pictures)


def test_causes_and_the_cheapest_remedy_stand_beside_the_plan(made: TeamOutcome) -> None:
    told = capacity.explain(made.service, time_limit=20)
    paper = capacity.capacity_paper(made, reasons=told)
    assert "Why it stays short, and what would help" in headings(paper)
    assert "General clinic (general, routine): 0.3 a week short." in paper.text()
    assert "What one more of each would buy, the largest first" in paper.text()
    assert "Why it stays short" in capacity.meeting_pack(made, reasons=told).text()


def test_the_effect_on_waits_is_that_of_the_lists(made: TeamOutcome) -> None:
    """A list of 100 to which 12 a week come: it falls where more are seen than join."""
    streams = tuple(
        s.model_copy(update={"waiting_now": 100.0, "target_weeks": 18.0}) if s.stream == "new" else s
        for s in made.service.streams
    )
    outcome = capacity.plan(made.service.model_copy(update={"streams": streams}), time_limit=10)
    text = capacity.capacity_paper(outcome).text()
    assert "Effect on waits: patients on each list" in text
    row = next(line for line in text.splitlines() if line.startswith("New referrals") or "| 100 | 12.0 |" in line)
    assert "| 100 | 12.0 |" in row
    assert "Effect on waits" not in capacity.capacity_paper(made).text()


def test_nobody_is_named(made: TeamOutcome, options: Comparison, tested: Stress) -> None:
    text = capacity.capacity_paper(made, options, tested).text()
    assert not any(person.name in text for person in made.service.people)


def test_an_impossible_plan_says_why_and_the_rest_is_there(made: TeamOutcome) -> None:
    gone = {"plan": None, "reason": "No plan exists: too little time.", "with_extra": None, "changes": ()}
    paper = capacity.capacity_paper(TeamOutcome(**{**made.__dict__, **gone}))
    assert "There is no plan to recommend. No plan exists: too little time." in paper.text()
    assert "The gap" in headings(paper)


def test_a_service_without_demand_says_so(made: TeamOutcome) -> None:
    activities = tuple(a.model_copy(update={"sessions_per_week": 1.0}) for a in made.service.activities)
    service = made.service.model_copy(update={"streams": (), "demand": (), "activities": activities})
    paper = capacity.capacity_paper(capacity.plan(service, time_limit=10))
    assert "its work is asked for as fixed sessions" in paper.text()


@pytest.mark.parametrize("ending", [".docx", ".pdf", ".html"])
def test_the_same_paper_gives_the_same_bytes(ending: str, made: TeamOutcome) -> None:
    first, second = capacity.capacity_paper(made), capacity.capacity_paper(made)
    assert first.as_bytes(ending) == second.as_bytes(ending)


def test_the_command_writes_the_paper(tmp_path: Path) -> None:
    out = tmp_path / "paper.html"
    done = CliRunner().invoke(
        app, ["paper", str(GOLDEN), "--out", str(out), "--years", "5", "--time-limit", "10", "--explain", "0"]
    )
    assert done.exit_code == 0, done.output
    assert "Capacity and demand: Golden" in out.read_text(encoding="utf-8")
