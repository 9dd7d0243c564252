"""What must hold of every figure of demand and gap, on data of every kind."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from capacity.report import style
from capacity.report.sheet import PAPER, PHONE
from tests.report.figure_checks import problems, texts
from tests.report.figure_examples import Example, examples

EXAMPLES = examples()
each = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
ordinary = pytest.mark.parametrize(
    "name",
    [
        "xmr: rebased", "xmr: proposed", "histogram: reference", "weekday: week", "trajectory: clears", "on time: lung",
        "coverage: one", "tornado: usual", "remedies: usual", "gap: respiratory", "calendar: all", "strip: respiratory",
        "waterfall: stream", "ladder: wte", "frontier: usual",
        "sweep: usual", "heat map: usual", "pareto: usual", "robust: usual",
        "weeks met: usual",
        "chance of weeks: usual", "list fans: usual", "absences: usual",
    ],
)  # fmt: skip


@each
@pytest.mark.parametrize("width", [PAPER, PHONE], ids=["paper", "phone"])
def test_text_is_inside_the_figure_apart_and_large_enough(example: Example, width: float) -> None:
    figure = example.draw(width=width)
    assert problems(figure) == []
    assert figure.get_size_inches()[0] == pytest.approx(width)


@each
def test_alt_text_is_whole_sentences_without_missing_figures(example: Example) -> None:
    assert example.alt.endswith(".")
    assert not {"nan", "nan%", "inf", "NaT"} & set(example.alt.replace(",", " ").replace(".", " ").split())


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.endswith(": none")])
def test_nothing_to_draw_is_a_sentence_and_an_empty_table(name: str) -> None:
    figure = EXAMPLES[name].draw()
    drawn = texts(figure)
    assert len(drawn) == 2
    assert " ".join(drawn[1].split()) == EXAMPLES[name].alt or name.startswith("coverage")
    assert EXAMPLES[name].table.empty


@ordinary
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    draw = EXAMPLES[name].draw
    assert style.svg_bytes(draw(), "alt") == style.svg_bytes(draw(), "alt")
    assert style.png_bytes(draw(), "alt") == style.png_bytes(draw(), "alt")


@ordinary
def test_figures_draw_on_axes_they_are_given(name: str) -> None:
    with style.styled():
        figure = Figure(figsize=(14, 6), layout="constrained")
        first, second = figure.subplots(1, 2)
    assert EXAMPLES[name].draw(ax=first) is figure
    assert first.has_data()
    assert not second.has_data()
    assert problems(figure) == []
    assert len(figure.texts) == 0  # the heading belongs to the axes, not to the figure of the caller


@ordinary
def test_a_title_of_ones_own_is_shown(name: str) -> None:
    assert "Board paper 7" in texts(EXAMPLES[name].draw(title="Board paper 7"))


def test_another_process_draws_the_same_and_never_imports_pyplot() -> None:
    """An order of a set once differed from process to process."""
    code = (
        "import hashlib, sys; from capacity.report import style; from tests.report.figure_examples import examples\n"
        "for name, example in examples().items():\n"
        "    if name.endswith(': one'): print(name, hashlib.sha256(style.svg_bytes(example.draw(), 'a')).hexdigest())\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    found = [
        f"{name} {hashlib.sha256(style.svg_bytes(example.draw(), 'a')).hexdigest()}"
        for name, example in EXAMPLES.items()
        if name.endswith(": one")
    ]
    assert ran.stdout.splitlines() == found
    assert len(found) >= 5
