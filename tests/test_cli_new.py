"""capacity new, and workbooks on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from capacity.cli.program import app


def program(*words: object) -> tuple[int, str]:
    """Run a command in this process; exit code and everything it said."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_new_writes_a_workbook_that_check_takes(tmp_path: Path) -> None:
    code, said = program("new", tmp_path / "a.xlsx")
    assert code == 0 and f"Written to {tmp_path / 'a.xlsx'}" in said
    code, said = program("check", tmp_path / "a.xlsx")
    assert code == 0 and "The input is sound, and nothing looks odd." in said
    code, said = program("new", tmp_path / "a.xlsx")
    assert code == 2 and "--force" in said
    assert program("new", tmp_path / "a.xlsx", "--force")[0] == 0


def test_a_workbook_and_its_folder_give_the_same_gap(tmp_path: Path) -> None:
    program("new", tmp_path / "a.xlsx")
    program("new", tmp_path / "a")
    answers = [program("gap", tmp_path / name, "--json", "-s", "dna_halved") for name in ("a.xlsx", "a")]
    figures = [said[said.index('"activities"') : said.index('"findings"')] for code, said in answers]
    assert figures[0] == figures[1] and len(figures[0]) > 100


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_is_no_workbook_ends_with_2_and_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.xlsx").write_bytes(content)
    code, said = program("check", tmp_path / "x.xlsx")
    assert code == 2 and "1 fault in the input." in said
