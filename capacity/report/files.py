"""Writing an output folder: every file whole, and all of them or none.

The new files are first written to a hidden folder inside the output folder, so that moving each into place is one
step on the same disk (on Windows too); the old ones are kept there until the last is in place and put back if
anything fails. ``.capacity.json`` remembers what was written, so that a later run replaces its own files, takes away
those it no longer writes, and leaves every other file alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from capacity.errors import OutputError

RECORD = ".capacity.json"
MODEL_MARK = "service.toml"


def write_outputs(folder: Path | str, files: Mapping[str, bytes], force: bool = False) -> tuple[Path, ...]:
    """Write files into a folder, all of them or none.

    Parameters
    ----------
    folder
        Output folder; made where there is none.
    files
        Name (with ``/`` for a subfolder, such as ``with_extra/gap.csv``) -> content.
    force
        Also replace files of these names that an earlier run did not write, or that were changed since.

    Returns
    -------
    tuple of Path
        The files written, in the order given.

    Raises
    ------
    OutputError
        The folder is a service model, cannot be made or written, or holds a file of the same name that is not ours.
        Nothing has changed then.
    """
    folder = Path(folder)
    names = [_checked(name) for name in files]
    made = _make(folder)
    try:
        earlier = _earlier(folder)
        if not force:
            _refuse_others(folder, names, earlier)
        _replace(folder, dict(zip(names, files.values(), strict=True)), earlier)
    except BaseException:
        _unmake(made)
        raise
    return tuple(folder / name for name in names)


def check_output_folder(folder: Path | str, names: Iterable[str] = (), force: bool = False) -> None:
    """Refuse, before any long work, a folder that cannot be written or cannot take these names; leaves no trace.

    Raises OutputError as :func:`write_outputs` would.
    """
    folder = Path(folder)
    made = _make(folder)
    try:
        if not force:
            _refuse_others(folder, [_checked(name) for name in names], _earlier(folder))
        stage = _stage(folder)
        stage.rmdir()
    finally:
        _unmake(made)


def _checked(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or ":" in name or ".." in parts or name == RECORD:
        raise ValueError(f"{name!r} is not the name of a file inside the output folder")
    return "/".join(parts)


def _make(folder: Path) -> list[Path]:
    """Make the folder and those above it; return the ones made, deepest first."""
    missing: list[Path] = []
    try:
        if (folder / MODEL_MARK).exists():
            raise OutputError(f"{folder} is a service model ({MODEL_MARK} stands in it): choose another output folder.")
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        in_way = next((path for path in (folder, *folder.parents) if path.exists()), folder)
        raise OutputError(f"{folder} cannot be the output folder: {in_way} is a file. Choose another folder.") from None
    except (OSError, ValueError) as error:
        _unmake(missing)
        raise OutputError(
            f"the output folder {folder} cannot be made: {_reason(error)}. Choose another folder."
        ) from None
    return missing


def _unmake(made: list[Path]) -> None:
    """Remove folders this run made, as long as they are empty."""
    for path in sorted(made, key=lambda path: -len(path.parts)):
        with contextlib.suppress(OSError):
            path.rmdir()


def _stage(folder: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=".capacity-", dir=folder))
    except OSError as error:
        raise OutputError(
            f"the output folder {folder} cannot be written: {_reason(error)}. Choose another folder."
        ) from None


def _earlier(folder: Path) -> dict[str, str]:
    """Name -> SHA-256 of the files an earlier run wrote."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {_checked(str(name)): str(digest) for name, digest in record["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long, say: writing it will tell
        return False


def _is_ours(path: Path, digest: str | None) -> bool:
    try:
        return digest is not None and hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _refuse_others(folder: Path, names: list[str], earlier: dict[str, str]) -> None:
    others = [name for name in names if _exists(folder / name) and not _is_ours(folder / name, earlier.get(name))]
    if others:
        which = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        were = "were" if len(others) > 1 else "was"
        raise OutputError(
            f"{which} in {folder} {were} not written by an earlier run, or changed since: choose another output folder,"
            " or ask for it to be replaced (--force)."
        )


def _replace(folder: Path, files: dict[str, bytes], earlier: dict[str, str]) -> None:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    record = json.dumps({"written_by": "capacity", "files": digests}, indent=1, sort_keys=True) + "\n"
    everything = {**files, RECORD: record.encode()}  # the record last: it vouches for the rest
    stale = [name for name in earlier if name not in files and _is_ours(folder / name, earlier[name])]
    stage = _stage(folder)
    try:
        _write_all(stage / "new", everything)
        _move_all(folder, stage, list(everything), stale)
    except OSError as error:
        where = Path(error.filename).name if isinstance(error.filename, str) else "a file"
        raise OutputError(
            f"{folder} was left as it was, because {where} cannot be written: {_reason(error)}."
            " Close it if another program has it open, or choose another output folder."
        ) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    _drop_empty_folders(folder, stale)


def _write_all(stage: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = stage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _move_all(folder: Path, stage: Path, names: list[str], stale: list[str]) -> None:
    """Move every new file into place and every stale one away; undo all of it if one step fails."""
    kept: dict[str, bool] = {}
    folders: list[Path] = []
    try:
        for name in names:
            folders += _make_parents(folder, name)
            kept[name] = _keep(folder / name, stage / "old" / name)
            os.replace(stage / "new" / name, folder / name)  # noqa: PTH105 - says that it replaces
        for name in stale:
            kept[name] = _keep(folder / name, stage / "old" / name)
            (folder / name).unlink()
    except BaseException:
        _undo(folder, stage, kept, folders)
        raise


def _make_parents(folder: Path, name: str) -> list[Path]:
    parent = (folder / name).parent
    missing = [path for path in (parent, *parent.parents) if not path.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    return missing


def _keep(path: Path, copy: Path) -> bool:
    """Copy the file there is, if there is one, so that it can be put back."""
    if not path.exists():
        return False
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, copy)
    return True


def _undo(folder: Path, stage: Path, kept: dict[str, bool], folders: list[Path]) -> None:
    for name, existed in kept.items():
        with contextlib.suppress(OSError):
            if existed:
                os.replace(stage / "old" / name, folder / name)  # noqa: PTH105
            else:
                (folder / name).unlink(missing_ok=True)
    _unmake(folders)


def _drop_empty_folders(folder: Path, names: list[str]) -> None:
    _unmake([folder / above for name in names for above in PurePosixPath(name).parents if above.name])


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
