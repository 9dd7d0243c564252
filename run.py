"""One file to run the planner from a clone, on Windows and Linux, with nothing but Python 3.11 or newer.

    python run.py              plan models/respiratory and write out/respiratory
    python run.py test         every check of the project (with more words: pytest alone, given those)
    python run.py gap DIR      anything else goes to the program: check, demand, gap, plan, schema, --help

The first run sets up ``.venv`` in the clone from ``requirements/`` (every package pinned, with its hash). Later runs
need no network. Only the standard library is used here.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "The planner needs Python 3.11 or newer; this is Python {}.{}. "
        "Install a newer Python and start run.py with that one.".format(*sys.version_info[:2])
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "capacity-setup.json"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
CAPACITY = SCRIPTS / ("capacity.exe" if os.name == "nt" else "capacity")
REQUIREMENTS = {"run": ROOT / "requirements" / "run.txt", "test": ROOT / "requirements" / "test.txt"}
MAIN_JOB = ("plan", "models/respiratory", "--out", "out/respiratory", "--force")
TESTS = ("-m", "pytest", "-q", "-p", "no:benchmark")
CHECKS = (
    ("style", ("-m", "ruff", "check", ".")),
    ("types", ("-m", "mypy")),
    ("tests", (*TESTS, "-n", "auto")),
    ("notebooks", (*TESTS, "--nbmake", "--nbmake-timeout=300", "notebooks")),
)
STOPPED = 130
"""Exit code after Ctrl-C."""


class SetupFailed(Exception):
    """Setting up did not work; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Set up what is missing, then do what was asked. Returns the exit code."""
    testing = arguments[:1] == ["test"]
    try:
        set_up("test" if testing else "run")
    except (SetupFailed, OSError) as problem:
        print(f"Setting up did not work: {problem}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nStopped while setting up. The next run starts the setup afresh.", file=sys.stderr)
        return STOPPED
    if testing and arguments[1:]:
        return call([str(PYTHON), *TESTS, *arguments[1:]], ROOT)
    if testing:
        return run_checks()
    if arguments:
        return call([str(CAPACITY), *arguments], Path.cwd())
    print(f"capacity {' '.join(MAIN_JOB)}\n", file=sys.stderr, flush=True)
    return call([str(CAPACITY), *MAIN_JOB], ROOT)


def run_checks() -> int:
    """Run every check, even after one has failed, and end with a line on each. Returns 1 if any failed."""
    results: list[tuple[str, int, float]] = []
    for name, command in CHECKS:
        print(f"\n== {name}: python {' '.join(command)}", flush=True)
        start = time.monotonic()
        code = call([str(PYTHON), *command], ROOT)
        if code == STOPPED:
            return code
        results.append((name, code, time.monotonic() - start))
    print()
    for name, code, seconds in results:
        print(f"{name:<10} {'passed' if code == 0 else 'FAILED'} {seconds:6.0f} s")
    failed = [name for name, code, _ in results if code != 0]
    print(f"FAILED: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def call(command: list[str], folder: Path) -> int:
    """Run a command to its end and return its exit code. Ctrl-C reaches it too: it may finish with what it has."""
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONUTF8": "1"})
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            return process.wait(timeout=30)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
            return STOPPED


def set_up(kind: str) -> None:
    """Make ``.venv`` hold the packages of ``kind`` (run or test). Where it already does, do nothing.

    A setup that was interrupted, or a clone that was moved, is set up afresh.
    """
    stamp = read_stamp()
    if stamp.get("kind") == "test":
        kind = "test"  # holds all that a run needs
    wanted = {"root": str(ROOT), "kind": kind, "fingerprint": fingerprint(kind), "finished": True}
    if stamp == wanted and PYTHON.exists() and CAPACITY.exists():
        return
    if not stamp and VENV.exists():
        raise SetupFailed(f"{VENV} is there, but run.py did not make it. Move it away or delete it, and run again.")
    usable = stamp.get("finished") is True and stamp.get("root") == str(ROOT) and PYTHON.exists()
    say("Setting up: installing the packages the planner needs (once, about a minute) ...")
    if not usable:
        make_venv({**wanted, "finished": False})
    write_stamp({**wanted, "finished": False})
    install("--require-hashes", "-r", str(REQUIREMENTS[kind]))
    install("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    write_stamp(wanted)
    say("Setting up: done.\n")


def make_venv(stamp: dict[str, object]) -> None:
    """Make an empty ``.venv``, marked as ours from its first moment."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupFailed("this Python lacks venv. On Debian or Ubuntu: apt-get install python3-venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_stamp(stamp)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(VENV)
    except subprocess.CalledProcessError as error:
        raise SetupFailed(f"no virtual environment could be made in {VENV} ({error})") from error


def install(*arguments: str) -> None:
    """Call pip inside ``.venv``; its own words are shown only when it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        words = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise SetupFailed(f"pip could not install the packages. Is there a network?\n{words}")


def fingerprint(kind: str) -> str:
    """Hash of the files that say what is installed: when they change, the setup is stale."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "pyproject.toml", REQUIREMENTS[kind]))
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def read_stamp() -> dict[str, object]:
    """What was last set up; empty where nothing was."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        return {"finished": False}
    return stamp if isinstance(stamp, dict) else {"finished": False}


def write_stamp(stamp: dict[str, object]) -> None:
    """Record what is set up, in one step."""
    draft = STAMP.with_suffix(".new")
    draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    draft.replace(STAMP)


def say(text: str) -> None:
    """Tell the reader, apart from the program's results."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
