"""Output folders: whole or not at all, ours replaced, others' left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from capacity.errors import OutputError
from capacity.report.files import RECORD, check_output_folder, write_outputs

FIRST = {"plan.json": b"{}", "with_extra/gap.csv": b"a\n"}


def listing(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the record, with its content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != RECORD
    }


def test_files_and_folders_are_made(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    written = write_outputs(out, FIRST)
    assert written == (out / "plan.json", out / "with_extra" / "gap.csv")
    assert listing(out) == FIRST


def test_nothing_but_the_output_is_left(tmp_path: Path) -> None:
    write_outputs(tmp_path / "out", FIRST)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [RECORD, "plan.json", "with_extra"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_later_run_replaces_its_files_and_takes_away_stale_ones(tmp_path: Path) -> None:
    """An earlier with_extra/ beside a new plan would be read as the new plan's second answer."""
    write_outputs(tmp_path, FIRST)
    write_outputs(tmp_path, {"plan.json": b"[1]", "gap.csv": b"b\n"})
    assert listing(tmp_path) == {"plan.json": b"[1]", "gap.csv": b"b\n"}
    assert not (tmp_path / "with_extra").exists()


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_bytes(b"mine")
    write_outputs(tmp_path, FIRST)
    (tmp_path / "with_extra" / "mine.txt").write_bytes(b"mine too")
    write_outputs(tmp_path, {"plan.json": b"[2]"})
    assert listing(tmp_path) == {"notes.docx": b"mine", "plan.json": b"[2]", "with_extra/mine.txt": b"mine too"}


def test_a_stale_file_that_was_edited_is_kept(tmp_path: Path) -> None:
    write_outputs(tmp_path, FIRST)
    (tmp_path / "with_extra" / "gap.csv").write_bytes(b"edited\n")
    write_outputs(tmp_path, {"plan.json": b"[2]"})
    assert (tmp_path / "with_extra" / "gap.csv").read_bytes() == b"edited\n"


@pytest.mark.parametrize("edited", [False, True])
def test_a_file_that_is_not_ours_is_replaced_only_when_asked(tmp_path: Path, edited: bool) -> None:
    if edited:
        write_outputs(tmp_path, FIRST)
    (tmp_path / "plan.json").write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"plan\.json in .* was not written by an earlier run, or changed since"):
        write_outputs(tmp_path, {"plan.json": b"new"})
    assert (tmp_path / "plan.json").read_bytes() == b"precious"
    write_outputs(tmp_path, {"plan.json": b"new"}, force=True)
    assert (tmp_path / "plan.json").read_bytes() == b"new"


def test_a_service_model_is_never_written_over(tmp_path: Path) -> None:
    """job_plans.csv is both an input and an output: writing into the model would lose the plans in force."""
    (tmp_path / "service.toml").write_text("schema = 1")
    (tmp_path / "job_plans.csv").write_bytes(b"in force")
    with pytest.raises(OutputError, match="is a service model"):
        write_outputs(tmp_path, {"job_plans.csv": b"proposed"}, force=True)
    assert (tmp_path / "job_plans.csv").read_bytes() == b"in force"


def test_failure_half_way_leaves_the_old_content(tmp_path: Path) -> None:
    """The second file cannot be put in place: the first, already there, goes back to what it was."""
    write_outputs(tmp_path, {"a.csv": b"old a", "stale.csv": b"old stale"})
    (tmp_path / "b.csv").mkdir()
    (tmp_path / "b.csv" / "kept.txt").write_bytes(b"kept")
    with pytest.raises(OutputError, match=r"was left as it was, because b\.csv cannot be written"):
        write_outputs(tmp_path, {"a.csv": b"new a", "new/c.csv": b"new c", "b.csv": b"new b"}, force=True)
    assert listing(tmp_path) == {"a.csv": b"old a", "stale.csv": b"old stale", "b.csv/kept.txt": b"kept"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [RECORD, "a.csv", "b.csv", "stale.csv"]
    write_outputs(tmp_path, {"a.csv": b"third a"})
    assert (tmp_path / "a.csv").read_bytes() == b"third a"


def test_failure_in_a_new_folder_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="was left as it was"):
        write_outputs(tmp_path / "deep" / "out", {"a.csv": b"a", "x" * 300: b"too long a name"})
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(OutputError, match=r"cannot be the output folder: .*out is a file"):
            write_outputs(folder, FIRST)
        with pytest.raises(OutputError, match="is a file"):
            check_output_folder(folder)
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission denied"):
            write_outputs(tmp_path, FIRST)
        with pytest.raises(OutputError, match="permission denied"):
            check_output_folder(tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be made: file name too long"):
        write_outputs(tmp_path / ("x" * 300), FIRST)
    assert list(tmp_path.iterdir()) == []


def test_checking_a_folder_leaves_no_trace(tmp_path: Path) -> None:
    check_output_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../plan.json", "/plan.json", "a\\b.csv", "c:plan.json", "", RECORD])
def test_names_stay_inside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a file inside"):
        write_outputs(tmp_path / "out", {name: b""})
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_record_trusts_nothing(tmp_path: Path) -> None:
    write_outputs(tmp_path, FIRST)
    (tmp_path / RECORD).write_text('{"files": ["../x"]}')
    with pytest.raises(OutputError, match="was not written by an earlier run"):
        write_outputs(tmp_path, {"plan.json": b"new"})
    assert listing(tmp_path) == FIRST
