"""A second solver beside CP-SAT: the same model to HiGHS, in a process of its own.

CP-SAT finds plans quickly and proves the small ones. Where demand is about as much as the contracts hold, the proof is
a question of fractions of sessions, and a solver built on linear relaxations answers it, or finds the better plan,
where CP-SAT does not: services of 40 people that kept CP-SAT busy for a minute are proven in seconds.
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
import time as clock
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ortools.sat.python import cp_model

from capacity.optimise.prover import LinearModel, Offer, Proof, Question
from capacity.optimise.prover import holds as holds  # also imported from here
from capacity.optimise.prover import value_of as value_of

_NO_LIMIT = 2**60
_log = logging.getLogger(__name__)


def linear_model(model: cp_model.CpModel, follows: Collection[int] = ()) -> LinearModel | None:
    """Return a model as rows and columns, or None where it holds more than linear sums over whole ranges.

    ``follows`` are the columns that need not be asked to be whole (see :class:`LinearModel`).
    """
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
        follows=frozenset(follows),
    )


def add_rows(model: cp_model.CpModel, linear: LinearModel, x: Mapping[int, cp_model.IntVar]) -> None:
    """Add the rows of a linear model to a model of CP-SAT; ``x`` are the variables of its columns."""
    for columns, factors, low, high in linear.rows():
        if columns:
            total = cp_model.LinearExpr.weighted_sum([x[column] for column in columns], factors)
            least = int(low) if math.isfinite(low) else cp_model.INT_MIN
            most = int(high) if math.isfinite(high) else cp_model.INT_MAX
            model.add_linear_constraint(total, least, most)
        elif not low <= 0 <= high:
            model.add_bool_or([])  # a row of nothing that cannot hold


def without_halves(model: LinearModel) -> LinearModel:
    """Return a model with fewer columns that need not be whole: none that a row counts otherwise than one by one.

    Where each half-day has a requirement of its own they decide what is short, and do not come out whole by themselves.
    """
    rows = zip(model.columns, model.coefficients, strict=True)
    weighed = {column for row, factors in rows for column, factor in zip(row, factors, strict=True) if abs(factor) != 1}
    return replace(model, follows=model.follows - weighed)


def alike(model: LinearModel) -> dict[int, list[int]]:
    """Columns of a model's objective by the factor with which they count: all sessions lost, all there are."""
    found: dict[int, list[int]] = defaultdict(list)
    for column, factor in model.objective.items():
        found[factor].append(column)
    return dict(found)


def least_sum(model: LinearModel, columns: Collection[int], most: int) -> LinearModel:
    """Ask how little some columns can be in all, in solutions whose objective is ``most`` at most."""
    limit = list(model.objective), list(model.objective.values()), -math.inf, float(most - model.offset)
    return _with_rows(replace(model, objective=dict.fromkeys(columns, 1), offset=0, start={}), [*model.rows(), limit])


def turned(model: LinearModel, before: Mapping[int, int], target: int, least: Mapping[int, int]) -> LinearModel:
    """Ask how little another objective can be, its own limit left out, if this one is to be ``target`` at most.

    Whether a plan one session better exists is a question without a slope for a solver to follow. How much of the tier
    before it would cost is one with a slope: if more than that tier is held at, there is no such plan.

    Columns that count the same in this objective are summed in a column of their own, after those of ``model``: the
    solver then has whole numbers of all sessions lost, and of all there are, to divide its search by. ``least`` says
    by their factor how much such a sum is known to be.
    """
    rows = [row for row in model.rows() if dict(zip(row[0], row[1], strict=True)) != before or math.isfinite(row[2])]
    lower, upper = list(model.lower), list(model.upper)
    together = alike(model)
    sums = range(len(lower), len(lower) + len(together))
    for total, (factor, columns) in zip(sums, together.items(), strict=True):
        fewest = sum(model.lower[column] for column in columns)
        lower.append(max(fewest, least.get(factor, fewest)))
        upper.append(sum(model.upper[column] for column in columns))
        rows.append(([*columns, total], [*[1] * len(columns), -1], 0.0, 0.0))
    rows.append((list(sums), list(together), -math.inf, float(target - model.offset)))
    bounds = replace(model, lower=lower, upper=upper, objective=dict(before), offset=0, start={})
    return _with_rows(bounds, rows)


def _with_rows(model: LinearModel, rows: Iterable[tuple[list[int], list[int], float, float]]) -> LinearModel:
    columns, coefficients, row_lower, row_upper = (list(each) for each in zip(*rows, strict=True))
    return replace(model, columns=columns, coefficients=coefficients, row_lower=row_lower, row_upper=row_upper)


def _sum_of(literals: list[int]) -> tuple[list[int], list[int]]:
    """Columns and coefficients of a sum of literals; a negated one counts 1 less its variable."""
    return [each if each >= 0 else -each - 1 for each in literals], [1 if each >= 0 else -1 for each in literals]


def _negated(literals: list[int]) -> int:
    return sum(each < 0 for each in literals)


class Prover:
    """HiGHS in a process that waits for questions, one at a time. Use as a context manager, so that it ends.

    Where no process can be started, or it fails, every question is finished at once: CP-SAT alone answers then.
    """

    def __init__(self) -> None:
        self.finished = True
        self._number = 0
        self._found: queue.Queue[Proof | None] = queue.Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self._failed = False
        self._second: Prover | None = None

    @property
    def second(self) -> Prover:
        """Another one, which ends with this one: a question may take a second one way and a minute another."""
        self._second = self._second or Prover()
        return self._second

    def warm(self) -> None:
        """Start the process, so that it is ready when the first question comes."""
        if self._process is not None or self._failed:
            return
        source = str(Path(__file__).parents[2])
        paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from capacity.optimise.prover import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        except (OSError, ValueError) as problem:
            _log.debug("the second solver could not start: %s", problem)
            self._failed = True
            return
        self._found = queue.Queue()
        threading.Thread(target=_listen, args=(self._process, self._found), daemon=True).start()

    def ask(self, model: LinearModel, seconds: float, seed: int = 0) -> None:
        """Ask a question; what was asked before is left."""
        self.leave()
        self.warm()
        self._number += 1
        self.finished = not self._send(Question(self._number, model, seconds, seed))

    def offer(self, solution: list[int]) -> None:
        """Tell of a solution found elsewhere."""
        if not self.finished:
            self._send(Offer(self._number, solution))

    def _send(self, message: object) -> bool:
        if self._process is None or self._process.stdin is None:
            return False
        try:
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()
        except (OSError, ValueError) as problem:
            _log.debug("the second solver does not listen: %s", problem)
            return False
        return True

    def news(self, wait: float = 0.0) -> Proof | None:
        """Return the next proof, waiting so many seconds for it; None where there is none."""
        until = clock.monotonic() + wait
        while not self.finished:
            try:
                left = until - clock.monotonic()
                proof = self._found.get(timeout=left) if left > 0 else self._found.get_nowait()
            except queue.Empty:
                return None
            if proof is None:
                self.finished = True
            elif proof.number == self._number:
                self.finished = proof.last
                return proof
        return None

    def leave(self) -> None:
        """Stop work on the question, if there is one: the process is ended, and another one waits for the next."""
        if not self.finished:
            self.close()
            self.warm()

    def close(self) -> None:
        """End the process."""
        self.finished = True
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # what was not yet sent has nowhere to go
                pass
        self._process = None

    def __enter__(self) -> Prover:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        if self._second is not None:
            self._second.close()


def _listen(process: subprocess.Popen[bytes], found: queue.Queue[Proof | None]) -> None:
    """Pass on what the process tells until it ends."""
    assert process.stdout is not None
    try:
        while True:
            found.put(pickle.load(process.stdout))
    except (OSError, EOFError, pickle.UnpicklingError, ValueError) as problem:
        _log.debug("the second solver ended: %s", problem)
    found.put(None)
