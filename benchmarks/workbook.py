"""Writing and reading a model as a workbook; targets for 60 people: written under 3 s, read under 1 s.

    python -m benchmarks.workbook [--models anaesthetics respiratory] [--runs 5]

The best of some runs in one process, packages imported before. The ratio is to the same model as a folder of CSV files.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from capacity.service.read import read_service
from capacity.service.write import write_service

MODELS = Path(__file__).resolve().parent.parent / "models"
WRITE_SECONDS, READ_SECONDS = 3.0, 1.0


def best(call: Callable[[], object], runs: int) -> float:
    """Least seconds of some runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def measure(model: str, runs: int) -> dict[str, float]:
    """Seconds to write and read one model in both forms, and the size of the workbook in kB."""
    service = read_service(MODELS / model)
    with tempfile.TemporaryDirectory() as temporary:
        book, folder = Path(temporary) / "model.xlsx", Path(temporary) / "model"
        write, write_csv = (best(lambda path=path: write_service(service, path), runs) for path in (book, folder))
        read, read_csv = (best(lambda path=path: read_service(path), runs) for path in (book, folder))
        if read_service(book) != service:
            raise SystemExit(f"{model}: the workbook reads back as another service")
        size = book.stat().st_size / 1024
    return {"write": write, "read": read, "write_csv": write_csv, "read_csv": read_csv, "kB": size}


def main() -> None:
    """Measure and print a line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["anaesthetics", "respiratory", "msk_physiotherapy"])
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print("model                 kB  write s  as CSV  read s  as CSV")
    missed = False
    for model in given.models:
        found = measure(model, given.runs)
        print(
            f"{model:18} {found['kB']:5.0f} {found['write']:8.2f} {found['write_csv']:7.2f}"
            f" {found['read']:7.2f} {found['read_csv']:7.2f}"
        )
        missed |= found["write"] > WRITE_SECONDS or found["read"] > READ_SECONDS
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
