"""A second opinion on a tier: the same model to SCIP and HiGHS, in processes of their own, after CP-SAT.

CP-SAT finds plans quickly and proves most of them. Where demand is about as much as the contracts hold, the proof is a
question of fractions of sessions, and solvers built on linear relaxations answer it, or find the better plan, where
CP-SAT does not: of ten services of 40 people they settled every shortfall tier that was left open.
"""

from __future__ import annotations

import logging
import math
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ortools.sat.python import cp_model

from capacity.optimise.prover import LinearModel, Proof, Question, Solver

LEAST_SECONDS = 1.0
"""Less than this is spent starting a process."""
_NO_LIMIT = 2**60
_log = logging.getLogger(__name__)


def linear_model(model: cp_model.CpModel) -> LinearModel | None:
    """Return a model as rows and columns, or None where it holds more than linear sums over whole ranges."""
    proto = model.proto
    domains = [list(variable.domain) for variable in proto.variables]
    if any(len(domain) != 2 for domain in domains):
        return None
    columns, coefficients = [], []
    lowest: list[float] = []
    highest: list[float] = []
    for constraint in proto.constraints:
        if len(constraint.enforcement_literal):
            return None
        if constraint.has_linear():
            row = list(constraint.linear.vars), list(constraint.linear.coeffs)
            domain = list(constraint.linear.domain)
            if len(domain) != 2:
                return None
        elif constraint.has_at_most_one():
            literals = list(constraint.at_most_one.literals)
            row = _sum_of(literals)
            domain = [-_NO_LIMIT, 1 - _negated(literals)]
        elif constraint.has_bool_or():  # without literals: what cannot hold whatever is chosen
            literals = list(constraint.bool_or.literals)
            row = _sum_of(literals)
            domain = [1 - _negated(literals), _NO_LIMIT]
        else:
            return None
        columns.append(row[0])
        coefficients.append(row[1])
        lowest.append(domain[0] if domain[0] > -_NO_LIMIT else -math.inf)
        highest.append(domain[1] if domain[1] < _NO_LIMIT else math.inf)
    objective = dict(zip(proto.objective.vars, proto.objective.coeffs, strict=True))
    hint = proto.solution_hint
    scaling = round(proto.objective.scaling_factor or 1)
    return LinearModel(
        lower=[domain[0] for domain in domains],
        upper=[domain[1] for domain in domains],
        columns=columns,
        coefficients=coefficients,
        row_lower=lowest,
        row_upper=highest,
        objective={column: scaling * factor for column, factor in objective.items()},
        offset=scaling * round(proto.objective.offset),
        start=dict(zip(hint.vars, hint.values, strict=True)),
    )


def _sum_of(literals: list[int]) -> tuple[list[int], list[int]]:
    """Columns and coefficients of a sum of literals; a negated one counts 1 less its variable."""
    return [each if each >= 0 else -each - 1 for each in literals], [1 if each >= 0 else -1 for each in literals]


def _negated(literals: list[int]) -> int:
    return sum(each < 0 for each in literals)


def value_of(model: LinearModel, solution: list[int]) -> int:
    """Objective of a solution."""
    return sum(factor * solution[column] for column, factor in model.objective.items()) + model.offset


def holds(model: LinearModel, solution: list[int]) -> bool:
    """Whether a solution keeps every row and bound, in whole numbers: the solvers allow themselves a tolerance."""
    if any(not low <= x <= high for low, x, high in zip(model.lower, solution, model.upper, strict=True)):
        return False
    rows = zip(model.columns, model.coefficients, model.row_lower, model.row_upper, strict=True)
    return all(
        low <= sum(factor * solution[column] for column, factor in zip(columns, factors, strict=True)) <= high
        for columns, factors, low, high in rows
    )


class Prover:
    """A process at work on one question. Use as a context manager, so that it ends with the block."""

    def __init__(self, question: Question):
        self.model = question.model
        self.finished = False
        self._found: queue.Queue[Proof | None] = queue.Queue()
        message = pickle.dumps(question)
        source = str(Path(__file__).parents[2])
        paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from capacity.optimise.prover import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        threading.Thread(target=self._talk, args=(message,), daemon=True).start()

    def _talk(self, message: bytes) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            with self._process.stdin as pipe:
                pipe.write(message)
            while True:
                proof = pickle.load(self._process.stdout)
                self._found.put(proof)
                if proof.last:
                    break
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as problem:
            _log.debug("the second solver ended early: %s", problem)  # CP-SAT alone answers then
        self._found.put(None)

    def news(self, wait: float = 0.0) -> Proof | None:
        """Return the next proof, waiting so many seconds for it; None where there is none."""
        if self.finished:
            return None
        try:
            proof = self._found.get(timeout=wait) if wait > 0 else self._found.get_nowait()
        except queue.Empty:
            return None
        self.finished = proof is None
        return proof

    def __enter__(self) -> Prover:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def provers(model: cp_model.CpModel, seconds: float, workers: int) -> Iterator[list[Prover]]:
    """Start the processes on a model with its objective and hints: one for both solvers, or one for each.

    There are none where the model is not linear, or where no process can be started: CP-SAT alone answers then.
    """
    linear = linear_model(model) if seconds >= LEAST_SECONDS and sys.executable else None
    teams: tuple[tuple[Solver, ...], ...] = (("GSCIP", "HIGHS"),) if workers == 1 else (("GSCIP",), ("HIGHS",))
    with ExitStack() as stack:
        started: list[Prover] = []
        for solvers in teams:
            if linear is None:
                break
            try:
                started.append(stack.enter_context(Prover(Question(linear, solvers, seconds))))
            except OSError as problem:
                _log.debug("the second solver could not start: %s", problem)
        yield started
